//! Comments in the form of the project, in their place, and nothing else changed.

use base::memory::MemoryRepo;
use base::{RelPath, Repo, Scope};
use expect_test::expect;

use super::{Habit, existing, neighbours, put};
use crate::testing::{Subject, Wanted};

/// The file with `written` as the doc comment of `name`, or why not. Other files of the fixture show the style.
fn commented(fixture: &str, name: &str, written: &str) -> String {
    told(fixture, name, written, false)
}

fn told(fixture: &str, name: &str, written: &str, replace: bool) -> String {
    let repo = MemoryRepo::fixture(fixture);
    let change = repo
        .change(&Scope::All, &base::Cancel::new())
        .expect("files");
    let paths: Vec<RelPath> = change.files.into_iter().map(|file| file.path).collect();
    let own = paths.first().expect("a file").clone();
    let mut found = paths
        .iter()
        .filter_map(|path| Subject::find(&repo, path, Some(name), 0, Wanted::Comment));
    let subject = found.next().unwrap_or_else(|| panic!("{name} in {own}"));
    let near = neighbours(&subject, &paths, |_| true, &repo);
    let Some(habit) = Habit::learn(&subject, &near) else {
        return "refused: no doc comments there\n".to_owned();
    };
    let there = existing(&subject, &habit);
    if there.is_some() && !replace {
        return "refused: it has one\n".to_owned();
    }
    put(&subject, &habit, written, there).unwrap_or_else(|why| format!("refused: {why}\n"))
}

#[test]
fn every_language_has_its_signs_and_its_place() {
    for (file, code, name, expected) in [
        (
            "a.rs",
            "impl A {\n    #[inline]\n    pub fn b(&self, c: u8) -> u8 { c }\n}\n",
            "b",
            "impl A {\n    /// Gives `c`.\n    #[inline]\n    pub fn b(&self, c: u8) -> u8 { c }\n}\n",
        ),
        (
            "a.py",
            "class A:\n    @deco\n    def b(\n        self, c\n    ):  # why\n        # first\n        return c\n",
            "b",
            "class A:\n    @deco\n    def b(\n        self, c\n    ):  # why\n        # first\n        \"\"\"Gives `c`.\"\"\"\n        return c\n",
        ),
        (
            "a.py",
            "class A:\n    c = 1\n",
            "A",
            "class A:\n    \"\"\"Gives `c`.\"\"\"\n    c = 1\n",
        ),
        (
            "a.ts",
            "export const b = (c: number) => c;\n",
            "b",
            "/**\n * Gives `c`.\n */\nexport const b = (c: number) => c;\n",
        ),
        (
            "a.js",
            "class A {\n  async b(c) { return c }\n}\n",
            "b",
            "class A {\n  /**\n   * Gives `c`.\n   */\n  async b(c) { return c }\n}\n",
        ),
        (
            "a.go",
            "package a\n\nfunc (a *A) B(c int) int { return c }\n",
            "B",
            "package a\n\n// Gives `c`.\nfunc (a *A) B(c int) int { return c }\n",
        ),
        (
            "A.java",
            "class A {\n\t@Override\n\tint b(int c) { return c; }\n}\n",
            "b",
            "class A {\n\t/**\n\t * Gives `c`.\n\t */\n\t@Override\n\tint b(int c) { return c; }\n}\n",
        ),
        (
            "a.kt",
            "fun b(c: Int): Int = c\n",
            "b",
            "/**\n * Gives `c`.\n */\nfun b(c: Int): Int = c\n",
        ),
        (
            "a.scala",
            "object A {\n  def b(c: Int): Int = c\n}\n",
            "b",
            "object A {\n  /**\n   * Gives `c`.\n   */\n  def b(c: Int): Int = c\n}\n",
        ),
        (
            "a.php",
            "<?php\nfunction b($c) { return $c; }\n",
            "b",
            "<?php\n/**\n * Gives `c`.\n */\nfunction b($c) { return $c; }\n",
        ),
        (
            "a.c",
            "static int b(int c) { return c; }\n",
            "b",
            "/**\n * Gives `c`.\n */\nstatic int b(int c) { return c; }\n",
        ),
        (
            "a.cpp",
            "template <class T>\nT b(T c) { return c; }\n",
            "b",
            "/**\n * Gives `c`.\n */\ntemplate <class T>\nT b(T c) { return c; }\n",
        ),
        (
            "a.cs",
            "class A {\n    [Pure]\n    int B(int c) => c;\n}\n",
            "B",
            "class A {\n    /// Gives `c`.\n    [Pure]\n    int B(int c) => c;\n}\n",
        ),
        (
            "a.rb",
            "class A\n  def b(c)\n    c\n  end\nend\n",
            "b",
            "class A\n  # Gives `c`.\n  def b(c)\n    c\n  end\nend\n",
        ),
        (
            "a.swift",
            "struct A {\n    public func b(c: Int) -> Int { c }\n}\n",
            "b",
            "struct A {\n    /// Gives `c`.\n    public func b(c: Int) -> Int { c }\n}\n",
        ),
        (
            "a.lua",
            "local function b(c)\n  return c\nend\n",
            "b",
            "--- Gives `c`.\nlocal function b(c)\n  return c\nend\n",
        ),
        (
            "a.sh",
            "b() {\n  local c=$1\n}\n",
            "b",
            "# Gives `c`.\nb() {\n  local c=$1\n}\n",
        ),
    ] {
        let made = commented(&format!("//- {file}\n{code}"), name, "Gives `c`.");
        assert_eq!(made, expected, "{file}");
        // Line ends stay what they are.
        let windows = code.replace('\n', "\r\n");
        let made = commented(&format!("//- {file}\n{windows}"), name, "Gives `c`.");
        assert_eq!(made, expected.replace('\n', "\r\n"), "{file}");
    }
}

