//! `obelus.fix`: a repair of one finding by the user's model, which the user sees before it lands.
//!
//! The repair was tried in memory when it comes here. It is offered at the finding as a quick fix that is marked as a
//! model's, and the user is asked at once whether it shall be applied. Nothing is applied that nobody agreed to, and
//! nothing to a text that has changed since.

use base::model::Role;
use base::{FindingId, RelPath};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::actions;
use crate::arguments::{Arguments, wrong};
use crate::commands::Answer;
use crate::consulting::{Trouble, in_folder, told};
use crate::documents::Ticket;
use crate::event_loop::{Event, Loop};
use crate::explaining::known;
use crate::outbox::Outbox;
use crate::proto::types::{ProgressToken, WorkspaceEdit};
use crate::proto::{Result, failed};
use crate::shelf::Shows;

pub(crate) const APPLY: &str = "Apply";
pub(crate) const SHOW: &str = "Show it first";
pub(crate) const NOT_NOW: &str = "Not now";

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let id = arguments.text("id")?;
    let id = id.ok_or_else(|| wrong("`id` is missing: the id of a finding".to_owned()))?;
    let wanted = arguments.flag("apply")?;
    let found = known(state, id)?;
    let (folder, uri, finding) = (found.folder.id, found.uri.clone(), found.finding);
    let Some(open) = state.open.get(&uri) else {
        let why = "a repair is made for a text on the screen: open the file first";
        return Err(failed(why));
    };
    if wanted == Some(true) && !state.abilities.applies {
        return Err(failed("this editor applies no edits that the server sends"));
    }
    let (rope, ticket, version) = (
        open.document.rope.clone(),
        open.ticket(),
        open.document.version,
    );
    let asks = wanted.is_none() && state.abilities.applies && state.abilities.asks;
    let offer = Offer {
        uri,
        ticket,
        version,
        id: finding.id,
        path: finding.path.clone(),
        line: rope.byte_to_line((finding.span.start as usize).min(rope.len_bytes())) + 1,
        events: state.events.clone(),
        outbox: state.outbox.clone(),
        shows: Shows::of(state),
    };
    let encoding = state.encoding;
    let work = move |desk: &crate::consulting::Desk| {
        let asked = desk.consult(Role::Fix, async |plan| {
            let (engine, cancel) = (&desk.by.engine, &desk.cancel);
            review::mend(engine, &desk.repo, &finding, plan, cancel).await
        })?;
        let (fix, stats) = asked.ok_or_else(|| Trouble::Said(NO_MODEL.to_owned()))?;
        let fix = fix.map_err(Trouble::Said)?;
        let edits: Vec<Value> = (fix.edits.iter())
            .map(|edit| {
                let range = encoding.range(&rope, edit.span);
                json!({ "range": range, "newText": edit.new_text })
            })
            .collect();
        let diff: String = (fix.edits.iter())
            .map(|edit| crate::hover::difference(&edit.replaces, &edit.new_text))
            .collect();
        let markdown = format!(
            "# {}\n\n{}:{}\n\n{}",
            crate::hover::escape(&fix.title),
            crate::hover::escape(offer.path.as_str()),
            offer.line,
            crate::hover::fenced(&diff)
        );
        let mut json = json!({
            "id": offer.id.to_string(),
            "title": fix.title,
            "document": { "uri": offer.uri, "version": offer.version },
            "edits": edits,
            "model": told(Some(&stats)),
            "applied": false,
        });
        let title = fix.title.clone();
        let known = Event::Mended(offer.uri.clone(), offer.ticket, offer.id, Box::new(fix));
        offer.events.send(known).ok();
        if wanted == Some(true) {
            let applied = tokio::runtime::Handle::current().block_on(offer.apply());
            json["applied"] = json!(applied.map_err(Trouble::Said)?);
        } else if asks {
            let markdown = markdown.clone();
            tokio::spawn(async move { offer.ask(&title, &markdown).await });
        }
        Ok((json, markdown))
    };
    let name = ("Obelus: repairing", "repair", false);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// Why nobody is asked.
pub(crate) const NO_MODEL: &str =
    "no model is named: set `models.review` in your own config.toml, or name one in `model`";

/// A repair that is there, and the way to the document.
struct Offer {
    uri: String,
    ticket: Ticket,
    version: i32,
    id: FindingId,
    path: RelPath,
    /// 1-based.
    line: usize,
    events: mpsc::UnboundedSender<Event>,
    outbox: Outbox,
    shows: Shows,
}

impl Offer {
    /// Asks the user, who may want to see it first.
    async fn ask(&self, title: &str, markdown: &str) {
        let question = format!(
            "Obelus: {title}? A repair by the model for {}:{}.",
            self.path, self.line
        );
        let mut choices = vec![APPLY, SHOW, NOT_NOW];
        loop {
            let answer = self.outbox.ask(question.clone(), &choices).await;
            match answer.as_deref() {
                Some(APPLY) => {
                    if let Err(why) = self.apply().await {
                        self.outbox.show_warning(format!("Obelus: {why}"));
                    }
                    return;
                }
                Some(SHOW) => {
                    self.shows.show("repair", markdown);
                    choices = vec![APPLY, NOT_NOW];
                }
                _ => return,
            }
        }
    }

    /// Applies it, if nobody has typed since; whether the editor did.
    async fn apply(&self) -> std::result::Result<bool, String> {
        let edit = self.edit().await;
        let stale =
            || "the text has changed since the repair was made; it was not applied".to_owned();
        Ok(self.outbox.apply(edit.ok_or_else(stale)?).await)
    }

    async fn edit(&self) -> Option<WorkspaceEdit> {
        let (reply, resolved) = oneshot::channel();
        let action = actions::mended(&self.uri, self.version, self.id);
        let resolve = Event::Resolve(Box::new(action), reply);
        self.events.send(resolve).ok()?;
        resolved.await.ok()?.ok()?.edit
    }
}
