//! Scopes to changes: two sides are compared, moved files found, paths made relative to the opened folder.
//!
//! All scopes meet in one shape, a list of [`Candidate`]s with an old and a new side. The work tree is compared in two
//! steps, tree against index by libgit2 and index against disk by [`crate::scan`], then joined by path.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use base::change::{FileStatus, SkipReason, Skipped};
use base::{At, Cancel, Change, FileChange, RelPath, RepoError, Scope};
use git2::{Commit, Delta, DiffOptions, Oid, Tree};

use crate::MAX_FILE_BYTES;
use crate::confined::{self, Kind, path_from_bytes};
use crate::git::GitWorkspace;
use crate::index::Index;
use crate::objects::{Handle, failed};
use crate::revision;
use crate::scan::{self, EXECUTABLE, FILE, LINK, Now, SUBMODULE, Wanted};
use crate::similar::{self, Candidate};

/// What `change` makes of one path before it is known to be moved.
#[derive(Clone, Debug, Default)]
struct Both {
    old: Option<(Oid, u32)>,
    new: Option<New>,
}

#[derive(Clone, Copy, Debug)]
struct New {
    /// `None`: on disk.
    id: Option<Oid>,
    mode: u32,
    size: Option<u64>,
    tracked: bool,
}

/// The sides of a change.
struct Sides {
    base: Option<Oid>,
    head: Option<Oid>,
    new: At,
    paths: BTreeMap<Vec<u8>, Both>,
    skipped: Vec<(Box<[u8]>, SkipReason)>,
}

/// The files that differ in `scope`.
pub(crate) fn change(
    workspace: &GitWorkspace,
    scope: &Scope,
    cancel: &Cancel,
) -> Result<Change, RepoError> {
    let layout = &workspace.layout;
    let commit = |repository: &Handle<'_>, revision: &str| {
        let revision = if revision.is_empty() {
            "HEAD"
        } else {
            revision
        };
        revision::resolve(layout, repository, revision)
    };
    let sides = match scope {
        Scope::All => return all(workspace, cancel),
        Scope::Worktree => {
            let head = revision::head(layout);
            workspace
                .objects
                .with(|repository| to_worktree(workspace, repository, head, cancel))?
        }
        Scope::Base(revision) => workspace.objects.with(|repository| {
            let head = commit(repository, "HEAD")?;
            let base = merge_base(repository, commit(repository, revision)?, head)?;
            to_worktree(workspace, repository, Some(base), cancel)
        })?,
        Scope::Staged => workspace
            .objects
            .with(|repository| staged(workspace, repository))?,
        Scope::Commit(revision) => workspace.objects.with(|repository| {
            let head = commit(repository, revision)?;
            let parent = find_commit(repository, head)?.parent_id(0).ok();
            // At the edge of a shallow clone the parent is named and absent: like git, show the commit whole.
            let base = parent.filter(|&parent| find_commit(repository, parent).is_ok());
            between(repository, base, head)
        })?,
        Scope::Range {
            from,
            to,
            symmetric,
        } => workspace.objects.with(|repository| {
            let (from, to) = (commit(repository, from)?, commit(repository, to)?);
            let base = if *symmetric {
                merge_base(repository, from, to)?
            } else {
                from
            };
            between(repository, Some(base), to)
        })?,
    };
    if cancel.is_cancelled() {
        return Err(RepoError::Cancelled);
    }
    assemble(workspace, sides)
}

fn find_commit<'h>(repository: &'h Handle<'_>, id: Oid) -> Result<Commit<'h>, RepoError> {
    repository.loose.vouch(id)?;
    repository.find_commit(id).map_err(|error| failed(&error))
}

fn tree_of<'h>(
    repository: &'h Handle<'_>,
    commit: Option<Oid>,
) -> Result<Option<Tree<'h>>, RepoError> {
    if let Some(id) = commit {
        repository.loose.vouch_tree(id)?;
    }
    match commit {
        None => Ok(None),
        Some(id) => match find_commit(repository, id)?.tree() {
            Ok(tree) => Ok(Some(tree)),
            Err(error) => Err(failed(&error)),
        },
    }
}

