//! From both sides of a change to [`Facts`].
//!
//! What the semantic change calls another body is looked at once more: the same words and signs in another layout, or
//! with other comments only, are no other behaviour. A file that was not read (binary, generated, too large) is a fact
//! without lines.

use base::{Cancel, Change, Definition, FileStatus, History, RelPath, Repo, Span, SymbolKind};
use syntax::Language;

use super::connect;
use super::facts::{Depth, Detail, Did, Facts, FileFacts, SymbolFact};
use super::role::Role;
use crate::analysis::dependencies;
use crate::semantic::{
    ChangedFile, SemanticChange, Side, SymbolChange, What, is_callable, own_parts, words,
};

/// The facts of `change`.
pub fn gather(repo: &dyn Repo, history: &dyn History, change: &Change, cancel: &Cancel) -> Facts {
    let semantic = SemanticChange::of(repo, change, cancel);
    let mut facts = Facts::default();
    for file in &change.files {
        let read = semantic
            .files
            .iter()
            .find(|read| read.change.path == file.path);
        let role = Role::of(&file.path);
        let churn = history.churn(&file.path);
        let mut about = FileFacts {
            path: file.path.clone(),
            from: file.old_path.clone().filter(|old| *old != file.path),
            status: file.status,
            role,
            lines: None,
            depth: Depth::Content,
            symbols: Vec::new(),
            dependencies: Vec::new(),
            churn: (churn.changes, churn.fixes),
        };
        if let Some(read) = read {
            let stats = read.texts.stats();
            about.lines = Some((stats.additions, stats.deletions));
            about.depth = depth(read);
            about.symbols = symbols(&semantic, read, role);
            if role == Role::Dependencies {
                about.dependencies = dependencies::changed(read);
            }
            facts.additions += stats.additions;
            facts.deletions += stats.deletions;
        } else if file.status == FileStatus::Renamed
            && file.old_blob.is_some()
            && file.old_blob == file.new_blob
        {
            about.depth = Depth::Same;
        }
        facts.files.push(about);
    }
    connect::connect(&semantic, &mut facts);
    facts
}

/// How deep the change of a file goes.
fn depth(file: &ChangedFile) -> Depth {
    let (Some(old), Some(new)) = (&file.texts.old, &file.texts.new) else {
        return Depth::Content;
    };
    if file.texts.hunks.is_empty() {
        return Depth::Same;
    }
    let (old, new) = (old.as_str(), new.as_str());
    let Some(language) = file.new.language().filter(|_| file.old.tree.is_some()) else {
        return if old
            .lines()
            .filter(solid)
            .map(str::trim_end)
            .eq(new.lines().filter(solid).map(str::trim_end))
        {
            Depth::Layout
        } else {
            Depth::Content
        };
    };
    if !language.is_code() {
        return if lines_of(old).eq(lines_of(new)) {
            Depth::Layout
        } else {
            Depth::Content
        };
    }
    let same_code =
        code(&file.old, Span::new(0, old.len())).eq(&code(&file.new, Span::new(0, new.len())));
    if !same_code || is_offside(language) && !same_indents(&file.old, &file.new) {
        Depth::Content
    } else if comments(&file.old).eq(&comments(&file.new)) {
        Depth::Layout
    } else {
        Depth::Comments
    }
}

fn solid(line: &&str) -> bool {
    !line.trim().is_empty()
}

fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(solid).map(str::trim_end)
}

/// Languages in which the depth of a line means something.
fn is_offside(language: Language) -> bool {
    matches!(
        language.name(),
        "python" | "yaml" | "scala" | "markdown" | "html"
    )
}

/// Whether the lines of both sides that are no comments begin in the same columns.
fn same_indents(old: &Side, new: &Side) -> bool {
    let indents = |side: &Side| -> Vec<String> {
        let text = side
            .text
            .as_ref()
            .map(|text| text.as_str())
            .unwrap_or_default();
        let lines = lines_of(text).filter(|line| !line.trim_start().starts_with('#'));
        lines
            .map(|line| {
                line.split_whitespace().collect::<String>()
                    + &" ".repeat(line.len() - line.trim_start().len())
            })
            .collect()
    };
    indents(old) == indents(new)
}

/// The words and signs in `span`, comments left out.
fn code(side: &Side, span: Span) -> Vec<String> {
    let Some(tree) = &side.tree else {
        return words(side.slice(span))
            .into_iter()
            .map(str::to_owned)
            .collect();
    };
    let tokens = tree.tokens(span).into_iter();
    tokens
        .map(|token| side.slice(token.span).to_owned())
        .collect()
}

