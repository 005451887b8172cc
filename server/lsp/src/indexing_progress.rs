//! How far work on an index is, for the status and, where the client shows such things, as a progress.
//!
//! Both say something only when there is something to wait for: a bar that flashes is noise.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;

use crate::event_loop::Event;
use crate::indexing::News;
use crate::live::lock;
use crate::outbox::{Outbox, Progressed};
use crate::proto::types::ProgressToken;

/// Work that is done sooner is not worth a progress.
const SHOW_AFTER: Duration = Duration::from_millis(500);
/// Between two messages about it.
const PACE: Duration = Duration::from_millis(100);

/// One piece of work that is told about.
#[derive(Clone)]
pub(crate) struct Told(Arc<Inner>);

struct Inner {
    id: u64,
    events: mpsc::UnboundedSender<Event>,
    outbox: Outbox,
    token: ProgressToken,
    state: Mutex<State>,
}

struct State {
    /// The status speaks of it.
    in_status: bool,
    bar: Bar,
    last: Option<Instant>,
    at: (usize, usize),
}

/// The client's progress bar.
#[derive(PartialEq)]
enum Bar {
    None,
    Shown,
    Over,
}

impl Told {
    /// Begins to tell: at once where it is `loud` or the client gave a token, else when it takes its time.
    pub(crate) fn begin(
        id: u64,
        events: mpsc::UnboundedSender<Event>,
        outbox: Outbox,
        token: Option<ProgressToken>,
        may_ask: bool,
        loud: bool,
    ) -> Self {
        let own = token.is_none();
        let told = Self(Arc::new(Inner {
            id,
            events,
            outbox,
            token: token.unwrap_or_else(|| ProgressToken::String(format!("obelus-index-{id}"))),
            state: Mutex::new(State {
                in_status: loud,
                bar: Bar::None,
                last: None,
                at: (0, 0),
            }),
        }));
        if loud {
            told.status((0, 0));
        }
        if !own {
            told.show();
            return told;
        }
        let late = told.clone();
        told.0.outbox.later(SHOW_AFTER, async move {
            let at = {
                let mut state = lock(&late.0.state);
                if state.bar == Bar::Over {
                    return;
                }
                state.in_status = true;
                state.at
            };
            late.status(at);
            if may_ask && late.0.outbox.create_progress(&late.0.token).await.is_ok() {
                late.show();
            }
        });
        told
    }

    /// Files done and files to do.
    pub(crate) fn at(&self, done: usize, files: usize) {
        // Called for each file from every thread: who finds it taken has nothing to add.
        let Ok(mut state) = self.0.state.try_lock() else {
            return;
        };
        state.at = (done, files);
        if state.last.is_some_and(|last| last.elapsed() < PACE) {
            return;
        }
        state.last = Some(Instant::now());
        if state.in_status {
            self.status(state.at);
        }
        if state.bar == Bar::Shown {
            let value = json!({
                "message": format!("{done} of {files} files"),
                "percentage": done * 100 / files.max(1),
            });
            (self.0.outbox).progress(&self.0.token, Progressed::Report, value);
        }
    }

    pub(crate) fn end(&self) {
        let mut state = lock(&self.0.state);
        if std::mem::replace(&mut state.bar, Bar::Over) == Bar::Shown {
            (self.0.outbox).progress(&self.0.token, Progressed::End, json!({}));
        }
    }

    fn show(&self) {
        let mut state = lock(&self.0.state);
        if state.bar == Bar::None {
            state.bar = Bar::Shown;
            let value =
                json!({ "title": "Obelus: indexing", "cancellable": false, "percentage": 0 });
            (self.0.outbox).progress(&self.0.token, Progressed::Begin, value);
        }
    }

    fn status(&self, (done, files): (usize, usize)) {
        let news = News::At(done, files);
        self.0.events.send(Event::Index(self.0.id, news)).ok();
    }
}
