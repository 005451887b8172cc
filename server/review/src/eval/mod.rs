//! How good a model reviews: labelled cases, and what a report is worth against them.
//!
//! A case is a change in the form of fixtures (`base::memory`) with a first section `case.toml` that says where something
//! is wrong and what; a case without such places is clean, and every remark on it is false. Remarks and labels are paired
//! one to one by path and line; whether the words fit is for people (or another model) to judge. Only the remarks of
//! models count. Nothing is sent and nothing is read from here: whoever runs the cases hands the reports in.

mod built_in;
mod collect;
mod json;
mod total;

use std::ops::RangeInclusive;

use base::model::Usage;
use base::{CheckKind, Finding, RelPath, Report};
use serde::{Deserialize, Serialize};

/// The section with the labels.
const LABELS: &str = "case.toml";
/// Lines beside a label in which a remark still means it.
const NEAR: u32 = 2;
/// Lines beside a label in which a remark means it and names a wrong line.
const OFF: u32 = 12;

pub use built_in::built_in;
pub use collect::{Collected, Commit, Gathering, collect};
pub use json::{CaseJson, Compared, EvalJson, SCHEMA, SideJson, TotalJson, compare};
pub use total::Total;

/// A change and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The change, to be opened with `base::memory::MemoryRepo::fixture` or written into a folder; without the labels.
    pub fixture: String,
    /// The same change, file by file.
    pub files: Vec<CaseFile>,
    /// Where something is wrong; empty for a clean change.
    pub expected: Vec<Expected>,
}

/// A file of a case; `None` where a side does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// The file.
    pub path: RelPath,
    /// Before the change.
    pub old: Option<String>,
    /// After it.
    pub new: Option<String>,
}

/// A place where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The file.
    pub path: RelPath,
    /// Lines of its new side, from 1.
    pub lines: RangeInclusive<u32>,
    /// What is wrong, in words.
    pub what: String,
}

/// What a report is worth on one case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Places where something is wrong.
    pub expected: usize,
    /// Remarks that were shown.
    pub shown: usize,
    /// Remarks that mean such a place.
    pub hits: usize,
    /// Remarks that mean one and name a wrong line.
    pub misplaced: usize,
    /// Remarks that were dropped because what they quote is nowhere, or at more than one place.
    pub unplaced: usize,
    /// Remarks that were dropped because they speak of code that is not so, or that nobody can look up.
    pub invented: usize,
    /// Why something was not reviewed; empty when all was.
    pub failed: Vec<String>,
    /// What was remarked: `path:line: title`.
    pub remarks: Vec<String>,
    /// What is wrong and was not remarked: `path:line: what`.
    pub missed: Vec<String>,
    /// Requests.
    pub requests: u64,
    /// Tokens and money.
    pub usage: Usage,
    /// Wall time.
    pub duration_ms: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Labels {
    #[serde(default)]
    expect: Vec<Label>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Label {
    path: String,
    line: u32,
    last_line: Option<u32>,
    what: String,
}

impl Case {
    /// Reads a case; an error says what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut fixture = String::new();
        let mut labels = None;
        let mut in_labels = false;
        let mut files: Vec<CaseFile> = Vec::new();
        let mut side = Side::Both;
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("{name}:{}: {what}", number + 1);
            if let Some(header) = line.trim_end().strip_prefix("//- ") {
                in_labels = header.trim() == LABELS;
                if in_labels {
                    labels = Some(String::new());
                    continue;
                }
                let (of, path) = match header.split_once(' ') {
                    Some(("old", path)) => (Side::Old, path),
                    Some(("new", path)) => (Side::New, path),
                    _ => (Side::Both, header),
                };
                side = of;
                let path = RelPath::new(path.trim()).map_err(|error| wrong(&error.to_string()))?;
                begin(&mut files, path, side).map_err(|what| wrong(&what))?;
            } else if files.is_empty() && !in_labels && !line.trim().is_empty() {
                return Err(wrong("a case begins with a line `//- case.toml`"));
            }
            match (&mut labels, in_labels) {
                (Some(labels), true) => {
                    labels.push_str(line);
                    labels.push('\n');
                }
                _ => {
                    fixture.push_str(line);
                    fixture.push('\n');
                    if !line.starts_with("//- ") {
                        grow(&mut files, side, line);
                    }
                }
            }
        }
        let labels = labels.ok_or_else(|| format!("{name}: there is no section `//- {LABELS}`"))?;
        let labels: Labels = toml::from_str(&labels)
            .map_err(|error| format!("{name}: {LABELS}: {}", error.message()))?;
        let mut expected = Vec::new();
        for label in labels.expect {
            let path =
                RelPath::new(&label.path).map_err(|error| format!("{name}: {LABELS}: {error}"))?;
            let last = label.last_line.unwrap_or(label.line);
            let file = files.iter().find(|file| file.path == path);
            let lines = file.and_then(|file| Some(file.new.as_ref()?.lines().count()));
            let is_there = lines.is_some_and(|lines| last as usize <= lines);
            if !is_there || label.line == 0 || last < label.line {
                return Err(format!(
                    "{name}: {LABELS}: no such place: {path}:{}",
                    label.line
                ));
            }
            expected.push(Expected {
                path,
                lines: label.line..=last,
                what: label.what,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            fixture,
            files,
            expected,
        })
    }

    /// The case as a file that [`Case::parse`] reads; `None` where a text holds a line that begins a section.
    pub fn to_text(&self) -> Option<String> {
        let labels = Labels {
            expect: self.expected.iter().map(Label::of).collect(),
        };
        let mut out = format!("//- {LABELS}\n{}", toml::to_string(&labels).ok()?);
        for file in &self.files {
            let same = file.old == file.new;
            let sides = match same {
                true => vec![("", &file.new)],
                false => vec![("old ", &file.old), ("new ", &file.new)],
            };
            for (side, text) in sides {
                let Some(text) = text else { continue };
                if text.lines().any(|line| line.starts_with("//- ")) {
                    return None;
                }
                out.push_str(&format!("//- {side}{}\n", file.path));
                for line in text.lines() {
                    out.push_str(line);
                    out.push('\n');
                }
            }
        }
        Some(out)
    }
}

