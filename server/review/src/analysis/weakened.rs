//! Tests that check less than before, while the code they are there for changes.
//!
//! Both versions of a test are read for what they assert. A test that is rewritten says nothing; one that is the same
//! but for assertions which are gone, weaker, or switched off, says that the change did not pass it as it was.

use std::collections::{HashMap, HashSet};

use base::{Category, Definition, RelPath, Severity};

use super::assertions::{Assertion, assertions, is_assertion};
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, SymbolChange, What, alike, is_callable};

const WEAKENED: &str = "analysis/test-weakened";

pub(super) const ABOUT: &[About] = &[About {
    id: WEAKENED,
    category: Category::Tests,
    severity: Severity::Warning,
    confidence: 0.8,
    title: "A test checks less than before, and the code changed with it",
    why: "The change removes or loosens an assertion, or switches a test off, together with code that tests look after. \
          Such a test passes whatever the code does. Keep the assertion and let the code meet it, or say why what it \
          held no longer holds.",
    bad: "def test_total():\n    order = total(items)\n    # was: assert order.sum == 42\n    assert order is not None\n",
    good: "def test_total():\n    order = total(items)\n    assert order.sum == 42\n",
    cwe: None,
    references: &[],
}];

/// How alike both versions of a test must be to be the same test.
const SAME_TEST: f32 = 0.8;
/// How alike two assertions are that are one in other words.
const REWORDED: f32 = 0.6;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let files = &around.semantic.files;
    let is_code_changed = files.iter().any(|file| {
        !is_test_path(file.path())
            && file.symbols.iter().any(|symbol| {
                let is_test = file
                    .new_of(symbol)
                    .or(file.old_of(symbol))
                    .is_none_or(|one| one.is_test);
                !is_test && matches!(symbol.what, What::Body | What::Signature | What::Renamed)
            })
    });
    if !is_code_changed {
        return Vec::new();
    }
    // What a test held of something that is gone went with it.
    let gone: HashSet<&str> = files
        .iter()
        .flat_map(|file| file.symbols.iter().map(move |symbol| (file, symbol)))
        .filter(|(_, symbol)| {
            matches!(symbol.what, What::Removed | What::Renamed | What::Signature)
        })
        .filter_map(|(file, symbol)| Some(file.old_of(symbol)?.name.as_str()))
        .collect();
    // An assertion that left one test for another was moved.
    let mut elsewhere: HashSet<String> = HashSet::new();
    for file in files {
        let Some(tree) = &file.new.tree else { continue };
        for symbol in &file.symbols {
            if let Some(test) = Changed::of(file, symbol) {
                let gained = only_in(&test.new, &test.old);
                elsewhere.extend(gained.into_iter().map(|one| one.words.clone()));
            } else if let (What::Added | What::Renamed, Some(new)) =
                (&symbol.what, file.new_of(symbol))
            {
                let gained = assertions(&file.new, tree, new.span);
                elsewhere.extend(gained.into_iter().map(|one| one.words));
            }
        }
    }
    let mut remarks = Vec::new();
    for file in files {
        for symbol in &file.symbols {
            if let Some(test) = Changed::of(file, symbol) {
                remarks.extend(test.judge(file, &gone, &elsewhere));
            }
        }
    }
    remarks
}

/// A test in both versions.
struct Changed<'a> {
    after: &'a Definition,
    before: &'a Definition,
    old: Vec<Assertion>,
    new: Vec<Assertion>,
}

impl<'a> Changed<'a> {
    fn of(file: &'a ChangedFile, symbol: &SymbolChange) -> Option<Self> {
        let (before, after) = (file.old_of(symbol)?, file.new_of(symbol)?);
        let is_test = after.is_test || is_test_path(file.path());
        let runs = is_callable(after.kind) || after.kind == base::SymbolKind::Test;
        // A group of tests changes with every test in it.
        let is_group = file.new.outline.definitions.iter().any(|inner| {
            inner.kind == base::SymbolKind::Test
                && inner.span != after.span
                && after.span.contains(inner.span)
        });
        if !is_test || !runs || is_group || !matches!(symbol.what, What::Body | What::Signature) {
            return None;
        }
        let (old_tree, new_tree) = (file.old.tree.as_ref()?, file.new.tree.as_ref()?);
        Some(Self {
            after,
            before,
            old: assertions(&file.old, old_tree, before.span),
            new: assertions(&file.new, new_tree, after.span),
        })
    }

