//! How a repository words its titles, learnt from those that were merged: prefix, first letter, mood, backticks.
//!
//! A habit is what most of the recent titles do; what they do not agree on is left plain.

use std::collections::BTreeMap;

use base::Logged;

use super::facts::Facts;
use super::role::Role;

/// Titles that are needed to speak of a habit.
const ENOUGH: usize = 5;

/// Types of conventional commits.
const TYPES: &[&str] = &[
    "feat", "fix", "docs", "style", "refactor", "perf", "test", "tests", "build", "ci", "chore",
    "revert", "deps",
];

/// How titles are worded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// What stands before the colon.
    pub prefix: Prefix,
    /// The first word after the prefix begins with a capital.
    pub capital: bool,
    /// The form of the first verb.
    pub mood: Mood,
    /// Names stand in backticks.
    pub backticks: bool,
    /// Scopes or areas that titles name, and how often.
    pub areas: BTreeMap<String, usize>,
    /// Most titles name one.
    pub names_area: bool,
}

/// What stands before the colon of a title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefix {
    /// Nothing.
    #[default]
    None,
    /// `fix(scope):`.
    Conventional,
    /// `area:`.
    Area,
}

/// The form of a verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// "Add".
    #[default]
    Imperative,
    /// "Adds".
    Third,
    /// "Added".
    Past,
}

/// The habit of titles, newest first.
pub fn learn(merged: &[Logged]) -> Habit {
    let titles: Vec<String> = merged.iter().filter_map(title_of).collect();
    let count = titles.len();
    let mut habit = Habit {
        capital: true,
        ..Habit::default()
    };
    if count < ENOUGH {
        return habit;
    }
    let (mut conventional, mut areas, mut scoped, mut capital, mut ticks) = (0, 0, 0, 0, 0);
    let mut moods = [0usize; 3];
    let mut scopes: BTreeMap<String, usize> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for title in &titles {
        let rest = match parted(title) {
            Some((Parted::Conventional(scope), rest)) => {
                conventional += 1;
                if let Some(scope) = scope {
                    scoped += 1;
                    *scopes.entry(scope).or_default() += 1;
                }
                rest
            }
            Some((Parted::Area(area), rest)) => {
                areas += 1;
                *names.entry(area).or_default() += 1;
                rest
            }
            None => title,
        };
        capital += usize::from(rest.starts_with(char::is_uppercase));
        ticks += usize::from(title.contains('`'));
        let first = rest.split_whitespace().next().unwrap_or("").to_lowercase();
        for verb in super::verb::ALL {
            for (form, seen) in [verb.imperative, verb.third, verb.past]
                .into_iter()
                .zip(&mut moods)
            {
                *seen += usize::from(first == form);
            }
        }
    }
    if conventional * 2 >= count {
        habit.prefix = Prefix::Conventional;
        habit.names_area = scoped * 2 >= conventional;
        habit.areas = scopes;
    } else if areas * 5 >= count * 2 {
        habit.prefix = Prefix::Area;
        habit.names_area = true;
        habit.areas = names;
    }
    habit.capital = capital * 2 >= count;
    habit.backticks = ticks * 7 >= count;
    let [imperative, third, past] = moods;
    habit.mood = if past > imperative && past >= third {
        Mood::Past
    } else if third > imperative {
        Mood::Third
    } else {
        Mood::Imperative
    };
    habit
}

/// The title under which a commit was merged; `None` for a merge that has none of its own.
pub(super) fn title_of(commit: &Logged) -> Option<String> {
    let subject = commit.subject.as_str();
    let title = if commit.is_merge && subject.starts_with("Merge ") {
        commit
            .body
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())?
    } else {
        subject
    };
    let title = match title.rsplit_once(" (#") {
        Some((before, number))
            if number
                .trim_end_matches(')')
                .bytes()
                .all(|b| b.is_ascii_digit()) =>
        {
            before
        }
        _ => title,
    };
    (!title.is_empty()).then(|| title.to_owned())
}

enum Parted {
    Conventional(Option<String>),
    Area(String),
}

/// The prefix of a title and what follows it.
fn parted(title: &str) -> Option<(Parted, &str)> {
    let (prefix, rest) = title.split_once(": ")?;
    let bare = prefix.trim_end_matches('!');
    let (kind, scope) = match bare.split_once('(') {
        Some((kind, scope)) => (kind, Some(scope.strip_suffix(')')?.to_owned())),
        None => (bare, None),
    };
    if TYPES.contains(&kind) {
        return Some((Parted::Conventional(scope), rest));
    }
    let is_area = bare.len() <= 40
        && scope.is_none()
        && !bare.is_empty()
        && bare
            .chars()
            .all(|c| c.is_alphanumeric() || "_-./,*+".contains(c) || c == ' ')
        && bare.split(' ').count() <= 2;
    is_area.then(|| (Parted::Area(bare.to_owned()), rest))
}

