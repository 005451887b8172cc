//! One version of one open file, parsed when first needed and then incrementally.
//!
//! Nothing is computed until it is asked for, and everything at most once per version: a document in a language
//! without a grammar costs its text and nothing else.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use base::change::SkipReason;
use base::{RelPath, Text};
use syntax::{Language, TextChange, Tree};

/// Versions to let pass before a file that took the parser too long is tried again.
const PATIENCE: u32 = 32;
/// More changes than this since the last parse, and parsing anew is cheaper.
const MAX_CHANGES: usize = 1_000;

/// A version of a file with its syntax tree; cheap to clone, sent between threads.
#[derive(Clone)]
pub struct Document(Arc<Inner>);

struct Inner {
    path: RelPath,
    text: Text,
    language: Option<Language>,
    tree: OnceLock<Result<Tree, SkipReason>>,
    // Consumed by the first parse, so that old trees do not pile up.
    earlier: Mutex<Option<Earlier>>,
    // The parser ran into its deadline so many versions ago that it may be tried again at zero.
    stopped: Option<(SkipReason, u32)>,
    unreviewed: OnceLock<Option<SkipReason>>,
}

/// A tree of an earlier version and what happened since.
#[derive(Clone)]
struct Earlier {
    tree: Tree,
    changes: Vec<TextChange>,
}

impl Document {
    /// A document that will be parsed when it is first checked.
    pub fn new(path: RelPath, text: Text) -> Self {
        Self::build(path, text, None, None)
    }

    /// A document whose tree somebody else made.
    pub(crate) fn parsed(path: RelPath, text: Text, tree: Tree) -> Self {
        let document = Self::new(path, text);
        if document.language() == Some(tree.language()) {
            document.0.tree.set(Ok(tree)).ok();
        }
        document
    }

    /// The next version: `text` came out of this one's text by `changes`, in order.
    pub fn edited(&self, text: Text, changes: &[TextChange]) -> Self {
        let inner = &self.0;
        let mut earlier = match inner.tree.get() {
            Some(Ok(tree)) => Some(Earlier {
                tree: tree.clone(),
                changes: Vec::new(),
            }),
            Some(Err(_)) => None,
            None => inner
                .earlier
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        };
        if let Some(earlier) = &mut earlier {
            earlier.changes.extend_from_slice(changes);
        }
        let stopped = match (inner.tree.get(), &inner.stopped) {
            (_, Some((reason, left))) => Some((reason.clone(), left.saturating_sub(1))),
            (Some(Err(reason)), None) => Some((reason.clone(), PATIENCE)),
            _ => None,
        };
        let earlier = earlier.filter(|earlier| earlier.changes.len() <= MAX_CHANGES);
        let stopped = stopped.filter(|(_, left)| *left > 0);
        Self::build(inner.path.clone(), text, earlier, stopped)
    }

    fn build(
        path: RelPath,
        text: Text,
        earlier: Option<Earlier>,
        stopped: Option<(SkipReason, u32)>,
    ) -> Self {
        let language = Language::of(&path, &text);
        Self(Arc::new(Inner {
            path,
            text,
            language,
            tree: OnceLock::new(),
            earlier: Mutex::new(
                earlier.filter(|earlier| Some(earlier.tree.language()) == language),
            ),
            stopped,
            unreviewed: OnceLock::new(),
        }))
    }

    /// Where it lies in the workspace.
    pub fn path(&self) -> &RelPath {
        &self.0.path
    }

    /// This version's text.
    pub fn text(&self) -> &Text {
        &self.0.text
    }

    /// The language, when Obelus knows it.
    pub fn language(&self) -> Option<Language> {
        self.0.language
    }

    /// The syntax tree, made now if it was not yet; `None` when there is no grammar. A parser that panics or runs into
    /// `deadline` gives a reason instead, and is not asked again for this version.
    pub(crate) fn tree(&self, deadline: Duration) -> Result<Option<&Tree>, SkipReason> {
        let inner = &self.0;
        let Some(language) = inner.language else {
            return Ok(None);
        };
        if let Some((reason, _)) = &inner.stopped {
            return Err(reason.clone());
        }
        let tree = inner.tree.get_or_init(|| {
            let earlier = inner
                .earlier
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            parse(language, &inner.text, earlier, deadline)
        });
        tree.as_ref().map(Some).map_err(SkipReason::clone)
    }

    /// Why nobody reviews a text like this (minified, generated, vendored), if so.
    pub(crate) fn unreviewed(&self) -> Option<&SkipReason> {
        let inner = &self.0;
        let classify = || syntax::classify(&inner.path, &inner.text);
        inner.unreviewed.get_or_init(classify).as_ref()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({}, {:?})", self.0.path, self.0.text)
    }
}

/// Parses one text, whole or from an earlier tree; panics and timeouts become reasons.
fn parse(
    language: Language,
    text: &Text,
    earlier: Option<Earlier>,
    deadline: Duration,
) -> Result<Tree, SkipReason> {
    let work = AssertUnwindSafe(|| match &earlier {
        Some(earlier) => earlier.tree.edited(text, &earlier.changes, deadline),
        None => Tree::parse(language, text, deadline),
    });
    match catch_unwind(work) {
        Ok(Ok(tree)) => Ok(tree),
        Ok(Err(stopped)) => Err(SkipReason::ParseTimeout(stopped.0.as_millis() as u64)),
        Err(_) => Err(SkipReason::CheckFailed(
            "the parser panicked; please report this".to_owned(),
        )),
    }
}
