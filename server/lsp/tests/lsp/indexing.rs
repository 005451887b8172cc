//! The index of an open folder: it appears without holding anything up, knows what is on the screen, and follows the
//! disk.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Client, Setup};
use crate::index::{MemoryIndex, State};
use crate::session::HIDDEN;
use crate::workspace::Fixture;

const THREE: &str = "//- a.txt\nalpha\n//- in/b.txt\nbeta\n//- in/deep/c.txt\ngamma\n";
const URI: &str = "file:///w/a.txt";

/// The folder `/w` with an index, its files and both.
fn setup(fixture: &str) -> (Setup, Arc<Fixture>, Arc<MemoryIndex>) {
    let fixture = Arc::new(Fixture::new(fixture));
    let index = MemoryIndex::new(&fixture);
    let setup = Setup::empty()
        .folder("/w", Arc::clone(&fixture))
        .indexed("/w", Arc::clone(&index));
    (setup, fixture, index)
}

/// Started, and the first comparison is over.
fn started(fixture: &str) -> (Client, Arc<Fixture>, Arc<MemoryIndex>) {
    let (setup, fixture, index) = setup(fixture);
    let client = setup.start();
    index.wait_until("it rests", |state| state.asked("rest") > 0);
    (client, fixture, index)
}

fn status(client: &mut Client, wanted: &str) -> Value {
    client.take(wanted, |message| {
        message["method"] == "obelus/status" && message["params"]["state"] == wanted
    })["params"]
        .clone()
}

#[test]
fn it_appears_in_the_background_and_the_status_says_so() {
    let (setup, _, index) = setup(THREE);
    index.gate.shut();
    let mut client = setup
        .options(json!({ "debounceMs": 0, "status": true }))
        .start();
    client.ignore("obelus/status");
    index.gate.wait_for(1);
    status(&mut client, "indexing");
    // Nothing waits for it.
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    index.gate.open();
    let ready = client.take("the end", |message| {
        message["params"]["state"] == "idle" && message["params"]["index"]["files"] == 3
    });
    assert_eq!(ready["params"]["index"], json!({ "files": 3, "done": 3 }));
    let asked = client
        .command("obelus.status", json!({}))
        .expect("a status");
    assert_eq!(asked["index"], json!({ "files": 3, "done": 3 }));
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn what_takes_long_shows_progress_where_the_client_can() {
    let (setup, _, index) = setup(THREE);
    index.gate.shut();
    let mut client = setup
        .capabilities(json!({ "window": { "workDoneProgress": true } }))
        .start();
    let token = client.answer("window/workDoneProgress/create", Value::Null)["token"].clone();
    let begin = client.expect("$/progress");
    assert_eq!(
        (&begin["token"], &begin["value"]["kind"]),
        (&token, &json!("begin"))
    );
    index.gate.open();
    let end = client.take("the end", |message| {
        message["params"]["value"]["kind"] == "end"
    });
    assert_eq!(end["params"]["token"], token);
    client.ignore("$/progress");
}

#[test]
fn what_is_on_the_screen_is_found_unsaved_and_until_it_is_closed() {
    let (mut client, _, index) = started(THREE);
    client.open(URI, "alpha unsaved\n");
    client.diagnostics(URI, Some(1));
    index.wait_for("unsaved", &["a.txt"]);
    client.replace(URI, 2, "alpha later\n");
    client.diagnostics(URI, Some(2));
    index.wait_for("later", &["a.txt"]);
    index.wait_for("unsaved", &[]);
    // A file that is not on disk yet.
    client.open("file:///w/new.txt", "brand new\n");
    client.diagnostics("file:///w/new.txt", Some(1));
    index.wait_for("brand", &["new.txt"]);
    for uri in [URI, "file:///w/new.txt"] {
        client.close(uri);
        client.diagnostics(uri, None);
    }
    index.wait_for("later", &[]);
    index.wait_for("brand", &[]);
    index.wait_for("alpha", &["a.txt"]);
}

#[test]
fn ignored_documents_stay_out() {
    let fixture = Arc::new(Fixture::new(THREE).ignoring("secret.txt"));
    let index = MemoryIndex::new(&fixture);
    let setup = Setup::empty()
        .folder("/w", fixture)
        .indexed("/w", Arc::clone(&index));
    let mut client = setup.start();
    for uri in ["file:///w/secret.txt", URI] {
        client.open(uri, "on the screen\n");
        client.diagnostics(uri, Some(1));
    }
    index.wait_for("screen", &["a.txt"]);
    for uri in ["file:///w/secret.txt", URI] {
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

#[test]
fn what_is_saved_or_reported_is_taken_in() {
    let (mut client, fixture, index) = started(THREE);
    fixture.becomes("//- a.txt\nsaved\n//- in/b.txt\nbeta\n//- in/deep/c.txt\ngamma\n");
    client.notify(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": URI } }),
    );
    index.wait_for("saved", &["a.txt"]);
    fixture.becomes("//- a.txt\nsaved\n//- in/b.txt\nreported\n//- in/d.txt\nreported\n");
    let changes: Vec<Value> = ["in/b.txt", "in/d.txt", "in/deep/c.txt"]
        .iter()
        .map(|path| json!({ "uri": format!("file:///w/{path}"), "type": 2 }))
        .collect();
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": changes }),
    );
    index.wait_for("reported", &["in/b.txt", "in/d.txt"]);
    index.wait_for("gamma", &[]);
    // Once at the start, and once when the folders were found that are to be watched.
    assert!(index.with(|state| state.asked("refresh")) <= 2);
}

#[test]
fn the_client_is_asked_for_events_of_all_files() {
    let (setup, _, index) = setup(THREE);
    let mut client = setup
        .capabilities(
            json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }),
        )
        .start();
    let asked = client.answer("client/registerCapability", Value::Null);
    let watchers = &asked["registrations"][0]["registerOptions"]["watchers"];
    let all = json!({ "globPattern": "**/*" });
    assert!(
        watchers.as_array().is_some_and(|list| list.contains(&all)),
        "{asked}"
    );
    index.wait_until("it rests", |state| state.asked("rest") > 0);
    assert_eq!(client.process.followed(), Vec::<Vec<String>>::new());
}

