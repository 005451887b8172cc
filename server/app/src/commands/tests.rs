//! `obelus ask write tests for NAME`: tests by the user's model, as a difference that `git apply` takes.
//!
//! Nothing is written into the workspace: what comes out is read first. Without a model nobody words tests; then it is
//! said where they would go, in what, and after which examples.

use std::path::Path;
use std::sync::Arc;

use base::model::Role;
use base::{At, Cancel, Hunk, RelPath, Scope, diff};
use review::testing::{Subject, Wanted, place};
use review::{Proposal, write_tests};
use serde_json::json;
use store::StateStore;

use crate::args::{self, Plain};
use crate::commands::describe::believed;
use crate::interrupt;
use crate::knowledge;
use crate::models::{self, Keys};
use crate::project;
use crate::render::visible::{visible, visible_lines};
use crate::render::{pretty, receipt};
use crate::state;
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

/// Lines around a change in a difference.
const AROUND: u32 = 3;

pub(crate) fn run(
    name: Option<&str>,
    args: &args::Ask,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let name = name.ok_or_else(|| {
        Failure::usage(
            "what is to be tested cannot be told from here",
            "name it: `obelus ask write tests for parse_header`",
        )
    })?;
    let workspace = workspace::open(folder)?;
    let (engine, _) = believed(&workspace, &Scope::Worktree, args.model.clone())?;
    let subject = subject(name, args, Wanted::Tests, &workspace, terminal)?;
    let paths = workspace.repo.list("", &At::Worktree).unwrap_or_default();
    let store = state::open(&workspace)?;
    let kept = Arc::<StateStore>::clone(&store);
    // A model for repairs is one for tests: both write code that somebody reads.
    let plan = models::of_role(&engine, kept, Role::Fix, None, Keys::Found)?;
    let Some(plan) = plan else {
        return Err(without_a_model(&subject, &paths, &workspace));
    };
    if let Some(model) = plan.review.first() {
        terminal.aside(&note(&format!(
            "asking {model} for tests of {} in {}",
            visible(&subject.definition.name),
            visible(subject.path.as_str())
        )));
    }
    let cancel = Cancel::new();
    let asking = write_tests(&engine, &workspace.repo, &subject, &paths, &plan, &cancel);
    let stoppable = interrupt::stops(&cancel, terminal);
    let (made, stats) = models::wait(asking)?;
    drop(stoppable);
    state::tell(&store, terminal);
    if !stats.name.is_empty() {
        terminal.aside(&note(&receipt::of(&stats)));
    }
    let made = made.map_err(|why| {
        Failure::outside(why, "ask again, or with another model: --model NAME/model")
    })?;
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.tests/1",
            "symbol": made.symbol,
            "path": made.path.as_str(),
            "is_new": made.old.is_none(),
            "framework": made.framework,
            "like": made.neighbours.iter().map(RelPath::as_str).collect::<Vec<_>>(),
            "text": made.new,
        })),
        Plain::Human => visible_lines(&difference(&made)).into_owned(),
    };
    terminal.result(&text)?;
    if args.format == Plain::Human {
        terminal.aside(&note(
            "read it; `| git apply` puts it in place, `obelus check test` runs it",
        ));
    }
    Ok(Status::Fine)
}

