//! The only place that talks to the client unasked.
//!
//! The transport's channel to the client holds one message, so whoever sends may wait for as long as the client does not
//! read. The loop must never wait, so it leaves messages here and one task sends them. What is replaced by something
//! newer (diagnostics of one document, the status) is replaced in the queue: a client that stops reading costs memory
//! for its documents, not for its history.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tower_lsp::Client;

use crate::proto::types::{
    LspNotificationMethod, MessageActionItem, MessageDirection, MessageType, Notification,
    ProgressToken, PublishDiagnosticsParams, Registration, ShowDocumentParams, Uri, WorkspaceEdit,
};

/// How long the server waits for an answer of the client's.
const PATIENCE: Duration = Duration::from_secs(10);

/// Log messages beyond this many are dropped, oldest first.
const MAX_QUEUE: usize = 1000;

#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
    client: Client,
    /// Messages are left here from threads of the pool too.
    runtime: Handle,
}

struct Shared {
    queue: Mutex<VecDeque<Message>>,
    filled: Notify,
}

enum Message {
    Diagnostics(PublishDiagnosticsParams),
    Status(Value),
    /// The client is to ask for diagnostics again.
    Refresh,
    Log(MessageType, String),
    Show(MessageType, String),
    /// The token, the kind of report and its value.
    Progress(ProgressToken, Progressed, Value),
}

/// How far a progress is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progressed {
    Begin,
    Report,
    End,
}

/// `obelus/status`.
enum Status {}

