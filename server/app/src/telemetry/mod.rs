//! Spans and numbers about requests, reviews and models, over OTLP, for a receiver that the user named in their own
//! `config.toml`.
//!
//! Without one nothing of it exists: no thread, no connection, no span. The names are those of the semantic conventions
//! for JSON-RPC and for generative AI. What is asked and answered, code, paths, revisions and keys are never in it, and a
//! receiver that is not there costs a line in the log and, at the end, a second.

mod models;
mod spans;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use base::model::Model;
use llm::Posting;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Response};
use opentelemetry_otlp::{
    MetricExporter, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use review::Settings;
use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) use spans::layer;

/// How long the receiver is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the program waits for it, in all.
const LAST: Duration = Duration::from_secs(1);
/// Who speaks.
const NAME: &str = "obelus";

/// What was started, by the receiver's address: one user has one, but two folders may be given two.
static STARTED: Mutex<BTreeMap<String, Option<Arc<Telemetry>>>> = Mutex::new(BTreeMap::new());
/// Whether anything was.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Begins to observe, where the user named a receiver; from then on spans of requests and reviews are told.
pub(crate) fn start(settings: &Settings) -> Option<Arc<Telemetry>> {
    let named = settings.privileged.telemetry.as_ref();
    let endpoint = named.and_then(|telemetry| telemetry.endpoint.as_deref())?;
    let mut all = started();
    if let Some(known) = all.get(endpoint) {
        return known.clone();
    }
    let telemetry = match Telemetry::start(endpoint) {
        Ok(telemetry) => Some(Arc::new(telemetry)),
        Err(why) => {
            tracing::warn!("no telemetry is sent: {why}");
            None
        }
    };
    all.insert(endpoint.to_owned(), telemetry.clone());
    drop(all);
    if telemetry.is_some() {
        // Where there is a log already, the layer is part of it.
        let observer = tracing_subscriber::registry().with(layer());
        tracing::subscriber::set_global_default(observer).ok();
        IS_ON.store(true, Ordering::Relaxed);
    }
    telemetry
}

/// `model`, observed where the user named a receiver.
pub(crate) fn observed(settings: &Settings, model: Arc<dyn Model>) -> Arc<dyn Model> {
    match start(settings) {
        Some(telemetry) => models::observed(settings, model, telemetry),
        None => model,
    }
}

/// Sends what has not been sent yet; for the end of the program, which does not wait for long.
pub(crate) fn end() {
    IS_ON.store(false, Ordering::Relaxed);
    let (done, ended) = mpsc::channel();
    let mut waiting = 0;
    for telemetry in std::mem::take(&mut *started()).into_values().flatten() {
        // Side by side, and left behind when they take too long: one of them heeds no deadline of ours.
        let (traces, metrics) = (telemetry.traces.clone(), telemetry.metrics.clone());
        let (first, second) = (done.clone(), done.clone());
        let last_spans = move || first.send(traces.shutdown_with_timeout(LAST)).ok();
        let last_numbers = move || second.send(metrics.shutdown_with_timeout(LAST)).ok();
        let thread = || std::thread::Builder::new().name("obelus-last-words".to_owned());
        waiting += usize::from(thread().spawn(last_spans).is_ok());
        waiting += usize::from(thread().spawn(last_numbers).is_ok());
    }
    let until = std::time::Instant::now() + LAST;
    for _ in 0..waiting {
        let left = until.saturating_duration_since(std::time::Instant::now());
        match ended.recv_timeout(left) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans or numbers were not sent"),
            Err(_) => return tracing::warn!("the receiver of spans does not answer"),
        }
    }
}

fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// What spans of requests and reviews are told to.
fn current() -> Option<Arc<Telemetry>> {
    match is_on() {
        true => started().values().flatten().next().cloned(),
        false => None,
    }
}

fn started() -> MutexGuard<'static, BTreeMap<String, Option<Arc<Telemetry>>>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The way to one receiver.
pub(crate) struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    tracer: SdkTracer,
    /// Tokens of models.
    tokens: Histogram<u64>,
    /// Seconds of requests to models.
    asked: Histogram<f64>,
    /// Seconds of the editor's requests.
    answered: Histogram<f64>,
    /// Seconds of reviews.
    reviewed: Histogram<f64>,
    findings: Counter<u64>,
    files: Counter<u64>,
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
            asked: seconds(
                &meter,
                "gen_ai.client.operation.duration",
                "Duration of a request to a model, its retries included",
                0.01,
            ),
            answered: seconds(
                &meter,
                "rpc.server.call.duration",
                "Duration of a request of the editor's",
                0.001,
            ),
            reviewed: seconds(
                &meter,
                "obelus.review.duration",
                "Duration of a review",
                0.01,
            ),
            findings: meter
                .u64_counter("obelus.review.findings")
                .with_unit("{finding}")
                .with_description("Findings of reviews")
                .build(),
            files: meter
                .u64_counter("obelus.review.files")
                .with_unit("{file}")
                .with_description("Files that were reviewed")
                .build(),
            traces,
            metrics,
        })
    }
}

/// Seconds, in buckets that double, from `least` on.
fn seconds(meter: &Meter, name: &'static str, what: &'static str, least: f64) -> Histogram<f64> {
    let buckets = (0..14).map(|power| f64::from(1_u32 << power) * least);
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(what)
        .with_boundaries(buckets.collect())
        .build()
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
