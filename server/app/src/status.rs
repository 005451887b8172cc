//! How the process ends: the exit status, and the message when there is no result.

use std::fmt;

use review::{ConfigProblem, ReviewError};

use crate::render::style::{BAD, CAUTION, HELP, paint};
use crate::render::visible::visible;

/// The exit status, as users and scripts rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing at or above the chosen severity.
    Fine = 0,
    /// Findings at or above it.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Something outside failed, or Obelus itself did.
    Failed = 3,
    /// Part of the change was not reviewed, and nothing was found in the rest.
    Incomplete = 4,
}

/// Why there is no result: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit status.
    pub(crate) status: Status,
    /// What went wrong, with the place where it helps; each is one line.
    pub(crate) errors: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// The user's mistake.
    pub(crate) fn usage(error: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self::new(Status::Usage, error, Some(hint.into()))
    }

    /// Something around us did not work.
    pub(crate) fn outside(error: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self::new(Status::Failed, error, Some(hint.into()))
    }

    /// The message without colours, for an editor.
    pub(crate) fn plain(&self) -> String {
        let mut text = self.errors.join("\n");
        if let Some(hint) = &self.hint {
            text.push('\n');
            text.push_str(hint);
        }
        text
    }

    fn new(status: Status, error: impl fmt::Display, hint: Option<String>) -> Self {
        Self {
            status,
            errors: vec![error.to_string()],
            hint,
        }
    }
}

impl From<base::RepoError> for Failure {
    fn from(error: base::RepoError) -> Self {
        // The port's messages say what to do; a `;` parts it from what happened.
        let text = error.to_string();
        let (what, hint) = match text.split_once("; ") {
            Some((what, hint)) => (what.to_owned(), Some(hint.to_owned())),
            None => (text, None),
        };
        let hint = hint.or_else(|| {
            let list = "`git log --oneline` and `git branch --all` list revisions";
            matches!(error, base::RepoError::NoSuchRevision { .. }).then(|| list.to_owned())
        });
        Self::new(Status::Failed, what, hint)
    }
}

impl From<ReviewError> for Failure {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Repo(error) => error.into(),
            error => Self::new(Status::Failed, error, None),
        }
    }
}

impl From<Vec<ConfigProblem>> for Failure {
    fn from(problems: Vec<ConfigProblem>) -> Self {
        let hint = "`obelus config schema` describes every key, `obelus config show` prints what is in force";
        Self {
            status: Status::Usage,
            errors: problems.iter().map(ToString::to_string).collect(),
            hint: Some(hint.to_owned()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.errors {
            writeln!(f, "{} {}", paint(BAD, "error:"), visible(error))?;
        }
        match &self.hint {
            Some(hint) => writeln!(f, "{} {}", paint(HELP, " hint:"), visible(hint)),
            None => Ok(()),
        }
    }
}

/// A warning, for standard error.
pub(crate) fn warning(text: &str) -> String {
    format!("{} {}\n", paint(CAUTION, "warning:"), visible(text))
}

/// Something to know, for standard error.
pub(crate) fn note(text: &str) -> String {
    format!("{} {}\n", paint(HELP, "note:"), visible(text))
}
