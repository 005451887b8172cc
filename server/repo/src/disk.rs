//! Reading files of the work tree: regular files only, never through a symbolic link, never more than the limit.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use base::RelPath;
use base::change::SkipReason;

/// Files over this many bytes (1 MiB) are not read: parsers take some 130 bytes of memory per byte of source.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// How far git looks for a NUL byte to call a file binary.
const BINARY_PROBE: usize = 8000;

/// The path on disk, if no part of it below `root` is a symbolic link and the last is a regular file.
pub(crate) fn regular_file(root: &Path, path: &RelPath) -> Result<(PathBuf, Metadata), SkipReason> {
    let mut full = root.to_owned();
    let mut parts = path.as_str().split('/').peekable();
    loop {
        let Some(part) = parts.next() else {
            return Err(SkipReason::NotRegular);
        };
        full.push(part);
        let meta = fs::symlink_metadata(&full).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                SkipReason::NotPresent("no such file".to_owned())
            }
            _ => SkipReason::Unreadable(error.to_string()),
        })?;
        if meta.file_type().is_symlink() {
            return Err(SkipReason::Symlink);
        }
        if parts.peek().is_none() {
            return if meta.is_file() {
                Ok((full, meta))
            } else {
                Err(SkipReason::NotRegular)
            };
        }
    }
}

/// A file's bytes, or why it is not to be reviewed.
pub(crate) fn read(root: &Path, path: &RelPath) -> Result<Vec<u8>, SkipReason> {
    let (full, before) = regular_file(root, path)?;
    too_large(before.len())?;
    let unreadable = |error: std::io::Error| SkipReason::Unreadable(error.to_string());
    let file = File::open(&full).map_err(unreadable)?;
    let after = file.metadata().map_err(unreadable)?;
    // Between the look and the opening somebody may have put a link there.
    if !after.is_file() || !is_same(&before, &after) {
        return Err(SkipReason::Unreadable(
            "it was replaced while it was read".to_owned(),
        ));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    too_large(bytes.len() as u64)?;
    Ok(bytes)
}

fn too_large(bytes: u64) -> Result<(), SkipReason> {
    if bytes > MAX_FILE_BYTES {
        Err(SkipReason::TooLarge {
            bytes,
            limit: MAX_FILE_BYTES,
        })
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn is_same(before: &Metadata, after: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    before.dev() == after.dev() && before.ino() == after.ino()
}

#[cfg(not(unix))]
fn is_same(before: &Metadata, after: &Metadata) -> bool {
    before.file_type() == after.file_type()
}

/// Whether git would call these bytes binary.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(BINARY_PROBE)]).is_some()
}
