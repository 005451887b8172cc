//! Resources: what is opened without the close that goes with it elsewhere, and locks taken in another order.
//!
//! Nothing is known of any library. That `open` goes with `close` is told by the words, and that it must do so here by the
//! function's own past or by its neighbours, which all close what they open.

use std::collections::BTreeSet;

use base::{Category, Definition, Evidence, Severity, Span};
use syntax::{Call, Outcome};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, Side, SymbolChange, What, is_callable};

const LEFT_OPEN: &str = "analysis/left-open";

pub(super) const ABOUT: &[About] = &[About {
    id: LEFT_OPEN,
    category: Category::Bug,
    severity: Severity::Info,
    confidence: 0.75,
    title: "What is opened here is not closed as it usually is",
    why: "This function opens, locks, subscribes or starts something and does not undo it, while it did so before the change \
          or every other function of the file does. The resource stays taken when the function returns. Close it on \
          every path, or use the language's own block for it.",
    bad: "def count(store):\n    session = store.acquire()\n    return session.rows()\n",
    good: "def count(store):\n    session = store.acquire()\n    try:\n        return session.rows()\n    finally:\n        store.release(session)\n",
    cwe: Some(772),
    references: &[],
}];

/// Words of a name that begins something, and those of the one that ends it.
const OPPOSITES: &[(&str, &[&str])] = &[
    ("open", &["close"]),
    ("fopen", &["fclose"]),
    ("acquire", &["release"]),
    ("lock", &["unlock"]),
    ("rlock", &["runlock"]),
    ("begin", &["end", "commit", "rollback", "finish"]),
    ("connect", &["disconnect", "close"]),
    ("subscribe", &["unsubscribe"]),
    ("add", &["remove"]),
    ("register", &["unregister", "deregister"]),
    ("attach", &["detach"]),
    ("retain", &["release"]),
    ("enter", &["exit", "leave"]),
    ("push", &["pop"]),
    ("malloc", &["free"]),
    ("alloc", &["free", "dealloc"]),
    ("save", &["restore"]),
    ("disable", &["enable"]),
    ("suspend", &["resume"]),
    ("pause", &["resume"]),
    ("mount", &["unmount", "umount"]),
    ("bind", &["unbind"]),
    ("pin", &["unpin"]),
    ("start", &["stop", "end", "finish"]),
    ("set", &["clear"]),
];
/// Words that end something only where the rest of both names is the same and is not empty (`addListener`).
const ONLY_WITH_MORE: &[&str] = &["add", "set", "start", "push", "save"];
/// Signs on a line that the language closes it by itself.
const BLOCKS: &[&str] = &[
    "with ",
    "using ",
    "using(",
    "try (",
    "defer ",
    "await using",
];
/// Other functions of the file that have to do it.
const NEIGHBOURS: usize = 2;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        if is_test_path(file.path()) {
            continue;
        }
        for symbol in &file.symbols {
            remarks.extend(lost(around, file, symbol).or_else(|| unusual(file, symbol)));
        }
    }
    remarks
}

/// The words that names in `text` are made of, in lower case: `addListener` gives `add` and `listener`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            open = false;
            before = ' ';
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let starts = c.is_uppercase() && (before.is_lowercase() || next_is_lower);
        if !open || starts {
            found.push(String::new());
        }
        if let Some(word) = found.last_mut() {
            word.extend(c.to_lowercase());
        }
        (open, before) = (true, c);
    }
    found
}

/// What could end what a name begins, in lower case and without what joins its words.
fn closers(name: &str) -> Vec<String> {
    let parts = words(name);
    let mut found = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let Some((_, ends)) = OPPOSITES.iter().find(|(begin, _)| begin == part) else {
            continue;
        };
        if ONLY_WITH_MORE.contains(&part.as_str()) && parts.len() == 1 {
            continue;
        }
        // `add` says so little that only `addListener` and its like count.
        if part == "add"
            && !parts.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "listener" | "observer" | "handler" | "watcher"
                )
            })
            || part == "set" && !parts.iter().any(|word| matches!(word.as_str(), "interval"))
        {
            continue;
        }
        for end in *ends {
            let mut other = parts.clone();
            if let Some(slot) = other.get_mut(at) {
                *slot = (*end).to_owned();
            }
            found.push(other.concat());
        }
        break;
    }
    found
}

