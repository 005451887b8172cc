//! Remarks out of a reply: one by one while it arrives, and what a reply as a whole amounts to.
//!
//! An object that stands in an array (or alone) and has a title is a remark, whatever stands around it: fences, prose,
//! a wrapper of another name. What is cut off is not a remark. Replies without any JSON are read line by line, as small
//! models write them.

use serde_json::{Map, Value};

use super::draft;

/// A reply longer than this is not read on.
const LONGEST: usize = 1_000_000;
/// Objects in objects; a remark needs four.
const DEEPEST: usize = 64;

/// Reads a reply piece by piece.
#[derive(Debug, Default)]
pub(super) struct Items {
    text: String,
    at: usize,
    /// Opened brackets and where they stand.
    open: Vec<(u8, usize)>,
    in_string: bool,
    escaped: bool,
    /// A list, or the object around it, was closed: nothing is missing.
    closed: bool,
}

impl Items {
    /// The remarks that are whole with this piece.
    pub(super) fn push(&mut self, piece: &str) -> Vec<Value> {
        let room = LONGEST.saturating_sub(self.text.len());
        let mut end = piece.len().min(room);
        while !piece.is_char_boundary(end) {
            end -= 1;
        }
        self.text.push_str(&piece[..end]);
        let mut items = Vec::new();
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            let here = self.at;
            self.at += 1;
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' if !self.open.is_empty() => self.in_string = true,
                b'{' | b'[' if self.open.len() < DEEPEST => self.open.push((byte, here)),
                b'}' | b']' => items.extend(self.close(byte, here)),
                _ => {}
            }
        }
        items
    }

    fn close(&mut self, byte: u8, here: usize) -> Option<Value> {
        let opener = if byte == b'}' { b'{' } else { b'[' };
        let (_, start) = self.open.pop_if(|(open, _)| *open == opener)?;
        let inside = self.open.last().map(|(open, _)| *open);
        if byte == b']' {
            self.closed |= inside.is_none();
            return None;
        }
        if inside == Some(b'{') {
            return None;
        }
        let value: Value = serde_json::from_str(&self.text[start..=here]).ok()?;
        self.closed |= inside.is_none();
        draft::is_item(&value).then_some(value)
    }
}

/// What a whole reply amounts to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// The remarks, each to be read by itself.
    pub(super) items: Vec<Value>,
    /// It says something, if only that there is nothing to remark.
    pub(super) is_answer: bool,
}

/// Reads a reply that is complete.
pub(super) fn read(text: &str) -> Read {
    let mut items = Items::default();
    let found = items.push(text);
    if items.closed || !found.is_empty() {
        return Read {
            items: found,
            is_answer: true,
        };
    }
    // A brace in prose before the JSON, or a quote that was never closed: begin again at each line that opens one.
    for (at, _) in text.match_indices(['{', '[']).take(50) {
        let starts_line = text[..at].trim_end_matches([' ', '\t']).ends_with('\n');
        if !starts_line {
            continue;
        }
        let mut items = Items::default();
        let found = items.push(&text[at..]);
        if items.closed || !found.is_empty() {
            return Read {
                items: found,
                is_answer: true,
            };
        }
    }
    let found: Vec<Value> = text.lines().take(200).filter_map(line).collect();
    let nothing = [
        "no findings",
        "no issues",
        "no defects",
        "none",
        "no remarks",
        "no problems",
    ];
    let lower = text.trim().to_ascii_lowercase();
    Read {
        is_answer: !found.is_empty() || nothing.iter().any(|words| lower.starts_with(words)),
        items: found,
    }
}

