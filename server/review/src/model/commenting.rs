//! A doc comment for one definition, by a model, on request.
//!
//! The model is shown the definition with the head of its file and comments that the project has, and told what these
//! have in common. What it answers is the text alone: the signs around it, its place and its indentation are ours. It is
//! put into the file in memory and must change nothing but that comment. Nothing is applied here.

use std::sync::Arc;

use base::model::{ReplyShape, Role};
use base::{Cancel, ModelStats, RelPath, Repo, Span};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::answering::without_change;
use super::consult::{Consulted, Question, consult};
use super::prompt::{fence, fill};
use super::repair::is_control;
use super::testing::excerpt;
use super::{ModelReview, PathRule, Proposal, inert};
use crate::commenting::{Habit, existing, neighbours, put};
use crate::engine::Engine;
use crate::testing::Subject;

const SYSTEM: &str = include_str!("../../prompts/comment.md");
const UNCOMMENTED: &str = include_str!("../../prompts/uncommented.md");

/// Tokens of output, reasoning included.
const OUTPUT: u32 = 2_000;
/// Lines of a definition that are shown.
const LINES: u32 = 250;
/// Lines at the top of a file: its imports, what it is for.
const HEAD: u32 = 30;

/// How doc comments near `subject` are written, in words; `None` where a language has none that are comments.
pub fn habit(repo: &dyn Repo, subject: &Subject, paths: &[RelPath]) -> Option<String> {
    let near = neighbours(subject, paths, |path| !repo.is_ignored(path), repo);
    Habit::learn(subject, &near).map(|habit| habit.told())
}

/// Asks for a doc comment of `subject`; one that is there is only replaced if `replace` says so. `paths` are the files of
/// the workspace.
pub async fn write_comment(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    subject: &Subject,
    paths: &[RelPath],
    replace: bool,
    plan: &ModelReview,
    cancel: &Cancel,
) -> (Result<Proposal, String>, ModelStats) {
    let refused = |why: String| (Err(why), ModelStats::default());
    if is_control(&subject.path) {
        let path = &subject.path;
        return refused(format!(
            "{path} steers programs: it is not written on the word of a model"
        ));
    }
    let rules = plan.path_rules(plan.is_local());
    let (engine, repo) = (Arc::clone(engine), Arc::clone(repo));
    let (wanted, files) = (subject.clone(), paths.to_vec());
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || question(engine, repo, &wanted, &files, replace, rules);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        sender.send(made.ok()).ok();
    });
    let made = match receiver.await.ok().flatten() {
        Some(Ok(made)) => made,
        Some(Err(why)) => return refused(why),
        None => return refused("preparing it failed; please report this".to_owned()),
    };
    let (question, ground) = made;
    let Consulted { answer, stats } =
        consult(plan, &question, |reply| read(reply).is_some(), cancel).await;
    let proposed = answer.and_then(|reply| checked(subject, ground, &reply));
    (proposed, stats)
}

/// What an answer is held against.
struct Ground {
    habit: Habit,
    replaces: Option<Span>,
    neighbours: Vec<RelPath>,
}

