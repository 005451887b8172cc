//! The language server as a client sees it: the real transport and framing over a pipe in memory, and a workspace in
//! memory. Nothing here touches a disk, a network or a clock (a silent server ends a test by a watchdog, no more).
//!
//! A test ends by dropping its client, which says goodbye and fails on every message that the test did not account for.

mod client;
mod commands;
mod documents;
mod fixes;
mod folders;
mod idle;
mod index;
mod indexing;
mod model;
mod own_files;
mod pull;
mod reviews;
mod robustness;
mod session;
mod traps;
mod typing;
mod workspace;
