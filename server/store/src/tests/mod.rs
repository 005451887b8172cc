//! The store on a real disk: what is kept is found again, whoever else is there and whatever happened to the files.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use base::model::{ModelName, Usage};
use base::store::{Booking, Dismissal, Limits, Seconds, Sent, Store};
use base::{ContentHash, FindingId, RelPath, RuleId};

use crate::state::{Places, StateStore};

mod broken;
pub(super) mod full_disk;
mod killed;
mod ledger;
mod money;
mod talks;

/// A day like any other: 2026-11-21 13:50:59 UTC.
const TODAY: Seconds = 1_795_269_059;

fn places(state: &Path) -> Places {
    Places {
        state: state.to_owned(),
        workspace_id: "0123456789abcdef".to_owned(),
        workspace: "/home/me/project".to_owned(),
    }
}

fn store(state: &Path) -> StateStore {
    StateStore::new(&places(state))
}

fn name() -> ModelName {
    ModelName::parse("a/b").unwrap()
}

fn booking(cost: u64) -> Booking {
    Booking {
        model: name(),
        role: "review".to_owned(),
        attempt: 1,
        places: vec!["src/a.rs:1-20".to_owned()],
        hash: ContentHash::of(b"request"),
        input_tokens: 80,
        tokens: 100,
        cost_micro_usd: Some(cost),
    }
}

fn sent(cost: u64) -> Sent {
    Sent {
        model: name(),
        role: "review".to_owned(),
        attempt: 1,
        places: vec!["src/a.rs:1-20".to_owned()],
        hash: ContentHash::of(b"request"),
        usage: Usage {
            input_tokens: 80,
            cached_tokens: 10,
            output_tokens: 20,
            cost_micro_usd: Some(cost),
            ..Usage::default()
        },
        outcome: "done".to_owned(),
    }
}

/// Books and settles one request.
fn spend(store: &StateStore, cost: u64) {
    let id = store.book(&booking(cost), &Limits::default()).unwrap();
    store.settle(id, &sent(cost)).unwrap();
}

fn dismissal(finding: u64, expires: Option<Seconds>) -> Dismissal {
    Dismissal {
        finding: FindingId(finding),
        rule: RuleId::new("model/bug"),
        path: RelPath::new("src/a.rs").unwrap(),
        title: "a title".to_owned(),
        reason: "by-design".to_owned(),
        at: 5,
        expires,
    }
}

#[test]
fn what_is_kept_is_found_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let (key, other) = (ContentHash::of(b"key"), ContentHash::of(b"other"));
    let first = store(folder.path());
    assert_eq!(first.verdict(&key), None);
    assert!(first.dismissals().is_empty() && first.counters().is_empty());
    assert_eq!(first.spend(0), Ok(Vec::new()));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "reading makes no file"
    );
    first.freeze(&key, b"verdict").unwrap();
    first.dismiss(&dismissal(u64::MAX, None)).unwrap();
    first.dismiss(&dismissal(7, Some(6))).unwrap();
    first.set_consent("a", &key, true).unwrap();
    first.count("x", 2);
    spend(&first, 1_500);
    let second = store(folder.path());
    assert_eq!(second.verdict(&key).as_deref(), Some(&b"verdict"[..]));
    assert_eq!(second.verdict(&other), None);
    assert_eq!(
        second.dismissals(),
        [dismissal(u64::MAX, None)],
        "the other has expired"
    );
    assert!(
        second.consent("a", &key) && !second.consent("a", &other) && !second.consent("b", &key)
    );
    second.count("x", 3);
    assert_eq!(
        first.counters().into_iter().collect::<Vec<_>>(),
        [("x".to_owned(), 5)]
    );
    assert_eq!(second.restore(FindingId(u64::MAX)), Ok(true));
    assert!(first.dismissals().is_empty());
    second.set_consent("a", &key, false).unwrap();
    assert!(!first.consent("a", &key));
    let spend = second.spend(0).unwrap();
    assert_eq!((spend[0].requests, spend[0].usage), (1, sent(1_500).usage));
    // Another workspace: the same money, nothing else.
    let elsewhere = StateStore::new(&Places {
        workspace_id: "fedcba".to_owned(),
        ..places(folder.path())
    });
    assert_eq!(
        (elsewhere.verdict(&key), elsewhere.spend(0).unwrap()),
        (None, spend)
    );
    assert!(second.take_notes().is_empty());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a/state");
    let store = store(&state);
    store.freeze(&ContentHash::of(b"key"), b"verdict").unwrap();
    spend(&store, 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&state), mode(&state.join("0123456789abcdef"))),
        (0o700, 0o700)
    );
    let mut files = 0;
    for folder in [&state, &state.join("0123456789abcdef")] {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_file() {
                assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
                files += 1;
            }
        }
    }
    assert!(files >= 5, "{files} files");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    for name in ["spend.db", "requests.jsonl"] {
        fs::write(outside.path().join(name), b"").unwrap();
        symlink(outside.path().join(name), folder.path().join(name)).unwrap();
        let store = store(folder.path());
        let booked = store.book(&booking(1), &Limits::default());
        let settled = booked.and_then(|id| store.settle(id, &sent(1)));
        assert!(settled.is_err(), "{name}");
        assert_eq!(fs::read(outside.path().join(name)).unwrap(), b"", "{name}");
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    // The folder itself may be one: it is the user's own choice.
    let state = outside.path().join("state");
    symlink(folder.path(), &state).unwrap();
    spend(&store(&state), 1);
}

#[test]
fn the_oldest_verdicts_make_room() {
    static NOW: AtomicU64 = AtomicU64::new(TODAY);
    let folder = tempfile::tempdir().unwrap();
    let store = StateStore::with(&places(folder.path()), 512 << 10, || {
        NOW.load(Ordering::Relaxed)
    });
    let key = |number: u32| ContentHash::of(&number.to_le_bytes());
    for number in 0..400 {
        store.freeze(&key(number), &[number as u8; 8_000]).unwrap();
        NOW.fetch_add(100_000, Ordering::Relaxed);
        // The first is used all the time.
        assert!(store.verdict(&key(0)).is_some(), "after {number}");
    }
    let there: Vec<u32> = (0..400)
        .filter(|n| store.verdict(&key(*n)).is_some())
        .collect();
    assert!((20..64).contains(&there.len()), "{} verdicts", there.len());
    assert_eq!((there[0], there[there.len() - 1]), (0, 399));
    let size = fs::metadata(folder.path().join("0123456789abcdef/state.db"))
        .unwrap()
        .len();
    assert!(size < 800 << 10, "{size} bytes");
    store
        .freeze(&key(1), &vec![0; (1 << 20) + 1])
        .expect_err("too large");
}
