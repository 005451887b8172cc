//! What is said about open documents: which text counts, compared with what, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::client::{Client, Setup, places, range};
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::{Fixture, Gate};

const URI: &str = "file:///w/a.txt";

fn done(mut client: Client, uris: &[&str]) {
    for uri in uris {
        client.close(uri);
        client.diagnostics(uri, None);
    }
}

/// A workspace whose first question about HEAD waits at a gate.
fn gated() -> (Gate, Client) {
    let gate = Gate::default();
    let door = gate.clone();
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |asked| {
        if asked == "head" {
            door.pass();
        }
    });
    (gate, Setup::with(fixture).start())
}

#[test]
fn an_open_buffer_wins_over_the_disk() {
    let fixture =
        "//- old a.txt\nplain\n//- new a.txt\nplain\na\u{200b}b\n//- new c.txt\na\u{200b}b\n";
    let mut client = Setup::new(fixture).start();
    client.open(URI, "plain\nclean\n");
    assert_eq!(
        client.diagnostics(URI, Some(1)),
        [],
        "the finding is on disk only"
    );
    // Known to git or not, on disk or not.
    for uri in ["file:///w/c.txt", "file:///w/not/there/yet.txt"] {
        client.open(uri, "clean\nx\u{200b}y\n");
        assert_eq!(
            places(&client.diagnostics(uri, Some(1))),
            [(INVISIBLE, (1, 1, 1, 2))],
            "{uri}"
        );
    }
    done(
        client,
        &[URI, "file:///w/c.txt", "file:///w/not/there/yet.txt"],
    );
}

#[test]
fn only_what_differs_from_head_is_looked_at() {
    let mut client = Setup::new("//- a.txt\nold\u{200b}\n").start();
    client.open(URI, "old\u{200b}\n");
    assert_eq!(client.diagnostics(URI, Some(1)), []);
    client.change(
        URI,
        2,
        json!([{ "range": range(1, 0, 1, 0), "text": "new\u{200b}\n" }]),
    );
    assert_eq!(
        places(&client.diagnostics(URI, Some(2))),
        [(INVISIBLE, (1, 3, 1, 4))]
    );
    done(client, &[URI]);
}

#[test]
fn a_plain_folder_is_compared_with_what_was_opened() {
    let mut client = Setup::with(Fixture::new("").plain_folder()).start();
    client.open(URI, "old\u{200b}\n");
    assert_eq!(client.diagnostics(URI, Some(1)), []);
    client.change(
        URI,
        2,
        json!([{ "range": range(1, 0, 1, 0), "text": "new\u{200b}\n" }]),
    );
    assert_eq!(
        places(&client.diagnostics(URI, Some(2))),
        [(INVISIBLE, (1, 3, 1, 4))]
    );
    done(client, &[URI]);
}

#[test]
fn ignored_files_are_left_alone() {
    let mut client = Setup::with(Fixture::new("").ignoring("a.txt")).start();
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)), []);
    done(client, &[URI]);
}

#[test]
fn a_result_for_a_text_that_is_gone_is_not_published() {
    let (gate, mut client) = gated();
    gate.shut();
    client.open(URI, HIDDEN);
    gate.wait_for(1);
    client.replace(URI, 2, "plain\n\nx\u{200b}y\n");
    client.change(
        URI,
        3,
        json!([{ "range": range(0, 0, 0, 0), "text": "more\n" }]),
    );
    client
        .command("obelus.status", json!({}))
        .expect("the edits are in");
    gate.open();
    let published = client.expect("textDocument/publishDiagnostics");
    assert_eq!(published["version"], 3, "{published}");
    assert_eq!(published["diagnostics"][0]["range"], range(3, 1, 3, 2));
    done(client, &[URI]);
}

#[test]
fn a_document_closed_during_its_check_stays_clear() {
    // The first two checks wait at a gate each.
    let gates = [Gate::default(), Gate::default()];
    let asked = Arc::new(AtomicUsize::new(gates.len()));
    let (doors, count) = (gates.clone(), Arc::clone(&asked));
    let fixture = Fixture::new("//- a.txt\nplain\n").hooked(move |question| {
        if question == "head"
            && let Some(door) = doors.get(count.fetch_add(1, Ordering::SeqCst))
        {
            door.pass();
        }
    });
    let mut client = Setup::with(fixture).start();
    client
        .command("obelus.review", json!({}))
        .expect("the folder is open");
    asked.store(0, Ordering::SeqCst);
    for gate in &gates {
        gate.shut();
    }
    client.open(URI, HIDDEN);
    gates[0].wait_for(1);
    client.close(URI);
    client.diagnostics(URI, None);
    // Another document under the same name, with the same version.
    client.open(URI, "plain\nclean\n");
    gates[1].wait_for(1);
    gates[0].open();
    // This one runs behind the first check, on the thread that the second leaves free.
    let rule = json!({ "rule": INVISIBLE });
    client.command("obelus.explain", rule).expect("explained");
    client
        .command("obelus.status", json!({}))
        .expect("the first check's result is in");
    gates[1].open();
    let published = client.expect("textDocument/publishDiagnostics");
    assert_eq!(
        (&published["version"], &published["diagnostics"]),
        (&json!(1), &json!([])),
        "not the closed one's"
    );
    let mark = json!([{ "range": range(0, 0, 0, 0), "text": "x\u{200b}y\n" }]);
    client.change(URI, 2, mark);
    assert_eq!(
        places(&client.diagnostics(URI, Some(2))),
        [(INVISIBLE, (0, 1, 0, 2))]
    );
    done(client, &[URI]);
}

