//! Diagnostics of files that are not open: what a review said, until the next one, or until the file is opened.

use std::collections::{HashMap, HashSet};

use base::{Finding, FindingId, RelPath, Report};
use ropey::Rope;

use crate::event_loop::Loop;
use crate::proto::types::{Diagnostic, PublishDiagnosticsParams, Uri};
use crate::proto::{View, diagnostic};
use crate::uri;

/// What is shown of a file that is not open.
pub(crate) struct Unopened {
    pub(crate) folder: u64,
    pub(crate) findings: Vec<Finding>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Loop {
    /// A document is opened: from now on its own checks speak of it. Where the client spells its URI another way than
    /// the review did, what stands under the other spelling is taken back.
    pub(crate) fn forget_unopened(&mut self, opened: &str) {
        let was_sent = self.unopened.remove(opened).is_some();
        if was_sent && self.abilities.pulls {
            // From now on the client asks: what was sent would stand beside the answer.
            self.outbox.diagnostics(PublishDiagnosticsParams {
                uri: Uri(opened.to_owned()),
                version: None,
                diagnostics: Vec::new(),
            });
        }
        let path = uri::to_path(opened);
        self.take_back(|uri, _| path.is_some() && uri::to_path(uri) == path);
    }

    /// Takes back what was said about one file, if it is not open.
    pub(crate) fn clear_one(&mut self, cleared: &str) {
        self.take_back(|uri, _| uri == cleared);
    }

    /// Takes back what was said about any of these files.
    pub(crate) fn clear_at(&mut self, paths: &HashSet<&str>) {
        self.take_back(|uri, _| {
            uri::to_path(uri).is_some_and(|file| paths.contains(file.as_str()))
        });
    }

    /// Takes back what was said about the files at and below a path.
    pub(crate) fn clear_below(&mut self, path: &str) {
        self.take_back(|uri, _| {
            uri::to_path(uri).is_some_and(|file| {
                let rest = file.strip_prefix(path);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        });
    }

    fn take_back(&mut self, which: impl Fn(&str, u64) -> bool) {
        let uris: Vec<String> = self
            .unopened
            .iter()
            .filter(|(uri, unopened)| which(uri, unopened.folder))
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in uris {
            self.unopened.remove(&uri);
            self.outbox.diagnostics(PublishDiagnosticsParams {
                uri: Uri(uri),
                version: None,
                diagnostics: Vec::new(),
            });
        }
    }

    /// Takes back what a review said about files that are not open.
    pub(crate) fn clear_unopened(&mut self, folder: u64) {
        self.take_back(|_, owner| owner == folder);
    }

    /// Shows findings of a file that is not open.
    pub(crate) fn show_unopened(
        &mut self,
        folder: u64,
        root: &str,
        path: &RelPath,
        findings: &[&Finding],
        report: &Report,
        pages: &HashMap<base::RuleId, String>,
    ) {
        let uri = uri::join(root, path);
        let rope = |path: &RelPath| Some(Rope::from_str(report.sources.get(path)?.as_str()));
        let own = rope(path).unwrap_or_default();
        let view = View {
            encoding: self.encoding,
            abilities: self.abilities,
            rope: &own,
            uri: &uri,
            page: &|finding| pages.get(&finding.rule).cloned(),
            other: &|path| Some((uri::join(root, path), rope(path)?)),
        };
        let diagnostics = findings
            .iter()
            .map(|finding| diagnostic(finding, &view))
            .collect();
        let unopened = Unopened {
            folder,
            findings: findings.iter().copied().cloned().collect(),
            diagnostics,
        };
        self.publish_unopened(&uri, &unopened);
        self.unopened.insert(uri, unopened);
    }

    fn publish_unopened(&self, uri: &str, unopened: &Unopened) {
        self.outbox.diagnostics(PublishDiagnosticsParams {
            uri: Uri(uri.to_owned()),
            version: None,
            diagnostics: unopened.diagnostics.clone(),
        });
    }

    /// Takes one finding back.
    pub(crate) fn leave_out_unopened(&mut self, id: FindingId) {
        let shown = |unopened: &Unopened| unopened.findings.iter().position(|one| one.id == id);
        let found = (self.unopened.iter())
            .find_map(|(uri, unopened)| Some((uri.clone(), shown(unopened)?)));
        let Some((uri, at)) = found else { return };
        if let Some(mut unopened) = self.unopened.remove(&uri) {
            // They were made from each other, in this order.
            unopened.findings.remove(at);
            unopened.diagnostics.remove(at);
            self.publish_unopened(&uri, &unopened);
            if !unopened.findings.is_empty() {
                self.unopened.insert(uri, unopened);
            }
        }
    }
}
