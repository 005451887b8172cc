//! A lock between processes on a file of its own or on the file that it protects; the kernel frees it with its process.
//!
//! Waiting has an end: a process that was stopped with the lock in its hand must not stop all others.

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long another window may hold it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried.
const PAUSE: Duration = Duration::from_millis(5);

/// Takes the lock; it is held until `file` is closed or [freed](File::unlock).
pub(crate) fn take(file: &File) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another window of Obelus holds it",
                ));
            }
            // A file system without locks: SQLite's own are then missing as well, and one window is the usual case.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(());
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
