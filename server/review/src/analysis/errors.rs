//! Error path removed: a call whose failure was dealt with, and that now fails unseen.
//!
//! Both versions of a function are read for what becomes of each call's error. A remark is made where a call stays and
//! its error was handed on, checked or caught before and is dropped, forced or uncaught now; a call that is gone, or one
//! that is new, says nothing.

use std::collections::HashMap;

use base::{Category, Definition, RelPath, Severity, Span};
use syntax::{Call, Outcome, Tree};

use super::guards::added_code;
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{Side, What, is_callable};

const REMOVED: &str = "analysis/error-path-removed";

pub(super) const ABOUT: &[About] = &[About {
    id: REMOVED,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.8,
    title: "The error of this call is no longer dealt with",
    why: "Before the change the failure of this call was checked, handed on or caught; the call is still there, and its \
          failure now goes unseen or ends the program. Put the check back, or say in a comment why the call cannot fail \
          any more.",
    bad: "// was: if err := store.Put(order); err != nil { return err }\nstore.Put(order)\n",
    good: "if err := store.Put(order); err != nil {\n\treturn err\n}\n",
    cwe: Some(391),
    references: &[],
}];

/// What is done about a call's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    /// Nothing: the result is dropped, or its error bound to `_` or to a name that nobody reads.
    None,
    /// The program or the task ends.
    Forced,
    /// The result is used in a way that says nothing about errors.
    Unknown,
    /// It is caught around the call.
    Caught,
    /// It is decided upon.
    Checked,
    /// It is handed to the caller.
    Handed,
}

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
        for symbol in &file.symbols {
            let (Some(before), Some(after)) = (file.old_of(symbol), file.new_of(symbol)) else {
                continue;
            };
            let is_judged = is_callable(after.kind)
                && !after.is_test
                && matches!(symbol.what, What::Body | What::Signature | What::Renamed);
            if is_judged {
                let found = compare(&added, file.path(), &file.old, before, &file.new, after);
                remarks.extend(
                    found.or_else(|| handed_in(file.path(), &file.old, before, &file.new, after)),
                );
            }
        }
    }
    remarks
}

fn compare(
    added: &str,
    path: &RelPath,
    old: &Side,
    before: &Definition,
    new: &Side,
    after: &Definition,
) -> Option<Remark> {
    let (old_cares, new_cares) = (cares(old, before)?, cares(new, after)?);
    for (call, care) in &new_cares {
        let name = new.slice(call.name);
        if !new.is_changed(call.span) && *care != Care::None && *care != Care::Unknown {
            continue;
        }
        let counted = |all: &[(Call, Care)], side: &Side, wanted: &dyn Fn(Care) -> bool| {
            all.iter()
                .filter(|(other, care)| wanted(*care) && side.slice(other.name) == name)
                .count()
        };
        let careful = |care: Care| care >= Care::Caught;
        let worse = *care;
        let before = old_cares
            .iter()
            .filter(|(other, _)| old.slice(other.name) == name)
            .map(|(_, care)| *care)
            .max();
        let Some(was) = before else { continue };
        // Fewer are careful, more are as careless as this one, and none was added or taken away.
        let same_number =
            counted(&old_cares, old, &|_| true) == counted(&new_cares, new, &|_| true);
        let fewer = counted(&new_cares, new, &careful) < counted(&old_cares, old, &careful);
        let more = counted(&new_cares, new, &|care| care == worse)
            > counted(&old_cares, old, &|care| care == worse);
        let Some(how) = judged(new, was, worse) else {
            continue;
        };
        if !same_number || !fewer || !more || was == Care::Caught && went(added, old, name) {
            continue;
        }
        let draft = Draft::new(REMOVED, call.name).titled(format!("The error of `{name}` {how}"));
        let before = match was {
            Care::Caught => "was caught around this call",
            Care::Handed => "was handed to the caller",
            _ => "was checked",
        };
        return Some(Remark {
            path: path.clone(),
            draft,
            message: format!(
                "Before this change the error of `{name}` {before}, and the call is still there. Deal with it again, or \
                 say in a comment why it cannot fail."
            ),
            evidence: Vec::new(),
            elsewhere: Some("what looked after its errors was removed".to_owned()),
        });
    }
    None
}

