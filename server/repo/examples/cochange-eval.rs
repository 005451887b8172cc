//! How well the history of a clone foretells what changes together: `cochange-eval REPO [--commits N] [--cache DIR]`.
//!
//! For each of the newest N commits (default 150) that change 2 to 6 source files: the history up to its first parent is
//! asked about each file in turn, and the others of the commit are looked for among the source files in the answer.
//! Recall at 5 and at 10 and the reciprocal rank of the first hit are averaged over the files of a commit, then over the
//! commits; a question without an answer counts as 0. For comparison: the files that change most, and the neighbours in
//! the folder that change most.
#![expect(clippy::print_stdout, reason = "the report is the purpose")]

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use base::{Cancel, History, RelPath, RepoError};
use repo::{CommitLog, Limits, MinedHistory};

const SOURCES: [&str; 34] = [
    "rs", "py", "js", "jsx", "mjs", "cjs", "ts", "tsx", "go", "java", "c", "h", "cc", "cpp", "hpp",
    "cxx", "cs", "rb", "php", "kt", "kts", "swift", "scala", "sh", "bash", "lua", "ex", "exs",
    "sql", "vue", "svelte", "hcl", "tf", "m",
];

/// Sums over commits.
#[derive(Default)]
struct Sums {
    at5: f64,
    at10: f64,
    reciprocal: f64,
}

fn main() -> Result<(), RepoError> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut commits, mut cache) = (None, 150, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--commits" => commits = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(150),
            "--cache" => cache = arguments.next().map(PathBuf::from),
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        println!("usage: cochange-eval REPO [--commits N] [--cache DIR]");
        return Ok(());
    };
    let limits = Limits {
        millis: 120_000,
        ..Limits::default()
    };
    let started = Instant::now();
    let log = CommitLog::open(&folder, cache.as_deref())?;
    let opened = started.elapsed();
    let whole = log.history(None, &limits, &Cancel::new())?;
    let took = started.elapsed();
    let extent = whole.extent();
    println!(
        "{} commits ({} touching), {:?}: opened in {:.0} ms, mined in {:.0} ms, {:.0} commits/s",
        extent.commits,
        extent.touching,
        extent.end,
        opened.as_secs_f64() * 1e3,
        (took - opened).as_secs_f64() * 1e3,
        f64::from(extent.commits) / (took - opened).as_secs_f64()
    );

    let (mut ours, mut often, mut near) = (Sums::default(), Sums::default(), Sums::default());
    let (mut tested, mut questions, mut answered, mut micros) = (0_u32, 0_u32, 0_u32, 0.0);
    for (note, files) in whole.commits() {
        let mut files: Vec<RelPath> = files.into_iter().filter(is_source).collect();
        files.sort();
        files.dedup();
        if !(2..=6).contains(&files.len()) {
            continue;
        }
        if tested == commits {
            break;
        }
        // A first commit, or one at the edge of a shallow clone, has nothing before it.
        let parent = format!("{}^", note.id);
        let Ok(before) = log.history(Some(&parent), &limits, &Cancel::new()) else {
            continue;
        };
        let existing: Vec<RelPath> = files;
        tested += 1;
        let share = 1.0 / existing.len() as f64;
        let popular = by_churn(&before);
        for file in &existing {
            let wanted: HashSet<&RelPath> = existing.iter().filter(|&f| f != file).collect();
            questions += 1;
            let asked = Instant::now();
            let found = before.together(std::slice::from_ref(file), 200);
            micros += asked.elapsed().as_secs_f64() * 1e6;
            answered += u32::from(!found.is_empty());
            let ranked = found.iter().map(|found| &found.path);
            ours.add(ranked.filter(|&path| is_source(path)), &wanted, share);
            often.add(popular.iter().filter(|&path| path != file), &wanted, share);
            let beside = popular
                .iter()
                .filter(|&path| path != file && path.parent() == file.parent());
            near.add(beside, &wanted, share);
        }
    }
    println!(
        "{tested} commits, {questions} questions, {answered} answered, {:.0} us a question",
        micros / f64::from(questions.max(1))
    );
    println!("{:<22} {:>6} {:>6} {:>6}", "", "R@5", "R@10", "MRR");
    for (name, sums) in [
        ("history", ours),
        ("changed most", often),
        ("changed most beside it", near),
    ] {
        let mean = |sum: f64| sum / f64::from(tested.max(1));
        println!(
            "{name:<22} {:>6.3} {:>6.3} {:>6.3}",
            mean(sums.at5),
            mean(sums.at10),
            mean(sums.reciprocal)
        );
    }
    Ok(())
}

impl Sums {
    fn add<'a>(
        &mut self,
        ranked: impl Iterator<Item = &'a RelPath>,
        wanted: &HashSet<&RelPath>,
        share: f64,
    ) {
        let (mut at5, mut at10, mut first) = (0.0, 0.0, None);
        for (rank, path) in (1..).zip(ranked) {
            if !wanted.contains(path) {
                continue;
            }
            first = first.or(Some(rank));
            at5 += f64::from(u8::from(rank <= 5));
            at10 += f64::from(u8::from(rank <= 10));
            if rank > 10 {
                break;
            }
        }
        self.at5 += share * at5 / wanted.len() as f64;
        self.at10 += share * at10 / wanted.len() as f64;
        self.reciprocal += first.map_or(0.0, |first| share / f64::from(first));
    }
}

fn is_source(path: &RelPath) -> bool {
    path.extension().is_some_and(|e| SOURCES.contains(&e))
}

/// Source files, the most changed first.
fn by_churn(history: &MinedHistory) -> Vec<RelPath> {
    let mut counts: std::collections::HashMap<RelPath, u32> = std::collections::HashMap::new();
    for (_, files) in history.commits() {
        for file in files.into_iter().filter(is_source) {
            *counts.entry(file).or_default() += 1;
        }
    }
    let mut ranked: Vec<(RelPath, u32)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.into_iter().map(|(path, _)| path).collect()
}
