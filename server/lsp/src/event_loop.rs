//! The one owner of all state. Takes events in the order they came; never waits for the client, a disk or a worker.
//!
//! Handling an event is bounded work on memory. Everything else is a job on the pool whose result comes back as an event
//! and carries the generation it was made for: what has been overtaken is dropped. An event that panics costs its own
//! request and nothing else.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use base::{Cancel, Finding};
use review::Engine;
use ropey::Rope;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tower_lsp::Client;

use crate::check::{self, Checked, Job};
use crate::document::{Base, OpenDocument};
use crate::encoding::Encoding;
use crate::findings::remap;
use crate::folders::{self, Folder};
use crate::host::{Host, Opening};
use crate::options::{Abilities, Options};
use crate::outbox::Outbox;
use crate::proto::types::{
    ChangeNotifications, CodeAction, CodeActionKind, CodeActionOptions, CodeActionParams,
    CodeActionProvider, CodeActionResponse, DidChangeTextDocumentParams, ExecuteCommandOptions,
    ExecuteCommandParams, Hover, HoverParams, HoverProvider, InitializeParams, InitializeResult,
    LspAny, ProgressToken, PublishDiagnosticsParams, Registration, ServerCapabilities, ServerInfo,
    TextDocumentItem, TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
    WorkspaceFoldersChangeEvent, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use crate::proto::{Result, View, diagnostic};
use crate::review_job::{self, ReviewDone, Running, Wanted};
use crate::{actions, commands, hover, uri};

/// Where the answer to a request goes; closed when the client cancelled it.
pub(crate) type Reply<T> = oneshot::Sender<Result<T>>;

/// A turn of the loop longer than this is worth a line in the log.
const SLOW_TURN_MS: u128 = 100;

pub(crate) enum Event {
    Initialized,
    ShutDown,
    Open(TextDocumentItem),
    Change(DidChangeTextDocumentParams),
    Close(Uri),
    Folders(WorkspaceFoldersChangeEvent),
    Configuration(Value),
    /// The client's answer: one value a folder, by folder id.
    Configured(Vec<(u64, Value)>),
    /// Paths that changed on disk.
    Watched(Vec<String>),
    CancelProgress(ProgressToken),
    /// The folder of a file that lay in none: (its path, its folder's).
    Located(Option<String>),
    /// A folder was opened: (folder, opening, engine or what is wrong, its watch).
    Opened(
        u64,
        u64,
        std::result::Result<Arc<Engine>, String>,
        Option<Box<dyn Send>>,
    ),
    /// Typing has paused: (document, generation).
    Due(String, u64),
    /// A check is through: (document, generation, result).
    Checked(String, u64, Box<Checked>),
    ReviewDone(Box<ReviewDone>),
    CodeActions(CodeActionParams, Reply<Vec<CodeActionResponse>>),
    Resolve(Box<CodeAction>, Reply<CodeAction>),
    Hover(HoverParams, Reply<Option<Hover>>),
    Command(ExecuteCommandParams, Reply<LspAny>),
}

/// An open document and what is shown of it.
pub(crate) struct Open {
    /// As the client wrote it.
    pub(crate) document: OpenDocument,
    pub(crate) findings: Vec<Finding>,
    /// The generation that the last check was started for.
    started: Option<u64>,
    timer: Option<JoinHandle<()>>,
}

pub(crate) struct Loop {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) outbox: Outbox,
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) options: Options,
    pub(crate) folders: Vec<Folder>,
    /// By the client's URI.
    pub(crate) open: HashMap<String, Open>,
    /// Files that are not open and have diagnostics from a review: URI and folder.
    pub(crate) unopened: HashMap<String, u64>,
    pub(crate) running: HashMap<String, Running>,
    /// Reviews that were asked for while their folder was still being opened.
    pub(crate) waiting: Vec<Wanted>,
    pub(crate) next_id: u64,
}

impl Loop {
    pub(crate) fn new(
        params: InitializeParams,
        client: Client,
        host: Arc<dyn Host>,
        events: mpsc::UnboundedSender<Event>,
    ) -> std::result::Result<(Self, InitializeResult), String> {
        let options = Options::read(&params)?;
        let encoding = Encoding::negotiate(&params.capabilities);
        let abilities = Abilities::of(&params.capabilities);
        if let Some(pid) = params.process_id.and_then(|pid| u32::try_from(pid).ok()) {
            host.watch_parent(pid);
        }
        let version = host.version();
        let mut state = Self {
            host,
            events,
            outbox: Outbox::new(client),
            encoding,
            abilities,
            options,
            folders: Vec::new(),
            open: HashMap::new(),
            unopened: HashMap::new(),
            running: HashMap::new(),
            waiting: Vec::new(),
            next_id: 0,
        };
        for uri in roots(&params) {
            state.add_folder(uri);
        }
        Ok((
            state,
            InitializeResult {
                capabilities: capabilities(encoding),
                server_info: Some(ServerInfo {
                    name: "obelus".to_owned(),
                    version: Some(version),
                }),
            },
        ))
    }

