//! The stable identity of a finding.
//!
//! Rule, path, the names of the definitions around it, the marked text without its white space, and how often that text
//! stands earlier in the innermost of those definitions. None of it depends on line numbers, indentation, line endings
//! or on what else was reviewed, so a finding has the same id in the editor, in a change and in an audit. Two equal
//! places in two definitions of the same full name (overloads) share an id.

use base::{ContentHash, Finding, FindingId, Span, Text};
use memchr::memmem;
use syntax::Tree;

/// The identity of a finding in this version of its file.
pub(crate) fn fingerprint(finding: &Finding, text: &Text, tree: Option<&Tree>) -> FindingId {
    let symbol = tree.and_then(|tree| tree.enclosing_symbol(finding.span));
    let (names, around) = match symbol {
        Some(symbol) => (symbol.path, symbol.span),
        None => (Vec::new(), Span::new(0, text.len())),
    };
    let anchor = text.slice(finding.span).unwrap_or_default();
    let before = Span {
        start: around.start.min(finding.span.start),
        end: finding.span.start,
    };
    let ordinal = occurrences(text.slice(before).unwrap_or_default(), anchor);
    let mut key = format!("{}\0{}", finding.rule, finding.path);
    for name in &names {
        key.push('\0');
        key.push_str(name);
    }
    key.push('\u{1}');
    for word in anchor.split_whitespace() {
        key.push_str(word);
        key.push(' ');
    }
    key.push_str(&format!("\u{1}{ordinal}"));
    FindingId(ContentHash::of(key.as_bytes()).to_u64())
}

/// How often `anchor` stands in `text`, with any white space between its words, and not as a part of a longer name.
fn occurrences(text: &str, anchor: &str) -> usize {
    let mut words = anchor.split_whitespace();
    let Some(first) = words.next() else {
        return 0;
    };
    let rest: Vec<&str> = words.collect();
    let last = rest.last().copied().unwrap_or(first);
    let found = memmem::find_iter(text.as_bytes(), first.as_bytes());
    found
        .filter(|start| !joins(text[..*start].chars().next_back(), first.chars().next()))
        .filter(|start| {
            let mut tail = &text[start + first.len()..];
            for word in &rest {
                let trimmed = tail.trim_start();
                match trimmed.strip_prefix(word) {
                    Some(after) if trimmed.len() < tail.len() => tail = after,
                    _ => return false,
                }
            }
            !joins(last.chars().next_back(), tail.chars().next())
        })
        .count()
}

/// Whether two neighbours belong to the same name.
fn joins(left: Option<char>, right: Option<char>) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    part(left) && part(right)
}

#[cfg(test)]
mod tests {
    use super::occurrences;

    #[test]
    fn occurrences_ignore_white_space_and_longer_names() {
        for (text, anchor, expected) in [
            ("a b; a  b; a\r\n\tb; ab", "a b", 3),
            ("unwrap(); my_unwrap(); unwrap()", "unwrap()", 2),
            ("x.y; x.yz", "x.y", 1),
            ("", "x", 0),
            ("x x x", " ", 0),
            ("ää äää", "ää", 1),
        ] {
            assert_eq!(
                occurrences(text, anchor),
                expected,
                "{anchor:?} in {text:?}"
            );
        }
    }
}
