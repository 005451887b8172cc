//! Google's Gemini: a request becomes JSON, events become an answer.
//!
//! Newer models sign the calls they make and want the signature back; it travels in the call's id, after a `~`.

use base::model::{Message, Request, Stop};
use serde_json::{Value, json};

use crate::answer::{Answer, count, text};
use crate::failure::Failure;
use crate::request::Shape;

pub(crate) fn body(request: &Request, shape: &Shape) -> Value {
    let contents: Vec<Value> = request
        .messages
        .iter()
        .map(|message| match message {
            Message::User { text, .. } => json!({"role": "user", "parts": [{"text": text.as_str()}]}),
            Message::Assistant { text, calls } => {
                let mut parts = Vec::new();
                if !text.is_empty() {
                    parts.push(json!({"text": text}));
                }
                parts.extend(calls.iter().map(|call| {
                    let arguments = if call.arguments.is_object() { call.arguments.clone() } else { json!({}) };
                    let mut part = json!({"functionCall": {"name": call.name, "args": arguments}});
                    if let Some((_, signature)) = call.id.split_once('~') {
                        part["thoughtSignature"] = json!(signature);
                    }
                    part
                }));
                json!({"role": "model", "parts": parts})
            }
            Message::ToolResults(results) => {
                let parts: Vec<Value> = results
                    .iter()
                    .map(|result| json!({"functionResponse": {"name": result.name, "response": {"result": result.text.as_str()}}}))
                    .collect();
                json!({"role": "user", "parts": parts})
            }
        })
        .collect();
    let mut body = json!({"contents": contents, "generationConfig": {"maxOutputTokens": request.max_output_tokens}});
    if !shape.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": shape.system}]});
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.arguments}))
            .collect();
        body["tools"] = json!([{"functionDeclarations": tools}]);
    }
    if let Some((_, schema)) = shape.schema {
        body["generationConfig"]["responseMimeType"] = json!("application/json");
        body["generationConfig"]["responseJsonSchema"] = schema.clone();
    }
    body
}

pub(crate) fn event(value: &Value, answer: &mut Answer) -> Result<(), Failure> {
    if let Some(usage) = value.get("usageMetadata") {
        let tokens = &mut answer.tokens;
        if let Some(prompt) = count(usage, "promptTokenCount") {
            tokens.input =
                Some(prompt.saturating_add(count(usage, "toolUsePromptTokenCount").unwrap_or(0)));
        }
        tokens.cached = count(usage, "cachedContentTokenCount").unwrap_or(tokens.cached);
        let said = count(usage, "candidatesTokenCount");
        let thought = count(usage, "thoughtsTokenCount");
        if said.is_some() || thought.is_some() {
            tokens.output = Some(said.unwrap_or(0).saturating_add(thought.unwrap_or(0)));
        }
    }
    if value.pointer("/promptFeedback/blockReason").is_some() {
        return Err(Failure::refused("refused to answer: its filter objects"));
    }
    let Some(candidate) = value.pointer("/candidates/0") else {
        return Ok(());
    };
    let parts = candidate
        .pointer("/content/parts")
        .and_then(Value::as_array);
    for part in parts.into_iter().flatten() {
        if part.get("thought").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        answer.text(text(part, "/text"))?;
        if let Some(call) = part.get("functionCall") {
            let place = answer.calls();
            let id = match text(part, "/thoughtSignature") {
                "" => format!("call_{place}"),
                signature => format!("call_{place}~{signature}"),
            };
            let arguments = call.get("args").map(Value::to_string).unwrap_or_default();
            answer.call(place, &id, text(call, "/name"), &arguments)?;
        }
    }
    match text(candidate, "/finishReason") {
        "" | "FINISH_REASON_UNSPECIFIED" => Ok(()),
        // Google says STOP for a call; others who speak its protocol say what it is.
        "STOP" | "FUNCTION_CALL" => answer.stop(Stop::Done),
        "MAX_TOKENS" => answer.stop(Stop::Length),
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
            Err(Failure::refused("refused to answer: its filter objects"))
        }
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" => {
            Err(Failure::malformed("made a tool call that cannot be read"))
        }
        _ => Err(Failure::incomplete("stopped without being done")),
    }
}
