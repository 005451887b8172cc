//! The crate against real repositories in temporary folders, made by libgit2 and by git.

#[cfg(unix)]
mod files;
#[cfg(unix)]
mod git;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod oracle;
mod scopes;
#[cfg(unix)]
mod states;
mod support;
