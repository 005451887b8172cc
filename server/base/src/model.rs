//! The port to language models: a request goes out, a reply comes back piece by piece, a failure says what to do.
//!
//! A [`Prompt`] is text that a model may be shown. Only the engine's redaction makes one, so what was not redacted
//! cannot be sent. Whoever implements [`Model`] owns addresses, keys, deadlines and retries, and never prints a key or
//! a prompt. An incomplete answer is an error, never a short answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::Cancel;

/// A model by the user's name for it, `provider/model`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName {
    /// The name of a provider as configured, such as `anthropic`.
    pub provider: String,
    /// The provider's own name for the model; may hold `/` and `:`.
    pub model: String,
}

impl ModelName {
    /// Reads `provider/model`; `None` where one of the two is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = text.trim().split_once('/')?;
        (!provider.is_empty() && !model.is_empty()).then(|| Self {
            provider: provider.to_owned(),
            model: model.to_owned(),
        })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// What a model is asked for; each may have a model of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Finding problems.
    Review,
    /// Refuting what was found.
    Verify,
    /// Writing a repair.
    Fix,
    /// Describing a change.
    Describe,
    /// Answering a question.
    Ask,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Review,
        Self::Verify,
        Self::Fix,
        Self::Describe,
        Self::Ask,
    ];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Verify => "verify",
            Self::Fix => "fix",
            Self::Describe => "describe",
            Self::Ask => "ask",
        }
    }
}

/// Text that a model may be shown: secrets are taken out, hidden characters are spelt out.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Prompt(String);

impl Prompt {
    /// For the engine's redaction alone (a test of the house looks who calls it).
    pub fn from_redacted(text: String) -> Self {
        Self(text)
    }

    /// Text of the program itself: nothing of a user's can be in it.
    pub fn fixed(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// A prompt is the user's source code: it must not end in a log by way of `{:?}`.
impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prompt({} bytes)", self.0.len())
    }
}

/// One step of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// What we say.
    User {
        /// The text.
        text: Prompt,
        /// Everything up to the end of this message will be sent again soon: worth a place in the provider's cache.
        cache: bool,
    },
    /// What the model said before.
    Assistant {
        /// Its text.
        text: String,
        /// The tools it called.
        calls: Vec<ToolCall>,
    },
    /// What its tools answered.
    ToolResults(Vec<ToolResult>),
}

/// A function that the model may ask us to run; all of them only read.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Letters, digits and `_`.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// JSON Schema of its arguments, an object.
    pub arguments: serde_json::Value,
}

/// A tool call that a model made.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// The provider's id, to be repeated in the answer.
    pub id: String,
    /// The tool's name; may be one that does not exist.
    pub name: String,
    /// What the model gave; not checked against the schema.
    pub arguments: serde_json::Value,
}

/// The answer to a [`ToolCall`].
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The call's id.
    pub id: String,
    /// The call's tool.
    pub name: String,
    /// The answer.
    pub text: Prompt,
}

/// What form the reply must have.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum ReplyShape {
    /// Free text.
    #[default]
    Text,
    /// One JSON value. Held by the provider where it can; otherwise the implementation asks for it in words, and the
    /// text that comes back may hold fences or prose around it.
    Json {
        /// Letters, digits and `_`.
        name: String,
        /// JSON Schema in the subset that providers share: objects closed, every property required, no `$ref`.
        schema: serde_json::Value,
    },
}

/// One request to one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Whom to ask.
    pub model: ModelName,
    /// What for.
    pub role: Role,
    /// The part that does not change between requests: what the model is and how it must answer.
    pub system: Prompt,
    /// The conversation, a user's message first.
    pub messages: Vec<Message>,
    /// What form the reply must have.
    pub reply: ReplyShape,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// Tokens of output, reasoning included, after which the provider stops.
    pub max_output_tokens: u32,
    /// The paths whose text is in the prompt, with line ranges, for the record: `src/a.rs:10-40`.
    pub places: Vec<String>,
}

/// Tokens and money of one or more attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read, those from the cache included.
    pub input_tokens: u64,
    /// Of these, tokens that came from the provider's cache.
    pub cached_tokens: u64,
    /// Of these, tokens that were written to the provider's cache.
    pub cache_written_tokens: u64,
    /// Tokens written, reasoning included.
    pub output_tokens: u64,
    /// What it cost, in millionths of a dollar; `None` where the price is not known.
    pub cost_micro_usd: Option<u64>,
    /// The provider did not tell the tokens: these are estimates.
    pub estimated: bool,
}

impl Usage {
    /// Both together; a cost that is not known makes the sum unknown, unless nothing was used there.
    pub fn plus(self, other: Self) -> Self {
        let nothing = |usage: &Self| usage.input_tokens == 0 && usage.output_tokens == 0;
        let cost = match (self.cost_micro_usd, other.cost_micro_usd) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, None) if nothing(&other) => a,
            (None, b) if nothing(&self) => b,
            _ => None,
        };
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            cache_written_tokens: self
                .cache_written_tokens
                .saturating_add(other.cache_written_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cost_micro_usd: cost,
            estimated: self.estimated || other.estimated,
        }
    }
}

/// Why a complete reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The model was done.
    Done,
    /// It waits for the answers of its tools.
    Tools,
    /// The limit of output tokens was reached: the text breaks off.
    Length,
}

/// What a model answered: all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text; for [`ReplyShape::Json`] what should be that JSON.
    pub text: String,
    /// Tools that it wants to be run.
    pub calls: Vec<ToolCall>,
    /// Why it ended.
    pub stop: Stop,
    /// Of this request, its failed attempts included.
    pub usage: Usage,
    /// The model that answered, by the name that was asked for.
    pub model: ModelName,
}

