//! What the index costs: `cargo run --release -p repo --example index-bench -- FOLDER [ROUNDS]`.
//!
//! Rounds alternate between a bare parse of every file on all cores and a cold index, so that both see the same
//! machine; then come a restart on the unchanged folder, saves of one file, and questions. `--parse` does one bare
//! parse and nothing else; `--warm` prints what a running index costs as JSON. `tests/bench/index.py` uses both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::search::{Index, Query};
use base::{Cancel, FileChange, RelPath, Repo, Scope, Text};
use rayon::prelude::*;
use repo::search::WorkspaceIndex;

type Failure = Box<dyn std::error::Error>;

/// How long the idle process is watched.
const IDLE: Duration = Duration::from_secs(5);
/// Words of the searches that are timed.
const LENGTHS: [usize; 4] = [1, 5, 20, 60];

#[expect(
    clippy::print_stdout,
    reason = "a program for developers; its result is its output"
)]
fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (only_parse, warm) = (has("--parse"), has("--warm"));
    arguments.retain(|argument| !argument.starts_with("--"));
    let folder = PathBuf::from(arguments.first().ok_or("name a folder")?);
    let rounds: usize = arguments.get(1).map_or(Ok(3), |rounds| rounds.parse())?;
    let repo = repo::open(&folder)?;
    if only_parse {
        println!("{:?}", bare_parse(&repo)?);
        return Ok(());
    }
    let cache = tempfile::tempdir()?;
    if warm {
        println!("{}", self::warm(cache.path(), &folder, &repo)?);
        return Ok(());
    }

    let texts = texts(&repo)?;
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {:.1} MB", texts.len(), size as f64 / 1e6);
    drop(texts);
    let (mut parses, mut colds) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        parses.push(bare_parse(&repo)?);
        let place = cache.path().join(round.to_string());
        let started = Instant::now();
        let index = WorkspaceIndex::open(&place, Arc::clone(&repo))?;
        index.refresh(&|_, _| {}, &Cancel::new())?;
        colds.push(started.elapsed());
        let status = index.status();
        println!(
            "round {round}: parse {:?}, index {:?}, {} symbols, {} chunks, {:.2} of the source on disk, peak {} MB",
            parses[round],
            colds[round],
            status.symbols,
            status.chunks,
            status.bytes_on_disk as f64 / size as f64,
            memory("VmHWM:").unwrap_or(0),
        );
    }
    let (parse, cold) = (at(&mut parses, 50), at(&mut colds, 50));
    let ratio = cold.as_secs_f64() / parse.as_secs_f64();
    println!("parse {parse:?}, cold index {cold:?}: {ratio:.2} times");

    let mut restarts = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let index = WorkspaceIndex::open(&cache.path().join("0"), Arc::clone(&repo))?;
        index.refresh(&|_, _| {}, &Cancel::new())?;
        restarts.push(started.elapsed());
    }
    let restart = at(&mut restarts, 50);
    println!(
        "restart {restart:?}: {:.3} of a cold index",
        restart.as_secs_f64() / cold.as_secs_f64()
    );
    println!(
        "{}",
        self::warm(&cache.path().join("warm"), &folder, &repo)?
    );
    Ok(())
}

/// A cold index in this process, then idleness, saves and questions: milliseconds and megabytes, as JSON.
fn warm(cache: &Path, folder: &Path, repo: &Arc<dyn Repo>) -> Result<String, Failure> {
    let index = WorkspaceIndex::open(cache, Arc::clone(repo))?;
    index.refresh(&|_, _| {}, &Cancel::new())?;
    let files: Vec<RelPath> = all(repo)?.1.into_iter().map(|file| file.path).collect();
    let before = cpu();
    std::thread::sleep(IDLE);
    let idle = cpu().zip(before).map(|(after, before)| after - before);
    let idle_mb = memory("VmRSS:");
    let mut out = format!(
        "{{\"idle_cpu_ms\": {}, \"idle_mb\": {}",
        idle.unwrap_or(0),
        idle_mb.unwrap_or(0)
    );
    for (name, mut times) in questions(&index, &files) {
        out += &format!(", \"{name}\": {}", spread(&mut times));
    }
    let mut saves = saves(&index, folder, &files)?;
    out += &format!(
        ", \"save\": {}, \"after_mb\": {}, \"peak_mb\": {}, \"bytes_on_disk\": {}}}",
        spread(&mut saves),
        memory("VmRSS:").unwrap_or(0),
        memory("VmHWM:").unwrap_or(0),
        index.status().bytes_on_disk
    );
    Ok(out)
}

