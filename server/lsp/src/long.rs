//! A command that may take long: a progress that is shown only when there is something to wait for, and two ways to
//! stop it (`$/cancelRequest` and the progress' own button) that raise the same flag.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::Cancel;
use serde_json::json;
use tokio::sync::oneshot::{self, error::RecvError};

use crate::event_loop::{Loop, Reply};
use crate::outbox::{Outbox, Progressed};
use crate::proto::types::{LspAny, ProgressToken};

/// Work that is done sooner shows no progress: a bar that flashes is noise.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_millis(300);

/// A command under way, as the loop knows it.
pub(crate) struct Running {
    pub(crate) cancel: Cancel,
    pub(crate) token: ProgressToken,
    /// A review, for the status.
    pub(crate) is_review: bool,
}

/// A command under way, as its own task knows it.
pub(crate) struct Long {
    pub(crate) id: u64,
    pub(crate) cancel: Cancel,
    title: &'static str,
    /// The token is the server's own: the client must agree to it first.
    own_token: bool,
    /// Where the client shows progress.
    pub(crate) shows: bool,
    bar: Bar,
}

/// The progress of a command; says nothing while it is not shown.
#[derive(Clone)]
pub(crate) struct Bar {
    outbox: Outbox,
    token: ProgressToken,
    shown: Arc<AtomicBool>,
}

impl Bar {
    pub(crate) fn say(&self, message: String, percentage: Option<usize>) {
        if self.shown.load(Ordering::Relaxed) {
            let mut value = json!({ "message": message });
            if let Some(percentage) = percentage {
                value["percentage"] = json!(percentage);
            }
            self.outbox.progress(&self.token, Progressed::Report, value);
        }
    }
}

impl Long {
    /// Makes it known to the loop. Whoever calls sees to it that `state.running` forgets it in the end.
    pub(crate) fn begin(
        state: &mut Loop,
        title: &'static str,
        token: Option<ProgressToken>,
        is_review: bool,
    ) -> Self {
        state.next_id += 1;
        let id = state.next_id;
        let own_token = token.is_none();
        let token = token.unwrap_or_else(|| ProgressToken::String(format!("obelus-{id}")));
        let cancel = Cancel::new();
        let running = Running {
            cancel: cancel.clone(),
            token: token.clone(),
            is_review,
        };
        state.running.insert(id, running);
        Self {
            id,
            cancel,
            title,
            own_token,
            shows: !own_token || state.abilities.progress,
            bar: Bar {
                outbox: state.outbox.clone(),
                token,
                shown: Arc::default(),
            },
        }
    }

    pub(crate) fn bar(&self) -> Bar {
        self.bar.clone()
    }

    /// Does the work; when nobody waits for the answer any more, the flag is raised and the work ends by itself.
    pub(crate) async fn run<T>(
        &self,
        reply: &mut Reply<LspAny>,
        work: impl Future<Output = T>,
    ) -> T {
        let Bar {
            outbox,
            token,
            shown,
        } = &self.bar;
        tokio::pin!(work);
        let mut timer = std::pin::pin!(tokio::time::sleep(SHOW_PROGRESS_AFTER));
        let begin = || {
            let value = json!({ "title": self.title, "cancellable": true, "percentage": 0 });
            outbox.progress(token, Progressed::Begin, value);
            shown.store(true, Ordering::Relaxed);
        };
        let mut agreed = None;
        let (mut gone, mut late) = (false, false);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = &mut timer, if self.shows && !late && !gone => {
                    late = true;
                    if self.own_token {
                        agreed = Some(outbox.create_progress(token));
                    } else {
                        begin();
                    }
                }
                answer = answered(&mut agreed), if agreed.is_some() => {
                    agreed = None;
                    if answer.is_ok() && !gone {
                        begin();
                    }
                }
                // `$/cancelRequest` drops the other end.
                () = reply.closed(), if !gone => {
                    gone = true;
                    self.cancel.cancel();
                }
            }
        };
        if shown.load(Ordering::Relaxed) {
            outbox.progress(token, Progressed::End, json!({}));
        }
        result
    }
}

async fn answered(question: &mut Option<oneshot::Receiver<()>>) -> Result<(), RecvError> {
    match question {
        Some(question) => question.await,
        None => std::future::pending().await,
    }
}

impl Loop {
    pub(crate) fn cancel_progress(&mut self, token: &ProgressToken) {
        for running in self.running.values() {
            if running.token == *token {
                running.cancel.cancel();
            }
        }
    }
}
