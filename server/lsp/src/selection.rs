//! A review of what is selected in an open document, changed or not: every rule, every line of the selection, and the
//! user's model where one is named.

use std::sync::Arc;

use base::model::Role;
use base::{
    Cancel, CheckKind, Coverage, Finding, Overlay, RelPath, Repo, RepoError, Report, Scope,
    Skipped, Span, Text,
};
use review::{Document, ModelReview, Progress, ReviewError};
use tokio::sync::mpsc;

use crate::arguments::{Arguments, wrong};
use crate::check;
use crate::chosen::Chosen;
use crate::commands::{Answer, place};
use crate::consulting::Consulting;
use crate::document::OpenDocument;
use crate::event_loop::{Event, Loop};
use crate::live::Known;
use crate::long::Long;
use crate::observed;
use crate::proposed::Proposed;
use crate::proto::types::ProgressToken;
use crate::proto::{Error, Result, failed};

/// What a selection's review comes back with.
pub(crate) struct Selected {
    pub(crate) uri: String,
    pub(crate) found: Proposed,
    pub(crate) pages: std::collections::HashMap<base::RuleId, String>,
}

pub(crate) fn review(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    for key in ["base", "profile"] {
        if arguments.text(key)?.is_some() {
            return Err(wrong(format!("scope `selection` takes no `{key}`")));
        }
    }
    let range = arguments.range("range")?;
    let range = range.ok_or_else(|| wrong("scope `selection` needs a `range`".to_owned()))?;
    let uri = arguments.owned("uri")?.unwrap_or_default();
    let (folder, path) = place(state, arguments)?;
    let by = Consulting::of(state, folder, arguments)?;
    let open = state.open.get(&uri);
    let (Some(open), Some(path)) = (open, path) else {
        return Err(failed(
            "only a selection in an open document can be reviewed",
        ));
    };
    let OpenDocument { rope, .. } = &open.document;
    let span = (state.encoding.span(rope, range))
        .ok_or_else(|| wrong("`range` lies outside of the document".to_owned()))?;
    let rope = rope.clone();
    let texts = state.texts_of(folder);
    let mut reply = answer.later()?;
    let long = Long::begin(state, "Obelus: reviewing", token, true);
    let known = state.known(folder, &long.cancel);
    let (pool, events) = (state.pool.clone(), state.events.clone());
    state.tell_status(None);
    observed::spawn(async move {
        let selection = Arc::new(Selection {
            uri,
            path,
            text: Text::new(rope.to_string()),
            span,
            by,
            events: events.clone(),
        });
        let work = async {
            let checking = Arc::clone(&selection);
            let checked = pool.run(move || checking.checked()).await;
            let report = checked.ok_or_else(|| failed("checking it panicked"))?;
            let model = selection.by.model(Role::Review).await;
            let model = model.map_err(|error| failed(error.to_string()))?;
            let Some(model) = model else {
                return Ok(report);
            };
            let repo = Overlay::new(Arc::clone(selection.by.engine.repo()), texts);
            let said = selection.asked(Arc::new(repo), known, model, &long.cancel);
            Ok(together(report, said.await?))
        };
        let result: Result<Report> = long.run(&mut reply, work).await;
        let result = result.map(|report| {
            let json = review::json::report(&report);
            serde_json::to_value(json).unwrap_or_default()
        });
        events.send(Event::Ended(long.id)).ok();
        reply.send(result).ok();
    });
    Ok(())
}

/// What is selected, away from the loop.
struct Selection {
    uri: String,
    path: RelPath,
    text: Text,
    span: Span,
    by: Consulting,
    events: mpsc::UnboundedSender<Event>,
}

impl Selection {
    /// What the rules say of it; it is shown at once.
    fn checked(&self) -> Report {
        let (engine, span) = (&self.by.engine, self.span);
        let document = Document::new(self.path.clone(), self.text.clone());
        let checked = review::check(engine, &document, None);
        let mut findings = checked.findings;
        findings.retain(|finding| finding.span.touches(span) && meets(finding.span, span));
        self.tell(findings.clone());
        let skipped = checked.skipped.map(|reason| Skipped {
            path: self.path.clone(),
            reason,
        });
        Report {
            findings,
            skipped: skipped.into_iter().collect(),
            coverage: Coverage {
                files: 1,
                rules: engine.enabled().len(),
                ..Coverage::default()
            },
            sources: [(self.path.clone(), self.text.clone())].into(),
            ..Report::default()
        }
    }

    /// What a model says of it, shown remark by remark.
    async fn asked(
        self: &Arc<Self>,
        repo: Arc<dyn Repo>,
        known: Known,
        model: ModelReview,
        cancel: &Cancel,
    ) -> Result<Report> {
        let chosen = Chosen::new(repo, self.path.clone(), &self.text, self.span);
        let hearing = Arc::clone(self);
        let on_progress = move |progress: Progress| {
            if let Progress::Findings(mut findings) = progress {
                findings.retain(|finding| finding.check == CheckKind::Model);
                hearing.tell(findings);
            }
        };
        let said = review::review(
            Arc::clone(&self.by.engine),
            Arc::new(chosen),
            Scope::Worktree,
            Some(Arc::new(known)),
            Some(model),
            Arc::new(on_progress),
            cancel.clone(),
        );
        let report = said.await.map_err(|error| match error {
            ReviewError::Cancelled | ReviewError::Repo(RepoError::Cancelled) => {
                Error::request_cancelled()
            }
            error => failed(error.to_string()),
        })?;
        if let Some(stats) = &report.model {
            self.by.spent(stats);
        }
        Ok(report)
    }

    fn tell(&self, findings: Vec<Finding>) {
        if findings.is_empty() {
            return;
        }
        let selected = Selected {
            uri: self.uri.clone(),
            pages: check::pages(&findings, &self.by.engine, &*self.by.host),
            found: (self.text.clone(), findings),
        };
        self.events.send(Event::Selected(Box::new(selected))).ok();
    }
}

/// What the rules say of the selection and what the model says: the other checks looked at a change that is none.
fn together(mut report: Report, mut said: Report) -> Report {
    let of_model = |finding: &Finding| finding.check == CheckKind::Model;
    said.findings.retain(of_model);
    report.findings.extend(said.findings);
    report.sources.extend(said.sources);
    for skipped in said.skipped {
        if !report.skipped.contains(&skipped) {
            report.skipped.push(skipped);
        }
    }
    report.model = said.model;
    report
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
