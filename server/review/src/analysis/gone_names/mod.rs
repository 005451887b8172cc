//! Names without a symbol that the change took away and something still uses: environment variables, options,
//! configuration keys, scripts, targets, features, routes, translations, files; and symbols that pages for people still name.
//!
//! A name is gone when the old side of a changed line gives it and nothing on the new side does, in no file. Only then
//! are other files read, so a change that takes nothing away costs nothing.

mod named;
mod paths;
mod places;
mod settings;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use base::search::Query;
use base::{Category, Evidence, RelPath, Severity, Span, SymbolKind, Text};
use rayon::prelude::*;
use syntax::Language;

use self::named::{Kind, Named, named};
use self::places::Sort;
use super::dangling::{came_back, is_telling, still_there};
use super::{Around, MAX_EVIDENCE, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, What, is_callable, is_type};

const NAME: &str = "analysis/dangling-name";
const PAGE: &str = "analysis/docs-name-what-is-gone";

pub(super) const ABOUT: &[About] = &[
    About {
        id: NAME,
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: 0.85,
        title: "What this names is gone",
        why: "The change takes away the last place that knows an environment variable, an option, a configuration key, a script, a target, a \
              feature, a route, a translation or a file, and a build, a deployment or code that was not changed still \
              names it. Nothing complains until that runs. Use the new name there, or take the mention out.",
        bad: "# server.py; was os.environ[\"RATES_DIR\"]\npath = os.environ[\"RATES_FOLDER\"]\n\n# compose.yml, not changed\nenvironment:\n  RATES_DIR: /srv/rates\n",
        good: "# compose.yml\nenvironment:\n  RATES_FOLDER: /srv/rates\n",
        cwe: None,
        references: &[],
    },
    About {
        id: PAGE,
        category: Category::Docs,
        severity: Severity::Info,
        confidence: 0.85,
        title: "A page names what the change takes away",
        why: "The change removes or renames something that a page for readers still explains: an option, a setting, a \
              command, a file, a function. Whoever follows the page is led astray. Change the page with the code.",
        bad: "<!-- README.md; the change renames --max-cost to --budget -->\nUse `--max-cost 2` to stop after two dollars.\n",
        good: "Use `--budget 2` to stop after two dollars.\n",
        cwe: Some(1059),
        references: &[],
    },
];

/// Names that are looked for in one review; a change that takes more away is a new program.
const MAX_NAMES: usize = 60;
/// Files that are read for them.
const MAX_FILES: usize = 3_000;
/// Code that the index names for one of them.
const MAX_HITS: usize = 40;
/// Remarks of one review.
const MAX_REMARKS: usize = 10;
/// A page or a build file larger than this is data.
const MAX_BYTES: usize = 400_000;

/// Something that is gone.
struct Gone {
    what: Thing,
    /// What it is called now, where that is plain.
    now: Option<String>,
    /// The changed file that had it.
    by: RelPath,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Named(Kind, String),
    File(RelPath),
    Symbol(String),
}

impl Thing {
    fn shown(&self) -> String {
        match self {
            Self::Named(Kind::Flag, name) => format!("`--{name}`"),
            Self::Named(_, name) | Self::Symbol(name) => format!("`{name}`"),
            Self::File(path) => path.to_string(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Named(kind, _) => kind.as_str(),
            Self::File(_) => "file",
            Self::Symbol(_) => "definition",
        }
    }
}

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut gone = taken_away(around);
    if gone.is_empty() || around.cancel.is_cancelled() {
        return Vec::new();
    }
    gone.truncate(MAX_NAMES);
    let read = readers(around);
    let mut remarks = Vec::new();
    for one in &gone {
        if remarks.len() == MAX_REMARKS {
            break;
        }
        remarks.extend(judge(around, one, &read));
    }
    remarks
}

