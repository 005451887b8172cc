//! `obelus eval`: models with a known character are scored, and a known history gives known cases.

use serde_json::{Value, json};
use test_provider::{Api, Fault, Moment, Provider, Reply};

use crate::models::{configured, run};
use crate::support::{Ran, Sandbox, names};

const OLD: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";
const WRONG: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().skip(1).sum()\n}\n";
const RIGHT: &str =
    "/// Adds up.\npub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";

fn remark(quote: &str, claims: Value) -> Value {
    json!({
        "path": "src/total.rs",
        "line_tag": "",
        "line": 2,
        "quote": quote,
        "symbol": "total",
        "category": "bug",
        "severity": "error",
        "confidence": 0.95,
        "title": "The first price is left out of the sum",
        "explanation": "`skip(1)` drops the first price, so every total is too small.",
        "claims": claims,
        "fix": null,
    })
}

/// `own/good` finds what is wrong and nothing else, `own/silent` never says a word, `own/inventor` speaks of what is not
/// there and remarks on everything, `own/broken` answers with an error.
fn provider() -> Provider {
    let provider = Provider::start();
    provider.answer(|request| {
        let text = request.text();
        if text.contains("Your task is to refute it") {
            return Reply::text(r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#);
        }
        let wrong = "    prices.iter().skip(1).sum()";
        let findings = match request.json()["model"].as_str() {
            Some("good") if text.contains("skip(1)") => vec![remark(wrong, json!([]))],
            Some("inventor") => {
                let claim =
                    json!([{"kind": "undefined", "symbol": "total", "path": "", "quote": ""}]);
                let seen = match text.contains("skip(1)") {
                    true => wrong,
                    false => "pub fn total(prices: &[u64]) -> u64 {",
                };
                vec![
                    remark(seen, claim),
                    remark("    prices.unwrap().expect(nothing)", json!([])),
                    remark(seen, json!([])),
                ]
            }
            Some("broken") => {
                return Reply::text("never mind").with(Fault::Eof, Moment::Middle);
            }
            _ => Vec::new(),
        };
        Reply::text(json!({"findings": findings}).to_string())
    });
    provider
}

fn sandbox(provider: &Provider) -> Sandbox {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    let prices: String = ["good", "silent", "inventor", "broken"]
        .iter()
        .map(|name| format!("\"own/{name}\" = {{ input = 3, output = 15 }}\n"))
        .collect();
    configured(&sandbox, &provider.base_url(Api::Anthropic), &prices);
    let expect =
        "[[expect]]\npath = \"src/total.rs\"\nline = 2\nwhat = \"the first price is left out\"\n";
    let case = |expect: &str, new: &str| {
        format!("//- case.toml\n{expect}//- old src/total.rs\n{OLD}//- new src/total.rs\n{new}")
    };
    sandbox.write("cases/wrong.case", case(expect, WRONG));
    sandbox.write("cases/right.case", case("", RIGHT));
    sandbox
}

fn told(ran: &Ran) -> Value {
    let eval: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&review::eval_schema()).expect("a schema");
    let errors: Vec<_> = validator
        .iter_errors(&eval)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{eval:#}");
    eval
}

#[test]
fn a_good_a_silent_and_an_inventing_model_get_what_they_deserve() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    let ran = run(
        &sandbox,
        "eval run cases --model own/good --against own/silent --format json",
    );
    let ran = ran
        .exits(0)
        .says(&["own/good: 2 cases, 2 requests of about", "at most $"]);
    let eval = told(&ran);
    let total = |side: usize, key: &str| eval["sides"][side]["total"][key].clone();
    assert_eq!(
        (total(0, "precision"), total(0, "recall")),
        (json!(1.0), json!(1.0))
    );
    assert_eq!(
        (total(0, "noisy"), total(0, "findings_per_change")),
        (json!(0), json!(0.5))
    );
    assert_eq!(
        (total(1, "precision"), total(1, "recall")),
        (Value::Null, json!(0.0))
    );
    assert_eq!(
        total(0, "requests"),
        json!(3),
        "a second look at the remark"
    );
    assert!(total(0, "cost_usd").as_f64().is_some_and(|usd| usd > 0.0));
    assert_eq!(eval["compared"]["worse"], json!(["wrong"]));
    assert_eq!(eval["compared"]["by_chance"], 1.0);

    let ran = run(
        &sandbox,
        "eval run cases --model own/inventor --format json",
    )
    .exits(0);
    let eval = told(&ran);
    let total = &eval["sides"][0]["total"];
    assert_eq!(
        (&total["invented"], &total["unplaced"]),
        (&json!(2), &json!(2)),
        "{eval:#}"
    );
    assert_eq!((&total["hits"], &total["noisy"]), (&json!(1), &json!(1)));
    assert_eq!(total["precision"], 0.5);
    run(&sandbox, "eval run cases --model own/inventor")
        .exits(0)
        .shows(&[
            "precision",
            "50 %",
            "1 of 1",
            "right: found 0 of 0, 1 false remark",
        ]);
}