/// Whether a title begins as conventional commits do.
pub(super) fn is_conventional(title: &str) -> bool {
    matches!(parted(title), Some((Parted::Conventional(_), _)))
}

/// What stands before a title for `facts`, colon and space included.
pub(super) fn prefix(habit: &Habit, facts: &Facts, branch: Option<&str>) -> String {
    match habit.prefix {
        Prefix::None => String::new(),
        Prefix::Area => area(habit, facts).map_or(String::new(), |area| format!("{area}: ")),
        Prefix::Conventional => {
            let kind = kind(facts, branch);
            let scope = area(habit, facts)
                .filter(|area| habit.names_area && habit.areas.contains_key(area));
            let breaks = if facts
                .files
                .iter()
                .flat_map(|file| &file.symbols)
                .any(super::SymbolFact::may_break)
                && kind != "test"
            {
                "!"
            } else {
                ""
            };
            match scope {
                Some(scope) => format!("{kind}({scope}){breaks}: "),
                None => format!("{kind}{breaks}: "),
            }
        }
    }
}

/// The conventional type: what the branch says, else what the facts leave open least.
fn kind(facts: &Facts, branch: Option<&str>) -> &'static str {
    let named = branch.and_then(|branch| {
        let first = branch.split(['/', '-', '_']).next()?.to_lowercase();
        match first.as_str() {
            "feature" => Some("feat"),
            "bugfix" | "hotfix" => Some("fix"),
            first => TYPES.iter().copied().find(|kind| *kind == first),
        }
    });
    if let Some(named) = named {
        return named;
    }
    let code = || {
        facts
            .with_role(Role::Code)
            .flat_map(|file| file.real())
            .filter(|symbol| !symbol.is_test)
    };
    let adds_public = || code().any(|symbol| symbol.did == super::Did::Added && symbol.is_public);
    if facts.depth() <= super::Depth::Layout && facts.changes_behaviour() {
        "style"
    } else if facts.only(&[Role::Docs]) || facts.depth() == super::Depth::Comments {
        "docs"
    } else if facts.only(&[Role::Test]) {
        "test"
    } else if facts.only(&[Role::Ci]) {
        "ci"
    } else if facts.only(&[Role::Dependencies]) {
        "build"
    } else if facts
        .with_role(Role::Code)
        .all(|file| file.depth <= super::Depth::Layout)
    {
        "chore"
    } else if adds_public() {
        "feat"
    } else if code().next().is_some()
        && code().all(|symbol| {
            matches!(
                symbol.did,
                super::Did::Renamed(_) | super::Did::MovedTo(_) | super::Did::MovedFrom(_)
            )
        })
    {
        "refactor"
    } else if super::headline::headline(facts)
        .first()
        .is_some_and(|clause| clause.verb == super::verb::ADD)
    {
        "feat"
    } else if facts.has_tests() {
        "fix"
    } else {
        // Nothing here tells a repair from other work: the type that promises least.
        "chore"
    }
}

/// The area that most of the change lies in: one that titles name, else the innermost folder that says something.
pub(super) fn area(habit: &Habit, facts: &Facts) -> Option<String> {
    let mut weights: BTreeMap<&str, u64> = BTreeMap::new();
    let mut total = 0;
    let code = facts.with_role(Role::Code).next().is_some();
    for file in facts
        .files
        .iter()
        .filter(|file| !code || file.role == Role::Code)
    {
        let size = file.size().max(1);
        total += size;
        let mut seen = Vec::new();
        for part in file.path.as_str().split('/') {
            let part = part
                .split('.')
                .find(|part| !part.is_empty())
                .unwrap_or(part);
            if !seen.contains(&part) {
                seen.push(part);
                *weights.entry(part).or_default() += size;
            }
        }
    }
    let known = weights
        .iter()
        .filter(|(part, weight)| **weight * 3 >= total * 2 && habit.areas.contains_key(**part))
        .max_by_key(|(part, weight)| (**weight, habit.areas.get(**part).copied().unwrap_or(0)));
    if let Some((part, _)) = known {
        return Some((*part).to_owned());
    }
    let says_nothing = [
        "src", "lib", "main", "java", "test", "tests", "pkg", "internal", "app", "index", "mod",
        "org", "com",
    ];
    let folders = facts
        .files
        .iter()
        .filter(|file| !code || file.role == Role::Code)
        .max_by_key(|file| file.size())?;
    let folder = folders.path.parent()?;
    let part = folder
        .rsplit('/')
        .find(|part| !says_nothing.contains(part))?;
    let fits = part
        .chars()
        .all(|c| c.is_alphanumeric() || "_-.".contains(c))
        && weights
            .get(part)
            .is_some_and(|weight| *weight * 3 >= total * 2);
    fits.then(|| part.to_owned())
}
