//! Pattern rules in the engine: a workspace's own, limited to the change, with fixes.

use base::{RelPath, Scope, Text};
use expect_test::expect;

use super::{engine, lines, report, shown};
use crate::{Document, check};

const RULE: &str = "\
//- .obelus/rules/no-foo.yml
id: team/no-foo
language: rust
severity: warning
message: foo is called with $ARG
note: |
  Foo is wrong because it is; call bar, which does the same and is right.
rule: { pattern: foo($ARG) }
fix: bar($ARG)
metadata: { category: bug, confidence: 0.9, bad: \"foo(1);\", good: \"bar(1);\" }
";

#[test]
fn a_rule_of_the_workspace_may_not_take_a_builtin_id() {
    for id in [
        "rust/dbg-left-in",
        "text/bidi-unicode",
        "secrets/aws-access-key-id",
    ] {
        let rule = RULE
            .replace("team/no-foo", id)
            .replace("severity: warning", "severity: hint");
        let engine = engine(&format!("{rule}//- new a.rs\nfn a() {{\n    foo(2);\n}}\n"));
        let problems = lines(engine.problems());
        let expected =
            format!(".obelus/rules/no-foo.yml: refused: the id `{id}` belongs to a built-in rule");
        assert!(problems.starts_with(&expected), "{problems}");
        let meta = engine.catalogue().get(id).expect("the built-in one");
        assert!(!meta.from_workspace && meta.title != "foo is called with $ARG");
        assert_eq!(shown(&report(&engine, Scope::Worktree)), "");
    }
}

#[test]
fn a_rule_of_the_workspace_runs_on_changed_lines() {
    let fixture = format!(
        "{RULE}//- old a.rs\nfn a() {{\n    foo(1);\n    x();\n}}\n//- new a.rs\nfn a() {{\n    foo(1);\n    foo(2);\n}}\n"
    );
    let engine = engine(&fixture);
    assert_eq!(lines(engine.problems()), "");
    let meta = engine
        .catalogue()
        .get("team/no-foo")
        .expect("its description");
    assert!(meta.from_workspace && meta.has_fix);
    let change = report(&engine, Scope::Worktree);
    assert_eq!(shown(&change), "a.rs:3 warning team/no-foo");
    let finding = &change.findings[0];
    assert_eq!(finding.title, "foo is called with 2");
    assert_eq!(
        finding
            .fix
            .as_ref()
            .map(|fix| fix.edits[0].new_text.as_str()),
        Some("bar(2)")
    );
    let all = report(&engine, Scope::All);
    let all: Vec<_> = all
        .findings
        .iter()
        .filter(|finding| finding.rule.as_str() == "team/no-foo")
        .collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].id, finding.id, "the same in every scope");
    let page = engine.catalogue().page("team/no-foo").expect("a page");
    assert!(
        page.contains("// obelus: allow(team/no-foo)") && page.contains("## Fix"),
        "{page}"
    );
}

#[test]
fn a_rule_in_a_folder_of_its_own_runs() {
    let deep = RULE.replace(
        ".obelus/rules/no-foo.yml",
        ".obelus/rules/rust/api/no-foo.yml",
    );
    let engine = engine(&format!("{deep}//- a.rs\nfn a() {{\n    foo(1);\n}}\n"));
    assert_eq!(lines(engine.problems()), "");
    assert_eq!(
        shown(&report(&engine, Scope::All)),
        "a.rs:2 warning team/no-foo"
    );
}

#[test]
fn a_fix_that_would_break_the_code_is_left_out_and_the_finding_kept() {
    let broken = RULE.replace("fix: bar($ARG)", "fix: \"bar($ARG\"");
    let engine = engine(&format!("{broken}//- a.rs\nfn a() {{\n    foo(1);\n}}\n"));
    let report = report(&engine, Scope::All);
    let found = report
        .findings
        .iter()
        .find(|finding| finding.rule.as_str() == "team/no-foo")
        .expect("the finding");
    assert_eq!(found.fix, None);
}

#[test]
fn a_broken_rule_file_is_a_warning_and_the_others_run() {
    let engine = engine(&format!(
        "{RULE}//- .obelus/rules/broken.yml\nid: [\n//- a.rs\nfn a() {{ foo(1); }}\n"
    ));
    assert_eq!(engine.problems().len(), 1, "{:?}", engine.problems());
    assert!(
        engine.problems()[0].contains("broken.yml"),
        "{:?}",
        engine.problems()
    );
    assert!(shown(&report(&engine, Scope::All)).contains("team/no-foo"));
}

#[test]
fn levels_and_comments_reach_pattern_rules() {
    let text = "fn a() {\n    // obelus: allow(team/no-foo) it is the test\n    foo(1);\n    foo(2); // obelus: allow(team/*) here too\n    foo(3);\n}\n";
    for (config, expected) in [
        ("", "5 warning"),
        ("[rules]\n\"team/*\" = \"error\"", "5 error"),
        ("[rules]\n\"team/no-foo\" = \"off\"", ""),
        (
            "[[overrides]]\npaths = [\"src\"]\nrules = { \"team/*\" = \"off\" }",
            "",
        ),
        ("min_confidence = 0.95", ""),
        ("profile = \"security\"", ""),
    ] {
        let engine = engine(&format!("{RULE}//- obelus.toml\n{config}\n"));
        let document = Document::new(RelPath::new("src/a.rs").expect("a path"), Text::new(text));
        let result = check(&engine, &document, None);
        let ours = result
            .findings
            .iter()
            .filter(|finding| finding.rule.as_str() == "team/no-foo");
        let seen: Vec<String> = ours
            .map(|finding| {
                format!(
                    "{} {}",
                    document.text().line_column(finding.span.start).line,
                    finding.severity
                )
            })
            .collect();
        assert_eq!(seen.join("\n"), expected, "{config}");
        assert_eq!(
            result.suppressed,
            if expected.is_empty() { 0 } else { 2 },
            "{config}"
        );
    }
}

#[test]
fn many_fixes_of_a_file_are_all_proven() {
    let calls: String = (0..300)
        .map(|number| format!("    foo({number});\n"))
        .collect();
    let engine = engine(&format!("{RULE}//- a.rs\nfn a() {{\n{calls}}}\n"));
    let report = report(&engine, Scope::All);
    let ours = report
        .findings
        .iter()
        .filter(|finding| finding.rule.as_str() == "team/no-foo");
    let fixes = ours.filter(|finding| finding.fix.is_some()).count();
    expect!["300"].assert_eq(&fixes.to_string());
}
