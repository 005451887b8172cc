//! Recordings as text: one exchange per line of JSON, without keys.
//!
//! What is no UTF-8 is kept as a list of bytes, so that a recording replays to the byte.

use serde_json::{Value, json};

use crate::{Exchange, Recorded, protocol};

/// Headers that hold a key.
const SECRET: [&str; 5] = [
    "x-api-key",
    "x-goog-api-key",
    "api-key",
    "authorization",
    "proxy-authorization",
];

/// The exchanges as lines of JSON; keys are left out.
pub fn save(exchanges: &[Exchange]) -> String {
    let mut lines = String::new();
    for exchange in exchanges {
        let request = &exchange.request;
        let headers: Vec<Value> = request
            .headers
            .iter()
            .map(|(name, value)| {
                let secret = SECRET.contains(&name.to_ascii_lowercase().as_str());
                json!([name, if secret { "***" } else { value }])
            })
            .collect();
        let line = json!({
            "method": request.method, "path": request.path, "headers": headers, "sent": bytes(&request.body),
            "status": exchange.status, "content_type": exchange.content_type, "body": bytes(&exchange.body),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}

/// Reads what [`save`] wrote; the error names the line.
pub fn load(text: &str) -> Result<Vec<Exchange>, String> {
    let mut exchanges = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        let text = |name: &str| value[name].as_str().unwrap_or("").to_owned();
        let pair =
            |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
        let headers = value["headers"].as_array().into_iter().flatten();
        let path = text("path");
        exchanges.push(Exchange {
            request: Recorded {
                method: text("method"),
                api: protocol::api(&path),
                path,
                headers: headers.filter_map(pair).collect(),
                body: from_bytes(&value["sent"]),
            },
            status: value["status"]
                .as_u64()
                .and_then(|status| status.try_into().ok())
                .unwrap_or(0),
            content_type: text("content_type"),
            body: from_bytes(&value["body"]),
        });
    }
    Ok(exchanges)
}

fn bytes(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(|_| json!(bytes), |text| json!(text))
}

fn from_bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_u64().and_then(|byte| byte.try_into().ok()))
            .collect(),
        _ => Vec::new(),
    }
}
