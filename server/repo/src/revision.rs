//! Names to commits: HEAD, branches, tags, abbreviated ids and git's `~`, `^` and `@{upstream}`.
//!
//! References are read here rather than by libgit2, so that no symbolic link among them leaves the git directory and
//! a hostile revision string meets sixty lines of ours, not a parser in C. What git knows beyond this (`:/text`,
//! `@{yesterday}`) is refused in words.

use std::path::Path;

use base::{RelPath, RepoError};
use git2::Oid;

use crate::confined;
use crate::layout::Layout;
use crate::objects::Handle;

/// References to references followed; git's own limit.
const MAX_DEPTH: usize = 5;
/// A revision longer than this is not one.
const MAX_LENGTH: usize = 512;
/// Size limit of `packed-refs`: a million references.
const MAX_PACKED: u64 = 100 << 20;

/// The commit that HEAD points to; `None` before the first commit.
pub(crate) fn head(layout: &Layout) -> Option<Oid> {
    reference(layout, "HEAD")
}

/// The commit that `revision` names.
pub(crate) fn resolve(
    layout: &Layout,
    repository: &Handle<'_>,
    revision: &str,
) -> Result<Oid, RepoError> {
    let refuse = |why: &str| RepoError::NoSuchRevision {
        revision: revision.escape_debug().to_string(),
        why: why.to_owned(),
    };
    if revision.is_empty() || revision.len() > MAX_LENGTH {
        return Err(refuse("give a branch, a tag or a commit id"));
    }
    if revision.starts_with('-')
        || revision.contains(|c: char| c.is_control() || " :?*[\\".contains(c))
    {
        return Err(refuse("it holds a character that no revision has"));
    }
    let end = revision
        .char_indices()
        .find(|&(at, c)| matches!(c, '~' | '^') || (c == '@' && revision[at..].starts_with("@{")))
        .map_or(revision.len(), |(at, _)| at);
    let (name, mut rest) = revision.split_at(end);
    let mut full = match name {
        "" | "@" => "HEAD".to_owned(),
        other => other.to_owned(),
    };
    if let Some(after) = rest.strip_prefix("@{") {
        let Some((what, after)) = after.split_once('}') else {
            return Err(refuse("`@{` is not closed"));
        };
        if !matches!(what.to_ascii_lowercase().as_str(), "u" | "upstream") {
            return Err(refuse(
                "of `@{…}` only `@{upstream}` is understood; give a commit id",
            ));
        }
        full = upstream(layout, &full).ok_or_else(|| {
            refuse("the branch has no upstream; set one with `git branch --set-upstream-to`")
        })?;
        rest = after;
    }
    let id = named(layout, repository, &full).ok_or_else(|| {
        let hint = match (name, head(layout)) {
            ("" | "@" | "HEAD", None) => "there is no commit yet",
            _ => "it is no branch, tag or commit here; fetch it first, or list names with `git branch -a`",
        };
        refuse(hint)
    })?;
    let mut id = commit_of(repository, id).ok_or_else(|| refuse("it is not a commit"))?;
    while let Some(step) = rest.chars().next() {
        rest = &rest[1..];
        if step == '^'
            && let Some(after) = rest.strip_prefix('{')
        {
            let Some((kind, after)) = after.split_once('}') else {
                return Err(refuse("`^{` is not closed"));
            };
            if !matches!(kind, "" | "commit") {
                return Err(refuse("only commits can be reviewed"));
            }
            rest = after;
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count = match &rest[..digits] {
            "" => 1,
            number => number
                .parse::<usize>()
                .map_err(|_| refuse("the number is too large"))?,
        };
        rest = &rest[digits..];
        let parent = |id: Oid, nth: usize| {
            repository.loose.vouch(id).ok()?;
            let commit = repository.find_commit(id).ok()?;
            let parent = commit.parent_id(nth).ok()?;
            repository.loose.vouch(parent).ok()?;
            repository.find_commit(parent).ok().map(|found| found.id())
        };
        let beyond = || {
            refuse(
                "there is no such ancestor (in a shallow clone, `git fetch --unshallow` gets more)",
            )
        };
        match step {
            '~' => {
                for _ in 0..count {
                    id = parent(id, 0).ok_or_else(beyond)?;
                }
            }
            '^' if count > 0 => id = parent(id, count - 1).ok_or_else(beyond)?,
            '^' => {}
            _ => return Err(refuse("it is not understood after the name")),
        }
    }
    Ok(id)
}

/// `refs/remotes/origin/main` for a branch that follows it.
fn upstream(layout: &Layout, name: &str) -> Option<String> {
    let branch = match name {
        "HEAD" => {
            let text = confined::read_line(&layout.git, Path::new("HEAD"))?;
            text.strip_prefix("ref: refs/heads/")?.trim().to_owned()
        }
        other => other
            .strip_prefix("refs/heads/")
            .unwrap_or(other)
            .to_owned(),
    };
    let remote = layout.config.get(&format!("branch.{branch}.remote"))?;
    let merge = layout.config.get(&format!("branch.{branch}.merge"))?;
    let short = merge.strip_prefix("refs/heads/").unwrap_or(merge);
    Some(match remote {
        "." => merge.to_owned(),
        _ => format!("refs/remotes/{remote}/{short}"),
    })
}

/// What a name means, in git's order of preference.
fn named(layout: &Layout, repository: &Handle<'_>, name: &str) -> Option<Oid> {
    let is_hex = (4..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && name.len() == 40 {
        return Oid::from_str(name).ok();
    }
    let forms = [
        name.to_owned(),
        format!("refs/{name}"),
        format!("refs/tags/{name}"),
        format!("refs/heads/{name}"),
        format!("refs/remotes/{name}"),
        format!("refs/remotes/{name}/HEAD"),
    ];
    // At the top only the names in capitals are references; `config` and `index` are not.
    let is_pseudo = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let from = if is_pseudo || name.starts_with("refs/") {
        0
    } else {
        1
    };
    if let Some(id) = forms[from..]
        .iter()
        .find_map(|form| reference(layout, form))
    {
        return Some(id);
    }
    let abbreviated = if is_hex {
        name
    } else {
        // `git describe` writes v1.2-3-gabcdef0.
        let (_, id) = name.rsplit_once("-g")?;
        let fits = id.len() >= 4 && id.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then_some(id)?
    };
    repository.loose.vouch_prefix(abbreviated).ok()?;
    repository
        .find_object_by_prefix(abbreviated, None)
        .ok()
        .map(|object| object.id())
}

fn commit_of(repository: &Handle<'_>, id: Oid) -> Option<Oid> {
    // A tag leads to the commit, perhaps over other tags.
    repository.loose.vouch_tree(id).ok()?;
    let object = repository.find_object(id, None).ok()?;
    object.peel_to_commit().ok().map(|commit| commit.id())
}

/// The id that a reference, given in full, leads to.
fn reference(layout: &Layout, name: &str) -> Option<Oid> {
    let mut name = name.to_owned();
    for _ in 0..MAX_DEPTH {
        let path = RelPath::new(&name).ok()?;
        // Linked work trees have their own HEAD and bisection; branches and tags are shared.
        let own = !name.starts_with("refs/")
            || ["refs/bisect/", "refs/worktree/", "refs/rewritten/"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
        let folder = if own { &layout.git } else { &layout.common };
        let text = match confined::read_line(folder, Path::new(path.as_str())) {
            Some(text) => text,
            None => return packed(layout, &name),
        };
        match text.strip_prefix("ref:") {
            Some(target) => name = target.trim().to_owned(),
            // FETCH_HEAD has more behind the id.
            None => return Oid::from_str(text.get(..40)?).ok(),
        }
    }
    None
}

fn packed(layout: &Layout, name: &str) -> Option<Oid> {
    let bytes = confined::read(&layout.common, Path::new("packed-refs"), MAX_PACKED).ok()?;
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Some((id, rest)) = line.split_at_checked(40)
            && rest.strip_prefix(b" ").map(<[u8]>::trim_ascii_end) == Some(name.as_bytes())
        {
            return Oid::from_str(std::str::from_utf8(id).ok()?).ok();
        }
    }
    None
}
