//! A file as a model sees it: redacted lines, each with a tag that names it by what it says.
//!
//! A tag depends on the line's own text and on how many equal lines stand above it, not on its number, so a model that
//! miscounts still names the right line, and an edit elsewhere leaves the tags of all other lines alone.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use base::{ContentHash, RelPath, Span, Text};

use crate::redact::{Redacted, Redactor};

/// One version of one file.
pub(super) struct Page {
    pub(super) path: RelPath,
    pub(super) text: Text,
    shown: Arc<Redacted>,
    tags: Vec<[u8; 3]>,
    /// Lines that are not blank, with what they say.
    pub(super) solid: Vec<(u32, String)>,
    /// Where in `solid` a line says this.
    pub(super) saying: HashMap<String, Vec<usize>>,
}

impl Page {
    pub(super) fn new(redactor: &Redactor, path: &RelPath, text: &Text) -> Self {
        let shown = redactor.text(path, text);
        let mut page = Self {
            path: path.clone(),
            text: text.clone(),
            tags: Vec::with_capacity(shown.len() as usize),
            solid: Vec::new(),
            saying: HashMap::new(),
            shown,
        };
        for line in 0..page.shown.len() {
            let says = normal(page.shown.line(line));
            let above = page.saying.get(&says).map_or(0, Vec::len);
            page.tags.push(tag(&says, above));
            if !says.is_empty() {
                let at = page.solid.len();
                page.saying.entry(says.clone()).or_default().push(at);
                page.solid.push((line, says));
            }
        }
        page
    }

    /// A 0-based line as it may be shown.
    pub(super) fn line(&self, line: u32) -> &str {
        self.shown.line(line)
    }

    /// Number of lines.
    pub(super) fn len(&self) -> u32 {
        self.shown.len()
    }

    /// The tag of a 0-based line.
    pub(super) fn tag(&self, line: u32) -> &str {
        let tag = self.tags.get(line as usize);
        tag.and_then(|tag| std::str::from_utf8(tag).ok())
            .unwrap_or("aaa")
    }

    /// From the first to the last visible character of some lines.
    pub(super) fn span(&self, lines: Range<u32>) -> Span {
        let whole = self.text.lines().lines_span(lines);
        let text = self.text.slice(whole).unwrap_or_default();
        let start = whole.start as usize + (text.len() - text.trim_start().len());
        Span::new(
            start,
            (whole.start as usize + text.trim_end().len()).max(start),
        )
    }
}

fn tag(says: &str, above: usize) -> [u8; 3] {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let hash = ContentHash::of(format!("{says}\0{above}").as_bytes()).to_u64();
    [0, 5, 10].map(|shift| LETTERS[(hash >> shift) as usize & 31])
}

/// What a line says: its words with one blank between; which secret it holds does not count.
pub(super) fn normal(line: &str) -> String {
    let mut says = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !says.is_empty() {
            says.push(' ');
        }
        says.push_str(word);
    }
    while let Some(open) = says.find('⟦') {
        let Some(close) = says[open..].find('⟧') else {
            break;
        };
        says.replace_range(open..open + close + '⟧'.len_utf8(), "\u{1}");
    }
    says
}
