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
    use base::finding::Placement;
    use base::model::Usage;
    use base::{
        Category, CheckKind, Confidence, Edit, Evidence, Finding, FindingId, Fix, ModelStats,
        RelPath, RuleId, Severity, Span,
    };
    use ropey::Rope;

    use super::{MAX_EVIDENCE, View, escape, fenced};
    use crate::folders::Folder;
    use crate::options::Wishes;

    fn evidence(path: &str, span: Span, note: &str) -> Evidence {
        Evidence {
            path: RelPath::new(path).expect("a path"),
            span,
            note: note.to_owned(),
        }
    }

    /// A model's remark with a place in its own file, one in another and one that nobody has read.
    fn remark() -> Finding {
        let path = RelPath::new("src/a.rs").expect("a path");
        Finding {
            id: FindingId(1),
            check: CheckKind::Model,
            rule: RuleId::new("model/bug"),
            category: Category::Bug,
            severity: Severity::Warning,
            confidence: Confidence::new(0.874),
            title: "The *first* price is left out".to_owned(),
            message: "`skip(1)` drops it.\n".to_owned(),
            path: path.clone(),
            span: Span::new(4, 7),
            placement: Placement::Changed,
            evidence: vec![
                evidence("src/a.rs", Span::new(4, 7), "written <here>"),
                evidence("src/b c.rs", Span::new(4, 5), "called here"),
                evidence("src/d.rs", Span::new(0, 1), "and there"),
            ],
            fix: Some(Fix {
                title: "Take them all".to_owned(),
                edits: vec![Edit {
                    path,
                    span: Span::new(4, 7),
                    replaces: "two".to_owned(),
                    new_text: "2".to_owned(),
                }],
            }),
            sensitive: false,
        }
    }

    fn folder() -> Folder {
        let uri = "file:///w".to_owned();
        let mut folder = Folder::new(1, uri, None, Wishes::default()).expect("a folder");
        let other = RelPath::new("src/b c.rs").expect("a path");
        (folder.sources).insert(other, Rope::from_str("one\ntwo\n"));
        folder.asked = Some(ModelStats {
            name: "own/m".to_owned(),
            requests: 2,
            usage: Usage {
                cost_micro_usd: Some(7_500),
                ..Usage::default()
            },
            ..ModelStats::default()
        });
        folder
    }

    #[test]
    fn a_remark_names_its_places_its_confidence_and_its_cost() {
        let (folder, own) = (folder(), Rope::from_str("one\ntwo\n"));
        let said = |finding: &Finding, markdown: bool| {
            let view = View {
                markdown,
                folder: Some(&folder),
                own: Some(&own),
            };
            view.describe(finding)
        };
        let finding = remark();
        assert_eq!(
            said(&finding, true),
            "**The \\*first\\* price is left out**\n\n`skip(1)` drops it.\n\n\
             - [src/a.rs:2](file:///w/src/a.rs#L2) written \\<here\\>\n\
             - [src/b c.rs:2](file:///w/src/b%20c.rs#L2) called here\n\
             - [src/d.rs](file:///w/src/d.rs) and there\n\n\
             Take them all\n\n```diff\n- two\n+ 2\n```\n\n\
             `model/bug` · warning · confidence 87 % · own/m (the review cost $0.0075)"
        );
        assert_eq!(
            said(&finding, false),
            "The *first* price is left out\n\n`skip(1)` drops it.\n\n\
             - src/a.rs:2 written <here>\n- src/b c.rs:2 called here\n- src/d.rs and there\n\n\
             model/bug · warning · confidence 87 % · own/m (the review cost $0.0075)"
        );
        // What no model said cost nothing.
        let finding = Finding {
            check: CheckKind::Pattern,
            ..finding
        };
        assert!(said(&finding, false).ends_with("confidence 87 %"));
    }

    #[test]
    fn places_beyond_a_few_are_counted() {
        let place = || evidence("src/d.rs", Span::new(0, 1), "there");
        let finding = Finding {
            evidence: (0..MAX_EVIDENCE + 3).map(|_| place()).collect(),
            ..remark()
        };
        let view = View {
            markdown: false,
            folder: None,
            own: None,
        };
        let text = view.describe(&finding);
        assert_eq!(text.matches("- src/d.rs there\n").count(), MAX_EVIDENCE);
        assert!(text.contains("- and 3 more\n"), "{text}");
    }

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
