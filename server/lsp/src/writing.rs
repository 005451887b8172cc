//! A change in words, on request: the description of a branch and a commit message, through the same engine as the
//! command line. Where a model is named it words them, and what it says is looked up; what is written can be opened in
//! the editor.

use base::model::Role;
use base::{At, Change, ModelStats, RelPath, RepoError, Scope};
use review::describe::{self, Branch, Facts, For, Into, Labels, Style, Told, Words};
use serde_json::{Value, json};

use crate::arguments::{Arguments, wrong};
use crate::commands::Answer;
use crate::consulting::{Desk, Trouble, on_request, told};
use crate::event_loop::Loop;
use crate::proto::Result;
use crate::proto::types::ProgressToken;

/// A body that is larger was not written by people.
const MAX_BODY: usize = 1_000_000;

pub(crate) fn describe(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let name = arguments.choice("scope", &["branch", "worktree", "staged", "commit"])?;
    let scope = match (name, arguments.owned("base")?) {
        ("commit", revision) => Some(Scope::Commit(revision.unwrap_or_else(|| "HEAD".to_owned()))),
        ("staged", None) => Some(Scope::Staged),
        ("staged", Some(_)) => return Err(wrong("scope `staged` takes no `base`".to_owned())),
        (_, Some(base)) => Some(Scope::Base(base)),
        ("worktree", None) => Some(Scope::Worktree),
        (_, None) => None,
    };
    let is_entry = arguments.choice("style", &["pr", "changelog"])? == "changelog";
    let text = |key| match arguments.owned(key)? {
        Some(text) if text.len() > MAX_BODY => {
            Err(wrong(format!("`{key}` is larger than {MAX_BODY} bytes")))
        }
        text => Ok(text),
    };
    let (template, body) = (text("template")?, text("body")?);
    let work = move |desk: &Desk| {
        let mut notes = Vec::new();
        let log = desk.by.host.log(&desk.by.place);
        let scope = match scope {
            Some(scope) => scope,
            None => match describe::branch(&*desk.repo, &*log, &desk.cancel)? {
                Branch::Open => Scope::Worktree,
                Branch::Unknown => return Err(Trouble::Said(
                    "cannot tell what this branch is compared with: there is no upstream, origin/HEAD, main or master; \
                     name it in `base`".to_owned(),
                )),
                Branch::Committed { base, scope, more } => {
                    notes.extend(more.then(|| format!(
                        "what is not committed is left out; with `base` {base} it is described too"
                    )));
                    scope
                }
            },
        };
        let change = desk.change(&scope)?;
        let words = describe::words(&*log, &scope, &change);
        let facts = desk.facts(&change)?;
        let at = (!desk.by.untrusted).then_some(At::Worktree);
        let labels = (at.as_ref()).map_or_else(Labels::default, |at| Labels::read(&*desk.repo, at));
        let mut model = None;
        let written = if is_entry {
            describe::changelog(&facts, &words, &labels)
        } else {
            let own = match &at {
                Some(at) if template.is_none() && body.is_none() => {
                    describe::find_template(&*desk.repo, at).map(|(_, text)| text)
                }
                _ => None,
            };
            let template = template.or(own);
            let into = match (&body, &template) {
                (Some(body), _) if !body.trim().is_empty() => Into::Body(body),
                (_, Some(template)) => Into::Template(template),
                _ => Into::Nothing,
            };
            let worded = desk.worded((&change, &facts, &words), For::PullRequest)?;
            notes.extend(worded.note);
            model = worded.stats;
            let by_model = worded.told.as_ref();
            describe::describe(
                &facts,
                &words,
                &labels,
                desk.by.engine.settings().sections,
                into,
                by_model,
            )
        };
        let markdown = match is_entry {
            true => written.body.clone(),
            false => format!("# {}\n\n{}", written.title, written.body),
        };
        let mut json = written.to_json();
        json["note"] = json!((!notes.is_empty()).then(|| notes.join("; ")));
        json["model"] = told(model.as_ref());
        Ok((json, markdown))
    };
    let name = ("Obelus: describing", "description");
    on_request(state, arguments, token, answer, name, work)
}