/// One HTTP request that is about to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Whom it goes to.
    pub model: ModelName,
    /// What for.
    pub role: Role,
    /// 1 for the first, more for retries.
    pub number: u32,
    /// Tokens of input, estimated.
    pub input_tokens: u64,
    /// Tokens of output at most.
    pub max_output_tokens: u64,
    /// What it can cost at most, in millionths of a dollar; `None` where the price is not known.
    pub max_cost_micro_usd: Option<u64>,
    /// Hash of what is sent (system, messages, tools, shape), so that the record can be checked.
    pub hash: crate::ContentHash,
    /// As in the [`Request`].
    pub places: Vec<String>,
}

/// Who follows a request. Called from the task that sends it; must not block for long.
pub trait Watch: Send {
    /// Before each attempt. An `Err` stops the request before a byte leaves: it is what the user is told.
    fn attempt(&mut self, attempt: &Attempt) -> Result<(), String>;

    /// After each attempt, whatever came of it.
    fn ended(&mut self, attempt: &Attempt, usage: &Usage, error: Option<&ModelError>);

    /// A piece of the reply's text, as it arrives.
    fn text(&mut self, piece: &str);

    /// The attempt failed half-way and another one starts: pieces that came so far are void.
    fn restarted(&mut self);
}

/// What kind of failure, so that a caller can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelFault {
    /// No such provider, no key, a bad address.
    NotConfigured,
    /// Name, connection, certificate, proxy.
    Unreachable,
    /// The key was refused.
    Unauthorized,
    /// No such model.
    UnknownModel,
    /// Too many requests, and waiting is not worth it.
    Limited,
    /// The account's quota or credit is used up.
    QuotaUsedUp,
    /// The provider is overloaded or broken.
    Overloaded,
    /// The prompt is longer than the model's context.
    TooLong,
    /// The model or a filter refused.
    Refused,
    /// The answer broke off.
    Incomplete,
    /// The answer is not what the protocol says.
    Malformed,
    /// Nothing, or not all of it, came in time.
    TimedOut,
    /// The provider's last failures are too fresh to ask again.
    Paused,
    /// [`Watch::attempt`] said no.
    NotAllowed,
    /// The caller asked to stop.
    Cancelled,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// What kind.
    pub fault: ModelFault,
    /// One line for the user: who, what happened, what to do. Never the prompt, the key or what the server sent raw.
    pub message: String,
    /// What the failed attempts used.
    pub usage: Usage,
}

/// What is known of a model before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// Tokens that prompt and reply may have together; a careful guess where the model is not known.
    pub context_tokens: u32,
    /// The provider holds the model to a JSON schema.
    pub structured: bool,
    /// It can call tools.
    pub tools: bool,
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// It runs on this machine: nothing leaves.
    pub local: bool,
}

/// Millionths of a dollar for a million tokens, that is: dollars per million tokens, times a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Read anew.
    pub input: u64,
    /// Read from the provider's cache.
    pub cached: u64,
    /// Written to the provider's cache.
    pub cache_written: u64,
    /// Written by the model.
    pub output: u64,
}

impl Price {
    /// What `usage` costs, in millionths of a dollar, rounded up.
    pub fn of(&self, usage: &Usage) -> u64 {
        let part = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let fresh = usage
            .input_tokens
            .saturating_sub(usage.cached_tokens)
            .saturating_sub(usage.cache_written_tokens);
        let sum = part(fresh, self.input)
            + part(usage.cached_tokens, self.cached)
            + part(usage.cache_written_tokens, self.cache_written)
            + part(usage.output_tokens, self.output);
        u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// What would be sent, to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Where to: scheme, host, path; no key.
    pub address: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Work that ends some time; names no runtime.
pub type Eventually<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Language models, by name.
pub trait Model: Send + Sync {
    /// Asks, follows the stream, retries what is worth it. Dropping the future, or `cancel`, closes the connection.
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>>;

    /// What [`Self::send`] would send first, without sending it.
    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>>;

    /// What is known of a model, or why it cannot be asked (no such provider, no key).
    fn facts(&self, model: &ModelName) -> Result<ModelFacts, ModelError>;
}

#[cfg(test)]
mod tests {
    use super::{ModelName, Price, Prompt, Usage};

    #[test]
    fn a_model_has_a_provider() {
        let name = ModelName::parse("openrouter/qwen/qwen3:free").expect("a name");
        assert_eq!(
            (name.provider.as_str(), name.model.as_str()),
            ("openrouter", "qwen/qwen3:free")
        );
        assert_eq!(name.to_string(), "openrouter/qwen/qwen3:free");
        for bad in ["", "gpt", "/gpt", "openai/"] {
            assert_eq!(ModelName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prompt_is_not_printed() {
        let prompt = Prompt::from_redacted("fn secret() {}".to_owned());
        assert_eq!(format!("{prompt:?}"), "Prompt(14 bytes)");
    }

    #[test]
    fn money_is_exact_and_unknown_stays_unknown() {
        let price = Price {
            input: 3_000_000,
            cached: 300_000,
            cache_written: 3_750_000,
            output: 15_000_000,
        };
        let usage = Usage {
            input_tokens: 1_000,
            cached_tokens: 600,
            cache_written_tokens: 100,
            output_tokens: 10,
            ..Usage::default()
        };
        // 300 × 3 + 600 × 0.3 + 100 × 3.75 + 10 × 15
        assert_eq!(price.of(&usage), 900 + 180 + 375 + 150);
        let known = Usage {
            cost_micro_usd: Some(5),
            ..usage
        };
        assert_eq!(known.plus(usage).cost_micro_usd, None);
        assert_eq!(known.plus(Usage::default()).cost_micro_usd, Some(5));
        assert_eq!(known.plus(known).cost_micro_usd, Some(10));
    }
}
