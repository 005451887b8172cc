//! What is sent: all of the change and none of its secrets.

use base::model::Role;
use base::{Cancel, Scope};
use proptest::test_runner::TestRunner;

use super::script::{Script, text_of};
use super::{Case, remark, reply};
use crate::checks::secrets::kinds::KINDS;
use crate::checks::secrets::tests::sample;
use crate::tests::wait;
use crate::unsent;

#[test]
fn planted_secrets_reach_no_request() {
    const SYNTAXES: &[(&str, &str)] = &[
        ("py", "token = \"VALUE\""),
        ("rs", "let token = \"VALUE\";"),
        ("ts", "const token = 'VALUE';"),
        ("yaml", "token: VALUE"),
        ("ini", "TOKEN=VALUE"),
        (
            "sh",
            "curl -H \"Authorization: Bearer VALUE\" https://api.internal/",
        ),
        ("json", "{\"token\": \"VALUE\"}"),
        ("tf", "secret_key = \"VALUE\""),
        ("java", "String password = \"VALUE\";"),
        ("go", "token := \"VALUE\""),
    ];
    let mut runner = TestRunner::deterministic();
    let (mut tried, mut leaked) = (0, Vec::new());
    for (extension, line) in SYNTAXES {
        let mut fixture = String::new();
        let mut values = Vec::new();
        for (at, kind) in KINDS.iter().enumerate() {
            // One on the new side, one that is taken away, one in guidelines every now and then.
            let (new, old) = (sample(kind, &mut runner), sample(kind, &mut runner));
            fixture.push_str(&format!(
                "//- old src/a{at}.{extension}\n{}\n//- new src/a{at}.{extension}\n{}\n",
                line.replace("VALUE", &old),
                line.replace("VALUE", &new)
            ));
            values.extend([new, old]);
        }
        let told = sample(&KINDS[0], &mut runner);
        fixture.push_str(&format!("//- AGENTS.md\nUse the key {told} for tests.\n"));
        values.push(told);
        let mut case = Case::new(&fixture, Script::saying(&reply(&[])));
        case.limits.input_tokens = Some(1_000_000);
        let report = case.run();
        assert!(
            report
                .model
                .as_ref()
                .is_some_and(|stats| stats.redacted >= KINDS.len())
        );
        let sent: String = case
            .script
            .requests(Role::Review)
            .iter()
            .map(text_of)
            .collect();
        assert!(!report.is_incomplete(), "{:?}", report.skipped);
        for value in values {
            tried += 1;
            if sent.contains(&value) {
                leaked.push(format!("{extension}: {value}"));
            }
        }
    }
    let rate = leaked.len() as f64 / f64::from(tried);
    assert!(
        tried >= 2_000 && rate <= 0.005,
        "{} of {tried}: {:#?}",
        leaked.len(),
        &leaked[..leaked.len().min(20)]
    );
}

/// A change of every shape: new files, long functions, deletions, a data file, a language nobody knows.
fn shapes() -> String {
    let long = |extra: &str| -> String {
        (0..120)
            .map(|n| format!("    step_{n} = compute(value, {n}){extra}\n"))
            .collect()
    };
    let functions = |count: usize| -> String {
        (0..count)
            .map(|n| format!("def new_{n}(value):\n    return value + {n}\n\n"))
            .collect()
    };
    format!(
        "//- old src/long.py\ndef long(value):\n{}    return value\n//- new src/long.py\ndef long(value):\n{}    return value\n\
         //- new src/fresh.py\n{}\
         //- old src/less.py\na = 1\nb = 2\nc = 3\nd = 4\ne = 5\n//- new src/less.py\na = 1\ne = 5\n\
         //- old data.json\n{{\"a\": 1}}\n//- new data.json\n{{\"a\": 2,\n \"b\": 3}}\n\
         //- new notes.xyz\nfirst\nsecond\n\
         //- old src/gone.py\nx = 1\n",
        long(""),
        long("  # new"),
        functions(60),
    )
}

