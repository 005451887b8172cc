//! Everything that may belong to a change, each candidate with its reason and how sure that reason is.

use std::collections::HashMap;
use std::sync::Arc;

use base::search::{FileOutline, FoundDefinition, FoundReference, Query};
use base::{
    Cancel, ContentHash, Definition, Reason, Reference, ReferenceKind, RelPath, Span, SymbolKind,
};

use super::Sources;
use super::focus::{ChangedSymbol, Focus};
use super::resolve::{Place, Resolved, resolve, users};

/// Mentions of one changed name that are looked at, in files.
const MAX_USERS: usize = 300;
/// Look-alikes asked for per changed file.
const SIMILAR: usize = 12;
/// A look-alike has at least this part of the best one's score.
const LIKE_ENOUGH: f32 = 0.35;
/// Words of a change that are searched for.
const MAX_WORDS: usize = 60;
/// Files that usually change together that are looked into.
const MAX_TOGETHER: usize = 15;

/// Something that may belong to the change.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) path: RelPath,
    pub(crate) hash: ContentHash,
    /// The definition, as far as it is worth showing.
    pub(crate) span: Span,
    /// What must be seen of it where not all fits: the mention, the signature.
    pub(crate) heart: Span,
    pub(crate) symbol: Vec<String>,
    pub(crate) reason: Reason,
    pub(crate) why: String,
    /// How sure and how near, from 0 to 1, within its reason.
    pub(crate) score: f32,
}

pub(crate) fn gather(sources: &Sources<'_>, focus: &[Focus], cancel: &Cancel) -> Vec<Candidate> {
    let mut gathered = Gather {
        sources,
        found: Vec::new(),
        outlines: HashMap::new(),
    };
    for file in focus {
        if cancel.is_cancelled() {
            break;
        }
        gathered.used_definitions(file);
        for symbol in &file.symbols {
            gathered.users_of(file, symbol);
        }
        gathered.look_alikes(file);
    }
    gathered.together(focus);
    gathered.found
}

struct Gather<'a> {
    sources: &'a Sources<'a>,
    found: Vec<Candidate>,
    outlines: HashMap<RelPath, Option<Arc<FileOutline>>>,
}

impl Gather<'_> {
    fn outline(&mut self, path: &RelPath) -> Option<Arc<FileOutline>> {
        self.outlines
            .entry(path.clone())
            .or_insert_with(|| self.sources.index.outline(path))
            .clone()
    }

    /// What the changed lines call, build and name.
    fn used_definitions(&mut self, file: &Focus) {
        let place = Place {
            path: &file.path,
            outline: &file.outline,
        };
        for mention in file.mentions() {
            let resolved = resolve(self.sources.index, &place, mention);
            let in_signature = file.symbols.iter().any(|symbol| {
                definition(file, symbol).is_some_and(|it| it.signature.contains(mention.span))
            });
            let reason = if mention.kind == ReferenceKind::Type && in_signature {
                Reason::Type
            } else {
                Reason::Definition
            };
            // A few likely ones; of a name that everybody defines, none.
            for Resolved {
                definition,
                confidence,
            } in resolved
                .into_iter()
                .take(3)
                .filter(|it| it.confidence >= 0.25)
            {
                if is_changed(file, &definition)
                    || is_small(definition.definition.kind) && confidence < 0.6
                {
                    continue;
                }
                let weight = mention_weight(mention) * confidence;
                self.found.push(Candidate {
                    why: format!(
                        "defines {}, used on a changed line",
                        definition.definition.name
                    ),
                    heart: definition.definition.signature,
                    span: shown(&definition.definition),
                    path: definition.path,
                    hash: definition.hash,
                    symbol: definition.qualified,
                    reason,
                    score: weight,
                });
            }
        }
    }

    /// Who uses what was changed: callers, and the tests among them.
    fn users_of(&mut self, file: &Focus, symbol: &ChangedSymbol) {
        // Nobody can use what is new but the change itself, and what is small is everywhere.
        if symbol.is_new || is_small(symbol.kind) && !symbol.signature_changed {
            return;
        }
        let found = users(
            self.sources.index,
            &file.path,
            &symbol.qualified,
            symbol.kind,
            MAX_USERS,
        );
        let many = 1.0 / (1.0 + found.len() as f32 / 40.0);
        for (mention, confidence) in found {
            let in_the_change = mention.path == file.path
                && (file
                    .spans
                    .iter()
                    .any(|span| span.touches(mention.reference.span))
                    || file
                        .symbols
                        .iter()
                        .any(|symbol| mention.within.starts_with(&symbol.qualified)));
            if confidence < 0.2 || in_the_change || mention.reference.kind == ReferenceKind::Import
            {
                continue;
            }
            let candidate = self.user(&mention, symbol, confidence * (0.5 + 0.5 * many));
            self.found.extend(candidate);
        }
    }

    fn user(
        &mut self,
        mention: &FoundReference,
        symbol: &ChangedSymbol,
        score: f32,
    ) -> Option<Candidate> {
        let outline = self
            .outline(&mention.path)
            .filter(|outline| outline.hash == mention.hash)?;
        let around = mention
            .reference
            .within
            .and_then(|within| outline.outline.definitions.get(within as usize));
        let is_test = around.is_some_and(|around| around.is_test) || is_test_path(&mention.path);
        let name = symbol.name.as_str();
        Some(Candidate {
            path: mention.path.clone(),
            hash: mention.hash,
            span: around.map_or(mention.reference.span, |around| around.span),
            heart: mention.reference.span,
            symbol: mention.within.clone(),
            reason: if is_test {
                Reason::Test
            } else {
                Reason::Caller
            },
            why: if symbol.definition.is_none() {
                format!("uses {name}, which is gone")
            } else if symbol.signature_changed {
                format!("uses {name}, whose signature changed")
            } else {
                format!("uses {name}, which changed")
            },
            score: if symbol.signature_changed {
                score.max(0.3)
            } else {
                score * 0.8
            },
        })
    }

    /// What reads like the changed lines.
    fn look_alikes(&mut self, file: &Focus) {
        let words = words(file);
        if words.len() < 4 {
            return;
        }
        let hits = self.sources.index.search(&Query::weighted(words), SIMILAR);
        let Some(best) = hits.first().map(|hit| hit.score).filter(|best| *best > 0.0) else {
            return;
        };
        for hit in hits {
            if hit.path == file.path
                || hit.score < LIKE_ENOUGH * best
                || hit.kind.is_some_and(is_small)
            {
                continue;
            }
            let name = hit
                .symbol
                .last()
                .cloned()
                .unwrap_or_else(|| hit.path.file_name().to_owned());
            self.found.push(Candidate {
                why: format!("{name} uses the same words as the change"),
                path: hit.path,
                hash: hit.hash,
                span: hit.span,
                heart: hit.span,
                symbol: hit.symbol,
                reason: Reason::Similar,
                score: hit.score / best,
            });
        }
    }

    /// The parts of the files that usually change with these ones that are most like the change.
    fn together(&mut self, focus: &[Focus]) {
        let changed: Vec<RelPath> = focus.iter().map(|file| file.path.clone()).collect();
        let words: Vec<(String, f32)> = focus.iter().flat_map(words).take(MAX_WORDS).collect();
        for partner in self.sources.history.together(&changed, MAX_TOGETHER) {
            let query = Query {
                words: words.clone(),
                paths: vec![partner.path.as_str().to_owned()],
                ..Query::default()
            };
            let hit = self
                .sources
                .index
                .search(&query, 3)
                .into_iter()
                .find(|hit| hit.path == partner.path);
            let (hash, span, symbol) = match hit {
                Some(hit) => (hit.hash, hit.span, hit.symbol),
                None => {
                    let Some(outline) = self.outline(&partner.path) else {
                        continue;
                    };
                    let first = outline.outline.definitions.first();
                    (
                        outline.hash,
                        first.map_or(Span::new(0, 0), |first| first.span),
                        Vec::new(),
                    )
                }
            };
            self.found.push(Candidate {
                path: partner.path.clone(),
                hash,
                span,
                heart: span,
                symbol,
                reason: Reason::CoChange,
                why: format!(
                    "changed in {} of the {} commits that changed {}",
                    partner.together, partner.changes, partner.with
                ),
                score: partner.score,
            });
        }
    }
}

