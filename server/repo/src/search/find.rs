//! A search: what is asked for, the excerpts that have it, exact names first.
//!
//! Excerpts come from the index and from open buffers, scored alike. Outlines are looked at only for the excerpts that
//! are shown, in their order, until there are enough of them.

use std::collections::{HashMap, HashSet};

use base::search::{Hit, Index, Query};
use base::{ContentHash, Outline, RelPath, Span};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Term};

use super::WorkspaceIndex;
use super::ask::owned;
use super::codec;
use super::open_files::OpenFiles;
use super::score::Rarity;
use super::view::{Found, View};
use super::words::words;

/// What a part of an identifier counts for, beside the whole.
const PART: f32 = 0.4;
/// With more words than this the rest is left out, lightest first.
const MOST_WORDS: usize = 128;

/// The words to look for, each once with its weight, heaviest first.
fn weigh(asked: &[(String, f32)]) -> Vec<(String, f32)> {
    let mut weights: HashMap<String, f32> = HashMap::new();
    for (text, weight) in asked {
        let mut is_part = false;
        words(text, |word| {
            let weight = if is_part { weight * PART } else { *weight };
            let known = weights.entry(word.to_owned()).or_insert(0.0);
            *known = known.max(weight);
            is_part = true;
        });
    }
    let mut words: Vec<_> = weights.into_iter().collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(MOST_WORDS);
    words
}

/// One search.
pub(super) struct Search<'a> {
    index: &'a WorkspaceIndex,
    view: &'a View,
    open: &'a OpenFiles,
    query: &'a Query,
    words: Vec<(String, f32)>,
}

/// An excerpt that matches.
struct Place {
    score: f32,
    path: RelPath,
    span: Span,
    definition: Option<u32>,
}

/// The outlines of the files that are shown, without their mentions.
type Outlines = HashMap<RelPath, Option<(ContentHash, Outline)>>;

impl<'a> Search<'a> {
    pub(super) fn new(
        index: &'a WorkspaceIndex,
        view: &'a View,
        open: &'a OpenFiles,
        query: &'a Query,
    ) -> Self {
        Self {
            index,
            view,
            open,
            query,
            words: weigh(&query.words),
        }
    }

    pub(super) fn run(&self, limit: usize) -> Vec<Hit> {
        let places = self.places(limit);
        let best = places.first().map_or(0.0, |place| place.score);
        let mut all = self.exact(best, limit);
        let mut outlines = Outlines::new();
        // The parts of one definition are one answer.
        let mut seen = HashSet::new();
        let mut is_new = |hit: &Hit| {
            let place = hit.definition.map_or(hit.span, |index| Span {
                start: index,
                end: u32::MAX,
            });
            seen.insert((hit.path.clone(), place))
        };
        all.retain(&mut is_new);
        for place in places {
            if all.len() >= limit {
                break;
            }
            all.extend(self.hit(place, &mut outlines).filter(&mut is_new));
        }
        all.truncate(limit);
        all
    }

    /// The excerpts that match, best first, some more than are wanted.
    fn places(&self, limit: usize) -> Vec<Place> {
        let found = self.view.found.as_ref();
        let fields = &self.index.fields;
        let rarity = Rarity::of(&self.words, fields, found, self.view.files.len());
        let rarity = match rarity {
            Ok(rarity) => rarity,
            Err(error) => {
                self.index.doubt(&format!("a search failed ({error})"));
                return Vec::new();
            }
        };
        let limit = limit.saturating_mul(2) + self.open.len() * 4;
        let mut places = Vec::new();
        if let Some(found) = found {
            match self.indexed(found, &rarity, limit) {
                Ok(found) => places = found,
                Err(error) => self.index.doubt(&format!("a search failed ({error})")),
            }
        }
        self.buffered(&rarity, &mut places);
        places.sort_by(|a, b| {
            let order = b.score.total_cmp(&a.score);
            order.then_with(|| (&a.path, a.span).cmp(&(&b.path, b.span)))
        });
        places
    }