/// The best common ancestor. Where history ends early (a shallow clone) the newest one that is there.
fn merge_base(repository: &Handle<'_>, one: Oid, two: Oid) -> Result<Oid, RepoError> {
    repository.loose.vouch_ancestors(&[one, two])?;
    if let Ok(base) = repository.merge_base(one, two) {
        return Ok(base);
    }
    let parents = |id: Oid| -> Vec<Oid> {
        match repository.find_commit(id) {
            Ok(commit) => commit.parent_ids().collect(),
            Err(_) => Vec::new(),
        }
    };
    let mut ancestors = HashSet::from([one]);
    let mut queue = vec![one];
    while let Some(id) = queue.pop() {
        queue.extend(
            parents(id)
                .into_iter()
                .filter(|&parent| ancestors.insert(parent)),
        );
    }
    let mut seen = HashSet::from([two]);
    let mut level = vec![two];
    while !level.is_empty() {
        let common = level
            .iter()
            .filter(|id| ancestors.contains(id))
            .filter_map(|&id| repository.find_commit(id).ok())
            .max_by_key(|commit| commit.time().seconds());
        if let Some(commit) = common {
            return Ok(commit.id());
        }
        level = level
            .into_iter()
            .flat_map(parents)
            .filter(|&parent| seen.insert(parent))
            .collect();
    }
    Err(RepoError::Failed(format!(
        "{one} and {two} have no common ancestor here; in a shallow clone, run `git fetch --unshallow`"
    )))
}

/// Two commits.
fn between(repository: &Handle<'_>, base: Option<Oid>, head: Oid) -> Result<Sides, RepoError> {
    let old = tree_of(repository, base)?;
    let new = tree_of(repository, Some(head))?;
    let diff = repository
        .diff_tree_to_tree(old.as_ref(), new.as_ref(), Some(&mut options()))
        .map_err(|error| failed(&error))?;
    let mut paths = BTreeMap::new();
    for delta in diff.deltas() {
        let Some(path) = delta.new_file().path_bytes() else {
            continue;
        };
        let both: &mut Both = paths.entry(path.to_vec()).or_default();
        if delta.old_file().exists() || !delta.old_file().id().is_zero() {
            both.old = in_tree(old.as_ref(), path);
        }
        if let Some((id, mode)) = in_tree(new.as_ref(), path) {
            both.new = Some(New {
                id: Some(id),
                mode,
                size: None,
                tracked: true,
            });
        }
    }
    Ok(Sides {
        base,
        head: Some(head),
        new: At::Commit(head.to_string()),
        paths,
        skipped: Vec::new(),
    })
}

/// HEAD and the index.
fn staged(workspace: &GitWorkspace, repository: &Handle<'_>) -> Result<Sides, RepoError> {
    let base = revision::head(&workspace.layout);
    let index = workspace.index.read()?;
    let mut sides = Sides {
        base,
        head: None,
        new: At::Index,
        paths: against_index(
            workspace,
            repository,
            tree_of(repository, base)?.as_ref(),
            &index,
        )?,
        skipped: Vec::new(),
    };
    for entry in index.entries.iter().filter(|entry| entry.stage > 0) {
        if sides.paths.remove(&*entry.path).is_some() {
            let why = "it has conflicts; nothing is staged until they are resolved".to_owned();
            sides
                .skipped
                .push((entry.path.clone(), SkipReason::NotPresent(why)));
        }
    }
    Ok(sides)
}

