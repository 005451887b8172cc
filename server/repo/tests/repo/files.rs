//! What may happen to a file, as rows: the work tree before, what is done to it, what the review shows.
//!
//! Every row is looked at three times, as a change of the work tree, staged and committed: but for what git does not
//! know yet, all three must say the same.

use std::os::unix::fs::{PermissionsExt, symlink};

use base::change::SkipReason;
use base::{At, Scope};

use crate::git::Git;
use crate::support::{change, check, open, path};

/// One thing done to a work tree.
#[derive(Clone, Copy, Debug)]
enum Step {
    Put(&'static str, &'static [u8]),
    /// `Long(path, seed, kept)`: ten lines that no other seed gives, the first `kept` of them followed by new ones.
    Long(&'static str, &'static str, usize),
    Gone(&'static str),
    Moved(&'static str, &'static str),
    Copied(&'static str, &'static str),
    /// `Link(path, target)`.
    Link(&'static str, &'static str),
    Mode(&'static str, u32),
    /// A configuration of the repository.
    Set(&'static str, &'static str),
}
use Step::*;

struct Row(
    &'static str,
    &'static [Step],
    &'static [Step],
    &'static [&'static str],
);

fn long(seed: &str, kept: usize) -> String {
    (0..10)
        .map(|n| match n < kept {
            true => format!("{seed} has the line number {n}\n"),
            false => format!("instead of line {n} of {seed}, this\n"),
        })
        .collect()
}

fn apply(git: &Git, steps: &[Step]) {
    for step in steps {
        let at = |path: &str| {
            let path = git.folder.join(path);
            let parent = path.parent().expect("a parent").to_owned();
            std::fs::create_dir_all(parent).expect("folders");
            path
        };
        let done = match *step {
            Put(path, content) => std::fs::write(at(path), content),
            Long(path, seed, kept) => std::fs::write(at(path), long(seed, kept)),
            Gone(path) => std::fs::remove_file(at(path)),
            Moved(from, to) => std::fs::rename(at(from), at(to)),
            Copied(from, to) => std::fs::copy(at(from), at(to)).map(drop),
            Link(path, target) => symlink(target, at(path)),
            Mode(path, mode) => std::fs::set_permissions(at(path), PermissionsExt::from_mode(mode)),
            Set(key, value) => {
                git.run(["config", key, value]);
                Ok(())
            }
        };
        done.unwrap_or_else(|error| panic!("{step:?}: {error}"));
    }
}

#[track_caller]
fn rows(rows: &[Row]) {
    for Row(name, before, after, expected) in rows {
        let shown = std::panic::catch_unwind(|| row(before, after, expected));
        assert!(shown.is_ok(), "row {name:?} failed, see above");
    }
}

fn row(before: &[Step], after: &[Step], expected: &[&str]) {
    let (_temp, git) = Git::init();
    apply(&git, before);
    git.commit("before");
    apply(&git, after);
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, expected);
    git.run(["add", "-A"]);
    let known: Vec<String> = expected
        .iter()
        .map(|line| match line.strip_prefix("Untracked ") {
            Some(rest) => format!("Added {rest}"),
            None => (*line).to_owned(),
        })
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    check(&repo, &Scope::Worktree, &known);
    check(&repo, &Scope::Staged, &known);
    git.commit("after");
    check(&repo, &Scope::Commit("HEAD".to_owned()), &known);
    check(&repo, &Scope::Worktree, &[]);
}

const ABC: &[u8] = b"a\nb\nc\n";

