//! A commit message in the repository's habit, and the advice to split what does not belong together.

use base::RelPath;

use super::checked::Told;
use super::clause::of_symbols;
use super::facts::{Depth, Facts};
use super::habit::{self, Habit, Mood, Prefix};
use super::headline::{MAX_TITLE, Words, capital, of_facts};
use super::role::Role;
use super::safe::plain;

/// Columns of a body.
const WIDTH: usize = 72;

/// A commit message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line, at most 72 characters.
    pub subject: String,
    /// The rest; empty where the subject says it all.
    pub body: String,
    /// How the change could be parted into commits; fewer than two where it belongs together.
    pub split: Vec<Part>,
}

/// A part of a change that could be a commit of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is, as a title.
    pub title: String,
    /// Its files.
    pub paths: Vec<RelPath>,
}

/// How a message is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As the repository does.
    Learnt,
    /// `type(scope): subject`.
    Conventional,
    /// A plain sentence.
    Plain,
}

/// The message for a change; `told`: what a model said of it and was found to be so.
pub fn message(facts: &Facts, words: &Words, style: Style, told: Option<&Told>) -> Message {
    let mut habit = habit::learn(&words.merged);
    match style {
        Style::Learnt => {}
        Style::Conventional if habit.prefix == Prefix::Conventional => {}
        Style::Conventional => {
            habit.prefix = Prefix::Conventional;
            habit.capital = false;
            habit.mood = Mood::Imperative;
            habit.names_area = false;
        }
        Style::Plain => habit.prefix = Prefix::None,
    }
    let by_model = told.and_then(|told| told.title.clone());
    let subject = by_model
        .filter(|title| style != Style::Conventional || habit::is_conventional(title))
        .unwrap_or_else(|| of_facts(facts, &habit, words.branch.as_deref()));
    debug_assert!(subject.chars().count() <= MAX_TITLE);
    Message {
        subject,
        body: told.and_then(prose).unwrap_or_else(|| body(facts)),
        split: split(facts, &habit),
    }
}

impl Message {
    /// As git takes it.
    pub fn text(&self) -> String {
        if self.body.is_empty() {
            format!("{}\n", self.subject)
        } else {
            format!("{}\n\n{}", self.subject, self.body)
        }
    }
}

/// A model's sentences as git keeps them: plain text in short lines.
fn prose(told: &Told) -> Option<String> {
    if told.what.is_empty() && told.changes.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    if !told.what.is_empty() {
        lines.push(wrapped(&told.what.join(" "), ""));
    }
    if !told.changes.is_empty() {
        lines.push(String::new());
        let changes = told.changes.iter();
        lines.extend(changes.map(|text| wrapped(&format!("- {text}"), "  ")));
    }
    lines.push(String::new());
    Some(lines.join("\n").trim_start().to_owned())
}

/// A line for each file that matters, where the subject cannot say it all.
fn body(facts: &Facts) -> String {
    let mut lines = Vec::new();
    for path in &facts.order {
        let Some(file) = facts.files.iter().find(|file| file.path == *path) else {
            continue;
        };
        if !matches!(file.role, Role::Code | Role::Migration | Role::Test) {
            continue;
        }
        let clauses = of_symbols(file.symbols.iter());
        let said: Vec<String> = clauses
            .iter()
            .take(3)
            .map(|clause| clause.say(Mood::Imperative, false, 3))
            .collect();
        if !said.is_empty() {
            let line = format!("- {}: {}", plain(path.as_str()), said.join("; "));
            lines.push(wrapped(&line, "  "));
        }
    }
    if lines.len() < 2 {
        return String::new();
    }
    let left = lines.len().saturating_sub(6);
    lines.truncate(6);
    if left > 0 {
        lines.push(format!(
            "- and {left} more {}",
            if left == 1 { "file" } else { "files" }
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Wrapped at [`WIDTH`]; `indent` begins every line but the first.
fn wrapped(line: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

/// Layout apart from content, and what nothing connects apart from each other.
fn split(facts: &Facts, habit: &Habit) -> Vec<Part> {
    let quiet: Vec<RelPath> = facts
        .files
        .iter()
        .filter(|file| file.depth == Depth::Layout && file.size() >= 10)
        .map(|file| file.path.clone())
        .collect();
    let mut groups: Vec<Vec<RelPath>> = if facts.parts.len() > 1 {
        facts.parts.clone()
    } else {
        vec![facts.files.iter().map(|file| file.path.clone()).collect()]
    };
    if !quiet.is_empty() && quiet.len() < facts.files.len() {
        for group in &mut groups {
            group.retain(|path| !quiet.contains(path));
        }
        groups.retain(|group| !group.is_empty());
        groups.push(quiet);
    }
    if groups.len() < 2 {
        return Vec::new();
    }
    let part = |paths: Vec<RelPath>| Part {
        title: of_facts(&part_of(facts, &paths), habit, None),
        paths,
    };
    groups.into_iter().map(part).collect()
}

/// The facts of some of the files.
fn part_of(facts: &Facts, paths: &[RelPath]) -> Facts {
    let mut part = facts.clone();
    part.files.retain(|file| paths.contains(&file.path));
    part.order.retain(|path| paths.contains(path));
    part.parts.clear();
    part
}

/// The advice to split, for people; empty where there is none.
pub fn advice(parts: &[Part]) -> String {
    let mut out = String::new();
    if parts.len() < 2 {
        return out;
    }
    out.push_str(&format!("this holds {} parts that nothing connects; as commits of their own they are easier to review:\n", parts.len()));
    for part in parts {
        let shown: Vec<String> = part
            .paths
            .iter()
            .take(8)
            .map(|path| plain(path.as_str()))
            .collect();
        let more = part.paths.len().saturating_sub(8);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        out.push_str(&format!(
            "  {}\n    {}{more}\n",
            capital(&part.title),
            shown.join(" ")
        ));
    }
    out
}
