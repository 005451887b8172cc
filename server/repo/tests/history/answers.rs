//! What is answered about files: pairs, mass edits, moves, churn.

use base::{Churn, History, HistoryEnd};

use crate::support::{Git, check, path, together};

#[test]
fn files_that_change_together_are_found_with_their_evidence() {
    let git = Git::with(
        "
        first: +a +b +c +d
        both: *a *b
        fix: both again: *a *b
        alone: *a
        other: *c *d
        ",
    );
    let history = git.history();
    check(&history, "a", &["b 3/4", "c 1/4", "d 1/4"]);
    check(&history, "b", &["a 3/3", "c 1/3", "d 1/3"]);
    let best = &together(&history, &["a"])[0];
    assert_eq!(best.with, path("a"));
    assert!((best.confidence - 0.75).abs() < 1e-6);
    assert!(best.score > 0.0 && best.score <= 1.0);
    let subjects: Vec<&str> = best.commits.iter().map(|c| c.subject.as_str()).collect();
    assert_eq!(subjects, ["fix: both again", "both", "first"]);
    assert_eq!(best.last_together, best.commits[0].time);
    assert_eq!(best.commits[0].id, git.run(&["rev-parse", "HEAD~2"]));
    assert!(best.commits[0].is_fix && !best.commits[1].is_fix);
}

#[test]
fn several_files_are_asked_about_at_once() {
    let git = Git::with(
        "
        first: +a +b +c +d +e
        ac: *a *c
        bc: *b *c
        bd: *b *d
        bd: *b *d
        ",
    );
    let history = git.history();
    let found = together(&history, &["a", "b"]);
    let names: Vec<&str> = found.iter().map(|f| f.path.as_str()).collect();
    assert!(!names.contains(&"a") && !names.contains(&"b"), "{names:?}");
    assert_eq!(names.last(), Some(&"e"), "only ever added with them");
    let c = found.iter().find(|f| f.path == path("c")).expect("c");
    assert_eq!(c.with, path("a"), "{c:?}");
    assert_eq!(history.together(&[path("a"), path("b")], 1).len(), 1);
    check(&history, "unknown", &[]);
}

#[test]
fn newer_and_smaller_commits_weigh_more() {
    let git = Git::with(
        "
        first: +a
        new: +small
        new: +large +x +y +z
        large: *a *large *x *y *z
        small: *a *small
        ",
    );
    let found = together(&git.history(), &["a"]);
    assert_eq!(found[0].path, path("small"));
    assert!(found[0].score > 2.0 * found[1].score, "{found:?}");
}

#[test]
fn a_mass_edit_counts_as_a_change_and_for_no_pair() {
    let many: Vec<String> = (0..40).map(|number| format!("m{number}")).collect();
    let added = many.join(" +");
    let git = Git::with(&format!(
        "
        first: +{added}
        pair: *m1 *m2
        mass: *{}
        ",
        many[..31].join(" *")
    ));
    let history = git.history();
    check(&history, "m1", &["m2 1/1"]);
    check(&history, "m3", &[]);
    assert_eq!(history.churn(&path("m1")).changes, 3);
    assert_eq!(history.churn(&path("m39")).changes, 1);
    assert_eq!(history.recent(&path("m3"), 9)[0].files, 31);
}

#[test]
fn a_large_move_is_followed_and_speaks_for_no_pair() {
    let many = |sign: &str, end: &str| -> String {
        let names = (0..60).map(|number| format!("{sign}m{number}{end}"));
        names.collect::<Vec<_>>().join(" ")
    };
    let git = Git::with(&format!(
        "add: {}\npair: *old/m1 *old/m2\n",
        many("+old/", "")
    ));
    let moves = (0..60).map(|number| format!("old/m{number}>new/m{number}"));
    git.commits(&format!("move: {}", moves.collect::<Vec<_>>().join(" ")));
    let history = git.history();
    check(&history, "new/m1", &["new/m2 1/1"]);
    assert_eq!(history.churn(&path("new/m1")).changes, 3);
}

#[test]
fn churn_counts_changes_and_repairs() {
    let git = Git::with(
        "
        add: +a +b
        fix: a crash: *a
        docs: fix a word: *a
        work: *b
        ",
    );
    let history = git.history();
    let newest = history.recent(&path("a"), 1);
    assert_eq!(newest[0].subject, "docs: fix a word");
    assert_eq!(
        history.churn(&path("a")),
        Churn {
            changes: 3,
            fixes: 1,
            last_changed: Some(newest[0].time)
        }
    );
    assert_eq!(history.churn(&path("nowhere")), Churn::default());
    assert!(history.recent(&path("nowhere"), 5).is_empty());
    let extent = history.extent();
    assert_eq!((extent.commits, extent.touching), (4, 4));
    assert_eq!(extent.end, HistoryEnd::Complete);
}

#[test]
fn moves_are_followed() {
    let git = Git::with(
        "
        add: +old/a +old/b +c
        pair: *old/a *c
        pair: *old/a *c
        move: old/a>new/x old/b>new/b
        after: *new/x
        ",
    );
    let history = git.history();
    check(&history, "new/x", &["c 3/5", "new/b 2/5"]);
    check(&history, "c", &["new/x 3/3", "new/b 1/3"]);
    assert_eq!(history.churn(&path("new/x")).changes, 5);
    // An old name still leads to the file, where nothing else has that name.
    assert_eq!(history.churn(&path("old/a")).changes, 5);
}

#[test]
fn an_edited_move_is_followed_by_its_name() {
    let git = Git::with(
        "
        add: +src/walk +c
        pair: *src/walk *c
        move: src/walk>core/walk*
        ",
    );
    check(&git.history(), "core/walk", &["c 2/3"]);
}

#[test]
fn a_name_used_anew_is_another_file() {
    let git = Git::with(
        "
        add: +a +c
        pair: *a *c
        move: a>b
        anew: +a +d
        ",
    );
    let history = git.history();
    check(&history, "b", &["c 2/3"]);
    check(&history, "a", &["d 1/1"]);
}

#[test]
fn files_that_are_gone_are_not_named() {
    let git = Git::with(
        "
        add: +a +b +c
        gone: -b
        ",
    );
    let history = git.history();
    check(&history, "a", &["c 1/1"]);
    assert_eq!(history.churn(&path("b")).changes, 2);
}

#[test]
fn work_on_a_branch_under_an_old_name_is_followed() {
    let git = Git::with("add: +a +c");
    git.run(&["checkout", "-q", "-b", "side"]);
    git.run(&["checkout", "-q", "main"]);
    git.commits("move: a>b");
    git.run(&["checkout", "-q", "side"]);
    git.commits("on the side: *a *c");
    git.run(&["checkout", "-q", "main"]);
    git.merge("side");
    let history = git.history();
    check(&history, "b", &["c 2/3"]);
    check(&history, "c", &["b 2/2"]);
}
