//! Before a commit: the recipes of `docs/pre-commit.md` with real git, and with pre-commit and lefthook where they are.
//!
//! The recipes are read from the page, so the page cannot be wrong. git is needed; a tool that is not on the `PATH` is
//! said to be skipped (`pip install pre-commit lefthook` brings both). Nothing here touches the network.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Sandbox, fake_key};

const PAGE: &str = include_str!("../../docs/pre-commit.md");

#[test]
fn a_plain_hook_refuses_secrets_only() {
    let sandbox = Sandbox::committed(&[("a.py", "import os\n")]);
    let hooks = sandbox.work().join(".git/hooks");
    std::fs::create_dir_all(&hooks).expect("a folder");
    let hook = hooks.join("pre-commit");
    std::fs::write(&hook, recipe("With git alone")).expect("a hook");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("executable");
    refuses_secrets_only(&sandbox);

    // Both put the commit together in another index than the one on disk.
    let key = fake_key();
    for command in [["commit", "--all"], ["commit", "a.py"]] {
        sandbox.write("a.py", format!("import os\nKEY = '{key}'\n"));
        let mut words = command.to_vec();
        words.extend(["--message", "Key"]);
        let said = run(&sandbox, "git", &words, 1);
        assert!(said.contains("secrets/aws-access-key-id"), "{said}");
        sandbox.write("a.py", "import os\n\nprint(os.name)\n");
    }
    run(
        &sandbox,
        "git",
        &["commit", "--all", "--message", "Name"],
        0,
    );
}

#[test]
fn pre_commit_refuses_secrets_only() {
    let config = recipe("With pre-commit");
    let files = [
        ("a.py", "import os\n"),
        (".pre-commit-config.yaml", &config),
    ];
    with_tool("pre-commit", &files);
}

#[test]
fn lefthook_refuses_secrets_only() {
    let config = recipe("With lefthook");
    with_tool(
        "lefthook",
        &[("a.py", "import os\n"), ("lefthook.yml", &config)],
    );
}

#[expect(clippy::print_stderr, reason = "a test says what it skips")]
fn with_tool(tool: &str, files: &[(&str, &str)]) {
    if !paths().iter().any(|folder| folder.join(tool).is_file()) {
        eprintln!("skipped: {tool} is not on the PATH (pip install {tool})");
        return;
    }
    let sandbox = Sandbox::committed(files);
    run(&sandbox, tool, &["install"], 0);
    refuses_secrets_only(&sandbox);
}

/// What every recipe must do, once its hook is in place.
fn refuses_secrets_only(sandbox: &Sandbox) {
    let (key, before) = (fake_key(), head(sandbox));
    sandbox.write("deploy.py", format!("KEY = '{key}'\n"));
    run(sandbox, "git", &["add", "deploy.py"], 0);
    let said = run(sandbox, "git", &["commit", "--message", "Key"], 1);
    assert!(said.contains("secrets/aws-access-key-id"), "{said}");
    assert!(said.contains("deploy.py:1:8"), "{said}");
    assert!(!said.contains(&key), "the value is shown:\n{said}");
    assert_eq!(head(sandbox), before, "nothing was committed");

    // Warnings are shown by `obelus review`, and stop nobody.
    sandbox.write("deploy.py", "import os\n\nKEY = os.environ['KEY']\n");
    sandbox.write("add.test.ts", "it.only('adds', () => expect(1).toBe(1));\n");
    run(sandbox, "git", &["add", "deploy.py", "add.test.ts"], 0);
    // A secret that is not staged is none of this commit's business.
    sandbox.write("a.py", format!("import os\nKEY = '{key}'\n"));
    run(sandbox, "git", &["commit", "--message", "Deploy"], 0);
    assert_ne!(head(sandbox), before, "it was committed");
    run(sandbox, "git", &["checkout", "--", "a.py"], 0);
}

/// The first code block below a heading of the page.
fn recipe(heading: &str) -> String {
    let start = format!("\n## {heading}\n");
    let section = PAGE.split_once(&start).expect("the section").1;
    let block = section.split("```").nth(1).expect("a code block");
    block.split_once('\n').expect("a language").1.to_owned()
}

fn head(sandbox: &Sandbox) -> String {
    run(sandbox, "git", &["rev-parse", "HEAD"], 0)
}

/// Runs a program in the work folder with `obelus` on the `PATH`; everything that it printed.
#[expect(
    clippy::disallowed_methods,
    reason = "a test starts the programs that its page names"
)]
#[track_caller]
fn run(sandbox: &Sandbox, program: &str, args: &[&str], status: i32) -> String {
    let out = Command::new(program)
        .args(args)
        .current_dir(sandbox.work())
        .env_clear()
        .envs([
            ("PATH", path()),
            ("HOME", sandbox.home().into()),
            ("XDG_CACHE_HOME", sandbox.home().join("cache").into()),
            ("TMPDIR", sandbox.tmp().into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_AUTHOR_NAME", "Ada".into()),
            ("GIT_AUTHOR_EMAIL", "ada@localhost".into()),
            ("GIT_COMMITTER_NAME", "Ada".into()),
            ("GIT_COMMITTER_EMAIL", "ada@localhost".into()),
        ])
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&out.stdout) + &text(&out.stderr);
    assert_eq!(
        out.status.code(),
        Some(status),
        "{program} {args:?}:\n{said}"
    );
    said
}

fn path() -> OsString {
    std::env::join_paths(paths()).expect("a PATH")
}

/// Where programs are looked for: the folder of this `obelus` first.
fn paths() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_BIN_EXE_obelus")).parent();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let mut paths: Vec<PathBuf> = own.into_iter().map(Path::to_owned).collect();
    paths.extend(std::env::split_paths(&inherited));
    paths
}
