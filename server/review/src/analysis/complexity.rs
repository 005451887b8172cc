//! Complexity: functions that this change makes hard to follow.
//!
//! Only what the change did is told: a function that was hard before and did not get harder is nobody's business now.

use base::{Category, Definition, ReferenceKind, Severity, Text};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::semantic::{ChangedFile, Side, SymbolChange, What, is_callable};
use crate::settings::Limits;

const HARDER: &str = "analysis/complexity-jump";
const LONGER: &str = "analysis/function-outgrew-its-neighbours";
const LARGER: &str = "analysis/file-outgrew-its-neighbours";

/// Lines of a file below which its size is nobody's trouble, as a multiple of what is long for a function.
const FILE_TIMES: u32 = 8;
/// Files beside it that are looked at.
const MAX_BESIDE: usize = 40;

pub(super) const ABOUT: &[About] = &[
    About {
        id: HARDER,
        category: Category::Maintainability,
        severity: Severity::Info,
        confidence: 0.8,
        title: "The change makes a function hard to follow",
        why: "Cognitive complexity counts the breaks in the flow of a function, and those that are nested more. The change \
              raises it well past the usual limit of 15. Take the nested part out into a function with a name, or return \
              early.",
        bad: "def route(order):\n    if order.paid:\n        for line in order.lines:\n            if line.stock:\n                while line.open:\n                    if line.late or line.lost and not line.sent:\n                        ...\n",
        good: "def route(order):\n    if not order.paid:\n        return\n    for line in order.lines:\n        route_line(line)\n",
        cwe: Some(1121),
        references: &["https://www.sonarsource.com/resources/cognitive-complexity/"],
    },
    About {
        id: LONGER,
        category: Category::Maintainability,
        severity: Severity::Hint,
        confidence: 0.7,
        title: "The change makes a function much longer than those around it",
        why: "The function is several times as long as is usual in this file, and the change added much of that. What \
              was added is often a step with a name of its own; give it a function.",
        bad: "",
        good: "",
        cwe: Some(1080),
        references: &[],
    },
    About {
        id: LARGER,
        category: Category::Maintainability,
        severity: Severity::Hint,
        confidence: 0.7,
        title: "The change makes a file much larger than those beside it",
        why: "The file is several times as long as is usual in its folder, and the change took it there. What was added often \
              belongs to a file of its own, where it is found by its name.",
        bad: "",
        good: "",
        cwe: Some(1080),
        references: &[],
    },
];

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let limits = &around.settings.limits;
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            let Some(after) = file.new_of(symbol) else {
                continue;
            };
            if !is_callable(after.kind)
                || after.is_test
                || matches!(symbol.what, What::MovedFrom(..))
            {
                continue;
            }
            let remark =
                harder(limits, file, symbol, after).or_else(|| longer(limits, file, symbol, after));
            remarks.extend(remark);
        }
        remarks.extend(larger(around, file));
    }
    remarks
}

/// A file that this change took past what is usual in its folder.
fn larger(around: &Around<'_>, file: &ChangedFile) -> Option<Remark> {
    let limits = &around.settings.limits;
    let count = |text: &Option<Text>| {
        text.as_ref()
            .map_or(0, |text| text.as_str().lines().count() as u32)
    };
    let (before, now) = (count(&file.old.text), count(&file.new.text));
    let least = limits.function_lines * FILE_TIMES;
    let is_code = file.new.language().is_some_and(|it| it.is_code());
    if !is_code || now < least || now < before + limits.function_growth {
        return None;
    }
    let path = file.path();
    let beside = around.index.files().into_iter().filter(|(other, _)| {
        other.parent() == path.parent() && other.extension() == path.extension() && other != path
    });
    let mut others: Vec<u32> = beside
        .take(MAX_BESIDE)
        .filter_map(|(other, _)| Some(count(&Some(around.text(&other)?))))
        .collect();
    others.sort_unstable();
    // Among few neighbours nothing is usual.
    let median = others.get(others.len() / 2).filter(|_| others.len() >= 4)?;
    let usual = (median * limits.function_times).max(least);
    if now < usual || before >= usual {
        return None;
    }
    let first = file.new.spans.first().copied()?;
    Some(Remark {
        path: path.clone(),
        draft: Draft::new(LARGER, first).titled(format!(
            "This file is {now} lines long now, its neighbours {median}"
        )),
        message: format!(
            "The change takes the file from {before} to {now} lines, where half the files of its folder have at most \
             {median}. Give what was added a file of its own."
        ),
        evidence: Vec::new(),
        elsewhere: None,
    })
}

