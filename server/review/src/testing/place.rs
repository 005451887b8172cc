//! Where the tests of a file belong: the form of path that most tests of the workspace have.

use std::collections::BTreeSet;

use base::RelPath;
use syntax::Language;

use crate::context::{is_test_path, near};

/// Tests that show the style.
const NEIGHBOURS: usize = 2;

/// Where the tests of a file belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file that they go into.
    pub path: RelPath,
    /// It is there already.
    pub exists: bool,
    /// They stand in the file of the code itself (Rust).
    pub inside: bool,
    /// Tests of the project that show how it writes them, and what they share (`conftest.py`), nearest first.
    pub neighbours: Vec<RelPath>,
}

/// A form of path for tests, from folder, stem and extension of the code.
type Form = fn(&str, &str, &str) -> String;

/// Where tests of `path` belong among `paths`; `None` where nothing tells.
pub fn place(path: &RelPath, language: Language, paths: &[RelPath]) -> Option<Place> {
    let neighbours = neighbours(path, language, paths);
    if language == Language::Rust {
        return Some(Place {
            path: path.clone(),
            exists: true,
            inside: true,
            neighbours,
        });
    }
    let known: BTreeSet<&str> = paths.iter().map(RelPath::as_str).collect();
    let forms = forms(language);
    let of = |form: &Form| {
        let (folder, stem, extension) = parts(path)?;
        RelPath::new(form(folder, stem, extension).trim_start_matches('/')).ok()
    };
    // Its own tests, wherever they are.
    let own = forms
        .iter()
        .filter_map(of)
        .find(|place| known.contains(place.as_str()) && place != path);
    let (path, exists) = match own {
        Some(own) => (own, true),
        None => {
            let same = |other: &&RelPath| is_family(language, other) && !is_test_path(other);
            let code: Vec<_> = paths.iter().filter(same).filter_map(parts).collect();
            let used = |form: &Form| {
                let tested = code.iter().filter(|(folder, stem, extension)| {
                    known.contains(form(folder, stem, extension).trim_start_matches('/'))
                });
                tested.count()
            };
            // The first of those that are used most.
            let best = forms
                .iter()
                .enumerate()
                .max_by_key(|(at, form)| (used(form), usize::MAX - at));
            (of(best?.1)?, false)
        }
    };
    Some(Place {
        path,
        exists,
        inside: false,
        neighbours,
    })
}

/// Folder (with `/` at its end, or empty), stem and extension.
fn parts(path: &RelPath) -> Option<(&str, &str, &str)> {
    let name = path.file_name();
    let folder = path.as_str().strip_suffix(name)?;
    let (stem, extension) = name.rsplit_once('.')?;
    Some((folder, stem, extension))
}

/// Whether a file is in the language, or in one that is tested with it.
fn is_family(language: Language, path: &RelPath) -> bool {
    let Some(other) = Language::detect(path, "") else {
        return false;
    };
    let script = [Language::JavaScript, Language::TypeScript, Language::Tsx];
    other == language || (script.contains(&other) && script.contains(&language))
}

fn neighbours(path: &RelPath, language: Language, paths: &[RelPath]) -> Vec<RelPath> {
    let is_one = |other: &&RelPath| {
        *other != path && is_test_path(other) && is_family(language, other) && !is_shared(other)
    };
    let stem = parts(path).map_or("", |(_, stem, _)| stem);
    let mut found: Vec<&RelPath> = paths.iter().filter(is_one).collect();
    found.sort_by(|a, b| {
        let key = |it: &RelPath| (it.file_name().contains(stem), near(path, it));
        let ((a_named, a_near), (b_named, b_near)) = (key(a), key(b));
        b_named
            .cmp(&a_named)
            .then(b_near.total_cmp(&a_near))
            .then_with(|| a.cmp(b))
    });
    let mut chosen: Vec<RelPath> = found.into_iter().take(NEIGHBOURS).cloned().collect();
    let shared = paths
        .iter()
        .filter(|other| is_shared(other) && is_family(language, other));
    chosen.extend(
        shared
            .max_by(|a, b| near(path, a).total_cmp(&near(path, b)))
            .cloned(),
    );
    chosen
}

/// What tests of several files share.
fn is_shared(path: &RelPath) -> bool {
    matches!(
        path.file_name(),
        "conftest.py"
            | "spec_helper.rb"
            | "rails_helper.rb"
            | "test_helper.rb"
            | "test_helper.exs"
            | "TestCase.php"
    )
}

/// `folder` without its first part, where that is one of `parts`.
fn below<'f>(folder: &'f str, parts: &[&str]) -> &'f str {
    parts
        .iter()
        .find_map(|part| folder.strip_prefix(part))
        .unwrap_or(folder)
}

