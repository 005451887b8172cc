//! Ignore files: `.gitignore` with git's other sources, `.ignore` in plain folders, `.obelusignore` everywhere.
//!
//! The patterns are matched by the `ignore` crate; the files are read here, through [`crate::confined`], because a
//! `.gitignore` that is a symbolic link or a FIFO must neither be followed nor waited for. `.obelusignore` also takes
//! files out of the review that git tracks; the others only hide what git does not know.

use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::confined::{self, path_from_bytes};

/// An ignore file larger than this is passed over.
const MAX_IGNORE_FILE: u64 = 1 << 20;
/// The file that speaks to Obelus alone.
pub(crate) const OWN: &str = ".obelusignore";

/// What holds below every folder: git's `info/exclude` and the user's own `core.excludesFile`.
pub(crate) struct Sources {
    exclude: Gitignore,
    user: Gitignore,
    names: &'static [&'static str],
    fold_case: bool,
}

impl Sources {
    /// For a work tree whose shared git directory is `common`.
    pub(crate) fn git(common: &Path, fold_case: bool) -> Self {
        let mut builder = builder(fold_case);
        add(&mut builder, common, Path::new("info/exclude"));
        Self {
            exclude: build(&builder),
            // The user's own file, named in the user's own configuration; not the repository's.
            user: Gitignore::global().0,
            names: &[".gitignore"],
            fold_case,
        }
    }

    /// For a folder without git.
    pub(crate) fn plain() -> Self {
        Self {
            exclude: Gitignore::empty(),
            user: Gitignore::empty(),
            names: &[".gitignore", ".ignore"],
            fold_case: false,
        }
    }

    /// The rules of `folder` (from the top, "" for it) in front of those of the folders above.
    pub(crate) fn enter(
        &self,
        root: &Path,
        folder: &[u8],
        above: Option<Arc<Level>>,
    ) -> Option<Arc<Level>> {
        let path = path_from_bytes(folder)?;
        let mut git = builder(self.fold_case);
        let mut found = false;
        for name in self.names {
            found |= add(&mut git, root, &path.join(name));
        }
        let mut own = builder(self.fold_case);
        let own_found = add(&mut own, root, &path.join(OWN));
        if !found && !own_found {
            return above;
        }
        Some(Arc::new(Level {
            strip: if folder.is_empty() {
                0
            } else {
                folder.len() + 1
            },
            git: build(&git),
            own: build(&own),
            above,
        }))
    }

    /// Whether git's rules hide `path` (from the top), its folders not considered.
    pub(crate) fn is_ignored(&self, level: Option<&Level>, path: &[u8], is_folder: bool) -> bool {
        let mut at = level;
        while let Some(level) = at {
            if let Some(path) = path.get(level.strip..).and_then(path_from_bytes) {
                match level.git.matched(path, is_folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            at = level.above.as_deref();
        }
        let Some(path) = path_from_bytes(path) else {
            return false;
        };
        match self.exclude.matched(path, is_folder) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => self.user.matched(path, is_folder).is_ignore(),
        }
    }
}

/// One folder's rules and those above it.
pub(crate) struct Level {
    strip: usize,
    git: Gitignore,
    own: Gitignore,
    above: Option<Arc<Level>>,
}

/// The `.obelusignore` pattern that takes `path` out, its folders not considered.
pub(crate) fn excluded(level: Option<&Level>, path: &[u8], is_folder: bool) -> Option<String> {
    let mut at = level;
    while let Some(level) = at {
        if let Some(path) = path.get(level.strip..).and_then(path_from_bytes) {
            match level.own.matched(path, is_folder) {
                Match::Ignore(glob) => return Some(format!("{} in {OWN}", glob.original())),
                Match::Whitelist(_) => return None,
                Match::None => {}
            }
        }
        at = level.above.as_deref();
    }
    None
}

fn builder(fold_case: bool) -> GitignoreBuilder {
    let mut builder = GitignoreBuilder::new("");
    // Cannot fail: nothing was added yet.
    drop(builder.case_insensitive(fold_case));
    builder
}

/// Adds a file's lines; a line that is no pattern is passed over, as git does.
fn add(builder: &mut GitignoreBuilder, root: &Path, path: &Path) -> bool {
    let Ok(bytes) = confined::read(root, path, MAX_IGNORE_FILE) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    for line in text.trim_start_matches('\u{feff}').lines() {
        drop(builder.add_line(None, line));
    }
    true
}

fn build(builder: &GitignoreBuilder) -> Gitignore {
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
