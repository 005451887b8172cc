//! What is shown of a document moves with its edits until the next check.
//!
//! A finding whose own text was touched is dropped: whether it still holds is for the check to say. Everything behind an
//! edit shifts, so quick fixes and hovers are right even in the milliseconds before the check is through.

use base::{Finding, Span};
use review::TextChange;

/// Moves `findings` through `changes`, in order. Returns whether any was dropped.
pub(crate) fn remap(findings: &mut Vec<Finding>, changes: &[TextChange]) -> bool {
    let before = findings.len();
    for change in changes {
        findings.retain_mut(|finding| {
            let Some(span) = moved(finding.span, *change) else {
                return false;
            };
            finding.span = span;
            let path = finding.path.clone();
            finding
                .evidence
                .retain_mut(|evidence| match moved(evidence.span, *change) {
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
                    .any(|edit| match moved(edit.span, *change) {
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
        });
    }
    findings.len() != before
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

#[cfg(test)]
mod tests {
    use base::Span;
    use review::TextChange;

    use super::moved;

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
}
