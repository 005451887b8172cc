//! The repository's own template for pull requests: found where the code hosts look, filled where we know something.
//!
//! Every byte of the template stays. Under a heading that asks what we know, a marked block with the answer is added
//! below what the template says there; checkboxes, thanks and everything else are the author's.

use base::{At, RelPath, Repo};

use super::block;
use super::body::{Section, join};

/// Folders that hosts look into, in their order: GitHub, GitLab, Azure DevOps, Bitbucket, Gitea and Forgejo.
const FOLDERS: &[&str] = &[
    ".github",
    ".gitlab",
    ".azuredevops",
    ".vsts",
    ".bitbucket",
    ".gitea",
    ".forgejo",
];
/// Names at the top and in `docs`, letters' case aside.
const NAMES: &[&str] = &["pull_request_template", "merge_request_template"];
/// Spellings that are looked for where a folder is too large to list.
const SPELLED: &[&str] = &[
    "pull_request_template.md",
    "PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.txt",
    "PULL_REQUEST_TEMPLATE",
    "Pull_Request_Template.md",
    "PULL_REQUEST_TEMPLATE/pull_request_template.md",
];

/// The repository's template at a version, with its path.
pub fn find(repo: &dyn Repo, at: &At) -> Option<(RelPath, String)> {
    let read = |path: &RelPath| {
        let text = repo.text(path, at).ok()??;
        let text = text.as_str().trim_start_matches('\u{feff}').to_owned();
        (!text.trim().is_empty()).then(|| (path.clone(), text))
    };
    for folder in FOLDERS {
        let mut files: Vec<(u8, RelPath)> = repo
            .list(folder, at)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|path| Some((rank(&path)?, path)))
            .collect();
        files.sort();
        if let Some(found) = files.iter().find_map(|(_, path)| read(path)) {
            return Some(found);
        }
    }
    let spelled = ["", "docs/"]
        .into_iter()
        .flat_map(|folder| SPELLED.iter().map(move |name| format!("{folder}{name}")));
    spelled
        .filter_map(|path| RelPath::new(&path).ok())
        .find_map(|path| read(&path))
}

/// How surely a file of a host's folder is the template that a new request begins with.
fn rank(path: &RelPath) -> Option<u8> {
    let lower = path.as_str().to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if !matches!(extension, "md" | "txt" | "") {
        return None;
    }
    let deep = lower.matches('/').count();
    if NAMES.contains(&stem) && deep == 1 {
        return Some(0);
    }
    let in_choice =
        lower.contains("/pull_request_template/") || lower.contains("/merge_request_templates/");
    match stem {
        _ if !in_choice => None,
        "default" | "pull_request_template" => Some(1),
        // One for a branch is for that branch only.
        _ if lower.contains("/branches/") && stem != "main" && stem != "master" => None,
        _ => Some(2),
    }
}

/// What a heading asks.
fn asked(heading: &str) -> Option<&'static [&'static str]> {
    let heading = heading.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    if has(&[
        "checklist",
        "type of",
        "screenshot",
        "kind of",
        "before submitting",
    ]) {
        return None;
    }
    Some(if has(&["breaking", "backward", "compatib", "upgrade"]) {
        &["breaking"]
    } else if has(&["test", "verif", "qa"]) {
        &["tests"]
    } else if has(&["issue", "ticket", "fixes", "closes", "jira", "link"]) {
        &["issues"]
    } else if has(&["risk", "impact", "rollback"]) {
        &["risk"]
    } else if has(&["review"]) {
        &["review"]
    } else if has(&["why", "motivation", "context", "reason", "problem"])
        && !has(&["what", "description", "change"])
    {
        return None;
    } else if has(&[
        "description",
        "summary",
        "what",
        "change",
        "overview",
        "proposed",
        "purpose",
    ]) {
        &["what", "areas"]
    } else {
        return None;
    })
}

