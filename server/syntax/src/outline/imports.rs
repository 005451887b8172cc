//! Imports whose parts are spread over a tree: Rust's `use a::{b, c::{d as e, *}}`, Python's and JavaScript's.

use std::ops::Range;

use base::{Reference, ReferenceKind, Span};
use tree_sitter::Node;

use super::marks;
use super::walk::span;
use crate::Language;

/// Names read of one import.
const MOST: usize = 2_000;

/// One imported name, and where the name it is known by here stands.
pub(super) struct Imported {
    pub(super) what: Reference,
    pub(super) alias_at: Option<usize>,
}

/// The names that the import `node` brings in.
pub(super) fn read(language: Language, node: Node<'_>, text: &str) -> Vec<Imported> {
    match language {
        Language::Rust => rust(node, text),
        Language::Python => python(node, text),
        Language::Go => go(node, text).into_iter().collect(),
        Language::Java
        | Language::CSharp
        | Language::Kotlin
        | Language::Scala
        | Language::Swift
        | Language::Php => paths(node, text),
        Language::C | Language::Cpp => match node.kind() {
            "using_declaration" => using(node, text),
            _ => whole(node, text),
        },
        Language::Ruby | Language::Lua | Language::Bash => whole(node, text),
        Language::Elixir => elixir(node, text),
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript(node, text),
        _ => Vec::new(),
    }
}

fn rust(node: Node<'_>, text: &str) -> Vec<Imported> {
    let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let join = |from: &str, path: &str| match from {
        "" => path.to_owned(),
        from => format!("{from}::{path}"),
    };
    let mut found = Vec::new();
    let mut left = vec![(node, String::new())];
    while let Some((node, from)) = left.pop() {
        if found.len() >= MOST || from.len() > 1_000 {
            break;
        }
        let mut add = |name: Node<'_>, from: String, alias: Option<Node<'_>>| {
            found.push(imported(
                cut(name),
                span(name),
                from,
                alias.map(|node| (cut(node), node.start_byte())),
            ));
        };
        let field = |name| node.child_by_field_name(name);
        match node.kind() {
            "use_list" => {
                let mut cursor = node.walk();
                left.extend(
                    node.named_children(&mut cursor)
                        .take(MOST)
                        .map(|child| (child, from.clone())),
                );
            }
            "scoped_use_list" => {
                let from = field("path").map_or(from.clone(), |path| join(&from, cut(path)));
                left.extend(field("list").map(|list| (list, from)));
            }
            "use_as_clause" => {
                let Some(path) = field("path") else { continue };
                let (name, from) = match path.child_by_field_name("name") {
                    Some(name) => {
                        let before = path.child_by_field_name("path").map_or("", cut);
                        (name, join(&from, before).trim_end_matches("::").to_owned())
                    }
                    None => (path, from),
                };
                add(name, from, field("alias"));
            }
            "use_wildcard" => {
                let path = node.named_child(0).map_or("", cut);
                let end = node.end_byte();
                found.push(imported(
                    "*",
                    Span::new(end.saturating_sub(1), end),
                    join(&from, path),
                    None,
                ));
            }
            "scoped_identifier" => {
                let before = field("path").map_or("", cut);
                if let Some(name) = field("name") {
                    add(
                        name,
                        join(&from, before).trim_end_matches("::").to_owned(),
                        None,
                    );
                }
            }
            // `use a::b::{self}` is `use a::b`.
            "self" if !from.is_empty() => {
                let (before, name) = from.rsplit_once("::").unwrap_or(("", &from));
                found.push(imported(name, span(node), before.to_owned(), None));
            }
            "identifier" | "crate" | "super" | "self" => add(node, from, None),
            _ => {}
        }
    }
    found
}

/// `import a.b as c`: the name `b` from `a`; `from a import b, c as d`; `from . import *`.
fn python(node: Node<'_>, text: &str) -> Vec<Imported> {
    let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let module = node.child_by_field_name("module_name").map(cut);
    let mut found = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).take(MOST) {
        let (path, alias) = match child.kind() {
            "dotted_name" => (child, None),
            "aliased_import" => match child.child_by_field_name("name") {
                Some(path) => (path, child.child_by_field_name("alias")),
                None => continue,
            },
            "wildcard_import" => {
                found.push(imported(
                    "*",
                    span(child),
                    module.unwrap_or_default().to_owned(),
                    None,
                ));
                continue;
            }
            _ => continue,
        };
        if module.is_some()
            && found.is_empty()
            && node.child_by_field_name("module_name") == Some(child)
        {
            continue;
        }
        let whole = cut(path);
        let (before, name) = whole.rsplit_once('.').unwrap_or(("", whole));
        let from = match (module, before) {
            (Some(module), "") => module.to_owned(),
            (Some(module), before) => format!("{module}.{before}"),
            (None, before) => before.to_owned(),
        };
        let end = path.end_byte();
        let at = Span::new(end.saturating_sub(name.len()), end);
        found.push(imported(
            name,
            at,
            from,
            alias.map(|node| (cut(node), node.start_byte())),
        ));
    }
    found
}

