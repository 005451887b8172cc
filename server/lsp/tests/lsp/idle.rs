//! Reviews by a model when nobody types: once, ended by typing, within the budget, never in the middle of a merge.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, Setup, range};
use crate::model::Silent;
use crate::workspace::Fixture;

const URI: &str = "file:///w/src/a.rs";
const OLD: &str = "fn area(w: u32, h: u32) -> u32 {\n    w * h\n}\n";
const NEW: &str = "fn area(w: u32, h: u32) -> u32 {\n    w + h\n}\n";
/// What counts as a rest here.
const REST: Duration = Duration::from_millis(60);
/// Long enough for another review, if there were one.
const AFTER: Duration = Duration::from_millis(600);

struct Session {
    client: Client,
    model: Arc<Silent>,
    fixture: Arc<Fixture>,
    version: i32,
}

fn started(when: &str, configured: &str) -> Session {
    let fixture = Arc::new(Fixture::new(&format!("//- src/a.rs\n{OLD}")));
    let model = Arc::new(Silent::default());
    let setup = Setup::empty()
        .folder("/w", Arc::clone(&fixture))
        .options(json!({ "debounceMs": 0, "status": true, "modelReview": when }));
    let text = format!("[models]\nreview = \"ollama/m\"\n{configured}");
    let mut client = setup.with_model(Arc::clone(&model), &text, REST).start();
    client.open(URI, NEW);
    client.diagnostics(URI, Some(1));
    client.ignore("obelus/status");
    client.ignore("textDocument/publishDiagnostics");
    Session {
        client,
        model,
        fixture,
        version: 1,
    }
}

impl Session {
    fn types(&mut self, text: &str) {
        self.version += 1;
        let changes = json!([{ "range": range(1, 0, 1, 0), "text": text }]);
        self.client.change(URI, self.version, changes);
    }

    /// Returns when a review has begun.
    fn begins(&mut self) {
        self.client.take("a review", |message| {
            message["method"] == "obelus/status" && message["params"]["state"] == "reviewing"
        });
    }

    /// Returns when so many requests were sent.
    #[track_caller]
    fn until(&self, sent: usize) {
        eventually(|| self.model.sent() >= sent);
        assert_eq!(self.model.sent(), sent);
    }

    fn done(mut self) {
        self.client.close(URI);
    }
}

/// Returns when it is so. Only a failing test waits for long.
#[track_caller]
fn eventually(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never is");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_rest_is_reviewed_once() {
    let mut session = started("whenIdle", "");
    for letter in ["    // a\n", "    // b\n", "    // c\n"] {
        session.types(letter);
    }
    session.until(1);
    std::thread::sleep(AFTER);
    assert_eq!(session.model.sent(), 1, "once a rest");
    // A caret that moves, a hover, a save: nothing was typed.
    session.client.actions(URI, range(1, 0, 1, 0));
    let saved = json!({ "textDocument": { "uri": URI } });
    session.client.notify("textDocument/didSave", saved);
    std::thread::sleep(AFTER);
    assert_eq!(session.model.sent(), 1);
    session.types("    let h = h + 1;\n");
    session.until(2);
    session.done();
}

#[test]
fn nothing_happens_by_itself_unless_it_is_wanted() {
    let mut session = started("onDemand", "");
    session.types("    // a\n");
    std::thread::sleep(AFTER);
    assert_eq!(session.model.sent(), 0);
    session.done();
}

#[test]
fn typing_ends_a_review_that_nobody_asked_for() {
    let mut session = started("whenIdle", "");
    session.model.hangs.store(true, Ordering::SeqCst);
    session.types("    // a\n");
    session.until(1);
    session.types("    // b\n");
    eventually(|| session.model.cancelled.load(Ordering::SeqCst) == 1);
    session.model.hangs.store(false, Ordering::SeqCst);
    // After the next rest.
    eventually(|| session.model.sent() > 1);
    session.done();
}

#[test]
fn somebodys_own_review_is_not_ended_by_typing() {
    let mut session = started("whenIdle", "");
    session.model.hangs.store(true, Ordering::SeqCst);
    let arguments = json!({ "command": "obelus.review", "arguments": [{}] });
    let asked = session.client.ask("workspace/executeCommand", arguments);
    session.until(1);
    session.types("    // a\n");
    std::thread::sleep(AFTER);
    assert_eq!(session.model.cancelled.load(Ordering::SeqCst), 0);
    session.model.hangs.store(false, Ordering::SeqCst);
    let report = session.client.response(asked).expect("a report");
    assert_eq!(report["stats"]["model"]["requests"], 1);
    session.done();
}

#[test]
fn the_budget_counts() {
    let mut session = started("whenIdle", "[budget]\nday_usd = 0.000001\n");
    session.types("    // a\n");
    session.begins();
    std::thread::sleep(AFTER);
    assert_eq!(session.model.sent(), 0);
    session.done();
}

#[test]
fn a_merge_is_waited_for() {
    let mut session = started("whenIdle", "");
    session.fixture.is_amid(Some("merge"));
    session.types("    // a\n");
    session.client.take("why not", |message| {
        let text = &message["params"]["message"];
        message["method"] == "window/logMessage"
            && text.to_string().contains("a merge is in progress")
    });
    std::thread::sleep(AFTER);
    assert_eq!(session.model.sent(), 0);
    session.fixture.is_amid(None);
    session.types("    // b\n");
    session.until(1);
    session.done();
}
