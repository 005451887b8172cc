//! The log: to a file when one is named, else to standard error. Never to standard output, which belongs to the protocol.
//!
//! `OBELUS_LOG` chooses what is logged (`info`, `debug`, `review=trace`); text of files and secrets are never logged. What is
//! logged while a request of the editor's is worked on says which (its method and id).

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::args::LogFormat;
use crate::status::Failure;
use crate::telemetry;

/// Starts logging.
pub(crate) fn start(file: Option<&Path>, format: LogFormat) -> Result<(), Failure> {
    let usual = if file.is_some() { "info" } else { "warn" };
    let filter = match std::env::var("OBELUS_LOG") {
        Ok(filter) if !filter.is_empty() => EnvFilter::try_new(&filter).map_err(|error| {
            Failure::usage(
                format_args!("OBELUS_LOG: {error}"),
                "such as `info`, `debug` or `warn,review=trace`",
            )
        })?,
        _ => EnvFilter::new(usual),
    };
    let writer = match file {
        Some(path) => {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| {
                    Failure::outside(
                        format_args!("cannot write {}: {error}", path.display()),
                        "name another file with --log-file",
                    )
                })?;
            BoxMakeWriter::new(Mutex::new(file))
        }
        None => BoxMakeWriter::new(std::io::stderr),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let started = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(telemetry::layer())
        .try_init();
    started
        .map_err(|error| Failure::outside(error, "the log was started twice: a defect in Obelus"))
}
