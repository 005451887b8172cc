//! Dangling references: what the change took away or renamed and other code still names.

use std::collections::HashSet;

use base::search::FoundReference;
use base::{Category, Definition, FileStatus, ReferenceKind, RelPath, Severity, SymbolKind};

use super::arguments::Arity;
use super::{Around, MAX_EVIDENCE, Remark, gone_file};
use crate::checks::{About, Draft};
use crate::context::users;
use crate::semantic::{ChangedFile, SymbolChange, What, is_callable, is_type, words};

pub(super) const GONE: &str = "analysis/dangling-reference";

pub(super) const ABOUT: &[About] = &[About {
    id: GONE,
    category: Category::Bug,
    severity: Severity::Warning,
    confidence: 0.85,
    title: "What this names is gone",
    why: "The change takes a definition away or renames it, and code that was not changed still uses the old name. It \
          will not compile, or fails when it is reached. Use the new name, or keep the old one until nobody needs it.",
    bad: "# rates.py\ndef read_rates(path):  # was: load_rates\n    ...\n\n# quote.py, not changed\nfrom rates import load_rates\n",
    good: "# quote.py\nfrom rates import read_rates\n",
    cwe: None,
    references: &[],
}];

/// How sure a link between a mention and what is gone must be.
const SURE: f32 = 0.8;
/// Files in which one name is looked for.
const MAX_FILES: usize = 300;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        // One remark for a file that is gone speaks for all that was in it.
        if let Some(remark) = gone_file::check(around, file) {
            remarks.push(remark);
            continue;
        }
        let is_gone = file.change.status == FileStatus::Deleted;
        for symbol in &file.symbols {
            if around.cancel.is_cancelled() {
                return remarks;
            }
            let remark = gone(around, file, symbol);
            let found = remark.is_some();
            remarks.extend(remark);
            if is_gone && found {
                break;
            }
        }
    }
    remarks
}

fn gone(around: &Around<'_>, file: &ChangedFile, symbol: &SymbolChange) -> Option<Remark> {
    let renamed = match symbol.what {
        What::Removed => None,
        What::Renamed => Some(&file.new_of(symbol)?.name),
        _ => return None,
    };
    let (index, before) = (symbol.old?, file.old_of(symbol)?);
    let is_named = is_callable(before.kind)
        || is_type(before.kind)
        || matches!(before.kind, SymbolKind::Constant | SymbolKind::Macro);
    // What is inside something that is gone goes with it; one remark is enough.
    let parent_is_gone = before.parent.is_some_and(|parent| {
        file.symbols
            .iter()
            .any(|other| other.old == Some(parent) && other.what == What::Removed)
    });
    if !is_named
        || before.is_test
        || parent_is_gone
        || still_there(file, &before.name)
        || came_back(around, &before.name)
    {
        return None;
    }
    // A method may be inherited, or another type's: only a name that nobody else defines is surely gone.
    let is_member = before.kind == SymbolKind::Method || before.owner.is_some();
    if is_member && !around.index.definitions(&before.name, 1).is_empty() {
        return None;
    }
    // What `types.d.ts` declares is known everywhere without an import.
    let is_ambient = around
        .index
        .definitions(&before.name, 10)
        .iter()
        .any(|other| other.path.file_name().ends_with(".d.ts"));
    if is_ambient {
        return None;
    }
    let qualified = file.old.qualified(index);
    let mut seen = HashSet::new();
    let linked: Vec<FoundReference> = if is_member && is_its_own(file, before, &qualified) {
        let only_by_type = inherits(around, file, &qualified) && !is_no_override(file, before);
        members(
            around,
            file,
            before,
            &qualified,
            only_by_type,
            renamed.map(String::as_str),
        )
    } else {
        users(
            around.index,
            file.path(),
            &qualified,
            before.kind,
            MAX_FILES,
        )
        .into_iter()
        .filter(|(mention, sure)| {
            *sure >= SURE
                && is_surely_it(mention, file, &qualified, is_member)
                && !is_of_the_library(around, mention, file.path())
        })
        .map(|(mention, _)| mention)
        .collect()
    };
    let mut mentions: Vec<FoundReference> = linked
        .into_iter()
        .filter(|mention| {
            around
                .text_as_indexed(&mention.path, mention.hash)
                .is_some()
        })
        .filter(|mention| seen.insert((mention.path.clone(), mention.reference.span)))
        .collect();
    mentions.sort_by(|a, b| (&a.path, a.reference.span).cmp(&(&b.path, b.reference.span)));
    let first = mentions.first()?.clone();
    let name = &before.name;
    let title = match renamed {
        Some(new) => format!("`{name}` was renamed to `{new}` and is still used here"),
        None => format!("`{name}` was removed and is still used here"),
    };
    let places = match mentions.len() {
        1 => "This place still uses it.".to_owned(),
        count => format!("It is still used in {count} places."),
    };
    let what = match renamed {
        Some(new) => format!(
            "{} no longer defines `{name}`, it is `{new}` now. {places} Use the new name.",
            file.path()
        ),
        None => format!(
            "{} no longer defines `{name}`. {places} Take it out there too, or keep the definition.",
            file.path()
        ),
    };
    let evidence = mentions
        .iter()
        .skip(1)
        .take(MAX_EVIDENCE)
        .map(|mention| around.evidence(mention, "uses it too".to_owned()))
        .collect();
    Some(Remark {
        path: first.path.clone(),
        draft: Draft::new(GONE, first.reference.span).titled(title),
        message: what,
        evidence,
        elsewhere: Some("it uses what the change took away".to_owned()),
    })
}

