//! Every state that a repository may be in: before the first commit, amid a merge, shallow, sparse, linked, bare.

use base::change::{FileStatus, SkipReason};
use base::{At, Cancel, RepoError, Scope, WorkspaceKind};

use crate::git::Git;
use crate::support::{change, check, open, path};

#[test]
fn before_the_first_commit_everything_is_new() {
    let (_temp, git) = Git::init();
    git.write("staged.rs", "fn a() {}\n").run(["add", "-A"]);
    git.write("loose.rs", "fn b() {}\n");
    let repo = open(&git.folder);
    check(
        &repo,
        &Scope::Worktree,
        &["Untracked loose.rs: -0+1@0", "Added staged.rs: -0+1@0"],
    );
    check(&repo, &Scope::Staged, &["Added staged.rs: -0+1@0"]);
    let worktree = change(&repo, &Scope::Worktree);
    assert_eq!((worktree.base, worktree.old), (None, None));
    assert_eq!(repo.head().expect("a head"), None);
    for scope in [
        Scope::Commit("HEAD".to_owned()),
        Scope::Base("main".to_owned()),
        Scope::Commit(String::new()),
    ] {
        let Err(RepoError::NoSuchRevision { why, .. }) = repo.change(&scope, &Cancel::new()) else {
            panic!("{scope:?} was accepted");
        };
        assert!(!why.is_empty());
    }
}

#[test]
fn a_repository_without_anything_has_no_change() {
    let (_temp, git) = Git::init();
    let repo = open(&git.folder);
    for scope in [Scope::Worktree, Scope::Staged, Scope::All] {
        check(&repo, &scope, &[]);
    }
}

/// A repository in which `theirs` cannot be merged into `main` without conflicts in `both.txt` and `gone.txt`.
fn quarrel() -> (tempfile::TempDir, Git) {
    let (temp, git) = Git::init();
    git.write("both.txt", "1\n2\n3\n").write("gone.txt", "g\n");
    git.write("clean.txt", "c\n").commit("base");
    git.run(["checkout", "-q", "-b", "theirs"]);
    git.write("both.txt", "1\ntheirs\n3\n");
    git.write("gone.txt", "g\nmore\n");
    git.write("clean.txt", "c\nnew\n").commit("theirs");
    git.run(["checkout", "-q", "main"]);
    git.write("both.txt", "1\nours\n3\n").remove("gone.txt");
    git.commit("ours");
    (temp, git)
}

#[test]
fn a_merge_in_progress_shows_the_markers() {
    let (_temp, git) = quarrel();
    assert!(!git.attempt(["merge", "-q", "theirs"]).status.success());
    let repo = open(&git.folder);
    assert_eq!(repo.operation_in_progress(), Some("merge"));
    check(
        &repo,
        &Scope::Worktree,
        &[
            "Modified both.txt: -0+1@1 -0+3@3",
            "Modified clean.txt: -0+1@1",
            // Only one side has it, but git knows it.
            "Added gone.txt: -0+2@0",
        ],
    );
    check(
        &repo,
        &Scope::Staged,
        &[
            "Modified clean.txt: -0+1@1",
            "skipped both.txt: not present: it has conflicts; nothing is staged until they are resolved",
            "skipped gone.txt: not present: it has conflicts; nothing is staged until they are resolved",
        ],
    );
    // Resolved on disk as it was before: no difference, staged or not.
    git.write("both.txt", "1\nours\n3\n").remove("gone.txt");
    check(&repo, &Scope::Worktree, &["Modified clean.txt: -0+1@1"]);
    git.run(["add", "-A"]);
    git.run(["commit", "-q", "-m", "merged"]);
    assert_eq!(repo.operation_in_progress(), None);
    // A merge against its first parent: what it brought in.
    check(
        &repo,
        &Scope::Commit("HEAD".to_owned()),
        &["Modified clean.txt: -0+1@1"],
    );
}

