//! Language models over HTTP: Anthropic, OpenAI and what speaks its protocol, Gemini, Ollama. Implements `base::Model`.
//!
//! Owns the connections, deadlines, retries and the attaching of keys. What it needs to know is handed in as plain data
//! ([`Settings`]): it reads no environment and no file. The four protocols are written out here, about a hundred lines
//! each, instead of taken from a client library. `genai`, the best kept one, was read for it and does not allow what has
//! to hold: the bytes of a request cannot be had before they are sent, an event that cannot be read is skipped in
//! silence, the body of an error is read without a limit, the schema does not reach Ollama, and it turns on
//! `serde_json/preserve_order` for the whole program.

mod answer;
mod anthropic;
mod decode;
mod failure;
mod frames;
mod gemini;
mod here;
mod http;
mod known;
mod ollama;
mod openai;
mod origin;
mod posting;
mod providers;
mod request;
mod retry;
mod settings;
mod tokens;

pub use here::{Running, USUAL_PLACES, running_here};
pub use known::PRICES_AS_OF;
pub use origin::Secret;
pub use posting::Posting;
pub use providers::Providers;
pub use settings::{Api, Deadlines, ProviderSettings, Proxy, Settings};
