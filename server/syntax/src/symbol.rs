//! Which definition encloses a place: `["Parser", "next_token"]`.
//!
//! One table says, for each language, which nodes define something and where such a node keeps its name ([`naming`]).
//! The walk goes straight down to the place, so its cost is the tree's depth, not its size.

use base::Span;
use tree_sitter::Node;

use crate::Language::{self, *};
use crate::tree::{Symbol, Tree};

/// Names kept of very deep nestings: the outermost ones.
const DEEPEST: usize = 64;

/// Longest name, in characters: a CSS selector or a computed key can be a page long.
const LONGEST: usize = 80;

/// Where a defining node keeps its name.
#[derive(Clone, Copy)]
enum Naming {
    /// In this field.
    Field(&'static str),
    /// In this field when the other one holds a function or a class.
    Assigned(&'static str, &'static str),
    /// In the first child of one of these kinds.
    Child(&'static [&'static str]),
    /// At the end of a chain of C declarators.
    Declarator,
    /// The field's type without its type arguments.
    Type(&'static str),
    /// A Go method: the receiver's type, then the name.
    Receiver,
    /// An Elixir call of `def`, `defmodule` and the like.
    Definer,
    /// An HCL block: its type and labels.
    Block,
    /// The first child of one of these kinds, where nothing encloses it yet.
    Top(&'static [&'static str]),
    /// Always this.
    Fixed(&'static str),
}

fn naming(language: Language, kind: &str) -> Option<Naming> {
    use Naming::{Assigned, Block, Child, Declarator, Definer, Field, Fixed, Receiver, Top, Type};
    let name = Field("name");
    Some(match (language, kind) {
        (Rust, "impl_item") => Type("type"),
        (
            Rust,
            "function_item"
            | "function_signature_item"
            | "struct_item"
            | "enum_item"
            | "union_item"
            | "trait_item"
            | "mod_item"
            | "macro_definition"
            | "const_item"
            | "static_item"
            | "type_item",
        ) => name,
        (Python, "function_definition" | "class_definition") => name,
        (
            JavaScript | TypeScript | Tsx,
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "class_declaration"
            | "class"
            | "abstract_class_declaration"
            | "method_definition"
            | "method_signature"
            | "abstract_method_signature"
            | "function_signature"
            | "interface_declaration"
            | "enum_declaration"
            | "type_alias_declaration"
            | "internal_module"
            | "module",
        ) => name,
        (JavaScript | TypeScript | Tsx, "variable_declarator") => Assigned("name", "value"),
        (JavaScript, "field_definition") => Assigned("property", "value"),
        (TypeScript | Tsx, "public_field_definition") => Assigned("name", "value"),
        (JavaScript | TypeScript | Tsx, "pair") => Assigned("key", "value"),
        (JavaScript | TypeScript | Tsx, "assignment_expression") => Assigned("left", "right"),
        (Go, "method_declaration") => Receiver,
        (Go, "function_declaration" | "type_spec" | "type_alias") => name,
        (
            Java,
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration"
            | "method_declaration"
            | "constructor_declaration"
            | "compact_constructor_declaration",
        ) => name,
        (C | Cpp, "function_definition") => Declarator,
        (
            C | Cpp,
            "struct_specifier" | "union_specifier" | "enum_specifier" | "preproc_function_def",
        ) => name,
        (Cpp, "class_specifier" | "namespace_definition" | "concept_definition") => name,
        (
            CSharp,
            "namespace_declaration"
            | "class_declaration"
            | "struct_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "method_declaration"
            | "constructor_declaration"
            | "destructor_declaration"
            | "property_declaration"
            | "event_declaration"
            | "local_function_statement"
            | "delegate_declaration",
        ) => name,
        (CSharp, "operator_declaration") => Field("operator"),
        (CSharp, "indexer_declaration") => Fixed("this"),
        (Ruby, "module" | "class" | "method" | "singleton_method") => name,
        (
            Php,
            "namespace_definition"
            | "class_declaration"
            | "interface_declaration"
            | "trait_declaration"
            | "enum_declaration"
            | "function_definition"
            | "method_declaration",
        ) => name,
        (Kotlin, "class_declaration" | "object_declaration" | "function_declaration") => name,
        (Kotlin, "companion_object") => Fixed("Companion"),
        (Kotlin, "secondary_constructor") => Fixed("constructor"),
        (Kotlin, "anonymous_initializer") => Fixed("init"),
        (
            Swift,
            "class_declaration"
            | "protocol_declaration"
            | "function_declaration"
            | "protocol_function_declaration"
            | "typealias_declaration",
        ) => name,
        (Swift, "init_declaration") => Fixed("init"),
        (Swift, "deinit_declaration") => Fixed("deinit"),
        (Swift, "subscript_declaration") => Fixed("subscript"),
        (
            Scala,
            "class_definition"
            | "object_definition"
            | "trait_definition"
            | "enum_definition"
            | "function_definition"
            | "function_declaration"
            | "given_definition"
            | "package_object",
        ) => name,
        (Bash, "function_definition") => name,
        (Lua, "function_declaration") => name,
        (Lua, "assignment_statement") => Assigned("left", "right"),
        (Lua, "field") => Assigned("name", "value"),
        (Elixir, "call") => Definer,
        (
            Sql,
            "create_table"
            | "create_view"
            | "create_materialized_view"
            | "create_function"
            | "create_procedure"
            | "create_trigger"
            | "create_type"
            | "create_schema"
            | "alter_table",
        ) => Child(&["object_reference", "identifier"]),
        (Sql, "create_index") => Child(&["identifier"]),
        (Hcl, "block") => Block,
        (Json, "pair") => Top(&["string"]),
        (Yaml, "block_mapping_pair" | "flow_pair") => Top(&["flow_node"]),
        (Toml, "table" | "table_array_element" | "pair") => {
            Top(&["bare_key", "dotted_key", "quoted_key"])
        }
        (Css, "rule_set") => Child(&["selectors"]),
        (Css, "keyframes_statement") => Child(&["keyframes_name"]),
        (Markdown, "section") => Child(&["atx_heading", "setext_heading"]),
        _ => return None,
    })
}

/// The innermost named definition that encloses `span`.
pub(crate) fn enclosing(tree: &Tree, span: Span) -> Option<Symbol> {
    let (start, end) = trimmed(tree, span)?;
    let language = tree.language();
    let mut symbol: Option<Symbol> = None;
    let mut cursor = tree.root().walk();
    while cursor.goto_first_child_for_byte(start).is_some() {
        let node = cursor.node();
        if node.start_byte() > start || node.end_byte() < end {
            break;
        }
        let Some(naming) = naming(language, node.kind()) else {
            continue;
        };
        let outer = symbol.as_ref().map_or(0, |symbol| symbol.path.len());
        if outer >= DEEPEST {
            break;
        }
        let names = names(tree, node, naming, outer);
        if !names.is_empty() {
            let mut path = symbol.map_or_else(Vec::new, |symbol| symbol.path);
            path.extend(names);
            symbol = Some(Symbol {
                path,
                span: Span::new(node.start_byte(), node.end_byte()),
            });
        }
    }
    symbol
}

/// The span without surrounding white space; `None` when it lies outside of the text.
fn trimmed(tree: &Tree, span: Span) -> Option<(usize, usize)> {
    let text = tree.text().slice(span)?;
    let start = span.start as usize + (text.len() - text.trim_start().len());
    let length = text.trim().len();
    // Nothing but white space: ask for the place where it starts.
    Some(if length == 0 {
        (span.start as usize, span.start as usize)
    } else {
        (start, start + length)
    })
}

fn names(tree: &Tree, node: Node<'_>, naming: Naming, outer: usize) -> Vec<String> {
    let text = |node: Node<'_>| tree.parsed().source.cut(node.byte_range());
    let one = |found: Option<Node<'_>>| found.map(|node| tidy(text(node))).into_iter().collect();
    match naming {
        Naming::Field(field) => one(node.child_by_field_name(field)),
        Naming::Assigned(name, value) => {
            let defines = node
                .child_by_field_name(value)
                .or_else(|| last_value(node))
                .is_some_and(is_definition);
            if !defines {
                return Vec::new();
            }
            one(node
                .child_by_field_name(name)
                .or_else(|| node.named_child(0)))
        }
        Naming::Child(kinds) => match children(node).find(|child| kinds.contains(&child.kind())) {
            Some(heading) if heading.kind().ends_with("_heading") => {
                vec![tidy(
                    text(heading)
                        .trim_start_matches('#')
                        .trim_end_matches(['=', '-', '\n', '\r', '#']),
                )]
            }
            found => one(found),
        },
        Naming::Top(kinds) if outer == 0 => {
            one(children(node).find(|child| kinds.contains(&child.kind())))
        }
        Naming::Top(_) => Vec::new(),
        Naming::Declarator => one(declared(node)),
        Naming::Type(field) => one(node.child_by_field_name(field).map(without_arguments)),
        Naming::Receiver => {
            let receiver = node.child_by_field_name("receiver").and_then(|list| {
                let declared =
                    children(list).find(|child| child.kind() == "parameter_declaration")?;
                let mut type_ = declared.child_by_field_name("type")?;
                while matches!(type_.kind(), "pointer_type" | "parenthesized_type") {
                    type_ = type_.named_child(0)?;
                }
                Some(without_arguments(type_))
            });
            let mut names: Vec<String> = one(receiver);
            names.extend(
                node.child_by_field_name("name")
                    .map(|name| tidy(text(name))),
            );
            names
        }
        Naming::Definer => one(elixir_definition(node, &text)),
        Naming::Block => {
            let labels: Vec<String> = children(node)
                .take_while(|child| matches!(child.kind(), "identifier" | "string_lit"))
                .map(|label| tidy(text(label)))
                .collect();
            if labels.is_empty() {
                labels
            } else {
                vec![labels.join(".")]
            }
        }
        Naming::Fixed(name) => vec![name.to_owned()],
    }
}

fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut next = node.named_child(0);
    std::iter::from_fn(move || {
        let child = next?;
        next = child.next_named_sibling();
        Some(child)
    })
}

