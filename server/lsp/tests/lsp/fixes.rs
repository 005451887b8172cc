//! Code actions: what is offered where, and what applying it leaves.

use serde_json::{Value, json};

use crate::client::{Client, Setup, range};
use crate::workspace::{Fixture, Gate};

const URI: &str = "file:///w/src/a.rs";
const CODE: &str = "fn area(w: u32, h: u32) -> u32 {\n    dbg!(w) * h\n}\n";
const RULE: &str = "rust/dbg-left-in";

fn full() -> Value {
    json!({
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": { "codeAction": {
            "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } },
            "dataSupport": true, "isPreferredSupport": true, "resolveSupport": { "properties": ["edit"] },
        } },
    })
}

/// Understands actions, and nothing beyond.
fn modest() -> Value {
    json!({ "textDocument": { "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } } } })
}

fn start(capabilities: Value) -> Client {
    let mut client = Setup::new("//- src/a.rs\n")
        .capabilities(capabilities)
        .start();
    client.open(URI, CODE);
    let found = client.diagnostics(URI, Some(1));
    assert_eq!(
        found.iter().map(|one| one.rule()).collect::<Vec<_>>(),
        [RULE]
    );
    client
}

fn done(mut client: Client) {
    client.close(URI);
    client.diagnostics(URI, None);
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions
        .iter()
        .map(|action| action["title"].as_str().expect("a title"))
        .collect()
}

/// `text` after edits that came in one list: all are meant for the text before (ASCII, LF).
fn applied(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let line = position["line"].as_u64().expect("a line") as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + position["character"].as_u64().expect("a character") as usize
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .expect("edits")
        .iter()
        .map(|edit| {
            let new = edit["newText"].as_str().expect("text");
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                new,
            )
        })
        .collect();
    edits.sort_unstable();
    let mut after = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        after.replace_range(start..end, new);
    }
    after
}

#[test]
fn actions_are_offered_at_the_finding_only() {
    let mut client = start(full());
    let here = client.actions(URI, range(1, 6, 1, 6));
    assert_eq!(
        titles(&here)[1..],
        [
            format!("Allow {RULE} here"),
            format!("Dismiss {RULE} here …"),
            format!("Explain {RULE}")
        ]
    );
    assert_eq!(here[0]["isPreferred"], true);
    assert!(
        here.iter()
            .all(|action| action["kind"] == "quickfix" && action.get("edit").is_none()),
        "{here:#?}"
    );
    assert_eq!(client.actions(URI, range(2, 0, 2, 0)), Vec::<Value>::new());
    let selected = client.actions(URI, range(2, 0, 2, 1));
    assert_eq!(titles(&selected), ["Review the selection"]);
    for (only, count) in [
        ("quickfix", 4),
        ("", 5),
        ("obelus", 1),
        ("refactor", 0),
        ("quick", 0),
        ("source.organizeImports", 0),
        ("source", 1),
    ] {
        let context = json!({ "diagnostics": [], "only": [only] });
        let params = json!({ "textDocument": { "uri": URI }, "range": range(1, 4, 1, 8), "context": context });
        let actions = client
            .request("textDocument/codeAction", params)
            .expect("actions");
        assert_eq!(
            actions.as_array().map(Vec::len),
            Some(count),
            "{only:?}: {actions:#}"
        );
    }
    done(client);
}

#[test]
fn a_fix_is_resolved_for_the_version_it_was_offered_for() {
    let mut client = start(full());
    let fix = client.actions(URI, range(1, 6, 1, 6)).remove(0);
    let resolved = client
        .request("codeAction/resolve", fix.clone())
        .expect("an edit");
    let change = &resolved["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": URI, "version": 1 }));
    let after = applied(CODE, &change["edits"]);
    assert_eq!(after, CODE.replace("dbg!(w)", "w"));
    client.replace(URI, 2, &after);
    assert_eq!(client.diagnostics(URI, Some(2)), []);
    let stale = client
        .request("codeAction/resolve", fix)
        .expect_err("stale");
    assert_eq!(stale["code"], -32801);
    done(client);
}

