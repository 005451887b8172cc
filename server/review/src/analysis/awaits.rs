//! Missing await: an asynchronous function of the workspace, called on a changed line, whose work nobody waits for.

use std::collections::HashSet;
use std::time::Duration;

use base::search::FoundDefinition;
use base::{Category, Definition, Evidence, ReferenceKind, Severity, Span};
use syntax::{Call, Language, Outcome, Tree};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::Resolver;
use crate::semantic::{ChangedFile, Side, SymbolChange, What, is_callable};

const MISSING: &str = "analysis/missing-await";

pub(super) const ABOUT: &[About] = &[About {
    id: MISSING,
    category: Category::Bug,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "The result of an asynchronous function is not awaited",
    why: "The function is asynchronous and its other calls are awaited; this one starts the work, or in Python does not \
          even start it, and goes on. Its errors are lost and what follows may run first. Await it, or keep the result \
          and wait for it later.",
    bad: "async def save(order):\n    ...\n\nasync def close(order):\n    save(order)\n",
    good: "async def close(order):\n    await save(order)\n",
    cwe: None,
    references: &[],
}];

/// How sure it must be that the call leads to the function.
const SURE: f32 = 0.7;
/// Files with other calls that are read.
const MAX_FILES: usize = 20;
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut told = HashSet::new();
    let resolver = Resolver::new(around.index);
    for file in &around.semantic.files {
        let Some(tree) = &file.new.tree else { continue };
        if !matches!(
            tree.language().name(),
            "python" | "javascript" | "typescript" | "tsx" | "csharp"
        ) {
            continue;
        }
        if let Some(text) = &file.new.text {
            resolver.know(file.path(), text.hash(), &file.new.outline);
        }
        for symbol in &file.symbols {
            let taken = taken_away(around, file, symbol);
            remarks.extend(
                taken
                    .filter(|(at, _)| told.insert((file.path().clone(), *at)))
                    .map(|(_, remark)| remark),
            );
        }
        for lines in &file.new.spans {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            for call in tree.calls(*lines) {
                let is_lost = call.outcome == Outcome::Dropped && !call.awaited;
                if is_lost
                    && file.new.is_changed(call.name)
                    && told.insert((file.path().clone(), call.name))
                {
                    remarks.extend(judge(around, &resolver, file, tree.language(), &call));
                }
            }
        }
    }
    remarks
}

fn judge(
    around: &Around<'_>,
    resolver: &Resolver<'_>,
    file: &ChangedFile,
    language: Language,
    call: &Call,
) -> Option<Remark> {
    let outline = &file.new.outline;
    let reference = outline
        .references
        .iter()
        .find(|one| one.span == call.name)?;
    // Where nothing can be awaited the caller starts it on purpose.
    let mut within = reference.within;
    let enclosing = loop {
        let around_it = outline.definitions.get(within? as usize)?;
        if is_callable(around_it.kind) || around_it.is_test {
            break around_it;
        }
        within = around_it.parent.filter(|parent| Some(*parent) < within);
    };
    if !enclosing.is_async {
        return None;
    }
    let found = resolver.definitions_of(file.path(), reference);
    let target = found.first().filter(|first| first.confidence >= SURE)?;
    let definition = &target.definition;
    if !definition.definition.is_async || !is_callable(definition.definition.kind) {
        return None;
    }
    // What hands on to another thing's method of its own name does not call itself.
    let is_own = reference
        .qualifier
        .as_deref()
        .is_none_or(|one| matches!(one, "self" | "this" | "cls" | "super"));
    if !is_own && definition.definition.name == enclosing.name {
        return None;
    }
    around.text_as_indexed(&definition.path, definition.hash)?;
    let (awaited, others) = habits(around, file, call, definition);
    // A coroutine that is dropped never runs; a promise may be left to itself.
    let is_customary = language.name() == "python" || awaited >= 1 && awaited * 5 >= others * 4;
    if !is_customary {
        return None;
    }
    let name = &definition.definition.name;
    let habit = match others {
        0 => String::new(),
        others => format!(", and {awaited} of {others} other calls await it"),
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(MISSING, call.name)
            .titled(format!("`{name}` is asynchronous and is not awaited here")),
        message: format!(
            "`{name}` in {} is asynchronous{habit}. Await this call, or keep its result and wait for it later.",
            definition.path
        ),
        evidence: vec![Evidence {
            path: definition.path.clone(),
            span: definition.definition.signature,
            note: "is asynchronous".to_owned(),
        }],
        elsewhere: None,
    })
}

