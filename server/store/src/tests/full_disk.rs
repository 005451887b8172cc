//! A full disk: the record is not left with half a line, the databases say what to do, and all heals with the disk.

use std::cell::Cell;
use std::fs;
use std::fs::File;
use std::io::{self, Write};

use base::ContentHash;
use base::store::{Limits, Store};

use super::{booking, sent, spend, store};

thread_local! {
    /// So many bytes of a line still fit; `None` is a disk without an end.
    static ROOM: Cell<Option<usize>> = const { Cell::new(None) };
}

/// What the record asks before it writes a line: on a full disk a part of it is written and then nothing.
pub(crate) fn permit(file: &mut File, line: &[u8]) -> io::Result<()> {
    match ROOM.get() {
        Some(room) if room < line.len() => {
            file.write_all(&line[..room])?;
            Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "no space left on device",
            ))
        }
        _ => Ok(()),
    }
}

#[test]
fn the_record_keeps_whole_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    spend(&store, 1);
    let before = fs::read(store.record()).unwrap();
    for room in [0, 1, 150] {
        let id = store.book(&booking(1), &Limits::default()).unwrap();
        ROOM.set(Some(room));
        let error = store.settle(id, &sent(1)).unwrap_err();
        ROOM.set(None);
        assert!(
            error.0.contains("not in the record") && error.0.contains("no space left"),
            "{error}"
        );
        assert_eq!(fs::read(store.record()).unwrap(), before);
    }
    assert_eq!(store.spend(0).unwrap()[0].requests, 4, "the money counts");
    spend(&store, 1);
    let verified = store.verify().unwrap();
    assert_eq!((verified.requests, verified.broken), (2, None));
}

#[test]
fn a_database_without_room_says_so_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let key = |number: u32| ContentHash::of(&number.to_le_bytes());
    store.freeze(&key(0), b"small").unwrap();
    store.limit_pages(Some(20));
    let mut full = None;
    for number in 1..100 {
        if let Err(error) = store.freeze(&key(number), &[7; 8_000]) {
            full = Some(error);
            break;
        }
    }
    let error = full.expect("the disk was full");
    assert!(error.0.contains("make room on the disk"), "{error}");
    assert!(store.verdict(&key(0)).is_some(), "what was there is there");
    store.limit_pages(None);
    store
        .freeze(&key(99), &[7; 8_000])
        .expect("there is room again");
    assert!(store.take_notes().is_empty());
}