/// The template with what we know in it.
pub(crate) fn fill(template: &str, sections: &[Section]) -> String {
    let ending = block::line_ending(template);
    let mut left: Vec<Section> = sections.to_vec();
    // Where each heading's part ends, and what goes there.
    let mut places: Vec<(usize, &'static [&'static str])> = Vec::new();
    let mut open: Option<&'static [&'static str]> = None;
    let (mut at, mut fenced, mut in_comment) = (0, false, false);
    for line in template.split_inclusive('\n') {
        let bare = line.trim();
        let heading = bare.starts_with('#')
            && bare.trim_start_matches('#').starts_with(' ')
            && !fenced
            && !in_comment;
        if heading {
            if let Some(keys) = open.take() {
                places.push((at, keys));
            }
            open = asked(bare.trim_start_matches('#'))
                .filter(|keys| places.iter().all(|(_, other)| other != keys));
        }
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
        }
        in_comment = match (line.rfind("<!--"), line.rfind("-->")) {
            (Some(begin), Some(end)) => begin > end,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => in_comment,
        };
        at += line.len();
    }
    if let Some(keys) = open {
        places.push((at, keys));
    }
    // What no heading asks for goes with what the change is.
    let main = places.iter().position(|(_, keys)| keys.contains(&"what"));
    let mut insertions: Vec<(usize, String)> = Vec::new();
    for (place, (at, keys)) in places.iter().enumerate() {
        if Some(place) == main {
            continue;
        }
        let (mine, others): (Vec<Section>, Vec<Section>) =
            left.into_iter().partition(|(key, _)| keys.contains(key));
        left = others;
        if let [(key, text)] = mine.as_slice() {
            insertions.push((*at, block::wrap(key, text, ending)));
        }
    }
    let rest = join(&left);
    match main.and_then(|main| places.get(main)) {
        Some((at, _)) => insertions.push((*at, block::wrap("", &rest, ending))),
        None => insertions.push((template.len(), block::wrap("", &rest, ending))),
    }
    insertions.sort_by_key(|(at, _)| *at);
    let mut out = String::new();
    let mut from = 0;
    for (at, text) in insertions {
        let before = template.get(from..at).unwrap_or_default();
        out.push_str(before);
        if !before.is_empty() && !before.ends_with('\n') {
            out.push_str(&ending.repeat(2));
        } else if !before.is_empty() && !before.ends_with(&ending.repeat(2)) {
            out.push_str(ending);
        }
        out.push_str(&text);
        out.push_str(ending);
        if at < template.len() {
            out.push_str(ending);
        }
        from = at;
    }
    out.push_str(template.get(from..).unwrap_or_default());
    out
}

/// `body` with our blocks brought up to date; a text without one gets one after all of it.
pub(crate) fn update(body: &str, sections: &[Section]) -> String {
    let named: Vec<String> = block::find(body)
        .into_iter()
        .map(|block| block.name)
        .collect();
    let mut left: Vec<Section> = sections.to_vec();
    let mut out = body.to_owned();
    for name in named.iter().filter(|name| !name.is_empty()) {
        let (mine, others): (Vec<Section>, Vec<Section>) =
            left.into_iter().partition(|(key, _)| key == name);
        left = others;
        let text = mine.first().map_or("", |(_, text)| text.as_str());
        if let Some(changed) = block::replace(&out, name, text) {
            out = changed;
        }
    }
    let rest = join(&left);
    if named.iter().any(String::is_empty) {
        block::replace(&out, "", &rest).unwrap_or(out)
    } else {
        block::append(&out, &rest)
    }
}

#[cfg(test)]
mod tests {
    use base::At;
    use base::memory::MemoryRepo;

    use super::find;

    fn found(paths: &[&str]) -> Option<String> {
        let files: String = (paths.iter())
            .map(|path| format!("//- {path}\n## Description\n"))
            .collect();
        let repo = MemoryRepo::fixture(&format!("//- src/a.rs\nfn a() {{}}\n{files}"));
        find(&repo, &At::Worktree).map(|(path, _)| path.to_string())
    }

    #[test]
    fn it_is_found_wherever_a_host_looks() {
        for path in [
            // GitHub
            ".github/pull_request_template.md",
            ".github/PULL_REQUEST_TEMPLATE.md",
            ".github/PULL_REQUEST_TEMPLATE.txt",
            ".github/PULL_REQUEST_TEMPLATE/feature.md",
            "docs/pull_request_template.md",
            "PULL_REQUEST_TEMPLATE.md",
            "PULL_REQUEST_TEMPLATE/pull_request_template.md",
            // GitLab
            ".gitlab/merge_request_templates/Default.md",
            ".gitlab/merge_request_templates/Bug.md",
            // Azure DevOps
            ".azuredevops/pull_request_template.md",
            ".azuredevops/pull_request_template/branches/main.md",
            ".vsts/pull_request_template.md",
            "docs/PULL_REQUEST_TEMPLATE.md",
            // Bitbucket
            ".bitbucket/PULL_REQUEST_TEMPLATE.md",
            // Gitea, Forgejo
            ".gitea/pull_request_template.md",
            ".forgejo/PULL_REQUEST_TEMPLATE.md",
        ] {
            assert_eq!(found(&[path]).as_deref(), Some(path));
        }
    }

    #[test]
    fn the_one_that_a_new_request_begins_with_is_taken() {
        let choice = [
            ".gitlab/merge_request_templates/Bug.md",
            ".gitlab/merge_request_templates/Default.md",
        ];
        assert_eq!(found(&choice).as_deref(), Some(choice[1]));
        let own = [
            ".github/PULL_REQUEST_TEMPLATE/feature.md",
            ".github/pull_request_template.md",
        ];
        assert_eq!(found(&own).as_deref(), Some(own[1]));
        for path in [
            ".azuredevops/pull_request_template/branches/release.md",
            ".github/ISSUE_TEMPLATE/bug.md",
            "src/pull_request_template.md",
            ".github/pull_request_template.exe",
        ] {
            assert_eq!(found(&[path]), None, "{path}");
        }
    }
}