/// The change defines the name anew in one of its files, so it went there, whatever became of it on the way.
pub(super) fn came_back(around: &Around<'_>, name: &str) -> bool {
    around.semantic.files.iter().any(|file| {
        let is_new = file.symbols.iter().any(|symbol| {
            symbol.old.is_none() && file.new_of(symbol).is_some_and(|one| one.name == name)
        });
        is_new || is_declared(file, name)
    })
}

/// Whether a changed line says `class Name`, where no outline sees it: inside a macro, in a file that does not parse.
fn is_declared(file: &ChangedFile, name: &str) -> bool {
    let Some(text) = &file.new.text else {
        return false;
    };
    let text = text.as_str();
    memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let word = line
            .trim_end()
            .rsplit([' ', '\t'])
            .next()
            .unwrap_or_default();
        is_whole
            && before.ends_with([' ', '\t'])
            && !line.trim_start().starts_with(['/', '*', '#'])
            && DECLARES.contains(&word)
    })
}

/// Words before a name that is declared.
const DECLARES: &[&str] = &[
    "struct",
    "class",
    "enum",
    "trait",
    "interface",
    "union",
    "record",
    "object",
    "fn",
    "fun",
    "func",
    "def",
    "function",
    "type",
    "macro_rules!",
];

/// The file still knows the name: it defines another thing of that name, or imports it from elsewhere.
pub(super) fn still_there(file: &ChangedFile, name: &str) -> bool {
    let outline = &file.new.outline;
    let defined = outline.definitions.iter().any(|one| one.name == name);
    let imported = outline.references.iter().any(|one| {
        // A module inside this file that imports from around itself names what is gone.
        let is_from_here = one.within.is_some()
            && one
                .from
                .as_deref()
                .is_some_and(|from| from == "super" || from.starts_with("super::"));
        // `use self::State::*` brings the variants of an enumeration.
        let is_of_type = one.from.as_deref().is_some_and(|from| {
            let last = from.rsplit("::").next().unwrap_or_default();
            from.contains("::") && last.starts_with(char::is_uppercase)
        });
        one.kind == ReferenceKind::Import
            && !is_from_here
            && (one.name == name
                || one.name == "*" && !is_of_type
                || one.alias.as_deref() == Some(name))
    });
    defined || imported
}

/// A bare or imported name, or one that is said to be the object's own: what another type's could be is left out.
fn is_surely_it(
    mention: &FoundReference,
    file: &ChangedFile,
    qualified: &[String],
    is_member: bool,
) -> bool {
    let qualifier = mention.reference.qualifier.as_deref();
    match (is_member, qualifier) {
        (true, Some("self" | "this" | "Self" | "cls" | "@self")) => {
            mention.path == *file.path()
                && qualified
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(|container| mention.within.contains(container))
        }
        (true, _) => false,
        (false, Some(_)) => mention.reference.kind != ReferenceKind::Use,
        (false, None) => true,
    }
}

