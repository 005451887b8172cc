//! What is wrong with a text about a change: its statements are looked up in both sides of the diff.
//!
//! Looked up are: every name in a code span (a path of the change, or words of its texts); that what is said to be added,
//! removed, renamed or moved is so, by counting words on both sides; the counts of files, lines and names; and what the
//! facts say of each definition. The texts are read here, not taken from the facts.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base::{Change, RelPath, Repo, Text};
use review::describe::{Did, Facts, MAX_TITLE};
use syntax::{Language, Tree};

/// Both sides of a change.
pub(crate) struct Sides {
    /// Each file: its paths, its old and its new text.
    files: Vec<(Vec<String>, String, String)>,
    /// How many definitions more each file has of each name that either side defines.
    defined: Vec<HashMap<String, i64>>,
    old: String,
    new: String,
}

impl Sides {
    pub(crate) fn read(repo: &dyn Repo, change: &Change) -> Self {
        let mut sides = Self {
            files: Vec::new(),
            defined: Vec::new(),
            old: String::new(),
            new: String::new(),
        };
        for file in &change.files {
            let paths = [Some(&file.path), file.old_path.as_ref()];
            let paths = paths.into_iter().flatten().map(ToString::to_string);
            let text = |text: &Option<Text>| {
                let text = text.as_ref().map(Text::as_str);
                text.unwrap_or_default().to_owned()
            };
            let (old, new) = match repo.load(change, file) {
                Ok(texts) => (text(&texts.old), text(&texts.new)),
                Err(_) => (String::new(), String::new()),
            };
            let mut defined = HashMap::new();
            let was = file.old_path.as_ref().unwrap_or(&file.path);
            for (path, text, sign) in [(was, &old, -1), (&file.path, &new, 1)] {
                for name in definitions(path, text) {
                    *defined.entry(name).or_default() += sign;
                }
            }
            sides.defined.push(defined);
            sides.old.push_str(&old);
            sides.old.push('\n');
            sides.new.push_str(&new);
            sides.new.push('\n');
            sides.files.push((paths.collect(), old, new));
        }
        sides
    }

    /// What stands for a file or a folder of the change.
    fn paths(&self) -> HashSet<String> {
        let mut known: HashSet<String> = HashSet::from(["./".to_owned()]);
        for path in self.files.iter().flat_map(|(paths, ..)| paths) {
            known.insert(path.clone());
            known.extend(path.rsplit('/').next().map(str::to_owned));
            let mut folder = path.rsplit_once('/').map(|(folder, _)| folder);
            while let Some(here) = folder {
                known.insert(format!("{here}/"));
                folder = here.rsplit_once('/').map(|(above, _)| above);
            }
        }
        known
    }
}

/// The names of what a text defines.
fn definitions(path: &RelPath, text: &str) -> Vec<String> {
    let text = Text::new(text);
    let tree = Language::of(path, &text)
        .and_then(|language| Tree::parse(language, &text, Duration::from_secs(2)).ok());
    let all = tree.map(|tree| tree.outline().definitions);
    let all = all.into_iter().flatten();
    all.map(|it| it.name).collect()
}

/// What is wrong with a title and a body.
pub(crate) fn check(sides: &Sides, facts: &Facts, title: &str, body: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if title.chars().count() > MAX_TITLE || title.is_empty() || title.contains('\n') {
        wrong.push(format!("title: {title:?}"));
    }
    names(sides, body, &mut wrong);
    directions(sides, body, &mut wrong);
    counts(sides, facts, body, &mut wrong);
    of_facts(sides, facts, &mut wrong);
    wrong
}

/// Every name is one of the change.
fn names(sides: &Sides, body: &str, wrong: &mut Vec<String>) {
    let paths = sides.paths();
    let (old, new) = (squeezed(&sides.old), squeezed(&sides.new));
    for span in body.split('`').skip(1).step_by(2) {
        let mut parts = span
            .split(['.', ':', '#', '/'])
            .filter(|part| !part.is_empty());
        let is_path = span.contains('/') && !span.contains(' ');
        let known = paths.contains(span)
            || (!is_path && parts.all(|part| word(&sides.old, part) + word(&sides.new, part) > 0))
            || old.contains(&squeezed(span))
            || new.contains(&squeezed(span));
        if !known {
            wrong.push(format!("not in the change: `{span}`"));
        }
    }
    // Titles of tests and headings stand in quotes.
    for quoted in body.split('"').skip(1).step_by(2) {
        let quoted = squeezed(&quoted.replace(['\\', '…'], ""));
        let bare = |text: &str| text.replace('\\', "");
        if !bare(&old).contains(&quoted) && !bare(&new).contains(&quoted) {
            wrong.push(format!("not in the change: \"{quoted}\""));
        }
    }
}

