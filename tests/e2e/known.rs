//! What is known of the workspace: `obelus index`, `search` and `context`.

use serde_json::Value;

use crate::support::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::committed(&[
        (
            "src/lexer.rs",
            "pub struct Lexer;\nimpl Lexer {\n    pub fn next(&mut self) -> u8 { 0 }\n}\n",
        ),
        (
            "src/parser.rs",
            "pub fn parse(lexer: &mut Lexer) -> u8 {\n    0\n}\n",
        ),
        (
            "src/run.rs",
            "use crate::parser::parse;\nfn run(lexer: &mut Lexer) {\n    parse(lexer);\n}\n",
        ),
    ]);
    sandbox.write(
        "src/parser.rs",
        "pub fn parse(lexer: &mut Lexer, deep: bool) -> u8 {\n    lexer.next()\n}\n",
    );
    sandbox
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_index_is_made_once_and_kept_in_the_cache() {
    let sandbox = sandbox();
    sandbox
        .run("index --status")
        .exits(0)
        .shows(&["no index yet"]);
    let first = json(&sandbox.run("index --format json").exits(0).stdout);
    assert_eq!(first["schema"], "obelus.index/1");
    assert_eq!((&first["files"], &first["indexed"]), (&3.into(), &3.into()));
    let second = json(&sandbox.run("index --format json").exits(0).stdout);
    assert_eq!(second["indexed"], 0, "{second}");
    let again = json(&sandbox.run("index --rebuild --format json").exits(0).stdout);
    assert_eq!(again["indexed"], 3, "{again}");
    assert_eq!(
        crate::support::names(&sandbox.work()),
        [".git", "src"],
        "nothing of it lies in the work tree"
    );
}

#[test]
fn a_search_finds_names_first_and_sees_the_files_as_they_are() {
    let sandbox = sandbox();
    sandbox
        .run("search parse --limit 1")
        .exits(0)
        .shows(&["src/parser.rs:1", "function parse"]);
    let uses = json(
        &sandbox
            .run("search parse --kind reference --format json")
            .exits(0)
            .stdout,
    );
    assert_eq!(uses["schema"], "obelus.search/1");
    let places: Vec<_> = uses["hits"]
        .as_array()
        .expect("hits")
        .iter()
        .map(|hit| {
            let line = &hit["range"]["start"]["line"];
            format!("{}:{line}", hit["path"].as_str().expect("a path"))
        })
        .collect();
    assert_eq!(places, ["src/run.rs:1", "src/run.rs:3"]);
    sandbox.write("src/new.rs", "fn arrived() {}\n");
    sandbox
        .run("search arrived")
        .exits(0)
        .shows(&["src/new.rs:1"]);
    sandbox
        .run("search nowhere_to_be_found")
        .exits(0)
        .says(&["nothing found"])
        .shows_nothing();
}

#[test]
fn the_context_of_a_change_is_who_uses_it_and_what_it_uses() {
    let sandbox = sandbox();
    let context = json(&sandbox.run("context --format json").exits(0).stdout);
    assert_eq!(context["schema"], "obelus.context/1");
    let items: Vec<_> = context["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            format!(
                "{} {}",
                item["reason"].as_str().expect("a reason"),
                item["symbol"].as_str().unwrap_or("")
            )
        })
        .collect();
    for wanted in ["caller run", "definition Lexer.next", "type Lexer"] {
        assert!(items.iter().any(|item| item == wanted), "{items:?}");
    }
    sandbox
        .run("context")
        .exits(0)
        .shows(&["uses parse, whose signature changed"]);
    sandbox
        .run("context --staged")
        .exits(0)
        .says(&["nothing changed"]);
}

#[test]
fn a_cache_that_cannot_be_used_is_told() {
    let sandbox = sandbox();
    sandbox.write("file", "");
    let cache = sandbox.work().join("file").display().to_string();
    sandbox
        .run_with(&[("OBELUS_CACHE_DIR", &cache)], "search parse")
        .exits(3)
        .says(&["index folder", "OBELUS_CACHE_DIR"]);
}
