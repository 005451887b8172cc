//! The body of a description: one short section for each question a reviewer asks, made from facts.
//!
//! Three to eight lines by default. A section that has nothing to say is absent, and so is why the change was made:
//! only its author knows.

use base::{Logged, RelPath, SymbolKind};

use super::areas::{areas, said};
use super::checked::Told;
use super::clause::of_symbols;
use super::facts::{Depth, Detail, Did, Facts, SymbolFact};
use super::headline::{Words, capital, sentence};
use super::issues::issues;
use super::risk::Risk;
use super::role::Role;
use super::safe::{code, list, prose};

/// Lines of a body unless all of it is asked for.
const MAX_LINES: usize = 8;
/// Longest words of a commit that are taken over, in characters.
const MAX_WORDS: usize = 400;

/// Which sections are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections {
    /// What it is, and the author's own words for why.
    pub what: bool,
    /// The changes by area.
    pub areas: bool,
    /// In which order to read.
    pub review: bool,
    /// Tests that come with it.
    pub tests: bool,
    /// How much to worry.
    pub risk: bool,
    /// What may break for others.
    pub breaking: bool,
    /// Linked issues.
    pub issues: bool,
    /// A diagram of the touched parts, where at least three use each other.
    pub diagram: bool,
}

impl Default for Sections {
    fn default() -> Self {
        Self {
            what: true,
            areas: true,
            review: true,
            tests: true,
            risk: true,
            breaking: true,
            issues: true,
            diagram: false,
        }
    }
}

/// A section: its key and its Markdown.
pub(crate) type Section = (&'static str, String);

/// The sections that have something to say, in order.
pub(crate) fn sections(
    facts: &Facts,
    words: &Words,
    risk: &Risk,
    wanted: Sections,
    told: Option<&Told>,
) -> Vec<Section> {
    let mut made: Vec<Section> = Vec::new();
    let mut say = |wanted: bool, key: &'static str, text: String| {
        if wanted && !text.is_empty() {
            made.push((key, text));
        }
    };
    say(wanted.breaking, "breaking", breaking(facts));
    say(wanted.tests, "tests", tests(facts));
    say(wanted.review, "review", review(facts));
    say(
        wanted.risk,
        "risk",
        format!("{}: {}", risk.level.as_str(), risk.reasons.join("; ")),
    );
    say(wanted.issues, "issues", linked(words));
    say(wanted.diagram, "diagram", super::diagram::diagram(facts));
    let taken = made.iter().filter(|(key, _)| *key != "diagram").count();
    let mut first: Vec<Section> = Vec::new();
    let by_model = |of: fn(&Told) -> &Vec<String>| told.map(of).filter(|texts| !texts.is_empty());
    if wanted.what {
        let text = match by_model(|told| &told.what) {
            Some(sentences) => format!("{} ({})", sentences.join(" "), size(facts)),
            None => what(facts, words),
        };
        first.push(("what", text));
    }
    if let Some(changes) = by_model(|told| &told.changes).filter(|_| wanted.areas) {
        let lines: Vec<String> = changes.iter().map(|text| format!("- {text}")).collect();
        first.push(("areas", lines.join("\n")));
    } else if wanted.areas {
        let areas = areas(facts, MAX_LINES.saturating_sub(taken + 1).max(2));
        if !areas.is_empty() {
            first.push(("areas", areas));
        }
    }
    first.extend(made);
    first
}

/// The sections as one text.
pub(crate) fn join(sections: &[Section]) -> String {
    let mut out = String::new();
    let get = |key: &str| {
        sections
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, text)| text.as_str())
    };
    if let Some(what) = get("what") {
        out.push_str(what);
        out.push('\n');
    }
    let mut list = String::new();
    if let Some(areas) = get("areas") {
        list.push_str(areas);
        list.push('\n');
    }
    for (key, title) in [
        ("breaking", "May break callers"),
        ("tests", "Tests"),
        ("review", "Review"),
        ("risk", "Risk"),
        ("issues", "Issues"),
    ] {
        if let Some(text) = get(key) {
            list.push_str(&format!("- **{title}:** {text}\n"));
        }
    }
    if !list.is_empty() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&list);
    }
    if let Some(diagram) = get("diagram") {
        out.push('\n');
        out.push_str(diagram);
        out.push('\n');
    }
    out
}

