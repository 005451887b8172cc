//! The half of [`super`] for systems without handles relative to handles: look at every component, then open.

use std::ffi::OsStr;
use std::fs::{self, File, FileType};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{Kind, Name, Refused, Stat};

/// A folder that was reached without following a link.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder `path` (may be empty) beneath `root`.
    pub(crate) fn open(root: &Path, path: &Path) -> Result<Self, Refused> {
        let folder = walk(root, path)?;
        match fs::metadata(&folder) {
            Ok(about) if about.is_dir() => Ok(Self(folder)),
            Ok(_) => Err(Refused::Missing),
            Err(error) => Err(refused(&error)),
        }
    }

    /// The names in it, in no order.
    pub(crate) fn names(&self) -> Result<Vec<Name>, Refused> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(|error| refused(&error))? {
            let entry = entry.map_err(|error| refused(&error))?;
            let kind = kind(entry.file_type().map_err(|error| refused(&error))?);
            names.push(Name {
                name: entry.file_name(),
                kind,
            });
        }
        Ok(names)
    }

    /// What `name` in it is.
    pub(crate) fn stat(&self, name: &OsStr) -> Result<Stat, Refused> {
        let about = fs::symlink_metadata(self.0.join(name)).map_err(|error| refused(&error))?;
        let mtime = about
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        Ok(Stat {
            kind: kind(about.file_type()),
            size: about.len(),
            mtime: (mtime.as_secs() as i64, mtime.subsec_nanos()),
            ctime: 0,
            inode: 0,
            executable: false,
        })
    }

    /// Where the link `name` in it leads, in git's bytes.
    pub(crate) fn read_link(&self, name: &OsStr) -> Option<Vec<u8>> {
        let target = fs::read_link(self.0.join(name)).ok()?;
        Some(target.to_str()?.replace('\\', "/").into_bytes())
    }
}

/// Opens a file; whether it is a regular one is for the caller to see.
pub(super) fn open(root: &Path, path: &Path) -> Result<File, Refused> {
    let file = walk(root, path)?;
    File::open(file).map_err(|error| refused(&error))
}

/// The joined path, when no component below `root` is a link (or, on Windows, a junction).
fn walk(root: &Path, path: &Path) -> Result<PathBuf, Refused> {
    let mut walked = root.to_owned();
    for component in path.components() {
        let Component::Normal(name) = component else {
            return Err(Refused::Missing);
        };
        walked.push(name);
        let about = fs::symlink_metadata(&walked).map_err(|error| refused(&error))?;
        if about.file_type().is_symlink() {
            return Err(Refused::Symlink);
        }
        if !about.is_dir() && !about.is_file() {
            return Err(Refused::NotRegular);
        }
    }
    Ok(walked)
}

fn kind(file_type: FileType) -> Kind {
    if file_type.is_symlink() {
        Kind::Symlink
    } else if file_type.is_dir() {
        Kind::Folder
    } else if file_type.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

fn refused(error: &std::io::Error) -> Refused {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Refused::Missing,
        _ => Refused::Failed(error.to_string()),
    }
}

/// A path from git's bytes; names that are not Unicode cannot exist here.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<&Path> {
    std::str::from_utf8(bytes).ok().map(Path::new)
}

/// git's bytes from a name of the system.
pub(crate) fn bytes_of(name: &OsStr) -> Option<&[u8]> {
    name.to_str().map(str::as_bytes)
}
