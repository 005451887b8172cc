//! Every exit status and every message that a user of the command line can run into.

use std::process::Stdio;

use crate::support::{Sandbox, names};

const MARKER: &str = "<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n";
const FOCUSED: &str = "it.only(\"adds\", () => { expect(add(1, 2)).toBe(3); });\n";

#[test]
fn exit_status_follows_the_worst_finding() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.run("review").exits(0).shows(&["Nothing to review"]);
    sandbox.write("a.txt", "one\ntwo\n");
    sandbox
        .run("review")
        .exits(0)
        .shows(&["No findings", "1 file, +1 −0 reviewed in"]);
    sandbox.write("add.test.ts", FOCUSED);
    sandbox
        .run("review")
        .exits(0)
        .shows(&["1 warning in 1 file", "javascript/focused-test"]);
    sandbox.run("review --fail-on warning").exits(1);
    sandbox
        .run_with(&[("OBELUS_FAIL_ON", "warning")], "review")
        .exits(1);
    sandbox
        .run_with(&[("OBELUS_FAIL_ON", "warning")], "review --fail-on error")
        .exits(0);
    sandbox.write("a.txt", MARKER);
    sandbox
        .run("review")
        .exits(1)
        .shows(&["text/merge-conflict", "1 error, 1 warning in 2 files"]);
    sandbox.run("review --fail-on never").exits(0);
}

#[test]
fn every_target_is_understood() {
    let sandbox = Sandbox::plain();
    let mut repo = sandbox.scaffold();
    repo.commit("First", &[("a.txt", "one\n")])
        .expect("a commit");
    repo.commit("Second", &[("b.txt", MARKER)])
        .expect("a commit");
    sandbox.run("review").exits(0);
    sandbox.run("review HEAD").exits(1).shows(&["b.txt:1:1"]);
    sandbox.run("review HEAD~1..HEAD").exits(1);
    sandbox.run("review HEAD~1...HEAD").exits(1);
    sandbox.run("review HEAD..HEAD~1").exits(0);
    sandbox.run("review --base HEAD~1").exits(1);
    sandbox.run("review --all").exits(1);
    sandbox.run("review --all --path a.txt").exits(0);
    sandbox.write("c.txt", MARKER);
    sandbox
        .run("review --staged")
        .exits(0)
        .shows(&["nothing is staged"]);
    repo.stage().expect("staged");
    sandbox
        .run("review --staged")
        .exits(1)
        .shows(&["c.txt:1:1"]);
}

#[test]
fn works_from_a_folder_below_and_with_dash_c() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .write("sub/folder/b.txt", MARKER)
        .write("a.txt", MARKER);
    sandbox
        .run("-C sub/folder review")
        .exits(1)
        .shows(&["a.txt:1:1", "sub/folder/b.txt:1:1"]);
    sandbox.run("review -C sub").exits(1);
    sandbox
        .run("review -C nowhere")
        .exits(3)
        .says(&["error: cannot open", "nowhere"])
        .shows_nothing();
}

#[test]
fn wrong_usage() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .run("review --formt json")
        .exits(2)
        .says(&["--formt", "--format"])
        .shows_nothing();
    sandbox
        .run("review --format xml")
        .exits(2)
        .says(&["xml", "sarif", "gitlab"]);
    sandbox.run("reveiw").exits(2).says(&["reveiw", "review"]);
    sandbox
        .run("review --staged --all")
        .exits(2)
        .says(&["--staged", "--all"]);
    sandbox
        .run("review --fail-on fatal")
        .exits(2)
        .says(&["fatal", "warning"]);
    sandbox
        .run("review --min-confidence 7")
        .exits(2)
        .says(&["error: command line", "--min-confidence"]);
    sandbox.run("review --model antropic/x").exits(2).says(&[
        "--model: no provider is called `antropic`",
        "did you mean `anthropic`?",
    ]);
    sandbox
        .run("review --max-cost=-1")
        .exits(2)
        .says(&["--max-cost"]);
    sandbox.run("review --model none").exits(0);
    sandbox
        .run_with(&[("OBELUS_MODEL", "x/y")], "review")
        .exits(2);
    sandbox.run("").exits(2).says(&["Usage"]);
    sandbox.run("--version").exits(0).shows(&["obelus "]);
    sandbox
        .run("--help")
        .exits(0)
        .shows(&["Examples:", "review", "Exit status"]);
}

