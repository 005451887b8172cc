//! `obelus review`: from flags to a scope, one review, one rendering, one exit status.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base::history::History;
use base::model::Role;
use base::search::Index;
use base::{Cancel, Log, Report, Scope};
use review::{Engine, FailOn, Flags, Knowledge, ModelReview, Profile, Progress};
use store::StateStore;

use crate::args;
use crate::commands::dry_run;
use crate::interrupt;
use crate::knowledge;
use crate::models::{self, Keys};
use crate::progress::Bar;
use crate::render::{self, View, receipt};
use crate::state;
use crate::status::{Failure, Status, note, warning};
use crate::telemetry;
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

pub(crate) fn run(
    args: &args::Review,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let scope = args.scope();
    let flags = flags(args)?;
    let workspace = workspace::open(folder)?;
    let (trust, notes) = workspace::trust(&*workspace.repo, &scope, args.trust)?;
    for text in &notes {
        terminal.aside(&note(text));
    }
    let engine = Arc::new(workspace::engine(&workspace, flags, trust)?);
    let store = state::open(&workspace)?;
    let keys = match args.dry_run {
        true => Keys::Untouched,
        false => Keys::Found,
    };
    let kept = Arc::<StateStore>::clone(&store);
    let model = models::of_role(&engine, kept, Role::Review, None, keys)?;
    if let Some(text) = unused(args, &engine, &scope) {
        terminal.aside(&note(&text));
    }
    if args.dry_run {
        return dry_run::run(args.format, &workspace, &engine, &scope, model, terminal);
    }
    let asked = model.is_some();
    let mut report = review(&workspace, &engine, &scope, model, terminal)?;
    if asked {
        state::tell(&store, terminal);
    }
    if let Some(text) = report.model.as_ref().map(receipt::of) {
        terminal.aside(&note(&text));
    }
    for problem in &report.problems {
        terminal.aside(&warning(problem));
    }
    if let Some(operation) = workspace.repo.operation_in_progress() {
        terminal.aside(&note(&format!(
            "a {operation} is in progress: the work tree is reviewed as it is now"
        )));
    }
    report.problems.extend(notes);
    let view = View {
        report: &report,
        scope: &scope,
        rule: &|id| engine.catalogue().get(id),
        width: terminal.width(),
        verbose: terminal.verbose,
    };
    let text = render::render(args.format, &view);
    match &args.output {
        Some(file) => {
            terminal.result_to(file, &text)?;
            let findings = render::counted(report.findings.len(), "finding");
            terminal.aside(&note(&format!("{findings} written to {}", file.display())));
        }
        None => terminal.result(&text)?,
    }
    Ok(status(
        &report,
        engine.settings().fail_on,
        args.allow_incomplete,
    ))
}

/// Reviews `scope`, with a progress bar where somebody watches.
pub(crate) fn review(
    workspace: &Workspace,
    engine: &Arc<Engine>,
    scope: &Scope,
    model: Option<ModelReview>,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    telemetry::start(engine.settings());
    let bar = Arc::new(Bar::new(terminal.shows_progress()));
    let (watch, told) = (Arc::clone(&bar), *terminal);
    let stop = model.as_ref().map(|model| model.stop.clone());
    // Until the review is over, and no longer.
    let stoppable = Mutex::new(None);
    let on_progress = Arc::new(move |progress: Progress| {
        if let (Progress::Asking(asking), Some(stop)) = (&progress, &stop) {
            watch.clear();
            told.aside(&note(&receipt::estimate(asking)));
            *stoppable.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(interrupt::stops(stop, &told));
        }
        watch.on(&progress);
    });
    let known = known(workspace, &bar, terminal);
    let work = review::review(
        Arc::clone(engine),
        Arc::clone(&workspace.repo),
        scope.clone(),
        Some(known),
        model,
        on_progress,
        Cancel::new(),
    );
    // The checks run on rayon's pool and requests are waited for: one thread is all the runtime that is needed.
    let report = models::wait(work)?;
    bar.clear();
    Ok(report?)
}

