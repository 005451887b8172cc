//! A folder on disk as a workspace: the one implementation of `base::Repo`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use base::change::{SkipReason, Skipped};
use base::{
    At, Cancel, Change, FileChange, FileStatus, FileTexts, RelPath, Repo, RepoError, Scope, Text,
    WorkspaceKind, diff,
};
use git2::{
    Commit, DiffOptions, ErrorCode, FileMode, IndexEntryExtendedFlag, Oid, Repository,
    RepositoryState, Tree,
};
use ignore::WalkBuilder;

use crate::delta::{self, Place};
use crate::ignored::{self, Ignored};
use crate::pool::{Lease, Pool};
use crate::{attributes, confine, disk, side};

/// Revisions longer than this are not names that anybody typed.
const MAX_REVISION: usize = 1024;

pub(crate) struct Workspace {
    /// The opened folder, links resolved.
    root: PathBuf,
    /// The top of its work tree, or `root`.
    top: PathBuf,
    /// `root` as seen from the top: "" or "some/folder/".
    prefix: String,
    git: Option<Pool>,
    /// Whether any `.gitattributes` was seen; without one each file saves four look-ups.
    attributes: AtomicBool,
}

impl Workspace {
    pub(crate) fn open(folder: &Path) -> Result<Self, RepoError> {
        let root = fs::canonicalize(folder).map_err(|error| {
            RepoError::Failed(format!("cannot open {}: {error}", folder.display()))
        })?;
        if !root.is_dir() {
            return Err(RepoError::Failed(format!(
                "{} is not a folder; name the folder to review",
                root.display()
            )));
        }
        let Some((repository, top)) = confine::open(&root)? else {
            return Ok(Self {
                top: root.clone(),
                root,
                prefix: String::new(),
                git: None,
                attributes: AtomicBool::new(false),
            });
        };
        let below = root.strip_prefix(&top).unwrap_or(Path::new(""));
        let mut prefix = below
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let workspace = Self {
            root,
            top,
            prefix,
            git: Some(Pool::new(repository)),
            attributes: AtomicBool::new(true),
        };
        workspace.look_for_attributes();
        Ok(workspace)
    }

    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    fn look_for_attributes(&self) {
        let Ok(repository) = self.repository() else {
            return;
        };
        let in_index = repository.index().is_ok_and(|mut index| {
            let _fresh = index.read(false);
            index
                .iter()
                .any(|entry| entry.path.ends_with(b".gitattributes"))
        });
        let found = in_index
            || self.top.join(".gitattributes").exists()
            || repository.path().join("info/attributes").exists();
        self.attributes.store(found, Ordering::Relaxed);
    }

