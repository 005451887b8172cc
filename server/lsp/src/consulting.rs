//! One question to a model on request: the same door, consent and record as a review's, for commands that word, explain,
//! repair or answer. Nothing is asked in a folder that is not trusted.
//!
//! The work is done on a thread of its own, with a progress and two ways to stop it; it may wait there for a model.

use std::path::PathBuf;
use std::sync::Arc;

use base::model::Role;
use base::search::Index;
use base::{Cancel, ModelStats, Overlay, Repo, RepoError};
use review::{Engine, ModelReview, ReviewError};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::arguments::Arguments;
use crate::commands::{Answer, place};
use crate::event_loop::{Event, Loop};
use crate::host::Host;
use crate::live::Known;
use crate::long::Long;
use crate::model_job::{Asks, Door};
use crate::observed;
use crate::outbox::Outbox;
use crate::pool::Pool;
use crate::proto::types::ProgressToken;
use crate::proto::{Error, Result, failed};
use crate::shelf::Shows;

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

    /// Whether a model is named for `role`, so that asking it can be offered.
    pub(crate) fn is_named(state: &Loop, engine: &Engine, role: Role) -> bool {
        !state.options.untrusted && !engine.settings().models.of(role).is_empty()
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

/// Why there is no result.
pub(crate) enum Trouble {
    Repo(RepoError),
    Said(String),
}

impl From<RepoError> for Trouble {
    fn from(error: RepoError) -> Self {
        Self::Repo(error)
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Repo(RepoError::Cancelled) => Self::request_cancelled(),
            Trouble::Repo(error) => failed(error.to_string()),
            Trouble::Said(why) => failed(why),
        }
    }
}

/// What a command works with, away from the loop.
pub(crate) struct Desk {
    pub(crate) by: Consulting,
    /// The workspace as it is on the screen.
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) cancel: Cancel,
    known: Known,
}

impl Desk {
    /// The index of the folder, once it is up to date; `None` where it is not soon.
    pub(crate) fn index(&self) -> Option<Arc<dyn Index>> {
        let index = self.known.up_to_date()?;
        Some(index)
    }

    /// Waits for what the model for `role` says; `None` where none is named.
    pub(crate) fn consult<T>(
        &self,
        role: Role,
        ask: impl AsyncFnOnce(&ModelReview) -> (std::result::Result<T, String>, ModelStats),
    ) -> std::result::Result<Option<Consulted<T>>, Trouble> {
        let asked = async {
            match self.by.model(role).await? {
                Some(plan) => Ok(Some(ask(&plan).await)),
                None => Ok(None),
            }
        };
        let asked: std::result::Result<_, ReviewError> =
            tokio::runtime::Handle::current().block_on(asked);
        match asked {
            Ok(asked) => {
                asked.iter().for_each(|(_, stats)| self.by.spent(stats));
                match self.cancel.is_cancelled() {
                    true => Err(RepoError::Cancelled.into()),
                    false => Ok(asked),
                }
            }
            Err(ReviewError::Cancelled) => Err(RepoError::Cancelled.into()),
            Err(error) => Err(Trouble::Said(error.to_string())),
        }
    }
}

/// What a model said, or why it said nothing, and what that cost.
pub(crate) type Consulted<T> = (std::result::Result<T, String>, ModelStats);

/// What came of a command: the result object, and the text to read.
pub(crate) type Made = std::result::Result<(Value, String), Trouble>;

/// Starts the work of a command: `name` is the title of its progress, and of its text where that is opened.
pub(crate) fn on_request(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
    (title, page): (&'static str, &'static str),
    work: impl FnOnce(&Desk) -> Made + Send + 'static,
) -> Result<()> {
    let (folder, _) = place(state, arguments)?;
    let show = arguments.flag("show")?.unwrap_or(false);
    in_folder(
        state,
        (folder, arguments),
        token,
        answer,
        (title, page, show),
        work,
    )
}

/// The same in a folder that is known already; `show`: the text is opened.
pub(crate) fn in_folder(
    state: &mut Loop,
    (folder, arguments): (u64, &Arguments),
    token: Option<ProgressToken>,
    answer: Answer,
    (title, page, show): (&'static str, &'static str, bool),
    work: impl FnOnce(&Desk) -> Made + Send + 'static,
) -> Result<()> {
    let by = Consulting::of(state, folder, arguments)?;
    let open = state.texts_of(folder);
    let mut reply = answer.later()?;
    let long = Long::begin(state, title, token, false);
    let desk = Desk {
        repo: Arc::new(Overlay::new(Arc::clone(by.engine.repo()), open)),
        known: state.known(folder, &long.cancel),
        by,
        cancel: long.cancel.clone(),
    };
    let shows = show.then(|| Shows::of(state));
    let events = state.events.clone();
    observed::spawn(async move {
        let made = tokio::task::spawn_blocking(move || {
            let (mut json, markdown) = work(&desk)?;
            let uri = shows.and_then(|shows| shows.show(page, &markdown));
            json["uri"] = json!(uri);
            json["markdown"] = json!(markdown);
            Ok::<_, Trouble>(json)
        });
        let result = match long.run(&mut reply, made).await {
            Ok(made) => made.map_err(Error::from),
            Err(_) => Err(failed("making it panicked; please report this")),
        };
        events.send(Event::Ended(long.id)).ok();
        reply.send(result).ok();
    });
    Ok(())
}
