//! The commits of a workspace, mined: `base::History` from git's objects.
//!
//! `walk` visits commits newest first, `trees` compares each with its parent by id alone, `moves` finds which file became
//! which, `facts` are kept per commit (in memory, and by `cache` in a file), and `mined` answers from them. No content is
//! read, so shallow and partial clones are fine; like all of this crate, nothing of the repository's configuration is
//! used and nothing is written but the one file in the cache folder that the caller names.

mod cache;
mod facts;
pub(crate) mod message;
mod mined;
mod moves;
mod trees;
mod walk;

pub use mined::MinedHistory;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base::{Cancel, HistoryEnd, RelPath, RepoError};
use git2::Oid;

use crate::git::GitWorkspace;
use crate::history::facts::{Facts, Paths};
use crate::history::trees::Trees;
use crate::layout::{self, Found};
use crate::objects::{failed, lock};
use crate::revision;

/// Commits kept beyond those of the last walk, so that switching branches stays cheap.
const MAX_KEPT: usize = 40_000;

/// How far to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Commits, merges not counted.
    pub commits: u32,
    /// A commit with more files is a mass edit: it counts as a change of each file, and for no pair.
    pub files_per_commit: usize,
    /// Milliseconds for commits not known yet; what was found by then is kept, and the next call goes on from there.
    pub millis: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commits: 5_000,
            files_per_commit: 30,
            millis: 10_000,
        }
    }
}

/// The commits of one workspace, remembered between questions.
///
/// One per workspace folder, shared by its users; one call at a time mines, the others wait for what it finds.
pub struct CommitLog {
    /// `None`: a folder without git.
    workspace: Option<GitWorkspace>,
    cache: Option<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    facts: Facts,
    last: Option<(Oid, Limits, MinedHistory)>,
}

impl CommitLog {
    /// The log of the workspace in `folder` (as for [`crate::open`]); `cache` is a folder of the caller's, one for each
    /// workspace, in which what was mined is kept.
    pub fn open(folder: &Path, cache: Option<&Path>) -> Result<Self, RepoError> {
        let folder = crate::resolve(folder)?;
        let workspace = match layout::find(&folder)? {
            Found::Git(layout) => Some(GitWorkspace::open(&folder, *layout, None)?),
            Found::Plain(_) => None,
        };
        let mut known = Known::default();
        if let (Some(workspace), Some(cache)) = (&workspace, cache) {
            known.facts = cache::load(cache, &workspace.prefix);
        }
        Ok(Self {
            workspace,
            cache: cache.map(Path::to_owned),
            known: Mutex::new(known),
        })
    }

    /// The history up to `at` (any revision; HEAD when not given). Only commits that were never seen are looked at.
    ///
    /// Empty in a plain folder and before the first commit; partial, and saying so, where limits or the clone end it.
    pub fn history(
        &self,
        at: Option<&str>,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<MinedHistory, RepoError> {
        let Some(workspace) = &self.workspace else {
            return Ok(nothing(limits));
        };
        let start = match at {
            None => revision::head(&workspace.layout),
            Some(at) => Some(
                workspace
                    .objects
                    .with(|repository| revision::resolve(&workspace.layout, repository, at))?,
            ),
        };
        let Some(start) = start else {
            return Ok(nothing(limits));
        };
        let mut known = lock(&self.known);
        if let Some((id, of, history)) = &known.last
            && (*id, of) == (start, limits)
        {
            return Ok(history.clone());
        }
        let walked = workspace.objects.with(|repository| {
            let odb = repository.odb().map_err(|error| failed(&error))?;
            walk::walk(
                &odb,
                repository.loose,
                &workspace.prefix,
                start,
                &mut known.facts,
                limits,
                cancel,
            )
        })?;
        let mut problem = None;
        if walked.mined > 0 {
            if known.facts.commits.len() > MAX_KEPT {
                let walked = walked.facts.iter().map(|fact| (fact.id, Arc::clone(fact)));
                known.facts.commits = walked.collect();
            }
            if let Some(folder) = &self.cache
                && let Err(error) = cache::save(folder, &workspace.prefix, &known.facts)
            {
                problem = Some(format!(
                    "the history could not be kept in {} and will be read again next time: {error}",
                    folder.display()
                ));
            }
        }
        let history = MinedHistory::new(
            Some(start),
            &walked.facts,
            Arc::clone(&known.facts.paths),
            walked.end,
            limits.files_per_commit,
            problem,
        );
        if matches!(walked.end, HistoryEnd::Complete | HistoryEnd::CommitLimit) {
            known.last = Some((start, limits.clone(), history.clone()));
        }
        Ok(history)
    }

    /// The regular files of the workspace at a revision, each with its blob id, in no order; for evaluation. Empty in a
    /// plain folder.
    pub fn files(&self, at: &str) -> Result<Vec<(RelPath, String)>, RepoError> {
        let Some(workspace) = &self.workspace else {
            return Ok(Vec::new());
        };
        let missing = || RepoError::Failed(format!("the tree of {at} is not in this clone"));
        workspace.objects.with(|repository| {
            let id = revision::resolve(&workspace.layout, repository, at)?;
            let top = repository
                .find_commit(id)
                .map_err(|error| failed(&error))?
                .tree_id();
            let odb = repository.odb().map_err(|error| failed(&error))?;
            let mut trees = Trees::new(&odb, repository.loose);
            let folder = trees.below(top, &workspace.prefix).map_err(|_| missing())?;
            let files = trees.all(folder).map_err(|_| missing())?;
            let named = files.into_iter().filter_map(|file| {
                let path = crate::change::rel_path(&file.path).ok()?;
                Some((path, file.new?.to_string()))
            });
            Ok(named.collect())
        })
    }
}

/// The history of the workspace in `folder` up to `at`, once: see [`CommitLog`] for asking again.
pub fn mine_history(
    folder: &Path,
    at: Option<&str>,
    cache: Option<&Path>,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<MinedHistory, RepoError> {
    CommitLog::open(folder, cache)?.history(at, limits, cancel)
}

fn nothing(limits: &Limits) -> MinedHistory {
    MinedHistory::new(
        None,
        &[],
        Arc::new(Paths::default()),
        HistoryEnd::Complete,
        limits.files_per_commit,
        None,
    )
}
