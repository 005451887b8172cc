//! The whole way of one remark: a provider over HTTP, a stream that is still open, the editor's underline, its code
//! action, the edit, the applied fix, the closed finding; and nothing of it is paid for twice.

use serde_json::{Value, json};
use test_provider::{Api, Hold, Provider, Reply};

use crate::lsp_model::{agree, is_result, of_model};
use crate::lsp_process::{Client, uri};
use crate::models::{KEY, configured};
use crate::support::Sandbox;

const PATH: &str = "src/total.rs";
const OLD: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";
const NEW: &str = "/// The sum of all prices.\npub fn total(prices: &[u64]) -> u64 {\n    prices.iter().skip(1).sum()\n}\n";
const FIXED: &str = "/// The sum of all prices.\npub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";

/// Two remarks: one that is right, and a longer one about code that is not there, so that the first is whole in the
/// first half of the stream.
fn remarks() -> String {
    let remark = |quote: &str, explanation: &str, fix: Value| {
        json!({
            "path": PATH, "line_tag": "", "line": 3, "quote": quote, "symbol": "total", "category": "bug",
            "severity": "error", "confidence": 0.95, "title": "The first price is left out of the sum",
            "explanation": explanation, "claims": [], "fix": fix,
        })
    };
    let why = "`skip(1)` drops the first price, so every total is too small.";
    let fix = json!({
        "title": "Sum all prices",
        "replaces": "    prices.iter().skip(1).sum()",
        "with": "    prices.iter().sum()",
    });
    let nowhere = "The remark goes on and on. ".repeat(60);
    json!({"findings": [
        remark("    prices.iter().skip(1).sum()", why, fix),
        remark("    prices.clear();", &nowhere, Value::Null),
    ]})
    .to_string()
}

/// Finds the defect where it is shown, and stands by it; the first answer of all is held.
fn reviewer(hold: &Hold) -> Provider {
    let provider = Provider::start();
    let hold = hold.clone();
    provider.answer(move |request| {
        let text = request.text();
        if text.contains("Your task is to refute it") {
            return Reply::text(r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#);
        }
        match text.contains("skip(1)") {
            true => Reply::text(remarks()).held(&hold),
            false => Reply::text(r#"{"findings": []}"#),
        }
    });
    provider
}

fn editor() -> Value {
    json!({
        "workspace": {"workspaceEdit": {"documentChanges": true}},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "dataSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
                "dataSupport": true, "isPreferredSupport": true,
                "resolveSupport": {"properties": ["edit"]},
                "tagSupport": {"valueSet": [1]},
            },
        },
    })
}

fn request(client: &mut Client, id: i32, method: &str, params: Value) {
    client.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
}

/// A review that asks the user nothing: its report.
fn reviewed(client: &mut Client, id: i32) -> Value {
    let review = json!({"command": "obelus.review", "arguments": [{}]});
    request(client, id, "workspace/executeCommand", review);
    let answer = client.wait_for(|message| {
        assert_ne!(message["method"], "window/showMessageRequest", "asked");
        is_result(id)(message)
    });
    answer["result"].clone()
}

fn typed(client: &mut Client, uri: &str, version: i32, change: Value) {
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": version}, "contentChanges": [change],
        }}),
    );
}

