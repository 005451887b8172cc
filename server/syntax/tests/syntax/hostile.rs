//! Input made to hurt: random bytes, broken samples, very deep nesting, and deadlines.

use std::sync::LazyLock;
use std::time::Duration;

use base::{Span, Text};
use syntax::{Language, Rules, Tree};

use crate::parse;
use crate::samples::sample;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// xorshift: the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Asks a tree everything; the answers must lie inside the text.
fn exercise(tree: &Tree, at: usize) {
    let length = tree.text().len() as u32;
    tree.errors();
    tree.too_deep();
    for comment in tree.comments() {
        assert!(comment.span.end <= length && tree.text().slice(comment.span).is_some());
    }
    if let Some(symbol) = tree.enclosing_symbol(Span::new(at, at + 1)) {
        assert!(symbol.span.end <= length.max(symbol.span.start) && !symbol.path.is_empty());
    }
    let outline = tree.outline();
    for (index, definition) in outline.definitions.iter().enumerate() {
        let doc = definition.doc.unwrap_or(definition.name_span);
        for span in [
            definition.name_span,
            definition.span,
            definition.signature,
            doc,
        ] {
            assert!(tree.text().slice(span).is_some(), "{definition:?}");
        }
        assert!(
            definition
                .parent
                .is_none_or(|parent| (parent as usize) < index)
        );
    }
    for reference in &outline.references {
        assert!(tree.text().slice(reference.span).is_some(), "{reference:?}");
        let within = reference.within.unwrap_or(0) as usize;
        assert!(within <= outline.definitions.len() && !reference.name.is_empty());
    }
    let path = base::RelPath::new("a").expect("valid");
    RULES.run(tree, &path, None, &|_| true);
}

#[test]
fn random_bytes_crash_no_parser() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..1_000 {
        let language = Language::ALL[round % Language::ALL.len()];
        let bytes: Vec<u8> = (0..random.below(600))
            .map(|_| random.next() as u8)
            .collect();
        let text = Text::from_bytes(bytes);
        let tree = Tree::parse(language, &text, Duration::from_secs(30)).expect("in time");
        exercise(&tree, random.below(text.len()));
    }
}

#[test]
fn mutated_samples_crash_no_parser() {
    let mut random = Random(42);
    for &language in Language::ALL {
        for _ in 0..30 {
            let mut bytes = sample(language).as_bytes().to_vec();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes[at] = random.next() as u8,
                    1 => {
                        bytes.remove(at);
                    }
                    2 => bytes.insert(at, b"(){}[]<>\"'`\\\n\0$#"[random.below(16)]),
                    _ => bytes.truncate(at.max(1)),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            let text = Text::from_bytes(bytes);
            let tree = Tree::parse(language, &text, Duration::from_secs(30)).expect("in time");
            exercise(&tree, random.below(text.len()));
        }
    }
}

#[test]
fn deep_nesting_overflows_no_stack() {
    for (language, open) in [
        (Language::Json, "["),
        (Language::Rust, "("),
        (Language::JavaScript, "f(() => {"),
        (Language::Python, "("),
        (Language::C, "{"),
        (Language::Css, "a{"),
        (Language::Html, "<b>"),
        (Language::Hcl, "a {\n"),
        (Language::Rust, "impl A { fn f() { "),
        (Language::TypeScript, "class A { f() { import(\"a\"); "),
        (Language::Elixir, "alias A.{"),
        (Language::Cpp, "a::"),
    ] {
        let source = open.repeat(100_000);
        match Tree::parse(language, &Text::new(source), Duration::from_secs(1)) {
            Ok(tree) => exercise(&tree, 99_000),
            Err(stopped) => assert_eq!(stopped.0, Duration::from_secs(1)),
        }
    }
}

#[test]
fn well_formed_deep_nesting_is_too_deep_for_rules() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let tree = parse(Language::Json, &deep(100_000));
    assert!(tree.too_deep());
    exercise(&tree, 100_000);
    assert!(!parse(Language::Json, &deep(400)).too_deep());
    assert!(
        !parse(Language::Json, &format!("[{}1]", "1,".repeat(20_000))).too_deep(),
        "wide is not deep"
    );
}

#[test]
fn parsing_stops_at_its_deadline() {
    let source = "fn f() { a(b(c(d))) }\n".repeat(100_000);
    let stopped = Tree::parse(Language::Rust, &Text::new(source), Duration::from_millis(1));
    assert_eq!(
        stopped.err().map(|stopped| stopped.0),
        Some(Duration::from_millis(1))
    );
}
