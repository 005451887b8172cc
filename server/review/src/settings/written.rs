//! What can be written in a configuration file, as types.
//!
//! The split between preferences and privileged keys is made here and nowhere else: [`WorkspaceConfig`] is all that a
//! workspace can say, and it has no field for a provider, an address, a key, a model or money; what it says about privacy
//! adds to the user's rules and cannot take from them. Documentation
//! comments on the fields become the descriptions in the JSON Schema, so they are written for users.

use std::collections::BTreeMap;

use base::{Category, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::meant::Profile;
use super::sections::Describe;
use super::thresholds::Thresholds;

/// Preferences for reviews with Obelus: `obelus.toml` at the top of a workspace. The same keys may stand in the user's
/// `config.toml`, which is laid over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, title = "obelus.toml")]
pub struct WorkspaceConfig {
    /// Which checks run and how sure they must be: `quick`, `default`, `security` or `deep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The mildest severity at which `obelus review` exits with status 1; `never` for always 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<FailOnLevel>,
    /// Findings less sure than this (0 to 1) are not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub min_confidence: Option<f64>,
    /// Findings milder than this are not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_severity: Option<Level>,
    /// Only files that match one of these globs are reviewed. A later layer replaces an earlier one's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// Files that match one of these globs are not reviewed; they are listed as skipped. The lists of all layers add up.
    /// A glob without `/` matches at any depth; a folder's name matches everything inside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// Files larger than this many bytes are skipped. A workspace can lower the limit, never raise it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_size: Option<u64>,
    /// Rules by id or glob (`"rust/*"`): `off`, `on`, or the severity they shall have. The longest pattern wins; a rule
    /// named here runs whatever the profile says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, RuleLevel>,
    /// Rule levels for some files only; later entries win.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// The parts of the code and which of them may import which. A later layer of configuration replaces the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
    /// Whole kinds of checks, on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
    /// From where on the checks across files speak up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// Which sections the description of a pull request has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub describe: Option<Describe>,
    /// What may never be sent to a language model. The lists of all layers add up, so a workspace can only tighten them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
}

/// Keys that only the user may set: whom to talk to, with which key, what may be sent, what it may cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Privileged {
    /// Providers of language models by name; `anthropic`, `openai`, `gemini` and `ollama` exist without being declared.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<String, Provider>,
    /// Which model does what. Naming one for `review` is the consent to send code to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<Models>,
    /// What reviews may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Prices by `PROVIDER/model`, for models that Obelus knows no price of, or another one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<String, PriceOfModel>,
    /// Where spans and numbers about requests, reviews and models go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Telemetry>,
}

/// The user's own `config.toml`: preferences and privileged keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Obelus user configuration", extend("additionalProperties" = false))]
pub struct UserConfig {
    /// What a workspace may set as well.
    #[serde(flatten)]
    pub preferences: WorkspaceConfig,
    /// What only the user may set.
    #[serde(flatten)]
    pub privileged: Privileged,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Take it or leave it.
    Hint,
    /// Worth knowing.
    Info,
    /// Should be looked at before merging.
    Warning,
    /// Must not be merged like this.
    Error,
}

/// From which severity on a review fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOnLevel {
    /// It never fails.
    Never,
    /// At any finding.
    Hint,
    /// At an info or worse.
    Info,
    /// At a warning or worse.
    Warning,
    /// At an error.
    Error,
}

/// What to do with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// Do not run it.
    Off,
    /// Run it with its own severity.
    On,
    /// Run it; its findings are hints.
    Hint,
    /// Run it; its findings are infos.
    Info,
    /// Run it; its findings are warnings.
    Warning,
    /// Run it; its findings are errors.
    Error,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Hint => Self::Hint,
            Level::Info => Self::Info,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

impl RuleLevel {
    /// The severity of the rule's findings when its own is `own`; `None` when it does not run.
    pub fn apply(self, own: Severity) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::On => Some(own),
            Self::Hint => Some(Severity::Hint),
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Rule levels for some files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Override {
    /// Globs of the files this is about.
    pub paths: Vec<String>,
    /// Rules by id or glob, as in the top-level table.
    pub rules: BTreeMap<String, RuleLevel>,
}

/// A part of the code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Layer {
    /// What it is called.
    pub name: String,
    /// Globs of its files; the first layer that matches a file has it.
    pub paths: Vec<String>,
    /// The layers it may import from besides itself.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// Whole kinds of checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Checks {
    /// Syntax rules and text checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<bool>,
    /// Checks across files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<bool>,
    /// Checks that look at the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<bool>,
    /// Checks by a language model, where one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<bool>,
    /// Checks by what they look for, such as `security = false`.
    #[serde(flatten)]
    pub categories: Categories,
}

