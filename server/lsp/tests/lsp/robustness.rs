//! Clients as nobody would want them, and what becomes of the server.

use std::sync::Arc;

use lsp::Ended;
use serde_json::{Value, json};

use crate::client::{Setup, places, range};
use crate::index::MemoryIndex;
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::{Fixture, Gate};

const URI: &str = "file:///w/a.txt";

fn start() -> crate::client::Client {
    Setup::new("//- a.txt\nplain\n").start()
}

#[test]
fn an_input_that_breaks_off_ends_the_server() {
    for bytes in [
        "Content-Length: 100\r\n\r\n{\"jsonrpc\":\"2.0\",",
        "Content-Length: 10",
        "",
    ] {
        let mut client = start();
        client.send_bytes(bytes.as_bytes());
        assert_eq!(client.hang_up(), Ended::Abruptly, "{bytes:?}");
    }
}

#[test]
fn a_header_that_cannot_be_followed_ends_the_server() {
    for header in [
        "Content-Length: 67108865\r\n\r\n",
        "Content-Length: lots\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut client = start();
        client.send_bytes(header.as_bytes());
        assert_eq!(client.ended(), Ended::Abruptly, "{header:?}");
    }
}

#[test]
fn a_body_that_is_no_message_is_answered_and_forgotten() {
    let mut client = start();
    for (body, code) in [
        ("{\"jsonrpc\":", -32700),
        ("not JSON", -32700),
        ("[]", -32600),
        ("{\"jsonrpc\":\"2.0\"}", -32600),
    ] {
        client.send_body(body);
        let answer = client.take("an error", |message| {
            message.get("id") == Some(&Value::Null)
        });
        assert_eq!(answer["error"]["code"], code, "{body}");
    }
    // Answers to questions that nobody asked, also broken ones.
    client.send_body("{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":null}");
    client.send_body("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":\"no\"}");
    client.send_bytes(b"content-length: 2\nX: 1\nY: 2\nZ: 3\n\n  ");
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn unknown_methods_are_refused_and_optional_ones_ignored() {
    let mut client = start();
    for method in [
        "textDocument/nonsense",
        "obelus/nonsense",
        "textDocument/nonsense",
    ] {
        assert_eq!(
            client.request(method, json!({})).expect_err("unknown")["code"],
            -32601,
            "{method}"
        );
    }
    client.notify("textDocument/nonsense", json!({}));
    client.notify("$/nonsense", json!({}));
    let error = client
        .command("obelus.nonsense", json!({}))
        .expect_err("unknown");
    assert_eq!(error["code"], -32602);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("obelus.review")),
        "{error}"
    );
    for (arguments, part) in [
        (json!([5]), "one JSON object"),
        (json!([{ "scope": "galaxy" }]), "no scope `galaxy`"),
        (json!([{ "scope": "file" }]), "needs a `uri`"),
    ] {
        let params = json!({ "command": "obelus.review", "arguments": arguments });
        let error = client
            .request("workspace/executeCommand", params)
            .expect_err("refused");
        assert_eq!(error["code"], -32602);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.contains(part)),
            "{error}"
        );
    }
}

#[test]
fn after_shutdown_requests_are_refused_and_edits_ignored() {
    let mut client = start();
    client.open(URI, HIDDEN);
    client.diagnostics(URI, Some(1));
    client
        .request("shutdown", Value::Null)
        .expect("shutdown succeeds");
    client.replace(URI, 2, "plain\n");
    let position = json!({ "line": 0, "character": 0 });
    let hover = json!({ "textDocument": { "uri": URI }, "position": position });
    assert_eq!(
        client
            .request("textDocument/hover", hover)
            .expect_err("over")["code"],
        -32600
    );
    assert_eq!(
        client.request("shutdown", Value::Null).expect_err("over")["code"],
        -32600
    );
    assert_eq!(client.exit(), Ended::AsAsked);
}

#[test]
fn a_review_under_way_at_shutdown_is_cancelled() {
    let gate = Gate::default();
    let door = gate.clone();
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |asked| {
        if asked == "change" {
            door.pass();
        }
    });
    let mut client = Setup::with(fixture).start();
    gate.shut();
    let id = client.ask(
        "workspace/executeCommand",
        json!({ "command": "obelus.review" }),
    );
    gate.wait_for(1);
    client
        .request("shutdown", Value::Null)
        .expect("shutdown succeeds");
    gate.open();
    assert_eq!(client.response(id).expect_err("cancelled")["code"], -32800);
    assert_eq!(client.exit(), Ended::AsAsked);
}

