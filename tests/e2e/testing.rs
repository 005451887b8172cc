//! Tests by a model: shown as a difference on the command line, offered as an edit in the editor, applied by nobody else.

use serde_json::{Value, json};
use test_provider::{Api, Provider, Reply};

use crate::lsp_model::{agree, is_result};
use crate::lsp_process::{Client, uri};
use crate::lsp_words::call;
use crate::models::{KEY, configured, run};
use crate::support::Sandbox;

const CODE: &str =
    "import math\n\n\ndef total(prices):\n    \"\"\"Adds up.\"\"\"\n    return math.fsum(prices)\n";
const TESTS: &str = "from app.item import name\n\n\ndef test_name():\n    assert name() is None\n";

fn provider() -> Provider {
    let provider = Provider::start();
    provider.answer(|request| {
        assert!(request.text().contains("You write tests for one definition"), "{}", request.text());
        let tests = "def test_total_of_nothing():\n    assert total([]) == 0\n";
        let reply = match request.text().contains("tests/test_cart.py`, which is there") {
            true => json!({"imports": ["from app.cart import total"], "tests": tests, "why": ""}),
            false => json!({"imports": [], "tests": format!("from app.cart import total\n\n\n{tests}"), "why": ""}),
        };
        Reply::text(reply.to_string())
    });
    provider
}

fn sandbox(provider: &Provider) -> Sandbox {
    let sandbox = Sandbox::committed(&[
        (
            "pyproject.toml",
            "[dependency-groups]\ndev = [\"pytest\"]\n",
        ),
        ("app/cart.py", CODE),
        ("app/item.py", "def name():\n    pass\n"),
        ("tests/test_item.py", TESTS),
    ]);
    configured(&sandbox, &provider.base_url(Api::Anthropic), "");
    sandbox
}

#[test]
fn on_the_command_line_they_are_a_difference_that_can_be_applied() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    let ran = run(&sandbox, "ask write tests for total --model own/m").exits(0);
    let ran = ran.says(&[
        "asking own/m for tests of total in app/cart.py",
        "own/m: 1 request",
        "git apply",
    ]);
    assert_eq!(
        ran.stdout,
        "diff --git a/tests/test_cart.py b/tests/test_cart.py\nnew file mode 100644\n--- /dev/null\n+++ b/tests/test_cart.py\n\
         @@ -0,0 +1,5 @@\n+from app.cart import total\n+\n+\n+def test_total_of_nothing():\n+    assert total([]) == 0\n"
    );
    assert!(
        !sandbox.work().join("tests/test_cart.py").exists(),
        "nothing is written"
    );
    let ran = run(
        &sandbox,
        "ask write tests for total --model own/m --format json",
    )
    .exits(0);
    let made: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (
            &made["schema"],
            &made["is_new"],
            &made["framework"],
            &made["like"]
        ),
        (
            &json!("obelus.tests/1"),
            &json!(true),
            &json!("pytest"),
            &json!(["tests/test_item.py"])
        )
    );
    // A file that is there gets more of them, and its difference has one piece where the pieces touch.
    sandbox.write(
        "tests/test_cart.py",
        "import math\n\n\ndef test_math():\n    assert math.pi > 3\n",
    );
    let ran = run(&sandbox, "ask write tests for total --model own/m").exits(0);
    assert_eq!(
        ran.stdout,
        "--- a/tests/test_cart.py\n+++ b/tests/test_cart.py\n@@ -1,5 +1,10 @@\n import math\n+from app.cart import total\n \n \n def test_math():\n     assert math.pi > 3\n+\n+\n+def test_total_of_nothing():\n+    assert total([]) == 0\n"
    );
}

