//! The workspace's index: names, mentions and words of every file, kept in a cache folder and in step with the disk.
//!
//! The index is a cache. Whatever is doubtful about it (another version, a file that does not match its checksum) is
//! not repaired but made anew, while questions are answered with what there is. One process writes, held by a lock
//! that the system frees when it dies; others read what it commits and take over when it ends. `shelf` holds the
//! files, `build` brings them up to date, `ask` answers.

mod ask;
mod build;
mod chunks;
mod codec;
mod find;
#[cfg(test)]
mod full_disk;
mod manifest;
mod open_files;
mod outlined;
mod pieces;
mod schema;
mod score;
mod shelf;
mod view;
mod words;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base::{RelPath, Repo, RepoError, Text};

pub use base::search::Updated;

use manifest::{Doubt, Manifest};
use open_files::OpenFiles;
use schema::Fields;
use shelf::{LOCK, Shelf, lock};
use view::View;

/// How often a process that does not write looks for what the writer did.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Why the index could not be opened or brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cache folder cannot be used.
    #[error("the index folder {folder} cannot be used: {why}; name another with OBELUS_CACHE_DIR")]
    Folder {
        /// The folder.
        folder: String,
        /// The system's words.
        why: String,
    },
    /// Writing failed: the disk is full, or a file was taken away. Answers go on with what there was before.
    #[error("the index could not be written: {0}")]
    Write(String),
    /// The workspace could not be walked.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The index of one workspace. Shared between threads; questions never wait for work on it.
pub struct WorkspaceIndex {
    folder: PathBuf,
    repo: Arc<dyn Repo>,
    fields: Fields,
    view: RwLock<Arc<View>>,
    work: Mutex<Work>,
    open: RwLock<Arc<OpenFiles>>,
    state: Mutex<State>,
    is_writer: AtomicBool,
    /// A question failed inside the index; the next work on it makes it anew.
    doubt: Mutex<Option<String>>,
}

/// What is needed to write; locked for as long as something is written.
#[derive(Default)]
struct Work {
    writer: Option<tantivy::IndexWriter>,
    /// The locked file, while this process is the writer. Let go after the writer, which may still be merging.
    lock: Option<File>,
    /// Something failed: what is in memory may differ from what is on disk.
    reopen: bool,
}

#[derive(Default)]
struct State {
    notice: Option<String>,
    fresh: bool,
    building: Option<(usize, usize)>,
    followed: Option<Instant>,
}

impl WorkspaceIndex {
    /// Opens the index of `repo`'s workspace in `folder`, which is made if need be and belongs to this workspace alone.
    ///
    /// Answers come from what lies there, if it is sound; [`refresh`](Self::refresh) brings it up to date.
    pub fn open(folder: &Path, repo: Arc<dyn Repo>) -> Result<Self, SearchError> {
        let unusable = |error: std::io::Error| SearchError::Folder {
            folder: folder.display().to_string(),
            why: error.to_string(),
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        let index = Self {
            fields: Fields::new(),
            view: RwLock::new(Arc::new(View::empty(&folder))),
            repo,
            work: Mutex::default(),
            open: RwLock::default(),
            state: Mutex::default(),
            is_writer: AtomicBool::new(false),
            doubt: Mutex::default(),
            folder,
        };
        let mut work = lock(&index.work);
        index.take_lock(&mut work).map_err(unusable)?;
        index.reopen();
        if work.lock.is_some() {
            index.view().shelf.sweep();
        }
        drop(work);
        Ok(index)
    }

    /// An open buffer: its text from now on wins over the file's; `None` when it was closed.
    pub fn set_open(&self, path: &RelPath, text: Option<&Text>) {
        let entry = text.map(|text| open_files::Entry::new(path, text));
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let open = Arc::make_mut(&mut open);
        match entry {
            Some(entry) => open.insert(path.clone(), Arc::new(entry)),
            None => open.remove(path),
        };
    }

    /// The latest state that questions are answered from.
    fn view(&self) -> Arc<View> {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&view)
    }

    fn show(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }

    /// Reads the index from disk again; what is doubtful becomes an empty one and a notice.
    fn reopen(&self) {
        let known = self.view();
        let opened = Shelf::open(&self.folder, Some(&known.shelf))
            .and_then(|shelf| View::open(shelf, &self.fields).map_err(Doubt::Damaged));
        let why = match opened {
            Ok(view) => {
                self.show(view);
                return;
            }
            Err(Doubt::None) => None,
            // Its writer mends it: what is known stays good until then, and the next question looks again.
            Err(doubt @ (Doubt::Moving | Doubt::Damaged(_)))
                if !self.is_writer.load(Ordering::Relaxed) =>
            {
                tracing::debug!(
                    ?doubt,
                    "an index that another process writes cannot be read yet"
                );
                lock(&self.state).fresh = false;
                return;
            }
            Err(Doubt::Moving) => None,
            Err(Doubt::OtherFormat) => {
                Some("the index was made by another version of Obelus; it is made anew".to_owned())
            }
            Err(Doubt::Damaged(why)) => {
                Some(format!("the index is damaged ({why}); it is made anew"))
            }
        };
        if let Some(why) = why {
            self.notice(why);
        }
        lock(&self.state).fresh = false;
        self.show(View::empty(&self.folder));
    }

    /// Looks whether the writer in another process has committed something.
    fn follow(&self) {
        if self.is_writer.load(Ordering::Relaxed) {
            return;
        }
        {
            let mut state = lock(&self.state);
            if state.followed.is_some_and(|at| at.elapsed() < FOLLOW_EVERY) {
                return;
            }
            state.followed = Some(Instant::now());
        }
        // A doubtful state on disk is the writer's to mend; what is in memory stays good.
        if let Ok(manifest) = Manifest::read(&self.folder) {
            let known = self.view();
            if manifest.generation != known.shelf.generation()
                && let Ok(shelf) = Shelf::open(&self.folder, Some(&known.shelf))
                && let Ok(view) = View::open(shelf, &self.fields)
            {
                self.show(view);
            }
        }
    }

    /// Becomes the writer if no other process is; whether it is now.
    fn take_lock(&self, work: &mut Work) -> std::io::Result<bool> {
        if work.lock.is_none() {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(self.folder.join(LOCK))?;
            match file.try_lock() {
                Ok(()) => work.lock = Some(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let is_writer = work.lock.is_some();
        self.is_writer.store(is_writer, Ordering::Relaxed);
        Ok(is_writer)
    }

    fn notice(&self, why: String) {
        tracing::warn!("{why}");
        let mut state = lock(&self.state);
        state.fresh = false;
        state.notice = Some(why);
    }
}
