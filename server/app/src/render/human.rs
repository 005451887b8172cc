//! The report for people: findings under a heading for each file, then what was skipped, then one line that says it all.
//!
//! ```text
//! src/cache.rs ─────────────────────────── 1 error
//!
//! error: The lock guard is dropped at once, so nothing is locked
//!    ╭▸ src/cache.rs:12:9  rust/let-underscore-guard
//!    │
//! 12 │         let _ = self.state.lock();
//!    ╰╴        ━━━━━━━━━━━━━━━━━━━━━━━━━━
//!    why it matters …
//!    fix: Keep the guard
//!    - let _ = …
//!    + let _guard = …
//! ```

use std::collections::HashSet;
use std::fmt::Write as _;

use base::{Finding, Placement, Scope, Skipped};
use unicode_width::UnicodeWidthStr;

use super::style::{BAD, CAUTION, FAINT, GOOD, HELP, STRONG, paint, severity};
use super::visible::visible;
use super::{Secrets, View, counted, coverage, diff, excerpt, prose, secrets, tally};

/// Skipped files shown without `-v`.
const SKIPPED_SHOWN: usize = 5;
/// Below this a finding says how sure it is.
const SURE: f32 = 0.7;
/// What stands under an excerpt is indented by this.
const INDENT: &str = "   ";

pub(super) fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    let report = view.report;
    let secrets = secrets(report);
    let mut explained = HashSet::new();
    for findings in report.findings.chunk_by(|a, b| a.path == b.path) {
        heading(&mut out, findings, view.width);
        for finding in findings {
            // The same explanation ten times is noise; the first is enough.
            let explain = explained.insert((&finding.rule, &finding.message)) || view.verbose;
            one(&mut out, view, &secrets, finding, explain);
        }
    }
    if view.verbose {
        held_back(&mut out, view, &secrets);
    }
    skipped(&mut out, view);
    summary(&mut out, view);
    out
}

/// What a model said besides, on request: remarks over the limit or like something dismissed, and what could not be proven.
fn held_back(out: &mut String, view: &View<'_>, secrets: &Secrets<'_>) {
    let Some(stats) = &view.report.model else {
        return;
    };
    if !stats.held_back.is_empty() {
        let _ = writeln!(
            out,
            "{}\n",
            paint(
                STRONG,
                "Held back by the limit of remarks, or like what was dismissed:"
            )
        );
        for finding in &stats.held_back {
            one(out, view, secrets, finding, true);
        }
    }
    if !stats.dropped.is_empty() {
        let counts: Vec<_> = (stats.dropped.iter())
            .map(|(reason, count)| format!("{count} {}", reason.replace('-', " ")))
            .collect();
        let text = format!(
            "Remarks of the model that are not shown: {}",
            counts.join(", ")
        );
        let _ = writeln!(out, "{}\n", paint(FAINT, text));
    }
}

