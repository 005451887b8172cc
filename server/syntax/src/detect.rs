//! How a file's language is told: whole name, then extension, then the interpreter of a `#!` line.
//!
//! Names come first because they are the surest sign (`Dockerfile.dev` is no `.dev` file). Content decides in two
//! cases only: `.h` files that can be nothing but C++, and `.ts` files that are Qt translations (XML).

use base::RelPath;

use crate::Language;
use Language::*;

/// Bytes of a text that are looked at, at most.
pub(crate) const HEAD: usize = 64 * 1024;

pub(crate) fn language(path: &RelPath, head: &str) -> Option<Language> {
    let name = path.file_name();
    if let Some(language) = by_name(name).or_else(|| by_folder(path.as_str(), name)) {
        return Some(language);
    }
    if let Some(extension) = path.extension() {
        return by_extension(&extension.to_ascii_lowercase(), head);
    }
    by_shebang(head.lines().next().unwrap_or(""))
}

fn by_name(name: &str) -> Option<Language> {
    Some(match name {
        "Dockerfile" | "Containerfile" | "dockerfile" => Dockerfile,
        "Rakefile" | "Gemfile" | "Guardfile" | "Vagrantfile" | "Podfile" | "Capfile"
        | "Brewfile" | "Fastfile" | "Appfile" | "Dangerfile" | "Berksfile" | "Thorfile"
        | "Puppetfile" | ".irbrc" | ".pryrc" | "config.ru" => Ruby,
        "BUILD" | "WORKSPACE" | "BUILD.bazel" | "WORKSPACE.bazel" | "MODULE.bazel" | "Tiltfile"
        | "SConstruct" | "SConscript" | "wscript" | ".pythonrc" => Python,
        ".bashrc" | ".bash_profile" | ".bash_login" | ".bash_logout" | ".bash_aliases"
        | ".profile" | ".zshrc" | ".zshenv" | ".zprofile" | ".zlogin" | ".kshrc" | ".envrc"
        | "PKGBUILD" | "APKBUILD" => Bash,
        "Jakefile" => JavaScript,
        "mix.lock" => Elixir,
        "Cargo.lock" | "poetry.lock" | "uv.lock" | "pdm.lock" | "Pipfile" | "Gopkg.lock" => Toml,
        "composer.lock" | "Pipfile.lock" | "flake.lock" | "deno.lock" | ".babelrc"
        | ".eslintrc" | ".prettierrc" | ".swcrc" | ".stylelintrc" | ".watchmanconfig"
        | ".jshintrc" | ".bowerrc" => Json,
        ".clang-format" | ".clang-tidy" | ".clangd" | "CITATION.cff" | "pubspec.lock"
        | ".yamllint" => Yaml,
        ".terraform.lock.hcl" => Hcl,
        _ => return by_affix(name),
    })
}

fn by_affix(name: &str) -> Option<Language> {
    let starts = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    // `Dockerfile.md` talks about one; `Dockerfile.dev` is one.
    if (starts("Dockerfile") || starts("Containerfile")) && !name.ends_with(".md") {
        return Some(Dockerfile);
    }
    None
}

fn by_folder(path: &str, name: &str) -> Option<Language> {
    let hook = path.contains(".husky/") || path.contains(".githooks/");
    (hook && !name.contains('.')).then_some(Bash)
}

fn by_extension(extension: &str, head: &str) -> Option<Language> {
    Some(match extension {
        "rs" => Rust,
        "py" | "pyi" | "pyw" | "py3" | "bzl" | "bazel" | "star" => Python,
        "js" | "jsx" | "mjs" | "cjs" => JavaScript,
        "ts" if head.trim_start().starts_with("<?xml") => return None,
        "ts" | "mts" | "cts" => TypeScript,
        "tsx" => Tsx,
        "go" => Go,
        "java" => Java,
        "h" if looks_cpp(head) => Cpp,
        "c" | "h" => C,
        "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "h++" | "ipp" | "tpp" | "inl"
        | "ixx" | "cppm" | "cu" | "cuh" | "ino" => Cpp,
        "cs" | "csx" => CSharp,
        "rb" | "rake" | "gemspec" | "ru" | "rbw" | "podspec" | "jbuilder" => Ruby,
        "php" | "php3" | "php4" | "php5" | "php7" | "phtml" | "phps" => Php,
        "kt" | "kts" | "ktm" => Kotlin,
        "swift" => Swift,
        "scala" | "sc" | "sbt" | "mill" => Scala,
        "sh" | "bash" | "zsh" | "ksh" | "bats" | "ebuild" | "eclass" => Bash,
        "lua" | "rockspec" => Lua,
        "ex" | "exs" => Elixir,
        "sql" | "psql" | "pgsql" | "mysql" | "ddl" | "dml" => Sql,
        "json" | "jsonc" | "json5" | "geojson" | "webmanifest" | "topojson" | "har"
        | "code-workspace" | "ipynb" | "avsc" | "tfstate" | "jsonld" => Json,
        "yaml" | "yml" => Yaml,
        "toml" => Toml,
        "html" | "htm" | "xhtml" => Html,
        "css" => Css,
        "hcl" | "tf" | "tfvars" | "tofu" | "nomad" => Hcl,
        "dockerfile" | "containerfile" => Dockerfile,
        "md" | "markdown" | "mdown" | "mkd" => Markdown,
        _ => return None,
    })
}

