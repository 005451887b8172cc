//! The index over real folders: what it answers, how it follows the disk, and what it does with a damaged cache.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot make its fixture has failed"
)]

mod answers;
mod bad_input;
mod damage;
mod following;
mod slow;
mod support;
