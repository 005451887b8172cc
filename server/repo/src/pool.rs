//! Handles on one repository, shared between threads.
//!
//! A `git2::Repository` may move between threads and not be shared by them. Each user borrows a handle and gives it back;
//! there are as many as there are threads at work. Opening one costs some hundred microseconds and reads configuration
//! files, so they are kept.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use git2::Repository;

pub(crate) struct Pool {
    git: PathBuf,
    idle: Mutex<Vec<Repository>>,
}

/// A borrowed handle; goes back when dropped.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    repository: Option<Repository>,
}

impl Pool {
    /// A pool that holds a repository which has proved to be confined.
    pub(crate) fn new(repository: Repository) -> Self {
        Self {
            git: repository.path().to_owned(),
            idle: Mutex::new(vec![repository]),
        }
    }

    /// A handle: an idle one, else a new one on the same git folder.
    pub(crate) fn get(&self) -> Result<Lease<'_>, git2::Error> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let repository = match idle {
            Some(repository) => repository,
            None => Repository::open(&self.git)?,
        };
        Ok(Lease {
            pool: self,
            repository: Some(repository),
        })
    }
}

impl Deref for Lease<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        match &self.repository {
            Some(repository) => repository,
            None => unreachable!("a lease holds its handle until it is dropped"),
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(repository) = self.repository.take() {
            self.pool
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(repository);
        }
    }
}