fn comments(side: &Side) -> Vec<String> {
    let comments = side
        .tree
        .as_ref()
        .map(|tree| tree.comments())
        .unwrap_or_default();
    let text = comments
        .iter()
        .map(|comment| words(side.slice(comment.span)).concat());
    text.collect()
}

fn symbols(semantic: &SemanticChange, file: &ChangedFile, role: Role) -> Vec<SymbolFact> {
    let language = file.new.language().or(file.old.language());
    let mut facts = Vec::new();
    for symbol in &file.symbols {
        let side = if symbol.new.is_some() {
            &file.new
        } else {
            &file.old
        };
        let definition = file.new_of(symbol).or_else(|| file.old_of(symbol));
        let (Some(definition), Some(index)) = (definition, symbol.new.or(symbol.old)) else {
            continue;
        };
        if !is_named(&definition.name) {
            continue;
        }
        // What came or went with the definition around it is told by that one.
        let around = definition.parent.and_then(|parent| {
            file.symbols.iter().find(|other| {
                let same_side = if symbol.new.is_some() {
                    other.new
                } else {
                    other.old
                };
                same_side == Some(parent)
            })
        });
        let whole = |what: &What| {
            matches!(
                what,
                What::Added | What::Removed | What::MovedFrom(..) | What::MovedTo(..)
            )
        };
        if whole(&symbol.what) && around.is_some_and(|around| whole(&around.what)) {
            continue;
        }
        let Some(did) = did(semantic, file, symbol, language) else {
            continue;
        };
        let title = title(side, definition, index);
        facts.push(SymbolFact {
            name: side.qualified(index).join("."),
            short: definition.name.clone(),
            kind: definition.kind,
            title,
            is_test: definition.is_test || role == Role::Test,
            is_public: is_public(file, side, index),
            did,
            weight: weight(side, definition.span),
        });
    }
    facts
}

/// What a name that was written as a sentence is the title of: `it("adds", …)` is a test, what holds such is a suite.
fn title(side: &Side, definition: &Definition, index: u32) -> Option<&'static str> {
    let before = side.slice(Span {
        start: definition.span.start,
        end: definition.name_span.start,
    });
    let is_quoted = before.ends_with(['"', '\'', '`']) || definition.name.contains(' ');
    if definition.kind != SymbolKind::Test || !is_quoted {
        return None;
    }
    let mut all = side.outline.definitions.iter();
    let holds = all.any(|it| it.parent == Some(index) && it.kind == SymbolKind::Test);
    Some(if holds { "suite" } else { "test" })
}

/// Names of imports gone wrong, of anonymous functions and of headings are no names of symbols.
fn is_named(name: &str) -> bool {
    name.contains(char::is_alphanumeric) && name.len() <= 120 && !name.contains('\n')
}

fn weight(side: &Side, span: Span) -> u64 {
    let lines = side.spans.iter().filter(|line| line.touches(span));
    lines
        .map(|line| {
            let part = Span {
                start: line.start.max(span.start),
                end: line.end.min(span.end).max(line.start.max(span.start)),
            };
            side.slice(part).lines().count().max(1) as u64
        })
        .sum()
}

fn did(
    semantic: &SemanticChange,
    file: &ChangedFile,
    symbol: &SymbolChange,
    language: Option<Language>,
) -> Option<Did> {
    Some(match &symbol.what {
        What::Added => Did::Added,
        What::Removed => Did::Removed,
        What::Renamed => {
            let old = file.old_of(symbol)?;
            let is_title = matches!(old.kind, SymbolKind::Section)
                || title(&file.old, old, symbol.old?).is_some();
            Did::Renamed(match is_title {
                true => old.name.clone(),
                false => file.old.qualified(symbol.old?).join("."),
            })
        }
        What::MovedTo(to, _) => Did::MovedTo(semantic.files.get(*to)?.path().clone()),
        What::MovedFrom(from, _) => Did::MovedFrom(semantic.files.get(*from)?.path().clone()),
        What::Signature => match signature(file, symbol) {
            // What stands in the head of a test is no signature: nobody calls it.
            Did::Signature(_)
                if file
                    .new_of(symbol)
                    .is_some_and(|it| it.kind == SymbolKind::Test) =>
            {
                Did::Behaviour
            }
            did => did,
        },
        What::Body => body(file, symbol, language),
    })
}

