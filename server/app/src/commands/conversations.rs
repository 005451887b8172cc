//! The conversations that `obelus ask` keeps: listed, searched, written out, forgotten.

use std::path::Path;

use base::{Conversation, ConversationId, Conversations, Turn, calendar};
use serde_json::json;

use crate::args::{Ask, Plain};
use crate::render::visible::{visible, visible_lines};
use crate::render::{counted, pretty};
use crate::state;
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace;

/// Characters of a title in a list.
const TITLE: usize = 80;

pub(crate) fn run(
    args: &Ask,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let store = state::open(&workspace)?;
    let text = match (args.export, args.forget) {
        (Some(id), _) => exported(args, ConversationId(id), &*store)?,
        (None, Some(id)) => {
            if !store.forget(ConversationId(id)).map_err(unread)? {
                return Err(unknown(ConversationId(id)));
            }
            terminal.aside(&note(&format!("conversation {id} is forgotten")));
            String::new()
        }
        (None, None) => {
            let words = args.search.as_deref().unwrap_or_default();
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            let found = store.list(&words).map_err(unread)?;
            if found.is_empty() {
                terminal.aside(&note("no such conversation is kept for this workspace"));
            }
            listed(args, &found)
        }
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}

/// What was said in a conversation, which must be there.
pub(crate) fn turns(store: &dyn Conversations, of: ConversationId) -> Result<Vec<Turn>, Failure> {
    let turns = store.turns(of).map_err(unread)?;
    match turns.is_empty() {
        true => Err(unknown(of)),
        false => Ok(turns),
    }
}

fn exported(args: &Ask, of: ConversationId, store: &dyn Conversations) -> Result<String, Failure> {
    let turns = turns(store, of)?;
    if args.format == Plain::Human {
        return Ok(visible_lines(&review::ask::markdown(&turns)).into_owned());
    }
    let turns: Vec<_> = (turns.iter())
        .map(|turn| {
            let places: Vec<_> = (turn.places.iter())
                .map(|(path, line)| json!({"path": path.as_str(), "line": line}))
                .collect();
            json!({
                "question": turn.question, "answer": turn.answer, "places": places, "model": turn.model,
                "day": calendar::day(turn.at),
            })
        })
        .collect();
    Ok(pretty(&json!({
        "schema": "obelus.conversation/1", "conversation": of.0, "turns": turns,
    })))
}

fn listed(args: &Ask, found: &[Conversation]) -> String {
    if args.format == Plain::Json {
        let list: Vec<_> = (found.iter())
            .map(|one| {
                json!({"id": one.id.0, "title": one.title, "turns": one.turns, "day": calendar::day(one.at)})
            })
            .collect();
        return pretty(&json!({"schema": "obelus.conversations/1", "conversations": list}));
    }
    let rows = found.iter().map(|one| {
        let title = one.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title: String = title.chars().take(TITLE).collect();
        format!(
            "{:>4}  {}  {:<12}  {}\n",
            one.id.0,
            calendar::day(one.at),
            counted(one.turns, "question"),
            visible(&title)
        )
    });
    rows.collect()
}

fn unknown(of: ConversationId) -> Failure {
    Failure::usage(
        format_args!("no conversation {} is kept for this workspace", of.0),
        "`obelus ask --list` names those that are",
    )
}

fn unread(error: base::store::StoreError) -> Failure {
    Failure::outside(error, "`obelus doctor` says what is wrong with the state")
}
