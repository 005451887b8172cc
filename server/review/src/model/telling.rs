//! What a model is shown to describe a change: facts that were looked up, the author's own words, the code.
//!
//! Unlike a review, a description may read what the author wrote: it is about the author's intent. Everything passes the
//! desk, so what must not be shown is not, and what comes back is checked by `describe` before anybody reads it.

use std::fmt::Write as _;
use std::sync::Arc;

use base::context::tokens;
use base::model::{ReplyShape, Role};
use base::{Cancel, Change, ContentHash, ModelStats, NoHistory, Repo};
use serde_json::json;
use tokio::sync::oneshot;

use super::consult::{Consulted, Question, consult};
use super::desk::Desk;
use super::plan::{self, Group};
use super::prompt::{fence, fill};
use super::shown::{Level, Shown, code};
use super::{ModelReview, PathRule};
use crate::engine::Engine;
use crate::semantic::SemanticChange;

const SYSTEM: &str = include_str!("../../prompts/describe.md");
const CHANGE: &str = include_str!("../../prompts/change.md");

/// Tokens of code that are shown.
const CODE: u32 = 7_000;
/// Tokens of the author's words.
const WORDS: u32 = 1_200;
/// Titles that show the project's style.
const TITLES: usize = 15;
/// Tokens of output, reasoning included.
const OUTPUT: u32 = 2_500;

/// What is told about.
pub(crate) struct Telling {
    pub(crate) engine: Arc<Engine>,
    pub(crate) repo: Arc<dyn Repo>,
    pub(crate) change: Change,
    /// What was looked up, as text.
    pub(crate) facts: String,
    /// The author's words: messages of commits, newest first.
    pub(crate) written: Vec<String>,
    /// Titles that were merged before.
    pub(crate) titles: Vec<String>,
    /// What the text is for, such as `the description of a pull request`.
    pub(crate) what: &'static str,
}

/// A model's description, not checked yet.
pub(crate) struct Told {
    /// The reply, or why there is none.
    pub(crate) reply: Result<String, String>,
    pub(crate) stats: ModelStats,
}

/// Asks for a description.
pub(crate) async fn tell(telling: Telling, plan: &ModelReview, cancel: &Cancel) -> Told {
    let rules = plan.path_rules(plan.is_local());
    let stop = cancel.clone();
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || question(telling, rules, &stop);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        sender.send(made.ok()).ok();
    });
    let Some(question) = receiver.await.ok().flatten() else {
        return Told {
            reply: Err("preparing it failed; please report this".to_owned()),
            stats: ModelStats::default(),
        };
    };
    let Consulted { answer, stats } = consult(plan, &question, is_object, cancel).await;
    Told {
        reply: answer,
        stats,
    }
}

/// Whether a reply holds something that can be read.
fn is_object(reply: &str) -> bool {
    let whole = reply.find('{').zip(reply.rfind('}'));
    let text = whole.and_then(|(start, end)| reply.get(start..=end));
    text.is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_ok())
}

fn question(telling: Telling, rules: Vec<PathRule>, cancel: &Cancel) -> Question {
    let semantic = SemanticChange::of(&*telling.repo, &telling.change, cancel);
    let desk = Desk::new(
        telling.engine,
        telling.repo,
        telling.change,
        semantic,
        None,
        Arc::new(NoHistory),
        Vec::new(),
        rules,
    );
    let groups = plan::groups(&desk, &ContentHash::of(b"description"));
    let (shown, left) = fitted(&desk, &groups);
    let mut written = String::new();
    let mut room = WORDS;
    for message in &telling.written {
        let message = desk.redactor.words(message.trim());
        let cost = tokens(&message) + 1;
        if cost > room {
            written.push_str("(more is not shown)\n");
            break;
        }
        room -= cost;
        let _ = writeln!(written, "{message}\n");
    }
    let mut titles = String::new();
    for title in telling.titles.iter().take(TITLES) {
        let _ = writeln!(titles, "{}", desk.one_line(title));
    }
    let facts = desk.redactor.words(&telling.facts);
    let fence = fence(&[&facts, &written, &titles, &shown.text]);
    let block = |title: &str, text: &str| match text.trim() {
        "" => String::new(),
        text => format!("## {title}\n{fence}\n{text}\n{fence}\n\n"),
    };
    let mut code = block("The change", &shown.text);
    if left > 0 {
        let _ = writeln!(code, "{left} smaller parts of the change are not shown.\n");
    }
    let text = fill(
        CHANGE,
        &[
            ("facts", &block("Facts, looked up", &facts)),
            ("written", &block("What its author wrote", &written)),
            (
                "titles",
                &block("Titles of this project, for the style", &titles),
            ),
            ("code", &code),
            ("what", telling.what),
        ],
    );
    let places = shown.lines.iter().filter_map(|(file, ranges)| {
        let (first, last) = (ranges.first()?, ranges.last()?);
        let path = desk.file(*file)?.path();
        Some(format!("{path}:{}-{}", first.start + 1, last.end))
    });
    Question {
        role: Role::Describe,
        system: desk.redactor.seal(SYSTEM),
        text: desk.redactor.seal(&text),
        reply: ReplyShape::Json {
            name: "description".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "what": {"type": "array", "items": {"type": "string"}},
                    "changes": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["title", "what", "changes"],
                "additionalProperties": false,
            }),
        },
        output: OUTPUT,
        places: places.collect(),
        redacted: desk.redactor.hidden(),
    }
}

/// The code of as many groups as there is room for, riskiest first, and how many had none.
fn fitted(desk: &Desk, groups: &[Group]) -> (Shown, usize) {
    let pieces = |groups: &[Group]| -> Vec<plan::Piece> {
        let all = groups.iter().flat_map(|group| &group.pieces);
        all.cloned().collect()
    };
    for level in [Level::Close, Level::Bare] {
        let shown = code(desk, &pieces(groups), level);
        if shown.tokens <= CODE {
            return (shown, 0);
        }
    }
    let mut chosen = Vec::new();
    let mut room = CODE;
    let mut left = 0;
    for group in groups {
        let size = code(desk, &group.pieces, Level::Bare).tokens;
        if size <= room {
            room -= size;
            chosen.push(group.clone());
        } else {
            left += 1;
        }
    }
    (code(desk, &pieces(&chosen), Level::Bare), left)
}
