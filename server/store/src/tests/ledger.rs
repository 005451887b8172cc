//! The record of requests: what is changed in it is found, what is cut short is healed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use base::store::{Limits, Store};

use super::{TODAY, booking, places, sent, spend, store};
use crate::record::Broken;
use crate::state::StateStore;

fn recorded(count: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    (1..=count).for_each(|cost| spend(&store, cost));
    let path = store.record().clone();
    (folder, path)
}

fn broken(folder: &Path) -> Option<u64> {
    store(folder)
        .verify()
        .unwrap()
        .broken
        .map(|Broken { line, .. }| line)
}

#[test]
fn a_line_says_what_was_sent() {
    let (folder, path) = recorded(2);
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[1]["number"], 2);
    assert_eq!(lines[1]["model"], "a/b");
    assert_eq!(lines[1]["workspace"], "/home/me/project");
    assert_eq!(lines[1]["places"], serde_json::json!(["src/a.rs:1-20"]));
    assert_eq!(
        (&lines[1]["cost_micro_usd"], &lines[1]["input_tokens"]),
        (&2.into(), &80.into())
    );
    assert_eq!(
        lines[1]["at"].as_str().map(str::len),
        Some("2026-11-21T13:50:59Z".len())
    );
    assert_eq!(store(folder.path()).verify().unwrap().requests, 2);
}

#[test]
fn every_kind_of_tampering_is_found_where_it_is() {
    type Tamper = fn(&mut Vec<String>);
    let cases: [(&str, Tamper, Option<u64>); 9] = [
        ("nothing", |_| {}, None),
        (
            "a number changed",
            |lines| lines[2] = lines[2].replace("\"cost_micro_usd\":3", "\"cost_micro_usd\":1"),
            Some(4),
        ),
        (
            "the last line changed",
            |lines| lines[5] = lines[5].replace("src/a.rs", "src/b.rs"),
            Some(6),
        ),
        (
            "the first taken out",
            |lines| drop(lines.remove(0)),
            Some(1),
        ),
        ("one taken out", |lines| drop(lines.remove(2)), Some(3)),
        ("the end cut off", |lines| lines.truncate(4), Some(5)),
        ("two exchanged", |lines| lines.swap(1, 2), Some(2)),
        (
            "one doubled",
            |lines| lines.insert(2, lines[1].clone()),
            Some(3),
        ),
        (
            "nonsense put in",
            |lines| lines.insert(4, "{}".to_owned()),
            Some(5),
        ),
    ];
    for (what, tamper, expected) in cases {
        let (folder, path) = recorded(6);
        let mut lines: Vec<_> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        tamper(&mut lines);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        assert_eq!(broken(folder.path()), expected, "{what}");
    }
    let (folder, path) = recorded(3);
    fs::remove_file(&path).unwrap();
    assert_eq!(broken(folder.path()), Some(1), "the file is gone");
    spend(&store(folder.path()), 4);
    assert_eq!(
        broken(folder.path()),
        Some(1),
        "and a new one does not hide it"
    );
}

#[test]
fn every_changed_byte_is_found() {
    let (folder, path) = recorded(3);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x01;
        fs::write(&path, &changed).unwrap();
        assert!(broken(folder.path()).is_some(), "byte {at}");
    }
}

