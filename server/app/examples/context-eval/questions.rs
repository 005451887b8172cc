//! Which commits are asked about: the newest ones that change 2 to 6 source files and do nothing else to any.
//!
//! Source files are those of the programming languages that Obelus knows, by their names, generated and vendored ones
//! left out. Merges are no commits here. Of the newest commits every k-th that fits is taken.

use std::collections::HashSet;

use base::{Cancel, Change, FileStatus, RelPath, Repo, Scope, Text};
use repo::MinedHistory;
use syntax::Language;

/// How far back commits are taken from, merges not counted.
const NEWEST: usize = 4_000;
/// Files of a commit, whatever they are: more is a mass edit.
const MAX_FILES: u32 = 12;
/// Lines changed in the source files of a commit, both sides counted.
const MAX_LINES: u64 = 400;

/// One commit: given the change of `file`, which other files belong to it?
pub(crate) struct Question {
    pub(crate) commit: String,
    pub(crate) parent: String,
    pub(crate) file: RelPath,
    /// The new text of `file`.
    pub(crate) text: Text,
    /// The lines of `file` that differ, both sides.
    pub(crate) diff: String,
    pub(crate) wanted: HashSet<RelPath>,
}

/// A commit of many files, for the time that its context takes.
pub(crate) struct Wide {
    pub(crate) parent: String,
    pub(crate) texts: Vec<(RelPath, Option<Text>)>,
}

pub(crate) fn is_source(path: &RelPath) -> bool {
    Language::detect(path, "").is_some_and(Language::is_code)
}

/// At most `count` questions, newest first.
pub(crate) fn questions(repo: &dyn Repo, history: &MinedHistory, count: usize) -> Vec<Question> {
    let fitting: Vec<String> = history
        .commits()
        .take(NEWEST)
        .filter(|(note, files)| {
            let sources = files.iter().filter(|path| is_source(path)).count();
            note.files <= MAX_FILES && (2..=6).contains(&sources)
        })
        .map(|(note, _)| note.id)
        .collect();
    let slots = count.min(fitting.len());
    let questions = (0..slots).filter_map(|slot| {
        let slots = slots.max(1);
        let of_slot = &fitting[slot * fitting.len() / slots..(slot + 1) * fitting.len() / slots];
        of_slot.iter().find_map(|id| question(repo, id))
    });
    questions.collect()
}

fn question(repo: &dyn Repo, commit: &str) -> Option<Question> {
    let change = repo
        .change(&Scope::Commit(commit.to_owned()), &Cancel::new())
        .ok()?;
    let parent = change.base.clone()?;
    let mut sources = Vec::new();
    let mut lines = 0;
    for file in change.files.iter().filter(|file| is_source(&file.path)) {
        if file.status != FileStatus::Modified {
            return None;
        }
        if let Ok(texts) = repo.load(&change, file) {
            let stats = texts.stats();
            let changed = stats.additions + stats.deletions;
            lines += changed;
            sources.push((changed, file.path.clone(), texts));
        }
    }
    if !(2..=6).contains(&sources.len()) || lines > MAX_LINES {
        return None;
    }
    // The file with most changed lines that is no test, else the one with most.
    sources.sort_by_key(|(changed, path, _)| (looks_like_test(path), std::cmp::Reverse(*changed)));
    let mut sources = sources.into_iter();
    let (_, file, texts) = sources.next()?;
    let text = texts.new.clone()?;
    let mut diff = String::new();
    for hunk in &texts.hunks {
        for (side, lines) in [(&texts.old, &hunk.old), (&texts.new, &hunk.new)] {
            if let Some(side) = side {
                let span = side.lines().lines_span(lines.clone());
                diff.push_str(side.slice(span).unwrap_or(""));
            }
        }
    }
    Some(Question {
        commit: commit.to_owned(),
        parent,
        file,
        text,
        diff,
        wanted: sources.map(|(_, path, _)| path).collect(),
    })
}

fn looks_like_test(path: &RelPath) -> bool {
    let path = path.as_str().to_lowercase();
    path.contains("test") || path.contains("spec")
}

/// At most `count` commits of 20 to 40 files.
pub(crate) fn wide(repo: &dyn Repo, history: &MinedHistory, count: usize) -> Vec<Wide> {
    let commits = history.commits().take(NEWEST);
    let many = commits.filter(|(note, _)| (20..=40).contains(&note.files));
    let found = many.filter_map(|(note, _)| {
        let change = repo.change(&Scope::Commit(note.id), &Cancel::new()).ok()?;
        let texts = loaded(repo, &change);
        (texts.len() >= 20).then_some(())?;
        Some(Wide {
            parent: change.base?,
            texts: texts.into_iter().take(20).collect(),
        })
    });
    found.take(count).collect()
}

fn loaded(repo: &dyn Repo, change: &Change) -> Vec<(RelPath, Option<Text>)> {
    let plain = change
        .files
        .iter()
        .filter(|file| file.status == FileStatus::Modified && is_source(&file.path));
    plain
        .filter_map(|file| Some((file.path.clone(), Some(repo.load(change, file).ok()?.new?))))
        .collect()
}
