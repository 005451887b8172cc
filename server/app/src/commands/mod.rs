//! One file per command: read the arguments, make one call into the engine, write the result.

pub(crate) mod ask;
pub(crate) mod bundle;
pub(crate) mod check;
mod comment;
pub(crate) mod commit_message;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod context;
mod conversations;
pub(crate) mod demo;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod dry_run;
pub(crate) mod eval;
pub(crate) mod index;
pub(crate) mod lsp;
pub(crate) mod review;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod set_key;
pub(crate) mod tests;
pub(crate) mod usage;
