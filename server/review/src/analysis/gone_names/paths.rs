//! Paths of files that the change takes away or moves, where builds, manifests and pages name them.

use base::{FileStatus, RelPath, Span};

use super::places::{Sort, spoken, words};
use crate::analysis::Around;
use crate::semantic::ChangedFile;

/// What a file was called; `None` where it still is.
pub(super) fn gone(around: &Around<'_>, file: &ChangedFile) -> Option<RelPath> {
    let was = match file.change.status {
        FileStatus::Deleted => file.path().clone(),
        FileStatus::Renamed => file.change.old_path.clone()?,
        _ => return None,
    };
    // A file that is built, not kept, may still be there.
    (!around.repo.is_ignored(&was)).then_some(was)
}

/// The places in the file at `path` that name the file `was`: by its whole path, by a link of a page, or, beside it, as
/// a command does.
pub(super) fn uses(was: &RelPath, path: &RelPath, sort: Sort, text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let whole = was.as_str();
    if whole.contains('/') && !sits_deeper(was, path) {
        found.extend(words(text, whole).filter(|span| is_whole(text, *span, sort)));
    }
    if sort == Sort::Page {
        found.extend(links(was, path, text));
    }
    found.sort();
    found.dedup();
    found.retain(|span| !is_pattern(text, *span));
    spoken(text, found.into_iter())
}

/// In a folder of its own a path may start there.
fn sits_deeper(was: &RelPath, path: &RelPath) -> bool {
    let top = was.as_str().split('/').next().unwrap_or_default();
    path.parent().is_some_and(|folder| {
        !folder.starts_with('.')
            && !folder.split('/').any(|part| part == top)
            && !folder.starts_with("doc")
    })
}

/// Not the end of a longer path: `./a/b` and `/a/b` mean the workspace's top in builds, `x/a/b` never does.
fn is_whole(text: &str, span: Span, sort: Sort) -> bool {
    let before = text.get(..span.start as usize).unwrap_or_default();
    let after = text.get(span.end as usize..).unwrap_or_default();
    let goes_on = after.starts_with(['-', '.', '/'])
        && after.chars().nth(1).is_some_and(char::is_alphanumeric);
    let before = before.strip_suffix("./").unwrap_or(before);
    let is_start = !before.ends_with(['/', '-', '.', '*', '}', '~', '@', ':'])
        || sort == Sort::Machine && before.ends_with([' ', '"', '\'']);
    is_start && !goes_on
}

/// Globs and placeholders name no one file.
fn is_pattern(text: &str, span: Span) -> bool {
    text.get(span.range())
        .is_some_and(|said| said.contains(['*', '{', '<']))
}

/// Targets of Markdown links that lead to `was` from the file at `path`.
fn links(was: &RelPath, path: &RelPath, text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), b"](") {
        let start = at + 2;
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find([')', ' ', '\n', '#', '?']).unwrap_or(rest.len());
        let target = rest.get(..end).unwrap_or_default();
        if target.is_empty() || target.contains("://") {
            continue;
        }
        if follow(path, target).as_deref() == Some(was.as_str()) {
            found.push(Span::new(start, start + end));
        }
    }
    found
}

/// Where a relative link leads; `None` where it leaves the workspace.
fn follow(from: &RelPath, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => from.parent().unwrap_or("").split('/').collect(),
    };
    parts.retain(|part| !part.is_empty());
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
