//! An answer that grows: text, tool calls, figures, and whether it is whole.
//!
//! The decoders of the four protocols write into it. It is the one place that decides what a complete answer is: the
//! model said why it stopped, nothing is left open, and nothing came after the end.

use base::model::{Stop, ToolCall};
use serde_json::Value;

use crate::failure::Failure;

/// A tool call of which the arguments come in pieces.
#[derive(Debug, Default)]
struct Call {
    /// What the provider calls it while it streams.
    place: u64,
    id: String,
    name: String,
    arguments: String,
}

/// Tokens, as far as the provider has told them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) input: Option<u64>,
    pub(crate) cached: u64,
    pub(crate) written: u64,
    pub(crate) output: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) tokens: Tokens,
    /// What a model says when it refuses, where the protocol has a place for that.
    pub(crate) refusal: bool,
    calls: Vec<Call>,
    stop: Option<Stop>,
    open: Option<u64>,
    over: bool,
}

impl Answer {
    /// More text.
    pub(crate) fn text(&mut self, piece: &str) -> Result<(), Failure> {
        if !piece.is_empty() {
            self.may_grow()?;
            self.text.push_str(piece);
        }
        Ok(())
    }

    /// A tool call begins, or (the same place again) tells more of itself.
    pub(crate) fn call(
        &mut self,
        place: u64,
        id: &str,
        name: &str,
        arguments: &str,
    ) -> Result<(), Failure> {
        self.may_grow()?;
        // Some servers send whole calls one after the other, all at the same place: another id is another call.
        let same = |call: &Call| {
            call.place == place && (id.is_empty() || call.id.is_empty() || call.id == id)
        };
        let at = match self.calls.iter().rposition(same) {
            Some(at) => at,
            None if self.calls.len() >= 128 => {
                return Err(Failure::malformed(
                    "called more tools than anybody can answer",
                ));
            }
            None => {
                self.calls.push(Call {
                    place,
                    ..Call::default()
                });
                self.calls.len() - 1
            }
        };
        if let Some(call) = self.calls.get_mut(at) {
            if call.id.is_empty() {
                id.clone_into(&mut call.id);
            }
            call.name.push_str(name);
            call.arguments.push_str(arguments);
        }
        Ok(())
    }

    /// How many calls there are.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.len() as u64
    }

    /// A part of the answer begins, in protocols that say so.
    pub(crate) fn open(&mut self, part: u64) -> Result<(), Failure> {
        self.may_grow()?;
        self.open = Some(part);
        Ok(())
    }

    /// A part of the answer is complete.
    pub(crate) fn close(&mut self, part: u64) {
        if self.open == Some(part) {
            self.open = None;
        }
    }

    /// The model stopped. The tools that it called decide between two of the reasons, since not every protocol tells.
    pub(crate) fn stop(&mut self, why: Stop) -> Result<(), Failure> {
        if self.open.is_some() {
            return Err(Failure::malformed(
                "ended its answer in the middle of a part",
            ));
        }
        let why = match why {
            Stop::Done if !self.calls.is_empty() => Stop::Tools,
            why => why,
        };
        // Some say it again with their figures.
        if self.stop.is_some_and(|before| before != why) {
            return Err(Failure::malformed("ended its answer twice"));
        }
        self.stop = Some(why);
        Ok(())
    }

    /// The protocol's last event.
    pub(crate) fn over(&mut self) {
        self.over = true;
    }

    /// Nothing more is to come.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// The model is done, though the protocol may add figures.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// No word of it has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.calls.is_empty()
    }

    fn may_grow(&self) -> Result<(), Failure> {
        if self.stop.is_some() || self.over {
            return Err(Failure::malformed("went on after the end of its answer"));
        }
        Ok(())
    }

    /// The parts of a complete answer, or why it is none.
    pub(crate) fn finish(&mut self) -> Result<(String, Vec<ToolCall>, Stop), Failure> {
        if self.refusal {
            return Err(Failure::refused("refused to answer"));
        }
        let Some(stop) = self.stop else {
            let what = if self.text.is_empty() && self.calls.is_empty() {
                "ended its answer before it began"
            } else {
                "broke off its answer"
            };
            return Err(Failure::incomplete(what));
        };
        if self.open.is_some() {
            return Err(Failure::incomplete("broke off its answer"));
        }
        if self.text.trim().is_empty() && self.calls.is_empty() && stop != Stop::Length {
            return Err(Failure::incomplete("sent an empty answer"));
        }
        let calls = std::mem::take(&mut self.calls)
            .into_iter()
            .map(|call| ToolCall {
                // What is no JSON is handed on as text: the caller says so to the model.
                arguments: match call.arguments.trim() {
                    "" => Value::Object(serde_json::Map::new()),
                    text => serde_json::from_str(text)
                        .unwrap_or_else(|_| Value::String(text.to_owned())),
                },
                id: if call.id.is_empty() {
                    format!("call_{}", call.place)
                } else {
                    call.id
                },
                name: call.name,
            })
            .collect();
        Ok((std::mem::take(&mut self.text), calls, stop))
    }
}

