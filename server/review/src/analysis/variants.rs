//! Variants that a choice does not handle: one that the change adds, or one whose case it takes away.
//!
//! A choice that lists every other variant by name and has no default was complete and no longer is. Where the compiler
//! refuses such a choice the remark only names the places before it does.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use base::{Category, Definition, Evidence, RelPath, Severity, Span, SymbolKind};
use syntax::{Choice, Language, Tree};

use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::{About, Draft};
use crate::semantic::{ChangedFile, SymbolChange, What, is_callable, is_type};

const UNHANDLED: &str = "analysis/variant-not-handled";

pub(super) const ABOUT: &[About] = &[About {
    id: UNHANDLED,
    category: Category::Bug,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "A choice between variants does not handle this one",
    why: "A choice lists the other variants of this enumeration one by one and has nothing for the rest, so the one that \
          the change adds (or whose case it removes) falls through it in silence, or does not compile. Add a case for it \
          at the places that are listed, or a default that says what happens.",
    bad: "enum State { Open, Closed, Held }  // Held is new\n\nswitch (state) {\n  case State.Open: return 1;\n  case State.Closed: return 2;\n}\n",
    good: "switch (state) {\n  case State.Open: return 1;\n  case State.Closed: return 2;\n  case State.Held: return 3;\n}\n",
    cwe: Some(478),
    references: &[],
}];

/// Files that mention a variant and are read.
const MAX_FILES: usize = 40;
/// How long one of them may take to parse.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            match symbol.what {
                What::Added => remarks.extend(added(around, file, symbol)),
                What::Body | What::Signature => remarks.extend(case_removed(around, file, symbol)),
                _ => {}
            }
        }
    }
    remarks
}

/// A new variant of an enumeration that was there.
fn added(around: &Around<'_>, file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let variant = file.new_of(symbol)?;
    let outline = &file.new.outline;
    let whole = outline.definitions.get(variant.parent? as usize)?;
    let is_enum = whole.kind == SymbolKind::Enum
        || whole.kind == SymbolKind::Class && is_enum_class(file.new.slice(whole.signature));
    if !is_enum || variant.kind != SymbolKind::Constant && variant.kind != SymbolKind::Field {
        return None;
    }
    let siblings: BTreeSet<&str> = outline
        .definitions
        .iter()
        .filter(|one| one.parent == variant.parent && one.kind == variant.kind)
        .map(|one| one.name.as_str())
        .collect();
    // Only those that were there before can have been listed.
    let old: BTreeSet<&str> = file
        .old
        .outline
        .definitions
        .iter()
        .map(|one| one.name.as_str())
        .filter(|name| siblings.contains(name))
        .collect();
    if old.len() < 2 || old.contains(variant.name.as_str()) {
        return None;
    }
    let choices = incomplete(around, file.path(), &whole.name, &old, &variant.name);
    if choices.is_empty() {
        return None;
    }
    Some(remark(
        file.path(),
        variant.name_span,
        whole,
        variant,
        choices,
    ))
}

/// `class State(Enum)`.
fn is_enum_class(signature: &str) -> bool {
    [
        "Enum)",
        "IntEnum)",
        "StrEnum)",
        "Flag)",
        "Enum,",
        "TextChoices)",
        "IntegerChoices)",
    ]
    .iter()
    .any(|base| signature.contains(base))
}

/// The choices that list all of `names` and neither `missing` nor the rest.
fn incomplete(
    around: &Around<'_>,
    path: &RelPath,
    whole: &str,
    names: &BTreeSet<&str>,
    missing: &str,
) -> Vec<(RelPath, Span)> {
    // A file with an enumeration of that name means its own.
    let has_its_own = |other: &RelPath| {
        other != path
            && around.index.outline(other).is_some_and(|file| {
                let mut all = file.outline.definitions.iter();
                all.any(|one| one.name == whole && is_type(one.kind))
            })
    };
    // The name that is mentioned least leads to the fewest files.
    let mentions = names
        .iter()
        .map(|name| around.index.references(name, MAX_FILES * 4))
        .min_by_key(Vec::len)
        .unwrap_or_default();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for mention in mentions {
        if seen.len() >= MAX_FILES || !seen.insert(mention.path.clone()) {
            continue;
        }
        if has_its_own(&mention.path) {
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
        for choice in tree.choices(Span::new(0, text.len())) {
            let cases = cases(text.as_str(), &choice);
            let lists_all = names.iter().all(|name| cases.contains(*name));
            if lists_all && !choice.rest && !cases.contains(missing) {
                found.push((mention.path.clone(), choice.span));
            }
        }
    }
    found
}

/// The last segment of what each case is for.
fn cases<'t>(text: &'t str, choice: &Choice) -> HashSet<&'t str> {
    let mut names = HashSet::new();
    for case in &choice.cases {
        let case = text.get(case.range()).unwrap_or_default();
        // A guard is not part of what the case is for.
        let case = case.split(" if ").next().unwrap_or(case);
        for alternative in case.split(['|', ',']) {
            let head = alternative
                .split(['(', '{'])
                .next()
                .unwrap_or_default()
                .trim();
            let last = head
                .rsplit(['.', ':', '>', '\\'])
                .next()
                .unwrap_or(head)
                .trim();
            names.insert(last.trim_matches(['"', '\'']));
        }
    }
    names
}

