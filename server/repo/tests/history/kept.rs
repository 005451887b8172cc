//! What is kept between runs: the same answers as without, whatever happened to the file or to HEAD.

use std::fs;
use std::path::{Path, PathBuf};

use base::History;
use repo::MinedHistory;

use crate::support::{Git, history, log, print};

const PATHS: [&str; 6] = ["a", "b", "c", "d", "sub/e", "nowhere"];

/// A repository with a branch, moves and a subfolder, and a cache folder that is not there yet.
fn kept() -> (Git, PathBuf) {
    let git = Git::with(
        "
        add: +a +b +sub/e
        pair: *a *b
        move: b>c
        fix: it: *a *c *sub/e
        ",
    );
    let cache = git.beside("cache").join("deep");
    (git, cache)
}

#[track_caller]
fn check_same(git: &Git, cache: &Path) -> MinedHistory {
    let with = history(&log(&git.folder, Some(cache)));
    let without = git.history();
    assert_eq!(print(&with, &PATHS), print(&without, &PATHS));
    assert_eq!(with.problem(), None);
    with
}

#[test]
fn what_is_read_back_gives_the_same_answers() {
    let (git, cache) = kept();
    check_same(&git, &cache);
    let file = cache.join("history.bin");
    let written = fs::metadata(&file)
        .expect("kept")
        .modified()
        .expect("a time");
    // Nothing is mined: even with no object left every commit is known.
    let objects = git.folder.join(".git/objects");
    let expected = print(&git.history(), &PATHS);
    fs::rename(&objects, git.beside("away")).expect("moved");
    fs::create_dir_all(objects.join("pack")).expect("a folder");
    let log = log(&git.folder, Some(&cache));
    assert_eq!(print(&history(&log), &PATHS), expected);
    let unchanged = fs::metadata(&file)
        .expect("kept")
        .modified()
        .expect("a time");
    assert_eq!(unchanged, written);
    assert_eq!(fs::read_dir(&cache).expect("a folder").count(), 1);
}

#[test]
fn only_new_commits_are_mined_wherever_head_goes() {
    let (git, cache) = kept();
    check_same(&git, &cache);
    git.run(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    check_same(&git, &cache);
    git.commits("side: *a *b +d");
    check_same(&git, &cache);
    git.run(&["checkout", "-q", "main"]);
    git.commits("main: *a *sub/e");
    check_same(&git, &cache);
    git.merge("side");
    assert_eq!(check_same(&git, &cache).extent().commits, 6);
    git.run(&["reset", "-q", "--hard", "HEAD~2"]);
    check_same(&git, &cache);
}

#[test]
fn a_damaged_file_is_mined_again() {
    let (git, cache) = kept();
    check_same(&git, &cache);
    let file = cache.join("history.bin");
    let good = fs::read(&file).expect("kept");
    // Each byte in turn is wrong, then the file ends early: nothing of it may be believed.
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&file, bad).expect("written");
        if at % 16 == 0 {
            check_same(&git, &cache);
            assert_eq!(fs::read(&file).expect("kept"), good, "byte {at}");
        }
    }
    for length in [0, 10, 60, good.len() / 2, good.len() - 1] {
        fs::write(&file, &good[..length]).expect("written");
        check_same(&git, &cache);
    }
    let longer = [&good[..], b"x"].concat();
    fs::write(&file, longer).expect("written");
    check_same(&git, &cache);
}

#[test]
fn another_folder_of_the_repository_does_not_believe_it() {
    let (git, cache) = kept();
    check_same(&git, &cache);
    let below = git.folder.join("sub");
    let with = history(&log(&below, Some(&cache)));
    let without = history(&log(&below, None));
    assert_eq!(print(&with, &["e"]), print(&without, &["e"]));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_nothing_is_lost() {
    let (git, _) = kept();
    let cache = git.beside("occupied");
    fs::write(&cache, "a file").expect("written");
    let with = history(&log(&git.folder, Some(&cache)));
    assert!(
        with.problem().is_some_and(|why| why.contains("occupied")),
        "{:?}",
        with.problem()
    );
    assert_eq!(print(&with, &PATHS), print(&git.history(), &PATHS));
}
