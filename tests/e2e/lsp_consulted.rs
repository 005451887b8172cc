//! A model asked about one thing in the editor: a repair that is seen before it lands, an explanation, some lines.

use serde_json::{Value, json};
use test_provider::{Api, Provider, Reply};

use crate::lsp_model::{agree, is_result, of_model};
use crate::lsp_process::{Client, uri};
use crate::lsp_words::{call, unasked};
use crate::models::{KEY, NEW, configured, remark};
use crate::support::Sandbox;

const PATH: &str = "src/total.rs";

/// Reviews, repairs and explains; the defect is in the file that is open, which no commit has.
fn provider(fix: Value) -> Provider {
    let provider = Provider::start();
    let sentences = json!({"sentences": [
        {"text": "`skip(1)` leaves the first of the `prices` out.", "places": ["src/total.rs:2"]},
        {"text": "`grand_total` does not.", "places": ["src/total.rs:2"]},
    ]});
    provider.answer(move |request| {
        let text = request.text();
        let has = |words: &str| text.contains(words);
        let reply = match () {
            () if has("Your task is to refute it") => {
                r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#.to_owned()
            }
            () if has("You repair one problem") => {
                json!({"fix": fix, "why": "It is meant so."}).to_string()
            }
            () if has("You answer one question") => sentences.to_string(),
            () => remark(),
        };
        Reply::text(reply)
    });
    provider
}

fn repair() -> Value {
    json!({
        "title": "Sum all prices",
        "replaces": "    prices.iter().skip(1).sum()",
        "with": "    prices.iter().sum()",
    })
}

/// A session with the file open; `old`: what was committed.
fn started(provider: &Provider, old: &str, named: &str) -> (Sandbox, Client) {
    let sandbox = Sandbox::committed(&[(PATH, old)]);
    sandbox.write(PATH, NEW);
    configured(&sandbox, &provider.base_url(Api::Anthropic), named);
    let mut client = Client::start_with(&sandbox, &[("OWN_KEY", KEY)], &[]);
    let capabilities = json!({
        "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true}},
        "window": {"showMessage": {"messageActionItem": {}}},
        "textDocument": {"codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "resolveSupport": {"properties": ["edit"]}, "tagSupport": {"valueSet": [1]},
        }},
    });
    client.initialize_as(&sandbox, None, json!({}), capabilities);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri(&sandbox, PATH), "languageId": "rust", "version": 1, "text": NEW,
        }}}),
    );
    (sandbox, client)
}

const OLD: &str = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n";

/// Has the change reviewed: the model's finding, as it is shown.
fn found(client: &mut Client) -> Value {
    call(client, 2, "obelus.review", json!({}));
    agree(client, "Send");
    let shown = client.wait_for(|message| of_model(message).is_some());
    client.wait_for(is_result(2));
    of_model(&shown).expect("it is there").clone()
}

fn actions(client: &mut Client, id: i32, sandbox: &Sandbox, range: &Value) -> Vec<Value> {
    client.send(
        json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/codeAction", "params": {
            "textDocument": {"uri": uri(sandbox, PATH)}, "range": range, "context": {"diagnostics": []},
        }}),
    );
    let answer = client.wait_for(is_result(id));
    answer["result"].as_array().expect("a list").clone()
}

fn titled<'a>(actions: &'a [Value], title: &str) -> Option<&'a Value> {
    actions.iter().find(|action| action["title"] == title)
}

/// What the user is asked next, which is not answered yet.
fn question(client: &mut Client) -> Value {
    client.wait_for(|message| message["method"] == "window/showMessageRequest")
}

fn reply(client: &mut Client, question: &Value, result: Value) {
    client.send(json!({"jsonrpc": "2.0", "id": question["id"], "result": result}));
}

