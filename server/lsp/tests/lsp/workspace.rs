//! Workspaces in memory, and the process around the server: a `Host` whose folders are fixtures and whose every call
//! can be watched, held up or made to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base::change::SkipReason;
use base::memory::MemoryRepo;
use base::memory_store::MemoryStore;
use base::model::Role;
use base::search::LiveIndex;
use base::{
    At, Cancel, Change, FileChange, FileTexts, RelPath, Repo, RepoError, Scope, Store, Text,
    WorkspaceKind,
};
use lsp::{Host, Opening, Watch};
use review::{Engine, Layers, ModelLimits, ModelReview, Source, Trust};

use crate::index::MemoryIndex;
use crate::model::Silent;

/// A fixture behind a hook that sees every question before it is answered.
pub(crate) struct Fixture {
    repo: Mutex<Arc<MemoryRepo>>,
    kind: WorkspaceKind,
    ignored: BTreeSet<String>,
    head: Mutex<Option<String>>,
    operation: Mutex<Option<&'static str>>,
    hook: Box<dyn Fn(&str) + Send + Sync>,
}

impl Fixture {
    pub(crate) fn new(fixture: &str) -> Self {
        Self {
            repo: Mutex::new(Arc::new(MemoryRepo::fixture(fixture))),
            kind: WorkspaceKind::Git,
            ignored: BTreeSet::new(),
            head: Mutex::default(),
            operation: Mutex::default(),
            hook: Box::new(|_| {}),
        }
    }

    /// No git work tree.
    pub(crate) fn plain_folder(mut self) -> Self {
        self.kind = WorkspaceKind::Folder("not a git work tree".to_owned());
        self
    }

    pub(crate) fn ignoring(mut self, path: &str) -> Self {
        self.ignored.insert(path.to_owned());
        self
    }

    /// Calls `hook` with the name of each question (`change`, `load`, `text`, `head`) on the asking thread.
    pub(crate) fn hooked(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.hook = Box::new(hook);
        self
    }

    /// The files (and HEAD) are other ones from now on.
    pub(crate) fn becomes(&self, fixture: &str) {
        *self.repo.lock().expect("whole") = Arc::new(MemoryRepo::fixture(fixture));
    }

    /// HEAD is another commit from now on.
    pub(crate) fn points_at(&self, commit: &str) {
        *self.head.lock().expect("whole") = Some(commit.to_owned());
    }

    /// It is in the middle of a merge or the like, or no longer.
    pub(crate) fn is_amid(&self, operation: Option<&'static str>) {
        *self.operation.lock().expect("whole") = operation;
    }

    fn now(&self) -> Arc<MemoryRepo> {
        Arc::clone(&self.repo.lock().expect("whole"))
    }
}

impl Repo for Fixture {
    fn kind(&self) -> WorkspaceKind {
        self.kind.clone()
    }

    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        (self.hook)("change");
        if cancel.is_cancelled() {
            return Err(RepoError::Cancelled);
        }
        self.now().change(scope, cancel)
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        (self.hook)("load");
        self.now().load(change, file)
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        (self.hook)("text");
        self.now().text(path, at)
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        self.now().list(folder, at)
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        (self.hook)("head");
        match &*self.head.lock().expect("whole") {
            Some(commit) => Ok(Some(commit.clone())),
            None => self.now().head(),
        }
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        self.ignored.contains(path.as_str())
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        *self.operation.lock().expect("whole")
    }
}

type OnChange = Box<dyn Fn(Vec<PathBuf>) + Send + Sync>;

/// The process around the server.
#[derive(Default)]
pub(crate) struct Process {
    folders: Mutex<BTreeMap<String, Arc<Fixture>>>,
    tops: Mutex<BTreeMap<String, String>>,
    faults: Mutex<BTreeSet<&'static str>>,
    openings: Mutex<Vec<(String, Opening)>>,
    watches: Mutex<Vec<OnChange>>,
    followed: Followed,
    indexes: Mutex<BTreeMap<String, Arc<MemoryIndex>>>,
    parents: Mutex<Vec<u32>>,
    /// A model, the user's configuration that names it, and what a rest is.
    asked: Mutex<Option<(Arc<Silent>, String, Duration)>>,
    pub(crate) store: Arc<MemoryStore>,
    /// Texts that were written to be read: URI and text.
    pub(crate) texts: Mutex<Vec<(String, String)>>,
}

