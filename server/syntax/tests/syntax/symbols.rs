//! What encloses a place, in every language.

use base::Span;
use syntax::Language::{self, *};

use crate::parse;
use crate::samples::sample;

#[track_caller]
fn check(language: Language, source: &str, needle: &str, expected: &[&str]) {
    let tree = parse(language, source);
    let at = source.find(needle).expect("needle");
    let symbol = tree.enclosing_symbol(Span::new(at, at + needle.len()));
    let path = symbol.map_or_else(Vec::new, |symbol| symbol.path);
    assert_eq!(
        path,
        expected,
        "{} in {}: {}",
        needle,
        language.name(),
        tree.shape()
    );
}

#[test]
fn every_language_names_what_encloses_a_place() {
    let expected = |language| -> &[&str] {
        match language {
            Rust => &["m", "Parser", "next"],
            Python => &["A", "f", "g"],
            JavaScript => &["A", "f", "g"],
            TypeScript => &["N", "A", "f", "g"],
            Tsx => &["Page"],
            Go => &["Server", "Run"],
            Java => &["A", "P", "P"],
            C => &["name"],
            Cpp => &["a", "B", "f"],
            CSharp => &["A", "B", "F", "G"],
            Ruby => &["A", "B", "f"],
            Php => &["B", "f"],
            Kotlin => &["A", "Companion", "f"],
            Swift => &["A", "f"],
            Scala => &["A", "B", "f"],
            Bash => &["f"],
            Lua => &["M:f", "g"],
            Elixir => &["A.B", "f"],
            Sql => &["users"],
            Json => &["scripts"],
            Yaml => &["jobs"],
            Toml => &["package.metadata"],
            Html => &[],
            Css => &[".a > b:hover"],
            Hcl => &["resource.aws_s3_bucket.logs"],
            Dockerfile => &[],
            Markdown => &["Guide", "Setup"],
        }
    };
    for &language in Language::ALL {
        check(language, sample(language), "here", expected(language));
    }
}

#[test]
fn further_forms() {
    check(Cpp, sample(Cpp), "there", &["a::B<int>::g"]);
    check(
        Rust,
        "impl fmt::Display for a::B { fn f() { here } }",
        "here",
        &["a::B", "f"],
    );
    check(Rust, "static A: u8 = here;", "here", &["A"]);
    check(Rust, "macro_rules! m { () => { here } }", "here", &["m"]);
    check(
        JavaScript,
        "const o = { f() { here }, g: function () { there } };",
        "here",
        &["f"],
    );
    check(
        JavaScript,
        "const o = { f() { here }, g: function () { there } };",
        "there",
        &["g"],
    );
    check(
        JavaScript,
        "module.exports.run = () => { here };",
        "here",
        &["module.exports.run"],
    );
    check(JavaScript, "const x = here + 1;", "here", &[]);
    check(TypeScript, "interface A { b: here }", "here", &["A"]);
    check(
        Go,
        "package a\ntype T struct {\n\there int\n}\n",
        "here",
        &["T"],
    );
    check(Lua, "M.f = function() here() end", "here", &["M.f"]);
    check(
        Elixir,
        "defmodule A do\n  test \"it works\" do\n    here()\n  end\nend\n",
        "here",
        &["A", "it works"],
    );
    check(
        Sql,
        "CREATE VIEW app.v AS SELECT here FROM t;",
        "here",
        &["app.v"],
    );
    check(Json, "{\"a\": {\"b\": \"here\"}}", "here", &["a"]);
    check(Toml, "name = \"here\"\n", "here", &["name"]);
    check(Kotlin, "fun A.f() { here() }", "here", &["f"]);
    check(Php, "<?php function f() { here(); }", "here", &["f"]);
    check(
        Swift,
        "struct A { init() { here() } }",
        "here",
        &["A", "init"],
    );
}

#[test]
fn white_space_around_a_span_is_left_aside() {
    let source = "fn a() {}\n\nfn b() {}\n";
    let tree = parse(Rust, source);
    let symbol = tree
        .enclosing_symbol(Span::new(9, source.len()))
        .expect("symbol");
    assert_eq!(
        (symbol.path, symbol.span),
        (vec!["b".to_owned()], Span::new(11, 20))
    );
    assert_eq!(tree.enclosing_symbol(Span::new(0, 20)), None);
    assert_eq!(tree.enclosing_symbol(Span::new(90, 95)), None);
}
