//! A store in memory: the state of a test, and of a process that may not write anything down.
//!
//! It goes by the same rule of limits as the store on disk. Its clock stands still until a test moves it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::calendar;
use crate::model::Usage;
use crate::store::{
    BOOKING_LASTS, Booking, BookingId, Dismissal, Limits, Seconds, Sent, Spend, Store, StoreError,
    Used,
};
use crate::{ContentHash, Conversation, ConversationId, Conversations, FindingId, Turn};

/// What outlives nothing.
#[derive(Debug)]
pub struct MemoryStore(Mutex<State>);

impl Default for MemoryStore {
    /// Begins on a day like any other: 2026-11-20, about noon.
    fn default() -> Self {
        Self::at(1_795_176_000)
    }
}

#[derive(Debug, Default)]
struct State {
    now: Seconds,
    verdicts: HashMap<ContentHash, Vec<u8>>,
    dismissals: Vec<Dismissal>,
    bookings: BTreeMap<i64, (Seconds, Booking)>,
    booked: i64,
    sent: Vec<(Seconds, Sent)>,
    consents: HashMap<(String, ContentHash), bool>,
    counters: BTreeMap<String, u64>,
    turns: Vec<(ConversationId, Turn)>,
}

impl MemoryStore {
    /// An empty store whose clock stands at `now`.
    pub fn at(now: Seconds) -> Self {
        Self(Mutex::new(State {
            now,
            ..State::default()
        }))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Seconds) {
        self.state().now += by;
    }

    /// The record of requests, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state()
            .sent
            .iter()
            .map(|(_, sent)| sent.clone())
            .collect()
    }

    /// Bookings that were never settled.
    pub fn open_bookings(&self) -> usize {
        self.state().bookings.len()
    }

    /// How many verdicts are frozen.
    pub fn verdicts(&self) -> usize {
        self.state().verdicts.len()
    }

    // A panic while the lock was held broke no state that matters: every change is one assignment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn used(&self) -> Used {
        let since = |start: Seconds| {
            let sent = self.sent.iter().filter(move |(at, _)| *at >= start);
            let sent = sent.filter_map(|(_, sent)| sent.usage.cost_micro_usd);
            let live = self.now.saturating_sub(BOOKING_LASTS);
            let booked = self.bookings.values();
            let booked = booked.filter(move |(at, _)| *at >= start && *at > live);
            let booked = booked.filter_map(|(_, booking)| booking.cost_micro_usd);
            sent.chain(booked).fold(0, u64::saturating_add)
        };
        let hour = self.now.saturating_sub(3_600);
        let times = self.sent.iter().map(|(at, _)| *at);
        let times = times.chain(self.bookings.values().map(|(at, _)| *at));
        Used {
            day_micro_usd: since(calendar::day_start(self.now)),
            month_micro_usd: since(calendar::month_start(self.now)),
            requests_last_hour: times.filter(|at| *at > hour).count() as u64,
        }
    }
}

impl Conversations for MemoryStore {
    fn keep(&self, of: Option<ConversationId>, turn: &Turn) -> Result<ConversationId, StoreError> {
        let mut state = self.state();
        let last = state.turns.iter().map(|(id, _)| id.0).max().unwrap_or(0);
        let id = of.unwrap_or(ConversationId(last + 1));
        state.turns.push((id, turn.clone()));
        Ok(id)
    }

    fn list(&self, words: &[String]) -> Result<Vec<Conversation>, StoreError> {
        let state = self.state();
        let mut found: Vec<Conversation> = Vec::new();
        for (id, turn) in &state.turns {
            match found.iter_mut().find(|known| known.id == *id) {
                Some(known) => (known.turns, known.at) = (known.turns + 1, turn.at),
                None => found.push(Conversation {
                    id: *id,
                    title: turn.question.clone(),
                    turns: 1,
                    at: turn.at,
                }),
            }
        }
        found.retain(|known| {
            words.iter().all(|word| {
                let own = state.turns.iter().filter(|(id, _)| *id == known.id);
                let has = |text: &str| text.to_lowercase().contains(&word.to_lowercase());
                let mut own = own.map(|(_, turn)| turn);
                own.any(|turn| has(&turn.question) || has(&turn.answer))
            })
        });
        found.reverse();
        Ok(found)
    }

