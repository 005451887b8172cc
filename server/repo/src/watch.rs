//! File events where an editor has none of its own: a few named files and folders, never a whole tree.

use std::path::{Path, PathBuf};

use base::RepoError;
use notify::{RecursiveMode, Watcher as _};

use crate::layout::{self, Found};

/// Keeps the watch alive; dropping it ends it.
pub struct Watcher(#[expect(dead_code, reason = "held for its Drop")] notify::RecommendedWatcher);

/// Calls `on_change` (from a thread of its own) with the paths that changed: the git folder's HEAD, index and refs, and
/// the workspace's `obelus.toml` and `.obelus/`. Costs nothing while nothing happens.
pub fn watch(
    folder: &Path,
    on_change: impl Fn(Vec<PathBuf>) + Send + 'static,
) -> Result<Watcher, RepoError> {
    let failed = |error: notify::Error| {
        RepoError::Failed(format!("cannot watch {}: {error}", folder.display()))
    };
    let mut watcher =
        notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) if event.kind.is_access() => {}
            Ok(event) => {
                let paths: Vec<_> = event
                    .paths
                    .into_iter()
                    .filter(|path| is_of_interest(path))
                    .collect();
                if !paths.is_empty() || event.attrs.flag() == Some(notify::event::Flag::Rescan) {
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
    Ok(Watcher(watcher))
}

fn is_of_interest(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let inside = |folder: &str| path.components().any(|part| part.as_os_str() == folder);
    !name.ends_with(".lock")
        && (matches!(
            name,
            "HEAD"
                | "index"
                | "packed-refs"
                | "obelus.toml"
                | ".gitignore"
                | ".obelusignore"
                | ".gitattributes"
        ) || inside("refs")
            || inside(".obelus"))
}
