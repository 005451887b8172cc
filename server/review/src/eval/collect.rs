//! Cases from a workspace's own history: what a commit broke is known by the commit that repaired it.
//!
//! The lines that a repair takes away are traced back along first parents to the commit that brought them (after
//! J. Śliwerski, T. Zimmermann and A. Zeller, "When Do Changes Induce Fixes?", 2005). A commit whose lines nobody
//! repaired for long becomes a clean case. Both are guesses from messages and lines: a repair that only adds lines, or
//! whose lines come from several commits, is left out, and people should read what comes out before they trust it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::rc::Rc;

use base::{Cancel, Change, FileTexts, Hunk, RelPath, Repo, Scope, Text};

use super::{Case, CaseFile, Expected};
use crate::describe::Role;
use crate::redact::built_in;

/// A commit of the walk along first parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// Whether the message says that it repairs something.
    pub is_fix: bool,
}

/// How much is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// Cases with something wrong, at most.
    pub faulty: usize,
    /// Clean cases, at most.
    pub clean: usize,
    /// Commits that must have come after one that counts as clean.
    pub settled: usize,
}

impl Default for Gathering {
    fn default() -> Self {
        Self {
            faulty: 20,
            clean: 10,
            settled: 30,
        }
    }
}

/// A case and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// The case; its name is the beginning of the commit's id.
    pub case: Case,
    /// The commit that it is.
    pub commit: Commit,
    /// The commits that repaired it; empty for a clean one.
    pub fixes: Vec<Commit>,
}

/// A repair of more files or lines says too little about each.
const FIX_FILES: usize = 5;
const FIX_LINES: u64 = 60;
/// Places that one repair may mean.
const FIX_PLACES: usize = 3;
/// A larger commit is no case that is read at one go.
const CASE_FILES: usize = 8;
const CASE_LINES: u64 = 400;
const CASE_BYTES: usize = 60_000;
/// A smaller change is too little to be wrong about.
const CLEAN_LINES: u64 = 5;
/// Lines apart at which two lines are still one place.
const TOGETHER: u32 = 3;

/// Looks for cases in `commits`, the newest first, each the first parent of the one before. `on_progress` hears how many
/// repairs of how many were looked at.
pub fn collect(
    repo: &dyn Repo,
    commits: &[Commit],
    wanted: &Gathering,
    on_progress: &dyn Fn(usize, usize),
    cancel: &Cancel,
) -> Vec<Collected> {
    let mut chain = Chain {
        repo,
        commits,
        changes: HashMap::new(),
        cancel,
    };
    let fixes: Vec<usize> = (0..commits.len())
        .filter(|at| commits[*at].is_fix)
        .collect();
    // What was repaired, by the commit that brought it.
    let mut broken: BTreeMap<usize, Vec<(usize, Expected)>> = BTreeMap::new();
    let mut repaired = BTreeSet::new();
    for (done, fix) in fixes.iter().enumerate() {
        on_progress(done, fixes.len());
        if cancel.is_cancelled() {
            break;
        }
        let (origins, places) = chain.places(*fix);
        repaired.extend(origins);
        if let Some((origin, places)) = places {
            let places = places.into_iter().map(|place| (*fix, place));
            broken.entry(origin).or_default().extend(places);
        }
    }
    let mut collected = Vec::new();
    for (origin, places) in broken {
        if collected.len() >= wanted.faulty || cancel.is_cancelled() {
            break;
        }
        let mut fixes: Vec<usize> = places.iter().map(|(fix, _)| *fix).collect();
        fixes.dedup();
        let expected = places.into_iter().map(|(_, place)| place).collect();
        collected.extend(chain.case(origin, expected, &fixes));
    }
    let settled = commits.iter().enumerate().skip(wanted.settled);
    let mut clean = 0;
    for (at, commit) in settled {
        if clean >= wanted.clean || cancel.is_cancelled() {
            break;
        }
        if !commit.is_fix
            && !repaired.contains(&at)
            && let Some(case) = chain.case(at, Vec::new(), &[])
        {
            collected.push(case);
            clean += 1;
        }
    }
    collected
}

