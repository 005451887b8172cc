//! Diagnostics of files that are not open: what a review said, until the next one, or until the file is opened. A file
//! that is closed, or changed by somebody else, is looked at again as it is on disk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use base::{At, Finding, FindingId, RelPath, Report, RuleId, Text, WorkspaceKind};
use ropey::Rope;

use crate::check::{self, Job};
use crate::document::{Base, Snapshot};
use crate::documents::Open;
use crate::event_loop::{Event, Loop};
use crate::folders::Folder;
use crate::proposed::outlasts_a_check;
use crate::proto::types::{Diagnostic, PublishDiagnosticsParams, Uri};
use crate::proto::{View, diagnostic};
use crate::uri;

/// What is shown of a file that is not open.
pub(crate) struct Unopened {
    pub(crate) folder: u64,
    pub(crate) findings: Vec<Finding>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What the disk says of a file that is not open.
pub(crate) struct LookedAt {
    folder: u64,
    path: RelPath,
    report: Report,
    pages: HashMap<RuleId, String>,
}

/// What is known of such a file before it is looked at.
struct Before {
    findings: Vec<Finding>,
    /// The text that they lie in.
    text: Option<Rope>,
    base: Base,
    opened: Text,
}

/// More files than this that change at once are another branch, and worth a review of its own.
const MANY: usize = 64;

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

    /// A document was closed: the file on disk speaks for itself from now on, like those that were never open.
    pub(crate) fn look_at_closed(&self, uri: &str, closed: Open) {
        if let Some((folder, path)) = self.owner(uri) {
            let document = closed.document;
            let before = Before {
                findings: closed.findings,
                text: Some(document.rope),
                base: document.base,
                opened: document.opened,
            };
            self.look_at_disk(folder, path, before);
        }
    }

    /// Files that are not open were changed by somebody else.
    pub(crate) fn look_at_changed(&self, id: u64, paths: &[RelPath]) {
        let folder = self.folders.iter().find(|folder| folder.id == id);
        let Some(folder) = folder.filter(|folder| folder.shows_disk && paths.len() <= MANY) else {
            return;
        };
        let kind = folder.engine.as_ref().map(|engine| engine.repo().kind());
        if kind != Some(WorkspaceKind::Git) {
            return;
        }
        let open: HashSet<RelPath> = (self.open.keys())
            .filter_map(|uri| Some(self.owner(uri)?.1))
            .collect();
        for path in paths.iter().filter(|path| !open.contains(*path)) {
            let before = Before {
                findings: Vec::new(),
                text: None,
                base: Base::Unknown,
                opened: Text::new(String::new()),
            };
            self.look_at_disk(folder, path.clone(), before);
        }
    }

    /// Checks a file as it is on disk, where a review of the work tree is shown.
    fn look_at_disk(&self, folder: &Folder, path: RelPath, before: Before) {
        let Some(engine) = folder.engine.clone().filter(|_| folder.shows_disk) else {
            return;
        };
        let (id, host, events) = (folder.id, Arc::clone(&self.host), self.events.clone());
        self.pool.spawn(move || {
            let text = |path: &RelPath| engine.repo().text(path, &At::Worktree).ok().flatten();
            let Some(own) = text(&path) else { return };
            let is_same = (before.text).is_some_and(|before| before == own.as_str());
            // What others said of another text than this is not known to hold.
            let staying = before.findings.into_iter().filter(outlasts_a_check);
            let mut findings: Vec<Finding> = staying.filter(|_| is_same).collect();
            let others = (findings.iter())
                .flat_map(|finding| &finding.evidence)
                .map(|evidence| evidence.path.clone());
            let mut sources: BTreeMap<RelPath, Text> = others
                .filter_map(|path| text(&path).map(|text| (path, text)))
                .collect();
            sources.insert(path.clone(), own.clone());
            let checked = check::run(Job {
                path: path.clone(),
                engine: Arc::clone(&engine),
                host: Arc::clone(&host),
                snapshot: Snapshot {
                    rope: Rope::from_str(own.as_str()),
                    from: None,
                },
                base: before.base,
                opened: before.opened,
            });
            findings.extend(checked.findings);
            if findings.is_empty() {
                return;
            }
            let pages = check::pages(&findings, &engine, &*host);
            let report = Report {
                findings,
                sources,
                ..Report::default()
            };
            let looked = LookedAt {
                folder: id,
                path,
                report,
                pages,
            };
            events.send(Event::LookedAt(Box::new(looked))).ok();
        });
    }

    /// Shows what the disk says of a file, unless it is open by now.
    pub(crate) fn looked_at(&mut self, looked: &LookedAt) {
        let LookedAt {
            folder: id,
            path,
            report,
            pages,
        } = looked;
        let Some(folder) = self.folder(*id).filter(|folder| folder.shows_disk) else {
            return;
        };
        let root = folder.uri.clone();
        let file = uri::to_path(&uri::join(&root, path));
        if self.open.keys().any(|open| uri::to_path(open) == file) {
            return;
        }
        let findings: Vec<&Finding> = report.findings.iter().collect();
        self.show_unopened(*id, &root, path, &findings, report, pages);
    }

    /// Takes back what a review said about files that are not open.
    pub(crate) fn clear_unopened(&mut self, folder: u64) {
        if let Some(folder) = self.folder(folder) {
            folder.shows_disk = false;
        }
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
        pages: &HashMap<RuleId, String>,
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
