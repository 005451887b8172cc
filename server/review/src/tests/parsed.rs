//! What needs a syntax tree: identities inside definitions, comments of a language, fixes, edits.

use std::sync::Arc;

use base::memory::MemoryRepo;
use base::{Edit, Finding, Fix, RelPath, Span, Text};

use crate::{CheckResult, Document, Engine, Layers, TextChange, Trust, allow, check, fix};

/// A character that every test can find: a zero width space.
const HIDDEN: &str = "\u{200b}";

fn engine() -> Engine {
    let opened = Engine::open(
        Arc::new(MemoryRepo::default()),
        Layers::default(),
        Trust::None,
    );
    opened.map_err(|_| ()).expect("an engine")
}

fn document(path: &str, text: &str) -> Document {
    Document::new(RelPath::new(path).expect("a path"), Text::new(text))
}

/// Only what the hidden character causes: other rules may like the fixtures as little.
fn hidden(result: CheckResult) -> Vec<Finding> {
    let mut findings = result.findings;
    findings.retain(|finding| finding.rule.as_str() == "text/invisible-unicode");
    findings.sort_by_key(|finding| finding.span);
    findings
}

fn ids(path: &str, text: &str) -> Vec<u64> {
    hidden(check(&engine(), &document(path, text), None))
        .iter()
        .map(|finding| finding.id.0)
        .collect()
}

#[test]
fn an_id_stays_while_code_around_it_moves() {
    let a = format!("fn a() {{\n    let x{HIDDEN} = 1;\n}}\n");
    let b = "fn b() {\n    let y = 2;\n}\n";
    let id = ids("a.rs", &a);
    assert_eq!(id.len(), 1);
    for (what, text) in [
        ("inserted above", format!("// new\n\n{a}")),
        ("moved below another function", format!("{b}\n{a}")),
        ("re-indented", a.replace("    ", "\t\t")),
        (
            "inserted inside, above",
            a.replace("{\n", "{\n    let z = 3;\n"),
        ),
        ("CRLF", a.replace('\n', "\r\n")),
        (
            "a hidden character in another function",
            format!("{}{a}", b.replace('y', &format!("y{HIDDEN}"))),
        ),
    ] {
        let now = ids("a.rs", &text);
        assert!(now.contains(&id[0]), "{what}: {id:?} became {now:?}");
    }
    for (what, text) in [
        ("in another function", a.replace("fn a", "fn c")),
        ("in a type", format!("impl T {{\n{a}}}\n")),
    ] {
        assert_ne!(ids("a.rs", &text), id, "{what}");
    }
}

#[test]
fn equal_places_in_one_function_are_counted_from_its_start() {
    let line = format!("    let x{HIDDEN} = 1;\n");
    let two = ids("a.rs", &format!("fn a() {{\n{line}{line}}}\n"));
    let with_more_above = ids(
        "a.rs",
        &format!("fn b() {{\n{line}}}\nfn a() {{\n{line}{line}}}\n"),
    );
    assert_eq!(two.len(), 2);
    assert_ne!(two[0], two[1]);
    assert_eq!(with_more_above[1..], two);
}

#[test]
fn overloads_have_ids_of_their_own() {
    let method =
        |parameter: &str| format!("  void run({parameter}) {{\n    int x{HIDDEN} = 1;\n  }}\n");
    let (one, two) = (method("int a"), method("String a"));
    let both = ids("A.java", &format!("class A {{\n{one}{two}}}\n"));
    assert_eq!(both.len(), 2);
    assert_ne!(both[0], both[1]);
    assert_eq!(ids("A.java", &format!("class A {{\n{one}}}\n")), both[..1]);
    let clean = one.replace(HIDDEN, "");
    assert_eq!(
        ids("A.java", &format!("class A {{\n{clean}{two}}}\n")),
        both[1..],
        "whatever the first one holds"
    );
}

