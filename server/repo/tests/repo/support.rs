//! Repositories for tests, and changes as text.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use base::{Cancel, Change, RelPath, Repo, Scope};
use repo::scaffold::Scaffold;
use tempfile::TempDir;

/// A temporary folder with a repository of `files` in one commit.
pub(crate) fn committed(files: &[(&str, &str)]) -> (TempDir, Scaffold) {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let mut scaffold = Scaffold::new(temp.path()).expect("a repository");
    scaffold.commit("first", files).expect("a commit");
    (temp, scaffold)
}

pub(crate) fn open(folder: &Path) -> Arc<dyn Repo> {
    repo::open(folder).unwrap_or_else(|error| panic!("opening failed: {error}"))
}

pub(crate) fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

pub(crate) fn change(repo: &Arc<dyn Repo>, scope: &Scope) -> Change {
    repo.change(scope, &Cancel::new())
        .unwrap_or_else(|error| panic!("{scope:?} failed: {error}"))
}

/// A change as lines: `Status [old ->] path: old lines/new lines of each hunk`, or why it was skipped.
pub(crate) fn show(repo: &Arc<dyn Repo>, scope: &Scope) -> String {
    let change = change(repo, scope);
    let mut shown = String::new();
    for file in &change.files {
        let _ = write!(shown, "{:?} ", file.status);
        if let Some(old) = &file.old_path {
            let _ = write!(shown, "{old} -> ");
        }
        let _ = write!(shown, "{}", file.path);
        if file.old_mode != 0 && file.new_mode != 0 && file.old_mode != file.new_mode {
            let _ = write!(shown, " {:o}->{:o}", file.old_mode, file.new_mode);
        }
        match repo.load(&change, file) {
            Ok(texts) => {
                shown.push(':');
                for hunk in &texts.hunks {
                    let (old, new) = (&hunk.old, &hunk.new);
                    let _ = write!(
                        shown,
                        " -{}+{}@{}",
                        old.end - old.start,
                        new.end - new.start,
                        new.start
                    );
                }
                if texts.new.is_some_and(|text| text.is_lossy()) {
                    shown.push_str(" lossy");
                }
                shown.push('\n');
            }
            Err(reason) => {
                let _ = writeln!(shown, " ({reason})");
            }
        }
    }
    for skipped in &change.skipped {
        let _ = writeln!(shown, "skipped {}: {}", skipped.path, skipped.reason);
    }
    shown
}

/// Compares [`show`] with the expected lines.
#[track_caller]
pub(crate) fn check(repo: &Arc<dyn Repo>, scope: &Scope, expected: &[&str]) {
    let shown = show(repo, scope);
    let shown: Vec<&str> = shown.lines().collect();
    assert_eq!(shown, expected, "{scope:?}");
}
