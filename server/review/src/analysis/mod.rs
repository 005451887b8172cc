//! Checks that look around the change: at who uses what it changed, at what usually changes with it.
//!
//! Each check is a module with a table of descriptions and a function from [`Around`] to [`Remark`]s; the engine places,
//! filters, identifies and silences these like every other finding. Nothing here guesses: a remark names places that
//! can be opened, each read from the version under review, or it is not made.

#[cfg(test)]
mod accepted;
mod architecture;
mod arguments;
mod around;
mod assertions;
mod awaits;
mod body;
mod callers;
mod complexity;
mod dangling;
pub(crate) mod dependencies;
mod docs_drift;
mod errors;
mod existing;
#[cfg(test)]
mod fixtures;
mod gone_file;
mod gone_names;
mod guards;
mod ignored;
mod inverted;
mod lock_order;
mod pairs;
mod partner;
mod remembered;
mod retyped;
mod slip;
mod swapped;
#[cfg(test)]
mod tests;
mod transaction_order;
mod unaccompanied;
mod untested;
mod variants;
mod weakened;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use base::{CheckKind, Evidence, RelPath, RuleMeta};
use rayon::prelude::*;

pub(crate) use around::Around;
pub(crate) use remembered::Remembered;

use crate::checks::{About, Draft};

/// A remark about one file, before the engine makes a finding of it.
#[derive(Debug)]
pub(crate) struct Remark {
    pub(crate) path: RelPath,
    pub(crate) draft: Draft,
    /// What to say instead of the rule's description: what, where else, what to do.
    pub(crate) message: String,
    pub(crate) evidence: Vec<Evidence>,
    /// Why it is shown although it lies on no changed line.
    pub(crate) elsewhere: Option<String>,
}

/// One check: its descriptions, which of the index and the history it needs, and what it does.
struct Check {
    kind: CheckKind,
    about: &'static [About],
    run: fn(&Around<'_>) -> Vec<Remark>,
}

const CHECKS: &[Check] = &[
    Check {
        kind: CheckKind::Analysis,
        about: callers::ABOUT,
        run: callers::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: dangling::ABOUT,
        run: dangling::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: gone_names::ABOUT,
        run: gone_names::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: dependencies::ABOUT,
        run: dependencies::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: architecture::ABOUT,
        run: architecture::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: complexity::ABOUT,
        run: complexity::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: docs_drift::ABOUT,
        run: docs_drift::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: swapped::ABOUT,
        run: swapped::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: existing::ABOUT,
        run: existing::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: errors::ABOUT,
        run: errors::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: variants::ABOUT,
        run: variants::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: weakened::ABOUT,
        run: weakened::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: slip::ABOUT,
        run: slip::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: awaits::ABOUT,
        run: awaits::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: guards::ABOUT,
        run: guards::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: inverted::ABOUT,
        run: inverted::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: pairs::ABOUT,
        run: pairs::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: lock_order::ABOUT,
        run: lock_order::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: retyped::ABOUT,
        run: retyped::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: ignored::ABOUT,
        run: ignored::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: transaction_order::ABOUT,
        run: transaction_order::check,
    },
    Check {
        kind: CheckKind::Analysis,
        about: untested::ABOUT,
        run: untested::check,
    },
    Check {
        kind: CheckKind::History,
        about: partner::ABOUT,
        run: partner::check,
    },
    Check {
        kind: CheckKind::History,
        about: unaccompanied::ABOUT,
        run: unaccompanied::check,
    },
];

/// Places named in one remark.
const MAX_EVIDENCE: usize = 8;

/// The descriptions of all checks of this module.
pub(crate) fn metas() -> Vec<RuleMeta> {
    let metas = CHECKS.iter().flat_map(|check| {
        check.about.iter().map(|about| RuleMeta {
            check: check.kind,
            ..about.meta()
        })
    });
    metas.collect()
}

/// Runs the checks of which `is_on` wants at least one rule.
pub(crate) fn run(around: &Around<'_>, is_on: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Remark> {
    let wanted = CHECKS
        .par_iter()
        .with_max_len(1)
        .filter(|check| check.about.iter().any(|about| is_on(about.id)));
    let remarks = wanted.flat_map_iter(|check| {
        if around.cancel.is_cancelled() {
            return Vec::new();
        }
        let name = check.about.first().map(|about| about.id);
        let started = Instant::now();
        // A check that panics costs its own remarks and nothing else.
        let found = catch_unwind(AssertUnwindSafe(|| (check.run)(around)));
        let us = started.elapsed().as_micros() as u64;
        tracing::debug!(part = name, us, "looked around");
        found.unwrap_or_else(|_| {
            tracing::error!(check = name, "a check panicked");
            Vec::new()
        })
    });
    // In the order of the checks, whoever was done first.
    remarks.collect()
}
