//! Hover on a finding: why, what supports it, what the fix would do, how sure, and what saying so cost.

use std::fmt::Write as _;

use base::store::dollars;
use base::{CheckKind, Evidence, Finding};
use ropey::Rope;

use crate::event_loop::Loop;
use crate::explaining::Known;
use crate::folders::Folder;
use crate::proto::types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};
use crate::uri;

/// Evidence beyond so many places is counted only.
const MAX_EVIDENCE: usize = 8;

/// The findings under a position, or `None` outside of all.
pub(crate) fn at(state: &Loop, params: &HoverParams) -> Option<Hover> {
    let place = &params.text_document_position_params;
    let uri = &place.text_document.uri.0;
    let open = state.open.get(uri)?;
    let offset = state.encoding.offset(&open.document.rope, place.position)?;
    let here = |finding: &&Finding| {
        finding.span.start as usize <= offset && offset <= finding.span.end as usize
    };
    let findings: Vec<&Finding> = open.findings.iter().filter(here).collect();
    let Some(first) = findings.first() else {
        return state.meaning(params);
    };
    let markdown = state.abilities.markdown_hover;
    let folder = state.owner(uri).map(|(folder, _)| folder);
    let view = View {
        markdown,
        folder,
        own: Some(&open.document.rope),
    };
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| view.describe(finding))
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

/// One finding in words.
pub(crate) fn describe(state: &Loop, known: &Known<'_>, markdown: bool) -> String {
    let open = state.open.get(&known.uri);
    let view = View {
        markdown,
        folder: Some(known.folder),
        own: open.map(|open| &open.document.rope),
    };
    view.describe(&known.finding)
}

struct View<'a> {
    markdown: bool,
    folder: Option<&'a Folder>,
    /// The text that the finding lies in.
    own: Option<&'a Rope>,
}

impl View<'_> {
    fn describe(&self, finding: &Finding) -> String {
        let markdown = self.markdown;
        let mut text = String::new();
        let title = if markdown {
            format!("**{}**", escape(&finding.title))
        } else {
            finding.title.clone()
        };
        // Writing to a string cannot fail.
        let _written = write!(text, "{title}\n\n{}\n\n", finding.message.trim());
        for evidence in finding.evidence.iter().take(MAX_EVIDENCE) {
            let note = match markdown {
                true => escape(&evidence.note),
                false => evidence.note.clone(),
            };
            let place = self.place(finding, evidence);
            let _written = writeln!(text, "- {place} {note}");
        }
        let more = finding.evidence.len().saturating_sub(MAX_EVIDENCE);
        if more > 0 {
            let _written = writeln!(text, "- and {more} more");
        }
        if !finding.evidence.is_empty() {
            text.push('\n');
        }
        if let Some(fix) = finding
            .fix
            .as_ref()
            .filter(|fix| markdown && !fix.edits.is_empty())
        {
            let edits = fix
                .edits
                .iter()
                .map(|edit| difference(&edit.replaces, &edit.new_text))
                .collect::<String>();
            let _written = write!(text, "{}\n\n{}", escape(&fix.title), fenced(&edits));
        }
        let id = if markdown {
            format!("`{}`", finding.rule)
        } else {
            finding.rule.to_string()
        };
        let confidence = (finding.confidence.get() * 100.0).round();
        let severity = finding.severity.as_str();
        let _written = write!(text, "{id} · {severity} · confidence {confidence} %");
        if let Some(cost) = self.cost(finding) {
            let _written = write!(text, " · {cost}");
        }
        text
    }

    /// Where evidence lies, as a link where there can be one.
    fn place(&self, finding: &Finding, evidence: &Evidence) -> String {
        let rope = match evidence.path == finding.path {
            true => self.own,
            false => self.folder.and_then(|folder| {
                let around = folder.around.source(&evidence.path);
                around.or_else(|| folder.sources.get(&evidence.path))
            }),
        };
        let line = rope
            .map(|rope| rope.byte_to_line((evidence.span.start as usize).min(rope.len_bytes())));
        let shown = match line {
            Some(line) => format!("{}:{}", evidence.path, line + 1),
            None => evidence.path.to_string(),
        };
        match self.folder.filter(|_| self.markdown) {
            Some(folder) => {
                let uri = uri::join(&folder.uri, &evidence.path);
                let anchor = line.map_or(String::new(), |line| format!("#L{}", line + 1));
                format!("[{}]({uri}{anchor})", escape(&shown))
            }
            None => shown,
        }
    }

    /// What the review cost in which a model said this.
    fn cost(&self, finding: &Finding) -> Option<String> {
        let asked = self.folder?.asked.as_ref()?;
        if finding.check != CheckKind::Model {
            return None;
        }
        let cost = match asked.usage.cost_micro_usd {
            _ if asked.requests == 0 => "known already, nothing was sent".to_owned(),
            Some(cost) => format!("the review cost {}", dollars(cost)),
            None => format!("the review sent {} requests", asked.requests),
        };
        Some(format!("{} ({cost})", asked.name))
    }
}

/// What an edit takes away and what it puts there, line by line.
pub(crate) fn difference(old: &str, new: &str) -> String {
    lines('-', old) + &lines('+', new)
}

fn lines(sign: char, text: &str) -> String {
    text.lines()
        .map(|line| format!("{sign} {line}\n"))
        .collect()
}

/// A fence longer than any run of backticks inside, so that code cannot end it.
pub(crate) fn fenced(diff: &str) -> String {
    let longest = diff.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{diff}{fence}\n\n")
}

/// Plain text for Markdown: titles hold names from the code, which must not become links, images or HTML. What stands
/// in paired backticks stays code; an odd backtick would make code of the rest, so then every one is text.
pub(crate) fn escape(text: &str) -> String {
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
