//! The port to what a workspace's commits tell about its files: which change together, how often, and why.
//!
//! A commit is read as one transaction over files, as in T. Zimmermann, P. Weißgerber, S. Diehl and A. Zeller, "Mining
//! Version Histories to Guide Software Changes", IEEE Transactions on Software Engineering 31(6), 2005. Of the rule
//! "who changes A changes B", the *support* is the number of commits with both and the *confidence* that number divided
//! by the commits with A. Both are reported as they were counted; what ranks is [`CoChange::score`].
//!
//! Paths are those of the commit that was asked about: what a file was called before a move counts as the same file.

use crate::path::RelPath;

/// A commit, as evidence for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CommitNote {
    /// Id, in full.
    pub id: String,
    /// When it was committed, in seconds since 1970 (UTC), as its author's clock said.
    pub time: i64,
    /// First line of the message, without control characters, cut to [`CommitNote::MAX_SUBJECT`] characters.
    pub subject: String,
    /// Whether its message says that it repairs something.
    pub is_fix: bool,
    /// How many files of the workspace it touches.
    pub files: u32,
}

impl CommitNote {
    /// Longest subject, in characters.
    pub const MAX_SUBJECT: usize = 120;
}

/// A file that usually changes with a given one.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CoChange {
    /// The file to look at.
    pub path: RelPath,
    /// Which of the given files it goes with most.
    pub with: RelPath,
    /// Commits that touched both (support). Commits over the limit of files count for neither this nor `changes`.
    pub together: u32,
    /// Commits that touched `with`.
    pub changes: u32,
    /// `together / changes`, 0 to 1.
    pub confidence: f32,
    /// What ranks, 0 to 1: confidence in which recent and small commits weigh more, over all given files. Comparable
    /// within one answer only.
    pub score: f32,
    /// The last commit that touched both: seconds since 1970 (UTC).
    pub last_together: i64,
    /// Up to [`CoChange::MAX_COMMITS`] commits that touched both, newest first.
    pub commits: Vec<CommitNote>,
}

impl CoChange {
    /// How many commits are named as evidence.
    pub const MAX_COMMITS: usize = 5;
}

/// How often a file changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Churn {
    /// Commits that touched it, mass edits included.
    pub changes: u32,
    /// Those of them that repair something, by their message.
    pub fixes: u32,
    /// The newest of them: seconds since 1970 (UTC).
    pub last_changed: Option<i64>,
}

/// Why the walk through the commits ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryEnd {
    /// There are no more commits.
    Complete,
    /// The clone is shallow or partial: older commits or their trees are not here.
    NotPresent,
    /// The limit of commits was reached.
    CommitLimit,
    /// The limit of time was reached; asking again goes on from there.
    TimeLimit,
}

/// What the answers rest on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct HistoryExtent {
    /// The newest commit; `None` before the first commit and in a plain folder.
    pub head: Option<String>,
    /// Commits that were looked at, merges not counted.
    pub commits: u32,
    /// Those of them that touched files of the workspace.
    pub touching: u32,
    /// Why there are no more.
    pub end: HistoryEnd,
}

/// What is asked of the history of a workspace. Answers are from memory, in about a millisecond at most.
pub trait History: Send + Sync {
    /// How much history there is.
    fn extent(&self) -> HistoryExtent;

    /// The at most `limit` files that change with `paths` most, best first, without `paths` themselves and without
    /// files that are gone.
    fn together(&self, paths: &[RelPath], limit: usize) -> Vec<CoChange>;

    /// The at most `limit` newest commits that touched `path`.
    fn recent(&self, path: &RelPath, limit: usize) -> Vec<CommitNote>;

    /// How often `path` changed.
    fn churn(&self, path: &RelPath) -> Churn;
}

/// The history of a workspace that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

impl History for NoHistory {
    fn extent(&self) -> HistoryExtent {
        HistoryExtent {
            head: None,
            commits: 0,
            touching: 0,
            end: HistoryEnd::Complete,
        }
    }

    fn together(&self, _paths: &[RelPath], _limit: usize) -> Vec<CoChange> {
        Vec::new()
    }

    fn recent(&self, _path: &RelPath, _limit: usize) -> Vec<CommitNote> {
        Vec::new()
    }

    fn churn(&self, _path: &RelPath) -> Churn {
        Churn::default()
    }
}
