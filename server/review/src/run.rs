//! The review of a whole change: files side by side on the pool, findings as they are proven, one report in the end.
//!
//! A file's texts live only while it is checked; those that findings point into are kept for the renderers. The order
//! of the report does not depend on the order in which files were done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use base::change::SkipReason;
use base::{
    Cancel, Change, Coverage, FileChange, FileTexts, Finding, ModelName, RelPath, Repo, RepoError,
    Report, Scope, Skipped, Stats, Text,
};
use rayon::prelude::*;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use base::Log;
use base::history::History;
use base::search::Index;

use crate::across::{self, Across};
use crate::check::{Changed, CheckResult, check_document, contained, too_large};
use crate::checks;
use crate::document::Document;
use crate::engine::Engine;
use crate::loaded::LoadedFiles;
use crate::model::{self, Before, ModelReview, Unsent};
use crate::observed;
use crate::semantic::{self, SemanticChange};
use crate::settings::Profile;

/// What a review tells while it runs.
#[derive(Clone, Debug)]
pub enum Progress {
    /// How many files there are to look at.
    Planned {
        /// Files to look at.
        files: usize,
    },
    /// One more file is done.
    File {
        /// Files done so far, this one included.
        done: usize,
        /// Files to look at.
        files: usize,
        /// The file.
        path: RelPath,
    },
    /// Findings of one file, with ids, as soon as they are proven.
    Findings(Vec<Finding>),
    /// A model is about to be asked; nothing has left yet.
    Asking(Asking),
    /// What all other checks say, before a model's part begins; only where there is one.
    Checked(Arc<Report>),
}

/// What a review by a model is about to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Who is asked first.
    pub model: ModelName,
    /// Requests that are planned; second looks and tools follow from their replies.
    pub requests: usize,
    /// Groups of changes whose verdict is known: nothing is sent for them.
    pub frozen: usize,
    /// Tokens of input of the planned requests, about.
    pub input_tokens: u64,
    /// What the whole review can cost at most, in millionths of a dollar; `None` where the price is not known.
    pub most_micro_usd: Option<u64>,
}

/// Commits of a change whose messages are read.
const MAX_COMMITS: usize = 50;

/// What is known of the whole workspace; opened when a check first needs it, which takes a while the first time.
pub trait Knowledge: Send + Sync {
    /// The index, up to date; `None` where there is none.
    fn index(&self) -> Option<Arc<dyn Index>>;

    /// What the commits up to `base` (HEAD when not given) tell.
    fn history(&self, base: Option<&str>) -> Arc<dyn History>;

    /// What was written about commits; `None` where nobody asks for it, as in an editor.
    fn log(&self) -> Option<Arc<dyn Log>> {
        None
    }
}

