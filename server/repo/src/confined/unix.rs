//! The Unix half of [`super`]: handles relative to handles.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::{Kind, Name, Refused, Stat};

/// A folder that was reached without following a link.
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// The folder `path` (may be empty) beneath `root`.
    pub(crate) fn open(root: &Path, path: &Path) -> Result<Self, Refused> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = openat(CWD, root, flags, Mode::empty()).map_err(refused)?;
        if path.as_os_str().is_empty() {
            return Ok(Self(top));
        }
        beneath(top, path, flags).map(Self)
    }

    /// The names in it, `.` and `..` left out, in no order.
    pub(crate) fn names(&self) -> Result<Vec<Name>, Refused> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let name = OsString::from_vec(name.to_vec());
            let kind = match entry.file_type() {
                // Some file systems do not say in the listing.
                FileType::Unknown => match self.stat(&name) {
                    Ok(stat) => stat.kind,
                    Err(Refused::Missing) => continue,
                    Err(refused) => return Err(refused),
                },
                known => kind(known),
            };
            names.push(Name { name, kind });
        }
        Ok(names)
    }

    /// What `name` in it is.
    pub(crate) fn stat(&self, name: &OsStr) -> Result<Stat, Refused> {
        let stat = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).map_err(refused)?;
        Ok(Stat {
            kind: kind(FileType::from_raw_mode(stat.st_mode)),
            size: stat.st_size as u64,
            mtime: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            ctime: stat.st_ctime as i64,
            inode: stat.st_ino as u64,
            executable: stat.st_mode & 0o100 != 0,
        })
    }

    /// Where the link `name` in it leads, in git's bytes.
    pub(crate) fn read_link(&self, name: &OsStr) -> Option<Vec<u8>> {
        let target = rustix::fs::readlinkat(&self.0, name, Vec::new()).ok()?;
        Some(target.into_bytes())
    }
}

/// Opens a file; whether it is a regular one is for the caller to see. Never waits (a FIFO without a writer would).
pub(super) fn open(root: &Path, path: &Path) -> Result<File, Refused> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let top = openat(CWD, root, flags, Mode::empty()).map_err(refused)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    beneath(top, path, flags).map(File::from)
}

fn beneath(top: OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Refused> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(&top, path, flags, Mode::empty(), resolve) {
            Ok(file) => return Ok(file),
            // Old kernels do not have it, and some sandboxes refuse it: the long way is as safe.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    step_by_step(top, path, flags)
}

fn step_by_step(top: OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Refused> {
    let mut folder = top;
    let mut names = path.components().peekable();
    while let Some(component) = names.next() {
        let Component::Normal(name) = component else {
            return Err(Refused::Missing);
        };
        let last = names.peek().is_none();
        let wanted = if last {
            flags | OFlags::NOFOLLOW
        } else {
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
        };
        folder = match openat(&folder, name, wanted, Mode::empty()) {
            Ok(next) => next,
            // `O_DIRECTORY` on a link says "not a folder": ask what it is.
            Err(error @ Errno::NOTDIR) => {
                return match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
                        Err(Refused::Symlink)
                    }
                    _ => Err(refused(error)),
                };
            }
            Err(error) => return Err(refused(error)),
        };
        if last {
            return Ok(folder);
        }
    }
    Err(Refused::Missing)
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }
}

fn refused(error: Errno) -> Refused {
    match error {
        Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL => Refused::Missing,
        Errno::LOOP | Errno::XDEV | Errno::MLINK => Refused::Symlink,
        Errno::NXIO | Errno::NODEV => Refused::NotRegular,
        other => Refused::Failed(std::io::Error::from(other).to_string()),
    }
}

/// A path from git's bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<&Path> {
    Some(Path::new(OsStr::from_bytes(bytes)))
}

/// git's bytes from a name of the system.
pub(crate) fn bytes_of(name: &OsStr) -> Option<&[u8]> {
    Some(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use rustix::fs::{CWD, Mode, OFlags, openat};

    use super::{Refused, step_by_step};

    #[test]
    fn the_long_way_refuses_what_openat2_refuses() {
        let temp = tempfile::tempdir().expect("a folder");
        let root = temp.path();
        std::fs::create_dir_all(root.join("a/b")).expect("folders");
        std::fs::write(root.join("a/b/file"), "text").expect("a file");
        symlink("b", root.join("a/link")).expect("a link");
        symlink("file", root.join("a/b/last")).expect("a link");
        let open = |path: &str| {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            let top = openat(CWD, root, flags, Mode::empty()).expect("the root");
            step_by_step(top, Path::new(path), flags).map(drop)
        };
        assert_eq!(open("a/b/file"), Ok(()));
        assert_eq!(open("a/link/file"), Err(Refused::Symlink));
        assert_eq!(open("a/b/last"), Err(Refused::Symlink));
        assert_eq!(open("a/../a/b/file"), Err(Refused::Missing));
        assert_eq!(open("a/b/file/x"), Err(Refused::Missing));
        assert_eq!(open("/etc/passwd"), Err(Refused::Missing));
    }
}