#[test]
fn an_allow_comment_silences_the_finding() {
    let mut client = start(full());
    let allow = client.actions(URI, range(1, 6, 1, 6)).remove(1);
    let resolved = client
        .request("codeAction/resolve", allow)
        .expect("an edit");
    let after = applied(CODE, &resolved["edit"]["documentChanges"][0]["edits"]);
    assert!(
        after.contains(&format!("    // obelus: allow({RULE}) ")),
        "{after}"
    );
    client.replace(URI, 2, &after);
    assert_eq!(client.diagnostics(URI, Some(2)), []);
    done(client);
}

#[test]
fn a_client_that_cannot_resolve_gets_the_edits_at_once() {
    let mut client = start(modest());
    let actions = client.actions(URI, range(1, 6, 1, 6));
    assert_eq!(actions.len(), 4);
    let after = applied(CODE, &actions[0]["edit"]["changes"][URI]);
    assert_eq!(after, CODE.replace("dbg!(w)", "w"));
    assert!(
        actions[1]["edit"]["changes"][URI].is_array(),
        "{actions:#?}"
    );
    done(client);
}

#[test]
fn a_client_without_actions_gets_none() {
    let mut client = start(json!({}));
    assert_eq!(client.actions(URI, range(1, 6, 1, 6)), Vec::<Value>::new());
    done(client);
}

#[test]
fn all_fixes_are_applied_in_one_edit() {
    let mut client = start(full());
    let code = CODE.replace("* h", "* dbg!(h)");
    client.replace(URI, 2, &code);
    assert_eq!(client.diagnostics(URI, Some(2)).len(), 2);
    let context = json!({ "diagnostics": [], "only": ["source.fixAll"] });
    let params =
        json!({ "textDocument": { "uri": URI }, "range": range(0, 0, 0, 0), "context": context });
    let actions = client
        .request("textDocument/codeAction", params)
        .expect("actions");
    assert_eq!(actions[0]["kind"], "source.fixAll.obelus");
    let resolved = client
        .request("codeAction/resolve", actions[0].clone())
        .expect("an edit");
    let after = applied(&code, &resolved["edit"]["documentChanges"][0]["edits"]);
    assert_eq!(after, CODE.replace("dbg!(w)", "w"));
    done(client);
}

#[test]
fn explain_opens_the_rules_page() {
    let mut capabilities = full();
    capabilities["window"] = json!({ "showDocument": { "support": true } });
    let mut client = start(capabilities);
    let explain = client.actions(URI, range(1, 6, 1, 6)).remove(3);
    assert_eq!(
        client.request("codeAction/resolve", explain.clone()),
        Ok(explain.clone()),
        "nothing to resolve"
    );
    let command = &explain["command"];
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    let page = client
        .request("workspace/executeCommand", params)
        .expect("a page");
    assert!(
        page["markdown"]
            .as_str()
            .is_some_and(|text| text.contains(RULE)),
        "{page}"
    );
    let shown = client.answer("window/showDocument", json!({ "success": true }));
    assert_eq!(shown["uri"], page["uri"]);
    for show in [true, false] {
        let argument = json!({ "rule": RULE, "show": show });
        let page = client.command("obelus.explain", argument).expect("a page");
        assert_eq!(page["uri"], format!("file:///pages/{RULE}.md"));
        if show {
            client.answer("window/showDocument", json!({ "success": true }));
        }
    }
    let error = client
        .command("obelus.explain", json!({ "rule": "no/such-rule" }))
        .expect_err("none");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("no/such-rule")),
        "{error}"
    );
    done(client);
}

#[test]
fn an_action_that_was_tampered_with_is_stale() {
    let mut client = start(full());
    let fix = client.actions(URI, range(1, 6, 1, 6)).remove(0);
    for (pointer, value) in [
        ("/data/uri", json!("file:///etc/passwd")),
        ("/data/version", json!(7)),
        ("/data/findings", json!(["0000000000000000"])),
    ] {
        let mut other = fix.clone();
        *other.pointer_mut(pointer).expect("it is there") = value;
        assert_eq!(
            client
                .request("codeAction/resolve", other)
                .expect_err("stale")["code"],
            -32801,
            "{pointer}"
        );
    }
    done(client);
}

