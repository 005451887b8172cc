//! A sample of each language; every grammar parses its own without an error.

use syntax::Language::{self, *};

use crate::parse;

/// Some ordinary code with a nested definition and, where the language has them, a comment. The text `here` stands
/// where `symbols` asks for the enclosing definition.
pub(crate) fn sample(language: Language) -> &'static str {
    match language {
        Rust => {
            "// hi\nmod m {\n    impl<T: Ord> Parser<T> {\n        fn next(&self) -> Option<T> { let f = |x| x + here; f(1) }\n    }\n}\n"
        }
        Python => {
            "# hi\nclass A(B):\n    @wraps\n    async def f(self, x: int = 1) -> str:\n        def g():\n            return f\"{here}\"\n        return g\n"
        }
        JavaScript => {
            "// hi\nclass A extends B {\n  f = async (x) => { const g = ({ y }) => <b c={here}>{y}</b>; return g; }\n}\n"
        }
        TypeScript => {
            "// hi\nnamespace N {\n  export class A<T> implements I {\n    private f(x?: number): T { const g = (): T => here as T; return g(); }\n  }\n}\n"
        }
        Tsx => {
            "// hi\nexport const Page: FC<P> = ({ a }: P) => {\n  return <div onClick={() => here(a)}>{a}</div>;\n};\n"
        }
        Go => {
            "// hi\npackage a\n\nfunc (s *Server[T]) Run(x int) error {\n\tgo func() { here(x) }()\n\treturn nil\n}\n"
        }
        Java => {
            "// hi\npackage a;\npublic class A<T> extends B {\n  record P(int x) { P { here(x); } }\n  @Override public T f() { return null; }\n}\n"
        }
        C => {
            "// hi\n#include <stdio.h>\nstatic const char *(*name(int x))(void) {\n  return x ? here : 0;\n}\n"
        }
        Cpp => {
            "// hi\nnamespace a {\ntemplate <class T> class B : C { public: T f() const { return here; } };\n}\nvoid a::B<int>::g() { auto h = [&](int x) { return there(x); }; }\n"
        }
        CSharp => {
            "// hi\nnamespace A {\n  public class B<T> : C, D {\n    public async Task<T> F(int x) { T G() => here(x); return G(); }\n  }\n}\n"
        }
        Ruby => {
            "# hi\nmodule A\n  class B < C\n    def self.f(x: 1)\n      [1].map { |y| here(y) }\n    end\n  end\nend\n"
        }
        Php => {
            "<?php\n// hi\nnamespace A;\nclass B extends C {\n  public function f(?int $x = null): string { return fn() => here($x); }\n}\n"
        }
        Kotlin => {
            "// hi\npackage a\nclass A(val x: Int) : B() {\n  companion object { fun f(y: Int?) = y?.let { here(it) } ?: 1 }\n}\n"
        }
        Swift => {
            "// hi\nextension A {\n  func f<T>(_ x: T) -> T? { guard let y = here(x) else { return nil }; return y }\n}\n"
        }
        Scala => {
            "// hi\npackage a\nobject A {\n  class B[T](x: Int) extends C { def f(y: T): Int = { here(y) } }\n}\n"
        }
        Bash => {
            "#!/bin/bash\n# hi\nf() {\n  local x=\"${1:-a}\"\n  if [[ -n $x ]]; then here \"$x\" | cat; fi\n}\n"
        }
        Lua => {
            "-- hi\nlocal M = {}\nfunction M:f(x)\n  local g = function() return here(x) end\n  return g\nend\nreturn M\n"
        }
        Elixir => "# hi\ndefmodule A.B do\n  def f(x) when x > 0 do\n    x |> here()\n  end\nend\n",
        Sql => {
            "-- hi\nCREATE TABLE users (\n  id INT PRIMARY KEY,\n  here TEXT NOT NULL\n);\nSELECT id FROM users WHERE id = 1;\n"
        }
        Json => "{\n  \"scripts\": { \"build\": [1, true, null, \"here\"] }\n}\n",
        Yaml => "# hi\njobs:\n  build:\n    steps:\n      - run: here\n",
        Toml => "# hi\n[package.metadata]\nname = \"here\"\nlist = [1, 2]\n",
        Html => {
            "<!DOCTYPE html>\n<!-- hi -->\n<html><body class=\"a\"><script>here()</script></body></html>\n"
        }
        Css => "/* hi */\n@media (min-width: 1px) {\n  .a > b:hover { color: here; }\n}\n",
        Hcl => "# hi\nresource \"aws_s3_bucket\" \"logs\" {\n  acl = here\n  tags = { a = 1 }\n}\n",
        Dockerfile => {
            "# hi\nFROM rust:1 AS build\nRUN cargo build && here\nCOPY --from=build /a /b\n"
        }
        Markdown => "<!-- hi -->\n\n# Guide\n\nText\n\n## Setup\n\n- here\n- `code`\n",
    }
}

#[test]
fn every_grammar_parses_its_sample() {
    for &language in Language::ALL {
        let tree = parse(language, sample(language));
        assert_eq!(tree.errors(), 0, "{}: {}", language.name(), tree.shape());
    }
}

#[test]
fn a_broken_sample_counts_errors() {
    for language in [Rust, Python, TypeScript, Go, Java, C, Json] {
        assert!(
            parse(language, ") ( } {{ [").errors() > 0,
            "{}",
            language.name()
        );
    }
}

#[test]
fn comments_are_found_without_their_line_ends() {
    for &language in Language::ALL {
        let tree = parse(language, sample(language));
        let comments: Vec<_> = tree
            .comments()
            .iter()
            .map(|c| tree.text().slice(c.span).unwrap_or("?"))
            .collect();
        let expected: &[&str] = match language {
            Json => &[],
            Bash => &["#!/bin/bash", "# hi"],
            Css => &["/* hi */"],
            Html | Markdown => &["<!-- hi -->"],
            Lua | Sql => &["-- hi"],
            Python | Ruby | Elixir | Yaml | Toml | Hcl | Dockerfile => &["# hi"],
            _ => &["// hi"],
        };
        assert_eq!(comments, expected, "{}: {}", language.name(), tree.shape());
    }
    let tree = parse(Rust, "/// doc\nfn f() {} /* b */ // c");
    let comments: Vec<_> = tree
        .comments()
        .iter()
        .map(|c| tree.text().slice(c.span).unwrap_or("?"))
        .collect();
    assert_eq!(comments, ["/// doc", "/* b */", "// c"]);
}
