//! Which definition a mention leads to, as far as the text of the workspace tells.
//!
//! No types are inferred: dynamic dispatch, reflection and names made at run time stay unknown. What is known instead:
//! scope (same file), imports (the path that a name came by), the receiver's or module's own name, nearness (folder,
//! package), and how many definitions carry the name. Each answer says how sure it is; where several definitions are
//! equally near, all share the doubt.

use std::collections::HashMap;
use std::sync::Arc;

use base::search::{FileOutline, FoundDefinition, FoundReference, Index};
use base::{Reference, ReferenceKind, RelPath, SymbolKind};

/// Definitions of one name that are looked at. A name defined more often tells nothing (`new`, `get`, `main`).
const MAX_DEFINITIONS: usize = 50;

/// A definition and how likely it is the one that was meant, from 0 to 1.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) definition: FoundDefinition,
    pub(crate) confidence: f32,
}

/// Where a mention stands.
pub(crate) struct Place<'a> {
    pub(crate) path: &'a RelPath,
    /// The outline of that file.
    pub(crate) outline: &'a base::Outline,
}

/// The definitions that `reference` may lead to, likeliest first. Empty where the workspace defines no such name.
pub(crate) fn resolve(
    index: &dyn Index,
    place: &Place<'_>,
    reference: &Reference,
) -> Vec<Resolved> {
    let name = imported_name(place.outline, reference).unwrap_or(&reference.name);
    let candidates: Vec<FoundDefinition> = index
        .definitions(name, MAX_DEFINITIONS)
        .into_iter()
        .filter(|found| fits(reference.kind, found.definition.kind))
        .collect();
    let scored: Vec<(FoundDefinition, f32)> = candidates
        .into_iter()
        .map(|found| {
            let score = nearness(
                place,
                reference,
                &found.path,
                &found.qualified,
                found.definition.kind,
            );
            (found, score)
        })
        .collect();
    settle(scored)
}

/// The mentions that lead to `definition` (which may be gone: then by its name and file), each with its confidence.
pub(crate) fn users(
    index: &dyn Index,
    path: &RelPath,
    qualified: &[String],
    kind: SymbolKind,
    limit: usize,
) -> Vec<(FoundReference, f32)> {
    let Some(name) = qualified.last() else {
        return Vec::new();
    };
    let mut outlines: HashMap<RelPath, Option<Arc<FileOutline>>> = HashMap::new();
    let is_it = |other: &FoundDefinition| other.path == *path && other.qualified == *qualified;
    let is_there = index.definitions(name, MAX_DEFINITIONS).iter().any(is_it);
    let mut found = Vec::new();
    for mention in index.references(name, limit) {
        if !fits(mention.reference.kind, kind) {
            continue;
        }
        let outline = outlines
            .entry(mention.path.clone())
            .or_insert_with(|| index.outline(&mention.path));
        let Some(outline) = outline else { continue };
        let place = Place {
            path: &mention.path,
            outline: &outline.outline,
        };
        let resolved = resolve(index, &place, &mention.reference);
        let confidence = if let Some(it) = resolved.iter().find(|it| is_it(&it.definition)) {
            it.confidence
        } else {
            // It is gone: whoever meant it finds nothing that is nearer.
            let was = nearness(&place, &mention.reference, path, qualified, kind);
            let nearest = resolved.first().map_or(0.0, |first| first.confidence);
            if is_there || was <= nearest {
                continue;
            }
            was
        };
        found.push((mention, confidence));
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// The name that an import gave another one to, where `reference` uses that other one.
fn imported_name<'a>(outline: &'a base::Outline, reference: &Reference) -> Option<&'a str> {
    outline
        .references
        .iter()
        .find(|other| {
            other.kind == ReferenceKind::Import
                && other.alias.as_deref() == Some(reference.name.as_str())
                && reference.qualifier.is_none()
        })
        .map(|import| import.name.as_str())
}

/// Whether something of this kind can be mentioned in this way.
fn fits(mention: ReferenceKind, kind: SymbolKind) -> bool {
    use SymbolKind::*;
    let is_type = matches!(kind, Class | Struct | Enum | Interface | Trait | TypeAlias);
    match mention {
        // A class is called in Python and Kotlin; a field or variable may hold a function.
        ReferenceKind::Call => !matches!(kind, Section | Key | Interface | Trait | Module),
        ReferenceKind::New => is_type || kind == Method || kind == Function,
        ReferenceKind::Type => is_type || kind == Module || kind == Object,
        ReferenceKind::Inherit => is_type,
        ReferenceKind::Import | ReferenceKind::Use => !matches!(kind, Section | Key),
    }
}

