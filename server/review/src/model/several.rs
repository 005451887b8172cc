//! Several pieces of work side by side in one task, without naming a runtime.
//!
//! Few at a time (requests to a provider), so each wake-up simply asks all of them.

use std::future::poll_fn;
use std::task::Poll;

use base::model::Eventually;

/// Work under way; answers come in the order in which they are done.
pub(super) struct Several<'a, T>(Vec<Eventually<'a, T>>);

impl<'a, T> Several<'a, T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push(&mut self, work: Eventually<'a, T>) {
        self.0.push(work);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The next answer; `None` where nothing is under way. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Option<T> {
        poll_fn(|context| {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            for at in 0..self.0.len() {
                if let Poll::Ready(answer) = self.0[at].as_mut().poll(context) {
                    drop(self.0.swap_remove(at));
                    return Poll::Ready(Some(answer));
                }
            }
            Poll::Pending
        })
        .await
    }
}
