//! `obelus index`: bring the workspace's index up to date, make it anew, or say how it is.

use std::path::Path;
use std::time::Instant;

use base::search::Index as _;
use serde_json::json;

use crate::args::{Index, Plain};
use crate::knowledge;
use crate::render::{counted, pretty};
use crate::status::{Failure, Status, warning};
use crate::terminal::Terminal;
use crate::workspace;

pub(crate) fn run(
    args: &Index,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let index = knowledge::open(&workspace)?;
    let started = Instant::now();
    let updated = if args.status {
        None
    } else {
        Some(knowledge::refresh(&index, args.rebuild, terminal)?)
    };
    let status = index.status();
    if let Some(notice) = &status.notice {
        terminal.aside(&warning(notice));
    }
    let text = match args.format {
        Plain::Json => pretty(&json!({
            "schema": "obelus.index/1",
            "files": status.files,
            "symbols": status.symbols,
            "chunks": status.chunks,
            "bytes_on_disk": status.bytes_on_disk,
            "fresh": status.fresh,
            "generation": status.generation,
            "indexed": updated.map(|updated| updated.indexed),
            "removed": updated.map(|updated| updated.removed),
            "duration_ms": updated.map(|_| started.elapsed().as_millis() as u64),
        })),
        Plain::Human => {
            let size = status.bytes_on_disk as f64 / 1e6;
            let what = format!(
                "{}, {}, {size:.1} MB on disk",
                counted(status.files, "file"),
                counted(status.symbols, "symbol"),
            );
            match updated {
                Some(updated) => format!(
                    "{what}; {} taken in, {} removed, in {:.1} s\n",
                    updated.indexed,
                    updated.removed,
                    started.elapsed().as_secs_f64()
                ),
                None if status.files == 0 => "no index yet; `obelus index` makes one\n".to_owned(),
                None => format!("{what}\n"),
            }
        }
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}