#[test]
fn without_a_model_it_is_said_where_they_belong() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    sandbox.run("ask write tests for total").exits(2).says(&[
        "only a model words tests",
        "tests of total belong into tests/test_cart.py with pytest, like tests/test_item.py",
        "--model",
    ]);
    sandbox
        .run("ask write tests for nobody_knows --model own/m")
        .exits(2)
        .says(&["no definition of nobody_knows"]);
    sandbox.write("lib/cart.py", CODE);
    sandbox
        .run("ask write tests for total --model own/m")
        .exits(2)
        .says(&["app/cart.py, lib/cart.py"]);
    assert_eq!(provider.requests().len(), 0);
}

#[test]
fn in_the_editor_they_are_an_edit_that_the_user_agrees_to() {
    let provider = provider();
    let sandbox = sandbox(&provider);
    configured(
        &sandbox,
        &provider.base_url(Api::Anthropic),
        "[models]\nfix = \"own/m\"\n",
    );
    let mut client = Client::start_with(&sandbox, &[("OWN_KEY", KEY)], &[]);
    let capabilities = json!({
        "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        "window": {"showMessage": {"messageActionItem": {}}},
        "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}},
    });
    client.initialize_as(&sandbox, None, json!({}), capabilities);
    let document = uri(&sandbox, "app/cart.py");
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": document, "languageId": "python", "version": 1, "text": CODE,
        }}}),
    );
    // It waits for the folder, and so what follows finds it open.
    call(&mut client, 9, "obelus.usage", json!({}));
    client.wait_for(is_result(9));
    let range = json!({"start": {"line": 5, "character": 4}, "end": {"line": 5, "character": 10}});
    client.send(
        json!({"jsonrpc": "2.0", "id": 2, "method": "textDocument/codeAction", "params": {
            "textDocument": {"uri": document}, "range": range, "context": {"diagnostics": []},
        }}),
    );
    let offered = client.wait_for(is_result(2));
    let action = offered["result"].as_array().expect("a list").iter();
    let mut action =
        action.filter(|it| it["title"] == "Write tests for the selection with the model");
    let argument = action.next().expect("it is offered")["command"]["arguments"][0].clone();
    call(&mut client, 3, "obelus.generateTests", argument.clone());
    agree(&mut client, "Send");
    let asked = client.wait_for(|message| message["method"] == "window/showMessageRequest");
    let question = asked["params"]["message"].as_str().expect("text");
    assert!(
        question.contains("add tests for total to tests/test_cart.py"),
        "{question}"
    );
    let told = client.wait_for(is_result(3))["result"].clone();
    assert_eq!(
        (&told["applied"], &told["isNew"], &told["path"]),
        (&json!(false), &json!(true), &json!("tests/test_cart.py"))
    );
    assert!(
        told["markdown"]
            .as_str()
            .is_some_and(|text| text.contains("+ def test_total_of_nothing")),
        "{told:#}"
    );
    client.send(json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"title": "Apply"}}));
    let edit = client.wait_for(|message| message["method"] == "workspace/applyEdit");
    let changes = &edit["params"]["edit"]["documentChanges"];
    assert_eq!(
        (&changes[0]["kind"], &changes[0]["uri"]),
        (
            &json!("create"),
            &json!(uri(&sandbox, "tests/test_cart.py"))
        )
    );
    assert!(
        changes[1]["edits"][0]["newText"]
            .as_str()
            .is_some_and(|text| text.starts_with("from app.cart import total"))
    );
    client.send(json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": true}}));
    // Not asked for here: only told.
    let mut quiet = argument;
    quiet["apply"] = json!(false);
    call(&mut client, 4, "obelus.generateTests", quiet);
    let told = client.wait_for(|message| {
        assert_ne!(message["method"], "window/showMessageRequest");
        is_result(4)(message)
    });
    assert_eq!(told["result"]["applied"], false);
    call(&mut client, 5, "obelus.generateTests", json!({}));
    let wrong = client.wait_for(is_result(5));
    assert!(
        wrong["error"]["message"].to_string().contains("`symbol`"),
        "{wrong}"
    );
}