    fn repository(&self) -> Result<Lease<'_>, RepoError> {
        match &self.git {
            Some(pool) => pool
                .get()
                .map_err(|error| failed("cannot open the repository", &error)),
            None => Err(RepoError::NotARepository(self.no_repository())),
        }
    }

    fn no_repository(&self) -> String {
        format!(
            "{} is not in a git repository, so there is no change to review; run `git init`, or review whole files with \
             `obelus review --all`",
            self.root.display()
        )
    }

    fn from_top(&self, path: &RelPath) -> PathBuf {
        PathBuf::from(format!("{}{path}", self.prefix))
    }

    fn against(
        &self,
        repository: &Repository,
        base: Option<&Commit<'_>>,
        new: At,
    ) -> Result<Change, RepoError> {
        let tree = tree(base)?;
        let mut options = self.diff_options();
        let mut diff = match &new {
            At::Index => {
                let mut index = repository
                    .index()
                    .map_err(|error| failed("cannot read the index", &error))?;
                index
                    .read(false)
                    .map_err(|error| failed("cannot read the index", &error))?;
                repository.diff_tree_to_index(tree.as_ref(), Some(&index), Some(&mut options))
            }
            _ => {
                options
                    .include_untracked(true)
                    .recurse_untracked_dirs(true)
                    .include_unreadable(true);
                repository.diff_tree_to_workdir_with_index(tree.as_ref(), Some(&mut options))
            }
        }
        .map_err(|error| failed("cannot compare with the base", &error))?;
        delta::find_similar(&mut diff)
            .map_err(|error| failed("cannot look for renames", &error))?;
        let workdir = (new == At::Worktree).then_some(self.top.as_path());
        let mut change = Change {
            base: base.map(|commit| commit.id().to_string()),
            head: None,
            old: base.map(|commit| At::Commit(commit.id().to_string())),
            new,
            files: Vec::new(),
            skipped: Vec::new(),
        };
        delta::collect(&diff, &self.prefix, workdir, &mut change);
        if workdir.is_some() {
            self.leave_out_what_is_not_checked_out(repository, &mut change);
        }
        Ok(change)
    }

    /// In a sparse checkout, files that were never written are not deletions.
    fn leave_out_what_is_not_checked_out(&self, repository: &Repository, change: &mut Change) {
        if !change
            .files
            .iter()
            .any(|file| file.status == FileStatus::Deleted)
        {
            return;
        }
        let Ok(index) = repository.index() else {
            return;
        };
        change.files.retain(|file| {
            let skipped = index
                .get_path(&self.from_top(&file.path), 0)
                .is_some_and(|entry| {
                    IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended)
                        .contains(IndexEntryExtendedFlag::SKIP_WORKTREE)
                });
            !(file.status == FileStatus::Deleted && skipped)
        });
    }

    fn between(
        &self,
        repository: &Repository,
        base: Option<&Commit<'_>>,
        head: &Commit<'_>,
    ) -> Result<Change, RepoError> {
        let (old, new) = (tree(base)?, tree(Some(head))?);
        let mut diff = repository
            .diff_tree_to_tree(old.as_ref(), new.as_ref(), Some(&mut self.diff_options()))
            .map_err(|error| failed("cannot compare the commits", &error))?;
        delta::find_similar(&mut diff)
            .map_err(|error| failed("cannot look for renames", &error))?;
        let mut change = Change {
            base: base.map(|commit| commit.id().to_string()),
            head: Some(head.id().to_string()),
            old: base.map(|commit| At::Commit(commit.id().to_string())),
            new: At::Commit(head.id().to_string()),
            files: Vec::new(),
            skipped: Vec::new(),
        };
        delta::collect(&diff, &self.prefix, None, &mut change);
        Ok(change)
    }

    fn diff_options(&self) -> DiffOptions {
        let mut options = DiffOptions::new();
        // Submodules are their own workspaces: looking into them would open repositories that nobody asked for.
        options
            .include_typechange(true)
            .ignore_submodules(false)
            .skip_binary_check(true)
            .update_index(false);
        if !self.prefix.is_empty() {
            options.disable_pathspec_match(true).pathspec(&self.prefix);
        }
        options
    }

    /// Every file: in git what is tracked or untracked and not ignored, elsewhere what the ignore files leave.
    fn everything(&self, cancel: &Cancel) -> Result<Change, RepoError> {
        let mut change = Change {
            base: None,
            head: None,
            old: None,
            new: At::Worktree,
            files: Vec::new(),
            skipped: Vec::new(),
        };
        let mut seen = HashSet::new();
        let walk = WalkBuilder::new(&self.root)
            .hidden(false)
            .follow_links(false)
            .require_git(false)
            .git_global(self.git.is_some())
            .add_custom_ignore_filename(ignored::FILE)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk {
            if cancel.is_cancelled() {
                return Err(RepoError::Cancelled);
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    tracing::debug!(%error, "walk");
                    if let Some(path) = unreadable_path(&error).and_then(|path| self.relative(path))
                    {
                        change.skipped.push(Skipped {
                            path,
                            reason: SkipReason::Unreadable(error.to_string()),
                        });
                    }
                    continue;
                }
            };
            let Some(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                continue;
            }
            match self.relative_place(entry.path()) {
                Place::Inside(path) => {
                    seen.insert(path.clone());
                    if kind.is_symlink() {
                        change.skipped.push(Skipped {
                            path,
                            reason: SkipReason::Symlink,
                        });
                    } else {
                        change
                            .files
                            .push(FileChange::plain(path, FileStatus::Whole));
                    }
                }
                Place::Bad(why) => {
                    let name = entry
                        .file_name()
                        .to_string_lossy()
                        .escape_default()
                        .to_string()
                        .replace(['/', '\\'], "_");
                    if let Ok(path) = RelPath::new(&name) {
                        change.skipped.push(Skipped {
                            path,
                            reason: SkipReason::BadPath(why),
                        });
                    }
                }
                Place::Outside | Place::Folder => {}
            }
        }
        self.add_tracked(&seen, &mut change)?;
        change.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(change)
    }

    /// Tracked files that an ignore file names are part of the workspace all the same.
    fn add_tracked(&self, seen: &HashSet<RelPath>, change: &mut Change) -> Result<(), RepoError> {
        if self.git.is_none() {
            return Ok(());
        }
        let repository = self.repository()?;
        let mut index = repository
            .index()
            .map_err(|error| failed("cannot read the index", &error))?;
        index
            .read(false)
            .map_err(|error| failed("cannot read the index", &error))?;
        let mut ignored = Ignored::new(&self.root);
        for entry in index.iter() {
            let Place::Inside(path) = delta::relative(Some(&entry.path), &self.prefix) else {
                continue;
            };
            if seen.contains(&path) {
                continue;
            }
            if entry.mode == u32::from(FileMode::Commit) {
                change.skipped.push(Skipped {
                    path,
                    reason: SkipReason::Submodule,
                });
            } else if ignored.pattern(&path).is_none()
                && disk::regular_file(&self.root, &path).is_ok()
            {
                change
                    .files
                    .push(FileChange::plain(path, FileStatus::Whole));
            }
        }
        Ok(())
    }

    fn relative(&self, path: &Path) -> Option<RelPath> {
        match self.relative_place(path) {
            Place::Inside(path) => Some(path),
            _ => None,
        }
    }

    fn relative_place(&self, path: &Path) -> Place {
        let Ok(below) = path.strip_prefix(&self.root) else {
            return Place::Outside;
        };
        let parts: Option<Vec<&str>> = below
            .components()
            .map(|part| part.as_os_str().to_str())
            .collect();
        match parts {
            None => Place::Bad("its name is not UTF-8".to_owned()),
            Some(parts) => match RelPath::new(&parts.join("/")) {
                Ok(path) => Place::Inside(path),
                Err(error) => Place::Bad(error.to_string()),
            },
        }
    }

    fn old_text(&self, change: &Change, file: &FileChange) -> Result<Option<Text>, SkipReason> {
        let is_new = matches!(
            file.status,
            FileStatus::Added | FileStatus::Untracked | FileStatus::Whole
        );
        let Some(at) = change.old.as_ref().filter(|_| !is_new) else {
            return Ok(None);
        };
        let unreadable = |error: String| SkipReason::Unreadable(error);
        let repository = self
            .repository()
            .map_err(|error| unreadable(error.to_string()))?;
        let found = match &file.old_blob {
            Some(id) => Oid::from_str(id).map(|id| Some((id, file.old_mode))),
            None => side::find(
                &repository,
                &self.from_top(file.old_path.as_ref().unwrap_or(&file.path)),
                at,
            ),
        };
        match found.map_err(|error| unreadable(error.message().to_owned()))? {
            Some((id, mode)) if side::is_file(mode) => side::blob(&repository, id).map(Some),
            _ => Ok(None),
        }
    }

    fn new_text(&self, change: &Change, file: &FileChange) -> Result<Option<Text>, SkipReason> {
        if file.status == FileStatus::Deleted {
            return Ok(None);
        }
        if change.new == At::Worktree {
            return side::file(&self.root, &file.path).map(Some);
        }
        if file.new_mode == u32::from(FileMode::Link) {
            return Err(SkipReason::Symlink);
        }
        let unreadable = |error: String| SkipReason::Unreadable(error);
        let repository = self
            .repository()
            .map_err(|error| unreadable(error.to_string()))?;
        let found = match &file.new_blob {
            Some(id) => Oid::from_str(id).map(|id| Some((id, file.new_mode))),
            None => side::find(&repository, &self.from_top(&file.path), &change.new),
        };
        match found.map_err(|error| unreadable(error.message().to_owned()))? {
            Some((id, mode)) if side::is_file(mode) => side::blob(&repository, id).map(Some),
            Some(_) => Err(SkipReason::Symlink),
            None => Ok(None),
        }
    }
}

