//! Anthropic's messages: a request becomes JSON, events become an answer.
//!
//! The system text and the messages that ask for it are marked for the provider's cache; at most four marks are allowed.

use base::model::{Message, Request, Stop};
use serde_json::{Value, json};

use crate::answer::{Answer, count, text};
use crate::failure::{Again, Failure};
use crate::request::Shape;
use base::ModelFault;

pub(crate) fn body(request: &Request, shape: &Shape) -> Value {
    let mut marks = 3_usize;
    let mut messages: Vec<Value> = Vec::new();
    // The last marks are worth most: the cache is looked up from the longest beginning down.
    for message in request.messages.iter().rev() {
        messages.push(match message {
            Message::User { text, cache } => {
                let mut part = json!({"type": "text", "text": text.as_str()});
                if *cache && shape.cache_control && marks > 0 {
                    marks -= 1;
                    part["cache_control"] = json!({"type": "ephemeral"});
                }
                json!({"role": "user", "content": [part]})
            }
            Message::Assistant { text, calls } => {
                let mut content = Vec::new();
                if !text.trim().is_empty() {
                    content.push(json!({"type": "text", "text": text}));
                }
                content.extend(calls.iter().map(|call| {
                    let input = if call.arguments.is_object() { call.arguments.clone() } else { json!({}) };
                    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
                }));
                json!({"role": "assistant", "content": content})
            }
            Message::ToolResults(results) => {
                let content: Vec<Value> = results
                    .iter()
                    .map(|result| json!({"type": "tool_result", "tool_use_id": result.id, "content": result.text.as_str()}))
                    .collect();
                json!({"role": "user", "content": content})
            }
        });
    }
    messages.reverse();
    let mut body = json!({
        "model": request.model.model,
        "max_tokens": request.max_output_tokens,
        "messages": messages,
        "stream": true,
    });
    if !shape.system.is_empty() {
        let mut part = json!({"type": "text", "text": shape.system});
        if shape.cache_control {
            part["cache_control"] = json!({"type": "ephemeral"});
        }
        body["system"] = json!([part]);
    }
    if !request.tools.is_empty() {
        body["tools"] = request
            .tools
            .iter()
            .map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.arguments}))
            .collect();
    }
    if let Some((_, schema)) = shape.schema {
        body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
    }
    body
}

pub(crate) fn event(name: &str, value: &Value, answer: &mut Answer) -> Result<(), Failure> {
    // Both places name the event; the data is what counts.
    let kind = match text(value, "/type") {
        "" => name,
        kind => kind,
    };
    match kind {
        "message_start" => usage(value.pointer("/message/usage"), answer),
        "content_block_start" => {
            let place = count(value, "index").unwrap_or(0);
            answer.open(place)?;
            match text(value, "/content_block/type") {
                "text" => answer.text(text(value, "/content_block/text"))?,
                "tool_use" => answer.call(
                    place,
                    text(value, "/content_block/id"),
                    text(value, "/content_block/name"),
                    "",
                )?,
                _ => {}
            }
        }
        "content_block_delta" => {
            let place = count(value, "index").unwrap_or(0);
            match text(value, "/delta/type") {
                "text_delta" => answer.text(text(value, "/delta/text"))?,
                "input_json_delta" => {
                    answer.call(place, "", "", text(value, "/delta/partial_json"))?
                }
                // What the model thinks is not its answer.
                _ => {}
            }
        }
        "content_block_stop" => answer.close(count(value, "index").unwrap_or(0)),
        "message_delta" => {
            usage(value.get("usage"), answer);
            if let Some(reason) = value.pointer("/delta/stop_reason").and_then(Value::as_str) {
                stop(reason, answer)?;
            }
        }
        "message_stop" => answer.over(),
        // A whole message where a stream was asked for.
        "message" => {
            usage(value.get("usage"), answer);
            let parts = value.get("content").and_then(Value::as_array);
            for (place, part) in (0..).zip(parts.into_iter().flatten()) {
                match text(part, "/type") {
                    "text" => answer.text(text(part, "/text"))?,
                    "tool_use" => {
                        let input = part.get("input").map(Value::to_string).unwrap_or_default();
                        answer.call(place, text(part, "/id"), text(part, "/name"), &input)?;
                    }
                    _ => {}
                }
            }
            stop(text(value, "/stop_reason"), answer)?;
            answer.over();
        }
        // The protocol promises that more kinds may come.
        _ => {}
    }
    Ok(())
}

fn stop(reason: &str, answer: &mut Answer) -> Result<(), Failure> {
    match reason {
        "end_turn" | "stop_sequence" => answer.stop(Stop::Done),
        "tool_use" => answer.stop(Stop::Tools),
        "max_tokens" => answer.stop(Stop::Length),
        "refusal" => Err(Failure::refused("refused to answer")),
        "model_context_window_exceeded" => {
            let what = "says that prompt and answer are too long for the model";
            Err(Failure::new(ModelFault::TooLong, what, Again::No))
        }
        _ => Err(Failure::incomplete("stopped without being done")),
    }
}

fn usage(value: Option<&Value>, answer: &mut Answer) {
    let Some(value) = value else { return };
    let tokens = &mut answer.tokens;
    tokens.cached = count(value, "cache_read_input_tokens").unwrap_or(tokens.cached);
    tokens.written = count(value, "cache_creation_input_tokens").unwrap_or(tokens.written);
    if let Some(fresh) = count(value, "input_tokens") {
        // Here alone the input does not include what came from the cache.
        tokens.input = Some(
            fresh
                .saturating_add(tokens.cached)
                .saturating_add(tokens.written),
        );
    }
    tokens.output = count(value, "output_tokens").or(tokens.output);
}
