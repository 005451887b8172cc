//! The editor: Obelus as a language server.
//!
//! Handlers of the framework overtake each other after any `.await`, so they do one thing only: put a message into the
//! one queue, synchronously. A single loop takes messages in the order they came and owns all state; work runs on the
//! pool against immutable snapshots and comes back as messages; one task does all the talking to the client. This crate
//! touches no file, no environment and no process: what it needs of those it asks of a [`Host`].

mod actions;
mod answers;
mod arguments;
mod around;
mod asking;
mod backend;
mod check;
mod chosen;
mod commands;
mod consulting;
mod disk;
mod dismissing;
mod document;
mod documents;
mod early;
mod encoding;
mod event_loop;
mod explaining;
mod findings;
mod fixing;
mod folders;
mod framing;
mod gate;
mod handshake;
mod held_back;
mod host;
mod hover;
mod indexing;
mod indexing_progress;
mod lens;
mod live;
mod long;
mod model_job;
mod observed;
mod options;
mod outbox;
mod own_files;
mod pool;
mod proposed;
mod proposing;
mod proto;
mod pull;
mod review_job;
mod selection;
mod service;
mod shelf;
mod unasked;
mod unopened;
mod uri;
mod workspace;
mod writing;

pub use host::{Host, Opening, Spend, Watch};
pub use service::{Ended, serve};
