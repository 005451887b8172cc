//! Faults in what is named without a symbol: files, environment variables, scripts and functions that pages and builds
//! still name.

use base::search::Index;
use base::{RelPath, SymbolKind};

use crate::clone::Clone;
use crate::faults::{Against, Fault, SourceFile, fault, is_aside, is_callable};
use crate::signatures::words_replaced;

/// Pages and builds that are read in one tree.
const MAX_READ: usize = 400;

/// A file for people or for a machine.
struct Reader {
    path: RelPath,
    text: String,
    is_page: bool,
}

pub(crate) fn make(clone: &Clone, files: &[SourceFile]) -> Vec<Fault> {
    let read = readers(clone);
    let mut faults = Vec::new();
    faults.extend(removed(clone, &read));
    faults.extend(scripts(clone, &read));
    faults.extend(files.iter().find_map(|file| variable(clone, file, &read)));
    faults.extend(files.iter().find_map(|file| explained(clone, file, &read)));
    faults
}

fn readers(clone: &Clone) -> Vec<Reader> {
    let mut paths: Vec<RelPath> = clone
        .index
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let is_page = path.extension() == Some("md");
            let is_build = matches!(path.extension(), Some("yml" | "yaml" | "sh"))
                || path.file_name().starts_with("Dockerfile");
            let is_past = [
                "change", "history", "release", "migrat", "upgrad", "blog", "rfc",
            ]
            .iter()
            .any(|part| path.as_str().to_ascii_lowercase().contains(part));
            if !(is_page || is_build)
                || is_past
                || is_aside(&path) && !path.as_str().starts_with("docs/")
            {
                return None;
            }
            let text = clone.read(&path)?;
            Some(Reader {
                path,
                text,
                is_page,
            })
        })
        .take(MAX_READ)
        .collect()
}

fn is_word(text: &str, at: usize, length: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    !text[..at].ends_with(is_part)
        && !text[at + length..]
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

fn stands(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| is_word(text, at, word.len()))
}

/// A file whose whole path stands in a build.
fn removed(clone: &Clone, read: &[Reader]) -> Option<Fault> {
    let mut paths: Vec<RelPath> = clone
        .index
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    paths.sort();
    paths.into_iter().find_map(|path| {
        if !path.as_str().contains('/') {
            return None;
        }
        let named: Vec<RelPath> = read
            .iter()
            .filter(|one| {
                one.path != path
                    && (one.path.as_str().starts_with('.') || !one.path.as_str().contains('/'))
            })
            .filter(|one| stands(&one.text, path.as_str()))
            .map(|one| one.path.clone())
            .collect();
        let mut places = named;
        if places.is_empty() {
            return None;
        }
        places.push(path.clone());
        Some(Fault {
            kind: "named-file-removed",
            against: Against::Head,
            files: vec![(path.clone(), None)],
            what: format!("{path}, named by {}", places[0]),
            places,
        })
    })
}

/// A script of the top `package.json` that a page or a build runs.
fn scripts(clone: &Clone, read: &[Reader]) -> Option<Fault> {
    let path = RelPath::new("package.json").ok()?;
    let text = clone.read(&path)?;
    let start = text.find("\"scripts\"")?;
    let end = start + text[start..].find('}')?;
    for line in text[start..end].lines().skip(1) {
        let Some(name) = line
            .trim()
            .strip_prefix('"')
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        if !line.trim_end().ends_with(',') {
            continue;
        }
        let run = format!("npm run {name}");
        let mut places: Vec<RelPath> = read
            .iter()
            .filter(|one| {
                one.text.match_indices(&run).any(|(at, _)| {
                    !one.text[at + run.len()..]
                        .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '_'))
                })
            })
            .map(|one| one.path.clone())
            .collect();
        if places.is_empty() {
            continue;
        }
        places.push(path.clone());
        return Some(Fault {
            kind: "script-removed",
            against: Against::Head,
            files: vec![(
                path.clone(),
                Some(text.replacen(&format!("{line}\n"), "", 1)),
            )],
            places,
            what: run,
        });
    }
    None
}

/// An environment variable that one file reads and a page explains.
fn variable(clone: &Clone, file: &SourceFile, read: &[Reader]) -> Option<Fault> {
    let signs = [
        "process.env.",
        "getenv(\"",
        "getenv('",
        "environ[\"",
        "environ.get(\"",
        "env::var(\"",
        "Getenv(\"",
        "env('",
    ];
    for sign in signs {
        for (at, _) in file.text.match_indices(sign) {
            let rest = &file.text[at + sign.len()..];
            let end = rest
                .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
                .unwrap_or(rest.len());
            let name = &rest[..end];
            if name.len() < 6 || !name.contains('_') {
                continue;
            }
            let places: Vec<RelPath> = read
                .iter()
                .filter(|one| one.is_page && stands(&one.text, name))
                .map(|one| one.path.clone())
                .collect();
            let query = base::search::Query::weighted(vec![(name.to_owned(), 1.0)]);
            let elsewhere = clone.index.search(&query, 60).iter().any(|hit| {
                hit.path != file.path
                    && syntax::Language::detect(&hit.path, "")
                        .is_some_and(|language| language.is_code())
                    && clone.read(&hit.path).is_some_and(|text| {
                        stands(&text, name) || text.contains(&format!(".{name}"))
                    })
            });
            if places.is_empty() || elsewhere {
                continue;
            }
            let new = words_replaced(&file.text, name, &format!("{name}_ANEW"));
            let what = format!("{}: {name}", file.path);
            return Some(fault("variable-renamed", file, new, what, places));
        }
    }
    None
}

/// A public function that nobody calls in code and a page explains.
fn explained(clone: &Clone, file: &SourceFile, read: &[Reader]) -> Option<Fault> {
    for definition in &file.outline.outline.definitions {
        let name = &definition.name;
        if !is_callable(definition)
            || definition.kind != SymbolKind::Function
            || !definition.exported
            || definition.is_test
            || name.len() < 8
            || !(name.contains('_') || name[1..].chars().any(char::is_uppercase))
            || clone.index.definitions(name, 3).len() != 1
        {
            continue;
        }
        let code = format!("`{name}");
        let places: Vec<RelPath> = read
            .iter()
            .filter(|one| one.is_page && one.text.contains(&code) && stands(&one.text, name))
            .map(|one| one.path.clone())
            .collect();
        if places.is_empty() {
            continue;
        }
        let span = definition.span.range();
        let new = format!("{}{}", &file.text[..span.start], &file.text[span.end..]);
        let what = format!("{}: {name}", file.path);
        return Some(fault("explained-function-removed", file, new, what, places));
    }
    None
}
