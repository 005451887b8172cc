//! Odd file names: whatever a file system or a commit can hold comes through as it is, or is named and refused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use base::change::{FileStatus, SkipReason};
use base::{At, Change, Repo, Scope};

use crate::git::Git;
use crate::support::{change, check, open, path};

/// Names that are reviewed, each as a file and as a folder.
fn kept() -> Vec<String> {
    let mut names: Vec<String> = [
        "line\nbreak.rs",
        "\n",
        "carriage\rreturn",
        "tab\t.rs",
        "double\"quote",
        "single'quote",
        "back`tick",
        "back\\slash",
        "\\\\server\\share",
        "-rf",
        "--help",
        "-",
        "emoji 🦀.rs",
        "👩‍👩‍👧‍👦",
        // One name composed and decomposed: to Linux they are two.
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{212b}ngstrom",
        // The same but for the case.
        "case.rs",
        "Case.rs",
        "CASE.RS",
        "stra\u{df}e",
        "STRASSE",
        " leading space",
        "trailing space ",
        " ",
        "trailing.dot.",
        "...",
        "..two dots",
        ".hidden",
        "a:b",
        "c:",
        ":(glob)*",
        ":-",
        "star*",
        "what?",
        "[a-z]",
        "{a,b}",
        "!not",
        "#hash",
        "~",
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "| touch pwned",
        "%2e%2e%2f",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{7}bell",
        "\u{1}",
        "\u{7f}",
        "\u{9b}31m",
        "\u{202e}right to left",
        "\u{200b}zero width",
        "\u{feff}mark",
        "\u{2028}",
        "con",
        "NUL.txt",
        "aux",
        "HEAD",
        "refs",
        "@{u}",
        ".gitx",
        "git",
        "::error::forged",
        "日本語",
        "مرحبا",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(255));
    names.push("é".repeat(127));
    names
}

/// Bytes that are no Unicode.
const BROKEN: [&[u8]; 5] = [
    b"caf\xe9",
    b"\xff\xfe",
    b"\xc0\xae\xc0\xae",
    b"half \xf0\x9f",
    b"surrogate \xed\xa0\x80",
];

fn write(git: &Git, name: &[u8], content: &str) {
    let path = git.folder.join(OsStr::from_bytes(name));
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    std::fs::write(&path, content).unwrap_or_else(|error| panic!("{path:?}: {error}"));
}

fn shown(repo: &Arc<dyn Repo>, scope: &Scope) -> Vec<(String, FileStatus)> {
    let change = change(repo, scope);
    assert_eq!(change.skipped, [], "{scope:?}");
    let files = change.files.iter().map(|file| {
        let texts = repo
            .load(&change, file)
            .unwrap_or_else(|why| panic!("{:?}: {why}", file.path));
        assert_eq!(texts.hunks.len(), 1, "{:?}", file.path);
        (file.path.as_str().to_owned(), file.status)
    });
    files.collect()
}

#[test]
fn odd_names_come_through_in_every_scope() {
    let (_temp, git) = Git::init();
    let mut names = kept();
    names.sort();
    let mut paths: Vec<String> = names
        .iter()
        .flat_map(|name| [format!("file/{name}"), format!("folder/{name}/in")])
        // At the top a name has no folder in front of it that would take away its sting.
        .chain(
            names
                .iter()
                .map(|name| format!("{name}.top"))
                .filter(|name| name.len() < 256),
        )
        .collect();
    paths.sort();
    let all = |status: FileStatus| -> Vec<(String, FileStatus)> {
        paths.iter().map(|path| (path.clone(), status)).collect()
    };
    git.commit("nothing");
    for (n, path) in paths.iter().enumerate() {
        // Unlike each other, lest one be taken for a copy of another.
        write(&git, path.as_bytes(), &format!("{n}\n"));
    }
    let repo = open(&git.folder);
    assert_eq!(shown(&repo, &Scope::Worktree), all(FileStatus::Untracked));
    assert_eq!(shown(&repo, &Scope::All), all(FileStatus::Whole));
    git.run(["add", "-A"]);
    assert_eq!(shown(&repo, &Scope::Staged), all(FileStatus::Added));
    let head = git.commit("named");
    let commit = Scope::Commit("HEAD".to_owned());
    assert_eq!(shown(&repo, &commit), all(FileStatus::Added));
    assert_eq!(shown(&repo, &Scope::Worktree), []);
    for (n, name) in paths.iter().enumerate() {
        write(&git, name.as_bytes(), &format!("{n}\nmore\n"));
        for (at, expected) in [
            (At::Worktree, format!("{n}\nmore\n")),
            (At::Index, format!("{n}\n")),
            (At::Commit(head.clone()), format!("{n}\n")),
        ] {
            let text = repo.text(&path(name), &at).expect("readable");
            assert_eq!(text.expect("a text").as_str(), expected, "{name:?} {at:?}");
        }
    }
    assert_eq!(shown(&repo, &Scope::Worktree), all(FileStatus::Modified));
    let mut listed: Vec<String> = names.iter().map(|name| format!("file/{name}")).collect();
    listed.sort();
    for at in [At::Worktree, At::Index, At::Commit(head)] {
        let found = repo.list("file", &at).expect("a listing");
        let found: Vec<&str> = found.iter().map(|path| path.as_str()).collect();
        assert_eq!(found, listed, "{at:?}");
    }
    std::fs::remove_dir_all(git.folder.join("file")).expect("removed");
    std::fs::remove_dir_all(git.folder.join("folder")).expect("removed");
    let gone = shown(&repo, &Scope::Worktree)
        .into_iter()
        .filter(|(_, status)| *status == FileStatus::Deleted);
    assert_eq!(gone.count(), 2 * names.len());
    // The folders by themselves, as workspaces.
    for name in &names {
        let folder = git.folder.join("folder").join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        check(&open(&folder), &Scope::Worktree, &["Deleted in: -1+0@0"]);
    }
}

