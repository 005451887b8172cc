//! The colours, named by meaning. Only the sixteen colours that every terminal theme defines, so that dark and light
//! backgrounds both work; nothing is told by colour alone.

use anstyle::{AnsiColor, Style};
use base::Severity;

/// A heading, a number that matters.
pub(crate) const STRONG: Style = Style::new().bold();
/// What may be overlooked.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Code inside prose.
pub(crate) const CODE: Style = AnsiColor::Cyan.on_default();
/// A line that a fix adds.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// A line that a fix takes away.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// All is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something to know.
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
/// The words in front of a fix or a hint.
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// The colour of a severity.
pub(crate) const fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => CAUTION,
        Severity::Info => AnsiColor::Blue.on_default().bold(),
        Severity::Hint => HELP,
    }
}

/// `text` in `style`.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
