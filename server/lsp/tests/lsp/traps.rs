//! What transports of this family get wrong, one test each. The letters are those of the project's list of traps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lsp::Ended;
use serde_json::{Value, json};

use crate::client::{Setup, places, range};
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::{Fixture, Gate};

const URI: &str = "file:///w/a.txt";
const CANCELLED: i64 = -32800;

/// A workspace in which one kind of question waits at a gate.
fn gated(question: &'static str) -> (Gate, Setup) {
    let gate = Gate::default();
    let door = gate.clone();
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |asked| {
        if asked == question {
            door.pass();
        }
    });
    (gate, Setup::with(fixture))
}

#[test]
fn a_edits_are_applied_in_the_order_they_were_sent() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    client.open(URI, "a\u{200b}b\n");
    let (mut length, mut questions) = (0, Vec::new());
    for version in 2..500 {
        // Each edit fits only the text that the one before left.
        let text = version.to_string().repeat(version as usize % 7 + 1);
        client.change(
            URI,
            version,
            json!([{ "range": range(0, 0, 0, length), "text": text }]),
        );
        length = text.len() as u32;
        if version % 5 == 0 {
            let params = json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": 0 } });
            questions.push(client.ask("textDocument/hover", params));
        }
    }
    let at = u64::from(length) + 1;
    assert_eq!(
        places(&client.diagnostics(URI, Some(499))),
        [(INVISIBLE, (0, at, 0, at + 1))]
    );
    for question in questions {
        assert_eq!(client.response(question), Ok(Value::Null));
    }
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn b_slow_requests_do_not_hold_up_edits() {
    let (gate, setup) = gated("change");
    let mut client = setup.start();
    gate.shut();
    let review = json!({ "command": "obelus.review", "arguments": [{}] });
    let slow: Vec<i64> = (0..8)
        .map(|_| client.ask("workspace/executeCommand", review.clone()))
        .collect();
    gate.wait_for(1);
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    client.replace(URI, 2, "plain\n");
    assert_eq!(client.diagnostics(URI, Some(2)), []);
    gate.open();
    let answers: Vec<bool> = slow
        .into_iter()
        .map(|id| client.response(id).is_ok())
        .collect();
    assert_eq!(
        answers,
        [false, false, false, false, false, false, false, true],
        "the last one counts"
    );
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn c_a_panic_costs_its_own_request_only() {
    let faulty = Arc::new(AtomicBool::new(true));
    let fault = Arc::clone(&faulty);
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |asked| {
        assert!(asked != "head" || !fault.load(Ordering::SeqCst), "injected");
    });
    let setup = Setup::with(fixture);
    let mut client = setup.start();
    // A check.
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)), [], "the check panicked");
    faulty.store(false, Ordering::SeqCst);
    client.replace(URI, 2, &format!("{HIDDEN}more\n"));
    assert_eq!(
        client.diagnostics(URI, Some(2)).len(),
        1,
        "the next one does not"
    );
    // A request, and everything that the process around the server is asked.
    for call in ["page", "folder_of", "open", "watch"] {
        client.process.panics_in(call);
    }
    let error = client
        .command("obelus.explain", json!({ "rule": INVISIBLE }))
        .expect_err("it panicked");
    assert_eq!(error["code"], -32603, "{error}");
    client.open("file:///elsewhere/b.txt", HIDDEN);
    let added = json!({ "added": [{ "uri": "file:///more", "name": "more" }], "removed": [] });
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": added }),
    );
    let shown = client.expect("window/showMessage");
    assert!(
        shown["message"]
            .as_str()
            .is_some_and(|text| text.contains("panicked")),
        "{shown}"
    );
    client.replace(URI, 3, HIDDEN);
    assert_eq!(
        client.diagnostics(URI, Some(3)).len(),
        1,
        "still there, without the page"
    );
    for uri in [URI, "file:///elsewhere/b.txt"] {
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

#[test]
fn d_a_client_that_never_answers_is_served() {
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(json!({
            "workspace": { "configuration": true, "didChangeWatchedFiles": { "dynamicRegistration": true } },
            "window": { "workDoneProgress": true, "showDocument": { "support": true } },
        }))
        .start();
    client.open(URI, HIDDEN);
    client.diagnostics(URI, Some(1));
    for version in 2..300 {
        client.notify(
            "workspace/didChangeConfiguration",
            json!({ "settings": null }),
        );
        client.replace(URI, version, "plain\n");
    }
    client.replace(URI, 300, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(300)).len(), 1);
    client
        .command("obelus.explain", json!({ "rule": INVISIBLE }))
        .expect("explained");
    client.expect_request("client/registerCapability");
    client.expect_request("window/showDocument");
    for _ in 1..300 {
        client.expect_request("workspace/configuration");
    }
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn e_a_cancelled_request_is_answered_at_once() {
    let (gate, setup) = gated("change");
    let mut client = setup.start();
    gate.shut();
    let review = json!({ "command": "obelus.review", "arguments": [{}] });
    let id = client.ask("workspace/executeCommand", review);
    gate.wait_for(1);
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(
        client.response(id).expect_err("cancelled")["code"],
        CANCELLED
    );
    gate.open();
}

#[test]
fn f_exit_does_not_wait_for_requests() {
    let (gate, setup) = gated("change");
    let mut client = setup.start();
    gate.shut();
    client.ask(
        "workspace/executeCommand",
        json!({ "command": "obelus.review", "arguments": [{}] }),
    );
    gate.wait_for(1);
    assert_eq!(client.exit(), Ended::Abruptly);
    client.forget_answers();
    gate.open();
}

#[test]
fn g_work_does_not_stall_other_messages() {
    let (gate, setup) = gated("head");
    let mut client = setup.start();
    gate.shut();
    client.open(URI, HIDDEN);
    gate.wait_for(1);
    let status = client
        .command("obelus.status", json!({}))
        .expect("a status");
    assert_eq!(status["state"], "idle");
    gate.open();
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn h_a_client_that_does_not_read_is_still_read() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    let many = "a\u{200b}b\n".repeat(40);
    client.open(URI, &many);
    client.read_on(false);
    // More than the pipes hold, both ways.
    for version in 2..2_000 {
        client.change(
            URI,
            version,
            json!([{ "range": range(0, 0, 0, 0), "text": "x" }]),
        );
    }
    client.replace(URI, 2_000, HIDDEN);
    client.read_on(true);
    assert_eq!(client.diagnostics(URI, Some(2_000)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn h_a_client_that_does_not_read_cannot_keep_the_server() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    client.read_on(false);
    // Refused without a wait, and together more than the pipe holds.
    for _ in 0..900 {
        client.ask("textDocument/nonsense", json!({}));
    }
    assert_eq!(client.exit(), Ended::Abruptly);
    client.forget_answers();
}

#[test]
fn i_nothing_is_said_before_the_handshake() {
    let setup = Setup::new("//- a.txt\nplain\n");
    let params = setup.params();
    let mut client = setup.connect();
    client.open(URI, HIDDEN);
    let hover =
        json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": 0 } });
    assert_eq!(
        client
            .request("textDocument/hover", hover)
            .expect_err("too early")["code"],
        -32002
    );
    client
        .request("initialize", params)
        .expect("initialize succeeds");
    assert_eq!(client.process.openings(), [], "not before `initialized`");
    client.notify("initialized", json!({}));
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn j_shutdown_is_accepted_in_every_shape() {
    for params in [None, Some(Value::Null), Some(json!({})), Some(json!([]))] {
        let mut client = Setup::new("//- a.txt\nplain\n").start();
        let mut message = json!({ "jsonrpc": "2.0", "id": "bye", "method": "shutdown" });
        let mut exit = json!({ "jsonrpc": "2.0", "method": "exit" });
        if let Some(params) = params {
            message["params"] = params.clone();
            exit["params"] = params;
        }
        client.send(&message);
        let answer = client.take("the answer", |message| message["id"] == "bye");
        assert_eq!(
            answer,
            json!({ "jsonrpc": "2.0", "id": "bye", "result": null }),
            "{message}"
        );
        client.send(&exit);
        assert_eq!(client.ended(), Ended::AsAsked, "{message}");
    }
}

#[test]
fn j_initialized_is_accepted_in_every_shape() {
    for params in [None, Some(Value::Null), Some(json!([]))] {
        let setup = Setup::new("//- a.txt\nplain\n");
        let initialize = setup.params();
        let mut client = setup.connect();
        client
            .request("initialize", initialize)
            .expect("initialize succeeds");
        let mut message = json!({ "jsonrpc": "2.0", "method": "initialized" });
        if let Some(params) = params {
            message["params"] = params;
        }
        client.send(&message);
        client.open(URI, HIDDEN);
        assert_eq!(client.diagnostics(URI, Some(1)).len(), 1, "{message}");
        client.close(URI);
        client.diagnostics(URI, None);
    }
}

#[test]
fn k_the_exit_status_says_whether_shutdown_was_asked_for() {
    let mut client = Setup::new("//- a.txt\nplain\n").pid(4711).start();
    assert_eq!(
        client.process.parents(),
        [4711],
        "the editor's process is watched"
    );
    assert_eq!(client.exit().exit_code(), 1);
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    assert_eq!(client.hang_up().exit_code(), 1);
    for hang_up in [true, false] {
        let mut client = Setup::new("//- a.txt\nplain\n").start();
        client
            .request("shutdown", Value::Null)
            .expect("shutdown succeeds");
        let ended = if hang_up {
            client.hang_up()
        } else {
            client.exit()
        };
        assert_eq!(ended.exit_code(), 0);
    }
    let mut client = Setup::new("//- a.txt\nplain\n").connect();
    assert_eq!(client.exit().exit_code(), 1, "before `initialize`");
}

#[test]
fn l_progress_is_shown_under_the_clients_token_and_can_be_cancelled() {
    for token in [json!(7), json!("7")] {
        let (gate, setup) = gated("change");
        let mut client = setup.start();
        gate.shut();
        let id = client.ask(
            "workspace/executeCommand",
            json!({ "command": "obelus.review", "arguments": [{}], "workDoneToken": token }),
        );
        let begin = client.expect("$/progress");
        assert_eq!(
            (&begin["token"], &begin["value"]["kind"]),
            (&token, &json!("begin"))
        );
        client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
        // The cancel is through when a later message is.
        client
            .command("obelus.status", json!({}))
            .expect("a status");
        gate.open();
        assert_eq!(
            client.response(id).expect_err("cancelled")["code"],
            CANCELLED
        );
        let end = client.expect("$/progress");
        assert_eq!(
            (&end["token"], &end["value"]["kind"]),
            (&token, &json!("end"))
        );
    }
}

#[test]
fn l_progress_of_the_servers_own_waits_for_the_client_to_agree() {
    let (gate, setup) = gated("change");
    let mut client = setup
        .capabilities(json!({ "window": { "workDoneProgress": true } }))
        .start();
    gate.shut();
    let review = json!({ "command": "obelus.review", "arguments": [{}] });
    let id = client.ask("workspace/executeCommand", review);
    let token = client.answer("window/workDoneProgress/create", Value::Null)["token"].clone();
    let begin = client.expect("$/progress");
    assert_eq!(
        (&begin["token"], &begin["value"]["kind"]),
        (&token, &json!("begin"))
    );
    gate.open();
    client.response(id).expect("reviewed");
    let end = client.expect("$/progress");
    assert_eq!(
        (&end["token"], &end["value"]["kind"]),
        (&token, &json!("end"))
    );
}
