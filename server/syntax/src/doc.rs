//! Our text and tree in the shape that ast-grep's matchers walk.
//!
//! ast-grep's own document type would copy the text and parse it again; this one shares both with [`crate::Tree`].

use std::borrow::Cow;
use std::ops::Range;

use ast_grep_core::source::{Content, Edit};
use base::Text;

use crate::Language;

/// A parsed text.
#[derive(Clone)]
pub(crate) struct Parsed {
    pub(crate) source: Source,
    pub(crate) language: Language,
    pub(crate) tree: tree_sitter::Tree,
}

/// A text as ast-grep sees it: bytes of UTF-8.
#[derive(Clone)]
pub(crate) struct Source(pub(crate) Text);

impl ast_grep_core::Doc for Parsed {
    type Source = Source;
    type Lang = Language;
    type Node<'r> = tree_sitter::Node<'r>;

    fn get_lang(&self) -> &Language {
        &self.language
    }

    fn get_source(&self) -> &Source {
        &self.source
    }

    fn do_edit(&mut self, _edit: &Edit<Source>) -> Result<(), String> {
        Err("a parsed text does not change".to_owned())
    }

    fn root_node(&self) -> tree_sitter::Node<'_> {
        self.tree.root_node()
    }

    fn get_node_text<'a>(&'a self, node: &tree_sitter::Node<'a>) -> Cow<'a, str> {
        Cow::Borrowed(self.source.cut(node.byte_range()))
    }
}

impl Source {
    /// The text in `range`; grammars that put a zero-width or over-long node at the end of the text get what is there.
    pub(crate) fn cut(&self, range: Range<usize>) -> &str {
        let text = self.0.as_str();
        let end = range.end.min(text.len());
        text.get(range.start.min(end)..end).unwrap_or("")
    }
}

impl Content for Source {
    type Underlying = u8;

    fn get_range(&self, range: Range<usize>) -> &[u8] {
        let bytes = self.0.as_str().as_bytes();
        let end = range.end.min(bytes.len());
        &bytes[range.start.min(end)..end]
    }

    fn decode_str(text: &str) -> Cow<'_, [u8]> {
        Cow::Borrowed(text.as_bytes())
    }

    fn encode_bytes(bytes: &[u8]) -> Cow<'_, str> {
        String::from_utf8_lossy(bytes)
    }

    fn get_char_column(&self, byte_column: usize, offset: usize) -> usize {
        self.cut(offset.saturating_sub(byte_column)..offset)
            .chars()
            .count()
    }
}
