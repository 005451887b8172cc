//! The parameters of a definition.
//!
//! Grammars differ in what they call a parameter's parts but hardly in how they arrange them, so one reading serves
//! all: the name is in one of a few fields, or the first thing inside; a default and a type have fields of their own.

use std::sync::OnceLock;

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
    let mut any_number = false;
    for (place, node) in children.into_iter().enumerate() {
        match (language, node.kind()) {
            // Here the definition itself is the list.
            (Swift, "parameter") => {}
            (Swift, _) => {
                let default = node
                    .prev_sibling()
                    .is_some_and(|before| before.kind() == "=");
                if let (true, Some(last)) = (default, parameters.last_mut()) {
                    let last: &mut Parameter = last;
                    last.optional = true;
                }
                continue;
            }
            (Kotlin, "parameter" | "class_parameter") => {}
            (Kotlin, "parameter_modifiers") => {
                any_number = text
                    .get(node.byte_range())
                    .is_some_and(|words| words.contains("vararg"));
                continue;
            }
            // A default stands beside its parameter.
            (Kotlin, _) => {
                if let Some(last) = parameters.last_mut() {
                    last.optional = true;
                }
                continue;
            }
            (Ruby, "block_parameter") => {
                if let Some(name) = node.child_by_field_name("name") {
                    bind(name);
                }
                continue;
            }
            // `params int[] rest` is spread over the list.
            (CSharp, "identifier") => any_number = true,
            (CSharp, "parameter") => {}
            (CSharp, _) => continue,
            _ => {}
        }
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
        variadic |= std::mem::take(&mut any_number);
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
            // In C what makes it a pointer stands with the name.
            let range = match names.first() {
                Some(name)
                    if matches!(language, C | Cpp) && name.start_byte() > of_type.end_byte() =>
                {
                    node.start_byte()..name.start_byte()
                }
                _ => of_type.byte_range(),
            };
            let text = text.get(range).unwrap_or_default();
            shortened(text.trim_start_matches([':', ' ']).trim_end(), LONGEST_TYPE).to_owned()
        });
        variadic |= of_type.as_ref().is_some_and(|of_type| {
            of_type.starts_with("...") || language == Scala && of_type.ends_with('*')
        });
        variadic |= language == Swift
            && text.get(node.start_byte()..).is_some_and(|rest| {
                let length = node.end_byte() - node.start_byte();
                rest.get(length..)
                    .is_some_and(|after| after.starts_with("..."))
                    || rest.get(..length).is_some_and(|own| own.ends_with("..."))
            });
        let optional = kind.contains("optional")
            || kind.contains("default")
            || [
                Field::Value,
                Field::DefaultValue,
                Field::Default,
                Field::Right,
            ]
            .into_iter()
            .any(|field| fields(language).get(node, field).is_some())
            || matches!(language, CSharp | Kotlin) && has_default(node);
        let by_name = match language {
            Ruby => kind == "keyword_parameter",
            Swift => fields(language)
                .get(node, Field::ExternalName)
                .is_none_or(|label| cut(label) != "_"),
            _ => keyword_only,
        };
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            of_type: of_type.clone(),
            optional,
            variadic,
            keyword_only: by_name && !variadic,
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
    let typed = fields(language).get(node, Field::Type);
    if typed.is_some() || language != Kotlin {
        return typed;
    }
    {
        let mut cursor = node.walk();
        let mut children = node.named_children(&mut cursor).take(MOST);
        children.find(|child| child.kind().ends_with("type"))
    }
}

/// The fields that hold a parameter's parts.
#[derive(Clone, Copy)]
enum Field {
    Name,
    Pattern,
    Declarator,
    Left,
    Type,
    Value,
    DefaultValue,
    Default,
    Right,
    ExternalName,
}

/// Their numbers in a grammar: looking a field up by its name costs a search.
struct Fields([u16; 10]);

impl Fields {
    fn get<'t>(&self, node: Node<'t>, field: Field) -> Option<Node<'t>> {
        match self.0[field as usize] {
            0 => None,
            id => node.child_by_field_id(id),
        }
    }
}

fn fields(language: Language) -> &'static Fields {
    static FIELDS: [OnceLock<Fields>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    FIELDS[language as usize].get_or_init(|| {
        let grammar = language.grammar();
        let names = [
            "name",
            "pattern",
            "declarator",
            "left",
            "type",
            "value",
            "default_value",
            "default",
            "right",
            "external_name",
        ];
        Fields(names.map(|name| grammar.field_id_for_name(name).map_or(0, u16::from)))
    })
}

/// Whether a default stands in it, though in no field.
fn has_default(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .take(MOST)
        .any(|child| child.kind() == "=")
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
        let inner = [Field::Name, Field::Pattern, Field::Declarator, Field::Left]
            .into_iter()
            .find_map(|field| fields(language).get(node, field));
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
            None if kind == "spread_parameter" => {
                let count = u32::try_from(node.named_child_count()).unwrap_or_default();
                node.named_child(count.saturating_sub(1))
            }
            // Modifiers stand before the name.
            None => node.named_child(u32::from(
                kind.starts_with("mut")
                    || node
                        .named_child(0)
                        .is_some_and(|first| first.kind() == "modifiers"),
            )),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    (Vec::new(), variadic)
}
