//! Money: bookings, what was spent, and where the record of requests ends.
//!
//! Checking a limit and booking are one transaction that takes the write lock first, so two windows never both see the
//! last cent. A booking that was never settled counts for an hour: its process was killed, and the request may have been
//! paid for. What it asked is kept beside it until it is settled, and goes into the record when the hour is over.

use base::ContentHash;
use base::calendar;
use base::model::{ModelName, Usage};
use base::store::{BOOKING_LASTS, Booking, Limits, Seconds, Sent, Spend, StoreError, Used};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::database::Schema;

// No index: a hundred thousand rows are read in milliseconds, and an index can disagree with its table.
pub(crate) static SCHEMA: Schema = Schema {
    version: 2,
    tables: "
        CREATE TABLE booking (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
            tokens INTEGER NOT NULL, cost INTEGER
        ) STRICT;
        CREATE TABLE spend (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
            input INTEGER NOT NULL, cached INTEGER NOT NULL, cache_written INTEGER NOT NULL,
            output INTEGER NOT NULL, cost INTEGER, estimated INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
        CREATE TABLE asked (
            id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, role TEXT NOT NULL, attempt INTEGER NOT NULL,
            places TEXT NOT NULL, hash BLOB NOT NULL, input INTEGER NOT NULL
        ) STRICT;
    ",
    upgrade: "
        CREATE TABLE IF NOT EXISTS asked (
            id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, role TEXT NOT NULL, attempt INTEGER NOT NULL,
            places TEXT NOT NULL, hash BLOB NOT NULL, input INTEGER NOT NULL
        ) STRICT;
    ",
    holds: "what was spent and booked",
    durable: true,
    checked: true,
};

/// Bookings older than this are dropped.
const FORGOTTEN: Seconds = 35 * 86_400;

/// Checks and books; the inner error says which limit.
pub(crate) fn book(
    connection: &mut Connection,
    now: Seconds,
    workspace: &str,
    booking: &Booking,
    limits: &Limits,
) -> rusqlite::Result<Result<i64, StoreError>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Err(refused) = limits.allow(&used(&transaction, now)?, booking) {
        return Ok(Err(refused));
    }
    transaction.execute(
        "DELETE FROM booking WHERE at < ?1 AND id NOT IN (SELECT id FROM asked)",
        [integer(now.saturating_sub(FORGOTTEN))],
    )?;
    // By chance: a window that outlives the database settles its bookings in the next one without hitting another's.
    let id = transaction.query_row(
        "INSERT INTO booking (id, at, provider, model, tokens, cost)
         VALUES (random() & 0x7fffffffffffffff, ?1, ?2, ?3, ?4, ?5) RETURNING id",
        params![
            integer(now),
            booking.model.provider,
            booking.model.model,
            integer(booking.tokens),
            booking.cost_micro_usd.map(integer),
        ],
        |row| row.get::<_, i64>(0),
    )?;
    transaction.execute(
        "INSERT INTO asked (id, workspace, role, attempt, places, hash, input) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            id,
            workspace,
            booking.role,
            booking.attempt,
            serde_json::to_string(&booking.places).unwrap_or_default(),
            booking.hash.to_bytes(),
            integer(booking.input_tokens),
        ],
    )?;
    transaction.commit()?;
    Ok(Ok(id))
}

/// A booking whose process ended before it was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// When it was booked.
    pub(crate) at: Seconds,
    /// The workspace's folder.
    pub(crate) workspace: String,
    pub(crate) booking: Booking,
}

