//! Language models, put together from the settings and the environment.
//!
//! Only providers of models that the settings name are made at all: a key that merely lies in the environment starts
//! nothing, and the keyring is asked for nothing that is not wanted.

use std::env;
use std::sync::Arc;

use base::model::{Model, ModelName, Role};
use base::{RelPath, Store};
use llm::{Deadlines, ProviderSettings, Proxy};
use review::{
    Api, Engine, ModelLimits, ModelReview, PathRule, PrivacyRules, ProviderChoice, Settings,
};

use crate::keys;
use crate::status::Failure;
use crate::telemetry;
use crate::workspace::is_set;

/// Whether keys are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// In the environment and in the keyring.
    Found,
    /// Nothing will be sent: no key is touched.
    Untouched,
}

/// The client that asks the models in `wanted`.
pub(crate) fn open(
    settings: &Settings,
    wanted: &[&ModelName],
    keys: Keys,
) -> Result<Arc<dyn Model>, Failure> {
    let mut client = self::settings(settings, wanted, keys)?;
    let is_sent = keys == Keys::Found;
    if keys == Keys::Untouched {
        // In the place of a key, so that what would be sent can be made: it goes nowhere.
        for provider in &mut client.providers {
            provider.key = llm::Secret::new("not-a-key");
        }
    }
    let model: Arc<dyn Model> = Arc::new(llm::Providers::new(client));
    Ok(match is_sent {
        true => telemetry::observed(settings, model),
        false => model,
    })
}

/// The models that do `role` (`named`, where the user named one for this once), with what they may be shown and what
/// they may cost; `None` where none is named.
pub(crate) fn of_role(
    engine: &Arc<Engine>,
    store: Arc<dyn Store>,
    role: Role,
    named: Option<ModelName>,
    keys: Keys,
) -> Result<Option<ModelReview>, Failure> {
    let settings = engine.settings();
    let review = match named {
        Some(name) => vec![name],
        None => settings.models.of(role).to_vec(),
    };
    if review.is_empty() {
        return Ok(None);
    }
    let verify = match role {
        Role::Review => settings.models.of(Role::Verify).to_vec(),
        _ => Vec::new(),
    };
    let wanted: Vec<_> = review.iter().chain(&verify).collect();
    let model = open(settings, &wanted, keys)?;
    let budget = &settings.budget;
    let rule = |engine: &Arc<Engine>, matched: fn(&PrivacyRules, &RelPath) -> Option<String>| {
        let engine = Arc::clone(engine);
        let rule: PathRule = Arc::new(move |path| matched(&engine.settings().privacy, path));
        Some(rule)
    };
    let usual = ModelLimits::default();
    Ok(Some(ModelReview {
        never_send: rule(engine, |rules, path| {
            rules.never_sent(path).map(str::to_owned)
        }),
        local_only: rule(engine, |rules, path| {
            rules.only_local(path).map(str::to_owned)
        }),
        verify,
        store: Some(store),
        limits: ModelLimits {
            tokens: budget.review_tokens,
            review_micro_usd: Some(budget.review_micro_usd),
            // The usual limit holds where money can be counted; one that the user set holds always.
            unknown_price_is_fine: !budget.money_is_named,
            spend: budget.limits,
            use_frozen: settings.use_frozen,
            ..usual
        },
        ..ModelReview::new(model, review)
    }))
}

/// The runtime that requests run on: one thread that waits.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .map_err(|error| Failure::outside(error, "are there enough resources to start a program?"))
}

/// Runs `work` to its end on this thread. What it left behind is not waited for: a look-up of a name cannot be called off,
/// and may take half a minute.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(done)
}

/// What the client needs to know to ask the models in `wanted`.
pub(crate) fn settings(
    settings: &Settings,
    wanted: &[&ModelName],
    keys: Keys,
) -> Result<llm::Settings, Failure> {
    let usual = if is_set("CI") {
        Deadlines::CI
    } else {
        Deadlines::INTERACTIVE
    };
    let wanted =
        |provider: &&ProviderChoice| wanted.iter().any(|model| model.provider == provider.name);
    Ok(llm::Settings {
        providers: settings
            .providers
            .iter()
            .filter(wanted)
            .map(|choice| provider(choice, keys))
            .collect(),
        deadlines: Deadlines {
            total: settings.deadlines.total.unwrap_or(usual.total),
            idle: settings.deadlines.idle.unwrap_or(usual.idle),
        },
        prices: settings
            .prices
            .iter()
            .map(|(model, price)| (model.to_string(), *price))
            .collect(),
        roots: roots()?,
        proxy: proxy(),
    })
}