/// A commit (`None`: nothing) and the files on disk.
fn to_worktree(
    workspace: &GitWorkspace,
    repository: &Handle<'_>,
    base: Option<Oid>,
    cancel: &Cancel,
) -> Result<Sides, RepoError> {
    let index = workspace.index.read()?;
    let scan = workspace.walk(&index, Wanted::Changes, cancel).run()?;
    let tree = tree_of(repository, base)?;
    let mut paths = against_index(workspace, repository, tree.as_ref(), &index)?;
    for seen in scan.seen {
        let path = seen.path.into_vec();
        let both = paths.entry(path).or_insert_with_key(|path| Both {
            old: match index.get(path) {
                // Not among what differs between tree and index: the tree has the same.
                Some(entry) if entry.stage == 0 && !entry.intent => Some((entry.id, entry.mode)),
                // What is only intended counts as empty, which the file in the tree may happen to be.
                Some(_) => in_tree(tree.as_ref(), path),
                None => None,
            },
            new: None,
        });
        both.new = match seen.now {
            Now::Gone => None,
            Now::Link => Some(New {
                id: None,
                mode: LINK,
                size: None,
                tracked: seen.tracked,
            }),
            Now::File { size, mode } => Some(New {
                id: None,
                mode,
                size,
                tracked: seen.tracked,
            }),
        };
    }
    // Staged one way (or taken out of the index) and as before on disk: no difference.
    paths.retain(|path, both| match (both.old, both.new) {
        (None, None) => false,
        (Some((id, mode)), Some(new)) if new.id.is_none() && mode == new.mode => {
            let was_compared = index
                .get(path)
                .is_some_and(|entry| (entry.id, entry.mode, entry.stage) == (id, mode, 0));
            was_compared || !scan::is_on_disk(&workspace.layout.top, path, id, mode)
        }
        _ => true,
    });
    // What a sparse checkout left out is neither changed nor gone on disk: nobody can say what it would be.
    let mut skipped = scan.skipped;
    paths.retain(|path, both| {
        let is_left_out = both.new.is_some_and(|new| new.id.is_some())
            && index
                .get(path)
                .is_some_and(|entry| entry.skip && entry.stage == 0 && entry.mode != SUBMODULE)
            && !is_there(&workspace.layout.top, path);
        if is_left_out {
            skipped.push((path.clone().into(), scan::not_checked_out()));
        }
        !is_left_out
    });
    Ok(Sides {
        base,
        head: None,
        new: At::Worktree,
        paths,
        skipped,
    })
}

fn is_there(top: &Path, path: &[u8]) -> bool {
    let kind = path_from_bytes(path)
        .and_then(|path| confined::stat(top, path).ok())
        .map(|stat| stat.kind);
    kind.is_some_and(|kind| kind != Kind::Folder)
}

/// What differs between a commit's tree (`None`: nothing) and the index.
fn against_index(
    workspace: &GitWorkspace,
    repository: &Handle<'_>,
    tree: Option<&Tree<'_>>,
    index: &Index,
) -> Result<BTreeMap<Vec<u8>, Both>, RepoError> {
    let raw = workspace.index.raw()?;
    let diff = repository
        .diff_tree_to_index(tree, Some(&raw), Some(&mut options()))
        .map_err(|error| failed(&error))?;
    let mut paths = BTreeMap::new();
    for delta in diff.deltas() {
        let file = match delta.status() {
            Delta::Deleted => delta.old_file(),
            _ => delta.new_file(),
        };
        let Some(path) = file.path_bytes().or_else(|| delta.old_file().path_bytes()) else {
            continue;
        };
        let new = index
            .get(path)
            .filter(|entry| !entry.intent)
            .map(|entry| New {
                id: Some(entry.id),
                mode: entry.mode,
                size: None,
                tracked: true,
            });
        let old = in_tree(tree, path);
        if old.is_some() || new.is_some() {
            paths.insert(path.to_vec(), Both { old, new });
        }
    }
    Ok(paths)
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options
        .include_typechange(true)
        .skip_binary_check(true)
        // Submodules are somebody else's workspace; their configuration is not asked.
        .ignore_submodules(false);
    options
}