    /// The definitions whose whole name was asked for.
    fn exact(&self, best: f32, limit: usize) -> Vec<Hit> {
        let mut hits = Vec::new();
        // In a long query no single name is what is looked for.
        if self.query.words.len() > 3 {
            return hits;
        }
        for (word, _) in &self.query.words {
            let name = word.rsplit([':', '.']).next().unwrap_or(word);
            for found in self.index.definitions(name, limit) {
                let is_wanted = self.wants_kind(found.definition.kind)
                    && self.wants_path(&found.path)
                    && self.wants_language(&found.path);
                if is_wanted {
                    hits.push(Hit {
                        path: found.path,
                        hash: found.hash,
                        span: found.definition.span,
                        symbol: found.qualified,
                        definition: Some(found.index),
                        kind: Some(found.definition.kind),
                        score: best + 1.0 + f32::from(found.definition.exported),
                    });
                }
            }
        }
        hits.sort_by(|a, b| {
            let order = b.score.total_cmp(&a.score);
            order.then_with(|| (&a.path, a.span).cmp(&(&b.path, b.span)))
        });
        hits
    }

    /// The excerpts in the index that match.
    fn indexed(&self, found: &Found, rarity: &Rarity, limit: usize) -> tantivy::Result<Vec<Place>> {
        let Some(limits) = self.limits() else {
            return Ok(Vec::new());
        };
        let allowed = limited(found, &limits)?;
        let best = match (&allowed, self.words.is_empty()) {
            (None, true) => Vec::new(),
            (Some(allowed), true) => first(found, allowed, limit),
            (allowed, false) => rarity.best(found, allowed.as_deref(), limit)?,
        };
        let places = best.into_iter().filter_map(|(score, address)| {
            let columns = found.columns(address.segment_ord);
            let (span, definition) = columns.place(address.doc_id)?;
            let path = columns.path(address.doc_id)?;
            (!self.open.contains_key(&path)).then_some(Place {
                score,
                path,
                span,
                definition,
            })
        });
        Ok(places.collect())
    }

    fn hit(&self, place: Place, outlines: &mut Outlines) -> Option<Hit> {
        if let Some(entry) = self.open.get(&place.path) {
            let outline = &entry.outline;
            return Some(self.named(place, outline.hash, &outline.outline));
        }
        let outline = outlines
            .entry(place.path.clone())
            .or_insert_with(|| codec::brief(&self.index.packed(self.view, &place.path)?));
        let (hash, outline) = outline.as_ref()?;
        Some(self.named(place, *hash, outline))
    }

    /// A hit in an excerpt, narrowed to the definition in it that the words name, if they do.
    fn named(&self, place: Place, hash: ContentHash, outline: &Outline) -> Hit {
        let Place {
            score,
            path,
            mut span,
            mut definition,
        } = place;
        let is_loose = definition
            .and_then(|index| outline.definitions.get(index as usize))
            .is_none_or(|definition| !self.wants_kind(definition.kind));
        if is_loose {
            let mut best = (0.0, None);
            for (index, inner) in outline.definitions.iter().enumerate() {
                if span.contains(inner.span) && self.wants_kind(inner.kind) {
                    let mut overlap = if self.query.kinds.is_empty() {
                        0.0
                    } else {
                        0.01
                    };
                    words(&inner.name, |word| {
                        let weight = self.words.iter().find(|(wanted, _)| wanted == word);
                        overlap += weight.map_or(0.0, |(_, weight)| *weight);
                    });
                    if overlap > best.0 {
                        best = (overlap, Some((index as u32, inner.span)));
                    }
                }
            }
            if let Some((index, inner)) = best.1 {
                definition = Some(index);
                span = inner;
            }
        }
        let kind = definition
            .and_then(|index| outline.definitions.get(index as usize))
            .map(|definition| definition.kind);
        Hit {
            path,
            hash,
            span,
            symbol: definition.map_or_else(Vec::new, |index| owned(outline.qualified(index))),
            definition,
            kind,
            score,
        }
    }

    /// What the answer is limited to: of each group of terms one must be there; `None` where no file is left.
    fn limits(&self) -> Option<Vec<Vec<Term>>> {
        let fields = &self.index.fields;
        let mut limits: Vec<Vec<Term>> = Vec::new();
        if !self.query.kinds.is_empty() {
            let kinds = self.query.kinds.iter().map(|kind| {
                Term::from_field_u64(fields.kind, u64::from(codec::kind_number(*kind)))
            });
            limits.push(kinds.collect());
        }
        if !self.query.languages.is_empty() {
            let languages = self.query.languages.iter();
            let terms = languages.map(|language| Term::from_field_text(fields.language, language));
            limits.push(terms.collect());
        }
        if !self.query.paths.is_empty() {
            let files = self.view.files.keys();
            let paths: Vec<Term> = files
                .filter(|path| self.wants_path(path))
                .map(|path| Term::from_field_text(fields.path, path.as_str()))
                .collect();
            if paths.is_empty() {
                return None;
            }
            limits.push(paths);
        }
        Some(limits)
    }

