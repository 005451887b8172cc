//! One engine per workspace folder: its repository, settings, rules and dismissals, read once and then immutable.
//!
//! A changed configuration makes a new engine; findings of the old one stay valid for the texts they were made from.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use base::{At, Finding, FindingId, RelPath, Repo, RuleId, RuleMeta, Severity};
use syntax::Rules;

use crate::analysis;
use crate::catalogue::Catalogue;
use crate::checks;
use crate::dismissed::{self, Dismissals};
use crate::model;
use crate::settings::{ConfigProblem, Layers, Merged, RuleLevels, Settings, Source, merge};

/// The workspace's preferences.
const CONFIG_FILE: &str = "obelus.toml";
/// The folder of the workspace's own rules.
const RULES_FOLDER: &str = ".obelus/rules";
/// What the team dismissed.
const DISMISSED_FILE: &str = ".obelus/dismissed.toml";

/// The rules that come with Obelus, read and compiled once for all engines of the process that add none.
static BUILTIN: LazyLock<Arc<Rules>> = LazyLock::new(|| Arc::new(Rules::builtin()));

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
    rules: Arc<Rules>,
    // Severity of each rule that runs, where no override by path says otherwise.
    levels: HashMap<RuleId, Severity>,
    dismissals: Dismissals,
    // What the user dismissed for themselves.
    private: HashSet<FindingId>,
    today: Option<String>,
    trusted: Option<At>,
}

impl Engine {
    /// Reads the workspace's own files (`obelus.toml`, `.obelus/rules/**/*.yml`, `.obelus/dismissed.toml`) through `repo`
    /// at `trust` and merges the layers.
    pub fn open(
        repo: Arc<dyn Repo>,
        layers: Layers,
        trust: Trust,
    ) -> Result<Self, Vec<ConfigProblem>> {
        let at = match trust {
            Trust::Worktree => Some(At::Worktree),
            Trust::At(at) => Some(at),
            Trust::None => None,
        };
        let config = at
            .as_ref()
            .map_or(Ok(None), |at| read(&*repo, CONFIG_FILE, at))
            .map_err(|problem| vec![problem])?;
        let Merged {
            settings,
            warnings: mut problems,
        } = merge(config.as_ref(), &layers)?;
        let mut rules = BUILTIN.clone();
        let mut dismissals = Dismissals::default();
        if let Some(at) = &at {
            rules = workspace_rules(&*repo, at, &mut problems);
            dismissals = workspace_dismissals(&*repo, at, &mut problems);
        }
        let mut metas = rules.metas().to_vec();
        metas.extend(metas_of_checks());
        let catalogue = Catalogue::new(metas);
        let levels = catalogue
            .iter()
            .filter_map(|meta| Some((meta.id.clone(), settings.level(meta)?)))
            .collect();
        unknown_rules(&settings, &catalogue, &mut problems);
        let today = layers.flags.today.filter(|today| dismissed::is_day(today));
        Ok(Self {
            repo,
            settings,
            catalogue,
            problems,
            rules,
            levels,
            dismissals,
            private: layers.dismissed.into_iter().collect(),
            today,
            trusted: at,
        })
    }

    /// The version that the workspace's own files are read from; `None` where it is not trusted.
    pub(crate) fn trusted(&self) -> Option<&At> {
        self.trusted.as_ref()
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

    /// The rules and checks that run on files for which no override says otherwise.
    pub fn enabled(&self) -> Vec<Arc<RuleMeta>> {
        self.catalogue
            .iter()
            .filter(|meta| self.levels.contains_key(&meta.id))
            .cloned()
            .collect()
    }

    /// Whether a rule runs anywhere, overrides by path aside.
    pub(crate) fn is_on(&self, id: &str) -> bool {
        self.levels.contains_key(&RuleId::new(id))
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes dismissed findings out; says how many.
    pub(crate) fn dismiss(&self, findings: &mut Vec<Finding>) -> usize {
        let before = findings.len();
        if !self.private.is_empty() {
            findings.retain(|finding| !self.private.contains(&finding.id));
        }
        if self.dismissals.is_empty() || findings.is_empty() {
            return before - findings.len();
        }
        let today = self.today.clone().unwrap_or_else(dismissed::today);
        findings.retain(|finding| !self.dismissals.hide(finding, &today));
        before - findings.len()
    }

    /// Which rules run on `path`, and how severe they are there.
    pub(crate) fn active(&self, path: &RelPath) -> Active<'_> {
        Active {
            engine: self,
            overrides: self.settings.overrides_for(path),
        }
    }
}

/// The descriptions of everything that is not a syntax rule.
pub(crate) fn metas_of_checks() -> impl Iterator<Item = Arc<RuleMeta>> {
    let all = checks::metas()
        .into_iter()
        .chain(analysis::metas())
        .chain(model::metas());
    all.map(Arc::new)
}

/// The rules that run on one file.
pub(crate) struct Active<'e> {
    engine: &'e Engine,
    overrides: Vec<&'e RuleLevels>,
}

