//! What the server needs of the process it runs in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use review::Engine;

/// How a folder is to be opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// The editor says that the user does not trust this folder: nothing of the workspace's own is read as
    /// configuration or rules.
    pub untrusted: bool,
    /// The editor's settings for this folder, in the shape of `obelus.toml`.
    pub settings: Option<serde_json::Value>,
}

/// The process around the server. Called from worker threads; may block there.
pub trait Host: Send + Sync + 'static {
    /// This program's version, for `serverInfo`.
    fn version(&self) -> String;

    /// An engine for a folder, or what is wrong and what to do, for the user.
    fn open(&self, folder: &Path, opening: &Opening) -> Result<Arc<Engine>, String>;

    /// The folder to open for a file that lies in none: the top of its work tree.
    fn folder_of(&self, file: &Path) -> Option<PathBuf>;

    /// The URI of a rule's page, written down first where need be; `None` where that fails.
    fn rule_page(&self, engine: &Engine, rule: &str) -> Option<String>;

    /// Watches what a folder's findings depend on (HEAD, refs, `obelus.toml`, `.obelus/`) for editors without file
    /// events; dropping the result ends it.
    fn watch(
        &self,
        folder: &Path,
        changed: Box<dyn Fn(Vec<PathBuf>) + Send + Sync>,
    ) -> Option<Box<dyn Send>>;

    /// Ends this process when the editor's (`pid`) is gone.
    fn watch_parent(&self, pid: u32);
}