#[test]
fn texts_of_every_kind() {
    rows(&[
        Row(
            "deleted",
            &[Put("f", ABC)],
            &[Gone("f")],
            &["Deleted f: -3+0@0"],
        ),
        Row(
            "emptied",
            &[Put("f", ABC)],
            &[Put("f", b"")],
            &["Modified f: -3+0@0"],
        ),
        Row(
            "filled",
            &[Put("f", b"")],
            &[Put("f", ABC)],
            &["Modified f: -0+3@0"],
        ),
        Row("empty and new", &[], &[Put("f", b"")], &["Untracked f:"]),
        Row(
            "empty and deleted",
            &[Put("f", b"")],
            &[Gone("f")],
            &["Deleted f:"],
        ),
        Row("untouched", &[Put("f", ABC)], &[Put("f", ABC)], &[]),
        Row(
            "same size, other content",
            &[Put("f", ABC)],
            &[Put("f", b"a\nB\nc\n")],
            &["Modified f: -1+1@1"],
        ),
        Row(
            "a line in a CRLF file",
            &[Put("f", b"a\r\nb\r\n")],
            &[Put("f", b"a\r\nnew\r\nb\r\n")],
            &["Modified f: -0+1@1"],
        ),
        Row(
            "CRLF to LF: listed, without a changed line",
            &[Put("f", b"a\r\nb\r\n")],
            &[Put("f", b"a\nb\n")],
            &["Modified f:"],
        ),
        Row(
            "CRLF to LF with one real change",
            &[Put("f", b"a\r\nb\r\nc\r\n")],
            &[Put("f", b"a\nB\nc\n")],
            &["Modified f: -1+1@1"],
        ),
        Row(
            "LF to CRLF with one real change",
            &[Put("f", ABC)],
            &[Put("f", b"a\r\nB\r\nc\r\n")],
            &["Modified f: -1+1@1"],
        ),
        Row(
            "mixed line endings",
            &[Put("f", b"a\r\nb\nc\r\n")],
            &[Put("f", b"a\nb\r\nd\nc\n")],
            &["Modified f: -0+1@2"],
        ),
        Row(
            "a carriage return alone ends no line",
            &[Put("f", b"a\rb\rc\n")],
            &[Put("f", b"a\rB\rc\n")],
            &["Modified f: -1+1@0"],
        ),
        Row(
            "newline at the end lost",
            &[Put("f", ABC)],
            &[Put("f", b"a\nb\nc")],
            &["Modified f:"],
        ),
        Row(
            "newline at the end won, and a line",
            &[Put("f", b"a\nb")],
            &[Put("f", ABC)],
            &["Modified f: -0+1@2"],
        ),
        Row(
            "no newline at the end, before nor after",
            &[Put("f", b"a\nb")],
            &[Put("f", b"a\nB")],
            &["Modified f: -1+1@1"],
        ),
        Row(
            "Latin-1",
            &[Put("f", b"caf\xe9\nx\n")],
            &[Put("f", b"caf\xe9\nx\ny\n")],
            &["Modified f: -0+1@2 lossy"],
        ),
        Row(
            "Latin-1 to UTF-8",
            &[Put("f", b"caf\xe9\nx\n")],
            &[Put("f", b"caf\xc3\xa9\nx\n")],
            &["Modified f: -1+1@0"],
        ),
        Row(
            "one broken byte for another: listed, though both read the same",
            &[Put("f", b"caf\xe9\nx\n")],
            &[Put("f", b"caf\xe8\nx\n")],
            &["Modified f: lossy"],
        ),
        Row(
            "a byte order mark appears: no line of it changed",
            &[Put("f", ABC)],
            &[Put("f", b"\xef\xbb\xbfa\nb\nc\n")],
            &["Modified f:"],
        ),
        Row(
            "UTF-16 is binary to git and to us",
            &[],
            &[Put("f", b"\xff\xfea\0\n\0")],
            &["Untracked f (binary)"],
        ),
        Row(
            "text becomes binary",
            &[Put("f", ABC)],
            &[Put("f", b"a\0b\n")],
            &["Modified f (binary)"],
        ),
        Row(
            "binary becomes text",
            &[Put("f", b"a\0b\n")],
            &[Put("f", ABC)],
            &["Modified f (binary)"],
        ),
        Row(
            "binary deleted",
            &[Put("f", b"a\0b\n")],
            &[Gone("f")],
            &["Deleted f (binary)"],
        ),
        Row(
            "too large",
            &[],
            &[Put("f", &[b'\n'; 1_000_001]), Put("g", &[b'\n'; 1_000_000])],
            &[
                "Untracked f (1000001 bytes, over the limit of 1000000)",
                "Untracked g: -0+1000000@0",
            ],
        ),
    ]);
}

