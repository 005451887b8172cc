//! `obelus demo`: makes a small repository with a realistic change in it and reviews and describes it. Offline, in a folder of its own
//! that is removed afterwards.

mod story;

use std::path::Path;
use std::sync::Arc;

use base::{Cancel, Scope};
use repo::Scaffold;
use review::describe::{Into, Labels, describe};
use review::{Engine, Flags, Trust};

use crate::args;
use crate::commands::describe::facts;
use crate::commands::review::review;
use crate::render::style::{FAINT, STRONG, paint};
use crate::render::visible::visible;
use crate::render::{self, Format, View, prose};
use crate::status::{Failure, Status};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

pub(crate) fn run(args: &args::Demo, terminal: &Terminal) -> Result<Status, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("obelus-demo-")
        .tempdir()
        .map_err(|error| {
            Failure::outside(
                format_args!("cannot make a temporary folder: {error}"),
                "is there room, and does TMPDIR name a folder you may write to?",
            )
        })?;
    make(folder.path())?;
    let width = terminal.width();
    terminal.result(&paragraph(&before(folder.path()), width))?;

    let mut workspace = workspace::open(Some(folder.path()))?;
    // Nothing is left behind: the index goes when the repository goes.
    let cache = tempfile::tempdir()
        .map_err(|error| Failure::outside(error, "is there room in the temporary folder?"))?;
    workspace.cache = Some(cache.path().to_owned());
    // The demonstration is the same for everyone: no configuration of the user's own takes part.
    let engine = review::Engine::open(
        Arc::clone(&workspace.repo),
        review::Layers {
            flags: Flags::default(),
            ..Default::default()
        },
        Trust::Worktree,
    )?;
    let engine = Arc::new(engine);
    let scope = Scope::Worktree;
    let report = review(&workspace, &engine, &scope, None, terminal)?;
    let view = View {
        report: &report,
        scope: &scope,
        rule: &|id| engine.catalogue().get(id),
        width,
        verbose: terminal.verbose,
    };
    terminal.result(&render::render(Format::Human, &view))?;
    terminal.result(&described(&workspace, &engine, &scope, terminal)?)?;
    terminal.result(&after(args.keep.then_some(folder.path()), width))?;
    if args.keep {
        // From here on it is the user's.
        let _kept = folder.keep();
    }
    Ok(Status::Fine)
}

/// The repository: a history, and a change that was not committed.
fn make(folder: &Path) -> Result<(), Failure> {
    let mut scaffold = Scaffold::new(folder)?;
    for (message, files) in story::HISTORY {
        scaffold.commit(message, files)?;
    }
    scaffold.write(story::CHANGE)?;
    scaffold.write(&[(story::WORKFLOW, &story::workflow())])?;
    Ok(())
}

fn before(folder: &Path) -> String {
    format!(
        "**Parcel** is a small service that quotes shipping prices: Rust, Python and TypeScript, {} commits old. It is the end of a long day, \
         and this is what somebody is about to commit. `obelus review` looks at those lines only: no model, no network, no configuration.\n\n\
         The repository is in `{}`.",
        story::HISTORY.len(),
        folder.display()
    )
}

/// What `obelus describe` makes of the same change, without a model.
fn described(
    workspace: &Workspace,
    engine: &Engine,
    scope: &Scope,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let change = workspace.repo.change(scope, &Cancel::new())?;
    let log = repo::open_log(&workspace.top)?;
    let words = review::describe::words(&log, scope, &change);
    let facts = facts(workspace, &change, terminal);
    let labels = Labels::default();
    let sections = engine.settings().sections;
    let made = describe(&facts, &words, &labels, sections, Into::Nothing, None);
    // The marks in the body are for the next update, not for reading.
    let body: Vec<&str> = made
        .body
        .lines()
        .filter(|line| !line.trim_start().starts_with("<!--"))
        .collect();
    let width = terminal.width();
    let said = "And this is what `obelus describe` says of the change, as a pull request, from its facts alone:";
    Ok(format!(
        "\n{}\n\n{}\n\n{}\n",
        prose::lines(said, width).join("\n"),
        paint(STRONG, visible(&made.title)),
        prose::lines(&body.join("\n"), width).join("\n")
    ))
}

fn paragraph(markdown: &str, width: usize) -> String {
    let mut out = prose::lines(markdown, width).join("\n");
    out.push_str("\n\n");
    out
}

fn after(kept: Option<&Path>, width: usize) -> String {
    let mut out = String::from("\n");
    let first = match kept {
        Some(folder) => format!(
            "The folder stays: `cd {}` and change something.",
            folder.display()
        ),
        None => "The folder is removed again (`obelus demo --keep` leaves it).".to_owned(),
    };
    out.push_str(&prose::lines(&first, width).join("\n"));
    out.push_str(&format!("\n\n{}\n", paint(STRONG, "What to try next")));
    for (command, what) in [
        ("obelus review", "the change in your own work tree"),
        (
            "obelus review --base main",
            "your branch, from where it left main",
        ),
        ("obelus review --all", "every file"),
        (
            "obelus describe",
            "title and body of your branch, for a pull request",
        ),
        (
            "obelus rules explain javascript/async-foreach",
            "why, with a bad and a good example",
        ),
        ("obelus config init", "an obelus.toml to start from"),
    ] {
        out.push_str(&format!("  {command:47}{}\n", paint(FAINT, what)));
    }
    out
}
