//! `obelus ask`: a request in plain words, done by the command that it means, or answered from the code.
//!
//! What is understood is said before it is done, as the command that would have done it. Nothing that changes a file or
//! costs money is started by a guess: a question about the code goes to a model only where the user named one.

use std::path::Path;
use std::sync::Arc;

use base::model::Role;
use base::{Cancel, ConversationId, Conversations as _, Log as _, Scope, Turn};
use clap::Parser as _;
use review::ask::{Asked, Intent, Target, understand};
use serde_json::json;
use store::StateStore;

use crate::args::{self, Cli, Plain};
use crate::commands::describe::believed;
use crate::commands::{comment, conversations, tests, usage};
use crate::interrupt;
use crate::knowledge;
use crate::models::{self, Keys};
use crate::render::visible::{visible, visible_lines};
use crate::render::{pretty, receipt};
use crate::state;
use crate::status::{Failure, Status, note, warning};
use crate::terminal::Terminal;
use crate::workspace;

pub(crate) fn run(
    args: &args::Ask,
    folder: Option<&Path>,
    terminal: &Terminal,
    dispatch: impl Fn(&Cli) -> Result<Status, Failure>,
) -> Result<Status, Failure> {
    if args.list || args.search.is_some() || args.export.is_some() || args.forget.is_some() {
        return conversations::run(args, folder, terminal);
    }
    let request = args.question.join(" ");
    if request.trim().is_empty() {
        return Err(Failure::usage(
            "nothing was asked",
            "say what you want, such as `obelus ask review my staged changes` or `obelus ask what calls parse`",
        ));
    }
    // Who goes on with a conversation asks something in it.
    let intent = match args.resume {
        Some(_) => Intent::Question,
        None => understand(&request),
    };
    if intent == Intent::Question {
        return answer(&request, args, folder, terminal);
    }
    if let Intent::Tests(name) = &intent {
        return tests::run(name.as_deref(), args, folder, terminal);
    }
    if let Intent::Document(name) = &intent {
        return comment::run(name.as_deref(), args, folder, terminal);
    }
    let words = command(&intent, args, folder)?;
    terminal.aside(&note(&format!("understood as: obelus {}", shown(&words))));
    let all = ["obelus".to_owned()].into_iter().chain(words);
    let mut cli = Cli::try_parse_from(all).map_err(|error| {
        Failure::usage(
            error.to_string().trim(),
            "say it in other words, or use the command itself",
        )
    })?;
    cli.global.folder = folder.map(Path::to_path_buf);
    dispatch(&cli)
}

