//! Reading beneath a folder, never outside: no symbolic link is followed in any component below it, and only regular
//! files of a bounded size are read.
//!
//! Every byte that this crate reads from a work tree or a git directory (besides git's object database and index,
//! which are checked when the folder is opened) comes through here. On Unix each component is opened relative to its
//! parent's handle with `O_NOFOLLOW` (one `openat2` call on Linux), so that swapping a folder for a link between a
//! check and the read gains nothing. Elsewhere each component is looked at before the file is opened.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use portable as system;
#[cfg(unix)]
use unix as system;

pub(crate) use system::{Folder, bytes_of, path_from_bytes};

/// What a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Symlink,
    /// A FIFO, socket or device.
    Other,
}

/// One name in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) name: OsString,
    pub(crate) kind: Kind,
}

/// What the system knows of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    /// Seconds and nanoseconds.
    pub(crate) mtime: (i64, u32),
    /// Seconds; 0 where the system has none.
    pub(crate) ctime: i64,
    /// 0 where the system has none.
    pub(crate) inode: u64,
    pub(crate) executable: bool,
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no such file (or a component is not a folder).
    Missing,
    /// The file or a folder on the way to it is a symbolic link.
    Symlink,
    /// A folder, FIFO, socket or device.
    NotRegular,
    /// More bytes than were allowed.
    TooLarge(u64),
    /// The system's words.
    Failed(String),
}

/// The bytes of the regular file `path` beneath `root`, at most `limit` of them.
pub(crate) fn read(root: &Path, path: &Path, limit: u64) -> Result<Vec<u8>, Refused> {
    let (file, size) = open(root, path)?;
    if size > limit {
        return Err(Refused::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // A file may grow while it is read, and files of procfs have size 0: the limit holds for what is read, too.
    let read = file
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Refused::Failed(error.to_string()))?;
    if read as u64 > limit {
        return Err(Refused::TooLarge(read as u64));
    }
    Ok(bytes)
}

/// A small text file of a git directory, trimmed; `None` when it cannot be read for whatever reason.
pub(crate) fn read_line(root: &Path, path: &Path) -> Option<String> {
    let bytes = read(root, path, 64 * 1024).ok()?;
    Some(String::from_utf8(bytes).ok()?.trim().to_owned())
}

/// Opens the regular file `path` beneath `root` for reading; its size comes along.
pub(crate) fn open(root: &Path, path: &Path) -> Result<(File, u64), Refused> {
    let file = system::open(root, path)?;
    let about = file
        .metadata()
        .map_err(|error| Refused::Failed(error.to_string()))?;
    if !about.is_file() {
        return Err(Refused::NotRegular);
    }
    Ok((file, about.len()))
}

/// What `path` beneath `root` is, without following a link.
pub(crate) fn stat(root: &Path, path: &Path) -> Result<Stat, Refused> {
    let Some(name) = path.file_name() else {
        return Err(Refused::Missing);
    };
    let folder = Folder::open(root, path.parent().unwrap_or(Path::new("")))?;
    folder.stat(name)
}
