//! `obelus check`: the project's own tests or linter, on request, and what they say as findings.
//!
//! The only command that starts a program, and only because the user typed it: in the foreground, one after another,
//! without a shell. A usual command of an ecosystem is run as asked for; one that the repository itself names (a script,
//! a target) is shown and run only after a yes. Where the folder is not trusted (CI, without `--trust`) nothing is run.

mod start;

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::Path;

use base::{At, Coverage, RelPath, Report, Scope};
use review::output::{Placed, parse, place};
use review::project::{Command, Project, Task};
use review::{FailOn, Flags, Trust};

use crate::args::{self, Tasks};
use crate::project;
use crate::render::visible::visible;
use crate::render::{self, View, counted};
use crate::status::{Failure, Status, note, warning};
use crate::terminal::Terminal;
use crate::workspace::{self, Workspace, is_set};
use start::{Ended, Started};

/// Bytes of an output that are read.
const MOST_READ: u64 = 64 << 20;
/// Lines at the end of an output that are shown where nothing in it could be read.
const TAIL: usize = 20;
/// Places that are no files of the workspace, shown without `-v`.
const ELSEWHERE: usize = 3;

/// A command in its folder.
struct Step {
    /// The folder below the workspace; "" is the workspace.
    folder: String,
    words: Vec<String>,
    named_by: Option<String>,
}

/// What one step came to.
struct Done {
    tool: String,
    placed: Placed,
    ended: Ended,
    tail: Vec<String>,
}

pub(crate) fn run(
    args: &args::Check,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let flags = Flags {
        fail_on: args.fail_on.clone(),
        ..Flags::default()
    };
    let engine = workspace::engine(&workspace, flags, Trust::None)?;
    let fail_on = engine.settings().fail_on;
    let started = std::time::Instant::now();
    let done = if let Some(input) = &args.input {
        vec![read_in(args, input, &workspace)?]
    } else {
        let steps = steps(args, &workspace)?;
        if args.list {
            return listed(&steps, terminal);
        }
        let keys = engine.settings().providers.iter();
        let keys: Vec<String> = keys
            .filter_map(|provider| provider.key_env.clone())
            .collect();
        run_all(args, &steps, &keys, &workspace, terminal)?
    };
    let report = report(&done, started.elapsed().as_millis() as u64);
    let view = View {
        report: &report,
        scope: &Scope::All,
        rule: &|_| None,
        width: terminal.width(),
        verbose: terminal.verbose,
    };
    let text = render::render(args.format, &view);
    match &args.output {
        Some(file) => terminal.result_to(file, &text)?,
        None => terminal.result(&text)?,
    }
    tell(&done, terminal);
    status(&done, &report, fail_on)
}

/// What is to be run.
fn steps(args: &args::Check, workspace: &Workspace) -> Result<Vec<Step>, Failure> {
    if !args.command.is_empty() {
        return Ok(vec![Step {
            folder: String::new(),
            words: args.command.clone(),
            named_by: None,
        }]);
    }
    let project = project::of(workspace);
    let tasks: &[Task] = match args.task {
        Some(Tasks::Build) => &[Task::Build],
        Some(Tasks::Test) => &[Task::Test],
        Some(Tasks::Lint) => &[Task::Lint],
        None => &[Task::Lint, Task::Test],
    };
    let steps: Vec<Step> = tasks
        .iter()
        .flat_map(|task| of_task(&project, *task))
        .collect();
    if steps.is_empty() {
        let tasks: Vec<_> = tasks.iter().map(|task| task.as_str()).collect();
        return Err(Failure::usage(
            format_args!("no command for {} is known here", tasks.join(" or ")),
            "name it yourself: `obelus check -- PROGRAM ARGUMENT...`; `obelus doctor` tells what is known",
        ));
    }
    Ok(steps)
}

fn of_task(project: &Project, task: Task) -> Vec<Step> {
    let likeliest = project.likeliest(task).into_iter();
    let step = |(part, command): (&review::project::Part, &Command)| Step {
        folder: part.folder.clone(),
        words: command.words.clone(),
        named_by: command.named_by.clone(),
    };
    likeliest.map(step).collect()
}

fn listed(steps: &[Step], terminal: &Terminal) -> Result<Status, Failure> {
    let mut out = String::new();
    for step in steps {
        out.push_str(&format!("{}\n", step.told()));
    }
    terminal.result(&out)?;
    Ok(Status::Fine)
}