/// The words of a command, as they would be typed.
fn shown(words: &[String]) -> String {
    let quoted = words.iter().map(|word| match word.contains(' ') {
        true => format!("\"{}\"", visible(word)),
        false => visible(word).into_owned(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The command that an intent means.
fn command(
    intent: &Intent,
    args: &args::Ask,
    folder: Option<&Path>,
) -> Result<Vec<String>, Failure> {
    let is_json = args.format == Plain::Json;
    let json = || is_json.then(|| "--format=json".to_owned());
    let model = || args.model.as_ref().map(|name| format!("--model={name}"));
    let mut words: Vec<String> = Vec::new();
    let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
    match intent {
        Intent::Review { of, profile } => {
            add(&["review"]);
            words.extend(of_review(of, folder)?);
            words.extend(profile.map(|profile| format!("--profile={profile}")));
            words.extend(json());
            words.extend(model());
        }
        Intent::Describe(of) => {
            add(&["describe"]);
            match of {
                Target::Staged => add(&["--staged"]),
                Target::Commit(revision) => add(&[revision]),
                _ => {}
            }
            words.extend(json());
            words.extend(model());
        }
        Intent::Changelog => {
            add(&["describe", "--style=changelog"]);
            words.extend(json());
        }
        Intent::CommitMessage => {
            add(&["commit-message"]);
            words.extend(model());
        }
        Intent::Callers(name) => {
            add(&["search", "--kind=reference"]);
            words.extend(json());
            words.extend(["--".to_owned(), last(name)]);
        }
        Intent::Definition(name) => {
            add(&["search", "--kind=definition"]);
            words.extend(json());
            words.extend(["--".to_owned(), last(name)]);
        }
        Intent::Search(query) => {
            add(&["search"]);
            words.extend(json());
            words.extend(["--".to_owned(), query.clone()]);
        }
        Intent::ExplainFinding(Some(rule)) => add(&["rules", "explain", rule]),
        Intent::Usage => {
            add(&["usage"]);
            words.extend(json());
        }
        Intent::Status => {
            add(&["doctor"]);
            words.extend(json());
        }
        Intent::Context => {
            add(&["context"]);
            words.extend(json());
        }
        other => return Err(elsewhere(other)),
    }
    Ok(words)
}

/// What is not done from here, or was not understood, with what can be done.
fn elsewhere(intent: &Intent) -> Failure {
    match intent {
        Intent::ExplainFinding(_) => Failure::usage(
            "which finding is meant cannot be told",
            "every finding names its rule: `obelus rules explain RULE` says why it is reported",
        ),
        Intent::Fix => Failure::usage(
            "repairs are made in an editor, where each is seen before it lands",
            "`obelus review` shows them as differences; in the editor they are quick fixes",
        ),
        Intent::Dismiss => Failure::usage(
            "which finding is meant cannot be told",
            "in the editor, dismiss it by its code action; in the code, write `obelus: allow(RULE) why` above the line",
        ),
        _ => Failure::usage(
            "this was not understood",
            "try: review my staged changes · what calls NAME · where is NAME defined · describe this branch · write a \
             commit message · show spend this month",
        ),
    }
}

/// The last part of a qualified name: what an index knows names by.
fn last(name: &str) -> String {
    let part = name.rsplit(['.', ':', '#']).find(|part| !part.is_empty());
    part.unwrap_or(name).to_owned()
}

fn of_review(of: &Target, folder: Option<&Path>) -> Result<Vec<String>, Failure> {
    Ok(match of {
        Target::Usual => Vec::new(),
        Target::Staged => vec!["--staged".to_owned()],
        Target::Workspace => vec!["--all".to_owned()],
        Target::Commit(revision) => vec![revision.clone()],
        Target::File(Some(path)) => vec![format!("--path={path}")],
        Target::File(None) => {
            return Err(Failure::usage(
                "which file is meant cannot be told from here",
                "name it: `obelus ask review src/main.rs`",
            ));
        }
        Target::Branch => {
            let workspace = workspace::open(folder)?;
            let base = repo::open_log(&workspace.top)?.default_branch();
            let base = base.ok_or_else(|| {
                Failure::outside(
                    "cannot tell what this branch is compared with: there is no upstream, origin/HEAD, main or master",
                    "name it: `obelus review --base REV`",
                )
            })?;
            vec![format!("--base={base}")]
        }
    })
}

/// A question about the code: answered by the user's model from excerpts, or by the excerpts alone.
fn answer(
    question: &str,
    args: &args::Ask,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let (engine, _) = believed(&workspace, &Scope::Worktree, args.model.clone())?;
    let store = state::open(&workspace)?;
    let kept = Arc::<StateStore>::clone(&store);
    let plan = models::of_role(&engine, kept, Role::Ask, None, Keys::Found)?;
    let index = knowledge::open(&workspace)?;
    knowledge::refresh(&index, false, terminal)?;
    let Some(plan) = plan else {
        let query = review::ask::words_of(question);
        terminal.aside(&note(
            "no model is named, so here is where to look; `--model NAME/model` has the question answered",
        ));
        let all = ["obelus", "search", "--", query.as_str()];
        let cli = Cli::try_parse_from(all);
        let found = match cli.as_ref().map(|cli| &cli.command) {
            Ok(args::Command::Search(search)) => {
                let search = args::Search {
                    format: args.format,
                    ..search.clone()
                };
                crate::commands::search::run(&search, folder, terminal)
            }
            _ => Err(elsewhere(&Intent::Unclear)),
        };
        return found;
    };
    if let Some(name) = plan.review.first() {
        terminal.aside(&note(&format!("asking {name}")));
    }
    let index: Arc<dyn base::search::Index> = Arc::new(index);
    let (repo, cancel) = (&workspace.repo, Cancel::new());
    let of = args.resume.map(ConversationId);
    let asked = Asked {
        before: match of {
            Some(of) => conversations::turns(&*store, of)?,
            None => Vec::new(),
        },
        ..Asked::plain(question)
    };
    let asking = review::ask::answer(&engine, repo, Some(&index), &asked, &plan, &cancel);
    let stoppable = interrupt::stops(&cancel, terminal);
    let (answered, stats) = models::wait(asking)?;
    drop(stoppable);
    state::tell(&store, terminal);
    if !stats.name.is_empty() {
        terminal.aside(&note(&receipt::of(&stats)));
    }
    let answered = answered.map_err(|why| {
        Failure::outside(
            why,
            "`obelus doctor` says more about models; `obelus search` needs none",
        )
    })?;
    if answered.dropped > 0 {
        terminal.aside(&warning(&format!(
            "{} of the answer left out: what they name or cite is not in the code",
            crate::render::counted(answered.dropped, "sentence")
        )));
    }
    let turn = Turn {
        question: question.to_owned(),
        answer: answered.text(),
        places: answered.places.clone(),
        model: stats.name.clone(),
        at: usage::now(),
    };
    let kept = match store.keep(of, &turn) {
        Ok(id) => {
            terminal.aside(&note(&format!(
                "`obelus ask --resume {}` goes on with this conversation",
                id.0
            )));
            Some(id.0)
        }
        Err(error) => {
            terminal.aside(&warning(&format!("this conversation is not kept: {error}")));
            None
        }
    };
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.answer/1",
            "question": question,
            "conversation": kept,
            "answer": answered.text(),
            "places": answered.places.iter().map(|(path, line)| json!({"path": path.as_str(), "line": line})).collect::<Vec<_>>(),
        })),
        Plain::Human => format!("{}\n", visible_lines(&answered.text())),
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}
