//! Tests for a definition: where they belong in this project, which tests show its style, and the file with them in it.
//!
//! All from names of files and from texts; no model takes part here. Where tests belong is what most tests of the
//! workspace do, not what a language's book says. A place that cannot be told is told so.

mod assemble;
mod place;
#[cfg(test)]
mod tests;

pub use place::{Place, place};

pub(crate) use assemble::{Written, assemble};

use base::search::Index;
use base::{Definition, RelPath, Repo, SymbolKind, Text};
use std::time::Duration;
use syntax::{Language, Tree};

/// Definitions of one name that are looked at.
const NAMESAKES: usize = 20;
/// How long a file is parsed.
const PARSE: Duration = Duration::from_millis(800);

/// What tests are wanted for.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its file.
    pub path: RelPath,
    /// The file as it is.
    pub text: Text,
    /// Its language.
    pub language: Language,
    /// The definition.
    pub definition: Definition,
}

impl Subject {
    /// The definition called `name` in a file, or the innermost function around `offset` where no name is given.
    pub fn find(repo: &dyn Repo, path: &RelPath, name: Option<&str>, offset: u32) -> Option<Self> {
        let text = repo.text(path, &base::At::Worktree).ok()??;
        let language = Language::of(path, &text).filter(|language| language.is_code())?;
        let tree = Tree::parse(language, &text, PARSE).ok()?;
        let definitions = tree.outline().definitions;
        let is_meant = |it: &&Definition| match name {
            Some(name) => it.name == name,
            None => it.span.start <= offset && offset <= it.span.end,
        };
        let found = definitions
            .iter()
            .filter(|it| !it.is_test && is_tested(it.kind));
        let definition = found
            .filter(is_meant)
            .min_by_key(|it| it.span.len())?
            .clone();
        Some(Self {
            path: path.clone(),
            text,
            language,
            definition,
        })
    }

    /// The definitions called `name` (the last part of a qualified name counts) that the index knows, one for each file.
    pub fn named(repo: &dyn Repo, index: &dyn Index, name: &str) -> Vec<Self> {
        let parts = name.rsplit(['.', ':', '#', '/']);
        let last = parts
            .into_iter()
            .find(|part| !part.is_empty())
            .unwrap_or(name);
        let mut found: Vec<Self> = Vec::new();
        for it in index.definitions(last, NAMESAKES) {
            let known = found.iter().any(|known| known.path == it.path);
            if !it.definition.is_test && !known {
                found.extend(Self::find(repo, &it.path, Some(last), 0));
            }
        }
        found
    }
}

/// Whether tests are written for such a definition.
fn is_tested(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Function
            | SymbolKind::Method
            | SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Trait
            | SymbolKind::Interface
            | SymbolKind::Macro
    )
}
