//! Names and strangers' words in Markdown and in plain text: shown as they are, unable to do anything.
//!
//! A path, a symbol, a commit's subject can hold backticks, tags, mentions, control characters or our own markers. In
//! Markdown they appear in code spans or escaped; nowhere does a control or reordering character get through.

/// `text` as a code span that cannot be left.
pub(crate) fn code(text: &str) -> String {
    let text = plain(text).replace("<!--", "\\u{3c}!--");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Several names in a row: `a`, `b` and 2 more.
pub(crate) fn list(names: &[String], limit: usize) -> String {
    let shown = if names.len() == limit + 1 {
        limit + 1
    } else {
        limit
    };
    let rest = names.len().saturating_sub(shown);
    let mut parts: Vec<String> = names.iter().take(shown).cloned().collect();
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    match parts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// `text` on one line, without characters that act on a terminal or reorder what is read.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A stranger's prose in Markdown: its code spans stay, tags, links, headings and mentions do not act.
pub(crate) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let flat: Vec<String> = text.lines().map(plain).collect();
    let mut flat = flat.join(" ");
    // A code span that never ends would swallow what follows.
    if flat.matches('`').count() % 2 == 1 {
        flat = flat.replace('`', "'");
    }
    for (at, part) in flat.split('`').enumerate() {
        if at > 0 {
            out.push('`');
        }
        if at % 2 == 1 {
            out.push_str(&part.replace("<!--", "\\u{3c}!--"));
            continue;
        }
        let mut before = ' ';
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '<' => out.push_str("&lt;"),
                '[' | ']' | '|' => {
                    out.push('\\');
                    out.push(c);
                }
                // A mention notifies people: they are for the author to call.
                '@' if !before.is_alphanumeric() => {
                    out.push_str("`@");
                    while let Some(c) =
                        chars.next_if(|c| c.is_alphanumeric() || "-_/.".contains(*c))
                    {
                        out.push(c);
                    }
                    out.push('`');
                }
                _ => out.push(c),
            }
            before = c;
        }
    }
    out.trim().to_owned()
}

fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{code, list, plain, prose};

    #[test]
    fn names_cannot_leave_their_code_span() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(
            code("a\x1b[2J\n<!-- obelus:end -->"),
            "`a\\u{1b}[2J\\u{a}\\u{3c}!-- obelus:end -->`"
        );
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn prose_keeps_its_words_and_does_nothing() {
        assert_eq!(prose("use `a<b>` not <img>"), "use `a<b>` not &lt;img>");
        assert_eq!(prose("a ` b <!-- x"), "a ' b &lt;!-- x");
        assert_eq!(prose("[x](y) a@b.c"), "\\[x\\](y) a@b.c");
        assert_eq!(prose("thanks @some-one!"), "thanks `@some-one`!");
    }

    #[test]
    fn a_list_says_how_many_are_left_out() {
        let names = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&names(1), 2), "0");
        assert_eq!(list(&names(3), 2), "0, 1 and 2");
        assert_eq!(list(&names(5), 2), "0, 1 and 3 more");
    }
}