#[test]
fn without_the_clients_events_the_folders_with_files_are_watched() {
    let (client, fixture, index) = started(THREE);
    index.wait_until("compared again", |state| state.asked("refresh") >= 2);
    let mut folders = client.process.followed().pop().expect("followed");
    folders.sort();
    assert_eq!(folders, ["", "in", "in/deep"]);
    fixture.becomes("//- a.txt\ntouched\n");
    client.process.touched(&["/w/a.txt"]);
    index.wait_for("touched", &["a.txt"]);
    // Events were lost.
    client.process.touched(&[]);
    index.wait_for("beta", &[]);
}

#[test]
fn a_moved_head_is_a_reason_to_compare_everything() {
    let (client, fixture, index) = started(THREE);
    index.wait_until("compared again", |state| state.asked("refresh") >= 2);
    fixture.becomes("//- other.txt\nswitched\n");
    client.process.touched(&["/w/.git/HEAD"]);
    index.wait_for("switched", &["other.txt"]);
    index.wait_for("alpha", &[]);
}

#[test]
fn ten_thousand_files_are_few_pieces_of_work_and_typing_goes_on() {
    let names: Vec<String> = (0..10_000)
        .map(|n| format!("m{}/f{n}.txt", n / 100))
        .collect();
    let all = |word: &str| -> String {
        names
            .iter()
            .map(|name| format!("//- {name}\n{word}\n"))
            .collect()
    };
    let (mut client, fixture, index) = started(&all("before"));
    client.open("file:///w/m0/f0.txt", HIDDEN);
    client.diagnostics("file:///w/m0/f0.txt", Some(1));
    let asked = index.with(|state| state.calls.len());
    fixture.becomes(&all("after"));
    index.gate.shut();
    for part in names.chunks(500) {
        let changes: Vec<Value> = part
            .iter()
            .map(|name| json!({ "uri": format!("file:///w/{name}"), "type": 2 }))
            .collect();
        client.notify(
            "workspace/didChangeWatchedFiles",
            json!({ "changes": changes }),
        );
    }
    index.gate.wait_for(1);
    for version in 2..10 {
        client.replace("file:///w/m0/f0.txt", version, HIDDEN);
        assert_eq!(
            client
                .diagnostics("file:///w/m0/f0.txt", Some(version))
                .len(),
            1
        );
    }
    client.close("file:///w/m0/f0.txt");
    client.diagnostics("file:///w/m0/f0.txt", None);
    index.gate.open();
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    index.wait_for("after", &sorted);
    let pieces = index.with(|state| state.calls.len()) - asked;
    assert!(pieces < 30, "{pieces} pieces of work");
}

