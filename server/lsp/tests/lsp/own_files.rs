//! Our own files in the editor, and code lenses.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Client, Setup, range};
use crate::index::MemoryIndex;
use crate::session::HIDDEN;
use crate::workspace::Fixture;

const CONFIG: &str = "file:///w/obelus.toml";
const RULE: &str = "file:///w/.obelus/rules/own/left.yml";
const TEXT: &str = "file:///w/a.txt";

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

fn end(mut client: Client, uris: &[&str]) {
    for uri in uris {
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

#[test]
fn what_is_wrong_in_our_own_files_is_shown_while_it_is_written() {
    let mut client = Setup::new("//- a.txt\n").start();
    client.open(CONFIG, "[rules]\n\"rust/*\" = \"of\"\n");
    let wrong = client.diagnostics(CONFIG, Some(1));
    assert_eq!(wrong.len(), 1);
    assert_eq!(
        (wrong[0].rule(), wrong[0].place()),
        ("obelus/configuration", (1, 0, 1, 15))
    );
    assert_eq!(
        (&wrong[0].0["source"], &wrong[0].0["severity"]),
        (&json!("obelus"), &json!(1))
    );
    client.replace(CONFIG, 2, "[rules]\n\"rust/*\" = \"off\"\n");
    assert_eq!(client.diagnostics(CONFIG, Some(2)), []);
    client.open(
        RULE,
        "id: own/left\nlanguage: rsut\nmessage: m\nrule: {pattern: f()}\n",
    );
    let wrong = client.diagnostics(RULE, Some(1));
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].place().0, 1, "{wrong:?}");
    end(client, &[CONFIG, RULE]);
}

#[test]
fn a_configuration_that_keeps_the_folder_shut_says_where() {
    let fixture = "//- obelus.toml\nprofile = \"fast\"\n//- a.txt\nplain\n";
    let mut client = Setup::new(fixture).start();
    client.expect("window/showMessage");
    client.open(CONFIG, "profile = \"fast\"\n");
    let wrong = client.diagnostics(CONFIG, Some(1));
    assert_eq!(wrong.len(), 1);
    end(client, &[CONFIG]);
}

#[test]
fn keys_and_words_are_offered_and_explained() {
    let mut client = Setup::new("//- a.txt\n").start();
    let written = "pro\n[rules]\n\"rust/dbg-left-in\" = \"off\"\n";
    client.open(CONFIG, written);
    client.diagnostics(CONFIG, Some(1));
    let offered = client
        .request("textDocument/completion", at(CONFIG, 0, 3))
        .expect("items");
    let items = offered.as_array().expect("a list");
    let profile = items
        .iter()
        .find(|item| item["label"] == "profile")
        .expect("offered");
    assert_eq!(
        profile["textEdit"],
        json!({ "range": range(0, 0, 0, 3), "newText": "profile = " })
    );
    let told = client
        .request("textDocument/hover", at(CONFIG, 2, 4))
        .expect("a hover");
    let text = told["contents"]["value"].as_str().expect("text");
    assert!(text.contains("`rust/dbg-left-in`"), "{text}");
    let document = json!({ "textDocument": { "uri": CONFIG } });
    let links = client
        .request("textDocument/documentLink", document)
        .expect("links");
    assert_eq!(links[0]["range"], range(2, 1, 2, 17));
    assert_eq!(links[0]["target"], "file:///pages/rust/dbg-left-in.md");
    // Elsewhere there is nothing to offer.
    client.open(TEXT, HIDDEN);
    client.diagnostics(TEXT, Some(1));
    for method in ["textDocument/completion", "textDocument/documentLink"] {
        assert_eq!(
            client.request(method, at(TEXT, 0, 1)),
            Ok(json!([])),
            "{method}"
        );
    }
    end(client, &[CONFIG, TEXT]);
}

#[test]
fn an_editor_that_can_is_told_to_ask_for_our_files_alone() {
    let dynamic = json!({ "dynamicRegistration": true });
    let mut client = Setup::new("//- a.txt\n")
        .capabilities(json!({ "textDocument": { "completion": dynamic, "documentLink": dynamic } }))
        .start();
    for provider in [
        "completionProvider",
        "documentLinkProvider",
        "codeLensProvider",
    ] {
        assert_eq!(
            client.result["capabilities"].get(provider),
            None,
            "{provider}"
        );
    }
    let asked = client.answer("client/registerCapability", Value::Null);
    for registration in asked["registrations"].as_array().expect("a list") {
        let selector = &registration["registerOptions"]["documentSelector"];
        assert_eq!(selector[0]["pattern"], "**/obelus.toml");
    }
}

#[test]
fn lenses_are_shown_where_they_are_wanted() {
    let fixture = Arc::new(Fixture::new("//- a.txt\nplain\n"));
    let index = MemoryIndex::new(&fixture);
    let start = |options: Value| {
        let mut client = Setup::empty()
            .folder("/w", Arc::clone(&fixture))
            .indexed("/w", Arc::clone(&index))
            .options(options)
            .start();
        client.open(TEXT, HIDDEN);
        client.diagnostics(TEXT, Some(1));
        let document = json!({ "textDocument": { "uri": TEXT } });
        let lenses = client
            .request("textDocument/codeLens", document)
            .expect("lenses");
        (client, lenses)
    };
    let (client, lenses) = start(json!({}));
    assert_eq!(client.result["capabilities"].get("codeLensProvider"), None);
    assert_eq!(lenses, json!([]));
    end(client, &[TEXT]);
    let (mut client, lenses) = start(json!({ "codeLens": true }));
    let provider = &client.result["capabilities"]["codeLensProvider"];
    assert_eq!(*provider, json!({ "resolveProvider": true }));
    assert_eq!(lenses[0]["command"]["title"], "Obelus: 1 finding");
    client.replace(TEXT, 2, "plain\n");
    client.diagnostics(TEXT, Some(2));
    let document = json!({ "textDocument": { "uri": TEXT } });
    let lenses = client
        .request("textDocument/codeLens", document)
        .expect("lenses");
    assert_eq!(
        lenses[0]["command"]["title"],
        "Obelus: reviewed, nothing found"
    );
    // One that was made up resolves to itself.
    let strange = json!({ "range": range(0, 0, 0, 0), "data": { "uri": "x" } });
    assert_eq!(
        client.request("codeLens/resolve", strange.clone()),
        Ok(strange)
    );
    end(client, &[TEXT]);
}

#[test]
fn lenses_follow_the_settings() {
    let mut client = Setup::new("//- a.txt\n")
        .capabilities(json!({
            "textDocument": { "codeLens": { "dynamicRegistration": true } },
            "workspace": { "codeLens": { "refreshSupport": true }, "configuration": true },
        }))
        .start();
    client.answer("workspace/configuration", json!([{}]));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": null }),
    );
    client.answer("workspace/configuration", json!([{ "codeLens": true }]));
    let asked = client.answer("client/registerCapability", Value::Null);
    assert_eq!(asked["registrations"][0]["method"], "textDocument/codeLens");
    client.answer("workspace/codeLens/refresh", Value::Null);
}
