//! From libgit2's deltas to `FileChange`s.

use std::path::Path;

use base::change::{SkipReason, Skipped};
use base::{Change, FileChange, FileStatus, RelPath};
use git2::{Delta, Diff, DiffDelta, DiffFile, DiffFindOptions, FileMode, Oid};

/// Renames are looked for among at most this many files on each side; beyond it a rename shows as removal and addition.
const RENAME_LIMIT: usize = 400;

/// Finds renames and copies where there can be any: it reads contents, which a plain edit should not pay for.
pub(crate) fn find_similar(diff: &mut Diff<'_>) -> Result<(), git2::Error> {
    let (mut new, mut old) = (false, false);
    for delta in diff.deltas() {
        match delta.status() {
            Delta::Added | Delta::Untracked => new = true,
            Delta::Deleted | Delta::Modified => old = true,
            _ => {}
        }
    }
    if !(new && old) {
        return Ok(());
    }
    let mut options = DiffFindOptions::new();
    options
        .renames(true)
        .copies(true)
        .for_untracked(true)
        .rename_limit(RENAME_LIMIT);
    diff.find_similar(Some(&mut options))
}

/// Adds the files of `diff` that lie below `prefix` (with a final `/`, or empty) to `change`.
pub(crate) fn collect(diff: &Diff<'_>, prefix: &str, workdir: Option<&Path>, change: &mut Change) {
    for delta in diff.deltas() {
        add(&delta, prefix, workdir, change);
    }
    change.files.sort_by(|a, b| a.path.cmp(&b.path));
    change.files.dedup_by(|a, b| a.path == b.path);
}

fn add(delta: &DiffDelta<'_>, prefix: &str, workdir: Option<&Path>, change: &mut Change) {
    let status = match delta.status() {
        Delta::Added => FileStatus::Added,
        Delta::Deleted => FileStatus::Deleted,
        Delta::Modified | Delta::Conflicted => FileStatus::Modified,
        Delta::Renamed => FileStatus::Renamed,
        Delta::Copied => FileStatus::Copied,
        Delta::Untracked => FileStatus::Untracked,
        Delta::Typechange => FileStatus::TypeChanged,
        Delta::Unreadable => {
            return skip(
                change,
                &delta.new_file(),
                prefix,
                SkipReason::Unreadable("no permission".to_owned()),
            );
        }
        Delta::Unmodified | Delta::Ignored => return,
    };
    let (old, new) = (delta.old_file(), delta.new_file());
    let side = if status == FileStatus::Deleted {
        &old
    } else {
        &new
    };
    let path = match relative(side.path_bytes(), prefix) {
        Place::Inside(path) => path,
        Place::Outside => return,
        Place::Folder => return skip(change, side, prefix, SkipReason::Submodule),
        Place::Bad(why) => return skip(change, side, prefix, SkipReason::BadPath(why)),
    };
    if mode(&old) == u32::from(FileMode::Commit) || mode(&new) == u32::from(FileMode::Commit) {
        return change.skipped.push(Skipped {
            path,
            reason: SkipReason::Submodule,
        });
    }
    let old_path = match (status, relative(old.path_bytes(), prefix)) {
        (FileStatus::Renamed | FileStatus::Copied, Place::Inside(old)) if old != path => Some(old),
        _ => None,
    };
    let size = match (status, workdir) {
        (FileStatus::Deleted, _) => None,
        (_, Some(workdir)) => std::fs::symlink_metadata(workdir.join(prefix).join(path.as_str()))
            .ok()
            .map(|meta| meta.len()),
        (_, None) => (new.size() > 0).then(|| new.size()),
    };
    change.files.push(FileChange {
        path,
        old_path,
        status,
        old_blob: id(old.id()),
        // For the work tree libgit2 gives an id only sometimes, and only as the index remembers it.
        new_blob: if workdir.is_some() {
            None
        } else {
            id(new.id())
        },
        old_mode: mode(&old),
        new_mode: mode(&new),
        size,
    });
}

fn skip(change: &mut Change, file: &DiffFile<'_>, prefix: &str, reason: SkipReason) {
    let name = String::from_utf8_lossy(file.path_bytes().unwrap_or_default()).into_owned();
    let name = name
        .strip_prefix(prefix)
        .unwrap_or(&name)
        .trim_end_matches('/')
        .to_owned();
    // A name that cannot be a path is shown with its odd parts escaped.
    let path = RelPath::new(&name)
        .or_else(|_| RelPath::new(&name.escape_default().to_string().replace(['/', '\\'], "_")));
    if let Ok(path) = path {
        change.skipped.push(Skipped { path, reason });
    }
}

fn mode(file: &DiffFile<'_>) -> u32 {
    u32::from(file.mode())
}

fn id(id: Oid) -> Option<String> {
    (!id.is_zero()).then(|| id.to_string())
}

/// Where a path of the repository lies as seen from the opened folder.
pub(crate) enum Place {
    /// In it.
    Inside(RelPath),
    /// Beside it: not ours.
    Outside,
    /// A folder that git does not look into: a repository of its own.
    Folder,
    /// Nothing that can be a path here.
    Bad(String),
}

pub(crate) fn relative(path: Option<&[u8]>, prefix: &str) -> Place {
    let Some(bytes) = path else {
        return Place::Outside;
    };
    let Some(bytes) = bytes.strip_prefix(prefix.as_bytes()) else {
        return Place::Outside;
    };
    if bytes.ends_with(b"/") {
        return Place::Folder;
    }
    match std::str::from_utf8(bytes) {
        Err(_) => Place::Bad("its name is not UTF-8".to_owned()),
        Ok(path) => match RelPath::new(path) {
            Ok(path) => Place::Inside(path),
            Err(error) => Place::Bad(error.to_string()),
        },
    }
}
