//! What was lately done at the place of a change: the commits that last touched its lines, else its file.
//!
//! The last few versions of the file are compared, newest first, and the changed lines followed back through them. The
//! versions are taken in the order of their commits, so where branches changed one file side by side, a commit may be
//! named for a neighbour's lines; nothing else rests on it.

use std::fmt::Write as _;
use std::ops::Range;

use base::history::CommitNote;
use base::{At, Excerpt, Hunk, Reason, Span, Text, diff};

use super::Sources;
use super::focus::Focus;

/// Changed files whose past is looked into.
const MAX_FILES: usize = 3;
/// Versions of a file that are compared.
const MAX_VERSIONS: usize = 6;
/// Commits that are told for each file.
const MAX_TOLD: usize = 3;
/// A file longer than this many bytes is not compared with its own past.
const MAX_BYTES: usize = 300_000;

/// One excerpt for each of the first changed files that have a past. Its text is a list of commits, its span the place
/// that they are about.
pub(crate) fn excerpts(sources: &Sources<'_>, focus: &[Focus]) -> Vec<Excerpt> {
    let mut told = Vec::new();
    for file in focus.iter().filter(|file| file.text.is_some()) {
        if told.len() >= MAX_FILES {
            break;
        }
        told.extend(of_file(sources, file));
    }
    told
}

fn of_file(sources: &Sources<'_>, file: &Focus) -> Option<Excerpt> {
    let text = file.text.as_ref()?;
    let commits = sources.history.recent(&file.path, MAX_VERSIONS);
    let newest = commits.first()?;
    let touching = last_touching(sources, file, &commits);
    let (named, what) = match touching.as_slice() {
        [] => (vec![newest], "was the last to change this file"),
        [_] => (touching, "was the last to change these lines"),
        _ => (touching, "were the last to change these lines"),
    };
    let mut list = String::new();
    for note in &named {
        let id = note.id.get(..12).unwrap_or(&note.id);
        let _ = writeln!(list, "{id} {} {}", date(note.time), note.subject);
    }
    let churn = sources.history.churn(&file.path);
    let place = file.spans.first().map_or(0, |span| span.start);
    Some(Excerpt {
        path: file.path.clone(),
        hash: text.hash(),
        span: Span {
            start: place,
            end: place,
        },
        symbol: Vec::new(),
        reason: Reason::History,
        why: format!(
            "{what}; {} of the {} commits to the file repair something",
            churn.fixes, churn.changes
        ),
        score: 0.0,
        tokens: base::context::tokens(&list) + 12,
        text: list,
    })
}

/// The commits that last touched the changed lines, newest first.
fn last_touching<'a>(
    sources: &Sources<'_>,
    file: &Focus,
    commits: &'a [CommitNote],
) -> Vec<&'a CommitNote> {
    let version = |note: &CommitNote| -> Option<Text> {
        let at = At::Commit(note.id.clone());
        let text = sources.repo.text(&file.path, &at).ok().flatten()?;
        (text.len() <= MAX_BYTES).then_some(text)
    };
    let mut found: Vec<&CommitNote> = Vec::new();
    let Some(mut newer) = commits.first().and_then(version) else {
        return found;
    };
    // The old side of the change is the newest version there is, but for what is not committed yet.
    let mut lines: Vec<Range<u32>> = file.old_lines.clone();
    for pair in commits.windows(2) {
        let [note, before] = pair else { break };
        let Some(older) = version(before) else { break };
        let hunks = diff::hunks(older.as_str(), newer.as_str());
        if hunks
            .iter()
            .any(|hunk| lines.iter().any(|lines| meets(&hunk.new, lines)))
        {
            found.push(note);
            if found.len() == MAX_TOLD {
                break;
            }
        }
        lines = lines.iter().map(|lines| back(lines, &hunks)).collect();
        newer = older;
    }
    found
}

/// Whether a hunk has one of the lines; of an empty range, one of the lines beside it.
fn meets(hunk: &Range<u32>, lines: &Range<u32>) -> bool {
    let lines = match lines.is_empty() {
        true => lines.start.saturating_sub(1)..lines.end + 1,
        false => lines.clone(),
    };
    hunk.start < lines.end && lines.start < hunk.end
}

/// Where lines were before some hunks.
fn back(lines: &Range<u32>, hunks: &[Hunk]) -> Range<u32> {
    let before = |line: u32, is_end: bool| -> u32 {
        let mut at = i64::from(line);
        for hunk in hunks {
            if line >= hunk.new.end && !(is_end && line == hunk.new.start) {
                at = i64::from(line) - i64::from(hunk.new.end) + i64::from(hunk.old.end);
            } else if line > hunk.new.start || (line == hunk.new.start && !is_end) {
                // Inside: the whole place it came from.
                let place = if is_end { hunk.old.end } else { hunk.old.start };
                return place;
            } else {
                break;
            }
        }
        u32::try_from(at).unwrap_or(0)
    };
    let start = before(lines.start, false);
    start..before(lines.end, true).max(start)
}

/// Year, month and day (UTC) of seconds since 1970, after H. Hinnant's `civil_from_days`.
fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use base::Hunk;

    use super::{back, date, meets};

    #[test]
    fn days_have_names() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_700_000_000), "2023-11-14");
        assert_eq!(date(-1), "1969-12-31");
    }

    #[test]
    fn lines_are_followed_back() {
        // Two lines were put in before line 3, line 8 (now 10) was replaced by three.
        let hunks = [
            Hunk {
                old: 3..3,
                new: 3..5,
            },
            Hunk {
                old: 8..9,
                new: 10..13,
            },
        ];
        assert_eq!(back(&(0..2), &hunks), 0..2);
        assert_eq!(back(&(6..8), &hunks), 4..6);
        assert_eq!(back(&(14..15), &hunks), 10..11);
        assert_eq!(back(&(11..12), &hunks), 8..9);
        assert_eq!(back(&(4..7), &hunks), 3..5);
        assert!(meets(&hunks[1].new, &(12..20)));
        assert!(!meets(&hunks[1].new, &(13..20)));
        assert!(meets(&hunks[1].new, &(13..13)));
    }
}