    fn turns(&self, of: ConversationId) -> Result<Vec<Turn>, StoreError> {
        let state = self.state();
        let own = state.turns.iter().filter(|(id, _)| *id == of);
        Ok(own.map(|(_, turn)| turn.clone()).collect())
    }

    fn forget(&self, of: ConversationId) -> Result<bool, StoreError> {
        let turns = &mut self.state().turns;
        let before = turns.len();
        turns.retain(|(id, _)| *id != of);
        Ok(turns.len() < before)
    }
}

impl Store for MemoryStore {
    fn verdict(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.state().verdicts.get(key).cloned()
    }

    fn freeze(&self, key: &ContentHash, verdict: &[u8]) -> Result<(), StoreError> {
        self.state().verdicts.insert(*key, verdict.to_vec());
        Ok(())
    }

    fn dismissals(&self) -> Vec<Dismissal> {
        let state = self.state();
        let counts = |dismissal: &&Dismissal| dismissal.expires.is_none_or(|at| at > state.now);
        state.dismissals.iter().filter(counts).cloned().collect()
    }

    fn dismiss(&self, dismissal: &Dismissal) -> Result<(), StoreError> {
        let dismissals = &mut self.state().dismissals;
        dismissals.retain(|other| other.finding != dismissal.finding);
        dismissals.push(dismissal.clone());
        Ok(())
    }

    fn restore(&self, finding: FindingId) -> Result<bool, StoreError> {
        let dismissals = &mut self.state().dismissals;
        let before = dismissals.len();
        dismissals.retain(|dismissal| dismissal.finding != finding);
        Ok(dismissals.len() < before)
    }

    fn book(&self, booking: &Booking, limits: &Limits) -> Result<BookingId, StoreError> {
        let mut state = self.state();
        limits.allow(&state.used(), booking)?;
        state.booked += 1;
        let (id, now) = (state.booked, state.now);
        state.bookings.insert(id, (now, booking.clone()));
        Ok(BookingId(id))
    }

    fn settle(&self, id: BookingId, entry: &Sent) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.bookings.remove(&id.0).is_none() {
            return Err(StoreError("this request was settled before".to_owned()));
        }
        let now = state.now;
        state.sent.push((now, entry.clone()));
        Ok(())
    }

    fn spend(&self, since: Seconds) -> Result<Vec<Spend>, StoreError> {
        let state = self.state();
        let mut days: BTreeMap<_, (u64, Usage)> = BTreeMap::new();
        for (at, sent) in state.sent.iter().filter(|(at, _)| *at >= since) {
            let key = (calendar::day(*at), sent.model.clone());
            let (requests, usage) = days.entry(key).or_insert((0, NOTHING));
            *requests += 1;
            *usage = usage.plus(sent.usage);
        }
        let spend = |((day, model), (requests, usage))| Spend {
            day,
            model,
            requests,
            usage,
        };
        Ok(days.into_iter().map(spend).collect())
    }

    fn consent(&self, provider: &str, settings: &ContentHash) -> bool {
        let key = (provider.to_owned(), *settings);
        self.state().consents.get(&key).copied().unwrap_or(false)
    }

    fn set_consent(
        &self,
        provider: &str,
        settings: &ContentHash,
        given: bool,
    ) -> Result<(), StoreError> {
        let key = (provider.to_owned(), *settings);
        self.state().consents.insert(key, given);
        Ok(())
    }

    fn counters(&self) -> BTreeMap<String, u64> {
        self.state().counters.clone()
    }

    fn count(&self, name: &str, by: u64) {
        let mut state = self.state();
        let counter = state.counters.entry(name.to_owned()).or_default();
        *counter = counter.saturating_add(by);
    }
}

