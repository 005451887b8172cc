//! What the project tells its reviewers, for the files at hand: the nearest file first.
//!
//! Read where configuration is read from: in CI the base revision, nowhere in a workspace that is not trusted. A change
//! must not be able to tell how it is to be reviewed.

use std::fmt::Write as _;

use base::context::tokens;
use base::{ContentHash, RelPath};

use super::desk::Desk;

/// Names in every folder from the file's up to the top.
const NEAR: &[&str] = &["AGENTS.md", "CLAUDE.md"];
/// Paths at the top.
const TOP: &[&str] = &[
    ".obelus/guidelines.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
];
/// A folder of them.
const FOLDER: &str = ".cursor/rules";
/// Tokens of all of them in one prompt.
const MOST: u32 = 600;
/// Files read for one prompt.
const MAX_FILES: usize = 8;

/// The guidelines that apply to some files, cut to a budget; what is cut says so.
pub(super) fn of(desk: &Desk, paths: &[RelPath]) -> String {
    let Some(at) = desk.engine.trusted() else {
        return String::new();
    };
    let mut candidates: Vec<(usize, RelPath)> = Vec::new();
    let mut add = |depth: usize, path: String| {
        if let Ok(path) = RelPath::new(&path)
            && !candidates.iter().any(|(_, known)| *known == path)
        {
            candidates.push((depth, path));
        }
    };
    for path in paths {
        let mut folder = path.parent();
        loop {
            for name in NEAR {
                match folder {
                    Some(folder) => {
                        add(folder.matches('/').count() + 1, format!("{folder}/{name}"))
                    }
                    None => add(0, (*name).to_owned()),
                }
            }
            match folder {
                None => break,
                Some(inner) => folder = inner.rsplit_once('/').map(|(outer, _)| outer),
            }
        }
    }
    for path in TOP {
        add(0, (*path).to_owned());
    }
    for path in desk.repo.list(FOLDER, at).unwrap_or_default() {
        add(0, path.as_str().to_owned());
    }
    candidates.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    let mut shown = String::new();
    let mut left = MOST;
    let mut read = 0;
    for (_, path) in candidates {
        let Ok(Some(text)) = desk.repo.text(&path, at) else {
            continue;
        };
        if desk.withheld(&path).is_some() || text.as_str().trim().is_empty() || read >= MAX_FILES {
            continue;
        }
        read += 1;
        let redacted = desk.redactor.text(&path, &text);
        let _ = writeln!(shown, "# {}", desk.one_line(path.as_str()));
        for line in 0..redacted.len() {
            let cost = tokens(redacted.line(line)) + 1;
            if cost > left {
                shown.push_str("(the rest is not shown)\n");
                return shown;
            }
            left -= cost;
            let _ = writeln!(shown, "{}", redacted.line(line));
        }
    }
    shown
}

/// Hash of the guidelines of all these files.
pub(super) fn hash(desk: &Desk, paths: &[RelPath]) -> ContentHash {
    ContentHash::of(of(desk, paths).as_bytes())
}
