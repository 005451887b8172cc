//! The scores as JSON, schema `obelus.eval/1`, and what two of them say against each other.
//!
//! These types are the contract with scripts and with a later run that is compared with this one: a field is added, never
//! renamed or removed. Few cases say little, so a comparison tells how likely its difference is by chance alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Score, Total};

/// The value of `schema`.
pub const SCHEMA: &str = "obelus.eval/1";

/// What `obelus eval run --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Obelus evaluation", rename = "Evaluation")]
pub struct EvalJson {
    /// Always `obelus.eval/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// One for each model (or wording of the instructions) that was scored, in the order in which they were named.
    pub sides: Vec<SideJson>,
    /// The second side against the first, case by case; null where there is one side.
    pub compared: Option<Compared>,
}

/// One model with one wording of its instructions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Side")]
pub struct SideJson {
    /// The model that was asked first.
    pub model: String,
    /// Whether a second look was taken at each remark, and by whom.
    pub verify: Vec<String>,
    /// Hash of the instructions: the same for the same words.
    pub prompts: String,
    /// Where the instructions come from: `built-in`, or the folder that was named.
    pub prompts_from: String,
    /// The version of Obelus that asked.
    pub obelus: String,
    /// All cases together.
    pub total: TotalJson,
    /// Each case.
    pub cases: Vec<CaseJson>,
    /// Cases that were not run, and why: a limit was reached, or a provider failed.
    pub not_run: BTreeMap<String, String>,
}

/// All cases together. A ratio is null where nothing stands below the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Total")]
pub struct TotalJson {
    /// Cases that were run.
    pub cases: usize,
    /// Cases without anything wrong.
    pub clean: usize,
    /// Clean cases on which something was remarked.
    pub noisy: usize,
    /// Cases of which a part was not reviewed.
    pub incomplete: usize,
    /// Places where something is wrong.
    pub expected: usize,
    /// Remarks that were shown.
    pub shown: usize,
    /// Remarks that mean such a place.
    pub hits: usize,
    /// Remarks that mean one and name a wrong line.
    pub misplaced: usize,
    /// Remarks that were dropped because their quote is nowhere, or at several places.
    pub unplaced: usize,
    /// Remarks that were dropped because they speak of code that is not so, or cannot be looked up.
    pub invented: usize,
    /// Hits of remarks.
    pub precision: Option<f64>,
    /// Hits of places.
    pub recall: Option<f64>,
    /// Both in one number, precision counting twice (F 0.5).
    pub f_half: Option<f64>,
    /// Remarks for each change.
    pub findings_per_change: Option<f64>,
    /// Requests, retries included.
    pub requests: u64,
    /// Tokens read, those from a provider's cache included.
    pub input_tokens: u64,
    /// Of these, from the cache.
    pub cached_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Dollars; null where a price is not known.
    pub cost_usd: Option<f64>,
    /// Some provider did not tell its tokens: they are estimates.
    pub estimated: bool,
    /// Wall time of all cases.
    pub seconds: f64,
    /// Wall time for each case.
    pub seconds_per_case: Option<f64>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Case")]
pub struct CaseJson {
    /// Its name.
    pub name: String,
    /// Places where something is wrong.
    pub expected: usize,
    /// Remarks that were shown.
    pub shown: usize,
    /// Remarks that mean such a place.
    pub hits: usize,
    /// Remarks that mean one and name a wrong line.
    pub misplaced: usize,
    /// Remarks without a place.
    pub unplaced: usize,
    /// Remarks about code that is not so.
    pub invented: usize,
    /// Why a part was not reviewed; empty when all was.
    pub failed: Vec<String>,
    /// What was remarked: `path:line: title`.
    pub remarks: Vec<String>,
    /// What is wrong and was not remarked: `path:line: what`.
    pub missed: Vec<String>,
    /// Requests, retries included.
    pub requests: u64,
    /// Tokens read and written.
    pub tokens: u64,
    /// Dollars; null where a price is not known.
    pub cost_usd: Option<f64>,
    /// Wall time.
    pub seconds: f64,
}

/// One side against another on the cases that both ran in full.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// Cases that both ran in full.
    pub cases: usize,
    /// Cases on which the second side found more, or as much with fewer false remarks.
    pub better: Vec<String>,
    /// Cases on which it did worse.
    pub worse: Vec<String>,
    /// How likely a difference of this size is by chance alone (sign test, both ways); 1 where there is none.
    pub by_chance: f64,
}

impl From<&Total> for TotalJson {
    fn from(total: &Total) -> Self {
        let sum = &total.sum;
        Self {
            cases: total.cases,
            clean: total.clean,
            noisy: total.noisy,
            incomplete: total.incomplete,
            expected: sum.expected,
            shown: sum.shown,
            hits: sum.hits,
            misplaced: sum.misplaced,
            unplaced: sum.unplaced,
            invented: sum.invented,
            precision: total.precision(),
            recall: total.recall(),
            f_half: total.f_half(),
            findings_per_change: total.per_change(),
            requests: sum.requests,
            input_tokens: sum.usage.input_tokens,
            cached_tokens: sum.usage.cached_tokens,
            output_tokens: sum.usage.output_tokens,
            cost_usd: money(sum),
            estimated: sum.usage.estimated,
            seconds: seconds(sum.duration_ms),
            seconds_per_case: total.per_case_ms().map(|ms| ms / 1e3),
        }
    }
}

