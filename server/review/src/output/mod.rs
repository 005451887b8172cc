//! What compilers, linters and test runners print, as findings.
//!
//! The form is recognised by the output itself: SARIF, the JSON of rustc, ESLint and `go test`, and the usual lines of
//! text. Output is a stranger's text: what is not understood is passed over, a place outside the workspace is none, and
//! nothing that stands in it is followed.

mod structured;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use base::{
    Category, CheckKind, Confidence, Finding, FindingId, Placement, RelPath, RuleId, Severity,
    Span, Text,
};
use syntax::{Language, Tree};

use crate::fingerprint::identify;

/// Problems of one output; a tool that says more is broken or hostile.
const MOST: usize = 5_000;
/// Characters of a title.
const TITLE: usize = 200;
/// Characters of a message.
const MESSAGE: usize = 4_000;
/// How long a file is parsed, for the identity of its findings.
const PARSE: Duration = Duration::from_millis(500);

/// One problem, where the tool says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the tool wrote it.
    pub path: String,
    /// From 1; 0 where the tool names none.
    pub line: u32,
    /// From 1; 0 where the tool names none.
    pub column: u32,
    /// The end, exclusive, as line and column; `None` where the tool names none.
    pub end: Option<(u32, u32)>,
    /// How bad.
    pub severity: Severity,
    /// The tool's name for the kind of problem; may be empty.
    pub code: String,
    /// What it says: the first line is the title.
    pub message: String,
    /// A test that failed, not a remark on code.
    pub is_test: bool,
}

/// What an output holds.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// By path and place.
    pub findings: Vec<Finding>,
    /// The texts that they point into.
    pub sources: BTreeMap<RelPath, Text>,
    /// What is no finding because its place is not a file of the workspace: `path:line: message`.
    pub elsewhere: Vec<String>,
}

/// Reads an output: problems in the order in which they stand there, each once.
pub fn parse(output: &str) -> Vec<Problem> {
    let output = plain(output);
    let mut problems = structured::parse(&output).unwrap_or_else(|| text::parse(&output));
    let mut seen = HashSet::new();
    problems.retain(|it| {
        let key = (
            it.path.clone(),
            it.line,
            it.column,
            it.code.clone(),
            it.message.clone(),
        );
        seen.insert(key)
    });
    problems.truncate(MOST);
    problems
}

/// Puts problems in their place. `tool` names the rules; `find` makes a file of the workspace of a path as a tool wrote
/// it, and `read` gives its text.
pub fn place(
    tool: &str,
    problems: Vec<Problem>,
    find: &dyn Fn(&str) -> Option<RelPath>,
    read: &dyn Fn(&RelPath) -> Option<Text>,
) -> Placed {
    let mut placed = Placed::default();
    let mut by_path: BTreeMap<RelPath, Vec<Finding>> = BTreeMap::new();
    let mut texts: HashMap<RelPath, Option<Text>> = HashMap::new();
    for problem in problems {
        let found = find(&problem.path).and_then(|path| {
            let text = texts
                .entry(path.clone())
                .or_insert_with(|| read(&path))
                .clone()?;
            Some((path, text))
        });
        match found {
            Some((path, text)) => {
                let finding = finding(tool, &problem, &path, &text);
                by_path.entry(path).or_default().push(finding);
            }
            None => {
                let title = problem.message.lines().next().unwrap_or_default();
                placed
                    .elsewhere
                    .push(format!("{}:{}: {title}", problem.path, problem.line));
            }
        }
    }
    for (path, mut findings) in by_path {
        let Some(text) = texts.remove(&path).flatten() else {
            continue;
        };
        let language = Language::of(&path, &text);
        let tree = language.and_then(|language| Tree::parse(language, &text, PARSE).ok());
        findings.sort_by(|a, b| {
            a.span
                .cmp(&b.span)
                .then_with(|| b.severity.cmp(&a.severity))
        });
        identify(&mut findings, &text, tree.as_ref());
        placed.findings.extend(findings);
        placed.sources.insert(path, text);
    }
    placed
}

