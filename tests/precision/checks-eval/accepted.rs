//! Accepted commits, reviewed one after the other: what is said about work that its authors kept.
//!
//! In accepted work most faults are mended before anybody sees them, so the same commits are also reviewed in two other
//! ways: backwards (what mended a fault makes it) and with one file left as it was (what its authors changed
//! there is what a check should have named). Both are commits that are made here, in our own folder.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::time::Duration;

use base::{CheckKind, ContentHash, Finding, RelPath, Report, Scope, Severity};
use git2::Oid;

use crate::Result;
use crate::clone::{Clone, is_source};

/// What is reviewed of each commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The commit as it was.
    Forwards,
    /// The commit taken back, where its message says that it mends something.
    Backwards,
    /// The commit without what it does to one file, once for each of some of its files.
    Withheld,
}

/// Files of one commit that are withheld, one at a time.
const MAX_WITHHELD: usize = 4;
/// A commit with more files is a sweep.
const MAX_FILES: usize = 25;
/// What a message that tells of a mended fault says.
const MENDS: &[&str] = &[
    "fix", "bug", "correct", "wrong", "missing", "crash", "regress", "leak", "race", "deadlock",
    "swap", "await", "typo", "forgot", "broken", "mistake",
];

/// What came of one review, without its texts.
pub(crate) struct Reviewed {
    said: Vec<(String, Severity)>,
    files: usize,
    took: Duration,
}

/// Reviews `commits` in one way and hands on each finding, with its lines, as soon as it is there.
pub(crate) fn run(
    clone: &mut Clone,
    commits: &[Oid],
    way: Way,
    hand_on: &mut dyn FnMut(&serde_json::Value) -> Result<()>,
) -> Result<Vec<Reviewed>> {
    let mut reviewed = Vec::new();
    for commit in commits {
        for (change, withheld) in changes(clone, *commit, way)? {
            // A partial clone does not have every blob.
            if clone.go_to(change).is_err() {
                continue;
            }
            let before = clone.parent(change)?;
            let (mut report, took) = clone.review(Scope::Commit(change.to_string()), before)?;
            report.findings.retain(is_across_files);
            if withheld.is_some() && !report.findings.is_empty() {
                clone.go_to(*commit)?;
                let whole = clone.review(Scope::Commit(commit.to_string()), before)?.0;
                let known: HashSet<String> = whole.findings.iter().map(key).collect();
                report
                    .findings
                    .retain(|finding| !known.contains(&key(finding)));
            }
            for finding in &report.findings {
                let mut line = json(*commit, &report, finding);
                if let Some(path) = &withheld {
                    line["withheld"] = path.as_str().into();
                    line["confirmed"] = is_confirmed(clone, *commit, path, &report, finding).into();
                }
                hand_on(&line)?;
            }
            reviewed.push(Reviewed {
                said: said(&report),
                files: report.coverage.files,
                took,
            });
        }
    }
    Ok(reviewed)
}

fn said(report: &Report) -> Vec<(String, Severity)> {
    let findings = report.findings.iter();
    findings
        .map(|finding| (finding.rule.as_str().to_owned(), finding.severity))
        .collect()
}

pub(crate) fn key(finding: &Finding) -> String {
    format!("{} {} {}", finding.rule, finding.path, finding.title)
}

/// The commits to review for `commit`, and what was withheld from each.
fn changes(clone: &Clone, commit: Oid, way: Way) -> Result<Vec<(Oid, Option<RelPath>)>> {
    match way {
        Way::Forwards => Ok(vec![(commit, None)]),
        Way::Backwards => {
            let message = clone.message(commit)?.to_ascii_lowercase();
            let mends = MENDS.iter().any(|word| message.contains(word));
            let back = mends.then(|| clone.taken_back(commit)).transpose()?;
            Ok(back.into_iter().map(|back| (back, None)).collect())
        }
        Way::Withheld => {
            let mut paths = clone.modified(commit)?;
            if !(2..=MAX_FILES).contains(&paths.len()) || !paths.iter().any(is_source) {
                return Ok(Vec::new());
            }
            paths.sort_by_key(|path| ContentHash::of(path.as_str().as_bytes()).to_u64());
            let mut made = Vec::new();
            for path in paths.into_iter().take(MAX_WITHHELD) {
                made.push((clone.without(commit, &path)?, Some(path)));
            }
            Ok(made)
        }
    }
}

/// Whether a place of the finding lies in the file that was withheld, on lines that the commit's author changed there.
fn is_confirmed(
    clone: &Clone,
    commit: Oid,
    withheld: &RelPath,
    report: &Report,
    finding: &Finding,
) -> bool {
    let Ok(parent) = clone.parent(commit) else {
        return false;
    };
    let (Some(old), Some(new)) = (
        clone.read_at(parent, withheld),
        clone.read_at(commit, withheld),
    ) else {
        return false;
    };
    let hunks = base::diff::hunks(&old, &new);
    let evidence = finding.evidence.iter();
    let mut places = evidence
        .map(|place| (&place.path, place.span))
        .chain([(&finding.path, finding.span)]);
    places.any(|(path, span)| {
        let text = report.sources.get(path).filter(|_| path == withheld);
        text.is_some_and(|text| {
            let line = text.lines().line_of(span.start);
            hunks.iter().any(|hunk| hunk.old.contains(&line))
        })
    })
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
        for (rule, severity) in &one.said {
            let key = (rule.as_str(), *severity);
            let count = rules.entry(key).or_default();
            count.0 += 1;
            if !seen.contains(&key) {
                count.1 += 1;
                seen.push(key);
            }
            if *severity >= Severity::Warning {
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
        .filter(|one| one.files >= files)
        .map(|one| one.took.as_secs_f64() * 1e3)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

/// One finding, with the lines it stands on.
fn json(commit: Oid, report: &Report, finding: &Finding) -> serde_json::Value {
    let place = |path: &RelPath, at: u32| {
        let text = report.sources.get(path);
        let line = text.map_or(0, |text| text.lines().line_of(at));
        let words = text.and_then(|text| text.line(line)).unwrap_or_default();
        (line + 1, words.trim().chars().take(160).collect::<String>())
    };
    let (line, words) = place(&finding.path, finding.span.start);
    let evidence: Vec<String> = finding
        .evidence
        .iter()
        .map(|other| {
            let (line, words) = place(&other.path, other.span.start);
            format!("{}:{line}: {} | {words}", other.path, other.note)
        })
        .collect();
    serde_json::json!({
        "commit": commit.to_string(),
        "rule": finding.rule.as_str(),
        "severity": finding.severity.as_str(),
        "path": finding.path.as_str(),
        "line": line,
        "code": words,
        "title": finding.title,
        "message": finding.message,
        "evidence": evidence,
    })
}