#[test]
fn reindex_makes_it_anew() {
    let (mut client, fixture, index) = started(THREE);
    fixture.becomes("//- a.txt\nanew\n//- b.txt\nanew\n");
    let answer = client.command("obelus.reindex", json!({})).expect("done");
    assert_eq!(answer, json!({ "indexed": 2 }));
    index.wait_for("anew", &["a.txt", "b.txt"]);
    assert_eq!(index.with(|state| state.asked("rebuild")), 1);
    let outside = client.command("obelus.reindex", json!({ "uri": "file:///v/a.txt" }));
    assert!(outside.is_err(), "{outside:?}");
    index.with(|state| state.is_left = true);
    let left = client
        .command("obelus.reindex", json!({ "uri": URI }))
        .expect_err("left to another");
    let message = left["message"].as_str().expect("a message");
    assert!(message.contains("another process"), "{message}");
}

#[test]
fn a_reindex_that_is_cancelled_stops() {
    let (mut client, _, index) = started(THREE);
    index.gate.shut();
    let params = json!({ "command": "obelus.reindex", "arguments": [{}] });
    let id = client.ask("workspace/executeCommand", params);
    index.gate.wait_for(1);
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.response(id).expect_err("cancelled")["code"], -32800);
    index.gate.open();
    // What it knew is still there for the next question.
    client.notify(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": URI } }),
    );
    index.wait_until("work goes on", |state| {
        state.asked("update") == 1 && state.len() == 3
    });
}

#[test]
fn what_is_wrong_is_told_once() {
    let (setup, _, index) = setup(THREE);
    index.with(|state| state.notice = Some("the index is damaged; it is made anew".to_owned()));
    let mut client = setup.start();
    index.wait_until("it rests", |state| state.asked("rest") > 0);
    index.with(|state| {
        state.notice = None;
        state.fails = Some("the disk is full".to_owned());
    });
    for _ in 0..3 {
        // What is reported while everything is compared anyway is no work of its own.
        let tried = |state: &State| state.asked("update") + state.asked("refresh");
        let before = index.with(|state| tried(state));
        client.notify(
            "textDocument/didSave",
            json!({ "textDocument": { "uri": URI } }),
        );
        index.wait_until("tried", |state| tried(state) > before);
    }
    let told = client.expect("window/showMessage");
    assert_eq!(told["message"], "Obelus: the disk is full");
    let logged = client.expect("window/logMessage");
    assert_eq!(logged["message"], "the index is damaged; it is made anew");
}

#[test]
fn who_takes_over_from_another_process_compares_everything() {
    let (setup, fixture, index) = setup(THREE);
    index.with(|state| state.is_left = true);
    let mut client = setup.start();
    index.wait_until("it rests", |state| state.asked("rest") > 0);
    fixture.becomes("//- a.txt\nmissed\n//- b.txt\nmissed\n");
    index.with(|state| state.is_left = false);
    client.notify(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": URI } }),
    );
    index.wait_for("missed", &["a.txt", "b.txt"]);
}

#[test]
fn a_folder_that_is_removed_is_no_longer_worked_on() {
    let (setup, _, index) = setup(THREE);
    index.gate.shut();
    let mut client = setup.start();
    index.gate.wait_for(1);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": { "added": [], "removed": [{ "uri": "file:///w", "name": "w" }] } }),
    );
    client.command("obelus.status", json!({})).expect("removed");
    index.gate.open();
    index.wait_until("it ends", |state| state.len() == 0);
}
