//! `.obelusignore`: what the workspace keeps out of reviews, in the syntax of `.gitignore`, in any folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::RelPath;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The name of the file.
pub(crate) const FILE: &str = ".obelusignore";

/// The `.obelusignore` files of one workspace, read as they are needed. Made anew for every question, so never stale.
pub(crate) struct Ignored<'a> {
    root: &'a Path,
    folders: HashMap<String, Option<Arc<Gitignore>>>,
}

impl<'a> Ignored<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Self {
            root,
            folders: HashMap::new(),
        }
    }

    /// The pattern that keeps `path` out, if one does. The file nearest to it decides.
    pub(crate) fn pattern(&mut self, path: &RelPath) -> Option<String> {
        let mut folder = path.parent().unwrap_or("");
        loop {
            if let Some(matcher) = self.folder(folder) {
                let full = self.root.join(path.as_str());
                match matcher.matched_path_or_any_parents(&full, false) {
                    ignore::Match::Ignore(glob) => return Some(glob.original().to_owned()),
                    ignore::Match::Whitelist(_) => return None,
                    ignore::Match::None => {}
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    fn folder(&mut self, folder: &str) -> Option<Arc<Gitignore>> {
        if let Some(known) = self.folders.get(folder) {
            return known.clone();
        }
        let place: PathBuf = if folder.is_empty() {
            self.root.to_owned()
        } else {
            self.root.join(folder)
        };
        let relative = if folder.is_empty() {
            FILE.to_owned()
        } else {
            format!("{folder}/{FILE}")
        };
        // Read through the same door as every other file: a link named `.obelusignore` is not followed.
        let text = RelPath::new(&relative)
            .ok()
            .and_then(|path| crate::disk::read(self.root, &path).ok());
        let matcher = text.and_then(|bytes| {
            let mut builder = GitignoreBuilder::new(&place);
            for line in String::from_utf8_lossy(&bytes).lines() {
                // A line that is no pattern is passed over, as git does.
                let _skipped = builder.add_line(None, line);
            }
            builder.build().ok().map(Arc::new)
        });
        self.folders.insert(folder.to_owned(), matcher.clone());
        matcher
    }
}