/// `asyncio.Event` of a file that imports `asyncio`, where the workspace has a `backends/asyncio.py`: a plain import of
/// Python leads to the top, so it cannot mean what lies deeper.
pub(super) fn is_of_the_library(
    around: &Around<'_>,
    mention: &FoundReference,
    path: &RelPath,
) -> bool {
    let Some(qualifier) = mention.reference.qualifier.as_deref() else {
        return false;
    };
    let top = qualifier.trim_start_matches(':').split("::").next();
    if mention.path.extension() == Some("rs") && matches!(top, Some("std" | "core" | "alloc")) {
        return true;
    }
    if qualifier.contains('.') {
        return false;
    }
    // `template.New` of a file that imports "html/template" is not of a package in another folder.
    if mention.path.extension() == Some("go") {
        let folder = path.parent().and_then(|folder| folder.rsplit('/').next());
        return folder != Some(qualifier)
            && around.index.outline(&mention.path).is_some_and(|outline| {
                outline.outline.references.iter().any(|import| {
                    import.kind == ReferenceKind::Import
                        && import.alias.is_none()
                        && import.name == qualifier
                })
            });
    }
    if mention.path.extension() != Some("py") {
        return false;
    }
    let at_top = [
        format!("{qualifier}.py"),
        format!("src/{qualifier}.py"),
        format!("{qualifier}/__init__.py"),
        format!("src/{qualifier}/__init__.py"),
    ];
    let is_package = [format!("{qualifier}/"), format!("src/{qualifier}/")]
        .iter()
        .any(|folder| path.as_str().starts_with(folder.as_str()));
    if is_package || at_top.iter().any(|top| path.as_str() == top) {
        return false;
    }
    around.index.outline(&mention.path).is_some_and(|outline| {
        outline.outline.references.iter().any(|import| {
            import.kind == ReferenceKind::Import
                && import.alias.is_none()
                && import.name == qualifier
                && import.from.as_deref().is_none_or(|from| from == qualifier)
        })
    })
}

/// Whether a method belongs to its type alone: nothing that the type is made from can define it as well, and its name
/// says enough not to be anybody's.
fn is_its_own(file: &ChangedFile, before: &Definition, qualified: &[String]) -> bool {
    if qualified.len() < 2 {
        return false;
    }
    // `impl Trait for Type`: the trait may be anybody's.
    let head = base::Span {
        start: 0,
        end: before.span.start,
    };
    let of_trait = file
        .old
        .slice(head)
        .lines()
        .rev()
        .find(|line| line.starts_with("impl"))
        .is_some_and(|line| line.contains(" for "));
    !of_trait && is_telling(&before.name) && !asks_its_parent(file, before)
}

/// `return parent::application()` in `application`: without it the parent's is called.
fn asks_its_parent(file: &ChangedFile, before: &Definition) -> bool {
    let (body, name) = (file.old.slice(before.span), &before.name);
    ["parent::", "super.", "super().", "base.", "super::"]
        .iter()
        .any(|parent| body.contains(&format!("{parent}{name}(")))
}

/// Types of the languages that bring hardly a method, and none with a name of several words that anybody overrides.
const BARE_BASES: &[&str] = &[
    "object",
    "ABC",
    "Generic",
    "Protocol",
    "Error",
    "Exception",
    "RuntimeException",
    "RuntimeError",
    "ValueError",
    "TypeError",
    "KeyError",
    "LogicException",
    "InvalidArgumentException",
    "IllegalStateException",
    "IllegalArgumentException",
    "IOException",
    "Serializable",
    "Cloneable",
    "Countable",
    "IteratorAggregate",
];

/// Whether the type of a method is made from one that the workspace does not define: that one may have the method, too.
/// One that it does define has not, or its definition would have been found.
fn inherits(around: &Around<'_>, file: &ChangedFile, qualified: &[String]) -> bool {
    let Some(container) = qualified.iter().rev().nth(1) else {
        return true;
    };
    file.old.outline.references.iter().any(|reference| {
        reference.kind == ReferenceKind::Inherit
            && !BARE_BASES.contains(&reference.name.as_str())
            && reference
                .within
                .and_then(|within| file.old.outline.definitions.get(within as usize))
                .is_some_and(|within| within.name == *container)
            && around.index.definitions(&reference.name, 1).is_empty()
    })
}

/// Whether the method is no other one's, whatever its type is made from: private ones are not inherited, and some
/// languages say what overrides.
fn is_no_override(file: &ChangedFile, before: &Definition) -> bool {
    let said = words(file.old.slice(before.signature));
    let says = |word| said.contains(&word);
    match file.old.language().map(|language| language.name()) {
        // What a trait gives is told apart before.
        Some("rust") => true,
        Some("kotlin" | "scala" | "swift" | "csharp") => !says("override"),
        Some("python") => before.name.starts_with('_') && !before.name.ends_with("__"),
        Some("javascript" | "typescript" | "tsx") => {
            says("private") || before.name.starts_with(['_', '#'])
        }
        _ => says("private"),
    }
}

