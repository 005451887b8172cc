//! What the command line prints: formats, colours, files, and what must never appear.

use serde_json::Value;

use crate::support::{Sandbox, fake_key, names};

const FORMATS: &[&str] = &["human", "json", "sarif", "markdown", "github", "gitlab"];

fn with_findings() -> Sandbox {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.write(
        "add.test.ts",
        "it.only(\"adds\", () => { expect(add(1, 2)).toBe(3); });\n",
    );
    sandbox.write(
        "deploy.yml",
        format!("env:\n  AWS_ACCESS_KEY_ID: {}\n", fake_key()),
    );
    sandbox
}

#[test]
fn every_format_is_what_it_says() {
    let sandbox = with_findings();
    let of = |format: &str| {
        sandbox
            .run(&format!("review --format {format}"))
            .exits(1)
            .stdout
    };
    let json = |format: &str| serde_json::from_str::<Value>(&of(format)).expect("JSON");
    let report = json("json");
    assert_eq!(report["schema"], "obelus.report/1");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(2));
    let sarif = json("sarif");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(
        sarif["runs"][0]["results"][0]["partialFingerprints"]["obelus/v1"],
        report["findings"][0]["id"]
    );
    assert_eq!(
        json("gitlab")[0]["fingerprint"],
        report["findings"][0]["id"]
    );
    assert!(of("github").starts_with("::warning file=add.test.ts,line=1,"));
    assert!(of("markdown").starts_with("## Obelus review\n"));
    assert!(of("human").contains("╭▸ add.test.ts:1:1"));
}

#[test]
fn a_secret_is_never_printed() {
    let sandbox = with_findings();
    for format in FORMATS {
        let ran = sandbox
            .run(&format!("-v review --color always --format {format}"))
            .exits(1)
            .shows(&["secrets/"]);
        assert!(
            !ran.stdout.contains(&fake_key()) && !ran.stderr.contains(&fake_key()),
            "{format}"
        );
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let sandbox = with_findings();
    let escapes =
        |env: &[(&str, &str)], args: &str| sandbox.run_with(env, args).stdout.contains('\u{1b}');
    assert!(!escapes(&[], "review"), "a pipe");
    assert!(escapes(&[], "review --color always"));
    assert!(escapes(&[("CLICOLOR_FORCE", "1")], "review"));
    assert!(!escapes(
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
        "review"
    ));
    assert!(!escapes(&[("CLICOLOR_FORCE", "1")], "review --color never"));
    assert!(!escapes(&[], "review --color always --format json"));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let sandbox = with_findings();
    sandbox.write("out/.keep", "");
    sandbox
        .run("review --format sarif --output out/report.sarif")
        .exits(1)
        .shows_nothing()
        .says(&["2 findings written to"]);
    let path = sandbox.work().join("out/report.sarif");
    let written: Value =
        serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(written["version"], "2.1.0");
    assert_eq!(
        names(&sandbox.work().join("out")),
        [".keep", "report.sarif"]
    );
    sandbox
        .run("review --output nowhere/report.txt")
        .exits(3)
        .says(&["cannot write nowhere/report.txt", "hint:"]);
}

#[cfg(unix)]
#[test]
fn hostile_names_and_code_do_not_reach_the_terminal() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.write(
        "evil\u{1b}[2J\n::error::x.ts",
        "const name = \"\u{202e}txt.exe\u{1b}]0;owned\u{7}\u{9b}2J\u{7f}\u{e0041}\";\n<<<<<<< HEAD\n",
    );
    for format in FORMATS {
        let ran = sandbox
            .run(&format!("-v review --format {format}"))
            .exits(1);
        let raw: Vec<_> = ran
            .stdout
            .chars()
            .chain(ran.stderr.chars())
            .filter(|c| c.is_control() && *c != '\n')
            .collect();
        assert_eq!(raw, [], "{format}:\n{}", ran.stdout);
        assert!(!ran.stdout.contains(['\u{202e}', '\u{e0041}']), "{format}");
        let forged = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with("::error::"))
            .count();
        assert_eq!(forged, 0, "{format}");
    }
}
