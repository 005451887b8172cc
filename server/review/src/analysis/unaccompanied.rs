//! What usually comes with such a change and did not: a test with a fix, a line in the changelog.
//!
//! That a change is a fix is known only where somebody wrote it: in the messages of its commits. Work that is not committed
//! yet is nobody's fix.

use std::sync::LazyLock;

use base::{Category, Evidence, RelPath, Severity, Span};
use regex::Regex;

use super::untested::{brings_tests, tested_by};
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, What, is_callable};

const FIX: &str = "history/fix-without-test";
const CHANGELOG: &str = "history/changelog-not-touched";

pub(super) const ABOUT: &[About] = &[
    About {
        id: FIX,
        category: Category::Tests,
        severity: Severity::Hint,
        confidence: 0.7,
        title: "This fix comes without a test",
        why: "The commit says that it repairs something, changes code that tests reach, and changes no test. What broke \
              once breaks again. Add a test that fails without the fix.",
        bad: "",
        good: "",
        cwe: None,
        references: &[],
    },
    About {
        id: CHANGELOG,
        category: Category::Docs,
        severity: Severity::Info,
        confidence: 0.7,
        title: "The changelog does not tell of this change",
        why: "Nearly every commit of this project that changes its code adds to the changelog, and this change does not. \
              Add a line that says what users will see.",
        bad: "",
        good: "",
        cwe: None,
        references: &["https://keepachangelog.com"],
    },
];

/// The part of the commits that touch the changelog from which it is a custom.
const CUSTOM: f32 = 0.7;
/// Commits that a custom is told from.
const ENOUGH: u32 = 30;

static IS_FIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:\[[^\]]*\]\s*)?(?:[\w./-]+:\s*)?(?:bug|hot)?fix(?:es|ed)?(?:\([^)]*\))?!?[:\s]",
    )
    .ok()
});
static IS_SMALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:typos?|lint|clippy|fmt|format\w*|docs?|documentation|comments?|ci|builds?|tests?|warnings?|flaky|spelling|links?|readme|changelog|example\w*|compil\w+|deprecat\w+|release|version|merge|types?|typing|mypy|naming|imports?|log\w*|messages?|style|styling|css|ui|layout)\b").ok()
});

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    fix(around).into_iter().chain(changelog(around)).collect()
}

fn fix(around: &Around<'_>) -> Option<Remark> {
    let (fix, small) = (IS_FIX.as_ref()?, IS_SMALL.as_ref()?);
    let mut said = around.said.iter().filter(|one| !one.is_merge).peekable();
    let first = said.peek()?.subject.clone();
    if !said.all(|one| fix.is_match(&one.subject) && !small.is_match(&one.subject))
        || brings_tests(around)
        || around
            .change
            .files
            .iter()
            .any(|file| is_like_a_test(&file.path))
    {
        return None;
    }
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            let Some(after) = file.new_of(symbol) else {
                continue;
            };
            if symbol.what != What::Body || !is_callable(after.kind) || after.name.len() < 4 {
                continue;
            }
            let Some(test) = tested_by(around, &after.name) else {
                continue;
            };
            let name = &after.name;
            return Some(Remark {
                path: file.path().clone(),
                draft: Draft::new(FIX, after.name_span)
                    .titled(format!("The fix of `{name}` comes without a test")),
                message: format!(
                    "\"{first}\" changes `{name}`, which tests reach, and no test. Add one that fails without the fix."
                ),
                evidence: vec![around.evidence(&test, format!("tests `{name}`"))],
                elsewhere: Some("its behaviour changed".to_owned()),
            });
        }
    }
    None
}

/// Snapshots, fixtures and their like are how some projects test.
fn is_like_a_test(path: &RelPath) -> bool {
    let lower = path.as_str().to_ascii_lowercase();
    ["test", "spec", "fixture", "snap", "expect", "baseline"]
        .iter()
        .any(|part| lower.contains(part))
}

