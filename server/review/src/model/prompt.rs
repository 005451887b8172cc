//! Prompts from the templates under `prompts/`: the stable part first, what the repository says between fences.
//!
//! A fence is made from what it encloses, so no text can close its own. The version of the templates is the hash of
//! their text: it is part of the key of every frozen verdict. Titles and messages of commits and pull requests are never
//! part of a prompt: they tell a reviewer what to think.

use std::fmt::Write as _;

use base::context::tokens;
use base::model::{Message, ReplyShape, Request, Role, Tool};
use base::{ContentHash, ContentHasher, Excerpt, ModelName, Prompt};
use serde_json::json;

use super::desk::Desk;
use super::draft;
use super::shown::Shown;

const REVIEW: &str = include_str!("../../prompts/review.md");
const UNIT: &str = include_str!("../../prompts/unit.md");
const VERIFY: &str = include_str!("../../prompts/verify.md");
const REMARK: &str = include_str!("../../prompts/remark.md");

/// Tokens of output, reasoning included, for one unit.
pub(super) const REVIEW_OUTPUT: u32 = 4_000;
/// The same for one verification.
pub(super) const VERIFY_OUTPUT: u32 = 1_200;

/// Other instructions than our own, to be compared with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// What a reviewer is told; `{{most}}` stands for the most remarks on one unit.
    pub review: Option<String>,
    /// What a model is told that looks a second time.
    pub verify: Option<String>,
}

impl Wording {
    fn review(&self) -> &str {
        self.review.as_deref().unwrap_or(REVIEW)
    }

    fn verify(&self) -> &str {
        self.verify.as_deref().unwrap_or(VERIFY)
    }

    /// What names the texts that models are asked with, as hexadecimal digits.
    pub fn version(&self) -> String {
        version(self).to_string()
    }
}

/// What names the texts that models are asked with.
pub(super) fn version(wording: &Wording) -> ContentHash {
    let mut hasher = ContentHasher::default();
    for part in [wording.review(), UNIT, wording.verify(), REMARK] {
        hasher.update(part.as_bytes());
    }
    hasher.update(draft::schema().to_string().as_bytes());
    hasher.finish()
}

/// The part of a review's prompt that is the same for every unit.
pub(super) fn system(desk: &Desk) -> Prompt {
    let words = fill(desk.wording.review(), &[("most", &draft::MOST.to_string())]);
    desk.redactor.seal(&words)
}

/// The parts of a unit's prompt.
pub(super) struct Parts<'a> {
    pub(super) outline: &'a str,
    pub(super) guidelines: &'a str,
    /// One line for each finding of the other checks.
    pub(super) reported: &'a [String],
    pub(super) context: &'a [Excerpt],
    pub(super) shown: &'a Shown,
}

/// The question about one unit.
pub(super) fn unit(desk: &Desk, parts: &Parts<'_>) -> Prompt {
    let excerpts: Vec<(String, String)> = parts
        .context
        .iter()
        .filter_map(|it| excerpt(desk, it))
        .collect();
    let mut data = vec![parts.shown.text.as_str(), parts.guidelines];
    data.extend(excerpts.iter().map(|(_, text)| text.as_str()));
    let fence = fence(&data);
    let mut context = String::new();
    if !excerpts.is_empty() {
        context.push_str("\n## Around it: unchanged code of other places\n");
        for (head, text) in &excerpts {
            let _ = write!(context, "{head}\n{fence}\n{text}\n{fence}\n");
        }
    }
    let mut guidelines = String::new();
    if !parts.guidelines.is_empty() {
        let _ = write!(
            guidelines,
            "\n## Guidelines of the project, the nearest first\n{fence}\n{}\n{fence}\n",
            parts.guidelines.trim_end()
        );
    }
    let mut reported = String::new();
    if !parts.reported.is_empty() {
        reported.push_str("\n## Already reported\n");
        for line in parts.reported {
            let _ = writeln!(reported, "- {line}");
        }
    }
    let text = fill(
        UNIT,
        &[
            ("outline", parts.outline),
            ("guidelines", &guidelines),
            ("reported", &reported),
            ("context", &context),
            ("fence", &fence),
            ("code", parts.shown.text.trim_end()),
        ],
    );
    desk.redactor.seal(&text)
}

/// The heading and the lines of an excerpt; `None` where its file must not be shown or is another version.
fn excerpt(desk: &Desk, excerpt: &Excerpt) -> Option<(String, String)> {
    let page = desk.page(&excerpt.path)?;
    let lines = page.text.lines();
    let first = lines.line_of(excerpt.span.start);
    let last = lines.line_of(excerpt.span.end.saturating_sub(1).max(excerpt.span.start));
    if page.text.hash() != excerpt.hash {
        return None;
    }
    let text: Vec<&str> = (first..=last).map(|line| page.line(line)).collect();
    let symbol = match excerpt.symbol.is_empty() {
        true => String::new(),
        false => format!(" `{}`", desk.one_line(&excerpt.symbol.join("."))),
    };
    let head = format!(
        "{}:{}{symbol} ({}: {})",
        desk.one_line(excerpt.path.as_str()),
        first + 1,
        excerpt.reason.as_str(),
        desk.one_line(&excerpt.why)
    );
    Some((head, text.join("\n")))
}