#[test]
fn every_changed_line_is_shown_once() {
    let mut case = Case::new(&shapes(), Script::saying(&reply(&[])));
    case.limits.input_tokens = Some(200_000);
    let report = case.run();
    assert!(!report.is_incomplete(), "{:?}", report.skipped);
    let sent: Vec<String> = case
        .script
        .requests(Role::Review)
        .iter()
        .map(text_of)
        .collect();
    let mut seen: Vec<(String, u32)> = Vec::new();
    let mut removed = 0;
    for text in &sent {
        let mut path = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("@@ ") {
                path = rest.split(" · ").next().unwrap_or_default().to_owned();
            } else if let Some(rest) = line.strip_prefix('+') {
                let number = rest
                    .split(' ')
                    .next()
                    .and_then(|number| number.parse().ok());
                seen.extend(number.map(|number| (path.clone(), number)));
            } else if line.starts_with("-|") {
                removed += 1;
            }
        }
    }
    let wanted: Vec<(&str, std::ops::RangeInclusive<u32>)> = vec![
        ("src/long.py", 2..=121),
        ("src/fresh.py", 1..=179),
        ("data.json", 1..=2),
        ("notes.xyz", 1..=2),
    ];
    for (path, lines) in wanted {
        for line in lines {
            let count = seen
                .iter()
                .filter(|it| **it == (path.to_owned(), line))
                .count();
            assert!(count >= 1, "{path}:{line} is not shown");
        }
    }
    assert!(removed >= 3 + 120, "{removed} removed lines");
    assert!(
        sent.iter()
            .any(|text| text.contains("src/gone.py +0 -1 (deleted)")),
        "the outline names what is gone"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let mut case = Case::new(&shapes(), Script::saying(&reply(&[])));
    case.limits.input_tokens = Some(7_000);
    let report = case.run();
    assert!(report.is_incomplete());
    let stats = report.model.as_ref().expect("a receipt");
    assert!(
        stats.requests > 0 && stats.usage.input_tokens <= 7_000,
        "{stats:?}"
    );
    let sent: String = case
        .script
        .requests(Role::Review)
        .iter()
        .map(text_of)
        .collect();
    for path in [
        "src/long.py",
        "src/fresh.py",
        "src/less.py",
        "data.json",
        "notes.xyz",
    ] {
        let named = report
            .skipped
            .iter()
            .any(|skipped| skipped.path.as_str() == path);
        assert!(
            named || sent.contains(&format!("@@ {path}")),
            "{path} is lost"
        );
    }
}

#[test]
fn a_dry_run_shows_what_would_be_sent() {
    let case = Case::new(
        &shapes(),
        Script::saying(&reply(&[remark("data.json", "\"b\": 3}", "Wrong")])),
    );
    let (engine, known) = case.engine();
    let repo = engine.repo().clone();
    let plan = case.plan();
    let unsent = wait(unsent(
        engine,
        repo,
        Scope::Worktree,
        Some(known),
        &plan,
        Cancel::new(),
    ))
    .expect("a plan");
    assert!(case.script.sent.lock().expect("a lock").is_empty());
    assert!(!unsent.requests.is_empty() && unsent.input_tokens <= unsent.most_input_tokens);
    assert!(unsent.most_micro_usd.is_some_and(|most| most > 0));
    case.run();
    let sent = case.script.requests(Role::Review);
    assert_eq!(sent.len(), unsent.requests.len());
    assert!(sent.iter().all(|request| unsent.requests.contains(request)));
}

#[test]
fn a_review_that_is_cancelled_has_no_report() {
    let case = Case::new(&shapes(), Script::saying(&reply(&[])));
    let (engine, known) = case.engine();
    let repo = engine.repo().clone();
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let script = Script::new(move |_| {
        stop.cancel();
        super::script::Say::Fail(base::ModelFault::Cancelled)
    });
    let mut plan = case.plan();
    plan.model = std::sync::Arc::new(script);
    let on_progress = std::sync::Arc::new(|_| {});
    let result = wait(crate::review(
        engine,
        repo,
        Scope::Worktree,
        Some(known),
        Some(plan),
        on_progress,
        cancel,
    ));
    assert!(
        matches!(result, Err(crate::ReviewError::Cancelled)),
        "{result:?}"
    );
}
