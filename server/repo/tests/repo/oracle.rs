//! Random work trees, and git's word on what changed in them.
//!
//! Each fixture is a history of two commits and a work tree in some disorder: files edited, rewritten, moved, removed,
//! staged and unstaged, links for files, folders for files, ignored names. What Obelus says of every scope must be what
//! `git diff --raw` says of the same two trees (for the work tree: of a copy of the index to which everything was added).

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::change::{FileStatus, SkipReason};
use base::{Change, Repo, Scope};

use crate::git::Git;
use crate::support::{change, open};

/// Enough that each kind of disorder meets most others; a few seconds. Six hundred passed.
const FIXTURES: u64 = 30;
/// git's name of the empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

#[test]
fn git_agrees_on_random_work_trees() {
    let mut seen = BTreeMap::<String, usize>::new();
    for seed in 1..=FIXTURES {
        let (_temp, git) = Git::init();
        let mut disorder = Disorder::new(seed, &git);
        disorder.some(12);
        let first = git.commit("first");
        disorder.some(10);
        let second = git.commit("second");
        disorder.some(14);

        let repo = open(&git.folder);
        let added = git.with_index(git.folder.join(".git/everything"));
        std::fs::copy(
            git.folder.join(".git/index"),
            git.folder.join(".git/everything"),
        )
        .expect("a copy of the index");
        added.run(["-c", "advice.addEmbeddedRepo=false", "add", "-A"]);

        let mut judge = |scope: Scope, git: &Git, arguments: &[&str]| {
            let expected = raw(git, arguments);
            let found = change(&repo, &scope);
            assert_eq!(
                plain(&found),
                expected,
                "seed {seed}, {scope:?} in {}\n{:#?}",
                git.folder.display(),
                disorder.log
            );
            assert_eq!(
                renames(&found),
                moved(git, arguments),
                "seed {seed}, {scope:?} in {}\n{:#?}",
                git.folder.display(),
                disorder.log
            );
            contents(&repo, &found, git, seed);
            for file in &found.files {
                *seen.entry(format!("{:?}", file.status)).or_default() += 1;
            }
        };
        judge(Scope::Staged, &git, &["diff", "--cached", "HEAD"]);
        judge(Scope::Worktree, &added, &["diff", "--cached", "HEAD"]);
        judge(
            Scope::Base(first.clone()),
            &added,
            &["diff", "--cached", &first],
        );
        judge(
            Scope::Commit(second.clone()),
            &git,
            &["diff", &first, &second],
        );
        judge(
            Scope::Range {
                from: second.clone(),
                to: first.clone(),
                symmetric: false,
            },
            &git,
            &["diff", &second, &first],
        );
        let unknown = unknown(&git);
        for file in change(&repo, &Scope::Worktree).files {
            let is_unknown = unknown.contains(Path::new(file.path.as_str()));
            match file.status {
                FileStatus::Added => assert!(!is_unknown, "seed {seed}: {file:?}"),
                FileStatus::Untracked => assert!(is_unknown, "seed {seed}: {file:?}"),
                _ => {}
            }
        }
    }
    // The generator must really make all of them, or the comparison says nothing.
    for status in [
        FileStatus::Added,
        FileStatus::Untracked,
        FileStatus::Modified,
        FileStatus::Deleted,
        FileStatus::Renamed,
        FileStatus::TypeChanged,
    ] {
        assert!(
            seen.get(&format!("{status:?}")).copied().unwrap_or(0) >= 5,
            "{status:?} is rare: {seen:?}"
        );
    }
}

/// `path` to (old mode, new mode); 0 for absent.
type Raw = BTreeMap<PathBuf, (u32, u32)>;

/// git's view, moved files taken apart.
fn raw(git: &Git, arguments: &[&str]) -> Raw {
    let mut all = arguments.to_vec();
    all.extend(["--raw", "-z", "--no-renames", "--abbrev=40"]);
    let output = git.run(all);
    let mut fields = output
        .split(|&byte| byte == 0)
        .filter(|field| !field.is_empty());
    let mut raw = Raw::new();
    while let (Some(about), Some(path)) = (fields.next(), fields.next()) {
        let about = std::str::from_utf8(about).expect("printable");
        let mut words = about.trim_start_matches(':').split(' ');
        let mut mode =
            || u32::from_str_radix(words.next().expect("a mode"), 8).expect("an octal number");
        raw.insert(
            std::ffi::OsString::from_vec(path.to_vec()).into(),
            (mode(), mode()),
        );
    }
    raw
}

/// Obelus's view, moved files taken apart.
fn plain(change: &Change) -> Raw {
    let mut raw = Raw::new();
    for file in &change.files {
        let path = PathBuf::from(file.path.as_str());
        let old = match (file.status, &file.old_path) {
            (FileStatus::Renamed, Some(old)) => {
                // A link may be left where the file was: that is a line of its own.
                raw.entry(PathBuf::from(old.as_str()))
                    .or_insert((file.old_mode, 0));
                0
            }
            (FileStatus::Copied, _) => 0,
            _ => file.old_mode,
        };
        raw.insert(path, (old, file.new_mode));
    }
    assert_eq!(change.skipped, [], "nothing here is to be skipped");
    raw
}

