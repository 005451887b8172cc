//! Which old definition is which new one.
//!
//! First by full name (overloads by equal signature, then in order), then, of what is left, by what is inside: the same
//! words under another name are a rename, the same definition in another file of the change is a move.

use std::collections::HashMap;

use base::{Definition, SymbolKind};

use super::{ChangedFile, Side, SymbolChange, What, is_callable, is_type};

/// Shared words, as a part of all words, from which two bodies are the same thing (Dice's coefficient).
const ALIKE: f32 = 0.6;
/// Words that a body needs to be recognised by.
const ENOUGH_WORDS: usize = 8;
/// Definitions of one file that are compared by what is inside.
const MAX_LEFT: usize = 60;

/// Everything that happened inside one file.
pub(crate) fn symbols(old: &Side, new: &Side) -> Vec<SymbolChange> {
    let mut by_name: HashMap<(u8, Vec<&str>), Vec<u32>> = HashMap::new();
    for (index, definition) in (0u32..).zip(&old.outline.definitions) {
        by_name
            .entry((group(definition.kind), old.outline.qualified(index)))
            .or_default()
            .push(index);
    }
    let (mut changes, mut added) = (Vec::new(), Vec::new());
    for (index, definition) in (0u32..).zip(&new.outline.definitions) {
        let key = (group(definition.kind), new.outline.qualified(index));
        let Some(candidates) = by_name.get_mut(&key).filter(|those| !those.is_empty()) else {
            added.push(index);
            continue;
        };
        let signature = words(new.slice(definition.signature));
        let same = candidates.iter().position(|old_index| {
            let other = old.outline.definitions.get(*old_index as usize);
            other.is_some_and(|other| words(old.slice(other.signature)) == signature)
        });
        let old_index = candidates.remove(same.unwrap_or(0));
        changes.extend(compare(old, old_index, new, index));
    }
    let mut gone: Vec<u32> = by_name.into_values().flatten().collect();
    gone.sort_unstable();
    rename(old, &mut gone, new, &mut added, &mut changes);
    changes.extend(gone.into_iter().map(|index| SymbolChange {
        old: Some(index),
        new: None,
        what: What::Removed,
    }));
    changes.extend(added.into_iter().map(|index| SymbolChange {
        old: None,
        new: Some(index),
        what: What::Added,
    }));
    changes.sort_by_key(|change| (change.new.or(change.old), change.old));
    changes
}

/// Finds what one file lost and another gained.
pub(crate) fn moves(files: &mut [ChangedFile]) {
    let mut gained: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        for (which, change) in file.symbols.iter().enumerate() {
            if let (What::Added, Some(definition)) = (&change.what, file.new_of(change))
                && (is_callable(definition.kind) || is_type(definition.kind))
            {
                let key = definition.name.clone();
                gained.entry(key).or_default().push((at, which));
            }
        }
    }
    let mut found = Vec::new();
    for (at, file) in files.iter().enumerate() {
        for (which, change) in file.symbols.iter().enumerate() {
            let (What::Removed, Some(definition)) = (&change.what, file.old_of(change)) else {
                continue;
            };
            let Some(candidates) = gained.get_mut(&definition.name) else {
                continue;
            };
            let body = file.old.slice(definition.span);
            let best = candidates
                .iter()
                .enumerate()
                .filter(|(_, (other, _))| *other != at)
                .filter_map(|(place, (other, there))| {
                    let file = files.get(*other)?;
                    let moved = file.new_of(file.symbols.get(*there)?)?;
                    (group(moved.kind) == group(definition.kind))
                        .then(|| (place, alike(body, file.new.slice(moved.span))))
                })
                .max_by(|a, b| a.1.total_cmp(&b.1))
                // The name is the same already, so a short body may speak for itself.
                .filter(|(_, likeness)| *likeness >= ALIKE);
            if let Some((place, _)) = best {
                found.push(((at, which), candidates.remove(place)));
            }
        }
    }
    for ((from, lost), (to, gained)) in found {
        let place = |file: usize, which: usize, files: &[ChangedFile]| {
            let change = files.get(file)?.symbols.get(which)?;
            change.new.or(change.old)
        };
        let (Some(old), Some(new)) = (place(from, lost, files), place(to, gained, files)) else {
            continue;
        };
        let mut set = |file: usize, which: usize, what: What| {
            let change = files
                .get_mut(file)
                .and_then(|file| file.symbols.get_mut(which));
            if let Some(change) = change {
                change.what = what;
            }
        };
        set(from, lost, What::MovedTo(to, new));
        set(to, gained, What::MovedFrom(from, old));
    }
}

