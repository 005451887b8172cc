//! The changed files of one review, read and parsed once: the checks of a file and the checks across files ask for the
//! same texts and trees, side by side.
//!
//! Who asks first does the work. Only the first files are kept, as many as the checks across files look into; of a
//! larger change the rest is read by whoever needs it and forgotten.

use std::sync::{Arc, OnceLock};

use base::change::SkipReason;
use base::{Change, FileTexts, Repo};

use crate::document::Document;

/// One changed file.
pub(crate) struct Loaded {
    pub(crate) texts: Result<FileTexts, SkipReason>,
    /// Its new side; `None` where there is none.
    pub(crate) document: Option<Document>,
}

/// The files of a change, by their place in it.
pub(crate) struct LoadedFiles<'a> {
    pub(crate) repo: &'a dyn Repo,
    pub(crate) change: &'a Change,
    kept: Vec<OnceLock<Arc<Loaded>>>,
}

impl<'a> LoadedFiles<'a> {
    /// Of `change`, `keep` files are kept once they were read.
    pub(crate) fn new(repo: &'a dyn Repo, change: &'a Change, keep: usize) -> Self {
        let mut kept = Vec::new();
        kept.resize_with(keep.min(change.files.len()), OnceLock::new);
        Self { repo, change, kept }
    }

    /// The file at this place of the change; `None` beyond its end.
    pub(crate) fn get(&self, at: usize) -> Option<Arc<Loaded>> {
        let file = self.change.files.get(at)?;
        let load = || {
            let texts = self.repo.load(self.change, file);
            let new = texts.as_ref().ok().and_then(|texts| texts.new.clone());
            let document = new.map(|text| Document::new(file.path.clone(), text));
            Arc::new(Loaded { texts, document })
        };
        Some(match self.kept.get(at) {
            Some(kept) => Arc::clone(kept.get_or_init(load)),
            None => load(),
        })
    }
}
