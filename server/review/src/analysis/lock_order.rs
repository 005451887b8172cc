//! Lock order: two locks or transactions that a function takes in the other order than the rest of the file.
//!
//! Read by form: `a.lock()` until `a.unlock()`, `with a:` and `synchronized (a)` for what is indented below. Only locks that
//! are held at once count, by the names of what holds them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base::{Category, Definition, Evidence, Severity, Span};
use regex::Regex;

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::semantic::Side;

const ORDER: &str = "analysis/lock-order";

pub(super) const ABOUT: &[About] = &[About {
    id: ORDER,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.8,
    title: "Two locks are taken in the other order than elsewhere",
    why: "One function takes the first lock and waits for the second, another the second and waits for the first: sooner or \
          later both wait for ever. Take locks in one order everywhere, or release the one before the other is taken.",
    bad: "def move(self):\n    with self.orders_lock:\n        with self.stock_lock:\n            ...\n\ndef count(self):\n    with self.stock_lock:\n        with self.orders_lock:\n            ...\n",
    good: "def count(self):\n    with self.orders_lock:\n        with self.stock_lock:\n            ...\n",
    cwe: Some(833),
    references: &["https://cwe.mitre.org/data/definitions/833.html"],
}];

static TAKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?P<block> \b(?:with|synchronized|lock)\s*\(?\s* (?P<held>[A-Za-z_][\w.>-]*) \)? \s* (?:as\s+\w+\s*)? [:{] )
        | (?P<call> (?P<by>[A-Za-z_][\w.>-]*?) (?:\.|->) (?:lock|Lock|acquire|lockInterruptibly|begin|begin_transaction|beginTransaction|start_transaction|startTransaction) \(\s*\) )
        | (?P<free> \b(?:pthread_mutex_lock|mutex_lock|spin_lock) \(\s*&?(?P<what>[A-Za-z_][\w.>-]*) )
        | (?P<guard> \b(?:lock_guard|unique_lock|scoped_lock)(?:<[^>;]*>)?\s+\w+\s*[({]\s*(?P<inside>[A-Za-z_][\w.>-]*)\s*[)}] )
        ",
    )
    .ok()
});

/// One lock taken: who holds it, where, and how deep the line is indented.
struct Taken {
    name: String,
    span: Span,
    indent: usize,
    in_block: bool,
}

type Pair = (String, String);

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        let is_locking = file.new.text.as_ref().is_some_and(|text| {
            let text = text.as_str();
            let words = ["ock", "synchronized", "acquire", "begin", "ransaction"];
            words.iter().any(|word| text.contains(word))
        });
        if !is_locking {
            continue;
        }
        let rust = file.new.language().is_some_and(|one| one.name() == "rust");
        // Those of every function, read when the first pair is found.
        let mut all: Option<Vec<(&Definition, BTreeMap<Pair, Span>)>> = None;
        for (_, after) in file.written() {
            let mine = orders(&file.new, after, rust);
            for ((first, second), span) in &mine {
                if !file.new.is_changed(*span) {
                    continue;
                }
                let reverse = (second.clone(), first.clone());
                if mine.contains_key(&reverse) {
                    continue;
                }
                let all = all.get_or_insert_with(|| {
                    let functions = file.functions();
                    functions
                        .map(|one| (one, orders(&file.new, one, rust)))
                        .collect()
                });
                let mut there: Vec<(Span, &str)> = Vec::new();
                let mut same = 0;
                for (other, theirs) in all.iter().filter(|(other, _)| other.span != after.span) {
                    same += usize::from(theirs.contains_key(&(first.clone(), second.clone())));
                    there.extend(
                        theirs
                            .get(&reverse)
                            .map(|span| (*span, other.name.as_str())),
                    );
                }
                if same > 0 {
                    continue;
                }
                let Some((_, named)) = there.first() else {
                    continue;
                };
                remarks.push(Remark {
                    path: file.path().clone(),
                    draft: Draft::new(ORDER, *span).titled(format!(
                        "`{second}` is taken while `{first}` is held; elsewhere it is the other way round"
                    )),
                    message: format!(
                        "`{named}` takes `{second}` first and then `{first}`. Two threads that run both can wait for each \
                         other for ever; take them in one order."
                    ),
                    evidence: there
                        .iter()
                        .take(3)
                        .map(|(span, name)| Evidence {
                            path: file.path().clone(),
                            span: *span,
                            note: format!("`{name}` takes them in the other order"),
                        })
                        .collect(),
                    elsewhere: None,
                });
                break;
            }
        }
    }
    remarks
}

