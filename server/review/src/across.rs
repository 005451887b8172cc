//! What the checks across files say about a change: run once for all of it, after (or beside) the checks of each file.

use std::collections::BTreeMap;
use std::time::Instant;

use base::history::History;
use base::search::Index;
use base::{Cancel, Change, Finding, Logged, RelPath, Repo, Text};

use crate::analysis::{self, Around, Remark, Remembered};
use crate::check::{Changed, check_remarks, contained};
use crate::document::Document;
use crate::engine::Engine;
use crate::semantic::SemanticChange;

/// Findings that rest on more than one file.
#[derive(Clone, Debug, Default)]
pub struct Across {
    /// By path, with ids.
    pub findings: Vec<Finding>,
    /// Findings held back by comments and dismissals.
    pub suppressed: usize,
    /// The texts that findings and their evidence point into.
    pub sources: BTreeMap<RelPath, Text>,
}

/// Whether there is a change to look around and a check that wants to.
pub(crate) fn has_work(engine: &Engine, change: &Change) -> bool {
    // An audit has no change to look around.
    let changes = change.old.is_some() && !change.files.is_empty();
    changes
        && analysis::metas()
            .iter()
            .any(|meta| engine.is_on(meta.id.as_str()))
}

/// Runs the checks across files on `change` of `repo` (the engine's own, or an overlay of open buffers over it).
///
/// What `index` says is believed only where it read the very text that `repo` has.
pub fn across(
    engine: &Engine,
    repo: &dyn Repo,
    index: &dyn Index,
    history: &dyn History,
    change: &Change,
    cancel: &Cancel,
) -> Across {
    if !has_work(engine, change) {
        return Across::default();
    }
    let semantic = SemanticChange::of(repo, change, cancel);
    let around = Surroundings {
        index,
        history,
        said: &[],
    };
    look_around(engine, repo, around, change, &semantic, cancel)
}

/// What the checks across files look things up in.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) index: &'a dyn Index,
    pub(crate) history: &'a dyn History,
    /// What was written about the commits of the change.
    pub(crate) said: &'a [Logged],
}

/// The checks themselves, where `semantic` is what `change` does.
pub(crate) fn look_around(
    engine: &Engine,
    repo: &dyn Repo,
    around: Surroundings<'_>,
    change: &Change,
    semantic: &SemanticChange,
    cancel: &Cancel,
) -> Across {
    let mut all = Across::default();
    let started = Instant::now();
    let index = Remembered::new(around.index);
    let around = Surroundings {
        index: &index,
        ..around
    };
    let around = Around::new(repo, around, change, semantic, engine.settings(), cancel);
    let remarks = analysis::run(&around, &|id| engine.is_on(id));
    let mut by_file: BTreeMap<RelPath, Vec<Remark>> = BTreeMap::new();
    for remark in remarks {
        by_file.entry(remark.path.clone()).or_default().push(remark);
    }
    for (path, remarks) in by_file {
        let settings = engine.settings();
        let included = settings.include.is_empty() || settings.include.matched(&path).is_some();
        let Some(text) = around.text(&path) else {
            continue;
        };
        if !included || settings.exclude.matched(&path).is_some() {
            continue;
        }
        let changed = match semantic.file(&path) {
            Some(file) => Changed::Lines(file.new.spans.clone()),
            None => Changed::Lines(Vec::new()),
        };
        let tree = semantic.file(&path).and_then(|file| file.new.tree.clone());
        let document = match tree {
            Some(tree) => Document::parsed(path.clone(), text.clone(), tree),
            None => Document::new(path.clone(), text.clone()),
        };
        let result = contained(|| check_remarks(engine, &document, &changed, remarks));
        all.suppressed += result.suppressed;
        if result.findings.is_empty() {
            continue;
        }
        for place in result.findings.iter().flat_map(|finding| &finding.evidence) {
            if let Some(text) = around.text(&place.path) {
                all.sources.insert(place.path.clone(), text);
            }
        }
        all.sources.insert(path, text);
        all.findings.extend(result.findings);
    }
    let us = started.elapsed().as_micros() as u64;
    tracing::debug!(part = "all checks across files", us, "looked around");
    all
}