/// `src/a.rs:12: error: title: why (`code`)`, perhaps in a list.
fn line(text: &str) -> Option<Value> {
    let text = text.trim_start_matches(|c: char| "-*•>#. )".contains(c) || c.is_ascii_digit());
    let (place, rest) = text.split_once(": ").or_else(|| text.split_once(" - "))?;
    let (path, line) = place.trim_matches(['`', '*']).split_once(':')?;
    let line: u32 = line.split([':', '-']).next()?.trim().parse().ok()?;
    if path.contains(char::is_whitespace) {
        return None;
    }
    let quote = rest.split('`').nth(1).unwrap_or_default();
    let (severity, title) = match rest.split_once(": ") {
        Some((word, after))
            if word
                .trim_matches(['[', ']', '*'])
                .chars()
                .all(char::is_alphabetic) =>
        {
            (word.trim_matches(['[', ']', '*']), after)
        }
        _ => ("warning", rest),
    };
    let mut item = Map::new();
    item.insert("path".to_owned(), path.into());
    item.insert("line".to_owned(), line.into());
    item.insert("severity".to_owned(), severity.into());
    item.insert("title".to_owned(), title.trim().into());
    item.insert("quote".to_owned(), quote.into());
    Some(Value::Object(item))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::draft;
    use super::{Items, read};

    fn titles(items: &[Value]) -> Vec<&str> {
        let titles = items.iter().filter_map(|item| item["title"].as_str());
        titles.collect()
    }

    #[test]
    fn a_remark_is_there_with_its_last_brace() {
        let text = r#"Here: {"findings": [{"title": "a } ] \" {", "claims": [{"kind": "caller", "quote": "x"}], "fix": {"title": "f"}}, {"title": "b"}]}"#;
        let mut items = Items::default();
        let mut seen = Vec::new();
        for (at, c) in text.char_indices() {
            for item in items.push(c.encode_utf8(&mut [0; 4])) {
                seen.push((at, item["title"].as_str().expect("a title").to_owned()));
            }
        }
        let first = text.find("}}, ").expect("the end of the first") + 1;
        assert_eq!(
            seen,
            [
                (first, "a } ] \" {".to_owned()),
                (text.len() - 3, "b".to_owned())
            ]
        );
    }

    #[test]
    fn replies_are_read_in_every_wrapping() {
        for (text, expected, is_answer) in [
            (r#"{"findings": []}"#, vec![], true),
            ("[]", vec![], true),
            ("", vec![], false),
            ("I think it is fine, mostly.", vec![], false),
            ("No issues found.", vec![], true),
            (
                "```json\n{\"findings\": [{\"title\": \"a\"}]}\n```\nDone.",
                vec!["a"],
                true,
            ),
            (
                "Sure {look}:\n[{\"title\": \"a\"}, {\"title\": \"b\"}]",
                vec!["a", "b"],
                true,
            ),
            ("{\"title\": \"alone\"}", vec!["alone"], true),
            (
                "{\"findings\": [{\"title\": \"a\"}, {\"title\": \"cut",
                vec!["a"],
                true,
            ),
            ("{\"findings\": [{\"title\": \"cut", vec![], false),
            (
                "{\"findings\": [{\"title\": 3}, {\"title\": \"b\", }, {\"title\": \"c\"}]}",
                vec!["c"],
                true,
            ),
            (
                "A \"quote and a { brace\n{\"findings\": [{\"title\": \"a\"}]}",
                vec!["a"],
                true,
            ),
            (
                "- `src/a.rs:12`: error: Divides by zero: `a / b`\nThat is all.",
                vec!["Divides by zero: `a / b`"],
                true,
            ),
        ] {
            let seen = read(text);
            let items: Vec<Value> = seen
                .items
                .into_iter()
                .filter(|item| item["title"].is_string())
                .collect();
            assert_eq!(
                (titles(&items), seen.is_answer),
                (expected, is_answer),
                "{text}"
            );
        }
        assert!(!read(&"[".repeat(1_000_000)).is_answer);
        assert!(!read(&"{\"a\":".repeat(200_000)).is_answer);
    }

    #[test]
    fn a_remark_is_read_leniently() {
        let item = json!({"file": "a.rs", "line": "12.0", "code": "x", "summary": "t", "severity": "HIGH",
            "confidence": "80", "category": "nonsense", "claims": [{"kind": "caller", "symbol": "f"}, 3], "fix": {"x": 1}});
        let draft = draft::read(&item, None).expect("a remark");
        assert_eq!(
            (draft.path.as_str(), draft.line, draft.quote.as_str()),
            ("a.rs", 12, "x")
        );
        assert_eq!(
            (draft.severity, draft.confidence),
            (base::Severity::Error, 0.8)
        );
        assert_eq!((draft.claims.len(), draft.fix), (1, None));
        for bad in [
            json!({"title": "t", "quote": "x"}),
            json!({"title": "", "quote": "x", "path": "a"}),
            json!({"title": "t", "path": "a"}),
        ] {
            assert_eq!(draft::read(&bad, None), None, "{bad}");
        }
        assert!(draft::read(&json!({"title": "t", "quote": "x"}), Some("a.rs")).is_some());
    }

    #[test]
    fn the_schema_is_the_subset_that_providers_share() {
        fn walk(value: &Value) {
            if let Some(properties) = value.get("properties").and_then(Value::as_object) {
                assert_eq!(value["additionalProperties"], json!(false));
                assert_eq!(
                    value["required"].as_array().expect("a list").len(),
                    properties.len()
                );
            }
            match value {
                Value::Object(map) => {
                    for banned in [
                        "$ref", "minimum", "maximum", "minItems", "maxItems", "pattern", "format",
                    ] {
                        assert!(!map.contains_key(banned), "{banned}");
                    }
                    map.values().for_each(walk);
                }
                Value::Array(list) => list.iter().for_each(walk),
                _ => {}
            }
        }
        walk(&draft::schema());
    }
}
