//! Outputs as the tools print them, and what is read out of them.

use std::collections::HashMap;

use base::{Category, RelPath, Severity, Text};
use expect_test::{Expect, expect};

use super::{parse, place};

fn check(output: &str, expected: &Expect) {
    let mut told = String::new();
    for it in parse(output) {
        let end = it
            .end
            .map_or(String::new(), |(line, column)| format!("-{line}:{column}"));
        let test = if it.is_test { " test" } else { "" };
        told.push_str(&format!(
            "{}:{}:{}{end} {}{test} [{}] {}\n",
            it.path,
            it.line,
            it.column,
            it.severity,
            it.code,
            it.message.replace('\n', " | ")
        ));
    }
    expected.assert_eq(&told);
}

#[test]
fn rustc_and_cargo() {
    check(
        r#"    Checking a v0.1.0
{"reason":"compiler-message","package_id":"a","message":{"rendered":"x","message":"unused variable: `x`","code":{"code":"unused_variables","explanation":null},"level":"warning","spans":[{"file_name":"src/other.rs","line_start":9,"line_end":9,"column_start":1,"column_end":2,"is_primary":false,"label":null},{"file_name":"src/lib.rs","line_start":2,"line_end":2,"column_start":9,"column_end":10,"is_primary":true,"label":"help: if this is intentional, prefix it with an underscore"}],"children":[{"level":"note","message":"`#[warn(unused_variables)]` on by default"}]}}
{"reason":"compiler-message","message":{"message":"1 warning emitted","code":null,"level":"warning","spans":[],"children":[]}}
{"reason":"build-finished","success":true}
"#,
        &expect![[r#"
            src/lib.rs:2:9-2:10 warning [unused_variables] unused variable: `x` | help: if this is intentional, prefix it with an underscore | note: `#[warn(unused_variables)]` on by default
        "#]],
    );
    check(
        "error[E0308]: mismatched types
  --> src/lib.rs:3:5
   |
3  |     \"a\"
   |     ^^^ expected `u8`, found `&str`

warning: unused import: `std::fs`
 --> src/lib.rs:1:5

error: aborting due to 1 previous error; 1 warning emitted

For more information about this error, try `rustc --explain E0308`.
",
        &expect![[r#"
            src/lib.rs:3:5 error [E0308] mismatched types
            src/lib.rs:1:5 warning [] unused import: `std::fs`
        "#]],
    );
    check(
        "running 2 tests
test tests::adds ... FAILED

---- tests::adds stdout ----

thread 'tests::adds' (12345) panicked at src/lib.rs:12:9:
assertion `left == right` failed
  left: 3
 right: 4
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        &expect![[r#"
            src/lib.rs:12:9 error test [] `tests::adds` panicked: assertion `left == right` failed
        "#]],
    );
}

#[test]
fn javascript_and_typescript() {
    check(
        r#"[{"filePath":"/w/src/a.js","messages":[{"ruleId":"no-undef","severity":2,"message":"'x' is not defined.","line":1,"column":5,"endLine":1,"endColumn":6},{"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error","line":3,"column":1}],"errorCount":2},{"filePath":"/w/src/b.js","messages":[]}]"#,
        &expect![[r#"
            /w/src/a.js:1:5-1:6 error [no-undef] 'x' is not defined.
            /w/src/a.js:3:1 error [] Parsing error
        "#]],
    );
    check(
        "
/w/src/a.js
   1:5   error    'x' is not defined     no-undef
  10:1   warning  Unexpected console statement  no-console

✖ 2 problems (1 error, 1 warning)
",
        &expect![[r#"
            /w/src/a.js:1:5 error [no-undef] 'x' is not defined
            /w/src/a.js:10:1 warning [no-console] Unexpected console statement
        "#]],
    );
    check(
        "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.
src/b.ts(1,1): error TS2304: Cannot find name 'y'.
",
        &expect![[r#"
            src/a.ts:3:5 error [TS2322] Type 'string' is not assignable to type 'number'.
            src/b.ts:1:1 error [TS2304] Cannot find name 'y'.
        "#]],
    );
    check(
        "src/a.ts:3:5 - error TS2322: Type 'string' is not assignable to type 'number'.\n",
        &expect![[r#"
            src/a.ts:3:5 error [TS2322] Type 'string' is not assignable to type 'number'.
        "#]],
    );
    check(
        " FAIL  src/sum.test.ts > adds
AssertionError: expected 3 to be 4 // Object.is equality
 ❯ src/sum.test.ts:5:17
      3|
 ❯ node_modules/vitest/dist/x.js:1:1
",
        &expect![[r#"
            src/sum.test.ts:5:17 error test [AssertionError] expected 3 to be 4 // Object.is equality
        "#]],
    );
    check(
        "FAIL src/sum.test.js
  ● adds

    expect(received).toBe(expected) // Object.is equality

      at Object.toBe (src/sum.test.js:5:17)
      at new Promise (<anonymous>)
",
        &expect![[r#"
            src/sum.test.js:5:17 error test [] adds
        "#]],
    );
}

#[test]
fn python() {
    check(
        "=================================== FAILURES ===================================
___________________________________ test_add ___________________________________

    def test_add():
>       assert add(1, 2) == 4
E       assert 3 == 4
E        +  where 3 = add(1, 2)

tests/test_a.py:5: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_add - assert 3 == 4
",
        &expect![[r#"
            tests/test_a.py:5:0 error test [AssertionError] assert 3 == 4 | +  where 3 = add(1, 2)
        "#]],
    );
    check(
        "FAIL: test_add (tests.test_a.TestA)
----------------------------------------------------------------------
Traceback (most recent call last):
  File \"/usr/lib/python3.11/unittest/case.py\", line 57, in run
    self.fail()
  File \"/w/tests/test_a.py\", line 6, in test_add
    self.assertEqual(add(1, 2), 4)
AssertionError: 3 != 4

Ran 1 test in 0.001s
",
        &expect![[r#"
            /w/tests/test_a.py:6:0 error test [AssertionError] AssertionError: 3 != 4
        "#]],
    );
    check(
        "app/a.py:3:5: E501 line too long (90 > 79 characters)
app/b.py:7: error: Incompatible return value type (got \"str\", expected \"int\")  [return-value]
app/b.py:8: note: Consider using Sequence
Found 1 error in 1 file (checked 2 source files)
",
        &expect![[r#"
            app/a.py:3:5 warning [E501] line too long (90 > 79 characters)
            app/b.py:7:0 error [return-value] Incompatible return value type (got "str", expected "int") | app/b.py:8: Consider using Sequence
        "#]],
    );
}

#[test]
fn go() {
    check(
        "--- FAIL: TestAdd (0.00s)
    add_test.go:7: got 3, want 4
FAIL
FAIL\texample.com/m/calc\t0.002s
ok  \texample.com/m/other\t0.001s
",
        &expect![[r#"
            add_test.go:7:0 error test [] TestAdd: got 3, want 4
        "#]],
    );
    check(
        r#"{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"example.com/m","Test":"TestAdd"}
{"Action":"output","Package":"example.com/m","Test":"TestAdd","Output":"--- FAIL: TestAdd (0.00s)\n"}
{"Action":"output","Package":"example.com/m","Test":"TestAdd","Output":"    add_test.go:7: got 3, want 4\n"}
{"Action":"fail","Package":"example.com/m","Elapsed":0.002}
"#,
        &expect![[r#"
            add_test.go:7:0 error test [] TestAdd: got 3, want 4
        "#]],
    );
    check(
        "# example.com/m
./main.go:9:2: undefined: fmt
vet: ./main.go:9:2: undefined: fmt
",
        &expect![[r#"
            main.go:9:2 warning [] undefined: fmt
        "#]],
    );
}

#[test]
fn compilers_of_c_and_the_others() {
    check(
        "src/a.c: In function 'main':
src/a.c:3:5: warning: unused variable 'x' [-Wunused-variable]
    3 |     int x;
      |         ^
src/a.c:4:12: error: expected ';' before '}' token
src/a.c:4:12: note: to match this '{'
/usr/include/stdio.h:1:1: fatal error: broken
",
        &expect![[r#"
            src/a.c:3:5 warning [unused-variable] unused variable 'x'
            src/a.c:4:12 error [] expected ';' before '}' token | src/a.c:4: to match this '{'
            /usr/include/stdio.h:1:1 error [] broken
        "#]],
    );
    check(
        "C:\\w\\Program.cs(12,34): error CS1002: ; expected [C:\\w\\App.csproj]
[ERROR] /w/src/main/java/A.java:[12,34] cannot find symbol
src/A.java:12: error: ';' expected
app/models/a.rb:3:7: C: [Correctable] Style/StringLiterals: Prefer double-quoted strings
lib/a.ex:3: warning: variable \"x\" is unused
src/Foo.php:12:Method has no return type specified.
",
        &expect![[r#"
            C:\w\Program.cs:12:34 error [CS1002] ; expected
            /w/src/main/java/A.java:12:34 error [] cannot find symbol
            src/A.java:12:0 error [] ';' expected
            app/models/a.rb:3:7 warning [] [Correctable] Style/StringLiterals: Prefer double-quoted strings
            lib/a.ex:3:0 warning [] variable "x" is unused
            src/Foo.php:12:0 warning [] Method has no return type specified.
        "#]],
    );
}

#[test]
fn sarif() {
    check(
        r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t","rules":[{"id":"A1","defaultConfiguration":{"level":"error"}},{"id":"A2"}]}},"results":[
          {"ruleId":"A1","message":{"text":"first"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a%20b.py"},"region":{"startLine":3,"startColumn":2,"endColumn":5}}}]},
          {"ruleIndex":1,"level":"note","message":{"text":"second"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///w/src/b.py"},"region":{"startLine":1}}}]},
          {"ruleId":"A1","message":{"text":"silenced"},"suppressions":[{"kind":"inSource"}]},
          {"ruleId":"A1","kind":"pass","message":{"text":"fine"}}]}]}"#,
        &expect![[r#"
            src/a b.py:3:2-3:5 error [A1] first
            /w/src/b.py:1:0 info [A2] second
        "#]],
    );
}

#[test]
fn what_is_no_problem_is_none() {
    for output in [
        "",
        "all good\n",
        "12:30:05: started\n",
        "see https://example.com:8080/a: it says so\n",
        "note: run with `RUST_BACKTRACE=1`\n",
        "test result: ok. 3 passed; 0 failed\n",
        "{\"a\": 1}\n",
        "[]\n",
        "time: 3: seconds\n",
    ] {
        assert_eq!(parse(output), [], "{output:?}");
    }
}

#[test]
fn hostile_output_is_only_text() {
    let long = format!("a.c:1:1: error: {}\n", "x".repeat(100_000));
    assert_eq!(parse(&long).len(), 1);
    let many: String = (0..20_000)
        .map(|line| format!("a.c:{line}:1: error: e{line}\n"))
        .collect();
    assert_eq!(parse(&many).len(), super::MOST);
    for output in [
        "\u{1b}[",
        "\u{1b}]8;;",
        "\u{1b}",
        "a.c:99999999999999999999: error: x\n",
        "a.c:0:0: error: ü\n",
        ":1: x",
        "C:\\",
        "a(",
        "a(1",
        "a(1): ",
        "ä:\\x",
        "{\"runs\": [{\"results\": [{}]}]}",
        "[{\"filePath\": 3, \"messages\": {}}]",
        "{\"reason\": 1}\n{\"level\": 2, \"spans\": 3}",
        "File \"",
        "File \"a\", line x",
        "thread panicked at ",
        " panicked at x:1:1:",
        "--> ",
        "error[",
        "error[x",
        "❯ ",
        "at (",
        "E  \n:1: x",
    ] {
        parse(output);
    }
    let colours = "\u{1b}[1m\u{1b}[31msrc/a.c:3:5: \u{1b}]8;;https://x\u{7}error\u{1b}]8;;\u{1b}\\: bad\u{1b}[0m\n";
    check(
        colours,
        &expect![[r#"
            src/a.c:3:5 error [] bad
        "#]],
    );
}

#[test]
fn a_problem_becomes_a_finding_where_its_file_is_one_of_ours() {
    let path = RelPath::new("src/a.py").expect("a path");
    let files: HashMap<RelPath, Text> = [(
        path.clone(),
        Text::new("def f():\n    näme = lookup(1)\n    return x\n"),
    )]
    .into();
    let find = |written: &str| (written == "/w/src/a.py").then(|| path.clone());
    let read = |path: &RelPath| files.get(path).cloned();
    let output = "/w/src/a.py:2:12: error: no lookup  [name-defined]\n/w/src/a.py:3: error: x\\n\n/w/src/a.py:999:999: error: beyond\n\
                  /etc/passwd:1:1: error: not ours\n```\n";
    let placed = place("mypy", parse(output), &find, &read);
    let told: Vec<_> = placed
        .findings
        .iter()
        .map(|it| {
            (
                it.rule.as_str(),
                placed.sources[&it.path].slice(it.span).unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("mypy/name-defined", "lookup"),
            ("mypy/error", "return x"),
            ("mypy/error", "")
        ]
    );
    assert_eq!(placed.elsewhere, ["/etc/passwd:1: not ours"]);
    let first = &placed.findings[0];
    assert_eq!(
        (first.category, first.severity),
        (Category::Bug, Severity::Error)
    );
    assert_ne!(first.id, placed.findings[1].id);
    let again = place("mypy", parse(output), &find, &read);
    assert_eq!(again.findings[0].id, first.id);
}
