//! A file read, judged, parsed and outlined, whatever it contains.
//!
//! Parsers are C and sources are hostile: large files are parsed one at a time so that their trees do not add up, a
//! deadline ends what takes too long, and a panic costs one file's outline, not the index. A file that cannot be
//! outlined is still found by its words.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Outline, RelPath, Text};
use syntax::{Language, Tree};

/// A parse that takes longer is given up.
const DEADLINE: Duration = Duration::from_secs(5);
/// Texts above this size are parsed one after the other: a tree takes over a hundred times its text.
const LARGE: usize = 200_000;
/// Data and markup above this size are found by their words only.
const LARGE_DATA: usize = 100_000;

static ONE_LARGE: Mutex<()> = Mutex::new(());

/// The language of a text and what it defines and mentions.
pub(super) fn outline(path: &RelPath, text: &Text) -> (Option<Arc<str>>, Outline) {
    let Some(language) = Language::of(path, text) else {
        return (None, Outline::default());
    };
    let name = Some(Arc::from(language.name()));
    if text.len() > LARGE_DATA && !language.is_code() {
        return (name, Outline::default());
    }
    let turn =
        (text.len() > LARGE).then(|| ONE_LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    let outline = catch_unwind(AssertUnwindSafe(|| {
        Tree::parse(language, text, DEADLINE).map(|tree| tree.outline())
    }));
    drop(turn);
    match outline {
        Ok(Ok(outline)) => (name, outline),
        Ok(Err(stopped)) => {
            tracing::debug!(%path, %stopped, "outline");
            (name, Outline::default())
        }
        Err(_) => {
            tracing::warn!(%path, "outline: panic");
            (name, Outline::default())
        }
    }
}
