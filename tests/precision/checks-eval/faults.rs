//! The kinds of faults, where in a tree they can be made, and those that take something back from a commit.
//!
//! Each maker looks for a place where the fault is one beyond doubt: a name that the workspace defines once, calls that
//! fit what is defined. That makes the kinds easier than the worst cases of real life, and the same for every version
//! of the checks.

use std::path::Path;
use std::sync::Arc;

use base::history::History;
use base::search::{FileOutline, FoundReference, Index};
use base::{ContentHash, Definition, ReferenceKind, RelPath, SymbolKind, Text};
use git2::Oid;
use syntax::{Language, Tree};

use crate::Result;
use crate::clone::Clone;
use crate::{names, signatures, text};

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// The commit as it was: the fault is the whole change.
    Head,
    /// Its parent: the commit, with the fault in it.
    Parent,
}

/// One fault.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) against: Against,
    /// New texts; `None` removes the file.
    pub(crate) files: Vec<(RelPath, Option<String>)>,
    /// A finding about one of these is about the fault.
    pub(crate) places: Vec<RelPath>,
    pub(crate) what: String,
}

/// A kind of fault, the check of it by number, and the rules (or parts of their names) that are meant to find it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) check: u8,
    pub(crate) rules: &'static [&'static str],
}

const fn kind(name: &'static str, check: u8, rules: &'static [&'static str]) -> Kind {
    Kind { name, check, rules }
}

pub(crate) const KINDS: &[Kind] = &[
    kind("parameter-added", 1, &["stale-call"]),
    kind("parameter-removed", 1, &["stale-call"]),
    kind("parameters-reordered", 1, &["reordered-parameters"]),
    kind("became-async", 1, &["call-not-awaited"]),
    kind("visibility-narrowed", 1, &["hidden-but-used"]),
    kind(
        "caller-update-dropped",
        1,
        &["stale-call", "reordered", "dangling-reference"],
    ),
    kind("function-renamed", 2, &["dangling-reference"]),
    kind("function-removed", 2, &["dangling-reference"]),
    kind("file-removed", 2, &["dangling"]),
    kind("named-file-removed", 2, &["dangling", "docs-name"]),
    kind("variable-renamed", 2, &["dangling", "docs-name"]),
    kind("script-removed", 2, &["dangling", "docs-name"]),
    kind("explained-function-removed", 2, &["dangling", "docs-name"]),
    kind("partner-dropped", 3, &["missing-partner"]),
    kind("assertion-deleted", 4, &["assert", "test"]),
    kind("near-copy", 5, &["exists", "duplicate", "copy", "clone"]),
    kind("error-check-removed", 6, &["error", "guard", "result"]),
    kind("guard-removed", 6, &["guard", "error"]),
    kind("arguments-swapped", 6, &["swapped"]),
    kind("await-removed", 6, &["await"]),
    kind(
        "arm-removed",
        6,
        &["arm", "case", "variant", "switch", "match"],
    ),
    kind(
        "variant-added",
        6,
        &["variant", "case", "exhaust", "switch", "match"],
    ),
    kind("close-removed", 6, &["left-open"]),
    kind("comparison-loosened", 6, &["bound", "off-by-one", "compar"]),
    kind("version-lowered", 9, &["version", "lower", "downgrade"]),
    kind("version-unpinned", 9, &["version-left-open"]),
    kind("dependency-misspelt", 9, &["lookalike", "unused"]),
    kind("documented-parameter-gone", 10, &["doc"]),
];

/// Faults that can be made in the tree of `commit`, which is checked out; many more than are wanted of some kinds.
pub(crate) fn make(clone: &Clone, commit: Oid, seed: u64) -> Result<Vec<Fault>> {
    let salt = format!("{seed} {commit}");
    let files = sources(clone, &salt);
    let mut faults = signatures::make(clone, &files);
    faults.extend(text::make(clone, &files));
    faults.extend(taken_back(clone, commit)?);
    faults.extend(manifests(clone, &salt));
    faults.extend(removed(clone, &files));
    faults.extend(names::make(clone, &files));
    Ok(faults)
}

/// A file of the workspace that faults are made in.
pub(crate) struct SourceFile {
    pub(crate) path: RelPath,
    pub(crate) text: String,
    pub(crate) language: Language,
    pub(crate) outline: Arc<FileOutline>,
}

/// Files that are looked at in one tree.
const MAX_SOURCES: usize = 150;

fn sources(clone: &Clone, salt: &str) -> Vec<SourceFile> {
    let mut paths: Vec<RelPath> = clone
        .index
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !is_aside(path))
        .collect();
    paths.sort_by_key(|path| ContentHash::of(format!("{salt} {path}").as_bytes()).to_u64());
    let source = |path: RelPath| {
        let text = clone.read(&path)?;
        let language = Language::detect(&path, "").filter(|language| language.is_code())?;
        let outline = clone.index.outline(&path)?;
        (outline.hash == Text::new(text.as_str()).hash()).then_some(SourceFile {
            path,
            text,
            language,
            outline,
        })
    };
    paths
        .into_iter()
        .filter_map(source)
        .take(MAX_SOURCES)
        .collect()
}

