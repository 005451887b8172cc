//! `workspace/executeCommand`: each command takes one JSON object and returns one.

use std::sync::Arc;

use base::{Cancel, RelPath, Scope};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tracing::Span;

use crate::arguments::{Arguments, wrong};
use crate::consulting::UNTRUSTED;
use crate::event_loop::{Loop, Reply};
use crate::indexing::Task;
use crate::model_job::Asks;
use crate::observed;
use crate::proto::types::{ExecuteCommandParams, LspAny, ProgressToken};
use crate::proto::{Result, failed};
use crate::review_job::{self, Wanted};
use crate::{asking, dismissing, explaining, fixing, held_back, proposing, selection, writing};

pub(crate) const EXPLAIN: &str = "obelus.explain";
pub(crate) const DISMISS: &str = "obelus.dismiss";
pub(crate) const REVIEW: &str = "obelus.review";
pub(crate) const ASK: &str = "obelus.ask";
pub(crate) const FIX: &str = "obelus.fix";
pub(crate) const TESTS: &str = "obelus.generateTests";
pub(crate) const DOCUMENT: &str = "obelus.document";

/// One command.
struct Command {
    name: &'static str,
    takes: &'static [&'static str],
    /// It needs a folder that is open: right after the start it waits for it.
    waits: bool,
    run: fn(&mut Loop, &Arguments, Option<ProgressToken>, Answer) -> Result<()>,
}

/// Where the answer goes; whoever takes the reply out gives it.
pub(crate) struct Answer<'a>(&'a mut Option<Reply<LspAny>>);

impl Answer<'_> {
    /// The reply, when everything that can be wrong with the arguments has been looked at.
    pub(crate) fn later(self) -> Result<Reply<LspAny>> {
        self.0.take().ok_or_else(|| failed("answered twice"))
    }

    pub(crate) fn now(self, value: LspAny) -> Result<()> {
        self.later()?.send(Ok(value)).ok();
        Ok(())
    }
}

/// What is advertised: what works.
static ALL: &[Command] = &[
    Command {
        name: REVIEW,
        takes: &["scope", "uri", "range", "base", "profile", "model"],
        waits: true,
        run: review,
    },
    Command {
        name: "obelus.describe",
        takes: &[
            "scope", "uri", "base", "style", "template", "body", "model", "show",
        ],
        waits: true,
        run: writing::describe,
    },
    Command {
        name: "obelus.commitMessage",
        takes: &["scope", "uri", "style", "model", "show"],
        waits: true,
        run: writing::commit_message,
    },
    Command {
        name: EXPLAIN,
        takes: &[
            "rule", "id", "uri", "range", "message", "ask", "model", "show",
        ],
        waits: true,
        run: explaining::run,
    },
    Command {
        name: ASK,
        takes: &[
            "question",
            "id",
            "uri",
            "range",
            "conversation",
            "list",
            "search",
            "export",
            "forget",
            "model",
            "show",
        ],
        waits: true,
        run: asking::run,
    },
    Command {
        name: FIX,
        takes: &["id", "uri", "model", "apply"],
        waits: true,
        run: fixing::run,
    },
    Command {
        name: TESTS,
        takes: &["uri", "range", "symbol", "model", "apply", "show"],
        waits: true,
        run: proposing::tests,
    },
    Command {
        name: DOCUMENT,
        takes: &[
            "uri", "range", "symbol", "replace", "model", "apply", "show",
        ],
        waits: true,
        run: proposing::comment,
    },
    Command {
        name: DISMISS,
        takes: &["id", "uri", "reason", "undo"],
        waits: true,
        run: dismissing::run,
    },
    Command {
        name: "obelus.heldBack",
        takes: &["uri", "show"],
        waits: true,
        run: held_back::run,
    },
    Command {
        name: "obelus.reindex",
        takes: &["uri"],
        waits: true,
        run: reindex,
    },
    Command {
        name: "obelus.status",
        takes: &[],
        waits: false,
        run: |state, _, _, answer| answer.now(state.status(None)),
    },
    Command {
        name: "obelus.usage",
        takes: &["uri"],
        waits: true,
        run: usage,
    },
    Command {
        name: "obelus.clear",
        takes: &[],
        waits: false,
        run: |state, _, _, answer| {
            let cleared = clear(state);
            answer.now(cleared)
        },
    },
];

/// The names of the commands.
pub(crate) fn names() -> Vec<String> {
    ALL.iter().map(|command| command.name.to_owned()).collect()
}

/// What a command takes.
pub(crate) fn takes(name: &str) -> &'static [&'static str] {
    let command = ALL.iter().find(|command| command.name == name);
    command.map_or(&[], |command| command.takes)
}

