//! A git work tree (or a folder in one) as `base::Repo`.

use std::path::{Path, PathBuf};

use base::change::{FileStatus, SkipReason, Skipped};
use base::{
    At, Cancel, Change, FileChange, FileTexts, LIST_DEPTH, RelPath, Repo, RepoError, Scope, Text,
    WorkspaceKind,
};
use git2::{ObjectType, Oid};

use crate::MAX_FILE_BYTES;
use crate::attributes::{AttributeFiles, Attributes};
use crate::confined::{self, Folder, Kind, path_from_bytes};
use crate::ignores::{self, Sources};
use crate::index::{Index, IndexFile};
use crate::layout::Layout;
use crate::objects::{Handle, NoBlob, Objects, failed};
use crate::scan::{LINK, SUBMODULE, Walk, Wanted};
use crate::{change, load, revision, state};

/// The opened folder of a git work tree.
pub(crate) struct GitWorkspace {
    pub(crate) layout: Layout,
    pub(crate) objects: Objects,
    pub(crate) index: IndexFile,
    /// The opened folder from the top: empty, or with a `/` at its end.
    pub(crate) prefix: Vec<u8>,
    /// The opened folder itself.
    pub(crate) folder: PathBuf,
    sources: std::sync::OnceLock<Sources>,
    attributes: AttributeFiles,
}

impl GitWorkspace {
    /// `folder` is canonical and within `layout.top`; `index` stands for the work tree's own index file.
    pub(crate) fn open(
        folder: &Path,
        layout: Layout,
        index: Option<&Path>,
    ) -> Result<Self, RepoError> {
        let below = folder.strip_prefix(&layout.top).unwrap_or(Path::new(""));
        let mut prefix = Vec::new();
        for component in below.components() {
            let Some(name) = confined::bytes_of(component.as_os_str()) else {
                return Err(RepoError::Failed(format!(
                    "the name of {} is not Unicode",
                    folder.display()
                )));
            };
            prefix.extend_from_slice(name);
            prefix.push(b'/');
        }
        Ok(Self {
            objects: Objects::open(layout.common.join("objects"), layout.borrowed.clone())?,
            index: IndexFile::new(match index {
                Some(index) => layout.top.join(index),
                None => layout.git.join("index"),
            }),
            attributes: AttributeFiles::new(layout.top.clone(), layout.common.clone()),
            sources: std::sync::OnceLock::new(),
            folder: folder.to_owned(),
            prefix,
            layout,
        })
    }

    /// A walk over the opened folder.
    pub(crate) fn walk<'a>(
        &'a self,
        index: &'a Index,
        wanted: Wanted,
        cancel: &'a Cancel,
    ) -> Walk<'a> {
        Walk {
            root: &self.layout.top,
            start: self.prefix.strip_suffix(b"/").unwrap_or(&self.prefix),
            index,
            sources: self.sources(),
            wanted,
            trust_mode: cfg!(unix) && self.layout.config.flag("core.filemode").unwrap_or(true),
            sparse: self
                .layout
                .config
                .flag("core.sparsecheckout")
                .unwrap_or(false),
            cancel,
        }
    }

    fn sources(&self) -> &Sources {
        self.sources.get_or_init(|| {
            let fold_case = self.layout.config.flag("core.ignorecase").unwrap_or(false);
            Sources::git(&self.layout.common, fold_case)
        })
    }

    /// A path of git's, relative to the opened folder; `None` when it lies outside.
    pub(crate) fn relative(&self, path: &[u8]) -> Option<Result<RelPath, SkipReason>> {
        path.strip_prefix(&*self.prefix).map(change::rel_path)
    }

    /// Something skipped, when it lies in the opened folder.
    pub(crate) fn skipped(&self, path: &[u8], reason: SkipReason) -> Option<Skipped> {
        change::skipped(path.strip_prefix(&*self.prefix)?, reason)
    }

    /// A path of the workspace from the top.
    fn full_path(&self, path: &RelPath) -> Vec<u8> {
        let mut full = self.prefix.clone();
        full.extend_from_slice(path.as_str().as_bytes());
        full
    }

    /// The blob of a file at a version in git; `None` when there is no such file (a link is none).
    fn blob_id(&self, path: &RelPath, at: &At) -> Result<Option<Oid>, RepoError> {
        let full = self.full_path(path);
        match at {
            At::Worktree => Ok(None),
            At::Index => {
                let index = self.index.read()?;
                let entry = index
                    .get(&full)
                    .filter(|entry| is_file(entry.mode) && !entry.intent);
                Ok(entry.map(|entry| entry.id))
            }
            At::Commit(id) => self.objects.with(|repository| {
                let tree = commit_tree(repository, id)?;
                let Some(entry) = path_from_bytes(&full).and_then(|full| tree.get_path(full).ok())
                else {
                    return Ok(None);
                };
                let found =
                    is_file(entry.filemode() as u32) && entry.kind() == Some(ObjectType::Blob);
                Ok(found.then(|| entry.id()))
            }),
        }
    }

    /// One side of a file in git, as text.
    fn side(
        &self,
        path: &RelPath,
        at: &At,
        blob: Option<&str>,
    ) -> Result<Option<Text>, SkipReason> {
        let id = match blob.and_then(|blob| Oid::from_str(blob).ok()) {
            Some(id) => Some(id),
            None => self
                .blob_id(path, at)
                .map_err(|error| SkipReason::Unreadable(error.to_string()))?,
        };
        let Some(id) = id else {
            return Ok(None);
        };
        let text = self
            .objects
            .text(id, MAX_FILE_BYTES)
            .map_err(load::no_blob)?;
        if load::is_binary(text.as_str().as_bytes()) {
            return Err(SkipReason::Binary);
        }
        Ok(Some(text))
    }
}

