//! A whole change.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base::change::SkipReason;
use base::memory::MemoryRepo;
use base::{
    At, Cancel, Change, FileChange, FileTexts, Overlay, RelPath, Repo, RepoError, Scope, Text,
    WorkspaceKind,
};
use expect_test::expect;

use super::{engine, engine_with, report, shown, wait};
use crate::{Engine, Flags, Layers, Progress, ReviewError, Trust, review};

const FIXTURE: &str = "\
//- clean.txt
nothing\n\
//- old changed.txt
one\n\
//- new changed.txt
one
<<<<<<< a
x\u{200b}y
=======
>>>>>>> b
//- new b/.env
PASSWORD=x
//- new vendor/x.txt
a\u{200b}b
//- old gone.txt
a\u{200b}b
//- old.txt
a\u{200b}b
";

#[test]
fn a_change_is_reviewed_in_a_fixed_order() {
    let engine = engine(&format!(
        "{FIXTURE}//- obelus.toml\nexclude = [\"vendor\"]\n"
    ));
    let report = report(&engine, Scope::Worktree);
    expect![[r#"
        b/.env:1 info files/env-file
        changed.txt:2 error text/merge-conflict
        changed.txt:3 warning text/invisible-unicode"#]]
    .assert_eq(&shown(&report));
    let skipped: Vec<String> = report
        .skipped
        .iter()
        .map(|s| format!("{}: {}", s.path, s.reason))
        .collect();
    assert_eq!(skipped, ["vendor/x.txt: excluded by `vendor`"]);
    assert_eq!(
        (
            report.coverage.files,
            report.coverage.lines.additions,
            report.coverage.lines.deletions
        ),
        (4, 5, 1)
    );
    assert!(report.base.is_some() && !report.is_incomplete() && report.coverage.rules > 5);
    let sources: Vec<_> = report.sources.keys().map(RelPath::as_str).collect();
    assert_eq!(
        sources,
        ["b/.env", "changed.txt"],
        "only what findings point into"
    );
}

#[test]
fn an_audit_looks_at_everything() {
    let engine = engine(FIXTURE);
    let report = report(&engine, Scope::All);
    expect![[r#"
        b/.env:1 info files/env-file
        changed.txt:2 error text/merge-conflict
        changed.txt:3 warning text/invisible-unicode
        old.txt:1 warning text/invisible-unicode
        vendor/x.txt:1 warning text/invisible-unicode"#]]
    .assert_eq(&shown(&report));
    assert_eq!(report.base, None);
}

#[test]
fn a_finding_has_the_same_id_in_every_scope() {
    let engine = engine(FIXTURE);
    let (change, audit) = (
        report(&engine, Scope::Worktree),
        report(&engine, Scope::All),
    );
    let ids = |report: &base::Report| -> Vec<_> {
        report
            .findings
            .iter()
            .filter(|f| f.path.as_str() == "changed.txt")
            .map(|f| f.id)
            .collect()
    };
    assert_eq!(ids(&change), ids(&audit));
    assert_eq!(ids(&change).len(), 2);
}

#[test]
fn only_files_that_were_asked_for_are_looked_at() {
    let flags = Flags {
        paths: vec!["changed.*".into()],
        ..Flags::default()
    };
    let engine = engine_with(
        FIXTURE,
        Layers {
            flags,
            ..Layers::default()
        },
    );
    let report = report(&engine, Scope::All);
    assert_eq!((report.coverage.files, report.findings.len()), (1, 2));
    assert!(
        report.skipped.is_empty(),
        "what was not asked for is not skipped"
    );
}

#[test]
fn progress_tells_the_plan_each_file_and_the_findings() {
    let engine = engine(FIXTURE);
    let log = Arc::new(Mutex::new((Vec::new(), 0, 0)));
    let on_progress = {
        let log = log.clone();
        move |progress| {
            let mut log = log.lock().expect("no panic");
            match progress {
                Progress::Planned { files } => log.0.push(files),
                Progress::File { .. } => log.1 += 1,
                Progress::Findings(findings) => {
                    assert!(findings.iter().all(|finding| finding.id.0 != 0));
                    log.2 += findings.len();
                }
                Progress::Checked(_) | Progress::Asking(_) => {}
            }
        }
    };
    let work = review(
        engine.clone(),
        engine.repo().clone(),
        Scope::Worktree,
        None,
        None,
        Arc::new(on_progress),
        Cancel::new(),
    );
    let report = wait(work).expect("a report");
    assert_eq!(
        *log.lock().expect("no panic"),
        (vec![4], 4, report.findings.len())
    );
}

#[test]
fn open_buffers_are_reviewed_and_generated_ones_left_out() {
    let engine = engine("//- a.txt\nx\n//- old.txt\nx\n");
    let path = |path: &str| RelPath::new(path).expect("a path");
    let open = HashMap::from([
        (path("a.txt"), Text::new("x\na\u{200b}b\n")),
        (path("package-lock.json"), Text::new("{\"a\u{200b}\": 1}\n")),
    ]);
    let overlay = Arc::new(Overlay::new(engine.repo().clone(), open));
    let work = review(
        engine.clone(),
        overlay,
        Scope::Worktree,
        None,
        None,
        Arc::new(|_| {}),
        Cancel::new(),
    );
    let report = wait(work).expect("a report");
    assert_eq!(shown(&report), "a.txt:2 warning text/invisible-unicode");
    let skipped: Vec<&str> = report
        .skipped
        .iter()
        .map(|skipped| skipped.path.as_str())
        .collect();
    assert_eq!(skipped, ["package-lock.json"]);
}

#[test]
fn a_raised_flag_stops_it() {
    let engine = engine(FIXTURE);
    let cancel = Cancel::new();
    let seen = Arc::new(AtomicUsize::new(0));
    let on_progress = {
        let (cancel, seen) = (cancel.clone(), seen.clone());
        move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            cancel.cancel();
        }
    };
    let work = review(
        engine.clone(),
        engine.repo().clone(),
        Scope::All,
        None,
        None,
        Arc::new(on_progress),
        cancel,
    );
    assert!(matches!(wait(work), Err(ReviewError::Cancelled)));
    assert_eq!(
        seen.load(Ordering::Relaxed),
        1,
        "nothing was looked at after the plan"
    );
}

/// A workspace that misbehaves on some paths.
struct Faulty(MemoryRepo);

impl Repo for Faulty {
    fn kind(&self) -> WorkspaceKind {
        self.0.kind()
    }
    fn change(&self, scope: &Scope, cancel: &Cancel) -> Result<Change, RepoError> {
        match scope {
            Scope::Commit(revision) => Err(RepoError::NoSuchRevision {
                revision: revision.clone(),
                why: "x".into(),
            }),
            Scope::Staged => panic!("a defect"),
            _ => self.0.change(scope, cancel),
        }
    }
    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        match file.path.as_str() {
            "panics.txt" => panic!("a defect"),
            "binary.p12" => Err(SkipReason::Binary),
            _ => self.0.load(change, file),
        }
    }
    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        match path.as_str() {
            "obelus.toml" => Err(RepoError::Failed("permission denied".into())),
            _ => self.0.text(path, at),
        }
    }
    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        self.0.list(folder, at)
    }
    fn head(&self) -> Result<Option<String>, RepoError> {
        self.0.head()
    }
    fn is_ignored(&self, path: &RelPath) -> bool {
        self.0.is_ignored(path)
    }
    fn operation_in_progress(&self) -> Option<&'static str> {
        None
    }
}

