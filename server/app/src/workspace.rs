//! From a folder to an engine: the repository, the layers of configuration, and which version of the workspace's own
//! files is believed.
//!
//! On a developer's machine these come from the work tree. In CI a change must not configure its own review, so they
//! come from the change's base, and a change that touches them is told about.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{At, Cancel, ContentHash, FindingId, Repo, Scope, Store as _};
use review::{Engine, Flags, Layers, Source, Trust};

use crate::places;
use crate::state;
use crate::status::Failure;

/// A folder that was opened.
#[derive(Clone)]
pub(crate) struct Workspace {
    /// The top of the work tree, or the folder itself.
    pub(crate) top: PathBuf,
    /// Its files and history.
    pub(crate) repo: Arc<dyn Repo>,
    /// Where its index is kept, when not among the user's caches.
    pub(crate) cache: Option<PathBuf>,
}

impl Workspace {
    /// The name of its folder in the cache and in the state: the hash of its path.
    pub(crate) fn id(&self) -> String {
        let id = ContentHash::of(self.top.as_os_str().as_encoded_bytes()).to_u64();
        format!("{id:016x}")
    }
}

/// Opens the workspace that `folder` (or the current one) lies in.
pub(crate) fn open(folder: Option<&Path>) -> Result<Workspace, Failure> {
    let folder = folder.unwrap_or(Path::new("."));
    let top = repo::top(folder)?;
    // In a hook git says so which index becomes the commit: for `git commit -a` it is not the work tree's own.
    let index = env::var_os("GIT_INDEX_FILE").filter(|path| !path.is_empty());
    let repo = repo::open_with_index(&top, index.as_deref().map(Path::new))?;
    Ok(Workspace {
        top,
        repo,
        cache: None,
    })
}

/// Opens a folder as an editor has it, also where it is only a part of a work tree.
pub(crate) fn of_folder(folder: &Path) -> Result<Workspace, Failure> {
    let repo = repo::open(folder)?;
    let top = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    Ok(Workspace {
        top,
        repo,
        cache: None,
    })
}

/// The engine for a workspace.
pub(crate) fn engine(workspace: &Workspace, flags: Flags, trust: Trust) -> Result<Engine, Failure> {
    let layers = Layers {
        dismissed: dismissed(workspace),
        ..layers(flags)?
    };
    Ok(Engine::open(Arc::clone(&workspace.repo), layers, trust)?)
}

/// What this user dismissed here for themselves; nothing where that cannot be read.
pub(crate) fn dismissed(workspace: &Workspace) -> Vec<FindingId> {
    let store = state::open(workspace).ok();
    let all = store.map_or_else(Vec::new, |store| store.dismissals());
    all.into_iter().map(|one| one.finding).collect()
}

/// Every layer above the workspace's own file.
pub(crate) fn layers(flags: Flags) -> Result<Layers, Failure> {
    let environment = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("OBELUS_"))
        .collect();
    Ok(Layers {
        user: user()?,
        environment,
        flags,
        ..Layers::default()
    })
}

fn user() -> Result<Option<Source>, Failure> {
    let Some(path) = places::user_config() else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Source {
            name: path.display().to_string(),
            text,
        })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::outside(
            format_args!("cannot read {}: {error}", path.display()),
            "make it readable, or name another file in OBELUS_CONFIG",
        )),
    }
}

/// Which version of the workspace's own files is believed for a review of `scope`, and what the user should know of it.
pub(crate) fn trust(
    repo: &dyn Repo,
    scope: &Scope,
    given: bool,
) -> Result<(Trust, Vec<String>), Failure> {
    if given || is_set("OBELUS_TRUST") || !is_set("CI") {
        return Ok((Trust::Worktree, Vec::new()));
    }
    // An audit has no base: the commit that was checked out is the nearest thing.
    let base = match scope {
        Scope::All | Scope::Worktree | Scope::Staged => repo.head()?,
        _ => None,
    };
    let plain = matches!(scope, Scope::All);
    let change = if plain {
        None
    } else {
        Some(repo.change(scope, &Cancel::new())?)
    };
    let base = base.or_else(|| change.as_ref().and_then(|change| change.base.clone()));
    let Some(base) = base else {
        let note = "CI is set and there is no base revision: obelus.toml and .obelus/ are not read (--trust reads them)";
        return Ok((Trust::None, vec![note.to_owned()]));
    };
    let files = change.iter().flat_map(|change| &change.files);
    let touched: Vec<_> = files
        .map(|file| file.path.as_str())
        .filter(|path| *path == "obelus.toml" || path.starts_with(".obelus/"))
        .collect();
    let mut notes = Vec::new();
    if let Some(first) = touched.first() {
        let others = match touched.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let short = base.get(..12).unwrap_or(&base);
        notes.push(format!(
            "this change touches {first}{others}: in CI configuration and rules are read from its base {short} (--trust reads the change's own)"
        ));
    }
    Ok((Trust::At(At::Commit(base)), notes))
}

/// Whether a switch in the environment is on.
pub(crate) fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0" && value != "false")
}
