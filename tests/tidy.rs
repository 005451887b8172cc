//! Keeps the house in order: what ARCHITECTURE.md and the style of the code promise is checked here, with its reason.
//!
//! Every check reads the sources as text. A failure names the file, the line and what to do; there is no list of
//! exceptions to hide in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository's root")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the tree with one of these extensions, relative to the root, without build output and hidden folders.
fn files(extensions: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, name) = (
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            );
            let kind = entry.file_type().expect("a file type");
            if kind.is_dir() {
                if !matches!(
                    name.as_str(),
                    "target" | "node_modules" | ".git" | "__pycache__" | ".venv" | "out"
                ) {
                    folders.push(path);
                }
            } else if extensions.iter().any(|extension| name.ends_with(extension)) {
                let relative = path
                    .strip_prefix(&root)
                    .expect("inside")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.push((relative, read(&path)));
            }
        }
    }
    found.sort();
    assert!(
        !found.is_empty(),
        "no file with {extensions:?}: the walk is broken"
    );
    found
}

#[track_caller]
fn none(what: &str, offenders: Vec<String>) {
    assert!(
        offenders.is_empty(),
        "{what}:\n  {}",
        offenders.join("\n  ")
    );
}

/// A reader who opens a file learns first what it is and why.
#[test]
fn every_source_file_says_what_it_is() {
    let offenders = files(&[".rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path);
    none(
        "open these with `//!` lines: what it is, why, what it must not do",
        offenders.collect(),
    );
}

/// A file over 800 lines holds more than one idea.
#[test]
fn no_source_file_is_too_long() {
    let long = |(path, text): (String, String)| {
        let lines = text.lines().count();
        (lines > 800).then(|| format!("{path}: {lines} lines"))
    };
    none(
        "split these",
        files(&[".rs", ".ts", ".lua", ".py", ".el"])
            .into_iter()
            .filter_map(long)
            .collect(),
    );
}

/// Names that say nothing collect everything.
#[test]
fn no_module_is_called_utils() {
    let vague = [
        "utils", "util", "helpers", "helper", "common", "misc", "manager",
    ];
    let offenders = files(&[".rs"])
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.trim_end_matches(".rs")
                .split('/')
                .any(|part| vague.contains(&part))
        });
    none(
        "name these after the noun or verb they hold",
        offenders.collect(),
    );
}

/// An unfinished thought needs its reason, or it stays for ever.
#[test]
fn unfinished_thoughts_carry_a_reason() {
    let markers = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let mut offenders = Vec::new();
    for (path, text) in files(&[".rs", ".ts", ".lua", ".py"]) {
        for (number, line) in text.lines().enumerate() {
            let Some(at) = line.find("//") else { continue };
            let comment = &line[at..];
            if markers
                .iter()
                .any(|marker| comment.contains(&format!("{marker}:")) && comment.len() < 30)
            {
                offenders.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("say why, or do it", offenders);
}

/// The project speaks of itself alone: no place on somebody's machine.
#[test]
fn no_path_of_one_machine() {
    let mut offenders = Vec::new();
    for (path, text) in files(&[
        ".rs", ".md", ".toml", ".yml", ".yaml", ".py", ".lua", ".ts", ".sh", ".json", ".tsv", "run",
    ]) {
        if path == "tests/tidy.rs" || path == "Cargo.lock" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let places = [
                "/home/runner/",
                concat!("/wo", "rk/"),
                concat!("/ro", "ot/.cargo"),
                concat!("/ro", "ot/.cache"),
                "/Users/",
            ];
            if places.iter().any(|place| line.contains(place)) {
                offenders.push(format!(
                    "{path}:{}: {}",
                    number + 1,
                    line.trim().chars().take(120).collect::<String>()
                ));
            }
        }
    }
    none("take these paths out", offenders);
}

fn dependencies(manifest: &str, sections: &[&str]) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = sections.contains(&line.trim());
        } else if inside
            && let Some((name, _)) = line.split_once(['.', '=', ' '])
            && !name.is_empty()
            && !name.starts_with('#')
        {
            found.insert(name.to_owned());
        }
    }
    found
}

fn crates() -> BTreeMap<String, String> {
    let server = root().join("server");
    fs::read_dir(server)
        .expect("server/")
        .flatten()
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                read(&entry.path().join("Cargo.toml")),
            )
        })
        .collect()
}

