//! `obelus.explain`: a finding (why, its evidence, what the fix does, how sure) or a rule, with the rule's page.

use std::sync::Arc;

use base::{Finding, FindingId};
use serde_json::json;

use crate::arguments::{Arguments, wrong};
use crate::commands::Answer;
use crate::event_loop::Loop;
use crate::folders::Folder;
use crate::hover;
use crate::proto::types::ProgressToken;
use crate::proto::{Result, failed};
use crate::shelf::Shows;

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    _: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let show = arguments.flag("show")?.unwrap_or(true);
    match (arguments.text("id")?, arguments.text("rule")?) {
        (Some(id), None) => finding(state, id, show, answer),
        (None, Some(rule)) => self::rule(state, rule, show, answer),
        _ => {
            let message =
                "name a finding in `id` or a rule in `rule`, such as `text/merge-conflict`";
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
