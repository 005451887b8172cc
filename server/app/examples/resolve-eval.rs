//! Resolution against an oracle: `cargo run --release -p app --example resolve-eval -- ORACLE.json FOLDER [CACHE] [--peer PEER.json] [--misses N]`.
//!
//! ORACLE.json comes from `tests/bench/resolution_oracle.js` (the TypeScript compiler),
//! PEER.json from `tests/bench/resolution_peer.py`. Prints precision and recall of callers by place of call, per kind,
//! at the confidence that the checks use, and how often the first and one of the first three definitions is right.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use base::search::Index;
use base::{Cancel, ReferenceKind, RelPath, SymbolKind};
use repo::search::WorkspaceIndex;
use review::Resolver;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;
type Site = (String, u64);

/// What is surer than this counts as found.
const SURE: f32 = 0.5;
/// Files in which a name is looked for.
const FILES: usize = 1_000;
/// A name with more places than this is left out of the sums: it alone would decide them.
const MOST_SITES: usize = 100;

#[derive(Default)]
struct Counts {
    symbols: usize,
    right: usize,
    found: usize,
    wanted: usize,
}

impl Counts {
    fn add(&mut self, found: &HashSet<Site>, wanted: &HashSet<Site>) {
        self.symbols += 1;
        self.right += found.intersection(wanted).count();
        self.found += found.len();
        self.wanted += wanted.len();
    }

    fn line(&self, name: &str) -> String {
        let precision = self.right as f64 / self.found.max(1) as f64;
        let recall = self.right as f64 / self.wanted.max(1) as f64;
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        format!(
            "| {name} | {} | {} | {precision:.3} | {recall:.3} | {f1:.3} |",
            self.symbols, self.wanted
        )
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a program for developers; its result is its output"
)]
fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let oracle: Value =
        serde_json::from_slice(&std::fs::read(arguments.first().ok_or("name an oracle")?)?)?;
    let folder = PathBuf::from(arguments.get(1).ok_or("name a folder")?);
    let kept = arguments.get(2).filter(|it| !it.starts_with("--"));
    let own = tempfile::tempdir()?;
    let cache = kept.map_or(own.path().to_owned(), PathBuf::from);
    let misses: usize = option("--misses").map_or(Ok(0), |count| count.parse())?;
    let peer: Option<Value> = match option("--peer") {
        Some(path) => Some(serde_json::from_slice(&std::fs::read(path)?)?),
        None => None,
    };

    let repo = repo::open(&folder)?;
    let index = WorkspaceIndex::open(&cache, repo.clone())?;
    index.refresh(&|_, _| {}, &Cancel::new())?;
    let resolver = Resolver::new(&index).configured(repo.as_ref(), &base::At::Worktree);
    let files: HashSet<&str> = texts(&oracle["files"]).collect();

    let mut ours: BTreeMap<String, Counts> = BTreeMap::new();
    let mut theirs: BTreeMap<String, Counts> = BTreeMap::new();
    let mut left_out = 0;
    let started = std::time::Instant::now();
    for (number, symbol) in list(&oracle["callers"]).enumerate() {
        let wanted: HashSet<Site> = list(&symbol["sites"]).filter_map(site).collect();
        if wanted.len() > MOST_SITES {
            left_out += 1;
            continue;
        }
        let kind = symbol["kind"].as_str().unwrap_or_default().to_owned();
        let found = callers(&index, &resolver, symbol, &kind, &files);
        if misses > 0 {
            report(&kind, symbol, &found, &wanted);
        }
        let names: &[&str] = match kind.as_str() {
            "class" => &["class (new)"],
            kind => &[kind, "functions and methods"],
        };
        // Calls of what only shares an interface with it are neither right nor wrong.
        let siblings: HashSet<Site> = list(&symbol["sites"])
            .filter(|one| one["sibling"] == true)
            .filter_map(site)
            .collect();
        if kind != "class" {
            let found = found.difference(&siblings).cloned().collect();
            let wanted = wanted.difference(&siblings).cloned().collect();
            for name in [kind.as_str(), "functions and methods"] {
                let name = format!("{name}, without siblings");
                ours.entry(name).or_default().add(&found, &wanted);
            }
        }
        for name in names {
            ours.entry((*name).to_owned())
                .or_default()
                .add(&found, &wanted);
        }
        // The peer knows lines only; both sides are counted by line for it.
        if let Some(peer) = &peer {
            let lines: HashSet<Site> = list(&peer["callers"][number]).filter_map(site).collect();
            let by_line: HashSet<Site> = list(&symbol["sites"])
                .filter_map(|one| Some((one["path"].as_str()?.to_owned(), one["line"].as_u64()?)))
                .collect();
            for name in names {
                theirs
                    .entry((*name).to_owned())
                    .or_default()
                    .add(&lines, &by_line);
            }
        }
    }
    println!("| callers | symbols | places | P | R | F1 |\n|---|---|---|---|---|---|");
    for (name, counts) in &ours {
        println!("{}", counts.line(name));
    }
    for (name, counts) in &theirs {
        println!("{}", counts.line(&format!("peer: {name}")));
    }
    println!(
        "{left_out} symbols with more than {MOST_SITES} places left out; {:?}",
        started.elapsed()
    );

    let mut ranks: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for using in list(&oracle["definitions"]) {
        let Some(rank) = rank(&index, &resolver, using) else {
            continue;
        };
        let target = using["target"].as_str().unwrap_or_default();
        if misses > 1 && rank > 0 {
            println!(
                "DEF {rank} {target} {} {}:{} → {}",
                using["name"], using["path"], using["start"], using["targets"]
            );
        }
        // Generated files are left out of the index; what they define is counted apart.
        let indexed = list(&using["targets"])
            .filter_map(site)
            .any(|(path, _)| outline(&index, &path).is_some());
        if !indexed {
            let counts = ranks.entry("(not in the index)".to_owned()).or_default();
            counts[0] += 1;
            counts[3] += 1;
            continue;
        }
        let group = match target {
            "function" | "class" | "type" => "functions and types",
            "method" | "property" => "members",
            _ => "others",
        };
        for name in [target, group, "all"] {
            let counts = ranks.entry(name.to_owned()).or_default();
            counts[0] += 1;
            counts[1] += usize::from(rank == 0);
            counts[2] += usize::from(rank < 3);
            counts[3] += usize::from(rank == 99);
        }
    }
    println!("| definitions of | uses | top 1 | top 3 | none |\n|---|---|---|---|---|");
    for (name, [all, first, three, none]) in &ranks {
        let part = |count: &usize| *count as f64 / (*all).max(1) as f64;
        println!(
            "| {name} | {all} | {:.3} | {:.3} | {:.3} |",
            part(first),
            part(three),
            part(none)
        );
    }
    Ok(())
}

