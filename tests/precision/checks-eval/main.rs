//! What the checks across files say about real history: `checks-eval REPO [--commits N] [--seed S] [--out FILE] [--mutate [--kinds A,B]] [--speed FILES]`.
//!
//! REPO is a clone (bare or not) with its history; it is only read. Without `--mutate`, N commits that were accepted (no
//! merge, not reverted later, with source in them) are reviewed against their first parents, with an index of that very
//! commit and the history before it: nearly everything that is said there at warning or above is a false alarm. With
//! `--mutate`, faults of known kinds are made in such commits and looked for. `--out` gets one JSON object per finding
//! (or per fault). Pattern rules are off in both.
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

use std::path::PathBuf;

/// What can go wrong here ends the program with its words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Arguments {
    repo: PathBuf,
    commits: usize,
    seed: u64,
    out: Option<PathBuf>,
    mutate: bool,
    /// Faults of these kinds only; of all where there are none.
    kinds: Vec<String>,
    /// How many files the change has whose review is timed.
    speed: Option<usize>,
}

fn main() -> Result<()> {
    let Some(arguments) = arguments() else {
        println!(
            "usage: checks-eval REPO [--commits N] [--seed S] [--out FILE] [--mutate [--kinds A,B]] [--speed FILES]"
        );
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let mut clone = clone::Clone::of(&arguments.repo, folder.path())?;
    if let Some(files) = arguments.speed {
        print!("{}", speed::run(&mut clone, files)?);
        return Ok(());
    }
    let commits = clone.sample(arguments.commits, arguments.seed)?;
    let lines = if arguments.mutate {
        let made = mutate::run(&mut clone, &commits, arguments.seed, &arguments.kinds)?;
        print!("{}", mutate::table(&made));
        made.iter().map(mutate::Made::json).collect()
    } else {
        let reviewed = accepted::run(&mut clone, &commits)?;
        print!("{}", accepted::table(&reviewed));
        accepted::json(&reviewed)
    };
    if let Some(out) = &arguments.out {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(out, text)?;
    }
    Ok(())
}

fn arguments() -> Option<Arguments> {
    let mut given = std::env::args().skip(1);
    let (mut repo, mut out, mut mutate, mut speed) = (None, None, false, None);
    let (mut commits, mut seed, mut kinds) = (100, 1, Vec::new());
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--commits" => commits = given.next()?.parse().ok()?,
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
        seed,
        out,
        mutate,
        kinds,
        speed,
    })
}
