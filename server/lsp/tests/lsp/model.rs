//! A model in memory: it has nothing to remark, counts what it was asked, and can be made to take for ever.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use base::model::{
    Attempt, Eventually, Message, Model, ModelFacts, Price, Reply, Request, Stop, Usage, Watch,
    Wire,
};
use base::{Cancel, ContentHash, ModelError, ModelFault, ModelName};

#[derive(Default)]
pub(crate) struct Silent {
    /// Requests that were sent.
    pub(crate) sent: AtomicUsize,
    /// Of these, those that were cancelled.
    pub(crate) cancelled: AtomicUsize,
    /// A request is answered when it is cancelled, and not before.
    pub(crate) hangs: AtomicBool,
}

impl Silent {
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

fn failed(fault: ModelFault, message: String) -> ModelError {
    ModelError {
        fault,
        message,
        usage: Usage::default(),
    }
}

impl Model for Silent {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let said: usize = (request.messages.iter())
                .map(|message| match message {
                    Message::User { text, .. } => text.as_str().len(),
                    _ => 0,
                })
                .sum();
            let attempt = Attempt {
                model: request.model.clone(),
                role: request.role,
                number: 1,
                input_tokens: said as u64 / 4,
                max_output_tokens: u64::from(request.max_output_tokens),
                max_cost_micro_usd: Some(said as u64),
                hash: ContentHash::of(b"asked"),
                places: request.places.clone(),
            };
            let refused = |message| failed(ModelFault::NotAllowed, message);
            watch.attempt(&attempt).map_err(refused)?;
            self.sent.fetch_add(1, Ordering::SeqCst);
            while self.hangs.load(Ordering::SeqCst) {
                if cancel.is_cancelled() {
                    self.cancelled.fetch_add(1, Ordering::SeqCst);
                    let error = failed(ModelFault::Cancelled, "cancelled".to_owned());
                    watch.ended(&attempt, &Usage::default(), Some(&error));
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let usage = Usage {
                input_tokens: said as u64 / 4,
                output_tokens: 5,
                cost_micro_usd: Some(said as u64),
                ..Usage::default()
            };
            watch.ended(&attempt, &usage, None);
            Ok(Reply {
                text: r#"{"findings": []}"#.to_owned(),
                calls: Vec::new(),
                stop: Stop::Done,
                usage,
                model: request.model.clone(),
            })
        })
    }

    fn wire<'a>(&'a self, _: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        Box::pin(async { Err(failed(ModelFault::NotConfigured, "no wire".to_owned())) })
    }

    fn facts(&self, _: &ModelName) -> Result<ModelFacts, ModelError> {
        Ok(ModelFacts {
            context_tokens: 200_000,
            structured: true,
            tools: false,
            price: Some(Price {
                input: 1_000_000,
                cached: 1_000_000,
                cache_written: 1_000_000,
                output: 1_000_000,
            }),
            local: true,
        })
    }
}