#[test]
fn initialization_options_about_trust_are_not_guessed() {
    for (options, part) in [
        (
            json!({ "untrustedWorkspace": "yes" }),
            "untrustedWorkspace must be true or false, not \"yes\"",
        ),
        (
            json!({ "untrustedWorkspace": 1 }),
            "untrustedWorkspace must be true or false, not 1",
        ),
        (
            json!({ "obelus": { "untrustedWorkspace": [] } }),
            "untrustedWorkspace must be true or false, not []",
        ),
        (
            json!("untrusted"),
            "initializationOptions must be an object, not \"untrusted\"",
        ),
        (
            json!([{ "untrustedWorkspace": true }]),
            "initializationOptions must be an object",
        ),
    ] {
        let setup = Setup::new("//- a.txt\nplain\n").options(options.clone());
        let mut params = setup.params();
        let mut client = setup.connect();
        let error = client
            .request("initialize", params.clone())
            .expect_err("refused");
        assert_eq!(error["code"], -32602, "{options}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.contains(part)),
            "{error}"
        );
        // The client may think again.
        params["initializationOptions"] = json!({});
        client
            .request("initialize", params.clone())
            .expect("initialize succeeds");
        assert_eq!(
            client.request("initialize", params).expect_err("once")["code"],
            -32600
        );
    }
}

#[test]
fn trust_reaches_the_folder() {
    for (options, untrusted) in [
        (Value::Null, false),
        (json!([]), false),
        (json!({ "untrustedWorkspace": false }), false),
        (json!({ "untrustedWorkspace": true }), true),
        (
            json!({ "obelus": { "untrustedWorkspace": null }, "untrustedWorkspace": true }),
            true,
        ),
        (
            json!({ "obelus": { "untrustedWorkspace": true }, "untrustedWorkspace": false }),
            true,
        ),
    ] {
        let mut client = Setup::new("//- a.txt\nplain\n")
            .options(options.clone())
            .start();
        client.open(URI, HIDDEN);
        client.diagnostics(URI, Some(1));
        let openings = client.process.openings();
        assert_eq!(openings.len(), 1);
        assert_eq!(openings[0].1.untrusted, untrusted, "{options}");
        if untrusted {
            // Once, and with what it means.
            let said = client.expect("window/showMessage");
            let message = said["message"].as_str().expect("text");
            assert!(message.contains("not trusted"), "{message}");
            let asked = client.command("obelus.review", json!({ "model": "own/m" }));
            let error = asked.expect_err("refused").to_string();
            assert!(error.contains("not trusted"), "{error}");
        }
        client.close(URI);
        client.diagnostics(URI, None);
    }
}

#[test]
fn what_an_editor_says_and_nobody_knows_is_told_once() {
    let strange =
        json!({ "debuonceMs": 1, "modelReview": "always", "codeLens": 3, "debounceMs": 0 });
    let mut client = Setup::new("//- a.txt\nplain\n")
        .options(strange)
        .capabilities(json!({ "workspace": { "configuration": true } }))
        .start();
    let answer = json!([{ "colour": "red", "modelReview": "onSave" }]);
    client.answer("workspace/configuration", answer.clone());
    for says in [
        "`codeLens` must be true or false, not 3",
        "`modelReview` must be one of onDemand, onSave, onCommit, whenIdle, not \"always\"",
        "initializationOptions has a key `debuonceMs` that means nothing here",
        "colour",
    ] {
        client.take(says, |message| {
            message["method"] == "window/logMessage"
                && message["params"]["message"]
                    .as_str()
                    .is_some_and(|text| text.contains(says))
        });
    }
    // The same again, and something to know when it is through by.
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": null }),
    );
    client.answer("workspace/configuration", answer);
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": null }),
    );
    let more = json!([{ "colour": "red", "shade": "dark" }]);
    client.answer("workspace/configuration", more);
    let next = client.take("a word", |message| message["method"] == "window/logMessage");
    let text = next["params"]["message"].as_str().expect("text");
    assert!(text.contains("shade"), "told again: {text}");
}

