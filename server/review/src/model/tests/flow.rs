//! From a change to findings, and what is said of what is not shown.

use std::sync::Arc;

use base::memory_store::MemoryStore;
use base::model::{Role, ToolCall};
use base::store::Dismissal;
use base::{ModelFault, Store};
use serde_json::json;

use super::script::{REAL, Say, Script, text_of};
use super::{Case, dropped, remark, reply, shown};

const MEAN: &str = "\
//- old src/mean.py
def mean(items):
    if not items:
        return 0
    return sum(items) / len(items)
//- new src/mean.py
def mean(items):
    total = sum(items)
    return total / len(items)
//- src/report.py
from mean import mean

def report(rows):
    return mean([row.price for row in rows])
";

fn divides() -> serde_json::Value {
    remark(
        "src/mean.py",
        "    return total / len(items)",
        "Divides by zero when `items` is empty",
    )
}

#[test]
fn a_remark_becomes_a_finding_at_its_quote() {
    let case = Case::new(MEAN, Script::saying(&reply(&[divides()])));
    let report = case.run();
    assert_eq!(
        shown(&report),
        ["src/mean.py:3 Divides by zero when `items` is empty"]
    );
    assert!(!report.is_incomplete(), "{:?}", report.skipped);
    let stats = report.model.as_ref().expect("a receipt");
    assert_eq!(
        (stats.name.as_str(), stats.requests, stats.units),
        ("test/one", 2, 1)
    );
    assert!(stats.usage.cost_micro_usd.is_some_and(|cost| cost > 0));
    let finding = report
        .findings
        .iter()
        .find(|it| it.rule.as_str() == "model/bug")
        .expect("it");
    assert!(finding.confidence.get() > 0.8);
    assert_eq!(
        case.streamed
            .lock()
            .expect("a lock")
            .iter()
            .filter(|it| it.id == finding.id)
            .count(),
        1
    );
    // What is sent: the new side with numbers and tags, the old one without, the caller as context.
    let request = &case.script.requests(Role::Review)[0];
    let text = text_of(request);
    assert!(text.contains("-|        return 0"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("+3 ") && line.ends_with("|    return total / len(items)")), "{text}");
    assert!(
        text.contains("return mean([row.price for row in rows])"),
        "{text}"
    );
    assert!(
        request
            .places
            .iter()
            .any(|place| place.starts_with("src/mean.py:1-")),
        "{:?}",
        request.places
    );
}

#[test]
fn templates_pass_redaction_unchanged() {
    let case = Case::new(MEAN, Script::saying(&reply(&[divides()])));
    case.run();
    for request in case.script.sent.lock().expect("a lock").iter() {
        let text = text_of(request);
        let shown = text.replace("`⟦…⟧`", "");
        assert!(!shown.contains('⟦'), "{text}");
    }
}

#[test]
fn without_a_model_nothing_is_sent_or_missing() {
    for (profile, extra) in [
        (Some("quick"), ""),
        (None, "//- obelus.toml\n[checks]\nmodel = false\n"),
    ] {
        let mut case = Case::new(
            &format!("{MEAN}{extra}"),
            Script::saying(&reply(&[divides()])),
        );
        case.profile = profile;
        let report = case.run();
        assert_eq!((report.model, report.skipped.len()), (None, 0));
        assert!(case.script.sent.lock().expect("a lock").is_empty());
    }
}

