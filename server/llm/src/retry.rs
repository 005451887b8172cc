//! When to try again, and when to leave a provider alone. Decisions only: time and chance are handed in.
//!
//! One retry loop in the whole program. A provider in trouble must not be asked more often than one in good health: at
//! most two retries per request, at most one request in ten over a minute (and always a few, or a single request could
//! not be retried at all), pauses that are spread, and after five failures in a row a rest of half a minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::failure::{Again, Failure};

/// Retries of one request.
pub(crate) const RETRIES: u32 = 2;
/// Failures in a row after which a provider is left alone.
const FAILURES: u32 = 5;
/// How long.
const REST: Duration = Duration::from_secs(30);
/// The share of requests of the last minute that may be retries, as one in so many.
const SHARE: usize = 10;
/// Retries per minute that are always allowed.
const ALWAYS: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// Tell the user.
    GiveUp,
    /// Tell the user that the provider asked for a longer wait than there is time.
    TooLong(Duration),
    /// Wait, and try again.
    Wait(Duration),
}

/// After the `retries`-th retry failed: what next? `chance` is between 0 and 1.
pub(crate) fn next(failure: &Failure, retries: u32, left: Duration, chance: f64) -> Next {
    let pause = match failure.again {
        Again::No => return Next::GiveUp,
        Again::Without(_) => return Next::Wait(Duration::ZERO),
        Again::After(wait) => {
            if wait >= left {
                return Next::TooLong(wait);
            }
            // Not before it, and not all at the same moment.
            wait + (wait / 10).min(Duration::from_secs(1)).mul_f64(chance)
        }
        Again::Yes => {
            let most = FIRST_PAUSE
                .saturating_mul(1 << retries.min(8))
                .min(LONGEST_PAUSE);
            most.mul_f64(chance)
        }
    };
    if retries >= RETRIES || pause >= left {
        return Next::GiveUp;
    }
    Next::Wait(pause)
}

/// The health of one provider.
#[derive(Debug, Default)]
pub(crate) struct Health {
    failures: u32,
    rests_until: Option<Instant>,
    probing: bool,
    requests: VecDeque<Instant>,
    retries: VecDeque<Instant>,
}

impl Health {
    /// Whether it may be asked now; otherwise how long it rests.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.rests_until {
            if now < until {
                return Err(until - now);
            }
            // After the rest one request looks whether it is well again; the others wait for what comes of it.
            if self.probing {
                return Err(Duration::from_secs(1));
            }
            self.probing = true;
        }
        self.requests.push_back(now);
        self.forget(now);
        Ok(())
    }

    /// Whether it rests, without asking to be admitted.
    pub(crate) fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// Whether one more retry fits into the budget, which it then uses.
    pub(crate) fn may_retry(&mut self, now: Instant) -> bool {
        self.forget(now);
        let fits = self.retries.len() < ALWAYS.max(self.requests.len() / SHARE);
        if fits {
            self.retries.push_back(now);
        }
        fits
    }

    /// It answered, well or with a refusal that is no illness.
    pub(crate) fn well(&mut self) {
        (self.failures, self.rests_until, self.probing) = (0, None, false);
    }

    /// It failed.
    pub(crate) fn ill(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES || self.probing {
            self.rests_until = Some(now + REST);
        }
        self.probing = false;
    }

    /// Nothing is known: the request was given up.
    pub(crate) fn unknown(&mut self) {
        self.probing = false;
    }

    fn forget(&mut self, now: Instant) {
        for times in [&mut self.requests, &mut self.retries] {
            while times
                .front()
                .is_some_and(|time| now.duration_since(*time) > MINUTE)
            {
                times.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, Next, next};
    use crate::failure::{Again, Failure};
    use base::ModelFault;
    use std::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    fn failure(again: Again) -> Failure {
        Failure::new(ModelFault::Limited, "x", again)
    }

    #[test]
    fn pauses_are_spread_and_bounded() {
        let minute = 60 * SECOND;
        let yes = failure(Again::Yes);
        assert_eq!(next(&yes, 0, minute, 1.0), Next::Wait(SECOND / 2));
        assert_eq!(next(&yes, 1, minute, 0.5), Next::Wait(SECOND / 2));
        assert_eq!(next(&yes, 0, minute, 0.0), Next::Wait(Duration::ZERO));
        assert_eq!(next(&yes, 2, minute, 0.5), Next::GiveUp);
        assert_eq!(next(&yes, 0, SECOND / 10, 0.9), Next::GiveUp);
        assert_eq!(next(&failure(Again::No), 0, minute, 0.5), Next::GiveUp);
    }

    #[test]
    fn what_the_server_asks_for_is_honoured_within_the_time_there_is() {
        let asked = failure(Again::After(10 * SECOND));
        assert_eq!(next(&asked, 0, 60 * SECOND, 0.0), Next::Wait(10 * SECOND));
        let Next::Wait(wait) = next(&asked, 0, 60 * SECOND, 1.0) else {
            panic!("no wait");
        };
        assert!(wait <= 11 * SECOND);
        assert_eq!(next(&asked, 0, 9 * SECOND, 0.5), Next::TooLong(10 * SECOND));
        let day = failure(Again::After(86_400 * SECOND));
        assert_eq!(
            next(&day, 0, 180 * SECOND, 0.5),
            Next::TooLong(86_400 * SECOND)
        );
    }

    #[test]
    fn an_ill_provider_rests() {
        let (mut health, start) = (Health::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(health.admit(start), Ok(()));
            health.ill(start);
        }
        assert_eq!(health.admit(start + SECOND), Err(29 * SECOND));
        let later = start + 31 * SECOND;
        assert_eq!(health.admit(later), Ok(()));
        assert!(health.admit(later).is_err(), "two probes at once");
        health.ill(later);
        assert!(health.admit(later + 29 * SECOND).is_err());
        let again = later + 31 * SECOND;
        assert_eq!(health.admit(again), Ok(()));
        health.unknown();
        assert_eq!(health.admit(again), Ok(()));
        health.well();
        assert_eq!((health.admit(again), health.admit(again)), (Ok(()), Ok(())));
    }

    #[test]
    fn retries_have_a_budget() {
        let (mut health, start) = (Health::default(), Instant::now());
        assert_eq!((0..20).filter(|_| health.may_retry(start)).count(), 6);
        for _ in 0..200 {
            assert_eq!(health.admit(start), Ok(()));
        }
        assert_eq!((0..100).filter(|_| health.may_retry(start)).count(), 14);
        assert!(health.may_retry(start + 61 * SECOND));
    }
}
