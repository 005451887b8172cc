//! Conditions and what they lead to, and blocks that catch what is thrown.

use base::Span;
use tree_sitter::Node;

use super::{children, field, span_of};
use crate::Tree;

/// One `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// All of it.
    pub span: Span,
    /// The condition, with its brackets where the language wants them.
    pub condition: Span,
    /// What is done when it holds.
    pub body: Span,
    /// Something is done when it does not.
    pub otherwise: bool,
    /// The body ends by leaving: `return`, `throw`, `continue`, `break`.
    pub leaves: bool,
}

/// A block whose errors are caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// All of it.
    pub span: Span,
    /// What may fail.
    pub body: Span,
    /// What is done then.
    pub handlers: Vec<Span>,
}

pub(super) fn branches(tree: &Tree, span: Span) -> Vec<Branch> {
    let mut found = Vec::new();
    tree.walk_within(span, |node| {
        if node.is_named() {
            found.extend(branch(node));
        }
        true
    });
    found
}

pub(super) fn attempts(tree: &Tree, span: Span) -> Vec<Attempt> {
    let mut found = Vec::new();
    tree.walk_within(span, |node| {
        if node.is_named() {
            found.extend(attempt(node));
        }
        true
    });
    found
}

fn branch(node: Node<'_>) -> Option<Branch> {
    if !matches!(
        node.kind(),
        "if_statement"
            | "if_expression"
            | "guard_statement"
            | "if"
            | "unless"
            | "if_modifier"
            | "unless_modifier"
    ) {
        return None;
    }
    let condition = node.child_by_field_name("condition")?;
    let body = field(node, &["consequence", "body"]).or_else(|| {
        // Swift and Kotlin: the block after the condition.
        children(node)
            .into_iter()
            .find(|child| child.start_byte() >= condition.end_byte() && child.kind() != "else")
    })?;
    let otherwise = node.child_by_field_name("alternative").is_some()
        || (0..node.child_count()).any(|at| {
            node.child(at)
                .is_some_and(|child| matches!(child.kind(), "else" | "else_clause"))
                && node.kind() != "guard_statement"
        });
    Some(Branch {
        span: span_of(node),
        condition: span_of(condition),
        body: span_of(body),
        otherwise,
        leaves: leaves(body),
    })
}

/// Whether the last thing that a block does is to leave.
fn leaves(body: Node<'_>) -> bool {
    let mut at = body;
    for _ in 0..6 {
        match at.kind() {
            "return_statement"
            | "return_expression"
            | "throw_statement"
            | "throw_expression"
            | "raise_statement"
            | "continue_statement"
            | "break_statement"
            | "continue_expression"
            | "break_expression"
            | "jump_expression"
            | "return"
            | "next"
            | "break"
            | "control_transfer_statement"
            | "exit_statement" => return true,
            _ => {}
        }
        match children(at).last() {
            Some(last)
                if matches!(
                    at.kind(),
                    "block"
                        | "statement_block"
                        | "compound_statement"
                        | "expression_statement"
                        | "then"
                        | "statements"
                        | "statement_list"
                        | "body_statement"
                ) =>
            {
                at = *last;
            }
            _ => return false,
        }
    }
    false
}

fn attempt(node: Node<'_>) -> Option<Attempt> {
    if !matches!(
        node.kind(),
        "try_statement"
            | "try_expression"
            | "try_with_resources_statement"
            | "begin"
            | "do_statement"
    ) {
        return None;
    }
    let inner = children(node);
    let handlers: Vec<Span> = inner
        .iter()
        .filter(|child| {
            matches!(
                child.kind(),
                "catch_clause" | "except_clause" | "except_group_clause" | "catch_block" | "rescue"
            )
        })
        .map(|child| span_of(*child))
        .collect();
    let first = handlers.first()?;
    let body = node.child_by_field_name("body").map(span_of).or_else(|| {
        let start = inner.first()?.start_byte();
        Some(Span::new(start, first.start as usize))
    })?;
    Some(Attempt {
        span: span_of(node),
        body,
        handlers,
    })
}
