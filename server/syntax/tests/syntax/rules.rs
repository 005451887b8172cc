//! The built-in rules: all compile, and each passes its own tests.

use base::{RelPath, Text};
use syntax::{Language, Rules, test_rules};

const TESTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_tests.rs"));

fn tests() -> Vec<(RelPath, String)> {
    TESTS
        .iter()
        .map(|&(path, text)| (RelPath::new(path).expect("a path"), text.to_owned()))
        .collect()
}

#[test]
fn built_in_rules_can_be_read_and_are_named_after_their_files() {
    let (rules, problems) = Rules::builtin_with_problems();
    assert!(problems.is_empty(), "{problems:#?}");
    let tested: Vec<_> = TESTS
        .iter()
        .map(|(path, _)| path.trim_end_matches(".test.yml"))
        .collect();
    let ids: Vec<_> = rules.metas().iter().map(|meta| meta.id.as_str()).collect();
    assert_eq!(
        ids, tested,
        "every rule has a test beside it, and its id is its path"
    );
}

#[test]
fn built_in_rules_pass_their_tests() {
    let results = test_rules(&Rules::builtin(), &tests());
    let failures: Vec<_> = results
        .iter()
        .filter_map(|case| {
            let failure = case.failure.as_ref()?;
            Some(format!(
                "{} {:?} {}: {failure}",
                case.path, case.kind, case.number
            ))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{}",
        failures.len(),
        results.len(),
        failures.join("\n")
    );
}

#[test]
fn texts_without_the_words_of_any_rule_are_not_worth_parsing() {
    let (rules, problems) = Rules::from_files(&[(
        RelPath::new("a.yml").expect("a path"),
        "id: t/a\nlanguage: rust\nmessage: m\nrule: { any: [{ pattern: $X.unwrap() }, { kind: identifier, regex: ^tmp_ }] }\n".to_owned(),
    )]);
    assert!(problems.is_empty(), "{problems:?}");
    let may = |text: &str| rules.may_match(Language::Rust, &Text::new(text));
    assert!(
        may("fn f() { a.unwrap() }") && may("fn tmp_f() {}") && !may("fn f() { a.expect(\"b\") }")
    );
    assert!(!rules.may_match(Language::Go, &Text::new("unwrap")));
}