    pub(crate) async fn run(mut self, mut events: mpsc::UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            let began = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| self.handle(event))).is_err() {
                tracing::error!("handling an event panicked");
            }
            let took = began.elapsed().as_millis();
            if took > SLOW_TURN_MS {
                tracing::warn!(took, "a turn of the loop was slow");
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Initialized => self.initialized(),
            Event::ShutDown => self.shut_down(),
            Event::Open(item) => self.opened(item),
            Event::Change(params) => self.changed(params),
            Event::Close(uri) => self.closed(&uri.0),
            Event::Folders(event) => self.folders_changed(event),
            Event::Configuration(settings) => self.configuration_changed(&settings),
            Event::Configured(values) => self.configured(values),
            Event::Watched(paths) => self.watched(&paths),
            Event::CancelProgress(token) => self.cancel_progress(&token),
            Event::Located(folder) => self.located(folder),
            Event::Opened(folder, opening, engine, watcher) => {
                self.folder_opened(folder, opening, engine, watcher)
            }
            Event::Due(uri, generation) => self.due(&uri, generation),
            Event::Checked(uri, generation, checked) => self.checked(&uri, generation, *checked),
            Event::ReviewDone(done) => self.review_done(*done),
            Event::CodeActions(params, reply) => {
                reply.send(Ok(actions::list(self, &params))).ok();
            }
            Event::Resolve(action, reply) => actions::resolve(self, *action, reply),
            Event::Hover(params, reply) => {
                reply.send(Ok(hover::at(self, &params))).ok();
            }
            Event::Command(params, reply) => commands::run(self, params, reply),
        }
    }

    // Life of the server

    fn initialized(&mut self) {
        if self.abilities.file_events {
            let globs = [
                "**/obelus.toml",
                "**/.obelus/**",
                "**/.git/HEAD",
                "**/.git/index",
                "**/.git/refs/**",
            ];
            let watchers: Vec<_> = globs
                .iter()
                .map(|glob| json!({ "globPattern": glob }))
                .collect();
            self.outbox.register(vec![Registration {
                id: "obelus-watch".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: Some(json!({ "watchers": watchers })),
            }]);
        }
        let ids: Vec<u64> = self.folders.iter().map(|folder| folder.id).collect();
        for id in ids {
            self.open_folder(id);
        }
        self.ask_for_configuration();
        self.tell_status(None);
    }

    fn shut_down(&mut self) {
        for (_, running) in self.running.drain() {
            running.cancel.cancel();
        }
        for open in self.open.values_mut() {
            open.timer.take().inspect(JoinHandle::abort);
        }
        self.open.clear();
    }

    /// Sends `obelus/status` where the client wants it.
    pub(crate) fn tell_status(&self, error: Option<&str>) {
        if self.options.status {
            self.outbox.status(self.status(error));
        }
    }

    pub(crate) fn status(&self, error: Option<&str>) -> Value {
        let opening = self.folders.iter().any(|folder| folder.engine.is_none());
        let state = match error {
            Some(_) => "error",
            None if !self.running.is_empty() => "reviewing",
            None if opening && !self.folders.is_empty() => "starting",
            None => "idle",
        };
        json!({
            "state": state,
            "message": error.unwrap_or_default(),
            "index": { "files": 0, "done": 0 },
            "model": { "name": null, "ready": false },
            "spend": { "today_usd": 0, "budget_usd": null },
        })
    }

    // Folders

    fn add_folder(&mut self, uri: String) -> Option<u64> {
        self.next_id += 1;
        let folder = Folder::new(self.next_id, uri, self.options.settings.clone())?;
        if self.folders.iter().any(|known| known.path == folder.path) {
            return None;
        }
        self.folders.push(folder);
        Some(self.next_id)
    }

    fn folder(&mut self, id: u64) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.id == id)
    }

    /// Opens (or opens again) a folder's engine on the pool.
    fn open_folder(&mut self, id: u64) {
        let (host, events, own_watch) = (
            Arc::clone(&self.host),
            self.events.clone(),
            !self.abilities.file_events,
        );
        let untrusted = self.options.untrusted;
        let Some(folder) = self.folder(id) else {
            return;
        };
        folder.opening += 1;
        let (opening, path) = (folder.opening, std::path::PathBuf::from(&folder.path));
        let request = Opening {
            untrusted,
            settings: folder.settings.clone(),
        };
        let watch = own_watch && folder.watcher.is_none();
        rayon::spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(|| host.open(&path, &request)));
            let engine = opened.unwrap_or_else(|_| {
                Err("opening the folder panicked; please report this".to_owned())
            });
            let told = events.clone();
            let watcher = watch.then(|| {
                host.watch(
                    &path,
                    Box::new(move |paths| {
                        let paths = paths
                            .iter()
                            .map(|path| path.to_string_lossy().replace('\\', "/"))
                            .collect();
                        told.send(Event::Watched(paths)).ok();
                    }),
                )
            });
            events
                .send(Event::Opened(id, opening, engine, watcher.flatten()))
                .ok();
        });
    }

    fn folder_opened(
        &mut self,
        id: u64,
        opening: u64,
        engine: std::result::Result<Arc<Engine>, String>,
        watcher: Option<Box<dyn Send>>,
    ) {
        let Some(folder) = self.folder(id) else {
            return;
        };
        if folder.watcher.is_none() {
            folder.watcher = watcher;
        }
        if folder.opening != opening {
            return;
        }
        folder.failed = engine.is_err();
        match engine {
            Ok(engine) => {
                let problems = engine.problems().to_vec();
                folder.pages.clear();
                folder.engine = Some(engine);
                for problem in problems {
                    self.outbox.log(problem);
                }
                self.tell_status(None);
            }
            Err(message) => {
                // The last good configuration goes on; without one this folder is silent and says why, once.
                self.outbox.show_warning(format!("Obelus: {message}"));
                self.tell_status(Some(&message));
            }
        }
        self.check_folder(id, false);
        for wanted in std::mem::take(&mut self.waiting) {
            review_job::start(self, wanted);
        }
    }

    fn folders_changed(&mut self, event: WorkspaceFoldersChangeEvent) {
        for removed in event.removed {
            let Some(at) = self
                .folders
                .iter()
                .position(|folder| folder.uri == removed.uri.0)
            else {
                continue;
            };
            let folder = self.folders.remove(at);
            folder.review.inspect(Cancel::cancel);
            self.clear_unopened(folder.id);
            let orphans: Vec<String> = self
                .open
                .keys()
                .filter(|uri| self.owner(uri).is_none())
                .cloned()
                .collect();
            for uri in orphans {
                self.set_findings(&uri, Vec::new());
            }
        }
        for added in event.added {
            if let Some(id) = self.add_folder(added.uri.0) {
                self.open_folder(id);
            }
        }
        self.ask_for_configuration();
    }

    fn located(&mut self, folder: Option<String>) {
        let Some(path) = folder else { return };
        if let Some(id) = self.add_folder(uri::from_path(&path)) {
            self.open_folder(id);
        }
    }

    /// The folder that owns a document, and its path there.
    pub(crate) fn owner(&self, uri: &str) -> Option<(&Folder, base::RelPath)> {
        folders::owner(&self.folders, &uri::to_path(uri)?)
    }

    // Configuration and files

    fn ask_for_configuration(&self) {
        if !self.abilities.configuration || self.folders.is_empty() {
            return;
        }
        let (ids, uris): (Vec<u64>, Vec<String>) = self
            .folders
            .iter()
            .map(|folder| (folder.id, folder.uri.clone()))
            .unzip();
        let events = self.events.clone();
        self.outbox.configuration(uris, move |values| {
            events
                .send(Event::Configured(ids.into_iter().zip(values).collect()))
                .ok();
        });
    }

    fn configured(&mut self, values: Vec<(u64, Value)>) {
        for (id, value) in values {
            // An empty answer is what clients send that know nothing of us.
            let given = value
                .as_object()
                .is_some_and(|settings| !settings.is_empty());
            let fallback = self.options.settings.clone();
            let Some(folder) = self.folder(id) else {
                continue;
            };
            let settings = if given { Some(value) } else { fallback };
            if folder.settings != settings {
                folder.settings = settings;
                self.open_folder(id);
            }
        }
    }

    fn configuration_changed(&mut self, settings: &Value) {
        if self.abilities.configuration {
            return self.ask_for_configuration();
        }
        let own = settings.get("obelus").unwrap_or(settings);
        if own.is_object() {
            let values = self
                .folders
                .iter()
                .map(|folder| (folder.id, own.clone()))
                .collect();
            self.configured(values);
        }
    }

    fn watched(&mut self, paths: &[String]) {
        let (mut reopen, mut recheck) = (Vec::new(), Vec::new());
        for folder in &self.folders {
            let mut own = paths
                .iter()
                .filter_map(|path| path.strip_prefix(&folder.path))
                .filter(|below| below.starts_with('/'));
            if own
                .clone()
                .any(|below| below.ends_with("/obelus.toml") || below.contains("/.obelus/"))
            {
                reopen.push(folder.id);
            } else if own.any(|below| below.contains("/.git/"))
                || paths.iter().any(|path| path.contains("/.git/"))
            {
                recheck.push(folder.id);
            }
        }
        for id in reopen {
            self.open_folder(id);
        }
        for id in recheck {
            self.check_folder(id, true);
        }
    }

    /// Checks every open document of a folder anew; `forget_base` where HEAD may have moved.
    fn check_folder(&mut self, id: u64, forget_base: bool) {
        let uris: Vec<String> = self
            .open
            .keys()
            .filter(|uri| self.owner(uri).is_some_and(|(folder, _)| folder.id == id))
            .cloned()
            .collect();
        for uri in uris {
            if let Some(open) = self.open.get_mut(&uri) {
                open.document.generation += 1;
                if forget_base {
                    open.document.base = Base::Unknown;
                }
            }
            self.start_check(&uri);
        }
    }

    // Documents

    fn opened(&mut self, item: TextDocumentItem) {
        let uri = item.uri.0;
        let document = OpenDocument::new(item.version, item.text);
        self.unopened.remove(&uri);
        self.open.insert(
            uri.clone(),
            Open {
                document,
                findings: Vec::new(),
                started: None,
                timer: None,
            },
        );
        if self.owner(&uri).is_none()
            && let Some(path) = uri::to_system_path(&uri)
        {
            let (host, events) = (Arc::clone(&self.host), self.events.clone());
            rayon::spawn(move || {
                let folder = host
                    .folder_of(&path)
                    .map(|folder| folder.to_string_lossy().replace('\\', "/"));
                events.send(Event::Located(folder)).ok();
            });
        }
        self.start_check(&uri);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let (uri, version) = (
            params.text_document.text_document_identifier.uri.0,
            params.text_document.version,
        );
        let Some(open) = self.open.get_mut(&uri) else {
            return tracing::warn!(uri, "an edit of a document that is not open");
        };
        let dropped = match open
            .document
            .apply(version, params.content_changes, self.encoding)
        {
            Some(changes) => remap(&mut open.findings, &changes),
            None => {
                let any = !open.findings.is_empty();
                open.findings.clear();
                any
            }
        };
        let (generation, delay) = (open.document.generation, self.options.debounce);
        open.timer.take().inspect(JoinHandle::abort);
        if delay.is_zero() {
            self.start_check(&uri);
        } else {
            let (events, due) = (self.events.clone(), uri.clone());
            open.timer = Some(tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                events.send(Event::Due(due, generation)).ok();
            }));
            if dropped {
                self.publish(&uri);
            }
        }
    }

    fn closed(&mut self, uri: &str) {
        let Some(open) = self.open.remove(uri) else {
            return;
        };
        open.timer.inspect(JoinHandle::abort);
        self.outbox.diagnostics(PublishDiagnosticsParams {
            uri: Uri(uri.to_owned()),
            version: None,
            diagnostics: Vec::new(),
        });
    }

    fn due(&mut self, uri: &str, generation: u64) {
        if self
            .open
            .get(uri)
            .is_some_and(|open| open.document.generation == generation)
        {
            self.start_check(uri);
        }
    }

    /// Hands the document as it is to a worker, unless one has it: then its return starts the next.
    fn start_check(&mut self, uri: &str) {
        let Some((folder, path)) = self.owner(uri) else {
            return;
        };
        let Some(engine) = folder.engine.clone() else {
            return;
        };
        let (host, events) = (Arc::clone(&self.host), self.events.clone());
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        let document = &mut open.document;
        if document.busy || document.desynced || open.started == Some(document.generation) {
            return;
        }
        open.started = Some(document.generation);
        let generation = document.generation;
        let job = Job {
            path,
            engine,
            host,
            snapshot: document.snapshot(),
            base: document.base.clone(),
            opened: document.opened.clone(),
        };
        let uri = uri.to_owned();
        rayon::spawn(move || {
            let checked = check::run(job);
            events
                .send(Event::Checked(uri, generation, Box::new(checked)))
                .ok();
        });
    }

    fn checked(&mut self, uri: &str, generation: u64, checked: Checked) {
        for (rule, page) in checked.pages {
            let id = self.owner(uri).map(|(folder, _)| folder.id);
            if let Some(folder) = id.and_then(|id| self.folder(id)) {
                folder.pages.insert(rule, page);
            }
        }
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        // The document may have been closed and opened again: then this is an answer to nobody.
        if open.started != Some(generation) {
            return;
        }
        let document = &mut open.document;
        document.busy = false;
        match checked.document {
            // A whole new text came meanwhile: the snapshot is no place to start from.
            Some(parsed) if document.since.is_some() => document.parsed = Some(parsed),
            _ => (document.parsed, document.since) = (None, None),
        }
        if document.generation != generation {
            let waiting = open
                .timer
                .as_ref()
                .is_some_and(|timer| !timer.is_finished());
            if !waiting {
                self.start_check(uri);
            }
            return;
        }
        document.base = checked.base;
        self.set_findings(uri, checked.findings);
    }

    /// Shows these findings of an open document.
    pub(crate) fn set_findings(&mut self, uri: &str, findings: Vec<Finding>) {
        if let Some(open) = self.open.get_mut(uri) {
            open.findings = findings;
            self.publish(uri);
        }
    }

    fn publish(&self, uri: &str) {
        let Some(open) = self.open.get(uri) else {
            return;
        };
        let pages = self.owner(uri).map(|(folder, _)| &folder.pages);
        let view = View {
            encoding: self.encoding,
            abilities: self.abilities,
            rope: &open.document.rope,
            uri,
            page: &|finding| pages.and_then(|pages| pages.get(&finding.rule)).cloned(),
            other: &|_| None,
        };
        let diagnostics = open
            .findings
            .iter()
            .map(|finding| diagnostic(finding, &view))
            .collect();
        let version = Some(open.document.version);
        self.outbox.diagnostics(PublishDiagnosticsParams {
            uri: Uri(uri.to_owned()),
            version,
            diagnostics,
        });
    }

    /// Takes back what a review said about files that are not open.
    pub(crate) fn clear_unopened(&mut self, folder: u64) {
        let uris: Vec<String> = self
            .unopened
            .iter()
            .filter(|(_, owner)| **owner == folder)
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in uris {
            self.unopened.remove(&uri);
            self.outbox.diagnostics(PublishDiagnosticsParams {
                uri: Uri(uri),
                version: None,
                diagnostics: Vec::new(),
            });
        }
    }

    /// Shows findings of a file that is not open.
    pub(crate) fn show_unopened(
        &mut self,
        folder: u64,
        uri: String,
        findings: &[&Finding],
        text: &str,
        pages: &HashMap<base::RuleId, String>,
    ) {
        let rope = Rope::from_str(text);
        let view = View {
            encoding: self.encoding,
            abilities: self.abilities,
            rope: &rope,
            uri: &uri,
            page: &|finding| pages.get(&finding.rule).cloned(),
            other: &|_| None,
        };
        let diagnostics = findings
            .iter()
            .map(|finding| diagnostic(finding, &view))
            .collect();
        self.outbox.diagnostics(PublishDiagnosticsParams {
            uri: Uri(uri.clone()),
            version: None,
            diagnostics,
        });
        self.unopened.insert(uri, folder);
    }
}

/// The folders of the workspace: `workspaceFolders`, else the older ways to name one.
fn roots(params: &InitializeParams) -> Vec<String> {
    let value = serde_json::to_value(params).unwrap_or_default();
    let text = |pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let folders = value.pointer("/workspaceFolders").and_then(Value::as_array);
    let folders: Vec<String> = folders
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.get("uri").and_then(Value::as_str).map(str::to_owned))
        .collect();
    if !folders.is_empty() {
        return folders;
    }
    let root = text("/rootUri")
        .or_else(|| text("/rootPath").map(|path| uri::from_path(&path.replace('\\', "/"))));
    root.into_iter().collect()
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QuickFix,
                CodeActionKind::Custom(actions::FIX_ALL.into()),
            ]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::ALL
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            file_operations: None,
            text_document_content: None,
        }),
        ..ServerCapabilities::default()
    }
}
