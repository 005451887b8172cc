//! `obelus.dismiss`: a finding that its user does not want to see again, and why.
//!
//! It goes into the user's own state, so it holds in every window and on the command line; a model is told what was
//! dismissed and why. It leaves the screen at once.

use std::sync::Arc;

use base::store::{Dismissal, Seconds, Store};
use base::{FindingId, calendar};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::arguments::{Arguments, wrong};
use crate::commands::{Answer, place};
use crate::event_loop::{Event, Loop};
use crate::explaining::known;
use crate::observed;
use crate::proto::types::ProgressToken;
use crate::proto::{Result, failed};

/// Why a finding is dismissed: the name that is kept, and what the user reads.
const REASONS: &[(&str, &str)] = &[
    ("false", "False"),
    ("not-now", "Not now"),
    ("by-design", "By design"),
    ("too-picky", "Too picky"),
];
/// What is kept where nobody could be asked.
const UNSAID: &str = "no reason given";
/// "Not now" is over after so many days.
const NOT_NOW_DAYS: Seconds = 14;
/// A longer reason is cut.
const MAX_REASON: usize = 500;

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    _: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let id = arguments.text("id")?;
    let id = id.ok_or_else(|| wrong("`id` is missing: the id of a finding".to_owned()))?;
    if arguments.flag("undo")? == Some(true) {
        return undo(state, arguments, id, answer);
    }
    let found = known(state, id)?;
    let (folder, path) = (found.folder.id, found.folder.path.clone());
    let finding = found.finding;
    let host = Arc::clone(&state.host);
    let store = host.store(std::path::Path::new(&path));
    let store = store.ok_or_else(|| failed("there is no folder for state here"))?;
    let reason = match arguments.text("reason")? {
        Some(reason) if reason.trim().is_empty() => {
            return Err(wrong(
                "`reason` is empty; leave it out to be asked".to_owned(),
            ));
        }
        Some(reason) => Some(reason.trim().chars().take(MAX_REASON).collect::<String>()),
        None if state.abilities.asks => None,
        None => Some(UNSAID.to_owned()),
    };
    let (events, outbox, pool) = (
        state.events.clone(),
        state.outbox.clone(),
        state.pool.clone(),
    );
    let mut reply = answer.later()?;
    observed::spawn(async move {
        let reason = match reason {
            Some(reason) => reason,
            None => {
                let question = format!("Obelus: why dismiss “{}”?", finding.title);
                let titles: Vec<&str> = REASONS.iter().map(|(_, title)| *title).collect();
                let answer = tokio::select! {
                    answer = outbox.ask(question, &titles) => answer,
                    () = reply.closed() => return,
                };
                let chosen = |(_, title): &&(&str, &str)| Some(*title) == answer.as_deref();
                let Some((name, _)) = REASONS.iter().find(chosen) else {
                    // The question was closed: the user thought better of it.
                    reply.send(Ok(json!({ "dismissed": false }))).ok();
                    return;
                };
                (*name).to_owned()
            }
        };
        let at = host.now();
        let dismissal = Dismissal {
            finding: finding.id,
            rule: finding.rule.clone(),
            path: finding.path.clone(),
            title: finding.title.clone(),
            expires: (reason == "not-now").then(|| at + NOT_NOW_DAYS * 86_400),
            reason: reason.clone(),
            at,
        };
        let expires = dismissal.expires.map(calendar::day);
        let kept = pool.run(move || store.dismiss(&dismissal)).await;
        let result = match kept {
            Some(Ok(())) => {
                events.send(Event::Dismissed(folder, finding.id)).ok();
                opened(&events, folder).await;
                Ok(json!({
                    "dismissed": true,
                    "id": finding.id.to_string(),
                    "reason": reason,
                    "expires": expires,
                }))
            }
            Some(Err(error)) => Err(failed(format!("it could not be kept: {error}"))),
            None => Err(failed("keeping it panicked; please report this")),
        };
        reply.send(result).ok();
    });
    Ok(())
}

/// Takes a dismissal back.
fn undo(state: &mut Loop, arguments: &Arguments, id: &str, answer: Answer) -> Result<()> {
    let finding: FindingId = id
        .parse()
        .map_err(|_| wrong(format!("`{id}` is no id of a finding")))?;
    let (folder, _) = place(state, arguments)?;
    let (_, path) = state.ready(folder)?;
    let store: Arc<dyn Store> =
        (state.host.store(&path)).ok_or_else(|| failed("there is no folder for state here"))?;
    let (events, pool, reply) = (state.events.clone(), state.pool.clone(), answer.later()?);
    observed::spawn(async move {
        let result = match pool.run(move || store.restore(finding)).await {
            Some(Ok(restored)) => {
                if restored {
                    events.send(Event::Restored(folder)).ok();
                    opened(&events, folder).await;
                }
                Ok(json!({ "restored": restored, "id": finding.to_string() }))
            }
            Some(Err(error)) => Err(failed(format!("it could not be taken back: {error}"))),
            None => Err(failed("taking it back panicked; please report this")),
        };
        reply.send(result).ok();
    });
    Ok(())
}

/// Waits until the folder knows of it: a review that is asked for next goes by it.
async fn opened(events: &mpsc::UnboundedSender<Event>, folder: u64) {
    let (waits, opened) = oneshot::channel();
    events.send(Event::WhenOpened(folder, waits)).ok();
    opened.await.ok();
}

impl Loop {
    /// A finding was dismissed: it leaves the screen, and what is checked from now on does not show it.
    pub(crate) fn dismissed(&mut self, folder: u64, id: FindingId) {
        if let Some(folder) = self.folder(folder) {
            for (_, findings) in folder.proposed.values_mut() {
                findings.retain(|finding| finding.id != id);
            }
        }
        let uris: Vec<String> = (self.open.iter())
            .filter(|(_, open)| open.findings.iter().any(|finding| finding.id == id))
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in uris {
            if let Some(open) = self.open.get_mut(&uri) {
                let mut findings = std::mem::take(&mut open.findings);
                findings.retain(|finding| finding.id != id);
                self.set_findings(&uri, findings);
            }
        }
        self.leave_out_unopened(id);
        self.open_folder(folder);
    }
}
