//! Texts that nobody reviews: vendored, generated, minified.
//!
//! A wrong "generated" hides real code, so each sign is narrow: generated-code markers count only in the first lines
//! and only inside what looks like a comment, so that the program which writes such a marker is still reviewed.

use base::change::SkipReason;
use base::{RelPath, Text};

/// Lines in which a generator's marker counts.
const HEADER_LINES: u32 = 40;

/// Why this text is not to be reviewed, or `None`. Looks at the path, then at the first lines, then at line lengths.
pub fn classify(path: &RelPath, text: &Text) -> Option<SkipReason> {
    vendored(path)
        .or_else(|| generated_by_name(path))
        .or_else(|| generated_by_header(text))
        .or_else(|| minified(text))
}

fn vendored(path: &RelPath) -> Option<SkipReason> {
    const ANYWHERE: &[&str] = &[
        "node_modules",
        "bower_components",
        "jspm_packages",
        "vendor",
        "third_party",
        "third-party",
        "thirdparty",
        "3rdparty",
        "Pods",
        "Carthage",
        ".venv",
        "venv",
        "virtualenv",
        "site-packages",
        "__pypackages__",
        ".tox",
        ".yarn",
        ".pnp",
        "Godeps",
        "_vendor",
        ".bundle",
        ".gradle",
        "elm-stuff",
        ".cargo-vendor",
        "external_libs",
    ];
    let folder = path
        .parent()?
        .split('/')
        .find(|folder| ANYWHERE.contains(folder))?;
    Some(SkipReason::Vendored(format!("folder `{folder}`")))
}

fn generated_by_name(path: &RelPath) -> Option<SkipReason> {
    const NAMES: &[&str] = &[
        "Cargo.lock",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "composer.lock",
        "Gemfile.lock",
        "poetry.lock",
        "Pipfile.lock",
        "uv.lock",
        "pdm.lock",
        "go.sum",
        "go.work.sum",
        "mix.lock",
        "pubspec.lock",
        "Podfile.lock",
        "Package.resolved",
        "flake.lock",
        "deno.lock",
        "packages.lock.json",
        ".terraform.lock.hcl",
        "gradle.lockfile",
        "MODULE.bazel.lock",
        "Cartfile.resolved",
        "Gopkg.lock",
        "paket.lock",
        "conan.lock",
        "gradlew",
        "gradlew.bat",
        "mvnw",
        "mvnw.cmd",
        ".pnp.cjs",
        ".pnp.loader.mjs",
    ];
    const ENDINGS: &[&str] = &[
        ".pb.go",
        ".pb.gw.go",
        "_grpc.pb.go",
        ".pb.cc",
        ".pb.h",
        ".pb.rs",
        ".pb.swift",
        "_pb2.py",
        "_pb2_grpc.py",
        "_pb2.pyi",
        "_pb.js",
        "_pb.d.ts",
        "_pb.ts",
        "_pb.rb",
        ".snap",
        ".g.dart",
        ".freezed.dart",
        ".g.cs",
        ".Designer.cs",
        ".designer.cs",
        ".g.i.cs",
        ".generated.cs",
        ".generated.ts",
        ".generated.go",
        "_generated.go",
        ".gen.go",
        ".gen.ts",
        ".gen.rs",
        ".generated.rs",
        ".js.map",
        ".css.map",
        ".d.ts.map",
    ];
    const MINIFIED: &[&str] = &[
        ".min.js",
        ".min.css",
        ".min.mjs",
        ".min.html",
        "-min.js",
        ".bundle.js",
        ".chunk.js",
    ];
    let name = path.file_name();
    if NAMES.contains(&name) {
        return Some(SkipReason::Generated(format!("file name `{name}`")));
    }
    if MINIFIED.iter().any(|ending| name.ends_with(ending)) {
        return Some(SkipReason::Minified);
    }
    if let Some(ending) = ENDINGS
        .iter()
        .find(|ending| name.len() > ending.len() && name.ends_with(*ending))
    {
        return Some(SkipReason::Generated(format!(
            "file name ends in `{ending}`"
        )));
    }
    let mut folders = path.parent()?.split('/');
    folders
        .find(|folder| matches!(*folder, "__snapshots__" | "__generated__"))
        .map(|folder| SkipReason::Generated(format!("folder `{folder}`")))
}

