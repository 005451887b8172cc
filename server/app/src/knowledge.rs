//! The index of a workspace, opened in the user's cache and brought up to date.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cancel, History, NoHistory};
use repo::search::{SearchError, Updated, WorkspaceIndex};

use crate::live_index::FolderIndex;
use crate::places;
use crate::progress::Bar;
use crate::status::{Failure, warning};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

/// How long commits that were never seen may take; the next call goes on from there.
const HISTORY_MILLIS: u64 = 2_000;

/// Opens the index of `workspace` without bringing it up to date.
pub(crate) fn open(workspace: &Workspace) -> Result<WorkspaceIndex, Failure> {
    let folder = folder(workspace).ok_or_else(|| {
        Failure::outside(
            "there is no folder for caches",
            "name one in OBELUS_CACHE_DIR",
        )
    })?;
    WorkspaceIndex::open(&folder, Arc::clone(&workspace.repo)).map_err(|error| failure(&error))
}

/// Opens the index of a folder that a server has open. `None` where a folder is so large a place that it is no
/// workspace: the root, or a home.
pub(crate) fn open_live(folder: &Path) -> Result<Option<FolderIndex>, Failure> {
    let workspace = workspace::of_folder(folder)?;
    let is_place =
        workspace.top.parent().is_none() || places::home().as_ref() == Some(&workspace.top);
    if is_place {
        return Ok(None);
    }
    let index = open(&workspace)?;
    Ok(Some(FolderIndex::new(workspace, index)))
}

/// What the commits of a folder that a server has open tell; more time is taken than where somebody waits for it.
pub(crate) fn live_history(folder: &Path, at: Option<&str>) -> Arc<dyn History> {
    let mined = workspace::of_folder(folder).and_then(|workspace| {
        let cache = self::folder(&workspace);
        let limits = limits();
        let cancel = Cancel::new();
        Ok(repo::mine_history(
            &workspace.top,
            at,
            cache.as_deref(),
            &limits,
            &cancel,
        )?)
    });
    match mined {
        Ok(history) => Arc::new(history),
        Err(failure) => {
            tracing::warn!("without history: {}", failure.plain());
            Arc::new(NoHistory)
        }
    }
}

fn limits() -> repo::Limits {
    repo::Limits {
        millis: HISTORY_MILLIS,
        ..repo::Limits::default()
    }
}

/// Brings `index` up to date, with a progress bar where somebody watches. What another process writes is left to it.
pub(crate) fn refresh(
    index: &WorkspaceIndex,
    rebuild: bool,
    terminal: &Terminal,
) -> Result<Updated, Failure> {
    let bar = Bar::named("Indexing", terminal.shows_progress());
    let progress = |done: usize, files: usize| bar.at(done, files);
    let cancel = Cancel::new();
    let updated = if rebuild {
        index.rebuild(&progress, &cancel)
    } else {
        index.refresh(&progress, &cancel)
    };
    bar.clear();
    let updated = updated.map_err(|error| failure(&error))?;
    if updated.left_to_writer {
        terminal.aside(&warning(
            "another process keeps this index up to date; what it has not taken in yet is not seen",
        ));
    }
    Ok(updated)
}

/// What the commits up to `at` (HEAD when not given) tell. None is better than waiting or failing: it only adds.
pub(crate) fn history(
    workspace: &Workspace,
    at: Option<&str>,
    terminal: &Terminal,
) -> Box<dyn History> {
    let cache = folder(workspace);
    let limits = limits();
    match repo::mine_history(
        &workspace.top,
        at,
        cache.as_deref(),
        &limits,
        &Cancel::new(),
    ) {
        Ok(history) => Box::new(history),
        Err(error) => {
            terminal.aside(&warning(&format!("without history: {error}")));
            Box::new(NoHistory)
        }
    }
}

/// One folder for each workspace.
fn folder(workspace: &Workspace) -> Option<PathBuf> {
    if let Some(cache) = &workspace.cache {
        return Some(cache.clone());
    }
    Some(places::cache()?.join(workspace.id()))
}

fn failure(error: &SearchError) -> Failure {
    Failure::outside(
        error,
        "is there space on the disk, and may you write to the cache folder (OBELUS_CACHE_DIR)?",
    )
}
