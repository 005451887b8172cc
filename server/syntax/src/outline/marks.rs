//! What can be told from the words around a definition's name: who can see it, whether it is asynchronous or a test.
//!
//! Words stand in for node kinds here: the text between a definition's start and its name is short, and `private`
//! means the same wherever a grammar puts it.

use base::{Definition, Span, SymbolKind};

use crate::Language::{self, *};

/// What is known of a definition whose marks are asked for.
pub(super) struct Marks<'a> {
    pub(super) language: Language,
    pub(super) name: &'a str,
    pub(super) kind: SymbolKind,
    /// Attributes and all, up to the name.
    pub(super) head: &'a str,
    /// From the definition's own start up to the name.
    pub(super) own_head: &'a str,
    /// From the name to the body.
    pub(super) tail: &'a str,
    pub(super) parent: Option<&'a Definition>,
    /// It is a member of a type.
    pub(super) in_type: bool,
    /// Members of what it belongs to are seen wherever that is: an implementation of a trait.
    pub(super) open: bool,
}

/// Longest stretch of text that is searched for a word.
const LONGEST_HEAD: usize = 4_000;

impl Marks<'_> {
    /// Whether other files can see it, as far as one file tells.
    pub(super) fn exported(&self) -> bool {
        let parent_is_seen = self.parent.is_none_or(|parent| parent.exported);
        let has = |wanted: &[&str]| words(self.own_head).any(|word| wanted.contains(&word));
        match self.language {
            Rust => {
                let inherits = self.parent.is_some_and(|parent| {
                    matches!(parent.kind, SymbolKind::Trait | SymbolKind::Enum) && parent.exported
                });
                has(&["pub"])
                    || self.open
                    || inherits
                    || self.kind == SymbolKind::Macro && self.head.contains("macro_export")
            }
            Python => {
                let hidden = self.name.starts_with('_') && !self.name.ends_with("__");
                parent_is_seen && !hidden
            }
            JavaScript | TypeScript | Tsx => match self.parent {
                None => words(self.head).any(|word| word == "export"),
                Some(parent) => {
                    (parent.exported && !matches!(parent.kind, SymbolKind::Module)
                        || words(self.head).any(|word| word == "export"))
                        && !has(&["private"])
                        && !self.name.starts_with('#')
                }
            },
            Go => self.name.starts_with(|c: char| c.is_uppercase()),
            Java | Php | Kotlin | Swift | Scala => {
                parent_is_seen && !has(&["private", "fileprivate"])
            }
            CSharp => {
                let open_parent = self.parent.is_none_or(|parent| {
                    !matches!(parent.kind, SymbolKind::Class | SymbolKind::Struct)
                });
                parent_is_seen
                    && !has(&["private"])
                    && (open_parent || has(&["public", "internal", "protected"]))
            }
            C | Cpp => self.in_type || !has(&["static"]),
            Lua => words(self.head).all(|word| word != "local"),
            Elixir => !has(&["defp", "defmacrop", "typep"]),
            _ => true,
        }
    }

    pub(super) fn is_async(&self) -> bool {
        let has = |wanted| words(self.own_head).any(|word| word == wanted);
        match self.language {
            JavaScript | TypeScript | Tsx => {
                has("async")
                    || self
                        .tail
                        .trim_start()
                        .strip_prefix('=')
                        .is_some_and(|value| words(value).next() == Some("async"))
            }
            Kotlin => has("suspend"),
            Swift => words(self.tail).any(|word| word == "async"),
            _ => has("async"),
        }
    }

    /// Whether it is marked as a test, or as what holds tests.
    pub(super) fn is_test(&self) -> bool {
        let head = shortened(self.head, LONGEST_HEAD);
        let marked = |marks: &[&str]| marks.iter().any(|mark| head.contains(mark));
        let holds = matches!(self.kind, SymbolKind::Class | SymbolKind::Struct)
            && ["Test", "Tests", "TestCase"]
                .iter()
                .any(|end| self.name.ends_with(end));
        let runs = matches!(self.kind, SymbolKind::Function | SymbolKind::Method);
        self.kind == SymbolKind::Test
            || match self.language {
                Rust => {
                    head.starts_with("#[")
                        && marked(&[
                            "#[test]",
                            "::test]",
                            "::test(",
                            "(test)",
                            "#[rstest",
                            "#[test_case",
                            "(test,",
                        ])
                }
                Python => {
                    runs && self.name.starts_with("test")
                        || holds
                        || self.kind == SymbolKind::Class && self.name.starts_with("Test")
                }
                Go => {
                    self.kind == SymbolKind::Function
                        && ["Test", "Benchmark", "Fuzz", "Example"]
                            .iter()
                            .any(|start| {
                                self.name.strip_prefix(start).is_some_and(|rest| {
                                    !rest.starts_with(|c: char| c.is_lowercase())
                                })
                            })
                }
                Java | Kotlin | Scala => {
                    holds || runs && marked(&["@Test", "@ParameterizedTest", "@RepeatedTest"])
                }
                CSharp => holds || runs && marked(&["[Test", "[Fact", "[Theory"]),
                Php => {
                    holds
                        || runs
                            && self.in_type
                            && (self.name.starts_with("test") || marked(&["#[Test"]))
                }
                Swift => {
                    holds
                        || marked(&["@Test", "@Suite"])
                        || runs && self.in_type && self.name.starts_with("test")
                }
                Ruby => holds || runs && self.name.starts_with("test_"),
                _ => false,
            }
    }

    /// Whether a test of this kind is a case rather than a holder of cases.
    pub(super) fn is_case(&self) -> bool {
        matches!(self.kind, SymbolKind::Function | SymbolKind::Method)
    }
}

