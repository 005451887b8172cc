//! The port to conversations: questions about a workspace and their answers, kept so that they can be found, gone on with
//! and written out.
//!
//! A convenience like all of the store: where it cannot be read there are no conversations. What is kept is what its user
//! asked and was answered on this machine; it is shown to a model again only when that conversation is gone on with.

use crate::RelPath;
use crate::store::{Seconds, StoreError};

/// Conversations that are kept; those that rested longest are forgotten first.
pub const MOST_CONVERSATIONS: usize = 200;
/// Turns of one conversation that are kept, the newest.
pub const MOST_TURNS: usize = 100;
/// Characters of a question or an answer that are kept.
pub const LONGEST: usize = 20_000;

/// Names a conversation in its workspace: 1, 2, 3 and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId(pub u64);

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// What was asked.
    pub question: String,
    /// What was answered, in Markdown.
    pub answer: String,
    /// The places that the answer rests on, with 1-based lines.
    pub places: Vec<(RelPath, u32)>,
    /// Who answered, by the user's name for it.
    pub model: String,
    /// When.
    pub at: Seconds,
}

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its name.
    pub id: ConversationId,
    /// Its first question.
    pub title: String,
    /// How many questions were asked.
    pub turns: usize,
    /// When the last was.
    pub at: Seconds,
}

/// The conversations of one workspace.
pub trait Conversations: Send + Sync {
    /// Keeps a turn of a conversation, or begins a new one; its name.
    fn keep(&self, of: Option<ConversationId>, turn: &Turn) -> Result<ConversationId, StoreError>;

    /// The conversations in which each of these words was said (all, where there are none), newest first.
    fn list(&self, words: &[String]) -> Result<Vec<Conversation>, StoreError>;

    /// What was said in one, oldest first; nothing where it is not known.
    fn turns(&self, of: ConversationId) -> Result<Vec<Turn>, StoreError>;

    /// Forgets one; whether there was one.
    fn forget(&self, of: ConversationId) -> Result<bool, StoreError>;
}
