//! The checks across files while somebody types, in the real process over real files: they follow what is on the
//! screen, saved or not.

use serde_json::{Value, json};

use crate::lsp_process::{Client, uri};
use crate::support::Sandbox;

const AREA: &str = "def area(width, height):\n    return width * height\n";
const SHED: &str =
    "from shapes import area\n\n\ndef floor(shed):\n    return area(shed.width, shed.depth)\n";

fn open(client: &mut Client, uri: &str, text: &str) {
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "python", "version": 1, "text": text,
        }}}),
    );
}

fn type_over(client: &mut Client, uri: &str, version: i32, text: &str) {
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}],
        }}),
    );
}

/// The diagnostics of `uri` as soon as they are as wanted.
fn shown(client: &mut Client, uri: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let message = client.wait_for(|message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri
            && message["params"]["diagnostics"]
                .as_array()
                .is_some_and(|all| wanted(all))
    });
    message["params"]["diagnostics"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn is_stale_call(diagnostic: &Value) -> bool {
    diagnostic["code"] == "analysis/stale-call"
}

#[test]
fn a_caller_left_behind_is_shown_until_it_is_mended_on_the_screen() {
    let sandbox = Sandbox::committed(&[("shapes.py", AREA), ("shed.py", SHED)]);
    let mut client = Client::start(&sandbox, &[]);
    client.initialize(&sandbox, None);
    let (shapes, shed) = (uri(&sandbox, "shapes.py"), uri(&sandbox, "shed.py"));
    open(&mut client, &shapes, AREA);
    // Nothing is saved from here on.
    let changed = AREA.replace("width, height)", "width, height, unit)");
    type_over(&mut client, &shapes, 2, &changed);
    let found = shown(&mut client, &shapes, |all| all.iter().any(is_stale_call));
    let stale = found
        .iter()
        .find(|one| is_stale_call(one))
        .expect("it is there");
    let evidence = &stale["relatedInformation"][0]["location"];
    assert_eq!(evidence["uri"], shed.as_str(), "{stale}");
    assert_eq!(evidence["range"]["start"]["line"], 4, "{stale}");

    // An edit above moves it at once, before anything has looked again.
    type_over(
        &mut client,
        &shapes,
        3,
        &format!("import math\n\n{changed}"),
    );
    shown(&mut client, &shapes, |all| {
        all.iter()
            .any(|one| is_stale_call(one) && one["range"]["start"]["line"] == 2)
    });

    // The caller is mended in another buffer.
    open(
        &mut client,
        &shed,
        &SHED.replace("shed.depth)", "shed.depth, \"m\")"),
    );
    shown(&mut client, &shapes, |all| !all.iter().any(is_stale_call));
}
