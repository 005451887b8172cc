//! Conversations of one workspace: a row for each question and its answer.
//!
//! There are never more of them than `base` says; what rested longest goes when a new one begins.

use base::conversation::{LONGEST, MOST_CONVERSATIONS, MOST_TURNS};
use base::{Conversation, ConversationId, RelPath, Turn};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::kept::integer;

pub(crate) fn keep(
    connection: &mut Connection,
    of: Option<ConversationId>,
    turn: &Turn,
) -> rusqlite::Result<ConversationId> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id = match of {
        Some(id) => integer(id.0),
        None => transaction.query_row(
            "SELECT coalesce(max(conversation), 0) + 1 FROM turn",
            [],
            |row| row.get(0),
        )?,
    };
    let places: Vec<String> = (turn.places.iter())
        .map(|(path, line)| format!("{path}:{line}"))
        .collect();
    transaction.execute(
        "INSERT INTO turn (conversation, at, question, answer, places, model) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            id,
            integer(turn.at),
            cut(&turn.question),
            cut(&turn.answer),
            places.join("\n"),
            turn.model,
        ],
    )?;
    transaction.execute(
        "DELETE FROM turn WHERE conversation = ?1 AND id NOT IN (
             SELECT id FROM turn WHERE conversation = ?1 ORDER BY id DESC LIMIT ?2)",
        params![id, MOST_TURNS as i64],
    )?;
    transaction.execute(
        "DELETE FROM turn WHERE conversation NOT IN (
             SELECT conversation FROM turn GROUP BY conversation ORDER BY max(id) DESC LIMIT ?1)",
        [MOST_CONVERSATIONS as i64],
    )?;
    transaction.commit()?;
    Ok(ConversationId(id.unsigned_abs()))
}

pub(crate) fn list(
    connection: &mut Connection,
    words: &[String],
) -> rusqlite::Result<Vec<Conversation>> {
    let mut rows = connection.prepare(
        "SELECT conversation, count(*), max(at), min(id) FROM turn GROUP BY conversation ORDER BY max(id) DESC",
    )?;
    let all: Vec<(i64, i64, i64, i64)> = rows
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut title = connection.prepare("SELECT question FROM turn WHERE id = ?1")?;
    let mut said = connection.prepare(
        "SELECT 1 FROM turn WHERE conversation = ?1
         AND (question LIKE ?2 ESCAPE '\\' OR answer LIKE ?2 ESCAPE '\\') LIMIT 1",
    )?;
    let mut found = Vec::new();
    for (id, turns, at, first) in all {
        let mut has_all = true;
        for word in words {
            let pattern = format!("%{}%", escaped(word));
            let here = said
                .query_row(params![id, pattern], |_| Ok(()))
                .optional()?;
            has_all &= here.is_some();
        }
        if has_all {
            found.push(Conversation {
                id: ConversationId(id.unsigned_abs()),
                title: title.query_row([first], |row| row.get(0))?,
                turns: usize::try_from(turns).unwrap_or(0),
                at: at.unsigned_abs(),
            });
        }
    }
    Ok(found)
}

pub(crate) fn turns(
    connection: &mut Connection,
    of: ConversationId,
) -> rusqlite::Result<Vec<Turn>> {
    let mut rows = connection.prepare(
        "SELECT question, answer, places, model, at FROM turn WHERE conversation = ?1 ORDER BY id",
    )?;
    let turns = rows.query_map([integer(of.0)], |row| {
        let places: String = row.get(2)?;
        Ok(Turn {
            question: row.get(0)?,
            answer: row.get(1)?,
            places: places.lines().filter_map(place).collect(),
            model: row.get(3)?,
            at: row.get::<_, i64>(4)?.unsigned_abs(),
        })
    })?;
    turns.collect()
}

pub(crate) fn forget(connection: &mut Connection, of: ConversationId) -> rusqlite::Result<bool> {
    let gone = connection.execute("DELETE FROM turn WHERE conversation = ?1", [integer(of.0)])?;
    Ok(gone > 0)
}

/// `path:line`; what is no path inside the workspace was not written by us.
fn place(text: &str) -> Option<(RelPath, u32)> {
    let (path, line) = text.rsplit_once(':')?;
    Some((RelPath::new(path).ok()?, line.parse().ok()?))
}

/// A word for `LIKE`, meant as it is written.
fn escaped(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for character in word.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    end.map_or(text, |end| &text[..end])
}
