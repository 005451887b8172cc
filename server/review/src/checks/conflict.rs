//! Merge-conflict markers that were left in a file.
//!
//! Only the whole sequence counts: `<<<<<<< ours`, perhaps `||||||| base`, `=======`, `>>>>>>> theirs`, each at the
//! start of a line and in this order. A lone row of equals signs is an underline in prose, and a fenced block in a
//! document shows a conflict rather than having one.

use base::{Category, Severity, Span};
use memchr::{memchr, memmem};

use super::{About, Draft, Input};

pub(super) const ABOUT: &[About] = &[About {
    id: "text/merge-conflict",
    category: Category::Bug,
    severity: Severity::Error,
    confidence: 1.0,
    title: "A merge-conflict marker was left in the file",
    why: "Both sides of an unresolved merge stand in the file, together with git's markers. It will not compile, or it \
          will be read as data. Decide which side is right (or write what both meant), then delete all the markers.",
    bad: "<<<<<<< HEAD\nlet limit = 10;\n=======\nlet limit = 20;\n>>>>>>> feature\n",
    good: "let limit = 20;\n",
    cwe: None,
    references: &["https://git-scm.com/docs/git-merge#_how_conflicts_are_presented"],
}];

pub(super) fn check(input: &Input<'_>) -> Vec<Draft> {
    let text = input.text;
    let prose = input.language_is(&["markdown"])
        || matches!(input.path.extension(), Some("rst" | "adoc" | "txt" | "md"));
    let mut drafts = Vec::new();
    let mut from = 0;
    // The marker may be old while a line inside the conflict is new, so the whole text is searched: it is one search.
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"<<<<<<< ") {
        let start = from + at;
        from = start + 8;
        if !at_line_start(text, start) || (prose && in_fence(text, start)) {
            continue;
        }
        let Some(markers) = sequence(text, start) else {
            continue;
        };
        from = markers.last().map_or(from, |marker| marker.end as usize);
        let whole = Span::new(start, from);
        // Mark a marker that is part of the change; when only code between them is, the first.
        let changed = |span: &&Span| {
            input
                .within
                .is_none_or(|within| within.iter().any(|region| region.touches(**span)))
        };
        match markers.iter().find(changed) {
            Some(marker) => drafts.push(Draft::new("text/merge-conflict", *marker)),
            None if changed(&&whole) => drafts.push(Draft::new("text/merge-conflict", whole)),
            None => {}
        }
    }
    drafts
}

/// The markers of the conflict that starts at `start`, as whole lines without their endings.
fn sequence(text: &str, start: usize) -> Option<Vec<Span>> {
    let mut markers = Vec::new();
    let mut offset = start;
    for line in text[start..].split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let marker = Span::new(offset, offset + content.len());
        offset += line.len();
        match markers.len() {
            0 => markers.push(marker),
            // A second beginning: the first was none.
            _ if content.starts_with("<<<<<<< ") => return None,
            1 if content == "=======" => markers.push(marker),
            2 if content.starts_with(">>>>>>> ") || content == ">>>>>>>" => {
                markers.push(marker);
                return Some(markers);
            }
            _ => {}
        }
    }
    None
}

fn at_line_start(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes()[at - 1] == b'\n'
}

/// Whether an odd number of code fences stands before `at`.
fn in_fence(text: &str, at: usize) -> bool {
    if memchr(b'`', text.as_bytes()).is_none() && memchr(b'~', text.as_bytes()).is_none() {
        return false;
    }
    let fences = text[..at].lines().filter(|line| {
        let line = line.trim_start();
        line.starts_with("```") || line.starts_with("~~~")
    });
    fences.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use base::{RelPath, Span};

    use super::check;
    use crate::checks::Input;

    const CONFLICT: &str = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\nd\n";

    fn marked(path: &str, text: &str, within: Option<&[Span]>) -> Vec<String> {
        let path = RelPath::new(path).expect("a path");
        let input = Input {
            path: &path,
            text,
            within,
            language: None,
        };
        check(&input)
            .iter()
            .map(|draft| text[draft.span.range()].to_owned())
            .collect()
    }

    #[test]
    fn the_whole_sequence_counts() {
        let fenced = format!("```\n{CONFLICT}```\n");
        let closed = format!("```\nx\n```\n{CONFLICT}");
        for (path, text, expected) in [
            ("a.rs", CONFLICT, 1),
            ("a.rs", &CONFLICT.replace('\n', "\r\n"), 1),
            (
                "a.rs",
                &CONFLICT.replace("=======", "||||||| base\nz\n======="),
                1,
            ),
            ("a.rs", &CONFLICT.repeat(2), 2),
            ("a.rs", "Title\n=======\n", 0),
            ("a.rs", "<<<<<<< HEAD\nb\n", 0),
            ("a.rs", "<<<<<<< HEAD\n=======\n", 0),
            ("a.rs", &CONFLICT.replace("<<<<", "  <<<<"), 0),
            ("a.rs", &CONFLICT.replace("=======", "========"), 0),
            ("a.md", CONFLICT, 1),
            ("a.md", &fenced, 0),
            ("a.md", &closed, 1),
        ] {
            assert_eq!(marked(path, text, None).len(), expected, "{path} {text:?}");
        }
    }

    #[test]
    fn a_changed_marker_is_marked() {
        let at = |needle: &str| {
            let start = CONFLICT.find(needle).expect("there");
            Span::new(start, start + needle.len())
        };
        for (changed, expected) in [
            (at("<<<<<<< HEAD"), vec!["<<<<<<< HEAD"]),
            (at("======="), vec!["======="]),
            (at(">>>>>>> x"), vec![">>>>>>> x"]),
            (at("d\n"), vec![]),
        ] {
            assert_eq!(marked("a.rs", CONFLICT, Some(&[changed])), expected);
        }
        let inside = marked("a.rs", CONFLICT, Some(&[at("c\n")]));
        assert_eq!(inside, ["<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x"]);
    }
}
