//! Labels that the repository itself has, where the facts call for one.
//!
//! `.github/labeler.yml` says which paths make which label, and that is followed. `.github/labels.yml` lists names: one is
//! suggested only where it names what every file of the change is. Where neither exists nothing is suggested.

use base::{At, RelPath, Repo};
use globset::{GlobBuilder, GlobMatcher};

use super::facts::{Facts, SymbolFact};
use super::role::Role;

/// Labels suggested at most.
const MAX: usize = 5;

/// What the repository says about labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Names with the globs that call for them.
    by_path: Vec<(String, Vec<String>)>,
    /// Names alone.
    names: Vec<String>,
}

impl Labels {
    /// Reads the repository's files at a version.
    pub fn read(repo: &dyn Repo, at: &At) -> Self {
        let text = |names: &[&str]| {
            let paths = names.iter().filter_map(|name| RelPath::new(name).ok());
            let mut texts = paths.filter_map(|path| repo.text(&path, at).ok()?);
            texts
                .next()
                .map(|text| text.as_str().to_owned())
                .unwrap_or_default()
        };
        Self {
            by_path: by_path(&text(&[".github/labeler.yml", ".github/labeler.yaml"])),
            names: names(&text(&[
                ".github/labels.yml",
                ".github/labels.yaml",
                ".github/labels.json",
            ])),
        }
    }

    /// The labels for a change.
    pub(crate) fn suggest(&self, facts: &Facts) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (label, globs) in &self.by_path {
            let globs: Vec<GlobMatcher> = globs
                .iter()
                .filter_map(|glob| {
                    Some(
                        GlobBuilder::new(glob)
                            .literal_separator(true)
                            .build()
                            .ok()?
                            .compile_matcher(),
                    )
                })
                .collect();
            if facts
                .files
                .iter()
                .any(|file| globs.iter().any(|glob| glob.is_match(file.path.as_str())))
            {
                found.push(label.clone());
            }
        }
        let breaks = facts
            .files
            .iter()
            .flat_map(|file| &file.symbols)
            .any(SymbolFact::may_break);
        let called: &[(bool, &[&str])] = &[
            (facts.only(&[Role::Docs]), &["documentation", "docs", "doc"]),
            (facts.only(&[Role::Test]), &["tests", "testing", "test"]),
            (facts.only(&[Role::Dependencies]), &["dependencies", "deps"]),
            (
                facts.only(&[Role::Ci]),
                &["ci", "github_actions", "github-actions"],
            ),
            (breaks, &["breaking change", "breaking-change", "breaking"]),
        ];
        for (_, words) in called.iter().filter(|(holds, _)| *holds) {
            let label = words.iter().find_map(|word| {
                self.names
                    .iter()
                    .find(|name| tail(name).eq_ignore_ascii_case(word))
            });
            if let Some(label) = label.filter(|label| !found.contains(label)) {
                found.push(label.clone());
            }
        }
        found.truncate(MAX);
        found
    }
}

/// `docs` in `area: docs` and `C-docs`.
fn tail(name: &str) -> &str {
    let name = name.rsplit([':', '/']).next().unwrap_or(name).trim();
    match name.split_once('-') {
        Some((letter, rest)) if letter.len() == 1 => rest,
        _ => name,
    }
}

/// `labeler.yml` in both of its forms: a label at the margin, globs somewhere below it. A label with a condition that is
/// no plain list of globs to have is left out.
fn by_path(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>, bool)> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if !line.starts_with([' ', '\t', '-']) {
            if let Some((label, _)) = bare.rsplit_once(':') {
                found.push((unquoted(label).to_owned(), Vec::new(), true));
            }
            continue;
        }
        let Some((_, globs, plain)) = found.last_mut() else {
            continue;
        };
        let other = [
            "all-globs",
            "all:",
            "base-branch",
            "head-branch",
            "any-glob-to-all",
        ];
        if other.iter().any(|word| bare.contains(word)) {
            *plain = false;
        }
        let value = bare.trim_start_matches("- ");
        let value = match value.split_once(':') {
            Some((key, rest)) if key.chars().all(|c| c.is_ascii_alphabetic() || c == '-') => {
                rest.trim()
            }
            _ => value,
        };
        for glob in value
            .trim_matches(['[', ']'])
            .split(',')
            .map(|glob| unquoted(glob.trim()))
        {
            if glob.starts_with('!') {
                *plain = false;
            } else if !glob.is_empty() {
                globs.push(glob.to_owned());
            }
        }
    }
    found
        .into_iter()
        .filter(|(_, globs, plain)| *plain && !globs.is_empty())
        .map(|(label, globs, _)| (label, globs))
        .collect()
}

/// The names in `labels.yml` or `.json`.
fn names(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let line = line
            .trim()
            .trim_start_matches("- ")
            .trim_start_matches('{')
            .trim();
        let (key, rest) = line.split_once(':')?;
        (unquoted(key.trim()) == "name")
            .then(|| unquoted(rest.trim().trim_end_matches(',')).to_owned())
    });
    lines
        .filter(|name| {
            !name.is_empty() && name.chars().count() <= 50 && !name.contains(char::is_control)
        })
        .collect()
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let quoted = |mark: char| {
        text.strip_prefix(mark)
            .and_then(|rest| rest.split(mark).next())
    };
    quoted('"')
        .or_else(|| quoted('\''))
        .unwrap_or_else(|| text.split(" #").next().unwrap_or(text).trim())
}

#[cfg(test)]
mod tests {
    use super::{by_path, names};

    #[test]
    fn both_forms_of_a_labeler_are_read() {
        let text = "\
docs:
  - docs/**
  - '**/*.md'
\"area: net\":
- changed-files:
  - any-glob-to-any-file: ['src/net/**', \"x\"]
not-this:
  - '!a'
nor-this:
- head-branch: '^feature'
";
        assert_eq!(
            by_path(text),
            [
                (
                    "docs".to_owned(),
                    vec!["docs/**".to_owned(), "**/*.md".to_owned()]
                ),
                (
                    "area: net".to_owned(),
                    vec!["src/net/**".to_owned(), "x".to_owned()]
                ),
            ]
        );
        assert_eq!(
            names("- name: \"docs\"\n  color: fff\n- color: x\n  name: bug # a\n"),
            ["docs", "bug"]
        );
    }
}
