//! What the layers together mean: every value present, every name resolved.

use std::fmt;
use std::time::Duration;

use base::{Report, Severity};

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which checks run and how sure they must be.
    pub profile: Profile,
    /// From which severity on `obelus review` exits with 1.
    pub fail_on: FailOn,
    /// Findings less sure than this are not shown.
    pub min_confidence: f32,
    /// Findings milder than this are not shown.
    pub min_severity: Severity,
    /// Files larger than this are skipped, in bytes.
    pub max_file_size: u64,
    /// How long one file may be parsed.
    pub parse_deadline: Duration,
    /// `NAME/model` or `none`, from a flag or the environment.
    pub model: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: Profile::Default,
            fail_on: FailOn::At(Severity::Error),
            min_confidence: 0.5,
            min_severity: Severity::Info,
            max_file_size: 1_000_000,
            parse_deadline: Duration::from_secs(1),
            model: None,
        }
    }
}

/// A named set of checks and thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Errors and warnings that are all but certain (confidence from 0.8).
    Quick,
    /// Everything but hints, from confidence 0.5.
    #[default]
    Default,
    /// Everything of category `security`, whatever its severity and confidence.
    Security,
    /// Everything.
    Deep,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[Self::Quick, Self::Default, Self::Security, Self::Deep];

    /// The name used in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Default => "default",
            Self::Security => "security",
            Self::Deep => "deep",
        }
    }

    /// The profile with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|profile| profile.as_str() == name)
    }
}

/// From which severity on a review fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// It never fails.
    Never,
    /// At a finding this bad or worse.
    At(Severity),
}

impl FailOn {
    /// The value with this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "never" => Some(Self::Never),
            _ => Severity::parse(name).map(Self::At),
        }
    }

    /// Whether `report` holds a finding that makes the review fail.
    pub fn reached_by(self, report: &Report) -> bool {
        match self {
            Self::Never => false,
            Self::At(least) => report
                .findings
                .iter()
                .any(|finding| finding.severity >= least),
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.pad("never"),
            Self::At(severity) => severity.fmt(f),
        }
    }
}
