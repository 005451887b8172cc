//! A remark as a model makes it, before anything of it is proven.
//!
//! The schema is the subset that providers share: closed objects, every property required. What comes back is read
//! leniently all the same, because not every provider holds its model to it; an item that cannot be read is lost alone.

use base::{Category, Severity};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Remarks asked for at most in one reply.
pub(super) const MOST: usize = 6;
/// Bytes of one field that are read.
const LONGEST: usize = 4_000;

/// One remark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) path: String,
    pub(super) tag: String,
    /// 1-based; 0 where none was given.
    pub(super) line: u32,
    pub(super) quote: String,
    pub(super) symbol: String,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) confidence: f32,
    pub(super) title: String,
    pub(super) message: String,
    pub(super) claims: Vec<Claim>,
    pub(super) fix: Option<DraftFix>,
}

/// A statement about code outside what the model saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) kind: ClaimKind,
    pub(super) symbol: String,
    pub(super) path: String,
    pub(super) quote: String,
}

/// What is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClaimKind {
    /// Nothing defines it.
    Undefined,
    /// Nothing uses it.
    Unused,
    /// Nothing calls it.
    NeverCalled,
    /// Its result or its precondition is looked at nowhere.
    NeverChecked,
    /// Something still uses it.
    StillUsed,
    /// A caller does something.
    Caller,
    /// Anything else about another place.
    Elsewhere,
}

impl ClaimKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Undefined, "undefined"),
        (Self::Unused, "unused"),
        (Self::NeverCalled, "never_called"),
        (Self::NeverChecked, "never_checked"),
        (Self::StillUsed, "still_used"),
        (Self::Caller, "caller"),
        (Self::Elsewhere, "elsewhere"),
    ];

    fn parse(name: &str) -> Self {
        let known = Self::ALL.iter().find(|(_, known)| *known == name);
        known.map_or(Self::Elsewhere, |(kind, _)| *kind)
    }
}

/// A repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftFix {
    pub(super) title: String,
    pub(super) replaces: String,
    pub(super) with: String,
}

/// The JSON Schema of a reply.
pub(super) fn schema() -> Value {
    let text = || json!({"type": "string"});
    let closed = |properties: Value| {
        let names: Vec<&String> = properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
    };
    let categories: Vec<&str> = Category::ALL.iter().map(|it| it.as_str()).collect();
    let kinds: Vec<&str> = ClaimKind::ALL.iter().map(|(_, name)| *name).collect();
    let claim = closed(json!({
        "kind": {"type": "string", "enum": kinds},
        "symbol": text(), "path": text(), "quote": text(),
    }));
    let fix = closed(json!({"title": text(), "replaces": text(), "with": text()}));
    let finding = closed(json!({
        "path": text(), "line_tag": text(), "line": {"type": "integer"}, "quote": text(), "symbol": text(),
        "category": {"type": "string", "enum": categories},
        "severity": {"type": "string", "enum": ["error", "warning", "info"]},
        "confidence": {"type": "number"},
        "title": text(), "explanation": text(),
        "claims": {"type": "array", "items": claim},
        "fix": {"anyOf": [fix, {"type": "null"}]},
    }));
    closed(json!({"findings": {"type": "array", "items": finding}}))
}

/// Whether an object of a reply is meant as a remark.
pub(super) fn is_item(value: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| value.get(*name).is_some());
    has(TITLE) && !has(&["findings"])
}

const TITLE: &[&str] = &["title", "summary", "header", "issue"];

/// The remark that an object holds. `only`: the one file that was shown, where there is one.
pub(super) fn read(value: &Value, only: Option<&str>) -> Option<Draft> {
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| value.get(*name)?.as_str());
        cut(value.unwrap_or_default()).to_owned()
    };
    let mut title = text(TITLE);
    let mut message = text(&[
        "explanation",
        "message",
        "description",
        "body",
        "why",
        "detail",
        "details",
    ]);
    if title.trim().is_empty() {
        title = message.lines().next().unwrap_or_default().to_owned();
    }
    if message.trim().is_empty() {
        message = title.clone();
    }
    let mut path = text(&["path", "file", "filename", "file_path"]);
    if path.trim().is_empty() {
        path = only.unwrap_or_default().to_owned();
    }
    let quote = text(&["quote", "code", "snippet", "existing_code", "quoted_code"]);
    if title.trim().is_empty() || path.trim().is_empty() || quote.trim().is_empty() {
        return None;
    }
    let claims = value.get("claims").and_then(Value::as_array);
    Some(Draft {
        path: path.trim().to_owned(),
        tag: text(&["line_tag", "tag"]).trim().to_owned(),
        line: number(
            value
                .get("line")
                .or(value.get("start_line"))
                .or(value.get("line_number")),
        )
        .map_or(0, |line| line.clamp(0.0, 1e9) as u32),
        quote,
        symbol: text(&["symbol", "function"]),
        category: Category::parse(text(&["category", "type"]).trim()).unwrap_or(Category::Bug),
        severity: severity(&text(&["severity", "level", "priority"])),
        confidence: confidence(value.get("confidence")),
        title,
        message,
        claims: claims
            .into_iter()
            .flatten()
            .take(8)
            .filter_map(claim)
            .collect(),
        fix: value.get("fix").and_then(fix),
    })
}

fn claim(value: &Value) -> Option<Claim> {
    let text =
        |name: &str| cut(value.get(name).and_then(Value::as_str).unwrap_or_default()).to_owned();
    value.is_object().then(|| Claim {
        kind: ClaimKind::parse(text("kind").trim()),
        symbol: text("symbol"),
        path: text("path"),
        quote: text("quote"),
    })
}

/// A repair as it was written; none that is cut.
pub(super) fn fix(value: &Value) -> Option<DraftFix> {
    let text = |names: &[&str]| names.iter().find_map(|name| value.get(*name)?.as_str());
    Some(DraftFix {
        title: cut(text(&["title"]).unwrap_or_default()).to_owned(),
        replaces: whole(text(&["replaces", "old"])?)?.to_owned(),
        with: whole(text(&["with", "new", "replacement"])?)?.to_owned(),
    })
}

/// A repair that is cut is no repair.
fn whole(text: &str) -> Option<&str> {
    (text.len() <= 2 * LONGEST).then_some(text)
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `12`, `12.0`, `"12.0"`, `"L12-14"`.
fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
            let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.'));
            digits[..end.unwrap_or(digits.len())]
                .trim_end_matches('.')
                .parse()
                .ok()
        }
        _ => None,
    }
}

fn severity(text: &str) -> Severity {
    match text.trim().to_ascii_lowercase().as_str() {
        "error" | "critical" | "blocker" | "high" | "major" => Severity::Error,
        "info" | "low" | "minor" | "note" => Severity::Info,
        "hint" | "nit" | "trivial" => Severity::Hint,
        _ => Severity::Warning,
    }
}

fn confidence(value: Option<&Value>) -> f32 {
    let said = match value {
        Some(Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "high" => Some(0.85),
            "medium" => Some(0.65),
            "low" => Some(0.3),
            _ => number(value),
        },
        value => number(value),
    };
    let said = said.unwrap_or(0.6) as f32;
    let said = if said > 1.0 { said / 100.0 } else { said };
    // Nobody is that sure; a model says so easily.
    said.clamp(0.0, 0.95)
}
