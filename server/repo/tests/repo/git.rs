//! The `git` program, to build fixtures that libgit2 cannot and to be asked what is right.
//!
//! Only tests start it; the product never does. The user's own configuration takes no part, nor does the environment
//! of a hook that these tests may run in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder in which `git` is run.
pub(crate) struct Git {
    pub(crate) folder: PathBuf,
    index: Option<PathBuf>,
}

impl Git {
    /// In a folder that exists.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            index: None,
        }
    }

    /// A new repository on branch `main` in a temporary folder.
    pub(crate) fn init() -> (TempDir, Self) {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let git = Self::at(&temp.path().join("work"));
        std::fs::create_dir(&git.folder).expect("a folder");
        git.run(["init", "-q", "-b", "main"]);
        (temp, git)
    }

    /// The same folder with another index file.
    pub(crate) fn with_index(&self, index: PathBuf) -> Self {
        Self {
            folder: self.folder.clone(),
            index: Some(index),
        }
    }

    /// Runs to success; what it printed.
    #[track_caller]
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Vec<u8> {
        let mut command = self.command();
        command.args(arguments);
        let output = run(&mut command);
        assert!(
            output.status.success(),
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Runs, well or not.
    pub(crate) fn attempt<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Output {
        run(self.command().args(arguments))
    }

    /// Runs to success; the one line that it printed.
    #[track_caller]
    pub(crate) fn line<const N: usize>(&self, arguments: [&str; N]) -> String {
        let output = String::from_utf8(self.run(arguments)).expect("printable output");
        output.trim().to_owned()
    }

    /// Writes a file and the folders that it needs.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        self
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.folder.join(path)).expect("a file to remove");
        self
    }

    /// Commits everything in the work tree; the commit's id.
    #[track_caller]
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run(["add", "-A"]);
        self.run(["commit", "-q", "--allow-empty", "-m", message]);
        self.line(["rev-parse", "HEAD"])
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests only: git itself is the judge, and builds what libgit2 cannot"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.folder)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("HOME", "/nonexistent")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", "file")
            .env("GIT_AUTHOR_DATE", "1750000000 +0000")
            .env("GIT_COMMITTER_DATE", "1750000000 +0000");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Obelus")
                .env(format!("GIT_{role}_EMAIL"), "obelus@example.com");
        }
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }
}

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("these tests need the `git` program: {error}"))
}
