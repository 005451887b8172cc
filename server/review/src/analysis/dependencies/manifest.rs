//! The dependencies that a manifest names, read line by line.
//!
//! A manifest in the middle of an edit is not well-formed, and what is asked is only which names and versions stand on
//! which lines; so nothing is parsed as a whole, and a line that is not understood is no dependency.

use base::{RelPath, Span};

/// The package manager a manifest belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ecosystem {
    Cargo,
    Npm,
    Python,
    Go,
    Ruby,
    Composer,
}

impl Ecosystem {
    /// The ecosystem of the manifest at `path`; `None` where it is none.
    pub(super) fn of(path: &RelPath) -> Option<Self> {
        let name = path.file_name();
        Some(match name {
            "Cargo.toml" => Self::Cargo,
            "package.json" => Self::Npm,
            "pyproject.toml" | "Pipfile" => Self::Python,
            "go.mod" => Self::Go,
            "Gemfile" => Self::Ruby,
            "composer.json" => Self::Composer,
            _ if name.starts_with("requirements") && name.ends_with(".txt") => Self::Python,
            // `requirements/extras/redis.txt`
            _ if name.ends_with(".txt")
                && path
                    .parent()
                    .is_some_and(|folder| folder.split('/').any(|part| part == "requirements")) =>
            {
                Self::Python
            }
            _ => return None,
        })
    }

    /// The lock files that may lie beside the manifest or in a folder above it.
    pub(super) fn locks(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["Cargo.lock"],
            Self::Npm => &["package-lock.json", "yarn.lock", "pnpm-lock.yaml"],
            Self::Python => &["poetry.lock", "uv.lock", "Pipfile.lock", "pdm.lock"],
            Self::Go => &["go.sum"],
            Self::Ruby => &["Gemfile.lock"],
            Self::Composer => &["composer.lock"],
        }
    }

    /// What brings the lock file into step.
    pub(super) fn update(self) -> &'static str {
        match self {
            Self::Cargo => "cargo check",
            Self::Npm => "npm install",
            Self::Python => "the lock command of your package manager",
            Self::Go => "go mod tidy",
            Self::Ruby => "bundle install",
            Self::Composer => "composer update --lock",
        }
    }
}

/// One dependency as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The version or range, as written; `None` where none is.
    pub(super) version: Option<String>,
    /// It is a path, a workspace member, a repository: no version is expected.
    pub(super) elsewhere: bool,
    /// Only for building, testing or developing.
    pub(super) dev: bool,
    /// Its line, trimmed.
    pub(super) span: Span,
}

/// All dependencies in `text`, in order.
pub(super) fn entries(ecosystem: Ecosystem, path: &RelPath, text: &str) -> Vec<Entry> {
    match ecosystem {
        Ecosystem::Cargo => toml(text, cargo_section),
        Ecosystem::Python if path.file_name().ends_with(".txt") => requirements(text),
        Ecosystem::Python => {
            let mut found = toml(text, poetry_section);
            found.extend(listed(text));
            found
        }
        Ecosystem::Npm | Ecosystem::Composer => json(text),
        Ecosystem::Go => go(text),
        Ecosystem::Ruby => ruby(text),
    }
}

/// Lines with the span of what is on them.
fn lines(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at + (line.len() - line.trim_start().len());
        let trimmed = line.trim();
        at += line.len();
        (trimmed, Span::new(start, start + trimmed.len()))
    })
}

/// What a section of a TOML manifest holds.
enum Section<'a> {
    /// Dependencies, one a line.
    List {
        dev: bool,
    },
    /// One dependency's own table.
    One {
        name: &'a str,
        dev: bool,
    },
    Other,
}

fn cargo_section(header: &str) -> Section<'_> {
    let (last, before) = match header.rsplit_once('.') {
        Some((before, last)) => (last, before),
        None => (header, ""),
    };
    let list = |name: &str| match name {
        "dependencies" => Some(false),
        "dev-dependencies" | "build-dependencies" => Some(true),
        _ => None,
    };
    if let Some(dev) = list(last) {
        return Section::List { dev };
    }
    let parent = before.rsplit_once('.').map_or(before, |(_, last)| last);
    match list(parent) {
        Some(dev) => Section::One { name: last, dev },
        None => Section::Other,
    }
}

fn poetry_section(header: &str) -> Section<'_> {
    match header {
        "tool.poetry.dependencies" | "packages" => Section::List { dev: false },
        "tool.poetry.dev-dependencies" | "dev-packages" => Section::List { dev: true },
        _ if header.starts_with("tool.poetry.group.") && header.ends_with(".dependencies") => {
            Section::List { dev: true }
        }
        _ => Section::Other,
    }
}

