//! Days and months, UTC, without a clock: what money is counted by and what the record of requests is dated with.
//!
//! The Gregorian calendar by counting days in eras of 400 years, so that nothing depends on a time zone or a library.

use crate::store::Seconds;

const DAY: Seconds = 86_400;

/// The day, as `2026-11-21`.
pub fn day(at: Seconds) -> String {
    let (year, month, day) = date(at);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The moment, as `2026-11-21T14:10:59Z`.
pub fn moment(at: Seconds) -> String {
    let of_day = at % DAY;
    let (hours, minutes, seconds) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}Z", day(at))
}

/// When the day began that `at` lies in.
pub fn day_start(at: Seconds) -> Seconds {
    at - at % DAY
}

/// When the month began that `at` lies in.
pub fn month_start(at: Seconds) -> Seconds {
    let (_, _, day) = date(at);
    day_start(at) - (day - 1) * DAY
}

/// Year, month and day of the month.
fn date(at: Seconds) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last of its year. 719,468 days lie before 1970-01-01.
    let days = at / DAY + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{day, day_start, moment, month_start};

    #[test]
    fn days_months_and_leap_years() {
        for (at, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_795_269_059, "2026-11-21T13:50:59Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(moment(at), expected);
        }
        assert_eq!(
            day(u64::MAX).len(),
            "584554051153-11-09".len(),
            "no overflow"
        );
        let at = 1_709_251_200 + 86_400 * 20 + 5;
        assert_eq!(moment(month_start(at)), "2024-03-01T00:00:00Z");
        assert_eq!(moment(day_start(at)), "2024-03-21T00:00:00Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = day(0);
        for number in 1..60_000 {
            let next = day(number * 86_400);
            assert!(next > last, "{last} then {next}");
            last = next;
        }
    }
}