    fn judge(
        &self,
        file: &ChangedFile,
        gone: &HashSet<&str>,
        elsewhere: &HashSet<String>,
    ) -> Option<Remark> {
        let (old_text, new_text) = (
            file.old.slice(self.before.span),
            file.new.slice(self.after.span),
        );
        let name = &self.after.name;
        if let Some(sign) = switched_off(old_text, new_text) {
            let how = sign.trim_end_matches('(');
            let title = format!("The test `{name}` is switched off by `{how}`");
            let message = format!(
                "The change switches `{name}` off and changes the code at once. Let the code pass it, or say beside it \
                 what it waits for."
            );
            return Some(self.remark(file, title, message));
        }
        if alike(old_text, new_text) < SAME_TEST {
            return None;
        }
        let mut fresh = only_in(&self.new, &self.old);
        let mut lost = only_in(&self.old, &self.new);
        lost.retain(|one| !elsewhere.contains(&one.words));
        // What was only reworded stands for what it was.
        let mut reworded = Vec::new();
        lost.retain(|old| {
            let same = fresh
                .iter()
                .position(|new| alike(&old.words, &new.words) >= REWORDED || old.shares(new));
            let Some(at) = same else { return true };
            reworded.push((*old, fresh.remove(at)));
            false
        });
        let about_gone =
            |one: &Assertion| one.names.iter().any(|name| gone.contains(name.as_str()));
        if let Some((old, new)) = reworded
            .iter()
            // One in words that nobody knows may say as much.
            .find(|(old, new)| (1..old.strength).contains(&new.strength) && !about_gone(old))
        {
            let title = format!(
                "The test `{name}` asserts less: `{}` where it was `{}`",
                new.name, old.name
            );
            let message = format!(
                "It was `{}`, and the code changed with it. Keep the stronger assertion and let the code meet it, or say \
                 why it no longer holds.",
                shown(file.old.slice(old.span))
            );
            let mut remark = self.remark(file, title, message);
            remark.draft.span = new.span;
            return Some(remark);
        }
        // What it was about is no longer made here either: the test was narrowed as a whole.
        lost.retain(|one| {
            let subject = one.names.iter().find(|name| !is_assertion(name));
            !about_gone(one) && subject.is_some_and(|subject| mentions(new_text, subject))
        });
        lost.retain(|one| !self.went_with_its_case(file, one) && !is_asked(new_text, one));
        lost.retain(|one| !is_said_anew(file.old.slice(one.span), old_text, new_text, one));
        // What must not be reached any more says more than what was asked there.
        let fails = |text: &str| text.matches("fail(").count();
        if fails(new_text) > fails(old_text) {
            return None;
        }
        // As many new ones in other words are a rewrite.
        let first = lost.first().filter(|_| lost.len() > fresh.len())?;
        let count = match lost.len() {
            1 => "an assertion".to_owned(),
            count => format!("{count} assertions"),
        };
        let title = format!("The test `{name}` lost {count}");
        let message = format!(
            "`{}` is gone from this test, and the code changed with it. Keep it and let the code meet it, or say why it no \
             longer holds.",
            shown(file.old.slice(first.span))
        );
        Some(self.remark(file, title, message))
    }

    /// It stood under a condition that is gone as a whole: a case that no longer exists.
    fn went_with_its_case(&self, file: &ChangedFile, one: &Assertion) -> bool {
        let Some(tree) = &file.old.tree else {
            return false;
        };
        let new_text = file.new.slice(self.after.span);
        tree.branches(self.before.span).iter().any(|branch| {
            branch.body.contains(one.span) && !new_text.contains(file.old.slice(branch.condition))
        })
    }

    fn remark(&self, file: &ChangedFile, title: String, message: String) -> Remark {
        Remark {
            path: RelPath::clone(file.path()),
            draft: Draft::new(WEAKENED, self.after.name_span).titled(title),
            message,
            evidence: Vec::new(),
            elsewhere: Some("its assertions changed".to_owned()),
        }
    }
}

/// Those of `all` that have no equal in `others`, each counted.
fn only_in<'a>(all: &'a [Assertion], others: &[Assertion]) -> Vec<&'a Assertion> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for one in others {
        *left.entry(&one.words).or_default() += 1;
    }
    all.iter()
        .filter(|one| match left.get_mut(one.words.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

/// What it compared is compared in a condition now, such as that of a loop which waits for it.
fn is_asked(text: &str, one: &Assertion) -> bool {
    let names: Vec<&String> = one
        .names
        .iter()
        .filter(|name| !is_assertion(name))
        .collect();
    names.len() >= 2
        && text
            .lines()
            .any(|line| line.contains("==") && names.iter().all(|name| mentions(line, name)))
}

/// A line that is new holds what it compared with and what it asked: `check(entry, "name", "value")` for two assertions.
fn is_said_anew(text: &str, old: &str, new: &str, one: &Assertion) -> bool {
    let values: Vec<&str> = text
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|value| value.len() >= 3)
        .collect();
    let subject = one
        .names
        .iter()
        .find(|name| !is_assertion(name) && *name != "self");
    let (Some(subject), false) = (subject, values.is_empty()) else {
        return false;
    };
    let known: HashSet<&str> = old.lines().map(str::trim).collect();
    new.lines().any(|line| {
        !known.contains(line.trim())
            && mentions(line, subject)
            && values.iter().all(|value| line.contains(value))
    })
}

/// One line, not too long.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}

fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_part(text.get(..at).and_then(|before| before.chars().next_back()))
            && !is_part(
                text.get(at + name.len()..)
                    .and_then(|after| after.chars().next()),
            )
    })
}

