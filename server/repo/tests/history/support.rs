//! Histories as text: one commit a line, made by the git program (the tests' only; the crate starts none).
//!
//! `subject: +a *b -c d>e` commits a new `a`, a changed `b`, without `c`, and with `d` moved to `e` unchanged; `d>e*` also
//! changes it. Each commit is a minute after the one before.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use base::{Cancel, CoChange, History, RelPath};
use repo::{CommitLog, Limits, MinedHistory};
use tempfile::TempDir;

/// When the first commit is made.
const START: i64 = 1_700_000_000;

pub(crate) struct Git {
    temp: TempDir,
    pub(crate) folder: PathBuf,
    clock: Cell<i64>,
}

impl Git {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let folder = temp.path().join("work");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(temp.path().join("no-settings"), "").expect("written");
        let git = Self {
            temp,
            folder,
            clock: Cell::new(START),
        };
        git.run(&["init", "-q", "-b", "main", "."]);
        git
    }

    /// A repository with these commits.
    pub(crate) fn with(commits: &str) -> Self {
        let git = Self::new();
        git.commits(commits);
        git
    }

    /// A folder beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_in(&self.folder, arguments)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "fixtures come from git itself, in a folder that the test made"
    )]
    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let date = format!("{} +0000", self.clock.get());
        let output = Command::new("git")
            .args([
                "-c",
                "core.autocrlf=false",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(["-c", "gc.auto=0"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", self.temp.path().join("no-settings"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "A")
            .env("GIT_COMMITTER_EMAIL", "a@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .expect("git starts");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn commits(&self, commits: &str) {
        for line in commits
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (subject, files) = line.rsplit_once(": ").expect("`subject: files`");
            for file in files.split_whitespace() {
                self.edit(file);
            }
            self.run(&["add", "-A"]);
            self.tick();
            self.run(&["commit", "-q", "-m", subject]);
        }
    }

    /// A merge of `branch`, a minute later.
    pub(crate) fn merge(&self, branch: &str) {
        self.tick();
        self.run(&[
            "merge", "-q", "--no-ff", "-X", "ours", "-m", "merge", branch,
        ]);
    }

    fn tick(&self) {
        self.clock.set(self.clock.get() + 60);
    }

    fn edit(&self, file: &str) {
        let content =
            |path: &str| format!("{path} at {}\n{}", self.clock.get(), "same\n".repeat(20));
        let place = |path: &str| {
            let place = self.folder.join(path);
            std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
            place
        };
        if let Some((from, to)) = file.split_once('>') {
            let (to, is_edited) = match to.strip_suffix('*') {
                Some(to) => (to, true),
                None => (to, false),
            };
            std::fs::rename(place(from), place(to)).expect("moved");
            if is_edited {
                std::fs::write(place(to), content(to)).expect("written");
            }
        } else if let Some(path) = file.strip_prefix('-') {
            std::fs::remove_file(place(path)).expect("removed");
        } else {
            let path = file.trim_start_matches(['+', '*']);
            std::fs::write(place(path), content(path)).expect("written");
        }
    }

    pub(crate) fn log(&self) -> CommitLog {
        log(&self.folder, None)
    }

    pub(crate) fn history(&self) -> MinedHistory {
        history(&self.log())
    }
}

pub(crate) fn log(folder: &Path, cache: Option<&Path>) -> CommitLog {
    CommitLog::open(folder, cache).unwrap_or_else(|error| panic!("opening failed: {error}"))
}

pub(crate) fn history(log: &CommitLog) -> MinedHistory {
    log.history(None, &Limits::default(), &Cancel::new())
        .unwrap_or_else(|error| panic!("mining failed: {error}"))
}

pub(crate) fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

pub(crate) fn together(history: &MinedHistory, paths: &[&str]) -> Vec<CoChange> {
    let paths: Vec<RelPath> = paths.iter().map(|name| path(name)).collect();
    history.together(&paths, 20)
}

/// What changes with `of` (names with spaces between), best first, as `path together/changes`.
#[track_caller]
pub(crate) fn check(history: &MinedHistory, of: &str, expected: &[&str]) {
    let of: Vec<&str> = of.split(' ').collect();
    let shown: Vec<String> = together(history, &of)
        .iter()
        .map(|found| format!("{} {}/{}", found.path, found.together, found.changes))
        .collect();
    assert_eq!(shown, expected, "with {of:?}");
}

/// Everything that a history answers about `paths`, as text: two that print the same are the same.
pub(crate) fn print(history: &MinedHistory, paths: &[&str]) -> String {
    let answers = paths.iter().map(|name| {
        let path = path(name);
        format!(
            "{name}: {:?}\n{:?}\n{:?}\n",
            together(history, &[name]),
            history.recent(&path, 100),
            history.churn(&path)
        )
    });
    let mut shown = format!("{:?}\n", history.extent());
    shown.extend(answers);
    shown
}
