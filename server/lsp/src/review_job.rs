//! A review on request: files that are not open are looked at too, open ones as they are on the screen.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base::model::Role;
use base::{Cancel, CheckKind, Finding, Overlay, RelPath, Repo, RepoError, Report, RuleId, Scope};
use review::{Progress, ReviewError};

use crate::check;
use crate::event_loop::{Event, Loop, Reply};
use crate::held_back::HeldBack;
use crate::host::Opening;
use crate::long::Long;
use crate::model_job::{Asks, Door, Parts, ReviewPart};
use crate::observed;
use crate::pool::Pool;
use crate::proto::Error;
use crate::proto::failed;
use crate::proto::types::{LspAny, ProgressToken};
use crate::uri;

/// Where a branch may have left from, in this order, when nobody says.
const BASES: &[&str] = &[
    "origin/HEAD",
    "origin/main",
    "origin/master",
    "main",
    "master",
];

/// What a review comes back with.
pub(crate) struct ReviewDone {
    id: u64,
    folder: u64,
    result: Result<Report, ReviewError>,
    pages: HashMap<RuleId, String>,
    only: Option<RelPath>,
    asks: Asks,
    /// The whole work tree was looked at.
    is_worktree: bool,
    reply: Reply<LspAny>,
}

/// A review that somebody asks for.
pub(crate) struct Wanted {
    pub(crate) scope: Scope,
    /// The folder it is about.
    pub(crate) folder: u64,
    /// Only this file's findings count.
    pub(crate) only: Option<RelPath>,
    /// The model that is to be asked, by the user's name for it; `none` for none; as configured where not given.
    pub(crate) model: Option<String>,
    /// Another profile than the configured one.
    pub(crate) profile: Option<String>,
    /// Whether somebody waits for it.
    pub(crate) asks: Asks,
    pub(crate) token: Option<ProgressToken>,
    pub(crate) reply: Reply<LspAny>,
}

pub(crate) fn start(state: &mut Loop, wanted: Wanted) {
    let Wanted {
        scope,
        folder,
        only,
        model: wanted_model,
        profile,
        asks,
        token,
        mut reply,
    } = wanted;
    let (engine, place) = match state.ready(folder) {
        Ok(ready) => ready,
        Err(error) => {
            reply.send(Err(error)).ok();
            return;
        }
    };
    let is_worktree = scope == Scope::Worktree && only.is_none();
    let open = state.texts_of(folder);
    let mut long = Long::begin(state, "Obelus: reviewing", token, asks != Asks::Nobody);
    long.shows &= asks != Asks::Nobody;
    let (id, cancel) = (long.id, long.cancel.clone());
    let untrusted = state.options.untrusted;
    let Some(entry) = state.folders.iter_mut().find(|entry| entry.id == folder) else {
        return;
    };
    let opening = profile.map(|profile| Opening {
        untrusted,
        settings: entry.settings.clone(),
        profile: Some(profile),
    });
    entry.unasked.is_asked = asks == Asks::User;
    // One review a folder: a second one means that the first is no longer wanted.
    if let Some(before) = entry.review.replace(cancel.clone()) {
        before.cancel();
    }
    let known = Arc::new(state.known(folder, &cancel));
    state.tell_status(None);
    let (host, events) = (Arc::clone(&state.host), state.events.clone());
    let (outbox, pool) = (state.outbox.clone(), state.pool.clone());
    observed::spawn(async move {
        let engine = match opening {
            None => engine,
            Some(opening) => {
                let (host, place) = (Arc::clone(&host), place.clone());
                let opened = pool.run(move || host.open(&place, &opening)).await;
                match opened.unwrap_or_else(|| Err("opening the folder panicked".to_owned())) {
                    Ok(engine) => engine,
                    Err(why) => {
                        events.send(Event::Ended(id)).ok();
                        reply.send(Err(failed(why))).ok();
                        return;
                    }
                }
            }
        };
        let bar = long.bar();
        let repo: Arc<dyn Repo> = Arc::new(Overlay::new(Arc::clone(engine.repo()), open));
        let parts = Parts {
            id,
            folder,
            only: only.clone(),
            so_far: Default::default(),
            engine: Arc::clone(&engine),
            repo: Arc::clone(&repo),
            host: Arc::clone(&host),
            pool: pool.clone(),
            events: events.clone(),
        };
        let on_progress = move |progress: Progress| {
            if let Progress::Asking(asking) = &progress {
                bar.say(format!("asking {}", asking.model), None);
            }
            // Where nothing is sent, nothing comes in.
            if asks != Asks::Nobody {
                parts.hear(&progress);
            }
            if let Progress::File { done, files, .. } = progress {
                let percentage = done * 100 / files.max(1);
                // Each hundredth once, not each of ten thousand files.
                if percentage != (done.saturating_sub(1)) * 100 / files.max(1) {
                    bar.say(format!("{done} of {files} files"), Some(percentage));
                }
            }
        };
        let work = async {
            let scope = match scope {
                Scope::Base(base) if base.is_empty() => {
                    let (repo, cancel) = (Arc::clone(&repo), cancel.clone());
                    find_base(&pool, repo, cancel).await?
                }
                scope => scope,
            };
            let door = Door {
                role: Role::Review,
                wanted: wanted_model.filter(|_| !untrusted),
                is_shut: untrusted,
                asks,
                place: place.clone(),
                host: Arc::clone(&host),
                pool: pool.clone(),
                outbox: outbox.clone(),
            };
            let model = door.open(&engine).await?;
            let engine = Arc::clone(&engine);
            review::review(
                engine,
                repo,
                scope,
                Some(known),
                model,
                Arc::new(on_progress),
                cancel.clone(),
            )
            .await
        };
        let result = long.run(&mut reply, work).await;
        let (result, pages) = match result {
            Ok(report) => {
                let shared = Arc::new(report);
                let findings = Arc::clone(&shared);
                let engine = Arc::clone(&engine);
                let (asked, place, host) =
                    (shared.model.is_some(), place.clone(), Arc::clone(&host));
                let pages = pool.run(move || {
                    let spend = asked.then(|| host.spend(&engine, &place));
                    (check::pages(&findings.findings, &engine, &*host), spend)
                });
                let (pages, spend) = pages.await.unwrap_or_default();
                if let Some(spend) = spend {
                    events.send(Event::Spent(spend)).ok();
                }
                (Ok(Arc::unwrap_or_clone(shared)), pages)
            }
            Err(error) => (Err(error), HashMap::new()),
        };
        events
            .send(Event::ReviewDone(Box::new(ReviewDone {
                id,
                folder,
                result,
                pages,
                only,
                asks,
                is_worktree,
                reply,
            })))
            .ok();
    });
}