#[test]
fn other_operations_are_named() {
    for (arguments, name) in [
        (&["rebase", "theirs"][..], "rebase"),
        (&["rebase", "--apply", "theirs"], "rebase"),
        (&["cherry-pick", "theirs"], "cherry-pick"),
        (&["revert", "--no-edit", "HEAD~1"], "revert"),
    ] {
        let (_temp, git) = quarrel();
        git.write("both.txt", "1\nagain\n3\n").commit("again");
        assert!(!git.attempt(arguments).status.success(), "{arguments:?}");
        assert_eq!(open(&git.folder).operation_in_progress(), Some(name));
    }
    let (_temp, git) = quarrel();
    git.run(["bisect", "start"]);
    assert_eq!(open(&git.folder).operation_in_progress(), Some("bisect"));
}

#[test]
fn a_detached_head_is_a_head() {
    let (_temp, git) = Git::init();
    let first = git.write("a", "1\n").commit("first");
    let second = git.write("a", "1\n2\n").commit("second");
    git.run(["checkout", "-q", "--detach", &first]);
    git.write("a", "0\n1\n");
    let repo = open(&git.folder);
    assert_eq!(repo.head().expect("a head"), Some(first));
    check(&repo, &Scope::Worktree, &["Modified a: -0+1@0"]);
    let to = Scope::Range {
        from: String::new(),
        to: second,
        symmetric: false,
    };
    check(&repo, &to, &["Modified a: -0+1@1"]);
}

#[test]
fn a_shallow_clone_ends_early_and_says_so() {
    let (temp, git) = Git::init();
    for n in 1..=4 {
        let lines: String = (1..=n).map(|line| format!("{line}\n")).collect();
        git.write("a", lines).commit("more");
    }
    let clone = Git::at(&temp.path().join("clone"));
    let url = format!("file://{}", git.folder.display());
    git.run([
        "clone",
        "-q",
        "--depth",
        "2",
        &url,
        clone.folder.to_str().expect("a path"),
    ]);
    clone.write("a", "1\n2\n3\n4\n5\n");
    let repo = open(&clone.folder);
    check(&repo, &Scope::Worktree, &["Modified a: -0+1@4"]);
    check(
        &repo,
        &Scope::Commit("HEAD".to_owned()),
        &["Modified a: -0+1@3"],
    );
    // The commit at the edge has a parent that is not here: shown whole, as git shows it.
    check(
        &repo,
        &Scope::Commit("HEAD~1".to_owned()),
        &["Added a: -0+3@0"],
    );
    check(
        &repo,
        &Scope::Base("origin/main".to_owned()),
        &["Modified a: -0+1@4"],
    );
    let beyond = repo.change(&Scope::Commit("HEAD~2".to_owned()), &Cancel::new());
    let Err(RepoError::NoSuchRevision { why, .. }) = beyond else {
        panic!("{beyond:?}");
    };
    assert!(why.contains("git fetch --unshallow"), "{why}");
}

#[test]
fn a_linked_work_tree_is_its_own() {
    let (temp, git) = Git::init();
    git.write("a", "1\n").commit("first");
    let linked = Git::at(&temp.path().join("linked"));
    let folder = linked.folder.to_str().expect("a path");
    git.run(["worktree", "add", "-q", "-b", "side", folder]);
    linked.write("a", "1\nlinked\n").write("new", "n\n");
    git.write("a", "main\n1\n");
    let repo = open(&linked.folder);
    check(
        &repo,
        &Scope::Worktree,
        &["Modified a: -0+1@1", "Untracked new: -0+1@0"],
    );
    linked.commit("in the linked one");
    check(
        &repo,
        &Scope::Base("main".to_owned()),
        &["Modified a: -0+1@1", "Added new: -0+1@0"],
    );
    check(
        &open(&git.folder),
        &Scope::Worktree,
        &["Modified a: -0+1@0"],
    );
    assert_eq!(
        repo::top(&linked.folder.join(".")).expect("a top"),
        linked.folder.canonicalize().expect("a path")
    );
}

