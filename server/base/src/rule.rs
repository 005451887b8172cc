//! What is known of a rule besides how it matches: one description for `rules list`, `rules explain`, the generated
//! pages, SARIF help texts and the editor's hover.

use crate::finding::{Category, CheckKind, Confidence, RuleId, Severity};

/// A rule's description. Plain data; made by whoever owns the rule (`syntax` for syntax rules, `review` for checks).
#[derive(Clone, Debug, PartialEq)]
pub struct RuleMeta {
    /// `language-or-domain/kebab-case`.
    pub id: RuleId,
    /// Which kind of check runs it.
    pub check: CheckKind,
    /// Language names (as `syntax::Language::name` gives them) it applies to; empty = any text.
    pub languages: Vec<String>,
    /// What kind of problem.
    pub category: Category,
    /// Severity unless configuration changes it.
    pub severity: Severity,
    /// How sure it is unless it says otherwise.
    pub confidence: Confidence,
    /// What is wrong, one line, no full stop. May hold the rule's meta-variables.
    pub title: String,
    /// Why it matters and what to do; Markdown, a few sentences.
    pub why: String,
    /// Code that it reports; empty for rules about whole files.
    pub bad: String,
    /// The same, right.
    pub good: String,
    /// Where to read more: URLs.
    pub references: Vec<String>,
    /// CWE number, where one fits.
    pub cwe: Option<u32>,
    /// Whether it offers a mechanical fix.
    pub has_fix: bool,
    /// Named sets it belongs to besides those its severity and category give it.
    pub profiles: Vec<String>,
    /// Comes from the workspace (`.obelus/rules/`), not from Obelus.
    pub from_workspace: bool,
}