#[test]
fn a_run_is_held_to_its_money_and_recorded_like_a_review() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "eval run cases --model own/good --dry-run").exits(0);
    ran.shows(&["own/good: 2 cases, 2 requests"])
        .says(&["nothing was sent"]);
    let ran = run(
        &sandbox,
        "eval run cases --model own/good --max-cost 0.0001",
    )
    .exits(3);
    ran.shows(&["failed", "--max-cost"]);
    assert_eq!(provider.requests().len(), 0);
    run(&sandbox, "eval run cases")
        .exits(2)
        .says(&["no model is named", "--model"]);

    run(&sandbox, "eval run cases --model own/good").exits(0);
    let record = sandbox.home().join("state/obelus/requests.jsonl");
    let record = std::fs::read_to_string(record).expect("the record");
    assert_eq!(record.lines().count(), 3);
    assert!(record.contains("case wrong: src/total.rs:"), "{record}");
    let asked = provider.requests().len();
    run(&sandbox, "eval run cases --model own/good").exits(0);
    assert_eq!(
        provider.requests().len(),
        asked * 2,
        "a score is measured anew"
    );
    let ran = run(
        &sandbox,
        "eval run cases --model own/good --reuse --format json",
    )
    .exits(0);
    assert_eq!(told(&ran)["sides"][0]["total"]["hits"], 1);
    assert_eq!(
        provider.requests().len(),
        asked * 2,
        "unless it is wanted otherwise"
    );
    // What was left behind, besides the cases: nothing.
    assert_eq!(names(&sandbox.work()), [".git", "a.txt", "cases"]);
    assert_eq!(names(&sandbox.tmp()), Vec::<String>::new());
}

#[test]
fn what_failed_is_not_called_a_score() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "eval run cases --model own/broken --format json").exits(3);
    let eval = told(&ran);
    assert_eq!(eval["sides"][0]["total"]["incomplete"], 2);
    assert!(eval["sides"][0]["cases"][0]["failed"][0].is_string());
    sandbox.write("cases/odd.case", "//- case.toml\nx = 1\n");
    let ran = run(&sandbox, "eval run cases --model own/good").exits(2);
    ran.says(&["odd: case.toml: unknown field `x`"]);
    run(&sandbox, "eval run nowhere --model own/good")
        .exits(3)
        .says(&["nowhere"]);
}

