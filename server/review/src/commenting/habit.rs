//! How a project writes its doc comments, learnt from those that it has.

use std::ops::Range;

use base::{Definition, RelPath, Text};
use syntax::{Language, Tree};

use super::form::{Form, Layout, forms};
use crate::semantic::is_callable;
use crate::testing::{PARSE, Subject};

/// Comments that are read.
const MOST: usize = 200;
/// Comments that show the style.
const SAMPLES: usize = 4;
/// Lines of one that is shown.
const LINES: u32 = 40;

/// What was learnt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Habit {
    pub(crate) layout: Layout,
    /// Comments that were read.
    pub(crate) comments: usize,
    /// Tags and headings, each with how many comments have it; the most used first.
    pub(crate) sections: Vec<(&'static str, usize)>,
    /// Comments that show the style, with the head of what they document: 0-based lines.
    pub(crate) samples: Vec<(RelPath, Range<u32>)>,
}

impl Habit {
    /// From files of the language, the nearest first; `None` for a language whose comments do not document.
    pub(crate) fn learn(subject: &Subject, files: &[(RelPath, Text)]) -> Option<Self> {
        let language = subject.language;
        let usual = *forms(language).first()?;
        let mut seen: Vec<Seen> = Vec::new();
        let mut itself: Vec<Seen> = Vec::new();
        for (path, text) in files {
            if seen.len() >= MOST {
                break;
            }
            let Ok(tree) = Tree::parse(language, text, PARSE) else {
                continue;
            };
            let own = |it: &Definition| {
                *path == subject.path && it.name_span == subject.definition.name_span
            };
            let all = tree.outline().definitions;
            let (mine, others): (Vec<_>, Vec<_>) =
                all.iter().filter(|it| !it.is_test).partition(|it| own(it));
            let read = |it: &Definition| Seen::of(language, path, text, it);
            itself.extend(mine.into_iter().filter_map(read));
            seen.extend(others.into_iter().filter_map(read));
        }
        // One that is to be replaced says little, and more than nothing.
        let is_alone = seen.is_empty();
        if is_alone {
            seen = itself;
        }
        let count = |form: Form| seen.iter().filter(|it| it.form == form).count();
        // Of equals the usual one.
        let mut form = usual;
        for other in forms(language) {
            if count(*other) > count(form) {
                form = *other;
            }
        }
        seen.retain(|it| it.form == form);
        Some(Self {
            layout: layout(form, &seen),
            comments: seen.len(),
            sections: sections(&seen),
            samples: match is_alone {
                true => Vec::new(),
                false => samples(subject, seen),
            },
        })
    }

    /// What it is, in words: for the prompt and for the user.
    pub(crate) fn told(&self) -> String {
        let signs = self.layout.form.signs();
        if self.comments == 0 {
            return format!("there is no doc comment to learn from; usual here is `{signs}`");
        }
        let mut parts = vec![format!(
            "{} doc comment{} read, written with `{signs}`",
            self.comments,
            if self.comments == 1 { "" } else { "s" }
        )];
        let sections: Vec<String> = (self.sections.iter())
            .map(|(name, count)| format!("`{name}` in {count}"))
            .collect();
        parts.push(match sections.is_empty() {
            true => "none has sections or tags".to_owned(),
            false => sections.join(", "),
        });
        parts.join("; ")
    }
}

/// A comment that is there.
struct Seen {
    path: RelPath,
    form: Form,
    /// As written.
    raw: String,
    bare: String,
    /// The columns before it.
    indent: usize,
    is_callable: bool,
    takes: bool,
    lines: Range<u32>,
}

impl Seen {
    fn of(language: Language, path: &RelPath, text: &Text, it: &Definition) -> Option<Self> {
        let doc = it.doc?;
        let raw = text.slice(doc)?.to_owned();
        let form = Form::of(language, &raw)?;
        let lines = text.lines();
        let first = lines.line_of(doc.start.min(it.signature.start));
        let last = lines.line_of(doc.end.max(it.signature.end).saturating_sub(1));
        Some(Self {
            path: path.clone(),
            form,
            bare: form.bare(&raw),
            indent: (doc.start - lines.line_start(lines.line_of(doc.start))) as usize,
            raw,
            is_callable: is_callable(it.kind),
            takes: it.parameters.as_ref().is_some_and(|all| !all.is_empty()),
            lines: first..(last + 1).min(first + LINES),
        })
    }
}

