//! A sandbox for one test: a folder, a home of its own, and a way to run `obelus` in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use repo::Scaffold;

/// A temporary folder with a work folder in it, removed when dropped.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
}

/// What a run printed and how it ended.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// With an empty, plain work folder.
    pub(crate) fn plain() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        for name in ["work", "home", "tmp"] {
            std::fs::create_dir(root.path().join(name)).expect("a folder");
        }
        Self { root }
    }

    /// With a repository that has one commit of `files`.
    pub(crate) fn committed(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::plain();
        sandbox.scaffold().commit("First", files).expect("a commit");
        sandbox
    }

    /// A repository in the work folder.
    pub(crate) fn scaffold(&self) -> Scaffold {
        Scaffold::new(&self.work()).expect("a repository")
    }

    /// The work folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The home folder, where the user's configuration is.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The folder for temporary files.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// Writes a file in the work folder.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    /// The command, with nothing of this machine's environment in it.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test starts the program that it tests"
    )]
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obelus"));
        command
            .args(args)
            .current_dir(self.work())
            .env_clear()
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .env("XDG_CACHE_HOME", self.home().join("cache"))
            .env("XDG_STATE_HOME", self.home().join("state"))
            .env("TMPDIR", self.tmp())
            .stdin(Stdio::null());
        command
    }

    /// Runs `obelus` with the words of `args`.
    pub(crate) fn run(&self, args: &str) -> Ran {
        ran(self
            .command(args.split_whitespace())
            .output()
            .expect("obelus starts"))
    }

    /// As [`Sandbox::run`], with variables set.
    pub(crate) fn run_with(&self, env: &[(&str, &str)], args: &str) -> Ran {
        let mut command = self.command(args.split_whitespace());
        ran(command
            .envs(env.iter().copied())
            .output()
            .expect("obelus starts"))
    }
}

impl Ran {
    /// Checks the exit status, showing everything when it is another.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Checks that standard error holds each of `parts`.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no {part:?} in stderr:\n{}",
                self.stderr
            );
        }
        self
    }

    /// Checks that standard output holds each of `parts`.
    #[track_caller]
    pub(crate) fn shows(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stdout.contains(part),
                "no {part:?} in stdout:\n{}",
                self.stdout
            );
        }
        self
    }

    /// Checks that nothing was printed as a result.
    #[track_caller]
    pub(crate) fn shows_nothing(self) -> Self {
        assert_eq!(self.stdout, "");
        self
    }
}

/// What a finished process printed and how it ended; a signal is a failure.
pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        status: output.status.code().expect("no signal ended it"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A key of the right form that was never issued; put together here so that no file holds it.
pub(crate) fn fake_key() -> String {
    ["AKIA", "Z7QK3VNX", "5WTR2MJH"].concat()
}

/// Names of the files in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