fn changelog(around: &Around<'_>) -> Option<Remark> {
    let (file, span) = around.semantic.files.iter().find_map(visible)?;
    let commits = around.history.extent().touching;
    if commits < ENOUGH {
        return None;
    }
    let log = NAMES.iter().find_map(|name| {
        let path = RelPath::new(name).ok()?;
        let churn = around.history.churn(&path);
        (churn.changes as f32 >= commits as f32 * CUSTOM).then_some(path)
    })?;
    if around.change.files.iter().any(|file| file.path == log) {
        return None;
    }
    let text = around.text(&log)?;
    let changes = around.history.churn(&log).changes;
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(CHANGELOG, span).titled(format!("{log} does not tell of this change")),
        message: format!(
            "{changes} of the last {commits} commits touch {log}, and this one changes code without it. Add a line that says \
             what users will see."
        ),
        evidence: vec![Evidence {
            path: log,
            span: text.lines().line_span(0).unwrap_or(Span::new(0, 0)),
            note: "was not changed".to_owned(),
        }],
        elsewhere: Some("this is what it should tell of".to_owned()),
    })
}

/// Where changelogs lie.
const NAMES: &[&str] = &[
    "CHANGELOG.md",
    "CHANGELOG",
    "CHANGELOG.rst",
    "CHANGES.md",
    "CHANGES",
    "CHANGES.rst",
    "HISTORY.md",
    "docs/changelog.md",
];

/// A public definition whose behaviour the change alters.
fn visible(file: &ChangedFile) -> Option<(&ChangedFile, Span)> {
    if is_test_path(file.path()) {
        return None;
    }
    let mut written = file.written();
    let (_, public) = written.find(|(_, after)| after.exported)?;
    Some((file, public.name_span))
}

#[cfg(test)]
mod tests {
    use base::RelPath;
    use base::history::{
        Churn, CoChange, CommitNote, History, HistoryEnd, HistoryExtent, NoHistory,
    };

    use super::super::tests::titles_said;
    use super::{IS_FIX, IS_SMALL};

    const CODE: &str = "\
//- old shop.py
def total(order):
    return 1
//- new shop.py
def total(order):
    return 2
//- tests/test_shop.py
def test_total():
    total(1)
//- CHANGELOG.md
# Changelog
";

    /// A hundred commits, so many of which touch the changelog.
    struct Told(u32);

    impl History for Told {
        fn extent(&self) -> HistoryExtent {
            HistoryExtent {
                head: None,
                commits: 100,
                touching: 100,
                end: HistoryEnd::Complete,
            }
        }

        fn together(&self, _paths: &[RelPath], _limit: usize) -> Vec<CoChange> {
            Vec::new()
        }

        fn recent(&self, _path: &RelPath, _limit: usize) -> Vec<CommitNote> {
            Vec::new()
        }

        fn churn(&self, path: &RelPath) -> Churn {
            let changes = if path.as_str() == "CHANGELOG.md" {
                self.0
            } else {
                0
            };
            Churn {
                changes,
                ..Churn::default()
            }
        }
    }

    #[test]
    fn a_fix_of_tested_code_wants_a_test() {
        let title = "The fix of `total` comes without a test";
        assert_eq!(titles_said(CODE, "fix: wrong total", &NoHistory), [title]);
        assert!(titles_said(CODE, "feat: another total", &NoHistory).is_empty());
        let with_test = CODE.replace(
            "//- tests/test_shop.py\n",
            "//- old tests/test_shop.py\n//- new tests/test_shop.py\n",
        );
        assert!(titles_said(&with_test, "fix: wrong total", &NoHistory).is_empty());
    }

    #[test]
    fn a_changelog_that_is_always_touched_is_missed() {
        let title = "CHANGELOG.md does not tell of this change";
        assert_eq!(titles_said(CODE, "feat: total", &Told(80)), [title]);
        assert!(titles_said(CODE, "feat: total", &Told(60)).is_empty());
    }

    #[test]
    fn a_fix_is_told_by_its_words() {
        let check = |subject: &str| {
            let is = |pattern: &Option<regex::Regex>| {
                pattern.as_ref().is_some_and(|one| one.is_match(subject))
            };
            is(&IS_FIX) && !is(&IS_SMALL)
        };
        for subject in [
            "fix: rates of zone 0",
            "fix(rates)!: no zone",
            "Fix overflow in rates",
            "Fixed the order of rates",
            "rates: fix overflow",
            "Bugfix: rates",
        ] {
            assert!(check(subject), "{subject}");
        }
        for subject in [
            "Add fixtures",
            "fix typo",
            "fix: failing tests on Windows",
            "feat: rates",
            "Prefix rates",
        ] {
            assert!(!check(subject), "{subject}");
        }
    }
}