fn generated_by_header(text: &Text) -> Option<SkipReason> {
    // Text inside a block comment may stand without a mark of its own, until the block ends.
    let mut block_ends_with: Option<&str> = None;
    for number in 0..HEADER_LINES.min(text.lines().count()) {
        let line = text.line(number).unwrap_or("").trim();
        if line.len() > 400 {
            return None;
        }
        let in_block = block_ends_with.is_some();
        if let Some(end) = block_ends_with {
            if line.contains(end) {
                block_ends_with = None;
            }
        } else if let Some((_, end)) = [
            ("/*", "*/"),
            ("<!--", "-->"),
            ("\"\"\"", "\"\"\""),
            ("--[[", "]]"),
            ("(*", "*)"),
            ("{-", "-}"),
        ]
        .into_iter()
        .find(|(start, end)| {
            line.strip_prefix(start)
                .is_some_and(|rest| !rest.contains(end))
        }) {
            block_ends_with = Some(end);
        }
        const MARKS: &[&str] = &[
            "//", "#", "--", ";", "/*", "*", "<!--", "\"\"\"", "%", "(*", "{-", "REM ", "'",
        ];
        let comment = in_block || MARKS.iter().any(|mark| line.starts_with(mark));
        // What a program writes is marked before its first line of code; later comments belong to that code.
        if !comment && !may_precede_the_marker(line) {
            return None;
        }
        if comment && let Some(marker) = marker(line) {
            return Some(SkipReason::Generated(format!(
                "marker `{marker}` in line {}",
                number + 1
            )));
        }
    }
    None
}

/// Lines that languages want above everything else.
fn may_precede_the_marker(line: &str) -> bool {
    const OPENERS: &[&str] = &[
        "<?",
        "<!",
        "package ",
        "@charset",
        "syntax ",
        "---",
        "'use strict'",
        "\"use strict\"",
        "@echo off",
    ];
    line.is_empty() || OPENERS.iter().any(|opener| line.starts_with(opener))
}

/// The sign in a comment line that says "written by a program". Prose that mentions a sign is talk about generated
/// files, so most signs must start the comment or end the sentence that starts it.
fn marker(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    let mut text = lower
        .trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '@' | '<' | '`' | '"' | '\''));
    text = text.strip_prefix("<!--").unwrap_or(text).trim_start();
    for lead in ["note", "warning", "attention", "important", "caution"] {
        text = text.strip_prefix(lead).map_or(text, |rest| {
            rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@')
        });
    }
    let at_generated = text.find("@generated").is_some_and(|at| {
        let before = text[..at].trim_end();
        let after = text[at + "@generated".len()..].chars().next();
        (before.is_empty() || before.ends_with(" is") || before.ends_with("automatically"))
            && !after.is_some_and(|c| c.is_alphanumeric() || "\"'`_-".contains(c))
    });
    if at_generated {
        return Some("@generated");
    }
    if text.starts_with("code generated by") || text.starts_with("code generated from") {
        return Some("Code generated by");
    }
    let quoted = |sign: &str| {
        lower
            .find(sign)
            .is_some_and(|at| lower[..at].ends_with(['"', '\'', '`']))
    };
    let says = |signs: &[&str]| {
        signs
            .iter()
            .any(|sign| text.contains(sign) && !quoted(sign))
    };
    let hands_off = says(&[
        "do not edit",
        "do not modify",
        "don't edit",
        "do not change",
        "do not manually edit",
        "do not make changes to this file",
    ]);
    let made = says(&["generated", "automatically"]);
    if hands_off && made
        || line.contains("DO NOT EDIT") && !quoted("do not edit") && text.len() < 60
    {
        return Some("DO NOT EDIT");
    }
    const SUBJECTS: &[&str] = &[
        "this file",
        "this code",
        "the code in this file",
        "this module",
        "file",
        "<",
    ];
    const MADE: &[&str] = &[
        "automatically generated",
        "autogenerated",
        "auto-generated",
        "auto generated",
        "generated by",
    ];
    let rest = SUBJECTS
        .iter()
        .find_map(|subject| text.strip_prefix(subject))
        .unwrap_or(text)
        .trim_start();
    let rest = ["was ", "is ", "has been ", "were "]
        .iter()
        .find_map(|verb| rest.strip_prefix(verb))
        .unwrap_or(rest);
    MADE.iter()
        .any(|made| rest.starts_with(made))
        .then_some("automatically generated")
}

/// Packed code has few line breaks and little white space; long lines of data or prose have the latter.
fn minified(text: &Text) -> Option<SkipReason> {
    let content = text.as_str();
    if content.len() < 2_000 {
        return None;
    }
    let lines = text.lines().count().max(1) as usize;
    let mean = content.len() / lines;
    if mean < 250 {
        return None;
    }
    let sample = &content.as_bytes()[..content.len().min(64 * 1024)];
    let spaces = sample
        .iter()
        .filter(|byte| byte.is_ascii_whitespace())
        .count();
    let letters = sample
        .iter()
        .filter(|byte| byte.is_ascii_punctuation())
        .count();
    (spaces * 100 / sample.len() < 9 && letters * 100 / sample.len() >= 8)
        .then_some(SkipReason::Minified)
}

#[cfg(test)]
mod tests {
    use base::{RelPath, Text};

