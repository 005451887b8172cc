//! How well the context of a change foretells what else changes, on the history of local clones:
//! `cargo run --release -p app --example context-eval -- REPO... [--commits N] [--fast] [--rows FILE]`.
//!
//! For each of N commits of a clone (default 150; see `questions`) the change of one file is given to `review::context`,
//! with the files, the index and the history of the commit's parent; the other source files of the commit are looked for
//! among the files of its excerpts, by their best one. Recall at 5 and at 10, and the reciprocal of the first hit's place
//! (MRR), are averaged over the questions. In the same run: the context within budgets, without history, without each of
//! its parts (not with `--fast`), and what it is compared with. Intervals are those of a paired bootstrap, 90 %.
//! A clone needs no work tree (`git clone --no-checkout`), but its history. `--rows` writes what spoke for each file.
#![expect(clippy::print_stdout, reason = "the report is the purpose")]

mod baselines;
mod metrics;
mod questions;
mod run;
#[cfg(test)]
mod tests;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

use metrics::{Interval, Score, mean, paired};
use review::Part;
use run::{Options, Outcome, method, without};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut options = Options {
        commits: 150,
        parts: true,
        rows: false,
    };
    let (mut folders, mut rows) = (Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--commits" => {
                options.commits = arguments.next().ok_or("how many commits?")?.parse()?
            }
            "--fast" => options.parts = false,
            "--rows" => {
                rows = Some(PathBuf::from(
                    arguments.next().ok_or("rows to which file?")?,
                ))
            }
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    if folders.is_empty() {
        return Err("name one or more clones: context-eval REPO... [--commits N]".into());
    }
    options.rows = rows.is_some();
    let mut outcomes = Vec::new();
    for folder in folders {
        let outcome = run::run(&folder, &options)?;
        println!("{}", table(&outcome.name, &[&outcome]));
        outcomes.push(outcome);
    }
    let all: Vec<&Outcome> = outcomes.iter().collect();
    println!("{}", summary(&all));
    if let Some(rows) = rows {
        let lines: Vec<&str> = outcomes
            .iter()
            .flat_map(|outcome| outcome.rows.iter().map(String::as_str))
            .collect();
        std::fs::write(rows, lines.join("\n"))?;
    }
    Ok(())
}

/// The scores of a method over some repositories, question by question.
fn pooled(outcomes: &[&Outcome], method: &str) -> Vec<Score> {
    let all = outcomes.iter().flat_map(|outcome| outcome.of(method));
    all.copied().collect()
}

/// One row for each method.
fn table(title: &str, outcomes: &[&Outcome]) -> String {
    let questions: usize = outcomes.iter().map(|outcome| outcome.questions()).sum();
    let files: usize = outcomes.iter().map(|outcome| outcome.files).sum();
    let mut lines = vec![
        format!("{title}: {questions} commits, {files} source files"),
        String::new(),
        "| ranking | R@5 | R@10 | MRR |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for name in method::ALL {
        let mean = mean(&pooled(outcomes, name));
        lines.push(format!(
            "| {name} | {} | {} | {} |",
            short(mean.at5),
            short(mean.at10),
            short(mean.reciprocal)
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// All repositories together, with what is promised and what each part adds.
fn summary(outcomes: &[&Outcome]) -> String {
    let mut lines = vec![table("all", outcomes)];
    let scores = |name: &str| pooled(outcomes, name);
    let (context, bm25) = (scores(method::CONTEXT), scores(method::BM25));
    let ratio: fn(f64, f64) -> f64 = |a, b| a / b.max(1e-9);
    let less: fn(f64, f64) -> f64 = |a, b| a - b;
    lines.push("| Recall@10, paired | | 90 % |".to_owned());
    lines.push("|---|---|---|".to_owned());
    let mut row = |name: &str, interval: Interval| {
        lines.push(format!(
            "| {name} | {:.3} | {:.3} to {:.3} |",
            interval.value, interval.low, interval.high
        ));
    };
    row("context ÷ BM25", paired(&context, &bm25, ratio));
    let alone = scores(method::HISTORY);
    row("context ÷ history alone", paired(&context, &alone, ratio));
    row("context − history alone", paired(&context, &alone, less));
    let away = scores(method::AWAY);
    row(
        "context without history ÷ BM25",
        paired(&away, &bm25, ratio),
    );
    let prompt = scores(method::PROMPT);
    row("8,000 tokens ÷ context", paired(&prompt, &context, ratio));
    for part in Part::ALL {
        let rest = scores(&without(part));
        if !rest.is_empty() {
            let name = format!("what {} adds", part.as_str());
            row(&name, paired(&context, &rest, less));
        }
    }
    lines.push(String::new());
    let times = |of: fn(&Outcome) -> &Vec<Duration>| -> Vec<Duration> {
        outcomes
            .iter()
            .flat_map(|outcome| of(outcome))
            .copied()
            .collect()
    };
    lines.push("| context took | p50 | p95 |".to_owned());
    lines.push("|---|---|---|".to_owned());
    for (name, times) in [
        (
            "one file, right after the index took in others",
            times(|o| &o.first),
        ),
        ("one file, again", times(|o| &o.again)),
        ("20 files", times(|o| &o.wide)),
    ] {
        lines.push(format!(
            "| {name} | {} | {} |",
            at(&times, 50),
            at(&times, 95)
        ));
    }
    lines.join("\n")
}

fn short(value: f64) -> String {
    format!("{value:.3}")
}

fn at(times: &[Duration], percent: usize) -> String {
    let mut times = times.to_vec();
    times.sort();
    let found = times.get(times.len() * percent / 100).copied();
    found.map_or("-".to_owned(), |time| {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    })
}