/// What differs between two versions of one definition; `None` where nothing does.
fn compare(old: &Side, old_index: u32, new: &Side, new_index: u32) -> Option<SymbolChange> {
    let before = old.outline.definitions.get(old_index as usize)?;
    let after = new.outline.definitions.get(new_index as usize)?;
    let what = if words(old.slice(before.signature)) != words(new.slice(after.signature))
        || before.exported != after.exported
    {
        What::Signature
    } else if !own_words(old, before, old_index).eq(own_words(new, after, new_index)) {
        What::Body
    } else {
        return None;
    };
    Some(SymbolChange {
        old: Some(old_index),
        new: Some(new_index),
        what,
    })
}

/// The words of a definition without those of the definitions inside it, which speak for themselves.
fn own_words<'a>(
    side: &'a Side,
    definition: &Definition,
    index: u32,
) -> impl Iterator<Item = &'a str> {
    own_parts(side, definition, index)
        .into_iter()
        .flat_map(|part| side.slice(part).split_whitespace())
}

/// A definition without the definitions inside it.
pub(crate) fn own_parts(side: &Side, definition: &Definition, index: u32) -> Vec<base::Span> {
    let mut parts = Vec::new();
    let mut at = definition.span.start;
    let children = side
        .outline
        .definitions
        .iter()
        .skip(index as usize + 1)
        .take_while(|child| child.span.start < definition.span.end)
        .filter(|child| child.parent == Some(index) && child.span.start >= definition.span.start);
    for child in children {
        if child.span.start >= at {
            parts.push(base::Span {
                start: at,
                end: child.span.start,
            });
            at = child.span.end;
        }
    }
    parts.push(base::Span {
        start: at,
        end: definition.span.end.max(at),
    });
    parts
}

fn rename(
    old: &Side,
    gone: &mut Vec<u32>,
    new: &Side,
    added: &mut Vec<u32>,
    changes: &mut Vec<SymbolChange>,
) {
    if gone.len() > MAX_LEFT || added.len() > MAX_LEFT {
        return;
    }
    let mut pairs = Vec::new();
    for from in &*gone {
        for to in &*added {
            let (Some(before), Some(after)) = (
                old.outline.definitions.get(*from as usize),
                new.outline.definitions.get(*to as usize),
            ) else {
                continue;
            };
            if group(before.kind) != group(after.kind) || before.name == after.name {
                continue;
            }
            let likeness = alike(old.slice(before.span), new.slice(after.span));
            let enough = words(old.slice(before.span)).len() >= ENOUGH_WORDS;
            if likeness >= ALIKE && enough {
                pairs.push((likeness, *from, *to));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, from, to) in pairs {
        if gone.contains(&from) && added.contains(&to) {
            gone.retain(|index| *index != from);
            added.retain(|index| *index != to);
            changes.push(SymbolChange {
                old: Some(from),
                new: Some(to),
                what: What::Renamed,
            });
        }
    }
}

/// Kinds that turn into each other without becoming another thing.
fn group(kind: SymbolKind) -> u8 {
    match kind {
        kind if is_callable(kind) => 0,
        kind if is_type(kind) => 1,
        kind => 2 + kind as u8,
    }
}

/// Names, numbers and signs of a text, white space aside.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, tail) = rest.split_at(length);
        if !first.is_whitespace() {
            words.push(word);
        }
        rest = tail;
    }
    words
}

/// How much of two texts' words they share, from 0 to 1: twice what is common over the sum.
pub(crate) fn alike(a: &str, b: &str) -> f32 {
    let is_word = |word: &&str| word.chars().next().is_some_and(char::is_alphanumeric);
    let mut counts: HashMap<&str, i32> = HashMap::new();
    let (mut total, mut common) = (0usize, 0usize);
    for word in words(a).into_iter().filter(is_word) {
        *counts.entry(word).or_default() += 1;
        total += 1;
    }
    for word in words(b).into_iter().filter(is_word) {
        total += 1;
        if let Some(count) = counts.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    if total == 0 {
        return 0.0;
    }
    2.0 * common as f32 / total as f32
}