fn toml(text: &str, section_of: for<'a> fn(&'a str) -> Section<'a>) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = Section::Other;
    for (line, span) in lines(text) {
        if let Some(header) = line
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            section = section_of(header);
            if let Section::One { name, dev } = section {
                found.push(Entry {
                    name: unquoted(name).to_owned(),
                    version: None,
                    elsewhere: false,
                    dev,
                    span,
                });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let (key, value) = (unquoted(key.trim()), value.trim());
        match section {
            Section::List { dev } => {
                // `name.workspace = true`
                let (name, dotted) = key.split_once('.').unwrap_or((key, ""));
                if name == "python" {
                    continue;
                }
                let table = value.starts_with('{');
                found.push(Entry {
                    name: name.to_owned(),
                    version: if table {
                        field(value, "version")
                    } else {
                        quoted(value)
                    },
                    elsewhere: dotted == "workspace"
                        || ["path", "git", "workspace", "url"]
                            .iter()
                            .any(|key| table && has_field(value, key)),
                    dev,
                    span,
                });
            }
            Section::One { .. } => {
                if let Some(last) = found.last_mut() {
                    match key {
                        "version" => last.version = quoted(value),
                        "path" | "git" | "workspace" => last.elsewhere = true,
                        _ => {}
                    }
                }
            }
            Section::Other => {}
        }
    }
    found
}

/// `dependencies = ["name>=1", …]` of `pyproject.toml`, one a line or all on one.
fn listed(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let (mut section, mut inside) = ("", false);
    for (line, span) in lines(text) {
        if !inside
            && let Some(header) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
        {
            section = header;
            continue;
        }
        let mut rest = line;
        if !inside {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let key = key.trim();
            let is_list = section == "project" && key == "dependencies"
                || matches!(
                    section,
                    "project.optional-dependencies" | "dependency-groups"
                );
            if !is_list {
                continue;
            }
            rest = value.trim();
            inside = true;
        }
        for part in rest.split(['"', '\'']).skip(1).step_by(2) {
            found.extend(requirement(part, span));
        }
        if rest.ends_with(']') {
            inside = false;
        }
    }
    found
}

fn requirements(text: &str) -> Vec<Entry> {
    lines(text)
        .filter(|(line, _)| !line.starts_with(['#', '-']))
        .filter_map(|(line, span)| {
            let line = line.split(" #").next().unwrap_or(line);
            requirement(line.trim(), span)
        })
        .collect()
}

/// A requirement of PEP 508: `name[extra]>=1.2; marker`.
fn requirement(text: &str, span: Span) -> Option<Entry> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.split(';').next().unwrap_or_default().trim();
    Some(Entry {
        name: name.to_ascii_lowercase().replace(['_', '.'], "-"),
        version: (!rest.is_empty()).then(|| rest.to_owned()),
        elsewhere: rest.starts_with('@'),
        dev: false,
        span,
    })
}

/// `"name": "version"` in the tables of dependencies of `package.json` and `composer.json`.
fn json(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut section = None;
    for (line, span) in lines(text) {
        let pair = line.trim_end_matches(',').split_once(':');
        let Some((key, value)) = pair.map(|(key, value)| (unquoted(key.trim()), value.trim()))
        else {
            if line.starts_with('}') {
                section = None;
            }
            continue;
        };
        if value.starts_with('{') {
            section = match key {
                "dependencies" | "peerDependencies" | "optionalDependencies" | "require" => {
                    Some(false)
                }
                "devDependencies" | "require-dev" => Some(true),
                _ => None,
            };
            if value.ends_with('}') {
                section = None;
            }
            continue;
        }
        let (Some(dev), Some(version)) = (section, quoted(value)) else {
            continue;
        };
        if matches!(key, "php") || key.starts_with("ext-") {
            continue;
        }
        let elsewhere = [
            "file:",
            "link:",
            "workspace:",
            "git",
            "http",
            "npm:",
            "portal:",
            "catalog:",
        ]
        .iter()
        .any(|start| version.starts_with(start))
            || version.contains('/');
        found.push(Entry {
            name: key.to_owned(),
            version: Some(version),
            elsewhere,
            dev,
            span,
        });
    }
    found
}

fn go(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut inside = false;
    for (line, span) in lines(text) {
        let rest = match line.strip_prefix("require") {
            Some(rest) if rest.trim() == "(" => {
                inside = true;
                continue;
            }
            Some(rest) if rest.starts_with(' ') => rest.trim(),
            _ if inside => line,
            _ => continue,
        };
        if rest == ")" {
            inside = false;
            continue;
        }
        let mut words = rest.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next())
            && version.starts_with('v')
        {
            found.push(Entry {
                name: name.to_owned(),
                version: Some(version.to_owned()),
                elsewhere: false,
                dev: rest.contains("// indirect"),
                span,
            });
        }
    }
    found
}