#[test]
fn a_repair_is_applied_when_the_user_says_so_and_not_before() {
    let provider = provider(repair());
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    let finding = found(&mut client);
    let offered = actions(&mut client, 3, &sandbox, &finding["range"]);
    let fix = titled(&offered, "Fix model/bug with the model …").expect("it is offered");
    let argument = fix["command"]["arguments"][0].clone();
    call(&mut client, 4, "obelus.fix", argument.clone());
    let asked = question(&mut client);
    let text = asked["params"]["message"].as_str().expect("text");
    assert!(
        text.contains("Sum all prices") && text.contains("src/total.rs:2"),
        "{text}"
    );
    let told = client.wait_for(is_result(4))["result"].clone();
    assert_eq!(told["applied"], false);
    assert_eq!(told["edits"][0]["newText"], "    prices.iter().sum()");
    assert_eq!(told["model"]["requests"], 1);
    let markdown = told["markdown"].as_str().expect("text");
    assert!(
        markdown.contains("-     prices.iter().skip(1).sum()\n+     prices.iter().sum()"),
        "{markdown}"
    );

    // It is a quick fix now too, marked as a model's.
    let offered = actions(&mut client, 5, &sandbox, &finding["range"]);
    assert!(
        titled(&offered, "Fix model/bug with the model …").is_none(),
        "twice"
    );
    let quick = titled(&offered, "Sum all prices").expect("the repair");
    assert_eq!(
        (&quick["tags"], &quick["isPreferred"]),
        (&json!([1]), &Value::Null)
    );

    reply(&mut client, &asked, json!({"title": "Apply"}));
    let edit = client.wait_for(|message| message["method"] == "workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 1);
    let edits = change["edits"].as_array().expect("edits");
    assert_eq!(
        (edits.len(), &edits[0]["newText"]),
        (1, &json!("    prices.iter().sum()"))
    );
    reply(&mut client, &edit, json!({"applied": true}));
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": 2}, "contentChanges": [{"text": OLD}],
        }}),
    );
    client.wait_for(|message| message["params"]["version"] == 2 && of_model(message).is_none());
    // What was asked before costs nothing, but the finding is gone.
    call(&mut client, 6, "obelus.fix", argument);
    let gone = unasked(&mut client, 6);
    assert!(
        gone["error"]["message"].to_string().contains("no finding"),
        "{gone}"
    );
}

#[test]
fn a_repair_is_not_applied_to_a_text_that_was_typed_into() {
    let provider = provider(repair());
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    let finding = found(&mut client);
    call(&mut client, 4, "obelus.fix", json!({"id": finding["data"]}));
    let asked = question(&mut client);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": 2},
            "contentChanges": [{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "\n"}],
        }}),
    );
    client.wait_for(|message| message["params"]["version"] == 2);
    reply(&mut client, &asked, json!({"title": "Apply"}));
    let told = client.wait_for(|message| {
        assert_ne!(message["method"], "workspace/applyEdit", "applied");
        message["method"] == "window/showMessage"
    });
    assert!(
        told["params"]["message"]
            .to_string()
            .contains("has changed since"),
        "{told}"
    );
    // Who asks for it at once gets it for the text as it is: paid for again, because the code moved.
    call(
        &mut client,
        5,
        "obelus.fix",
        json!({"id": finding["data"], "apply": true}),
    );
    let edit = client.wait_for(|message| message["method"] == "workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    assert_eq!(change["edits"][0]["range"]["start"]["line"], 2);
    reply(&mut client, &edit, json!({"applied": true}));
    assert_eq!(client.wait_for(is_result(5))["result"]["applied"], true);
}

