//! What a change is, in one or two clauses: the start of its description and, in the repository's wording, its title.
//!
//! Where a person said it already, in the only commit of a branch or in the branch's name, their words are the title.

use base::{FileStatus, Logged};

use super::checked::Told;
use super::clause::{After, Clause, Name, of_dependencies, of_symbols};
use super::facts::{Depth, Did, Facts, FileFacts};
use super::habit::{self, Habit, Mood};
use super::role::Role;
use super::safe::plain;
use super::verb;

/// Longest title, in characters.
pub const MAX_TITLE: usize = 72;
/// Branches whose name says nothing.
const GENERIC: &[&str] = &[
    "main", "master", "develop", "dev", "trunk", "head", "wip", "tmp", "test", "patch", "staging",
];

/// The clauses that tell most of the change, the first one first.
pub(crate) fn headline(facts: &Facts) -> Vec<Clause> {
    let mut clauses = clauses(facts);
    let first = clauses.first().map_or(0, |clause| clause.weight);
    clauses.retain(|clause| clause.weight * 5 >= first);
    clauses.truncate(2);
    clauses
}

/// All clauses of the part of the change that says most, the weightiest first.
fn clauses(facts: &Facts) -> Vec<Clause> {
    let files: Vec<&FileFacts> = facts.files.iter().collect();
    let every = |depth: Depth| facts.depth() == depth && !files.is_empty();
    if every(Depth::Same) && files.iter().all(|file| file.from.is_some()) {
        return vec![moved(&files)];
    }
    if every(Depth::Layout) {
        return vec![Clause::new(verb::REFORMAT, named_files(&files), 1)];
    }
    if every(Depth::Comments) {
        let mut clause = Clause::new(verb::UPDATE, named_files(&files), 1);
        clause.before = "comments in";
        return vec![clause];
    }
    let main = [
        Role::Code,
        Role::Migration,
        Role::Test,
        Role::Dependencies,
        Role::Ci,
        Role::Config,
        Role::Docs,
        Role::Other,
    ]
    .into_iter()
    .find(|role| {
        facts.with_role(*role).any(|file| {
            file.depth == Depth::Content || file.depth == Depth::Same && file.from.is_some()
        })
    });
    let Some(main) = main else {
        return Vec::new();
    };
    let these: Vec<&FileFacts> = facts
        .with_role(main)
        .filter(|file| file.depth == Depth::Content || file.from.is_some())
        .collect();
    let mut clauses = match main {
        Role::Code | Role::Migration => of_symbols(
            these
                .iter()
                .flat_map(|file| &file.symbols)
                .filter(|symbol| !symbol.is_test),
        ),
        Role::Test => of_symbols(these.iter().flat_map(|file| &file.symbols)),
        Role::Dependencies => these
            .iter()
            .flat_map(|file| of_dependencies(file))
            .collect(),
        _ => Vec::new(),
    };
    if clauses.is_empty() && main == Role::Code {
        clauses = of_symbols(these.iter().flat_map(|file| &file.symbols));
    }
    // Files that came or went whole say more than what is in them.
    if main != Role::Test || clauses.is_empty() {
        let whole = of_files(&these);
        if clauses.is_empty()
            || whole.iter().any(|clause| clause.names.len() > 3)
                && clauses.iter().all(|clause| clause.names.len() > 3)
        {
            clauses = whole;
        }
    }
    if clauses.is_empty() {
        let mut clause = Clause::new(verb::UPDATE, named_files(&these), 1);
        if main == Role::Ci {
            clause.before = "CI:";
        }
        clauses.push(clause);
    }
    clauses
}

fn named_files(files: &[&FileFacts]) -> Vec<Name> {
    match files {
        [] => Vec::new(),
        files if files.len() <= 2 => files
            .iter()
            .map(|file| Name::Code(file.path.file_name().to_owned()))
            .collect(),
        files => vec![Name::Bare(format!("{} files", files.len()))],
    }
}

fn moved(files: &[&FileFacts]) -> Clause {
    if let [file] = files
        && let Some(from) = &file.from
    {
        let mut clause = Clause::new(verb::MOVE, vec![Name::Code(from.to_string())], 1);
        clause.after = vec![
            After::Text("to"),
            After::Name(Name::Code(file.path.to_string())),
        ];
        return clause;
    }
    Clause::new(
        verb::MOVE,
        vec![Name::Bare(format!("{} files", files.len()))],
        1,
    )
}

/// Files that are new or gone.
fn of_files(files: &[&FileFacts]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let is_new =
        |file: &&&FileFacts| matches!(file.status, FileStatus::Added | FileStatus::Untracked);
    let is_gone = |file: &&&FileFacts| file.status == FileStatus::Deleted;
    let named = |those: Vec<&&FileFacts>| -> Vec<Name> {
        those
            .iter()
            .map(|file| Name::Code(file.path.file_name().to_owned()))
            .collect()
    };
    let new: Vec<_> = files.iter().filter(is_new).collect();
    let gone: Vec<_> = files.iter().filter(is_gone).collect();
    for (verb, those) in [(verb::ADD, new), (verb::REMOVE, gone)] {
        if !those.is_empty() {
            let size = those.iter().map(|file| file.size()).sum();
            clauses.push(Clause::new(verb, named(those), size));
        }
    }
    if clauses
        .iter()
        .map(|clause| clause.names.len())
        .sum::<usize>()
        < files.len()
    {
        return Vec::new();
    }
    clauses
}

