//! One check of one version of an open document, on the pool.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use base::{At, Finding, RelPath, RuleId, Text, WorkspaceKind};
use review::Engine;
use review::assist::{self, Kind, Problem};

use crate::document::{Base, Snapshot};
use crate::host::Host;

/// What a worker needs; owned by it.
pub(crate) struct Job {
    pub(crate) path: RelPath,
    pub(crate) engine: Arc<Engine>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) snapshot: Snapshot,
    pub(crate) base: Base,
    pub(crate) opened: Text,
}

/// What comes back.
pub(crate) struct Checked {
    /// The snapshot that was checked; the next check starts from it. `None` after a panic.
    pub(crate) document: Option<review::Document>,
    pub(crate) base: Base,
    pub(crate) findings: Vec<Finding>,
    /// What is wrong with it, where it is a file of ours.
    pub(crate) problems: Vec<Problem>,
    /// The file does not count: ignored, or its history cannot be read.
    pub(crate) is_outside: bool,
    /// Pages of the rules that were found.
    pub(crate) pages: HashMap<RuleId, String>,
}

pub(crate) fn run(job: Job) -> Checked {
    catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|_| {
        tracing::error!("a check panicked");
        Checked {
            document: None,
            base: Base::Unknown,
            findings: Vec::new(),
            problems: Vec::new(),
            is_outside: false,
            pages: HashMap::new(),
        }
    })
}

fn work(job: Job) -> Checked {
    let text = Text::new(job.snapshot.rope.to_string());
    let document = match job.snapshot.from {
        Some((document, changes)) => document.edited(text, &changes),
        None => review::Document::new(job.path.clone(), text),
    };
    let problems = Kind::of(&job.path).map_or_else(Vec::new, |kind| {
        assist::problems(kind, &job.path, document.text().as_str())
    });
    let repo = job.engine.repo();
    let known = match job.base {
        Base::Known(base) => Ok(base),
        Base::Unknown if repo.is_ignored(&job.path) => Err("ignored"),
        Base::Unknown => match repo.kind() {
            // Nothing to compare with but what was there when the file was opened.
            WorkspaceKind::Folder(_) => Ok(Some(job.opened)),
            WorkspaceKind::Git => match repo.head() {
                Ok(None) => Ok(None),
                Ok(Some(head)) => repo.text(&job.path, &At::Commit(head)).map_err(|error| {
                    tracing::warn!(path = %job.path, %error, "cannot read the text at HEAD");
                    "unreadable"
                }),
                Err(error) => {
                    tracing::warn!(%error, "cannot read HEAD");
                    Err("unreadable")
                }
            },
        },
    };
    let Ok(base) = known else {
        return Checked {
            document: Some(document),
            base: Base::Unknown,
            findings: Vec::new(),
            problems,
            is_outside: true,
            pages: HashMap::new(),
        };
    };
    let findings = review::check(&job.engine, &document, base.as_ref()).findings;
    // A page that cannot be had costs a link, not the findings.
    let pages = catch_unwind(AssertUnwindSafe(|| {
        pages(&findings, &job.engine, &*job.host)
    }));
    Checked {
        document: Some(document),
        base: Base::Known(base),
        pages: pages.unwrap_or_default(),
        is_outside: false,
        findings,
        problems,
    }
}

/// The pages of the rules of `findings`.
pub(crate) fn pages<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    engine: &Engine,
    host: &dyn Host,
) -> HashMap<RuleId, String> {
    let mut pages = HashMap::new();
    for finding in findings {
        if !pages.contains_key(&finding.rule)
            && let Some(page) = host.rule_page(engine, finding.rule.as_str())
        {
            pages.insert(finding.rule.clone(), page);
        }
    }
    pages
}