#[test]
fn a_work_tree_of_a_bare_repository_works_and_the_bare_one_says_why_not() {
    let (temp, git) = Git::init();
    git.write("a", "1\n").commit("first");
    let bare = Git::at(&temp.path().join("bare.git"));
    let bare_path = bare.folder.to_str().expect("a path");
    git.run(["clone", "-q", "--bare", ".", bare_path]);
    for inside in ["", "refs", "objects/info"] {
        let Err(error) = repo::open(&bare.folder.join(inside)) else {
            panic!("a bare repository was opened");
        };
        let message = error.to_string();
        assert!(matches!(error, RepoError::NotARepository(_)), "{message}");
        assert!(message.contains("bare repository") && message.contains("git worktree add"));
    }
    let linked = Git::at(&temp.path().join("linked"));
    let linked_path = linked.folder.to_str().expect("a path");
    bare.run(["worktree", "add", "-q", linked_path]);
    linked.write("a", "1\n2\n");
    check(
        &open(&linked.folder),
        &Scope::Worktree,
        &["Modified a: -0+1@1"],
    );
}

#[test]
fn a_git_directory_is_no_workspace() {
    let (_temp, git) = Git::init();
    for inside in [".git", ".git/objects", ".git/refs/heads"] {
        let Err(RepoError::NotARepository(why)) = repo::open(&git.folder.join(inside)) else {
            panic!("{inside} was opened");
        };
        assert!(why.contains("open the work tree"), "{why}");
    }
}

#[test]
fn a_plain_folder_is_reviewed_whole_or_says_why_not() {
    let temp = tempfile::tempdir().expect("a folder");
    let git = Git::at(temp.path());
    git.write("src/a.rs", "fn a() {}\n");
    git.write("b.log", "log\n").write("c.tmp", "tmp\n");
    git.write(".gitignore", "*.log\n")
        .write(".ignore", "*.tmp\n");
    // Not a repository, whatever its name.
    std::fs::create_dir(temp.path().join(".git")).expect("a folder");
    let repo = open(temp.path());
    let WorkspaceKind::Folder(why) = repo.kind() else {
        panic!("taken for a repository");
    };
    assert!(why.contains("git init") && why.contains("--all"), "{why}");
    check(
        &repo,
        &Scope::All,
        &[
            "Whole .gitignore: -0+1@0",
            "Whole .ignore: -0+1@0",
            "Whole src/a.rs: -0+1@0",
        ],
    );
    for scope in [
        Scope::Worktree,
        Scope::Staged,
        Scope::Commit("HEAD".to_owned()),
        Scope::Base("main".to_owned()),
    ] {
        let Err(RepoError::NotARepository(said)) = repo.change(&scope, &Cancel::new()) else {
            panic!("{scope:?} was accepted");
        };
        assert_eq!(said, why);
    }
    assert_eq!(repo.head().expect("no head"), None);
    assert!(repo.text(&path("src/a.rs"), &At::Index).is_err());
}

#[test]
fn a_folder_that_is_not_there_or_no_folder_is_named() {
    let temp = tempfile::tempdir().expect("a folder");
    std::fs::write(temp.path().join("file"), "x").expect("a file");
    for (name, says) in [("nowhere", "cannot open"), ("file", "is not a folder")] {
        let Err(error) = repo::open(&temp.path().join(name)) else {
            panic!("{name} was opened");
        };
        let message = error.to_string();
        assert!(
            message.contains(says) && message.contains(name),
            "{message}"
        );
    }
}

/// A repository with `sub/`, a submodule that has one file.
fn with_submodule() -> (tempfile::TempDir, Git, Git) {
    let (temp, git) = Git::init();
    let (library_temp, library) = Git::init();
    library.write("lib.rs", "fn lib() {}\n").commit("library");
    git.write("a", "1\n");
    let url = library.folder.to_str().expect("a path").to_owned();
    git.run(["submodule", "--quiet", "add", &url, "sub"]);
    git.commit("with a submodule");
    drop(library_temp);
    let sub = Git::at(&git.folder.join("sub"));
    (temp, git, sub)
}

