//! `obelus context`: the excerpts that belong to a change, and why.

use std::fmt::Write as _;
use std::path::Path;

use base::{Cancel, Context, Excerpt, Reason, Text};
use review::json::range;
use review::{Budget, Sources};
use serde_json::{Value, json};

use crate::args;
use crate::args::Plain;
use crate::knowledge;
use crate::render::style::{FAINT, STRONG, paint};
use crate::render::visible::{visible, visible_lines};
use crate::render::{counted, pretty};
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

pub(crate) fn run(
    args: &args::Context,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let scope = args.change.scope();
    let workspace = workspace::open(folder)?;
    let change = workspace.repo.change(&scope, &Cancel::new())?;
    let index = knowledge::open(&workspace)?;
    knowledge::refresh(&index, false, terminal)?;
    // What came after the change's base is not known yet when it is made.
    let history = knowledge::history(&workspace, change.base.as_deref(), terminal);
    let sources = Sources {
        repo: &*workspace.repo,
        index: &index,
        history: &*history,
    };
    let budget = Budget {
        tokens: args.tokens.unwrap_or(Budget::default().tokens),
        items: args.limit.unwrap_or(Budget::default().items),
    };
    let context = review::context(sources, &change, budget, &Cancel::new());
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.context/1",
            "change": {
                "base": change.base,
                "head": change.head,
                "files": change.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            },
            "items": context.items.iter().map(|item| as_json(&workspace, &change, item)).collect::<Vec<_>>(),
            "left_out": context.left_out,
        })),
        Plain::Human => page(&workspace, &change, &context),
    };
    terminal.result(&text)?;
    if context.items.is_empty() {
        terminal.aside(&note(if change.files.is_empty() {
            "nothing changed"
        } else {
            "nothing else in the workspace belongs to this change"
        }));
    }
    Ok(Status::Fine)
}

fn text_of(workspace: &Workspace, change: &base::Change, item: &Excerpt) -> Option<Text> {
    let text = workspace.repo.text(&item.path, &change.new).ok()??;
    (text.hash() == item.hash).then_some(text)
}

fn as_json(workspace: &Workspace, change: &base::Change, item: &Excerpt) -> Value {
    json!({
        "path": item.path.as_str(),
        "range": text_of(workspace, change, item).map(|text| range(Some(&text), item.span)),
        "symbol": (!item.symbol.is_empty()).then(|| item.symbol.join(".")),
        "reason": item.reason.as_str(),
        "why": item.why,
        "score": item.score,
        "text": item.text,
        "tokens": item.tokens,
    })
}

fn page(workspace: &Workspace, change: &base::Change, context: &Context) -> String {
    let mut out = String::new();
    for item in &context.items {
        let first = text_of(workspace, change, item)
            .map_or(0, |text| text.lines().line_of(item.span.start));
        let symbol = item.symbol.join(".");
        let _ = writeln!(
            out,
            "{}{} {}",
            paint(STRONG, visible(item.path.as_str())),
            paint(FAINT, format_args!(":{}", first + 1)),
            visible(&symbol),
        );
        let _ = writeln!(
            out,
            "  {}",
            paint(
                FAINT,
                format_args!("{}: {}", item.reason.as_str(), visible(&item.why))
            )
        );
        if item.reason == Reason::History {
            // Commits, not lines of the file.
            for line in item.text.lines() {
                let _ = writeln!(out, "       {} {}", paint(FAINT, "│"), visible_lines(line));
            }
            out.push('\n');
            continue;
        }
        for (line, number) in item.text.lines().zip(first + 1..) {
            let _ = writeln!(
                out,
                "  {} {}",
                paint(FAINT, format_args!("{number:>4} │")),
                visible_lines(line)
            );
        }
        out.push('\n');
    }
    if !context.items.is_empty() {
        let tokens: u32 = context.items.iter().map(|item| item.tokens).sum();
        let _ = writeln!(
            out,
            "{}, about {tokens} tokens",
            counted(context.items.len(), "excerpt"),
        );
    }
    out
}