/// Why there is no report.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReviewError {
    /// The change could not be read.
    #[error(transparent)]
    Repo(RepoError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// No model can be asked; says why and what to do.
    #[error("{0}")]
    Model(String),
    /// The engine itself failed; a defect in Obelus.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

/// Reviews `scope` of `repo` (the engine's own, or an overlay of open buffers over it).
///
/// Without `knowledge` the checks across files do not run, without `model` nothing is sent anywhere. The other checks
/// never wait for a model; its findings come after theirs. `on_progress` is called from the pool's threads, several at a
/// time.
pub async fn review(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    scope: Scope,
    knowledge: Option<Arc<dyn Knowledge>>,
    model: Option<ModelReview>,
    on_progress: Arc<dyn Fn(Progress) + Send + Sync>,
    cancel: Cancel,
) -> Result<Report, ReviewError> {
    let span = observed::begun(&scope);
    let work = reviewed(engine, repo, scope, knowledge, model, on_progress, cancel);
    let result = work.instrument(span.clone()).await;
    observed::ended(&span, &result);
    result
}

async fn reviewed(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    scope: Scope,
    knowledge: Option<Arc<dyn Knowledge>>,
    model: Option<ModelReview>,
    on_progress: Arc<dyn Fn(Progress) + Send + Sync>,
    cancel: Cancel,
) -> Result<Report, ReviewError> {
    let started = Instant::now();
    let model = model.filter(|_| wants_model(&engine, &scope));
    let shown = Arc::clone(&on_progress);
    let (mut report, left) = checked(
        &engine,
        &repo,
        scope,
        knowledge,
        model.is_some(),
        shown,
        &cancel,
    )
    .await?;
    let Some(model) = model else {
        return Ok(report);
    };
    on_progress(Progress::Checked(Arc::new(report.clone())));
    let before = before(engine, repo, left, &report);
    let either = cancel.or(&model.stop);
    let after = model::review(before, &model, &*on_progress, &either).await;
    if cancel.is_cancelled() {
        return Err(ReviewError::Cancelled);
    }
    report.findings.extend(after.findings);
    report.suppressed += after.suppressed;
    report.skipped.extend(after.skipped);
    report.sources.extend(after.sources);
    report.model = Some(after.stats);
    report.coverage.duration_ms = started.elapsed().as_millis() as u64;
    sort(&mut report);
    Ok(report)
}

/// What a review with `model` would send first, without sending it: for a dry run and for an estimate.
pub async fn unsent(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    scope: Scope,
    knowledge: Option<Arc<dyn Knowledge>>,
    model: &ModelReview,
    cancel: Cancel,
) -> Result<Unsent, ReviewError> {
    if !wants_model(&engine, &scope) {
        return Ok(Unsent::default());
    }
    let quiet = Arc::new(|_| {});
    let (report, left) = checked(&engine, &repo, scope, knowledge, true, quiet, &cancel).await?;
    let before = before(engine, repo, left, &report);
    let unsent = model::unsent(before, model, &cancel).await;
    unsent.map_err(ReviewError::Model)
}

/// A quick review and an audit of everything are done without a model, and so is what was told to be.
fn wants_model(engine: &Engine, scope: &Scope) -> bool {
    let settings = engine.settings();
    settings.profile != Profile::Quick
        && settings.checks.model != Some(false)
        && *scope != Scope::All
}

/// What a model starts from.
fn before(engine: Arc<Engine>, repo: Arc<dyn Repo>, left: Left, report: &Report) -> Before {
    let mut change = left.change;
    let skipped = |path: &RelPath| report.skipped.iter().any(|skipped| skipped.path == *path);
    change.files.retain(|file| !skipped(&file.path));
    let (index, history) = left.around.unzip();
    let lines = &report.coverage.lines;
    Before {
        engine,
        repo,
        change,
        index,
        history,
        reported: report.findings.clone(),
        lines: lines.additions + lines.deletions,
    }
}

/// Index and history.
type Surroundings = (Arc<dyn Index>, Arc<dyn History>);

/// What the other checks leave for a model.
struct Left {
    change: Change,
    around: Option<Surroundings>,
}

/// Everything but a model, on the pool.
async fn checked(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    scope: Scope,
    knowledge: Option<Arc<dyn Knowledge>>,
    for_model: bool,
    on_progress: Arc<dyn Fn(Progress) + Send + Sync>,
    cancel: &Cancel,
) -> Result<(Report, Left), ReviewError> {
    let (sender, receiver) = oneshot::channel();
    let (engine, repo, cancel) = (Arc::clone(engine), Arc::clone(repo), cancel.clone());
    rayon::spawn(move || {
        let knowledge = knowledge.as_deref();
        let work = || {
            let (report, mut left) =
                run(&engine, &*repo, &scope, knowledge, &*on_progress, &cancel)?;
            let known = knowledge
                .filter(|_| for_model && left.around.is_none() && !left.change.files.is_empty());
            if let Some(known) = known {
                let index = known.index();
                left.around =
                    index.map(|index| (index, known.history(left.change.base.as_deref())));
            }
            Ok((report, left))
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let result =
            result.unwrap_or_else(|_| Err(ReviewError::Internal("a review panicked".to_owned())));
        // Nobody waits any more when the caller dropped the future; that is its way to say so.
        sender.send(result).ok();
    });
    receiver.await.unwrap_or_else(|_| {
        Err(ReviewError::Internal(
            "the pool dropped the review".to_owned(),
        ))
    })
}

fn run(
    engine: &Engine,
    repo: &dyn Repo,
    scope: &Scope,
    knowledge: Option<&dyn Knowledge>,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
    cancel: &Cancel,
) -> Result<(Report, Left), ReviewError> {
    let started = Instant::now();
    let mut change = repo.change(scope, cancel).map_err(|error| match error {
        RepoError::Cancelled => ReviewError::Cancelled,
        error => ReviewError::Repo(error),
    })?;
    let settings = engine.settings();
    change.files.retain(|file| {
        settings.include.is_empty() || settings.include.matched(&file.path).is_some()
    });
    let files = change.files.len();
    on_progress(Progress::Planned { files });
    tracing::debug!(
        part = "the change found",
        us = started.elapsed().as_micros() as u64,
        "reviewed"
    );
    let done = AtomicUsize::new(0);
    let looks_around = knowledge.filter(|_| across::has_work(engine, &change));
    let keep = looks_around.map_or(0, |_| semantic::MAX_FILES);
    let loaded = LoadedFiles::new(repo, &change, keep);
    let of_files = || -> Vec<Outcome> {
        change
            .files
            .par_iter()
            .enumerate()
            .with_max_len(4)
            .filter_map(|(at, file)| {
                if cancel.is_cancelled() {
                    return None;
                }
                let outcome = review_file(engine, &loaded, at, file);
                if !outcome.result.findings.is_empty() {
                    on_progress(Progress::Findings(outcome.result.findings.clone()));
                }
                on_progress(Progress::File {
                    done: done.fetch_add(1, Ordering::Relaxed) + 1,
                    files,
                    path: file.path.clone(),
                });
                Some(outcome)
            })
            .collect()
    };
    // Neither waits for the other: the checks of each file and, as soon as index and history are there, those across.
    let (outcomes, across) = rayon::join(of_files, || {
        around_change(engine, looks_around?, &loaded, cancel)
    });
    if cancel.is_cancelled() {
        return Err(ReviewError::Cancelled);
    }
    let mut report = Report {
        base: change.base.clone(),
        head: change.head.clone(),
        findings: Vec::new(),
        suppressed: 0,
        skipped: std::mem::take(&mut change.skipped),
        coverage: Coverage {
            files,
            lines: Stats::default(),
            rules: engine.enabled().len(),
            duration_ms: 0,
        },
        sources: BTreeMap::new(),
        problems: engine.problems().to_vec(),
        model: None,
    };
    for outcome in outcomes {
        report.suppressed += outcome.result.suppressed;
        report.coverage.lines.additions += outcome.stats.additions;
        report.coverage.lines.deletions += outcome.stats.deletions;
        report.findings.extend(outcome.result.findings);
        if let Some(text) = outcome.source {
            report.sources.insert(outcome.path.clone(), text);
        }
        if let Some(reason) = outcome.result.skipped {
            let path = outcome.path;
            report.skipped.push(Skipped { path, reason });
        }
    }
    let around = across.map(|(found, around)| {
        if !found.findings.is_empty() {
            on_progress(Progress::Findings(found.findings.clone()));
        }
        report.suppressed += found.suppressed;
        report.findings.extend(found.findings);
        report.sources.extend(found.sources);
        around
    });
    if cancel.is_cancelled() {
        return Err(ReviewError::Cancelled);
    }
    sort(&mut report);
    report.coverage.duration_ms = started.elapsed().as_millis() as u64;
    tracing::debug!(
        ?scope,
        files,
        findings = report.findings.len(),
        skipped = report.skipped.len(),
        ms = report.coverage.duration_ms,
        "reviewed"
    );
    Ok((report, Left { change, around }))
}

/// The checks across files, and what they looked things up in; `None` where they do not run.
fn around_change(
    engine: &Engine,
    known: &dyn Knowledge,
    loaded: &LoadedFiles<'_>,
    cancel: &Cancel,
) -> Option<(Across, Surroundings)> {
    let (repo, change) = (loaded.repo, loaded.change);
    // What changed can be read while the index is brought up to date.
    let started = Instant::now();
    let took = |part| {
        let us = started.elapsed().as_micros() as u64;
        tracing::debug!(part, us, "looked around");
    };
    let (semantic, (index, history)) = rayon::join(
        || {
            let semantic = SemanticChange::of_loaded(loaded, cancel);
            took("both sides parsed");
            semantic
        },
        || {
            let index = known.index();
            took("index");
            let history = known.history(change.base.as_deref());
            took("history");
            (index, history)
        },
    );
    let index = index?;
    let log = known.log();
    let said = match (&log, &change.base, &change.head) {
        (Some(log), Some(base), Some(head)) => log.between(base, head, MAX_COMMITS),
        _ => Vec::new(),
    };
    let around = across::Surroundings {
        index: &*index,
        history: &*history,
        said: &said,
    };
    let found = across::look_around(engine, repo, around, change, &semantic, cancel);
    Some((found, (index, history)))
}

/// Files by path; within a file worst first.
fn sort(report: &mut Report) {
    report.findings.sort_by(|a, b| {
        (a.path.cmp(&b.path))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.span.cmp(&b.span))
    });
    report.skipped.sort_by(|a, b| a.path.cmp(&b.path));
}

/// What came of one file.
struct Outcome {
    path: RelPath,
    result: CheckResult,
    stats: Stats,
    /// The text that findings point into.
    source: Option<Text>,
}

fn review_file(engine: &Engine, loaded: &LoadedFiles<'_>, at: usize, file: &FileChange) -> Outcome {
    let mut outcome = Outcome {
        path: file.path.clone(),
        result: CheckResult::default(),
        stats: Stats::default(),
        source: None,
    };
    if let Some(pattern) = engine.settings().exclude.matched(&file.path) {
        outcome.result.skipped = Some(SkipReason::Excluded(pattern.to_owned()));
        return outcome;
    }
    let (mut stats, mut source) = (Stats::default(), None);
    let result = contained(|| {
        let Some(it) = loaded.get(at) else {
            return CheckResult::default();
        };
        match &it.texts {
            Ok(texts) => {
                stats = texts.stats();
                source = texts.new.clone();
                match unreviewed(engine, loaded.repo, &file.path, texts) {
                    Some(reason) => CheckResult {
                        skipped: Some(reason),
                        ..CheckResult::default()
                    },
                    None => check_loaded(engine, file, texts, it.document.as_ref()),
                }
            }
            Err(reason) => {
                let drafts = checks::check_file(file, None, Some(reason));
                let document = Document::new(file.path.clone(), Text::new(""));
                let result = check_document(engine, &document, &Changed::Lines(Vec::new()), drafts);
                CheckResult {
                    skipped: Some(reason.clone()),
                    ..result
                }
            }
        }
    });
    if let Some(reason @ SkipReason::CheckFailed(_)) = &result.skipped {
        tracing::error!(path = %file.path, %reason, "a file could not be checked");
    }
    outcome.source = source.filter(|_| !result.findings.is_empty());
    outcome.stats = stats;
    outcome.result = result;
    outcome
}

/// A workspace leaves generated files out by itself, but does not see the buffers that an editor laid over it.
fn unreviewed(
    engine: &Engine,
    repo: &dyn Repo,
    path: &RelPath,
    texts: &FileTexts,
) -> Option<SkipReason> {
    let overlaid = !std::ptr::addr_eq(Arc::as_ptr(engine.repo()), repo);
    let new = texts.new.as_ref().filter(|_| overlaid)?;
    syntax::classify(path, new)
}

fn check_loaded(
    engine: &Engine,
    file: &FileChange,
    texts: &FileTexts,
    document: Option<&Document>,
) -> CheckResult {
    let (Some(new), Some(document)) = (&texts.new, document) else {
        return CheckResult::default();
    };
    let skip = too_large(engine, new);
    let drafts = checks::check_file(file, Some(new), skip.as_ref());
    let changed = match &texts.old {
        Some(_) if skip.is_none() => Changed::Lines(texts.changed_spans()),
        None if skip.is_none() => Changed::All,
        _ => Changed::Lines(Vec::new()),
    };
    let result = check_document(engine, document, &changed, drafts);
    CheckResult {
        skipped: skip.or(result.skipped),
        ..result
    }
}
