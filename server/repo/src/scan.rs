//! The walk over the files on disk: what differs from the index, what git does not know, or simply everything.
//!
//! Folder by folder, each level on all cores; no link is followed, no filter run, nothing written. A file counts as
//! unchanged when size, times, inode and mode are what the index says and it is older than the index; else its bytes
//! are hashed. Line endings that a checkout converted (`core.autocrlf`) do not count as a difference there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use base::change::SkipReason;
use base::{Cancel, RepoError};
use git2::{ObjectType, Oid};
use rayon::prelude::*;

use crate::confined::{self, Folder, Kind, Name, Refused, Stat, bytes_of, path_from_bytes};
use crate::ignores::{self, Level, Sources};
use crate::index::{Entry, Index};
use crate::{layout, revision};

/// git's modes.
pub(crate) const FILE: u32 = 0o100_644;
pub(crate) const EXECUTABLE: u32 = 0o100_755;
pub(crate) const LINK: u32 = 0o120_000;
pub(crate) const SUBMODULE: u32 = 0o160_000;

/// A file larger than this is not hashed: same size and another time count as changed.
const MAX_HASHED: u64 = 64 << 20;

/// What the walk looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What differs from the index.
    Changes,
    /// Every file.
    All,
}

/// What is on disk at a path now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    Gone,
    File { size: Option<u64>, mode: u32 },
    Link,
}

/// A path that the walk reports.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// From the top of the work tree.
    pub(crate) path: Box<[u8]>,
    pub(crate) now: Now,
    pub(crate) tracked: bool,
}

/// What the walk found, in no order.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) seen: Vec<Seen>,
    pub(crate) skipped: Vec<(Box<[u8]>, SkipReason)>,
}

/// One walk's surroundings.
pub(crate) struct Walk<'a> {
    /// Top of the work tree (or the plain folder).
    pub(crate) root: &'a Path,
    /// Where to start, from the top; "" for all of it.
    pub(crate) start: &'a [u8],
    pub(crate) index: &'a Index,
    pub(crate) sources: &'a Sources,
    pub(crate) wanted: Wanted,
    /// Whether the file system keeps the executable bit (`core.fileMode`).
    pub(crate) trust_mode: bool,
    /// Whether this is a sparse checkout (`core.sparseCheckout`): a file that it leaves out counts when it is there.
    pub(crate) sparse: bool,
    pub(crate) cancel: &'a Cancel,
}

/// A folder yet to be looked at.
struct Pending {
    path: Vec<u8>,
    above: Option<Arc<Level>>,
    ignored: bool,
    excluded: Option<Arc<str>>,
}

