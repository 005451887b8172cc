//! Inverted conditions: what was done when a condition held is now done when it does not, and the documentation still
//! says what it said.
//!
//! Turning a condition round is how many faults are mended, so a remark is made only where the documentation above the
//! function speaks of what is asked, and was not touched.

use base::{Category, Definition, Evidence, RelPath, Severity, Span};
use syntax::TokenKind;

use super::pairs::words;
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, Side};

const INVERTED: &str = "analysis/condition-inverted";

pub(super) const ABOUT: &[About] = &[About {
    id: INVERTED,
    category: Category::Bug,
    severity: Severity::Info,
    confidence: 0.7,
    title: "A condition was turned round, and the documentation says what it said",
    why: "What used to happen when the condition holds now happens when it does not. The documentation of the function \
          speaks of that condition and was not changed, so one of the two is wrong. Look which, and mend it.",
    bad: "def total(order):\n    \"\"\"Zero if the order is cancelled.\"\"\"\n    if not order.cancelled:  # was: if order.cancelled\n        return 0\n    return order.sum\n",
    good: "def total(order):\n    \"\"\"Zero if the order is cancelled.\"\"\"\n    if order.cancelled:\n        return 0\n    return order.sum\n",
    cwe: Some(480),
    references: &[],
}];

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        if is_test_path(file.path()) {
            continue;
        }
        for (before, after) in file.rewritten() {
            remarks.extend(judge(file, before, after));
        }
    }
    remarks
}

fn judge(file: &ChangedFile, before: &Definition, after: &Definition) -> Option<Remark> {
    let (was, doc) = (before.doc?, after.doc?);
    let said = file.new.slice(doc);
    if file.old.slice(was) != said {
        return None;
    }
    let (condition, shown) = turned(file, before, after)?;
    let tree = file.new.tree.as_ref()?;
    // The documentation speaks of it: a word of what is asked stands there, beside a word for "when".
    let spoken = words(said);
    let asks = [
        "if", "when", "whether", "unless", "only", "true", "false", "returns", "return",
    ];
    let is_about = tree
        .tokens(condition)
        .iter()
        .filter(|token| token.kind == TokenKind::Name)
        .flat_map(|token| words(file.new.slice(token.span)))
        .any(|word| word.len() > 3 && !COMMON.contains(&word.as_str()) && spoken.contains(&word));
    if !is_about || !spoken.iter().any(|word| asks.contains(&word.as_str())) {
        return None;
    }
    let name = &after.name;
    Some(Remark {
        path: RelPath::clone(file.path()),
        draft: Draft::new(INVERTED, condition)
            .titled(format!("`{shown}` was turned round in `{name}`")),
        message: "What it decides is the same, so it now happens in the other case, and the documentation of the function still \
             says what it said. Turn it back, or change the documentation."
            .to_owned(),
        evidence: vec![Evidence {
            path: file.path().clone(),
            span: first_line(said, doc),
            note: "says what it said before".to_owned(),
        }],
        elsewhere: None,
    })
}

/// Words that stand everywhere.
const COMMON: &[&str] = &[
    "this", "self", "none", "null", "true", "false", "value", "type", "name", "index", "length",
    "that", "with", "from", "return",
];

fn first_line(text: &str, span: Span) -> Span {
    let length = text.lines().next().map_or(0, str::len);
    Span::new(span.start as usize, span.start as usize + length)
}

