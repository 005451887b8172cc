//! The course of a review by a model: what is known already, what is asked, what is shown in the end.
//!
//! Preparing runs on the pool, asking is one task with a few requests side by side. Whatever goes wrong here costs the
//! model's remarks on some files and nothing else: the report of the other checks is complete before this begins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use base::change::SkipReason;
use base::context::tokens;
use base::history::{History, NoHistory};
use base::model::{ModelFacts, Request};
use base::search::Index;
use base::store::Dismissal;
use base::{
    Cancel, Change, Confidence, ContentHash, ContentHasher, Finding, ModelName, ModelStats,
    RelPath, Repo, Skipped, Text,
};
use tokio::sync::oneshot;

use super::desk::Desk;
use super::frozen::{self, Judged};
use super::hear::{self, Done};
use super::pick::{is_near_repeat, is_same, rank};
use super::plan::{self, Group};
use super::prove::{SUPPRESSED, prove};
use super::several::Several;
use super::shown::{Level, code};
use super::spend::{Cap, Purse};
use super::units::{self, Unit};
use super::{ModelReview, guidelines, prompt, tools};
use crate::engine::Engine;
use crate::run::{Asking, Progress};
use crate::semantic::SemanticChange;
use crate::settings::Profile;

/// Tokens of input of one review, up to 200 changed lines.
const INPUT: u64 = 12_000;
/// And for each line more.
const INPUT_PER_LINE: u64 = 60;
/// However large the change: whoever wants more says so.
const MOST_INPUT: u64 = 120_000;
/// Tokens for one prompt with tools, beside three times its text.
const LOOK_AROUND: u64 = 5_000;
/// The part of them that is planned with; the rest is for second looks and tools.
const PLANNED: f64 = 0.72;

/// What is known when the other checks are done.
pub(crate) struct Before {
    pub(crate) engine: Arc<Engine>,
    pub(crate) repo: Arc<dyn Repo>,
    /// The files to review, without those that were skipped.
    pub(crate) change: Change,
    pub(crate) index: Option<Arc<dyn Index>>,
    pub(crate) history: Option<Arc<dyn History>>,
    /// What the other checks found.
    pub(crate) reported: Vec<Finding>,
    /// Lines added and removed.
    pub(crate) lines: u64,
}

/// What the model adds to a report.
#[derive(Default)]
pub(crate) struct After {
    pub(crate) findings: Vec<Finding>,
    pub(crate) suppressed: usize,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) sources: BTreeMap<RelPath, Text>,
    pub(crate) stats: ModelStats,
}

/// What would be sent, and what not.
#[derive(Clone, Debug, Default)]
pub struct Unsent {
    /// The requests for remarks; second looks and tools follow from their replies.
    pub requests: Vec<Request>,
    /// What would not be reviewed, and why.
    pub skipped: Vec<Skipped>,
    /// Groups of changes whose verdict is known: nothing is sent for them.
    pub frozen: usize,
    /// Tokens of input of these requests, about.
    pub input_tokens: u64,
    /// Tokens of input that the whole review may use.
    pub most_input_tokens: u64,
    /// What the whole review can cost at most, in millionths of a dollar; `None` where the price is not known.
    pub most_micro_usd: Option<u64>,
}

/// Everything that the requests of one review share.
pub(super) struct Work<'a> {
    pub(super) desk: &'a Desk,
    pub(super) plan: &'a ModelReview,
    pub(super) groups: &'a [Group],
    pub(super) purse: &'a Purse,
    pub(super) cancel: &'a Cancel,
    pub(super) review: Vec<(ModelName, ModelFacts)>,
    pub(super) verify: Vec<(ModelName, ModelFacts)>,
    pub(super) dismissals: Vec<Dismissal>,
    pub(super) until: Instant,
    /// Models may call tools.
    pub(super) may_look_around: bool,
    pub(super) looks: AtomicUsize,
    pub(super) most_looks: usize,
    threshold: f32,
    most_shown: usize,
    shown: Mutex<usize>,
    on_progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Work<'_> {
    /// Shows a finding at once, as long as there are not too many; the report has the last word.
    pub(super) fn show(&self, finding: Finding) {
        if finding.confidence.get() < self.threshold {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown < self.most_shown {
            *shown += 1;
            drop(shown);
            (self.on_progress)(Progress::Findings(vec![finding]));
        }
    }
}

