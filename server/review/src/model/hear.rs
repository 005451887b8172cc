//! One unit: asked, heard while the answer arrives, each remark proven and looked at again as soon as it is whole.
//!
//! What counts in the end is the complete reply: remarks of a stream that broke off and was started anew are void.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use base::model::{Message, ModelFacts, Request, Stop, ToolCall, ToolResult};
use base::{ModelError, ModelFault, ModelName};
use serde_json::Value;
use tokio::sync::mpsc::unbounded_channel;

use super::draft::{self, Draft};
use super::frozen::{Judged, Seen};
use super::pick::{is_near_repeat, is_same};
use super::prompt;
use super::prove::{Dropped, Proven, SUPPRESSED, group_of, prove};
use super::run::Work;
use super::several::Several;
use super::spend::{Follow, Heard};
use super::stream::{self, Items};
use super::tools;
use super::units::Unit;
use super::verify::{Looked, look};

/// A remark whose own model is less sure than this is not looked at.
const LEAST: f32 = 0.3;

/// What came of one unit.
#[derive(Default)]
pub(super) struct Done {
    /// Remarks that survived, with their group.
    pub(super) found: Vec<Found>,
    /// Groups whose verdict must not be frozen.
    pub(super) open: HashSet<usize>,
    /// What else the model was shown.
    pub(super) seen: Vec<Seen>,
    /// Why the unit was not (or not wholly) reviewed.
    pub(super) failed: Option<String>,
    pub(super) dropped: BTreeMap<Dropped, usize>,
    pub(super) suppressed: usize,
}

/// A remark that survived.
pub(super) struct Found {
    pub(super) proven: Proven,
    pub(super) confidence: f32,
    pub(super) group: Option<usize>,
    /// It is like something that was dismissed.
    pub(super) near_repeat: bool,
}

impl Done {
    fn drop_one(&mut self, reason: Dropped) {
        match reason {
            SUPPRESSED => self.suppressed += 1,
            reason => *self.dropped.entry(reason).or_default() += 1,
        }
    }

    /// The verdict on one group.
    pub(super) fn verdict(&self, group: usize) -> Vec<Judged> {
        let own = self.found.iter().filter(|found| found.group == Some(group));
        own.map(|found| Judged {
            draft: found.proven.draft.clone(),
            confidence: found.confidence,
        })
        .collect()
    }
}

/// Asks about one unit, the fallbacks in turn.
pub(super) async fn unit(work: &Work<'_>, unit: &Unit) -> Done {
    let mut failed = None;
    for (name, facts) in &work.review {
        if work.cancel.is_cancelled() {
            break;
        }
        if Instant::now() >= work.until {
            failed = Some(format!(
                "its time of {} seconds was over",
                work.plan.limits.time.as_secs()
            ));
            break;
        }
        match ask(work, unit, name, facts).await {
            Ok(done) => return done,
            Err(error) => {
                let is_last = matches!(error.fault, ModelFault::Cancelled | ModelFault::NotAllowed);
                tracing::debug!(model = %name, fault = ?error.fault, "a unit was not reviewed");
                failed = Some(error.message);
                if is_last {
                    break;
                }
            }
        }
    }
    // However the request ended, this is why.
    if work.cancel.is_cancelled() {
        failed = Some("it was stopped".to_owned());
    }
    Done {
        failed: failed.or_else(|| Some("no model can be used".to_owned())),
        ..Done::default()
    }
}

/// One remark as it was heard, and what became of it.
struct Considered {
    item: Value,
    /// Where it is under way or done.
    at: Option<usize>,
    dropped: Option<Dropped>,
}

struct Hearing<'w, 'a> {
    work: &'w Work<'a>,
    unit: &'w Unit,
    considered: Vec<Considered>,
    /// What was proven, to find the same said twice.
    proven: Vec<Proven>,
    looking: Several<'w, (usize, Looked)>,
    looked: Vec<(usize, Looked, bool)>,
}

impl<'w> Hearing<'w, '_> {
    /// Takes in one remark: proves it and sends it for a second look.
    fn consider(&mut self, item: Value) {
        let outcome = self.prove(&item);
        let at = self.considered.len();
        let (place, dropped) = match outcome {
            Err(reason) => (None, Some(reason)),
            Ok(proven) => {
                let group = group_of(
                    self.work.groups,
                    &self.unit.groups,
                    proven.file,
                    &proven.lines,
                );
                self.proven.push(proven.clone());
                if is_near_repeat(&proven.finding, &self.work.dismissals) {
                    let confidence = Some(proven.draft.confidence);
                    let looked = Looked {
                        proven,
                        confidence,
                        made: true,
                    };
                    self.looked.push((at, looked, true));
                } else {
                    let work: &'w Work<'_> = self.work;
                    self.looking.push(Box::pin(
                        async move { (at, look(work, group, proven).await) },
                    ));
                }
                (Some(at), None)
            }
        };
        self.considered.push(Considered {
            item,
            at: place,
            dropped,
        });
    }

    fn prove(&self, item: &Value) -> Result<Proven, Dropped> {
        let only = match self.unit.paths.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let draft: Draft = draft::read(item, only).ok_or("unreadable")?;
        if draft.confidence < LEAST {
            return Err("doubtful");
        }
        let desk = self.work.desk;
        let proven = prove(desk, &self.unit.shown, draft, None)?;
        let lines_of = |finding: &base::Finding| {
            let page = desk.page(&finding.path);
            page.map(|page| {
                let lines = page.text.lines();
                let last = finding.span.end.saturating_sub(1).max(finding.span.start);
                lines.line_of(finding.span.start)..lines.line_of(last) + 1
            })
        };
        let share = |lines: &std::ops::Range<u32>| {
            lines.start < proven.lines.end && proven.lines.start < lines.end
        };
        let reported = desk
            .reported
            .iter()
            .filter(|finding| finding.path == proven.finding.path);
        let is_reported = reported.into_iter().any(|other| {
            is_same(
                other,
                &proven.finding,
                lines_of(other).is_some_and(|lines| share(&lines)),
            )
        });
        let is_said = self
            .proven
            .iter()
            .any(|other| is_same(&other.finding, &proven.finding, share(&other.lines)));
        match is_reported || is_said {
            true => Err("duplicate"),
            false => Ok(proven),
        }
    }

    /// The next second look that is done; `None` where none is under way.
    async fn next(&mut self) -> Option<()> {
        let (at, looked) = self.looking.next().await?;
        if let Some(confidence) = looked.confidence {
            let mut finding = looked.proven.finding.clone();
            finding.confidence = base::Confidence::new(confidence);
            self.work.show(finding);
        }
        self.looked.push((at, looked, false));
        Some(())
    }
}

