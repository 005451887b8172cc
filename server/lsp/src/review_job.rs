//! A review on request: files that are not open are looked at too, open ones as they are on the screen.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::{Cancel, Finding, Overlay, RelPath, Repo, RepoError, Report, RuleId, Scope, Text};
use review::{Progress, ReviewError};
use serde_json::json;

use crate::event_loop::{Event, Loop, Reply};
use crate::proto::Error;
use crate::proto::failed;
use crate::proto::types::{LspAny, ProgressToken};
use crate::{folders, uri};

/// A review that is done sooner shows no progress: a bar that flashes is noise.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_millis(300);

/// Where a branch may have left from, in this order, when nobody says.
const BASES: &[&str] = &[
    "origin/HEAD",
    "origin/main",
    "origin/master",
    "main",
    "master",
];

/// A review under way.
pub(crate) struct Running {
    pub(crate) cancel: Cancel,
    folder: u64,
}

/// What a review comes back with.
pub(crate) struct ReviewDone {
    token: String,
    folder: u64,
    result: Result<Report, ReviewError>,
    pages: HashMap<RuleId, String>,
    only: Option<RelPath>,
    reply: Reply<LspAny>,
}

/// A review that somebody asks for.
pub(crate) struct Wanted {
    pub(crate) scope: Scope,
    /// The file it is about, or one in the folder it is about.
    pub(crate) file: Option<String>,
    /// Only that file's findings count.
    pub(crate) only_file: bool,
    pub(crate) token: Option<ProgressToken>,
    pub(crate) reply: Reply<LspAny>,
}

pub(crate) fn start(state: &mut Loop, wanted: Wanted) {
    let owner = match &wanted.file {
        Some(file) => state.owner(file).map(|(folder, _)| folder),
        None => state.folders.first(),
    };
    // A first command right after the start is no mistake: it waits for its folder. Once opening has failed there is
    // an answer instead.
    if owner.is_some_and(|folder| folder.engine.is_none() && !folder.failed) {
        return state.waiting.push(wanted);
    }
    let Wanted {
        scope,
        file,
        only_file,
        token,
        mut reply,
    } = wanted;
    let owner = match &file {
        Some(file) => state
            .owner(file)
            .map(|(folder, path)| (folder.id, Some(path))),
        None => state.folders.first().map(|folder| (folder.id, None)),
    };
    let Some((folder, path)) = owner else {
        reply
            .send(Err(failed(
                "no workspace folder is open; open one, or name a file in `uri`",
            )))
            .ok();
        return;
    };
    let only = path.filter(|_| only_file);
    state.next_id += 1;
    let (own_token, token) = match token {
        Some(ProgressToken::String(token)) => (false, token),
        Some(ProgressToken::Int(token)) => (false, token.to_string()),
        None => (true, format!("obelus-review-{}", state.next_id)),
    };
    let open: HashMap<RelPath, Text> = state
        .open
        .iter()
        .filter_map(|(uri, open)| {
            let (owner, path) = folders::owner(&state.folders, &uri::to_path(uri)?)?;
            (owner.id == folder && !open.document.desynced)
                .then(|| (path, Text::new(open.document.rope.to_string())))
        })
        .collect();
    let Some(entry) = state.folders.iter_mut().find(|entry| entry.id == folder) else {
        return;
    };
    let Some(engine) = entry.engine.clone() else {
        reply
            .send(Err(failed(
                "the folder could not be opened; the message about it says why",
            )))
            .ok();
        return;
    };
    let cancel = Cancel::new();
    // One review a folder: a second one means that the first is no longer wanted.
    if let Some(before) = entry.review.replace(cancel.clone()) {
        before.cancel();
    }
    state.running.insert(
        token.clone(),
        Running {
            cancel: cancel.clone(),
            folder,
        },
    );
    state.tell_status(None);
    let (host, events, outbox) = (
        Arc::clone(&state.host),
        state.events.clone(),
        state.outbox.clone(),
    );
    let show_progress = !own_token || state.abilities.progress;
    tokio::spawn(async move {
        let shown = Arc::new(AtomicBool::new(false));
        let (sink, bar, name) = (outbox.clone(), Arc::clone(&shown), token.clone());
        let on_progress = move |progress: Progress| {
            if let Progress::File { done, files, .. } = progress
                && bar.load(Ordering::Relaxed)
            {
                let percentage = done * 100 / files.max(1);
                // Each hundredth once, not each of ten thousand files.
                if percentage != (done.saturating_sub(1)) * 100 / files.max(1) {
                    sink.progress(&name, json!({ "kind": "report", "message": format!("{done} of {files} files"), "percentage": percentage }));
                }
            }
        };
        let repo: Arc<dyn Repo> = Arc::new(Overlay::new(Arc::clone(engine.repo()), open));
        let scope = match scope {
            Scope::Base(base) if base.is_empty() => find_base(&repo),
            scope => Ok(scope),
        };
        let work = async {
            review::review(
                Arc::clone(&engine),
                repo,
                scope.map_err(ReviewError::Repo)?,
                Arc::new(on_progress),
                cancel.clone(),
            )
            .await
        };
        tokio::pin!(work);
        let mut timer = std::pin::pin!(tokio::time::sleep(SHOW_PROGRESS_AFTER));
        let mut gone = false;
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = &mut timer, if show_progress && !shown.load(Ordering::Relaxed) => {
                    if own_token {
                        outbox.create_progress(&token);
                    }
                    outbox.progress(&token, json!({ "kind": "begin", "title": "Obelus: reviewing", "cancellable": true, "percentage": 0 }));
                    shown.store(true, Ordering::Relaxed);
                }
                // `$/cancelRequest` drops the other end.
                () = reply.closed(), if !gone => {
                    gone = true;
                    cancel.cancel();
                }
            }
        };
        if shown.load(Ordering::Relaxed) {
            outbox.progress(&token, json!({ "kind": "end" }));
        }
        let mut pages = HashMap::new();
        if let Ok(report) = &result {
            for finding in &report.findings {
                if !pages.contains_key(&finding.rule)
                    && let Some(page) = host.rule_page(&engine, finding.rule.as_str())
                {
                    pages.insert(finding.rule.clone(), page);
                }
            }
        }
        events
            .send(Event::ReviewDone(Box::new(ReviewDone {
                token,
                folder,
                result,
                pages,
                only,
                reply,
            })))
            .ok();
    });
}