fn all(repo: &Arc<dyn Repo>) -> Result<(base::Change, Vec<FileChange>), Failure> {
    let change = repo.change(&Scope::All, &Cancel::new())?;
    let files = change.files.clone();
    Ok((change, files))
}

fn texts(repo: &Arc<dyn Repo>) -> Result<Vec<(RelPath, Text)>, Failure> {
    let (change, files) = all(repo)?;
    Ok(files
        .par_iter()
        .filter_map(|file| Some((file.path.clone(), repo.load(&change, file).ok()?.new?)))
        .collect())
}

/// The same walk and reading, and nothing but the parse.
fn bare_parse(repo: &Arc<dyn Repo>) -> Result<Duration, Failure> {
    let started = Instant::now();
    let (change, files) = all(repo)?;
    files.par_iter().for_each(|file| {
        let text = repo.load(&change, file).ok().and_then(|texts| texts.new);
        if let Some(text) = text
            && let Some(language) = syntax::Language::of(&file.path, &text)
        {
            drop(syntax::Tree::parse(language, &text, Duration::from_secs(5)));
        }
    });
    Ok(started.elapsed())
}

/// Times from a file's save to the end of its update. Files are put back as they were.
fn saves(
    index: &WorkspaceIndex,
    folder: &Path,
    files: &[RelPath],
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    for path in files.iter().step_by((files.len() / 100).max(1)) {
        let full = folder.join(path.as_str());
        let before = std::fs::read(&full)?;
        let mut after = before.clone();
        after.extend_from_slice(b"\n\n");
        std::fs::write(&full, &after)?;
        let started = Instant::now();
        let done = index.update(std::slice::from_ref(path), &Cancel::new());
        times.push(started.elapsed());
        std::fs::write(&full, &before)?;
        done?;
        index.update(std::slice::from_ref(path), &Cancel::new())?;
    }
    Ok(times)
}

fn questions(index: &WorkspaceIndex, files: &[RelPath]) -> Vec<(String, Vec<Duration>)> {
    let mut asked = vec![
        ("definitions".to_owned(), Vec::new()),
        ("references".to_owned(), Vec::new()),
    ];
    let lengths = LENGTHS.iter().map(|n| (format!("search_{n}"), Vec::new()));
    asked.extend(lengths);
    for path in files.iter().step_by((files.len() / 200).max(1)) {
        let Some(file) = index.outline(path) else {
            continue;
        };
        let mut names: Vec<&str> = file.outline.references.iter().map(|r| &*r.name).collect();
        names.sort_unstable();
        names.dedup();
        // From all over the file, not its imports alone.
        names.sort_by_key(|name| base::ContentHash::of(name.as_bytes()));
        let Some(&name) = names.first() else {
            continue;
        };
        time(&mut asked[0].1, || drop(index.definitions(name, 100)));
        time(&mut asked[1].1, || drop(index.references(name, 100)));
        for (number, length) in LENGTHS.into_iter().enumerate() {
            let words = names
                .iter()
                .take(length)
                .map(|name| ((*name).to_owned(), 1.0));
            let query = Query::weighted(words.collect());
            time(&mut asked[2 + number].1, || drop(index.search(&query, 20)));
        }
    }
    asked
}

fn time(times: &mut Vec<Duration>, what: impl FnOnce()) {
    let started = Instant::now();
    what();
    times.push(started.elapsed());
}

/// The time that so many of a hundred stay below.
fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times
        .get(times.len() * percent / 100)
        .copied()
        .unwrap_or_default()
}

fn spread(times: &mut [Duration]) -> String {
    let [middle, late] = [50, 95].map(|percent| at(times, percent).as_secs_f64() * 1e3);
    format!("[{middle:.3}, {late:.3}]")
}

/// A line of the process's memory in MB, where the system tells.
fn memory(line: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|l| l.strip_prefix(line))?;
    Some(value.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// Milliseconds of processor time so far, where the system tells.
fn cpu() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks * 10)
}
