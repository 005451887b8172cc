//! The store on disk: the port of `base`, over two databases and the record of requests.
//!
//! What cannot be read is absent and what cannot be written is said, with one exception: where a limit of money is set
//! and the spend cannot be looked up, nothing is booked, because an unknown sum is not a small one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use base::store::{Booking, BookingId, Dismissal, Limits, Seconds, Sent, Spend, Store, StoreError};
use base::{ContentHash, Conversation, ConversationId, Conversations, FindingId, Turn};

use crate::database::{Database, Notes, Trouble};
use crate::record::{Record, Verified};
use crate::{kept, spending, talks};

/// Bytes that a workspace's verdicts may take.
const CAP: u64 = 64 << 20;

/// Where the state lies.
#[derive(Clone, Debug)]
pub struct Places {
    /// The user's folder for state.
    pub state: PathBuf,
    /// The workspace's own name in it: a hash of its root.
    pub workspace_id: String,
    /// The workspace's root, as the record of requests names it.
    pub workspace: String,
}

/// What outlives the process, on disk. Cheap to make: nothing is opened before it is needed.
#[derive(Debug)]
pub struct StateStore {
    spending: Database,
    kept: Database,
    record: Record,
    notes: Notes,
    cap: u64,
    now: fn() -> Seconds,
}

impl StateStore {
    /// The store of a workspace. Nothing is read or written yet.
    pub fn new(places: &Places) -> Self {
        Self::with(places, CAP, clock)
    }

    pub(crate) fn with(places: &Places, cap: u64, now: fn() -> Seconds) -> Self {
        let notes = Notes::default();
        let database =
            |folder: PathBuf, name, schema| Database::new(folder, name, schema, now, notes.clone());
        let workspace = places.state.join(&places.workspace_id);
        Self {
            spending: database(places.state.clone(), "spend.db", &spending::SCHEMA),
            kept: database(workspace, "state.db", &kept::SCHEMA),
            record: Record::new(
                places.state.join("requests.jsonl"),
                places.workspace.clone(),
            ),
            notes,
            cap,
            now,
        }
    }

    /// As if the workspace's database could grow to so many pages only: a full disk.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, pages: Option<u32>) {
        let limit = pages.unwrap_or(1 << 30);
        self.kept
            .write(|db| db.pragma_update(None, "max_page_count", limit))
            .expect("a limit");
    }

    /// What the user should be told: a broken file that was set aside, a newer one that was left alone. Once each.
    pub fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// The file of the record of requests.
    pub fn record(&self) -> &PathBuf {
        self.record.path()
    }

    /// Records requests whose process ended before they were settled.
    fn record_lost(&self) {
        let now = (self.now)();
        let lost = self.spending.read(|db| spending::take_lost(db, now));
        for lost in lost.unwrap_or_default() {
            let last = self.spending.read(spending::head).unwrap_or(None);
            let sent = lost.booking.lost();
            let recorded =
                self.record
                    .append(lost.at, Some(&lost.workspace), &sent, last, |head| {
                        if let Err(trouble) = self.spending.write(|db| spending::note(db, head)) {
                            tracing::debug!("the end of the record: {}", words(trouble));
                        }
                    });
            if let Err(error) = recorded {
                tracing::warn!(%error, "a request of another process could not be recorded");
            }
        }
    }

    /// Looks through the whole record of requests.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.record_lost();
        let last = match self.spending.read(spending::head) {
            Ok(last) => last,
            Err(Trouble::Absent | Trouble::Newer) => None,
            Err(Trouble::Failed(why)) => return Err(StoreError(why)),
        };
        self.record.verify(last.as_ref()).map_err(|error| {
            StoreError(format!(
                "cannot read {}: {error}",
                self.record.path().display()
            ))
        })
    }

    /// Whether state can be kept at all; what hinders it otherwise.
    pub fn check(&self) -> Result<(), StoreError> {
        said(self.spending.write(|_| Ok(())), ())?;
        said(self.kept.write(|_| Ok(())), ())
    }
}

impl Conversations for StateStore {
    fn keep(&self, of: Option<ConversationId>, turn: &Turn) -> Result<ConversationId, StoreError> {
        let kept = self.kept.write(|db| talks::keep(db, of, turn));
        certain(kept)
    }

    fn list(&self, words: &[String]) -> Result<Vec<Conversation>, StoreError> {
        said(self.kept.read(|db| talks::list(db, words)), Vec::new())
    }

    fn turns(&self, of: ConversationId) -> Result<Vec<Turn>, StoreError> {
        said(self.kept.read(|db| talks::turns(db, of)), Vec::new())
    }

