//! What a ranking is worth, and how sure the difference of two rankings is.

use std::collections::HashSet;

use base::RelPath;

/// One question's answer, judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Score {
    /// The share of what was wanted among the first five.
    pub(crate) at5: f64,
    /// The same among the first ten.
    pub(crate) at10: f64,
    /// One divided by the place of the first that was wanted; 0 where none was found.
    pub(crate) reciprocal: f64,
}

/// Judges a ranking in which no file stands twice.
pub(crate) fn score<'a>(
    ranked: impl IntoIterator<Item = &'a RelPath>,
    wanted: &HashSet<RelPath>,
) -> Score {
    let (mut at5, mut at10, mut first) = (0_u32, 0_u32, None);
    for (place, path) in (1_u32..).zip(ranked) {
        if wanted.contains(path) {
            first = first.or(Some(place));
            at5 += u32::from(place <= 5);
            at10 += u32::from(place <= 10);
        }
    }
    let all = wanted.len().max(1) as f64;
    Score {
        at5: f64::from(at5) / all,
        at10: f64::from(at10) / all,
        reciprocal: first.map_or(0.0, |place| 1.0 / f64::from(place)),
    }
}

/// The mean of some scores.
pub(crate) fn mean(scores: &[Score]) -> Score {
    let of = |value: fn(&Score) -> f64| {
        scores.iter().map(value).sum::<f64>() / scores.len().max(1) as f64
    };
    Score {
        at5: of(|score| score.at5),
        at10: of(|score| score.at10),
        reciprocal: of(|score| score.reciprocal),
    }
}

/// A figure with the bounds between which it lies in 90 of 100 samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) value: f64,
    pub(crate) high: f64,
}

/// Samples of the paired bootstrap.
const SAMPLES: usize = 2_000;

/// `of` the two means of Recall@10 over the same questions, with its interval by a paired bootstrap: questions are drawn
/// with replacement, both rankings judged on the same draw.
pub(crate) fn paired(ours: &[Score], other: &[Score], of: fn(f64, f64) -> f64) -> Interval {
    let count = ours.len().min(other.len());
    let mut random = Random::new(count as u64);
    let figure = |draw: &mut dyn FnMut(usize) -> usize| {
        let (mut a, mut b) = (0.0, 0.0);
        for at in 0..count {
            let at = draw(at);
            a += ours[at].at10;
            b += other[at].at10;
        }
        of(a / count.max(1) as f64, b / count.max(1) as f64)
    };
    let value = figure(&mut |at| at);
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| figure(&mut |_| random.below(count)))
        .collect();
    samples.sort_by(f64::total_cmp);
    Interval {
        low: samples[SAMPLES / 20],
        value,
        high: samples[SAMPLES - 1 - SAMPLES / 20],
    }
}

/// Numbers that are the same in every run (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is not 0 (then 0).
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &str) -> Vec<RelPath> {
        names
            .split_whitespace()
            .map(|name| RelPath::new(name).expect("a path"))
            .collect()
    }

    #[test]
    fn recall_and_rank_are_counted() {
        let ranked = paths("a b c d e f g h i j k");
        let judge = |wanted| score(&ranked, &paths(wanted).into_iter().collect());
        let expect = |at5, at10, reciprocal| Score {
            at5,
            at10,
            reciprocal,
        };
        assert_eq!(judge("a"), expect(1.0, 1.0, 1.0));
        assert_eq!(judge("c f"), expect(0.5, 1.0, 1.0 / 3.0));
        assert_eq!(judge("k"), expect(0.0, 0.0, 1.0 / 11.0));
        assert_eq!(judge("x b"), expect(0.5, 0.5, 0.5));
        assert_eq!(judge("x"), expect(0.0, 0.0, 0.0));
    }

    #[test]
    fn an_interval_is_as_wide_as_the_questions_differ() {
        let scores = |values: &[f64]| -> Vec<Score> {
            let one = |at10: &f64| Score {
                at10: *at10,
                ..Score::default()
            };
            values.iter().map(one).collect()
        };
        let (a, b) = (scores(&[0.8; 40]), scores(&[0.4; 40]));
        let same = paired(&a, &b, |a, b| a / b);
        assert!((same.low - 2.0).abs() < 1e-9 && (same.high - 2.0).abs() < 1e-9);
        let halves: Vec<f64> = (0..40).map(|at| f64::from(at % 2)).collect();
        let mixed = paired(&scores(&halves), &b, |a, b| a - b);
        assert!((mixed.value - 0.1).abs() < 1e-9);
        // Forty draws of 0 or 1: a standard deviation of .079, so 90 in 100 lie within .13.
        assert!(mixed.low < 0.0 && mixed.low > -0.08, "{mixed:?}");
        assert!(mixed.high > 0.2 && mixed.high < 0.28, "{mixed:?}");
    }
}
