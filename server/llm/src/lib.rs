//! Language models over HTTP: Anthropic, OpenAI and what speaks its protocol, Gemini, Ollama. Implements `base::Model`.
//!
//! Owns the connections, deadlines, retries and the attaching of keys. What it needs to know is handed in as plain data
//! ([`Settings`]): it reads no environment and no file.

#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the client that uses them comes next")
)]

mod origin;
mod settings;

pub use origin::Secret;
pub use settings::{Api, Deadlines, ProviderSettings, Proxy, Settings};
