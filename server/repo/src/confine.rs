//! Proof that a repository is confined to its folder.
//!
//! libgit2 believes what a repository says of itself: `core.worktree` moves the work tree elsewhere, a `.git` file or
//! link names another repository, `commondir` and `objects/info/alternates` bring in another one's objects. Its ownership
//! check does not help, because the victim owns those too. So each of these places is resolved and compared here.
//! Linked work trees and submodules do lie outside of their folder; they are believed only when the other side links
//! back, which a hostile repository cannot make it do.

use std::fs;
use std::path::{Path, PathBuf};

use base::RepoError;
use git2::Repository;

/// Opens the repository that `folder` lies in, if there is one and it is confined. `Ok(None)` when there is none.
pub(crate) fn open(folder: &Path) -> Result<Option<(Repository, PathBuf)>, RepoError> {
    allow_partial_clones();
    // No flag for the environment: `GIT_DIR` and its kin do not apply to a folder that was named.
    let none: [&Path; 0] = [];
    let repository = match Repository::open_ext(folder, git2::RepositoryOpenFlags::empty(), none) {
        Ok(repository) => repository,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        Err(error) if error.code() == git2::ErrorCode::Owner => {
            return Err(RepoError::Failed(format!(
                "the repository at {} belongs to another user; if you trust it, run `git config --global --add \
                 safe.directory {}`",
                folder.display(),
                folder.display()
            )));
        }
        Err(error) => {
            return Err(RepoError::Failed(format!(
                "cannot open the repository at {}: {}",
                folder.display(),
                error.message()
            )));
        }
    };
    if repository.is_bare() {
        return Err(RepoError::NotARepository(format!(
            "{} is a bare repository: it has no work tree to review; open a work tree of it (`git worktree add`)",
            folder.display()
        )));
    }
    let workdir = repository
        .workdir()
        .and_then(|workdir| fs::canonicalize(workdir).ok())
        .ok_or_else(|| RepoError::NotConfined("its work tree does not exist".to_owned()))?;
    check(&repository, &workdir, folder)?;
    Ok(Some((repository, workdir)))
}

fn check(repository: &Repository, workdir: &Path, folder: &Path) -> Result<(), RepoError> {
    let refuse = |what: String| Err(RepoError::NotConfined(what));
    if !folder.starts_with(workdir) {
        return refuse(format!("`core.worktree` points to {}", workdir.display()));
    }
    let (Ok(git), Ok(common)) = (
        fs::canonicalize(repository.path()),
        fs::canonicalize(repository.commondir()),
    ) else {
        return refuse("its git folder cannot be resolved".to_owned());
    };
    let entry = workdir.join(".git");
    let is_own = git == entry && fs::symlink_metadata(&entry).is_ok_and(|meta| meta.is_dir());
    if is_own {
        if common != git {
            return refuse(format!("`commondir` points to {}", common.display()));
        }
    } else if !(is_linked_worktree(&git, &common, &entry)
        || is_submodule(repository, &git, &common, workdir))
    {
        return refuse(format!(
            "its git folder is {}, which does not link back",
            git.display()
        ));
    }
    let objects = common.join("objects");
    if fs::canonicalize(&objects).is_ok_and(|real| real != objects) {
        return refuse(format!("its objects are elsewhere: {}", objects.display()));
    }
    if let Ok(alternates) = fs::read_to_string(objects.join("info").join("alternates")) {
        for line in alternates
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        {
            let target = objects.join(line.trim());
            let inside = fs::canonicalize(&target).is_ok_and(|real| real.starts_with(&common));
            if !inside {
                return refuse(format!(
                    "it borrows objects from {} (objects/info/alternates); run `git repack -a -d` and remove that file",
                    target.display()
                ));
            }
        }
    }
    Ok(())
}

/// `<common>/worktrees/<name>` whose `gitdir` file names this work tree's `.git` file.
fn is_linked_worktree(git: &Path, common: &Path, entry: &Path) -> bool {
    let in_place = git.parent() == Some(&common.join("worktrees"));
    let links_back = fs::read_to_string(git.join("gitdir"))
        .ok()
        .and_then(|back| fs::canonicalize(git.join(back.trim())).ok())
        .is_some_and(|back| fs::canonicalize(entry).is_ok_and(|entry| entry == back));
    in_place && links_back
}

/// `<superproject>/.git/modules/<name>` whose own `core.worktree` names this work tree.
fn is_submodule(repository: &Repository, git: &Path, common: &Path, workdir: &Path) -> bool {
    let in_modules = git.ancestors().any(|part| part.ends_with(".git/modules"));
    let links_back = repository
        .config()
        .and_then(|config| config.open_level(git2::ConfigLevel::Local))
        .and_then(|config| config.get_path("core.worktree"))
        .ok()
        .and_then(|back| fs::canonicalize(git.join(back)).ok())
        .is_some_and(|back| back == workdir);
    in_modules && git == common && links_back
}

/// libgit2 refuses repositories with an extension it does not know. A partial clone's only means that some blobs are
/// elsewhere; a missing blob is a skipped file here, so it may be opened.
fn allow_partial_clones() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        #[expect(unsafe_code, reason = "sets a process-wide option of libgit2; called once, before the first repository is opened")]
        // SAFETY: `Once` orders this before every use of the option, which happens only in `Repository::open_ext` above.
        let result = unsafe { git2::opts::set_extensions(&["partialclone"]) };
        if let Err(error) = result {
            tracing::debug!(%error, "partial clones cannot be opened");
        }
    });
}
