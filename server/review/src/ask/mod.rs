//! A request in plain words, understood as one of the things that Obelus does. No model, no network, microseconds.
//!
//! Words and phrases speak for intents with weights; the best one wins if it is good enough and clearly better than the
//! next. What is left is a question about the code, or something that has to be asked back: doing the wrong thing is
//! worse than asking. Nothing here runs anything.

mod cues;
mod learnt;
mod slots;
#[cfg(test)]
mod tests;
mod written;

use base::Scope;

use slots::Said;

pub use crate::model::{About, Answer, Asked, answer};
pub use written::markdown;

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A review.
    Review {
        /// Of what; `None`: the file that is open.
        of: Target,
        /// A profile that was named in some words (`security`, `quick`, `deep`).
        profile: Option<&'static str>,
    },
    /// Title and description of a change.
    Describe(Target),
    /// An entry of a changelog.
    Changelog,
    /// A commit message.
    CommitMessage,
    /// Who calls or uses this.
    Callers(String),
    /// Where this is defined.
    Definition(String),
    /// Code that has to do with these words.
    Search(String),
    /// Tests for this, or for what is selected.
    Tests(Option<String>),
    /// Why something is reported; a rule's id, where one is named.
    ExplainFinding(Option<String>),
    /// The repair of what is reported.
    Fix,
    /// Comments that document this.
    Document(Option<String>),
    /// Tokens and money.
    Usage,
    /// What works and what does not.
    Status,
    /// The code that belongs to the change.
    Context,
    /// Not to see a finding again.
    Dismiss,
    /// A question about the code.
    Question,
    /// None of these can be told from the words.
    Unclear,
}

/// Whether a request for a comment of `name` asks to put another in the place of one that is there.
pub fn wants_another(request: &str, name: Option<&str>) -> bool {
    const WORDS: &[&str] = &[
        "replace", "rewrite", "redo", "update", "improve", "refresh", "rework", "again", "correct",
    ];
    let words = request.split_whitespace();
    let bare = words.map(|word| word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_')));
    bare.filter(|word| Some(*word) != name)
        .any(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The usual: the work tree for a review, the branch for a description.
    Usual,
    /// What is staged.
    Staged,
    /// The branch, from where it left the default branch.
    Branch,
    /// One file: its path, where it was named.
    File(Option<String>),
    /// One commit.
    Commit(String),
    /// Every file.
    Workspace,
}

impl Target {
    /// The scope that this is, where it needs nobody to look up the branch or the open file.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            Self::Usual => Some(Scope::Worktree),
            Self::Staged => Some(Scope::Staged),
            Self::Commit(revision) => Some(Scope::Commit(revision.clone())),
            Self::Workspace => Some(Scope::All),
            Self::Branch | Self::File(_) => None,
        }
    }
}

impl Intent {
    /// A name, for measuring and for messages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Review { .. } => "review",
            Self::Describe(_) => "describe",
            Self::Changelog => "changelog",
            Self::CommitMessage => "commit-message",
            Self::Callers(_) => "callers",
            Self::Definition(_) => "definition",
            Self::Search(_) => "search",
            Self::Tests(_) => "tests",
            Self::ExplainFinding(_) => "explain-finding",
            Self::Fix => "fix",
            Self::Document(_) => "document",
            Self::Usage => "usage",
            Self::Status => "status",
            Self::Context => "context",
            Self::Dismiss => "dismiss",
            Self::Question => "question",
            Self::Unclear => "unclear",
        }
    }
}

/// What is wanted by `request`.
pub fn understand(request: &str) -> Intent {
    let said = Said::new(request);
    let Some(kind) = cues::kind(&said) else {
        return match said.is_question() {
            true => Intent::Question,
            false => Intent::Unclear,
        };
    };
    let symbol = || said.symbol();
    match kind {
        "review" => Intent::Review {
            of: said.target(),
            profile: said.profile(),
        },
        "describe" => Intent::Describe(said.target()),
        "changelog" => Intent::Changelog,
        "commit-message" => Intent::CommitMessage,
        "callers" => symbol().map_or(Intent::Question, Intent::Callers),
        "definition" => match symbol() {
            Some(symbol) => Intent::Definition(symbol),
            None => searched(&said),
        },
        "search" => searched(&said),
        "tests" => Intent::Tests(symbol()),
        "explain-finding" => Intent::ExplainFinding(said.rule()),
        "fix" => Intent::Fix,
        "document" => Intent::Document(symbol()),
        "usage" => Intent::Usage,
        "status" => Intent::Status,
        "context" => Intent::Context,
        "dismiss" => Intent::Dismiss,
        _ => Intent::Unclear,
    }
}

fn searched(said: &Said<'_>) -> Intent {
    match said.query() {
        query if query.is_empty() => Intent::Unclear,
        query => Intent::Search(query),
    }
}

/// What is named in a request as things are named in code.
pub(crate) fn names_of(request: &str) -> Vec<String> {
    Said::new(request).names()
}

/// The words of a request that are worth looking for in code.
pub fn words_of(request: &str) -> String {
    Said::new(request).query()
}
