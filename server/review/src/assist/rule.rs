//! A rule file as it is being written: the keys of the format and the words that they take.

use base::{Category, Severity, Span};

use super::{Proposal, line_before, line_span};

/// A key, the key that it stands under ("" for none), and what it is for.
const KEYS: &[(&str, &str, &str)] = &[
    (
        "",
        "id",
        "The rule's name for ever: `language-or-domain/kebab-case`.",
    ),
    ("", "language", "The language whose trees are matched."),
    ("", "severity", "How bad a finding is."),
    (
        "",
        "message",
        "One line, no full stop: what is wrong. Metavariables such as `$A` are filled in.",
    ),
    (
        "",
        "note",
        "Why it matters and what to do: two to five sentences of Markdown.",
    ),
    ("", "rule", "What is looked for, in ast-grep's format."),
    ("", "constraints", "Conditions on metavariables."),
    ("", "utils", "Rules by name, to be used with `matches`."),
    (
        "",
        "transform",
        "New metavariables from others, for the message and the fix.",
    ),
    ("", "labels", "What is shown at other places of a match."),
    (
        "",
        "fix",
        "The text that replaces the match, where the repair is mechanical and safe.",
    ),
    ("", "files", "Only files that match one of these globs."),
    ("", "ignores", "No files that match one of these globs."),
    (
        "",
        "metadata",
        "What Obelus wants to know beyond ast-grep's format.",
    ),
    ("metadata", "category", "What kind of problem."),
    ("metadata", "confidence", "How sure the rule is, 0 to 1."),
    (
        "metadata",
        "cwe",
        "The number of the weakness, for security rules.",
    ),
    (
        "metadata",
        "languages",
        "Several languages with the same kinds of nodes; `language` names the first.",
    ),
    ("metadata", "profiles", "Only in these profiles."),
    (
        "metadata",
        "references",
        "Addresses where more can be read.",
    ),
    ("metadata", "fix", "What an editor calls the fix."),
    ("metadata", "bad", "An example that is reported."),
    ("metadata", "good", "The same, done better."),
    (
        "rule",
        "pattern",
        "Code with metavariables (`$A`, `$$$ARGS`).",
    ),
    ("rule", "kind", "The kind of node."),
    ("rule", "regex", "A regular expression for the node's text."),
    ("rule", "inside", "The node lies inside of this."),
    ("rule", "has", "The node holds this."),
    ("rule", "follows", "The node comes after this."),
    ("rule", "precedes", "The node comes before this."),
    ("rule", "nthChild", "Which child of its parent the node is."),
    ("rule", "all", "Every one of these holds."),
    ("rule", "any", "One of these holds."),
    ("rule", "not", "This does not hold."),
    ("rule", "matches", "The rule of this name in `utils` holds."),
    (
        "rule",
        "stopBy",
        "How far `inside`, `has`, `follows` and `precedes` look: `neighbor`, `end`, or a rule.",
    ),
    (
        "rule",
        "field",
        "The field of its parent that the node is in.",
    ),
];

/// Keys whose children are rules again.
const RULES: &[&str] = &[
    "rule",
    "constraints",
    "utils",
    "inside",
    "has",
    "follows",
    "precedes",
    "all",
    "any",
    "not",
    "stopBy",
];

/// The words that a key takes.
fn words(key: &str) -> Vec<String> {
    let owned = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect();
    match key {
        "severity" => owned(&mut Severity::ALL.iter().map(|one| one.as_str())),
        "category" => owned(&mut Category::ALL.iter().map(|one| one.as_str())),
        "language" => owned(&mut syntax::Language::ALL.iter().map(|one| one.name())),
        "stopBy" => owned(&mut ["neighbor", "end"].into_iter()),
        _ => Vec::new(),
    }
}

/// The nearest key above a line that is indented less; "" where there is none.
fn parent(before: &str, indent: usize) -> &str {
    let mut limit = indent;
    for line in before.lines().rev() {
        let content = line.trim_start().trim_start_matches("- ");
        let at = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') || at >= limit {
            continue;
        }
        limit = at;
        if let Some((key, _)) = content.split_once(':') {
            return key.trim();
        }
    }
    ""
}

/// The group of keys that may stand below a key.
fn group(parent: &str) -> &str {
    if RULES.contains(&parent) {
        "rule"
    } else {
        parent
    }
}

pub(super) fn complete(text: &str, offset: usize) -> Vec<Proposal> {
    let Some((start, line)) = line_before(text, offset) else {
        return Vec::new();
    };
    let content = line.trim_start().trim_start_matches("- ");
    let indent = line.len() - content.len();
    let replaces = |written: &str| Span::new(offset - written.len(), offset);
    if let Some((key, value)) = content.split_once(':') {
        let written = value.trim_start();
        let proposal = |word: String| Proposal {
            label: word.clone(),
            text: word,
            replaces: replaces(written),
            is_key: false,
            about: String::new(),
        };
        return words(key.trim()).into_iter().map(proposal).collect();
    }
    let under = match indent {
        0 => "",
        _ => parent(&text[..start], indent),
    };
    if indent > 0 && under.is_empty() {
        return Vec::new();
    }
    let fitting = KEYS.iter().filter(|(above, _, _)| *above == group(under));
    let proposal = |(_, key, about): &(&str, &str, &str)| Proposal {
        label: (*key).to_owned(),
        text: format!("{key}: "),
        replaces: replaces(content),
        is_key: true,
        about: (*about).to_owned(),
    };
    fitting.map(proposal).collect()
}

pub(super) fn explain(text: &str, offset: usize) -> Option<(Span, String)> {
    let (start, _) = line_before(text, offset)?;
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = &text[start..end];
    let content = line.trim_start().trim_start_matches("- ");
    let (key, _) = content.split_once(':')?;
    let at = start + line.len() - content.len();
    let span = Span::new(at, at + key.len());
    if offset < at || offset >= at + key.len() {
        return None;
    }
    let under = parent(&text[..start], at - start);
    let known = |(above, name, _): &&(&str, &str, &str)| *above == group(under) && *name == key;
    let (_, _, about) = KEYS.iter().find(known)?;
    let mut text = format!("**{key}**\n\n{about}");
    let words = words(key);
    if !words.is_empty() {
        text.push_str(&format!("\n\nOne of `{}`.", words.join("`, `")));
    }
    Some((span, text))
}

/// Where a problem lies: the line that it names, else the key that it names, else the first line.
pub(super) fn place_of(text: &str, message: &str) -> Span {
    let number = message.split_once("line ").and_then(|(_, rest)| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    });
    if let Some(line) = number {
        return line_span(text, line);
    }
    let named = message.split('`').skip(1).step_by(2);
    let first = message.split(' ').next();
    for key in named.chain(first) {
        let line = text.lines().position(|line| {
            let content = line.trim_start();
            content
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        });
        if let Some(line) = line.filter(|_| !key.is_empty()) {
            return line_span(text, line as u32 + 1);
        }
    }
    line_span(text, 1)
}
