//! `obelus describe` and `obelus commit-message` on real repositories.

use serde_json::Value;
use test_provider::{Api, Provider, Reply};

use crate::models::{configured, run};
use crate::support::Sandbox;

/// A branch `fix/12-retry-on-timeout` with one commit on top of `main`.
fn branched() -> Sandbox {
    let sandbox = Sandbox::plain();
    let mut scaffold = sandbox.scaffold();
    for title in [
        "net: add fetch",
        "net: use it",
        "docs: say so",
        "net: rename",
        "net: more",
    ] {
        let text = format!("def fetch(url):\n    return open(url)\n# {title}\n");
        scaffold
            .commit(title, &[("src/net.py", &text)])
            .expect("a commit");
    }
    scaffold
        .branch("fix/12-retry-on-timeout")
        .expect("a branch");
    scaffold
        .commit(
            "net: retry on a timeout\n\nThe proxy drops idle connections.\n\nFixes #7",
            &[
                ("src/net.py", "def fetch(url, tries):\n    return open(url) if tries else None\n# net: more\n"),
                ("tests/test_net.py", "def test_tries():\n    assert fetch('a', 1)\n"),
            ],
        )
        .expect("a commit");
    sandbox
}

#[test]
fn a_branch_is_described_from_where_it_left_the_default_branch() {
    let sandbox = branched();
    let description: Value =
        serde_json::from_str(&sandbox.run("describe --format json").exits(0).stdout).expect("JSON");
    assert_eq!(description["schema"], "obelus.description/1");
    assert_eq!(description["title"], "net: retry on a timeout");
    assert_eq!(description["labels"], serde_json::json!([]));
    let sections = &description["sections"];
    let has = |key: &str, part: &str| {
        let text = sections[key].as_str().unwrap_or_default();
        assert!(text.contains(part), "{key}: {text}");
    };
    has("what", "The proxy drops idle connections.");
    has("what", "`tries`");
    has("tests", "`test_tries`");
    has("issues", "#7");
    has("issues", "#12");
    assert!(description["risk"]["level"].is_string(), "{description}");
    sandbox.run("describe").exits(0).shows(&[
        "# net: retry on a timeout",
        "<!-- obelus:begin -->",
        "**Risk:**",
    ]);
}

#[test]
fn sections_are_switched_in_the_configuration() {
    let sandbox = branched();
    let described = |sandbox: &Sandbox| -> Value {
        let json = sandbox
            .run("describe --staged --format json")
            .exits(0)
            .stdout;
        serde_json::from_str(&json).expect("JSON")
    };
    // Three files that use each other: where a picture may help.
    for (path, text) in [
        ("src/a.py", "def first_of_all():\n    return 1\n"),
        (
            "src/b.py",
            "from a import first_of_all\n\ndef second_of_all():\n    return first_of_all()\n",
        ),
        (
            "src/c.py",
            "from b import second_of_all\n\ndef third_of_all():\n    return second_of_all()\n",
        ),
    ] {
        sandbox.write(path, text);
    }
    sandbox.scaffold().stage().expect("staged");
    let usual = described(&sandbox);
    let has = |of: &Value, key: &str| of["sections"].get(key).is_some();
    assert!(
        has(&usual, "risk") && has(&usual, "tests") && !has(&usual, "diagram"),
        "{usual:#}"
    );
    sandbox.write(
        "obelus.toml",
        "[describe]\nrisk = false\ntests = false\ndiagram = true\n",
    );
    let chosen = described(&sandbox);
    assert!(
        !has(&chosen, "risk") && !has(&chosen, "tests"),
        "{chosen:#}"
    );
    let diagram = chosen["sections"]["diagram"].as_str().unwrap_or_default();
    assert!(
        diagram.contains("flowchart LR") && diagram.contains("src/b.py"),
        "{chosen:#}"
    );
    assert!(
        !chosen["body"]
            .as_str()
            .unwrap_or_default()
            .contains("**Risk:**")
    );
    sandbox.write("obelus.toml", "[describe]\nrisks = false\n");
    sandbox
        .run("describe")
        .exits(2)
        .says(&["describe.risks", "risk"]);
}

