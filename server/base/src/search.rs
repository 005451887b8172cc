//! The port to what is known of the whole workspace: who defines a name, who mentions it, what matches some words.
//!
//! An implementation answers at once from what it has; it never waits for an index that is being built, and says in
//! [`IndexStatus`] how far to believe it. Every answer names the version of the file that it was read from, so a
//! caller that holds another version can tell. Open buffers win over the files on disk.

use std::sync::Arc;

use crate::{Cancel, ContentHash, Definition, Outline, Reference, RelPath, Span, SymbolKind, Text};

/// Questions about the workspace's symbols and words. Cheap enough for a request; never blocks on a build.
pub trait Index: Send + Sync {
    /// The definitions called exactly `name`, at most `limit` files of them, by path.
    fn definitions(&self, name: &str, limit: usize) -> Vec<FoundDefinition>;

    /// The mentions of exactly `name`, from at most `limit` files, by path.
    fn references(&self, name: &str, limit: usize) -> Vec<FoundReference>;

    /// What matches `query`, best first: exact names, then by words.
    fn search(&self, query: &Query, limit: usize) -> Vec<Hit>;

    /// What a file defines and mentions; `None` where the index does not know the file.
    fn outline(&self, path: &RelPath) -> Option<Arc<FileOutline>>;

    /// The files it knows, with the version of each, in no order.
    fn files(&self) -> Vec<(RelPath, ContentHash)>;

    /// How much it knows and whether that is all there is.
    fn status(&self) -> IndexStatus;
}

/// How far a long piece of work is: called with files done and files to do, from any thread.
pub type OnFiles<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// An index in a process that lives as long as the workspace is open: it is told what happens there.
///
/// Questions are answered while any of this goes on. Whatever takes long blocks its caller, who runs it on a thread of
/// its own; an error is in words for the user, and the index goes on with its last good state.
pub trait LiveIndex: Index {
    /// An open buffer: its text wins over the file's from now on; `None` when it was closed. Also while a call below
    /// is under way.
    fn set_open(&self, path: &RelPath, text: Option<&Text>);

    /// Compares everything with the disk and takes in what differs.
    fn refresh(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String>;

    /// Takes in what was reported: files and folders that are there, are gone, or were never known.
    fn update(
        &self,
        paths: &[RelPath],
        on_files: OnFiles,
        cancel: &Cancel,
    ) -> Result<Updated, String>;

    /// Forgets everything and takes it in again.
    fn rebuild(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String>;

    /// Nothing is expected for a while: gives back what only work needs.
    fn rest(&self);
}

/// What a piece of work on an index did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Files that were looked at.
    pub looked_at: usize,
    /// Files that were taken in anew.
    pub indexed: usize,
    /// Files that are no longer in the index.
    pub removed: usize,
    /// Another process writes: nothing was done here.
    pub left_to_writer: bool,
}

/// A file's outline and the version it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutline {
    /// The file.
    pub path: RelPath,
    /// The version that the outline's spans lie in.
    pub hash: ContentHash,
    /// The language's name; `None` for plain text.
    pub language: Option<Arc<str>>,
    /// What it defines and mentions.
    pub outline: Outline,
}

/// A definition somewhere in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDefinition {
    /// The file.
    pub path: RelPath,
    /// The version that its spans lie in.
    pub hash: ContentHash,
    /// Its place in the file's [`Outline::definitions`].
    pub index: u32,
    /// The definition itself.
    pub definition: Definition,
    /// The names around it and its own, outermost first.
    pub qualified: Vec<String>,
}

/// A mention somewhere in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundReference {
    /// The file.
    pub path: RelPath,
    /// The version that its spans lie in.
    pub hash: ContentHash,
    /// Its place in the file's [`Outline::references`].
    pub index: u32,
    /// The mention itself.
    pub reference: Reference,
    /// The names of the definitions around it, outermost first; empty at the top of the file.
    pub within: Vec<String>,
}

/// An excerpt that matches a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file.
    pub path: RelPath,
    /// The version that its span lies in.
    pub hash: ContentHash,
    /// The definition that matches, or the part of it (or of the file) that does.
    pub span: Span,
    /// The names of the definition it belongs to, outermost first; empty where it belongs to none.
    pub symbol: Vec<String>,
    /// That definition's place in the file's [`Outline::definitions`].
    pub definition: Option<u32>,
    /// What that definition is.
    pub kind: Option<SymbolKind>,
    /// Comparable within one answer only; higher is better.
    pub score: f32,
}