/// The one definition of this name; of several the one in the file that the request names.
pub(super) fn subject(
    name: &str,
    args: &args::Ask,
    wanted: Wanted,
    workspace: &Workspace,
    terminal: &Terminal,
) -> Result<Subject, Failure> {
    let index = knowledge::open(workspace)?;
    knowledge::refresh(&index, false, terminal)?;
    let mut subjects = Subject::named(&*workspace.repo, &index, name, wanted);
    if subjects.len() > 1 {
        let request = args.question.join(" ");
        let words: Vec<&str> = request.split_whitespace().collect();
        let is_named = |it: &Subject| words.contains(&it.path.as_str());
        if subjects.iter().any(is_named) {
            subjects.retain(is_named);
        }
    }
    if subjects.len() > 1 {
        let places: Vec<_> = subjects.iter().map(|it| it.path.as_str()).collect();
        return Err(Failure::usage(
            format_args!("{name} is defined in {}", places.join(", ")),
            "name the file too, as in: … in src/cart.py",
        ));
    }
    let (can, why) = match wanted {
        Wanted::Tests => ("tested", "tests and data have no tests"),
        Wanted::Comment => ("documented", "prose and data have no doc comments"),
    };
    subjects.pop().ok_or_else(|| {
        Failure::usage(
            format_args!("no definition of {name} is known that could be {can}"),
            format!("`obelus search` finds names; {why}"),
        )
    })
}

/// What can be said without anybody who words tests.
fn without_a_model(subject: &Subject, paths: &[RelPath], workspace: &Workspace) -> Failure {
    let language = subject.language.name();
    let project = project::of(workspace);
    let framework = project.test_framework(&subject.path, language);
    let with = framework.map_or(String::new(), |name| format!(" with {name}"));
    let name = &subject.definition.name;
    let facts = match place(&subject.path, subject.language, paths) {
        Some(place) => {
            let like: Vec<_> = place.neighbours.iter().map(RelPath::as_str).collect();
            let like = match like.is_empty() {
                true => String::new(),
                false => format!(", like {}", like.join(", ")),
            };
            format!("tests of {name} belong into {}{with}{like}", place.path)
        }
        None => format!("where tests of {name} belong cannot be told"),
    };
    Failure::usage(
        format_args!("no model is named, and only a model words tests; {facts}"),
        "name one: --model NAME/model, or [models] fix = \"NAME/model\" in your own config.toml",
    )
}

/// The proposal in the form of `diff -u`.
pub(super) fn difference(made: &Proposal) -> String {
    let old = made.old.as_ref().map_or("", |text| text.as_str());
    let before: Vec<&str> = old.lines().collect();
    let after: Vec<&str> = made.new.lines().collect();
    let path = &made.path;
    let from = match made.old {
        Some(_) => format!("a/{path}"),
        None => "/dev/null".to_owned(),
    };
    let mut out = match made.old {
        Some(_) => format!("--- {from}\n+++ b/{path}\n"),
        None => format!(
            "diff --git a/{path} b/{path}\nnew file mode 100644\n--- {from}\n+++ b/{path}\n"
        ),
    };
    let mut groups: Vec<Vec<Hunk>> = Vec::new();
    for hunk in diff::hunks(old, &made.new) {
        // Hunks whose surroundings touch are told as one.
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|last| hunk.old.start <= last.old.end + 2 * AROUND) =>
            {
                group.push(hunk)
            }
            _ => groups.push(vec![hunk]),
        }
    }
    for group in &groups {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let start = first.old.start.saturating_sub(AROUND);
        let end = (last.old.end + AROUND).min(before.len() as u32);
        let new_start = first.new.start - (first.old.start - start);
        let new_end = last.new.end + (end - last.old.end);
        // Where a side has no lines, the line before it is named.
        let side = |from: u32, to: u32| match to - from {
            0 => format!("{from},0"),
            count => format!("{},{count}", from + 1),
        };
        out.push_str(&format!(
            "@@ -{} +{} @@\n",
            side(start, end),
            side(new_start, new_end)
        ));
        let mut push = |sign: char, lines: &[&str], from: u32, to: u32| {
            for line in lines.get(from as usize..to as usize).unwrap_or_default() {
                out.push_str(&format!("{sign}{line}\n"));
            }
        };
        let mut at = start;
        for hunk in group {
            push(' ', &before, at, hunk.old.start);
            push('-', &before, hunk.old.start, hunk.old.end);
            push('+', &after, hunk.new.start, hunk.new.end);
            at = hunk.old.end;
        }
        push(' ', &before, at, end);
    }
    out
}
