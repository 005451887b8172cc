//! What a change is about: the definitions it touches and the names its lines mention.
//!
//! Both sides are outlined from their texts, so nothing here depends on an index being there or being fresh; what the index
//! says of the very version in question is taken over.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use base::{
    Change, Definition, FileChange, Outline, Reference, ReferenceKind, RelPath, Span, SymbolKind,
    Text,
};
use syntax::{Language, Tree};

use super::Sources;

/// Definitions of a change that are looked into; more only repeat the picture.
const MAX_SYMBOLS: usize = 60;

/// Words of a file's change that are searched for.
const MAX_WORDS: usize = 60;

/// What a word counts that is no name the outline knows of: in a comment, a text, on a removed line.
const OTHER_WORD: f32 = 0.6;

/// Keywords of many languages: they say nothing.
const EVERYWHERE: &[&str] = &[
    "and",
    "any",
    "async",
    "await",
    "bool",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "def",
    "default",
    "elif",
    "else",
    "end",
    "err",
    "error",
    "export",
    "extends",
    "false",
    "False",
    "final",
    "fmt",
    "for",
    "from",
    "func",
    "function",
    "impl",
    "import",
    "int",
    "interface",
    "let",
    "mut",
    "new",
    "nil",
    "not",
    "None",
    "null",
    "Ok",
    "override",
    "package",
    "private",
    "protected",
    "pub",
    "public",
    "range",
    "return",
    "self",
    "Self",
    "Some",
    "static",
    "str",
    "string",
    "String",
    "struct",
    "super",
    "switch",
    "the",
    "this",
    "throw",
    "throws",
    "true",
    "True",
    "try",
    "type",
    "undefined",
    "use",
    "val",
    "var",
    "void",
    "where",
    "while",
    "with",
];

/// How long one side of a file may take to parse.
const PATIENCE: Duration = Duration::from_millis(500);

/// One changed file.
pub(crate) struct Focus {
    pub(crate) path: RelPath,
    /// The new text; `None` for a deleted file.
    pub(crate) text: Option<Text>,
    /// The outline of the new text; empty where there is none.
    pub(crate) outline: Outline,
    /// The changed lines of the new text.
    pub(crate) spans: Vec<Span>,
    /// The definitions that it changes, adds or takes away.
    pub(crate) symbols: Vec<ChangedSymbol>,
    /// The names on the changed lines of both sides and of what they belong to, each once with its weight.
    pub(crate) words: Vec<(String, f32)>,
    /// The lines of the old text that are changed or gone.
    pub(crate) old_lines: Vec<Range<u32>>,
}

/// A definition that a change touches.
pub(crate) struct ChangedSymbol {
    pub(crate) name: String,
    /// Its own name last.
    pub(crate) qualified: Vec<String>,
    pub(crate) kind: SymbolKind,
    /// Its place in the new outline; `None` where it is gone.
    pub(crate) definition: Option<u32>,
    /// Whoever uses it may have to change: the signature differs, or it is gone.
    pub(crate) signature_changed: bool,
    /// It was not there before.
    pub(crate) is_new: bool,
}

impl Focus {
    /// Reads both sides of `file`; `None` where it is not to be reviewed or not parsed.
    pub(crate) fn of(sources: &Sources<'_>, change: &Change, file: &FileChange) -> Option<Self> {
        let texts = sources.repo.load(change, file).ok()?;
        let spans = texts.changed_spans();
        // Parsing is most of the work, and the index has mostly parsed the new side already.
        let known = sources.index.outline(&file.path);
        let known = known.filter(|known| {
            let is_it = |text: &Text| text.hash() == known.hash;
            known.language.is_some() && texts.new.as_ref().is_some_and(is_it)
        });
        let outline = match known {
            Some(known) => known.outline.clone(),
            None => outlined(&file.path, texts.new.as_ref()),
        };
        let old_outline = outlined(&file.path, texts.old.as_ref());
        let mut symbols = touched(&outline, &spans)
            .into_iter()
            .map(|index| changed(&outline, index, &texts, &old_outline))
            .collect::<Vec<_>>();
        let mut removed = Vec::new();
        if let Some(old) = &texts.old {
            let old_spans: Vec<Span> = texts
                .hunks
                .iter()
                .map(|hunk| old.lines().lines_span(hunk.old.clone()))
                .collect();
            symbols.extend(gone(&old_outline, &old_spans, &outline));
            removed = old_spans;
        }
        symbols.truncate(MAX_SYMBOLS);
        let mut focus = Self {
            path: file.path.clone(),
            text: texts.new,
            outline,
            spans,
            symbols,
            words: Vec::new(),
            old_lines: texts.hunks.into_iter().map(|hunk| hunk.old).collect(),
        };
        let sides = [
            (focus.text.as_ref(), &focus.spans),
            (texts.old.as_ref(), &removed),
        ];
        let lines = sides.into_iter().flat_map(|(text, spans)| {
            let of = move |span: &Span| text?.slice(*span);
            spans.iter().filter_map(of)
        });
        focus.words = words(&focus, lines);
        Some(focus)
    }

