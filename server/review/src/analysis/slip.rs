//! Copy-paste slips: a repeated block in which one name was not changed like the others.
//!
//! Two blocks of the same shape stand one after the other, the second is new. Where one word turns into another in all
//! of its names but one, and the name that this one should have exists, it was forgotten.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use base::{Category, Evidence, Severity, Span};
use syntax::{Token, TokenKind};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::is_test_path;
use crate::semantic::{ChangedFile, Side};

const SLIP: &str = "analysis/copy-paste-slip";

pub(super) const ABOUT: &[About] = &[About {
    id: SLIP,
    category: Category::Bug,
    severity: Severity::Hint,
    confidence: 0.8,
    title: "One name in a repeated block was not changed like the others",
    why: "The block repeats the one above it with another name, and in one place the old name is left. That is how a copy \
          looks in which one place was forgotten. Change it as well, or write the two blocks so that the difference shows.",
    bad: "width = clamp(width, min_width, max_width)\nheight = clamp(height, min_height, max_width)\n",
    good: "width = clamp(width, min_width, max_width)\nheight = clamp(height, min_height, max_height)\n",
    cwe: None,
    references: &[],
}];

/// Lines of one block.
const LONGEST: usize = 12;
/// Names that must have changed alike.
const ENOUGH: usize = 2;
/// Tokens of a file that is looked at.
const MOST_TOKENS: usize = 60_000;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        // Tables of assertions repeat lines in which one word differs on purpose.
        if !is_test_path(file.path()) {
            remarks.extend(slips(file));
        }
    }
    remarks
}

fn slips(file: &ChangedFile) -> Vec<Remark> {
    let Some(tree) = file
        .new
        .tree
        .as_ref()
        .filter(|tree| tree.language().is_code())
    else {
        return Vec::new();
    };
    if file.new.spans.iter().all(|lines| lines.is_empty()) {
        return Vec::new();
    }
    let tokens = tree.tokens(Span::new(0, tree.text().len()));
    if tokens.len() > MOST_TOKENS {
        return Vec::new();
    }
    let lines = by_line(&file.new, &tokens);
    let shapes: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| {
            tokens
                .get(line.clone())
                .unwrap_or_default()
                .iter()
                .map(|token| shape(&file.new, token))
                .collect()
        })
        .collect();
    let is_new: Vec<bool> = lines
        .iter()
        .map(|line| {
            tokens
                .get(line.start)
                .is_some_and(|first| file.new.is_changed(first.span))
        })
        .collect();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for token in &tokens {
        *known.entry(file.new.slice(token.span)).or_default() += 1;
    }
    let mut told: HashSet<Span> = HashSet::new();
    let mut remarks = Vec::new();
    for height in 1..=LONGEST {
        for second in height..lines.len().saturating_sub(height - 1) {
            let first = second - height;
            let is_copied = is_new
                .get(second..second + height)
                .is_some_and(|new| new.iter().all(|new| *new))
                && shapes.get(first..second) == shapes.get(second..second + height);
            if !is_copied {
                continue;
            }
            let part = |from: usize| -> &[Token] {
                let (start, end) = (lines.get(from), lines.get(from + height - 1));
                start
                    .zip(end)
                    .and_then(|(start, end)| tokens.get(start.start..end.end))
                    .unwrap_or_default()
            };
            if let Some(slip) = slip(&file.new, part(first), part(second), &known)
                && told.insert(slip.at)
            {
                remarks.push(slip.remark(file));
            }
        }
    }
    remarks
}

fn by_line(side: &Side, tokens: &[Token]) -> Vec<Range<usize>> {
    let Some(text) = &side.text else {
        return Vec::new();
    };
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (at, token) in tokens.iter().enumerate() {
        let line = text.lines().line_of(token.span.start);
        match lines.last_mut().filter(|_| last == Some(line)) {
            Some(range) => range.end = at + 1,
            None => lines.push(at..at + 1),
        }
        last = Some(line);
    }
    lines
}

fn shape<'t>(side: &'t Side, token: &Token) -> &'t str {
    match token.kind {
        TokenKind::Name => "a",
        TokenKind::Text => "\"",
        TokenKind::Number => "1",
        TokenKind::Sign => side.slice(token.span),
    }
}

struct Slip {
    at: Span,
    model: Span,
    is: String,
    should: String,
    count: usize,
}

