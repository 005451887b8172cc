//! What is known of single commits: facts that never change, so they are kept by commit id and hold for any HEAD.
//!
//! Everything else (what changes with what, by which name a file goes today) is computed from these in memory, in
//! milliseconds; therefore a moved HEAD, a switched branch and a rewound one cost only the commits not seen before, and
//! give what a walk without memory would give.

use std::collections::HashMap;
use std::sync::Arc;

use base::RelPath;
use git2::Oid;

use crate::change;
use crate::history::message::Header;
use crate::history::moves;
use crate::history::trees::Differs;

/// A path as a number, by [`Paths`].
pub(crate) type PathId = u32;

/// What a commit did to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Added,
    Modified,
    Deleted,
    /// Was called so before.
    MovedFrom(PathId),
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) id: Oid,
    pub(crate) parents: Vec<Oid>,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) subject: Box<str>,
    pub(crate) is_fix: bool,
    /// Files of the opened folder; empty for merges.
    pub(crate) touched: Vec<(PathId, Kind)>,
}

/// Paths by number and numbers by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    paths: Vec<RelPath>,
    ids: HashMap<Box<[u8]>, Option<PathId>>,
}

impl Paths {
    /// The number of a path; `None` when no workspace has such a path.
    pub(crate) fn intern(&mut self, path: &[u8]) -> Option<PathId> {
        if let Some(known) = self.ids.get(path) {
            return *known;
        }
        let id = change::rel_path(path).ok().and_then(|path| {
            let id = PathId::try_from(self.paths.len()).ok()?;
            self.paths.push(path);
            Some(id)
        });
        self.ids.insert(path.into(), id);
        id
    }

    /// The number of a path that occurred.
    pub(crate) fn find(&self, path: &RelPath) -> Option<PathId> {
        self.ids.get(path.as_str().as_bytes()).copied().flatten()
    }

    pub(crate) fn get(&self, id: PathId) -> Option<&RelPath> {
        self.paths.get(id as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }
}

/// All commits known so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) paths: Arc<Paths>,
    pub(crate) commits: HashMap<Oid, Arc<Fact>>,
}

impl Facts {
    /// What a commit with these differences did.
    pub(crate) fn fact(&mut self, id: Oid, header: &Header, files: &[Differs]) -> Fact {
        let moved = moves::find(files);
        let left: std::collections::HashSet<usize> = moved.values().copied().collect();
        let paths = Arc::make_mut(&mut self.paths);
        let mut touched = Vec::with_capacity(files.len() - left.len());
        for (at, file) in files.iter().enumerate() {
            if left.contains(&at) {
                continue;
            }
            let Some(path) = paths.intern(&file.path) else {
                continue;
            };
            let kind = match (file.old, file.new, moved.get(&at)) {
                (_, _, Some(&from)) => match paths.intern(&files[from].path) {
                    Some(from) => Kind::MovedFrom(from),
                    None => Kind::Added,
                },
                (Some(_), Some(_), None) => Kind::Modified,
                (Some(_), None, None) => Kind::Deleted,
                (None, _, None) => Kind::Added,
            };
            touched.push((path, kind));
        }
        touched.sort_unstable_by_key(|&(path, _)| path);
        Fact {
            id,
            parents: header.parents.clone(),
            time: header.time,
            subject: header.subject.clone(),
            is_fix: header.is_fix,
            touched,
        }
    }
}
