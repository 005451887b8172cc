//! A fix as a small diff: only the lines that it touches, old above new.

use base::{Fix, RelPath, Report, Span, Text, diff};

use super::style::{ADDED, FAINT, REMOVED, paint};
use super::visible::visible;

/// Longer diffs are cut: the editor or `--format json` has the whole.
const LINES: usize = 16;

/// One line of a diff.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// In the old text only.
    Removed(String),
    /// In the new text only.
    Added(String),
    /// In both; shown between changed lines.
    Same(String),
}

/// The lines of `fix` in one file; `None` where the text is not known or holds a secret there.
pub(crate) fn lines(
    report: &Report,
    path: &RelPath,
    fix: &Fix,
    secrets: &[Span],
) -> Option<Vec<Line>> {
    let text = report.sources.get(path)?;
    let mut edits: Vec<_> = fix.edits.iter().filter(|edit| edit.path == *path).collect();
    edits.sort_by_key(|edit| edit.span);
    let (first, last) = (
        edits.first()?.span.start,
        edits.iter().map(|edit| edit.span.end).max()?,
    );
    let (old, start) = touched(text, first, last)?;
    let window = Span::new(start, start + old.len());
    if secrets.iter().any(|secret| secret.touches(window)) {
        return None;
    }
    let mut new = String::new();
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        new.push_str(old.get(at..range.start.checked_sub(start)?)?);
        new.push_str(&edit.new_text);
        at = range.end - start;
    }
    new.push_str(old.get(at..)?);
    Some(compare(old, &new))
}

/// The diff as coloured text, each line indented by `indent`.
pub(crate) fn draw(lines: &[Line], indent: &str) -> String {
    let mut drawn = String::new();
    for line in lines.iter().take(LINES) {
        let (style, sign, text) = match line {
            Line::Removed(text) => (REMOVED, '-', text),
            Line::Added(text) => (ADDED, '+', text),
            Line::Same(text) => (FAINT, ' ', text),
        };
        let text = text.replace('\t', "    ");
        let text = visible(text.trim_end());
        drawn.push_str(indent);
        drawn.push_str(paint(style, format_args!("{sign} {text}")).as_str());
        drawn.push('\n');
    }
    if lines.len() > LINES {
        let rest = lines.len() - LINES;
        drawn.push_str(&format!(
            "{indent}{}\n",
            paint(FAINT, format_args!("… {rest} more lines"))
        ));
    }
    drawn
}

/// The whole lines that hold `first..last`, and where they start.
fn touched(text: &Text, first: u32, last: u32) -> Option<(&str, usize)> {
    let index = text.lines();
    let span = index.lines_span(index.line_of(first)..index.line_of(last.max(first)) + 1);
    Some((text.slice(span)?, span.start as usize))
}

fn compare(old: &str, new: &str) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let own = |lines: &[&str], at: usize| {
        lines
            .get(at)
            .map_or(String::new(), |line| (*line).to_owned())
    };
    let mut lines = Vec::new();
    let mut at = None;
    for hunk in diff::hunks(old, new) {
        if let Some(at) = at {
            lines.extend((at..hunk.old.start as usize).map(|line| Line::Same(own(&before, line))));
        }
        lines.extend(
            hunk.old
                .clone()
                .map(|line| Line::Removed(own(&before, line as usize))),
        );
        lines.extend(
            hunk.new
                .clone()
                .map(|line| Line::Added(own(&after, line as usize))),
        );
        at = Some(hunk.old.end as usize);
    }
    lines
}
