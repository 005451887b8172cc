//! `obelus review --dry-run`: the bytes that a model would be sent, and nothing is sent.
//!
//! No key is looked up for it. Second looks and tool answers follow from what a model says, so they are not here.

use std::sync::Arc;

use base::{Cancel, Scope};
use review::{Engine, ModelReview, Unsent};
use serde_json::json;

use crate::commands::review::known;
use crate::models;
use crate::progress::Bar;
use crate::render::{Format, counted, pretty};
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::Workspace;

pub(crate) fn run(
    format: Format,
    workspace: &Workspace,
    engine: &Arc<Engine>,
    scope: &Scope,
    model: Option<ModelReview>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let Some(model) = model else {
        terminal.aside(&note("nothing would be sent: no model is named"));
        return Ok(Status::Fine);
    };
    let bar = Arc::new(Bar::new(terminal.shows_progress()));
    let runtime = models::runtime()?;
    let (unsent, wires) = runtime.block_on(async {
        let unsent = review::unsent(
            Arc::clone(engine),
            Arc::clone(&workspace.repo),
            scope.clone(),
            Some(known(workspace, &bar, terminal)),
            &model,
            Cancel::new(),
        );
        let unsent = unsent.await?;
        let mut wires = Vec::new();
        for request in &unsent.requests {
            let wire = model.model.wire(request).await.map_err(|error| {
                Failure::outside(error, "`obelus doctor` says more about models")
            })?;
            wires.push((request.model.to_string(), wire));
        }
        Ok::<_, Failure>((unsent, wires))
    })?;
    bar.clear();
    let text = match format {
        Format::Json => {
            let requests: Vec<_> = wires
                .iter()
                .map(|(model, wire)| {
                    let body = String::from_utf8_lossy(&wire.body);
                    json!({"model": model, "address": wire.address, "body": body})
                })
                .collect();
            let skipped: Vec<_> = unsent
                .skipped
                .iter()
                .map(|skipped| {
                    json!({"path": skipped.path.as_str(), "reason": skipped.reason.to_string()})
                })
                .collect();
            pretty(&json!({"schema": "obelus.dry-run/1", "requests": requests, "skipped": skipped}))
        }
        _ => wires
            .iter()
            .map(|(_, wire)| {
                // A body is JSON on one line: control characters in it are spelt out.
                let body = String::from_utf8_lossy(&wire.body);
                format!("POST {}\n\n{body}\n\n", wire.address)
            })
            .collect(),
    };
    terminal.result(&text)?;
    terminal.aside(&note(&summary(&unsent)));
    Ok(Status::Fine)
}

fn summary(unsent: &Unsent) -> String {
    let mut parts = vec![format!(
        "{} of about {} tokens would be sent first; second looks follow from the replies",
        counted(unsent.requests.len(), "request"),
        unsent.input_tokens
    )];
    if unsent.frozen > 0 {
        parts.push(format!("{} judged before", counted(unsent.frozen, "group")));
    }
    if !unsent.skipped.is_empty() {
        parts.push(format!(
            "{} not shown to the model",
            counted(unsent.skipped.len(), "file")
        ));
    }
    format!("nothing was sent: {}", parts.join(", "))
}