#[test]
fn a_file_moves_from_one_odd_name_to_the_next() {
    let (_temp, git) = Git::init();
    let names = kept();
    let text = |n: usize| -> String { (0..10).map(|line| format!("{n} has {line}\n")).collect() };
    for (n, name) in names.iter().enumerate() {
        write(&git, format!("old/{n}/{name}").as_bytes(), &text(n));
    }
    git.commit("first");
    std::fs::rename(git.folder.join("old"), git.folder.join("new")).expect("moved");
    let repo = open(&git.folder);
    let moved = |scope: &Scope| {
        let files = change(&repo, scope).files;
        assert_eq!(files.len(), names.len());
        for file in files {
            let from = file.old_path.expect("where it was");
            assert_eq!(file.status, FileStatus::Renamed);
            assert_eq!(
                from.as_str().strip_prefix("old/"),
                file.path.as_str().strip_prefix("new/")
            );
        }
    };
    moved(&Scope::Worktree);
    git.commit("second");
    moved(&Scope::Commit("HEAD".to_owned()));
}

#[test]
fn a_very_long_path_is_a_path() {
    let (_temp, git) = Git::init();
    let long = vec!["d".repeat(200); 15].join("/");
    git.write(&format!("{long}/f"), "1\n").commit("first");
    git.write(&format!("{long}/f"), "1\n2\n");
    let expected = format!("Modified {long}/f: -0+1@1");
    check(&open(&git.folder), &Scope::Worktree, &[&expected]);
}

fn refused(change: &Change) -> Vec<(&str, &SkipReason)> {
    let skipped = change.skipped.iter();
    skipped
        .map(|skipped| (skipped.path.as_str(), &skipped.reason))
        .collect()
}

#[test]
fn names_that_are_no_unicode_are_listed_as_skipped() {
    let (_temp, git) = Git::init();
    git.write("plain", "1\n").commit("first");
    let repo = open(&git.folder);
    for name in BROKEN {
        write(&git, name, "1\n");
        write(&git, &[b"folder/", name, b"/in"].concat(), "1\n");
    }
    git.write("plain", "1\n2\n");
    let why = SkipReason::BadPath("the name is not Unicode".to_owned());
    let judge = |scope: Scope| {
        let change = change(&repo, &scope);
        let refused = refused(&change);
        assert_eq!(refused.len(), 2 * BROKEN.len(), "{scope:?}: {refused:?}");
        for (name, reason) in refused {
            assert!(name.contains('\u{fffd}'), "{name:?}");
            assert_eq!(reason, &why, "{name:?}");
        }
        let files: Vec<&str> = change.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(files, ["plain"], "{scope:?}");
    };
    judge(Scope::Worktree);
    judge(Scope::All);
    git.run(["add", "-A"]);
    judge(Scope::Worktree);
    judge(Scope::Staged);
    git.commit("second");
    judge(Scope::Commit("HEAD".to_owned()));
}

/// A tree as bytes that git would not write: libgit2 and git read it all the same.
fn tree(git: &Git, entries: &[(&str, &[u8], &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(git2::Oid::from_str(id).expect("an id").as_bytes());
    }
    std::fs::write(git.folder.join(".git/tree"), bytes).expect("written");
    git.line([
        "hash-object",
        "-t",
        "tree",
        "--literally",
        "-w",
        ".git/tree",
    ])
}

#[test]
fn names_that_lead_elsewhere_are_refused_where_a_commit_holds_them() {
    let (temp, git) = Git::init();
    std::fs::write(temp.path().join("outside"), "outside\n").expect("written");
    let first = git.write("plain", "1\n").commit("first");
    let blob = git.line(["rev-parse", "HEAD:plain"]);
    for name in [
        &b".."[..],
        b".",
        b".git",
        b".GIT",
        b".git ",
        b".git.",
        b".git::$INDEX_ALLOCATION",
        b"git~1",
        ".g\u{200c}it".as_bytes(),
        b"../outside",
        b"/etc/passwd",
        b"a/../../outside",
        b"a//b",
    ] {
        for inside in [false, true] {
            let odd = match inside {
                false => tree(&git, &[("100644", name, &blob)]),
                true => {
                    let inner = tree(&git, &[("100644", b"config", &blob)]);
                    tree(&git, &[("40000", name, &inner)])
                }
            };
            let hostile = git.line(["commit-tree", "-p", &first, "-m", "hostile", &odd]);
            let repo = open(&git.folder);
            let change = change(&repo, &Scope::Commit(hostile.clone()));
            let name = String::from_utf8_lossy(name);
            for file in &change.files {
                assert_eq!(file.path.as_str(), "plain", "{name:?}: {change:#?}");
            }
            for (path, reason) in refused(&change) {
                assert!(
                    matches!(reason, SkipReason::BadPath(_)),
                    "{name:?}: {reason:?}"
                );
                let parts: Vec<&str> = path.split('/').collect();
                assert!(!parts.contains(&".."), "{path:?}");
            }
            assert_eq!(change.skipped.len(), 1, "{name:?} {inside} {change:#?}");
        }
    }
}
