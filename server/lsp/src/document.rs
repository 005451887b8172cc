//! An open document: its text under edit, its version, and how to get from the last parsed snapshot to now.

use base::Text;
use review::TextChange;
use ropey::Rope;

use crate::encoding::Encoding;
use crate::proto::types::TextDocumentContentChangeEvent;

pub(crate) struct OpenDocument {
    pub(crate) version: i32,
    pub(crate) rope: Rope,
    /// Raised with every change; a result for an older generation is stale.
    pub(crate) generation: u64,
    /// An edit did not fit the text: nothing is said about this document until its whole text comes again.
    pub(crate) desynced: bool,
    /// The last snapshot that was handed to a worker, once it came back.
    pub(crate) parsed: Option<review::Document>,
    /// What changed since that snapshot, in order; `None` when it must be parsed anew.
    pub(crate) since: Option<Vec<TextChange>>,
    /// A worker has a snapshot of this document.
    pub(crate) busy: bool,
    /// The text to compare with, as far as known.
    pub(crate) base: Base,
    /// The text as it was opened: what a plain folder's documents are compared with.
    pub(crate) opened: Text,
}

/// The text that a document is compared with.
#[derive(Clone, Debug, Default)]
pub(crate) enum Base {
    /// To be read.
    #[default]
    Unknown,
    /// Read; `None` for a file that is new since HEAD.
    Known(Option<Text>),
}

impl OpenDocument {
    pub(crate) fn new(version: i32, text: String) -> Self {
        Self {
            version,
            rope: Rope::from_str(&text),
            generation: 0,
            desynced: false,
            parsed: None,
            since: None,
            busy: false,
            base: Base::Unknown,
            opened: Text::new(text),
        }
    }

    /// Applies the client's edits in order and returns them as byte ranges; `None` for the whole text being replaced.
    pub(crate) fn apply(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<Vec<TextChange>> {
        self.version = version;
        self.generation += 1;
        let mut applied = Some(Vec::new());
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    self.rope = Rope::from_str(&whole.text);
                    self.desynced = false;
                    self.since = None;
                    applied = None;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    if self.desynced {
                        continue;
                    }
                    let Some(span) = encoding.span(&self.rope, part.range) else {
                        tracing::warn!(range = ?part.range, lines = self.rope.len_lines(), "an edit lies outside of the document; waiting for its whole text");
                        self.desynced = true;
                        self.since = None;
                        applied = None;
                        continue;
                    };
                    let change = replace(&mut self.rope, span, &part.text);
                    if let Some(since) = &mut self.since {
                        since.push(change);
                    }
                    if let Some(applied) = &mut applied {
                        applied.push(change);
                    }
                }
            }
        }
        applied
    }

    /// The document belongs to another folder now: nothing that was derived from it there holds here.
    pub(crate) fn forget(&mut self) {
        (self.parsed, self.since, self.base) = (None, None, Base::Unknown);
    }

    /// The snapshot to check: a parsed one to start from where there is one, and the text as it is now.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let from = self.parsed.take().zip(self.since.take());
        // From here on changes count from the snapshot that the worker is about to make.
        self.since = Some(Vec::new());
        self.busy = true;
        Snapshot {
            rope: self.rope.clone(),
            from,
        }
    }
}

/// One version of a document, on its way to a worker.
pub(crate) struct Snapshot {
    pub(crate) rope: Rope,
    pub(crate) from: Option<(review::Document, Vec<TextChange>)>,
}

fn replace(rope: &mut Rope, span: base::Span, text: &str) -> TextChange {
    let (start, end) = (
        rope.byte_to_char(span.start as usize),
        rope.byte_to_char(span.end as usize),
    );
    rope.remove(start..end);
    rope.insert(start, text);
    TextChange {
        start: span.start,
        old_end: span.end,
        new_end: span.start + text.len() as u32,
    }
}

#[cfg(test)]
mod tests;
