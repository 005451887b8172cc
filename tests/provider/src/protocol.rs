//! The four protocols, as a provider writes them: a scripted reply becomes events, a body, or an error.
//!
//! Values only: `server` moves the bytes. Written from the public descriptions of the protocols, apart from the client
//! that it tests, so that a misunderstanding in one of them shows.

use serde_json::{Value, json};

use crate::{Api, Fault, Recorded, Reply, Tokens};

/// The path's protocol.
pub(crate) fn api(path: &str) -> Option<Api> {
    let path = path.split('?').next().unwrap_or(path);
    if path.ends_with("/messages") {
        Some(Api::Anthropic)
    } else if path.ends_with("/chat/completions") {
        Some(Api::OpenAi)
    } else if path.contains(":generateContent") || path.contains(":streamGenerateContent") {
        Some(Api::Gemini)
    } else if path.ends_with("/api/chat") {
        Some(Api::Ollama)
    } else {
        None
    }
}

/// The model that is asked.
pub(crate) fn model(request: &Recorded) -> String {
    if request.api == Some(Api::Gemini) {
        let name = request
            .path
            .rsplit_once("models/")
            .map_or("", |(_, rest)| rest);
        return name.split(':').next().unwrap_or("").to_owned();
    }
    request.json()["model"].as_str().unwrap_or("").to_owned()
}

/// Why the scripted model stops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Done,
    Tools,
    Length,
    Refusal,
    Filter,
    Context,
}

/// A streamed answer: events in order, and how many of them are the beginning, before the text.
pub(crate) struct Script {
    pub(crate) content_type: &'static str,
    pub(crate) events: Vec<Vec<u8>>,
    pub(crate) opening: usize,
    /// Events that close the answer; without them it is incomplete.
    pub(crate) closing: usize,
}

/// An event: server-sent or, for Ollama, a line.
pub(crate) fn event(api: Api, name: &str, data: &Value) -> Vec<u8> {
    match api {
        Api::Anthropic => format!("event: {name}\ndata: {data}\n\n"),
        Api::OpenAi | Api::Gemini => format!("data: {data}\n\n"),
        Api::Ollama => format!("{data}\n"),
    }
    .into_bytes()
}

/// The whole answer as a stream.
pub(crate) fn stream(api: Api, model: &str, reply: &Reply, stop: Stop) -> Script {
    let pieces = pieces(&reply.text);
    let tokens = reply.tokens;
    let (opening, middle, closing) = match api {
        Api::Anthropic => anthropic(model, reply, &pieces, tokens, stop),
        Api::OpenAi => openai(model, reply, &pieces, tokens, stop),
        Api::Gemini => gemini(model, reply, &pieces, tokens, stop),
        Api::Ollama => ollama(model, reply, &pieces, tokens, stop),
    };
    let (first, last) = (opening.len(), closing.len());
    let write = |(name, data): (&str, Value)| match data {
        Value::String(raw) => format!("data: {raw}\n\n").into_bytes(),
        data => event(api, name, &data),
    };
    Script {
        content_type: if api == Api::Ollama {
            "application/x-ndjson"
        } else {
            "text/event-stream"
        },
        events: opening
            .into_iter()
            .chain(middle)
            .chain(closing)
            .map(write)
            .collect(),
        opening: first,
        closing: last,
    }
}

type Events = Vec<(&'static str, Value)>;

fn anthropic(
    model: &str,
    reply: &Reply,
    pieces: &[&str],
    tokens: Option<Tokens>,
    stop: Stop,
) -> (Events, Events, Events) {
    let mut opening: Events = vec![(
        "message_start",
        json!({"type": "message_start", "message": {
            "id": "msg_01", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": anthropic_usage(tokens, 1),
        }}),
    )];
    let mut middle: Events = Vec::new();
    let mut index = 0;
    if !reply.text.is_empty() {
        opening.push(("content_block_start", json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})));
        opening.push(("ping", json!({"type": "ping"})));
        for piece in pieces {
            middle.push(("content_block_delta", json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})));
        }
        middle.push((
            "content_block_stop",
            json!({"type": "content_block_stop", "index": 0}),
        ));
        index = 1;
    }
    for (number, call) in reply.calls.iter().enumerate() {
        let at = index + number;
        middle.push(("content_block_start", json!({"type": "content_block_start", "index": at,
            "content_block": {"type": "tool_use", "id": format!("toolu_{number}"), "name": call.name, "input": {}}})));
        let arguments = call.arguments.to_string();
        for piece in self::pieces(&arguments) {
            middle.push(("content_block_delta", json!({"type": "content_block_delta", "index": at, "delta": {"type": "input_json_delta", "partial_json": piece}})));
        }
        middle.push((
            "content_block_stop",
            json!({"type": "content_block_stop", "index": at}),
        ));
    }
    let closing = vec![
        (
            "message_delta",
            json!({"type": "message_delta", "delta": {"stop_reason": anthropic_stop(stop), "stop_sequence": null},
                "usage": tokens.map(|tokens| json!({"output_tokens": tokens.output})).unwrap_or(json!({}))}),
        ),
        ("message_stop", json!({"type": "message_stop"})),
    ];
    (opening, middle, closing)
}

