//! From a change to groups of hunks that belong together, the risky ones first.
//!
//! A hunk belongs to the function around it; functions that mention each other belong together, whatever file they are
//! in. A group is what is reviewed or known to be reviewed: its key says everything that the verdict on it rests on in
//! the change itself, and nothing that moves when other lines are edited.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use base::{ContentHash, ContentHasher, Hunk};
use syntax::Language;

use super::desk::{Desk, is_work, lines_of};
use super::shown::{Level, code};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, What, is_type};

/// A group larger than this is not joined with another.
const MAX_JOINED: u32 = 2_500;
/// Changed lines that one piece has at most.
const MAX_LINES: u32 = 80;
/// Longest definition that is part of a key with all it says.
const MAX_IN_KEY: u32 = 400;

/// Hunks of one file that belong to one definition.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The file's place in the change.
    pub(super) file: usize,
    /// In order.
    pub(super) hunks: Vec<Hunk>,
    /// The definition around them, in the new outline.
    pub(super) symbol: Option<u32>,
}

/// Pieces that are reviewed together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) pieces: Vec<Piece>,
    /// What its verdict rests on.
    pub(super) key: ContentHash,
    /// Higher is looked at first.
    pub(super) risk: f32,
}

/// The groups of a change, riskiest first. `same`: everything else that a verdict rests on.
pub(super) fn groups(desk: &Desk, same: &ContentHash) -> Vec<Group> {
    let mut pieces = Vec::new();
    for (index, file) in desk.semantic.files.iter().enumerate() {
        if file.texts.new.is_some() && desk.withheld(file.path()).is_none() {
            pieces.extend(pieces_of(index, file));
        }
    }
    let mut groups: Vec<Group> = joined(desk, pieces)
        .into_iter()
        .map(|pieces| Group {
            key: key(desk, &pieces, same),
            risk: pieces
                .iter()
                .map(|piece| risk(desk, piece))
                .fold(0.0, f32::max),
            pieces,
        })
        .collect();
    groups.sort_by(|a, b| {
        let place = |group: &Group| {
            let first = group.pieces.first();
            first.map(|piece| {
                (
                    piece.file,
                    piece.hunks.first().map_or(0, |hunk| hunk.new.start),
                )
            })
        };
        b.risk
            .total_cmp(&a.risk)
            .then_with(|| place(a).cmp(&place(b)))
    });
    groups
}

/// The hunks of one file by the definition around them.
fn pieces_of(index: usize, file: &ChangedFile) -> Vec<Piece> {
    let mut by_symbol: BTreeMap<u32, Vec<Hunk>> = BTreeMap::new();
    let mut rest: Vec<Hunk> = Vec::new();
    for hunk in file.texts.hunks.iter().flat_map(|hunk| split(file, hunk)) {
        match around(file, &hunk.new) {
            Some(symbol) => by_symbol.entry(symbol).or_default().push(hunk),
            None => rest.push(hunk),
        }
    }
    let mut pieces: Vec<Piece> = by_symbol
        .into_iter()
        .map(|(symbol, hunks)| Piece {
            file: index,
            hunks,
            symbol: Some(symbol),
        })
        .collect();
    // What belongs to no definition goes together as far as it fits: imports, constants, the lines of a data file.
    let mut lines = 0;
    for hunk in rest {
        let more = hunk.new.len() as u32 + hunk.old.len() as u32;
        match pieces.last_mut() {
            Some(last) if last.symbol.is_none() && lines + more <= MAX_LINES => {
                last.hunks.push(hunk)
            }
            _ => {
                lines = 0;
                pieces.push(Piece {
                    file: index,
                    hunks: vec![hunk],
                    symbol: None,
                });
            }
        }
        lines += more;
    }
    pieces
}

