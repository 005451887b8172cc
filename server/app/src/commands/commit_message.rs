//! `obelus commit-message`: a message for what is staged, in the repository's habit.

use std::path::Path;

use base::{Cancel, Scope};
use review::describe::{For, Style, advice, message, words};

use crate::args;
use crate::args::MessageStyle;
use crate::commands::describe::{believed, facts, told};
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace;

pub(crate) fn run(
    args: &args::CommitMessage,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let log = repo::open_log(&workspace.top)?;
    let change = workspace.repo.change(&Scope::Staged, &Cancel::new())?;
    if change.files.is_empty() {
        return Err(Failure::outside(
            "nothing is staged",
            "stage what the commit shall hold with `git add`",
        ));
    }
    let words = words(&log, &Scope::Staged, &change);
    let facts = facts(&workspace, &change, terminal);
    let style = match args.style {
        None => Style::Learnt,
        Some(MessageStyle::Conventional) => Style::Conventional,
        Some(MessageStyle::Plain) => Style::Plain,
    };
    let (engine, _) = believed(&workspace, &Scope::Staged, args.model.clone())?;
    let about = (&change, &facts, &words);
    let told = told(&workspace, &engine, about, For::Commit, terminal)?;
    let message = message(&facts, &words, style, told.as_ref());
    terminal.result(&message.text())?;
    let advice = advice(&message.split);
    if !advice.is_empty() {
        // Line by line: a note is one line, and these are more.
        let mut lines = advice.lines();
        terminal.aside(&note(lines.next().unwrap_or_default()));
        for line in lines {
            terminal.aside(&format!("{line}\n"));
        }
    }
    Ok(Status::Fine)
}
