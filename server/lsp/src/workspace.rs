//! The workspace as the loop sees it: folders that are opened, removed and found, their settings, and files that change
//! outside the editor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base::Cancel;
use review::Engine;
use serde_json::Value;

use tokio::sync::oneshot;

use crate::event_loop::{Event, Loop};
use crate::folders::{self, Folder};
use crate::host::{Opening, Watch};
use crate::indexing::Task;
use crate::proto::types::WorkspaceFoldersChangeEvent;
use crate::proto::{Result, failed};
use crate::{commands, uri};

impl Loop {
    pub(crate) fn add_folder(&mut self, uri: String) -> Option<u64> {
        self.next_id += 1;
        let options = &self.options;
        let folder = Folder::new(self.next_id, uri, options.settings.clone(), options.wishes)?;
        if self.folders.iter().any(|known| known.path == folder.path) {
            return None;
        }
        self.folders.push(folder);
        Some(self.next_id)
    }

    /// Something that the user should know, in the log: once in a session, however often it is found again.
    pub(crate) fn tell_once(&mut self, text: String) {
        if self.told.insert(text.clone()) {
            self.outbox.log(text);
        }
    }

    pub(crate) fn folder(&mut self, id: u64) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.id == id)
    }

    /// Opens (or opens again) a folder's engine on the pool.
    pub(crate) fn open_folder(&mut self, id: u64) {
        let (host, events, own_watch) = (
            Arc::clone(&self.host),
            self.events.clone(),
            !self.abilities.file_events,
        );
        let untrusted = self.options.untrusted;
        let Some(folder) = self.folder(id) else {
            return;
        };
        folder.opening += 1;
        let (opening, path) = (folder.opening, PathBuf::from(&folder.path));
        let request = Opening {
            untrusted,
            settings: folder.settings.clone(),
            profile: None,
        };
        let watch = own_watch && folder.watcher.is_none();
        self.pool.spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(|| host.open(&path, &request)));
            let engine = opened.unwrap_or_else(|_| {
                Err("opening the folder panicked; please report this".to_owned())
            });
            let told = events.clone();
            let watcher = || {
                let tell = move |paths: Vec<PathBuf>| {
                    let paths = paths
                        .iter()
                        .map(|path| path.to_string_lossy().replace('\\', "/"))
                        .collect();
                    told.send(Event::Watched(paths)).ok();
                };
                host.watch(&path, Box::new(tell))
            };
            // Without a watch changes are seen at the next review; that is no reason to do without the folder.
            let watcher = watch.then(|| catch_unwind(AssertUnwindSafe(watcher)).ok());
            events
                .send(Event::Opened(
                    id,
                    opening,
                    engine,
                    watcher.flatten().flatten(),
                ))
                .ok();
        });
    }

    pub(crate) fn folder_opened(
        &mut self,
        id: u64,
        opening: u64,
        engine: std::result::Result<Arc<Engine>, String>,
        watcher: Option<Box<dyn Watch>>,
    ) {
        let Some(folder) = self.folder(id) else {
            return;
        };
        if let Some(watcher) = watcher.filter(|_| folder.watcher.is_none()) {
            let watcher: Arc<dyn Watch> = Arc::from(watcher);
            folder.watcher = Some(Arc::clone(&watcher));
            if let Some(indexer) = &folder.indexer {
                indexer.tell(Task::Watch(watcher));
            }
        }
        if folder.opening != opening {
            return;
        }
        folder.opened = opening;
        for waits in std::mem::take(&mut folder.settled) {
            waits.send(()).ok();
        }
        folder.failed = engine.as_ref().err().cloned();
        match engine {
            Ok(engine) => {
                let problems = engine.problems().to_vec();
                folder.pages.clear();
                folder.engine = Some(engine);
                for problem in problems {
                    self.tell_once(problem);
                }
                self.look_at_head(id);
                self.tell_status(None);
            }
            Err(message) => {
                // The last good configuration goes on; without one this folder is silent and says why, once.
                self.outbox.show_warning(format!("Obelus: {message}"));
                self.tell_status(Some(&message));
            }
        }
        self.check_folder(id, false);
        self.start_index(id);
        self.start_waiting();
    }

    /// Tells when a folder is opened as it was asked for last.
    pub(crate) fn tell_when_opened(&mut self, id: u64, waits: oneshot::Sender<()>) {
        match self.folder(id) {
            Some(folder) if folder.opened != folder.opening => folder.settled.push(waits),
            _ => drop(waits.send(())),
        }
    }

    /// Runs the commands that waited, those whose folder can now say yes or no.
    fn start_waiting(&mut self) {
        for (params, reply, span) in std::mem::take(&mut self.waiting) {
            span.in_scope(|| commands::run(self, params, reply));
        }
    }

    /// The engine of a folder and where it is, or why there is none.
    pub(crate) fn ready(&self, id: u64) -> Result<(Arc<Engine>, PathBuf)> {
        let folder = self.folders.iter().find(|folder| folder.id == id);
        let folder = folder.ok_or_else(|| failed("the folder was closed"))?;
        match &folder.engine {
            Some(engine) => Ok((Arc::clone(engine), PathBuf::from(&folder.path))),
            None => {
                let why = folder.failed.as_deref().unwrap_or("it is not open yet");
                Err(failed(format!("the folder could not be opened: {why}")))
            }
        }
    }

    pub(crate) fn folders_changed(&mut self, event: WorkspaceFoldersChangeEvent) {
        for removed in event.removed {
            let path = folders::path_of(&removed.uri.0);
            let at = (self.folders.iter()).position(|folder| path.as_ref() == Some(&folder.path));
            let Some(at) = at else { continue };
            let folder = self.folders.remove(at);
            folder.review.inspect(Cancel::cancel);
            self.clear_unopened(folder.id);
            self.leave_folder(folder.id);
        }
        for added in event.added {
            if let Some(id) = self.add_folder(added.uri.0) {
                self.open_folder(id);
            }
        }
        self.start_waiting();
        self.ask_for_configuration();
        self.tell_status(None);
    }

    pub(crate) fn located(&mut self, folder: Option<String>) {
        let Some(path) = folder else { return };
        if let Some(id) = self.add_folder(uri::from_path(&path)) {
            if let Some(folder) = self.folder(id) {
                folder.is_chosen = false;
            }
            self.open_folder(id);
            self.ask_for_configuration();
        }
    }

    /// The folder that owns a document, and its path there.
    pub(crate) fn owner(&self, uri: &str) -> Option<(&Folder, base::RelPath)> {
        folders::owner(&self.folders, &uri::to_path(uri)?)
    }

    /// Whether the client was asked and may answer.
    pub(crate) fn ask_for_configuration(&self) -> bool {
        if !self.abilities.configuration || self.folders.is_empty() {
            return false;
        }
        let (ids, uris): (Vec<u64>, Vec<String>) = self
            .folders
            .iter()
            .map(|folder| (folder.id, folder.uri.clone()))
            .unzip();
        let events = self.events.clone();
        let question = self.questions.0.fetch_add(1, Ordering::Relaxed) + 1;
        self.outbox.configuration(uris, move |values| {
            let values = ids.into_iter().zip(values).collect();
            events.send(Event::Configured(question, values)).ok();
        });
        true
    }

    /// Opens what waited for the client's settings.
    pub(crate) fn open_unopened(&mut self) {
        let unopened = self.folders.iter().filter(|folder| folder.opening == 0);
        for id in unopened.map(|folder| folder.id).collect::<Vec<_>>() {
            self.open_folder(id);
        }
    }

    /// The client's settings; what it said to an earlier question may come after what it said to a later one.
    pub(crate) fn answered(&mut self, question: u64, values: Vec<(u64, Value)>) {
        if question > self.questions.1 {
            self.questions.1 = question;
            self.configured(values);
        }
    }

    pub(crate) fn configured(&mut self, values: Vec<(u64, Value)>) {
        let mut problems = Vec::new();
        let mut lenses = false;
        for (id, mut value) in values {
            let wishes = self.options.wishes.taken_from(&mut value, &mut problems);
            // An empty answer is what clients send that know nothing of us.
            let given = value
                .as_object()
                .is_some_and(|settings| !settings.is_empty());
            let fallback = self.options.settings.clone();
            let Some(folder) = self.folder(id) else {
                continue;
            };
            lenses |= folder.wishes.code_lens != wishes.code_lens;
            folder.wishes = wishes;
            let settings = if given { Some(value) } else { fallback };
            if folder.settings != settings {
                folder.settings = settings;
                self.open_folder(id);
            }
        }
        for problem in problems {
            self.tell_once(format!("editor settings: {problem}"));
        }
        if lenses {
            self.refresh_lenses();
        }
        self.open_unopened();
    }

    pub(crate) fn configuration_changed(&mut self, settings: &Value) {
        if self.abilities.configuration {
            self.ask_for_configuration();
            return;
        }
        let own = settings.get("obelus").unwrap_or(settings);
        if own.is_object() {
            let values = self
                .folders
                .iter()
                .map(|folder| (folder.id, own.clone()))
                .collect();
            self.configured(values);
        }
    }
}