/// What the change takes away for good.
fn taken_away(around: &Around<'_>) -> Vec<Gone> {
    let files = &around.semantic.files;
    let mut here: HashSet<(Kind, String)> = HashSet::new();
    let mut was: Vec<(&ChangedFile, Vec<Named>, Vec<Named>)> = Vec::new();
    for file in files {
        let old_path = file.change.old_path.as_ref().unwrap_or(file.path());
        let of = |path: &RelPath, text: Option<&Text>| {
            text.filter(|text| text.len() <= MAX_BYTES)
                .map(|text| named(path, text.as_str()))
                .unwrap_or_default()
        };
        let new = of(file.path(), file.texts.new.as_ref());
        here.extend(new.iter().map(|one| (one.kind, one.name.clone())));
        if !is_test_path(old_path) {
            was.push((file, of(old_path, file.texts.old.as_ref()), new));
        }
    }
    let mut found: BTreeMap<Thing, Gone> = BTreeMap::new();
    for (file, old, new) in &was {
        let added: BTreeSet<(Kind, &str)> = new
            .iter()
            .filter(|one| file.new.is_changed(one.span))
            .map(|one| (one.kind, one.name.as_str()))
            .filter(|(kind, name)| !old.iter().any(|o| o.kind == *kind && o.name == *name))
            .collect();
        let lost: BTreeSet<(Kind, &str)> = old
            .iter()
            .filter(|one| file.old.is_changed(one.span))
            .map(|one| (one.kind, one.name.as_str()))
            .filter(|(kind, name)| !here.contains(&(*kind, (*name).to_owned())))
            .collect();
        for (kind, name) in &lost {
            let of_kind =
                |all: &BTreeSet<(Kind, &str)>| all.iter().filter(|one| one.0 == *kind).count();
            let now = (of_kind(&lost) == 1 && of_kind(&added) == 1)
                .then(|| added.iter().find(|one| one.0 == *kind))
                .flatten()
                .map(|(_, name)| Thing::Named(*kind, (*name).to_owned()).shown());
            if is_alive(around, file, *kind, name) {
                continue;
            }
            let what = Thing::Named(*kind, (*name).to_owned());
            found.entry(what.clone()).or_insert(Gone {
                what,
                now,
                by: file.path().clone(),
            });
        }
    }
    for file in files {
        if let Some(path) = paths::gone(around, file) {
            let now = (path != *file.path()).then(|| file.path().to_string());
            let what = Thing::File(path);
            found.entry(what.clone()).or_insert(Gone {
                what,
                now,
                by: file.path().clone(),
            });
        }
        for (name, now) in symbols(around, file) {
            let what = Thing::Symbol(name);
            found.entry(what.clone()).or_insert(Gone {
                what,
                now: now.map(|now| format!("`{now}`")),
                by: file.path().clone(),
            });
        }
    }
    found.into_values().collect()
}

/// Tests, benchmarks and samples: what they define is nobody's to use, so a page that says the name means another one.
fn is_aside(path: &RelPath) -> bool {
    let folder = path.parent().unwrap_or("").to_ascii_lowercase();
    is_test_path(path)
        || folder.split('/').any(|part| {
            matches!(
                part,
                "bench"
                    | "benches"
                    | "benchmark"
                    | "benchmarks"
                    | "demo"
                    | "demos"
                    | "example"
                    | "examples"
                    | "fixtures"
                    | "funtests"
                    | "sample"
                    | "samples"
            )
        })
}

/// Public definitions that are gone from the workspace, with what they are called now.
fn symbols(around: &Around<'_>, file: &ChangedFile) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for symbol in &file.symbols {
        let now = match symbol.what {
            What::Removed => None,
            What::Renamed => file.new_of(symbol).map(|one| one.name.clone()),
            _ => continue,
        };
        let Some(before) = file.old_of(symbol) else {
            continue;
        };
        let is_named =
            is_callable(before.kind) || is_type(before.kind) || before.kind == SymbolKind::Constant;
        if is_named
            && before.exported
            && !before.is_test
            && is_telling(&before.name)
            && !is_aside(file.path())
            && !still_there(file, &before.name)
            && !came_back(around, &before.name)
            && around.index.definitions(&before.name, 1).is_empty()
        {
            found.push((before.name.clone(), now));
        }
    }
    found
}

