//! Tests for one definition, by a model, on request.
//!
//! The model is shown the definition with the head of its file, the tests that are there, and those next to it for their
//! style. What it answers is put into the file in memory and parsed; it must name what it tests, and holds no placeholder
//! of a secret. Nothing is applied and nothing is run here.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use base::model::{ReplyShape, Role};
use base::{At, Cancel, ModelStats, RelPath, Repo, Text};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::answering::without_change;
use super::consult::{Consulted, Question, consult};
use super::desk::Desk;
use super::prompt::{fence, fill};
use super::repair::is_control;
use super::{ModelReview, PathRule, inert};
use crate::engine::Engine;
use crate::project::Project;
use crate::testing::{Place, Subject, Written, assemble, place};

const SYSTEM: &str = include_str!("../../prompts/tests.md");
const UNTESTED: &str = include_str!("../../prompts/untested.md");

/// Tokens of output, reasoning included.
const OUTPUT: u32 = 4_000;
/// Lines of a definition that are shown.
const LINES: u32 = 250;
/// Lines at the top of a file: its imports.
const HEAD: u32 = 40;
/// Lines of a test file, from its top.
const STYLE: u32 = 120;

/// Tests that can be looked at and applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What they test.
    pub symbol: String,
    /// The file that they go into.
    pub path: RelPath,
    /// That file as it is; `None` where there is none yet.
    pub old: Option<Text>,
    /// The file with the tests in it.
    pub new: String,
    /// What they are written with, where the manifest tells.
    pub framework: Option<&'static str>,
    /// The tests that showed the style.
    pub neighbours: Vec<RelPath>,
}

/// Asks for tests of `subject`. `paths` are the files of the workspace.
pub async fn write_tests(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    subject: &Subject,
    paths: &[RelPath],
    plan: &ModelReview,
    cancel: &Cancel,
) -> (Result<Proposal, String>, ModelStats) {
    let refused = |why: String| (Err(why), ModelStats::default());
    let Some(place) = place(&subject.path, subject.language, paths) else {
        let language = subject.language.name();
        return refused(format!(
            "where tests of {language} belong in this project cannot be told"
        ));
    };
    if is_control(&place.path) {
        return refused(format!(
            "{} steers programs: it is not written on the word of a model",
            place.path
        ));
    }
    let rules = plan.path_rules(plan.is_local());
    let (engine, repo) = (Arc::clone(engine), Arc::clone(repo));
    let (wanted, files) = (subject.clone(), paths.to_vec());
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || question(engine, repo, &wanted, place, &files, rules);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        sender.send(made.ok()).ok();
    });
    let Some(made) = receiver.await.ok().flatten() else {
        return refused("preparing it failed; please report this".to_owned());
    };
    let Some((question, ground)) = made else {
        return refused("the file may not be shown to a model, or is no text any more".to_owned());
    };
    let Consulted { answer, stats } =
        consult(plan, &question, |reply| read(reply).is_some(), cancel).await;
    let proposed = answer.and_then(|reply| checked(subject, ground, &reply));
    (proposed, stats)
}

/// What an answer is held against.
struct Ground {
    place: Place,
    old: Option<Text>,
    framework: Option<&'static str>,
    neighbours: Vec<RelPath>,
}