/// Grammars without a field for the value keep it last.
fn last_value(node: Node<'_>) -> Option<Node<'_>> {
    let last = node.named_child(
        u32::try_from(node.named_child_count())
            .ok()?
            .checked_sub(1)?,
    )?;
    if last.kind() == "expression_list" {
        last.named_child(0)
    } else {
        Some(last)
    }
}

fn is_definition(value: Node<'_>) -> bool {
    matches!(
        value.kind(),
        "arrow_function"
            | "function_expression"
            | "generator_function"
            | "class"
            | "function_definition"
    )
}

/// The declared name inside C's nested declarators: `int *(*f(void))(int)` declares `f`.
fn declared(definition: Node<'_>) -> Option<Node<'_>> {
    let mut node = definition.child_by_field_name("declarator")?;
    loop {
        node = match node.kind() {
            "identifier"
            | "field_identifier"
            | "qualified_identifier"
            | "operator_name"
            | "destructor_name"
            | "template_function"
            | "operator_cast"
            | "type_identifier" => return Some(node),
            _ => node.child_by_field_name("declarator").or_else(|| {
                children(node).find(|child| {
                    child.kind().ends_with("declarator") || child.kind().ends_with("identifier")
                })
            })?,
        };
    }
}

fn without_arguments(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "generic_type" => node
            .child_by_field_name("type")
            .or_else(|| node.named_child(0))
            .unwrap_or(node),
        _ => node,
    }
}

/// The node that names what `def name(...)`, `defmodule Name`, `test "name"` define.
fn elixir_definition<'t>(call: Node<'t>, text: &dyn Fn(Node<'t>) -> &'t str) -> Option<Node<'t>> {
    let target = call.child_by_field_name("target")?;
    let arguments = || {
        children(call)
            .find(|child| child.kind() == "arguments")?
            .named_child(0)
    };
    match text(target) {
        "defmodule" | "defprotocol" | "defimpl" | "describe" | "test" => arguments(),
        "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defguardp" | "defdelegate" => {
            let mut head = arguments()?;
            loop {
                head = match head.kind() {
                    // `def f(x) when x > 0`
                    "binary_operator" => head.child_by_field_name("left")?,
                    "call" => head.child_by_field_name("target")?,
                    _ => return Some(head),
                };
            }
        }
        _ => None,
    }
}

/// One line, without quotes, not too long.
fn tidy(name: &str) -> String {
    let name = name.trim();
    let quoted = ['"', '\'', '`']
        .iter()
        .find_map(|&quote| name.strip_prefix(quote)?.strip_suffix(quote));
    let name = quoted.unwrap_or(name);
    let mut words = name.split_whitespace();
    let mut out = words.next().unwrap_or("").to_owned();
    for word in words {
        out.push(' ');
        out.push_str(word);
    }
    match out.char_indices().nth(LONGEST) {
        Some((cut, _)) => {
            out.truncate(cut);
            out.push('…');
            out
        }
        None => out,
    }
}
