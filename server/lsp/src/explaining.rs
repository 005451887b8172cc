//! `obelus.explain`: a finding (why, its evidence, what the fix does, how sure) or a rule, with the rule's page. On
//! request the user's model explains a finding, some lines, or what another program says of them.

use std::sync::Arc;

use base::model::Role;
use base::{Finding, FindingId};
use review::ask::{About, Asked};
use serde_json::json;

use crate::arguments::{Arguments, wrong};
use crate::commands::{Answer, place};
use crate::consulting::{Desk, Trouble, in_folder};
use crate::event_loop::Loop;
use crate::fixing::NO_MODEL;
use crate::folders::Folder;
use crate::proto::types::{ProgressToken, Range};
use crate::proto::{Result, failed};
use crate::shelf::Shows;
use crate::{answers, consulting, hover};

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let show = arguments.flag("show")?.unwrap_or(true);
    let named = arguments.text("model")?.is_some_and(|name| name != "none");
    let asks = arguments.flag("ask")?.unwrap_or(named);
    if let Some(range) = arguments.range("range")? {
        return lines(state, arguments, range, show, token, answer);
    }
    match (arguments.text("id")?, arguments.text("rule")?) {
        (Some(id), None) if asks => by_model(state, arguments, id, show, token, answer),
        (Some(id), None) => finding(state, id, show, answer),
        (None, Some(rule)) => self::rule(state, rule, show, answer),
        _ => {
            let message = "name a finding in `id`, a rule in `rule` such as `text/merge-conflict`, or lines in `uri` and \
                           `range`";
            Err(wrong(message.to_owned()))
        }
    }
}

fn rule(state: &mut Loop, rule: &str, show: bool, answer: Answer) -> Result<()> {
    let mut engines = state
        .folders
        .iter()
        .filter_map(|folder| folder.engine.clone());
    if engines.clone().next().is_none() {
        return Err(failed("no folder is open yet"));
    }
    let engine = engines.find(|engine| engine.catalogue().get(rule).is_some());
    let engine = engine.ok_or_else(|| failed(format!("no rule `{rule}`")))?;
    let (host, outbox) = (Arc::clone(&state.host), state.outbox.clone());
    let show = show && state.abilities.show_document;
    let (rule, reply) = (rule.to_owned(), answer.later()?);
    // Pages are written to the disk when they are first asked for.
    state.pool.spawn(move || {
        let page = host.rule_page(&engine, &rule);
        let markdown = engine.catalogue().page(&rule);
        let answer = json!({ "rule": rule, "uri": page, "markdown": markdown });
        reply.send(Ok(answer)).ok();
        if let Some(page) = page.filter(|_| show) {
            outbox.open_document(page);
        }
    });
    Ok(())
}

fn finding(state: &mut Loop, id: &str, show: bool, answer: Answer) -> Result<()> {
    let found = known(state, id)?;
    let told = hover::describe(state, &found, true);
    let Known {
        finding, folder, ..
    } = found;
    let engine = folder.engine.clone();
    let shows = show.then(|| Shows::of(state));
    let reply = answer.later()?;
    state.pool.spawn(move || {
        let page = engine.and_then(|engine| engine.catalogue().page(finding.rule.as_str()));
        let markdown = match &page {
            Some(page) => format!("{told}\n\n---\n\n{page}"),
            None => told,
        };
        let uri = shows.and_then(|shows| shows.show(&format!("finding-{}", finding.id), &markdown));
        let answer = json!({
            "id": finding.id.to_string(),
            "rule": finding.rule.as_str(),
            "title": finding.title,
            "uri": uri,
            "markdown": markdown,
        });
        reply.send(Ok(answer)).ok();
    });
    Ok(())
}

/// What is asked about a finding.
const WHY: &str = "Explain this to the author of the code: what happens at run time, with which input or state, and what \
                   to do about it. If it is a false alarm here, say why.";
/// What is asked about lines.
const WHAT: &str =
    "Explain this code to somebody who is new to it: what it does, how, and what is easy to miss.";
/// The same, where another program reported something.
const SAID: &str = "Another program reports the above for these lines. Explain to the author of the code what it means \
                    here and what to do about it. If it is a false alarm here, say why.";
/// A longer message of another program is cut.
const MAX_MESSAGE: usize = 4_000;

