//! A model's part in a review that an editor asks for: nothing is sent before the user agrees, what comes in is shown
//! where it belongs, and the same change is not paid for twice.

use serde_json::{Value, json};
use test_provider::Provider;

use crate::lsp_process::{Client, uri};
use crate::models::{KEY, NEW, changed, reviewer};
use crate::support::Sandbox;

const PATH: &str = "src/total.rs";

fn started(provider: &Provider) -> (Sandbox, Client) {
    let sandbox = changed(provider, "[models]\nreview = \"own/m\"\n");
    let client = opened(&sandbox, json!({}));
    (sandbox, client)
}

/// A session with the changed file open.
pub(crate) fn opened(sandbox: &Sandbox, options: Value) -> Client {
    let mut client = Client::start_with(sandbox, &[("OWN_KEY", KEY)], &[]);
    client.initialize_with(sandbox, None, options);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri(sandbox, PATH), "languageId": "rust", "version": 1, "text": NEW,
        }}}),
    );
    client
}

/// Reads on to the end of the next review, which asks the user nothing.
fn until_reviewed(client: &mut Client) {
    let state = |wanted: &'static str| {
        move |message: &Value| {
            assert_ne!(message["method"], "window/showMessageRequest", "asked");
            message["method"] == "obelus/status" && message["params"]["state"] == wanted
        }
    };
    client.wait_for(state("reviewing"));
    client.wait_for(state("idle"));
}

fn save(client: &mut Client, sandbox: &Sandbox) {
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didSave", "params": {
            "textDocument": {"uri": uri(sandbox, PATH)}
        }}),
    );
}

fn review(client: &mut Client, id: i32) {
    client.send(
        json!({"jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand",
        "params": {"command": "obelus.review", "arguments": [{}]}}),
    );
}

/// Reads up to the question whether something may be sent, and answers it.
pub(crate) fn agree(client: &mut Client, answer: &str) -> String {
    let question = client.wait_for(|message| message["method"] == "window/showMessageRequest");
    client.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"title": answer}}));
    question["params"]["message"].to_string()
}

pub(crate) fn of_model(message: &Value) -> Option<&Value> {
    let all = message["params"]["diagnostics"].as_array()?;
    all.iter().find(|one| {
        one["code"]
            .as_str()
            .is_some_and(|code| code.starts_with("model/"))
    })
}

pub(crate) fn is_result(id: i32) -> impl Fn(&Value) -> bool {
    move |message| message["id"] == id && message.get("method").is_none()
}

#[test]
fn nothing_is_sent_before_the_user_agrees_and_nothing_twice() {
    let provider = reviewer();
    let (sandbox, mut client) = started(&provider);
    review(&mut client, 7);
    let question = client.wait_for(|message| message["method"] == "window/showMessageRequest");
    assert!(
        question["params"]["message"].to_string().contains("own/m"),
        "{question}"
    );
    assert_eq!(provider.requests().len(), 0, "before the answer");
    client.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"title": "Send"}}));

    let shown = client.wait_for(|message| of_model(message).is_some());
    assert_eq!(shown["params"]["uri"], uri(&sandbox, PATH).as_str());
    let finding = of_model(&shown).expect("it is there");
    assert_eq!(finding["range"]["start"]["line"], 1, "{finding}");
    let report = client.wait_for(is_result(7))["result"].clone();
    let sent = provider.requests().len();
    assert!(
        sent > 0 && report["stats"]["model"]["requests"] == sent,
        "{report}"
    );
    assert!(!report.to_string().contains(KEY), "the key was told");

    // The same change again: no question, no request.
    review(&mut client, 8);
    let again = client.wait_for(|message| {
        assert_ne!(
            message["method"], "window/showMessageRequest",
            "asked again"
        );
        is_result(8)(message)
    });
    assert_eq!(again["result"]["stats"]["model"]["requests"], 0, "{again}");
    assert_eq!(provider.requests().len(), sent);

    // It moves with what is typed above it, and goes when its own line is touched.
    let edit = |version: i32, line: u32, text: &str| {
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": version},
            "contentChanges": [{"range": {"start": {"line": line, "character": 0},
                "end": {"line": line, "character": 0}}, "text": text}],
        }})
    };
    client.send(edit(2, 0, "\n"));
    client.wait_for(|message| {
        of_model(message).is_some_and(|one| one["range"]["start"]["line"] == 2)
    });
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": 3},
            "contentChanges": [{"range": {"start": {"line": 2, "character": 18},
                "end": {"line": 2, "character": 26}}, "text": ""}],
        }}),
    );
    client.wait_for(|message| message["params"]["version"] == 3 && of_model(message).is_none());
}