/// The pairs of locks that a function holds at once, first and second, with the place of the second.
fn orders(side: &Side, definition: &Definition, rust: bool) -> BTreeMap<Pair, Span> {
    let Some(pattern) = TAKEN.as_ref() else {
        return BTreeMap::new();
    };
    let start = definition.signature.end as usize;
    let text = side.slice(Span {
        start: definition.signature.end,
        end: definition.span.end,
    });
    let mut held: Vec<Taken> = Vec::new();
    let mut found = BTreeMap::new();
    for captures in pattern.captures_iter(text) {
        let name = ["held", "by", "what", "inside"]
            .iter()
            .find_map(|group| captures.name(group));
        let (Some(whole), Some(name)) = (captures.get(0), name) else {
            continue;
        };
        let head = text.get(..whole.start()).unwrap_or_default();
        let line = head.rsplit('\n').next().unwrap_or_default();
        let full = text
            .get(whole.start() - line.len()..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let in_block = captures.name("block").is_some();
        let said = name.as_str().trim_end_matches('-');
        let is_lock = captures.name("held").is_none() || {
            let lower = said.to_ascii_lowercase();
            lower.contains("lock") || lower.contains("mutex") || full.contains("synchronized")
        };
        // A guard of Rust that is not bound is gone at the end of its line.
        let is_kept = !rust || full.trim_start().starts_with("let ") && !full.contains("let _ ");
        let is_comment = ["//", "#", "*", "/*"]
            .iter()
            .any(|sign| full.trim_start().starts_with(sign));
        if !is_lock || !is_kept || is_comment || full.contains("defer ") {
            continue;
        }
        let taken = Taken {
            name: last(said),
            span: Span::new(start + name.start(), start + name.end()),
            indent: full.len() - full.trim_start().len(),
            in_block,
        };
        for before in &held {
            let between = text
                .get(before.span.end as usize - start..whole.start())
                .unwrap_or_default();
            if before.name != taken.name && is_held(before, &taken, between) {
                found
                    .entry((before.name.clone(), taken.name.clone()))
                    .or_insert(taken.span);
            }
        }
        held.push(taken);
    }
    found
}

/// Whether `before` is still held where `now` is taken.
fn is_held(before: &Taken, now: &Taken, between: &str) -> bool {
    let shallower = |line: &&str| {
        let body = line.trim_start();
        !body.is_empty() && line.len() - body.len() < before.indent + usize::from(before.in_block)
    };
    if before.in_block {
        return now.indent > before.indent && !between.lines().skip(1).any(|line| shallower(&line));
    }
    let lower = between.to_ascii_lowercase();
    // What is released by `defer` is held to the end.
    let released = lower.lines().any(|line| {
        let ends = ["unlock", "release", "drop(", "commit", "rollback", "abort"];
        ends.iter().any(|end| line.contains(end))
            && !line.contains("defer")
            && line.contains(&before.name.to_ascii_lowercase())
    });
    !released && !between.lines().skip(1).any(|line| shallower(&line))
}

/// The last part of a path: whose lock it is matters less than what it is called.
fn last(path: &str) -> String {
    path.rsplit(['.', '>']).next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(old: &str, new: &str) -> String {
        format!("//- old a.{old}//- new a.{new}")
    }

    #[test]
    fn the_other_order_is_told() {
        let file = |rest: &str| {
            format!(
                "py\nclass Shop:\n    def move(self):\n        with self.orders_lock:\n            with self.stock_lock:\n                work()\n{rest}"
            )
        };
        let other = "\n    def count(self):\n        with self.stock_lock:\n            with self.orders_lock:\n                work()\n";
        check(
            &with(&file(""), &file(other)),
            &[
                "a.py:9 analysis/lock-order: `orders_lock` is taken while `stock_lock` is held; elsewhere it is the other way round",
                "  a.py:4 `move` takes them in the other order",
            ],
        );
        let one_by_one = "\n    def count(self):\n        with self.stock_lock:\n            work()\n        with self.orders_lock:\n            work()\n";
        check(&with(&file(""), &file(one_by_one)), &[]);
    }

    #[test]
    fn transactions_are_locks() {
        let file = |rest: &str| {
            format!(
                "py\nclass Shop:\n    def move(self):\n        self.orders.begin()\n        self.stock.begin()\n        work()\n        self.stock.commit()\n        self.orders.commit()\n{rest}"
            )
        };
        let count = |between: &str| {
            format!(
                "\n    def count(self):\n        self.stock.begin()\n{between}        self.orders.begin()\n        work()\n"
            )
        };
        check(
            &with(&file(""), &file(&count(""))),
            &[
                "a.py:11 analysis/lock-order: `orders` is taken while `stock` is held; elsewhere it is the other way round",
                "  a.py:4 `move` takes them in the other order",
            ],
        );
        check(
            &with(&file(""), &file(&count("        self.stock.rollback()\n"))),
            &[],
        );
    }

    #[test]
    fn what_is_released_before_is_not_held() {
        let file = |rest: &str| {
            format!(
                "go\npackage a\nfunc move(s *Shop) {{\n\ts.orders.Lock()\n\tdefer s.orders.Unlock()\n\ts.stock.Lock()\n\twork()\n\ts.stock.Unlock()\n}}\n{rest}"
            )
        };
        let held = "func count(s *Shop) {\n\ts.stock.Lock()\n\ts.orders.Lock()\n\twork()\n\ts.orders.Unlock()\n\ts.stock.Unlock()\n}\n";
        check(
            &with(&file(""), &file(held)),
            &[
                "a.go:11 analysis/lock-order: `orders` is taken while `stock` is held; elsewhere it is the other way round",
                "  a.go:5 `move` takes them in the other order",
            ],
        );
        let released = "func count(s *Shop) {\n\ts.stock.Lock()\n\tn := s.n\n\ts.stock.Unlock()\n\ts.orders.Lock()\n\twork(n)\n\ts.orders.Unlock()\n}\n";
        check(&with(&file(""), &file(released)), &[]);
    }
}