fn faulty() -> (Arc<Engine>, Arc<dyn Repo>) {
    let fixture = "//- panics.txt\nx\n//- binary.p12\nx\n//- z.txt\na\u{200b}b\n";
    let repo: Arc<dyn Repo> = Arc::new(Faulty(MemoryRepo::fixture(fixture)));
    let engine = Engine::open(repo.clone(), Layers::default(), Trust::None)
        .map_err(|_| ())
        .expect("an engine");
    (Arc::new(engine), repo)
}

#[test]
fn one_file_that_fails_costs_one_file() {
    let (engine, repo) = faulty();
    let work = review(
        engine,
        repo,
        Scope::All,
        None,
        None,
        Arc::new(|_| {}),
        Cancel::new(),
    );
    let report = wait(work).expect("a report");
    assert_eq!(
        shown(&report),
        "binary.p12:0 error files/key-file\nz.txt:1 warning text/invisible-unicode"
    );
    let skipped: Vec<String> = report
        .skipped
        .iter()
        .map(|s| format!("{}: {}", s.path, s.reason))
        .collect();
    assert_eq!(
        skipped,
        [
            "binary.p12: binary",
            "panics.txt: could not be checked: a check panicked; please report this"
        ]
    );
    assert!(report.is_incomplete());
}

#[test]
fn what_cannot_be_read_at_all_is_an_error() {
    let (engine, repo) = faulty();
    let failed = |scope| {
        wait(review(
            engine.clone(),
            repo.clone(),
            scope,
            None,
            None,
            Arc::new(|_| {}),
            Cancel::new(),
        ))
    };
    let error = failed(Scope::Commit("nope".into()))
        .err()
        .map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("no such revision `nope`: x"));
    assert!(matches!(
        failed(Scope::Staged),
        Err(ReviewError::Internal(_))
    ));
    let problems = Engine::open(repo.clone(), Layers::default(), Trust::Worktree)
        .err()
        .expect("unreadable settings");
    assert_eq!(
        problems[0].to_string(),
        "obelus.toml: cannot be read: permission denied"
    );
}
