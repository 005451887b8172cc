//! What in a change belongs together: which file uses what another defines, in which order to read, what is unrelated.
//!
//! Two files belong together when one mentions a name whose definition the other changes, when the same word comes or
//! goes in both, when they lie in one folder, or when one is the test of the other. What is left apart is a suggestion
//! to split, so a doubtful connection is a connection.

use std::collections::{HashMap, HashSet};

use base::RelPath;

use super::facts::{Depth, Did, Facts};
use super::gather::position;
use super::role::Role;
use crate::semantic::{ChangedFile, SemanticChange, words};

/// Changed files up to which connections are looked for.
const MAX_FILES: usize = 120;
/// Letters that a word needs to connect two files.
const LONG_ENOUGH: usize = 5;
/// Lines up to which a part is too small to be split off.
const SMALL_PART: u64 = 3;

/// Fills in [`Facts::uses`], [`Facts::order`] and [`Facts::parts`].
pub(super) fn connect(semantic: &SemanticChange, facts: &mut Facts) {
    if semantic.files.len() <= MAX_FILES {
        uses(semantic, facts);
        facts.parts = parts(semantic, facts);
    }
    facts.order = order(facts);
}

fn uses(semantic: &SemanticChange, facts: &mut Facts) {
    let mut definers: HashMap<String, Vec<RelPath>> = HashMap::new();
    for file in &facts.files {
        for symbol in file
            .real()
            .filter(|symbol| symbol.short.len() >= LONG_ENOUGH && !symbol.is_test)
        {
            if !matches!(symbol.did, Did::Removed | Did::MovedTo(_)) {
                definers
                    .entry(symbol.short.clone())
                    .or_default()
                    .push(file.path.clone());
            }
        }
    }
    // What two files define does not say which one is meant.
    definers.retain(|_, files| {
        files.dedup();
        files.len() == 1
    });
    let mut found = Vec::new();
    for file in &semantic.files {
        let mut seen = HashSet::new();
        for reference in &file.new.outline.references {
            let Some(definer) = definers
                .get(&reference.name)
                .and_then(|files| files.first())
            else {
                continue;
            };
            let own = file
                .new
                .outline
                .definitions
                .iter()
                .any(|definition| definition.name == reference.name);
            if definer != file.path() && !own && seen.insert(&reference.name) {
                found.push((file.path().clone(), definer.clone(), reference.name.clone()));
            }
        }
    }
    facts.uses = found;
}

/// What others build on first, then by size; tests after the code, prose and settings last.
fn order(facts: &Facts) -> Vec<RelPath> {
    let stage = |role: Role| match role {
        Role::Migration => 0,
        Role::Code => 1,
        Role::Test => 2,
        Role::Dependencies | Role::Ci | Role::Config => 3,
        Role::Docs | Role::Other => 4,
    };
    let used = |path: &RelPath| {
        let users: HashSet<&RelPath> = facts
            .uses
            .iter()
            .filter(|(_, definer, _)| definer == path)
            .map(|(user, ..)| user)
            .collect();
        users.len()
    };
    let mut files: Vec<_> = facts
        .files
        .iter()
        .filter(|file| file.depth == Depth::Content && file.lines.is_some())
        .collect();
    files.sort_by_key(|file| {
        (
            stage(file.role),
            std::cmp::Reverse(used(&file.path)),
            std::cmp::Reverse(file.size()),
        )
    });
    files.into_iter().map(|file| file.path.clone()).collect()
}

