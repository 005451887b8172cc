//! Whole reviews with a model that says what a test wants it to say.

mod anchoring;
mod commenting;
mod flow;
mod hostile;
mod mending;
mod script;
mod sent;
mod testing;

use std::sync::{Arc, Mutex};

use base::history::{History, NoHistory};
use base::memory::MemoryRepo;
use base::search::Index;
use base::{Cancel, Finding, ModelName, Report, Scope, Store};
use serde_json::{Value, json};

use self::script::Script;
use super::{ModelLimits, ModelReview};
use crate::context::tests::Plain;
use crate::tests::wait;
use crate::{Engine, Flags, Knowledge, Layers, Progress, Trust, review};

struct Known(Arc<Plain>);

impl Knowledge for Known {
    fn index(&self) -> Option<Arc<dyn Index>> {
        Some(Arc::clone(&self.0) as Arc<dyn Index>)
    }

    fn history(&self, _base: Option<&str>) -> Arc<dyn History> {
        Arc::new(NoHistory)
    }
}

/// A review to be made.
struct Case {
    fixture: String,
    script: Arc<Script>,
    store: Option<Arc<dyn Store>>,
    limits: ModelLimits,
    profile: Option<&'static str>,
    names: Vec<&'static str>,
    streamed: Arc<Mutex<Vec<Finding>>>,
}

impl Case {
    fn new(fixture: &str, script: Script) -> Self {
        Self {
            fixture: fixture.to_owned(),
            script: Arc::new(script),
            store: None,
            limits: ModelLimits::default(),
            profile: None,
            names: vec!["test/one"],
            streamed: Arc::default(),
        }
    }

    fn plan(&self) -> ModelReview {
        let names = self
            .names
            .iter()
            .filter_map(|name| ModelName::parse(name))
            .collect();
        ModelReview {
            store: self.store.clone(),
            limits: self.limits.clone(),
            ..ModelReview::new(self.script.clone(), names)
        }
    }

    fn engine(&self) -> (Arc<Engine>, Arc<dyn Knowledge>) {
        let repo = Arc::new(MemoryRepo::fixture(&self.fixture));
        let known: Arc<dyn Knowledge> = Arc::new(Known(Arc::new(Plain::of(&repo))));
        let flags = Flags {
            profile: self.profile.map(str::to_owned),
            ..Flags::default()
        };
        let layers = Layers {
            flags,
            ..Layers::default()
        };
        let engine = Engine::open(repo, layers, Trust::Worktree).expect("settings");
        (Arc::new(engine), known)
    }

    fn run(&self) -> Report {
        let (engine, known) = self.engine();
        let repo = Arc::clone(engine.repo());
        let streamed = Arc::clone(&self.streamed);
        let on_progress = move |progress: Progress| {
            if let Progress::Findings(findings) = progress {
                streamed.lock().expect("a lock").extend(findings);
            }
        };
        wait(review(
            engine,
            repo,
            Scope::Worktree,
            Some(known),
            Some(self.plan()),
            Arc::new(on_progress),
            Cancel::new(),
        ))
        .expect("a report")
    }
}

/// A remark as a model should make it.
fn remark(path: &str, quote: &str, title: &str) -> Value {
    json!({
        "path": path, "line_tag": "", "line": 0, "quote": quote, "symbol": "", "category": "bug", "severity": "warning",
        "confidence": 0.85, "title": title, "explanation": format!("{title}: it goes wrong for an empty list."),
        "claims": [], "fix": null,
    })
}

fn reply(remarks: &[Value]) -> String {
    json!({"findings": remarks}).to_string()
}

/// `path:line title` of each of the model's findings.
fn shown(report: &Report) -> Vec<String> {
    let own = report
        .findings
        .iter()
        .filter(|finding| finding.rule.as_str().starts_with("model/"));
    own.map(|finding| {
        let text = report.sources.get(&finding.path).expect("its text");
        let line = text.line_column(finding.span.start).line;
        format!("{}:{line} {}", finding.path, finding.title)
    })
    .collect()
}

fn dropped(report: &Report) -> Vec<(&'static str, usize)> {
    let stats = report.model.as_ref().expect("a receipt");
    stats
        .dropped
        .iter()
        .map(|(reason, count)| (*reason, *count))
        .collect()
}
