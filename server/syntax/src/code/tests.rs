//! Small texts in, what their shape says out.

use std::time::Duration;

use base::{Span, Text};

use crate::{Language, Tree};

fn parse(language: &str, text: &str) -> Tree {
    let language = Language::from_name(language).expect("a language");
    Tree::parse(language, &Text::new(text), Duration::from_secs(5)).expect("a tree")
}

fn all(tree: &Tree) -> Span {
    Span::new(0, tree.text().len())
}

#[track_caller]
fn calls(language: &str, text: &str, expected: &[&str]) {
    let tree = parse(language, text);
    let cut = |span: Span| tree.text().slice(span).expect("text");
    let seen: Vec<String> = tree
        .calls(all(&tree))
        .iter()
        .map(|call| {
            let arguments: Vec<String> = call
                .arguments
                .iter()
                .map(|one| match one.label {
                    Some(label) => format!("{}={}", cut(label), cut(one.span)),
                    None => cut(one.span).to_owned(),
                })
                .collect();
            format!(
                "{}({}) {:?}{}",
                cut(call.name),
                arguments.join("|"),
                call.outcome,
                if call.awaited { " awaited" } else { "" }
            )
        })
        .collect();
    assert_eq!(seen, expected, "{language}: {}", tree.shape());
}

#[test]
fn calls_tell_who_what_and_what_becomes_of_it() {
    calls(
        "python",
        "await a.f(x, y=g(1))\n",
        &["f(x|y=g(1)) Dropped awaited", "g(1) Used"],
    );
    calls(
        "rust",
        "fn m() { a.f(x, &y)?; b::g::<T>(z).unwrap(); if h() {} i().ok(); }",
        &[
            "f(x|&y) Handed",
            "unwrap() Dropped",
            "g(z) Forced",
            "h() Decides",
            "ok() Dropped",
            "i() Dropped",
        ],
    );
    calls(
        "go",
        "package a\nfunc m() { a.F(x, y); z := G(1) }",
        &["F(x|y) Dropped", "G(1) Used"],
    );
    calls(
        "typescript",
        "await this.a.f(x, y); if (!g()) {}; new C<T>(z);",
        &["f(x|y) Dropped awaited", "g() Decides", "C(z) Dropped"],
    );
    calls(
        "java",
        "class A { void m() { a.f(x, y); new C(z); } }",
        &["f(x|y) Dropped", "C(z) Dropped"],
    );
    calls(
        "csharp",
        "class A { void m() { a.F(x, name: y); } }",
        &["F(x|name=y) Dropped"],
    );
    calls(
        "kotlin",
        "fun m() { a.f(x, name = y) }",
        &["f(x|name=y) Used"],
    );
    calls(
        "php",
        "<?php $a->f($x, $y); g($z); A::h(1);",
        &["f($x|$y) Dropped", "g($z) Dropped", "h(1) Dropped"],
    );
    calls("ruby", "a.f(x, y)\n", &["f(x|y) Used"]);
    calls(
        "cpp",
        "void m() { a->f(x, y); b::g(z); }",
        &["f(x|y) Dropped", "g(z) Dropped"],
    );
}

#[track_caller]
fn choices(language: &str, text: &str, cases: &[&str], rest: bool) {
    let tree = parse(language, text);
    let found = tree.choices(all(&tree));
    let choice = found
        .first()
        .unwrap_or_else(|| panic!("no choice: {}", tree.shape()));
    let seen: Vec<&str> = choice
        .cases
        .iter()
        .map(|span| tree.text().slice(*span).expect("text"))
        .collect();
    assert_eq!(
        (seen.as_slice(), choice.rest),
        (cases, rest),
        "{language}: {}",
        tree.shape()
    );
}

#[test]
fn choices_list_their_cases_and_say_whether_the_rest_is_taken() {
    choices(
        "rust",
        "fn m() { match x { A::B => 1, A::C(_) => 2 } }",
        &["A::B", "A::C(_)"],
        false,
    );
    choices(
        "rust",
        "fn m() { match x { A::B => 1, other => 2 } }",
        &["A::B"],
        true,
    );
    choices(
        "go",
        "package a\nfunc m() { switch x { case B, C: f()\n default: g() } }",
        &["B, C"],
        true,
    );
    choices(
        "typescript",
        "switch (x) { case A.B: f(); break; case A.C: g(); }",
        &["A.B", "A.C"],
        false,
    );
    choices(
        "java",
        "class A { void m() { switch (x) { case B: f(); break; case C: g(); default: h(); } } }",
        &["B", "C"],
        true,
    );
    choices(
        "java",
        "class A { int m() { return switch (x) { case B -> 1; case C, D -> 2; }; } }",
        &["B", "C", "D"],
        false,
    );
    choices(
        "python",
        "match x:\n    case A.B:\n        f()\n    case _:\n        g()\n",
        &["A.B"],
        true,
    );
    choices(
        "kotlin",
        "fun m() { when (x) { A.B -> 1\n else -> 2 } }",
        &["A.B"],
        true,
    );
    choices(
        "csharp",
        "class A { void m() { switch (x) { case E.B: f(); break; case E.C: g(); break; } } }",
        &["E.B", "E.C"],
        false,
    );
    choices(
        "cpp",
        "void m() { switch (x) { case B: f(); break; default: g(); } }",
        &["B"],
        true,
    );
    choices(
        "php",
        "<?php switch ($x) { case A::B: f(); break; case A::C: g(); }",
        &["A::B", "A::C"],
        false,
    );
}

