//! `obelus config`: what is in force and why, what can be written, and a file to start from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use base::{At, RelPath};
use review::{Flags, Settings, Trust};
use serde_json::Value;

use crate::args::Config;
use crate::commands::set_key;
use crate::render::pretty;
use crate::render::style::{CODE, FAINT, paint};
use crate::render::visible::visible;
use crate::status::{Failure, Status, note, warning};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

const FILE: &str = "obelus.toml";

/// Lists of which every layer's entries count.
const ADDED_UP: &[&str] = &["exclude", "overrides", "privacy"];

const TEMPLATE: &str = r#"# Preferences for reviews with Obelus. Every key is optional; `obelus config schema` describes them all.
# Your own config.toml, OBELUS_* variables and flags win over this file. Models and keys cannot be set here.

# Which checks run and how sure they must be: quick, default, security, deep.
# profile = "default"

# The mildest severity that makes `obelus review` exit with 1: never, hint, info, warning, error.
# fail_on = "error"

# Findings less sure than this (0 to 1), or milder, are not shown.
# min_confidence = 0.5
# min_severity = "info"

# Files that are not reviewed. A glob without `/` matches at any depth.
# exclude = ["third_party/**", "*.snap"]

# Files that no language model may be shown, or only one on this machine. A workspace adds to the user's lists.
# [privacy]
# never_send = ["patents/**"]
# local_only = ["drafts/**"]

# Rules by id or glob: off, on, or the severity they shall have. `obelus rules list` shows them.
# [rules]
# "rust/dbg-left-in" = "off"

# The same for some files only; later entries win.
# [[overrides]]
# paths = ["tests/**"]
# rules = { "text/*" = "off" }

# The parts of the code and which of them may import which.
# [[layers]]
# name = "domain"
# paths = ["src/domain/**"]
# uses = []

# Which sections `obelus describe` writes; all but the diagram unless set.
# [describe]
# risk = false
# diagram = true

# From where on the checks across files speak up.
# [thresholds]
# complexity = 25
# partner_confidence = 0.85
"#;

pub(crate) fn run(
    args: &Config,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    match args {
        Config::Show => show(folder, terminal)?,
        Config::Schema { report: true, .. } => {
            terminal.result(&pretty(&review::report_schema()))?
        }
        Config::Schema { user: true, .. } => {
            terminal.result(&pretty(&review::user_config_schema()))?
        }
        Config::Schema { eval: true, .. } => terminal.result(&pretty(&review::eval_schema()))?,
        Config::Schema { .. } => terminal.result(&pretty(&review::config_schema()))?,
        Config::Init => init(folder, terminal)?,
        Config::SetKey { provider } => set_key::run(provider, folder, terminal)?,
    }
    Ok(Status::Fine)
}

fn show(folder: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    let workspace = workspace::open(folder)?;
    let engine = workspace::engine(&workspace, Flags::default(), Trust::Worktree)?;
    for problem in engine.problems() {
        terminal.aside(&warning(problem));
    }
    let origins = origins(&workspace)?;
    let settings = engine.settings();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}",
        paint(
            FAINT,
            format_args!(
                "# Settings in force in {}",
                visible(&workspace.top.display().to_string())
            )
        )
    );
    let rows: Vec<(String, String, String)> = values(settings)
        .into_iter()
        .map(|(key, value)| {
            let said: Vec<_> = origins
                .iter()
                .filter(|(_, keys)| keys.contains_key(&key))
                .map(|(name, _)| name.as_str())
                .collect();
            // Lists add up over the layers; everything else is the last layer's.
            let from = match said.as_slice() {
                [] => "default".to_owned(),
                said if ADDED_UP.iter().any(|list| key.starts_with(list)) => said.join(", "),
                said => said.last().copied().unwrap_or_default().to_owned(),
            };
            (key, value, from)
        })
        .collect();
    let column = rows
        .iter()
        .map(|(key, value, _)| key.len() + value.len() + 3)
        .max()
        .unwrap_or(0)
        .min(48);
    for (key, value, from) in rows {
        let gap = column.saturating_sub(key.len() + value.len() + 3);
        let from = paint(FAINT, format_args!("# {}", visible(&from)));
        let _ = writeln!(
            out,
            "{key} = {}{:gap$}  {from}",
            paint(CODE, visible(&value)),
            ""
        );
    }
    terminal.result(&out)
}