/// Calls of a method that nobody defines any more, from files that know its type.
fn members(
    around: &Around<'_>,
    file: &ChangedFile,
    before: &Definition,
    qualified: &[String],
    only_by_type: bool,
    renamed: Option<&str>,
) -> Vec<FoundReference> {
    let arity = before.parameters.as_deref().map(Arity::of);
    let container = qualified.iter().rev().nth(1).cloned().unwrap_or_default();
    let has_implicit_self = matches!(
        file.old.language().map(|language| language.name()),
        Some("java" | "kotlin" | "scala" | "csharp" | "cpp" | "ruby" | "swift")
    );
    // A name of three words is nobody else's.
    let is_known_by_name = parts(without_verb(&before.name)) >= 3;
    let knows = |path: &RelPath| {
        // Those beside it get its type without naming it.
        is_known_by_name
            || path.parent() == file.path().parent()
            || around.index.outline(path).is_some_and(|outline| {
                let mut references = outline.outline.references.iter();
                references.any(|reference| reference.name == container)
            })
    };
    // `def start(self): self.inner.initiate()`, where it was `initiate` itself before: it handed on to another's.
    let is_handed_on = |mention: &FoundReference| {
        let within = mention.within.last().map(String::as_str);
        within.is_some() && (within == renamed || within == Some(before.name.as_str()))
    };
    let is_meant = |mention: &FoundReference| {
        let is_inside = mention.path == *file.path() && mention.within.contains(&container);
        match mention.reference.qualifier.as_deref() {
            None => has_implicit_self && is_inside && !only_by_type,
            Some("self" | "this" | "$this" | "Self" | "cls" | "static") if !only_by_type => true,
            Some(_) if !only_by_type => !is_handed_on(mention),
            // What was renamed was no one's to override.
            Some("self" | "this" | "$this" | "Self" | "cls" | "static") => {
                renamed.is_some() && is_inside
            }
            Some(one) => one.rsplit(['.', ':']).next() == Some(container.as_str()),
        }
    };
    around
        .index
        .references(&before.name, MAX_FILES)
        .into_iter()
        .filter(|mention| {
            mention.reference.kind == ReferenceKind::Call
                && is_meant(mention)
                && mention
                    .reference
                    .arguments
                    .is_none_or(|given| arity.is_none_or(|arity| arity.takes(given)))
                && mention.path.extension() == file.path().extension()
                && knows(&mention.path)
        })
        .collect()
}

/// `StatusLine` of `getStatusLine`: how a value is got at says nothing about whose it is.
fn without_verb(name: &str) -> &str {
    ["get", "set", "is", "has"]
        .iter()
        .filter_map(|verb| name.strip_prefix(verb))
        .find(|rest| rest.starts_with(|c: char| c.is_uppercase() || c == '_'))
        .unwrap_or(name)
}

/// The words that a name is made of.
fn parts(name: &str) -> usize {
    let inner = name.trim_matches('_').as_bytes();
    let starts = inner.windows(2).filter(|pair| {
        matches!(pair, [b'_', b] if *b != b'_')
            || matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())
    });
    1 + starts.count()
}

/// A name of several words.
pub(super) fn is_telling(name: &str) -> bool {
    let inner = name.trim_matches('_');
    let humps = inner
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    inner.len() >= 8 && (inner.contains('_') || humps)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn a_method_that_overrides_nothing_is_gone_whatever_its_type_is_made_from() {
        check(
            "\
//- old Stream.java
class Stream extends Outside {
  Source open(Response response) {
    return getTransferStream(response);
  }
  private Source getTransferStream(Response response) {
    return response.source();
  }
}
//- new Stream.java
class Stream extends Outside {
  Source open(Response response) {
    return getTransferStream(response);
  }
}
    ",
            &[
                "Stream.java:3 analysis/dangling-reference: `getTransferStream` was removed and is still used here",
            ],
        );
        // What comes from outside may have it as well.
        check(
            "\
//- old stream.py
class Stream(Outside):
    def open(self):
        return self.transfer_stream(1)
    def transfer_stream(self, response):
        return response
//- new stream.py
class Stream(Outside):
    def open(self):
        return self.transfer_stream(1)
    ",
            &[],
        );
        check(
            "\
//- old stream.py
class Stream(object):
    def open(self):
        return self.transfer_stream(1)
    def transfer_stream(self, response):
        return response
//- new stream.py
class Stream(object):
    def open(self):
        return self.transfer_stream(1)
    ",
            &[
                "stream.py:3 analysis/dangling-reference: `transfer_stream` was removed and is still used here",
            ],
        );
    }
}
