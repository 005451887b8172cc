//! An outline as text, one line for each definition and mention: what the snapshots hold.

use std::fmt::Write as _;

use base::{Outline, Parameter, Text};

/// `line kind name(parameters) -> type`, then its marks, its signature and the start of its documentation; below, what
/// is mentioned: `line kind qualifier|name(arguments) in definition`.
pub(crate) fn render(outline: &Outline, text: &Text) -> String {
    let mut out = String::new();
    let line = |at: u32| text.lines().line_of(at) + 1;
    let cut = |span: base::Span| {
        let words: Vec<&str> = text.as_str()[span.range()].split_whitespace().collect();
        words.join(" ")
    };
    if let Some(module) = &outline.module {
        let _ = writeln!(out, "module {module}");
    }
    for (index, definition) in outline.definitions.iter().enumerate() {
        let depth =
            outline.qualified(index as u32).len() - usize::from(definition.owner.is_some()) - 1;
        let _ = write!(
            out,
            "{:>3}{}{} {:?} ",
            line(definition.name_span.start),
            "  ".repeat(depth + 1),
            match (
                line(definition.span.start),
                line(definition.span.end.saturating_sub(1))
            ) {
                (first, last) if first == last => String::from("·"),
                (first, last) => format!("{first}-{last}"),
            },
            definition.kind
        );
        if let Some(owner) = &definition.owner {
            let _ = write!(out, "{owner}::");
        }
        out.push_str(&definition.name);
        if let Some(parameters) = &definition.parameters {
            let parameters: Vec<String> = parameters.iter().map(parameter).collect();
            let _ = write!(out, "({})", parameters.join(", "));
        }
        if let Some(returns) = &definition.returns {
            let _ = write!(out, " -> {returns}");
        }
        for (holds, word) in [
            (definition.exported, " exported"),
            (definition.is_async, " async"),
            (definition.is_test, " test"),
        ] {
            out.push_str(if holds { word } else { "" });
        }
        let _ = write!(out, " `{}`", cut(definition.signature));
        if let Some(doc) = definition.doc {
            let _ = write!(out, " doc `{}`", cut(doc));
        }
        out.push('\n');
    }
    out.push('\n');
    for reference in &outline.references {
        let _ = write!(
            out,
            "{:>3} {:?} ",
            line(reference.span.start),
            reference.kind
        );
        if let Some(qualifier) = &reference.qualifier {
            let _ = write!(out, "{qualifier}|");
        }
        out.push_str(&reference.name);
        if let Some(arguments) = reference.arguments {
            let _ = write!(out, "({arguments})");
        }
        if let Some(from) = &reference.from {
            let _ = write!(out, " from {from}");
        }
        if let Some(alias) = &reference.alias {
            let _ = write!(out, " as {alias}");
        }
        if let Some(within) = reference.within {
            let _ = write!(out, " in {}", outline.qualified(within).join("."));
        }
        out.push('\n');
    }
    out
}

fn parameter(parameter: &Parameter) -> String {
    let mut out = String::new();
    out.push_str(if parameter.variadic { "..." } else { "" });
    out.push_str(if parameter.keyword_only { "*" } else { "" });
    out.push_str(if parameter.name.is_empty() {
        "_"
    } else {
        &parameter.name
    });
    out.push_str(if parameter.optional { "?" } else { "" });
    if let Some(of_type) = &parameter.of_type {
        let _ = write!(out, ": {of_type}");
    }
    out
}
