//! Diagnostics on request, for clients that can ask and can be told to ask again; every other client is sent them.
//! Never both for one document that is open.
//!
//! A question is about the text that the client had when it asked. It is answered when that very text has been checked;
//! when it changes before that, the answer is to ask again. What comes later (checks across files, a model) makes the
//! client ask anew.

use base::ContentHash;
use serde_json::json;
use tower_lsp::jsonrpc::ErrorCode;

use crate::event_loop::{Loop, Reply};
use crate::proto::Error;
use crate::proto::types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport,
};

/// The protocol's `ServerCancelled`.
const SERVER_CANCELLED: i64 = -32802;

/// The questions about one document, and what the client knows.
#[derive(Default)]
pub(crate) struct Pulled {
    waiting: Vec<(Option<String>, Reply<DocumentDiagnosticReport>)>,
    /// The name of the last answer.
    told: Option<String>,
}

impl Pulled {
    /// The text is another one by now, or gone; `again` where the client is to ask once more.
    pub(crate) fn overtaken(&mut self, again: bool) {
        for (_, reply) in self.waiting.drain(..) {
            let mut error = Error::new(ErrorCode::ServerError(SERVER_CANCELLED));
            error.data = Some(json!({ "retriggerRequest": again }));
            reply.send(Err(error)).ok();
        }
    }
}

impl Loop {
    pub(crate) fn pull(
        &mut self,
        params: DocumentDiagnosticParams,
        reply: Reply<DocumentDiagnosticReport>,
    ) {
        let uri = params.text_document.uri.0;
        let before = params.previous_result_id;
        let is_checked_soon = (self.owner(&uri))
            .is_some_and(|(folder, _)| folder.engine.is_some() || folder.failed.is_none());
        let Some(open) = self.open.get_mut(&uri) else {
            // What a review said of it was sent; a client that asks all the same is told the same.
            let said = self.unopened.get(&uri);
            let items = said.map_or_else(Vec::new, |unopened| unopened.diagnostics.clone());
            reply.send(Ok(answer(items, before).1)).ok();
            return;
        };
        if is_checked_soon && !open.is_settled() && !open.document.desynced {
            open.pulled.waiting.push((before, reply));
            return;
        }
        let items = self.shown(&uri);
        let (name, report) = answer(items, before);
        if let Some(open) = self.open.get_mut(&uri) {
            open.pulled.told = Some(name);
        }
        reply.send(Ok(report)).ok();
    }

    /// What is shown of an open document may be another by now: answers who waits, or has the client ask again.
    pub(crate) fn offer(&mut self, uri: &str) {
        let items = self.shown(uri);
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        let settled = open.is_settled() || open.document.desynced;
        let waiting = match settled {
            true => std::mem::take(&mut open.pulled.waiting),
            // The check that is under way will answer.
            false if !open.pulled.waiting.is_empty() => return,
            false => Vec::new(),
        };
        let name = name_of(&items);
        if waiting.is_empty() {
            // Nothing at all is what a client begins with.
            let known = open.pulled.told.as_deref();
            let is_news = known.map_or(!items.is_empty(), |known| known != name);
            if is_news {
                self.outbox.refresh_diagnostics();
            }
            return;
        }
        open.pulled.told = Some(name);
        for (before, reply) in waiting {
            reply.send(Ok(answer(items.clone(), before).1)).ok();
        }
    }
}

/// A name for these diagnostics: the same for the same.
fn name_of(items: &[Diagnostic]) -> String {
    let text = serde_json::to_vec(items).unwrap_or_default();
    format!("{:016x}", ContentHash::of(&text).to_u64())
}

fn answer(items: Vec<Diagnostic>, before: Option<String>) -> (String, DocumentDiagnosticReport) {
    let name = name_of(&items);
    let report = if before.as_ref() == Some(&name) {
        DocumentDiagnosticReport::RelatedUnchangedDocumentDiagnosticReport(
            RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                    result_id: name.clone(),
                },
            },
        )
    } else {
        DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(
            RelatedFullDocumentDiagnosticReport {
                related_documents: None,
                full_document_diagnostic_report: FullDocumentDiagnosticReport {
                    result_id: Some(name.clone()),
                    items,
                },
            },
        )
    };
    (name, report)
}
