//! One committed state of the index, from which questions are answered while the next one is made.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use base::search::FileOutline;
use base::{ContentHash, RelPath, Span};
use tantivy::columnar::{Column, StrColumn};
use tantivy::schema::Value;
use tantivy::{DocAddress, Index, ReloadPolicy, Searcher, SegmentReader, TantivyDocument};

use super::schema::{self, Fields};
use super::shelf::{Shelf, lock};

/// Decompressed blocks of outlines that are kept per segment.
const STORE_BLOCKS: usize = 32;
/// Unpacked outlines that are kept.
const OUTLINES: usize = 512;

/// A committed state.
pub(super) struct View {
    pub(super) shelf: Shelf,
    pub(super) found: Option<Found>,
    pub(super) files: HashMap<RelPath, Known>,
    pub(super) symbols: usize,
    /// It holds the whole workspace, not a part of one that is being built.
    pub(super) complete: bool,
    /// Unpacked outlines; emptied when full.
    outlines: Mutex<HashMap<RelPath, Arc<FileOutline>>>,
}

/// The index, where there is one.
pub(super) struct Found {
    pub(super) index: Index,
    pub(super) searcher: Searcher,
    columns: Vec<OnceLock<Columns>>,
}

impl Found {
    fn new(index: Index, searcher: Searcher) -> Self {
        let segments = searcher.segment_readers().iter();
        Self {
            columns: segments.map(|_| OnceLock::new()).collect(),
            index,
            searcher,
        }
    }

    /// The columns of a segment, opened once: that takes longer than to read from them.
    pub(super) fn columns(&self, segment: u32) -> &Columns {
        static NONE: Columns = Columns {
            paths: None,
            starts: None,
            lengths: None,
            definitions: None,
        };
        self.columns.get(segment as usize).map_or(&NONE, |columns| {
            columns.get_or_init(|| Columns::of(self.searcher.segment_reader(segment)))
        })
    }
}

/// What is known of a file without looking into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) hash: ContentHash,
    pub(super) symbols: u32,
}

impl View {
    /// Nothing is known yet.
    pub(super) fn empty(folder: &Path) -> Self {
        // Other processes tell states apart by this number, so it must not start where an earlier index did.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let generation = now.map_or(0, |now| now.as_micros() as u64);
        Self {
            shelf: Shelf::empty(folder, generation),
            found: None,
            files: HashMap::new(),
            symbols: 0,
            complete: false,
            outlines: Mutex::default(),
        }
    }

    /// The state that `shelf` holds; an error says what is wrong with it.
    pub(super) fn open(shelf: Shelf, fields: &Fields) -> Result<Self, String> {
        let mut index = Index::open(shelf.clone()).map_err(|error| error.to_string())?;
        if index.schema() != fields.schema {
            return Err("its fields are others".to_owned());
        }
        index.set_tokenizers(Fields::tokenizers());
        let searcher = searcher(&index)?;
        let files = files(&searcher).map_err(|error| error.to_string())?;
        Self::new(shelf, index, searcher, files)
    }

    /// The state after a commit that left `files`.
    pub(super) fn committed(
        shelf: Shelf,
        index: Index,
        files: HashMap<RelPath, Known>,
    ) -> Result<Self, String> {
        let searcher = searcher(&index)?;
        Self::new(shelf, index, searcher, files)
    }

    fn new(
        shelf: Shelf,
        index: Index,
        searcher: Searcher,
        files: HashMap<RelPath, Known>,
    ) -> Result<Self, String> {
        let meta = index.load_metas().map_err(|error| error.to_string())?;
        Ok(Self {
            symbols: files.values().map(|known| known.symbols as usize).sum(),
            complete: meta.payload.as_deref() == Some(COMPLETE),
            shelf,
            found: Some(Found::new(index, searcher)),
            files,
            outlines: Mutex::default(),
        })
    }

    /// Excerpts that can be found.
    pub(super) fn chunks(&self) -> usize {
        let documents = self
            .found
            .as_ref()
            .map_or(0, |found| found.searcher.num_docs());
        (documents as usize).saturating_sub(self.files.len())
    }

