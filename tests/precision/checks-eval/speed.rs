//! How long the checks across files take for a large change: `checks-eval REPO --speed FILES`.
//!
//! The change is the newest commits together, as many as it takes to touch so many source files. Index and history are
//! at hand; the first rounds warm up. What each part took is heard from the program's own log. With
//! `RAYON_NUM_THREADS=1` that is what it costs; with more, a part's time holds what its thread did for others meanwhile.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use base::Scope;
use base::history::History;
use git2::Oid;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::Result;
use crate::clone::{Clone, is_source};

/// Rounds, and how many of them come before it counts.
const ROUNDS: usize = 14;
const WARM_UP: usize = 3;
/// Commits that are looked through for enough files.
const MAX_COMMITS: usize = 2_000;

pub(crate) fn run(clone: &mut Clone, files: usize) -> Result<String> {
    let heard = Heard::default();
    tracing_subscriber::registry()
        .with(heard.clone())
        .try_init()?;
    let head = clone.git.head()?.peel_to_commit()?.id();
    let (from, touched) = base(clone, head, files)?;
    clone.go_to(head)?;
    let history: Arc<dyn History> = Arc::new(clone.history(from)?);
    let mut whole = Vec::new();
    let (mut reviewed, mut found) = (0, 0);
    for round in 0..ROUNDS {
        let scope = Scope::Base(from.to_string());
        let (report, took) = clone.review_with(scope, Arc::clone(&history))?;
        if round < WARM_UP {
            heard.clear();
            continue;
        }
        (reviewed, found) = (report.coverage.files, report.findings.len());
        whole.push(took.as_secs_f64() * 1e3);
    }
    let mut out = format!(
        "{reviewed} files changed ({touched} of them source) since {from}, {} lines in {} files, {found} findings\n",
        clone.lines()?,
        base::search::Index::files(&*clone.index).len(),
    );
    let mut rows: Vec<(f64, String)> = heard.rows();
    rows.push((median(&mut whole), "the review".to_owned()));
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (took, part) in rows {
        writeln!(out, "  {took:>8.1} ms  {part}").ok();
    }
    Ok(out)
}

/// The newest ancestor since which `files` source files were touched, and how many they are.
fn base(clone: &Clone, head: Oid, files: usize) -> Result<(Oid, usize)> {
    let mut at = head;
    for _ in 0..MAX_COMMITS {
        at = clone.parent(at)?;
        let paths = clone.differing(Some(at), head)?;
        let touched = paths.iter().filter(|path| is_source(path)).count();
        if touched >= files {
            return Ok((at, touched));
        }
    }
    Err("there are not so many commits".into())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What the log says about how long the parts took, in microseconds.
#[derive(core::clone::Clone, Default)]
struct Heard(Arc<Mutex<BTreeMap<String, Vec<f64>>>>);

impl Heard {
    fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn rows(&self) -> Vec<(f64, String)> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = heard.iter();
        rows.map(|(part, times)| (median(&mut times.clone()) / 1e3, part.clone()))
            .collect()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut part = Part::default();
        event.record(&mut part);
        if let (Some(name), Some(took)) = (part.name, part.us) {
            let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.entry(name).or_default().push(took as f64);
        }
    }
}

#[derive(Default)]
struct Part {
    name: Option<String>,
    us: Option<u64>,
}

impl Visit for Part {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "us" {
            self.us = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "part" {
            self.name = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
