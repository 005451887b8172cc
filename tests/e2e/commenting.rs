//! A doc comment by a model: shown as a difference on the command line, offered as an edit in the editor, applied by
//! nobody else.

use serde_json::{Value, json};
use test_provider::{Api, Provider, Reply};

use crate::lsp_model::{agree, is_result};
use crate::lsp_process::{Client, uri};
use crate::lsp_words::call;
use crate::models::{KEY, configured, run};
use crate::support::Sandbox;

const CODE: &str = "/** Adds one. */\nexport function next(n) {\n  return n + 1;\n}\n\nexport function total(prices, rate) {\n  return prices.reduce((a, b) => a + b, 0) * rate;\n}\n";

fn provider(comment: &'static str) -> Provider {
    let provider = Provider::start();
    provider.answer(move |request| {
        let text = request.text();
        assert!(
            text.contains("You write the doc comment of one definition"),
            "{text}"
        );
        assert!(
            text.contains("1 doc comment read, written with `/**`"),
            "{text}"
        );
        Reply::text(json!({"comment": comment, "why": ""}).to_string())
    });
    provider
}

fn sandbox(provider: &Provider) -> Sandbox {
    let sandbox = Sandbox::committed(&[("cart.js", CODE), ("other.js", "function next() {}\n")]);
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    sandbox
}

#[test]
fn on_the_command_line_it_is_a_difference_that_can_be_applied() {
    let provider = provider("The sum of `prices`, with `rate`.");
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "ask document total --model own/m").exits(0);
    let ran = ran.says(&[
        "asking own/m for a doc comment of total in cart.js",
        "own/m: 1 request",
        "git apply",
    ]);
    assert_eq!(
        ran.stdout,
        "--- a/cart.js\n+++ b/cart.js\n@@ -3,6 +3,7 @@\n   return n + 1;\n }\n \n+/** The sum of `prices`, with `rate`. */\n export function total(prices, rate) {\n   return prices.reduce((a, b) => a + b, 0) * rate;\n }\n"
    );
    let there = std::fs::read_to_string(sandbox.work().join("cart.js")).expect("a file");
    assert_eq!(there, CODE, "nothing is written");
    let ran = run(&sandbox, "ask document total --model own/m --format json").exits(0);
    let made: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&made["schema"], &made["path"], &made["like"]),
        (
            &json!("obelus.comment/1"),
            &json!("cart.js"),
            &json!(["cart.js"])
        )
    );
    // Nobody replaces what its author wrote, and of two the file says which.
    run(&sandbox, "ask document next --model own/m")
        .exits(2)
        .says(&["cart.js, other.js", "name the file too"]);
    run(&sandbox, "ask document next in cart.js --model own/m")
        .exits(3)
        .says(&["next has a doc comment already", "rewrite the doc comment"]);
    let words = "ask rewrite the doc comment of next in cart.js --model own/m";
    run(&sandbox, words)
        .exits(0)
        .shows(&["-/** Adds one. */\n+/** The sum of"]);
}

#[test]
fn what_the_model_makes_up_is_not_shown() {
    let provider = provider("Adds.\n@param tax the tax");
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "ask document total --model own/m").exits(3);
    let ran = ran.says(&["left out: `total` takes no `tax`"]);
    assert_eq!(ran.stdout, "");
    // Without a model there is no skeleton, but what is needed.
    sandbox.run("ask document total").exits(2).says(&[
        "only a model words a comment for total in cart.js",
        "written with `/**`",
        "--model",
    ]);
    assert_eq!(provider.requests().len(), 1);
}

#[test]
fn in_the_editor_it_is_an_edit_that_the_user_agrees_to() {
    let provider = provider("The sum of `prices`.");
    let sandbox = sandbox(&provider);
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[models]\nfix = \"own/m\"\n",
    );
    let mut client = Client::start_with(&sandbox, &[("OWN_KEY", KEY)], &[]);
    let capabilities = json!({
        "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true}},
        "window": {"showMessage": {"messageActionItem": {}}},
        "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}},
    });
    client.initialize_as(&sandbox, None, json!({}), capabilities);
    let document = uri(&sandbox, "cart.js");
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": document, "languageId": "javascript", "version": 7, "text": CODE,
        }}}),
    );
    client.wait_for(|message| message["method"] == "textDocument/publishDiagnostics");
    call(&mut client, 9, "obelus.usage", json!({}));
    client.wait_for(is_result(9));
    let mut offered = |id: i32, line: u32| -> Vec<Value> {
        let at = json!({"line": line, "character": 18});
        client.send(
            json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/codeAction", "params": {
                "textDocument": {"uri": document}, "range": {"start": at, "end": at},
                "context": {"diagnostics": [], "triggerKind": 1},
            }}),
        );
        let offered = client.wait_for(is_result(id));
        let all = offered["result"].as_array().cloned().unwrap_or_default();
        let ours = |it: &Value| it["kind"] == "obelus.document";
        all.into_iter().filter(ours).collect()
    };
    // Not for what has one, nor inside of a body.
    assert!(offered(20, 1).is_empty() && offered(21, 6).is_empty());
    let action = offered(22, 5).pop().expect("it is offered");
    assert_eq!(
        action["title"],
        "Write a doc comment for total with the model"
    );
    let argument = action["command"]["arguments"][0].clone();
    call(&mut client, 3, "obelus.document", argument.clone());
    agree(&mut client, "Send");
    let asked = client.wait_for(|message| message["method"] == "window/showMessageRequest");
    let question = asked["params"]["message"].as_str().expect("text");
    assert!(
        question.contains("document total in cart.js")
            && question.ends_with("/** The sum of `prices`. */"),
        "{question}"
    );
    let told = client.wait_for(is_result(3))["result"].clone();
    assert_eq!(
        (&told["applied"], &told["isNew"], &told["path"]),
        (&json!(false), &json!(false), &json!("cart.js"))
    );
    client.send(json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"title": "Apply"}}));
    let edit = client.wait_for(|message| message["method"] == "workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    assert_eq!(
        (&change["textDocument"]["version"], &change["edits"]),
        (
            &json!(7),
            &json!([{
                "range": {"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 0}},
                "newText": "/** The sum of `prices`. */\n",
            }])
        )
    );
    client.send(json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": true}}));
    // In plain words, about the lines that are selected.
    let range = json!({"start": {"line": 5, "character": 0}, "end": {"line": 6, "character": 10}});
    let words = json!({"question": "document this function", "uri": document, "range": range});
    call(&mut client, 4, "obelus.ask", words);
    let asked = client.wait_for(|message| message["method"] == "window/showMessageRequest");
    client.send(json!({"jsonrpc": "2.0", "id": asked["id"], "result": null}));
    let told = client.wait_for(is_result(4))["result"].clone();
    assert_eq!(
        (&told["understood"], &told["command"]),
        (&json!("document"), &json!("obelus.document"))
    );
    // The author's own is only replaced when that is said.
    let named = json!({"symbol": "next", "uri": document, "apply": false});
    call(&mut client, 5, "obelus.document", named.clone());
    let refused = client.wait_for(is_result(5));
    assert!(
        refused["error"]["message"]
            .to_string()
            .contains("has a doc comment already"),
        "{refused}"
    );
    call(&mut client, 6, "obelus.document", json!({}));
    let wrong = client.wait_for(is_result(6));
    assert!(
        wrong["error"]["message"].to_string().contains("`symbol`"),
        "{wrong}"
    );
}
