//! A model's findings in open documents: shown as they come in, moved with the edits, gone when their own code is
//! touched, and back when a document is opened again unchanged.
//!
//! A model answers seconds after it was asked, and somebody may have typed meanwhile. What it said is about the text
//! that it was shown, so it is carried over to the text on the screen; where that is not certain, it is not shown.

use std::collections::HashMap;

use base::{CheckKind, Finding, RelPath, Report, Text};
use review::TextChange;
use ropey::Rope;

use crate::event_loop::Loop;
use crate::findings::remap;

/// A model's findings in one file and the text that they lie in.
pub(crate) type Proposed = (Text, Vec<Finding>);

/// Whether a finding stays when a document is checked again while typing.
pub(crate) fn outlasts_a_check(finding: &Finding) -> bool {
    finding.check != CheckKind::Pattern
}

fn is_model(finding: &Finding) -> bool {
    finding.check == CheckKind::Model
}

impl Loop {
    /// Shows what a model said so far in the documents that are open; `whole` when it is done: what it no longer says
    /// goes.
    pub(crate) fn show_proposed(
        &mut self,
        folder: u64,
        report: &Report,
        only: Option<&RelPath>,
        whole: bool,
    ) {
        if whole && report.model.is_none() {
            return;
        }
        let mut by_path: HashMap<&RelPath, Vec<Finding>> = HashMap::new();
        for finding in report.findings.iter().filter(|finding| is_model(finding)) {
            by_path
                .entry(&finding.path)
                .or_default()
                .push(finding.clone());
        }
        let counts = |path: &RelPath| only.is_none_or(|only| only == path);
        if let Some(entry) = self.folder(folder) {
            let others = (by_path.values().flatten())
                .flat_map(|finding| &finding.evidence)
                .filter_map(|place| {
                    let text = report.sources.get(&place.path)?;
                    Some((place.path.clone(), Rope::from_str(text.as_str())))
                });
            entry.sources.extend(others);
            if whole {
                entry.proposed.retain(|path, _| !counts(path));
                for (path, findings) in &by_path {
                    if let Some(text) = report.sources.get(*path) {
                        let proposed = (text.clone(), findings.clone());
                        entry.proposed.insert((*path).clone(), proposed);
                    }
                }
            }
        }
        let uris: Vec<(String, RelPath)> = (self.open.keys())
            .filter_map(|uri| {
                let (owner, path) = self.owner(uri)?;
                (owner.id == folder && counts(&path)).then(|| (uri.clone(), path))
            })
            .collect();
        for (uri, path) in uris {
            let Some(open) = self.open.get_mut(&uri) else {
                continue;
            };
            let found = by_path.remove(&path).unwrap_or_default();
            let had = open.findings.iter().filter(|one| is_model(one)).count();
            if open.document.desynced || (found.is_empty() && (had == 0 || !whole)) {
                continue;
            }
            let text = open.document.rope.to_string();
            let found = match report.sources.get(&path) {
                Some(asked) => carried(asked.as_str(), &text, found),
                None => Vec::new(),
            };
            let mut findings = std::mem::take(&mut open.findings);
            findings.retain(|one| {
                let again = found.iter().any(|new| new.id == one.id);
                !is_model(one) || (!whole && !again)
            });
            findings.extend(found);
            self.set_findings(&uri, findings);
        }
    }

    /// What a model said about a document that is opened now, where its text is still there.
    pub(crate) fn proposed_for(&self, uri: &str, text: &str) -> Vec<Finding> {
        let known = self
            .owner(uri)
            .and_then(|(folder, path)| folder.proposed.get(&path));
        match known {
            Some((asked, findings)) => carried(asked.as_str(), text, findings.clone()),
            None => Vec::new(),
        }
    }
}

/// Findings in `old` as they lie in `new`; those in what differs are left out. Everything between the first and the
/// last difference counts as different.
fn carried(old: &str, new: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    if old == new {
        return findings;
    }
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let same = |(a, b): &(&u8, &u8)| a == b;
    let start = old.iter().zip(new).take_while(same).count();
    let most = old.len().min(new.len()) - start;
    let end = (old.iter().rev().zip(new.iter().rev()))
        .take(most)
        .take_while(same)
        .count();
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let change = TextChange {
        start: at(start),
        old_end: at(old.len() - end),
        new_end: at(new.len() - end),
    };
    remap(&mut findings, &[change]);
    findings
}

#[cfg(test)]
mod tests {
    use base::finding::Placement;
    use base::{Category, CheckKind, Confidence, Finding, FindingId, RelPath, RuleId};
    use base::{Severity, Span};

    use super::carried;

    fn finding(span: Span) -> Finding {
        Finding {
            id: FindingId(1),
            check: CheckKind::Model,
            rule: RuleId::new("model/bug"),
            category: Category::Bug,
            severity: Severity::Warning,
            confidence: Confidence::new(0.9),
            title: String::new(),
            message: String::new(),
            path: RelPath::new("a.rs").expect("a path"),
            span,
            placement: Placement::Changed,
            evidence: Vec::new(),
            fix: None,
            sensitive: false,
        }
    }

    #[test]
    fn a_finding_is_where_its_text_is_or_nowhere() {
        let old = "one\ntwo\nthree\n";
        for (new, expected) in [
            (old, Some(4..7)),
            ("zero\none\ntwo\nthree\n", Some(9..12)),
            ("one\ntwo\nthree\nfour\n", Some(4..7)),
            ("one\ntwx\nthree\n", None),
            ("one\nthree\n", None),
            ("", None),
            // On both sides: which of them was typed is not known, so it is not shown.
            ("zero\none\ntwo\nthree\nfour\n", None),
        ] {
            let found = carried(old, new, vec![finding(Span::new(4, 7))]);
            let place = (found.first()).map(|one| one.span.start..one.span.end);
            assert_eq!(place, expected, "{new:?}");
        }
    }
}
