//! What a change does to definitions: added, taken away, renamed, moved, given another signature, or only rewritten.
//!
//! Made from both sides' texts alone, so it needs no index and is the same for every scope. It is what the checks across
//! files start from.

mod pair;
#[cfg(test)]
mod tests;

pub(crate) use pair::{own_parts, words};

use std::time::Duration;

use crate::document::Document;
use crate::loaded::{Loaded, LoadedFiles};
use base::{
    Cancel, Change, Definition, FileChange, FileTexts, Outline, RelPath, Repo, Span, SymbolKind,
    Text,
};
pub(crate) use pair::alike;
use rayon::prelude::*;
use syntax::{Language, Tree};

/// Changed files that are looked into; a larger change is no edit but a migration.
pub(crate) const MAX_FILES: usize = 300;

/// How long one side of a file may take to parse.
const PATIENCE: Duration = Duration::from_millis(500);

/// A change, file by file and definition by definition.
#[derive(Default)]
pub(crate) struct SemanticChange {
    pub(crate) files: Vec<ChangedFile>,
}

/// One changed file, both sides parsed.
pub(crate) struct ChangedFile {
    pub(crate) change: FileChange,
    pub(crate) texts: FileTexts,
    pub(crate) old: Side,
    pub(crate) new: Side,
    pub(crate) symbols: Vec<SymbolChange>,
}

/// One side of a changed file; empty where the file does not exist or is in no known language.
#[derive(Default)]
pub(crate) struct Side {
    pub(crate) text: Option<Text>,
    pub(crate) tree: Option<Tree>,
    pub(crate) outline: Outline,
    /// The lines that differ, in order.
    pub(crate) spans: Vec<Span>,
}

/// What happened to one definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SymbolChange {
    /// Its place in the old outline; `None` where it is new.
    pub(crate) old: Option<u32>,
    /// Its place in the new outline; `None` where it is gone (from this file).
    pub(crate) new: Option<u32>,
    pub(crate) what: What,
}

/// What happened to a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Added,
    Removed,
    /// Same place, same body, other name.
    Renamed,
    /// It is in another file of the change now: its place in [`SemanticChange::files`] and in the new outline there.
    MovedTo(usize, u32),
    /// It came from another file: as above, in the old outline there.
    MovedFrom(usize, u32),
    /// What callers see differs.
    Signature,
    /// Only what is inside differs.
    Body,
}

impl SemanticChange {
    /// Reads, parses and compares both sides of every file of `change`, on the pool.
    pub(crate) fn of(repo: &dyn Repo, change: &Change, cancel: &Cancel) -> Self {
        Self::of_loaded(&LoadedFiles::new(repo, change, 0), cancel)
    }

    /// The same, of files that others read as well.
    pub(crate) fn of_loaded(loaded: &LoadedFiles<'_>, cancel: &Cancel) -> Self {
        let mut files: Vec<ChangedFile> = loaded
            .change
            .files
            .par_iter()
            .enumerate()
            .with_max_len(1)
            .take(MAX_FILES)
            .filter_map(|(at, file)| {
                if cancel.is_cancelled() {
                    return None;
                }
                ChangedFile::of(&*loaded.get(at)?, file)
            })
            .collect();
        pair::moves(&mut files);
        Self { files }
    }

    /// The changed file at `path` on the new side.
    pub(crate) fn file(&self, path: &RelPath) -> Option<&ChangedFile> {
        self.files.iter().find(|file| file.change.path == *path)
    }
}

impl ChangedFile {
    fn of(loaded: &Loaded, file: &FileChange) -> Option<Self> {
        let texts = loaded.texts.clone().ok()?;
        let old_spans = texts.old.as_ref().map(|old| {
            let spans = texts.hunks.iter();
            spans
                .map(|hunk| old.lines().lines_span(hunk.old.clone()))
                .collect()
        });
        let old_path = file.old_path.as_ref().unwrap_or(&file.path);
        let old = texts.old.as_ref().map(|text| {
            let document = Document::new(old_path.clone(), text.clone());
            Side::of(&document, old_spans.unwrap_or_default())
        });
        let new = loaded.document.as_ref();
        let new = new.map(|document| Side::of(document, texts.changed_spans()));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let mut changed = Self {
            change: file.clone(),
            symbols: Vec::new(),
            texts,
            old,
            new,
        };
        changed.symbols = pair::symbols(&changed.old, &changed.new);
        Some(changed)
    }

    /// The path on the new side (of a deleted file, the old one).
    pub(crate) fn path(&self) -> &RelPath {
        &self.change.path
    }

    /// The old definition of a symbol.
    pub(crate) fn old_of(&self, symbol: &SymbolChange) -> Option<&Definition> {
        self.old.outline.definitions.get(symbol.old? as usize)
    }

    /// The new definition of a symbol.
    pub(crate) fn new_of(&self, symbol: &SymbolChange) -> Option<&Definition> {
        self.new.outline.definitions.get(symbol.new? as usize)
    }

    /// Functions outside tests of which the change wrote a part that is there now.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&SymbolChange, &Definition)> {
        let is_written =
            |it: &&SymbolChange| matches!(it.what, What::Added | What::Body | What::Signature);
        let written = self.symbols.iter().filter(is_written);
        written
            .filter_map(|symbol| Some((symbol, self.new_of(symbol)?)))
            .filter(|(_, after)| is_callable(after.kind) && !after.is_test)
    }

    /// All functions of the new side, those of tests left out.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Definition> {
        let all = self.new.outline.definitions.iter();
        all.filter(|one| is_callable(one.kind) && !one.is_test)
    }

    /// Functions outside tests of which the body alone differs: before and after.
    pub(crate) fn rewritten(&self) -> impl Iterator<Item = (&Definition, &Definition)> {
        let bodies = self.symbols.iter().filter(|it| it.what == What::Body);
        bodies
            .filter_map(|symbol| self.old_of(symbol).zip(self.new_of(symbol)))
            .filter(|(_, after)| is_callable(after.kind) && !after.is_test)
    }
}

impl Side {
    fn of(document: &Document, spans: Vec<Span>) -> Self {
        let tree = document.tree(PATIENCE).ok().flatten().cloned();
        Self {
            text: Some(document.text().clone()),
            outline: tree.as_ref().map(Tree::outline).unwrap_or_default(),
            tree,
            spans,
        }
    }

    pub(crate) fn language(&self) -> Option<Language> {
        self.tree.as_ref().map(Tree::language)
    }

    /// The text under `span`; empty where there is none.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text
            .as_ref()
            .and_then(|text| text.slice(span))
            .unwrap_or_default()
    }

    /// Whether `span` touches a line that differs.
    pub(crate) fn is_changed(&self, span: Span) -> bool {
        let first = self.spans.partition_point(|line| line.end < span.start);
        self.spans
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|line| line.start <= span.end)
            .any(|line| !line.is_empty() && line.touches(span))
    }

    /// The definition's full name, outermost first.
    pub(crate) fn qualified(&self, index: u32) -> Vec<String> {
        let names = self.outline.qualified(index);
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Whether something of this kind is called with arguments.
pub(crate) fn is_callable(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Function | SymbolKind::Method)
}

/// Whether something of this kind is a type.
pub(crate) fn is_type(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Interface
            | SymbolKind::Trait
            | SymbolKind::TypeAlias
    )
}
