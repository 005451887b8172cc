//! One report, many renderers: each takes a [`View`] and returns text, so that all are tested from the same fixture.
//!
//! Nothing here writes, reads or looks at the environment: width and verbosity are handed in, colours are always
//! rendered and taken out by whoever writes to something that is not a colour terminal.

mod diff;
mod excerpt;
#[cfg(test)]
mod fixture;
mod github;
mod gitlab;
mod human;
mod json;
mod markdown;
pub(crate) mod prose;
pub(crate) mod receipt;
mod sarif;
pub(crate) mod style;
pub(crate) mod visible;

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{RelPath, Report, RuleMeta, Scope, Severity, Span};

pub(crate) use json::pretty;

/// The output formats of `obelus review`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people, in a terminal
    Human,
    /// For scripts: schema obelus.report/1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// For a comment on a pull request
    Markdown,
    /// Workflow commands: annotations in GitHub Actions
    Github,
    /// A code quality report for GitLab CI
    Gitlab,
}

/// What a renderer is given.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The review's result.
    pub(crate) report: &'a Report,
    /// What was asked for.
    pub(crate) scope: &'a Scope,
    /// Looks up a rule's description.
    pub(crate) rule: &'a dyn Fn(&str) -> Option<Arc<RuleMeta>>,
    /// Columns to fit into, where that matters.
    pub(crate) width: usize,
    /// Whether lists that are shortened otherwise are shown whole.
    pub(crate) verbose: bool,
}

/// The report in `format`, ending in a line feed (or empty).
pub(crate) fn render(format: Format, view: &View<'_>) -> String {
    match format {
        Format::Human => human::render(view),
        Format::Json => json::render(view),
        Format::Sarif => sarif::render(view),
        Format::Markdown => markdown::render(view),
        Format::Github => github::render(view),
        Format::Gitlab => gitlab::render(view),
    }
}

/// "1 error", "2 errors".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// "2 errors, 1 warning": how many findings of each severity, worst first; empty when there are none.
fn tally<'a>(findings: impl Iterator<Item = &'a base::Finding>) -> Vec<(Severity, String)> {
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.severity).or_default() += 1;
    }
    let name = |severity, count| match severity {
        Severity::Info => format!("{count} info"),
        severity => counted(count, severity.as_str()),
    };
    counts
        .into_iter()
        .rev()
        .map(|(severity, count)| (severity, name(severity, count)))
        .collect()
}

/// What was looked at, in words: "14 files, +120 −30 reviewed in 48 ms".
fn coverage(report: &Report, scope: &Scope) -> String {
    let coverage = &report.coverage;
    let files = counted(coverage.files, "file");
    let time = match coverage.duration_ms {
        ms @ 0..1000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    };
    if *scope == Scope::All {
        return format!("{files} reviewed in {time}");
    }
    let lines = coverage.lines;
    format!(
        "{files}, +{} −{} reviewed in {time}",
        lines.additions, lines.deletions
    )
}

/// The spans of each file that must not be shown, whichever finding the excerpt is for.
struct Secrets<'a>(BTreeMap<&'a RelPath, Vec<Span>>);

impl Secrets<'_> {
    fn of(&self, path: &RelPath) -> &[Span] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }
}

fn secrets(report: &Report) -> Secrets<'_> {
    let mut spans: BTreeMap<&RelPath, Vec<Span>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.sensitive) {
        spans.entry(&finding.path).or_default().push(finding.span);
    }
    Secrets(spans)
}
