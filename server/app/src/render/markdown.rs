//! The report as a comment on a pull request.
//!
//! What comes from files is escaped so that it stays text: no image is fetched, nobody is mentioned, no issue is closed
//! and no HTML gets in. Excerpts stand in fences longer than any run of backticks inside them.

use std::fmt::Write as _;

use base::{Finding, Severity};

use super::diff::{self, Line};
use super::visible::{visible, visible_lines};
use super::{Secrets, View, counted, coverage, secrets, tally};

/// Skipped files listed before the rest is only counted: comments have a size limit.
const SKIPPED_SHOWN: usize = 50;

pub(super) fn render(view: &View<'_>) -> String {
    let report = view.report;
    let secrets = secrets(report);
    let mut out = String::from("## Obelus review\n\n");
    let counts: Vec<_> = tally(report.findings.iter())
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let files = report.findings.chunk_by(|a, b| a.path == b.path).count();
    let verdict = match counts.as_slice() {
        [] if report.is_incomplete() => "No findings in what was reviewed".to_owned(),
        [] => "No findings".to_owned(),
        counts => format!("{} in {}", counts.join(", "), counted(files, "file")),
    };
    let _ = write!(out, "**{verdict}** · {}", coverage(report, view.scope));
    if report.suppressed > 0 {
        let _ = write!(out, " · {} suppressed", report.suppressed);
    }
    out.push('\n');
    for findings in report.findings.chunk_by(|a, b| a.path == b.path) {
        let path = findings.first().map_or("", |finding| finding.path.as_str());
        let _ = write!(out, "\n### {}\n", code(path));
        for finding in findings {
            one(&mut out, view, &secrets, finding);
        }
    }
    footer(&mut out, view);
    out
}

fn one(out: &mut String, view: &View<'_>, secrets: &Secrets<'_>, finding: &Finding) {
    let report = view.report;
    let line = report
        .sources
        .get(&finding.path)
        .map(|text| text.line_column(finding.span.start).line);
    let place = line.map_or(String::new(), |line| format!(" · line {line}"));
    let sign = match finding.severity {
        Severity::Error => "🔴",
        Severity::Warning => "🟠",
        Severity::Info => "🔵",
        Severity::Hint => "⚪",
    };
    let title = escape(&visible(&finding.title));
    let _ = write!(
        out,
        "\n{sign} **{}: {title}**{place} · {}\n\n",
        finding.severity,
        code(finding.rule.as_str())
    );
    let _ = writeln!(out, "{}", neutral(&finding.message));
    for evidence in &finding.evidence {
        let line = report
            .sources
            .get(&evidence.path)
            .map_or(1, |text| text.line_column(evidence.span.start).line);
        let place = format!("{}:{line}", evidence.path);
        let _ = write!(
            out,
            "\n- {}: {}",
            code(&place),
            escape(&visible(&evidence.note))
        );
    }
    if !finding.evidence.is_empty() {
        out.push('\n');
    }
    let Some(fix) = &finding.fix else { return };
    let _ = write!(
        out,
        "\n<details><summary>Fix: {}</summary>\n",
        escape(&visible(&fix.title))
    );
    if let Some(lines) = diff::lines(report, &finding.path, fix, secrets.of(&finding.path)) {
        let lines: Vec<_> = lines
            .iter()
            .map(|line| match line {
                Line::Removed(text) => format!("-{}", visible(&text.replace('\t', "    "))),
                Line::Added(text) => format!("+{}", visible(&text.replace('\t', "    "))),
                Line::Same(text) => format!(" {}", visible(&text.replace('\t', "    "))),
            })
            .collect();
        let body = lines.join("\n");
        let fence = fence(&body);
        let _ = write!(out, "\n{fence}diff\n{body}\n{fence}\n");
    }
    out.push_str("\n</details>\n");
}