impl Repo for GitWorkspace {
    fn kind(&self) -> WorkspaceKind {
        WorkspaceKind::Git
    }

    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        self.attributes.look_again();
        change::change(self, scope, cancel)
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        if file.new_mode == LINK || (file.new_mode == 0 && file.old_mode == LINK) {
            return Err(SkipReason::Symlink);
        }
        let full = self.full_path(&file.path);
        let attributes = std::str::from_utf8(&full)
            .map(|full| self.attributes.of(full))
            .unwrap_or_default();
        by_attributes(attributes)?;
        let old = match &change.old {
            Some(at) if has_old_side(file) => {
                let path = file.old_path.as_ref().unwrap_or(&file.path);
                self.side(path, at, file.old_blob.as_deref())?
            }
            _ => None,
        };
        let new = match &change.new {
            _ if file.status == FileStatus::Deleted => None,
            At::Worktree => load::from_disk(&self.folder, Path::new(file.path.as_str()))?,
            at => self.side(&file.path, at, file.new_blob.as_deref())?,
        };
        if attributes.filtered == Some(true)
            && [&old, &new].into_iter().flatten().any(load::is_pointer)
        {
            return Err(SkipReason::NotPresent(
                "git keeps it elsewhere (LFS)".to_owned(),
            ));
        }
        let judged_by_hand =
            attributes.generated == Some(false) || attributes.vendored == Some(false);
        load::texts(&file.path, old, new, judged_by_hand)
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        if *at == At::Worktree {
            return text_on_disk(&self.folder, path);
        }
        let Some(id) = self.blob_id(path, at)? else {
            return Ok(None);
        };
        match self.objects.text(id, MAX_FILE_BYTES) {
            Ok(text) => Ok(Some(text)),
            Err(NoBlob::Failed(why)) => Err(RepoError::Failed(format!("git: {path}: {why}"))),
            Err(why) => Err(RepoError::Failed(format!("{path}: {}", load::no_blob(why)))),
        }
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        if *at == At::Worktree {
            return list_on_disk(&self.folder, folder);
        }
        let mut full = self.prefix.clone();
        full.extend_from_slice(folder.as_bytes());
        let below = full.strip_suffix(b"/").unwrap_or(&full).to_vec();
        let names: Vec<Vec<u8>> = match at {
            At::Index => {
                let index = self.index.read()?;
                let prefix = crate::scan::join(&below, b"");
                index
                    .under(&prefix)
                    .iter()
                    .filter(|entry| is_file(entry.mode))
                    .map(|entry| entry.path[prefix.len()..].to_vec())
                    .filter(|name| name.iter().filter(|byte| **byte == b'/').count() <= LIST_DEPTH)
                    .collect()
            }
            At::Commit(id) => self.objects.with(|repository| {
                let top = commit_tree(repository, id)?;
                let tree = match path_from_bytes(&below) {
                    Some(path) if !below.is_empty() => top
                        .get_path(path)
                        .ok()
                        .and_then(|entry| repository.find_tree(entry.id()).ok()),
                    _ => Some(top),
                };
                let mut trees: Vec<_> =
                    tree.map(|tree| (tree, Vec::new(), 0)).into_iter().collect();
                let mut files = Vec::new();
                while let Some((tree, at, depth)) = trees.pop() {
                    for entry in tree.iter() {
                        let name = crate::scan::join(&at, entry.name_bytes());
                        match entry.kind() {
                            Some(ObjectType::Blob) if is_file(entry.filemode() as u32) => {
                                files.push(name);
                            }
                            Some(ObjectType::Tree) if depth < LIST_DEPTH => {
                                let tree = repository
                                    .find_tree(entry.id())
                                    .map_err(|error| failed(&error))?;
                                trees.push((tree, name, depth + 1));
                            }
                            _ => {}
                        }
                    }
                }
                Ok(files)
            })?,
            At::Worktree => Vec::new(),
        };
        Ok(in_folder(folder, names.iter().map(Vec::as_slice)))
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        Ok(revision::head(&self.layout).map(|id| id.to_string()))
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        let full = self.full_path(path);
        let tracked = self
            .index
            .read()
            .is_ok_and(|index| index.get(&full).is_some());
        is_ignored(self.sources(), &self.layout.top, &full, tracked)
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        state::operation(&self.layout.git)
    }
}