/// A provider with its address and its key.
fn provider(choice: &ProviderChoice, keys: Keys) -> ProviderSettings {
    let api = protocol(choice.api);
    let base_url = address(choice);
    let key = match keys {
        Keys::Found => keys::find(choice, &base_url).map(|(key, _)| key),
        Keys::Untouched => None,
    };
    ProviderSettings {
        base_url,
        key,
        key_from: key_from(choice),
        plain_http: choice.plain_http,
        local: choice.local,
        context_tokens: choice.context_tokens,
        ..ProviderSettings::new(choice.name.clone(), api)
    }
}

/// How the user sets a key, for messages.
pub(crate) fn key_from(choice: &ProviderChoice) -> Option<String> {
    let command = format!("`obelus config set-key {}`", choice.name);
    match (&choice.key_env, choice.api) {
        (Some(name), _) => Some(format!("{name} or {command}")),
        (None, Api::Ollama) => None,
        (None, _) => Some(command),
    }
}

pub(crate) fn protocol(api: Api) -> llm::Api {
    match api {
        Api::Anthropic => llm::Api::Anthropic,
        Api::Openai => llm::Api::OpenAi,
        Api::Gemini => llm::Api::Gemini,
        Api::Ollama => llm::Api::Ollama,
    }
}

/// Where a provider is: by its setting, by its usual variable, or at its vendor's address.
pub(crate) fn address(choice: &ProviderChoice) -> String {
    if let Some(address) = &choice.base_url {
        return address.clone();
    }
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let usual = match choice.name.as_str() {
        "openai" => variable("OPENAI_BASE_URL"),
        "ollama" => variable("OLLAMA_HOST").map(|host| ollama_address(&host)),
        _ => None,
    };
    usual.unwrap_or_else(|| protocol(choice.api).default_base().to_owned())
}

/// What `OLLAMA_HOST` means to a client: `host`, `host:port`, `:port` or an address.
fn ollama_address(host: &str) -> String {
    let host = host.trim().trim_end_matches('/');
    let (scheme, rest) = match host.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => ("http", host),
    };
    let (machine, path) = match rest.split_once('/') {
        Some((machine, path)) => (machine, format!("/{path}")),
        None => (rest, String::new()),
    };
    // An IPv6 address has colons of its own, inside brackets.
    let (name, port) = match machine.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            (name, port)
        }
        _ => (machine, ""),
    };
    let port = match (port, host.contains("://"), scheme) {
        ("", false, _) => ":11434".to_owned(),
        ("", ..) => String::new(),
        (port, ..) => format!(":{port}"),
    };
    // The server listens everywhere; a client asks this machine.
    let name = match name {
        "" | "0.0.0.0" | "[::]" => "127.0.0.1",
        name => name,
    };
    format!("{scheme}://{name}{port}{path}")
}

/// The proxy of the usual variables, in either case.
fn proxy() -> Proxy {
    let variable = |name: &str| {
        let either = [name.to_lowercase(), name.to_uppercase()];
        let mut values = either.iter().filter_map(|name| env::var(name).ok());
        values.find(|value| !value.trim().is_empty())
    };
    let all = variable("ALL_PROXY");
    Proxy {
        https: variable("HTTPS_PROXY").or_else(|| all.clone()),
        http: variable("HTTP_PROXY").or(all),
        except: variable("NO_PROXY"),
    }
}

/// Certificates of a company's own, as the usual variable names them.
fn roots() -> Result<Vec<String>, Failure> {
    let Some(file) = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) else {
        return Ok(Vec::new());
    };
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Failure::outside(
            format_args!("cannot read SSL_CERT_FILE ({}): {error}", file.display()),
            "make it readable, or unset the variable",
        )
    })?;
    Ok(vec![text])
}

#[cfg(test)]
mod tests {
    use super::ollama_address;

    #[test]
    fn every_form_of_ollama_host_is_an_address() {
        for (host, expected) in [
            ("127.0.0.1", "http://127.0.0.1:11434"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("gpu.example:11434/", "http://gpu.example:11434"),
            ("https://gpu.example", "https://gpu.example"),
            (
                "https://gpu.example:444/ollama/",
                "https://gpu.example:444/ollama",
            ),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(ollama_address(host), expected, "{host}");
        }
    }
}
