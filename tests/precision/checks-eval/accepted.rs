//! Accepted commits, reviewed one after the other: what is said about work that its authors kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use base::{CheckKind, Finding, Report, Scope, Severity};
use git2::Oid;

use crate::Result;
use crate::clone::Clone;

/// One commit's review.
pub(crate) struct Reviewed {
    commit: Oid,
    report: Report,
    took: Duration,
}

pub(crate) fn run(clone: &mut Clone, commits: &[Oid]) -> Result<Vec<Reviewed>> {
    let mut reviewed = Vec::new();
    for commit in commits {
        // A partial clone does not have every blob.
        if clone.go_to(*commit).is_err() {
            continue;
        }
        let before = clone.parent(*commit)?;
        let scope = Scope::Commit(commit.to_string());
        let (mut report, took) = clone.review(scope, before)?;
        report.findings.retain(is_across_files);
        reviewed.push(Reviewed {
            commit: *commit,
            report,
            took,
        });
    }
    Ok(reviewed)
}

/// Whether a finding is of the checks that are measured here.
pub(crate) fn is_across_files(finding: &Finding) -> bool {
    matches!(finding.check, CheckKind::Analysis | CheckKind::History)
}

pub(crate) fn table(reviewed: &[Reviewed]) -> String {
    let mut rules: BTreeMap<(&str, Severity), (usize, usize)> = BTreeMap::new();
    let (mut loud, mut noisy) = (0, 0);
    for one in reviewed {
        let mut seen = Vec::new();
        let mut is_loud = false;
        for finding in &one.report.findings {
            let key = (finding.rule.as_str(), finding.severity);
            let count = rules.entry(key).or_default();
            count.0 += 1;
            if !seen.contains(&key) {
                count.1 += 1;
                seen.push(key);
            }
            if finding.severity >= Severity::Warning {
                loud += 1;
                is_loud = true;
            }
        }
        noisy += usize::from(is_loud);
    }
    let commits = reviewed.len().max(1);
    let mut out = format!(
        "{} commits, {loud} findings at warning or above ({:.3} per commit), {noisy} commits with any\n",
        reviewed.len(),
        loud as f64 / commits as f64,
    );
    for ((rule, severity), (findings, commits)) in rules {
        writeln!(
            out,
            "  {rule:<36} {severity:<8} {findings:>5} findings in {commits:>4} commits"
        )
        .ok();
    }
    let all = times(reviewed, 0);
    let wide = times(reviewed, 10);
    writeln!(
        out,
        "  review, ms: p50 {:.0} p95 {:.0} max {:.0}; of {} commits with 10 files or more p50 {:.0} p95 {:.0}",
        at(&all, 50),
        at(&all, 95),
        at(&all, 100),
        wide.len(),
        at(&wide, 50),
        at(&wide, 95),
    )
    .ok();
    out
}

fn times(reviewed: &[Reviewed], files: usize) -> Vec<f64> {
    let mut times: Vec<f64> = reviewed
        .iter()
        .filter(|one| one.report.coverage.files >= files)
        .map(|one| one.took.as_secs_f64() * 1e3)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

/// One object per finding, with the lines it stands on.
pub(crate) fn json(reviewed: &[Reviewed]) -> Vec<serde_json::Value> {
    let mut lines = Vec::new();
    for one in reviewed {
        let place = |path: &base::RelPath, at: u32| {
            let text = one.report.sources.get(path);
            let line = text.map_or(0, |text| text.lines().line_of(at));
            let words = text.and_then(|text| text.line(line)).unwrap_or_default();
            (line + 1, words.trim().chars().take(160).collect::<String>())
        };
        for finding in &one.report.findings {
            let (line, words) = place(&finding.path, finding.span.start);
            let evidence: Vec<String> = finding
                .evidence
                .iter()
                .map(|other| {
                    let (line, words) = place(&other.path, other.span.start);
                    format!("{}:{line}: {} | {words}", other.path, other.note)
                })
                .collect();
            lines.push(serde_json::json!({
                "commit": one.commit.to_string(),
                "rule": finding.rule.as_str(),
                "severity": finding.severity.as_str(),
                "path": finding.path.as_str(),
                "line": line,
                "code": words,
                "title": finding.title,
                "message": finding.message,
                "evidence": evidence,
            }));
        }
    }
    lines
}
