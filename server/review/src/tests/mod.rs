//! Tests of the engine as its users see it: a fixture in, findings out.

mod checking;
mod models;
mod parsed;
mod reviewing;
mod rules;
mod schemas;
mod settings;

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use base::memory::MemoryRepo;
use base::{Cancel, Finding, Report, Scope};

use crate::{Engine, Layers, Trust, review};

/// An engine over a fixture that trusts its work tree.
fn engine(fixture: &str) -> Arc<Engine> {
    engine_with(fixture, Layers::default())
}

fn engine_with(fixture: &str, layers: Layers) -> Arc<Engine> {
    let repo = Arc::new(MemoryRepo::fixture(fixture));
    match Engine::open(repo, layers, Trust::Worktree) {
        Ok(engine) => Arc::new(engine),
        Err(problems) => panic!("{}", lines(&problems)),
    }
}

fn report(engine: &Arc<Engine>, scope: Scope) -> Report {
    let work = review(
        engine.clone(),
        engine.repo().clone(),
        scope,
        None,
        None,
        Arc::new(|_| {}),
        Cancel::new(),
    );
    wait(work).expect("a report")
}

/// Waits for a future that other threads complete.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

/// One line per finding: path, line, severity, rule.
fn shown(report: &Report) -> String {
    let line = |finding: &Finding| {
        let line = report
            .sources
            .get(&finding.path)
            .map_or(0, |text| text.line_column(finding.span.start).line);
        format!(
            "{}:{line} {} {}",
            finding.path, finding.severity, finding.rule
        )
    };
    report
        .findings
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn lines<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
