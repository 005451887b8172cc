//! One question to a model on request: the same door, consent and record as a review's, for commands that word, explain,
//! repair or answer. Nothing is asked in a folder that is not trusted.

use std::path::PathBuf;
use std::sync::Arc;

use base::ModelStats;
use base::model::Role;
use review::{Engine, ModelReview, ReviewError};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::arguments::Arguments;
use crate::event_loop::{Event, Loop};
use crate::host::Host;
use crate::model_job::{Asks, Door};
use crate::outbox::Outbox;
use crate::pool::Pool;
use crate::proto::{Result, failed};

/// The way to a model, for one command.
#[derive(Clone)]
pub(crate) struct Consulting {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) place: PathBuf,
    /// The model that the command names; `none` for none; as configured where not given.
    wanted: Option<String>,
    pub(crate) untrusted: bool,
    pool: Pool,
    outbox: Outbox,
    events: mpsc::UnboundedSender<Event>,
}

impl Consulting {
    /// For a command with a `model` among its arguments. A model that was named and cannot be asked is an error: it
    /// would be a promise broken in silence.
    pub(crate) fn of(state: &Loop, folder: u64, arguments: &Arguments) -> Result<Self> {
        let (engine, place) = state.ready(folder)?;
        let wanted = arguments.owned("model")?;
        let untrusted = state.options.untrusted;
        if untrusted && wanted.as_deref().is_some_and(|model| model != "none") {
            return Err(failed(UNTRUSTED));
        }
        Ok(Self {
            host: Arc::clone(&state.host),
            engine,
            place,
            wanted,
            untrusted,
            pool: state.pool.clone(),
            outbox: state.outbox.clone(),
            events: state.events.clone(),
        })
    }

    /// The model for `role`, behind the question whether it may be asked; `None` where none is named.
    pub(crate) async fn model(
        &self,
        role: Role,
    ) -> std::result::Result<Option<ModelReview>, ReviewError> {
        let door = Door {
            role,
            wanted: self.wanted.clone(),
            is_shut: self.untrusted,
            asks: Asks::User,
            place: self.place.clone(),
            host: Arc::clone(&self.host),
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
        };
        let plan = door.open(&self.engine).await?;
        let Some(name) = (self.wanted.as_deref()).filter(|name| *name != "none") else {
            return Ok(plan);
        };
        let none = || ReviewError::Model(format!("the model `{name}` cannot be asked here"));
        let plan = plan.ok_or_else(none)?;
        for name in &plan.review {
            let facts = plan.model.facts(name);
            facts.map_err(|error| ReviewError::Model(error.message))?;
        }
        Ok(Some(plan))
    }

    /// Something may have been spent: the status says how much. May read a file.
    pub(crate) fn spent(&self, stats: &ModelStats) {
        if stats.requests > 0 {
            let spend = self.host.spend(&self.engine, &self.place);
            self.events.send(Event::Spent(spend)).ok();
        }
    }
}

/// Why no model is asked in a folder that the user does not trust.
pub(crate) const UNTRUSTED: &str = "this workspace is not trusted: no model is asked here";

/// What a model did and cost, as in a report; `null` where none was asked.
pub(crate) fn told(stats: Option<&ModelStats>) -> Value {
    stats.map_or(Value::Null, |stats| json!(review::json::model_stats(stats)))
}
