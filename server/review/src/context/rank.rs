//! One ranking over all reasons, under a budget, without overlaps.
//!
//! Files first, then excerpts: a file weighs what its parts say (`parts`), its best excerpt is worth the file's weight and
//! each further one less. What is proven (a definition that is used, a caller, a type, a test) has a share of the budget
//! of its own, so that files that only may matter do not crowd it out, nor the other way round.

use std::collections::HashMap;

use base::context::tokens;
use base::{At, Context, Excerpt, Outline, Reason, RelPath, Span, Text};

use super::candidates::{Candidate, similar};
use super::focus::Focus;
use super::parts::{Part, Weights};
use super::{Budget, Gathered, Sources};

/// A definition longer than this many lines is shown around its heart only.
const MAX_LINES: u32 = 40;
/// The same for what may matter and is no proof.
const MAX_LINES_RELATED: u32 = 16;
/// Lines shown on each side of the heart of a long one.
const AROUND: u32 = 6;
/// Files that get an excerpt for their weight alone.
const MAX_RELATED: usize = 40;
/// What each further excerpt of a file counts, of the one before.
const FURTHER: f32 = 0.7;
/// The share of the budget that what is proven may take before what is related had its turn, and the other way round.
const PROVEN: f32 = 0.6;
/// What one piece of evidence is worth by its reason, beside others in its file.
fn weight(reason: Reason) -> f32 {
    match reason {
        Reason::Definition => 1.0,
        Reason::Caller => 0.95,
        Reason::Test => 0.8,
        Reason::Type => 0.85,
        Reason::CoChange => 0.6,
        Reason::Similar => 0.5,
        Reason::History => 0.3,
        Reason::Convention => 0.15,
    }
}