/// The doors between the crates, as ARCHITECTURE.md draws them.
#[test]
fn crates_know_only_whom_they_may() {
    let may: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("base", &[] as &[&str]),
        ("syntax", &["base"]),
        ("repo", &["base", "syntax"]),
        ("llm", &["base"]),
        ("review", &["base", "syntax"]),
        ("lsp", &["base", "review"]),
        ("store", &["base"]),
        (
            "app",
            &["base", "syntax", "repo", "llm", "review", "lsp", "store"],
        ),
    ]);
    let crates = crates();
    assert_eq!(
        crates.keys().map(String::as_str).collect::<Vec<_>>(),
        may.keys().copied().collect::<Vec<_>>()
    );
    let mut offenders = Vec::new();
    for (name, manifest) in &crates {
        for dependency in dependencies(manifest, &["[dependencies]"]) {
            if crates.contains_key(&dependency)
                && !may[name.as_str()].contains(&dependency.as_str())
            {
                offenders.push(format!("{name} -> {dependency}"));
            }
        }
    }
    none("these edges are not in ARCHITECTURE.md", offenders);
}

/// Only redaction makes a prompt, so nothing reaches a model that was not redacted.
#[test]
fn only_redaction_makes_prompts() {
    let mut makers = BTreeSet::new();
    for (path, text) in files(&[".rs"]) {
        let is_source = path.starts_with("server/") && path.contains("/src/");
        let is_home = path == "server/base/src/model.rs";
        // What stands below the tests' mark is not part of the program.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        if is_source
            && !is_home
            && !path.contains("/tests")
            && code.contains("Prompt::from_redacted")
        {
            makers.insert(path);
        }
    }
    assert_eq!(
        makers.into_iter().collect::<Vec<_>>(),
        ["server/review/src/redact/mod.rs"],
        "a prompt is made by `review::redact` alone"
    );
}

/// One manifest owns each outside dependency, so that it can be changed in one place.
#[test]
fn each_outside_dependency_has_one_owner() {
    let shared = [
        "serde",
        "serde_json",
        "thiserror",
        "tracing",
        "tokio",
        "rayon",
        "memchr",
        "toml",
        "strsim",
        "regex",
        "aho-corasick",
        "globset",
    ];
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let crates = crates();
    for (name, manifest) in &crates {
        for dependency in dependencies(manifest, &["[dependencies]"]) {
            if !crates.contains_key(&dependency) && !shared.contains(&dependency.as_str()) {
                owners.entry(dependency).or_default().push(name.clone());
            }
        }
    }
    let offenders = owners
        .into_iter()
        .filter(|(_, by)| by.len() > 1)
        .map(|(name, by)| format!("{name}: {by:?}"));
    none(
        "one owner each, or add it to the shared list with a reason",
        offenders.collect(),
    );
}

