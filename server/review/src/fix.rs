//! Fixes, applied in memory and checked before anybody sees them.
//!
//! A fix is offered only where every edit still finds the text it replaces, no two edits overlap, and the result has no
//! syntax error that was not there. Proving many fixes of a file takes one parse when all are right.

use std::time::Duration;

use base::{Edit, Finding, Fix, RelPath, Text};
use syntax::{Language, TextChange, Tree};

/// How long one parse may take when a single fix is previewed.
const PREVIEW_DEADLINE: Duration = Duration::from_secs(1);
/// Rounds of fixes that overlap each other; what is left after them is not offered.
const MAX_ROUNDS: usize = 8;

/// The whole text of `path` after `fix`; `None` when the fix is stale or would add a syntax error.
pub fn preview(text: &Text, fix: &Fix, path: &RelPath) -> Option<String> {
    preview_as(Language::of(path, text), text, fix, path)
}

/// The same, in a language that is known already.
pub(crate) fn preview_as(
    language: Option<Language>,
    text: &Text,
    fix: &Fix,
    path: &RelPath,
) -> Option<String> {
    if text.is_lossy() {
        return None;
    }
    let mut edits: Vec<&Edit> = fix.edits.iter().filter(|edit| edit.path == *path).collect();
    if edits.is_empty() {
        return None;
    }
    let changes = in_order(&mut edits, text)?;
    let after = apply(text, &edits);
    let Some(language) = language else {
        return Some(after);
    };
    let tree = Tree::parse(language, text, PREVIEW_DEADLINE).ok()?;
    let result = tree
        .edited(&Text::new(after.as_str()), &changes, PREVIEW_DEADLINE)
        .ok()?;
    (result.errors() <= tree.errors()).then_some(after)
}

/// Removes from `findings` the fixes that do not apply to `text` or would break its syntax.
pub(crate) fn prove(
    text: &Text,
    tree: Option<&Tree>,
    findings: &mut [Finding],
    deadline: Duration,
) {
    let mut open: Vec<usize> = Vec::new();
    for (index, finding) in findings.iter_mut().enumerate() {
        let sound = |fix: &Fix| {
            let mut edits: Vec<&Edit> = fix.edits.iter().collect();
            let here = !edits.is_empty() && edits.iter().all(|edit| edit.path == finding.path);
            here && !text.is_lossy() && in_order(&mut edits, text).is_some()
        };
        if finding.fix.as_ref().is_some_and(|fix| !sound(fix)) || finding.sensitive {
            finding.fix = None;
        }
        if finding.fix.is_some() {
            open.push(index);
        }
    }
    let Some(tree) = tree.filter(|_| !open.is_empty()) else {
        return;
    };
    let errors = tree.errors();
    for _ in 0..MAX_ROUNDS {
        if open.is_empty() {
            return;
        }
        let (batch, rest) = disjoint(&open, findings);
        for index in wrong(&batch, findings, text, tree, errors, deadline) {
            findings[index].fix = None;
        }
        open = rest;
    }
    for index in open {
        findings[index].fix = None;
    }
}

/// Splits fixes into some that do not overlap each other, and the rest.
fn disjoint(open: &[usize], findings: &[Finding]) -> (Vec<usize>, Vec<usize>) {
    let bounds = |index: usize| {
        let edits = findings[index].fix.iter().flat_map(|fix| &fix.edits);
        edits.fold((u32::MAX, 0), |(start, end), edit| {
            (start.min(edit.span.start), end.max(edit.span.end))
        })
    };
    let mut sorted: Vec<_> = open.iter().map(|index| (bounds(*index), *index)).collect();
    sorted.sort();
    let (mut batch, mut rest, mut free_from) = (Vec::new(), Vec::new(), None);
    for ((start, end), index) in sorted {
        // Strictly apart: two insertions at one place are no longer independent.
        if free_from.is_none_or(|free| start > free) {
            batch.push(index);
            free_from = Some(end);
        } else {
            rest.push(index);
        }
    }
    (batch, rest)
}

