//! The framework's side: every method puts one message into the queue before its first `.await`, and that is all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tower_lsp::{Client, LanguageServer};
use tracing::Span;

use crate::event_loop::{Event, Loop, Reply};
use crate::host::Host;
use crate::proto::types::{
    CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CompletionParams,
    CompletionResponse, DeleteFilesParams, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentLink, DocumentLinkParams,
    ExecuteCommandParams, Hover, HoverParams, InitializeParams, InitializeResult,
    InitializedParams, LspAny, RenameFilesParams, TextDocumentContentParams,
    TextDocumentContentResult, WorkDoneProgressCancelParams,
};
use crate::proto::{Error, Result};

pub(crate) struct Backend {
    events: mpsc::UnboundedSender<Event>,
    /// Taken by `initialize`, which starts the loop.
    parts: std::sync::Mutex<Option<Parts>>,
    /// `shutdown` was asked for: `exit` is then no failure.
    pub(crate) shut_down: Arc<AtomicBool>,
}

struct Parts {
    receiver: mpsc::UnboundedReceiver<Event>,
    client: Client,
    host: Arc<dyn Host>,
}

impl Backend {
    pub(crate) fn new(client: Client, host: Arc<dyn Host>, shut_down: Arc<AtomicBool>) -> Self {
        let (events, receiver) = mpsc::unbounded_channel();
        let parts = std::sync::Mutex::new(Some(Parts {
            receiver,
            client,
            host,
        }));
        Self {
            events,
            parts,
            shut_down,
        }
    }

    fn tell(&self, event: Event) {
        // The loop ends with the process; a message after that has nobody to care for it.
        self.events.send(event).ok();
    }

    /// Dropping the returned future closes the reply's channel, which is how the loop learns of a cancellation.
    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let (span, event) = (Span::current(), event(reply));
        // What is done for a request is done inside its span, where anybody looks.
        self.tell(match span.is_disabled() {
            true => event,
            false => Event::In(span, Box::new(event)),
        });
        // No answer: the event panicked, which the loop has logged.
        answer
            .await
            .unwrap_or_else(|_| Err(Error::internal_error()))
    }

    /// `window/workDoneProgress/cancel`, which the framework does not route.
    pub(crate) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.tell(Event::CancelProgress(params.token));
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let parts = self
            .parts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        let Some(Parts {
            receiver,
            client,
            host,
        }) = parts
        else {
            return Err(Error::invalid_request());
        };
        let (state, result) = match Loop::new(
            params,
            client.clone(),
            Arc::clone(&host),
            self.events.clone(),
        ) {
            Ok(started) => started,
            Err(message) => {
                *self
                    .parts
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Parts {
                    receiver,
                    client,
                    host,
                });
                return Err(Error::invalid_params(message));
            }
        };
        tokio::spawn(state.run(receiver));
        Ok(result)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.tell(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::SeqCst);
        self.ask(Event::ShutDown).await
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.tell(Event::Open(params.text_document));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.tell(Event::Change(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.tell(Event::Saved(params.text_document.uri));
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        let moved = (params.files.into_iter())
            .map(|file| (file.old_uri, Some(file.new_uri)))
            .collect();
        self.tell(Event::Moved(moved));
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        let deleted = (params.files.into_iter())
            .map(|file| (file.uri, None))
            .collect();
        self.tell(Event::Moved(deleted));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Event::Close(params.text_document.uri));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.tell(Event::Folders(params.event));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.tell(Event::Configuration(
            serde_json::to_value(params.settings).unwrap_or(Value::Null),
        ));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.tell(Event::Watched(
            params
                .changes
                .into_iter()
                .filter_map(|change| crate::uri::to_path(&change.uri.0))
                .collect(),
        ));
    }

    async fn code_action(
        &self,
        params: CodeActionParams,
    ) -> Result<Option<Vec<CodeActionResponse>>> {
        self.ask(|reply| Event::CodeActions(params, reply))
            .await
            .map(Some)
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        self.ask(|reply| Event::Resolve(Box::new(action), reply))
            .await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.ask(|reply| Event::Hover(params, reply)).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position_params;
        let items = self
            .ask(|reply| Event::Complete(place.text_document.uri, place.position, reply))
            .await?;
        Ok(Some(CompletionResponse::CompletionItemList(items)))
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReport> {
        self.ask(|reply| Event::Pull(params, reply)).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let uri = params.text_document.uri;
        self.ask(|reply| Event::Links(uri, reply)).await.map(Some)
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri;
        self.ask(|reply| Event::Lenses(uri, reply)).await.map(Some)
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        self.ask(|reply| Event::Lens(Box::new(lens), reply)).await
    }

    async fn text_document_content(
        &self,
        params: TextDocumentContentParams,
    ) -> Result<TextDocumentContentResult> {
        let text = self.ask(|reply| Event::Content(params.uri, reply)).await?;
        Ok(TextDocumentContentResult { text })
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LspAny>> {
        self.ask(|reply| Event::Command(params, reply))
            .await
            .map(Some)
    }
}
