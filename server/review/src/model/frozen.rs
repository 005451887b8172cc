//! Verdicts that stand until what they rest on changes.
//!
//! A group's key holds its code and everything that is the same for the whole review. What the model was shown beside it
//! (excerpts, answers of tools) is kept as hashes with the verdict, and looked for in the files as they are now: while
//! all of it still stands there, wherever in the file, nothing is asked again. A verdict keeps the remarks as the model
//! made them, with placeholders for secrets; they are placed and proven anew each time.

use base::{ContentHash, RelPath, Store};
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::draft::Draft;
use super::page::Page;

/// A remark that survived, with the confidence that came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) draft: Draft,
    pub(super) confidence: f32,
}

/// Lines that a model was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    path: String,
    lines: u32,
    first: String,
    all: String,
}

#[derive(Serialize, Deserialize)]
struct Verdict {
    remarks: Vec<Judged>,
    seen: Vec<Seen>,
}

impl Seen {
    /// Some lines of a page.
    pub(super) fn of(page: &Page, lines: std::ops::Range<u32>) -> Self {
        Self {
            path: page.path.as_str().to_owned(),
            lines: lines.end - lines.start,
            first: hash(page.text.line(lines.start).unwrap_or_default()),
            all: window(page, lines.start, lines.end - lines.start),
        }
    }

    /// Whether these lines still stand somewhere in their file.
    fn still_stands(&self, desk: &Desk) -> bool {
        let page = RelPath::new(&self.path)
            .ok()
            .and_then(|path| desk.page(&path));
        page.is_some_and(|page| {
            let last = (page.len() + 1).saturating_sub(self.lines);
            (0..last).any(|line| {
                hash(page.text.line(line).unwrap_or_default()) == self.first
                    && window(&page, line, self.lines) == self.all
            })
        })
    }
}

fn hash(text: &str) -> String {
    ContentHash::of(text.as_bytes()).to_string()
}

fn window(page: &Page, from: u32, lines: u32) -> String {
    let text: Vec<&str> = (from..from + lines)
        .map(|line| page.text.line(line).unwrap_or_default())
        .collect();
    hash(&text.join("\n"))
}

/// The frozen verdict of a group, if what it rests on still stands.
pub(super) fn thaw(store: &dyn Store, desk: &Desk, key: &ContentHash) -> Option<Vec<Judged>> {
    let verdict: Verdict = serde_json::from_slice(&store.verdict(key)?).ok()?;
    let stands = verdict.seen.iter().all(|seen| seen.still_stands(desk));
    stands.then_some(verdict.remarks)
}

/// Freezes the verdict of a group. That it cannot be kept costs a request some other time.
pub(super) fn freeze(store: &dyn Store, key: &ContentHash, remarks: Vec<Judged>, seen: &[Seen]) {
    let verdict = Verdict {
        remarks,
        seen: seen.to_vec(),
    };
    let kept = serde_json::to_vec(&verdict).map(|bytes| store.freeze(key, &bytes));
    if !matches!(kept, Ok(Ok(()))) {
        tracing::warn!("a verdict could not be kept");
    }
}
