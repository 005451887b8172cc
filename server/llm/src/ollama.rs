//! Ollama's own protocol: the one that can be told how long the context is; its OpenAI one cuts longer prompts silently.

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
                            let arguments = if call.arguments.is_object() { call.arguments.clone() } else { json!({}) };
                            json!({"function": {"name": call.name, "arguments": arguments}})
                        })
                        .collect();
                }
                messages.push(said);
            }
            Message::ToolResults(results) => messages.extend(
                results
                    .iter()
                    .map(|result| json!({"role": "tool", "tool_name": result.name, "content": result.text.as_str()})),
            ),
        }
    }
    let mut body = json!({
        "model": request.model.model,
        "messages": messages,
        "stream": true,
        // The same length each time: another one makes Ollama load the model anew.
        "options": {"num_ctx": shape.context_tokens, "num_predict": request.max_output_tokens, "temperature": 0},
    });
    if !request.tools.is_empty() {
        body["tools"] = request
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.arguments}})
            })
            .collect();
    }
    if let Some((_, schema)) = shape.schema {
        body["format"] = schema.clone();
    }
    body
}

pub(crate) fn event(value: &Value, answer: &mut Answer) -> Result<(), Failure> {
    if let Some(message) = value.get("message") {
        answer.text(text(message, "/content"))?;
        let calls = message.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            let place = answer.calls();
            let arguments = call
                .pointer("/function/arguments")
                .map(Value::to_string)
                .unwrap_or_default();
            answer.call(
                place,
                text(call, "/id"),
                text(call, "/function/name"),
                &arguments,
            )?;
        }
    }
    if value.get("done").and_then(Value::as_bool) != Some(true) {
        return Ok(());
    }
    answer.tokens.input = count(value, "prompt_eval_count");
    answer.tokens.output = count(value, "eval_count");
    match text(value, "/done_reason") {
        "stop" => answer.stop(Stop::Done)?,
        "length" => answer.stop(Stop::Length)?,
        _ => return Err(Failure::incomplete("stopped without being done")),
    }
    answer.over();
    Ok(())
}
