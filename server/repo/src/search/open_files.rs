//! Open buffers: outlined and cut as they are, in memory, in front of what the index says of their files.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base::search::FileOutline;
use base::{RelPath, Span, Text};

use super::chunks::chunks;
use super::outlined::outline;
use super::words::words;

/// The open buffers.
pub(super) type OpenFiles = BTreeMap<RelPath, Arc<Entry>>;

/// One buffer.
pub(super) struct Entry {
    pub(super) outline: Arc<FileOutline>,
    pub(super) chunks: Vec<OpenChunk>,
}

/// An excerpt of a buffer with its words counted.
pub(super) struct OpenChunk {
    pub(super) span: Span,
    pub(super) definition: Option<u32>,
    /// The definitions named in it.
    pub(super) names: Vec<u32>,
    words: HashMap<String, [u16; FIELDS]>,
    lengths: [u32; FIELDS],
}

/// Fields with words, in this order: names, path, the text.
pub(super) const FIELDS: usize = 3;

impl Entry {
    pub(super) fn new(path: &RelPath, text: &Text) -> Self {
        let (language, outline) = outline(path, text);
        let chunks = chunks(text, &outline)
            .into_iter()
            .map(|chunk| {
                let mut counted = OpenChunk {
                    span: chunk.span,
                    definition: chunk.definition,
                    names: chunk.names,
                    words: HashMap::new(),
                    lengths: [0; FIELDS],
                };
                for index in counted.names.clone() {
                    if let Some(definition) = outline.definitions.get(index as usize) {
                        counted.count(0, &definition.name);
                    }
                }
                counted.count(1, path.as_str());
                for span in chunk.pieces {
                    counted.count(2, text.slice(span).unwrap_or(""));
                }
                counted
            })
            .collect();
        let outline = FileOutline {
            path: path.clone(),
            hash: text.hash(),
            language,
            outline,
        };
        Self {
            outline: Arc::new(outline),
            chunks,
        }
    }
}

impl OpenChunk {
    fn count(&mut self, field: usize, text: &str) {
        words(text, |word| {
            self.lengths[field] += 1;
            match self.words.get_mut(word) {
                Some(counts) => counts[field] = counts[field].saturating_add(1),
                None => {
                    let mut counts = [0; FIELDS];
                    counts[field] = 1;
                    self.words.insert(word.to_owned(), counts);
                }
            }
        });
    }

    /// How often a word stands in each field, and how long each is.
    pub(super) fn counts(&self, word: &str) -> Option<([u16; FIELDS], [u32; FIELDS])> {
        Some((*self.words.get(word)?, self.lengths))
    }
}
