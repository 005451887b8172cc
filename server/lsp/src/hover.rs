//! Hover on a finding: why, and what the fix would do.

use std::fmt::Write as _;

use base::{Finding, Severity};

use crate::event_loop::Loop;
use crate::proto::types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};

/// The findings under a position, or `None` outside of all.
pub(crate) fn at(state: &Loop, params: &HoverParams) -> Option<Hover> {
    let place = &params.text_document_position_params;
    let open = state.open.get(&place.text_document.uri.0)?;
    let offset = state.encoding.offset(&open.document.rope, place.position)?;
    let here = |finding: &&Finding| {
        finding.span.start as usize <= offset && offset <= finding.span.end as usize
    };
    let findings: Vec<&Finding> = open.findings.iter().filter(here).collect();
    let first = findings.first()?;
    let markdown = state.abilities.markdown_hover;
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| describe(finding, markdown))
        .collect();
    Some(Hover {
        contents: Contents::MarkupContent(MarkupContent {
            kind: if markdown {
                MarkupKind::Markdown
            } else {
                MarkupKind::PlainText
            },
            value: texts.join(if markdown { "\n\n---\n\n" } else { "\n\n" }),
        }),
        range: Some(state.encoding.range(&open.document.rope, first.span)),
    })
}

fn describe(finding: &Finding, markdown: bool) -> String {
    let mark = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
        Severity::Hint => "hint",
    };
    let mut text = String::new();
    let confidence = (finding.confidence.get() * 100.0).round();
    let title = if markdown {
        format!("**{}**", escape(&finding.title))
    } else {
        finding.title.clone()
    };
    let id = if markdown {
        format!("`{}`", finding.rule)
    } else {
        finding.rule.to_string()
    };
    // Writing to a string cannot fail.
    let _written = write!(text, "{title}\n\n{}\n\n", finding.message.trim());
    if let Some(fix) = finding.fix.as_ref().filter(|_| markdown) {
        let edits = fix
            .edits
            .iter()
            .map(|edit| lines('-', &edit.replaces) + &lines('+', &edit.new_text))
            .collect::<String>();
        let _written = write!(text, "{}\n\n{}", escape(&fix.title), fenced(&edits));
    }
    let _written = write!(text, "{id} · {mark} · confidence {confidence} %");
    text
}

fn lines(sign: char, text: &str) -> String {
    text.lines()
        .map(|line| format!("{sign} {line}\n"))
        .collect()
}

/// A fence longer than any run of backticks inside, so that code cannot end it.
fn fenced(diff: &str) -> String {
    let longest = diff.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{diff}{fence}\n\n")
}

/// Plain text for Markdown: titles hold names from the code, which must not become links, images or HTML. What stands
/// in paired backticks stays code; an odd backtick would make code of the rest, so then every one is text.
fn escape(text: &str) -> String {
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut escaped = String::with_capacity(text.len());
    let mut in_code = false;
    for character in text.chars() {
        if character == '`' && paired {
            in_code = !in_code;
        } else if !in_code && "`\\*_{}[]<>#!|~&".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escape, fenced};

    #[test]
    fn names_from_the_code_stay_text() {
        assert_eq!(
            escape("calls `a[0]` and ![x](http://e)"),
            "calls `a[0]` and \\!\\[x\\](http://e)"
        );
        assert_eq!(escape("odd ` tick <b>"), "odd \\` tick \\<b\\>");
        assert!(fenced("- ````\n").starts_with("`````diff\n"));
    }
}
