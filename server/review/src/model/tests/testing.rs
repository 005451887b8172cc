//! Tests on request: shown in the project's style, put in their place, and left out where they are not what they say.

use std::sync::Arc;

use base::{Cancel, RelPath, Scope};
use serde_json::{Value, json};

use super::Case;
use super::script::{Say, Script, text_of};
use crate::model::{Proposal, write_tests};
use crate::testing::{Subject, Wanted};
use crate::tests::wait;

const FIXTURE: &str = "\
//- pyproject.toml
[dependency-groups]
dev = [\"pytest\"]
//- app/cart.py
import math

KEY = \"AKIA\" \"not-one\"

def total(prices):
    \"\"\"Adds up.\"\"\"
    return math.fsum(prices)
//- app/item.py
def name(): pass
//- tests/test_item.py
from app.item import name

def test_name_is_none():
    assert name() is None
//- tests/conftest.py
import pytest
";

fn written(symbol: &str, reply: Value) -> (Result<Proposal, String>, Case) {
    let reply = reply.to_string();
    let case = Case::new(FIXTURE, Script::new(move |_| Say::Text(reply.clone())));
    let (engine, _) = case.engine();
    let repo = Arc::clone(engine.repo());
    let cancel = Cancel::new();
    let path = RelPath::new("app/cart.py").expect("a path");
    let subject =
        Subject::find(&*repo, &path, Some(symbol), 0, Wanted::Tests).expect("a definition");
    let change = repo.change(&Scope::All, &cancel).expect("files");
    let paths: Vec<RelPath> = change.files.into_iter().map(|file| file.path).collect();
    let (made, stats) = wait(write_tests(
        &engine,
        &repo,
        &subject,
        &paths,
        &case.plan(),
        &cancel,
    ));
    assert_eq!(stats.requests, 1);
    (made, case)
}

fn reply(tests: &str) -> Value {
    json!({"imports": [], "tests": tests, "why": ""})
}

const GOOD: &str = "from app.cart import total\n\n\ndef test_total_of_nothing_is_zero():\n    assert total([]) == 0\n";

#[test]
fn a_new_file_in_the_place_and_style_of_the_others() {
    let (made, case) = written("total", reply(GOOD));
    let made = made.expect("tests");
    assert_eq!(
        (made.path.as_str(), made.old.is_none()),
        ("tests/test_cart.py", true)
    );
    assert_eq!((made.new.as_str(), made.framework), (GOOD, Some("pytest")));
    let neighbours: Vec<_> = made.neighbours.iter().map(RelPath::as_str).collect();
    assert_eq!(neighbours, ["tests/test_item.py", "tests/conftest.py"]);
    let sent = case.script.sent.lock().expect("a lock");
    let text = text_of(&sent[0]);
    for part in [
        "return math.fsum(prices)",
        "test_name_is_none",
        "(python, pytest)",
        "`tests/test_cart.py`, a new file",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(
        sent[0]
            .places
            .iter()
            .any(|place| place.starts_with("app/cart.py:")),
        "{:?}",
        sent[0].places
    );
}

#[test]
fn what_is_not_a_test_of_it_is_left_out() {
    for (tests, why) in [
        ("def test_x(:\n    total\n", "syntax error"),
        (
            "def test_other():\n    assert True\n",
            "do not name `total`",
        ),
        ("# total\n", "no test was recognised"),
        (
            "def test_total():\n    assert total(\"⟦secret⟧\")\n",
            "hidden from it",
        ),
        (
            "def test_total():\n    assert total([])\n\n\ndef test_total():\n    assert total([1])\n",
            "`test_total` is there already",
        ),
    ] {
        let (made, _) = written("total", reply(tests));
        let refused = made.expect_err("it is no test");
        assert!(
            refused.contains("left out") && refused.contains(why),
            "{refused}"
        );
    }
    let (made, _) = written(
        "total",
        json!({"imports": [], "tests": "", "why": "It is\nunclear."}),
    );
    let refused = made.expect_err("there is none");
    assert!(
        refused.starts_with("the model wrote no test: It is"),
        "{refused}"
    );
    assert!(!refused.contains('\n'));
    let (made, _) = written("total", json!("no object"));
    assert!(made.expect_err("nothing").contains("could not be read"));
}
