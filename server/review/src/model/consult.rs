//! One question and one answer, outside a review: a text to be written, a thing to be explained.
//!
//! The same limits, the same record and the same redaction as for a review. An answer to the very same question is kept
//! and given again, so nothing unchanged is paid for twice.

use std::sync::Arc;

use base::model::{Message, ModelFacts, ReplyShape, Request, Role};
use base::{Cancel, ContentHasher, ModelFault, ModelName, ModelStats, Prompt, Store};

use super::ModelReview;
use super::prompt::input_tokens;
use super::run::usable;
use super::spend::{Cap, Follow, Purse};

/// Attempts that the limit of input allows for.
const ATTEMPTS: u64 = 3;

/// What is asked.
pub(super) struct Question {
    pub(super) role: Role,
    /// What the model is to do; the same for every question of its kind.
    pub(super) system: Prompt,
    pub(super) text: Prompt,
    pub(super) reply: ReplyShape,
    /// Tokens of output, reasoning included.
    pub(super) output: u32,
    /// `path:from-to` of everything in it.
    pub(super) places: Vec<String>,
    /// Values that were taken out.
    pub(super) redacted: usize,
}

impl Question {
    /// The request that `name` is sent.
    pub(super) fn request(&self, name: &ModelName) -> Request {
        Request {
            model: name.clone(),
            role: self.role,
            system: self.system.clone(),
            messages: vec![Message::User {
                text: self.text.clone(),
                cache: false,
            }],
            reply: self.reply.clone(),
            tools: Vec::new(),
            max_output_tokens: self.output,
            places: self.places.clone(),
        }
    }

    /// Names the question and who answers it.
    fn key(&self, names: &[(ModelName, ModelFacts)]) -> base::ContentHash {
        let mut hasher = ContentHasher::default();
        hasher.update(b"answer 1\0");
        hasher.update(self.role.as_str().as_bytes());
        for (name, _) in names {
            hasher.update(b"\0");
            hasher.update(name.to_string().as_bytes());
        }
        for part in [self.system.as_str(), self.text.as_str()] {
            hasher.update(b"\0");
            hasher.update(part.as_bytes());
        }
        if let ReplyShape::Json { schema, .. } = &self.reply {
            hasher.update(schema.to_string().as_bytes());
        }
        hasher.finish()
    }
}

/// What came of it.
pub(super) struct Consulted {
    /// The answer, or why there is none, for the user.
    pub(super) answer: Result<String, String>,
    pub(super) stats: ModelStats,
}

/// Asks the first of the plan's models that answers. `keep` says whether an answer is worth keeping.
pub(super) async fn consult(
    plan: &ModelReview,
    question: &Question,
    keep: impl Fn(&str) -> bool,
    cancel: &Cancel,
) -> Consulted {
    let mut stats = ModelStats {
        name: plan
            .review
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
        redacted: question.redacted,
        ..ModelStats::default()
    };
    let names = match usable(plan, &plan.review) {
        Ok(names) => names,
        Err(why) => {
            return Consulted {
                answer: Err(why),
                stats,
            };
        }
    };
    let key = question.key(&names);
    let kept = plan.store.as_ref().filter(|_| plan.limits.use_frozen);
    if let Some(answer) = kept.and_then(|store| thawed(store, &key)) {
        return Consulted {
            answer: Ok(answer),
            stats,
        };
    }
    let unpriced = names.iter().filter(|(_, facts)| facts.price.is_none());
    let unpriced = unpriced.map(|(name, _)| name.clone()).collect();
    let most = names
        .first()
        .map_or(0, |(name, _)| input_tokens(&question.request(name)));
    let cap = Cap {
        input_tokens: (most + most / 4 + 500) * ATTEMPTS,
        tokens: plan.limits.tokens,
        micro_usd: plan.limits.review_micro_usd,
    };
    let purse = Purse::new(cap, plan.limits.spend, plan.store.clone(), unpriced);
    let mut answer = Err("no model can be used".to_owned());
    for (name, _) in &names {
        let request = question.request(name);
        let mut follow = Follow::new(&purse, cancel, None);
        match plan.model.send(&request, &mut follow, cancel).await {
            Ok(reply) => {
                stats.name = name.to_string();
                answer = Ok(reply.text);
                break;
            }
            Err(error) => {
                let is_last = matches!(error.fault, ModelFault::Cancelled | ModelFault::NotAllowed);
                answer = Err(error.message);
                if is_last {
                    break;
                }
            }
        }
    }
    (stats.requests, stats.usage) = purse.receipt();
    stats.units = 1;
    if let (Some(store), Ok(text)) = (&plan.store, &answer)
        && keep(text)
        && let Err(error) = store.freeze(&key, text.as_bytes())
    {
        tracing::debug!(%error, "an answer could not be kept");
    }
    Consulted { answer, stats }
}

fn thawed(store: &Arc<dyn Store>, key: &base::ContentHash) -> Option<String> {
    String::from_utf8(store.verdict(key)?).ok()
}
