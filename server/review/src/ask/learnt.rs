//! How much a request is like labelled ones: naive Bayes over words, pairs of words and the first word.
//!
//! Names, paths, revisions and rules count as what they are, not as which. Learnt from `phrasings.tsv` when it
//! is first asked; see Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, chapter 13.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::slots::Said;

/// Labelled phrasings: intent, arguments, phrasing.
const LABELLED: &str = include_str!("phrasings.tsv");
/// What a feature that was never seen counts for.
const UNSEEN: f32 = 0.3;

struct Learnt {
    /// Intents with how often each feature was seen in its phrasings, and the sum.
    intents: Vec<(&'static str, HashMap<String, f32>, f32)>,
    features: usize,
}

/// The probability of each intent, as far as words tell.
pub(super) fn likelihood(said: &Said<'_>) -> Vec<(&'static str, f32)> {
    static LEARNT: OnceLock<Learnt> = OnceLock::new();
    let learnt = LEARNT.get_or_init(|| learn(LABELLED));
    let features = features(said);
    let logs: Vec<(&'static str, f32)> = learnt
        .intents
        .iter()
        .map(|(intent, counts, sum)| {
            let of = |feature: &String| {
                let count = counts.get(feature).copied().unwrap_or_default();
                ((count + UNSEEN) / (sum + UNSEEN * learnt.features as f32)).ln()
            };
            (*intent, features.iter().map(of).sum())
        })
        .collect();
    let best = logs.iter().map(|(_, log)| *log).fold(f32::MIN, f32::max);
    // Words are not independent of each other: long requests would be too sure of themselves.
    let calm = |log: f32| ((log - best) / (features.len() as f32).sqrt().max(1.0) * 1.5).exp();
    let sum: f32 = logs.iter().map(|(_, log)| calm(*log)).sum();
    logs.into_iter()
        .map(|(intent, log)| (intent, calm(log) / sum))
        .collect()
}

fn learn(table: &'static str) -> Learnt {
    let mut intents: Vec<(&'static str, HashMap<String, f32>, f32)> = Vec::new();
    let mut all = std::collections::HashSet::new();
    for line in table.lines() {
        let mut columns = line.split('\t');
        let (Some(intent), Some(_), Some(phrasing)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let at = match intents.iter().position(|(known, ..)| *known == intent) {
            Some(at) => at,
            None => {
                intents.push((intent, HashMap::new(), 0.0));
                intents.len() - 1
            }
        };
        let Some((_, counts, sum)) = intents.get_mut(at) else {
            continue;
        };
        for feature in features(&Said::new(phrasing)) {
            all.insert(feature.clone());
            *counts.entry(feature).or_default() += 1.0;
            *sum += 1.0;
        }
    }
    Learnt {
        intents,
        features: all.len(),
    }
}

/// Words, pairs of neighbours, and the first word as such.
fn features(said: &Said<'_>) -> Vec<String> {
    let words: Vec<String> = said.kinds();
    let mut features: Vec<String> = words.iter().map(|word| stem(word).to_owned()).collect();
    features.extend(
        words
            .windows(2)
            .map(|pair| format!("{} {}", pair[0], pair[1])),
    );
    features.extend(words.first().map(|first| format!("^{first}")));
    features
}

/// Without the endings that change nothing here.
fn stem(word: &str) -> &str {
    for ending in ["ing", "ed", "es", "s"] {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() > 3) {
            return stem;
        }
    }
    word
}