fn question(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    subject: &Subject,
    paths: &[RelPath],
    replace: bool,
    rules: Vec<PathRule>,
) -> Result<(Question, Ground), String> {
    let name = &subject.definition.name;
    let desk = without_change(engine, Arc::clone(&repo), None, rules);
    let unseen = || "the file may not be shown to a model, or is no text any more".to_owned();
    let page = desk.page(&subject.path).ok_or_else(unseen)?;
    let may_read = |path: &RelPath| desk.withheld(path).is_none() && !repo.is_ignored(path);
    let near = neighbours(subject, paths, may_read, &*repo);
    let habit = Habit::learn(subject, &near).ok_or_else(|| {
        let language = subject.language.name();
        format!("doc comments of {language} are not something that this version writes")
    })?;
    let there = existing(subject, &habit);
    if there.is_some() && !replace {
        return Err(format!(
            "{name} has a doc comment already, which is its author's; ask to replace it if that is wanted"
        ));
    }
    let mut places = Vec::new();
    let lines = page.text.lines();
    let size = u32::try_from(page.text.len()).unwrap_or(u32::MAX);
    let line = |at: u32| lines.line_of(at.min(size));
    let (start, end) = (subject.definition.span.start, subject.definition.span.end);
    let first = there.map_or(line(start), |doc| line(doc.start.min(start)));
    let last = line(end.saturating_sub(1).max(start));
    let shown = first..(last + 1).min(first + LINES).min(page.len());
    let mut code =
        excerpt(&desk, &subject.path, 0..HEAD.min(shown.start), &mut places).unwrap_or_default();
    code.push_str(&excerpt(&desk, &subject.path, shown, &mut places).ok_or_else(unseen)?);
    let mut style = String::new();
    let mut like: Vec<RelPath> = Vec::new();
    for (path, lines) in &habit.samples {
        if let Some(text) = excerpt(&desk, path, lines.clone(), &mut places) {
            style.push_str(&text);
            if !like.contains(path) {
                like.push(path.clone());
            }
        }
    }
    let fence = fence(&[&code, &style]);
    let block = |title: &str, text: &str| match text.trim() {
        "" => String::new(),
        text => format!("## {title}\n{fence}\n{text}\n{fence}\n\n"),
    };
    let there_is = match there {
        Some(_) => "The comment that it has is to be replaced: keep what is true in it.\n",
        None => "",
    };
    let prompt = fill(
        UNCOMMENTED,
        &[
            ("code", &block("The code", &code)),
            (
                "style",
                &block("Other comments of this project, for the style", &style),
            ),
            ("there", there_is),
            ("name", &desk.one_line(name)),
            ("language", subject.language.name()),
            ("path", &desk.one_line(subject.path.as_str())),
            ("habit", &habit.told()),
            ("width", &habit.layout.width.to_string()),
        ],
    );
    let question = Question {
        role: Role::Fix,
        system: desk.redactor.seal(SYSTEM),
        text: desk.redactor.seal(&prompt),
        reply: ReplyShape::Json {
            name: "comment".to_owned(),
            schema: schema(),
        },
        output: OUTPUT,
        places,
        redacted: desk.redactor.hidden(),
    };
    let ground = Ground {
        habit,
        replaces: there,
        neighbours: like,
    };
    Ok((question, ground))
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"comment": {"type": "string"}, "why": {"type": "string"}},
        "required": ["comment", "why"],
        "additionalProperties": false,
    })
}

/// The text, or why there is none; `None` where it cannot be read.
fn read(reply: &str) -> Option<Result<String, String>> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    let value: Value = serde_json::from_str(reply.get(start..=end)?).ok()?;
    let comment = value.get("comment")?.as_str()?;
    if comment.trim().is_empty() {
        let why = value.get("why").and_then(Value::as_str).unwrap_or_default();
        return Some(Err(inert::title(why)));
    }
    Some(Ok(comment.to_owned()))
}

fn checked(subject: &Subject, ground: Ground, reply: &str) -> Result<Proposal, String> {
    let written = match read(reply) {
        Some(Ok(written)) => written,
        Some(Err(why)) if why.is_empty() => return Err("the model wrote no comment".to_owned()),
        Some(Err(why)) => return Err(format!("the model wrote no comment: {why}")),
        None => return Err("the model's reply could not be read".to_owned()),
    };
    let new = put(subject, &ground.habit, &written, ground.replaces)
        .map_err(|why| format!("the model's comment was left out: {why}"))?;
    Ok(Proposal {
        symbol: subject.definition.name.clone(),
        path: subject.path.clone(),
        old: Some(subject.text.clone()),
        new,
        framework: None,
        neighbours: ground.neighbours,
    })
}