impl Repo for Workspace {
    fn kind(&self) -> WorkspaceKind {
        if self.git.is_some() {
            WorkspaceKind::Git
        } else {
            WorkspaceKind::Folder(self.no_repository())
        }
    }

    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        if *scope == Scope::All {
            return self.everything(cancel);
        }
        let repository = self.repository()?;
        self.look_for_attributes();
        let mut change = match scope {
            Scope::All => return self.everything(cancel),
            Scope::Worktree => {
                self.against(&repository, head(&repository)?.as_ref(), At::Worktree)?
            }
            Scope::Staged => self.against(&repository, head(&repository)?.as_ref(), At::Index)?,
            Scope::Base(revision) => {
                let base = merge_base(
                    &repository,
                    &commit(&repository, revision)?,
                    &commit(&repository, "HEAD")?,
                    revision,
                )?;
                self.against(&repository, Some(&base), At::Worktree)?
            }
            Scope::Commit(revision) => {
                let head = commit(&repository, revision)?;
                let parent = match head.parent_count() {
                    0 => None,
                    _ => Some(head.parent(0).map_err(|_| RepoError::NoSuchRevision {
                        revision: format!("{revision}^"),
                        why: "the history is shallow here; fetch more of it (`git fetch --deepen 1`)".to_owned(),
                    })?),
                };
                self.between(&repository, parent.as_ref(), &head)?
            }
            Scope::Range {
                from,
                to,
                symmetric,
            } => {
                let named =
                    |side: &str| commit(&repository, if side.is_empty() { "HEAD" } else { side });
                let (mut base, head) = (named(from)?, named(to)?);
                if *symmetric {
                    base = merge_base(&repository, &base, &head, from)?;
                }
                self.between(&repository, Some(&base), &head)?
            }
        };
        if cancel.is_cancelled() {
            return Err(RepoError::Cancelled);
        }
        let mut ignored = Ignored::new(&self.root);
        let (files, skipped) = (&mut change.files, &mut change.skipped);
        files.retain(|file| match ignored.pattern(&file.path) {
            Some(pattern) => {
                let reason = SkipReason::Excluded(format!("{}: {pattern}", ignored::FILE));
                skipped.push(Skipped {
                    path: file.path.clone(),
                    reason,
                });
                false
            }
            None => true,
        });
        Ok(change)
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        if self.attributes.load(Ordering::Relaxed) && self.git.is_some() {
            let repository = self
                .repository()
                .map_err(|error| SkipReason::Unreadable(error.to_string()))?;
            if let Some(reason) = attributes::reason(&repository, &self.from_top(&file.path)) {
                return Err(reason);
            }
        }
        let new = self.new_text(change, file)?;
        if let Some(reason) = new
            .as_ref()
            .and_then(|text| syntax::classify(&file.path, text))
        {
            return Err(reason);
        }
        let old = self.old_text(change, file)?;
        let hunks = match (&old, &new) {
            (Some(old), Some(new)) => diff::hunks(old.as_str(), new.as_str()),
            (None, Some(new)) => diff::whole(new.as_str()),
            (Some(old), None) => diff::hunks(old.as_str(), ""),
            (None, None) => Vec::new(),
        };
        Ok(FileTexts { old, new, hunks })
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        let found = match at {
            At::Worktree => side::file(&self.root, path),
            At::Index | At::Commit(_) => {
                let repository = self.repository()?;
                match side::find(&repository, &self.from_top(path), at)
                    .map_err(|error| failed(&format!("cannot read {path}"), &error))?
                {
                    Some((id, mode)) if side::is_file(mode) => side::blob(&repository, id),
                    _ => return Ok(None),
                }
            }
        };
        match found {
            Ok(text) => Ok(Some(text)),
            Err(SkipReason::Unreadable(why)) => {
                Err(RepoError::Failed(format!("cannot read {path}: {why}")))
            }
            Err(_) => Ok(None),
        }
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        let inside = |name: &str| {
            RelPath::new(&if folder.is_empty() {
                name.to_owned()
            } else {
                format!("{folder}/{name}")
            })
            .ok()
        };
        let mut paths = Vec::new();
        match at {
            At::Worktree => {
                let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
                    return Ok(paths);
                };
                for entry in entries.flatten() {
                    let path = entry.file_name().to_str().and_then(inside);
                    paths.extend(path.filter(|path| disk::regular_file(&self.root, path).is_ok()));
                }
            }
            At::Index => {
                let repository = self.repository()?;
                let mut index = repository
                    .index()
                    .map_err(|error| failed("cannot read the index", &error))?;
                index
                    .read(false)
                    .map_err(|error| failed("cannot read the index", &error))?;
                for entry in index.iter().filter(|entry| side::is_file(entry.mode)) {
                    if let Place::Inside(path) = delta::relative(Some(&entry.path), &self.prefix) {
                        paths.extend((path.parent().unwrap_or("") == folder).then_some(path));
                    }
                }
            }
            At::Commit(id) => {
                let repository = self.repository()?;
                let cannot = |error: git2::Error| failed("cannot read the commit", &error);
                let root = Oid::from_str(id)
                    .and_then(|id| repository.find_commit(id))
                    .and_then(|commit| commit.tree())
                    .map_err(cannot)?;
                let below = format!("{}{folder}", self.prefix);
                let below = below.trim_end_matches('/');
                let tree = if below.is_empty() {
                    Some(root)
                } else {
                    root.get_path(Path::new(below))
                        .ok()
                        .and_then(|entry| repository.find_tree(entry.id()).ok())
                };
                for entry in tree.iter().flat_map(Tree::iter) {
                    let is_file = u32::try_from(entry.filemode()).is_ok_and(side::is_file);
                    paths.extend(entry.name().ok().filter(|_| is_file).and_then(inside));
                }
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        if self.git.is_none() {
            return Ok(None);
        }
        Ok(head(&*self.repository()?)?.map(|commit| commit.id().to_string()))
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        if path.as_str().split('/').any(|part| part == ".git")
            || Ignored::new(&self.root).pattern(path).is_some()
        {
            return true;
        }
        let Ok(repository) = self.repository() else {
            return false;
        };
        let from_top = self.from_top(path);
        let tracked = repository
            .index()
            .is_ok_and(|index| index.get_path(&from_top, 0).is_some());
        !tracked && repository.is_path_ignored(&from_top).unwrap_or(false)
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        match self.repository().ok()?.state() {
            RepositoryState::Clean => None,
            RepositoryState::Merge => Some("merge"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                Some("cherry-pick")
            }
            RepositoryState::Bisect => Some("bisect"),
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge => Some("rebase"),
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("am"),
        }
    }
}

