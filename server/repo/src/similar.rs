//! Which new files are old ones moved or copied.
//!
//! libgit2's own similarity search, run over two indexes that hold nothing but the changed files; what git does not
//! have yet is lent to it in memory. Only done where something was added and something else was removed or changed,
//! and bounded: a change of ten thousand new files is not compared pair by pair.

use std::collections::{HashMap, HashSet};

use git2::{Delta, DiffFindOptions, IndexEntry, IndexTime, ObjectType, Oid};

use crate::MAX_FILE_BYTES;
use crate::objects::Objects;
use crate::scan::{LINK, SUBMODULE};

/// Pairs that are compared by content; beyond, only equal files count.
const MAX_PAIRS: usize = 60_000;
/// Pairs that are looked at at all, so that the search ends.
const MAX_EXACT_PAIRS: usize = 100_000_000;

/// A file that was added, removed or changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) old: Option<(Oid, u32)>,
    /// The new side; without an id its bytes come from disk.
    pub(crate) new: Option<(Option<Oid>, u32)>,
}

/// Where a new file came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: Vec<u8>,
    /// The old file is still there.
    pub(crate) is_copy: bool,
}

/// New paths to where they came from. `read` gives the bytes of a file on disk.
///
/// Where a content cannot be read (a partial clone, a damaged object) its file has no origin, and the others keep theirs.
pub(crate) fn origins(
    objects: &Objects,
    candidates: &[Candidate<'_>],
    read: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> HashMap<Vec<u8>, Origin> {
    let is_file = |mode: u32| mode != LINK && mode != SUBMODULE;
    let (mut added, mut removed, mut changed) = (0, 0, 0);
    for candidate in candidates {
        match (candidate.old, candidate.new) {
            (None, Some((_, mode))) if is_file(mode) => added += 1,
            (Some((_, mode)), None) if is_file(mode) => removed += 1,
            (Some(_), Some(_)) => changed += 1,
            _ => {}
        }
    }
    let copies =
        (changed > 0 || (removed > 0 && added > 1)) && added * (removed + changed) <= MAX_PAIRS;
    if added == 0 || (removed == 0 && !copies) || added * removed > MAX_EXACT_PAIRS {
        return HashMap::new();
    }
    let exact = added * removed > MAX_PAIRS;
    // libgit2 must not open what is damaged: such a file has no origin and is none.
    let sound: Vec<Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| {
            let ids = [
                candidate.old.map(|(id, _)| id),
                candidate.new.and_then(|(id, _)| id),
            ];
            ids.into_iter()
                .flatten()
                .all(|id| objects.loose().vouch(id).is_ok())
        })
        .copied()
        .collect();
    let candidates = sound.as_slice();
    search(objects, candidates, &read, copies, exact)
        .or_else(|_| {
            let readable: Vec<Candidate<'_>> = candidates
                .iter()
                .filter(|candidate| {
                    let ids = [
                        candidate.old.map(|(id, _)| id),
                        candidate.new.and_then(|(id, _)| id),
                    ];
                    ids.into_iter()
                        .flatten()
                        .all(|id| objects.blob(id, MAX_FILE_BYTES).is_ok())
                })
                .copied()
                .collect();
            search(objects, &readable, &read, copies, exact)
        })
        .unwrap_or_default()
}

fn search(
    objects: &Objects,
    candidates: &[Candidate<'_>],
    read: &impl Fn(&[u8]) -> Option<Vec<u8>>,
    copies: bool,
    exact: bool,
) -> Result<HashMap<Vec<u8>, Origin>, git2::Error> {
    let repository = objects.scratch()?;
    let odb = repository.odb()?;
    odb.add_new_mempack_backend(1_000)?;
    let (mut before, mut after) = (git2::Index::new()?, git2::Index::new()?);
    for candidate in candidates {
        if let Some((id, mode)) = candidate.old {
            // A name that libgit2 refuses has no origin; it is still reviewed.
            drop(before.add(&entry(candidate.path, id, mode)));
        }
        let Some((id, mode)) = candidate.new else {
            continue;
        };
        let id = match (id, candidate.old) {
            (Some(id), _) => id,
            // What changed in place is only a source: its new bytes do not matter, so any other id will do.
            (None, Some(_)) => Oid::hash_object(ObjectType::Blob, candidate.path)?,
            (None, None) => match read(candidate.path) {
                // What is there already is not written again, even where that is damaged.
                Some(bytes) => {
                    let id = Oid::hash_object(ObjectType::Blob, &bytes)?;
                    if objects.loose().vouch(id).is_err() {
                        continue;
                    }
                    odb.write(ObjectType::Blob, &bytes)?
                }
                None => continue,
            },
        };
        drop(after.add(&entry(candidate.path, id, mode)));
    }
    let mut diff = repository.diff_index_to_index(&before, &after, None)?;
    let mut options = DiffFindOptions::new();
    options
        .renames(true)
        .copies(copies)
        .exact_match_only(exact)
        .rename_threshold(50)
        // A copy hides its unchanged lines from the review: only a close one counts.
        .copy_threshold(80)
        .rename_limit(candidates.len().max(1_000));
    diff.find_similar(Some(&mut options))?;
    let mut origins = HashMap::new();
    let mut moved = HashSet::new();
    // Moved to several places, libgit2 may say. Like git: moved to the last of them, copied to the others.
    for delta in diff.deltas().rev() {
        let (from, to) = (delta.old_file(), delta.new_file());
        let (Some(old), Some(new)) = (from.path_bytes(), to.path_bytes()) else {
            continue;
        };
        let is_copy = match delta.status() {
            Delta::Copied => true,
            Delta::Renamed if moved.insert(old.to_vec()) => false,
            // How close a copy it is was not asked; one and the same content is close enough.
            Delta::Renamed if from.id() == to.id() => true,
            _ => continue,
        };
        let path = old.to_vec();
        origins.insert(new.to_vec(), Origin { path, is_copy });
    }
    Ok(origins)
}

fn entry(path: &[u8], id: Oid, mode: u32) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.to_vec(),
    }
}
