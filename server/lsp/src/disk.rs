//! What happens on disk, as it is reported: which folder it concerns, and whether its configuration, its history or
//! its files changed. And the folders' indexes, which follow the files.

use std::collections::HashSet;
use std::sync::Arc;

use base::{RelPath, WorkspaceKind};

use crate::event_loop::Loop;
use crate::folders;
use crate::indexing::{Indexer, News, Task};

/// What a path below a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// `obelus.toml` or a rule: the folder is opened anew.
    Configuration,
    /// What the work tree is compared with.
    Base,
    /// HEAD itself: the work tree may be another one now.
    Head,
    /// Which files count.
    Ignores,
    File,
    /// git's own business.
    Nothing,
}

impl Kind {
    /// `below` is the path from a folder on, or any path with `/`.
    fn of(below: &str) -> Self {
        let inside = |folder: &str| {
            let at = below.find(folder)?;
            let is_whole = at == 0 || below.as_bytes().get(at - 1) == Some(&b'/');
            is_whole.then(|| &below[at + folder.len()..])
        };
        if let Some(rest) = inside(".git/") {
            // A linked work tree has its own HEAD and index further down.
            let name = rest.rsplit('/').next().unwrap_or(rest);
            return match name {
                _ if name.ends_with(".lock") => Self::Nothing,
                "HEAD" if !rest.contains("logs/") => Self::Head,
                "index" | "packed-refs" => Self::Base,
                _ if rest.starts_with("refs/") => Self::Base,
                _ => Self::Nothing,
            };
        }
        if inside(".obelus/").is_some() {
            return Self::Configuration;
        }
        match below.rsplit('/').next().unwrap_or(below) {
            "obelus.toml" => Self::Configuration,
            ".gitignore" | ".ignore" | ".obelusignore" | ".gitattributes" => Self::Ignores,
            _ => Self::File,
        }
    }
}

/// What was reported about one folder.
#[derive(Default)]
struct Reported {
    reopen: bool,
    recheck: bool,
    compare: bool,
    head: bool,
    files: Vec<RelPath>,
}

impl Loop {
    /// Paths that changed on disk; none at all when some were lost.
    pub(crate) fn watched(&mut self, paths: &[String]) {
        let mut reported: Vec<Reported> =
            self.folders.iter().map(|_| Reported::default()).collect();
        for path in paths {
            let Some(at) = folders::owner_index(&self.folders, path) else {
                // The git folder of a part of a work tree lies outside of it.
                if matches!(Kind::of(path), Kind::Head | Kind::Base) {
                    for folder in &mut reported {
                        (folder.recheck, folder.compare, folder.head) = (true, true, true);
                    }
                }
                continue;
            };
            let Some(below) = self.folders[at].relative(path) else {
                continue;
            };
            let folder = &mut reported[at];
            match Kind::of(below.as_str()) {
                Kind::Nothing => continue,
                Kind::Configuration => folder.reopen = true,
                Kind::Base => {
                    (folder.recheck, folder.head) = (true, true);
                    continue;
                }
                Kind::Head => {
                    (folder.recheck, folder.compare, folder.head) = (true, true, true);
                    continue;
                }
                Kind::Ignores => folder.compare = true,
                Kind::File => {}
            }
            folder.files.push(below);
        }
        // What a review said of a file that is another one by now.
        if !self.unopened.is_empty() {
            let touched: HashSet<&str> = paths.iter().map(String::as_str).collect();
            self.clear_at(&touched);
        }
        let ids: Vec<u64> = self.folders.iter().map(|folder| folder.id).collect();
        for (id, reported) in ids.into_iter().zip(reported) {
            if !reported.head {
                self.look_at_changed(id, &reported.files);
            }
            if let Some(indexer) = self.folder(id).and_then(|folder| folder.indexer.as_ref()) {
                if reported.compare || paths.is_empty() {
                    indexer.tell(Task::Compare);
                } else if !reported.files.is_empty() {
                    indexer.tell(Task::Files(reported.files));
                }
            }
            if reported.head || paths.is_empty() {
                self.look_at_head(id);
            }
            if reported.reopen {
                self.open_folder(id);
            } else if reported.recheck || paths.is_empty() {
                self.check_folder(id, true);
            }
        }
    }

