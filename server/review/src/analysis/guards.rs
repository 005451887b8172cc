//! Guards: an early return that is gone while what it kept out still runs, and a bound that moved by one.
//!
//! A guard that went to another function, took another form or lost what it asked about says nothing.

use base::{Category, Definition, RelPath, Severity, Span};
use syntax::{Branch, Token, TokenKind, Tree};

use super::errors::is_error;
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, Side, alike};

const REMOVED: &str = "analysis/guard-removed";
const BOUNDARY: &str = "analysis/boundary-changed";

pub(super) const ABOUT: &[About] = &[
    About {
        id: REMOVED,
        category: Category::Bug,
        severity: Severity::Info,
        confidence: 0.75,
        title: "A guard was removed, and what it kept out still runs",
        why: "The function used to leave early in this case; now the code after the guard runs in it as well. Put the guard \
              back, or say why the case cannot occur any more.",
        bad: "def price(order):\n    # was: if order is None: return 0\n    return order.sum\n",
        good: "def price(order):\n    if order is None:\n        return 0\n    return order.sum\n",
        cwe: Some(754),
        references: &[],
    },
    About {
        id: BOUNDARY,
        category: Category::Bug,
        severity: Severity::Info,
        confidence: 0.6,
        title: "A comparison with a length now lets in the bound itself",
        why: "The change turns `<` into `<=` where something is compared with a length or a count. The last index of a list \
              is one less than its length, so one step too many is taken if it is an index that is compared. Keep the \
              comparison, or add a test at the bound.",
        bad: "for (let i = 0; i <= items.length; i++) {}  // was: <\n",
        good: "for (let i = 0; i < items.length; i++) {}\n",
        cwe: Some(193),
        references: &[],
    },
];

/// How alike a function must have stayed for a missing line to mean something.
const SAME_BODY: f32 = 0.5;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let added = added_code(around);
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        if is_test_path(file.path()) {
            continue;
        }
        for (before, after) in file.rewritten() {
            remarks.extend(removed(file, before, after, &added));
        }
        remarks.extend(boundaries(file));
    }
    remarks
}

/// All lines that the change adds, without white space: where a guard may have gone.
pub(super) fn added_code(around: &Around<'_>) -> String {
    let mut code = String::new();
    for file in &around.semantic.files {
        for span in &file.new.spans {
            code.extend(file.new.slice(*span).split_whitespace());
            code.push('\n');
        }
    }
    code
}

fn removed(
    file: &ChangedFile,
    before: &Definition,
    after: &Definition,
    added: &str,
) -> Option<Remark> {
    let (old_tree, new_tree) = (file.old.tree.as_ref()?, file.new.tree.as_ref()?);
    let (old_text, new_text) = (file.old.slice(before.span), file.new.slice(after.span));
    if alike(old_text, new_text) < SAME_BODY {
        return None;
    }
    let guards = |tree: &Tree, span: Span| -> Vec<Branch> {
        let branches = tree.branches(span).into_iter();
        branches
            .filter(|branch| branch.leaves && !branch.otherwise)
            .collect()
    };
    let (old, new) = (guards(old_tree, before.span), guards(new_tree, after.span));
    let flat = |side: &Side, span: Span| side.slice(span).split_whitespace().collect::<String>();
    // One that is gone and nothing in its place; more is another function.
    if old.len() != new.len() + 1
        || new_tree.branches(after.span).len() + 1 != old_tree.branches(before.span).len()
    {
        return None;
    }
    let gone = old.iter().find(|guard| {
        let condition = flat(&file.old, guard.condition);
        !new.iter()
            .any(|other| flat(&file.new, other.condition) == condition)
    })?;
    let condition = flat(&file.old, gone.condition);
    let bare = condition.trim_matches(['(', ')', '!']).to_owned();
    let whole = flat(&file.new, after.span);
    if bare.is_empty() || added.contains(&bare) || whole.contains(&condition) {
        return None;
    }
    // What it says is said elsewhere now.
    let says = file.old.slice(gone.body);
    let mut said = says.split('"').skip(1).step_by(2);
    if said.any(|words| {
        let words: String = words.split_whitespace().collect();
        words.len() >= 8 && added.contains(&words)
    }) {
        return None;
    }
    // What it asked about is still used, and what came after it still comes.
    let called: Vec<Span> = old_tree
        .calls(gone.condition)
        .iter()
        .map(|call| call.name)
        .collect();
    let names: Vec<&str> = old_tree
        .tokens(gone.condition)
        .iter()
        .filter(|token| token.kind == TokenKind::Name && !called.contains(&token.span))
        .map(|token| file.old.slice(token.span))
        // Types that it is compared with need not come again.
        .filter(|name| !name.starts_with(char::is_uppercase) && !TYPES.contains(name))
        .collect();
    let after_tokens = new_tree.tokens(after.span);
    let is_used = |name: &str| {
        after_tokens
            .iter()
            .any(|token| file.new.slice(token.span) == name)
    };
    let next = old_tree.statement_after(gone.span)?;
    let follows = flat(&file.old, next);
    // What it gave back is what comes out of the rest as well.
    let given = flat(&file.old, gone.body);
    let given = given
        .trim_start_matches(['{', ':'])
        .trim_start_matches("return")
        .trim_end_matches(['}', ';']);
    if given.len() > 2 && follows.starts_with("return") && follows.contains(given) {
        return None;
    }
    let is_go = old_tree.language().name() == "go";
    if names.is_empty()
        // In Go every error is asked for in this way; that is told of the call.
        || is_go && names.iter().any(|name| is_error(name))
        // A call that stays without being decided upon is an error path.
        || called.iter().any(|name| is_used(file.old.slice(*name)))
        || !names.iter().all(|name| is_used(name))
        || follows.len() < 6
        || !whole.contains(&follows)
        || !before.span.contains(next)
    {
        return None;
    }
    let shown = file
        .old
        .slice(gone.condition)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let name = &after.name;
    Some(Remark {
        path: RelPath::clone(file.path()),
        draft: Draft::new(REMOVED, after.name_span)
            .titled(format!("`{name}` no longer leaves early on `{shown}`")),
        message: "The guard is gone and the code after it is the same, so it now runs in that case too. Put the guard back, or \
             say why the case cannot occur."
            .to_owned(),
        evidence: Vec::new(),
        elsewhere: Some("a guard in it was removed".to_owned()),
    })
}

