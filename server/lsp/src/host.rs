//! What the server needs of the process it runs in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::model::Role;
use base::search::LiveIndex;
use base::store::{Seconds, Store};
use base::{Conversations, History, KnownLog, Log, NoHistory};
use review::{Engine, ModelReview};

/// How a folder is to be opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// The editor says that the user does not trust this folder: nothing of the workspace's own is read as
    /// configuration or rules.
    pub untrusted: bool,
    /// The editor's settings for this folder, in the shape of `obelus.toml`.
    pub settings: Option<serde_json::Value>,
    /// Another profile than the configured one, for a single review.
    pub profile: Option<String>,
}

/// Money for models, in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spend {
    /// Spent since midnight UTC, in all workspaces.
    pub today_usd: f64,
    /// What may be spent in a day; `None` is no limit.
    pub budget_usd: Option<f64>,
}

/// File events of a folder; dropping it ends them.
pub trait Watch: Send + Sync {
    /// The folders whose files count from now on, relative to the one that is watched, "" for itself. Whether there are
    /// any among them that did not count before: what happened there until now was not seen.
    fn follow(&self, folders: &[String]) -> bool;
}

/// The process around the server. Called from worker threads; may block there.
pub trait Host: Send + Sync + 'static {
    /// How long nothing must have been typed before a review that waits for it begins.
    fn rest(&self) -> Duration {
        Duration::from_secs(20)
    }

    /// Much was freed while work goes on: a good moment to give it back.
    fn ease(&self) {}

    /// This program's version, for `serverInfo`.
    fn version(&self) -> String;

    /// An engine for a folder, or what is wrong and what to do, for the user.
    fn open(&self, folder: &Path, opening: &Opening) -> Result<Arc<Engine>, String>;

    /// The folder to open for a file that lies in none: the top of its work tree.
    fn folder_of(&self, file: &Path) -> Option<PathBuf>;

    /// The URI of a rule's page, written down first where need be; `None` where that fails.
    fn rule_page(&self, engine: &Engine, rule: &str) -> Option<String>;

    /// Watches a folder for editors without file events: what its findings depend on (HEAD, refs, `obelus.toml`,
    /// `.obelus/`), and the files in the folders that are to be followed. No paths at all mean that events were lost.
    fn watch(
        &self,
        folder: &Path,
        changed: Box<dyn Fn(Vec<PathBuf>) + Send + Sync>,
    ) -> Option<Box<dyn Watch>>;

    /// The index of a folder as it was left, to be brought up to date by the server; `None` where the folder is not to
    /// be indexed. Never called twice for a folder that is open.
    fn index(&self, _folder: &Path) -> Result<Option<Arc<dyn LiveIndex>>, String> {
        Ok(None)
    }

    /// What the commits of a folder up to `base` (HEAD when not given) tell.
    fn history(&self, _folder: &Path, _base: Option<&str>) -> Arc<dyn History> {
        Arc::new(NoHistory)
    }

    /// The models that do `role` in a folder (the one called `wanted` by the user, where one is), with what they may
    /// use; `None` where none is configured. The server asks for the user's consent before anything is sent.
    fn model(
        &self,
        _engine: &Arc<Engine>,
        _folder: &Path,
        _role: Role,
        _wanted: Option<&str>,
    ) -> Result<Option<ModelReview>, String> {
        Ok(None)
    }

    /// What was written about the commits of a folder.
    fn log(&self, _folder: &Path) -> Arc<dyn Log> {
        Arc::new(KnownLog::default())
    }

    /// What outlives the process in a folder; `None` where nothing can be kept.
    fn store(&self, _folder: &Path) -> Option<Arc<dyn Store>> {
        None
    }

    /// The conversations that were held in a folder; `None` where nothing can be kept.
    fn conversations(&self, _folder: &Path) -> Option<Arc<dyn Conversations>> {
        None
    }

    /// What models were asked and what that cost (`obelus.usage/1`). May read files.
    fn usage(&self, _engine: &Engine, _folder: &Path) -> Result<serde_json::Value, String> {
        Err("nothing is recorded here".to_owned())
    }

    /// The time, for what is kept.
    fn now(&self) -> Seconds;

    /// Writes a Markdown text that the user wants to read, and gives its URI.
    fn page(&self, name: &str, text: &str) -> Option<String>;

    /// What was spent today and what may be, for the status. May read a file.
    fn spend(&self, _engine: &Engine, _folder: &Path) -> Spend {
        Spend::default()
    }

    /// Ends this process when the editor's (`pid`) is gone.
    fn watch_parent(&self, pid: u32);
}