fn layout(form: Form, seen: &[Seen]) -> Layout {
    let usual = Layout::usual(form);
    let most = |all: &[bool], or: bool| match all.iter().filter(|is| **is).count() * 2 {
        _ if all.is_empty() => or,
        yes => yes > all.len(),
    };
    let (mut short, mut below, mut tight) = (Vec::new(), Vec::new(), Vec::new());
    for it in seen {
        match it.bare.lines().count() {
            0 | 1 => short.push(it.raw.lines().count() <= 1),
            _ => {
                let first = it.raw.lines().next().unwrap_or_default().trim();
                let first = first.trim_start_matches(['r', 'R', 'u', 'U']);
                below.push(first.len() <= form.signs().len());
            }
        }
        let tags = it.raw.lines().filter(|line| line.contains('@'));
        let sign = format!("{}@", form.signs());
        tight.extend(tags.map(|line| line.trim().starts_with(&sign)));
    }
    let longest = seen.iter().flat_map(|it| {
        let lines = it.raw.lines().enumerate();
        lines.map(|(at, line)| line.chars().count() + if at == 0 { it.indent } else { 0 })
    });
    Layout {
        form,
        short: most(&short, usual.short),
        below: most(&below, usual.below),
        tight: most(&tight, usual.tight),
        width: longest.max().map_or(usual.width, |it| it.clamp(60, 120)),
    }
}

/// Tags and headings of the usual styles.
const SECTIONS: &[&str] = &[
    "@param",
    "@returns",
    "@return",
    "@throws",
    "@raise",
    "@yield",
    "@template",
    "@tparam",
    "@brief",
    "@retval",
    "\\param",
    "\\return",
    "\\brief",
    ":param",
    ":return",
    ":returns",
    ":raises",
    ":type",
    ":rtype",
    "Args:",
    "Arguments:",
    "Returns:",
    "Raises:",
    "Yields:",
    "Attributes:",
    "Parameters\n---",
    "Returns\n---",
    "Raises\n---",
    "# Arguments",
    "# Returns",
    "# Errors",
    "# Panics",
    "# Safety",
    "<summary>",
    "<param",
    "<returns>",
    "<exception",
    "<remarks>",
    "- Parameters:",
    "- Parameter ",
    "- Returns:",
    "- Throws:",
];

fn sections(seen: &[Seen]) -> Vec<(&'static str, usize)> {
    let has = |text: &str, section: &str| {
        text.match_indices(section).any(|(at, _)| {
            let line = text.get(..at).unwrap_or_default().rsplit('\n').next();
            let after = text.get(at + section.len()..).unwrap_or_default();
            let ends = section.ends_with(|c: char| c.is_alphanumeric());
            line.is_some_and(|line| line.trim().is_empty())
                && !(ends && after.starts_with(|c: char| c.is_alphanumeric()))
        })
    };
    let mut found: Vec<(&str, usize)> = SECTIONS
        .iter()
        .map(|section| {
            let count = seen.iter().filter(|it| has(&it.bare, section)).count();
            (section.trim_end_matches(['-', '\n']).trim_end(), count)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found
}

/// Those that are most like the one that is wanted.
fn samples(subject: &Subject, mut seen: Vec<Seen>) -> Vec<(RelPath, Range<u32>)> {
    let takes = (subject.definition.parameters.as_ref()).is_some_and(|all| !all.is_empty());
    let works = is_callable(subject.definition.kind);
    let likeness = |it: &Seen| {
        let here = usize::from(it.path == subject.path);
        let lines = it.bare.lines().count();
        3 * usize::from(it.is_callable == works)
            + 2 * usize::from(it.takes == takes)
            + 2 * here
            + usize::from((2..20).contains(&lines))
    };
    seen.sort_by_key(|it| std::cmp::Reverse(likeness(it)));
    seen.truncate(SAMPLES);
    seen.into_iter().map(|it| (it.path, it.lines)).collect()
}
