//! What the user's own configuration means for language models: who is asked, where and under which key, what it may
//! cost, and what never leaves the machine.
//!
//! All of it comes from the user's file, a flag or the environment; a workspace adds paths to the privacy rules and
//! nothing else. Keys are not here: a setting names the variable that holds one, and `app` looks it up.

use std::collections::BTreeMap;
use std::time::Duration;

use base::RelPath;
use base::model::{ModelName, Price, Role};
use base::store::Limits;

use super::globs::PathGlobs;
use super::validate::nearest;
use super::written::{self, Api, ModelList, Privileged};

/// Files whose text is a secret by its name: never sent, whatever was configured.
const SECRET_FILES: &[&str] = &[
    ".env",
    ".env.*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.asc",
    "*.gpg",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".npmrc",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".git-credentials",
    "*.tfstate",
    "*.tfstate.backup",
    "*.tfvars",
    "kubeconfig",
    ".kube/config",
    ".docker/config.json",
    ".aws/credentials",
    "credentials.json",
    "service-account*.json",
];

/// Dollars that one review may cost unless the user says otherwise.
const REVIEW_USD: f64 = 0.5;
/// Dollars of a day.
const DAY_USD: f64 = 5.0;
/// Dollars of a month.
const MONTH_USD: f64 = 50.0;
/// Requests of an hour.
const REQUESTS_PER_HOUR: u32 = 300;

/// Which models do what, in order of preference; nobody is asked where a list is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelChoice {
    lists: BTreeMap<Role, Vec<ModelName>>,
}

impl ModelChoice {
    /// The models of a role. What has none of its own is done by those of `review`.
    pub fn of(&self, role: Role) -> &[ModelName] {
        let own = self.lists.get(&role);
        let list = own.or_else(|| self.lists.get(&Role::Review));
        list.map_or(&[], Vec::as_slice)
    }

    /// Every model that is named for some role, once.
    pub fn all(&self) -> Vec<&ModelName> {
        let mut all: Vec<_> = self.lists.values().flatten().collect();
        all.sort();
        all.dedup();
        all
    }

    pub(super) fn from_file(models: &written::Models) -> Self {
        let mut lists = BTreeMap::new();
        for (role, list) in named(models) {
            let names = entries(list)
                .iter()
                .filter_map(|name| ModelName::parse(name));
            lists.insert(role, names.collect());
        }
        Self { lists }
    }

    /// One model for everything: who names a model for this call means that nobody else shall be asked.
    pub(super) fn only(model: ModelName) -> Self {
        Self {
            lists: Role::ALL
                .iter()
                .map(|role| (*role, vec![model.clone()]))
                .collect(),
        }
    }
}

/// A provider, as configured or built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderChoice {
    /// Its name, the first part of a model's.
    pub name: String,
    /// What it speaks.
    pub api: Api,
    /// Its address, where it is not the usual one of its protocol.
    pub base_url: Option<String>,
    /// The environment variable that holds its key; `None` where it has none unless the keyring does.
    pub key_env: Option<String>,
    /// Unencrypted HTTP to another machine is what the user wants.
    pub plain_http: bool,
    /// Whether its models run on this machine, where the user says so.
    pub local: Option<bool>,
    /// Tokens of its models' context, where the user says so.
    pub context_tokens: Option<u32>,
    /// It exists without being declared.
    pub built_in: bool,
}

/// What may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetChoice {
    /// Money for one review, in millionths of a dollar.
    pub review_micro_usd: u64,
    /// Tokens of one review, input and output, where it was said.
    pub review_tokens: Option<u64>,
    /// Days, months and hours.
    pub limits: Limits,
    /// A sum of money was named by the user: a model without a known price cannot be held to it.
    pub money_is_named: bool,
}

/// What may leave the machine.
#[derive(Clone, Debug, Default)]
pub struct PrivacyRules {
    never: PathGlobs,
    local: PathGlobs,
}

