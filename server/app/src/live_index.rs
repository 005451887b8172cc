//! The index of a folder that a server has open: `repo`'s, worked on by threads that give way to everything else.
//!
//! Each piece of work has threads of its own that end with it: they run at a lower priority than whatever answers a
//! keystroke, and what they held in memory goes with them. What is reported may be folders; here they become files.

use std::collections::HashSet;
use std::sync::Arc;

use base::search::{
    FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, LiveIndex, OnFiles,
    Query, Updated,
};
use base::{Cancel, ContentHash, RelPath, Text};
use repo::search::{SearchError, WorkspaceIndex};

use crate::workspace::Workspace;

/// More files than this at once are a reason to compare everything: that reports how far it is, and misses nothing.
const MANY: usize = 1000;
/// Fewer files than this are not worth a thread for each core.
const FEW: usize = 8;

/// The index of one folder.
pub(crate) struct FolderIndex {
    workspace: Workspace,
    index: WorkspaceIndex,
}

impl FolderIndex {
    pub(crate) fn new(workspace: Workspace, index: WorkspaceIndex) -> Self {
        Self { workspace, index }
    }

    /// The files among what was reported, those beneath folders that are gone included; `None` when a folder is there:
    /// what is in it, only a walk can tell.
    fn files_of(&self, paths: &[RelPath]) -> Option<Vec<RelPath>> {
        let mut files = Vec::with_capacity(paths.len());
        let mut gone = Vec::new();
        for path in paths {
            let place = self.workspace.top.join(path.as_str());
            match place.symlink_metadata() {
                Ok(meta) if meta.is_dir() => return None,
                Ok(_) => {}
                Err(_) => gone.push(format!("{path}/")),
            }
            files.push(path.clone());
        }
        if !gone.is_empty() {
            let known = self.index.files().into_iter().map(|(path, _)| path);
            let beneath = |path: &RelPath| {
                gone.iter()
                    .any(|folder| path.as_str().starts_with(folder.as_str()))
            };
            files.extend(known.filter(beneath));
        }
        Some(files)
    }
}

impl LiveIndex for FolderIndex {
    fn set_open(&self, path: &RelPath, text: Option<&Text>) {
        self.index.set_open(path, text);
    }

    fn refresh(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String> {
        aside(true, || self.index.refresh(on_files, cancel)).map_err(in_words)
    }

    fn update(
        &self,
        paths: &[RelPath],
        on_files: OnFiles,
        cancel: &Cancel,
    ) -> Result<Updated, String> {
        // A build may write thousands of files that do not count; one that no longer counts still has to go.
        let counting: Vec<RelPath>;
        let mut paths = paths;
        if paths.len() > FEW {
            let known: HashSet<RelPath> = self
                .index
                .files()
                .into_iter()
                .map(|(path, _)| path)
                .collect();
            let counts =
                |path: &&RelPath| known.contains(*path) || !self.workspace.repo.is_ignored(path);
            counting = paths.iter().filter(counts).cloned().collect();
            paths = &counting;
        }
        match self.files_of(paths) {
            Some(files) if files.len() <= MANY => {
                let many = files.len() > FEW;
                aside(many, || self.index.update(&files, cancel)).map_err(in_words)
            }
            _ => self.refresh(on_files, cancel),
        }
    }

    fn rebuild(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String> {
        aside(true, || self.index.rebuild(on_files, cancel)).map_err(in_words)
    }

    fn rest(&self) {
        self.index.rest();
        give_back(true);
    }
}

impl Index for FolderIndex {
    fn definitions(&self, name: &str, limit: usize) -> Vec<FoundDefinition> {
        self.index.definitions(name, limit)
    }

    fn references(&self, name: &str, limit: usize) -> Vec<FoundReference> {
        self.index.references(name, limit)
    }

    fn search(&self, query: &Query, limit: usize) -> Vec<Hit> {
        self.index.search(query, limit)
    }

    fn outline(&self, path: &RelPath) -> Option<Arc<FileOutline>> {
        self.index.outline(path)
    }

    fn files(&self) -> Vec<(RelPath, ContentHash)> {
        self.index.files()
    }

    fn status(&self) -> IndexStatus {
        self.index.status()
    }
}

fn in_words(error: SearchError) -> String {
    error.to_string()
}

/// Runs `work` on threads of its own that give way: one for each core if there is `much` to do.
fn aside<T: Send>(much: bool, work: impl FnOnce() -> T + Send) -> T {
    let threads = if much {
        std::thread::available_parallelism().map_or(1, |cores| cores.get())
    } else {
        1
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("obelus-index-{number}"))
        .start_handler(|_| give_way())
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // No threads to be had: then on the one that is there.
        Err(_) => work(),
    }
}

/// Lets every other thread of the machine go first; threads that this one starts inherit it.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // On Linux a priority belongs to a thread, and its number serves where a process's is asked for.
        let this = rustix::thread::gettid();
        if let Err(error) = rustix::process::setpriority_process(Some(this), 10) {
            tracing::debug!(%error, "indexing at ordinary priority");
        }
    }
}