#[track_caller]
fn branches(language: &str, text: &str, expected: &[&str]) {
    let tree = parse(language, text);
    let seen: Vec<String> = tree
        .branches(all(&tree))
        .iter()
        .map(|branch| {
            format!(
                "{}{}{}",
                tree.text().slice(branch.condition).expect("text"),
                if branch.leaves { " leaves" } else { "" },
                if branch.otherwise { " otherwise" } else { "" }
            )
        })
        .collect();
    assert_eq!(seen, expected, "{language}: {}", tree.shape());
}

#[test]
fn branches_say_whether_they_leave() {
    branches(
        "python",
        "def f():\n    if not x:\n        return\n    if y:\n        g()\n    else:\n        h()\n",
        &["not x leaves", "y otherwise"],
    );
    branches(
        "rust",
        "fn m() { if x { return; } if y { g() } else { h() } }",
        &["x leaves", "y otherwise"],
    );
    branches(
        "go",
        "package a\nfunc m() { if err := f(); err != nil { return err } }",
        &["err != nil leaves"],
    );
    branches(
        "typescript",
        "function m() { if (!x) throw new Error(); if (y) { continue } }",
        &["(!x) leaves", "(y) leaves"],
    );
    branches(
        "java",
        "class A { void m() { if (x == null) { return; } } }",
        &["(x == null) leaves"],
    );
    branches(
        "kotlin",
        "fun m() { if (x == null) return\n if (y) { throw E() } else { g() } }",
        &["x == null leaves", "y leaves otherwise"],
    );
    branches(
        "csharp",
        "class A { void m() { if (x == null) { return; } } }",
        &["x == null leaves"],
    );
    branches("php", "<?php if (!$x) { return; }", &["(!$x) leaves"]);
    branches("cpp", "void m() { if (!x) return; }", &["(!x) leaves"]);
}

#[test]
fn attempts_hold_what_may_fail() {
    for (language, text) in [
        ("python", "try:\n    f()\nexcept E:\n    g()\n"),
        ("typescript", "try { f() } catch (e) { g() }"),
        (
            "java",
            "class A { void m() { try { f(); } catch (E e) { g(); } } }",
        ),
        ("kotlin", "fun m() { try { f() } catch (e: E) { g() } }"),
        (
            "csharp",
            "class A { void m() { try { f(); } catch (E e) { g(); } } }",
        ),
        ("php", "<?php try { f(); } catch (E $e) { g(); }"),
    ] {
        let tree = parse(language, text);
        let found = tree.attempts(all(&tree));
        let [attempt] = found.as_slice() else {
            panic!("{language}: {}", tree.shape());
        };
        let body = tree.text().slice(attempt.body).expect("text");
        assert!(
            body.contains("f()") && !body.contains("g()"),
            "{language}: {body}"
        );
        assert_eq!(attempt.handlers.len(), 1);
    }
}

#[test]
fn tokens_are_words_and_signs() {
    let tree = parse("rust", "let x = f(\"a b\", 12); // no\n");
    let seen: Vec<String> = tree
        .tokens(all(&tree))
        .iter()
        .map(|token| {
            format!(
                "{:?}:{}",
                token.kind,
                tree.text().slice(token.span).expect("text")
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            "Sign:let",
            "Name:x",
            "Sign:=",
            "Name:f",
            "Sign:(",
            "Text:\"a b\"",
            "Sign:,",
            "Number:12",
            "Sign:)",
            "Sign:;"
        ]
    );
}

#[test]
fn deep_and_broken_code_is_no_danger() {
    let deep = format!("fn m() {{ {} }}", "f(".repeat(20_000));
    let tree = parse("rust", &deep);
    tree.calls(all(&tree));
    tree.choices(all(&tree));
    tree.branches(all(&tree));
    tree.tokens(all(&tree));
}
