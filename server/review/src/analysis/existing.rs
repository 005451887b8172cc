//! Already exists: a new function that does what another one in the workspace does.
//!
//! The index proposes look-alikes by the words in the body; each is then read from the version under review and compared
//! token by token. A copy has the same shape, its own names renamed one to one, and calls nearly the same things; what has
//! the same shape and calls other things is a sibling, not a copy.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base::search::{Hit, Query};
use base::{Category, Definition, Evidence, Outline, RelPath, Severity, Span, SymbolKind, Text};
use syntax::{Language, Tree};

use super::body::Body;
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, What, is_callable};

const EXISTS: &str = "analysis/already-exists";

pub(super) const ABOUT: &[About] = &[About {
    id: EXISTS,
    category: Category::Maintainability,
    severity: Severity::Info,
    confidence: 0.8,
    title: "This function already exists elsewhere",
    why: "The new function does, step by step, what another function of the workspace does, with other names at most. Two \
          copies drift apart: the next fix reaches one of them. Call the one that is there, or move it to where both \
          places can use it.",
    bad: "# billing.py, new\ndef total_with_tax(items, rate):\n    total = 0\n    for item in items:\n        total += item.price * item.count\n    return round(total * (1 + rate), 2)\n\n# orders.py, already there\ndef order_sum(lines, tax):\n    result = 0\n    for line in lines:\n        result += line.price * line.count\n    return round(result * (1 + tax), 2)\n",
    good: "# billing.py\nfrom orders import order_sum\n",
    cwe: Some(1041),
    references: &[],
}];

/// Look-alikes that are read, for one function.
const MAX_CANDIDATES: usize = 24;
/// New functions that are looked at; a change that brings more brings a library.
const MAX_NEW: usize = 60;
/// Functions of one excerpt that are read.
const MAX_INSIDE: usize = 20;
/// More alike than this is the same.
const SAME: f32 = 0.99;
/// How long a look-alike's file may take to parse.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let least = around.settings.limits.copy_tokens;
    let mut trees: HashMap<RelPath, Option<Tree>> = HashMap::new();
    let mut remarks: Vec<Remark> = Vec::new();
    let added = around.semantic.files.iter().flat_map(|file| {
        let symbols = file.symbols.iter();
        symbols
            .filter(|symbol| symbol.what == What::Added)
            .filter_map(move |symbol| Some((file, file.new_of(symbol)?)))
    });
    for (file, definition) in added
        .filter(|(file, new)| is_of_interest(file, new))
        .take(MAX_NEW)
    {
        if around.cancel.is_cancelled() {
            break;
        }
        let Some(tree) = &file.new.tree else { continue };
        let Some(body) = Body::of(tree, definition, least) else {
            continue;
        };
        if let Some(remark) = judge(around, file, definition, &body, &mut trees) {
            // Two new functions that are copies of each other are one remark.
            let is_told = remarks.iter().any(|told| {
                told.evidence
                    .iter()
                    .any(|place| place.path == *file.path() && place.span == definition.signature)
            });
            if !is_told {
                remarks.push(remark);
            }
        }
    }
    remarks
}

fn is_of_interest(file: &ChangedFile, definition: &Definition) -> bool {
    is_callable(definition.kind) && !definition.is_test && is_own(file.path())
}

/// Code that is kept for its own sake: no tests, samples, or what somebody else wrote.
fn is_own(path: &RelPath) -> bool {
    let is_apart = path.as_str().split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        [
            "example",
            "sample",
            "fixture",
            "testdata",
            "bench",
            "vendor",
            "third_party",
            "generated",
            "migrations",
            "mock",
            "demo",
            "docs",
        ]
        .iter()
        .any(|word| part.contains(word))
    });
    !is_apart && !is_test_path(path)
}

