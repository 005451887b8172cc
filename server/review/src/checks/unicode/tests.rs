//! Every class of hidden character in code, and every honest use of one.

use base::{RelPath, Span};

use super::check;
use crate::checks::Input;

fn found(path: &str, text: &str) -> Vec<String> {
    let path = RelPath::new(path).expect("a path");
    let input = Input {
        path: &path,
        text,
        within: None,
        language: syntax::Language::detect(&path, text),
    };
    let drafts = check(&input);
    drafts
        .iter()
        .map(|draft| format!("{} {}", draft.rule, draft.title.as_deref().unwrap_or("")))
        .collect()
}

#[test]
fn every_class_is_reported_in_code_and_comments() {
    let classes = [
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{180b}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2061}',
        '\u{2064}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{206a}',
        '\u{206f}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{fffb}',
        '\u{1bca0}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e007f}',
        '\u{e0100}',
        '\u{e01ef}',
        '\u{8}',
        '\u{80}',
        '\u{9f}',
    ];
    for c in classes {
        for text in [
            format!("let a{c}b = 1;\n"),
            format!("x // see{c} there\n"),
            format!("- rule{c} one\n"),
        ] {
            let found = found("a.rs", &text);
            let code = format!("U+{:04X}", u32::from(c));
            assert!(
                found.len() == 1 && found[0].contains(&code),
                "{code} in {text:?}: {found:?}"
            );
        }
    }
}

