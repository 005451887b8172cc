//! An edited tree equals a tree made from scratch.

use std::time::Duration;

use base::Text;
use proptest::prelude::*;
use syntax::{Language, TextChange};

use crate::parse;
use crate::samples::sample;

/// Applies replacements (place and length as fractions of the text) one after another.
fn apply(source: &str, edits: &[(u16, u8, String)]) -> (String, Vec<TextChange>) {
    let mut text = source.to_owned();
    let mut changes = Vec::new();
    for (place, length, insert) in edits {
        let mut start = usize::from(*place) % (text.len() + 1);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = (start + usize::from(*length) % 12).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        text.replace_range(start..end, insert);
        changes.push(TextChange {
            start: start as u32,
            old_end: end as u32,
            new_end: (start + insert.len()) as u32,
        });
    }
    (text, changes)
}

fn edits() -> impl Strategy<Value = Vec<(u16, u8, String)>> {
    let piece = prop_oneof![
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just("x".to_owned()),
        Just("é😀".to_owned()),
        Just("f(1)".to_owned()),
        Just("{".to_owned()),
        Just("}\n\n".to_owned()),
        Just("\"".to_owned()),
        Just("/*".to_owned()),
        Just(String::new()),
        "[a-z]{1,6}",
    ];
    prop::collection::vec((any::<u16>(), any::<u8>(), piece), 1..5)
}

const LANGUAGES: &[Language] = &[
    Language::Rust,
    Language::Python,
    Language::TypeScript,
    Language::Go,
    Language::Java,
    Language::C,
    Language::Json,
    Language::Css,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edited_equals_parsed(which in 0..LANGUAGES.len(), edits in edits()) {
        let language = LANGUAGES[which];
        let source = sample(language).repeat(3);
        let (after, changes) = apply(&source, &edits);
        let text = Text::new(after.as_str());
        let edited = parse(language, &source).edited(&text, &changes, Duration::from_secs(30)).expect("in time");
        let whole = parse(language, &after);
        prop_assert_eq!(edited.text(), &text);
        // Where the text has errors, the parser may recover differently from another starting point.
        if whole.errors() == 0 {
            prop_assert_eq!(edited.shape(), whole.shape());
        }
    }
}
