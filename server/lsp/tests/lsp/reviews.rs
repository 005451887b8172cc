//! Reviews on request: the whole change, one file, and what is shown of files that are not open.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Client, Setup, places, range};
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::Fixture;

/// `a.txt` and `b.txt` have a finding each on disk.
const FIXTURE: &str =
    "//- old a.txt\nplain\n//- new a.txt\nplain\na\u{200b}b\n//- new [id] b.txt\nx\u{200b}y\n";
const A: &str = "file:///w/a.txt";
const B: &str = "file:///w/%5Bid%5D%20b.txt";

fn paths(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| finding["path"].as_str().expect("a path"))
        .collect()
}

fn review(client: &mut Client, argument: Value) -> Value {
    client.command("obelus.review", argument).expect("a report")
}

#[test]
fn a_review_covers_files_that_are_not_open() {
    let mut client = Setup::new(FIXTURE).start();
    let report = review(&mut client, json!({ "scope": "worktree" }));
    assert_eq!(report["schema"], "obelus.report/1");
    assert_eq!(paths(&report), ["[id] b.txt", "a.txt"]);
    assert_eq!(
        places(&client.diagnostics(A, None)),
        [(INVISIBLE, (1, 1, 1, 2))]
    );
    assert_eq!(
        places(&client.diagnostics(B, None)),
        [(INVISIBLE, (0, 1, 0, 2))]
    );
    // The next one replaces what the last one said.
    review(&mut client, json!({}));
    for uri in [A, B] {
        // Taken back and shown again, or shown once more.
        while client.diagnostics(uri, None).is_empty() {}
    }
    let cleared = client.command("obelus.clear", json!({})).expect("cleared");
    assert_eq!(cleared, json!({ "cleared": 2 }));
    for uri in [A, B] {
        assert_eq!(client.diagnostics(uri, None), []);
    }
}

#[test]
fn a_review_sees_the_screen_and_not_the_disk() {
    let mut client = Setup::new(FIXTURE).start();
    client.open(A, "plain\nclean\n");
    assert_eq!(client.diagnostics(A, Some(1)), []);
    client.open("file:///w/new.txt", HIDDEN);
    assert_eq!(client.diagnostics("file:///w/new.txt", Some(1)).len(), 1);
    let report = review(&mut client, json!({}));
    assert_eq!(paths(&report), ["[id] b.txt", "new.txt"]);
    assert_eq!(client.diagnostics(B, None).len(), 1);
    // Opened under another spelling of the same name: what the review said goes.
    let spelled = "file:///w/[id]%20b.txt";
    client.open(spelled, "clean\n");
    assert_eq!(client.diagnostics(B, None), []);
    assert_eq!(client.diagnostics(spelled, Some(1)), []);
    client.close("file:///w/new.txt");
    assert_eq!(client.diagnostics("file:///w/new.txt", None), []);
    // From now on the disk speaks again, under the name that the review has for it.
    client.close(A);
    client.diagnostics_until(A, None, 1);
    client.close(spelled);
    assert_eq!(client.diagnostics(spelled, None), []);
    client.diagnostics_until(B, None, 1);
}

#[test]
fn files_that_are_not_open_are_looked_at_again_when_they_change() {
    let fixture = Arc::new(Fixture::new(FIXTURE));
    let mut client = Setup::empty().folder("/w", Arc::clone(&fixture)).start();
    client.ignore("textDocument/publishDiagnostics");
    let touched = |client: &mut Client, uri: &str, kind: u8| {
        let changes = json!({ "changes": [{ "uri": uri, "type": kind }] });
        client.notify("workspace/didChangeWatchedFiles", changes);
    };
    // Nothing was reviewed: nothing is shown.
    touched(&mut client, A, 2);
    client.open(A, "plain\nclean\n");
    assert_eq!(client.diagnostics(A, Some(1)), []);
    client.close(A);
    assert_eq!(client.diagnostics(A, None), []);
    review(&mut client, json!({}));
    for uri in [A, B] {
        client.diagnostics_until(uri, None, 1);
    }
    fixture.becomes(&format!("{FIXTURE}//- new c.txt\nx\u{200b}y\nx\u{200b}y\n"));
    let third = "file:///w/c.txt";
    touched(&mut client, third, 1);
    client.diagnostics_until(third, None, 2);
    let edited = FIXTURE.replace("a\u{200b}b", "new\na\u{200b}b");
    fixture.becomes(&edited);
    touched(&mut client, A, 2);
    loop {
        let shown = client.diagnostics(A, None);
        if let [one] = &shown[..]
            && one.place() == (2, 1, 2, 2)
        {
            break;
        }
    }
    touched(&mut client, third, 3);
    client.diagnostics_until(third, None, 0);
    // Opened, made worse, closed without saving: the disk counts.
    client.open(A, "plain\na\u{200b}b\na\u{200b}b\n");
    client.diagnostics_until(A, Some(1), 2);
    client.close(A);
    client.diagnostics_until(A, None, 1);
    // Another commit: what a review said goes, and stays away.
    fixture.points_at("another");
    client.process.touched(&["/w/.git/HEAD"]);
    for uri in [A, B] {
        client.diagnostics_until(uri, None, 0);
    }
    client.open(A, "plain\na\u{200b}b\n");
    client.diagnostics_until(A, Some(1), 1);
    client.close(A);
    assert_eq!(client.diagnostics(A, None), []);
}

