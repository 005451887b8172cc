//! The whole program on a small history that is made here, on which every figure is known.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::metrics::mean;
use crate::run::{Options, method, run, without};
use crate::{pooled, summary};

#[expect(
    clippy::disallowed_methods,
    reason = "fixtures come from git itself, in a folder that the test made"
)]
fn git(folder: &Path, minute: usize, arguments: &[&str]) {
    let date = format!("{} +0000", 1_700_000_000 + 60 * minute);
    let output = Command::new("git")
        .args(["-c", "core.autocrlf=false", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", folder.join(".git/no-settings"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .output()
        .expect("git starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
}

/// Forty files that have nothing to do with each other; then `sender` and `receiver` change together four times, and
/// each time the change of `sender` calls what `receiver` defines. A fifth commit changes `sender` alone.
fn history(folder: &Path) {
    git(folder, 0, &["init", "-q", "-b", "main", "."]);
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("written");
    for number in 0..40 {
        write(
            &format!("filler_{number}.py"),
            format!("def lonely_{number}(x):\n    return x * {number}\n"),
        );
    }
    for commit in 0..6 {
        let calls: String = (0..commit)
            .map(|at| format!("    deliver_parcel({at}, label_{at})\n    wait_{at}()\n"))
            .collect();
        write("sender.py", format!("def send():\n    pass\n{calls}"));
        if commit < 5 {
            let cases: String = (0..commit).map(|at| format!("    # case {at}\n")).collect();
            write(
                "receiver.py",
                format!("def deliver_parcel(number, label):\n{cases}    return number\n"),
            );
        }
        git(folder, commit, &["add", "-A"]);
        git(
            folder,
            commit,
            &["commit", "-q", "-m", &format!("step {commit}")],
        );
    }
}

#[test]
fn a_known_history_gives_the_known_figures() {
    let place = tempfile::tempdir().expect("a folder");
    history(place.path());
    let options = Options {
        commits: 10,
        parts: true,
        rows: true,
    };
    let outcome = run(place.path(), &options).expect("an outcome");
    let all = [&outcome];
    // The first commit adds, the last one changes one file.
    assert_eq!((outcome.questions(), outcome.files), (4, 42));
    let check = |method: &str, at10: f64, reciprocal: f64| {
        let mean = mean(&pooled(&all, method));
        assert!((mean.at10 - at10).abs() < 1e-9, "{method}: {mean:?}");
        assert!(
            (mean.reciprocal - reciprocal).abs() < 1e-9,
            "{method}: {mean:?}"
        );
    };
    check(method::CONTEXT, 1.0, 1.0);
    check(method::PROMPT, 1.0, 1.0);
    check(method::DEFAULT, 1.0, 1.0);
    check(method::AWAY, 1.0, 1.0);
    check(method::BM25, 1.0, 1.0);
    check(method::COUNTS, 1.0, 1.0);
    // Before the oldest of the four nothing ever changed together: what comes later must not be known.
    check(method::HISTORY, 0.75, 0.75);
    check(&without(review::Part::History), 1.0, 1.0);
    let random = mean(&pooled(&all, method::RANDOM));
    assert!(random.reciprocal < 0.5, "{random:?}");
    let wanted = |row: &&String| row.split('\t').nth(3) == Some("1");
    assert_eq!(outcome.rows.iter().filter(wanted).count(), 4);
    let page = summary(&all);
    assert!(
        page.contains("| history alone | 0.750 | 0.750 | 0.750 |"),
        "{page}"
    );
    assert!(
        page.contains("| context ÷ BM25 | 1.000 | 1.000 to 1.000 |"),
        "{page}"
    );
}