/// Whether ignore files take a path out: git's only when it is not tracked, Obelus's own always.
pub(crate) fn is_ignored(sources: &Sources, root: &Path, path: &[u8], tracked: bool) -> bool {
    let mut level = None;
    let mut end = 0;
    loop {
        let folder = &path[..end];
        level = sources.enter(root, folder, level);
        let start = if end == 0 { 0 } else { end + 1 };
        let next = memchr::memchr(b'/', &path[start..]).map(|at| start + at);
        let candidate = &path[..next.unwrap_or(path.len())];
        let is_folder = next.is_some();
        if ignores::excluded(level.as_deref(), candidate, is_folder).is_some()
            || (!tracked && sources.is_ignored(level.as_deref(), candidate, is_folder))
        {
            return true;
        }
        match next {
            Some(next) => end = next,
            None => return false,
        }
    }
}

/// A file on disk: a link does not exist, a file too large or unreadable is an error.
pub(crate) fn text_on_disk(folder: &Path, path: &RelPath) -> Result<Option<Text>, RepoError> {
    match confined::read(folder, Path::new(path.as_str()), MAX_FILE_BYTES) {
        Ok(bytes) => Ok(Some(Text::from_bytes(bytes))),
        Err(confined::Refused::TooLarge(bytes)) => Err(RepoError::Failed(format!(
            "{path}: {}",
            load::too_large(bytes)
        ))),
        Err(confined::Refused::Failed(why)) => Err(RepoError::Failed(format!("{path}: {why}"))),
        Err(_) => Ok(None),
    }
}

/// The regular files of a folder on disk and of the folders in it.
pub(crate) fn list_on_disk(root: &Path, folder: &str) -> Result<Vec<RelPath>, RepoError> {
    let mut files = Vec::new();
    let mut folders = vec![(PathBuf::from(folder), Vec::new(), 0)];
    while let Some((path, at, depth)) = folders.pop() {
        let listing = Folder::open(root, &path).and_then(|folder| folder.names());
        let names = match listing {
            Ok(names) => names,
            Err(confined::Refused::Failed(why)) => {
                return Err(RepoError::Failed(format!("{}: {why}", path.display())));
            }
            Err(_) => continue,
        };
        for entry in names {
            let Some(name) = confined::bytes_of(&entry.name) else {
                continue;
            };
            let name = crate::scan::join(&at, name);
            match entry.kind {
                Kind::File => files.push(name),
                Kind::Folder if depth < LIST_DEPTH => {
                    folders.push((path.join(&entry.name), name, depth + 1));
                }
                _ => {}
            }
        }
    }
    Ok(in_folder(folder, files.iter().map(Vec::as_slice)))
}

fn in_folder<'a>(folder: &str, names: impl Iterator<Item = &'a [u8]>) -> Vec<RelPath> {
    let folder = folder.trim_end_matches('/').as_bytes();
    let mut paths: Vec<RelPath> = names
        .filter_map(|name| change::rel_path(&crate::scan::join(folder, name)).ok())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// What attributes alone decide.
pub(crate) fn by_attributes(attributes: Attributes) -> Result<(), SkipReason> {
    let sign = |name: &str| format!("{name} in .gitattributes");
    if attributes.binary == Some(true) {
        return Err(SkipReason::Binary);
    }
    if attributes.generated == Some(true) {
        return Err(SkipReason::Generated(sign("linguist-generated")));
    }
    if attributes.vendored == Some(true) {
        return Err(SkipReason::Vendored(sign("linguist-vendored")));
    }
    Ok(())
}

fn has_old_side(file: &FileChange) -> bool {
    match file.status {
        FileStatus::Added | FileStatus::Untracked | FileStatus::Whole => false,
        FileStatus::TypeChanged => file.old_mode != LINK,
        _ => true,
    }
}

fn is_file(mode: u32) -> bool {
    mode != LINK && mode != SUBMODULE && mode != 0o040_000
}

fn commit_tree<'h>(repository: &'h Handle<'_>, id: &str) -> Result<git2::Tree<'h>, RepoError> {
    if let Ok(id) = Oid::from_str(id) {
        repository.loose.vouch_tree(id)?;
    }
    Oid::from_str(id)
        .and_then(|id| repository.find_commit(id))
        .and_then(|commit| commit.tree())
        .map_err(|error| failed(&error))
}
