//! A work tree of somebody's history: moved from commit to commit, indexed, reviewed.
//!
//! The objects are linked (or copied) into a folder of our own, so the repository that was named is never written to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::history::History;
use base::search::Index;
use base::{Cancel, ContentHash, Log, RelPath, Repo, Report, Scope};
use git2::build::CheckoutBuilder;
use git2::{Oid, Repository, Sort};
use repo::search::WorkspaceIndex;
use repo::{CommitLog, Limits, MinedHistory};
use review::{Engine, Knowledge, Layers, Source, Trust};

use crate::Result;

/// Commits from which the sample is drawn where nothing else is asked for, newest first.
pub(crate) const RECENT: usize = 6_000;
/// A commit with more files is a migration.
const MAX_FILES: usize = 200;
/// Endings of files whose change makes a commit worth looking at.
const SOURCES: &[&str] = &[
    "rs", "py", "js", "jsx", "mjs", "cjs", "ts", "tsx", "go", "java", "c", "h", "cc", "cpp", "hpp",
    "cs", "rb", "php", "kt", "kts", "swift", "scala",
];

pub(crate) struct Clone {
    pub(crate) folder: PathBuf,
    pub(crate) git: Repository,
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) index: Arc<WorkspaceIndex>,
    log: Arc<CommitLog>,
    engine: Arc<Engine>,
    at: Option<Oid>,
    runtime: tokio::runtime::Runtime,
}

impl Clone {
    /// With every rule where `deep`, with those of the default profile otherwise.
    pub(crate) fn of(source: &Path, folder: &Path, deep: bool) -> Result<Self> {
        let top = folder.join("tree");
        let target = top.join(".git");
        let from = ["", ".git", "repo"]
            .iter()
            .map(|inside| source.join(inside))
            .find(|inside| inside.join("objects").is_dir() && inside.join("HEAD").is_file())
            .ok_or("no git repository there")?;
        link(&from.join("objects"), &target.join("objects"))?;
        fs::create_dir_all(target.join("refs/heads"))?;
        let head = Repository::open(&from)?.head()?.peel_to_commit()?.id();
        fs::write(target.join("HEAD"), format!("{head}\n"))?;
        fs::write(
            target.join("config"),
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
        )?;
        let git = Repository::open(&top)?;
        let repo = repo::open(&top)?;
        let index = WorkspaceIndex::open(&folder.join("index"), Arc::clone(&repo))?;
        let log = CommitLog::open(&top, Some(&folder.join("index")))?;
        let profile = if deep { "deep" } else { "default" };
        let layers = Layers {
            user: Some(Source {
                name: "checks-eval".to_owned(),
                text: format!("profile = \"{profile}\"\n[checks]\npattern = false\n"),
            }),
            ..Layers::default()
        };
        let engine = Engine::open(Arc::clone(&repo), layers, Trust::None)
            .map_err(|problems| format!("{problems:?}"))?;
        Ok(Self {
            folder: top,
            git,
            repo,
            index: Arc::new(index),
            log: Arc::new(log),
            engine: Arc::new(engine),
            at: None,
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
        })
    }

    /// At most `count` accepted commits of the `newest`, drawn by `seed`, oldest first; where there are `words`, those
    /// whose message has one of them.
    pub(crate) fn sample(
        &self,
        count: usize,
        newest: usize,
        seed: u64,
        words: &[String],
    ) -> Result<Vec<Oid>> {
        let mut walk = self.git.revwalk()?;
        walk.push_head()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
        let (mut found, mut reverted) = (Vec::new(), Reverted::default());
        for id in walk.take(newest) {
            let commit = self.git.find_commit(id?)?;
            let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
            let is_revert = reverted.read(&message);
            // Later commits come first, so what reverts this one was seen.
            if is_revert || reverted.names(&commit, &message) || commit.parent_count() != 1 {
                continue;
            }
            let lower = message.to_lowercase();
            if !words.is_empty() && !words.iter().any(|word| lower.contains(word)) {
                continue;
            }
            found.push(commit.id());
        }
        let age = found.clone();
        found.sort_by_key(|id| ContentHash::of(format!("{seed} {id}").as_bytes()).to_u64());
        let mut sample: Vec<Oid> = Vec::new();
        for id in found {
            if sample.len() == count {
                break;
            }
            let paths = self.paths_of(id)?;
            if paths.len() <= MAX_FILES && paths.iter().any(is_source) {
                sample.push(id);
            }
        }
        let place: HashMap<Oid, usize> = age.into_iter().zip(0..).collect();
        sample.sort_by_key(|id| std::cmp::Reverse(place.get(id).copied()));
        Ok(sample)
    }

