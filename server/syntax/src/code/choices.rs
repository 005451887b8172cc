//! Choices between cases: `switch`, `match`, `when`.

use base::Span;
use tree_sitter::Node;

use super::{children, field, span_of};
use crate::Tree;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// All of it.
    pub span: Span,
    /// What is decided upon.
    pub subject: Option<Span>,
    /// What each case is for, as written, with its guard.
    pub cases: Vec<Span>,
    /// Something takes the rest: `default`, `else`, `_`, a bare name.
    pub rest: bool,
}

pub(super) fn choices(tree: &Tree, span: Span) -> Vec<Choice> {
    let mut found = Vec::new();
    tree.walk_within(span, |node| {
        if node.is_named() && is_choice(node.kind()) {
            found.push(choice(tree, node));
        }
        true
    });
    found
}

fn is_choice(kind: &str) -> bool {
    matches!(
        kind,
        "match_expression"
            | "match_statement"
            | "switch_statement"
            | "switch_expression"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "when_expression"
            | "case"
            | "case_match"
    )
}

fn choice(tree: &Tree, node: Node<'_>) -> Choice {
    let subject = field(node, &["value", "condition", "subject", "expr"])
        .or_else(|| {
            children(node)
                .into_iter()
                .find(|child| child.kind() == "when_subject")
        })
        .or_else(|| node.named_child(0));
    let mut choice = Choice {
        span: span_of(node),
        subject: subject.map(span_of),
        cases: Vec::new(),
        rest: false,
    };
    // Cases lie one or two levels below: `match` → block → arm, `switch` → body → group → label.
    let mut left: Vec<(Node<'_>, u32)> =
        children(node).into_iter().map(|child| (child, 0)).collect();
    while let Some((child, depth)) = left.pop() {
        let case = match child.kind() {
            "match_arm"
            | "case_clause"
            | "in_clause"
            | "switch_expression_arm"
            | "match_conditional_expression" => {
                field(child, &["pattern", "conditional_expressions"])
                    .or_else(|| child.named_child(0))
            }
            "switch_case" | "expression_case" | "case_statement" => field(child, &["value"]),
            "type_case" => field(child, &["type"]),
            "when" => field(child, &["pattern"]),
            "when_entry" => field(child, &["condition"]),
            "switch_label" => child.named_child(0),
            "switch_entry" => children(child)
                .into_iter()
                .find(|inner| inner.kind() == "switch_pattern"),
            "switch_section" => children(child)
                .into_iter()
                .find(|inner| !inner.kind().ends_with("statement")),
            "switch_default"
            | "default_case"
            | "default_statement"
            | "match_default_expression"
            | "else" => None,
            kind => {
                let holds_cases = matches!(
                    kind,
                    "match_block"
                        | "switch_body"
                        | "switch_block"
                        | "switch_block_statement_group"
                        | "switch_rule"
                        | "case_block"
                        | "indented_cases"
                        | "block"
                        | "compound_statement"
                        | "declaration_list"
                );
                if holds_cases && depth < 3 {
                    left.extend(children(child).into_iter().map(|inner| (inner, depth + 1)));
                }
                continue;
            }
        };
        match case {
            Some(case) if !takes_all(tree, child, case) => {
                // `case A, B:` has one field or one child for each.
                let name = match child.kind() {
                    "when" => "pattern",
                    "when_entry" => "condition",
                    "type_case" => "type",
                    _ => "",
                };
                let mut cursor = child.walk();
                let labels = if child.kind() == "switch_label" {
                    children(child)
                } else {
                    child.children_by_field_name(name, &mut cursor).collect()
                };
                if labels.is_empty() {
                    choice.cases.push(span_of(case));
                } else {
                    choice.cases.extend(labels.into_iter().map(span_of));
                }
            }
            _ => choice.rest = true,
        }
    }
    choice.cases.sort();
    choice.cases.dedup();
    choice
}

/// A pattern that everything fits: `_`, `else`, a name that is bound.
fn takes_all(tree: &Tree, arm: Node<'_>, pattern: Node<'_>) -> bool {
    let text = tree
        .text()
        .slice(span_of(pattern))
        .unwrap_or_default()
        .trim();
    let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match tree.language().name() {
        "rust" | "python" | "scala" | "csharp" if text == "_" => true,
        // A bare lower-case name binds.
        "rust" | "scala" => is_word && text.chars().next().is_some_and(char::is_lowercase),
        "python" => arm.kind() == "case_clause" && is_word && !text.chars().all(char::is_numeric),
        "kotlin" => text == "else",
        "swift" => text == "_" || text == "default",
        "csharp" => text.starts_with("var "),
        _ => false,
    }
}
