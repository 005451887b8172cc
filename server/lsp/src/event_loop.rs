//! The one owner of all state. Takes events in the order they came; never waits for the client, a disk or a worker.
//!
//! Handling an event is bounded work on memory. Everything else is a job on the pool whose result comes back as an event
//! and carries the generation it was made for: what has been overtaken is dropped. An event that panics costs its own
//! request and nothing else.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use base::model::Role;
use base::{FindingId, Fix};
use review::Engine;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tower_lsp::Client;
use tracing::Span;

use crate::around::LookedAround;
use crate::check::Checked;
use crate::documents::{Open, Ticket};
use crate::encoding::Encoding;
use crate::folders::Folder;
use crate::handshake::{capabilities, roots};
use crate::host::{Host, Spend, Watch};
use crate::indexing::News;
use crate::long::Running;
use crate::model_job::ReviewPart;
use crate::options::{Abilities, Options};
use crate::outbox::Outbox;
use crate::pool::Pool;
use crate::proto::types::{
    CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CompletionItem,
    DidChangeTextDocumentParams, DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentLink,
    ExecuteCommandParams, Hover, HoverParams, InitializeParams, InitializeResult, LspAny, Position,
    ProgressToken, Registration, ServerInfo, TextDocumentItem, Uri, WorkspaceFoldersChangeEvent,
};
use crate::proto::{Error, Result, failed};
use crate::review_job::ReviewDone;
use crate::selection::Selected;
use crate::shelf::Shelf;
use crate::unasked::Moved;
use crate::unopened::{LookedAt, Unopened};
use crate::{actions, commands, hover, own_files};

/// Where the answer to a request goes; closed when the client cancelled it.
pub(crate) type Reply<T> = oneshot::Sender<Result<T>>;

/// How long folders wait for the client's settings before they are opened without.
const CONFIGURED_WITHIN: Duration = Duration::from_millis(300);

/// A turn of the loop longer than this is worth a line in the log.
const SLOW_TURN_MS: u128 = 100;

pub(crate) enum Event {
    /// For a request that is observed.
    In(Span, Box<Event>),
    Initialized,
    /// Told when everything under way was asked to stop.
    ShutDown(Reply<()>),
    Open(TextDocumentItem),
    Change(DidChangeTextDocumentParams),
    Close(Uri),
    /// What the disk says of a file that is not open.
    LookedAt(Box<LookedAt>),
    Folders(WorkspaceFoldersChangeEvent),
    Configuration(Value),
    /// The client's answer to a question (by its number): one value a folder, by folder id.
    Configured(u64, Vec<(u64, Value)>),
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
        Option<Box<dyn Watch>>,
    ),
    /// The client did not say in time what a folder's settings are.
    Unconfigured,
    /// What a folder's index is about.
    Index(u64, News),
    Saved(Uri),
    /// Files or folders were moved (from, to) or deleted (to nowhere) in the editor.
    Moved(Vec<(Uri, Option<Uri>)>),
    /// Where HEAD of a folder points.
    Head(u64, Moved),
    /// Nothing has been typed in a folder for long, since this generation.
    Idle(u64, u64),
    /// Typing has paused.
    Due(String, Ticket),
    /// All has been quiet in a folder since this generation of its checks across files.
    Quiet(u64, u64),
    /// These checks are through.
    LookedAround(u64, u64, Box<LookedAround>),
    /// A check is through.
    Checked(String, Ticket, Box<Checked>),
    ReviewDone(Box<ReviewDone>),
    /// What a review that asks a model says so far.
    ReviewPart(Box<ReviewPart>),
    /// Money for models, after some was spent.
    Spent(Spend),
    CodeActions(CodeActionParams, Reply<Vec<CodeActionResponse>>),
    /// This question about a document's actions has waited for long enough.
    Patience(String, u64),
    Resolve(Box<CodeAction>, Reply<CodeAction>),
    Hover(HoverParams, Reply<Option<Hover>>),
    Pull(DocumentDiagnosticParams, Reply<DocumentDiagnosticReport>),
    Complete(Uri, Position, Reply<Vec<CompletionItem>>),
    Links(Uri, Reply<Vec<DocumentLink>>),
    Lenses(Uri, Reply<Vec<CodeLens>>),
    Lens(Box<CodeLens>, Reply<CodeLens>),
    Command(ExecuteCommandParams, Reply<LspAny>),
    /// A command that takes long is through.
    Ended(u64),
    /// A model's repair of a finding, for one state of a document.
    Mended(String, Ticket, FindingId, Box<Fix>),
    /// This finding of a folder was dismissed.
    Dismissed(u64, FindingId),
    /// A dismissal was taken back.
    Restored(u64),
    /// Tells when a folder is opened as it was asked for last.
    WhenOpened(u64, oneshot::Sender<()>),
    /// What was found in a selection.
    Selected(Box<Selected>),
    /// The content of a document of ours.
    Content(Uri, Reply<String>),
}

