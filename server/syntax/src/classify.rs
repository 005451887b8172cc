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
        "_gen.go",
        "_string.go",
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
        if comment && let Some(marker) = marker(line) {
            return Some(SkipReason::Generated(format!(
                "marker `{marker}` in line {}",
                number + 1
            )));
        }
    }
    None
}

/// The sign in a comment line that says "written by a program". Quoted signs are talk about generated files.
fn marker(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    let bare = |sign: &str| {
        lower.match_indices(sign).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            let after = lower[at + sign.len()..].chars().next();
            let quote =
                |c: Option<char>| c.is_some_and(|c| matches!(c, '"' | '\'' | '`' | '“' | '”'));
            let word =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
            !quote(before) && !quote(after) && !word(after) && !word(before)
        })
    };
    if bare("@generated") {
        // `@generated` alone or with what made it; Meta's form is `@generated SignedSource<<…>>`.
        return Some("@generated");
    }
    if bare("@partially-generated") {
        return None;
    }
    if bare("code generated by") || bare("code generated from") {
        return Some("Code generated by");
    }
    let hands_off = [
        "do not edit",
        "do not modify",
        "don't edit",
        "do not change",
        "do not manually edit",
        "do not make changes to this file",
    ]
    .iter()
    .any(|sign| bare(sign));
    let made = [
        "generated",
        "autogenerated",
        "auto-generated",
        "automatically",
    ]
    .iter()
    .any(|sign| bare(sign));
    if hands_off
        && (made
            || line.contains("DO NOT EDIT")
                && lower.trim_matches(|c: char| !c.is_alphanumeric()).len() < 60)
    {
        return Some("DO NOT EDIT");
    }
    let whole = [
        "this file was automatically generated",
        "this file is automatically generated",
        "this file was generated by",
        "this file is generated by",
        "this file was auto-generated",
        "this file is auto-generated",
        "this file is autogenerated",
        "this file was autogenerated",
        "this code was generated by",
        "automatically generated by",
        "autogenerated by",
        "auto-generated by",
        "auto-generated file",
        "autogenerated file",
        "<auto-generated",
    ];
    whole
        .iter()
        .any(|sign| lower.contains(sign))
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