/// What is said to be added is there more often than before, and the other way round.
fn directions(sides: &Sides, body: &str, wrong: &mut Vec<String>) {
    for clause in body.lines().flat_map(|line| line.split("; ")) {
        let clause = clause.rsplit(":** ").next().unwrap_or(clause);
        let clause = clause.rsplit("`: ").next().unwrap_or(clause);
        let small = clause.trim_start_matches(['-', ' ']).to_lowercase();
        // What follows names a place, not what came or went.
        let head = [
            "` in `", "` to `", "` from `", "\" in `", "\" to \"", ", then ",
        ]
        .iter()
        .filter_map(|end| clause.find(end))
        .min()
        .and_then(|end| clause.get(..=end))
        .unwrap_or(clause);
        let pieces: Vec<&str> = head.split(['`', '"']).collect();
        // Each name with what follows it.
        let spans = pieces.chunks(2).zip(pieces.iter().skip(2).step_by(2));
        let spans = spans.filter_map(|(pair, after)| Some((*pair.get(1)?, *after)));
        let difference = |name: &str| {
            let last = name.rsplit(['.', ':']).find(|part| !part.is_empty());
            let part = last.unwrap_or(name);
            let known = |name: &str| -> Vec<i64> {
                let counts = sides.defined.iter();
                counts.filter_map(|it| it.get(name).copied()).collect()
            };
            let defined = match known(name) {
                none if none.is_empty() => known(part),
                some => some,
            };
            if !defined.is_empty() {
                return defined;
            }
            let in_files = sides.files.iter().map(|(_, old, new)| {
                let (old, new) = (word(old, part) as i64, word(new, part) as i64);
                new - old
            });
            // A path is a whole file.
            let path = sides.files.iter().find(|(paths, ..)| {
                let is_it = |path: &String| path == name || path.ends_with(&format!("/{name}"));
                paths.iter().any(is_it)
            });
            match path {
                Some((_, old, new)) => vec![new.len() as i64 - old.len() as i64],
                None => in_files.collect(),
            }
        };
        let says =
            |verb: &str| small.starts_with(verb) || small.starts_with(&format!("new, {verb}"));
        for (name, after) in spans {
            let by_file = difference(name);
            let fine = match () {
                () if says("adds ") || says("with ") => by_file.iter().any(|it| *it > 0),
                () if says("removes ") || after.starts_with(" is gone") => {
                    by_file.iter().any(|it| *it < 0)
                }
                () if says("renames ") || says("moves ") => by_file.iter().any(|it| *it < 0),
                () => true,
            };
            if !fine {
                wrong.push(format!("the other way round: {name} in {clause:?}"));
            }
        }
    }
}

/// Numbers are those of the change.
fn counts(sides: &Sides, facts: &Facts, body: &str, wrong: &mut Vec<String>) {
    let count = sides.files.len();
    let says = match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    // The count of all files, not that of an area.
    let ends = [", +", "; not read", ")."];
    let is_said = ends.iter().any(|end| {
        body.contains(&format!("({says}{end}"))
            || body
                .lines()
                .any(|line| line.starts_with(&format!("{says}{end}")))
    });
    if !is_said {
        wrong.push(format!("does not say {says}"));
    }
    let read = facts.files.iter().filter(|file| file.lines.is_some());
    let lines = format!("+{} −{}", facts.additions, facts.deletions);
    if read.count() > 0 && !body.contains(&lines) {
        wrong.push(format!("does not say {lines}"));
    }
    let churn = facts.files.iter().map(|file| file.churn);
    let churn: HashSet<String> = churn
        .map(|(all, fixes)| format!("repaired in {fixes} of {all} earlier commits"))
        .collect();
    let more: usize = (facts.files.iter())
        .map(|file| file.symbols.len() + file.dependencies.len())
        .sum::<usize>()
        .max(count);
    for line in body.lines() {
        if let Some(at) = line.find("repaired in ") {
            let said = line.get(at..).unwrap_or_default();
            if !churn.iter().any(|known| said.starts_with(known.as_str())) {
                wrong.push(format!("no such history: {said}"));
            }
        }
        for (at, _) in line.match_indices(" more") {
            let number = line.get(..at).and_then(|text| text.rsplit(' ').next());
            let number = number.and_then(|number| number.parse::<usize>().ok());
            if number.is_some_and(|number| number == 0 || number > more) {
                wrong.push(format!("more than there are: {line}"));
            }
        }
        let others = " other changed file";
        if let Some(number) = line.find(others).and_then(|at| {
            let said = line.get(..at)?.rsplit(' ').next()?;
            said.parse::<usize>().ok()
        }) && !(1..count).contains(&number)
        {
            wrong.push(format!("more files than there are: {line}"));
        }
    }
}

/// The facts themselves, one by one.
fn of_facts(sides: &Sides, facts: &Facts, wrong: &mut Vec<String>) {
    for file in &facts.files {
        let read = (sides.files.iter()).find(|(paths, ..)| paths.contains(&file.path.to_string()));
        let Some((_, old, new)) = read else {
            wrong.push(format!("no such file: {}", file.path));
            continue;
        };
        if let Some((added, removed)) = file.lines {
            let net = new.lines().count() as i64 - old.lines().count() as i64;
            if added as i64 - removed as i64 != net {
                wrong.push(format!(
                    "{}: +{added} −{removed}, but {net} lines",
                    file.path
                ));
            }
        }
        for symbol in &file.symbols {
            let short = |text: &str| text.contains(&symbol.short);
            let fine = match &symbol.did {
                Did::Added | Did::MovedFrom(_) => short(new),
                Did::Removed | Did::MovedTo(_) => short(old),
                Did::Renamed(was) => {
                    let was = match symbol.title {
                        Some(_) => was,
                        None => was.rsplit(['.', ':']).next().unwrap_or(was),
                    };
                    old.contains(was) && short(new)
                }
                _ => short(old) && short(new) && old != new,
            };
            if !fine {
                wrong.push(format!(
                    "{}: {:?} of {}",
                    file.path, symbol.did, symbol.name
                ));
            }
        }
    }
}

/// How often a text has a word.
fn word(text: &str, word: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let ends = |at: usize| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..);
        let after = after.and_then(|text| text.chars().next());
        let inner =
            |a: Option<char>, b: Option<char>| a.is_some_and(is_part) && b.is_some_and(is_part);
        !inner(before, word.chars().next()) && !inner(word.chars().next_back(), after)
    };
    match word.is_empty() {
        true => 0,
        false => text.match_indices(word).filter(|(at, _)| ends(*at)).count(),
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}
