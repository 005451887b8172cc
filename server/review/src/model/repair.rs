//! A model's repair, tried in memory before anybody sees it.
//!
//! It replaces whole lines that stand there word for word, takes over their indentation and line endings, and must leave
//! no syntax error that was not there. Files that steer editors, agents and builds are never edited on a model's word.

use std::ops::Range;

use base::{Edit, Fix, RelPath, Span};

use super::anchor::{Hint, Sight, place};
use super::desk::Desk;
use super::draft::DraftFix;
use super::inert;
use super::page::Page;
use crate::checks::is_hidden;
use crate::fix;

/// Lines around a remark in which its repair may lie.
const NEAR: u32 = 30;
/// Longest repair, in lines.
const MAX_LINES: usize = 60;

/// The repair, where it applies and breaks nothing.
pub(super) fn repair(
    desk: &Desk,
    page: &Page,
    remark: &Range<u32>,
    draft: &DraftFix,
) -> Option<Fix> {
    if is_control(&page.path) || page.text.is_lossy() || draft.with.lines().count() > MAX_LINES {
        return None;
    }
    let near = remark.start.saturating_sub(NEAR)..(remark.end + NEAR).min(page.len());
    let sight = Sight {
        page,
        changed: vec![remark.clone()],
        shown: vec![near.clone()],
        symbols: Vec::new(),
    };
    let hint = Hint {
        quote: &draft.replaces,
        tag: "",
        line: remark.start + 1,
        symbol: "",
    };
    let lines = place(&sight, hint)
        .ok()
        .filter(|lines| near.contains(&lines.start))?;
    // The place is right to the line; the quote must be whole lines too, or more would be replaced than was read.
    let quoted = draft
        .replaces
        .lines()
        .filter(|line| !line.trim().is_empty())
        .count();
    let there = lines
        .clone()
        .filter(|line| !page.line(*line).trim().is_empty())
        .count();
    let exact = lines
        .clone()
        .filter(|line| !page.line(*line).trim().is_empty());
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let said: String = draft.replaces.lines().map(words).collect();
    let stands: String = exact.map(|line| words(page.line(line))).collect();
    if quoted != there || said != stands {
        return None;
    }
    // A placeholder may only come back where it stood: nobody moves a secret.
    let shown: Vec<&str> = lines.clone().map(|line| page.line(line)).collect();
    let is_known = |part: &str| shown.iter().any(|line| line.contains(part));
    if !placeholders(&draft.with)?.into_iter().all(is_known) {
        return None;
    }
    let with = desk.redactor.restore(&draft.with)?;
    let mut span = page.text.lines().lines_span(lines);
    let replaced = page.text.slice(span)?;
    if with.chars().any(|c| {
        (is_hidden(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            && !replaced.contains(c)
    }) {
        return None;
    }
    let new_text = match with.trim().is_empty() {
        true => String::new(),
        false => {
            let body = replaced.trim_end_matches(['\n', '\r']);
            span = Span::new(span.start as usize, span.start as usize + body.len());
            indented(body, &with)
        }
    };
    let replaces = page.text.slice(span)?.to_owned();
    if replaces == new_text {
        return None;
    }
    let title = inert::title(&draft.title);
    let repair = Fix {
        title: if title.is_empty() {
            "Apply the repair".to_owned()
        } else {
            title
        },
        edits: vec![Edit {
            path: page.path.clone(),
            span,
            replaces,
            new_text,
        }],
    };
    fix::preview(&page.text, &repair, &page.path)?;
    Some(repair)
}

/// The placeholders in a text; `None` where one is broken.
fn placeholders(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('⟦') {
        let end = at + rest[at..].find('⟧')? + '⟧'.len_utf8();
        found.push(&rest[at..end]);
        rest = &rest[end..];
    }
    Some(found)
}

/// `with` moved to where `body` stands, with its line endings.
fn indented(body: &str, with: &str) -> String {
    let ending = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = with
        .trim_matches(['\n', '\r'])
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    let own = common_indent(&lines);
    let there: Vec<&str> = body.lines().collect();
    let target = common_indent(&there);
    // The first line is often copied without its indentation, the rest with it.
    let rest = lines.get(1..).unwrap_or_default();
    let is_hanging = own.is_empty()
        && !target.is_empty()
        && rest.iter().any(|line| !line.trim().is_empty())
        && common_indent(rest).starts_with(target);
    let moved = lines
        .iter()
        .enumerate()
        .map(|(at, line)| match line.trim().is_empty() {
            true => String::new(),
            false if is_hanging && at > 0 => (*line).to_owned(),
            false => format!("{target}{}", line.get(own.len()..).unwrap_or_default()),
        });
    moved.collect::<Vec<_>>().join(ending)
}

/// The white space that all lines begin with, blank ones aside.
fn common_indent<'a>(lines: &[&'a str]) -> &'a str {
    let mut common: Option<&str> = None;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let own = &line[..line.len() - line.trim_start().len()];
        common = Some(match common {
            None => own,
            Some(so_far) => {
                let same = so_far
                    .bytes()
                    .zip(own.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                &so_far[..same]
            }
        });
    }
    common.unwrap_or_default()
}

/// Whether a file steers programs rather than being the program: an editor's, an agent's or a build's settings.
pub(super) fn is_control(path: &RelPath) -> bool {
    const FOLDERS: &[&str] = &[
        ".vscode",
        ".idea",
        ".devcontainer",
        ".github",
        ".gitlab",
        ".circleci",
        ".git",
        ".husky",
        ".claude",
        ".cursor",
        ".zed",
        ".obelus",
        ".cargo",
        ".vs",
        ".fleet",
        ".helix",
        ".nvim",
        ".config",
        ".codex",
        ".gemini",
        ".windsurf",
        ".continue",
        ".aider",
        ".azuredevops",
        ".buildkite",
        ".woodpecker",
        ".direnv",
        ".mvn",
        ".yarn",
    ];
    const NAMES: &[&str] = &[
        ".gitlab-ci.yml",
        ".gitmodules",
        ".gitattributes",
        ".gitconfig",
        ".mcp.json",
        "mcp.json",
        "agents.md",
        "claude.md",
        "gemini.md",
        ".cursorrules",
        ".windsurfrules",
        "obelus.toml",
        "jenkinsfile",
        "azure-pipelines.yml",
        ".envrc",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".pnpmfile.cjs",
        "build.rs",
        ".exrc",
        ".nvim.lua",
        ".vimrc",
        ".dir-locals.el",
        ".editorconfig",
        ".pre-commit-config.yaml",
        "lefthook.yml",
        ".travis.yml",
        ".drone.yml",
        "bitbucket-pipelines.yml",
        "package.json",
        "makefile",
        "justfile",
        "setup.py",
        "conftest.py",
        ".tool-versions",
        "mise.toml",
        ".mise.toml",
        ".bazelrc",
        "gradle.properties",
        ".rustfmt.toml",
        "rust-toolchain.toml",
        ".opencode.json",
    ];
    let lower = path.as_str().to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let in_folder = lower
        .split('/')
        .rev()
        .skip(1)
        .any(|folder| FOLDERS.contains(&folder));
    in_folder
        || NAMES.contains(&name)
        || name.ends_with(".code-workspace")
        || name.ends_with(".sublime-project")
}
