//! `obelus doctor`: what works here and what does not, and what to do about it.
//!
//! One function for each thing; none of them stops the others. A model is only tried where one is named; what runs on
//! this machine is offered. Ends with 3 when something fails.

use std::path::Path;
use std::sync::Arc;

use base::WorkspaceKind;
use base::model::{ModelFacts, ModelName};
use base::search::Index as _;
use base::store::{Store, dollars};
use review::project::Project;
use review::{Engine, Flags, Settings, Trust};
use serde_json::json;
use store::StateStore;

use crate::args::{self, Plain};
use crate::commands::bundle;
use crate::render::style::{BAD, CAUTION, FAINT, GOOD, HELP, paint};
use crate::render::visible::visible;
use crate::render::{counted, pretty};
use crate::status::{Failure, Status, note as told};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace};
use crate::{keys, knowledge, models, places, project, state, telemetry, trial};

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Works,
    /// It is not there, or less than it could be; nothing is broken.
    Note,
    Fails,
}

/// One thing.
struct Check {
    name: String,
    state: State,
    message: String,
    hint: Option<String>,
}

pub(crate) fn run(
    args: &args::Doctor,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let mut checks = vec![git(&workspace), index(&workspace), trust()];
    let project = project::of(&workspace);
    checks.extend(told_of(&project));
    let engine = configuration(&workspace, args.model.clone(), &mut checks);
    match state::open(&workspace) {
        Ok(store) => {
            checks.push(kept(&store));
            checks.push(record(&store));
            if let Some(engine) = &engine {
                asked(engine, &store, &mut checks);
            }
        }
        Err(failure) => checks.push(failed("state", &failure)),
    }
    let works = !checks.iter().any(|check| check.state == State::Fails);
    let text = match args.format {
        Plain::Human => human(&checks),
        Plain::Json => pretty(&json!({
            "schema": "obelus.doctor/1",
            "works": works,
            "checks": checks.iter().map(Check::json).collect::<Vec<_>>(),
            "project": project,
        })),
    };
    terminal.result(&text)?;
    if let Some(file) = &args.bundle {
        let checks = checks.iter().map(Check::json).collect();
        let log = args.log.as_deref();
        bundle::write(file, checks, engine.as_ref(), &workspace.top, log)?;
        let shown = file.display();
        terminal.aside(&told(&format!(
            "{shown} holds no code and no keys; read it before you send it"
        )));
    }
    Ok(if works { Status::Fine } else { Status::Failed })
}

fn git(workspace: &Workspace) -> Check {
    let top = workspace.top.display();
    if let WorkspaceKind::Folder(_) = workspace.repo.kind() {
        let hint = "`obelus review --all` reviews every file; changes need `git init`";
        return note("git", format!("{top} is no git repository"), hint);
    }
    match workspace.repo.head() {
        Ok(Some(head)) => {
            let short = head.get(..12).unwrap_or(&head).to_owned();
            let busy = workspace.repo.operation_in_progress();
            let busy = busy.map_or(String::new(), |operation| {
                format!("; a {operation} is in progress")
            });
            works("git", format!("work tree {top} at {short}{busy}"))
        }
        Ok(None) => works("git", format!("work tree {top} without a commit")),
        Err(error) => failed("git", &error.into()),
    }
}

fn index(workspace: &Workspace) -> Check {
    match knowledge::open(workspace) {
        Ok(index) => {
            let status = index.status();
            if status.files == 0 {
                let hint =
                    "`obelus index` makes one; reviews do so by themselves when they need it";
                return note("index", "there is none yet".to_owned(), hint);
            }
            let files = counted(status.files, "file");
            works(
                "index",
                format!("{files}, {}", counted(status.symbols, "symbol")),
            )
        }
        Err(failure) => failed("index", &failure),
    }
}

/// What kind of project this is: one line for each of its sides.
fn told_of(project: &Project) -> Vec<Check> {
    let lines = project::told(project);
    if lines.is_empty() {
        let message = "no language and no manifest that is known".to_owned();
        return vec![note("project", message, "nothing needs to be done")];
    }
    let lines = lines.into_iter();
    lines.map(|(name, line)| works(name, line)).collect()
}

fn trust() -> Check {
    let message = if workspace::is_set("CI") && !workspace::is_set("OBELUS_TRUST") {
        "CI is set: configuration, rules and dismissals are read from the base of a change"
    } else {
        "configuration, rules and dismissals are read from the work tree; a workspace cannot name models, addresses or keys"
    };
    works("trust", message.to_owned())
}

