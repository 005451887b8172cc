//! `base::Log` from git's objects and references: the branch, and the messages of commits.
//!
//! Commits are read one by one as they are asked for and nothing is kept; trees are not read at all. A parent that is
//! not here (shallow clones) ends a walk there.

use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::path::Path;

use base::{Log, Logged, RepoError};
use git2::{ObjectType, Odb, Oid};

use crate::confined;
use crate::git::GitWorkspace;
use crate::history::message;
use crate::layout::{self, Found};
use crate::objects::{Handle, failed};
use crate::revision;

/// Commits looked at before a range is cut off.
const MAX_WALKED: usize = 10_000;

/// The commit is reachable from the head.
const OF_HEAD: u8 = 1;
/// The commit is reachable from the base.
const OF_BASE: u8 = 2;

/// The log of the workspace in a folder.
pub struct GitLog {
    /// `None`: a folder without git.
    workspace: Option<GitWorkspace>,
}

/// Opens the log of the workspace in `folder` (as for [`crate::open`]).
pub fn open_log(folder: &Path) -> Result<GitLog, RepoError> {
    let folder = crate::resolve(folder)?;
    let workspace = match layout::find(&folder)? {
        Found::Git(layout) => Some(GitWorkspace::open(&folder, *layout, None)?),
        Found::Plain(_) => None,
    };
    Ok(GitLog { workspace })
}

impl Log for GitLog {
    fn branch(&self) -> Option<String> {
        let workspace = self.workspace.as_ref()?;
        let line = confined::read_line(&workspace.layout.git, Path::new("HEAD"))?;
        let name = line.strip_prefix("ref:")?.trim();
        Some(name.strip_prefix("refs/heads/")?.to_owned())
    }

    fn default_branch(&self) -> Option<String> {
        let workspace = self.workspace.as_ref()?;
        let branch = self.branch().unwrap_or_default();
        let remote = workspace
            .layout
            .config
            .get(&format!("branch.{branch}.remote"))
            .filter(|remote| *remote != "." && !remote.is_empty());
        let mut candidates = Vec::new();
        let remotes: Vec<&str> = remote.into_iter().chain(["origin"]).collect();
        candidates.extend(remotes.iter().map(|remote| format!("{remote}/HEAD")));
        candidates.extend(["main".to_owned(), "master".to_owned()]);
        for remote in &remotes {
            candidates.extend([format!("{remote}/main"), format!("{remote}/master")]);
        }
        candidates
            .into_iter()
            .find(|name| self.resolve(name).is_some())
    }

    fn merged(&self, at: Option<&str>, limit: usize) -> Vec<Logged> {
        let Some(mut next) = self.resolve(at.unwrap_or("HEAD")) else {
            return Vec::new();
        };
        self.read(|commits| {
            let mut found = Vec::new();
            while found.len() < limit
                && let Some(commit) = commits.get(next)
            {
                found.push(commit.logged);
                match commit.parents.first() {
                    Some(parent) => next = *parent,
                    None => break,
                }
            }
            found
        })
    }

    fn between(&self, base: &str, head: &str, limit: usize) -> Vec<Logged> {
        let (Some(base), Some(head)) = (self.resolve(base), self.resolve(head)) else {
            return Vec::new();
        };
        self.read(|commits| range(commits, base, head, limit))
    }
}

impl GitLog {
    fn resolve(&self, name: &str) -> Option<Oid> {
        let workspace = self.workspace.as_ref()?;
        let resolved = workspace
            .objects
            .with(|repository| revision::resolve(&workspace.layout, repository, name));
        resolved.ok()
    }

    fn read<T: Default>(&self, work: impl FnOnce(&mut Commits<'_>) -> T) -> T {
        let Some(workspace) = &self.workspace else {
            return T::default();
        };
        let done = workspace.objects.with(|repository| {
            let odb = repository.odb().map_err(|error| failed(&error))?;
            Ok(work(&mut Commits {
                odb: &odb,
                repository,
            }))
        });
        done.unwrap_or_default()
    }
}

/// Commits by id.
struct Commits<'a> {
    odb: &'a Odb<'a>,
    repository: &'a Handle<'a>,
}

struct Commit {
    logged: Logged,
    parents: Vec<Oid>,
    time: i64,
}

impl Commits<'_> {
    fn get(&mut self, id: Oid) -> Option<Commit> {
        let (kind, data) = self.repository.loose.or_packed(id, self.odb)?;
        if kind != ObjectType::Commit {
            return None;
        }
        let header = message::parse(&data)?;
        let split = memchr::memmem::find(&data, b"\n\n").map_or(data.len(), |at| at + 2);
        let text = String::from_utf8_lossy(data.get(split..).unwrap_or_default());
        Some(Commit {
            logged: Logged::new(&id.to_string(), &text, header.parents.len() > 1),
            parents: header.parents,
            time: header.time,
        })
    }
}

/// Marks what each end reaches, newest first, until nothing is left that only the head reaches.
fn range(commits: &mut Commits<'_>, base: Oid, head: Oid, limit: usize) -> Vec<Logged> {
    let mut marks: HashMap<Oid, u8> = HashMap::new();
    let mut known: HashMap<Oid, Commit> = HashMap::new();
    let mut queue: BinaryHeap<(i64, Oid)> = BinaryHeap::new();
    let mut order = Vec::new();
    for (id, mark) in [(head, OF_HEAD), (base, OF_BASE)] {
        *marks.entry(id).or_default() |= mark;
        if let Some(commit) = commits.get(id) {
            queue.push((commit.time, id));
            known.insert(id, commit);
        }
    }
    let mut walked = 0;
    while queue.iter().any(|(_, id)| marks.get(id) == Some(&OF_HEAD)) && walked < MAX_WALKED {
        let Some((_, id)) = queue.pop() else { break };
        walked += 1;
        let mark = marks.get(&id).copied().unwrap_or_default();
        if !order.contains(&id) && mark == OF_HEAD {
            order.push(id);
        }
        let parents = known
            .get(&id)
            .map(|commit| commit.parents.clone())
            .unwrap_or_default();
        for parent in parents {
            let before = marks.get(&parent).copied().unwrap_or_default();
            if before | mark == before {
                continue;
            }
            marks.insert(parent, before | mark);
            if let Entry::Vacant(place) = known.entry(parent)
                && let Some(commit) = commits.get(parent)
            {
                place.insert(commit);
            }
            if let Some(commit) = known.get(&parent) {
                queue.push((commit.time, parent));
            }
        }
    }
    order
        .into_iter()
        .filter(|id| marks.get(id) == Some(&OF_HEAD))
        .filter_map(|id| known.remove(&id))
        .map(|commit| commit.logged)
        .take(limit)
        .collect()
}