async fn ask(
    work: &Work<'_>,
    unit: &Unit,
    name: &ModelName,
    facts: &ModelFacts,
) -> Result<Done, ModelError> {
    let most_calls = match work.may_look_around && facts.tools {
        true => work.plan.limits.tool_calls,
        false => 0,
    };
    let offered = if most_calls > 0 {
        tools::all()
    } else {
        Vec::new()
    };
    let system = prompt::system(work.desk);
    let mut request = prompt::review_request(
        name,
        system,
        unit.prompt.clone(),
        offered,
        unit.places.clone(),
    );
    let mut hearing = Hearing {
        work,
        unit,
        considered: Vec::new(),
        proven: Vec::new(),
        looking: Several::new(),
        looked: Vec::new(),
    };
    let mut done = Done {
        seen: unit.seen.clone(),
        ..Done::default()
    };
    let mut calls = 0;
    let reply = loop {
        let (sender, mut receiver) = unbounded_channel();
        let mut follow = Follow::new(work.purse, work.cancel, Some(sender));
        let mut items = Items::default();
        let mut send = work.plan.model.send(&request, &mut follow, work.cancel);
        let reply = loop {
            tokio::select! {
                biased;
                Some(heard) = receiver.recv() => match heard {
                    Heard::Piece(piece) => {
                        for item in items.push(&piece) {
                            if !hearing.considered.iter().any(|it| it.item == item) {
                                hearing.consider(item);
                            }
                        }
                    }
                    Heard::Restarted => items = Items::default(),
                },
                Some(()) = hearing.next(), if hearing.looking.len() > 0 => {}
                reply = &mut send => break reply,
            }
        };
        drop(send);
        let reply = reply?;
        if reply.calls.is_empty() || calls >= most_calls {
            break reply;
        }
        answer(
            work,
            &mut request,
            &reply.text,
            &reply.calls,
            most_calls - calls,
            &mut done.seen,
        );
        calls += reply.calls.len();
        if calls >= most_calls || Instant::now() >= work.until {
            request.tools.clear();
        }
        // Too much was read: the question alone is asked once more, without tools.
        if !work.purse.has_room(prompt::input_tokens(&request)) {
            request.tools.clear();
            request.messages.truncate(1);
            calls = most_calls;
        }
    };
    let read = stream::read(&reply.text);
    for item in &read.items {
        if !hearing.considered.iter().any(|it| it.item == *item) {
            hearing.consider(item.clone());
        }
    }
    while hearing.next().await.is_some() {}
    if !read.is_answer {
        return Err(ModelError {
            fault: ModelFault::Malformed,
            message: format!("{name} answered in a form that cannot be read; try another model"),
            usage: base::model::Usage::default(),
        });
    }
    if reply.stop == Stop::Length {
        done.failed = Some(format!(
            "the answer of {name} broke off at its limit of tokens"
        ));
    }
    settle(work, hearing, &read.items, &mut done);
    Ok(done)
}

/// Runs the tools that were called and puts their answers into the conversation.
fn answer(
    work: &Work<'_>,
    request: &mut Request,
    text: &str,
    calls: &[ToolCall],
    left: usize,
    seen: &mut Vec<Seen>,
) {
    let results = calls.iter().enumerate().map(|(at, call)| {
        let answer = match at < left {
            true => {
                let (answer, lines) = tools::run(work.desk, call);
                seen.extend(lines);
                answer
            }
            false => "No more calls are possible. Answer now.".to_owned(),
        };
        ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            text: work.desk.redactor.seal(&answer),
        }
    });
    let results = results.collect();
    request.messages.push(Message::Assistant {
        text: text.to_owned(),
        calls: calls.to_vec(),
    });
    request.messages.push(Message::ToolResults(results));
}

/// What is left when the reply is complete.
fn settle(work: &Work<'_>, hearing: Hearing<'_, '_>, items: &[Value], done: &mut Done) {
    let Hearing {
        considered,
        looked,
        unit,
        ..
    } = hearing;
    let counts: HashSet<usize> = considered
        .iter()
        .filter(|it| items.contains(&it.item))
        .filter_map(|it| it.at)
        .collect();
    for it in considered.iter().filter(|it| items.contains(&it.item)) {
        if let Some(reason) = it.dropped {
            done.drop_one(reason);
        }
    }
    for (at, looked, near_repeat) in looked {
        if !counts.contains(&at) {
            continue;
        }
        let group = group_of(
            work.groups,
            &unit.groups,
            looked.proven.file,
            &looked.proven.lines,
        );
        if !looked.made {
            done.open.extend(group);
        }
        match looked.confidence {
            None => done.drop_one("refuted-by-second-look"),
            Some(confidence) => done.found.push(Found {
                proven: looked.proven,
                confidence,
                group,
                near_repeat,
            }),
        }
    }
}
