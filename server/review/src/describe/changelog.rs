//! An entry for a changelog in the form of Keep a Changelog: Added, Changed, Removed, Fixed.
//!
//! Subjects that people wrote are the lines; the words decide the group. What users do not see (tests, CI, formatting)
//! is left out. Where a range has no commits of its own, the facts speak.

use super::clause::of_symbols;
use super::facts::Facts;
use super::habit::{Mood, title_of};
use super::headline::{Words, capital};
use super::safe::prose;

const GROUPS: [&str; 4] = ["Added", "Changed", "Removed", "Fixed"];

/// The groups that have lines.
pub(crate) fn groups(facts: &Facts, words: &Words) -> Vec<(&'static str, Vec<String>)> {
    let mut groups: [Vec<String>; 4] = Default::default();
    let mut say = |group: usize, line: String| {
        if let Some(lines) = groups.get_mut(group)
            && !lines.contains(&line)
        {
            lines.push(line);
        }
    };
    for commit in &words.commits {
        // What was merged is told by its commits, or by the title of a merge that has one.
        if commit.is_merge {
            continue;
        }
        let Some(title) = title_of(commit) else {
            continue;
        };
        let Some((group, text)) = sorted(&title) else {
            continue;
        };
        let breaks = title
            .split(": ")
            .next()
            .is_some_and(|prefix| prefix.ends_with('!'))
            || commit.body.contains("BREAKING CHANGE");
        let mark = if breaks { "**Breaking:** " } else { "" };
        say(
            group,
            format!("{mark}{}", capital(&prose(text.trim_end_matches('.')))),
        );
    }
    if words.commits.is_empty() {
        let public = facts
            .files
            .iter()
            .flat_map(|file| &file.symbols)
            .filter(|symbol| symbol.is_public && !symbol.is_test);
        for clause in of_symbols(public) {
            let group = match clause.verb.imperative {
                "add" => 0,
                "remove" => 2,
                _ => 1,
            };
            say(group, capital(&clause.say(Mood::Imperative, true, 6)));
        }
    }
    GROUPS
        .into_iter()
        .zip(groups)
        .filter(|(_, lines)| !lines.is_empty())
        .collect()
}

/// The groups as Markdown.
pub(crate) fn markdown(groups: &[(&'static str, Vec<String>)]) -> String {
    let mut out = String::from("## [Unreleased]\n");
    for (group, lines) in groups {
        out.push_str(&format!("\n### {group}\n"));
        for line in lines {
            out.push_str(&format!("- {line}\n"));
        }
    }
    out
}

/// The group of a title and its words without a conventional prefix; `None` for what users do not see.
fn sorted(title: &str) -> Option<(usize, &str)> {
    let lower = title.to_lowercase();
    if let Some((prefix, rest)) = title.split_once(": ") {
        let kind = prefix
            .trim_end_matches('!')
            .split('(')
            .next()
            .unwrap_or(prefix)
            .trim();
        match kind.to_lowercase().as_str() {
            "feat" | "feature" => return Some((0, rest)),
            "fix" | "bugfix" | "hotfix" => return Some((3, rest)),
            "perf" | "refactor" | "revert" | "deprecate" => return Some((1, rest)),
            "docs" | "doc" | "test" | "tests" | "ci" | "build" | "chore" | "style" | "deps" => {
                return None;
            }
            _ => {}
        }
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let unseen = [
        "typo",
        "typos",
        "fmt",
        "rustfmt",
        "clippy",
        "lint",
        "lints",
        "ci",
        "changelog",
        "readme",
        "tests",
        "test",
        "bump",
        "fixup",
        "wip",
    ];
    if lower.starts_with("merge ") || words.iter().take(6).any(|word| unseen.contains(word)) {
        return None;
    }
    let main = words.iter().find_map(|word| match *word {
        "add" | "adds" | "added" | "introduce" | "introduces" | "implement" | "implements"
        | "support" => Some(0),
        "remove" | "removes" | "removed" | "drop" | "drops" | "delete" | "deletes" => Some(2),
        "fix" | "fixes" | "fixed" | "prevent" | "prevents" | "repair" | "correct" => Some(3),
        _ => None,
    });
    Some((main.unwrap_or(1), title))
}

#[cfg(test)]
mod tests {
    use base::Logged;

    use super::{Facts, Words, groups, markdown};

    #[test]
    fn subjects_are_sorted_and_what_nobody_sees_is_left_out() {
        let messages = [
            "feat(net)!: retries",
            "fix: a <b> race (#12)",
            "docs: x",
            "Remove the old parser.",
            "Bump serde",
            "lexer: faster",
            "Merge branch 'a'",
        ];
        let words = Words {
            commits: messages
                .iter()
                .map(|message| Logged::new("1", message, false))
                .collect(),
            ..Words::default()
        };
        assert_eq!(
            markdown(&groups(&Facts::default(), &words)),
            "## [Unreleased]\n\n### Added\n- **Breaking:** Retries\n\n### Changed\n- Lexer: faster\n\n### Removed\n- Remove the old parser\n\n\
             ### Fixed\n- A &lt;b> race\n"
        );
    }
}
