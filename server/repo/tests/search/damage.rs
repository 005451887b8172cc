//! What a damaged, foreign or unwritable cache does: a new index and a notice, never a crash or a wrong answer.

use std::fs;
use std::path::{Path, PathBuf};

use base::search::Index;
use repo::search::WorkspaceIndex;

use crate::support::{Place, definitions, everything, refresh};

const SOURCES: &str =
    "//- a.rs\nfn alpha() { beta() }\n//- b.rs\nfn beta() {}\n//- c.py\nclass C:\n    pass\n";

fn files(cache: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "writer.lock")
        .collect();
    files.sort();
    files
}

/// Damages each file of an index in turn; the index must notice and heal.
#[track_caller]
fn check(damage: impl Fn(&Path)) {
    let place = Place::new(SOURCES);
    let expected = place.anew();
    drop(place.index());
    let count = files(place.cache()).len();
    assert!(count >= 5, "{count}");
    for number in 0..count {
        let path = files(place.cache()).remove(number);
        damage(&path);
        let index = place.open();
        let status = index.status();
        assert_eq!(status.files, 0, "{path:?} was believed");
        if path.exists() || path.file_name().unwrap() != "manifest" {
            let notice = status.notice.expect("a notice");
            assert!(notice.contains("it is made anew"), "{notice}");
        }
        refresh(&index);
        assert!(index.status().notice.is_none());
        assert_eq!(everything(&index), expected, "{path:?}");
        assert_eq!(files(place.cache()).len(), count, "leftovers");
    }
}

#[test]
fn a_missing_file_is_noticed() {
    check(|path| fs::remove_file(path).unwrap());
}

#[test]
fn a_truncated_file_is_noticed() {
    check(|path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    });
    check(|path| fs::write(path, "").unwrap());
}

#[test]
fn a_changed_byte_is_noticed() {
    check(|path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn a_longer_file_is_noticed() {
    check(|path| {
        let mut bytes = fs::read(path).unwrap();
        bytes.push(b' ');
        fs::write(path, bytes).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    check(|path| {
        let elsewhere = path.with_extension("elsewhere");
        fs::rename(path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, path).unwrap();
    });
}

#[test]
fn leftovers_of_a_killed_writer_are_swept_away() {
    let place = Place::new(SOURCES);
    drop(place.index());
    let before = files(place.cache());
    fs::write(
        place.cache().join("0123456789abcdef0123456789abcdef.store"),
        "x",
    )
    .unwrap();
    fs::write(place.cache().join("manifest.new"), "half a mani").unwrap();
    let index = place.open();
    assert_eq!(definitions(&index, "beta"), "b.rs function beta");
    assert_eq!(files(place.cache()), before);
}

#[test]
fn a_reader_keeps_answering_when_files_are_taken_away() {
    let place = Place::new(SOURCES);
    let index = place.index();
    let expected = everything(&index);
    for path in files(place.cache()) {
        fs::write(path, "").unwrap();
    }
    assert_eq!(everything(&index), expected);
}

#[test]
fn another_version_of_the_index_is_made_anew() {
    let place = Place::new(SOURCES);
    drop(place.index());
    let manifest = place.cache().join("manifest");
    let text = fs::read_to_string(&manifest).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    let format = format!("{}/", env!("CARGO_PKG_VERSION"));
    assert!(rest.contains(&format));
    let rest = rest.replacen(&format, "99.0.0/", 1);
    let sum = base::ContentHash::of(rest.as_bytes());
    fs::write(&manifest, format!("obelus-index {sum}\n{rest}")).unwrap();
    let index = place.open();
    assert!(index.status().notice.unwrap().contains("another version"));
    refresh(&index);
    assert_eq!(definitions(&index, "beta"), "b.rs function beta");
}

#[test]
fn a_folder_that_cannot_be_used_says_so() {
    let place = Place::new(SOURCES);
    let file = place.cache().join("file");
    fs::write(&file, "").unwrap();
    let error = WorkspaceIndex::open(&file.join("index"), place.repo());
    let message = error.err().expect("an error").to_string();
    assert!(message.contains("OBELUS_CACHE_DIR"), "{message}");
}
