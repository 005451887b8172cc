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

/// Whether a header holds what no C header can: one scan over its lines, comments and what only C++ sees left out.
fn looks_cpp(head: &str) -> bool {
    let says_so = |line: &str| line.to_ascii_lowercase().contains("-*- c++");
    if head.lines().take(2).any(says_so) {
        return true;
    }
    let mut in_comment = false;
    // Depth of nested conditions inside `#ifdef __cplusplus`: headers for both languages keep C++ there.
    let mut guarded: usize = 0;
    for line in head.lines() {
        let code = without_comments(line, &mut in_comment);
        let code = code.trim();
        if let Some(directive) = code.strip_prefix('#').map(str::trim_start) {
            if guarded > 0 {
                guarded = match directive {
                    d if d.starts_with("if") => guarded + 1,
                    d if d.starts_with("endif") => guarded - 1,
                    // The other branch of the guard is for C.
                    d if d.starts_with("el") && guarded == 1 => 0,
                    _ => guarded,
                };
            } else if (directive.starts_with("ifdef") || directive.starts_with("if "))
                && directive.contains("__cplusplus")
                && !directive.contains('!')
            {
                guarded = 1;
            } else if is_cpp_include(directive) {
                return true;
            }
        } else if guarded == 0 && is_cpp_line(code) {
            return true;
        }
    }
    false
}

/// `#include <vector>`, `#include "node.hpp"`: what C has no header for.
fn is_cpp_include(directive: &str) -> bool {
    let Some(name) = directive.strip_prefix("include").map(str::trim) else {
        return false;
    };
    let inner = name.trim_matches(['<', '>', '"']);
    let is_word = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    name.starts_with('<') && name.ends_with('>') && is_word(inner)
        || [".hpp", ".hh", ".hxx"]
            .iter()
            .any(|end| inner.ends_with(end))
}

fn is_cpp_line(code: &str) -> bool {
    let word = |word: &str| {
        code.strip_prefix(word).is_some_and(|rest| {
            rest.starts_with([' ', '\t']) && !rest.trim_start().starts_with('=')
        })
    };
    let opens = |word: &str| code.strip_prefix(word).map(str::trim_start);
    let names = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    // In C these are names like any other: `int class;`, `typedef int namespace;`.
    opens("class").is_some_and(|rest| word("class") && names(rest))
        || opens("inline namespace").is_some_and(names)
        || opens("namespace")
            .is_some_and(|rest| rest.starts_with('{') || word("namespace") && names(rest))
        || opens("template").is_some_and(|rest| rest.starts_with('<'))
        || opens("enum class").is_some_and(names)
        || word("using") && (code.ends_with(';') || code.ends_with('='))
        || [
            "constexpr ",
            "virtual ",
            "explicit ",
            "friend ",
            "static constexpr ",
            "inline constexpr ",
        ]
        .iter()
        .any(|sign| code.starts_with(sign))
        || ["public", "private", "protected"].iter().any(|access| {
            opens(access).is_some_and(|rest| rest.starts_with(':'))
                || code.starts_with("struct ") && code.contains(&format!(": {access} "))
        })
        || is_scoped_or_reference(code)
}

/// `a::b`, or `const Name& name`, which nobody writes for the C operator.
fn is_scoped_or_reference(code: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'>';
    !code.contains('"')
        && code.as_bytes().windows(4).any(|part| match part {
            [before, b':', b':', after] => name(*before) && (name(*after) || *after == b'~'),
            [before, b'&', b' ', after] => name(*before) && after.is_ascii_alphabetic(),
            _ => false,
        })
}

/// The line without its comments; `in_comment` carries an open `/*` from line to line.
fn without_comments<'a>(line: &'a str, in_comment: &mut bool) -> std::borrow::Cow<'a, str> {
    if !*in_comment && !line.contains("//") && !line.contains("/*") {
        return line.into();
    }
    let mut code = String::new();
    let mut rest = line;
    loop {
        if *in_comment {
            let Some(end) = rest.find("*/") else { break };
            *in_comment = false;
            rest = &rest[end + 2..];
        }
        let line_comment = rest.find("//").unwrap_or(rest.len());
        match rest.find("/*").filter(|at| *at < line_comment) {
            Some(at) => {
                code.push_str(&rest[..at]);
                *in_comment = true;
                rest = &rest[at + 2..];
            }
            None => {
                code.push_str(&rest[..line_comment]);
                break;
            }
        }
    }
    code.into()
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

    /// A C header that C++ may include too, with what only C++ sees in guards.
    const C_FOR_BOTH: &str = "\
#ifndef RING_H
#define RING_H
#include <stddef.h>
#include <sys/types.h>
#if defined(__cplusplus)
#include <cstdint>
extern \"C\" {
#endif
struct ring { size_t used; };
int ring_push(struct ring *ring, const void *data, size_t len); // std::vector it is not
#ifdef __cplusplus
}
#if __cplusplus >= 201103L
template <typename T> int push(ring *r, const T& value) { return ring_push(r, &value, sizeof(T)); }
#endif
#endif
#endif
";

    /// Prose in a comment without stars at its line starts.
    const C_WITH_A_LICENCE: &str = "\
/* Permission is granted to use this file,
   using it as you like; of this
   class of files, see std::what;
   private: nothing
*/
struct entry { const char *name; };
";

    const CPP_IN_A_GUARD: &str = "\
#ifndef NODE_H_
#define NODE_H_

#include \"tree.h\"

  class Node : Tree {
   public:
    explicit Node(int depth);
  };

#endif
";

    const CPP_OF_FUNCTIONS: &str = "\
#ifndef EDIT_DISTANCE_H_
#define EDIT_DISTANCE_H_
#include \"text.h\"
int EditDistance(const Text& a, const Text& b, bool swaps = true);
#endif
";

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
            ("a.h", C_FOR_BOTH, "c"),
            ("a.h", C_WITH_A_LICENCE, "c"),
            (
                "a.h",
                "int class; int using = 1;\ntypedef int template;\n",
                "c",
            ),
            (
                "a.h",
                "#define BOTH(a, b) ((a)&(b))\nint f(int a, int b) { return a & b; }\n",
                "c",
            ),
            ("a.h", CPP_IN_A_GUARD, "cpp"),
            ("a.h", CPP_OF_FUNCTIONS, "cpp"),
            ("a.h", "#include \"node.hpp\"\nvoid start(void);\n", "cpp"),
            (
                "a.h",
                "#ifdef __cplusplus\n#else\n#endif\nclass Node {\n",
                "cpp",
            ),
            (
                "a.h",
                "/* first\n class of */ template <typename T> T one();\n",
                "cpp",
            ),
            ("a.h", "struct Node final : public Base {\n", "cpp"),
            ("a.h", "void stop(net::Server *server);\n", "cpp"),
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
