//! A question about the code, answered by a model from excerpts: those that the question is about and those that the
//! index found, with places that can be opened.
//!
//! Each sentence comes with the lines it rests on. A place that was not shown, or a name that is neither in what was
//! shown nor in the index, costs its sentence: an answer with nothing left is no answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use base::model::{ReplyShape, Role};
use base::search::{Index, Query};
use base::{
    At, Cancel, Change, ContentHash, Finding, ModelStats, NoHistory, RelPath, Repo, Span, Turn,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::consult::{Consulted, Question, consult};
use super::desk::Desk;
use super::prompt::{fence, fill};
use super::{ModelReview, PathRule};
use crate::engine::Engine;
use crate::semantic::SemanticChange;

const SYSTEM: &str = include_str!("../../prompts/answer.md");
const ASKED: &str = include_str!("../../prompts/asked.md");

/// Tokens of excerpts.
const ROOM: u32 = 7_000;
/// Lines of one excerpt.
const LINES: u32 = 60;
/// Tokens of output, reasoning included.
const OUTPUT: u32 = 2_500;
/// Sentences of an answer.
const SENTENCES: usize = 12;
/// Lines of an excerpt that the question is about.
const ABOUT_LINES: u32 = 200;
/// Lines shown around a finding, and around each place that supports it.
const NEAR: (u32, u32) = (25, 3);
/// Places that support a finding, beyond which no more are shown.
const EVIDENCE: usize = 6;
/// Tokens of what was said before.
const BEFORE: u32 = 1_500;
/// Excerpts that the index is asked for.
const EXCERPTS: usize = 12;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The question, in plain words.
    pub question: String,
    /// What it is about: these places are shown before what the index finds.
    pub about: About,
    /// What was asked and answered before in this conversation, oldest first.
    pub before: Vec<Turn>,
}

impl Asked {
    /// A question about the code at large.
    pub fn plain(question: &str) -> Self {
        Self {
            question: question.to_owned(),
            ..Self::default()
        }
    }
}

/// What a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What a check, or another program, says of it.
    pub text: String,
    /// Places, each with the lines around it that are shown too.
    pub places: Vec<(RelPath, Span, u32)>,
}

impl About {
    /// A finding with the places that support it.
    pub fn finding(finding: &Finding) -> Self {
        let text = format!(
            "{} ({}): {}\n{}",
            finding.rule,
            finding.severity.as_str(),
            finding.title,
            finding.message.trim()
        );
        let evidence = finding.evidence.iter().take(EVIDENCE);
        let own = (finding.path.clone(), finding.span, NEAR.0);
        let others = evidence.map(|place| (place.path.clone(), place.span, NEAR.1));
        Self {
            text,
            places: std::iter::once(own).chain(others).collect(),
        }
    }
}

/// An answer, as far as it was found to be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Sentences, each with the places it rests on.
    pub sentences: Vec<(String, Vec<(RelPath, u32)>)>,
    /// All places, once, with 1-based lines.
    pub places: Vec<(RelPath, u32)>,
    /// Sentences that were left out.
    pub dropped: usize,
}

impl Answer {
    /// The answer in Markdown, places in brackets.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (sentence, places) in &self.sentences {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(sentence);
            let named: Vec<String> = places
                .iter()
                .map(|(path, line)| format!("{path}:{line}"))
                .collect();
            if !named.is_empty() {
                let _ = write!(text, " [{}]", named.join(", "));
            }
        }
        text
    }
}

/// What was shown: files with 0-based lines, and all of the text.
struct Ground {
    lines: Vec<(RelPath, Range<u32>)>,
    text: String,
    index: Option<Arc<dyn Index>>,
}