/// How near a definition is to a mention, from 0 to 1, the number of other candidates aside.
fn nearness(
    place: &Place<'_>,
    reference: &Reference,
    path: &RelPath,
    qualified: &[String],
    kind: SymbolKind,
) -> f32 {
    let container = qualified
        .len()
        .checked_sub(2)
        .and_then(|at| qualified.get(at))
        .map(String::as_str);
    let qualifier = reference.qualifier.as_deref().map(last_segment);
    let same_file = path == place.path;
    let imported = place
        .outline
        .references
        .iter()
        .filter(|other| other.kind == ReferenceKind::Import)
        .filter(|import| {
            let known_as = import.alias.as_deref().unwrap_or(&import.name);
            // An import leads where it says.
            std::ptr::eq(*import, reference)
                || known_as == "*"
                || known_as == reference.name
                || qualifier == Some(known_as)
        })
        .filter_map(|import| import.from.as_deref().map(|from| (from, import)))
        .any(|(from, import)| leads_to(from, &import.name, path));
    match qualifier {
        Some("self" | "this" | "Self" | "cls" | "super" | "static" | "@self") => {
            let around = reference
                .within
                .map(|within| place.outline.qualified(within))
                .unwrap_or_default();
            match container {
                Some(container) if around.contains(&container) && same_file => 0.97,
                Some(container) if around.contains(&container) => 0.85,
                Some(_) => 0.35,
                None => 0.1,
            }
        }
        Some(qualifier) => match container {
            // `Parser::new`, `parser.next` for `Parser`.
            Some(container) if container == qualifier => {
                if same_file || imported {
                    0.97
                } else {
                    0.85
                }
            }
            Some(container) if container.eq_ignore_ascii_case(&qualifier.replace('_', "")) => 0.75,
            _ if imported => 0.93,
            // A module's name is its file's or its folder's.
            _ if names_module(path, qualifier) => 0.85,
            Some(_) if same_file => 0.5,
            Some(_) => 0.3 + 0.2 * near(place.path, path),
            None => 0.1,
        },
        None if same_file => match container {
            // A method is not in scope by its bare name in most languages.
            Some(_) if kind == SymbolKind::Method => 0.75,
            _ => 0.95,
        },
        None if imported => 0.95,
        None => match container {
            Some(_) if kind == SymbolKind::Method => 0.25,
            _ => 0.35 + 0.4 * near(place.path, path),
        },
    }
}

/// Turns nearness into confidence: a clear winner keeps it, equals share the doubt, a lone candidate gains.
fn settle(mut scored: Vec<(FoundDefinition, f32)>) -> Vec<Resolved> {
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some(best) = scored.first().map(|first| first.1) else {
        return Vec::new();
    };
    let only = scored.len() == 1;
    let equals = scored
        .iter()
        .filter(|(_, score)| best - score < 0.05)
        .count();
    scored
        .into_iter()
        .map(|(definition, score)| {
            let confidence = if only {
                // A unique name is most often the one that is meant.
                score.max(0.7)
            } else if best - score < 0.05 {
                score / equals as f32
            } else {
                score * 0.5 * score / best
            };
            Resolved {
                definition,
                confidence,
            }
        })
        .collect()
}

fn last_segment(qualifier: &str) -> &str {
    qualifier
        .rsplit(['.', ':', '>', '/', '\\', '?', '!'])
        .find(|segment| !segment.is_empty() && *segment != "-")
        .unwrap_or(qualifier)
        .trim_end_matches("()")
}

/// The names of a path as an import would say them: `src/net/retry.rs` is `net`, `retry`.
fn segments(path: &RelPath) -> Vec<&str> {
    let stem = path
        .as_str()
        .rsplit_once('.')
        .filter(|(_, extension)| !extension.contains('/'))
        .map_or(path.as_str(), |(stem, _)| stem);
    let mut segments: Vec<&str> = stem.split('/').collect();
    if segments.len() > 1
        && matches!(
            segments.last().copied(),
            Some("mod" | "lib" | "__init__" | "index" | "main" | "init")
        )
    {
        segments.pop();
    }
    segments
}

/// Whether an import of `name` from `from` (as written) can mean the file at `path`.
///
/// What is written must be the end of the path (`./net/retry`, `com.example.Retry`), or its own end must be the whole
/// path: the first segments of an absolute import may name the project itself (`github.com/a/b/net`, `project.net`).
fn leads_to(from: &str, name: &str, path: &RelPath) -> bool {
    let quoted = from.trim_matches(['"', '\'', '<', '>', '`']);
    let without_extension = EXTENSIONS
        .iter()
        .find_map(|extension| quoted.strip_suffix(extension))
        .unwrap_or(quoted);
    // `..` and `.` lead, dots inside a segment of a path with slashes belong to it.
    let separators: &[char] = if without_extension.contains(['/', '\\']) {
        &['/', '\\']
    } else {
        &['.', ':', '\\']
    };
    let wanted: Vec<&str> = without_extension
        .split(separators)
        .filter(|segment| {
            !matches!(
                *segment,
                "" | "." | ".." | "crate" | "self" | "super" | "@" | "~" | "src"
            )
        })
        .collect();
    let there: Vec<&str> = segments(path)
        .into_iter()
        .filter(|segment| *segment != "src")
        .collect();
    // A package is a folder (Go, Java, C#); `from a import b` may name the module a/b.
    let folder = &there[..there.len().saturating_sub(1)];
    let mut with_name = wanted.clone();
    with_name.push(name);
    there.ends_with(&with_name)
        || !wanted.is_empty()
            && (there.ends_with(&wanted)
                || folder.ends_with(&wanted)
                || (1..wanted.len()).any(|skip| {
                    let tail = &wanted[skip..];
                    there == tail || folder == tail
                }))
}

/// Endings that an import may or may not write.
const EXTENSIONS: &[&str] = &[
    ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".h", ".hh", ".hpp", ".rb", ".php", ".lua", ".sh",
];

/// Whether the file or its folder is called `name`.
fn names_module(path: &RelPath, name: &str) -> bool {
    let segments = segments(path);
    segments
        .iter()
        .rev()
        .take(2)
        .any(|segment| *segment == name)
}

/// How near two files are: 1 in the same folder, less with every step between.
fn near(a: &RelPath, b: &RelPath) -> f32 {
    let folder = |path: &RelPath| -> Vec<String> {
        path.parent()
            .map(|parent| parent.split('/').map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let (a, b) = (folder(a), folder(b));
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let steps = a.len() + b.len() - 2 * common;
    1.0 / (1.0 + steps as f32)
}