impl PrivacyRules {
    /// The pattern that keeps this file from every model.
    pub fn never_sent(&self, path: &RelPath) -> Option<&str> {
        self.never.matched(path)
    }

    /// The pattern that keeps this file from models that are not on this machine.
    pub fn only_local(&self, path: &RelPath) -> Option<&str> {
        self.local.matched(path)
    }

    pub(super) fn new(privacy: Option<&written::Privacy>) -> Self {
        let globs = |globs: &[String]| PathGlobs::new(globs).unwrap_or_default();
        let mut never: Vec<_> = SECRET_FILES.iter().map(|glob| (*glob).to_owned()).collect();
        let mut local = Vec::new();
        if let Some(privacy) = privacy {
            never.extend(privacy.never_send.iter().cloned());
            local.extend(privacy.local_only.iter().cloned());
        }
        Self {
            never: globs(&never),
            local: globs(&local),
        }
    }
}

/// How long a model is waited for, where the user says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeadlineChoice {
    /// For one request, its retries included.
    pub total: Option<Duration>,
    /// Between two pieces of an answer.
    pub idle: Option<Duration>,
}

/// Every provider that can be named: the built-in ones, changed and added to by the user's file.
pub(super) fn providers(privileged: &Privileged) -> Vec<ProviderChoice> {
    let mut all: BTreeMap<&str, ProviderChoice> = BUILT_IN
        .iter()
        .map(|(name, api, key_env)| {
            let provider = ProviderChoice {
                name: (*name).to_owned(),
                api: *api,
                base_url: None,
                key_env: key_env.map(str::to_owned),
                plain_http: false,
                local: None,
                context_tokens: None,
                built_in: true,
            };
            (*name, provider)
        })
        .collect();
    for (name, written) in &privileged.providers {
        // What has no protocol was reported when the file was read.
        let known = all.get(name.as_str());
        let Some(api) = written.api.or_else(|| known.map(|known| known.api)) else {
            continue;
        };
        let usual = known.and_then(|known| known.key_env.clone());
        let provider = ProviderChoice {
            name: name.clone(),
            api,
            base_url: written.base_url.clone(),
            key_env: written.key_env.clone().or(usual),
            plain_http: written.plain_http.unwrap_or(false),
            local: written.local,
            context_tokens: written.context_tokens,
            built_in: known.is_some(),
        };
        all.insert(name, provider);
    }
    all.into_values().collect()
}

const BUILT_IN: &[(&str, Api, Option<&str>)] = &[
    ("anthropic", Api::Anthropic, Some("ANTHROPIC_API_KEY")),
    ("gemini", Api::Gemini, Some("GEMINI_API_KEY")),
    ("ollama", Api::Ollama, None),
    ("openai", Api::Openai, Some("OPENAI_API_KEY")),
];

/// Prices of the user's own.
pub(super) fn prices(privileged: &Privileged) -> BTreeMap<ModelName, Price> {
    let micro = |dollars: f64| (dollars * 1e6).round() as u64;
    let prices = privileged.prices.iter().filter_map(|(name, price)| {
        let input = micro(price.input);
        let price = Price {
            input,
            cached: price.cached.map_or(input, micro),
            cache_written: price.cache_written.map_or(input, micro),
            output: micro(price.output),
        };
        Some((ModelName::parse(name)?, price))
    });
    prices.collect()
}

/// What may be used, with a flag's sum for one review.
pub(super) fn budget(written: Option<&written::Budget>, max_cost: Option<f64>) -> BudgetChoice {
    let none = written::Budget::default();
    let written = written.unwrap_or(&none);
    let micro = |dollars: f64| (dollars * 1e6).round() as u64;
    let review = max_cost.or(written.review_usd);
    BudgetChoice {
        review_micro_usd: micro(review.unwrap_or(REVIEW_USD)),
        review_tokens: written.review_tokens,
        limits: Limits {
            day_micro_usd: Some(micro(written.day_usd.unwrap_or(DAY_USD))),
            month_micro_usd: Some(micro(written.month_usd.unwrap_or(MONTH_USD))),
            requests_per_hour: Some(written.requests_per_hour.unwrap_or(REQUESTS_PER_HOUR)),
        },
        money_is_named: review.or(written.day_usd).or(written.month_usd).is_some(),
    }
}

