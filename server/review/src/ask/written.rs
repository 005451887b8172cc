//! A conversation written out in Markdown, to be kept elsewhere or shown to others.

use std::fmt::Write as _;

use base::{Turn, calendar};

/// What was asked and answered, oldest first, each with who answered and when.
pub fn markdown(turns: &[Turn]) -> String {
    let mut text = String::new();
    for turn in turns {
        let question = turn.question.split_whitespace().collect::<Vec<_>>();
        // Writing to a string cannot fail.
        let _written = write!(
            text,
            "{}## {}\n\n{}\n\n_{}, {}_\n",
            if text.is_empty() { "" } else { "\n" },
            heading(&question.join(" ")),
            turn.answer.trim(),
            turn.model.replace(['_', '*', '`'], "-"),
            calendar::day(turn.at),
        );
    }
    text
}

/// What its user wrote, as plain text in one line.
fn heading(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\*_[]<>#!|~&".contains(character) {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use base::Turn;

    use super::markdown;

    #[test]
    fn a_conversation_is_written_out_as_it_was() {
        let turn = |question: &str, answer: &str| Turn {
            question: question.to_owned(),
            answer: answer.to_owned(),
            places: Vec::new(),
            model: "own/m".to_owned(),
            at: 1_795_269_059,
        };
        let turns = [
            turn("What does\n`lex` <do>?", "It splits. [a.py:2]"),
            turn("Why?", "So.\n"),
        ];
        assert_eq!(
            markdown(&turns),
            "## What does `lex` \\<do\\>?\n\nIt splits. [a.py:2]\n\n_own/m, 2026-11-21_\n\n\
             ## Why?\n\nSo.\n\n_own/m, 2026-11-21_\n"
        );
        assert_eq!(markdown(&[]), "");
    }
}