#[test]
fn what_the_author_wrote_stays() {
    let sandbox = branched();
    let body = "Mine.\r\n<!-- obelus:begin -->\r\nold\r\n<!-- obelus:end -->\r\nMine too.";
    sandbox.write("body.md", body);
    let out = sandbox.run("describe --body body.md").exits(0).stdout;
    assert!(
        out.starts_with("Mine.\r\n<!-- obelus:begin -->\r\n"),
        "{out:?}"
    );
    assert!(out.ends_with("<!-- obelus:end -->\r\nMine too."), "{out:?}");
    assert!(!out.contains("old\r\n"), "{out:?}");
}

#[test]
fn the_repositorys_own_template_is_filled() {
    let sandbox = branched();
    sandbox.write(
        ".github/PULL_REQUEST_TEMPLATE.md",
        "## Description\n\n## How was it tested?\n\n- [ ] I read the guide\n",
    );
    sandbox.run("describe").exits(0).shows(&[
        "## Description\n\n<!-- obelus:begin -->",
        "<!-- obelus:begin tests -->",
        "- [ ] I read the guide",
    ]);
}

#[test]
fn a_range_becomes_an_entry_of_a_changelog() {
    branched()
        .run("describe main..HEAD --style changelog")
        .exits(0)
        .shows(&["## [Unreleased]", "### Changed\n- Net: retry on a timeout"]);
}

#[test]
fn a_commit_message_follows_the_log_and_says_what_to_split() {
    let sandbox = branched();
    sandbox
        .run("commit-message")
        .exits(3)
        .says(&["nothing is staged", "git add"])
        .shows_nothing();
    sandbox.write(
        "src/net.py",
        "def fetch(url, tries):\n    return open(url) if tries else None\n\ndef close(connection):\n    connection.shut()\n",
    );
    sandbox.scaffold().stage().expect("staged");
    let message = sandbox.run("commit-message").exits(0).stdout;
    assert!(message.starts_with("net: add close"), "{message}");
    let conventional = sandbox
        .run("commit-message --style conventional")
        .exits(0)
        .stdout;
    assert!(
        conventional.starts_with("fea") || conventional.starts_with("fix"),
        "{conventional}"
    );
}

#[test]
fn what_cannot_be_described_is_said_with_what_to_do() {
    Sandbox::plain().run("describe").exits(3);
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox
        .run("describe")
        .exits(3)
        .says(&["nothing to describe", "HEAD~3..HEAD"]);
    sandbox
        .run("describe --staged")
        .exits(3)
        .says(&["nothing is staged"]);
    sandbox
        .run("describe no-such")
        .exits(3)
        .says(&["no such revision"]);
    sandbox
        .run("describe --model x/y")
        .exits(2)
        .says(&["no provider is called `x`"]);
}

#[cfg(unix)]
#[test]
fn names_do_nothing_to_the_terminal_or_the_page() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox.write("b\x1b[31m`<!-- obelus:end -->.py", "def f():\n    pass\n");
    let out = sandbox.run("describe").exits(0).stdout;
    assert!(!out.contains('\x1b'), "{out:?}");
    assert_eq!(out.matches("<!-- obelus:end -->").count(), 1, "{out}");
}

/// A reply that holds truths and inventions.
fn careless() -> String {
    serde_json::json!({
        "title": "net: give up when no `tries` are left",
        "what": [
            "`fetch` takes `tries` and gives nothing when there are none, because the proxy drops idle connections.",
            "It also fixes `connect_pool` in `src/pool.py`.",
        ],
        "changes": [
            "`tests/test_net.py` calls `fetch` with `tries`.",
            "Closes #99.",
            "Retries 42 times.",
            "All tests pass, so this is safe to merge.",
            "See https://evil.example/x.",
        ],
    })
    .to_string()
}

const INVENTED: &[&str] = &[
    "connect_pool",
    "pool.py",
    "#99",
    "42",
    "tests pass",
    "evil.example",
];

