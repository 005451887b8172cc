//! The report that every renderer is tested with: each kind of finding, awkward names, a secret, skipped files.

use std::sync::Arc;

use base::change::SkipReason;
use base::{
    Category, CheckKind, Confidence, Coverage, Edit, Evidence, Finding, FindingId, Fix, Placement,
    RelPath, Report, RuleId, RuleMeta, Scope, Severity, Skipped, Span, Stats, Text,
};

use super::View;

const CACHE: &str = "impl Cache {\n    pub fn insert(&self, key: Key, value: Value) {\n        let _ = self.state.lock();\n        self.entries.insert(key, value);\n    }\n}\n";
const CONFIG: &str =
    "\"\"\"Settings.\"\"\"\n\nAWS = \"AKIAQX5CANARY7LEAKED\"  # TODO\n\tREGION = \"eu\"\n";
const HOSTILE: &str = "const title = \"\u{202e}gnp.exe\u{1b}[31m\";\r\n";

/// The value of the secret in the fixture: no output may hold it.
pub(super) const SECRET: &str = "AKIAQX5CANARY7LEAKED";

/// Renders `report` as a review of the work tree.
pub(super) fn view(
    report: &Report,
    width: usize,
    verbose: bool,
    render: impl Fn(&View<'_>) -> String,
) -> String {
    render(&View {
        report,
        scope: &Scope::Worktree,
        rule: &rule,
        width,
        verbose,
    })
}

/// A review that found nothing.
pub(super) fn clean() -> Report {
    let coverage = Coverage {
        files: 14,
        lines: Stats {
            additions: 120,
            deletions: 30,
        },
        rules: 25,
        duration_ms: 48,
    };
    Report {
        base: Some("a".repeat(40)),
        coverage,
        ..Report::default()
    }
}

/// A review that found something of everything.
pub(super) fn report() -> Report {
    let mut report = clean();
    let path = |path: &str| RelPath::new(path).expect("a fixture's path");
    let (cache, config, hostile) = (
        path("src/cache.rs"),
        path("tools/config.py"),
        path("web/evil\u{1b}[2J.ts"),
    );
    for (path, text) in [(&cache, CACHE), (&config, CONFIG), (&hostile, HOSTILE)] {
        report.sources.insert(path.clone(), Text::new(text));
    }
    let at = |text: &str, part: &str| {
        let start = text.find(part).expect("a part of the fixture");
        Span::new(start, start + part.len())
    };
    let finding =
        |id, rule: &str, category, severity, title: &str, message: &str, path: &RelPath, span| {
            Finding {
                id: FindingId(id),
                check: CheckKind::Pattern,
                rule: RuleId::new(rule),
                category,
                severity,
                confidence: Confidence::new(0.9),
                title: title.to_owned(),
                message: message.to_owned(),
                path: path.clone(),
                span,
                placement: Placement::Changed,
                evidence: Vec::new(),
                fix: None,
                sensitive: false,
            }
        };
    let guard = at(CACHE, "let _ = self.state.lock()");
    report.findings = vec![
        Finding {
            evidence: vec![
                Evidence {
                    path: cache.clone(),
                    span: at(CACHE, "self.entries.insert(key, value)"),
                    note: "runs without the lock".to_owned(),
                },
                Evidence {
                    path: config.clone(),
                    span: at(CONFIG, "REGION"),
                    note: "another file".to_owned(),
                },
            ],
            fix: Some(Fix {
                title: "Keep the guard".to_owned(),
                edits: vec![Edit {
                    path: cache.clone(),
                    span: at(CACHE, "let _"),
                    replaces: "let _".to_owned(),
                    new_text: "let _guard".to_owned(),
                }],
            }),
            ..finding(
                0x0123_4567_89ab_cdef,
                "rust/let-underscore-guard",
                Category::Bug,
                Severity::Error,
                "The lock guard is dropped at once, so nothing is locked",
                "`let _ = …` drops the value at once, and with it the guard: the next line runs **unlocked**.\n\nBind it to a name, such as `_guard`, which keeps it until the end of the block.",
                &cache,
                guard,
            )
        },
        Finding {
            sensitive: true,
            ..finding(
                0x1111,
                "secrets/aws-access-key",
                Category::Security,
                Severity::Error,
                "An AWS access key is in the code",
                "Anyone who can read the repository can use it. Revoke it, then read it from the environment.",
                &config,
                at(CONFIG, SECRET),
            )
        },
        Finding {
            confidence: Confidence::new(0.6),
            ..finding(
                0x2222,
                "text/todo",
                Category::Process,
                Severity::Info,
                "A note to yourself is left in",
                "Finish it, or write down where it is tracked.",
                &config,
                at(CONFIG, "TODO"),
            )
        },
        finding(
            0x3333,
            "unicode/bidi",
            Category::Security,
            Severity::Warning,
            "A bidirectional control makes `\u{202e}` text read in another order than it runs\n::error::x",
            "See <https://trojansource.codes> & @everyone.\n::warning::forged",
            &hostile,
            at(HOSTILE, "\u{202e}gnp.exe\u{1b}[31m"),
        ),
    ];
    report.suppressed = 2;
    let skip = |name: &str, reason| Skipped {
        path: path(name),
        reason,
    };
    report.skipped = vec![
        skip("assets/logo.png", SkipReason::Binary),
        skip(
            "big.json",
            SkipReason::TooLarge {
                bytes: 4_200_000,
                limit: 1_000_000,
            },
        ),
        skip("dist/app.min.js", SkipReason::Minified),
        skip(
            "gen/api.rs",
            SkipReason::Generated("`@generated`".to_owned()),
        ),
        skip("link", SkipReason::Symlink),
        skip(
            "secret\u{7}.txt",
            SkipReason::Unreadable("permission denied".to_owned()),
        ),
        skip("vendor/lib", SkipReason::Submodule),
        skip("vendor/x.go", SkipReason::Vendored("`vendor/`".to_owned())),
    ];
    report.problems = vec![
        "obelus.toml:3: models.review: a workspace may not choose the model; ignored".to_owned(),
    ];
    report
}

fn rule(id: &str) -> Option<Arc<RuleMeta>> {
    (id == "rust/let-underscore-guard").then(|| {
        Arc::new(RuleMeta {
            id: RuleId::new(id),
            check: CheckKind::Pattern,
            languages: vec!["rust".to_owned()],
            category: Category::Bug,
            severity: Severity::Error,
            confidence: Confidence::new(0.9),
            title: "The lock guard is dropped at once, so nothing is locked".to_owned(),
            why: "`let _ = …` drops the value at once.".to_owned(),
            bad: "let _ = m.lock();\n".to_owned(),
            good: "let _guard = m.lock();\n".to_owned(),
            references: vec![
                "https://doc.rust-lang.org/std/sync/struct.MutexGuard.html".to_owned(),
            ],
            cwe: Some(667),
            has_fix: true,
            profiles: Vec::new(),
            from_workspace: false,
        })
    })
}