/// The first of the usual places that exists.
async fn find_base(pool: &Pool, repo: Arc<dyn Repo>, cancel: Cancel) -> Result<Scope, ReviewError> {
    let find = move || {
        for base in BASES {
            let scope = Scope::Base((*base).to_owned());
            match repo.change(&scope, &cancel) {
                Ok(_) => return Ok(scope),
                Err(RepoError::NoSuchRevision { .. }) => {}
                Err(error) => return Err(ReviewError::Repo(error)),
            }
        }
        Err(ReviewError::Repo(RepoError::NoSuchRevision {
            revision: "main".to_owned(),
            why: format!("none of {} exists; name the base", BASES.join(", ")),
        }))
    };
    let panicked = || ReviewError::Internal("looking for the base panicked".to_owned());
    pool.run(find).await.unwrap_or_else(|| Err(panicked()))
}

impl Loop {
    pub(crate) fn review_done(&mut self, done: ReviewDone) {
        self.running.remove(&done.id);
        let is_over = !(self.running.values()).any(|running| running.is_review);
        if let Some(folder) = self.folder(done.folder).filter(|_| is_over) {
            folder.unasked.is_asked = false;
        }
        let report = match done.result {
            Ok(mut report) => {
                if done.asks == Asks::Nobody {
                    // Nothing new was said: only what was known of before is shown.
                    let known = |finding: &Finding| finding.check == CheckKind::Model;
                    report.findings.retain(known);
                }
                if let Some(only) = &done.only {
                    report.findings.retain(|finding| finding.path == *only);
                    report.skipped.retain(|skipped| skipped.path == *only);
                }
                report
            }
            Err(ReviewError::Cancelled | ReviewError::Repo(RepoError::Cancelled)) => {
                done.reply.send(Err(Error::request_cancelled())).ok();
                return self.tell_status(None);
            }
            Err(error) => {
                let message = error.to_string();
                done.reply.send(Err(failed(message.clone()))).ok();
                if done.asks == Asks::User {
                    return self.tell_status(Some(&message));
                }
                self.tell_once(format!("a review that nobody asked for failed: {message}"));
                return self.tell_status(None);
            }
        };
        if let (Some(folder), Some(asked)) = (self.folder(done.folder), &report.model) {
            folder.asked = Some(base::ModelStats {
                held_back: Vec::new(),
                ..asked.clone()
            });
        }
        if let Some(folder) = self
            .folder(done.folder)
            .filter(|_| done.asks != Asks::Nobody)
        {
            folder.held_back = HeldBack::of(&report);
        }
        self.show(done.folder, &report, &done.pages, done.only.as_ref());
        if let Some(folder) = self.folder(done.folder) {
            folder.shows_disk |= done.is_worktree && done.asks != Asks::Nobody;
        }
        self.show_proposed(done.folder, &report, done.only.as_ref(), true);
        let json = serde_json::to_value(review::json::report(&report)).unwrap_or_default();
        done.reply.send(Ok(json)).ok();
        self.tell_status(None);
    }

    /// Shows what a review that asks a model says so far.
    pub(crate) fn review_part(&mut self, part: ReviewPart) {
        if !self.running.contains_key(&part.id) {
            return;
        }
        if let Some(folder) = self.folder(part.folder) {
            folder.pages.extend(part.pages.clone());
        }
        let only = part.only.as_ref();
        self.show(part.folder, &part.report, &part.pages, only);
        self.show_proposed(part.folder, &part.report, only, false);
    }

    /// Shows what a review says about files that are not open; open ones show their own check's findings.
    fn show(
        &mut self,
        folder: u64,
        report: &Report,
        pages: &HashMap<RuleId, String>,
        only: Option<&RelPath>,
    ) {
        let Some(root) = self
            .folders
            .iter()
            .find(|entry| entry.id == folder)
            .map(|entry| entry.uri.clone())
        else {
            return;
        };
        match only {
            Some(path) => self.clear_one(&uri::join(&root, path)),
            None => self.clear_unopened(folder),
        }
        let open: Vec<String> = self
            .open
            .keys()
            .filter_map(|uri| uri::to_path(uri))
            .collect();
        let mut by_file: BTreeMap<&RelPath, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            by_file.entry(&finding.path).or_default().push(finding);
        }
        for (path, findings) in by_file {
            let uri = uri::join(&root, path);
            if uri::to_path(&uri).is_some_and(|path| open.contains(&path)) {
                continue;
            }
            self.show_unopened(folder, &root, path, &findings, report, pages);
        }
    }
}
