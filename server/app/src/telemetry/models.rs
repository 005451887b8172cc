//! Requests to models, observed: a span and numbers for each, after the conventions for generative AI.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base::Cancel;
use base::model::{
    Eventually, Model, ModelError, ModelFacts, ModelFault, ModelName, Reply, Request, Usage, Watch,
    Wire,
};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _};
use opentelemetry::{Context, KeyValue, Value};
use review::Settings;

use super::{Telemetry, spans};

/// `model`, whose requests are told.
pub(super) fn observed(
    settings: &Settings,
    model: Arc<dyn Model>,
    telemetry: Arc<Telemetry>,
) -> Arc<dyn Model> {
    let systems = (settings.providers.iter())
        .map(|provider| (provider.name.clone(), system(provider.api)))
        .collect();
    Arc::new(Observed {
        inner: model,
        telemetry,
        systems,
    })
}

/// A protocol's name in the conventions.
fn system(api: review::Api) -> &'static str {
    match api {
        review::Api::Anthropic => "anthropic",
        review::Api::Openai => "openai",
        review::Api::Gemini => "gcp.gemini",
        review::Api::Ollama => "ollama",
    }
}

impl Telemetry {
    fn tell(
        &self,
        parent: &Context,
        request: &Request,
        system: &'static str,
        result: &Result<Reply, ModelError>,
        (began, took): (SystemTime, Duration),
    ) {
        let model = request.model.model.clone();
        let mut common = vec![
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", system),
            KeyValue::new("gen_ai.request.model", model.clone()),
        ];
        let usage = match result {
            Ok(reply) => {
                let answered = reply.model.model.clone();
                common.push(KeyValue::new("gen_ai.response.model", answered));
                reply.usage
            }
            Err(error) => {
                common.push(KeyValue::new("error.type", fault(error.fault)));
                error.usage
            }
        };
        for (kind, count) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
        ] {
            if count > 0 {
                let mut about = common.clone();
                about.push(KeyValue::new("gen_ai.token.type", kind));
                self.tokens.record(count, &about);
            }
        }
        self.asked.record(took.as_secs_f64(), &common);
        let mut about = common;
        about.extend(used(&usage));
        about.push(KeyValue::new(
            "gen_ai.request.max_tokens",
            i64::from(request.max_output_tokens),
        ));
        about.push(KeyValue::new("obelus.role", request.role.as_str()));
        let span = self.tracer.span_builder(format!("chat {model}"));
        let mut span = span
            .with_kind(SpanKind::Client)
            .with_start_time(began)
            .with_attributes(about)
            .start_with_context(&self.tracer, parent);
        if let Err(error) = result {
            // Which fault, and not the message: that may name an address.
            span.set_status(Status::error(fault(error.fault)));
        }
        span.end_with_timestamp(began + took);
    }
}

/// What was used, as attributes.
fn used(usage: &Usage) -> Vec<KeyValue> {
    let number = |count: u64| Value::I64(i64::try_from(count).unwrap_or(i64::MAX));
    let mut about = vec![
        KeyValue::new("gen_ai.usage.input_tokens", number(usage.input_tokens)),
        KeyValue::new("gen_ai.usage.output_tokens", number(usage.output_tokens)),
        KeyValue::new(
            "gen_ai.usage.cache_read.input_tokens",
            number(usage.cached_tokens),
        ),
    ];
    if let Some(cost) = usage.cost_micro_usd {
        about.push(KeyValue::new("obelus.cost_usd", cost as f64 / 1e6));
    }
    about
}

fn fault(fault: ModelFault) -> &'static str {
    match fault {
        ModelFault::NotConfigured => "not_configured",
        ModelFault::Unreachable => "unreachable",
        ModelFault::Unauthorized => "unauthorized",
        ModelFault::UnknownModel => "unknown_model",
        ModelFault::Limited => "rate_limited",
        ModelFault::QuotaUsedUp => "quota_used_up",
        ModelFault::Overloaded => "overloaded",
        ModelFault::TooLong => "too_long",
        ModelFault::Refused => "refused",
        ModelFault::Incomplete => "incomplete",
        ModelFault::Malformed => "malformed",
        ModelFault::TimedOut => "timeout",
        ModelFault::Paused => "paused",
        ModelFault::NotAllowed => "not_allowed",
        ModelFault::Cancelled => "cancelled",
    }
}

/// A client of models whose requests are told.
struct Observed {
    inner: Arc<dyn Model>,
    telemetry: Arc<Telemetry>,
    /// What each provider speaks.
    systems: BTreeMap<String, &'static str>,
}

impl Model for Observed {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        Box::pin(async move {
            let (began, clock) = (SystemTime::now(), Instant::now());
            let parent = spans::current_context();
            let result = self.inner.send(request, watch, cancel).await;
            // What was never sent is no request.
            let was_sent = |error: &ModelError| {
                !matches!(
                    error.fault,
                    ModelFault::NotAllowed | ModelFault::NotConfigured
                )
            };
            if result.as_ref().err().is_none_or(was_sent) {
                let system = self.systems.get(&request.model.provider);
                let system = system.copied().unwrap_or("unknown");
                let time = (began, clock.elapsed());
                self.telemetry.tell(&parent, request, system, &result, time);
            }
            result
        })
    }

    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        self.inner.wire(request)
    }

    fn facts(&self, model: &ModelName) -> Result<ModelFacts, ModelError> {
        self.inner.facts(model)
    }
}
