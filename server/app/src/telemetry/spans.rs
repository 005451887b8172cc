//! Spans of requests and reviews, as the program's own `tracing` spans mark them, for the receiver.
//!
//! Only spans with the target [`OURS`] count, and of these only fields that the code names: none of them holds code, a
//! path, a revision or a key. A span that says nothing of its end ends when the last piece of work that belongs to it
//! does.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::Span;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context as Around, Filter, Layer};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::{Telemetry, current, is_on};

/// The target of spans that are told.
const OURS: &str = "obelus";

/// The part of a subscriber that tells spans, once telemetry was started; before that it makes none.
pub(crate) fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Spans.with_filter(Ours)
}

/// The innermost span that is told and that this thread is in.
pub(super) fn current_context() -> Context {
    let found = tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let id = dispatch.current_span().id()?.clone();
        let mut around = registry.span(&id)?.scope();
        around.find_map(|span| span.extensions().get::<Told>().map(Told::context))
    });
    child_of(found)
}

fn child_of(parent: Option<SpanContext>) -> Context {
    match parent {
        Some(parent) => Context::new().with_remote_span_context(parent),
        None => Context::new(),
    }
}

struct Ours;

impl<S> Filter<S> for Ours {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Around<'_, S>) -> bool {
        is_ours(metadata) && is_on()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match is_ours(metadata) {
            true => Interest::sometimes(),
            false => Interest::never(),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == OURS
}

struct Spans;

/// A span that will be told.
struct Told {
    telemetry: Arc<Telemetry>,
    span: Span,
    name: &'static str,
    began: SystemTime,
    is_over: bool,
    fields: Vec<KeyValue>,
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, around: Around<'_, S>) {
        let (Some(telemetry), Some(span)) = (current(), around.span(id)) else {
            return;
        };
        let parent = (span.scope().skip(1))
            .find_map(|outer| outer.extensions().get::<Told>().map(Told::context));
        let mut read = Fields::default();
        attributes.record(&mut read);
        let began = SystemTime::now();
        let name = span.name();
        let made = (telemetry.tracer)
            .span_builder(read.name.unwrap_or_else(|| name.to_owned()))
            .with_kind(read.kind)
            .with_start_time(began)
            .with_attributes(read.fields.clone())
            .start_with_context(&telemetry.tracer, &child_of(parent));
        span.extensions_mut().insert(Told {
            telemetry,
            span: made,
            name,
            began,
            is_over: false,
            fields: read.fields,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, around: Around<'_, S>) {
        let Some(span) = around.span(id) else { return };
        if let Some(told) = span.extensions_mut().get_mut::<Told>() {
            let mut read = Fields::default();
            values.record(&mut read);
            told.span.set_attributes(read.fields.clone());
            told.fields.extend(read.fields);
            // At once: what still belongs to it may last longer than the program.
            if read.is_over {
                told.end();
            }
        }
    }

    fn on_close(&self, id: Id, around: Around<'_, S>) {
        let told = around
            .span(&id)
            .and_then(|span| span.extensions_mut().remove::<Told>());
        if let Some(mut told) = told {
            told.end();
        }
    }
}

impl Told {
    fn context(&self) -> SpanContext {
        self.span.span_context().clone()
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let ended = SystemTime::now();
        let error = self.field("error.type");
        if let Some(error) = &error {
            self.span
                .set_status(Status::error(error.value.as_str().into_owned()));
        }
        let seconds = ended.duration_since(self.began).unwrap_or_default();
        let seconds = seconds.as_secs_f64();
        let about = |names: &[&str]| -> Vec<KeyValue> {
            let known = names.iter().filter_map(|name| self.field(name));
            known.chain(error.clone()).collect()
        };
        match self.name {
            "request" => {
                let about = about(&["rpc.system.name", "rpc.method"]);
                self.telemetry.answered.record(seconds, &about);
            }
            "review" => {
                let about = about(&["obelus.scope"]);
                self.telemetry.reviewed.record(seconds, &about);
                for severity in ["error", "warning", "info", "hint"] {
                    let count = self.count(&format!("obelus.findings.{severity}"));
                    let about = [KeyValue::new("obelus.severity", severity)];
                    self.telemetry.findings.add(count, &about);
                }
                let files = self.count("obelus.files");
                self.telemetry.files.add(files, &[]);
            }
            _ => {}
        }
        self.span.end_with_timestamp(ended);
    }

    fn field(&self, name: &str) -> Option<KeyValue> {
        let found = self.fields.iter().find(|field| field.key.as_str() == name);
        found.cloned()
    }

    fn count(&self, name: &str) -> u64 {
        match self.field(name).map(|field| field.value) {
            Some(Value::I64(count)) => u64::try_from(count).unwrap_or(0),
            _ => 0,
        }
    }
}

/// What a span says of itself.
struct Fields {
    name: Option<String>,
    kind: SpanKind,
    /// Its work is done; whatever still belongs to it does not count.
    is_over: bool,
    fields: Vec<KeyValue>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            name: None,
            kind: SpanKind::Internal,
            is_over: false,
            fields: Vec::new(),
        }
    }
}

impl Fields {
    fn push(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.push(KeyValue::new(field.name(), value));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.name = Some(value.to_owned()),
            "otel.kind" if value == "server" => self.kind = SpanKind::Server,
            _ => self.push(field, value.to_owned()),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "over" => self.is_over = value,
            _ => self.push(field, value),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, format!("{value:?}"));
    }
}
