//! The checks across files while somebody types: run for a folder when all has been quiet in it for a moment.
//!
//! They look at the whole change with the open buffers in front of the disk, on a thread of their own that no keystroke
//! waits for. What comes back is shown only if nothing has changed since; until then what was shown moves with the
//! edits like every other finding. Files that are not open are a review's business.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Cancel, CheckKind, Finding, Overlay, RelPath, Repo, RuleId, Scope, Text};
use review::Knowledge as _;
use ropey::Rope;
use tokio::task::JoinHandle;

use crate::check;
use crate::event_loop::{Event, Loop};
use crate::live::Known;

/// How long all must have been quiet. Long enough that nobody who types is interrupted by a half-written call, short
/// enough that it comes before the next file is opened.
const QUIET: Duration = Duration::from_millis(600);

/// A run frees what it parsed of both sides of the change; at most so often it is given back.
const EASE: Duration = Duration::from_secs(3);

/// What a folder's checks across files are at.
#[derive(Default)]
pub(crate) struct Around {
    /// Raised with everything that may change their answer.
    generation: u64,
    timer: Option<JoinHandle<()>>,
    running: Option<Cancel>,
    /// When memory was given back last.
    eased: Option<Instant>,
    /// The texts that their findings' evidence points into.
    sources: BTreeMap<RelPath, Rope>,
}

impl Around {
    /// The text that evidence in `path` points into.
    pub(crate) fn source(&self, path: &RelPath) -> Option<&Rope> {
        self.sources.get(path)
    }

    fn stop(&mut self) {
        self.timer.take().inspect(JoinHandle::abort);
        if let Some(running) = self.running.take() {
            running.cancel();
        }
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a run comes back with.
pub(crate) struct LookedAround {
    findings: Vec<Finding>,
    sources: BTreeMap<RelPath, Text>,
    pages: HashMap<RuleId, String>,
}

/// Whether a finding is of the checks across files.
pub(crate) fn is_across(finding: &Finding) -> bool {
    matches!(finding.check, CheckKind::Analysis | CheckKind::History)
}

impl Loop {
    /// Something changed in a folder: what is under way is no longer wanted, and another run comes once it is quiet.
    pub(crate) fn look_around_soon(&mut self, id: u64) {
        let has_open = self.open.values().any(|open| open.folder() == Some(id));
        let (events, delay) = (self.events.clone(), self.options.debounce.max(QUIET));
        let Some(folder) = self.folder(id) else {
            return;
        };
        let around = &mut folder.around;
        around.stop();
        around.generation += 1;
        if !has_open || folder.indexer.is_none() {
            return;
        }
        let generation = around.generation;
        around.timer = Some(tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            events.send(Event::Quiet(id, generation)).ok();
        }));
    }

    /// It has been quiet: the run begins, if that is still so.
    pub(crate) fn look_around(&mut self, id: u64, generation: u64) {
        let open = self.texts_of(id);
        let (host, outbox, events) = (
            Arc::clone(&self.host),
            self.outbox.clone(),
            self.events.clone(),
        );
        let Some(folder) = self.folder(id) else {
            return;
        };
        let (Some(engine), Some(indexer)) = (folder.engine.clone(), &folder.indexer) else {
            return;
        };
        if folder.around.generation != generation {
            return;
        }
        let cancel = Cancel::new();
        let known = Known {
            host: Arc::clone(&host),
            folder: std::path::PathBuf::from(&folder.path),
            live: Some((Arc::clone(&indexer.live), indexer.tasks.clone())),
            outbox,
            cancel: cancel.clone(),
        };
        folder.around.running = Some(cancel.clone());
        let work = move || {
            // Not there yet: news of the index start another run.
            let index = known.up_to_date()?;
            let repo = Overlay::new(Arc::clone(engine.repo()), open);
            let change = repo.change(&Scope::Worktree, &cancel).ok()?;
            let history = known.history(change.base.as_deref());
            let found = review::across(&engine, &repo, &*index, &*history, &change, &cancel);
            let pages = check::pages(&found.findings, &engine, &*host);
            (!cancel.is_cancelled()).then_some(LookedAround {
                findings: found.findings,
                sources: found.sources,
                pages,
            })
        };
        tokio::task::spawn_blocking(move || {
            // A panic costs this run; the hook has logged where and why.
            let result = catch_unwind(AssertUnwindSafe(work));
            if let Ok(Some(result)) = result {
                let event = Event::LookedAround(id, generation, Box::new(result));
                events.send(event).ok();
            }
        });
    }

    /// Shows what a run found, if nothing has changed since it began.
    pub(crate) fn looked_around(&mut self, id: u64, generation: u64, result: LookedAround) {
        self.rest_soon(id);
        let host = Arc::clone(&self.host);
        let Some(folder) = self.folder(id) else {
            return;
        };
        // Somebody who types without a rest of seconds has a run after each pause.
        let eased = &mut folder.around.eased;
        if eased.is_none_or(|eased| eased.elapsed() >= EASE) {
            *eased = Some(Instant::now());
            host.ease();
        }
        if folder.around.generation != generation {
            return;
        }
        folder.around.running = None;
        folder.pages.extend(result.pages);
        folder.around.sources = (result.sources.into_iter())
            .map(|(path, text)| (path, Rope::from_str(text.as_str())))
            .collect();
        let mut by_path: HashMap<RelPath, Vec<Finding>> = HashMap::new();
        for finding in result.findings {
            by_path
                .entry(finding.path.clone())
                .or_default()
                .push(finding);
        }
        let uris: Vec<(String, RelPath)> = (self.open.keys())
            .filter_map(|uri| {
                let (folder, path) = self.owner(uri)?;
                (folder.id == id).then(|| (uri.clone(), path))
            })
            .collect();
        for (uri, path) in uris {
            let Some(open) = self.open.get_mut(&uri) else {
                continue;
            };
            let found = by_path.remove(&path).unwrap_or_default();
            if found.is_empty() && !open.findings.iter().any(is_across) {
                continue;
            }
            let mut findings = std::mem::take(&mut open.findings);
            findings.retain(|finding| !is_across(finding));
            findings.extend(found);
            self.set_findings(&uri, findings);
        }
    }
}
