//! What a text for a doc comment must not say: names that are not there, orders to tools, code that somebody runs.
//!
//! A comment changes nothing that runs, except where tools read it: a linter is silenced, an example is a test, a tag
//! is an annotation. None of this is for a model to decide.

use std::collections::BTreeSet;

use base::Text;
use syntax::Language;

use crate::checks::is_hidden;
use crate::documented::{documented, plain};
use crate::testing::Subject;

/// Longest comment, in lines.
const MAX_LINES: usize = 60;

/// What a text is held against.
pub(super) struct Known<'a> {
    pub(super) subject: &'a Subject,
    /// Names that may be called parameters; `None` where any name of the definition may.
    pub(super) parameters: Option<BTreeSet<&'a str>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(subject: &'a Subject) -> Self {
        let list = subject.definition.parameters.as_ref();
        // A pattern has no name of its own: what it takes apart may be described.
        let list = list.filter(|list| list.iter().all(|one| !one.name.is_empty()));
        Self {
            subject,
            parameters: list.map(|list| list.iter().map(|one| plain(&one.name)).collect()),
        }
    }

    fn file(&self) -> &Text {
        &self.subject.text
    }

    fn own(&self) -> &str {
        (self.file().slice(self.subject.definition.span)).unwrap_or_default()
    }

    fn takes(&self, name: &str) -> bool {
        match &self.parameters {
            Some(names) => names.contains(plain(name)),
            None => has_word(self.own(), plain(name)),
        }
    }
}

/// Why a text is not offered: `text` without the signs of a comment, `rendered` with them.
pub(super) fn wrong(known: &Known<'_>, text: &str, rendered: &str) -> Option<String> {
    let language = known.subject.language;
    if text.contains(['⟦', '⟧']) {
        return Some("it speaks of a value that was hidden from it".to_owned());
    }
    if text
        .chars()
        .any(|c| is_hidden(c) || c.is_control() && c != '\n')
    {
        return Some("it holds characters that cannot be seen".to_owned());
    }
    if text.lines().count() > MAX_LINES {
        return Some(format!("it is longer than {MAX_LINES} lines"));
    }
    if let Some(signs) = ends_it(language, text) {
        return Some(format!(
            "it holds `{signs}`, which ends or continues a comment"
        ));
    }
    if let Some(example) = runs(language, text) {
        return Some(format!("it holds an example that tools may run: {example}"));
    }
    if let Some(order) = text.lines().find_map(order) {
        return Some(format!("`{order}` is an order to a tool"));
    }
    if let Some(tag) = text.lines().find_map(foreign_tag) {
        return Some(format!("`{tag}` is not for a model to say"));
    }
    if let Some(link) = link(text, known.file().as_str()) {
        return Some(format!("the link {link} stands nowhere in the file"));
    }
    let name = &known.subject.definition.name;
    if let Some(other) =
        (parameters(language, text, rendered).into_iter()).find(|it| !known.takes(it))
    {
        return Some(format!("`{name}` takes no `{other}`"));
    }
    let file = known.file().as_str();
    if let Some(error) = thrown(text).into_iter().find(|it| !has_word(file, it)) {
        return Some(format!(
            "`{error}`, which it says is thrown, stands nowhere in the file"
        ));
    }
    let strange = spans(text).find_map(|span| strange(span, file));
    strange.map(|name| format!("`{name}` stands nowhere in the file"))
}

/// Signs in a text that would end the comment, or make the next line part of it.
fn ends_it(language: Language, text: &str) -> Option<&'static str> {
    let all: &[&str] = match language {
        Language::Python => &["\"\"\"", "'''"],
        Language::Php => &["*/", "?>"],
        _ => &["*/", "/*"],
    };
    let found = all.iter().find(|signs| text.contains(**signs)).copied();
    let continues = || text.lines().any(|line| line.trim_end().ends_with('\\'));
    found.or_else(|| continues().then_some("\\"))
}