/// Every dependency earns its line in ARCHITECTURE.md, and every line there is a dependency.
#[test]
fn dependencies_are_explained() {
    let page = read(&root().join("ARCHITECTURE.md"));
    let table: BTreeSet<String> = page
        .lines()
        .skip_while(|line| !line.starts_with("| crate | owner |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split(','))
        .map(|name| {
            name.split_whitespace()
                .next()
                .unwrap_or("")
                .replace("tower-lsp-server", "tower-lsp")
        })
        .collect();
    let manifest = read(&root().join("Cargo.toml"));
    let ours = crates();
    let listed = dependencies(&manifest, &["[workspace.dependencies]"]);
    let grammar = |name: &str| name.starts_with("tree-sitter-");
    let missing = listed
        .iter()
        .filter(|name| !ours.contains_key(*name) && !grammar(name) && !table.contains(*name));
    none(
        "give these a line in ARCHITECTURE.md",
        missing.cloned().collect(),
    );
    let stale = table
        .iter()
        .filter(|name| !listed.contains(*name) && *name != "tree-sitter");
    none(
        "ARCHITECTURE.md explains what is not used",
        stale.cloned().collect(),
    );
    let provider = read(&root().join("tests/provider/Cargo.toml"));
    let used: BTreeSet<String> = ours
        .values()
        .chain([&provider])
        .flat_map(|manifest| {
            dependencies(
                manifest,
                &[
                    "[dependencies]",
                    "[dev-dependencies]",
                    "[build-dependencies]",
                    "[target.'cfg(unix)'.dependencies]",
                    "[target.'cfg(target_os = \"linux\")'.dependencies]",
                ],
            )
        })
        .collect();
    let unused = listed
        .iter()
        .filter(|name| !ours.contains_key(*name) && !used.contains(*name));
    none(
        "the root manifest lists what nobody uses",
        unused.cloned().collect(),
    );
}

/// The architecture page stays short enough to be read, and names only what exists.
#[test]
fn the_architecture_page_is_short_and_true() {
    let page = read(&root().join("ARCHITECTURE.md"));
    let lines = page.lines().count();
    assert!(
        lines <= 150,
        "ARCHITECTURE.md has {lines} lines; at most 150 get read"
    );
    let missing = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| {
            code.contains('/')
                && code
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        })
        .filter(|path| {
            ["server/", "tests/", "docs/", "queries/"]
                .iter()
                .any(|top| path.starts_with(top))
        })
        .filter(|path| !root().join(path).exists())
        .map(str::to_owned);
    none(
        "ARCHITECTURE.md names what does not exist",
        missing.collect(),
    );
}

/// A link that leads nowhere is worse than none.
#[test]
fn links_in_the_documentation_lead_somewhere() {
    let mut offenders = Vec::new();
    for (path, text) in files(&[".md"]) {
        let folder = root().join(&path).parent().expect("a folder").to_owned();
        for part in text.split("](").skip(1) {
            let Some(target) = part.split(')').next() else {
                continue;
            };
            let target = target.split('#').next().unwrap_or("");
            let is_file = !target.is_empty()
                && !target.contains("://")
                && !target.starts_with("mailto:")
                && !target.contains(' ')
                && target
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if is_file && !folder.join(target).exists() {
                offenders.push(format!("{path}: {target}"));
            }
        }
    }
    none("these links are broken", offenders);
}

/// Every rule has its cases beside it and is named after its place.
#[test]
fn every_rule_stands_beside_its_cases() {
    let mut offenders = Vec::new();
    let rules = files(&[".yml"])
        .into_iter()
        .filter(|(path, _)| path.starts_with("queries/rules/"));
    let (tests, rules): (Vec<_>, Vec<_>) = rules.partition(|(path, _)| path.ends_with(".test.yml"));
    let tested: BTreeSet<String> = tests
        .iter()
        .map(|(path, _)| path.replace(".test.yml", ".yml"))
        .collect();
    for (path, text) in &rules {
        let id = path
            .trim_start_matches("queries/rules/")
            .trim_end_matches(".yml");
        if !text
            .lines()
            .any(|line| line.trim_end() == format!("id: {id}"))
        {
            offenders.push(format!("{path}: its id is not `{id}`"));
        }
        if !tested.contains(path) {
            offenders.push(format!("{path}: no cases beside it"));
        }
    }
    for (path, _) in &tests {
        if !rules
            .iter()
            .any(|(rule, _)| *rule == path.replace(".test.yml", ".yml"))
        {
            offenders.push(format!("{path}: no rule beside it"));
        }
    }
    none("rules and cases go together", offenders);
}

/// The page of the language server names a test for each behaviour; a name that nothing has any more proves nothing.
#[test]
fn the_servers_page_names_tests_that_exist() {
    let sources = files(&[".rs", ".py"]);
    let page = read(&root().join("docs/lsp.md"));
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with("| subject |"))
        .skip(2);
    let (mut offenders, mut count) = (Vec::new(), 0);
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next();
        let cell = cell.unwrap_or_default();
        if cell.starts_with("not tested: ") {
            continue;
        }
        let mut places: Vec<&(String, String)> = Vec::new();
        for name in cell.split('`').skip(1).step_by(2) {
            let is_place = name.contains(".rs") || name.contains('/') || name == "pytest_lsp";
            if is_place {
                let holds = |path: &str| {
                    let at_end = path.ends_with(&format!("/{name}"));
                    at_end || format!("/{path}").contains(&format!("/{name}/"))
                };
                places = sources.iter().filter(|(path, _)| holds(path)).collect();
                if places.is_empty() {
                    offenders.push(format!("docs/lsp.md: there is no {name}"));
                }
                continue;
            }
            count += 1;
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_…*".contains(letter);
            let part = name.trim_matches(['…', '*']);
            let known = |(_, text): &&(String, String)| text.contains(part);
            if name.chars().all(is_name) && !places.iter().any(known) {
                offenders.push(format!("docs/lsp.md: no test is called {name}: {cell}"));
            }
        }
        if places.is_empty() {
            offenders.push(format!("docs/lsp.md: a row without a test: {row}"));
        }
    }
    assert!(count > 30, "the table was not found: {count}");
    none("every behaviour of the server has its test", offenders);
}
