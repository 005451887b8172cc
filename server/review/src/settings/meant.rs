//! What the layers together mean: every value present, every glob compiled.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base::model::{ModelName, Price};
use base::{CheckKind, RelPath, Report, RuleMeta, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::globs::{PathGlobs, RuleGlob};
use super::models::{
    self, BudgetChoice, DeadlineChoice, ModelChoice, PrivacyRules, ProviderChoice,
};
use super::sections::Describe;
use super::thresholds::Limits;
use super::written::{Checks, FailOnLevel, Privileged, RuleLevel, UserConfig, WorkspaceConfig};
use crate::describe::Sections;

/// Confidence from which the profile `quick` shows a finding.
const QUICK_CONFIDENCE: f32 = 0.8;
/// Confidence from which the profile `default` shows a finding.
const DEFAULT_CONFIDENCE: f32 = 0.5;
/// No text file larger than this is looked at.
const MAX_FILE_SIZE: u64 = 1_000_000;

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which checks run and how sure they must be.
    pub profile: Profile,
    /// From which severity on `obelus review` exits with 1.
    pub fail_on: FailOn,
    /// Findings less sure than this are not shown; the profile's threshold unless one was set.
    pub min_confidence: f32,
    /// Findings milder than this are not shown; the profile's threshold unless one was set.
    pub min_severity: Severity,
    /// Only these files are looked at; all when empty.
    pub include: PathGlobs,
    /// These files are skipped.
    pub exclude: PathGlobs,
    /// Files larger than this are skipped, in bytes.
    pub max_file_size: u64,
    /// How long one file may be parsed.
    pub parse_deadline: Duration,
    /// What was said about rules, for all files.
    pub rules: RuleLevels,
    /// What was said about rules, for some files; later ones win.
    pub overrides: Vec<(PathGlobs, RuleLevels)>,
    /// The parts of the code, in order.
    pub layers: Vec<LayerOfCode>,
    /// Kinds and categories of checks that were switched on or off.
    pub checks: Checks,
    /// From where on the checks across files speak up.
    pub limits: Limits,
    /// Providers, models, prices and budget, from the user's own file.
    pub privileged: Privileged,
    /// `NAME/model` or `none`, from a flag or the environment.
    pub model: Option<String>,
    /// Which models do what; empty where none may be used.
    pub models: ModelChoice,
    /// Which sections a description has.
    pub sections: Sections,
    /// Every provider that can be named.
    pub providers: Vec<ProviderChoice>,
    /// Prices of the user's own.
    pub prices: BTreeMap<ModelName, Price>,
    /// What models may use.
    pub budget: BudgetChoice,
    /// What may leave the machine.
    pub privacy: PrivacyRules,
    /// How long models are waited for, where it was said.
    pub deadlines: DeadlineChoice,
    /// Verdicts that were frozen before are used.
    pub use_frozen: bool,
    // Whether the thresholds above were set, or are the profile's (which a rule named in `rules` may pass).
    explicit_confidence: bool,
    explicit_severity: bool,
    written: UserConfig,
}

/// A part of the code and what it may import.
#[derive(Clone, Debug)]
pub struct LayerOfCode {
    /// What it is called.
    pub name: String,
    /// Its files.
    pub paths: PathGlobs,
    /// The layers it may import from besides itself.
    pub uses: Vec<String>,
}

/// Levels of rules by id or glob, weakest pattern first.
#[derive(Clone, Debug, Default)]
pub struct RuleLevels(Vec<(RuleGlob, RuleLevel)>);

impl RuleLevels {
    /// What was said about a rule: the longest pattern that names it wins.
    pub fn get(&self, id: &str) -> Option<RuleLevel> {
        let (_, level) = self.0.iter().rev().find(|(glob, _)| glob.matches(id))?;
        Some(*level)
    }

    /// The patterns.
    pub(crate) fn globs(&self) -> impl Iterator<Item = &RuleGlob> {
        self.0.iter().map(|(glob, _)| glob)
    }

    /// Levels from one table; what is no glob was reported when the layer was read and is left out.
    fn new(written: &BTreeMap<String, RuleLevel>) -> Self {
        let mut levels: Vec<_> = written
            .iter()
            .filter_map(|(pattern, level)| Some((RuleGlob::new(pattern).ok()?, *level)))
            .collect();
        levels.sort_by_key(|(glob, _)| glob.weight());
        Self(levels)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::lay(&[], Privileged::default())
    }
}

