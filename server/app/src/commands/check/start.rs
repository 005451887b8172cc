//! Starting a program that the user asked for: no shell, no input, its output read whole and within a limit.
//!
//! The keys of language models are taken out of its environment: a test has no use for them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::render::visible::visible;
use crate::status::Failure;
use crate::terminal::Terminal;

/// Bytes of each output that are kept; the rest is read and dropped, so that the program does not wait.
const MOST_KEPT: usize = 32 << 20;

/// What is to be started.
pub(super) struct Started<'a> {
    /// The program, then each argument.
    pub(super) words: &'a [String],
    pub(super) folder: &'a Path,
    /// Variables that it does not get.
    pub(super) without: &'a [String],
    /// Whether its output is shown as it comes.
    pub(super) echo: bool,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// With 0.
    Well,
    /// With something else, in words.
    With(String),
}

/// Runs it to its end; what it wrote to standard output, then what it wrote to standard error.
pub(super) fn run(started: &Started<'_>, terminal: &Terminal) -> Result<(String, Ended), Failure> {
    let Some((program, arguments)) = started.words.split_first() else {
        return Err(Failure::usage(
            "no program is named",
            "`obelus check -- PROGRAM ARGUMENT...`",
        ));
    };
    let mut command = command(&resolved(program, started.folder));
    command
        .args(arguments)
        .current_dir(started.folder)
        // Tools that colour their output for a terminal are asked not to.
        .env("NO_COLOR", "1")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in started.without {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::outside(
            format_args!("{program} is not there"),
            "install it, or name another command: `obelus check -- PROGRAM ARGUMENT...`",
        ),
        _ => Failure::outside(
            format_args!("cannot start {program}: {error}"),
            "may you run it?",
        ),
    })?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let echo = started.echo.then_some(*terminal);
    let (out, err) = std::thread::scope(|scope| {
        let err = scope.spawn(move || drained(err, echo));
        let out = drained(out, echo);
        (out, err.join().unwrap_or_default())
    });
    let status = child
        .wait()
        .map_err(|error| Failure::outside(error, "try it again"))?;
    let ended = match status.success() {
        true => Ended::Well,
        false => Ended::With(status.to_string()),
    };
    Ok((format!("{out}\n{err}"), ended))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that starts a program: one that the user typed, or said yes to"
)]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// A path is meant from the folder that the program runs in; a name is looked for as the system does.
fn resolved(program: &str, folder: &Path) -> PathBuf {
    let path = Path::new(program);
    match program.contains('/') && path.is_relative() {
        true => folder.join(path),
        false => path.to_owned(),
    }
}

/// Reads to the end, keeps the first part.
fn drained(from: Option<impl Read>, echo: Option<Terminal>) -> String {
    let mut kept = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let Some(mut from) = from else {
        return String::new();
    };
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let piece = &buffer[..length];
        if let Some(terminal) = &echo {
            for line in String::from_utf8_lossy(piece).lines() {
                terminal.aside(&format!("{}\n", visible(line)));
            }
        }
        let room = MOST_KEPT.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..length.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
