//! Open documents in the loop: edits come in, checks go out to the pool and come back, and what still holds is
//! published with the version that it was made for.

use std::sync::Arc;

use base::{Finding, FindingId, Fix, Span, Text};
use review::assist::{self, Problem};
use tokio::task::JoinHandle;

use crate::check::{self, Checked, Job};
use crate::document::{Base, OpenDocument};
use crate::early::Early;
use crate::event_loop::{Event, Loop};
use crate::findings::{edited, follow, remap, touch_everywhere};
use crate::proposed::outlasts_a_check;
use crate::proto::types::{
    Diagnostic, DidChangeTextDocumentParams, PublishDiagnosticsParams, TextDocumentItem, Uri,
};
use crate::proto::{View, diagnostic};
use crate::pull::Pulled;
use crate::{own_files, uri};

/// An open document and what is shown of it.
pub(crate) struct Open {
    /// Which opening this is: a document that was closed and opened again is another one.
    id: u64,
    pub(crate) document: OpenDocument,
    pub(crate) findings: Vec<Finding>,
    /// What was found in text that was typed into since; the next check says whether it holds.
    pub(crate) touched: Vec<Finding>,
    /// The region that was typed into since the last check.
    pub(crate) edited: Option<Span>,
    /// What is wrong with it, where it is a file of ours.
    problems: Vec<Problem>,
    /// Repairs that a model made on request, for one state of the text.
    mended: Vec<(Ticket, FindingId, Fix)>,
    /// The folder that it was last checked in.
    folder: Option<u64>,
    /// What the last check was started for.
    started: Option<Ticket>,
    /// What the last check that is through was made for.
    settled: Option<Ticket>,
    /// Questions about what is shown of it.
    pub(crate) pulled: Pulled,
    /// Questions about actions that came before the check did.
    pub(crate) early: Early,
    timer: Option<JoinHandle<()>>,
}

/// One state of one opening of a document. A result for any other state than the present one is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    open: u64,
    generation: u64,
}

impl Open {
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket {
            open: self.id,
            generation: self.document.generation,
        }
    }

    /// The folder that it was last checked in.
    pub(crate) fn folder(&self) -> Option<u64> {
        self.folder
    }

    /// Whether what is shown was found in the text as it is now.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled == Some(self.ticket())
    }

    /// Whether any check of it is through.
    pub(crate) fn was_checked(&self) -> bool {
        self.settled.is_some()
    }

    /// The repair that a model made of a finding for the text as it is now.
    pub(crate) fn mended(&self, id: FindingId) -> Option<&Fix> {
        let now = self.ticket();
        let known = |(ticket, of, _): &&(Ticket, FindingId, Fix)| *ticket == now && *of == id;
        self.mended.iter().find(known).map(|(_, _, fix)| fix)
    }

    /// It is closed, or another opening takes its place.
    pub(crate) fn end(&mut self) {
        self.stop_waiting();
        self.pulled.overtaken(false);
        self.early.overtaken();
    }

    pub(crate) fn stop_waiting(&mut self) {
        self.timer.take().inspect(JoinHandle::abort);
    }
}

impl Loop {
    /// A model's repair is there: it is offered as long as nobody types.
    pub(crate) fn mended(&mut self, uri: &str, ticket: Ticket, id: FindingId, fix: Fix) {
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        open.mended
            .retain(|(of, known, _)| *of == ticket && *known != id);
        if open.ticket() == ticket {
            open.mended.push((ticket, id, fix));
        }
    }

    pub(crate) fn opened(&mut self, item: TextDocumentItem) {
        let uri = item.uri.0;
        self.next_id += 1;
        let open = Open {
            id: self.next_id,
            findings: self.proposed_for(&uri, &item.text),
            touched: Vec::new(),
            edited: None,
            document: OpenDocument::new(item.version, item.text),
            problems: Vec::new(),
            mended: Vec::new(),
            folder: None,
            started: None,
            settled: None,
            pulled: Pulled::default(),
            early: Early::default(),
            timer: None,
        };
        self.forget_unopened(&uri);
        if let Some(mut before) = self.open.insert(uri.clone(), open) {
            before.end();
        }
        if self.owner(&uri).is_none()
            && let Some(path) = uri::to_system_path(&uri)
        {
            let (host, events) = (Arc::clone(&self.host), self.events.clone());
            self.pool.spawn(move || {
                let folder = host
                    .folder_of(&path)
                    .map(|folder| folder.to_string_lossy().replace('\\', "/"));
                events.send(Event::Located(folder)).ok();
            });
        }
        self.saved(&uri);
        self.start_check(&uri);
    }