impl Step {
    /// The command, where it runs, and whose it is.
    fn told(&self) -> String {
        let folder = match self.folder.as_str() {
            "" => String::new(),
            folder => format!(" in {}", visible(folder)),
        };
        let named = self.named_by.as_ref();
        let named = named.map_or(String::new(), |named| format!("  ({})", visible(named)));
        format!("{}{folder}{named}", visible(&self.words.join(" ")))
    }

    /// The name that rules go by: the program that does the work, not the one that starts it.
    fn tool(&self) -> String {
        let mut words = self.words.iter().map(String::as_str);
        let mut name = words.next().unwrap_or_default();
        if matches!(
            name,
            "npx" | "bundle" | "uv" | "poetry" | "pdm" | "pipenv" | "python" | "python3"
        ) {
            let rest =
                words.find(|word| !word.starts_with('-') && !matches!(*word, "exec" | "run"));
            name = rest.unwrap_or(name);
        }
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let name: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        match name.trim_matches('-') {
            "" => "tool".to_owned(),
            name => name.to_owned(),
        }
    }
}

fn run_all(
    args: &args::Check,
    steps: &[Step],
    keys: &[String],
    workspace: &Workspace,
    terminal: &Terminal,
) -> Result<Vec<Done>, Failure> {
    if is_set("CI") && !args.trust && !is_set("OBELUS_TRUST") {
        return Err(Failure::usage(
            "CI is set, so this folder is not trusted, and nothing of it is run",
            "--trust runs it; `obelus check --input FILE` reads what another step has run",
        ));
    }
    // All questions before the first program: nobody comes back to a prompt after ten minutes of tests.
    let mut wanted = Vec::new();
    for step in steps {
        if step.named_by.is_some() && !args.yes && !confirmed(step, terminal)? {
            terminal.aside(&note(&format!("not run: {}", step.told())));
        } else {
            wanted.push(step);
        }
    }
    let mut done = Vec::new();
    for step in wanted {
        terminal.aside(&note(&format!("running {}", step.told())));
        let folder = match step.folder.as_str() {
            "" => workspace.top.clone(),
            folder => workspace.top.join(folder),
        };
        let started = Started {
            words: &step.words,
            folder: &folder,
            without: keys,
            echo: terminal.verbose,
        };
        let (text, ended) = start::run(&started, terminal)?;
        done.push(finished(step.tool(), &text, ended, &step.folder, workspace));
    }
    Ok(done)
}

/// Asks the user about a command that the repository names.
fn confirmed(step: &Step, terminal: &Terminal) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage(
            format_args!("the repository names this command itself: {}", step.told()),
            "look at it, then run it with --yes; `--list` shows all without running any",
        ));
    }
    terminal.error(&format!(
        "{}\nThe repository names this command itself. Run it? [y/N] ",
        step.told()
    ));
    let mut answer = String::new();
    // Without an answer it is a no.
    stdin.lock().take(16).read_line(&mut answer).ok();
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The output of a tool that ran elsewhere.
fn read_in(args: &args::Check, input: &Path, workspace: &Workspace) -> Result<Done, Failure> {
    let failed = |error: std::io::Error| {
        Failure::outside(
            format_args!("cannot read {}: {error}", input.display()),
            "name the file that holds a tool's output, or `-` for standard input",
        )
    };
    let mut bytes = Vec::new();
    if input == Path::new("-") {
        std::io::stdin()
            .take(MOST_READ)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    } else {
        let file = std::fs::File::open(input).map_err(failed)?;
        file.take(MOST_READ)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    }
    let text = String::from_utf8_lossy(&bytes);
    let tool = args.tool.clone().unwrap_or_else(|| "tool".to_owned());
    Ok(finished(tool, &text, Ended::Well, "", workspace))
}

fn finished(tool: String, text: &str, ended: Ended, folder: &str, workspace: &Workspace) -> Done {
    let paths = workspace.repo.list("", &At::Worktree).unwrap_or_default();
    let find = |written: &str| found(written, folder, workspace, &paths);
    let read = |path: &RelPath| workspace.repo.text(path, &At::Worktree).ok()?;
    let placed = place(&tool, parse(text), &find, &read);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].iter();
    Done {
        tool,
        placed,
        ended,
        tail: tail.map(|line| (*line).to_owned()).collect(),
    }
}