/// In what a signature differs. One that differs in layout only is none.
fn signature(file: &ChangedFile, symbol: &SymbolChange) -> Did {
    let (Some(old), Some(new)) = (file.old_of(symbol), file.new_of(symbol)) else {
        return Did::Behaviour;
    };
    let mut details = Vec::new();
    if let (Some(before), Some(after)) = (&old.parameters, &new.parameters) {
        for parameter in after.iter().filter(|parameter| !parameter.name.is_empty()) {
            if !before.iter().any(|old| old.name == parameter.name) {
                let required = !parameter.optional && !parameter.variadic;
                details.push(Detail::AddsParameter(parameter.name.clone(), required));
            }
        }
        for parameter in before.iter().filter(|parameter| !parameter.name.is_empty()) {
            if !after.iter().any(|new| new.name == parameter.name) {
                details.push(Detail::RemovesParameter(parameter.name.clone()));
            }
        }
    }
    let compact = |text: &Option<String>| text.as_deref().map(|text| words(text).concat());
    // A field's type is no result.
    if is_callable(new.kind)
        && compact(&old.returns) != compact(&new.returns)
        && let (Some(_), Some(returns)) = (&old.returns, &new.returns)
    {
        details.push(Detail::Returns(
            returns.split_whitespace().collect::<Vec<_>>().join(" "),
        ));
    }
    if old.is_async != new.is_async {
        details.push(Detail::Async(new.is_async));
    }
    if old.exported != new.exported {
        details.push(Detail::Exported(new.exported));
    }
    if details.is_empty() && code(&file.old, old.signature) == code(&file.new, new.signature) {
        return if code(&file.old, old.span) == code(&file.new, new.span) {
            Did::Layout
        } else {
            Did::Behaviour
        };
    }
    Did::Signature(details)
}

/// What differs in a definition besides the definitions inside it.
fn body(file: &ChangedFile, symbol: &SymbolChange, language: Option<Language>) -> Did {
    let own = |side: &Side, definition: Option<&Definition>, index: Option<u32>| {
        Some(own_parts(side, definition?, index?))
    };
    let (Some(old), Some(new)) = (
        own(&file.old, file.old_of(symbol), symbol.old),
        own(&file.new, file.new_of(symbol), symbol.new),
    ) else {
        return Did::Behaviour;
    };
    // Between things that came or went stand signs that say nothing.
    let says = |side: &Side, parts: &[Span]| -> Vec<String> {
        let all = parts.iter().flat_map(|part| code(side, *part));
        match parts.len() {
            0 | 1 => all.collect(),
            _ => all
                .filter(|word| !matches!(word.as_str(), "," | ";"))
                .collect(),
        }
    };
    if says(&file.old, &old) != says(&file.new, &new) {
        return Did::Behaviour;
    }
    if language.is_some_and(is_offside) {
        let lines = |side: &Side, parts: &[Span]| -> Vec<String> {
            let all = parts.iter().flat_map(|part| lines_of(side.slice(*part)));
            let said = all.filter(|line| !line.trim_start().starts_with(['#', '@', '"', '\'']));
            said.map(str::to_owned).collect()
        };
        if lines(&file.old, &old) != lines(&file.new, &new) {
            return Did::Behaviour;
        }
    }
    let all = |side: &Side, parts: &[Span]| -> String {
        let text = parts.iter().map(|part| side.slice(*part));
        text.collect::<Vec<_>>().join(" ")
    };
    let (old, new) = (all(&file.old, &old), all(&file.new, &new));
    match words(&old) == words(&new) {
        true => Did::Layout,
        false => Did::Comments,
    }
}

/// Whether a definition is meant for users of the project: it and all around it exported, no folder marked internal.
fn is_public(file: &ChangedFile, side: &Side, index: u32) -> bool {
    let inner = [
        "internal",
        "private",
        "_internal",
        "tests",
        "test",
        "examples",
        "example",
        "benches",
        "bench",
        "fixtures",
        "scripts",
        "tools",
        "ci",
        "xtask",
    ];
    let path = file.path();
    if path.as_str().split('/').any(|part| inner.contains(&part)) || Role::of(path) != Role::Code {
        return false;
    }
    let mut at = Some(index);
    while let Some(definition) = at.and_then(|at| side.outline.definitions.get(at as usize)) {
        if !definition.exported || definition.is_test || definition.name.starts_with('_') {
            return false;
        }
        // "Seen from other files" includes `pub(crate)`, which nobody outside sees.
        let signature = side.slice(definition.signature);
        let head = signature.split(['{', '=']).next().unwrap_or(signature);
        let hidden = [
            "pub(",
            "private ",
            "internal ",
            "protected ",
            "fileprivate ",
        ];
        if hidden.iter().any(|word| head.contains(word)) {
            return false;
        }
        at = definition.parent.filter(|parent| Some(*parent) < at);
    }
    true
}

/// The file at a path, among the facts.
pub(super) fn position(facts: &Facts, path: &RelPath) -> Option<usize> {
    facts.files.iter().position(|file| file.path == *path)
}
