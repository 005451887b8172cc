//! Everything that may belong to a change, each candidate with its reason and how sure that reason is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base::search::{FileOutline, FoundDefinition, FoundReference, Hit, Index, Query};
use base::{
    At, Cancel, CoChange, ContentHash, Definition, Reason, ReferenceKind, RelPath, Span,
    SymbolKind, Text,
};

use super::Sources;
use super::focus::{ChangedSymbol, Focus, mention_weight};
use super::near::{Name, is_test_path, near};
use super::parts::{Files, Part};
use super::resolve::{Resolved, Resolver};

/// Mentions of one changed name that are looked at, in files.
const MAX_USERS: usize = 100;
/// Names of one change that are looked up in the whole workspace.
const MAX_LOOKUPS: usize = 120;
/// Types that changed definitions belong to and whose mentions are looked for, for each file.
const MAX_OWNERS: usize = 4;
/// Files that define the same name: of more, none is meant.
const MAX_NAMESAKES: usize = 12;
/// Excerpts asked for with the words of the change.
const SIMILAR: usize = 150;
/// Questions with words for one change.
const MAX_SEARCHES: usize = 4;
/// Words in one of them.
const MAX_WORDS: usize = 60;
/// Look-alikes shown at most.
const MAX_ALIKE: usize = 6;
/// What each further excerpt of a file adds, of the one before.
const FURTHER_HIT: f32 = 0.6;
/// A look-alike has at least this part of the best one's score.
const LIKE_ENOUGH: f32 = 0.35;
/// Files that usually change together with the changed ones.
const MAX_TOGETHER: usize = 60;

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
    /// The text itself proves that it belongs to the change.
    pub(crate) proven: bool,
}

/// All that was found.
pub(crate) struct Found {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) files: Files,
    /// The best answer of each file to the words of the change.
    pub(crate) hits: HashMap<RelPath, Hit>,
    /// What the history says of each file.
    pub(crate) partners: HashMap<RelPath, CoChange>,
}

pub(crate) fn gather(sources: &Sources<'_>, focus: &[Focus], cancel: &Cancel) -> Found {
    let mut gathered = Gather {
        sources,
        found: Vec::new(),
        files: Files::default(),
        hits: HashMap::new(),
        partners: HashMap::new(),
        outlines: HashMap::new(),
        lookups: MAX_LOOKUPS,
        resolver: Resolver::new(sources.index).configured(sources.repo, &At::Worktree),
    };
    for file in focus {
        // The outline of the change, which the index may not have seen yet.
        let hash = file.text.as_ref().map(Text::hash);
        let hash = hash.unwrap_or_else(|| ContentHash::of(&[]));
        gathered.resolver.know(&file.path, hash, &file.outline);
    }
    // One question for each file of a small change; those of a large one share. They are asked beside the rest.
    let groups: Vec<&[Focus]> = focus
        .chunks(focus.len().div_ceil(MAX_SEARCHES).max(1))
        .collect();
    let mut answers: Vec<Vec<Hit>> = vec![Vec::new(); groups.len()];
    rayon::in_place_scope(|beside| {
        for (answer, group) in answers.iter_mut().zip(&groups) {
            beside.spawn(|_| *answer = search(sources.index, group, cancel));
        }
        for file in focus {
            if cancel.is_cancelled() {
                break;
            }
            gathered.used_definitions(file);
            for symbol in &file.symbols {
                gathered.users_of(file, symbol);
            }
            gathered.mentions_of_owners(file);
        }
    });
    for (group, hits) in groups.into_iter().zip(answers) {
        gathered.look_alikes(group, &hits);
    }
    gathered.together(focus);
    gathered.neighbours(focus);
    for file in focus {
        gathered.files.remove(&file.path);
    }
    Found {
        candidates: gathered.found,
        files: gathered.files,
        hits: gathered.hits,
        partners: gathered.partners,
    }
}

