//! The words and signs of a piece of code.
//!
//! Leaves of the tree, except that a string or a character is one token, whatever is put into it.

use base::Span;

use super::{is_comment, span_of};
use crate::Tree;

/// One word or sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A name that somebody gave: of a variable, a function, a type, a field.
    Name,
    /// A string, a character, a regular expression.
    Text,
    /// A number.
    Number,
    /// A keyword, an operator or punctuation.
    Sign,
}

pub(super) fn tokens(tree: &Tree, span: Span) -> Vec<Token> {
    let mut tokens = Vec::new();
    tree.walk_within(span, |node| {
        if is_comment(node) {
            return false;
        }
        let kind = node.kind();
        let is_text = node.is_named() && is_text(kind);
        if !is_text && node.child_count() > 0 {
            return true;
        }
        let here = span_of(node);
        if here.is_empty() || !span.contains(here) {
            return false;
        }
        let text = tree.text().slice(here).unwrap_or_default();
        let first = text.chars().next().unwrap_or(' ');
        let kind = match () {
            () if is_text => TokenKind::Text,
            () if first.is_ascii_digit() => TokenKind::Number,
            // Keywords are nodes without a name; `this` and `nil` have one in some grammars.
            () if node.is_named()
                && (first.is_alphabetic() || matches!(first, '_' | '$' | '@'))
                && !is_word(kind) =>
            {
                TokenKind::Name
            }
            () => TokenKind::Sign,
        };
        if !text.trim().is_empty() {
            tokens.push(Token { kind, span: here });
        }
        false
    });
    tokens
}

/// Words of the language that grammars give a node with a name.
fn is_word(kind: &str) -> bool {
    matches!(
        kind,
        "self"
            | "this"
            | "super"
            | "true"
            | "false"
            | "nil"
            | "null"
            | "none"
            | "undefined"
            | "None"
            | "iota"
            | "boolean_literal"
            | "null_literal"
            | "primitive_type"
            | "predefined_type"
            | "visibility_modifier"
            | "mutable_specifier"
            | "integral_type"
            | "void_type"
            | "break_statement"
            | "continue_statement"
            | "pass_statement"
            | "return_statement"
            | "fallthrough_statement"
            | "modifier"
    )
}

fn is_text(kind: &str) -> bool {
    matches!(
        kind,
        "string"
            | "string_literal"
            | "raw_string_literal"
            | "interpreted_string_literal"
            | "interpolated_string_expression"
            | "encapsed_string"
            | "char_literal"
            | "character_literal"
            | "line_string_literal"
            | "multi_line_string_literal"
            | "multiline_string_literal"
            | "verbatim_string_literal"
            | "rune_literal"
            | "template_string"
            | "regex"
            | "string_lit"
            | "concatenated_string"
    )
}