/// Forms of paths, the usual one of the language first.
fn forms(language: Language) -> &'static [Form] {
    match language {
        Language::Python => &[
            |_, stem, _| format!("tests/test_{stem}.py"),
            |folder, stem, _| {
                format!(
                    "tests/{}test_{stem}.py",
                    past_first(below(folder, &["src/"]))
                )
            },
            |folder, stem, _| format!("tests/{}test_{stem}.py", below(folder, &["src/"])),
            |folder, stem, _| format!("{folder}tests/test_{stem}.py"),
            |folder, stem, _| format!("{folder}test_{stem}.py"),
            |folder, stem, _| format!("{folder}{stem}_test.py"),
            |_, stem, _| format!("test/test_{stem}.py"),
        ],
        Language::JavaScript | Language::TypeScript | Language::Tsx => &[
            |folder, stem, extension| format!("{folder}{stem}.test.{extension}"),
            |folder, stem, extension| format!("{folder}{stem}.spec.{extension}"),
            |folder, stem, extension| format!("{folder}__tests__/{stem}.test.{extension}"),
            |folder, stem, extension| format!("{folder}__tests__/{stem}.{extension}"),
            |folder, stem, extension| {
                format!(
                    "test/{}{stem}.test.{extension}",
                    below(folder, &["src/", "lib/"])
                )
            },
            |folder, stem, extension| {
                format!(
                    "tests/{}{stem}.test.{extension}",
                    below(folder, &["src/", "lib/"])
                )
            },
            |folder, stem, extension| {
                format!(
                    "test/{}{stem}.spec.{extension}",
                    below(folder, &["src/", "lib/"])
                )
            },
            |folder, stem, extension| {
                format!(
                    "test/{}{stem}.{extension}",
                    below(folder, &["src/", "lib/"])
                )
            },
        ],
        Language::Go => &[|folder, stem, _| format!("{folder}{stem}_test.go")],
        Language::Java | Language::Kotlin | Language::Scala => &[
            |folder, stem, extension| format!("{}{stem}Test.{extension}", in_tests(folder)),
            |folder, stem, extension| format!("{}{stem}Tests.{extension}", in_tests(folder)),
            |folder, stem, extension| format!("{}{stem}Spec.{extension}", in_tests(folder)),
            |folder, stem, extension| format!("{}{stem}Suite.{extension}", in_tests(folder)),
        ],
        Language::CSharp => &[
            |folder, stem, _| format!("{}{stem}Tests.cs", beside_project(folder, "")),
            |folder, stem, _| {
                format!(
                    "tests/{}{stem}Tests.cs",
                    beside_project(below(folder, &["src/"]), "")
                )
            },
            |folder, stem, _| {
                format!(
                    "test/{}{stem}Tests.cs",
                    beside_project(below(folder, &["src/"]), "")
                )
            },
        ],
        Language::Ruby => &[
            |folder, stem, _| format!("spec/{}{stem}_spec.rb", below(folder, &["lib/", "app/"])),
            |folder, stem, _| format!("test/{}{stem}_test.rb", below(folder, &["lib/", "app/"])),
            |folder, stem, _| format!("test/{}test_{stem}.rb", below(folder, &["lib/", "app/"])),
            |_, stem, _| format!("test/test_{stem}.rb"),
        ],
        Language::Php => &[
            |folder, stem, _| {
                format!(
                    "tests/Unit/{}{stem}Test.php",
                    below(folder, &["src/", "app/"])
                )
            },
            |folder, stem, _| format!("tests/{}{stem}Test.php", below(folder, &["src/", "app/"])),
            |_, stem, _| format!("tests/{stem}Test.php"),
        ],
        Language::Elixir => {
            &[|folder, stem, _| format!("test/{}{stem}_test.exs", below(folder, &["lib/"]))]
        }
        Language::Swift => &[|folder, stem, _| {
            let below = below(folder, &["Sources/"]);
            let (target, _) = below.split_once('/').unwrap_or((below, ""));
            format!("Tests/{target}Tests/{stem}Tests.swift")
        }],
        Language::Lua => &[
            |folder, stem, _| format!("spec/{}{stem}_spec.lua", below(folder, &["src/", "lua/"])),
            |_, stem, _| format!("tests/test_{stem}.lua"),
        ],
        _ => &[],
    }
}

/// Without the first folder: the package of `src/package/sub/a.py`.
fn past_first(folder: &str) -> &str {
    folder.split_once('/').map_or("", |(_, rest)| rest)
}

fn in_tests(folder: &str) -> String {
    match folder.contains("src/main/") {
        true => folder.replacen("src/main/", "src/test/", 1),
        false => format!("src/test/{}", below(folder, &["src/"])),
    }
}

/// `App.Tests/…` beside `App/…`.
fn beside_project(folder: &str, before: &str) -> String {
    match folder.split_once('/') {
        Some((project, rest)) => format!("{before}{project}.Tests/{rest}"),
        None => "Tests/".to_owned(),
    }
}