impl Walk<'_> {
    /// Walks.
    pub(crate) fn run(&self) -> Result<Scan, RepoError> {
        let mut scan = Scan::default();
        let mut folders = vec![self.first()];
        while !folders.is_empty() {
            if self.cancel.is_cancelled() {
                return Err(RepoError::Cancelled);
            }
            let visited: Vec<(Scan, Vec<Pending>)> = folders
                .into_par_iter()
                .map(|folder| self.visit(folder))
                .collect();
            folders = Vec::new();
            for (found, below) in visited {
                scan.seen.extend(found.seen);
                scan.skipped.extend(found.skipped);
                folders.extend(below);
            }
        }
        Ok(scan)
    }

    /// The starting folder with the rules of the folders above it.
    fn first(&self) -> Pending {
        let mut pending = Pending {
            path: Vec::new(),
            above: None,
            ignored: false,
            excluded: None,
        };
        for component in self
            .start
            .split(|&byte| byte == b'/')
            .filter(|c| !c.is_empty())
        {
            let above = self
                .sources
                .enter(self.root, &pending.path, pending.above.take());
            let path = join(&pending.path, component);
            pending.ignored |= self.sources.is_ignored(above.as_deref(), &path, true);
            if let Some(pattern) = ignores::excluded(above.as_deref(), &path, true) {
                pending.excluded = Some(pattern.into());
            }
            pending.above = above;
            pending.path = path;
        }
        pending
    }

    fn visit(&self, pending: Pending) -> (Scan, Vec<Pending>) {
        let mut scan = Scan::default();
        let mut below = Vec::new();
        let prefix = join(&pending.path, b"");
        let tracked = self.index.under(&prefix);
        let listing = path_from_bytes(&pending.path)
            .ok_or(Refused::Missing)
            .and_then(|path| Folder::open(self.root, path))
            .and_then(|folder| Ok((folder.names()?, folder)));
        let (names, folder) = match listing {
            Ok(listing) => listing,
            Err(Refused::Missing | Refused::Symlink | Refused::NotRegular) => {
                self.gone(tracked, &mut scan);
                return (scan, below);
            }
            Err(Refused::Failed(why)) => {
                scan.skipped
                    .push((pending.path.into(), SkipReason::Unreadable(why)));
                return (scan, below);
            }
            Err(Refused::TooLarge(_)) => return (scan, below),
        };
        let is_nested = !pending.path.is_empty()
            && pending.path != self.start
            && names.iter().any(|name| name.name == ".git");
        if is_nested && tracked.is_empty() {
            scan.skipped
                .push((pending.path.into(), SkipReason::Submodule));
            return (scan, below);
        }
        let has_rules = names.iter().any(|name| {
            name.kind == Kind::File && bytes_of(&name.name).is_some_and(|n| n.ends_with(b"ignore"))
        });
        let level = if has_rules {
            self.sources.enter(self.root, &pending.path, pending.above)
        } else {
            pending.above
        };
        let mut kinds: HashMap<&[u8], &Name> = names
            .iter()
            .filter_map(|name| Some((bytes_of(&name.name)?, name)))
            .collect();
        kinds.remove(b".git".as_slice());
        let excluded_here = |path: &[u8], is_folder: bool| -> Option<Arc<str>> {
            pending
                .excluded
                .clone()
                .or_else(|| ignores::excluded(level.as_deref(), path, is_folder).map(Into::into))
        };

        // What git knows, in the order of the index.
        let mut rest = tracked;
        while let Some(entry) = rest.first() {
            let name = &entry.path[prefix.len()..];
            if let Some(slash) = memchr::memchr(b'/', name) {
                let name = &name[..slash];
                let path = join(&pending.path, name);
                let group_prefix = join(&path, b"");
                let count = rest.partition_point(|entry| entry.path.starts_with(&group_prefix));
                let (group, after) = rest.split_at(count);
                rest = after;
                match kinds.get(name) {
                    Some(found) if found.kind == Kind::Folder => {
                        kinds.remove(name);
                        below.push(Pending {
                            ignored: pending.ignored
                                || self.sources.is_ignored(level.as_deref(), &path, true),
                            excluded: excluded_here(&path, true),
                            above: level.clone(),
                            path,
                        });
                    }
                    _ => self.gone(group, &mut scan),
                }
                continue;
            }
            let sides = rest.partition_point(|other| other.path == entry.path);
            rest = &rest[sides..];
            let found = kinds.get(name).copied();
            if found.is_some_and(|found| found.kind != Kind::Folder || entry.mode == SUBMODULE) {
                kinds.remove(name);
            }
            let Some(pattern) = excluded_here(&entry.path, false) else {
                self.known(entry, found, &folder, &mut scan);
                continue;
            };
            if self.wanted == Wanted::All || self.differs(entry, found, &folder).is_some() {
                let reason = SkipReason::Excluded(pattern.to_string());
                scan.skipped.push((entry.path.clone(), reason));
            }
        }

        // What git does not know.
        for (name, found) in kinds {
            let path = join(&pending.path, name);
            let is_folder = found.kind == Kind::Folder;
            if pending.ignored
                || pending.excluded.is_some()
                || self.sources.is_ignored(level.as_deref(), &path, is_folder)
                || ignores::excluded(level.as_deref(), &path, is_folder).is_some()
            {
                continue;
            }
            let now = match found.kind {
                Kind::Folder => {
                    below.push(Pending {
                        path,
                        above: level.clone(),
                        ignored: false,
                        excluded: None,
                    });
                    continue;
                }
                Kind::Other => {
                    scan.skipped.push((path.into(), SkipReason::NotRegular));
                    continue;
                }
                Kind::Symlink => Now::Link,
                Kind::File if self.wanted == Wanted::All => Now::File {
                    size: None,
                    mode: FILE,
                },
                Kind::File => match folder.stat(&found.name) {
                    Ok(stat) => self.file(&stat, FILE),
                    Err(_) => continue,
                },
            };
            scan.seen.push(Seen {
                path: path.into(),
                now,
                tracked: false,
            });
        }
        (scan, below)
    }

    /// A file that the index names.
    fn known(&self, entry: &Entry, found: Option<&Name>, folder: &Folder, scan: &mut Scan) {
        if self.wanted == Wanted::All {
            let skip = match found.map(|found| found.kind) {
                _ if entry.mode == SUBMODULE => Some(SkipReason::Submodule),
                Some(Kind::File | Kind::Symlink) => None,
                Some(Kind::Other) => Some(SkipReason::NotRegular),
                Some(Kind::Folder) | None if entry.skip => Some(not_checked_out()),
                Some(Kind::Folder) | None => return,
            };
            match skip {
                Some(reason) => scan.skipped.push((entry.path.clone(), reason)),
                None => scan.seen.push(Seen {
                    path: entry.path.clone(),
                    now: match found.map(|found| found.kind) {
                        Some(Kind::Symlink) => Now::Link,
                        _ => Now::File {
                            size: None,
                            mode: entry.mode,
                        },
                    },
                    tracked: true,
                }),
            }
            return;
        }
        match self.differs(entry, found, folder) {
            Some(Ok(now)) => scan.seen.push(Seen {
                path: entry.path.clone(),
                now,
                tracked: true,
            }),
            Some(Err(reason)) => scan.skipped.push((entry.path.clone(), reason)),
            None => {}
        }
    }

    /// How a file on disk differs from what the index says; `None` when it does not.
    fn differs(
        &self,
        entry: &Entry,
        found: Option<&Name>,
        folder: &Folder,
    ) -> Option<Result<Now, SkipReason>> {
        if entry.stage == 0 && self.is_believed(entry, found) {
            return None;
        }
        if entry.mode == SUBMODULE {
            return self
                .has_moved(entry, found)
                .then_some(Err(SkipReason::Submodule));
        }
        let Some(found) = found else {
            return Some(Ok(Now::Gone));
        };
        let stat = match folder.stat(&found.name) {
            Ok(stat) => stat,
            Err(Refused::Failed(why)) => return Some(Err(SkipReason::Unreadable(why))),
            Err(_) => return Some(Ok(Now::Gone)),
        };
        let is_link = entry.mode == LINK;
        let now = match stat.kind {
            Kind::Folder => return Some(Ok(Now::Gone)),
            Kind::Other => return Some(Err(SkipReason::NotRegular)),
            Kind::Symlink => Now::Link,
            Kind::File => self.file(&stat, entry.mode),
        };
        if entry.stage > 0 || entry.intent || is_link != (now == Now::Link) {
            return Some(Ok(now));
        }
        let same_mode = match now {
            Now::File { mode, .. } => mode == entry.mode,
            _ => true,
        };
        if !same_mode {
            return Some(Ok(now));
        }
        // git writes size 0 for a file that changed in the very moment in which the index was written.
        let same_size = stat.size as u32 == entry.size;
        if !same_size && entry.size != 0 {
            return Some(Ok(now));
        }
        if same_size && self.is_as_staged(entry, &stat) {
            return None;
        }
        let same = is_on_disk(self.root, &entry.path, entry.id, entry.mode);
        (!same).then_some(Ok(now))
    }

    /// Whether a submodule has another commit checked out than the index says, or is gone. One that was never filled
    /// is as it should be; one whose git directory is not its own cannot be told.
    fn has_moved(&self, entry: &Entry, found: Option<&Name>) -> bool {
        let (Some(found), Some(path)) = (found, path_from_bytes(&entry.path)) else {
            return true;
        };
        if found.kind != Kind::Folder {
            return true;
        }
        let folder = self.root.join(path);
        match layout::at(&folder) {
            Ok(Some(layout)) => layout.top != folder || revision::head(&layout) != Some(entry.id),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// Whether the file is as the index says without a look: the user said so, or it was never checked out.
    fn is_believed(&self, entry: &Entry, found: Option<&Name>) -> bool {
        let is_absent = found.is_none_or(|found| found.kind == Kind::Folder);
        entry.assumed || (entry.skip && (is_absent || !self.sparse))
    }

    /// Whether times and inode say that the file was not touched since it was staged.
    fn is_as_staged(&self, entry: &Entry, stat: &Stat) -> bool {
        let (seconds, nanoseconds) = stat.mtime;
        // Some tools write whole seconds only, and zero for what they do not know.
        let same_mtime =
            seconds as u32 == entry.mtime.0 && (entry.mtime.1 == 0 || nanoseconds == entry.mtime.1);
        let same_ctime = entry.ctime == 0 || stat.ctime == 0 || stat.ctime as u32 == entry.ctime;
        let same_inode = entry.inode == 0 || stat.inode == 0 || stat.inode as u32 == entry.inode;
        let is_older = (seconds as u64, nanoseconds) < self.index.written;
        same_mtime && same_ctime && same_inode && is_older
    }

    fn file(&self, stat: &Stat, known_mode: u32) -> Now {
        let mode = match (self.trust_mode, stat.executable) {
            (false, _) if known_mode == LINK => FILE,
            (false, _) => known_mode,
            (true, true) => EXECUTABLE,
            (true, false) => FILE,
        };
        Now::File {
            size: Some(stat.size),
            mode,
        }
    }

    /// Everything in `entries` has no file on disk.
    fn gone(&self, entries: &[Entry], scan: &mut Scan) {
        for entry in entries {
            let is_expected = entry.stage == 0 && self.is_believed(entry, None);
            match self.wanted {
                Wanted::All if entry.skip => {
                    scan.skipped.push((entry.path.clone(), not_checked_out()));
                }
                Wanted::Changes if entry.mode == SUBMODULE && !is_expected => {
                    scan.skipped
                        .push((entry.path.clone(), SkipReason::Submodule));
                }
                Wanted::Changes if !is_expected => {
                    scan.seen.push(Seen {
                        path: entry.path.clone(),
                        now: Now::Gone,
                        tracked: true,
                    });
                }
                Wanted::All | Wanted::Changes => {}
            }
        }
    }
}

/// `folder/name`; with an empty name the prefix of everything in the folder.
pub(crate) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = folder.to_vec();
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Whether the file (or link) at `path` beneath `root` is what git keeps under `id`.
pub(crate) fn is_on_disk(root: &Path, path: &[u8], id: Oid, mode: u32) -> bool {
    let Some(path) = path_from_bytes(path) else {
        return false;
    };
    if mode == LINK {
        let target = path.file_name().and_then(|name| {
            let folder = Folder::open(root, path.parent().unwrap_or(Path::new(""))).ok()?;
            folder.read_link(name)
        });
        return target.is_some_and(|target| hash(&target) == Some(id));
    }
    let Ok(bytes) = confined::read(root, path, MAX_HASHED) else {
        return false;
    };
    hash(&bytes) == Some(id)
        || (memchr::memmem::find(&bytes, b"\r\n").is_some()
            && hash(&without_cr(&bytes)) == Some(id))
}

/// The blob id that these bytes would have.
fn hash(bytes: &[u8]) -> Option<Oid> {
    Oid::hash_object(ObjectType::Blob, bytes).ok()
}

/// Why a file of a sparse checkout is not there.
pub(crate) fn not_checked_out() -> SkipReason {
    SkipReason::NotPresent("left out by the sparse checkout".to_owned())
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
    }
    plain.extend_from_slice(rest);
    plain
}