fn remark(
    path: &RelPath,
    at: Span,
    whole: &Definition,
    variant: &Definition,
    mut choices: Vec<(RelPath, Span)>,
) -> Remark {
    choices.sort();
    choices.dedup();
    let count = choices.len();
    choices.truncate(MAX_EVIDENCE);
    let (name, of) = (&variant.name, &whole.name);
    let how_many = match count {
        1 => "1 choice lists".to_owned(),
        count => format!("{count} choices list"),
    };
    Remark {
        path: path.clone(),
        draft: Draft::new(UNHANDLED, at).titled(format!(
            "`{name}` is new in `{of}`, and {how_many} all others but not it"
        )),
        message: format!(
            "Each of the places below lists every other variant of `{of}` and has no default. Add a case for `{name}` there."
        ),
        evidence: choices
            .into_iter()
            .map(|(path, span)| Evidence {
                path,
                span,
                note: format!("has no case for `{name}`"),
            })
            .collect(),
        elsewhere: None,
    }
}

/// A case that is gone from a choice although its variant is still there.
fn case_removed(around: &Around<'_>, file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let (before, after) = (file.old_of(symbol)?, file.new_of(symbol)?);
    if !is_callable(after.kind) {
        return None;
    }
    let (old_tree, new_tree) = (file.old.tree.as_ref()?, file.new.tree.as_ref()?);
    let (old, new) = (old_tree.choices(before.span), new_tree.choices(after.span));
    if old.len() != new.len() {
        return None;
    }
    for (was, is) in old.iter().zip(&new) {
        let subject = |choice: &Choice, side: &crate::semantic::Side| {
            choice.subject.map(|span| side.slice(span).to_owned())
        };
        if is.rest || was.rest || subject(was, &file.old) != subject(is, &file.new) {
            continue;
        }
        let text = |side: &crate::semantic::Side| side.text.clone();
        let (old_text, new_text) = (text(&file.old)?, text(&file.new)?);
        let (had, has) = (cases(old_text.as_str(), was), cases(new_text.as_str(), is));
        let mut lost: Vec<&str> = had.difference(&has).copied().collect();
        lost.sort_unstable();
        // One case, perhaps for several; what is left was there before.
        if lost.is_empty() || lost.len() > 3 || has.len() < 2 || !has.is_subset(&had) {
            continue;
        }
        let found = lost.iter().find_map(|name| {
            let found = around.index.definitions(name, 20);
            let is_case = |kind| {
                !matches!(
                    kind,
                    SymbolKind::Section
                        | SymbolKind::Key
                        | SymbolKind::Function
                        | SymbolKind::Method
                )
            };
            let found = found
                .into_iter()
                .find(|found| is_case(found.definition.kind))?;
            Some((*name, found))
        });
        let Some((name, found)) = found else { continue };
        return Some(Remark {
            path: file.path().clone(),
            draft: Draft::new(UNHANDLED, is.subject.unwrap_or(is.span)).titled(format!(
                "This choice no longer has a case for `{name}`, which still exists"
            )),
            message: format!(
                "The change takes the case for `{name}` away and leaves nothing for the rest, while {} still defines it. \
                 Put the case back, or add a default that says what happens.",
                found.path
            ),
            evidence: vec![Evidence {
                path: found.path,
                span: found.definition.name_span,
                note: "still defines it".to_owned(),
            }],
            elsewhere: Some("a case of it was removed".to_owned()),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(choice: &str) -> String {
        format!(
            "//- old state.ts\nexport enum State {{ Open, Closed }}\n\
             //- new state.ts\nexport enum State {{ Open, Closed, Held }}\n\
             //- use.ts\nimport {{ State }} from \"./state\";\nexport function rank(state: State) {{\n  {choice}\n}}\n"
        )
    }

    #[test]
    fn a_new_variant_is_missed_by_a_choice_that_lists_the_others() {
        check(
            &with("switch (state) { case State.Open: return 1; case State.Closed: return 2; }"),
            &[
                "state.ts:1 analysis/variant-not-handled: `Held` is new in `State`, and 1 choice lists all others but not it",
                "  use.ts:3 has no case for `Held`",
            ],
        );
    }

    #[test]
    fn a_default_a_part_or_a_case_of_its_own_is_enough() {
        for choice in [
            "switch (state) { case State.Open: return 1; case State.Closed: return 2; default: return 3; }",
            "switch (state) { case State.Open: return 1; }",
            "switch (state) { case State.Open: return 1; case State.Closed: return 2; case State.Held: return 3; }",
        ] {
            check(&with(choice), &[]);
        }
    }

    #[test]
    fn a_case_that_is_gone_while_its_variant_stays_is_told() {
        let file =
            |cases: &str| format!("function rank(state) {{\n  switch (state) {{ {cases} }}\n}}\n");
        let (open, closed, held) = (
            "case State.Open: return 1;",
            "case State.Closed: return 2;",
            "case State.Held: return 3;",
        );
        check(
            &format!(
                "//- state.ts\nexport enum State {{ Open, Closed, Held }}\n//- old use.ts\n{}//- new use.ts\n{}",
                file(&format!("{open} {closed} {held}")),
                file(&format!("{open} {closed}")),
            ),
            &[
                "use.ts:2 analysis/variant-not-handled: This choice no longer has a case for `Held`, which still exists",
                "  state.ts:1 still defines it",
            ],
        );
    }
}
