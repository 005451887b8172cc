//! The port to what outlives the process: frozen verdicts, private dismissals, the record of requests, spend, consent.
//!
//! An implementation is shared by several windows on one workspace and survives being killed at any moment. Everything
//! but the record of requests is a convenience: where it cannot be read, the caller goes on without it and says so.

use std::collections::BTreeMap;

use crate::model::{ModelName, Usage};
use crate::{ContentHash, FindingId, RelPath, RuleId};

/// Seconds since 1970, UTC.
pub type Seconds = u64;

/// Why the store could not do something, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// What outlives the process.
pub trait Store: Send + Sync {
    /// What was decided for this key; `None` also where it cannot be read.
    fn verdict(&self, key: &ContentHash) -> Option<Vec<u8>>;

    /// Remembers a decision. The oldest are forgotten when there are too many.
    fn freeze(&self, key: &ContentHash, verdict: &[u8]) -> Result<(), StoreError>;

    /// Every private dismissal of this workspace that has not expired.
    fn dismissals(&self) -> Vec<Dismissal>;

    /// Keeps a private dismissal; replaces one of the same finding.
    fn dismiss(&self, dismissal: &Dismissal) -> Result<(), StoreError>;

    /// Takes a private dismissal back; whether there was one.
    fn restore(&self, finding: FindingId) -> Result<bool, StoreError>;

    /// Checks the limits and books the most that an attempt can use, in one step that other windows cannot cross.
    /// `Err` says which limit, what is left of it and how to raise it: then nothing was booked.
    fn book(&self, booking: &Booking, limits: &Limits) -> Result<BookingId, StoreError>;

    /// Replaces a booking by what was really used and adds the attempt to the record of requests.
    fn settle(&self, id: BookingId, entry: &Sent) -> Result<(), StoreError>;

    /// What was spent, in all workspaces: by day (`2026-11-21`, local to UTC) and model, oldest first.
    fn spend(&self, since: Seconds) -> Result<Vec<Spend>, StoreError>;

    /// Whether the user let this workspace's text be sent to this provider, with configuration and rules as they are now (their hash).
    fn consent(&self, provider: &str, settings: &ContentHash) -> bool;

    /// Keeps the user's answer.
    fn set_consent(
        &self,
        provider: &str,
        settings: &ContentHash,
        given: bool,
    ) -> Result<(), StoreError>;

    /// Counters that tell what was learnt, by name (`near-repeats-held-back`); never content.
    fn counters(&self) -> BTreeMap<String, u64>;

    /// Adds to a counter.
    fn count(&self, name: &str, by: u64);
}

/// A finding that its user does not want to see again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dismissal {
    /// The finding.
    pub finding: FindingId,
    /// Its rule.
    pub rule: RuleId,
    /// Its file.
    pub path: RelPath,
    /// Its title, to recognise near repeats by.
    pub title: String,
    /// Why: `false`, `not-now`, `by-design`, `too-picky`, or the user's own words.
    pub reason: String,
    /// When.
    pub at: Seconds,
    /// From when on it counts no more.
    pub expires: Option<Seconds>,
}

/// Names a booking until it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BookingId(pub i64);

/// The most that an attempt can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Whom it goes to.
    pub model: ModelName,
    /// Tokens, input and output.
    pub tokens: u64,
    /// Money in millionths of a dollar; `None` where the price is not known.
    pub cost_micro_usd: Option<u64>,
}

/// What may be spent; `None` is no limit. Money that is not known counts as nothing here: the caller decides before
/// whether a model without a price may be used under a limit of money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In millionths of a dollar, since midnight UTC.
    pub day_micro_usd: Option<u64>,
    /// In millionths of a dollar, since the first of the month, UTC.
    pub month_micro_usd: Option<u64>,
    /// Requests in the last 3,600 seconds.
    pub requests_per_hour: Option<u32>,
}

/// One request as it goes into the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whom it went to.
    pub model: ModelName,
    /// What for: a role's name.
    pub role: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Paths and line ranges whose text was in it.
    pub places: Vec<String>,
    /// Hash of what was sent.
    pub hash: ContentHash,
    /// What it used.
    pub usage: Usage,
    /// `done`, or the failure in one line.
    pub outcome: String,
}

/// What was spent on one day with one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// `2026-11-21`, UTC.
    pub day: String,
    /// The model.
    pub model: ModelName,
    /// Attempts.
    pub requests: u64,
    /// Tokens and money; the money is unknown where that of one attempt is.
    pub usage: Usage,
}
