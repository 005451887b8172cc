//! `obelus eval run`: each case in a repository of its own, reviewed by each side, scored, and told side by side.
//!
//! Cases are data: nothing in them is read as configuration. What the whole run may cost is one sum; a case that does not
//! fit is listed as not run. A provider that fails on several cases in a row is asked no more.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base::model::Role;
use base::store::dollars;
use base::{Cancel, Report, Scope, Store};
use repo::Scaffold;
use review::eval::{
    Case, CaseJson, EvalJson, SCHEMA, SideJson, Total, TotalJson, built_in, compare, score,
};
use review::{Engine, Flags, ModelReview, Trust, Wording};
use store::StateStore;

use super::show;
use super::till::Till;
use crate::args::{self, Plain};
use crate::commands::review::known;
use crate::interrupt;
use crate::models::{self, Keys};
use crate::progress::Bar;
use crate::render::{counted, pretty};
use crate::state;
use crate::status::{Failure, Status, note};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};

/// What a whole run may cost unless the user names a sum, in dollars.
const USUAL_USD: f64 = 1.0;
/// Cases in a row that fail before a provider is given up.
const PATIENCE: usize = 3;
/// A larger file is no case and no result of ours.
const MAX_BYTES: u64 = 20_000_000;

/// One of the two that are compared.
struct Side {
    /// As the user named it; `None`: the one of the configuration.
    model: Option<String>,
    wording: Wording,
    prompts_from: String,
}

pub(super) fn run(
    args: &args::EvalRun,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let cases = cases(args.cases.as_deref())?;
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let sides = sides(args)?;
    let workspace = workspace::open(folder)?;
    let store = state::open(&workspace)?;
    let runner = Runner {
        args,
        store: &store,
        terminal,
        stop: Cancel::new(),
    };
    if args.dry_run {
        for side in &sides {
            terminal.result(&runner.estimate(side, &cases)?)?;
        }
        terminal.aside(&note("nothing was sent"));
        return Ok(Status::Fine);
    }
    let _stoppable = interrupt::stops(&runner.stop, terminal);
    let mut left = micro(args.max_cost.unwrap_or(USUAL_USD));
    let mut told: Vec<SideJson> = Vec::new();
    for side in &sides {
        terminal.aside(&note(runner.estimate(side, &cases)?.trim_end()));
        told.push(runner.side(side, &cases, &mut left)?);
    }
    state::tell(&store, terminal);
    if let Some(earlier) = baseline {
        told.insert(0, earlier);
    }
    let compared = match told.as_slice() {
        [first, second, ..] => Some(compare(first, second)),
        _ => None,
    };
    let eval = EvalJson {
        schema: SCHEMA.to_owned(),
        sides: told,
        compared,
    };
    let text = match args.format {
        Plain::Human => show::human(&eval, terminal.verbose),
        Plain::Json => pretty(&eval),
    };
    match &args.output {
        Some(file) => {
            terminal.result_to(file, &text)?;
            terminal.aside(&note(&format!("written to {}", file.display())));
        }
        None => terminal.result(&text)?,
    }
    let asked = &eval.sides[eval.sides.len() - sides.len()..];
    Ok(status(asked))
}

/// Nothing that was asked for may look as if it had been measured.
fn status(asked: &[SideJson]) -> Status {
    let whole = |side: &SideJson| side.total.incomplete == 0 && side.not_run.is_empty();
    if asked.iter().all(whole) {
        Status::Fine
    } else if asked
        .iter()
        .any(|side| side.total.cases == side.total.incomplete)
    {
        Status::Failed
    } else {
        Status::Incomplete
    }
}

fn sides(args: &args::EvalRun) -> Result<Vec<Side>, Failure> {
    let mut sides = vec![Side {
        model: args.model.clone(),
        wording: Wording::default(),
        prompts_from: "built-in".to_owned(),
    }];
    if args.against.is_some() || args.prompts.is_some() {
        let (wording, prompts_from) = match &args.prompts {
            Some(folder) => (wording(folder)?, folder.display().to_string()),
            None => (Wording::default(), "built-in".to_owned()),
        };
        sides.push(Side {
            model: args.against.clone().or_else(|| args.model.clone()),
            wording,
            prompts_from,
        });
    }
    Ok(sides)
}

/// The instructions in a folder that the user named.
fn wording(folder: &Path) -> Result<Wording, Failure> {
    let one = |name: &str| match std::fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::outside(
            format_args!("cannot read {}: {error}", folder.join(name).display()),
            "make it readable",
        )),
    };
    let wording = Wording {
        review: one("review.md")?,
        verify: one("verify.md")?,
    };
    if wording == Wording::default() {
        return Err(Failure::usage(
            format_args!("{} holds neither review.md nor verify.md", folder.display()),
            "write the instructions for a reviewer into review.md, those for the second look into verify.md",
        ));
    }
    Ok(wording)
}

