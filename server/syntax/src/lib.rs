//! Text in; trees, enclosing symbols, comments and pattern findings out.
//!
//! Owns tree-sitter, the grammars and ast-grep; touches no file: rules and queries are embedded at build time.

mod classify;
mod language;
mod rules;
mod tree;

pub use classify::classify;
pub use language::Language;
pub use rules::{Match, RuleProblem, Rules};
pub use tree::{Comment, ParseStopped, Symbol, TextChange, Tree};
