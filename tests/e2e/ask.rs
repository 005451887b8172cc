//! `obelus ask`: plain words in, the command that they mean out; questions answered from the code.

use serde_json::{Value, json};
use test_provider::{Api, Provider, Reply};

use crate::models::{configured, run};
use crate::support::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::committed(&[
        (
            "src/net.py",
            "def fetch(url, tries):\n    return retry(url, tries)\n\n\ndef retry(url, tries):\n    return open(url) if tries else None\n",
        ),
        (
            "src/app.py",
            "from net import fetch\n\n\ndef main():\n    fetch('a', 3)\n",
        ),
    ]);
    sandbox.write(
        "src/app.py",
        "from net import fetch\n\n\ndef main():\n    fetch('a', 4)\n<<<<<<< HEAD\n    a()\n=======\n    b()\n>>>>>>> theirs\n",
    );
    sandbox
}

#[test]
fn what_is_understood_is_said_and_done() {
    let sandbox = sandbox();
    sandbox
        .run("ask please review my changes thoroughly")
        .exits(1)
        .says(&["understood as: obelus review --profile=deep"])
        .shows(&["text/merge-conflict"]);
    sandbox
        .run("ask anything wrong with what I staged?")
        .exits(0)
        .says(&["understood as: obelus review --staged"]);
    sandbox
        .run("ask --format json what calls `retry`")
        .exits(0)
        .says(&["search --kind=reference --format=json -- retry"])
        .shows(&["src/net.py"]);
    sandbox
        .run("ask where is fetch defined?")
        .exits(0)
        .shows(&["src/net.py", "def fetch"]);
    sandbox
        .run("ask how much did we spend this month")
        .exits(0)
        .says(&["obelus usage"]);
    sandbox
        .run("ask describe my changes")
        .exits(0)
        .says(&["obelus describe"])
        .shows(&["main"]);
    sandbox
        .run("ask explain rule text/merge-conflict")
        .exits(0)
        .says(&["rules explain text/merge-conflict"]);
}

#[test]
fn what_is_not_understood_is_asked_back() {
    let sandbox = sandbox();
    for request in ["hello", "make it better", "the thing", "x"] {
        let ran = sandbox.run(&format!("ask {request}"));
        ran.exits(2)
            .says(&["not understood", "review my staged changes"])
            .shows_nothing();
    }
    sandbox.run("ask").exits(2);
    sandbox.run("ask fix it").exits(2).says(&["editor"]);
    sandbox
        .run("ask review this file")
        .exits(2)
        .says(&["name it"]);
    // Words are never flags of the command that they mean.
    sandbox
        .run("ask -- review --output=pwned --staged")
        .exits(0);
    assert!(!sandbox.work().join("pwned").exists());
}

#[test]
fn a_question_is_answered_from_the_code_or_not_at_all() {
    let sandbox = sandbox();
    sandbox
        .run("ask how does the retry of a fetch work?")
        .exits(0)
        .says(&["no model is named"])
        .shows(&["src/net.py"]);
    let provider = Provider::start();
    let reply = json!({"sentences": [
        {"text": "`retry` opens the url while `tries` are left.", "places": ["src/net.py:6"]},
        {"text": "`backoff_policy` waits in between.", "places": ["src/net.py:6"]},
        {"text": "It is called by `main`.", "places": ["src/nowhere.py:1"]},
    ]});
    provider.answer(move |_| Reply::text(reply.to_string()));
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[models]\nask = \"own/m\"\n",
    );
    let question = "ask --format json how does the retry of a fetch work?";
    let ran = run(&sandbox, question)
        .exits(0)
        .says(&["own/m: 1 request", "2 sentences of the answer left out"]);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(answer["schema"], "obelus.answer/1");
    assert_eq!(
        answer["answer"],
        "`retry` opens the url while `tries` are left. [src/net.py:6]"
    );
    assert_eq!(answer["places"], json!([{"path": "src/net.py", "line": 6}]));
    let asked = provider.requests()[0].text();
    assert!(asked.contains("def retry(url, tries):"), "{asked}");
    run(&sandbox, question).exits(0);
    assert_eq!(
        provider.requests().len(),
        1,
        "the same question is not paid for twice"
    );
    assert_eq!(answer["conversation"], 1);
    // Conversations: gone on with, found, written out, forgotten.
    let reply = json!({"sentences": [{"text": "`fetch` calls it.", "places": ["src/net.py:2"]}]});
    provider.answer(move |_| Reply::text(reply.to_string()));
    run(&sandbox, "ask --resume 2 and who calls it?")
        .exits(0)
        .says(&["ask --resume 2"]);
    let asked = provider.requests().pop().expect("one").text();
    assert!(
        asked.contains("opens the url while"),
        "what was said before: {asked}"
    );
    run(&sandbox, "ask --list").exits(0).shows(&[
        "2  ",
        "2 questions   how does the retry of a fetch work?",
        "1  ",
    ]);
    let found = run(&sandbox, "ask --format json --search calls")
        .exits(0)
        .stdout;
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["conversations"][0]["id"], 2);
    assert_eq!(
        found["conversations"][1],
        Value::Null,
        "the other one said no such thing"
    );
    run(&sandbox, "ask --export 2").exits(0).shows(&[
        "## how does the retry of a fetch work?\n\n`retry` opens the url while `tries` are left. [src/net.py:6]",
        "## and who calls it?\n\n`fetch` calls it. [src/net.py:2]\n\n_own/m, ",
    ]);
    run(&sandbox, "ask --forget 2").exits(0);
    run(&sandbox, "ask --export 2")
        .exits(2)
        .says(&["no conversation 2"]);
    run(&sandbox, "ask --resume 2 why?")
        .exits(2)
        .says(&["--list"]);
    run(&sandbox, "ask --list what").exits(2);
    provider.answer(|_| Reply::text("I cannot know."));
    run(&sandbox, "ask why does the fetch retry at all?")
        .exits(3)
        .says(&["nothing that the model said"]);
}