/// Tests, examples and what others wrote: faults there are nobody's.
pub(crate) fn is_aside(path: &RelPath) -> bool {
    let lower = path.as_str().to_ascii_lowercase();
    [
        "test",
        "spec",
        "example",
        "vendor",
        "third_party",
        "fixture",
        "docs/",
        "bench",
        "sample",
        ".d.ts",
        "bundle",
    ]
    .iter()
    .any(|part| lower.contains(part))
}

/// The calls that surely lead to a definition: the workspace defines its name once, the name is made of several words,
/// and what they pass fits.
pub(crate) fn calls_of(
    clone: &Clone,
    file: &SourceFile,
    definition: &Definition,
) -> Vec<FoundReference> {
    if !is_telling(&definition.name) || clone.index.definitions(&definition.name, 3).len() != 1 {
        return Vec::new();
    }
    let Some(parameters) = &definition.parameters else {
        return Vec::new();
    };
    let least = parameters
        .iter()
        .filter(|one| !one.optional && !one.variadic)
        .count() as u32;
    let most = parameters.len() as u32;
    let calls = clone.index.references(&definition.name, 60);
    calls
        .into_iter()
        .filter(|call| {
            call.reference.kind == ReferenceKind::Call
                && call
                    .reference
                    .arguments
                    .is_some_and(|count| count >= least && count <= most)
                && !(call.path == file.path && definition.span.contains(call.reference.span))
        })
        .collect()
}

/// A name of several words, which no library is likely to use for something else. Those that Python reserves
/// (`__length_hint__`) are everybody's.
fn is_telling(name: &str) -> bool {
    if name.starts_with("__") && name.ends_with("__") {
        return false;
    }
    let inner = name.trim_matches('_');
    let humps = inner
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    inner.len() >= 8 && (inner.contains('_') || humps > 0)
}

pub(crate) fn is_callable(definition: &Definition) -> bool {
    matches!(definition.kind, SymbolKind::Function | SymbolKind::Method)
}

/// A change of one file of the tree.
pub(crate) fn fault(
    kind: &'static str,
    file: &SourceFile,
    new: String,
    what: String,
    others: impl IntoIterator<Item = RelPath>,
) -> Fault {
    let mut places = vec![file.path.clone()];
    places.extend(others);
    Fault {
        kind,
        against: Against::Head,
        files: vec![(file.path.clone(), Some(new))],
        places,
        what,
    }
}

/// Parts of the commit left out: a partner that always follows, a caller that was brought up to date, an assertion.
fn taken_back(clone: &Clone, commit: Oid) -> Result<Vec<Fault>> {
    let parent = clone.parent(commit)?;
    let modified: Vec<(RelPath, String, String)> = clone
        .paths_of(commit)?
        .into_iter()
        .filter_map(|path| {
            let (old, new) = (clone.read_at(parent, &path)?, clone.read_at(commit, &path)?);
            Some((path, old, new))
        })
        .collect();
    let mut faults = Vec::new();
    if !(2..=20).contains(&modified.len()) {
        return Ok(faults);
    }
    let history = clone.history(parent)?;
    for (path, old, _) in &modified {
        let others: Vec<RelPath> = modified
            .iter()
            .map(|(other, _, _)| other.clone())
            .filter(|other| other != path)
            .collect();
        let went_with = history
            .together(&others, 30)
            .into_iter()
            .find(|pair| pair.path == *path && pair.together >= 6 && pair.confidence >= 0.8);
        if let Some(pair) = went_with {
            faults.push(Fault {
                kind: "partner-dropped",
                against: Against::Parent,
                files: vec![(path.clone(), Some(old.clone()))],
                places: vec![path.clone()],
                what: format!("{path} goes with {}", pair.with),
            });
        }
    }
    faults.extend(callers_taken_back(&modified));
    faults.extend(text::assertion(&modified));
    Ok(faults)
}

fn outline(path: &RelPath, text: &str) -> base::Outline {
    let text = Text::new(text);
    Language::of(path, &text)
        .and_then(|language| Tree::parse(language, &text, std::time::Duration::from_secs(2)).ok())
        .map(|tree| tree.outline())
        .unwrap_or_default()
}

