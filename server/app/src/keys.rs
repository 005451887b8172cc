//! Keys of providers: from the variable that the settings name, else from the system's keyring. Never from a file.
//!
//! An entry of the keyring belongs to a provider's name and its origin, so that a provider that was moved to another
//! address does not take its key along. The keyring may ask its user something, or not answer at all: it is asked on a
//! thread of its own and not for ever.

use std::env;
use std::sync::mpsc;
use std::time::Duration;

use llm::Secret;
use review::ProviderChoice;

use crate::status::Failure;

/// How long the keyring may take; a person may have to unlock it.
const PATIENCE: Duration = Duration::from_secs(60);
/// The name under which the keyring has our entries.
const SERVICE: &str = "obelus";

/// Where a key was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyFrom {
    /// In this environment variable.
    Variable(String),
    /// In the system's keyring.
    Keyring,
}

/// The key of a provider that is reached at `base_url`, and where it was found.
pub(crate) fn find(provider: &ProviderChoice, base_url: &str) -> Option<(Secret, KeyFrom)> {
    if let Some(name) = &provider.key_env
        && let Ok(value) = env::var(name)
        && let Some(key) = Secret::new(value)
    {
        return Some((key, KeyFrom::Variable(name.clone())));
    }
    let account = account(&provider.name, base_url);
    let found = asked(move |keyring| keyring(&account)?.get_password());
    let key = found.ok().and_then(Secret::new)?;
    Some((key, KeyFrom::Keyring))
}

/// Puts a key into the keyring.
pub(crate) fn set(provider: &ProviderChoice, base_url: &str, key: String) -> Result<(), Failure> {
    let account = account(&provider.name, base_url);
    asked(move |keyring| keyring(&account)?.set_password(&key)).map_err(|why| {
        let hint = match &provider.key_env {
            Some(name) => format!("without a keyring, set the key in the environment as {name}"),
            None => format!(
                "without a keyring, name an environment variable in your config.toml: `key_env` under [providers.{}]",
                provider.name
            ),
        };
        Failure::outside(format_args!("the system's keyring did not take the key: {why}"), hint)
    })
}

/// `openai at https://api.openai.com`.
fn account(name: &str, base_url: &str) -> String {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("", base_url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    format!(
        "{name} at {}://{}",
        scheme.to_lowercase(),
        host.to_lowercase()
    )
}

type Entry = fn(&str) -> keyring::Result<keyring::Entry>;

/// Asks the keyring, on a thread that is left behind when it does not answer.
fn asked<T: Send + 'static>(
    question: impl FnOnce(Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, String> {
    if env::var_os("OBELUS_KEYRING").is_some_and(|value| value == "off") {
        return Err("OBELUS_KEYRING is `off`".to_owned());
    }
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let answer = question(|account| keyring::Entry::new(SERVICE, account));
        // Nobody listens any more after the time is up.
        tell.send(answer.map_err(|error| reason(&error))).ok();
    });
    told.recv_timeout(PATIENCE)
        .unwrap_or_else(|_| Err("it did not answer".to_owned()))
}

/// What went wrong, in one line and without what is stored.
fn reason(error: &keyring::Error) -> String {
    match error {
        keyring::Error::NoEntry => "it has no such entry".to_owned(),
        keyring::Error::NoDefaultStore => "none is running here".to_owned(),
        // These two hold the key itself.
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            "its entry is no text".to_owned()
        }
        error => error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::account;

    #[test]
    fn an_entry_belongs_to_an_origin() {
        for (url, expected) in [
            ("https://api.openai.com/v1", "own at https://api.openai.com"),
            ("HTTPS://API.openai.com", "own at https://api.openai.com"),
            ("http://localhost:8000/v1?x", "own at http://localhost:8000"),
            (
                "https://api.openai.com.evil.example",
                "own at https://api.openai.com.evil.example",
            ),
        ] {
            assert_eq!(account("own", url), expected);
        }
    }
}