impl<'e> Active<'e> {
    /// The severity of a rule's findings; `None` when it does not run here.
    pub(crate) fn severity(&self, id: &RuleId) -> Option<Severity> {
        if self.overrides.is_empty() {
            return self.engine.levels.get(id).copied();
        }
        let meta = self.meta(id)?;
        self.engine.settings.level_at(meta, &self.overrides)
    }

    pub(crate) fn meta(&self, id: &RuleId) -> Option<&'e Arc<RuleMeta>> {
        self.engine.catalogue.lookup(id)
    }
}

/// One of the workspace's own files; that it cannot be read is a mistake the user has to know of.
fn read(repo: &dyn Repo, name: &str, at: &At) -> Result<Option<Source>, ConfigProblem> {
    let problem = |message: String| ConfigProblem {
        file: name.to_owned(),
        line: None,
        key: String::new(),
        message,
    };
    let path = RelPath::new(name).map_err(|error| problem(error.to_string()))?;
    let text = repo
        .text(&path, at)
        .map_err(|error| problem(format!("cannot be read: {error}")))?;
    Ok(text.map(|text| Source {
        name: name.to_owned(),
        text: text.as_str().to_owned(),
    }))
}

fn workspace_rules(repo: &dyn Repo, at: &At, problems: &mut Vec<String>) -> Arc<Rules> {
    let files = match rule_files(repo, at) {
        Ok(files) => files,
        Err(error) => {
            problems.push(format!("{RULES_FOLDER}: cannot be read: {error}"));
            return BUILTIN.clone();
        }
    };
    if files.is_empty() {
        return BUILTIN.clone();
    }
    // Somebody else's rules must not take the review down with them.
    let reserved: Vec<_> = checks::metas().into_iter().map(|meta| meta.id).collect();
    let loaded = catch_unwind(AssertUnwindSafe(|| {
        Rules::builtin().with_workspace(&files, &reserved)
    }));
    match loaded {
        Ok((rules, wrong)) => {
            problems.extend(wrong.iter().map(ToString::to_string));
            Arc::new(rules)
        }
        Err(_) => {
            let message = "these rules make the matcher panic and are left out";
            problems.push(format!("{RULES_FOLDER}: {message}"));
            BUILTIN.clone()
        }
    }
}

fn rule_files(repo: &dyn Repo, at: &At) -> Result<Vec<(RelPath, String)>, base::RepoError> {
    let mut files = Vec::new();
    for path in repo.list(RULES_FOLDER, at)? {
        let name = path.file_name();
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let test = name.ends_with(".test.yml") || name.ends_with(".test.yaml");
        if let Some(text) = (yaml && !test)
            .then(|| repo.text(&path, at))
            .transpose()?
            .flatten()
        {
            files.push((path, text.as_str().to_owned()));
        }
    }
    Ok(files)
}

fn workspace_dismissals(repo: &dyn Repo, at: &At, problems: &mut Vec<String>) -> Dismissals {
    match read(repo, DISMISSED_FILE, at) {
        Ok(None) => Dismissals::default(),
        Ok(Some(source)) => {
            let (dismissals, wrong) = dismissed::parse(&source);
            problems.extend(wrong.iter().map(ToString::to_string));
            dismissals
        }
        Err(problem) => {
            problems.push(problem.to_string());
            Dismissals::default()
        }
    }
}

/// Patterns in `rules` and `overrides` that name nothing: usually a typing mistake, perhaps a rule of another version.
fn unknown_rules(settings: &Settings, catalogue: &Catalogue, problems: &mut Vec<String>) {
    let patterns = settings
        .overrides
        .iter()
        .flat_map(|(_, levels)| levels.globs());
    for glob in settings.rules.globs().chain(patterns) {
        if catalogue.iter().any(|meta| glob.matches(meta.id.as_str())) {
            continue;
        }
        let hint = match catalogue.nearest(glob.pattern()) {
            Some(nearest) => format!("; did you mean `{nearest}`?"),
            None => "; `obelus rules list` shows them all".to_owned(),
        };
        problems.push(format!(
            "settings: no rule is called `{}`{hint}",
            glob.pattern().escape_debug()
        ));
    }
}
