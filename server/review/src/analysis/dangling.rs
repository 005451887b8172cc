//! Dangling references: what the change took away or renamed and other code still names.

use std::collections::HashSet;

use base::search::FoundReference;
use base::{Category, ReferenceKind, Severity, SymbolKind};

use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::{About, Draft};
use crate::context::users;
use crate::semantic::{ChangedFile, SymbolChange, What, is_callable, is_type};

const GONE: &str = "analysis/dangling-reference";

pub(super) const ABOUT: &[About] = &[About {
    id: GONE,
    category: Category::Bug,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "What this names is gone",
    why: "The change takes a definition away or renames it, and code that was not changed still uses the old name. It \
          will not compile, or fails when it is reached. Use the new name, or keep the old one until nobody needs it.",
    bad: "# rates.py\ndef read_rates(path):  # was: load_rates\n    ...\n\n# quote.py, not changed\nfrom rates import load_rates\n",
    good: "# quote.py\nfrom rates import read_rates\n",
    cwe: None,
    references: &[],
}];

/// How sure a link between a mention and what is gone must be.
const SURE: f32 = 0.8;
/// Files in which one name is looked for.
const MAX_FILES: usize = 300;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            remarks.extend(gone(around, file, symbol));
        }
    }
    remarks
}

fn gone(around: &Around<'_>, file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let renamed = match symbol.what {
        What::Removed => None,
        What::Renamed => Some(&file.new_of(symbol)?.name),
        _ => return None,
    };
    let (index, before) = (symbol.old?, file.old_of(symbol)?);
    let is_named = is_callable(before.kind)
        || is_type(before.kind)
        || matches!(before.kind, SymbolKind::Constant | SymbolKind::Macro);
    // What is inside something that is gone goes with it; one remark is enough.
    let parent_is_gone = before.parent.is_some_and(|parent| {
        file.symbols
            .iter()
            .any(|other| other.old == Some(parent) && other.what == What::Removed)
    });
    if !is_named || before.is_test || parent_is_gone || still_there(file, &before.name) {
        return None;
    }
    // A method may be inherited, or another type's: only a name that nobody else defines is surely gone.
    let is_member = before.kind == SymbolKind::Method || before.owner.is_some();
    if is_member && !around.index.definitions(&before.name, 1).is_empty() {
        return None;
    }
    let qualified = file.old.qualified(index);
    let mut seen = HashSet::new();
    let mut mentions: Vec<FoundReference> = users(
        around.index,
        file.path(),
        &qualified,
        before.kind,
        MAX_FILES,
    )
    .into_iter()
    .filter(|(mention, sure)| *sure >= SURE && is_surely_it(mention, file, is_member))
    .map(|(mention, _)| mention)
    .filter(|mention| {
        around
            .text_as_indexed(&mention.path, mention.hash)
            .is_some()
    })
    .filter(|mention| seen.insert((mention.path.clone(), mention.reference.span)))
    .collect();
    mentions.sort_by(|a, b| (&a.path, a.reference.span).cmp(&(&b.path, b.reference.span)));
    let first = mentions.first()?.clone();
    let name = &before.name;
    let title = match renamed {
        Some(new) => format!("`{name}` was renamed to `{new}` and is still used here"),
        None => format!("`{name}` was removed and is still used here"),
    };
    let places = match mentions.len() {
        1 => "This place still uses it.".to_owned(),
        count => format!("It is still used in {count} places."),
    };
    let what = match renamed {
        Some(new) => format!(
            "{} no longer defines `{name}`, it is `{new}` now. {places} Use the new name.",
            file.path()
        ),
        None => format!(
            "{} no longer defines `{name}`. {places} Take it out there too, or keep the definition.",
            file.path()
        ),
    };
    let evidence = mentions
        .iter()
        .skip(1)
        .take(MAX_EVIDENCE)
        .map(|mention| around.evidence(mention, "uses it too".to_owned()))
        .collect();
    Some(Remark {
        path: first.path.clone(),
        draft: Draft::new(GONE, first.reference.span).titled(title),
        message: what,
        evidence,
        elsewhere: Some("it uses what the change took away".to_owned()),
    })
}

/// The file still knows the name: it defines another thing of that name, or imports it from elsewhere.
fn still_there(file: &ChangedFile, name: &str) -> bool {
    let outline = &file.new.outline;
    let defined = outline.definitions.iter().any(|one| one.name == name);
    let imported = outline.references.iter().any(|one| {
        one.kind == ReferenceKind::Import
            && (one.name == name || one.name == "*" || one.alias.as_deref() == Some(name))
    });
    defined || imported
}

/// A bare or imported name, or one that is said to be the object's own: what another type's could be is left out.
fn is_surely_it(mention: &FoundReference, file: &ChangedFile, is_member: bool) -> bool {
    let qualifier = mention.reference.qualifier.as_deref();
    match (is_member, qualifier) {
        (true, Some("self" | "this" | "Self" | "cls" | "@self")) => mention.path == *file.path(),
        (true, _) => false,
        (false, Some(_)) => mention.reference.kind != ReferenceKind::Use,
        (false, None) => true,
    }
}
