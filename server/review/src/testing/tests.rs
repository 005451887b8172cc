//! Where tests go and what a file looks like with more of them.

use base::{RelPath, Text};
use expect_test::expect;
use syntax::Language;

use super::{Place, Written, assemble, place};

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

fn placed(code: &str, others: &[&str]) -> String {
    let paths: Vec<_> = others.iter().chain([&code]).map(|it| path(it)).collect();
    let language = Language::detect(&path(code), "").expect("a language");
    match place(&path(code), language, &paths) {
        Some(it) => {
            let state = if it.inside {
                "inside"
            } else if it.exists {
                "there"
            } else {
                "new"
            };
            let neighbours: Vec<_> = it.neighbours.iter().map(RelPath::as_str).collect();
            format!("{} ({state}) like {}", it.path, neighbours.join(", "))
                .trim_end_matches(" like ")
                .to_owned()
        }
        None => "unknown".to_owned(),
    }
}

#[test]
fn tests_go_where_the_others_are() {
    for (code, others, expected) in [
        ("src/a.rs", &["src/b.rs"][..], "src/a.rs (inside)"),
        ("app/a.py", &[], "tests/test_a.py (new)"),
        (
            "app/a.py",
            &["app/test_a.py"],
            "app/test_a.py (there) like app/test_a.py",
        ),
        (
            "src/shop/cart/a.py",
            &[
                "src/shop/cart/b.py",
                "tests/cart/test_b.py",
                "tests/conftest.py",
            ],
            "tests/cart/test_a.py (new) like tests/cart/test_b.py, tests/conftest.py",
        ),
        (
            "src/a.ts",
            &["src/b.ts", "src/b.spec.ts"],
            "src/a.spec.ts (new) like src/b.spec.ts",
        ),
        (
            "src/a.ts",
            &["src/x/c.ts", "src/x/__tests__/c.test.ts"],
            "src/__tests__/a.test.ts (new) like src/x/__tests__/c.test.ts",
        ),
        ("src/a.tsx", &[], "src/a.test.tsx (new)"),
        (
            "calc/add.go",
            &["calc/add_test.go"],
            "calc/add_test.go (there) like calc/add_test.go",
        ),
        ("add.go", &[], "add_test.go (new)"),
        (
            "src/main/java/shop/Cart.java",
            &[],
            "src/test/java/shop/CartTest.java (new)",
        ),
        (
            "App/Models/Cart.cs",
            &[],
            "App.Tests/Models/CartTests.cs (new)",
        ),
        (
            "lib/shop/cart.rb",
            &["lib/shop/item.rb", "test/shop/item_test.rb"],
            "test/shop/cart_test.rb (new) like test/shop/item_test.rb",
        ),
        (
            "src/Cart.php",
            &["src/Item.php", "tests/ItemTest.php"],
            "tests/CartTest.php (new) like tests/ItemTest.php",
        ),
        ("lib/cart.ex", &[], "test/cart_test.exs (new)"),
        (
            "Sources/Shop/Cart.swift",
            &[],
            "Tests/ShopTests/CartTests.swift (new)",
        ),
        ("src/a.c", &[], "unknown"),
    ] {
        assert_eq!(placed(code, others), expected, "{code}");
    }
}

fn put(file: &str, old: Option<&str>, imports: &[&str], tests: &str) -> String {
    let path = path(file);
    let language = Language::detect(&path, "").expect("a language");
    let place = Place {
        inside: language == Language::Rust,
        exists: old.is_some(),
        path,
        neighbours: Vec::new(),
    };
    let written = Written {
        imports: imports.iter().map(|line| (*line).to_owned()).collect(),
        tests: tests.to_owned(),
    };
    let old = old.map(Text::new);
    assemble(language, &place, old.as_ref(), &written)
        .unwrap_or_else(|why| format!("refused: {why}\n"))
}