/// `import a, { b as c } from "d"` is `default` known as `a`, and `b` known as `c`; `import * as e` is `*` known as `e`.
/// Also `export { a } from "b"` and `export * from "b"`.
fn javascript(node: Node<'_>, text: &str) -> Vec<Imported> {
    let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let mut found = Vec::new();
    let mut source = node.child_by_field_name("source");
    let mut left = vec![node];
    let mut names: Vec<(&str, Node<'_>, Option<Node<'_>>)> = Vec::new();
    while let Some(node) = left.pop() {
        if names.len() >= MOST {
            break;
        }
        match node.kind() {
            "import_specifier" | "export_specifier" => {
                if let Some(name) = node.child_by_field_name("name") {
                    names.push((cut(name), name, node.child_by_field_name("alias")));
                }
            }
            "namespace_import" | "namespace_export" => {
                if let Some(alias) = node.named_child(0) {
                    names.push(("*", alias, Some(alias)));
                }
            }
            "import_require_clause" => {
                source = node.child_by_field_name("source");
                if let Some(alias) = node.named_child(0) {
                    names.push(("*", alias, Some(alias)));
                }
            }
            "identifier" => names.push(("default", node, Some(node))),
            _ => {
                let mut cursor = node.walk();
                let children: Vec<_> = node.children(&mut cursor).take(MOST).collect();
                left.extend(
                    children
                        .into_iter()
                        .rev()
                        .filter(|child| child.kind() != "string"),
                );
                if node.kind() == "*" {
                    names.push(("*", node, None));
                }
            }
        }
    }
    let Some(source) = source else {
        return found;
    };
    let from = marks::unquoted(text, span(source));
    let from = text
        .get(from.start as usize..from.end as usize)
        .unwrap_or_default();
    if names.is_empty() {
        names.push(("*", source, None));
    }
    let wild = names
        .iter()
        .any(|(name, _, alias)| *name == "*" && alias.is_some());
    for (name, node, alias) in names {
        // The sign of `* as a` is part of the name that follows.
        if name == "*" && alias.is_none() && wild {
            continue;
        }
        let alias = alias.map(|node| (cut(node), node.start_byte()));
        found.push(imported(name, span(node), from.to_owned(), alias));
    }
    found
}

/// `import a "b/c"` is `c` from `b/c`, known as `a`; `import . "b"` is `*`.
fn go(node: Node<'_>, text: &str) -> Option<Imported> {
    let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    let path = node.child_by_field_name("path")?;
    let inside = marks::unquoted(text, span(path));
    let from = text.get(inside.range())?;
    let last = from.rsplit('/').next().unwrap_or(from);
    let alias = node.child_by_field_name("name");
    let (name, alias) = match alias.map(cut) {
        Some(".") => ("*", None),
        _ => (last, alias),
    };
    let at = Span::new(inside.end as usize - last.len(), inside.end as usize);
    let alias = alias.map(|node| (cut(node), node.start_byte()));
    Some(imported(name, at, from.to_owned(), alias))
}

/// `#include "a/b.h"`, `require "a/b"`: `*` from what is written.
fn whole(node: Node<'_>, text: &str) -> Vec<Imported> {
    let inside = marks::unquoted(text, span(node));
    let from = text.get(inside.range()).unwrap_or_default();
    let from = marks::shortened(from, 1_000).to_owned();
    vec![imported("*", span(node), from, None)]
}

/// `using namespace a::b` is `*` from `a::b`; `using a::b` is `b` from `a`.
fn using(node: Node<'_>, text: &str) -> Vec<Imported> {
    let source = text.get(node.byte_range()).unwrap_or_default();
    let rest = source.trim_start_matches("using").trim_start();
    match rest.strip_prefix("namespace") {
        Some(path) => {
            let from = path.trim_matches(|c: char| c.is_whitespace() || c == ';');
            let from = marks::shortened(from, 1_000).to_owned();
            vec![imported("*", span(node), from, None)]
        }
        None => paths(node, text),
    }
}

/// `alias A.B, as: C`, `alias A.{B, C}`, `import A.B, only: [c: 1]`: the options after the path say nothing but `as:`.
fn elixir(node: Node<'_>, text: &str) -> Vec<Imported> {
    let source = text.get(node.byte_range()).unwrap_or_default();
    let source = marks::shortened(source, 2_000);
    let options = source
        .match_indices(',')
        .map(|(at, _)| at)
        .find(|&at| !source[..at].contains('{') || source[..at].contains('}'));
    let end = node.start_byte() + options.unwrap_or(source.len());
    let alias = options.and_then(|at| {
        let rest = &source[at..];
        let named = rest.find("as:")? + "as:".len();
        let name = rest[named..].trim_start();
        let start = node.start_byte() + source.len() - name.len();
        let length = name
            .find(|c: char| !c.is_alphanumeric() && c != '.')
            .unwrap_or(name.len());
        Some((&name[..length], start))
    });
    let mut found = read_paths(text, node.start_byte()..end);
    if let ([one], Some((name, at))) = (&mut found[..], alias) {
        one.what.alias = Some(name.to_owned());
        one.alias_at = Some(at);
    }
    found
}

