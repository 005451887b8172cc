//! The cases that come with Obelus: small changes in a dozen languages, with one thing wrong or nothing at all.
//!
//! All are made up for this, so no model has seen their repairs. They tell whether a model is of use at all, and nothing
//! about large changes; `obelus eval collect` makes cases from a project's own history.

use super::Case;

const CASES: &[(&str, &str)] = &[
    (
        "c-length-from-the-wire",
        include_str!("../../cases/c-length-from-the-wire.case"),
    ),
    (
        "clean-bash-quoting",
        include_str!("../../cases/clean-bash-quoting.case"),
    ),
    (
        "clean-c-bounds",
        include_str!("../../cases/clean-c-bounds.case"),
    ),
    (
        "clean-go-context",
        include_str!("../../cases/clean-go-context.case"),
    ),
    (
        "clean-java-streams",
        include_str!("../../cases/clean-java-streams.case"),
    ),
    (
        "clean-python-generator",
        include_str!("../../cases/clean-python-generator.case"),
    ),
    (
        "clean-rust-early-return",
        include_str!("../../cases/clean-rust-early-return.case"),
    ),
    (
        "clean-typescript-debounce",
        include_str!("../../cases/clean-typescript-debounce.case"),
    ),
    (
        "csharp-read-after-dispose",
        include_str!("../../cases/csharp-read-after-dispose.case"),
    ),
    (
        "go-lock-kept",
        include_str!("../../cases/go-lock-kept.case"),
    ),
    (
        "java-boxed-identity",
        include_str!("../../cases/java-boxed-identity.case"),
    ),
    (
        "javascript-month-from-zero",
        include_str!("../../cases/javascript-month-from-zero.case"),
    ),
    (
        "kotlin-days-overflow",
        include_str!("../../cases/kotlin-days-overflow.case"),
    ),
    (
        "php-order-by-from-request",
        include_str!("../../cases/php-order-by-from-request.case"),
    ),
    (
        "python-cache-across-tenants",
        include_str!("../../cases/python-cache-across-tenants.case"),
    ),
    (
        "python-seconds-for-milliseconds",
        include_str!("../../cases/python-seconds-for-milliseconds.case"),
    ),
    (
        "ruby-nobody-found",
        include_str!("../../cases/ruby-nobody-found.case"),
    ),
    (
        "rust-last-attempt",
        include_str!("../../cases/rust-last-attempt.case"),
    ),
    (
        "swift-guard-turned-round",
        include_str!("../../cases/swift-guard-turned-round.case"),
    ),
    (
        "typescript-last-page",
        include_str!("../../cases/typescript-last-page.case"),
    ),
];

/// The cases that come with Obelus, by name.
pub fn built_in() -> Vec<Case> {
    let cases = CASES.iter().map(|(name, text)| Case::parse(name, text));
    // A test reads them all: none is broken.
    cases.filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use base::memory::MemoryRepo;
    use base::{Cancel, Repo, Scope, Text};

    use super::{CASES, built_in};

    #[test]
    fn every_case_is_a_change_that_parses_and_whose_labels_lie_on_it() {
        let cases = built_in();
        assert_eq!((cases.len(), CASES.len()), (20, 20));
        let clean = cases.iter().filter(|case| case.expected.is_empty()).count();
        assert!((6..=10).contains(&clean), "{clean}");
        let mut languages = BTreeSet::new();
        for case in &cases {
            let repo = MemoryRepo::fixture(&case.fixture);
            let change = repo
                .change(&Scope::Worktree, &Cancel::new())
                .expect("a change");
            assert!(!change.files.is_empty(), "{}", case.name);
            for file in &case.files {
                for text in file.old.iter().chain(&file.new) {
                    let text = Text::new(text.as_str());
                    let language = syntax::Language::of(&file.path, &text).expect("a language");
                    languages.insert(language.name());
                    let tree = syntax::Tree::parse(language, &text, Duration::from_secs(5));
                    assert_eq!(
                        tree.map(|tree| tree.errors()).ok(),
                        Some(0),
                        "{}",
                        case.name
                    );
                }
            }
            for place in &case.expected {
                let file = change
                    .files
                    .iter()
                    .find(|file| file.path == place.path)
                    .expect("a change");
                let texts = repo.load(&change, file).expect("texts");
                let touched = |line: u32| {
                    texts
                        .hunks
                        .iter()
                        .any(|hunk| hunk.new.contains(&(line - 1)))
                };
                assert!(place.lines.clone().any(touched), "{}: {place:?}", case.name);
                let first = texts
                    .new
                    .as_ref()
                    .and_then(|text| text.line(place.lines.start() - 1));
                assert!(
                    first.is_some_and(|line| !line.trim().is_empty()),
                    "{}",
                    case.name
                );
            }
        }
        assert!(languages.len() >= 12, "{languages:?}");
    }
}
