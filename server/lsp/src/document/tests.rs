//! Random edits against a reference: a plain string, lines found by reading it, positions found by counting.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use ropey::Rope;

use super::OpenDocument;
use crate::encoding::Encoding;
use crate::proto::types::{Position, Range, TextDocumentContentChangeEvent};

/// What documents are made of: every length in every encoding, everything that ends a line somewhere, and halves of
/// what belongs together.
const PIECES: &[&str] = &[
    "a",
    "word ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n\r",
    "ß",
    "日本",
    "😀",
    "👩\u{200d}👧",
    "e\u{301}",
    "\u{301}",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{b}",
    "\u{c}",
    "\u{10ffff}",
    "\u{feff}",
    "\0",
    "",
    "0123456789012345678901234567890123456789\n",
];

/// One edit, as fractions of whatever the document is by then.
#[derive(Clone, Debug)]
struct Step {
    from: (u16, u16),
    /// Lines and characters further.
    to: (u8, u16),
    /// How far past the end of a line the client points.
    beyond: u8,
    pieces: Vec<usize>,
}

fn step() -> impl Strategy<Value = Step> {
    let beyond = prop_oneof![9 => Just(0_u8), 1 => 1..9_u8];
    let further = prop_oneof![3 => Just(0_u8), 2 => Just(1_u8), 1 => 0..12_u8];
    let pieces = prop_oneof![1 => Just(0..0), 6 => Just(0..4), 1 => Just(0..40)]
        .prop_flat_map(|size| vec(0..PIECES.len(), if size.is_empty() { 0..1 } else { size }));
    (any::<(u16, u16)>(), (further, any::<u16>()), beyond, pieces).prop_map(
        |(from, to, beyond, pieces)| Step {
            from,
            to,
            beyond,
            pieces,
        },
    )
}

/// The lines of a text with their endings; always one more than there are endings.
fn lines(text: &str) -> Vec<&str> {
    let (mut lines, mut start) = (Vec::new(), 0);
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        let crlf = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        if bytes[at] == b'\n' || bytes[at] == b'\r' && !crlf {
            lines.push(&text[start..=at]);
            start = at + 1;
        }
    }
    lines.push(&text[start..]);
    lines
}

fn units(text: &str, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf8 => text.len(),
        Encoding::Utf16 => text.encode_utf16().count(),
        Encoding::Utf32 => text.chars().count(),
    }
}

/// The places of a line that a position can name: `(character, bytes)`, the last one before its ending.
fn stops(line: &str, encoding: Encoding) -> Vec<(usize, usize)> {
    let content = line.trim_end_matches(['\n', '\r']);
    // Only one ending is an ending.
    let content = if line.len() > content.len() + 2 {
        &line[..line.len() - 1]
    } else {
        content
    };
    let ends = content
        .char_indices()
        .map(|(at, _)| at)
        .chain([content.len()]);
    ends.map(|at| (units(&content[..at], encoding), at))
        .collect()
}

/// A position in `text` and its byte offset.
fn place(
    text: &str,
    line: usize,
    fraction: u16,
    beyond: u8,
    encoding: Encoding,
) -> (Position, usize) {
    let lines = lines(text);
    let before: usize = lines[..line].iter().map(|line| line.len()).sum();
    let stops = stops(lines[line], encoding);
    let (character, bytes) = match beyond {
        0 => stops[fraction as usize % stops.len()],
        _ => {
            let (last, bytes) = stops[stops.len() - 1];
            (last + beyond as usize, bytes)
        }
    };
    let position = Position {
        line: line as u32,
        character: character as u32,
    };
    (position, before + bytes)
}

fn run(encoding: Encoding, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut text = "fn main() {\r\n\t😀\n}\r".to_owned();
    let mut document = OpenDocument::new(0, text.clone());
    for (version, step) in steps.iter().enumerate() {
        let count = lines(&text).len();
        let first = step.from.0 as usize % count;
        let last = (first + step.to.0 as usize).min(count - 1);
        let (mut from, mut start) = place(&text, first, step.from.1, 0, encoding);
        let (mut to, mut end) = place(&text, last, step.to.1, step.beyond, encoding);
        if start > end {
            ((from, start), (to, end)) = ((to, end), (from, start));
        }
        // A document that only grows tests one size of document.
        let pieces = if text.len() > 3_000 {
            &[]
        } else {
            &step.pieces[..]
        };
        let new: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let change = serde_json::json!({ "range": Range { start: from, end: to }, "text": new });
        let change: TextDocumentContentChangeEvent =
            serde_json::from_value(change).expect("a change");
        let applied = document.apply(version as i32, vec![change], encoding);
        text.replace_range(start..end, &new);
        prop_assert_eq!(document.rope.to_string(), text.as_str());
        prop_assert!(!document.desynced);
        let applied: Vec<_> = (applied.expect("applied").iter())
            .map(|change| {
                (
                    change.start as usize,
                    change.old_end as usize,
                    change.new_end as usize,
                )
            })
            .collect();
        prop_assert_eq!(applied, [(start, end, start + new.len())]);
        if version % 50 == 0 {
            agrees(&document.rope, &text, encoding)?;
        }
    }
    agrees(&document.rope, &text, encoding)
}

/// Every place of the text has the same position for both, both ways.
fn agrees(rope: &Rope, text: &str, encoding: Encoding) -> Result<(), TestCaseError> {
    let mut start = 0;
    for (number, line) in lines(text).into_iter().enumerate() {
        for (character, bytes) in stops(line, encoding) {
            let position = Position {
                line: number as u32,
                character: character as u32,
            };
            prop_assert_eq!(encoding.position(rope, start + bytes), position);
            prop_assert_eq!(encoding.offset(rope, position), Some(start + bytes));
        }
        start += line.len();
    }
    Ok(())
}

/// 10,000 edits: 100 documents of 100 edits, the same ones in every run.
fn ten_thousand_edits(encoding: Encoding) {
    let config = Config {
        cases: 100,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&vec(step(), 100), |steps| run(encoding, &steps))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn ten_thousand_edits_in_utf8() {
    ten_thousand_edits(Encoding::Utf8);
}

#[test]
fn ten_thousand_edits_in_utf16() {
    ten_thousand_edits(Encoding::Utf16);
}

#[test]
fn ten_thousand_edits_in_utf32() {
    ten_thousand_edits(Encoding::Utf32);
}

#[test]
fn a_position_inside_a_character_is_none_or_its_start() {
    let rope = Rope::from_str("a😀b\nsecond");
    let at =
        |encoding: Encoding, line, character| encoding.offset(&rope, Position { line, character });
    assert_eq!(
        at(Encoding::Utf8, 0, 3),
        None,
        "client and server no longer speak of the same text"
    );
    assert_eq!(
        at(Encoding::Utf16, 0, 2),
        Some(1),
        "half a surrogate pair: some clients do send it"
    );
    assert_eq!(at(Encoding::Utf16, 0, 3), Some(5));
    assert_eq!(at(Encoding::Utf32, 0, 2), Some(5));
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        assert_eq!(
            at(encoding, 0, u32::MAX),
            Some(6),
            "past the end of the line"
        );
        assert_eq!(
            at(encoding, 2, 0),
            Some(13),
            "one line past the end is the end"
        );
        assert_eq!(at(encoding, 2, 1), None);
        assert_eq!(at(encoding, u32::MAX, u32::MAX), None);
    }
}
