//! `obelus.ask`: a request in plain words, done by the command that it means, or answered from the code; and the
//! conversations that were held: listed, searched, gone on with, written out.
//!
//! What is understood is in the result, with the command that did it. Nothing that changes a file is started by a guess.

use std::sync::Arc;

use base::calendar;
use base::model::Role;
use base::search::{Index, Query};
use base::store::Seconds;
use base::{At, ContentHash, Conversation, ConversationId, Conversations, RelPath, Span, Turn};
use review::ask::{self, About, Asked, Intent, Target, understand};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::arguments::{Arguments, wrong};
use crate::commands::{self, Answer, place};
use crate::consulting::{Desk, Made, Trouble, in_folder, told};
use crate::event_loop::Loop;
use crate::explaining::known;
use crate::observed;
use crate::proto::types::{ExecuteCommandParams, ProgressToken, WorkDoneProgressParams};
use crate::proto::{Result, failed};
use crate::{answers, uri};

/// What can be asked about a finding with one click.
const ABOUT_IT: &[(&str, &str)] = &[
    (
        "Why here?",
        "Why is this reported here, and can it really happen?",
    ),
    (
        "What to do?",
        "What is the best way to repair this, and what would that change for callers?",
    ),
    (
        "Safe to ignore?",
        "Is it safe to leave this as it is? When would it go wrong?",
    ),
];
/// Places that a search answers with.
const MOST_PLACES: usize = 20;
/// A question that is longer is cut.
const MAX_QUESTION: usize = 4_000;

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let number = |key| {
        let number = arguments.number(key);
        number.map(|number| number.map(ConversationId))
    };
    let words = arguments.text("search")?.map(|text| {
        let words = text.split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    let kept = match (arguments.flag("list")?, words) {
        (Some(true), words) => Some(Kept::List(words.unwrap_or_default())),
        (_, Some(words)) => Some(Kept::List(words)),
        _ => match (number("export")?, number("forget")?) {
            (Some(id), _) => Some(Kept::Export(id)),
            (None, Some(id)) => Some(Kept::Forget(id)),
            (None, None) => None,
        },
    };
    if let Some(kept) = kept {
        return conversations(state, arguments, kept, token, answer);
    }
    let of = number("conversation")?;
    let question = arguments.text("question")?.unwrap_or_default().trim();
    let question: String = question.chars().take(MAX_QUESTION).collect();
    let id = arguments.text("id")?;
    if let (Some(id), true) = (id, question.is_empty()) {
        return choose(state, arguments, id, token, answer);
    }
    if question.is_empty() {
        let message = "`question` is missing: what you want, such as `review my staged changes` or `what calls parse`";
        return Err(wrong(message.to_owned()));
    }
    let about = about(state, arguments)?;
    // What is said about something that is at hand, or in a conversation, is a question about that; unless it is to
    // write something for the lines that are selected.
    let said = understand(&question);
    let writes = matches!(said, Intent::Tests(_) | Intent::Document(_));
    let intent = match id.is_some() || of.is_some() || (about.is_some() && !writes) {
        true => Intent::Question,
        false => said,
    };
    match intent {
        Intent::Question => answered(state, arguments, (question, about, of), token, answer),
        Intent::Callers(_) | Intent::Definition(_) | Intent::Search(_) => {
            looked_up(state, arguments, intent, token, answer)
        }
        intent => done(state, arguments, &intent, token, answer),
    }
}

/// What the question is about: a finding, or lines of an open document.
fn about(state: &Loop, arguments: &Arguments) -> Result<Option<About>> {
    if let Some(id) = arguments.text("id")? {
        let finding = known(state, id)?.finding;
        if finding.sensitive {
            return Err(failed("a secret is not for a model to see"));
        }
        return Ok(Some(About::finding(&finding)));
    }
    let Some(range) = arguments.range("range")? else {
        return Ok(None);
    };
    let uri = arguments.text("uri")?.unwrap_or_default();
    let (Some(open), Some((_, path))) = (state.open.get(uri), state.owner(uri)) else {
        return Err(failed("only lines of an open document can be asked about"));
    };
    let span = (state.encoding.span(&open.document.rope, range))
        .ok_or_else(|| wrong("`range` lies outside of the document".to_owned()))?;
    let places = vec![(path, span, 2)];
    Ok(Some(About {
        text: String::new(),
        places,
    }))
}

/// The folder that is meant: that of the finding, that of `uri`, or the first one; and its URI.
fn folder(state: &Loop, arguments: &Arguments) -> Result<(u64, String)> {
    let id = match arguments.text("id")? {
        Some(id) => known(state, id)?.folder.id,
        None => place(state, arguments)?.0,
    };
    let entry = state.folders.iter().find(|entry| entry.id == id);
    let uri = entry.map(|entry| entry.uri.clone()).unwrap_or_default();
    Ok((id, uri))
}

/// Asks which question is meant, where none was given: a code action can carry none.
fn choose(
    state: &mut Loop,
    arguments: &Arguments,
    id: &str,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let title = known(state, id)?.finding.title;
    if !state.abilities.asks {
        return Err(wrong(
            "`question` is missing: what you want to know".to_owned(),
        ));
    }
    let mut given = arguments.given().clone();
    let (events, outbox) = (state.events.clone(), state.outbox.clone());
    let mut reply = answer.later()?;
    observed::spawn(async move {
        let question = format!("Obelus: what do you want to know about “{title}”?");
        let choices: Vec<&str> = ABOUT_IT.iter().map(|(choice, _)| *choice).collect();
        let chosen = tokio::select! {
            chosen = outbox.ask(question, &choices) => chosen,
            () = reply.closed() => return,
        };
        let meant = |(choice, _): &&(&str, &str)| Some(*choice) == chosen.as_deref();
        let Some((_, question)) = ABOUT_IT.iter().find(meant) else {
            // The question was closed: the user thought better of it.
            reply.send(Ok(json!({ "answer": null }))).ok();
            return;
        };
        given.insert("question".to_owned(), json!(question));
        let params = params(commands::ASK, Value::Object(given), token);
        events
            .send(crate::event_loop::Event::Command(params, reply))
            .ok();
    });
    Ok(())
}

fn params(command: &str, argument: Value, token: Option<ProgressToken>) -> ExecuteCommandParams {
    ExecuteCommandParams {
        command: command.to_owned(),
        arguments: Some(vec![argument]),
        work_done_progress_params: WorkDoneProgressParams {
            work_done_token: token,
        },
    }
}

/// Answers a question: by the user's model, or by the places where to look.
fn answered(
    state: &mut Loop,
    arguments: &Arguments,
    (question, about, of): (String, Option<About>, Option<ConversationId>),
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (folder, uri) = folder(state, arguments)?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let work = move |desk: &Desk| {
        let talks = desk.by.host.conversations(&desk.by.place);
        let before = match (&talks, of) {
            (Some(talks), Some(of)) => said(&**talks, of)?,
            (None, Some(of)) => return Err(unknown(of)),
            (_, None) => Vec::new(),
        };
        let asked = Asked {
            question: question.clone(),
            about: about.unwrap_or_default(),
            before,
        };
        let index = desk.index();
        let said = desk.consult(Role::Ask, async |plan| {
            let (engine, cancel) = (&desk.by.engine, &desk.cancel);
            ask::answer(engine, &desk.repo, index.as_ref(), &asked, plan, cancel).await
        })?;
        let Some((said, stats)) = said else {
            let found = match &index {
                Some(index) => search(desk, &**index, &ask::words_of(&question)),
                None => Vec::new(),
            };
            let (mut json, markdown) = found_places(&found, &uri);
            json["understood"] = json!("question");
            json["answer"] = Value::Null;
            json["note"] = json!("no model is named, so here is where to look");
            return Ok((json, markdown));
        };
        let said = said.map_err(Trouble::Said)?;
        let turn = Turn {
            question: question.clone(),
            answer: said.text(),
            places: said.places.clone(),
            model: stats.name.clone(),
            at: desk.by.host.now(),
        };
        let conversation = talks.and_then(|talks| match talks.keep(of, &turn) {
            Ok(id) => Some(id.0),
            Err(error) => {
                tracing::warn!(%error, "a conversation could not be kept");
                None
            }
        });
        let json = json!({
            "understood": "question",
            "answer": turn.answer,
            "places": answers::places(&said.places, &uri),
            "note": answers::note(&said),
            "conversation": conversation,
            "model": told(Some(&stats)),
        });
        Ok((json, answers::markdown(&said, &uri)))
    };
    let name = ("Obelus: answering", "answer", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// Where names and words are in the code.
fn looked_up(
    state: &mut Loop,
    arguments: &Arguments,
    intent: Intent,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (folder, uri) = folder(state, arguments)?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let work = move |desk: &Desk| -> Made {
        let missing =
            || Trouble::Said("there is no index here, or it is not up to date yet".to_owned());
        let index = desk.index().ok_or_else(missing)?;
        let found = match &intent {
            Intent::Callers(name) => {
                let found = index.references(last(name), MOST_PLACES);
                let places = found
                    .iter()
                    .map(|it| (&it.path, &it.hash, it.reference.span));
                lines(desk, places)
            }
            Intent::Definition(name) => {
                let found = index.definitions(last(name), MOST_PLACES);
                let places = found
                    .iter()
                    .map(|it| (&it.path, &it.hash, it.definition.name_span));
                lines(desk, places)
            }
            Intent::Search(words) => search(desk, &*index, words),
            _ => Vec::new(),
        };
        let (mut json, markdown) = found_places(&found, &uri);
        json["understood"] = json!(intent.as_str());
        Ok((json, markdown))
    };
    let name = ("Obelus: searching", "places", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// The last part of a qualified name: what an index knows names by.
fn last(name: &str) -> &str {
    let part = name.rsplit(['.', ':', '#']).find(|part| !part.is_empty());
    part.unwrap_or(name)
}

/// A place and its line of code.
type Found = ((RelPath, u32), String);

fn search(desk: &Desk, index: &dyn Index, words: &str) -> Vec<Found> {
    let hits = index.search(&Query::parse(words), MOST_PLACES);
    lines(
        desk,
        hits.iter().map(|hit| (&hit.path, &hit.hash, hit.span)),
    )
}

/// The lines of some places, of files that are still what the index read.
fn lines<'a>(
    desk: &Desk,
    places: impl Iterator<Item = (&'a RelPath, &'a ContentHash, Span)>,
) -> Vec<Found> {
    let found = places.filter_map(|(path, hash, span)| {
        let text = desk.repo.text(path, &At::Worktree).ok()??;
        if text.hash() != *hash {
            return None;
        }
        let line = text.lines().line_of(span.start);
        let code = text.slice(text.lines().lines_span(line..line + 1))?;
        Some(((path.clone(), line + 1), code.trim().to_owned()))
    });
    found.take(MOST_PLACES).collect()
}

fn found_places(found: &[Found], folder: &str) -> (Value, String) {
    let places: Vec<Value> = (found.iter())
        .map(|((path, line), code)| {
            json!({ "path": path.as_str(), "line": line, "uri": uri::join(folder, path), "text": code })
        })
        .collect();
    let rows: Vec<String> = (found.iter())
        .map(|(place, code)| {
            let code: String = code.replace('`', "'").chars().take(120).collect();
            format!("- {}: `{code}`", answers::link(place, folder))
        })
        .collect();
    let markdown = match rows.is_empty() {
        true => "Nothing was found.".to_owned(),
        false => rows.join("\n"),
    };
    (json!({ "places": places }), markdown)
}

/// Has a request done by the command that it means.
fn done(
    state: &mut Loop,
    arguments: &Arguments,
    intent: &Intent,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (command, argument) = command(state, arguments, intent)?;
    let understood = intent.as_str();
    let given = argument.clone();
    let (inner, result) = oneshot::channel();
    let mut reply = answer.later()?;
    commands::run(state, params(command, argument, token), inner);
    observed::spawn(async move {
        let result = tokio::select! {
            result = result => result,
            // `$/cancelRequest` drops the other end, and with it this end of the command's.
            () = reply.closed() => return,
        };
        let result = result.unwrap_or_else(|_| Err(failed("it ended without an answer")));
        let told = result.map(|result| {
            json!({ "understood": understood, "command": command, "arguments": given, "result": result })
        });
        reply.send(told).ok();
    });
    Ok(())
}

/// The command that an intent means, with what it takes.
fn command(state: &Loop, arguments: &Arguments, intent: &Intent) -> Result<(&'static str, Value)> {
    let scope = |scope: &str| vec![("scope", json!(scope))];
    let commit = |revision: &str| vec![("scope", json!("commit")), ("base", json!(revision))];
    let (name, more) = match intent {
        Intent::Review { of, profile } => {
            let mut more = match of {
                Target::Usual => Vec::new(),
                Target::Staged => scope("staged"),
                Target::Branch => scope("branch"),
                Target::Workspace => scope("workspace"),
                Target::Commit(revision) => commit(revision),
                Target::File(None) => scope("file"),
                Target::File(Some(path)) => vec![
                    ("scope", json!("file")),
                    ("uri", json!(file(state, arguments, path)?)),
                ],
            };
            more.extend(profile.map(|profile| ("profile", json!(profile))));
            (commands::REVIEW, more)
        }
        Intent::Describe(Target::Staged) => ("obelus.describe", scope("staged")),
        Intent::Describe(Target::Commit(revision)) => ("obelus.describe", commit(revision)),
        Intent::Describe(_) => ("obelus.describe", Vec::new()),
        Intent::Changelog => ("obelus.describe", vec![("style", json!("changelog"))]),
        Intent::CommitMessage => ("obelus.commitMessage", Vec::new()),
        Intent::ExplainFinding(Some(rule)) => (commands::EXPLAIN, vec![("rule", json!(rule))]),
        Intent::Tests(name) => (commands::TESTS, meant(arguments, name.as_deref(), intent)?),
        Intent::Document(name) => {
            let mut more = meant(arguments, name.as_deref(), intent)?;
            let question = arguments.text("question")?.unwrap_or_default();
            if ask::wants_another(question, name.as_deref()) {
                more.push(("replace", json!(true)));
            }
            (commands::DOCUMENT, more)
        }
        Intent::Usage => ("obelus.usage", Vec::new()),
        Intent::Status => ("obelus.status", Vec::new()),
        other => return Err(failed(elsewhere(other))),
    };
    let takes = commands::takes(name);
    let given = arguments.given().iter();
    let mut argument: Map<String, Value> = given
        .filter(|(key, _)| ["uri", "model", "show"].contains(&key.as_str()))
        .filter(|(key, _)| takes.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    argument.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Ok((name, Value::Object(argument)))
}

/// What something is written for: what was named, or the lines that are selected.
fn meant(
    arguments: &Arguments,
    name: Option<&str>,
    intent: &Intent,
) -> Result<Vec<(&'static str, Value)>> {
    match (name, arguments.given().get("range")) {
        (Some(name), _) => Ok(vec![("symbol", json!(name))]),
        (None, Some(range)) => Ok(vec![("range", range.clone())]),
        (None, None) => Err(failed(elsewhere(intent))),
    }
}

/// The URI of a file that was named in words.
fn file(state: &Loop, arguments: &Arguments, path: &str) -> Result<String> {
    let (_, folder) = folder(state, arguments)?;
    let path =
        RelPath::new(path).map_err(|_| wrong(format!("`{path}` is no path in the folder")))?;
    Ok(uri::join(&folder, &path))
}

/// What is not done from here, or was not understood, with what can be done.
fn elsewhere(intent: &Intent) -> &'static str {
    match intent {
        Intent::ExplainFinding(_) | Intent::Fix | Intent::Dismiss => {
            "which finding is meant cannot be told: use the code action at the finding, or name its `id`"
        }
        Intent::Tests(_) => {
            "what is to be tested cannot be told: name it, as in: write tests for parse_header"
        }
        Intent::Document(_) => {
            "what is to be documented cannot be told: name it, as in: document parse_header"
        }
        Intent::Context => "`obelus context` on the command line shows what belongs to the change",
        _ => {
            "this was not understood; try: review my staged changes · what calls NAME · where is NAME defined · describe \
             this branch · write a commit message · show spend this month"
        }
    }
}

/// What is wanted of the conversations that are kept.
enum Kept {
    List(Vec<String>),
    Export(ConversationId),
    Forget(ConversationId),
}

fn conversations(
    state: &mut Loop,
    arguments: &Arguments,
    kept: Kept,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (folder, _) = folder(state, arguments)?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let work = move |desk: &Desk| -> Made {
        let talks = desk.by.host.conversations(&desk.by.place);
        let talks: Arc<dyn Conversations> =
            talks.ok_or_else(|| Trouble::Said("there is no folder for state here".to_owned()))?;
        let failed = |error: base::store::StoreError| Trouble::Said(error.to_string());
        match kept {
            Kept::List(words) => {
                let found = talks.list(&words).map_err(failed)?;
                let rows: Vec<String> = found.iter().map(row).collect();
                let list: Vec<Value> = found.iter().map(listed).collect();
                Ok((json!({ "conversations": list }), rows.join("\n")))
            }
            Kept::Export(id) => {
                let turns = said(&*talks, id)?;
                Ok((json!({ "conversation": id.0 }), ask::markdown(&turns)))
            }
            Kept::Forget(id) => {
                let forgotten = talks.forget(id).map_err(failed)?;
                Ok((json!({ "forgotten": forgotten }), String::new()))
            }
        }
    };
    let name = ("Obelus: looking up conversations", "conversation", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

fn row(of: &Conversation) -> String {
    let title = of.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let day = day(of.at);
    format!("- {} · {day} · {}", of.id.0, crate::hover::escape(&title))
}

fn listed(of: &Conversation) -> Value {
    json!({ "id": of.id.0, "title": of.title, "turns": of.turns, "day": day(of.at) })
}

fn day(at: Seconds) -> String {
    calendar::day(at)
}

/// What was said in a conversation, which must be there.
fn said(talks: &dyn Conversations, of: ConversationId) -> std::result::Result<Vec<Turn>, Trouble> {
    let turns = talks.turns(of);
    let turns = turns.map_err(|error| Trouble::Said(error.to_string()))?;
    match turns.is_empty() {
        true => Err(unknown(of)),
        false => Ok(turns),
    }
}

fn unknown(of: ConversationId) -> Trouble {
    Trouble::Said(format!(
        "no conversation {} is kept here; `list` names them",
        of.0
    ))
}
