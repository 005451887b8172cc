//! Tells when the process that a language server works for is gone: an editor that crashed closes nothing, and what it
//! leaves behind would run for ever.
//!
//! No timer where the system can tell (a pidfd on Linux); on other Unix systems the process is looked for every few
//! seconds. Elsewhere the end of standard input has to do.

/// Calls `gone`, once, from a thread of its own, when process `pid` has ended.
///
/// A number that names nobody to begin with (a client in another container passes its own) is not watched.
pub(crate) fn watch(pid: u32, gone: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .name("parent-watch".to_owned())
        .stack_size(128 * 1024);
    let started = thread.spawn(move || {
        if wait(pid) {
            gone();
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "cannot watch the editor's process");
    }
}

/// Returns true when the process has ended, false where that cannot be told.
#[cfg(target_os = "linux")]
fn wait(pid: u32) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{PidfdFlags, pidfd_open};

    let Some(process) = number(pid) else {
        return false;
    };
    let Ok(handle) = pidfd_open(process, PidfdFlags::empty()) else {
        // An old kernel, or nobody of this number.
        return wait_by_looking(process);
    };
    loop {
        match poll(&mut [PollFd::new(&handle, PollFlags::IN)], None) {
            Ok(_) => return true,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return wait_by_looking(process),
        }
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn wait(pid: u32) -> bool {
    number(pid).is_some_and(wait_by_looking)
}

#[cfg(not(unix))]
fn wait(_pid: u32) -> bool {
    false
}

#[cfg(unix)]
fn number(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(unix)]
fn wait_by_looking(process: rustix::process::Pid) -> bool {
    use rustix::io::Errno;
    use rustix::process::test_kill_process;

    // Somebody else's process (EPERM) is there too.
    let there = || !matches!(test_kill_process(process), Err(Errno::SRCH));
    if !there() {
        return false;
    }
    while there() {
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    true
}
