//! The workspace as it was before a commit, with the new text of some files laid over it, as an editor would show them.
//!
//! Nothing is checked out: files are read from git's objects, so a clone without a work tree will do.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base::change::SkipReason;
use base::{
    At, Cancel, Change, FileChange, FileStatus, FileTexts, RelPath, Repo, RepoError, Scope, Text,
    WorkspaceKind, diff,
};

/// The files of one commit as if they were on disk.
pub(crate) struct TreeRepo {
    inner: Arc<dyn Repo>,
    state: RwLock<State>,
    /// Texts read since the last move.
    texts: Mutex<HashMap<RelPath, Option<Text>>>,
}

#[derive(Default)]
struct State {
    commit: String,
    /// Each file's blob.
    files: BTreeMap<RelPath, String>,
    changed: HashMap<RelPath, Option<Text>>,
}

impl TreeRepo {
    pub(crate) fn new(inner: Arc<dyn Repo>) -> Self {
        Self {
            inner,
            state: RwLock::default(),
            texts: Mutex::default(),
        }
    }

    /// Goes to `commit`, whose files are `files`; the paths at which something differs from before.
    pub(crate) fn go(&self, commit: &str, files: Vec<(RelPath, String)>) -> Vec<RelPath> {
        let files: BTreeMap<RelPath, String> = files.into_iter().collect();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut differing: Vec<RelPath> = files
            .iter()
            .filter(|(path, blob)| state.files.get(*path) != Some(blob))
            .map(|(path, _)| path.clone())
            .collect();
        let gone = state.files.keys().filter(|path| !files.contains_key(*path));
        differing.extend(gone.cloned());
        *state = State {
            commit: commit.to_owned(),
            files,
            changed: HashMap::new(),
        };
        self.forget();
        differing
    }

    /// Lays these texts over the files (`None`: deleted) and gives the change that this makes.
    pub(crate) fn edit(&self, texts: Vec<(RelPath, Option<Text>)>) -> Change {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut files: Vec<FileChange> = texts
            .iter()
            .map(|(path, text)| {
                let status = match (state.files.contains_key(path), text) {
                    (true, Some(_)) => FileStatus::Modified,
                    (false, _) => FileStatus::Added,
                    (true, None) => FileStatus::Deleted,
                };
                FileChange::plain(path.clone(), status)
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        state.changed = texts.into_iter().collect();
        Change {
            base: Some(state.commit.clone()),
            head: None,
            old: Some(At::Commit(state.commit.clone())),
            new: At::Worktree,
            files,
            skipped: Vec::new(),
        }
    }

    /// Forgets the texts read so far, so that the next answer pays for reading them.
    pub(crate) fn forget(&self) {
        self.texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Repo for TreeRepo {
    fn kind(&self) -> WorkspaceKind {
        WorkspaceKind::Git
    }

    fn change(&self, _scope: &Scope, _cancel: &Cancel) -> Result<Change, RepoError> {
        let whole = |path: &RelPath| FileChange::plain(path.clone(), FileStatus::Whole);
        Ok(Change {
            base: None,
            head: None,
            old: None,
            new: At::Worktree,
            files: self.read().files.keys().map(whole).collect(),
            skipped: Vec::new(),
        })
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        let state = self.read();
        let at = At::Commit(state.commit.clone());
        if change.old.is_none() {
            if !state.files.contains_key(&file.path) {
                return Ok(FileTexts {
                    old: None,
                    new: None,
                    hunks: Vec::new(),
                });
            }
            let whole = Change {
                new: at,
                files: Vec::new(),
                skipped: Vec::new(),
                ..change.clone()
            };
            return self.inner.load(&whole, file);
        }
        let new = state.changed.get(&file.path).cloned().flatten();
        let old = match state.files.contains_key(&file.path) {
            true => self.inner.text(&file.path, &at).ok().flatten(),
            false => None,
        };
        let side = |text: &Option<Text>| text.as_ref().map_or(String::new(), |t| t.as_str().into());
        let hunks = match &old {
            None => diff::whole(&side(&new)),
            Some(_) => diff::hunks(&side(&old), &side(&new)),
        };
        Ok(FileTexts { old, new, hunks })
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        if *at != At::Worktree {
            return self.inner.text(path, at);
        }
        let state = self.read();
        if let Some(text) = state.changed.get(path) {
            return Ok(text.clone());
        }
        if !state.files.contains_key(path) {
            return Ok(None);
        }
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(path) {
            return Ok(text.clone());
        }
        let text = self.inner.text(path, &At::Commit(state.commit.clone()))?;
        texts.insert(path.clone(), text.clone());
        Ok(text)
    }

    fn list(&self, folder: &str, _at: &At) -> Result<Vec<RelPath>, RepoError> {
        let state = self.read();
        let inside = state
            .files
            .keys()
            .filter(|path| path.parent().unwrap_or("") == folder);
        Ok(inside.cloned().collect())
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        Ok(Some(self.read().commit.clone()))
    }

    fn is_ignored(&self, _path: &RelPath) -> bool {
        false
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        None
    }
}
