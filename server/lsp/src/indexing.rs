//! Keeping a folder's index in step with the disk: one thread for each folder, asleep while nothing happens.
//!
//! It opens the index, compares it with the disk, and then waits for what is reported. Reports are gathered until they
//! pause, so that a branch switch is one piece of work and not ten thousand. It tells the loop how far it is; it never
//! talks to the client about anything but its own progress.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base::search::{LiveIndex, Updated};
use base::{Cancel, RelPath};
use tokio::sync::{mpsc as queue, oneshot};

use crate::event_loop::Event;
use crate::host::{Host, Watch};
use crate::indexing_progress::Told;
use crate::live::{Live, lock};
use crate::outbox::Outbox;
use crate::proto::types::ProgressToken;

/// Reports that follow each other closer than this are one.
const QUIET: Duration = Duration::from_millis(15);
/// The same once there are many: then a switch of branches is under way.
const QUIET_AFTER_MANY: Duration = Duration::from_millis(200);
const MANY: usize = 20;
/// Reports are gathered no longer than this.
const LONGEST: Duration = Duration::from_secs(3);
/// Without work for so long, what only work needs is given back.
const REST_AFTER: Duration = Duration::from_secs(2);
/// How often new folders may turn up while old ones are compared.
const ROUNDS: usize = 3;

/// What there is to do.
pub(crate) enum Task {
    /// These were saved, made, moved or removed.
    Files(Vec<RelPath>),
    /// Something may have been missed: everything is compared with the disk.
    Compare,
    /// Everything is made anew; the client's token and where the answer goes.
    Rebuild(Option<ProgressToken>, Cancel, oneshot::Sender<Rebuilt>),
    /// Where file events come from when not from the client.
    Watch(Arc<dyn Watch>),
    /// Says when everything before this is done.
    Tell(Sender<()>),
}

/// How a rebuild ended.
pub(crate) type Rebuilt = Result<Updated, String>;

/// What the loop is told.
pub(crate) enum News {
    /// Files done and files to do.
    At(usize, usize),
    /// Nothing is under way; so many files are known.
    Done(usize),
    /// What went wrong and what is done about it; whether the user can do something about it.
    Notice(String, bool),
}

/// The thread of one folder. Ends when this is dropped.
pub(crate) struct Indexer {
    pub(crate) live: Arc<Live>,
    pub(crate) tasks: Sender<Task>,
    stop: Cancel,
    /// Stops what is under way.
    current: Arc<Mutex<Cancel>>,
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.stop.cancel();
        lock(&self.current).cancel();
    }
}

impl Indexer {
    pub(crate) fn start(
        id: u64,
        folder: PathBuf,
        host: Arc<dyn Host>,
        events: queue::UnboundedSender<Event>,
        outbox: Outbox,
        progress: bool,
    ) -> Self {
        let (tasks, receiver) = mpsc::channel();
        let live = Arc::new(Live::default());
        let (stop, current) = (Cancel::new(), Arc::new(Mutex::new(Cancel::new())));
        let keeper = Keeper {
            id,
            folder,
            host,
            events: events.clone(),
            outbox,
            progress,
            live: Arc::clone(&live),
            stop: stop.clone(),
            current: Arc::clone(&current),
            watch: None,
            told: None,
            follows: false,
        };
        let work = move || {
            if catch_unwind(AssertUnwindSafe(|| keeper.run(&receiver))).is_err() {
                let lost = "the index stopped working; please report this".to_owned();
                tracing::error!("{lost}");
                events
                    .send(Event::Index(id, News::Notice(lost, false)))
                    .ok();
                events.send(Event::Index(id, News::Done(0))).ok();
            }
        };
        let thread = std::thread::Builder::new().name("obelus-index".to_owned());
        if let Err(error) = thread.spawn(work) {
            tracing::warn!(%error, "no thread for the index; going on without");
        }
        Self {
            live,
            tasks,
            stop,
            current,
        }
    }

    pub(crate) fn tell(&self, task: Task) {
        // Where there is no index, nobody listens.
        self.tasks.send(task).ok();
    }
}