#[test]
fn findings_move_with_edits_before_the_next_check() {
    let mut client = Setup::new("//- a.txt\nplain\n")
        .options(json!({ "debounceMs": 10_000 }))
        .start();
    client.open(URI, HIDDEN);
    assert_eq!(
        places(&client.diagnostics(URI, Some(1))),
        [(INVISIBLE, (1, 1, 1, 2))]
    );
    client.change(
        URI,
        2,
        json!([{ "range": range(0, 0, 0, 0), "text": "one\ntwo\n" }]),
    );
    let hover = |client: &mut Client, line: u32| {
        let position = json!({ "line": line, "character": 1 });
        client.request(
            "textDocument/hover",
            json!({ "textDocument": { "uri": URI }, "position": position }),
        )
    };
    assert_eq!(hover(&mut client, 1), Ok(Value::Null));
    assert_eq!(
        hover(&mut client, 3).expect("a hover")["range"],
        range(3, 1, 3, 2)
    );
    // Its own text is touched: whether it still holds is for the check to say.
    client.change(URI, 3, json!([{ "range": range(3, 0, 3, 3), "text": "" }]));
    assert_eq!(client.diagnostics(URI, Some(3)), []);
    done(client, &[URI]);
}

#[test]
fn a_moved_head_is_compared_with() {
    let fixture = Arc::new(Fixture::new("//- a.txt\nplain\n"));
    let mut client = Setup::empty().folder("/w", Arc::clone(&fixture)).start();
    client.open(URI, HIDDEN);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    fixture.becomes(&format!("//- a.txt\n{HIDDEN}"));
    client.process.touched(&["/w/.git/HEAD"]);
    assert_eq!(
        client.diagnostics(URI, Some(1)),
        [],
        "seen by the server's own watch"
    );
    fixture.becomes("//- a.txt\nplain\n");
    let changes = json!({ "changes": [{ "uri": "file:///w/.git/refs/heads/main", "type": 2 }] });
    client.notify("workspace/didChangeWatchedFiles", changes);
    assert_eq!(
        client.diagnostics(URI, Some(1)).len(),
        1,
        "told by the client"
    );
    done(client, &[URI]);
}

#[test]
fn hover_says_why() {
    let setup = Setup::new("//- a.txt\nplain\n");
    let mut client = setup
        .capabilities(json!({ "textDocument": { "hover": { "contentFormat": ["plaintext"] } } }))
        .start();
    client.open(URI, HIDDEN);
    client.diagnostics(URI, Some(1));
    let position = json!({ "line": 1, "character": 1 });
    let hover = client.request(
        "textDocument/hover",
        json!({ "textDocument": { "uri": URI }, "position": position }),
    );
    let contents = hover.expect("a hover")["contents"].clone();
    assert_eq!(contents["kind"], "plaintext");
    let text = contents["value"].as_str().expect("text");
    assert!(
        text.contains("U+200B") && text.contains(INVISIBLE) && text.contains("confidence"),
        "{text}"
    );
    assert!(!text.contains("**"), "{text}");
    done(client, &[URI]);
}

#[test]
fn a_diagnostic_carries_what_the_client_can_take() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    client.open(URI, HIDDEN);
    let plain = client.diagnostics(URI, Some(1)).remove(0).0;
    assert_eq!(
        (&plain["source"], &plain["code"]),
        (&json!("obelus"), &json!(INVISIBLE))
    );
    assert_eq!(
        plain["data"].as_str().map(str::len),
        Some(16),
        "the finding's id"
    );
    assert_eq!(plain.get("codeDescription"), None, "not asked for");
    done(client, &[URI]);
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(
            json!({ "textDocument": { "publishDiagnostics": { "codeDescriptionSupport": true } } }),
        )
        .start();
    client.open(URI, HIDDEN);
    let rich = client.diagnostics(URI, Some(1)).remove(0).0;
    assert_eq!(
        rich["codeDescription"]["href"],
        format!("file:///pages/{INVISIBLE}.md")
    );
    assert_eq!(rich["data"], plain["data"], "the id is stable");
    done(client, &[URI]);
}