#[test]
fn submodules_are_workspaces_of_their_own() {
    let (_temp, git, sub) = with_submodule();
    sub.write("lib.rs", "fn lib() {}\nfn more() {}\n");
    git.write("a", "1\n2\n");
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, &["Modified a: -0+1@1"]);
    check(
        &repo,
        &Scope::All,
        &[
            "Whole .gitmodules: -0+3@0",
            "Whole a: -0+2@0",
            "skipped sub: submodule or nested repository",
        ],
    );
    // The submodule by itself: its git directory lies in the parent's.
    let inner = open(&sub.folder);
    check(&inner, &Scope::Worktree, &["Modified lib.rs: -0+1@1"]);
    // Its configuration may be split in two, as a sparse checkout in it does.
    sub.run(["sparse-checkout", "set", "--no-cone", "/*"]);
    check(
        &open(&sub.folder),
        &Scope::Worktree,
        &["Modified lib.rs: -0+1@1"],
    );

    // Another commit checked out in it is part of the parent's change.
    sub.commit("more");
    let moved = [
        "Modified a: -0+1@1",
        "skipped sub: submodule or nested repository",
    ];
    check(&repo, &Scope::Worktree, &moved);
    git.run(["add", "-A"]);
    check(&repo, &Scope::Worktree, &moved);
    check(&repo, &Scope::Staged, &moved);
    git.commit("moved on");
    check(&repo, &Scope::Commit("HEAD".to_owned()), &moved);
    // Its folder gone, or never filled: nothing to say.
    std::fs::remove_dir_all(&sub.folder).expect("removed");
    check(
        &repo,
        &Scope::Worktree,
        &["skipped sub: submodule or nested repository"],
    );
    std::fs::create_dir(&sub.folder).expect("an empty folder");
    check(&repo, &Scope::Worktree, &[]);
}

#[test]
fn a_submodule_is_opened_only_where_its_git_directory_points_back() {
    let (_temp, git, sub) = with_submodule();
    let own = git.folder.join(".git/modules/sub");
    let thief = Git::at(&git.folder.join("../thief"));
    std::fs::create_dir(&thief.folder).expect("a folder");
    thief.write(".git", format!("gitdir: {}\n", own.display()));
    // Control: git itself shows the one's history in the other's folder.
    assert_eq!(
        thief.line(["--work-tree=.", "rev-parse", "HEAD"]),
        sub.line(["rev-parse", "HEAD"])
    );
    let refused = |folder: &std::path::Path| {
        let Err(RepoError::NotConfined(why)) = repo::open(folder) else {
            panic!("{} was opened", folder.display());
        };
        assert!(why.contains("open the folder that it belongs to"), "{why}");
    };
    refused(&thief.folder);
    open(&sub.folder);
    // A split configuration counts only where the repository says that it has one.
    let split = own.join("config.worktree");
    std::fs::write(&split, "[core]\n\tworktree = ../../../../thief\n").expect("written");
    refused(&thief.folder);
    open(&sub.folder);
    sub.run(["config", "extensions.worktreeConfig", "true"]);
    refused(&sub.folder);
    std::fs::remove_file(&split).expect("removed");
    sub.run(["config", "core.worktree", "../../../elsewhere"]);
    refused(&sub.folder);
    // Whoever looks at the whole is told that the part was not compared.
    check(
        &open(&git.folder),
        &Scope::Worktree,
        &["skipped sub: submodule or nested repository"],
    );
}

#[test]
fn a_file_becomes_a_submodule_and_back() {
    let (_temp, git, sub) = with_submodule();
    let id = sub.line(["rev-parse", "HEAD"]);
    let entry = format!("160000,{id},a");
    git.run(["update-index", "--cacheinfo", &entry]);
    git.run(["commit", "-q", "-m", "a is a submodule"]);
    let repo = open(&git.folder);
    let skipped = ["skipped a: submodule or nested repository"];
    check(&repo, &Scope::Commit("HEAD".to_owned()), &skipped);
    // On disk there is a file, where git has a submodule.
    check(&repo, &Scope::Worktree, &skipped);
    git.run(["rm", "-q", "--cached", "a"]);
    git.commit("a is a file");
    check(&repo, &Scope::Commit("HEAD".to_owned()), &skipped);
    check(&repo, &Scope::Worktree, &[]);
}