#[test]
fn who_does_not_agree_gets_everything_else() {
    let provider = reviewer();
    let (_sandbox, mut client) = started(&provider);
    review(&mut client, 7);
    agree(&mut client, "Not now");
    let report = client.wait_for(is_result(7));
    assert_eq!(provider.requests().len(), 0);
    assert!(report["result"]["findings"].is_array(), "{report}");
    let told = report.to_string();
    assert!(told.contains("you have not agreed"), "{told}");
}

#[test]
fn a_model_named_with_the_command_counts_for_once() {
    let provider = reviewer();
    let (_sandbox, mut client) = started(&provider);
    for (id, name, says) in [(7, "no-such/m", "no-such"), (8, "m", "provider/model")] {
        client.send(
            json!({"jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand",
            "params": {"command": "obelus.review", "arguments": [{"model": name}]}}),
        );
        let answer = client.wait_for(is_result(id));
        assert!(answer.to_string().contains(says), "{answer}");
    }
    client.send(
        json!({"jsonrpc": "2.0", "id": 9, "method": "workspace/executeCommand",
        "params": {"command": "obelus.review", "arguments": [{"model": "none"}]}}),
    );
    let report = client.wait_for(is_result(9));
    assert_eq!(report["result"]["stats"]["model"], Value::Null, "{report}");
    assert_eq!(provider.requests().len(), 0);
}

#[test]
fn what_a_model_said_survives_the_session_and_costs_nothing_again() {
    let provider = reviewer();
    let (sandbox, mut client) = started(&provider);
    review(&mut client, 7);
    agree(&mut client, "Send");
    client.wait_for(is_result(7));
    let sent = provider.requests().len();
    drop(client);
    // The file comes to the screen as it was then.
    let mut client = opened(&sandbox, json!({}));
    let shown = client.wait_for(|message| of_model(message).is_some());
    assert_eq!(shown["params"]["uri"], uri(&sandbox, PATH).as_str());
    assert_eq!(provider.requests().len(), sent);
}

#[test]
fn a_model_reviews_after_a_save_where_the_user_agreed_before() {
    let provider = reviewer();
    let sandbox = changed(&provider, "[models]\nreview = \"own/m\"\n");
    let options = json!({ "status": true, "modelReview": "onSave" });
    let mut client = opened(&sandbox, options);
    client.wait_for(|message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["version"] == 1
    });
    // Nobody has agreed yet: nothing is asked and nothing is sent.
    save(&mut client, &sandbox);
    until_reviewed(&mut client);
    assert_eq!(provider.requests().len(), 0);
    review(&mut client, 7);
    agree(&mut client, "Send");
    client.wait_for(is_result(7));
    let sent = provider.requests().len();
    assert!(sent > 0);
    // In the middle of a merge it rests.
    let merge = sandbox.work().join(".git/MERGE_HEAD");
    std::fs::write(&merge, "0000000000000000000000000000000000000000\n").expect("written");
    let more = NEW.replace("skip(1)", "skip(2)");
    sandbox.write(PATH, &more);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": 2},
            "contentChanges": [{"text": more}],
        }}),
    );
    save(&mut client, &sandbox);
    client.wait_for(|message| {
        let text = message["params"]["message"].as_str();
        text.is_some_and(|text| text.contains("a merge is in progress: no model is asked"))
    });
    assert_eq!(provider.requests().len(), sent);
    // Over: the save after it is reviewed.
    std::fs::remove_file(&merge).expect("removed");
    save(&mut client, &sandbox);
    until_reviewed(&mut client);
    assert!(provider.requests().len() > sent);
}

#[test]
fn a_model_reviews_a_commit_when_it_is_made() {
    let provider = reviewer();
    let sandbox = changed(&provider, "[models]\nreview = \"own/m\"\n");
    let options = json!({ "status": true, "modelReview": "onCommit" });
    let mut client = opened(&sandbox, options);
    review(&mut client, 7);
    agree(&mut client, "Send");
    client.wait_for(is_result(7));
    let sent = provider.requests().len();
    let more = NEW.replace("skip(1)", "skip(3)");
    let mut scaffold = sandbox.scaffold();
    let made = scaffold.commit("Sum from the fourth", &[(PATH, &more)]);
    made.expect("a commit");
    until_reviewed(&mut client);
    assert!(provider.requests().len() > sent);
}