    pub(crate) fn parent(&self, commit: Oid) -> Result<Oid> {
        Ok(self.git.find_commit(commit)?.parent_id(0)?)
    }

    /// The files that a commit touches, old names included.
    pub(crate) fn paths_of(&self, commit: Oid) -> Result<Vec<RelPath>> {
        self.differing(Some(self.parent(commit)?), commit)
    }

    pub(crate) fn differing(&self, old: Option<Oid>, new: Oid) -> Result<Vec<RelPath>> {
        let tree = |id: Oid| self.git.find_commit(id).and_then(|commit| commit.tree());
        let old = old.map(tree).transpose()?;
        let diff = self
            .git
            .diff_tree_to_tree(old.as_ref(), Some(&tree(new)?), None)?;
        let mut paths = BTreeSet::new();
        for delta in diff.deltas() {
            for file in [delta.old_file(), delta.new_file()] {
                let path = file.path().and_then(Path::to_str);
                paths.extend(path.and_then(|path| RelPath::new(path).ok()));
            }
        }
        Ok(paths.into_iter().collect())
    }

    pub(crate) fn message(&self, commit: Oid) -> Result<String> {
        let commit = self.git.find_commit(commit)?;
        Ok(String::from_utf8_lossy(commit.message_bytes()).into_owned())
    }

    /// The files that a commit changes, without those that it adds, removes or moves.
    pub(crate) fn modified(&self, commit: Oid) -> Result<Vec<RelPath>> {
        let (old, new) = (
            self.git.find_commit(self.parent(commit)?)?.tree()?,
            self.git.find_commit(commit)?.tree()?,
        );
        let diff = self.git.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let changed = diff
            .deltas()
            .filter(|delta| delta.status() == git2::Delta::Modified);
        let paths =
            changed.filter_map(|delta| RelPath::new(delta.new_file().path()?.to_str()?).ok());
        Ok(paths.collect())
    }

    /// A commit after `commit` that takes it back.
    pub(crate) fn taken_back(&self, commit: Oid) -> Result<Oid> {
        let (commit, parent) = (
            self.git.find_commit(commit)?,
            self.git.find_commit(self.parent(commit)?)?,
        );
        self.make("Take back", &parent.tree()?, &commit)
    }

    /// `commit` with one file left as it was.
    pub(crate) fn without(&self, commit: Oid, path: &RelPath) -> Result<Oid> {
        let (commit, parent) = (
            self.git.find_commit(commit)?,
            self.git.find_commit(self.parent(commit)?)?,
        );
        let tree = commit.tree()?;
        let was = parent.tree()?.get_path(Path::new(path.as_str()))?;
        let mode = match was.filemode() {
            0o100_755 => git2::FileMode::BlobExecutable,
            0o120_000 => git2::FileMode::Link,
            0o160_000 => git2::FileMode::Commit,
            _ => git2::FileMode::Blob,
        };
        let tree = git2::build::TreeUpdateBuilder::new()
            .upsert(path.as_str(), was.id(), mode)
            .create_updated(&self.git, &tree)?;
        let message = String::from_utf8_lossy(commit.message_bytes());
        self.make(&message, &self.git.find_tree(tree)?, &parent)
    }

    fn make(&self, message: &str, tree: &git2::Tree<'_>, parent: &git2::Commit<'_>) -> Result<Oid> {
        let who = parent.committer();
        Ok(self
            .git
            .commit(None, &who, &who, message, tree, &[parent])?)
    }

    /// Puts `commit` into the work tree and the index; only what differs is touched.
    pub(crate) fn go_to(&mut self, commit: Oid) -> Result<()> {
        // Until all of it is there, the next one starts from the whole tree.
        let old = self.at.take();
        let object = self.git.find_object(commit, None)?;
        let mut how = CheckoutBuilder::new();
        how.force().remove_untracked(true).disable_filters(true);
        self.git.checkout_tree(&object, Some(&mut how))?;
        self.git.set_head_detached(commit)?;
        match old {
            None => {
                self.index.refresh(&|_, _| {}, &Cancel::new())?;
            }
            Some(old) => {
                let paths = self.differing(Some(old), commit)?;
                self.index.update(&paths, &Cancel::new())?;
            }
        }
        self.at = Some(commit);
        Ok(())
    }

    /// What the commits up to `before` tell.
    pub(crate) fn history(&self, before: Oid) -> Result<MinedHistory> {
        let limits = Limits {
            millis: 300_000,
            ..Limits::default()
        };
        let before = before.to_string();
        Ok(self.log.history(Some(&before), &limits, &Cancel::new())?)
    }

