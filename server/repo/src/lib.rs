//! The disk and git: a workspace folder as `base::Repo`.
//!
//! The folder belongs to a stranger: no program is started, nothing is written, and nothing outside the work tree and
//! its git directory is read. `layout` proves that the two belong together, `confined` reads files without following a
//! link, and libgit2 is given the object database and the index, never the repository's configuration.

mod attributes;
mod change;
mod config;
mod confined;
mod folder;
mod git;
mod history;
mod ignores;
mod index;
mod layout;
mod load;
mod log;
mod loose;
mod objects;
mod revision;
pub mod scaffold;
mod scan;
pub mod search;
mod similar;
mod state;
mod watch;

pub use history::message::is_fix;
pub use history::{CommitLog, Limits, MinedHistory, mine_history};
pub use log::{GitLog, open_log};
pub use scaffold::Scaffold;
pub use watch::{Watcher, watch};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Repo, RepoError};

use crate::folder::PlainFolder;
use crate::git::GitWorkspace;
use crate::layout::Found;

/// A file larger than this (in bytes) is skipped; settings may lower it, never raise it.
pub const MAX_FILE_BYTES: u64 = 1_000_000;

/// Opens `folder` as a workspace: part of the git work tree that it lies in, else a plain folder.
///
/// Paths of the result are relative to `folder`, and only files in it count, also where the work tree is larger.
/// Errors when the folder does not exist, belongs to a repository that is not confined to it, or is a bare repository.
pub fn open(folder: &Path) -> Result<Arc<dyn Repo>, RepoError> {
    open_with_index(folder, None)
}

/// As [`open`], with another file for the index than the work tree's own; relative to the top of the work tree.
///
/// A commit of named files or of all changes (`git commit -a`) is put together in an index of its own, which git names
/// to its hooks in the environment. Whoever reads the environment hands that name in here.
pub fn open_with_index(folder: &Path, index: Option<&Path>) -> Result<Arc<dyn Repo>, RepoError> {
    let folder = resolve(folder)?;
    match layout::find(&folder)? {
        Found::Git(layout) => Ok(Arc::new(GitWorkspace::open(&folder, *layout, index)?)),
        Found::Plain(why) => Ok(Arc::new(PlainFolder::new(&folder, why))),
    }
}

/// The top of the work tree that `folder` lies in, or `folder` itself (both resolved) where there is none.
pub fn top(folder: &Path) -> Result<PathBuf, RepoError> {
    let folder = resolve(folder)?;
    match layout::find(&folder)? {
        Found::Git(layout) => Ok(layout.top),
        Found::Plain(_) => Ok(folder),
    }
}

fn resolve(folder: &Path) -> Result<PathBuf, RepoError> {
    let resolved = folder
        .canonicalize()
        .map_err(|error| RepoError::Failed(format!("cannot open {}: {error}", folder.display())))?;
    if !resolved.is_dir() {
        return Err(RepoError::Failed(format!(
            "{} is not a folder; name the folder to review",
            folder.display()
        )));
    }
    Ok(resolved)
}
