//! Each protocol, in both directions: what we send is what the vendors document, what comes back is understood.

use std::time::Duration;

use base::model::{Message, Model, ReplyShape, Stop, Tool, ToolCall, ToolResult, Usage};
use serde_json::{Value, json};
use test_provider::{Api, Provider, Reply, Split, Tokens};

use crate::ask::{ask, patient, prompt, request};

const TOKENS: Tokens = Tokens {
    input: 1200,
    cached: 800,
    cache_written: 100,
    output: 33,
};

fn schema() -> Value {
    json!({"type": "object", "properties": {"findings": {"type": "array", "items": {"type": "string"}}}, "required": ["findings"], "additionalProperties": false})
}

fn tool() -> Tool {
    Tool {
        name: "search".to_owned(),
        description: "Looks a word up.".to_owned(),
        arguments: json!({"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}),
    }
}

/// Whole, streamed, cut at every sort of place, with both line ends: the same text, the same figures.
#[test]
fn a_text_arrives_whole_however_the_bytes_come() {
    let text = "größer 😀 {\"a\": \"b\\n\"}\r\nend ".repeat(20);
    for api in Api::ALL {
        for split in [
            Split::Events,
            Split::Bytes(1),
            Split::Bytes(2),
            Split::Bytes(7),
            Split::Bytes(1000),
            Split::Bytes(1 << 20),
        ] {
            for crlf in [false, true] {
                let provider = Provider::start();
                let mut reply = Reply::text(&text)
                    .tokens(Some(TOKENS))
                    .split(split, Duration::ZERO);
                reply.crlf = crlf;
                provider.say(reply);
                let asked = ask(&patient(api, &provider), &request());
                let reply = asked
                    .result
                    .unwrap_or_else(|error| panic!("{api:?} {split:?} {crlf}: {error}"));
                assert_eq!(
                    (reply.text.as_str(), reply.stop),
                    (text.as_str(), Stop::Done)
                );
                assert_eq!(asked.follower.text, text);
                assert!(asked.follower.pieces > 3 && asked.follower.restarts == 0);
                let expected = Usage {
                    input_tokens: 1200,
                    cached_tokens: if api == Api::Ollama { 0 } else { 800 },
                    cache_written_tokens: if api == Api::Anthropic { 100 } else { 0 },
                    output_tokens: 33,
                    // A server that wants a key may be a proxy to anything; Ollama runs here.
                    cost_micro_usd: (api == Api::Ollama).then_some(0),
                    estimated: false,
                };
                assert_eq!(reply.usage, expected, "{api:?}");
                assert_eq!(asked.follower.ended, [(expected, None)]);
            }
        }
    }
}

#[test]
fn figures_that_are_not_told_are_estimated() {
    for api in Api::ALL {
        let provider = Provider::start();
        provider.say(Reply::text("a few words of an answer").tokens(None));
        let usage = ask(&patient(api, &provider), &request())
            .result
            .expect("an answer")
            .usage;
        assert!(
            usage.estimated && usage.input_tokens > 20 && usage.output_tokens >= 5,
            "{api:?}: {usage:?}"
        );
    }
}

#[test]
fn a_tool_call_makes_the_round() {
    for api in Api::ALL {
        let provider = Provider::start();
        let mut reply = Reply::call("search", json!({"query": "größe", "deep": {"a": [1, 2]}}));
        reply.calls.push(test_provider::Call {
            name: "search".to_owned(),
            arguments: json!({}),
        });
        reply.text = "Let me look.".to_owned();
        provider.say(reply).say(Reply::text("done"));
        let providers = patient(api, &provider);
        let mut request = request();
        request.tools.push(tool());
        let first = ask(&providers, &request).result.expect("a call");
        assert_eq!(
            (first.stop, first.text.as_str(), first.calls.len()),
            (Stop::Tools, "Let me look.", 2),
            "{api:?}"
        );
        assert_eq!(
            first.calls[0].arguments,
            json!({"query": "größe", "deep": {"a": [1, 2]}})
        );
        assert_eq!(first.calls[1].arguments, json!({}));
        assert_ne!(first.calls[0].id, first.calls[1].id);
        let results = |call: &ToolCall| ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            text: prompt("found nothing"),
        };
        request.messages.push(Message::Assistant {
            text: first.text.clone(),
            calls: first.calls.clone(),
        });
        request.messages.push(Message::ToolResults(
            first.calls.iter().map(results).collect(),
        ));
        assert_eq!(
            ask(&providers, &request).result.expect("an answer").text,
            "done"
        );
        let sent = provider.requests()[1].json();
        let (call, result) = match api {
            Api::Anthropic => (
                sent["messages"][1]["content"][1]["input"]["query"].clone(),
                sent["messages"][2]["content"][1]["content"].clone(),
            ),
            Api::OpenAi => {
                let arguments = sent["messages"][2]["tool_calls"][0]["function"]["arguments"]
                    .as_str()
                    .unwrap_or("");
                assert_eq!(
                    sent["messages"][3]["tool_call_id"],
                    sent["messages"][2]["tool_calls"][0]["id"]
                );
                (
                    serde_json::from_str::<Value>(arguments).expect("JSON")["query"].clone(),
                    sent["messages"][4]["content"].clone(),
                )
            }
            Api::Gemini => (
                sent["contents"][1]["parts"][1]["functionCall"]["args"]["query"].clone(),
                sent["contents"][2]["parts"][1]["functionResponse"]["response"]["result"].clone(),
            ),
            Api::Ollama => (
                sent["messages"][2]["tool_calls"][0]["function"]["arguments"]["query"].clone(),
                sent["messages"][4]["content"].clone(),
            ),
        };
        assert_eq!(
            (call, result),
            (json!("größe"), json!("found nothing")),
            "{api:?}"
        );
    }
}

/// The schema is where the provider wants it, or in words where tools are in its way.
#[test]
fn a_schema_reaches_the_provider() {
    for api in Api::ALL {
        let provider = Provider::start();
        provider.answer(|_| Reply::text("{\"findings\": []}"));
        let providers = patient(api, &provider);
        let mut request = request();
        request.reply = ReplyShape::Json {
            name: "review".to_owned(),
            schema: schema(),
        };
        ask(&providers, &request).result.expect("an answer");
        let sent = provider.requests()[0].json();
        let held = match api {
            Api::Anthropic => &sent["output_config"]["format"]["schema"],
            Api::OpenAi => &sent["response_format"]["json_schema"]["schema"],
            Api::Gemini => &sent["generationConfig"]["responseJsonSchema"],
            Api::Ollama => &sent["format"],
        };
        assert_eq!(*held, schema(), "{api:?}");
        assert!(!provider.requests()[0].text().contains("JSON Schema"));
        request.tools.push(tool());
        ask(&providers, &request).result.expect("an answer");
        let with_tools = provider.requests()[1].text();
        let in_words = with_tools.contains("It must match this JSON Schema");
        assert_eq!(
            in_words,
            matches!(api, Api::Gemini | Api::Ollama),
            "{api:?}: {with_tools}"
        );
    }
}

/// What is shown before sending is what is sent, to the byte.
#[test]
fn the_wire_is_what_is_sent() {
    for api in Api::ALL {
        for shape in [
            ReplyShape::Text,
            ReplyShape::Json {
                name: "review".to_owned(),
                schema: schema(),
            },
        ] {
            let provider = Provider::start();
            let providers = patient(api, &provider);
            let mut request = request();
            request.reply = shape;
            request.tools.push(tool());
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let wire = runtime.block_on(providers.wire(&request)).expect("bytes");
            assert_eq!(provider.connections(), (0, 0), "something was sent");
            ask(&providers, &request).result.expect("an answer");
            let sent = provider.requests().remove(0);
            assert_eq!(sent.body, wire.body, "{api:?}");
            assert_eq!(format!("{}{}", provider.address(), sent.path), wire.address);
            assert!(
                sent.header("accept-encoding") == Some("identity")
                    && sent.header("cookie").is_none()
            );
        }
    }
}

#[test]
fn what_repeats_is_marked_for_the_cache() {
    let provider = Provider::start();
    let mut request = request();
    for number in 0..6 {
        request.messages.push(Message::Assistant {
            text: format!("{number}"),
            calls: Vec::new(),
        });
        request.messages.push(Message::User {
            text: prompt("more"),
            cache: true,
        });
    }
    ask(&patient(Api::Anthropic, &provider), &request)
        .result
        .expect("an answer");
    let sent = provider.requests()[0].json();
    assert_eq!(sent["system"][0]["cache_control"]["type"], "ephemeral");
    let marked: Vec<bool> = sent["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|message| message["content"][0].get("cache_control").is_some())
        .collect();
    // Four marks are allowed: the system text has one, the last three messages the others.
    assert_eq!(marked.iter().filter(|marked| **marked).count(), 3);
    assert!(marked[12] && marked[10] && marked[8]);
}

/// Servers that do not know a part of the request get it without, once and for all.
#[test]
fn what_a_server_does_not_know_is_left_out() {
    let refusals = [
        (
            Api::OpenAi,
            "'response_format' is not supported",
            "response_format",
        ),
        (
            Api::OpenAi,
            "Unknown parameter: stream_options",
            "stream_options",
        ),
        (
            Api::Anthropic,
            "output_config: Extra inputs are not permitted",
            "output_config",
        ),
        (
            Api::Anthropic,
            "cache_control: Extra inputs are not permitted",
            "cache_control",
        ),
    ];
    for (api, says, member) in refusals {
        let provider = Provider::start();
        provider.answer(move |request| {
            if request.text().contains(&format!("\"{member}\"")) {
                let error = json!({"error": {"type": "invalid_request_error", "message": says}});
                Reply::raw(400, "application/json", error.to_string())
            } else {
                Reply::text("{\"findings\": []}")
            }
        });
        let providers = patient(api, &provider);
        let mut request = request();
        request.reply = ReplyShape::Json {
            name: "review".to_owned(),
            schema: schema(),
        };
        for expected in [2, 3] {
            ask(&providers, &request).result.expect("an answer");
            assert_eq!(provider.requests().len(), expected, "{says}");
        }
        let last = provider.requests()[2].text();
        let schema_left_out = matches!(member, "response_format" | "output_config");
        assert_eq!(
            last.contains("It must match this JSON Schema"),
            schema_left_out,
            "{last}"
        );
    }
}

/// A server that does not stream is understood as well.
#[test]
fn a_whole_answer_instead_of_a_stream() {
    let bodies = [
        (
            Api::Anthropic,
            json!({"type": "message", "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 1}}),
        ),
        (
            Api::OpenAi,
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}),
        ),
        (
            Api::Gemini,
            json!([{"candidates": [{"content": {"parts": [{"text": "hello"}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1}}]),
        ),
        (
            Api::Ollama,
            json!({"message": {"role": "assistant", "content": "hello"}, "done": true, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 1}),
        ),
    ];
    for (api, body) in bodies {
        let provider = Provider::start();
        provider.say(Reply::raw(
            200,
            "application/json; charset=utf-8",
            body.to_string(),
        ));
        let reply = ask(&patient(api, &provider), &request())
            .result
            .unwrap_or_else(|error| panic!("{api:?}: {error}"));
        assert_eq!(
            (
                reply.text.as_str(),
                reply.usage.input_tokens,
                reply.usage.output_tokens
            ),
            ("hello", 3, 1)
        );
    }
}

/// What a model thinks is no part of its answer.
#[test]
fn thoughts_are_not_shown() {
    let anthropic = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n\
        data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n\
        data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"secret\"}}\n\n\
        data: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
        data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"hel\"}}\n\n\
        data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"lo\"}}\n\n\
        data: {\"type\":\"content_block_stop\",\"index\":1}\n\n\
        data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n\
        data: {\"type\":\"message_stop\"}\n\n";
    let openai = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"secret\",\"content\":null}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let gemini = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"secret\",\"thought\":true},{\"text\":\"hello\"}]},\"finishReason\":\"STOP\"}],\
        \"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2,\"thoughtsTokenCount\":7}}\n\n";
    let ollama = "{\"message\":{\"content\":\"\",\"thinking\":\"secret\"},\"done\":false}\n{\"message\":{\"content\":\"hello\"},\"done\":true,\"done_reason\":\"stop\"}\n";
    let event_stream = "text/event-stream";
    for (api, kind, body) in [
        (Api::Anthropic, event_stream, anthropic),
        (Api::OpenAi, event_stream, openai),
        (Api::Gemini, event_stream, gemini),
        (Api::Ollama, "application/x-ndjson", ollama),
    ] {
        let provider = Provider::start();
        provider.say(Reply::raw(200, kind, body));
        let asked = ask(&patient(api, &provider), &request());
        assert_eq!(asked.follower.text, "hello", "{api:?}");
        let reply = asked.result.expect("an answer");
        assert_eq!(reply.text, "hello");
        // Thoughts are paid for.
        assert!(api != Api::Gemini || reply.usage.output_tokens == 9);
    }
}

/// A signature that a newer Gemini puts on its calls comes back to it.
#[test]
fn a_signed_call_keeps_its_signature() {
    let body = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"search\",\"args\":{}},\"thoughtSignature\":\"c2ln~bg==\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let provider = Provider::start();
    provider.say(Reply::raw(200, "text/event-stream", body));
    let providers = patient(Api::Gemini, &provider);
    let mut request = request();
    let calls = ask(&providers, &request).result.expect("a call").calls;
    request.messages.push(Message::Assistant {
        text: String::new(),
        calls,
    });
    ask(&providers, &request).result.expect("an answer");
    let part = provider.requests()[1].json()["contents"][1]["parts"][0].clone();
    assert_eq!(part["thoughtSignature"], "c2ln~bg==");
}
