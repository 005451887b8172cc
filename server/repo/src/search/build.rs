//! Bringing the index up to date: all of it against the disk, or the files that were reported.
//!
//! What counts is the content: a file is read and its hash compared, never its time alone. Files are read, parsed and
//! cut on all cores and handed to tantivy as they come; every so many bytes there is a commit, so that an interrupted
//! build goes on where it stopped and its first results can be found before its last.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use base::search::Updated;
use base::{At, Cancel, Change, FileChange, FileStatus, RelPath, RepoError, Scope};
use rayon::prelude::*;
use tantivy::indexer::{IndexWriterOptions, UserOperation};
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{Index, IndexSettings, IndexWriter, Term};

use super::outlined::outline;
use super::schema::Prepared;
use super::shelf::{Shelf, lock};
use super::view::{COMPLETE, Known, View};
use super::{SearchError, Work, WorkspaceIndex};

/// What tantivy may hold in memory before it writes a segment.
const MEMORY: usize = 48 << 20;
/// Source between two commits of a long build, in bytes.
const COMMIT_EVERY: usize = 48 << 20;
/// Files between two looks at what is due.
const BATCH: usize = 512;
/// Changes of at most this many files are committed without waiting for the disk.
const FEW: usize = 50;

impl WorkspaceIndex {
    /// Compares the index with the whole workspace and takes in what differs. Blocks until that is done or `cancel` is
    /// raised; what was done until then is kept. `progress` hears of files done and files to do.
    pub fn refresh(
        &self,
        progress: &(dyn Fn(usize, usize) + Sync),
        cancel: &Cancel,
    ) -> Result<Updated, SearchError> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.become_writer(&mut work)? {
            return Ok(left());
        }
        let walked = self.repo.change(&Scope::All, cancel)?;
        let paths: Vec<&FileChange> = walked.files.iter().collect();
        let here: HashSet<&RelPath> = paths.iter().map(|file| &file.path).collect();
        let view = self.view();
        let gone: Vec<RelPath> = view
            .files
            .keys()
            .filter(|path| !here.contains(path))
            .cloned()
            .collect();
        let updated = self.take_in(&mut work, &walked, &paths, gone, true, progress, cancel)?;
        let mut state = lock(&self.state);
        state.fresh = true;
        state.notice = None;
        Ok(updated)
    }

    /// Takes in the files at `paths`, which were saved, made, removed or renamed.
    pub fn update(&self, paths: &[RelPath], cancel: &Cancel) -> Result<Updated, SearchError> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.become_writer(&mut work)? {
            return Ok(left());
        }
        let paths: BTreeSet<&RelPath> = paths.iter().collect();
        let (ignored, wanted): (Vec<&RelPath>, Vec<&RelPath>) = paths
            .into_iter()
            .partition(|path| self.repo.is_ignored(path));
        let files: Vec<FileChange> = wanted
            .into_iter()
            .map(|path| FileChange::plain(path.clone(), FileStatus::Whole))
            .collect();
        let whole = Change {
            base: None,
            head: None,
            old: None,
            new: At::Worktree,
            files: Vec::new(),
            skipped: Vec::new(),
        };
        let view = self.view();
        let gone = ignored
            .into_iter()
            .filter(|path| view.files.contains_key(path))
            .cloned()
            .collect();
        let files: Vec<&FileChange> = files.iter().collect();
        let complete = view.complete;
        self.take_in(
            &mut work,
            &whole,
            &files,
            gone,
            complete,
            &|_, _| {},
            cancel,
        )
    }

    /// Forgets everything and takes in the whole workspace.
    pub fn rebuild(
        &self,
        progress: &(dyn Fn(usize, usize) + Sync),
        cancel: &Cancel,
    ) -> Result<Updated, SearchError> {
        {
            let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.become_writer(&mut work)? {
                return Ok(left());
            }
            work.writer = None;
            self.show(View::empty(&self.folder));
        }
        self.refresh(progress, cancel)
    }

    /// Lets go of what only writing needs, after merges that are under way; the next work takes it up again.
    pub fn rest(&self) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = work.writer.take() else {
            return;
        };
        if let Err(error) = writer.wait_merging_threads() {
            tracing::warn!(%error, "merging parts of the index");
            work.reopen = true;
        } else {
            // Answers come from the merged parts from now on; what they replace need not stay in memory.
            self.reopen();
        }
    }

    /// Whether this process writes; takes over from one that ended.
    fn become_writer(&self, work: &mut Work) -> Result<bool, SearchError> {
        let was = work.lock.is_some();
        let is = self.take_lock(work).map_err(|error| SearchError::Folder {
            folder: self.folder.display().to_string(),
            why: error.to_string(),
        })?;
        if is && (!was || work.reopen) {
            work.writer = None;
            self.reopen();
            self.view().shelf.sweep();
            work.reopen = false;
        }
        if is && let Some(what) = lock(&self.doubt).take() {
            self.notice(format!("{what}; the index is made anew"));
            work.writer = None;
            self.show(View::empty(&self.folder));
        }
        if !is {
            self.follow();
        }
        Ok(is)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call each from refresh and update"
    )]
    fn take_in(
        &self,
        work: &mut Work,
        change: &Change,
        files: &[&FileChange],
        gone: Vec<RelPath>,
        complete: bool,
        progress: &(dyn Fn(usize, usize) + Sync),
        cancel: &Cancel,
    ) -> Result<Updated, SearchError> {
        lock(&self.state).building = Some((0, files.len()));
        let result = Intake {
            index: self,
            change,
            total: files.len(),
            done: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            progress,
            cancel,
            writer: OnceLock::new(),
            taken: Mutex::default(),
            updated: Updated::default(),
        }
        .run(work, files, gone, complete);
        lock(&self.state).building = None;
        if let Err(error @ SearchError::Write(_)) = &result {
            work.writer = None;
            work.reopen = true;
            self.notice(format!("{error}; answers come from its last good state"));
        }
        result
    }
}