fn ruby(text: &str) -> Vec<Entry> {
    lines(text)
        .filter_map(|(line, span)| {
            let rest = line.strip_prefix("gem ")?;
            let mut parts = rest.split(['"', '\'']).skip(1).step_by(2);
            let name = parts.next()?;
            let version = parts
                .next()
                .filter(|version| version.contains(|c: char| c.is_ascii_digit()));
            Some(Entry {
                name: name.to_owned(),
                version: version.map(str::to_owned),
                elsewhere: ["path:", "git:", "github:", ":path", ":git"]
                    .iter()
                    .any(|key| rest.contains(key)),
                dev: false,
                span,
            })
        })
        .collect()
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// The text between the first pair of quotes.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = text.get(1..)?;
    inner.split_once(quote).map(|(inner, _)| inner.to_owned())
}

/// A text field of an inline table.
fn field(table: &str, name: &str) -> Option<String> {
    let at = position(table, name)?;
    let (_, value) = table.get(at..)?.split_once('=')?;
    quoted(value.trim_start())
}

fn has_field(table: &str, name: &str) -> bool {
    position(table, name).is_some()
}

fn position(table: &str, name: &str) -> Option<usize> {
    table.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = table
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        let after = table
            .get(at + name.len()..)
            .unwrap_or_default()
            .trim_start();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '"')
            && after.starts_with('=')
    })
}

/// The numbers of a version or of the first version in a range: `^1.2.3-rc.1` is 1, 2, 3.
pub(super) fn numbers(version: &str) -> Option<Vec<u64>> {
    let start = version.find(|c: char| c.is_ascii_digit())?;
    let rest = version.get(start..)?;
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(rest.len());
    let numbers: Vec<u64> = rest
        .get(..end)?
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    (!numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::{Ecosystem, entries, numbers};

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let path = RelPath::new(path).expect("a path");
        let ecosystem = Ecosystem::of(&path).expect("a manifest");
        let seen: Vec<String> = entries(ecosystem, &path, text)
            .into_iter()
            .map(|entry| {
                let version = entry.version.as_deref().unwrap_or("-");
                let mut line = format!("{} {version}", entry.name);
                if entry.elsewhere {
                    line.push_str(" elsewhere");
                }
                if entry.dev {
                    line.push_str(" dev");
                }
                line
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn manifests_are_read() {
        check(
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"1\"\n[dependencies]\nserde = { version = \"1.0\", features = [\"derive\"] }\nrand = \"0.9\"\nmine = { path = \"../mine\" }\nbase.workspace = true\n[dev-dependencies]\ntempfile = \"3\"\n[dependencies.tokio]\nversion = \"1\"\n[profile.dev]\ndebug = \"x\"\n",
            &[
                "serde 1.0",
                "rand 0.9",
                "mine - elsewhere",
                "base - elsewhere",
                "tempfile 3 dev",
                "tokio 1",
            ],
        );
        check(
            "package.json",
            "{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\n    \"test\": \"mocha\"\n  },\n  \"dependencies\": {\n    \"react\": \"^18.2.0\",\n    \"mine\": \"workspace:*\"\n  },\n  \"devDependencies\": {\n    \"jest\": \"29.0.0\"\n  }\n}\n",
            &[
                "react ^18.2.0",
                "mine workspace:* elsewhere",
                "jest 29.0.0 dev",
            ],
        );
        check(
            "requirements-dev.txt",
            "# tools\nDjango==4.2\nrequests[socks]>=2,<3 ; python_version > '3.8'\n-r base.txt\npytest\n",
            &["django ==4.2", "requests >=2,<3", "pytest -"],
        );
        check(
            "pyproject.toml",
            "[project]\nname = \"x\"\ndependencies = [\n  \"httpx>=0.27\",\n  \"rich\",\n]\n[tool.poetry.dependencies]\npython = \"^3.9\"\nflask = \"^3.0\"\n",
            &["flask ^3.0", "httpx >=0.27", "rich -"],
        );
        check(
            "go.mod",
            "module x\n\ngo 1.22\n\nrequire (\n\tgithub.com/a/b v1.2.3\n\tgolang.org/x/c v0.1.0 // indirect\n)\nrequire github.com/d/e v2.0.0\n",
            &[
                "github.com/a/b v1.2.3",
                "golang.org/x/c v0.1.0 dev",
                "github.com/d/e v2.0.0",
            ],
        );
        check(
            "Gemfile",
            "gem \"rails\", \"~> 7.1\"\ngem 'rake'\ngem \"mine\", path: \"../mine\"\n",
            &["rails ~> 7.1", "rake -", "mine - elsewhere"],
        );
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(numbers("^1.10.0"), Some(vec![1, 10, 0]));
        assert_eq!(numbers(">=2,<3"), Some(vec![2]));
        assert_eq!(numbers("v0.3.0-rc.1"), Some(vec![0, 3, 0]));
        assert_eq!(numbers("*"), None);
        assert!(numbers("1.9") < numbers("1.10"));
    }
}
