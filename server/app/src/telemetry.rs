//! Spans and numbers about requests to models, over OTLP, for a receiver that the user named in their own `config.toml`.
//!
//! Nothing of it exists until a model is asked and a receiver is named: no thread, no connection. The names are those of
//! the semantic conventions for generative AI. What is asked and answered, paths and keys are never in it, and a receiver
//! that is not there costs a line in the log and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use base::Cancel;
use base::model::{
    Eventually, Model, ModelError, ModelFacts, ModelFault, ModelName, Reply, Request, Usage, Watch,
    Wire,
};
use llm::Posting;
use opentelemetry::metrics::{Histogram, MeterProvider as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Response};
use opentelemetry_otlp::{
    MetricExporter, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use review::Settings;

/// How long the receiver is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the program waits for it.
const LAST: Duration = Duration::from_secs(2);
/// Who speaks.
const NAME: &str = "obelus";

/// What was started, by the receiver's address: one user has one, but two folders may be given two.
static STARTED: Mutex<BTreeMap<String, Option<Arc<Telemetry>>>> = Mutex::new(BTreeMap::new());

/// `model`, observed where the user named a receiver.
pub(crate) fn observed(settings: &Settings, model: Arc<dyn Model>) -> Arc<dyn Model> {
    let named = settings.privileged.telemetry.as_ref();
    let Some(endpoint) = named.and_then(|telemetry| telemetry.endpoint.as_deref()) else {
        return model;
    };
    let telemetry = started()
        .entry(endpoint.to_owned())
        .or_insert_with(|| match Telemetry::start(endpoint) {
            Ok(telemetry) => Some(Arc::new(telemetry)),
            Err(why) => {
                tracing::warn!("no telemetry is sent: {why}");
                None
            }
        })
        .clone();
    let systems = (settings.providers.iter())
        .map(|provider| (provider.name.clone(), system(provider.api)))
        .collect();
    match telemetry {
        Some(telemetry) => Arc::new(Observed {
            inner: model,
            telemetry,
            systems,
        }),
        None => model,
    }
}

/// Sends what has not been sent yet; for the end of the program.
pub(crate) fn end() {
    for telemetry in std::mem::take(&mut *started()).into_values().flatten() {
        if let Err(error) = telemetry.traces.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last spans were not sent");
        }
        if let Err(error) = telemetry.metrics.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last numbers were not sent");
        }
    }
}

fn started() -> MutexGuard<'static, BTreeMap<String, Option<Arc<Telemetry>>>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
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

/// The way to one receiver.
struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    tracer: SdkTracer,
    tokens: Histogram<u64>,
    seconds: Histogram<f64>,
}

impl Telemetry {
    fn start(endpoint: &str) -> Result<Self, String> {
        let endpoint = endpoint.trim_end_matches('/');
        if !(endpoint.starts_with("http://") || endpoint.starts_with("https://")) {
            return Err(format!(
                "`telemetry.endpoint`: `{endpoint}` is no address; write http://… or https://…"
            ));
        }
        let post = Post(Posting::new(PATIENCE)?);
        let said = |error: opentelemetry_otlp::ExporterBuildError| error.to_string();
        let spans = SpanExporter::builder()
            .with_http()
            .with_http_client(post.clone())
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(PATIENCE)
            .build()
            .map_err(said)?;
        let numbers = MetricExporter::builder()
            .with_http()
            .with_http_client(post)
            .with_endpoint(format!("{endpoint}/v1/metrics"))
            .with_timeout(PATIENCE)
            .build()
            .map_err(said)?;
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", NAME),
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            ])
            .build();
        let traces = SdkTracerProvider::builder()
            .with_batch_exporter(spans)
            .with_resource(resource.clone())
            .build();
        let metrics = SdkMeterProvider::builder()
            .with_periodic_exporter(numbers)
            .with_resource(resource)
            .build();
        let meter = metrics.meter(NAME);
        Ok(Self {
            tracer: traces.tracer(NAME),
            tokens: meter
                .u64_histogram("gen_ai.client.token.usage")
                .with_unit("{token}")
                .with_description("Tokens read and written")
                .with_boundaries(
                    (0..14)
                        .map(|power| f64::from(1_u32 << (2 * power)))
                        .collect(),
                )
                .build(),
            seconds: meter
                .f64_histogram("gen_ai.client.operation.duration")
                .with_unit("s")
                .with_description("Duration of a request to a model, its retries included")
                .with_boundaries(
                    (0..14)
                        .map(|power| f64::from(1_u32 << power) / 100.0)
                        .collect(),
                )
                .build(),
            traces,
            metrics,
        })
    }

    fn tell(
        &self,
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
        self.seconds.record(took.as_secs_f64(), &common);
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
            .start(&self.tracer);
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
                self.telemetry.tell(request, system, &result, time);
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

/// Posts what the exporters made. They call from threads of their own, which have no runtime.
#[derive(Clone)]
struct Post(Posting);

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Post")
    }
}

type Posted = Result<Response<Bytes>, HttpError>;

impl HttpClient for Post {
    fn send_bytes<'a, 'async_trait>(
        &'a self,
        request: opentelemetry_http::Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Posted> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let headers: Vec<(String, Vec<u8>)> = (parts.headers.iter())
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect();
            let status = self
                .0
                .send(&parts.uri.to_string(), &headers, body.to_vec())?;
            Ok(Response::builder().status(status).body(Bytes::new())?)
        })
    }
}