/// Answers a question from what it is about, and from what the index finds where there is one.
pub async fn answer(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    index: Option<&Arc<dyn Index>>,
    asked: &Asked,
    plan: &ModelReview,
    cancel: &Cancel,
) -> (Result<Answer, String>, ModelStats) {
    let rules = plan.path_rules(plan.is_local());
    let (engine, repo, index) = (Arc::clone(engine), Arc::clone(repo), index.cloned());
    let asked = asked.clone();
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let work = || made(engine, repo, index, &asked, rules);
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        sender.send(made.ok()).ok();
    });
    let Some((question, ground)) = receiver.await.ok().flatten() else {
        let why = "preparing it failed; please report this".to_owned();
        return (Err(why), ModelStats::default());
    };
    if ground.lines.is_empty() {
        let why = "nothing that may be shown has to do with these words".to_owned();
        return (Err(why), ModelStats::default());
    }
    let Consulted { answer, stats } =
        consult(plan, &question, |text| read(text).is_some(), cancel).await;
    let answered = answer.and_then(|reply| {
        let answer = checked(&reply, &ground);
        match answer.sentences.is_empty() {
            true => Err("nothing that the model said could be found in the code".to_owned()),
            false => Ok(answer),
        }
    });
    (answered, stats)
}

fn made(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    index: Option<Arc<dyn Index>>,
    asked: &Asked,
    rules: Vec<PathRule>,
) -> (Question, Ground) {
    let desk = without_change(engine, repo, index.clone(), rules);
    let mut lines: Vec<(RelPath, Range<u32>)> = Vec::new();
    for (path, span, near) in &asked.about.places {
        lines.extend(near_to(&desk, path, *span, *near));
    }
    let question = asked.question.as_str();
    // "And who calls it?" says nothing alone: what was spoken of last is meant.
    let last = asked.before.last();
    for (path, line) in last.iter().flat_map(|turn| &turn.places) {
        lines.extend(near_line(&desk, path, *line));
    }
    let earlier = last.map(|turn| turn.question.as_str());
    if let Some(index) = &index {
        for said in std::iter::once(question).chain(earlier) {
            for name in crate::ask::names_of(said) {
                for found in index.definitions(&name, 4) {
                    let span = found.definition.span;
                    lines.extend(around(&desk, &found.path, &found.hash, span));
                }
            }
            for hit in index.search(&Query::parse(&crate::ask::words_of(said)), EXCERPTS) {
                lines.extend(around(&desk, &hit.path, &hit.hash, hit.span));
            }
        }
    }
    let most = EXCERPTS + lines_about(asked);
    let mut text = String::new();
    let mut shown: Vec<(RelPath, Range<u32>)> = Vec::new();
    for (path, range) in lines {
        let overlaps = |other: &(RelPath, Range<u32>)| {
            other.0 == path && other.1.start < range.end && range.start < other.1.end
        };
        if shown.iter().any(overlaps) || shown.len() >= most {
            continue;
        }
        let Some(page) = desk.page(&path) else {
            continue;
        };
        let mut piece = format!("@@ {}\n", desk.one_line(path.as_str()));
        for line in range.clone() {
            let _ = writeln!(piece, "{}|{}", line + 1, page.line(line));
        }
        if base::context::tokens(&text) + base::context::tokens(&piece) > ROOM {
            continue;
        }
        text.push_str(&piece);
        shown.push((path, range));
    }
    let about = desk.redactor.words(asked.about.text.trim());
    let before = said_before(&desk, &asked.before);
    let question = desk.redactor.words(question);
    let fence = fence(&[&text, &about, &before, &question]);
    let block = |title: &str, text: &str| match text.trim() {
        "" => String::new(),
        text => format!("## {title}\n{fence}\n{text}\n{fence}\n\n"),
    };
    let prompt = fill(
        ASKED,
        &[
            ("code", &block("Excerpts", text.trim_end())),
            ("about", &block("What the question is about", &about)),
            (
                "before",
                &block("What was asked and answered before", &before),
            ),
            ("question", question.trim()),
        ],
    );
    text.push_str(&about);
    let places = shown
        .iter()
        .map(|(path, range)| format!("{path}:{}-{}", range.start + 1, range.end));
    let question = Question {
        role: Role::Ask,
        system: desk.redactor.seal(SYSTEM),
        text: desk.redactor.seal(&prompt),
        reply: ReplyShape::Json {
            name: "answer".to_owned(),
            schema: schema(),
        },
        output: OUTPUT,
        places: places.collect(),
        redacted: desk.redactor.hidden(),
    };
    let ground = Ground {
        lines: shown,
        text,
        index,
    };
    (question, ground)
}

