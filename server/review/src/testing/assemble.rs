//! A test file with more tests in it: imports that are missing at the top, the tests at the end or inside what is open
//! there. The result must parse as well as before, or there is none.

use base::{Definition, SymbolKind, Text};
use syntax::{Language, Tree};

use super::{PARSE, Place};

/// What somebody wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Lines that the tests need at the top of the file.
    pub(crate) imports: Vec<String>,
    /// The tests; the whole file where there is none yet.
    pub(crate) tests: String,
}

/// The file with the tests in it, or why there is none. `old` is the file as it is.
pub(crate) fn assemble(
    language: Language,
    place: &Place,
    old: Option<&Text>,
    written: &Written,
) -> Result<String, String> {
    let tests = dedented(&written.tests);
    if tests.trim().is_empty() {
        return Err("it holds no test".to_owned());
    }
    let new = match (old, place.inside) {
        (Some(old), true) => inside(language, old, written, &tests)?,
        (Some(old), false) => beside(language, old.as_str(), written, &tests),
        (None, _) => {
            let imports = written.imports.join("\n");
            let gap = if imports.is_empty() { "" } else { "\n\n" };
            format!("{imports}{gap}{}\n", tests.trim_matches('\n'))
        }
    };
    checked(language, old, new)
}

/// Whether it parses as well as before, says something new, and doubles no name.
fn checked(language: Language, old: Option<&Text>, new: String) -> Result<String, String> {
    let parsed = |text: &Text| Tree::parse(language, text, PARSE).ok();
    let before = old.and_then(parsed);
    let after = parsed(&Text::new(new.as_str())).ok_or("it takes too long to parse")?;
    if after.errors() > before.as_ref().map_or(0, Tree::errors) {
        return Err("it has a syntax error".to_owned());
    }
    let names = |tree: &Tree| -> Vec<(Option<String>, String)> {
        let all = tree.outline().definitions;
        let parent = |it: &Definition| {
            it.parent
                .and_then(|at| all.get(at as usize))
                .map(|it| it.name.clone())
        };
        let work = all.iter().filter(|it| {
            matches!(
                it.kind,
                SymbolKind::Function | SymbolKind::Method | SymbolKind::Test
            )
        });
        work.map(|it| (parent(it), it.name.clone())).collect()
    };
    let known = before.as_ref().map(names).unwrap_or_default();
    let now = names(&after);
    if now.len() <= known.len() && language != Language::Lua {
        return Err("no test was recognised in it".to_owned());
    }
    let count = |all: &[(Option<String>, String)], one: &(Option<String>, String)| {
        all.iter().filter(|it| *it == one).count()
    };
    let doubled = now
        .iter()
        .find(|one| !one.1.is_empty() && count(&now, one) > count(&known, one).max(1));
    match doubled {
        Some((_, name)) => Err(format!("a test called `{name}` is there already")),
        None => Ok(new),
    }
}

/// In Rust: in the module of tests, which is made where there is none.
fn inside(
    language: Language,
    old: &Text,
    written: &Written,
    tests: &str,
) -> Result<String, String> {
    let tree = Tree::parse(language, old, PARSE).map_err(|_| "the file takes too long to parse")?;
    let outline = tree.outline();
    let is_tests =
        |it: &&Definition| it.kind == SymbolKind::Module && it.is_test && it.parent.is_none();
    let text = old.as_str();
    let Some(module) = outline.definitions.iter().rfind(is_tests) else {
        let uses: String = std::iter::once("use super::*;")
            .chain(
                written
                    .imports
                    .iter()
                    .map(String::as_str)
                    .filter(|line| *line != "use super::*;"),
            )
            .map(|line| format!("    {}\n", line.trim()))
            .collect();
        return Ok(format!(
            "{}\n\n#[cfg(test)]\nmod tests {{\n{uses}\n{}}}\n",
            text.trim_end(),
            indented(tests, "    ")
        ));
    };
    let range = module.span.start as usize..module.span.end as usize;
    let body = text.get(range.clone()).unwrap_or_default();
    let (Some(open), true) = (body.find('{'), body.ends_with('}')) else {
        return Err("its module of tests is a file of its own".to_owned());
    };
    let missing: String = missing(&written.imports, body)
        .map(|line| format!("\n    {line}"))
        .collect();
    let open = range.start + open + 1;
    let close = range.end - 1;
    Ok(format!(
        "{}{missing}{}\n\n{}{}",
        &text[..open],
        text[open..close].trim_end(),
        indented(tests, "    "),
        &text[close..]
    ))
}

