//! The layers of configuration: how each is read, and how they are laid over each other.

use std::collections::HashMap;
use std::time::Duration;

use base::FindingId;
use serde_json::{Map, Value, json};

use super::globs::{PathGlobs, RuleGlob};
use super::meant::Settings;
use super::models;
use super::problem::ConfigProblem;
use super::tree::{self, dotted};
use super::validate::{MistakeKind, nearest, validate};
use super::written::{UserConfig, WorkspaceConfig};
use crate::schema;

/// What the caller knows; later fields win over earlier ones, and all of them over the workspace's `obelus.toml`.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The user's own `config.toml`: the only layer that may name providers, models, prices and budget.
    pub user: Option<Source>,
    /// Environment variables; those that do not start with `OBELUS_` are ignored.
    pub environment: Vec<(String, String)>,
    /// The editor's settings: an object of the shape of `obelus.toml`.
    pub editor: Option<Value>,
    /// Command-line flags.
    pub flags: Flags,
    /// Findings that this user dismissed in this workspace, for themselves.
    pub dismissed: Vec<FindingId>,
}

/// A configuration file's text and the name it goes by in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Shown in messages; usually a path.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// Command-line flags, as they were typed: they are checked together with the other layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--fail-on`.
    pub fail_on: Option<String>,
    /// `--min-confidence`.
    pub min_confidence: Option<f32>,
    /// `--path`, each a glob: only these files are looked at.
    pub paths: Vec<String>,
    /// `--model`: `NAME/model` or `none`.
    pub model: Option<String>,
    /// `--max-cost`, in dollars.
    pub max_cost: Option<f64>,
    /// `--no-cache`: frozen verdicts are not looked up.
    pub no_cache: bool,
    /// How long one file may be parsed; one second unless given. Editors pass less.
    pub parse_deadline: Option<Duration>,
    /// Today as `YYYY-MM-DD`, for dismissals that expire; the system's clock unless given.
    pub today: Option<String>,
}

/// All layers together.
pub(crate) struct Merged {
    pub(crate) settings: Settings,
    /// Warnings: what was refused or ignored.
    pub(crate) warnings: Vec<String>,
}

