//! What is known of a folder while it is open: its index, with the open buffers in front of it, and its history.
//!
//! Buffers come here when typing has paused and are handed on in bundles, off the path of a keystroke: outlining a
//! long file costs milliseconds that nobody who types should wait for. A question finds them all handed on.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use base::search::{Index, LiveIndex};
use base::{Cancel, History, RelPath, Text};

use crate::event_loop::Loop;
use crate::host::Host;
use crate::indexing::Task;
use crate::outbox::Outbox;
use crate::pool::Pool;

/// How long buffers are gathered before they are handed on.
const GATHER: Duration = Duration::from_millis(200);
/// A buffer longer than this is not searched: neither is a file.
const LONGEST: usize = 1_000_000;
/// How long a review waits for an index that is being brought up to date; after that it goes on without.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks meanwhile whether it is still wanted.
const LOOK: Duration = Duration::from_millis(20);

/// The index of an open folder, as soon as there is one, and the buffers on their way to it.
#[derive(Default)]
pub(crate) struct Live {
    index: OnceLock<Arc<dyn LiveIndex>>,
    buffers: Mutex<Buffers>,
    /// Held while buffers are handed on, so that the newest comes last.
    handing: Mutex<()>,
}

#[derive(Default)]
struct Buffers {
    waiting: HashMap<RelPath, Option<Text>>,
    /// Somebody is on the way to fetch them.
    called: bool,
}

impl Live {
    /// The index, where it is there.
    pub(crate) fn index(&self) -> Option<Arc<dyn LiveIndex>> {
        self.index.get().cloned()
    }

    /// The index is there: what waits is handed on.
    pub(crate) fn open(&self, index: Arc<dyn LiveIndex>) {
        self.index.set(index).ok();
        self.hand_on();
    }

    /// The text of a buffer, or `None` when it was closed.
    pub(crate) fn buffer(self: &Arc<Self>, path: RelPath, text: Option<Text>, pool: &Pool) {
        let text = text.filter(|text| text.len() <= LONGEST);
        let mut buffers = lock(&self.buffers);
        buffers.waiting.insert(path, text);
        if std::mem::replace(&mut buffers.called, true) {
            return;
        }
        let (live, pool) = (Arc::clone(self), pool.clone());
        tokio::spawn(async move {
            tokio::time::sleep(GATHER).await;
            pool.spawn(move || live.hand_on());
        });
    }

    fn hand_on(&self) {
        let _one_at_a_time = lock(&self.handing);
        let waiting = {
            let mut buffers = lock(&self.buffers);
            buffers.called = false;
            if self.index.get().is_none() {
                // They keep until the index is there.
                return;
            }
            std::mem::take(&mut buffers.waiting)
        };
        if let Some(index) = self.index.get() {
            for (path, text) in waiting {
                index.set_open(&path, text.as_ref());
            }
        }
    }
}

/// What a review knows beyond its change.
pub(crate) struct Known {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) folder: PathBuf,
    /// The index and the way to whoever keeps it; `None` where there is none.
    pub(crate) live: Option<(Arc<Live>, Sender<Task>)>,
    pub(crate) outbox: Outbox,
    pub(crate) cancel: Cancel,
}

impl Loop {
    /// What is known of a folder, for one piece of work.
    pub(crate) fn known(&self, folder: u64, cancel: &Cancel) -> Known {
        let entry = self.folders.iter().find(|entry| entry.id == folder);
        let indexer = entry.and_then(|entry| entry.indexer.as_ref());
        Known {
            host: Arc::clone(&self.host),
            folder: entry
                .map(|entry| PathBuf::from(&entry.path))
                .unwrap_or_default(),
            live: indexer.map(|indexer| (Arc::clone(&indexer.live), indexer.tasks.clone())),
            outbox: self.outbox.clone(),
            cancel: cancel.clone(),
        }
    }
}

impl Known {
    /// The index once it has taken in what was reported up to now.
    pub(crate) fn up_to_date(&self) -> Option<Arc<dyn LiveIndex>> {
        let (live, tasks) = self.live.as_ref()?;
        let (done, wait) = mpsc::channel();
        tasks.send(Task::Tell(done)).ok()?;
        let began = Instant::now();
        while let Err(error) = wait.recv_timeout(LOOK) {
            let is_over = error == RecvTimeoutError::Disconnected || began.elapsed() >= PATIENCE;
            if is_over || self.cancel.is_cancelled() {
                return None;
            }
        }
        live.hand_on();
        let index = live.index.get()?;
        index.status().fresh.then(|| Arc::clone(index))
    }
}

impl review::Knowledge for Known {
    fn index(&self) -> Option<Arc<dyn Index>> {
        let index = self.up_to_date();
        if index.is_none() && self.live.is_some() && !self.cancel.is_cancelled() {
            let without = "the checks across files did not run: the index is not up to date yet";
            self.outbox.log(without.to_owned());
        }
        index.map(|index| index as Arc<dyn Index>)
    }

    fn history(&self, base: Option<&str>) -> Arc<dyn History> {
        self.host.history(&self.folder, base)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