/// Takes the bookings that count no more and were never settled, each for one caller alone.
pub(crate) fn take_lost(connection: &mut Connection, now: Seconds) -> rusqlite::Result<Vec<Lost>> {
    const LOST: &str = "FROM asked JOIN booking USING (id) WHERE at <= ?1";
    let until = integer(now.saturating_sub(BOOKING_LASTS));
    let found = connection.query_row(&format!("SELECT count(*) {LOST}"), [until], |row| {
        row.get::<_, i64>(0)
    })?;
    if found == 0 {
        return Ok(Vec::new());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let lost = {
        let mut rows = transaction.prepare(&format!(
            "SELECT at, workspace, provider, model, role, attempt, places, hash, input, tokens, cost {LOST} ORDER BY at"
        ))?;
        let rows = rows.query_map([until], |row| {
            let places: String = row.get(6)?;
            let cost: Option<i64> = row.get(10)?;
            Ok(Lost {
                at: natural(row.get(0)?),
                workspace: row.get(1)?,
                booking: Booking {
                    model: ModelName {
                        provider: row.get(2)?,
                        model: row.get(3)?,
                    },
                    role: row.get(4)?,
                    attempt: row.get(5)?,
                    places: serde_json::from_str(&places).unwrap_or_default(),
                    hash: ContentHash::from_bytes(row.get(7)?),
                    input_tokens: natural(row.get(8)?),
                    tokens: natural(row.get(9)?),
                    cost_micro_usd: cost.map(natural),
                },
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()?
    };
    transaction.execute(
        &format!("DELETE FROM asked WHERE id IN (SELECT id {LOST})"),
        [until],
    )?;
    transaction.commit()?;
    Ok(lost)
}

/// Notes the end of the record.
pub(crate) fn note(connection: &mut Connection, head: &Head) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO head (one, number, hash) VALUES (1, ?1, ?2)",
        params![integer(head.number), head.hash],
    )?;
    Ok(())
}

/// Whether this booking was replaced by what was used, and where the record of requests ends.
pub(crate) fn before_settling(
    connection: &mut Connection,
    id: i64,
) -> rusqlite::Result<(bool, Option<Head>)> {
    let settled = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM spend WHERE id = ?1)",
        [id],
        |row| row.get(0),
    )?;
    Ok((settled, head(connection)?))
}

/// Replaces a booking by what was used, and notes the end of the record.
pub(crate) fn settle(
    connection: &mut Connection,
    now: Seconds,
    id: i64,
    sent: &Sent,
    head: Option<&Head>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM booking WHERE id = ?1", [id])?;
    transaction.execute("DELETE FROM asked WHERE id = ?1", [id])?;
    let usage = &sent.usage;
    transaction.execute(
        "INSERT OR IGNORE INTO spend
         (id, at, provider, model, input, cached, cache_written, output, cost, estimated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id,
            integer(now),
            sent.model.provider,
            sent.model.model,
            integer(usage.input_tokens),
            integer(usage.cached_tokens),
            integer(usage.cache_written_tokens),
            integer(usage.output_tokens),
            usage.cost_micro_usd.map(integer),
            usage.estimated,
        ],
    )?;
    if let Some(head) = head {
        transaction.execute(
            "INSERT OR REPLACE INTO head (one, number, hash) VALUES (1, ?1, ?2)",
            params![integer(head.number), head.hash],
        )?;
    }
    transaction.commit()
}

/// The last line of the record of requests that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its hash.
    pub(crate) hash: Vec<u8>,
}

pub(crate) fn head(connection: &mut Connection) -> rusqlite::Result<Option<Head>> {
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Head {
            number: natural(row.get(0)?),
            hash: row.get(1)?,
        })
    };
    connection
        .query_row("SELECT number, hash FROM head", [], row)
        .optional()
}

/// What was spent since, by day and model.
pub(crate) fn spend(connection: &mut Connection, since: Seconds) -> rusqlite::Result<Vec<Spend>> {
    let mut rows = connection.prepare(
        "SELECT at / 86400, provider, model, count(*), total(input), total(cached), total(cache_written),
                total(output), total(cost), max(estimated),
                max(cost IS NULL AND (input > 0 OR output > 0))
         FROM spend WHERE at >= ?1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    )?;
    let spend = rows.query_map([integer(since)], |row| {
        let amount = |index| row.get::<_, f64>(index).map(|total| total as u64);
        let unknown: bool = row.get(10)?;
        Ok(Spend {
            day: calendar::day(natural(row.get(0)?).saturating_mul(86_400)),
            model: ModelName {
                provider: row.get(1)?,
                model: row.get(2)?,
            },
            requests: natural(row.get(3)?),
            usage: Usage {
                input_tokens: amount(4)?,
                cached_tokens: amount(5)?,
                cache_written_tokens: amount(6)?,
                output_tokens: amount(7)?,
                cost_micro_usd: if unknown { None } else { Some(amount(8)?) },
                estimated: row.get(9)?,
            },
        })
    })?;
    spend.collect()
}

fn used(connection: &Connection, now: Seconds) -> rusqlite::Result<Used> {
    let live = now.saturating_sub(BOOKING_LASTS);
    // What lies in the future was written under a wrong clock; it counts on its own day.
    let money = |from: Seconds| {
        let to = now.saturating_add(BOOKING_LASTS);
        let spent = connection.query_row(
            "SELECT total(cost) FROM spend WHERE at >= ?1 AND at <= ?2",
            [integer(from), integer(to)],
            |row| row.get::<_, f64>(0),
        )?;
        let booked = connection.query_row(
            "SELECT total(cost) FROM booking WHERE at >= ?1 AND at > ?2 AND at <= ?3",
            [integer(from), integer(live), integer(to)],
            |row| row.get::<_, f64>(0),
        )?;
        Ok::<_, rusqlite::Error>((spent + booked).ceil() as u64)
    };
    let requests = connection.query_row(
        "SELECT (SELECT count(*) FROM spend WHERE at > ?1 AND at <= ?2)
              + (SELECT count(*) FROM booking WHERE at > ?1 AND at <= ?2)",
        [
            integer(now.saturating_sub(3_600)),
            integer(now.saturating_add(3_600)),
        ],
        |row| row.get(0),
    )?;
    Ok(Used {
        day_micro_usd: money(calendar::day_start(now))?,
        month_micro_usd: money(calendar::month_start(now))?,
        requests_last_hour: natural(requests),
    })
}

/// SQLite's integers have a sign. Nothing counted here comes near the end; what does is cut there, so that sums stay
/// exact: 2^50 is a billion dollars.
fn integer(number: u64) -> i64 {
    number.min(1 << 50) as i64
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
