//! Ctrl-C while a model is asked: the socket closes, what is known is told, and the request is in the record.

use std::process::{Child, Stdio};
use std::time::Duration;

use test_provider::{Api, Hold, Provider, Reply};

use crate::models::{KEY, changed, configured, remark, reviewer, run};
use crate::support::{Ran, Sandbox, ran};

const PATIENCE: Duration = Duration::from_secs(60);

fn start(sandbox: &Sandbox, args: &str) -> Child {
    let mut command = sandbox.command(args.split_whitespace());
    command.env("OWN_KEY", KEY);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("obelus starts")
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(id, signal).expect("it runs");
}

fn end(child: Child) -> Ran {
    ran(child.wait_with_output().expect("it ends"))
}

/// The lines of the record, the last one first.
fn record(sandbox: &Sandbox) -> Vec<String> {
    let file = sandbox.home().join("state/obelus/requests.jsonl");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().rev().map(str::to_owned).collect()
}

#[test]
fn a_review_that_is_interrupted_tells_what_it_knows() {
    for how in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let hold = Hold::default();
        let provider = Provider::start();
        provider.say(Reply::text(remark()).held(&hold));
        let sandbox = changed(&provider, "");
        sandbox.write("b.txt", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n");
        let child = start(&sandbox, "review --model own/m");
        assert!(provider.wait_until_asked(1, PATIENCE));
        signal(&child, how);
        assert!(provider.wait_until_left(1, PATIENCE).is_some());
        let ran = end(child).exits(1);
        ran.says(&["stopped; what is known by now is told"])
            .shows(&["conflict", "not reviewed by the model: it was stopped"]);
        let record = record(&sandbox);
        assert_eq!(record.len(), 1, "{record:?}");
        assert!(record[0].contains("own was stopped"), "{record:?}");
        run(&sandbox, "usage").exits(0).shows(&["1 request"]);
        // Nothing of it is taken for a verdict.
        let whole = reviewer();
        configured(&sandbox, &whole.base_url(Api::Anthropic), "");
        run(&sandbox, "review --model own/m")
            .exits(1)
            .shows(&["The first price"]);
    }
}

#[test]
fn what_was_interrupted_is_never_clean() {
    let hold = Hold::default();
    let provider = Provider::start();
    provider.say(Reply::text(remark()).held(&hold));
    let sandbox = changed(&provider, "");
    let child = start(&sandbox, "review --model own/m --format json");
    assert!(provider.wait_until_asked(1, PATIENCE));
    signal(&child, rustix::process::Signal::INT);
    let ran = end(child).exits(4);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a whole report");
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["skipped"][0]["path"], "src/total.rs");
}

#[test]
fn a_description_that_is_interrupted_is_written_without_a_model() {
    let hold = Hold::default();
    let provider = Provider::start();
    provider.say(Reply::text("{}").held(&hold));
    let sandbox = changed(&provider, "");
    let child = start(&sandbox, "describe --model own/m");
    assert!(provider.wait_until_asked(1, PATIENCE));
    signal(&child, rustix::process::Signal::INT);
    let ran = end(child).exits(0);
    let ran = ran.says(&["written without a model: own was stopped"]);
    assert!(ran.stdout.contains("total"), "{}", ran.stdout);
    assert_eq!(record(&sandbox).len(), 1);
}

#[test]
fn an_evaluation_that_is_interrupted_tells_the_cases_that_were_done() {
    let hold = Hold::default();
    let provider = Provider::start();
    // The first case is answered whole, the second one never.
    provider.say(Reply::text(r#"{"findings": []}"#));
    provider.say(Reply::text(r#"{"findings": []}"#).held(&hold));
    let sandbox = changed(&provider, "");
    let child = start(&sandbox, "eval run --model own/m --format json");
    assert!(provider.wait_until_asked(2, PATIENCE));
    signal(&child, rustix::process::Signal::INT);
    let ran = end(child).exits(4);
    let eval: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a whole result");
    let side = &eval["sides"][0];
    assert_eq!(side["total"]["cases"], 2, "{side:#}");
    assert_eq!(side["total"]["incomplete"], 1, "{side:#}");
    let not_run = side["not_run"].as_object().expect("cases");
    assert_eq!(not_run.len(), 18);
    assert!(not_run.values().all(|why| why == "it was stopped"));
}

#[test]
fn before_a_model_is_asked_a_signal_ends_it_as_ever() {
    let provider = reviewer();
    let sandbox = changed(&provider, "");
    // It waits for its input here, and nothing was taken over yet.
    let mut command = sandbox.command(["describe", "--body", "-"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("obelus starts");
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, rustix::process::Signal::INT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), None, "{output:?}");
    assert_eq!(provider.requests().len(), 0);
}