/// Whether what caught the errors of `name` is caught on a line that the change adds: it went there.
fn went(added: &str, old: &Side, name: &str) -> bool {
    let Some(tree) = &old.tree else { return false };
    let whole = Span::new(0, tree.text().len());
    let calls = tree.calls(whole);
    tree.attempts(whole).iter().any(|attempt| {
        let is_it = calls
            .iter()
            .any(|call| attempt.body.contains(call.span) && old.slice(call.name) == name);
        is_it
            && attempt.handlers.iter().any(|handler| {
                let first = old.slice(*handler).lines().next().unwrap_or_default();
                let words: String = first.split_whitespace().collect();
                words.len() > 8 && added.contains(&words)
            })
    })
}

/// An error that a callback is given as its first argument, as Node has it: it was asked for and no longer is.
fn handed_in(
    path: &RelPath,
    old: &Side,
    before: &Definition,
    new: &Side,
    after: &Definition,
) -> Option<Remark> {
    let language = new.language()?.name();
    if !matches!(language, "javascript" | "typescript" | "tsx") {
        return None;
    }
    let asked = |side: &Side, definition: &Definition| -> Option<Vec<(String, Span)>> {
        let branches = side.tree.as_ref()?.branches(definition.span);
        let conditions = branches.into_iter().map(|branch| {
            let said = side.slice(branch.condition).trim().trim_matches(['(', ')']);
            (said.trim().to_owned(), branch.condition)
        });
        Some(conditions.collect())
    };
    let (was, is) = (asked(old, before)?, asked(new, after)?);
    // One question less, and nothing else asked in its place.
    if was.len() != is.len() + 1 {
        return None;
    }
    let count =
        |all: &[(String, Span)], name: &str| all.iter().filter(|(one, _)| one == name).count();
    let given = |side: &Side, definition: &Definition, name: &str| -> Vec<usize> {
        let text = side.slice(definition.span);
        let signs = [format!("({name},"), format!("({name})")];
        let found = signs
            .iter()
            .flat_map(|sign| text.match_indices(sign.as_str()));
        found
            .filter(|(at, sign)| {
                // A parameter, not an argument: what follows opens a body.
                let rest = text.get(at + sign.len()..).unwrap_or_default();
                let rest = match sign.ends_with(')') {
                    true => rest,
                    false => rest.split_once(')').map_or("", |(_, rest)| rest),
                };
                rest.trim_start().starts_with("=>") || rest.trim_start().starts_with('{')
            })
            .filter(|(at, _)| {
                !text
                    .get(..*at)
                    .unwrap_or_default()
                    .trim_end()
                    .ends_with("if")
            })
            .map(|(at, _)| at)
            .collect()
    };
    let name = was.iter().map(|(name, _)| name.as_str()).find(|name| {
        is_error(name)
            && name.chars().all(char::is_alphanumeric)
            && count(&was, name) == count(&is, name) + 1
    })?;
    let (here, there) = (given(old, before, name), given(new, after, name));
    let at = there.last().filter(|_| here.len() == there.len())?;
    let start = after.span.start as usize + at + 1;
    Some(Remark {
        path: path.clone(),
        draft: Draft::new(REMOVED, Span::new(start, start + name.len()))
            .titled(format!("The error `{name}` is no longer looked at")),
        message: format!(
            "`{}` asked for `{name}` before this change and no longer does, so what failed goes on as if it had not. Ask for \
             it again, or hand it on.",
            after.name
        ),
        evidence: Vec::new(),
        elsewhere: Some("what looked after its errors was removed".to_owned()),
    })
}

