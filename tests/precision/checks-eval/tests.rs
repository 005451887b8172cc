//! The harness on a history made here: what it samples, what it says about a commit, which faults it makes and finds.

use std::fs;
use std::path::Path;

use git2::{Oid, Repository, Signature, Time};

use crate::clone::Clone;
use crate::{
    accepted::{self, Way},
    mutate,
};

/// Commits one tree after the other, each with what it writes.
fn history(folder: &Path, commits: &[(&str, &[(&str, &str)])]) -> Vec<Oid> {
    let git = Repository::init(folder).expect("a repository");
    let mut made: Vec<Oid> = Vec::new();
    for (at, (message, files)) in (0i64..).zip(commits) {
        let mut index = git.index().expect("an index");
        for (path, text) in *files {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().expect("a folder")).expect("made");
            fs::write(place, text).expect("written");
            index.add_path(Path::new(path)).expect("added");
        }
        index.write().expect("kept");
        let tree = index.write_tree().expect("a tree");
        let tree = git.find_tree(tree).expect("that tree");
        let time = Time::new(1_700_000_000 + at * 60, 0);
        let who = Signature::new("A", "a@example.org", &time).expect("a name");
        let parents: Vec<_> = made
            .last()
            .map(|id| git.find_commit(*id).expect("a parent"))
            .into_iter()
            .collect();
        let parents: Vec<_> = parents.iter().collect();
        made.push(
            git.commit(Some("HEAD"), &who, &who, message, &tree, &parents)
                .expect("a commit"),
        );
    }
    made
}

const RATES: &str = "def load_rates(path, zone):\n    return open(path + zone)\n\n\ndef other_rates(path):\n    return 1\n";
const QUOTE: &str =
    "from rates import load_rates\n\n\ndef quote():\n    return load_rates(\"eu.csv\", \"eu\")\n";

fn sample_history(folder: &Path) -> Vec<Oid> {
    history(
        folder,
        &[
            ("start", &[("rates.py", RATES), ("quote.py", QUOTE)]),
            (
                "another parameter",
                &[(
                    "rates.py",
                    "def load_rates(path, zone, day):\n    return open(path + zone + day)\n\n\ndef other_rates(path):\n    return 1\n",
                )],
            ),
            ("words", &[("readme.txt", "rates\n")]),
            ("Revert \"another parameter\"", &[("rates.py", RATES)]),
            (
                "fine",
                &[(
                    "quote.py",
                    "from rates import load_rates\n\n\ndef quote():\n    return load_rates(\"us.csv\", \"us\")\n",
                )],
            ),
            (
                "fix: rates of a day",
                &[
                    (
                        "rates.py",
                        "def load_rates(path, zone, day):\n    return open(path + zone + day)\n\n\ndef other_rates(path):\n    return 1\n",
                    ),
                    (
                        "quote.py",
                        "from rates import load_rates\n\n\ndef quote():\n    return load_rates(\"us.csv\", \"us\", \"mon\")\n",
                    ),
                ],
            ),
        ],
    )
}

#[test]
fn commits_that_were_taken_back_are_not_sampled() {
    let (source, work) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let made = sample_history(source.path());
    let clone = Clone::of(source.path(), work.path(), false).expect("a clone");
    // Not the first (no parent), the reverted one, the one without source, the revert.
    assert_eq!(
        clone.sample(10, 6_000, 1, &[]).expect("a sample"),
        [made[4], made[5]]
    );
}

#[test]
fn a_commit_is_judged_in_its_own_tree() {
    let (source, work) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let made = sample_history(source.path());
    let mut clone = Clone::of(source.path(), work.path(), false).expect("a clone");
    let (table, lines) = reviewed(&mut clone, &[made[4], made[1]], Way::Forwards);
    let said: Vec<String> = lines
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["commit"], line["rule"], line["evidence"][0]
            )
        })
        // Other checks may have more to say.
        .filter(|line| line.contains("stale-call"))
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(&made[1].to_string()), "{said:?}");
    assert!(said[0].contains("quote.py:5"), "{said:?}");
    assert!(table.contains("2 commits"));
}

#[test]
fn what_is_withheld_from_a_commit_is_missed() {
    let (source, work) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let made = sample_history(source.path());
    let mut clone = Clone::of(source.path(), work.path(), false).expect("a clone");
    let (table, lines) = reviewed(&mut clone, &[made[4], made[5]], Way::Withheld);
    // The first has one file only, the second is reviewed without either of its two.
    assert!(table.contains("2 commits"), "{table}");
    let stale: Vec<&serde_json::Value> = lines
        .iter()
        .filter(|line| line["rule"] == "analysis/stale-call")
        .collect();
    assert_eq!(stale.len(), 1, "{lines:?}");
    assert_eq!(stale[0]["withheld"], "quote.py");
    assert_eq!(stale[0]["confirmed"], true);
}

#[test]
fn what_mends_is_reviewed_backwards() {
    let (source, work) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let made = sample_history(source.path());
    let mut clone = Clone::of(source.path(), work.path(), false).expect("a clone");
    let (table, _) = reviewed(&mut clone, &[made[4], made[5]], Way::Backwards);
    assert!(table.contains("1 commits"), "{table}");
    let rates = fs::read_to_string(clone.folder.join("rates.py")).expect("the file");
    assert_eq!(rates, RATES);
}

fn reviewed(clone: &mut Clone, commits: &[Oid], way: Way) -> (String, Vec<serde_json::Value>) {
    let mut lines = Vec::new();
    let reviewed = accepted::run(clone, commits, way, &mut |line| {
        lines.push(line.clone());
        Ok(())
    });
    (accepted::table(&reviewed.expect("reviews")), lines)
}

#[test]
fn faults_are_made_found_and_taken_back() {
    let (source, work) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let made = sample_history(source.path());
    let mut clone = Clone::of(source.path(), work.path(), false).expect("a clone");
    let faults = mutate::run(&mut clone, &[made[4]], 1, &[]).expect("faults");
    let table = mutate::table(&faults);
    for kind in ["parameter-added", "function-renamed"] {
        let line = table.lines().find(|line| line.contains(kind));
        assert!(
            line.is_some_and(|line| line.contains("1 made    1 found")),
            "{table}"
        );
    }
    let rates = fs::read_to_string(clone.folder.join("rates.py")).expect("the file");
    assert_eq!(rates, RATES);
}
