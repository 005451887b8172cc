//! What the checks across files say about real history: `checks-eval REPO [--commits N] [--newest N] [--words A,B] [--seed S]
//! [--out FILE] [--backwards | --withhold | --mutate [--kinds A,B] | --speed FILES] [--deep]`.
//!
//! REPO is a clone (bare or not) with its history; it is only read. N commits that were accepted (no merge, not reverted
//! later, with source in them) are reviewed against their first parents, with an index of that very commit and the
//! history before it: nearly everything that is said there at warning or above is a false alarm. With `--backwards`
//! those that mend something are reviewed taken back, with `--withhold` each without one of its files, with `--mutate`
//! faults of known kinds are made in them and looked for. `--out` gets one JSON object per finding (or per fault).
//! `--deep` has hints as well. Pattern rules are off throughout.
#![expect(clippy::print_stdout, reason = "the report is the purpose")]

mod accepted;
mod clone;
mod copies;
mod faults;
mod mutate;
mod names;
mod signatures;
mod speed;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

/// What can go wrong here ends the program with its words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Arguments {
    repo: PathBuf,
    commits: usize,
    seed: u64,
    out: Option<PathBuf>,
    newest: usize,
    /// What the message of a commit has to say, one of them.
    words: Vec<String>,
    mutate: bool,
    way: accepted::Way,
    deep: bool,
    /// Faults of these kinds only; of all where there are none.
    kinds: Vec<String>,
    /// How many files the change has whose review is timed.
    speed: Option<usize>,
}

fn main() -> Result<()> {
    let Some(arguments) = arguments() else {
        println!(
            "usage: checks-eval REPO [--commits N] [--newest N] [--words A,B] [--seed S] [--out FILE] \
             [--backwards | --withhold | --mutate [--kinds A,B] | --speed FILES] [--deep]"
        );
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let mut clone = clone::Clone::of(&arguments.repo, folder.path(), arguments.deep)?;
    if let Some(files) = arguments.speed {
        print!("{}", speed::run(&mut clone, files)?);
        return Ok(());
    }
    let commits = clone.sample(
        arguments.commits,
        arguments.newest,
        arguments.seed,
        &arguments.words,
    )?;
    let mut out = arguments.out.as_ref().map(File::create).transpose()?;
    // As soon as it is there: a run over thousands of commits may be stopped.
    let mut hand_on = |line: &serde_json::Value| -> Result<()> {
        if let Some(out) = &mut out {
            writeln!(out, "{line}")?;
        }
        Ok(())
    };
    if arguments.mutate {
        let made = mutate::run(&mut clone, &commits, arguments.seed, &arguments.kinds)?;
        print!("{}", mutate::table(&made));
        made.iter().try_for_each(|one| hand_on(&one.json()))
    } else {
        let reviewed = accepted::run(&mut clone, &commits, arguments.way, &mut hand_on)?;
        print!("{}", accepted::table(&reviewed));
        Ok(())
    }
}

fn arguments() -> Option<Arguments> {
    let mut given = std::env::args().skip(1);
    let (mut repo, mut out, mut mutate, mut speed) = (None, None, false, None);
    let (mut commits, mut newest, mut seed, mut kinds) = (100, clone::RECENT, 1, Vec::new());
    let mut words = Vec::new();
    let (mut way, mut deep) = (accepted::Way::Forwards, false);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--commits" => commits = given.next()?.parse().ok()?,
            "--words" => words = given.next()?.split(',').map(str::to_owned).collect(),
            "--newest" => newest = given.next()?.parse().ok()?,
            "--backwards" => way = accepted::Way::Backwards,
            "--withhold" => way = accepted::Way::Withheld,
            "--deep" => deep = true,
            "--seed" => seed = given.next()?.parse().ok()?,
            "--out" => out = Some(PathBuf::from(given.next()?)),
            "--mutate" => mutate = true,
            "--kinds" => kinds = given.next()?.split(',').map(str::to_owned).collect(),
            "--speed" => speed = Some(given.next()?.parse().ok()?),
            _ => repo = Some(PathBuf::from(argument)),
        }
    }
    Some(Arguments {
        repo: repo?,
        commits,
        newest,
        words,
        seed,
        out,
        mutate,
        way,
        deep,
        kinds,
        speed,
    })
}
