//! The result of a review: findings, what was looked at, and what was not.

use std::collections::BTreeMap;

use crate::change::{Skipped, Stats};
use crate::finding::Finding;
use crate::path::RelPath;
use crate::text::Text;

/// One review's result; every renderer and every protocol shows this.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Commit id of the base, where there is one.
    pub base: Option<String>,
    /// Commit id of the head, where the head is a commit.
    pub head: Option<String>,
    /// Worst first within a file, files by path.
    pub findings: Vec<Finding>,
    /// Findings held back by `obelus: allow` comments and dismissals.
    pub suppressed: usize,
    /// What was not reviewed, and why.
    pub skipped: Vec<Skipped>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// The texts that findings and evidence point into, so that a renderer needs no disk.
    pub sources: BTreeMap<RelPath, Text>,
    /// Things the user should know that are not findings: a rule file that could not be read, a setting refused.
    pub problems: Vec<String>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage {
    /// Files in the change (or in the workspace, for an audit).
    pub files: usize,
    /// Lines added and removed in them.
    pub lines: Stats,
    /// Rules and built-in checks that were active.
    pub rules: usize,
    /// Wall time of the review in milliseconds.
    pub duration_ms: u64,
}

impl Report {
    /// Whether something that should have been reviewed was not, because something failed.
    pub fn is_incomplete(&self) -> bool {
        self.skipped
            .iter()
            .any(|skipped| skipped.reason.is_failure())
    }
}
