//! The changes of a description by area: files where these are few, folders where they are many, roles beside the code.

use std::collections::BTreeMap;

use base::{FileStatus, SymbolKind};

use super::clause::{of_dependencies, of_symbols};
use super::facts::{Depth, Did, Facts, FileFacts};
use super::habit::Mood;
use super::role::Role;
use super::safe::{code, list};

/// A line for each area: files one by one where these are few, else by folder; by role where it is no code.
pub(super) fn areas(facts: &Facts, limit: usize) -> String {
    let code_files: Vec<&FileFacts> = facts
        .files
        .iter()
        .filter(|file| matches!(file.role, Role::Code | Role::Migration | Role::Other))
        .filter(|file| file.depth != Depth::Layout)
        .collect();
    let roles: Vec<Role> = [Role::Dependencies, Role::Config, Role::Ci, Role::Docs]
        .into_iter()
        .filter(|role| facts.with_role(*role).next().is_some())
        .collect();
    // The sentence above said it.
    if only_code(facts).is_some() || facts.files.len() <= 1 {
        return String::new();
    }
    let mut lines = Vec::new();
    let room = limit.saturating_sub(roles.len()).max(1);
    if code_files.len() <= room {
        for file in &code_files {
            lines.push(format!("- {}: {}", code(file.path.as_str()), of_file(file)));
        }
    } else {
        let groups = by_folder(&code_files, room);
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(folder, files)| {
            (
                std::cmp::Reverse(files.iter().map(|file| file.size()).sum::<u64>()),
                folder.clone(),
            )
        });
        let rest = groups.split_off(groups.len().min(room));
        for (folder, files) in groups {
            let count = if files.len() == 1 {
                "1 file".to_owned()
            } else {
                format!("{} files", files.len())
            };
            let said = said(
                &of_symbols(
                    files
                        .iter()
                        .flat_map(|file| &file.symbols)
                        .filter(|symbol| !symbol.is_test),
                ),
                3,
            );
            let said = if said.is_empty() {
                String::new()
            } else {
                format!(": {said}")
            };
            lines.push(format!("- {} ({count}){said}", code(&folder)));
        }
        let left: usize = rest.iter().map(|(_, files)| files.len()).sum();
        if left > 0
            && let Some(last) = lines.last_mut()
        {
            last.push_str(&format!(
                "; and {left} more {}",
                if left == 1 { "file" } else { "files" }
            ));
        }
    }
    for role in roles {
        let files: Vec<&FileFacts> = facts.with_role(role).collect();
        lines.push(format!("- **{}:** {}", role.title(), of_role(role, &files)));
    }
    lines.join("\n")
}

fn of_role(role: Role, files: &[&FileFacts]) -> String {
    if role == Role::Dependencies {
        let clauses: Vec<_> = files
            .iter()
            .flat_map(|file| of_dependencies(file))
            .collect();
        if !clauses.is_empty() {
            return said(&clauses, 4);
        }
    }
    if let [file] = files {
        return format!("{}: {}", code(file.path.as_str()), of_file(file));
    }
    let names: Vec<String> = files.iter().map(|file| code(file.path.as_str())).collect();
    list(&names, 3)
}

/// The only file that is no test and needs to be told about; what a change does is then what it does there.
pub(super) fn only_code(facts: &Facts) -> Option<&FileFacts> {
    let mut others = facts.files.iter().filter(|file| file.role != Role::Test);
    let one = others.next()?;
    let tells = one.role == Role::Code && one.depth == Depth::Content && one.from.is_none();
    (others.next().is_none() && tells && one.real().any(|symbol| !symbol.is_test)).then_some(one)
}

/// What happens in one file, in a few words.
fn of_file(file: &FileFacts) -> String {
    let clauses = of_symbols(
        file.symbols
            .iter()
            .filter(|symbol| file.role == Role::Test || !symbol.is_test),
    );
    let said = said(&clauses, 3);
    let lines = file
        .lines
        .map(|(added, removed)| format!("+{added} −{removed}"));
    let lines = lines.unwrap_or_else(|| "not read".to_owned());
    match (file.status, &file.from) {
        // The keys of a new data file say nothing about it.
        (FileStatus::Added | FileStatus::Untracked, _)
            if file.real().all(|symbol| symbol.kind == SymbolKind::Key) || clauses.is_empty() =>
        {
            format!("new ({lines})")
        }
        (FileStatus::Added | FileStatus::Untracked, _) => {
            let names: Vec<String> = file
                .real()
                .filter(|symbol| !symbol.is_test || file.role == Role::Test)
                .filter(|symbol| symbol.did == Did::Added)
                .map(|symbol| code(&symbol.name))
                .collect();
            if names.is_empty() {
                format!("new; {said}")
            } else {
                format!("new, with {}", list(&names, 3))
            }
        }
        (FileStatus::Deleted, _) => "gone".to_owned(),
        (_, Some(from)) if clauses.is_empty() => format!("was {}", code(from.as_str())),
        (_, Some(from)) => format!("was {}; {said}", code(from.as_str())),
        _ if !said.is_empty() => said,
        _ => match file.depth {
            Depth::Same => "mode or type only".to_owned(),
            Depth::Layout => "layout only".to_owned(),
            Depth::Comments => "comments only".to_owned(),
            Depth::Content => lines,
        },
    }
}

pub(super) fn said(clauses: &[super::clause::Clause], limit: usize) -> String {
    let said: Vec<String> = clauses
        .iter()
        .take(3)
        .map(|clause| clause.say(Mood::Third, true, limit))
        .collect();
    let rest: usize = clauses
        .iter()
        .skip(3)
        .map(|clause| clause.names.len())
        .sum();
    let mut out = said.join("; ");
    if rest > 0 {
        out.push_str(&format!(
            "; {rest} smaller {}",
            if rest == 1 { "change" } else { "changes" }
        ));
    }
    out
}

/// Files by folder, as deep as leaves at most `limit` folders.
fn by_folder<'a>(files: &[&'a FileFacts], limit: usize) -> BTreeMap<String, Vec<&'a FileFacts>> {
    let mut groups = BTreeMap::new();
    for depth in (1..=6).rev() {
        groups.clear();
        for file in files {
            let folder: Vec<&str> = file
                .path
                .parent()
                .unwrap_or("")
                .split('/')
                .take(depth)
                .collect();
            let folder = folder.join("/");
            let folder = if folder.is_empty() {
                "./".to_owned()
            } else {
                format!("{folder}/")
            };
            groups.entry(folder).or_insert_with(Vec::new).push(*file);
        }
        if groups.len() <= limit {
            break;
        }
    }
    groups
}