/// A long hunk in parts, cut where definitions begin and after so many lines.
fn split(file: &ChangedFile, hunk: &Hunk) -> Vec<Hunk> {
    if hunk.new.len() as u32 <= MAX_LINES && hunk.old.len() as u32 <= 2 * MAX_LINES {
        return vec![hunk.clone()];
    }
    let definitions = file.new.outline.definitions.iter();
    let mut cuts: Vec<u32> = definitions
        .filter(|definition| is_work(definition.kind) || is_type(definition.kind))
        .filter_map(|definition| lines_of(&file.new, definition))
        .map(|lines| lines.start)
        .filter(|line| hunk.new.start < *line && *line < hunk.new.end)
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.push(hunk.new.end);
    let mut parts = Vec::new();
    let mut start = hunk.new.start;
    for cut in cuts {
        while start < cut {
            let end = cut.min(start + MAX_LINES);
            let old = match parts.is_empty() {
                true => hunk.old.start..hunk.old.end.min(hunk.old.start + 2 * MAX_LINES),
                false => hunk.old.end..hunk.old.end,
            };
            parts.push(Hunk {
                old,
                new: start..end,
            });
            start = end;
        }
    }
    if parts.is_empty() {
        parts.push(Hunk {
            old: hunk.old.start..hunk.old.end.min(hunk.old.start + 2 * MAX_LINES),
            new: hunk.new.clone(),
        });
    }
    parts
}

/// The innermost function or test around some lines; else the innermost short definition.
fn around(file: &ChangedFile, lines: &Range<u32>) -> Option<u32> {
    let mut best: Option<(bool, u32, u32)> = None;
    for (index, definition) in (0u32..).zip(&file.new.outline.definitions) {
        let Some(own) = lines_of(&file.new, definition) else {
            continue;
        };
        let inside = match lines.is_empty() {
            true => own.start < lines.start && lines.start < own.end,
            false => own.start <= lines.start && lines.end <= own.end,
        };
        let len = own.end - own.start;
        let fits = is_work(definition.kind) || len <= MAX_LINES;
        let better = best.is_none_or(|(work, best_len, _)| {
            let this = is_work(definition.kind);
            (this && !work) || (this == work && len <= best_len)
        });
        if inside && fits && better {
            best = Some((is_work(definition.kind), len, index));
        }
    }
    best.map(|(_, _, index)| index)
}

/// Pieces that mention each other's names, as far as they stay small enough to be read together.
fn joined(desk: &Desk, pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut definers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        for name in defined(desk, piece) {
            definers.entry(name).or_default().push(at);
        }
    }
    let sizes = pieces
        .iter()
        .map(|piece| code(desk, std::slice::from_ref(piece), Level::Close).tokens);
    let mut sizes: Vec<u32> = sizes.collect();
    let mut root: Vec<usize> = (0..pieces.len()).collect();
    for (at, piece) in pieces.iter().enumerate() {
        for name in mentioned(desk, piece) {
            // A name that several of them define says nothing.
            let Some([definer]) = definers.get(name).map(Vec::as_slice) else {
                continue;
            };
            let (a, b) = (find(&mut root, at), find(&mut root, *definer));
            if a != b && sizes[a] + sizes[b] <= MAX_JOINED {
                let (low, high) = (a.min(b), a.max(b));
                root[high] = low;
                sizes[low] += sizes[high];
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        groups
            .entry(find(&mut root, at))
            .or_default()
            .push(piece.clone());
    }
    groups.into_values().collect()
}

fn find(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

/// Names that a piece defines: the definition around it, and those on its lines.
fn defined<'a>(desk: &'a Desk, piece: &Piece) -> Vec<&'a str> {
    let Some(file) = desk.file(piece.file) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (index, definition) in (0u32..).zip(&file.new.outline.definitions) {
        let is_named =
            definition.name.len() > 3 && (is_work(definition.kind) || is_type(definition.kind));
        let line = file
            .new
            .text
            .as_ref()
            .map_or(0, |text| text.lines().line_of(definition.name_span.start));
        let here = piece.hunks.iter().any(|hunk| hunk.new.contains(&line));
        if is_named
            && (here || piece.symbol == Some(index))
            && !names.contains(&definition.name.as_str())
        {
            names.push(definition.name.as_str());
        }
    }
    names
}

/// Names that the changed lines of a piece mention.
fn mentioned<'a>(desk: &'a Desk, piece: &Piece) -> Vec<&'a str> {
    let Some(file) = desk.file(piece.file) else {
        return Vec::new();
    };
    let Some(text) = &file.new.text else {
        return Vec::new();
    };
    let mut names: Vec<&str> = Vec::new();
    for mention in &file.new.outline.references {
        let line = text.lines().line_of(mention.span.start);
        if piece.hunks.iter().any(|hunk| hunk.new.contains(&line))
            && !names.contains(&mention.name.as_str())
        {
            names.push(&mention.name);
        }
    }
    names
}

