//! One ranking over all reasons, under a budget, without overlaps.
//!
//! Files first, then excerpts: a file's weight is a weighted sum over its candidates' reasons, with history weighted
//! highest (the strongest single signal wherever it was measured; equal weights of many weak signals fall below it), and
//! an excerpt's score is its own evidence raised by its file's weight.

use std::collections::HashMap;

use base::context::tokens;
use base::{At, Change, Context, Excerpt, Reason, RelPath, Span, Text};

use super::candidates::Candidate;
use super::focus::Focus;
use super::{Budget, Sources};

/// A definition longer than this many lines is shown around its heart only.
const MAX_LINES: u32 = 40;
/// Lines shown on each side of the heart of a long one.
const AROUND: u32 = 6;
/// Lines of a conventions file that are shown.
const CONVENTION_LINES: u32 = 30;

/// Where people write how things are done, best known first.
const CONVENTIONS: &[&str] = &[
    "AGENTS.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
];

/// What one piece of evidence is worth by its reason.
fn weight(reason: Reason) -> f32 {
    match reason {
        Reason::Definition => 1.0,
        Reason::Caller => 0.95,
        Reason::Test => 0.8,
        Reason::Type => 0.85,
        Reason::CoChange => 0.9,
        Reason::Similar => 0.5,
        Reason::History => 0.3,
        Reason::Convention => 0.15,
    }
}

/// At most so many excerpts for one reason, so that none crowds out the others.
fn most(reason: Reason) -> usize {
    match reason {
        Reason::Definition => 14,
        Reason::Caller => 10,
        Reason::Type | Reason::Test => 6,
        Reason::CoChange => 6,
        Reason::Similar => 4,
        Reason::History | Reason::Convention => 2,
    }
}

pub(crate) fn rank(
    sources: &Sources<'_>,
    change: &Change,
    focus: &[Focus],
    candidates: Vec<Candidate>,
    budget: Budget,
) -> Context {
    let files = file_weights(&candidates);
    let mut scored: Vec<(f32, Candidate)> = candidates
        .into_iter()
        .map(|candidate| {
            let file = files.get(&candidate.path).copied().unwrap_or(0.0);
            (
                weight(candidate.reason) * candidate.score * (1.0 + file),
                candidate,
            )
        })
        .collect();
    // The same order in every run: score, then place.
    scored.sort_by(|(a, x), (b, y)| {
        b.total_cmp(a)
            .then_with(|| x.path.cmp(&y.path))
            .then_with(|| x.span.start.cmp(&y.span.start))
            .then_with(|| x.reason.cmp(&y.reason))
    });
    let mut filled = Filled {
        sources,
        at: &change.new,
        texts: focus
            .iter()
            .filter_map(|file| Some((file.path.clone(), file.text.clone()?)))
            .map(|(path, text)| (path, Some(text)))
            .collect(),
        shown: focus
            .iter()
            .map(|file| (file.path.clone(), file.spans.clone()))
            .collect(),
        counts: HashMap::new(),
        left: budget.tokens,
        most: budget.items,
        context: Context::default(),
    };
    for (score, candidate) in scored {
        filled.add(score, &candidate);
    }
    filled.conventions();
    filled.context
}

/// How much speaks for each file, from 0 to 1.
fn file_weights(candidates: &[Candidate]) -> HashMap<RelPath, f32> {
    let mut best: HashMap<(&RelPath, Reason), f32> = HashMap::new();
    for candidate in candidates {
        let there = best.entry((&candidate.path, candidate.reason)).or_default();
        *there = there.max(candidate.score);
    }
    let mut files: HashMap<RelPath, f32> = HashMap::new();
    for ((path, reason), score) in best {
        // Weights that held across repositories left out of their tuning: history 4 (of its root), the rest about 1.
        let part = match reason {
            Reason::CoChange => 4.0 * score.sqrt(),
            Reason::Caller | Reason::Similar | Reason::Test => score,
            Reason::Definition | Reason::Type => 0.5 * score,
            Reason::Convention | Reason::History => 0.0,
        };
        *files.entry(path.clone()).or_default() += part;
    }
    let highest = files.values().copied().fold(f32::EPSILON, f32::max);
    files.values_mut().for_each(|weight| *weight /= highest);
    files
}

