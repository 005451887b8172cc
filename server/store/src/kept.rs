//! What is remembered of one workspace: frozen verdicts, private dismissals, consent, counters; conversations are in
//! [`crate::talks`].
//!
//! A verdict carries its own checksum and is no verdict when that does not fit. Together they stay under a limit of bytes;
//! those that were not used for longest go first.

use std::collections::BTreeMap;

use base::store::{Dismissal, Seconds};
use base::{ContentHash, FindingId, RelPath, RuleId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::database::Schema;

pub(crate) static SCHEMA: Schema = Schema {
    version: 2,
    tables: "
        CREATE TABLE verdict (key BLOB PRIMARY KEY, used INTEGER NOT NULL, sum BLOB NOT NULL, value BLOB NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE INDEX verdict_used ON verdict (used);
        CREATE TABLE dismissal (
            finding INTEGER PRIMARY KEY, rule TEXT NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL,
            reason TEXT NOT NULL, at INTEGER NOT NULL, expires INTEGER
        ) STRICT;
        CREATE TABLE consent (
            provider TEXT NOT NULL, settings BLOB NOT NULL, given INTEGER NOT NULL, PRIMARY KEY (provider, settings)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE turn (
            id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, at INTEGER NOT NULL, question TEXT NOT NULL,
            answer TEXT NOT NULL, places TEXT NOT NULL, model TEXT NOT NULL
        ) STRICT;
        CREATE INDEX turn_conversation ON turn (conversation, id);
    ",
    upgrade: "
        CREATE TABLE IF NOT EXISTS turn (
            id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, at INTEGER NOT NULL, question TEXT NOT NULL,
            answer TEXT NOT NULL, places TEXT NOT NULL, model TEXT NOT NULL
        ) STRICT;
        CREATE INDEX IF NOT EXISTS turn_conversation ON turn (conversation, id);
    ",
    holds: "frozen verdicts, private dismissals, consents and conversations of this workspace",
    durable: false,
    checked: false,
};

/// A verdict may be no larger than this.
pub(crate) const LARGEST: usize = 1 << 20;
/// Reading a verdict notes its use when the last note is older than this: most reads write nothing.
const USE_NOTED: Seconds = 86_400;
/// When there is too much, this part of all verdicts goes at once.
const PART: i64 = 8;

pub(crate) fn verdict(
    connection: &mut Connection,
    now: Seconds,
    key: &ContentHash,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let found: Option<(i64, Vec<u8>, Vec<u8>)> = connection
        .query_row(
            "SELECT used, sum, value FROM verdict WHERE key = ?1",
            [key.to_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((used, sum, value)) = found else {
        return Ok(None);
    };
    if sum != checksum(key, &value) {
        connection.execute("DELETE FROM verdict WHERE key = ?1", [key.to_bytes()])?;
        return Ok(None);
    }
    if used.unsigned_abs().saturating_add(USE_NOTED) < now {
        // Only the order of forgetting depends on it.
        connection
            .execute(
                "UPDATE verdict SET used = ?2 WHERE key = ?1",
                params![key.to_bytes(), integer(now)],
            )
            .ok();
    }
    Ok(Some(value))
}

pub(crate) fn freeze(
    connection: &mut Connection,
    now: Seconds,
    cap: u64,
    key: &ContentHash,
    value: &[u8],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pages = |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let used = (pages("page_count")? - pages("freelist_count")?) * pages("page_size")?;
    let full = used.unsigned_abs() + value.len() as u64 > cap;
    if full {
        transaction.execute(
            "DELETE FROM verdict WHERE key IN (
                 SELECT key FROM verdict ORDER BY used
                 LIMIT (SELECT max(1, count(*) / ?1) FROM verdict))",
            [PART],
        )?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO verdict (key, used, sum, value) VALUES (?1, ?2, ?3, ?4)",
        params![key.to_bytes(), integer(now), checksum(key, value), value],
    )?;
    // A tree whose order was damaged takes a row and does not find it again: then the file is broken.
    let found = transaction
        .query_row(
            "SELECT 1 FROM verdict WHERE key = ?1",
            [key.to_bytes()],
            |_| Ok(()),
        )
        .optional()?;
    if found.is_none() {
        let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        let why = "a row that was written is not found".to_owned();
        return Err(rusqlite::Error::SqliteFailure(failure, Some(why)));
    }
    transaction.commit()?;
    if full {
        // The space goes back to the disk; without that it is used for the next verdicts.
        connection.execute_batch("PRAGMA incremental_vacuum").ok();
    }
    Ok(())
}

/// Binds a value to its key: neither can be changed or exchanged unnoticed.
fn checksum(key: &ContentHash, value: &[u8]) -> [u8; 16] {
    let mut hasher = base::text::ContentHasher::default();
    hasher.update(&key.to_bytes());
    hasher.update(value);
    hasher.finish().to_bytes()
}

pub(crate) fn dismissals(
    connection: &mut Connection,
    now: Seconds,
) -> rusqlite::Result<Vec<Dismissal>> {
    let mut rows = connection.prepare(
        "SELECT finding, rule, path, title, reason, at, expires FROM dismissal
         WHERE expires IS NULL OR expires > ?1 ORDER BY at, finding",
    )?;
    let found = rows.query_map([integer(now)], |row| {
        let path: String = row.get(2)?;
        // What is no path inside the workspace was not written by us.
        Ok(RelPath::new(&path).ok().map(|path| {
            Ok(Dismissal {
                finding: FindingId(row.get::<_, i64>(0)?.cast_unsigned()),
                rule: RuleId::new(&row.get::<_, String>(1)?),
                path,
                title: row.get(3)?,
                reason: row.get(4)?,
                at: row.get::<_, i64>(5)?.unsigned_abs(),
                expires: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
            })
        }))
    })?;
    found
        .filter_map(|row| row.transpose().map(|row| row.and_then(|inner| inner)))
        .collect()
}

pub(crate) fn dismiss(connection: &mut Connection, dismissal: &Dismissal) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO dismissal (finding, rule, path, title, reason, at, expires)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            dismissal.finding.0.cast_signed(),
            dismissal.rule.as_str(),
            dismissal.path.as_str(),
            dismissal.title,
            dismissal.reason,
            integer(dismissal.at),
            dismissal.expires.map(integer),
        ],
    )?;
    Ok(())
}

pub(crate) fn restore(connection: &mut Connection, finding: FindingId) -> rusqlite::Result<bool> {
    let removed = connection.execute(
        "DELETE FROM dismissal WHERE finding = ?1",
        [finding.0.cast_signed()],
    )?;
    Ok(removed > 0)
}

pub(crate) fn consent(
    connection: &mut Connection,
    provider: &str,
    settings: &ContentHash,
) -> rusqlite::Result<bool> {
    let given = connection
        .query_row(
            "SELECT given = 1 FROM consent WHERE provider = ?1 AND settings = ?2",
            params![provider, settings.to_bytes()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(given.unwrap_or(false))
}

pub(crate) fn set_consent(
    connection: &mut Connection,
    provider: &str,
    settings: &ContentHash,
    given: bool,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO consent (provider, settings, given) VALUES (?1, ?2, ?3)",
        params![provider, settings.to_bytes(), given],
    )?;
    Ok(())
}

pub(crate) fn counters(connection: &mut Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut rows = connection.prepare("SELECT name, value FROM counter")?;
    let found = rows.query_map([], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    found.collect()
}

pub(crate) fn count(connection: &mut Connection, name: &str, by: u64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO counter (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = min(value + excluded.value, ?3)",
        params![name, integer(by), integer(u64::MAX)],
    )?;
    Ok(())
}

/// SQLite's integers have a sign; nothing kept here comes near their end.
pub(crate) fn integer(number: u64) -> i64 {
    number.min(1 << 50) as i64
}
