//! The parameters of a definition.
//!
//! Grammars differ in what they call a parameter's parts but hardly in how they arrange them, so one reading serves
//! all: the name is in one of a few fields, or the first thing inside; a default and a type have fields of their own.

use base::Parameter;
use tree_sitter::Node;

use super::marks::shortened;
use crate::Language::{self, *};

/// Parameters read of one definition.
const MOST: usize = 64;

/// Steps from a parameter down to its name.
const DEEPEST: usize = 8;

/// Longest type in bytes.
const LONGEST_TYPE: usize = 80;

/// Reads `list`; `bind` is told of each name. `receives`: a first parameter such as `self` is the receiver.
pub(super) fn read<'t>(
    language: Language,
    list: Node<'t>,
    text: &str,
    receives: bool,
    bind: &mut dyn FnMut(Node<'t>),
) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let mut keyword_only = false;
    let mut cursor = list.walk();
    let children: Vec<Node<'t>> = if list.child_count() == 0 && list.end_byte() > list.start_byte()
    {
        vec![list]
    } else {
        list.named_children(&mut cursor).take(MOST).collect()
    };
    for (place, node) in children.into_iter().enumerate() {
        let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let kind = node.kind();
        match kind {
            "keyword_separator" => {
                keyword_only = true;
                continue;
            }
            "self_parameter" | "positional_separator" | "attribute_item" | "receiver_parameter" => {
                continue;
            }
            _ if kind.ends_with("comment") || node.is_error() => continue,
            _ => {}
        }
        let (names, mut variadic) = names(language, node);
        let first = names.first().copied().map_or("", cut);
        let receiver = match language {
            Python => receives && place == 0 && matches!(first, "self" | "cls" | "mcs" | "mcls"),
            TypeScript | Tsx => place == 0 && cut(node).starts_with("this"),
            C | Cpp => names.is_empty() && cut(node) == "void",
            _ => false,
        };
        for &name in &names {
            bind(name);
        }
        if receiver {
            continue;
        }
        let of_type = of_type(language, node).map(|of_type| {
            let text = cut(of_type).trim_start_matches([':', ' ']);
            shortened(text, LONGEST_TYPE).to_owned()
        });
        variadic |= of_type
            .as_ref()
            .is_some_and(|of_type| of_type.starts_with("..."));
        let optional = kind.contains("optional")
            || kind.contains("default")
            || ["value", "default_value", "default", "right"]
                .iter()
                .any(|field| node.child_by_field_name(field).is_some());
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            of_type: of_type.clone(),
            optional,
            variadic,
            keyword_only: keyword_only && !variadic,
        };
        if names.is_empty() {
            parameters.push(parameter(""));
        }
        parameters.extend(names.iter().map(|&name| parameter(cut(name))));
        // What follows `*args` in Python can only be given by name.
        keyword_only |= language == Python && variadic;
    }
    parameters
}

fn of_type(language: Language, node: Node<'_>) -> Option<Node<'_>> {
    let _ = language;
    node.child_by_field_name("type")
}

/// The nodes of a parameter's names, and whether it takes any number of arguments.
fn names(language: Language, parameter: Node<'_>) -> (Vec<Node<'_>>, bool) {
    if language == Go {
        let mut cursor = parameter.walk();
        let names = parameter
            .children_by_field_name("name", &mut cursor)
            .take(MOST)
            .collect();
        return (names, parameter.kind().starts_with("variadic"));
    }
    let mut node = parameter;
    let mut variadic = false;
    for _ in 0..DEEPEST {
        let kind = node.kind();
        variadic |= ["splat", "rest", "variadic", "spread", "vararg"]
            .iter()
            .any(|part| kind.contains(part));
        if node.child_count() == 0 {
            let named = node.is_named()
                && (kind.contains("identifier") || kind.contains("name") || kind == "word");
            return (if named { vec![node] } else { Vec::new() }, variadic);
        }
        let inner = ["name", "pattern", "declarator", "left"]
            .iter()
            .find_map(|field| node.child_by_field_name(field));
        let next = match inner {
            Some(inner) => Some(inner),
            // A pattern takes apart what is given: it has no name of its own.
            None if kind.ends_with("pattern")
                && !variadic
                && !kind.starts_with("mut")
                && !kind.starts_with("ref") =>
            {
                None
            }
            None => node.named_child(u32::from(kind.starts_with("mut"))),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    (Vec::new(), variadic)
}
