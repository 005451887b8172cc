//! What a text defines and mentions: one walk over its tree, driven by `queries/<language>/{symbols,references}.scm`.
//!
//! The queries say what is a definition or a mention and where its parts stand. What they cannot say (what encloses
//! what, which names are local, documentation that stands before, who can see it) is kept along the walk. The walk is
//! a loop, a pattern's depth is fixed, and both lists are bounded, so that a hostile file costs bounded time.

mod arguments;
mod bindings;
mod expression;
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
    use std::collections::BTreeSet;
    use std::time::Duration;

    use tree_sitter::StreamingIterator;

    use super::matching::Matcher;
    use super::{FILES, Patterns, texts};
    use crate::{Language, Tree};

    #[test]
    fn every_query_file_is_read_and_used() {
        let (mut used, mut problems) = (0, Vec::new());
        for &language in Language::ALL {
            let grammar = language.grammar();
            for text in texts(language) {
                used += 1;
                let head = text.lines().next().unwrap_or_default();
                if let Err(error) = Patterns::read(&grammar, &[text]) {
                    problems.push(format!("{}, `{head}`: {error}", language.name()));
                }
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert!(used >= FILES.len(), "a query file belongs to no language");
    }

    /// What a query catches: each capture with its place.
    type Catch = Vec<(String, usize, usize)>;

    #[test]
    fn every_query_compiles_with_tree_sitter_and_catches_the_same() {
        use crate::Language::*;
        macro_rules! fixture {
            ($file:literal) => {
                include_str!(concat!("../tests/syntax/outlines/", $file))
            };
        }
        let fixtures = [
            (Rust, fixture!("rust.rs")),
            (Python, fixture!("python.py")),
            (JavaScript, fixture!("javascript.js")),
            (TypeScript, fixture!("typescript.ts")),
            (Tsx, fixture!("tsx.tsx")),
            (Go, fixture!("go.go")),
            (Java, fixture!("java.java")),
            (C, fixture!("c.c")),
            (Cpp, fixture!("cpp.cpp")),
            (CSharp, fixture!("csharp.cs")),
            (Ruby, fixture!("ruby.rb")),
            (Php, fixture!("php.php")),
            (Kotlin, fixture!("kotlin.kt")),
            (Swift, fixture!("swift.swift")),
            (Scala, fixture!("scala.scala")),
            (Bash, fixture!("bash.sh")),
            (Lua, fixture!("lua.lua")),
            (Elixir, fixture!("elixir.ex")),
            (Sql, fixture!("sql.sql")),
            (Hcl, fixture!("hcl.tf")),
            (Dockerfile, fixture!("dockerfile.dockerfile")),
            (Markdown, fixture!("markdown.md")),
            (Toml, fixture!("toml.toml")),
            (Yaml, fixture!("yaml.yaml")),
            (Json, fixture!("json.json")),
        ];
        // Of several siblings that fit the same choice tree-sitter at times catches only one.
        let lost = [
            (Go, "low"),
            (CSharp, "Base<T>"),
            (CSharp, "Other.IThing"),
            (Scala, "Reader"),
        ];
        assert_eq!(
            fixtures.len() + 2,
            Language::ALL.len(),
            "all but HTML and CSS"
        );
        let mut differences = Vec::new();
        for (language, source) in fixtures {
            let text = base::Text::new(source);
            let tree = Tree::parse(language, &text, Duration::from_secs(30)).expect("in time");
            for query in texts(language) {
                let (mut ours, theirs) = (ours(&tree, query), theirs(&tree, query));
                ours.retain(|catch| {
                    theirs.contains(catch)
                        || !catch.iter().any(|(name, start, end)| {
                            name == "Name" && lost.contains(&(language, &source[*start..*end]))
                        })
                });
                // In this grammar a type has two fields, of which tree-sitter goes by either and we by one.
                if language == Swift {
                    continue;
                }
                let only = |these: &BTreeSet<Catch>, those: &BTreeSet<Catch>| {
                    let catches: Vec<String> = these
                        .difference(those)
                        .map(|catch| {
                            let parts = catch.iter().map(|(name, start, end)| {
                                format!("{name} `{}`", &source[*start..*end])
                            });
                            parts.collect::<Vec<_>>().join(", ")
                        })
                        .collect();
                    catches.join("\n")
                };
                if ours != theirs {
                    differences.push(format!(
                        "{}, only here:\n{}\nonly tree-sitter:\n{}",
                        language.name(),
                        only(&ours, &theirs),
                        only(&theirs, &ours)
                    ));
                }
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    fn ours(tree: &Tree, query: &str) -> BTreeSet<Catch> {
        let patterns = Patterns::read(&tree.language().grammar(), &[query]).expect("readable");
        let mut matcher = Matcher::new(tree.root());
        let mut catches = BTreeSet::new();
        tree.walk(|node| {
            matcher.at(node, true, false);
            for pattern in patterns.of(node.kind_id()) {
                matcher.run(pattern, tree.text().as_str(), &mut |caught| {
                    let parts = caught.iter().map(|(role, node)| {
                        (format!("{role:?}"), node.start_byte(), node.end_byte())
                    });
                    let mut catch: Catch = parts.collect();
                    catch.sort();
                    catches.insert(catch);
                });
            }
            true
        });
        catches
    }

    fn theirs(tree: &Tree, query: &str) -> BTreeSet<Catch> {
        let query = tree_sitter::Query::new(&tree.language().grammar(), query).expect("valid");
        let mut cursor = tree_sitter::QueryCursor::new();
        let source = tree.text().as_str().as_bytes();
        let mut matches = cursor.matches(&query, tree.root(), source);
        let mut catches = BTreeSet::new();
        while let Some(found) = matches.next() {
            let parts = found.captures().iter().map(|capture| {
                let name = query.capture_names()[capture.index as usize];
                let role = super::role::Role::from_name(name).expect("known");
                (
                    format!("{role:?}"),
                    capture.node.start_byte(),
                    capture.node.end_byte(),
                )
            });
            let mut catch: Catch = parts.collect();
            catch.sort();
            catches.insert(catch);
        }
        catches
    }
}