#[test]
fn a_nested_repository_is_not_entered() {
    let (_temp, git) = Git::init();
    git.write("a", "1\n").commit("first");
    git.write("nested/inner.rs", "fn inner() {}\n");
    let nested = Git::at(&git.folder.join("nested"));
    nested.run(["init", "-q"]);
    let skipped = ["skipped nested: submodule or nested repository"];
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, &skipped);
    check(
        &open(&nested.folder),
        &Scope::Worktree,
        &["Untracked inner.rs: -0+1@0"],
    );
}

#[test]
fn a_sparse_checkout_says_what_it_left_out() {
    let (_temp, git) = Git::init();
    git.write("in/a.rs", "fn a() {}\n");
    git.write("out/b.rs", "fn b() {}\n");
    git.write("top.txt", "t\n").commit("first");
    git.write("out/b.rs", "fn b() {}\nfn c() {}\n")
        .commit("second");
    git.run(["sparse-checkout", "set", "in"]);
    assert!(!git.folder.join("out").exists());
    git.write("in/a.rs", "fn a() {}\nfn z() {}\n");
    let repo = open(&git.folder);
    check(&repo, &Scope::Worktree, &["Modified in/a.rs: -0+1@1"]);
    check(
        &repo,
        &Scope::All,
        &[
            "Whole in/a.rs: -0+2@0",
            "Whole top.txt: -0+1@0",
            "skipped out/b.rs: not present: left out by the sparse checkout",
        ],
    );
    // Two commits are compared whether checked out or not.
    check(
        &repo,
        &Scope::Commit("HEAD".to_owned()),
        &["Modified out/b.rs: -0+1@1"],
    );
    // Against an older commit, what is left out is neither changed nor deleted on disk: it is not there.
    check(
        &repo,
        &Scope::Base("HEAD~1".to_owned()),
        &[
            "Modified in/a.rs: -0+1@1",
            "skipped out/b.rs: not present: left out by the sparse checkout",
        ],
    );
    // There in spite of the sparse checkout: looked at like any other.
    git.write("out/b.rs", "fn b() {}\nfn c() {}\nfn d() {}\n");
    check(
        &repo,
        &Scope::Worktree,
        &["Modified in/a.rs: -0+1@1", "Modified out/b.rs: -0+1@2"],
    );
}

#[test]
fn what_the_user_marked_as_unchanged_is_believed() {
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        let (_temp, git) = Git::init();
        git.write("a", "1\n").write("b", "1\n").write("c", "1\n");
        git.commit("first");
        git.run(["update-index", mark, "a", "c"]);
        git.write("a", "2\n").write("b", "2\n").remove("c");
        // git believes it, too.
        assert_eq!(git.line(["diff", "--name-only"]), "b", "{mark}");
        check(
            &open(&git.folder),
            &Scope::Worktree,
            &["Modified b: -1+1@0"],
        );
    }
}

#[test]
fn other_forms_of_the_index_are_read_or_refused_in_words() {
    let (_temp, git) = Git::init();
    git.write("dir/a", "1\n").write("b", "1\n").commit("first");
    git.write("dir/a", "1\n2\n").write("new", "n\n");
    let expected = ["Modified dir/a: -0+1@1", "Untracked new: -0+1@0"];
    for version in ["2", "3", "4"] {
        git.run(["update-index", "--index-version", version]);
        check(&open(&git.folder), &Scope::Worktree, &expected);
    }
    for setting in [
        "--untracked-cache",
        "--no-untracked-cache",
        "--fsmonitor",
        "--no-fsmonitor",
    ] {
        // Not every build of git has them all.
        if git.attempt(["update-index", setting]).status.success() {
            check(&open(&git.folder), &Scope::Worktree, &expected);
        }
    }
    git.run(["update-index", "--split-index"]);
    let split = open(&git.folder).change(&Scope::Worktree, &Cancel::new());
    let Err(RepoError::Failed(why)) = split else {
        panic!("{split:?}");
    };
    assert!(why.contains("--no-split-index"), "{why}");
    git.run(["update-index", "--no-split-index"]);
    git.run(["sparse-checkout", "set", "--sparse-index", "elsewhere"]);
    let sparse = open(&git.folder).change(&Scope::Worktree, &Cancel::new());
    match sparse {
        // Nothing collapsed: an ordinary index.
        Ok(change) => assert!(!change.files.is_empty()),
        Err(error) => assert!(error.to_string().contains("sparse-index"), "{error}"),
    }
    git.run(["sparse-checkout", "disable"]);
    std::fs::write(git.folder.join(".git/index"), b"DIRC\0\0\0\x02\0\0").expect("damaged");
    let damaged = open(&git.folder).change(&Scope::Worktree, &Cancel::new());
    let Err(RepoError::Failed(why)) = damaged else {
        panic!("{damaged:?}");
    };
    assert!(why.contains("cannot read git's index"), "{why}");
}

