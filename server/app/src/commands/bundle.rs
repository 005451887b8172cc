//! `obelus doctor --bundle`: what a bug report needs, in one file that can be read before it is sent.
//!
//! No code, no keys: the log holds neither, settings that name addresses are left out, and what stands in a variable
//! whose name speaks of a key is masked wherever it turns up. Folders of this machine become `.` and `~`.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use review::Engine;
use serde_json::{Value, json};

use crate::commands::config;
use crate::places;
use crate::render::pretty;
use crate::status::Failure;

/// The end of the log that goes into a bundle.
const LOG_BYTES: u64 = 200_000;
/// Settings about whom to talk to and what is not to be shown.
const LEFT_OUT: &[&str] = &["providers", "privacy", "prices"];
/// Values that are shorter are words, not keys.
const SHORTEST_KEY: usize = 8;

/// Writes the bundle; a file that is there already is not replaced.
pub(crate) fn write(
    file: &Path,
    checks: Value,
    engine: Option<&Engine>,
    top: &Path,
    log: Option<&Path>,
) -> Result<(), Failure> {
    let settings = engine.map_or_else(Default::default, |engine| config::values(engine.settings()));
    let settings: serde_json::Map<String, Value> = settings
        .into_iter()
        .filter(|(key, _)| !LEFT_OUT.iter().any(|group| key.starts_with(group)))
        .map(|(key, value)| (key, Value::String(value)))
        .collect();
    let mut variables: Vec<String> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("OBELUS_") || name == "CI")
        .collect();
    variables.sort();
    let log = log.map(tail).transpose()?;
    let bundle = json!({
        "schema": "obelus.bundle/1",
        "version": env!("CARGO_PKG_VERSION"),
        "system": { "os": env::consts::OS, "arch": env::consts::ARCH },
        "variables": variables,
        "checks": checks,
        "settings": settings,
        "log": log.map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>()),
    });
    let text = Mask::of_this_machine(top).over(&pretty(&bundle));
    let failed = |error| {
        Failure::outside(
            format_args!("cannot write {}: {error}", file.display()),
            "name a file that is not there yet, in a folder that you may write to",
        )
    };
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)
}

/// The end of a log, from the beginning of a line.
fn tail(path: &Path) -> Result<String, Failure> {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let start = length.saturating_sub(LOG_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(match text.split_once('\n') {
            Some((_, rest)) if start > 0 => rest.to_owned(),
            _ => text.into_owned(),
        })
    };
    read().map_err(|error| {
        Failure::outside(
            format_args!("cannot read {}: {error}", path.display()),
            "name the file that `obelus lsp --log-file` wrote",
        )
    })
}

/// What is replaced, and by what; longest first.
struct Mask(Vec<(String, &'static str)>);

impl Mask {
    fn of_this_machine(top: &Path) -> Self {
        let secrets = env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            let name = name.to_ascii_uppercase();
            let speaks = ["KEY", "TOKEN", "SECRET", "PASSWORD"];
            let is_secret = speaks.iter().any(|word| name.contains(word));
            (is_secret && value.len() >= SHORTEST_KEY).then_some((value, "••••"))
        });
        let folders = [
            (Some(top.to_path_buf()), "."),
            (top.canonicalize().ok(), "."),
            (places::home(), "~"),
        ];
        let folders = folders.into_iter().filter_map(|(folder, short)| {
            let folder = folder?.to_str()?.to_owned();
            // The root is in every path.
            (folder.len() > 1).then_some((folder, short))
        });
        Self::of(secrets.chain(folders).collect())
    }

    fn of(mut pairs: Vec<(String, &'static str)>) -> Self {
        pairs.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self(pairs)
    }

    fn over(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (what, by) in &self.0 {
            text = text.replace(what, by);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn the_longest_is_masked_first() {
        let mask = Mask::of(vec![
            ("/home/me".to_owned(), "~"),
            ("/home/me/project".to_owned(), "."),
            ("sk-123456789".to_owned(), "••••"),
        ]);
        assert_eq!(
            mask.over("/home/me/project/a.rs /home/me/.cache sk-123456789"),
            "./a.rs ~/.cache ••••"
        );
    }
}
