//! Which commits are seen: merges, limits, subfolders, and clones that lack a part.

use base::{Cancel, History, HistoryEnd, RepoError};
use repo::{CommitLog, Limits, mine_history};

use crate::support::{Git, check, history, log, path};

#[test]
fn both_sides_of_a_merge_count_and_the_merge_does_not() {
    let git = Git::with("add: +a +b +c");
    git.run(&["checkout", "-q", "-b", "side"]);
    git.commits("side: *a *b");
    git.run(&["checkout", "-q", "main"]);
    git.commits("main: *a *c");
    git.merge("side");
    let history = git.history();
    check(&history, "a", &["c 2/3", "b 2/3"]);
    assert_eq!(history.extent().commits, 3);
    assert_eq!(history.extent().head, Some(git.run(&["rev-parse", "HEAD"])));
}

#[test]
fn an_older_revision_knows_nothing_of_what_came_later() {
    let git = Git::with(
        "
        add: +a +b
        pair: *a *b
        later: +c *a
        ",
    );
    let log = git.log();
    let ask = |at: &str| log.history(Some(at), &Limits::default(), &Cancel::new());
    let before = ask("HEAD~1").expect("mined");
    check(&before, "a", &["b 2/2"]);
    assert_eq!(before.churn(&path("c")).changes, 0);
    check(&ask("main").expect("mined"), "c", &["a 1/1"]);
    assert!(matches!(
        ask("nowhere"),
        Err(RepoError::NoSuchRevision { .. })
    ));
}

#[test]
fn without_commits_or_without_git_there_is_no_history() {
    let git = Git::new();
    let empty = git.history();
    assert_eq!(empty.extent().head, None);
    check(&empty, "a", &[]);
    git.commits("first: +a +b");
    let plain = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(history(&log(plain.path(), None)).extent().commits, 0);
    assert!(CommitLog::open(&plain.path().join("nowhere"), None).is_err());
}

#[test]
fn the_log_sees_a_first_commit() {
    let git = Git::new();
    let log = git.log();
    assert_eq!(history(&log).extent().commits, 0);
    git.commits("first: +a +b");
    check(&history(&log), "a", &["b 1/1"]);
}

#[test]
fn limits_end_the_walk_and_are_told() {
    let git = Git::with(
        "
        add: +a +b
        one: *a *b
        two: *a
        ",
    );
    let log = git.log();
    let limited = |limits: Limits| log.history(None, &limits, &Cancel::new());
    let two = limited(Limits {
        commits: 2,
        ..Limits::default()
    });
    let two = two.expect("mined");
    check(&two, "a", &["b 1/2"]);
    assert_eq!(
        (two.extent().commits, two.extent().end),
        (2, HistoryEnd::CommitLimit)
    );
    let no_time = Limits {
        millis: 0,
        ..Limits::default()
    };
    // Known commits cost no time; the third is not known.
    let known = limited(no_time.clone()).expect("mined");
    assert_eq!(
        (known.extent().commits, known.extent().end),
        (2, HistoryEnd::TimeLimit)
    );
    let all = limited(Limits::default()).expect("mined");
    assert_eq!(
        (all.extent().commits, all.extent().end),
        (3, HistoryEnd::Complete)
    );
    assert_eq!(
        limited(no_time).expect("mined").extent().end,
        HistoryEnd::Complete
    );
    let pairs = limited(Limits {
        files_per_commit: 1,
        ..Limits::default()
    });
    check(&pairs.expect("mined"), "a", &[]);
}

#[test]
fn a_raised_flag_stops_the_walk() {
    let git = Git::with("add: +a +b");
    let cancel = Cancel::new();
    cancel.cancel();
    let log = git.log();
    assert!(matches!(
        log.history(None, &Limits::default(), &cancel),
        Err(RepoError::Cancelled)
    ));
    check(&history(&log), "a", &["b 1/1"]);
}

