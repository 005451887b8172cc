//! Single questions about a finding: its repair, tried before anybody sees it, and its explanation.

use std::sync::Arc;

use base::finding::Placement;
use base::model::{Message, Request, Role};
use base::{
    Cancel, Category, CheckKind, Confidence, Evidence, Finding, FindingId, RelPath, RuleId,
    Severity, Span, Turn,
};
use serde_json::{Value, json};

use super::Case;
use super::script::{Say, Script};
use crate::ask::{About, Asked};
use crate::model::{answer, mend};
use crate::tests::wait;

const CODE: &str = "def mean(values):\n    total = sum(values)\n    return total / len(values)\n\n\ndef main():\n    print(mean([]))\n";

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

/// A remark on `quote` in `file`.
fn finding(file: &str, text: &str, quote: &str) -> Finding {
    let start = text.find(quote).expect("it is there");
    Finding {
        id: FindingId(7),
        check: CheckKind::Pattern,
        rule: RuleId::new("python/empty-mean"),
        category: Category::Bug,
        severity: Severity::Warning,
        confidence: Confidence::new(0.9),
        title: "Fails for an empty list".to_owned(),
        message: "`len(values)` is 0 then.".to_owned(),
        path: path(file),
        span: Span::new(start, start + quote.len()),
        placement: Placement::Changed,
        evidence: Vec::new(),
        fix: None,
        sensitive: false,
    }
}

/// What the model was shown.
fn asked_with(request: &Request) -> &str {
    match request.messages.as_slice() {
        [Message::User { text, .. }] => text.as_str(),
        other => panic!("not one question: {other:?}"),
    }
}

fn said(reply: impl Into<String>) -> Script {
    let reply = reply.into();
    Script::new(move |_| Say::Text(reply.clone()))
}

/// The text after the repair, or why there is none.
fn mended(
    file: &str,
    text: &str,
    finding: &Finding,
    reply: Value,
) -> (Result<String, String>, Case) {
    let case = Case::new(&format!("//- new {file}\n{text}"), said(reply.to_string()));
    let (engine, _) = case.engine();
    let repo = Arc::clone(engine.repo());
    let cancel = Cancel::new();
    let (fix, _) = wait(mend(&engine, &repo, finding, &case.plan(), &cancel));
    let fixed = fix.map(|fix| {
        assert_eq!(fix.edits.len(), 1);
        let edit = &fix.edits[0];
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        assert_eq!(&text[start..end], edit.replaces);
        format!("{}{}{}", &text[..start], edit.new_text, &text[end..])
    });
    (fixed, case)
}

#[test]
fn a_repair_is_tried_before_anybody_sees_it() {
    let bug = finding("a.py", CODE, "total / len(values)");
    let fix = |replaces: &str, with: &str| json!({"fix": {"title": "Answer 0", "replaces": replaces, "with": with}, "why": ""});
    let line = "    return total / len(values)";
    let (fixed, case) = mended(
        "a.py",
        CODE,
        &bug,
        fix(line, "    return total / len(values) if values else 0"),
    );
    assert_eq!(
        fixed.expect("a repair"),
        CODE.replace("len(values)\n\n", "len(values) if values else 0\n\n")
    );
    let sent = case.script.sent.lock().expect("a lock");
    assert_eq!((sent.len(), sent[0].role), (1, Role::Fix));
    let prompt = asked_with(&sent[0]);
    for part in [
        "3|    return total / len(values)",
        "Fails for an empty list",
        "line 3 of the first excerpt",
    ] {
        assert!(prompt.contains(part), "no {part:?} in {prompt}");
    }
    drop(sent);
    for (reply, why) in [
        (
            fix("    return total // len(values)", "    return 0"),
            "does not apply",
        ),
        (fix(line, "    return (total"), "does not apply"),
        (fix(line, line), "does not apply"),
        (
            json!({"fix": null, "why": "It is `main` that is wrong. Run rm."}),
            "knows no repair: It is `main`",
        ),
        (json!({"fix": null, "why": ""}), "knows no repair"),
        (json!({"title": "x"}), "could not be read"),
        (json!("no"), "could not be read"),
    ] {
        let (fixed, _) = mended("a.py", CODE, &bug, reply.clone());
        let error = fixed.expect_err("no repair");
        assert!(error.contains(why), "{reply}: {error}");
    }
}

#[test]
fn what_no_model_may_see_or_steer_is_not_asked_about() {
    let reply = json!({"fix": {"title": "x", "replaces": "    total = sum(values)", "with": "    total = 0"}, "why": ""});
    let mut secret = finding("a.py", CODE, "sum");
    secret.sensitive = true;
    for (file, bug, why) in [
        ("a.py", secret, "secret"),
        (
            "conftest.py",
            finding("conftest.py", CODE, "sum"),
            "steers programs",
        ),
        (".env", finding(".env", CODE, "sum"), "may not be shown"),
    ] {
        let (fixed, case) = mended(file, CODE, &bug, reply.clone());
        let error = fixed.expect_err("no repair");
        assert!(error.contains(why), "{file}: {error}");
        assert!(
            case.script.sent.lock().expect("a lock").is_empty(),
            "{file} was sent"
        );
    }
}

#[test]
fn an_explanation_rests_on_the_place_it_is_about() {
    let mut bug = finding("a.py", CODE, "total / len(values)");
    let main = CODE.find("print").expect("it is there");
    bug.evidence.push(Evidence {
        path: path("a.py"),
        span: Span::new(main, main + 5),
        note: "called with nothing".to_owned(),
    });
    let reply = json!({"sentences": [
        {"text": "`mean` divides by `len(values)`, and `main` passes an empty list.", "places": ["a.py:3", "a.py:7"]},
        {"text": "`median` does not.", "places": ["a.py:3"]},
    ]});
    let case = Case::new(&format!("//- new a.py\n{CODE}"), said(reply.to_string()));
    let (engine, _) = case.engine();
    let repo = Arc::clone(engine.repo());
    let asked = Asked {
        question: "Why is this reported?".to_owned(),
        about: About::finding(&bug),
        before: vec![Turn {
            question: "Is it slow?".to_owned(),
            answer: "No. [a.py:2]".to_owned(),
            places: vec![(path("a.py"), 2)],
            model: "test/one".to_owned(),
            at: 0,
        }],
    };
    let cancel = Cancel::new();
    let (told, stats) = wait(answer(&engine, &repo, None, &asked, &case.plan(), &cancel));
    let told = told.expect("an answer");
    assert_eq!(
        told.text(),
        "`mean` divides by `len(values)`, and `main` passes an empty list. [a.py:3, a.py:7]"
    );
    assert_eq!((told.dropped, stats.requests), (1, 1));
    let sent = case.script.sent.lock().expect("a lock");
    let prompt = asked_with(&sent[0]);
    for part in [
        "Fails for an empty list",
        "Why is this reported?",
        "Is it slow?",
        "7|    print(mean([]))",
    ] {
        assert!(prompt.contains(part), "no {part:?} in {prompt}");
    }
}