#[test]
fn line_endings_that_a_checkout_converted_are_no_change() {
    let (_temp, git) = Git::init();
    git.write("f", ABC).commit("first");
    git.run(["config", "core.autocrlf", "true"]);
    git.remove("f").run(["checkout", "-q", "f"]);
    let converted = std::fs::read(git.folder.join("f")).expect("readable");
    assert_eq!(converted, b"a\r\nb\r\nc\r\n");
    // Written anew, so that its bytes are looked at.
    git.remove("f").write("f", &converted);
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, &[]);
    git.write("f", "a\r\nb\r\nc\r\nd\r\n");
    check(&repo, &Scope::Worktree, &["Modified f: -0+1@3"]);
}

#[test]
fn modes() {
    rows(&[
        Row(
            "executable now",
            &[Put("f", ABC)],
            &[Mode("f", 0o755)],
            &["Modified f 100644->100755:"],
        ),
        Row(
            "no longer, and changed",
            &[Put("f", ABC), Mode("f", 0o755)],
            &[Mode("f", 0o600), Put("f", b"a\nb\n")],
            &["Modified f 100755->100644: -1+0@2"],
        ),
        Row(
            "git keeps one bit of them",
            &[Put("f", ABC)],
            &[Mode("f", 0o664)],
            &[],
        ),
        Row(
            "moved and executable now",
            &[Long("f", "f", 10)],
            &[Moved("f", "g"), Mode("g", 0o755)],
            &["Renamed f -> g 100644->100755:"],
        ),
        Row(
            "a file system that keeps no modes",
            &[Put("f", ABC), Set("core.fileMode", "false")],
            &[Mode("f", 0o755)],
            &[],
        ),
        Row(
            "a link became a file, where links are files",
            &[Put("f", ABC), Put("g", ABC), Mode("g", 0o755)],
            &[
                Set("core.fileMode", "false"),
                Put("g", b"a\n"),
                Mode("g", 0o644),
            ],
            &["Modified g: -2+0@1"],
        ),
    ]);
}

#[test]
fn renames() {
    rows(&[
        Row(
            "moved as it is",
            &[Long("f", "f", 10)],
            &[Moved("f", "deep/er/g")],
            &["Renamed f -> deep/er/g:"],
        ),
        Row(
            "moved and edited",
            &[Long("f", "f", 10)],
            &[Gone("f"), Long("g", "f", 7)],
            &["Renamed f -> g: -3+3@7"],
        ),
        Row(
            "too different for the same file",
            &[Long("f", "f", 10)],
            &[Gone("f"), Long("g", "f", 2)],
            &["Deleted f: -10+0@0", "Untracked g: -0+10@0"],
        ),
        Row(
            "only the case differs",
            &[Long("README.md", "r", 10), Put("Src/a.rs", ABC)],
            &[Moved("README.md", "Readme.md"), Moved("Src", "src")],
            &[
                "Renamed README.md -> Readme.md:",
                "Renamed Src/a.rs -> src/a.rs:",
            ],
        ),
        Row(
            "two change places: each changed",
            &[Put("f", b"1\n2\n3\n"), Put("g", b"4\n5\n6\n")],
            &[Moved("f", "t"), Moved("g", "f"), Moved("t", "g")],
            &["Modified f: -3+3@0", "Modified g: -3+3@0"],
        ),
        Row(
            "a folder moves",
            &[Long("d/a", "a", 10), Long("d/e/b", "b", 10)],
            &[Moved("d", "x")],
            &["Renamed d/a -> x/a:", "Renamed d/e/b -> x/e/b:"],
        ),
        Row(
            "the closest one is the origin",
            &[Long("far", "f", 6), Long("near", "f", 9)],
            &[Gone("far"), Gone("near"), Long("new", "f", 10)],
            &["Deleted far: -10+0@0", "Renamed near -> new: -1+1@9"],
        ),
        Row(
            "binary files move, too",
            &[Put("f", b"\0\x01\x02\x03\xff\xfe")],
            &[Moved("f", "g")],
            &["Renamed f -> g (binary)"],
        ),
        Row(
            "empty files move, too",
            &[Put("f", b"")],
            &[Moved("f", "g")],
            &["Renamed f -> g:"],
        ),
        Row(
            "a file moves into a folder of its own name",
            &[Long("f", "f", 10)],
            &[Moved("f", "t"), Moved("t", "f/f")],
            &["Renamed f -> f/f:"],
        ),
    ]);
}