/// A caller goes back to what it said before the signature changed.
fn callers_taken_back(modified: &[(RelPath, String, String)]) -> Vec<Fault> {
    let outlines: Vec<_> = modified
        .iter()
        .map(|(path, old, new)| (outline(path, old), outline(path, new)))
        .collect();
    let arity = |definition: &Definition| {
        let parameters = definition.parameters.as_deref()?;
        let least = parameters
            .iter()
            .filter(|p| !p.optional && !p.variadic)
            .count() as u32;
        let most = if parameters.iter().any(|p| p.variadic) {
            u32::MAX
        } else {
            parameters.len() as u32
        };
        Some((least, most))
    };
    let mut faults = Vec::new();
    for ((path, _, _), (old, new)) in modified.iter().zip(&outlines) {
        for (index, before) in (0u32..).zip(&old.definitions) {
            let same = |outline: &base::Outline| {
                let name = old.qualified(index);
                let of: Vec<u32> = (0u32..outline.definitions.len() as u32)
                    .filter(|other| outline.qualified(*other) == name)
                    .collect();
                match of.as_slice() {
                    [one] => outline.definitions.get(*one as usize).cloned(),
                    _ => None,
                }
            };
            let Some(after) = same(new).filter(|_| is_callable(before) && !before.is_test) else {
                continue;
            };
            let (Some(was), Some(is)) = (arity(before), arity(&after)) else {
                continue;
            };
            if was == is || same(old).is_none() || before.name.len() < 4 {
                continue;
            }
            for ((other, text, _), (calls, now)) in modified.iter().zip(&outlines) {
                let stale = calls.references.iter().any(|call| {
                    call.kind == ReferenceKind::Call
                        && call.name == before.name
                        && call.arguments.is_some_and(|count| {
                            count >= was.0 && count <= was.1 && !(count >= is.0 && count <= is.1)
                        })
                });
                // JavaScript drops what is too much.
                let lenient = path.as_str().ends_with(".js") && is.0 <= was.0;
                let still = now.references.iter().any(|call| call.name == before.name);
                if other != path && stale && still && !lenient {
                    faults.push(Fault {
                        kind: "caller-update-dropped",
                        against: Against::Parent,
                        files: vec![(other.clone(), Some(text.clone()))],
                        places: vec![other.clone()],
                        what: format!("{}: {was:?} is {is:?} in {path}", before.name),
                    });
                }
            }
        }
    }
    faults
}

/// A file that others name in an import is gone.
fn removed(clone: &Clone, files: &[SourceFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files {
        for import in &file.outline.outline.references {
            let Some(from) = import.from.as_deref() else {
                continue;
            };
            let from = from.trim_matches(['"', '\'']);
            if !from.starts_with("./") && !from.starts_with("../") {
                continue;
            }
            let folder = Path::new(file.path.as_str())
                .parent()
                .unwrap_or(Path::new(""));
            let mut parts: Vec<&str> = folder.iter().filter_map(|part| part.to_str()).collect();
            for part in from.split('/') {
                match part {
                    "." => {}
                    ".." => {
                        parts.pop();
                    }
                    part => parts.push(part),
                }
            }
            let stem = parts.join("/");
            let target = ["", ".ts", ".tsx", ".js", ".mjs", ".h"]
                .iter()
                .filter_map(|extension| RelPath::new(&format!("{stem}{extension}")).ok())
                .find(|path| clone.folder.join(path.as_str()).is_file());
            if let Some(target) = target {
                faults.push(Fault {
                    kind: "file-removed",
                    against: Against::Head,
                    files: vec![(target.clone(), None)],
                    what: format!("{target}, imported by {}", file.path),
                    places: vec![target, file.path.clone()],
                });
                break;
            }
        }
        if faults.len() >= 3 {
            break;
        }
    }
    faults
}

/// Faults in what the project depends on.
fn manifests(clone: &Clone, salt: &str) -> Vec<Fault> {
    let mut paths: Vec<RelPath> = clone
        .index
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            let name = path.file_name();
            matches!(name, "package.json" | "Cargo.toml" | "go.mod")
                || name.starts_with("requirements") && name.ends_with(".txt")
                || path.as_str().starts_with("requirements/") && name.ends_with(".txt")
        })
        .collect();
    paths.sort_by_key(|path| ContentHash::of(format!("{salt} {path}").as_bytes()).to_u64());
    let mut faults = Vec::new();
    for path in paths.into_iter().take(6) {
        if let Some(text) = clone.read(&path) {
            faults.extend(text::manifest(&path, &text, salt));
        }
    }
    faults
}
