//! Tells when the process that a language server works for is gone: an editor that crashed closes nothing, and what it
//! leaves behind would run for ever.
//!
//! No timer where the system can tell (a pidfd on Linux); on other Unix systems the process is looked for every few
//! seconds. Elsewhere the end of standard input has to do.

/// Calls `gone`, once, from a thread of its own, when process `pid` has ended.
///
/// A number that names nobody to begin with (a client in another container passes its own) is not watched. The process
/// is taken hold of before this returns: one that ends right after is noticed, and its number cannot pass to another.
pub(crate) fn watch(pid: u32, gone: impl FnOnce() + Send + 'static) {
    let Some(process) = Process::find(pid) else {
        return;
    };
    let thread = std::thread::Builder::new()
        .name("parent-watch".to_owned())
        .stack_size(128 * 1024);
    let started = thread.spawn(move || {
        process.wait();
        gone();
    });
    if let Err(error) = started {
        tracing::warn!(%error, "cannot watch the editor's process");
    }
}

/// A running process.
#[cfg(unix)]
struct Process {
    number: rustix::process::Pid,
    #[cfg(target_os = "linux")]
    handle: Option<std::os::fd::OwnedFd>,
}

#[cfg(unix)]
impl Process {
    fn find(pid: u32) -> Option<Self> {
        let number = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
        is_there(number).then(|| Self {
            number,
            // None on an old kernel.
            #[cfg(target_os = "linux")]
            handle: rustix::process::pidfd_open(number, rustix::process::PidfdFlags::empty()).ok(),
        })
    }

    fn wait(self) {
        #[cfg(target_os = "linux")]
        if let Some(handle) = &self.handle {
            use rustix::event::{PollFd, PollFlags, poll};
            loop {
                match poll(&mut [PollFd::new(handle, PollFlags::IN)], None) {
                    Ok(_) => return,
                    Err(rustix::io::Errno::INTR) => {}
                    Err(_) => break,
                }
            }
        }
        while is_there(self.number) {
            std::thread::sleep(std::time::Duration::from_secs(3));
        }
    }
}

#[cfg(unix)]
fn is_there(process: rustix::process::Pid) -> bool {
    // Somebody else's process (EPERM) is there too.
    !matches!(
        rustix::process::test_kill_process(process),
        Err(rustix::io::Errno::SRCH)
    )
}

/// No process can be watched here.
#[cfg(not(unix))]
enum Process {}

#[cfg(not(unix))]
impl Process {
    fn find(_pid: u32) -> Option<Self> {
        None
    }

    fn wait(self) {
        match self {}
    }
}