fn what(facts: &Facts, words: &Words) -> String {
    let mut out = sentence(facts);
    let size = size(facts);
    if let Some(file) = super::areas::only_code(facts)
        && !out.is_empty()
    {
        out.push_str(&format!(" in {}", code(file.path.as_str())));
    }
    if out.is_empty() {
        out = capital(&size);
    } else {
        out = format!("{out} ({size})");
    }
    out.push('.');
    match why(words) {
        Some(why) => format!("{why}\n\n{out}"),
        None => out,
    }
}

/// The first paragraph that the author of the only commit wrote.
pub(super) fn why(words: &Words) -> Option<String> {
    let commits: Vec<&Logged> = words
        .commits
        .iter()
        .filter(|commit| !commit.is_merge)
        .collect();
    let [one] = commits.as_slice() else {
        return None;
    };
    let paragraph: Vec<&str> = one
        .body
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let is_trailer = |line: &str| {
        let (key, rest) = line.split_once(": ").unwrap_or((line, ""));
        !rest.is_empty() && key.contains('-') && !key.contains(' ')
            || line.starts_with("(cherry picked")
    };
    let text = paragraph.join(" ");
    // A list or links are no sentence that could stand alone.
    let is_prose = !text.contains("](")
        && !paragraph
            .iter()
            .any(|line| line.starts_with(['-', '*', '+', '#', '>', '|']));
    let fits = is_prose
        && !text.is_empty()
        && text.chars().count() <= MAX_WORDS
        && !paragraph.iter().any(|line| is_trailer(line))
        && !super::issues::only_closes(&text);
    fits.then(|| prose(&text))
}

/// "3 files, +20 −4".
fn size(facts: &Facts) -> String {
    let files = facts.files.len();
    let mut out = if files == 1 {
        "1 file".to_owned()
    } else {
        format!("{files} files")
    };
    let unread: Vec<String> = facts
        .files
        .iter()
        .filter(|file| file.lines.is_none() && file.depth != Depth::Same)
        .map(|file| code(file.path.file_name()))
        .collect();
    if unread.len() < files {
        out.push_str(&format!(", +{} −{}", facts.additions, facts.deletions));
    }
    if !unread.is_empty() {
        out.push_str(&format!("; not read: {}", list(&unread, 2)));
    }
    out
}

/// What may stop working for those who use it from outside.
fn breaking(facts: &Facts) -> String {
    let symbols: Vec<&SymbolFact> = facts
        .files
        .iter()
        .flat_map(|file| &file.symbols)
        .filter(|symbol| symbol.may_break())
        .collect();
    let said: Vec<String> = symbols.iter().map(|symbol| broken(symbol)).collect();
    list(&said, 2)
}

fn broken(symbol: &SymbolFact) -> String {
    let name = code(&symbol.name);
    match &symbol.did {
        Did::Removed => format!("{name} is gone"),
        Did::Renamed(old) => format!("{} is now {name}", code(old)),
        Did::Signature(details) => {
            let first = details.iter().find_map(|detail| match detail {
                Detail::AddsParameter(parameter, true) => {
                    Some(format!("{name} also needs {}", code(parameter)))
                }
                Detail::RemovesParameter(parameter) => {
                    Some(format!("{name} no longer takes {}", code(parameter)))
                }
                Detail::Returns(returns) => Some(format!("{name} returns {}", code(returns))),
                Detail::Async(true) => Some(format!("{name} is async")),
                Detail::Async(false) => Some(format!("{name} is no longer async")),
                Detail::Exported(false) => Some(format!("{name} is no longer exported")),
                _ => None,
            });
            first.unwrap_or_else(|| format!("{name} has another signature"))
        }
        _ => format!("{name} differs"),
    }
}

