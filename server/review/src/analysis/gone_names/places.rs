//! Where names without a symbol are mentioned: files that a machine reads, pages for people, and quoted words in code.

use base::{RelPath, Span};
use syntax::Language;

use super::named::{Kind, named};
use super::settings::{is_config, is_given_to};

/// Who reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// A build, a deployment or a shell: what it names must be there.
    Machine,
    /// A program that is set up by it.
    Settings,
    /// A program.
    Code,
    /// People.
    Page,
}

impl Sort {
    /// `None` for what tells nothing: lock files, data, records of what was.
    pub(super) fn of(path: &RelPath) -> Option<Self> {
        let name = path.file_name();
        let lower = path.as_str().to_ascii_lowercase();
        if is_past(&lower) || name.contains(".lock") || name.contains("-lock.") {
            return None;
        }
        let extension = path.extension().unwrap_or_default();
        match extension {
            "md" | "mdx" | "rst" | "adoc" | "asciidoc" => return Some(Self::Page),
            "yml" | "yaml" | "sh" | "bash" | "env" | "mk" | "ps1" | "bat" | "nix" | "service"
            | "tf" | "dockerfile" => return Some(Self::Machine),
            _ => {}
        }
        if is_config(path) && !matches!(extension, "yml" | "yaml") {
            return Some(Self::Settings);
        }
        let is_machine = matches!(
            name,
            "Makefile"
                | "makefile"
                | "GNUmakefile"
                | "justfile"
                | "Justfile"
                | "Jenkinsfile"
                | "Procfile"
                | "Containerfile"
                | "CODEOWNERS"
                | "package.json"
                | "tox.ini"
                | "noxfile.py"
        ) || name.starts_with("Dockerfile")
            || name.starts_with(".env");
        if is_machine {
            return Some(Self::Machine);
        }
        Language::detect(path, "")
            .filter(|language| language.is_code())
            .map(|_| Self::Code)
    }
}

/// Pages about what once was say the old names rightly.
fn is_past(path: &str) -> bool {
    [
        "changelog",
        "changes",
        "history",
        "news",
        "release",
        "upgrad",
        "migrat",
        "deprecat",
        "/adr",
        "rfc",
        "blog",
        "archive",
        "versioned",
        "vendor",
        "third_party",
        "node_modules",
        "testdata",
        "fixture",
    ]
    .iter()
    .any(|part| path.contains(part))
}

/// Whether a file holds texts in one language.
pub(super) fn is_translation(path: &RelPath) -> bool {
    let is_data = matches!(path.extension(), Some("json" | "yml" | "yaml"));
    is_data
        && path.parent().is_some_and(|folder| {
            folder.split('/').any(|part| {
                matches!(
                    part,
                    "locales" | "locale" | "i18n" | "translations" | "lang" | "_locales"
                )
            })
        })
}

/// The places in `text` that use a name, by what it is of and who reads the file.
pub(super) fn uses(
    kind: Kind,
    name: &str,
    programs: &[String],
    (path, sort): (&RelPath, Sort),
    text: &str,
) -> Vec<Span> {
    match (kind, sort) {
        (Kind::Variable, Sort::Machine) => {
            // Who reads it here has a use for it of its own.
            let is_read = [
                format!("${name}"),
                format!("${{{name}"),
                format!("%{name}%"),
            ]
            .iter()
            .any(|sign| text.contains(sign.as_str()));
            match is_read {
                true => Vec::new(),
                false => words(text, name)
                    .filter(|span| is_set(text, *span))
                    .collect(),
            }
        }
        (Kind::Variable, Sort::Page) => spoken(text, words(text, name)),
        (Kind::Flag, Sort::Machine | Sort::Page) => {
            let dashed = format!("--{name}");
            // One word is an option of many programs.
            let is_its_own = |span: Span| name.contains('-') || is_given_to(text, span, programs);
            let found = words(text, &dashed)
                .filter(|span| !before(text, *span).ends_with('-') && is_its_own(*span));
            spoken(text, found)
        }
        (Kind::Setting, Sort::Code) => given(path, text, Kind::Key, name),
        (Kind::Key, Sort::Settings | Sort::Machine) if is_config(path) => {
            given(path, text, Kind::Setting, name)
        }
        (Kind::Setting | Kind::Key, Sort::Page) if name.contains('.') => {
            let coded = format!("`{name}`");
            spoken(text, occurrences(text, coded))
        }
        (Kind::Feature, Sort::Code) => ["feature = ", "feature="]
            .iter()
            .flat_map(|head| {
                let quoted = format!("{head}\"{name}\"");
                occurrences(text, quoted)
            })
            .collect(),
        (Kind::Script, Sort::Machine | Sort::Page) => {
            let heads = [
                "npm run ",
                "yarn run ",
                "pnpm run ",
                "bun run ",
                "npm run-script ",
            ];
            let found = heads.iter().flat_map(|head| {
                let said = format!("{head}{name}");
                occurrences(text, said).filter(|span| ends(text, *span))
            });
            spoken(text, found)
        }
        (Kind::Target, Sort::Machine | Sort::Page) => {
            let heads = ["make ", "$(MAKE) "];
            let found = heads.iter().flat_map(|head| {
                let said = format!("{head}{name}");
                occurrences(text, said).filter(|span| ends(text, *span) && is_command(text, *span))
            });
            spoken(text, found)
        }
        (Kind::Route, Sort::Code) | (Kind::Translation, Sort::Code) => ['"', '\'', '`']
            .iter()
            .flat_map(|quote| occurrences(text, format!("{quote}{name}{quote}")))
            .collect(),
        (Kind::Route, Sort::Page) => {
            let found = occurrences(text, name.to_owned()).filter(|span| {
                ends(text, *span) && before(text, *span).ends_with([' ', '`', '"', '\''])
            });
            spoken(text, found)
        }
        _ => Vec::new(),
    }
}