/// Made on the pool before anything is sent.
struct Prepared {
    desk: Desk,
    groups: Vec<Group>,
    /// Verdicts that still stand, by group.
    known: Vec<(usize, Vec<Judged>)>,
    units: Vec<Unit>,
    skipped: Vec<Skipped>,
    /// There is room for models to look around: each answer of a tool sends the whole conversation again.
    may_look_around: bool,
}

impl Prepared {
    /// What is sent first about a unit.
    fn request(&self, name: &ModelName, facts: &ModelFacts, unit: &Unit) -> Request {
        let offered = match self.may_look_around && facts.tools {
            true => tools::all(),
            false => Vec::new(),
        };
        let system = prompt::system(&self.desk);
        prompt::review_request(
            name,
            system,
            unit.prompt.clone(),
            offered,
            unit.places.clone(),
        )
    }
}

/// Who can be asked.
struct Models {
    review: Vec<(ModelName, ModelFacts)>,
    verify: Vec<(ModelName, ModelFacts)>,
}

/// Reviews with a model what the other checks have seen.
pub(crate) async fn review(
    before: Before,
    plan: &ModelReview,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
    cancel: &Cancel,
) -> After {
    let started = Instant::now();
    let (lines, profile) = (before.lines, before.engine.settings().profile);
    let min_confidence = before.engine.settings().min_confidence;
    let models = match models(plan) {
        Ok(models) => models,
        Err(message) => return nothing(&before.change, plan, &message),
    };
    let files: Vec<RelPath> = before
        .change
        .files
        .iter()
        .map(|file| file.path.clone())
        .collect();
    let Some(prepared) = prepare(before, plan, &models, cancel).await else {
        return failed(&files, plan, "preparing it failed; please report this");
    };
    if let Some((name, facts)) = models.review.first() {
        let requests = prepared
            .units
            .iter()
            .map(|unit| prepared.request(name, facts, unit));
        let input_tokens = requests.map(|request| prompt::input_tokens(&request)).sum();
        on_progress(Progress::Asking(Asking {
            model: name.clone(),
            requests: prepared.units.len(),
            frozen: prepared.known.len(),
            input_tokens,
            most_micro_usd: most_cost(plan, lines, prepared.units.len(), facts),
        }));
    }
    let unpriced = models
        .review
        .iter()
        .chain(&models.verify)
        .filter(|(_, facts)| facts.price.is_none());
    let unpriced = unpriced.map(|(name, _)| name.clone()).collect();
    let purse = Purse::new(
        cap(plan, lines),
        plan.limits.spend,
        plan.store.clone(),
        unpriced,
    );
    let most_shown = most_shown(plan, lines);
    let work = Work {
        desk: &prepared.desk,
        plan,
        groups: &prepared.groups,
        purse: &purse,
        cancel,
        review: models.review,
        verify: models.verify,
        dismissals: plan
            .store
            .as_ref()
            .map(|store| store.dismissals())
            .unwrap_or_default(),
        until: started + plan.limits.time,
        may_look_around: prepared.may_look_around,
        looks: AtomicUsize::new(0),
        most_looks: most_shown * 2,
        threshold: threshold(profile).max(min_confidence),
        most_shown,
        shown: Mutex::new(0),
        on_progress,
    };
    let done = ask_all(&work, &prepared.units).await;
    let mut after = After {
        skipped: prepared.skipped,
        ..After::default()
    };
    collect(&work, &prepared.known, &prepared.units, done, &mut after);
    let (requests, usage) = purse.receipt();
    after.stats.name = work
        .review
        .first()
        .map(|(name, _)| name.to_string())
        .unwrap_or_default();
    after.stats.requests = requests;
    after.stats.usage = usage;
    after.stats.units = prepared.units.len();
    after.stats.frozen = prepared.known.len();
    after.stats.redacted = prepared.desk.redactor.hidden();
    tracing::debug!(
        units = after.stats.units,
        frozen = after.stats.frozen,
        requests,
        findings = after.findings.len(),
        dropped = ?after.stats.dropped,
        "reviewed by a model"
    );
    after
}

