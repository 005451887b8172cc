//! Names that stand deep in a node: at the end of a C declarator, at the end of a C++ path.

use base::Span;
use tree_sitter::Node;

use super::marks;
use crate::Language;

/// Steps down a declarator or path; longer chains are not written by hand.
const DEEPEST: usize = 32;

/// What a C declarator declares.
pub(super) struct Declared<'t> {
    pub(super) name: Span,
    /// The type or namespace before the name: `A` in `A::f`.
    pub(super) owner: Option<Node<'t>>,
    pub(super) parameters: Option<Node<'t>>,
    /// It is a function, not a pointer to one.
    pub(super) function: bool,
}

/// Follows a declarator to its name.
pub(super) fn declared(declarator: Node<'_>) -> Option<Declared<'_>> {
    let mut node = declarator;
    let mut found = Declared {
        name: Span::new(0, 0),
        owner: None,
        parameters: None,
        function: false,
    };
    for _ in 0..DEEPEST {
        let field = |name| node.child_by_field_name(name);
        let next = match node.kind() {
            "identifier" | "field_identifier" | "type_identifier" | "destructor_name"
            | "operator_name" | "primitive_type" => {
                found.name = Span::new(node.start_byte(), node.end_byte());
                return Some(found);
            }
            "operator_cast" => {
                let end = field("type").map_or(node.end_byte(), |of_type| of_type.end_byte());
                found.name = Span::new(node.start_byte(), end);
                found.function = true;
                return Some(found);
            }
            "qualified_identifier" => {
                found.owner = field("scope").or(found.owner);
                field("name")
            }
            "template_function" | "template_method" | "template_type" | "dependent_name" => {
                field("name").or_else(|| node.named_child(0))
            }
            "function_declarator" => {
                found.function = true;
                found.parameters = field("parameters");
                field("declarator")
            }
            "pointer_declarator" | "reference_declarator" | "array_declarator" => {
                found.function = false;
                field("declarator").or_else(|| last_named(node))
            }
            _ => field("declarator").or_else(|| last_named(node)),
        };
        node = next?;
    }
    None
}

/// The last segment of a path.
pub(super) fn last_segment(path: Node<'_>) -> Node<'_> {
    let mut node = path;
    for _ in 0..DEEPEST {
        let inner = match node.kind() {
            "qualified_identifier"
            | "template_function"
            | "template_method"
            | "template_type"
            | "nested_namespace_specifier" => node
                .child_by_field_name("name")
                .or_else(|| last_named(node)),
            "dependent_name" | "generic_name" => node.named_child(0),
            "qualified_name" | "relative_name" | "alias_qualified_name" => node
                .child_by_field_name("name")
                .or_else(|| last_named(node)),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// What a block of HCL is called.
pub(super) struct Block<'t> {
    /// The last label, or what kind of block it is where it has none.
    pub(super) name: Span,
    /// What mentions of it start with: `aws_s3_bucket`, `var`, `module`.
    pub(super) owner: Option<String>,
    pub(super) body: Option<Node<'t>>,
}

/// Reads the labels of a block.
pub(super) fn block<'t>(block: Node<'t>, text: &str) -> Option<Block<'t>> {
    let mut cursor = block.walk();
    let children: Vec<Node<'t>> = block.named_children(&mut cursor).take(DEEPEST).collect();
    let labels: Vec<Span> = children
        .iter()
        .take_while(|child| matches!(child.kind(), "identifier" | "string_lit"))
        .map(|label| marks::unquoted(text, Span::new(label.start_byte(), label.end_byte())))
        .collect();
    let cut = |span: &Span| text.get(span.range()).unwrap_or_default();
    let (name, before) = labels.split_last()?;
    let owner = match before {
        [] => None,
        [kind] => Some(match cut(kind) {
            "variable" => "var",
            other => other,
        }),
        [.., last] => Some(cut(last)),
    };
    Some(Block {
        name: *name,
        owner: owner.map(|owner| marks::shortened(owner, 200).to_owned()),
        body: children
            .into_iter()
            .find(|child| child.kind() == "block_start"),
    })
}

/// Whether a prototype's name is none: what a grammar makes of a macro it does not know, such as
/// `void f() LOCKS_EXCLUDED(mutex);`.
pub(super) fn is_macro_like(name: &str) -> bool {
    let capitals = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.contains('_') && name.chars().all(capitals)
}

/// Whether it is a macro that makes a test of what follows: the grammar takes `TEST(A, B) { … }` for a function.
pub(super) fn test_macro(language: Language, name: &str) -> bool {
    language == Language::Cpp
        && matches!(
            name,
            "TEST"
                | "TEST_F"
                | "TEST_P"
                | "TYPED_TEST"
                | "TYPED_TEST_P"
                | "TEST_CASE"
                | "BOOST_AUTO_TEST_CASE"
        )
}

fn last_named(node: Node<'_>) -> Option<Node<'_>> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}
