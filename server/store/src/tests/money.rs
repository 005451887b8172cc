//! Limits: held over windows, days and killed processes.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

use base::store::{BOOKING_LASTS, Limits, Store};

use super::{TODAY, booking, places, sent, spend, store};
use crate::state::StateStore;

const DAY: u64 = 86_400;

fn day(micro_usd: u64) -> Limits {
    Limits {
        day_micro_usd: Some(micro_usd),
        ..Limits::default()
    }
}

#[test]
fn a_booking_counts_until_it_is_settled_or_an_hour_old() {
    static NOW: AtomicU64 = AtomicU64::new(TODAY);
    let folder = tempfile::tempdir().unwrap();
    let store = StateStore::with(&places(folder.path()), 1 << 20, || {
        NOW.load(Ordering::Relaxed)
    });
    let id = store.book(&booking(60), &day(100)).unwrap();
    let error = store.book(&booking(41), &day(100)).unwrap_err();
    assert!(error.0.contains("budget.day_usd"), "{error}");
    store.settle(id, &sent(10)).unwrap();
    assert!(store.settle(id, &sent(10)).is_err(), "settled before");
    store
        .book(&booking(90), &day(100))
        .expect("fits to the millionth");
    store.book(&booking(1), &day(100)).expect_err("full");
    NOW.fetch_add(BOOKING_LASTS, Ordering::Relaxed);
    let late = store
        .book(&booking(90), &day(100))
        .expect("its process was killed");
    // What comes back later than that is counted all the same.
    NOW.fetch_add(BOOKING_LASTS, Ordering::Relaxed);
    store.settle(late, &sent(90)).unwrap();
    store.book(&booking(1), &day(100)).expect_err("spent");
    NOW.fetch_add(DAY, Ordering::Relaxed);
    store.book(&booking(100), &day(100)).expect("the next day");
    let month = Limits {
        month_micro_usd: Some(150),
        ..Limits::default()
    };
    store
        .book(&booking(1), &month)
        .expect_err("100 of the day before and 100 booked");
    NOW.fetch_add(10 * DAY, Ordering::Relaxed);
    store.book(&booking(150), &month).expect("the next month");
    let spend = store.spend(0).unwrap();
    assert_eq!((spend.len(), spend[0].day.as_str()), (1, "2026-11-21"));
    assert_eq!(
        (spend[0].requests, spend[0].usage.cost_micro_usd),
        (2, Some(100))
    );
}

#[test]
fn requests_are_limited_by_the_hour() {
    static NOW: AtomicU64 = AtomicU64::new(TODAY);
    let folder = tempfile::tempdir().unwrap();
    let store = StateStore::with(&places(folder.path()), 1 << 20, || {
        NOW.load(Ordering::Relaxed)
    });
    let limits = Limits {
        requests_per_hour: Some(3),
        ..Limits::default()
    };
    for _ in 0..2 {
        spend(&store, 0);
    }
    store.book(&booking(0), &limits).expect("the third");
    store.book(&booking(0), &limits).expect_err("the fourth");
    NOW.fetch_add(3_600, Ordering::Relaxed);
    store.book(&booking(0), &limits).expect("an hour later");
}

#[test]
fn an_unknown_price_makes_the_sum_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    spend(&store, 5);
    let id = store.book(&booking(5), &Limits::default()).unwrap();
    let mut unknown = sent(0);
    unknown.usage.cost_micro_usd = None;
    unknown.usage.estimated = true;
    store.settle(id, &unknown).unwrap();
    let usage = store.spend(0).unwrap()[0].usage;
    assert_eq!((usage.cost_micro_usd, usage.estimated), (None, true));
    let id = store.book(&booking(5), &Limits::default()).unwrap();
    let mut nothing = sent(0);
    nothing.usage = base::model::Usage::default();
    nothing.model = base::ModelName::parse("a/c").unwrap();
    store.settle(id, &nothing).unwrap();
    assert_eq!(
        store.spend(0).unwrap()[1].usage.cost_micro_usd,
        Some(0),
        "nothing was used"
    );
}

#[test]
fn windows_that_book_at_once_share_one_limit() {
    const WINDOWS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let start = Barrier::new(WINDOWS);
    let window = |path: &Path| {
        let store = store(path);
        start.wait();
        let fits = |_: &i32| match store.book(&booking(7), &day(500)) {
            Ok(_) => true,
            Err(refused) => {
                assert!(refused.0.contains("budget"), "{refused}");
                false
            }
        };
        (0..40).filter(fits).count()
    };
    let booked: usize = std::thread::scope(|scope| {
        let windows: Vec<_> = (0..WINDOWS)
            .map(|_| scope.spawn(|| window(folder.path())))
            .collect();
        windows
            .into_iter()
            .map(|window| window.join().unwrap())
            .sum()
    });
    assert_eq!(booked, 500 / 7, "all that fits, and not one more");
}
