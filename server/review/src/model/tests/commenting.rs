//! A doc comment on request: shown in the project's style, and left out where it says what is not so.

use std::sync::Arc;

use base::{Cancel, RelPath, Scope};
use serde_json::{Value, json};

use super::Case;
use super::script::{Say, Script, text_of};
use crate::model::{Proposal, habit, write_comment};
use crate::testing::{Subject, Wanted};
use crate::tests::wait;

const FIXTURE: &str = "\
//- app/cart.py
import math

KEY = \"ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5\"

def total(prices, discount=0):
    return math.fsum(prices) * (1 - discount)

def count(prices):
    \"\"\"Zählt die Preise.

    Args:
        prices: die Preise
    \"\"\"
    return len(prices)
//- app/item.py
def name(item):
    \"\"\"Nennt den Artikel.

    Args:
        item: der Artikel

    Returns:
        sein Name
    \"\"\"
    return item.name
//- .env.py
def hidden():
    \"\"\"Never shown.\"\"\"
";

fn written(symbol: &str, replace: bool, reply: Value) -> (Result<Proposal, String>, Case, usize) {
    let reply = reply.to_string();
    let case = Case::new(FIXTURE, Script::new(move |_| Say::Text(reply.clone())));
    let (engine, _) = case.engine();
    let repo = Arc::clone(engine.repo());
    let cancel = Cancel::new();
    let path = RelPath::new("app/cart.py").expect("a path");
    let subject = Subject::find(&*repo, &path, Some(symbol), 0, Wanted::Comment);
    let subject = subject.expect("a definition");
    let change = repo.change(&Scope::All, &cancel).expect("files");
    let paths: Vec<RelPath> = change.files.into_iter().map(|file| file.path).collect();
    let plan = case.plan();
    let asking = write_comment(&engine, &repo, &subject, &paths, replace, &plan, &cancel);
    let (made, stats) = wait(asking);
    let told = habit(&*repo, &subject, &paths).expect("a language with comments");
    assert!(
        told.contains("written with `\"\"\"`; `Args:` in "),
        "{told}"
    );
    (made, case, stats.requests as usize)
}

fn says(comment: &str) -> Value {
    json!({"comment": comment, "why": ""})
}

#[test]
fn it_is_written_after_the_neighbours_and_changes_nothing_else() {
    let comment = "Summe der Preise.\n\nArgs:\n    prices: die Preise\n    discount: der Nachlass";
    let (made, case, requests) = written("total", false, says(comment));
    let made = made.expect("a comment");
    assert_eq!((made.path.as_str(), requests), ("app/cart.py", 1));
    let old = made.old.as_ref().expect("a file").as_str();
    let expected = old.replace(
        "discount=0):\n",
        "discount=0):\n    \"\"\"Summe der Preise.\n\n    Args:\n        prices: die Preise\n        discount: der Nachlass\n    \"\"\"\n",
    );
    assert_eq!(made.new, expected);
    let like: Vec<_> = made.neighbours.iter().map(RelPath::as_str).collect();
    assert_eq!(like, ["app/cart.py", "app/item.py"]);
    let sent = case.script.sent.lock().expect("a lock");
    let text = text_of(&sent[0]);
    for part in [
        "return math.fsum(prices)",
        "Zählt die Preise.",
        "sein Name",
        "2 doc comments read, written with `\"\"\"`; `Args:` in 2, `Returns:` in 1",
        "Write the doc comment for `total` (python) in `app/cart.py`",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("ghp_aB3"), "a secret is not shown");
    assert!(!text.contains("Never shown"), "nor what is in such a file");
}

#[test]
fn what_is_not_so_is_left_out() {
    for (reply, why) in [
        (
            says("Adds.\n\nArgs:\n    tax: the tax"),
            "left out: `total` takes no `tax`",
        ),
        (
            says("Adds, see `warehouse`."),
            "left out: `warehouse` stands nowhere",
        ),
        (
            says("Adds.\"\"\"\n    evil()\n    \"\"\""),
            "left out: it holds `\"\"\"`",
        ),
        (
            says("Uses ⟦token:1⟧."),
            "left out: it speaks of a value that was hidden",
        ),
        (
            json!({"comment": "", "why": "It is\nunclear."}),
            "wrote no comment: It is",
        ),
        (json!({"comment": "", "why": ""}), "wrote no comment"),
        (json!("nothing"), "could not be read"),
    ] {
        let (made, _, _) = written("total", false, reply);
        let refused = made.expect_err("it is not offered");
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn the_authors_comment_is_only_replaced_on_request() {
    let (made, case, requests) = written("count", false, says("Counts."));
    assert!(
        made.expect_err("there is one")
            .contains("has a doc comment already")
    );
    assert_eq!(
        (requests, case.script.sent.lock().expect("a lock").len()),
        (0, 0)
    );
    let (made, case, _) = written("count", true, says("Zählt."));
    let new = made.expect("another one").new;
    assert!(
        new.contains("def count(prices):\n    \"\"\"Zählt.\"\"\"\n    return")
            && !new.contains("Zählt die"),
        "{new}"
    );
    let sent = case.script.sent.lock().expect("a lock");
    assert!(text_of(&sent[0]).contains("keep what is true in it"));
}
