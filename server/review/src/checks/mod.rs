//! Checks on text and files that need no syntax tree.
//!
//! Each check is a table of descriptions and a function over [`Input`] that yields [`Draft`]s; the engine places,
//! filters, identifies and silences them like every other finding. A check looks at `regions` only, so that typing in
//! a large file costs what was typed, and begins with a search that most texts do not pass.

mod conflict;
mod files;
pub(crate) mod secrets;
mod unicode;

use base::{Category, CheckKind, Confidence, RelPath, RuleId, RuleMeta, Severity, Span};
use syntax::Language;

pub(crate) use files::check as check_file;
pub(crate) use unicode::is_hidden;

/// What a text check sees.
pub(crate) struct Input<'a> {
    pub(crate) path: &'a RelPath,
    pub(crate) text: &'a str,
    /// The changed lines, in order; `None` for the whole text.
    pub(crate) within: Option<&'a [Span]>,
    pub(crate) language: Option<Language>,
}

impl Input<'_> {
    /// The parts to look at.
    fn regions(&self) -> Vec<Span> {
        match self.within {
            Some(spans) => spans.to_vec(),
            None => vec![Span::new(0, self.text.len())],
        }
    }

    fn language_is(&self, names: &[&str]) -> bool {
        self.language
            .is_some_and(|language| names.contains(&language.name()))
    }
}

/// What a check found, before the engine makes a finding of it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) rule: RuleId,
    pub(crate) span: Span,
    /// Instead of the rule's title.
    pub(crate) title: Option<String>,
    /// Instead of the rule's severity and confidence.
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    /// The marked text must not be shown.
    pub(crate) sensitive: bool,
}

impl Draft {
    pub(crate) fn new(rule: &str, span: Span) -> Self {
        Self {
            rule: RuleId::new(rule),
            span,
            title: None,
            severity: None,
            confidence: None,
            sensitive: false,
        }
    }

    pub(crate) fn titled(self, title: String) -> Self {
        Self {
            title: Some(title),
            ..self
        }
    }
}

/// Everything that the text checks find.
pub(crate) fn check_text(input: &Input<'_>) -> Vec<Draft> {
    let mut drafts = conflict::check(input);
    drafts.extend(unicode::check(input));
    let secrets = secrets::scan(input.path, input.text, input.within);
    drafts.extend(secrets.into_iter().map(|hit| Draft {
        rule: RuleId::new(&hit.rule),
        span: hit.span,
        title: Some(hit.title),
        severity: Some(hit.severity),
        confidence: Some(hit.confidence),
        sensitive: true,
    }));
    drafts
}

/// The descriptions of all checks in this module, and of what the engine itself reports.
pub(crate) fn metas() -> Vec<RuleMeta> {
    let tables = [
        conflict::ABOUT,
        unicode::ABOUT,
        files::ABOUT,
        crate::suppress::ABOUT,
    ];
    let mut metas: Vec<RuleMeta> = tables.into_iter().flatten().map(About::meta).collect();
    metas.extend(secrets::metas());
    metas
}

/// A rule's description as a constant.
pub(crate) struct About {
    pub(crate) id: &'static str,
    pub(crate) category: Category,
    pub(crate) severity: Severity,
    pub(crate) confidence: f32,
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
    pub(crate) bad: &'static str,
    pub(crate) good: &'static str,
    pub(crate) cwe: Option<u32>,
    pub(crate) references: &'static [&'static str],
}

impl About {
    pub(crate) fn meta(&self) -> RuleMeta {
        RuleMeta {
            id: RuleId::new(self.id),
            check: CheckKind::Pattern,
            languages: Vec::new(),
            category: self.category,
            severity: self.severity,
            confidence: Confidence::new(self.confidence),
            title: self.title.to_owned(),
            why: self.why.to_owned(),
            bad: self.bad.to_owned(),
            good: self.good.to_owned(),
            references: self
                .references
                .iter()
                .map(|url| (*url).to_owned())
                .collect(),
            cwe: self.cwe,
            has_fix: false,
            profiles: Vec::new(),
            from_workspace: false,
        }
    }
}
