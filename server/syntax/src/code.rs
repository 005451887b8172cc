//! What code does, as far as its shape tells: tokens, calls with their arguments, choices between cases, conditions.
//!
//! For checks that compare two versions of a function or look at one call closely. Answers cover a span and come in the
//! order of the text. Languages whose grammar has no such thing give nothing, which is never an error.

mod branches;
mod calls;
mod choices;
#[cfg(test)]
mod tests;
mod tokens;

use base::Span;
use tree_sitter::Node;

pub use branches::{Attempt, Branch};
pub use calls::{Argument, Call, Outcome};
pub use choices::Choice;
pub use tokens::{Token, TokenKind};

use crate::Tree;

impl Tree {
    /// The words and signs within `span`, comments left out; a string is one token.
    pub fn tokens(&self, span: Span) -> Vec<Token> {
        tokens::tokens(self, span)
    }

    /// The calls that touch `span`, outer ones first.
    pub fn calls(&self, span: Span) -> Vec<Call> {
        calls::calls(self, span)
    }

    /// The choices between cases (`switch`, `match`, `when`) that touch `span`.
    pub fn choices(&self, span: Span) -> Vec<Choice> {
        choices::choices(self, span)
    }

    /// The `if`s (and `unless`, `guard`) that touch `span`.
    pub fn branches(&self, span: Span) -> Vec<Branch> {
        branches::branches(self, span)
    }

    /// The blocks that catch what is thrown in them and touch `span`.
    pub fn attempts(&self, span: Span) -> Vec<Attempt> {
        branches::attempts(self, span)
    }

    /// The statement that follows the smallest statement which is exactly `span`.
    pub fn statement_after(&self, span: Span) -> Option<Span> {
        let node = self
            .root()
            .descendant_for_byte_range(span.start as usize, span.end as usize)?;
        let mut at = node;
        // What is exactly as long is the same statement, wrapped.
        while let Some(parent) = at
            .parent()
            .filter(|parent| parent.byte_range() == node.byte_range())
        {
            at = parent;
        }
        let mut next = at.next_named_sibling();
        while let Some(comment) = next.filter(|node| is_comment(*node)) {
            next = comment.next_named_sibling();
        }
        next.map(span_of)
    }

    /// Visits the nodes that touch `span`, parents first.
    fn walk_within<'t>(&'t self, span: Span, mut enter: impl FnMut(Node<'t>) -> bool) {
        self.walk(|node| {
            let (start, end) = (span.start as usize, span.end as usize);
            node.end_byte() > start && node.start_byte() < end && enter(node)
        });
    }
}

fn span_of(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

fn is_comment(node: Node<'_>) -> bool {
    node.kind().ends_with("comment") || node.kind() == "marginalia"
}

/// The named children that are code.
fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let mut found = Vec::new();
    if cursor.goto_first_child() {
        loop {
            let child = cursor.node();
            if child.is_named() && !is_comment(child) {
                found.push(child);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    found
}

/// The first field of these that the node has.
fn field<'t>(node: Node<'t>, names: &[&str]) -> Option<Node<'t>> {
    names.iter().find_map(|name| node.child_by_field_name(name))
}
