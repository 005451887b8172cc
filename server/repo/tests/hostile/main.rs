//! Repositories made to harm whoever opens them: their settings name programs, or point outside their folder.
//!
//! Every fixture has a positive control: the `git` program, run in it the way people do, does trip the canary. So a
//! fixture that has lost its sting fails here, instead of passing for ever.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base::{At, Cancel, RelPath, RepoError, Scope};

/// What must not be read, and lies outside every root.
const SECRET: &str = "the-secret-outside";

/// A work tree of one commit, with a canary beside it.
struct Trap {
    temp: tempfile::TempDir,
}

impl Trap {
    fn new() -> Self {
        let trap = Self {
            temp: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::create_dir(trap.work()).expect("a folder");
        fs::create_dir(trap.outside()).expect("a folder");
        fs::write(trap.outside().join("secret.txt"), SECRET).expect("a file");
        let canary = format!("#!/bin/sh\ntouch '{}'\ncat\n", trap.sung().display());
        fs::write(trap.canary(), canary).expect("a file");
        fs::set_permissions(trap.canary(), fs::Permissions::from_mode(0o755)).expect("a mode");
        trap.git(&trap.work(), &["init", "-q", "-b", "main"]);
        fs::write(trap.work().join("a.txt"), "one\ntwo\n").expect("a file");
        trap.git(&trap.work(), &["add", "."]);
        trap.git(&trap.work(), &["commit", "-q", "-m", "first"]);
        fs::write(trap.work().join("a.txt"), "one\nthree\n").expect("a file");
        trap
    }

    fn work(&self) -> PathBuf {
        self.temp.path().join("work")
    }

    fn outside(&self) -> PathBuf {
        self.temp.path().join("outside")
    }

    fn canary(&self) -> PathBuf {
        self.temp.path().join("canary.sh")
    }

    /// The file that the canary makes.
    fn sung(&self) -> PathBuf {
        self.temp.path().join("sung")
    }

    /// The `git` program with nobody's configuration but the repository's. Whether it succeeds is its own affair: some
    /// of these settings make it fail after the harm is done.
    #[expect(
        clippy::disallowed_methods,
        reason = "the positive control is the real program"
    )]
    fn git(&self, folder: &Path, arguments: &[&str]) -> Output {
        Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.temp.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@example.org")
            .output()
            .expect("git starts")
    }

    fn set(&self, key: &str, value: &str) {
        let output = self.git(&self.work(), &["config", key, value]);
        assert!(output.status.success(), "{output:?}");
    }

    /// The canary as the value of a setting.
    fn program(&self) -> String {
        self.canary().display().to_string()
    }

    /// Everything that is ever asked of a workspace; all that was read, or the error of opening it.
    fn ask(&self, folder: &Path) -> Result<String, RepoError> {
        let repo = repo::open(folder)?;
        let mut read = String::new();
        let cancel = Cancel::new();
        for scope in [
            Scope::Worktree,
            Scope::Staged,
            Scope::All,
            Scope::Base("HEAD".to_owned()),
            Scope::Commit("HEAD".to_owned()),
        ] {
            match repo.change(&scope, &cancel) {
                Ok(change) => {
                    for file in &change.files {
                        read.push_str(&format!("{scope:?} {}\n", file.path));
                        if let Ok(texts) = repo.load(&change, file) {
                            for text in [texts.old, texts.new].into_iter().flatten() {
                                read.push_str(text.as_str());
                            }
                        }
                    }
                }
                Err(error) => read.push_str(&format!("{error}\n")),
            }
        }
        for name in ["a.txt", "link.txt", "folder/secret.txt", "secret.txt"] {
            let path = RelPath::new(name).expect("a path");
            for at in [At::Worktree, At::Index, At::Commit("HEAD".to_owned())] {
                if let Ok(Some(text)) = repo.text(&path, &at) {
                    read.push_str(text.as_str());
                }
            }
            repo.is_ignored(&path);
        }
        read.push_str(&format!("{:?}", repo.head()));
        Ok(read)
    }

    /// Obelus is asked, then git is run with `arguments`: only the second may make the canary sing.
    #[track_caller]
    fn stays_silent(&self, arguments: &[&str]) {
        drop(fs::remove_file(self.sung()));
        let read = self.ask(&self.work()).expect("it is a repository");
        assert!(!self.sung().exists(), "a program of the repository was run");
        assert!(read.contains("three"), "the change was not seen: {read}");
        let output = self.git(&self.work(), arguments);
        assert!(
            self.sung().exists(),
            "the control failed, so this test proves nothing: {output:?}"
        );
    }

    /// Nothing of the outside is read through `folder`; the control is a command of git's that does read it.
    #[track_caller]
    fn stays_inside(&self, folder: &Path, arguments: &[&str]) -> Result<String, RepoError> {
        let asked = self.ask(folder);
        let said = match &asked {
            Ok(read) => read.clone(),
            Err(error) => error.to_string(),
        };
        assert!(!said.contains(SECRET), "read from outside: {said}");
        let output = self.git(folder, arguments);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(
            printed.contains(SECRET),
            "the control failed, so this test proves nothing: {output:?}"
        );
        asked
    }

    /// A second repository, outside, with the secret in its only commit.
    fn other_repository(&self) -> PathBuf {
        let other = self.outside().join("other");
        fs::create_dir(&other).expect("a folder");
        self.git(&other, &["init", "-q", "-b", "main"]);
        fs::write(other.join("secret.txt"), SECRET).expect("a file");
        self.git(&other, &["add", "."]);
        self.git(&other, &["commit", "-q", "-m", "secret"]);
        other
    }
}

