//! The layers of configuration above the workspace's own file, as the caller hands them in.

use std::time::Duration;

/// What the caller knows; later fields win over earlier ones, and all of them over the workspace's `obelus.toml`.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The user's own `config.toml`: the only layer that may name providers, models, privacy and budget.
    pub user: Option<Source>,
    /// Environment variables; those that do not start with `OBELUS_` are ignored.
    pub environment: Vec<(String, String)>,
    /// The editor's settings: an object of the shape of `obelus.toml`.
    pub editor: Option<serde_json::Value>,
    /// Command-line flags.
    pub flags: Flags,
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
    /// How long one file may be parsed; one second unless given. Editors pass less.
    pub parse_deadline: Option<Duration>,
    /// Today as `YYYY-MM-DD`, for dismissals that expire; the system's clock unless given.
    pub today: Option<String>,
}
