//! Answers: names by exact look-up, words by BM25 over the fields of an excerpt, exact names first.
//!
//! A file that is open in the editor is answered for from its buffer alone. A question that fails inside the index is
//! answered with what the rest gives; a caller sees less, never an error.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use base::search::{FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, Query};
use base::{ContentHash, Outline, RelPath, Span};
use tantivy::collector::TopDocs;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use super::WorkspaceIndex;
use super::codec;
use super::open_files::{FIELDS, OpenFiles};
use super::shelf::lock;
use super::view::{Found, Paths, View};
use super::words::words;

/// What a word in each field counts for: names, path, signature, documentation, body.
const BOOSTS: [f32; FIELDS] = [3.0, 0.6, 1.4, 1.0, 1.0];
/// What a part of an identifier counts for, beside the whole.
const PART: f32 = 0.4;
/// With more words than this only names, signatures and bodies are asked.
const MANY_WORDS: usize = 16;
/// With more words than this the rest is left out, lightest first.
const MOST_WORDS: usize = 128;

type Buffers = Arc<OpenFiles>;

impl Index for WorkspaceIndex {
    fn definitions(&self, name: &str, limit: usize) -> Vec<FoundDefinition> {
        let (view, open) = self.state();
        let mut found = Vec::new();
        for (path, entry) in open.iter() {
            definitions_in(
                path,
                entry.outline.hash,
                &entry.outline.outline,
                name,
                &mut found,
            );
        }
        let term = Term::from_field_text(self.fields.defines, name);
        for path in self.files_with(&view, &open, term).into_iter().take(limit) {
            if let Some((hash, outline)) = self.definitions_of(&view, &path) {
                definitions_in(&path, hash, &outline, name, &mut found);
            }
        }
        found.sort_by(|a, b| (&a.path, a.index).cmp(&(&b.path, b.index)));
        found
    }

    fn references(&self, name: &str, limit: usize) -> Vec<FoundReference> {
        let (view, open) = self.state();
        let mut found = Vec::new();
        for (path, entry) in open.iter() {
            let outline = &entry.outline.outline;
            for (index, reference) in outline.references.iter().enumerate() {
                if reference.name == name {
                    let within = reference.within.map(|within| outline.qualified(within));
                    found.push(FoundReference {
                        path: path.clone(),
                        hash: entry.outline.hash,
                        index: index as u32,
                        reference: reference.clone(),
                        within: owned(within.unwrap_or_default()),
                    });
                }
            }
        }
        let term = Term::from_field_text(self.fields.mentions, name);
        for path in self.files_with(&view, &open, term).into_iter().take(limit) {
            let packed = self.packed(&view, &path);
            let mentions = packed.and_then(|packed| {
                Some((codec::hash_of(&packed)?, codec::mentions(&packed, name)?))
            });
            let Some((hash, mentions)) = mentions else {
                continue;
            };
            for (index, reference, within) in mentions {
                found.push(FoundReference {
                    path: path.clone(),
                    hash,
                    index,
                    reference,
                    within,
                });
            }
        }
        found.sort_by(|a, b| (&a.path, a.index).cmp(&(&b.path, b.index)));
        found
    }

    fn search(&self, query: &Query, limit: usize) -> Vec<Hit> {
        let (view, open) = self.state();
        // tantivy asserts what its files hold; they were checked, but a reader's panic must stay a missing answer.
        let answer = catch_unwind(AssertUnwindSafe(|| {
            Search {
                index: self,
                view: &view,
                open: &open,
                query,
                words: weigh(&query.words),
            }
            .run(limit)
        }));
        answer.unwrap_or_else(|_| {
            self.doubt("a question to the index failed");
            Vec::new()
        })
    }

    fn outline(&self, path: &RelPath) -> Option<Arc<FileOutline>> {
        let (view, open) = self.state();
        if let Some(entry) = open.get(path) {
            return Some(Arc::clone(&entry.outline));
        }
        let known = view.files.get(path)?;
        if let Some(outline) = view.cached(path, known.hash) {
            return Some(outline);
        }
        let record = codec::decode(&self.packed(&view, path)?)?;
        let outline = Arc::new(FileOutline {
            path: path.clone(),
            hash: record.hash,
            language: (!record.language.is_empty()).then(|| Arc::from(record.language)),
            outline: record.outline,
        });
        view.cache(&outline);
        Some(outline)
    }

