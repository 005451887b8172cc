//! What the index costs: `cargo run --release -p repo --example index-bench -- FOLDER [ROUNDS]`.
//!
//! Rounds alternate between a bare parse of every file on all cores and a cold index, so that both see the same
//! machine; then come a restart on the unchanged folder, saves of one file, and questions. The peak of memory is that
//! of the process up to then: `--only-index` leaves the bare parse out, so that it is the index's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::search::{Index, Query};
use base::{Cancel, FileChange, RelPath, Repo, Scope, Text};
use rayon::prelude::*;
use repo::search::WorkspaceIndex;

type Failure = Box<dyn std::error::Error>;

#[expect(
    clippy::print_stdout,
    reason = "a program for developers; its result is its output"
)]
fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let only_index = arguments.iter().any(|argument| argument == "--only-index");
    arguments.retain(|argument| !argument.starts_with("--"));
    let folder = PathBuf::from(arguments.first().ok_or("name a folder")?);
    let rounds: usize = arguments.get(1).map_or(Ok(3), |rounds| rounds.parse())?;
    let cache = tempfile::tempdir()?;
    let repo = repo::open(&folder)?;

    let texts = texts(&repo)?;
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {:.1} MB", texts.len(), mega(size as f64));
    let files: Vec<RelPath> = texts.iter().map(|(path, _)| path.clone()).collect();
    drop(texts);

    let (mut parses, mut colds) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if !only_index {
            parses.push(bare_parse(&repo)?);
        }
        let place = cache.path().join(round.to_string());
        let started = Instant::now();
        let index = WorkspaceIndex::open(&place, Arc::clone(&repo))?;
        index.refresh(&|_, _| {}, &Cancel::new())?;
        colds.push(started.elapsed());
        let status = index.status();
        println!(
            "round {round}: parse {:?}, index {:?}, {} symbols, {} chunks, {:.2} of the source on disk, peak {} MB",
            parses.last(),
            colds[round],
            status.symbols,
            status.chunks,
            status.bytes_on_disk as f64 / size as f64,
            peak().unwrap_or(0),
        );
    }
    let cold = median(&mut colds);
    if !only_index {
        let parse = median(&mut parses);
        let ratio = cold.as_secs_f64() / parse.as_secs_f64();
        println!("parse {parse:?}, cold index {cold:?}: {ratio:.2} times");
    }

    let place = cache.path().join("0");
    let mut restarts = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let index = WorkspaceIndex::open(&place, Arc::clone(&repo))?;
        index.refresh(&|_, _| {}, &Cancel::new())?;
        restarts.push(started.elapsed());
    }
    let restart = median(&mut restarts);
    println!(
        "restart {restart:?}: {:.3} of a cold index",
        restart.as_secs_f64() / cold.as_secs_f64()
    );

    let index = WorkspaceIndex::open(&place, Arc::clone(&repo))?;
    saves(&index, &folder, &files)?;
    questions(&index, &files);
    println!(
        "now {} MB, peak {} MB",
        now().unwrap_or(0),
        peak().unwrap_or(0)
    );
    Ok(())
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

/// Files are put back as they were.
#[expect(clippy::print_stdout, reason = "as above")]
fn saves(index: &WorkspaceIndex, folder: &Path, files: &[RelPath]) -> Result<(), Failure> {
    let mut times = Vec::new();
    for path in files.iter().step_by((files.len() / 40).max(1)) {
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
    println!("one saved file: {}", spread(&mut times));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "as above")]
fn questions(index: &WorkspaceIndex, files: &[RelPath]) {
    let (mut definitions, mut references, mut searches, mut long) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for path in files.iter().step_by((files.len() / 200).max(1)) {
        let Some(file) = index.outline(path) else {
            continue;
        };
        let names = file.outline.references.iter().map(|r| r.name.clone());
        let names: Vec<String> = names.take(60).collect();
        if let Some(name) = names.get(names.len() / 2) {
            time(&mut definitions, || drop(index.definitions(name, 100)));
            time(&mut references, || drop(index.references(name, 100)));
            time(&mut searches, || {
                drop(index.search(&Query::parse(name), 20));
            });
        }
        let words = names.into_iter().map(|name| (name, 1.0)).collect();
        let query = Query::weighted(words);
        time(&mut long, || drop(index.search(&query, 20)));
    }
    println!("definitions: {}", spread(&mut definitions));
    println!("references: {}", spread(&mut references));
    println!("search, one word: {}", spread(&mut searches));
    println!("search, 60 words: {}", spread(&mut long));
}

fn time(times: &mut Vec<Duration>, what: impl FnOnce()) {
    let started = Instant::now();
    what();
    times.push(started.elapsed());
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn spread(times: &mut [Duration]) -> String {
    let middle = median(times);
    let late = times.get(times.len() * 95 / 100).copied();
    format!(
        "p50 {middle:?}, p95 {:?}, {} times",
        late.unwrap_or_default(),
        times.len()
    )
}

fn mega(bytes: f64) -> f64 {
    bytes / 1e6
}

/// The process's peak of memory in MB, where the system tells.
fn peak() -> Option<u64> {
    memory("VmHWM:")
}

fn now() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(line: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|l| l.strip_prefix(line))?;
    Some(value.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}