impl Settings {
    /// Lays `layers` over each other, the last on top.
    pub(super) fn lay(layers: &[&WorkspaceConfig], privileged: Privileged) -> Self {
        let mut all = WorkspaceConfig::default();
        for layer in layers {
            all.profile = layer.profile.or(all.profile);
            all.fail_on = layer.fail_on.or(all.fail_on);
            all.min_confidence = layer.min_confidence.or(all.min_confidence);
            all.min_severity = layer.min_severity.or(all.min_severity);
            all.include = layer.include.clone().or(all.include);
            all.exclude.extend(layer.exclude.iter().cloned());
            all.max_file_size = layer.max_file_size.or(all.max_file_size);
            all.rules.extend(
                layer
                    .rules
                    .iter()
                    .map(|(rule, level)| (rule.clone(), *level)),
            );
            all.overrides.extend(layer.overrides.iter().cloned());
            if !layer.layers.is_empty() {
                all.layers = layer.layers.clone();
            }
            if let Some(checks) = &layer.checks {
                lay_checks(all.checks.get_or_insert_default(), checks);
            }
            if let Some(thresholds) = &layer.thresholds {
                all.thresholds.get_or_insert_default().lay(thresholds);
            }
            if let Some(describe) = &layer.describe {
                all.describe.get_or_insert_default().lay(describe);
            }
            if let Some(privacy) = &layer.privacy {
                let sum = all.privacy.get_or_insert_default();
                sum.never_send.extend(privacy.never_send.iter().cloned());
                sum.local_only.extend(privacy.local_only.iter().cloned());
            }
        }
        let profile = all.profile.unwrap_or_default();
        let globs = |globs: &[String]| PathGlobs::new(globs).unwrap_or_default();
        Self {
            profile,
            fail_on: all
                .fail_on
                .map_or(FailOn::At(Severity::Error), FailOn::from),
            min_confidence: all
                .min_confidence
                .map_or(profile.min_confidence(), |value| value as f32),
            min_severity: all
                .min_severity
                .map_or(profile.min_severity(), Severity::from),
            include: globs(all.include.as_deref().unwrap_or_default()),
            exclude: globs(&all.exclude),
            max_file_size: all
                .max_file_size
                .unwrap_or(MAX_FILE_SIZE)
                .min(MAX_FILE_SIZE),
            parse_deadline: Duration::from_secs(1),
            rules: RuleLevels::new(&all.rules),
            overrides: all
                .overrides
                .iter()
                .map(|over| (globs(&over.paths), RuleLevels::new(&over.rules)))
                .collect(),
            layers: all
                .layers
                .iter()
                .map(|layer| LayerOfCode {
                    name: layer.name.clone(),
                    paths: globs(&layer.paths),
                    uses: layer.uses.clone(),
                })
                .collect(),
            checks: all.checks.clone().unwrap_or_default(),
            limits: Limits::of(all.thresholds.as_ref()),
            sections: Describe::sections(all.describe.as_ref()),
            privileged: privileged.clone(),
            model: None,
            models: ModelChoice::default(),
            providers: models::providers(&privileged),
            prices: models::prices(&privileged),
            budget: models::budget(privileged.budget.as_ref(), None),
            privacy: PrivacyRules::new(all.privacy.as_ref()),
            deadlines: DeadlineChoice::default(),
            use_frozen: true,
            explicit_confidence: all.min_confidence.is_some(),
            explicit_severity: all.min_severity.is_some(),
            written: UserConfig {
                preferences: all,
                privileged,
            },
        }
    }

    /// Decides which models are used: one that was named for this call, or else those of the user's file. Nobody is
    /// asked in the profile `quick`, after `none`, and where the checks by a model are switched off.
    pub(super) fn choose_models(&mut self, named: Option<ModelName>) {
        let written = self.privileged.models.as_ref();
        self.deadlines = DeadlineChoice {
            total: written.and_then(|models| seconds(models.deadline_seconds)),
            idle: written.and_then(|models| seconds(models.idle_seconds)),
        };
        let off = self.model.as_deref() == Some("none") || self.profile == Profile::Quick;
        self.models = match named {
            _ if off || self.checks.model == Some(false) => ModelChoice::default(),
            Some(model) => ModelChoice::only(model),
            None => written.map(ModelChoice::from_file).unwrap_or_default(),
        };
    }

    /// All layers together, as they would stand in one file: what `obelus config show` prints.
    pub fn written(&self) -> &UserConfig {
        &self.written
    }