#[test]
fn unknown_formats_are_refused_at_once() {
    for format in ["--object-format=sha256", "--ref-format=reftable"] {
        let temp = tempfile::tempdir().expect("a folder");
        let git = Git::at(temp.path());
        if !git.attempt(["init", "-q", format]).status.success() {
            continue;
        }
        let Err(RepoError::Failed(why)) = repo::open(temp.path()) else {
            panic!("{format} was opened");
        };
        assert!(why.contains("cannot read yet"), "{why}");
    }
}

#[test]
fn a_partial_clone_reviews_what_is_there() {
    let (temp, git) = Git::init();
    let text = |name: &str| -> String { (0..30).map(|n| format!("{name} line {n}\n")).collect() };
    git.write("kept.txt", text("kept"))
        .write("gone.txt", text("gone"));
    git.write("old.txt", text("old")).commit("first");
    git.remove("gone.txt").remove("old.txt");
    git.write("kept.txt", text("kept") + "more\n");
    git.write("new.txt", text("old") + "moved\n")
        .commit("second");
    git.run(["config", "uploadpack.allowFilter", "true"]);
    let clone = Git::at(&temp.path().join("clone"));
    let url = format!("file://{}", git.folder.display());
    let folder = clone.folder.to_str().expect("a path");
    git.run(["clone", "-q", "--filter=blob:none", &url, folder]);
    clone.write("kept.txt", text("kept") + "more\nstill\n");
    clone.write("fresh.txt", text("fresh"));
    // No remote to ask: whoever tries would fail.
    std::fs::rename(&git.folder, temp.path().join("moved away")).expect("renamed");
    let repo = open(&clone.folder);
    check(
        &repo,
        &Scope::Worktree,
        &["Untracked fresh.txt: -0+30@0", "Modified kept.txt: -0+1@31"],
    );
    // The old sides were never fetched: each file says so, and none hides the others.
    let commit = change(&repo, &Scope::Commit("HEAD".to_owned()));
    let shown: Vec<String> = commit
        .files
        .iter()
        .map(|file| match repo.load(&commit, file) {
            Ok(_) => format!("{:?} {}", file.status, file.path),
            Err(SkipReason::NotPresent(why)) => {
                assert!(why.contains("git fetch"), "{why}");
                format!("{:?} {} absent", file.status, file.path)
            }
            Err(other) => panic!("{}: {other}", file.path),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Deleted gone.txt absent",
            "Modified kept.txt absent",
            "Added new.txt",
            "Deleted old.txt absent"
        ]
    );
}

#[test]
fn what_cannot_be_read_takes_no_origin_from_the_others() {
    let (_temp, git) = Git::init();
    let text = |name: &str| -> String { (0..30).map(|n| format!("{name} line {n}\n")).collect() };
    git.write("lost", text("lost")).write("old", text("old"));
    git.commit("first");
    let lost = git.line(["rev-parse", "HEAD:lost"]);
    git.remove("lost").remove("old");
    git.write("new", text("old") + "more\n")
        .write("other", text("other"));
    let repo = open(&git.folder);
    let expected = |lost: &str| {
        let renamed = "Renamed old -> new: -0+1@30";
        let shown = [lost, renamed, "Untracked other: -0+30@0"];
        check(&repo, &Scope::Worktree, &shown);
    };
    expected("Deleted lost: -30+0@0");
    let object = format!(".git/objects/{}/{}", &lost[..2], &lost[2..]);
    git.remove(&object);
    let repo = open(&git.folder);
    let worktree = change(&repo, &Scope::Worktree);
    let shown: Vec<(FileStatus, &str)> = worktree
        .files
        .iter()
        .map(|file| (file.status, file.path.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (FileStatus::Deleted, "lost"),
            (FileStatus::Renamed, "new"),
            (FileStatus::Untracked, "other")
        ]
    );
}

