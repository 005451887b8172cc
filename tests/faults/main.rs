//! Recall: small faults as they are really made, each with its fix, against the whole engine.
//!
//! A fault is a change to clean code. The engine must mark it where the case says, with the rule it names, and say
//! nothing else at warning or above; on the fixed version of the same change that rule must be silent. Cases are data
//! (`<language>/*.md`, their form is in `README.md`); a fault that the rules cannot see yet is kept as `missed` with
//! its reason, so that recall is a number and not a hope.

mod case;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base::memory::MemoryRepo;
use base::{Cancel, RelPath, Report, Scope, Severity, Text};
use review::{Engine, Flags, Layers, Trust, review};
use syntax::{Language, Tree};

use case::{Case, Version};

/// What a folder of cases holds at least.
const LEAST: &[(&str, usize)] = &[
    ("bash", 6),
    ("c", 12),
    ("csharp", 6),
    ("go", 15),
    ("infra", 20),
    ("java", 15),
    ("javascript", 15),
    ("kotlin", 6),
    ("php", 6),
    ("python", 15),
    ("ruby", 6),
    ("rust", 15),
    ("secrets", 12),
    ("sql", 6),
    ("swift", 6),
    ("text", 5),
];

#[test]
fn faults_are_found_and_fixes_are_not() {
    let mut wrong = Vec::new();
    let mut tally: BTreeMap<String, Tally> = BTreeMap::new();
    for (folder, file, text) in files() {
        let cases = case::parse(&text).unwrap_or_else(|error| panic!("{folder}/{file}: {error}"));
        for case in cases {
            let tally = tally.entry(folder.clone()).or_default();
            tally.cases += 1;
            tally.found += usize::from(case.missed.is_none());
            tally.rules.insert(case.rule.clone());
            for problem in problems(&case) {
                wrong.push(format!(
                    "{folder}/{file}:{}: {}: {problem}",
                    case.line, case.title
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n", wrong.join("\n"));
    show(&tally);
    for (folder, least) in LEAST {
        let cases = tally.get(*folder).map_or(0, |tally| tally.cases);
        assert!(
            cases >= *least,
            "{folder}: {cases} cases, {least} were promised"
        );
    }
    let (cases, found) = tally.values().fold((0, 0), |(cases, found), tally| {
        (cases + tally.cases, found + tally.found)
    });
    assert!(cases >= 170, "{cases} cases are too few to say anything");
    assert!(found * 100 >= cases * 85, "{found} of {cases} are found");
}

#[derive(Default)]
struct Tally {
    cases: usize,
    found: usize,
    rules: BTreeSet<String>,
}

#[expect(clippy::print_stdout, reason = "the numbers that the test measures")]
fn show(tally: &BTreeMap<String, Tally>) {
    let (mut cases, mut found, mut rules) = (0, 0, 0);
    println!("| cases in | found | of | rules |\n|---|---|---|---|");
    for (folder, tally) in tally {
        println!(
            "| {folder} | {} | {} | {} |",
            tally.found,
            tally.cases,
            tally.rules.len()
        );
        cases += tally.cases;
        found += tally.found;
        rules += tally.rules.len();
    }
    println!("| all | {found} | {cases} | {rules} |");
}

/// What does not hold of a case; nothing when all does.
fn problems(case: &Case) -> Vec<String> {
    let mut problems = Vec::new();
    for version in [Version::Before, Version::Fault, Version::Fixed] {
        let broken = broken(&case.path, &case.text(version));
        if let (Some(line), None) = (broken, &case.missed) {
            problems.push(format!("{version:?} does not parse near line {line}"));
        }
    }
    let fault = findings(case, Version::Fault);
    let (own, others): (Vec<_>, Vec<_>) = fault.iter().partition(|found| found.rule == case.rule);
    let lines: Vec<usize> = own.iter().map(|found| found.line).collect();
    match &case.missed {
        None if lines != [case.expected] => problems.push(format!(
            "{} is expected in line {} only, not in {lines:?} (all: {fault:?})\n{}",
            case.rule,
            case.expected,
            case.text(Version::Fault)
        )),
        Some(_) if lines.contains(&case.expected) => {
            problems.push("is found now: take `missed` away".to_owned());
        }
        _ => {}
    }
    let loud = |found: &&Found| found.severity >= Severity::Warning;
    for other in others.into_iter().filter(loud) {
        problems.push(format!("the fault also gets {other:?}"));
    }
    for found in findings(case, Version::Fixed) {
        if found.rule == case.rule || found.severity >= Severity::Warning {
            problems.push(format!(
                "the fix gets {found:?}\n{}",
                case.text(Version::Fixed)
            ));
        }
    }
    for found in findings(case, Version::Before).iter().filter(loud) {
        problems.push(format!("the code before gets {found:?}"));
    }
    problems
}

#[derive(Debug)]
struct Found {
    rule: String,
    line: usize,
    severity: Severity,
}

/// What the engine says about the change from before to `version`; about the whole file for before itself.
fn findings(case: &Case, version: Version) -> Vec<Found> {
    let (before, after) = (case.text(Version::Before), case.text(version));
    let (fixture, scope) = match (version, before.is_empty()) {
        (Version::Before, true) => return Vec::new(),
        (Version::Before, false) => (format!("//- {}\n{before}", case.path), Scope::All),
        (_, true) => (format!("//- new {}\n{after}", case.path), Scope::Worktree),
        (_, false) => (
            format!("//- old {0}\n{before}//- new {0}\n{after}", case.path),
            Scope::Worktree,
        ),
    };
    let report = report(&fixture, case.profile.clone(), scope);
    assert!(
        report.skipped.is_empty(),
        "{}: {:?}",
        case.title,
        report.skipped
    );
    let line = |found: &base::Finding| {
        let text = report.sources.get(&found.path).expect("its text");
        text.line_column(found.span.start).line as usize
    };
    let findings = report.findings.iter().map(|found| Found {
        rule: found.rule.as_str().to_owned(),
        line: line(found),
        severity: found.severity,
    });
    findings.collect()
}

fn report(fixture: &str, profile: Option<String>, scope: Scope) -> Report {
    let repo = Arc::new(MemoryRepo::fixture(fixture));
    let flags = Flags {
        profile,
        ..Flags::default()
    };
    let layers = Layers {
        flags,
        ..Layers::default()
    };
    let engine = Engine::open(repo, layers, Trust::None).expect("settings without problems");
    let engine = Arc::new(engine);
    let repo = engine.repo().clone();
    wait(review(
        engine,
        repo,
        scope,
        None,
        None,
        Arc::new(|_| {}),
        Cancel::new(),
    ))
    .expect("a report")
}

/// Waits for a future that other threads complete.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

/// A fault in code that does not parse would measure nothing. Templates are not YAML yet, and of SQL's dialects the
/// grammar knows a part, so these are let through.
fn broken(path: &RelPath, text: &str) -> Option<usize> {
    let text = Text::new(text.to_owned());
    let language = Language::of(path, &text)?;
    if path.as_str().contains("templates/")
        || matches!(language, Language::Markdown | Language::Sql)
    {
        return None;
    }
    let tree = Tree::parse(language, &text, Duration::from_secs(5)).expect("parsed in time");
    (tree.errors() > 0).then(|| first_error(language, &text))
}

/// The line whose removal of everything after it leaves the first error: near enough to find it by eye.
fn first_error(language: Language, text: &Text) -> usize {
    let lines: Vec<&str> = text.as_str().lines().collect();
    let errors = |upto: usize| {
        let head = Text::new(lines[..upto].join("\n"));
        Tree::parse(language, &head, Duration::from_secs(5)).map_or(0, |tree| tree.errors())
    };
    (1..=lines.len())
        .find(|upto| errors(*upto) > 1)
        .unwrap_or(lines.len())
}

/// Every file of cases: folder, name, text; in order.
fn files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/faults");
    let mut found = Vec::new();
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&folder) {
            let name = |path: &Path| {
                path.file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            };
            let text = std::fs::read_to_string(&file).expect("a readable file");
            found.push((name(&folder), name(&file), text));
        }
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}