fn judge(
    around: &Around<'_>,
    file: &ChangedFile,
    definition: &Definition,
    body: &Body<'_>,
    trees: &mut HashMap<RelPath, Option<Tree>>,
) -> Option<Remark> {
    let language = file.new.language()?;
    let query = Query {
        words: body.words(&definition.name),
        kinds: vec![SymbolKind::Function, SymbolKind::Method],
        languages: vec![language.name().to_owned()],
        ..Query::default()
    };
    let mut seen = HashSet::new();
    let mut best: Option<(f32, RelPath, Definition)> = None;
    // Small files are one excerpt, which is of no kind.
    let any = Query {
        kinds: Vec::new(),
        ..query.clone()
    };
    let mut hits = around.index.search(&query, MAX_CANDIDATES);
    hits.extend(around.index.search(&any, MAX_CANDIDATES / 2));
    for hit in hits {
        if !is_own(&hit.path) {
            continue;
        }
        let Some(text) = around.text_as_indexed(&hit.path, hit.hash) else {
            continue;
        };
        let Some(outline) = around.index.outline(&hit.path) else {
            continue;
        };
        for other in functions(&outline.outline, &hit) {
            let is_itself = hit.path == *file.path() && other.span.touches(definition.span);
            // Much longer or shorter ones need not be parsed.
            let (here, there) = (definition.span.len(), other.span.len());
            let text_of = |text: &Text, span| text.slice(span).unwrap_or_default().to_owned();
            let is_sibling = file.new.text.as_ref().is_some_and(|own| {
                let (ours, theirs) = (text_of(own, definition.span), text_of(&text, other.span));
                is_named_after_its_call((&definition.name, &ours), (&other.name, &theirs))
            });
            if is_itself
                || is_sibling
                || here > there * 2
                || there > here * 2
                || answers_for_its_type(definition, other)
                || !seen.insert((hit.path.clone(), other.span))
                || !text
                    .slice(other.span)
                    .is_some_and(|there| body.may_be(there))
            {
                continue;
            }
            let tree = trees
                .entry(hit.path.clone())
                .or_insert_with(|| parse(around, &hit.path, language, &text));
            let Some(tree) = tree else { continue };
            let Some(there) = Body::of(tree, other, around.settings.limits.copy_tokens) else {
                continue;
            };
            let is_kin = |likeness: f32| {
                let own = file.new.slice(definition.span);
                let other_text = text.slice(other.span).unwrap_or_default();
                likeness <= SAME
                    && each_has_its_subject((&definition.name, own), (&other.name, other_text))
            };
            if let Some(likeness) = body.likeness(&there)
                && !is_kin(likeness)
                && best.as_ref().is_none_or(|(before, ..)| likeness > *before)
            {
                best = Some((likeness, hit.path.clone(), other.clone()));
            }
        }
    }
    let (likeness, path, other) = best?;
    let (name, there) = (&definition.name, &other.name);
    let how = if likeness > SAME {
        "does the same as"
    } else {
        "does nearly the same as"
    };
    let place = if path == *file.path() {
        "this file".to_owned()
    } else {
        path.to_string()
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(EXISTS, definition.name_span)
            .titled(format!("`{name}` {how} `{there}`, which already exists")),
        message: format!(
            "`{there}` in {place} has the same steps under other names. Call it from here, or move it to where both can \
             use it."
        ),
        evidence: vec![Evidence {
            path,
            span: other.signature,
            note: "is the one that exists".to_owned(),
        }],
        elsewhere: None,
    })
}

fn parse(around: &Around<'_>, path: &RelPath, language: Language, text: &Text) -> Option<Tree> {
    match around.semantic.file(path) {
        Some(file) => file.new.tree.clone(),
        None => Tree::parse(language, text, PATIENCE).ok(),
    }
}

/// The functions that a hit speaks of: the one it belongs to, or all that lie in an excerpt of several.
fn functions<'o>(outline: &'o Outline, hit: &Hit) -> Vec<&'o Definition> {
    let is_one = |one: &&Definition| is_callable(one.kind) && !one.is_test;
    let named = hit
        .definition
        .and_then(|at| outline.definitions.get(at as usize))
        .filter(is_one);
    match named {
        Some(one) => vec![one],
        None => {
            let all = outline.definitions.iter();
            let inside = |one: &&Definition| {
                hit.span.contains(Span {
                    start: one.name_span.start,
                    end: one.name_span.end,
                })
            };
            all.filter(is_one).filter(inside).take(MAX_INSIDE).collect()
        }
    }
}

/// Methods of one name on two types: each type needs its own.
fn answers_for_its_type(new: &Definition, other: &Definition) -> bool {
    let is_member = |one: &Definition| one.kind == SymbolKind::Method || one.owner.is_some();
    let are_members = is_member(new) || is_member(other);
    // `poll_read_ready` and `poll_write_ready` of one type are a pair by design.
    let (ours, theirs) = (words(&new.name), words(&other.name));
    let differing = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
    let is_pair = is_member(new)
        && is_member(other)
        && new.owner == other.owner
        && ours.len() >= 2
        && ours.len() == theirs.len()
        && differing == 1;
    new.name == other.name && are_members || is_pair
}

/// `poll_peek` calls `peek` where `poll_recv` calls `recv`: siblings, each named after the one call that differs.
fn is_named_after_its_call(new: (&str, &str), other: (&str, &str)) -> bool {
    let (ours, theirs) = (words(new.0), words(other.0));
    let calls_alone = |own: &[String], others: &[String], body: &str, its: &str| {
        own.iter()
            .filter(|word| !others.contains(word))
            .any(|word| {
                let call = format!(".{word}(");
                body.contains(&call) && !its.contains(&call)
            })
    };
    calls_alone(&ours, &theirs, new.1, other.1) && calls_alone(&theirs, &ours, other.1, new.1)
}