/// What is wrong with providers, models and prices: key and message. Values are not repeated: one of them could be a key
/// that was put in the wrong place.
pub(super) fn mistakes(privileged: &Privileged) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, provider) in &privileged.providers {
        let key = super::tree::dotted("providers", name);
        let built_in = BUILT_IN.iter().any(|(known, ..)| known == name);
        if name.is_empty() || name.contains(['/', ' ']) || name.chars().any(char::is_control) {
            found.push((
                key.clone(),
                "a provider's name is one word without `/`".to_owned(),
            ));
        }
        if !built_in && provider.api.is_none() {
            let apis = "anthropic, openai, gemini or ollama";
            found.push((
                key.clone(),
                format!("`api` is missing: which protocol it speaks, {apis}"),
            ));
        }
        if !built_in && provider.base_url.is_none() {
            found.push((
                key.clone(),
                "`base_url` is missing: where it is reached".to_owned(),
            ));
        }
        let variable = |name: &str| {
            let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            name.chars().all(word) && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        };
        if provider
            .key_env
            .as_deref()
            .is_some_and(|name| !variable(name))
        {
            let message = "expected the name of an environment variable, such as `MY_API_KEY`; a key itself never stands \
                           in a file (`obelus config set-key` puts one into the system's keyring)";
            found.push((format!("{key}.key_env"), message.to_owned()));
        }
    }
    let known: Vec<_> = providers(privileged)
        .into_iter()
        .map(|provider| provider.name)
        .collect();
    if let Some(models) = &privileged.models {
        for (role, list) in named(models) {
            for (index, name) in entries(list).iter().enumerate() {
                let key = match list {
                    ModelList::One(_) => format!("models.{}", role.as_str()),
                    ModelList::Fallbacks(_) => format!("models.{}[{index}]", role.as_str()),
                };
                if let Err(message) = model(name, &known) {
                    found.push((key, message));
                }
            }
        }
    }
    for name in privileged.prices.keys() {
        if ModelName::parse(name).is_none() {
            let key = super::tree::dotted("prices", name);
            found.push((key, "expected `PROVIDER/model`".to_owned()));
        }
    }
    found
}

/// Reads a model's name; its provider must be one of `known`.
pub(super) fn model(name: &str, known: &[String]) -> Result<ModelName, String> {
    let shown: String = name.chars().take(80).collect();
    let shown = shown.escape_debug();
    let Some(parsed) = ModelName::parse(name) else {
        return Err(format!(
            "`{shown}` is not a model's name: write `PROVIDER/model`, such as `ollama/qwen3-coder`"
        ));
    };
    if known.contains(&parsed.provider) {
        return Ok(parsed);
    }
    let provider = parsed.provider.escape_debug();
    let hint = match nearest(&parsed.provider, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    Err(format!("no provider is called `{provider}`; {hint}"))
}

fn named(models: &written::Models) -> impl Iterator<Item = (Role, &ModelList)> {
    let all = [
        (Role::Review, &models.review),
        (Role::Verify, &models.verify),
        (Role::Fix, &models.fix),
        (Role::Describe, &models.describe),
        (Role::Ask, &models.ask),
    ];
    all.into_iter()
        .filter_map(|(role, list)| Some((role, list.as_ref()?)))
}

fn entries(list: &ModelList) -> &[String] {
    match list {
        ModelList::One(name) => std::slice::from_ref(name),
        ModelList::Fallbacks(names) => names,
    }
}
