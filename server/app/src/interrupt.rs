//! Ctrl-C while a model is asked: the request ends at once, and what is known without it is still told.
//!
//! Signals are taken over when a model is first asked, not before: until then, and for a second signal, the process ends as
//! any other does. `SIGTERM`, with which CI and `timeout` end a process, means the same.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use base::Cancel;

use crate::status::note;
use crate::terminal::Terminal;

/// What the next signal stops.
static WORK: Mutex<Option<(Cancel, Terminal)>> = Mutex::new(None);

/// As long as it lives, the first signal stops the work and the second one ends the process.
pub(crate) struct Stoppable(());

/// From now on a signal raises `stop`.
pub(crate) fn stops(stop: &Cancel, terminal: &Terminal) -> Stoppable {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(listen);
    *work() = Some((stop.clone(), *terminal));
    Stoppable(())
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        *work() = None;
    }
}

fn work() -> MutexGuard<'static, Option<(Cancel, Terminal)>> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for signals on a thread of its own: the others may be busy with the very work that is to be stopped.
fn listen() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    let Ok(runtime) = runtime else {
        // Without it a signal ends the process, as it does by itself.
        return;
    };
    // The signals are ours before any work starts that they are meant for.
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(mut signals) = Signals::new() else {
                return;
            };
            ready.send(()).ok();
            loop {
                let status = signals.next().await;
                match work().take() {
                    Some((stop, terminal)) => {
                        stop.cancel();
                        terminal.aside(&note(
                            "stopped; what is known by now is told, once more ends it at once",
                        ));
                    }
                    None => std::process::exit(status),
                }
            }
        });
    });
    is_ready.recv().ok();
}

/// The signals that ask a program to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one; the exit status of a process that it ended.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    /// Waits for one; the exit status of a process that it ended.
    async fn next(&mut self) -> i32 {
        self.0.recv().await;
        130
    }
}
