//! The door that a model's requests leave through: it opens when the user says so, once for each workspace.
//!
//! The question is asked when the first byte is about to be sent, and not before. It is asked again when the
//! workspace's own configuration or rules have changed: the answer was given to what they were. A model on this machine
//! needs no answer. While nobody answers, everything but the model's part goes on.

use std::sync::Arc;
use std::time::Duration;

use base::model::{
    Eventually, Model, ModelError, ModelFacts, ModelFault, ModelName, Reply, Request, Usage, Watch,
    Wire,
};
use base::{At, Cancel, ContentHash, Repo, Store};
use tokio::sync::OnceCell;

use crate::outbox::Outbox;

const SEND: &str = "Send";
const NOT_NOW: &str = "Not now";

/// How often it looks, while it waits for an answer, whether it is still wanted.
const LOOK: Duration = Duration::from_millis(30);

/// A client of models that asks before it sends.
pub(crate) struct Gate {
    pub(crate) inner: Arc<dyn Model>,
    pub(crate) store: Option<Arc<dyn Store>>,
    /// What the answer is given to.
    pub(crate) settings: ContentHash,
    pub(crate) workspace: String,
    pub(crate) outbox: Outbox,
    /// The user is there to be asked.
    pub(crate) may_ask: bool,
    /// The answer for this command, by the one provider that is asked about first.
    pub(crate) answer: OnceCell<(String, bool)>,
}

impl Gate {
    /// Whether the user lets text go to this provider.
    async fn is_open(&self, model: &ModelName) -> bool {
        let provider = &model.provider;
        let known = |store: &Arc<dyn Store>| store.consent(provider, &self.settings);
        if self.store.as_ref().is_some_and(known) {
            return true;
        }
        if !self.may_ask {
            return false;
        }
        let ask = || async {
            let question = format!(
                "Obelus: let `{model}` read the code that you have reviewed, described or explained in {}? Secrets are \
                 taken out first, and every request is recorded (`obelus usage`).",
                self.workspace
            );
            let answer = self.outbox.ask(question, &[SEND, NOT_NOW]).await;
            let is_yes = answer.as_deref() == Some(SEND);
            if is_yes
                && let Some(store) = &self.store
                && let Err(error) = store.set_consent(provider, &self.settings, true)
            {
                tracing::warn!(%error, "the answer is good for this time only");
            }
            (provider.clone(), is_yes)
        };
        // Two requests side by side are one question.
        let (asked, is_yes) = self.answer.get_or_init(ask).await;
        *is_yes && asked == provider
    }
}

impl Model for Gate {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let is_local = self
                .inner
                .facts(&request.model)
                .is_ok_and(|facts| facts.local);
            let is_open = async { is_local || self.is_open(&request.model).await };
            tokio::pin!(is_open);
            let is_open = loop {
                tokio::select! {
                    is_open = &mut is_open => break is_open,
                    // Nobody has answered yet, and nobody waits any more.
                    () = tokio::time::sleep(LOOK) => if cancel.is_cancelled() {
                        return Err(refused(ModelFault::Cancelled, "cancelled".to_owned()));
                    }
                }
            };
            if is_open {
                return self.inner.send(request, watch, cancel).await;
            }
            let message = format!(
                "nothing was sent to {}: you have not agreed to it; try again to be asked again",
                request.model
            );
            Err(refused(ModelFault::NotAllowed, message))
        })
    }

    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        self.inner.wire(request)
    }

    fn facts(&self, model: &ModelName) -> Result<ModelFacts, ModelError> {
        self.inner.facts(model)
    }
}

/// A client of models that sends nothing.
pub(crate) struct Shut(pub(crate) Arc<dyn Model>);

impl Model for Shut {
    fn send<'a>(
        &'a self,
        _: &'a Request,
        _: &'a mut dyn Watch,
        _: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        let message = "nothing is sent: only what is known already is shown".to_owned();
        Box::pin(async move { Err(refused(ModelFault::NotAllowed, message)) })
    }

    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        self.0.wire(request)
    }

    fn facts(&self, model: &ModelName) -> Result<ModelFacts, ModelError> {
        self.0.facts(model)
    }
}

fn refused(fault: ModelFault, message: String) -> ModelError {
    ModelError {
        fault,
        message,
        usage: Usage::default(),
    }
}

/// The hash of what a workspace says about its own review: its configuration, rules and dismissals.
pub(crate) fn settings_hash(repo: &dyn Repo) -> ContentHash {
    let mut files: Vec<_> = repo.list(".obelus", &At::Worktree).unwrap_or_default();
    files.extend(base::RelPath::new("obelus.toml"));
    files.sort();
    let mut hasher = base::text::ContentHasher::default();
    for path in files {
        if let Ok(Some(text)) = repo.text(&path, &At::Worktree) {
            hasher.update(path.as_str().as_bytes());
            hasher.update(&[0]);
            hasher.update(&ContentHash::of(text.as_str().as_bytes()).to_bytes());
        }
    }
    hasher.finish()
}
