//! How much a reviewer should worry, in words with their reasons; never a bare number.
//!
//! The level is a rough sum of what is known to matter: size, spread, files that often broke, missing tests, what
//! others build on, migrations. Each reason names the fact it rests on.

use super::facts::{Depth, Facts};
use super::role::Role;
use super::safe::{code, list};

/// Changed lines of code from which a change is large, and very large.
const LARGE: (u64, u64) = (150, 500);
/// Files from which a change is spread out.
const SPREAD: usize = 15;
/// Commits that a file was touched by, and repairs among them, from which it is one that often changes.
const HOT: (u32, u32) = (20, 5);

/// How much to worry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing that runs differs, or little does.
    #[default]
    Low,
    /// Worth a careful look.
    Moderate,
    /// Worth a second reader.
    High,
}

/// Level and reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Risk {
    /// How much to worry.
    pub level: Level,
    /// Why, in Markdown.
    pub reasons: Vec<String>,
}

/// The risk of a change.
pub(crate) fn weigh(facts: &Facts) -> Risk {
    let quiet = if facts.depth() == Depth::Same {
        Some("files only move")
    } else if facts.depth() <= Depth::Layout {
        Some("only layout differs")
    } else if facts.depth() <= Depth::Comments {
        Some("only comments and layout differ")
    } else if facts.only(&[Role::Docs]) {
        Some("only documentation differs")
    } else if facts.only(&[Role::Test]) {
        Some("only tests differ")
    } else {
        None
    };
    if let Some(why) = quiet {
        return Risk {
            level: Level::Low,
            reasons: vec![why.to_owned()],
        };
    }
    let (mut points, mut reasons) = (0, Vec::new());
    let migrations: Vec<String> = facts
        .with_role(Role::Migration)
        .map(|file| code(file.path.file_name()))
        .collect();
    if !migrations.is_empty() {
        points += 2;
        reasons.push(format!("has a migration ({})", list(&migrations, 2)));
    }
    let broken: Vec<String> = facts
        .files
        .iter()
        .flat_map(|file| file.symbols.iter().filter(|symbol| symbol.may_break()))
        .map(|symbol| code(&symbol.name))
        .collect();
    if !broken.is_empty() {
        points += 2;
        reasons.push(format!(
            "changes what others may call ({})",
            list(&broken, 2)
        ));
    }
    if facts.changes_behaviour() && !facts.has_tests() {
        points += 1;
        reasons.push("no test changes with the code".to_owned());
    }
    let lines: u64 = facts.with_role(Role::Code).map(|file| file.size()).sum();
    if lines >= LARGE.0 {
        points += if lines >= LARGE.1 { 2 } else { 1 };
        reasons.push(format!("{lines} changed lines of code"));
    }
    if facts.files.len() >= SPREAD {
        points += 1;
        reasons.push(format!("spread over {} files", facts.files.len()));
    }
    let hot = facts
        .with_role(Role::Code)
        .filter(|file| {
            file.depth == Depth::Content && file.churn.0 >= HOT.0 && file.churn.1 >= HOT.1
        })
        .max_by_key(|file| file.churn.1);
    if let Some(hot) = hot {
        points += 1;
        reasons.push(format!(
            "{} was repaired in {} of {} earlier commits",
            code(hot.path.file_name()),
            hot.churn.1,
            hot.churn.0
        ));
    }
    if facts
        .with_role(Role::Dependencies)
        .any(|file| !file.dependencies.is_empty())
        && !facts.only(&[Role::Dependencies])
    {
        reasons.push("changes dependencies".to_owned());
    }
    let level = match points {
        0 | 1 => Level::Low,
        2 | 3 => Level::Moderate,
        _ => Level::High,
    };
    if reasons.is_empty() {
        reasons.push(
            if facts.has_tests() && facts.changes_behaviour() {
                "small, and tests change with it"
            } else {
                "small"
            }
            .to_owned(),
        );
    }
    Risk { level, reasons }
}

impl Level {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}
