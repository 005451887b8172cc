//! A doc comment for a definition: in the form that the project's own have, put where the language wants it, and proven
//! to change nothing else.
//!
//! All from texts; no model takes part here. What the author wrote about a definition is only replaced when that was
//! asked for.

mod form;
mod habit;
mod put;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use habit::Habit;
pub(crate) use put::{existing, put};

use base::{At, Definition, RelPath, Repo, Span, Text};
use syntax::Language;

use crate::context::{is_test_path, near};
use crate::document::Document;
use crate::testing::{PARSE, Subject, is_tested};
use form::{Form, forms};

/// Files that the style is learnt from.
const FILES: usize = 12;
/// Larger ones are not read for it.
const LARGEST: usize = 300_000;

/// The file itself and those of its language that lie nearest.
pub(crate) fn neighbours(
    subject: &Subject,
    paths: &[RelPath],
    may_read: impl Fn(&RelPath) -> bool,
    repo: &dyn Repo,
) -> Vec<(RelPath, Text)> {
    let is_one = |path: &&RelPath| {
        **path != subject.path
            && Language::detect(path, "") == Some(subject.language)
            && !is_test_path(path)
    };
    let mut others: Vec<&RelPath> = paths.iter().filter(is_one).collect();
    others.sort_by(|a, b| {
        let near = |path: &RelPath| near(&subject.path, path);
        near(b).total_cmp(&near(a)).then_with(|| a.cmp(b))
    });
    let texts = others
        .into_iter()
        .filter(|path| may_read(path))
        .filter_map(|path| {
            let text = repo.text(path, &At::Worktree).ok()??;
            (text.len() <= LARGEST).then(|| (path.clone(), text))
        });
    let own = std::iter::once((subject.path.clone(), subject.text.clone()));
    own.chain(texts).take(FILES).collect()
}

/// The definition whose head `span` touches and that has no doc comment: its name, and where that is.
pub fn undocumented(document: &Document, span: Span) -> Option<(String, Span)> {
    let language = document.language()?;
    if forms(language).is_empty() || document.text().len() > LARGEST {
        return None;
    }
    let outline = document.tree(PARSE).ok()??.outline();
    let head = |it: &Definition| Span {
        start: it.span.start,
        end: it.signature.end.max(it.name_span.end),
    };
    let is_open = |it: &&Definition| {
        let doc = it
            .doc
            .and_then(|doc| Form::of(language, document.text().slice(doc)?));
        !it.is_test && is_tested(it.kind) && head(it).touches(span) && doc.is_none()
    };
    let mut found = outline.definitions.iter().filter(is_open);
    let one = match span.is_empty() {
        true => found.min_by_key(|it| it.span.len()),
        false => found.next(),
    }?;
    Some((one.name.clone(), one.name_span))
}
