//! A text without its comments: what must stay the same when somebody only comments.
//!
//! Nodes in order with their depth and, for leaves, what they say. Blank leaves are left out: several grammars make a
//! node of a line's end, and a comment brings line ends of its own.

use base::{ContentHash, ContentHasher, Span};

use crate::Tree;

impl Tree {
    /// A hash of everything but comments and what lies within `but` (a docstring is an expression to the grammar).
    pub fn skeleton(&self, but: Option<Span>) -> ContentHash {
        let mut hasher = ContentHasher::default();
        let mut cursor = self.root().walk();
        loop {
            let node = cursor.node();
            let here = Span::new(node.start_byte(), node.end_byte());
            let is_left_out = node.kind().ends_with("comment")
                || node.kind() == "marginalia"
                || but.is_some_and(|but| but.contains(here) && !here.is_empty());
            if !is_left_out {
                let leaf = match node.child_count() {
                    0 => self.parsed().source.cut(node.byte_range()).trim(),
                    _ => "",
                };
                if node.child_count() > 0 || !leaf.is_empty() || node.is_missing() {
                    hasher.update(&node.kind_id().to_le_bytes());
                    hasher.update(&cursor.depth().to_le_bytes());
                    hasher.update(leaf.as_bytes());
                    hasher.update(b"\0");
                }
            }
            if !is_left_out && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return hasher.finish();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base::{Span, Text};

    use crate::{Language, Tree};

    fn same(language: Language, old: &str, new: &str, but: Option<Span>) -> bool {
        let tree = |text: &str| {
            Tree::parse(language, &Text::new(text), Duration::from_secs(5)).expect("a tree")
        };
        tree(old).skeleton(None) == tree(new).skeleton(but)
    }

    #[test]
    fn comments_do_not_count_and_all_else_does() {
        let go = "package a\n\nfunc A(b int) int {\n\treturn b\n}\n";
        for (new, expected) in [
            (
                "package a\n\n// A gives b back.\n// Always.\nfunc A(b int) int {\n\treturn b\n}\n",
                true,
            ),
            ("package a\n\nfunc A(b int) int {\n\treturn c\n}\n", false),
            ("package a\n\nfunc A(b int) int {\n}\n", false),
            (
                "package a\n\n/* */ var x = 1\nfunc A(b int) int {\n\treturn b\n}\n",
                false,
            ),
        ] {
            assert_eq!(same(Language::Go, go, new, None), expected, "{new}");
        }
        let python = "def a():\n    return 1\n";
        let commented = "def a():\n    \"\"\"One.\"\"\"\n    return 1\n";
        let at = commented.find("\"\"\"One").expect("a docstring");
        let doc = Span::new(at, at + "\"\"\"One.\"\"\"".len());
        assert!(same(Language::Python, python, commented, Some(doc)));
        assert!(!same(Language::Python, python, commented, None));
        let moved = "def a():\n    \"\"\"One.\"\"\"\nreturn 1\n";
        assert!(!same(Language::Python, python, moved, Some(doc)));
    }

    #[test]
    fn deep_nesting_is_no_recursion() {
        let deep = format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000));
        assert!(same(Language::Python, &deep, &deep, None));
    }
}
