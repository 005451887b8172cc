//! A flag that asks running work to stop.
//!
//! Cloning shares the flag. Work checks it between files and between checks; nothing is interrupted half-way through a
//! file, so what was finished before the flag was raised stays valid.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shared "please stop" flag; cheap to clone and to check.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that has not been raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everyone who holds a clone to stop. Cannot be undone.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