#[test]
fn a_second_look_can_refute() {
    let script = Script::new(|request| match request.role {
        Role::Verify => {
            Say::Text(r#"{"verdict": "wrong", "confidence": 0.9, "reason": "guarded"}"#.to_owned())
        }
        _ => Say::Text(reply(&[divides()])),
    });
    let report = Case::new(MEAN, script).run();
    assert_eq!(
        (shown(&report).len(), dropped(&report)),
        (0, vec![("refuted-by-second-look", 1)])
    );
}

#[test]
fn claims_about_other_code_are_looked_up() {
    let claim = |kind: &str, symbol: &str, path: &str, quote: &str| {
        let mut item = divides();
        item["claims"] = json!([{"kind": kind, "symbol": symbol, "path": path, "quote": quote}]);
        item
    };
    let worded = |words: &str| {
        let mut item = divides();
        item["explanation"] = words.into();
        item
    };
    for (item, reason) in [
        (
            claim(
                "caller",
                "mean",
                "src/report.py",
                "return mean([row.price for row in rows])",
            ),
            None,
        ),
        (claim("caller", "mean", "", ""), None),
        (
            claim("caller", "mean", "src/report.py", "return mean(None)"),
            Some("refuted"),
        ),
        (
            claim("caller", "mean", "../../etc/passwd", "root"),
            Some("refuted"),
        ),
        (claim("undefined", "mean", "", ""), Some("refuted")),
        (claim("undefined", "median", "", ""), Some("unprovable")),
        (claim("never_called", "mean", "", ""), Some("refuted")),
        (claim("elsewhere", "retry", "", ""), Some("unprovable")),
        (
            worded("`mean` is never called, so it is dead."),
            Some("refuted"),
        ),
        (
            worded("The helper `median` does not exist."),
            Some("unprovable"),
        ),
        (
            worded("Existing callers of `mean` pass an empty list."),
            None,
        ),
    ] {
        let report = Case::new(MEAN, Script::saying(&reply(std::slice::from_ref(&item)))).run();
        match reason {
            Some(reason) => assert_eq!(dropped(&report), [(reason, 1)], "{item}"),
            None => {
                assert_eq!(shown(&report).len(), 1, "{item} {:?}", dropped(&report));
                let finding = report
                    .findings
                    .iter()
                    .find(|it| it.rule.as_str() == "model/bug")
                    .expect("it");
                assert_eq!(finding.evidence[0].path.as_str(), "src/report.py", "{item}");
                assert!(report.sources.contains_key(&finding.evidence[0].path));
            }
        }
    }
}

#[test]
fn what_cannot_be_proven_is_counted() {
    let mut low = remark("src/mean.py", "total = sum(items)", "Perhaps slow");
    low["confidence"] = 0.2.into();
    let items = [
        divides(),
        divides(),
        low,
        remark("src/mean.py", "return total / count", "Invented"),
        remark("src/other.py", "x = 1", "Not part of the change"),
        json!({"title": 3}),
        json!({"title": "no quote", "path": "src/mean.py"}),
    ];
    let report = Case::new(MEAN, Script::saying(&reply(&items))).run();
    assert_eq!(shown(&report).len(), 1);
    // The second of two equal remarks is heard once.
    assert_eq!(
        dropped(&report),
        [
            ("doubtful", 1),
            ("no-place", 1),
            ("out-of-scope", 1),
            ("unreadable", 2)
        ]
    );
}

#[test]
fn a_repair_is_offered_where_it_applies() {
    let with_fix = |replaces: &str, with: &str| {
        let mut item = divides();
        item["fix"] =
            json!({"title": "Guard against an empty list", "replaces": replaces, "with": with});
        let report = Case::new(MEAN, Script::saying(&reply(&[item]))).run();
        let finding = report
            .findings
            .into_iter()
            .find(|it| it.rule.as_str() == "model/bug")
            .expect("it");
        finding.fix.map(|fix| fix.edits[0].new_text.clone())
    };
    let good = "    return total / len(items) if items else 0";
    for (replaces, with, expected) in [
        ("    return total / len(items)", good, Some(good)),
        (
            "return total / len(items)",
            "return total / len(items) if items else 0",
            Some(good),
        ),
        (
            "return total / len(items)",
            "if not items:\n    return 0\nreturn total / len(items)",
            Some("    if not items:\n        return 0\n    return total / len(items)"),
        ),
        (
            "    return total / len(items)",
            "    return total / (",
            None,
        ),
        (
            "    return total / len(items)",
            "    return total / len(items)",
            None,
        ),
        ("    return total / count", "    return 0", None),
        ("total / len(items)", "0", None),
        (
            "    return total / len(items)",
            "    return \u{202e}0",
            None,
        ),
        (
            "    return total / len(items)",
            "    return ⟦SECRET:aws#1⟧",
            None,
        ),
    ] {
        assert_eq!(
            with_fix(replaces, with).as_deref(),
            expected,
            "{replaces} -> {with}"
        );
    }
}

#[test]
fn an_unchanged_change_is_never_sent_again() {
    let store = Arc::new(MemoryStore::default());
    let mut fixture = String::new();
    for file in 0..20 {
        for (side, extra) in [("old", ""), ("new", "    total = total * 2\n")] {
            fixture.push_str(&format!(
                "//- {side} src/part{file}.py\ndef part{file}(value):\n    total = value + {file}\n{extra}    return total\n"
            ));
        }
    }
    let made = |fixture: &str| {
        let script = Script::new(|request| match request.role {
            Role::Verify => Say::Text(REAL.to_owned()),
            _ => match text_of(request).contains("@@ src/part3.py") {
                true => Say::Text(reply(&[remark(
                    "src/part3.py",
                    "total = total * 2",
                    "Doubles the total",
                )])),
                false => Say::Text(reply(&[])),
            },
        });
        let mut case = Case::new(fixture, script);
        case.store = Some(store.clone());
        case
    };
    let first = made(&fixture);
    let report = first.run();
    assert_eq!(shown(&report), ["src/part3.py:3 Doubles the total"]);
    let units = first.script.requests(Role::Review).len();
    assert!((1..=4).contains(&units), "{units} units");
    let again = made(&fixture);
    let report = again.run();
    assert_eq!(
        again.script.sent.lock().expect("a lock").len(),
        0,
        "nothing is sent twice"
    );
    assert_eq!(shown(&report), ["src/part3.py:3 Doubles the total"]);
    let stats = report.model.expect("a receipt");
    assert_eq!((stats.requests, stats.frozen, stats.units), (0, 20, 0));
    // One line differs, and lines shift in another file.
    let edited = fixture
        .replace(
            "//- new src/part7.py\ndef part7(value):\n    total = value + 7\n    total = total * 2",
            "//- new src/part7.py\ndef part7(value):\n    total = value + 7\n    total = total * 3",
        )
        .replace(
            "//- new src/part3.py\n",
            "//- new src/part3.py\n# A comment that shifts the rest.\n\n",
        );
    assert_ne!(edited, fixture);
    let case = made(&edited);
    let report = case.run();
    assert!(
        shown(&report).contains(&"src/part3.py:5 Doubles the total".to_owned()),
        "{:?}",
        shown(&report)
    );
    let sent = case.script.requests(Role::Review);
    assert!(sent.len() <= 2, "{} units", sent.len());
    let whole: String = sent.iter().map(text_of).collect();
    assert!(
        whole.contains("@@ src/part7.py") && !whole.contains("@@ src/part8.py"),
        "{whole}"
    );
}

#[test]
fn what_was_shown_beside_the_code_counts_too() {
    let store = Arc::new(MemoryStore::default());
    let sent = |fixture: &str| {
        let mut case = Case::new(fixture, Script::saying(&reply(&[])));
        case.store = Some(store.clone());
        case.run();
        case.script.requests(Role::Review).len()
    };
    assert_eq!((sent(MEAN), sent(MEAN)), (1, 0));
    // The caller that was shown says something else now.
    let edited = MEAN.replace("row.price for row in rows", "row.cost for row in rows");
    assert_eq!((sent(&edited), sent(&edited)), (1, 0));
    // Guidelines are part of every verdict.
    let guided = format!("{edited}//- AGENTS.md\nNever divide.\n");
    assert_eq!((sent(&guided), sent(&guided)), (1, 0));
}

#[test]
fn dismissed_remarks_stay_away() {
    let run = |store: &Arc<MemoryStore>, title: &str| {
        let mut case = Case::new(
            MEAN,
            Script::saying(&reply(&[remark(
                "src/mean.py",
                "return total / len(items)",
                title,
            )])),
        );
        case.store = Some(store.clone());
        case.limits.use_frozen = false;
        case.run()
    };
    let store = Arc::new(MemoryStore::default());
    let finding = run(&store, "Divides by zero when `items` is empty")
        .findings
        .remove(0);
    let dismissal = Dismissal {
        finding: finding.id,
        rule: finding.rule,
        path: finding.path,
        title: finding.title,
        reason: "by-design".to_owned(),
        at: 0,
        expires: None,
    };
    store.dismiss(&dismissal).expect("kept");
    let report = run(&store, "Divides by zero when `items` is empty");
    assert_eq!((shown(&report).len(), report.suppressed), (0, 1));
    // The same said of another line.
    let mut other = Case::new(
        MEAN,
        Script::saying(&reply(&[remark(
            "src/mean.py",
            "total = sum(items)",
            "Divides by zero if items are empty",
        )])),
    );
    other.store = Some(store.clone());
    other.limits.use_frozen = false;
    let report = other.run();
    let stats = report.model.as_ref().expect("a receipt");
    assert_eq!(
        (
            shown(&report).len(),
            stats.near_repeats,
            stats.held_back.len()
        ),
        (0, 1, 1)
    );
    assert_eq!(store.counters().get("near-repeats-held-back"), Some(&1));
    assert_eq!(
        other.script.requests(Role::Verify).len(),
        0,
        "no second look at what is held back"
    );
}

#[test]
fn few_remarks_are_shown_and_the_rest_is_kept() {
    let body: String = (0..30)
        .map(|n| format!("    value{n} = compute(value, {n})\n"))
        .collect();
    let fixture = format!("//- new src/a.py\ndef a(value):\n{body}    return value\n");
    let items: Vec<_> = (0..6)
        .map(|n| {
            remark(
                "src/a.py",
                &format!("value{n} = compute(value, {n})"),
                &format!("Problem number {n}{n}{n} alpha{n} beta{n}"),
            )
        })
        .collect();
    let report = Case::new(&fixture, Script::saying(&reply(&items))).run();
    let stats = report.model.as_ref().expect("a receipt");
    assert_eq!((shown(&report).len(), stats.held_back.len()), (3, 3));
}

#[test]
fn nothing_is_left_out_in_silence() {
    // A provider that fails.
    let failing = Case::new(MEAN, Script::new(|_| Say::Fail(ModelFault::Overloaded)));
    let report = failing.run();
    assert!(report.is_incomplete());
    assert_eq!(
        report.skipped[0].reason.to_string(),
        "not reviewed by the model: test/one: Overloaded"
    );
    // A fallback that answers.
    let script = Script::new(
        |request| match (request.model.model.as_str(), request.role) {
            ("one", _) => Say::Fail(ModelFault::Overloaded),
            (_, Role::Verify) => Say::Text(REAL.to_owned()),
            _ => Say::Text(reply(&[divides()])),
        },
    );
    let mut fallback = Case::new(MEAN, script);
    fallback.names = vec!["nobody/x", "test/one", "test/two"];
    let report = fallback.run();
    assert_eq!((shown(&report).len(), report.is_incomplete()), (1, false));
    // Nobody to ask.
    let mut nobody = Case::new(MEAN, Script::saying(""));
    nobody.names = vec!["nobody/x"];
    let report = nobody.run();
    assert!(
        report.is_incomplete()
            && report.skipped[0]
                .reason
                .to_string()
                .contains("no provider is called")
    );
    // Answers that are none, or are cut off.
    for (say, found, incomplete) in [
        (Say::Text(String::new()), 0, true),
        (Say::Text("I am sorry, I cannot.".to_owned()), 0, true),
        (Say::Text("No issues found.".to_owned()), 0, false),
        (
            Say::Cut(reply(&[divides()])[..reply(&[divides()]).len() - 1].to_owned()),
            1,
            true,
        ),
    ] {
        let said = say.clone();
        let script = Script::new(move |request| match request.role {
            Role::Verify => Say::Text(REAL.to_owned()),
            _ => said.clone(),
        });
        let store = Arc::new(MemoryStore::default());
        let mut case = Case::new(MEAN, script);
        case.store = Some(store.clone());
        let report = case.run();
        assert_eq!(
            (shown(&report).len(), report.is_incomplete()),
            (found, incomplete),
            "{say:?}"
        );
        assert_eq!(
            store.verdicts() > 0,
            !incomplete,
            "what failed is not frozen: {say:?}"
        );
    }
    // Files that are never sent.
    let hidden = Case::new(
        "//- new deploy/.env\nTOKEN=abc123def456\n//- new a.py\nx = 1\n",
        Script::saying(&reply(&[])),
    );
    let report = hidden.run();
    assert!(!report.is_incomplete());
    assert_eq!(
        report.skipped[0].reason.to_string(),
        "not shown to the model (built-in rule `.env*`)"
    );
    assert!(!text_of(&hidden.script.requests(Role::Review)[0]).contains("TOKEN"));
}

#[test]
fn limits_are_kept_before_anything_is_sent() {
    let mut tokens = Case::new(MEAN, Script::saying(&reply(&[divides()])));
    tokens.limits.input_tokens = Some(500);
    let report = tokens.run();
    assert!(report.is_incomplete() && tokens.script.sent.lock().expect("a lock").is_empty());
    assert!(
        report.skipped[0].reason.to_string().contains("500 tokens"),
        "{}",
        report.skipped[0].reason
    );
    let mut money = Case::new(MEAN, Script::saying(&reply(&[divides()])));
    money.limits.review_micro_usd = Some(100);
    let report = money.run();
    assert!(report.is_incomplete() && money.script.sent.lock().expect("a lock").is_empty());
    assert!(
        report.skipped[0].reason.to_string().contains("--max-cost"),
        "{}",
        report.skipped[0].reason
    );
    let mut script = Script::saying(&reply(&[divides()]));
    script.facts.price = None;
    let mut unknown = Case::new(MEAN, script);
    unknown.limits.review_micro_usd = Some(1_000_000);
    let report = unknown.run();
    assert!(report.is_incomplete() && unknown.script.sent.lock().expect("a lock").is_empty());
    assert!(
        report.skipped[0]
            .reason
            .to_string()
            .contains("price of test/one is not known")
    );
}

#[test]
fn a_change_of_two_hundred_lines_costs_at_most_twelve_thousand_tokens() {
    let mut fixture = String::new();
    for file in 0..4 {
        let lines = |extra: bool| -> String {
            (0..10)
                .map(|n| {
                    let more: String = match extra {
                        true => (0..5).map(|k| format!("    checked_{n}_{k} = validate(value, limit={k}, strict=True)\n")).collect(),
                        false => String::new(),
                    };
                    format!("def step_{n}_{file}(value):\n    first = prepare(value)\n{more}    return first\n\n")
                })
                .collect()
        };
        fixture.push_str(&format!(
            "//- old src/m{file}.py\n{}//- new src/m{file}.py\n{}",
            lines(false),
            lines(true)
        ));
    }
    let items: Vec<_> = (0..3)
        .map(|n| {
            remark(
                "src/m0.py",
                &format!("checked_{n}_0 = validate(value, limit=0, strict=True)"),
                &format!("Wrong alpha{n} beta{n} gamma{n}"),
            )
        })
        .collect();
    let case = Case::new(&fixture, Script::saying(&reply(&items)));
    let report = case.run();
    let lines = report.coverage.lines.additions + report.coverage.lines.deletions;
    let stats = report.model.as_ref().expect("a receipt");
    assert_eq!(
        (lines, report.is_incomplete()),
        (200, false),
        "{:?}",
        report.skipped
    );
    assert!(
        stats.usage.input_tokens <= 12_000,
        "{} tokens",
        stats.usage.input_tokens
    );
    assert_eq!(shown(&report).len(), 3);
}

#[test]
fn a_model_with_tools_may_look_around_within_bounds() {
    let script = Script::new(|request| {
        let call = |name: &str, arguments: serde_json::Value| ToolCall {
            id: format!("{name}-1"),
            name: name.to_owned(),
            arguments,
        };
        match (
            request.role,
            request.messages.len(),
            request.tools.is_empty(),
        ) {
            (Role::Verify, ..) => Say::Text(REAL.to_owned()),
            (_, 1, false) => Say::Call(vec![
                call("callers", json!({"name": "mean"})),
                call("read", json!({"path": "../secret", "from": 1, "to": 9})),
                call("read", json!({"path": "deploy/.env", "from": 1, "to": 9})),
            ]),
            (_, _, false) => Say::Call(vec![
                call("nonsense", json!(3)),
                call("search", json!({"query": "mean"})),
            ]),
            _ => Say::Text(reply(&[divides()])),
        }
    });
    let mut script = script;
    script.facts.tools = true;
    let store = Arc::new(MemoryStore::default());
    let mut case = Case::new(
        &format!("{MEAN}//- deploy/.env\nTOKEN=abc123def456\n"),
        script,
    );
    case.store = Some(store.clone());
    let report = case.run();
    assert_eq!(
        shown(&report).len(),
        1,
        "{:?} {:?}",
        report.skipped,
        dropped(&report)
    );
    let requests = case.script.requests(Role::Review);
    assert_eq!(requests.len(), 3);
    let last = text_of(&requests[2]);
    assert!(
        last.contains("src/report.py:4") && !last.contains("abc123def456"),
        "{last}"
    );
    assert!(
        requests[2].tools.is_empty() && last.contains("No more calls"),
        "{last}"
    );
    assert_eq!(store.sent().len(), 4);
}

#[test]
fn a_stream_that_begins_anew_counts_once() {
    let mut script = Script::saying(&reply(&[divides()]));
    script.restarts = Some(reply(&[remark(
        "src/mean.py",
        "total = sum(items)",
        "Said and taken back",
    )]));
    let report = Case::new(MEAN, script).run();
    assert_eq!(
        shown(&report),
        ["src/mean.py:3 Divides by zero when `items` is empty"]
    );
}

#[test]
fn what_other_checks_found_is_told_and_not_repeated() {
    let fixture = "//- new src/a.py\nkey = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"\n<<<<<<< ours\na = 1\n=======\na = 2\n>>>>>>> theirs\n";
    let item = {
        let mut item = remark("src/a.py", "<<<<<<< ours", "A conflict marker was left");
        item["category"] = "process".into();
        item
    };
    let case = Case::new(fixture, Script::saying(&reply(&[item])));
    let report = case.run();
    let request = text_of(&case.script.requests(Role::Review)[0]);
    assert!(
        request.contains("## Already reported") && !request.contains("ghp_16C7"),
        "{request}"
    );
    assert_eq!(shown(&report).len(), 0, "{:?}", report.findings);
}
