//! One repository: every question asked of every ranking, at the commit before it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::search::Index;
use base::{At, Cancel, Change, Context, History, NoHistory, RelPath, Repo, Text};
use repo::search::WorkspaceIndex;
use repo::{CommitLog, Limits};
use review::{Budget, Part, Sources, Weights, gather};

use crate::Failure;
use crate::baselines::Corpus;
use crate::metrics::{Random, Score, score};
use crate::questions::{self, Question, is_source};
use crate::tree::TreeRepo;

/// Large enough for every file that anything speaks for.
const UNLIMITED: Budget = Budget {
    tokens: 1_000_000,
    items: 1_000,
};
/// The budget of a model's prompt.
const PROMPT: Budget = Budget {
    tokens: 8_000,
    items: 200,
};

/// What is compared; the name of each is its row in the tables.
pub(crate) mod method {
    pub(crate) const CONTEXT: &str = "context";
    pub(crate) const PROMPT: &str = "context, 8,000 tokens";
    pub(crate) const DEFAULT: &str = "context, as shown by default";
    pub(crate) const AWAY: &str = "context, no history";
    pub(crate) const HISTORY: &str = "history alone";
    pub(crate) const BM25: &str = "BM25 over files";
    pub(crate) const COUNTS: &str = "identifiers counted";
    pub(crate) const RANDOM: &str = "random";
    /// In this order.
    pub(crate) const ALL: [&str; 8] = [
        CONTEXT, PROMPT, DEFAULT, AWAY, HISTORY, BM25, COUNTS, RANDOM,
    ];
}

/// What one repository gave.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    /// Source files at the newest question.
    pub(crate) files: usize,
    /// By method, question by question.
    pub(crate) scores: BTreeMap<String, Vec<Score>>,
    /// A context right after the index took something in, and once more.
    pub(crate) first: Vec<Duration>,
    pub(crate) again: Vec<Duration>,
    /// Contexts of 20 changed files.
    pub(crate) wide: Vec<Duration>,
    /// Question by question, what spoke for each file, for fitting the weights.
    pub(crate) rows: Vec<String>,
}

impl Outcome {
    pub(crate) fn of(&self, method: &str) -> &[Score] {
        self.scores.get(method).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn questions(&self) -> usize {
        self.of(method::CONTEXT).len()
    }
}

/// How much is asked.
pub(crate) struct Options {
    pub(crate) commits: usize,
    /// Also without each part.
    pub(crate) parts: bool,
    pub(crate) rows: bool,
}

/// Asks about the repository in `folder`.
pub(crate) fn run(folder: &Path, options: &Options) -> Result<Outcome, Failure> {
    let inner = repo::open(folder)?;
    let log = CommitLog::open(folder, None)?;
    let limits = Limits {
        millis: 600_000,
        ..Limits::default()
    };
    let history = log.history(None, &limits, &Cancel::new())?;
    let questions = questions::questions(&*inner, &history, options.commits);
    let wide = questions::wide(&*inner, &history, if options.parts { 10 } else { 0 });
    let cache = tempfile::tempdir()?;
    let tree = Arc::new(TreeRepo::new(inner));
    let index = WorkspaceIndex::open(cache.path(), Arc::clone(&tree) as Arc<dyn Repo>)?;
    let mut at = Place {
        log,
        limits,
        tree,
        index,
        corpus: Corpus::default(),
        random: Random::new(1),
        outcome: Outcome {
            name: folder
                .canonicalize()?
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            ..Outcome::default()
        },
    };
    for question in &questions {
        at.ask(question, options)?;
    }
    for commit in wide {
        let history = at.go(&commit.parent)?;
        let change = at.edit(commit.texts);
        let sources = at.sources(&history);
        drop(review::context(
            sources,
            &change,
            Budget::default(),
            &Cancel::new(),
        ));
        let started = Instant::now();
        drop(review::context(
            sources,
            &change,
            Budget::default(),
            &Cancel::new(),
        ));
        at.outcome.wide.push(started.elapsed());
        at.close(&change);
    }
    Ok(at.outcome)
}

struct Place {
    log: CommitLog,
    limits: Limits,
    tree: Arc<TreeRepo>,
    index: WorkspaceIndex,
    corpus: Corpus,
    random: Random,
    outcome: Outcome,
}

impl Place {
    /// Takes index and corpus to a commit; the history before it.
    fn go(&mut self, commit: &str) -> Result<repo::MinedHistory, Failure> {
        let differing = self.tree.go(commit, self.log.files(commit)?);
        self.index.update(&differing, &Cancel::new())?;
        let known: HashSet<RelPath> = self.index.files().into_iter().map(|file| file.0).collect();
        for path in differing.iter().filter(|path| is_source(path)) {
            let text = match known.contains(path) {
                true => self.tree.text(path, &At::Worktree)?,
                false => None,
            };
            self.corpus.set(path, text.as_ref().map(Text::as_str));
        }
        self.tree.forget();
        Ok(self
            .log
            .history(Some(commit), &self.limits, &Cancel::new())?)
    }