#[test]
fn a_damaged_object_is_reported_for_its_file_alone() {
    let (_temp, git) = Git::init();
    git.write("a", "1\n").write("b", "1\n").commit("first");
    git.write("a", "2\n").write("b", "2\n");
    let blob = git.line(["rev-parse", "HEAD:a"]);
    // Both have the same text, hence the same blob.
    git.write("c", "other\n").commit("second");
    let other = git.line(["rev-parse", "HEAD:c"]);
    git.write("c", "changed\n");
    let object = git
        .folder
        .join(format!(".git/objects/{}/{}", &other[..2], &other[2..]));
    std::fs::remove_file(&object).expect("removed");
    std::fs::write(&object, b"not zlib").expect("damaged");
    assert_ne!(blob, other);
    git.write("b", "3\n");
    let repo = open(&git.folder);
    let worktree = change(&repo, &Scope::Worktree);
    let loaded: Vec<bool> = worktree
        .files
        .iter()
        .map(|file| repo.load(&worktree, file).is_ok())
        .collect();
    assert_eq!(loaded, [true, false]);
    assert!(matches!(
        repo.load(&worktree, &worktree.files[1]),
        Err(SkipReason::Unreadable(_))
    ));
}

/// libgit2 by itself never comes back from a loose object that is cut short.
#[test]
fn an_object_that_is_cut_short_is_an_answer_in_every_scope() {
    let (_temp, git) = Git::init();
    git.write("a.rs", "fn a() {}\n")
        .write("sub/b.rs", "fn b() {}\n")
        .commit("first");
    git.write("sub/b.rs", "fn b() { 1 }\n").commit("second");
    git.run(["tag", "-a", "-m", "a tag", "v1"]);
    git.write("a.rs", "fn a() { 2 }\n");
    std::fs::rename(git.folder.join("sub/b.rs"), git.folder.join("sub/c.rs")).expect("moved");
    let names = git.run([
        "cat-file",
        "--batch-check=%(objectname)",
        "--batch-all-objects",
    ]);
    let names = String::from_utf8(names).expect("hexadecimal");
    let scopes = [
        Scope::Worktree,
        Scope::Staged,
        Scope::Commit("HEAD".to_owned()),
        Scope::Commit("v1".to_owned()),
        Scope::Base("HEAD~1".to_owned()),
        Scope::Commit(git.line(["rev-parse", "HEAD"])[..8].to_owned()),
    ];
    let mut told = 0;
    for name in names.lines() {
        let (folder, file) = name.split_at(2);
        let object = git.folder.join(".git/objects").join(folder).join(file);
        let whole = std::fs::read(&object).expect("a loose object");
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            std::fs::remove_file(&object).expect("removed");
            std::fs::write(&object, &whole[..length]).expect("cut");
            let repo = open(&git.folder);
            for scope in &scopes {
                match repo.change(scope, &base::Cancel::new()) {
                    Ok(change) => {
                        for file in &change.files {
                            told += usize::from(repo.load(&change, file).is_err());
                        }
                    }
                    Err(error) => {
                        told += 1;
                        assert!(!error.to_string().is_empty());
                    }
                }
            }
            let history = repo::mine_history(
                &git.folder,
                None,
                None,
                &repo::Limits::default(),
                &base::Cancel::new(),
            );
            assert!(history.is_ok());
        }
        std::fs::remove_file(&object).expect("removed");
        std::fs::write(&object, &whole).expect("restored");
    }
    assert!(told > 50, "{told}");
}
