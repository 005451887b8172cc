//! One rule file's description: everything that is known of a rule without compiling its matcher.
//!
//! ast-grep leaves `metadata` to whoever writes rules; ours holds what a reviewer needs besides. The matcher is read
//! from the same text later ([`super::set`]).

use std::borrow::Cow;
use std::sync::Arc;

use base::finding::CheckKind;
use base::{Category, Confidence, RuleId, RuleMeta, Severity};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::RuleProblem;
use crate::Language;

/// A rule that has been described but not compiled.
pub(crate) struct RuleFile {
    pub(crate) path: String,
    pub(crate) source: Cow<'static, str>,
    pub(crate) meta: Arc<RuleMeta>,
    /// The first is the one in `language:`.
    pub(crate) languages: Vec<Language>,
    pub(crate) files: Vec<Pattern>,
    pub(crate) ignores: Vec<Pattern>,
    /// What an editor calls the fix.
    pub(crate) fix_title: Option<String>,
}

/// A glob of `files` or `ignores`, as ast-grep writes them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Pattern {
    Plain(String),
    #[serde(rename_all = "camelCase")]
    Config {
        glob: String,
        #[serde(default)]
        case_insensitive: bool,
    },
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    id: String,
    language: String,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    files: Vec<Pattern>,
    #[serde(default)]
    ignores: Vec<Pattern>,
    fix: Option<IgnoredAny>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    category: Option<String>,
    confidence: Option<f32>,
    cwe: Option<u32>,
    languages: Vec<String>,
    profiles: Vec<String>,
    references: Vec<String>,
    fix: Option<String>,
    bad: String,
    good: String,
}

/// Reads a rule's description.
pub(crate) fn read(
    path: &str,
    source: Cow<'static, str>,
    from_workspace: bool,
) -> Result<RuleFile, RuleProblem> {
    let problem = |what: String| RuleProblem {
        path: path.to_owned(),
        what,
    };
    let described = if from_workspace {
        Cow::Borrowed(&*source)
    } else {
        Cow::Owned(description(&source))
    };
    let head: Head =
        ast_grep_config::from_str(&described).map_err(|error| problem(yaml(&error)))?;
    check_id(&head.id).map_err(problem)?;
    if head.message.trim().is_empty() {
        return Err(problem(
            "`message` is missing: say in one line what is wrong with the code".to_owned(),
        ));
    }
    let severity = head.severity.as_deref().unwrap_or("hint");
    let severity = Severity::parse(severity).ok_or_else(|| {
        problem(format!(
            "severity `{severity}` is unknown; write hint, info, warning or error"
        ))
    })?;
    let category = head
        .metadata
        .category
        .as_deref()
        .unwrap_or("maintainability");
    let category = Category::parse(category).ok_or_else(|| {
        let known: Vec<_> = Category::ALL
            .iter()
            .map(|category| category.as_str())
            .collect();
        problem(format!(
            "category `{category}` is unknown; write one of {}",
            known.join(", ")
        ))
    })?;
    let languages = languages(&head).map_err(problem)?;
    let meta = RuleMeta {
        id: RuleId::new(&head.id),
        check: CheckKind::Pattern,
        languages: languages
            .iter()
            .map(|language| language.name().to_owned())
            .collect(),
        category,
        severity,
        confidence: Confidence::new(head.metadata.confidence.unwrap_or(0.8)),
        title: head.message.trim().to_owned(),
        why: head.note,
        bad: head.metadata.bad,
        good: head.metadata.good,
        references: head.metadata.references,
        cwe: head.metadata.cwe,
        has_fix: head.fix.is_some(),
        profiles: head.metadata.profiles,
        from_workspace,
    };
    Ok(RuleFile {
        path: path.to_owned(),
        source,
        meta: Arc::new(meta),
        languages,
        files: head.files,
        ignores: head.ignores,
        fix_title: head.metadata.fix,
    })
}

/// The text without its matcher, which is more than half of it and would be parsed for nothing at every start. For
/// built-in files only: a test compares what is read with and without.
fn description(source: &str) -> String {
    const MATCHER: &[&str] = &[
        "rule:",
        "utils:",
        "constraints:",
        "transform:",
        "rewriters:",
        "labels:",
    ];
    let mut kept = String::with_capacity(source.len());
    let mut skipping = false;
    for line in source.split_inclusive('\n') {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            skipping = MATCHER.iter().any(|key| line.starts_with(key));
        }
        if !skipping {
            kept.push_str(line);
        }
    }
    kept
}

fn languages(head: &Head) -> Result<Vec<Language>, String> {
    let mut languages = Vec::new();
    for name in std::iter::once(&head.language).chain(&head.metadata.languages) {
        let language = Language::from_name(name).ok_or_else(|| {
            let known: Vec<_> = Language::ALL
                .iter()
                .map(|language| language.name())
                .collect();
            format!(
                "language `{name}` is unknown; write one of {}",
                known.join(", ")
            )
        })?;
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    Ok(languages)
}

/// Ids stand in comments, configuration, URLs and file names.
fn check_id(id: &str) -> Result<(), String> {
    let fine = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
            })
    };
    if id.is_empty() {
        return Err("`id` is missing: name the rule, such as `team/no-sleep`".to_owned());
    }
    if id.len() > 100 || !id.split('/').all(fine) {
        return Err(format!(
            "the id `{}` may hold lower-case letters, digits, `-`, `_` and `/` only, at most 100 of them",
            id.escape_debug()
        ));
    }
    Ok(())
}

/// A YAML error in one line, its place first; what follows its first line is an excerpt of the file.
pub(crate) fn yaml(error: &(impl std::error::Error + 'static)) -> String {
    let text = error.to_string();
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("cannot be read");
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::rules::BUILTIN;

    #[test]
    fn leaving_the_matcher_out_changes_no_description() {
        for &(path, source) in BUILTIN {
            let short = super::read(path, source.into(), false).expect(path);
            let mut whole = super::read(path, source.into(), true).expect(path);
            std::sync::Arc::make_mut(&mut whole.meta).from_workspace = false;
            assert_eq!(short.meta, whole.meta);
            assert_eq!(short.fix_title, whole.fix_title, "{path}");
            let globs = |file: &super::RuleFile| file.files.len() + file.ignores.len();
            assert_eq!(globs(&short), globs(&whole), "{path}");
        }
    }
}