#[test]
fn a_subfolder_sees_its_own_files_only() {
    let git = Git::with(
        "
        add: +top +sub/a +sub/deep/b +other/c
        pair: *sub/a *top
        outside: *other/c *top
        pair: *sub/a *sub/deep/b
        from outside: other/c>sub/c
        ",
    );
    let history = history(&log(&git.folder.join("sub"), None));
    check(&history, "a", &["deep/b 2/3"]);
    check(&history, "deep/b", &["a 2/2"]);
    assert_eq!(history.churn(&path("c")).changes, 1);
    let extent = history.extent();
    assert_eq!((extent.commits, extent.touching), (5, 4));
}

#[test]
fn links_and_submodules_are_no_files() {
    let git = Git::with("add: +a +b");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a", git.folder.join("link")).expect("a link");
    let id = git.run(&["rev-parse", "HEAD"]);
    let entry = format!("160000,{id},module");
    git.run(&["update-index", "--add", "--cacheinfo", &entry]);
    git.run(&["add", "link"]);
    git.run(&["commit", "-q", "-m", "link", "--", "link"]);
    git.run(&["commit", "-q", "-m", "module"]);
    assert_eq!(git.history().extent().touching, 1);
}

#[test]
fn a_shallow_clone_ends_where_it_was_cut() {
    let git = Git::with(
        "
        add: +a +b +c
        pair: *a *b
        pair: *a *b
        ",
    );
    let from = format!("file://{}", git.folder.display());
    git.run(&["clone", "-q", "--depth", "2", &from, "../shallow"]);
    let clone = git.beside("shallow");
    let log = log(&clone, None);
    let shallow = history(&log);
    // The oldest commit that is here has no parent to be compared with.
    check(&shallow, "a", &["b 1/1"]);
    assert_eq!(shallow.extent().end, HistoryEnd::NotPresent);
    git.run_in(&clone, &["fetch", "-q", "--unshallow"]);
    let whole = history(&log);
    check(&whole, "a", &["b 3/3", "c 1/3"]);
    assert_eq!(whole.extent().end, HistoryEnd::Complete);
}

#[test]
fn a_clone_without_blobs_is_enough_and_one_without_trees_is_empty() {
    let git = Git::with(
        "
        add: +a +b
        pair: *a *b
        move: a>d
        ",
    );
    let from = format!("file://{}", git.folder.display());
    git.run(&["config", "uploadpack.allowFilter", "true"]);
    let filtered = |filter: &str, name: &str| {
        let filter = format!("--filter={filter}");
        let to = format!("../{name}");
        git.run(&["clone", "-q", "--bare", &filter, &from, &to]);
        // A work tree would fetch what is missing; a `.git` folder with an empty one does not.
        let work = git.beside(&format!("{name}-work"));
        std::fs::create_dir(&work).expect("a folder");
        std::fs::rename(git.beside(name), work.join(".git")).expect("moved");
        let missing = ["rev-list", "--objects", "--missing=print", "HEAD"];
        assert!(
            git.run_in(&work, &missing).contains('?'),
            "nothing is missing"
        );
        history(&log(&work, None))
    };
    let blobless = filtered("blob:none", "blobless");
    check(&blobless, "d", &["b 2/3"]);
    assert_eq!(blobless.extent().end, HistoryEnd::Complete);
    let treeless = filtered("tree:0", "treeless");
    check(&treeless, "d", &[]);
    assert_eq!(treeless.extent().end, HistoryEnd::NotPresent);
}

#[test]
fn a_repository_that_is_not_confined_is_refused() {
    let git = Git::with("add: +a");
    let elsewhere = git.beside("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    let link = format!("gitdir: {}\n", git.folder.join(".git").display());
    std::fs::write(elsewhere.join(".git"), link).expect("written");
    let refused = mine_history(&elsewhere, None, None, &Limits::default(), &Cancel::new());
    assert!(matches!(refused, Err(RepoError::NotConfined(_))));
}
