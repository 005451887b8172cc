//! The second look: another question, with the code and the evidence, to somebody whose task is to refute.
//!
//! A model's own confidence says little; what survives a look that wanted to refute it says more. A look that could not
//! be made leaves the remark less sure, never surer.

use std::sync::atomic::Ordering;

use base::{Finding, ModelFault};
use serde_json::Value;

use super::plan::Group;
use super::prompt::{self, Doubt};
use super::prove::Proven;
use super::run::Work;
use super::shown::{Level, code};
use super::spend::Follow;

/// Tokens of code that a second look is shown.
const CODE: u32 = 1_200;
/// Lines around each place of evidence.
const AROUND: u32 = 3;

/// What came of a second look.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) proven: Proven,
    /// `None`: refuted.
    pub(super) confidence: Option<f32>,
    /// The look was made: its outcome may be frozen.
    pub(super) made: bool,
}

/// Looks at one remark again.
pub(super) async fn look(work: &Work<'_>, group: Option<usize>, proven: Proven) -> Looked {
    let first = proven.draft.confidence;
    if !work.plan.limits.second_look {
        return Looked {
            proven,
            confidence: Some(first * 0.9),
            made: true,
        };
    }
    let not_made = |proven| Looked {
        proven,
        confidence: Some(first * 0.75),
        made: false,
    };
    if work.looks.fetch_add(1, Ordering::Relaxed) >= work.most_looks {
        return not_made(proven);
    }
    let group = group.and_then(|at| work.groups.get(at));
    let remark = question(work, group, &proven);
    let place = format!(
        "{}:{}-{}",
        proven.finding.path,
        proven.lines.start + 1,
        proven.lines.end
    );
    for (name, _) in &work.verify {
        let request = prompt::verify_request(work.desk, name, remark.clone(), vec![place.clone()]);
        if !work.purse.has_room(prompt::input_tokens(&request)) {
            return not_made(proven);
        }
        let mut follow = Follow::new(work.purse, work.cancel, None);
        match work
            .plan
            .model
            .send(&request, &mut follow, work.cancel)
            .await
        {
            Ok(reply) => {
                return match judged(&reply.text) {
                    Some((verdict, sure)) => Looked {
                        confidence: together(verdict, first, sure),
                        proven,
                        made: true,
                    },
                    None => not_made(proven),
                };
            }
            Err(error) if matches!(error.fault, ModelFault::Cancelled | ModelFault::NotAllowed) => {
                break;
            }
            Err(error) => tracing::debug!(fault = ?error.fault, "a second look failed"),
        }
    }
    not_made(proven)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Real,
    Wrong,
    Unsure,
}

/// The confidence that comes out of both looks.
fn together(verdict: Verdict, first: f32, sure: f32) -> Option<f32> {
    match verdict {
        Verdict::Real => Some(0.4 * first + 0.6 * sure.min(0.97)),
        Verdict::Unsure => Some(first * 0.55),
        Verdict::Wrong if sure >= 0.5 => None,
        Verdict::Wrong => Some(first * 0.5),
    }
}

fn judged(text: &str) -> Option<(Verdict, f32)> {
    let start = text.find('{')?;
    let end = text.rfind('}')?;
    let value: Value = serde_json::from_str(text.get(start..=end)?).ok()?;
    let verdict = match value
        .get("verdict")?
        .as_str()?
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "real" | "true" | "valid" | "confirmed" => Verdict::Real,
        "wrong" | "false" | "invalid" | "refuted" | "not_real" => Verdict::Wrong,
        _ => Verdict::Unsure,
    };
    let sure = match value.get("confidence") {
        Some(Value::String(text)) => text.parse::<f32>().unwrap_or(0.7),
        Some(value) => value.as_f64().unwrap_or(0.7) as f32,
        None => 0.7,
    };
    let sure = if sure > 1.0 { sure / 100.0 } else { sure };
    Some((verdict, sure.clamp(0.0, 1.0)))
}

fn question(work: &Work<'_>, group: Option<&Group>, proven: &Proven) -> base::Prompt {
    let Finding { path, evidence, .. } = &proven.finding;
    let own = group.map(|group| {
        let pieces = group
            .pieces
            .iter()
            .filter(|piece| piece.file == proven.file);
        pieces.cloned().collect::<Vec<_>>()
    });
    let own = own.unwrap_or_default();
    let mut shown = code(work.desk, &own, Level::Wide);
    for level in [Level::Close, Level::Bare] {
        if shown.tokens > CODE {
            shown = code(work.desk, &own, level);
        }
    }
    let mut places = Vec::new();
    for place in evidence {
        let Some(page) = work.desk.page(&place.path) else {
            continue;
        };
        let line = page.text.lines().line_of(place.span.start);
        let last = page
            .text
            .lines()
            .line_of(place.span.end.saturating_sub(1).max(place.span.start));
        let range = line.saturating_sub(AROUND)..(last + 1 + AROUND).min(page.len());
        let text: Vec<String> = range
            .map(|line| format!("{}|{}", line + 1, page.line(line)))
            .collect();
        let head = format!(
            "{} ({})",
            work.desk.one_line(place.path.as_str()),
            work.desk.one_line(&place.note)
        );
        places.push((head, text.join("\n")));
    }
    let page = work.desk.page(path);
    let quote: Vec<String> = page
        .iter()
        .flat_map(|page| {
            let lines = proven.lines.clone().take(12);
            lines.map(move |line| format!("{}|{}", line + 1, page.line(line)))
        })
        .collect();
    prompt::remark(
        work.desk,
        &Doubt {
            path: path.as_str(),
            quote: &quote.join("\n"),
            title: &proven.draft.title,
            message: &proven.draft.message,
            code: &shown.text,
            evidence: &places,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judged, together};

    #[test]
    fn a_verdict_is_read_leniently() {
        for (text, expected) in [
            (
                r#"{"verdict": "real", "confidence": 0.9, "reason": "x"}"#,
                Some((Verdict::Real, 0.9)),
            ),
            (
                "```json\n{\"verdict\": \"Wrong\", \"confidence\": \"80\"}\n```",
                Some((Verdict::Wrong, 0.8)),
            ),
            (r#"{"verdict": "hm"}"#, Some((Verdict::Unsure, 0.7))),
            ("real", None),
            ("", None),
            ("}{", None),
        ] {
            assert_eq!(judged(text), expected, "{text}");
        }
        assert_eq!(together(Verdict::Wrong, 0.9, 0.9), None);
        assert!(together(Verdict::Real, 0.7, 0.8).is_some_and(|sure| sure > 0.7));
        assert!(together(Verdict::Unsure, 0.95, 0.9).is_some_and(|sure| sure < 0.6));
    }
}
