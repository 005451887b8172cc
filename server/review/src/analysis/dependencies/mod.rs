//! Dependencies: a manifest and its lock file out of step, versions lowered or left open, new packages that nothing uses
//! or whose name is nearly another's, base images and install scripts.
//!
//! Registries are never asked: everything is read from the manifests, the lock files and the index.

mod manifest;
mod popular;
#[cfg(test)]
mod tests;

use base::{Category, Evidence, FileStatus, ReferenceKind, RelPath, Severity, Span, Text};

use self::manifest::{Ecosystem, Entry, entries, numbers};
use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::semantic::ChangedFile;

const OUT_OF_STEP: &str = "dependency/lock-out-of-step";
const LOWERED: &str = "dependency/version-lowered";
const LOOKALIKE: &str = "dependency/lookalike-name";
const UNUSED: &str = "dependency/new-and-unused";
const UNPINNED: &str = "dependency/version-left-open";
const IMAGE: &str = "dependency/image-without-version";
const SCRIPT: &str = "dependency/install-script";

pub(super) const ABOUT: &[About] = &[
    About {
        id: OUT_OF_STEP,
        category: Category::Dependency,
        severity: Severity::Warning,
        confidence: 0.85,
        title: "The manifest changed and its lock file did not follow",
        why: "The manifest names a dependency that the lock file beside it does not know. Builds that insist on the lock \
              file fail; others resolve the version anew on every machine. Update the lock file in the same change.",
        bad: "# Cargo.toml, without a change of Cargo.lock\n[dependencies]\nrand = \"0.9\"\n",
        good: "# Cargo.toml and Cargo.lock in one change\n[dependencies]\nrand = \"0.9\"\n",
        cwe: None,
        references: &[],
    },
    About {
        id: LOWERED,
        category: Category::Dependency,
        severity: Severity::Warning,
        confidence: 0.75,
        title: "The version of a dependency was lowered",
        why: "An older version brings back the faults that newer ones repaired. It happens when a conflict is resolved \
              the wrong way round. If it is meant, say why in a comment beside it.",
        bad: "serde = \"1.0.100\" # was \"1.0.210\"\n",
        good: "serde = \"1.0.210\"\n",
        cwe: Some(1395),
        references: &[],
    },
    About {
        id: LOOKALIKE,
        category: Category::Security,
        severity: Severity::Warning,
        confidence: 0.7,
        title: "The name of a new dependency is nearly that of a popular one",
        why: "Names one slip away from a popular package are registered to be installed by mistake, and their install \
              scripts run with the rights of whoever builds. Look whether this is the package that was meant.",
        bad: "\"dependencies\": {\n  \"expresss\": \"^4.19.0\"\n}\n",
        good: "\"dependencies\": {\n  \"express\": \"^4.19.0\"\n}\n",
        cwe: Some(1357),
        references: &["https://owasp.org/www-project-open-source-software-top-10/"],
    },
    About {
        id: UNUSED,
        category: Category::Dependency,
        severity: Severity::Hint,
        confidence: 0.65,
        title: "A new dependency is not used anywhere",
        why: "No file of the workspace imports it. Every dependency is built, updated and trusted, so one that nothing \
              needs is only cost. Take it out, or add the code that uses it to this change.",
        bad: "# Cargo.toml; no file says `rand`\n[dependencies]\nrand = \"0.9\"\n",
        good: "# src/lib.rs\nuse rand::Rng;\n",
        cwe: None,
        references: &[],
    },
    About {
        id: UNPINNED,
        category: Category::Dependency,
        severity: Severity::Warning,
        confidence: 0.75,
        title: "The version of a dependency is left open where its neighbours name one",
        why: "`*`, `latest` or no version at all takes whatever is newest when it is installed, so that the same commit \
              builds differently tomorrow. Name a version, as the other entries of this manifest do.",
        bad: "\"dependencies\": {\n  \"react\": \"^18.2.0\",\n  \"axios\": \"*\"\n}\n",
        good: "\"dependencies\": {\n  \"react\": \"^18.2.0\",\n  \"axios\": \"^1.7.0\"\n}\n",
        cwe: Some(1357),
        references: &[],
    },
    About {
        id: IMAGE,
        category: Category::Dependency,
        severity: Severity::Warning,
        confidence: 0.85,
        title: "A base image that named its version no longer does",
        why: "The change replaces a tag with `latest` or with none. Every build from now on starts from whatever was \
              pushed last. Keep a tag that names a version, or a digest.",
        bad: "FROM python:latest\n",
        good: "FROM python:3.12-slim\n",
        cwe: Some(1357),
        references: &[],
    },
    About {
        id: SCRIPT,
        category: Category::Security,
        severity: Severity::Info,
        confidence: 0.8,
        title: "A script runs whenever somebody installs this package",
        why: "`preinstall`, `install` and `postinstall` run on the machine of everybody who installs the package, with \
              their rights. Look at what it does; a `prepare` or build script is enough for most purposes.",
        bad: "\"scripts\": {\n  \"postinstall\": \"node setup.js\"\n}\n",
        good: "\"scripts\": {\n  \"build\": \"node setup.js\"\n}\n",
        cwe: Some(506),
        references: &["https://docs.npmjs.com/cli/using-npm/scripts"],
    },
];

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        let Some(new) = &file.texts.new else { continue };
        if let Some(ecosystem) = Ecosystem::of(file.path()) {
            manifest(around, file, ecosystem, new, &mut remarks);
        }
        if is_dockerfile(file.path()) {
            images(file, new, &mut remarks);
        }
    }
    remarks
}