/// First parents, newest first, with their changes as far as they were read.
struct Chain<'a> {
    repo: &'a dyn Repo,
    commits: &'a [Commit],
    changes: HashMap<usize, Option<Rc<Change>>>,
    cancel: &'a Cancel,
}

/// A line of a file: the path, and the line from 0.
type Line = (RelPath, u32);

impl Chain<'_> {
    fn change(&mut self, at: usize) -> Option<Rc<Change>> {
        if let Some(change) = self.changes.get(&at) {
            return change.clone();
        }
        let scope = Scope::Commit(self.commits.get(at)?.id.clone());
        let change = self.repo.change(&scope, self.cancel).ok().map(Rc::new);
        self.changes.insert(at, change.clone());
        change
    }

    /// The commits that brought the lines which a repair took away; and, where most come from one, the places there.
    fn places(&mut self, fix: usize) -> (BTreeSet<usize>, Option<(usize, Vec<Expected>)>) {
        let nothing = (BTreeSet::new(), None);
        let Some(change) = self.change(fix) else {
            return nothing;
        };
        let mut touched = 0;
        let mut origins: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
        let mut files = 0;
        for file in &change.files {
            if Role::of(&file.path) != Role::Code {
                continue;
            }
            files += 1;
            let Ok(texts) = self.repo.load(&change, file) else {
                continue;
            };
            touched += texts.stats().additions + texts.stats().deletions;
            if files > FIX_FILES * 4 || touched > FIX_LINES * 10 {
                break;
            }
            let path = file.old_path.as_ref().unwrap_or(&file.path);
            for (origin, line) in self.trace(fix + 1, path, taken_away(&texts)) {
                origins.entry(origin).or_default().push(line);
            }
        }
        let all: usize = origins.values().map(Vec::len).sum();
        let seen = origins.keys().copied().collect();
        let most = origins.into_iter().max_by_key(|(_, lines)| lines.len());
        let is_small = files <= FIX_FILES && touched <= FIX_LINES;
        let Some((origin, lines)) = most.filter(|(_, lines)| is_small && lines.len() * 2 > all)
        else {
            return (seen, None);
        };
        let commit = &self.commits[fix];
        let what = format!("{} (repaired by {})", commit.subject, short(&commit.id));
        let places: Vec<Expected> = gathered(lines)
            .into_iter()
            .map(|(path, lines)| Expected {
                path,
                lines,
                what: what.clone(),
            })
            .collect();
        let is_clear = places.len() <= FIX_PLACES;
        (seen, is_clear.then_some((origin, places)))
    }

    /// The commits from `from` on backwards that brought these lines, and the lines as they were there.
    fn trace(&mut self, from: usize, path: &RelPath, lines: Vec<u32>) -> Vec<(usize, Line)> {
        let (mut path, mut lines) = (path.clone(), lines);
        let mut found = Vec::new();
        for at in from..self.commits.len() {
            if lines.is_empty() || self.cancel.is_cancelled() {
                break;
            }
            let Some(change) = self.change(at) else { break };
            let Some(file) = change.files.iter().find(|file| file.path == path) else {
                continue;
            };
            let Ok(texts) = self.repo.load(&change, file) else {
                break;
            };
            let mut older = Vec::new();
            for line in lines {
                match before(&texts.hunks, line).filter(|_| texts.old.is_some()) {
                    Some(line) => older.push(line),
                    None => found.push((at, (path.clone(), line))),
                }
            }
            lines = older;
            if let Some(old) = &file.old_path {
                path = old.clone();
            }
        }
        found
    }

    /// A commit as a case, if it is one that can be read at one go.
    fn case(&mut self, at: usize, expected: Vec<Expected>, fixes: &[usize]) -> Option<Collected> {
        let commit = self.commits.get(at)?.clone();
        let change = self.change(at)?;
        // The first commit is everything at once, and no change.
        change.base.as_ref()?;
        let (mut files, mut lines, mut code) = (Vec::new(), 0, 0);
        for file in &change.files {
            let role = Role::of(&file.path);
            let is_shown = matches!(
                role,
                Role::Code | Role::Test | Role::Config | Role::Migration
            );
            if !is_shown || built_in(&file.path).is_some() {
                continue;
            }
            let Ok(texts) = self.repo.load(&change, file) else {
                continue;
            };
            let stats = texts.stats();
            lines += stats.additions + stats.deletions;
            if role == Role::Code {
                code += stats.additions;
            }
            let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
            let (old, new) = (text(&texts.old), text(&texts.new));
            let is_large =
                |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > CASE_BYTES);
            if is_large(&old) || is_large(&new) || lines > CASE_LINES || files.len() >= CASE_FILES {
                return None;
            }
            let path = file.path.clone();
            match &file.old_path {
                Some(before) if *before != path => {
                    files.push(CaseFile {
                        path: before.clone(),
                        old,
                        new: None,
                    });
                    files.push(CaseFile {
                        path,
                        old: None,
                        new,
                    });
                }
                _ => files.push(CaseFile { path, old, new }),
            }
        }
        if expected.is_empty() && code < CLEAN_LINES {
            return None;
        }
        let mut case = Case {
            name: short(&commit.id).to_owned(),
            fixture: String::new(),
            files,
            expected,
        };
        // What cannot be read again is no case: a line of it looks like the beginning of a section.
        case = Case::parse(&case.name, &case.to_text()?).ok()?;
        Some(Collected {
            case,
            commit,
            fixes: fixes.iter().map(|fix| self.commits[*fix].clone()).collect(),
        })
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// Lines of the old side that are gone and say something: not blank, not only brackets, not a comment.
fn taken_away(texts: &FileTexts) -> Vec<u32> {
    let Some(old) = &texts.old else {
        return Vec::new();
    };
    let says_something = |line: &u32| {
        let text = old.line(*line).unwrap_or_default().trim();
        let is_comment = ["//", "#", "*", "/*", "--", "<!--", "\"\"\""]
            .iter()
            .any(|mark| text.starts_with(mark));
        !is_comment && text.chars().any(char::is_alphanumeric)
    };
    let lines = texts.hunks.iter().flat_map(|hunk| hunk.old.clone());
    lines.filter(says_something).collect()
}