/// Which side a section holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Old,
    New,
}

/// A new section: one text for each side of a file.
fn begin(files: &mut Vec<CaseFile>, path: RelPath, side: Side) -> Result<(), String> {
    let at = match files.iter().position(|file| file.path == path) {
        Some(at) => at,
        None => {
            files.push(CaseFile {
                path,
                old: None,
                new: None,
            });
            files.len() - 1
        }
    };
    // What `grow` adds to is the last one.
    let mut file = files.remove(at);
    let twice =
        (side != Side::New && file.old.is_some()) || (side != Side::Old && file.new.is_some());
    if twice {
        return Err(format!("{} has this side already", file.path));
    }
    if side != Side::New {
        file.old = Some(String::new());
    }
    if side != Side::Old {
        file.new = Some(String::new());
    }
    files.push(file);
    Ok(())
}

fn grow(files: &mut [CaseFile], side: Side, line: &str) {
    let Some(file) = files.last_mut() else { return };
    let old = file.old.as_mut().filter(|_| side != Side::New);
    let new = file.new.as_mut().filter(|_| side != Side::Old);
    for text in old.into_iter().chain(new) {
        text.push_str(line);
        text.push('\n');
    }
}

impl Label {
    fn of(expected: &Expected) -> Self {
        let (first, last) = (*expected.lines.start(), *expected.lines.end());
        Self {
            path: expected.path.as_str().to_owned(),
            line: first,
            last_line: (last > first).then_some(last),
            what: expected.what.clone(),
        }
    }
}

/// What `report` is worth on `case`.
pub fn score(case: &Case, report: &Report) -> Score {
    let shown: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.check == CheckKind::Model)
        .collect();
    let mut open: Vec<&Expected> = case.expected.iter().collect();
    let mut left = Vec::new();
    let mut hits = 0;
    // What lies on the line first, so that a near one does not take its label away.
    for finding in shown.iter().copied() {
        match take(&mut open, report, finding, NEAR) {
            true => hits += 1,
            false => left.push(finding),
        }
    }
    // Its label stays missed: nobody finds the place by such a remark.
    let mut near = open.clone();
    let misplaced = left
        .into_iter()
        .filter(|finding| take(&mut near, report, finding, OFF))
        .count();
    let stats = report.model.clone().unwrap_or_default();
    let count = |reason: &str| stats.dropped.get(reason).copied().unwrap_or(0);
    Score {
        expected: case.expected.len(),
        shown: shown.len(),
        hits,
        misplaced,
        unplaced: count("no-place") + count("ambiguous-place"),
        invented: count("refuted") + count("unprovable"),
        failed: failures(report),
        remarks: shown
            .iter()
            .map(|finding| remark(report, finding))
            .collect(),
        missed: open
            .iter()
            .map(|label| format!("{}:{}: {}", label.path, label.lines.start(), label.what))
            .collect(),
        requests: stats.requests,
        usage: stats.usage,
        duration_ms: report.coverage.duration_ms,
    }
}

/// Takes the label that a finding means, if there is one within `near` lines.
fn take(open: &mut Vec<&Expected>, report: &Report, finding: &Finding, near: u32) -> bool {
    let Some(text) = report.sources.get(&finding.path) else {
        return false;
    };
    let first = text.line_column(finding.span.start).line;
    let last = text
        .line_column(finding.span.end.saturating_sub(1).max(finding.span.start))
        .line;
    let means = |label: &&Expected| {
        label.path == finding.path
            && first <= label.lines.end().saturating_add(near)
            && label.lines.start().saturating_sub(near) <= last
    };
    match open.iter().position(means) {
        Some(at) => {
            open.remove(at);
            true
        }
        None => false,
    }
}

fn remark(report: &Report, finding: &Finding) -> String {
    let line = report.sources.get(&finding.path);
    let line = line.map_or(0, |text| text.line_column(finding.span.start).line);
    format!("{}:{line}: {}", finding.path, finding.title)
}