fn manifest(
    around: &Around<'_>,
    file: &ChangedFile,
    ecosystem: Ecosystem,
    new: &Text,
    remarks: &mut Vec<Remark>,
) {
    let path = file.path();
    let after = entries(ecosystem, path, new.as_str());
    let before = match &file.texts.old {
        Some(old) => entries(ecosystem, path, old.as_str()),
        // All of a new manifest is new; that says nothing about one entry.
        None => return,
    };
    let lock = Lock::find(around, ecosystem, path);
    let pinned = after.iter().filter(|entry| is_pinned(entry)).count();
    for entry in &after {
        let old = before
            .iter()
            .find(|old| old.name == entry.name && old.dev == entry.dev)
            .or_else(|| before.iter().find(|old| old.name == entry.name));
        if old.is_some_and(|old| old.version == entry.version && old.elsewhere == entry.elsewhere) {
            continue;
        }
        let name = &entry.name;
        let mut say = |rule: &str, title: String, message: String, evidence: Vec<Evidence>| {
            remarks.push(Remark {
                path: path.clone(),
                draft: Draft::new(rule, entry.span).titled(title),
                message,
                evidence,
                elsewhere: None,
            });
        };
        if let (None, false, Some(lock)) = (old, entry.elsewhere, &lock)
            && !lock.knows(name)
        {
            say(
                OUT_OF_STEP,
                format!("`{name}` is not in {}", lock.path.file_name()),
                format!(
                    "{} names `{name}`, and {} does not know it. Run `{}` and add the result to the change.",
                    path.file_name(),
                    lock.path,
                    ecosystem.update()
                ),
                vec![lock.evidence()],
            );
        }
        if let Some(old) = old
            && let (Some(was), Some(is)) = (&old.version, &entry.version)
            && let (Some(from), Some(to)) = (numbers(was), numbers(is))
            && to < from
            // `1.2.3` to `1.2` or `^1` is a wider range, not an older version.
            && !from.starts_with(&to)
            && !entry.elsewhere
        {
            say(
                LOWERED,
                format!("`{name}` goes back from {was} to {is}"),
                format!(
                    "The change lowers `{name}` from `{was}` to `{is}`. If a conflict was resolved here, look at which \
                     side was meant; if it is on purpose, say why beside it."
                ),
                Vec::new(),
            );
        }
        if old.is_none() {
            if let Some(popular) = popular::lookalike(ecosystem, name) {
                say(
                    LOOKALIKE,
                    format!("`{name}` is nearly `{popular}`"),
                    format!(
                        "The change adds `{name}`, one slip away from the popular `{popular}`. Look whether that is the \
                         package that was meant before anybody installs it."
                    ),
                    Vec::new(),
                );
            }
            let neighbours = before.iter().map(|other| other.name.as_str());
            if let Some(meant) = popular::misspelt(name, neighbours)
                && popular::lookalike(ecosystem, name).is_none()
                && !mentions(around, name)
            {
                say(
                    LOOKALIKE,
                    format!("`{name}` is nearly `{meant}`"),
                    format!(
                        "The change adds `{name}`, one slip away from `{meant}`, which this project uses already, and nothing \
                         imports it. Look whether that is the package that was meant before anybody installs it."
                    ),
                    Vec::new(),
                );
            }
            if !entry.dev && is_unused(around, ecosystem, name) {
                say(
                    UNUSED,
                    format!("`{name}` is new, and nothing imports it"),
                    format!(
                        "No file of the workspace mentions `{name}`. Take it out, or add what uses it to this change."
                    ),
                    Vec::new(),
                );
            }
        }
        if !is_pinned(entry)
            && !entry.elsewhere
            && is_open(ecosystem, entry)
            && let Some(was) = old.filter(|old| is_pinned(old))
        {
            say(
                UNPINNED,
                format!("`{name}` takes any version"),
                format!(
                    "The change takes the version from `{name}`, which was `{}`. It now takes whatever is newest on the day of \
                     the build; name one again.",
                    was.version.as_deref().unwrap_or_default()
                ),
                Vec::new(),
            );
        } else if !is_pinned(entry)
            && !entry.elsewhere
            && is_open(ecosystem, entry)
            && pinned >= 2
            && pinned * 5 >= after.len() * 4 - 4
        {
            say(
                UNPINNED,
                format!("`{name}` takes any version"),
                format!(
                    "{pinned} of {} dependencies here name a version; `{name}` takes whatever is newest on the day of \
                     the build. Name one as well.",
                    after.len()
                ),
                Vec::new(),
            );
        }
    }
    if ecosystem == Ecosystem::Npm {
        scripts(file, new, remarks);
    }
}

