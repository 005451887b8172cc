//! `obelus search`: find definitions, mentions and words in the workspace.

use std::fmt::Write as _;
use std::path::Path;

use base::search::{Index as _, Query};
use base::{At, RelPath, Repo, Span, Text};
use repo::search::WorkspaceIndex;
use review::json::range;
use serde_json::{Value, json};

use crate::args::{Plain, Search, SearchKind};
use crate::knowledge;
use crate::render::pretty;
use crate::render::style::{CODE, FAINT, STRONG, paint};
use crate::render::visible::{visible, visible_lines};
use crate::status::{Failure, Status};
use crate::terminal::Terminal;
use crate::workspace;

/// Lines of a hit that are shown to a person.
const SHOWN: usize = 3;

/// Something found, ready to be shown.
struct Found {
    path: RelPath,
    span: Span,
    symbol: String,
    kind: String,
    score: f32,
    text: Text,
}

pub(crate) fn run(
    args: &Search,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    if args.query.trim().is_empty() {
        return Err(Failure::usage(
            "the query is empty",
            "say what to look for, such as `obelus search retry` or `obelus search fn:parse path:src`",
        ));
    }
    let workspace = workspace::open(folder)?;
    let index = knowledge::open(&workspace)?;
    knowledge::refresh(&index, false, terminal)?;
    let found = find(&index, &*workspace.repo, args);
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.search/1",
            "hits": found.iter().map(as_json).collect::<Vec<_>>(),
        })),
        Plain::Human => page(&found),
    };
    terminal.result(&text)?;
    if found.is_empty() {
        terminal.aside("nothing found\n");
    }
    Ok(Status::Fine)
}

fn find(index: &WorkspaceIndex, repo: &dyn Repo, args: &Search) -> Vec<Found> {
    let places: Vec<(RelPath, base::ContentHash, Span, Vec<String>, String, f32)> = match args.kind
    {
        SearchKind::Definition => index
            .definitions(args.query.trim(), args.limit)
            .into_iter()
            .map(|it| {
                let kind = it.definition.kind.as_str().to_owned();
                (
                    it.path,
                    it.hash,
                    it.definition.span,
                    it.qualified,
                    kind,
                    1.0,
                )
            })
            .collect(),
        SearchKind::Reference => index
            .references(args.query.trim(), args.limit)
            .into_iter()
            .map(|it| {
                let kind = it.reference.kind.as_str().to_owned();
                (it.path, it.hash, it.reference.span, it.within, kind, 1.0)
            })
            .collect(),
        SearchKind::Text => index
            .search(&Query::parse(&args.query), args.limit)
            .into_iter()
            .map(|it| {
                let kind = it.kind.map_or("text", base::SymbolKind::as_str).to_owned();
                (it.path, it.hash, it.span, it.symbol, kind, it.score)
            })
            .collect(),
    };
    places
        .into_iter()
        .filter_map(|(path, hash, span, symbol, kind, score)| {
            let text = repo.text(&path, &At::Worktree).ok()??;
            // Changed since it was read: its place is not known any more.
            (text.hash() == hash).then(|| Found {
                path,
                span,
                symbol: symbol.join("."),
                kind,
                score,
                text,
            })
        })
        .take(args.limit)
        .collect()
}

fn as_json(found: &Found) -> Value {
    json!({
        "path": found.path.as_str(),
        "range": range(Some(&found.text), found.span),
        "symbol": (!found.symbol.is_empty()).then_some(&found.symbol),
        "kind": found.kind,
        "score": found.score,
        "text": found.text.slice(found.span),
    })
}

fn page(found: &[Found]) -> String {
    let mut out = String::new();
    for hit in found {
        let place = hit.text.line_column(hit.span.start);
        let _ = writeln!(
            out,
            "{}{} {}",
            paint(STRONG, visible(hit.path.as_str())),
            paint(FAINT, format_args!(":{}", place.line)),
            paint(CODE, visible(&format!("{} {}", hit.kind, hit.symbol))),
        );
        let first = hit.text.lines().line_of(hit.span.start);
        let last = hit
            .text
            .lines()
            .line_of(hit.span.end.saturating_sub(1).max(hit.span.start));
        let lines = (first..=last).filter_map(|line| hit.text.line(line));
        for line in lines.filter(|line| !line.trim().is_empty()).take(SHOWN) {
            let _ = writeln!(out, "  {}", visible_lines(line.trim_end()));
        }
    }
    out
}
