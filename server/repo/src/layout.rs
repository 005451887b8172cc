//! Where a folder's work tree and git directory are, and the proof that they belong to it.
//!
//! git lets a repository point anywhere: a `.git` file names another folder's git directory, `commondir` another's
//! objects, `core.worktree` another work tree, `objects/info/alternates` another object store, and any part may be a
//! symbolic link. Whoever hands over such a folder would have other repositories of the user's shown as a change of
//! this one. So the work tree is always the folder that holds `.git`, whatever `core.worktree` says, and what lies
//! outside it is accepted only where its owner points back at this folder: a linked work tree (`worktrees/NAME/gitdir`
//! names it) or a submodule (`core.worktree` in the parent's `modules/NAME` names it).
//!
//! Who owns the files is not asked (git's `safe.directory`): that check protects from programs named in a stranger's
//! configuration, and here none is started; a container that runs as root may review its user's checkout.

use std::fs;
use std::path::{Path, PathBuf};

use base::RepoError;

use crate::config::Config;
use crate::confined::{self, Kind};

/// A work tree and its git directories, all canonical.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Top of the work tree.
    pub(crate) top: PathBuf,
    /// HEAD, index and what else is this work tree's own.
    pub(crate) git: PathBuf,
    /// Objects, branches and tags; the same as `git` except in a linked work tree.
    pub(crate) common: PathBuf,
    /// Folders of objects that it borrows from; inside the work tree or its repository.
    pub(crate) borrowed: Vec<PathBuf>,
    /// The repository's own settings.
    pub(crate) config: Config,
}

/// What a folder is.
pub(crate) enum Found {
    /// Part of a git work tree.
    Git(Box<Layout>),
    /// A folder without git; says why.
    Plain(String),
}

/// Looks for git in `folder` (canonical) and upwards.
pub(crate) fn find(folder: &Path) -> Result<Found, RepoError> {
    for candidate in folder.ancestors() {
        if candidate.file_name().is_some_and(|name| name == ".git") && is_git_dir(candidate) {
            return Err(RepoError::NotARepository(format!(
                "{} is inside a git directory; open the work tree beside it",
                folder.display()
            )));
        }
        if let Some(layout) = at(candidate)? {
            return Ok(Found::Git(Box::new(layout)));
        }
        if is_git_dir(candidate) {
            return Err(RepoError::NotARepository(format!(
                "{} is a bare repository, which has no files to review; open a work tree of it \
                 (`git worktree add DIR` makes one)",
                candidate.display()
            )));
        }
    }
    Ok(Found::Plain(format!(
        "{} is not in a git repository, so there is no change to review; run `git init`, or review whole files \
         with `obelus review --all`",
        folder.display()
    )))
}

/// The work tree whose top is `folder`; `None` where it is none.
pub(crate) fn at(folder: &Path) -> Result<Option<Layout>, RepoError> {
    let dot_git = folder.join(".git");
    let git = match fs::symlink_metadata(&dot_git) {
        Ok(about) if about.is_dir() && is_git_dir(&dot_git) => dot_git.clone(),
        Ok(about) if about.is_file() => linked(&dot_git)?,
        Ok(about) if about.is_symlink() => {
            let target = canonical(&dot_git)?;
            if !target.starts_with(folder) {
                return Err(not_confined(&dot_git, "is a symbolic link to", &target));
            }
            if !is_git_dir(&target) {
                return Ok(None);
            }
            target
        }
        _ => return Ok(None),
    };
    check(folder, &dot_git, &git).map(Some)
}

fn is_git_dir(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
        && ((folder.join("objects").is_dir() && folder.join("refs").is_dir())
            || folder.join("commondir").is_file())
}

/// The git directory that a `.git` file names.
fn linked(dot_git: &Path) -> Result<PathBuf, RepoError> {
    let folder = dot_git.parent().unwrap_or(dot_git);
    let text = confined::read_line(folder, Path::new(".git")).unwrap_or_default();
    let Some(target) = text.strip_prefix("gitdir:").map(str::trim) else {
        return Err(RepoError::Failed(format!(
            "{} is neither a git directory nor a link to one; remove it or restore the repository",
            dot_git.display()
        )));
    };
    let target = folder.join(target);
    match target.canonicalize() {
        Ok(target) if is_git_dir(&target) => Ok(target),
        _ => Err(RepoError::Failed(format!(
            "{} names a git directory that is not there; if the work tree was moved, run `git worktree repair`",
            dot_git.display()
        ))),
    }
}