fn parts(semantic: &SemanticChange, facts: &Facts) -> Vec<Vec<RelPath>> {
    let mut groups = Groups((0..facts.files.len()).collect());
    for (user, definer, _) in &facts.uses {
        if let (Some(a), Some(b)) = (position(facts, user), position(facts, definer)) {
            groups.join(a, b);
        }
    }
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut join = |groups: &mut Groups, key: String, at: usize| match first.get(&key) {
        Some(other) => groups.join(*other, at),
        None => {
            first.insert(key, at);
        }
    };
    for (at, file) in facts.files.iter().enumerate() {
        let folder = file.path.parent().unwrap_or("");
        join(&mut groups, format!("folder {folder}"), at);
        if let Some(from) = &file.from {
            join(
                &mut groups,
                format!("folder {}", from.parent().unwrap_or("")),
                at,
            );
        }
        join(&mut groups, format!("stem {}", stem(&file.path)), at);
        // Prose, settings and what could not be read go with anything.
        if matches!(file.role, Role::Dependencies) {
            join(&mut groups, "dependencies".to_owned(), at);
        }
    }
    for file in &semantic.files {
        let Some(at) = position(facts, file.path()) else {
            continue;
        };
        for word in changed_words(file) {
            join(&mut groups, format!("word {word}"), at);
        }
        // What is mentioned by name or path.
        let text = file
            .new
            .text
            .as_ref()
            .map(|text| text.as_str())
            .unwrap_or_default();
        for (other, about) in facts.files.iter().enumerate() {
            if other != at && text.contains(about.path.file_name()) {
                groups.join(at, other);
            }
        }
    }
    let mut by_group: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in 0..facts.files.len() {
        by_group.entry(groups.of(at)).or_default().push(at);
    }
    let mut parts: Vec<Vec<usize>> = by_group.into_values().collect();
    let size = |part: &[usize]| {
        part.iter()
            .filter_map(|at| facts.files.get(*at))
            .map(|file| file.size())
            .sum::<u64>()
    };
    let stands_alone = |part: &[usize]| {
        size(part) > SMALL_PART
            && part
                .iter()
                .filter_map(|at| facts.files.get(*at))
                .any(|file| {
                    matches!(
                        file.role,
                        Role::Code | Role::Test | Role::Migration | Role::Ci
                    ) && file.depth == Depth::Content
                })
    };
    parts.sort_by_key(|part| {
        (
            !stands_alone(part),
            std::cmp::Reverse(size(part)),
            part.first().copied(),
        )
    });
    let alone = parts.iter().filter(|part| stands_alone(part)).count();
    if alone < 2 {
        return Vec::new();
    }
    // What is no part of its own goes with the largest.
    let rest: Vec<usize> = parts.split_off(alone).into_iter().flatten().collect();
    if let Some(largest) = parts.first_mut() {
        largest.extend(rest);
    }
    let paths = |part: Vec<usize>| {
        let mut paths: Vec<RelPath> = part
            .into_iter()
            .filter_map(|at| Some(facts.files.get(at)?.path.clone()))
            .collect();
        paths.sort();
        paths
    };
    parts.into_iter().map(paths).collect()
}

/// `retry` for `src/retry.rs`, `tests/test_retry.py` and `retry.spec.ts`.
fn stem(path: &RelPath) -> String {
    let name = path.file_name().to_ascii_lowercase();
    let stem = name
        .split('.')
        .find(|part| !part.is_empty())
        .unwrap_or(&name);
    let stem = stem.trim_start_matches("test_");
    let stem = ["_test", "_spec", "-test", "tests", "test", "spec"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem);
    match stem {
        // Says nothing about what it is.
        "" | "mod" | "index" | "lib" | "main" | "__init__" => path.as_str().to_owned(),
        stem => stem.to_owned(),
    }
}

/// Words that come or go on the changed lines of a file.
fn changed_words(file: &ChangedFile) -> HashSet<String> {
    let of = |side: &crate::semantic::Side| -> HashSet<String> {
        let lines = side.spans.iter().flat_map(|span| words(side.slice(*span)));
        lines
            .filter(|word| {
                word.len() >= LONG_ENOUGH
                    && word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            })
            .map(str::to_lowercase)
            .collect()
    };
    let (old, new) = (of(&file.old), of(&file.new));
    let names: HashSet<String> = file
        .old
        .outline
        .definitions
        .iter()
        .chain(&file.new.outline.definitions)
        .map(|definition| definition.name.to_lowercase())
        .collect();
    let mentioned: HashSet<String> = file
        .new
        .outline
        .references
        .iter()
        .chain(&file.old.outline.references)
        .map(|reference| reference.name.to_lowercase())
        .collect();
    old.symmetric_difference(&new)
        .filter(|word| names.contains(*word) || mentioned.contains(*word))
        .cloned()
        .collect()
}

/// Sets that grow together.
struct Groups(Vec<usize>);

impl Groups {
    fn of(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.0.get(at).filter(|up| **up != at) {
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(here) = self.0.get_mut(at) {
                *here = above;
            }
            at = up;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        if let Some(up) = self.0.get_mut(a.max(b)) {
            *up = a.min(b);
        }
    }
}
