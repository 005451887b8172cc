//! Imports of a file that the change takes away or moves: scripts name files by relative paths, which can be followed
//! to the letter.

use std::collections::BTreeSet;

use base::search::{FileOutline, Query};
use base::{FileStatus, Reference, ReferenceKind, RelPath};

use super::dangling::GONE;
use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::Draft;
use crate::semantic::ChangedFile;

/// Endings of scripts, which an import may leave out or write as what they are compiled to.
const SCRIPTS: &[&str] = &[
    ".d.ts", ".tsx", ".ts", ".mts", ".cts", ".jsx", ".js", ".mjs", ".cjs",
];
/// Other things that an import without an ending may mean.
const OTHERS: &[&str] = &[".json", ".vue", ".svelte", ".css", ".node"];
/// Names of the file by which those who import it are looked for.
const MAX_NAMES: usize = 20;
/// Files looked at for each name.
const MAX_FILES: usize = 100;

/// Those who still import what `file` was called.
pub(super) fn check(around: &Around<'_>, file: &ChangedFile) -> Option<Remark> {
    let was = match file.change.status {
        FileStatus::Deleted => file.path(),
        FileStatus::Renamed => file.change.old_path.as_ref()?,
        _ => return None,
    };
    let stem = said(was.as_str())?;
    if around.repo.is_ignored(was) || is_there(around, stem) {
        return None;
    }
    let mut places = Vec::new();
    for path in candidates(around, file, stem) {
        let Some(outline) = around.index.outline(&path) else {
            continue;
        };
        if around.text_as_indexed(&path, outline.hash).is_none() {
            continue;
        }
        if let Some(import) = import_of(&outline, stem) {
            places.push((path, import.span));
        }
    }
    places.sort();
    let (first, span) = places.first()?.clone();
    let (title, what) = match file.change.status {
        FileStatus::Renamed => (
            format!("{was} was moved and is still imported here"),
            format!(
                "{was} is now {}, and this import names the old place. Import it from there.",
                file.path()
            ),
        ),
        _ => (
            format!("{was} was removed and is still imported here"),
            format!(
                "The change takes {was} away, and this import needs it. Take the import out, or keep the file."
            ),
        ),
    };
    let more = places.len() - 1;
    let message = if more == 0 {
        what
    } else {
        format!("{what} {more} more files import it.")
    };
    let evidence = places
        .into_iter()
        .skip(1)
        .take(MAX_EVIDENCE)
        .map(|(path, span)| base::Evidence {
            path,
            span,
            note: "imports it too".to_owned(),
        })
        .collect();
    Some(Remark {
        path: first,
        draft: Draft::new(GONE, span).titled(title),
        message,
        evidence,
        elsewhere: Some("it uses what the change took away".to_owned()),
    })
}

/// What an import of the file at `path` says: a script's path without its ending and without `/index`, or all of it.
fn said(path: &str) -> Option<&str> {
    let whole = OTHERS.iter().any(|ending| path.ends_with(ending));
    script_stem(path).or(whole.then_some(path))
}

/// A script's path without its ending, and without `/index`.
fn script_stem(path: &str) -> Option<&str> {
    let stem = SCRIPTS
        .iter()
        .find_map(|ending| path.strip_suffix(ending))?;
    Some(stem.strip_suffix("/index").unwrap_or(stem))
}

/// Whether an import of `stem` still leads somewhere.
fn is_there(around: &Around<'_>, stem: &str) -> bool {
    let known = |path: String| {
        RelPath::new(&path).is_ok_and(|path| {
            around.index.outline(&path).is_some()
                || around
                    .repo
                    .text(&path, &around.change.new)
                    .is_ok_and(|text| text.is_some())
        })
    };
    SCRIPTS
        .iter()
        .chain(OTHERS)
        .any(|ending| known(format!("{stem}{ending}")) || known(format!("{stem}/index{ending}")))
}

/// Files that may import it: they import one of its names, or mention its own.
fn candidates(around: &Around<'_>, file: &ChangedFile, stem: &str) -> BTreeSet<RelPath> {
    let mut paths = BTreeSet::new();
    let exported = file
        .old
        .outline
        .definitions
        .iter()
        .filter(|one| one.exported);
    for definition in exported.take(MAX_NAMES) {
        let mentions = around.index.references(&definition.name, MAX_FILES);
        let imports = mentions
            .into_iter()
            .filter(|mention| mention.reference.kind == ReferenceKind::Import);
        paths.extend(imports.map(|mention| mention.path));
    }
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let name = name.split('.').next().unwrap_or(name).to_owned();
    let hits = around
        .index
        .search(&Query::weighted(vec![(name, 1.0)]), MAX_FILES);
    paths.extend(hits.into_iter().map(|hit| hit.path));
    paths
}

/// The first import of `stem` in a file.
fn import_of<'a>(outline: &'a FileOutline, stem: &str) -> Option<&'a Reference> {
    outline.outline.references.iter().find(|reference| {
        reference.kind == ReferenceKind::Import
            && reference
                .from
                .as_deref()
                .and_then(|from| followed(&outline.path, from))
                .is_some_and(|target| {
                    let target = target.as_str();
                    target == stem
                        || script_stem(target) == Some(stem)
                        || target.strip_suffix("/index") == Some(stem)
                })
    })
}

/// Where a relative import leads; `None` where it is not relative or leaves the workspace.
fn followed(importer: &RelPath, from: &str) -> Option<String> {
    let from = from.trim_matches(['"', '\'', '`']);
    if !from.starts_with("./") && !from.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = importer.parent().unwrap_or("").split('/').collect();
    parts.retain(|part| !part.is_empty());
    for part in from.split('/') {
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
