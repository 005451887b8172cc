//! What git is in the middle of.

use std::path::Path;

/// A merge, rebase, cherry-pick, revert or bisect under way in the work tree whose git directory this is.
pub(crate) fn operation(git: &Path) -> Option<&'static str> {
    // A rebase picks commits one by one, so it leaves the marks of a cherry-pick, too: it comes first.
    [
        ("rebase-merge", "rebase"),
        ("rebase-apply/applying", "am"),
        ("rebase-apply", "rebase"),
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("BISECT_LOG", "bisect"),
    ]
    .into_iter()
    .find(|(mark, _)| std::fs::symlink_metadata(git.join(mark)).is_ok())
    .map(|(_, name)| name)
}
