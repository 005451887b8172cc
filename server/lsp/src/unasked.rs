//! Reviews by a model that nobody asks for by hand: after a save, after a commit, or when typing has rested, as the
//! user configured. Never by default.
//!
//! They ask no question (they send only where the user agreed before), never take the place of a review that somebody
//! waits for, and rest while a merge or rebase is under way. Here too: where HEAD points, files that are moved or
//! deleted, and a model's findings of an earlier session, which come back without a request.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::model::Role;
use base::{Cancel, RelPath, Scope};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::event_loop::{Event, Loop};
use crate::model_job::Asks;
use crate::options::When;
use crate::proto::types::Uri;
use crate::review_job::{self, Wanted};
use crate::uri;

/// Saves that follow each other closer than this are one.
const SAVES: Duration = Duration::from_millis(500);

/// Reviews of one folder that nobody asks for by hand.
#[derive(Default)]
pub(crate) struct Unasked {
    /// Raised with everything that makes a waiting one pointless.
    generation: u64,
    timer: Option<JoinHandle<()>>,
    /// The review that runs because nobody typed: typing ends it.
    resting: Option<Cancel>,
    /// Somebody waits for the review that runs.
    pub(crate) is_asked: bool,
    /// What an earlier session left has been looked for.
    restored: bool,
}

impl Drop for Unasked {
    fn drop(&mut self) {
        self.timer.take().inspect(JoinHandle::abort);
    }
}

/// Where HEAD points, and what is under way.
pub(crate) struct Moved {
    head: Option<String>,
    /// It is one commit on top of where it was.
    is_commit: bool,
    /// A merge, rebase and the like.
    operation: Option<&'static str>,
    /// What to do if nothing is under way, and nothing has happened since this generation.
    then: Option<(Scope, u64)>,
}

impl Loop {
    fn wants(&self, folder: u64, when: When) -> bool {
        let folder = self.folders.iter().find(|entry| entry.id == folder);
        folder.is_some_and(|folder| {
            let has_model = (folder.engine.as_ref())
                .is_some_and(|engine| !engine.settings().models.of(Role::Review).is_empty());
            folder.wishes.when == when && has_model && !self.options.untrusted
        })
    }

    /// A document was saved.
    pub(crate) fn model_after_save(&mut self, uri: &str) {
        let owner = self.owner(uri).map(|(folder, _)| folder.id);
        if let Some(id) = owner.filter(|id| self.wants(*id, When::OnSave)) {
            self.model_in(id, SAVES);
        }
    }

    /// Something was typed in a folder.
    pub(crate) fn model_when_idle(&mut self, id: u64) {
        if self.wants(id, When::Idle) {
            let rest = self.host.rest();
            self.model_in(id, rest);
        }
        let resting = (self.folder(id)).and_then(|folder| folder.unasked.resting.take());
        resting.inspect(Cancel::cancel);
    }