/// Checks by category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Categories {
    /// Wrong result, crash, hang.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bug: Option<bool>,
    /// Exploitable, or leaks a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<bool>,
    /// Slower or larger than it needs to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance: Option<bool>,
    /// Hard to live with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintainability: Option<bool>,
    /// Missing, weak or switched-off tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<bool>,
    /// Documentation that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<bool>,
    /// Third-party packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependency: Option<bool>,
    /// How the change is made: left-overs, markers, files that do not belong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<bool>,
}

impl Categories {
    /// What was written about a category.
    pub fn get(&self, category: Category) -> Option<bool> {
        match category {
            Category::Bug => self.bug,
            Category::Security => self.security,
            Category::Performance => self.performance,
            Category::Maintainability => self.maintainability,
            Category::Tests => self.tests,
            Category::Docs => self.docs,
            Category::Dependency => self.dependency,
            Category::Process => self.process,
        }
    }
}

/// A provider of language models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Provider {
    /// Which protocol it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Where it is reached, when not at its usual address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The environment variable that holds its key. A key itself never stands in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// Allows an `http://` address on another machine, where your code travels unencrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain_http: Option<bool>,
    /// Whether its models run on this machine, so that nothing leaves it. Guessed unless set: a loopback address that wants
    /// no key is local, one that does may pass your code on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// Tokens that a prompt and its reply may have together, where Obelus does not know its models.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1000))]
    pub context_tokens: Option<u32>,
}

/// A model provider's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// Messages API.
    Anthropic,
    /// Chat completions, also of compatible servers.
    Openai,
    /// Generate content.
    Gemini,
    /// A local Ollama.
    Ollama,
}

/// Which model does what, each as `PROVIDER/model` or a list of them in order of preference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Models {
    /// Finds problems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ModelList>,
    /// Checks what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<ModelList>,
    /// Writes fixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<ModelList>,
    /// Writes descriptions and commit messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub describe: Option<ModelList>,
    /// Answers questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<ModelList>,
    /// Seconds that one request may take, its retries included: 60, and 180 in CI, unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3600))]
    pub deadline_seconds: Option<u32>,
    /// Seconds that may pass between two pieces of an answer: 20 unless set. Slow local models need more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3600))]
    pub idle_seconds: Option<u32>,
}

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PriceOfModel {
    /// Tokens that are read.
    #[schemars(range(min = 0, max = 1000000))]
    pub input: f64,
    /// Tokens that are written.
    #[schemars(range(min = 0, max = 1000000))]
    pub output: f64,
    /// Tokens that come from the provider's cache; as `input` unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000000))]
    pub cached: Option<f64>,
    /// Tokens that are written to the provider's cache; as `input` unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000000))]
    pub cache_written: Option<f64>,
}

/// One model, or several in order of preference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ModelList {
    /// `PROVIDER/model`.
    One(String),
    /// The first that answers is used.
    Fallbacks(Vec<String>),
}

/// What may never leave the machine. Files that are secrets by their name (`.env`, `*.pem` and such) never do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Privacy {
    /// Files that match one of these globs are never sent to a model, not even in part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub never_send: Vec<String>,
    /// Files that match one of these globs are sent to models on this machine only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub local_only: Vec<String>,
}

/// Spans and numbers about requests, reviews and models, for a receiver of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Telemetry {
    /// The address of an OpenTelemetry receiver (OTLP over HTTP), such as `http://localhost:4318`. Without it nothing is
    /// sent. No code, no prompts, no paths and no keys are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

/// What models may use, money in US dollars; days and months are those of UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Budget {
    /// One review: 0.50 unless set; 0 allows only what costs nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000000))]
    pub review_usd: Option<f64>,
    /// One day, all workspaces together: 5 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000000))]
    pub day_usd: Option<f64>,
    /// One month, all workspaces together: 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000000))]
    pub month_usd: Option<f64>,
    /// Tokens of one review, input and output. Unless set: 12,000 of input, and 60 more for each changed line above 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_tokens: Option<u64>,
    /// Requests in any 60 minutes, all workspaces together: 300 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_hour: Option<u32>,
}
