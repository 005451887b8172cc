//! One SQLite file: opened when it is first needed, shared with other windows, set aside when it is broken.
//!
//! A database that cannot be read is renamed, a new one begun and the user told once; one of a newer Obelus is left
//! alone. Neither is ever a crash. Every use runs through [`Database::with`], which also notices that another window set
//! the file aside and follows it to the new one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::store::Seconds;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::lock;
use crate::place::{self, Identity};

/// How long another window's transaction is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Marks a file as ours: "Obel".
const APPLICATION: i32 = 0x4f62_656c;
/// Broken files that are kept beside the new one.
const KEPT_BROKEN: usize = 3;

/// What the user should be told, once each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn add(&self, note: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The tables of a kind of database.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Goes up with every change of the tables.
    pub(crate) version: i32,
    /// Makes them in an empty database.
    pub(crate) tables: &'static str,
    /// Brings the tables of the version before up to this one; empty for the first.
    pub(crate) upgrade: &'static str,
    /// What is lost with it, for the user.
    pub(crate) holds: &'static str,
    /// A write is on the disk when it returns, also if the power goes.
    pub(crate) durable: bool,
    /// Small enough to be checked whole when it is opened.
    pub(crate) checked: bool,
}

/// Why a database could not be used.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is none, and nothing was to be written.
    Absent,
    /// A newer Obelus wrote it.
    Newer,
    /// Anything else, in words for the user.
    Failed(String),
}

/// A database by its place.
#[derive(Debug)]
pub(crate) struct Database {
    folder: PathBuf,
    name: &'static str,
    schema: &'static Schema,
    now: fn() -> Seconds,
    notes: Notes,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    connection: Connection,
    identity: Option<Identity>,
}

/// What became of an attempt to open.
enum Opened {
    Usable(Open),
    Broken(String),
}

impl Database {
    pub(crate) fn new(
        folder: PathBuf,
        name: &'static str,
        schema: &'static Schema,
        now: fn() -> Seconds,
        notes: Notes,
    ) -> Self {
        Self {
            folder,
            name,
            schema,
            now,
            notes,
            open: Mutex::new(None),
        }
    }