#[test]
fn a_model_that_knows_no_repair_says_why() {
    let provider = provider(Value::Null);
    let (_sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    let finding = found(&mut client);
    call(&mut client, 4, "obelus.fix", json!({"id": finding["data"]}));
    let answer = unasked(&mut client, 4);
    let why = answer["error"]["message"].as_str().expect("an error");
    assert!(why.contains("It is meant so"), "{why}");
}

#[test]
fn a_finding_and_lines_are_explained_with_places_that_open() {
    let provider = provider(Value::Null);
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    let finding = found(&mut client);
    let sent = provider.requests().len();
    // Without a model: at once, nothing is sent.
    call(
        &mut client,
        4,
        "obelus.explain",
        json!({"id": finding["data"], "show": false}),
    );
    let told = unasked(&mut client, 4)["result"].clone();
    assert!(
        told["markdown"]
            .to_string()
            .contains("The first price is left out"),
        "{told}"
    );
    assert_eq!(provider.requests().len(), sent);

    let offered = actions(&mut client, 5, &sandbox, &finding["range"]);
    let explain = titled(&offered, "Explain model/bug with the model").expect("it is offered");
    let mut argument = explain["command"]["arguments"][0].clone();
    argument["show"] = json!(false);
    call(&mut client, 6, "obelus.explain", argument);
    let told = unasked(&mut client, 6)["result"].clone();
    let markdown = told["markdown"].as_str().expect("text");
    let link = format!("([src/total.rs:2]({}#L2))", uri(&sandbox, PATH));
    assert!(
        markdown.contains("leaves the first of the `prices` out.") && markdown.contains(&link),
        "{markdown}"
    );
    assert!(!markdown.contains("grand_total"), "invented: {markdown}");
    assert!(told["note"].to_string().contains("left out 1"), "{told}");
    assert_eq!(provider.requests().len(), sent + 1);
    let asked = provider.requests().pop().expect("one").text();
    assert!(
        asked.contains("The first price is left out of the sum"),
        "what it is about: {asked}"
    );

    // Lines, and what another program says of them.
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}});
    let offered = actions(&mut client, 7, &sandbox, &range);
    let explain = titled(&offered, "Explain the selection with the model").expect("it is offered");
    let mut argument = explain["command"]["arguments"][0].clone();
    argument["show"] = json!(false);
    argument["message"] = json!("unused_skip: this call looks odd");
    call(&mut client, 8, "obelus.explain", argument.clone());
    let told = unasked(&mut client, 8)["result"].clone();
    assert_eq!(
        told["places"][0],
        json!({"path": PATH, "line": 2, "uri": uri(&sandbox, PATH)})
    );
    let asked = provider.requests().pop().expect("one").text();
    assert!(
        asked.contains("unused_skip: this call looks odd"),
        "{asked}"
    );
    // Nothing unchanged is paid for twice.
    let sent = provider.requests().len();
    call(&mut client, 9, "obelus.explain", argument);
    assert_eq!(unasked(&mut client, 9)["result"]["model"]["requests"], 0);
    assert_eq!(provider.requests().len(), sent);
}

#[test]
fn a_selection_is_reviewed_by_the_model_too() {
    let provider = provider(Value::Null);
    // Nothing has changed: the selection is what is reviewed.
    let (sandbox, mut client) = started(&provider, NEW, "[models]\nreview = \"own/m\"\n");
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 1}});
    let argument = json!({"scope": "selection", "uri": uri(&sandbox, PATH), "range": range});
    call(&mut client, 4, "obelus.review", argument.clone());
    agree(&mut client, "Send");
    let shown = client.wait_for(|message| of_model(message).is_some());
    assert_eq!(
        of_model(&shown).expect("it is there")["range"]["start"]["line"],
        1
    );
    let report = client.wait_for(is_result(4))["result"].clone();
    assert_eq!(
        report["findings"][0]["title"],
        "The first price is left out of the sum"
    );
    assert_eq!(report["stats"]["model"]["requests"], 2);
    call(&mut client, 5, "obelus.review", argument.clone());
    let again = unasked(&mut client, 5)["result"].clone();
    assert_eq!(again["stats"]["model"]["requests"], 0, "{again}");
    assert_eq!(again["findings"][0]["id"], report["findings"][0]["id"]);
    let mut without = argument;
    without["model"] = json!("none");
    call(&mut client, 6, "obelus.review", without);
    let without = unasked(&mut client, 6)["result"].clone();
    assert_eq!(
        (&without["stats"]["model"], &without["findings"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(provider.requests().len(), 2);
}

#[test]
fn nothing_is_offered_that_nobody_could_do() {
    let provider = provider(Value::Null);
    let (sandbox, mut client) = started(&provider, OLD, "");
    client.wait_for(|message| message["method"] == "textDocument/publishDiagnostics");
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}});
    let offered = actions(&mut client, 3, &sandbox, &range);
    let by_model = |action: &&Value| action["title"].to_string().contains("model");
    assert_eq!(offered.iter().find(by_model), None);
    let argument = json!({"uri": uri(&sandbox, PATH), "range": range, "show": false});
    call(&mut client, 4, "obelus.explain", argument);
    let answer = unasked(&mut client, 4);
    assert!(
        answer["error"]["message"]
            .to_string()
            .contains("no model is named"),
        "{answer}"
    );
    assert_eq!(provider.requests().len(), 0);
}

