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
pub(crate) const PARSE: Duration = Duration::from_millis(800);

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

/// What is written for a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Tests.
    Tests,
    /// A doc comment.
    Comment,
}

impl Subject {
    /// The definition called `name` (a qualified name says which of several) in a file, or the innermost one around
    /// `offset` where no name is given.
    pub fn find(
        repo: &dyn Repo,
        path: &RelPath,
        name: Option<&str>,
        offset: u32,
        wanted: Wanted,
    ) -> Option<Self> {
        let text = repo.text(path, &base::At::Worktree).ok()??;
        let language = Language::of(path, &text).filter(|language| language.is_code())?;
        let tree = Tree::parse(language, &text, PARSE).ok()?;
        let outline = tree.outline();
        let parts: Vec<&str> = name.map(parts).unwrap_or_default();
        let may = |it: &Definition| match wanted {
            Wanted::Tests => !it.is_test && is_tested(it.kind),
            Wanted::Comment if name.is_none() => is_tested(it.kind),
            Wanted::Comment => is_tested(it.kind) || is_named_only(it.kind),
        };
        let is_meant = |(at, it): &(usize, &Definition)| match parts.last() {
            Some(last) if it.name == *last => {
                let qualified = outline.qualified(u32::try_from(*at).unwrap_or(u32::MAX));
                qualified.ends_with(&parts) || parts.len() == 1
            }
            Some(_) => false,
            None => it.span.start <= offset && offset <= it.span.end,
        };
        let all = outline.definitions.iter().enumerate();
        let found = all.filter(|(_, it)| may(it)).filter(is_meant);
        // Of several the one that has no comment yet, where that is what is wanted.
        let order = |it: &Definition| {
            let has = wanted == Wanted::Comment && name.is_some() && it.doc.is_some();
            (has, it.span.len())
        };
        let (_, definition) = found.min_by_key(|(_, it)| order(it))?;
        Some(Self {
            path: path.clone(),
            definition: definition.clone(),
            text,
            language,
        })
    }

    /// The definitions called `name` that the index knows, one for each file; of a qualified name that nothing is
    /// called, the last part counts.
    pub fn named(repo: &dyn Repo, index: &dyn Index, name: &str, wanted: Wanted) -> Vec<Self> {
        let last = parts(name).last().copied().unwrap_or(name);
        let mut paths: Vec<RelPath> = Vec::new();
        for it in index.definitions(last, NAMESAKES) {
            let may = wanted == Wanted::Comment || !it.definition.is_test;
            if may && !paths.contains(&it.path) {
                paths.push(it.path);
            }
        }
        let find = |name: &str| -> Vec<Self> {
            let found = paths.iter();
            found
                .filter_map(|path| Self::find(repo, path, Some(name), 0, wanted))
                .collect()
        };
        let found = find(name);
        match found.is_empty() {
            true => find(last),
            false => found,
        }
    }
}

/// The parts of a qualified name.
fn parts(name: &str) -> Vec<&str> {
    let parts = name.split(['.', ':', '#', '/']);
    parts.filter(|part| !part.is_empty()).collect()
}

/// Whether such a definition is only documented when it is named.
fn is_named_only(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::TypeAlias
            | SymbolKind::Constant
            | SymbolKind::Variable
            | SymbolKind::Field
            | SymbolKind::Test
    )
}

/// Whether tests are written for such a definition.
pub(crate) fn is_tested(kind: SymbolKind) -> bool {
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
