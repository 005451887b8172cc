//! Tokens and money: looked at before each attempt, booked, settled, added up.
//!
//! Nothing is sent that could cross a limit, retries and reasoning included: what an attempt can use at most is booked
//! before it, so requests side by side cannot cross it together. A price that is not known cannot be kept under a limit,
//! so under one no request is made.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::model::{Attempt, Usage, Watch};
use base::store::{Booking, BookingId, Limits, Sent, dollars};
use base::{Cancel, ModelError, ModelName, Store};
use tokio::sync::mpsc::UnboundedSender;

/// What one review may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cap {
    /// Tokens of input.
    pub(super) input_tokens: u64,
    /// Tokens of input and output; `None` is no limit.
    pub(super) tokens: Option<u64>,
    /// In millionths of a dollar; `None` is no limit.
    pub(super) micro_usd: Option<u64>,
}

/// What one review used.
pub(super) struct Purse {
    cap: Cap,
    limits: Limits,
    store: Option<Arc<dyn Store>>,
    /// Models that may be used although nobody knows what they cost.
    unpriced: Vec<ModelName>,
    used: Mutex<Used>,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct Used {
    usage: Usage,
    requests: u64,
    /// Money of attempts whose cost was not told, at most.
    untold: u64,
    /// Tokens of input, of input and output, and money of attempts under way.
    booked: HashMap<u64, (u64, u64, u64)>,
}

impl Purse {
    pub(super) fn new(
        cap: Cap,
        limits: Limits,
        store: Option<Arc<dyn Store>>,
        unpriced: Vec<ModelName>,
    ) -> Self {
        Self {
            cap,
            limits,
            store,
            unpriced,
            used: Mutex::default(),
            next: AtomicU64::new(0),
        }
    }

    /// Attempts that were made and what they used.
    pub(super) fn receipt(&self) -> (u64, Usage) {
        let used = self.used();
        (used.requests, used.usage)
    }

    /// Whether a request of so many tokens of input would still be sent.
    pub(super) fn has_room(&self, input_tokens: u64) -> bool {
        let used = self.used();
        used.input() + input_tokens <= self.cap.input_tokens
    }

    fn enter(&self, attempt: &Attempt) -> Result<u64, String> {
        let mut used = self.used();
        let input = used.input() + attempt.input_tokens;
        if input > self.cap.input_tokens {
            return Err(format!(
                "not sent: this review would read {input} tokens and may read {}; raise `budget.review_tokens`, or review \
                 a smaller change",
                self.cap.input_tokens
            ));
        }
        let whole = attempt.input_tokens + attempt.max_output_tokens;
        if let Some(limit) = self.cap.tokens
            && used.tokens() + whole > limit
        {
            return Err(format!(
                "not sent: this review may use {limit} tokens, {} are used or booked, and the next request can use \
                 {whole}; raise `budget.review_tokens`, or review a smaller change",
                used.tokens()
            ));
        }
        let mut cost = attempt.max_cost_micro_usd.unwrap_or(0);
        let is_free =
            attempt.max_cost_micro_usd.is_none() && self.unpriced.contains(&attempt.model);
        if let Some(limit) = self.cap.micro_usd.filter(|_| !is_free) {
            let Some(most) = attempt.max_cost_micro_usd else {
                return Err(format!(
                    "not sent: this review may cost {} and the price of {} is not known; set its price, or leave the \
                     limit out",
                    dollars(limit),
                    attempt.model
                ));
            };
            let spent = used.cost();
            if spent + most > limit {
                return Err(format!(
                    "not sent: this review may cost {}, {} are spent or booked, and the next request can cost {}; raise \
                     --max-cost or `budget.review_usd`",
                    dollars(limit),
                    dollars(spent),
                    dollars(most)
                ));
            }
            cost = most;
        }
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        used.booked
            .insert(ticket, (attempt.input_tokens, whole, cost));
        used.requests += 1;
        Ok(ticket)
    }

    fn leave(&self, ticket: u64, usage: &Usage) {
        let mut used = self.used();
        let booked = used.booked.remove(&ticket);
        if usage.cost_micro_usd.is_none() {
            // Nobody says what it cost: what it could cost at most counts.
            used.untold += booked.map_or(0, |(.., cost)| cost);
        }
        used.usage = used.usage.plus(*usage);
    }

    /// The attempt was not made after all.
    fn take_back(&self, ticket: u64) {
        let mut used = self.used();
        used.booked.remove(&ticket);
        used.requests -= 1;
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Used {
    fn input(&self) -> u64 {
        self.usage.input_tokens + self.booked.values().map(|(tokens, ..)| tokens).sum::<u64>()
    }

    fn tokens(&self) -> u64 {
        let booked = self
            .booked
            .values()
            .map(|(_, tokens, _)| tokens)
            .sum::<u64>();
        self.usage.input_tokens + self.usage.output_tokens + booked
    }

    fn cost(&self) -> u64 {
        let told = self.usage.cost_micro_usd.unwrap_or(0);
        told + self.untold + self.booked.values().map(|(.., cost)| cost).sum::<u64>()
    }
}

/// What a reply says while it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The next piece.
    Piece(String),
    /// What came so far is void.
    Restarted,
}

/// Follows one request for a [`Purse`].
pub(super) struct Follow<'a> {
    purse: &'a Purse,
    cancel: Cancel,
    heard: Option<UnboundedSender<Heard>>,
    under_way: Option<(u64, Option<BookingId>, Attempt)>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(
        purse: &'a Purse,
        cancel: &Cancel,
        heard: Option<UnboundedSender<Heard>>,
    ) -> Self {
        Self {
            purse,
            cancel: cancel.clone(),
            heard,
            under_way: None,
        }
    }
}

impl Follow<'_> {
    fn record(&self, booked: Option<BookingId>, attempt: &Attempt, usage: &Usage, outcome: &str) {
        let (Some(store), Some(booked)) = (&self.purse.store, booked) else {
            return;
        };
        let entry = Sent {
            model: attempt.model.clone(),
            role: attempt.role.as_str().to_owned(),
            attempt: attempt.number,
            places: attempt.places.clone(),
            hash: attempt.hash,
            usage: *usage,
            outcome: outcome.to_owned(),
        };
        if let Err(error) = store.settle(booked, &entry) {
            tracing::warn!(%error, "a request could not be recorded");
        }
    }
}

