//! Calls: who is called with what, and what becomes of the result.

use base::Span;
use tree_sitter::Node;

use super::{children, field, span_of};
use crate::Tree;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The whole expression.
    pub span: Span,
    /// The last segment of what is called: `next` in `self.lexer.next()`.
    pub name: Span,
    /// What is passed.
    pub arguments: Vec<Argument>,
    /// Something in the list stands for several arguments.
    pub spreads: bool,
    /// What becomes of the result.
    pub outcome: Outcome,
    /// It is awaited at once.
    pub awaited: bool,
}

/// One argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The value, its label left out.
    pub span: Span,
    /// The name it is passed by.
    pub label: Option<Span>,
}

/// What becomes of a call's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: the call is a statement.
    Dropped,
    /// It is decided upon: part of a condition.
    Decides,
    /// Its error is handed on (`?`, `try`).
    Handed,
    /// Its error ends the program or the task (`.unwrap()`, `.expect()`, `try!`, `!!`).
    Forced,
    /// It is bound, returned, passed on.
    Used,
}

pub(super) fn calls(tree: &Tree, span: Span) -> Vec<Call> {
    let mut calls = Vec::new();
    tree.walk_within(span, |node| {
        calls.extend(call(tree, node));
        true
    });
    calls
}

fn call(tree: &Tree, node: Node<'_>) -> Option<Call> {
    if !node.is_named() {
        return None;
    }
    let callee = match node.kind() {
        "call"
        | "call_expression"
        | "method_invocation"
        | "invocation_expression"
        | "object_creation_expression"
        | "new_expression"
        | "function_call_expression"
        | "member_call_expression"
        | "nullsafe_member_call_expression"
        | "scoped_call_expression" => field(
            node,
            &[
                "method",
                "name",
                "function",
                "constructor",
                "type",
                "target",
            ],
        )
        .or_else(|| node.named_child(0))?,
        _ => return None,
    };
    let list = field(node, &["arguments"]).or_else(|| {
        children(node)
            .into_iter()
            .rev()
            .find_map(|child| match child.kind() {
                "value_arguments" | "arguments" | "argument_list" => Some(child),
                "call_suffix" => children(child)
                    .into_iter()
                    .find(|inner| inner.kind() == "value_arguments"),
                _ => None,
            })
    });
    let (mut arguments, mut spreads) = (Vec::new(), false);
    for argument in list.map(children).unwrap_or_default() {
        let kind = argument.kind();
        if kind == "block_argument" || kind == "attribute_item" {
            continue;
        }
        let inner = argument.named_child(0).map_or("", |inner| inner.kind());
        if is_spread(kind) || kind == "argument" && is_spread(inner) || argument.is_error() {
            spreads = true;
        }
        arguments.push(read(argument));
    }
    let (outcome, awaited) = fate(tree, node);
    Some(Call {
        span: span_of(node),
        name: span_of(last_segment(callee)?),
        arguments,
        spreads,
        outcome,
        awaited,
    })
}

fn is_spread(kind: &str) -> bool {
    ["splat", "spread", "variadic", "vararg"]
        .iter()
        .any(|part| kind.contains(part))
}

/// A label, where there is one, and the value.
fn read(argument: Node<'_>) -> Argument {
    let inner = children(argument);
    let value = inner.last().copied().unwrap_or(argument);
    let label = match argument.kind() {
        "keyword_argument" | "named_argument" => argument
            .child_by_field_name("name")
            .or(inner.first().copied()),
        "argument" | "value_argument" => match argument.child_by_field_name("name") {
            Some(name) => Some(name),
            None if inner.len() > 1 => inner.first().copied(),
            None => None,
        },
        "pair" => argument.child_by_field_name("key"),
        // Scala writes `f(name = value)` as an assignment.
        "assignment_expression" => argument.child_by_field_name("left"),
        _ => {
            return Argument {
                span: span_of(argument),
                label: None,
            };
        }
    };
    Argument {
        span: span_of(argument.child_by_field_name("value").unwrap_or(value)),
        label: label.map(span_of),
    }
}