    /// Excerpts of open buffers that match, scored as the index would score them.
    fn buffered(&self, rarity: &Rarity, places: &mut Vec<Place>) {
        for (path, entry) in self.open {
            if !self.wants_path(path) || !self.wants_language(path) {
                continue;
            }
            let outline = &entry.outline.outline;
            for chunk in &entry.chunks {
                let kinds = &self.query.kinds;
                let has_kind = kinds.is_empty()
                    || chunk.names.iter().any(|index| {
                        let definition = outline.definitions.get(*index as usize);
                        definition.is_some_and(|definition| kinds.contains(&definition.kind))
                    });
                let mut score = 0.0;
                for (number, (word, _)) in self.words.iter().enumerate() {
                    if let Some((counts, lengths)) = chunk.counts(word) {
                        score += rarity.score(number, counts, lengths);
                    }
                }
                if has_kind && (score > 0.0 || self.words.is_empty() && !kinds.is_empty()) {
                    places.push(Place {
                        score,
                        path: path.clone(),
                        span: chunk.span,
                        definition: chunk.definition,
                    });
                }
            }
        }
    }

    fn wants_kind(&self, kind: base::SymbolKind) -> bool {
        self.query.kinds.is_empty() || self.query.kinds.contains(&kind)
    }

    fn wants_path(&self, path: &RelPath) -> bool {
        let wanted = &self.query.paths;
        wanted.is_empty() || wanted.iter().any(|pattern| has(path.as_str(), pattern))
    }

    fn wants_language(&self, path: &RelPath) -> bool {
        let wanted = &self.query.languages;
        wanted.is_empty()
            || self
                .index
                .outline(path)
                .and_then(|file| file.language.clone())
                .is_some_and(|language| wanted.iter().any(|wanted| **wanted == *language))
    }
}

/// Whether `pattern`, its `*` standing for anything, is somewhere in `path`.
fn has(path: &str, pattern: &str) -> bool {
    let path = path.to_lowercase();
    let mut rest = path.as_str();
    for part in pattern.to_lowercase().split('*') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Marks for the excerpts, by segment, that have a term of each group; `None` where there are no groups.
fn limited(found: &Found, groups: &[Vec<Term>]) -> tantivy::Result<Option<Vec<Vec<bool>>>> {
    if groups.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for segment in found.searcher.segment_readers() {
        let mut counts = vec![0_usize; segment.max_doc() as usize];
        for (number, terms) in groups.iter().enumerate() {
            for term in terms {
                let reader = segment.inverted_index(term.field())?;
                let list = reader.read_block_postings(term, IndexRecordOption::Basic)?;
                let Some(mut block) = list else {
                    continue;
                };
                while block.block_len() > 0 {
                    for &document in block.docs() {
                        // Only what had all groups before; two terms of one group count once.
                        if let Some(count) = counts.get_mut(document as usize)
                            && *count == number
                        {
                            *count += 1;
                        }
                    }
                    block.advance();
                }
            }
        }
        let marks = counts.into_iter().map(|count| count == groups.len());
        all.push(marks.collect());
    }
    Ok(Some(all))
}

/// The first excerpts that are marked.
fn first(found: &Found, allowed: &[Vec<bool>], limit: usize) -> Vec<(f32, DocAddress)> {
    let mut first = Vec::new();
    for (number, (segment, marks)) in
        (0..).zip(found.searcher.segment_readers().iter().zip(allowed))
    {
        let columns = found.columns(number);
        let is_wanted = |document: &u32| {
            marks.get(*document as usize) == Some(&true) && columns.place(*document).is_some()
        };
        let documents = segment.doc_ids_alive().filter(is_wanted);
        let left = limit - first.len();
        first.extend(
            documents
                .take(left)
                .map(|document| (1.0, DocAddress::new(number, document))),
        );
    }
    first
}
