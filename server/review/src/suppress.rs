//! `obelus: allow(RULE) why` and `obelus: allow-file(RULE) why` in comments.
//!
//! A comment on its own line speaks for the next line that is not such a comment itself; one that follows code speaks
//! for its own line. Where a grammar exists it decides what is a comment; elsewhere the text before the words does. A
//! text that does not contain `obelus:` costs one search.

use base::{Category, Finding, Severity, Span, Text};
use memchr::memmem;
use syntax::{Language, Tree};

use crate::checks::About;
use crate::settings::RuleGlob;

/// A permission without a reason.
pub(crate) const WITHOUT_REASON: &str = "obelus/allow-without-reason";
/// A permission that silences nothing.
pub(crate) const UNUSED: &str = "obelus/unused-allow";

pub(crate) const ABOUT: &[About] = &[
    About {
        id: WITHOUT_REASON,
        category: Category::Process,
        severity: Severity::Warning,
        confidence: 1.0,
        title: "An `obelus: allow` comment gives no reason",
        why: "Whoever reads the code next has to know why the rule does not apply here, or nobody dares to remove the \
              comment. Write the reason after the closing parenthesis.",
        bad: "// obelus: allow(rust/unwrap-on-lock)\n",
        good: "// obelus: allow(rust/unwrap-on-lock) a poisoned lock means a bug here, so stop\n",
        cwe: None,
        references: &[],
    },
    About {
        id: UNUSED,
        category: Category::Maintainability,
        severity: Severity::Hint,
        confidence: 0.9,
        title: "An `obelus: allow` comment silences nothing",
        why: "The code below it changed, or the rule did. A permission that is left behind will hide the next real \
              finding at this place. Delete the comment.",
        bad: "// obelus: allow(rust/unwrap-on-lock) it cannot be poisoned\nlet total = 1 + 1;\n",
        good: "let total = 1 + 1;\n",
        cwe: None,
        references: &[],
    },
];

/// One permission.
#[derive(Debug)]
pub(crate) struct Allow {
    /// The words from `obelus:` to the end of the comment's line.
    pub(crate) span: Span,
    /// What is in the parentheses.
    pub(crate) rules: Vec<RuleGlob>,
    /// For the whole file?
    pub(crate) file: bool,
    /// Whether a reason is given.
    pub(crate) reasoned: bool,
    /// The 0-based lines it speaks for, when not for the whole file.
    lines: [u32; 2],
    /// Whether it silenced something.
    pub(crate) used: bool,
}

impl Allow {
    fn covers(&self, finding: &Finding, text: &Text) -> bool {
        let lines = text.lines();
        let first = lines.line_of(finding.span.start);
        let last = lines.line_of(finding.span.end.saturating_sub(1).max(finding.span.start));
        let here = self.file || self.lines.contains(&first) || self.lines.contains(&last);
        here && self
            .rules
            .iter()
            .any(|rule| rule.matches(finding.rule.as_str()))
    }
}

/// All permissions in a text, in order.
pub(crate) fn allows(text: &Text, tree: Option<&Tree>) -> Vec<Allow> {
    let content = text.as_str();
    let mut found: Vec<(Allow, bool)> = Vec::new();
    let mut comments = None;
    for at in memmem::find_iter(content.as_bytes(), "obelus:") {
        let line = text.lines().line_of(at as u32);
        let Some(line_span) = text.lines().line_span(line) else {
            continue;
        };
        let Some(words) = parse(content[at..line_span.range().end].trim_end()) else {
            continue;
        };
        let comment = match tree.filter(|tree| has_comment_nodes(tree.language())) {
            Some(tree) => {
                let comments = comments.get_or_insert_with(|| tree.comments());
                let next = comments.partition_point(|comment| comment.span.end as usize <= at);
                comments
                    .get(next)
                    .map(|comment| comment.span)
                    .filter(|span| span.start as usize <= at)
            }
            None => {
                // With a tree this is Markdown, where everything but HTML's comments is text.
                let openers = if tree.is_some() {
                    &OPENERS[..1]
                } else {
                    OPENERS
                };
                comment_by_text(content, line_span, at, openers)
            }
        };
        let Some(comment) = comment else {
            continue;
        };
        let comment_line = text.lines().line_of(comment.start);
        let line_start = text.lines().line_start(comment_line) as usize;
        let before = content[line_start..comment.start as usize].trim();
        // Between tags of JSX a comment stands in braces.
        let alone = before.is_empty() || before == "{";
        let last = text
            .lines()
            .line_of(comment.end.saturating_sub(1).max(comment.start));
        let allow = Allow {
            span: Span::new(at, at + words.length),
            rules: words.rules,
            file: words.file,
            reasoned: words.reasoned,
            lines: [comment_line, if alone { last + 1 } else { comment_line }],
            used: false,
        };
        found.push((allow, alone));
    }
    // A stack of comments speaks for the line below the whole stack: from the last to the first, each passes on.
    for index in (1..found.len()).rev() {
        let (before, after) = found.split_at_mut(index);
        let (Some((upper, true)), Some((lower, true))) = (before.last_mut(), after.first()) else {
            continue;
        };
        if upper.lines[1] == lower.lines[0] {
            upper.lines[1] = lower.lines[1];
        }
    }
    found.into_iter().map(|(allow, _)| allow).collect()
}

