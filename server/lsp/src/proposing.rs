//! `obelus.generateTests` and `obelus.document`: what the user's model writes for a definition, seen before it lands.
//!
//! It was put into its file and parsed in memory when it comes here. The answer holds the edit; where the editor
//! applies edits, the user is asked. An edit of a document that is open names its version, so that an editor refuses it
//! when somebody has typed since; a new file is only made where there is none.

use std::collections::HashMap;

use base::model::Role;
use base::{At, diff};
use review::Proposal;
use review::testing::{Subject, Wanted};
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

/// A first line that is longer is cut in the question.
const MOST_SHOWN: usize = 160;

/// Tests for a definition.
pub(crate) fn tests(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    run(state, arguments, Wanted::Tests, token, answer)
}

/// A doc comment for a definition.
pub(crate) fn comment(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    run(state, arguments, Wanted::Comment, token, answer)
}

fn run(
    state: &mut Loop,
    arguments: &Arguments,
    kind: Wanted,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let symbol = arguments.owned("symbol")?;
    let range = arguments.range("range")?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let wanted = arguments.flag("apply")?;
    let replace = kind == Wanted::Comment && arguments.flag("replace")?.unwrap_or(false);
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
                "what is meant is named by `symbol`, or by `uri` and `range`".to_owned(),
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
        page: match kind {
            Wanted::Tests => "tests",
            Wanted::Comment => "comment",
        },
    };
    let can = (
        state.abilities.applies,
        state.abilities.asks,
        state.abilities.creates,
    );
    let work = move |desk: &crate::consulting::Desk| {
        let here = path
            .as_ref()
            .and_then(|path| Subject::find(&*desk.repo, path, symbol.as_deref(), offset, kind));
        let subject = match (here, &symbol) {
            (None, Some(name)) => elsewhere(desk, name, kind)?,
            (here, _) => here,
        };
        let subject = subject.ok_or_else(|| {
            let can = match kind {
                Wanted::Tests => "tested",
                Wanted::Comment => "documented",
            };
            Trouble::Said(format!("there is no definition that could be {can}"))
        })?;
        let paths = desk.repo.list("", &At::Worktree)?;
        let asked = desk.consult(Role::Fix, async |plan| {
            let (engine, cancel) = (&desk.by.engine, &desk.cancel);
            let repo = &desk.repo;
            match kind {
                Wanted::Tests => {
                    review::write_tests(engine, repo, &subject, &paths, plan, cancel).await
                }
                Wanted::Comment => {
                    let paths = &paths;
                    review::write_comment(engine, repo, &subject, paths, replace, plan, cancel)
                        .await
                }
            }
        })?;
        let (made, stats) = asked.ok_or_else(|| Trouble::Said(NO_MODEL.to_owned()))?;
        let made = made.map_err(Trouble::Said)?;
        let file = uri::join(&top, &made.path);
        let edit = edit(&made, &file, versions.get(&file).copied());
        let markdown = markdown(&made, kind);
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
                let question = question(&made, kind);
                let markdown = markdown.clone();
                tokio::spawn(async move { offer.ask(&question, &markdown, edit).await });
            }
        }
        Ok((json, markdown))
    };
    let name = match kind {
        Wanted::Tests => ("Obelus: writing tests", "tests", show),
        Wanted::Comment => ("Obelus: writing a doc comment", "comment", show),
    };
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// The one definition of this name that the index knows.
fn elsewhere(
    desk: &crate::consulting::Desk,
    name: &str,
    kind: Wanted,
) -> std::result::Result<Option<Subject>, Trouble> {
    let index = desk.index().ok_or_else(|| {
        Trouble::Said("the index is not there yet: name the file in `uri`".to_owned())
    })?;
    let mut found = Subject::named(&*desk.repo, &*index, name, kind);
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
    page: &'static str,
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
                        self.outbox.show_warning(
                            "Obelus: the editor did not take it; the text may have changed since"
                                .to_owned(),
                        );
                    }
                    return;
                }
                Some(SHOW) => {
                    self.shows.show(self.page, markdown);
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

/// What the user is asked: enough to say no at once.
fn question(made: &Proposal, kind: Wanted) -> String {
    let (symbol, path) = (&made.symbol, &made.path);
    match kind {
        Wanted::Tests => format!("Obelus: add tests for {symbol} to {path}? Written by the model."),
        Wanted::Comment => {
            let (_, added) = lines(made);
            let says = |line: &&str| line.chars().any(char::is_alphanumeric);
            let first: String = added
                .lines()
                .find(says)
                .map(|line| line.trim().chars().take(MOST_SHOWN).collect())
                .unwrap_or_default();
            format!("Obelus: document {symbol} in {path}? Written by the model: {first}")
        }
    }
}

/// The lines that go and those that come.
fn lines(made: &Proposal) -> (String, String) {
    let old = made.old.as_ref().map_or("", |text| text.as_str());
    let (before, after): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        made.new.split_inclusive('\n').collect(),
    );
    let hunks = diff::hunks(old, &made.new);
    let of = |all: &[&str], from: u32, to: u32| {
        all.get(from as usize..to as usize)
            .unwrap_or_default()
            .concat()
    };
    let gone = hunks
        .iter()
        .map(|hunk| of(&before, hunk.old.start, hunk.old.end));
    let added = hunks
        .iter()
        .map(|hunk| of(&after, hunk.new.start, hunk.new.end));
    (gone.collect(), added.collect())
}

fn markdown(made: &Proposal, kind: Wanted) -> String {
    let (gone, added) = lines(made);
    let (title, state) = match kind {
        Wanted::Tests if made.old.is_none() => ("Tests for", "a new file"),
        Wanted::Tests => ("Tests for", "added"),
        Wanted::Comment if gone.is_empty() => ("Doc comment for", "added"),
        Wanted::Comment => ("Doc comment for", "instead of the one that is there"),
    };
    format!(
        "# {title} {}\n\n{}, {state}\n\n{}",
        crate::hover::escape(&made.symbol),
        crate::hover::escape(made.path.as_str()),
        crate::hover::fenced(&crate::hover::difference(&gone, &added))
    )
}