pub(crate) fn rank(gathered: &Gathered<'_>, budget: Budget, weights: &Weights) -> Context {
    let files = gathered.found.files.weigh(weights);
    let mut by_file: HashMap<&RelPath, Vec<Candidate>> = HashMap::new();
    for candidate in &gathered.found.candidates {
        by_file
            .entry(&candidate.path)
            .or_default()
            .push(candidate.clone());
    }
    let mut order: Vec<(&RelPath, f32)> =
        files.iter().map(|(path, weight)| (path, *weight)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    for (path, _) in order.into_iter().take(MAX_RELATED) {
        let there = by_file.entry(path).or_default();
        if !there.iter().any(|candidate| candidate.proven) {
            there.extend(related(gathered, path, weights));
        }
    }
    let mut scored: Vec<(f32, Candidate)> = Vec::new();
    for (path, mut candidates) in by_file {
        let file = files.get(path).copied().unwrap_or(0.0);
        candidates.sort_by(|a, b| {
            let own = |it: &Candidate| weight(it.reason) * it.score;
            own(b)
                .total_cmp(&own(a))
                .then_with(|| (a.span, a.reason).cmp(&(b.span, b.reason)))
        });
        let mut share = file;
        for candidate in candidates {
            scored.push((share, candidate));
            share *= FURTHER;
        }
    }
    // The same order in every run: score, then place.
    scored.sort_by(|(a, x), (b, y)| {
        b.total_cmp(a)
            .then_with(|| x.path.cmp(&y.path))
            .then_with(|| x.span.cmp(&y.span))
            .then_with(|| x.reason.cmp(&y.reason))
    });
    let beside = beside(gathered, budget);
    let mut filled = Filled {
        sources: &gathered.sources,
        at: &gathered.change.new,
        texts: gathered
            .focus
            .iter()
            .filter_map(|file| Some((file.path.clone(), file.text.clone()?)))
            .map(|(path, text)| (path, Some(text)))
            .collect(),
        shown: gathered
            .focus
            .iter()
            .map(|file| (file.path.clone(), file.spans.clone()))
            .collect(),
        used: [0, 0],
        budget,
        context: Context::default(),
    };
    let for_ranked = budget.tokens - beside.iter().map(|item| item.tokens).sum::<u32>();
    filled.budget.tokens = for_ranked;
    filled.budget.items = budget.items - beside.len();
    let proven = (for_ranked as f32 * PROVEN) as u32;
    let shares = [for_ranked - proven, proven];
    let mut waiting = Vec::new();
    for (score, candidate) in scored {
        let class = usize::from(candidate.proven);
        if !filled.add(score, &candidate, shares[class], class) {
            waiting.push((score, candidate, class));
        }
    }
    for (score, candidate, class) in waiting {
        if !filled.add(score, &candidate, for_ranked, class) {
            filled.context.left_out += 1;
        }
    }
    let mut context = filled.context;
    let by_score = |a: &Excerpt, b: &Excerpt| b.score.total_cmp(&a.score);
    context.items.sort_by(by_score);
    context.items.extend(beside);
    context
}

/// What was done here and how things are done here: of each what fits a tenth of the budget.
fn beside(gathered: &Gathered<'_>, budget: Budget) -> Vec<Excerpt> {
    let mut kept = Vec::new();
    for excerpts in [&gathered.past, &gathered.guidelines] {
        let mut left = budget.tokens / 10;
        for excerpt in excerpts.iter().take(budget.items / 10) {
            if excerpt.tokens <= left {
                left -= excerpt.tokens;
                kept.push(excerpt.clone());
            }
        }
    }
    kept
}

/// An excerpt of a file that belongs to the change as a whole: the part of it that is most like the change.
fn related(gathered: &Gathered<'_>, path: &RelPath, weights: &Weights) -> Option<Candidate> {
    let found = &gathered.found;
    let strongest = found.files.strongest(path, weights)?;
    let hit = found.hits.get(path);
    let (reason, why) = match (strongest, found.partners.get(path)) {
        (Part::History, Some(partner)) => (
            Reason::CoChange,
            format!(
                "changed in {} of the {} commits that changed {}",
                partner.together, partner.changes, partner.with
            ),
        ),
        (Part::Mentions, _) => (
            Reason::Caller,
            "mentions what the change belongs to".to_owned(),
        ),
        (Part::Name, _) => (Reason::Similar, "is called like a changed file".to_owned()),
        _ => return hit.map(|hit| similar(hit, 0.5)),
    };
    let (hash, span, symbol) = match hit {
        Some(hit) => (hit.hash, hit.span, hit.symbol.clone()),
        None => {
            let outline = gathered.sources.index.outline(path)?;
            let best = most_alike(&gathered.focus, &outline.outline);
            let definition = best.and_then(|at| outline.outline.definitions.get(at as usize));
            let names = best
                .map(|at| outline.outline.qualified(at))
                .unwrap_or_default();
            (
                outline.hash,
                definition.map_or(Span::new(0, 1), |definition| definition.span),
                names.into_iter().map(str::to_owned).collect(),
            )
        }
    };
    Some(Candidate {
        path: path.clone(),
        hash,
        span,
        heart: Span {
            end: span.start,
            ..span
        },
        symbol,
        reason,
        why,
        score: 0.5,
        proven: false,
    })
}

/// The definition with most of the change's names in it, for its length.
fn most_alike(focus: &[Focus], outline: &Outline) -> Option<u32> {
    let words: HashMap<&str, f32> = focus
        .iter()
        .flat_map(|file| &file.words)
        .map(|(word, weight)| (word.as_str(), *weight))
        .collect();
    let mut sums: Vec<f32> = outline
        .definitions
        .iter()
        .map(|definition| words.get(definition.name.as_str()).copied().unwrap_or(0.0))
        .collect();
    for mention in &outline.references {
        if let Some(weight) = words.get(mention.name.as_str())
            && let Some(sum) = mention.within.and_then(|at| sums.get_mut(at as usize))
        {
            *sum += weight;
        }
    }
    let best = (0u32..)
        .zip(sums)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map(|(at, _)| at)
}

struct Filled<'a> {
    sources: &'a Sources<'a>,
    at: &'a At,
    texts: HashMap<RelPath, Option<Text>>,
    /// What is already seen of each file: the change itself, and excerpts.
    shown: HashMap<RelPath, Vec<Span>>,
    /// Tokens of what is related and of what is proven.
    used: [u32; 2],
    budget: Budget,
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

    /// Shows a candidate where its class stays under `most` tokens; whether that is settled, shown or not.
    fn add(&mut self, score: f32, candidate: &Candidate, most: u32, class: usize) -> bool {
        let Some(text) = self.text(&candidate.path) else {
            return true;
        };
        // Another version: the span may lie anywhere in it.
        if text.hash() != candidate.hash {
            return true;
        }
        let lines = if class == 1 {
            MAX_LINES
        } else {
            MAX_LINES_RELATED
        };
        let span = excerpt(&text, candidate.span, candidate.heart, lines);
        let excerpt = Excerpt {
            path: candidate.path.clone(),
            hash: text.hash(),
            span,
            symbol: candidate.symbol.clone(),
            reason: candidate.reason,
            why: candidate.why.clone(),
            score,
            text: text.slice(span).unwrap_or("").to_owned(),
            tokens: 0,
        };
        self.push(excerpt, most, class)
    }

    fn push(&mut self, mut excerpt: Excerpt, most: u32, class: usize) -> bool {
        if excerpt.text.trim().is_empty() {
            return true;
        }
        let seen = self.shown.entry(excerpt.path.clone()).or_default();
        if seen
            .iter()
            .any(|seen| !seen.is_empty() && overlaps(*seen, excerpt.span))
        {
            return true;
        }
        excerpt.tokens = tokens(&excerpt.text) + 12;
        let all = self.used[0] + self.used[1] + excerpt.tokens;
        if all > self.budget.tokens
            || self.used[class] + excerpt.tokens > most
            || self.context.items.len() >= self.budget.items
        {
            return false;
        }
        seen.push(excerpt.span);
        self.used[class] += excerpt.tokens;
        self.context.items.push(excerpt);
        true
    }
}

fn overlaps(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whole lines: all of a short definition, of a long one those around its heart.
fn excerpt(text: &Text, span: Span, heart: Span, most: u32) -> Span {
    let lines = text.lines();
    let line_of = |offset: u32| lines.line_of(offset);
    let last = |span: Span| line_of(span.end.saturating_sub(1).max(span.start));
    let (first, end) = (line_of(span.start), last(span) + 1);
    if end - first <= most {
        return lines.lines_span(first..end);
    }
    let heart_first = line_of(heart.start).max(first);
    let heart_end = (last(heart) + 1).clamp(heart_first + 1, end);
    let from = heart_first.saturating_sub(AROUND).max(first);
    let to = (heart_end + AROUND).min(end).min(from + most);
    lines.lines_span(from..to)
}