fn is_one_of(name: &str, closers: &[String]) -> bool {
    closers.contains(&words(name).concat())
}

/// All that is called in a definition.
fn calls(side: &Side, definition: &Definition) -> Vec<Call> {
    let body = Span {
        start: definition.signature.end,
        end: definition.span.end,
    };
    side.tree
        .as_ref()
        .map(|tree| tree.calls(body))
        .unwrap_or_default()
}

fn line_of(side: &Side, at: u32) -> &str {
    let line = side.text.as_ref().and_then(|text| {
        let lines = text.lines();
        text.line(lines.line_of(at))
    });
    line.unwrap_or_default().trim()
}

/// It is closed by the language, kept for later, or given to somebody else.
fn is_looked_after(side: &Side, call: &Call) -> bool {
    let line = line_of(side, call.span.start);
    let target = line.split('=').next().unwrap_or_default();
    let is_kept = line.contains('=')
        && (target.contains('.')
            || target.contains("->")
            || target.starts_with('@')
            || target.contains('['));
    BLOCKS.iter().any(|block| line.contains(block))
        || is_kept
        || line.starts_with("return")
        || call.outcome == Outcome::Decides
}

/// Rust and C++ close what goes out of scope.
fn closes_by_itself(file: &ChangedFile) -> bool {
    file.new
        .language()
        .is_none_or(|language| matches!(language.name(), "rust" | "cpp" | "bash"))
}

/// A close that this very function had and lost, while it still opens.
fn lost(around: &Around<'_>, file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let (before, after) = (file.old_of(symbol)?, file.new_of(symbol)?);
    if !is_callable(after.kind) || after.is_test || symbol.what != What::Body {
        return None;
    }
    let (old, new) = (calls(&file.old, before), calls(&file.new, after));
    let count = |all: &[Call], side: &Side, name: &str| {
        all.iter()
            .filter(|call| side.slice(call.name) == name)
            .count()
    };
    for call in &new {
        let name = file.new.slice(call.name);
        let ends = closers(name);
        if ends.is_empty() || count(&old, &file.old, name) != count(&new, &file.new, name) {
            continue;
        }
        let ending = |all: &[Call], side: &Side| -> Vec<String> {
            let names = all.iter().map(|call| side.slice(call.name));
            names
                .filter(|name| is_one_of(name, &ends))
                .map(str::to_owned)
                .collect()
        };
        let (had, has) = (ending(&old, &file.old), ending(&new, &file.new));
        let Some(gone) = had.first().filter(|_| has.is_empty()) else {
            continue;
        };
        // It went into another function, or the language closes it now.
        let went = around.semantic.files.iter().any(|other| {
            other
                .new
                .spans
                .iter()
                .any(|span| other.new.slice(*span).contains(gone.as_str()))
        });
        // What ended it here is no more; whatever does it now has another name.
        let defines = |side: &Side| side.outline.definitions.iter().any(|one| one.name == *gone);
        if defines(&file.old) && !defines(&file.new) {
            continue;
        }
        let by_itself = BLOCKS
            .iter()
            .any(|block| line_of(&file.new, call.span.start).contains(block));
        if went || by_itself {
            continue;
        }
        return Some(Remark {
            path: file.path().clone(),
            draft: Draft::new(LEFT_OPEN, call.name)
                .titled(format!("`{name}` is still called here, `{gone}` no longer")),
            message: format!(
                "`{}` called `{gone}` for what `{name}` begins, and the change takes that away. Put it back, or say who \
                 does it now.",
                after.name
            ),
            evidence: Vec::new(),
            elsewhere: Some("what ended it was removed".to_owned()),
        });
    }
    None
}