/// 2026-11-20, about noon.
pub(crate) const NOW: base::store::Seconds = 1_795_176_000;

impl Process {
    pub(crate) fn add(&self, path: &str, fixture: Arc<Fixture>) {
        self.folders
            .lock()
            .expect("whole")
            .insert(path.to_owned(), fixture);
    }

    /// Files below `folder` belong to a work tree there.
    pub(crate) fn top(&self, folder: &str) {
        let folder = folder.to_owned();
        self.tops
            .lock()
            .expect("whole")
            .insert(folder.clone(), folder);
    }

    pub(crate) fn has_model(&self, model: Arc<Silent>, user: &str, rest: Duration) {
        let asked = (model, user.to_owned(), rest);
        *self.asked.lock().expect("whole") = Some(asked);
    }

    /// The named call (`open`, `page`, `watch`, `folder_of`) panics from now on.
    pub(crate) fn panics_in(&self, call: &'static str) {
        self.faults.lock().expect("whole").insert(call);
    }

    /// What was opened, in order.
    pub(crate) fn openings(&self) -> Vec<(String, Opening)> {
        self.openings.lock().expect("whole").clone()
    }

    /// Processes that are watched.
    pub(crate) fn parents(&self) -> Vec<u32> {
        self.parents.lock().expect("whole").clone()
    }

    /// Tells every watch that these paths changed.
    pub(crate) fn touched(&self, paths: &[&str]) {
        for watch in self.watches.lock().expect("whole").iter() {
            watch(paths.iter().map(PathBuf::from).collect());
        }
    }

    /// The index of a folder.
    pub(crate) fn index(&self, path: &str, index: Arc<MemoryIndex>) {
        let mut indexes = self.indexes.lock().expect("whole");
        indexes.insert(path.to_owned(), index);
    }

    /// The folders that were to be followed, each time they were named.
    pub(crate) fn followed(&self) -> Vec<Vec<String>> {
        self.followed.lock().expect("whole").clone()
    }

    fn called(&self, call: &'static str) {
        let faulty = self.faults.lock().expect("whole").contains(call);
        assert!(!faulty, "injected: {call}");
    }
}

impl Host for Process {
    fn version(&self) -> String {
        "1.2.3".to_owned()
    }

    fn open(&self, folder: &Path, opening: &Opening) -> Result<Arc<Engine>, String> {
        let folder = folder.to_string_lossy().into_owned();
        self.openings
            .lock()
            .expect("whole")
            .push((folder.clone(), opening.clone()));
        self.called("open");
        let repo = self.folders.lock().expect("whole").get(&folder).cloned();
        let repo = repo.ok_or_else(|| format!("{folder}: no such folder"))?;
        let asked = self.asked.lock().expect("whole");
        let user = asked.as_ref().map(|(_, text, _)| Source {
            name: "config.toml".to_owned(),
            text: text.clone(),
        });
        let layers = Layers {
            user,
            editor: opening.settings.clone(),
            dismissed: (self.store.dismissals().into_iter())
                .map(|dismissal| dismissal.finding)
                .collect(),
            flags: review::Flags {
                profile: opening.profile.clone(),
                ..review::Flags::default()
            },
            ..Layers::default()
        };
        let trust = if opening.untrusted {
            Trust::None
        } else {
            Trust::Worktree
        };
        Engine::open(repo, layers, trust)
            .map(Arc::new)
            .map_err(|problems| {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                lines.join("\n")
            })
    }

    fn rest(&self) -> Duration {
        let asked = self.asked.lock().expect("whole");
        asked
            .as_ref()
            .map_or(Duration::from_secs(20), |(_, _, rest)| *rest)
    }