/// A condition of a branch, or a result, that is now the opposite of what it was while what it decides is the same.
fn turned(file: &ChangedFile, before: &Definition, after: &Definition) -> Option<(Span, String)> {
    let (old_tree, new_tree) = (file.old.tree.as_ref()?, file.new.tree.as_ref()?);
    let flat = |side: &Side, span: Span| {
        side.slice(span)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (old, new) = (
        old_tree.branches(before.span),
        new_tree.branches(after.span),
    );
    if old.len() == new.len() {
        for (was, is) in old.iter().zip(&new) {
            let (asked, asks) = (
                flat(&file.old, was.condition),
                flat(&file.new, is.condition),
            );
            if are_opposite(&asked, &asks)
                && flat(&file.old, was.body) == flat(&file.new, is.body)
                && was.otherwise == is.otherwise
            {
                return Some((is.condition, bare(&asked).to_owned()));
            }
        }
    }
    let text = file.new.text.as_ref()?;
    let old_text = file.old.text.as_ref()?;
    for hunk in &file.texts.hunks {
        if hunk.old.len() != 1 || hunk.new.len() != 1 {
            continue;
        }
        let (was, is) = (
            old_text.line(hunk.old.start)?.trim(),
            text.line(hunk.new.start)?.trim(),
        );
        let result = |line: &str| -> Option<String> {
            let rest = line.strip_prefix("return ")?;
            Some(rest.trim_end_matches(';').trim().to_owned())
        };
        let span = text.lines().line_span(hunk.new.start)?;
        if let (Some(was), Some(is)) = (result(was), result(is))
            && after.span.contains(span)
            && are_opposite(&was, &is)
        {
            return Some((span, was));
        }
    }
    None
}

/// Without the brackets around all of it.
fn bare(condition: &str) -> &str {
    let said = condition.trim();
    match said
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inner) if !inner.contains([')', '(']) || is_closed(inner) => inner.trim(),
        _ => said,
    }
}

/// Whether brackets are closed in the order in which they are opened, so that the outer ones belong together.
fn is_closed(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

const SIGNS: &[(&str, &str)] = &[
    (" == ", " != "),
    (" === ", " !== "),
    (" is not ", " is "),
    (" not in ", " in "),
    (" < ", " >= "),
    (" > ", " <= "),
];

fn are_opposite(a: &str, b: &str) -> bool {
    let (a, b) = (bare(a), bare(b));
    if a.is_empty() || b.is_empty() || a == b {
        return false;
    }
    let negated = |one: &str, other: &str| {
        ["!", "not "].iter().any(|sign| {
            other
                .strip_prefix(sign)
                .is_some_and(|rest| bare(rest) == one && is_one_thing(one, rest))
        })
    };
    let by_sign = SIGNS.iter().any(|(one, other)| {
        let swapped = |x: &str, y: &str| {
            x.matches(one).count() == 1 && is_simple(x) && x.replacen(one, other, 1) == y
        };
        swapped(a, b) || swapped(b, a)
    });
    negated(a, b) || negated(b, a) || by_sign
}

/// `!a && b` is not the opposite of `a && b`.
fn is_one_thing(one: &str, rest: &str) -> bool {
    rest.trim_start().starts_with('(') || is_simple(one)
}

fn is_simple(condition: &str) -> bool {
    ![" && ", " || ", " and ", " or "]
        .iter()
        .any(|sign| condition.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::are_opposite;

    fn with(old: &str, new: &str) -> String {
        let file = |condition: &str| {
            format!(
                "def total(order):\n    \"\"\"Zero if the order is cancelled.\"\"\"\n    {condition}:\n        return 0\n    return order.sum\n"
            )
        };
        format!("//- old a.py\n{}//- new a.py\n{}", file(old), file(new))
    }

    #[test]
    fn a_condition_that_the_documentation_speaks_of_is_told() {
        check(
            &with("if order.cancelled", "if not order.cancelled"),
            &[
                "a.py:3 analysis/condition-inverted: `order.cancelled` was turned round in `total`",
                "  a.py:2 says what it said before",
            ],
        );
    }

    #[test]
    fn another_condition_or_other_words_are_fine() {
        check(&with("if order.cancelled", "if order.empty"), &[]);
        check(&with("if flag", "if not flag"), &[]);
    }

    #[test]
    fn opposites_are_known() {
        for (a, b) in [
            ("x", "not x"),
            ("(x)", "(!x)"),
            ("a == b", "a != b"),
            ("x is None", "x is not None"),
            ("a.b(c)", "!a.b(c)"),
            ("!(a && b)", "a && b"),
            ("a < b", "a >= b"),
        ] {
            assert!(are_opposite(a, b), "{a} and {b}");
        }
        for (a, b) in [
            ("a && b", "!a && b"),
            ("a", "b"),
            ("a == b", "a == c"),
            ("a", "a"),
        ] {
            assert!(!are_opposite(a, b), "{a} and {b}");
        }
    }
}