/// Whether some file that is no test still gives the name or speaks of it in quotes.
fn is_alive(around: &Around<'_>, by: &ChangedFile, kind: Kind, name: &str) -> bool {
    let quoted = match kind {
        Kind::Flag => vec![
            format!("\"{name}\""),
            format!("\"--{name}"),
            format!("'--{name}"),
            format!("'{name}'"),
            format!("--{name}="),
        ],
        _ => vec![format!("\"{name}\""), format!("'{name}'")],
    };
    let gives = |path: &RelPath, text: &Text| {
        let sort = Sort::of(path);
        let is_said = sort == Some(Sort::Code)
            && matches!(kind, Kind::Variable | Kind::Flag | Kind::Route | Kind::Key)
            && quoted
                .iter()
                .any(|one| text.as_str().contains(one.as_str()));
        is_said
            || text.as_str().contains(last_word(name))
                && named(path, text.as_str())
                    .iter()
                    .any(|one| one.kind == kind && one.name == name)
    };
    match kind {
        // Only the crate's own manifest counts; another package's script or target is another one, but a page does not
        // say which.
        Kind::Feature | Kind::Translation => false,
        Kind::Script | Kind::Target | Kind::Setting => {
            around.index.files().iter().any(|(path, _)| {
                let is_one = match kind {
                    Kind::Script => path.file_name() == "package.json",
                    // Another environment's file may still give it.
                    Kind::Setting => settings::is_config(path),
                    _ => {
                        path.file_name().to_ascii_lowercase().ends_with("makefile")
                            || path.extension() == Some("mk")
                    }
                };
                is_one
                    && path != by.path()
                    && around.text(path).is_some_and(|text| gives(path, &text))
            })
        }
        // What a route serves for one client, it serves for another one as well: mentions are judged, not givers.
        Kind::Variable | Kind::Flag | Kind::Route | Kind::Key => {
            let changed = around.semantic.files.iter().any(|file| {
                !is_test_path(file.path())
                    && file.texts.new.as_ref().is_some_and(|text| match kind {
                        Kind::Route => named(file.path(), text.as_str())
                            .iter()
                            .any(|one| one.kind == kind && one.name == name),
                        _ => gives(file.path(), text),
                    })
            });
            let query = Query::weighted(vec![(name.to_owned(), 1.0)]);
            changed
                || around.index.search(&query, MAX_HITS).iter().any(|hit| {
                    !is_test_path(&hit.path)
                        && around.text(&hit.path).is_some_and(|text| match kind {
                            Kind::Route => named(&hit.path, text.as_str())
                                .iter()
                                .any(|one| one.kind == kind && one.name == name),
                            _ => gives(&hit.path, &text),
                        })
                })
        }
    }
}

/// The part of a name that stands in a text however the name is written.
fn last_word(name: &str) -> &str {
    name.rsplit(['.', '-', '_', '/']).next().unwrap_or(name)
}

/// Builds and pages.
fn readers(around: &Around<'_>) -> Vec<(RelPath, Sort, Text)> {
    let mut paths: Vec<(RelPath, Sort)> = around
        .index
        .files()
        .into_iter()
        .filter_map(|(path, _)| {
            let sort = Sort::of(&path)?;
            (sort != Sort::Code).then_some((path, sort))
        })
        .collect();
    paths.sort();
    paths.truncate(MAX_FILES);
    // Read beside the texts that are kept: these are many, and asked for once.
    let (repo, at, semantic) = (around.repo, &around.change.new, around.semantic);
    paths
        .into_par_iter()
        .filter_map(|(path, sort)| {
            let text = match semantic.file(&path) {
                Some(file) => file.texts.new.clone()?,
                None => repo.text(&path, at).ok().flatten()?,
            };
            (text.len() <= MAX_BYTES).then_some((path, sort, text))
        })
        .collect()
}