/// A number of tokens in a provider's figures.
pub(crate) fn count(value: &Value, name: &str) -> Option<u64> {
    value.get(name).and_then(Value::as_u64)
}

/// A text in a provider's event; empty where it is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use base::model::Stop;

    #[test]
    fn only_a_whole_answer_is_one() {
        let finish = |write: fn(&mut Answer) -> Option<()>| {
            let mut answer = Answer::default();
            write(&mut answer)?;
            answer.finish().ok()
        };
        let whole = finish(|answer| {
            answer.text("a").ok()?;
            answer.call(3, "id", "read", "{\"a\":").ok()?;
            answer.call(3, "", "", " 1}").ok()?;
            answer.call(4, "", "run", "no json").ok()?;
            answer.stop(Stop::Done).ok()
        });
        let (text, calls, stop) = whole.expect("a whole answer");
        assert_eq!((text.as_str(), stop, calls.len()), ("a", Stop::Tools, 2));
        assert_eq!(calls[0].arguments["a"], 1);
        assert_eq!(
            (calls[1].arguments.as_str(), calls[1].id.as_str()),
            (Some("no json"), "call_4")
        );
        assert!(finish(|answer| answer.text("no end").ok()).is_none());
        assert!(finish(|answer| answer.stop(Stop::Done).ok()).is_none());
        assert!(finish(|answer| answer.stop(Stop::Length).ok()).is_some());
        assert!(
            finish(|answer| {
                answer.stop(Stop::Done).ok()?;
                answer.text("late").ok()
            })
            .is_none()
        );
        assert!(
            finish(|answer| {
                answer.open(0).ok()?;
                answer.text("x").ok()?;
                answer.stop(Stop::Done).ok()
            })
            .is_none()
        );
        let twice = |again: Stop| {
            let mut answer = Answer::default();
            answer.text("x").ok()?;
            answer.stop(Stop::Done).ok()?;
            answer.stop(again).ok()?;
            answer.finish().ok()
        };
        assert!(twice(Stop::Done).is_some() && twice(Stop::Length).is_none());
        let one_place = finish(|answer| {
            answer.call(0, "a", "search", "{}").ok()?;
            answer.call(0, "b", "search", "{\"q\":").ok()?;
            answer.call(0, "", "", "1}").ok()?;
            answer.stop(Stop::Tools).ok()
        });
        let calls = one_place.expect("two calls").1;
        assert_eq!((calls.len(), &calls[1].arguments["q"]), (2, &1.into()));
        assert!(
            finish(|answer| {
                answer.text("x").ok()?;
                answer.refusal = true;
                answer.stop(Stop::Done).ok()
            })
            .is_none()
        );
    }
}
