//! Imports whose parts are spread over a tree: Rust's `use a::{b, c::{d as e, *}}`, Python's and JavaScript's.

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