fn callers(
    index: &WorkspaceIndex,
    resolver: &Resolver<'_>,
    symbol: &Value,
    kind: &str,
    files: &HashSet<&str>,
) -> HashSet<Site> {
    let Some((path, start)) = site(symbol) else {
        return HashSet::new();
    };
    let Some((path, outline)) = outline(index, &path) else {
        return HashSet::new();
    };
    let at = outline
        .outline
        .definitions
        .iter()
        .position(|one| u64::from(one.name_span.start) == start);
    let Some(at) = at else {
        return HashSet::new();
    };
    let qualified: Vec<String> = outline
        .outline
        .qualified(at as u32)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let symbol_kind = outline
        .outline
        .definitions
        .get(at)
        .map_or(SymbolKind::Function, |it| it.kind);
    let found = resolver.callers_of(&path, &qualified, symbol_kind, FILES);
    let wanted = |it: ReferenceKind| match kind {
        "class" => it == ReferenceKind::New || it == ReferenceKind::Call,
        _ => it == ReferenceKind::Call,
    };
    found
        .into_iter()
        .filter(|user| user.confidence >= SURE && wanted(user.mention.reference.kind))
        .filter(|user| files.contains(user.mention.path.as_str()))
        .map(|user| {
            (
                user.mention.path.as_str().to_owned(),
                u64::from(user.mention.reference.span.start),
            )
        })
        .collect()
}

/// At which place the right definition stands in the answer; 99 where it does not. `None`: not a mention to us.
fn rank(index: &WorkspaceIndex, resolver: &Resolver<'_>, using: &Value) -> Option<usize> {
    let (path, start) = site(using)?;
    let (path, outline) = outline(index, &path)?;
    let mention = outline
        .outline
        .references
        .iter()
        .find(|it| u64::from(it.span.start) == start);
    let Some(mention) = mention else {
        return Some(99);
    };
    let targets: HashSet<Site> = list(&using["targets"]).filter_map(site).collect();
    let found = resolver.definitions_of(&path, mention);
    let place = found.iter().position(|one| {
        let start = u64::from(one.definition.definition.name_span.start);
        targets.contains(&(one.definition.path.as_str().to_owned(), start))
    });
    Some(place.unwrap_or(99))
}

#[expect(clippy::print_stdout, reason = "as above")]
fn report(kind: &str, symbol: &Value, found: &HashSet<Site>, wanted: &HashSet<Site>) {
    for (what, sites) in [("MISS", wanted - found), ("WRONG", found - wanted)] {
        for (path, start) in sites {
            println!(
                "{what} {kind} {} {} ← {path}:{start}",
                symbol["name"], symbol["path"]
            );
        }
    }
}

fn outline(
    index: &WorkspaceIndex,
    path: &str,
) -> Option<(RelPath, std::sync::Arc<base::search::FileOutline>)> {
    let path = RelPath::new(path).ok()?;
    let outline = index.outline(&path)?;
    Some((path, outline))
}

fn site(value: &Value) -> Option<Site> {
    Some((value["path"].as_str()?.to_owned(), value["start"].as_u64()?))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}
