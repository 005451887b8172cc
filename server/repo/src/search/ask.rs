//! Answers: names by exact look-up, words by [`find`](super::find).
//!
//! A file that is open in the editor is answered for from its buffer alone. A question that fails inside the index is
//! answered with what the rest gives; a caller sees less, never an error.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use base::search::{FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, Query};
use base::{ContentHash, Outline, RelPath};
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use super::WorkspaceIndex;
use super::codec;
use super::find::Search;
use super::open_files::OpenFiles;
use super::schema::{DEFINED, MENTIONED};
use super::shelf::lock;
use super::view::{Found, View};

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
        for path in self
            .files_with(&view, &open, name, DEFINED)
            .into_iter()
            .take(limit)
        {
            if let Some(known) = view.unpacked(&path) {
                definitions_in(&path, known.hash, &known.outline, name, &mut found);
                continue;
            }
            let packed = self.packed(&view, &path);
            let definitions = packed.and_then(|packed| {
                Some((codec::hash_of(&packed)?, codec::definitions(&packed, name)?))
            });
            let Some((hash, definitions)) = definitions else {
                continue;
            };
            for (index, definition, qualified) in definitions {
                found.push(FoundDefinition {
                    path: path.clone(),
                    hash,
                    index,
                    definition,
                    qualified,
                });
            }
        }
        found.sort_by(|a, b| (&a.path, a.index).cmp(&(&b.path, b.index)));
        found
    }

    fn references(&self, name: &str, limit: usize) -> Vec<FoundReference> {
        let (view, open) = self.state();
        let mut found = Vec::new();
        for (path, entry) in open.iter() {
            let outline = &entry.outline;
            mentions_in(path, outline.hash, &outline.outline, name, &mut found);
        }
        for path in self
            .files_with(&view, &open, name, MENTIONED)
            .into_iter()
            .take(limit)
        {
            if let Some(known) = view.unpacked(&path) {
                mentions_in(&path, known.hash, &known.outline, name, &mut found);
                continue;
            }
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
            Search::new(self, &view, &open, query).run(limit)
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
        if let Some(outline) = view.unpacked(path) {
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
        let closed = view.files.iter();
        closed
            .filter(|(path, _)| !open.contains_key(path))
            .map(|(path, known)| (path.clone(), known.hash))
            .chain(
                open.iter()
                    .map(|(path, entry)| (path.clone(), entry.outline.hash)),
            )
            .collect()
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

    pub(super) fn doubt(&self, what: &str) {
        lock(&self.doubt).get_or_insert_with(|| what.to_owned());
    }

    /// The files that define or mention `name`, in order, open ones left out.
    fn files_with(
        &self,
        view: &View,
        open: &OpenFiles,
        name: &str,
        what: u32,
    ) -> BTreeSet<RelPath> {
        let term = Term::from_field_text(self.fields.names, name);
        let mut files = BTreeSet::new();
        let Some(found) = &view.found else {
            return files;
        };
        let answer = catch_unwind(AssertUnwindSafe(|| {
            each(found, &term, |address, times| {
                if times & what == 0 {
                    return true;
                }
                let path = found.columns(address.segment_ord).path(address.doc_id);
                files.extend(path.filter(|path| !open.contains_key(path)));
                true
            })
        }));
        if !matches!(answer, Ok(Ok(()))) {
            self.doubt("a name could not be looked up");
        }
        files
    }

    pub(super) fn packed(&self, view: &View, path: &RelPath) -> Option<Vec<u8>> {
        let found = view.found.as_ref()?;
        let term = Term::from_field_text(self.fields.file, path.as_str());
        catch_unwind(AssertUnwindSafe(|| {
            let mut address = None;
            let looked = each(found, &term, |at, _| {
                address = Some(at);
                false
            });
            looked.ok()?;
            view.packed(&self.fields, address?)
        }))
        .ok()?
    }
}

/// Calls `visit` with each living document that has `term`, and how often, until it says `false`.
fn each(
    found: &Found,
    term: &Term,
    mut visit: impl FnMut(DocAddress, u32) -> bool,
) -> tantivy::Result<()> {
    for (number, segment) in found.searcher.segment_readers().iter().enumerate() {
        let postings = segment
            .inverted_index(term.field())?
            .read_postings(term, IndexRecordOption::WithFreqs)?;
        let Some(mut postings) = postings else {
            continue;
        };
        let alive = segment.alive_bitset();
        let mut document = postings.doc();
        while document != TERMINATED {
            let is_alive = alive.is_none_or(|alive| alive.is_alive(document));
            let address = DocAddress::new(number as u32, document);
            if is_alive && !visit(address, postings.term_freq()) {
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

fn mentions_in(
    path: &RelPath,
    hash: ContentHash,
    outline: &Outline,
    name: &str,
    found: &mut Vec<FoundReference>,
) {
    for (index, reference) in outline.references.iter().enumerate() {
        if reference.name == name {
            let within = reference.within.map(|within| outline.qualified(within));
            found.push(FoundReference {
                path: path.clone(),
                hash,
                index: index as u32,
                reference: reference.clone(),
                within: owned(within.unwrap_or_default()),
            });
        }
    }
}

pub(super) fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