fn definition<'a>(file: &'a Focus, symbol: &ChangedSymbol) -> Option<&'a Definition> {
    file.outline.definitions.get(symbol.definition? as usize)
}

/// What is changed is shown as the change itself, not beside it.
fn is_changed(file: &Focus, found: &FoundDefinition) -> bool {
    found.path == file.path
        && file
            .symbols
            .iter()
            .any(|symbol| symbol.qualified == found.qualified)
}

/// A definition of one line that says little by itself.
fn is_small(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Field
            | SymbolKind::Variable
            | SymbolKind::Key
            | SymbolKind::Section
            | SymbolKind::Module
    )
}

fn shown(definition: &Definition) -> Span {
    match definition.doc {
        Some(doc) if doc.end <= definition.span.start => {
            Span::new(doc.start as usize, definition.span.end as usize)
        }
        _ => definition.span,
    }
}

fn mention_weight(mention: &Reference) -> f32 {
    match mention.kind {
        ReferenceKind::Call | ReferenceKind::New => 1.0,
        ReferenceKind::Inherit => 0.95,
        ReferenceKind::Type => 0.85,
        ReferenceKind::Use => 0.6,
        ReferenceKind::Import => 0.5,
    }
}

/// The names on the changed lines and of what they belong to, each once.
fn words(file: &Focus) -> Vec<(String, f32)> {
    let mut words: Vec<(String, f32)> = Vec::new();
    let mut add = |word: &str, weight: f32| {
        if word.len() > 2 && !words.iter().any(|(there, _)| there == word) {
            words.push((word.to_owned(), weight));
        }
    };
    for symbol in &file.symbols {
        add(&symbol.name, 1.5);
    }
    for mention in file.mentions() {
        add(&mention.name, mention_weight(mention));
    }
    words.truncate(MAX_WORDS);
    words
}

/// Whether a path is one of tests by the customs of its language.
pub(crate) fn is_test_path(path: &RelPath) -> bool {
    let folder = path.parent().unwrap_or("");
    let name = path.file_name();
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    folder.split('/').any(|part| {
        matches!(
            part,
            "test" | "tests" | "spec" | "specs" | "__tests__" | "testing" | "e2e"
        )
    }) || stem.starts_with("test_")
        || ["_test", "_spec", "Test", "Tests", "Spec"]
            .iter()
            .any(|end| stem.ends_with(end))
        || [".test.", ".spec."]
            .iter()
            .any(|middle| name.contains(middle))
}
