//! What kind of project a workspace is: languages, package managers, frameworks, how it is built, tested and linted, CI.
//!
//! A pure function over the names of the files and the texts of manifests. A table knows the ecosystems; what a
//! repository names itself (scripts of a manifest, targets of a makefile) is kept apart from that, because whoever runs
//! it runs what a stranger wrote. Nothing is run here, and what cannot be read is simply not known.

mod ci;
mod ecosystems;
mod named;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base::RelPath;
use serde::Serialize;
use syntax::Language;

use ecosystems::{ECOSYSTEMS, Ecosystem};

/// Manifests that are looked at; a monorepo has more, and they say the same again.
const MOST_PARTS: usize = 60;
/// Folders below the workspace in which a manifest still belongs to the project itself.
const DEEPEST: usize = 4;
/// Bytes of a manifest that are looked at.
const MOST_BYTES: usize = 200_000;

/// What a workspace is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Project {
    /// Programming languages and their files, most files first.
    pub languages: Vec<(String, usize)>,
    /// One for each manifest, those at the top first.
    pub parts: Vec<Part>,
    /// Where changes are checked and released.
    pub ci: Vec<Ci>,
}

/// What one manifest tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The ecosystem, such as `Cargo`.
    pub ecosystem: &'static str,
    /// The language that it is for, by our own name where it is one of ours.
    pub language: &'static str,
    /// The file.
    pub manifest: RelPath,
    /// The folder that commands are run in; "" is the workspace.
    pub folder: String,
    /// The program that installs dependencies; there may be several in an ecosystem.
    pub manager: &'static str,
    /// Libraries and tools that say how the code is written or tested.
    pub frameworks: Vec<Framework>,
    /// How it is built, tested and linted; for each task the likeliest first.
    pub commands: Vec<Command>,
}

/// A library or tool that matters for how code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Framework {
    /// What it is called.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
}

/// What a framework is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Servers, user interfaces, databases: what the product is built on.
    Product,
    /// What tests are written with.
    Test,
    /// What looks over the code.
    Lint,
}

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Compiles or bundles.
    Build,
    /// Runs the tests.
    Test,
    /// Looks over the code, types included.
    Lint,
}

impl Task {
    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Test => "test",
            Self::Lint => "lint",
        }
    }
}

/// A program and its arguments. Never a line for a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What for.
    pub task: Task,
    /// The program, then each argument.
    pub words: Vec<String>,
    /// Where the repository itself says what is run (`package.json: scripts.test`), with its text; `None` where the
    /// command is the usual one of the ecosystem.
    pub named_by: Option<String>,
}

/// Where changes are checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ci {
    /// The service.
    pub name: &'static str,
    /// Its file.
    pub file: RelPath,
}

impl Project {
    /// What the files at `paths` make up; `read` gives the text of one.
    pub fn of(paths: &[RelPath], read: &dyn Fn(&RelPath) -> Option<String>) -> Self {
        let mut paths: Vec<&RelPath> = paths.iter().filter(|path| !is_foreign(path)).collect();
        paths.sort_by_key(|path| (depth(path), path.as_str()));
        let mut parts = Vec::new();
        for path in &paths {
            if parts.len() >= MOST_PARTS || depth(path) > DEEPEST {
                break;
            }
            let known = ECOSYSTEMS.iter().find(|known| known.owns(path.file_name()));
            if let Some(ecosystem) = known {
                parts.extend(part(ecosystem, path, &paths, read));
            }
        }
        Self {
            languages: languages(&paths),
            parts,
            ci: ci::of(&paths),
        }
    }

    /// The commands for a task, those of the top first, each with the folder it is run in.
    pub fn commands(&self, task: Task) -> impl Iterator<Item = (&Part, &Command)> {
        self.parts.iter().flat_map(move |part| {
            let commands = part.commands.iter();
            commands
                .filter(move |command| command.task == task)
                .map(move |command| (part, command))
        })
    }

    /// The likeliest command for a task of each part that is no member of another: a workspace of Cargo is tested at its
    /// top.
    pub fn likeliest(&self, task: Task) -> Vec<(&Part, &Command)> {
        let mut chosen: Vec<(&Part, &Command)> = Vec::new();
        for (part, command) in self.commands(task) {
            let covers = |(other, _): &(&Part, &Command)| {
                other.ecosystem == part.ecosystem && other.holds(&part.folder)
            };
            if !chosen.iter().any(covers) {
                chosen.push((part, command));
            }
        }
        chosen
    }