    use super::classify;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &str) {
        let path = RelPath::new(path).expect("valid path");
        let reason =
            classify(&path, &Text::new(text)).map_or("-".to_owned(), |reason| reason.to_string());
        assert_eq!(reason, expected, "{path}");
    }

    #[test]
    fn vendored_by_folder() {
        check(
            "web/node_modules/a/index.js",
            "",
            "vendored (folder `node_modules`)",
        );
        check("vendor/github.com/x/y.go", "", "vendored (folder `vendor`)");
        check("ios/Pods/A/a.swift", "", "vendored (folder `Pods`)");
        check("src/vendor.rs", "fn main() {}", "-");
        check("src/vendors/list.py", "", "-");
    }

    #[test]
    fn generated_by_file_name() {
        check("Cargo.lock", "", "generated (file name `Cargo.lock`)");
        check("api/a.pb.go", "", "generated (file name ends in `.pb.go`)");
        check(
            "api/a_pb2.py",
            "",
            "generated (file name ends in `_pb2.py`)",
        );
        check(
            "t/__snapshots__/a.js",
            "",
            "generated (folder `__snapshots__`)",
        );
        check("src/a.snap", "", "generated (file name ends in `.snap`)");
        check("js/jquery.min.js", "", "minified");
        check("src/lock.rs", "", "-");
    }

    #[test]
    fn generated_by_a_marker_in_the_header() {
        check(
            "a.rs",
            "// @generated by protoc\n",
            "generated (marker `@generated` in line 1)",
        );
        check(
            "a.go",
            "// Code generated by stringer; DO NOT EDIT.\npackage a\n",
            "generated (marker `Code generated by` in line 1)",
        );
        check(
            "a.py",
            "#!/usr/bin/env python\n# This file is generated. DO NOT EDIT\n",
            "generated (marker `DO NOT EDIT` in line 2)",
        );
        check(
            "a.js",
            "/*\n  This file was automatically generated by x.\n*/\n",
            "generated (marker `automatically generated` in line 2)",
        );
        check(
            "a.cs",
            "// <auto-generated>\n",
            "generated (marker `automatically generated` in line 1)",
        );
        check(
            "a.css",
            "/** DO NOT EDIT */\n",
            "generated (marker `DO NOT EDIT` in line 1)",
        );
    }

    #[test]
    fn generated_by_other_markers() {
        for (text, sign) in [
            ("// This file is @generated by prost-build.", "@generated"),
            (
                "/* This file is auto-generated */",
                "automatically generated",
            ),
            (
                "# NOTE: This file is automatically generated from:",
                "automatically generated",
            ),
            (
                "<?php\n// This file has been auto-generated by X.",
                "automatically generated",
            ),
            (
                "# This file is auto-generated by a.sh. Do not edit manually.",
                "DO NOT EDIT",
            ),
            ("// GENERATED CODE -- DO NOT EDIT!", "DO NOT EDIT"),
            (
                "/* eslint-disable */\n// DO NOT EDIT: made by x",
                "DO NOT EDIT",
            ),
            (
                "# Autogenerated by method_dump.sh.",
                "automatically generated",
            ),
        ] {
            let line = text.lines().count();
            check(
                "a.x",
                text,
                &format!("generated (marker `{sign}` in line {line})"),
            );
        }
    }

    #[test]
    fn talk_about_generated_files_is_not_a_marker() {
        check("a.rs", "const MARK: &str = \"// @generated\";\n", "-");
        check(
            "a.rs",
            "//! Skips files that say `@generated` or \"DO NOT EDIT\".\n",
            "-",
        );
        check("a.py", "print('# Code generated by x')\n", "-");
        check(
            "a.rs",
            "// Do not edit the config while the server runs, or it restarts and loses what it knows.\n",
            "-",
        );
        check("a.rs", "// The id is generated by the engine.\n", "-");
        check(
            "a.rs",
            "//! Detects @generated files and code generated by tools.\n",
            "-",
        );
        check(
            "a.rs",
            "// The table used here was generated by hand, the code generated by rustc is fine.\n",
            "-",
        );
        check(
            "a.js",
            "const header = `\n * This file is generated by x\n`;\n",
            "-",
        );
        check(
            "a.h",
            "int f(void);\n// This block of code is generated, do not edit it.\n",
            "-",
        );
        let late = format!("{}// @generated\n", "fn f() {}\n".repeat(60));
        check("a.rs", &late, "-");
    }

    #[test]
    fn packed_code_is_minified_and_prose_is_not() {
        let packed = "function a(b,c){return b+c};var d=a(1,2);if(d){a(d,d)};".repeat(100);
        check("a.js", &packed, "minified");
        let prose = "A long line of prose that goes on and on without any line break at all, as some people write. ".repeat(50);
        check("a.md", &prose, "-");
        let code = "let x = compute(alpha, beta);\n".repeat(200);
        check("a.js", &code, "-");
    }
}