// A request that is dropped half-way was sent all the same, and counts to the full.
impl Drop for Follow<'_> {
    fn drop(&mut self) {
        if let Some((ticket, booked, attempt)) = self.under_way.take() {
            let usage = Usage {
                input_tokens: attempt.input_tokens,
                cost_micro_usd: attempt.max_cost_micro_usd,
                estimated: true,
                ..Usage::default()
            };
            self.purse.leave(ticket, &usage);
            self.record(booked, &attempt, &usage, "given up");
        }
    }
}

impl Watch for Follow<'_> {
    fn attempt(&mut self, attempt: &Attempt) -> Result<(), String> {
        if self.cancel.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        let ticket = self.purse.enter(attempt)?;
        let booking = Booking::of(attempt);
        let booked = match &self.purse.store {
            Some(store) => store.book(&booking, &self.purse.limits).map(Some),
            None => Ok(None),
        };
        match booked {
            Ok(booked) => {
                self.under_way = Some((ticket, booked, attempt.clone()));
                Ok(())
            }
            Err(refusal) => {
                self.purse.take_back(ticket);
                Err(format!("not sent: {refusal}"))
            }
        }
    }

    fn ended(&mut self, attempt: &Attempt, usage: &Usage, error: Option<&ModelError>) {
        if let Some((ticket, booked, _)) = self.under_way.take() {
            let outcome = error.map_or("done", |error| error.message.as_str());
            self.purse.leave(ticket, usage);
            self.record(booked, attempt, usage, outcome);
        }
    }

    fn text(&mut self, piece: &str) {
        if let Some(heard) = &self.heard {
            // Nobody listens any more when the unit was given up.
            heard.send(Heard::Piece(piece.to_owned())).ok();
        }
    }

    fn restarted(&mut self) {
        if let Some(heard) = &self.heard {
            heard.send(Heard::Restarted).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::memory_store::MemoryStore;
    use base::model::{Attempt, Role, Usage, Watch};
    use base::store::Limits;
    use base::{Cancel, ContentHash, ModelName};

    use super::{Cap, Follow, Purse};

    fn attempt(input: u64, cost: Option<u64>) -> Attempt {
        Attempt {
            model: ModelName::parse("a/b").expect("a name"),
            role: Role::Review,
            number: 1,
            input_tokens: input,
            max_output_tokens: 10,
            max_cost_micro_usd: cost,
            hash: ContentHash::of(b""),
            places: Vec::new(),
        }
    }

    fn cap(input_tokens: u64, micro_usd: Option<u64>) -> Cap {
        Cap {
            input_tokens,
            tokens: None,
            micro_usd,
        }
    }

    #[test]
    fn what_is_under_way_counts() {
        let purse = Purse::new(cap(100, Some(50)), Limits::default(), None, Vec::new());
        let cancel = Cancel::new();
        let (mut first, mut second) = (
            Follow::new(&purse, &cancel, None),
            Follow::new(&purse, &cancel, None),
        );
        assert_eq!(first.attempt(&attempt(60, Some(30))), Ok(()));
        let refused = second
            .attempt(&attempt(60, Some(1)))
            .expect_err("too many tokens");
        assert!(refused.contains("120 tokens"), "{refused}");
        let refused = second
            .attempt(&attempt(10, Some(21)))
            .expect_err("too much money");
        assert!(refused.contains("--max-cost"), "{refused}");
        let used = Usage {
            input_tokens: 20,
            cost_micro_usd: Some(5),
            ..Usage::default()
        };
        first.ended(&attempt(60, Some(30)), &used, None);
        assert_eq!(second.attempt(&attempt(60, Some(45))), Ok(()));
        let refused = first.attempt(&attempt(1, None)).expect_err("no price");
        assert!(refused.contains("not known"), "{refused}");
        assert_eq!(purse.receipt(), (2, used));
    }

    #[test]
    fn the_store_is_asked_told_and_obeyed() {
        let store = Arc::new(MemoryStore::default());
        let limits = Limits {
            requests_per_hour: Some(1),
            ..Limits::default()
        };
        let purse = Purse::new(cap(1_000, None), limits, Some(store.clone()), Vec::new());
        let mut follow = Follow::new(&purse, &Cancel::new(), None);
        assert_eq!(follow.attempt(&attempt(10, None)), Ok(()));
        follow.ended(&attempt(10, None), &Usage::default(), None);
        assert_eq!((store.sent().len(), store.open_bookings()), (1, 0));
        let refused = follow.attempt(&attempt(10, None)).expect_err("one an hour");
        assert!(refused.contains("requests"), "{refused}");
        assert_eq!(purse.receipt().0, 1);
        let cancel = Cancel::new();
        cancel.cancel();
        assert!(
            Follow::new(&purse, &cancel, None)
                .attempt(&attempt(1, None))
                .is_err()
        );
    }
}