    fn model_in(&mut self, id: u64, delay: Duration) {
        let events = self.events.clone();
        let Some(folder) = self.folder(id) else {
            return;
        };
        let unasked = &mut folder.unasked;
        unasked.generation += 1;
        let generation = unasked.generation;
        unasked.timer.take().inspect(JoinHandle::abort);
        unasked.timer = Some(tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            events.send(Event::Idle(id, generation)).ok();
        }));
    }

    /// The time has come, if nothing has happened since.
    pub(crate) fn idle(&mut self, id: u64, generation: u64) {
        let is_current = |folder: &mut crate::folders::Folder| {
            folder.unasked.generation == generation && !folder.unasked.is_asked
        };
        if self.folder(id).is_some_and(is_current) {
            self.ask_head(id, Some((Scope::Worktree, generation)));
        }
    }

    /// Looks where HEAD points: it may have moved.
    pub(crate) fn look_at_head(&mut self, id: u64) {
        self.ask_head(id, None);
    }

    fn ask_head(&mut self, id: u64, then: Option<(Scope, u64)>) {
        let (host, events) = (Arc::clone(&self.host), self.events.clone());
        let Some(folder) = self.folders.iter().find(|folder| folder.id == id) else {
            return;
        };
        let Some(engine) = folder.engine.clone() else {
            return;
        };
        let (known, place) = (folder.head.clone(), PathBuf::from(&folder.path));
        let tells = folder.wishes.when == When::OnCommit;
        self.pool.spawn(move || {
            let Ok(head) = engine.repo().head() else {
                return;
            };
            let is_commit = match (&known, &head) {
                (Some(old), Some(new)) if tells && old != new => {
                    let log = host.log(&place);
                    log.between(old, new, 2).len() == 1 && log.between(new, old, 1).is_empty()
                }
                _ => false,
            };
            let moved = Moved {
                head,
                is_commit,
                operation: engine.repo().operation_in_progress(),
                then,
            };
            events.send(Event::Head(id, moved)).ok();
        });
    }

    /// Where HEAD points now.
    pub(crate) fn head_is(&mut self, id: u64, moved: Moved) {
        let Some(folder) = self.folder(id) else {
            return;
        };
        let generation = folder.unasked.generation;
        let is_first = !std::mem::replace(&mut folder.unasked.restored, true);
        let before = std::mem::replace(&mut folder.head, moved.head);
        if !is_first && before != folder.head {
            // What a review said of files that are not open was said of another change.
            self.clear_unopened(id);
        }
        let then = moved.then.filter(|(_, since)| *since == generation);
        let scope = match then.map(|(scope, _)| scope) {
            None if moved.is_commit && self.wants(id, When::OnCommit) => {
                Some(Scope::Commit("HEAD".to_owned()))
            }
            then => then,
        };
        match scope {
            Some(_) if moved.operation.is_some() => {
                let operation = moved.operation.unwrap_or_default();
                self.tell_once(format!(
                    "a {operation} is in progress: no model is asked until it is over"
                ));
            }
            Some(scope) => {
                let is_for_rest = self.wants(id, When::Idle);
                self.review_unasked(id, scope, Asks::IfAgreed);
                if let Some(folder) = self.folder(id).filter(|_| is_for_rest)
                    && !folder.unasked.is_asked
                {
                    folder.unasked.resting = folder.review.clone();
                }
            }
            None if is_first => self.restore(id),
            None => {}
        }
    }

    /// Shows what a model said in an earlier session about what is still the same: nothing is sent.
    fn restore(&mut self, id: u64) {
        let folder = self.folders.iter().find(|folder| folder.id == id);
        let has_model = folder
            .and_then(|folder| folder.engine.as_ref())
            .is_some_and(|engine| !engine.settings().models.of(Role::Review).is_empty());
        if has_model && !self.options.untrusted {
            self.review_unasked(id, Scope::Worktree, Asks::Nobody);
        }
    }

    fn review_unasked(&mut self, folder: u64, scope: Scope, asks: Asks) {
        let is_asked = self
            .folder(folder)
            .is_some_and(|folder| folder.unasked.is_asked);
        if is_asked {
            return;
        }
        let (reply, answer) = oneshot::channel();
        // A reply that nobody waits for would be a cancellation.
        tokio::spawn(async move {
            let _nobody_reads_it = answer.await;
        });
        let wanted = Wanted {
            scope,
            folder,
            only: None,
            model: None,
            profile: None,
            asks,
            token: None,
            reply,
        };
        review_job::start(self, wanted);
    }

    /// Files or folders were moved or deleted in the editor: what was said of them goes with them.
    pub(crate) fn files_moved(&mut self, files: &[(Uri, Option<Uri>)]) {
        for (from, to) in files {
            let Some(old) = uri::to_path(&from.0) else {
                continue;
            };
            self.clear_below(&old);
            let new = to.as_ref().and_then(|to| uri::to_path(&to.0));
            for folder in &mut self.folders {
                let Some(old) = folder.relative(&old) else {
                    continue;
                };
                let new = new.as_ref().and_then(|new| folder.relative(new));
                let known: Vec<RelPath> = folder.proposed.keys().cloned().collect();
                for path in known {
                    let Some(below) = below(&path, &old) else {
                        continue;
                    };
                    let Some((text, mut findings)) = folder.proposed.remove(&path) else {
                        continue;
                    };
                    let target =
                        (new.as_ref()).and_then(|new| RelPath::new(&format!("{new}{below}")).ok());
                    if let Some(target) = target {
                        for finding in &mut findings {
                            finding.path = target.clone();
                        }
                        folder.proposed.insert(target, (text, findings));
                    }
                }
            }
        }
    }
}

/// What follows `folder` in `path`: nothing for itself, `/…` inside of it.
fn below<'a>(path: &'a RelPath, folder: &RelPath) -> Option<&'a str> {
    let rest = path.as_str().strip_prefix(folder.as_str())?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}
