//! A model is tried: two small requests tell whether it can be reached, holds a form and calls a tool.
//!
//! Both are booked and recorded like any other request. They hold fixed words of our own and nothing of the user's.

use std::sync::Arc;

use base::Cancel;
use base::model::{
    Attempt, Message, Model, ModelError, ModelName, Prompt, Reply, ReplyShape, Request, Role, Tool,
    Usage, Watch,
};
use base::store::{Booking, BookingId, Limits, Sent, Store};
use serde_json::{Value, json};

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trial {
    /// Why it could not be asked at all.
    pub(crate) failed: Option<String>,
    /// It answered with JSON of the asked form.
    pub(crate) structured: bool,
    /// It called the tool.
    pub(crate) tools: bool,
    /// What both requests used.
    pub(crate) usage: Usage,
}

/// Tries `name`.
pub(crate) async fn run(
    model: &Arc<dyn Model>,
    name: &ModelName,
    store: &Arc<dyn Store>,
    limits: Limits,
) -> Trial {
    let mut trial = Trial::default();
    let mut watch = Booked {
        store: Arc::clone(store),
        limits,
        booking: None,
        trouble: None,
    };
    match model.send(&form(name), &mut watch, &Cancel::new()).await {
        Ok(reply) => {
            trial.usage = reply.usage;
            trial.structured = is_form(&reply);
        }
        Err(error) => {
            trial.usage = error.usage;
            trial.failed = Some(error.message);
            return trial;
        }
    }
    // A model without tools may refuse the request: that is an answer too.
    match model.send(&call(name), &mut watch, &Cancel::new()).await {
        Ok(reply) => {
            trial.usage = trial.usage.plus(reply.usage);
            trial.tools = reply.calls.iter().any(|call| call.name == TOOL);
        }
        Err(error) => trial.usage = trial.usage.plus(error.usage),
    }
    trial
}

const TOOL: &str = "note_word";

fn form(name: &ModelName) -> Request {
    let schema = json!({
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": false,
    });
    Request {
        reply: ReplyShape::Json {
            name: "readiness".to_owned(),
            schema,
        },
        ..request(
            name,
            "Say that you are ready: answer with {\"ready\": true} and nothing else.",
        )
    }
}

fn call(name: &ModelName) -> Request {
    let arguments = json!({
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": false,
    });
    Request {
        tools: vec![Tool {
            name: TOOL.to_owned(),
            description: "Notes one word.".to_owned(),
            arguments,
        }],
        ..request(name, "Call the tool note_word with the word \"ready\".")
    }
}

fn request(name: &ModelName, text: &'static str) -> Request {
    Request {
        model: name.clone(),
        role: Role::Ask,
        system: Prompt::fixed("You are being tested. Do exactly what is asked."),
        messages: vec![Message::User {
            text: Prompt::fixed(text),
            cache: false,
        }],
        reply: ReplyShape::Text,
        tools: Vec::new(),
        // Models that think before they answer need room for it.
        max_output_tokens: 1_024,
        places: Vec::new(),
    }
}

fn is_form(reply: &Reply) -> bool {
    let text = reply.text.trim();
    // A model without schemas may put a fence around it.
    let text = text.trim_start_matches("```json").trim_matches('`');
    serde_json::from_str::<Value>(text.trim()).is_ok_and(|value| value["ready"].is_boolean())
}

/// Books each attempt and settles it.
struct Booked {
    store: Arc<dyn Store>,
    limits: Limits,
    booking: Option<BookingId>,
    trouble: Option<String>,
}

impl Watch for Booked {
    fn attempt(&mut self, attempt: &Attempt) -> Result<(), String> {
        let booking = Booking {
            role: "doctor".to_owned(),
            ..Booking::of(attempt)
        };
        let booked = self.store.book(&booking, &self.limits);
        self.booking = Some(booked.map_err(|error| error.0)?);
        Ok(())
    }

    fn ended(&mut self, attempt: &Attempt, usage: &Usage, error: Option<&ModelError>) {
        let Some(id) = self.booking.take() else {
            return;
        };
        let sent = Sent {
            model: attempt.model.clone(),
            role: "doctor".to_owned(),
            attempt: attempt.number,
            places: attempt.places.clone(),
            hash: attempt.hash,
            usage: *usage,
            outcome: error.map_or("done".to_owned(), |error| error.message.clone()),
        };
        if let Err(error) = self.store.settle(id, &sent) {
            self.trouble = Some(error.0);
        }
    }

    fn text(&mut self, _piece: &str) {}

    fn restarted(&mut self) {}
}
