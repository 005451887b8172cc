//! The server as a whole: the transport, what is put right in front of it, and how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::jsonrpc::Request;
use tower_lsp::{LspService, Server};
use tower_service::Service;

use crate::backend::Backend;
use crate::framing::Guard;
use crate::host::Host;

/// Requests and notifications in flight. The framework's default of 4 lets four slow requests keep edits and
/// cancellations from being seen at all.
const CONCURRENCY: usize = 1024;

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

/// Serves one client on `input` and `output` until it says `exit` or closes the input.
pub async fn serve(
    input: impl AsyncRead + Unpin + Send,
    output: impl AsyncWrite + Send,
    host: Arc<dyn Host>,
) -> Ended {
    let shut_down = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&shut_down);
    let (service, socket) = LspService::build(move |client| Backend::new(client, host, flag))
        .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
        .finish();
    Server::new(Guard::new(input), output, socket)
        .concurrency_level(CONCURRENCY)
        .serve(Lenient(service))
        .await;
    if shut_down.load(Ordering::SeqCst) {
        Ended::AsAsked
    } else {
        Ended::Abruptly
    }
}

/// Accepts what clients really send: the framework refuses `shutdown` with `"params": {}`.
struct Lenient<S>(S);

impl<S: Service<Request>> Service<Request> for Lenient<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let takes_none = matches!(request.method(), "shutdown" | "exit");
        if !takes_none || request.params().is_none() {
            return self.0.call(request);
        }
        let (method, id, _) = request.into_parts();
        let bare = Request::build(method);
        let bare = match id {
            Some(id) => bare.id(id),
            None => bare,
        };
        self.0.call(bare.finish())
    }
}