/// In a file of tests that is there.
fn beside(language: Language, old: &str, written: &Written, tests: &str) -> String {
    let lines: Vec<&str> = old.lines().collect();
    let at = imports_end(language, &lines);
    let missing: Vec<&str> = missing(&written.imports, old).collect();
    let mut out: Vec<String> = lines[..at].iter().map(|line| (*line).to_owned()).collect();
    out.extend(missing.iter().map(|line| (*line).to_owned()));
    // Without a blank line the first import would stick to what follows.
    if at == 0 && !missing.is_empty() {
        out.push(String::new());
    }
    let rest = &lines[at..];
    let last = rest.iter().rposition(|line| !line.trim().is_empty());
    let end = match (language, last.map(|last| rest[last])) {
        (
            Language::Java
            | Language::Kotlin
            | Language::Scala
            | Language::CSharp
            | Language::Php
            | Language::Swift,
            Some("}"),
        ) => "}",
        (Language::Ruby | Language::Elixir, Some("end")) => "end",
        // `});` of a `describe`
        (Language::JavaScript | Language::TypeScript | Language::Tsx, Some(line))
            if matches!(line, "});" | "})") && is_one_block(rest) =>
        {
            line
        }
        _ => "",
    };
    let gap = if language == Language::Python {
        "\n\n"
    } else {
        "\n"
    };
    match (last, end) {
        (Some(last), "") => {
            out.extend(rest[..=last].iter().map(|line| (*line).to_owned()));
            format!("{}\n{gap}{}\n", out.join("\n"), tests.trim_matches('\n'))
        }
        (Some(last), end) => {
            out.extend(rest[..last].iter().map(|line| (*line).to_owned()));
            let body = out.join("\n");
            format!(
                "{}\n\n{}{end}\n",
                body.trim_end(),
                indented(tests, indent_of(rest))
            )
        }
        (None, _) => {
            let head = out.join("\n");
            format!("{}\n{gap}{}\n", head.trim_end(), tests.trim_matches('\n'))
        }
    }
}

/// Whether all that stands at the left edge is one block: `describe('a', () => {` … `});`.
fn is_one_block(lines: &[&str]) -> bool {
    let opens = lines
        .iter()
        .filter(|line| line.starts_with("describe") && line.ends_with('{'));
    opens.count() == 1
        && !lines
            .iter()
            .any(|line| line.starts_with("test(") || line.starts_with("it("))
}

/// The line behind the last import at the top.
fn imports_end(language: Language, lines: &[&str]) -> usize {
    let is_import = |line: &&str| {
        let line = line.trim_end();
        match language {
            Language::JavaScript | Language::TypeScript | Language::Tsx => {
                line.starts_with("import ")
                    || (line.starts_with("const ") && line.contains("require("))
            }
            Language::Go => line.starts_with("import "),
            Language::CSharp => line.starts_with("using ") && line.ends_with(';'),
            Language::Ruby => line.starts_with("require"),
            Language::Php => line.starts_with("use ") || line.starts_with("namespace "),
            Language::Elixir => false,
            _ => {
                line.starts_with("import ")
                    || line.starts_with("from ")
                    || line.starts_with("package ")
            }
        }
    };
    let Some(last) = lines.iter().rposition(is_import) else {
        return match language {
            Language::Go => lines
                .iter()
                .position(|line| line.starts_with("package "))
                .map_or(0, |at| at + 1),
            _ => 0,
        };
    };
    // An import over several lines ends where its bracket does.
    let opened = lines[last];
    let close = match opened.trim_end().chars().next_back() {
        Some('(') => ')',
        Some('{') => '}',
        _ => return last + 1,
    };
    let rest = lines[last..]
        .iter()
        .position(|line| line.starts_with(close));
    last + rest.map_or(1, |at| at + 1)
}

/// Imports that the text does not have.
fn missing<'i>(imports: &'i [String], text: &'i str) -> impl Iterator<Item = &'i str> {
    let has = move |line: &&str| !text.lines().any(|known| known.trim() == *line);
    imports
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .filter(has)
}

/// The indentation of the first line that has one.
fn indent_of<'l>(lines: &[&'l str]) -> &'l str {
    let indented = lines
        .iter()
        .find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
    indented.map_or("    ", |line| &line[..line.len() - line.trim_start().len()])
}

/// Without the indentation that all lines share.
fn dedented(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let shared = lines()
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let cut = |line: &str| line.get(shared..).unwrap_or_default().trim_end().to_owned();
    let all: Vec<String> = text.lines().map(cut).collect();
    let text = all.join("\n");
    text.trim_matches('\n').to_owned()
}

fn indented(text: &str, by: &str) -> String {
    let mut out = String::new();
    for line in text.trim_matches('\n').lines() {
        if !line.is_empty() {
            out.push_str(by);
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}