/// Why something was not reviewed, each reason once.
fn failures(report: &Report) -> Vec<String> {
    let failed = report.skipped.iter().filter(|it| it.reason.is_failure());
    let mut failed: Vec<String> = failed.map(|it| it.reason.to_string()).collect();
    failed.sort();
    failed.dedup();
    failed
}

#[cfg(test)]
mod tests {
    use base::{Category, Confidence, FindingId, Placement, RuleId, Severity, Span, Text};

    use super::*;

    const CASE: &str = "\
//- case.toml
[[expect]]
path = \"a.py\"
line = 2
what = \"divides by zero\"
[[expect]]
path = \"a.py\"
line = 20
last_line = 22
what = \"never closed\"
//- old a.py
x = 1
//- new a.py
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
x = 2
";

    fn finding(line: u32, check: CheckKind, text: &Text) -> Finding {
        let span = text.lines().line_span(line - 1).expect("a line");
        Finding {
            id: FindingId(u64::from(line)),
            check,
            rule: RuleId::new("model/bug"),
            category: Category::Bug,
            severity: Severity::Warning,
            confidence: Confidence::new(0.8),
            title: String::new(),
            message: String::new(),
            path: RelPath::new("a.py").expect("a path"),
            span: Span::new(span.start as usize, span.end as usize),
            placement: Placement::Changed,
            evidence: Vec::new(),
            fix: None,
            sensitive: false,
        }
    }

    #[test]
    fn labels_and_remarks_are_paired_one_to_one() {
        let case = Case::parse("one", CASE).expect("a case");
        assert!(case.fixture.starts_with("//- old a.py\n") && case.expected.len() == 2);
        let text = Text::new("x = 1\n".repeat(60));
        let findings = [
            (2, CheckKind::Model),
            (3, CheckKind::Model),
            (30, CheckKind::Model),
            (50, CheckKind::Model),
            (20, CheckKind::Pattern),
        ];
        let mut report = Report {
            findings: findings
                .into_iter()
                .map(|(line, check)| finding(line, check, &text))
                .collect(),
            ..Report::default()
        };
        report
            .sources
            .insert(RelPath::new("a.py").expect("a path"), text);
        let score = score(&case, &report);
        assert_eq!(
            (score.expected, score.shown, score.hits, score.misplaced),
            (2, 4, 1, 1)
        );
        let mut total = Total::default();
        total.add(&score);
        total.add(&Score::default());
        assert_eq!(total.incomplete, 0);
        assert_eq!(
            (total.precision(), total.recall(), total.misplaced()),
            (Some(0.25), Some(0.5), Some(0.5))
        );
        assert_eq!(
            (total.cases, total.clean, total.noisy, total.per_change()),
            (2, 1, 0, Some(2.0))
        );
        assert!(total.f_half().is_some_and(|f| (f - 0.277_777).abs() < 1e-3));
    }

    #[test]
    fn a_case_is_written_as_it_is_read() {
        let text = format!("{CASE}//- b.py\nboth\n//- old gone.py\nx\n//- new come.py\ny\n");
        let case = Case::parse("one", &text).expect("a case");
        let file = |path: &str| case.files.iter().find(|file| file.path.as_str() == path);
        let both = file("b.py").expect("a file");
        assert_eq!(
            (both.old.as_deref(), both.new.as_deref()),
            (Some("both\n"), Some("both\n"))
        );
        assert_eq!(
            file("gone.py").map(|file| (file.old.is_some(), file.new.is_some())),
            Some((true, false))
        );
        let again = Case::parse("one", &case.to_text().expect("a text")).expect("a case");
        assert_eq!(
            (&again.files, &again.expected),
            (&case.files, &case.expected)
        );
        let mut odd = case;
        odd.files[0].new = Some("//- new x\n".to_owned());
        assert_eq!(odd.to_text(), None, "it would begin a section");
    }

    #[test]
    fn a_wrong_case_says_where() {
        for (text, expected) in [
            ("", "one: there is no section `//- case.toml`"),
            ("x\n", "one:1: a case begins with a line `//- case.toml`"),
            ("//- case.toml\n//- ../a\n", "one:2: `../a` is not a path"),
            (
                "//- case.toml\nx = 1\n//- a\n",
                "one: case.toml: unknown field `x`",
            ),
            (
                "//- case.toml\n[[expect]]\npath = \"b\"\nline = 1\nwhat = \"w\"\n//- a\n",
                "one: case.toml: no such place: b:1",
            ),
        ] {
            let error = Case::parse("one", text).expect_err("it is wrong");
            assert!(error.starts_with(expected), "{error}");
        }
        let twice = "//- case.toml\n//- new a\nx\n//- a\n";
        assert_eq!(
            Case::parse("one", twice).expect_err("it is wrong"),
            "one:4: a has this side already"
        );
        assert!(
            Case::parse("clean", "//- case.toml\n//- new a.py\nx = 1\n")
                .is_ok_and(|case| case.expected.is_empty())
        );
    }
}
