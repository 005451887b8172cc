//! The change: which files differ between a base and a head, and how.
//!
//! `Repo::change` lists the files; their texts and hunks are loaded one file at a time by `Repo::load`, so that ten
//! thousand files can be reviewed in parallel without ever being in memory together.

use std::fmt;
use std::ops::Range;

use crate::path::RelPath;
use crate::repo::At;
use crate::text::{Span, Text};

/// What to review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The work tree, untracked files included, against HEAD.
    Worktree,
    /// The index against HEAD.
    Staged,
    /// From the merge base of this revision and HEAD to the work tree.
    Base(String),
    /// One commit against its first parent.
    Commit(String),
    /// `from..to`, or from their merge base when `symmetric` (`from...to`).
    Range {
        /// Left side; empty means HEAD.
        from: String,
        /// Right side; empty means HEAD.
        to: String,
        /// Three dots instead of two.
        symmetric: bool,
    },
    /// Every file of the workspace, whole; needs no git.
    All,
}

/// The difference between a base and a head.
#[derive(Clone, Debug)]
pub struct Change {
    /// Commit id of the base, in full; `None` for `Scope::All` and before the first commit.
    pub base: Option<String>,
    /// Commit id of the head, in full; `None` where the head is the index or the work tree.
    pub head: Option<String>,
    /// Where the old side lives; `None` when every file counts as new (`Scope::All`, unborn HEAD).
    pub old: Option<At>,
    /// Where the new side lives.
    pub new: At,
    /// The files, by path.
    pub files: Vec<FileChange>,
    /// What is part of the change and cannot be looked at (submodules, unreadable folders).
    pub skipped: Vec<Skipped>,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileStatus {
    /// New, and known to git.
    Added,
    /// New, and not known to git.
    Untracked,
    /// Content (and perhaps mode) differs.
    Modified,
    /// Gone.
    Deleted,
    /// Moved from `old_path`, perhaps with changes.
    Renamed,
    /// Copied from `old_path`, perhaps with changes.
    Copied,
    /// A file became a symbolic link or the other way round.
    TypeChanged,
    /// Looked at whole, without a base (`Scope::All`).
    Whole,
}

/// One file of a change, without its texts.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// Path on the new side (on the old side for a deleted file).
    pub path: RelPath,
    /// Path on the old side where it differs.
    pub old_path: Option<RelPath>,
    /// What happened.
    pub status: FileStatus,
    /// Blob id of the old side in hexadecimal, where there is one.
    pub old_blob: Option<String>,
    /// Blob id of the new side in hexadecimal, where the head is a commit or the index.
    pub new_blob: Option<String>,
    /// Unix mode of the old side (0 when absent).
    pub old_mode: u32,
    /// Unix mode of the new side (0 when absent).
    pub new_mode: u32,
    /// Size of the new side in bytes, where known.
    pub size: Option<u64>,
}

impl FileChange {
    /// A modified or whole file with nothing known but its path; for tests and plain folders.
    pub fn plain(path: RelPath, status: FileStatus) -> Self {
        Self {
            path,
            old_path: None,
            status,
            old_blob: None,
            new_blob: None,
            old_mode: 0,
            new_mode: 0,
            size: None,
        }
    }
}

/// Lines that differ: 0-based, half-open line ranges; either may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the old text.
    pub old: Range<u32>,
    /// Lines of the new text.
    pub new: Range<u32>,
}

/// Both texts of a file and where they differ.
#[derive(Clone, Debug)]
pub struct FileTexts {
    /// The old text; `None` when the file is new (or wholly under review).
    pub old: Option<Text>,
    /// The new text; `None` when the file was deleted.
    pub new: Option<Text>,
    /// Where they differ; a file with no old side has one hunk over all lines.
    pub hunks: Vec<Hunk>,
}

impl FileTexts {
    /// The changed lines of the new text as byte spans with their line endings. A pure deletion gives an empty span
    /// at the place where lines are missing.
    pub fn changed_spans(&self) -> Vec<Span> {
        let Some(new) = &self.new else {
            return Vec::new();
        };
        self.hunks
            .iter()
            .map(|hunk| new.lines().lines_span(hunk.new.clone()))
            .collect()
    }

    /// Lines added and lines removed.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for hunk in &self.hunks {
            stats.additions += u64::from(hunk.new.end - hunk.new.start);
            stats.deletions += u64::from(hunk.old.end - hunk.old.start);
        }
        stats
    }
}

/// Lines added and removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines on the new side only.
    pub additions: u64,
    /// Lines on the old side only.
    pub deletions: u64,
}

/// Something that was not reviewed, and why. Never silent: every report lists these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file or folder.
    pub path: RelPath,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file was not reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It holds a NUL byte or is marked binary.
    Binary,
    /// Minified or otherwise machine-packed text.
    Minified,
    /// Generated; says by which sign.
    Generated(String),
    /// Third-party code kept in the tree; says by which sign.
    Vendored(String),
    /// Larger than the limit (both in bytes).
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The parser ran into its deadline (milliseconds). Language-independent checks still ran.
    ParseTimeout(u64),
    /// A symbolic link: never followed.
    Symlink,
    /// A submodule or a nested repository: it is its own workspace.
    Submodule,
    /// A FIFO, socket or device.
    NotRegular,
    /// Excluded by configuration; names the pattern.
    Excluded(String),
    /// Not present here: sparse checkout, or a blob missing in a partial clone.
    NotPresent(String),
    /// It could not be read; the system's words.
    Unreadable(String),
    /// A check went wrong on it (a defect in Obelus, or in one of the workspace's own rules); says what.
    CheckFailed(String),
    /// A path that Obelus refuses (see [`crate::PathError`]).
    BadPath(String),
    /// A language model was not shown it, by a rule; names the rule. The other checks ran.
    NotSent(String),
    /// A language model was to review it and did not (a limit, a provider that failed); says why. The other checks ran.
    ModelFailed(String),
}

impl SkipReason {
    /// Whether this leaves the review incomplete (something went wrong), rather than being a policy.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::ParseTimeout(_)
                | Self::Unreadable(_)
                | Self::CheckFailed(_)
                | Self::ModelFailed(_)
        )
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binary => f.write_str("binary"),
            Self::Minified => f.write_str("minified"),
            Self::Generated(sign) => write!(f, "generated ({sign})"),
            Self::Vendored(sign) => write!(f, "vendored ({sign})"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "{bytes} bytes, over the limit of {limit}")
            }
            Self::ParseTimeout(ms) => {
                write!(f, "parsing took longer than {ms} ms; only text checks ran")
            }
            Self::Symlink => f.write_str("symbolic link"),
            Self::Submodule => f.write_str("submodule or nested repository"),
            Self::NotRegular => f.write_str("not a regular file"),
            Self::Excluded(pattern) => write!(f, "excluded by `{pattern}`"),
            Self::NotPresent(why) => write!(f, "not present: {why}"),
            Self::Unreadable(why) => write!(f, "could not be read: {why}"),
            Self::CheckFailed(why) => write!(f, "could not be checked: {why}"),
            Self::BadPath(why) => f.write_str(why),
            Self::NotSent(rule) => write!(f, "not shown to the model ({rule})"),
            Self::ModelFailed(why) => write!(f, "not reviewed by the model: {why}"),
        }
    }
}