/// The one name of `second` that kept a word which all others changed.
fn slip(
    side: &Side,
    first: &[Token],
    second: &[Token],
    known: &HashMap<&str, usize>,
) -> Option<Slip> {
    let names = || {
        let pairs = first.iter().zip(second);
        pairs
            .filter(|(a, _)| a.kind == TokenKind::Name)
            .map(|(a, b)| (a, b, side.slice(a.span), side.slice(b.span)))
    };
    let mut change: Option<(String, String)> = None;
    let mut changed = HashSet::new();
    let mut count = 0usize;
    for (_, _, from, to) in names().filter(|(_, _, from, to)| from != to) {
        let word = difference(from, to)?;
        match &change {
            None => change = Some(word),
            Some(before) if *before == word => {}
            Some(_) => return None,
        }
        changed.insert(from);
        count += 1;
    }
    let (from_word, to_word) = change?;
    if count < ENOUGH || from_word.is_empty() || to_word.is_empty() {
        return None;
    }
    let mut kept =
        names().filter(|(_, _, from, to)| from == to && words(from).contains(&from_word));
    let (Some((a, b, name, _)), None) = (kept.next(), kept.next()) else {
        return None;
    };
    let should = renamed(name, &from_word, &to_word)?;
    // A name that nobody else uses was not forgotten, it does not exist.
    let text = side.text.as_ref().map_or("", base::Text::as_str);
    let is_member = text
        .get(..b.span.start as usize)
        .is_some_and(|before| before.ends_with(['.', '>', ':']));
    let exists = match is_member {
        // `self.level` was not to become a `self.slot` that there is not.
        true => [".", "->", "::"].iter().any(|sign| {
            let member = format!("{sign}{should}");
            text.match_indices(&member).any(|(at, _)| {
                let after = text.get(at + member.len()..).unwrap_or_default();
                !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        }),
        false => known.get(should.as_str()).copied().unwrap_or(0) > 0,
    };
    (exists && should != name).then(|| Slip {
        at: b.span,
        model: a.span,
        is: name.to_owned(),
        should,
        count,
    })
}

impl Slip {
    fn remark(self, file: &ChangedFile) -> Remark {
        let Self {
            at,
            model,
            is,
            should,
            count,
        } = self;
        Remark {
            path: file.path().clone(),
            draft: Draft::new(SLIP, at).titled(format!(
                "`{is}` was left in a copied block; `{should}` fits the rest of it"
            )),
            message: format!(
                "This block repeats the one above it, and {count} other names were changed on the way. Change `{is}` to \
                 `{should}` too, or show why it stays."
            ),
            evidence: vec![Evidence {
                path: file.path().clone(),
                span: model,
                note: "is what it repeats".to_owned(),
            }],
            elsewhere: None,
        }
    }
}

/// The words of a name, in lower case: `maxWidth`, `max_width` and `MAX_WIDTH` are `max`, `width`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    let mut open = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            (open, was_lower) = (false, false);
            continue;
        }
        if !open || c.is_uppercase() && was_lower {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
    }
    words
}

/// The one word in which two names differ.
fn difference(from: &str, to: &str) -> Option<(String, String)> {
    let (from, to) = (words(from), words(to));
    if from.len() != to.len() {
        return None;
    }
    let mut different = from.into_iter().zip(to).filter(|(a, b)| a != b);
    let first = different.next()?;
    different.all(|other| other == first).then_some(first)
}

/// `name` with one word for another, in the style of the name.
fn renamed(name: &str, from: &str, to: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let at = lower.match_indices(from).find(|(at, _)| {
        let starts = words(lower.get(..*at).unwrap_or_default()).len() <= words(name).len();
        starts && name.is_char_boundary(*at)
    })?;
    let old = name.get(at.0..at.0 + from.len())?;
    let mut letters = old.chars();
    let is_upper = letters.next().is_some_and(char::is_uppercase);
    let is_all_upper = is_upper && old.chars().all(|c| !c.is_lowercase()) && old.len() > 1;
    let new = if is_all_upper {
        to.to_uppercase()
    } else if is_upper {
        let mut rest = to.chars();
        rest.next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(rest)
            .collect()
    } else {
        to.to_owned()
    };
    Some(format!(
        "{}{new}{}",
        name.get(..at.0)?,
        name.get(at.0 + from.len()..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    fn with(second: &str) -> String {
        format!(
            "//- old a.py\nmax_height = 3\n//- new a.py\nmax_height = 3\nwidth = clamp(width, min_width, max_width)\n{second}\n"
        )
    }

    #[test]
    fn the_name_that_was_forgotten_is_told() {
        check(
            &with("height = clamp(height, min_height, max_width)"),
            &[
                "a.py:3 analysis/copy-paste-slip: `max_width` was left in a copied block; `max_height` fits the rest of it",
                "  a.py:2 is what it repeats",
            ],
        );
        check(
            "\
//- old a.go
package a
//- new a.go
package a

func check(left, right Node) {
	if left.next != nil {
		visit(left.next, left)
	}
	if right.next != nil {
		visit(right.next, left)
	}
}
",
            &[
                "a.go:8 analysis/copy-paste-slip: `left` was left in a copied block; `right` fits the rest of it",
                "  a.go:5 is what it repeats",
            ],
        );
    }

    #[test]
    fn a_block_that_was_changed_throughout_or_differs_on_purpose_is_left_alone() {
        for second in [
            "height = clamp(height, min_height, max_height)",
            "height = clamp(height, min_width, max_width)",
            "height = clamp(depth, min_height, max_width)",
            "height = clamp(1, 2, max_width)",
        ] {
            check(&with(second), &[]);
        }
    }
}