/// What to look for: words, each with a weight, and what the answer is limited to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Words or identifiers; each is also split as identifiers are.
    pub words: Vec<(String, f32)>,
    /// Only these kinds of definitions; empty for everything.
    pub kinds: Vec<SymbolKind>,
    /// Only paths with one of these in them (letters' case aside), `*` standing for anything; empty for everything.
    pub paths: Vec<String>,
    /// Only these languages, by name; empty for everything.
    pub languages: Vec<String>,
}

impl Query {
    /// A query as people type it: words, with the filters `path:` and `lang:`, and `fn:`, `type:`, `test:` or `const:`
    /// in front of a name. A filter without a value limits the words beside it (`fn: retry`). Quotes are left out.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for part in text.split_whitespace() {
            let part = part.trim_matches('"');
            let (filter, value) = match part.split_once(':') {
                // `std::fs` is a name.
                Some((_, value)) if value.starts_with(':') => ("", part),
                Some(split) => split,
                None => ("", part),
            };
            let value = value.trim_matches('"');
            match filter.to_ascii_lowercase().as_str() {
                "path" | "file" if !value.is_empty() => query.paths.push(value.to_owned()),
                "lang" | "language" if !value.is_empty() => {
                    query.languages.push(value.to_ascii_lowercase());
                }
                name => match kinds(name) {
                    Some(kinds) => {
                        query.kinds.extend_from_slice(kinds);
                        query.word(value);
                    }
                    None => query.word(part),
                },
            }
        }
        query
    }

    /// Looks for words and identifiers, each with its weight.
    pub fn weighted(words: Vec<(String, f32)>) -> Self {
        Self {
            words,
            ..Self::default()
        }
    }

    fn word(&mut self, word: &str) {
        if !word.is_empty() {
            self.words.push((word.to_owned(), 1.0));
        }
    }
}

fn kinds(filter: &str) -> Option<&'static [SymbolKind]> {
    use SymbolKind::*;
    Some(match filter {
        "fn" | "func" | "function" | "def" | "method" => &[Function, Method, Test],
        "type" | "class" | "struct" | "enum" | "trait" | "interface" => {
            &[Class, Struct, Enum, Interface, Trait, TypeAlias]
        }
        "test" => &[Test],
        "const" | "var" => &[Constant, Variable, Field],
        "macro" => &[Macro],
        "mod" | "module" | "namespace" => &[Module],
        _ => return None,
    })
}

/// What an index knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexStatus {
    /// Files that are in it.
    pub files: usize,
    /// Definitions in them.
    pub symbols: usize,
    /// Excerpts that can be found.
    pub chunks: usize,
    /// Size of the index itself.
    pub bytes_on_disk: u64,
    /// Rises with every commit.
    pub generation: u64,
    /// It was compared with the disk, all of it, and nothing was reported since that it has not taken in.
    pub fresh: bool,
    /// This process keeps it up to date; otherwise another one does.
    pub writer: bool,
    /// Files done and files to do, while it is being built or brought up to date.
    pub building: Option<(usize, usize)>,
    /// Something went wrong with it and what is done about it, in words for the user; told once for each cause.
    pub notice: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Query, SymbolKind};

    #[test]
    fn filters_are_told_from_words() {
        let query = Query::parse("fn:retry path:src/net lang:Rust std::fs \"back off\" a:b");
        let words: Vec<_> = query.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["retry", "std::fs", "back", "off", "a:b"]);
        assert_eq!(
            query.kinds,
            [SymbolKind::Function, SymbolKind::Method, SymbolKind::Test]
        );
        assert_eq!(
            (query.paths, query.languages),
            (vec!["src/net".to_owned()], vec!["rust".to_owned()])
        );
    }

    #[test]
    fn a_filter_without_a_value_limits_the_rest() {
        let query = Query::parse("type: Parser lang:");
        assert_eq!(query.words.len(), 2, "{:?}", query.words);
        assert!(query.kinds.contains(&SymbolKind::Struct) && query.languages.is_empty());
    }
}
