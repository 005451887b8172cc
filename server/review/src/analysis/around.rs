//! What a check across files sees: the change, the workspace's index and history, and texts of the version under review.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base::history::History;
use base::search::{FoundReference, Index};
use base::{Cancel, Change, ContentHash, Evidence, Logged, RelPath, Repo, Span, Text};

use crate::across::Surroundings;
use crate::context::Resolver;
use crate::semantic::SemanticChange;
use crate::settings::Settings;

/// The change and everything around it.
pub(crate) struct Around<'a> {
    pub(crate) repo: &'a dyn Repo,
    pub(crate) index: &'a dyn Index,
    pub(crate) history: &'a dyn History,
    pub(crate) change: &'a Change,
    pub(crate) semantic: &'a SemanticChange,
    pub(crate) settings: &'a Settings,
    /// What was written about the commits of the change; empty where it is not committed.
    pub(crate) said: &'a [Logged],
    pub(crate) cancel: &'a Cancel,
    texts: Mutex<HashMap<RelPath, Option<Text>>>,
}

impl<'a> Around<'a> {
    pub(crate) fn new(
        repo: &'a dyn Repo,
        surroundings: Surroundings<'a>,
        change: &'a Change,
        semantic: &'a SemanticChange,
        settings: &'a Settings,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            repo,
            index: surroundings.index,
            history: surroundings.history,
            change,
            semantic,
            settings,
            said: surroundings.said,
            cancel,
            texts: Mutex::default(),
        }
    }

    /// Where the names in the version under review lead; one that belongs to the check that asks.
    pub(crate) fn resolver(&self) -> Resolver<'a> {
        let resolver = Resolver::new(self.index).configured(self.repo, &self.change.new);
        for file in &self.semantic.files {
            if let Some(text) = &file.texts.new {
                resolver.know(file.path(), text.hash(), &file.new.outline);
            }
        }
        resolver
    }

    /// A file's text in the version under review; read once.
    pub(crate) fn text(&self, path: &RelPath) -> Option<Text> {
        if let Some(file) = self.semantic.file(path) {
            return file.texts.new.clone();
        }
        let texts = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts().get(path) {
            return text.clone();
        }
        // Read without the lock: other checks ask for other files.
        let text = self.repo.text(path, &self.change.new).ok().flatten();
        texts().insert(path.clone(), text.clone());
        text
    }

    /// The text that `hash` says the index read; `None` where the version under review is another one, so that no
    /// span of the one is ever looked up in the other.
    pub(crate) fn text_as_indexed(&self, path: &RelPath, hash: ContentHash) -> Option<Text> {
        self.text(path).filter(|text| text.hash() == hash)
    }

    /// Whether a place in the version under review is on a changed line.
    pub(crate) fn is_changed(&self, path: &RelPath, span: Span) -> bool {
        self.semantic
            .file(path)
            .is_some_and(|file| file.new.is_changed(span))
    }

    /// A mention as evidence.
    pub(crate) fn evidence(&self, mention: &FoundReference, note: String) -> Evidence {
        Evidence {
            path: mention.path.clone(),
            span: mention.reference.span,
            note,
        }
    }
}