#[test]
fn what_failed_outside() {
    let sandbox = Sandbox::plain();
    sandbox.write("a.txt", MARKER);
    sandbox
        .run("review")
        .exits(3)
        .says(&["error:", "is not in a git repository", "--all"])
        .shows_nothing();
    sandbox.run("review --all").exits(1).shows(&["a.txt:1:1"]);

    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .run("review nonsense")
        .exits(3)
        .says(&["error: no such revision `nonsense`", "hint:"])
        .shows_nothing();
    sandbox
        .run("review --base nonsense")
        .exits(3)
        .says(&["nonsense"]);
    sandbox.run("review a..nonsense").exits(3);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_leaves_the_review_incomplete() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.write("locked.txt", MARKER);
    let locked = sandbox.work().join("locked.txt");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    if std::fs::read(&locked).is_ok() {
        // The superuser reads everything; then it is a file like any other.
        sandbox.run("review").exits(1);
        return;
    }
    sandbox
        .run("review")
        .exits(4)
        .shows(&["Not reviewed:", "locked.txt", "could not be read"]);
    sandbox.run("review --allow-incomplete").exits(0);
    sandbox.write("b.txt", MARKER);
    sandbox.run("review").exits(1);
}

#[test]
fn broken_configuration() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.write("obelus.toml", "# mine\nprofil = \"quick\"\n");
    sandbox
        .run("review")
        .exits(2)
        .says(&["error: obelus.toml:2: profil:", "profile", "hint:"])
        .shows_nothing();
    sandbox.write("obelus.toml", "profile = \n");
    sandbox.run("review").exits(2).says(&["obelus.toml:1"]);
    sandbox.write("obelus.toml", "[models]\nreview = \"x/y\"\n");
    sandbox
        .run("review")
        .exits(0)
        .says(&["warning:", "obelus.toml", "models"]);
    sandbox.run("review --quiet").exits(0);

    let config = sandbox.home().join("config/obelus");
    std::fs::create_dir_all(&config).expect("a folder");
    sandbox.write("obelus.toml", "");
    std::fs::write(config.join("config.toml"), "fail_on = \"sometimes\"\n").expect("a file");
    sandbox
        .run("review")
        .exits(2)
        .says(&["config.toml:1: fail_on:"]);
    std::fs::write(config.join("config.toml"), "fail_on = \"hint\"\n").expect("a file");
    sandbox.write("add.test.ts", FOCUSED);
    sandbox.run("review").exits(1);
    sandbox
        .run_with(&[("OBELUS_PROFLE", "quick")], "review")
        .says(&["OBELUS_PROFLE", "OBELUS_PROFILE"]);
}

