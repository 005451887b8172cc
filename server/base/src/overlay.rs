//! A workspace as the editor sees it: open buffers in front of the disk.
//!
//! An open buffer wins over the file, also for files that git does not know and for files that do not exist yet.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::change::{Change, FileChange, FileStatus, FileTexts, Scope, SkipReason};
use crate::diff;
use crate::path::RelPath;
use crate::repo::{At, Repo, RepoError, WorkspaceKind};
use crate::text::Text;

/// A `Repo` whose work tree is overlaid with texts.
pub struct Overlay {
    inner: Arc<dyn Repo>,
    open: HashMap<RelPath, Text>,
}

impl Overlay {
    /// `open` in front of `inner`'s work tree.
    pub fn new(inner: Arc<dyn Repo>, open: HashMap<RelPath, Text>) -> Self {
        Self { inner, open }
    }
}

impl Repo for Overlay {
    fn kind(&self) -> WorkspaceKind {
        self.inner.kind()
    }

    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        let mut change = self.inner.change(scope, cancel)?;
        if change.new != At::Worktree {
            return Ok(change);
        }
        // A buffer that differs from the base while the file on disk does not is part of the change.
        for (path, text) in &self.open {
            if change.files.iter().any(|file| &file.path == path) {
                continue;
            }
            let old = match &change.old {
                Some(at) => self.inner.text(path, at)?,
                None => None,
            };
            let status = match old {
                Some(old) if old == *text => continue,
                Some(_) => FileStatus::Modified,
                None if self.inner.is_ignored(path) => continue,
                None if change.old.is_none() => FileStatus::Whole,
                None => FileStatus::Untracked,
            };
            change.files.push(FileChange::plain(path.clone(), status));
        }
        change.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(change)
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        let Some(text) = self
            .open
            .get(&file.path)
            .filter(|_| change.new == At::Worktree)
        else {
            return self.inner.load(change, file);
        };
        let old = match (&change.old, file.status) {
            (None, _) | (_, FileStatus::Added | FileStatus::Untracked | FileStatus::Whole) => None,
            (Some(at), _) => self
                .inner
                .text(file.old_path.as_ref().unwrap_or(&file.path), at)
                .map_err(|error| SkipReason::Unreadable(error.to_string()))?,
        };
        let hunks = match &old {
            Some(old) => diff::hunks(old.as_str(), text.as_str()),
            None => diff::whole(text.as_str()),
        };
        Ok(FileTexts {
            old,
            new: Some(text.clone()),
            hunks,
        })
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        match self.open.get(path).filter(|_| *at == At::Worktree) {
            Some(text) => Ok(Some(text.clone())),
            None => self.inner.text(path, at),
        }
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        self.inner.list(folder, at)
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        self.inner.head()
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        self.inner.is_ignored(path)
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        self.inner.operation_in_progress()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::Overlay;
    use crate::memory::MemoryRepo;
    use crate::{Cancel, FileStatus, RelPath, Repo, Scope, Text};

    #[test]
    fn an_open_buffer_wins_over_the_disk() {
        let repo = MemoryRepo::fixture(
            "//- a.rs\nfn a() {}\n//- old b.rs\nfn b() {}\n//- new b.rs\nfn b() { 1 }\n",
        );
        let path = |p: &str| RelPath::new(p).expect("valid");
        let open = HashMap::from([
            (path("a.rs"), Text::new("fn a() {}\nfn c() {}\n")),
            (path("b.rs"), Text::new("fn b() {}\n")),
            (path("new.rs"), Text::new("fn n() {}\n")),
        ]);
        let overlay = Overlay::new(Arc::new(repo), open);
        let change = overlay
            .change(&Scope::Worktree, &Cancel::new())
            .expect("a change");
        let seen: Vec<_> = change
            .files
            .iter()
            .map(|file| {
                (
                    file.path.as_str(),
                    file.status,
                    overlay.load(&change, file).expect("texts").hunks.len(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("a.rs", FileStatus::Modified, 1),
                ("b.rs", FileStatus::Modified, 0),
                ("new.rs", FileStatus::Untracked, 1)
            ]
        );
    }
}
