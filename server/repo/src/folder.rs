//! A plain folder as `base::Repo`: whole files only.

use std::path::{Path, PathBuf};

use base::change::SkipReason;
use base::{
    At, Cancel, Change, FileChange, FileTexts, RelPath, Repo, RepoError, Scope, Text, WorkspaceKind,
};

use crate::attributes::AttributeFiles;
use crate::git::{by_attributes, is_ignored, list_on_disk, text_on_disk};
use crate::ignores::Sources;
use crate::index::Index;
use crate::scan::{LINK, Walk, Wanted};
use crate::{change, load};

/// A folder that is in no git work tree.
pub(crate) struct PlainFolder {
    folder: PathBuf,
    why: String,
    sources: Sources,
    attributes: AttributeFiles,
}

impl PlainFolder {
    /// `folder` is canonical; `why` says why there is no git.
    pub(crate) fn new(folder: &Path, why: String) -> Self {
        Self {
            folder: folder.to_owned(),
            why,
            sources: Sources::plain(),
            attributes: AttributeFiles::new(folder.to_owned(), folder.join(".git")),
        }
    }
}

impl Repo for PlainFolder {
    fn kind(&self) -> WorkspaceKind {
        WorkspaceKind::Folder(self.why.clone())
    }

    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        if *scope != Scope::All {
            return Err(RepoError::NotARepository(self.why.clone()));
        }
        self.attributes.look_again();
        change::must_exist(&self.folder)?;
        let scan = Walk {
            root: &self.folder,
            start: b"",
            index: &Index::default(),
            sources: &self.sources,
            wanted: Wanted::All,
            trust_mode: false,
            sparse: false,
            cancel,
        }
        .run()?;
        let mut change = change::whole(Vec::new());
        for seen in scan.seen {
            match change::rel_path(&seen.path) {
                Ok(path) => change.files.push(change::whole_file(path, seen.now)),
                Err(reason) => change.skipped.extend(change::skipped(&seen.path, reason)),
            }
        }
        for (path, reason) in scan.skipped {
            change.skipped.extend(change::skipped(&path, reason));
        }
        change::sort(&mut change);
        Ok(change)
    }

    fn load(&self, _change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        if file.new_mode == LINK {
            return Err(SkipReason::Symlink);
        }
        let attributes = self.attributes.of(file.path.as_str());
        by_attributes(attributes)?;
        let new = load::from_disk(&self.folder, Path::new(file.path.as_str()))?;
        let judged_by_hand =
            attributes.generated == Some(false) || attributes.vendored == Some(false);
        load::texts(&file.path, None, new, judged_by_hand)
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        match at {
            At::Worktree => text_on_disk(&self.folder, path),
            At::Index | At::Commit(_) => Err(RepoError::NotARepository(self.why.clone())),
        }
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        match at {
            At::Worktree => list_on_disk(&self.folder, folder),
            At::Index | At::Commit(_) => Err(RepoError::NotARepository(self.why.clone())),
        }
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        Ok(None)
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        is_ignored(&self.sources, &self.folder, path.as_str().as_bytes(), false)
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        None
    }
}
