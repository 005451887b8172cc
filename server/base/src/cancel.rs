//! A flag that asks running work to stop.
//!
//! Cloning shares the flag. Work checks it between files and between checks; nothing is interrupted half-way through a
//! file, so what was finished before the flag was raised stays valid.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shared "please stop" flag; cheap to clone and to check.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    /// Flags that count for this one, too.
    others: Vec<Cancel>,
}

impl Cancel {
    /// A flag that has not been raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag that counts as raised as soon as this one or `other` is.
    pub fn or(&self, other: &Self) -> Self {
        Self(Arc::new(Flag {
            raised: AtomicBool::new(false),
            others: vec![self.clone(), other.clone()],
        }))
    }

    /// Asks everyone who holds a clone to stop. Cannot be undone.
    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed) || self.0.others.iter().any(Self::is_cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::Cancel;

    #[test]
    fn either_of_two_flags_is_enough() {
        let (first, second) = (Cancel::new(), Cancel::new());
        let either = first.or(&second);
        assert!(!either.is_cancelled());
        second.cancel();
        assert!(either.is_cancelled() && !first.is_cancelled());
        // Its own does not reach the two.
        let (first, second) = (Cancel::new(), Cancel::new());
        let either = first.or(&second);
        either.cancel();
        assert!(either.is_cancelled() && !first.is_cancelled() && !second.is_cancelled());
    }
}