fn left() -> Updated {
    Updated {
        left_to_writer: true,
        ..Updated::default()
    }
}

/// One update under way.
struct Intake<'a> {
    index: &'a WorkspaceIndex,
    change: &'a Change,
    total: usize,
    done: AtomicUsize,
    /// Source taken in since the last commit.
    bytes: AtomicUsize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
    cancel: &'a Cancel,
    /// Made when something differs: on an unchanged workspace never.
    writer: OnceLock<Result<(Shelf, IndexWriter), String>>,
    /// What will be true with the next commit: a version, or that the file is no longer there.
    taken: Mutex<HashMap<RelPath, Option<Known>>>,
    updated: Updated,
}

impl Intake<'_> {
    fn run(
        mut self,
        work: &mut Work,
        files: &[&FileChange],
        gone: Vec<RelPath>,
        complete: bool,
    ) -> Result<Updated, SearchError> {
        let shelf = self.index.view().shelf.clone();
        // A loss of power after a small change costs a new index, not a wrong answer, so nobody waits for the disk.
        shelf.set_durable(files.len() > FEW);
        if let Some(writer) = work.writer.take() {
            drop(
                self.writer
                    .set(Ok((self.index.view().shelf.clone(), writer))),
            );
        }
        for path in gone {
            self.remove(&path)?;
        }
        for batch in files.chunks(BATCH) {
            batch
                .par_iter()
                .try_for_each(|file| -> Result<(), SearchError> {
                    if !self.cancel.is_cancelled() {
                        self.file(file)?;
                        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                        (self.progress)(done, self.total);
                    }
                    Ok(())
                })?;
            let done = self.done.load(Ordering::Relaxed);
            lock(&self.index.state).building = Some((done, self.total));
            if self.cancel.is_cancelled() {
                self.commit(false)?;
                self.keep(work);
                return Err(RepoError::Cancelled.into());
            }
            if self.bytes.load(Ordering::Relaxed) >= COMMIT_EVERY {
                self.commit(false)?;
            }
        }
        self.updated.looked_at = files.len();
        self.commit(complete)?;
        let updated = self.updated;
        self.keep(work);
        Ok(updated)
    }

    /// Keeps the writer for the next update.
    fn keep(self, work: &mut Work) {
        if let Some(Ok((_, writer))) = self.writer.into_inner() {
            work.writer = Some(writer);
        }
    }

    fn file(&self, file: &FileChange) -> Result<(), SearchError> {
        let text = match self.index.repo.load(self.change, file) {
            Ok(texts) => texts.new,
            // Skipped by policy, or unreadable for now: in either case there is nothing to find in it.
            Err(_) => None,
        };
        let view = self.index.view();
        let Some(text) = text else {
            if view.files.contains_key(&file.path) {
                self.remove(&file.path)?;
            }
            return Ok(());
        };
        let known = view.files.get(&file.path);
        if known.is_some_and(|known| known.hash == text.hash()) {
            return Ok(());
        }
        let (language, outline) = outline(&file.path, &text);
        let fields = &self.index.fields;
        let prepared = fields.prepare(&file.path, &text, language, &outline);
        self.bytes.fetch_add(text.len(), Ordering::Relaxed);
        self.add(prepared, known.is_some())
    }

    fn add(&self, prepared: Prepared, replaces: bool) -> Result<(), SearchError> {
        let mut operations = Vec::with_capacity(prepared.documents.len() + 1);
        if replaces {
            operations.push(UserOperation::Delete(self.term(&prepared.path)));
        }
        operations.extend(prepared.documents.into_iter().map(UserOperation::Add));
        self.writer()?.run(operations).map_err(failed)?;
        let known = Known {
            hash: prepared.hash,
            symbols: prepared.definitions,
        };
        lock(&self.taken).insert(prepared.path, Some(known));
        Ok(())
    }

    fn remove(&self, path: &RelPath) -> Result<(), SearchError> {
        self.writer()?.delete_term(self.term(path));
        lock(&self.taken).insert(path.clone(), None);
        Ok(())
    }

    fn term(&self, path: &RelPath) -> Term {
        Term::from_field_text(self.index.fields.path, path.as_str())
    }

    fn writer(&self) -> Result<&IndexWriter, SearchError> {
        let made = self.writer.get_or_init(|| {
            let view = self.index.view();
            let (shelf, index) = match &view.found {
                Some(found) => (view.shelf.clone(), found.index.clone()),
                None => {
                    // What lies there belongs to nothing any more.
                    view.shelf.begin_anew();
                    let index = Index::builder()
                        .schema(self.index.fields.schema.clone())
                        .tokenizers(super::schema::Fields::tokenizers())
                        .settings(settings())
                        .open_or_create(view.shelf.clone())
                        .map_err(|error| error.to_string())?;
                    (view.shelf.clone(), index)
                }
            };
            let options = IndexWriterOptions::builder()
                .num_worker_threads(1)
                .num_merge_threads(1)
                .memory_budget_per_thread(MEMORY)
                .build();
            let writer = index
                .writer_with_options(options)
                .map_err(|error| error.to_string())?;
            Ok((shelf, writer))
        });
        match made {
            Ok((_, writer)) => Ok(writer),
            Err(why) => Err(SearchError::Write(why.clone())),
        }
    }

    /// Makes what was taken in true, on disk and for questions.
    fn commit(&mut self, complete: bool) -> Result<(), SearchError> {
        let taken = std::mem::take(&mut *lock(&self.taken));
        let view = self.index.view();
        if taken.is_empty() && (view.complete == complete || view.found.is_some() && !complete) {
            return Ok(());
        }
        self.writer()?;
        let Some(Ok((shelf, writer))) = self.writer.get_mut() else {
            return Ok(());
        };
        let mut prepared = writer.prepare_commit().map_err(failed)?;
        prepared.set_payload(if complete { COMPLETE } else { "partial" });
        prepared.commit().map_err(failed)?;
        self.bytes.store(0, Ordering::Relaxed);
        let mut files = view.files.clone();
        for (path, known) in taken {
            match known {
                Some(known) => {
                    files.insert(path, known);
                    self.updated.indexed += 1;
                }
                None => {
                    files.remove(&path);
                    self.updated.removed += 1;
                }
            }
        }
        let next = View::committed(shelf.clone(), writer.index().clone(), files)
            .map_err(SearchError::Write)?;
        next.inherit(&view);
        self.index.show(next);
        Ok(())
    }
}

/// Outlines are most of what is stored; packed well they take half the space.
fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(6),
        }),
        ..IndexSettings::default()
    }
}

fn failed(error: tantivy::TantivyError) -> SearchError {
    SearchError::Write(error.to_string())
}
