//! One side of a file: its text at a version.

use std::path::Path;

use base::change::SkipReason;
use base::{At, RelPath, Text};
use git2::{ErrorCode, FileMode, ObjectType, Oid, Repository};

use crate::disk::{self, MAX_FILE_BYTES};

/// A blob's text.
pub(crate) fn blob(repository: &Repository, id: Oid) -> Result<Text, SkipReason> {
    let missing = |error: git2::Error| match error.code() {
        ErrorCode::NotFound => {
            SkipReason::NotPresent("its content is not in this partial clone".to_owned())
        }
        _ => SkipReason::Unreadable(error.message().to_owned()),
    };
    let odb = repository.odb().map_err(missing)?;
    let (bytes, kind) = odb.read_header(id).map_err(missing)?;
    if kind != ObjectType::Blob {
        return Err(SkipReason::NotRegular);
    }
    if bytes as u64 > MAX_FILE_BYTES {
        return Err(SkipReason::TooLarge {
            bytes: bytes as u64,
            limit: MAX_FILE_BYTES,
        });
    }
    let object = odb.read(id).map_err(missing)?;
    text(object.data().to_vec())
}

/// A file of the work tree.
pub(crate) fn file(root: &Path, path: &RelPath) -> Result<Text, SkipReason> {
    text(disk::read(root, path)?)
}

fn text(bytes: Vec<u8>) -> Result<Text, SkipReason> {
    if disk::is_binary(&bytes) {
        Err(SkipReason::Binary)
    } else {
        Ok(Text::from_bytes(bytes))
    }
}

/// The blob id and mode of `path` (relative to the top of the work tree) in a commit or the index; `None` when absent.
pub(crate) fn find(
    repository: &Repository,
    path: &Path,
    at: &At,
) -> Result<Option<(Oid, u32)>, git2::Error> {
    match at {
        At::Worktree => Ok(None),
        At::Index => {
            let mut index = repository.index()?;
            index.read(false)?;
            // Stage 2 is "ours", which stands in for an entry in conflict.
            let entry = index.get_path(path, 0).or_else(|| index.get_path(path, 2));
            Ok(entry.map(|entry| (entry.id, entry.mode)))
        }
        At::Commit(id) => {
            let tree = repository.find_commit(Oid::from_str(id)?)?.tree()?;
            match tree.get_path(path) {
                Ok(entry) => Ok(Some((
                    entry.id(),
                    u32::try_from(entry.filemode()).unwrap_or(0),
                ))),
                Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        }
    }
}

/// Whether a mode is that of a file with content: not a link, not a submodule.
pub(crate) fn is_file(mode: u32) -> bool {
    [
        FileMode::Blob,
        FileMode::BlobExecutable,
        FileMode::BlobGroupWritable,
    ]
    .iter()
    .any(|kind| u32::from(*kind) == mode)
}
