//! Fixes, applied in memory and checked before anybody sees them.

use base::{Fix, RelPath, Text};

/// The whole text of `path` after `fix`; `None` when the fix is stale or would add a syntax error.
pub fn preview(text: &Text, fix: &Fix, path: &RelPath) -> Option<String> {
    let _ = (text, fix, path);
    None
}
