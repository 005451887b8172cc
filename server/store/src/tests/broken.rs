//! Files that are broken, foreign, newer or not to be written: set aside or left alone, never a crash.

use std::fs;
use std::path::Path;

use base::ContentHash;
use base::store::{Limits, Store};

use super::{booking, dismissal, spend, store};

fn filled(folder: &Path) {
    let store = store(folder);
    for number in 0..200_u32 {
        let key = ContentHash::of(&number.to_le_bytes());
        store
            .freeze(&key, &number.to_le_bytes().repeat(50))
            .unwrap();
    }
    store.dismiss(&dismissal(1, None)).unwrap();
    (0..20).for_each(|_| spend(&store, 3));
}

fn aside(folder: &Path, name: &str) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let prefix = format!("{name}.broken-");
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .count()
}

/// Works after whatever happened: no crash, and what is written can be read.
fn works(folder: &Path) -> Vec<String> {
    let store = store(folder);
    for number in 0..200_u32 {
        let key = ContentHash::of(&number.to_le_bytes());
        if let Some(verdict) = store.verdict(&key) {
            assert_eq!(verdict, number.to_le_bytes().repeat(50), "a wrong verdict");
        }
    }
    store.dismissals();
    store.counters();
    let key = ContentHash::of(b"new");
    store.freeze(&key, b"verdict").expect("written");
    assert_eq!(store.verdict(&key).as_deref(), Some(&b"verdict"[..]));
    spend(&store, 3);
    assert!(!store.spend(0).expect("readable").is_empty());
    store.verify().expect("readable");
    store.take_notes()
}

#[test]
fn nonsense_is_set_aside_and_said_once() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let file = folder.path().join("0123456789abcdef/state.db");
    fs::write(
        &file,
        "not a database at all, but long enough to be looked at".repeat(40),
    )
    .unwrap();
    let notes = works(folder.path());
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("state.db was broken") && notes[0].contains("are forgotten"),
        "{notes:?}"
    );
    assert!(aside(&folder.path().join("0123456789abcdef"), "state.db") > 0);
    assert!(
        works(folder.path()).is_empty(),
        "the next process is not told again"
    );
    let store = store(folder.path());
    assert_eq!(
        store.spend(0).unwrap()[0].requests,
        22,
        "the money is not forgotten"
    );
}

#[test]
fn a_foreign_database_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = rusqlite::Connection::open(folder.path().join("spend.db")).unwrap();
    foreign
        .execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1)")
        .unwrap();
    drop(foreign);
    let notes = works(folder.path());
    assert!(notes[0].contains("it holds something else"), "{notes:?}");
}

#[test]
fn missing_tables_and_wrong_types_are_found_when_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let file = folder.path().join("0123456789abcdef/state.db");
    let bad = rusqlite::Connection::open(&file).unwrap();
    bad.execute_batch("DROP TABLE counter; DROP TABLE consent")
        .unwrap();
    drop(bad);
    let store = store(folder.path());
    let key = ContentHash::of(b"key");
    store
        .set_consent("a", &key, true)
        .expect("in a new database");
    assert!(store.consent("a", &key));
    assert_eq!(store.take_notes().len(), 1);
}

#[test]
fn a_newer_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    for name in ["spend.db", "0123456789abcdef/state.db"] {
        let newer = rusqlite::Connection::open(folder.path().join(name)).unwrap();
        newer.pragma_update(None, "user_version", 99).unwrap();
    }
    let store = store(folder.path());
    assert_eq!(store.verdict(&ContentHash::of(&0_u32.to_le_bytes())), None);
    store
        .freeze(&ContentHash::of(b"new"), b"verdict")
        .expect("a cache may forget");
    assert!(store.dismissals().is_empty());
    store
        .dismiss(&dismissal(2, None))
        .expect_err("the user would rely on it");
    let refused = store.book(&booking(1), &Limits::default()).unwrap_err();
    assert!(refused.0.contains("newer Obelus"), "{refused}");
    assert_eq!(store.take_notes().len(), 2);
    assert_eq!(aside(folder.path(), "spend.db"), 0);
    let untouched = rusqlite::Connection::open(folder.path().join("spend.db")).unwrap();
    let rows: i64 = untouched
        .query_row("SELECT count(*) FROM spend", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 20);
}

#[test]
fn another_window_follows_to_the_new_database() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let early = store(folder.path());
    let limits = Limits {
        day_micro_usd: Some(100),
        ..Limits::default()
    };
    early.book(&booking(1), &limits).expect("fits beside 60");
    // Its log would bring back what we break.
    let checkpoint = rusqlite::Connection::open(folder.path().join("spend.db")).unwrap();
    checkpoint
        .pragma_update(None, "wal_checkpoint", "TRUNCATE")
        .ok();
    drop(checkpoint);
    let mut bytes = fs::read(folder.path().join("spend.db")).unwrap();
    bytes[..64].fill(0x55);
    fs::write(folder.path().join("spend.db"), bytes).unwrap();
    let late = store(folder.path());
    late.book(&booking(80), &limits)
        .expect("a new database knows of no spend");
    early
        .book(&booking(21), &limits)
        .expect_err("both look into the same one");
}

/// Flips, cuts, zeros: every mutation of either database ends in working files and never in a wrong verdict.
#[test]
fn mutations_of_the_files_never_crash() {
    let whole = tempfile::tempdir().unwrap();
    filled(whole.path());
    let names = ["spend.db", "0123456789abcdef/state.db"];
    let files: Vec<_> = names
        .iter()
        .map(|name| fs::read(whole.path().join(name)).unwrap())
        .collect();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % below
    };
    for round in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("0123456789abcdef")).unwrap();
        for (name, bytes) in names.iter().zip(&files) {
            let mut bytes = bytes.clone();
            match round % 4 {
                0 => (0..1 + random(20)).for_each(|_| {
                    let at = random(bytes.len());
                    bytes[at] ^= 1 << random(8);
                }),
                1 => bytes.truncate(random(bytes.len())),
                2 => {
                    let from = random(bytes.len());
                    let to = (from + 1 + random(5_000)).min(bytes.len());
                    bytes[from..to].fill(0);
                }
                _ => {
                    let at = random(100.min(bytes.len()));
                    bytes[at] = random(256) as u8;
                }
            }
            // The number of a newer version is no damage; that has a test of its own.
            if bytes.len() > 64 {
                let version = if *name == "spend.db" { 2_u32 } else { 1 };
                bytes[60..64].copy_from_slice(&version.to_be_bytes());
            }
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        works(folder.path());
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_said_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: also for somebody who may write everywhere.
    let state = folder.path().join("state");
    fs::write(&state, "").unwrap();
    let store = store(&state);
    let key = ContentHash::of(b"key");
    assert_eq!(store.verdict(&key), None);
    store
        .freeze(&key, b"verdict")
        .expect_err("nowhere to write");
    let refused = store.book(&booking(1), &Limits::default()).unwrap_err();
    assert!(
        refused.0.contains("cannot be looked up") && refused.0.contains("spend.db"),
        "{refused}"
    );
    store.check().expect_err("nothing can be kept");
}
