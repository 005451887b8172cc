//! `obelus review`: from flags to a scope, one review, one rendering, one exit status.

use std::path::Path;
use std::sync::Arc;

use base::history::History;
use base::search::Index;
use base::{Cancel, Report, Scope};
use review::{Engine, FailOn, Flags, Knowledge, Progress};

use crate::args;
use crate::knowledge;
use crate::progress::Bar;
use crate::render::{self, View};
use crate::status::{Failure, Status, note, warning};
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
    without_a_model(engine.settings().model.as_deref())?;
    let mut report = review(&workspace, &engine, &scope, terminal)?;
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
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let bar = Arc::new(Bar::new(terminal.shows_progress()));
    let watch = Arc::clone(&bar);
    let on_progress = Arc::new(move |progress: Progress| watch.on(&progress));
    // The work itself runs on rayon's pool: one thread that waits is all the runtime that is needed.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| {
            Failure::outside(error, "are there enough resources to start a program?")
        })?;
    let known = Arc::new(Known {
        workspace: workspace.clone(),
        terminal: *terminal,
        bar: Arc::clone(&bar),
    });
    let work = review::review(
        Arc::clone(engine),
        Arc::clone(&workspace.repo),
        scope.clone(),
        Some(known),
        None,
        on_progress,
        Cancel::new(),
    );
    let report = runtime.block_on(work);
    bar.clear();
    Ok(report?)
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
        self.bar.clear();
        let opened = knowledge::open(&self.workspace).and_then(|index| {
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
}

fn flags(args: &args::Review) -> Result<Flags, Failure> {
    Ok(Flags {
        profile: args.profile.clone(),
        fail_on: args.fail_on.clone(),
        min_confidence: args.min_confidence,
        paths: args.paths.clone(),
        model: args.model.clone(),
        ..Flags::default()
    })
}

/// A model that was named and is not used would be a promise broken in silence.
fn without_a_model(model: Option<&str>) -> Result<(), Failure> {
    match model {
        None | Some("none") => Ok(()),
        Some(model) => Err(Failure::usage(
            format_args!("cannot use the model `{model}`: this version reviews without a model"),
            "leave out --model and OBELUS_MODEL, or say `--model none`",
        )),
    }
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