/// A file of a tree. Not asked of the diff: a mode that git does not know makes that panic.
fn in_tree(tree: Option<&Tree<'_>>, path: &[u8]) -> Option<(Oid, u32)> {
    let entry = tree?.get_path(path_from_bytes(path)?).ok()?;
    let mode = match entry.filemode() as u32 {
        LINK => LINK,
        SUBMODULE => SUBMODULE,
        EXECUTABLE => EXECUTABLE,
        0o040_000 => return None,
        _ => FILE,
    };
    Some((entry.id(), mode))
}

/// Finds what moved and turns git's paths into the workspace's.
fn assemble(workspace: &GitWorkspace, sides: Sides) -> Result<Change, RepoError> {
    let mut change = Change {
        base: sides.base.map(|id| id.to_string()),
        head: sides.head.map(|id| id.to_string()),
        old: sides.base.map(|id| At::Commit(id.to_string())),
        new: sides.new,
        files: Vec::new(),
        skipped: Vec::new(),
    };
    let skip = |change: &mut Change, path: &[u8], reason: SkipReason| {
        if let Some(skipped) = workspace.skipped(path, reason) {
            change.skipped.push(skipped);
        }
    };
    for (path, reason) in sides.skipped {
        skip(&mut change, &path, reason);
    }
    let candidates: Vec<Candidate<'_>> = sides
        .paths
        .iter()
        .filter(|(path, _)| path.starts_with(&workspace.prefix))
        .map(|(path, both)| Candidate {
            path,
            old: both.old,
            new: both.new.map(|new| (new.id, new.mode)),
        })
        .collect();
    let origins = similar::origins(&workspace.objects, &candidates, |path| {
        confined::read(
            &workspace.layout.top,
            path_from_bytes(path)?,
            MAX_FILE_BYTES,
        )
        .ok()
    });
    let moved: HashSet<&[u8]> = origins
        .values()
        .filter(|origin| !origin.is_copy)
        .map(|origin| origin.path.as_slice())
        .collect();
    for (path, both) in &sides.paths {
        let relative = match workspace.relative(path) {
            Some(Ok(relative)) => relative,
            Some(Err(reason)) => {
                skip(&mut change, path, reason);
                continue;
            }
            None => continue,
        };
        if moved.contains(path.as_slice()) && both.new.is_none() {
            continue;
        }
        let is_submodule = |mode: Option<u32>| mode == Some(SUBMODULE);
        if is_submodule(both.old.map(|(_, mode)| mode))
            || is_submodule(both.new.map(|new| new.mode))
        {
            skip(&mut change, path, SkipReason::Submodule);
            continue;
        }
        let origin = origins.get(path).and_then(|origin| {
            let old = workspace.relative(&origin.path)?.ok()?;
            let (id, mode) = sides.paths.get(&origin.path)?.old?;
            Some((old, id, mode, origin.is_copy))
        });
        let status = match (&origin, both.old, both.new) {
            (Some((.., true)), ..) => FileStatus::Copied,
            (Some((.., false)), ..) => FileStatus::Renamed,
            (None, None, Some(new)) if new.tracked => FileStatus::Added,
            (None, None, _) => FileStatus::Untracked,
            (None, Some(_), None) => FileStatus::Deleted,
            (None, Some((_, old)), Some(new)) if (old == LINK) != (new.mode == LINK) => {
                FileStatus::TypeChanged
            }
            (None, Some(_), Some(_)) => FileStatus::Modified,
        };
        let old = match &origin {
            Some((_, id, mode, _)) => Some((*id, *mode)),
            None => both.old,
        };
        change.files.push(FileChange {
            path: relative,
            old_path: origin.map(|(old, ..)| old),
            status,
            old_blob: old.map(|(id, _)| id.to_string()),
            new_blob: both.new.and_then(|new| match change.new {
                At::Worktree => None,
                _ => new.id.map(|id| id.to_string()),
            }),
            old_mode: old.map_or(0, |(_, mode)| mode),
            new_mode: both.new.map_or(0, |new| new.mode),
            size: both.new.and_then(|new| new.size),
        });
    }
    sort(&mut change);
    Ok(change)
}