fn judge(around: &Around<'_>, gone: &Gone, read: &[(RelPath, Sort, Text)]) -> Option<Remark> {
    let mut places: Vec<(Sort, RelPath, Span)> = Vec::new();
    let programs = match &gone.what {
        Thing::Named(Kind::Flag, name) if !name.contains('-') => {
            settings::programs(around, &gone.by)
        }
        _ => Vec::new(),
    };
    let mut take = |path: &RelPath, sort: Sort, text: &Text| {
        let spans = match &gone.what {
            Thing::Named(kind, name) => {
                if !concerns(*kind, gone, path) {
                    return;
                }
                places::uses(*kind, name, &programs, (path, sort), text.as_str())
            }
            Thing::File(was) => paths::uses(was, path, sort, text.as_str()),
            Thing::Symbol(name) if sort == Sort::Page => {
                let found =
                    places::words(text.as_str(), name).filter(|span| is_code(text.as_str(), *span));
                places::spoken(text.as_str(), found)
            }
            Thing::Symbol(_) => Vec::new(),
        };
        places.extend(spans.into_iter().map(|span| (sort, path.clone(), span)));
    };
    for (path, sort, text) in read {
        take(path, *sort, text);
    }
    if let Thing::Named(
        kind @ (Kind::Feature | Kind::Route | Kind::Translation | Kind::Setting),
        name,
    ) = &gone.what
    {
        let mut seen = HashSet::new();
        let query = Query::weighted(vec![(name.clone(), 1.0)]);
        for hit in around.index.search(&query, MAX_HITS) {
            let is_wanted = Sort::of(&hit.path) == Some(Sort::Code)
                && !(*kind == Kind::Route && is_test_path(&hit.path));
            if is_wanted
                && seen.insert(hit.path.clone())
                && let Some(text) = around.text(&hit.path)
            {
                take(&hit.path, Sort::Code, &text);
            }
        }
    }
    places.sort();
    let (sort, path, span) = places.first()?.clone();
    let (shown, kind) = (gone.what.shown(), gone.what.kind());
    let rule = match sort {
        Sort::Page => PAGE,
        _ => NAME,
    };
    let title = match &gone.now {
        Some(now) => format!("The {kind} {shown} is {now} now, and this still names the old one"),
        None => format!("The {kind} {shown} is gone, and this still names it"),
    };
    let more = match places.len() {
        1 => String::new(),
        count => format!(" It is named in {count} places."),
    };
    let by = match &gone.what {
        Thing::File(_) => format!("The change takes {shown} away."),
        _ => format!("{} no longer has {shown}, and nothing else does.", gone.by),
    };
    let advice = match &gone.now {
        Some(now) => format!("Say {now} here."),
        None => "Take it out here too, or keep it.".to_owned(),
    };
    let evidence = places
        .iter()
        .skip(1)
        .take(MAX_EVIDENCE)
        .map(|(_, path, span)| Evidence {
            path: path.clone(),
            span: *span,
            note: "names it too".to_owned(),
        })
        .collect();
    Some(Remark {
        path,
        draft: Draft::new(rule, span).titled(title),
        message: format!("{by}{more} {advice}"),
        evidence,
        elsewhere: Some("it names what the change took away".to_owned()),
    })
}

/// A feature is one of its own crate; a translation is asked for by code of its language.
fn concerns(kind: Kind, gone: &Gone, path: &RelPath) -> bool {
    match kind {
        Kind::Feature => {
            let crate_of = gone.by.parent().unwrap_or("");
            path.extension() == Some("rs")
                && (crate_of.is_empty() || path.as_str().starts_with(&format!("{crate_of}/")))
        }
        _ => path != &gone.by || Language::detect(path, "").is_some(),
    }
}

/// Whether a page shows the word as code: between backticks, or on an indented or fenced line with signs of code.
fn is_code(text: &str, span: Span) -> bool {
    let before = text.get(..span.start as usize).unwrap_or_default();
    let after = text.get(span.end as usize..).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.matches('`').count() % 2 == 1
        || after.starts_with(['(', '`'])
        || line.ends_with(['.', ':']) && after.starts_with(['(', '<', '.'])
}

#[cfg(test)]
mod tests;
