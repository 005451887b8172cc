//! Every single write of the index fails once: the last state is kept, the user is told, and it heals with the disk. And
//! before every single write somebody else opens the index: they find a sound one, or none, and are told of no damage.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base::search::Index;
use base::{Cancel, RelPath};

use super::shelf::lock;
use super::{SearchError, WorkspaceIndex};

/// The folder whose disk is full after so many writes.
static LEFT: Mutex<Option<(PathBuf, u32)>> = Mutex::new(None);

/// The folder that somebody else looks into before each write, and what they do.
static WATCHED: Mutex<Option<Watched>> = Mutex::new(None);

type Watched = (PathBuf, fn(&Path));

/// What [`shelf`](super::shelf) asks before each write.
pub(super) fn permit(folder: &Path) -> io::Result<()> {
    let watched = lock(&WATCHED).clone();
    if let Some((_, look)) = watched.filter(|(watched, _)| watched == folder) {
        look(folder);
    }
    match &mut *lock(&LEFT) {
        Some((full, left)) if full == folder => {
            if *left == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::StorageFull,
                    "no space left on device",
                ));
            }
            *left -= 1;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The files that define a name.
fn place_of(index: &WorkspaceIndex, name: &str) -> Vec<String> {
    let found = index.definitions(name, 10);
    found.iter().map(|found| found.path.to_string()).collect()
}

#[test]
fn every_write_can_fail() {
    let files = tempfile::tempdir().unwrap();
    let root = files.path();
    let mut failed = 0;
    for allowed in 0.. {
        let cache = tempfile::tempdir().unwrap();
        fs::write(root.join("a.rs"), "fn alpha() {}\n").unwrap();
        fs::write(root.join("b.rs"), "fn beta() {}\n").unwrap();
        let index = WorkspaceIndex::open(cache.path(), crate::open(root).unwrap()).unwrap();
        index.refresh(&|_, _| {}, &Cancel::new()).unwrap();
        fs::write(root.join("b.rs"), "fn gamma() {}\n").unwrap();
        *lock(&LEFT) = Some((cache.path().canonicalize().unwrap(), allowed));
        let paths = [RelPath::new("b.rs").unwrap()];
        let result = index.update(&paths, &Cancel::new());
        let left = lock(&LEFT).take().map(|(_, left)| left);
        let Err(error) = result else {
            assert_eq!(place_of(&index, "gamma"), ["b.rs"], "{allowed} writes");
            // What failed was the tidying after the commit, or nothing at all.
            if left > Some(0) {
                break;
            }
            continue;
        };
        failed += 1;
        assert!(matches!(error, SearchError::Write(_)), "{error}");
        assert!(
            index
                .status()
                .notice
                .unwrap()
                .contains("could not be written")
        );
        for index in [
            &index,
            &WorkspaceIndex::open(cache.path(), crate::open(root).unwrap()).unwrap(),
        ] {
            assert_eq!(place_of(index, "beta"), ["b.rs"], "{allowed} writes");
            assert!(place_of(index, "gamma").is_empty(), "{allowed} writes");
        }
        // There is space again.
        index.refresh(&|_, _| {}, &Cancel::new()).unwrap();
        assert!(index.status().notice.is_none());
        assert_eq!(place_of(&index, "gamma"), ["b.rs"], "{allowed} writes");
        assert!(place_of(&index, "beta").is_empty(), "{allowed} writes");
    }
    assert!(failed >= 5, "only {failed} writes");
}

/// How often somebody opened the index between two writes, and what they were told.
static OPENED: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());

fn look(folder: &Path) {
    let files = tempfile::tempdir().unwrap();
    let reader = WorkspaceIndex::open(folder, crate::open(files.path()).unwrap()).unwrap();
    let status = reader.status();
    assert!(!status.writer);
    lock(&OPENED).push(status.notice);
}

#[test]
fn who_opens_the_index_between_two_writes_is_told_of_no_damage() {
    let files = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    for number in 0..5 {
        let file = files.path().join(format!("f{number}.rs"));
        fs::write(file, format!("fn f{number}() {{}}\n")).unwrap();
    }
    let index = WorkspaceIndex::open(cache.path(), crate::open(files.path()).unwrap()).unwrap();
    index.refresh(&|_, _| {}, &Cancel::new()).unwrap();
    *lock(&WATCHED) = Some((cache.path().canonicalize().unwrap(), look));
    index.rebuild(&|_, _| {}, &Cancel::new()).unwrap();
    fs::write(files.path().join("f0.rs"), "fn other() {}\n").unwrap();
    let paths = [RelPath::new("f0.rs").unwrap()];
    index.update(&paths, &Cancel::new()).unwrap();
    index.rest();
    *lock(&WATCHED) = None;
    let opened = std::mem::take(&mut *lock(&OPENED));
    assert!(opened.len() > 10, "only {} times", opened.len());
    assert_eq!(opened.into_iter().flatten().next(), None);
    assert_eq!(place_of(&index, "other"), ["f0.rs"]);
}
