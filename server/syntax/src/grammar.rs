//! Each language's grammar, and what ast-grep must know of it to read a pattern.
//!
//! A pattern such as `$X.unwrap()` is parsed by the language's own grammar. Where `$` cannot stand in a name, every
//! `$` that starts a meta-variable is first replaced by a character that can ([`expando`]); ast-grep then recognises
//! meta-variables by that character.

use std::borrow::Cow;

use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use serde::de::{Deserialize, Deserializer, Error};

use crate::Language;
use Language::*;

impl Language {
    /// The grammar.
    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Rust => tree_sitter_rust::LANGUAGE,
            Python => tree_sitter_python::LANGUAGE,
            JavaScript => tree_sitter_javascript::LANGUAGE,
            TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Go => tree_sitter_go::LANGUAGE,
            Java => tree_sitter_java::LANGUAGE,
            C => tree_sitter_c::LANGUAGE,
            Cpp => tree_sitter_cpp::LANGUAGE,
            CSharp => tree_sitter_c_sharp::LANGUAGE,
            Ruby => tree_sitter_ruby::LANGUAGE,
            // Reads patterns without `<?php`, and files whose markup is blanked (`crate::php`).
            Php => tree_sitter_php::LANGUAGE_PHP_ONLY,
            Kotlin => tree_sitter_kotlin_ng::LANGUAGE,
            Swift => tree_sitter_swift::LANGUAGE,
            Scala => tree_sitter_scala::LANGUAGE,
            Bash => tree_sitter_bash::LANGUAGE,
            Lua => tree_sitter_lua::LANGUAGE,
            Elixir => tree_sitter_elixir::LANGUAGE,
            Sql => tree_sitter_sequel::LANGUAGE,
            Json => tree_sitter_json::LANGUAGE,
            Yaml => tree_sitter_yaml::LANGUAGE,
            Toml => tree_sitter_toml_ng::LANGUAGE,
            Html => tree_sitter_html::LANGUAGE,
            Css => tree_sitter_css::LANGUAGE,
            Hcl => tree_sitter_hcl::LANGUAGE,
            Dockerfile => tree_sitter_containerfile::LANGUAGE,
            Markdown => tree_sitter_md::LANGUAGE,
        }
        .into()
    }

    /// The character that stands for `$` while a pattern is parsed: one that the grammar takes as part of a name.
    fn expando(self) -> char {
        match self {
            // `$` is part of names, or of an expansion that the grammar reads as one.
            JavaScript | TypeScript | Tsx | Java | Scala | Bash | Lua | Json | Yaml | Markdown => {
                '$'
            }
            // The C grammars take letters of the basic plane's end and beyond only.
            C | Cpp => '\u{10000}',
            // Names of tags and columns are ASCII.
            Html => 'z',
            Css | Sql | Dockerfile | Toml => '_',
            Rust | Python | Go | CSharp | Ruby | Php | Kotlin | Swift | Elixir | Hcl => 'µ',
        }
    }
}

impl ast_grep_core::Language for Language {
    fn expando_char(&self) -> char {
        self.expando()
    }

    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        match self.expando() {
            '$' => Cow::Borrowed(query),
            expando => Cow::Owned(with_expando(query, expando)),
        }
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.grammar().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.grammar().field_id_for_name(field).map(u16::from)
    }

    fn build_pattern(&self, builder: &PatternBuilder) -> Result<Pattern, PatternError> {
        builder.build(|source| StrDoc::try_new(source, *self))
    }
}

impl LanguageExt for Language {
    fn get_ts_language(&self) -> tree_sitter::Language {
        self.grammar()
    }
}

/// By name; so that a rule file's `language:` can be read.
impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Language::from_name(&name).ok_or_else(|| {
            D::Error::custom(format_args!("`{name}` is not a language that Obelus knows"))
        })
    }
}

/// Replaces the `$` signs of meta-variables: one to three before a capital or an underscore, or three on their own.
fn with_expando(query: &str, expando: char) -> String {
    let mut out = String::with_capacity(query.len() + 8);
    let mut rest = query;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('$');
        let signs = rest.len() - at - after.len();
        let starts_name = after.starts_with(|c: char| c == '_' || c.is_ascii_uppercase());
        let sign = if starts_name || signs == 3 {
            expando
        } else {
            '$'
        };
        out.extend(std::iter::repeat_n(sign, signs));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use ast_grep_core::tree_sitter::LanguageExt;
    use ast_grep_core::{Matcher, Pattern};

    use super::with_expando;
    use crate::Language::{self, *};

    #[test]
    fn only_signs_of_meta_variables_are_replaced() {
        assert_eq!(
            with_expando("$A + $_ + $$$ARGS + $$$", 'µ'),
            "µA + µ_ + µµµARGS + µµµ"
        );
        assert_eq!(with_expando("\"$lower\" $ $$ €", 'µ'), "\"$lower\" $ $$ €");
    }

    #[test]
    fn patterns_match_in_every_programming_language() {
        let cases: &[(Language, &str, &str)] = &[
            (Rust, "$X.unwrap()", "fn f() { a.b().unwrap(); }"),
            (Python, "print($$$A)", "print(1, 2)\n"),
            (JavaScript, "eval($X)", "eval(a)"),
            (TypeScript, "eval($X)", "eval(a)"),
            (Tsx, "eval($X)", "eval(a)"),
            (Go, "panic($X)", "package a\nfunc f() { panic(1) }\n"),
            (
                Java,
                "System.exit($X)",
                "class A { void f() { System.exit(1); } }",
            ),
            (C, "$A = gets($X)", "int main(void) { b = gets(a); }"),
            (Cpp, "gets($X)", "int main() { b = gets(a); }"),
            (
                CSharp,
                "Console.Write($X)",
                "class A { void F() { Console.Write(1); } }",
            ),
            (Ruby, "eval($X)", "eval(a)\n"),
            (Php, "eval($X)", "<?php\neval(1);\n"),
            (Kotlin, "error($X)", "fun f() { error(1) }"),
            (Swift, "fatalError($X)", "func f() { fatalError(a) }"),
            (Scala, "sys.exit($X)", "object A { def f = sys.exit(1) }"),
            (Bash, "eval $X", "eval foo\n"),
            (Lua, "load($X)", "load(a)\n"),
            (Elixir, "IO.inspect($X)", "IO.inspect(a)\n"),
            (Hcl, "acl = $X", "acl = \"public\"\n"),
            (Json, "true", "[true]"),
        ];
        for &(language, pattern, source) in cases {
            let pattern = Pattern::new(pattern, language);
            assert!(pattern.potential_kinds().is_some(), "{language:?}");
            let root = language.ast_grep(source);
            assert!(
                root.root().find(&pattern).is_some(),
                "{language:?}: {}",
                root.root().get_inner_node().to_sexp()
            );
        }
    }
}