fn find_base(repo: &Arc<dyn Repo>) -> Result<Scope, RepoError> {
    for base in BASES {
        let scope = Scope::Base((*base).to_owned());
        match repo.change(&scope, &Cancel::new()) {
            Ok(_) => return Ok(scope),
            Err(RepoError::NoSuchRevision { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(RepoError::NoSuchRevision {
        revision: "main".to_owned(),
        why: format!("none of {} exists; name the base", BASES.join(", ")),
    })
}

impl Loop {
    pub(crate) fn cancel_progress(&mut self, token: &ProgressToken) {
        let token = match token {
            ProgressToken::String(token) => token.clone(),
            ProgressToken::Int(token) => token.to_string(),
        };
        if let Some(running) = self.running.get(&token) {
            running.cancel.cancel();
        }
    }

    pub(crate) fn review_done(&mut self, done: ReviewDone) {
        let Some(running) = self.running.remove(&done.token) else {
            return;
        };
        debug_assert_eq!(running.folder, done.folder);
        let report = match done.result {
            Ok(mut report) => {
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
                return self.tell_status(Some(&message));
            }
        };
        self.show(done.folder, &report, &done.pages, done.only.is_some());
        let json = serde_json::to_value(review::json::report(&report)).unwrap_or_default();
        done.reply.send(Ok(json)).ok();
        self.tell_status(None);
    }

    /// Shows what a review says about files that are not open; open ones show their own check's findings.
    fn show(
        &mut self,
        folder: u64,
        report: &Report,
        pages: &HashMap<RuleId, String>,
        only_one: bool,
    ) {
        if !only_one {
            self.clear_unopened(folder);
        }
        let Some(root) = self
            .folders
            .iter()
            .find(|entry| entry.id == folder)
            .map(|entry| entry.uri.clone())
        else {
            return;
        };
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
            let text = report
                .sources
                .get(path)
                .map(Text::as_str)
                .unwrap_or_default();
            self.show_unopened(folder, uri, &findings, text, pages);
        }
    }
}
