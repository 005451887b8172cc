//! Threads for what somebody waits for while typing.
//!
//! Apart from the pool that reviews run on: a review of ten thousand files fills that one, and a keystroke must not
//! queue behind it. A job that panics costs its own answer; on a bare pool it would end the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::Span;

/// Checks of two documents side by side; more would only take turns with the review.
const THREADS: usize = 2;

#[derive(Clone)]
pub(crate) struct Pool(Option<Arc<rayon::ThreadPool>>);

impl Pool {
    pub(crate) fn new() -> Self {
        let built = rayon::ThreadPoolBuilder::new()
            .num_threads(THREADS)
            .thread_name(|index| format!("obelus-check-{index}"))
            .build();
        let pool = built.inspect_err(
            |error| tracing::warn!(%error, "no threads of its own for typing; sharing the others"),
        );
        Self(pool.ok().map(Arc::new))
    }

    /// Runs `work` some time soon.
    pub(crate) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let span = Span::current();
        let contained = move || {
            let _for_whom = span.entered();
            // The panic hook has logged where and why.
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                tracing::error!("a job on the pool panicked");
            }
        };
        match &self.0 {
            Some(pool) => pool.spawn(contained),
            None => rayon::spawn(contained),
        }
    }

    /// Runs `work` and returns what it returns; `None` when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        self.spawn(move || {
            // Nobody waits any more: then nobody needs it.
            sender.send(work()).ok();
        });
        receiver.await.ok()
    }
}
