//! The review of a whole change.

use std::sync::Arc;

use base::{Cancel, Finding, RelPath, Repo, RepoError, Report, Scope};

use crate::engine::Engine;

/// What a review tells while it runs.
#[derive(Clone, Debug)]
pub enum Progress {
    /// How many files there are to look at.
    Planned {
        /// Files to look at.
        files: usize,
    },
    /// One more file is done.
    File {
        /// Files done so far, this one included.
        done: usize,
        /// Files to look at.
        files: usize,
        /// The file.
        path: RelPath,
    },
    /// Findings of one file, with ids, as soon as they are proven.
    Findings(Vec<Finding>),
}

/// Why there is no report.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReviewError {
    /// The change could not be read.
    #[error(transparent)]
    Repo(RepoError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The engine itself failed; a defect in Obelus.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

/// Reviews `scope` of `repo` (the engine's own, or an overlay of open buffers over it).
pub async fn review(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    scope: Scope,
    on_progress: Arc<dyn Fn(Progress) + Send + Sync>,
    cancel: Cancel,
) -> Result<Report, ReviewError> {
    let _ = (engine, on_progress);
    let change = repo.change(&scope, &cancel).map_err(ReviewError::Repo)?;
    Ok(Report {
        base: change.base,
        head: change.head,
        skipped: change.skipped,
        ..Report::default()
    })
}