pub(crate) fn commit_message(
    state: &mut Loop,
    arguments: &Arguments,
    token: Option<ProgressToken>,
    answer: Answer,
) -> Result<()> {
    let scope = match arguments.choice("scope", &["staged", "worktree"])? {
        "staged" => Scope::Staged,
        _ => Scope::Worktree,
    };
    let style = match arguments.choice("style", &["learnt", "conventional", "plain"])? {
        "conventional" => Style::Conventional,
        "plain" => Style::Plain,
        _ => Style::Learnt,
    };
    let work = move |desk: &Desk| {
        let log = desk.by.host.log(&desk.by.place);
        let change = desk.change(&scope)?;
        let words: Words = describe::words(&*log, &scope, &change);
        let facts = desk.facts(&change)?;
        let worded = desk.worded((&change, &facts, &words), For::Commit)?;
        let message = describe::message(&facts, &words, style, worded.told.as_ref());
        let split: Vec<Value> = (message.split.iter())
            .map(|part| {
                let paths: Vec<&str> = part.paths.iter().map(RelPath::as_str).collect();
                json!({ "title": part.title, "paths": paths })
            })
            .collect();
        let json = json!({
            "schema": "obelus.message/1",
            "subject": message.subject,
            "body": message.body,
            "message": message.text(),
            "split": split,
            "advice": describe::advice(&message.split),
            "note": worded.note,
            "model": told(worded.stats.as_ref()),
        });
        Ok((json, message.text()))
    };
    let name = ("Obelus: describing", "commit-message");
    on_request(state, arguments, token, answer, name, work)
}

/// What a model made of a change.
#[derive(Default)]
struct Worded {
    told: Option<Told>,
    /// What the user should know about it.
    note: Option<String>,
    stats: Option<ModelStats>,
}

impl Desk {
    fn change(&self, scope: &Scope) -> std::result::Result<Change, Trouble> {
        let change = self.repo.change(scope, &self.cancel)?;
        if !change.files.is_empty() {
            return Ok(change);
        }
        let why = match scope {
            Scope::Staged => "nothing is staged; stage what the commit shall hold",
            Scope::Worktree => {
                "there is nothing to describe: no commits of this branch's own, and no changes in the work tree"
            }
            _ => "nothing differs there; name another `base`",
        };
        Err(Trouble::Said(why.to_owned()))
    }

    fn facts(&self, change: &Change) -> std::result::Result<Facts, Trouble> {
        let history = self.by.host.history(&self.by.place, change.base.as_deref());
        let facts = describe::gather(&*self.repo, &*history, change, &self.cancel);
        match self.cancel.is_cancelled() {
            true => Err(Trouble::Repo(RepoError::Cancelled)),
            false => Ok(facts),
        }
    }

    /// What the user's model says of the change, where one is named; where it fails the facts stand alone, and that is
    /// said. Waits for it: this is a thread of its own.
    fn worded(
        &self,
        (change, facts, words): (&Change, &Facts, &Words),
        what: For,
    ) -> std::result::Result<Worded, Trouble> {
        let about = (facts, words);
        let asked = self.consult(Role::Describe, async |plan| {
            let (engine, cancel) = (&self.by.engine, &self.cancel);
            describe::tell(engine, &self.repo, change, about, what, plan, cancel).await
        })?;
        let Some((told, stats)) = asked else {
            return Ok(Worded::default());
        };
        let (told, note) = match told {
            Ok(told) => {
                let dropped: usize = told.dropped.values().sum();
                let note = (dropped > 0).then(|| {
                    format!(
                        "left out {dropped} of the model's sentences: what they name is not in the change"
                    )
                });
                (Some(told), note)
            }
            Err(why) => (None, Some(format!("written without a model: {why}"))),
        };
        let stats = Some(stats);
        Ok(Worded { told, note, stats })
    }
}