fn is_pinned(entry: &Entry) -> bool {
    entry.version.as_deref().and_then(numbers).is_some()
}

/// Whether no version means any version; in a Gemfile and a list of requirements that is common use.
fn is_open(ecosystem: Ecosystem, entry: &Entry) -> bool {
    match ecosystem {
        Ecosystem::Cargo | Ecosystem::Npm | Ecosystem::Composer => {
            matches!(entry.version.as_deref(), Some("*" | "latest" | "" | "x"))
        }
        Ecosystem::Python | Ecosystem::Ruby => entry.version.is_none(),
        Ecosystem::Go => false,
    }
}

/// The lock file of a manifest.
struct Lock {
    path: RelPath,
    text: Text,
}

impl Lock {
    /// The nearest lock file in the manifest's folder or above it; `None` where there is none or it is part of the
    /// change, too (then it was made for it).
    fn find(around: &Around<'_>, ecosystem: Ecosystem, manifest: &RelPath) -> Option<Self> {
        let mut folder = manifest.parent().unwrap_or("").to_owned();
        loop {
            for name in ecosystem.locks() {
                let path = match folder.as_str() {
                    "" => (*name).to_owned(),
                    folder => format!("{folder}/{name}"),
                };
                let Ok(path) = RelPath::new(&path) else {
                    continue;
                };
                let changed = around
                    .change
                    .files
                    .iter()
                    .any(|file| file.path == path && file.status != FileStatus::Deleted);
                if changed {
                    return None;
                }
                if let Some(text) = around.text(&path) {
                    return Some(Self { path, text });
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(up, _)| up).to_owned();
        }
    }

    /// Whether the name stands in it as a whole.
    fn knows(&self, name: &str) -> bool {
        let text = self.text.as_str();
        let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let stands = |name: &str| {
            text.match_indices(name).any(|(at, _)| {
                !text[..at].chars().next_back().is_some_and(part)
                    && !text[at + name.len()..].chars().next().is_some_and(part)
            })
        };
        // Python's names are the same with `-`, `_` and `.`, and in any letter case.
        stands(name) || stands(&name.replace('-', "_")) || stands(&name.replace('_', "-")) || {
            let lower = text.to_ascii_lowercase();
            lower.contains(&format!("\"{name}\"")) || lower.contains(&name.replace('-', "."))
        }
    }

    fn evidence(&self) -> Evidence {
        Evidence {
            path: self.path.clone(),
            span: self.text.lines().line_span(0).unwrap_or(Span::new(0, 0)),
            note: "does not know it".to_owned(),
        }
    }
}

/// Whether no file imports a package, where its name tells how it is imported.
fn is_unused(around: &Around<'_>, ecosystem: Ecosystem, name: &str) -> bool {
    // A partial index proves nothing.
    if !around.index.status().fresh {
        return false;
    }
    match ecosystem {
        Ecosystem::Cargo => {
            let known_as = name.replace('-', "_");
            !mentions(around, &known_as)
        }
        Ecosystem::Npm => {
            // Types, plugins and tools are used by configuration.
            let is_tool = name.starts_with("@types/")
                || [
                    "eslint", "prettier", "babel", "webpack", "loader", "plugin", "preset", "cli",
                    "config", "types",
                ]
                .iter()
                .any(|part| name.contains(part));
            !is_tool && !mentions(around, name) && !said(around, name)
        }
        Ecosystem::Go | Ecosystem::Python | Ecosystem::Ruby | Ecosystem::Composer => false,
    }
}

/// Whether something imports from `name` or names it.
fn mentions(around: &Around<'_>, name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let as_name = around.index.references(last, 5);
    let as_name = as_name
        .iter()
        .any(|found| found.reference.kind != ReferenceKind::Use || found.reference.name == name);
    as_name || said(around, name)
}

/// Whether a search for the words finds the name in anything but a manifest or a lock file.
fn said(around: &Around<'_>, name: &str) -> bool {
    let query = base::search::Query::weighted(vec![(name.to_owned(), 1.0)]);
    around.index.search(&query, 20).iter().any(|hit| {
        let is_manifest = Ecosystem::of(&hit.path).is_some()
            || hit.path.file_name().contains("lock")
            || hit.path.file_name().ends_with(".md");
        !is_manifest
            && around
                .text(&hit.path)
                .is_some_and(|text| text.as_str().contains(name))
    })
}

fn is_dockerfile(path: &RelPath) -> bool {
    let name = path.file_name();
    name == "Dockerfile"
        || name == "Containerfile"
        || name.starts_with("Dockerfile.")
        || name.ends_with(".dockerfile")
}

/// `FROM` lines that lost their version.
fn images(file: &ChangedFile, new: &Text, remarks: &mut Vec<Remark>) {
    let Some(old) = &file.texts.old else { return };
    let froms = |text: &Text| -> Vec<(String, String, Span)> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in text.as_str().split_inclusive('\n') {
            let mut words = line.split_whitespace();
            if words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("from"))
                && let Some(image) = words.find(|word| !word.starts_with("--"))
            {
                let start = at + line.find(image).unwrap_or(0);
                let (name, tag) = split_image(image);
                let span = Span::new(start, start + image.len());
                found.push((name.to_owned(), tag.to_owned(), span));
            }
            at += line.len();
        }
        found
    };
    let before = froms(old);
    for (name, tag, span) in froms(new) {
        let open = tag.is_empty() || tag == "latest";
        let was = before
            .iter()
            .find(|(other, tag, _)| *other == name && !tag.is_empty() && tag != "latest");
        let still = before
            .iter()
            .any(|(other, other_tag, _)| *other == name && *other_tag == tag);
        if let (true, Some((_, was, _)), false) = (open, was, still) {
            remarks.push(Remark {
                path: file.path().clone(),
                draft: Draft::new(IMAGE, span)
                    .titled(format!("`{name}` named the version {was} and now takes the latest")),
                message: format!(
                    "The base image was `{name}:{was}`. Without a version every build starts from what was pushed last; \
                     name a tag or a digest."
                ),
                evidence: Vec::new(),
                elsewhere: None,
            });
        }
    }
}

