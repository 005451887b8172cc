//! Faults of known kinds, made one at a time in real trees, and whether the review names them.
//!
//! A fault is found when a finding of a rule meant for its kind appears that is not there without the fault, and names
//! a file of it, as its place or as evidence.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use base::{Finding, RelPath, Scope, Severity};
use git2::Oid;

use crate::Result;
use crate::accepted::{is_across_files, key};
use crate::clone::Clone;
use crate::faults::{self, Against, Fault, KINDS, Kind};

/// Faults of one kind in one commit: enough to count, few enough to spread.
const PER_COMMIT: usize = 1;

/// One fault and what was said about it.
pub(crate) struct Made {
    commit: Oid,
    fault: Fault,
    /// The worst finding that names it.
    found: Option<(String, Severity)>,
    /// Everything new that was said.
    said: Vec<String>,
}

impl Made {
    pub(crate) fn json(&self) -> serde_json::Value {
        let places: Vec<&str> = self.fault.places.iter().map(RelPath::as_str).collect();
        serde_json::json!({
            "commit": self.commit.to_string(),
            "kind": self.fault.kind,
            "what": self.fault.what,
            "places": places,
            "found": self.found.as_ref().map(|(rule, _)| rule),
            "severity": self.found.as_ref().map(|(_, severity)| severity.as_str()),
            "said": self.said,
        })
    }
}

pub(crate) fn run(
    clone: &mut Clone,
    commits: &[Oid],
    seed: u64,
    kinds: &[String],
) -> Result<Vec<Made>> {
    let mut made = Vec::new();
    for commit in commits {
        if clone.go_to(*commit).is_err() {
            continue;
        }
        let before = clone.parent(*commit)?;
        let against_parent = Scope::Base(before.to_string());
        let mut known: Option<HashSet<String>> = None;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in faults::make(clone, *commit, seed)? {
            if !kinds.is_empty() && !kinds.iter().any(|kind| kind == fault.kind) {
                continue;
            }
            let count = counts.entry(fault.kind).or_default();
            if *count == PER_COMMIT {
                continue;
            }
            *count += 1;
            let scope = match fault.against {
                Against::Head => Scope::Worktree,
                Against::Parent => against_parent.clone(),
            };
            if fault.against == Against::Parent && known.is_none() {
                let (report, _) = clone.review(scope.clone(), before)?;
                known = Some(report.findings.iter().map(key).collect());
            }
            clone.write(&fault.files)?;
            let reviewed = clone.review(scope, before);
            let undo: Vec<_> = fault
                .files
                .iter()
                .map(|(path, _)| (path.clone(), clone.read_at(*commit, path)))
                .collect();
            clone.write(&undo)?;
            let (report, _) = reviewed?;
            let is_new = |finding: &&Finding| {
                is_across_files(finding)
                    && (fault.against == Against::Head
                        || known
                            .as_ref()
                            .is_none_or(|known| !known.contains(&key(finding))))
            };
            let new: Vec<&Finding> = report.findings.iter().filter(is_new).collect();
            let found = new
                .iter()
                .filter(|finding| names(finding, &fault))
                .max_by_key(|finding| finding.severity)
                .map(|finding| (finding.rule.as_str().to_owned(), finding.severity));
            let said = new
                .iter()
                .map(|finding| format!("{} {}: {}", finding.path, finding.rule, finding.title));
            made.push(Made {
                commit: *commit,
                found,
                said: said.collect(),
                fault,
            });
        }
    }
    Ok(made)
}

fn names(finding: &Finding, fault: &Fault) -> bool {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == fault.kind) else {
        return false;
    };
    let is_meant = kind
        .rules
        .iter()
        .any(|rule| finding.rule.as_str().contains(rule));
    let is_there = |path: &RelPath| fault.places.contains(path);
    // Of many who import what is gone only some are listed, and all are told of.
    let is_named = fault.kind == "file-removed"
        && fault
            .places
            .first()
            .is_some_and(|path| finding.title.contains(path.as_str()));
    is_meant
        && (is_named
            || is_there(&finding.path)
            || finding.evidence.iter().any(|place| is_there(&place.path)))
}

/// Found of made, for each kind that was made.
pub(crate) fn table(made: &[Made]) -> String {
    let mut out = String::new();
    let (mut all, mut found_all) = (0, 0);
    for kind in KINDS {
        let of: Vec<&Made> = made
            .iter()
            .filter(|one| one.fault.kind == kind.name)
            .collect();
        let found = of.iter().filter(|one| one.found.is_some()).count();
        let loud = of
            .iter()
            .filter(|one| {
                one.found
                    .as_ref()
                    .is_some_and(|(_, severity)| *severity >= Severity::Warning)
            })
            .count();
        all += of.len();
        found_all += found;
        if !of.is_empty() {
            line(&mut out, kind, of.len(), found, loud);
        }
    }
    writeln!(out, "{all} faults, {found_all} found").ok();
    out
}

fn line(out: &mut String, kind: &Kind, made: usize, found: usize, loud: usize) {
    writeln!(
        out,
        "  {:<26} check {:<3} {made:>4} made {found:>4} found ({:>3.0} %), {loud:>4} at warning or above",
        kind.name,
        kind.check,
        100.0 * found as f64 / made as f64,
    )
    .ok();
}
