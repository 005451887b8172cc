//! Questions about code actions that come before the check of the text they are about is through.
//!
//! Somebody takes a text away, puts it back and asks at once what can be done about it. What was found there is not known
//! to hold, and "nothing" would be wrong. Such a question, about text that was typed into since the last check, starts
//! the next one at once and waits for it, a short while. Every other one is answered from what is shown; none waits for
//! anything but the check of one file.

use std::time::Duration;

use crate::actions;
use crate::event_loop::{Event, Loop, Reply};
use crate::proto::stale;
use crate::proto::types::{CodeActionParams, CodeActionResponse};

/// How long a question waits at most. A check takes milliseconds; longer than this, the machine has other troubles.
const PATIENCE: Duration = Duration::from_secs(1);

/// The questions about one document that wait.
#[derive(Default)]
pub(crate) struct Early {
    waiting: Vec<Question>,
}

struct Question {
    number: u64,
    params: CodeActionParams,
    reply: Reply<Vec<CodeActionResponse>>,
}

impl Early {
    /// The text is another one by now, or gone: places in the questions mean nothing any more.
    pub(crate) fn overtaken(&mut self) {
        for question in self.waiting.drain(..) {
            question.reply.send(Err(stale())).ok();
        }
    }
}

impl Loop {
    pub(crate) fn code_actions(
        &mut self,
        params: CodeActionParams,
        reply: Reply<Vec<CodeActionResponse>>,
    ) {
        if !self.is_early(&params) {
            return actions::list(self, &params, reply);
        }
        let uri = params.text_document.uri.0.clone();
        // Not after the debounce: somebody waits.
        self.start_check(&uri);
        self.next_id += 1;
        let number = self.next_id;
        if let Some(open) = self.open.get_mut(&uri) {
            let waiting = &mut open.early.waiting;
            waiting.retain(|question| !question.reply.is_closed());
            waiting.push(Question {
                number,
                params,
                reply,
            });
        }
        let events = self.events.clone();
        self.outbox.later(PATIENCE, async move {
            events.send(Event::Patience(uri, number)).ok();
        });
    }

    /// Whether a check that is still to come may say more about the place in question than what is shown.
    fn is_early(&self, params: &CodeActionParams) -> bool {
        let uri = &params.text_document.uri.0;
        let is_checked_soon = (self.owner(uri))
            .is_some_and(|(folder, _)| folder.engine.is_some() || folder.failed.is_none());
        let quick_fixes = actions::wanted(params.context.only.as_deref(), "quickfix");
        let Some(open) = self.open.get(uri).filter(|_| is_checked_soon) else {
            return false;
        };
        if open.is_settled() || open.document.desynced || !quick_fixes {
            return false;
        }
        let Some(span) = self.encoding.span(&open.document.rope, params.range) else {
            return false;
        };
        let regions = (open.edited.into_iter()).chain(open.touched.iter().map(|one| one.span));
        !open.was_checked() || regions.into_iter().any(|region| region.touches(span))
    }

    /// The check is through: answers whoever waited for it.
    pub(crate) fn answer_early(&mut self, uri: &str) {
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        for question in std::mem::take(&mut open.early.waiting) {
            actions::list(self, &question.params, question.reply);
        }
    }

    /// Answers a question from what is there.
    pub(crate) fn out_of_patience(&mut self, uri: &str, number: u64) {
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        let waiting = &mut open.early.waiting;
        let Some(at) = waiting.iter().position(|one| one.number == number) else {
            return;
        };
        let question = waiting.remove(at);
        actions::list(self, &question.params, question.reply);
    }
}
