//! Configuration in two steps: what was written (per layer), then what is meant (once, for all of them).
//!
//! Layers, later ones win: the workspace's `obelus.toml`, the user's `config.toml`, the environment, the editor's
//! settings, the command line. Scalars replace; `exclude` and `overrides` add up; `rules` and `checks` merge by key.

mod globs;
mod layers;
mod meant;
mod models;
mod problem;
mod sections;
mod thresholds;
mod tree;
mod validate;
pub mod written;

pub use globs::{PathGlobs, RuleGlob};
pub use layers::{Flags, Layers, Source};
pub(crate) use layers::{Merged, look_over, merge};
pub use meant::{FailOn, Profile, RuleLevels, Settings};
pub use models::{BudgetChoice, DeadlineChoice, ModelChoice, PrivacyRules, ProviderChoice};
pub use problem::ConfigProblem;
pub use sections::Describe;
pub use thresholds::{Limits, Thresholds};
pub(crate) use tree::toml;
pub(crate) use validate::{alternatives, names_of, nearest, property, type_words};
pub use written::Api;