#[test]
fn broken_rule_file() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .write(".obelus/rules/broken.yml", "id: [not, a, rule]\n")
        .write("b.txt", MARKER);
    sandbox
        .run("review")
        .exits(1)
        .says(&["warning:", ".obelus/rules/broken.yml"])
        .shows(&["b.txt:1:1"]);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox.write("a.txt", MARKER);
    for (args, status) in [
        (vec!["review"], 1),
        (vec!["rules", "list"], 0),
        (vec!["review", "--format", "sarif"], 1),
    ] {
        let mut child = sandbox
            .command(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("obelus starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert_eq!(output.status.code(), Some(status), "{args:?}");
    }
}

#[test]
fn rules_are_listed_explained_and_tested() {
    let sandbox = Sandbox::plain();
    sandbox
        .run("rules list")
        .exits(0)
        .shows(&["dbg-left-in", "rules explain"]);
    sandbox
        .run("rules list --language python --category bug")
        .exits(0)
        .shows(&["python/"]);
    let json = sandbox
        .run("rules list --language go --format json")
        .exits(0)
        .stdout;
    let rules: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let rules = rules.as_array().expect("an array");
    assert!(rules.iter().any(|rule| rule["id"] == "go/defer-lock"));
    assert!(
        rules
            .iter()
            .all(|rule| !rule["id"].as_str().expect("an id").starts_with("rust/"))
    );
    sandbox
        .run("rules list --language cobol")
        .exits(2)
        .says(&["cobol"]);
    sandbox
        .run("rules explain rust/dbg-left-in")
        .exits(0)
        .shows(&["Reported", "Better", "obelus: allow(rust/dbg-left-in) why"]);
    sandbox.run("rules explain rust/dbg-left").exits(2).says(&[
        "error: no rule is called `rust/dbg-left`",
        "rust/dbg-left-in",
    ]);

    sandbox
        .run("rules test")
        .exits(3)
        .says(&[".obelus/rules", "hint:"]);
    let rule = "id: own/no-eval\nlanguage: python\nseverity: warning\nmessage: No eval\nnote: It runs anything.\nrule:\n  pattern: eval($X)\nmetadata:\n  category: security\n";
    sandbox.write(".obelus/rules/no-eval.yml", rule);
    sandbox.write(
        ".obelus/rules/no-eval.test.yml",
        "id: own/no-eval\nvalid: [\"run(x)\\n\"]\ninvalid: [\"eval(x)\\n\"]\n",
    );
    sandbox
        .run("rules test")
        .exits(0)
        .shows(&["All as expected", "2 examples of 1 rule"]);
    sandbox.run("rules list").exits(0).shows(&["no-eval"]);
    sandbox.write(
        ".obelus/rules/no-eval.test.yml",
        "id: own/no-eval\nvalid: [\"eval(x)\\n\"]\ninvalid: [\"eval(y)\\n\"]\n",
    );
    sandbox
        .run("rules test .obelus/rules")
        .exits(1)
        .shows(&["own/no-eval", "1 not as expected"]);
    sandbox.write(
        ".obelus/rules/no-eval.yml",
        rule.replace("own/no-eval", "text/bidi-unicode"),
    );
    let refused = "the id `text/bidi-unicode` belongs to a built-in rule";
    sandbox.run("rules test").exits(1).shows(&[refused]);
    sandbox.run("review --all").says(&["warning:", refused]);
}

#[test]
fn configuration_is_shown_and_started() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .run("config show")
        .exits(0)
        .shows(&["profile = \"default\"", "# default"]);
    sandbox
        .run("config init")
        .exits(0)
        .says(&["obelus.toml"])
        .shows_nothing();
    sandbox.run("config show").exits(0);
    sandbox.run("review --staged").exits(0);
    sandbox
        .run("config init")
        .exits(3)
        .says(&["exists and is left as it is"]);
    sandbox.write(
        "obelus.toml",
        "profile = \"deep\"\nexclude = [\"x/**\"]\n[rules]\n\"rust/*\" = \"off\"\n",
    );
    let shown = sandbox
        .run_with(&[("OBELUS_FAIL_ON", "hint")], "config show")
        .exits(0)
        .stdout;
    let origin = |key: &str| {
        let line = shown
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_else(|| panic!("no {key} in:\n{shown}"));
        line.rsplit_once("# ").expect("an origin").1.to_owned()
    };
    assert_eq!(origin("profile = \"deep\""), "obelus.toml");
    assert_eq!(origin("fail_on = \"hint\""), "OBELUS_FAIL_ON");
    assert_eq!(origin("min_severity"), "default");
    assert_eq!(origin("rules.\"rust/*\" = \"off\""), "obelus.toml");
    for args in [
        "config schema",
        "config schema --report",
        "config schema --user",
    ] {
        let schema: serde_json::Value =
            serde_json::from_str(&sandbox.run(args).exits(0).stdout).expect("JSON");
        assert!(schema["properties"].is_object(), "{args}");
    }
    sandbox.run("completions bash").exits(0).shows(&["_obelus"]);
}

#[test]
fn the_demonstration_finds_a_problem_in_every_file_and_cleans_up() {
    let sandbox = Sandbox::plain();
    sandbox.run("demo").exits(0).shows(&[
        "secrets/aws-access-key-id",
        "text/merge-conflict",
        "python/sql-injection",
        "rust/let-underscore-guard",
        "javascript/focused-test",
        "javascript/async-foreach",
        "analysis/stale-call",
        "2 errors, 5 warnings in 6 files",
        "obelus describe` says of the change",
        "Risk:",
        "What to try next",
    ]);
    assert_eq!(names(&sandbox.tmp()), [""; 0]);
    let shown = sandbox.run("demo --keep").exits(0).stdout;
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(
        widest <= Some(80 + sandbox.tmp().as_os_str().len()),
        "{widest:?} columns"
    );
    let kept = names(&sandbox.tmp());
    assert_eq!(kept.len(), 1);
    let folder = sandbox.tmp().join(&kept[0]);
    sandbox
        .run(&format!("-C {} review", folder.display()))
        .exits(1);
}
