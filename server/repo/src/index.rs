//! git's index: what was staged, and what the files on disk looked like then.
//!
//! Read through libgit2, kept until the file changes, never written: not even to refresh times.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base::RepoError;
use git2::Oid;

use crate::objects::lock;

/// One line of the index.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// From the top of the work tree, in git's bytes.
    pub(crate) path: Box<[u8]>,
    pub(crate) id: Oid,
    pub(crate) mode: u32,
    /// Modulo 2³², as all of these.
    pub(crate) size: u32,
    pub(crate) mtime: (u32, u32),
    pub(crate) ctime: u32,
    pub(crate) inode: u32,
    /// 0, or the side of a conflict.
    pub(crate) stage: u8,
    /// Left out by a sparse checkout, so it is not on disk; or marked by hand (`--skip-worktree`).
    pub(crate) skip: bool,
    /// `git update-index --assume-unchanged`: not looked at on disk.
    pub(crate) assumed: bool,
    /// `git add --intent-to-add`: known, nothing staged.
    pub(crate) intent: bool,
}

/// The whole index, by path and stage.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    /// When it was written: a file that is not older may have changed unseen.
    pub(crate) written: (u64, u32),
}

impl Index {
    /// The entries whose paths start with `prefix`.
    pub(crate) fn under(&self, prefix: &[u8]) -> &[Entry] {
        let start = self.entries.partition_point(|entry| &*entry.path < prefix);
        let rest = &self.entries[start..];
        &rest[..rest.partition_point(|entry| entry.path.starts_with(prefix))]
    }

    /// The entry at `path`, the first side of it in a conflict.
    pub(crate) fn get(&self, path: &[u8]) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| &*entry.path < path);
        self.entries.get(at).filter(|entry| &*entry.path == path)
    }
}

/// The index file of a work tree.
pub(crate) struct IndexFile {
    path: PathBuf,
    kept: Mutex<Option<(Stamp, Arc<Index>)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// git replaces the file, so this differs even when two writes fall into one tick of the clock.
    inode: u64,
}

impl IndexFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            kept: Mutex::new(None),
        }
    }

    /// The index as libgit2 has it, for comparing with a tree.
    pub(crate) fn raw(&self) -> Result<git2::Index, RepoError> {
        match fs::symlink_metadata(&self.path) {
            Ok(about) if about.is_file() => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => {
                return Err(RepoError::Failed(format!(
                    "{} is not a regular file",
                    self.path.display()
                )));
            }
        }
        git2::Index::open(&self.path).map_err(|error| {
            let hint = match error.message() {
                message if message.contains("sdir") => {
                    "; run `git sparse-checkout reapply --no-sparse-index`"
                }
                message if message.contains("link") => "; run `git update-index --no-split-index`",
                _ => "; `git status` may tell more, `git reset` rebuilds it",
            };
            RepoError::Failed(format!(
                "cannot read git's index: {}{hint}",
                error.message()
            ))
        })
    }

    /// The index, read again only when the file changed.
    pub(crate) fn read(&self) -> Result<Arc<Index>, RepoError> {
        let about = fs::symlink_metadata(&self.path).ok();
        let stamp = Stamp {
            size: about.as_ref().map_or(0, fs::Metadata::len),
            modified: about.as_ref().and_then(|about| about.modified().ok()),
            inode: about.as_ref().map_or(0, inode),
        };
        if let Some((kept, index)) = &*lock(&self.kept)
            && *kept == stamp
        {
            return Ok(index.clone());
        }
        let written = stamp
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or((0, 0), |time| (time.as_secs(), time.subsec_nanos()));
        let mut entries: Vec<Entry> = self.raw()?.iter().map(entry).collect();
        entries.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
        let index = Arc::new(Index { entries, written });
        *lock(&self.kept) = Some((stamp, index.clone()));
        Ok(index)
    }
}

#[cfg(unix)]
fn inode(about: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn inode(_about: &fs::Metadata) -> u64 {
    0
}

fn entry(raw: git2::IndexEntry) -> Entry {
    const ASSUME_VALID: u16 = 0x8000;
    const STAGE: u16 = 0x3000;
    const INTENT_TO_ADD: u16 = 1 << 13;
    const SKIP_WORKTREE: u16 = 1 << 14;
    Entry {
        path: raw.path.into_boxed_slice(),
        id: raw.id,
        mode: raw.mode,
        size: raw.file_size,
        mtime: (raw.mtime.seconds() as u32, raw.mtime.nanoseconds()),
        ctime: raw.ctime.seconds() as u32,
        inode: raw.ino,
        stage: ((raw.flags & STAGE) >> 12) as u8,
        skip: raw.flags_extended & SKIP_WORKTREE != 0,
        assumed: raw.flags & ASSUME_VALID != 0,
        intent: raw.flags_extended & INTENT_TO_ADD != 0,
    }
}
