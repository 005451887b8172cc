//! Issues that a branch's name and its commits speak of. Only what somebody wrote is linked, and only what a commit
//! said it closes is closed.

use super::headline::Words;

/// One issue and whether the change closes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    /// `#12`, `owner/name#12` or `KEY-12`.
    pub(crate) name: String,
    pub(crate) closes: bool,
}

const CLOSING: &[&str] = &[
    "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
];
const SPEAKING: &[&str] = &[
    "refs",
    "ref",
    "see",
    "issue",
    "re",
    "references",
    "part",
    "related",
    "for",
    "towards",
    "of",
    "to",
];

/// The issues, closed ones first.
pub(crate) fn issues(words: &Words) -> Vec<Issue> {
    let mut found: Vec<Issue> = Vec::new();
    let mut say =
        |name: String, closes: bool| match found.iter_mut().find(|issue| issue.name == name) {
            Some(issue) => issue.closes |= closes,
            None => found.push(Issue { name, closes }),
        };
    for commit in &words.commits {
        // A number in the subject's parentheses is the pull request that it came with.
        let text = format!(
            "{}\n{}",
            commit.subject.split(" (#").next().unwrap_or_default(),
            commit.body
        );
        for line in text.lines() {
            let parts: Vec<&str> = line.split_whitespace().collect();
            for (at, part) in parts.iter().enumerate() {
                let Some(name) = numbered(part) else { continue };
                let before = at
                    .checked_sub(1)
                    .and_then(|before| parts.get(before))
                    .unwrap_or(&"");
                let before = before.trim_end_matches(':').to_ascii_lowercase();
                if CLOSING.contains(&before.as_str()) {
                    say(name, true);
                } else if SPEAKING.contains(&before.as_str()) {
                    say(name, false);
                }
            }
        }
    }
    if let Some(name) = words.branch.as_deref().and_then(of_branch) {
        say(name, false);
    }
    found.sort_by_key(|issue| !issue.closes);
    found
}

/// Whether a text does nothing but close an issue.
pub(crate) fn only_closes(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let verb = words
        .next()
        .unwrap_or("")
        .trim_end_matches(':')
        .to_ascii_lowercase();
    CLOSING.contains(&verb.as_str()) && words.all(|word| numbered(word).is_some())
}

/// `#12` or `owner/name#12`, what surrounds it cut off.
fn numbered(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| ".,;:()[]".contains(c));
    let (place, number) = word.split_once('#')?;
    let fits = !number.is_empty()
        && number.len() <= 8
        && number.bytes().all(|b| b.is_ascii_digit())
        && place
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && (place.is_empty() || place.split('/').count() == 2);
    fits.then(|| word.to_owned())
}

/// `#12` for `fix/12-x`, `issue-12` and `gh-12`, `KEY-12` for `KEY-12-x`.
fn of_branch(branch: &str) -> Option<String> {
    let last = branch.rsplit('/').next()?;
    let parts: Vec<&str> = last.split(['-', '_']).collect();
    let number = |part: &&str| {
        !part.is_empty() && part.len() <= 7 && part.bytes().all(|b| b.is_ascii_digit())
    };
    match parts.as_slice() {
        [first, ..] if number(first) && parts.len() > 1 => Some(format!("#{first}")),
        [word, second, ..] if number(second) => {
            let lower = word.to_ascii_lowercase();
            if matches!(lower.as_str(), "issue" | "issues" | "gh" | "fix" | "bug") {
                Some(format!("#{second}"))
            } else {
                let is_key =
                    (2..=10).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
                is_key.then(|| format!("{word}-{second}"))
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base::Logged;

    use super::{Words, issues};

    #[track_caller]
    fn check(branch: &str, message: &str, expected: &[(&str, bool)]) {
        let words = Words {
            branch: Some(branch.to_owned()),
            commits: vec![Logged::new("1", message, false)],
            ..Words::default()
        };
        let found: Vec<_> = issues(&words)
            .into_iter()
            .map(|issue| (issue.name, issue.closes))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, closes)| ((*name).to_owned(), *closes))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_was_written_is_linked() {
        check("main", "a (#12)", &[]);
        check(
            "fix/34-b",
            "a\n\nFixes #5, see owner/name#6.",
            &[("#5", true), ("owner/name#6", false), ("#34", false)],
        );
        check("KEY-7-x", "a #3", &[("KEY-7", false)]);
        check("v1-2", "closes #1", &[("#1", true)]);
        check("release-2024", "see http://x/#1 and #<script>", &[]);
    }
}
