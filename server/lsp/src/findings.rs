//! What is shown of a document moves with its edits until the next check.
//!
//! A finding whose own text was touched is no longer shown: whether it still holds is for the check to say. Everything
//! behind an edit shifts, so quick fixes and hovers are right even in the milliseconds before the check is through.

use base::{Finding, Span};
use review::TextChange;

/// Moves `findings` through `changes`, in order. Those whose own text was touched are taken out and returned: each with
/// the region in which it may be again, and without the edits of its fix, which no longer apply.
pub(crate) fn remap(findings: &mut Vec<Finding>, changes: &[TextChange]) -> Vec<Finding> {
    let mut touched = Vec::new();
    for change in changes {
        follow(&mut touched, *change);
        let hit = findings.extract_if(.., |finding| !shift(finding, *change));
        touched.extend(hit.map(|finding| suspect(finding, *change)));
    }
    touched
}

/// Keeps the regions of touched findings around the text in which they were.
pub(crate) fn follow(touched: &mut [Finding], change: TextChange) {
    for finding in touched {
        finding.span = grown(finding.span, change);
    }
}

/// The whole text is another one: what was found may be anywhere.
pub(crate) fn touch_everywhere(touched: &mut [Finding], everywhere: Span) {
    for finding in touched {
        finding.span = everywhere;
        if let Some(fix) = &mut finding.fix {
            fix.edits.clear();
        }
    }
}

/// A finding that a change has touched.
fn suspect(mut finding: Finding, change: TextChange) -> Finding {
    finding.span = grown(finding.span, change);
    if let Some(fix) = &mut finding.fix {
        fix.edits.clear();
    }
    finding
}

/// Moves one finding; `false` when its own text was touched.
fn shift(finding: &mut Finding, change: TextChange) -> bool {
    let Some(span) = moved(finding.span, change) else {
        return false;
    };
    finding.span = span;
    let path = finding.path.clone();
    finding
        .evidence
        .retain_mut(|evidence| match moved(evidence.span, change) {
            _ if evidence.path != path => true,
            Some(span) => {
                evidence.span = span;
                true
            }
            None => false,
        });
    let stale = finding.fix.as_mut().is_some_and(|fix| {
        fix.edits
            .iter_mut()
            .any(|edit| match moved(edit.span, change) {
                _ if edit.path != path => false,
                Some(span) => {
                    edit.span = span;
                    false
                }
                None => true,
            })
    });
    // A fix without edits is one that no longer applies: it is shown as such until the next check.
    if let Some(fix) = finding.fix.as_mut().filter(|_| stale) {
        fix.edits.clear();
    }
    true
}

/// Where a span is after a change; `None` when its own text was touched.
fn moved(span: Span, change: TextChange) -> Option<Span> {
    if change.old_end <= span.start {
        let shift = i64::from(change.new_end) - i64::from(change.old_end);
        let at = |offset: u32| u32::try_from(i64::from(offset) + shift).unwrap_or(0);
        Some(Span {
            start: at(span.start),
            end: at(span.end),
        })
    } else if change.start >= span.end {
        Some(span)
    } else {
        None
    }
}

/// The one region that holds all edits up to and with this one.
pub(crate) fn edited(before: Option<Span>, change: TextChange) -> Span {
    let (start, end) = (change.start, change.new_end);
    let Some(before) = before else {
        return Span { start, end };
    };
    let before = grown(before, change);
    Span {
        start: before.start.min(start),
        end: before.end.max(end),
    }
}

/// The region of a touched text after a change: what is typed in it, or at its edge, belongs to it.
fn grown(span: Span, change: TextChange) -> Span {
    if let Some(span) = moved(span, change)
        && !(change.start == span.end || change.new_end == span.start)
    {
        return span;
    }
    let shift = i64::from(change.new_end) - i64::from(change.old_end);
    let end = i64::from(span.end.max(change.old_end)) + shift;
    Span {
        start: span.start.min(change.start),
        end: u32::try_from(end).unwrap_or(change.new_end),
    }
}

#[cfg(test)]
mod tests {
    use base::Span;
    use review::TextChange;

    use super::{edited, grown, moved};

    #[test]
    fn spans_move_with_what_stands_before_them() {
        let span = Span { start: 10, end: 20 };
        let after = |start, old_end, new_end| {
            moved(
                span,
                TextChange {
                    start,
                    old_end,
                    new_end,
                },
            )
        };
        assert_eq!(
            after(0, 0, 5),
            Some(Span { start: 15, end: 25 }),
            "inserted before"
        );
        assert_eq!(
            after(2, 6, 2),
            Some(Span { start: 6, end: 16 }),
            "deleted before"
        );
        assert_eq!(
            after(10, 10, 12),
            Some(Span { start: 12, end: 22 }),
            "inserted at the start"
        );
        assert_eq!(after(20, 20, 30), Some(span), "inserted at the end");
        assert_eq!(after(15, 15, 16), None, "inserted inside");
        assert_eq!(after(5, 11, 5), None, "deleted into it");
        assert_eq!(after(0, 40, 0), None, "deleted with all around");
    }

    #[test]
    fn the_region_of_a_touched_text_holds_what_is_typed_there() {
        let change = |start, old_end, new_end| TextChange {
            start,
            old_end,
            new_end,
        };
        for (changes, expected) in [
            (vec![change(15, 15, 16)], (10, 21)),
            (vec![change(5, 11, 5)], (5, 14)),
            (vec![change(0, 40, 0)], (0, 0)),
            // Taken away and put back, as undo does.
            (vec![change(10, 20, 10), change(10, 10, 20)], (10, 20)),
            (vec![change(5, 40, 5), change(5, 5, 40)], (5, 40)),
            // At its edges, and apart from it.
            (vec![change(15, 16, 15), change(19, 19, 25)], (10, 25)),
            (vec![change(15, 16, 15), change(8, 10, 8)], (8, 17)),
            (vec![change(15, 16, 15), change(0, 0, 5)], (15, 24)),
            (vec![change(15, 16, 15), change(30, 31, 40)], (10, 19)),
        ] {
            let mut span = Span { start: 10, end: 20 };
            for change in &changes {
                span = grown(span, *change);
            }
            assert_eq!((span.start, span.end), expected, "{changes:?}");
        }
    }

    #[test]
    fn one_region_holds_all_edits() {
        let mut region = None;
        for ((start, old_end, new_end), expected) in [
            ((10, 10, 12), (10, 12)),
            ((20, 25, 20), (10, 20)),
            ((0, 0, 5), (0, 25)),
            ((30, 30, 31), (0, 31)),
            ((0, 40, 0), (0, 0)),
            ((0, 0, 7), (0, 7)),
        ] {
            let change = TextChange {
                start,
                old_end,
                new_end,
            };
            let now = edited(region, change);
            assert_eq!((now.start, now.end), expected, "{change:?}");
            region = Some(now);
        }
    }
}
