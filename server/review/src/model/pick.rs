//! Which proven remarks are shown: each once, none that was dismissed, the best few.

use std::collections::HashSet;

use base::store::Dismissal;
use base::{Finding, Severity};

/// Titles at least this alike say the same.
const SAME: f32 = 0.5;
/// The same, in one file.
const SAME_FILE: f32 = 0.35;

/// Whether two findings say the same about the same lines; `lines`: do they share one.
pub(super) fn is_same(a: &Finding, b: &Finding, share_lines: bool) -> bool {
    a.id == b.id
        || a.path == b.path
            && share_lines
            && (a.category == b.category || alike(&a.title, &b.title) >= SAME_FILE)
}

/// Whether a finding is like something that its user does not want to see again.
pub(super) fn is_near_repeat(finding: &Finding, dismissals: &[Dismissal]) -> bool {
    dismissals.iter().any(|dismissal| {
        let same = alike(&finding.title, &dismissal.title);
        dismissal.rule == finding.rule
            && (same >= SAME || dismissal.path == finding.path && same >= SAME_FILE)
    })
}

/// Best first.
pub(super) fn rank(findings: &mut [Finding]) {
    let worth = |finding: &Finding| {
        let weight = match finding.severity {
            Severity::Error => 1.0,
            Severity::Warning => 0.8,
            Severity::Info => 0.5,
            Severity::Hint => 0.3,
        };
        weight * finding.confidence.get()
    };
    findings.sort_by(|a, b| {
        worth(b)
            .total_cmp(&worth(a))
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| a.span.cmp(&b.span))
    });
}

/// The part of words that two titles share, 0 to 1.
fn alike(a: &str, b: &str) -> f32 {
    let words = |text: &str| -> HashSet<String> {
        text.to_lowercase()
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| word.len() > 2)
            // `divides` and `divide` are one.
            .map(|word| word.trim_end_matches('s').to_owned())
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let all = a.union(&b).count();
    match all {
        0 => 0.0,
        all => a.intersection(&b).count() as f32 / all as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn titles_are_compared_by_their_words() {
        assert!(
            alike(
                "Divides by zero when `items` is empty",
                "Division: divides by zero if items is empty"
            ) > 0.5
        );
        assert!(
            alike(
                "Divides by zero when `items` is empty",
                "Token is logged in plain text"
            ) < 0.1
        );
        assert_eq!(alike("", ""), 0.0);
    }
}