fn anthropic_usage(tokens: Option<Tokens>, output: u64) -> Value {
    tokens.map_or(json!({}), |tokens| {
        json!({
            "input_tokens": tokens.input - tokens.cached - tokens.cache_written,
            "cache_read_input_tokens": tokens.cached, "cache_creation_input_tokens": tokens.cache_written, "output_tokens": output,
        })
    })
}

fn anthropic_stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Done => "end_turn",
        Stop::Tools => "tool_use",
        Stop::Length => "max_tokens",
        Stop::Refusal | Stop::Filter => "refusal",
        Stop::Context => "model_context_window_exceeded",
    }
}

fn openai(
    model: &str,
    reply: &Reply,
    pieces: &[&str],
    tokens: Option<Tokens>,
    stop: Stop,
) -> (Events, Events, Events) {
    let chunk = |delta: Value, finish: Value| {
        let value = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}], "usage": null});
        ("", value)
    };
    let opening = vec![chunk(
        json!({"role": "assistant", "content": "", "refusal": null}),
        Value::Null,
    )];
    let key = if stop == Stop::Refusal {
        "refusal"
    } else {
        "content"
    };
    let mut middle: Events = pieces
        .iter()
        .map(|piece| chunk(json!({key: piece}), Value::Null))
        .collect();
    for (number, call) in reply.calls.iter().enumerate() {
        middle.push(chunk(
            json!({"tool_calls": [{"index": number, "id": format!("call_{number}"), "type": "function", "function": {"name": call.name, "arguments": ""}}]}),
            Value::Null,
        ));
        let arguments = call.arguments.to_string();
        for piece in self::pieces(&arguments) {
            middle.push(chunk(
                json!({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}),
                Value::Null,
            ));
        }
    }
    let mut closing = vec![chunk(json!({}), json!(openai_stop(stop)))];
    if let Some(tokens) = tokens {
        closing.push(("", json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [], "usage": openai_usage(tokens)})));
    }
    closing.push(("", json!("[DONE]")));
    (opening, middle, closing)
}

fn openai_usage(tokens: Tokens) -> Value {
    json!({
        "prompt_tokens": tokens.input, "completion_tokens": tokens.output, "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached}, "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

fn openai_stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Done | Stop::Refusal => "stop",
        Stop::Tools => "tool_calls",
        Stop::Length | Stop::Context => "length",
        Stop::Filter => "content_filter",
    }
}

fn gemini(
    model: &str,
    reply: &Reply,
    pieces: &[&str],
    tokens: Option<Tokens>,
    stop: Stop,
) -> (Events, Events, Events) {
    let chunk = |parts: Value, finish: Option<&str>, done: bool| {
        let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
        if let Some(finish) = finish {
            candidate["finishReason"] = json!(finish);
        }
        let mut value =
            json!({"candidates": [candidate], "modelVersion": model, "responseId": "r1"});
        if let Some(tokens) = tokens {
            value["usageMetadata"] = gemini_usage(tokens, done);
        }
        ("", value)
    };
    let opening = Vec::new();
    let mut middle: Events = pieces
        .iter()
        .map(|piece| chunk(json!([{"text": piece}]), None, false))
        .collect();
    for call in &reply.calls {
        middle.push(chunk(
            json!([{"functionCall": {"name": call.name, "args": call.arguments}}]),
            None,
            false,
        ));
    }
    let closing = vec![chunk(json!([{"text": ""}]), Some(gemini_stop(stop)), true)];
    (opening, middle, closing)
}

fn gemini_usage(tokens: Tokens, done: bool) -> Value {
    let output = if done { tokens.output } else { 1 };
    json!({"promptTokenCount": tokens.input, "cachedContentTokenCount": tokens.cached, "candidatesTokenCount": output, "totalTokenCount": tokens.input + output})
}

fn gemini_stop(stop: Stop) -> &'static str {
    match stop {
        // A function call ends with STOP, too.
        Stop::Done | Stop::Tools => "STOP",
        Stop::Length | Stop::Context => "MAX_TOKENS",
        Stop::Refusal => "PROHIBITED_CONTENT",
        Stop::Filter => "SAFETY",
    }
}