/// Whether a header holds what no C header can. Comments are skipped line-wise, which is enough for a guess.
fn looks_cpp(head: &str) -> bool {
    if head
        .lines()
        .take(2)
        .any(|line| line.to_ascii_lowercase().contains("-*- c++"))
    {
        return true;
    }
    head.lines().map(str::trim_start).any(|line| {
        let word = |word: &str| {
            line.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with([' ', '<', '\t']))
        };
        if line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
            return false;
        }
        word("class")
            || word("namespace") && !line.contains('=')
            || word("template")
            || word("using")
            || word("constexpr")
            || [
                "public:",
                "private:",
                "protected:",
                "virtual ",
                "explicit ",
                "friend ",
            ]
            .iter()
            .any(|sign| line.starts_with(sign))
            || line.starts_with("#include <") && line.contains('>') && !line.contains('.')
            || line.contains("std::")
    })
}

fn by_shebang(first_line: &str) -> Option<Language> {
    let mut words = first_line.strip_prefix("#!")?.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        program = program.rsplit('/').next()?;
    }
    // `python3.12` and `ruby2` are the program with a version.
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match program {
        "python" | "pypy" | "uv" => Python,
        "node" | "nodejs" | "qjs" => JavaScript,
        "deno" | "bun" | "ts-node" | "tsx" => TypeScript,
        "ruby" | "jruby" | "rake" => Ruby,
        "php" => Php,
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "bats" => Bash,
        "lua" | "luajit" => Lua,
        "elixir" | "iex" => Elixir,
        "scala" | "scala-cli" | "amm" => Scala,
        "kotlin" | "kscript" => Kotlin,
        "swift" => Swift,
        "rust-script" | "cargo" => Rust,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use crate::Language;

    #[test]
    fn files_are_told_by_name_then_extension_then_shebang() {
        for (path, head, expected) in [
            ("src/main.rs", "", "rust"),
            ("a.pyi", "", "python"),
            ("a.PY", "", "python"),
            ("a.jsx", "", "javascript"),
            ("a.mjs", "", "javascript"),
            ("a.mts", "", "typescript"),
            ("a.tsx", "", "tsx"),
            ("a_fr.ts", "<?xml version=\"1.0\"?>", "-"),
            ("a.go", "", "go"),
            ("A.java", "", "java"),
            (
                "a.h",
                "#ifndef A_H\n#include <stdio.h>\n// class of its own\n",
                "c",
            ),
            ("a.h", "#pragma once\nnamespace a {\n", "cpp"),
            ("a.h", "#include <vector>\n", "cpp"),
            ("a.h", "struct std_class { int class_id; };\n", "c"),
            ("a.hpp", "", "cpp"),
            ("a.cs", "", "csharp"),
            ("Gemfile", "", "ruby"),
            ("lib/tasks/Rakefile", "", "ruby"),
            ("a.php", "", "php"),
            ("build.gradle.kts", "", "kotlin"),
            ("Package.swift", "", "swift"),
            ("build.sbt", "", "scala"),
            (".bashrc", "", "bash"),
            (".husky/pre-commit", "", "bash"),
            ("a.lua", "", "lua"),
            ("mix.exs", "", "elixir"),
            ("schema.sql", "", "sql"),
            ("tsconfig.jsonc", "", "json"),
            (".eslintrc", "", "json"),
            (".github/workflows/ci.yml", "", "yaml"),
            (".clang-format", "", "yaml"),
            ("Cargo.lock", "", "toml"),
            ("index.html", "", "html"),
            ("a.css", "", "css"),
            ("main.tf", "", "hcl"),
            ("prod.tfvars", "", "hcl"),
            ("Dockerfile", "", "dockerfile"),
            ("Dockerfile.dev", "", "dockerfile"),
            ("Dockerfile.md", "", "markdown"),
            ("api.dockerfile", "", "dockerfile"),
            ("Containerfile", "", "dockerfile"),
            ("BUILD", "", "python"),
            ("BUILD.bazel", "", "python"),
            ("README.md", "", "markdown"),
            ("bin/run", "#!/usr/bin/env -S python3.12 -u", "python"),
            ("bin/run", "#!/bin/sh", "bash"),
            ("bin/run", "#!/usr/bin/env FOO=1 node", "javascript"),
            ("bin/run", "#! /usr/bin/perl", "-"),
            ("notes", "no shebang", "-"),
            ("a.unknown", "#!/bin/sh", "-"),
        ] {
            let relative = RelPath::new(path).expect(path);
            let found = Language::detect(&relative, head).map_or("-", Language::name);
            assert_eq!(found, expected, "{path} {head:?}");
        }
    }
}
