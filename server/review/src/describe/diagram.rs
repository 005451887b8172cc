//! A Mermaid diagram of the changed files and which of them uses which; only where that helps to see it.

use std::collections::BTreeSet;

use base::RelPath;

use super::facts::Facts;
use super::safe::plain;

/// Fewer parts need no picture, more are no picture.
const PARTS: std::ops::RangeInclusive<usize> = 3..=8;

/// The diagram in a code block; empty where it would not help.
pub(crate) fn diagram(facts: &Facts) -> String {
    let pairs: BTreeSet<(&RelPath, &RelPath)> = facts
        .uses
        .iter()
        .map(|(user, definer, _)| (user, definer))
        .collect();
    let parts: BTreeSet<&RelPath> = pairs
        .iter()
        .flat_map(|(user, definer)| [*user, *definer])
        .collect();
    if !PARTS.contains(&parts.len()) {
        return String::new();
    }
    let parts: Vec<&RelPath> = parts.into_iter().collect();
    let mut out = String::from("```mermaid\nflowchart LR\n");
    for (at, path) in parts.iter().enumerate() {
        // Quotes, ticks and brackets have a meaning there; names are for reading only.
        let shown: String = plain(path.as_str())
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "/._- ".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        out.push_str(&format!("  f{at}[\"{shown}\"]\n"));
    }
    let place = |path: &RelPath| {
        parts
            .iter()
            .position(|part| *part == path)
            .unwrap_or_default()
    };
    for (user, definer) in pairs {
        out.push_str(&format!("  f{} --> f{}\n", place(user), place(definer)));
    }
    out.push_str("```");
    out
}
