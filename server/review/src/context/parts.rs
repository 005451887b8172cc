//! What speaks for a file as a whole, in parts that are measured and weighed one by one.
//!
//! Where the weights come from, and what was tried and added nothing (how often and how lately a file changes, what the
//! changed files import), stands in `docs/benchmarks.md`, section Context. Nothing here decides which lines of a file are shown.

use std::collections::HashMap;

use base::RelPath;

/// A reason for a file to belong to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// It changed together with a changed file before.
    History,
    /// An excerpt of it has the words of the change.
    Words,
    /// It uses what changed.
    Users,
    /// It defines what the changed lines use.
    Definitions,
    /// It mentions the type or object that what changed belongs to.
    Mentions,
    /// It lies near a changed file.
    Near,
    /// It is called like a changed file (`retry.rs`, `retry_test.rs`).
    Name,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 7] = [
        Self::History,
        Self::Words,
        Self::Users,
        Self::Definitions,
        Self::Mentions,
        Self::Near,
        Self::Name,
    ];

    /// Its name in a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Words => "words",
            Self::Users => "users",
            Self::Definitions => "definitions",
            Self::Mentions => "mentions",
            Self::Near => "near",
            Self::Name => "name",
        }
    }
}

/// How much each part counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights([f32; Part::ALL.len()]);

impl Default for Weights {
    fn default() -> Self {
        Self([4.0, 1.2, 0.7, 0.4, 0.7, 0.4, 0.8])
    }
}

impl Weights {
    /// These weights and nothing for `part`; to measure what it adds.
    #[must_use]
    pub fn without(mut self, part: Part) -> Self {
        self.0[part as usize] = 0.0;
        self
    }

    /// Only `part`.
    #[must_use]
    pub fn only(part: Part) -> Self {
        let mut weights = [0.0; Part::ALL.len()];
        weights[part as usize] = 1.0;
        Self(weights)
    }
}

/// What speaks for each file: each part from 0 to 1, most of all files being 1 for words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(HashMap<RelPath, [f32; Part::ALL.len()]>);

impl Files {
    /// Keeps the best that was said.
    pub(crate) fn best(&mut self, path: &RelPath, part: Part, value: f32) {
        let there = &mut self.entry(path)[part as usize];
        *there = there.max(value.clamp(0.0, 1.0));
    }

    /// Each further one takes away a part of the doubt that is left.
    pub(crate) fn more(&mut self, path: &RelPath, part: Part, value: f32) {
        let there = &mut self.entry(path)[part as usize];
        *there = 1.0 - (1.0 - *there) * (1.0 - value.clamp(0.0, 1.0));
    }

    fn entry(&mut self, path: &RelPath) -> &mut [f32; Part::ALL.len()] {
        self.0.entry(path.clone()).or_default()
    }

    pub(crate) fn remove(&mut self, path: &RelPath) {
        self.0.remove(path);
    }

    /// The part that counts most for a file; `None` where nothing speaks for it but where it lies.
    pub(crate) fn strongest(&self, path: &RelPath, weights: &Weights) -> Option<Part> {
        let parts = self.0.get(path)?;
        let value = |part: &Part| parts[*part as usize] * weights.0[*part as usize];
        Part::ALL
            .into_iter()
            .filter(|part| *part != Part::Near)
            .max_by(|a, b| value(a).total_cmp(&value(b)))
            .filter(|part| value(part) > 0.0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RelPath, &[f32; Part::ALL.len()])> {
        self.0.iter()
    }

    /// The weight of each file, from 0 to 1.
    pub(crate) fn weigh(&self, weights: &Weights) -> HashMap<RelPath, f32> {
        let mut sums: HashMap<RelPath, f32> = self
            .0
            .iter()
            .map(|(path, parts)| {
                let sum = parts
                    .iter()
                    .zip(&weights.0)
                    .map(|(part, weight)| part * weight);
                (path.clone(), sum.sum())
            })
            .collect();
        let highest = sums.values().copied().fold(f32::EPSILON, f32::max);
        sums.values_mut().for_each(|sum| *sum /= highest);
        sums
    }
}
