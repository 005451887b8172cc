//! The server as a whole: the transport, what is put right in front of it, and how it ends.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::{LspService, Server};
use tower_service::Service;
use tracing::Instrument as _;

use crate::backend::Backend;
use crate::framing::{self, Frames};
use crate::host::Host;
use crate::observed;

/// Requests and notifications in flight. The framework's default of 4 lets four slow requests keep edits and
/// cancellations from being seen at all.
const CONCURRENCY: usize = 1 << 16;

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// `shutdown` was asked for first.
    AsAsked,
    /// `exit`, or the end of the input, without `shutdown`.
    Abruptly,
}

impl Ended {
    /// The exit status that the protocol asks for.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::AsAsked => 0,
            Self::Abruptly => 1,
        }
    }
}

/// How long the transport may take to end once the client has said `exit` or is gone. It waits for the last answers to
/// be written, and a client that does not read lets it wait for ever.
const GRACE: Duration = Duration::from_millis(500);

/// Serves one client on `input` and `output` until it says `exit` or closes the input.
pub async fn serve(
    input: impl AsyncRead + Unpin + Send,
    output: impl AsyncWrite + Send,
    host: Arc<dyn Host>,
) -> Ended {
    let shut_down = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&shut_down);
    let over = Arc::new(Notify::new());
    let (exit, end) = (Arc::clone(&over), Arc::clone(&over));
    let (service, socket) = LspService::build(move |client| Backend::new(client, host, flag))
        .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
        .finish();
    let serving = Server::new(Frames::new(input, move || end.notify_one()), output, socket)
        .concurrency_level(CONCURRENCY)
        .serve(Lenient {
            inner: service,
            exit,
        });
    let patience = async {
        over.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = patience => tracing::warn!("the client does not read the last answers"),
    }
    if shut_down.load(Ordering::SeqCst) {
        Ended::AsAsked
    } else {
        Ended::Abruptly
    }
}

/// Accepts what clients really send: the framework refuses `shutdown` with `"params": {}`, and a body that is no
/// message ends it.
struct Lenient<S> {
    inner: S,
    /// Told when the client says `exit`.
    exit: Arc<Notify>,
}

impl<S> Service<Request> for Lenient<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let error = match request.method() {
            framing::NO_JSON => Error::parse_error(),
            framing::NO_MESSAGE => Error::invalid_request(),
            method => {
                if method == "exit" {
                    self.exit.notify_one();
                }
                let span = observed::begun(&request);
                let answer = self.inner.call(plain(request));
                if span.is_disabled() {
                    return Box::pin(answer);
                }
                return Box::pin(async move {
                    let answer = answer.instrument(span.clone()).await;
                    observed::ended(&span, answer.as_ref().ok().and_then(Option::as_ref));
                    answer
                });
            }
        };
        Box::pin(async move { Ok(Some(Response::from_error(Id::Null, error))) })
    }
}

/// Where parameters say nothing, it does not matter how a client writes nothing: absent, `null`, `{}` or `[]`.
fn plain(request: Request) -> Request {
    let nothing = match request.method() {
        "shutdown" | "exit" => None,
        "initialized" => Some(serde_json::json!({})),
        _ => return request,
    };
    let (method, id, _) = request.into_parts();
    let mut plain = Request::build(method);
    if let Some(id) = id {
        plain = plain.id(id);
    }
    if let Some(nothing) = nothing {
        plain = plain.params(nothing);
    }
    plain.finish()
}