/// What [`review`] would send first.
pub(crate) async fn unsent(
    before: Before,
    plan: &ModelReview,
    cancel: &Cancel,
) -> Result<Unsent, String> {
    let lines = before.lines;
    let models = models(plan)?;
    let prepared = prepare(before, plan, &models, cancel)
        .await
        .ok_or("preparing it failed; please report this")?;
    let cap = cap(plan, lines);
    let Some((name, facts)) = models.review.first() else {
        return Err("no model can be used".to_owned());
    };
    let mut unsent = Unsent {
        skipped: prepared.skipped.clone(),
        frozen: prepared.known.len(),
        most_input_tokens: cap.input_tokens,
        ..Unsent::default()
    };
    for unit in &prepared.units {
        let request = prepared.request(name, facts, unit);
        unsent.input_tokens += prompt::input_tokens(&request);
        unsent.requests.push(request);
    }
    unsent.most_micro_usd = most_cost(plan, lines, unsent.requests.len(), facts);
    Ok(unsent)
}

/// What so many requests and their second looks can cost at most.
fn most_cost(plan: &ModelReview, lines: u64, requests: usize, facts: &ModelFacts) -> Option<u64> {
    let looks = match plan.limits.second_look {
        true => 2 * most_shown(plan, lines) as u64,
        false => 0,
    };
    let output = requests as u64 * u64::from(prompt::REVIEW_OUTPUT)
        + looks * u64::from(prompt::VERIFY_OUTPUT);
    let usage = match requests {
        0 => base::model::Usage::default(),
        _ => base::model::Usage {
            input_tokens: cap(plan, lines).input_tokens,
            output_tokens: output,
            ..base::model::Usage::default()
        },
    };
    let most = facts.price?.of(&usage);
    let limit = plan.limits.review_micro_usd;
    Some(limit.map_or(most, |limit| most.min(limit)))
}

/// Whether what a model costs can be kept under the limit there is.
fn is_payable(plan: &ModelReview, facts: &ModelFacts) -> bool {
    let limits = &plan.limits;
    facts.price.is_some()
        || facts.local
        || limits.review_micro_usd.is_none()
        || limits.unknown_price_is_fine
}

/// The models that can be asked; an error in words where none can.
fn models(plan: &ModelReview) -> Result<Models, String> {
    let review = usable(plan, &plan.review)?;
    let mut verify = usable(plan, &plan.verify).unwrap_or_default();
    if verify.is_empty() {
        verify.clone_from(&review);
    }
    Ok(Models { review, verify })
}

/// Those of some models that can be asked and paid for; an error in words where none can.
pub(super) fn usable(
    plan: &ModelReview,
    names: &[ModelName],
) -> Result<Vec<(ModelName, ModelFacts)>, String> {
    let mut known = Vec::new();
    let mut refusal = None;
    for name in names {
        match plan.model.facts(name) {
            Ok(facts) if !is_payable(plan, &facts) => {
                refusal = Some(format!(
                    "the price of {name} is not known, so it cannot be kept under a limit of money; set its price, or \
                     leave the limit out"
                ));
            }
            Ok(facts) => known.push((name.clone(), facts)),
            Err(error) => refusal = Some(error.message),
        }
    }
    if known.is_empty() {
        return Err(refusal.unwrap_or_else(|| "no model is named for this".to_owned()));
    }
    Ok(known)
}

async fn prepare(
    before: Before,
    plan: &ModelReview,
    models: &Models,
    cancel: &Cancel,
) -> Option<Prepared> {
    let all_local = models
        .review
        .iter()
        .chain(&models.verify)
        .all(|(_, facts)| facts.local);
    let context = models
        .review
        .iter()
        .map(|(_, facts)| facts.context_tokens)
        .min()
        .unwrap_or(0);
    let (plan, cancel) = (plan.clone(), cancel.clone());
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || prepared(before, &plan, all_local, context, &cancel);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        if made.is_err() {
            tracing::error!("preparing a review by a model panicked");
        }
        sender.send(made.ok()).ok();
    });
    receiver.await.ok().flatten()
}