pub(crate) struct Loop {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) outbox: Outbox,
    pub(crate) pool: Pool,
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
    pub(crate) options: Options,
    pub(crate) folders: Vec<Folder>,
    /// By the client's URI.
    pub(crate) open: HashMap<String, Open>,
    /// Files that are not open and have diagnostics from a review, by URI.
    pub(crate) unopened: HashMap<String, Unopened>,
    /// By a number of their own: clients may name two by one token.
    pub(crate) running: HashMap<u64, Running>,
    /// Commands that were called while their folder was still being opened.
    pub(crate) waiting: Vec<(ExecuteCommandParams, Reply<LspAny>, Span)>,
    /// The client was told to ask for code lenses.
    pub(crate) lenses_registered: bool,
    /// Questions about settings: the last that was asked, and the last whose answer counts.
    pub(crate) questions: (AtomicU64, u64),
    /// What the log was told already.
    pub(crate) told: HashSet<String>,
    /// Texts that were made to be read.
    pub(crate) shelf: Shelf,
    pub(crate) next_id: u64,
    /// Money for models.
    pub(crate) spend: Spend,
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
        let (version, code_lens) = (host.version(), options.wishes.code_lens);
        let mut state = Self {
            host,
            events,
            outbox: Outbox::new(client),
            pool: Pool::new(),
            encoding,
            abilities,
            options,
            folders: Vec::new(),
            open: HashMap::new(),
            unopened: HashMap::new(),
            running: HashMap::new(),
            waiting: Vec::new(),
            lenses_registered: false,
            questions: (AtomicU64::new(0), 0),
            told: HashSet::new(),
            shelf: Shelf::default(),
            next_id: 0,
            spend: Spend::default(),
        };
        for uri in roots(&params) {
            state.add_folder(uri);
        }
        Ok((
            state,
            InitializeResult {
                capabilities: capabilities(encoding, abilities, code_lens),
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
            Event::In(span, event) => span.in_scope(|| self.handle(*event)),
            Event::Initialized => self.initialized(),
            Event::ShutDown(reply) => {
                self.shut_down();
                reply.send(Ok(())).ok();
            }
            Event::Open(item) => self.opened(item),
            Event::Change(params) => self.changed(params),
            Event::Close(uri) => self.closed(&uri.0),
            Event::LookedAt(looked) => self.looked_at(&looked),
            Event::Folders(event) => self.folders_changed(event),
            Event::Configuration(settings) => self.configuration_changed(&settings),
            Event::Configured(question, values) => self.answered(question, values),
            Event::Watched(paths) => self.watched(&paths),
            Event::CancelProgress(token) => self.cancel_progress(&token),
            Event::Located(folder) => self.located(folder),
            Event::Opened(folder, opening, engine, watcher) => {
                self.folder_opened(folder, opening, engine, watcher)
            }
            Event::Unconfigured => self.open_unopened(),
            Event::Index(folder, news) => self.index_news(folder, news),
            Event::Saved(uri) => {
                self.saved(&uri.0);
                self.model_after_save(&uri.0);
            }
            Event::Moved(files) => self.files_moved(&files),
            Event::Head(folder, moved) => self.head_is(folder, moved),
            Event::Idle(folder, generation) => self.idle(folder, generation),
            Event::Due(uri, ticket) => self.due(&uri, ticket),
            Event::Quiet(folder, generation) => self.look_around(folder, generation),
            Event::LookedAround(folder, generation, result) => {
                self.looked_around(folder, generation, *result);
            }
            Event::Checked(uri, ticket, checked) => self.checked(&uri, ticket, *checked),
            Event::ReviewDone(done) => self.review_done(*done),
            Event::ReviewPart(part) => self.review_part(*part),
            Event::Spent(spend) => {
                self.spend = spend;
                self.tell_status(None);
            }
            Event::CodeActions(params, reply) => self.code_actions(params, reply),
            Event::Patience(uri, question) => self.out_of_patience(&uri, question),
            Event::Resolve(action, reply) => actions::resolve(self, *action, reply),
            Event::Hover(params, reply) => {
                reply.send(Ok(hover::at(self, &params))).ok();
            }
            Event::Pull(params, reply) => self.pull(params, reply),
            Event::Complete(uri, position, reply) => self.complete(&uri.0, position, reply),
            Event::Links(uri, reply) => self.links(&uri.0, reply),
            Event::Lenses(uri, reply) => self.lenses(&uri.0, reply),
            Event::Lens(lens, reply) => self.lens(*lens, reply),
            Event::Command(params, reply) => commands::run(self, params, reply),
            Event::Ended(id) => {
                self.running.remove(&id);
                self.tell_status(None);
            }
            Event::Mended(uri, ticket, id, fix) => self.mended(&uri, ticket, id, *fix),
            Event::Dismissed(folder, id) => self.dismissed(folder, id),
            Event::Restored(folder) => self.open_folder(folder),
            Event::WhenOpened(folder, waits) => self.tell_when_opened(folder, waits),
            Event::Selected(selected) => self.selected(*selected),
            Event::Content(uri, reply) => {
                let text = self.shelf.get(&uri.0);
                let gone = || failed(format!("there is no {} (any more)", uri.0));
                reply.send(text.ok_or_else(gone)).ok();
            }
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
                "**/.git/packed-refs",
                // For the index.
                "**/*",
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
        let (complete, link) = (
            self.abilities.completes_by_file,
            self.abilities.links_by_file,
        );
        let registrations = own_files::registrations(complete, link);
        if !registrations.is_empty() {
            self.outbox.register(registrations);
        }
        if self.wants_lenses() {
            self.refresh_lenses();
        }
        // What a folder is opened with is what the client says about it, if it does so soon.
        if self.ask_for_configuration() {
            let events = self.events.clone();
            self.outbox.later(CONFIGURED_WITHIN, async move {
                events.send(Event::Unconfigured).ok();
            });
        } else {
            self.open_unopened();
        }
        for problem in std::mem::take(&mut self.options.problems) {
            self.tell_once(problem);
        }
        if self.options.untrusted {
            let text = "Obelus: this workspace is not trusted. Its own configuration, rules and dismissals are not read \
                        and no model is asked; the built-in checks run.";
            self.outbox.show_info(text.to_owned());
        }
        self.tell_status(None);
    }

    fn shut_down(&mut self) {
        for running in self.running.values() {
            running.cancel.cancel();
        }
        for (_, reply, _) in self.waiting.drain(..) {
            reply.send(Err(Error::request_cancelled())).ok();
        }
        for open in self.open.values_mut() {
            open.end();
        }
        self.open.clear();
        for folder in &mut self.folders {
            folder.indexer = None;
        }
    }

    /// Sends `obelus/status` where the client wants it.
    pub(crate) fn tell_status(&self, error: Option<&str>) {
        if self.options.status {
            self.outbox.status(self.status(error));
        }
    }

    pub(crate) fn status(&self, error: Option<&str>) -> Value {
        let unopened = || self.folders.iter().filter(|folder| folder.engine.is_none());
        let failed = unopened().find_map(|folder| folder.failed.as_deref());
        let opening = unopened().any(|folder| folder.failed.is_none());
        let error = error.or(failed);
        let indexing = (self.folders.iter()).filter_map(|folder| folder.indexing);
        let state = match error {
            _ if self.running.values().any(|running| running.is_review) => "reviewing",
            Some(_) => "error",
            None if opening => "starting",
            None if indexing.clone().next().is_some() => "indexing",
            None => "idle",
        };
        let settled = (self.folders.iter()).filter(|folder| folder.indexing.is_none());
        let settled: usize = settled.map(|folder| folder.indexed).sum();
        let (done, files) =
            indexing.fold((settled, settled), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        let model = (self.folders.iter())
            .filter_map(|folder| folder.engine.as_ref())
            .find_map(|engine| engine.settings().models.of(Role::Review).first())
            .map(ToString::to_string);
        let notice = self
            .folders
            .iter()
            .find_map(|folder| folder.notice.as_deref());
        json!({
            "state": state,
            "message": error.or(notice).unwrap_or_default(),
            "index": { "files": files, "done": done },
            "model": { "name": model, "ready": model.is_some() },
            "spend": { "today_usd": self.spend.today_usd, "budget_usd": self.spend.budget_usd },
        })
    }
}
