//! Ignored results: a call whose result the change drops, where its neighbours look at it.
//!
//! For languages in which a failure is told by what a function returns and nothing else asks for it: Go, C and C++. The
//! neighbours are all other calls of the same name in the workspace; where only one of them drops it as well, nothing is
//! said.

use base::{Category, Evidence, Reference, ReferenceKind, Severity, Text};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::semantic::ChangedFile;

const IGNORED: &str = "analysis/result-ignored";

pub(super) const ABOUT: &[About] = &[About {
    id: IGNORED,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.7,
    title: "The result is dropped here and looked at everywhere else",
    why: "All other calls of this function look at what it returns, which is how it tells that it failed. Here a failure goes \
          unnoticed. Look at the result, or assign it to the blank name and say why it does not matter.",
    bad: "// all others: if err := store.Flush(); err != nil { … }\nstore.Flush()\n",
    good: "if err := store.Flush(); err != nil {\n\treturn err\n}\n",
    cwe: Some(252),
    references: &["https://cwe.mitre.org/data/definitions/252.html"],
}];

/// Other calls that look at the result, at least.
const LEAST: usize = 3;
/// Calls of one name that are looked at.
const MAX_FILES: usize = 60;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        let is_of_results = file
            .new
            .language()
            .is_some_and(|language| matches!(language.name(), "go" | "c" | "cpp"));
        if around.cancel.is_cancelled() || !is_of_results {
            continue;
        }
        let Some(text) = &file.new.text else { continue };
        let mut told: Vec<&str> = Vec::new();
        for call in &file.new.outline.references {
            let is_new = call.kind == ReferenceKind::Call
                && file.new.is_changed(call.span)
                && !told.contains(&call.name.as_str())
                && stands_alone(text, call);
            if is_new && let Some(remark) = judge(around, file, call) {
                told.push(&call.name);
                remarks.push(remark);
            }
        }
    }
    remarks
}

fn judge(around: &Around<'_>, file: &ChangedFile, call: &Reference) -> Option<Remark> {
    let within = call
        .within
        .and_then(|at| file.new.outline.definitions.get(at as usize));
    if within.is_none_or(|one| one.is_test) {
        return None;
    }
    let (mut looked, mut dropped) = (Vec::new(), 0);
    for other in around.index.references(&call.name, MAX_FILES) {
        let is_itself = other.path == *file.path() && other.reference.span == call.span;
        let is_kin = other.reference.kind == ReferenceKind::Call
            && other.path.extension() == file.path().extension()
            && other.reference.arguments == call.arguments
            && other.reference.qualifier.is_some() == call.qualifier.is_some();
        if is_itself || !is_kin {
            continue;
        }
        let Some(text) = around.text_as_indexed(&other.path, other.hash) else {
            continue;
        };
        match stands_alone(&text, &other.reference) {
            true => dropped += 1,
            false => looked.push(other),
        }
    }
    if dropped > 0 || looked.len() < LEAST {
        return None;
    }
    let (name, count) = (&call.name, looked.len());
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(IGNORED, call.span).titled(format!(
            "The result of `{name}` is dropped here; {count} other calls look at it"
        )),
        message: format!(
            "Every other call of `{name}` uses what it returns. Look at it here too, or say why it does not matter."
        ),
        evidence: looked
            .iter()
            .take(3)
            .map(|other| Evidence {
                path: other.path.clone(),
                span: other.reference.span,
                note: "looks at the result".to_owned(),
            })
            .collect(),
        elsewhere: None,
    })
}

/// A statement that is this call and nothing else: what stands before it on its line is the way to it alone.
fn stands_alone(text: &Text, call: &Reference) -> bool {
    let all = text.as_str();
    let (start, end) = (call.span.start as usize, call.span.end as usize);
    let head = all.get(..start).unwrap_or_default();
    let line = head.rsplit('\n').next().unwrap_or_default().trim_start();
    let is_way = line
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '>'));
    let before = head.trim_end_matches(|c: char| c != '\n').trim_end();
    // A call that goes on from the line above is part of that.
    let is_start = before.is_empty()
        || before.ends_with([';', '{', '}', ':', ')'])
        || !before.ends_with([',', '(', '=', '&', '|', '+', '?']);
    let rest = all.get(end..).unwrap_or_default();
    let ends = rest.lines().next().is_some_and(|rest| {
        rest.starts_with('(') && rest.trim_end().ends_with([')', ';']) && !rest.contains(").")
    });
    is_way && is_start && ends
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn a_result_that_all_others_look_at_is_told() {
        let user = |name: &str| {
            format!(
                "//- {name}.go\npackage a\nfunc {name}(s *Store) error {{\n\tif err := s.Flush(1); err != nil {{\n\t\treturn err\n\t}}\n\treturn nil\n}}\n"
            )
        };
        let fixture = |line: &str, others: usize| {
            let all: String = ["b", "c", "d"]
                .iter()
                .take(others)
                .map(|name| user(name))
                .collect();
            format!(
                "//- old a.go\npackage a\nfunc a(s *Store) {{\n}}\n//- new a.go\npackage a\nfunc a(s *Store) {{\n\t{line}\n}}\n{all}"
            )
        };
        check(
            &fixture("s.Flush(1)", 3),
            &[
                "a.go:3 analysis/result-ignored: The result of `Flush` is dropped here; 3 other calls look at it",
                "  b.go:3 looks at the result",
                "  c.go:3 looks at the result",
                "  d.go:3 looks at the result",
            ],
        );
        check(&fixture("s.Flush(1)", 2), &[]);
        check(&fixture("_ = s.Flush(1)", 3), &[]);
        check(&fixture("return s.Flush(1)", 3), &[]);
    }
}
