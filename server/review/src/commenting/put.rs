//! A file with one doc comment more, or with one that is another, and the proof that nothing else changed.

use base::{Definition, Outline, Span, Text};
use syntax::{Language, Tree};

use super::form::{Form, forms};
use super::habit::Habit;
use super::words::{Known, wrong};
use crate::testing::{PARSE, Subject};

/// Longest stretch in front of a definition on its line that is looked at.
const LONGEST_HEAD: usize = 200;

/// The doc comment that the definition has. A comment in a form that documents nothing (`//` in Java) is none.
pub(crate) fn existing(subject: &Subject, habit: &Habit) -> Option<Span> {
    let doc = subject.definition.doc?;
    let form = Form::of(subject.language, subject.text.slice(doc)?)?;
    // `//` above a function of JavaScript is a remark, where the project documents in another form.
    let is_remark = form == Form::Line("//")
        && forms(subject.language).first() == Some(&Form::Block("/**"))
        && matches!(
            subject.language,
            Language::JavaScript | Language::TypeScript | Language::Tsx
        )
        && habit.layout.form != form;
    (!is_remark).then_some(doc)
}

/// The file with `written` as the definition's doc comment, or why there is none. `replaces`: the one that is there.
pub(crate) fn put(
    subject: &Subject,
    habit: &Habit,
    written: &str,
    replaces: Option<Span>,
) -> Result<String, String> {
    let text = subject.text.as_str();
    let language = subject.language;
    let layout = habit.layout;
    let comment = bare(layout.form, written);
    if comment.is_empty() {
        return Err("it says nothing".to_owned());
    }
    let place = match replaces {
        Some(span) => Place::instead(text, span),
        None if language == Language::Python => Place::in_body(text, &subject.definition),
        None => Place::above(text, &subject.definition),
    };
    let place = place.ok_or("there is no line of its own for a comment here")?;
    let rendered = layout.render(&comment, &place.indent);
    if let Some(why) = wrong(&Known::of(subject), &comment, &rendered) {
        return Err(why);
    }
    let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let rendered = rendered.replace('\n', ends);
    let put = match replaces {
        Some(_) => rendered.trim_start().to_owned(),
        None => format!("{rendered}{ends}"),
    };
    let (start, end) = (place.span.start as usize, place.span.end as usize);
    let (before, after) = (
        text.get(..start).unwrap_or_default(),
        text.get(end..).unwrap_or_default(),
    );
    let new = format!("{before}{put}{after}");
    let at = start + (put.len() - put.trim_start().len());
    let within = Span::new(at, start + put.trim_end().len());
    proven(subject, replaces, &new, within)?;
    Ok(new)
}

/// Where a comment goes, and how far in.
struct Place {
    span: Span,
    indent: String,
}

impl Place {
    /// On a line above the definition and what belongs to it.
    fn above(text: &str, definition: &Definition) -> Option<Self> {
        const HEADS: &[&str] = &[
            "export",
            "default",
            "declare",
            "const",
            "let",
            "var",
            "async",
            "public",
            "private",
            "protected",
            "static",
            "final",
            "abstract",
            "local",
            "pub",
            "type",
            "typedef",
            "open",
            "internal",
            "override",
        ];
        let start = definition.span.start as usize;
        let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let head = text.get(line..start)?;
        let body = head.trim_start();
        let stands_first =
            head.len() <= LONGEST_HEAD && body.split_whitespace().all(|word| HEADS.contains(&word));
        let indent = head.get(..head.len() - body.len())?.to_owned();
        stands_first.then(|| Self {
            span: Span::new(line, line),
            indent,
        })
    }

    /// Before the first statement of the body, which starts a line.
    fn in_body(text: &str, definition: &Definition) -> Option<Self> {
        let mut at = definition.signature.end as usize;
        let rest = text.get(at..)?;
        let (head, _) = rest.split_once('\n')?;
        let head = head.trim().trim_start_matches(':').trim_start();
        if !(head.is_empty() || head.starts_with('#')) {
            // The signature may end where the body starts: then its line is the body's own.
            let line = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
            let lead = text.get(line..at)?;
            return lead.trim().is_empty().then(|| Self {
                span: Span::new(line, line),
                indent: lead.to_owned(),
            });
        }
        loop {
            at += text.get(at..)?.find('\n')? + 1;
            let line = text.get(at..)?.lines().next().unwrap_or_default();
            let body = line.trim_start();
            if !body.is_empty() && !body.starts_with('#') {
                let indent = line.get(..line.len() - body.len())?.to_owned();
                return (!indent.is_empty()).then(|| Self {
                    span: Span::new(at, at),
                    indent,
                });
            }
        }
    }

    /// Where one is.
    fn instead(text: &str, span: Span) -> Option<Self> {
        let start = span.start as usize;
        let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let indent = text.get(line..start)?;
        indent.trim().is_empty().then(|| Self {
            span,
            indent: indent.to_owned(),
        })
    }
}

/// What somebody wrote, without signs of a comment that were not asked for.
fn bare(form: Form, written: &str) -> String {
    let written = written.replace("\r\n", "\n").replace('\t', "    ");
    let written = written.trim_matches('\n').trim_end();
    let is_signed = match form {
        Form::Line(sign) => written
            .lines()
            .all(|line| line.trim_start().starts_with(sign)),
        Form::Block(_) => written.trim_start().starts_with("/*"),
        Form::Docstring(quotes) => written.trim_start().starts_with(quotes),
    };
    let text = match is_signed {
        true => form.bare(written.trim()),
        false => written.to_owned(),
    };
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// It documents this definition, parses as well as before, and all that is no comment is as it was.
fn proven(
    subject: &Subject,
    replaces: Option<Span>,
    new: &str,
    within: Span,
) -> Result<(), String> {
    let parsed = |text: &Text| {
        Tree::parse(subject.language, text, PARSE)
            .map_err(|_| "it takes too long to parse".to_owned())
    };
    let (old, new) = (parsed(&subject.text)?, parsed(&Text::new(new))?);
    if new.errors() > old.errors() {
        return Err("it leaves a syntax error".to_owned());
    }
    let is_docstring = subject.language == Language::Python;
    let but = |span: Span| is_docstring.then_some(span);
    if old.skeleton(replaces.and_then(but)) != new.skeleton(but(within)) {
        return Err("it would change more than a comment".to_owned());
    }
    let (before, after) = (old.outline(), new.outline());
    let same = |outline: &Outline| -> Vec<_> {
        let all = outline.definitions.iter();
        all.map(|it| {
            (
                it.name.clone(),
                it.kind,
                it.parent,
                it.parameters.clone(),
                it.exported,
            )
        })
        .collect()
    };
    let own = |it: &Definition| it.name_span == subject.definition.name_span;
    let index = before.definitions.iter().position(own);
    let now = index.and_then(|index| after.definitions.get(index));
    let documents = now
        .and_then(|it| it.doc)
        .is_some_and(|doc| doc.contains(within));
    match same(&before) == same(&after) && documents {
        true => Ok(()),
        false => Err(format!(
            "it would not document `{}`",
            subject.definition.name
        )),
    }
}
