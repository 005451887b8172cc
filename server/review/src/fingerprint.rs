//! The stable identity of a finding.
//!
//! Rule, path, the names of the definitions around it, the marked text without its white space, and how often that text
//! stands earlier in the innermost of those definitions. Definitions of the same full name (overloads) are numbered.
//! None of it depends on line numbers, indentation, line endings or on what else was reviewed, so a finding has the
//! same id in the editor, in a change and in an audit.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use base::{ContentHash, Finding, FindingId, Span, Text};
use memchr::memmem;
use syntax::{Symbol, Tree};

/// Places of a definition's name that are looked at for an earlier definition of the same full name.
const MAX_NAMESAKES: usize = 200;

/// Gives ids to the findings in one version of a file.
pub(crate) fn identify(findings: &mut [Finding], text: &Text, tree: Option<&Tree>) {
    let mut numbers = HashMap::new();
    for finding in findings {
        let symbol = tree.and_then(|tree| tree.enclosing_symbol(finding.span));
        let number = match (tree, &symbol) {
            (Some(tree), Some(symbol)) => {
                let count = || earlier_namesakes(symbol, text, tree);
                *numbers.entry(symbol.span).or_insert_with(count)
            }
            _ => 0,
        };
        finding.id = fingerprint(finding, text, symbol.as_ref(), number);
    }
}

fn fingerprint(
    finding: &Finding,
    text: &Text,
    symbol: Option<&Symbol>,
    number: usize,
) -> FindingId {
    let start = symbol
        .map_or(0, |symbol| symbol.span.start)
        .min(finding.span.start);
    let before = Span {
        start,
        end: finding.span.start,
    };
    let anchor = text.slice(finding.span).unwrap_or_default();
    let ordinal = occurrences(text.slice(before).unwrap_or_default(), anchor);
    let mut key = format!("{}\0{}", finding.rule, finding.path);
    for name in symbol.iter().flat_map(|symbol| &symbol.path) {
        key.push('\0');
        key.push_str(name);
    }
    key.push('\u{1}');
    for word in anchor.split_whitespace() {
        key.push_str(word);
        key.push(' ');
    }
    // Writing to a string cannot fail.
    write!(key, "\u{1}{ordinal}\u{1}{number}").ok();
    FindingId(ContentHash::of(key.as_bytes()).to_u64())
}

/// How many definitions with the same full name begin before this one.
fn earlier_namesakes(symbol: &Symbol, text: &Text, tree: &Tree) -> usize {
    let Some(name) = symbol.path.last().filter(|name| !name.is_empty()) else {
        return 0;
    };
    let before = text
        .as_str()
        .get(..symbol.span.start as usize)
        .unwrap_or_default();
    let places = memmem::find_iter(before.as_bytes(), name.as_bytes());
    let mut starts = BTreeSet::new();
    for at in places.take(MAX_NAMESAKES) {
        let other = tree.enclosing_symbol(Span::new(at, at + name.len()));
        let namesake =
            other.filter(|other| other.path == symbol.path && other.span.start < symbol.span.start);
        starts.extend(namesake.map(|other| other.span.start));
    }
    starts.len()
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
