//! The only place that writes to standard output and standard error.
//!
//! Standard output holds the result and nothing else. When its reader went away (`obelus review | head -1`) writing
//! stops without a word, and the exit status stays what the review says.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use crate::status::Failure;

/// Wider is hard to read.
const WIDEST: usize = 100;
/// For pipes and files.
const USUAL: usize = 80;
/// Narrower than this no excerpt makes sense.
const NARROWEST: usize = 40;

/// How to talk to the user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    color: ColorChoice,
    /// No notes and warnings.
    pub(crate) quiet: bool,
    /// Lists in full.
    pub(crate) verbose: bool,
}

impl Terminal {
    /// From the global flags.
    pub(crate) fn new(color: clap::ColorChoice, quiet: bool, verbose: bool) -> Self {
        let color = match color {
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        };
        Self {
            color,
            quiet,
            verbose,
        }
    }

    /// The result, to standard output.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout(), self.color).lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::outside(
                format_args!("cannot write to standard output: {error}"),
                "is the disk full? `--output FILE` writes to a file",
            )),
            _ => Ok(()),
        }
    }

    /// The result, to a file: whole or not at all.
    pub(crate) fn result_to(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let text = match self.color {
            ColorChoice::Always => text.to_owned(),
            _ => anstream::adapter::strip_str(text).to_string(),
        };
        write_atomically(path, text.as_bytes()).map_err(|error| {
            Failure::outside(
                format_args!("cannot write {}: {error}", path.display()),
                "does the folder exist, and may you write to it?",
            )
        })
    }

    /// A note or a warning, unless these are not wanted.
    pub(crate) fn aside(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// An error.
    pub(crate) fn error(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr(), self.color).lock();
        // Nowhere is left to say that this failed.
        err.write_all(text.as_bytes()).ok();
    }

    /// Whether a person watches standard error.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Columns to fit the result into.
    pub(crate) fn width(&self) -> usize {
        self.columns().unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
    }

    /// Columns of the terminal that the result goes to; `None` when it goes elsewhere.
    pub(crate) fn columns(&self) -> Option<usize> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
    }
}

/// Writes beside the file and renames: a reader never sees half of it, and a failure leaves the old one.
fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".obelus-");
    #[cfg(unix)]
    {
        // As any new file: what the user's mask leaves, not the private mode of temporary files.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