#[test]
fn a_file_system_monitor_is_not_started() {
    let trap = Trap::new();
    trap.set("core.fsmonitor", &trap.program());
    trap.stays_silent(&["status"]);
}

#[test]
fn a_monitor_in_an_included_file_is_not_started() {
    let trap = Trap::new();
    let included = trap.outside().join("config");
    fs::write(
        &included,
        format!("[core]\n\tfsmonitor = {}\n", trap.program()),
    )
    .expect("a file");
    trap.set("include.path", &included.display().to_string());
    trap.stays_silent(&["status"]);
}

#[test]
fn filters_are_not_run() {
    let trap = Trap::new();
    trap.set("filter.harm.clean", &trap.program());
    trap.set("filter.harm.smudge", &trap.program());
    fs::write(trap.work().join(".gitattributes"), "* filter=harm\n").expect("a file");
    trap.stays_silent(&["add", "-A"]);
}

#[test]
fn a_filter_that_is_a_process_is_not_run() {
    let trap = Trap::new();
    trap.set("filter.harm.process", &trap.program());
    trap.set("filter.harm.required", "true");
    fs::write(trap.work().join(".gitattributes"), "* filter=harm\n").expect("a file");
    trap.stays_silent(&["add", "-A"]);
}

#[test]
fn text_conversion_is_not_run() {
    let trap = Trap::new();
    trap.set("diff.harm.textconv", &trap.program());
    fs::write(trap.work().join(".gitattributes"), "* diff=harm\n").expect("a file");
    trap.stays_silent(&["diff"]);
}

#[test]
fn an_outside_diff_program_is_not_run() {
    let trap = Trap::new();
    trap.set("diff.external", &trap.program());
    trap.stays_silent(&["diff"]);
}

#[test]
fn hooks_are_not_run() {
    let trap = Trap::new();
    let hooks = trap.work().join(".git/hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for name in [
        "post-index-change",
        "pre-commit",
        "post-checkout",
        "reference-transaction",
    ] {
        fs::copy(trap.canary(), hooks.join(name)).expect("a hook");
    }
    trap.stays_silent(&["add", "-A"]);
}

