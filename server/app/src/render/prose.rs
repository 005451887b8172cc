//! Markdown as terminal text: paragraphs filled to a width, lists indented, code kept as it is.
//!
//! Rules explain themselves in a few sentences of Markdown; a full renderer would be more than they need. Inline code
//! keeps its backticks, so that the text reads the same without colours. Hidden characters are escaped on the way in.

use unicode_width::UnicodeWidthStr;

use super::style::{CODE, STRONG, paint};
use super::visible::visible_lines;

/// `markdown` as lines of at most `width` columns (a longer word stays whole), without indentation.
pub(crate) fn lines(markdown: &str, width: usize) -> Vec<String> {
    let shown = visible_lines(markdown.trim());
    let mut out = Vec::new();
    let mut paragraph = String::new();
    let mut bullet = "";
    let mut fence: Option<&str> = None;
    let flush = |paragraph: &mut String, bullet: &mut &str, out: &mut Vec<String>| {
        if !paragraph.is_empty() {
            fill(paragraph, bullet, width, out);
        }
        paragraph.clear();
        *bullet = "";
    };
    for line in shown.lines() {
        let trimmed = line.trim();
        if let Some(ticks) = fence {
            if trimmed == ticks {
                fence = None;
            } else {
                out.push(format!("    {}", paint(CODE, line)));
            }
        } else if trimmed.starts_with("```") {
            flush(&mut paragraph, &mut bullet, &mut out);
            let ticks = trimmed.trim_start_matches('`');
            fence = Some(&trimmed[..trimmed.len() - ticks.len()]);
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut bullet, &mut out);
            if out.last().is_some_and(|last| !last.is_empty()) {
                out.push(String::new());
            }
        } else if let Some(heading) = trimmed.strip_prefix('#') {
            flush(&mut paragraph, &mut bullet, &mut out);
            out.push(paint(STRONG, heading.trim_start_matches('#').trim()));
        } else {
            let item = trimmed
                .strip_prefix("- ")
                .or_else(|| trimmed.strip_prefix("* "));
            if let Some(item) = item {
                flush(&mut paragraph, &mut bullet, &mut out);
                bullet = "• ";
                paragraph.push_str(item);
            } else {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(trimmed);
            }
        }
    }
    flush(&mut paragraph, &mut bullet, &mut out);
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// Plain text as lines of at most `width` columns.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let columns = word.width();
        if used > 0 && used + 1 + columns > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += columns;
        }
    }
    lines
}

fn fill(paragraph: &str, bullet: &str, width: usize, out: &mut Vec<String>) {
    let indent = bullet.width();
    let width = width.saturating_sub(indent).max(20);
    let mut inline = Inline::default();
    for (index, line) in wrapped(paragraph, width).iter().enumerate() {
        let lead = if index == 0 {
            bullet
        } else {
            &"    "[..indent]
        };
        out.push(format!("{lead}{}", inline.line(line)));
    }
}

/// Inline marks, carried from line to line: a code span may be broken by the filling.
#[derive(Default)]
struct Inline {
    code: bool,
    strong: bool,
}

impl Inline {
    fn line(&mut self, line: &str) -> String {
        let mut shown = String::with_capacity(line.len() + 16);
        if self.code {
            shown.push_str(&CODE.render().to_string());
        } else if self.strong {
            shown.push_str(&STRONG.render().to_string());
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if c == '`' {
                if self.code {
                    shown.push('`');
                    shown.push_str(&CODE.render_reset().to_string());
                } else {
                    shown.push_str(&CODE.render().to_string());
                    shown.push('`');
                }
                self.code = !self.code;
                rest = &rest[1..];
            } else if !self.code && rest.starts_with("**") {
                let style = STRONG;
                let mark = if self.strong {
                    style.render_reset().to_string()
                } else {
                    style.render().to_string()
                };
                shown.push_str(&mark);
                self.strong = !self.strong;
                rest = &rest[2..];
            } else {
                shown.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if self.code {
            shown.push_str(&CODE.render_reset().to_string());
        } else if self.strong {
            shown.push_str(&STRONG.render_reset().to_string());
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::lines;

    fn check(markdown: &str, width: usize, expected: Expect) {
        let lines = lines(markdown, width).join("\n");
        expected.assert_eq(&anstream::adapter::strip_str(&lines).to_string());
    }

    #[test]
    fn fills_paragraphs_and_keeps_code() {
        check(
            "One two three **four five** `six seven` eight.\nNine.\n\n- a list item that is long\n- b\n\n```rust\nlet x  = 1;\n```\n\u{1b}[2J",
            20,
            expect![[r"
                One two three four
                five `six seven`
                eight. Nine.

                • a list item that is
                  long
                • b

                    let x  = 1;
                \u{1b}[2J"]],
        );
    }
}
