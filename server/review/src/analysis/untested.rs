//! Untested change: a function whose behaviour changed and that no test mentions, while its neighbours are tested.

use base::{Category, Evidence, ReferenceKind, Severity};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, What, is_callable};

const UNTESTED: &str = "analysis/untested-change";

pub(super) const ABOUT: &[About] = &[About {
    id: UNTESTED,
    category: Category::Tests,
    severity: Severity::Hint,
    confidence: 0.6,
    title: "No test reaches what changed here, and its neighbours are tested",
    why: "The behaviour of this function changes and no test of the workspace mentions it, while most other functions of the \
          same file are tested. Add a test for what the change does; the tests of its neighbours show how.",
    bad: "# shop.py: total and tax have tests, refund has none\ndef refund(order):\n    return order.sum - order.fee  # was: order.sum\n",
    good: "def test_refund_keeps_the_fee():\n    assert refund(Order(sum=10, fee=1)) == 9\n",
    cwe: None,
    references: &[],
}];

/// Neighbours that must be tested, as a part of all.
const TESTED: f32 = 0.6;
/// Neighbours that are asked about.
const MAX_NEIGHBOURS: usize = 12;
/// Files in which one name is looked for.
const MAX_FILES: usize = 200;
/// Remarks on one file.
const MAX_REMARKS: usize = 2;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    // Whoever changes tests in the same go has thought of them.
    if brings_tests(around) {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        if is_test_path(file.path()) {
            continue;
        }
        let found = file
            .symbols
            .iter()
            .filter(|symbol| symbol.what == What::Body);
        let found = found.filter_map(|symbol| judge(around, file, symbol.new?));
        remarks.extend(found.take(MAX_REMARKS));
    }
    remarks
}

/// Whether the change touches a test.
pub(super) fn brings_tests(around: &Around<'_>) -> bool {
    let is_test = |file: &base::FileChange| is_test_path(&file.path);
    around.change.files.iter().any(is_test)
        || around.semantic.files.iter().any(|file| {
            let symbols = file.symbols.iter();
            symbols
                .filter_map(|symbol| file.new_of(symbol))
                .any(|new| new.is_test)
        })
}

fn judge(around: &Around<'_>, file: &ChangedFile, index: u32) -> Option<Remark> {
    let definitions = &file.new.outline.definitions;
    let changed = definitions.get(index as usize)?;
    let is_asked = |one: &&base::Definition| {
        is_callable(one.kind) && one.exported && !one.is_test && one.name.len() > 3
    };
    if !is_asked(&changed) || tested_by(around, &changed.name).is_some() {
        return None;
    }
    let neighbours: Vec<&base::Definition> = definitions
        .iter()
        .filter(|one| one.name != changed.name && one.parent == changed.parent)
        .filter(is_asked)
        .take(MAX_NEIGHBOURS)
        .collect();
    let tests: Vec<Evidence> = neighbours
        .iter()
        .filter_map(|one| {
            let mention = tested_by(around, &one.name)?;
            Some(around.evidence(&mention, format!("tests `{}`", one.name)))
        })
        .collect();
    let least = around.settings.limits.tested_neighbours;
    if tests.len() < least || (tests.len() as f32) < neighbours.len() as f32 * TESTED {
        return None;
    }
    let name = &changed.name;
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(UNTESTED, changed.name_span)
            .titled(format!("`{name}` changed and no test mentions it")),
        message: format!(
            "{} of {} neighbours of `{name}` are mentioned in tests, it is not. Add a test for what this change does.",
            tests.len(),
            neighbours.len()
        ),
        evidence: tests.into_iter().take(3).collect(),
        elsewhere: Some("its behaviour changed".to_owned()),
    })
}

/// A mention of the name in a test.
pub(super) fn tested_by(around: &Around<'_>, name: &str) -> Option<base::search::FoundReference> {
    around
        .index
        .references(name, MAX_FILES)
        .into_iter()
        .find(|mention| {
            let in_test = is_test_path(&mention.path)
                || around.index.outline(&mention.path).is_some_and(|outline| {
                    let within = mention
                        .reference
                        .within
                        .and_then(|at| outline.outline.definitions.get(at as usize));
                    within.is_some_and(|within| within.is_test)
                });
            in_test
                && mention.reference.kind != ReferenceKind::Import
                && around
                    .text_as_indexed(&mention.path, mention.hash)
                    .is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(tests: &str) -> String {
        let file = |body: &str| {
            format!(
                "def total(order):\n    return 1\n\ndef taxes(order):\n    return 2\n\ndef price(order):\n    return 3\n\ndef refund(order):\n    return {body}\n"
            )
        };
        format!(
            "//- old shop.py\n{}//- new shop.py\n{}//- tests/test_shop.py\n{tests}",
            file("4"),
            file("5")
        )
    }

    #[test]
    fn what_no_test_mentions_among_tested_neighbours_is_a_hint() {
        check(
            &with("def test_all():\n    total(1)\n    taxes(1)\n    price(1)\n"),
            &[
                "shop.py:10 analysis/untested-change: `refund` changed and no test mentions it",
                "  tests/test_shop.py:2 tests `total`",
                "  tests/test_shop.py:3 tests `taxes`",
                "  tests/test_shop.py:4 tests `price`",
            ],
        );
    }

    #[test]
    fn what_is_tested_or_nobody_tests_is_left_alone() {
        check(
            &with("def test_all():\n    total(1)\n    taxes(1)\n    price(1)\n    refund(1)\n"),
            &[],
        );
        check(&with("def test_all():\n    total(1)\n"), &[]);
    }
}
