//! The crate against real repositories in temporary folders, made by libgit2.

mod scopes;
mod support;
