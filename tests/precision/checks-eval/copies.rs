//! Copies of functions, with other names: what a hurried author pastes.
//!
//! A copy still compiles, so only what is the function's own gets another name: parameters where they are used, not
//! members, keywords of calls or keys that happen to be called like them. A body that hands everything on in one call, or
//! lists data, is no work that is done twice: lines that only carry on a list do not count as steps.

use std::time::Duration;

use base::{Definition, Span, SymbolKind, Text};
use syntax::{TokenKind, Tree};

use crate::faults::{Fault, SourceFile, fault, is_callable};
use crate::signatures::words_replaced;

/// Lines with a step in them that the body of a copied function has at least.
const COPIED_LINES: usize = 8;

/// A function again, at the end of another file, with other names.
pub(crate) fn copied(file: &SourceFile, files: &[SourceFile]) -> Option<Fault> {
    if !matches!(
        file.language.name(),
        "rust" | "python" | "javascript" | "typescript" | "go" | "c" | "php" | "ruby" | "kotlin"
    ) {
        return None;
    }
    let target = files
        .iter()
        .find(|other| other.path != file.path && other.language == file.language)?;
    let outline = &file.outline.outline;
    let definition = outline.definitions.iter().find(|definition| {
        is_callable(definition)
            && definition.kind == SymbolKind::Function
            && definition.parent.is_none()
            && definition.owner.is_none()
            && !definition.is_test
            && file
                .text
                .get(definition.signature.end as usize..definition.span.end as usize)
                .is_some_and(|text| steps(text) >= COPIED_LINES)
    })?;
    let copy = anew(file, definition)?;
    let new = format!("{}\n\n{copy}\n", target.text.trim_end());
    let what = format!("{} from {}", definition.name, file.path);
    Some(fault("near-copy", target, new, what, []))
}

/// The text of a function under another name, with other names for its parameters.
fn anew(file: &SourceFile, definition: &Definition) -> Option<String> {
    let span = definition.span;
    let head = span.start as usize..definition.signature.end as usize;
    let mut out = words_replaced(file.text.get(head)?, &definition.name, "recomputed_anew");
    let parameters: Vec<&str> = definition
        .parameters
        .as_deref()
        .unwrap_or_default()
        .iter()
        .map(|one| one.name.trim_start_matches('$'))
        .filter(|name| name.len() > 1 && *name != "self")
        .collect();
    for name in &parameters {
        out = words_replaced(&out, name, &format!("the_{name}"));
    }
    let tree = Tree::parse(
        file.language,
        &Text::new(file.text.as_str()),
        Duration::from_secs(2),
    )
    .ok()?;
    let tokens = tree.tokens(Span {
        start: definition.signature.end,
        end: span.end,
    });
    let cut = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        token
            .and_then(|token| file.text.get(token.span.range()))
            .unwrap_or_default()
    };
    let mut done = definition.signature.end as usize;
    for (at, token) in tokens.iter().enumerate() {
        let name = cut(Some(at));
        let bare = name.trim_start_matches('$');
        let (before, after) = (cut(at.checked_sub(1)), cut(Some(at + 1)));
        let is_anothers = matches!(before, "." | "->" | "::" | "?.")
            || matches!(before, "(" | "," | "{") && matches!(after, "=" | ":");
        let new = match () {
            () if token.kind != TokenKind::Name || is_anothers => continue,
            () if name == definition.name => "recomputed_anew".to_owned(),
            () if parameters.contains(&bare) => name.replacen(bare, &format!("the_{bare}"), 1),
            () => continue,
        };
        out.push_str(file.text.get(done..token.span.start as usize)?);
        out.push_str(&new);
        done = token.span.end as usize;
    }
    out.push_str(file.text.get(done..span.end as usize)?);
    Some(out)
}

/// Lines of a body that do something: no comments, documentation, blank lines, lone brackets, or further lines of a list.
fn steps(body: &str) -> usize {
    let mut in_doc = false;
    let lines = body.lines().filter(|line| {
        let line = line.trim();
        let quotes = line.matches("\"\"\"").count();
        let is_doc = in_doc || quotes > 0;
        if quotes == 1 {
            in_doc = !in_doc;
        }
        let is_comment = ["//", "#", "/*", "*"]
            .iter()
            .any(|sign| line.starts_with(sign));
        !is_doc && !is_comment && !line.ends_with(',') && line.chars().any(char::is_alphanumeric)
    });
    lines.count()
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn what_hands_on_has_few_steps() {
        let body = "\n    \"\"\"Sends.\n\n    More.\n    \"\"\"\n    with Client() as client:\n        return client.request(\n            method=method,\n            url=url,\n            timeout=timeout,\n        )\n";
        assert_eq!(steps(body), 2);
        assert_eq!(steps("a = 1\n# b\nif a:\n    b()\n}\n"), 3);
    }
}