    fn forget(&self, of: ConversationId) -> Result<bool, StoreError> {
        said(self.kept.read(|db| talks::forget(db, of)), false)
    }
}

impl Store for StateStore {
    fn verdict(&self, key: &ContentHash) -> Option<Vec<u8>> {
        let now = (self.now)();
        self.kept.read(|db| kept::verdict(db, now, key)).ok()?
    }

    fn freeze(&self, key: &ContentHash, verdict: &[u8]) -> Result<(), StoreError> {
        if verdict.len() > kept::LARGEST {
            return Err(StoreError(format!(
                "a verdict of {} bytes is too large to be kept",
                verdict.len()
            )));
        }
        let now = (self.now)();
        said(
            self.kept
                .write(|db| kept::freeze(db, now, self.cap, key, verdict)),
            (),
        )
    }

    fn dismissals(&self) -> Vec<Dismissal> {
        let now = (self.now)();
        self.kept
            .read(|db| kept::dismissals(db, now))
            .unwrap_or_default()
    }

    fn dismiss(&self, dismissal: &Dismissal) -> Result<(), StoreError> {
        certain(self.kept.write(|db| kept::dismiss(db, dismissal)))
    }

    fn restore(&self, finding: FindingId) -> Result<bool, StoreError> {
        said(self.kept.read(|db| kept::restore(db, finding)), false)
    }

    fn book(&self, booking: &Booking, limits: &Limits) -> Result<BookingId, StoreError> {
        self.record_lost();
        let now = (self.now)();
        let workspace = self.record.workspace();
        match self
            .spending
            .write(|db| spending::book(db, now, workspace, booking, limits))
        {
            Ok(booked) => booked.map(BookingId),
            Err(trouble) => Err(StoreError(format!(
                "what was spent before cannot be looked up, so no budget can be held: {}",
                words(trouble)
            ))),
        }
    }

    fn settle(&self, id: BookingId, entry: &Sent) -> Result<(), StoreError> {
        let now = (self.now)();
        let known = self.spending.read(|db| spending::before_settling(db, id.0));
        let (again, last) = known.unwrap_or((false, None));
        if again {
            return Err(StoreError("this request was settled before".to_owned()));
        }
        let mut settled = None;
        let recorded = self.record.append(now, None, entry, last, |head| {
            settled = Some(
                self.spending
                    .write(|db| spending::settle(db, now, id.0, entry, Some(head))),
            );
        });
        // The money counts also where the record could not be written.
        let settled = settled.unwrap_or_else(|| {
            self.spending
                .write(|db| spending::settle(db, now, id.0, entry, None))
        });
        if let Err(error) = recorded {
            return Err(StoreError(format!(
                "the request is not in the record {}: {error}",
                self.record.path().display()
            )));
        }
        certain(settled)
    }

    fn spend(&self, since: Seconds) -> Result<Vec<Spend>, StoreError> {
        said(
            self.spending.read(|db| spending::spend(db, since)),
            Vec::new(),
        )
    }

    fn consent(&self, provider: &str, settings: &ContentHash) -> bool {
        self.kept
            .read(|db| kept::consent(db, provider, settings))
            .unwrap_or(false)
    }

    fn set_consent(
        &self,
        provider: &str,
        settings: &ContentHash,
        given: bool,
    ) -> Result<(), StoreError> {
        certain(
            self.kept
                .write(|db| kept::set_consent(db, provider, settings, given)),
        )
    }

    fn counters(&self) -> BTreeMap<String, u64> {
        self.kept.read(kept::counters).unwrap_or_default()
    }

    fn count(&self, name: &str, by: u64) {
        if let Err(trouble) = self.kept.write(|db| kept::count(db, name, by)) {
            tracing::debug!("not counted: {}", words(trouble));
        }
    }
}

/// A result where being absent means `nothing`.
fn said<T>(result: Result<T, Trouble>, nothing: T) -> Result<T, StoreError> {
    match result {
        Ok(value) => Ok(value),
        Err(Trouble::Absent | Trouble::Newer) => Ok(nothing),
        Err(Trouble::Failed(why)) => Err(StoreError(why)),
    }
}

/// A result that the user relies on.
fn certain<T>(result: Result<T, Trouble>) -> Result<T, StoreError> {
    result.map_err(|trouble| StoreError(words(trouble)))
}

fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Absent => "the state cannot be kept here".to_owned(),
        Trouble::Newer => "the state was written by a newer Obelus; update this one".to_owned(),
        Trouble::Failed(why) => why,
    }
}

fn clock() -> Seconds {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