/// Has the allocator give back what is free (see `heap.c`), and at rest the pages of code too. Where no thread waits for
/// the signals they are not sent: they would end the program.
pub(crate) fn give_back(is_rest: bool) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// The bits of SIGUSR1 and SIGUSR2 in the mask of blocked signals.
        const BOTH: u64 = 1 << 9 | 1 << 11;
        static IS_WAITED_FOR: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
            let mask = blocked.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask & BOTH == BOTH)
        });
        if *IS_WAITED_FOR {
            let own = rustix::process::getpid();
            let signal = match is_rest {
                true => rustix::process::Signal::USR2,
                false => rustix::process::Signal::USR1,
            };
            rustix::process::kill_process(own, signal).ok();
        }
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = is_rest;
}

#[cfg(test)]
mod tests {
    use std::fs;

    use base::search::{Index as _, LiveIndex as _, Query};
    use base::{Cancel, RelPath, Text};
    use repo::search::WorkspaceIndex;

    use super::FolderIndex;

    fn path(path: &str) -> RelPath {
        RelPath::new(path).expect("a path")
    }

    fn names(index: &FolderIndex) -> Vec<String> {
        let mut names: Vec<String> = (index.files().iter())
            .map(|(path, _)| path.as_str().to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_reported_of_folders_counts_for_their_files() {
        let root = tempfile::tempdir().expect("a folder");
        let work = root.path().join("work");
        for name in ["a.rs", "in/b.rs", "in/deep/c.rs"] {
            let file = work.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, "fn one() {}\n").expect("written");
        }
        let workspace = crate::workspace::of_folder(&work).expect("a folder");
        let repo = std::sync::Arc::clone(&workspace.repo);
        let index = WorkspaceIndex::open(&root.path().join("index"), repo).expect("an index");
        let index = FolderIndex::new(workspace, index);
        let (quiet, cancel) = (&|_, _| {}, Cancel::new());
        index.refresh(quiet, &cancel).expect("taken in");
        assert_eq!(names(&index), ["a.rs", "in/b.rs", "in/deep/c.rs"]);

        fs::rename(work.join("in"), work.join("out")).expect("moved");
        index
            .update(&[path("in")], quiet, &cancel)
            .expect("taken in");
        assert_eq!(names(&index), ["a.rs"], "a folder that is gone");
        index
            .update(&[path("out")], quiet, &cancel)
            .expect("taken in");
        assert_eq!(
            names(&index),
            ["a.rs", "out/b.rs", "out/deep/c.rs"],
            "a folder that is new"
        );

        // Rest takes nothing away, and work goes on after it.
        index.rest();
        let found = |words: &str| index.search(&Query::parse(words), 10).len();
        assert_eq!(found("one"), 3);
        fs::write(work.join("a.rs"), "fn two() {}\n").expect("written");
        index
            .update(&[path("a.rs")], quiet, &cancel)
            .expect("taken in");
        assert_eq!((found("one"), found("two")), (2, 1));
        index.set_open(
            &path("a.rs"),
            Some(&Text::new("fn unsaved() {}\n".to_owned())),
        );
        assert_eq!((found("unsaved"), found("two")), (1, 0));
        index.set_open(&path("a.rs"), None);
        assert_eq!((found("unsaved"), found("two")), (0, 1));
    }
}