/// What to say of a call that was dealt with in one way and is now in another.
fn judged(new: &Side, was: Care, is: Care) -> Option<&'static str> {
    let language = new.language()?.name();
    Some(match (was, is) {
        (Care::Handed | Care::Checked, Care::None) => "is no longer looked at",
        (Care::Handed, Care::Forced) => "now ends the program instead of going to the caller",
        // What throws is often caught further out on purpose.
        (Care::Caught, Care::None | Care::Unknown) if language != "go" => {
            "is no longer caught here"
        }
        _ => return None,
    })
}

/// The calls of a definition with what is done about their failure.
fn cares(side: &Side, definition: &Definition) -> Option<Vec<(Call, Care)>> {
    let tree = side.tree.as_ref()?;
    let body = Span {
        start: definition.signature.end,
        end: definition.span.end,
    };
    let calls = tree.calls(body);
    let attempts = tree.attempts(body);
    let language = tree.language().name();
    let checked = match language {
        "go" => go(side, tree, body, &calls),
        _ => HashMap::new(),
    };
    let judged = calls.into_iter().map(|call| {
        let is_caught = attempts.iter().any(|attempt| {
            attempt.body.contains(call.span) && !only_cleans_up(side, &attempt.handlers)
        });
        let care = match call.outcome {
            Outcome::Handed => Care::Handed,
            Outcome::Forced => Care::Forced,
            Outcome::Decides => Care::Checked,
            _ if is_caught => Care::Caught,
            outcome => match checked.get(&call.span) {
                Some(care) => *care,
                None if outcome == Outcome::Dropped => Care::None,
                None => Care::Unknown,
            },
        };
        (call, care)
    });
    Some(judged.collect())
}

/// A handler that throws again lets the error through.
fn only_cleans_up(side: &Side, handlers: &[Span]) -> bool {
    handlers.iter().all(|handler| {
        let words: Vec<&str> = side.slice(*handler).split_whitespace().collect();
        let body = words.join(" ");
        body.ends_with("raise") || body.ends_with("throw; }") || body.ends_with("throw e; }")
    })
}

/// In Go the error is the last result: it is checked, returned, or bound to what nobody looks at.
fn go(side: &Side, tree: &Tree, body: Span, calls: &[Call]) -> HashMap<Span, Care> {
    let tokens = tree.tokens(body);
    let word = |at: usize| tokens.get(at).map_or("", |token| side.slice(token.span));
    let mut found = HashMap::new();
    for call in calls {
        let Some(start) = tokens
            .iter()
            .position(|token| token.span.start >= call.span.start)
        else {
            continue;
        };
        if start == 0 || !matches!(word(start - 1), ":=" | "=") {
            if word(start.wrapping_sub(1)) == "return" {
                found.insert(call.span, Care::Handed);
            }
            continue;
        }
        let name = word(start.wrapping_sub(2));
        if name == "_" {
            found.insert(call.span, Care::None);
            continue;
        }
        if !is_error(name) {
            continue;
        }
        let after = tokens
            .iter()
            .position(|token| token.span.start >= call.span.end);
        let mut care = Care::None;
        for at in after.unwrap_or(tokens.len())..tokens.len() {
            if word(at) != name {
                continue;
            }
            let is_bound = matches!(word(at + 1), "=" | ":=")
                || matches!(word(at + 1), ",") && is_bound_later(&tokens, side, at);
            care = match word(at + 1) {
                "!=" | "==" => Care::Checked,
                _ if is_bound => Care::None,
                _ => Care::Handed,
            };
            break;
        }
        found.insert(call.span, care);
    }
    found
}

/// Whether the list of names that goes on at `at` is bound anew.
fn is_bound_later(tokens: &[syntax::Token], side: &Side, at: usize) -> bool {
    tokens
        .iter()
        .skip(at + 1)
        .take(8)
        .map(|token| side.slice(token.span))
        .find(|word| !(*word == "," || word.chars().all(|c| c.is_alphanumeric() || c == '_')))
        .is_some_and(|word| matches!(word, "=" | ":="))
}

