//! A model in memory: it says what a test tells it to, in pieces, and remembers what it was asked.

use std::sync::Mutex;

use base::model::{
    Attempt, Eventually, Message, Model, ModelFacts, Price, Reply, Request, Role, Stop, ToolCall,
    Usage, Watch, Wire,
};
use base::{Cancel, ContentHash, ModelError, ModelFault, ModelName};

/// What is said to one request.
#[derive(Clone, Debug)]
pub(super) enum Say {
    Text(String),
    /// Breaks off at the limit of tokens.
    Cut(String),
    Call(Vec<ToolCall>),
    Fail(ModelFault),
}

type Answer = Box<dyn Fn(&Request) -> Say + Send + Sync>;

/// The model.
pub(super) struct Script {
    answer: Answer,
    pub(super) sent: Mutex<Vec<Request>>,
    pub(super) facts: ModelFacts,
    /// A stream that broke off comes before each answer.
    pub(super) restarts: Option<String>,
}

impl Script {
    pub(super) fn new(answer: impl Fn(&Request) -> Say + Send + Sync + 'static) -> Self {
        Self {
            answer: Box::new(answer),
            sent: Mutex::default(),
            facts: ModelFacts {
                context_tokens: 200_000,
                structured: true,
                tools: false,
                price: Some(Price {
                    input: 1_000_000,
                    cached: 100_000,
                    cache_written: 1_250_000,
                    output: 5_000_000,
                }),
                local: false,
            },
            restarts: None,
        }
    }

    /// One reply to every review; every second look says that it is real.
    pub(super) fn saying(reply: &str) -> Self {
        let reply = reply.to_owned();
        Self::new(move |request| match request.role {
            Role::Verify => Say::Text(REAL.to_owned()),
            _ => Say::Text(reply.clone()),
        })
    }

    pub(super) fn requests(&self, role: Role) -> Vec<Request> {
        let sent = self.sent.lock().expect("a lock");
        sent.iter()
            .filter(|request| request.role == role)
            .cloned()
            .collect()
    }
}

pub(super) const REAL: &str = r#"{"verdict": "real", "confidence": 0.9, "reason": "it is"}"#;

/// Everything that a request says.
pub(super) fn text_of(request: &Request) -> String {
    let mut text = request.system.as_str().to_owned();
    for message in &request.messages {
        match message {
            Message::User { text: said, .. } => text.push_str(said.as_str()),
            Message::Assistant { text: said, .. } => text.push_str(said),
            Message::ToolResults(results) => results
                .iter()
                .for_each(|result| text.push_str(result.text.as_str())),
        }
    }
    text
}

impl Model for Script {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        _cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let text = text_of(request);
            let input = text.len() as u64 / 4;
            let usage = |output: u64| Usage {
                input_tokens: input,
                output_tokens: output,
                cost_micro_usd: Some(input + 5 * output),
                ..Usage::default()
            };
            let attempt = Attempt {
                model: request.model.clone(),
                role: request.role,
                number: 1,
                input_tokens: input,
                max_output_tokens: u64::from(request.max_output_tokens),
                max_cost_micro_usd: self
                    .facts
                    .price
                    .map(|_| input + 5 * u64::from(request.max_output_tokens)),
                hash: ContentHash::of(text.as_bytes()),
                places: request.places.clone(),
            };
            if let Err(message) = watch.attempt(&attempt) {
                return Err(ModelError {
                    fault: ModelFault::NotAllowed,
                    message,
                    usage: Usage::default(),
                });
            }
            self.sent.lock().expect("a lock").push(request.clone());
            let (text, calls, stop) = match (self.answer)(request) {
                Say::Text(text) => (text, Vec::new(), Stop::Done),
                Say::Cut(text) => (text, Vec::new(), Stop::Length),
                Say::Call(calls) => (String::new(), calls, Stop::Tools),
                Say::Fail(fault) => {
                    let error = ModelError {
                        fault,
                        message: format!("{}: {fault:?}", request.model),
                        usage: usage(0),
                    };
                    watch.ended(&attempt, &usage(0), Some(&error));
                    return Err(error);
                }
            };
            if let Some(void) = &self.restarts {
                watch.text(void);
                Pause(false).await;
                watch.restarted();
            }
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let end = rest.char_indices().nth(37).map_or(rest.len(), |(at, _)| at);
                watch.text(&rest[..end]);
                rest = &rest[end..];
                Pause(false).await;
            }
            watch.ended(&attempt, &usage(text.len() as u64 / 4), None);
            Ok(Reply {
                usage: usage(text.len() as u64 / 4),
                model: request.model.clone(),
                text,
                calls,
                stop,
            })
        })
    }

    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        Box::pin(async move {
            Ok(Wire {
                address: "https://model.invalid/".to_owned(),
                body: text_of(request).into_bytes(),
            })
        })
    }

    fn facts(&self, model: &ModelName) -> Result<ModelFacts, ModelError> {
        match model.provider.as_str() {
            "nobody" => Err(ModelError {
                fault: ModelFault::NotConfigured,
                message: "no provider is called `nobody`; add it to your config.toml".to_owned(),
                usage: Usage::default(),
            }),
            _ => Ok(self.facts),
        }
    }
}

/// Gives way once.
struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<()> {
        if self.0 {
            return std::task::Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    }
}
