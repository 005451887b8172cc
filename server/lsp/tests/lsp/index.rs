//! An index in memory: the texts of a fixture as they were when it last looked, and open buffers in front of them.
//!
//! It finds words and nothing else. Every call can be held up or made to fail, is written down, and wakes who waits for
//! what it led to.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base::search::{
    FileOutline, FoundDefinition, FoundReference, Hit, Index, IndexStatus, LiveIndex, OnFiles,
    Query, Updated,
};
use base::{At, Cancel, ContentHash, RelPath, Repo as _, Scope, Span, Text};

use crate::workspace::{Fixture, Gate};

/// Only a failing test waits so long.
const WATCHDOG: Duration = Duration::from_secs(60);

type Texts = BTreeMap<RelPath, Text>;

pub(crate) struct MemoryIndex {
    fixture: Arc<Fixture>,
    /// Work waits here while it is shut.
    pub(crate) gate: Gate,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    files: Texts,
    open: Texts,
    /// What was asked, in order: `refresh`, `update 3`, `rebuild`, `rest`.
    pub(crate) calls: Vec<String>,
    /// What `status` tells.
    pub(crate) notice: Option<String>,
    /// Another process writes.
    pub(crate) is_left: bool,
    /// What work fails with.
    pub(crate) fails: Option<String>,
}

impl MemoryIndex {
    pub(crate) fn new(fixture: &Arc<Fixture>) -> Arc<Self> {
        Arc::new(Self {
            fixture: Arc::clone(fixture),
            gate: Gate::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Changes or looks at the state.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.state.lock().expect("whole"));
        self.changed.notify_all();
        result
    }

    /// Returns when it is so.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let state = self.state.lock().expect("whole");
        let (state, waited) = self
            .changed
            .wait_timeout_while(state, WATCHDOG, |state| !is_so(state))
            .expect("whole");
        assert!(!waited.timed_out(), "{what}; calls: {:?}", state.calls);
    }

    /// Returns when a word is found in exactly these files.
    #[track_caller]
    pub(crate) fn wait_for(&self, word: &str, files: &[&str]) {
        self.wait_until(&format!("{word} in {files:?}"), |state| {
            state.found(word) == files
        });
    }

    /// One piece of work: written down, held up at the gate, then done.
    fn work(
        &self,
        name: String,
        on_files: OnFiles,
        cancel: &Cancel,
        act: impl FnOnce(&mut State) -> Updated,
    ) -> Result<Updated, String> {
        self.with(|state| state.calls.push(name));
        on_files(1, 2);
        self.gate.pass();
        on_files(2, 2);
        if cancel.is_cancelled() {
            return Err("cancelled".to_owned());
        }
        self.with(|state| match (&state.fails, state.is_left) {
            (Some(why), _) => Err(why.clone()),
            (None, true) => Ok(Updated {
                left_to_writer: true,
                ..Updated::default()
            }),
            (None, false) => Ok(act(state)),
        })
    }

    /// The files on disk.
    fn disk(&self) -> Texts {
        let all = self.fixture.change(&Scope::All, &Cancel::new());
        let paths = all.expect("listed").files.into_iter().map(|file| file.path);
        paths
            .filter_map(|path| Some((path.clone(), self.text(&path)?)))
            .collect()
    }

    fn text(&self, path: &RelPath) -> Option<Text> {
        self.fixture.text(path, &At::Worktree).expect("read")
    }
}

impl State {
    /// The text of an open buffer.
    pub(crate) fn open_text(&self, path: &RelPath) -> Option<&str> {
        self.open.get(path).map(Text::as_str)
    }

    /// The files with a word, open buffers first.
    fn found(&self, word: &str) -> Vec<&str> {
        let mut all: BTreeMap<&RelPath, &Text> = self.files.iter().collect();
        all.extend(&self.open);
        all.into_iter()
            .filter(|(_, text)| text.as_str().contains(word))
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// How many files it knows from the disk.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// How often such work was asked for.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.calls
            .iter()
            .filter(|call| call.starts_with(name))
            .count()
    }

    fn take_in(&mut self, files: Texts) -> Updated {
        let indexed = files
            .iter()
            .filter(|(path, text)| self.files.get(*path) != Some(text))
            .count();
        self.files = files;
        Updated {
            indexed,
            ..Updated::default()
        }
    }
}

impl LiveIndex for MemoryIndex {
    fn set_open(&self, path: &RelPath, text: Option<&Text>) {
        self.with(|state| match text {
            Some(text) => state.open.insert(path.clone(), text.clone()),
            None => state.open.remove(path),
        });
    }

    fn refresh(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String> {
        self.work("refresh".to_owned(), on_files, cancel, |state| {
            state.take_in(self.disk())
        })
    }

    fn update(
        &self,
        paths: &[RelPath],
        on_files: OnFiles,
        cancel: &Cancel,
    ) -> Result<Updated, String> {
        self.work(
            format!("update {}", paths.len()),
            on_files,
            cancel,
            |state| {
                let mut files = state.files.clone();
                for path in paths {
                    match self.text(path) {
                        Some(text) => files.insert(path.clone(), text),
                        None => files.remove(path),
                    };
                }
                state.take_in(files)
            },
        )
    }

    fn rebuild(&self, on_files: OnFiles, cancel: &Cancel) -> Result<Updated, String> {
        self.work("rebuild".to_owned(), on_files, cancel, |state| {
            state.files.clear();
            state.take_in(self.disk())
        })
    }

    fn rest(&self) {
        self.with(|state| state.calls.push("rest".to_owned()));
    }
}

impl Index for MemoryIndex {
    fn definitions(&self, _: &str, _: usize) -> Vec<FoundDefinition> {
        Vec::new()
    }

    fn references(&self, _: &str, _: usize) -> Vec<FoundReference> {
        Vec::new()
    }

    fn search(&self, query: &Query, limit: usize) -> Vec<Hit> {
        let state = self.state.lock().expect("whole");
        let word = query.words.first().map_or("", |(word, _)| word);
        let hit = |path: &str| Hit {
            path: RelPath::new(path).expect("a path"),
            hash: ContentHash::of(b""),
            span: Span { start: 0, end: 0 },
            symbol: Vec::new(),
            definition: None,
            kind: None,
            score: 1.0,
        };
        state.found(word).into_iter().take(limit).map(hit).collect()
    }

    fn outline(&self, _: &RelPath) -> Option<Arc<FileOutline>> {
        None
    }

    fn files(&self) -> Vec<(RelPath, ContentHash)> {
        let state = self.state.lock().expect("whole");
        let files = state.files.iter();
        files
            .map(|(path, text)| (path.clone(), text.hash()))
            .collect()
    }

    fn status(&self) -> IndexStatus {
        let state = self.state.lock().expect("whole");
        IndexStatus {
            files: state.files.len(),
            fresh: true,
            writer: !state.is_left,
            notice: state.notice.clone(),
            ..IndexStatus::default()
        }
    }
}