/// Reads every layer and lays them over each other; all mistakes of all layers at once when there are any.
pub(crate) fn merge(
    workspace: Option<&Source>,
    layers: &Layers,
) -> Result<Merged, Vec<ConfigProblem>> {
    let mut reader = Reader::default();
    let empty = WorkspaceConfig::default;
    let mut workspace = workspace.map_or_else(empty, |source| {
        reader.file(source, Rights::Workspace).preferences
    });
    let user = layers
        .user
        .as_ref()
        .map(|source| reader.file(source, Rights::User))
        .unwrap_or_default();
    let (environment, env_model) = reader.environment(&layers.environment);
    let mut editor = layers
        .editor
        .as_ref()
        .map_or_else(empty, |value| reader.editor(value));
    let flags = reader.flags(&layers.flags);
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    // Only the user may say how large a file can be; a workspace and an editor (which may speak for a workspace) lower it.
    let narrower = [workspace.max_file_size.take(), editor.max_file_size.take()];
    let mut settings = Settings::lay(
        &[&workspace, &user.preferences, &environment, &editor, &flags],
        user.privileged,
    );
    for limit in narrower.into_iter().flatten() {
        settings.max_file_size = settings.max_file_size.min(limit);
    }
    let (by, named) = match &layers.flags.model {
        Some(model) => (("command line", "--model"), Some(model.clone())),
        None => (("environment", "OBELUS_MODEL"), env_model),
    };
    let known: Vec<_> = settings
        .providers
        .iter()
        .map(|provider| provider.name.clone())
        .collect();
    let model = match named.as_deref() {
        None | Some("none") => None,
        Some(name) => Some(models::model(name, &known).map_err(|message| {
            vec![ConfigProblem {
                file: by.0.to_owned(),
                line: None,
                key: by.1.to_owned(),
                message,
            }]
        })?),
    };
    settings.model = named;
    settings.choose_models(model);
    let budget = settings.privileged.budget.as_ref();
    settings.budget = models::budget(budget, layers.flags.max_cost);
    settings.use_frozen = !layers.flags.no_cache;
    if let Some(deadline) = layers.flags.parse_deadline {
        settings.parse_deadline = deadline;
    }
    Ok(Merged {
        settings,
        warnings: reader.warnings,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rights {
    /// Preferences; privileged keys are refused with a warning.
    Workspace,
    /// As the workspace, and unknown keys are warnings: an editor hands over whatever stands in its settings.
    Editor,
    /// Everything.
    User,
}

/// What is wrong with a workspace's own file, taken by itself: mistakes, and keys that are refused.
pub(crate) fn look_over(source: &Source) -> (Vec<ConfigProblem>, Vec<ConfigProblem>) {
    let mut reader = Reader::default();
    reader.file(source, Rights::Workspace);
    (reader.problems, reader.refused)
}

#[derive(Default)]
struct Reader {
    problems: Vec<ConfigProblem>,
    warnings: Vec<String>,
    /// Those of the warnings that are about a key in a file.
    refused: Vec<ConfigProblem>,
}

impl Reader {
    fn file(&mut self, source: &Source, rights: Rights) -> UserConfig {
        match tree::toml(&source.text) {
            Ok(written) => self.object(written.value, &written.lines, &source.name, rights),
            Err((line, message)) => {
                self.problems.push(ConfigProblem {
                    file: source.name.clone(),
                    line,
                    key: String::new(),
                    message: format!("not valid TOML: {message}"),
                });
                UserConfig::default()
            }
        }
    }

    fn editor(&mut self, value: &Value) -> WorkspaceConfig {
        let file = "editor settings";
        match value {
            Value::Null => WorkspaceConfig::default(),
            Value::Object(object) => {
                self.object(object.clone(), &HashMap::new(), file, Rights::Editor)
                    .preferences
            }
            _ => {
                self.warnings
                    .push(format!("{file}: expected an object; ignored"));
                WorkspaceConfig::default()
            }
        }
    }

    fn environment(&mut self, variables: &[(String, String)]) -> (WorkspaceConfig, Option<String>) {
        let mut model = None;
        let mut object = Map::new();
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix("OBELUS_") else {
                continue;
            };
            let value = || Value::String(text.clone());
            match rest {
                "MODEL" => model = Some(text.clone()).filter(|model| !model.is_empty()),
                _ if ELSEWHERE.contains(&rest) || text.is_empty() => {}
                "PROFILE" | "FAIL_ON" | "MIN_SEVERITY" => {
                    object.insert(rest.to_lowercase(), value());
                }
                "MIN_CONFIDENCE" | "MAX_FILE_SIZE" => {
                    let number = text.trim().parse().unwrap_or_else(|_| value());
                    object.insert(rest.to_lowercase(), number);
                }
                _ => {
                    let known = VARIABLES.iter().chain(ELSEWHERE).copied();
                    let hint = nearest(rest, known).map_or(String::new(), |near| {
                        format!("; did you mean `OBELUS_{near}`?")
                    });
                    let name = name.escape_debug();
                    self.warnings.push(format!(
                        "environment: `{name}` means nothing to Obelus{hint}"
                    ));
                }
            }
        }
        let before = self.problems.len();
        let config = self.object(object, &HashMap::new(), "environment", Rights::User);
        for problem in &mut self.problems[before..] {
            problem.key = format!("OBELUS_{}", problem.key.to_uppercase());
        }
        (config.preferences, model)
    }

    fn flags(&mut self, flags: &Flags) -> WorkspaceConfig {
        let mut object = Map::new();
        let strings = [("profile", &flags.profile), ("fail_on", &flags.fail_on)];
        for (key, value) in strings {
            if let Some(value) = value {
                object.insert(key.to_owned(), json!(value));
            }
        }
        if let Some(confidence) = flags.min_confidence {
            // By its shortest decimal form: 0.9, not 0.8999999761581421. What is not finite fails as a string.
            let text = confidence.to_string();
            object.insert(
                "min_confidence".to_owned(),
                text.parse().unwrap_or(Value::String(text)),
            );
        }
        if !flags.paths.is_empty() {
            object.insert("include".to_owned(), json!(flags.paths));
        }
        if let Some(cost) = flags.max_cost
            && !(0.0..=1e6).contains(&cost)
        {
            self.problems.push(ConfigProblem {
                file: "command line".to_owned(),
                line: None,
                key: "--max-cost".to_owned(),
                message: "expected US dollars, 0 or more".to_owned(),
            });
        }
        let before = self.problems.len();
        let config = self.object(object, &HashMap::new(), "command line", Rights::User);
        for problem in &mut self.problems[before..] {
            problem.key = match problem.key.split('[').next() {
                Some("include") => "--path".to_owned(),
                _ => format!("--{}", problem.key.replace('_', "-")),
            };
        }
        config.preferences
    }

    fn object(
        &mut self,
        mut object: Map<String, Value>,
        lines: &HashMap<String, u32>,
        file: &str,
        rights: Rights,
    ) -> UserConfig {
        // Most layers say nothing: the schemas are made for those that do.
        if object.is_empty() {
            return UserConfig::default();
        }
        let (narrow, wide) = (schema::workspace(), schema::user());
        let mistakes = match rights {
            Rights::Workspace | Rights::Editor => validate(&mut object, narrow, Some(wide)),
            Rights::User => validate(&mut object, wide, None),
        };
        let problem = |key: String, message: String| ConfigProblem {
            file: file.to_owned(),
            line: lines.get(&key).copied(),
            key,
            message,
        };
        let before = self.problems.len();
        for mistake in mistakes {
            let lenient = rights == Rights::Editor && mistake.kind == MistakeKind::UnknownKey;
            let warning = lenient || mistake.kind == MistakeKind::Privileged;
            let problem = problem(mistake.key, mistake.message);
            match warning {
                true => {
                    self.warnings.push(problem.to_string());
                    self.refused.push(problem);
                }
                false => self.problems.push(problem),
            }
        }
        let config: UserConfig = match serde_json::from_value(Value::Object(object)) {
            Ok(config) => config,
            Err(error) => {
                self.problems
                    .push(problem(String::new(), error.to_string()));
                return UserConfig::default();
            }
        };
        let mut mistakes = bad_globs(&config);
        mistakes.extend(models::mistakes(&config.privileged));
        self.problems.extend(
            mistakes
                .into_iter()
                .map(|(key, message)| problem(key, message)),
        );
        self.problems[before..].sort_by_key(|problem| problem.line);
        config
    }
}

/// Variables of this layer.
const VARIABLES: &[&str] = &[
    "PROFILE",
    "FAIL_ON",
    "MIN_CONFIDENCE",
    "MIN_SEVERITY",
    "MAX_FILE_SIZE",
    "MODEL",
];

/// Variables that the program around the engine reads.
const ELSEWHERE: &[&str] = &[
    "CACHE_DIR",
    "STATE_DIR",
    "CONFIG",
    "CONFIG_DIR",
    "KEYRING",
    "LOG",
    "LOG_FILE",
    "LOG_FORMAT",
    "TRUST",
];

/// Globs that are none, rules and layers that do not exist: key and what is wrong.
fn bad_globs(config: &UserConfig) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut paths = |key: String, globs: &[String]| {
        if let Err((index, why)) = PathGlobs::new(globs) {
            let glob = globs
                .get(index)
                .map_or("", String::as_str)
                .escape_debug()
                .to_string();
            found.push((
                format!("{key}[{index}]"),
                format!("`{glob}` is not a glob: {why}"),
            ));
        }
    };
    let preferences = &config.preferences;
    paths(
        "include".to_owned(),
        preferences.include.as_deref().unwrap_or_default(),
    );
    paths("exclude".to_owned(), &preferences.exclude);
    if let Some(privacy) = &preferences.privacy {
        paths("privacy.never_send".to_owned(), &privacy.never_send);
        paths("privacy.local_only".to_owned(), &privacy.local_only);
    }
    for (index, over) in preferences.overrides.iter().enumerate() {
        paths(format!("overrides[{index}].paths"), &over.paths);
    }
    for (index, layer) in preferences.layers.iter().enumerate() {
        paths(format!("layers[{index}].paths"), &layer.paths);
    }
    for (index, layer) in preferences.layers.iter().enumerate() {
        let known = || preferences.layers.iter().map(|other| other.name.as_str());
        for (at, used) in layer.uses.iter().enumerate() {
            if !known().any(|name| name == used) {
                let near = nearest(used, known());
                let hint = near.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
                let message = format!("no layer is called `{used}`{hint}");
                found.push((format!("layers[{index}].uses[{at}]"), message));
            }
        }
    }
    let mut rules = |parent: &str, pattern: &String| {
        if let Err(why) = RuleGlob::new(pattern) {
            let message = format!("not a rule id or glob: {why}");
            found.push((dotted(parent, pattern), message));
        }
    };
    preferences
        .rules
        .keys()
        .for_each(|pattern| rules("rules", pattern));
    for (index, over) in preferences.overrides.iter().enumerate() {
        let parent = format!("overrides[{index}].rules");
        over.rules
            .keys()
            .for_each(|pattern| rules(&parent, pattern));
    }
    found
}