/// A rule whose fix takes away more than what it marks.
const WIDE: &str = "//- .obelus/rules/own/left.yml
id: own/left
language: rust
severity: warning
message: A call to log is left
note: It is not wanted here.
rule: { pattern: log($A) }
fix:
  template: keep($A)
  expandEnd: { regex: ';' }
metadata: { category: process, confidence: 0.9, bad: 'log(1);', good: '' }
//- src/a.rs
";

#[test]
fn a_fix_whose_text_was_typed_into_is_disabled_until_the_next_check() {
    for can_tell in [true, false] {
        let mut capabilities = full();
        capabilities["textDocument"]["codeAction"]["disabledSupport"] = json!(can_tell);
        let mut client = Setup::new(WIDE)
            .capabilities(capabilities)
            .options(json!({ "debounceMs": 10_000 }))
            .start();
        client.open(URI, "fn f() {\n    log(1) ;\n}\n");
        assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
        let here = client.actions(URI, range(1, 5, 1, 5));
        assert_eq!(
            (&here[0]["isPreferred"], here.len()),
            (&json!(true), 4),
            "{here:#?}"
        );
        // Between what is marked and the end of what the fix replaces.
        let typed = json!([{ "range": range(1, 10, 1, 11), "text": "" }]);
        client.change(URI, 2, typed);
        let here = client.actions(URI, range(1, 5, 1, 5));
        if can_tell {
            assert!(here[0]["disabled"]["reason"].is_string(), "{here:#?}");
            assert_eq!(here[0].get("isPreferred"), None);
        } else {
            assert_eq!(titles(&here)[0], "Allow own/left here");
        }
        done(client);
    }
}

#[test]
fn a_selection_is_reviewed_whether_it_changed_or_not() {
    let old = "fn a(w: u32) -> u32 {\n    dbg!(w)\n}\n";
    let mut client = Setup::new(&format!("//- old src/a.rs\n{old}//- new src/a.rs\n{old}"))
        .capabilities(full())
        .start();
    client.open(URI, old);
    assert_eq!(client.diagnostics(URI, Some(1)), []);
    let actions = client.actions(URI, range(1, 0, 2, 0));
    assert_eq!(titles(&actions), ["Review the selection"]);
    let command = &actions[0]["command"];
    let report = client
        .command(
            command["command"].as_str().expect("a name"),
            command["arguments"][0].clone(),
        )
        .expect("a report");
    assert_eq!(report["findings"][0]["rule"], RULE);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    let other = json!({ "scope": "selection", "uri": URI, "range": range(0, 0, 1, 0) });
    let report = client.command("obelus.review", other).expect("a report");
    assert_eq!(report["findings"], json!([]));
    // An editor that asks by itself is not told.
    let context = json!({ "diagnostics": [], "triggerKind": 2 });
    let params =
        json!({ "textDocument": { "uri": URI }, "range": range(0, 0, 0, 2), "context": context });
    let actions = client.request("textDocument/codeAction", params);
    assert_eq!(actions, Ok(json!([])));
    done(client);
}

/// What can be done where `dbg!(w)` stands, asked at once.
fn titles_at(client: &mut Client, place: Value) -> Vec<String> {
    let actions = client.actions(URI, place);
    titles(&actions).into_iter().map(str::to_owned).collect()
}