#[test]
fn honest_uses_pass() {
    for (what, path, text) in [
        ("family", "a.rs", "// 👨\u{200d}👩\u{200d}👧 ok"),
        ("heart", "a.rs", "// ❤\u{fe0f}\u{200d}🔥 and ☎\u{fe0e}"),
        ("skin tone", "a.rs", "// 👩🏽\u{200d}💻"),
        ("keycap", "a.rs", "// 1\u{fe0f}\u{20e3}"),
        ("warning sign", "README.md", "⚠\u{fe0f} careful"),
        (
            "Scotland",
            "a.rs",
            "// 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        ),
        ("Persian", "a.rs", "// می\u{200c}خواهم"),
        ("Hindi", "a.rs", "// क्\u{200d}ष"),
        ("Hebrew with mark", "a.rs", "// שלום (a)\u{200f}"),
        ("Thai", "a.rs", "// ไทย\u{200b}ไทย"),
        ("Hangul", "a.rs", "// \u{1100}\u{1160}"),
        ("spinner", "a.rs", "['⠁', '⠂', '\u{2800}']"),
        ("ideograph variant", "a.rs", "// 葛\u{e0100}"),
        ("byte order mark", "a.cs", "\u{feff}using System;"),
        ("Kannada", "a.rs", "// ಸ್ಕ್ರಿಪ್ಟ್\u{200d}\""),
        ("Persian twice", "a.rs", "// پیش\u{200c}\u{200c}ها"),
        ("Khmer", "a.rs", "// នៃ\u{200b}\u{200b}\u{200b}ការ"),
        ("mojibake", "a.java", "// Ã©Ã\u{ad}Ã¯ è\u{8a}±å"),
        ("radioactive twice", "a.rs", "// ☢\u{fe0f}\u{fe0f} careful"),
        (
            "left over",
            "lang/nl.json",
            "\"een \u{200b}\u{200b}veilige\"",
        ),
        (
            "embedding",
            "po/ug.po",
            "msgstr \"\u{202a}UTF-8\u{202c} كودلاش\"",
        ),
        ("open embedding", "po/he.po", "msgstr \"\u{202b}%d-סיביות\""),
        ("mark", "lang/he/a.php", "'f' => 'GMT%s\u{200e}',"),
        ("hyphens", "zones/de.php", "'a' => 'Reyk\u{ad}ja\u{ad}vík',"),
        ("drawing", "a.ai", "%PDF-1.5\n\u{200b}\u{7f}\u{8}x"),
        (
            "isolates in a translation",
            "he.json",
            "{\"a\": \"שלום \u{2068}name\u{2069}\"}",
        ),
        (
            "plain letters",
            "a.rs",
            "// Grüße, café, Привет, 日本語, e\u{301}",
        ),
    ] {
        assert_eq!(found(path, text), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn the_uses_that_deceive_do_not() {
    for (what, path, text, rule) in [
        (
            "isolates in code",
            "a.rs",
            "let s = \"שלום \u{2066}x\u{2069}\";",
            "text/bidi",
        ),
        (
            "an override in a translation",
            "he.json",
            "\"שלום \u{202e}\"",
            "text/bidi",
        ),
        (
            "an open isolate",
            "he.json",
            "\"שלום \u{2066}\"",
            "text/bidi",
        ),
        (
            "joiner in a name",
            "a.rs",
            "ad\u{200d}min",
            "text/invisible",
        ),
        (
            "selector after a letter",
            "a.rs",
            "a\u{fe0f}",
            "text/invisible",
        ),
        (
            "tags in a sentence",
            "AGENTS.md",
            "Hello\u{e0049}\u{e0067}\u{e006e}",
            "text/invisible",
        ),
        (
            "selectors in a row",
            "a.rs",
            "😀\u{fe0f}\u{fe01}\u{fe02}",
            "text/invisible",
        ),
        (
            "a mark without right-to-left text",
            "a.rs",
            "// abc\u{200e}",
            "text/invisible",
        ),
        (
            "an override in a locale file",
            "config/locales/he.yml",
            "a: שלום \u{202e}",
            "text/bidi",
        ),
        (
            "a name in a translation's code",
            "lang/he/a.php",
            "$ad\u{200b}min = 1;",
            "text/invisible",
        ),
        (
            "an embedding in a translation's code",
            "lang/he/a.php",
            "if ($a) { /* \u{202b} */ }",
            "text/bidi",
        ),
        (
            "a long run in a translation",
            "po/he.po",
            "msgstr \"a\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}b\"",
            "text/invisible",
        ),
        (
            "a source that starts like a drawing",
            "AGENTS.md",
            "%PDF-1.5 ig\u{200b}nore",
            "text/invisible",
        ),
        (
            "a byte order mark inside",
            "a.rs",
            "a\u{feff}b",
            "text/invisible",
        ),
    ] {
        let found = found(path, text);
        assert!(
            !found.is_empty() && found.iter().all(|f| f.starts_with(rule)),
            "{what}: {found:?}"
        );
    }
}

#[test]
fn what_is_meant_is_said_quietly() {
    let quiet = |path: &str, text: &str| -> Vec<bool> {
        let path = RelPath::new(path).expect("a path");
        let language = syntax::Language::detect(&path, text);
        let input = Input {
            path: &path,
            text,
            within: None,
            language,
        };
        let drafts = check(&input);
        drafts
            .iter()
            .map(|draft| draft.severity == Some(base::Severity::Info))
            .collect()
    };
    assert_eq!(quiet("a.js", "if (s[0] === \"\u{feff}\") {"), [true]);
    assert_eq!(quiet("a.js", "/[a-z\u{80}-\u{fff0}]/"), [true]);
    assert_eq!(quiet("a.blp", "label: \"\u{200e}( )\";"), [true]);
    assert_eq!(quiet("a.blp", "label: \"\u{200e}ab\";"), [false]);
    assert_eq!(quiet("tests/a.rs", "parse(\"a\u{200d}b\")"), [true]);
    let below = "fn a() {}\n#[test]\nfn b() { parse(\"a\u{200d}b\") }\n";
    assert_eq!(quiet("a.rs", below), [true]);
    assert_eq!(quiet("a.js", "if (s === \"a\u{feff}\") {"), [false]);
    assert_eq!(quiet("tests/a.rs", "x\u{202e}y"), [false]);
}

#[test]
fn a_run_is_one_finding() {
    let found = found("a.rs", "x\u{e0041}\u{e0042}\u{e0043}y");
    assert_eq!(
        found,
        ["text/invisible-unicode U+E0041 (tag character) is invisible and 2 more hidden after it"]
    );
}

#[test]
fn only_the_regions_are_read() {
    let text = "a\u{200b}\nb\u{200b}\n";
    let path = RelPath::new("a.rs").expect("a path");
    let within = [Span::new(5, 10)];
    let input = Input {
        path: &path,
        text,
        within: Some(&within),
        language: None,
    };
    let spans: Vec<_> = check(&input).iter().map(|draft| draft.span).collect();
    assert_eq!(spans, [Span::new(6, 9)]);
}
