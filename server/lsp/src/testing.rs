//! `obelus.generateTests`: tests for a definition by the user's model, which the user sees before they land.
//!
//! They were put into their file and parsed in memory when they come here. The answer holds the edit; where the editor
//! applies edits, the user is asked. An edit of a document that is open names its version, so that an editor refuses it
//! when somebody has typed since; a new file is only made where there is none.

use std::collections::HashMap;

use base::model::Role;
use base::{At, diff};
use review::Proposal;
use review::testing::Subject;
use serde_json::{Value, json};

use crate::arguments::{Arguments, wrong};
use crate::commands::{Answer, place};
use crate::consulting::{Trouble, in_folder, told};
use crate::event_loop::Loop;
use crate::fixing::{APPLY, NO_MODEL, NOT_NOW, SHOW};
use crate::outbox::Outbox;
use crate::proto::types::{ProgressToken, WorkspaceEdit};
use crate::proto::{Result, failed};
use crate::shelf::Shows;
use crate::uri;

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let symbol = arguments.owned("symbol")?;
    let range = arguments.range("range")?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let wanted = arguments.flag("apply")?;
    let (folder, path) = place(state, arguments)?;
    let document = arguments.text("uri")?.and_then(|uri| state.open.get(uri));
    let offset = match (range, document) {
        (Some(range), Some(open)) => {
            let span = state.encoding.span(&open.document.rope, range);
            span.ok_or_else(|| wrong("`range` lies outside of the document".to_owned()))?
                .start
        }
        (Some(_), None) => {
            return Err(failed(
                "a `range` is one of a document that is open: open the file first",
            ));
        }
        (None, _) if symbol.is_none() => {
            return Err(wrong(
                "what is tested is named by `symbol`, or by `uri` and `range`".to_owned(),
            ));
        }
        (None, _) => 0,
    };
    if wanted == Some(true) && !state.abilities.applies {
        return Err(failed("this editor applies no edits that the server sends"));
    }
    let top = state
        .folders
        .iter()
        .find(|it| it.id == folder)
        .map(|it| it.uri.clone());
    let top = top.ok_or_else(|| failed("no workspace folder is open"))?;
    let versions: HashMap<String, i32> = state
        .open
        .iter()
        .map(|(uri, open)| (uri.clone(), open.document.version))
        .collect();
    let offer = Offer {
        outbox: state.outbox.clone(),
        shows: Shows::of(state),
    };
    let can = (
        state.abilities.applies,
        state.abilities.asks,
        state.abilities.creates,
    );
    let work = move |desk: &crate::consulting::Desk| {
        let here = path
            .as_ref()
            .and_then(|path| Subject::find(&*desk.repo, path, symbol.as_deref(), offset));
        let subject = match (here, &symbol) {
            (None, Some(name)) => elsewhere(desk, name)?,
            (here, _) => here,
        };
        let subject = subject.ok_or_else(|| {
            Trouble::Said("there is no definition that could be tested".to_owned())
        })?;
        let paths = desk.repo.list("", &At::Worktree)?;
        let asked = desk.consult(Role::Fix, async |plan| {
            let (engine, cancel) = (&desk.by.engine, &desk.cancel);
            review::write_tests(engine, &desk.repo, &subject, &paths, plan, cancel).await
        })?;
        let (made, stats) = asked.ok_or_else(|| Trouble::Said(NO_MODEL.to_owned()))?;
        let made = made.map_err(Trouble::Said)?;
        let file = uri::join(&top, &made.path);
        let edit = edit(&made, &file, versions.get(&file).copied());
        let markdown = markdown(&made);
        let mut json = json!({
            "symbol": made.symbol,
            "path": made.path.as_str(),
            "document": { "uri": file, "version": versions.get(&file) },
            "isNew": made.old.is_none(),
            "framework": made.framework,
            "like": made.neighbours.iter().map(base::RelPath::as_str).collect::<Vec<_>>(),
            "edit": edit,
            "model": told(Some(&stats)),
            "applied": false,
        });
        let (applies, asks, creates) = can;
        let fits = applies && (creates || made.old.is_some());
        let edit: Option<WorkspaceEdit> = serde_json::from_value(edit).ok();
        if let Some(edit) = edit.filter(|_| fits) {
            if wanted == Some(true) {
                let applied = tokio::runtime::Handle::current().block_on(offer.outbox.apply(edit));
                json["applied"] = json!(applied);
            } else if wanted.is_none() && asks {
                let question = format!(
                    "Obelus: add tests for {} to {}? Written by the model.",
                    made.symbol, made.path
                );
                let markdown = markdown.clone();
                tokio::spawn(async move { offer.ask(&question, &markdown, edit).await });
            }
        }
        Ok((json, markdown))
    };
    let name = ("Obelus: writing tests", "tests", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// The one definition of this name that the index knows.
fn elsewhere(
    desk: &crate::consulting::Desk,
    name: &str,
) -> std::result::Result<Option<Subject>, Trouble> {
    let index = desk.index().ok_or_else(|| {
        Trouble::Said("the index is not there yet: name the file in `uri`".to_owned())
    })?;
    let mut found = Subject::named(&*desk.repo, &*index, name);
    if found.len() > 1 {
        let places: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
        let places = places.join(", ");
        return Err(Trouble::Said(format!(
            "{name} is defined in {places}: name one of them in `uri`"
        )));
    }
    Ok(found.pop())
}

struct Offer {
    outbox: Outbox,
    shows: Shows,
}

impl Offer {
    /// Asks the user, who may want to see it first.
    async fn ask(&self, question: &str, markdown: &str, edit: WorkspaceEdit) {
        let mut choices = vec![APPLY, SHOW, NOT_NOW];
        loop {
            match self
                .outbox
                .ask(question.to_owned(), &choices)
                .await
                .as_deref()
            {
                Some(APPLY) => {
                    if !self.outbox.apply(edit).await {
                        self.outbox.show_warning("Obelus: the editor did not take the tests; the text may have changed since".to_owned());
                    }
                    return;
                }
                Some(SHOW) => {
                    self.shows.show("tests", markdown);
                    choices = vec![APPLY, NOT_NOW];
                }
                _ => return,
            }
        }
    }
}

/// The edit in the protocol's form: whole lines, so no encoding matters.
fn edit(made: &Proposal, uri: &str, version: Option<i32>) -> Value {
    let old = made.old.as_ref().map_or("", |text| text.as_str());
    let lines: Vec<&str> = made.new.split_inclusive('\n').collect();
    let edits: Vec<Value> = match made.old {
        None => vec![replaced(0, 0, &made.new)],
        Some(_) => diff::hunks(old, &made.new)
            .iter()
            .map(|hunk| {
                let text = lines.get(hunk.new.start as usize..hunk.new.end as usize);
                replaced(
                    hunk.old.start,
                    hunk.old.end,
                    &text.unwrap_or_default().concat(),
                )
            })
            .collect(),
    };
    let mut changes = Vec::new();
    if made.old.is_none() {
        changes.push(json!({ "kind": "create", "uri": uri }));
    }
    changes.push(json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits }));
    json!({ "documentChanges": changes })
}

fn replaced(from: u32, to: u32, text: &str) -> Value {
    let at = |line: u32| json!({ "line": line, "character": 0 });
    json!({ "range": { "start": at(from), "end": at(to) }, "newText": text })
}

fn markdown(made: &Proposal) -> String {
    let old = made.old.as_ref().map_or("", |text| text.as_str());
    let lines: Vec<&str> = made.new.split_inclusive('\n').collect();
    let added: String = diff::hunks(old, &made.new)
        .iter()
        .filter_map(|hunk| lines.get(hunk.new.start as usize..hunk.new.end as usize))
        .map(<[&str]>::concat)
        .collect();
    let state = if made.old.is_none() {
        "a new file"
    } else {
        "added"
    };
    format!(
        "# Tests for {}\n\n{}, {state}\n\n{}",
        crate::hover::escape(&made.symbol),
        crate::hover::escape(made.path.as_str()),
        crate::hover::fenced(&crate::hover::difference("", &added))
    )
}
