//! The state file: what must outlive the process, for several windows at once and whatever kills them.
//!
//! Three things lie in the user's state folder, apart because they fail apart:
//! - `spend.db`, one for the user: what was spent and what is booked. Limits of money are the user's, not a workspace's,
//!   so checking and booking must be one transaction over all windows of all workspaces.
//! - `WORKSPACE/state.db`: frozen verdicts, private dismissals, consent, counters. Large, disposable, and gone with its
//!   folder; losing it must not lose the spend.
//! - `requests.jsonl`: the record of requests, in a form that outlives SQLite and that anybody can read.
//!
//! Nothing here decides what may be sent, and no key ever comes near it.

mod database;
mod kept;
mod lock;
mod place;
mod record;
mod spending;
mod state;
mod talks;

pub use record::{Broken, Verified};
pub use state::{Places, StateStore};

#[cfg(test)]
mod tests;
