//! `workspace/executeCommand`: each command takes one JSON object and returns one.

use std::sync::Arc;

use base::{Cancel, Scope};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::event_loop::{Loop, Reply};
use crate::indexing::Task;
use crate::proto::types::{ExecuteCommandParams, LspAny};
use crate::proto::{Error, failed};
use crate::review_job::{self, Wanted};

pub(crate) const REVIEW: &str = "obelus.review";
pub(crate) const EXPLAIN: &str = "obelus.explain";
pub(crate) const REINDEX: &str = "obelus.reindex";
pub(crate) const STATUS: &str = "obelus.status";
pub(crate) const CLEAR: &str = "obelus.clear";

/// What is advertised: what works.
pub(crate) const ALL: &[&str] = &[REVIEW, EXPLAIN, REINDEX, STATUS, CLEAR];

pub(crate) fn run(state: &mut Loop, params: ExecuteCommandParams, reply: Reply<LspAny>) {
    let mut arguments = params.arguments.unwrap_or_default().into_iter();
    let argument = arguments.next().unwrap_or_else(|| json!({}));
    let argument = if argument.is_null() {
        json!({})
    } else {
        argument
    };
    if !argument.is_object() {
        reply
            .send(Err(Error::invalid_params(format!(
                "{} takes one JSON object",
                params.command
            ))))
            .ok();
        return;
    }
    match params.command.as_str() {
        REVIEW => review(
            state,
            &argument,
            params.work_done_progress_params.work_done_token,
            reply,
        ),
        EXPLAIN => explain(state, &argument, reply),
        REINDEX => reindex(
            state,
            &argument,
            params.work_done_progress_params.work_done_token,
            reply,
        ),
        STATUS => {
            reply.send(Ok(state.status(None))).ok();
        }
        CLEAR => {
            reply.send(Ok(clear(state))).ok();
        }
        other => {
            let known = ALL.join(", ");
            reply
                .send(Err(Error::invalid_params(format!(
                    "no command `{other}`; there are {known}"
                ))))
                .ok();
        }
    }
}

fn review(
    state: &mut Loop,
    argument: &Value,
    token: Option<crate::proto::types::ProgressToken>,
    reply: Reply<LspAny>,
) {
    let text = |key: &str| argument.get(key).and_then(Value::as_str);
    let uri = text("uri").map(str::to_owned);
    let name = text("scope").unwrap_or("worktree");
    let base = text("base").map(str::to_owned);
    let model = text("model").map(str::to_owned);
    let scope = match (name, base) {
        ("worktree" | "file", None) => Scope::Worktree,
        ("worktree" | "file" | "branch", Some(base)) => Scope::Base(base),
        ("staged", _) => Scope::Staged,
        ("branch", None) => Scope::Base(String::new()),
        ("commit", Some(revision)) => Scope::Commit(revision),
        ("commit", None) => Scope::Commit("HEAD".to_owned()),
        ("workspace", _) => Scope::All,
        (other, _) => {
            let message = format!(
                "no scope `{other}`; there are worktree, staged, branch, file, commit, workspace"
            );
            reply.send(Err(Error::invalid_params(message))).ok();
            return;
        }
    };
    if name == "file" && uri.is_none() {
        reply
            .send(Err(Error::invalid_params("scope `file` needs a `uri`")))
            .ok();
        return;
    }
    let only_file = name == "file";
    review_job::start(
        state,
        Wanted {
            scope,
            file: uri,
            only_file,
            model,
            token,
            reply,
        },
    );
}

fn explain(state: &Loop, argument: &Value, reply: Reply<LspAny>) {
    let Some(rule) = argument.get("rule").and_then(Value::as_str) else {
        let error =
            Error::invalid_params("`rule` is missing; name one, such as `text/merge-conflict`");
        reply.send(Err(error)).ok();
        return;
    };
    let engines = state
        .folders
        .iter()
        .filter_map(|folder| folder.engine.clone());
    let ready = engines.clone().next().is_some();
    let Some(engine) = engines
        .clone()
        .find(|engine| engine.catalogue().get(rule).is_some())
    else {
        let why = if ready {
            format!("no rule `{rule}`")
        } else {
            "no folder is open yet".to_owned()
        };
        reply.send(Err(failed(why))).ok();
        return;
    };
    let (host, outbox, rule) = (
        Arc::clone(&state.host),
        state.outbox.clone(),
        rule.to_owned(),
    );
    let show = state.abilities.show_document;
    // Pages are written to the disk when they are first asked for.
    state.pool.spawn(move || {
        let page = host.rule_page(&engine, &rule);
        let markdown = engine.catalogue().page(&rule);
        reply
            .send(Ok(
                json!({ "rule": rule, "uri": page, "markdown": markdown }),
            ))
            .ok();
        if let Some(page) = page.filter(|_| show) {
            outbox.open_document(page);
        }
    });
}

/// Makes the index of the folder of `uri`, or of every folder, anew.
fn reindex(
    state: &Loop,
    argument: &Value,
    token: Option<crate::proto::types::ProgressToken>,
    mut reply: Reply<LspAny>,
) {
    let uri = argument.get("uri").and_then(Value::as_str);
    let only = uri.map(|uri| state.owner(uri).map(|(folder, _)| folder.id));
    let wanted =
        (state.folders.iter()).filter(|folder| only.is_none_or(|id| id == Some(folder.id)));
    let cancel = Cancel::new();
    let mut token = token;
    let mut answers = Vec::new();
    for indexer in wanted.filter_map(|folder| folder.indexer.as_ref()) {
        let (sender, answer) = oneshot::channel();
        // One token shows one progress.
        indexer.tell(Task::Rebuild(token.take(), cancel.clone(), sender));
        answers.push(answer);
    }
    if answers.is_empty() {
        reply
            .send(Err(failed("no folder with an index is open here")))
            .ok();
        return;
    }
    tokio::spawn(async move {
        let all = async {
            let (mut indexed, mut left) = (0, false);
            for answer in answers {
                match answer.await {
                    Ok(Ok(updated)) => {
                        indexed += updated.indexed;
                        left |= updated.left_to_writer;
                    }
                    Ok(Err(why)) => return Err(failed(why)),
                    Err(_) => return Err(failed("there is no index here")),
                }
            }
            if left {
                let other = "another process keeps this index; reindex there, or end it first";
                return Err(failed(other));
            }
            Ok(json!({ "indexed": indexed }))
        };
        let result = tokio::select! {
            result = all => result,
            // `$/cancelRequest` drops the other end.
            () = reply.closed() => return cancel.cancel(),
        };
        reply.send(result).ok();
    });
}

/// Takes everything off the screen until the next check or review.
fn clear(state: &mut Loop) -> LspAny {
    let folders: Vec<u64> = state.folders.iter().map(|folder| folder.id).collect();
    let before = state.unopened.len()
        + state
            .open
            .values()
            .filter(|open| !open.findings.is_empty())
            .count();
    for folder in folders {
        state.clear_unopened(folder);
    }
    let open: Vec<String> = state.open.keys().cloned().collect();
    for uri in open {
        state.set_findings(&uri, Vec::new());
    }
    json!({ "cleared": before })
}
