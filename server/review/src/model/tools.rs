//! What a model may look at by itself: the workspace, reading only.
//!
//! Every answer comes through the desk, so there is no path outside the workspace, none that is ignored and none that
//! must not be shown; answers are short, redacted, and say what was left out. Subjects of commits are not told.

use std::fmt::Write as _;

use base::model::{Tool, ToolCall};
use base::search::Query;
use base::{ReferenceKind, RelPath};
use serde_json::{Value, json};

use super::desk::Desk;
use super::frozen::Seen;

/// Lines that `read` shows at most.
const MAX_READ: u32 = 80;
/// Entries of a list.
const MAX_LIST: usize = 12;
/// Lines of a definition.
const MAX_BODY: u32 = 24;
/// Bytes of one answer.
const MAX_BYTES: usize = 6_000;

/// The tools.
pub(super) fn all() -> Vec<Tool> {
    let tool = |name: &str, description: &str, properties: Value| {
        let required: Vec<String> = properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect();
        Tool {
            name: name.to_owned(),
            description: description.to_owned(),
            arguments: json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false}),
        }
    };
    let text = |what: &str| json!({"type": "string", "description": what});
    let number = |what: &str| json!({"type": "integer", "description": what});
    vec![
        tool(
            "search",
            "Finds definitions and code by words or names.",
            json!({"query": text("words or a name")}),
        ),
        tool(
            "definition",
            "Shows where a name is defined, with its code.",
            json!({"name": text("the bare name")}),
        ),
        tool(
            "callers",
            "Lists the lines that mention a name.",
            json!({"name": text("the bare name")}),
        ),
        tool(
            "read",
            "Shows lines of a file.",
            json!({"path": text("relative path"), "from": number("first line"), "to": number("last line")}),
        ),
        tool(
            "history",
            "Tells how often a file changes and with which others.",
            json!({"path": text("relative path")}),
        ),
    ]
}

/// What a call answers, and the lines that it showed.
pub(super) fn run(desk: &Desk, call: &ToolCall) -> (String, Vec<Seen>) {
    let text = |name: &str| {
        call.arguments
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
    };
    let mut seen = Vec::new();
    let mut answer = match call.name.as_str() {
        "search" => search(desk, text("query")),
        "definition" => definition(desk, text("name"), &mut seen),
        "callers" => callers(desk, text("name"), &mut seen),
        "read" => read(desk, text("path"), &call.arguments, &mut seen),
        "history" => history(desk, text("path")),
        _ => "There is no such tool.".to_owned(),
    };
    if answer.trim().is_empty() {
        "Nothing found.".clone_into(&mut answer);
    }
    if answer.len() > MAX_BYTES {
        let mut end = MAX_BYTES;
        while !answer.is_char_boundary(end) {
            end -= 1;
        }
        answer.truncate(end);
        answer.push_str("\n(cut)");
    }
    (answer, seen)
}

fn search(desk: &Desk, query: &str) -> String {
    let mut answer = String::new();
    let Some(index) = &desk.index else {
        return answer;
    };
    for hit in index.search(&Query::parse(query), 4 * MAX_LIST) {
        let Some(page) = desk
            .page(&hit.path)
            .filter(|page| page.text.hash() == hit.hash)
        else {
            continue;
        };
        let line = page.text.lines().line_of(hit.span.start);
        let path = desk.one_line(hit.path.as_str());
        let symbol = desk.one_line(&hit.symbol.join("."));
        let _ = writeln!(
            answer,
            "{path}:{} {symbol}: {}",
            line + 1,
            page.line(line).trim()
        );
        if answer.lines().count() >= MAX_LIST {
            break;
        }
    }
    answer
}

fn definition(desk: &Desk, name: &str, seen: &mut Vec<Seen>) -> String {
    let mut answer = String::new();
    let Some(index) = &desk.index else {
        return answer;
    };
    for found in index.definitions(name, 40) {
        let Some(page) = desk
            .page(&found.path)
            .filter(|page| page.text.hash() == found.hash)
        else {
            continue;
        };
        let first = page.text.lines().line_of(found.definition.span.start);
        let last = page
            .text
            .lines()
            .line_of(found.definition.span.end.saturating_sub(1));
        let end = (last + 1).min(first + MAX_BODY);
        let _ = writeln!(
            answer,
            "{}:{}",
            desk.one_line(found.path.as_str()),
            first + 1
        );
        for line in first..end {
            let _ = writeln!(answer, "{}|{}", line + 1, page.line(line));
        }
        if end <= last {
            answer.push_str("...\n");
        }
        seen.push(Seen::of(&page, first..end));
        if seen.len() >= 3 {
            break;
        }
    }
    answer
}

fn callers(desk: &Desk, name: &str, seen: &mut Vec<Seen>) -> String {
    let mut answer = String::new();
    let Some(index) = &desk.index else {
        return answer;
    };
    for found in index.references(name, 60) {
        if found.reference.kind == ReferenceKind::Import {
            continue;
        }
        let Some(page) = desk
            .page(&found.path)
            .filter(|page| page.text.hash() == found.hash)
        else {
            continue;
        };
        let line = page.text.lines().line_of(found.reference.span.start);
        let within = desk.one_line(&found.within.join("."));
        let path = desk.one_line(found.path.as_str());
        let _ = writeln!(
            answer,
            "{path}:{} in {within}: {}",
            line + 1,
            page.line(line).trim()
        );
        seen.push(Seen::of(&page, line..line + 1));
        if seen.len() >= MAX_LIST {
            answer.push_str("(and more)\n");
            break;
        }
    }
    answer
}

fn read(desk: &Desk, path: &str, arguments: &Value, seen: &mut Vec<Seen>) -> String {
    let Some(page) = RelPath::new(path).ok().and_then(|path| desk.page(&path)) else {
        return "There is no such file, or it may not be shown.".to_owned();
    };
    let number = |name: &str| {
        let value = arguments.get(name).and_then(Value::as_u64);
        value.map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    };
    let from = number("from").unwrap_or(1).clamp(1, page.len().max(1)) - 1;
    let to = number("to")
        .unwrap_or(from + MAX_READ)
        .clamp(from + 1, page.len().max(from + 1));
    let to = to.min(from + MAX_READ);
    let mut answer = String::new();
    for line in from..to {
        let _ = writeln!(answer, "{}|{}", line + 1, page.line(line));
    }
    if to < page.len() {
        let _ = writeln!(answer, "... ({} lines in all)", page.len());
    }
    seen.push(Seen::of(&page, from..to));
    answer
}

fn history(desk: &Desk, path: &str) -> String {
    let Some(path) = RelPath::new(path)
        .ok()
        .filter(|path| desk.page(path).is_some())
    else {
        return "There is no such file, or it may not be shown.".to_owned();
    };
    let churn = desk.history.churn(&path);
    let mut answer = format!(
        "changed in {} commits, {} of them repairs\n",
        churn.changes, churn.fixes
    );
    for other in desk.history.together(std::slice::from_ref(&path), 6) {
        if desk.withheld(&other.path).is_none() {
            let _ = writeln!(
                answer,
                "{} changed with it in {} of {} commits",
                desk.one_line(other.path.as_str()),
                other.together,
                other.changes
            );
        }
    }
    answer
}