fn heading(out: &mut String, findings: &[Finding], width: usize) {
    let path = findings.first().map_or("", |finding| finding.path.as_str());
    let path = visible(path);
    let counts = tally(findings.iter());
    let plain = counts
        .iter()
        .map(|(_, text)| text.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let rule = width
        .saturating_sub(path.width() + plain.width() + 2)
        .max(3);
    let line = paint(FAINT, "─".repeat(rule));
    let counts: Vec<_> = counts
        .iter()
        .map(|(level, text)| paint(severity(*level), text))
        .collect();
    let _ = writeln!(
        out,
        "{} {line} {}\n",
        paint(STRONG, path),
        counts.join(", ")
    );
}

fn one(out: &mut String, view: &View<'_>, secrets: &Secrets<'_>, finding: &Finding, explain: bool) {
    let level = finding.severity;
    let mut label = visible(finding.rule.as_str()).into_owned();
    if finding.confidence.get() < SURE {
        let _ = write!(label, " · {:.0} % sure", finding.confidence.get() * 100.0);
    }
    let title = format!("{level}: {}", visible(&finding.title));
    for (index, line) in prose::wrapped(&title, view.width).iter().enumerate() {
        let (head, rest) = line.split_at(if index == 0 { level.as_str().len() } else { 0 });
        let _ = writeln!(
            out,
            "{}{}",
            paint(severity(level), head),
            paint(STRONG, rest)
        );
    }
    out.push_str(&excerpt::draw(
        view.report,
        secrets,
        finding,
        &label,
        view.width,
    ));
    if explain {
        for line in prose::lines(&finding.message, view.width.saturating_sub(INDENT.len())) {
            let _ = writeln!(out, "{}", format!("{INDENT}{line}").trim_end());
        }
    } else {
        let _ = writeln!(out, "{INDENT}{}", paint(FAINT, "(explained above)"));
    }
    if let Placement::Elsewhere(reason) = &finding.placement {
        let _ = writeln!(
            out,
            "{INDENT}{}",
            paint(
                FAINT,
                format_args!("on unchanged code: {}", visible(reason))
            )
        );
    }
    fix(out, view, secrets, finding);
    out.push('\n');
}

fn fix(out: &mut String, view: &View<'_>, secrets: &Secrets<'_>, finding: &Finding) {
    let Some(fix) = &finding.fix else { return };
    let _ = writeln!(
        out,
        "\n{INDENT}{} {}",
        paint(HELP, "fix:"),
        visible(&fix.title)
    );
    let mut paths: Vec<_> = fix.edits.iter().map(|edit| &edit.path).collect();
    paths.dedup();
    for path in paths {
        if *path != finding.path {
            let _ = writeln!(out, "{INDENT}{}", paint(FAINT, visible(path.as_str())));
        }
        if let Some(lines) = diff::lines(view.report, path, fix, secrets.of(path)) {
            out.push_str(&diff::draw(&lines, INDENT));
        }
    }
}

/// What failed is always shown whole; what is skipped by policy only as far as it stays short.
fn skipped(out: &mut String, view: &View<'_>) {
    let (failed, by_policy): (Vec<&Skipped>, Vec<&Skipped>) = view
        .report
        .skipped
        .iter()
        .partition(|skipped| skipped.reason.is_failure());
    if !failed.is_empty() {
        let _ = writeln!(out, "{}", paint(BAD, "Not reviewed:"));
        match view.verbose {
            true => list(out, &failed),
            false => together(out, &failed),
        }
        out.push('\n');
    }
    let nothing_else = view.report.findings.is_empty() && failed.is_empty();
    if by_policy.is_empty() || (nothing_else && !view.verbose && by_policy.len() > SKIPPED_SHOWN) {
        return;
    }
    let _ = writeln!(out, "{}", paint(FAINT, "Skipped:"));
    let shown = if view.verbose || by_policy.len() <= SKIPPED_SHOWN + 1 {
        by_policy.len()
    } else {
        SKIPPED_SHOWN
    };
    list(out, &by_policy[..shown]);
    if shown < by_policy.len() {
        let rest = by_policy.len() - shown;
        let _ = writeln!(
            out,
            "{}",
            paint(FAINT, format_args!("  … and {rest} more (-v lists them)"))
        );
    }
    out.push('\n');
}

/// Files with the same reason on one line: a model that cannot be reached is one thing to know, not twenty.
fn together(out: &mut String, skipped: &[&Skipped]) {
    let mut reasons: Vec<(String, &Skipped, usize)> = Vec::new();
    for skipped in skipped {
        let reason = skipped.reason.to_string();
        match reasons.iter_mut().find(|(known, ..)| *known == reason) {
            Some((.., count)) => *count += 1,
            None => reasons.push((reason, skipped, 1)),
        }
    }
    let rows: Vec<_> = reasons
        .into_iter()
        .map(|(reason, first, count)| match count {
            1 => (visible(first.path.as_str()).into_owned(), reason),
            count => (counted(count, "file"), reason),
        })
        .collect();
    rows_of(out, &rows);
}

fn list(out: &mut String, skipped: &[&Skipped]) {
    let rows: Vec<_> = skipped
        .iter()
        .map(|skipped| {
            let path = visible(skipped.path.as_str()).into_owned();
            (path, skipped.reason.to_string())
        })
        .collect();
    rows_of(out, &rows);
}

/// Paths and reasons in two columns.
fn rows_of(out: &mut String, rows: &[(String, String)]) {
    let paths: Vec<_> = rows.iter().map(|(path, _)| path).collect();
    let column = paths
        .iter()
        .map(|path| path.width())
        .max()
        .unwrap_or(0)
        .min(48);
    for (path, reason) in rows {
        let gap = column.saturating_sub(path.width());
        let _ = writeln!(
            out,
            "  {path}{:gap$}  {}",
            "",
            paint(FAINT, visible(reason))
        );
    }
}

fn summary(out: &mut String, view: &View<'_>) {
    let report = view.report;
    if report.coverage.files == 0 && report.findings.is_empty() && report.skipped.is_empty() {
        let text = format!("Nothing to review: {}", nothing(view.scope));
        for line in prose::lines(&text, view.width) {
            let _ = writeln!(out, "{line}");
        }
        return;
    }
    let mut parts = Vec::new();
    if report.findings.is_empty() {
        let clean = if report.is_incomplete() {
            paint(CAUTION, "No findings in what was reviewed")
        } else {
            paint(GOOD, "No findings")
        };
        parts.push(clean);
    } else {
        let counts = tally(report.findings.iter());
        let counts: Vec<_> = counts
            .iter()
            .map(|(level, text)| paint(severity(*level), text))
            .collect();
        let files = report.findings.chunk_by(|a, b| a.path == b.path).count();
        parts.push(format!(
            "{} in {}",
            counts.join(", "),
            counted(files, "file")
        ));
    }
    parts.push(coverage(report, view.scope));
    if report.suppressed > 0 {
        parts.push(format!("{} suppressed", report.suppressed));
    }
    let failed = report
        .skipped
        .iter()
        .filter(|skipped| skipped.reason.is_failure())
        .count();
    if report.skipped.len() > failed {
        parts.push(format!("{} skipped", report.skipped.len() - failed));
    }
    if failed > 0 {
        parts.push(paint(BAD, format_args!("{failed} not reviewed")));
    }
    flow(out, &parts, view.width);
}

/// The parts on as few lines as they fit on.
fn flow(out: &mut String, parts: &[String], width: usize) {
    let mut used = 0;
    for part in parts {
        let columns = anstream::adapter::strip_str(part).to_string().width();
        let lead = match used {
            0 => "",
            used if used + 3 + columns <= width => " · ",
            _ => "\n",
        };
        used = if lead == " · " {
            used + 3 + columns
        } else {
            columns
        };
        let _ = write!(out, "{lead}{part}");
    }
    out.push('\n');
}

fn nothing(scope: &Scope) -> &'static str {
    match scope {
        Scope::Worktree => {
            "the work tree is the same as HEAD (`--base main` reviews a branch, `--all` every file)"
        }
        Scope::Staged => "nothing is staged",
        Scope::Base(_) => "the work tree is the same as the merge base",
        Scope::Commit(_) => "this commit changes no files",
        Scope::Range { .. } => "both sides are the same",
        Scope::All => "there are no files here",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::super::fixture;

    fn plain(width: usize, verbose: bool, report: &base::Report) -> String {
        let text = fixture::view(report, width, verbose, super::render);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn at_eighty_and_a_hundred_columns() {
        let report = fixture::report();
        expect_file!["../../tests/data/human-80.txt"].assert_eq(&plain(80, false, &report));
        expect_file!["../../tests/data/human-100-verbose.txt"]
            .assert_eq(&plain(100, true, &report));
    }

    #[test]
    fn in_colour() {
        expect_file!["../../tests/data/human-colour.txt"].assert_eq(&fixture::view(
            &fixture::report(),
            80,
            false,
            super::render,
        ));
    }

    #[test]
    fn clean_and_empty() {
        expect_file!["../../tests/data/human-clean.txt"].assert_eq(&plain(
            80,
            false,
            &fixture::clean(),
        ));
        expect_file!["../../tests/data/human-nothing.txt"].assert_eq(&plain(
            80,
            false,
            &base::Report::default(),
        ));
    }
}
