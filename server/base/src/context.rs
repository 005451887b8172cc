//! What belongs to a change: excerpts of the workspace, each with the reason it was chosen.

use crate::{ContentHash, RelPath, Span};

/// Why an excerpt belongs to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It defines what the changed lines use.
    Definition,
    /// It uses what was changed.
    Caller,
    /// It defines a type in the signature of what was changed.
    Type,
    /// It is a test that reaches what was changed.
    Test,
    /// It looks like what was changed.
    Similar,
    /// Its file usually changes together with a changed one.
    CoChange,
    /// It says how things are done here.
    Convention,
    /// It tells what was lately done at this place.
    History,
}

impl Reason {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Caller => "caller",
            Self::Type => "type",
            Self::Test => "test",
            Self::Similar => "similar",
            Self::CoChange => "co-change",
            Self::Convention => "convention",
            Self::History => "history",
        }
    }
}

/// One excerpt.
#[derive(Clone, Debug, PartialEq)]
pub struct Excerpt {
    /// The file.
    pub path: RelPath,
    /// The version of it that the span lies in.
    pub hash: ContentHash,
    /// Whole lines of it.
    pub span: Span,
    /// The definition it is (part of), outermost name first; empty where it belongs to none.
    pub symbol: Vec<String>,
    /// Why it was chosen.
    pub reason: Reason,
    /// The same in words, such as "calls Parser.next, whose signature changed".
    pub why: String,
    /// Comparable within one context; higher is better.
    pub score: f32,
    /// The text itself.
    pub text: String,
    /// How many tokens a model will count for it, about.
    pub tokens: u32,
}

/// The excerpts that belong to a change, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Best first; no two overlap.
    pub items: Vec<Excerpt>,
    /// Candidates that did not fit the budget.
    pub left_out: usize,
}

/// About how many tokens a model counts for `text`: four bytes each, the usual rule of thumb for code in English.
pub fn tokens(text: &str) -> u32 {
    u32::try_from(text.len().div_ceil(4)).unwrap_or(u32::MAX)
}
