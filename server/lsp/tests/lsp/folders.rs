//! Workspace folders: several, nested, coming and going, found for a lonely file, and with settings of their own.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Client, Setup};
use crate::session::HIDDEN;
use crate::workspace::Fixture;

const CLEAN: &str = "//- a.txt\nplain\n//- inner/a.txt\nplain\n";
/// In this one the text with a finding is an old one.
const KNOWN: &str = "//- a.txt\nplain\na\u{200b}b\n";

fn folders(client: &mut Client, added: &[&str], removed: &[&str]) {
    let list = |uris: &[&str]| -> Vec<Value> {
        uris.iter()
            .map(|uri| json!({ "uri": uri, "name": uri }))
            .collect()
    };
    let event = json!({ "added": list(added), "removed": list(removed) });
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": event }),
    );
}

fn done(mut client: Client, uris: &[&str]) {
    for uri in uris {
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

#[test]
fn the_innermost_folder_speaks_for_a_file() {
    let mut client = Setup::new(CLEAN)
        .folder("/w/inner", Arc::new(Fixture::new(KNOWN)))
        .folder("/v", Arc::new(Fixture::new(KNOWN)))
        .start();
    let uris = [
        "file:///w/a.txt",
        "file:///w/inner/a.txt",
        "file:///v/a.txt",
    ];
    let mut counts = Vec::new();
    for uri in uris {
        client.open(uri, HIDDEN);
        counts.push(client.diagnostics(uri, Some(1)).len());
    }
    assert_eq!(counts, [1, 0, 0]);
    // Without the inner folder the outer one speaks, with its own history; and back.
    folders(&mut client, &[], &["file:///w/inner/"]);
    assert_eq!(client.diagnostics(uris[1], Some(1)).len(), 1);
    folders(&mut client, &["file:///w/inner"], &[]);
    assert_eq!(client.diagnostics(uris[1], Some(1)), []);
    // Nobody speaks for what lies in none.
    client.replace(uris[2], 2, &format!("{HIDDEN}x\u{200b}y\n"));
    assert_eq!(client.diagnostics(uris[2], Some(2)).len(), 1);
    folders(&mut client, &[], &["file:///v"]);
    assert_eq!(client.diagnostics(uris[2], Some(2)), []);
    done(client, &uris);
}

#[test]
fn a_file_outside_of_all_folders_brings_its_own() {
    let setup = Setup::new(CLEAN).elsewhere("/lonely", Arc::new(Fixture::new(CLEAN)));
    let mut client = setup.start();
    client.process.top("/lonely");
    let uri = "file:///lonely/a.txt";
    client.open(uri, HIDDEN);
    assert_eq!(client.diagnostics(uri, Some(1)).len(), 1);
    // Where there is no work tree around it, nothing is said.
    client.open("file:///nowhere/a.txt", HIDDEN);
    done(client, &[uri, "file:///nowhere/a.txt"]);
}

#[test]
fn older_ways_to_name_a_folder_work() {
    for (key, value) in [("rootUri", json!("file:///w")), ("rootPath", json!("/w"))] {
        let setup = Setup::new(CLEAN);
        let mut params = setup.params();
        params["rootUri"] = Value::Null;
        params["workspaceFolders"] = Value::Null;
        params[key] = value;
        let mut client = setup.connect();
        client
            .request("initialize", params)
            .expect("initialize succeeds");
        client.notify("initialized", json!({}));
        client.open("file:///w/a.txt", HIDDEN);
        assert_eq!(
            client.diagnostics("file:///w/a.txt", Some(1)).len(),
            1,
            "{key}"
        );
        done(client, &["file:///w/a.txt"]);
    }
}

#[test]
fn every_folder_gets_its_settings() {
    let uris = ["file:///w/a.txt", "file:///v/a.txt"];
    let off = json!({ "rules": { "text/invisible-unicode": "off" } });
    let mut client = Setup::new(CLEAN)
        .folder("/v", Arc::new(Fixture::new(CLEAN)))
        .capabilities(json!({ "workspace": { "configuration": true } }))
        .start();
    let asked = client.answer("workspace/configuration", json!([off, null]));
    assert_eq!(
        asked["items"][1],
        json!({ "scopeUri": "file:///v", "section": "obelus" })
    );
    for (uri, count) in uris.into_iter().zip([0, 1]) {
        client.open(uri, HIDDEN);
        client.diagnostics_until(uri, Some(1), count);
    }
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": null }),
    );
    client.answer("workspace/configuration", json!([null, off]));
    for (uri, count) in uris.into_iter().zip([1, 0]) {
        assert_eq!(client.diagnostics(uri, Some(1)).len(), count);
    }
    let openings = client.process.openings();
    let last = |path: &str| {
        openings
            .iter()
            .rfind(|(folder, _)| folder == path)
            .map(|(_, opening)| opening.settings.clone())
    };
    assert_eq!((last("/w"), last("/v")), (Some(None), Some(Some(off))));
    done(client, &uris);
}

#[test]
fn settings_that_are_wrong_are_shown_and_do_not_replace_good_ones() {
    let mut client = Setup::new(CLEAN)
        .options(json!({ "debounceMs": 0, "status": true }))
        .start();
    let uri = "file:///w/a.txt";
    client.open(uri, HIDDEN);
    assert_eq!(client.diagnostics(uri, Some(1)).len(), 1);
    let wrong = json!({ "settings": { "obelus": { "fail_on": "sometimes" } } });
    client.notify("workspace/didChangeConfiguration", wrong);
    let shown = client.expect("window/showMessage");
    assert_eq!(shown["type"], 2);
    assert!(
        shown["message"]
            .as_str()
            .is_some_and(|text| text.contains("fail_on")),
        "{shown}"
    );
    client.take("the error", |message| {
        message["method"] == "obelus/status" && message["params"]["state"] == "error"
    });
    assert_eq!(client.diagnostics(uri, Some(1)).len(), 1, "as before");
    client.close(uri);
    client.diagnostics(uri, None);
    client.ignore("obelus/status");
}

#[test]
fn a_folder_that_cannot_be_opened_says_so_to_whoever_asks() {
    let mut client = Setup::empty().options(json!({})).start();
    let error = client
        .command("obelus.review", json!({}))
        .expect_err("no folder");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("no workspace folder")),
        "{error}"
    );
    folders(&mut client, &["file:///missing"], &[]);
    let error = client
        .command("obelus.review", json!({}))
        .expect_err("not opened");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("/missing: no such folder")),
        "{error}"
    );
    client.expect("window/showMessage");
    let status = client
        .command("obelus.status", json!({}))
        .expect("a status");
    assert_eq!(
        (&status["state"], &status["message"]),
        (&json!("error"), &json!("/missing: no such folder"))
    );
}

#[test]
fn a_changed_configuration_is_read_again() {
    let fixture = Arc::new(Fixture::new(CLEAN));
    let mut client = Setup::empty()
        .folder("/w", Arc::clone(&fixture))
        .capabilities(
            json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }),
        )
        .start();
    let asked = client.answer("client/registerCapability", Value::Null);
    assert_eq!(
        asked["registrations"][0]["method"],
        "workspace/didChangeWatchedFiles"
    );
    let uri = "file:///w/a.txt";
    client.open(uri, HIDDEN);
    assert_eq!(client.diagnostics(uri, Some(1)).len(), 1);
    fixture.becomes(
        "//- a.txt\nplain\n//- obelus.toml\n[rules]\n\"text/invisible-unicode\" = \"off\"\n",
    );
    let changes = json!({ "changes": [{ "uri": "file:///w/obelus.toml", "type": 1 }] });
    client.notify("workspace/didChangeWatchedFiles", changes);
    assert_eq!(client.diagnostics(uri, Some(1)), []);
    done(client, &[uri]);
}
