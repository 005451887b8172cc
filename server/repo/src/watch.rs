//! File events where an editor has none of its own: the few named files that findings depend on, and the files in the
//! folders that somebody names. Never a whole tree where that costs a handle for each folder in it: what is ignored is
//! often larger than what is not.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base::RepoError;
use notify::event::{CreateKind, Flag, RemoveKind};
use notify::{Event, EventKind, RecursiveMode, Watcher as _};

use crate::layout::{self, Found};

/// More folders than this are not watched: the system has a limit for all programs of a user together.
const MOST_FOLDERS: usize = 10_000;
/// Where one handle watches a tree, a tree is watched.
const WHOLE_TREE: bool = cfg!(any(windows, target_os = "macos"));

/// Keeps the watch alive; dropping it ends it.
pub struct Watcher {
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    watcher: notify::RecommendedWatcher,
    followed: HashSet<String>,
    is_full: bool,
}

/// Calls `on_change` (from a thread of its own) with the paths that changed: the git folder's HEAD, index and refs, the
/// workspace's `obelus.toml` and `.obelus/`, and whatever lies in the folders that are [followed](Watcher::follow). No
/// paths at all mean that something changed and nobody knows what. Costs nothing while nothing happens.
pub fn watch(
    folder: &Path,
    on_change: impl Fn(Vec<PathBuf>) + Send + 'static,
) -> Result<Watcher, RepoError> {
    let failed = |error: notify::Error| {
        RepoError::Failed(format!("cannot watch {}: {error}", folder.display()))
    };
    let mut watcher =
        notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.kind.is_access() => {}
            Ok(event) if event.attrs.flag() == Some(Flag::Rescan) => on_change(Vec::new()),
            Ok(event) => {
                let is_folder = is_of_a_folder(&event.kind);
                let mut paths = event.paths;
                paths.retain(|path| is_of_interest(path, is_folder));
                if !paths.is_empty() {
                    on_change(paths);
                }
            }
            Err(error) => tracing::debug!(%error, "watch"),
        })
        .map_err(failed)?;
    let canonical = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut places = vec![
        (folder.to_owned(), RecursiveMode::NonRecursive),
        (folder.join(".obelus"), RecursiveMode::Recursive),
    ];
    if let Found::Git(layout) = layout::find(&canonical)? {
        places.push((layout.common.join("refs"), RecursiveMode::Recursive));
        if layout.common != layout.git {
            places.push((layout.common, RecursiveMode::NonRecursive));
        }
        places.push((layout.git, RecursiveMode::NonRecursive));
    }
    for (place, mode) in places {
        if place.is_dir() {
            watcher.watch(&place, mode).map_err(failed)?;
        }
    }
    let state = State {
        watcher,
        followed: HashSet::from([String::new()]),
        is_full: false,
    };
    Ok(Watcher {
        folder: folder.to_owned(),
        state: Mutex::new(state),
    })
}

impl Watcher {
    /// From now on reports what happens to the files directly in these folders (relative, "" for the watched one, which
    /// is always among them) and no longer in others. Whether there are any among them that it did not report before.
    pub fn follow(&self, folders: &[String]) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if WHOLE_TREE {
            let is_first = !state.is_full;
            state.is_full = true;
            return is_first
                && (state.watcher)
                    .watch(&self.folder, RecursiveMode::Recursive)
                    .is_ok();
        }
        let wanted: HashSet<&str> = folders.iter().map(String::as_str).collect();
        let gone = |known: &String| !known.is_empty() && !wanted.contains(known.as_str());
        let gone: Vec<String> = state
            .followed
            .iter()
            .filter(|known| gone(known))
            .cloned()
            .collect();
        for folder in gone {
            // It may be gone from the disk too, and with it the watch.
            state.watcher.unwatch(&self.folder.join(&folder)).ok();
            state.followed.remove(&folder);
            state.is_full = false;
        }
        let mut any = false;
        for folder in wanted {
            let is_watched = folder == ".obelus" || folder.starts_with(".obelus/");
            if state.is_full || is_watched || state.followed.contains(folder) {
                continue;
            }
            let place = self.folder.join(folder);
            // A link may lead anywhere.
            if !place.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
                continue;
            }
            let watched = state.watcher.watch(&place, RecursiveMode::NonRecursive);
            if state.followed.len() >= MOST_FOLDERS || watched.is_err() {
                tracing::warn!(
                    folders = state.followed.len(),
                    "no more folders can be watched; changes in the others are seen when a file is opened or saved, or HEAD moves"
                );
                state.is_full = true;
                break;
            }
            state.followed.insert(folder.to_owned());
            any = true;
        }
        any
    }
}

/// Something happened to a folder, not to what it holds.
fn is_of_a_folder(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder)
    )
}

fn is_of_interest(path: &Path, is_folder: bool) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let parts = || path.components().map(|part| part.as_os_str());
    let inside = |folder: &str| parts().any(|part| part == folder);
    if !inside(".git") || is_folder && name == ".git" {
        // An editor's or a tool's own leftovers come and go with every save.
        return !name.ends_with('~') && !name.ends_with(".swp");
    }
    !name.ends_with(".lock") && (matches!(name, "HEAD" | "index" | "packed-refs") || inside("refs"))
}