#[test]
fn a_request_in_plain_words_is_done_or_answered() {
    let provider = provider(Value::Null);
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nask = \"own/m\"\n");
    let ask = |client: &mut Client, id: i32, argument: Value| {
        call(client, id, "obelus.ask", argument);
        unasked(client, id)
    };
    let done = ask(
        &mut client,
        3,
        json!({"question": "please review my changes"}),
    );
    let told = &done["result"];
    assert_eq!(
        (&told["understood"], &told["command"]),
        (&json!("review"), &json!("obelus.review"))
    );
    assert_eq!(told["result"]["schema"], "obelus.report/1");
    let named = json!({"question": "review the last commit for security"});
    let told = ask(&mut client, 4, named)["result"].clone();
    assert_eq!(told["arguments"]["scope"], "commit");
    assert_eq!(told["arguments"]["profile"], "security");
    let spent = ask(
        &mut client,
        5,
        json!({"question": "how much did we spend this month"}),
    );
    assert_eq!(spent["result"]["result"]["schema"], "obelus.usage/1");
    for (id, question, says) in [
        (6, "fix it", "code action"),
        (7, "hello", "not understood"),
        (8, "", "`question` is missing"),
    ] {
        let answer = ask(&mut client, id, json!({"question": question}));
        assert!(
            answer["error"]["message"].to_string().contains(says),
            "{question}: {answer}"
        );
    }
    assert_eq!(
        provider.requests().len(),
        0,
        "nothing of this needs a model"
    );

    // A question about the code goes to the model, and can be gone on with.
    call(
        &mut client,
        9,
        "obelus.ask",
        json!({"question": "how does total handle prices?"}),
    );
    agree(&mut client, "Send");
    let told = client.wait_for(is_result(9))["result"].clone();
    assert_eq!(
        told["answer"],
        "`skip(1)` leaves the first of the `prices` out. [src/total.rs:2]"
    );
    assert_eq!(
        (&told["conversation"], &told["model"]["requests"]),
        (&json!(1), &json!(1))
    );
    let on = json!({"question": "and total itself?", "conversation": 1});
    let told = ask(&mut client, 10, on)["result"].clone();
    assert_eq!(told["conversation"], 1);
    let asked = provider.requests().pop().expect("one").text();
    assert!(
        asked.contains("how does total handle prices?"),
        "what was said before: {asked}"
    );

    let listed = ask(&mut client, 11, json!({"search": "itself"}))["result"].clone();
    assert_eq!(listed["conversations"][0]["turns"], 2);
    assert_eq!(
        ask(&mut client, 12, json!({"search": "nobody"}))["result"]["conversations"],
        json!([])
    );
    let text = ask(&mut client, 13, json!({"export": 1}))["result"]["markdown"].clone();
    assert!(
        text.as_str()
            .is_some_and(|text| text.contains("## and total itself?\n\n`skip(1)`")),
        "{text}"
    );
    // The command line knows it too.
    let list = crate::models::run(&sandbox, "ask --list").exits(0);
    list.shows(&["2 questions", "how does total handle prices?"]);
    assert_eq!(
        ask(&mut client, 14, json!({"forget": 1}))["result"]["forgotten"],
        true
    );
    let gone = ask(
        &mut client,
        15,
        json!({"question": "why?", "conversation": 1}),
    );
    assert!(
        gone["error"]["message"]
            .to_string()
            .contains("no conversation 1"),
        "{gone}"
    );
}