#[test]
fn copies() {
    rows(&[
        Row(
            "of a file that changed as well",
            &[Long("f", "f", 10)],
            &[Copied("f", "g"), Long("f", "f", 9)],
            &["Modified f: -1+1@9", "Copied f -> g:"],
        ),
        Row(
            "edited since",
            &[Long("f", "f", 10)],
            &[Long("g", "f", 9), Long("f", "f", 8)],
            &["Modified f: -2+2@8", "Copied f -> g: -1+1@9"],
        ),
        Row(
            "not close enough: reviewed whole",
            &[Long("f", "f", 10)],
            &[Long("g", "f", 6), Long("f", "f", 9)],
            &["Modified f: -1+1@9", "Untracked g: -0+10@0"],
        ),
        Row(
            "of a file that did not change: nobody looked there, so new",
            &[Long("f", "f", 10)],
            &[Copied("f", "g")],
            &["Untracked g: -0+10@0"],
        ),
        Row(
            "moved to two places",
            &[Long("f", "f", 10)],
            &[Copied("f", "g"), Moved("f", "h")],
            &["Copied f -> g:", "Renamed f -> h:"],
        ),
        Row(
            "moved to two places, one of them hardly alike: that one is new",
            &[Long("f", "f", 10)],
            &[Long("g", "f", 6), Moved("f", "h")],
            &["Untracked g: -0+10@0", "Renamed f -> h:"],
        ),
        Row(
            "moved to two places, amid other changes",
            &[Long("f", "f", 10), Put("other", ABC)],
            &[Copied("f", "g"), Moved("f", "h"), Put("other", b"a\n")],
            &[
                "Copied f -> g:",
                "Renamed f -> h:",
                "Modified other: -2+0@1",
            ],
        ),
    ]);
}

#[test]
fn links_and_folders_in_place_of_files() {
    rows(&[
        Row(
            "a new link",
            &[],
            &[Link("l", "nowhere")],
            &["Untracked l (symbolic link)"],
        ),
        Row(
            "to another target",
            &[Link("l", "here")],
            &[Gone("l"), Link("l", "there")],
            &["Modified l (symbolic link)"],
        ),
        Row(
            "gone",
            &[Link("l", "here")],
            &[Gone("l")],
            &["Deleted l (symbolic link)"],
        ),
        Row(
            "unchanged, also where it leads to a folder",
            &[Put("d/f", ABC), Link("l", "d")],
            &[Gone("l"), Link("l", "d")],
            &[],
        ),
        Row(
            "a file becomes a link",
            &[Put("f", ABC)],
            &[Gone("f"), Link("f", "g")],
            &["TypeChanged f 100644->120000 (symbolic link)"],
        ),
        Row(
            "a link becomes a file: all of it is new",
            &[Link("f", "g")],
            &[Gone("f"), Put("f", ABC)],
            &["TypeChanged f 120000->100644: -0+3@0"],
        ),
        Row(
            "a file becomes a folder",
            &[Put("f", ABC)],
            &[Gone("f"), Put("f/g", b"other\n")],
            &["Deleted f: -3+0@0", "Untracked f/g: -0+1@0"],
        ),
        Row(
            "a folder becomes a file",
            &[Put("f/g", ABC)],
            &[Moved("f", ".git/away"), Put("f", b"other\n")],
            &["Untracked f: -0+1@0", "Deleted f/g: -3+0@0"],
        ),
        Row(
            "a folder becomes a link to a folder with the same files",
            &[Put("d/f", ABC), Put("e/f", ABC)],
            &[Moved("d", ".git/away"), Link("d", "e")],
            &["Untracked d (symbolic link)", "Deleted d/f: -3+0@0"],
        ),
    ]);
}

