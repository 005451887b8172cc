//! How good a model reviews: labelled cases, and what a report is worth against them.
//!
//! A case is a change in the form of fixtures (`base::memory`) with a first section `case.toml` that says where something
//! is wrong and what; a case without such places is clean, and every remark on it is false. Remarks and labels are paired
//! one to one by path and line; whether the words fit is for people (or another model) to judge. Only the remarks of
//! models count.

use std::ops::RangeInclusive;

use base::model::Usage;
use base::{CheckKind, Finding, RelPath, Report};
use serde::Deserialize;

/// The section with the labels.
const LABELS: &str = "case.toml";
/// Lines beside a label in which a remark still means it.
const NEAR: u32 = 2;
/// Lines beside a label in which a remark means it and names a wrong line.
const OFF: u32 = 12;

/// A change and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The change, to be opened with `base::memory::MemoryRepo::fixture` or written into a folder; without the labels.
    pub fixture: String,
    /// Where something is wrong; empty for a clean change.
    pub expected: Vec<Expected>,
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
    /// Remarks that were dropped because they speak of code that is not so.
    pub invented: usize,
    /// Something was not reviewed.
    pub incomplete: bool,
    /// Requests.
    pub requests: u64,
    /// Tokens and money.
    pub usage: Usage,
    /// Wall time.
    pub duration_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labels {
    #[serde(default)]
    expect: Vec<Label>,
}

#[derive(Deserialize)]
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
        let mut files: Vec<RelPath> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("{name}:{}: {what}", number + 1);
            if let Some(header) = line.trim_end().strip_prefix("//- ") {
                in_labels = header.trim() == LABELS;
                if in_labels {
                    labels = Some(String::new());
                    continue;
                }
                let path = header
                    .strip_prefix("old ")
                    .or_else(|| header.strip_prefix("new "));
                let path = RelPath::new(path.unwrap_or(header).trim());
                files.push(path.map_err(|error| wrong(&error.to_string()))?);
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
            if !files.contains(&path) || label.line == 0 || last < label.line {
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
            expected,
        })
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
    let misplaced = left
        .into_iter()
        .filter(|finding| take(&mut open, report, finding, OFF))
        .count();
    let stats = report.model.clone().unwrap_or_default();
    let count = |reason: &str| stats.dropped.get(reason).copied().unwrap_or(0);
    Score {
        expected: case.expected.len(),
        shown: shown.len(),
        hits,
        misplaced,
        invented: count("refuted") + count("unprovable"),
        incomplete: report.is_incomplete(),
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

/// The scores of several cases as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    /// Cases.
    pub cases: usize,
    /// All of them added up.
    pub sum: Score,
    /// Clean cases on which something was remarked.
    pub noisy: usize,
    /// Clean cases.
    pub clean: usize,
}

impl Total {
    /// Adds one case.
    pub fn add(&mut self, score: &Score) {
        self.cases += 1;
        if score.expected == 0 {
            self.clean += 1;
            self.noisy += usize::from(score.shown > 0);
        }
        let sum = &mut self.sum;
        sum.expected += score.expected;
        sum.shown += score.shown;
        sum.hits += score.hits;
        sum.misplaced += score.misplaced;
        sum.invented += score.invented;
        sum.incomplete |= score.incomplete;
        sum.requests += score.requests;
        sum.usage = sum.usage.plus(score.usage);
        sum.duration_ms += score.duration_ms;
    }

    /// Remarks that mean something wrong, of all remarks; `None` without remarks.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.sum.hits, self.sum.shown)
    }

    /// Places that were found, of all places; `None` without places.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.sum.hits, self.sum.expected)
    }

    /// Both in one number, precision counting twice as much as recall (F 0.5).
    pub fn f_half(&self) -> Option<f64> {
        let (precision, recall) = (self.precision()?, self.recall()?);
        let sum = 0.25 * precision + recall;
        Some(if sum == 0.0 {
            0.0
        } else {
            1.25 * precision * recall / sum
        })
    }

    /// Remarks for each change.
    pub fn per_change(&self) -> Option<f64> {
        ratio(self.sum.shown, self.cases)
    }

    /// Remarks on a wrong line, of those that mean something.
    pub fn misplaced(&self) -> Option<f64> {
        ratio(self.sum.misplaced, self.sum.hits + self.sum.misplaced)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
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
        assert!(
            Case::parse("clean", "//- case.toml\n//- new a.py\nx = 1\n")
                .is_ok_and(|case| case.expected.is_empty())
        );
    }
}
