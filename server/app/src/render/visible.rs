//! Makes hidden characters visible: what comes from a file, a path or a commit never reaches a terminal raw.
//!
//! An escape sequence in a file name can recolour, move or rewrite what the reader sees, and bidirectional controls can
//! reorder it. Every string that Obelus did not write itself passes through here on its way to any text format.

use std::borrow::Cow;

/// `text` on one line: control, bidirectional and invisible characters (line ends too) become `\u{…}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// As [`visible`], with line feeds kept (CRLF becomes LF).
pub(crate) fn visible_lines(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(escape(&text.replace("\r\n", "\n"), |c| c == '\n').into_owned())
    } else {
        escape(text, |c| c == '\n')
    }
}

/// Whether a character has no business on a terminal or changes how its neighbours are shown.
///
/// Joiners (U+200C, U+200D) stay: scripts and emoji need them, and they move nothing.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && !keep(c);
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{visible, visible_lines};

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\u{202e}\u{9b}"),
            "a\\u{1b}[31mb\\u{d}\\u{a}\\u{202e}\\u{9b}"
        );
        assert_eq!(visible_lines("a\r\nb\tc\n"), "a\nb\\u{9}c\n");
        assert_eq!(visible("naïve 👩‍💻 日本"), "naïve 👩‍💻 日本");
    }

    #[test]
    fn no_character_gets_through_that_moves_a_cursor() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert!(!visible(&text).chars().any(char::is_control), "{c:?}");
            assert!(
                !visible_lines(&text)
                    .chars()
                    .any(|c| c.is_control() && c != '\n'),
                "{c:?}"
            );
        }
    }
}
