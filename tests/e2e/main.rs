//! End to end: the real `obelus` binary on real folders. One test binary, one module per face of the program.
//!
//! Few and broad on purpose: what a feature does in detail is tested where it lives. No test touches the network, the
//! user's own configuration or a folder outside its own temporary one.

mod ask;
#[cfg(unix)]
mod check;
mod cli;
mod cli_ci;
mod cli_output;
mod commenting;
mod configuration;
mod describe;
mod eval;
#[cfg(unix)]
mod interrupted;
mod known;
mod lsp_consulted;
mod lsp_model;
mod lsp_process;
mod lsp_whole;
mod lsp_words;
mod model_faults;
mod models;
mod pages;
#[cfg(unix)]
mod precommit;
mod slow;
mod support;
mod telemetry;
mod testing;
mod typing;
