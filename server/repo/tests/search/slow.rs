//! The slow tier: writers killed at random moments and caches damaged at random, by the hundred.
//!
//! Run with `cargo test -p repo --test search -- --ignored --nocapture`. Each prints its numbers.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base::Cancel;
use base::search::Index;
use repo::search::WorkspaceIndex;

use crate::support::{Place, everything, refresh, rel};

/// Where the child of the kill test works; its presence makes a test process that child.
const CHILD: &str = "OBELUS_TEST_INDEX_CHILD";

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn sources(files: usize) -> String {
    (0..files)
        .map(|n| {
            format!(
                "//- d{}/f{n}.rs\n/// Number {n}.\nfn f{n}() {{ f{}(); shared() }}\nstruct S{n} {{ field: u8 }}\n",
                n % 5,
                (n + 1) % files
            )
        })
        .collect()
}

/// Not a test: the writer that [`killed_writers_leave_a_sound_index`] kills.
#[test]
#[ignore = "a part of another test"]
#[expect(clippy::disallowed_methods, reason = "how a test talks to its child")]
fn child() {
    let Ok(places) = std::env::var(CHILD) else {
        return;
    };
    let (files, cache) = places.split_once('|').unwrap();
    let index =
        WorkspaceIndex::open(Path::new(cache), repo::open(Path::new(files)).unwrap()).unwrap();
    let mut dice = Dice(u64::from(std::process::id()) | 1);
    loop {
        index.refresh(&|_, _| {}, &Cancel::new()).unwrap();
        for round in 0..8 {
            let path = format!("d{}/new{}.rs", dice.below(5), dice.below(9));
            let text = format!("fn new_{}_{round}() {{ shared() }}\n", dice.below(1_000));
            fs::write(Path::new(files).join(&path), text).unwrap();
            index.update(&[rel(&path)], &Cancel::new()).unwrap();
        }
        if dice.below(3) == 0 {
            index.rebuild(&|_, _| {}, &Cancel::new()).unwrap();
        }
    }
}

/// Starts another process that writes the index of `place` until it is killed.
#[expect(clippy::disallowed_methods, reason = "a process must be killed")]
fn writer(place: &Place) -> std::process::Child {
    let places = format!(
        "{}|{}",
        place.files.path().display(),
        place.cache().display()
    );
    Command::new(std::env::current_exe().unwrap())
        .args(["slow::child", "--exact", "--ignored"])
        .env(CHILD, places)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_reader_takes_over_from_a_process_that_died() {
    let place = Place::new(&sources(20));
    let mut child = writer(&place);
    let mut tries = 0;
    let reader = loop {
        let reader = place.open();
        if !reader.status().writer && reader.status().files >= 20 {
            break reader;
        }
        drop(reader);
        tries += 1;
        assert!(tries < 600, "the writer never gets there");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(refresh(&reader).left_to_writer);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!refresh(&reader).left_to_writer);
    assert!(reader.status().writer && reader.status().notice.is_none());
    assert_eq!(everything(&reader), place.anew());
}

#[test]
#[ignore = "two minutes"]
#[expect(clippy::print_stdout, reason = "the numbers are the result")]
fn killed_writers_leave_a_sound_index() {
    let place = Place::new(&sources(60));
    let mut dice = Dice(0x5eed);
    let (mut doubted, mut empty, mut part, mut whole) = (0, 0, 0, 0);
    for round in 0..200 {
        let mut child = writer(&place);
        std::thread::sleep(Duration::from_millis(dice.below(600) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let index = place.open();
        let status = index.status();
        assert!(status.writer, "the lock of a killed process is free");
        doubted += usize::from(status.notice.is_some());
        match status.files {
            0 => empty += 1,
            n if n < 60 => part += 1,
            _ => whole += 1,
        }
        // What it says before it has looked at the disk holds together.
        drop(everything(&index));
        // Every second state is the next child's to start from as it is.
        if round % 2 == 0 {
            refresh(&index);
            assert_eq!(everything(&index), place.anew(), "round {round}");
        }
    }
    println!(
        "200 kills: {whole} whole, {part} in part, {empty} not begun, {doubted} doubted, 0 wrong"
    );
    assert_eq!(doubted, 0, "a kill leaves nothing doubtful");
    assert!(whole > 50, "the children never got far: {whole}");
}

#[test]
#[ignore = "two minutes"]
#[expect(clippy::print_stdout, reason = "the numbers are the result")]
fn random_damage_is_noticed_or_harmless() {
    let place = Place::new(&sources(60));
    let expected = place.anew();
    let mut dice = Dice(0xda3a6e);
    drop(place.index());
    let (mut noticed, mut harmless) = (0, 0);
    for round in 0..500 {
        let files: Vec<_> = fs::read_dir(place.cache())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        let path = &files[dice.below(files.len())];
        let mut bytes = fs::read(path).unwrap();
        let at = dice.below(bytes.len());
        let what = dice.below(6);
        match what {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => bytes[at..].fill(0),
            3 => bytes.extend(vec![0xaa; 1 + dice.below(5_000)]),
            4 => bytes = fs::read(&files[dice.below(files.len())]).unwrap(),
            _ => bytes.clear(),
        }
        fs::write(path, &bytes).unwrap();
        if what == 5 {
            fs::remove_file(path).unwrap();
        }
        let index = place.open();
        let status = index.status();
        if status.files == 0 {
            noticed += 1;
        } else {
            harmless += 1;
            assert_eq!(
                everything(&index),
                expected,
                "round {round}: {path:?}, damage {what}"
            );
        }
        refresh(&index);
        assert_eq!(
            everything(&index),
            expected,
            "round {round}: {path:?}, damage {what}"
        );
    }
    println!("500 damages: {noticed} noticed, {harmless} harmless, 0 wrong, 0 crashes");
    assert!(noticed > 300, "{noticed}");
}