/// Every file, whole.
fn all(workspace: &GitWorkspace, cancel: &Cancel) -> Result<Change, RepoError> {
    must_exist(&workspace.folder)?;
    let index = workspace.index.read()?;
    let scan = workspace.walk(&index, Wanted::All, cancel).run()?;
    let mut change = whole(Vec::new());
    for seen in scan.seen {
        match workspace.relative(&seen.path) {
            Some(Ok(path)) => change.files.push(whole_file(path, seen.now)),
            Some(Err(reason)) => change.skipped.extend(workspace.skipped(&seen.path, reason)),
            None => {}
        }
    }
    for (path, reason) in scan.skipped {
        change.skipped.extend(workspace.skipped(&path, reason));
    }
    sort(&mut change);
    Ok(change)
}

/// A folder that was taken away (a drive, a container's volume) is no empty one: who believed so would forget all files.
pub(crate) fn must_exist(folder: &Path) -> Result<(), RepoError> {
    if folder.is_dir() {
        return Ok(());
    }
    let folder = folder.display();
    Err(RepoError::Failed(format!("{folder} is no longer there")))
}

/// A change of `Scope::All`.
pub(crate) fn whole(files: Vec<FileChange>) -> Change {
    Change {
        base: None,
        head: None,
        old: None,
        new: At::Worktree,
        files,
        skipped: Vec::new(),
    }
}

/// A file of `Scope::All`.
pub(crate) fn whole_file(path: RelPath, now: Now) -> FileChange {
    let mut file = FileChange::plain(path, FileStatus::Whole);
    match now {
        Now::File { size, mode } => (file.size, file.new_mode) = (size, mode),
        Now::Link => file.new_mode = LINK,
        Now::Gone => {}
    }
    file
}

/// By path, each once.
pub(crate) fn sort(change: &mut Change) {
    change.files.sort_by(|a, b| a.path.cmp(&b.path));
    change.files.dedup_by(|a, b| a.path == b.path);
    change.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    change.skipped.dedup();
}

/// The path of something skipped, made printable where it is no path of ours.
pub(crate) fn skipped_path(path: &[u8]) -> Option<RelPath> {
    let text = String::from_utf8_lossy(path);
    let text = text.trim_end_matches('/');
    RelPath::new(text)
        .or_else(|_| RelPath::new(&text.replace('\0', "\u{fffd}").replace("..", "\u{2025}")))
        .or_else(|_| RelPath::new("(a name that is no path)"))
        .ok()
}

/// A workspace path from git's bytes, or why not.
pub(crate) fn rel_path(path: &[u8]) -> Result<RelPath, SkipReason> {
    let Ok(text) = std::str::from_utf8(path) else {
        return Err(SkipReason::BadPath("the name is not Unicode".to_owned()));
    };
    if text.split('/').any(is_git_folder) {
        return Err(SkipReason::BadPath(
            "the path leads into a git directory".to_owned(),
        ));
    }
    if text.starts_with("./") {
        // For a person another spelling of the same file; in a tree of git's a folder of that name.
        return Err(SkipReason::BadPath(
            "the path has a `.` component".to_owned(),
        ));
    }
    RelPath::new(text).map_err(|error| SkipReason::BadPath(error.to_string()))
}

/// Whether some file system takes this name for `.git` (NTFS short names and streams, HFS+ ignorable characters).
fn is_git_folder(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'))
        .collect();
    let plain = plain
        .split(':')
        .next()
        .unwrap_or("")
        .trim_end_matches([' ', '.']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

/// One thing that was not looked at.
pub(crate) fn skipped(path: &[u8], reason: SkipReason) -> Option<Skipped> {
    Some(Skipped {
        path: skipped_path(path)?,
        reason,
    })
}