#[test]
fn comments_count_where_the_language_has_them_and_nowhere_else() {
    for (path, text, silenced) in [
        (
            "a.rs",
            format!("// obelus: allow(text/*) why\nlet x{HIDDEN} = 1;\n"),
            true,
        ),
        (
            "a.rs",
            format!(
                "/* obelus: allow(text/invisible-unicode)\n   a longer why */\nlet x{HIDDEN} = 1;\n"
            ),
            true,
        ),
        (
            "a.rs",
            format!("fn f() {{ g(\"// obelus: allow(text/*) why\");\nlet x{HIDDEN} = 1; }}\n"),
            false,
        ),
        (
            "a.py",
            format!("# obelus: allow(text/*) why\nx{HIDDEN} = 1\n"),
            true,
        ),
        (
            "a.py",
            format!("s = '''\n# obelus: allow(text/*) why\n{HIDDEN}'''\n"),
            false,
        ),
        (
            "a.lua",
            format!("-- obelus: allow(text/*) why\nx{HIDDEN} = 1\n"),
            true,
        ),
        (
            "a.html",
            format!("<!-- obelus: allow(text/*) why -->\n<p>x{HIDDEN}</p>\n"),
            true,
        ),
        (
            "a.css",
            format!("/* obelus: allow(text/*) why */\na {{ color: red{HIDDEN} }}\n"),
            true,
        ),
        (
            "a.md",
            format!("<!-- obelus: allow(text/*) why -->\nx{HIDDEN}\n"),
            true,
        ),
        (
            "a.md",
            format!("# obelus: allow(text/*) why\nx{HIDDEN}\n"),
            false,
        ),
        (
            "a.sql",
            format!("-- obelus: allow(text/*) why\nselect 'x{HIDDEN}';\n"),
            true,
        ),
        (
            "Dockerfile",
            format!("# obelus: allow(text/*) why\nFROM x{HIDDEN}\n"),
            true,
        ),
        (
            "a.tf",
            format!("# obelus: allow(text/*) why\nx = \"{HIDDEN}\"\n"),
            true,
        ),
        (
            "a.yaml",
            format!("x: \"{HIDDEN}\" # obelus: allow(text/*) why\n"),
            true,
        ),
        (
            "a.toml",
            format!("x = \"{HIDDEN}\" # obelus: allow(text/*) why\n"),
            true,
        ),
        (
            "a.php",
            format!("<?php\n// obelus: allow(text/*) why\n$x = '{HIDDEN}';\n"),
            true,
        ),
        (
            "a.ex",
            format!("# obelus: allow(text/*) why\nx = \"{HIDDEN}\"\n"),
            true,
        ),
    ] {
        let result = check(&engine(), &document(path, &text), None);
        assert_eq!(hidden(result).is_empty(), silenced, "{path}: {text}");
    }
}

#[test]
fn an_allow_comment_is_written_where_it_works() {
    for (path, text, line) in [
        (
            "a.rs",
            format!("fn f() {{\n    let x{HIDDEN} = 1;\n}}\n"),
            "    // obelus: allow(text/invisible-unicode) on purpose",
        ),
        (
            "a.py",
            format!("def f():\n    x{HIDDEN} = 1\n"),
            "    # obelus: allow(text/invisible-unicode) on purpose",
        ),
        (
            "a.sql",
            format!("select '{HIDDEN}';\n"),
            "-- obelus: allow(text/invisible-unicode) on purpose",
        ),
        (
            "a.css",
            format!("a {{ color: red{HIDDEN} }}\n"),
            "/* obelus: allow(text/invisible-unicode) on purpose */",
        ),
        (
            "a.tsx",
            format!("const a = (\n  <p>\n    <b>x{HIDDEN}</b>\n  </p>\n);\n"),
            "    {/* obelus: allow(text/invisible-unicode) on purpose */}",
        ),
    ] {
        let document = document(path, &text);
        let found = hidden(check(&engine(), &document, None));
        let edit = allow::edit(&document, &found[0], "on purpose")
            .unwrap_or_else(|| panic!("{path}: no edit"));
        let at = edit.span.start as usize;
        let after = format!("{}{}{}", &text[..at], edit.new_text, &text[at..]);
        assert!(after.lines().any(|l| l == line), "{path}: {after}");
        assert_eq!(
            hidden(check(&engine(), &self::document(path, &after), None)),
            [],
            "{path}: {after}"
        );
    }
    // Inside a string of several lines there is no place for a comment.
    let text = format!("S = '''\nx\n{HIDDEN}\ny\n'''\n");
    let document = document("a.py", &text);
    let found = hidden(check(&engine(), &document, None));
    assert_eq!(allow::edit(&document, &found[0], "why"), None);
}

