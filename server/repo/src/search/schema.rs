//! The fields of the index and how a file becomes its documents.
//!
//! One document per excerpt holds words; one per file holds its outline, packed, and the names in it.
//! Texts are not kept: an answer names a place, and the text is on disk or in the editor.

use std::collections::HashSet;
use std::sync::Arc;

use base::{ContentHash, Outline, RelPath, Text};
use tantivy::TantivyDocument;
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::TokenizerManager;

use super::chunks::chunks;
use super::codec;
use super::words::CodeTokenizer;

const TOKENIZER: &str = "code";
/// How often a name that a file mentions is given to the field of its names, and one that it defines: a look-up tells
/// them apart by their sum.
pub(super) const MENTIONED: u32 = 1;
pub(super) const DEFINED: u32 = 2;

/// A file ready to be indexed.
pub(super) struct Prepared {
    pub(super) path: RelPath,
    pub(super) hash: ContentHash,
    pub(super) definitions: u32,
    pub(super) documents: Vec<TantivyDocument>,
}

/// The fields.
#[derive(Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    /// On every document: what is deleted when the file changes.
    pub(super) path: Field,
    /// On a file's own document only.
    pub(super) file: Field,
    pub(super) outline: Field,
    pub(super) hash: Field,
    pub(super) symbols: Field,
    /// Names in it, as written: once for one that it mentions, twice for one that it defines, three times for both.
    pub(super) names: Field,
    /// The words of its path: once for all its excerpts, whose documents follow.
    pub(super) path_words: Field,
    // On excerpts.
    pub(super) language: Field,
    pub(super) kind: Field,
    pub(super) start: Field,
    pub(super) length: Field,
    pub(super) definition: Field,
    /// Names defined in it, as words.
    pub(super) name: Field,
    pub(super) body: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        let exact = || {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer("raw")
                    .set_fieldnorms(false)
                    .set_index_option(IndexRecordOption::Basic),
            )
        };
        let words = || {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer(TOKENIZER)
                    .set_index_option(IndexRecordOption::WithFreqs),
            )
        };
        let counted = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let number = || NumericOptions::default() | FAST;
        Self {
            path: schema.add_text_field("path", exact().set_fast("raw")),
            file: schema.add_text_field("file", exact()),
            outline: schema.add_bytes_field("outline", BytesOptions::default().set_stored()),
            hash: schema.add_u64_field("hash", number()),
            symbols: schema.add_u64_field("symbols", number()),
            language: schema.add_text_field("language", exact()),
            kind: schema.add_u64_field("kind", NumericOptions::default().set_indexed()),
            names: schema.add_text_field("names", counted),
            start: schema.add_u64_field("start", number()),
            length: schema.add_u64_field("length", number()),
            definition: schema.add_u64_field("definition", number()),
            name: schema.add_text_field("name", words()),
            path_words: schema.add_text_field("path_words", words()),
            body: schema.add_text_field("body", words()),
            schema: schema.build(),
        }
    }

    /// The tokenizers that the fields name.
    pub(super) fn tokenizers() -> TokenizerManager {
        let tokenizers = TokenizerManager::default();
        tokenizers.register(TOKENIZER, CodeTokenizer);
        tokenizers
    }

    /// The documents of a file.
    pub(super) fn prepare(
        &self,
        path: &RelPath,
        text: &Text,
        language: Option<Arc<str>>,
        outline: &Outline,
    ) -> Prepared {
        let hash = text.hash();
        let language = language.as_deref().unwrap_or("");
        let mut documents = Vec::new();
        let mut file = TantivyDocument::new();
        file.add_text(self.path, path.as_str());
        file.add_text(self.file, path.as_str());
        file.add_text(self.path_words, path.as_str());
        file.add_bytes(self.outline, &codec::encode(hash, language, outline));
        for half in halves(hash) {
            file.add_u64(self.hash, half);
        }
        file.add_u64(self.symbols, outline.definitions.len() as u64);
        let mentioned = outline
            .references
            .iter()
            .map(|r| (r.name.as_str(), MENTIONED));
        let defined = outline
            .definitions
            .iter()
            .map(|d| (d.name.as_str(), DEFINED));
        for (name, times) in mentioned.chain(defined).collect::<HashSet<_>>() {
            for _ in 0..times {
                file.add_text(self.names, name);
            }
        }
        documents.push(file);
        for chunk in chunks(text, outline) {
            let mut document = TantivyDocument::new();
            document.add_text(self.path, path.as_str());
            document.add_u64(self.start, u64::from(chunk.span.start));
            document.add_u64(self.length, chunk.span.len() as u64);
            if !language.is_empty() {
                document.add_text(self.language, language);
            }
            if let Some(definition) = chunk.definition {
                document.add_u64(self.definition, u64::from(definition));
            }
            let (mut names, mut kinds) = (HashSet::new(), HashSet::new());
            for &index in &chunk.names {
                let Some(definition) = outline.definitions.get(index as usize) else {
                    continue;
                };
                if names.insert(definition.name.as_str()) {
                    document.add_text(self.name, &definition.name);
                }
                let kind = u64::from(codec::kind_number(definition.kind));
                if kinds.insert(kind) {
                    document.add_u64(self.kind, kind);
                }
            }
            for span in &chunk.pieces {
                if let Some(piece) = text.slice(*span).filter(|piece| !piece.trim().is_empty()) {
                    document.add_text(self.body, piece);
                }
            }
            documents.push(document);
        }
        Prepared {
            path: path.clone(),
            hash,
            definitions: outline.definitions.len() as u32,
            documents,
        }
    }
}

/// A hash as the two numbers that it is kept as.
fn halves(hash: ContentHash) -> [u64; 2] {
    let bytes = u128::from_be_bytes(hash.to_bytes());
    [(bytes >> 64) as u64, bytes as u64]
}

/// And back.
pub(super) fn whole(halves: [u64; 2]) -> ContentHash {
    let bytes = u128::from(halves[0]) << 64 | u128::from(halves[1]);
    ContentHash::from_bytes(bytes.to_be_bytes())
}
