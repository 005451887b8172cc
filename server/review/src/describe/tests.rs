//! Fixture changes in, words out.

use base::memory::MemoryRepo;
use base::{Cancel, Logged, NoHistory, Repo, Scope};
use proptest::prelude::*;

use super::{Depth, Facts, Into, Labels, Sections, Style, Words, describe, gather, message};

fn facts(fixture: &str) -> Facts {
    let repo = MemoryRepo::fixture(fixture);
    let cancel = Cancel::new();
    let change = repo.change(&Scope::Worktree, &cancel).expect("a change");
    gather(&repo, &NoHistory, &change, &cancel)
}

fn words(titles: &[&str]) -> Words {
    Words {
        merged: titles
            .iter()
            .map(|title| Logged::new("1", title, false))
            .collect(),
        ..Words::default()
    }
}

fn section(facts: &Facts, key: &str) -> String {
    let labels = Labels::default();
    let made = describe(
        facts,
        &Words::default(),
        &labels,
        Sections::default(),
        Into::Nothing,
        None,
    );
    let found = made.sections.into_iter().find(|(name, _)| *name == key);
    found.map(|(_, text)| text).unwrap_or_default()
}

const CHANGE: &str = "\
//- old src/lexer.py
def lex(text):
    return text.split()

def gone(a):
    return a
//- new src/lexer.py
def lex(text, deep):
    return text.split() if deep else []
//- old tests/test_lexer.py
def test_a():
    assert 1
//- new tests/test_lexer.py
def test_a():
    assert 1

def test_deep():
    assert lex('a', True)
";

#[test]
fn a_change_is_told_by_what_it_does_to_definitions() {
    let facts = facts(CHANGE);
    let what = section(&facts, "what");
    assert!(what.contains("parameter `deep` to `lex`"), "{what}");
    assert!(what.contains("2 files"), "{what}");
    let breaking = section(&facts, "breaking");
    assert!(breaking.contains("`lex` also needs `deep`"), "{breaking}");
    assert!(breaking.contains("`gone` is gone"), "{breaking}");
    assert_eq!(
        section(&facts, "tests"),
        "adds `test_deep` in `tests/test_lexer.py`"
    );
    assert!(section(&facts, "risk").starts_with("moderate: "));
}

#[test]
fn layout_and_comments_are_no_other_behaviour() {
    let layout = facts(
        "\
//- old a.rs
fn f(a: u8, b: u8) -> u8 { a + b }
//- new a.rs
fn f(a: u8,
     b: u8) -> u8 {
    a + b
}
",
    );
    assert_eq!(layout.depth(), Depth::Layout);
    assert_eq!(layout.files[0].real().count(), 0);
    let comments = facts("//- old a.rs\nfn f() { g() }\n//- new a.rs\nfn f() { /* why */ g() }\n");
    assert_eq!(comments.depth(), Depth::Comments);
    let indented =
        facts("//- old a.py\nif a:\n    b()\n    c()\n//- new a.py\nif a:\n    b()\nc()\n");
    assert_eq!(
        indented.depth(),
        Depth::Content,
        "indentation means something"
    );
    let text = facts("//- old a.rs\nfn f() { g(\"a b\") }\n//- new a.rs\nfn f() { g(\"a  b\") }\n");
    assert_eq!(text.depth(), Depth::Content, "a string is no layout");
}

#[test]
fn the_title_of_a_test_reads_as_one() {
    let told = |old: &str, new: &str| {
        let head = "import { test } from 'vitest'\n";
        let facts = facts(&format!(
            "//- old cart.test.ts\n{head}{old}\n//- new cart.test.ts\n{head}{new}\n"
        ));
        (section(&facts, "what"), section(&facts, "tests"))
    };
    let one = "test('reserves every order', async () => { expect(a()).toBe(1) })";
    let (what, tests) = told(one, &one.replace("async ()", "async ({ page })"));
    assert!(
        what.starts_with("Changes the test \"reserves every order\""),
        "{what}"
    );
    assert_eq!(
        tests,
        "changes the test \"reserves every order\" in `cart.test.ts`"
    );
    let (what, _) = told(one, &one.replace("every order", "all of the orders"));
    assert!(
        what.starts_with(
            "Renames the test \"reserves every order\" to \"reserves all of the orders\""
        ),
        "{what}"
    );
    // One word is a title too, and a suite is only named for itself.
    let suite = |body: &str| format!("describe('Cart', () => {{\n{body}}});\n");
    let old = suite("  it('adds', () => { a(1) });\n");
    let new = suite(
        "  it('adds', () => { a(2) });\n\n  // Why.\n  it('takes', () => { a(3) });\n\n  it('is empty', () => { a(4) });\n",
    );
    let (what, tests) = told(&old, &new);
    assert!(!what.contains("Cart"), "{what}");
    assert_eq!(
        tests,
        "adds the tests \"takes\" and \"is empty\"; changes the test \"adds\" in `cart.test.ts`"
    );
    let (_, tests) = told("", &old);
    assert_eq!(tests, "adds the suite \"Cart\" in `cart.test.ts`");
}

