//! What kinds of nodes mean to the walk: which have nothing below them, and what counts as an argument of a call.

use std::sync::OnceLock;

use tree_sitter::Node;

use crate::Language;

/// Longer lists are tables of data; they are not counted.
const MOST: u32 = 256;

/// By kind of node: what it means in a list of arguments.
pub(super) struct Kinds(Vec<Kind>);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Argument,
    /// An argument that may itself hold a spread.
    Wrapped,
    /// Stands for any number of arguments.
    Spread,
    /// Is no argument.
    Skipped,
    /// A comment: no argument, and nothing below it.
    Nothing,
    /// Is the only argument, and the list at once.
    Single,
    /// A string: an argument with nothing below it, unless something is put into it.
    Text,
}

impl Kinds {
    /// Made once per language.
    pub(super) fn of(language: Language) -> &'static Self {
        static KINDS: [OnceLock<Kinds>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        KINDS[language as usize].get_or_init(|| {
            let grammar = language.grammar();
            let kind = |id: usize| {
                u16::try_from(id)
                    .ok()
                    .and_then(|id| grammar.node_kind_for_id(id))
                    .map_or(Kind::Argument, meaning)
            };
            Self((0..grammar.node_kind_count()).map(kind).collect())
        })
    }

    /// How many arguments `list` gives, where that can be said.
    pub(super) fn count(&self, list: Node<'_>) -> Option<u32> {
        if self.meaning(list) == Kind::Single {
            return Some(1);
        }
        match list.named_child_count() {
            0 => return Some(0),
            1 => {
                let only = list.named_child(0)?;
                let plain = matches!(self.meaning(only), Kind::Argument | Kind::Text);
                if plain && !only.is_error() && list.child_count() < 4 {
                    return Some(1);
                }
            }
            _ => {}
        }
        let mut cursor = list.walk();
        let mut count = 0;
        if !cursor.goto_first_child() {
            return Some(0);
        }
        loop {
            let node = cursor.node();
            if node.is_error() || count > MOST {
                return None;
            }
            if node.is_named() {
                match self.meaning(node) {
                    Kind::Nothing | Kind::Skipped => {}
                    Kind::Spread => return None,
                    Kind::Wrapped
                        if node
                            .child(0)
                            .is_some_and(|inner| self.meaning(inner) == Kind::Spread) =>
                    {
                        return None;
                    }
                    _ => count += 1,
                }
            }
            if !cursor.goto_next_sibling() {
                return Some(count);
            }
        }
    }

    /// Whether there can be no name below `node`.
    pub(super) fn is_opaque(&self, node: Node<'_>) -> bool {
        match self.meaning(node) {
            // A node of its own, one for what is put in, and the signs around both make five at least.
            Kind::Text => node.descendant_count() < 5,
            Kind::Nothing => true,
            _ => false,
        }
    }

    fn meaning(&self, node: Node<'_>) -> Kind {
        self.0
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Kind::Argument)
    }
}

fn meaning(kind: &str) -> Kind {
    match kind {
        "argument" | "value_argument" => Kind::Wrapped,
        "string"
        | "string_literal"
        | "raw_string_literal"
        | "interpreted_string_literal"
        | "char_literal"
        | "character_literal"
        | "line_string_literal"
        | "string_lit" => Kind::Text,
        "block_argument" | "attribute_item" => Kind::Skipped,
        "generator_expression" => Kind::Single,
        _ if kind.ends_with("comment") => Kind::Nothing,
        _ if ["splat", "spread", "variadic", "vararg"]
            .iter()
            .any(|part| kind.contains(part)) =>
        {
            Kind::Spread
        }
        _ => Kind::Argument,
    }
}