    pub(crate) fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let (uri, version) = (
            params.text_document.text_document_identifier.uri.0,
            params.text_document.version,
        );
        let Some(open) = self.open.get_mut(&uri) else {
            return tracing::warn!(uri, "an edit of a document that is not open");
        };
        let dropped = match open
            .document
            .apply(version, params.content_changes, self.encoding)
        {
            Some(changes) => {
                for change in &changes {
                    follow(&mut open.touched, *change);
                    open.edited = Some(edited(open.edited, *change));
                }
                let touched = remap(&mut open.findings, &changes);
                let any = !touched.is_empty();
                open.touched.extend(touched);
                any
            }
            None => {
                let any = !open.findings.is_empty();
                open.touched.append(&mut open.findings);
                let everywhere = Span::new(0, open.document.rope.len_bytes());
                touch_everywhere(&mut open.touched, everywhere);
                open.edited = Some(everywhere);
                any
            }
        };
        let (ticket, delay) = (open.ticket(), self.options.debounce);
        open.stop_waiting();
        open.pulled.overtaken(true);
        open.early.overtaken();
        // Without a check to follow at once, what no longer holds is taken back now.
        let take_back = dropped && (!delay.is_zero() || open.document.desynced);
        if let Some(folder) = open.folder {
            self.look_around_soon(folder);
            self.model_when_idle(folder);
        }
        if take_back {
            self.publish(&uri);
        }
        if delay.is_zero() {
            return self.start_check(&uri);
        }
        let (events, due) = (self.events.clone(), uri.clone());
        let timer = tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            events.send(Event::Due(due, ticket)).ok();
        });
        if let Some(open) = self.open.get_mut(&uri) {
            open.timer = Some(timer);
        }
    }

    pub(crate) fn closed(&mut self, uri: &str) {
        let Some(mut open) = self.open.remove(uri) else {
            return;
        };
        open.end();
        self.buffer(uri, None);
        if let Some(id) = open.folder {
            self.look_around_soon(id);
            self.rest_soon(id);
        }
        if !self.abilities.pulls {
            self.outbox.diagnostics(PublishDiagnosticsParams {
                uri: Uri(uri.to_owned()),
                version: None,
                diagnostics: Vec::new(),
            });
        }
        self.look_at_closed(uri, open);
    }

    pub(crate) fn due(&mut self, uri: &str, ticket: Ticket) {
        if self
            .open
            .get(uri)
            .is_some_and(|open| open.ticket() == ticket)
        {
            self.start_check(uri);
        }
    }

    /// Checks every open document of a folder anew; `forget_base` where HEAD may have moved.
    pub(crate) fn check_folder(&mut self, id: u64, forget_base: bool) {
        let uris: Vec<String> = self
            .open
            .keys()
            .filter(|uri| self.owner(uri).is_some_and(|(folder, _)| folder.id == id))
            .cloned()
            .collect();
        for uri in uris {
            if let Some(open) = self.open.get_mut(&uri) {
                open.document.generation += 1;
                if forget_base {
                    open.document.base = Base::Unknown;
                }
            }
            self.start_check(&uri);
        }
    }

    /// A folder is gone: its documents belong to the folder around it, or to none.
    pub(crate) fn leave_folder(&mut self, id: u64) {
        let uris: Vec<String> = self
            .open
            .iter()
            .filter(|(_, open)| open.folder == Some(id))
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in uris {
            if let Some(open) = self.open.get_mut(&uri) {
                // A check that is under way is one of the folder that is gone.
                open.document.generation += 1;
                open.folder = None;
            }
            if self.owner(&uri).is_some() {
                self.start_check(&uri);
            } else {
                self.set_findings(&uri, Vec::new());
            }
        }
    }

    /// Hands the document as it is to a worker, unless one has it: then its return starts the next.
    pub(crate) fn start_check(&mut self, uri: &str) {
        let Some((folder, path)) = self.owner(uri) else {
            return;
        };
        let Some(engine) = folder.engine.clone() else {
            let is_config = assist::Kind::of(&path) == Some(assist::Kind::Config);
            if is_config && folder.failed.is_some() {
                self.show_what_is_wrong(uri, &path);
            }
            return;
        };
        let id = folder.id;
        let (host, events) = (Arc::clone(&self.host), self.events.clone());
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        let ticket = open.ticket();
        if open.document.busy || open.document.desynced || open.started == Some(ticket) {
            return;
        }
        if open.folder.replace(id) != Some(id) {
            // Path and history are another folder's.
            open.document.forget();
        }
        open.started = Some(ticket);
        let job = Job {
            path,
            engine,
            host,
            snapshot: open.document.snapshot(),
            base: open.document.base.clone(),
            opened: open.document.opened.clone(),
        };
        let uri = uri.to_owned();
        self.pool.spawn(move || {
            let checked = check::run(job);
            events
                .send(Event::Checked(uri, ticket, Box::new(checked)))
                .ok();
        });
    }

    /// The folder could not be opened, perhaps because of this very file.
    fn show_what_is_wrong(&mut self, uri: &str, path: &base::RelPath) {
        if let Some(open) = self.open.get_mut(uri)
            && open.document.rope.len_bytes() <= own_files::LARGEST
        {
            let text = open.document.rope.to_string();
            open.problems = assist::problems(assist::Kind::Config, path, &text);
            self.publish(uri);
        }
    }

    pub(crate) fn checked(&mut self, uri: &str, ticket: Ticket, checked: Checked) {
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        // The document may have been closed and opened again: then this is an answer to nobody.
        if open.started != Some(ticket) {
            return;
        }
        let document = &mut open.document;
        document.busy = false;
        let text = (checked.document.as_ref())
            .filter(|_| !checked.is_outside)
            .map(|document| document.text().clone());
        match checked.document {
            // Otherwise a whole new text came meanwhile, and the snapshot is no place to start from.
            Some(parsed) if document.since.is_some() => document.parsed = Some(parsed),
            _ => (document.parsed, document.since) = (None, None),
        }
        if open.ticket() != ticket {
            let waiting = open
                .timer
                .as_ref()
                .is_some_and(|timer| !timer.is_finished());
            if !waiting {
                self.start_check(uri);
            }
            return;
        }
        open.settled = Some(ticket);
        open.touched.clear();
        open.edited = None;
        open.document.base = checked.base;
        open.problems = checked.problems;
        let id = open.folder;
        let staying: Vec<Finding> = (open.findings.iter())
            .filter(|finding| outlasts_a_check(finding))
            .cloned()
            .collect();
        if let Some(folder) = id.and_then(|id| self.folder(id)) {
            folder.pages.extend(checked.pages);
        }
        // What the checks across files and a model said stays until they have looked again.
        let mut findings = checked.findings;
        findings.extend(staying);
        self.set_findings(uri, findings);
        self.answer_early(uri);
        self.buffer(uri, text);
        if let Some(id) = id {
            self.look_around_soon(id);
        }
    }

    /// Shows these findings of an open document.
    pub(crate) fn set_findings(&mut self, uri: &str, findings: Vec<Finding>) {
        if let Some(open) = self.open.get_mut(uri) {
            open.findings = findings;
            self.publish(uri);
        }
    }

    fn publish(&mut self, uri: &str) {
        if self.abilities.pulls {
            return self.offer(uri);
        }
        let Some(open) = self.open.get(uri) else {
            return;
        };
        let version = Some(open.document.version);
        self.outbox.diagnostics(PublishDiagnosticsParams {
            uri: Uri(uri.to_owned()),
            version,
            diagnostics: self.shown(uri),
        });
    }

    /// What is shown of an open document.
    pub(crate) fn shown(&self, uri: &str) -> Vec<Diagnostic> {
        let Some(open) = self.open.get(uri) else {
            return Vec::new();
        };
        let owner = self.owner(uri).map(|(folder, _)| folder);
        let pages = owner.map(|folder| &folder.pages);
        let view = View {
            encoding: self.encoding,
            abilities: self.abilities,
            rope: &open.document.rope,
            uri,
            page: &|finding| pages.and_then(|pages| pages.get(&finding.rule)).cloned(),
            other: &|path| {
                let folder = owner?;
                let source = folder
                    .around
                    .source(path)
                    .or_else(|| folder.sources.get(path));
                let source = source?.clone();
                Some((uri::join(&folder.uri, path), source))
            },
        };
        let diagnostics = open
            .findings
            .iter()
            .map(|finding| diagnostic(finding, &view));
        let wrong = (open.problems.iter())
            .map(|problem| own_files::shown(problem, &open.document.rope, self.encoding));
        diagnostics.chain(wrong).collect()
    }

    /// The texts on the screen that lie in a folder, by path.
    pub(crate) fn texts_of(&self, folder: u64) -> std::collections::HashMap<base::RelPath, Text> {
        self.open
            .iter()
            .filter(|(_, open)| !open.document.desynced)
            .filter_map(|(uri, open)| {
                let (owner, path) = self.owner(uri)?;
                (owner.id == folder).then(|| (path, Text::new(open.document.rope.to_string())))
            })
            .collect()
    }
}