/// Those of a batch of disjoint fixes that would add a syntax error: all are applied at once, and halves only when the
/// whole is wrong. Where there are errors already one fix could hide another's, so each is applied alone.
fn wrong(
    batch: &[usize],
    findings: &[Finding],
    text: &Text,
    tree: &Tree,
    errors: usize,
    deadline: Duration,
) -> Vec<usize> {
    let mut wrong = Vec::new();
    let mut parts: Vec<&[usize]> = match errors {
        0 => vec![batch],
        _ => batch.chunks(1).collect(),
    };
    while let Some(part) = parts.pop() {
        let fixes = part
            .iter()
            .filter_map(|index| findings[*index].fix.as_ref());
        let mut edits: Vec<&Edit> = fixes.flat_map(|fix| &fix.edits).collect();
        let good = in_order(&mut edits, text).is_some_and(|changes| {
            let after = Text::new(apply(text, &edits));
            let tree = tree.edited(&after, &changes, deadline);
            tree.is_ok_and(|tree| tree.errors() <= errors)
        });
        match part {
            _ if good => {}
            [] => {}
            [one] => wrong.push(*one),
            _ => {
                let (left, right) = part.split_at(part.len() / 2);
                parts.extend([left, right]);
            }
        }
    }
    wrong
}

/// Sorts edits by place and gives the changes they make, last first (so that each is right when its turn comes);
/// `None` when one is stale, out of range or overlaps another.
fn in_order(edits: &mut [&Edit], text: &Text) -> Option<Vec<TextChange>> {
    edits.sort_by_key(|edit| edit.span);
    let apart = edits
        .windows(2)
        .all(|pair| pair[0].span.end <= pair[1].span.start && pair[0].span != pair[1].span);
    let fresh = edits
        .iter()
        .all(|edit| text.slice(edit.span) == Some(edit.replaces.as_str()));
    (apart && fresh).then(|| {
        let change = |edit: &&Edit| TextChange {
            start: edit.span.start,
            old_end: edit.span.end,
            new_end: edit.span.start + edit.new_text.len() as u32,
        };
        edits.iter().rev().map(change).collect()
    })
}

/// The text after edits that are sorted, in range and apart.
fn apply(text: &Text, edits: &[&Edit]) -> String {
    let text = text.as_str();
    let mut after = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for edit in edits {
        after.push_str(text.get(from..edit.span.start as usize).unwrap_or_default());
        after.push_str(&edit.new_text);
        from = edit.span.end as usize;
    }
    after.push_str(text.get(from..).unwrap_or_default());
    after
}

#[cfg(test)]
mod tests {
    use base::{Edit, Fix, RelPath, Span, Text};

    use super::preview;

    fn edit(start: usize, replaces: &str, new_text: &str) -> Edit {
        Edit {
            path: RelPath::new("a.txt").expect("a path"),
            span: Span::new(start, start + replaces.len()),
            replaces: replaces.to_owned(),
            new_text: new_text.to_owned(),
        }
    }

    #[test]
    fn a_fix_applies_only_where_its_text_still_stands() {
        let path = RelPath::new("a.txt").expect("a path");
        for (edits, expected) in [
            (
                vec![edit(0, "one", "1"), edit(8, "three", "3")],
                Some("1 two 3"),
            ),
            (
                vec![edit(8, "three", "3"), edit(0, "one", "1")],
                Some("1 two 3"),
            ),
            (vec![edit(0, "two", "2")], None),
            (vec![edit(0, "one two", "x"), edit(4, "two", "y")], None),
            (vec![edit(4, "", "a"), edit(4, "", "b")], None),
            (vec![edit(90, "x", "y")], None),
            (vec![], None),
        ] {
            let fix = Fix {
                title: "Try".into(),
                edits,
            };
            let shown = preview(&Text::new("one two three"), &fix, &path);
            assert_eq!(shown.as_deref(), expected, "{fix:?}");
        }
    }

    #[test]
    fn a_text_that_is_not_utf8_gets_no_edits() {
        let path = RelPath::new("a.txt").expect("a path");
        let fix = Fix {
            title: "Try".into(),
            edits: vec![edit(0, "a", "b")],
        };
        assert_eq!(
            preview(&Text::from_bytes(b"a\xff".to_vec()), &fix, &path),
            None
        );
    }
}
