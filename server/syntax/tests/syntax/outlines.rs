//! What each language's outline holds: a file for each, and beside it what comes out.

use expect_test::expect_file;
use syntax::Language::*;

use crate::parse;
use crate::render::render;

macro_rules! outlines {
    ($($name:ident $language:ident $file:literal;)*) => {$(
        #[test]
        fn $name() {
            let tree = parse($language, include_str!(concat!("outlines/", $file)));
            let got = render(&tree.outline(), tree.text());
            expect_file![concat!("outlines/", stringify!($name), ".txt")].assert_eq(&got);
        }
    )*};
}

outlines! {
    rust Rust "rust.rs";
    python Python "python.py";
    javascript JavaScript "javascript.js";
    typescript TypeScript "typescript.ts";
    tsx Tsx "tsx.tsx";
    go Go "go.go";
    java Java "java.java";
    c C "c.c";
    cpp Cpp "cpp.cpp";
    csharp CSharp "csharp.cs";
    ruby Ruby "ruby.rb";
    php Php "php.php";
    kotlin Kotlin "kotlin.kt";
    swift Swift "swift.swift";
    scala Scala "scala.scala";
    bash Bash "bash.sh";
    lua Lua "lua.lua";
    elixir Elixir "elixir.ex";
    sql Sql "sql.sql";
    hcl Hcl "hcl.tf";
    dockerfile Dockerfile "dockerfile.dockerfile";
    markdown Markdown "markdown.md";
    toml Toml "toml.toml";
    yaml Yaml "yaml.yaml";
    json Json "json.json";
}