/// Imports that are a path with a wildcard, a list in braces or another name at its end, in the ways of Java, Kotlin,
/// Scala, C#, PHP, Swift and C++. Read from the text: the grammars have little in common, the words almost all.
fn paths(node: Node<'_>, text: &str) -> Vec<Imported> {
    read_paths(text, node.byte_range())
}

fn read_paths(text: &str, range: Range<usize>) -> Vec<Imported> {
    let start = range.start;
    let source = text.get(range).unwrap_or_default();
    let source = marks::shortened(source, 20_000);
    let mut found = Vec::new();
    // What stands before an opening brace, for each that is open.
    let mut before: Vec<String> = vec![String::new()];
    // The path being read: its text and its last segment.
    let mut path = String::new();
    let mut last: Option<Span> = None;
    let mut alias: Option<(&str, usize)> = None;
    let mut alias_follows = false;
    let mut tokens = tokens(source).peekable();
    while let Some((at, token)) = tokens.next() {
        let at = start + at;
        let here = Span::new(at, at + token.len());
        let starts_path = path.is_empty() && last.is_none();
        match token {
            "import" | "using" | "use" | "global" | "static" | "function" | "const"
            | "namespace" | "typealias" | "struct" | "class" | "enum" | "protocol" | "let"
            | "var" | "func" | "unsafe"
                if starts_path
                    && tokens.peek().is_some_and(|(_, next)| {
                        is_name(next) || *next == "\\" || *next == "{"
                    }) => {}
            "as" | "=>" => alias_follows = true,
            "=" => {
                alias = last.take().map(|name| {
                    (
                        text.get(name.range()).unwrap_or_default(),
                        name.start as usize,
                    )
                });
                path.clear();
            }
            "{" => {
                let outer = before.last().cloned().unwrap_or_default();
                if before.len() > 8 {
                    return found;
                }
                if let Some(name) = last.take() {
                    push_segment(&mut path, text.get(name.range()).unwrap_or_default());
                }
                before.push(outer + &path);
                path.clear();
            }
            "," | "}" | ";" => {
                finish(&mut found, text, &before, &mut path, &mut last, &mut alias);
                alias_follows = false;
                if token == "}" && before.len() > 1 {
                    before.pop();
                }
            }
            "*" | "_" if !alias_follows => {
                if let Some(name) = last.take() {
                    push_segment(&mut path, text.get(name.range()).unwrap_or_default());
                }
                last = Some(here);
            }
            "." | "\\" | "::" => {
                if let Some(name) = last.take() {
                    push_segment(&mut path, text.get(name.range()).unwrap_or_default());
                }
                path.push_str(token);
            }
            name if alias_follows => {
                alias = Some((name, at));
                alias_follows = false;
            }
            _ => last = Some(here),
        }
        if found.len() >= MOST {
            return found;
        }
    }
    finish(&mut found, text, &before, &mut path, &mut last, &mut alias);
    found
}

fn push_segment(path: &mut String, name: &str) {
    if path.len() < 1_000 {
        path.push_str(name);
    }
}

/// Takes in the path that was read.
fn finish<'t>(
    found: &mut Vec<Imported>,
    text: &'t str,
    before: &[String],
    path: &mut String,
    last: &mut Option<Span>,
    alias: &mut Option<(&'t str, usize)>,
) {
    let alias = alias.take();
    if let Some(at) = last.take() {
        let name = match text.get(at.range()).unwrap_or_default() {
            "_" => "*",
            name => name,
        };
        let from = format!("{}{path}", before.last().map_or("", String::as_str));
        let from = from.trim_matches(['.', '\\', ':']).to_owned();
        found.push(imported(name, at, from, alias));
    }
    path.clear();
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '`')
}

/// Names and signs with their places.
fn tokens(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = source.get(at..)?;
            let first = rest.chars().next()?;
            let length = if is_name(rest) {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '`')
                    .unwrap_or(rest.len())
            } else if rest.starts_with("=>") || rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let token = (at, &rest[..length]);
            at += length;
            if !first.is_whitespace() {
                return Some(token);
            }
        }
    })
}

fn imported(name: &str, span: Span, from: String, alias: Option<(&str, usize)>) -> Imported {
    Imported {
        what: Reference {
            name: name.to_owned(),
            kind: ReferenceKind::Import,
            span,
            qualifier: None,
            arguments: None,
            within: None,
            from: (!from.is_empty()).then_some(from),
            alias: alias.map(|(name, _)| name.to_owned()),
        },
        alias_at: alias.map(|(_, at)| at),
    }
}
