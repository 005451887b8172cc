//! Runs the examples that stand beside rules: `NAME.test.yml` beside `NAME.yml`.
//!
//! The rules under test are those among the given files and no others, so that built-in rules can be tried too. A
//! workspace's own rules may not take a built-in id: [`run_workspace`] says so, as a review does.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base::{RelPath, RuleId};
use syntax::{CaseKind, CaseResult, Rules, builtin_id, test_rules};

use crate::Catalogue;

/// What came out of the examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// Rules that have examples.
    pub rules: usize,
    /// Examples that were run.
    pub cases: usize,
    /// Examples that came out wrong, and files that could not be read; empty when all is well.
    pub failures: Vec<TestFailure>,
    /// Rules without examples.
    pub untested: Vec<RuleId>,
}

/// One example that came out wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// The file with the mistake.
    pub path: String,
    /// The rule; empty where a file could not be read at all.
    pub rule: String,
    /// What was expected and what came out.
    pub message: String,
}

/// Runs every `*.test.yml` among `files` against the rules among `files`; other files do not matter.
pub fn run(files: &[(RelPath, String)]) -> TestReport {
    let yaml = |path: &RelPath| matches!(path.extension(), Some("yml" | "yaml"));
    let files = files.iter().filter(|(path, _)| yaml(path)).cloned();
    let (tests, rules): (Vec<_>, Vec<_>) = files.partition(|(path, _)| is_test(path));
    let mut report = TestReport::default();
    let (rules, problems) = Rules::from_files(&rules);
    for problem in problems {
        report.fail(&problem.path, "", problem.what);
    }
    let mut tested = BTreeSet::new();
    for test in &tests {
        let cases = AssertUnwindSafe(|| test_rules(&rules, std::slice::from_ref(test)));
        match catch_unwind(cases) {
            Ok(cases) => cases.into_iter().for_each(|case| {
                tested.insert(RuleId::new(&case.rule));
                report.case(case);
            }),
            Err(_) => report.fail(
                test.0.as_str(),
                "",
                "the rule makes the matcher panic".to_owned(),
            ),
        }
    }
    let ids = rules.metas().iter().map(|meta| meta.id.clone());
    report.untested = ids.filter(|id| !tested.contains(id)).collect();
    report.rules = rules.metas().len() - report.untested.len();
    report
}

/// [`run`] for the rules of a workspace, which reviews refuse under the id of a built-in rule.
pub fn run_workspace(files: &[(RelPath, String)]) -> TestReport {
    let mut report = run(files);
    let builtin = Catalogue::builtin();
    for file in files.iter().filter(|(path, _)| !is_test(path)) {
        let (rules, _) = Rules::from_files(std::slice::from_ref(file));
        for meta in rules.metas() {
            if builtin.get(meta.id.as_str()).is_some() {
                report.fail(file.0.as_str(), meta.id.as_str(), builtin_id(&meta.id));
            }
        }
    }
    report
}

impl TestReport {
    fn case(&mut self, case: CaseResult) {
        let name = match case.kind {
            CaseKind::File => String::new(),
            CaseKind::Valid => format!("valid {}: ", case.number),
            CaseKind::Invalid => format!("invalid {}: ", case.number),
            CaseKind::Fixed => format!("fixed {}: ", case.number),
        };
        self.cases += usize::from(case.kind != CaseKind::File);
        if let Some(failure) = case.failure {
            self.fail(case.path.as_str(), &case.rule, format!("{name}{failure}"));
        }
    }

    fn fail(&mut self, path: &str, rule: &str, message: String) {
        self.failures.push(TestFailure {
            path: path.to_owned(),
            rule: rule.to_owned(),
            message,
        });
    }
}

fn is_test(path: &RelPath) -> bool {
    path.as_str().ends_with(".test.yml") || path.as_str().ends_with(".test.yaml")
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::{run, run_workspace};

    const RULE: &str = "id: rust/no-foo\nlanguage: rust\nseverity: warning\nmessage: foo is called\nnote: |\n  Foo is wrong because it is; call bar, which does the same and is right.\nrule: { pattern: foo() }\nfix: bar()\nmetadata: { category: bug, confidence: 0.9, bad: \"foo();\", good: \"bar();\" }\n";

    fn failures(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (RelPath::new(path).expect("a path"), (*text).to_owned()))
            .collect();
        run(&files)
            .failures
            .into_iter()
            .map(|failure| format!("{} {} {}", failure.path, failure.rule, failure.message))
            .collect()
    }

    #[test]
    fn examples_are_run_against_their_rule() {
        let test = |cases: &str| format!("id: rust/no-foo\n{cases}");
        let good = test(
            "valid: ['fn f() { baz(); }']\ninvalid: ['fn f() { foo(); }']\nfixed: ['fn f() { bar(); }']\n",
        );
        let files = [("r/no-foo.yml", RULE), ("r/no-foo.test.yml", good.as_str())];
        assert_eq!(failures(&files), Vec::<String>::new());
        for (cases, expected) in [
            (
                "valid: ['fn f() { foo(); }']\ninvalid: ['fn f() { foo(); }']",
                "valid 1: ",
            ),
            (
                "valid: ['fn f() {}']\ninvalid: ['fn f() {}']",
                "invalid 1: ",
            ),
            (
                "valid: ['fn f() {}']\ninvalid: ['fn f() { foo(); }']\nfixed: ['fn f() { baz(); }']",
                "fixed 1: ",
            ),
            ("valid: 3", "no-foo.test.yml"),
        ] {
            let text = test(cases);
            let found = failures(&[("r/no-foo.yml", RULE), ("r/no-foo.test.yml", text.as_str())]);
            assert!(
                !found.is_empty() && found.iter().any(|failure| failure.contains(expected)),
                "{cases}: {found:?}"
            );
        }
    }

    #[test]
    fn files_that_do_not_belong_together_are_told() {
        let other = "id: rust/other\nvalid: [a]\ninvalid: [b]\n";
        assert_eq!(failures(&[("other.test.yml", other)]).len(), 1);
        assert_eq!(failures(&[("broken.yml", "id: [")]).len(), 1);
        let files = [(
            RelPath::new("r/no-foo.yml").expect("a path"),
            RULE.to_owned(),
        )];
        assert_eq!(run(&files).untested.len(), 1);
    }

    #[test]
    fn a_workspace_may_not_take_a_builtin_id() {
        for id in [
            "rust/dbg-left-in",
            "text/bidi-unicode",
            "secrets/private-key",
        ] {
            let rule = RULE.replace("rust/no-foo", id);
            let files = [(RelPath::new("r/own.yml").expect("a path"), rule)];
            let refused = run_workspace(&files).failures;
            assert_eq!(refused.len(), 1, "{id}");
            assert_eq!(
                (refused[0].path.as_str(), &*refused[0].rule),
                ("r/own.yml", id)
            );
            assert!(refused[0].message.starts_with("refused: "), "{refused:?}");
            // Those that come with Obelus are tried by the same means.
            assert!(run(&files).failures.is_empty());
        }
        let own = [(RelPath::new("own.yml").expect("a path"), RULE.to_owned())];
        assert!(run_workspace(&own).failures.is_empty());
    }
}
