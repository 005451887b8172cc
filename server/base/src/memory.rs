//! An in-memory workspace made from a fixture string, so that the engine is tested in milliseconds.
//!
//! ```text
//! //- src/a.rs          the same on both sides
//! fn a() {}
//! //- old src/b.rs      on the old side only (alone: a deleted file)
//! fn b() {}
//! //- new src/b.rs      on the new side only (alone: an added file)
//! fn b() { 1 }
//! ```

use std::collections::BTreeMap;

use crate::cancel::Cancel;
use crate::change::{Change, FileChange, FileStatus, FileTexts, Scope, SkipReason};
use crate::diff;
use crate::path::RelPath;
use crate::repo::{At, LIST_DEPTH, Repo, RepoError, WorkspaceKind};
use crate::text::Text;

/// The commit id that a fixture's old side answers to.
pub const FIXTURE_HEAD: &str = "00000000000000000000000000000000000f1c5e";

/// A workspace with an old side (its only commit) and a new side (its work tree).
#[derive(Clone, Debug, Default)]
pub struct MemoryRepo {
    old: BTreeMap<RelPath, Text>,
    new: BTreeMap<RelPath, Text>,
}

impl MemoryRepo {
    /// A workspace from a fixture string.
    ///
    /// # Panics
    /// On a malformed fixture: fixtures are written by tests.
    pub fn fixture(fixture: &str) -> Self {
        let mut repo = Self::default();
        let mut current: Option<(Option<bool>, RelPath, String)> = None;
        for line in fixture.split_inclusive('\n') {
            if let Some(header) = line.trim_end().strip_prefix("//- ") {
                repo.add(current.take());
                let (side, path) = match header.split_once(' ') {
                    Some(("old", path)) => (Some(false), path),
                    Some(("new", path)) => (Some(true), path),
                    _ => (None, header),
                };
                let path =
                    RelPath::new(path.trim()).unwrap_or_else(|error| panic!("fixture: {error}"));
                current = Some((side, path, String::new()));
            } else {
                match &mut current {
                    Some((_, _, text)) => text.push_str(line),
                    None => assert!(
                        line.trim().is_empty(),
                        "fixture text before the first `//- path`: {line:?}"
                    ),
                }
            }
        }
        repo.add(current);
        repo
    }

    fn add(&mut self, file: Option<(Option<bool>, RelPath, String)>) {
        let Some((side, path, text)) = file else {
            return;
        };
        let text = Text::new(text);
        if side != Some(true) {
            self.old.insert(path.clone(), text.clone());
        }
        if side != Some(false) {
            self.new.insert(path, text);
        }
    }

    fn side(&self, at: &At) -> &BTreeMap<RelPath, Text> {
        match at {
            At::Worktree | At::Index => &self.new,
            At::Commit(_) => &self.old,
        }
    }
}

impl Repo for MemoryRepo {
    fn kind(&self) -> WorkspaceKind {
        WorkspaceKind::Git
    }

    fn change(&self, scope: &Scope, _cancel: &Cancel) -> Result<Change, RepoError> {
        let head = FIXTURE_HEAD.to_owned();
        let mut change = Change {
            base: Some(head.clone()),
            head: None,
            old: Some(At::Commit(head)),
            new: if *scope == Scope::Staged {
                At::Index
            } else {
                At::Worktree
            },
            files: Vec::new(),
            skipped: Vec::new(),
        };
        if *scope == Scope::All {
            (change.base, change.old) = (None, None);
            change.files = self
                .new
                .keys()
                .map(|path| FileChange::plain(path.clone(), FileStatus::Whole))
                .collect();
            return Ok(change);
        }
        for (path, text) in &self.new {
            match self.old.get(path) {
                Some(old) if old == text => {}
                Some(_) => change
                    .files
                    .push(FileChange::plain(path.clone(), FileStatus::Modified)),
                None => change
                    .files
                    .push(FileChange::plain(path.clone(), FileStatus::Added)),
            }
        }
        for path in self.old.keys().filter(|path| !self.new.contains_key(path)) {
            change
                .files
                .push(FileChange::plain(path.clone(), FileStatus::Deleted));
        }
        change.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(change)
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        let old = change
            .old
            .as_ref()
            .and_then(|at| self.side(at).get(&file.path))
            .cloned();
        let new = self.side(&change.new).get(&file.path).cloned();
        let hunks = match (&old, &new) {
            (Some(old), Some(new)) => diff::hunks(old.as_str(), new.as_str()),
            (None, Some(new)) => diff::whole(new.as_str()),
            (Some(old), None) => diff::hunks(old.as_str(), ""),
            (None, None) => Vec::new(),
        };
        Ok(FileTexts { old, new, hunks })
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        Ok(self.side(at).get(path).cloned())
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        let folder = folder.trim_end_matches('/');
        let below = |path: &RelPath| match folder {
            "" => Some(path.as_str().to_owned()),
            _ => Some(
                path.as_str()
                    .strip_prefix(folder)?
                    .strip_prefix('/')?
                    .to_owned(),
            ),
        };
        let inside = |path: &&RelPath| {
            below(path).is_some_and(|rest| rest.matches('/').count() <= LIST_DEPTH)
        };
        Ok(self.side(at).keys().filter(inside).cloned().collect())
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        Ok(Some(FIXTURE_HEAD.to_owned()))
    }

    fn is_ignored(&self, _path: &RelPath) -> bool {
        false
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        None
    }
}
