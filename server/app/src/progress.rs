//! A progress bar for reviews that take longer than half a second, on a terminal only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use review::Progress;

/// Shorter work is over before a bar could be read.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar that appears when it is worth it. No thread, no timer: it is drawn from the events of the work itself.
pub(crate) struct Bar {
    shown: bool,
    /// Another bar has the line for now.
    aside: AtomicBool,
    started: Instant,
    bar: Mutex<Option<ProgressBar>>,
    what: &'static str,
}

impl Bar {
    /// A bar that may be drawn when `shown`.
    pub(crate) fn new(shown: bool) -> Self {
        Self::named("Reviewing", shown)
    }

    /// A bar for work called `what`.
    pub(crate) fn named(what: &'static str, shown: bool) -> Self {
        Self {
            what,
            shown,
            started: Instant::now(),
            aside: AtomicBool::new(false),
            bar: Mutex::default(),
        }
    }

    /// One more thing happened.
    pub(crate) fn on(&self, progress: &Progress) {
        let Progress::File { done, files, .. } = progress else {
            return;
        };
        self.at(*done, *files);
    }

    /// So many of so many files are done.
    pub(crate) fn at(&self, done: usize, files: usize) {
        if !self.shown || self.started.elapsed() < PATIENCE || self.aside.load(Ordering::Relaxed) {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.get_or_insert_with(|| draw(self.what, files as u64))
            .set_position(done as u64);
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Makes room for another bar as long as `work` takes.
    pub(crate) fn beside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.aside.store(true, Ordering::Relaxed);
        self.clear();
        let done = work();
        self.aside.store(false, Ordering::Relaxed);
        done
    }
}

fn draw(what: &str, files: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::stderr_with_hz(15));
    let style =
        ProgressStyle::with_template(&format!("{what} {{bar:30.cyan}} {{pos}}/{{len}} files"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("━╸ "))
}