/// What in a piece usually goes wrong, from 0 to about 3.
fn risk(desk: &Desk, piece: &Piece) -> f32 {
    const DELICATE: &[&str] = &[
        "auth",
        "password",
        "secret",
        "crypt",
        "token",
        "permission",
        "admin",
        "exec",
        "eval",
        "sql",
        "query",
        "unsafe",
        "lock",
        "mutex",
        "atomic",
        "thread",
        "await",
        "transaction",
        "delete",
        "remove",
        "drop",
        "free",
        "unwrap",
        "catch",
        "except",
        "error",
        "timeout",
        "retry",
        "parse",
        "deserial",
        "path",
        "redirect",
        "cookie",
        "price",
        "amount",
        "balance",
        "migrat",
        "null",
        "none",
        "nil",
        "len",
        "index",
        "offset",
    ];
    let Some(file) = desk.file(piece.file) else {
        return 0.0;
    };
    let Some(text) = &file.new.text else {
        return 0.0;
    };
    let language = Language::of(file.path(), text);
    let mut risk = match language {
        Some(language) if language.is_code() => 1.0,
        Some(_) => 0.4,
        None => 0.2,
    };
    if is_test_path(file.path()) {
        risk *= 0.5;
    }
    let mut words = 0;
    for hunk in &piece.hunks {
        let new = text
            .slice(text.lines().lines_span(hunk.new.clone()))
            .unwrap_or_default();
        let old = file.old.text.as_ref().map_or("", |old| {
            old.slice(old.lines().lines_span(hunk.old.clone()))
                .unwrap_or_default()
        });
        let lower = format!("{new}\n{old}").to_lowercase();
        words += DELICATE
            .iter()
            .filter(|word| lower.contains(**word))
            .count();
        // What was there and is changed or gone was relied on.
        if !old.trim().is_empty() {
            risk += 0.15;
        }
    }
    let what = file
        .symbols
        .iter()
        .find(|symbol| symbol.new.is_some() && symbol.new == piece.symbol);
    if what.is_some_and(|symbol| symbol.what == What::Signature) {
        risk += 0.5;
    }
    let lines: usize = piece
        .hunks
        .iter()
        .map(|hunk| hunk.new.len() + hunk.old.len())
        .sum();
    risk + (words as f32 * 0.1).min(0.8) + (lines as f32 / 100.0).min(0.5)
}

/// Hash of what is changed and of the definitions around it, without numbers of lines.
fn key(desk: &Desk, pieces: &[Piece], same: &ContentHash) -> ContentHash {
    let mut hasher = ContentHasher::default();
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    };
    add(&same.to_string());
    for piece in pieces {
        let Some(file) = desk.file(piece.file) else {
            continue;
        };
        add(file.path().as_str());
        for hunk in &piece.hunks {
            for (side, lines) in [(&file.old, &hunk.old), (&file.new, &hunk.new)] {
                let span = side
                    .text
                    .as_ref()
                    .map(|text| text.lines().lines_span(lines.clone()));
                add(span.map_or("", |span| side.slice(span)));
            }
        }
        let definition = piece
            .symbol
            .and_then(|symbol| file.new.outline.definitions.get(symbol as usize));
        let around = definition.filter(|definition| {
            lines_of(&file.new, definition).is_some_and(|lines| lines.len() as u32 <= MAX_IN_KEY)
        });
        add(around.map_or("", |definition| file.new.slice(definition.span)));
        // What the other checks say here is part of what the model is told.
        for finding in &desk.reported {
            let line = file
                .new
                .text
                .as_ref()
                .map(|text| text.lines().line_of(finding.span.start));
            let here =
                line.is_some_and(|line| piece.hunks.iter().any(|hunk| hunk.new.contains(&line)));
            if finding.path == *file.path() && here {
                add(&finding.id.to_string());
            }
        }
    }
    hasher.finish()
}