    fn files(&self) -> Vec<(RelPath, ContentHash)> {
        let (view, open) = self.state();
        let mut files: HashMap<RelPath, ContentHash> = view
            .files
            .iter()
            .map(|(path, known)| (path.clone(), known.hash))
            .collect();
        for (path, entry) in open.iter() {
            files.insert(path.clone(), entry.outline.hash);
        }
        files.into_iter().collect()
    }

    fn status(&self) -> IndexStatus {
        self.follow();
        let view = self.view();
        let state = lock(&self.state);
        let writer = self.is_writer.load(std::sync::atomic::Ordering::Relaxed);
        IndexStatus {
            files: view.files.len(),
            symbols: view.symbols,
            chunks: view.chunks(),
            bytes_on_disk: view.shelf.size(),
            generation: view.shelf.generation(),
            // Another process keeps it: as far as can be told from here, it is as complete as that one left it.
            fresh: if writer { state.fresh } else { view.complete },
            writer,
            building: state.building,
            notice: state.notice.clone(),
        }
    }
}

impl WorkspaceIndex {
    fn state(&self) -> (Arc<View>, Buffers) {
        self.follow();
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        (self.view(), Arc::clone(&open))
    }

    fn doubt(&self, what: &str) {
        lock(&self.doubt).get_or_insert_with(|| what.to_owned());
    }

    /// The files with a document that has `term`, in order, open ones left out.
    fn files_with(&self, view: &View, open: &OpenFiles, term: Term) -> BTreeSet<RelPath> {
        let mut files = BTreeSet::new();
        let Some(found) = &view.found else {
            return files;
        };
        let answer = catch_unwind(AssertUnwindSafe(|| {
            let mut at = None;
            each(found, &term, |address| {
                let paths = match &mut at {
                    Some((segment, paths)) if *segment == address.segment_ord => paths,
                    _ => {
                        let segment = found.searcher.segment_reader(address.segment_ord);
                        &mut at.insert((address.segment_ord, Paths::of(segment))).1
                    }
                };
                files.extend(
                    paths
                        .path(address.doc_id)
                        .filter(|path| !open.contains_key(path)),
                );
                true
            })
        }));
        if !matches!(answer, Ok(Ok(()))) {
            self.doubt("a name could not be looked up");
        }
        files
    }

    fn packed(&self, view: &View, path: &RelPath) -> Option<Vec<u8>> {
        let found = view.found.as_ref()?;
        let term = Term::from_field_text(self.fields.file, path.as_str());
        catch_unwind(AssertUnwindSafe(|| {
            let mut address = None;
            let looked = each(found, &term, |at| {
                address = Some(at);
                false
            });
            looked.ok()?;
            view.packed(&self.fields, address?)
        }))
        .ok()?
    }

    fn definitions_of(&self, view: &View, path: &RelPath) -> Option<(ContentHash, Outline)> {
        let packed = self.packed(view, path)?;
        Some((codec::hash_of(&packed)?, codec::definitions(&packed)?))
    }
}

/// Calls `visit` with each living document that has `term` until it says `false`.
fn each(
    found: &Found,
    term: &Term,
    mut visit: impl FnMut(DocAddress) -> bool,
) -> tantivy::Result<()> {
    for (number, segment) in found.searcher.segment_readers().iter().enumerate() {
        let postings = segment
            .inverted_index(term.field())?
            .read_postings(term, IndexRecordOption::Basic)?;
        let Some(mut postings) = postings else {
            continue;
        };
        let alive = segment.alive_bitset();
        let mut document = postings.doc();
        while document != TERMINATED {
            let is_alive = alive.is_none_or(|alive| alive.is_alive(document));
            if is_alive && !visit(DocAddress::new(number as u32, document)) {
                return Ok(());
            }
            document = postings.advance();
        }
    }
    Ok(())
}