    /// The packed outline in a file's own document.
    pub(super) fn packed(&self, fields: &Fields, address: DocAddress) -> Option<Vec<u8>> {
        let document: TantivyDocument = self.found.as_ref()?.searcher.doc(address).ok()?;
        Some(document.get_first(fields.outline)?.as_bytes()?.to_vec())
    }

    /// An outline that was unpacked lately.
    pub(super) fn unpacked(&self, path: &RelPath) -> Option<Arc<FileOutline>> {
        lock(&self.outlines).get(path).cloned()
    }

    /// Takes over what `before` had unpacked of files that are still the same.
    pub(super) fn inherit(&self, before: &Self) {
        let known = |path: &RelPath| self.files.get(path).map(|known| known.hash);
        let mut outlines = lock(&before.outlines).clone();
        outlines.retain(|path, outline| known(path) == Some(outline.hash));
        *lock(&self.outlines) = outlines;
    }

    pub(super) fn cache(&self, outline: &Arc<FileOutline>) {
        let mut outlines = lock(&self.outlines);
        if outlines.len() >= OUTLINES {
            outlines.clear();
        }
        outlines.insert(outline.path.clone(), Arc::clone(outline));
    }
}

/// What a commit says when the workspace was taken in to the end.
pub(super) const COMPLETE: &str = "complete";

fn searcher(index: &Index) -> Result<Searcher, String> {
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .doc_store_cache_num_blocks(STORE_BLOCKS)
        .try_into()
        .map_err(|error: tantivy::TantivyError| error.to_string())?;
    Ok(reader.searcher())
}

/// What is known of a segment's documents without opening them.
pub(super) struct Columns {
    paths: Option<StrColumn>,
    starts: Option<Column<u64>>,
    lengths: Option<Column<u64>>,
    definitions: Option<Column<u64>>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> Self {
        let fields = segment.fast_fields();
        let numbers = |name| fields.column_opt::<u64>(name).ok().flatten();
        Self {
            paths: fields.str("path").ok().flatten(),
            starts: numbers("start"),
            lengths: numbers("length"),
            definitions: numbers("definition"),
        }
    }

    pub(super) fn path(&self, document: u32) -> Option<RelPath> {
        let column = self.paths.as_ref()?;
        let number = column.term_ords(document).next()?;
        let mut text = String::new();
        column.ord_to_str(number, &mut text).ok()?;
        RelPath::new(&text).ok()
    }

    /// Where an excerpt is, and of which definition; `None` for what is not an excerpt.
    pub(super) fn place(&self, document: u32) -> Option<(Span, Option<u32>)> {
        let start = u32::try_from(self.starts.as_ref()?.first(document)?).ok()?;
        let length = u32::try_from(self.lengths.as_ref()?.first(document)?).ok()?;
        let end = start.checked_add(length)?;
        let span = Span { start, end };
        let definition = self
            .definitions
            .as_ref()
            .and_then(|column| column.first(document));
        Some((
            span,
            definition.and_then(|number| u32::try_from(number).ok()),
        ))
    }
}

/// All files that the index knows.
fn files(searcher: &Searcher) -> tantivy::Result<HashMap<RelPath, Known>> {
    let mut files = HashMap::new();
    for segment in searcher.segment_readers() {
        let paths = Columns::of(segment);
        let Some(hashes) = segment.fast_fields().column_opt::<u64>("hash")? else {
            continue;
        };
        let symbols = segment.fast_fields().column_opt::<u64>("symbols")?;
        for document in segment.doc_ids_alive() {
            let mut halves = hashes.values_for_doc(document);
            let (Some(first), Some(second)) = (halves.next(), halves.next()) else {
                continue;
            };
            let Some(path) = paths.path(document) else {
                continue;
            };
            let symbols = symbols.as_ref().and_then(|symbols| symbols.first(document));
            let known = Known {
                hash: schema::whole([first, second]),
                symbols: symbols.unwrap_or(0) as u32,
            };
            files.insert(path, known);
        }
    }
    Ok(files)
}
