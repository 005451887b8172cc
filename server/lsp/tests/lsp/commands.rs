//! The commands that the server advertises: what they take, what they answer, how they are stopped.

use base::Store as _;
use serde_json::{Value, json};

use crate::client::{Client, Setup};
use crate::session::{HIDDEN, INVISIBLE};
use crate::workspace::{Fixture, Gate, NOW};

const URI: &str = "file:///w/a.txt";
const CHANGE: &str = "//- old src/a.rs\nfn one() {}\n//- new src/a.rs\nfn one() {}\npub fn two() -> u32 {\n    2\n}\n";

fn message(error: &Value) -> &str {
    error["message"].as_str().expect("a message")
}

/// With a document that has a finding; its id.
fn found(capabilities: Value) -> (Client, String) {
    let mut client = Setup::new("//- a.txt\nplain\n")
        .capabilities(capabilities)
        .start();
    client.open(URI, HIDDEN);
    let found = client.diagnostics(URI, Some(1));
    let id = found[0].0["data"].as_str().expect("an id").to_owned();
    (client, id)
}

fn done(mut client: Client) {
    client.close(URI);
    client.diagnostics(URI, None);
}

#[test]
fn what_is_advertised_is_there_and_says_what_it_does_not_know() {
    let mut client = Setup::new(CHANGE).start();
    let commands = client.result["capabilities"]["executeCommandProvider"]["commands"].clone();
    for command in commands.as_array().expect("a list") {
        let command = command.as_str().expect("a name");
        let error = client
            .command(command, json!({ "scpoe": "x" }))
            .expect_err("unknown");
        assert_eq!(error["code"], -32602, "{command}");
        let says = format!("{command} knows no `scpoe`; it takes");
        assert!(message(&error).starts_with(&says), "{error}");
    }
    for (command, argument, says) in [
        ("obelus.revue", json!({}), "no command `obelus.revue`"),
        ("obelus.review", json!({ "scope": "all" }), "no scope `all`"),
        (
            "obelus.review",
            json!({ "scope": "file" }),
            "scope `file` needs a `uri`",
        ),
        (
            "obelus.review",
            json!({ "scope": "selection", "uri": URI }),
            "needs a `range`",
        ),
        ("obelus.review", json!({ "profile": "no-such" }), "no-such"),
        (
            "obelus.describe",
            json!({ "model": "own/m", "scope": "worktree" }),
            "`own/m` cannot be asked here",
        ),
        (
            "obelus.describe",
            json!({ "uri": "file:///elsewhere/x" }),
            "no workspace folder",
        ),
        ("obelus.explain", json!({}), "name a finding"),
        (
            "obelus.explain",
            json!({ "id": "00000000000000ff" }),
            "no finding",
        ),
        ("obelus.dismiss", json!({}), "`id` is missing"),
        (
            "obelus.dismiss",
            json!({ "id": "zz" }),
            "no id of a finding",
        ),
    ] {
        let error = client.command(command, argument).expect_err(says);
        assert!(message(&error).contains(says), "{says}: {error}");
    }
}

#[test]
fn a_change_is_described_as_it_is_on_the_screen() {
    let mut client = Setup::new(CHANGE).start();
    let uri = "file:///w/src/a.rs";
    client.open(uri, "fn one() {}\npub fn three() -> u32 {\n    3\n}\n");
    client.diagnostics(uri, Some(1));
    let told = client
        .command("obelus.describe", json!({ "scope": "worktree" }))
        .expect("a description");
    assert_eq!(told["schema"], "obelus.description/1");
    for key in ["body", "markdown"] {
        let text = told[key].as_str().expect("text");
        assert!(text.contains("three") && !text.contains("two"), "{text}");
    }
    assert_eq!(told["uri"], Value::Null, "not asked to be shown");
    let title = told["title"].as_str().expect("a title");
    assert!(
        told["markdown"]
            .as_str()
            .expect("text")
            .starts_with(&format!("# {title}\n"))
    );
    let entry = client
        .command(
            "obelus.describe",
            json!({ "scope": "worktree", "style": "changelog" }),
        )
        .expect("an entry");
    assert_eq!(entry["body"], entry["markdown"]);
    let body = "Mine.\n";
    let kept = client
        .command(
            "obelus.describe",
            json!({ "scope": "worktree", "body": body }),
        )
        .expect("an update");
    let text = kept["body"].as_str().expect("text");
    assert!(text.starts_with("Mine.\n"), "{text}");
    client.close(uri);
    client.diagnostics(uri, None);
}

