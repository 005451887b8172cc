//! Contexts of fixture changes: which excerpts, why, in which order.

use std::sync::Arc;
use std::time::Duration;

use base::history::{Churn, CoChange, CommitNote, History, HistoryExtent, NoHistory};
use base::memory::MemoryRepo;
use base::search::{FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, Query};
use base::{At, Cancel, ContentHash, Reason, RelPath, Repo, Scope, Text};
use syntax::{Language, Tree};

use super::{Budget, Sources, context};

/// The plainest index there can be: every file outlined, every question answered by looking through all of them.
pub(crate) struct Plain(Vec<(Text, Arc<FileOutline>)>);

impl Plain {
    pub(crate) fn of(repo: &MemoryRepo) -> Self {
        let all = repo.change(&Scope::All, &Cancel::new()).expect("files");
        let files = all.files.iter().filter_map(|file| {
            let text = repo.text(&file.path, &At::Worktree).ok()??;
            let language = Language::of(&file.path, &text)?;
            let tree = Tree::parse(language, &text, Duration::from_secs(5)).ok()?;
            let outline = FileOutline {
                path: file.path.clone(),
                hash: text.hash(),
                language: Some(language.name().into()),
                outline: tree.outline(),
            };
            Some((text, Arc::new(outline)))
        });
        Self(files.collect())
    }
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

impl Index for Plain {
    fn definitions(&self, name: &str, limit: usize) -> Vec<FoundDefinition> {
        let mut found = Vec::new();
        for (_, file) in self.0.iter().take(limit.max(1_000)) {
            for (index, definition) in (0u32..).zip(&file.outline.definitions) {
                if definition.name == name {
                    found.push(FoundDefinition {
                        path: file.path.clone(),
                        hash: file.hash,
                        index,
                        definition: definition.clone(),
                        qualified: owned(file.outline.qualified(index)),
                    });
                }
            }
        }
        found
    }

    fn references(&self, name: &str, _limit: usize) -> Vec<FoundReference> {
        let mut found = Vec::new();
        for (_, file) in &self.0 {
            for (index, reference) in (0u32..).zip(&file.outline.references) {
                if reference.name == name {
                    found.push(FoundReference {
                        path: file.path.clone(),
                        hash: file.hash,
                        index,
                        reference: reference.clone(),
                        within: reference
                            .within
                            .map(|within| owned(file.outline.qualified(within)))
                            .unwrap_or_default(),
                    });
                }
            }
        }
        found
    }

