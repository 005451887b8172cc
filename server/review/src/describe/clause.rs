//! One thing that a change does, in words: a verb, what it is done to, and the rest.
//!
//! Clauses are made from facts alone and put into a form (mood, backticks, how many names) only when it is known where
//! they stand.

use super::facts::{DependencyDid, Detail, Did, FileFacts, SymbolFact};
use super::habit::Mood;
use super::safe::{code, list, plain, prose};
use super::verb::{self, Verb};
use base::SymbolKind;

/// One thing that a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) verb: Verb,
    /// Stands between verb and names: "parameter", "the signature of".
    pub(crate) before: &'static str,
    pub(crate) names: Vec<Name>,
    /// What follows, the names in it among the text.
    pub(crate) after: Vec<After>,
    /// Changed lines behind it.
    pub(crate) weight: u64,
}

/// A name of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// In the code: in backticks where these are used.
    Code(String),
    /// Of a piece of prose: in quotes.
    Prose(String),
    /// As it is.
    Bare(String),
}

/// A piece of what follows the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Text(&'static str),
    Name(Name),
}

impl Name {
    fn show(&self, ticks: bool) -> String {
        match self {
            Self::Code(name) if ticks => code(name),
            Self::Prose(name) => format!("\"{}\"", if ticks { prose(name) } else { plain(name) }),
            Self::Code(name) | Self::Bare(name) => plain(name),
        }
    }
}

impl Clause {
    pub(crate) fn new(verb: Verb, names: Vec<Name>, weight: u64) -> Self {
        Self {
            verb,
            before: "",
            names,
            after: Vec::new(),
            weight,
        }
    }

    /// The same with the last part of every name only.
    pub(crate) fn short(mut self) -> Self {
        let last = |name: &mut Name| {
            if let Name::Code(full) = name
                && !full.contains(['/', ' '])
                && let Some((_, last)) = full.rsplit_once('.')
            {
                *full = last.to_owned();
            }
        };
        self.names.iter_mut().for_each(last);
        // Things move to files, whose names have dots of their own.
        if self.verb != verb::MOVE {
            for part in &mut self.after {
                if let After::Name(name) = part {
                    last(name);
                }
            }
        }
        self
    }

    /// In words, with at most `limit` names.
    pub(crate) fn say(&self, mood: Mood, ticks: bool, limit: usize) -> String {
        let names: Vec<String> = self.names.iter().map(|name| name.show(ticks)).collect();
        let mut out = self.verb.form(mood).to_owned();
        // The tests "a" and "b".
        let before = match (names.len(), self.before) {
            (2.., "the test" | "the suite" | "the section") => format!("{}s", self.before),
            (_, before) => before.to_owned(),
        };
        for part in [before.as_str(), &list(&names, limit)] {
            if !part.is_empty() {
                out.push(' ');
                out.push_str(part);
            }
        }
        for part in &self.after {
            out.push(' ');
            match part {
                After::Text(text) => out.push_str(text),
                After::Name(name) => out.push_str(&name.show(ticks)),
            }
        }
        out
    }
}

/// What a file's change does to its definitions, the weightiest first; tests only or all but tests.
pub(crate) fn of_symbols<'a>(symbols: impl Iterator<Item = &'a SymbolFact>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut together =
        |verb: Verb, before: &'static str, after: Vec<After>, symbol: &SymbolFact| {
            let same = clauses.iter_mut().find(|clause| {
                clause.verb == verb
                    && clause.before == before
                    && clause.after == after
                    && !clause.names.is_empty()
            });
            match same {
                Some(clause) => {
                    if !clause.names.contains(&name(symbol)) {
                        clause.names.push(name(symbol));
                    }
                    clause.weight += symbol.weight;
                }
                None => clauses.push(Clause {
                    verb,
                    before,
                    names: vec![name(symbol)],
                    after,
                    weight: symbol.weight,
                }),
            }
        };
    let mut sorted: Vec<&SymbolFact> = symbols.filter(|symbol| symbol.is_real()).collect();
    let all = sorted.clone();
    sorted.sort_by_key(|symbol| {
        (
            std::cmp::Reverse(symbol.is_public),
            std::cmp::Reverse(symbol.weight),
        )
    });
    // A test that is gone here and new there is the same one, however much of it was rewritten.
    let moved = |symbol: &SymbolFact| {
        let is_other = |it: &&&SymbolFact| {
            let swapped = matches!(
                (&it.did, &symbol.did),
                (Did::Added, Did::Removed) | (Did::Removed, Did::Added)
            );
            swapped && it.name == symbol.name && it.kind == symbol.kind
        };
        symbol.is_test && all.iter().filter(is_other).count() == 1
    };
    for symbol in sorted {
        match &symbol.did {
            Did::Added if moved(symbol) => {
                together(verb::MOVE_AND_CHANGE, noun(symbol), Vec::new(), symbol);
            }
            Did::Removed if moved(symbol) => {}
            Did::Added => together(verb::ADD, noun(symbol), Vec::new(), symbol),
            Did::Removed => together(verb::REMOVE, noun(symbol), Vec::new(), symbol),
            Did::Behaviour => together(verb::CHANGE, noun(symbol), Vec::new(), symbol),
            Did::Renamed(old) => {
                let to = vec![After::Text("to"), After::Name(name(symbol))];
                let old = SymbolFact {
                    name: old.clone(),
                    short: old.clone(),
                    ..symbol.clone()
                };
                together(verb::RENAME, noun(symbol), to, &old);
            }
            Did::MovedTo(path) => {
                let to = vec![After::Text("to"), After::Name(Name::Code(path.to_string()))];
                together(verb::MOVE, noun(symbol), to, symbol);
            }
            // Told where it was taken away.
            Did::MovedFrom(_) => {}
            Did::Signature(details) => match details.first() {
                None => together(verb::CHANGE, declaration(symbol.kind), Vec::new(), symbol),
                Some(detail) => signature(detail, details, symbol, &mut together),
            },
            Did::Comments | Did::Layout => {}
        }
    }
    clauses.sort_by_key(|clause| std::cmp::Reverse(clause.weight));
    clauses
}