pub(crate) fn run(state: &mut Loop, params: ExecuteCommandParams, reply: Reply<LspAny>) {
    let Some(command) = (ALL.iter()).find(|command| command.name == params.command) else {
        let error = wrong(format!(
            "no command `{}`; there are {}",
            params.command,
            names().join(", ")
        ));
        reply.send(Err(error)).ok();
        return;
    };
    observed::runs(command.name);
    let arguments = Arguments::read(command.name, command.takes, params.arguments.clone());
    // A first command right after the start is no mistake: it waits for its folder. Once opening has failed there is
    // an answer instead.
    if let Ok(arguments) = &arguments
        && command.waits
        && is_opening(state, arguments)
    {
        return state.waiting.push((params, reply, Span::current()));
    }
    let mut reply = Some(reply);
    let token = params.work_done_progress_params.work_done_token;
    let done =
        arguments.and_then(|arguments| (command.run)(state, &arguments, token, Answer(&mut reply)));
    if let (Err(error), Some(reply)) = (done, reply) {
        reply.send(Err(error)).ok();
    }
}

fn is_opening(state: &Loop, arguments: &Arguments) -> bool {
    let owner = place(state, arguments).ok();
    let folder = owner.and_then(|(id, _)| state.folders.iter().find(|folder| folder.id == id));
    folder.is_some_and(|folder| folder.engine.is_none() && folder.failed.is_none())
}

/// The folder that a command is about: that of `uri`, with the file's path there, or the first one.
pub(crate) fn place(state: &Loop, arguments: &Arguments) -> Result<(u64, Option<RelPath>)> {
    let owner = match arguments.text("uri")? {
        Some(uri) => state
            .owner(uri)
            .map(|(folder, path)| (folder.id, Some(path)))
            // The folder itself names its first level.
            .or_else(|| {
                let path = crate::folders::path_of(uri)?;
                let folder = state.folders.iter().find(|folder| folder.path == path)?;
                Some((folder.id, None))
            }),
        None => state.folders.first().map(|folder| (folder.id, None)),
    };
    owner.ok_or_else(|| failed("no workspace folder is open; open one, or name a file in `uri`"))
}

fn review(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let scopes = [
        "worktree",
        "staged",
        "branch",
        "file",
        "selection",
        "commit",
        "workspace",
    ];
    let name = arguments.choice("scope", &scopes)?;
    let base = arguments.owned("base")?;
    if matches!(name, "file" | "selection") && arguments.text("uri")?.is_none() {
        return Err(wrong(format!("scope `{name}` needs a `uri`")));
    }
    if name == "selection" {
        return selection::review(state, arguments, token, answer);
    }
    let scope = match (name, base) {
        ("worktree" | "file" | "branch", Some(base)) => Scope::Base(base),
        ("staged", _) => Scope::Staged,
        ("branch", None) => Scope::Base(String::new()),
        ("commit", Some(revision)) => Scope::Commit(revision),
        ("commit", None) => Scope::Commit("HEAD".to_owned()),
        ("workspace", _) => Scope::All,
        (_, None) => Scope::Worktree,
        (_, Some(_)) => return Err(wrong(format!("scope `{name}` takes no `base`"))),
    };
    let model = arguments.owned("model")?;
    if state.options.untrusted && model.as_deref().is_some_and(|model| model != "none") {
        return Err(failed(UNTRUSTED));
    }
    let (folder, path) = place(state, arguments)?;
    let wanted = Wanted {
        scope,
        folder,
        only: path.filter(|_| name == "file"),
        model,
        profile: arguments.owned("profile")?,
        asks: Asks::User,
        token,
        reply: answer.later()?,
    };
    review_job::start(state, wanted);
    Ok(())
}

/// Makes the index of the folder of `uri`, or of every folder, anew.
fn reindex(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let only = match arguments.text("uri")? {
        Some(_) => Some(place(state, arguments)?.0),
        None => None,
    };
    let wanted = (state.folders.iter()).filter(|folder| only.is_none_or(|id| id == folder.id));
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
        return Err(failed("no folder with an index is open here"));
    }
    let mut reply = answer.later()?;
    observed::spawn(async move {
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
    Ok(())
}

/// What models were asked and what that cost.
fn usage(
    state: &mut Loop,
    arguments: &Arguments,
    _: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let (id, _) = place(state, arguments)?;
    let (engine, path) = state.ready(id)?;
    let (host, reply) = (Arc::clone(&state.host), answer.later()?);
    state.pool.spawn(move || {
        reply.send(host.usage(&engine, &path).map_err(failed)).ok();
    });
    Ok(())
}

/// Takes everything off the screen until the next check or review.
fn clear(state: &mut Loop) -> Value {
    let folders: Vec<u64> = state.folders.iter().map(|folder| folder.id).collect();
    let open = state.open.values();
    let before = state.unopened.len() + open.filter(|open| !open.findings.is_empty()).count();
    for folder in folders {
        state.clear_unopened(folder);
    }
    let open: Vec<String> = state.open.keys().cloned().collect();
    for uri in open {
        state.set_findings(&uri, Vec::new());
    }
    json!({ "cleared": before })
}
