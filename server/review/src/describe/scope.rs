//! Which change is described when nobody says, and what people wrote about it. One answer for every front end.

use base::{Cancel, Change, Log, Repo, RepoError, Scope};

use super::headline::Words;

/// Commits that a repository's habit is learnt from.
const HABIT: usize = 100;
/// Commits of a range that are read.
const RANGE: usize = 500;

/// What there is to describe in a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// Its commits since it left the default branch.
    Committed {
        /// What it left.
        base: String,
        /// The range of its commits.
        scope: Scope,
        /// There is something that is not committed as well.
        more: bool,
    },
    /// It has no commits of its own: what is not committed yet.
    Open,
    /// There is nothing that it could have left.
    Unknown,
}

/// The branch that is checked out.
pub fn branch(repo: &dyn Repo, log: &dyn Log, cancel: &Cancel) -> Result<Branch, RepoError> {
    if repo.head()?.is_none() {
        return Ok(Branch::Open);
    }
    let Some(base) = log.default_branch() else {
        return Ok(Branch::Unknown);
    };
    let scope = Scope::Range {
        from: base.clone(),
        to: "HEAD".to_owned(),
        symmetric: true,
    };
    if repo.change(&scope, cancel)?.files.is_empty() {
        return Ok(Branch::Open);
    }
    let more = !repo.change(&Scope::Worktree, cancel)?.files.is_empty();
    Ok(Branch::Committed { base, scope, more })
}

/// What people wrote: the commits of the change, its branch, and what was merged before it.
pub fn words(log: &dyn Log, scope: &Scope, change: &Change) -> Words {
    let commits = match (&change.base, &change.head) {
        (Some(base), Some(head)) => log.between(base, head, RANGE),
        (Some(base), None) if matches!(scope, Scope::Base(_)) => log.between(base, "HEAD", RANGE),
        _ => Vec::new(),
    };
    // What is not the branch's own work is not told by its name.
    let of_branch = match scope {
        Scope::Commit(_) => false,
        Scope::Range { to, .. } => to.is_empty() || to == "HEAD",
        _ => true,
    };
    Words {
        branch: log.branch().filter(|_| of_branch),
        commits,
        merged: log.merged(change.base.as_deref(), HABIT),
    }
}
