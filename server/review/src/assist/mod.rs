//! Help for whoever writes our own files in an editor: `obelus.toml`, rules, dismissals. What is wrong and where, what can
//! be written at a place, what a key means, where a rule's name leads.
//!
//! All of it comes from what reads the files: the configuration's schema, the catalogue, the rule loader. Works on text
//! that is being written, so it asks no parser where a line will do.

mod rule;
mod toml;

use std::panic::{AssertUnwindSafe, catch_unwind};

use base::{RelPath, RuleId, Severity, Span};

use crate::engine::Engine;
use crate::settings::{ConfigProblem, Source, look_over};
use crate::{checks, dismissed};

/// One of our own files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `obelus.toml`.
    Config,
    /// `.obelus/rules/**/*.yml`.
    Rule,
    /// `.obelus/dismissed.toml`.
    Dismissed,
}

impl Kind {
    /// What a path of the workspace is for us.
    pub fn of(path: &RelPath) -> Option<Self> {
        let name = path.as_str();
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let is_test = name.ends_with(".test.yml") || name.ends_with(".test.yaml");
        match name {
            "obelus.toml" => Some(Self::Config),
            ".obelus/dismissed.toml" => Some(Self::Dismissed),
            _ if name.starts_with(".obelus/rules/") && is_yaml && !is_test => Some(Self::Rule),
            _ => None,
        }
    }
}

/// Something that is wrong with one of our files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, or the key.
    pub span: Span,
    /// Error where the file counts for nothing with it.
    pub severity: Severity,
    /// What is wrong and what to do.
    pub message: String,
}

/// Something that can be written at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// As it is listed.
    pub label: String,
    /// What to write.
    pub text: String,
    /// What it takes the place of.
    pub replaces: Span,
    /// A key, and not a value.
    pub is_key: bool,
    /// What it means, Markdown.
    pub about: String,
}

/// What is wrong with a file as it is being written.
pub fn problems(kind: Kind, path: &RelPath, text: &str) -> Vec<Problem> {
    let source = Source {
        name: path.to_string(),
        text: text.to_owned(),
    };
    let at_line = |problem: ConfigProblem, severity: Severity| Problem {
        span: line_span(text, problem.line.unwrap_or(1)),
        severity,
        message: match problem.key.as_str() {
            "" => problem.message,
            key => format!("{key}: {}", problem.message),
        },
    };
    match kind {
        Kind::Config => {
            let (wrong, refused) = look_over(&source);
            let wrong = wrong.into_iter().map(|one| at_line(one, Severity::Error));
            let refused = refused
                .into_iter()
                .map(|one| at_line(one, Severity::Warning));
            wrong.chain(refused).collect()
        }
        Kind::Dismissed => {
            let (_, wrong) = dismissed::parse(&source);
            let wrong = wrong.into_iter().map(|one| at_line(one, Severity::Error));
            wrong.collect()
        }
        Kind::Rule => {
            let reserved: Vec<_> = checks::metas().into_iter().map(|meta| meta.id).collect();
            let files = [(path.clone(), text.to_owned())];
            let load = || syntax::Rules::builtin().with_workspace(&files, &reserved).1;
            let wrong = match catch_unwind(AssertUnwindSafe(load)) {
                Ok(wrong) => wrong.into_iter().map(|problem| problem.what).collect(),
                Err(_) => vec!["this rule makes the matcher panic and is left out".to_owned()],
            };
            let problem = |message: String| Problem {
                span: rule::place_of(text, &message),
                severity: Severity::Error,
                message,
            };
            wrong.into_iter().map(problem).collect()
        }
    }
}

/// What can be written at a byte offset.
pub fn complete(engine: &Engine, kind: Kind, text: &str, offset: usize) -> Vec<Proposal> {
    match kind {
        Kind::Config => toml::complete(engine, text, offset),
        Kind::Rule => rule::complete(text, offset),
        Kind::Dismissed => Vec::new(),
    }
}

/// What stands at a byte offset, and its meaning as Markdown.
pub fn explain(engine: &Engine, kind: Kind, text: &str, offset: usize) -> Option<(Span, String)> {
    let named = rule_names(engine, text)
        .into_iter()
        .find(|(span, _)| span.start as usize <= offset && offset <= span.end as usize);
    match (kind, named) {
        (Kind::Config | Kind::Dismissed, Some((span, id))) => {
            let meta = engine.catalogue().get(id.as_str())?;
            let about = format!("**{}**\n\n{}\n\n`{id}`", meta.title.trim(), meta.why.trim());
            Some((span, about))
        }
        (Kind::Config, None) => toml::explain(text, offset),
        (Kind::Rule, _) => rule::explain(text, offset),
        (Kind::Dismissed, None) => None,
    }
}

/// The rules that a file names, where it does.
pub fn links(engine: &Engine, kind: Kind, text: &str) -> Vec<(Span, RuleId)> {
    match kind {
        Kind::Config | Kind::Dismissed => rule_names(engine, text),
        Kind::Rule => Vec::new(),
    }
}

/// Quoted names of rules, without their quotes.
fn rule_names(engine: &Engine, text: &str) -> Vec<(Span, RuleId)> {
    let mut names = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(open) = rest.find(['"', '\'']) {
            let quote = if rest.as_bytes()[open] == b'"' {
                '"'
            } else {
                '\''
            };
            let inside = &rest[open + 1..];
            let Some(length) = inside.find(quote) else {
                break;
            };
            let (name, at) = (&inside[..length], line.len() - inside.len());
            if let Some(meta) = engine.catalogue().get(name) {
                let span = Span::new(start + at, start + at + length);
                names.push((span, meta.id.clone()));
            }
            rest = &inside[length + 1..];
        }
        start += line.len();
    }
    names
}

/// What stands on a 1-based line, without the space around it.
fn line_span(text: &str, line: u32) -> Span {
    let mut start = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number as u32 + 1 == line {
            let written = content.trim_end();
            let indent = written.len() - written.trim_start().len();
            return Span::new(start + indent, start + written.len().max(indent));
        }
        start += content.len();
    }
    Span::new(text.len(), text.len())
}

/// The line around an offset up to the offset, and where it begins.
fn line_before(text: &str, offset: usize) -> Option<(usize, &str)> {
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Some((start, &before[start..]))
}

#[cfg(test)]
mod tests;
