//! What a model words in the editor: after the user agreed, looked up before it is shown, paid for once, and not needed.

use serde_json::{Value, json};
use test_provider::{Provider, Reply};

use crate::lsp_model::{agree, is_result, opened};
use crate::lsp_process::Client;
use crate::models::{KEY, changed};
use crate::support::Sandbox;

/// The provider says `text` to everything; a user who named it for everything; a session with the changed file open.
fn started(provider: &Provider, text: &Value) -> (Sandbox, Client) {
    let text = text.to_string();
    provider.answer(move |_| Reply::text(text.clone()));
    let sandbox = changed(provider, "[models]\nreview = \"own/m\"\n");
    sandbox.scaffold().stage().expect("staged");
    let client = opened(&sandbox, json!({}));
    (sandbox, client)
}

pub(crate) fn call(client: &mut Client, id: i32, command: &str, argument: Value) {
    client.send(
        json!({"jsonrpc": "2.0", "id": id, "method": "workspace/executeCommand",
        "params": {"command": command, "arguments": [argument]}}),
    );
}

/// The answer to a request, before which the user is asked nothing.
pub(crate) fn unasked(client: &mut Client, id: i32) -> Value {
    client.wait_for(|message| {
        assert_ne!(message["method"], "window/showMessageRequest", "asked");
        is_result(id)(message)
    })
}

#[test]
fn a_change_is_worded_by_the_users_model() {
    let provider = Provider::start();
    let words = json!({
        "title": "Leave the first price out of the total",
        "what": ["`total` now skips the first of the `prices`.", "`grand_total` is gone."],
        "changes": [],
    });
    let (_sandbox, mut client) = started(&provider, &words);
    call(
        &mut client,
        7,
        "obelus.describe",
        json!({"scope": "worktree"}),
    );
    agree(&mut client, "Send");
    let told = client.wait_for(is_result(7))["result"].clone();
    assert_eq!(told["title"], "Leave the first price out of the total");
    let text = told["markdown"].as_str().expect("text");
    assert!(text.contains("skips the first"), "{text}");
    assert!(!text.contains("grand_total"), "invented: {text}");
    let note = told["note"].as_str().expect("a note");
    assert!(note.contains("left out 1"), "{note}");
    assert_eq!(told["model"]["name"], "own/m");
    assert_eq!(told["model"]["requests"], 1);
    assert!(!told.to_string().contains(KEY), "the key was told");

    // The same words for the same change: nothing is paid for twice.
    call(
        &mut client,
        8,
        "obelus.describe",
        json!({"scope": "worktree"}),
    );
    let again = unasked(&mut client, 8)["result"].clone();
    assert_eq!(again["title"], told["title"]);
    assert_eq!(again["model"]["requests"], 0);
    assert_eq!(provider.requests().len(), 1);

    // Nobody is asked who was not wanted.
    let none = json!({"scope": "worktree", "model": "none"});
    call(&mut client, 9, "obelus.describe", none);
    let none = unasked(&mut client, 9)["result"].clone();
    assert_eq!(none["model"], Value::Null);
    assert_ne!(none["title"], told["title"]);

    call(
        &mut client,
        10,
        "obelus.commitMessage",
        json!({"style": "plain"}),
    );
    let message = unasked(&mut client, 10)["result"].clone();
    assert_eq!(message["subject"], "Leave the first price out of the total");
    assert_eq!(message["model"]["requests"], 1);
    assert_eq!(provider.requests().len(), 2);
}

#[test]
fn without_consent_or_a_sound_answer_the_facts_stand_alone() {
    let provider = Provider::start();
    let (_sandbox, mut client) = started(&provider, &json!("I had rather not."));
    call(
        &mut client,
        7,
        "obelus.describe",
        json!({"scope": "worktree"}),
    );
    agree(&mut client, "Not now");
    let told = client.wait_for(is_result(7))["result"].clone();
    assert_eq!(provider.requests().len(), 0);
    let note = told["note"].as_str().expect("a note");
    assert!(
        note.contains("written without a model: nothing was sent"),
        "{note}"
    );
    assert!(
        told["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );

    call(&mut client, 8, "obelus.commitMessage", json!({}));
    agree(&mut client, "Send");
    let told = client.wait_for(is_result(8))["result"].clone();
    assert_eq!(provider.requests().len(), 1);
    let note = told["note"].as_str().expect("a note");
    assert!(note.contains("written without a model"), "{note}");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
}

#[test]
fn a_model_that_is_not_there_is_said() {
    let provider = Provider::start();
    let (_sandbox, mut client) = started(&provider, &json!({}));
    for (id, command) in [(7, "obelus.describe"), (8, "obelus.commitMessage")] {
        call(&mut client, id, command, json!({"model": "no-such/m"}));
        let answer = unasked(&mut client, id);
        assert!(answer["error"].to_string().contains("no-such"), "{answer}");
    }
    assert_eq!(provider.requests().len(), 0);
}
