//! What the index answers about names and words.

use base::Text;
use base::search::{Index, Query};

use crate::support::{Place, definitions, references, rel, search};

const SOURCES: &str = "\
//- src/net/retry.rs
/// Tries again, each time later.
pub fn retry_with_backoff(times: u32) -> bool {
    for attempt in 0..times {
        wait(attempt);
    }
    true
}

fn wait(seconds: u32) {}
//- src/main.rs
use crate::net::retry::retry_with_backoff;

struct Client { url: String }

impl Client {
    fn fetch(&self) -> bool {
        retry_with_backoff(3)
    }
}
//- tools/fetch.py
import time

class Client:
    def fetch(self):
        time.sleep(1)

def parseHTTPHeader(line):
    return line.split(':')
//- notes.txt
The backoff doubles with each attempt.
";

#[test]
fn definitions_are_found_by_their_exact_name() {
    let index = Place::new(SOURCES).index();
    assert_eq!(
        definitions(&index, "Client"),
        "src/main.rs struct Client\ntools/fetch.py class Client"
    );
    assert_eq!(
        definitions(&index, "fetch"),
        "src/main.rs method Client.fetch\ntools/fetch.py method Client.fetch"
    );
    assert_eq!(definitions(&index, "client"), "");
    assert_eq!(definitions(&index, "retry"), "");
}

#[test]
fn mentions_are_found_with_what_is_around_them() {
    let index = Place::new(SOURCES).index();
    assert_eq!(
        references(&index, "retry_with_backoff"),
        "src/main.rs import in \nsrc/main.rs call in Client.fetch"
    );
    let found = index.references("wait", 10);
    assert_eq!(found.len(), 1);
    let outline = index.outline(&rel("src/net/retry.rs")).unwrap();
    assert_eq!(
        outline.outline.references[found[0].index as usize],
        found[0].reference
    );
    assert_eq!(
        (&*outline.hash.to_string(), outline.language.as_deref()),
        (&*found[0].hash.to_string(), Some("rust"))
    );
}

#[test]
fn an_outline_is_kept_as_it_was_made() {
    let place = Place::new(SOURCES);
    let index = place.index();
    let text = place
        .repo()
        .text(&rel("src/main.rs"), &base::At::Worktree)
        .unwrap()
        .unwrap();
    let tree = syntax::Tree::parse(
        syntax::Language::Rust,
        &text,
        std::time::Duration::from_secs(10),
    );
    let kept = index.outline(&rel("src/main.rs")).unwrap();
    assert_eq!(kept.outline, tree.unwrap().outline());
    assert_eq!(kept.hash, text.hash());
    assert!(index.outline(&rel("missing.rs")).is_none());
}

#[test]
fn words_find_parts_of_names_and_prose() {
    let index = Place::new(SOURCES).index();
    let first = |query: &str| {
        search(&index, query)
            .lines()
            .next()
            .unwrap_or("-")
            .to_owned()
    };
    assert_eq!(first("http header"), "tools/fetch.py parseHTTPHeader");
    assert_eq!(first("backoff"), "src/net/retry.rs retry_with_backoff");
    assert_eq!(first("doubles"), "notes.txt");
    assert_eq!(first("sleep"), "tools/fetch.py");
    assert_eq!(first("xyzzy"), "-");
    assert_eq!(first(""), "-");
}

#[test]
fn exact_names_come_first_and_filters_limit() {
    let index = Place::new(SOURCES).index();
    assert_eq!(
        search(&index, "fn:fetch")
            .lines()
            .take(2)
            .collect::<Vec<_>>(),
        ["tools/fetch.py Client.fetch", "src/main.rs Client.fetch"],
        "what can be seen from elsewhere before what cannot"
    );
    assert_eq!(
        search(&index, "fn:fetch lang:python"),
        "tools/fetch.py Client.fetch"
    );
    assert_eq!(
        search(&index, "type:client path:main"),
        "src/main.rs Client"
    );
    assert_eq!(search(&index, "fetch path:nowhere"), "");
    assert_eq!(search(&index, "path:*.txt"), "notes.txt");
}

#[test]
fn many_weighted_words_are_one_question() {
    let index = Place::new(SOURCES).index();
    let words = (0..300).map(|n| (format!("noise_{n}"), 0.1));
    let words = words.chain([("wait".to_owned(), 5.0)]).collect();
    let hits = index.search(&Query::weighted(words), 5);
    assert_eq!(hits[0].path, rel("src/net/retry.rs"));
}

#[test]
fn an_open_buffer_wins_over_the_index() {
    let place = Place::new(SOURCES);
    let index = place.index();
    let path = rel("src/net/retry.rs");
    let text = Text::new("pub fn try_again() { pause_for_long() }\n");
    index.set_open(&path, Some(&text));
    assert_eq!(definitions(&index, "retry_with_backoff"), "");
    assert_eq!(
        definitions(&index, "try_again"),
        "src/net/retry.rs function try_again"
    );
    assert_eq!(
        references(&index, "pause_for_long"),
        "src/net/retry.rs call in try_again"
    );
    assert_eq!(search(&index, "pause"), "src/net/retry.rs");
    assert_eq!(search(&index, "fn:try_again"), "src/net/retry.rs try_again");
    assert!(!search(&index, "backoff").contains("src/net/retry.rs"));
    assert_eq!(index.outline(&path).unwrap().hash, text.hash());
    index.set_open(&path, None);
    assert_eq!(
        definitions(&index, "retry_with_backoff"),
        "src/net/retry.rs function retry_with_backoff"
    );
    assert_eq!(definitions(&index, "try_again"), "");
}

#[test]
fn what_is_ignored_generated_or_binary_is_left_out() {
    let place = Place::new(
        "//- .gitignore\nbuild/\n//- .obelusignore\nsecret.rs\n//- build/a.rs\nfn ignored() {}\n//- secret.rs\nfn secret() {}\n//- gen.rs\n// @generated by a tool\nfn made() {}\n//- node_modules/x.js\nfunction vendored() {}\n//- bin.rs\nfn b() {} \0\n//- kept.rs\nfn kept() {}\n",
    );
    let index = place.index();
    for name in ["ignored", "secret", "made", "vendored", "b"] {
        assert_eq!(definitions(&index, name), "", "{name}");
    }
    assert_eq!(definitions(&index, "kept"), "kept.rs function kept");
}

#[test]
fn odd_names_and_texts_are_taken_in() {
    let long = "x".repeat(300_000);
    let place = Place::new(&format!(
        "//- a b/ä'ö#1.py\ndef größe(): return name_of()\n//- deep/a/b/c/d/e/f/g/h.rs\nfn deep() {{}}\n//- one_line.js\nlet v = \"{long}\"; function after() {{}}\n//- empty.rs\n//- broken.rs\nfn broken( {{ struct }}\n"
    ));
    let index = place.index();
    assert_eq!(definitions(&index, "größe"), "a b/ä'ö#1.py function größe");
    assert_eq!(search(&index, "GRÖSSE größe"), "a b/ä'ö#1.py größe");
    assert_eq!(
        definitions(&index, "deep"),
        "deep/a/b/c/d/e/f/g/h.rs function deep"
    );
    assert!(index.outline(&rel("empty.rs")).is_some());
    assert!(index.outline(&rel("one_line.js")).is_some());
}
