//! A change worded by a model: asked with the facts and the code, checked sentence by sentence.
//!
//! The facts stand without it: whatever goes wrong here costs the model's words and nothing else.

use std::sync::Arc;

use base::{Cancel, Change, ModelStats, RelPath, Repo};

use super::body::{Sections, join, sections};
use super::checked::{Ground, Told, checked};
use super::facts::Facts;
use super::headline::Words;
use super::risk;
use crate::engine::Engine;
use crate::model::{self, ModelReview, Telling};

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// The description of a pull request.
    PullRequest,
    /// The message of a commit.
    Commit,
}

/// What a model says of a change, as far as it was found to be so, or why it says nothing; and what was used.
pub async fn tell(
    engine: &Arc<Engine>,
    repo: &Arc<dyn Repo>,
    change: &Change,
    (facts, words): (&Facts, &Words),
    what: For,
    plan: &ModelReview,
    cancel: &Cancel,
) -> (Result<Told, String>, ModelStats) {
    let seen = seen(facts, plan);
    let written = words.commits.iter().filter(|commit| !commit.is_merge);
    let telling = Telling {
        engine: Arc::clone(engine),
        repo: Arc::clone(repo),
        change: change.clone(),
        facts: join(&sections(
            &seen,
            words,
            &risk::weigh(&seen),
            Sections::default(),
            None,
        )),
        written: written
            .map(|commit| format!("{}\n\n{}", commit.subject, commit.body))
            .collect(),
        titles: words
            .merged
            .iter()
            .map(|commit| commit.subject.clone())
            .collect(),
        what: match what {
            For::PullRequest => "the title and the description of the pull request",
            For::Commit => {
                "the commit message: its first line as `title`, its body as `what` and `changes`"
            }
        },
    };
    let told = model::tell(telling, plan, cancel).await;
    let reply = match told.reply {
        Ok(reply) => reply,
        Err(why) => return (Err(why), told.stats),
    };
    let mut stats = told.stats;
    let told = checked(&reply, &Ground::new(facts, words, &sides(&**repo, change)));
    stats.dropped.clone_from(&told.dropped);
    if told.is_empty() {
        let why = "nothing that it said could be found in the change";
        return (Err(why.to_owned()), stats);
    }
    (Ok(told), stats)
}

/// The facts without the files that the plan's models must not be shown: their names would leave with the others.
fn seen(facts: &Facts, plan: &ModelReview) -> Facts {
    let mut seen = facts.clone();
    let is_shown = |path: &RelPath| !plan.withholds(path);
    seen.files
        .retain(|file| is_shown(&file.path) && file.from.as_ref().is_none_or(is_shown));
    let is_left = |path: &RelPath| seen.files.iter().any(|file| file.path == *path);
    seen.order.retain(is_left);
    seen.uses
        .retain(|(user, definer, _)| is_left(user) && is_left(definer));
    seen
}

/// Both texts of every file whose lines were looked at.
fn sides(repo: &dyn Repo, change: &Change) -> Vec<String> {
    let mut sides = Vec::new();
    for file in &change.files {
        let old = file.old_path.as_ref().unwrap_or(&file.path);
        for (path, at) in [(old, change.old.as_ref()), (&file.path, Some(&change.new))] {
            let text = at.and_then(|at| repo.text(path, at).ok().flatten());
            sides.extend(text.map(|text| text.as_str().to_owned()));
        }
    }
    sides
}