/// A remark to be refuted.
pub(super) struct Doubt<'a> {
    pub(super) path: &'a str,
    pub(super) quote: &'a str,
    pub(super) title: &'a str,
    pub(super) message: &'a str,
    pub(super) code: &'a str,
    /// Heading and lines of each place that supports it.
    pub(super) evidence: &'a [(String, String)],
}

/// The question about one remark.
pub(super) fn remark(desk: &Desk, doubt: &Doubt<'_>) -> Prompt {
    let mut data = vec![doubt.code, doubt.quote, doubt.title, doubt.message];
    data.extend(doubt.evidence.iter().map(|(_, text)| text.as_str()));
    let fence = fence(&data);
    let mut evidence = String::new();
    for (head, text) in doubt.evidence {
        let _ = write!(evidence, "\n{head}\n{fence}\n{text}\n{fence}\n");
    }
    let text = fill(
        REMARK,
        &[
            ("fence", &fence),
            ("code", doubt.code.trim_end()),
            ("evidence", &evidence),
            ("path", &desk.one_line(doubt.path)),
            ("quote", doubt.quote),
            ("title", doubt.title),
            ("explanation", doubt.message),
        ],
    );
    desk.redactor.seal(&text)
}

/// A request for remarks on a unit.
pub(super) fn review_request(
    model: &ModelName,
    system: Prompt,
    unit: Prompt,
    tools: Vec<Tool>,
    places: Vec<String>,
) -> Request {
    Request {
        model: model.clone(),
        role: Role::Review,
        system,
        // With tools the same text is sent again with each answer.
        messages: vec![Message::User {
            text: unit,
            cache: !tools.is_empty(),
        }],
        reply: ReplyShape::Json {
            name: "findings".to_owned(),
            schema: draft::schema(),
        },
        tools,
        max_output_tokens: REVIEW_OUTPUT,
        places,
    }
}

/// A request to refute a remark.
pub(super) fn verify_request(
    desk: &Desk,
    model: &ModelName,
    remark: Prompt,
    places: Vec<String>,
) -> Request {
    Request {
        model: model.clone(),
        role: Role::Verify,
        system: desk.redactor.seal(desk.wording.verify()),
        messages: vec![Message::User {
            text: remark,
            cache: false,
        }],
        reply: ReplyShape::Json {
            name: "verdict".to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "verdict": {"type": "string", "enum": ["real", "wrong", "unsure"]},
                    "confidence": {"type": "number"},
                    "reason": {"type": "string"},
                },
                "required": ["verdict", "confidence", "reason"],
                "additionalProperties": false,
            }),
        },
        tools: Vec::new(),
        max_output_tokens: VERIFY_OUTPUT,
        places,
    }
}

/// Tokens of input that a request has, about.
pub(super) fn input_tokens(request: &Request) -> u64 {
    let mut sum = u64::from(tokens(request.system.as_str()));
    for message in &request.messages {
        sum += match message {
            Message::User { text, .. } => u64::from(tokens(text.as_str())),
            Message::Assistant { text, calls } => {
                let arguments = calls
                    .iter()
                    .map(|call| u64::from(tokens(&call.arguments.to_string())));
                u64::from(tokens(text)) + arguments.sum::<u64>()
            }
            Message::ToolResults(results) => results
                .iter()
                .map(|result| u64::from(tokens(result.text.as_str())))
                .sum(),
        };
    }
    if let ReplyShape::Json { schema, .. } = &request.reply {
        sum += u64::from(tokens(&schema.to_string()));
    }
    let tools = request.tools.iter();
    sum + tools
        .map(|tool| u64::from(tokens(&tool.description) + tokens(&tool.arguments.to_string())))
        .sum::<u64>()
}

/// A line that none of these texts holds.
pub(super) fn fence(data: &[&str]) -> String {
    let mut hasher = ContentHasher::default();
    data.iter().for_each(|part| hasher.update(part.as_bytes()));
    let mut mark = hasher.finish();
    loop {
        let fence = format!("~~~data-{}~~~", &mark.to_string()[..8]);
        if !data.iter().any(|part| part.contains(&fence)) {
            return fence;
        }
        mark = ContentHash::of(&mark.to_bytes());
    }
}

/// A template with its `{{names}}` filled in; what is filled in is not looked at again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        filled.push_str(&rest[..at]);
        let Some(end) = rest[at..].find("}}") else {
            break;
        };
        let name = &rest[at + 2..at + end];
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = &rest[at + end + 2..];
    }
    filled.push_str(rest);
    filled
}
