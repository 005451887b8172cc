//! The disk and git: a workspace folder as `base::Repo`.
//!
//! git is libgit2 and nothing else. No program is started (a repository's configuration can name programs: filters,
//! hooks, fsmonitor, textconv), no symbolic link is followed, nothing is written, and before anything is read the
//! repository must prove that it is confined to the folder that was opened.

mod attributes;
mod confine;
mod delta;
mod disk;
mod ignored;
mod pool;
pub mod scaffold;
mod side;
mod watch;
mod workspace;

pub use disk::MAX_FILE_BYTES;
pub use scaffold::Scaffold;
pub use watch::{Watcher, watch};

use std::path::Path;
use std::sync::Arc;

use base::{Repo, RepoError};

/// Opens `folder` as a workspace: (part of) the git work tree that it lies in, else a plain folder.
///
/// Errors when the folder does not exist, belongs to a repository that is not confined to it, or is a bare repository.
pub fn open(folder: &Path) -> Result<Arc<dyn Repo>, RepoError> {
    Ok(Arc::new(workspace::Workspace::open(folder)?))
}

/// The top of the work tree that `folder` lies in, or `folder` itself (both resolved) where there is none.
pub fn top(folder: &Path) -> Result<std::path::PathBuf, RepoError> {
    workspace::Workspace::open(folder).map(|workspace| workspace.top().to_owned())
}