/// Names of types that look like any other.
const TYPES: &[&str] = &[
    "str", "int", "float", "bool", "list", "dict", "tuple", "set", "bytes", "type", "object",
];

/// Words that say how many there are.
const COUNTS: &[&str] = &["len", "length", "size", "count"];

fn boundaries(file: &ChangedFile) -> Vec<Remark> {
    let (Some(old_tree), Some(new_tree), Some(old), Some(new)) = (
        &file.old.tree,
        &file.new.tree,
        &file.old.text,
        &file.new.text,
    ) else {
        return Vec::new();
    };
    let mut remarks = Vec::new();
    for hunk in &file.texts.hunks {
        if hunk.old.len() != hunk.new.len() || hunk.old.len() > 20 {
            continue;
        }
        for (before, after) in hunk.old.clone().zip(hunk.new.clone()) {
            let (before, after) = (
                old_tree.tokens(old.lines().lines_span(before..before + 1)),
                new_tree.tokens(new.lines().lines_span(after..after + 1)),
            );
            if let Some((at, was, is)) = moved_bound(file, &before, &after) {
                remarks.push(Remark {
                    path: file.path().clone(),
                    draft: Draft::new(BOUNDARY, at).titled(format!("`{was}` became `{is}` in a comparison with a length")),
                    message: "The length itself is let in now, which is one too many for an index. Keep the comparison, or add a test at the bound."
                        .to_owned(),
                    evidence: Vec::new(),
                    elsewhere: None,
                });
            }
        }
    }
    remarks
}

/// The one sign in which two lines differ, where it lets in the bound itself and the bound is a length.
fn moved_bound(
    file: &ChangedFile,
    before: &[Token],
    after: &[Token],
) -> Option<(Span, String, String)> {
    if before.len() != after.len() {
        return None;
    }
    let mut found = None;
    for (at, (a, b)) in before.iter().zip(after).enumerate() {
        let (was, is) = (file.old.slice(a.span), file.new.slice(b.span));
        if was == is {
            continue;
        }
        let moved = matches!((was, is), ("<", "<=") | (">", ">="));
        if !moved || found.is_some() {
            return None;
        }
        found = Some((at, b.span, was.to_owned(), is.to_owned()));
    }
    let (at, span, was, is) = found?;
    let side: Vec<&Token> = match is.as_str() {
        "<=" => after.iter().skip(at + 1).take(BOUND).collect(),
        _ => after.iter().take(at).rev().take(BOUND).collect(),
    };
    let ends = |word: &str| {
        matches!(
            word,
            ";" | "{" | ":" | "&&" | "||" | "and" | "or" | "(" | ","
        )
    };
    // A call's own bracket belongs to the bound.
    let counts = side
        .iter()
        .enumerate()
        .take_while(|(place, token)| {
            let word = file.new.slice(token.span);
            !ends(word) || word == "(" && *place > 0
        })
        .any(|(_, token)| token.kind == TokenKind::Name && is_count(file.new.slice(token.span)));
    counts.then_some((span, was, is))
}

/// Tokens in which a bound is looked for.
const BOUND: usize = 8;

fn is_count(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split('_');
    parts.any(|part| COUNTS.contains(&part) || part.ends_with("count") || part.ends_with("length"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn price(guard: &str, rest: &str) -> String {
        format!(
            "def price(order, rate):\n{guard}    total = order.sum * rate\n    log(order, total)\n    return total{rest}\n"
        )
    }

    fn with(old: &str, new: &str) -> String {
        format!("//- old a.py\n{old}//- new a.py\n{new}")
    }

    const GUARD: &str = "    if order is None:\n        return 0\n";

    #[test]
    fn a_guard_that_is_gone_while_the_rest_stays_is_told() {
        check(
            &with(&price(GUARD, ""), &price("", "")),
            &["a.py:1 analysis/guard-removed: `price` no longer leaves early on `order is None`"],
        );
    }

    #[test]
    fn a_guard_that_moved_or_changed_or_went_with_its_subject_is_not() {
        let changed = GUARD.replace("is None", "== NOTHING");
        let moved = price("    require(order)\n", "")
            + "\ndef require(order):\n    if order is None:\n        raise Missing()\n";
        for (old, new) in [
            (price(GUARD, ""), price(&changed, "")),
            (price(GUARD, ""), moved),
            (
                price("    if strict:\n        return 0\n", ""),
                price("", ""),
            ),
        ] {
            check(&with(&old, &new), &[]);
        }
    }

    #[test]
    fn a_length_that_is_let_in_is_told() {
        let line = |sign: &str, what: &str| format!("while at {sign} {what}:\n    at += 1\n");
        check(
            &with(&line("<", "len(items)"), &line("<=", "len(items)")),
            &["a.py:1 analysis/boundary-changed: `<` became `<=` in a comparison with a length"],
        );
        check(&with(&line("<", "weight"), &line("<=", "weight")), &[]);
        for (old, new) in [("<", ">"), ("<=", "<")] {
            check(
                &with(&line(old, "len(items)"), &line(new, "len(items)")),
                &[],
            );
        }
    }
}