impl CaseJson {
    /// One score as JSON.
    pub fn new(name: &str, score: &Score) -> Self {
        Self {
            name: name.to_owned(),
            expected: score.expected,
            shown: score.shown,
            hits: score.hits,
            misplaced: score.misplaced,
            unplaced: score.unplaced,
            invented: score.invented,
            failed: score.failed.clone(),
            remarks: score.remarks.clone(),
            missed: score.missed.clone(),
            requests: score.requests,
            tokens: score.usage.input_tokens + score.usage.output_tokens,
            cost_usd: money(score),
            seconds: seconds(score.duration_ms),
        }
    }

    /// What the remarks are worth: what was found, less half of what was remarked for nothing.
    fn worth(&self) -> i64 {
        let wrong = self.shown.saturating_sub(self.hits) as i64;
        2 * self.hits as i64 - wrong
    }
}

/// No request costs nothing, whatever the price would have been.
fn money(score: &Score) -> Option<f64> {
    match score.requests {
        0 => Some(0.0),
        _ => score.usage.cost_micro_usd.map(|cost| cost as f64 / 1e6),
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1e3
}

/// `second` against `first`, on the cases that both ran in full.
pub fn compare(first: &SideJson, second: &SideJson) -> Compared {
    let before: BTreeMap<&str, &CaseJson> = first
        .cases
        .iter()
        .map(|case| (case.name.as_str(), case))
        .collect();
    let mut compared = Compared::default();
    for case in &second.cases {
        let Some(other) = before.get(case.name.as_str()) else {
            continue;
        };
        if !case.failed.is_empty() || !other.failed.is_empty() {
            continue;
        }
        compared.cases += 1;
        match case.worth().cmp(&other.worth()) {
            std::cmp::Ordering::Greater => compared.better.push(case.name.clone()),
            std::cmp::Ordering::Less => compared.worse.push(case.name.clone()),
            std::cmp::Ordering::Equal => {}
        }
    }
    compared.by_chance = by_chance(compared.better.len(), compared.worse.len());
    compared
}

/// The exact sign test: how likely at least so uneven a split is when both outcomes are equally likely.
fn by_chance(better: usize, worse: usize) -> f64 {
    let (all, few) = (better + worse, better.min(worse));
    let mut ways = 1.0_f64;
    let mut tail = 1.0_f64;
    for k in 1..=few {
        ways = ways * (all - k + 1) as f64 / k as f64;
        tail += ways;
    }
    // Beyond a thousand cases the halves underflow to 0, which is what it is by then.
    (2.0 * tail * 0.5_f64.powi(i32::try_from(all).unwrap_or(i32::MAX))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::{CaseJson, EvalJson, SCHEMA, SideJson, TotalJson, by_chance, compare};
    use crate::eval::{Score, Total};

    fn side(cases: &[(&str, usize, usize, bool)]) -> SideJson {
        let mut total = Total::default();
        let cases = cases.iter().map(|(name, shown, hits, failed)| {
            let score = Score {
                expected: 1,
                shown: *shown,
                hits: *hits,
                failed: failed.then(|| "it broke".to_owned()).into_iter().collect(),
                ..Score::default()
            };
            total.add(&score);
            CaseJson::new(name, &score)
        });
        let cases = cases.collect();
        SideJson {
            model: "a/b".to_owned(),
            verify: Vec::new(),
            prompts: "00".to_owned(),
            prompts_from: "built-in".to_owned(),
            obelus: "0.0.0".to_owned(),
            total: TotalJson::from(&total),
            cases,
            not_run: [("z".to_owned(), "no money left".to_owned())].into(),
        }
    }

    #[test]
    fn chance_is_told_as_it_is() {
        for (better, worse, expected) in [
            (0, 0, 1.0),
            (1, 1, 1.0),
            (1, 0, 1.0),
            (5, 0, 0.0625),
            (6, 0, 0.03125),
            (9, 1, 0.021_484_375),
        ] {
            assert_eq!(by_chance(better, worse), expected, "{better} {worse}");
            assert_eq!(by_chance(worse, better), expected, "it has two ways");
        }
        assert!(by_chance(3_000, 0) < 1e-9);
    }

    #[test]
    fn sides_are_compared_where_both_did_all() {
        let first = side(&[
            ("a", 1, 1, false),
            ("b", 2, 0, false),
            ("c", 0, 0, true),
            ("d", 1, 1, false),
        ]);
        let second = side(&[
            ("a", 2, 1, false),
            ("b", 1, 1, false),
            ("c", 1, 1, false),
            ("e", 1, 1, false),
        ]);
        let compared = compare(&first, &second);
        assert_eq!(compared.cases, 2);
        assert_eq!(
            (compared.better, compared.worse),
            (vec!["b".to_owned()], vec!["a".to_owned()])
        );
    }

    #[test]
    fn it_is_valid_by_its_schema_and_reads_what_it_wrote() {
        let first = side(&[("a", 1, 1, false), ("c", 0, 0, true)]);
        let second = side(&[]);
        let eval = EvalJson {
            schema: SCHEMA.to_owned(),
            compared: Some(compare(&first, &second)),
            sides: vec![first, second],
        };
        let value = serde_json::to_value(&eval).expect("JSON");
        let validator = jsonschema::validator_for(&crate::eval_schema()).expect("a schema");
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{value:#}");
        assert_eq!(
            value["sides"][1]["total"]["precision"],
            serde_json::Value::Null
        );
        assert_eq!(serde_json::from_value::<EvalJson>(value).ok(), Some(eval));
        assert!(!validator.is_valid(
            &serde_json::json!({"schema": "obelus.eval/2", "sides": [], "compared": null})
        ));
    }
}