impl Notification for Status {
    type Params = Value;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::Custom("obelus/status");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

/// `$/progress` with any value: begin, report and end differ in shape.
enum Progress {}

impl Notification for Progress {
    type Params = Value;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::Custom("$/progress");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

impl Outbox {
    /// Must be called inside the runtime: starts the task that sends.
    pub(crate) fn new(client: Client) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            filled: Notify::new(),
        });
        let outbox = Self {
            shared,
            client,
            runtime: Handle::current(),
        };
        tokio::spawn(outbox.clone().run());
        outbox
    }

    async fn run(self) {
        loop {
            let message = self
                .shared
                .queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            match message {
                None => self.shared.filled.notified().await,
                Some(Message::Diagnostics(params)) => {
                    self.client
                        .publish_diagnostics(params.uri, params.diagnostics, params.version)
                        .await;
                }
                Some(Message::Status(status)) => {
                    self.client.send_notification::<Status>(status).await
                }
                Some(Message::Refresh) => {
                    // The answer says nothing, and a client may never give it.
                    let client = self.client.clone();
                    tokio::spawn(async move {
                        let asked = client.workspace_diagnostic_refresh();
                        tokio::time::timeout(PATIENCE, asked).await.ok();
                    });
                }
                Some(Message::Progress(token, _, value)) => {
                    let value = serde_json::json!({ "token": token, "value": value });
                    self.client.send_notification::<Progress>(value).await;
                }
                Some(Message::Log(kind, text)) => self.client.log_message(kind, text).await,
                Some(Message::Show(kind, text)) => self.client.show_message(kind, text).await,
            }
        }
    }

    fn put(&self, message: Message) {
        let mut queue = self
            .shared
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let replaced = queue.iter_mut().find(|queued| match (&**queued, &message) {
            (Message::Diagnostics(queued), Message::Diagnostics(new)) => queued.uri == new.uri,
            (Message::Status(_), Message::Status(_)) => true,
            (Message::Refresh, Message::Refresh) => true,
            (
                Message::Progress(queued, Progressed::Report, _),
                Message::Progress(new, Progressed::Report, _),
            ) => queued == new,
            _ => false,
        });
        match replaced {
            Some(queued) => *queued = message,
            None => queue.push_back(message),
        }
        if queue.len() > MAX_QUEUE
            && let Some(at) = queue
                .iter()
                .position(|queued| matches!(queued, Message::Log(..)))
        {
            queue.remove(at);
        }
        drop(queue);
        self.shared.filled.notify_one();
    }

    pub(crate) fn diagnostics(&self, params: PublishDiagnosticsParams) {
        self.put(Message::Diagnostics(params));
    }

    pub(crate) fn refresh_diagnostics(&self) {
        self.put(Message::Refresh);
    }

    pub(crate) fn status(&self, status: Value) {
        self.put(Message::Status(status));
    }

    pub(crate) fn log(&self, text: String) {
        self.put(Message::Log(MessageType::Info, text));
    }

    /// A message the user must see: only for what they can act upon.
    pub(crate) fn show_warning(&self, text: String) {
        self.put(Message::Show(MessageType::Warning, text));
    }

    /// A message about how things are, at most once in a session.
    pub(crate) fn show_info(&self, text: String) {
        self.put(Message::Show(MessageType::Info, text));
    }

    /// Asks the client to ask for code lenses again.
    pub(crate) fn refresh_lenses(&self) {
        let client = self.client.clone();
        self.runtime.spawn(async move {
            tokio::time::timeout(PATIENCE, client.code_lens_refresh())
                .await
                .ok();
        });
    }

    pub(crate) fn progress(&self, token: &ProgressToken, how_far: Progressed, mut value: Value) {
        value["kind"] = match how_far {
            Progressed::Begin => "begin",
            Progressed::Report => "report",
            Progressed::End => "end",
        }
        .into();
        self.put(Message::Progress(token.clone(), how_far, value));
    }

    /// Does something after a while; from any thread.
    pub(crate) fn later(&self, delay: Duration, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            work.await;
        });
    }

    /// Asks the client to make a progress token; the answer comes when the token may be used, or never.
    pub(crate) fn create_progress(&self, token: &ProgressToken) -> oneshot::Receiver<()> {
        let (client, token) = (self.client.clone(), token.clone());
        let (made, answer) = oneshot::channel();
        self.runtime.spawn(async move {
            let create = client.create_work_done_progress(token);
            if let Ok(Ok(())) = tokio::time::timeout(PATIENCE, create).await {
                made.send(()).ok();
            }
        });
        answer
    }

    /// Asks the user; the chosen action, or `None` when there was none. Waits for as long as the question stands.
    pub(crate) async fn ask(&self, question: String, actions: &[&str]) -> Option<String> {
        let actions = (actions.iter())
            .map(|title| MessageActionItem {
                title: (*title).to_owned(),
                properties: HashMap::new(),
            })
            .collect();
        let asked = self
            .client
            .show_message_request(MessageType::Info, question, Some(actions));
        Some(asked.await.ok()??.title)
    }

    /// Asks the client to apply an edit; whether it did.
    pub(crate) async fn apply(&self, edit: WorkspaceEdit) -> bool {
        let applied = self.client.apply_edit(edit).await;
        applied.is_ok_and(|result| result.applied)
    }

    /// Asks the client to open a document.
    pub(crate) fn open_document(&self, uri: String) {
        let client = self.client.clone();
        let params = ShowDocumentParams {
            uri: Uri(uri),
            external: None,
            take_focus: Some(true),
            selection: None,
        };
        self.runtime.spawn(async move {
            tokio::time::timeout(PATIENCE, client.show_document(params))
                .await
                .ok();
        });
    }

    pub(crate) fn register(&self, registrations: Vec<Registration>) {
        let client = self.client.clone();
        self.runtime.spawn(async move {
            tokio::time::timeout(PATIENCE, client.register_capability(registrations))
                .await
                .ok();
        });
    }

    /// Asks for the settings of each folder; calls `answer` with one value a folder, or not at all.
    pub(crate) fn configuration(
        &self,
        folders: Vec<String>,
        answer: impl FnOnce(Vec<Value>) + Send + 'static,
    ) {
        let client = self.client.clone();
        let items = folders
            .into_iter()
            .map(|uri| crate::proto::types::ConfigurationItem {
                scope_uri: Some(Uri(uri)),
                section: Some("obelus".to_owned()),
            });
        let items = items.collect();
        self.runtime.spawn(async move {
            if let Ok(Ok(values)) =
                tokio::time::timeout(PATIENCE, client.configuration(items)).await
            {
                answer(values);
            }
        });
    }
}
