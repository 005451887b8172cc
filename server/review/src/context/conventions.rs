//! How things are done here: the sections of guideline files that speak of what is changed.
//!
//! Guideline files are known by their names. A section counts where it names the language or a path of the change, or
//! where its heading says that it is about style; a file without any such section is left out.

use std::collections::HashSet;

use base::{Change, Excerpt, Reason, RelPath, Span, Text};
use syntax::Language;

use super::Sources;
use super::focus::Focus;

/// Sections that are shown.
const MAX_SECTIONS: usize = 2;
/// Lines of a section that are shown.
const MAX_LINES: u32 = 16;
/// Guideline files that are read.
const MAX_FILES: usize = 6;
/// A larger one is a book.
const MAX_BYTES: usize = 100_000;

/// Whether a file of this name says how things are done.
fn is_guideline(path: &RelPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return matches!(name.as_str(), "contributing" | "hacking");
    };
    if !matches!(extension, "md" | "mdx" | "rst" | "txt" | "adoc") {
        return false;
    }
    let stem = stem.replace(['_', '-', ' '], "");
    [
        "contributing",
        "styleguide",
        "codingstyle",
        "codestyle",
        "conventions",
        "codingguidelines",
    ]
    .iter()
    .any(|known| stem.contains(known))
        || matches!(
            stem.as_str(),
            "agents" | "claude" | "copilotinstructions" | "hacking" | "style" | "guidelines"
        )
}

/// The excerpts, best first.
pub(crate) fn excerpts(sources: &Sources<'_>, change: &Change, focus: &[Focus]) -> Vec<Excerpt> {
    let mut found: Vec<(f32, Excerpt)> = Vec::new();
    let topics = Topics::of(focus);
    for path in files(sources, focus) {
        let Ok(Some(text)) = sources.repo.text(&path, &change.new) else {
            continue;
        };
        if text.len() > MAX_BYTES || focus.iter().any(|file| file.path == path) {
            continue;
        }
        for section in sections(&text) {
            let body = text.slice(section).unwrap_or("");
            let Some((score, why)) = topics.judge(body) else {
                continue;
            };
            let lines = text.lines();
            let first = lines.line_of(section.start);
            let end = lines.line_of(section.end.saturating_sub(1).max(section.start)) + 1;
            let span = lines.lines_span(first..end.min(first + MAX_LINES));
            let shown = text.slice(span).unwrap_or("");
            found.push((
                score,
                Excerpt {
                    path: path.clone(),
                    hash: text.hash(),
                    span,
                    symbol: vec![heading(body).to_owned()],
                    reason: Reason::Convention,
                    why,
                    score: 0.0,
                    tokens: base::context::tokens(shown) + 12,
                    text: shown.to_owned(),
                },
            ));
        }
    }
    found.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| (&a.1.path, a.1.span).cmp(&(&b.1.path, b.1.span)))
    });
    found.truncate(MAX_SECTIONS);
    found.into_iter().map(|(_, excerpt)| excerpt).collect()
}

/// The guideline files there are: at the top first, then those nearest to the changed files.
fn files(sources: &Sources<'_>, focus: &[Focus]) -> Vec<RelPath> {
    let mut paths: Vec<RelPath> = sources
        .index
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(is_guideline)
        .collect();
    // In a folder that holds none of the changed files they speak of something else, docs aside.
    paths.retain(|path| match path.parent() {
        None | Some("" | ".github" | "docs" | "doc" | "contributing" | ".cursor") => true,
        Some(folder) => {
            folder.starts_with("docs/")
                || focus.iter().any(|file| {
                    let rest = file.path.as_str().strip_prefix(folder);
                    rest.is_some_and(|rest| rest.starts_with('/'))
                })
        }
    });
    paths.sort_by_key(|path| (path.as_str().matches('/').count(), path.clone()));
    paths.truncate(MAX_FILES);
    paths
}

/// From each heading to the next; the part before the first heading too.
fn sections(text: &Text) -> Vec<Span> {
    let mut starts = vec![0];
    let mut is_code = false;
    let mut at = 0;
    let mut before: &str = "";
    let mut before_at = 0;
    for line in text.as_str().split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let is_heading =
            !is_code && bare.starts_with('#') && bare.trim_start_matches('#').starts_with(' ');
        let is_rule = bare.len() >= 3 && bare.chars().all(|c| matches!(c, '=' | '-' | '~'));
        if is_heading {
            starts.push(at);
        } else if !is_code && is_rule && !before.is_empty() {
            starts.push(before_at);
        }
        (before, before_at) = (bare, at);
        at += line.len();
    }
    starts.dedup();
    starts.push(text.len());
    starts
        .windows(2)
        .map(|pair| Span::new(pair[0], pair[1]))
        .filter(|span| {
            text.slice(*span)
                .is_some_and(|body| body.lines().count() > 1)
        })
        .collect()
}

