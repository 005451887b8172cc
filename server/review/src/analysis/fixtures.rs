//! What all fixtures of these checks share: the hints, which the default profile leaves out, and what every finding has to
//! be: a title, then what, where else and what to do in at most three sentences.
//!
//! Every fixture passes through here, so that a message which grows too long fails whichever test sees it first. Code
//! between backticks is one word, whatever dots it has.

use base::{Finding, Report};

/// Rules that the default profile leaves out.
pub(super) const HINTS: &str = "\
[rules]
\"analysis/boundary-changed\" = \"hint\"
\"analysis/copy-paste-slip\" = \"hint\"
\"analysis/error-path-removed\" = \"hint\"
\"analysis/file-outgrew-its-neighbours\" = \"hint\"
\"analysis/internal-used\" = \"hint\"
\"analysis/lock-order\" = \"hint\"
\"analysis/result-ignored\" = \"hint\"
\"analysis/type-changed\" = \"hint\"
\"analysis/transaction-order\" = \"hint\"
\"analysis/untested-change\" = \"hint\"
\"dependency/new-and-unused\" = \"hint\"
\"history/fix-without-test\" = \"hint\"
\"history/missing-partner\" = \"hint\"
";

/// Sentences of a message.
const MOST: usize = 3;

/// Hands the report on, having looked at what it says.
#[track_caller]
pub(super) fn held_in(report: Report) -> Report {
    held(&report.findings);
    report
}

#[track_caller]
pub(super) fn held(findings: &[Finding]) -> &[Finding] {
    for finding in findings {
        let (title, message) = (&finding.title, &finding.message);
        assert!(!message.contains('{'), "{}: {message}", finding.rule);
        assert!(
            (1..=MOST).contains(&sentences(message)) && message.ends_with('.'),
            "{}: {} sentences: {message}",
            finding.rule,
            sentences(message)
        );
        assert!(
            !title.is_empty() && !title.ends_with('.') && !title.contains('\n'),
            "{}: {title}",
            finding.rule
        );
    }
    findings
}

/// A sentence ends with a full stop (or its like) before a space or the end.
fn sentences(message: &str) -> usize {
    let mut count = 0;
    let mut in_code = false;
    let mut letters = message.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '`' => in_code = !in_code,
            '.' | '!' | '?' if !in_code => {
                count += usize::from(letters.peek().is_none_or(|next| next.is_whitespace()));
            }
            _ => {}
        }
    }
    count
}

#[test]
fn sentences_are_counted_outside_code() {
    for (message, count) in [
        ("One. Two.", 2),
        ("`a.b. c` is gone from src/a.rs. Take it out.", 2),
        ("From 1.2.3 to 1.3.", 1),
        ("Is it? Yes! Good.", 3),
        ("none", 0),
    ] {
        assert_eq!(sentences(message), count, "{message}");
    }
}
