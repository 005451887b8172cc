//! Whether descriptions say anything wrong: real commits are described without their own words, and what the text names
//! is looked up in the two sides of the diff.
//!
//! ```text
//! cargo run --release -p app --example describe-eval -- REPOSITORY... [--each N] [--show]
//! ```
//! Checked are: every name in a code span (a path of the change, or words of its texts), that what is said to be added,
//! gone or renamed is on that side only, the counts of files and lines, the length of the title, and lines and time.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use base::{Cancel, Change, Log as _, Repo, Scope};
use review::describe::{Did, Facts, Into, Labels, MAX_TITLE, Sections, Words, describe, gather};

/// A change that was described.
struct Case {
    lines: usize,
    time: Duration,
    wrong: Vec<String>,
}

fn main() {
    let mut each = 10;
    let mut show = false;
    let mut folders = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--each" => each = args.next().and_then(|n| n.parse().ok()).unwrap_or(each),
            "--show" => show = true,
            _ => folders.push(arg),
        }
    }
    let mut cases = Vec::new();
    for folder in &folders {
        match evaluate(Path::new(folder), each, show) {
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

fn evaluate(folder: &Path, each: usize, show: bool) -> Result<Vec<Case>, base::RepoError> {
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
        let wrong = check(&*repo, &change, &facts, &made.title, &made.body);
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
        });
    }
    Ok(cases)
}

fn tempfile_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("OBELUS_CACHE_DIR").map(std::path::PathBuf::from)
}

/// What is wrong with a text about a change.
fn check(repo: &dyn Repo, change: &Change, facts: &Facts, title: &str, body: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if title.chars().count() > MAX_TITLE || title.is_empty() || title.contains('\n') {
        wrong.push(format!("title: {title:?}"));
    }
    let mut paths: HashSet<String> = HashSet::new();
    let (mut old, mut new) = (String::new(), String::new());
    for file in &change.files {
        for path in [Some(&file.path), file.old_path.as_ref()]
            .into_iter()
            .flatten()
        {
            paths.insert(path.to_string());
            paths.insert(path.file_name().to_owned());
            let mut folder = path.parent();
            while let Some(here) = folder {
                paths.insert(format!("{here}/"));
                folder = here.rsplit_once('/').map(|(above, _)| above);
            }
        }
        if let Ok(texts) = repo.load(change, file) {
            old.push_str(
                texts
                    .old
                    .as_ref()
                    .map(|text| text.as_str())
                    .unwrap_or_default(),
            );
            new.push_str(
                texts
                    .new
                    .as_ref()
                    .map(|text| text.as_str())
                    .unwrap_or_default(),
            );
        }
    }
    paths.insert("./".to_owned());
    for span in body.split('`').skip(1).step_by(2) {
        let known = paths.contains(span)
            || span
                .split(['.', ':', '#'])
                .filter(|part| !part.is_empty())
                .all(|part| old.contains(part) || new.contains(part))
            || squeezed(&old).contains(&squeezed(span))
            || squeezed(&new).contains(&squeezed(span));
        if !known {
            wrong.push(format!("not in the change: `{span}`"));
        }
    }
    for file in &facts.files {
        let Some(texts) = change
            .files
            .iter()
            .find(|other| other.path == file.path)
            .and_then(|other| repo.load(change, other).ok())
        else {
            continue;
        };
        let text = |text: &Option<base::Text>| {
            text.as_ref()
                .map(|text| text.as_str().to_owned())
                .unwrap_or_default()
        };
        let (old, new) = (text(&texts.old), text(&texts.new));
        if let Some((added, removed)) = file.lines {
            let net = new.lines().count() as i64 - old.lines().count() as i64;
            if added as i64 - removed as i64 != net {
                wrong.push(format!(
                    "{}: +{added} −{removed}, but {net} lines",
                    file.path
                ));
            }
        }
        for symbol in &file.symbols {
            let fine = match &symbol.did {
                Did::Added | Did::MovedFrom(_) => new.contains(&symbol.short),
                Did::Removed | Did::MovedTo(_) => old.contains(&symbol.short),
                Did::Renamed(was) => {
                    let was = was.rsplit(['.', ':']).next().unwrap_or(was);
                    old.contains(was) && new.contains(&symbol.short)
                }
                _ => old.contains(&symbol.short) && new.contains(&symbol.short) && old != new,
            };
            if !fine {
                wrong.push(format!(
                    "{}: {:?} of {}",
                    file.path, symbol.did, symbol.name
                ));
            }
        }
    }
    let count = change.files.len();
    let says = if count == 1 {
        "1 file".to_owned()
    } else {
        format!("{count} files")
    };
    if !body.contains(&says) {
        wrong.push(format!("does not say {says}"));
    }
    let counts = format!("+{} −{}", facts.additions, facts.deletions);
    if facts.files.iter().any(|file| file.lines.is_some()) && !body.contains(&counts) {
        wrong.push(format!("does not say {counts}"));
    }
    wrong
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}