#[test]
fn the_form_is_that_of_the_neighbours() {
    // JavaScript in lines, because that is how this project does it.
    expect![[r#"
        // Gives c back.
        function b(c) { return c }
    "#]]
    .assert_eq(&commented(
        "//- a.js\nfunction b(c) { return c }\n//- b.js\n// Adds.\nfunction add(x) {}\n\n// Takes.\nfunction take(x) {}\n",
        "b",
        "Gives c back.",
    ));
    // One line between the signs; a text that is longer begins behind them.
    let short = "//- a.ts\nfunction b(c: number) {}\n//- b.ts\n/** Adds. */\nfunction add(x) {}\n\n/** Takes.\n * @param x what\n */\nfunction take(x) {}\n";
    expect![[r#"
        /** Gives it back. */
        function b(c: number) {}
    "#]]
    .assert_eq(&commented(short, "b", "Gives it back."));
    expect![[r#"
        /** Gives it back.
         *
         * @param c what
         */
        function b(c: number) {}
    "#]]
    .assert_eq(&commented(short, "b", "Gives it back.\n\n@param c what"));
    // Python's text below the quotes; Go's blocks; single quotes.
    expect![[r#"
        def b(c):
            """
            Gives it.

            Args:
                c: what
            """
            return c
    "#]]
    .assert_eq(&commented(
        "//- a.py\ndef b(c):\n    return c\n//- b.py\ndef x():\n    \"\"\"\n    Does.\n\n    More.\n    \"\"\"\n",
        "b",
        "Gives it.\n\nArgs:\n    c: what",
    ));
    // Tags right behind the dashes, as its language server wants them.
    expect![[r#"
        --- Gives it.
        ---@param c number
        function b(c) return c end
    "#]]
    .assert_eq(&commented(
        "//- a.lua\nfunction b(c) return c end\n//- b.lua\n---@param x number\nfunction x(x) end\n",
        "b",
        "Gives it.\n@param c number",
    ));
    // Long lines are broken as wide as the others are.
    let made = commented(
        "//- a.rs\nfn b(c: u8) {}\n//- b.rs\n/// Says what it does in a line that is exactly this long, not more.\nfn x() {}\n",
        "b",
        &"word ".repeat(40),
    );
    let longest = made.lines().map(str::len).max();
    assert!(longest.is_some_and(|it| (60..=68).contains(&it)), "{made}");
}

#[test]
fn what_is_there_is_the_authors() {
    let code = "//- A.java\nclass A {\n  // Not a doc comment.\n  int b(int c) { return c; }\n\n  /** Has one. */\n  int d() { return 1; }\n}\n";
    expect![[r#"
        class A {
          // Not a doc comment.
          /** Gives it. */
          int b(int c) { return c; }

          /** Has one. */
          int d() { return 1; }
        }
    "#]]
    .assert_eq(&commented(code, "b", "Gives it."));
    assert_eq!(commented(code, "d", "Gives one."), "refused: it has one\n");
    expect![[r#"
        class A {
          // Not a doc comment.
          int b(int c) { return c; }

          /** Gives one. */
          int d() { return 1; }
        }
    "#]]
    .assert_eq(&told(code, "d", "Gives one.", true));
    let python = "//- a.py\ndef b(c):\n    '''Old.'''\n    return c\n\ndef d():\n    '''Does.'''\n";
    assert_eq!(commented(python, "b", "New."), "refused: it has one\n");
    assert_eq!(
        told(python, "b", "New.", true),
        "def b(c):\n    '''New.'''\n    return c\n\ndef d():\n    '''Does.'''\n"
    );
    let go = "//- a.go\npackage a\n\n// B has one.\nfunc B() {}\n";
    assert_eq!(commented(go, "B", "New."), "refused: it has one\n");
}

#[test]
fn what_has_no_place_is_left_alone() {
    for (fixture, why) in [
        ("//- a.py\ndef b(c): return c\n", "no line of its own"),
        ("//- a.js\nx(); function b(c) {}\n", "no line of its own"),
        (
            "//- a.ex\ndefmodule A do\n  def b(c), do: c\nend\n",
            "no doc comments there",
        ),
    ] {
        let made = commented(fixture, "b", "Gives it.");
        assert!(
            made.starts_with("refused: ") && made.contains(why),
            "{made}"
        );
    }
}

#[test]
fn what_would_do_more_than_describe_is_refused() {
    let rust = "//- a.rs\n/// See https://example.com/real.\nfn x() {}\n\nfn b(path: &str, _mode: u8) -> Result<(), Fault> { load(path) }\n";
    for (written, why) in [
        ("", "says nothing"),
        ("///", "says nothing"),
        (
            "Reads.\n\n# Arguments\n\n* `path` - where\n* `zone` - which",
            "takes no `zone`",
        ),
        ("Reads `cache` first.", "`cache` stands nowhere"),
        ("Reads ⟦secret:1⟧.", "hidden"),
        ("Reads.\u{202e}", "cannot be seen"),
        ("Reads. */ fn evil() {} /*", "ends or continues"),
        ("Reads.\n\n```\nb(\"/etc/passwd\", 1)\n```", "example"),
        ("Reads.\n\n    std::process::exit(1);", "example"),
        (
            "Reads. obelus: allow(rust/sql-injection) fine",
            "order to a tool",
        ),
        ("See https://evil.example/x", "stands nowhere"),
        (&"line\n".repeat(70), "longer than 60"),
    ] {
        let made = commented(rust, "b", written);
        assert!(
            made.starts_with("refused: ") && made.contains(why),
            "{written:?}: {made}"
        );
    }
    let fine = "Reads `path` into `Fault`.\n\nSee https://example.com/real.\n\n# Arguments\n\n* `path` - where\n* `mode` - how\n\n# Errors\n\nWhere `load` fails.";
    assert!(commented(rust, "b", fine).contains("/// * `mode` - how\n///\n/// # Errors"));
    // The signs of a comment that a model adds are taken off again.
    assert!(
        commented(rust, "b", "/// Reads it.\n///\n/// Now.")
            .contains("\n/// Reads it.\n///\n/// Now.\nfn b")
    );

    let script = "//- a.ts\nclass Fault {}\nexport function b(path: string, { mode }: Options) { throw new Fault() }\n";
    for (written, why) in [
        ("Reads.\n@param file where", "takes no `file`"),
        ("Reads.\n@param {string} [file] where", "takes no `file`"),
        (
            "Reads.\n@throws {TypeError} never",
            "`TypeError`, which it says",
        ),
        (
            "Reads.\n@deprecated use c",
            "`@deprecated` is not for a model",
        ),
        ("Reads.\n@ts-nocheck", "order to a tool"),
        ("eslint-disable no-eval", "order to a tool"),
        ("Reads */ alert(1) /*", "ends or continues"),
    ] {
        let made = commented(script, "b", written);
        assert!(
            made.starts_with("refused: ") && made.contains(why),
            "{written:?}: {made}"
        );
    }
    // What a pattern takes apart may be described, and what is really thrown.
    let fine = "Reads.\n@param path where\n@param mode how\n@throws {Fault} always";
    assert!(commented(script, "b", fine).contains(" * @throws {Fault} always"));

    let python = "//- a.py\ndef b(path, *rest, **more):\n    raise ValueError(path)\n";
    for (written, why) in [
        (
            "Reads.\n\nArgs:\n    path: where\n    zone: which",
            "takes no `zone`",
        ),
        ("Reads.\n\n:param zone: which", "takes no `zone`"),
        (
            "Reads.\n\nParameters\n----------\nzone : str\n    Which.",
            "takes no `zone`",
        ),
        (
            "Reads.\n\nRaises:\n    KeyError: never",
            "`KeyError`, which it says",
        ),
        ("Reads.\n\n>>> b(1)\n2", "example"),
        ("Reads. \"\"\" + evil() + \"\"\"", "ends or continues"),
        ("Reads.  # noqa", "order to a tool"),
    ] {
        let made = commented(python, "b", written);
        assert!(
            made.starts_with("refused: ") && made.contains(why),
            "{written:?}: {made}"
        );
    }
    let fine = "Reads \"it\".\n\nArgs:\n    path: where\n    *rest: all\n    **more: named\n\nRaises:\n    ValueError: always";
    let made = commented(python, "b", fine);
    assert!(
        made.contains("        ValueError: always\n    \"\"\"\n    raise"),
        "{made}"
    );
    assert!(commented(python, "b", "Matches \\d.").contains("r\"\"\"Matches \\d.\"\"\""));

    for (fixture, written, why) in [
        (
            "//- a.rb\ndef b(path)\nend\n",
            "Reads.\n@param [String] file where",
            "takes no `file`",
        ),
        (
            "//- a.cs\nclass A {\n  int b(int path) => path;\n}\n",
            "<summary>Reads.</summary>\n<param name=\"file\">where</param>",
            "takes no `file`",
        ),
        (
            "//- a.swift\nfunc b(path: String) {}\n",
            "Reads.\n- Parameter file: where",
            "takes no `file`",
        ),
        (
            "//- a.swift\nfunc b(path: String) {}\n",
            "Reads.\n- Parameters:\n  - file: where",
            "takes no `file`",
        ),
        (
            "//- a.c\nint b(int path) { return path; }\n",
            "Reads. \\\nint evil;",
            "ends or continues",
        ),
        (
            "//- a.php\n<?php\nfunction b($path) {}\n",
            "Reads. ?> <b>",
            "ends or continues",
        ),
        (
            "//- A.java\nclass A {\n  int b(int path) { return path; }\n}\n",
            "Reads.\n@param file where",
            "takes no `file`",
        ),
        (
            "//- a.lua\nfunction b(path) end\n",
            "Reads.\n@param file where",
            "takes no `file`",
        ),
        (
            "//- a.go\npackage a\n\nfunc b(path int) {}\n",
            "Reads.\n@param file where",
            "takes no `file`",
        ),
    ] {
        let made = commented(fixture, "b", written);
        assert!(
            made.starts_with("refused: ") && made.contains(why),
            "{written:?}: {made}"
        );
    }
    let made = commented(
        "//- a.rb\ndef b(path)\nend\n",
        "b",
        "Reads.\n@param [String] path where",
    );
    assert!(made.contains("# @param [String] path where"), "{made}");
}

#[test]
fn nothing_makes_it_panic() {
    for written in [
        "\\",
        "`",
        "```",
        "@",
        "@param",
        ":param",
        "*/",
        "[",
        "@param ]x[",
        "- Parameters:",
        "é\u{301}🦀 `",
        "Raises:",
    ] {
        for (file, code) in [
            ("a.rs", "fn b() {}\n"),
            ("a.py", "def b():\n    pass"),
            ("a.rb", "def b; end"),
            ("a.swift", "func b() {}"),
            ("a.js", "é; function b() {}"),
        ] {
            assert!(!commented(&format!("//- {file}\n{code}"), "b", written).is_empty());
        }
    }
}