    /// A document was saved, or opened: what the index knows of the file may be old.
    pub(crate) fn saved(&mut self, uri: &str) {
        if let Some((folder, path)) = self.owner(uri)
            && let Some(indexer) = &folder.indexer
        {
            indexer.tell(Task::Files(vec![path]));
        }
    }

    /// Much was freed just now: when nothing follows, it is given back.
    pub(crate) fn rest_soon(&mut self, id: u64) {
        if let Some(indexer) = self.folder(id).and_then(|folder| folder.indexer.as_ref()) {
            // After work, even none, its thread comes to rest.
            let (done, _nobody) = std::sync::mpsc::channel();
            indexer.tell(Task::Tell(done));
        }
    }

    /// Begins to keep a folder's index, once its engine is there: findings come first.
    pub(crate) fn start_index(&mut self, id: u64) {
        let (host, events) = (Arc::clone(&self.host), self.events.clone());
        let (outbox, progress) = (self.outbox.clone(), self.abilities.progress);
        let Some(folder) = self.folder(id) else {
            return;
        };
        let Some(engine) = folder.engine.as_ref().filter(|_| folder.indexer.is_none()) else {
            return;
        };
        // Around a file that lies in no work tree there may be anything, a whole home folder.
        if !folder.is_chosen && engine.repo().kind() != WorkspaceKind::Git {
            return;
        }
        let path = std::path::PathBuf::from(&folder.path);
        let indexer = Indexer::start(id, path, host, events, outbox, progress);
        if let Some(watcher) = &folder.watcher {
            indexer.tell(Task::Watch(Arc::clone(watcher)));
        }
        folder.indexer = Some(indexer);
    }

    pub(crate) fn index_news(&mut self, id: u64, news: News) {
        let Some(folder) = self.folder(id) else {
            return;
        };
        match news {
            News::At(done, files) => folder.indexing = Some((done, files)),
            News::Done(files) => {
                folder.indexed = files;
                let was_quiet = folder.indexing.take().is_none();
                self.look_around_soon(id);
                if was_quiet {
                    return;
                }
            }
            News::Notice(notice, can_act) => {
                folder.notice = Some(notice.clone());
                if can_act {
                    self.outbox.show_warning(format!("Obelus: {notice}"));
                } else {
                    self.outbox.log(notice);
                }
            }
        }
        self.tell_status(None);
    }

    /// An open document's text as the checks saw it, or that it is closed: the index answers with it.
    pub(crate) fn buffer(&self, uri: &str, text: Option<base::Text>) {
        if let Some((folder, path)) = self.owner(uri)
            && let Some(indexer) = &folder.indexer
        {
            indexer.live.buffer(path, text, &self.pool);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn paths_are_told_apart() {
        for (path, kind) in [
            ("src/a.rs", Kind::File),
            ("obelus.toml", Kind::Configuration),
            (".obelus/rules/a.yml", Kind::Configuration),
            ("sub/obelus.toml", Kind::Configuration),
            ("my.obelus/a.yml", Kind::File),
            ("sub/.gitignore", Kind::Ignores),
            (".git/HEAD", Kind::Head),
            (".git/worktrees/a/HEAD", Kind::Head),
            (".git/logs/HEAD", Kind::Nothing),
            (".git/index", Kind::Base),
            (".git/index.lock", Kind::Nothing),
            (".git/refs/heads/main", Kind::Base),
            ("/w/.git/refs/heads/main", Kind::Base),
            (".git/objects/ab/cdef", Kind::Nothing),
            (".github/workflows/a.yml", Kind::File),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }
}
