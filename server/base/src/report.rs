//! The result of a review: findings, what was looked at, and what was not.

use std::collections::BTreeMap;

use crate::change::{Skipped, Stats};
use crate::finding::Finding;
use crate::model::Usage;
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
    /// What a language model did and cost; `None` where none was used.
    pub model: Option<ModelStats>,
}

/// The receipt of a language model's part in a review.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelStats {
    /// The model that reviewed, by the user's name for it.
    pub name: String,
    /// Requests that were sent, retries included.
    pub requests: u64,
    /// What they used.
    pub usage: Usage,
    /// Units of related changes that were sent to the model.
    pub units: usize,
    /// Groups of related changes whose verdict was known already, so that nothing was sent for them.
    pub frozen: usize,
    /// Remarks that were proven and are not shown: over the limit, or like something that was dismissed. Best first.
    pub held_back: Vec<Finding>,
    /// How many of the held back are like something that was dismissed.
    pub near_repeats: usize,
    /// Remarks that were dropped, by reason (`no-place`, `refuted`, …).
    pub dropped: BTreeMap<&'static str, usize>,
    /// Values that were taken out of what was sent.
    pub redacted: usize,
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