fn finding(tool: &str, problem: &Problem, path: &RelPath, text: &Text) -> Finding {
    let mut lines = problem.message.trim().lines();
    let title = lines.next().unwrap_or_default().trim_end_matches('.');
    let rest: Vec<&str> = lines.collect();
    let rest = rest.join("\n");
    let code = match problem.code.as_str() {
        "" if problem.is_test => "test",
        "" => problem.severity.as_str(),
        code => code,
    };
    let message = match rest.trim() {
        "" => format!("Said by `{tool}`."),
        // Output is shown as it came, never as Markdown.
        rest => format!("Said by `{tool}`:\n\n{}", fenced(&cut(rest, MESSAGE))),
    };
    Finding {
        id: FindingId::default(),
        check: CheckKind::Analysis,
        rule: RuleId::new(&format!("{tool}/{code}")),
        category: match (problem.is_test, problem.severity) {
            (true, _) => Category::Tests,
            (false, Severity::Error) => Category::Bug,
            (false, _) => Category::Maintainability,
        },
        severity: problem.severity,
        confidence: Confidence::new(1.0),
        title: match title {
            "" => "No message".to_owned(),
            title => cut(title, TITLE),
        },
        message,
        path: path.clone(),
        span: span(problem, text),
        placement: Placement::Changed,
        evidence: Vec::new(),
        fix: None,
        sensitive: false,
    }
}

/// The marked place: as the tool says it, else the whole line without its indentation.
fn span(problem: &Problem, text: &Text) -> Span {
    let last = text.lines().count().saturating_sub(1);
    let line = problem.line.saturating_sub(1).min(last);
    let at = |line: u32, column: u32| {
        let line = line.min(last);
        let content = text.line(line).unwrap_or_default();
        // Tools count bytes, UTF-16 or characters; characters are right for most lines and harmless for the others.
        let chars = content.char_indices().map(|(at, _)| at);
        let offset = chars
            .chain([content.len()])
            .nth(column.saturating_sub(1) as usize);
        text.lines().line_start(line) as usize + offset.unwrap_or(content.len())
    };
    let content = text.line(line).unwrap_or_default();
    let start_of_line = text.lines().line_start(line) as usize;
    let end_of_line = start_of_line + content.trim_end().len();
    if problem.column == 0 {
        let indent = content.len() - content.trim_start().len();
        return Span::new((start_of_line + indent).min(end_of_line), end_of_line);
    }
    let start = at(line, problem.column).min(end_of_line);
    let end = match problem.end {
        Some((line, column)) if line > 0 => at(line - 1, column.max(1)),
        _ => word_end(text.as_str(), start),
    };
    Span::new(start, end.max(start))
}

/// The end of the word that begins at `start`; one character where none does.
fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let word = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let one = rest
        .chars()
        .next()
        .filter(|c| *c != '\n' && *c != '\r')
        .map_or(0, char::len_utf8);
    start + word.max(one)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn fenced(text: &str) -> String {
    let mut ticks = "```".to_owned();
    while text.contains(&ticks) {
        ticks.push('`');
    }
    format!("{ticks}text\n{text}\n{ticks}")
}

/// Without colours and links of terminals.
fn plain(output: &str) -> String {
    let mut out = String::with_capacity(output.len());
    let mut rest = output;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let skipped = match after.as_bytes().first() {
            // `ESC [ parameters letter`
            Some(b'[') => after[1..]
                .find(|c: char| c.is_ascii_alphabetic() || !c.is_ascii())
                .map(|end| end + 2),
            // `ESC ] text BEL`, or `ESC \` at the end
            Some(b']') => after
                .find(['\u{7}', '\u{1b}'])
                .map(|end| end + usize::from(after.as_bytes()[end] == 7)),
            // The end of a text that began with `ESC ]`.
            Some(b'\\') => Some(1),
            _ => Some(0),
        };
        rest = skipped
            .and_then(|skipped| after.get(skipped..))
            .unwrap_or_default();
    }
    out.push_str(rest);
    out
}
