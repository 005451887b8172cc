//! Configuration: the keys that its files give, and the programs that options belong to.
//!
//! A key is told by its whole path (`cache.ttl`) or, where it stands alone, by a name of several words; anything shorter
//! could be the key of anything.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base::{RelPath, Span};
use regex::Regex;

use super::named::{Kind, Named, json_keys, yaml_keys};
use crate::analysis::Around;
use crate::context::is_test_path;

/// Manifests of one program are small.
const MAX_MANIFEST: usize = 100_000;

static LINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*([A-Za-z_][\w.-]*)\s*[=:]").ok());
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^\s*"?name"?\s*[:=]\s*["'](?:@[\w-]+/)?([\w-]{2,})["']|^module\s+\S*?([\w-]+)\s*$"#,
    )
    .ok()
});

/// Whether a file holds settings of a program, by its name and place.
pub(super) fn is_config(path: &RelPath) -> bool {
    let is_data = matches!(
        path.extension(),
        Some("toml" | "yml" | "yaml" | "json" | "ini" | "cfg" | "conf" | "properties")
    );
    let starts = |name: &str| {
        ["config", "settings", "application", "appsettings"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    let file = path.file_name().to_ascii_lowercase();
    let is_in_folder = path.parent().is_some_and(|folder| {
        folder
            .split('/')
            .any(|part| matches!(part, "config" | "conf" | "settings"))
            && !folder.starts_with('.')
    });
    is_data && (starts(&file) || is_in_folder) && !is_test_path(path)
}

/// The keys that a file of settings gives.
pub(super) fn given(path: &RelPath, text: &str) -> Vec<Named> {
    let keys = match path.extension() {
        Some("json") => json_keys(text),
        Some("yml" | "yaml") => yaml_keys(text),
        _ => lines(text),
    };
    let named = keys.into_iter().map(|(keys, span)| (keys.join("."), span));
    named
        .filter(|(name, _)| is_telling(name) && !name.contains(' '))
        .map(|(name, span)| Named {
            kind: Kind::Setting,
            name,
            span,
        })
        .collect()
}

/// A path of keys, or a key of several words.
pub(super) fn is_telling(name: &str) -> bool {
    let words = name.split(['.', '_', '-']).filter(|word| !word.is_empty());
    name.len() >= 6 && words.count() >= 2
}

/// The keys of TOML, INI and properties with the sections around them.
fn lines(text: &str) -> Vec<(Vec<String>, Span)> {
    let Some(pattern) = LINE.as_ref() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let (mut section, mut at) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        if let Some(head) = said.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            let head = head.trim_matches(['[', ']', ' ']);
            section = head.split('.').map(str::to_owned).collect();
        } else if let Some(key) = pattern.captures(line).and_then(|found| found.get(1)) {
            let mut keys = section.clone();
            keys.extend(key.as_str().split('.').map(str::to_owned));
            found.push((keys, Span::new(at + key.start(), at + key.end())));
        }
        at += line.len();
    }
    found
}

/// What the program is called whose options the file at `path` reads: by the manifests above it, and its own name.
pub(super) fn programs(around: &Around<'_>, path: &RelPath) -> Vec<String> {
    let mut found = BTreeSet::new();
    found.insert(path.file_name().to_owned());
    let mut folder = path.parent().unwrap_or_default();
    loop {
        for manifest in ["Cargo.toml", "package.json", "pyproject.toml", "go.mod"] {
            let place = match folder {
                "" => manifest.to_owned(),
                folder => format!("{folder}/{manifest}"),
            };
            let text = RelPath::new(&place)
                .ok()
                .and_then(|place| around.text(&place))
                .filter(|text| text.len() <= MAX_MANIFEST);
            let (Some(text), Some(pattern)) = (text, NAME.as_ref()) else {
                continue;
            };
            for captures in pattern.captures_iter(text.as_str()) {
                let name = captures.get(1).or_else(|| captures.get(2));
                found.extend(name.map(|name| name.as_str().to_owned()));
            }
        }
        match folder.rsplit_once('/') {
            Some((above, _)) => folder = above,
            None if folder.is_empty() => break,
            None => folder = "",
        }
    }
    found.into_iter().collect()
}

/// Whether the option at `span` is given to one of `programs`: `tool sub --option`, in one command.
pub(super) fn is_given_to(text: &str, span: Span, programs: &[String]) -> bool {
    let head = text.get(..span.start as usize).unwrap_or_default();
    let line = head.rsplit('\n').next().unwrap_or_default();
    let command = line
        .rsplit(['|', ';', '&', '`', '$'])
        .next()
        .unwrap_or_default();
    let mut words = command.split([' ', '\t', '/', '"', '\'', '(', '[']);
    words.any(|word| programs.iter().any(|program| program == word))
}