#[test]
fn other_instructions_and_an_earlier_run_are_compared() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    sandbox.write(
        "words/review.md",
        "You are brief. At most {{most}} remarks.\n",
    );
    let ran = run(
        &sandbox,
        "eval run cases --model own/good --prompts words --format json --output before.json",
    );
    ran.exits(0).shows_nothing();
    let before = std::fs::read_to_string(sandbox.work().join("before.json")).expect("a file");
    let before: Value = serde_json::from_str(&before).expect("JSON");
    assert_ne!(before["sides"][0]["prompts"], before["sides"][1]["prompts"]);
    assert_eq!(before["sides"][1]["prompts_from"], "words");
    let brief = provider
        .requests()
        .iter()
        .filter(|it| it.text().contains("You are brief. At most"))
        .count();
    assert_eq!(brief, 2, "each case once");
    run(
        &sandbox,
        "eval run cases --model own/silent --baseline before.json",
    )
    .exits(0)
    .shows(&["own/good", "own/silent", "worse on 1", "may be chance"]);
    run(&sandbox, "eval run cases --model own/good --baseline a.txt")
        .exits(2)
        .says(&["a.txt is no result of an earlier run"]);
    run(&sandbox, "eval run cases --model own/good --prompts cases")
        .exits(2)
        .says(&["neither review.md nor verify.md"]);
}

#[test]
fn the_built_in_cases_are_run_without_a_name() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "eval run --model own/silent --format json").exits(0);
    let eval = told(&ran);
    let total = &eval["sides"][0]["total"];
    assert_eq!(
        (&total["cases"], &total["clean"], &total["noisy"]),
        (&json!(20), &json!(7), &json!(0))
    );
    assert_eq!(
        (&total["hits"], &total["incomplete"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn a_history_gives_the_cases_that_its_repairs_tell_of() {
    let sandbox = Sandbox::plain();
    let shop = |first: &str, last: &str| {
        format!(
            "def price(items):\n    {first}\n\n\ndef label(item):\n    return item.name.title()\n\n\ndef tax(total):\n    {last}\n"
        )
    };
    let sum = "return sum(item.price for item in items)";
    let mut scaffold = sandbox.scaffold();
    scaffold
        .commit(
            "First",
            &[("shop.py", &shop(sum, "return total")), ("docs.md", "x\n")],
        )
        .expect("a commit");
    let broken = "return sum(item.price for item in items[1:])";
    scaffold
        .commit(
            "Leave out the header row",
            &[("shop.py", &shop(broken, "return total"))],
        )
        .expect("a commit");
    let mixed = scaffold.head();
    // The file moves on and is renamed before anybody notices.
    scaffold
        .commit(
            "Add tax",
            &[(
                "shop.py",
                &format!(
                    "import math\n\n\n{}",
                    shop(broken, "return math.ceil(total * 1.2)")
                ),
            )],
        )
        .expect("a commit");
    let moved = format!(
        "import math\n\n\n{}",
        shop(broken, "return math.ceil(total * 1.2)")
    );
    scaffold.remove("shop.py").expect("removed");
    scaffold
        .commit("Move the shop", &[("src/shop.py", &moved)])
        .expect("a commit");
    scaffold
        .commit(
            "fix: the first item has a price too",
            &[("src/shop.py", &moved.replace("items[1:]", "items"))],
        )
        .expect("a commit");
    scaffold
        .commit("fix: a typo in the docs", &[("docs.md", "y\n")])
        .expect("a commit");
    let ran = sandbox
        .run("eval collect --output cases --format json")
        .exits(0);
    let list: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let cases = list["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 1, "{list:#}");
    assert_eq!(
        cases[0]["commit"], mixed,
        "traced through a move and lines put in before"
    );
    assert_eq!(
        (
            &cases[0]["places"][0]["path"],
            &cases[0]["places"][0]["line"]
        ),
        (&json!("shop.py"), &json!(2))
    );
    let written = names(&sandbox.work().join("cases"));
    assert_eq!(written, [format!("{}.case", &mixed[..10])]);
    // Nothing is written twice, and what was written can be run.
    sandbox
        .run("eval collect --output cases")
        .exits(3)
        .says(&["holds no such case"]);
    let provider = provider();
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    run(&sandbox, "eval run cases --model own/m")
        .exits(0)
        .shows(&["0 of 1"]);
    let plain = Sandbox::plain();
    plain.run("eval collect").exits(3).says(&["no history"]);
}