#[test]
fn hooks_of_another_folder_are_not_run() {
    let trap = Trap::new();
    let hooks = trap.outside().join("hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    fs::copy(trap.canary(), hooks.join("post-index-change")).expect("a hook");
    trap.set("core.hooksPath", &hooks.display().to_string());
    trap.stays_silent(&["add", "-A"]);
}

#[test]
fn missing_objects_are_not_fetched() {
    let trap = Trap::new();
    trap.set("core.repositoryFormatVersion", "1");
    trap.set("extensions.partialClone", "origin");
    // It must end by itself: what speaks this protocol waits for a peer.
    let canary = format!("#!/bin/sh\ntouch '{}'\nexit 1\n", trap.sung().display());
    fs::write(trap.canary(), canary).expect("a file");
    trap.set("remote.origin.url", &format!("ext::{}", trap.program()));
    trap.set("remote.origin.promisor", "true");
    trap.set("protocol.ext.allow", "always");
    let blob = trap.git(&trap.work(), &["rev-parse", "HEAD:a.txt"]);
    let blob = String::from_utf8(blob.stdout).expect("an id");
    let (folder, file) = blob.trim().split_at(2);
    let object = trap.work().join(".git/objects").join(folder).join(file);
    fs::remove_file(object).expect("it was loose");
    drop(fs::remove_file(trap.sung()));
    let read = trap.ask(&trap.work()).expect("it is a repository");
    assert!(!trap.sung().exists(), "a program of the repository was run");
    assert!(read.contains("Worktree a.txt"), "{read}");
    let output = trap.git(&trap.work(), &["cat-file", "-p", "HEAD:a.txt"]);
    assert!(trap.sung().exists(), "the control failed: {output:?}");
}

#[test]
fn a_work_tree_elsewhere_is_not_read() {
    let trap = Trap::new();
    trap.set("core.worktree", &trap.outside().display().to_string());
    fs::write(trap.outside().join("a.txt"), SECRET).expect("a file");
    let asked = trap.stays_inside(&trap.work(), &["diff", "HEAD"]);
    assert!(asked.is_ok_and(|read| read.contains("three")));
}

#[test]
fn a_git_folder_elsewhere_is_refused() {
    let trap = Trap::new();
    let other = trap.other_repository();
    let work = trap.temp.path().join("second");
    fs::create_dir(&work).expect("a folder");
    let pointer = format!("gitdir: {}\n", other.join(".git").display());
    fs::write(work.join(".git"), pointer).expect("a file");
    let asked = trap.stays_inside(&work, &["show", "HEAD:secret.txt"]);
    assert!(matches!(asked, Err(RepoError::NotConfined(_))), "{asked:?}");
}

#[test]
fn a_git_folder_that_is_a_link_is_refused() {
    let trap = Trap::new();
    let other = trap.other_repository();
    let work = trap.temp.path().join("second");
    fs::create_dir(&work).expect("a folder");
    symlink(other.join(".git"), work.join(".git")).expect("a link");
    let asked = trap.stays_inside(&work, &["show", "HEAD:secret.txt"]);
    assert!(asked.is_err(), "{asked:?}");
}

#[test]
fn a_common_folder_elsewhere_is_refused() {
    let trap = Trap::new();
    let other = trap.other_repository();
    let common = format!("{}\n", other.join(".git").display());
    fs::write(trap.work().join(".git/commondir"), common).expect("a file");
    let asked = trap.stays_inside(&trap.work(), &["show", "main:secret.txt"]);
    assert!(asked.is_err(), "{asked:?}");
}

#[test]
fn objects_elsewhere_are_refused() {
    let trap = Trap::new();
    let other = trap.other_repository();
    let id = trap.git(&other, &["rev-parse", "HEAD"]);
    let id = String::from_utf8(id.stdout).expect("an id");
    let objects = format!("{}\n", other.join(".git/objects").display());
    fs::create_dir_all(trap.work().join(".git/objects/info")).expect("a folder");
    fs::write(trap.work().join(".git/objects/info/alternates"), objects).expect("a file");
    fs::write(trap.work().join(".git/refs/heads/main"), &id).expect("a reference");
    let asked = trap.stays_inside(&trap.work(), &["show", "HEAD:secret.txt"]);
    assert!(matches!(asked, Err(RepoError::NotConfined(_))), "{asked:?}");
}

#[test]
fn links_are_not_followed() {
    let trap = Trap::new();
    symlink(
        trap.outside().join("secret.txt"),
        trap.work().join("link.txt"),
    )
    .expect("a link");
    symlink(trap.outside(), trap.work().join("folder")).expect("a link");
    let read = trap.ask(&trap.work()).expect("it is a repository");
    assert!(!read.contains(SECRET), "{read}");
    assert!(read.contains("three"), "{read}");
    // The control: the link does lead there.
    let through = fs::read_to_string(trap.work().join("link.txt")).expect("it leads there");
    assert_eq!(through, SECRET);
    assert!(trap.work().join("folder/secret.txt").exists());
}

#[test]
fn ignore_and_attribute_files_elsewhere_are_not_read() {
    let trap = Trap::new();
    let excludes = trap.outside().join("excludes");
    fs::write(&excludes, "new.txt\n").expect("a file");
    trap.set("core.excludesFile", &excludes.display().to_string());
    fs::write(trap.work().join("new.txt"), "fresh\n").expect("a file");
    let read = trap.ask(&trap.work()).expect("it is a repository");
    assert!(read.contains("fresh"), "{read}");
    let status = trap.git(&trap.work(), &["status", "--porcelain"]);
    assert!(
        !String::from_utf8_lossy(&status.stdout).contains("new.txt"),
        "the control failed: {status:?}"
    );
}
