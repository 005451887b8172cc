//! From a list of replacements that applied one after another to the regions in which two texts differ.
//!
//! An editor sends changes in the order in which they happened, each in the coordinates of the text before it; the
//! parser wants places in the first text. Regions are checked against both texts: a client's mistake must not make
//! the tree and the text disagree.

use std::ops::Range;

use base::Text;

use crate::TextChange;

/// A range of the old text and the range of the new text that took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// The regions in which `new` differs from `old`, in order and apart from each other.
pub(crate) fn regions(old: &Text, new: &Text, changes: &[TextChange]) -> Vec<Replaced> {
    compose(changes)
        .filter(|regions| lead(old.as_str().as_bytes(), new.as_str().as_bytes(), regions))
        .unwrap_or_else(|| spanning(old.as_str(), new.as_str()))
}

/// Adds the changes up; `None` when one is malformed.
fn compose(changes: &[TextChange]) -> Option<Vec<Replaced>> {
    let mut regions: Vec<Replaced> = Vec::new();
    for change in changes {
        let (start, old_end, new_end) = (
            change.start as usize,
            change.old_end as usize,
            change.new_end as usize,
        );
        if old_end < start || new_end < start {
            return None;
        }
        let first = regions.partition_point(|region| region.new.end < start);
        let last = regions.partition_point(|region| region.new.start <= old_end);
        // Text before region `index` lies this much further right in the current text than in the old one.
        let to_old =
            |at: usize, index: usize| match index.checked_sub(1).and_then(|i| regions.get(i)) {
                Some(before) => (at + before.old.end).checked_sub(before.new.end),
                None => Some(at),
            };
        let mut merged = Replaced {
            old: to_old(start, first)?..to_old(old_end, last)?,
            new: start..new_end,
        };
        if let (Some(from), Some(to)) = (
            regions.get(first),
            last.checked_sub(1).and_then(|i| regions.get(i)),
        ) && first < last
        {
            if from.new.start < start {
                merged.old.start = from.old.start;
                merged.new.start = from.new.start;
            }
            if to.new.end > old_end {
                merged.old.end = to.old.end;
                merged.new.end = new_end + (to.new.end - old_end);
            }
        }
        regions.splice(first..last.max(first), [merged]);
        for region in &mut regions[first + 1..] {
            region.new.start = (region.new.start + new_end).checked_sub(old_end)?;
            region.new.end = (region.new.end + new_end).checked_sub(old_end)?;
        }
    }
    Some(regions)
}

/// Whether replacing the regions in `old` gives `new`.
fn lead(old: &[u8], new: &[u8], regions: &[Replaced]) -> bool {
    let (mut old_at, mut new_at) = (0, 0);
    for region in regions {
        if old.get(old_at..region.old.start) != new.get(new_at..region.new.start)
            || old.get(region.old.clone()).is_none()
            || new.get(region.new.clone()).is_none()
        {
            return false;
        }
        (old_at, new_at) = (region.old.end, region.new.end);
    }
    // Both `None` would be equal too, so the old side must exist.
    old.get(old_at..)
        .is_some_and(|rest| new.get(new_at..) == Some(rest))
}

/// One region from the first character that differs to the last.
fn spanning(old: &str, new: &str) -> Vec<Replaced> {
    if old == new {
        return Vec::new();
    }
    let (old_bytes, new_bytes) = (old.as_bytes(), new.as_bytes());
    let mut start = old_bytes
        .iter()
        .zip(new_bytes)
        .take_while(|(a, b)| a == b)
        .count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let (old_rest, new_rest) = (&old_bytes[start..], &new_bytes[start..]);
    let mut tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
        tail -= 1;
    }
    vec![Replaced {
        old: start..old.len() - tail,
        new: start..new.len() - tail,
    }]
}

#[cfg(test)]
mod tests {
    use base::Text;

    use super::{Replaced, regions};
    use crate::TextChange;

    fn change(start: u32, old_end: u32, new_end: u32) -> TextChange {
        TextChange {
            start,
            old_end,
            new_end,
        }
    }

    #[track_caller]
    fn check(old: &str, new: &str, changes: &[TextChange], expected: &[[usize; 4]]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|r| Replaced {
                old: r[0]..r[1],
                new: r[2]..r[3],
            })
            .collect();
        assert_eq!(regions(&Text::new(old), &Text::new(new), changes), expected);
    }

    #[test]
    fn changes_add_up_to_regions() {
        check(
            "abcdef",
            "aXbcdYf",
            &[change(1, 1, 2), change(5, 6, 6)],
            &[[1, 1, 1, 2], [4, 5, 5, 6]],
        );
        // The same, the later place first.
        check(
            "abcdef",
            "aXbcdYf",
            &[change(4, 5, 5), change(1, 1, 2)],
            &[[1, 1, 1, 2], [4, 5, 5, 6]],
        );
        // Typing on: one region.
        check(
            "ab",
            "aXYb",
            &[change(1, 1, 2), change(2, 2, 3)],
            &[[1, 1, 1, 3]],
        );
        // A deletion over two earlier regions and what lies between.
        check(
            "abcdef",
            "af",
            &[change(1, 1, 2), change(5, 6, 6), change(1, 6, 1)],
            &[[1, 5, 1, 1]],
        );
    }

    #[test]
    fn changes_that_do_not_lead_there_are_replaced_by_the_difference() {
        check("abcdef", "abXef", &[change(0, 1, 1)], &[[2, 4, 2, 3]]);
        check("abc", "abc", &[change(9, 12, 9)], &[]);
        check("abc", "abXc", &[change(3, 2, 1)], &[[2, 2, 2, 3]]);
    }
}