/// Used by nobody, and known to cost nothing.
const NOTHING: Usage = Usage {
    input_tokens: 0,
    cached_tokens: 0,
    cache_written_tokens: 0,
    output_tokens: 0,
    cost_micro_usd: Some(0),
    estimated: false,
};

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::model::{ModelName, Usage};
    use crate::store::{BOOKING_LASTS, Booking, Limits, Sent, Store};
    use crate::{ContentHash, FindingId, RelPath, RuleId};

    fn booking(cost: u64) -> Booking {
        Booking {
            role: "review".to_owned(),
            attempt: 1,
            places: Vec::new(),
            hash: ContentHash::of(b"request"),
            input_tokens: 1,
            model: ModelName::parse("a/b").expect("a name"),
            tokens: 10,
            cost_micro_usd: Some(cost),
        }
    }

    fn sent(cost: Option<u64>) -> Sent {
        Sent {
            model: ModelName::parse("a/b").expect("a name"),
            role: "review".to_owned(),
            attempt: 1,
            places: vec!["src/a.rs:1-3".to_owned()],
            hash: ContentHash::of(b"request"),
            usage: Usage {
                input_tokens: 5,
                output_tokens: 2,
                cost_micro_usd: cost,
                ..Usage::default()
            },
            outcome: "done".to_owned(),
        }
    }

    #[test]
    fn what_is_booked_counts_until_it_is_settled_or_old() {
        let store = MemoryStore::at(1_700_000_000);
        let limits = Limits {
            day_micro_usd: Some(100),
            ..Limits::default()
        };
        let first = store.book(&booking(60), &limits).expect("fits");
        store
            .book(&booking(60), &limits)
            .expect_err("does not fit beside the first");
        store.settle(first, &sent(Some(10))).expect("settled");
        store
            .settle(first, &sent(Some(10)))
            .expect_err("settled before");
        store.book(&booking(90), &limits).expect("fits exactly");
        store.book(&booking(1), &limits).expect_err("full");
        store.advance(BOOKING_LASTS);
        store
            .book(&booking(90), &limits)
            .expect("its process was killed");
        assert_eq!((store.open_bookings(), store.sent().len()), (2, 1));
        let spend = store.spend(0).expect("readable");
        assert_eq!(
            (
                spend.len(),
                spend[0].requests,
                spend[0].usage.cost_micro_usd
            ),
            (1, 1, Some(10))
        );
        let next = store
            .book(&booking(0), &Limits::default())
            .expect("no limit");
        store.settle(next, &sent(None)).expect("settled");
        assert_eq!(
            store.spend(0).expect("readable")[0].usage.cost_micro_usd,
            None,
            "unknown"
        );
    }

    #[test]
    fn requests_are_counted_by_the_hour() {
        let store = MemoryStore::at(1_700_000_000);
        let limits = Limits {
            requests_per_hour: Some(2),
            ..Limits::default()
        };
        let first = store.book(&booking(1), &limits).expect("one");
        store.settle(first, &sent(Some(1))).expect("settled");
        store.book(&booking(1), &limits).expect("two");
        store.book(&booking(1), &limits).expect_err("three");
        store.advance(3_600);
        store.book(&booking(1), &limits).expect("an hour later");
    }

    #[test]
    fn what_is_kept_is_found_again() {
        let store = MemoryStore::at(100);
        let key = ContentHash::of(b"key");
        assert_eq!(store.verdict(&key), None);
        store.freeze(&key, b"verdict").expect("kept");
        assert_eq!(store.verdict(&key).as_deref(), Some(&b"verdict"[..]));
        let mut dismissal = crate::store::Dismissal {
            finding: FindingId(7),
            rule: RuleId::new("model/bug"),
            path: RelPath::new("a.rs").expect("a path"),
            title: "t".to_owned(),
            reason: "false".to_owned(),
            at: 100,
            expires: Some(200),
        };
        store.dismiss(&dismissal).expect("kept");
        dismissal.reason = "by-design".to_owned();
        store.dismiss(&dismissal).expect("replaced");
        assert_eq!(store.dismissals(), [dismissal]);
        store.advance(100);
        assert!(store.dismissals().is_empty(), "expired");
        assert_eq!(store.restore(FindingId(7)), Ok(true));
        assert_eq!(store.restore(FindingId(7)), Ok(false));
        assert!(!store.consent("a", &key));
        store.set_consent("a", &key, true).expect("kept");
        assert!(store.consent("a", &key) && !store.consent("a", &ContentHash::of(b"other")));
        store.count("x", 2);
        store.count("x", 3);
        assert_eq!(
            store.counters().into_iter().collect::<Vec<_>>(),
            [("x".to_owned(), 5)]
        );
    }
}
