//! The engine: from a change to findings. The only facade that `lsp`, `mcp` and `app` talk to.
//!
//! Touches nothing: files come through `base::Repo`, settings, time limits and the environment are handed in. Bad
//! input (a broken rule, a hostile file, a stale dismissal) becomes data in the result and never stops a review.

mod across;
pub mod allow;
mod analysis;
pub mod ask;
pub mod assist;
mod catalogue;
mod check;
mod checks;
mod commenting;
mod context;
pub mod describe;
mod dismissed;
mod document;
mod documented;
mod engine;
pub mod eval;
mod fingerprint;
pub mod fix;
pub mod json;
mod loaded;
mod model;
mod observed;
pub mod output;
pub mod project;
mod redact;
pub mod rule_tests;
mod run;
mod schema;
mod semantic;
pub mod settings;
mod suppress;
pub mod testing;
#[cfg(test)]
mod tests;

pub use across::{Across, across};
pub use catalogue::Catalogue;
pub use check::{CheckResult, check};
pub use commenting::undocumented;
pub use context::{
    Budget, Gathered, Part, Resolved, Resolver, Sources, User, Weights, context, gather,
};
pub use document::Document;
pub use engine::{Engine, Trust};
pub use model::{
    ModelLimits, ModelReview, PathRule, Proposal, Unsent, Wording, habit, mend, write_comment,
    write_tests,
};
pub use run::{Asking, Knowledge, Progress, ReviewError, review, unsent};
pub use schema::{config_schema, eval_schema, report_schema, user_config_schema};
pub use settings::{
    Api, BudgetChoice, ConfigProblem, DeadlineChoice, FailOn, Flags, Layers, Limits, ModelChoice,
    PrivacyRules, Profile, ProviderChoice, Settings, Source, Thresholds,
};
/// One replacement that led from one version of a document to the next.
pub use syntax::TextChange;
