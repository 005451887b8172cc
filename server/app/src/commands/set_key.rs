//! `obelus config set-key`: a key goes from the terminal (or standard input) into the system's keyring, and nowhere else.

use std::io::{self, IsTerminal, Read as _};
use std::path::Path;

use review::{Flags, Trust};

use crate::keys;
use crate::models;
use crate::status::{Failure, note};
use crate::terminal::Terminal;
use crate::workspace;

/// No key is longer.
const LONGEST: u64 = 16 << 10;

pub(crate) fn run(name: &str, folder: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    let workspace = workspace::open(folder)?;
    let engine = workspace::engine(&workspace, Flags::default(), Trust::None)?;
    let providers = &engine.settings().providers;
    let Some(provider) = providers.iter().find(|provider| provider.name == name) else {
        let known: Vec<_> = providers
            .iter()
            .map(|provider| provider.name.as_str())
            .collect();
        return Err(Failure::usage(
            format_args!(
                "no provider is called `{name}`; known are {}",
                known.join(", ")
            ),
            "declare it in your config.toml, under [providers.NAME]",
        ));
    };
    let address = models::address(provider);
    let key = read(name)?;
    keys::set(provider, &address, key)?;
    let shadowed = provider
        .key_env
        .as_ref()
        .filter(|name| std::env::var_os(name).is_some());
    let text = match shadowed {
        Some(variable) => format!(
            "the key of {name} is in the system's keyring, for {address} only; {variable} is set and is used before it"
        ),
        None => format!("the key of {name} is in the system's keyring, for {address} only"),
    };
    terminal.aside(&note(&text));
    Ok(())
}

/// The key as it was typed, unseen, or as it was piped in.
fn read(name: &str) -> Result<String, Failure> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password(format!("Key of {name} (it is not shown): "))
    } else {
        let mut text = String::new();
        io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map(|_| text)
    };
    // The error of a bad byte says where it is, not what it is.
    let text = text.map_err(|error| {
        Failure::outside(
            format_args!("cannot read the key: {error}"),
            "paste it, or pipe it in",
        )
    })?;
    let key = text.trim();
    if key.is_empty() {
        return Err(Failure::usage(
            "no key was given",
            "paste it, or pipe it in",
        ));
    }
    if key.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Failure::usage(
            "what was given has blanks or line breaks inside, which no key has",
            "give the key alone",
        ));
    }
    Ok(key.to_owned())
}
