//! The scores of several cases, added up: what is told of a model.
//!
//! A ratio without anything below the line is `None`, never 0 or 1: a model that said nothing has no precision.

use super::Score;

/// The scores of several cases as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    /// Cases.
    pub cases: usize,
    /// All of them added up.
    pub sum: Score,
    /// Clean cases on which something was remarked.
    pub noisy: usize,
    /// Clean cases that tell something: reviewed in full, or remarked on.
    pub clean: usize,
    /// Cases of which a part was not reviewed.
    pub incomplete: usize,
}

impl Total {
    /// Adds one case.
    pub fn add(&mut self, score: &Score) {
        self.cases += 1;
        // A clean change that was not looked at, or not wholly, tells nothing by its silence.
        if score.expected == 0 && (score.failed.is_empty() || score.shown > 0) {
            self.clean += 1;
            self.noisy += usize::from(score.shown > 0);
        }
        let sum = &mut self.sum;
        sum.expected += score.expected;
        sum.shown += score.shown;
        sum.hits += score.hits;
        sum.misplaced += score.misplaced;
        sum.unplaced += score.unplaced;
        sum.invented += score.invented;
        self.incomplete += usize::from(!score.failed.is_empty());
        sum.requests += score.requests;
        sum.usage = sum.usage.plus(score.usage);
        sum.duration_ms += score.duration_ms;
    }

    /// Remarks that mean something wrong, of all remarks; `None` without remarks.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.sum.hits, self.sum.shown)
    }

    /// Places that were found, of all places; `None` without places.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.sum.hits, self.sum.expected)
    }

    /// Both in one number, precision counting twice as much as recall (F 0.5).
    pub fn f_half(&self) -> Option<f64> {
        let (precision, recall) = (self.precision()?, self.recall()?);
        let sum = 0.25 * precision + recall;
        Some(if sum == 0.0 {
            0.0
        } else {
            1.25 * precision * recall / sum
        })
    }

    /// Remarks for each change.
    pub fn per_change(&self) -> Option<f64> {
        ratio(self.sum.shown, self.cases)
    }

    /// Remarks on a wrong line, of those that mean something.
    pub fn misplaced(&self) -> Option<f64> {
        ratio(self.sum.misplaced, self.sum.hits + self.sum.misplaced)
    }

    /// Milliseconds for each case.
    pub fn per_case_ms(&self) -> Option<f64> {
        (self.cases > 0).then(|| self.sum.duration_ms as f64 / self.cases as f64)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
