//! Real processes: killed in the middle, and booking against each other.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base::ContentHash;
use base::store::{Limits, Store};

use super::{booking, sent, store};

/// Names the folder to a child process.
const FOLDER: &str = "OBELUS_TEST_STORE_FOLDER";

/// This test binary again, as another process that runs one of the tests below.
#[expect(
    clippy::disallowed_methods,
    reason = "a process must be killed without killing this one"
)]
fn child(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("tests::killed::{test}"),
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how the parent names the folder")]
fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

fn limits() -> Limits {
    Limits {
        day_micro_usd: Some(1_000),
        ..Limits::default()
    }
}

#[test]
#[ignore = "the other process of `a_kill_at_any_moment_loses_nothing_promised`"]
fn writes_until_it_is_killed() {
    let Some(folder) = folder() else { return };
    let store = store(&folder);
    for number in 0_u64.. {
        let id = store.book(&booking(1), &Limits::default()).unwrap();
        store.settle(id, &sent(1)).unwrap();
        store
            .freeze(
                &ContentHash::of(&number.to_le_bytes()),
                &number.to_le_bytes(),
            )
            .unwrap();
        // What is said was promised.
        let mut out = std::io::stdout();
        std::io::Write::write_all(&mut out, b"+").unwrap();
        std::io::Write::flush(&mut out).unwrap();
    }
}

#[test]
#[ignore = "the other process of `processes_that_book_at_once_share_one_limit`"]
fn books_what_it_can() {
    let Some(folder) = folder() else { return };
    let store = store(&folder);
    let mut out = std::io::stdout();
    while store.book(&booking(7), &limits()).is_ok() {
        std::io::Write::write_all(&mut out, b"+").unwrap();
    }
}

/// The plus signs that a child printed.
fn promised(child: &mut Child) -> u64 {
    let mut text = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut text).unwrap();
    text.iter().filter(|byte| **byte == b'+').count() as u64
}

#[test]
fn a_kill_at_any_moment_loses_nothing_promised() {
    let folder = tempfile::tempdir().unwrap();
    let mut total = 0;
    for round in 0..12_u64 {
        let mut child = child("writes_until_it_is_killed", folder.path());
        std::thread::sleep(Duration::from_millis(60 + 17 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        total += promised(&mut child);
    }
    assert!(
        total > 0,
        "the children never wrote: the test shows nothing"
    );
    let store = store(folder.path());
    let spend = store.spend(0).unwrap();
    let requests: u64 = spend.iter().map(|spend| spend.requests).sum();
    let verified = store.verify().unwrap();
    assert_eq!(verified.broken, None);
    // At most one per kill was done and not yet said.
    assert!(
        (total..=total + 12).contains(&requests),
        "{requests} of {total}"
    );
    assert!(
        (total..=total + 12).contains(&verified.requests),
        "{} of {total}",
        verified.requests
    );
    assert!(store.take_notes().is_empty(), "nothing was broken");
    store.check().unwrap();
}

#[test]
fn processes_that_book_at_once_share_one_limit() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut children: Vec<_> = (0..3)
        .map(|_| child("books_what_it_can", folder.path()))
        .collect();
    let booked: u64 = children.iter_mut().map(promised).sum();
    for child in &mut children {
        child.wait().unwrap();
    }
    assert_eq!(
        booked,
        1_000 / 7,
        "all that fits and not one more, after {:?}",
        begun.elapsed()
    );
}