/// What stands before a name that is a title.
fn noun(symbol: &SymbolFact) -> &'static str {
    match symbol.title {
        Some("suite") => "the suite",
        Some(_) => "the test",
        None if symbol.kind == SymbolKind::Section => "the section",
        None => "",
    }
}

fn declaration(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Function | SymbolKind::Method | SymbolKind::Macro => "the signature of",
        SymbolKind::Class
        | SymbolKind::Struct
        | SymbolKind::Enum
        | SymbolKind::Interface
        | SymbolKind::Trait
        | SymbolKind::TypeAlias => "the declaration of",
        _ => "",
    }
}

/// Adds a symbol to the clause with the same verb and the same words around the names.
type Together<'t> = dyn FnMut(Verb, &'static str, Vec<After>, &SymbolFact) + 't;

fn signature(detail: &Detail, all: &[Detail], symbol: &SymbolFact, together: &mut Together<'_>) {
    let adds: Vec<&String> = all
        .iter()
        .filter_map(|detail| match detail {
            Detail::AddsParameter(name, _) => Some(name),
            _ => None,
        })
        .collect();
    let removes: Vec<&String> = all
        .iter()
        .filter_map(|detail| match detail {
            Detail::RemovesParameter(name) => Some(name),
            _ => None,
        })
        .collect();
    let of = |word| vec![After::Text(word), After::Name(name(symbol))];
    let parameter = |parameter: &str| SymbolFact {
        name: parameter.to_owned(),
        kind: SymbolKind::Variable,
        title: None,
        ..symbol.clone()
    };
    match (adds.as_slice(), removes.as_slice()) {
        ([new], [old]) => {
            let mut after = vec![
                After::Text("of"),
                After::Name(name(symbol)),
                After::Text("to"),
            ];
            after.push(After::Name(Name::Code((*new).clone())));
            // One gone and one come: another name for it, or another thing in its place. Both readings are a change.
            together(verb::CHANGE, "parameter", after, &parameter(old));
        }
        ([], []) => match detail {
            Detail::Returns(returns) => {
                let after = vec![
                    After::Text("return"),
                    After::Name(Name::Code(returns.clone())),
                ];
                together(verb::MAKE, "", after, symbol);
            }
            Detail::Async(true) => together(verb::MAKE, "", vec![After::Text("async")], symbol),
            Detail::Exported(_) => together(verb::CHANGE, "the visibility of", Vec::new(), symbol),
            _ => together(verb::CHANGE, declaration(symbol.kind), Vec::new(), symbol),
        },
        ([one], []) => together(verb::ADD, "parameter", of("to"), &parameter(one)),
        ([], [one]) => together(verb::REMOVE, "parameter", of("from"), &parameter(one)),
        _ => together(verb::CHANGE, "the parameters of", Vec::new(), symbol),
    }
}

fn name(symbol: &SymbolFact) -> Name {
    match symbol.kind {
        SymbolKind::Section => Name::Prose(symbol.short.clone()),
        _ if symbol.title.is_some() => Name::Prose(symbol.short.clone()),
        _ => Name::Code(symbol.name.clone()),
    }
}

/// What a manifest's change does.
pub(crate) fn of_dependencies(file: &FileFacts) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (did, verb) in [
        (DependencyDid::Updated, verb::UPDATE),
        (DependencyDid::Added, verb::ADD),
        (DependencyDid::Removed, verb::REMOVE),
    ] {
        let facts: Vec<_> = file
            .dependencies
            .iter()
            .filter(|fact| fact.did == did)
            .collect();
        let mut clause = Clause::new(
            verb,
            facts
                .iter()
                .map(|fact| Name::Code(fact.name.clone()))
                .collect(),
            facts.len() as u64,
        );
        if let [one] = facts.as_slice() {
            let version = |version: &Option<String>| {
                version
                    .clone()
                    .map(|version| After::Name(Name::Bare(version)))
            };
            match (did, version(&one.before), version(&one.after)) {
                (DependencyDid::Updated, Some(before), Some(after)) => {
                    clause.after = vec![After::Text("from"), before, After::Text("to"), after]
                }
                (DependencyDid::Updated, _, Some(after)) => {
                    clause.after = vec![After::Text("to"), after]
                }
                _ => {}
            }
        }
        if !facts.is_empty() {
            clauses.push(clause);
        }
    }
    clauses
}