#[test]
fn a_test_that_moves_is_told_once_and_fixtures_are_no_tests() {
    let facts = facts(
        "\
//- old src/a.py
def a():
    return 1
//- new src/a.py
def a():
    return 2
//- old tests/unit/test_a.py
def test_a():
    assert a() == 1
//- new tests/unit/test_a.py
def test_b():
    assert a() != 3 and a.name == 'other'
//- old tests/smoke/test_a.py
import a
//- new tests/smoke/test_a.py
import a

def test_a(worker, broker):
    broker.restart()
    worker.wait_for('ready', timeout=10)
//- new tests/data/a.json
{\"resources\": 1}
",
    );
    let tests = section(&facts, "tests");
    assert!(tests.contains("moves and changes `test_a`"), "{tests}");
    assert!(!tests.contains("resources"), "{tests}");
    let review = section(&facts, "review");
    assert!(
        review.contains("`tests/unit/test_a.py`") && review.contains("`tests/smoke/test_a.py`"),
        "{review}"
    );
}

#[test]
fn the_keys_of_a_new_file_say_nothing() {
    let facts = facts(
        "\
//- old src/a.py
def a():
    return 1
//- new src/a.py
def a():
    return 2
//- new .changes/1.yaml
kind: fix
time: now
//- old t/conftest.py
__all__ = ('b',)
//- new t/conftest.py
__all__ = ('b', 'c')
",
    );
    let areas = section(&facts, "areas");
    assert!(areas.contains("`.changes/1.yaml`: new (+2 −0)"), "{areas}");
    assert!(!areas.contains("conftest"), "{areas}");
    let what = section(&facts, "what");
    assert!(
        what.starts_with("Changes `a`") && what.contains("(3 files"),
        "{what}"
    );
}

#[test]
fn what_no_list_repeats_is_told_whole() {
    let body = |extra: &str| {
        let lines: String = (0..12)
            .map(|n| format!("        call({n}{extra});\n"))
            .collect();
        format!("impl Walk {{\n    fn next(&self) {{\n{lines}    }}\n}}\n")
    };
    let facts = facts(&format!(
        "//- old a.rs\npub struct Walk {{\n    a: u8,\n}}\n\n{}//- new a.rs\npub struct Walk {{\n    a: u8,\n    depth: u8,\n}}\n\n{}",
        body(""),
        body(" + 1")
    ));
    let what = section(&facts, "what");
    assert!(
        what.starts_with("Changes `Walk.next`; adds `Walk.depth` in `a.rs` (1 file"),
        "{what}"
    );
}

#[test]
fn what_holds_something_else_is_only_named_for_itself() {
    // A method more, with a comment above it, is no other class.
    let facts = facts(
        "\
//- old src/Url.php
<?php
class Url
{
    public function a() { return 1; }
}
//- new src/Url.php
<?php
class Url
{
    public function a() { return 1; }

    /** More. */
    public function b() { return 2; }
}
",
    );
    let what = section(&facts, "what");
    assert!(what.starts_with("Adds `Url.b`"), "{what}");
    assert!(!what.contains("hanges"), "{what}");
}

#[test]
fn titles_follow_the_habit_of_the_log() {
    let facts = facts(CHANGE);
    let conventional = words(&[
        "fix: a",
        "feat(x): b",
        "docs: c",
        "fix: d",
        "chore: e",
        "fix: f",
    ]);
    let plain = words(&["Added a", "Added b", "Removed c", "Fixed d", "Added e"]);
    let area = words(&[
        "lexer: add a",
        "parser: add b",
        "lexer: c",
        "run: d",
        "lexer: e",
    ]);
    for (words, start) in [(&conventional, "f"), (&plain, "Added"), (&area, "lexer: ")] {
        let title = message(&facts, words, Style::Learnt, None).subject;
        assert!(title.starts_with(start), "{title}");
        assert!(title.chars().count() <= super::MAX_TITLE, "{title}");
    }
}

#[test]
fn what_nothing_connects_is_better_parted() {
    let apart = facts(
        "\
//- old net/retry.go
package net
func Retry(count int) int { return count }
//- new net/retry.go
package net
func Retry(count int) int {
	if count > 3 {
		return 3
	}
	return count
}
//- old cmd/colour.py
def paint(a):
    return a
//- new cmd/colour.py
def paint(a):
    if a is None:
        return ''
    b = a * 2
    return b
",
    );
    let split = message(&apart, &Words::default(), Style::Learnt, None).split;
    assert_eq!(split.len(), 2, "{split:?}");
    assert!(
        message(&facts(CHANGE), &Words::default(), Style::Learnt, None)
            .split
            .is_empty()
    );
}

const TEMPLATES: [&str; 4] = [
    "## Description\n\n<!-- What does this change? -->\n\n## How was it tested?\n\n## Checklist\n- [ ] I read the guide\n",
    "%{first_commit}\r\n\r\n## What does this MR do?\r\n\r\n## Related issues\r\n\r\n/label ~bug\r\n",
    "Thank you!\n\n# Summary of the change\n\n# Breaking changes\n\n# Review\n",
    "Just write something.",
];

#[test]
fn every_byte_of_a_template_stays() {
    let facts = facts(CHANGE);
    for template in TEMPLATES {
        let body = describe(
            &facts,
            &Words::default(),
            &Labels::default(),
            Sections::default(),
            Into::Template(template),
            None,
        )
        .body;
        let mut left = body.as_str();
        for line in template.lines().filter(|line| !line.is_empty()) {
            let at = left
                .find(line)
                .unwrap_or_else(|| panic!("{line:?} is gone:\n{body}"));
            left = &left[at + line.len()..];
        }
        assert!(body.contains("<!-- obelus:begin"), "{body}");
        assert_eq!(body.contains("\r\n"), template.contains("\r\n"));
    }
}

/// What lies outside of the blocks.
fn outside(body: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for block in super::block::find(body) {
        out.push_str(&body[from..block.inner.start]);
        from = block.inner.end;
    }
    out + &body[from..]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_the_author_wrote_is_kept_to_the_byte(
        template in 0usize..4,
        edits in prop::collection::vec((0usize..4_000, "[a-z<>!#\\-`\\r\\n é😀]{0,24}|<!-- obelus:begin -->|<!-- obelus:end -->|<!-- obelus:"), 0..6),
        crlf in any::<bool>(),
    ) {
        let first = facts(CHANGE);
        let second = facts("//- old src/a.rs\npub fn f() {}\n//- new src/a.rs\npub fn f() { g() }\n");
        let make = |facts: &Facts, into: Into<'_>| describe(facts, &Words::default(), &Labels::default(), Sections::default(), into, None).body;
        let mut body = make(&first, Into::Template(TEMPLATES[template]));
        if crlf {
            body = body.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        for (at, text) in edits {
            let mut at = at % (body.len() + 1);
            while !body.is_char_boundary(at) {
                at -= 1;
            }
            body.insert_str(at, &text);
        }
        let updated = make(&second, Into::Body(&body));
        prop_assert!(updated == body || !super::block::find(&updated).is_empty());
        if super::block::find(&body).iter().any(|block| block.name.is_empty()) {
            prop_assert_eq!(outside(&updated), outside(&body));
        } else {
            // There was no block to update: the new one stands after everything.
            let kept = outside(&updated);
            prop_assert!(kept.starts_with(&outside(&body)), "{:?}\n{:?}", kept, body);
        }
        prop_assert_eq!(make(&second, Into::Body(&updated)), updated, "a second update changes nothing");
    }
}