#[test]
fn a_review_of_one_file_speaks_of_that_file() {
    let mut client = Setup::new(FIXTURE).start();
    let report = review(&mut client, json!({ "scope": "file", "uri": A }));
    assert_eq!(paths(&report), ["a.txt"]);
    assert_eq!(client.diagnostics(A, None).len(), 1);
    client.open(A, "plain\n");
    assert_eq!(client.diagnostics(A, Some(1)), []);
    let report = review(&mut client, json!({ "scope": "file", "uri": A }));
    assert_eq!(paths(&report), Vec::<&str>::new());
    client.close(A);
    client.diagnostics(A, None);
    let error = client.command(
        "obelus.review",
        json!({ "scope": "file", "uri": "file:///elsewhere/x" }),
    );
    assert!(error.expect_err("not ours")["message"].is_string());
}

#[test]
fn a_file_that_is_clean_by_now_is_cleared_by_its_own_review() {
    let fixture = Arc::new(Fixture::new(FIXTURE));
    let mut client = Setup::empty().folder("/w", Arc::clone(&fixture)).start();
    review(&mut client, json!({ "scope": "file", "uri": A }));
    assert_eq!(client.diagnostics(A, None).len(), 1);
    fixture.becomes("//- a.txt\nplain\n");
    review(&mut client, json!({ "scope": "file", "uri": A }));
    assert_eq!(client.diagnostics(A, None), []);
}

#[test]
fn every_scope_is_understood() {
    let mut client = Setup::new(FIXTURE).start();
    for (argument, count) in [
        (json!({ "scope": "staged" }), 2),
        (json!({ "scope": "branch" }), 2),
        (json!({ "scope": "branch", "base": "main" }), 2),
        (json!({ "scope": "commit", "base": "HEAD" }), 2),
        (json!({ "scope": "workspace" }), 2),
        (Value::Null, 2),
    ] {
        let report = review(&mut client, argument.clone());
        assert_eq!(paths(&report).len(), count, "{argument}");
    }
    client.ignore("textDocument/publishDiagnostics");
}

#[test]
fn the_status_tells_what_goes_on() {
    let mut client = Setup::new(FIXTURE)
        .capabilities(json!({ "experimental": { "obelus": { "status": true } } }))
        .start();
    let state = |wanted: &'static str| {
        move |message: &Value| {
            message["method"] == "obelus/status" && message["params"]["state"] == wanted
        }
    };
    client.take("idle", state("idle"));
    let status = client
        .command("obelus.status", json!({}))
        .expect("a status");
    assert_eq!(status["state"], "idle");
    for key in ["message", "index", "model", "spend"] {
        assert!(status.get(key).is_some(), "{key} is missing in {status}");
    }
    client.open(A, HIDDEN);
    assert_eq!(
        places(&client.diagnostics(A, Some(1))),
        [(INVISIBLE, (1, 1, 1, 2))]
    );
    client.change(A, 2, json!([{ "range": range(0, 0, 2, 0), "text": "" }]));
    client.diagnostics(A, Some(2));
    review(&mut client, json!({ "scope": "file", "uri": A }));
    client.close(A);
    client.diagnostics(A, None);
    client.ignore("obelus/status");
}

/// What a review said of `A` and `B`, which are not open.
fn reviewed(fixture: &Arc<Fixture>) -> Client {
    let mut client = Setup::empty().folder("/w", Arc::clone(fixture)).start();
    review(&mut client, json!({}));
    for uri in [A, B] {
        assert_eq!(client.diagnostics(uri, None).len(), 1);
    }
    client
}

#[test]
fn what_is_said_of_files_that_are_not_open_goes_with_them() {
    let fixture = Arc::new(Fixture::new(FIXTURE));
    let renamed = |old: &str, new: &str| json!({ "files": [{ "oldUri": old, "newUri": new }] });
    let mut client = reviewed(&fixture);
    let operations = &client.result["capabilities"]["workspace"]["fileOperations"];
    assert!(operations["didRename"].is_object() && operations["didDelete"].is_object());
    client.notify(
        "workspace/didRenameFiles",
        renamed(A, "file:///w/other.txt"),
    );
    assert_eq!(client.diagnostics(A, None), []);
    client.notify(
        "workspace/didDeleteFiles",
        json!({ "files": [{ "uri": B }] }),
    );
    assert_eq!(client.diagnostics(B, None), []);
    // A whole folder.
    let mut client = reviewed(&fixture);
    client.notify(
        "workspace/didRenameFiles",
        renamed("file:///w", "file:///v"),
    );
    for uri in [A, B] {
        assert_eq!(client.diagnostics(uri, None), []);
    }
    // Written or removed by somebody else: this one, and not its neighbour.
    let mut client = reviewed(&fixture);
    fixture.becomes(&FIXTURE.replace("a\u{200b}b", "ab"));
    client.process.touched(&["/w/a.txt"]);
    assert_eq!(client.diagnostics(A, None), []);
    // Another commit is checked out.
    fixture.points_at("1111111111111111111111111111111111111111");
    client.process.touched(&["/w/.git/HEAD"]);
    assert_eq!(client.diagnostics(B, None), []);
}