#[test]
fn rust_has_its_tests_inside() {
    let test = "#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}";
    expect![[r#"
        pub fn add(a: u8, b: u8) -> u8 {
            a + b
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn adds() {
                assert_eq!(add(1, 2), 3);
            }
        }
    "#]]
    .assert_eq(&put(
        "a.rs",
        Some("pub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n"),
        &["use super::*;"],
        test,
    ));
    let old = "fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn zero() {\n        assert_eq!(add(0, 0), 0);\n    }\n}\n";
    expect![[r#"
        fn add(a: u8, b: u8) -> u8 {
            a + b
        }

        #[cfg(test)]
        mod tests {
            use std::fmt::Debug;
            use super::*;

            #[test]
            fn zero() {
                assert_eq!(add(0, 0), 0);
            }

            #[test]
            fn adds() {
                assert_eq!(add(1, 2), 3);
            }
        }
    "#]]
    .assert_eq(&put(
        "a.rs",
        Some(old),
        &["use super::*;", "use std::fmt::Debug;"],
        test,
    ));
    assert_eq!(
        put("a.rs", Some(old), &[], "#[test]\nfn zero() {}"),
        "refused: a test called `zero` is there already\n"
    );
    assert_eq!(
        put("a.rs", Some(old), &[], "#[test]\nfn open() {"),
        "refused: it has a syntax error\n"
    );
    assert_eq!(
        put("a.rs", Some(old), &[], "// nothing to test"),
        "refused: no test was recognised in it\n"
    );
    assert_eq!(
        put(
            "a.rs",
            Some("fn a() {}\n#[cfg(test)]\nmod tests;\n"),
            &[],
            test
        ),
        "refused: its module of tests is a file of its own\n"
    );
}

#[test]
fn other_languages_have_them_beside() {
    expect![[r#"
        import math

        from app.a import (
            zero,
        )
        from app.a import add


        def test_zero():
            assert zero() == 0


        def test_add():
            assert add(1, 2) == 3
    "#]].assert_eq(&put(
        "tests/test_a.py",
        Some("import math\n\nfrom app.a import (\n    zero,\n)\n\n\ndef test_zero():\n    assert zero() == 0\n"),
        &["import math", "from app.a import add"],
        "    def test_add():\n        assert add(1, 2) == 3\n",
    ));
    expect![[r#"
        from app.a import add


        def test_add():
            assert add(1, 2) == 3
    "#]]
    .assert_eq(&put(
        "tests/test_a.py",
        None,
        &[],
        "from app.a import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    ));
    expect![[r#"
        import { describe, it, expect } from 'vitest';
        import { add } from './a';

        describe('a', () => {
          it('is zero', () => {
            expect(zero()).toBe(0);
          });

          it('adds', () => {
            expect(add(1, 2)).toBe(3);
          });
        });
    "#]].assert_eq(&put(
        "a.test.ts",
        Some("import { describe, it, expect } from 'vitest';\n\ndescribe('a', () => {\n  it('is zero', () => {\n    expect(zero()).toBe(0);\n  });\n});\n"),
        &["import { add } from './a';"],
        "it('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});",
    ));
    expect![[r#"
        package a

        import (
        	"testing"
        )
        import "errors"

        func TestZero(t *testing.T) {
        }

        func TestAdd(t *testing.T) {
        	if Add(1, 2) != 3 {
        		t.Fatal(errors.New("wrong"))
        	}
        }
    "#]].assert_eq(&put(
        "a_test.go",
        Some("package a\n\nimport (\n\t\"testing\"\n)\n\nfunc TestZero(t *testing.T) {\n}\n"),
        &["import \"errors\""],
        "func TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal(errors.New(\"wrong\"))\n\t}\n}",
    ));
    expect![[r#"
        import org.junit.Test;

        class ATest {
            @Test
            void zero() {
            }

            @Test
            void adds() {
                assertEquals(3, A.add(1, 2));
            }
        }
    "#]]
    .assert_eq(&put(
        "ATest.java",
        Some("import org.junit.Test;\n\nclass ATest {\n    @Test\n    void zero() {\n    }\n}\n"),
        &[],
        "@Test\nvoid adds() {\n    assertEquals(3, A.add(1, 2));\n}",
    ));
}