/// Whether what stands before a variable's name makes it a constant.
pub(super) fn constant(language: Language, head: &str) -> bool {
    let has = |wanted| words(head).any(|word| word == wanted);
    match language {
        Java => has("static") && has("final"),
        CSharp | Kotlin => has("const"),
        _ => false,
    }
}

/// The kind of type that stands before a name in C++, wherever macros stand.
pub(super) fn aggregate(head: &str) -> Option<SymbolKind> {
    words(head).find_map(|word| match word {
        "class" => Some(SymbolKind::Class),
        "struct" | "union" => Some(SymbolKind::Struct),
        _ => None,
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    shortened(text, LONGEST_HEAD)
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Whether what ends at `from` belongs to what starts at `to`: only white space between, and no empty line.
pub(super) fn joins(text: &str, from: u32, to: u32, across_lines: bool) -> bool {
    let Some(between) = text.get(from as usize..to as usize) else {
        return false;
    };
    between.len() < 200
        && between.trim().is_empty()
        && (across_lines || between.bytes().filter(|&byte| byte == b'\n').count() < 2)
}

/// Whether nothing but white space stands before `at` on its line.
pub(super) fn opens_line(text: &str, at: u32) -> bool {
    let before = text.get(..at as usize).unwrap_or_default();
    let bytes = before.as_bytes();
    bytes
        .iter()
        .rev()
        .take_while(|&&byte| byte != b'\n')
        .all(u8::is_ascii_whitespace)
}

/// Without the white space at both ends.
pub(super) fn trimmed(text: &str, span: Span) -> Span {
    let Some(inside) = text.get(span.start as usize..span.end as usize) else {
        return span;
    };
    let start = span.start as usize + (inside.len() - inside.trim_start().len());
    Span::new(start, start + inside.trim().len())
}

/// Without the quotes around it.
pub(super) fn unquoted(text: &str, span: Span) -> Span {
    let inside = text
        .get(span.start as usize..span.end as usize)
        .unwrap_or_default();
    let paired = match (inside.as_bytes().first(), inside.as_bytes().last()) {
        (Some(b'<'), Some(b'>')) => true,
        (Some(first @ (b'"' | b'\'' | b'`')), Some(last)) => first == last,
        _ => false,
    };
    if inside.len() > 1 && inside.starts_with(':') {
        return Span {
            start: span.start + 1,
            ..span
        };
    }
    if paired && inside.len() >= 2 {
        Span {
            start: span.start + 1,
            end: span.end - 1,
        }
    } else {
        span
    }
}

/// Without the parentheses around it.
pub(super) fn inside(span: Span) -> Span {
    Span {
        start: span.start + 1,
        end: span.end.saturating_sub(1).max(span.start + 1),
    }
}

/// A type's own name: without what refers to it, its path and its arguments.
pub(super) fn type_name(text: &str, span: Span) -> Span {
    let whole = text
        .get(span.start as usize..span.end as usize)
        .unwrap_or_default();
    let mut rest = whole.trim_start_matches(['&', '*', '(', ' ']);
    if rest.starts_with('\'') {
        rest = rest
            .trim_start_matches(|c: char| !c.is_whitespace())
            .trim_start();
    }
    for word in ["mut ", "dyn ", "const "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let start = whole.len() - rest.len();
    let end = rest
        .find(['<', '[', '(', ')', '{', ' ', '\n'])
        .unwrap_or(rest.len());
    let path = &rest[..end];
    let last = path.rfind(['.', ':', '\\']).map_or(0, |at| at + 1);
    let from = span.start as usize + start;
    Span::new(from + last, from + end)
}

/// At most `most` bytes of it.
pub(super) fn shortened(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