/// The name at the end of a path: the last leaf, generic arguments left aside.
fn last_segment(callee: Node<'_>) -> Option<Node<'_>> {
    let mut at = callee;
    loop {
        if at.child_count() == 0 {
            return Some(at);
        }
        at = match at.kind() {
            "generic_function" => at.child_by_field_name("function")?,
            "generic_name" | "generic_type" | "template_function" | "user_type" => {
                field(at, &["name"]).or_else(|| at.named_child(0))?
            }
            "parenthesized_expression"
            | "call_expression"
            | "call"
            | "lambda"
            | "function_expression"
            | "arrow_function"
            | "lambda_literal"
            | "anonymous_function"
            | "func_literal" => return None,
            _ => field(at, &["field", "property", "attribute", "name", "suffix"])
                .or_else(|| children(at).last().copied())?,
        };
    }
}

/// What stands around a call.
fn fate(tree: &Tree, call: Node<'_>) -> (Outcome, bool) {
    let (mut at, mut awaited) = (call, false);
    // Each step is one layer of wrapping; nobody writes more than a few.
    for _ in 0..12 {
        let Some(parent) = at.parent() else {
            return (Outcome::Used, awaited);
        };
        let is_first = parent
            .named_child(0)
            .is_some_and(|first| first.id() == at.id());
        match parent.kind() {
            "await_expression" | "await" => awaited = true,
            "parenthesized_expression" => {}
            "expression_statement" => return (Outcome::Dropped, awaited),
            "try_expression" | "try_operator" if tree.language().name() == "rust" => {
                return (Outcome::Handed, awaited);
            }
            // Swift: `try f()`, `try! f()`.
            "try_expression" => {
                let text = tree.text().slice(span_of(parent)).unwrap_or_default();
                let forced = text.starts_with("try!");
                return (
                    if forced {
                        Outcome::Forced
                    } else {
                        Outcome::Handed
                    },
                    awaited,
                );
            }
            "field_expression" if is_first && tree.language().name() == "rust" => {
                let name = parent.child_by_field_name("field").map(span_of);
                let name = name
                    .and_then(|name| tree.text().slice(name))
                    .unwrap_or_default();
                match name {
                    "unwrap" | "expect" => return (Outcome::Forced, awaited),
                    "map_err" | "context" | "with_context" | "ok" => {}
                    _ => return (Outcome::Used, awaited),
                }
            }
            // `f().context(…)`: the outer call is what is judged.
            "call_expression" if is_first && tree.language().name() == "rust" => {}
            "binary_expression"
            | "unary_expression"
            | "not_operator"
            | "boolean_operator"
            | "comparison_operator"
            | "assignment_expression"
            | "condition_clause"
            | "prefix_unary_expression"
            | "unary_op_expression"
            | "binary"
            | "unary" => {
                if is_condition(parent, at) {
                    return (Outcome::Decides, awaited);
                }
            }
            _ => {
                let decides = is_condition(parent, at);
                return (
                    if decides {
                        Outcome::Decides
                    } else {
                        Outcome::Used
                    },
                    awaited,
                );
            }
        }
        if is_condition(parent, at) {
            return (Outcome::Decides, awaited);
        }
        at = parent;
    }
    (Outcome::Used, awaited)
}

fn is_condition(parent: Node<'_>, node: Node<'_>) -> bool {
    let is_branch = parent.kind().starts_with("if")
        || parent.kind().starts_with("while")
        || parent.kind().starts_with("unless")
        || matches!(
            parent.kind(),
            "elif_clause"
                | "guard_statement"
                | "conditional_expression"
                | "ternary_expression"
                | "assert_statement"
        );
    is_branch
        && parent
            .child_by_field_name("condition")
            .is_some_and(|condition| condition.id() == node.id())
}