fn unreadable_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            unreadable_path(err)
        }
        _ => None,
    }
}

fn failed(what: &str, error: &git2::Error) -> RepoError {
    RepoError::Failed(format!("{what}: {}", error.message()))
}

fn tree<'a>(commit: Option<&Commit<'a>>) -> Result<Option<Tree<'a>>, RepoError> {
    commit
        .map(Commit::tree)
        .transpose()
        .map_err(|error| failed("cannot read the commit", &error))
}

/// The commit of HEAD; `None` before the first one.
fn head(repository: &Repository) -> Result<Option<Commit<'_>>, RepoError> {
    match repository.head() {
        Ok(head) => head
            .peel_to_commit()
            .map(Some)
            .map_err(|error| failed("cannot read HEAD", &error)),
        Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
            Ok(None)
        }
        Err(error) => Err(failed("cannot read HEAD", &error)),
    }
}

fn commit<'a>(repository: &'a Repository, revision: &str) -> Result<Commit<'a>, RepoError> {
    let refuse = |why: &str| RepoError::NoSuchRevision {
        revision: revision
            .chars()
            .take(80)
            .flat_map(char::escape_debug)
            .collect(),
        why: why.to_owned(),
    };
    if revision.is_empty()
        || revision.len() > MAX_REVISION
        || revision.chars().any(char::is_control)
    {
        return Err(refuse("that is not a name of a commit"));
    }
    let object = repository.revparse_single(revision).map_err(|error| match error.code() {
        ErrorCode::Ambiguous => refuse("several objects begin with these digits; give more of them"),
        _ if revision == "HEAD" => refuse("there is no commit yet; make one, or use `obelus review` without a revision"),
        _ => refuse("no branch, tag or commit has this name; `git log --oneline` and `git branch -a` list them"),
    })?;
    object
        .peel_to_commit()
        .map_err(|_| refuse("it names something that is not a commit"))
}

fn merge_base<'a>(
    repository: &'a Repository,
    a: &Commit<'a>,
    b: &Commit<'a>,
    revision: &str,
) -> Result<Commit<'a>, RepoError> {
    repository.merge_base(a.id(), b.id()).and_then(|id| repository.find_commit(id)).map_err(|_| RepoError::NoSuchRevision {
        revision: revision.to_owned(),
        why: "it has no commit in common with HEAD here; in a shallow clone fetch more (`git fetch --unshallow`)".to_owned(),
    })
}
