//! Docs drift: parameters that the documentation above a definition still names and the signature no longer has.

use base::{Category, Definition, Severity, Span};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::documented::{documented, plain};
use crate::semantic::{ChangedFile, SymbolChange, What};

const DRIFT: &str = "analysis/docs-name-a-gone-parameter";

pub(super) const ABOUT: &[About] = &[About {
    id: DRIFT,
    category: Category::Docs,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "The documentation names a parameter that the signature no longer has",
    why: "The change takes a parameter away or renames it, and the comment that documents the function still describes it. \
          Readers and editors trust that comment. Describe what the function takes now.",
    bad: "def load(path):\n    \"\"\"Loads the rates.\n\n    :param file: where they are\n    \"\"\"\n",
    good: "def load(path):\n    \"\"\"Loads the rates.\n\n    :param path: where they are\n    \"\"\"\n",
    cwe: Some(1116),
    references: &[],
}];

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        for symbol in &file.symbols {
            if matches!(symbol.what, What::Signature | What::Renamed) {
                remarks.extend(drift(file, symbol).unwrap_or_default());
            }
        }
    }
    remarks
}

fn drift(file: &ChangedFile, symbol: &SymbolChange) -> Option<Vec<Remark>> {
    let (before, after) = (file.old_of(symbol)?, file.new_of(symbol)?);
    let doc = doc_of(file, symbol, after)?;
    let (old, new) = (before.parameters.as_deref()?, after.parameters.as_deref()?);
    let is_one_of = |list: &[base::Parameter], name: &str| {
        let name = plain(name);
        list.iter().any(|one| plain(&one.name) == name)
    };
    // `function mark([first])`, documented as `nodes`: a pattern has no name of its own.
    let is_taken_apart = |name: &str| {
        let at = old.iter().position(|one| plain(&one.name) == plain(name));
        at.and_then(|at| new.get(at))
            .is_some_and(|one| one.name.is_empty())
    };
    let text = file.new.slice(doc);
    let found = documented(text)
        .into_iter()
        .filter(|(name, _)| is_one_of(old, name) && !is_one_of(new, name) && !is_taken_apart(name));
    let instead: Vec<&str> = new
        .iter()
        .map(|one| one.name.as_str())
        .filter(|name| !is_one_of(old, name) && !name.is_empty())
        .collect();
    let function = &after.name;
    let remarks = found
        .map(|(name, at)| {
            let start = doc.start as usize + at;
            let hint = match instead.as_slice() {
                [one] => format!("It may be `{one}` now; describe that, or take the line out."),
                _ => "Take the line out, or describe what is taken now.".to_owned(),
            };
            Remark {
                path: file.path().clone(),
                draft: Draft::new(DRIFT, Span::new(start, start + name.len()))
                    .titled(format!("`{function}` no longer takes `{name}`")),
                message: format!(
                    "The change takes `{name}` out of the signature of `{function}`, and its documentation still \
                     describes it. {hint}"
                ),
                evidence: Vec::new(),
                elsewhere: Some("the signature below it changed".to_owned()),
            }
        })
        .collect();
    Some(remarks)
}

/// The documentation of a definition; of a constructor without any, that of its class is not asked.
fn doc_of(file: &ChangedFile, symbol: &SymbolChange, after: &Definition) -> Option<Span> {
    let doc = after.doc?;
    // Documentation inside a definition that is nested is that one's own.
    let own = file.new.outline.definitions.get(symbol.new? as usize)?;
    (own.name_span == after.name_span).then_some(doc)
}