    /// Changes files as an editor does: their buffers are known, the disk is not touched.
    fn edit(&self, texts: Vec<(RelPath, Option<Text>)>) -> Change {
        for (path, text) in &texts {
            self.index.set_open(path, text.as_ref());
        }
        self.tree.edit(texts)
    }

    fn close(&self, change: &Change) {
        for file in &change.files {
            self.index.set_open(&file.path, None);
        }
    }

    fn sources<'a>(&'a self, history: &'a dyn History) -> Sources<'a> {
        Sources {
            repo: &*self.tree,
            index: &self.index,
            history,
        }
    }

    fn ask(&mut self, question: &Question, options: &Options) -> Result<(), Failure> {
        let history = self.go(&question.parent)?;
        self.outcome.files = self.outcome.files.max(self.corpus.paths().len());
        let wanted: HashSet<RelPath> = question
            .wanted
            .iter()
            .filter(|path| self.corpus.contains(path))
            .cloned()
            .collect();
        if wanted.is_empty() || !self.corpus.contains(&question.file) {
            return Ok(());
        }
        let change = self.edit(vec![(question.file.clone(), Some(question.text.clone()))]);
        let mut answers: Vec<(String, Vec<RelPath>)> = Vec::new();
        let mut rows = Vec::new();
        let mut times = Vec::new();
        {
            let sources = self.sources(&history);
            let cancel = Cancel::new();
            for _ in 0..2 {
                self.tree.forget();
                let started = Instant::now();
                drop(review::context(
                    sources,
                    &change,
                    Budget::default(),
                    &cancel,
                ));
                times.push(started.elapsed());
            }
            let gathered = gather(sources, &change, &cancel);
            let mut answer = |name: &str, context: &Context| {
                answers.push((name.to_owned(), self.files_of(context, &question.file)));
            };
            let weights = Weights::default();
            answer(method::CONTEXT, &gathered.context(UNLIMITED, &weights));
            answer(method::PROMPT, &gathered.context(PROMPT, &weights));
            answer(
                method::DEFAULT,
                &gathered.context(Budget::default(), &weights),
            );
            if options.parts {
                for part in Part::ALL {
                    let context = gathered.context(UNLIMITED, &weights.without(part));
                    answer(&without(part), &context);
                }
            }
            let away = gather(self.sources(&NoHistory), &change, &cancel);
            answer(method::AWAY, &away.context(UNLIMITED, &weights));
            if options.rows {
                for (path, parts) in gathered
                    .files()
                    .filter(|(path, _)| self.corpus.contains(path))
                {
                    let parts: Vec<String> =
                        parts.iter().map(|part| format!("{part:.4}")).collect();
                    let is_wanted = u8::from(wanted.contains(path));
                    rows.push(format!(
                        "{}\t{}\t{path}\t{is_wanted}\t{}\t{}",
                        self.outcome.name,
                        question.commit,
                        wanted.len(),
                        parts.join("\t")
                    ));
                }
            }
        }
        self.close(&change);
        let file = &question.file;
        let together = history.together(std::slice::from_ref(file), 1_000);
        let together = together.into_iter().map(|found| found.path);
        let together = together.filter(|path| self.corpus.contains(path));
        answers.push((method::HISTORY.to_owned(), together.collect()));
        let bm25 = self.corpus.bm25(&question.diff, file);
        answers.push((method::BM25.to_owned(), bm25));
        let counted = self.corpus.identifiers(&question.diff, file);
        answers.push((method::COUNTS.to_owned(), counted));
        let mut drawn: Vec<RelPath> = self.corpus.paths();
        drawn.retain(|path| path != file);
        for at in (1..drawn.len()).rev() {
            drawn.swap(at, self.random.below(at + 1));
        }
        answers.push((method::RANDOM.to_owned(), drawn));
        for (name, ranked) in answers {
            let judged = score(&ranked, &wanted);
            self.outcome.scores.entry(name).or_default().push(judged);
        }
        self.outcome.first.extend(times.first());
        self.outcome.again.extend(times.get(1));
        self.outcome.rows.extend(rows);
        Ok(())
    }

    /// The source files of a context by their best excerpts.
    fn files_of(&self, context: &Context, changed: &RelPath) -> Vec<RelPath> {
        let mut seen = HashSet::new();
        let paths = context.items.iter().map(|item| &item.path);
        paths
            .filter(|path| *path != changed && self.corpus.contains(path))
            .filter(|path| seen.insert((*path).clone()))
            .cloned()
            .collect()
    }
}

/// The row of the ranking without a part.
pub(crate) fn without(part: Part) -> String {
    format!("without {}", part.as_str())
}
