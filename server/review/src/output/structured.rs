//! Outputs with a schema: SARIF, and the JSON of rustc and Cargo, ESLint and `go test`.

use base::Severity;
use serde_json::Value;

use super::{Problem, text};

/// Reads an output that has a schema; `None` where it has none.
pub(super) fn parse(output: &str) -> Option<Vec<Problem>> {
    let start = output.trim_start();
    if start.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(start)
    {
        if value.get("runs").is_some() {
            return Some(sarif(&value));
        }
        if value
            .as_array()
            .is_some_and(|files| files.iter().all(|file| file.get("filePath").is_some()))
        {
            return Some(eslint(&value));
        }
    }
    lines(output)
}

/// One JSON object a line, mixed with text: `cargo --message-format=json`, `rustc --error-format=json`, `go test -json`.
fn lines(output: &str) -> Option<Vec<Problem>> {
    let mut found = Vec::new();
    let mut said = String::new();
    let mut known = false;
    for line in output.lines() {
        let value = match line.trim_start().starts_with('{') {
            true => serde_json::from_str::<Value>(line).ok(),
            false => None,
        };
        match value {
            Some(value) if value.get("reason").is_some() => {
                known = true;
                if let Some(message) = value
                    .get("message")
                    .filter(|_| value["reason"] == "compiler-message")
                {
                    found.extend(rustc(message));
                }
            }
            Some(value) if value.get("spans").is_some() && value.get("level").is_some() => {
                known = true;
                found.extend(rustc(&value));
            }
            Some(value) if value.get("Action").is_some() => {
                known = true;
                said.push_str(value["Output"].as_str().unwrap_or_default());
            }
            // What stands between is the text of the tests.
            _ => {
                said.push_str(line);
                said.push('\n');
            }
        }
    }
    known.then(|| {
        found.extend(text::parse(&said));
        found
    })
}

fn string<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> u32 {
    let number = value.get(key).and_then(Value::as_u64).unwrap_or(0);
    u32::try_from(number).unwrap_or(0)
}

fn rustc(message: &Value) -> Option<Problem> {
    let severity = match string(message, "level") {
        "error" | "error: internal compiler error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let spans = message.get("spans")?.as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let mut text = string(message, "message").to_owned();
    let label = string(span, "label");
    if !label.is_empty() {
        text.push_str(&format!("\n{label}"));
    }
    for child in message
        .get("children")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        text.push_str(&format!(
            "\n{}: {}",
            string(child, "level"),
            string(child, "message")
        ));
    }
    Some(Problem {
        path: string(span, "file_name").to_owned(),
        line: number(span, "line_start"),
        column: number(span, "column_start"),
        end: Some((number(span, "line_end"), number(span, "column_end"))),
        severity,
        code: message
            .get("code")
            .map(|code| string(code, "code").to_owned())
            .unwrap_or_default(),
        message: text,
        is_test: false,
    })
}

fn eslint(files: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for file in files.as_array().into_iter().flatten() {
        for message in file
            .get("messages")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let end = (number(message, "endLine"), number(message, "endColumn"));
            found.push(Problem {
                path: string(file, "filePath").to_owned(),
                line: number(message, "line"),
                column: number(message, "column"),
                end: (end.0 > 0).then_some(end),
                severity: match number(message, "severity") {
                    2 => Severity::Error,
                    _ => Severity::Warning,
                },
                code: string(message, "ruleId").to_owned(),
                message: string(message, "message").to_owned(),
                is_test: false,
            });
        }
    }
    found
}

fn sarif(log: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for run in log["runs"].as_array().into_iter().flatten() {
        for result in run["results"].as_array().into_iter().flatten() {
            let suppressed = result["suppressions"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
            if suppressed || matches!(string(result, "kind"), "pass" | "notApplicable") {
                continue;
            }
            let place = &result["locations"][0]["physicalLocation"];
            let region = &place["region"];
            let uri = string(&place["artifactLocation"], "uri");
            let end = match (number(region, "endLine"), number(region, "endColumn")) {
                (_, 0) => None,
                (0, column) => Some((number(region, "startLine"), column)),
                end => Some(end),
            };
            let message = &result["message"];
            let text = match string(message, "text") {
                "" => string(message, "markdown"),
                text => text,
            };
            found.push(Problem {
                path: decoded(uri.strip_prefix("file://").unwrap_or(uri)),
                line: number(region, "startLine"),
                column: number(region, "startColumn"),
                end,
                severity: match level(run, result) {
                    "error" => Severity::Error,
                    "note" => Severity::Info,
                    "none" => Severity::Hint,
                    _ => Severity::Warning,
                },
                code: rule(run, result).to_owned(),
                message: text.to_owned(),
                is_test: false,
            });
        }
    }
    found
}

fn rule<'v>(run: &'v Value, result: &'v Value) -> &'v str {
    match (string(result, "ruleId"), result["ruleIndex"].as_u64()) {
        ("", Some(at)) => string(&run["tool"]["driver"]["rules"][at as usize], "id"),
        (id, _) => id,
    }
}

/// The result's own level, else its rule's.
fn level<'v>(run: &'v Value, result: &'v Value) -> &'v str {
    if let Some(level) = result["level"].as_str() {
        return level;
    }
    let id = rule(run, result);
    let rules = run["tool"]["driver"]["rules"]
        .as_array()
        .into_iter()
        .flatten();
    let mut rules = rules.filter(|rule| string(rule, "id") == id);
    rules.next().map_or("warning", |rule| {
        string(&rule["defaultConfiguration"], "level")
    })
}

/// `%20` and the like.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let raw = uri.as_bytes();
    let mut at = 0;
    while at < raw.len() {
        let hex = raw
            .get(at + 1..at + 3)
            .and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex
            .filter(|_| raw[at] == b'%')
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                at += 3;
            }
            None => {
                bytes.push(raw[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
