//! git's object database, without the repository around it.
//!
//! libgit2 gets the objects folder and nothing else: no configuration, no references, no index, no work tree. So there
//! is nothing in a repository that could make it run, read or write anything. The database is opened as an alternate,
//! which libgit2 never writes to.
//!
//! A `git2::Repository` may be sent to another thread but not shared, so a few are kept and lent out.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{RepoError, Text};
use git2::{Config, ErrorCode, ObjectType, Odb, Oid, Repository};

use crate::loose::Loose;

/// Texts of blobs kept in memory, in bytes: the editor asks for the HEAD side of every open file again and again.
const CACHE_BYTES: usize = 32 << 20;

/// The object database of one repository.
pub(crate) struct Objects {
    folder: PathBuf,
    loose: Loose,
    idle: Mutex<Vec<Repository>>,
    texts: Mutex<Cache>,
}

/// libgit2's view of the database, and what makes sure that it may look.
pub(crate) struct Handle<'o> {
    repository: Repository,
    /// Vouches for what libgit2 is about to open.
    pub(crate) loose: &'o Loose,
}

impl std::ops::Deref for Handle<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        &self.repository
    }
}

/// Why a blob's bytes are not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoBlob {
    /// It is not in this repository (a partial clone, or damage).
    Missing,
    /// More bytes than were allowed.
    TooLarge(u64),
    /// git's words.
    Failed(String),
}

impl Objects {
    /// The database in `folder` (a git directory's `objects`), which borrows from `borrowed`.
    pub(crate) fn open(folder: PathBuf, borrowed: Vec<PathBuf>) -> Result<Self, RepoError> {
        let mut folders = vec![folder.clone()];
        folders.extend(borrowed);
        let objects = Self {
            loose: Loose::new(folders),
            folder,
            idle: Mutex::new(Vec::new()),
            texts: Mutex::new(Cache::default()),
        };
        objects.with(|_| Ok(()))?;
        Ok(objects)
    }

    /// Lends a handle to `work`.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&Handle<'_>) -> Result<T, RepoError>,
    ) -> Result<T, RepoError> {
        let idle = lock(&self.idle).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => self.handle().map_err(|error| failed(&error))?,
        };
        let handle = Handle {
            repository: handle,
            loose: &self.loose,
        };
        let result = work(&handle);
        lock(&self.idle).push(handle.repository);
        result
    }

    /// The loose objects.
    pub(crate) fn loose(&self) -> &Loose {
        &self.loose
    }

    /// A new handle that also holds objects in memory only, for work that compares files which git does not have.
    pub(crate) fn scratch(&self) -> Result<Repository, git2::Error> {
        self.handle()
    }

    fn handle(&self) -> Result<Repository, git2::Error> {
        let odb = Odb::new()?;
        let Some(folder) = self.folder.to_str() else {
            return Err(git2::Error::from_str(
                "the repository's path is not Unicode",
            ));
        };
        odb.add_disk_alternate(folder)?;
        let repository = Repository::from_odb(odb)?;
        // Without this libgit2 would look for a configuration, the user's included, as soon as it compares two trees.
        repository.set_config(&Config::new()?)?;
        Ok(repository)
    }

    /// The bytes of a blob, at most `limit` of them.
    pub(crate) fn blob(&self, id: Oid, limit: u64) -> Result<Vec<u8>, NoBlob> {
        match self.loose.read(id, limit) {
            Some(Ok((ObjectType::Blob, content))) => return Ok(content),
            Some(Ok(_)) => return Err(NoBlob::Failed(format!("{id} is not a blob"))),
            Some(Err(why)) => return Err(why),
            None => {}
        }
        let read = self.with(|repository| {
            let odb = match repository.odb() {
                Ok(odb) => odb,
                Err(error) => return Ok(Err(no_blob(&error))),
            };
            Ok(match odb.read_header(id) {
                Ok((_, kind)) if kind != ObjectType::Blob => {
                    Err(NoBlob::Failed(format!("{id} is not a blob")))
                }
                Ok((size, _)) if size as u64 > limit => Err(NoBlob::TooLarge(size as u64)),
                Ok(_) => match odb.read(id) {
                    Ok(object) => Ok(object.data().to_vec()),
                    Err(error) => Err(no_blob(&error)),
                },
                Err(error) => Err(no_blob(&error)),
            })
        });
        match read {
            Ok(result) => result,
            Err(error) => Err(NoBlob::Failed(error.to_string())),
        }
    }

    /// A blob as text, kept for the next time.
    pub(crate) fn text(&self, id: Oid, limit: u64) -> Result<Text, NoBlob> {
        if let Some(text) = lock(&self.texts).get(id) {
            return Ok(text);
        }
        let text = Text::from_bytes(self.blob(id, limit)?);
        lock(&self.texts).put(id, text.clone());
        Ok(text)
    }
}

/// git's words as an error of ours.
pub(crate) fn failed(error: &git2::Error) -> RepoError {
    match error.code() {
        ErrorCode::NotFound => RepoError::Failed(format!(
            "the repository lacks an object that is needed here ({}); a shallow or partial clone may need \
             `git fetch --unshallow` or `git fetch --refetch --no-filter`",
            error.message()
        )),
        _ => RepoError::Failed(format!("git: {}", error.message())),
    }
}

fn no_blob(error: &git2::Error) -> NoBlob {
    match error.code() {
        ErrorCode::NotFound => NoBlob::Missing,
        _ => NoBlob::Failed(error.message().to_owned()),
    }
}

/// A lock that a panic elsewhere cannot take away: what it guards is a cache or a pool.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Texts by blob id, oldest out first.
#[derive(Default)]
struct Cache {
    texts: HashMap<Oid, Text>,
    order: VecDeque<Oid>,
    bytes: usize,
}

impl Cache {
    fn get(&self, id: Oid) -> Option<Text> {
        self.texts.get(&id).cloned()
    }

    fn put(&mut self, id: Oid, text: Text) {
        let bytes = text.len();
        if bytes > CACHE_BYTES / 4 || self.texts.insert(id, text).is_some() {
            return;
        }
        self.bytes += bytes;
        self.order.push_back(id);
        while self.bytes > CACHE_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(text) = self.texts.remove(&oldest) {
                self.bytes -= text.len();
            }
        }
    }
}