    fn model(
        &self,
        engine: &Arc<Engine>,
        _: &Path,
        role: Role,
        _: Option<&str>,
    ) -> Result<Option<ModelReview>, String> {
        let asked = self.asked.lock().expect("whole");
        let Some((model, ..)) = asked.as_ref() else {
            return Ok(None);
        };
        let names = engine.settings().models.of(role).to_vec();
        let model = ModelReview::new(Arc::clone(model) as _, names);
        Ok(Some(ModelReview {
            store: Some(Arc::clone(&self.store) as _),
            limits: ModelLimits {
                spend: engine.settings().budget.limits,
                ..ModelLimits::default()
            },
            ..model
        }))
    }

    fn folder_of(&self, file: &Path) -> Option<PathBuf> {
        self.called("folder_of");
        let tops = self.tops.lock().expect("whole");
        let top = tops.keys().find(|top| file.starts_with(top))?;
        Some(PathBuf::from(top))
    }

    fn store(&self, _: &Path) -> Option<Arc<dyn Store>> {
        Some(Arc::clone(&self.store) as Arc<dyn Store>)
    }

    fn usage(&self, _: &Engine, folder: &Path) -> Result<serde_json::Value, String> {
        self.called("usage");
        Ok(serde_json::json!({ "schema": "obelus.usage/1", "folder": folder }))
    }

    fn now(&self) -> base::store::Seconds {
        NOW
    }

    fn page(&self, name: &str, text: &str) -> Option<String> {
        self.called("page");
        let uri = format!("file:///texts/{name}.md");
        let mut texts = self.texts.lock().expect("whole");
        texts.push((uri.clone(), text.to_owned()));
        Some(uri)
    }

    fn rule_page(&self, _: &Engine, rule: &str) -> Option<String> {
        self.called("page");
        Some(format!("file:///pages/{rule}.md"))
    }

    fn watch(&self, _: &Path, changed: OnChange) -> Option<Box<dyn Watch>> {
        self.called("watch");
        self.watches.lock().expect("whole").push(changed);
        Some(Box::new(Following(Arc::clone(&self.followed))))
    }

    fn index(&self, folder: &Path) -> Result<Option<Arc<dyn LiveIndex>>, String> {
        let indexes = self.indexes.lock().expect("whole");
        let index = folder.to_str().and_then(|folder| indexes.get(folder));
        Ok(index.map(|index| Arc::clone(index) as Arc<dyn LiveIndex>))
    }

    fn watch_parent(&self, pid: u32) {
        self.parents.lock().expect("whole").push(pid);
    }
}

/// What was named, each time.
type Followed = Arc<Mutex<Vec<Vec<String>>>>;

/// A watch that remembers what it is to follow.
struct Following(Followed);

impl Watch for Following {
    fn follow(&self, folders: &[String]) -> bool {
        let mut followed = self.0.lock().expect("whole");
        let is_new = followed
            .last()
            .is_none_or(|last| last.len() < folders.len());
        followed.push(folders.to_vec());
        is_new
    }
}

/// A door that threads wait at while it is shut.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<Door>, Condvar)>);

#[derive(Default)]
struct Door {
    shut: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn shut(&self) {
        self.0.0.lock().expect("whole").shut = true;
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().expect("whole").shut = false;
        self.0.1.notify_all();
    }

    /// Waits here while the door is shut.
    pub(crate) fn pass(&self) {
        let mut door = self.0.0.lock().expect("whole");
        door.waiting += 1;
        self.0.1.notify_all();
        while door.shut {
            door = self.0.1.wait(door).expect("whole");
        }
        door.waiting -= 1;
        self.0.1.notify_all();
    }

    /// Returns when so many threads wait at the door.
    pub(crate) fn wait_for(&self, threads: usize) {
        let mut door = self.0.0.lock().expect("whole");
        while door.waiting < threads {
            door = self.0.1.wait(door).expect("whole");
        }
    }
}
