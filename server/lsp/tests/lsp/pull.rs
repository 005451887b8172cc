//! Diagnostics for clients that ask for them: exactly for the text that they asked about, and never sent as well.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Client, Setup, range};
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::{Fixture, Gate};

const URI: &str = "file:///w/a.txt";
const REFRESH: &str = "workspace/diagnostic/refresh";

fn pulls() -> Value {
    json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    })
}

fn question(before: &Value) -> Value {
    json!({ "textDocument": { "uri": URI }, "previousResultId": before })
}

fn pull(client: &mut Client, before: &Value) -> Value {
    let answer = client.request("textDocument/diagnostic", question(before));
    answer.expect("a report")
}

#[test]
fn a_client_that_asks_is_not_sent_the_same() {
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(pulls())
        .start();
    let provider = &client.result["capabilities"]["diagnosticProvider"];
    assert_eq!(provider["identifier"], "obelus");
    client.open(URI, HIDDEN);
    let first = pull(&mut client, &Value::Null);
    assert_eq!(first["kind"], "full");
    assert_eq!(first["items"][0]["code"], INVISIBLE);
    // Nothing has changed since.
    let again = pull(&mut client, &first["resultId"]);
    assert_eq!(
        again,
        json!({ "kind": "unchanged", "resultId": first["resultId"] })
    );
    client.change(URI, 2, json!([{ "range": range(1, 1, 1, 2), "text": "" }]));
    let empty = pull(&mut client, &first["resultId"]);
    assert_eq!(
        (&empty["kind"], &empty["items"]),
        (&json!("full"), &json!([]))
    );
    // Dropping the client fails on any diagnostics that were sent.
    client.close(URI);
    let closed = pull(&mut client, &Value::Null);
    assert_eq!(closed["items"], json!([]));
    client.ignore(REFRESH);
}

#[test]
fn an_answer_is_for_the_text_that_was_asked_about() {
    let gate = Gate::default();
    let door = gate.clone();
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |question| {
        if question == "text" {
            door.pass();
        }
    });
    let mut client = Setup::empty()
        .folder("/w", Arc::new(fixture))
        .capabilities(pulls())
        .start();
    client
        .command("obelus.explain", json!({ "rule": INVISIBLE }))
        .expect("a page, so the folder is open");
    gate.shut();
    client.open(URI, HIDDEN);
    let asked = client.ask("textDocument/diagnostic", question(&Value::Null));
    gate.wait_for(1);
    // Typed while the check is under way: what was asked about is no more.
    client.replace(URI, 2, "clean\n");
    let error = client.response(asked).expect_err("overtaken");
    assert_eq!(
        (&error["code"], &error["data"]),
        (&json!(-32802), &json!({ "retriggerRequest": true }))
    );
    let asked = client.ask("textDocument/diagnostic", question(&Value::Null));
    gate.open();
    assert_eq!(
        client.response(asked).expect("a report")["items"],
        json!([])
    );
    // Closed while it is asked about.
    gate.shut();
    client.close(URI);
    client.open(URI, HIDDEN);
    let asked = client.ask("textDocument/diagnostic", question(&Value::Null));
    client.close(URI);
    let error = client.response(asked).expect_err("closed");
    assert_eq!(error["data"], json!({ "retriggerRequest": false }));
    gate.open();
    client.ignore(REFRESH);
}

#[test]
fn what_comes_without_an_edit_makes_the_client_ask_again() {
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(pulls())
        .start();
    client.open(URI, HIDDEN);
    let first = pull(&mut client, &Value::Null);
    let id = first["items"][0]["data"].clone();
    let argument = json!({ "id": id, "reason": "false" });
    client
        .command("obelus.dismiss", argument)
        .expect("dismissed");
    client.answer(REFRESH, Value::Null);
    assert_eq!(pull(&mut client, &first["resultId"])["items"], json!([]));
    client.ignore(REFRESH);
}

#[test]
fn what_was_sent_of_a_file_is_taken_back_when_it_is_opened() {
    let fixture = "//- old a.txt\nplain\n//- new a.txt\nplain\na\u{200b}b\n";
    let mut client = Setup::new(fixture).capabilities(pulls()).start();
    client
        .command("obelus.review", json!({}))
        .expect("a report");
    assert_eq!(client.diagnostics(URI, None).len(), 1);
    let told = pull(&mut client, &Value::Null);
    assert_eq!(told["items"][0]["code"], INVISIBLE);
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, None), []);
    let told = pull(&mut client, &Value::Null);
    assert_eq!(told["items"][0]["code"], INVISIBLE);
    client.ignore(REFRESH);
}