/// What may be shown where no change is looked at: files of the work tree.
pub(super) fn without_change(
    engine: Arc<Engine>,
    repo: Arc<dyn Repo>,
    index: Option<Arc<dyn Index>>,
    rules: Vec<PathRule>,
) -> Desk {
    let nothing = Change {
        base: None,
        head: None,
        old: None,
        new: At::Worktree,
        files: Vec::new(),
        skipped: Vec::new(),
    };
    let semantic = SemanticChange::default();
    let history = Arc::new(NoHistory);
    Desk::new(
        engine,
        repo,
        nothing,
        semantic,
        index,
        history,
        Vec::new(),
        rules,
    )
}

/// How many excerpts come beside those that the index finds.
fn lines_about(asked: &Asked) -> usize {
    let last = asked.before.last();
    asked.about.places.len() + last.map_or(0, |turn| turn.places.len())
}

/// The lines around a 1-based line that an answer named.
fn near_line(desk: &Desk, path: &RelPath, line: u32) -> Option<(RelPath, Range<u32>)> {
    let page = desk.page(path)?;
    let start = line.saturating_sub(NEAR.0 / 2).max(1) - 1;
    let end = line.saturating_add(NEAR.0 / 2).min(page.len());
    (start < end).then(|| (path.clone(), start..end))
}

/// The newest of what was said before that there is room for, oldest first.
fn said_before(desk: &Desk, before: &[Turn]) -> String {
    let (mut turns, mut room) = (Vec::new(), BEFORE);
    for turn in before.iter().rev() {
        let Turn {
            question, answer, ..
        } = turn;
        let turn = desk
            .redactor
            .words(&format!("Question: {question}\nAnswer: {answer}\n"));
        let Some(left) = room.checked_sub(base::context::tokens(&turn)) else {
            break;
        };
        room = left;
        turns.push(turn);
    }
    turns.reverse();
    turns.join("\n")
}

/// The lines of a place in a file that may be shown, and `near` lines around it.
pub(super) fn near_to(
    desk: &Desk,
    path: &RelPath,
    span: Span,
    near: u32,
) -> Option<(RelPath, Range<u32>)> {
    let page = desk.page(path)?;
    let lines = page.text.lines();
    let size = u32::try_from(page.text.len()).unwrap_or(u32::MAX);
    let first = lines.line_of(span.start.min(size));
    let last = lines.line_of(span.end.saturating_sub(1).max(span.start).min(size));
    let start = first.saturating_sub(near);
    let end = (last + 1 + near).min(page.len()).min(start + ABOUT_LINES);
    (start < end).then(|| (path.clone(), start..end))
}

/// The lines of a place, if its file is still that version and may be shown.
fn around(
    desk: &Desk,
    path: &RelPath,
    hash: &ContentHash,
    span: base::Span,
) -> Option<(RelPath, Range<u32>)> {
    let page = desk.page(path).filter(|page| page.text.hash() == *hash)?;
    let lines = page.text.lines();
    let first = lines.line_of(span.start);
    let last = lines.line_of(span.end.saturating_sub(1).max(span.start));
    let end = (last + 1).min(first + LINES).min(page.len());
    (first < end).then(|| (path.clone(), first..end))
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "places": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["text", "places"],
            "additionalProperties": false,
        }}},
        "required": ["sentences"],
        "additionalProperties": false,
    })
}