    fn search(&self, query: &Query, limit: usize) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (text, file) in &self.0 {
            if !query.paths.is_empty()
                && !query
                    .paths
                    .iter()
                    .any(|path| file.path.as_str().contains(path))
            {
                continue;
            }
            for (index, definition) in (0u32..).zip(&file.outline.definitions) {
                let body = text.slice(definition.span).unwrap_or("");
                let score: f32 = query
                    .words
                    .iter()
                    .filter(|(word, _)| body.contains(word.as_str()))
                    .map(|(_, weight)| weight)
                    .sum();
                if score > 0.0 {
                    hits.push(Hit {
                        path: file.path.clone(),
                        hash: file.hash,
                        span: definition.span,
                        symbol: owned(file.outline.qualified(index)),
                        definition: Some(index),
                        kind: Some(definition.kind),
                        score,
                    });
                }
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(limit);
        hits
    }

    fn outline(&self, path: &RelPath) -> Option<Arc<FileOutline>> {
        let found = self.0.iter().find(|(_, file)| file.path == *path);
        found.map(|(_, file)| Arc::clone(file))
    }

    fn files(&self) -> Vec<(RelPath, ContentHash)> {
        self.0
            .iter()
            .map(|(_, file)| (file.path.clone(), file.hash))
            .collect()
    }

    fn status(&self) -> IndexStatus {
        IndexStatus::default()
    }
}

/// A history that says which files go with whatever is asked for.
pub(crate) struct Pairs<'a>(pub(crate) &'a [(&'a str, f32)]);

impl History for Pairs<'_> {
    fn extent(&self) -> HistoryExtent {
        NoHistory.extent()
    }

    fn together(&self, paths: &[RelPath], _limit: usize) -> Vec<CoChange> {
        let pairs = self.0.iter().map(|(path, score)| CoChange {
            path: RelPath::new(path).expect("a path"),
            with: paths[0].clone(),
            together: (score * 10.0) as u32,
            changes: 10,
            confidence: *score,
            score: *score,
            last_together: 0,
            commits: Vec::new(),
        });
        pairs.filter(|pair| !paths.contains(&pair.path)).collect()
    }

    fn recent(&self, _path: &RelPath, _limit: usize) -> Vec<CommitNote> {
        Vec::new()
    }

    fn churn(&self, _path: &RelPath) -> Churn {
        Churn::default()
    }
}

fn gathered(fixture: &str, together: &[(&str, f32)], budget: Budget) -> base::Context {
    let repo = MemoryRepo::fixture(fixture);
    let index = Plain::of(&repo);
    let change = repo
        .change(&Scope::Worktree, &Cancel::new())
        .expect("a change");
    let history = Pairs(together);
    let sources = Sources {
        repo: &repo,
        index: &index,
        history: &history,
    };
    context(sources, &change, budget, &Cancel::new())
}

/// `reason path symbol` of each excerpt, best first; look-alikes only where asked for.
#[track_caller]
fn check(fixture: &str, together: &[(&str, f32)], expected: &[&str]) {
    let context = gathered(fixture, together, Budget::default());
    let items: Vec<String> = context
        .items
        .iter()
        .filter(|item| item.reason != Reason::Similar)
        .map(|item| {
            let symbol = item.symbol.join(".");
            format!("{} {} {symbol}", item.reason.as_str(), item.path)
                .trim_end()
                .to_owned()
        })
        .collect();
    assert_eq!(items, expected, "{:#?}", context.items);
}

const LEXER: &str = "\
//- src/lexer.rs
pub struct Lexer { at: usize }
impl Lexer {
    /// The next token.
    pub fn next(&mut self) -> Option<Token> { self.at += 1; None }
}
pub struct Token { pub kind: u8 }
//- old src/parser.rs
use crate::lexer::Lexer;
pub fn parse(lexer: &mut Lexer) -> u8 {
    0
}
//- new src/parser.rs
use crate::lexer::Lexer;
pub fn parse(lexer: &mut Lexer, deep: bool) -> u8 {
    lexer.next().map_or(0, |token| token.kind)
}
//- src/main.rs
mod lexer;
mod parser;
fn run() {
    let mut lexer = lexer::Lexer { at: 0 };
    parser::parse(&mut lexer);
}
//- src/other.rs
fn next() {}
//- tests/parsing.rs
#[test]
fn nothing_is_parsed() {
    let mut lexer = Lexer { at: 0 };
    assert_eq!(parse(&mut lexer), 0);
}
";

#[test]
fn what_is_used_who_uses_it_and_its_tests() {
    check(
        LEXER,
        &[],
        &[
            "caller src/main.rs run",
            "definition src/lexer.rs Lexer.next",
            "test tests/parsing.rs nothing_is_parsed",
            "type src/lexer.rs Lexer",
            "definition src/lexer.rs Token.kind",
        ],
    );
}

#[test]
fn a_budget_keeps_the_best() {
    let context = gathered(
        LEXER,
        &[],
        Budget {
            tokens: 110,
            items: 30,
        },
    );
    let symbols: Vec<_> = context
        .items
        .iter()
        .map(|item| item.symbol.join("."))
        .collect();
    // What is longer than the rest of the budget gives way to the next that fits.
    assert_eq!(symbols, ["run", "Lexer", "nothing_is_parsed", "next"]);
    assert!(context.left_out > 0);
    assert!(context.items.iter().map(|item| item.tokens).sum::<u32>() <= 110);
}

#[test]
fn who_still_uses_what_is_gone_comes_first() {
    check(
        "\
//- old app/text.py
def slug(name):
    return name.lower()

def title(name):
    return name.title()
//- new app/text.py
def title(name):
    return name.title()
//- app/page.py
from app.text import slug

def path(page):
    return '/' + slug(page.name)
//- app/other.py
def slug_of(x):
    return x.slug
",
        &[],
        &["caller app/page.py path"],
    );
}

#[test]
fn a_name_of_many_leads_to_the_imported_one_only() {
    check(
        "\
//- a/run.py
def start(x):
    return 'a'
//- b/run.py
def start(x):
    return 'b'
//- c/run.py
def start(x):
    return 'c'
//- old main.py
from b.run import start as begin
//- new main.py
from b.run import start as begin
begin(1)
",
        &[],
        &["definition b/run.py start"],
    );
}

#[test]
fn methods_lead_to_their_own_type() {
    check(
        "\
//- src/a.rs
pub struct A;
impl A { pub fn open(&self) {} }
//- src/b.rs
pub struct B;
impl B { pub fn open(&self) {} }
//- old src/main.rs
fn run() {}
//- new src/main.rs
fn run() { B::open(&x); }
",
        &[],
        &["definition src/b.rs B.open", "definition src/b.rs B"],
    );
}

#[test]
fn what_usually_changes_with_it_is_shown() {
    check(
        "\
//- docs/limits.py
LIMIT = 3
def limits():
    return LIMIT
//- old app.py
def total(rows):
    return sum(rows)
//- new app.py
def total(rows):
    return sum(rows) + 1
",
        &[("docs/limits.py", 0.8), ("app.py", 0.9)],
        &["co-change docs/limits.py LIMIT"],
    );
}

#[test]
fn an_excerpt_of_another_version_is_left_out() {
    let repo = MemoryRepo::fixture(LEXER);
    let stale = MemoryRepo::fixture(&LEXER.replace("/// The next token.", "/// The next one."));
    let index = Plain::of(&stale);
    let change = repo
        .change(&Scope::Worktree, &Cancel::new())
        .expect("a change");
    let sources = Sources {
        repo: &repo,
        index: &index,
        history: &NoHistory,
    };
    let context = context(sources, &change, Budget::default(), &Cancel::new());
    assert!(!context.items.is_empty());
    assert!(
        context
            .items
            .iter()
            .all(|item| item.path.as_str() != "src/lexer.rs")
    );
}

#[test]
fn long_definitions_are_shown_around_what_matters() {
    let filler = |n: usize| {
        (0..n)
            .map(|i| format!("    let v{i} = {i};\n"))
            .collect::<String>()
    };
    let fixture = format!(
        "//- src/big.rs\nfn big() {{\n{}    small(1);\n{}}}\n//- old src/small.rs\npub fn small(a: u8) {{}}\n//- new src/small.rs\npub fn small(a: u8, b: u8) {{}}\n",
        filler(60),
        filler(60)
    );
    let context = gathered(&fixture, &[], Budget::default());
    let text = &context.items[0].text;
    assert!(
        text.contains("small(1)") && text.lines().count() < 20,
        "{text}"
    );
}

/// A history in which every version of `app.py` is the old side, and one commit is newer.
struct Past;

impl History for Past {
    fn extent(&self) -> HistoryExtent {
        NoHistory.extent()
    }

    fn together(&self, _paths: &[RelPath], _limit: usize) -> Vec<CoChange> {
        Vec::new()
    }

    fn recent(&self, path: &RelPath, _limit: usize) -> Vec<CommitNote> {
        let note = |id: &str, subject: &str| CommitNote {
            id: id.repeat(40),
            time: 1_700_000_000,
            subject: subject.to_owned(),
            is_fix: true,
            files: 1,
        };
        match path.as_str() {
            "app.py" => vec![note("a", "fix rounding"), note("b", "add totals")],
            _ => Vec::new(),
        }
    }

    fn churn(&self, _path: &RelPath) -> Churn {
        Churn {
            changes: 2,
            fixes: 1,
            last_changed: Some(1_700_000_000),
        }
    }
}

#[test]
fn guidelines_and_the_past_are_told_with_their_reasons() {
    let repo = MemoryRepo::fixture(
        "\
//- CONTRIBUTING.md
Welcome.
Be kind.

# Releases
Tag and push.

# Tests
Every change in Python comes with a test in `tests/`.
//- old app.py
def total(rows):
    return sum(rows)
//- new app.py
def total(rows):
    return sum(rows) + 1
",
    );
    let index = Plain(vec![guideline(&repo)]);
    let change = repo
        .change(&Scope::Worktree, &Cancel::new())
        .expect("a change");
    let sources = Sources {
        repo: &repo,
        index: &index,
        history: &Past,
    };
    let context = context(sources, &change, Budget::default(), &Cancel::new());
    let told: Vec<String> = context
        .items
        .iter()
        .map(|item| format!("{}: {}\n{}", item.reason.as_str(), item.why, item.text))
        .collect();
    assert_eq!(
        told,
        [
            "history: was the last to change this file; 1 of the 2 commits to the file repair something\n\
             aaaaaaaaaaaa 2023-11-14 fix rounding\n",
            "convention: guideline that names Python\n\
             # Tests\nEvery change in Python comes with a test in `tests/`.\n",
        ]
    );
}

fn guideline(repo: &MemoryRepo) -> (Text, Arc<FileOutline>) {
    let path = RelPath::new("CONTRIBUTING.md").expect("a path");
    let text = repo
        .text(&path, &At::Worktree)
        .expect("read")
        .expect("there");
    let outline = FileOutline {
        path,
        hash: text.hash(),
        language: Some("markdown".into()),
        outline: base::Outline::default(),
    };
    (text, Arc::new(outline))
}