#[test]
fn no_link_leads_out_of_the_folder() {
    let (temp, git) = Git::init();
    let outside = Git::at(&temp.path().join("outside"));
    outside
        .write("secret", "secret\n")
        .write("d/secret", "secret\n");
    git.write("file", "1\n")
        .write("d/secret", "1\n")
        .write("chain", "1\n");
    git.commit("first");
    for (link, target) in [
        ("file", outside.folder.join("secret")),
        ("new", outside.folder.join("secret")),
        ("relative", "../outside/secret".into()),
        ("folder", outside.folder.clone()),
        ("chain", "relative".into()),
        ("d", outside.folder.join("d")),
        ("loop", "loop".into()),
        ("proc", "/proc/self/environ".into()),
    ] {
        let link = git.folder.join(link);
        drop(std::fs::remove_file(&link));
        if link.is_dir() {
            std::fs::remove_dir_all(&link).expect("removed");
        }
        symlink(target, &link).expect("a link");
    }
    // Control: whoever follows them does get there.
    for name in ["file", "relative", "folder/secret", "chain", "d/secret"] {
        let followed = std::fs::read_to_string(git.folder.join(name));
        assert_eq!(followed.expect("readable"), "secret\n");
    }
    let repo = open(&git.folder);
    check(
        &repo,
        &Scope::Worktree,
        &[
            "TypeChanged chain 100644->120000 (symbolic link)",
            "Untracked d (symbolic link)",
            "Deleted d/secret: -1+0@0",
            "TypeChanged file 100644->120000 (symbolic link)",
            "Untracked folder (symbolic link)",
            "Untracked loop (symbolic link)",
            "Untracked new (symbolic link)",
            "Untracked proc (symbolic link)",
            "Untracked relative (symbolic link)",
        ],
    );
    for file in change(&repo, &Scope::All).files {
        let loaded = repo.load(&change(&repo, &Scope::All), &file);
        assert_eq!(loaded.err(), Some(SkipReason::Symlink), "{}", file.path);
    }
    for name in [
        "file",
        "new",
        "relative",
        "chain",
        "folder/secret",
        "d/secret",
        "loop",
        "proc",
    ] {
        let text = repo.text(&path(name), &At::Worktree);
        assert_eq!(text.ok().flatten(), None, "{name}");
    }
    for folder in ["folder", "d"] {
        let listed = repo.list(folder, &At::Worktree).expect("a listing");
        assert_eq!(listed, [], "{folder}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_neither_read_nor_waited_for() {
    let (_temp, git) = Git::init();
    git.write("f", ABC).commit("first");
    git.remove("f");
    let fifo = |name: &str| {
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            git.folder.join(name),
            rustix::fs::Mode::RUSR,
        )
        .expect("a FIFO");
    };
    fifo("f");
    fifo("new");
    let _socket =
        std::os::unix::net::UnixListener::bind(git.folder.join("socket")).expect("a socket");
    let skipped = [
        "skipped f: not a regular file",
        "skipped new: not a regular file",
        "skipped socket: not a regular file",
    ];
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, &skipped);
    check(&repo, &Scope::All, &skipped);
    assert_eq!(repo.text(&path("new"), &At::Worktree).ok().flatten(), None);
}

#[test]
fn untracked_files_and_what_hides_them() {
    let (_temp, git) = Git::init();
    git.write(".gitignore", "*.log\n/build/\n!keep.log\n");
    git.write("tracked.log", "1\n")
        .write("sub/.gitignore", "local\n");
    git.run(["add", "-f", "tracked.log"]);
    git.commit("first");
    git.write(".git/info/exclude", "mine\n");
    for name in [
        "a.log",
        "keep.log",
        "build/x",
        "sub/build/x",
        "sub/local",
        "local",
        "mine",
        "sub/mine",
        "deep/er/x",
    ] {
        git.write(name, "new\n");
    }
    git.write("tracked.log", "1\n2\n");
    std::fs::create_dir(git.folder.join("empty")).expect("a folder");
    let repo = open(&git.folder);
    let expected = [
        "Untracked deep/er/x: -0+1@0",
        "Untracked keep.log: -0+1@0",
        "Untracked local: -0+1@0",
        "Untracked sub/build/x: -0+1@0",
        // Ignored and tracked is tracked.
        "Modified tracked.log: -0+1@1",
    ];
    check(&repo, &Scope::Worktree, &expected);
    let shown = git.line(["status", "--porcelain", "-uall"]);
    assert_eq!(shown.lines().count(), expected.len(), "{shown}");
    check(&repo, &Scope::Staged, &[]);
    // Obelus's own file takes out what git tracks, and says so.
    git.write(".obelusignore", "tracked.log\ndeep/\n");
    check(
        &open(&git.folder),
        &Scope::Worktree,
        &[
            "Untracked .obelusignore: -0+2@0",
            "Untracked keep.log: -0+1@0",
            "Untracked local: -0+1@0",
            "Untracked sub/build/x: -0+1@0",
            "skipped tracked.log: excluded by `tracked.log in .obelusignore`",
        ],
    );
}
