//! What the user sees of a defect in Obelus itself: one line, and how to learn more. Never a raw backtrace.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;

/// Replaces the standard library's message.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        let text: String = text
            .chars()
            .take(300)
            .flat_map(char::escape_debug)
            .collect();
        let place = info.location().map_or(String::new(), |place| {
            format!(" at {}:{}", place.file(), place.line())
        });
        let backtrace = Backtrace::capture();
        let more = match backtrace.status() {
            BacktraceStatus::Captured => format!("{backtrace}"),
            _ => " hint: this is a defect in Obelus; please report it with what RUST_BACKTRACE=1 shows".to_owned(),
        };
        tracing::error!(place, text, "panic");
        // Standard error may be gone; then there is nobody to tell.
        writeln!(
            std::io::stderr(),
            "error: Obelus failed{place}: {text}\n{more}"
        )
        .ok();
    }));
}
