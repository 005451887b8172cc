//! Workspace folders: which engine is responsible for which file.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Cancel, ModelStats, RelPath, RuleId};
use review::Engine;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::around::Around;
use crate::held_back::HeldBack;
use crate::host::Watch;
use crate::indexing::Indexer;
use crate::options::Wishes;
use crate::proposed::Proposed;
use crate::unasked::Unasked;

/// One folder of the workspace.
pub(crate) struct Folder {
    pub(crate) id: u64,
    /// As the client wrote it.
    pub(crate) uri: String,
    /// Its path with `/`, no `/` at the end.
    pub(crate) path: String,
    pub(crate) engine: Option<Arc<Engine>>,
    /// Raised with every opening; an answer to an older one is stale.
    pub(crate) opening: u64,
    /// The last opening that is through.
    pub(crate) opened: u64,
    /// Who waits until the folder is opened as it was asked for last.
    pub(crate) settled: Vec<oneshot::Sender<()>>,
    /// Why the last opening failed, where it did.
    pub(crate) failed: Option<String>,
    /// The editor's settings for it.
    pub(crate) settings: Option<Value>,
    /// What the editor wants of the server there.
    pub(crate) wishes: Wishes,
    /// The commit that HEAD pointed to when that was looked at last.
    pub(crate) head: Option<String>,
    /// Reviews by a model that nobody asked for by hand.
    pub(crate) unasked: Unasked,
    /// URIs of rule pages, as far as they were asked for.
    pub(crate) pages: HashMap<RuleId, String>,
    /// The review that runs in it.
    pub(crate) review: Option<Cancel>,
    /// Ends the watch when dropped.
    pub(crate) watcher: Option<Arc<dyn Watch>>,
    /// Keeps its index; ends when dropped.
    pub(crate) indexer: Option<Indexer>,
    /// Files done and files to do, while the index is worked on.
    pub(crate) indexing: Option<(usize, usize)>,
    /// Files that the index knows.
    pub(crate) indexed: usize,
    /// What a model said in its last review, by file.
    pub(crate) proposed: HashMap<RelPath, Proposed>,
    /// What the last review in which a model took part was like.
    pub(crate) asked: Option<ModelStats>,
    /// What its last review held back.
    pub(crate) held_back: HeldBack,
    /// The texts that a model's evidence points into.
    pub(crate) sources: HashMap<RelPath, ropey::Rope>,
    /// Its checks across files.
    pub(crate) around: Around,
    /// A review of the work tree is shown: also of files that are not open.
    pub(crate) shows_disk: bool,
    /// What was wrong with the index last.
    pub(crate) notice: Option<String>,
    /// The client opened it; otherwise it was found around a file.
    pub(crate) is_chosen: bool,
}

impl Folder {
    pub(crate) fn new(
        id: u64,
        uri: String,
        settings: Option<Value>,
        wishes: Wishes,
    ) -> Option<Self> {
        let path = path_of(&uri)?;
        Some(Self {
            id,
            uri,
            path,
            engine: None,
            opening: 0,
            opened: 0,
            settled: Vec::new(),
            failed: None,
            settings,
            wishes,
            head: None,
            unasked: Unasked::default(),
            pages: HashMap::new(),
            review: None,
            watcher: None,
            indexer: None,
            indexing: None,
            indexed: 0,
            proposed: HashMap::new(),
            asked: None,
            held_back: HeldBack::default(),
            sources: HashMap::new(),
            around: Around::default(),
            shows_disk: false,
            notice: None,
            is_chosen: true,
        })
    }

    /// `path` as seen from this folder, if it is inside.
    pub(crate) fn relative(&self, path: &str) -> Option<RelPath> {
        let below = path
            .strip_prefix(self.path.trim_end_matches('/'))?
            .strip_prefix('/')?;
        RelPath::new(below).ok()
    }
}

/// The path of a folder's URI, without a `/` at its end.
pub(crate) fn path_of(uri: &str) -> Option<String> {
    let path = crate::uri::to_path(uri)?;
    let short = path.trim_end_matches('/');
    Some(if short.is_empty() {
        path
    } else {
        short.to_owned()
    })
}

/// The place of the folder with the longest path that holds `path`, without making a path of the rest.
pub(crate) fn owner_index(folders: &[Folder], path: &str) -> Option<usize> {
    let holds = |folder: &&Folder| {
        path.strip_prefix(folder.path.trim_end_matches('/'))
            .is_some_and(|below| below.starts_with('/'))
    };
    let longest = folders
        .iter()
        .filter(holds)
        .max_by_key(|folder| folder.path.len())?;
    folders.iter().position(|folder| folder.id == longest.id)
}

/// The folder that a path belongs to: the one with the longest path, when several hold it.
pub(crate) fn owner<'a>(folders: &'a [Folder], path: &str) -> Option<(&'a Folder, RelPath)> {
    let holding = folders
        .iter()
        .filter_map(|folder| Some((folder, folder.relative(path)?)));
    holding.max_by_key(|(folder, _)| folder.path.len())
}

#[cfg(test)]
mod tests {
    use super::{Folder, Wishes, owner};

    #[test]
    fn the_longest_folder_owns_a_file() {
        let folder = |id, uri: &str| {
            Folder::new(id, uri.to_owned(), None, Wishes::default()).expect("a folder")
        };
        let folders = [
            folder(1, "file:///w"),
            folder(2, "file:///w/inner/"),
            folder(3, "file:///w/in"),
        ];
        let owner = |path| {
            owner(&folders, path).map(|(folder, path)| (folder.id, path.as_str().to_owned()))
        };
        assert_eq!(owner("/w/a.rs"), Some((1, "a.rs".to_owned())));
        assert_eq!(owner("/w/inner/a.rs"), Some((2, "a.rs".to_owned())));
        assert_eq!(owner("/w/inn/a.rs"), Some((1, "inn/a.rs".to_owned())));
        assert_eq!(owner("/v/a.rs"), None);
        assert_eq!(owner("/w"), None);
    }
}