/// Old and new path of what git takes for moved. Empty files and links are left out: nothing ties the one nothing to
/// the other, and links are not reviewed.
fn moved(git: &Git, arguments: &[&str]) -> BTreeSet<(PathBuf, PathBuf)> {
    let mut all = arguments.to_vec();
    all.extend(["--raw", "-z", "-M", "--no-rename-empty", "--diff-filter=R"]);
    let output = git.run(all);
    let mut fields = output.split(|&byte| byte == 0);
    let mut moved = BTreeSet::new();
    while let (Some(about), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
        let path = |bytes: &[u8]| PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()));
        if !about.starts_with(b":120000") {
            moved.insert((path(old), path(new)));
        }
    }
    moved
}

/// Old and new path of what Obelus takes for moved, but for what git does not: a file in whose place a link was left.
fn renames(change: &Change) -> BTreeSet<(PathBuf, PathBuf)> {
    let left: BTreeSet<_> = change.files.iter().map(|file| &file.path).collect();
    let renamed = change
        .files
        .iter()
        .filter(|file| file.status == FileStatus::Renamed);
    renamed
        .filter(|file| file.old_blob.as_deref() != Some(EMPTY))
        .filter(|file| file.old_path.as_ref().is_none_or(|old| !left.contains(old)))
        .map(|file| {
            let old = file.old_path.as_ref().expect("where it was");
            (old.as_str().into(), file.path.as_str().into())
        })
        .collect()
}

/// What git calls `??`.
fn unknown(git: &Git) -> BTreeSet<PathBuf> {
    let output = git.run(["status", "--porcelain", "-z", "-uall", "--no-renames"]);
    output
        .split(|&byte| byte == 0)
        .filter_map(|line| line.strip_prefix(b"?? "))
        .map(|path| PathBuf::from(std::ffi::OsString::from_vec(path.to_vec())))
        .collect()
}

/// Both texts are the right ones, and the hunks lead from one to the other.
fn contents(repo: &Arc<dyn Repo>, change: &Change, git: &Git, seed: u64) {
    for file in &change.files {
        let texts = match repo.load(change, file) {
            Ok(texts) => texts,
            Err(SkipReason::Symlink) => {
                assert!(file.new_mode == 0o120_000 || file.old_mode == 0o120_000);
                continue;
            }
            Err(SkipReason::Binary) => {
                let blob = |blob: &Option<String>| match blob {
                    Some(id) => git.run(["cat-file", "blob", id]),
                    None => Vec::new(),
                };
                let disk = std::fs::read(git.folder.join(file.path.as_str()));
                let mut sides = [
                    blob(&file.old_blob),
                    blob(&file.new_blob),
                    disk.unwrap_or_default(),
                ];
                assert!(
                    sides.iter_mut().any(|side| side.contains(&0)),
                    "seed {seed}: {file:?}"
                );
                continue;
            }
            Err(reason) => panic!("seed {seed}: {} was skipped: {reason}", file.path),
        };
        if let Some(new) = &texts.new
            && change.new == base::At::Worktree
        {
            let disk = std::fs::read(git.folder.join(file.path.as_str())).expect("a file");
            assert_eq!(new.as_str().as_bytes(), disk, "seed {seed}: {}", file.path);
        }
        if let (Some(old), Some(blob)) = (&texts.old, &file.old_blob) {
            let id = git2::Oid::hash_object(git2::ObjectType::Blob, old.as_str().as_bytes());
            assert_eq!(
                id.expect("an id").to_string(),
                *blob,
                "seed {seed}: {}",
                file.path
            );
        }
        let lines = |text: &Option<base::Text>| -> Vec<String> {
            let text = text.as_ref().map_or("", |text| text.as_str());
            text.lines().map(str::to_owned).collect()
        };
        let (mut patched, new) = (lines(&texts.old), lines(&texts.new));
        for hunk in texts.hunks.iter().rev() {
            let replacement = new[hunk.new.start as usize..hunk.new.end as usize].to_vec();
            patched.splice(hunk.old.start as usize..hunk.old.end as usize, replacement);
        }
        assert_eq!(patched, new, "seed {seed}: {}", file.path);
    }
}

/// Does things to a work tree.
struct Disorder<'a> {
    git: &'a Git,
    state: u64,
    log: Vec<String>,
}

impl<'a> Disorder<'a> {
    fn new(seed: u64, git: &'a Git) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let log = Vec::new();
        Self { git, state, log }
    }