fn prepared(
    before: Before,
    plan: &ModelReview,
    all_local: bool,
    context: u32,
    cancel: &Cancel,
) -> Prepared {
    let Before {
        engine,
        repo,
        change,
        index,
        history,
        reported,
        lines,
    } = before;
    let semantic = SemanticChange::of(&*repo, &change, cancel);
    let rules = plan.path_rules(all_local);
    let history = history.unwrap_or_else(|| Arc::new(NoHistory));
    let mut desk = Desk::new(
        engine, repo, change, semantic, index, history, reported, rules,
    );
    desk.wording = plan.wording.clone();
    let mut skipped = Vec::new();
    let mut paths = Vec::new();
    for file in &desk.change.files {
        match desk.withheld(&file.path) {
            Some(rule) => skipped.push(Skipped {
                path: file.path.clone(),
                reason: SkipReason::NotSent(rule),
            }),
            None => paths.push(file.path.clone()),
        }
        let is_read = desk.semantic.file(&file.path).is_some();
        if !is_read && desk.withheld(&file.path).is_none() {
            skipped.push(Skipped {
                path: file.path.clone(),
                reason: SkipReason::ModelFailed("the change has too many files".to_owned()),
            });
        }
    }
    let groups = plan::groups(&desk, &same(&desk, plan, &paths));
    let mut known = Vec::new();
    let mut open = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let store = plan.store.as_ref().filter(|_| plan.limits.use_frozen);
        match store.and_then(|store| frozen::thaw(&**store, &desk, &group.key)) {
            Some(judged) => known.push((at, judged)),
            None => open.push(at),
        }
    }
    let room = (cap(plan, lines).input_tokens as f64 * PLANNED) as u64;
    let most = context
        .saturating_sub(prompt::REVIEW_OUTPUT + 3_500)
        .clamp(1_000, 100_000);
    let units = units::pack(&desk, &groups, &open, room, most, cancel);
    let left_out: BTreeSet<&RelPath> = units
        .left_out
        .iter()
        .filter_map(|at| groups.get(*at))
        .flat_map(|group| &group.pieces)
        .filter_map(|piece| Some(desk.file(piece.file)?.path()))
        .collect();
    let why = format!(
        "the limit of {} tokens of input for one review does not allow it; raise `budget.review_tokens` or review less at \
         once",
        cap(plan, lines).input_tokens
    );
    skipped.extend(left_out.into_iter().map(|path| Skipped {
        path: path.clone(),
        reason: SkipReason::ModelFailed(why.clone()),
    }));
    let once: u64 = units
        .units
        .iter()
        .map(|unit| u64::from(tokens(unit.prompt.as_str())))
        .sum();
    let may_look_around = desk.index.is_some()
        && plan.limits.tool_calls > 0
        && 3 * once + LOOK_AROUND * units.units.len() as u64 <= cap(plan, lines).input_tokens;
    Prepared {
        may_look_around,
        units: units.units,
        desk,
        groups,
        known,
        skipped,
    }
}

/// Everything that all verdicts of a review rest on besides the code.
fn same(desk: &Desk, plan: &ModelReview, paths: &[RelPath]) -> ContentHash {
    let mut hasher = ContentHasher::default();
    hasher.update(b"verdict 1");
    hasher.update(&prompt::version(&plan.wording).to_bytes());
    hasher.update(&guidelines::hash(desk, paths).to_bytes());
    for name in plan.review.iter().chain(&plan.verify) {
        hasher.update(name.to_string().as_bytes());
        hasher.update(b"\0");
    }
    hasher.update(&[u8::from(plan.limits.second_look), plan.review.len() as u8]);
    hasher.update(desk.engine.settings().profile.as_str().as_bytes());
    hasher.finish()
}

/// Asks about all units, a few at a time, riskiest first.
async fn ask_all(work: &Work<'_>, units: &[Unit]) -> Vec<(usize, Done)> {
    let mut waiting = units.iter().enumerate();
    let mut asking = Several::new();
    let mut done = Vec::new();
    loop {
        while asking.len() < work.plan.limits.at_once.max(1) {
            let Some((at, unit)) = waiting.next() else {
                break;
            };
            asking.push(Box::pin(async move { (at, hear::unit(work, unit).await) }));
        }
        match asking.next().await {
            Some(answer) => done.push(answer),
            None => break,
        }
    }
    done.sort_by_key(|(at, _)| *at);
    done
}

