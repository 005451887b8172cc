//! Pattern rules in the ast-grep format: loading, lazy compilation per language, one combined pass over a tree.
//!
//! Descriptions are read when the set is made; matchers are compiled when a tree of their language is first looked at,
//! because a session rarely sees more than a few of the languages. A workspace's own rules are checked at once and
//! under limits ([`limits`]): whoever opens a folder did not write what lies in it.

mod ascii;
mod cases;
mod file;
mod limits;
mod literals;
mod run;
mod set;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use base::{Fix, RelPath, RuleId, RuleMeta, Span, Text};

pub use cases::{CaseKind, CaseResult, test_rules};
use file::RuleFile;
use set::RuleSet;

use crate::{Language, Tree};

/// The rule files that come with Obelus, by path below `queries/rules`.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A set of rules; compiled per language when first used.
pub struct Rules {
    files: Vec<Arc<RuleFile>>,
    metas: Vec<Arc<RuleMeta>>,
    sets: Vec<OnceLock<RuleSet>>,
}

/// One place where a rule holds.
#[derive(Clone, Debug)]
pub struct Match {
    /// The rule.
    pub rule: Arc<RuleMeta>,
    /// The marked place.
    pub span: Span,
    /// The rule's message with its meta-variables filled in.
    pub title: String,
    /// Further places the rule labels, each with its note.
    pub labels: Vec<(Span, String)>,
    /// The rule's fix for this place.
    pub fix: Option<Fix>,
}

/// What is wrong with a rule file: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct RuleProblem {
    /// The file.
    pub path: String,
    /// In words, with a line where there is one.
    pub what: String,
}

impl Rules {
    /// The rules that come with Obelus.
    pub fn builtin() -> Self {
        // A built-in file that is wrong is a bug that the crate's tests report; users get the others.
        Self::builtin_with_problems().0
    }

    /// The rules that come with Obelus and what is wrong with them; nothing is, unless a rule is being written.
    pub fn builtin_with_problems() -> (Self, Vec<RuleProblem>) {
        let mut problems = Vec::new();
        let mut files = Vec::with_capacity(BUILTIN.len());
        for &(path, source) in BUILTIN {
            match file::read(path, source.into(), false) {
                Ok(file) => files.push(Arc::new(file)),
                Err(problem) => problems.push(problem),
            }
        }
        (Self::new(files), problems)
    }

    /// Rules from rule files alone, under no limit of number: what a test of rules runs against.
    pub fn from_files(files: &[(RelPath, String)]) -> (Self, Vec<RuleProblem>) {
        Self::new(Vec::new()).extended(files, usize::MAX, &[])
    }

    /// Adds rule files of the workspace's own (path, content); a file that is wrong is left out and reported. So is
    /// one that takes the id of a rule of this set or one of `reserved` (checks that are no pattern rules): a workspace
    /// must not change what comes with Obelus.
    pub fn with_workspace(
        self,
        files: &[(RelPath, String)],
        reserved: &[RuleId],
    ) -> (Self, Vec<RuleProblem>) {
        self.extended(files, limits::RULES, reserved)
    }

    fn extended(
        self,
        files: &[(RelPath, String)],
        most: usize,
        reserved: &[RuleId],
    ) -> (Self, Vec<RuleProblem>) {
        let mut problems = Vec::new();
        let mut all = self.files;
        let builtin: HashSet<RuleId> = all
            .iter()
            .map(|file| file.meta.id.clone())
            .chain(reserved.iter().cloned())
            .collect();
        let mut ids = HashSet::new();
        let mut added = 0;
        for (path, source) in files {
            let refused = |what: String| RuleProblem {
                path: path.to_string(),
                what,
            };
            if added >= most {
                problems.push(refused(format!(
                    "left out: a workspace may have at most {most} rules of its own"
                )));
                continue;
            }
            let read = limits::check(path.as_str(), source)
                .and_then(|()| file::read(path.as_str(), source.clone().into(), true))
                .and_then(|file| set::check(&file).map(|()| file));
            match read {
                Err(problem) => problems.push(problem),
                Ok(file) if builtin.contains(&file.meta.id) => {
                    problems.push(refused(builtin_id(&file.meta.id)));
                }
                Ok(file) if !ids.insert(file.meta.id.clone()) => problems.push(refused(format!(
                    "the id `{}` is taken; give the rule another one",
                    file.meta.id
                ))),
                Ok(file) => {
                    added += 1;
                    all.push(Arc::new(file));
                }
            }
        }
        (Self::new(all), problems)
    }

    fn new(mut files: Vec<Arc<RuleFile>>) -> Self {
        files.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
        let metas = files.iter().map(|file| Arc::clone(&file.meta)).collect();
        let sets = Language::ALL.iter().map(|_| OnceLock::new()).collect();
        Self { files, metas, sets }
    }

    /// Descriptions of all rules, by id.
    pub fn metas(&self) -> &[Arc<RuleMeta>] {
        &self.metas
    }

    /// Runs the enabled rules of the tree's language in one pass, on the parts of the tree that touch `within`
    /// (everything when `None`). `path` serves rules that are limited to some files. Trees that are
    /// [too deep](Tree::too_deep) are left alone.
    pub fn run(
        &self,
        tree: &Tree,
        path: &RelPath,
        within: Option<&[Span]>,
        enabled: &dyn Fn(&RuleId) -> bool,
    ) -> Vec<Match> {
        self.set(tree.language()).map_or_else(Vec::new, |set| {
            run::run(set, tree, Some(path), within, enabled)
        })
    }

    /// Whether any rule exists for this language.
    pub fn covers(&self, language: Language) -> bool {
        self.files
            .iter()
            .any(|file| file.languages.contains(&language))
    }

    /// Whether any rule can hold in this text; `false` spares parsing it. Errs only towards `true`.
    pub fn may_match(&self, language: Language, text: &Text) -> bool {
        self.set(language)
            .is_some_and(|set| set.may_match(text.as_str()))
    }

    fn set(&self, language: Language) -> Option<&RuleSet> {
        // Variants are numbered in the order of `ALL`.
        let cell = self.sets.get(language as usize)?;
        Some(cell.get_or_init(|| RuleSet::read(&self.files, language)))
    }
}

/// Why a workspace's rule may not be called `id`.
pub fn builtin_id(id: &RuleId) -> String {
    let name = id.as_str().rsplit('/').next().unwrap_or_default();
    format!(
        "refused: the id `{id}` belongs to a built-in rule; give this rule its own, such as `team/{name}`, and set the \
         built-in one's level in obelus.toml"
    )
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rules({})", self.files.len())
    }
}