#[test]
fn a_commit_message_is_written_for_what_is_asked() {
    let mut client = Setup::new(CHANGE).start();
    for (argument, prefix) in [
        (json!({}), "Add"),
        (json!({ "style": "conventional" }), "feat"),
        (json!({ "scope": "worktree" }), "Add"),
    ] {
        let told = client
            .command("obelus.commitMessage", argument.clone())
            .expect("a message");
        let subject = told["subject"].as_str().expect("a subject");
        assert!(subject.starts_with(prefix), "{argument}: {told:#}");
        assert!(told["message"].as_str().expect("text").starts_with(subject));
        assert_eq!(told["markdown"], told["message"]);
    }
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    let error = client
        .command("obelus.commitMessage", json!({}))
        .map(|_| ());
    // A fixture's plain files are there on both sides.
    let error = error.expect_err("nothing differs");
    assert!(message(&error).contains("nothing is staged"), "{error}");
}

#[test]
fn what_was_written_is_opened_when_asked_for() {
    let window = json!({ "showDocument": { "support": true } });
    // As a file, where the client knows nothing else.
    let mut client = Setup::new(CHANGE)
        .capabilities(json!({ "window": window }))
        .start();
    let show = json!({ "scope": "worktree", "show": true });
    let told = client
        .command("obelus.describe", show.clone())
        .expect("one");
    let shown = client.answer("window/showDocument", json!({ "success": true }));
    assert_eq!(shown["uri"], told["uri"]);
    let written = client.process.texts.lock().expect("whole").clone();
    assert_eq!(written.len(), 1);
    assert_eq!(
        (&json!(written[0].0), &json!(written[0].1)),
        (&told["uri"], &told["markdown"])
    );
    // As a document of our own, where the client can ask for it.
    let mut client = Setup::new(CHANGE)
        .capabilities(json!({ "window": window, "workspace": { "textDocumentContent": {} } }))
        .start();
    let schemes = &client.result["capabilities"]["workspace"]["textDocumentContent"]["schemes"];
    assert_eq!(*schemes, json!(["obelus"]));
    let told = client.command("obelus.describe", show).expect("one");
    let shown = client.answer("window/showDocument", json!({ "success": true }));
    assert_eq!(shown["uri"], told["uri"]);
    assert!(client.process.texts.lock().expect("whole").is_empty());
    let content = client.request(
        "workspace/textDocumentContent",
        json!({ "uri": told["uri"] }),
    );
    assert_eq!(content, Ok(json!({ "text": told["markdown"] })));
    let gone = client.request(
        "workspace/textDocumentContent",
        json!({ "uri": "obelus:/x" }),
    );
    assert!(message(&gone.expect_err("none")).contains("obelus:/x"));
}

#[test]
fn a_description_that_nobody_waits_for_stops() {
    for by_button in [false, true] {
        let gate = Gate::default();
        let door = gate.clone();
        let fixture = Fixture::new(CHANGE).hooked(move |question| {
            if question == "change" {
                door.pass();
            }
        });
        let mut client = Setup::with(fixture)
            .capabilities(json!({ "window": { "workDoneProgress": true } }))
            .start();
        gate.shut();
        let describe = json!({ "scope": "worktree" });
        let params = json!({ "command": "obelus.describe", "arguments": [describe] });
        let id = client.ask("workspace/executeCommand", params);
        gate.wait_for(1);
        if by_button {
            let asked = client.answer("window/workDoneProgress/create", Value::Null);
            let begun = client.expect("$/progress");
            assert_eq!(begun["value"]["title"], "Obelus: describing");
            let token = json!({ "token": asked["token"] });
            client.notify("window/workDoneProgress/cancel", token);
            // What comes behind it has come, so it has too.
            client
                .command("obelus.status", json!({}))
                .expect("a status");
            gate.open();
        } else {
            client.notify("$/cancelRequest", json!({ "id": id }));
        }
        let error = client.response(id).expect_err("cancelled");
        assert_eq!(error["code"], -32800);
        if by_button {
            assert_eq!(client.expect("$/progress")["value"]["kind"], "end");
        }
        gate.open();
    }
}

