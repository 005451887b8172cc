//! Random typing through the wire: what is published must stand where a plain string says, in every encoding.

use serde_json::json;

use crate::client::{Diagnostic, Place, Setup, range};

/// Always a finding, whatever stands around it; several in a row are one.
const MARK: char = '\u{202e}';
const RULE: &str = "text/bidi-unicode";
const PIECES: &[&str] = &[
    "a",
    "two words",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "ß",
    "日",
    "😀",
    "e\u{301}",
    "\u{2028}",
    "\u{85}",
    "\u{202e}",
    "x\u{202e}y",
    "",
];

/// A small generator of its own: the same typing in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

fn units(text: &str, encoding: &str) -> usize {
    match encoding {
        "utf-8" => text.len(),
        "utf-16" => text.encode_utf16().count(),
        _ => text.chars().count(),
    }
}

/// Line and character of a byte offset.
fn position(text: &str, offset: usize, encoding: &str) -> (u32, u32) {
    let before = &text[..offset];
    let ends_in_crlf = |at: usize| text[at..].starts_with("\r\n");
    let endings = before
        .char_indices()
        .filter(|(at, c)| *c == '\n' || *c == '\r' && !ends_in_crlf(*at));
    let (mut line, mut start) = (0, 0);
    for (at, _) in endings {
        (line, start) = (line + 1, at + 1);
    }
    (line, units(&before[start..], encoding) as u32)
}

fn marks(text: &str, encoding: &str) -> Vec<Place> {
    let (mut found, mut rest) = (Vec::new(), 0);
    while let Some(at) = text[rest..].find(MARK) {
        let start = rest + at;
        let end = text[start..]
            .find(|c| c != MARK)
            .map_or(text.len(), |length| start + length);
        let ((line, from), (last, to)) = (
            position(text, start, encoding),
            position(text, end, encoding),
        );
        found.push((line.into(), from.into(), last.into(), to.into()));
        rest = end;
    }
    found
}

fn type_through_the_wire(encoding: &str) {
    let uri = "file:///w/new.txt";
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(json!({ "general": { "positionEncodings": ["utf-7", encoding] } }))
        .start();
    assert_eq!(client.result["capabilities"]["positionEncoding"], encoding);
    let (mut dice, mut text) = (Dice(0x0B31_0005), "start\n".to_owned());
    client.open(uri, &text);
    client.diagnostics(uri, Some(1));
    for version in 2..300 {
        let mut changes = Vec::new();
        for _ in 0..=dice.roll(3) {
            // Nobody's cursor stands between the two characters of CRLF.
            let stops: Vec<usize> = (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .filter(|at| !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n')))
                .collect();
            let first = dice.roll(stops.len());
            let reach = if text.len() > 200 { 40 } else { 4 };
            let last = (first + dice.roll(reach)).min(stops.len() - 1);
            let (start, end) = (stops[first], stops[last]);
            let new = PIECES[dice.roll(PIECES.len())];
            let ((line, from), (last, to)) = (
                position(&text, start, encoding),
                position(&text, end, encoding),
            );
            changes.push(json!({ "range": range(line, from, last, to), "text": new }));
            text.replace_range(start..end, new);
        }
        client.change(uri, version, json!(changes));
        if version % 3 == 0 {
            let published = client.diagnostics(uri, Some(version));
            let found = published.iter().filter(|one| one.rule() == RULE);
            let mut found: Vec<_> = found.map(Diagnostic::place).collect();
            found.sort_unstable();
            assert_eq!(
                found,
                marks(&text, encoding),
                "version {version} of {text:?}"
            );
        }
    }
    client.diagnostics(uri, Some(299));
    client.close(uri);
    client.diagnostics(uri, None);
}

#[test]
fn typing_in_utf8() {
    type_through_the_wire("utf-8");
}

#[test]
fn typing_in_utf16() {
    type_through_the_wire("utf-16");
}

#[test]
fn typing_in_utf32() {
    type_through_the_wire("utf-32");
}
