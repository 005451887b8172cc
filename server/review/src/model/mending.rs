//! The repair of one finding, by a model, on request.
//!
//! The model is shown the code around the finding and around the places that support it. What it answers is tried as a
//! review's own repairs are: it must replace whole lines that stand there, near the finding, in no file that steers
//! programs, and leave no syntax error that was not there. Nothing is applied here.

use std::fmt::Write as _;
use std::sync::Arc;

use base::model::{ReplyShape, Role};
use base::{Cancel, Finding, Fix, ModelStats, Repo};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::answering::{About, near_to, without_change};
use super::consult::{Consulted, Question, consult};
use super::desk::Desk;
use super::draft::{self, DraftFix};
use super::prompt::{fence, fill};
use super::repair::{is_control, repair};
use super::{ModelReview, PathRule, inert};
use crate::engine::Engine;

const SYSTEM: &str = include_str!("../../prompts/mend.md");
const BROKEN: &str = include_str!("../../prompts/broken.md");

/// Tokens of output, reasoning included.
const OUTPUT: u32 = 2_500;
/// Tokens of code beside the code that is to be repaired.
const ROOM: u32 = 3_000;

/// Asks for the repair of `finding`; what comes back applies to the text that `repo` has now. Or why there is none.
pub async fn mend(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    finding: &Finding,
    plan: &ModelReview,
    cancel: &Cancel,
) -> (Result<Fix, String>, ModelStats) {
    let refused = |why: &str| (Err(why.to_owned()), ModelStats::default());
    if finding.sensitive {
        return refused("a secret is not for a model to repair: take it out, and revoke it");
    }
    if is_control(&finding.path) {
        return refused(
            "this file steers programs: it is not edited on the word of a model; repair it by hand",
        );
    }
    let rules = plan.path_rules(plan.is_local());
    let (engine, repo, wanted) = (Arc::clone(engine), Arc::clone(repo), finding.clone());
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || question(engine, repo, &wanted, rules);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        sender.send(made.ok()).ok();
    });
    let Some(made) = receiver.await.ok().flatten() else {
        return refused("preparing it failed; please report this");
    };
    let Some((desk, question)) = made else {
        return refused("the file may not be shown to a model, or is no text any more");
    };
    let Consulted { answer, stats } =
        consult(plan, &question, |reply| read(reply).is_some(), cancel).await;
    let mended = answer.and_then(|reply| checked(&desk, finding, &reply));
    (mended, stats)
}

/// What is asked; `None` where the code must not be shown.
fn question(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    finding: &Finding,
    rules: Vec<PathRule>,
) -> Option<(Desk, Question)> {
    let desk = without_change(engine, repo, None, rules);
    let About { text, places } = About::finding(finding);
    let (mut code, mut named, mut room) = (String::new(), Vec::new(), ROOM);
    for (at, (path, span, near)) in places.iter().enumerate() {
        let found = near_to(&desk, path, *span, *near);
        let Some((page, (path, range))) = desk.page(path).zip(found) else {
            // Without the code that is to be repaired there is nothing to ask.
            if at == 0 {
                return None;
            }
            continue;
        };
        let mut piece = format!("@@ {}\n", desk.one_line(path.as_str()));
        for line in range.clone() {
            let _ = writeln!(piece, "{}|{}", line + 1, page.line(line));
        }
        if at > 0 {
            let Some(left) = room.checked_sub(base::context::tokens(&piece)) else {
                continue;
            };
            room = left;
        }
        code.push_str(&piece);
        named.push(format!("{path}:{}-{}", range.start + 1, range.end));
    }
    let page = desk.page(&finding.path)?;
    let lines = page.text.lines();
    let first = lines.line_of(finding.span.start) + 1;
    let last = lines.line_of(finding.span.end.saturating_sub(1).max(finding.span.start)) + 1;
    let about = desk.redactor.words(&text);
    let fence = fence(&[&code, &about]);
    let block = |title: &str, text: &str| format!("## {title}\n{fence}\n{text}\n{fence}\n\n");
    let place = match first == last {
        true => format!("line {first} of the first excerpt"),
        false => format!("lines {first} to {last} of the first excerpt"),
    };
    let text = fill(
        BROKEN,
        &[
            ("code", &block("Excerpts", code.trim_end())),
            ("about", &block("The problem", &about)),
            ("place", &place),
        ],
    );
    let question = Question {
        role: Role::Fix,
        system: desk.redactor.seal(SYSTEM),
        text: desk.redactor.seal(&text),
        reply: ReplyShape::Json {
            name: "repair".to_owned(),
            schema: schema(),
        },
        output: OUTPUT,
        places: named,
        redacted: desk.redactor.hidden(),
    };
    Some((desk, question))
}

fn schema() -> Value {
    let text = || json!({"type": "string"});
    let fix = json!({
        "type": "object",
        "properties": {"title": text(), "replaces": text(), "with": text()},
        "required": ["title", "replaces", "with"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {"fix": {"anyOf": [fix, {"type": "null"}]}, "why": text()},
        "required": ["fix", "why"],
        "additionalProperties": false,
    })
}

/// The repair that a reply holds, or why it holds none.
fn read(reply: &str) -> Option<Result<DraftFix, String>> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    let value: Value = serde_json::from_str(reply.get(start..=end)?).ok()?;
    let fix = value.get("fix")?;
    if fix.is_null() {
        let why = value.get("why").and_then(Value::as_str).unwrap_or_default();
        return Some(Err(inert::title(why)));
    }
    draft::fix(fix).map(Ok)
}

fn checked(desk: &Desk, finding: &Finding, reply: &str) -> Result<Fix, String> {
    let draft = match read(reply) {
        Some(Ok(draft)) => draft,
        Some(Err(why)) if why.is_empty() => return Err("the model knows no repair".to_owned()),
        Some(Err(why)) => return Err(format!("the model knows no repair: {why}")),
        None => return Err("the model's reply could not be read".to_owned()),
    };
    let page = desk.page(&finding.path);
    let page = page.ok_or_else(|| "the file is gone".to_owned())?;
    let lines = page.text.lines();
    let first = lines.line_of(finding.span.start);
    let last = lines.line_of(finding.span.end.saturating_sub(1).max(finding.span.start));
    repair(desk, &page, &(first..last + 1), &draft).ok_or_else(|| {
        "the model's repair does not apply here, or leaves a syntax error; it was left out"
            .to_owned()
    })
}