/// The line of an example, which documentation tests run.
fn runs(language: Language, text: &str) -> Option<String> {
    let mut above_is_blank = false;
    for line in text.lines() {
        let bare = line.trim();
        let is_fence = bare.starts_with("```") || bare.starts_with("~~~");
        let is_prompt = bare.starts_with(">>>") || bare.starts_with("iex>");
        let is_indented = language == Language::Rust
            && above_is_blank
            && (line.starts_with("    ") || line.starts_with('\t'));
        if is_fence || is_prompt || is_indented {
            return Some(bare.chars().take(40).collect());
        }
        above_is_blank = bare.is_empty();
    }
    None
}

/// What tools obey, wherever it stands in a line.
const ANYWHERE: &[&str] = &[
    "obelus:",
    "eslint-",
    "tslint:",
    "biome-ignore",
    "prettier-ignore",
    "@ts-",
    "istanbul ignore",
    "c8 ignore",
    "v8 ignore",
    "noqa",
    "nosec",
    "nosonar",
    "nosemgrep",
    "nolint",
    "pylint:",
    "pyright:",
    "mypy:",
    "type: ignore",
    "pragma:",
    "fmt: off",
    "isort:",
    "rubocop:",
    "shellcheck ",
    "swiftlint:",
    "swift-format-ignore",
    "phpcs:",
    "@phpstan-",
    "@psalm-",
    "phpstan-ignore",
    "noinspection",
    "checkstyle:",
    "@suppress",
    "gitleaks:",
    "codeql[",
    "lgtm[",
    "semgrep:",
    "coverity[",
    "clang-format off",
    "@__pure__",
    "#__pure__",
    "webpackignore",
    "@vite-ignore",
    "@jest-environment",
    "@vitest-environment",
    "sourcemappingurl",
];

/// What tools obey at the beginning of a line.
const FIRST: &[&str] = &[
    "go:",
    "+build",
    "!",
    "-*-",
    "vim:",
    "coding:",
    "encoding:",
    "frozen_string_literal:",
    "@flow",
    "@jsx",
    "@format",
    "nocov",
];

fn order(line: &str) -> Option<String> {
    let small = line.trim().to_lowercase();
    let first = FIRST.iter().find(|order| small.starts_with(**order));
    let found = first.or_else(|| ANYWHERE.iter().find(|order| small.contains(**order)));
    found.map(|order| order.trim().to_owned())
}

/// A tag at the beginning of a line that does more than describe, or says what only the author can know.
fn foreign_tag(line: &str) -> Option<String> {
    const DESCRIBE: &[&str] = &[
        "param",
        "params",
        "parameter",
        "arg",
        "argument",
        "return",
        "returns",
        "result",
        "retval",
        "throws",
        "throw",
        "exception",
        "raise",
        "raises",
        "yield",
        "yields",
        "yieldparam",
        "yieldreturn",
        "template",
        "tparam",
        "typeparam",
        "type",
        "typedef",
        "property",
        "prop",
        "field",
        "brief",
        "summary",
        "remarks",
        "details",
        "note",
        "pre",
        "post",
        "invariant",
        "this",
        "async",
        "await",
        "link",
        "code",
        "c",
        "p",
        "ref",
        "class",
        "function",
        "fn",
        "method",
        "constructor",
        "receiver",
        "treturn",
        "option",
        "callback",
        "public",
        "private",
        "protected",
        "readonly",
        "static",
        "description",
        "desc",
        "memberof",
        "name",
    ];
    let rest = line.trim().strip_prefix(['@', '\\'])?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    let tag = rest.get(..end.unwrap_or(rest.len()))?;
    (!tag.is_empty() && !DESCRIBE.contains(&tag.to_lowercase().as_str())).then(|| format!("@{tag}"))
}

/// An address that the file does not have.
fn link(text: &str, file: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || "()<>[]\"'`".contains(c));
    let mut links = words.filter(|word| word.contains("://") || word.starts_with("www."));
    let missing = links.find(|link| !file.contains(link.trim_end_matches(['.', ','])))?;
    Some(missing.chars().take(60).collect())
}