/// The configuration files; the engine when they can be read.
fn configuration(
    workspace: &Workspace,
    model: Option<String>,
    checks: &mut Vec<Check>,
) -> Option<Engine> {
    let user = match places::user_config() {
        Some(path) if path.is_file() => path.display().to_string(),
        Some(path) => format!("no {}", path.display()),
        None => "no folder for a config.toml".to_owned(),
    };
    let own = match workspace.top.join("obelus.toml").is_file() {
        true => "obelus.toml",
        false => "no obelus.toml",
    };
    let flags = Flags {
        model,
        ..Flags::default()
    };
    match workspace::engine(workspace, flags, Trust::Worktree) {
        Ok(engine) => {
            match engine.problems() {
                [] => checks.push(works("configuration", format!("{user}, {own}"))),
                problems => checks.push(note(
                    "configuration",
                    problems.join("; "),
                    "`obelus config show` prints what is in force",
                )),
            }
            Some(engine)
        }
        Err(failure) => {
            checks.push(failed("configuration", &failure));
            None
        }
    }
}

fn kept(store: &StateStore) -> Check {
    let result = store.check();
    let notes = store.take_notes();
    match result {
        Ok(()) if notes.is_empty() => {
            let folder = store
                .record()
                .parent()
                .map(|folder| folder.display().to_string());
            works("state", format!("kept in {}", folder.unwrap_or_default()))
        }
        Ok(()) => note("state", notes.join("; "), "nothing needs to be done"),
        Err(error) => fails(
            "state",
            error.to_string(),
            "without it no model is used; OBELUS_STATE_DIR names another folder",
        ),
    }
}

fn record(store: &StateStore) -> Check {
    match store.verify() {
        Ok(verified) => match verified.broken {
            None => works(
                "record",
                format!(
                    "{}, as they were written",
                    counted(verified.requests as usize, "request")
                ),
            ),
            Some(broken) => fails(
                "record",
                format!(
                    "line {} of {}: {}",
                    broken.line,
                    store.record().display(),
                    broken.why
                ),
                "somebody or something changed it; move the file away to begin a new one",
            ),
        },
        Err(error) => fails("record", error.to_string(), "may you read it?"),
    }
}

/// Every model that is named, or what could be.
fn asked(engine: &Engine, store: &Arc<StateStore>, checks: &mut Vec<Check>) {
    let settings = engine.settings();
    let named = settings.models.all();
    if named.is_empty() {
        checks.push(nobody(settings));
        return;
    }
    let client = match models::settings(settings, &named, models::Keys::Found) {
        Ok(client) => Arc::new(llm::Providers::new(client)),
        Err(failure) => return checks.push(failed("model", &failure)),
    };
    let model = telemetry::observed(settings, Arc::<llm::Providers>::clone(&client));
    let runtime = match models::runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return checks.push(failed("model", &failure)),
    };
    let store: Arc<dyn Store> = Arc::<StateStore>::clone(store);
    for name in named {
        let facts = match model.facts(name) {
            Ok(facts) => facts,
            Err(error) => {
                checks.push(fails(
                    &format!("model {name}"),
                    error.message,
                    set_key(engine, name),
                ));
                continue;
            }
        };
        let limits = settings.budget.limits;
        let trial = runtime.block_on(trial::run(&model, name, &store, limits));
        let there = runtime.block_on(client.context_there(name));
        checks.push(tried(engine, name, &facts, &trial, there));
    }
}

fn tried(
    engine: &Engine,
    name: &ModelName,
    facts: &ModelFacts,
    trial: &trial::Trial,
    there: Option<u32>,
) -> Check {
    let title = format!("model {name}");
    if let Some(why) = &trial.failed {
        return fails(&title, why.clone(), set_key(engine, name));
    }
    let mut said = vec![format!(
        "answers; {} tokens of context",
        facts.context_tokens
    )];
    if let Some(from) = key_place(engine, name) {
        said.push(from);
    }
    said.push(match facts.price {
        _ if facts.local => "runs on this machine".to_owned(),
        Some(price) => format!(
            "{} in and {} out for a million tokens ({})",
            dollars(price.input),
            dollars(price.output),
            match engine.settings().prices.contains_key(name) {
                true => "your price".to_owned(),
                false => format!("its list price of {}", llm::PRICES_AS_OF),
            }
        ),
        None => "price not known".to_owned(),
    });
    let cost = trial
        .usage
        .cost_micro_usd
        .map_or("an unknown sum".to_owned(), dollars);
    said.push(format!("this test cost {cost}"));
    let mut missing = Vec::new();
    if !trial.structured {
        missing.push(
            "it did not answer in the form that was asked for: replies are read as plain lines",
        );
    }
    if !trial.tools {
        missing.push("it called no tool: reviews show it the context that was gathered, and it cannot look further");
    }
    if facts.context_tokens < 8_000 {
        missing.push("its context is small: large functions are reviewed in parts");
    }
    let mut hint = "it can be used as it is".to_owned();
    // Who set another length knows why; one that is too long never works.
    let is_set = (engine.settings().providers.iter())
        .any(|it| it.name == name.provider && it.context_tokens.is_some());
    let other = there.filter(|there| match is_set {
        true => *there < facts.context_tokens,
        false => *there != facts.context_tokens,
    });
    let length = other.map(|there| {
        hint = format!(
            "write `context_tokens = {there}` under [providers.{}] in your config.toml",
            name.provider
        );
        format!("its server gives it {there} tokens of context")
    });
    missing.extend(length.as_deref());
    match missing.as_slice() {
        [] => works(&title, said.join("; ")),
        missing => note(
            &title,
            format!("{}; {}", said.join("; "), missing.join("; ")),
            &hint,
        ),
    }
}