fn question(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    subject: &Subject,
    place: Place,
    paths: &[RelPath],
    rules: Vec<PathRule>,
) -> Option<(Question, Ground)> {
    let text = |path: &RelPath| repo.text(path, &At::Worktree).ok()?;
    let old = match place.exists {
        true => Some(text(&place.path)?),
        false => None,
    };
    let read = |path: &RelPath| text(path).map(|text| text.as_str().to_owned());
    let language = subject.language.name();
    let framework = Project::of(paths, &read).test_framework(&subject.path, language);
    let desk = without_change(engine, Arc::clone(&repo), None, rules);
    let mut places = Vec::new();
    let page = desk.page(&subject.path)?;
    let lines = page.text.lines();
    let size = u32::try_from(page.text.len()).unwrap_or(u32::MAX);
    let first = lines.line_of(subject.definition.span.start.min(size));
    let last = lines.line_of(subject.definition.span.end.saturating_sub(1).min(size));
    let first = subject
        .definition
        .doc
        .map_or(first, |doc| first.min(lines.line_of(doc.start.min(size))));
    let shown = first..(last + 1).min(first + LINES).min(page.len());
    let mut code =
        excerpt(&desk, &subject.path, 0..HEAD.min(shown.start), &mut places).unwrap_or_default();
    code.push_str(&excerpt(&desk, &subject.path, shown, &mut places)?);
    let mut existing = String::new();
    if place.inside {
        // The tests of a Rust file stand at its end.
        let from = page.len().saturating_sub(STYLE).max(last + 1);
        existing = excerpt(&desk, &subject.path, from..page.len(), &mut places).unwrap_or_default();
    } else if place.exists {
        existing = excerpt(&desk, &place.path, 0..STYLE, &mut places)?;
    }
    let mut style = String::new();
    let mut neighbours = Vec::new();
    for path in place.neighbours.iter().filter(|path| **path != place.path) {
        if let Some(text) = excerpt(&desk, path, 0..STYLE, &mut places) {
            style.push_str(&text);
            neighbours.push(path.clone());
        }
    }
    let fence = fence(&[&code, &style, &existing]);
    let block = |title: &str, text: &str| match text.trim() {
        "" => String::new(),
        text => format!("## {title}\n{fence}\n{text}\n{fence}\n\n"),
    };
    let with = framework.map_or(String::new(), |name| format!(", {name}"));
    let prompt = fill(
        UNTESTED,
        &[
            ("code", &block("The code", &code)),
            (
                "style",
                &block("Other tests of this project, for the style", &style),
            ),
            ("existing", &block("Where the tests go", &existing)),
            ("name", &desk.one_line(&subject.definition.name)),
            ("language", language),
            ("framework", &with),
            ("path", &desk.one_line(place.path.as_str())),
            (
                "state",
                match (place.inside, place.exists) {
                    (true, _) => {
                        "into its module of tests, which is made where there is none (with `use super::*;`)"
                    }
                    (false, true) => "which is there",
                    (false, false) => "a new file",
                },
            ),
        ],
    );
    let question = Question {
        role: Role::Fix,
        system: desk.redactor.seal(SYSTEM),
        text: desk.redactor.seal(&prompt),
        reply: ReplyShape::Json {
            name: "tests".to_owned(),
            schema: schema(),
        },
        output: OUTPUT,
        places,
        redacted: desk.redactor.hidden(),
    };
    let ground = Ground {
        place,
        old,
        framework,
        neighbours,
    };
    Some((question, ground))
}

/// Lines of a file as a model sees them.
pub(super) fn excerpt(
    desk: &Desk,
    path: &RelPath,
    lines: Range<u32>,
    places: &mut Vec<String>,
) -> Option<String> {
    let page = desk.page(path)?;
    let lines = lines.start..lines.end.min(page.len());
    if lines.is_empty() {
        return None;
    }
    let mut text = format!("@@ {}\n", desk.one_line(path.as_str()));
    for line in lines.clone() {
        let _ = writeln!(text, "{}|{}", line + 1, page.line(line));
    }
    places.push(format!("{path}:{}-{}", lines.start + 1, lines.end));
    Some(text)
}

fn schema() -> Value {
    let text = || json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {"imports": {"type": "array", "items": text()}, "tests": text(), "why": text()},
        "required": ["imports", "tests", "why"],
        "additionalProperties": false,
    })
}

fn read(reply: &str) -> Option<Result<Written, String>> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    let value: Value = serde_json::from_str(reply.get(start..=end)?).ok()?;
    let tests = value.get("tests")?.as_str()?;
    if tests.trim().is_empty() {
        let why = value.get("why").and_then(Value::as_str).unwrap_or_default();
        return Some(Err(inert::title(why)));
    }
    let imports = value.get("imports").and_then(Value::as_array);
    let imports = imports.into_iter().flatten().filter_map(Value::as_str);
    // One line each: what holds a line break is no import.
    let imports = imports
        .filter(|line| !line.trim().contains('\n'))
        .map(str::to_owned);
    Some(Ok(Written {
        imports: imports.collect(),
        tests: tests.to_owned(),
    }))
}

fn checked(subject: &Subject, ground: Ground, reply: &str) -> Result<Proposal, String> {
    let written = match read(reply) {
        Some(Ok(written)) => written,
        Some(Err(why)) if why.is_empty() => return Err("the model wrote no test".to_owned()),
        Some(Err(why)) => return Err(format!("the model wrote no test: {why}")),
        None => return Err("the model's reply could not be read".to_owned()),
    };
    let left_out = |why: &str| Err(format!("the model's tests were left out: {why}"));
    let all = format!("{}\n{}", written.imports.join("\n"), written.tests);
    if all.contains(['⟦', '⟧']) {
        return left_out("they use a value that was hidden from it");
    }
    let name = &subject.definition.name;
    if !all.contains(name.as_str()) {
        return left_out(&format!("they do not name `{name}`"));
    }
    match assemble(
        subject.language,
        &ground.place,
        ground.old.as_ref(),
        &written,
    ) {
        Ok(new) => Ok(Proposal {
            symbol: name.clone(),
            path: ground.place.path,
            old: ground.old,
            new,
            framework: ground.framework,
            neighbours: ground.neighbours,
        }),
        Err(why) => left_out(&why),
    }
}
