//! What `app` hands in: providers, keys, deadlines, prices, proxy. Plain data; nothing is read from anywhere here.

use std::time::Duration;

use base::model::Price;

use crate::Secret;

/// A provider's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// Anthropic's messages.
    Anthropic,
    /// OpenAI's chat completions, which most servers speak.
    OpenAi,
    /// Google's Gemini.
    Gemini,
    /// Ollama's own.
    Ollama,
}

impl Api {
    /// Every protocol.
    pub const ALL: &'static [Self] = &[Self::Anthropic, Self::OpenAi, Self::Gemini, Self::Ollama];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// Reads the name in the configuration.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|api| api.as_str() == name)
    }

    /// Where the protocol's own vendor serves it.
    pub fn default_base(self) -> &'static str {
        match self {
            Self::Anthropic => "https://api.anthropic.com",
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com",
            Self::Ollama => "http://127.0.0.1:11434",
        }
    }
}

/// One provider, as the user configured it.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The part of a model's name before the first `/`.
    pub name: String,
    /// What it speaks.
    pub api: Api,
    /// Its address; a version in the path (`/v1`) may be there or not.
    pub base_url: String,
    /// Its key, for this address alone.
    pub key: Option<Secret>,
    /// How the user sets the key, for the message where it is missing: `ANTHROPIC_API_KEY`.
    pub key_from: Option<String>,
    /// Unencrypted HTTP to another machine is what the user wants.
    pub plain_http: bool,
    /// Tokens that prompt and reply may have together, where the user says so.
    pub context_tokens: Option<u32>,
    /// Whether its models run on this machine, where the user says so. Otherwise a server on this machine counts as
    /// local if it wants no key: one that does may well be a proxy to somebody else's.
    pub local: Option<bool>,
}

impl ProviderSettings {
    /// A provider at its vendor's address, without a key.
    pub fn new(name: impl Into<String>, api: Api) -> Self {
        Self {
            name: name.into(),
            api,
            base_url: api.default_base().to_owned(),
            key: None,
            key_from: None,
            plain_http: false,
            context_tokens: None,
            local: None,
        }
    }

    /// The four providers that need no declaration, without keys: `anthropic`, `openai`, `gemini`, `ollama`.
    pub fn built_in() -> Vec<Self> {
        Api::ALL
            .iter()
            .map(|api| {
                let mut provider = Self::new(api.as_str(), *api);
                provider.key_from = match api {
                    Api::Anthropic => Some("ANTHROPIC_API_KEY".to_owned()),
                    Api::OpenAi => Some("OPENAI_API_KEY".to_owned()),
                    Api::Gemini => Some("GEMINI_API_KEY".to_owned()),
                    Api::Ollama => None,
                };
                provider
            })
            .collect()
    }
}

/// How long we wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For one request, its retries included.
    pub total: Duration,
    /// Between two pieces of an answer, and for its first byte.
    pub idle: Duration,
}

impl Deadlines {
    /// Somebody is waiting.
    pub const INTERACTIVE: Self = Self {
        total: Duration::from_secs(60),
        idle: Duration::from_secs(20),
    };

    /// Nobody is.
    pub const CI: Self = Self {
        total: Duration::from_secs(180),
        idle: Duration::from_secs(20),
    };
}

/// A proxy, as the usual environment names it. Never used for this machine.
#[derive(Clone, Default)]
pub struct Proxy {
    /// For `https://`; may hold a name and a password.
    pub https: Option<String>,
    /// For `http://`.
    pub http: Option<String>,
    /// Hosts that are reached directly, separated by commas.
    pub except: Option<String>,
}

impl std::fmt::Debug for Proxy {
    // The address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = |proxy: &Option<String>| if proxy.is_some() { "set" } else { "none" };
        write!(
            f,
            "Proxy(https: {}, http: {})",
            set(&self.https),
            set(&self.http)
        )
    }
}

/// Everything this crate is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The providers; later ones win over earlier ones of the same name.
    pub providers: Vec<ProviderSettings>,
    /// How long to wait.
    pub deadlines: Deadlines,
    /// Prices of the user's own, by `provider/model`; they win over the table.
    pub prices: Vec<(String, Price)>,
    /// More certificates to trust, in PEM.
    pub roots: Vec<String>,
    /// The proxy.
    pub proxy: Proxy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            providers: ProviderSettings::built_in(),
            deadlines: Deadlines::INTERACTIVE,
            prices: Vec::new(),
            roots: Vec::new(),
            proxy: Proxy::default(),
        }
    }
}