fn footer(out: &mut String, view: &View<'_>) {
    let report = view.report;
    if !report.skipped.is_empty() {
        let _ = write!(
            out,
            "\n<details><summary>{} not reviewed</summary>\n\n",
            counted(report.skipped.len(), "file")
        );
        for skipped in report.skipped.iter().take(SKIPPED_SHOWN) {
            let _ = writeln!(
                out,
                "- {}: {}",
                code(skipped.path.as_str()),
                escape(&visible(&skipped.reason.to_string()))
            );
        }
        if report.skipped.len() > SKIPPED_SHOWN {
            let _ = writeln!(out, "- … and {} more", report.skipped.len() - SKIPPED_SHOWN);
        }
        out.push_str("\n</details>\n");
    }
    for problem in &report.problems {
        let _ = write!(out, "\n> {}\n", escape(&visible(problem)));
    }
}

/// Inline code that holds any text.
fn code(text: &str) -> String {
    let text = visible(text);
    let longest = longest_run(&text);
    if longest == 0 {
        return format!("`{text}`");
    }
    let ticks = "`".repeat(longest + 1);
    format!("{ticks} {text} {ticks}")
}

fn fence(body: &str) -> String {
    "`".repeat(longest_run(body).max(2) + 1)
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Plain text as Markdown that shows it as it is. Code in backticks stays code.
fn escape(text: &str) -> String {
    let balanced = text.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(text.len() + 8);
    let mut inside = false;
    for c in text.chars() {
        match c {
            '`' if balanced => {
                inside = !inside;
                out.push('`');
            }
            _ if inside => out.push(c),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention or a reference needs its sign right before a word: a joiner of no width takes that away.
            '@' | '#' => {
                out.push(c);
                out.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Markdown of a rule's explanation with everything active taken out: HTML, images, mentions, references. Emphasis,
/// lists and code stay. Lines of a paragraph are joined, because comments show a line end as a line break.
fn neutral(markdown: &str) -> String {
    let text = visible_lines(markdown.trim());
    let mut out = String::with_capacity(text.len());
    let mut fenced = false;
    let mut open = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let fence = trimmed.starts_with("```");
        if fenced || fence {
            if open {
                out.push('\n');
            }
            (open, fenced) = (false, fenced != fence);
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let starts = trimmed.is_empty() || trimmed.starts_with(['-', '*', '|', '#']);
        if open {
            out.push(if starts { '\n' } else { ' ' });
        }
        open = !trimmed.is_empty();
        if open {
            inert(&mut out, if starts { line } else { trimmed });
        } else {
            out.push('\n');
        }
    }
    if fenced {
        out.push_str("```");
    }
    out.truncate(out.trim_end().len());
    out
}

/// One line with its active characters disarmed, code spans as they are.
fn inert(out: &mut String, line: &str) {
    let mut inside = false;
    for c in line.chars() {
        if c == '`' {
            inside = !inside;
        }
        match c {
            '<' if !inside => out.push_str("&lt;"),
            '!' if !inside => out.push_str("\\!"),
            '@' | '#' if !inside => {
                out.push(c);
                out.push_str("&#8203;");
            }
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};

    use super::super::fixture;
    use super::{code, escape, neutral};

    #[test]
    fn comment() {
        let text = fixture::view(&fixture::report(), 80, false, super::render);
        expect_file!["../../tests/data/comment.md"].assert_eq(&text);
        assert!(!text.contains(fixture::SECRET));
    }

    #[test]
    fn text_from_files_stays_text() {
        expect![[r"\[x\](y) \!\[a\](b) &lt;img src=x&gt; @&#8203;all closes #&#8203;1 \*b\*"]]
            .assert_eq(&escape("[x](y) ![a](b) <img src=x> @all closes #1 *b*"));
        expect!["`` a`b ``"].assert_eq(&code("a`b"));
        expect!["\\![a](b) &lt;script> `<T>` @&#8203;all"]
            .assert_eq(&neutral("![a](b) <script> `<T>` @all"));
    }
}