fn tests(facts: &Facts) -> String {
    if !facts.has_tests() {
        let say = facts.changes_behaviour() && !super::headline::moves_only(facts);
        return if say {
            "none in this change".to_owned()
        } else {
            String::new()
        };
    }
    let symbols = facts
        .files
        .iter()
        .filter(|file| file.depth == Depth::Content)
        .flat_map(|file| file.symbols.iter().filter(|symbol| symbol.is_test));
    // The keys of a fixture are no tests.
    let clauses = of_symbols(symbols.filter(|symbol| symbol.kind != SymbolKind::Key));
    let files: Vec<String> = facts
        .with_role(Role::Test)
        .filter(|file| file.depth == Depth::Content)
        .map(|file| code(file.path.as_str()))
        .collect();
    let said = said(clauses.get(..clauses.len().min(2)).unwrap_or_default(), 2);
    match (said.is_empty(), files.is_empty()) {
        (false, false) => format!("{said} in {}", list(&files, 1)),
        (false, true) => said,
        (true, _) => format!("in {}", list(&files, 3)),
    }
}

/// Where to begin. One or two files need no order.
fn review(facts: &Facts) -> String {
    let order: Vec<&RelPath> = facts
        .order
        .iter()
        .filter(|path| {
            !matches!(
                Role::of(path),
                Role::Docs | Role::Other | Role::Dependencies
            )
        })
        .collect();
    let quiet: Vec<String> = facts
        .files
        .iter()
        .filter(|file| matches!(file.depth, Depth::Layout | Depth::Comments))
        .map(|file| code(file.path.file_name()))
        .collect();
    let skim = if quiet.is_empty() || quiet.len() == facts.files.len() {
        String::new()
    } else {
        format!("only layout or comments in {}", list(&quiet, 2))
    };
    let [first, rest @ ..] = order.as_slice() else {
        return skim;
    };
    if rest.len() < 2 {
        return skim;
    }
    let mut users: Vec<&RelPath> = facts
        .uses
        .iter()
        .filter(|(_, definer, _)| definer == *first)
        .map(|(user, ..)| user)
        .collect();
    users.dedup();
    let mut used: Vec<String> = facts
        .uses
        .iter()
        .filter(|(_, definer, _)| definer == *first)
        .map(|(.., name)| code(name))
        .collect();
    used.sort();
    used.dedup();
    let mut out = format!("start with {}", code(first.as_str()));
    if !used.is_empty() {
        users.sort();
        users.dedup();
        let where_ = match users.len() {
            1 => "1 other changed file".to_owned(),
            count => format!("{count} other changed files"),
        };
        let verb = if used.len() == 1 { "appears" } else { "appear" };
        out.push_str(&format!(" ({} {verb} in {where_} too)", list(&used, 2)));
    }
    // Two files of one name are told apart by their paths.
    let next = rest.iter().map(|path| {
        let namesakes = order.iter().filter(|it| it.file_name() == path.file_name());
        match namesakes.count() {
            1 => code(path.file_name()),
            _ => code(path.as_str()),
        }
    });
    let next: Vec<String> = next.collect();
    out.push_str(&format!(", then {}", list(&next, 2)));
    if !skim.is_empty() {
        out.push_str(&format!("; {skim}"));
    }
    out
}

fn linked(words: &Words) -> String {
    let all = issues(words);
    let named = |closes: bool| -> Vec<String> {
        let those = all.iter().filter(|issue| issue.closes == closes);
        those.map(|issue| issue.name.clone()).collect()
    };
    let mut said = Vec::new();
    for (verb, names) in [("closes", named(true)), ("refers to", named(false))] {
        if !names.is_empty() {
            said.push(format!("{verb} {}", list(&names, 4)));
        }
    }
    capital(&said.join("; "))
}