fn definitions_in(
    path: &RelPath,
    hash: ContentHash,
    outline: &Outline,
    name: &str,
    found: &mut Vec<FoundDefinition>,
) {
    for (index, definition) in outline.definitions.iter().enumerate() {
        if definition.name == name {
            found.push(FoundDefinition {
                path: path.clone(),
                hash,
                index: index as u32,
                definition: definition.clone(),
                qualified: owned(outline.qualified(index as u32)),
            });
        }
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

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
struct Search<'a> {
    index: &'a WorkspaceIndex,
    view: &'a View,
    open: &'a OpenFiles,
    query: &'a Query,
    words: Vec<(String, f32)>,
}

impl Search<'_> {
    fn run(&self, limit: usize) -> Vec<Hit> {
        let mut hits = self.indexed(limit.saturating_mul(2).saturating_add(self.open.len() * 4));
        hits.extend(self.buffered());
        hits.sort_by(by_score);
        let best = hits.first().map_or(0.0, |hit| hit.score);
        let mut all = self.exact(best, limit);
        all.extend(hits);
        // The parts of one definition are one answer.
        let mut seen = HashSet::new();
        all.retain(|hit| {
            let place = hit.definition.map_or(hit.span, |index| Span {
                start: index,
                end: u32::MAX,
            });
            seen.insert((hit.path.clone(), place))
        });
        all.truncate(limit);
        all
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
        hits.sort_by(by_score);
        hits
    }

    fn indexed(&self, limit: usize) -> Vec<Hit> {
        let Some(found) = &self.view.found else {
            return Vec::new();
        };
        let Some(query) = self.asked() else {
            return Vec::new();
        };
        let collector = TopDocs::with_limit(limit.max(1)).order_by_score();
        let Ok(top) = found.searcher.search(&query, &collector) else {
            self.index.doubt("a search failed");
            return Vec::new();
        };
        let mut outlines = HashMap::new();
        top.into_iter()
            .filter_map(|(score, address)| self.hit(found, address, score, &mut outlines))
            .collect()
    }

    fn hit(
        &self,
        found: &Found,
        address: DocAddress,
        score: f32,
        outlines: &mut HashMap<RelPath, Option<(ContentHash, Outline)>>,
    ) -> Option<Hit> {
        let segment = found.searcher.segment_reader(address.segment_ord);
        let path = Paths::of(segment).path(address.doc_id)?;
        if self.open.contains_key(&path) {
            return None;
        }
        let number = |field: &str| {
            let column = segment.fast_fields().column_opt::<u64>(field).ok()??;
            column.first(address.doc_id)
        };
        let place = number("place")?;
        let definition = number("definition").and_then(|number| u32::try_from(number).ok());
        let span = Span {
            start: (place >> 32) as u32,
            end: place as u32,
        };
        let (hash, outline) = outlines
            .entry(path.clone())
            .or_insert_with(|| self.index.definitions_of(self.view, &path))
            .as_ref()?;
        Some(self.named(path, *hash, outline, span, definition, score))
    }

    /// A hit in an excerpt, narrowed to the definition in it that the words name, if they do.
    fn named(
        &self,
        path: RelPath,
        hash: ContentHash,
        outline: &Outline,
        span: Span,
        definition: Option<u32>,
        score: f32,
    ) -> Hit {
        let mut definition = definition;
        let mut span = span;
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

    /// The query for tantivy; `None` where nothing can match.
    fn asked(&self) -> Option<BooleanQuery> {
        let mut clauses: Vec<(Occur, Box<dyn tantivy::query::Query>)> = Vec::new();
        let limits = self.limits()?;
        if self.words.is_empty() {
            if limits.is_empty() {
                return None;
            }
            clauses.push((Occur::Must, Box::new(AllQuery)));
        } else {
            let mut should: Vec<(Occur, Box<dyn tantivy::query::Query>)> = Vec::new();
            for (word, weight) in &self.words {
                for (field, boost) in self.word_fields() {
                    let term = Term::from_field_text(field, word);
                    let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                    let query = BoostQuery::new(Box::new(query), boost * weight);
                    should.push((Occur::Should, Box::new(query)));
                }
            }
            if limits.is_empty() {
                return Some(BooleanQuery::new(should));
            }
            clauses.push((Occur::Must, Box::new(BooleanQuery::new(should))));
        }
        for limit in limits {
            clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(limit, 0.0))));
        }
        Some(BooleanQuery::new(clauses))
    }

    fn word_fields(&self) -> Vec<(Field, f32)> {
        let fields = &self.index.fields;
        let all = [
            fields.name,
            fields.path_words,
            fields.signature,
            fields.doc,
            fields.body,
        ];
        all.into_iter()
            .zip(BOOSTS)
            .enumerate()
            .filter(|(number, _)| self.words.len() <= MANY_WORDS || matches!(number, 0 | 2 | 4))
            .map(|(_, field)| field)
            .collect()
    }

    /// What the answer is limited to; `None` where no file is left.
    fn limits(&self) -> Option<Vec<Box<dyn tantivy::query::Query>>> {
        let fields = &self.index.fields;
        let mut limits: Vec<Box<dyn tantivy::query::Query>> = Vec::new();
        if !self.query.kinds.is_empty() {
            let kinds = self.query.kinds.iter();
            limits.push(Box::new(TermSetQuery::new(kinds.map(|kind| {
                Term::from_field_u64(fields.kind, u64::from(codec::kind_number(*kind)))
            }))));
        }
        if !self.query.languages.is_empty() {
            let languages = self.query.languages.iter();
            limits.push(Box::new(TermSetQuery::new(
                languages.map(|language| Term::from_field_text(fields.language, language)),
            )));
        }
        if !self.query.paths.is_empty() {
            let paths: Vec<Term> = self
                .view
                .files
                .keys()
                .filter(|path| self.wants_path(path))
                .map(|path| Term::from_field_text(fields.path, path.as_str()))
                .collect();
            if paths.is_empty() {
                return None;
            }
            limits.push(Box::new(TermSetQuery::new(paths)));
        }
        Some(limits)
    }

    /// Hits in open buffers, scored as the index would score them.
    fn buffered(&self) -> Vec<Hit> {
        let mut hits = Vec::new();
        if self.open.is_empty() {
            return hits;
        }
        let rarity = Rarity::of(self);
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
                for (number, (word, weight)) in self.words.iter().enumerate() {
                    if let Some((counts, lengths)) = chunk.counts(word) {
                        score += weight * rarity.score(number, counts, lengths);
                    }
                }
                if has_kind && (score > 0.0 || self.words.is_empty() && !kinds.is_empty()) {
                    let hash = entry.outline.hash;
                    let (span, definition) = (chunk.span, chunk.definition);
                    hits.push(self.named(path.clone(), hash, outline, span, definition, score));
                }
            }
        }
        hits
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