/// A new call that begins something which every other function of the file ends as well.
fn unusual(file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let after = file.new_of(symbol)?;
    let is_new = matches!(symbol.what, What::Added | What::Body | What::Signature);
    if !is_callable(after.kind) || after.is_test || !is_new || closes_by_itself(file) {
        return None;
    }
    let here = calls(&file.new, after);
    let fresh = here.iter().find(|call| {
        let ends = closers(file.new.slice(call.name));
        !ends.is_empty()
            && file.new.is_changed(call.name)
            && !is_looked_after(&file.new, call)
            && !here
                .iter()
                .any(|other| is_one_of(file.new.slice(other.name), &ends))
    })?;
    let name = file.new.slice(fresh.name);
    let ends = closers(name);
    // It may be the one whose purpose is to begin it.
    if words(&after.name)
        .iter()
        .any(|word| words(name).contains(word))
    {
        return None;
    }
    let mut evidence = Vec::new();
    let mut endings = BTreeSet::new();
    for other in &file.new.outline.definitions {
        if !is_callable(other.kind) || other.span == after.span || other.is_test {
            continue;
        }
        let there = calls(&file.new, other);
        let Some(begins) = there.iter().find(|call| file.new.slice(call.name) == name) else {
            continue;
        };
        let end = there
            .iter()
            .find(|call| is_one_of(file.new.slice(call.name), &ends))?;
        endings.insert(file.new.slice(end.name).to_owned());
        evidence.push(Evidence {
            path: file.path().clone(),
            span: begins.name,
            note: format!("is followed by `{}`", file.new.slice(end.name)),
        });
    }
    let ending = endings.first().filter(|_| evidence.len() >= NEIGHBOURS)?;
    let count = evidence.len();
    evidence.truncate(3);
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(LEFT_OPEN, fresh.name)
            .titled(format!("`{name}` is not followed by `{ending}` here")),
        message: format!(
            "All {count} other functions of this file that call `{name}` call `{ending}` as well; `{}` does not. End it on \
             every path, or say who does.",
            after.name
        ),
        evidence,
        elsewhere: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn store(rest: &str) -> String {
        format!(
            "class Store:\n    def one(self, pool):\n        pool.acquire()\n        work(1)\n        pool.release()\n\n    \
             def two(self, pool):\n        pool.acquire()\n        work(2)\n        pool.release()\n{rest}"
        )
    }

    fn with(old: &str, new: &str) -> String {
        format!("//- old a.py\n{old}//- new a.py\n{new}")
    }

    #[test]
    fn a_close_that_is_gone_is_told() {
        let new = store("").replace("work(2)\n        pool.release()", "work(2)");
        check(
            &with(&store(""), &new),
            &["a.py:8 analysis/left-open: `acquire` is still called here, `release` no longer"],
        );
    }

    #[test]
    fn what_all_others_close_is_told() {
        let new = store("\n    def three(self, pool):\n        pool.acquire()\n        work(3)\n");
        check(
            &with(&store(""), &new),
            &[
                "a.py:13 analysis/left-open: `acquire` is not followed by `release` here",
                "  a.py:3 is followed by `release`",
                "  a.py:8 is followed by `release`",
            ],
        );
    }

    #[test]
    fn what_is_kept_handed_on_or_closed_by_a_block_is_fine() {
        for rest in [
            "\n    def three(self, pool):\n        with pool.acquire():\n            work(3)\n",
            "\n    def three(self, pool):\n        self.held = pool.acquire()\n        work(3)\n",
            "\n    def three(self, pool):\n        return pool.acquire()\n",
            "\n    def acquire_all(self, pool):\n        pool.acquire()\n        work(3)\n",
            "\n    def three(self, pool):\n        pool.acquire()\n        pool.release()\n",
        ] {
            check(&with(&store(""), &store(rest)), &[]);
        }
        let block = store("").replace(
            "        pool.acquire()\n        work(2)\n        pool.release()",
            "        with pool.acquire():\n            work(2)",
        );
        check(&with(&store(""), &block), &[]);
    }
}