/// Takes what is allowed out of `findings`; says how many that were.
pub(crate) fn silence(allows: &mut [Allow], findings: &mut Vec<Finding>, text: &Text) -> usize {
    let before = findings.len();
    if !allows.is_empty() {
        findings.retain(|finding| {
            let mut silenced = false;
            for allow in allows
                .iter_mut()
                .filter(|allow| allow.covers(finding, text))
            {
                allow.used = true;
                silenced = true;
            }
            !silenced
        });
    }
    before - findings.len()
}

struct Words {
    rules: Vec<RuleGlob>,
    file: bool,
    reasoned: bool,
    length: usize,
}

/// `obelus: allow(a, b) why` at the start of `text`, which ends with its line.
fn parse(text: &str) -> Option<Words> {
    let rest = text.strip_prefix("obelus:")?.trim_start();
    let rest = rest.strip_prefix("allow")?;
    let (file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (list, why) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let rules = list
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty());
    let rules: Vec<RuleGlob> = rules.filter_map(|rule| RuleGlob::new(rule).ok()).collect();
    if rules.is_empty() {
        return None;
    }
    let why = strip_closers(why);
    let length =
        text.len() - (text.len() - (why.as_ptr() as usize - text.as_ptr() as usize)) + why.len();
    Some(Words {
        rules,
        file,
        reasoned: why.chars().any(char::is_alphanumeric),
        length: length.min(text.len()),
    })
}

/// The reason without what closes the comment.
fn strip_closers(why: &str) -> &str {
    let mut why = why.trim_end();
    for closer in ["*/}", "*/", "-->", "--}}", "#}", "]]", "=end", "%>"] {
        why = why.strip_suffix(closer).unwrap_or(why).trim_end();
    }
    why
}

/// Markdown's comments are pieces of HTML inside its text, which its grammar does not take apart.
fn has_comment_nodes(language: Language) -> bool {
    language.name() != "markdown"
}

/// What starts a comment somewhere.
const OPENERS: &[&str] = &[
    // Longer ones first: `--` also ends `<!--`.
    "<!--", "//", "/*", "--", "{-", "(*", "#", ";", "%", "\"", "'", "!", "*", "REM", "rem", "..",
];

/// The rest of the line as a comment, when what stands before `at` ends like the start of one.
fn comment_by_text(content: &str, line: Span, at: usize, openers: &[&str]) -> Option<Span> {
    let before = content[line.range().start..at].trim_end();
    let opener = openers.iter().find(|opener| before.ends_with(**opener))?;
    let symbol = opener.chars().next()?;
    let start = before.len() - opener.len();
    // `///`, `##`, `;;` and the like: the comment begins with the first of them.
    let start = before[..start].trim_end_matches(symbol).len();
    let line_start = line.range().start;
    let end = content[..line.range().end].trim_end().len().max(at);
    Some(Span::new(line_start + start, end))
}

#[cfg(test)]
mod tests {
    use base::Text;

    use super::{allows, parse};

    #[test]
    fn words_are_read() {
        for (text, expected) in [
            ("obelus: allow(rust/x) it is fine", Some((1, false, true))),
            (
                "obelus:allow( a/b , c/* ) because */",
                Some((2, false, true)),
            ),
            ("obelus: allow-file(a/b) -->", Some((1, true, false))),
            ("obelus: allow(a/b)", Some((1, false, false))),
            ("obelus: allow(a/b) */}", Some((1, false, false))),
            ("obelus: allow(a/b): ...", Some((1, false, false))),
            ("obelus: allow()", None),
            ("obelus: allow(a/b", None),
            ("obelus: deny(a/b) why", None),
            ("obelus: allow (a/b) why", Some((1, false, true))),
        ] {
            let words = parse(text).map(|words| (words.rules.len(), words.file, words.reasoned));
            assert_eq!(words, expected, "{text}");
        }
    }

    #[test]
    fn a_comment_speaks_for_its_line_or_the_next() {
        for (text, lines) in [
            ("# obelus: allow(a/b) why\nx\n", vec![[0, 1]]),
            ("x # obelus: allow(a/b) why\ny\n", vec![[0, 0]]),
            (
                "# obelus: allow(a/b) why\n# obelus: allow(c/d) why\nx\n",
                vec![[0, 2], [1, 2]],
            ),
            ("x obelus: allow(a/b) why\n", vec![]),
            ("<!-- obelus: allow(a/b) why -->\nx", vec![[0, 1]]),
            ("  ;; obelus: allow(a/b) why\r\nx", vec![[0, 1]]),
        ] {
            let found: Vec<_> = allows(&Text::new(text), None)
                .iter()
                .map(|allow| allow.lines)
                .collect();
            assert_eq!(found, lines, "{text:?}");
        }
    }
}