/// The sentences of a reply, with their places as they were written.
fn read(reply: &str) -> Option<Vec<(String, Vec<String>)>> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    let value: Value = serde_json::from_str(reply.get(start..=end)?).ok()?;
    let items = value.get("sentences")?.as_array()?;
    let read = items.iter().filter_map(|item| {
        let text = item.get("text")?.as_str()?.trim().to_owned();
        let places = item.get("places").and_then(Value::as_array);
        let places = places.into_iter().flatten().filter_map(Value::as_str);
        Some((text, places.map(str::to_owned).collect()))
    });
    Some(read.take(SENTENCES).collect())
}

fn checked(reply: &str, ground: &Ground) -> Answer {
    let mut answer = Answer::default();
    let mut seen = BTreeSet::new();
    for (text, places) in read(reply).unwrap_or_default() {
        let known: Vec<(RelPath, u32)> = places
            .iter()
            .filter_map(|place| shown_place(place, ground))
            .collect();
        let is_sound = !known.is_empty() && !text.is_empty() && names_are_known(&text, ground);
        if !is_sound {
            answer.dropped += 1;
            continue;
        }
        for place in &known {
            if seen.insert((place.0.clone(), place.1)) {
                answer.places.push(place.clone());
            }
        }
        answer
            .sentences
            .push((crate::describe::prose(&text), known));
    }
    answer
}

/// `path:line` or `path:from-to`, if that was shown.
fn shown_place(place: &str, ground: &Ground) -> Option<(RelPath, u32)> {
    let (path, lines) = place.trim().trim_matches('`').rsplit_once(':')?;
    let line: u32 = lines.split('-').next()?.trim().parse().ok()?;
    let path = RelPath::new(path.trim()).ok()?;
    let was_shown = ground
        .lines
        .iter()
        .any(|(shown, range)| *shown == path && line >= 1 && range.contains(&(line - 1)));
    was_shown.then_some((path, line))
}

/// Whether what stands in code spans is in what was shown, or known to the index.
fn names_are_known(text: &str, ground: &Ground) -> bool {
    if text.contains("://") || text.contains(['⟦', '⟧']) {
        return false;
    }
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .flat_map(|span| span.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|name| name.len() > 2 && !name.starts_with(|c: char| c.is_ascii_digit()))
        .all(|name| {
            let index = ground.index.as_ref();
            let is_defined = |index: &Arc<dyn Index>| !index.definitions(name, 1).is_empty();
            ground.text.contains(name) || index.is_some_and(is_defined)
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::RelPath;
    use base::memory::MemoryRepo;

    use super::{Ground, checked};
    use crate::context::tests::Plain;

    #[test]
    fn a_sentence_needs_a_place_that_was_shown_and_names_that_exist() {
        let repo = Arc::new(MemoryRepo::fixture(
            "//- new a.py\ndef lex(text):\n    return text.split()\n",
        ));
        let ground = Ground {
            lines: vec![(RelPath::new("a.py").expect("a path"), 0..2)],
            text: "@@ a.py\n1|def lex(text):\n2|    return text.split()\n".to_owned(),
            index: Some(Arc::new(Plain::of(&repo))),
        };
        let reply = r#"Sure: {"sentences": [
            {"text": "`lex` splits its `text`.", "places": ["a.py:2", "b.py:1"]},
            {"text": "`tokenize` is called first.", "places": ["a.py:1"]},
            {"text": "It is fast.", "places": ["a.py:3"]},
            {"text": "It is fast.", "places": []},
            {"text": "See <https://evil.example>.", "places": ["a.py:1"]}
        ]}"#;
        let answer = checked(reply, &ground);
        assert_eq!(answer.text(), "`lex` splits its `text`. [a.py:2]");
        assert_eq!((answer.places.len(), answer.dropped), (1, 4));
        for reply in ["", "{", "[]", "{\"sentences\": 3}", "{\"sentences\": [3]}"] {
            assert_eq!(checked(reply, &ground).text(), "", "{reply}");
        }
    }
}
