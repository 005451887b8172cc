//! A workspace made from a fixture string, its index, and what it answers as text.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base::search::{Index, Query};
use base::{Cancel, RelPath, Repo};
use repo::search::{Updated, WorkspaceIndex};
use tempfile::TempDir;

/// A folder with files, and a folder for its index.
pub(crate) struct Place {
    pub(crate) files: TempDir,
    pub(crate) cache: TempDir,
}

impl Place {
    /// Makes the files of `fixture`: `//- path` starts one.
    pub(crate) fn new(fixture: &str) -> Self {
        let place = Self {
            files: TempDir::new().unwrap(),
            cache: TempDir::new().unwrap(),
        };
        for file in fixture.split("//- ").skip(1) {
            let (path, text) = file.split_once('\n').unwrap();
            place.write(path, text);
        }
        place
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let full = self.files.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.files.path().join(path)).unwrap();
    }

    pub(crate) fn repo(&self) -> Arc<dyn Repo> {
        repo::open(self.files.path()).unwrap()
    }

    /// Opens the index as it lies there.
    pub(crate) fn open(&self) -> WorkspaceIndex {
        WorkspaceIndex::open(self.cache.path(), self.repo()).unwrap()
    }

    /// Opens the index and brings it up to date.
    pub(crate) fn index(&self) -> WorkspaceIndex {
        let index = self.open();
        refresh(&index);
        index
    }

    /// What a new index of the same files answers.
    pub(crate) fn anew(&self) -> String {
        let cache = TempDir::new().unwrap();
        let index = WorkspaceIndex::open(cache.path(), self.repo()).unwrap();
        refresh(&index);
        everything(&index)
    }

    pub(crate) fn cache(&self) -> &Path {
        self.cache.path()
    }
}

pub(crate) fn refresh(index: &WorkspaceIndex) -> Updated {
    index.refresh(&|_, _| {}, &Cancel::new()).unwrap()
}

pub(crate) fn update(index: &WorkspaceIndex, paths: &[&str]) -> Updated {
    let paths: Vec<RelPath> = paths.iter().map(|path| rel(path)).collect();
    index.update(&paths, &Cancel::new()).unwrap()
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

/// Definitions of a name, one a line.
pub(crate) fn definitions(index: &WorkspaceIndex, name: &str) -> String {
    let found = index.definitions(name, 100);
    let lines = found.iter().map(|found| {
        let kind = format!("{:?}", found.definition.kind).to_lowercase();
        format!("{} {kind} {}", found.path, found.qualified.join("."))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Mentions of a name, one a line.
pub(crate) fn references(index: &WorkspaceIndex, name: &str) -> String {
    let found = index.references(name, 100);
    let lines = found.iter().map(|found| {
        let kind = format!("{:?}", found.reference.kind).to_lowercase();
        format!("{} {kind} in {}", found.path, found.within.join("."))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What a search finds, one a line.
pub(crate) fn search(index: &WorkspaceIndex, query: &str) -> String {
    let found = index.search(&Query::parse(query), 10);
    let lines = found
        .iter()
        .map(|hit| format!("{} {}", hit.path, hit.symbol.join(".")));
    lines
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// All that an index says: files, their versions, definitions and mentions of every name.
pub(crate) fn everything(index: &WorkspaceIndex) -> String {
    let mut files = index.files();
    files.sort();
    let mut names = std::collections::BTreeSet::new();
    let mut lines = Vec::new();
    for (path, hash) in files {
        let outline = index.outline(&path).expect("an outline for each file");
        assert_eq!(outline.hash, hash);
        lines.push(format!("{path} {hash}"));
        names.extend(outline.outline.definitions.iter().map(|d| d.name.clone()));
        names.extend(outline.outline.references.iter().map(|r| r.name.clone()));
    }
    for name in names {
        lines.push(format!(
            "{name}:\n{}\n{}",
            definitions(index, &name),
            references(index, &name)
        ));
    }
    lines.join("\n")
}
