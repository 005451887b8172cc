//! Review by a language model: few remarks, each with its place, its evidence and a second look.
//!
//! Touches nothing: models, the state file and the workspace come in through ports. Change → groups of related hunks →
//! redacted prompts → replies, read while they arrive → remarks, placed by what they quote → claims looked up → a second
//! look → findings like those of every other check. What was not reviewed is named in the report; what a model said that
//! could not be proven is counted and not shown.

mod anchor;
mod answering;
mod claims;
mod commenting;
mod consult;
mod desk;
mod draft;
mod frozen;
mod guidelines;
mod hear;
mod inert;
mod mending;
mod page;
mod pick;
mod plan;
mod prompt;
mod prove;
mod repair;
mod run;
mod several;
mod shown;
mod spend;
mod stream;
mod telling;
mod testing;
#[cfg(test)]
mod tests;
mod tools;
mod units;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use base::store::Limits;
use base::{Cancel, Model, ModelName, RelPath, Store};

use crate::redact::built_in;

pub use answering::{About, Answer, Asked, answer};
pub use commenting::{habit, write_comment};
pub use mending::mend;
pub use prompt::Wording;
pub use run::Unsent;
pub use testing::{Proposal, write_tests};

pub(crate) use prove::metas;
pub(crate) use run::{Before, review, unsent};
pub(crate) use telling::{Telling, tell};

/// A rule about paths: for a path that it speaks of, what it is called in a report (its glob).
pub type PathRule = Arc<dyn Fn(&RelPath) -> Option<String> + Send + Sync>;

/// A language model for a review, and what it may do.
#[derive(Clone)]
pub struct ModelReview {
    /// Whom to ask.
    pub model: Arc<dyn Model>,
    /// Frozen verdicts, private dismissals, the record of requests; without it every review starts from nothing.
    pub store: Option<Arc<dyn Store>>,
    /// Who reviews: the first that answers.
    pub review: Vec<ModelName>,
    /// Who looks a second time; empty: who reviews.
    pub verify: Vec<ModelName>,
    /// Files that no model is shown, besides those of the built-in rules.
    pub never_send: Option<PathRule>,
    /// Files that only a model on this machine is shown.
    pub local_only: Option<PathRule>,
    /// How much of everything.
    pub limits: ModelLimits,
    /// What the models are told, where it is not what Obelus tells them.
    pub wording: Wording,
    /// Ends the model's part alone: what it did not get to is listed as not reviewed, all else is in the report.
    pub stop: Cancel,
}

/// How much a review by a model may use and show.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelLimits {
    /// Tokens of input in all requests of one review; `None`: 12,000, and 60 for each changed line above 200, up to
    /// 120,000.
    pub input_tokens: Option<u64>,
    /// Tokens of one review, input and output, reasoning and retries included; `None` is no limit.
    pub tokens: Option<u64>,
    /// Money for one review, in millionths of a dollar; `None` is no limit.
    pub review_micro_usd: Option<u64>,
    /// A model whose price is not known may be used although there is a limit of money: nobody named that limit.
    pub unknown_price_is_fine: bool,
    /// Money for a day and a month, requests in an hour: kept by the store.
    pub spend: Limits,
    /// Time for one review; what was not asked by then is not reviewed.
    pub time: Duration,
    /// Requests side by side.
    pub at_once: usize,
    /// Remarks shown for each hundred changed lines (at least as many in all).
    pub per_hundred_lines: usize,
    /// Remarks shown in one review.
    pub per_review: usize,
    /// Calls of tools for one prompt, where the model can call any; 0 is none.
    pub tool_calls: usize,
    /// Whether each remark gets a second look.
    pub second_look: bool,
    /// Whether frozen verdicts are used. They are written in any case.
    pub use_frozen: bool,
}

impl Default for ModelLimits {
    fn default() -> Self {
        Self {
            input_tokens: None,
            tokens: None,
            review_micro_usd: None,
            unknown_price_is_fine: false,
            spend: Limits::default(),
            time: Duration::from_secs(300),
            at_once: 3,
            per_hundred_lines: 3,
            per_review: 10,
            tool_calls: 4,
            second_look: true,
            use_frozen: true,
        }
    }
}

impl ModelReview {
    /// Whether everybody who may be asked runs on this machine.
    fn is_local(&self) -> bool {
        let mut names = self.review.iter().chain(&self.verify);
        names.all(|name| self.model.facts(name).is_ok_and(|facts| facts.local))
    }

    /// The rules of the settings that keep files from these models.
    fn path_rules(&self, is_local: bool) -> Vec<PathRule> {
        let elsewhere = self.local_only.iter().filter(|_| !is_local);
        self.never_send.iter().chain(elsewhere).cloned().collect()
    }

    /// Whether these models must be shown nothing of a file, its names included.
    pub(crate) fn withholds(&self, path: &RelPath) -> bool {
        let rules = self.path_rules(self.is_local());
        built_in(path).is_some() || rules.iter().any(|rule| rule(path).is_some())
    }

    /// Review with `names` (the first that answers), everything else by default.
    pub fn new(model: Arc<dyn Model>, names: Vec<ModelName>) -> Self {
        Self {
            model,
            store: None,
            review: names,
            verify: Vec::new(),
            never_send: None,
            local_only: None,
            limits: ModelLimits::default(),
            wording: Wording::default(),
            stop: Cancel::new(),
        }
    }
}
