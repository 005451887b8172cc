//! The line diff: one algorithm for the command line, the editor and the index, so that all see the same hunks.
//!
//! Histogram diff (imara-diff) with its indentation heuristic for sliders. Line endings do not take part: a file whose
//! only change is CRLF against LF, or a line feed at the very end, has no hunks, because nobody reviews that.

use imara_diff::{Algorithm, Diff, InternedInput, TokenSource};

use crate::change::Hunk;

/// The hunks between two texts, in order.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    if old == new {
        return Vec::new();
    }
    let input = InternedInput::new(Lines(old), Lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    diff.hunks()
        .map(|hunk| Hunk {
            old: hunk.before,
            new: hunk.after,
        })
        .collect()
}

/// One hunk over the whole of a text that has no old side.
pub fn whole(new: &str) -> Vec<Hunk> {
    match new.lines().count() as u32 {
        0 => Vec::new(),
        lines => vec![Hunk {
            old: 0..0,
            new: 0..lines,
        }],
    }
}

/// Lines without their endings, as `str::lines` gives them.
struct Lines<'a>(&'a str);

impl<'a> TokenSource for Lines<'a> {
    type Token = &'a str;
    type Tokenizer = std::str::Lines<'a>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.lines()
    }

    fn estimate_tokens(&self) -> u32 {
        // Forty bytes a line is typical of source code; a wrong guess costs one reallocation.
        (self.0.len() / 40) as u32 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{hunks, whole};
    use crate::change::Hunk;

    #[test]
    fn finds_insertion_change_and_deletion() {
        let hunk = |old, new| Hunk { old, new };
        assert_eq!(hunks("a\nb\nc\n", "a\nx\nb\nc\n"), [hunk(1..1, 1..2)]);
        assert_eq!(hunks("a\nb\nc\n", "a\nB\nc\n"), [hunk(1..2, 1..2)]);
        assert_eq!(hunks("a\nb\nc\n", "a\nc\n"), [hunk(1..2, 1..1)]);
        assert_eq!(hunks("", "a\n"), [hunk(0..0, 0..1)]);
    }

    #[test]
    fn line_endings_are_no_change() {
        assert_eq!(hunks("a\r\nb\r\n", "a\nb"), []);
        assert_eq!(
            hunks("a\r\nb\r\n", "a\nc\n"),
            [Hunk {
                old: 1..2,
                new: 1..2
            }]
        );
    }

    #[test]
    fn a_text_without_an_old_side_is_one_hunk() {
        assert_eq!(
            whole("a\nb"),
            [Hunk {
                old: 0..0,
                new: 0..2
            }]
        );
        assert_eq!(whole(""), []);
    }
}