/// The thread's own state.
struct Keeper {
    id: u64,
    folder: PathBuf,
    host: Arc<dyn Host>,
    events: queue::UnboundedSender<Event>,
    outbox: Outbox,
    /// The client shows progress.
    progress: bool,
    live: Arc<Live>,
    stop: Cancel,
    current: Arc<Mutex<Cancel>>,
    watch: Option<Arc<dyn Watch>>,
    /// The notice that was told last.
    told: Option<String>,
    /// Another process writes.
    follows: bool,
}

/// Tasks that are done together.
#[derive(Default)]
struct Batch {
    files: Vec<RelPath>,
    compare: bool,
    rebuild: Option<(Option<ProgressToken>, Cancel)>,
    answers: Vec<oneshot::Sender<Rebuilt>>,
    waiting: Vec<Sender<()>>,
    watch: Option<Arc<dyn Watch>>,
}

impl Batch {
    fn add(&mut self, task: Task) {
        match task {
            Task::Files(mut files) => self.files.append(&mut files),
            Task::Compare => self.compare = true,
            Task::Rebuild(token, cancel, answer) => {
                self.rebuild = Some((token, cancel));
                self.answers.push(answer);
            }
            Task::Watch(watch) => self.watch = Some(watch),
            Task::Tell(done) => self.waiting.push(done),
        }
    }

    /// Somebody waits for it.
    fn is_urgent(&self) -> bool {
        self.rebuild.is_some() || !self.waiting.is_empty()
    }
}

/// One piece of work.
enum Work<'a> {
    Update(&'a [RelPath]),
    Refresh,
    Rebuild(Option<ProgressToken>, Cancel),
}

impl Keeper {
    fn run(mut self, tasks: &Receiver<Task>) {
        let opened = self.host.index(&self.folder);
        let index = match opened {
            Ok(Some(index)) => index,
            Ok(None) => return self.news(News::Done(0)),
            Err(why) => {
                self.notice(why, true);
                return self.news(News::Done(0));
            }
        };
        self.live.open(Arc::clone(&index));
        self.told_by(&*index);
        // What was reported while it was opened, the comparison sees; who waits, waits for it.
        let mut early = Batch::default();
        while let Ok(task) = tasks.try_recv() {
            early.add(task);
        }
        early.files.clear();
        early.compare = false;
        self.watch = early.watch.take();
        self.compare(&*index, true);
        // Commits are read once now, so that the first review need not.
        if !self.stop.is_cancelled() {
            drop(self.host.history(&self.folder, None));
        }
        self.work(&*index, early);
        index.rest();
        let mut is_resting = true;
        while let Some(batch) = self.gather(tasks, &mut is_resting, &*index) {
            self.work(&*index, batch);
        }
    }