/// The file of the workspace that a tool means: absolute, relative to where it ran, relative to the top, or the only one
/// whose path ends so (tests of Go name the file alone).
fn found(written: &str, folder: &str, workspace: &Workspace, paths: &[RelPath]) -> Option<RelPath> {
    let written = written.replace('\\', "/");
    let top = workspace.top.to_string_lossy().replace('\\', "/");
    let known = |path: &str| {
        let path = RelPath::new(path.trim_start_matches("./")).ok()?;
        paths.contains(&path).then_some(path)
    };
    if let Some(inside) = written
        .strip_prefix(&*top)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        return known(inside);
    }
    if written.starts_with('/') {
        return None;
    }
    let here = match folder {
        "" => None,
        folder => known(&format!("{folder}/{}", written.trim_start_matches("./"))),
    };
    here.or_else(|| known(&written)).or_else(|| {
        let end = format!("/{}", written.trim_start_matches("./"));
        let mut same = paths.iter().filter(|path| path.as_str().ends_with(&end));
        let first = same.next()?;
        same.next().is_none().then(|| first.clone())
    })
}

fn report(done: &[Done], duration_ms: u64) -> Report {
    let mut sources = BTreeMap::new();
    let mut findings = Vec::new();
    for it in done {
        findings.extend(it.placed.findings.iter().cloned());
        sources.extend(it.placed.sources.clone());
    }
    // The same place may be named by a build and by a test.
    findings.sort_by(|a, b| (a.path.cmp(&b.path)).then_with(|| a.span.cmp(&b.span)));
    findings.dedup_by(|a, b| a.id == b.id && a.title == b.title);
    Report {
        findings,
        coverage: Coverage {
            files: sources.len(),
            duration_ms,
            ..Coverage::default()
        },
        sources,
        ..Report::default()
    }
}

/// How each command ended, and what could not be placed.
fn tell(done: &[Done], terminal: &Terminal) {
    for it in done {
        let elsewhere = &it.placed.elsewhere;
        let shown = match terminal.verbose {
            true => elsewhere.len(),
            false => elsewhere.len().min(ELSEWHERE),
        };
        for line in &elsewhere[..shown] {
            terminal.aside(&note(&format!("outside the workspace: {line}")));
        }
        if elsewhere.len() > shown {
            terminal.aside(&note(&format!(
                "and {} more (-v shows them)",
                elsewhere.len() - shown
            )));
        }
        match &it.ended {
            Ended::Well => {}
            Ended::With(how) => terminal.aside(&warning(&format!("{} ended with {how}", it.tool))),
        }
        if it.is_unread() {
            terminal.aside(&note(
                "nothing in its output names a place; this is its end:",
            ));
            for line in &it.tail {
                terminal.aside(&format!("  {}\n", visible(line)));
            }
        }
    }
}

impl Done {
    /// It failed, and nothing says where.
    fn is_unread(&self) -> bool {
        self.ended != Ended::Well && self.placed.findings.is_empty()
    }
}

/// A tool that failed is never called clean, whatever could be read of it.
fn status(done: &[Done], report: &Report, fail_on: FailOn) -> Result<Status, Failure> {
    let failed = done.iter().filter(|it| it.is_unread()).count();
    if fail_on == FailOn::Never {
        return Ok(Status::Fine);
    }
    if fail_on.reached_by(report) || (failed == 0 && done.iter().any(|it| it.ended != Ended::Well))
    {
        return Ok(Status::Findings);
    }
    if failed > 0 {
        return Err(Failure::outside(
            format_args!(
                "{} failed, and nothing in the output says where",
                counted(failed, "command")
            ),
            "run it yourself to see all it says; is the tool installed?",
        ));
    }
    Ok(Status::Fine)
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn a_rule_is_called_after_the_program_that_does_the_work() {
        for (line, name) in [
            ("cargo test", "cargo"),
            ("npx --no-install eslint .", "eslint"),
            ("bundle exec rubocop", "rubocop"),
            ("uv run ruff check", "ruff"),
            ("python -m pytest", "pytest"),
            ("./gradlew test", "gradlew"),
            ("C:\\tools\\Lint.exe", "lint-exe"),
            ("--", "tool"),
        ] {
            let step = Step {
                folder: String::new(),
                words: line.split(' ').map(str::to_owned).collect(),
                named_by: None,
            };
            assert_eq!(step.tool(), name, "{line}");
        }
    }
}