fn replace(text: &str, old: &str, new: &str) -> Fix {
    let start = text.find(old).expect("there");
    let edit = Edit {
        path: RelPath::new("a.rs").expect("a path"),
        span: Span::new(start, start + old.len()),
        replaces: old.to_owned(),
        new_text: new.to_owned(),
    };
    Fix {
        title: "Try".into(),
        edits: vec![edit],
    }
}

#[test]
fn a_fix_that_breaks_the_syntax_is_not_offered() {
    let text = "fn a() { b(); c(); }\n";
    let path = RelPath::new("a.rs").expect("a path");
    let preview = |fix: &Fix| fix::preview(&Text::new(text), fix, &path);
    assert_eq!(
        preview(&replace(text, "b()", "d()")).as_deref(),
        Some("fn a() { d(); c(); }\n")
    );
    assert_eq!(preview(&replace(text, "b()", "b(")), None);
    assert_eq!(preview(&replace(text, "}", "")), None);

    let document = document("a.rs", &format!("{text}// x{HIDDEN}\n"));
    let template = hidden(check(&engine(), &document, None)).remove(0);
    let with = |fix| Finding {
        fix: Some(fix),
        ..template.clone()
    };
    let mut findings = vec![
        with(replace(text, "b()", "d()")),
        with(replace(text, "c()", "c(")),
        with(replace(text, "c()", "e()")),
        with(Fix {
            title: "Stale".into(),
            edits: vec![Edit {
                replaces: "z()".into(),
                ..replace(text, "b()", "d()").edits.remove(0)
            }],
        }),
    ];
    let deadline = std::time::Duration::from_secs(5);
    let tree = document.tree(deadline).expect("a tree");
    fix::prove(document.text(), tree, &mut findings, deadline);
    let kept: Vec<bool> = findings
        .iter()
        .map(|finding| finding.fix.is_some())
        .collect();
    assert_eq!(kept, [true, false, true, false]);
}

#[test]
fn an_edited_document_says_what_a_new_one_says() {
    let engine = engine();
    let mut text = format!("fn a() {{\n    let x = \"{HIDDEN}\";\n}}\n");
    let mut edited = document("a.rs", &text);
    // A fixed seed: every run makes the same edits.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let pieces = [
        "fn b() {}\n",
        "\u{200b}",
        "// obelus: allow(text/*) x\n",
        "\n",
        "{",
        "}",
        "\"",
        "é",
        "😀",
        "let y = 1;\r\n",
        "=======\n",
    ];
    for step in 0..300 {
        let mut boundary = |from: usize| {
            let mut at = from + next(text.len() + 1 - from);
            while !text.is_char_boundary(at) {
                at += 1;
            }
            at
        };
        let start = boundary(0);
        let end = boundary(start).min(start + 12);
        let end = (end..=text.len())
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(start);
        let piece = pieces[next(pieces.len())];
        text.replace_range(start..end, piece);
        let change = TextChange {
            start: start as u32,
            old_end: end as u32,
            new_end: (start + piece.len()) as u32,
        };
        edited = edited.edited(Text::new(text.as_str()), &[change]);
        // Some versions are never looked at: their changes add up.
        if step % 3 == 0 {
            let (incremental, whole) = (
                check(&engine, &edited, None),
                check(&engine, &document("a.rs", &text), None),
            );
            assert_eq!(
                incremental.findings, whole.findings,
                "after {step} edits: {text:?}"
            );
        }
    }
}

#[test]
fn random_bytes_crash_nothing() {
    let engine = engine();
    let mut state = 1_u64;
    let names = [
        "a.rs", "a.py", "a.ts", "a.tsx", "a.js", "a.go", "a.java", "a.c", "a.cpp", "a.cs", "a.rb",
        "a.php", "a.md", "a.html", "a.sql", "x",
    ];
    for round in 0..200 {
        let bytes: Vec<u8> = (0..300)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u8
            })
            .collect();
        let path = RelPath::new(names[round % names.len()]).expect("a path");
        let result = check(&engine, &Document::new(path, Text::from_bytes(bytes)), None);
        assert!(
            !matches!(
                result.skipped,
                Some(base::change::SkipReason::CheckFailed(_))
            ),
            "{round}"
        );
        assert!(
            result.findings.iter().all(|finding| finding.fix.is_none()),
            "no edits to what is not UTF-8"
        );
    }
}