#[test]
fn a_remark_is_shown_repaired_and_closed_and_paid_for_once() {
    let hold = Hold::default();
    let provider = reviewer(&hold);
    let sandbox = Sandbox::committed(&[(PATH, OLD)]);
    sandbox.write(PATH, NEW);
    let named = "[models]\nreview = \"own/m\"\n";
    configured(&sandbox, &provider.base_url(Api::Anthropic), named);
    let mut client = Client::start_with(&sandbox, &[("OWN_KEY", KEY)], &[]);
    client.initialize_as(&sandbox, None, json!({}), editor());
    let uri = uri(&sandbox, PATH);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "rust", "version": 1, "text": NEW,
        }}}),
    );

    // Shown while the provider still holds the second half of its answer back.
    let review = json!({"command": "obelus.review", "arguments": [{}]});
    request(&mut client, 7, "workspace/executeCommand", review);
    agree(&mut client, "Send");
    let shown = client.wait_for(|message| {
        assert!(!is_result(7)(message), "the review is over: {message}");
        of_model(message).is_some()
    });
    assert_eq!(shown["params"]["version"], 1);
    let finding = of_model(&shown).expect("it is there").clone();
    assert_eq!(finding["range"]["start"]["line"], 2, "{finding}");
    hold.let_go();
    let report = client.wait_for(is_result(7))["result"].clone();
    let model = &report["stats"]["model"];
    assert_eq!(
        (&model["requests"], &model["dropped"]),
        (&json!(2), &json!(1)),
        "{report}"
    );
    assert_eq!(
        provider.requests().len(),
        2,
        "one to find, one to look again"
    );

    // Hovering says why, what would be done, and what it cost.
    let here = json!({"textDocument": {"uri": uri}, "position": finding["range"]["start"]});
    request(&mut client, 20, "textDocument/hover", here);
    let hover = client.wait_for(is_result(20))["result"]["contents"]["value"].clone();
    for part in [
        "The first price is left out of the sum",
        "-     prices.iter().skip(1).sum()\n+     prices.iter().sum()",
        "own/m (the review cost $0.0012)",
    ] {
        assert!(
            hover.as_str().is_some_and(|text| text.contains(part)),
            "no {part:?} in {hover}"
        );
    }

    // Its action is marked as a model's, and never the one that is taken unread.
    let params = json!({"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding]}});
    request(&mut client, 8, "textDocument/codeAction", params);
    let actions = client.wait_for(is_result(8))["result"].clone();
    let fix = (actions.as_array().expect("a list").iter())
        .find(|action| action["title"] == "Sum all prices")
        .expect("the fix");
    assert_eq!(fix["tags"], json!([1]), "LLMGenerated");
    assert_eq!(fix["isPreferred"], Value::Null);
    assert_eq!(fix["edit"], Value::Null, "resolved later");
    request(&mut client, 9, "codeAction/resolve", fix.clone());
    let resolved = client.wait_for(is_result(9))["result"].clone();
    let changed = &resolved["edit"]["documentChanges"][0];
    assert_eq!(changed["textDocument"], json!({"uri": uri, "version": 1}));
    let edits = changed["edits"].as_array().expect("edits");
    assert_eq!(edits.len(), 1, "{resolved}");

    // Applied: the finding is closed.
    let edit = &edits[0];
    typed(
        &mut client,
        &uri,
        2,
        json!({"range": edit["range"], "text": edit["newText"]}),
    );
    client.wait_for(|message| message["params"]["version"] == 2 && of_model(message).is_none());
    let report = reviewed(&mut client, 10);
    assert_eq!(report["findings"], json!([]), "{report}");
    assert_eq!(
        report["stats"]["model"]["requests"], 1,
        "another text was reviewed"
    );
    let asked = provider.requests();
    let (last, own) = (asked.last().expect("one").text(), "prices.iter().sum()");
    assert!(
        last.contains(own) && !last.contains("skip(1)"),
        "not what the fix left: {last}"
    );

    // The same reviews again, of what is there now and of what was there first: not one request.
    let report = reviewed(&mut client, 11);
    assert_eq!(report["stats"]["model"]["requests"], 0, "{report}");
    typed(&mut client, &uri, 3, json!({"text": NEW}));
    let report = reviewed(&mut client, 12);
    assert_eq!(report["stats"]["model"]["requests"], 0, "{report}");
    assert_eq!(
        report["findings"][0]["title"],
        "The first price is left out of the sum"
    );
    typed(&mut client, &uri, 4, json!({"text": FIXED}));
    client.wait_for(|message| message["params"]["version"] == 4 && of_model(message).is_none());
    assert_eq!(provider.requests().len(), 3);
}
