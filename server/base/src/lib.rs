//! The nouns that flow through Obelus and the ports (traits) to the outside.
//!
//! This crate touches nothing: no file, no clock, no environment, no socket. Every other crate may depend on it, and
//! the crates that own an outside world (`repo`, and later `store`, `llm`, `forge`) meet the engine only through the
//! ports defined here. Ranges are byte ranges into one known version of a text; lines and columns appear at the edges.

pub mod calendar;
pub mod cancel;
pub mod change;
pub mod context;
pub mod conversation;
pub mod diff;
pub mod finding;
pub mod history;
pub mod log;
pub mod memory;
pub mod memory_store;
pub mod model;
pub mod outline;
pub mod overlay;
pub mod path;
pub mod repo;
pub mod report;
pub mod rule;
pub mod search;
pub mod store;
pub mod text;

pub use cancel::Cancel;
pub use change::{Change, FileChange, FileStatus, FileTexts, Hunk, Scope, Skipped, Stats};
pub use context::{Context, Excerpt, Reason};
pub use conversation::{Conversation, ConversationId, Conversations, Turn};
pub use finding::{
    Category, CheckKind, Confidence, Edit, Evidence, Finding, FindingId, Fix, Placement, RuleId,
    Severity,
};
pub use history::{Churn, CoChange, CommitNote, History, HistoryEnd, HistoryExtent, NoHistory};
pub use log::{KnownLog, Log, Logged};
pub use model::{Model, ModelError, ModelFault, ModelName, Prompt};
pub use outline::{Binding, Definition, Outline, Parameter, Reference, ReferenceKind, SymbolKind};
pub use overlay::Overlay;
pub use path::{PathError, RelPath};
pub use repo::{At, LIST_DEPTH, Repo, RepoError, WorkspaceKind};
pub use report::{Coverage, ModelStats, Report};
pub use rule::RuleMeta;
pub use store::Store;
pub use text::{ContentHash, ContentHasher, LineColumn, LineIndex, Span, Text};