#[test]
fn a_message_of_64_megabytes_is_read() {
    let mut client = start();
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    let huge = "x".repeat((64 << 20) - 4096);
    client.replace(URI, 2, &huge);
    assert_eq!(
        client.diagnostics(URI, Some(2)),
        [],
        "too large to be checked"
    );
    client.replace(URI, 3, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(3)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn fifty_thousand_changes_come_in_one_message() {
    let mut client = start();
    client.open(URI, "a\u{200b}b\n");
    client.diagnostics(URI, Some(1));
    let change = json!({ "range": range(0, 0, 0, 0), "text": "x" });
    client.change(URI, 2, Value::Array(vec![change; 50_000]));
    assert_eq!(
        places(&client.diagnostics(URI, Some(2))),
        [(INVISIBLE, (0, 50_001, 0, 50_002))]
    );
    client.close(URI);
    client.diagnostics(URI, None);
}

/// A small generator of its own: the same typing in every run.
fn roll(state: &mut u64, sides: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % sides.max(1) as u64) as usize
}

#[test]
fn fifty_thousand_changes_with_questions_between() {
    let fixture = Arc::new(Fixture::new("//- a.txt\nplain\n"));
    let index = MemoryIndex::new(&fixture);
    let literal = json!({ "codeActionKind": { "valueSet": [] } });
    let mut client = Setup::empty()
        .folder("/w", fixture)
        .indexed("/w", Arc::clone(&index))
        .capabilities(json!({ "textDocument": { "codeAction": {
            "codeActionLiteralSupport": literal, "resolveSupport": { "properties": ["edit"] },
        } } }))
        .options(json!({ "debounceMs": 5 }))
        .start();
    let (mut dice, mut asked, mut cancelled) = (0x0B31_0007_u64, Vec::new(), Vec::new());
    // A line that stays, so that there is always something to ask about, and one that is typed in.
    let mut line = String::new();
    client.open(URI, "a\u{200b}b\n\n");
    client.diagnostics(URI, Some(1));
    for version in 2..=50_000 {
        let chars = line.chars().count();
        let (start, new) = (
            roll(&mut dice, chars + 1),
            ["x", "ß", "日", "y z", ""][roll(&mut dice, 5)],
        );
        let reach = if chars > 60 { 30 } else { 2 };
        let end = (start + roll(&mut dice, reach)).min(chars);
        let typed: Vec<char> = line.chars().collect();
        line = typed[..start]
            .iter()
            .chain(&new.chars().collect::<Vec<_>>())
            .chain(&typed[end..])
            .collect();
        // Every character here is one unit of UTF-16.
        let place = range(1, start as u32, 1, end as u32);
        client.change(URI, version, json!([{ "range": place, "text": new }]));
        if version % 10 == 0 {
            let params = json!({ "textDocument": { "uri": URI }, "range": range(0, 1, 0, 1),
                "context": { "diagnostics": [] } });
            let id = client.ask("textDocument/codeAction", params);
            match version % 20 {
                0 => {
                    client.notify("$/cancelRequest", json!({ "id": id }));
                    cancelled.push(id);
                }
                _ => asked.push((id, version)),
            }
        }
        // As a client would: it takes the answers while it goes on.
        if version % 1000 == 0 {
            for (id, version) in asked.drain(..) {
                let actions = client.response(id).expect("actions");
                assert_eq!(actions[0]["data"]["version"], version, "{actions}");
            }
            for id in cancelled.drain(..) {
                // Answered before the cancellation came, or not.
                if let Err(error) = client.response(id) {
                    assert_eq!(error["code"], -32800);
                }
            }
        }
    }
    let whole = format!("a\u{200b}b\n{line}\n");
    assert_eq!(client.diagnostics(URI, Some(50_000)).len(), 1);
    let path = base::RelPath::new("a.txt").expect("a path");
    index.wait_until("the text", |state| {
        state.open_text(&path).is_some_and(|text| text == whole)
    });
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn an_edit_outside_of_the_document_silences_it_until_its_text_comes_again() {
    let mut client = start();
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    client.change(
        URI,
        2,
        json!([{ "range": range(99, 0, 99, 5), "text": "x" }]),
    );
    assert_eq!(
        client.diagnostics(URI, Some(2)),
        [],
        "what was known is of another text"
    );
    client.change(URI, 3, json!([{ "range": range(0, 0, 0, 1), "text": "y" }]));
    client.change(
        URI,
        4,
        json!([{ "range": range(0, 2, 0, 1), "text": "backwards" }, { "text": HIDDEN }]),
    );
    assert_eq!(client.diagnostics(URI, Some(4)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn messages_about_unknown_documents_do_nothing() {
    let mut client = start();
    client.change("file:///w/no.txt", 2, json!([{ "text": HIDDEN }]));
    client.close("file:///w/no.txt");
    for uri in [
        "untitled:1",
        "",
        "file:///w/%zz",
        "file:///",
        "git:/w/a.txt?x",
        "file:///w/../../etc/x",
        "http://[::1",
    ] {
        client.open(uri, HIDDEN);
        client.replace(uri, 2, "x");
        assert_eq!(client.actions(uri, range(0, 0, 1, 0)), Vec::<Value>::new());
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

#[test]
fn params_of_the_wrong_shape_cost_one_request() {
    let mut client = start();
    for params in [
        Value::Null,
        json!([]),
        json!({}),
        json!({ "textDocument": 5 }),
    ] {
        let error = client
            .request("textDocument/hover", params.clone())
            .expect_err("refused");
        assert_eq!(error["code"], -32602, "{params}");
        for method in [
            "textDocument/didOpen",
            "textDocument/didChange",
            "workspace/didChangeWatchedFiles",
            "initialized",
        ] {
            client.notify(method, params.clone());
        }
    }
}

#[test]
fn one_id_for_two_requests_is_refused() {
    let gate = Gate::default();
    let door = gate.clone();
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |asked| {
        if asked == "change" {
            door.pass();
        }
    });
    let mut client = Setup::with(fixture).start();
    gate.shut();
    let request = json!({ "jsonrpc": "2.0", "id": 77, "method": "workspace/executeCommand", "params": { "command": "obelus.review" } });
    client.send(&request);
    gate.wait_for(1);
    client.send(&request);
    assert_eq!(client.response(77).expect_err("taken")["code"], -32600);
    gate.open();
    client.response(77).expect("the first is answered");
}