struct Filled<'a> {
    sources: &'a Sources<'a>,
    at: &'a At,
    texts: HashMap<RelPath, Option<Text>>,
    /// What is already seen of each file: the change itself, and excerpts.
    shown: HashMap<RelPath, Vec<Span>>,
    counts: HashMap<Reason, usize>,
    left: u32,
    most: usize,
    context: Context,
}

impl Filled<'_> {
    fn text(&mut self, path: &RelPath) -> Option<Text> {
        let (sources, at) = (self.sources, self.at);
        self.texts
            .entry(path.clone())
            .or_insert_with(|| sources.repo.text(path, at).ok().flatten())
            .clone()
    }

    fn add(&mut self, score: f32, candidate: &Candidate) {
        if self.counts.get(&candidate.reason).copied().unwrap_or(0) >= most(candidate.reason) {
            self.context.left_out += 1;
            return;
        }
        let Some(text) = self.text(&candidate.path) else {
            return;
        };
        // Another version: the span may lie anywhere in it.
        if text.hash() != candidate.hash {
            return;
        }
        let span = excerpt(&text, candidate.span, candidate.heart);
        self.push(Excerpt {
            path: candidate.path.clone(),
            hash: text.hash(),
            span,
            symbol: candidate.symbol.clone(),
            reason: candidate.reason,
            why: candidate.why.clone(),
            score,
            text: text.slice(span).unwrap_or("").to_owned(),
            tokens: 0,
        });
    }

    fn push(&mut self, mut excerpt: Excerpt) {
        if excerpt.text.trim().is_empty() {
            return;
        }
        let seen = self.shown.entry(excerpt.path.clone()).or_default();
        if seen
            .iter()
            .any(|seen| !seen.is_empty() && overlaps(*seen, excerpt.span))
        {
            return;
        }
        excerpt.tokens = tokens(&excerpt.text) + 12;
        if excerpt.tokens > self.left || self.context.items.len() >= self.most {
            self.context.left_out += 1;
            return;
        }
        seen.push(excerpt.span);
        self.left -= excerpt.tokens;
        *self.counts.entry(excerpt.reason).or_default() += 1;
        self.context.items.push(excerpt);
    }

    /// The head of the first file there is that says how things are done here.
    fn conventions(&mut self) {
        for name in CONVENTIONS {
            let Ok(path) = RelPath::new(name) else {
                continue;
            };
            let Some(text) = self.text(&path) else {
                continue;
            };
            let span = text
                .lines()
                .lines_span(0..CONVENTION_LINES.min(text.lines().count()));
            self.push(Excerpt {
                hash: text.hash(),
                span,
                symbol: Vec::new(),
                reason: Reason::Convention,
                why: "says how things are done here".to_owned(),
                score: weight(Reason::Convention),
                text: text.slice(span).unwrap_or("").to_owned(),
                tokens: 0,
                path,
            });
            return;
        }
    }
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whole lines: all of a short definition, of a long one those around its heart.
fn excerpt(text: &Text, span: Span, heart: Span) -> Span {
    let lines = text.lines();
    let line_of = |offset: u32| lines.line_of(offset);
    let last = |span: Span| line_of(span.end.saturating_sub(1).max(span.start));
    let (first, end) = (line_of(span.start), last(span) + 1);
    if end - first <= MAX_LINES {
        return lines.lines_span(first..end);
    }
    let heart_first = line_of(heart.start).max(first);
    let heart_end = (last(heart) + 1).clamp(heart_first + 1, end);
    let from = heart_first.saturating_sub(AROUND).max(first);
    let to = (heart_end + AROUND).min(end).min(from + MAX_LINES);
    lines.lines_span(from..to)
}
