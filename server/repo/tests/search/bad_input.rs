//! Workspaces and caches as they should not be: what cannot be indexed is left out, what can be is, and nothing is lost.

use std::fs;

use base::search::Index;
use base::{Cancel, RelPath};
use repo::search::{SearchError, WorkspaceIndex};

use crate::support::{Place, definitions, everything, refresh, rel, search, update};

const TWO: &str = "//- a.rs\nfn alpha() { beta() }\n//- b.rs\nfn beta() {}\n";

#[test]
fn an_index_folder_that_goes_away_is_told_and_made_again() {
    let place = Place::new(TWO);
    let index = place.index();
    let before = everything(&index);
    fs::remove_dir_all(place.cache()).unwrap();
    fs::write(place.cache(), "a file in its place").unwrap();
    place.write("b.rs", "fn gamma() {}\n");
    let error = index.update(&[rel("b.rs")], &Cancel::new()).unwrap_err();
    assert!(matches!(error, SearchError::Write(_)), "{error}");
    let notice = index.status().notice.expect("a notice");
    assert!(notice.contains("could not be written"), "{notice}");
    assert!(notice.contains("last good state"), "{notice}");
    assert_eq!(everything(&index), before, "what was known is answered");
    fs::remove_file(place.cache()).unwrap();
    fs::create_dir(place.cache()).unwrap();
    refresh(&index);
    assert!(index.status().notice.is_none());
    assert_eq!(everything(&index), place.anew());
    drop(index);
    assert_eq!(everything(&place.open()), place.anew());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_nobody_may_write_to_is_named() {
    let place = Place::new(TWO);
    let folder = std::path::Path::new("/proc/obelus-index");
    let error = WorkspaceIndex::open(folder, place.repo()).err();
    let message = error.expect("an error").to_string();
    assert!(message.contains("/proc/obelus-index"), "{message}");
    assert!(message.contains("OBELUS_CACHE_DIR"), "{message}");
}

#[test]
fn a_half_deleted_work_tree_is_followed() {
    let files: String = (0..60)
        .map(|n| format!("//- d{}/f{n}.rs\nfn f{n}() {{ shared() }}\n", n % 6))
        .collect();
    let place = Place::new(&files);
    let index = place.index();
    fs::remove_dir_all(place.files.path().join("d1")).unwrap();
    fs::remove_dir_all(place.files.path().join("d4")).unwrap();
    for n in [0, 6, 12, 2, 8] {
        place.remove(&format!("d{}/f{n}.rs", n % 6));
    }
    // A folder where a file was, and the other way round.
    fs::create_dir(place.files.path().join("d0/f0.rs")).unwrap();
    place.write("d0/f0.rs/inner.rs", "fn inner() {}\n");
    place.write("d1", "text where a folder was\n");
    let done = refresh(&index);
    assert_eq!((done.indexed, done.removed), (2, 25));
    assert_eq!(everything(&index), place.anew());
    assert_eq!(
        definitions(&index, "inner"),
        "d0/f0.rs/inner.rs function inner"
    );
}

#[test]
fn files_that_vanish_while_they_are_read_are_left_out() {
    let files: String = (0..400)
        .map(|n| format!("//- f{n}.rs\nfn f{n}() {{}}\n"))
        .collect();
    let place = Place::new(&files);
    let index = place.open();
    let root = place.files.path().to_owned();
    let vanish = move |done: usize, _: usize| {
        if done == 20 {
            for n in (0..400).step_by(2) {
                drop(fs::remove_file(root.join(format!("f{n}.rs"))));
            }
        }
    };
    index.refresh(&vanish, &Cancel::new()).unwrap();
    refresh(&index);
    assert_eq!(index.status().files, 200);
    assert_eq!(everything(&index), place.anew());
}

#[test]
fn a_work_tree_that_is_gone_does_not_empty_the_index() {
    let place = Place::new(TWO);
    let index = place.index();
    let before = everything(&index);
    let moved = place.files.path().with_extension("moved");
    fs::rename(place.files.path(), &moved).unwrap();
    let result = index.refresh(&|_, _| {}, &Cancel::new());
    fs::rename(&moved, place.files.path()).unwrap();
    let error = result.expect_err("a folder that is not there is no empty workspace");
    assert!(!error.to_string().is_empty());
    assert_eq!(everything(&index), before);
    assert_eq!(refresh(&index).indexed, 0);
}

#[test]
fn one_very_long_line_is_found_by_its_words() {
    let place = Place::new(TWO);
    let numbers: String = (0..90_000).map(|n| format!("{n}, ")).collect();
    place.write(
        "long.py",
        &format!("def before(): pass\nvalues = [{numbers}]\ndef after_it(): return needle_word\n"),
    );
    let words = "haystack ".repeat(100_000);
    place.write("long.txt", &format!("{words} quokka"));
    let index = place.index();
    assert_eq!(index.status().files, 4);
    assert_eq!(definitions(&index, "after_it"), "long.py function after_it");
    assert!(search(&index, "needle_word").contains("long.py"));
    assert_eq!(search(&index, "quokka"), "long.txt");
}

#[test]
fn deep_folders_are_walked() {
    let place = Place::new(TWO);
    let path = format!("{}deep.rs", "d/".repeat(300));
    place.write(&path, "fn at_the_bottom() {}\n");
    let index = place.index();
    assert_eq!(
        definitions(&index, "at_the_bottom"),
        format!("{path} function at_the_bottom")
    );
    place.write(&path, "fn changed_there() {}\n");
    assert_eq!(update(&index, &[&path]).indexed, 1);
    assert_eq!(everything(&index), place.anew());
}

#[test]
fn a_rename_that_changes_case_alone_is_a_rename() {
    for whole in [true, false] {
        let place = Place::new(TWO);
        let index = place.index();
        let root = place.files.path();
        fs::rename(root.join("a.rs"), root.join("A.rs")).unwrap();
        match whole {
            true => refresh(&index),
            false => update(&index, &["a.rs", "A.rs"]),
        };
        assert_eq!(definitions(&index, "alpha"), "A.rs function alpha");
        assert_eq!(everything(&index), place.anew());
    }
}

#[test]
fn odd_names_are_kept_apart_and_as_they_are() {
    let names = [
        "caf\u{e9}.rs",
        "cafe\u{301}.rs",
        "\u{202e}sr.exe.rs",
        "zero\u{200b}width.rs",
        "🦀/🧪.rs",
        " leading and trailing .rs",
        "-rf.rs",
        "quote\"'`$(x).rs",
        "%41.rs",
        "ﬁle.rs",
    ];
    let place = Place::new(TWO);
    for (number, name) in names.iter().enumerate() {
        place.write(name, &format!("fn odd_{number}() {{}}\n"));
    }
    let index = place.index();
    for (number, name) in names.iter().enumerate() {
        assert_eq!(
            definitions(&index, &format!("odd_{number}")),
            format!("{name} function odd_{number}")
        );
    }
    drop(index);
    assert_eq!(everything(&place.open()), place.anew(), "after a restart");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_costs_that_file_alone() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new(TWO);
    let name = std::ffi::OsStr::from_bytes(b"bad-\xff-name.rs");
    fs::write(place.files.path().join(name), "fn unreachable() {}\n").unwrap();
    let index = place.index();
    assert_eq!(definitions(&index, "beta"), "b.rs function beta");
    assert_eq!(index.status().files, 2);
}

#[test]
#[ignore = "a hundred thousand files"]
#[expect(clippy::print_stdout, reason = "the numbers are the result")]
fn a_hundred_thousand_tiny_files() {
    let place = Place::new("");
    for folder in 0..1_000 {
        for n in 0..100 {
            place.write(
                &format!("d{folder}/f{n}.rs"),
                &format!("fn tiny_{folder}_{n}() {{ shared() }}\n"),
            );
        }
    }
    let began = std::time::Instant::now();
    let index = place.index();
    let cold = began.elapsed();
    assert_eq!(index.status().files, 100_000);
    assert_eq!(
        definitions(&index, "tiny_999_99"),
        "d999/f99.rs function tiny_999_99"
    );
    let paths: Vec<RelPath> = (0..10_000)
        .map(|n| rel(&format!("d{}/f{}.rs", n / 100, n % 100)))
        .collect();
    for (n, path) in paths.iter().enumerate() {
        place.write(path.as_str(), &format!("fn other_{n}() {{ shared() }}\n"));
    }
    let began = std::time::Instant::now();
    let done = index.update(&paths, &Cancel::new()).unwrap();
    let switched = began.elapsed();
    assert_eq!(done.indexed, 10_000);
    drop(index);
    let began = std::time::Instant::now();
    let index = place.open();
    assert_eq!(refresh(&index).indexed, 0);
    println!(
        "100,000 files: cold {cold:?}, 10,000 of them changed {switched:?}, restart {:?}",
        began.elapsed()
    );
    assert_eq!(definitions(&index, "tiny_0_0"), "");
    assert_eq!(definitions(&index, "other_0"), "d0/f0.rs function other_0");
}

/// A folder on a disk that is full soon, given by who runs the test: see `docs/reliability.md`.
const SMALL_DISK: &str = "OBELUS_TEST_SMALL_DISK";

#[test]
#[ignore = "needs a small disk"]
#[expect(clippy::disallowed_methods, reason = "how the test is given its disk")]
fn a_full_disk_keeps_the_last_state() {
    let Ok(disk) = std::env::var(SMALL_DISK) else {
        return;
    };
    let place = Place::new(TWO);
    let folder = std::path::Path::new(&disk).join("index");
    let index = WorkspaceIndex::open(&folder, place.repo()).unwrap();
    refresh(&index);
    let before = everything(&index);
    let ballast = std::path::Path::new(&disk).join("ballast");
    // Whatever is left, down to the last block.
    drop(fs::write(&ballast, vec![1; 64 << 20]));
    place.write("c.rs", &"fn another() { beta() }\n".repeat(20_000));
    let error = index.refresh(&|_, _| {}, &Cancel::new()).unwrap_err();
    assert!(
        error.to_string().contains("could not be written"),
        "{error}"
    );
    assert_eq!(everything(&index), before);
    let again = WorkspaceIndex::open(&folder, place.repo()).unwrap();
    assert_eq!(everything(&again), before, "what lies there is sound");
    drop(again);
    fs::remove_file(&ballast).unwrap();
    refresh(&index);
    assert!(index.status().notice.is_none());
    assert_eq!(definitions(&index, "beta"), "b.rs function beta");
    assert_eq!(index.status().files, 3);
    drop(fs::remove_dir_all(folder));
}