/// The cases that the user named, by name.
fn cases(path: Option<&Path>) -> Result<Vec<Case>, Failure> {
    let Some(path) = path else {
        return Ok(built_in());
    };
    let unreadable = |error: std::io::Error| {
        Failure::outside(
            format_args!("cannot read {}: {error}", path.display()),
            "name a file, or a folder with `*.case` files",
        )
    };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file
                .extension()
                .is_some_and(|extension| extension == "case")
            {
                files.push(file);
            }
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut cases = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let text = read(&file)?;
        match Case::parse(&name, &text) {
            Ok(case) => cases.push(case),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure {
            status: Status::Usage,
            errors: problems,
            hint: Some("docs/eval.md describes the form of a case".to_owned()),
        });
    }
    if cases.is_empty() {
        return Err(Failure::usage(
            format_args!("there is no case in {}", path.display()),
            "`obelus eval collect` makes some from the history; without a name the built-in ones are run",
        ));
    }
    Ok(cases)
}

fn read(file: &Path) -> Result<String, Failure> {
    let failure = |error: &dyn std::fmt::Display| {
        Failure::outside(
            format_args!("cannot read {}: {error}", file.display()),
            "is it a text file that you may read?",
        )
    };
    let size = std::fs::metadata(file)
        .map_err(|error| failure(&error))?
        .len();
    if size > MAX_BYTES {
        return Err(failure(&"it is too large"));
    }
    std::fs::read_to_string(file).map_err(|error| failure(&error))
}

/// The last side of an earlier run.
fn baseline(file: &Path) -> Result<SideJson, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(
            format_args!("{} is no result of an earlier run: {error}", file.display()),
            "`obelus eval run --format json --output FILE` writes one",
        )
    };
    let eval: EvalJson = serde_json::from_str(&read(file)?).map_err(|error| wrong(&error))?;
    if eval.schema != SCHEMA {
        return Err(wrong(&format_args!("its schema is {:?}", eval.schema)));
    }
    let last = eval.sides.into_iter().next_back();
    last.ok_or_else(|| wrong(&"it holds no side"))
}

fn micro(dollars: f64) -> u64 {
    (dollars.max(0.0) * 1e6) as u64
}

struct Runner<'a> {
    args: &'a args::EvalRun,
    store: &'a Arc<StateStore>,
    terminal: &'a Terminal,
    /// Raised when the user wants no more of it.
    stop: Cancel,
}

/// A case, set up to be reviewed; gone when dropped.
struct Laid {
    workspace: Workspace,
    engine: Arc<Engine>,
    model: ModelReview,
    _folder: tempfile::TempDir,
    _cache: tempfile::TempDir,
}

