//! Every scope, in every state that a repository may be in.

use base::{At, Cancel, RepoError, Scope, WorkspaceKind};

use crate::support::{change, check, committed, open, path};

fn range(from: &str, to: &str, symmetric: bool) -> Scope {
    Scope::Range {
        from: from.to_owned(),
        to: to.to_owned(),
        symmetric,
    }
}

#[test]
fn worktree_staged_commit_range_base_and_all() {
    let (temp, mut scaffold) = committed(&[
        ("a.txt", "1\n2\n3\n"),
        ("b.txt", "b\n"),
        ("sub/c.txt", "c\n"),
    ]);
    let first = scaffold.head();
    scaffold
        .branch("topic")
        .and_then(|s| s.commit("second", &[("a.txt", "1\ntwo\n3\n")]))
        .and_then(|s| s.write(&[("b.txt", "b\nstaged\n")]))
        .and_then(|s| s.stage())
        .and_then(|s| s.write(&[("sub/c.txt", "c\nd\n")]))
        .and_then(|s| s.write(&[("new/deep/e.txt", "e\n")]))
        .expect("a repository");
    let second = scaffold.head();
    let repo = open(temp.path());
    check(
        &repo,
        &Scope::Worktree,
        &[
            "Modified b.txt: -0+1@1",
            "Untracked new/deep/e.txt: -0+1@0",
            "Modified sub/c.txt: -0+1@1",
        ],
    );
    check(&repo, &Scope::Staged, &["Modified b.txt: -0+1@1"]);
    for revision in ["HEAD", "topic", "@", &second, &second[..9]] {
        check(
            &repo,
            &Scope::Commit(revision.to_owned()),
            &["Modified a.txt: -1+1@1"],
        );
    }
    check(
        &repo,
        &Scope::Commit("HEAD~1".to_owned()),
        &[
            "Added a.txt: -0+3@0",
            "Added b.txt: -0+1@0",
            "Added sub/c.txt: -0+1@0",
        ],
    );
    for (from, to) in [
        ("main", "topic"),
        ("main", ""),
        (&*first, "HEAD"),
        ("HEAD^", "HEAD^0"),
    ] {
        for symmetric in [false, true] {
            check(
                &repo,
                &range(from, to, symmetric),
                &["Modified a.txt: -1+1@1"],
            );
        }
    }
    check(
        &repo,
        &range("", "main", false),
        &["Modified a.txt: -1+1@1"],
    );
    check(&repo, &range("", "main", true), &[]);
    check(
        &repo,
        &Scope::Base("main".to_owned()),
        &[
            "Modified a.txt: -1+1@1",
            "Modified b.txt: -0+1@1",
            "Untracked new/deep/e.txt: -0+1@0",
            "Modified sub/c.txt: -0+1@1",
        ],
    );
    check(
        &repo,
        &Scope::All,
        &[
            "Whole a.txt: -0+3@0",
            "Whole b.txt: -0+2@0",
            "Whole new/deep/e.txt: -0+1@0",
            "Whole sub/c.txt: -0+2@0",
        ],
    );
    let worktree = change(&repo, &Scope::Worktree);
    assert_eq!(
        (worktree.base.as_deref(), worktree.head, worktree.new),
        (Some(&*second), None, At::Worktree)
    );
    let commit = change(&repo, &Scope::Commit("HEAD".to_owned()));
    assert_eq!(
        (commit.base, commit.head),
        (Some(first), Some(second.clone()))
    );
    assert_eq!(repo.head().expect("a head"), Some(second));
    assert_eq!(repo.kind(), WorkspaceKind::Git);
}

#[test]
fn an_unknown_revision_is_named() {
    let (temp, _scaffold) = committed(&[("a", "a\n")]);
    let repo = open(temp.path());
    for revision in [
        "nope",
        "HEAD~9",
        "HEAD^2",
        "",
        "-x",
        "a b",
        "HEAD:a",
        ":/first",
        "@{yesterday}",
        "HEAD@{",
        "HEAD^{tree}",
        "deadbeef",
        "../../etc/passwd",
        "refs/../config",
        "config",
        "HEAD~99999999999999999999",
        "@{u}",
        "a\u{1b}[31m",
        "0000000000000000000000000000000000000000",
        "é~",
        "HEADé",
    ] {
        let error = repo
            .change(&Scope::Commit(revision.to_owned()), &Cancel::new())
            .map(|change| change.files.len());
        if revision.is_empty() {
            assert!(error.is_ok(), "an empty side is HEAD");
            continue;
        }
        let Err(RepoError::NoSuchRevision {
            revision: named,
            why,
        }) = error
        else {
            panic!("{revision:?} gave {error:?}");
        };
        assert!(!why.is_empty() && !named.contains('\u{1b}'), "{named:?}");
    }
}

#[test]
fn a_subfolder_is_its_own_workspace() {
    let (temp, mut scaffold) = committed(&[
        ("top.txt", "t\n"),
        ("sub/in.txt", "i\n"),
        (".gitignore", "*.log\n"),
    ]);
    scaffold
        .write(&[("top.txt", "t\nu\n")])
        .and_then(|s| s.write(&[("sub/in.txt", "i\nj\n")]))
        .and_then(|s| s.write(&[("sub/x.log", "log\n")]))
        .and_then(|s| s.write(&[("sub/deep/new.txt", "n\n")]))
        .and_then(|s| s.stage())
        .expect("a work tree");
    let repo = open(&temp.path().join("sub"));
    let expected = ["Added deep/new.txt: -0+1@0", "Modified in.txt: -0+1@1"];
    check(&repo, &Scope::Worktree, &expected);
    check(&repo, &Scope::Staged, &expected);
    check(
        &repo,
        &Scope::All,
        &["Whole deep/new.txt: -0+1@0", "Whole in.txt: -0+2@0"],
    );
    let head = At::Commit(repo.head().expect("a head").expect("a commit"));
    let text = repo.text(&path("in.txt"), &head).expect("readable");
    assert_eq!(text.expect("a text").as_str(), "i\n");
    assert_eq!(repo.list("", &head).expect("a listing"), [path("in.txt")]);
    for at in [At::Index, At::Worktree] {
        assert_eq!(
            repo.list("", &at).expect("a listing").first(),
            Some(&path("deep/new.txt")),
            "what lies in folders is listed too"
        );
    }
    assert_eq!(
        repo.list("deep", &At::Index).expect("a listing"),
        [path("deep/new.txt")]
    );
    assert_eq!(
        repo.list("deep/", &At::Worktree).expect("a listing"),
        [path("deep/new.txt")]
    );
    assert!(repo.is_ignored(&path("y.log")) && !repo.is_ignored(&path("in.txt")));
}
