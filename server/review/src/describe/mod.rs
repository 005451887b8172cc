//! A change in words: title and body of a pull request, an entry of a changelog, a commit message.
//!
//! [`gather`] makes [`Facts`] from both sides of the change, and everything said here is made from these and from what
//! people wrote (branch, commits). A model may word it ([`tell`]): what its sentences name is looked up, and what is not
//! there does not get through. Without one, nothing is said about why, unless the author said it.

mod areas;
mod block;
mod body;
mod by_model;
mod changelog;
mod checked;
mod clause;
mod connect;
mod diagram;
mod facts;
mod gather;
mod habit;
mod headline;
mod issues;
mod labels;
mod message;
mod risk;
mod role;
mod safe;
mod scope;
mod template;
#[cfg(test)]
mod tests;
mod verb;

pub use body::Sections;
pub use by_model::{For, tell};
pub use checked::Told;
pub use facts::{DependencyDid, DependencyFact, Depth, Detail, Did, Facts, FileFacts, SymbolFact};
pub use gather::gather;
pub use habit::{Habit, Mood, Prefix, learn};
pub use headline::{MAX_TITLE, Words};
pub use labels::Labels;
pub use message::{Message, Part, Style, advice, message};
pub use risk::{Level, Risk};
pub use role::Role;
pub use scope::{Branch, branch, words};
pub use template::find as find_template;

pub(crate) use safe::prose;
use serde_json::{Value, json};

/// A description of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// At most 72 characters, plain text.
    pub title: String,
    /// Markdown, marked as ours where it is.
    pub body: String,
    /// The sections of the body, each in Markdown, in order.
    pub sections: Vec<(&'static str, String)>,
    /// How much to worry, and why.
    pub risk: Risk,
    /// Labels that the repository has and the facts call for.
    pub labels: Vec<String>,
}

/// What a description is written into.
#[derive(Clone, Copy, Debug, Default)]
pub enum Into<'a> {
    /// Nothing: a body of its own.
    #[default]
    Nothing,
    /// A template, to be filled.
    Template(&'a str),
    /// A body that the author may have changed: only our blocks in it are ours.
    Body(&'a str),
}

/// Describes a change; `told`: what a model said of it and was found to be so.
pub fn describe(
    facts: &Facts,
    words: &Words,
    labels: &Labels,
    wanted: Sections,
    into: Into<'_>,
    told: Option<&Told>,
) -> Description {
    let habit = learn(&words.merged);
    let risk = risk::weigh(facts);
    let sections = body::sections(facts, words, &risk, wanted, told);
    let body = match into {
        Into::Nothing => own_body(&sections, body::why(words).is_some()),
        Into::Template(template) => template::fill(template, &sections),
        Into::Body(body) => template::update(body, &sections),
    };
    Description {
        title: headline::title(facts, words, &habit, told),
        body,
        sections,
        risk,
        labels: labels.suggest(facts),
    }
}

/// The block, and above it where the author says what we cannot know.
fn own_body(sections: &[(&'static str, String)], says_why: bool) -> String {
    let block = block::wrap("", &body::join(sections), "\n");
    if says_why && sections.iter().any(|(key, _)| *key == "what") {
        format!("{block}\n")
    } else {
        format!("<!-- Why is this needed? Only you know; write it here. -->\n\n{block}\n")
    }
}

/// An entry of a changelog for a change.
pub fn changelog(facts: &Facts, words: &Words, labels: &Labels) -> Description {
    let groups = changelog::groups(facts, words);
    let habit = learn(&words.merged);
    let sections = groups.iter().map(|(group, lines)| {
        let key = match *group {
            "Added" => "added",
            "Changed" => "changed",
            "Removed" => "removed",
            _ => "fixed",
        };
        (
            key,
            lines
                .iter()
                .map(|line| format!("- {line}"))
                .collect::<Vec<_>>()
                .join("\n"),
        )
    });
    Description {
        title: headline::title(facts, words, &habit, None),
        body: changelog::markdown(&groups),
        sections: sections.collect(),
        risk: risk::weigh(facts),
        labels: labels.suggest(facts),
    }
}

impl Description {
    /// The schema `obelus.description/1`.
    pub fn to_json(&self) -> Value {
        let sections: serde_json::Map<String, Value> = self
            .sections
            .iter()
            .map(|(key, text)| ((*key).to_owned(), json!(text)))
            .collect();
        json!({
            "schema": "obelus.description/1",
            "title": self.title,
            "body": self.body,
            "sections": sections,
            "risk": self.risk,
            "labels": self.labels,
        })
    }
}