fn ollama(
    model: &str,
    reply: &Reply,
    pieces: &[&str],
    tokens: Option<Tokens>,
    stop: Stop,
) -> (Events, Events, Events) {
    let line = |message: Value| {
        (
            "",
            json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": false}),
        )
    };
    let mut middle: Events = pieces
        .iter()
        .map(|piece| line(json!({"role": "assistant", "content": piece})))
        .collect();
    for call in &reply.calls {
        middle.push(line(json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": call.name, "arguments": call.arguments}}]})));
    }
    (
        Vec::new(),
        middle,
        vec![(
            "",
            ollama_end(
                model,
                json!({"role": "assistant", "content": ""}),
                tokens,
                stop,
            ),
        )],
    )
}

fn ollama_end(model: &str, message: Value, tokens: Option<Tokens>, stop: Stop) -> Value {
    let reason = if matches!(stop, Stop::Length | Stop::Context) {
        "length"
    } else {
        "stop"
    };
    let mut end = json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": true, "done_reason": reason,
        "total_duration": 5, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1});
    if let Some(tokens) = tokens {
        end["prompt_eval_count"] = json!(tokens.input);
        end["eval_count"] = json!(tokens.output);
    }
    end
}

/// The whole answer in one piece of JSON.
pub(crate) fn body(api: Api, model: &str, reply: &Reply, stop: Stop) -> Value {
    let text = &reply.text;
    let calls = || reply.calls.iter().enumerate();
    match api {
        Api::Anthropic => {
            let mut content = Vec::new();
            if !text.is_empty() {
                content.push(json!({"type": "text", "text": text}));
            }
            content.extend(calls().map(|(n, call)| json!({"type": "tool_use", "id": format!("toolu_{n}"), "name": call.name, "input": call.arguments})));
            json!({"id": "msg_01", "type": "message", "role": "assistant", "model": model, "content": content,
                "stop_reason": anthropic_stop(stop), "usage": anthropic_usage(reply.tokens, reply.tokens.map_or(0, |tokens| tokens.output))})
        }
        Api::OpenAi => {
            let key = if stop == Stop::Refusal {
                "refusal"
            } else {
                "content"
            };
            let mut message = json!({"role": "assistant", key: text});
            if !reply.calls.is_empty() {
                message["tool_calls"] = calls()
                    .map(|(n, call)| json!({"id": format!("call_{n}"), "type": "function", "function": {"name": call.name, "arguments": call.arguments.to_string()}}))
                    .collect();
            }
            json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": openai_stop(stop)}], "usage": reply.tokens.map(openai_usage)})
        }
        Api::Gemini => {
            let mut parts = vec![json!({"text": text})];
            parts.extend(calls().map(
                |(_, call)| json!({"functionCall": {"name": call.name, "args": call.arguments}}),
            ));
            json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": gemini_stop(stop), "index": 0}],
                "usageMetadata": reply.tokens.map(|tokens| gemini_usage(tokens, true)), "modelVersion": model})
        }
        Api::Ollama => {
            let tools: Vec<Value> = calls().map(|(_, call)| json!({"function": {"name": call.name, "arguments": call.arguments}})).collect();
            let mut message = json!({"role": "assistant", "content": text});
            if !tools.is_empty() {
                message["tool_calls"] = Value::Array(tools);
            }
            ollama_end(model, message, reply.tokens, stop)
        }
    }
}

/// A text in about eight pieces, cut between characters.
fn pieces(text: &str) -> Vec<&str> {
    let size = text.len().div_ceil(8).max(1);
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut at = size.min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        let (piece, after) = rest.split_at(at);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// What the provider itself reports: status, headers, and the error in the protocol's shape.
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) error: Value,
}