/// No model is named: that is no fault, and what runs on this machine is offered.
fn nobody(settings: &Settings) -> Check {
    if settings.model.as_deref() == Some("none") {
        return works("model", "none, as it was said".to_owned());
    }
    let Some((running, model)) = running(settings) else {
        let hint = "to use one, name it in your config.toml: [models] review = \"PROVIDER/model\" (docs/models.md)";
        let message = "none is named: reviews use the built-in checks alone".to_owned();
        return note("model", message, hint);
    };
    let (what, hint) = match running.api {
        llm::Api::Ollama => (
            "Ollama",
            format!("to use it, write in your config.toml: [models] review = \"ollama/{model}\""),
        ),
        _ => (
            "a server of models",
            format!(
                "to use it, write in your config.toml: [providers.local] api = \"openai\", base_url = \"{}\" and [models] \
                 review = \"local/{model}\"",
                running.base_url
            ),
        ),
    };
    let message = format!(
        "none is named, so none is used; {what} runs on this machine ({})",
        running.base_url
    );
    note("model", message, &hint)
}

/// The first server of models on this machine, and a model of its.
fn running(settings: &Settings) -> Option<(llm::Running, String)> {
    let ollama = settings
        .providers
        .iter()
        .find(|provider| provider.name == "ollama");
    let own = ollama.map(models::address);
    let mut places: Vec<_> = own
        .iter()
        .map(|own| (llm::Api::Ollama, own.as_str()))
        .collect();
    places.extend(llm::USUAL_PLACES);
    let runtime = models::runtime().ok()?;
    let found = runtime.block_on(llm::running_here(&places));
    let mut with_models = found.into_iter().filter_map(|running| {
        let model = running.models.first()?.clone();
        Some((running, model))
    });
    with_models.next()
}

fn set_key(engine: &Engine, name: &ModelName) -> &'static str {
    let provider = engine
        .settings()
        .providers
        .iter()
        .find(|provider| provider.name == name.provider);
    match provider {
        Some(provider) if provider.key_env.is_some() => {
            "a key is set with the variable that the message names, or with `obelus config set-key`"
        }
        _ => "is its server running, and is `base_url` right?",
    }
}

/// Where the key of a model's provider comes from.
fn key_place(engine: &Engine, name: &ModelName) -> Option<String> {
    let mut providers = engine.settings().providers.iter();
    let provider = providers.find(|provider| provider.name == name.provider)?;
    let (_, from) = keys::find(provider, &models::address(provider))?;
    Some(match from {
        keys::KeyFrom::Variable(name) => format!("key from {name}"),
        keys::KeyFrom::Keyring => "key from the system's keyring".to_owned(),
    })
}

fn human(checks: &[Check]) -> String {
    let width = checks
        .iter()
        .map(|check| check.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for check in checks {
        let state = match check.state {
            State::Works => paint(GOOD, "ok   "),
            State::Note => paint(CAUTION, "note "),
            State::Fails => paint(BAD, "fails"),
        };
        let name = format!("{:<width$}", visible(&check.name).to_string());
        out.push_str(&format!("{state}  {name}  {}\n", visible(&check.message)));
        if let Some(hint) = check.hint.as_ref().filter(|_| check.state != State::Works) {
            let hint = visible(hint).to_string();
            out.push_str(&format!(
                "       {:width$}  {} {}\n",
                "",
                paint(HELP, "hint:"),
                paint(FAINT, hint)
            ));
        }
    }
    out
}

impl Check {
    fn json(&self) -> serde_json::Value {
        let state = match self.state {
            State::Works => "ok",
            State::Note => "note",
            State::Fails => "fails",
        };
        json!({"name": self.name, "state": state, "message": self.message, "hint": self.hint})
    }
}

fn works(name: &str, message: String) -> Check {
    Check {
        name: name.to_owned(),
        state: State::Works,
        message,
        hint: None,
    }
}

fn note(name: &str, message: String, hint: &str) -> Check {
    Check {
        state: State::Note,
        hint: Some(hint.to_owned()),
        ..works(name, message)
    }
}

fn fails(name: &str, message: String, hint: &str) -> Check {
    Check {
        state: State::Fails,
        hint: Some(hint.to_owned()),
        ..works(name, message)
    }
}

fn failed(name: &str, failure: &Failure) -> Check {
    Check {
        state: State::Fails,
        hint: failure.hint.clone(),
        ..works(name, failure.errors.join("; "))
    }
}
