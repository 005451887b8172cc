//! The context of a change: the few excerpts of the workspace that a reviewer would open beside it.
//!
//! Focus (what the change touches) → candidates (definitions, callers, types, tests, look-alikes, what changes with it,
//! conventions) → one ranking under a budget of tokens. Every excerpt is cut from the very version that the index
//! described, or it is left out: a context that shows the wrong lines is worse than a smaller one.

mod candidates;
mod conventions;
mod focus;
mod near;
mod parts;
mod past;
mod rank;
mod resolve;
#[cfg(test)]
pub(crate) mod tests;

pub use parts::{Part, Weights};

use base::history::History;
use base::search::Index;
use base::{Cancel, Change, Context, Excerpt, RelPath, Repo};

use rayon::prelude::*;

use candidates::Found;
use focus::Focus;
pub(crate) use near::{is_test_path, near};
pub(crate) use resolve::users;
pub use resolve::{Resolved, Resolver, User};

/// Changed files that are looked into; a larger change has no neighbourhood, it is one.
const MAX_FILES: usize = 100;

/// What a context is gathered from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The files.
    pub repo: &'a dyn Repo,
    /// Who defines and mentions what.
    pub index: &'a dyn Index,
    /// What the commits tell; [`base::history::NoHistory`] where there are none.
    pub history: &'a dyn History,
}

/// How much a context may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Tokens of all excerpts together, about.
    pub tokens: u32,
    /// Excerpts.
    pub items: usize,
}

impl Default for Budget {
    /// Small on purpose: what a reviewer would read, not all that could be related.
    fn default() -> Self {
        Self {
            tokens: 4_000,
            items: 30,
        }
    }
}

/// The excerpts that belong to `change`, best first. `cancel` is looked at between files; what was gathered is returned.
pub fn context(sources: Sources<'_>, change: &Change, budget: Budget, cancel: &Cancel) -> Context {
    gather(sources, change, cancel).context(budget, &Weights::default())
}

/// What was found for a change, before it is ranked.
pub struct Gathered<'a> {
    sources: Sources<'a>,
    change: &'a Change,
    focus: Vec<Focus>,
    found: Found,
    past: Vec<Excerpt>,
    guidelines: Vec<Excerpt>,
}

/// The first half of [`context`]: everything that may belong to `change`, to be ranked more than once.
pub fn gather<'a>(sources: Sources<'a>, change: &'a Change, cancel: &Cancel) -> Gathered<'a> {
    let files = change.files.par_iter().take(MAX_FILES);
    let focus: Vec<Focus> = files
        .filter(|_| !cancel.is_cancelled())
        .filter_map(|file| Focus::of(&sources, change, file))
        .collect();
    let (mut past, mut guidelines) = (Vec::new(), Vec::new());
    let found = rayon::in_place_scope(|beside| {
        beside.spawn(|_| past = past::excerpts(&sources, &focus));
        beside.spawn(|_| guidelines = conventions::excerpts(&sources, change, &focus));
        candidates::gather(&sources, &focus, cancel)
    });
    Gathered {
        past,
        guidelines,
        sources,
        change,
        focus,
        found,
    }
}

impl Gathered<'_> {
    /// The second half of [`context`].
    pub fn context(&self, budget: Budget, weights: &Weights) -> Context {
        rank::rank(self, budget, weights)
    }

    /// Every file that something speaks for, with what that is (in the order of [`Part::ALL`]); for measuring.
    pub fn files(&self) -> impl Iterator<Item = (&RelPath, &[f32; Part::ALL.len()])> {
        self.found.files.iter()
    }
}
