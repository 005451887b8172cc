//! `obelus describe`: title and description of a change, from its facts and from what people wrote about it.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use base::model::Role;
use base::{At, Cancel, Change, Scope};
use review::describe::{Branch, Description, Facts, For, Into, Labels, Told, Words, words};
use review::{Engine, Flags};
use store::StateStore;

use crate::args;
use crate::args::{DescribeStyle, Written};
use crate::interrupt;
use crate::knowledge;
use crate::models::{self, Keys};
use crate::render::{counted, pretty, receipt};
use crate::state;
use crate::status::{Failure, Status, note, warning};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

/// A body that is larger was not written by people.
const MAX_BODY: u64 = 1_000_000;

pub(crate) fn run(
    args: &args::Describe,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let log = repo::open_log(&workspace.top)?;
    let template = args.template.as_deref().map(read).transpose()?;
    let old = args.body.as_deref().map(read).transpose()?;
    let scope = match args.change.named() {
        Some(scope) => scope,
        None => branch(&workspace, &log, terminal)?,
    };
    let (engine, at) = believed(&workspace, &scope, args.model.clone())?;
    let change = workspace.repo.change(&scope, &Cancel::new())?;
    if change.files.is_empty() {
        return Err(nothing(&scope));
    }
    let words = words(&log, &scope, &change);
    let facts = facts(&workspace, &change, terminal);
    let labels = at
        .as_ref()
        .map_or_else(Labels::default, |at| Labels::read(&*workspace.repo, at));
    let description = if args.style == DescribeStyle::Changelog {
        review::describe::changelog(&facts, &words, &labels)
    } else {
        let own = match (&template, &at) {
            (None, Some(at)) if old.is_none() => {
                review::describe::find_template(&*workspace.repo, at).map(|(_, text)| text)
            }
            _ => None,
        };
        let template = template.or(own);
        let into = match (&old, &template) {
            (Some(body), _) if !body.trim().is_empty() => Into::Body(body),
            (_, Some(template)) => Into::Template(template),
            _ => Into::Nothing,
        };
        let about = (&change, &facts, &words);
        let told = told(&workspace, &engine, about, For::PullRequest, terminal)?;
        review::describe::describe(
            &facts,
            &words,
            &labels,
            engine.settings().sections,
            into,
            told.as_ref(),
        )
    };
    let text = match args.format {
        Written::Json => pretty(&description.to_json()),
        Written::Markdown => markdown(args, &description),
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}

/// The title as a heading above the body, but a body that was given comes back alone: it goes where it came from.
fn markdown(args: &args::Describe, description: &Description) -> String {
    if args.body.is_some() || args.style == DescribeStyle::Changelog {
        return description.body.clone();
    }
    format!("# {}\n\n{}", description.title, description.body)
}

/// The facts of a change.
pub(crate) fn facts(workspace: &Workspace, change: &Change, terminal: &Terminal) -> Facts {
    let history = knowledge::history(workspace, change.base.as_deref(), terminal);
    review::describe::gather(&*workspace.repo, &*history, change, &Cancel::new())
}

/// The branch: its commits since it left the default branch; where it has none, what is not committed yet.
fn branch(
    workspace: &Workspace,
    log: &repo::GitLog,
    terminal: &Terminal,
) -> Result<Scope, Failure> {
    match review::describe::branch(&*workspace.repo, log, &Cancel::new())? {
        Branch::Open => Ok(Scope::Worktree),
        Branch::Unknown => Err(Failure::outside(
            "cannot tell what this branch is compared with: there is no upstream, origin/HEAD, main or master",
            "name it with `--base REV`, or a range such as HEAD~3..HEAD",
        )),
        Branch::Committed { base, scope, more } => {
            if more {
                terminal.aside(&note(&format!(
                    "what is not committed is left out; `--base {base}` describes it too"
                )));
            }
            Ok(scope)
        }
    }
}

/// The settings, and which version of the repository's own files is believed: as for a review.
pub(crate) fn believed(
    workspace: &Workspace,
    scope: &Scope,
    model: Option<String>,
) -> Result<(Arc<Engine>, Option<At>), Failure> {
    let (trust, _) = workspace::trust(&*workspace.repo, scope, false)?;
    let at = match &trust {
        review::Trust::Worktree => Some(At::Worktree),
        review::Trust::At(at) => Some(at.clone()),
        review::Trust::None => None,
    };
    let flags = Flags {
        model,
        ..Flags::default()
    };
    let engine = workspace::engine(workspace, flags, trust)?;
    Ok((Arc::new(engine), at))
}

/// What the user's model says of a change; `None` where none is named, or where it failed, which is said.
pub(crate) fn told(
    workspace: &Workspace,
    engine: &Arc<Engine>,
    (change, facts, words): (&Change, &Facts, &Words),
    what: For,
    terminal: &Terminal,
) -> Result<Option<Told>, Failure> {
    let store = state::open(workspace)?;
    let kept = Arc::<StateStore>::clone(&store);
    let plan = models::of_role(engine, kept, Role::Describe, None, Keys::Found)?;
    let Some(plan) = plan else {
        return Ok(None);
    };
    if let Some(name) = plan.review.first() {
        terminal.aside(&note(&format!("asking {name}")));
    }
    let (repo, cancel) = (&workspace.repo, Cancel::new());
    let telling =
        review::describe::tell(engine, repo, change, (facts, words), what, &plan, &cancel);
    let stoppable = interrupt::stops(&cancel, terminal);
    let (told, stats) = models::wait(telling)?;
    drop(stoppable);
    state::tell(&store, terminal);
    terminal.aside(&note(&receipt::of(&stats)));
    match told {
        Ok(told) => {
            let dropped: usize = told.dropped.values().sum();
            if dropped > 0 {
                terminal.aside(&note(&format!(
                    "{} of the model's left out: what they name is not in the change",
                    counted(dropped, "sentence")
                )));
            }
            Ok(Some(told))
        }
        Err(why) => {
            terminal.aside(&warning(&format!("written without a model: {why}")));
            Ok(None)
        }
    }
}

fn nothing(scope: &Scope) -> Failure {
    match scope {
        Scope::Staged => Failure::outside(
            "nothing is staged",
            "stage something with `git add`, or leave out --staged",
        ),
        Scope::Worktree => Failure::outside(
            "there is nothing to describe: no commits of this branch's own, and no changes in the work tree",
            "name a commit or a range, such as HEAD or HEAD~3..HEAD",
        ),
        _ => Failure::outside(
            "nothing differs there",
            "name another base or range; `git log --oneline` lists commits",
        ),
    }
}

/// A file's text, or that of standard input for `-`.
fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_BODY + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BODY + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::outside(
            format_args!("cannot read {}: {error}", path.display()),
            "does the file exist, and may you read it?",
        )
    })?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(Failure::usage(
            format_args!("{} is larger than {MAX_BODY} bytes", path.display()),
            "give the text of a description",
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        Failure::usage(
            format_args!("{} is not UTF-8", path.display()),
            "give the text of a description",
        )
    })
}
