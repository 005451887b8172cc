//! `obelus check`: a program is run only where the user said so, and what it says becomes findings.

use serde_json::Value;

use crate::models::{KEY, configured};
use crate::support::{Sandbox, ran};

/// A project whose makefile has a linter of its own and whose tests are run by a script.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::committed(&[("src/a.c", "int main(void)\n{\n    return x;\n}\n")]);
    sandbox.write(
        "Makefile",
        "lint:\n\t@echo 'src/a.c:3:12: error: x is not known [-Wmade-up]'; touch was-run; exit 1\n",
    );
    sandbox
}

fn script(sandbox: &Sandbox, text: &str) {
    sandbox.write("tool.sh", text);
}

#[test]
fn a_command_that_the_repository_names_wants_a_yes() {
    let sandbox = sandbox();
    sandbox
        .run("check --list")
        .exits(0)
        .shows(&["make lint  (Makefile.lint: echo 'src/a.c:3:12: error"]);
    sandbox
        .run("check lint")
        .exits(2)
        .says(&["the repository names this command itself", "--yes"]);
    assert!(!sandbox.work().join("was-run").exists(), "nothing was run");
    sandbox
        .run("check test")
        .exits(2)
        .says(&["no command for test is known", "obelus check -- PROGRAM"]);
    sandbox
        .run_with(&[("CI", "1")], "check lint --yes")
        .exits(2)
        .says(&["not trusted"]);
    assert!(!sandbox.work().join("was-run").exists(), "nothing was run");
}

#[test]
fn what_a_tool_says_is_a_finding_and_its_failure_an_exit_status() {
    let sandbox = sandbox();
    script(
        &sandbox,
        "echo \"$PWD/src/a.c:3:12: warning: made up [-Wmade-up]\"\necho 'src/a.c:1:5: error: from stderr' >&2\n\
         echo '/usr/include/b.h:1:1: error: elsewhere' >&2\necho \"key: $OWN_KEY.\" >&2\nexit $1\n",
    );
    configured(&sandbox, "http://127.0.0.1:9", "");
    let with_key = |args: &[&str]| {
        let mut command = sandbox.command(args.iter().copied());
        ran(command.env("OWN_KEY", KEY).output().expect("obelus starts"))
    };
    let done = with_key(&["check", "--format", "json", "--", "/bin/sh", "tool.sh", "3"]).exits(1);
    let done = done.says(&[
        "running /bin/sh tool.sh 3",
        "ended with exit status: 3",
        "outside the workspace: /usr/include/b.h:1",
    ]);
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&review::report_schema()).expect("a schema");
    assert!(validator.is_valid(&report), "{report:#}");
    let told: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|it| {
            (
                it["rule"].as_str().unwrap_or(""),
                it["severity"].as_str().unwrap_or(""),
                it["range"]["start"]["line"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("sh/error", "error", Some(1)),
            ("sh/made-up", "warning", Some(3))
        ]
    );
    // A tool that failed is not clean, however mild its words are; keys of models are not handed on.
    script(
        &sandbox,
        "echo 'src/a.c:3:12: warning: made up'\necho \"src/a.c:1: note $OWN_KEY here\"\nexit 1\n",
    );
    let done = with_key(&["check", "-v", "--", "/bin/sh", "tool.sh"]).exits(1);
    assert!(!done.stdout.contains(KEY) && !done.stderr.contains(KEY));
    with_key(&["check", "--fail-on", "never", "--", "/bin/sh", "tool.sh"]).exits(0);
    script(&sandbox, "echo 'src/a.c:3:12: warning: made up'\n");
    with_key(&["check", "--", "/bin/sh", "tool.sh"]).exits(0);
    with_key(&["check", "--fail-on", "warning", "--", "/bin/sh", "tool.sh"]).exits(1);
}

#[test]
fn what_cannot_be_read_is_said_and_not_called_clean() {
    let sandbox = sandbox();
    script(
        &sandbox,
        "echo 'it broke'; printf 'in \\033]0;odd\\007 ways\\n'; exit 7\n",
    );
    let done = sandbox.run("check -- /bin/sh tool.sh").exits(3);
    let done = done.says(&[
        "exit status: 7",
        "names a place",
        "it broke",
        "1 command failed",
    ]);
    assert!(!done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
    sandbox
        .run("check -- no-such-program-here")
        .exits(3)
        .says(&["is not there"]);
    // Each word is an argument: no shell looks at it.
    sandbox
        .run("check -- echo $(touch was-run) ; touch was-run")
        .exits(0);
    assert!(!sandbox.work().join("was-run").exists());
}

#[test]
fn the_output_of_another_step_is_read_and_nothing_run() {
    let sandbox = sandbox();
    sandbox.write(
        "out.txt",
        "a.c:3:12: error: only the end of the path\nb.c:1:1: error: no such file\n",
    );
    let done = sandbox
        .run_with(
            &[("CI", "1")],
            "check --input out.txt --tool gcc --format sarif",
        )
        .exits(1);
    let done = done.says(&["outside the workspace: b.c:1"]);
    let sarif: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"gcc/error".into(), &"error".into())
    );
    // What Obelus writes can be read by it as well.
    sandbox.write("out.sarif", &done.stdout);
    sandbox
        .run("check --input out.sarif --tool gcc")
        .exits(1)
        .shows(&["only the end of the path"]);
    sandbox
        .run("check --input nowhere")
        .exits(3)
        .says(&["cannot read nowhere"]);
    sandbox.run("check --input out.txt -- echo").exits(2);
}
