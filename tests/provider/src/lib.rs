//! A provider of language models for tests: a real HTTP server that speaks the four protocols and misbehaves on demand.
//!
//! ```no_run
//! use test_provider::{Api, Fault, Moment, Provider, Reply};
//! let provider = Provider::start();
//! let base = provider.base_url(Api::Anthropic); // what goes into `base_url`
//! provider.say(Reply::text("{\"findings\": []}")); // one reply per request, in order, whatever the protocol
//! provider.say(Reply::text("never mind").with(Fault::Eof, Moment::Middle));
//! provider.answer(|request| Reply::text(format!("{} bytes", request.body.len()))); // once the queue is empty
//! // ... the program under test asks ...
//! for request in provider.requests() { println!("{} {:?}", request.path, request.header("x-api-key")); }
//! ```
//! The protocol is told by the path: `/v1/messages`, `…/chat/completions`, `…:streamGenerateContent`, `/api/chat`. A reply
//! is streamed where the request asks for it. [`Provider::hostile`] answers everything with what an attacker would like.
//! [`Provider::exchanges`] and [`Provider::replay`] record and replay, [`save`] and
//! [`load`] keep a recording in a file, and the program of the same name runs a provider on its own. Error bodies quote the request and its key on
//! purpose: a client that shows them raw is caught. Dropping the provider closes every connection.

mod connection;
mod fault;
mod hostile;
mod protocol;
mod record;
mod server;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use fault::{Fault, Moment};
pub use hostile::{Random, attacks};
pub use record::{load, save};
pub use server::{Nowhere, Provider};
pub use tls::Certificate;

/// One of the four protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// `POST /v1/messages`
    Anthropic,
    /// `POST /v1/chat/completions`
    OpenAi,
    /// `POST /v1beta/models/NAME:streamGenerateContent`
    Gemini,
    /// `POST /api/chat`
    Ollama,
}

impl Api {
    /// Every protocol.
    pub const ALL: [Self; 4] = [Self::Anthropic, Self::OpenAi, Self::Gemini, Self::Ollama];

    /// The name in the configuration (`api = "…"`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }
}

/// A tool call that the scripted model makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The tool's name.
    pub name: String,
    /// Its arguments.
    pub arguments: serde_json::Value,
}

/// What the provider says was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Read, those from the cache included.
    pub input: u64,
    /// Of these, from the cache.
    pub cached: u64,
    /// Of these, written to the cache (Anthropic alone tells).
    pub cache_written: u64,
    /// Written.
    pub output: u64,
}

/// How the bytes of the answer reach the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// One write for each event.
    Events,
    /// One write for each so many bytes, wherever that cuts.
    Bytes(usize),
}

/// A scripted answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The model's text; streamed in about eight pieces.
    pub text: String,
    /// The tools it calls after the text.
    pub calls: Vec<Call>,
    /// What it says was used; `None` = it says nothing.
    pub tokens: Option<Tokens>,
    /// What goes wrong, and when.
    pub fault: Option<(Fault, Moment)>,
    /// How the bytes are written.
    pub split: Split,
    /// Lines end with CR LF.
    pub crlf: bool,
    /// How long it waits between two writes.
    pub pace: Duration,
    /// Status, content type and body, sent as they are: a recorded exchange, or something odd.
    pub raw: Option<Arc<(u16, String, Vec<u8>)>>,
    /// It stops in the middle of the text until this is let go.
    pub hold: Option<Hold>,
}

/// Holds an answer in the middle of its text until somebody lets it go.
#[derive(Clone, Debug, Default)]
pub struct Hold(Arc<AtomicBool>);

impl Hold {
    /// The answer goes on.
    pub fn let_go(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Reply {
    /// A complete answer with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            calls: Vec::new(),
            tokens: Some(Tokens {
                input: 100,
                cached: 0,
                cache_written: 0,
                output: 20,
            }),
            fault: None,
            split: Split::Events,
            crlf: false,
            pace: Duration::ZERO,
            raw: None,
            hold: None,
        }
    }

    /// An answer that calls a tool.
    pub fn call(name: impl Into<String>, arguments: serde_json::Value) -> Self {
        let mut reply = Self::text("");
        reply.calls.push(Call {
            name: name.into(),
            arguments,
        });
        reply
    }

    /// An answer sent as it is, whatever was asked.
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut reply = Self::text("");
        reply.raw = Some(Arc::new((status, content_type.to_owned(), body.into())));
        reply
    }

    /// The same, with something going wrong.
    pub fn with(mut self, fault: Fault, moment: Moment) -> Self {
        self.fault = Some((fault, moment));
        self
    }

    /// The same, with other figures; `None` = it says nothing.
    pub fn tokens(mut self, tokens: Option<Tokens>) -> Self {
        self.tokens = tokens;
        self
    }

    /// The same, written in other pieces, with a pause between two of them.
    pub fn split(mut self, split: Split, pace: Duration) -> Self {
        self.split = split;
        self.pace = pace;
        self
    }

    /// The same, held in the middle of its text.
    pub fn held(mut self, hold: &Hold) -> Self {
        self.hold = Some(hold.clone());
        self
    }

    /// The same, with lines that end with CR LF.
    pub fn crlf(mut self) -> Self {
        self.crlf = true;
        self
    }
}

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// `POST`, `GET`, …
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Headers in order; names as sent.
    pub headers: Vec<(String, String)>,
    /// The body, to the byte.
    pub body: Vec<u8>,
    /// The protocol that the path belongs to.
    pub api: Option<Api>,
}

impl Recorded {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether it asks for a stream.
    pub fn streams(&self) -> bool {
        match self.api {
            Some(Api::Gemini) => self.path.contains(":streamGenerateContent"),
            // Ollama streams unless told otherwise.
            Some(Api::Ollama) => self.json()["stream"].as_bool().unwrap_or(true),
            _ => self.json()["stream"].as_bool().unwrap_or(false),
        }
    }

    /// Everything that could hold a secret, in one text: path, headers, body.
    pub fn everything(&self) -> String {
        let mut all = format!("{} {}\n", self.method, self.path);
        for (name, value) in &self.headers {
            all.push_str(&format!("{name}: {value}\n"));
        }
        all.push('\n');
        all.push_str(&self.text());
        all
    }
}

/// A request with the bytes that answered it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// What was asked.
    pub request: Recorded,
    /// The status that was answered; 0 where none was.
    pub status: u16,
    /// Its content type.
    pub content_type: String,
    /// The body without its transfer encoding, as far as it was written.
    pub body: Vec<u8>,
}