/// `find_memo` asks for memos where `find_shortcut` asks for shortcuts: neither can be called for the other.
fn each_has_its_subject(new: (&str, &str), other: (&str, &str)) -> bool {
    let (ours, theirs) = (words(new.0), words(other.0));
    let own_subject = |own: &[String], others: &[String], name: &str, body: &str, its: &str| {
        // The name itself is no evidence.
        let (body, its) = (body.replacen(name, "", 1), its.to_lowercase());
        let body = body.to_lowercase();
        own.iter()
            .filter(|word| word.len() >= 4 && !others.contains(word))
            .map(|word| word.strip_suffix('s').unwrap_or(word))
            .any(|word| body.contains(word) && !its.contains(word))
    };
    own_subject(&ours, &theirs, new.0, new.1, other.1)
        && own_subject(&theirs, &ours, other.0, other.1, new.1)
}

/// The words that a name is made of.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if (c == '_' || c.is_uppercase()) && words.last().is_some_and(|last| !last.is_empty()) {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| c != '_') {
            last.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    const THERE: &str = "\
//- orders.py
def order_sum(lines, tax):
    result = 0
    for line in lines:
        result += line.price * line.count
        log.debug(\"added\", line.name)
    return round(result * (1 + tax), 2)
";

    fn with(new: &str) -> String {
        format!("{THERE}//- old billing.py\n//- new billing.py\n{new}")
    }

    #[test]
    fn a_copy_with_other_names_is_told() {
        check(
            &with(
                "\
def total_with_tax(items, rate):
    total = 0
    for item in items:
        total += item.price * item.count
        log.debug(\"added\", item.name)
    return round(total * (1 + rate), 2)
",
            ),
            &[
                "billing.py:1 analysis/already-exists: `total_with_tax` does the same as `order_sum`, which already exists",
                "  orders.py:1 is the one that exists",
            ],
        );
    }

    #[test]
    fn the_same_shape_with_other_calls_is_a_sibling() {
        check(
            &with(
                "\
def total_with_tax(items, rate):
    total = 0
    for item in items:
        total += item.weight * item.distance
        audit.record(\"moved\", item.carrier)
    return floor(total * (1 + rate), 2)
",
            ),
            &[],
        );
    }

    #[test]
    fn what_decides_otherwise_is_no_copy() {
        let file = |name: &str, value: &str| {
            format!(
                "def {name}(choice, term):\n    first, second, third = choice.first, choice.second, choice.third\n    if first.matches(term) and second.matches(term):\n        return {value}\n    if third.matches(term) or choice.any(term):\n        return False\n    return choice.last(term, first, second)\n"
            )
        };
        let fixture = |value: &str| {
            format!(
                "//- one.py\n{}//- old two.py\n//- new two.py\n{}",
                file("should_colour", "True"),
                file("should_escape", value)
            )
        };
        check(&fixture("False"), &[]);
        check(
            &fixture("True"),
            &[
                "two.py:1 analysis/already-exists: `should_escape` does the same as `should_colour`, which already exists",
                "  one.py:1 is the one that exists",
            ],
        );
    }

    #[test]
    fn one_shape_from_end_to_end_is_a_copy_though_it_calls_nothing() {
        let file = |name: &str, a: &str, b: &str| {
            format!(
                "def {name}({a}, {b}):\n    total = {a}\n    best, step, limit = 0, 5, 1000\n    while {a} != {b}:\n        if {a} > {b}:\n            {a} = {a} - {b}\n            best = best + {a} * step\n        else:\n            {b} = {b} - {a}\n            best = best + {b} * limit\n        if best > limit and {a} < 10:\n            best = best % 13\n    return best + total\n"
            )
        };
        let fixture = format!(
            "//- one.py\n{}//- old two.py\n//- new two.py\n{}",
            file("divide", "left", "right"),
            file("reduce_pair", "first", "second")
        );
        check(
            &fixture,
            &[
                "two.py:1 analysis/already-exists: `reduce_pair` does the same as `divide`, which already exists",
                "  one.py:1 is the one that exists",
            ],
        );
    }

    #[test]
    fn a_moved_function_and_a_test_are_no_copies() {
        let moved = THERE.replace("//- orders.py", "//- old orders.py")
            + "//- new orders.py\nX = 1\n"
            + &THERE.replace("//- orders.py", "//- new sums.py");
        check(&moved, &[]);
        check(
            &THERE.replace("//- orders.py", "//- new tests/test_orders.py"),
            &[],
        );
    }
}