/// What is known of a workspace, for checks across files and for a model.
pub(crate) fn known(
    workspace: &Workspace,
    bar: &Arc<Bar>,
    terminal: &Terminal,
) -> Arc<dyn Knowledge> {
    Arc::new(Known {
        workspace: workspace.clone(),
        terminal: *terminal,
        bar: Arc::clone(bar),
    })
}

/// The index and the history, opened when a check first asks for them.
struct Known {
    workspace: Workspace,
    terminal: Terminal,
    /// The review's own bar, which makes room for that of the index.
    bar: Arc<Bar>,
}

impl Knowledge for Known {
    fn index(&self) -> Option<Arc<dyn Index>> {
        let opened = self.bar.beside(|| -> Result<_, Failure> {
            let index = knowledge::open(&self.workspace)?;
            knowledge::refresh(&index, false, &self.terminal)?;
            Ok(index)
        });
        match opened {
            Ok(index) => Some(Arc::new(index)),
            Err(failure) => {
                self.terminal.aside(&warning(&format!(
                    "the checks across files did not run: {}",
                    failure.plain()
                )));
                None
            }
        }
    }

    fn history(&self, base: Option<&str>) -> Arc<dyn History> {
        Arc::from(knowledge::history(&self.workspace, base, &self.terminal))
    }

    fn log(&self) -> Option<Arc<dyn Log>> {
        let log = repo::open_log(&self.workspace.top).ok()?;
        Some(Arc::new(log))
    }
}

fn flags(args: &args::Review) -> Result<Flags, Failure> {
    Ok(Flags {
        profile: args.profile.clone(),
        fail_on: args.fail_on.clone(),
        min_confidence: args.min_confidence,
        paths: args.paths.clone(),
        model: args.model.clone(),
        max_cost: args.max_cost,
        no_cache: args.no_cache,
        ..Flags::default()
    })
}

/// Why a model that was named is not asked all the same.
fn unused(args: &args::Review, engine: &Engine, scope: &Scope) -> Option<String> {
    let settings = engine.settings();
    let named = settings
        .model
        .as_deref()
        .is_some_and(|model| model != "none");
    let why = if !named {
        return None;
    } else if *scope == Scope::All {
        "an audit of every file (--all) is done without one"
    } else if settings.profile == Profile::Quick {
        "the profile `quick` asks none"
    } else if settings.checks.model == Some(false) {
        "`checks.model` is false"
    } else {
        return None;
    };
    let by = match args.model {
        Some(_) => "--model",
        None => "OBELUS_MODEL",
    };
    Some(format!("the model of {by} is not asked: {why}"))
}

fn status(report: &Report, fail_on: FailOn, allow_incomplete: bool) -> Status {
    if fail_on == FailOn::Never {
        Status::Fine
    } else if fail_on.reached_by(report) {
        Status::Findings
    } else if report.is_incomplete() && !allow_incomplete {
        Status::Incomplete
    } else {
        Status::Fine
    }
}

#[cfg(test)]
mod tests {
    use base::change::SkipReason;
    use base::{RelPath, Report, Severity, Skipped};
    use review::FailOn;

    use super::{Status, status};

    #[test]
    fn what_was_not_reviewed_is_never_taken_for_clean() {
        let skip = |reason| {
            let path = RelPath::new("a.txt").expect("a path");
            Report {
                skipped: vec![Skipped { path, reason }],
                ..Report::default()
            }
        };
        let failed = skip(SkipReason::Unreadable("permission denied".to_owned()));
        let error = FailOn::At(Severity::Error);
        assert_eq!(status(&failed, error, false), Status::Incomplete);
        assert_eq!(status(&failed, error, true), Status::Fine);
        assert_eq!(status(&failed, FailOn::Never, false), Status::Fine);
        assert_eq!(
            status(&skip(SkipReason::Binary), error, false),
            Status::Fine
        );
    }
}
