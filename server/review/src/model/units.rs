//! From groups to what is sent: as few prompts as fit, each small, nothing left out in silence.
//!
//! All of it is made before the first byte leaves, so a dry run shows the same. Where the room is short, first the
//! surroundings shrink, then the excerpts; what still does not fit is named in the report as not reviewed.

use std::fmt::Write as _;
use std::ops::Range;

use base::context::tokens;
use base::{Cancel, Change, Context, Prompt, Reason, RelPath};
use rayon::prelude::*;

use super::desk::Desk;
use super::frozen::Seen;
use super::guidelines;
use super::plan::{Group, Piece};
use super::prompt::{self, Parts};
use super::shown::{Level, Shown, code};
use crate::context::{self, Budget, Sources, Weights};
use crate::semantic::{ChangedFile, What};

/// Tokens of changed code in one prompt.
const UNIT: u32 = 4_500;
/// Tokens of excerpts beside it, by how much room there is.
const EXCERPTS: [u32; 3] = [1_200, 700, 0];
/// Tokens of a prompt beside code and excerpts, about: what is asked, the form of the reply, guidelines.
const OVERHEAD: u64 = 2_600;
/// Tokens of the outline.
const OUTLINE: usize = 1_600;
/// Findings of other checks that are named.
const MAX_REPORTED: usize = 12;

/// One prompt.
pub(super) struct Unit {
    /// Places in the list of groups.
    pub(super) groups: Vec<usize>,
    pub(super) prompt: Prompt,
    /// The changed code of it, for a second look.
    pub(super) shown: Shown,
    /// Unchanged lines that are in it.
    pub(super) seen: Vec<Seen>,
    pub(super) paths: Vec<RelPath>,
    /// `path:from-to` of everything in it.
    pub(super) places: Vec<String>,
}

/// What is sent and what is not.
#[derive(Default)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// Groups for which there was no room.
    pub(super) left_out: Vec<usize>,
}

/// Packs the groups at `open` (riskiest first) under `room` tokens of input; no prompt above `most`.
pub(super) fn pack(
    desk: &Desk,
    groups: &[Group],
    open: &[usize],
    room: u64,
    most: u32,
    cancel: &Cancel,
) -> Units {
    // In little room the riskiest part is sent rather than nothing.
    let small = u32::try_from(room.saturating_sub(OVERHEAD)).unwrap_or(u32::MAX);
    let most_code = UNIT.min(most).min(small.max(500));
    let mut chosen: Option<(Vec<Vec<usize>>, Level, u32)> = None;
    for (level, excerpts) in Level::ALL.into_iter().zip(EXCERPTS) {
        let bins = bins(desk, groups, open, level, most_code);
        let sum: u64 = bins
            .iter()
            .map(|(_, size)| u64::from(*size) + u64::from(excerpts) + OVERHEAD)
            .sum();
        let fits = sum <= room;
        chosen = Some((
            bins.into_iter().map(|(groups, _)| groups).collect(),
            level,
            excerpts,
        ));
        if fits {
            break;
        }
    }
    let Some((bins, level, excerpts)) = chosen else {
        return Units::default();
    };
    let outline = outline(desk);
    let made: Vec<Unit> = bins
        .into_par_iter()
        .filter(|_| !cancel.is_cancelled())
        .map(|bin| unit(desk, groups, bin, level, excerpts, &outline, cancel))
        .collect();
    let mut units = Units::default();
    let fixed = u64::from(tokens(prompt::system(desk).as_str())) + 700;
    let mut used = 0;
    for unit in made {
        let size = fixed + u64::from(tokens(unit.prompt.as_str()));
        if used + size > room || tokens(unit.prompt.as_str()) > most.saturating_mul(2) {
            units.left_out.extend(unit.groups);
        } else {
            used += size;
            units.units.push(unit);
        }
    }
    units
}

/// Groups in bins of at most `most` tokens, in their order; a larger group has its own.
fn bins(
    desk: &Desk,
    groups: &[Group],
    open: &[usize],
    level: Level,
    most: u32,
) -> Vec<(Vec<usize>, u32)> {
    let sizes: Vec<u32> = open
        .par_iter()
        .map(|at| {
            groups
                .get(*at)
                .map_or(0, |group| code(desk, &group.pieces, level).tokens)
        })
        .collect();
    let mut bins: Vec<(Vec<usize>, u32)> = Vec::new();
    for (at, size) in open.iter().zip(sizes) {
        match bins.iter_mut().find(|(_, used)| used + size <= most) {
            Some((bin, used)) => {
                bin.push(*at);
                *used += size;
            }
            None => bins.push((vec![*at], size)),
        }
    }
    bins
}

