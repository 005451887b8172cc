//! Files and folders that only their owner may read, and that are not links to somewhere else.
//!
//! A database is never opened here by a handle of our own: POSIX drops all locks of a file when any handle on it is
//! closed, so SQLite's would be lost. What is asked about a database is asked by its name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Makes `folder` and those above it, for the owner alone, and resolves its links. One that is there stays as it is.
pub(crate) fn folder(folder: &Path) -> io::Result<PathBuf> {
    if !folder.is_dir() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(folder)?;
    }
    folder.canonicalize()
}

/// Makes an empty file for the owner alone, unless there is one.
pub(crate) fn ensure(path: &Path) -> io::Result<()> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for reading and appending; makes one where there is none and `create` is set. What is no plain file is
/// refused.
pub(crate) fn append(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = private(options.read(true).append(true).create(create)).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no plain file",
        ));
    }
    Ok(file)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    // Without waiting: somebody may have put a pipe there.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    options
        .mode(0o600)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Tells two files of one name apart: a database that was set aside from the one that took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

/// Which file `path` names now; `None` where there is none or the platform cannot tell.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(path).ok()?;
    Some(Identity(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(crate) fn identity(_path: &Path) -> Option<Identity> {
    None
}

/// Whether the file's rights and its disk allow writing, asked by its name.
#[cfg(unix)]
pub(crate) fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
pub(crate) fn is_writable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly())
}
