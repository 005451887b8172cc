//! `obelus.heldBack`: what a review did not show, and why: remarks over the limit, remarks like something that was
//! dismissed, what was dismissed, and how many were dropped because they could not be proven.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base::{Finding, Report, calendar};
use serde_json::{Value, json};

use crate::answers;
use crate::arguments::Arguments;
use crate::commands::{Answer, place};
use crate::consulting::{Desk, in_folder};
use crate::event_loop::Loop;
use crate::hover::escape;
use crate::proto::Result;
use crate::proto::types::ProgressToken;

const OVER: &str = "over the limit of remarks";
const LIKE: &str = "like something that was dismissed";

/// What the last review of a folder held back.
#[derive(Clone, Default)]
pub(crate) struct HeldBack {
    /// Remarks with their 1-based line, and why they are not shown; best first.
    remarks: Vec<(Finding, u32, &'static str)>,
    /// Remarks that were dropped, by reason.
    dropped: BTreeMap<&'static str, usize>,
    /// Findings that comments and dismissals hold back.
    suppressed: usize,
}

impl HeldBack {
    pub(crate) fn of(report: &Report) -> Self {
        let stats = report.model.as_ref();
        let held = stats
            .map(|stats| stats.held_back.as_slice())
            .unwrap_or_default();
        // Those that are like something dismissed come last.
        let over = held.len() - stats.map_or(0, |stats| stats.near_repeats).min(held.len());
        let remarks = held.iter().enumerate().map(|(at, finding)| {
            let range = review::json::range(report.sources.get(&finding.path), finding.span);
            let why = if at < over { OVER } else { LIKE };
            (finding.clone(), range.start.line, why)
        });
        Self {
            remarks: remarks.collect(),
            dropped: stats.map(|stats| stats.dropped.clone()).unwrap_or_default(),
            suppressed: report.suppressed,
        }
    }
}

pub(crate) fn run(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (folder, _) = place(state, arguments)?;
    let show = arguments.flag("show")?.unwrap_or(false);
    let entry = state.folders.iter().find(|entry| entry.id == folder);
    let (held, uri) = entry
        .map(|entry| (entry.held_back.clone(), entry.uri.clone()))
        .unwrap_or_default();
    let work = move |desk: &Desk| {
        let store = desk.by.host.store(&desk.by.place);
        let dismissed = store.map(|store| store.dismissals()).unwrap_or_default();
        let mut markdown = String::from("# Held back\n");
        let remarks: Vec<Value> = (held.remarks.iter())
            .map(|(finding, line, why)| {
                let place = (finding.path.clone(), *line);
                // Writing to a string cannot fail.
                let _written = write!(
                    markdown,
                    "\n- {} **{}** ({why}): {}\n",
                    answers::link(&place, &uri),
                    escape(&finding.title),
                    finding.message.trim().replace('\n', " ")
                );
                json!({
                    "id": finding.id.to_string(),
                    "rule": finding.rule.as_str(),
                    "title": finding.title,
                    "message": finding.message,
                    "path": finding.path.as_str(),
                    "line": line,
                    "uri": crate::uri::join(&uri, &finding.path),
                    "reason": why,
                })
            })
            .collect();
        let dismissed: Vec<Value> = (dismissed.iter())
            .map(|one| {
                let path = escape(one.path.as_str());
                let _written = write!(
                    markdown,
                    "\n- {path} **{}** (dismissed: {})\n",
                    escape(&one.title),
                    escape(&one.reason)
                );
                json!({
                    "id": one.finding.to_string(),
                    "rule": one.rule.as_str(),
                    "title": one.title,
                    "path": one.path.as_str(),
                    "reason": one.reason,
                    "expires": one.expires.map(calendar::day),
                })
            })
            .collect();
        for (why, count) in &held.dropped {
            let _written = write!(markdown, "\n- {count} dropped: {why}\n");
        }
        if held.suppressed > 0 {
            let _written = write!(
                markdown,
                "\n- {} held back by comments and dismissals\n",
                held.suppressed
            );
        }
        if !markdown.contains("\n- ") {
            markdown.push_str("\nNothing was held back.\n");
        }
        let json = json!({
            "held_back": remarks,
            "dismissed": dismissed,
            "dropped": held.dropped,
            "suppressed": held.suppressed,
        });
        Ok((json, markdown))
    };
    let name = ("Obelus: looking up what was held back", "held-back", show);
    in_folder(state, (folder, arguments), token, answer, name, work)
}
