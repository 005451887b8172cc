//! What a review by a model rests on: the change, the workspace around it, and what of it may be shown.
//!
//! Every text that reaches a prompt or a tool passes through here, so a file that must not be shown does not exist for
//! the rest of this module.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use base::history::History;
use base::search::Index;
use base::{Change, Definition, Finding, RelPath, Repo, SymbolKind, Text};

use super::PathRule;
use super::anchor::Sight;
use super::page::Page;
use super::prompt::Wording;
use crate::engine::Engine;
use crate::redact::{Redactor, built_in};
use crate::semantic::{ChangedFile, SemanticChange, Side, is_callable};

/// A text longer than this is no source that a model is shown parts of.
const MAX_BYTES: usize = 1_000_000;

/// Everything at hand.
pub(super) struct Desk {
    pub(super) engine: Arc<Engine>,
    pub(super) repo: Arc<dyn Repo>,
    pub(super) change: Change,
    pub(super) semantic: SemanticChange,
    pub(super) index: Option<Arc<dyn Index>>,
    pub(super) history: Arc<dyn History>,
    pub(super) redactor: Redactor,
    /// What the other checks found.
    pub(super) reported: Vec<Finding>,
    /// Rules of the settings that keep files from the models of this review.
    pub(super) never_send: Vec<PathRule>,
    /// What the models are told.
    pub(super) wording: Wording,
    pages: Mutex<HashMap<RelPath, Option<Arc<Page>>>>,
}

impl Desk {
    #[expect(
        clippy::too_many_arguments,
        reason = "plain data, put together in one place"
    )]
    pub(super) fn new(
        engine: Arc<Engine>,
        repo: Arc<dyn Repo>,
        change: Change,
        semantic: SemanticChange,
        index: Option<Arc<dyn Index>>,
        history: Arc<dyn History>,
        reported: Vec<Finding>,
        never_send: Vec<PathRule>,
    ) -> Self {
        Self {
            engine,
            repo,
            change,
            semantic,
            index,
            history,
            reported,
            never_send,
            redactor: Redactor::default(),
            wording: Wording::default(),
            pages: Mutex::default(),
        }
    }

    /// The rule that keeps a file from the models of this review.
    pub(super) fn withheld(&self, path: &RelPath) -> Option<String> {
        let ours = built_in(path).map(|rule| format!("built-in rule `{rule}`"));
        ours.or_else(|| self.never_send.iter().find_map(|rule| rule(path)))
    }

    /// A file of the version under review that may be shown; none outside the workspace, none that is ignored.
    pub(super) fn page(&self, path: &RelPath) -> Option<Arc<Page>> {
        let known = |pages: &HashMap<RelPath, Option<Arc<Page>>>| pages.get(path).cloned();
        if let Some(page) = known(&self.pages.lock().unwrap_or_else(PoisonError::into_inner)) {
            return page;
        }
        let page = self
            .read(path)
            .map(|text| Arc::new(Page::new(&self.redactor, path, &text)));
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.clone(), page.clone());
        page
    }

    fn read(&self, path: &RelPath) -> Option<Text> {
        if self.withheld(path).is_some() {
            return None;
        }
        let text = match self.semantic.file(path) {
            Some(file) => file.texts.new.clone()?,
            None if self.repo.is_ignored(path) => return None,
            None => self.repo.text(path, &self.change.new).ok()??,
        };
        let is_source = text.len() <= MAX_BYTES && !text.as_str().contains('\0');
        is_source.then_some(text)
    }

    /// A changed file, by its place in the change.
    pub(super) fn file(&self, index: usize) -> Option<&ChangedFile> {
        self.semantic.files.get(index)
    }

    /// What of a changed file can be spoken of, where `shown` was shown.
    pub(super) fn sight<'p>(
        &self,
        page: &'p Page,
        file: &ChangedFile,
        shown: Vec<Range<u32>>,
    ) -> Sight<'p> {
        let definitions = file.new.outline.definitions.iter();
        Sight {
            page,
            changed: file
                .texts
                .hunks
                .iter()
                .map(|hunk| hunk.new.clone())
                .collect(),
            shown,
            symbols: definitions
                .filter_map(|definition| {
                    Some((definition.name.clone(), lines_of(&file.new, definition)?))
                })
                .collect(),
        }
    }

    /// Text that is no file's and is about to be shown on one line.
    pub(super) fn one_line(&self, text: &str) -> String {
        self.redactor.words(&text.replace(['\n', '\r'], " "))
    }
}

/// The 0-based lines of a definition, its documentation included.
pub(super) fn lines_of(side: &Side, definition: &Definition) -> Option<Range<u32>> {
    let lines = side.text.as_ref()?.lines();
    let start = definition.doc.map_or(definition.span.start, |doc| {
        doc.start.min(definition.span.start)
    });
    let last = definition
        .span
        .end
        .saturating_sub(1)
        .max(definition.span.start);
    Some(lines.line_of(start)..lines.line_of(last) + 1)
}

/// Whether a definition is a unit of work by itself: a function or a test.
pub(super) fn is_work(kind: SymbolKind) -> bool {
    is_callable(kind) || kind == SymbolKind::Test
}
