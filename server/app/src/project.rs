//! The project model of a workspace, from the files as they lie there; and its telling in a few lines.

use base::{At, RelPath};
use review::project::{Kind, Project, Task};

use crate::workspace::Workspace;

/// Names in a line before the rest is counted.
const SHOWN: usize = 6;

/// What the workspace is made of. Files that git ignores do not count.
pub(crate) fn of(workspace: &Workspace) -> Project {
    let paths = workspace.repo.list("", &At::Worktree).unwrap_or_default();
    Project::of(&paths, &|path: &RelPath| {
        let text = workspace.repo.text(path, &At::Worktree).ok()??;
        Some(text.as_str().to_owned())
    })
}

/// A name and a line for each side of it that is known.
pub(crate) fn told(project: &Project) -> Vec<(&'static str, String)> {
    let languages = project.languages.iter();
    let languages = languages.map(|(name, files)| format!("{name} ({files})"));
    let manifests = project.parts.iter().map(|part| match part.manager {
        manager if manager.eq_ignore_ascii_case(part.ecosystem) => part.ecosystem.to_owned(),
        manager => format!("{} ({manager})", part.ecosystem),
    });
    let of = |kinds: &'static [Kind]| {
        let frameworks = project.parts.iter().flat_map(|part| &part.frameworks);
        frameworks
            .filter(move |framework| kinds.contains(&framework.kind))
            .map(|framework| framework.name.to_owned())
    };
    let command = |task: Task| {
        let commands = project.likeliest(task).into_iter().map(|(part, command)| {
            let words = command.words.join(" ");
            match part.folder.as_str() {
                "" => format!("`{words}`"),
                folder => format!("`{words}` in {folder}"),
            }
        });
        listed(commands.collect())
    };
    let ci = project.ci.iter().map(|ci| ci.name.to_owned());
    [
        ("languages", listed(languages.collect())),
        ("packages", listed(manifests.collect())),
        ("frameworks", listed(of(&[Kind::Product]).collect())),
        ("tools", listed(of(&[Kind::Test, Kind::Lint]).collect())),
        ("build", command(Task::Build)),
        ("test", command(Task::Test)),
        ("lint", command(Task::Lint)),
        ("ci", listed(ci.collect())),
    ]
    .into_iter()
    .filter(|(_, line)| !line.is_empty())
    .collect()
}

/// Each once, the first few by name.
fn listed(names: Vec<String>) -> String {
    let mut each: Vec<String> = Vec::new();
    for name in names {
        if !each.contains(&name) {
            each.push(name);
        }
    }
    let more = each.len().saturating_sub(SHOWN);
    each.truncate(SHOWN);
    let mut line = each.join(", ");
    if more > 0 {
        line.push_str(&format!(" and {more} more"));
    }
    line
}