fn by_score(a: &Hit, b: &Hit) -> std::cmp::Ordering {
    b.score
        .total_cmp(&a.score)
        .then_with(|| (&a.path, a.span).cmp(&(&b.path, b.span)))
}

/// How rare the words are in the index, and how long its fields: what BM25 needs to score a buffer.
struct Rarity {
    words: Vec<[f32; FIELDS]>,
    lengths: [f32; FIELDS],
}

impl Rarity {
    fn of(search: &Search) -> Self {
        let fields = &search.index.fields;
        let all = [
            fields.name,
            fields.path_words,
            fields.signature,
            fields.doc,
            fields.body,
        ];
        let documents = search
            .view
            .found
            .as_ref()
            .map_or(0, |found| found.searcher.num_docs());
        let documents = documents.max(1) as f32;
        let mut lengths = [20.0; FIELDS];
        if let Some(found) = &search.view.found {
            for (length, field) in lengths.iter_mut().zip(all) {
                let segments = found.searcher.segment_readers().iter();
                let tokens: u64 = segments
                    .filter_map(|segment| segment.inverted_index(field).ok())
                    .map(|inverted| inverted.total_num_tokens())
                    .sum();
                *length = (tokens as f32 / documents).max(1.0);
            }
        }
        let words = search.words.iter().map(|(word, _)| {
            all.map(|field| {
                let term = Term::from_field_text(field, word);
                let found = search.view.found.as_ref();
                let with = found.and_then(|found| found.searcher.doc_freq(&term).ok());
                let with = with.unwrap_or(0) as f32;
                (1.0 + (documents - with + 0.5).max(0.5) / (with + 0.5)).ln()
            })
        });
        Self {
            words: words.collect(),
            lengths,
        }
    }

    fn score(&self, word: usize, counts: [u16; FIELDS], lengths: [u32; FIELDS]) -> f32 {
        const K1: f32 = 1.2;
        const B: f32 = 0.75;
        let rarity = self.words.get(word).copied().unwrap_or_default();
        (0..FIELDS)
            .map(|field| {
                let count = f32::from(counts[field]);
                let length = 1.0 - B + B * lengths[field] as f32 / self.lengths[field];
                BOOSTS[field] * rarity[field] * count * (K1 + 1.0) / (count + K1 * length)
            })
            .sum()
    }
}