/// An `await` that the change takes from a call which stays as it is.
fn taken_away(
    around: &Around<'_>,
    file: &ChangedFile,
    symbol: &SymbolChange,
) -> Option<(Span, Remark)> {
    let (before, after) = (file.old_of(symbol)?, file.new_of(symbol)?);
    if symbol.what != What::Body || !before.is_async || !after.is_async {
        return None;
    }
    let (old_tree, new_tree) = (file.old.tree.as_ref()?, file.new.tree.as_ref()?);
    let (old, new) = (old_tree.calls(before.span), new_tree.calls(after.span));
    let count = |calls: &[Call], side: &Side, name: &str, awaited: bool| {
        let named = calls.iter().filter(|call| side.slice(call.name) == name);
        named.filter(|call| call.awaited == awaited).count()
    };
    let lost = new.iter().find(|call| {
        let name = file.new.slice(call.name);
        call.outcome == Outcome::Dropped
            && !call.awaited
            && file.new.is_changed(call.name)
            && count(&new, &file.new, name, true) + 1 == count(&old, &file.old, name, true)
            && count(&new, &file.new, name, false) == count(&old, &file.old, name, false) + 1
    })?;
    let name = file.new.slice(lost.name);
    // It became synchronous with this change, or always was.
    let defined = around.index.definitions(name, 10);
    let is_sync = !defined.is_empty()
        && defined
            .iter()
            .all(|found| !found.definition.is_async && !returns_promise(&found.definition));
    let text = file.new.text.as_ref()?;
    let others = new_tree.calls(Span::new(0, text.len()));
    let others: Vec<&Call> = others
        .iter()
        .filter(|other| other.name != lost.name && file.new.slice(other.name) == name)
        .collect();
    let waits = others.iter().find(|other| other.awaited)?;
    if is_sync
        || others
            .iter()
            .any(|other| !other.awaited && other.outcome == Outcome::Dropped)
    {
        return None;
    }
    let remark = Remark {
        path: file.path().clone(),
        draft: Draft::new(MISSING, lost.name)
            .titled(format!("`{name}` was awaited here and no longer is")),
        message: format!(
            "The change takes the `await` away from this call, while the other calls of `{name}` in this file keep it. \
             Await it, or keep its result and wait for it later."
        ),
        evidence: vec![Evidence {
            path: file.path().clone(),
            span: waits.span,
            note: "is awaited".to_owned(),
        }],
        elsewhere: None,
    };
    Some((lost.name, remark))
}

/// Whether a function says that what it returns is to be awaited.
pub(super) fn returns_promise(definition: &Definition) -> bool {
    let returns = definition.returns.as_deref().unwrap_or_default();
    ["Promise", "Task", "Awaitable", "Coroutine", "Future"]
        .iter()
        .any(|name| returns.contains(name))
}

/// How many of the other calls are awaited, and how many there are.
fn habits(
    around: &Around<'_>,
    file: &ChangedFile,
    call: &Call,
    definition: &FoundDefinition,
) -> (usize, usize) {
    let mentions = around
        .index
        .references(&definition.definition.name, MAX_FILES);
    let mut seen = HashSet::new();
    let (mut awaited, mut others) = (0, 0);
    for mention in mentions {
        if mention.reference.kind != ReferenceKind::Call || !seen.insert(mention.path.clone()) {
            continue;
        }
        let Some(text) = around.text_as_indexed(&mention.path, mention.hash) else {
            continue;
        };
        let tree = match around.semantic.file(&mention.path) {
            Some(file) => file.new.tree.clone(),
            None => Language::of(&mention.path, &text)
                .and_then(|language| Tree::parse(language, &text, PATIENCE).ok()),
        };
        let Some(tree) = tree else { continue };
        for other in tree.calls(Span::new(0, text.len())) {
            let is_it = text.slice(other.name) == Some(definition.definition.name.as_str());
            let is_this = mention.path == *file.path() && other.name == call.name;
            if is_it && !is_this {
                others += 1;
                awaited += usize::from(other.awaited);
            }
        }
    }
    (awaited, others)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn python(call: &str) -> String {
        format!(
            "//- store.py\nasync def save(order):\n    pass\n//- old a.py\nfrom store import save\n\
             //- new a.py\nfrom store import save\n\nasync def close(order):\n    {call}\n"
        )
    }

    #[test]
    fn a_coroutine_that_is_dropped_never_runs() {
        check(
            &python("save(order)"),
            &[
                "a.py:4 analysis/missing-await: `save` is asynchronous and is not awaited here",
                "  store.py:1 is asynchronous",
            ],
        );
        check(&python("await save(order)"), &[]);
        check(&python("task = spawn(save(order))"), &[]);
    }

    #[test]
    fn a_promise_is_awaited_where_the_others_are() {
        let file = |other: &str| {
            format!(
                "//- store.ts\nexport async function save(order: Order) {{ await put(order); }}\n\
                 //- b.ts\nimport {{ save }} from \"./store\";\nasync function b(order: Order) {{ {other} }}\n\
                 //- old a.ts\nimport {{ save }} from \"./store\";\n\
                 //- new a.ts\nimport {{ save }} from \"./store\";\nasync function close(order: Order) {{\n  save(order);\n}}\n"
            )
        };
        check(
            &file("await save(order);"),
            &[
                "a.ts:3 analysis/missing-await: `save` is asynchronous and is not awaited here",
                "  store.ts:1 is asynchronous",
            ],
        );
        check(&file("save(order);"), &[]);
    }

    #[test]
    fn an_await_that_is_taken_away_is_told() {
        let file = |first: &str| {
            format!(
                "async def close(page):\n    {first}page.wait_for(1)\n    await page.wait_for(2)\n    await page.wait_for(3)\n"
            )
        };
        check(
            &format!("//- old a.py\n{}//- new a.py\n{}", file("await "), file("")),
            &[
                "a.py:2 analysis/missing-await: `wait_for` was awaited here and no longer is",
                "  a.py:3 is awaited",
            ],
        );
        check(
            &format!(
                "//- old a.py\n{}//- new a.py\n{}",
                file("await "),
                file("task = ")
            ),
            &[],
        );
    }
}