/// Every key with its value as TOML, those that nobody set included.
pub(crate) fn values(settings: &Settings) -> BTreeMap<String, String> {
    let mut values = BTreeMap::from([
        (
            "profile".to_owned(),
            format!("\"{}\"", settings.profile.as_str()),
        ),
        ("fail_on".to_owned(), format!("\"{}\"", settings.fail_on)),
        (
            "min_confidence".to_owned(),
            format!("{}", settings.min_confidence),
        ),
        (
            "min_severity".to_owned(),
            format!("\"{}\"", settings.min_severity),
        ),
        (
            "max_file_size".to_owned(),
            settings.max_file_size.to_string(),
        ),
    ]);
    if let Ok(written) = serde_json::to_value(settings.written()) {
        for (key, value) in leaves(&written) {
            values.entry(key).or_insert(value);
        }
    }
    values
}

/// A layer's name and the keys it sets.
type Layer = (String, BTreeMap<String, String>);

/// The layers in order, the last wins: a name, and the keys it sets.
fn origins(workspace: &Workspace) -> Result<Vec<Layer>, Failure> {
    let layers = workspace::layers(Flags::default())?;
    let mut origins = Vec::new();
    let own = RelPath::new(FILE)
        .ok()
        .and_then(|path| workspace.repo.text(&path, &At::Worktree).ok().flatten());
    if let Some(text) = own {
        origins.push((FILE.to_owned(), written(text.as_str())));
    }
    if let Some(user) = &layers.user {
        origins.push((user.name.clone(), written(&user.text)));
    }
    for (name, _) in layers
        .environment
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        let key = name.trim_start_matches("OBELUS_").to_lowercase();
        origins.push((name.clone(), BTreeMap::from([(key, String::new())])));
    }
    Ok(origins)
}

fn written(text: &str) -> BTreeMap<String, String> {
    let table: Option<toml::Table> = toml::from_str(text).ok();
    table
        .and_then(|table| serde_json::to_value(table).ok())
        .map(|value| leaves(&value))
        .unwrap_or_default()
}

/// Dotted keys with their values; arrays are leaves.
fn leaves(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![(String::new(), value)];
    while let Some((prefix, value)) = open.pop() {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let plain = key
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                    let key = if plain {
                        key.clone()
                    } else {
                        format!("{key:?}")
                    };
                    let path = if prefix.is_empty() {
                        key
                    } else {
                        format!("{prefix}.{key}")
                    };
                    open.push((path, value));
                }
            }
            Value::Null => {}
            leaf => drop(found.insert(prefix, inline(leaf))),
        }
    }
    found
}

/// A value as inline TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| match item {
                    Value::Object(_) => {
                        let fields: Vec<_> = leaves(item)
                            .into_iter()
                            .map(|(key, value)| format!("{key} = {value}"))
                            .collect();
                        format!("{{ {} }}", fields.join(", "))
                    }
                    // JSON and TOML write everything else alike.
                    item => item.to_string(),
                })
                .collect();
            format!("[{}]", items.join(", "))
        }
        value => value.to_string(),
    }
}

fn init(folder: Option<&Path>, terminal: &Terminal) -> Result<(), Failure> {
    let path = workspace::open(folder)?.top.join(FILE);
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path);
    made.and_then(|mut file| file.write_all(TEMPLATE.as_bytes()))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::outside(
                format_args!("{} exists and is left as it is", path.display()),
                "`obelus config show` prints the settings in force",
            ),
            _ => Failure::outside(
                format_args!("cannot write {}: {error}", path.display()),
                "may you write to this folder?",
            ),
        })?;
    terminal.aside(&note(&format!(
        "wrote {}; every line in it is a comment until you change it",
        path.display()
    )));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{TEMPLATE, leaves, written};

    #[test]
    fn the_template_says_nothing_until_it_is_changed() {
        assert!(written(TEMPLATE).is_empty());
    }

    #[test]
    fn every_key_of_the_template_is_known() {
        let keys: String = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .map(|line| format!("{line}\n"))
            .collect();
        let table: toml::Table = toml::from_str(&keys).expect("the commented keys are TOML");
        let value = serde_json::to_value(table).expect("JSON");
        let validator =
            jsonschema::validator_for(&review::config_schema()).expect("the schema compiles");
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        assert!(leaves(&value).len() >= 7);
    }

    #[test]
    fn the_schemas_in_docs_are_in_step() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for (name, schema) in [
            ("obelus.schema.json", review::config_schema()),
            ("obelus-user.schema.json", review::user_config_schema()),
            ("obelus.report.schema.json", review::report_schema()),
            ("obelus.eval.schema.json", review::eval_schema()),
        ] {
            expect_test::expect_file![docs.join(name)].assert_eq(&crate::render::pretty(&schema));
        }
    }
}