/// Puts everything together: frozen and new, each once, the best of them shown.
fn collect(
    work: &Work<'_>,
    known: &[(usize, Vec<Judged>)],
    units: &[Unit],
    done: Vec<(usize, Done)>,
    after: &mut After,
) {
    let desk = work.desk;
    let mut found: Vec<(Finding, bool)> = Vec::new();
    let mut dropped: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (at, judged) in known {
        let Some(group) = work.groups.get(*at) else {
            continue;
        };
        let shown = code(desk, &group.pieces, Level::Wide);
        for Judged { draft, confidence } in judged {
            match prove(desk, &shown, draft.clone(), Some(*confidence)) {
                Ok(proven) => {
                    let near = is_near_repeat(&proven.finding, &work.dismissals);
                    found.push((proven.finding, near));
                }
                Err(SUPPRESSED) => after.suppressed += 1,
                Err(reason) => *dropped.entry(reason).or_default() += 1,
            }
        }
    }
    for (at, done) in done {
        let Some(unit) = units.get(at) else { continue };
        if let (Some(store), None) = (&work.plan.store, &done.failed) {
            for group in unit
                .groups
                .iter()
                .filter(|group| !done.open.contains(group))
            {
                if let Some(key) = work.groups.get(*group).map(|group| group.key) {
                    frozen::freeze(&**store, &key, done.verdict(*group), &done.seen);
                }
            }
        }
        if let Some(why) = &done.failed {
            after.skipped.extend(unit.paths.iter().map(|path| Skipped {
                path: path.clone(),
                reason: SkipReason::ModelFailed(why.clone()),
            }));
        }
        after.suppressed += done.suppressed;
        for (reason, count) in done.dropped {
            *dropped.entry(reason).or_default() += count;
        }
        for it in done.found {
            let mut finding = it.proven.finding;
            finding.confidence = Confidence::new(it.confidence);
            found.push((finding, it.near_repeat));
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut near = Vec::new();
    let private: Vec<_> = work
        .dismissals
        .iter()
        .map(|dismissal| dismissal.finding)
        .collect();
    for (finding, is_near) in found {
        let share =
            |other: &Finding| other.path == finding.path && other.span.touches(finding.span);
        let is_known = findings
            .iter()
            .any(|other| is_same(other, &finding, share(other)))
            || desk
                .reported
                .iter()
                .any(|other| is_same(other, &finding, share(other)));
        if is_known {
            *dropped.entry("duplicate").or_default() += 1;
        } else if private.contains(&finding.id) {
            after.suppressed += 1;
        } else if finding.confidence.get() < work.threshold {
            *dropped.entry("doubtful").or_default() += 1;
        } else if is_near {
            near.push(finding);
        } else {
            findings.push(finding);
        }
    }
    rank(&mut findings);
    let mut held_back = findings.split_off(findings.len().min(work.most_shown));
    after.stats.near_repeats = near.len();
    if let (Some(store), 1..) = (&work.plan.store, near.len()) {
        store.count("near-repeats-held-back", near.len() as u64);
    }
    rank(&mut near);
    held_back.extend(near);
    after.stats.held_back = held_back;
    after.stats.dropped = dropped;
    after.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    after.skipped.dedup_by(|a, b| a.path == b.path);
    for path in (findings.iter().chain(&after.stats.held_back))
        .flat_map(|it| std::iter::once(&it.path).chain(it.evidence.iter().map(|place| &place.path)))
    {
        if let Some(page) = desk.page(path) {
            after.sources.insert(path.clone(), page.text.clone());
        }
    }
    after.findings = findings;
}

fn cap(plan: &ModelReview, lines: u64) -> Cap {
    let usual = (INPUT + lines.saturating_sub(200) * INPUT_PER_LINE).min(MOST_INPUT);
    let input = plan.limits.input_tokens.unwrap_or(usual);
    Cap {
        input_tokens: plan.limits.tokens.map_or(input, |tokens| input.min(tokens)),
        tokens: plan.limits.tokens,
        micro_usd: plan.limits.review_micro_usd,
    }
}

fn most_shown(plan: &ModelReview, lines: u64) -> usize {
    let hundreds = usize::try_from(lines.div_ceil(100))
        .unwrap_or(usize::MAX)
        .max(1);
    hundreds
        .saturating_mul(plan.limits.per_hundred_lines)
        .min(plan.limits.per_review)
}

/// From which confidence a profile shows a model's remark.
fn threshold(profile: Profile) -> f32 {
    match profile {
        Profile::Quick => 0.8,
        Profile::Default => 0.6,
        Profile::Security => 0.5,
        Profile::Deep => 0.35,
    }
}

/// No model can be asked: every file says why.
fn nothing(change: &Change, plan: &ModelReview, why: &str) -> After {
    let files: Vec<RelPath> = change.files.iter().map(|file| file.path.clone()).collect();
    failed(&files, plan, why)
}

fn failed(files: &[RelPath], plan: &ModelReview, why: &str) -> After {
    let mut after = After::default();
    after.stats.name = plan
        .review
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    after.skipped = files
        .iter()
        .map(|path| Skipped {
            path: path.clone(),
            reason: SkipReason::ModelFailed(why.to_owned()),
        })
        .collect();
    after
}