    /// The mentions on changed lines, each name and kind once.
    pub(crate) fn mentions(&self) -> Vec<&Reference> {
        let mut seen = HashSet::new();
        self.outline
            .references
            .iter()
            .filter(|reference| self.spans.iter().any(|span| span.touches(reference.span)))
            .filter(|reference| reference.kind != ReferenceKind::Import || reference.name != "*")
            .filter(|reference| {
                seen.insert((reference.name.as_str(), reference.qualifier.as_deref()))
            })
            .collect()
    }
}

/// What a way of mentioning says about how much the mentioned matters.
pub(crate) fn mention_weight(mention: &Reference) -> f32 {
    match mention.kind {
        ReferenceKind::Call | ReferenceKind::New => 1.0,
        ReferenceKind::Inherit => 0.95,
        ReferenceKind::Type => 0.85,
        ReferenceKind::Use => 0.6,
        ReferenceKind::Import => 0.5,
    }
}

/// The changed definitions' names, what the changed lines mention, and every other word on them, in this order.
fn words<'a>(focus: &Focus, lines: impl Iterator<Item = &'a str>) -> Vec<(String, f32)> {
    let mut words: Vec<(String, f32)> = Vec::new();
    let mut known = HashSet::new();
    let mut add = |word: &str, weight: f32| {
        if word.len() > 2 && !EVERYWHERE.contains(&word) && known.insert(word.to_owned()) {
            words.push((word.to_owned(), weight));
        }
    };
    for symbol in &focus.symbols {
        add(&symbol.name, 1.5);
    }
    for mention in focus.mentions() {
        add(&mention.name, mention_weight(mention));
    }
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for line in lines {
        let identifiers = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        for word in identifiers.filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut others: Vec<(&str, u32)> = counts.into_iter().collect();
    others.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    for (word, _) in others {
        add(word, OTHER_WORD);
    }
    words.truncate(MAX_WORDS);
    words
}

/// The outline of a text in the language its path tells; empty where there is no text or no such language.
fn outlined(path: &RelPath, text: Option<&Text>) -> Outline {
    let parsed = text.and_then(|text| {
        let language = Language::of(path, text)?;
        Tree::parse(language, text, PATIENCE).ok()
    });
    parsed.map(|tree| tree.outline()).unwrap_or_default()
}

/// The innermost definitions around each changed span, and those inside it.
fn touched(outline: &Outline, spans: &[Span]) -> Vec<u32> {
    let touches = |definition: &Definition, span: &Span| {
        // Lines taken away before or after a definition are no change of it.
        definition.span.start < span.end.max(span.start + 1)
            && span.start < definition.span.end
            && (!span.is_empty() || definition.span.start < span.start)
    };
    let mut found = Vec::new();
    for (index, definition) in (0u32..).zip(&outline.definitions) {
        if matches!(definition.kind, SymbolKind::Section | SymbolKind::Key) {
            continue;
        }
        let inner = |span: &Span| {
            outline
                .definitions
                .iter()
                .skip(index as usize + 1)
                .take_while(|child| child.span.start < definition.span.end)
                .any(|child| child.parent == Some(index) && child.span.contains(*span))
        };
        if spans
            .iter()
            .any(|span| touches(definition, span) && !inner(span))
        {
            found.push(index);
        }
    }
    found
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The definition of the same kind and full name; the `ordinal`-th of several.
fn counterpart<'a>(
    outline: &'a Outline,
    names: &[String],
    kind: SymbolKind,
) -> Option<&'a Definition> {
    (0u32..)
        .zip(&outline.definitions)
        .find_map(|(index, other)| {
            (other.kind == kind && outline.qualified(index).iter().eq(names)).then_some(other)
        })
}

fn changed(
    outline: &Outline,
    index: u32,
    texts: &base::FileTexts,
    old_outline: &Outline,
) -> ChangedSymbol {
    let definition = &outline.definitions[index as usize];
    let qualified = owned(outline.qualified(index));
    let old = counterpart(old_outline, &qualified, definition.kind);
    let signature = |text: Option<&Text>, definition: &Definition| {
        let text = text?.slice(definition.signature)?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let signature_changed = old.is_some_and(|old| {
        signature(texts.old.as_ref(), old) != signature(texts.new.as_ref(), definition)
    });
    ChangedSymbol {
        name: definition.name.clone(),
        qualified,
        kind: definition.kind,
        definition: Some(index),
        signature_changed,
        is_new: old.is_none(),
    }
}

/// Definitions that stood on removed lines and stand nowhere in the new text.
fn gone(old: &Outline, spans: &[Span], new: &Outline) -> Vec<ChangedSymbol> {
    touched(old, spans)
        .into_iter()
        .filter_map(|index| {
            let definition = &old.definitions[index as usize];
            let qualified = owned(old.qualified(index));
            counterpart(new, &qualified, definition.kind)
                .is_none()
                .then(|| ChangedSymbol {
                    name: definition.name.clone(),
                    qualified,
                    kind: definition.kind,
                    definition: None,
                    signature_changed: true,
                    is_new: false,
                })
        })
        .collect()
}
