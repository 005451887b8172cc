//! The check finds what is wrong and nothing else, on a change that is known.

use base::memory::MemoryRepo;
use base::{Cancel, NoHistory, Repo, Scope};
use review::describe::{Into, Labels, Sections, Words, describe, gather};

use crate::check::{Sides, check};
use crate::plant::planted;

const CHANGE: &str = "\
//- old src/lexer.py
def lex(text):
    return text.split()

def gone(a):
    return a
//- new src/lexer.py
def lex(text, deep):
    return text.split() if deep else []

def come(b, c):
    return len(b) + c
//- old src/parser.py
from lexer import gone
//- new src/parser.py
from lexer import lex
//- old tests/lexer.test.js
test('lexes', () => { lex(1) })
//- new tests/lexer.test.js
test('lexes', () => { lex(1) })

test('lexes deeply', () => { lex(2) })
";

#[test]
fn what_is_right_passes_and_every_error_is_found() {
    let repo = MemoryRepo::fixture(CHANGE);
    let cancel = Cancel::new();
    let change = repo.change(&Scope::Worktree, &cancel).expect("a change");
    let facts = gather(&repo, &NoHistory, &change, &cancel);
    let made = describe(
        &facts,
        &Words::default(),
        &Labels::default(),
        Sections::default(),
        Into::Nothing,
        None,
    );
    let sides = Sides::read(&repo, &change);
    let wrong = |title: &str, body: &str| check(&sides, &facts, title, body);
    assert_eq!(
        wrong(&made.title, &made.body),
        Vec::<String>::new(),
        "{}",
        made.body
    );
    let planted = planted(&made.body);
    assert!(planted.len() >= 5, "{}", planted.len());
    for it in &planted {
        assert!(
            !wrong(&made.title, &it.body).is_empty(),
            "{}: {}",
            it.what,
            it.body
        );
    }
    let size = made.body.find(" (3 files").expect("the size");
    for sentence in [
        "Adds `invented`",
        "Adds `lex`",
        "Removes `come`",
        "Adds `gone`",
        "Renames `come` to `lex`",
        "Adds `come` in `src/other.py`",
        "Adds the test \"never written\"",
    ] {
        let body = format!("{sentence}{}", &made.body[size..]);
        assert!(!wrong(&made.title, &body).is_empty(), "{sentence}");
    }
    for sentence in [
        "Adds `come`",
        "Removes `gone`",
        "Adds the test \"lexes deeply\"",
    ] {
        let body = format!("{sentence}{}", &made.body[size..]);
        assert_eq!(
            wrong(&made.title, &body),
            Vec::<String>::new(),
            "{sentence}"
        );
    }
    assert!(!wrong("", &made.body).is_empty());
    assert!(!wrong(&"x".repeat(73), &made.body).is_empty());
}