/// A name and its tag or digest; a colon in a registry's address is no tag.
fn split_image(image: &str) -> (&str, &str) {
    if let Some((name, digest)) = image.split_once('@') {
        return (name, digest);
    }
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, ""),
    }
}

/// Scripts of `package.json` that run on install and were not there before.
fn scripts(file: &ChangedFile, new: &Text, remarks: &mut Vec<Remark>) {
    let old = file.texts.old.as_ref().map_or("", Text::as_str);
    for key in ["\"preinstall\"", "\"install\"", "\"postinstall\""] {
        let Some(at) = new.as_str().find(key) else {
            continue;
        };
        let is_pair = new.as_str()[at + key.len()..]
            .trim_start()
            .starts_with(": \"");
        if old.contains(key) || !is_pair {
            continue;
        }
        let name = key.trim_matches('"');
        remarks.push(Remark {
            path: file.path().clone(),
            draft: Draft::new(SCRIPT, Span::new(at, at + key.len()))
                .titled(format!("`{name}` runs on every machine that installs this package")),
            message: format!(
                "The change adds a `{name}` script. It runs with the rights of whoever installs the package; look at what \
                 it does, or move it to a build script."
            ),
            evidence: Vec::new(),
            elsewhere: None,
        });
    }
}

/// The dependencies that a changed manifest names differently than before; nothing where it is no manifest or is new.
pub(crate) fn changed(file: &ChangedFile) -> Vec<crate::describe::DependencyFact> {
    use crate::describe::{DependencyDid, DependencyFact};
    let (Some(ecosystem), Some(old), Some(new)) =
        (Ecosystem::of(file.path()), &file.texts.old, &file.texts.new)
    else {
        return Vec::new();
    };
    let before = entries(ecosystem, file.path(), old.as_str());
    let after = entries(ecosystem, file.path(), new.as_str());
    let mut found: Vec<DependencyFact> = Vec::new();
    let mut say = |name: &str, before: Option<&Entry>, after: Option<&Entry>, did| {
        if found.iter().all(|fact| fact.name != name) {
            found.push(DependencyFact {
                name: name.to_owned(),
                before: before.and_then(|entry| entry.version.clone()),
                after: after.and_then(|entry| entry.version.clone()),
                did,
            });
        }
    };
    for entry in &after {
        let same = |old: &&Entry| old.name == entry.name;
        match before.iter().find(same) {
            None => say(&entry.name, None, Some(entry), DependencyDid::Added),
            Some(_)
                if before
                    .iter()
                    .any(|old| same(&old) && old.version == entry.version) => {}
            Some(old) => say(&entry.name, Some(old), Some(entry), DependencyDid::Updated),
        }
    }
    for entry in &before {
        if after.iter().all(|new| new.name != entry.name) {
            say(&entry.name, Some(entry), None, DependencyDid::Removed);
        }
    }
    found
}
