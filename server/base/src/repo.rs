//! The port to a workspace's files and history.
//!
//! Synchronous on purpose: implementations read a disk and a git object store, and callers run them on a thread pool.

use crate::cancel::Cancel;
use crate::change::{Change, FileChange, FileTexts, Scope, SkipReason};
use crate::path::RelPath;
use crate::text::Text;

/// A version of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// The files on disk (or in open buffers, behind an [`crate::Overlay`]).
    Worktree,
    /// git's index.
    Index,
    /// A commit, by full id.
    Commit(String),
}

/// What kind of workspace a folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkspaceKind {
    /// A git work tree.
    Git,
    /// A plain folder: whole files can be reviewed, changes cannot; the text says why.
    Folder(String),
}

/// How many folders below its own [`Repo::list`] looks into.
pub const LIST_DEPTH: usize = 8;

/// What is asked of a workspace. Paths that leave the folder do not exist for it.
pub trait Repo: Send + Sync {
    /// Whether there is a git work tree to compare with.
    fn kind(&self) -> WorkspaceKind;

    /// The files that differ in `scope`, without their texts. Stops early with `RepoError::Cancelled`.
    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError>;

    /// Both texts of one file of `change` and their hunks, or why it is not to be reviewed.
    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason>;

    /// One file's text at a version; `None` when it does not exist there. A symbolic link does not exist.
    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError>;

    /// The regular files of `folder` ("" is the top) at a version, by path, those of its subfolders with them down to
    /// [`LIST_DEPTH`]; empty when there is no such folder. For small folders: nothing is ignored.
    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError>;

    /// The commit that HEAD points to, in full; `None` before the first commit and in a plain folder.
    fn head(&self) -> Result<Option<String>, RepoError>;

    /// Whether git or ignore files exclude this path from the workspace.
    fn is_ignored(&self, path: &RelPath) -> bool;

    /// A merge, rebase, cherry-pick, revert or bisect that is under way, by name.
    fn operation_in_progress(&self) -> Option<&'static str>;
}

/// Why a question about the workspace could not be answered. Each message says what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepoError {
    /// A change was asked for where there is no git work tree.
    #[error("{0}")]
    NotARepository(String),
    /// No such revision.
    #[error("no such revision `{revision}`: {why}")]
    NoSuchRevision {
        /// As it was given.
        revision: String,
        /// git's words, or what to do.
        why: String,
    },
    /// The repository points outside the folder that was opened (`core.worktree`, `gitdir:`, alternates …).
    #[error("this repository is not confined to its folder: {0}")]
    NotConfined(String),
    /// git or the disk failed.
    #[error("{0}")]
    Failed(String),
    /// [`Cancel`] was raised.
    #[error("cancelled")]
    Cancelled,
}
