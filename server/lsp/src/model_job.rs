//! A model's part in a review on request: finding the model, asking before anything is sent, and telling the loop what
//! is known so far, so that the other checks' findings never wait and a model's are shown one by one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base::model::Role;
use base::{At, CheckKind, Finding, RelPath, Repo, Report, RuleId};
use review::{Engine, ModelReview, Progress, ReviewError};
use tokio::sync::{OnceCell, mpsc};

use crate::check;
use crate::event_loop::Event;
use crate::gate::{Gate, Shut, settings_hash};
use crate::host::Host;
use crate::live::lock;
use crate::outbox::Outbox;
use crate::pool::Pool;

/// What a review that asks a model says so far.
pub(crate) struct ReviewPart {
    pub(crate) id: u64,
    pub(crate) folder: u64,
    pub(crate) report: Report,
    pub(crate) pages: HashMap<RuleId, String>,
    pub(crate) only: Option<RelPath>,
}

/// What a review may do to get at a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Ask the user first, where that was not answered yet: they are waiting for it.
    User,
    /// Send where the user agreed to it before: nobody asked for this review.
    IfAgreed,
    /// Send nothing: what is known already is enough.
    Nobody,
}

/// The way to the models of a folder.
pub(crate) struct Door {
    /// What the model is to do.
    pub(crate) role: Role,
    /// The model that is to be asked; `none` for none; as configured where not given.
    pub(crate) wanted: Option<String>,
    /// The folder is not trusted.
    pub(crate) is_shut: bool,
    pub(crate) asks: Asks,
    pub(crate) place: PathBuf,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) pool: Pool,
    pub(crate) outbox: Outbox,
}

impl Door {
    /// The model, behind the question whether it may be asked.
    pub(crate) async fn open(
        self,
        engine: &Arc<Engine>,
    ) -> Result<Option<ModelReview>, ReviewError> {
        if self.is_shut || self.wanted.as_deref() == Some("none") {
            return Ok(None);
        }
        let (host, engine, place) = (self.host, Arc::clone(engine), self.place);
        let (role, named, wanted) = (self.role, self.wanted.is_some(), self.wanted);
        let (outbox, warned, asks) = (self.outbox.clone(), self.outbox, self.asks);
        let find = move || {
            let found = host.model(&engine, &place, role, wanted.as_deref())?;
            Ok(found.map(|mut review| {
                let name = place.file_name().unwrap_or(place.as_os_str());
                if asks == Asks::Nobody {
                    review.model = Arc::new(Shut(review.model));
                    return review;
                }
                review.model = Arc::new(Gate {
                    may_ask: asks == Asks::User,
                    inner: review.model,
                    store: review.store.clone(),
                    settings: settings_hash(&**engine.repo()),
                    workspace: name.to_string_lossy().into_owned(),
                    outbox,
                    answer: OnceCell::new(),
                });
                review
            }))
        };
        let found: Option<Result<Option<ModelReview>, String>> = self.pool.run(find).await;
        match found {
            Some(Ok(found)) => Ok(found),
            Some(Err(why)) if named => Err(ReviewError::Model(why)),
            Some(Err(_)) if asks != Asks::User => Ok(None),
            Some(Err(why)) => {
                // Configured and not to be had: the other checks are worth having all the same.
                warned.show_warning(format!("Obelus: no model takes part: {why}"));
                Ok(None)
            }
            None => Err(ReviewError::Internal(
                "looking for the model panicked".to_owned(),
            )),
        }
    }
}

/// Tells the loop what a review says so far, once a model takes part in it.
pub(crate) struct Parts {
    pub(crate) id: u64,
    pub(crate) folder: u64,
    pub(crate) only: Option<RelPath>,
    /// Nothing before the other checks are through.
    pub(crate) so_far: Mutex<Option<Report>>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) pool: Pool,
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

impl Parts {
    pub(crate) fn hear(&self, progress: &Progress) {
        match progress {
            Progress::Checked(report) => {
                *lock(&self.so_far) = Some(Report::clone(report));
                self.tell();
            }
            Progress::Findings(findings) => {
                let of_model = |finding: &&Finding| finding.check == CheckKind::Model;
                let new: Vec<Finding> = findings.iter().filter(of_model).cloned().collect();
                if new.is_empty() {
                    return;
                }
                if let Some(report) = &mut *lock(&self.so_far) {
                    for path in new.iter().flat_map(places) {
                        if !report.sources.contains_key(path)
                            && let Ok(Some(text)) = self.repo.text(path, &At::Worktree)
                        {
                            report.sources.insert(path.clone(), text);
                        }
                    }
                    report.findings.extend(new);
                }
                self.tell();
            }
            Progress::Planned { .. } | Progress::File { .. } | Progress::Asking(_) => {}
        }
    }

    fn tell(&self) {
        let Some(mut report) = lock(&self.so_far).clone() else {
            return;
        };
        if let Some(only) = &self.only {
            report.findings.retain(|finding| finding.path == *only);
        }
        let (id, folder, only) = (self.id, self.folder, self.only.clone());
        let (engine, host, events) = (
            Arc::clone(&self.engine),
            Arc::clone(&self.host),
            self.events.clone(),
        );
        self.pool.spawn(move || {
            let pages = check::pages(&report.findings, &engine, &*host);
            let part = ReviewPart {
                id,
                folder,
                report,
                pages,
                only,
            };
            events.send(Event::ReviewPart(Box::new(part))).ok();
        });
    }
}

fn places(finding: &Finding) -> impl Iterator<Item = &RelPath> {
    let evidence = finding.evidence.iter().map(|place| &place.path);
    std::iter::once(&finding.path).chain(evidence)
}
