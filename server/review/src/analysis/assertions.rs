//! What a piece of code asserts, in whatever words its test framework has for it.
//!
//! Told by names alone (`assert…`, `expect…`, `require`, `Errorf`), so that a framework nobody has heard of is read when
//! it calls things as the others do.

use base::Span;
use syntax::{Token, TokenKind, Tree};

use crate::semantic::Side;

/// One assertion: the words of it, and how much it says.
pub(super) struct Assertion {
    pub(super) span: Span,
    pub(super) words: String,
    pub(super) names: Vec<String>,
    pub(super) strength: u8,
    /// What it says, in a word.
    pub(super) name: String,
}

impl Assertion {
    /// Whether both are about the same thing: the first name that is not the assertion's.
    pub(super) fn shares(&self, other: &Self) -> bool {
        let subject = |one: &Self| {
            one.names
                .iter()
                .filter(|name| !is_assertion(name) && *name != "self")
                .take(2)
                .cloned()
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (subject(self), subject(other));
        !ours.is_empty() && ours.first() == theirs.first()
    }
}

/// What a piece of code asserts.
pub(super) fn assertions(side: &Side, tree: &Tree, span: Span) -> Vec<Assertion> {
    let tokens = tree.tokens(span);
    let word = |at: usize| tokens.get(at).map_or("", |token| side.slice(token.span));
    let is_ruby = tree.language().name() == "ruby";
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let name = word(at);
        // Ruby asks without parentheses.
        let is_bare = name == "assert"
            || is_ruby
                && (name.starts_with("assert_") || name.starts_with("refute_"))
                && !matches!(word(at + 1), "" | "=" | "," | ")" | "end");
        // `assertFailsWith<Wrong> { … }`.
        let called = matches!(word(at + 1), "(" | "!" | "." | "<") || is_bare;
        let of_test = is_by_object(word(at.wrapping_sub(2)), word(at.wrapping_sub(1)), name);
        let is_one = called
            && (is_assertion(name) || of_test)
            && !matches!(word(at.wrapping_sub(1)), "fn" | "def" | "func" | "function");
        if !is_one {
            at += 1;
            continue;
        }
        let end = end_of(side, &tokens, at);
        let inside = tokens.get(at..end).unwrap_or_default();
        let words: Vec<&str> = inside.iter().map(|token| side.slice(token.span)).collect();
        let names = inside.iter().filter(|token| token.kind == TokenKind::Name);
        let (strength, named) = strength(&words);
        found.push(Assertion {
            span: Span {
                start: token.span.start,
                end: inside.last().map_or(token.span.end, |last| last.span.end),
            },
            words: words.join(" "),
            names: names
                .skip(usize::from(of_test))
                .map(|token| side.slice(token.span).to_owned())
                .collect(),
            strength,
            name: named.to_owned(),
        });
        at = end.max(at + 1);
    }
    found
}

/// Where the statement that starts at `at` ends: its line, and whatever brackets it opened.
fn end_of(side: &Side, tokens: &[Token], at: usize) -> usize {
    let line = |at: usize| {
        let (token, text) = (tokens.get(at)?, side.text.as_ref()?);
        Some(text.lines().line_of(token.span.start))
    };
    let (mut depth, mut end) = (0i32, at);
    while let Some(token) = tokens.get(end) {
        match side.slice(token.span) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth < 0 || depth == 0 && side.slice(token.span) == ";" {
            return end;
        }
        // The next line goes on where it starts with a dot or this one ends with a comma.
        let goes_on = line(end) == line(end + 1)
            || depth == 0 && matches!(side.slice(token.span), "," | ".")
            || tokens
                .get(end + 1)
                .is_some_and(|next| side.slice(next.span).starts_with('.'));
        end += 1;
        if depth == 0 && !goes_on {
            return end;
        }
    }
    end
}

/// `t.equal(…)`: the object that a test is given asserts, as in tap and ava.
fn is_by_object(object: &str, dot: &str, name: &str) -> bool {
    dot == "."
        && matches!(object, "t" | "tt" | "tap" | "assert" | "should")
        && matches!(
            name,
            "is" | "not"
                | "ok"
                | "notOk"
                | "equal"
                | "equals"
                | "notEqual"
                | "same"
                | "notSame"
                | "strictEqual"
                | "strictSame"
                | "deepEqual"
                | "deepStrictEqual"
                | "like"
                | "match"
                | "regex"
                | "throws"
                | "rejects"
                | "true"
                | "false"
                | "truthy"
                | "falsy"
                | "type"
                | "error"
        )
}

pub(super) fn is_assertion(name: &str) -> bool {
    let starts = [
        "assert", "refute_", "Assert", "expect", "EXPECT_", "ASSERT_", "CHECK", "REQUIRE", "verify",
    ];
    starts.iter().any(|start| name.starts_with(start))
        || matches!(name, "require" | "debug_assert")
        || matches!(name, "Errorf" | "Fatalf" | "Fatal")
}

/// How much an assertion says: 2 that something is a certain value, 1 that it is there or true, 0 otherwise.
fn strength<'t>(words: &[&'t str]) -> (u8, &'t str) {
    const EQUAL: &[&str] = &[
        "equal",
        "tobe(",
        "tostrictequal",
        "eq",
        "matchsnapshot",
        "same",
        "issame",
        "isequal",
        "hassize",
        "havelength",
        "isnone",
        "isnull",
        "null",
        "nil",
        "undefined",
    ];
    const LOOSE: &[&str] = &[
        "true",
        "notnull",
        "notnil",
        "notnone",
        "defined",
        "truthy",
        "false",
        "falsy",
        "isok",
        "ok",
        "noerror",
        "exist",
        "exists",
        "nonnull",
        "any",
        "notempty",
        "nothrow",
        "contain",
        "contains",
        "include",
        "includes",
        "members",
        "isnotnull",
    ];
    let mut best = (0, words.first().copied().unwrap_or_default());
    let is_plain = words
        .iter()
        .take(1)
        .any(|word| matches!(*word, "assert" | "require" | "expect"));
    let mut depth = 0u32;
    for (at, word) in words.iter().enumerate().take(40) {
        let (before, after) = (
            at.checked_sub(1).and_then(|at| words.get(at)),
            words.get(at + 1).copied(),
        );
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Among the arguments only what is called or asked of something says how they are compared.
        let is_verb = depth == 0 || after == Some("(") || before == Some(&".");
        let is_value = matches!(after, Some("None" | "True" | "False" | "null" | "nil"));
        let lower = word.to_ascii_lowercase().replace('_', "");
        let bare = ["assert", "expect", "require", "check", "to", "be"]
            .iter()
            .fold(lower.as_str(), |rest, prefix| {
                rest.strip_prefix(prefix).unwrap_or(rest)
            });
        let value = if is_verb
            && (EQUAL.contains(&bare) || bare.ends_with("equal") || bare.ends_with("equals"))
            || is_plain && (*word == "==" || *word == "is" && is_value)
        {
            2
        } else {
            u8::from(
                is_verb && LOOSE.contains(&bare)
                    || is_plain && matches!(*word, "is" | ">" | ">=" | "!=" | "in"),
            )
        };
        if value > best.0 {
            best = (value, word);
        }
    }
    best
}