/// Has a finding explained by a model; what is known without one comes first, and is enough where it fails.
fn by_model(
    state: &mut Loop,
    arguments: &Arguments,
    id: &str,
    show: bool,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let found = known(state, id)?;
    let told = hover::describe(state, &found, true);
    let (folder, uri) = (found.folder.id, found.folder.uri.clone());
    let finding = found.finding;
    if finding.sensitive {
        return Err(failed(
            "a secret is not for a model to see; explain it without `ask`",
        ));
    }
    let asked = Asked {
        question: WHY.to_owned(),
        about: About::finding(&finding),
        before: Vec::new(),
    };
    let work = move |desk: &Desk| {
        let (said, stats) = explained(desk, &asked)?;
        let mut json = json!({
            "id": finding.id.to_string(),
            "rule": finding.rule.as_str(),
            "title": finding.title,
            "note": said.as_ref().map_or_else(|why| Some(why.clone()), answers::note),
            "model": consulting::told(Some(&stats)),
        });
        let markdown = match said {
            Ok(said) => {
                json["places"] = answers::places(&said.places, &uri);
                format!("{told}\n\n---\n\n{}", answers::markdown(&said, &uri))
            }
            Err(_) => told,
        };
        Ok((json, markdown))
    };
    let name = ("Obelus: explaining", "explanation", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

/// Has lines of an open document explained by a model, with what another program says of them in `message`.
fn lines(
    state: &mut Loop,
    arguments: &Arguments,
    range: Range,
    show: bool,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    for key in ["id", "rule"] {
        if arguments.text(key)?.is_some() {
            return Err(wrong(format!("`range` and `{key}` do not go together")));
        }
    }
    let (folder, path) = place(state, arguments)?;
    let uri = arguments.text("uri")?.unwrap_or_default();
    let open = state.open.get(uri);
    let (Some(open), Some(path)) = (open, path) else {
        return Err(failed("only lines of an open document can be explained"));
    };
    let span = (state.encoding.span(&open.document.rope, range))
        .ok_or_else(|| wrong("`range` lies outside of the document".to_owned()))?;
    let entry = state.folders.iter().find(|entry| entry.id == folder);
    let uri = entry.map(|entry| entry.uri.clone()).unwrap_or_default();
    let message = arguments.text("message")?.unwrap_or_default().trim();
    let asked = Asked {
        question: if message.is_empty() { WHAT } else { SAID }.to_owned(),
        about: About {
            text: message.chars().take(MAX_MESSAGE).collect(),
            places: vec![(path, span, if message.is_empty() { 2 } else { 25 })],
        },
        before: Vec::new(),
    };
    let work = move |desk: &Desk| {
        let (said, stats) = explained(desk, &asked)?;
        let said = said.map_err(Trouble::Said)?;
        let json = json!({
            "places": answers::places(&said.places, &uri),
            "note": answers::note(&said),
            "model": consulting::told(Some(&stats)),
        });
        Ok((json, answers::markdown(&said, &uri)))
    };
    let name = ("Obelus: explaining", "explanation", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}

fn explained(
    desk: &Desk,
    asked: &Asked,
) -> std::result::Result<consulting::Consulted<review::ask::Answer>, Trouble> {
    let index = desk.index();
    let said = desk.consult(Role::Ask, async |plan| {
        let (engine, cancel) = (&desk.by.engine, &desk.cancel);
        review::ask::answer(engine, &desk.repo, index.as_ref(), asked, plan, cancel).await
    })?;
    said.ok_or_else(|| Trouble::Said(NO_MODEL.to_owned()))
}

/// A finding that is shown, and where.
pub(crate) struct Known<'a> {
    pub(crate) finding: Finding,
    pub(crate) folder: &'a Folder,
    /// The URI of its file.
    pub(crate) uri: String,
}

/// The finding with this id among those that are shown.
pub(crate) fn known<'a>(state: &'a Loop, id: &str) -> Result<Known<'a>> {
    let not_there = || failed(format!("no finding `{id}` is shown (any more)"));
    let wanted: FindingId = id
        .parse()
        .map_err(|_| wrong(format!("`{id}` is no id of a finding")))?;
    for (uri, open) in &state.open {
        let found = open.findings.iter().find(|finding| finding.id == wanted);
        if let (Some(finding), Some((folder, _))) = (found, state.owner(uri)) {
            return Ok(Known {
                finding: finding.clone(),
                folder,
                uri: uri.clone(),
            });
        }
    }
    for (uri, unopened) in &state.unopened {
        let found = (unopened.findings.iter()).find(|finding| finding.id == wanted);
        let folder = (state.folders.iter()).find(|folder| folder.id == unopened.folder);
        if let (Some(finding), Some(folder)) = (found, folder) {
            return Ok(Known {
                finding: finding.clone(),
                folder,
                uri: uri.clone(),
            });
        }
    }
    Err(not_there())
}