impl Runner<'_> {
    /// All cases by one side.
    fn side(&self, side: &Side, cases: &[Case], left: &mut u64) -> Result<SideJson, Failure> {
        let mut total = Total::default();
        let mut done = Vec::new();
        let mut not_run = BTreeMap::new();
        let (mut model, mut verify) = (String::new(), Vec::new());
        let mut failed_in_a_row = 0;
        let bar = Bar::named("Cases", self.terminal.shows_progress());
        for (at, case) in cases.iter().enumerate() {
            bar.at(at, cases.len());
            let why = if self.stop.is_cancelled() {
                Some("it was stopped".to_owned())
            } else if failed_in_a_row >= PATIENCE {
                Some("the cases before it failed".to_owned())
            } else if *left == 0 {
                Some("the money for this run is used up; raise --max-cost".to_owned())
            } else {
                None
            };
            if let Some(why) = why {
                not_run.insert(case.name.clone(), why);
                continue;
            }
            let mut laid = self.lay(side, case)?;
            let limits = &mut laid.model.limits;
            let usual = limits.review_micro_usd.unwrap_or(u64::MAX);
            limits.review_micro_usd = Some(usual.min(*left));
            model = laid
                .model
                .review
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            verify = laid.model.verify.iter().map(ToString::to_string).collect();
            let report = self.review(&laid)?;
            let scored = score(case, &report);
            *left = left.saturating_sub(spent(&report, usual));
            failed_in_a_row = match scored.failed.is_empty() {
                true => 0,
                false => failed_in_a_row + 1,
            };
            total.add(&scored);
            done.push(CaseJson::new(&case.name, &scored));
        }
        bar.clear();
        Ok(SideJson {
            model,
            verify,
            prompts: side.wording.version(),
            prompts_from: side.prompts_from.clone(),
            obelus: env!("CARGO_PKG_VERSION").to_owned(),
            total: TotalJson::from(&total),
            cases: done,
            not_run,
        })
    }

    /// What one side is about to use, told before the first byte leaves.
    fn estimate(&self, side: &Side, cases: &[Case]) -> Result<String, Failure> {
        let (mut requests, mut tokens) = (0, 0);
        let mut most = Some(0_u64);
        let mut name = String::new();
        for case in cases {
            let laid = self.lay(side, case)?;
            let unsent = review::unsent(
                Arc::clone(&laid.engine),
                Arc::clone(&laid.workspace.repo),
                Scope::Worktree,
                Some(self.known(&laid.workspace)),
                &laid.model,
                Cancel::new(),
            );
            let unsent = models::wait(unsent)??;
            requests += unsent.requests.len();
            tokens += unsent.input_tokens;
            most = most.zip(unsent.most_micro_usd).map(|(sum, one)| sum + one);
            name = laid
                .model
                .review
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
        }
        let limit = micro(self.args.max_cost.unwrap_or(USUAL_USD));
        let cost = match most {
            Some(0) => "for nothing".to_owned(),
            Some(most) => format!("at most {}", dollars(most.min(limit))),
            None => "at a price that is not known".to_owned(),
        };
        Ok(format!(
            "{name}: {}, {} of about {tokens} tokens first, second looks follow; {cost}\n",
            counted(cases.len(), "case"),
            counted(requests, "request"),
        ))
    }

    /// A repository with the case's change in its work tree.
    fn lay(&self, side: &Side, case: &Case) -> Result<Laid, Failure> {
        let folder = temporary()?;
        let mut scaffold = Scaffold::new(folder.path())?;
        let old: Vec<_> = case
            .files
            .iter()
            .filter_map(|file| Some((file.path.as_str(), file.old.as_deref()?)))
            .collect();
        scaffold.commit("Before", &old)?;
        for file in &case.files {
            match (&file.old, &file.new) {
                (_, Some(new)) => {
                    scaffold.write(&[(file.path.as_str(), new)])?;
                }
                (Some(_), None) => {
                    scaffold.remove(file.path.as_str())?;
                }
                (None, None) => {}
            }
        }
        let mut workspace = workspace::open(Some(folder.path()))?;
        let cache = temporary()?;
        workspace.cache = Some(cache.path().to_owned());
        let flags = Flags {
            model: side.model.clone(),
            max_cost: self.args.max_cost,
            no_cache: !self.args.reuse,
            ..Flags::default()
        };
        let layers = workspace::layers(flags)?;
        // A case is a stranger's text: nothing in it configures its own review.
        let engine = Engine::open(Arc::clone(&workspace.repo), layers, Trust::None)?;
        let engine = Arc::new(engine);
        let till: Arc<dyn Store> = Arc::new(Till {
            store: Arc::<StateStore>::clone(self.store),
            case: case.name.clone(),
            reuse: self.args.reuse,
        });
        let keys = match self.args.dry_run {
            true => Keys::Untouched,
            false => Keys::Found,
        };
        let model = models::of_role(&engine, till, Role::Review, None, keys)?;
        let mut model = model.ok_or_else(|| {
            Failure::usage(
                "no model is named",
                "name one with --model PROVIDER/model, or under [models] in your own config.toml",
            )
        })?;
        model.wording = side.wording.clone();
        model.stop = self.stop.clone();
        Ok(Laid {
            workspace,
            engine,
            model,
            _folder: folder,
            _cache: cache,
        })
    }

    fn review(&self, laid: &Laid) -> Result<Report, Failure> {
        let work = review::review(
            Arc::clone(&laid.engine),
            Arc::clone(&laid.workspace.repo),
            Scope::Worktree,
            Some(self.known(&laid.workspace)),
            Some(laid.model.clone()),
            Arc::new(|_| {}),
            Cancel::new(),
        );
        Ok(models::wait(work)??)
    }

    /// Index and history of a case, without a word on the way.
    fn known(&self, workspace: &Workspace) -> Arc<dyn review::Knowledge> {
        let mut quiet = *self.terminal;
        quiet.quiet = true;
        known(workspace, &Arc::new(Bar::new(false)), &quiet)
    }
}

fn temporary() -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::Builder::new().prefix("obelus-eval-").tempdir();
    folder.map_err(|error| {
        Failure::outside(
            format_args!("cannot make a temporary folder: {error}"),
            "is there room, and does TMPDIR name a folder you may write to?",
        )
    })
}

/// What a review took from the run's money: where nobody tells, all that it could.
fn spent(report: &Report, most: u64) -> u64 {
    let Some(stats) = report.model.as_ref().filter(|stats| stats.requests > 0) else {
        return 0;
    };
    match stats.usage.cost_micro_usd {
        Some(cost) => cost,
        None => most,
    }
}