    /// xorshift64*, below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn some(&mut self, count: usize) {
        for _ in 0..count {
            self.one();
        }
    }

    /// A text like no other.
    fn text(&mut self) -> Vec<u8> {
        let ending = if self.below(5) == 0 { "\r\n" } else { "\n" };
        let mut text = String::new();
        for _ in 0..20 {
            let (a, b) = (self.below(1 << 30), self.below(1 << 30));
            text.push_str(&format!("line {a:x} of {b:x}{ending}"));
        }
        match self.below(6) {
            0 => text.truncate(text.len() - ending.len()),
            1 => text.push_str("naïve 🦀\n"),
            _ => {}
        }
        text.into_bytes()
    }

    fn new_name(&mut self) -> PathBuf {
        let folders = ["", "src/", "src/deep/er/", "doc/", "src.d/", "a b/"];
        let folder = folders[self.below(folders.len())];
        let endings = [".rs", ".txt", "", ".log", "-binary", " é.py"];
        let ending = endings[self.below(endings.len())];
        format!("{folder}f{}{ending}", self.below(1 << 20)).into()
    }

    /// A file or link that is there, outside the git directory.
    fn existing(&mut self) -> Option<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.git.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let kind = entry.file_type().expect("a kind");
                if entry.file_name() == ".git" || entry.file_name() == ".gitignore" {
                    continue;
                }
                match kind.is_dir() {
                    true => folders.push(entry.path()),
                    false => found.push(entry.path()),
                }
            }
        }
        found.sort();
        match found.len() {
            0 => None,
            count => Some(found.swap_remove(self.below(count))),
        }
    }

    fn put(&mut self, path: &Path, content: &[u8]) {
        // A parent may be a file by now: then there is nothing to write.
        if std::fs::create_dir_all(path.parent().expect("a parent")).is_ok() {
            std::fs::remove_file(path).ok();
            std::fs::write(path, content).ok();
        }
    }

    fn one(&mut self) {
        let action = self.below(20);
        let target = self.existing();
        let name = self.new_name();
        self.log.push(format!("{action} {target:?} {name:?}"));
        let fresh = self.git.folder.join(&name);
        let Some(target) = target.filter(|_| action > 4) else {
            let content = match self.below(8) {
                0 => Vec::new(),
                1 => format!("no newline {}", self.below(1 << 30)).into_bytes(),
                _ if name.as_os_str().as_bytes().ends_with(b"-binary") => {
                    let mut text = self.text();
                    text[7] = 0;
                    text
                }
                _ => self.text(),
            };
            return self.put(&fresh, &content);
        };
        let relative = target
            .strip_prefix(&self.git.folder)
            .expect("a path inside");
        let relative = relative.to_owned();
        let is_link = target.is_symlink();
        match action {
            5..=7 if !is_link => {
                let mut content = std::fs::read(&target).expect("a file");
                // How alike short files are is a matter of opinion, and git's is not libgit2's.
                if content.len() < 400 {
                    content = self.text();
                }
                let at = content.iter().position(|&byte| byte == b'\n');
                let at = at.map_or(content.len(), |at| at + 1);
                content.splice(at..at, format!("edit {}\n", self.below(1 << 20)).bytes());
                std::fs::write(&target, content).expect("written");
            }
            8 if !is_link => {
                let content = self.text();
                std::fs::write(&target, content).expect("written");
            }
            9 => std::fs::remove_file(&target).expect("removed"),
            10 if !is_link => {
                let mode = 0o644 | if self.below(2) == 0 { 0o111 } else { 0 };
                std::fs::set_permissions(&target, PermissionsExt::from_mode(mode)).expect("a mode");
            }
            11 => {
                std::fs::remove_file(&target).expect("removed");
                symlink(format!("nowhere{}", self.below(100)), &target).expect("a link");
            }
            12 => {
                std::fs::remove_file(&target).expect("removed");
                let content = self.text();
                self.put(&target.join("inner.txt"), &content);
            }
            13 | 14 => {
                let parent = fresh.parent().expect("a parent");
                if std::fs::create_dir_all(parent).is_ok() && !fresh.exists() {
                    std::fs::rename(&target, &fresh).expect("moved");
                }
            }
            15 => {
                drop(self.git.attempt([Path::new("add"), &relative]));
            }
            16 => drop(self.git.run(["add", "-A"])),
            17 => {
                let arguments = ["rm", "-q", "--cached", "--ignore-unmatch", "-f", "--"];
                let arguments = arguments.map(Path::new).into_iter();
                drop(self.git.attempt(arguments.chain([&*relative])));
            }
            18 => {
                let add = [Path::new("add"), Path::new("-N"), &relative];
                drop(self.git.attempt(add));
            }
            _ => {
                let lines = ["*.log\n!keep.log\n", "/doc/\n", "src/**/er\n", "# none\n"];
                let line = lines[self.below(lines.len())];
                self.put(&self.git.folder.join(".gitignore"), line.as_bytes());
            }
        }
    }
}