    /// Its file, for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(self.name)
    }

    /// Reads; a database that is not there is not made.
    pub(crate) fn read<T>(
        &self,
        work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        self.with(false, work)
    }

    /// Writes; a database that is not there is made.
    pub(crate) fn write<T>(
        &self,
        work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        self.with(true, work)
    }

    fn with<T>(
        &self,
        create: bool,
        mut work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Trouble> {
        let mut open = self.lock();
        // The second time with a new database, where the first turned out to be broken half-way.
        for again in [true, false] {
            let current = self.current(&mut open, create)?;
            match work(&mut current.connection) {
                Ok(value) => return Ok(value),
                Err(error) if again && is_broken(&error) => {
                    let identity = current.identity;
                    *open = None;
                    let _held = self.hold()?;
                    self.set_aside(identity, &error.to_string())?;
                    if !create {
                        return Err(Trouble::Absent);
                    }
                }
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Err(Trouble::Failed(format!(
            "{} cannot be used",
            self.path().display()
        )))
    }

    /// The connection, made anew where there is none or the file is another one by now.
    fn current<'a>(
        &self,
        open: &'a mut MutexGuard<'_, Option<Open>>,
        create: bool,
    ) -> Result<&'a mut Open, Trouble> {
        let path = self.path();
        let same = |open: &Open| open.identity == place::identity(&path);
        if !open.as_ref().is_some_and(same) {
            **open = None;
            **open = Some(self.connect(create)?);
        }
        open.as_mut().ok_or(Trouble::Absent)
    }

    fn connect(&self, create: bool) -> Result<Open, Trouble> {
        let trouble = |error: io::Error| Trouble::Failed(self.sentence(&error.to_string()));
        if !create && fs::symlink_metadata(self.path()).is_err() {
            return Err(Trouble::Absent);
        }
        place::folder(&self.folder).map_err(trouble)?;
        // One window at a time opens, makes tables and sets aside.
        let _held = self.hold()?;
        for again in [true, false] {
            let path = self.resolved().map_err(trouble)?;
            place::ensure(&path).map_err(trouble)?;
            let identity = place::identity(&path);
            match self.open_at(&path)? {
                Opened::Usable(open) => return Ok(open),
                Opened::Broken(why) if again => self.set_aside(identity, &why)?,
                Opened::Broken(why) => return Err(Trouble::Failed(self.sentence(&why))),
            }
        }
        Err(Trouble::Absent)
    }

    fn open_at(&self, path: &Path) -> Result<Opened, Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let opened = Connection::open_with_flags(path, flags);
        let prepared = opened.and_then(|mut connection| {
            let version = self.prepare(&mut connection)?;
            Ok((connection, version))
        });
        match prepared {
            Ok((_, Version::Newer)) => {
                self.notes.add(format!(
                    "{} was written by a newer Obelus: {} are not used",
                    self.path().display(),
                    self.schema.holds
                ));
                Err(Trouble::Newer)
            }
            Ok((_, Version::Foreign)) => Ok(Opened::Broken("it holds something else".to_owned())),
            Ok((_, Version::Damaged(why))) => Ok(Opened::Broken(why)),
            Ok((connection, Version::Ours)) => Ok(Opened::Usable(Open {
                connection,
                identity: place::identity(path),
            })),
            Err(error) if is_broken(&error) => Ok(Opened::Broken(error.to_string())),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Settings, tables, and whether it is ours.
    fn prepare(&self, connection: &mut Connection) -> rusqlite::Result<Version> {
        connection.busy_timeout(BUSY)?;
        // A schema that somebody wrote into the file cannot call functions or reach beyond it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        let number = |connection: &Connection, name: &str| {
            connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0))
        };
        let version = number(connection, "user_version")?;
        let application = number(connection, "application_id")?;
        let fresh = version == 0 && application == 0 && tables(connection)? == 0;
        if !fresh && application != APPLICATION {
            return Ok(Version::Foreign);
        }
        if version > self.schema.version {
            return Ok(Version::Newer);
        }
        if !fresh && self.schema.checked {
            let verdict: String =
                connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
            if verdict != "ok" {
                return Ok(Version::Damaged(verdict));
            }
        }
        if connection.is_readonly("main")? && place::is_writable(&self.path()) {
            let why = "its header says that it can only be read".to_owned();
            return Ok(Version::Damaged(why));
        }
        if fresh {
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            // A file system without shared memory: slower, as safe.
            tracing::debug!("{} runs with the journal mode {mode}", self.name);
        }
        let synchronous = if self.schema.durable {
            "FULL"
        } else {
            "NORMAL"
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        if fresh {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(self.schema.tables)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", self.schema.version)?;
            transaction.commit()?;
        } else if version < self.schema.version {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Another window may have done it in between.
            if number(&transaction, "user_version")? < self.schema.version {
                transaction.execute_batch(self.schema.upgrade)?;
                transaction.pragma_update(None, "user_version", self.schema.version)?;
            }
            transaction.commit()?;
        }
        Ok(Version::Ours)
    }

    /// Renames the broken database, so that a new one can be begun. Nothing happens where another window did so before.
    fn set_aside(&self, identity: Option<Identity>, why: &str) -> Result<(), Trouble> {
        let trouble = |error: io::Error| Trouble::Failed(self.sentence(&error.to_string()));
        let path = self.resolved().map_err(trouble)?;
        if identity.is_some() && place::identity(&path) != identity {
            return Ok(());
        }
        let aside = format!("{}.broken-{}", self.name, (self.now)());
        // The log first: with a new database it would be played back into it.
        for suffix in ["-wal", "-shm", ""] {
            let from = path.with_file_name(format!("{}{suffix}", self.name));
            let to = path.with_file_name(format!("{aside}{suffix}"));
            match fs::rename(&from, &to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(trouble(error));
                }
                _ => {}
            }
        }
        self.notes.add(format!(
            "{} was broken ({why}): it is now {aside}, and a new one was begun; {} are forgotten",
            self.path().display(),
            self.schema.holds
        ));
        self.forget_old(&path);
        Ok(())
    }

    /// Removes all but the newest of the broken files.
    fn forget_old(&self, path: &Path) {
        let Some(entries) = path.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
            return;
        };
        let prefix = format!("{}.broken-", self.name);
        let mut broken: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path())
            .collect();
        broken.sort();
        let of_one = |path: &PathBuf| {
            !path.to_string_lossy().ends_with("-wal") && !path.to_string_lossy().ends_with("-shm")
        };
        let whole: Vec<_> = broken.iter().filter(|path| of_one(path)).cloned().collect();
        for old in whole.iter().rev().skip(KEPT_BROKEN) {
            let old = old.to_string_lossy();
            for path in broken
                .iter()
                .filter(|path| path.to_string_lossy().starts_with(&*old))
            {
                fs::remove_file(path).ok();
            }
        }
    }

    /// The lock of this database's opening, held until it is dropped.
    fn hold(&self) -> Result<fs::File, Trouble> {
        let trouble = |error: io::Error| Trouble::Failed(self.sentence(&error.to_string()));
        let path = self.folder.join(format!("{}.lock", self.name));
        let file = place::append(&path, true).map_err(trouble)?;
        lock::take(&file).map_err(trouble)?;
        Ok(file)
    }

    /// Its file with the folder's links resolved: SQLite is told to follow none.
    fn resolved(&self) -> io::Result<PathBuf> {
        Ok(self.folder.canonicalize()?.join(self.name))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &rusqlite::Error) -> Trouble {
        let hint = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "; make room on the disk",
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "; another window of Obelus holds it"
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                "; may you write there? OBELUS_STATE_DIR names another folder"
            }
            _ => "",
        };
        Trouble::Failed(self.sentence(&format!("{error}{hint}")))
    }

    fn sentence(&self, why: &str) -> String {
        format!("cannot use {}: {why}", self.path().display())
    }
}

enum Version {
    Ours,
    Newer,
    Foreign,
    Damaged(String),
}

fn tables(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

/// Whether the file is at fault, and not the disk, the rights or another window.
fn is_broken(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            // A file that calls itself ours without our tables, or with values that ours cannot hold.
            ErrorCode::Unknown => message
                .as_deref()
                .is_some_and(|text| is_not_ours(text) || text.contains("malformed")),
            _ => false,
        },
        rusqlite::Error::SqlInputError { msg, .. } => is_not_ours(msg),
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) => {
            true
        }
        _ => false,
    }
}

/// A table or a column is missing that we made.
fn is_not_ours(message: &str) -> bool {
    message.contains("no such") || message.contains("has no column")
}
