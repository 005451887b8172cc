//! The port to what was written about commits: the branch, the messages of recent commits and of a range.
//!
//! For titles and descriptions only. A message is a stranger's text: control characters other than line feeds never get
//! through, and both parts are cut to a length. Who wrote it is not read. What changed with what is `base::history`.

/// What was written about one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// Id, in full.
    pub id: String,
    /// First line of the message, cut to [`Logged::MAX_SUBJECT`] characters.
    pub subject: String,
    /// The rest, cut to [`Logged::MAX_BODY`] characters.
    pub body: String,
    /// It has several parents.
    pub is_merge: bool,
}

impl Logged {
    /// Longest subject, in characters.
    pub const MAX_SUBJECT: usize = 300;
    /// Longest body, in characters.
    pub const MAX_BODY: usize = 4_000;

    /// A commit from its whole message.
    pub fn new(id: &str, message: &str, is_merge: bool) -> Self {
        let message = message.trim_start();
        let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
        let cut = |text: &str, limit: usize| {
            let shown = text
                .chars()
                .filter(|c| *c != '\r')
                .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
                .take(limit);
            shown.collect::<String>().trim().to_owned()
        };
        Self {
            id: id.to_owned(),
            subject: cut(subject, Self::MAX_SUBJECT),
            body: cut(body, Self::MAX_BODY),
            is_merge,
        }
    }
}

/// What is asked of the log. Nothing is an error: what is not there is empty.
pub trait Log: Send + Sync {
    /// The branch that is checked out, without `refs/heads/`; `None` where there is none.
    fn branch(&self) -> Option<String>;

    /// What the branch is compared with when nobody says: the default branch of its upstream, else of `origin`, else
    /// `main` or `master`, as a revision.
    fn default_branch(&self) -> Option<String>;

    /// The at most `limit` newest commits up to `at` (HEAD when not given) along first parents: what was merged.
    fn merged(&self, at: Option<&str>, limit: usize) -> Vec<Logged>;

    /// The at most `limit` commits of `head` that `base` does not have, newest first.
    fn between(&self, base: &str, head: &str, limit: usize) -> Vec<Logged>;
}

/// A log that is known beforehand: for tests, and empty for a workspace without one.
#[derive(Clone, Debug, Default)]
pub struct KnownLog {
    /// The branch.
    pub branch: Option<String>,
    /// What it is compared with.
    pub default_branch: Option<String>,
    /// What was merged, newest first.
    pub merged: Vec<Logged>,
    /// The commits of any range, newest first.
    pub between: Vec<Logged>,
}

impl Log for KnownLog {
    fn branch(&self) -> Option<String> {
        self.branch.clone()
    }

    fn default_branch(&self) -> Option<String> {
        self.default_branch.clone()
    }

    fn merged(&self, _at: Option<&str>, limit: usize) -> Vec<Logged> {
        self.merged.iter().take(limit).cloned().collect()
    }

    fn between(&self, _base: &str, _head: &str, limit: usize) -> Vec<Logged> {
        self.between.iter().take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Logged;

    #[test]
    fn a_message_is_parted_and_cleaned() {
        let logged = Logged::new("1", "\nfix: a\x1b[2J\r\n\r\nwhy\tso\r\nFixes #1\n", false);
        assert_eq!(logged.subject, "fix: a [2J");
        assert_eq!(logged.body, "why so\nFixes #1");
    }
}
