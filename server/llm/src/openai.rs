//! OpenAI's chat completions, as spoken by OpenAI and by most servers: a request becomes JSON, events become an answer.

use base::ContentHash;
use base::model::{Message, Request, Stop};
use serde_json::{Value, json};

use crate::answer::{Answer, count, text};
use crate::failure::Failure;
use crate::request::Shape;

pub(crate) fn body(request: &Request, shape: &Shape) -> Value {
    let mut messages = Vec::new();
    if !shape.system.is_empty() {
        messages.push(json!({"role": "system", "content": shape.system}));
    }
    for message in &request.messages {
        match message {
            Message::User { text, .. } => messages.push(json!({"role": "user", "content": text.as_str()})),
            Message::Assistant { text, calls } => {
                let mut said = json!({"role": "assistant", "content": text});
                if !calls.is_empty() {
                    said["tool_calls"] = calls
                        .iter()
                        .map(|call| {
                            // Arguments that were no JSON come back as the text they were.
                            let arguments = match &call.arguments {
                                Value::String(text) => text.clone(),
                                value => value.to_string(),
                            };
                            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
                        })
                        .collect();
                }
                messages.push(said);
            }
            Message::ToolResults(results) => messages.extend(
                results
                    .iter()
                    .map(|result| json!({"role": "tool", "tool_call_id": result.id, "content": result.text.as_str()})),
            ),
        }
    }
    let mut body = json!({"model": request.model.model, "messages": messages, "stream": true});
    let limit = if shape.completion_tokens {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    body[limit] = json!(request.max_output_tokens);
    if shape.stream_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    if shape.cache_key {
        // Requests with the same beginning should meet the same machine.
        body["prompt_cache_key"] = json!(format!(
            "obelus-{}",
            ContentHash::of(shape.system.as_bytes())
        ));
    }
    if !request.tools.is_empty() {
        body["tools"] = request
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.arguments}})
            })
            .collect();
    }
    if let Some((name, schema)) = shape.schema {
        body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": schema}});
    }
    body
}

pub(crate) fn event(data: &[u8], value: &Value, answer: &mut Answer) -> Result<(), Failure> {
    if data == b"[DONE]" {
        answer.over();
        return Ok(());
    }
    if let Some(usage) = value.get("usage").filter(|usage| usage.is_object()) {
        let tokens = &mut answer.tokens;
        tokens.input = count(usage, "prompt_tokens").or(tokens.input);
        tokens.output = count(usage, "completion_tokens").or(tokens.output);
        // DeepSeek has a name of its own for it.
        let cached = usage
            .pointer("/prompt_tokens_details/cached_tokens")
            .and_then(Value::as_u64)
            .or_else(|| count(usage, "prompt_cache_hit_tokens"));
        tokens.cached = cached.unwrap_or(tokens.cached);
        let written = usage
            .pointer("/prompt_tokens_details/cache_write_tokens")
            .and_then(Value::as_u64);
        tokens.written = written.unwrap_or(tokens.written);
    }
    // One answer was asked for; others are not ours.
    let choices = value.get("choices").and_then(Value::as_array);
    let Some(choice) = choices
        .into_iter()
        .flatten()
        .find(|choice| count(choice, "index").unwrap_or(0) == 0)
    else {
        return Ok(());
    };
    let whole = choice.get("message").is_some();
    let said = choice
        .get("message")
        .or_else(|| choice.get("delta"))
        .unwrap_or(&Value::Null);
    answer.text(text(said, "/content"))?;
    if !text(said, "/refusal").is_empty() {
        answer.refusal = true;
    }
    let calls = said.get("tool_calls").and_then(Value::as_array);
    for (number, call) in (0..).zip(calls.into_iter().flatten()) {
        let place = count(call, "index").unwrap_or(number);
        answer.call(
            place,
            text(call, "/id"),
            text(call, "/function/name"),
            text(call, "/function/arguments"),
        )?;
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        None | Some("") => {}
        Some("stop" | "eos" | "end_turn" | "stop_sequence") => answer.stop(Stop::Done)?,
        Some("tool_calls" | "function_call") => answer.stop(Stop::Tools)?,
        Some("length" | "max_tokens" | "model_length") => answer.stop(Stop::Length)?,
        Some("content_filter") => {
            return Err(Failure::refused("refused to answer: its filter objects"));
        }
        Some(_) => return Err(Failure::incomplete("stopped without being done")),
    }
    if whole {
        answer.over();
    }
    Ok(())
}