    /// The part that a file belongs to: the one with the nearest manifest for its language.
    pub fn part_of(&self, path: &RelPath, language: &str) -> Option<&Part> {
        let around = self.parts.iter().filter(|part| part.holds(path.as_str()));
        let same = around.filter(|part| part.speaks(language));
        same.max_by_key(|part| part.folder.len())
    }

    /// What tests of a file are written with, as far as its manifest tells.
    pub fn test_framework(&self, path: &RelPath, language: &str) -> Option<&'static str> {
        let part = self.part_of(path, language)?;
        let tests = part.frameworks.iter();
        let mut tests = tests.filter(|framework| framework.kind == Kind::Test);
        tests.next().map(|framework| framework.name)
    }
}

impl Part {
    /// Whether a path is the part's folder or lies in it.
    fn holds(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.folder.as_str());
        self.folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether code in `language` belongs to such a manifest.
    fn speaks(&self, language: &str) -> bool {
        let family = |language: &str| match language {
            "typescript" | "tsx" | "javascript" => "javascript".to_owned(),
            "kotlin" | "java" | "scala" => "java".to_owned(),
            "cpp" | "c" => "c".to_owned(),
            other => other.to_owned(),
        };
        family(self.language) == family(language)
    }
}

/// One manifest.
fn part(
    ecosystem: &'static Ecosystem,
    path: &RelPath,
    paths: &[&RelPath],
    read: &dyn Fn(&RelPath) -> Option<String>,
) -> Option<Part> {
    let folder = path.parent().unwrap_or("").to_owned();
    let beside: Vec<&str> = paths
        .iter()
        .filter(|other| other.parent().unwrap_or("") == folder)
        .map(|other| other.file_name())
        .collect();
    // One part for each folder and ecosystem: `setup.py` beside `pyproject.toml` says nothing new.
    let first = beside
        .iter()
        .filter(|name| ecosystem.owns(name))
        .min_by_key(|name| ecosystem.rank(name))?;
    if *first != path.file_name() {
        return None;
    }
    let mut text = String::new();
    for name in &beside {
        if ecosystem.owns(name) || ecosystem.says(name) {
            let joined = join(&folder, name)?;
            let more = read(&joined).filter(|more| more.len() <= MOST_BYTES);
            text.push_str(&more.unwrap_or_default());
            text.push('\n');
        }
    }
    if !ecosystem.confirmed(&text) {
        return None;
    }
    let manager = ecosystem.manager(&beside, &text);
    let frameworks = ecosystem.frameworks(&text, &beside);
    let mut commands = named::commands(ecosystem, manager, &folder, &beside, read);
    commands.extend(ecosystem.usual(manager, &frameworks, &beside));
    commands.sort_by_key(|command| command.task);
    Some(Part {
        ecosystem: ecosystem.name,
        language: ecosystem.language,
        manifest: path.clone(),
        folder,
        manager,
        frameworks,
        commands,
    })
}

fn join(folder: &str, name: &str) -> Option<RelPath> {
    let path = match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    RelPath::new(&path).ok()
}

fn depth(path: &RelPath) -> usize {
    path.as_str().matches('/').count()
}

/// Copies of other projects, tests' own little projects, and what tools put there.
fn is_foreign(path: &RelPath) -> bool {
    let folders = path.parent().unwrap_or("");
    folders.split('/').any(|folder| {
        matches!(
            folder,
            "node_modules"
                | "vendor"
                | "third_party"
                | "target"
                | "dist"
                | "fixtures"
                | "testdata"
                | ".venv"
                | "venv"
                | ".git"
        )
    })
}

fn languages(paths: &[&RelPath]) -> Vec<(String, usize)> {
    let mut counted: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in paths {
        if let Some(language) = Language::detect(path, "").filter(|language| language.is_code()) {
            *counted.entry(language.name()).or_default() += 1;
        }
    }
    let mut languages: Vec<_> = counted
        .into_iter()
        .map(|(name, files)| (name.to_owned(), files))
        .collect();
    languages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    languages
}