    /// The severity of a rule's findings in all files; `None` when it does not run. Overrides by path come on top.
    pub(crate) fn level(&self, meta: &RuleMeta) -> Option<Severity> {
        self.judge(meta, self.rules.get(meta.id.as_str()))
    }

    /// As [`Settings::level`], for one file with the overrides that match it.
    pub(crate) fn level_at(&self, meta: &RuleMeta, overrides: &[&RuleLevels]) -> Option<Severity> {
        let id = meta.id.as_str();
        let said = overrides.iter().rev().find_map(|levels| levels.get(id));
        self.judge(meta, said.or_else(|| self.rules.get(id)))
    }

    /// The overrides that are about `path`, in order.
    pub(crate) fn overrides_for(&self, path: &RelPath) -> Vec<&RuleLevels> {
        let about = self
            .overrides
            .iter()
            .filter(|(globs, _)| globs.matched(path).is_some());
        about.map(|(_, levels)| levels).collect()
    }

    /// The layer that a file belongs to: the first that matches.
    pub(crate) fn layer_of(&self, path: &RelPath) -> Option<&LayerOfCode> {
        self.layers
            .iter()
            .find(|layer| layer.paths.matched(path).is_some())
    }

    fn judge(&self, meta: &RuleMeta, said: Option<RuleLevel>) -> Option<Severity> {
        let kind = match meta.check {
            CheckKind::Pattern => self.checks.pattern,
            CheckKind::Analysis => self.checks.analysis,
            CheckKind::History => self.checks.history,
            CheckKind::Model => self.checks.model,
        };
        if kind == Some(false) {
            return None;
        }
        let confidence = meta.confidence.get();
        if self.explicit_confidence && confidence < self.min_confidence {
            return None;
        }
        let severity = match said {
            Some(level) => level.apply(meta.severity)?,
            None => {
                let category = self.checks.categories.get(meta.category);
                let chosen = match category {
                    Some(switched) => switched,
                    None => self.profile.takes(meta),
                };
                chosen.then_some(meta.severity)?
            }
        };
        (!self.explicit_severity || severity >= self.min_severity).then_some(severity)
    }
}

fn seconds(written: Option<u32>) -> Option<Duration> {
    written.map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn lay_checks(all: &mut Checks, layer: &Checks) {
    let lay = |all: &mut Option<bool>, layer: Option<bool>| *all = layer.or(*all);
    lay(&mut all.pattern, layer.pattern);
    lay(&mut all.analysis, layer.analysis);
    lay(&mut all.history, layer.history);
    lay(&mut all.model, layer.model);
    let (all, layer) = (&mut all.categories, &layer.categories);
    lay(&mut all.bug, layer.bug);
    lay(&mut all.security, layer.security);
    lay(&mut all.performance, layer.performance);
    lay(&mut all.maintainability, layer.maintainability);
    lay(&mut all.tests, layer.tests);
    lay(&mut all.docs, layer.docs);
    lay(&mut all.dependency, layer.dependency);
    lay(&mut all.process, layer.process);
}

/// A named set of checks and thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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

    fn min_confidence(self) -> f32 {
        match self {
            Self::Quick => QUICK_CONFIDENCE,
            Self::Default => DEFAULT_CONFIDENCE,
            Self::Security | Self::Deep => 0.0,
        }
    }

    fn min_severity(self) -> Severity {
        match self {
            Self::Quick => Severity::Warning,
            Self::Default => Severity::Info,
            Self::Security | Self::Deep => Severity::Hint,
        }
    }

    /// Whether a rule belongs to the profile: by category, severity and confidence, or because it says so.
    fn takes(self, meta: &RuleMeta) -> bool {
        let named = meta.profiles.iter().any(|name| name == self.as_str());
        let category = self != Self::Security || meta.category == base::Category::Security;
        let sure = meta.confidence.get() >= self.min_confidence();
        named || (category && sure && meta.severity >= self.min_severity())
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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

impl From<FailOnLevel> for FailOn {
    fn from(level: FailOnLevel) -> Self {
        match level {
            FailOnLevel::Never => Self::Never,
            FailOnLevel::Hint => Self::At(Severity::Hint),
            FailOnLevel::Info => Self::At(Severity::Info),
            FailOnLevel::Warning => Self::At(Severity::Warning),
            FailOnLevel::Error => Self::At(Severity::Error),
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
