//! `obelus lsp`: the language server's process. Standard output belongs to the protocol; everything else goes to the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::History;
use base::model::{ModelName, Role};
use base::search::LiveIndex;
use base::store::Seconds;
use base::{Conversations, KnownLog, Log, Store, calendar};
use lsp::{Host, Opening, Spend, Watch};
use review::{Engine, Flags, Layers, ModelReview, Trust};

use crate::args;
use crate::commands::usage;
use crate::models::{self, Keys};
use crate::status::{Failure, Status};
use crate::{knowledge, live_index, log, pages, parent, state, telemetry, workspace};

/// How long one file may be parsed while somebody types.
const PARSE_DEADLINE: Duration = Duration::from_millis(250);
/// Threads of the runtime: they pass messages on; the work is done by the pool. Each more costs memory of its own.
const THREADS: usize = 1;

/// Serves until the client says `exit`, goes away, or its process ends. Does not return when it has served: reading
/// standard input blocks a thread that nothing can wake, so the process is ended here.
pub(crate) fn run(args: &args::Lsp) -> Result<Status, Failure> {
    log::start(args.log_file.as_deref(), args.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("obelus-lsp")
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::outside(error, "are there enough resources to start a program?")
        })?;
    let ended = runtime.block_on(lsp::serve(
        tokio::io::stdin(),
        tokio::io::stdout(),
        Arc::new(Process),
    ));
    tracing::info!(?ended, "the session is over");
    telemetry::end();
    std::process::exit(ended.exit_code());
}

/// This process, as the server sees it.
struct Process;

impl Host for Process {
    fn ease(&self) {
        live_index::give_back(false);
    }

    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn open(&self, folder: &Path, opening: &Opening) -> Result<Arc<Engine>, String> {
        let flags = Flags {
            parse_deadline: Some(PARSE_DEADLINE),
            profile: opening.profile.clone(),
            ..Flags::default()
        };
        let trust = if opening.untrusted {
            Trust::None
        } else {
            Trust::Worktree
        };
        let engine = || -> Result<Engine, Failure> {
            let workspace = workspace::of_folder(folder)?;
            let layers = Layers {
                editor: opening.settings.clone(),
                dismissed: workspace::dismissed(&workspace),
                ..workspace::layers(flags)?
            };
            Ok(Engine::open(workspace.repo, layers, trust)?)
        };
        let engine = engine().map_err(|failure| failure.plain())?;
        telemetry::start(engine.settings());
        Ok(Arc::new(engine))
    }

    fn folder_of(&self, file: &Path) -> Option<PathBuf> {
        // The file, and even its folder, may not be on disk yet.
        let folder = file.ancestors().skip(1).find(|folder| folder.is_dir())?;
        repo::top(folder).ok()
    }

    fn rule_page(&self, engine: &Engine, rule: &str) -> Option<String> {
        let page = engine.catalogue().page(rule)?;
        match pages::write(rule, &page) {
            Ok(file) => Some(file_uri(&file)),
            Err(error) => {
                tracing::warn!(%error, rule, "cannot write the rule's page");
                None
            }
        }
    }

    fn watch(
        &self,
        folder: &Path,
        changed: Box<dyn Fn(Vec<PathBuf>) + Send + Sync>,
    ) -> Option<Box<dyn Watch>> {
        match repo::watch(folder, changed) {
            Ok(watcher) => Some(Box::new(Watcher(watcher))),
            Err(error) => {
                tracing::warn!(%error, "cannot watch the folder; changes outside the editor are seen on the next review");
                None
            }
        }
    }

    fn index(&self, folder: &Path) -> Result<Option<Arc<dyn LiveIndex>>, String> {
        match knowledge::open_live(folder) {
            Ok(index) => Ok(index.map(|index| Arc::new(index) as Arc<dyn LiveIndex>)),
            Err(failure) => Err(failure.plain()),
        }
    }

    fn history(&self, folder: &Path, base: Option<&str>) -> Arc<dyn History> {
        knowledge::live_history(folder, base)
    }

    fn model(
        &self,
        engine: &Arc<Engine>,
        folder: &Path,
        role: Role,
        wanted: Option<&str>,
    ) -> Result<Option<ModelReview>, String> {
        let named = match wanted {
            Some(name) => Some(ModelName::parse(name).ok_or_else(|| {
                format!("`{name}` names no model; write `provider/model`, or `none`")
            })?),
            None => None,
        };
        let open = || {
            let store = state::open(&workspace::of_folder(folder)?)?;
            models::of_role(engine, store, role, named, Keys::Found)
        };
        open().map_err(|failure: Failure| failure.plain())
    }

    fn log(&self, folder: &Path) -> Arc<dyn Log> {
        match repo::open_log(folder) {
            Ok(log) => Arc::new(log),
            Err(error) => {
                tracing::warn!(%error, "without what was written about commits");
                Arc::new(KnownLog::default())
            }
        }
    }

    fn store(&self, folder: &Path) -> Option<Arc<dyn Store>> {
        let workspace = workspace::of_folder(folder).ok()?;
        Some(state::open(&workspace).ok()?)
    }

    fn conversations(&self, folder: &Path) -> Option<Arc<dyn Conversations>> {
        let workspace = workspace::of_folder(folder).ok()?;
        Some(state::open(&workspace).ok()?)
    }

    fn usage(&self, engine: &Engine, folder: &Path) -> Result<serde_json::Value, String> {
        let told = || usage::json(engine, &*state::open(&workspace::of_folder(folder)?)?);
        told().map_err(|failure: Failure| failure.plain())
    }

    fn now(&self) -> Seconds {
        usage::now()
    }

    fn page(&self, name: &str, text: &str) -> Option<String> {
        match pages::write_text(name, text) {
            Ok(file) => Some(file_uri(&file)),
            Err(error) => {
                tracing::warn!(%error, name, "cannot write a text to be read");
                None
            }
        }
    }

    fn spend(&self, engine: &Engine, folder: &Path) -> Spend {
        let today = || {
            let store = state::open(&workspace::of_folder(folder).ok()?).ok()?;
            let spent = store.spend(calendar::day_start(usage::now())).ok()?;
            let known = (spent.iter()).filter_map(|spend| spend.usage.cost_micro_usd);
            Some(known.sum())
        };
        let dollars = |micro: u64| micro as f64 / 1e6;
        Spend {
            today_usd: dollars(today().unwrap_or(0)),
            budget_usd: engine.settings().budget.limits.day_micro_usd.map(dollars),
        }
    }

    fn watch_parent(&self, pid: u32) {
        parent::watch(pid, || {
            tracing::warn!("the editor's process is gone");
            telemetry::end();
            std::process::exit(1);
        });
    }
}

struct Watcher(repo::Watcher);

impl Watch for Watcher {
    fn follow(&self, folders: &[String]) -> bool {
        self.0.follow(folders)
    }
}

/// The `file:` address of an absolute path.
fn file_uri(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    // A drive is the first component of an address on Windows.
    let mut uri = String::from(if path.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            b':' if cfg!(windows) => uri.push(':'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::file_uri;

    #[cfg(unix)]
    #[test]
    fn addresses_are_encoded() {
        assert_eq!(
            file_uri(Path::new("/home/a b/ü#.md")),
            "file:///home/a%20b/%C3%BC%23.md"
        );
    }
}