fn check(top: &Path, dot_git: &Path, git: &Path) -> Result<Layout, RepoError> {
    let top = canonical(top)?;
    let git = canonical(git)?;
    let common = match confined::read_line(&git, Path::new("commondir")) {
        Some(relative) => canonical(&git.join(relative))?,
        None => git.clone(),
    };
    let config = read_config(&git, &common);
    let inside = |path: &Path| path.starts_with(&top);
    if !(inside(&git) && inside(&common)) {
        let is_worktree = git.parent() == Some(&common.join("worktrees"))
            && confined::read_line(&git, Path::new("gitdir"))
                .and_then(|back| git.join(back).canonicalize().ok())
                .is_some_and(|back| back == top.join(".git"));
        let is_submodule = git == common
            && config
                .get("core.worktree")
                .and_then(|back| git.join(back).canonicalize().ok())
                .is_some_and(|back| back == top);
        if !is_worktree && !is_submodule {
            let what = if inside(&git) { &common } else { &git };
            return Err(not_confined(dot_git, "leads to", what));
        }
    }
    check_format(&config)?;
    check_parts(&git, &common)?;
    let borrowed = check_alternates(&top, &common)?;
    Ok(Layout {
        top,
        git,
        common,
        borrowed,
        config,
    })
}

/// The repository's settings and, where it keeps such, those of the one work tree. A sparse checkout splits them so,
/// and moves a submodule's `core.worktree` along.
fn read_config(git: &Path, common: &Path) -> Config {
    let read = |folder: &Path, name: &str| {
        confined::read(folder, Path::new(name), 1 << 20)
            .map(|bytes| Config::parse(&String::from_utf8_lossy(&bytes)))
            .unwrap_or_default()
    };
    let config = read(common, "config");
    if config.flag("extensions.worktreeconfig") == Some(true) {
        return config.overlaid(read(git, "config.worktree"));
    }
    config
}

/// What this version of libgit2 cannot read is said at once rather than as a riddle later.
fn check_format(config: &Config) -> Result<(), RepoError> {
    let unsupported = |what: &str| {
        Err(RepoError::Failed(format!(
            "this repository uses {what}, which Obelus cannot read yet; whole files can be reviewed from a copy \
             without `.git`"
        )))
    };
    if let Some(format) = config.get("extensions.objectformat")
        && !format.eq_ignore_ascii_case("sha1")
    {
        return unsupported("SHA-256 object names");
    }
    if config
        .get("extensions.refstorage")
        .is_some_and(|storage| !storage.starts_with("files"))
    {
        return unsupported("the reftable format");
    }
    Ok(())
}

/// The parts that libgit2 opens by itself must not be links.
fn check_parts(git: &Path, common: &Path) -> Result<(), RepoError> {
    let refuse = |part: &Path| {
        let target = part.canonicalize().unwrap_or_else(|_| part.to_owned());
        Err(not_confined(part, "is a symbolic link to", &target))
    };
    let is_link = |part: &Path| fs::symlink_metadata(part).is_ok_and(|about| about.is_symlink());
    for part in [
        git.join("index"),
        common.join("objects"),
        common.join("objects/pack"),
        common.join("objects/info"),
        common.join("objects/info/alternates"),
    ] {
        if is_link(&part) {
            return refuse(&part);
        }
    }
    for folder in ["objects", "objects/pack", "objects/info"] {
        let Ok(names) = fs::read_dir(common.join(folder)) else {
            continue;
        };
        for name in names.flatten() {
            if name.file_type().is_ok_and(|kind| kind.is_symlink()) {
                return refuse(&name.path());
            }
        }
    }
    Ok(())
}

/// Borrowed objects (`git clone --shared` or `--reference`) are refused where they come from outside the work tree:
/// libgit2 would follow them, and nothing tells a convenience of the user's from somebody else's private repository.
fn check_alternates(top: &Path, common: &Path) -> Result<Vec<PathBuf>, RepoError> {
    let path = Path::new("objects/info/alternates");
    let text = match confined::read(common, path, 64 * 1024) {
        Ok(bytes) => bytes,
        Err(confined::Refused::Missing) => return Ok(Vec::new()),
        Err(_) => {
            return Err(RepoError::NotConfined(format!(
                "{} is not a small regular file",
                common.join(path).display()
            )));
        }
    };
    let targets = borrowed(common, &text);
    for target in &targets {
        // One level only: an alternate's own alternates would have to be followed and checked in turn.
        let nested = matches!(
            confined::stat(target, Path::new("info/alternates")),
            Ok(stat) if stat.kind != Kind::Other
        );
        if nested || !(target.starts_with(top) || target.starts_with(common)) {
            return Err(RepoError::NotConfined(format!(
                "{} borrows objects from {}; run `git repack -a -d` and remove that file to make the repository \
                 self-contained",
                common.join(path).display(),
                target.display()
            )));
        }
    }
    Ok(targets)
}

/// The folders that a list of alternates names and that exist.
fn borrowed(common: &Path, text: &[u8]) -> Vec<PathBuf> {
    let objects = common.join("objects");
    String::from_utf8_lossy(text)
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .filter_map(|line| objects.join(line).canonicalize().ok())
        .collect()
}

fn not_confined(what: &Path, how: &str, target: &Path) -> RepoError {
    RepoError::NotConfined(format!(
        "{} {how} {}, and nothing there points back; open the folder that it belongs to instead",
        what.display(),
        target.display()
    ))
}

fn canonical(path: &Path) -> Result<PathBuf, RepoError> {
    path.canonicalize()
        .map_err(|error| RepoError::Failed(format!("cannot open {}: {error}", path.display())))
}
