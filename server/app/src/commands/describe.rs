//! `obelus describe`: title and description of a change, from its facts and from what people wrote about it.

use std::io::Read as _;
use std::path::Path;

use base::{At, Cancel, Change, Scope};
use review::describe::{Branch, Description, Facts, Into, Labels, Sections, words};

use crate::args;
use crate::args::{DescribeStyle, Written};
use crate::knowledge;
use crate::render::pretty;
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

/// A body that is larger was not written by people.
const MAX_BODY: u64 = 1_000_000;

pub(crate) fn run(
    args: &args::Describe,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    without_a_model(args.model.as_deref())?;
    let workspace = workspace::open(folder)?;
    let log = repo::open_log(&workspace.top)?;
    let template = args.template.as_deref().map(read).transpose()?;
    let old = args.body.as_deref().map(read).transpose()?;
    let scope = match args.change.named() {
        Some(scope) => scope,
        None => branch(&workspace, &log, terminal)?,
    };
    let change = workspace.repo.change(&scope, &Cancel::new())?;
    if change.files.is_empty() {
        return Err(nothing(&scope));
    }
    let words = words(&log, &scope, &change);
    let facts = facts(&workspace, &change, terminal);
    let at = trusted(&workspace, &scope)?;
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
        review::describe::describe(&facts, &words, &labels, Sections::default(), into)
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

/// Which version of the repository's own files is believed: as for a review.
fn trusted(workspace: &Workspace, scope: &Scope) -> Result<Option<At>, Failure> {
    let (trust, _) = workspace::trust(&*workspace.repo, scope, false)?;
    Ok(match trust {
        review::Trust::Worktree => Some(At::Worktree),
        review::Trust::At(at) => Some(at),
        review::Trust::None => None,
    })
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

/// A model that was named and is not used would be a promise broken in silence.
pub(crate) fn without_a_model(model: Option<&str>) -> Result<(), Failure> {
    match model {
        None | Some("none") => Ok(()),
        Some(model) => Err(Failure::usage(
            format_args!("cannot use the model `{model}`: this version describes without a model"),
            "leave out --model, or say `--model none`",
        )),
    }
}