#[test]
fn a_line_cut_short_is_healed() {
    let (folder, path) = recorded(3);
    let whole = fs::read_to_string(&path).unwrap();
    let third = whole.match_indices('\n').nth(1).unwrap().0 + 1;
    for cut in [third + 1, third + 100, whole.len() - 2, whole.len() - 1] {
        // As a kill leaves it: the line is not whole, and the database does not know it.
        fs::remove_file(folder.path().join("spend.db")).unwrap();
        fs::write(&path, &whole[..cut]).unwrap();
        let store = store(folder.path());
        // Where only the line feed is missing nothing is.
        let there = if cut == whole.len() - 1 { 3 } else { 2 };
        assert_eq!(store.verify().unwrap().requests, there);
        spend(&store, 9);
        let verified = store.verify().unwrap();
        assert_eq!(
            (verified.requests, verified.broken),
            (there + 1, None),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_last_line_that_is_no_line_ends_the_chain_visibly() {
    let (folder, path) = recorded(2);
    let mut text = fs::read(&path).unwrap();
    text.extend(b"\xff\xfe nonsense\n");
    fs::write(&path, &text).unwrap();
    spend(&store(folder.path()), 3);
    assert_eq!(broken(folder.path()), Some(3));
    // Something huge without an end is refused, not read.
    let huge = vec![b'x'; 4 << 20];
    fs::write(&path, &huge).unwrap();
    let store = store(folder.path());
    let id = store.book(&booking(1), &Limits::default()).unwrap();
    let error = store.settle(id, &sent(1)).unwrap_err();
    assert!(error.0.contains("move the file away"), "{error}");
    assert_eq!(fs::metadata(&path).unwrap().len(), huge.len() as u64);
    assert_eq!(
        store.spend(0).unwrap()[0].requests,
        4,
        "the money counts all the same"
    );
    assert_eq!(broken(folder.path()), Some(1));
}

#[test]
fn a_request_whose_process_was_killed_is_in_the_record_when_its_hour_is_over() {
    static NOW: AtomicU64 = AtomicU64::new(TODAY);
    let folder = tempfile::tempdir().unwrap();
    let window = |workspace: &str| {
        let mut places = places(folder.path());
        places.workspace = workspace.to_owned();
        StateStore::with(&places, 1 << 20, || NOW.load(Ordering::Relaxed))
    };
    let killed = window("/home/me/other");
    let mut asked = booking(2_000);
    asked.places = vec!["odd\nname.rs:3-9".to_owned()];
    asked.attempt = 2;
    killed.book(&asked, &Limits::default()).unwrap();
    drop(killed);
    let store = window("/home/me/project");
    let id = store.book(&booking(1), &Limits::default()).unwrap();
    NOW.fetch_add(3_599, Ordering::Relaxed);
    assert_eq!(
        store.verify().unwrap().requests,
        0,
        "it may be under way still"
    );
    store.settle(id, &sent(1)).unwrap();
    NOW.fetch_add(1, Ordering::Relaxed);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| window("/x").book(&booking(1), &Limits::default()).unwrap());
        }
    });
    let verified = store.verify().unwrap();
    assert_eq!(
        (verified.requests, verified.broken),
        (2, None),
        "one line, whoever sees it first"
    );
    let text = fs::read_to_string(store.record()).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(line["workspace"], "/home/me/other");
    assert_eq!(line["at"], "2026-11-21T13:50:59Z", "when it was asked");
    assert_eq!(line["places"], serde_json::json!(["odd\nname.rs:3-9"]));
    assert_eq!(
        (&line["attempt"], &line["model"], &line["role"]),
        (&2.into(), &"a/b".into(), &"review".into())
    );
    assert_eq!(line["request"], sent(0).hash.to_string());
    assert_eq!(
        (&line["input_tokens"], &line["estimated"]),
        (&80.into(), &true.into())
    );
    assert_eq!(line["cost_micro_usd"], serde_json::Value::Null);
    let outcome = line["outcome"].as_str().unwrap();
    assert!(
        outcome.contains("ended before it was settled, and it can have cost $0.0020"),
        "{outcome}"
    );
}

#[test]
fn a_database_of_the_version_before_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    spend(&store(folder.path()), 7);
    let old = rusqlite::Connection::open(folder.path().join("spend.db")).unwrap();
    old.execute_batch("DROP TABLE asked; PRAGMA user_version = 1;")
        .unwrap();
    drop(old);
    let store = store(folder.path());
    spend(&store, 8);
    assert_eq!(store.take_notes(), Vec::<String>::new());
    assert_eq!(store.spend(0).unwrap()[0].usage.cost_micro_usd, Some(15));
    assert_eq!(store.verify().unwrap().requests, 2);
}
