//! Makes a git repository from texts: for `obelus demo` and for tests that need a real one.
//!
//! Author and dates are fixed, so commit ids are the same on every machine, and the user's own git configuration (hooks,
//! signing, line endings) does not take part.

use std::fs;
use std::path::{Path, PathBuf};

use base::RepoError;
use git2::{IndexAddOption, Repository, RepositoryInitOptions, Signature, Time};

/// The first commit's date, in seconds since 1970; each further one is an hour later.
const BEGINNING: i64 = 1_750_000_000;

/// A repository under construction.
pub struct Scaffold {
    folder: PathBuf,
    repository: Repository,
    commits: i64,
}

impl Scaffold {
    /// An empty repository in `folder`, which is made if needed.
    pub fn new(folder: &Path) -> Result<Self, RepoError> {
        let mut options = RepositoryInitOptions::new();
        // Without templates: these can bring hooks and configuration of the user's.
        options
            .initial_head("main")
            .external_template(false)
            .mkpath(true);
        let repository = Repository::init_opts(folder, &options).map_err(git)?;
        let nobodys = git2::Config::new().map_err(git)?;
        repository.set_config(&nobodys).map_err(git)?;
        Ok(Self {
            folder: folder.to_owned(),
            repository,
            commits: 0,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes files (path relative to the folder, content) without committing them.
    pub fn write(&mut self, files: &[(&str, &str)]) -> Result<&mut Self, RepoError> {
        for (path, content) in files {
            self.write_bytes(path, content.as_bytes())?;
        }
        Ok(self)
    }

    /// Writes one file of any content.
    pub fn write_bytes(&mut self, path: &str, content: &[u8]) -> Result<&mut Self, RepoError> {
        let full = self.folder.join(path);
        let io = |error: std::io::Error| {
            RepoError::Failed(format!("cannot write {}: {error}", full.display()))
        };
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).map_err(io)?;
        }
        fs::write(&full, content).map_err(io)?;
        Ok(self)
    }

    /// Removes a file from the work tree.
    pub fn remove(&mut self, path: &str) -> Result<&mut Self, RepoError> {
        let full = self.folder.join(path);
        fs::remove_file(&full).map_err(|error| {
            RepoError::Failed(format!("cannot remove {}: {error}", full.display()))
        })?;
        Ok(self)
    }

    /// Brings the index in line with the work tree (`git add --all`).
    pub fn stage(&mut self) -> Result<&mut Self, RepoError> {
        let mut index = self.repository.index().map_err(git)?;
        index
            .add_all(["*"], IndexAddOption::DEFAULT, None)
            .map_err(git)?;
        index.update_all(["*"], None).map_err(git)?;
        index.write().map_err(git)?;
        Ok(self)
    }

    /// Writes files and commits everything.
    pub fn commit(
        &mut self,
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<&mut Self, RepoError> {
        self.write(files)?.stage()?;
        self.commit_index(message).map_err(git)?;
        self.commits += 1;
        Ok(self)
    }

    /// Makes a branch at HEAD and goes to it; the files stay as they are.
    pub fn branch(&mut self, name: &str) -> Result<&mut Self, RepoError> {
        let go = || {
            let head = self.repository.head()?.peel_to_commit()?;
            self.repository.branch(name, &head, false)?;
            self.repository.set_head(&format!("refs/heads/{name}"))
        };
        go().map_err(git)?;
        Ok(self)
    }

    /// The id of the commit at HEAD, in full; empty before the first.
    pub fn head(&self) -> String {
        match self.repository.head() {
            Ok(head) => head.target().map(|id| id.to_string()).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    fn commit_index(&self, message: &str) -> Result<git2::Oid, git2::Error> {
        let tree = self
            .repository
            .find_tree(self.repository.index()?.write_tree()?)?;
        let when = Time::new(BEGINNING + self.commits * 3600, 0);
        let author = Signature::new("Obelus", "obelus@example.com", &when)?;
        let parent = self
            .repository
            .head()
            .ok()
            .and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        self.repository
            .commit(Some("HEAD"), &author, &author, message, &tree, &parents)
    }
}

fn git(error: git2::Error) -> RepoError {
    RepoError::Failed(format!("cannot make the repository: {}", error.message()))
}