#[test]
fn a_finding_is_dismissed_for_good_and_comes_back_when_that_is_undone() {
    let (mut client, id) = found(json!({}));
    let told = client
        .command("obelus.dismiss", json!({ "id": id, "reason": "by-design" }))
        .expect("dismissed");
    assert_eq!(
        told,
        json!({ "dismissed": true, "id": id, "reason": "by-design", "expires": null })
    );
    client.diagnostics_until(URI, Some(1), 0);
    let kept = client.process.store.dismissals();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].rule.as_str(), kept[0].at), (INVISIBLE, NOW));
    // Neither a check nor a review shows it again.
    client.change(URI, 2, json!([{ "text": format!("\n{HIDDEN}") }]));
    client.diagnostics_until(URI, Some(2), 0);
    let report = client
        .command("obelus.review", json!({}))
        .expect("a report");
    assert_eq!(
        (&report["findings"], &report["suppressed"]),
        (&json!([]), &json!(1))
    );
    let undone = client
        .command("obelus.dismiss", json!({ "id": id, "undo": true }))
        .expect("undone");
    assert_eq!(undone, json!({ "restored": true, "id": id }));
    // What is asked for next goes by it.
    let report = client
        .command("obelus.review", json!({}))
        .expect("a report");
    assert_eq!(
        (&report["findings"][0]["id"], &report["suppressed"]),
        (&json!(id), &json!(0))
    );
    client.diagnostics_until(URI, Some(2), 1);
    client.ignore("textDocument/publishDiagnostics");
    client.close(URI);
}

#[test]
fn who_dismisses_is_asked_why() {
    let (mut client, id) = found(json!({ "window": { "showMessage": {} } }));
    let params = json!({ "command": "obelus.dismiss", "arguments": [{ "id": id }] });
    let asked = client.ask("workspace/executeCommand", params.clone());
    let question = client.answer("window/showMessageRequest", Value::Null);
    let titles: Vec<&str> = (question["actions"].as_array().expect("actions").iter())
        .filter_map(|action| action["title"].as_str())
        .collect();
    assert_eq!(titles, ["False", "Not now", "By design", "Too picky"]);
    assert_eq!(
        client.response(asked),
        Ok(json!({ "dismissed": false })),
        "closed"
    );
    assert!(client.process.store.dismissals().is_empty());
    let asked = client.ask("workspace/executeCommand", params);
    client.answer("window/showMessageRequest", json!({ "title": "Not now" }));
    let told = client.response(asked).expect("dismissed");
    assert_eq!(
        (&told["reason"], &told["expires"]),
        (&json!("not-now"), &json!("2026-12-04"))
    );
    client.ignore("textDocument/publishDiagnostics");
    client.close(URI);
}

#[test]
fn a_finding_of_a_file_that_is_not_open_is_dismissed_too() {
    let mut client =
        Setup::new("//- old a.txt\nplain\n//- new a.txt\nplain\na\u{200b}b\nc\u{200b}d\n").start();
    let report = client
        .command("obelus.review", json!({}))
        .expect("a report");
    assert_eq!(client.diagnostics(URI, None).len(), 2);
    let id = &report["findings"][1]["id"];
    let argument = json!({ "id": id, "reason": "it is a test" });
    client
        .command("obelus.dismiss", argument)
        .expect("dismissed");
    let left = client.diagnostics(URI, None);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0["data"], report["findings"][0]["id"]);
}

#[test]
fn a_finding_is_explained_with_its_rule() {
    let (mut client, id) = found(json!({ "window": { "showDocument": { "support": true } } }));
    let told = client
        .command("obelus.explain", json!({ "id": id }))
        .expect("told");
    let shown = client.answer("window/showDocument", json!({ "success": true }));
    assert_eq!(shown["uri"], told["uri"]);
    assert_eq!(told["rule"], INVISIBLE);
    let text = told["markdown"].as_str().expect("text");
    for part in [
        "confidence",
        told["title"].as_str().expect("a title"),
        INVISIBLE,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    done(client);
}

#[test]
fn what_was_spent_is_told() {
    let mut client = Setup::new("//- a.txt\n").start();
    let told = client.command("obelus.usage", json!({})).expect("told");
    assert_eq!(told, json!({ "schema": "obelus.usage/1", "folder": "/w" }));
}

#[test]
fn another_profile_counts_for_one_review() {
    let mut client = Setup::new("//- a.txt\n").start();
    for argument in [json!({ "profile": "quick" }), json!({})] {
        client.command("obelus.review", argument).expect("a report");
    }
    let opened = client.process.openings();
    let profiles: Vec<_> = opened
        .iter()
        .map(|(_, how)| how.profile.as_deref())
        .collect();
    assert_eq!(profiles, [None, Some("quick")]);
}

#[test]
fn a_command_right_after_the_start_waits_for_the_folder_it_names() {
    // The folder is opened when the client has said what its settings are, and no sooner.
    let mut client = Setup::new(CHANGE)
        .capabilities(json!({ "workspace": { "configuration": true } }))
        .start();
    let (question, _) = client.expect_request("workspace/configuration");
    let argument = json!({ "command": "obelus.review", "arguments": [{ "uri": "file:///w" }] });
    let asked = client.ask("workspace/executeCommand", argument);
    client.send(&json!({ "jsonrpc": "2.0", "id": question, "result": [null] }));
    let report = client.response(asked).expect("a report");
    assert_eq!(report["schema"], "obelus.report/1");
}
