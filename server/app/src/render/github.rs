//! GitHub Actions workflow commands: each finding becomes an annotation on its line.
//!
//! The runner takes every line that starts with `::` for a command, so text from files is escaped into one line, and no
//! other line of this format starts with it. Forged commands are a known way to take over a workflow.

use std::fmt::Write as _;

use base::Severity;

use super::visible::{visible, visible_lines};
use super::{View, coverage, tally};

pub(super) fn render(view: &View<'_>) -> String {
    let report = view.report;
    let mut out = String::new();
    for finding in &report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Hint => "notice",
        };
        let mut properties = format!("file={}", property(finding.path.as_str()));
        if let Some(text) = report.sources.get(&finding.path) {
            let (start, end) = (
                text.line_column(finding.span.start),
                text.line_column(finding.span.end),
            );
            let _ = write!(properties, ",line={},endLine={}", start.line, end.line);
            // Columns are refused by the runner where a place spans lines.
            if start.line == end.line {
                let _ = write!(properties, ",col={},endColumn={}", start.column, end.column);
            }
        }
        let title = format!("{} ({})", finding.title, finding.rule);
        let _ = writeln!(
            out,
            "::{command} {properties},title={}::{}",
            property(&title),
            data(&finding.message)
        );
    }
    let failed = report
        .skipped
        .iter()
        .filter(|skipped| skipped.reason.is_failure());
    for skipped in failed {
        let reason = format!("not reviewed: {}", skipped.reason);
        let _ = writeln!(
            out,
            "::warning file={}::{}",
            property(skipped.path.as_str()),
            data(&reason)
        );
    }
    let counts: Vec<_> = tally(report.findings.iter())
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let counts = if counts.is_empty() {
        "No findings".to_owned()
    } else {
        counts.join(", ")
    };
    let _ = writeln!(out, "Obelus: {counts} · {}", coverage(report, view.scope));
    out
}

/// The message after `::`.
fn data(text: &str) -> String {
    encode(&visible_lines(text))
}

/// A value between `,` and `::`.
fn property(text: &str) -> String {
    encode(&visible(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

fn encode(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::super::fixture;

    #[test]
    fn annotations() {
        let text = fixture::view(&fixture::report(), 80, false, super::render);
        expect_file!["../../tests/data/github.txt"].assert_eq(&text);
        let commands = text.lines().filter(|line| line.starts_with("::")).count();
        assert_eq!(
            commands,
            fixture::report().findings.len() + 1,
            "a line of a file became a command"
        );
        assert!(!text.contains(fixture::SECRET));
    }
}