fn harder(
    limits: &Limits,
    file: &ChangedFile,
    symbol: &SymbolChange,
    after: &Definition,
) -> Option<Remark> {
    let now = complexity(&file.new, after, symbol.new?);
    if now < limits.complexity {
        return None;
    }
    let before = match (file.old_of(symbol), symbol.old) {
        (Some(before), Some(index)) => complexity(&file.old, before, index),
        _ => 0,
    };
    if now < before + limits.complexity_rise {
        return None;
    }
    let name = &after.name;
    let (title, what) = if symbol.old.is_some() {
        (
            format!("The cognitive complexity of `{name}` rises from {before} to {now}"),
            format!(
                "The change raises the cognitive complexity of `{name}` from {before} to {now}; 15 is the usual limit."
            ),
        )
    } else {
        (
            format!("`{name}` is new and has a cognitive complexity of {now}"),
            format!("`{name}` has a cognitive complexity of {now}; 15 is the usual limit."),
        )
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(HARDER, after.name_span).titled(title),
        message: format!("{what} Give the deepest part a function of its own, or return early."),
        evidence: Vec::new(),
        elsewhere: Some("its body changed".to_owned()),
    })
}

fn longer(
    limits: &Limits,
    file: &ChangedFile,
    symbol: &SymbolChange,
    after: &Definition,
) -> Option<Remark> {
    let now = lines(&file.new, after)?;
    let before = file
        .old_of(symbol)
        .and_then(|before| lines(&file.old, before))
        .unwrap_or(0);
    if now < limits.function_lines || now < before + limits.function_growth {
        return None;
    }
    let mut others: Vec<u32> = file
        .new
        .outline
        .definitions
        .iter()
        .filter(|one| is_callable(one.kind) && one.span != after.span)
        .filter_map(|one| lines(&file.new, one))
        .collect();
    others.sort_unstable();
    // Among few neighbours nothing is usual.
    let median = others.get(others.len() / 2).filter(|_| others.len() >= 4)?;
    if now < median * limits.function_times {
        return None;
    }
    let name = &after.name;
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(LONGER, after.name_span).titled(format!(
            "`{name}` is {now} lines long, its neighbours {median}"
        )),
        message: format!(
            "The change takes `{name}` from {before} to {now} lines, where half the functions of this file have at most \
             {median}. Give what was added a function of its own."
        ),
        evidence: Vec::new(),
        elsewhere: Some("its body changed".to_owned()),
    })
}

fn complexity(side: &Side, definition: &Definition, index: u32) -> u32 {
    let structure = side
        .tree
        .as_ref()
        .map_or(0, |tree| tree.cognitive_complexity(definition.span));
    let recursive = side.outline.references.iter().any(|one| {
        one.kind == ReferenceKind::Call
            && one.within == Some(index)
            && one.name == definition.name
            && matches!(
                one.qualifier.as_deref(),
                None | Some("self" | "this" | "Self")
            )
    });
    structure + u32::from(recursive)
}

fn lines(side: &Side, definition: &Definition) -> Option<u32> {
    let index = side.text.as_ref()?.lines();
    let last = definition.span.end.saturating_sub(1);
    Some(index.line_of(last) + 1 - index.line_of(definition.span.start))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn a_file_that_outgrows_its_folder_is_told() {
        let beside: String = (0..4)
            .map(|at| format!("//- lib/n{at}.py\n{}", "x = 1\n".repeat(50)))
            .collect();
        let fixture = |old: usize, new: usize| {
            format!(
                "//- old lib/a.py\n{}//- new lib/a.py\n{}{beside}",
                "x = 1\n".repeat(old),
                "x = 1\n".repeat(new)
            )
        };
        check(
            &fixture(900, 1_000),
            &[
                "lib/a.py:901 analysis/file-outgrew-its-neighbours: This file is 1000 lines long now, its neighbours 50",
            ],
        );
        check(&fixture(970, 1_080), &[]);
        check(&fixture(300, 500), &[]);
    }
}