/// Where a line of the new side stood before; `None` where the change brought it.
fn before(hunks: &[Hunk], line: u32) -> Option<u32> {
    let mut shift = 0_i64;
    for hunk in hunks {
        if line < hunk.new.start {
            break;
        }
        if hunk.new.contains(&line) {
            return None;
        }
        shift = i64::from(hunk.old.end) - i64::from(hunk.new.end);
    }
    u32::try_from(i64::from(line) + shift).ok()
}

/// Lines that stand together as one range each, counted from 1.
fn gathered(mut lines: Vec<Line>) -> Vec<(RelPath, RangeInclusive<u32>)> {
    lines.sort();
    let mut places: Vec<(RelPath, RangeInclusive<u32>)> = Vec::new();
    for (path, line) in lines {
        let line = line + 1;
        match places.last_mut() {
            Some((known, range)) if *known == path && line - range.end() <= TOGETHER => {
                *range = *range.start()..=line;
            }
            _ => places.push((path, line..=line)),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use base::{Hunk, RelPath};

    use super::{before, gathered};

    #[test]
    fn lines_are_followed_through_a_change() {
        let hunk = |old, new| Hunk { old, new };
        // Two lines put in at 3, one taken away at 10 (12 in the new side).
        let hunks = [hunk(3..3, 3..5), hunk(10..11, 12..12)];
        let found = [0, 2, 3, 4, 5, 11, 12, 20].map(|line| before(&hunks, line));
        assert_eq!(
            found,
            [
                Some(0),
                Some(2),
                None,
                None,
                Some(3),
                Some(9),
                Some(11),
                Some(19)
            ]
        );
        assert_eq!(before(&[], 7), Some(7));
    }

    #[test]
    fn lines_that_stand_together_are_one_place() {
        let path = |path: &str| RelPath::new(path).expect("a path");
        let lines = vec![
            (path("a"), 9),
            (path("a"), 0),
            (path("b"), 1),
            (path("a"), 2),
            (path("a"), 2),
        ];
        assert_eq!(
            gathered(lines),
            [(path("a"), 1..=3), (path("a"), 10..=10), (path("b"), 2..=2)]
        );
    }
}