fn heading(section: &str) -> &str {
    let first = section.lines().find(|line| !line.trim().is_empty());
    first.unwrap_or("").trim_start_matches('#').trim()
}

/// What the change is about, in the words of guidelines.
struct Topics {
    languages: HashSet<String>,
    /// Whole paths and folders, and extensions with their dot.
    places: HashSet<String>,
}

impl Topics {
    fn of(focus: &[Focus]) -> Self {
        let mut topics = Self {
            languages: HashSet::new(),
            places: HashSet::new(),
        };
        for file in focus {
            if let Some(language) = Language::detect(&file.path, "") {
                topics
                    .languages
                    .extend(written(language).iter().map(|name| (*name).to_owned()));
            }
            topics.places.insert(file.path.as_str().to_owned());
            topics.places.insert(file.path.file_name().to_owned());
            if let Some(extension) = file.path.extension() {
                topics.places.insert(format!(".{extension}"));
            }
            let mut folder = file.path.parent();
            while let Some(path) = folder.filter(|path| !path.is_empty()) {
                topics.places.insert(format!("{path}/"));
                folder = path.rsplit_once('/').map(|(parent, _)| parent);
            }
        }
        topics
    }

    /// How much a section speaks of it, and of what.
    fn judge(&self, section: &str) -> Option<(f32, String)> {
        let title = heading(section).to_lowercase();
        let about_style = [
            "style",
            "convention",
            "guideline",
            "naming",
            "format",
            "code standards",
        ]
        .iter()
        .any(|word| title.contains(word));
        let words: Vec<&str> = section
            .split(|c: char| c.is_whitespace() || "`'\"(),;:!?*[]<>".contains(c))
            .map(|word| word.trim_end_matches('.'))
            .collect();
        let place = words
            .iter()
            .filter(|word| {
                let word = word.trim_start_matches("./").trim_start_matches('*');
                self.places.contains(word) || self.places.contains(&format!("{word}/"))
            })
            .max_by_key(|word| (word.len(), std::cmp::Reverse(**word)));
        let language = words.iter().find(|word| self.languages.contains(**word));
        let (score, why) = match (place, language) {
            (Some(place), _) if place.len() > 1 => (2.0, format!("guideline that names {place}")),
            (_, Some(language)) => (1.0, format!("guideline that names {language}")),
            _ if about_style => (0.5, "guideline of the project's style".to_owned()),
            _ => return None,
        };
        Some((score + if about_style { 0.7 } else { 0.0 }, why))
    }
}

/// How people write a language's name.
fn written(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => &["Rust", "rustfmt", "clippy", "cargo"],
        Language::Python => &["Python", "PEP8", "PEP", "ruff", "flake8", "black"],
        Language::JavaScript => &["JavaScript", "Javascript", "ESLint", "eslint"],
        Language::TypeScript | Language::Tsx => &["TypeScript", "Typescript", "ESLint", "eslint"],
        Language::Go => &["Go", "Golang", "gofmt", "goimports"],
        Language::Java => &["Java"],
        Language::C => &["C", "clang-format"],
        Language::Cpp => &["C++", "clang-format"],
        Language::CSharp => &["C#"],
        Language::Ruby => &["Ruby", "RuboCop"],
        Language::Php => &["PHP", "PSR-12", "PSR-2"],
        Language::Kotlin => &["Kotlin", "ktlint"],
        Language::Swift => &["Swift", "SwiftLint"],
        Language::Scala => &["Scala", "scalafmt"],
        Language::Bash => &["Bash", "shell", "shellcheck"],
        Language::Lua => &["Lua"],
        Language::Elixir => &["Elixir"],
        Language::Sql => &["SQL"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use base::{RelPath, Text};

    use super::{heading, is_guideline, sections};

    #[test]
    fn guidelines_are_known_by_name() {
        let is = |path: &str| is_guideline(&RelPath::new(path).expect("a path"));
        for yes in [
            "CONTRIBUTING.md",
            "AGENTS.md",
            "docs/style-guide.rst",
            "docs/coding_style.txt",
            "HACKING",
        ] {
            assert!(is(yes), "{yes}");
        }
        for no in [
            "README.md",
            "src/style.css",
            "docs/agents-of-change.md",
            "contributing.py",
        ] {
            assert!(!is(no), "{no}");
        }
    }

    #[test]
    fn sections_end_where_the_next_begins() {
        let text =
            Text::new("intro\nmore\n# One\na\n```\n# no heading\n```\nTwo\n---\nb\n## Three\n");
        let found: Vec<&str> = sections(&text)
            .into_iter()
            .map(|span| heading(text.slice(span).expect("inside")))
            .collect();
        assert_eq!(found, ["intro", "One", "Two"]);
    }
}