#[test]
fn actions_are_right_at_once_after_typing_and_undoing() {
    let here = || range(1, 6, 1, 6);
    for debounce in [0, 30, 600_000] {
        let mut client = Setup::new("//- src/a.rs\n")
            .capabilities(full())
            .options(json!({ "debounceMs": debounce }))
            .start();
        // What is asked while the document is opened waits for its first check.
        client.open(URI, CODE);
        let all = titles_at(&mut client, here());
        assert_eq!(all.len(), 4, "{all:?}");
        let mut version = 1;
        let mut type_in = |client: &mut Client, changes: Value| {
            version += 1;
            client.change(URI, version, changes);
            version
        };
        let (mut without, mut with) = (Vec::new(), Vec::new());
        let edit = |place: Value, text: &str| json!([{ "range": place, "text": text }]);
        // Taken away and put back: the finding, a part of it, its line, all.
        for (place, new, after, old) in [
            (range(1, 4, 1, 11), "w", range(1, 4, 1, 5), "dbg!(w)"),
            (range(1, 4, 1, 8), "", range(1, 4, 1, 4), "dbg!"),
            (
                range(1, 0, 2, 0),
                "",
                range(1, 0, 1, 0),
                "    dbg!(w) * h\n",
            ),
            (range(0, 0, 3, 0), "", range(0, 0, 0, 0), CODE),
        ] {
            type_in(&mut client, edit(place.clone(), new));
            type_in(&mut client, edit(after.clone(), old));
            with.push(titles_at(&mut client, here()));
            type_in(&mut client, edit(place, new));
            let mut none = titles_at(&mut client, after.clone());
            none.retain(|title| title != "Review the selection");
            without.push(none);
            type_in(&mut client, edit(after, old));
            with.push(titles_at(&mut client, here()));
            // Beside it: it moves along, and is there without a wait.
            type_in(&mut client, edit(range(0, 0, 0, 0), "// a\n"));
            with.push(titles_at(&mut client, range(2, 6, 2, 6)));
            type_in(&mut client, edit(range(0, 0, 1, 0), ""));
            with.push(titles_at(&mut client, here()));
        }
        for text in [CODE.replace("dbg!(w)", "w"), CODE.to_owned()] {
            type_in(&mut client, json!([{ "text": text }]));
        }
        with.push(titles_at(&mut client, here()));
        let last = type_in(&mut client, edit(range(3, 0, 3, 0), "\n"));
        with.push(titles_at(&mut client, here()));
        assert!(with.iter().all(|titles| *titles == all), "{with:#?}");
        assert_eq!(without.concat(), Vec::<String>::new());
        if debounce < 600_000 {
            assert_eq!(client.diagnostics(URI, Some(last)).len(), 1);
        }
        client.ignore("textDocument/publishDiagnostics");
        client.close(URI);
    }
}

#[test]
fn actions_do_not_wait_for_ever() {
    let gate = Gate::default();
    let held = gate.clone();
    let fixture = Fixture::new("//- src/a.rs\n").hooked(move |asked| {
        if asked == "head" {
            held.pass();
        }
    });
    let mut capabilities = full();
    capabilities["textDocument"]["codeAction"]["disabledSupport"] = json!(true);
    let mut client = Setup::with(fixture).capabilities(capabilities).start();
    client.open(URI, CODE);
    assert_eq!(client.diagnostics(URI, Some(1)).len(), 1);
    // A check that hangs: what it would say of the text that was put back is not known.
    gate.shut();
    let changes = json!([{ "uri": "file:///w/.git/index", "type": 2 }]);
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": changes }),
    );
    let edit = |place: Value, text: &str| json!([{ "range": place, "text": text }]);
    client.change(URI, 2, edit(range(1, 4, 1, 11), "w"));
    client.change(URI, 3, edit(range(1, 4, 1, 5), "dbg!(w)"));
    let actions = client.actions(URI, range(1, 6, 1, 6));
    assert_eq!(actions.len(), 1, "{actions:#?}");
    assert!(actions[0]["disabled"]["reason"].is_string(), "{actions:#?}");
    // Where nothing was typed, nothing waits; on the way to a save neither.
    assert_eq!(client.actions(URI, range(0, 0, 0, 0)), Vec::<Value>::new());
    let context = json!({ "diagnostics": [], "only": ["source.fixAll"] });
    let params =
        json!({ "textDocument": { "uri": URI }, "range": range(1, 4, 1, 8), "context": context });
    let on_save = client.request("textDocument/codeAction", params);
    assert_eq!(on_save, Ok(json!([])));
    // The text of a question is gone before its answer was there.
    let question = json!({ "textDocument": { "uri": URI }, "range": range(1, 6, 1, 6), "context": { "diagnostics": [] } });
    let id = client.ask("textDocument/codeAction", question);
    client.change(URI, 4, edit(range(0, 0, 0, 0), "// a\n"));
    assert_eq!(client.response(id).expect_err("stale")["code"], -32801);
    gate.open();
    assert_eq!(client.diagnostics(URI, Some(4)).len(), 1);
    assert_eq!(client.actions(URI, range(2, 6, 2, 6)).len(), 4);
    client.ignore("textDocument/publishDiagnostics");
    client.close(URI);
}