/// The parameters that it describes.
fn parameters(language: Language, text: &str, rendered: &str) -> BTreeSet<String> {
    let mut text = text.to_owned();
    if language == Language::Ruby {
        // `@param [String] name`: the brackets hold a type.
        let lines = text
            .lines()
            .map(|line| match (line.find('['), line.find(']')) {
                (Some(from), Some(to)) if from < to && line.trim_start().starts_with("@param") => {
                    format!("{}{}", &line[..from], &line[to + 1..])
                }
                _ => line.to_owned(),
            });
        text = lines.collect::<Vec<_>>().join("\n");
    }
    // Lists are told by their depth, tags by the beginning of their line: one of the two reads it.
    let as_lines: String = text.lines().map(|line| format!("/// {line}\n")).collect();
    let mut names: BTreeSet<String> = (documented(&as_lines).into_iter())
        .map(|(name, _)| name.to_owned())
        .collect();
    if language != Language::Ruby {
        names.extend(
            documented(rendered)
                .into_iter()
                .map(|(name, _)| name.to_owned()),
        );
    }
    if language == Language::Swift {
        names.extend(of_swift(&text));
    }
    if language == Language::Lua {
        // `@tparam string name`
        let typed = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("@tparam"));
        names.extend(typed.filter_map(|rest| Some(rest.split_whitespace().nth(1)?.to_owned())));
    }
    names
}

/// `- Parameter name: …`, and `- Parameters:` with a list below it.
fn of_swift(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut list = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let Some(item) = line.trim().strip_prefix("- ") else {
            continue;
        };
        let name = |item: &str| Some(item.split_once(':')?.0.trim().to_owned());
        if item.starts_with("Parameters:") {
            list = Some(depth);
        } else if let Some(rest) = item.strip_prefix("Parameter ") {
            found.extend(name(rest));
        } else if list.is_some_and(|above| depth > above) {
            found.extend(name(item));
        } else {
            list = None;
        }
    }
    found
}

/// What it says is thrown.
fn thrown(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut list: Option<usize> = None;
    for line in text.lines() {
        let said = line.trim();
        let depth = line.len() - line.trim_start().len();
        let tag = [
            "@throws",
            "@throw",
            "@exception",
            "@raise",
            "@raises",
            "\\throws",
            ":raises",
            ":raise",
        ];
        let rest = tag
            .iter()
            .find_map(|tag| said.strip_prefix(tag)?.strip_prefix(' '));
        let rest = rest.or_else(|| said.strip_prefix("<exception cref=\""));
        if let Some(above) = list {
            if !said.is_empty() && depth <= above {
                list = None;
            } else if let Some((name, _)) =
                said.split_once(':').filter(|(name, _)| !name.contains(' '))
            {
                found.push(name);
            }
        }
        found.extend(rest.map(|rest| rest.trim_start_matches(['{', '[', '`', ' '])));
        if matches!(said, "Raises:" | "Throws:") {
            list = Some(depth);
        }
    }
    let name = |text: &'_ str| text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    let cut = found.into_iter().map(|text| {
        text.get(..name(text).unwrap_or(text.len()))
            .unwrap_or_default()
    });
    // Of a qualified name the last part; a word in small letters is prose.
    cut.filter_map(|name| name.trim_end_matches('.').rsplit('.').next())
        .filter(|name| name.starts_with(|c: char| c.is_uppercase()))
        .collect()
}

/// What stands in code spans.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// A name in a code span that the file does not have.
fn strange<'s>(span: &'s str, file: &str) -> Option<&'s str> {
    const WORDS: &[&str] = &[
        "None",
        "null",
        "nil",
        "undefined",
        "true",
        "false",
        "True",
        "False",
        "NaN",
        "Infinity",
        "Ok",
        "Err",
        "Some",
        "self",
        "this",
        "Self",
        "void",
        "unit",
        "never",
        "string",
        "str",
        "String",
        "int",
        "integer",
        "float",
        "double",
        "number",
        "bool",
        "boolean",
        "Boolean",
        "list",
        "dict",
        "set",
        "tuple",
        "array",
        "Array",
        "object",
        "Object",
        "Promise",
        "Vec",
        "Option",
        "Result",
        "error",
        "Error",
        "Exception",
        "bytes",
        "char",
        "map",
        "Map",
        "Set",
    ];
    if file.contains(span) {
        return None;
    }
    let mut names = span.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    names.find(|name| {
        name.len() > 1
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !WORDS.contains(name)
            && !has_word(file, name)
    })
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
