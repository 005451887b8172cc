//! Text that a model wrote, made harmless: plain words and code spans.
//!
//! What is shown ends in editors, terminals, logs and on code hosts, where Markdown loads pictures, mentions people and
//! runs commands. Nothing here tries to tell good links from bad ones: none is left. A code span is shown literally by
//! all of them, so it may hold what code holds.

use crate::checks::is_hidden;

/// Longest title, in characters.
const TITLE: usize = 140;
/// Longest explanation, in characters.
const MESSAGE: usize = 1_600;

/// One line without a full stop at its end.
pub(super) fn title(text: &str) -> String {
    let line = message(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let line = line.trim_start_matches(['#', '-', '*', '>', ' ']);
    let line = line
        .strip_suffix('.')
        .filter(|rest| !rest.ends_with('.'))
        .unwrap_or(line);
    shorten(line, TITLE)
}

/// Paragraphs of words and code spans.
pub(super) fn message(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || is_hidden(*c)))
        .map(|c| {
            if matches!(c, '\u{2028}' | '\u{2029}') {
                '\n'
            } else {
                c
            }
        })
        .collect();
    let mut lines = Vec::new();
    for line in visible.lines() {
        let bare = line.trim();
        // Fences go, what is between them stays as words.
        if bare.starts_with("```") || bare.starts_with("~~~") {
            continue;
        }
        lines.push(inline(bare));
    }
    let whole = lines.join("\n");
    let mut paragraphs = whole
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut joined = paragraphs.next().unwrap_or_default().to_owned();
    for part in paragraphs {
        joined.push_str("\n\n");
        joined.push_str(part);
    }
    shorten(&joined, MESSAGE)
}

/// One line: code spans as they are, everything else as words.
fn inline(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        shown.push_str(&words(&rest[..at]));
        let after = rest[at..].trim_start_matches('`');
        match after.find('`') {
            Some(end) if !after[..end].trim().is_empty() => {
                shown.push('`');
                shown.push_str(after[..end].trim());
                shown.push('`');
                rest = after[end..].trim_start_matches('`');
            }
            _ => rest = after,
        }
    }
    shown.push_str(&words(rest));
    // At the beginning of a line stand commands of code hosts and of build logs, headings and quotes.
    let start = shown.trim_start_matches(|c: char| c.is_whitespace() || "/:#>=".contains(c));
    match start.strip_prefix("[!") {
        Some(after) => after.to_owned(),
        None => start.to_owned(),
    }
}

fn words(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let unlinked = without_links(text);
    let mut chars = unlinked.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_word = |c: char| c.is_alphanumeric();
        match c {
            '<' if is_word(next) || matches!(next, '/' | '!' | '?') => shown.push('‹'),
            '>' if is_word(before) || matches!(before, '/' | '"' | '\'' | '-') => shown.push('›'),
            '@' if is_word(next) => shown.push_str("(at)"),
            '#' if is_word(next) => shown.push_str("no. "),
            '!' if next == '[' => {}
            '[' | ']' => shown.push(if c == '[' { '(' } else { ')' }),
            '&' if is_entity(chars.clone()) => shown.push_str("(amp)"),
            c => shown.push(c),
        }
        before = c;
    }
    shown
}

/// Whether an `&` stands before `lt;` or `#60;`.
fn is_entity(rest: impl Iterator<Item = char>) -> bool {
    let mut name = rest
        .take(12)
        .skip_while(|c| c.is_alphanumeric() || *c == '#');
    name.next() == Some(';')
}

/// Without addresses and schemes: `[text](address)` becomes `(text)`, an address becomes "(link)".
fn without_links(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        shown.push_str(&rest[..at + 1]);
        let target = &rest[at + 2..];
        rest = target.find(')').map_or("", |end| &target[end + 1..]);
    }
    shown.push_str(rest);
    let mut plain = String::with_capacity(shown.len());
    for (index, word) in shown.split(' ').enumerate() {
        if index > 0 {
            plain.push(' ');
        }
        let lower = word.to_ascii_lowercase();
        let schemes = [
            "://",
            "command:",
            "javascript:",
            "vbscript:",
            "data:",
            "vscode:",
            "file:",
            "mailto:",
            "www.",
            "//",
        ];
        let is_address = schemes.iter().any(|scheme| {
            let at = lower.find(scheme);
            at.is_some_and(|at| lower.len() > at + scheme.len())
        });
        plain.push_str(if is_address { "(link)" } else { word });
    }
    plain
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let mut cut = text[..end].trim_end().to_owned();
            // A code span that is cut open would show what follows it as code.
            if cut
                .lines()
                .next_back()
                .is_some_and(|line| line.matches('`').count() % 2 == 1)
            {
                cut.push('`');
            }
            cut.push('…');
            cut
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{message, title};

    #[test]
    fn nothing_is_left_that_acts() {
        for (text, expected) in [
            (
                "Divides by `count`, which is 0 for an empty `Vec<T>`.",
                "Divides by `count`, which is 0 for an empty `Vec<T>`.",
            ),
            (
                "See [the docs](https://evil.example/?q=1) now",
                "See (the docs) now",
            ),
            ("![x](https://evil.example/p.png)", "(x)"),
            (
                "Visit https://evil.example/x or www.evil.example",
                "Visit (link) or (link)",
            ),
            (
                "<img src=x onerror=alert(1)>",
                "‹img src=x onerror=alert(1)>",
            ),
            ("Run [this](command:workbench.action.quit)", "Run (this)"),
            ("javascript:alert(1)", "(link)"),
            ("ping @admin, Fixes #12", "ping (at)admin, Fixes no. 12"),
            ("/close\n::error::x\n# Title", "close\nerror::x\nTitle"),
            ("```suggestion\nrm -rf\n```", "rm -rf"),
            ("a\u{202e}b\u{1b}[31mc\u{200b}", "ab(31mc"),
            ("a ` b", "a  b"),
            ("a `` `x` b", "a  `x` b"),
            ("if a < b && c > d", "if a < b && c > d"),
            (
                "&lt;script&gt; <!-- x -->",
                "(amp)lt;script(amp)gt; ‹!-- x --›",
            ),
            ("[ref]: https://evil.example", "(ref): (link)"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
        assert_eq!(title("## Wrong `x`.\nmore"), "Wrong `x`. more");
        assert!(title(&"`x` ".repeat(90)).chars().count() <= 142);
    }
}