struct Gather<'a> {
    sources: &'a Sources<'a>,
    found: Vec<Candidate>,
    files: Files,
    hits: HashMap<RelPath, Hit>,
    partners: HashMap<RelPath, CoChange>,
    outlines: HashMap<RelPath, Option<Arc<FileOutline>>>,
    /// Names that may still be looked up everywhere.
    lookups: usize,
    resolver: Resolver<'a>,
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
        for mention in file.mentions() {
            let resolved = self.resolver.definitions_of(&file.path, mention);
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
                ..
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
                self.files
                    .more(&definition.path, Part::Definitions, weight * 0.5);
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
                    proven: true,
                });
            }
        }
    }

    /// Who uses what was changed: callers, and the tests among them.
    fn users_of(&mut self, file: &Focus, symbol: &ChangedSymbol) {
        // Nobody can use what is new but the change itself, and what is small is everywhere.
        if symbol.is_new || is_small(symbol.kind) && !symbol.signature_changed || self.lookups == 0
        {
            return;
        }
        self.lookups -= 1;
        // Each mention of a name that many define would be weighed against all of them, to say nothing.
        let namesakes = self.sources.index.definitions(&symbol.name, MAX_NAMESAKES);
        if namesakes.len() >= MAX_NAMESAKES {
            return;
        }
        let found = self
            .resolver
            .callers_of(&file.path, &symbol.qualified, symbol.kind, MAX_USERS);
        let many = 1.0 / (1.0 + found.len() as f32 / 40.0);
        for user in found {
            let (mention, confidence) = (user.mention, user.confidence);
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
            self.files
                .more(&mention.path, Part::Users, confidence * many * 0.5);
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
            proven: true,
        })
    }

    /// Which files mention the types that the changed definitions belong to.
    fn mentions_of_owners(&mut self, file: &Focus) {
        let mut owners: Vec<&str> = Vec::new();
        for symbol in &file.symbols {
            let around = symbol.qualified.len().checked_sub(2);
            if let Some(owner) = around.and_then(|at| symbol.qualified.get(at))
                && !owners.contains(&owner.as_str())
            {
                owners.push(owner);
            }
        }
        for owner in owners.into_iter().take(MAX_OWNERS) {
            if self.lookups == 0 {
                return;
            }
            self.lookups -= 1;
            let namesakes = self.sources.index.definitions(owner, MAX_NAMESAKES).len();
            let paths: HashSet<RelPath> = self
                .sources
                .index
                .references(owner, MAX_USERS)
                .into_iter()
                .map(|mention| mention.path)
                .collect();
            let value = 1.0 / (1.0 + paths.len() as f32 / 20.0) / namesakes.max(1) as f32;
            for path in paths {
                self.files.more(&path, Part::Mentions, value);
            }
        }
    }

    /// What reads like the changed lines.
    fn look_alikes(&mut self, group: &[Focus], hits: &[Hit]) {
        let many = words(group).len() >= 4;
        let changed = |path: &RelPath| group.iter().any(|file| file.path == *path);
        let others = || hits.iter().filter(|hit| !changed(&hit.path));
        let Some(best) = others()
            .map(|hit| hit.score)
            .max_by(f32::total_cmp)
            .filter(|best| *best > 0.0)
        else {
            return;
        };
        // A file is as much alike as its best excerpt, and a little more for each further one.
        let mut sums: HashMap<&RelPath, (f32, f32)> = HashMap::new();
        for hit in others() {
            let (sum, share) = sums.entry(&hit.path).or_insert((0.0, 1.0));
            *sum += hit.score * *share;
            *share *= FURTHER_HIT;
        }
        let most = sums.values().map(|(sum, _)| *sum).fold(best, f32::max);
        for (path, (sum, _)) in sums {
            self.files.best(path, Part::Words, sum / most);
        }
        let mut shown = 0;
        for hit in others() {
            self.hits
                .entry(hit.path.clone())
                .or_insert_with(|| hit.clone());
            let is_alike = many && hit.score >= LIKE_ENOUGH * best && shown < MAX_ALIKE;
            if is_alike && !hit.kind.is_some_and(is_small) {
                shown += 1;
                self.found.push(similar(hit, hit.score / best));
            }
        }
    }

    /// Files that usually change with these ones.
    fn together(&mut self, focus: &[Focus]) {
        let changed: Vec<RelPath> = focus.iter().map(|file| file.path.clone()).collect();
        for partner in self.sources.history.together(&changed, MAX_TOGETHER) {
            self.files
                .best(&partner.path, Part::History, partner.score.sqrt());
            self.partners.insert(partner.path.clone(), partner);
        }
    }

    /// What lies beside the changed files or is called like them; and how lately each file changed.
    fn neighbours(&mut self, focus: &[Focus]) {
        let names: Vec<Name> = focus.iter().map(|file| Name::of(&file.path)).collect();
        for path in self.resolver.all() {
            let name = Name::of(path);
            for (file, other) in focus.iter().zip(&names) {
                if file.path == *path {
                    continue;
                }
                let near = near(&file.path, path);
                if near >= 0.3 {
                    self.files.best(path, Part::Near, near * near);
                }
                let alike = other.alike(&name);
                if alike > 0.0 {
                    self.files.best(path, Part::Name, alike);
                }
            }
        }
    }
}

/// The words of some files' changes, the first of each before the second of any.
fn words(group: &[Focus]) -> Vec<(String, f32)> {
    let mut words: Vec<(String, f32)> = Vec::new();
    for at in 0..MAX_WORDS {
        for word in group.iter().filter_map(|file| file.words.get(at)) {
            if words.len() < MAX_WORDS && !words.iter().any(|(there, _)| *there == word.0) {
                words.push(word.clone());
            }
        }
    }
    words
}

/// The excerpts that have the words of some files' changes.
fn search(index: &dyn Index, group: &[Focus], cancel: &Cancel) -> Vec<Hit> {
    let words = words(group);
    if words.is_empty() || cancel.is_cancelled() {
        return Vec::new();
    }
    index.search(&Query::weighted(words), SIMILAR)
}

/// What has the words of the change.
pub(crate) fn similar(hit: &Hit, score: f32) -> Candidate {
    let name = hit.symbol.last().map(String::as_str);
    Candidate {
        why: format!(
            "{} uses the same words as the change",
            name.unwrap_or_else(|| hit.path.file_name())
        ),
        path: hit.path.clone(),
        hash: hit.hash,
        span: hit.span,
        heart: hit.span,
        symbol: hit.symbol.clone(),
        reason: Reason::Similar,
        score,
        proven: false,
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
