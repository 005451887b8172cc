//! The port to what outlives the process: frozen verdicts, private dismissals, the record of requests, spend, consent.
//!
//! An implementation is shared by several windows on one workspace and survives being killed at any moment. Everything
//! but the record of requests is a convenience: where it cannot be read, the caller goes on without it and says so.

use std::collections::BTreeMap;

use crate::model::{Attempt, ModelName, Usage};
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

/// An attempt that is about to be made, and the most that it can use.
///
/// It says all that the record of requests needs: where the process ends before the attempt is settled, that much is
/// recorded of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Whom it goes to.
    pub model: ModelName,
    /// What for: a role's name.
    pub role: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Paths and line ranges whose text is in it.
    pub places: Vec<String>,
    /// Hash of what is sent.
    pub hash: ContentHash,
    /// Tokens of input, estimated.
    pub input_tokens: u64,
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

/// What is used or booked at the moment when a limit is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// In millionths of a dollar, since midnight UTC.
    pub day_micro_usd: u64,
    /// In millionths of a dollar, since the first of the month, UTC.
    pub month_micro_usd: u64,
    /// In the last 3,600 seconds.
    pub requests_last_hour: u64,
}

impl Booking {
    /// What is booked for an attempt of a client.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            model: attempt.model.clone(),
            role: attempt.role.as_str().to_owned(),
            attempt: attempt.number,
            places: attempt.places.clone(),
            hash: attempt.hash,
            input_tokens: attempt.input_tokens,
            tokens: attempt
                .input_tokens
                .saturating_add(attempt.max_output_tokens),
            cost_micro_usd: attempt.max_cost_micro_usd,
        }
    }

    /// What is recorded of an attempt whose process ended before it was settled: it may have been answered and paid for.
    pub fn lost(&self) -> Sent {
        let most = match self.cost_micro_usd {
            Some(0) => String::new(),
            Some(most) => format!(", and it can have cost {}", dollars(most)),
            None => ", and its price is not known".to_owned(),
        };
        Sent {
            model: self.model.clone(),
            role: self.role.clone(),
            attempt: self.attempt,
            places: self.places.clone(),
            hash: self.hash,
            usage: Usage {
                input_tokens: self.input_tokens,
                estimated: true,
                ..Usage::default()
            },
            outcome: format!("not known: the process that asked ended before it was settled{most}"),
        }
    }
}

impl Limits {
    /// Whether there is no limit at all.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an attempt still fits: the one rule that every store goes by.
    pub fn allow(&self, used: &Used, booking: &Booking) -> Result<(), StoreError> {
        let cost = booking.cost_micro_usd.unwrap_or(0);
        let money = [
            (self.day_micro_usd, used.day_micro_usd, "day"),
            (self.month_micro_usd, used.month_micro_usd, "month"),
        ];
        for (limit, used, span) in money {
            let Some(limit) = limit else { continue };
            let left = limit.saturating_sub(used);
            if cost > left || (left == 0 && booking.cost_micro_usd != Some(0)) {
                return Err(StoreError(format!(
                    "the budget of this {span} does not allow it: {} of {} are left and a request to {} can cost {}; \
                     raise `budget.{span}_usd` in your own config.toml, or wait until the {span} is over (UTC)",
                    dollars(left),
                    dollars(limit),
                    booking.model,
                    booking
                        .cost_micro_usd
                        .map_or("an unknown sum".to_owned(), dollars),
                )));
            }
        }
        match self.requests_per_hour {
            Some(limit) if used.requests_last_hour >= u64::from(limit) => Err(StoreError(format!(
                "{} requests were made in the last hour and `budget.requests_per_hour` allows {limit}; raise it in \
                     your own config.toml, or try again later",
                used.requests_last_hour
            ))),
            _ => Ok(()),
        }
    }
}

/// Seconds after which the booking of an attempt that was never settled counts no more: its process was killed.
pub const BOOKING_LASTS: Seconds = 3_600;

/// Money for people: `$1.25`, `$0.0031`.
pub fn dollars(micro_usd: u64) -> String {
    match micro_usd {
        0 => "$0.00".to_owned(),
        1..50 => "less than $0.0001".to_owned(),
        50..100_000 => format!("${:.4}", micro_usd as f64 / 1e6),
        _ => format!("${:.2}", micro_usd as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::{Booking, Limits, Used, dollars};
    use crate::ModelName;

    #[test]
    fn a_limit_is_held_to_the_millionth() {
        let booking = |cost| Booking {
            model: ModelName::parse("a/b").expect("a name"),
            role: "review".to_owned(),
            attempt: 1,
            places: Vec::new(),
            hash: crate::ContentHash::of(b"request"),
            input_tokens: 1,
            tokens: 1,
            cost_micro_usd: cost,
        };
        let limits = Limits {
            day_micro_usd: Some(1_000),
            month_micro_usd: Some(5_000),
            requests_per_hour: Some(2),
        };
        let used = Used {
            day_micro_usd: 900,
            month_micro_usd: 900,
            requests_last_hour: 1,
        };
        assert!(limits.allow(&used, &booking(Some(100))).is_ok());
        let error = limits
            .allow(&used, &booking(Some(101)))
            .expect_err("more than is left");
        assert_eq!(
            error.0,
            "the budget of this day does not allow it: $0.0001 of $0.0010 are left and a request to a/b can cost \
             $0.0001; raise `budget.day_usd` in your own config.toml, or wait until the day is over (UTC)"
        );
        let over = Used {
            day_micro_usd: 0,
            month_micro_usd: 4_950,
            ..used
        };
        let error = limits
            .allow(&over, &booking(Some(51)))
            .expect_err("the month");
        assert!(error.0.contains("`budget.month_usd`"), "{error}");
        let busy = Used {
            requests_last_hour: 2,
            ..used
        };
        let error = limits.allow(&busy, &booking(None)).expect_err("too many");
        assert!(error.0.contains("`budget.requests_per_hour`"), "{error}");
        let spent = Used {
            day_micro_usd: 1_000,
            ..used
        };
        assert!(
            limits.allow(&spent, &booking(None)).is_err(),
            "nothing left, and the price is not known"
        );
        assert!(
            limits.allow(&spent, &booking(Some(0))).is_ok(),
            "a local model costs nothing"
        );
        assert!(
            Limits::default()
                .allow(&spent, &booking(Some(u64::MAX)))
                .is_ok()
        );
    }

    #[test]
    fn money_is_readable() {
        let shown = [0, 5, 1_234, 99_999, 400_000, 12_345_678].map(dollars);
        assert_eq!(
            shown,
            [
                "$0.00",
                "less than $0.0001",
                "$0.0012",
                "$0.1000",
                "$0.40",
                "$12.35"
            ]
        );
    }
}