/// The sign that a test is skipped which was not there before.
fn switched_off(old: &str, new: &str) -> Option<&'static str> {
    const SIGNS: &[&str] = &[
        "#[ignore",
        "@Ignore",
        "@Disabled",
        "@pytest.mark.skip(",
        "@unittest.skip(",
        "it.skip(",
        "test.skip(",
        "describe.skip(",
        "xit(",
        "xtest(",
        "t.Skip(",
        "[Ignore",
        "markTestSkipped(",
        "self.skipTest(",
        "pytest.skip(",
    ];
    // A skip under a condition still runs somewhere.
    SIGNS.iter().copied().find(|sign| {
        let Some(at) = new.find(sign).filter(|_| !old.contains(sign)) else {
            return false;
        };
        let before = new.get(..at).unwrap_or_default();
        let guarded = before
            .lines()
            .rev()
            .take(3)
            .any(|line| line.trim_start().starts_with("if ") || line.contains(" if "));
        !guarded || sign.starts_with(['@', '#', '['])
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(old: &str, new: &str) -> String {
        let file = |body: &str| {
            format!(
                "from shop import total\n\ndef test_total():\n    order = total([1, 2], 3)\n    log(order)\n{body}"
            )
        };
        format!(
            "//- old shop.py\ndef total(items, rate):\n    return sum(items)\n\
             //- new shop.py\ndef total(items, rate):\n    return sum(items) + 1\n\
             //- old tests/test_shop.py\n{}//- new tests/test_shop.py\n{}",
            file(old),
            file(new)
        )
    }

    #[test]
    fn an_assertion_that_is_gone_or_weaker_is_told() {
        check(
            &with(
                "    assert order.sum == 42\n    assert order.count == 2\n",
                "    assert order.count == 2\n",
            ),
            &[
                "tests/test_shop.py:3 analysis/test-weakened: The test `test_total` lost an assertion",
            ],
        );
        check(
            &with(
                "    assert order.sum == 42\n",
                "    assert order is not None\n",
            ),
            &[
                "tests/test_shop.py:6 analysis/test-weakened: The test `test_total` asserts less: `is` where it was `==`",
            ],
        );
        check(
            &with(
                "    self.assertEqual(order.sum, 42)\n",
                "    self.assertTrue(order.sum)\n",
            ),
            &[
                "tests/test_shop.py:6 analysis/test-weakened: The test `test_total` asserts less: `assertTrue` where it was `assertEqual`",
            ],
        );
    }

    #[test]
    fn what_the_object_of_a_test_asserts_counts() {
        let file = |body: &str| {
            format!(
                "test('adds', t => {{\n  const order = total([1])\n  log(order)\n{body}  t.end()\n}})\n"
            )
        };
        let all = "  t.equal(order.sum, 42)\n  t.equal(order.count, 1)\n";
        check(
            &format!(
                "//- old shop.js\nfunction total (items) {{ return 1 }}\n//- new shop.js\nfunction total (items) {{ return 2 }}\n\
                 //- old test/shop.test.js\n{}//- new test/shop.test.js\n{}",
                file(all),
                file("  t.equal(order.count, 1)\n")
            ),
            &["test/shop.test.js:1 analysis/test-weakened: The test `adds` lost an assertion"],
        );
    }

    #[test]
    fn an_assertion_that_went_with_its_case_or_is_waited_for_is_not_lost() {
        let rest = "    assert order.count == 2\n";
        check(
            &with(
                &format!(
                    "    if OLD_VERSION:\n        assert order.sum == 42\n    done(order)\n{rest}"
                ),
                &format!("    done(order)\n{rest}"),
            ),
            &[],
        );
        check(
            &with(
                &format!("    assert order.sum == EXPECTED\n{rest}"),
                &format!("    while not order.sum == EXPECTED:\n        sleep(1)\n{rest}"),
            ),
            &[],
        );
    }

    #[test]
    fn another_expectation_or_a_test_alone_is_no_weakening() {
        check(
            &with(
                "    assert order.sum == 42\n",
                "    assert order.sum == 43\n",
            ),
            &[],
        );
        check(
            &with(
                "    assert order.sum == 42\n",
                "    assert order.sum == 42\n    assert order.count == 2\n",
            ),
            &[],
        );
        let only_test = with(
            "    assert order.sum == 42\n    assert order.count == 2\n",
            "    assert order.count == 2\n",
        )
        .replace("sum(items) + 1", "sum(items)");
        check(&only_test, &[]);
    }

    #[test]
    fn a_test_that_is_switched_off_is_told() {
        let file = |head: &str| {
            format!(
                "import {{ total }} from \"./shop\";\n{head}(\"adds\", () => {{\n  expect(total([1])).toBe(1);\n}});\n"
            )
        };
        check(
            &format!(
                "//- old shop.ts\nexport function total(items: number[]) {{ return 1; }}\n\
                 //- new shop.ts\nexport function total(items: number[]) {{ return 2; }}\n\
                 //- old shop.test.ts\n{}//- new shop.test.ts\n{}",
                file("it"),
                file("it.skip")
            ),
            &[
                "shop.test.ts:2 analysis/test-weakened: The test `adds` is switched off by `it.skip`",
            ],
        );
    }
}
