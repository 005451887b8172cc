//! Transaction order: what a function does before its commit although the rest of the file does it afterwards, or the
//! other way round.
//!
//! Read from the calls of each function, in order. Only calls that change or tell something count, and only where at least
//! two functions agree, or one and what this function did before.

use std::collections::BTreeMap;

use base::{Category, Definition, Evidence, ReferenceKind, Severity, Span};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::semantic::Side;

const ORDER: &str = "analysis/transaction-order";

pub(super) const ABOUT: &[About] = &[About {
    id: ORDER,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.7,
    title: "This stands on the other side of the commit than elsewhere",
    why: "What is announced before the commit is announced even where the commit fails, and who hears of it may read the old \
          state; what is written after the commit is not part of it. The other functions of the file keep one order. Keep \
          it here too, or say in a comment why not.",
    bad: "def pay(self, order):\n    self.db.save(order)\n    self.bus.publish(order)\n    self.db.commit()\n\n# all others of the file\n    self.db.commit()\n    self.bus.publish(order)\n",
    good: "def pay(self, order):\n    self.db.save(order)\n    self.db.commit()\n    self.bus.publish(order)\n",
    cwe: Some(696),
    references: &[],
}];

/// How names of calls begin that change or tell something.
const EFFECTS: &[&str] = &[
    "publish",
    "send",
    "emit",
    "notify",
    "enqueue",
    "dispatch",
    "delay",
    "apply_async",
    "applyasync",
    "invalidate",
    "evict",
    "broadcast",
    "trigger",
    "schedule",
    "execute",
    "insert",
    "save",
    "update",
    "delete",
    "remove",
    "write",
    "persist",
    "store",
    "upsert",
];

/// On which side of the commits all calls of one name stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Before,
    After,
}

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        let text = file.new.text.as_ref().map_or("", base::Text::as_str);
        if around.cancel.is_cancelled() || !(text.contains("commit") || text.contains("Commit")) {
            continue;
        }
        // Those of every function, read when the first is found that counts.
        let mut all: Option<Vec<(&Definition, Orders<'_>)>> = None;
        for (symbol, after) in file.written() {
            let Some(mine) = orders(&file.new, after) else {
                continue;
            };
            let before = file.old_of(symbol);
            let was = before.and_then(|before| orders(&file.old, before));
            for (name, (stands, span)) in &mine.calls {
                if !file.new.is_changed(*span) && !file.new.is_changed(mine.commit) {
                    continue;
                }
                let all = all.get_or_insert_with(|| {
                    let functions = file.functions();
                    functions
                        .filter_map(|one| Some((one, orders(&file.new, one)?)))
                        .collect()
                });
                let (mut same, mut there) = (0, Vec::new());
                // What stands around this function says nothing of its own.
                for (other, theirs) in all.iter().filter(|(it, _)| !it.span.contains(after.span)) {
                    match theirs.calls.get(*name) {
                        Some((theirs, _)) if theirs == stands => same += 1,
                        Some((_, span)) => there.push((*span, other.name.as_str())),
                        None => {}
                    }
                }
                let turned = was
                    .as_ref()
                    .and_then(|was| was.calls.get(*name))
                    .is_some_and(|(before, _)| before != stands);
                if same > 0 || there.is_empty() || there.len() + usize::from(turned) < 2 {
                    continue;
                }
                let (here, elsewhere) = match stands {
                    Stands::Before => ("before", "after"),
                    Stands::After => ("after", "before"),
                };
                remarks.push(Remark {
                    path: file.path().clone(),
                    draft: Draft::new(ORDER, *span).titled(format!(
                        "`{name}` stands {here} the commit here, and {elsewhere} it in the rest of the file"
                    )),
                    message: format!(
                        "{} of this file call `{name}` {elsewhere} the commit. Keep that order, or say why this one differs.",
                        match there.len() {
                            1 => "Another function".to_owned(),
                            count => format!("{count} functions"),
                        }
                    ),
                    evidence: there
                        .iter()
                        .take(3)
                        .map(|(span, other)| Evidence {
                            path: file.path().clone(),
                            span: *span,
                            note: format!("`{other}` calls it {elsewhere} the commit"),
                        })
                        .collect(),
                    elsewhere: Some("the commit went to its other side".to_owned()),
                });
                break;
            }
        }
    }
    remarks
}

/// The calls of a body, in order.
fn calls<'s>(side: &'s Side, of: &Definition) -> Vec<(&'s str, Span)> {
    let body = Span {
        start: of.signature.end,
        end: of.span.end,
    };
    let mut calls: Vec<(&str, Span)> = side
        .outline
        .references
        .iter()
        .filter(|one| one.kind == ReferenceKind::Call && body.contains(one.span))
        .map(|one| (one.name.as_str(), one.span))
        .collect();
    calls.sort_by_key(|(_, span)| span.start);
    calls
}

fn is_commit(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "commit" | "commit_transaction" | "committransaction" | "commitasync" | "commit_async"
    )
}

/// How the calls of one function stand to its commits.
struct Orders<'s> {
    /// Its first commit.
    commit: Span,
    /// What stands wholly on one side of all commits, with its first place.
    calls: BTreeMap<&'s str, (Stands, Span)>,
}

/// The orders of a function; `None` where it commits nothing.
fn orders<'s>(side: &'s Side, of: &Definition) -> Option<Orders<'s>> {
    let calls = calls(side, of);
    let mut commits = calls.iter().filter(|(name, _)| is_commit(name));
    let first = commits.next()?.1;
    let last = commits.next_back().map_or(first, |(_, span)| *span);
    let mut found: BTreeMap<&str, (Option<Stands>, Span)> = BTreeMap::new();
    for (name, span) in calls {
        let lower = name.to_ascii_lowercase();
        if !EFFECTS.iter().any(|effect| lower.starts_with(effect)) {
            continue;
        }
        let stands = match () {
            () if span.end <= first.start => Some(Stands::Before),
            () if span.start >= last.end => Some(Stands::After),
            () => None,
        };
        found
            .entry(name)
            .and_modify(|known| {
                if known.0 != stands {
                    known.0 = None;
                }
            })
            .or_insert((stands, span));
    }
    let calls = found.into_iter();
    Some(Orders {
        commit: first,
        calls: calls
            .filter_map(|(name, (stands, span))| Some((name, (stands?, span))))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn shop(last: &str) -> String {
        let pays = |name: &str, first: &str, second: &str| {
            format!(
                "    def {name}(self, order):\n        self.db.save(order)\n        self.{first}\n        self.{second}\n"
            )
        };
        let (commit, publish) = ("db.commit()", "bus.publish(order)");
        let last = match last {
            "" => String::new(),
            "before" => pays("ship", publish, commit),
            _ => pays("ship", commit, publish),
        };
        format!(
            "class Shop:\n{}{}{last}",
            pays("pay", commit, publish),
            pays("refund", commit, publish)
        )
    }

    #[test]
    fn what_is_announced_before_the_commit_is_told() {
        let fixture = |last| format!("//- old a.py\n{}//- new a.py\n{}", shop(""), shop(last));
        check(
            &fixture("before"),
            &[
                "a.py:12 analysis/transaction-order: `publish` stands before the commit here, and after it in the rest of the file",
                "  a.py:5 `pay` calls it after the commit",
                "  a.py:9 `refund` calls it after the commit",
            ],
        );
        check(&fixture("after"), &[]);
    }
}
