//! A review of what is selected in an open document, changed or not: every rule, every line of the selection.

use std::sync::Arc;

use base::{Coverage, Report, Skipped, Span, Text};
use review::Document;

use crate::arguments::{Arguments, wrong};
use crate::check;
use crate::commands::{Answer, place};
use crate::document::OpenDocument;
use crate::event_loop::{Event, Loop};
use crate::proposed::Proposed;
use crate::proto::{Result, failed};

/// What a selection's review comes back with.
pub(crate) struct Selected {
    pub(crate) uri: String,
    pub(crate) found: Proposed,
    pub(crate) pages: std::collections::HashMap<base::RuleId, String>,
}

pub(crate) fn review(state: &mut Loop, arguments: &Arguments, answer: Answer) -> Result<()> {
    for key in ["base", "profile", "model"] {
        if arguments.text(key)?.is_some() {
            return Err(wrong(format!("scope `selection` takes no `{key}`")));
        }
    }
    let range = arguments.range("range")?;
    let range = range.ok_or_else(|| wrong("scope `selection` needs a `range`".to_owned()))?;
    let uri = arguments.owned("uri")?.unwrap_or_default();
    let (folder, path) = place(state, arguments)?;
    let (engine, _) = state.ready(folder)?;
    let open = state.open.get(&uri);
    let (Some(open), Some(path)) = (open, path) else {
        return Err(failed(
            "only a selection in an open document can be reviewed",
        ));
    };
    let OpenDocument { rope, .. } = &open.document;
    let span = (state.encoding.span(rope, range))
        .ok_or_else(|| wrong("`range` lies outside of the document".to_owned()))?;
    let (rope, host, events) = (rope.clone(), Arc::clone(&state.host), state.events.clone());
    let reply = answer.later()?;
    state.pool.spawn(move || {
        let text = Text::new(rope.to_string());
        let document = Document::new(path.clone(), text.clone());
        let checked = review::check(&engine, &document, None);
        let mut findings = checked.findings;
        findings.retain(|finding| finding.span.touches(span) && meets(finding.span, span));
        let pages = check::pages(&findings, &engine, &*host);
        let skipped = checked.skipped.map(|reason| Skipped {
            path: path.clone(),
            reason,
        });
        let report = Report {
            findings: findings.clone(),
            skipped: skipped.into_iter().collect(),
            coverage: Coverage {
                files: 1,
                rules: engine.enabled().len(),
                ..Coverage::default()
            },
            sources: [(path, text.clone())].into(),
            ..Report::default()
        };
        let json = serde_json::to_value(review::json::report(&report)).unwrap_or_default();
        let selected = Selected {
            uri,
            found: (text, findings),
            pages,
        };
        events.send(Event::Selected(Box::new(selected))).ok();
        reply.send(Ok(json)).ok();
    });
    Ok(())
}

/// Whether they share a character, or one of them is a mere place at the other.
fn meets(a: Span, b: Span) -> bool {
    a.is_empty() || b.is_empty() || (a.start < b.end && b.start < a.end)
}

impl Loop {
    /// Shows what was found in a selection beside what is shown already, if it still holds.
    pub(crate) fn selected(&mut self, selected: Selected) {
        let id = self.owner(&selected.uri).map(|(folder, _)| folder.id);
        if let Some(folder) = id.and_then(|id| self.folder(id)) {
            folder.pages.extend(selected.pages);
        }
        let Some(open) = self.open.get(&selected.uri) else {
            return;
        };
        let (text, findings) = selected.found;
        if open.document.desynced || open.document.rope != text.as_str() {
            return;
        }
        let known = |id| open.findings.iter().any(|shown| shown.id == id);
        let new: Vec<_> = (findings.into_iter())
            .filter(|finding| !known(finding.id))
            .collect();
        if !new.is_empty() {
            let mut all = open.findings.clone();
            all.extend(new);
            self.set_findings(&selected.uri, all);
        }
    }
}
