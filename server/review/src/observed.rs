//! What is told of a review to whoever observes the program: what kind it was, how much, how it ended.
//!
//! Numbers and fixed words only. No code, no path, no revision, no message may become a field here: a span may leave the
//! machine, where the user named a receiver.

use base::{RepoError, Report, Scope, Severity};
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::run::ReviewError;

/// A review begins.
pub(crate) fn begun(scope: &Scope) -> Span {
    let scope = match scope {
        Scope::Worktree => "worktree",
        Scope::Staged => "staged",
        Scope::Base(_) => "base",
        Scope::Commit(_) => "commit",
        Scope::Range { .. } => "range",
        Scope::All => "all",
    };
    info_span!(
        target: "obelus",
        "review",
        obelus.scope = scope,
        obelus.files = Empty,
        obelus.skipped = Empty,
        obelus.suppressed = Empty,
        obelus.findings.error = Empty,
        obelus.findings.warning = Empty,
        obelus.findings.info = Empty,
        obelus.findings.hint = Empty,
        obelus.model.requests = Empty,
        error.type = Empty,
        over = Empty,
    )
}

/// It is over.
pub(crate) fn ended(span: &Span, result: &Result<Report, ReviewError>) {
    if span.is_disabled() {
        return;
    }
    match result {
        Ok(report) => {
            span.record("obelus.files", report.coverage.files);
            span.record("obelus.skipped", report.skipped.len());
            span.record("obelus.suppressed", report.suppressed);
            for (field, severity) in [
                ("obelus.findings.error", Severity::Error),
                ("obelus.findings.warning", Severity::Warning),
                ("obelus.findings.info", Severity::Info),
                ("obelus.findings.hint", Severity::Hint),
            ] {
                let of_it = report
                    .findings
                    .iter()
                    .filter(|one| one.severity == severity);
                span.record(field, of_it.count());
            }
            if let Some(model) = &report.model {
                span.record("obelus.model.requests", model.requests);
            }
        }
        Err(error) => {
            let kind = match error {
                ReviewError::Cancelled | ReviewError::Repo(RepoError::Cancelled) => "cancelled",
                ReviewError::Repo(_) => "repository",
                ReviewError::Model(_) => "model",
                ReviewError::Internal(_) => "internal",
            };
            span.record("error.type", kind);
        }
    }
    span.record("over", true);
}
