//! Changed code as a model is shown it: the new side with numbers and tags, what was taken away without.
//!
//! How much stands around the changed lines depends on the room there is; the changed lines themselves are never cut.

use std::fmt::Write as _;
use std::ops::Range;

use base::context::tokens;

use super::desk::{Desk, lines_of};
use super::page::Page;
use super::plan::Piece;
use crate::semantic::{ChangedFile, What};

/// How much is shown around changed lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// All of a function that is not too long.
    Wide,
    /// All of a short function.
    Close,
    /// Next to nothing.
    Bare,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Wide, Self::Close, Self::Bare];

    /// The longest definition that is shown whole, and lines above and below changes in longer ones.
    fn lines(self) -> (u32, u32, u32) {
        match self {
            Self::Wide => (50, 8, 4),
            Self::Close => (20, 5, 3),
            Self::Bare => (0, 2, 1),
        }
    }
}

/// Some pieces as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) tokens: u32,
    /// The new lines that can be seen, by file.
    pub(super) lines: Vec<(usize, Vec<Range<u32>>)>,
}

/// Renders pieces, those of one file under one heading and in the order of the file.
pub(super) fn code(desk: &Desk, pieces: &[Piece], level: Level) -> Shown {
    let mut shown = Shown::default();
    let mut files: Vec<usize> = pieces.iter().map(|piece| piece.file).collect();
    files.sort_unstable();
    files.dedup();
    for index in files {
        let Some(file) = desk.file(index) else {
            continue;
        };
        let Some(page) = desk.page(file.path()) else {
            continue;
        };
        let own: Vec<&Piece> = pieces.iter().filter(|piece| piece.file == index).collect();
        let ranges = ranges(file, &page, &own, level);
        heading(desk, file, &own, &mut shown.text);
        render(desk, file, &page, &own, &ranges, &mut shown.text);
        shown.lines.push((index, ranges));
    }
    shown.tokens = tokens(&shown.text);
    shown
}

fn heading(desk: &Desk, file: &ChangedFile, pieces: &[&Piece], text: &mut String) {
    let _ = write!(text, "@@ {}", desk.one_line(file.path().as_str()));
    let mut named = Vec::new();
    for index in pieces.iter().filter_map(|piece| piece.symbol) {
        let what = file.symbols.iter().find(|symbol| symbol.new == Some(index));
        let note = match what.map(|symbol| &symbol.what) {
            Some(What::Added) => " (new)",
            Some(What::Signature) => " (signature changed)",
            Some(What::Renamed) => " (renamed)",
            Some(What::MovedFrom(..)) => " (moved here)",
            _ => "",
        };
        named.push(format!(
            "{}{note}",
            desk.one_line(&file.new.qualified(index).join("."))
        ));
    }
    named.truncate(8);
    if !named.is_empty() {
        let _ = write!(text, " · in {}", named.join(", "));
    }
    text.push('\n');
}

/// The new lines to show, merged.
fn ranges(file: &ChangedFile, page: &Page, pieces: &[&Piece], level: Level) -> Vec<Range<u32>> {
    let (whole, above, below) = level.lines();
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for piece in pieces {
        let definition = piece
            .symbol
            .and_then(|index| file.new.outline.definitions.get(index as usize));
        let own = definition.and_then(|definition| lines_of(&file.new, definition));
        match own {
            Some(own) if own.len() as u32 <= whole => ranges.push(own),
            own => {
                // Of a long definition its first line says what the rest is about.
                if let (Some(own), Some(definition)) = (&own, definition)
                    && level != Level::Bare
                {
                    let text = file.new.text.as_ref();
                    let first = text.map_or(own.start, |text| {
                        text.lines().line_of(definition.name_span.start)
                    });
                    ranges.push(first..first + 1);
                }
                for hunk in &piece.hunks {
                    let start = hunk.new.start.saturating_sub(above);
                    let end = hunk.new.end + below;
                    // Not into the next definition.
                    let (least, most) = own
                        .as_ref()
                        .map_or((0, page.len()), |own| (own.start, own.end));
                    ranges.push(
                        start.max(least.min(hunk.new.start))..end.min(most.max(hunk.new.end)),
                    );
                }
            }
        }
    }
    ranges.retain_mut(|range| {
        range.end = range.end.min(page.len());
        range.start < range.end
    });
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            // A gap of two lines costs less than the dots that stand for it.
            Some(last) if range.start <= last.end + 2 => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn render(
    desk: &Desk,
    file: &ChangedFile,
    page: &Page,
    pieces: &[&Piece],
    ranges: &[Range<u32>],
    text: &mut String,
) {
    // All hunks of the file: a line that another piece changes is shown as changed too.
    let hunks = &file.texts.hunks;
    let old = file
        .old
        .text
        .as_ref()
        .map(|old| desk.redactor.text(file.path(), old));
    let own: Vec<&Range<u32>> = pieces
        .iter()
        .flat_map(|piece| &piece.hunks)
        .map(|hunk| &hunk.old)
        .collect();
    let removed = |at: u32, text: &mut String| {
        for hunk in hunks.iter().filter(|hunk| hunk.new.start == at) {
            let Some(old) = &old else { continue };
            let lines = hunk.old.clone();
            let most = own
                .iter()
                .find(|range| range.start == lines.start)
                .map_or(lines.end, |range| range.end);
            for line in lines.start..most {
                let _ = writeln!(text, "-|{}", old.line(line));
            }
            if most < lines.end {
                let _ = writeln!(
                    text,
                    "- {} more lines that were taken away",
                    lines.end - most
                );
            }
        }
    };
    for (at, range) in ranges.iter().enumerate() {
        if at > 0 || range.start > 0 {
            text.push_str("...\n");
        }
        for line in range.clone() {
            removed(line, text);
            let is_new = hunks.iter().any(|hunk| hunk.new.contains(&line));
            let mark = if is_new { '+' } else { ' ' };
            let _ = writeln!(
                text,
                "{mark}{} {}|{}",
                line + 1,
                page.tag(line),
                page.line(line)
            );
        }
        // Lines that were taken away at the end of what is shown.
        if ranges.get(at + 1).is_none_or(|next| next.start > range.end) {
            removed(range.end, text);
        }
    }
    let is_all = ranges.last().is_some_and(|last| last.end + 1 >= page.len());
    if !is_all {
        text.push_str("...\n");
    }
    if ranges.is_empty() {
        for hunk in hunks {
            removed(hunk.new.start, text);
        }
    }
}
