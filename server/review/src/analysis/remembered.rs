//! An index that remembers its answers for the length of one review.
//!
//! Checks ask the same questions over and over: every mention of a name is resolved among the same definitions. The
//! index reads its files for each answer; here the second answer is a copy of the first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use base::search::{FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, Query};
use base::{ContentHash, RelPath};

/// Answers kept of each kind; beyond that the index is asked again.
const MAX_KEPT: usize = 4_000;

/// The index behind it does not change while a review runs, as far as the review is concerned.
pub(crate) struct Remembered<'a> {
    index: &'a dyn Index,
    definitions: Kept<(String, usize), Vec<FoundDefinition>>,
    references: Kept<(String, usize), Vec<FoundReference>>,
    outlines: Kept<RelPath, Option<Arc<FileOutline>>>,
}

type Kept<K, V> = Mutex<HashMap<K, V>>;

impl<'a> Remembered<'a> {
    pub(crate) fn new(index: &'a dyn Index) -> Self {
        Self {
            index,
            definitions: Mutex::default(),
            references: Mutex::default(),
            outlines: Mutex::default(),
        }
    }
}

fn ask<K: Hash + Eq, V: Clone>(kept: &Kept<K, V>, key: K, answer: impl FnOnce(&K) -> V) -> V {
    let known = kept
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .cloned();
    known.unwrap_or_else(|| {
        let value = answer(&key);
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MAX_KEPT {
            kept.insert(key, value.clone());
        }
        value
    })
}

impl Index for Remembered<'_> {
    fn definitions(&self, name: &str, limit: usize) -> Vec<FoundDefinition> {
        ask(&self.definitions, (name.to_owned(), limit), |_| {
            self.index.definitions(name, limit)
        })
    }

    fn references(&self, name: &str, limit: usize) -> Vec<FoundReference> {
        ask(&self.references, (name.to_owned(), limit), |_| {
            self.index.references(name, limit)
        })
    }

    fn search(&self, query: &Query, limit: usize) -> Vec<Hit> {
        self.index.search(query, limit)
    }

    fn outline(&self, path: &RelPath) -> Option<Arc<FileOutline>> {
        ask(&self.outlines, path.clone(), |path| {
            self.index.outline(path)
        })
    }

    fn files(&self) -> Vec<(RelPath, ContentHash)> {
        self.index.files()
    }

    fn status(&self) -> IndexStatus {
        self.index.status()
    }
}