    /// One review, and how long it took with index and history at hand.
    pub(crate) fn review(&self, scope: Scope, before: Oid) -> Result<(Report, Duration)> {
        self.review_with(scope, Arc::new(self.history(before)?))
    }

    pub(crate) fn review_with(
        &self,
        scope: Scope,
        history: Arc<dyn History>,
    ) -> Result<(Report, Duration)> {
        let known = Arc::new(Known(
            Arc::clone(&self.index) as Arc<dyn Index>,
            history,
            self.folder.clone(),
        ));
        let started = Instant::now();
        let report = self.runtime.block_on(review::review(
            Arc::clone(&self.engine),
            Arc::clone(&self.repo),
            scope,
            Some(known),
            None,
            Arc::new(|_| {}),
            Cancel::new(),
        ))?;
        Ok((report, started.elapsed()))
    }

    /// Lines of all files that the index knows.
    pub(crate) fn lines(&self) -> Result<usize> {
        let mut lines = 0;
        for (path, _) in self.index.files() {
            let bytes = fs::read(self.folder.join(path.as_str()))?;
            lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        Ok(lines)
    }

    pub(crate) fn read(&self, path: &RelPath) -> Option<String> {
        fs::read_to_string(self.folder.join(path.as_str())).ok()
    }

    /// The text of `path` in a commit.
    pub(crate) fn read_at(&self, commit: Oid, path: &RelPath) -> Option<String> {
        let tree = self.git.find_commit(commit).ok()?.tree().ok()?;
        let entry = tree.get_path(Path::new(path.as_str())).ok()?;
        let blob = self.git.find_blob(entry.id()).ok()?;
        String::from_utf8(blob.content().to_vec()).ok()
    }

    /// Writes (`None`: removes) files of the work tree and takes them into the index.
    pub(crate) fn write(&self, files: &[(RelPath, Option<String>)]) -> Result<()> {
        for (path, text) in files {
            let place = self.folder.join(path.as_str());
            match text {
                Some(text) => {
                    if let Some(parent) = place.parent() {
                        fs::create_dir_all(parent)?;
                    }
                    fs::write(&place, text)?;
                }
                None => fs::remove_file(&place)?,
            }
        }
        let paths: Vec<RelPath> = files.iter().map(|(path, _)| path.clone()).collect();
        self.index.update(&paths, &Cancel::new())?;
        Ok(())
    }
}

pub(crate) fn is_source(path: &RelPath) -> bool {
    path.extension()
        .is_some_and(|ending| SOURCES.contains(&ending))
}

/// What is known without waiting, as in an editor that has been open for a while.
struct Known(Arc<dyn Index>, Arc<dyn History>, PathBuf);

impl Knowledge for Known {
    fn index(&self) -> Option<Arc<dyn Index>> {
        Some(Arc::clone(&self.0))
    }

    fn history(&self, _base: Option<&str>) -> Arc<dyn History> {
        Arc::clone(&self.1)
    }

    fn log(&self) -> Option<Arc<dyn Log>> {
        Some(Arc::new(repo::open_log(&self.2).ok()?))
    }
}

/// What later commits took back.
#[derive(Default)]
struct Reverted {
    ids: HashSet<String>,
    subjects: HashSet<String>,
}

impl Reverted {
    /// Notes what a message says that it reverts; whether it is a revert.
    fn read(&mut self, message: &str) -> bool {
        for (at, _) in message.match_indices("This reverts commit ") {
            let rest = message.get(at + 20..).unwrap_or_default();
            let id = rest.split(|c: char| !c.is_ascii_hexdigit()).next();
            self.ids.extend(id.map(str::to_owned));
        }
        let first = message.lines().next().unwrap_or_default();
        let lower = first.to_ascii_lowercase();
        if let Some((_, rest)) = first.split_once("evert \"") {
            let subject = rest.rsplit_once('"').map_or(rest, |(subject, _)| subject);
            self.subjects.insert(subject.to_owned());
        }
        lower.starts_with("revert") || message.contains("This reverts commit ")
    }

    fn names(&self, commit: &git2::Commit<'_>, message: &str) -> bool {
        let id = commit.id().to_string();
        let first = message.lines().next().unwrap_or_default();
        self.subjects.contains(first)
            || self
                .ids
                .iter()
                .any(|short| short.len() >= 7 && id.starts_with(short.as_str()))
    }
}

fn link(from: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                folders.push((source, target));
            } else if fs::hard_link(&source, &target).is_err() {
                fs::copy(&source, &target)?;
            }
        }
    }
    Ok(())
}