pub(super) fn is_error(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "e" || lower.starts_with("err") || lower.ends_with("err") || lower.ends_with("error")
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn go(old: &str, new: &str) -> String {
        let file = |body: &str| {
            format!("package a\n\nfunc Save(o Order) error {{\n{body}\treturn nil\n}}\n")
        };
        format!("//- old a.go\n{}//- new a.go\n{}", file(old), file(new))
    }

    #[test]
    fn a_check_that_is_gone_while_its_call_stays_is_told() {
        let gone =
            ["a.go:4 analysis/error-path-removed: The error of `Put` is no longer looked at"];
        let checked = "\tif err := store.Put(o); err != nil {\n\t\treturn err\n\t}\n";
        check(&go(checked, "\tstore.Put(o)\n"), &gone);
        check(&go(checked, "\t_ = store.Put(o)\n"), &gone);
        check(
            &go(
                "\tn, err := store.Put(o)\n\tif err != nil {\n\t\treturn err\n\t}\n\tlog(n)\n",
                "\tn, _ := store.Put(o)\n\tlog(n)\n",
            ),
            &gone,
        );
        check(
            "\
//- old a.rs
fn save(o: Order) -> Result<(), Error> { store.put(o)?; Ok(()) }
//- new a.rs
fn save(o: Order) -> Result<(), Error> { store.put(o).unwrap(); Ok(()) }
",
            &[
                "a.rs:1 analysis/error-path-removed: The error of `put` now ends the program instead of going to the caller",
            ],
        );
        check(
            "\
//- old a.py
def save(order):
    try:
        store.put(order)
    except StoreError:
        queue.add(order)
//- new a.py
def save(order):
    store.put(order)
",
            &["a.py:2 analysis/error-path-removed: The error of `put` is no longer caught here"],
        );
        check(
            "\
//- old a.c
int save(struct order *o) {
    if (put(o) < 0)
        return -1;
    return 0;
}
//- new a.c
int save(struct order *o) {
    put(o);
    return 0;
}
",
            &["a.c:2 analysis/error-path-removed: The error of `put` is no longer looked at"],
        );
    }

    #[test]
    fn an_error_that_a_callback_is_given_is_asked_for() {
        let file = |body: &str| {
            format!(
                "function save (order, done) {{\n  store.put(order, (err, saved) => {{\n{body}    log(saved)\n    done(null, saved)\n  }})\n}}\n"
            )
        };
        let with = |new: &str| {
            let old = file("    if (err) {\n      return done(err)\n    }\n");
            format!("//- old a.js\n{old}//- new a.js\n{}", file(new))
        };
        check(
            &with(""),
            &["a.js:2 analysis/error-path-removed: The error `err` is no longer looked at"],
        );
        check(&with("    if (err !== null) return done(err)\n"), &[]);
    }

    #[test]
    fn a_check_that_took_another_form_or_went_with_its_call_is_none() {
        let checked = "\tif err := store.Put(o); err != nil {\n\t\treturn err\n\t}\n";
        for new in [
            "\terr := store.Put(o)\n\tif err != nil {\n\t\treturn wrap(err)\n\t}\n",
            "\terr := store.Put(o)\n\tlog(err)\n",
            "\treturn store.Put(o)\n",
            "\tif err := store.Add(o); err != nil {\n\t\treturn err\n\t}\n",
            "",
        ] {
            check(&go(checked, new), &[]);
        }
        check(&go("\tstore.Put(o)\n", "\tstore.Put(o)\n\tlog()\n"), &[]);
        check(
            "\
//- old a.py
def save(order):
    try:
        store.put(order)
    except StoreError:
        raise
//- new a.py
def save(order):
    store.put(order)
",
            &[],
        );
    }
}