/// The places where a text gives this very name as one of `kind`.
fn given(path: &RelPath, text: &str, kind: Kind, name: &str) -> Vec<Span> {
    if memchr::memmem::find(
        text.as_bytes(),
        name.rsplit('.').next().unwrap_or(name).as_bytes(),
    )
    .is_none()
    {
        return Vec::new();
    }
    let all = named(path, text).into_iter();
    all.filter(|one| one.kind == kind && one.name == name)
        .map(|one| one.span)
        .collect()
}

/// Places that are not about what is no longer there.
pub(super) fn spoken(text: &str, found: impl Iterator<Item = Span>) -> Vec<Span> {
    found
        .filter(|span| {
            let line = line_at(text, span.start as usize).to_ascii_lowercase();
            ![
                "removed",
                "deprecat",
                "no longer",
                "formerly",
                "renamed",
                "legacy",
                "obsolete",
                "used to be",
                "instead of",
                "replaced",
            ]
            .iter()
            .any(|word| line.contains(word))
        })
        .collect()
}

/// Occurrences of `name` that are no part of a longer word.
pub(super) fn words<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Span> + 'a {
    occurrences(text, name.to_owned()).filter(move |span| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !before(text, *span).ends_with(is_part) && ends(text, *span)
    })
}

fn occurrences(text: &str, what: String) -> impl Iterator<Item = Span> {
    let found: Vec<Span> = memchr::memmem::find_iter(text.as_bytes(), what.as_bytes())
        .map(|at| Span::new(at, at + what.len()))
        .collect();
    found.into_iter()
}

fn before(text: &str, span: Span) -> &str {
    text.get(..span.start as usize).unwrap_or_default()
}

/// Whether nothing goes on after `span` that would make another name of it.
fn ends(text: &str, span: Span) -> bool {
    let rest = text.get(span.end as usize..).unwrap_or_default();
    let mut next = rest.chars();
    match next.next() {
        Some(c) if c.is_alphanumeric() || matches!(c, '_' | '-' | '/') => false,
        // `lint:fix` is another script; `lint:` or `lint.` ends a sentence.
        Some(':' | '.') => !next.next().is_some_and(char::is_alphanumeric),
        _ => true,
    }
}

/// `X=1`, `X: 1`, `ENV X 1`, `ARG X`: the variable is given a value here.
fn is_set(text: &str, span: Span) -> bool {
    let rest = text.get(span.end as usize..).unwrap_or_default();
    let head = line_head(text, span.start as usize).trim_start();
    let is_given = rest.starts_with('=')
        || rest.starts_with(':') && head.trim_matches(['-', ' ', '"']).is_empty();
    let is_instruction = matches!(head.trim_end(), "ENV" | "ARG");
    !head.starts_with('#') && (is_given || is_instruction)
}

/// `make lint` in a line of commands or in code of a page, not "to make lint happy".
fn is_command(text: &str, span: Span) -> bool {
    let head = line_head(text, span.start as usize).trim_start();
    let head = head.trim_start_matches(['-', '*', '@', '$', ' ']);
    head.is_empty()
        || head.ends_with(['`', '&', ';', '|', '('])
        || head.ends_with("&& ")
        || head.ends_with("; ")
        || head.ends_with("run: ")
        || head.ends_with("RUN ")
}

fn line_head(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

fn line_at(text: &str, at: usize) -> &str {
    let start = at - line_head(text, at).len();
    let rest = text.get(start..).unwrap_or_default();
    rest.lines().next().unwrap_or_default()
}
