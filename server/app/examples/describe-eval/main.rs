//! Whether descriptions say anything wrong: real commits are described without their own words, and what the text names
//! is looked up in the two sides of the diff.
//!
//! ```text
//! cargo run --release -p app --example describe-eval -- REPOSITORY... [--each N] [--show] [--plant]
//! ```
//! What is looked up, and how: `check`. With `--plant` every text is also spoilt in several ways, and what of that is
//! not found is told: a check that finds nothing proves nothing.

mod check;
mod plant;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::{Duration, Instant};

use base::{Cancel, Log as _, Scope};
use review::describe::{Into, Labels, Sections, Words, describe, gather};

/// A change that was described.
struct Case {
    lines: usize,
    time: Duration,
    wrong: Vec<String>,
    /// Errors that were put in, and those of them that were not found.
    planted: usize,
    missed: usize,
}

fn main() {
    let mut each = 10;
    let mut show = false;
    let mut plants = false;
    let mut folders = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--each" => each = args.next().and_then(|n| n.parse().ok()).unwrap_or(each),
            "--show" => show = true,
            "--plant" => plants = true,
            _ => folders.push(arg),
        }
    }
    let mut cases = Vec::new();
    for folder in &folders {
        match evaluate(Path::new(folder), each, show, plants) {
            Ok(found) => cases.extend(found),
            Err(error) => say(&format!("{folder}: {error}")),
        }
    }
    let wrong: usize = cases.iter().map(|case| case.wrong.len()).sum();
    let mut lines: Vec<usize> = cases.iter().map(|case| case.lines).collect();
    let mut times: Vec<Duration> = cases.iter().map(|case| case.time).collect();
    lines.sort_unstable();
    times.sort_unstable();
    let middle = cases.len() / 2;
    let planted: usize = cases.iter().map(|case| case.planted).sum();
    let missed: usize = cases.iter().map(|case| case.missed).sum();
    if plants {
        say(&format!(
            "{planted} errors put in, {} of them found",
            planted - missed
        ));
    }
    say(&format!(
        "{} changes, {wrong} wrong statements, median {} lines, median {:?}, longest {:?}",
        cases.len(),
        lines.get(middle).copied().unwrap_or_default(),
        times.get(middle).copied().unwrap_or_default(),
        times.last().copied().unwrap_or_default(),
    ));
}

#[expect(clippy::print_stdout, reason = "the result of a program of its own")]
fn say(text: &str) {
    println!("{text}");
}

fn evaluate(
    folder: &Path,
    each: usize,
    show: bool,
    plants: bool,
) -> Result<Vec<Case>, base::RepoError> {
    let repo = repo::open(folder)?;
    let log = repo::open_log(folder)?;
    let cancel = Cancel::new();
    let limits = repo::Limits::default();
    let cache = tempfile_folder();
    let history = repo::mine_history(folder, None, cache.as_deref(), &limits, &cancel)?;
    let mut cases = Vec::new();
    for commit in log.merged(None, each * 6) {
        if cases.len() == each {
            break;
        }
        let Ok(change) = repo.change(&Scope::Commit(commit.id.clone()), &cancel) else {
            continue;
        };
        if change.files.is_empty() || change.files.len() > 60 {
            continue;
        }
        let started = Instant::now();
        let facts = gather(&*repo, &history, &change, &cancel);
        // Nothing of the commit's own words takes part: they could not be wrong.
        let words = Words {
            merged: log.merged(change.base.as_deref(), 100),
            ..Words::default()
        };
        let made = describe(
            &facts,
            &words,
            &Labels::default(),
            Sections::default(),
            Into::Nothing,
            None,
        );
        let time = started.elapsed();
        let sides = check::Sides::read(&*repo, &change);
        let wrong = check::check(&sides, &facts, &made.title, &made.body);
        let planted = match plants && wrong.is_empty() {
            true => plant::planted(&made.body),
            false => Vec::new(),
        };
        let is_missed =
            |it: &&plant::Planted| check::check(&sides, &facts, &made.title, &it.body).is_empty();
        let missed: Vec<&plant::Planted> = planted.iter().filter(is_missed).collect();
        for it in &missed {
            say(&format!(
                "MISSED in {}: {}\n{}",
                commit.id, it.what, it.body
            ));
        }
        if show || !wrong.is_empty() {
            say(&format!(
                "## {}\n{} ({time:?})\n-> {}\n{}\n",
                folder.display(),
                commit.subject,
                made.title,
                made.body
            ));
        }
        for text in &wrong {
            say(&format!("WRONG in {}: {text}", commit.id));
        }
        let ours = made.body.lines().filter(|line| !line.starts_with("<!--"));
        cases.push(Case {
            lines: ours.filter(|line| !line.trim().is_empty()).count(),
            time,
            wrong,
            planted: planted.len(),
            missed: missed.len(),
        });
    }
    Ok(cases)
}

fn tempfile_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("OBELUS_CACHE_DIR").map(std::path::PathBuf::from)
}
