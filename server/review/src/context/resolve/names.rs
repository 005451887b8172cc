//! By names alone: how near a definition is to a mention, and what that is worth among others of the same name.
//!
//! This is what is left where neither scope nor imports nor types say anything. A clear winner is believed, equals
//! share the doubt, and a name that the languages' own types have as well says next to nothing.

use base::search::FoundDefinition;
use base::{Reference, ReferenceKind, RelPath, SymbolKind};

use super::Resolved;
use super::file::File;

/// How near a definition is to a mention, from 0 to 1, the number of other candidates aside.
pub(super) fn nearness(
    place: &File,
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
    let same_file = *path == place.path;
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
            Some(_) => 0.3 + 0.2 * near(&place.path, path),
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
            _ => 0.35 + 0.4 * near(&place.path, path),
        },
    }
}

/// Turns nearness into confidence: a clear winner keeps it, equals share the doubt, a lone candidate gains.
pub(super) fn settle(mut scored: Vec<(FoundDefinition, f32)>, is_common: bool) -> Vec<Resolved> {
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
            let is_best = best - score < 0.05;
            let confidence = if only && !is_common {
                // A unique name is most often the one that is meant.
                score.max(0.7)
            } else if is_best {
                score / equals as f32
            } else {
                score * 0.5 * score / best
            };
            Resolved {
                definition,
                confidence,
                ambiguous: !is_best || equals > 1 || confidence < super::SURE,
            }
        })
        .collect()
}

/// Methods that values of the languages themselves have.
pub(super) fn is_common(name: &str) -> bool {
    COMMON.contains(&name)
}

const COMMON: &[&str] = &[
    "get",
    "set",
    "has",
    "add",
    "delete",
    "clear",
    "push",
    "pop",
    "shift",
    "map",
    "filter",
    "find",
    "forEach",
    "slice",
    "splice",
    "then",
    "catch",
    "finally",
    "toString",
    "length",
    "join",
    "split",
    "replace",
    "test",
    "exec",
    "keys",
    "values",
    "entries",
    "append",
    "extend",
    "insert",
    "remove",
    "index",
    "count",
    "sort",
    "reverse",
    "copy",
    "update",
    "items",
    "format",
    "strip",
    "startswith",
    "endswith",
    "lower",
    "upper",
    "encode",
    "decode",
    "read",
    "write",
    "close",
    "open",
    "next",
    "iter",
    "len",
    "push_str",
    "unwrap",
    "clone",
    "into",
    "from",
    "as_str",
    "collect",
    "concat",
    "includes",
    "indexOf",
    "some",
    "every",
    "reduce",
    "trim",
    "match",
    "apply",
    "call",
    "bind",
    "on",
    "once",
    "off",
    "emit",
    "send",
    "end",
    "message",
    "name",
    "stack",
    "apply",
    "equals",
    "hashCode",
    "size",
    "isEmpty",
    "contains",
    "put",
    "at",
    "log",
    "error",
    "info",
    "warn",
    "debug",
    "dispose",
    "text",
    "json",
    "url",
    "status",
    "headers",
    "start",
    "stop",
];

pub(super) fn last_segment(qualifier: &str) -> &str {
    qualifier
        .rsplit(['.', ':', '>', '/', '\\', '?', '!'])
        .find(|segment| !segment.is_empty() && *segment != "-")
        .unwrap_or(qualifier)
        .trim_end_matches("()")
}

/// The names of a path as an import would say them: `src/net/retry.rs` is `net`, `retry`.
pub(super) fn segments(path: &RelPath) -> Vec<&str> {
    let stem = path
        .as_str()
        .rsplit_once('.')
        .filter(|(_, extension)| !extension.contains('/'))
        .map_or(path.as_str(), |(stem, _)| stem);
    // Declarations are `index.d.ts`.
    let stem = stem.strip_suffix(".d").unwrap_or(stem);
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
pub(super) fn leads_to(from: &str, name: &str, path: &RelPath) -> bool {
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

/// Folders that two paths have in common.
pub(super) fn shared(a: &RelPath, b: &RelPath) -> usize {
    let (a, b) = (a.as_str().split('/'), b.as_str().split('/'));
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// Whether the file stands for its folder.
pub(super) fn is_index(path: &RelPath) -> bool {
    let stem = path.file_name().split('.').next().unwrap_or_default();
    matches!(stem, "mod" | "lib" | "__init__" | "index" | "main" | "init")
}
