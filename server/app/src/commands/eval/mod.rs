//! `obelus eval`: how good a model reviews, on labelled cases; and such cases from the user's own history.
//!
//! A case is reviewed as any change is: in a repository of its own, with an index, the same limits, the same record of
//! requests. Only what must not colour a score is left out: verdicts of earlier runs, and what the user dismissed.

mod collect;
mod run;
mod show;
mod till;

use std::path::Path;

use crate::args;
use crate::status::{Failure, Status};
use crate::terminal::Terminal;

pub(crate) fn run(
    args: &args::Eval,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    match args {
        args::Eval::Run(args) => run::run(args, folder, terminal),
        args::Eval::Collect(args) => collect::run(args, folder, terminal),
    }
}
