//! The state that a case is reviewed with: money and the record are the user's, memory is nobody's.
//!
//! Limits and the record of requests hold as for every review; the record names the case before each path. Dismissals
//! and learnt counters are the user's opinion of their own code and have no place in a score.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::store::{Booking, BookingId, Dismissal, Limits, Seconds, Sent, Spend, Store, StoreError};
use base::{ContentHash, FindingId};

/// The user's store as one case sees it.
pub(super) struct Till {
    pub(super) store: Arc<dyn Store>,
    /// The case, for the record.
    pub(super) case: String,
    /// Whether verdicts of earlier runs are taken.
    pub(super) reuse: bool,
}

impl Till {
    fn places(&self, places: &[String]) -> Vec<String> {
        let named = |place| format!("case {}: {place}", self.case);
        places.iter().map(named).collect()
    }
}

impl Store for Till {
    fn verdict(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.reuse.then(|| self.store.verdict(key))?
    }

    fn freeze(&self, key: &ContentHash, verdict: &[u8]) -> Result<(), StoreError> {
        self.store.freeze(key, verdict)
    }

    fn dismissals(&self) -> Vec<Dismissal> {
        Vec::new()
    }

    fn dismiss(&self, _dismissal: &Dismissal) -> Result<(), StoreError> {
        Ok(())
    }

    fn restore(&self, _finding: FindingId) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn book(&self, booking: &Booking, limits: &Limits) -> Result<BookingId, StoreError> {
        self.store.book(
            &Booking {
                places: self.places(&booking.places),
                ..booking.clone()
            },
            limits,
        )
    }

    fn settle(&self, id: BookingId, entry: &Sent) -> Result<(), StoreError> {
        self.store.settle(
            id,
            &Sent {
                places: self.places(&entry.places),
                ..entry.clone()
            },
        )
    }

    fn spend(&self, since: Seconds) -> Result<Vec<Spend>, StoreError> {
        self.store.spend(since)
    }

    fn consent(&self, provider: &str, settings: &ContentHash) -> bool {
        self.store.consent(provider, settings)
    }

    fn set_consent(
        &self,
        provider: &str,
        settings: &ContentHash,
        given: bool,
    ) -> Result<(), StoreError> {
        self.store.set_consent(provider, settings, given)
    }

    fn counters(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    fn count(&self, _name: &str, _by: u64) {}
}