/// The sentence that a description begins with; empty where nothing can be told but which files.
pub(crate) fn sentence(facts: &Facts) -> String {
    // What no list below repeats is told whole.
    if super::areas::only_code(facts).is_some() {
        return capital(&super::areas::said(&clauses(facts), 4));
    }
    let clauses = headline(facts);
    let said: Vec<String> = clauses
        .iter()
        .map(|clause| clause.say(Mood::Third, true, 4))
        .collect();
    capital(&said.join("; "))
}

/// What people wrote about a change before.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The branch, where one is checked out and described.
    pub branch: Option<String>,
    /// The commits of the change, newest first.
    pub commits: Vec<Logged>,
    /// What was merged before, newest first: the habit.
    pub merged: Vec<Logged>,
}

/// A title of at most [`MAX_TITLE`] characters in the repository's wording: the author's, the model's, that of the facts.
pub(crate) fn title(facts: &Facts, words: &Words, habit: &Habit, told: Option<&Told>) -> String {
    let commits: Vec<&Logged> = words
        .commits
        .iter()
        .filter(|commit| !commit.is_merge)
        .collect();
    if let [one] = commits.as_slice()
        && let Some(subject) = habit::title_of(one)
        && !is_fixup(&subject)
    {
        return cut(plain(&subject).trim_end_matches('.'));
    }
    if let Some(title) = told.and_then(|told| told.title.clone()) {
        return title;
    }
    let branch = words.branch.as_deref();
    let prefix = habit::prefix(habit, facts, branch);
    if commits.len() > 1
        && let Some(said) = branch.and_then(words_of_branch)
    {
        return cut(&format!("{prefix}{}", first(&said, habit.capital)));
    }
    of_facts(facts, habit, branch)
}

/// A title from the facts alone.
pub(crate) fn of_facts(facts: &Facts, habit: &Habit, branch: Option<&str>) -> String {
    let full = headline(facts);
    // The last part of a file's or a package's name is no name of it.
    let is_symbol = |name: &str| {
        let mut all = facts.files.iter().flat_map(|file| &file.symbols);
        all.any(|symbol| {
            symbol.name == name || matches!(&symbol.did, Did::Renamed(old) if old == name)
        })
    };
    let known = |clause: &Clause| {
        clause.names.iter().all(|name| match name {
            Name::Code(name) => !name.contains('.') || is_symbol(name),
            _ => false,
        })
    };
    let may_be_short = full.iter().all(known);
    let short: Vec<Clause> = full.iter().cloned().map(Clause::short).collect();
    let mut attempts = Vec::new();
    for clauses in [Some(&full), may_be_short.then_some(&short)]
        .into_iter()
        .flatten()
    {
        for (count, limit) in [(2, 2), (2, 1), (1, 3), (1, 2), (1, 1)] {
            let said: Vec<String> = clauses
                .iter()
                .take(count)
                .map(|clause| clause.say(habit.mood, habit.backticks, limit))
                .collect();
            attempts.push(said.join(" and "));
        }
    }
    let mut prefix = habit::prefix(habit, facts, branch);
    let fits = |prefix: &str, said: &String| {
        !said.is_empty() && prefix.chars().count() + said.chars().count() <= MAX_TITLE
    };
    let mut fitting = attempts.iter().find(|said| fits(&prefix, said)).cloned();
    if fitting.is_none() && habit.prefix == habit::Prefix::Area {
        prefix.clear();
        fitting = attempts.iter().find(|said| fits("", said)).cloned();
    }
    let count = facts.files.len();
    let said = fitting.unwrap_or_else(|| match facts.files.as_slice() {
        [one] => format!(
            "{} {}",
            verb::UPDATE.form(habit.mood),
            plain(one.path.file_name())
        ),
        _ => format!("{} {count} files", verb::UPDATE.form(habit.mood)),
    });
    cut(&format!("{prefix}{}", first(&said, habit.capital)))
}

fn is_fixup(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    ["fixup!", "squash!", "amend!", "wip", "tmp", "temp"]
        .iter()
        .any(|start| subject.starts_with(start))
}

/// "Retry after timeout" for `fix/123-retry-after-timeout`.
fn words_of_branch(branch: &str) -> Option<String> {
    let last = branch.rsplit('/').next()?;
    let words: Vec<&str> = last
        .split(['-', '_', '.'])
        .filter(|word| !word.is_empty() && !word.bytes().all(|b| b.is_ascii_digit()))
        .skip_while(|word| matches!(*word, "fix" | "feat" | "feature" | "issue" | "gh" | "bug"))
        .collect();
    let said = words.join(" ");
    let generic = words.len() < 2
        || words.iter().any(|word| word.len() > 24)
        || GENERIC.contains(&words.first()?.to_lowercase().as_str());
    (!generic).then(|| plain(&said))
}

fn first(text: &str, upper: bool) -> String {
    if upper {
        capital(text)
    } else {
        text.to_owned()
    }
}

/// With a capital in front.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// At most [`MAX_TITLE`] characters, ending with a whole word.
fn cut(title: &str) -> String {
    if title.chars().count() <= MAX_TITLE {
        return title.to_owned();
    }
    let short: String = title.chars().take(MAX_TITLE - 1).collect();
    let end = short
        .rfind(' ')
        .filter(|at| *at > MAX_TITLE / 2)
        .unwrap_or(short.len());
    format!(
        "{}…",
        short[..end].trim_end_matches([' ', ',', ';', ':', '-'])
    )
}

/// Whether something whole moved between files; for risk and for words.
pub(crate) fn moves_only(facts: &Facts) -> bool {
    let mut real = facts.files.iter().flat_map(FileFacts::real).peekable();
    real.peek().is_some()
        && real.all(|symbol| {
            matches!(
                symbol.did,
                Did::MovedFrom(_) | Did::MovedTo(_) | Did::Renamed(_)
            )
        })
}
