//! `obelus describe` and `obelus commit-message` on real repositories.

use serde_json::Value;

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
        .says(&["--model none"]);
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
