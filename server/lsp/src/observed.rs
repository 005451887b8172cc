//! What is told of the editor's requests to whoever observes the program: which method, which request, how it ended.
//!
//! A span is in the log of everything that is done for its request, and may leave the machine where the user named a
//! receiver. So a method or command that is not one of ours is not repeated, and nothing else of a request is in it.

use tower_lsp::jsonrpc::{Id, Request, Response};
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

/// The methods of requests that are answered.
const METHODS: &[&str] = &[
    "codeAction/resolve",
    "codeLens/resolve",
    "initialize",
    "shutdown",
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/completion",
    "textDocument/diagnostic",
    "textDocument/documentLink",
    "textDocument/hover",
    "workspace/executeCommand",
    "workspace/textDocumentContent",
];

/// What stands for a method that is none of ours.
const OTHER: &str = "_OTHER";

/// The longest id that is repeated: a client may make one of anything.
const LONGEST_ID: usize = 64;

/// A request comes in. Notifications have no span: there are thousands of edits, and nobody waits for one.
pub(crate) fn begun(request: &Request) -> Span {
    let Some(id) = request.id() else {
        return Span::none();
    };
    let known = METHODS.iter().find(|known| **known == request.method());
    let method = known.copied().unwrap_or(OTHER);
    info_span!(
        target: "obelus",
        "request",
        otel.name = method,
        otel.kind = "server",
        rpc.system.name = "jsonrpc",
        rpc.method = method,
        jsonrpc.protocol.version = "2.0",
        jsonrpc.request.id = short(id),
        obelus.command = Empty,
        rpc.response.status_code = Empty,
        error.type = Empty,
        over = Empty,
    )
}

/// It runs this command, which is one of ours.
pub(crate) fn runs(command: &'static str) {
    Span::current().record("obelus.command", command);
}

/// It is answered.
pub(crate) fn ended(span: &Span, response: Option<&Response>) {
    if let Some(error) = response.and_then(Response::error) {
        let code = error.code.code().to_string();
        span.record("rpc.response.status_code", code.as_str());
        span.record("error.type", code.as_str());
    }
    span.record("over", true);
}

fn short(id: &Id) -> String {
    match id {
        Id::String(id) => id.chars().take(LONGEST_ID).collect(),
        id => id.to_string(),
    }
}

/// Does work that a request is about, in its span.
pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work.in_current_span());
}