fn unit(
    desk: &Desk,
    groups: &[Group],
    bin: Vec<usize>,
    level: Level,
    excerpts: u32,
    outline: &str,
    cancel: &Cancel,
) -> Unit {
    let pieces: Vec<Piece> = bin
        .iter()
        .filter_map(|at| groups.get(*at))
        .flat_map(|group| group.pieces.iter().cloned())
        .collect();
    let shown = code(desk, &pieces, level);
    let files: Vec<&ChangedFile> = shown
        .lines
        .iter()
        .filter_map(|(file, _)| desk.file(*file))
        .collect();
    let paths: Vec<RelPath> = files.iter().map(|file| file.path().clone()).collect();
    let context = around(desk, &files, excerpts, cancel);
    let guidelines = guidelines::of(desk, &paths);
    let reported = reported(desk, &shown);
    let prompt = prompt::unit(
        desk,
        &Parts {
            outline,
            guidelines: &guidelines,
            reported: &reported,
            context: &context.items,
            shown: &shown,
        },
    );
    let mut places: Vec<String> = Vec::new();
    for (file, lines) in files.iter().zip(shown.lines.iter().map(|(_, lines)| lines)) {
        places.extend(lines.iter().map(|range| place(file.path(), range)));
    }
    let mut seen = Vec::new();
    for excerpt in &context.items {
        if let Some(page) = desk.page(&excerpt.path) {
            let lines = page.text.lines();
            let first = lines.line_of(excerpt.span.start);
            let last = lines.line_of(excerpt.span.end.saturating_sub(1).max(excerpt.span.start));
            seen.push(Seen::of(&page, first..last + 1));
            places.push(place(&excerpt.path, &(first..last + 1)));
        }
    }
    Unit {
        groups: bin,
        prompt,
        shown,
        seen,
        paths,
        places,
    }
}

fn place(path: &RelPath, lines: &Range<u32>) -> String {
    format!("{path}:{}-{}", lines.start + 1, lines.end)
}

/// The excerpts that a reviewer of these files would open: what is used, who uses it, which tests reach it. Who merely
/// changed together with them, and why, is left out: it costs more than it tells.
fn around(desk: &Desk, files: &[&ChangedFile], most: u32, cancel: &Cancel) -> Context {
    let Some(index) = desk.index.as_deref().filter(|_| most > 0) else {
        return Context::default();
    };
    let change = Change {
        files: files.iter().map(|file| file.change.clone()).collect(),
        skipped: Vec::new(),
        ..desk.change.clone()
    };
    let sources = Sources {
        repo: &*desk.repo,
        index,
        history: &*desk.history,
    };
    let gathered = context::gather(sources, &change, cancel);
    let budget = Budget {
        tokens: most * 2,
        items: 16,
    };
    let mut context = gathered.context(budget, &Weights::default());
    let mut left = most;
    context.items.retain(|item| {
        let wanted = matches!(
            item.reason,
            Reason::Definition | Reason::Caller | Reason::Type | Reason::Test
        );
        let page = desk
            .page(&item.path)
            .filter(|page| page.text.hash() == item.hash);
        let fits = wanted && item.tokens <= left && page.is_some();
        if fits {
            left -= item.tokens;
        }
        fits
    });
    context
}

/// What other checks say about the shown lines.
fn reported(desk: &Desk, shown: &Shown) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, ranges) in &shown.lines {
        let Some(file) = desk.file(*index) else {
            continue;
        };
        let Some(text) = &file.new.text else {
            continue;
        };
        for finding in desk
            .reported
            .iter()
            .filter(|finding| finding.path == *file.path())
        {
            let line = text.lines().line_of(finding.span.start);
            if ranges.iter().any(|range| range.contains(&line)) && lines.len() < MAX_REPORTED {
                let title = desk.one_line(&finding.title);
                lines.push(format!(
                    "{}:{} {}",
                    desk.one_line(finding.path.as_str()),
                    line + 1,
                    title
                ));
            }
        }
    }
    lines
}

/// The whole change: one line for each file, with the definitions that it adds, takes away or gives another signature.
fn outline(desk: &Desk) -> String {
    let mut outline = String::new();
    for (at, file) in desk.semantic.files.iter().enumerate() {
        if desk.withheld(file.path()).is_some() {
            continue;
        }
        let stats = file.texts.stats();
        let mut line = format!(
            "{} +{} -{}",
            desk.one_line(file.path().as_str()),
            stats.additions,
            stats.deletions
        );
        if file.texts.new.is_none() {
            line.push_str(" (deleted)");
        } else if file.texts.old.is_none() {
            line.push_str(" (new)");
        }
        let mut said = 0;
        for symbol in &file.symbols {
            let (word, name) = match (&symbol.what, file.new_of(symbol), file.old_of(symbol)) {
                (What::Added, Some(new), _) => ("adds", &new.name),
                (What::Removed, _, Some(old)) => ("removes", &old.name),
                (What::Renamed, Some(new), _) => ("renames to", &new.name),
                (What::Signature, Some(new), _) => ("new signature of", &new.name),
                (What::MovedFrom(..), Some(new), _) => ("moves here", &new.name),
                _ => continue,
            };
            said += 1;
            if said > 6 {
                line.push_str(", …");
                break;
            }
            let _ = write!(
                line,
                "{} {word} `{}`",
                if said == 1 { ":" } else { "," },
                desk.one_line(name)
            );
        }
        if outline.len() + line.len() > OUTLINE {
            let _ = writeln!(outline, "and {} more files", desk.semantic.files.len() - at);
            break;
        }
        let _ = writeln!(outline, "{line}");
    }
    outline
}
