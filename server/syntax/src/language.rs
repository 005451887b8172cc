//! The languages: names, comment marks, and whether a language is code or data.
//!
//! One table gives every fact about a language that is not its grammar (`grammar`) or the signs by which files are
//! told (`detect`), so that adding a language means one line here, one there, and a sample in the tests.

use base::{RelPath, Text};

use crate::detect;

macro_rules! languages {
    ($($variant:ident $name:literal $doc:literal $code:literal $line:expr, $block:expr;)*) => {
        /// A language with a grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Language {
            $(#[doc = $doc] $variant,)*
        }

        impl Language {
            /// Every language.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Lower-case name used in rules, reports and configuration ("rust", "typescript", "tsx", "csharp",
            /// "dockerfile").
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The language with this [name](Language::name).
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// Whether it is a programming language (rather than data, markup or configuration).
            pub fn is_code(self) -> bool {
                match self { $(Self::$variant => $code),* }
            }

            /// How a comment is written.
            pub fn comment_syntax(self) -> CommentSyntax {
                match self { $(Self::$variant => CommentSyntax { line: $line, block: $block }),* }
            }
        }
    };
}

const C_BLOCK: Option<(&str, &str)> = Some(("/*", "*/"));
const XML_BLOCK: Option<(&str, &str)> = Some(("<!--", "-->"));

languages! {
    Rust "rust" "Rust." true Some("//"), C_BLOCK;
    Python "python" "Python." true Some("#"), None;
    JavaScript "javascript" "JavaScript, JSX included." true Some("//"), C_BLOCK;
    TypeScript "typescript" "TypeScript." true Some("//"), C_BLOCK;
    Tsx "tsx" "TypeScript with JSX." true Some("//"), C_BLOCK;
    Go "go" "Go." true Some("//"), C_BLOCK;
    Java "java" "Java." true Some("//"), C_BLOCK;
    C "c" "C." true Some("//"), C_BLOCK;
    Cpp "cpp" "C++." true Some("//"), C_BLOCK;
    CSharp "csharp" "C#." true Some("//"), C_BLOCK;
    Ruby "ruby" "Ruby." true Some("#"), None;
    Php "php" "PHP." true Some("//"), C_BLOCK;
    Kotlin "kotlin" "Kotlin." true Some("//"), C_BLOCK;
    Swift "swift" "Swift." true Some("//"), C_BLOCK;
    Scala "scala" "Scala." true Some("//"), C_BLOCK;
    Bash "bash" "Bash and other POSIX-like shells." true Some("#"), None;
    Lua "lua" "Lua." true Some("--"), Some(("--[[", "]]"));
    Elixir "elixir" "Elixir." true Some("#"), None;
    Sql "sql" "SQL." true Some("--"), C_BLOCK;
    Json "json" "JSON, with or without comments." false None, None;
    Yaml "yaml" "YAML." false Some("#"), None;
    Toml "toml" "TOML." false Some("#"), None;
    Html "html" "HTML." false None, XML_BLOCK;
    Css "css" "CSS." false None, C_BLOCK;
    Hcl "hcl" "HCL, the language of Terraform." false Some("#"), C_BLOCK;
    Dockerfile "dockerfile" "Dockerfile." false Some("#"), None;
    Markdown "markdown" "Markdown." false None, XML_BLOCK;
}

/// How a language marks comments; at least one of the two, except in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommentSyntax {
    /// What starts a comment that ends with the line.
    pub line: Option<&'static str>,
    /// What starts and ends a block comment.
    pub block: Option<(&'static str, &'static str)>,
}

impl Language {
    /// The language of a file: by its whole name, then its extension, then a `#!` line. `head` is the first line, or
    /// more: a `.h` file counts as C++ when something in `head` can be nothing else.
    pub fn detect(path: &RelPath, head: &str) -> Option<Self> {
        detect::language(path, head)
    }

    /// The language of a file whose text is at hand; looks further into it than the first line where that helps.
    pub fn of(path: &RelPath, text: &Text) -> Option<Self> {
        let text = text.as_str();
        let mut end = text.len().min(detect::HEAD);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self::detect(path, &text[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn names_go_both_ways_and_only_json_has_no_comments() {
        for &language in Language::ALL {
            assert_eq!(Language::from_name(language.name()), Some(language));
            let syntax = language.comment_syntax();
            assert_eq!(
                syntax.line.is_none() && syntax.block.is_none(),
                language == Language::Json
            );
        }
        assert_eq!(Language::from_name("Rust"), None);
    }
}
