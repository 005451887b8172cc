//! Missing partners: files that nearly always change with a changed one, and this time did not.
//!
//! The rule "who changes A changes B" is mined from the commits (see `base::history`); the commits are named, so that
//! anybody can look whether the rule holds this time.

use std::collections::HashSet;

use base::history::CoChange;
use base::{Category, Evidence, FileStatus, RelPath, Severity, Span};

use super::{Around, Remark};
use crate::checks::{About, Draft};

const MISSING: &str = "history/missing-partner";

pub(super) const ABOUT: &[About] = &[About {
    id: MISSING,
    category: Category::Process,
    severity: Severity::Hint,
    confidence: 0.7,
    title: "A file that changes with this one did not",
    why: "In nearly all commits that touched this file, another one was touched too: a header and its source, an \
          interface and what implements it, code and the page that documents it. This change leaves it out. Look whether \
          it has to follow; the commits that are named show why it usually does.",
    bad: "",
    good: "",
    cwe: None,
    references: &["https://doi.org/10.1109/TSE.2005.72"],
}];

/// Partners named in one review.
const MAX: usize = 3;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let limits = &around.settings.limits;
    let changed: Vec<RelPath> = around
        .change
        .files
        .iter()
        .filter(|file| matches!(file.status, FileStatus::Modified))
        .map(|file| file.path.clone())
        .collect();
    if changed.is_empty() || around.change.files.len() > limits.partner_files {
        return Vec::new();
    }
    let here: HashSet<&RelPath> = around
        .change
        .files
        .iter()
        .flat_map(|file| [Some(&file.path), file.old_path.as_ref()])
        .flatten()
        .collect();
    around
        .history
        .together(&changed, 20)
        .into_iter()
        .filter(|partner| {
            partner.together >= limits.partner_commits
                && partner.confidence >= limits.partner_confidence
                && !here.contains(&partner.path)
        })
        .filter_map(|partner| remark(around, &partner))
        .take(MAX)
        .collect()
}

fn remark(around: &Around<'_>, partner: &CoChange) -> Option<Remark> {
    let file = around.semantic.file(&partner.with)?;
    let first = file.new.spans.first().copied()?;
    let there = around.text(&partner.path)?;
    let lines = file.new.text.as_ref()?.lines();
    // One line is enough to stand on.
    let line = lines.line_span(lines.line_of(first.start))?;
    let commits: Vec<String> = partner
        .commits
        .iter()
        .take(2)
        .map(|commit| {
            format!(
                "{} ({})",
                commit.id.get(..8).unwrap_or(&commit.id),
                commit.subject
            )
        })
        .collect();
    Some(Remark {
        path: partner.with.clone(),
        draft: Draft::new(MISSING, line).titled(format!(
            "{} changes with this file in {} of {} commits, and did not",
            partner.path, partner.together, partner.changes
        )),
        message: format!(
            "{} of the {} commits that changed {} changed {} as well, such as {}. Look whether it has to follow.",
            partner.together,
            partner.changes,
            partner.with,
            partner.path,
            commits.join(" and "),
        ),
        evidence: vec![Evidence {
            path: partner.path.clone(),
            span: there.lines().line_span(0).unwrap_or(Span::new(0, 0)),
            note: "was not changed".to_owned(),
        }],
        elsewhere: Some("lines were removed here".to_owned()),
    })
}
