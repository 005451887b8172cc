//! What a text defines and mentions: one walk over its tree, driven by `queries/<language>/{symbols,references}.scm`.
//!
//! The queries say what is a definition or a mention and where its parts stand. What they cannot say (what encloses
//! what, which names are local, documentation that stands before, who can see it) is kept along the walk. The walk is
//! a loop, a pattern's depth is fixed, and both lists are bounded, so that a hostile file costs bounded time.

mod arguments;
mod imports;
mod marks;
mod matching;
mod names;
mod parameters;
mod query;
mod role;
mod walk;

use std::sync::OnceLock;

use base::Outline;

use crate::{Language, Tree};
use query::Patterns;

/// All query files, by path below `queries`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/queries.rs"));

/// What `tree`'s text defines and mentions. Empty for a language without queries.
pub(crate) fn outline(tree: &Tree) -> Outline {
    let patterns = patterns(tree.language());
    walk::walk(tree, patterns)
}

/// A language's patterns, read once.
fn patterns(language: Language) -> &'static Patterns {
    static READ: [OnceLock<Patterns>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    READ[language as usize].get_or_init(|| {
        // That every file can be read is tested; a pattern that cannot is left out rather than fatal.
        Patterns::read(&language.grammar(), &texts(language)).unwrap_or_else(|_| Patterns::none())
    })
}

/// The query texts of a language: its own, then those of the language it extends.
fn texts(language: Language) -> Vec<&'static str> {
    let folders: &[&str] = match language {
        Language::Tsx => &["tsx", "typescript"],
        Language::Cpp => &["cpp", "c"],
        other => &[other.name()],
    };
    folders
        .iter()
        .flat_map(|folder| ["symbols", "references"].map(|file| format!("{folder}/{file}.scm")))
        .filter_map(|wanted| FILES.iter().find(|(path, _)| *path == wanted))
        .map(|(_, text)| *text)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FILES, Patterns, texts};
    use crate::Language;

    #[test]
    fn every_query_is_read_here_and_compiles_with_tree_sitter() {
        let (mut used, mut problems) = (0, Vec::new());
        for &language in Language::ALL {
            let grammar = language.grammar();
            for text in texts(language) {
                used += 1;
                let head = text.lines().next().unwrap_or_default();
                if let Err(error) = tree_sitter::Query::new(&grammar, text) {
                    problems.push(format!("{}, `{head}`: {error}", language.name()));
                }
                if let Err(error) = Patterns::read(&grammar, &[text]) {
                    problems.push(format!("{}, `{head}`, read here: {error}", language.name()));
                }
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert!(used >= FILES.len(), "a query file belongs to no language");
    }
}
