//! Text in; trees, enclosing symbols, comments and pattern findings out.
//!
//! Owns tree-sitter, the grammars and ast-grep; touches no file: rules and queries are embedded at build time.

mod classify;
mod code;
mod complexity;
mod detect;
mod doc;
mod edits;
mod grammar;
mod language;
mod outline;
mod php;
mod rules;
mod skeleton;
mod symbol;
mod tree;

pub use classify::classify;
pub use code::{Argument, Attempt, Branch, Call, Choice, Outcome, Token, TokenKind};
pub use language::{CommentSyntax, Language};
pub use rules::{CaseKind, CaseResult, Match, RuleProblem, Rules, builtin_id, test_rules};
pub use tree::{Comment, ParseStopped, Symbol, TextChange, Tree};