#[test]
fn a_model_words_it_and_what_it_invents_is_left_out() {
    let provider = Provider::start();
    provider.answer(|_| Reply::text(careless()));
    let sandbox = branched();
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    let ran = run(&sandbox, "describe --model own/m").exits(0);
    let ran = ran.shows(&[
        // The author's own title stays.
        "# net: retry on a timeout",
        "`fetch` takes `tries` and gives nothing when there are none, because the proxy drops idle connections. (2 files",
        "- `tests/test_net.py` calls `fetch` with `tries`.",
        "**Issues:** Closes #7",
        "**Risk:**",
    ]);
    for invented in INVENTED {
        assert!(!ran.stdout.contains(invented), "{invented}\n{}", ran.stdout);
    }
    let ran = ran.says(&[
        "asking own/m",
        "own/m: 1 request",
        "5 sentences of the model's left out",
    ]);
    assert_eq!(provider.requests().len(), 1);
    let again = run(&sandbox, "describe --model own/m").exits(0);
    assert_eq!(again.stdout, ran.stdout);
    assert_eq!(provider.requests().len(), 1, "nothing is paid for twice");
    // The author's words are shown to it, another repository's are not there, and no request goes without a record.
    let asked = provider.requests()[0].text();
    assert!(
        asked.contains("The proxy drops idle connections.") && asked.contains("tests/test_net.py")
    );
    run(&sandbox, "usage")
        .exits(0)
        .shows(&["1 request", "own/m"]);
    // A message for what is staged.
    sandbox.write(
        "src/net.py",
        "def fetch(url, tries):\n    return open(url) if tries > 1 else None\n# net: more\n",
    );
    sandbox.scaffold().stage().expect("staged");
    let ran = run(&sandbox, "commit-message --model own/m").exits(0);
    assert!(
        ran.stdout
            .starts_with("net: give up when no `tries` are left\n"),
        "{}",
        ran.stdout
    );
    for invented in INVENTED {
        assert!(!ran.stdout.contains(invented), "{invented}\n{}", ran.stdout);
    }
}

#[test]
fn a_model_that_fails_costs_its_words_alone() {
    let sandbox = branched();
    let plain = sandbox.run("describe --model none").exits(0).stdout;
    let provider = Provider::start();
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[models]\ndescribe = \"own/m\"\n",
    );
    for reply in [
        Reply::text("I would rather talk about something else."),
        Reply::raw(401, "application/json", r#"{"error": {"message": "no"}}"#),
        Reply::text(r#"{"title": "Harden `kernel_pool`", "what": ["Fixes #99."], "changes": []}"#),
    ] {
        provider.say(reply);
        let ran = run(&sandbox, "describe")
            .exits(0)
            .says(&["written without a model"]);
        assert_eq!(ran.stdout, plain);
    }
    // Nobody is asked who is told not to be.
    let before = provider.requests().len();
    assert_eq!(
        run(&sandbox, "describe --model none").exits(0).stdout,
        plain
    );
    assert_eq!(provider.requests().len(), before);
    sandbox.run("describe --model nobody/m").exits(2);
}

#[test]
fn a_hostile_model_gets_nothing_into_a_description() {
    let sandbox = branched();
    let provider = Provider::hostile(7);
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    let facts = sandbox.run("describe --model none").exits(0).stdout;
    for _ in 0..12 {
        let ran = run(&sandbox, "describe --model own/m").exits(0);
        for part in ["http", "@", "<script", "\u{1b}[", "\u{202e}", "#99"] {
            let own = facts.contains(part);
            assert!(own || !ran.stdout.contains(part), "{part}\n{}", ran.stdout);
        }
        assert_eq!(
            ran.stdout.matches("obelus:begin").count(),
            1,
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn not_even_the_names_of_a_file_that_is_never_sent_leave() {
    let provider = Provider::start();
    provider.answer(|_| Reply::text(careless()));
    let sandbox = branched();
    let never = "[privacy]\nnever_send = [\"src/offers/**\"]\n";
    configured(&sandbox, &provider.base_url(Api::Anthropic), never);
    sandbox.write(
        "src/offers/plan.py",
        "def takeover_price(rival):\n    return rival.worth\n",
    );
    let text = "def fetch(url, tries):\n    return open(url) if tries > 1 else None\n";
    sandbox.write("src/net.py", text);
    sandbox.scaffold().stage().expect("staged");
    let ran = run(&sandbox, "describe --staged --model own/m").exits(0);
    // The user reads of it all the same.
    ran.shows(&["takeover_price"]);
    let asked = provider.requests()[0].text();
    assert!(asked.contains("tries > 1"), "{asked}");
    for private in ["takeover_price", "offers", "plan.py"] {
        assert!(!asked.contains(private), "{private}\n{asked}");
    }
}
