//! `obelus ask document NAME`: a doc comment by the user's model, as a difference that `git apply` takes.
//!
//! Nothing is written into the workspace, and a comment that its author wrote is only replaced when that was asked for.
//! Without a model nobody words a comment: then it is said what is needed, and how this project writes its own.

use std::path::Path;
use std::sync::Arc;

use base::model::Role;
use base::{At, Cancel, RelPath, Scope};
use review::ask::wants_another;
use review::testing::{Subject, Wanted};
use review::{habit, write_comment};
use serde_json::json;
use store::StateStore;

use crate::args::{self, Plain};
use crate::commands::describe::believed;
use crate::commands::tests::{difference, subject};
use crate::interrupt;
use crate::models::{self, Keys};
use crate::render::visible::{visible, visible_lines};
use crate::render::{pretty, receipt};
use crate::state;
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

pub(super) fn run(
    name: Option<&str>,
    args: &args::Ask,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let name = name.ok_or_else(|| {
        Failure::usage(
            "what is to be documented cannot be told from here",
            "name it: `obelus ask document parse_header`",
        )
    })?;
    let workspace = workspace::open(folder)?;
    let (engine, _) = believed(&workspace, &Scope::Worktree, args.model.clone())?;
    let subject = subject(name, args, Wanted::Comment, &workspace, terminal)?;
    let paths = workspace.repo.list("", &At::Worktree).unwrap_or_default();
    let store = state::open(&workspace)?;
    let kept = Arc::<StateStore>::clone(&store);
    // A model for repairs writes comments too: both become part of the code.
    let plan = models::of_role(&engine, kept, Role::Fix, None, Keys::Found)?;
    let Some(plan) = plan else {
        return Err(without_a_model(&subject, &paths, &workspace));
    };
    if let Some(model) = plan.review.first() {
        terminal.aside(&note(&format!(
            "asking {model} for a doc comment of {} in {}",
            visible(&subject.definition.name),
            visible(subject.path.as_str())
        )));
    }
    let replace = wants_another(&args.question.join(" "), Some(name));
    let (repo, cancel) = (&workspace.repo, Cancel::new());
    let asking = write_comment(&engine, repo, &subject, &paths, replace, &plan, &cancel);
    let stoppable = interrupt::stops(&cancel, terminal);
    let (made, stats) = models::wait(asking)?;
    drop(stoppable);
    state::tell(&store, terminal);
    if !stats.name.is_empty() {
        terminal.aside(&note(&receipt::of(&stats)));
    }
    let made = made.map_err(|why| {
        let hint = match why.contains("has a doc comment already") {
            true => format!("`obelus ask rewrite the doc comment of {name}` replaces it"),
            false => "ask again, or with another model: --model NAME/model".to_owned(),
        };
        Failure::outside(why, hint)
    })?;
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.comment/1",
            "symbol": made.symbol,
            "path": made.path.as_str(),
            "like": made.neighbours.iter().map(RelPath::as_str).collect::<Vec<_>>(),
            "text": made.new,
        })),
        Plain::Human => visible_lines(&difference(&made)).into_owned(),
    };
    terminal.result(&text)?;
    if args.format == Plain::Human {
        terminal.aside(&note("read it; `| git apply` puts it in place"));
    }
    Ok(Status::Fine)
}

/// What can be said without anybody who words a comment.
fn without_a_model(subject: &Subject, paths: &[RelPath], workspace: &Workspace) -> Failure {
    let (name, path) = (&subject.definition.name, &subject.path);
    let Some(habit) = habit(&*workspace.repo, subject, paths) else {
        return Failure::usage(
            format_args!(
                "doc comments of {} are not something that this version writes",
                subject.language.name()
            ),
            "write it yourself; `obelus context` shows what belongs to the change",
        );
    };
    Failure::usage(
        format_args!(
            "no model is named, and only a model words a comment for {name} in {path}; {habit}"
        ),
        "name one: --model NAME/model, or [models] fix = \"NAME/model\" in your own config.toml",
    )
}