#[test]
fn a_finding_is_asked_about_with_one_click() {
    let provider = provider(Value::Null);
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    let finding = found(&mut client);
    let offered = actions(&mut client, 3, &sandbox, &finding["range"]);
    let ask = titled(&offered, "Ask about model/bug …").expect("it is offered");
    let argument = ask["command"]["arguments"][0].clone();
    call(&mut client, 4, "obelus.ask", argument.clone());
    let choices = question(&mut client);
    assert_eq!(choices["params"]["actions"][2]["title"], "Safe to ignore?");
    reply(&mut client, &choices, json!({"title": "Safe to ignore?"}));
    let told = client.wait_for(is_result(4))["result"].clone();
    assert_eq!(told["places"][0]["line"], 2, "{told}");
    let asked = provider.requests().pop().expect("one").text();
    assert!(
        asked.contains("Is it safe to leave this as it is?")
            && asked.contains("The first price is left out"),
        "{asked}"
    );
    // The user thought better of it.
    call(&mut client, 5, "obelus.ask", argument);
    let choices = question(&mut client);
    reply(&mut client, &choices, Value::Null);
    assert_eq!(
        client.wait_for(is_result(5))["result"]["answer"],
        Value::Null
    );
}

#[test]
fn what_was_held_back_is_listed_with_the_reason() {
    let provider = Provider::start();
    let names = ["one", "two", "three", "four", "five"];
    let code: String = (names.iter())
        .map(|name| {
            format!("pub fn {name}(left: u64) -> u64 {{\n    left - {name}_right()\n}}\n\n")
        })
        .collect();
    let remarks: Vec<Value> = (names.iter())
        .map(|name| {
            let mut remark: Value = serde_json::from_str(&remark()).expect("JSON");
            let mut remark = remark["findings"][0].take();
            remark["quote"] = json!(format!("    left - {name}_right()"));
            remark["symbol"] = json!(name);
            remark["title"] = json!(format!("The subtraction of {name} can wrap around"));
            remark["explanation"] = json!(format!("`{name}_right` may be larger than `left`."));
            remark
        })
        .chain([
            json!({"path": PATH, "quote": "nowhere", "title": "No such line", "confidence": 0.9}),
        ])
        .collect();
    provider.answer(
        move |request| match request.text().contains("Your task is to refute it") {
            true => Reply::text(r#"{"verdict": "real", "confidence": 0.9, "reason": "it is so"}"#),
            false => Reply::text(json!({"findings": remarks}).to_string()),
        },
    );
    let (sandbox, mut client) = started(&provider, OLD, "[models]\nreview = \"own/m\"\n");
    sandbox.write(PATH, &code);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri(&sandbox, PATH), "version": 2}, "contentChanges": [{"text": code}],
        }}),
    );
    call(&mut client, 2, "obelus.heldBack", json!({}));
    let before = unasked(&mut client, 2)["result"].clone();
    assert_eq!(
        (&before["held_back"], &before["suppressed"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(
        before["markdown"],
        "# Held back\n\nNothing was held back.\n"
    );
    call(&mut client, 3, "obelus.review", json!({}));
    agree(&mut client, "Send");
    let report = client.wait_for(is_result(3))["result"].clone();
    assert_eq!(report["stats"]["model"]["held_back"], 2, "{report}");
    let id = report["findings"][0]["id"].clone();
    let dismiss = json!({"id": id, "reason": "by-design"});
    call(&mut client, 4, "obelus.dismiss", dismiss);
    unasked(&mut client, 4);
    call(&mut client, 5, "obelus.heldBack", json!({}));
    let told = unasked(&mut client, 5)["result"].clone();
    let held = told["held_back"].as_array().expect("a list");
    assert_eq!(held.len(), 2, "{told}");
    for one in held {
        let shown = report["findings"].as_array().expect("a list");
        assert!(
            shown.iter().all(|finding| finding["id"] != one["id"]),
            "shown as well: {one}"
        );
        assert_eq!(one["reason"], "over the limit of remarks");
        assert!(
            one["line"].as_u64().is_some_and(|line| line % 4 == 2),
            "{one}"
        );
    }
    assert_eq!(
        (&told["dismissed"][0]["id"], &told["dismissed"][0]["reason"]),
        (&id, &json!("by-design"))
    );
    assert_eq!(told["dropped"]["no-place"], 1);
    let markdown = told["markdown"].as_str().expect("text");
    for part in [
        "(over the limit of remarks)",
        "(dismissed: by-design)",
        "1 dropped: no-place",
    ] {
        assert!(markdown.contains(part), "no {part:?} in {markdown}");
    }
}
