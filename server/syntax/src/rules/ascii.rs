//! Regular expressions of the built-in rules, read as ASCII: `\w`, `\d`, `\s` and `\b` mean what they mean in the code
//! that the rules are about.
//!
//! With Unicode's tables each of them compiles to thousands of states: it cost an idle server megabytes, the first
//! check milliseconds, and a `\b` in a file with one accent in it the fast automaton. Rules of a workspace are left as
//! their authors wrote them.

/// The text of a rule file with the classes in its regular expressions spelt out.
///
/// Works on the text of `regex:` and `replace:` values in quotes; `\\w` stays a backslash and a letter.
pub(crate) fn ascii(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 256);
    let mut rest = source;
    while let Some(at) = next_value(rest) {
        let (before, value) = rest.split_at(at);
        out.push_str(before);
        let end = value_end(value);
        spell_out(&value[..end], &mut out);
        rest = &value[end..];
    }
    out.push_str(rest);
    out
}

/// Where the next quoted value begins, at its quote.
fn next_value(text: &str) -> Option<usize> {
    ["regex: ", "replace: "]
        .into_iter()
        .flat_map(|key| {
            text.match_indices(key)
                .map(move |(at, _)| at + key.len())
                .find(|&at| text[at..].starts_with(['\'', '"']))
        })
        .min()
}

/// Where a quoted value ends, after its closing quote (or at the end of the text).
fn value_end(value: &str) -> usize {
    let bytes = value.as_bytes();
    let quote = bytes[0];
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => {
                // Two single quotes are one that belongs to the text.
                if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                    at += 1;
                } else {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    value.len()
}

/// In double quotes a backslash of the expression is written twice.
fn spell_out(value: &str, out: &mut String) {
    let backslash = if value.starts_with('"') { "\\\\" } else { "\\" };
    let mut rest = value;
    while let Some(at) = rest.find(backslash) {
        out.push_str(&rest[..at]);
        rest = &rest[at + backslash.len()..];
        if let Some(after) = rest.strip_prefix(backslash) {
            out.push_str(backslash);
            out.push_str(backslash);
            rest = after;
            continue;
        }
        let mut letters = rest.chars();
        let letter = letters.next();
        match letter {
            Some('w') => out.push_str("[[:word:]]"),
            Some('W') => out.push_str("[^[:word:]]"),
            Some('d') => out.push_str("[[:digit:]]"),
            Some('s') => out.push_str("[[:space:]]"),
            Some('S') => out.push_str("[^[:space:]]"),
            Some('b') => {
                out.push_str("(?-u:");
                out.push_str(backslash);
                out.push_str("b)");
            }
            other => {
                out.push_str(backslash);
                out.extend(other);
            }
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn classes_are_spelt_out_where_they_belong_to_an_expression() {
        for (source, expected) in [
            (r"- { regex: '^\w+$' }", r"- { regex: '^[[:word:]]+$' }"),
            (
                r#"regex: "\\b(a|\\s)\\.", b: '\w'"#,
                r#"regex: "(?-u:\\b)(a|[[:space:]])\\.", b: '\w'"#,
            ),
            (r"regex: 'it''s \d'", r"regex: 'it''s [[:digit:]]'"),
            (
                r"regex: '[^\s)]\S'",
                r"regex: '[^[[:space:]])][^[:space:]]'",
            ),
            // A backslash that is looked for is no class.
            (r"regex: '\\w'", r"regex: '\\w'"),
            (r#"regex: "\\\\w\"\\w""#, r#"regex: "\\\\w\"[[:word:]]""#),
            (r"pattern: '\w'", r"pattern: '\w'"),
            (r"regex: '\w", r"regex: '[[:word:]]"),
        ] {
            assert_eq!(ascii(source), expected, "{source}");
        }
    }

    #[test]
    fn built_in_rules_hold_no_class_of_unicode() {
        for (path, source) in crate::rules::BUILTIN {
            let ascii = ascii(source);
            let left: Vec<&str> = ascii
                .lines()
                .filter(|line| line.contains("regex:") || line.contains("replace:"))
                .filter(|line| {
                    [r"\w", r"\d", r"\s"]
                        .iter()
                        .any(|class| line.contains(class))
                })
                .filter(|line| !line.contains(r"\\\\") && !line.contains(r"'\\"))
                .collect();
            assert!(
                left.is_empty(),
                "{path}: put the expression in quotes on the line of its key: {left:?}"
            );
        }
    }
}