    /// What is to be done next; `None` when the folder was closed.
    fn gather(
        &self,
        tasks: &Receiver<Task>,
        is_resting: &mut bool,
        index: &dyn LiveIndex,
    ) -> Option<Batch> {
        let first = if *is_resting {
            tasks.recv().ok()?
        } else {
            match tasks.recv_timeout(REST_AFTER) {
                Ok(task) => task,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    index.rest();
                    *is_resting = true;
                    tasks.recv().ok()?
                }
            }
        };
        *is_resting = false;
        let mut batch = Batch::default();
        batch.add(first);
        let began = Instant::now();
        while !batch.is_urgent() && began.elapsed() < LONGEST {
            let is_much = batch.compare || batch.files.len() > MANY;
            let pause = if is_much { QUIET_AFTER_MANY } else { QUIET };
            match tasks.recv_timeout(pause) {
                Ok(task) => batch.add(task),
                Err(_) => break,
            }
        }
        (!self.stop.is_cancelled()).then_some(batch)
    }

    fn work(&mut self, index: &dyn LiveIndex, mut batch: Batch) {
        if let Some(watch) = batch.watch.take() {
            self.watch = Some(watch);
            batch.compare |= self.follow(index);
        }
        let result = match batch.rebuild {
            Some((token, cancel)) => Some(self.done(index, Work::Rebuild(token, cancel), true)),
            None if batch.compare => {
                self.compare(index, false);
                None
            }
            None if batch.files.is_empty() => None,
            None => {
                batch.files.sort_unstable();
                batch.files.dedup();
                let did_follow = self.follows;
                let updated = self.done(index, Work::Update(&batch.files), false);
                let took_over = did_follow && !self.follows;
                let is_doubtful = updated.is_ok() && !self.follows && !index.status().fresh;
                // What the other process missed at its end, or what was lost from the cache meanwhile.
                if took_over || is_doubtful || self.follow(index) {
                    self.compare(index, false);
                }
                None
            }
        };
        if let Some(result) = result {
            for answer in batch.answers {
                answer.send(result.clone()).ok();
            }
        }
        for waiting in batch.waiting {
            waiting.send(()).ok();
        }
    }

    /// Compares everything with the disk, again where new folders turned up meanwhile.
    fn compare(&mut self, index: &dyn LiveIndex, is_first: bool) {
        self.follow(index);
        for round in 0..ROUNDS {
            let result = self.done(index, Work::Refresh, is_first && round == 0);
            if result.is_err() || self.stop.is_cancelled() || !self.follow(index) {
                break;
            }
        }
    }

    /// Sees to it that events of every folder with files come; whether there are new ones.
    fn follow(&self, index: &dyn LiveIndex) -> bool {
        let Some(watch) = &self.watch else {
            return false;
        };
        watch.follow(&folders(&index.files()))
    }

    /// Does it and tells about it; `loud` where the user is to see it in any case.
    fn done(&mut self, index: &dyn LiveIndex, work: Work, loud: bool) -> Rebuilt {
        let (token, cancel) = match &work {
            Work::Rebuild(token, cancel) => (token.clone(), cancel.clone()),
            _ => (None, Cancel::new()),
        };
        *lock(&self.current) = cancel.clone();
        if self.stop.is_cancelled() {
            cancel.cancel();
        }
        let told = Told::begin(
            self.id,
            self.events.clone(),
            self.outbox.clone(),
            token,
            self.progress,
            loud,
        );
        let on_files = |done: usize, files: usize| told.at(done, files);
        let worked = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Update(files) => index.update(files, &on_files, &cancel),
            Work::Refresh => index.refresh(&on_files, &cancel),
            Work::Rebuild(..) => index.rebuild(&on_files, &cancel),
        }));
        let result = worked
            .unwrap_or_else(|_| Err("work on the index failed; please report this".to_owned()));
        told.end();
        match &result {
            Ok(updated) => {
                self.follows = updated.left_to_writer;
                self.told_by(index);
            }
            Err(_) if cancel.is_cancelled() => {}
            Err(why) => self.notice(why.clone(), true),
        }
        self.news(News::Done(index.status().files));
        result
    }

    /// Tells what the index says about itself.
    fn told_by(&mut self, index: &dyn LiveIndex) {
        if let Some(notice) = index.status().notice {
            self.notice(notice, false);
        }
    }

    /// Tells a notice unless it was the last that was told.
    fn notice(&mut self, notice: String, can_act: bool) {
        if self.told.as_ref() != Some(&notice) {
            self.told = Some(notice.clone());
            self.news(News::Notice(notice, can_act));
        }
    }

    fn news(&self, news: News) {
        self.events.send(Event::Index(self.id, news)).ok();
    }
}

/// The folders with a file, and those above them, "" for the top.
fn folders(files: &[(RelPath, base::ContentHash)]) -> Vec<String> {
    let mut seen = std::collections::HashSet::from([""]);
    for (path, _) in files {
        let mut folder = path.parent();
        while let Some(name) = folder
            && seen.insert(name)
        {
            folder = name.rsplit_once('/').map(|(above, _)| above);
        }
    }
    seen.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use base::{ContentHash, RelPath};

    use super::folders;

    #[test]
    fn a_folder_of_folders_counts_too() {
        let file = |path| {
            (
                RelPath::new(path).expect("a path"),
                ContentHash::of(b"text"),
            )
        };
        let mut found = folders(&[file("a.rs"), file("src/in/deep/b.rs"), file("src/c.rs")]);
        found.sort();
        assert_eq!(found, ["", "src", "src/in", "src/in/deep"]);
    }
}