/// The faults that a provider reports.
pub(crate) fn failure(
    api: Api,
    fault: &Fault,
    request: &Recorded,
    http_date: &str,
) -> Option<Failure> {
    let mut headers = Vec::new();
    // (status, Anthropic's type, OpenAI's code, Gemini's status, what it says)
    let (status, anthropic, openai, gemini, says) = match fault {
        Fault::LimitedSeconds(_)
        | Fault::LimitedDate(_)
        | Fault::LimitedMillis(_)
        | Fault::Limited
        | Fault::LimitedDay => {
            match fault {
                Fault::LimitedSeconds(seconds) => {
                    headers.push(("retry-after", seconds.to_string()))
                }
                Fault::LimitedDate(_) => headers.push(("retry-after", http_date.to_owned())),
                Fault::LimitedMillis(millis) => {
                    headers.push(("retry-after-ms", millis.to_string()))
                }
                Fault::LimitedDay => headers.push(("retry-after", "86400".to_owned())),
                _ => {}
            }
            (
                429,
                "rate_limit_error",
                "rate_limit_exceeded",
                "RESOURCE_EXHAUSTED",
                "Rate limit reached, too many requests.",
            )
        }
        Fault::Quota => (
            429,
            "billing_error",
            "insufficient_quota",
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        Fault::Overloaded if api == Api::Anthropic => {
            (529, "overloaded_error", "", "", "Overloaded")
        }
        Fault::Overloaded => (
            503,
            "",
            "server_error",
            "UNAVAILABLE",
            "The model is overloaded. Please try again later.",
        ),
        Fault::Status(status) => (
            *status,
            "api_error",
            "server_error",
            "INTERNAL",
            "Something went wrong.",
        ),
        Fault::ProxyLogin => (407, "", "", "", "Proxy authentication required"),
        Fault::ErrorEvent => (
            500,
            "api_error",
            "server_error",
            "INTERNAL",
            "Internal server error",
        ),
        Fault::TooLong => (
            400,
            "invalid_request_error",
            "context_length_exceeded",
            "INVALID_ARGUMENT",
            match api {
                Api::Anthropic => "prompt is too long: 210000 tokens > 200000 maximum",
                Api::OpenAi => {
                    "This model's maximum context length is 128000 tokens. However, your messages resulted in 210000 tokens."
                }
                Api::Gemini => {
                    "The input token count (210000) exceeds the maximum number of tokens allowed (131072)."
                }
                Api::Ollama => "the input length exceeds the context length",
            },
        ),
        Fault::TooLarge => (
            413,
            "request_too_large",
            "request_too_large",
            "INVALID_ARGUMENT",
            "Request exceeds the maximum size",
        ),
        Fault::Unauthorized if api == Api::Gemini => (
            400,
            "",
            "",
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
        ),
        Fault::Unauthorized => (
            401,
            "authentication_error",
            "invalid_api_key",
            "UNAUTHENTICATED",
            "invalid x-api-key",
        ),
        Fault::Forbidden => (
            403,
            "permission_error",
            "permission_denied",
            "PERMISSION_DENIED",
            "Your key does not have permission to use this resource",
        ),
        Fault::UnknownModel => (
            404,
            "not_found_error",
            "model_not_found",
            "NOT_FOUND",
            "model not found, try pulling it first",
        ),
        _ => return None,
    };
    // A bad provider quotes what it was sent: whoever shows this to a user shows code and key.
    let key = ["x-api-key", "authorization", "x-goog-api-key"]
        .iter()
        .find_map(|name| request.header(name))
        .unwrap_or("");
    let quoted: String = request.text().chars().take(200).collect();
    let says = format!("{says} key={key} request={quoted}");
    let error = match api {
        Api::Anthropic => {
            json!({"type": "error", "error": {"type": anthropic, "message": says}, "request_id": "req_1"})
        }
        Api::OpenAi => {
            let kind = if *fault == Fault::Quota {
                "insufficient_quota"
            } else {
                "invalid_request_error"
            };
            json!({"error": {"message": says, "type": kind, "param": null, "code": openai}})
        }
        Api::Gemini => {
            let details = match fault {
                Fault::Quota => json!([{"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]),
                Fault::LimitedMillis(millis) => {
                    json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("0.{millis:03}s")}])
                }
                Fault::Unauthorized => {
                    json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}])
                }
                _ => json!([]),
            };
            json!({"error": {"code": status, "message": says, "status": gemini, "details": details}})
        }
        Api::Ollama => json!({"error": says}),
    };
    Some(Failure {
        status,
        headers,
        error,
    })
}

/// The reply's stop reason under a fault.
pub(crate) fn stop(reply: &Reply) -> Stop {
    match reply.fault.as_ref().map(|(fault, _)| fault) {
        Some(Fault::CutAtMaxTokens) => Stop::Length,
        Some(Fault::Refusal) => Stop::Refusal,
        Some(Fault::Filtered) => Stop::Filter,
        Some(Fault::ContextStop) => Stop::Context,
        _ if !reply.calls.is_empty() => Stop::Tools,
        _ => Stop::Done,
    }
}

/// Gemini's answer without candidates, and what is nearest to it elsewhere.
pub(crate) fn no_candidates(api: Api, model: &str) -> Value {
    match api {
        Api::Gemini => {
            json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}, "modelVersion": model})
        }
        Api::OpenAi => {
            json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": []})
        }
        Api::Anthropic => json!({"type": "message_stop"}),
        Api::Ollama => json!({"model": model, "done": true}),
    }
}
