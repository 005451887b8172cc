//! `obelus eval collect`: cases from this repository's history, written into a folder that the user names.
//!
//! The cases hold the project's code, so nothing is written where it was not asked for, and no file is overwritten.

use std::io::Write as _;
use std::path::Path;

use base::{Cancel, Log as _};
use review::eval::{Collected, Commit, Gathering, collect};
use serde_json::json;

use crate::args::{self, Plain};
use crate::progress::Bar;
use crate::render::style::{FAINT, paint};
use crate::render::visible::visible;
use crate::render::{counted, pretty};
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace;

pub(super) fn run(
    args: &args::EvalCollect,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let log = repo::open_log(&workspace.top)?;
    let commits: Vec<Commit> = log
        .merged(None, args.commits)
        .into_iter()
        .map(|logged| Commit {
            is_fix: repo::is_fix(&format!("{}\n{}", logged.subject, logged.body)),
            id: logged.id,
            subject: logged.subject,
        })
        .collect();
    if commits.is_empty() {
        return Err(Failure::outside(
            "there is no history to collect from",
            "run it in a git repository with commits",
        ));
    }
    let wanted = Gathering {
        faulty: args.limit,
        clean: args.limit.div_ceil(2),
        ..Gathering::default()
    };
    let bar = Bar::named("Repairs", terminal.shows_progress());
    let collected = collect(
        &*workspace.repo,
        &commits,
        &wanted,
        &|done, all| bar.at(done, all),
        &Cancel::new(),
    );
    bar.clear();
    write(&args.output, &collected)?;
    let fixes = commits.iter().filter(|commit| commit.is_fix).count();
    let text = match args.format {
        Plain::Human => human(&collected),
        Plain::Json => pretty(&json!({
            "schema": "obelus.eval-cases/1",
            "folder": args.output.display().to_string(),
            "commits": commits.len(),
            "repairs": fixes,
            "cases": collected.iter().map(row).collect::<Vec<_>>(),
        })),
    };
    terminal.result(&text)?;
    let clean = collected.iter().filter(|it| it.fixes.is_empty()).count();
    terminal.aside(&note(&format!(
        "{} and {} from {} with {} written to {}; the labels are guesses from messages and lines, read them before you \
         trust a score",
        counted(collected.len() - clean, "case"),
        counted(clean, "clean one"),
        counted(commits.len(), "commit"),
        counted(fixes, "repair"),
        args.output.display()
    )));
    Ok(Status::Fine)
}

fn write(folder: &Path, collected: &[Collected]) -> Result<(), Failure> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::outside(
            format_args!("cannot write {}: {error}", path.display()),
            "name a folder that you may write to and that holds no such case",
        )
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for it in collected {
        let Some(text) = it.case.to_text() else {
            continue;
        };
        let path = folder.join(format!("{}.case", it.case.name));
        // The user may have corrected one of an earlier run.
        let opened = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path);
        let mut file = opened.map_err(|error| failed(&path, &error))?;
        file.write_all(text.as_bytes())
            .map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

fn human(collected: &[Collected]) -> String {
    let mut out = String::new();
    for it in collected {
        let what = match it.fixes.as_slice() {
            [] => "clean".to_owned(),
            fixes => {
                let subjects: Vec<_> = fixes.iter().map(|fix| fix.subject.as_str()).collect();
                format!(
                    "{}: {}",
                    counted(it.case.expected.len(), "place"),
                    subjects.join("; ")
                )
            }
        };
        out.push_str(&format!(
            "{}  {}\n            {}\n",
            visible(&it.case.name),
            visible(&it.commit.subject),
            paint(FAINT, visible(&what))
        ));
    }
    out
}

fn row(it: &Collected) -> serde_json::Value {
    let places = it.case.expected.iter().map(|place| {
        json!({"path": place.path.as_str(), "line": place.lines.start(), "last_line": place.lines.end(), "what": place.what})
    });
    json!({
        "name": it.case.name,
        "commit": it.commit.id,
        "subject": it.commit.subject,
        "repaired_by": it.fixes.iter().map(|fix| &fix.id).collect::<Vec<_>>(),
        "places": places.collect::<Vec<_>>(),
    })
}
