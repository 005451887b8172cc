//! Commands that a repository names itself: scripts of manifests, targets of makefiles, recipes of justfiles.
//!
//! What stands behind such a name is a stranger's command line, so each says where it comes from and what it would run.

use base::RelPath;
use serde_json::Value;

use super::ecosystems::Ecosystem;
use super::{Command, Task, join};

/// Names under which a task is usually found, the likeliest first.
const NAMES: &[(Task, &[&str])] = &[
    (Task::Build, &["build", "compile"]),
    (Task::Test, &["test", "tests", "test:unit", "check"]),
    (
        Task::Lint,
        &["lint", "check:lint", "typecheck", "type-check", "clippy"],
    ),
];

/// Characters of a script that are shown.
const SHOWN: usize = 120;

/// What the manifest and the files beside it name.
pub(super) fn commands(
    ecosystem: &Ecosystem,
    manager: &str,
    folder: &str,
    beside: &[&str],
    read: &dyn Fn(&RelPath) -> Option<String>,
) -> Vec<Command> {
    let text = |name: &str| beside.contains(&name).then(|| read(&join(folder, name)?))?;
    let mut found = Vec::new();
    match ecosystem.name {
        "npm" => {
            let scripts = text("package.json").and_then(|text| table(&text, "scripts"));
            let run = |name: &str| vec![manager.to_owned(), "run".to_owned(), name.to_owned()];
            scripted("package.json: scripts", scripts, run, &mut found);
        }
        "Deno" => {
            let file = ["deno.json", "deno.jsonc"]
                .into_iter()
                .find(|name| beside.contains(name));
            let tasks = file.and_then(text).and_then(|text| table(&text, "tasks"));
            let run = |name: &str| vec!["deno".to_owned(), "task".to_owned(), name.to_owned()];
            scripted("deno.json: tasks", tasks, run, &mut found);
        }
        "Composer" => {
            let scripts = text("composer.json").and_then(|text| table(&text, "scripts"));
            let run = |name: &str| {
                vec![
                    "composer".to_owned(),
                    "run-script".to_owned(),
                    name.to_owned(),
                ]
            };
            scripted("composer.json: scripts", scripts, run, &mut found);
        }
        "Make" => {
            let file = ["GNUmakefile", "makefile", "Makefile"]
                .into_iter()
                .find(|name| beside.contains(name));
            let targets = file.and_then(text).map(|text| targets(&text));
            let run = |name: &str| vec!["make".to_owned(), name.to_owned()];
            scripted("Makefile", targets, run, &mut found);
        }
        "just" => {
            let file = ["justfile", "Justfile", ".justfile"]
                .into_iter()
                .find(|name| beside.contains(name));
            let recipes = file.and_then(text).map(|text| targets(&text));
            let run = |name: &str| vec!["just".to_owned(), name.to_owned()];
            scripted("justfile", recipes, run, &mut found);
        }
        _ => {}
    }
    found
}

/// Names and what stands behind them.
type Scripts = Vec<(String, String)>;

fn scripted(
    from: &str,
    scripts: Option<Scripts>,
    run: impl Fn(&str) -> Vec<String>,
    found: &mut Vec<Command>,
) {
    let scripts = scripts.unwrap_or_default();
    for (task, names) in NAMES {
        let known = names.iter().find_map(|name| {
            let script = scripts.iter().find(|(known, _)| known == name)?;
            // What `npm init` writes is no test.
            (!script.1.contains("no test specified")).then_some(script)
        });
        if let Some((name, body)) = known {
            let shown: String = body.chars().take(SHOWN).collect();
            found.push(Command {
                task: *task,
                words: run(name),
                named_by: Some(format!("{from}.{name}: {shown}")),
            });
        }
    }
}

/// A table of strings (or lists of strings) in a JSON manifest.
fn table(text: &str, key: &str) -> Option<Scripts> {
    let value: Value = serde_json::from_str(text).ok()?;
    let entries = value.get(key)?.as_object()?;
    let body = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let parts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            parts.join(" && ")
        }
        other => other.to_string(),
    };
    Some(
        entries
            .iter()
            .map(|(name, value)| (name.clone(), body(value)))
            .collect(),
    )
}

/// Targets of a makefile and recipes of a justfile, with the first line of what they run.
fn targets(text: &str) -> Scripts {
    let mut found: Scripts = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, body)) = found.last_mut().filter(|(_, body)| open && body.is_empty()) {
                *body = line.trim().trim_start_matches(['@', '-']).to_owned();
            }
            continue;
        }
        open = false;
        let Some((names, rest)) = line.split_once(':') else {
            continue;
        };
        // `NAME := value` is a variable; `.PHONY: test` names no target of its own.
        if rest.starts_with('=')
            || line.starts_with(['#', '.'])
            || names.contains(['=', '$', '%', '('])
        {
            continue;
        }
        for name in names.split_whitespace().take(1) {
            found.push((name.trim_start_matches('@').to_owned(), String::new()));
            open = true;
        }
    }
    found
}
