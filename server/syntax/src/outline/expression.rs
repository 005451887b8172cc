//! Expressions as short texts that say what a value is made from: `this.page.frames()[]`, `{Page}`, `load().await`.
//!
//! Arguments are left out, casts and constructions become their type in braces, and what cannot be said in a chain of
//! members, calls and elements is not said at all. Grammars differ in what they call these nodes but hardly in how
//! they arrange them, so one reading serves all languages.

use tree_sitter::Node;

/// Longest expression in bytes; what is longer is not kept.
const LONGEST: usize = 120;

/// Steps into an expression.
const DEEPEST: usize = 24;

/// The expression at `node`; `None` where it is none of those.
pub(super) fn expression(node: Node<'_>, text: &str) -> Option<String> {
    let cut = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default().trim();
    let mut node = node;
    // What follows, last first.
    let mut after: Vec<String> = Vec::new();
    let mut head = None;
    for _ in 0..DEEPEST {
        let field = |name: &str| node.child_by_field_name(name);
        let member = |object: &str, name: &str| Some((field(object)?, field(name)?));
        let next = match node.kind() {
            "member_expression" => member("object", "property"),
            "attribute" => member("object", "attribute"),
            "field_expression" => member("value", "field").or_else(|| member("argument", "field")),
            "selector_expression" => member("operand", "field"),
            "field_access" => member("object", "field"),
            "member_access_expression" => {
                member("expression", "name").or_else(|| member("object", "name"))
            }
            "navigation_expression" => {
                let count = u32::try_from(node.named_child_count()).unwrap_or(0);
                match (node.named_child(0), node.named_child(count.wrapping_sub(1))) {
                    (Some(object), Some(name)) if count > 1 => Some((object, name)),
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some((object, name)) = next {
            let name = cut(name).trim_start_matches(['.', '?']);
            after.push(format!(".{name}"));
            node = object;
            continue;
        }
        node = match node.kind() {
            "call_expression" | "call" | "invocation_expression" | "function_call_expression" => {
                after.push("()".to_owned());
                field("function").or_else(|| node.named_child(0))?
            }
            "method_invocation" | "member_call_expression" => {
                after.push(format!(".{}()", cut(field("name")?)));
                match field("object") {
                    Some(object) => object,
                    None => {
                        let name = after.pop()?;
                        head = Some(name.trim_start_matches('.').to_owned());
                        break;
                    }
                }
            }
            "generic_function" => field("function")?,
            "subscript_expression"
            | "subscript"
            | "index_expression"
            | "element_access_expression"
            | "array_access" => {
                after.push("[]".to_owned());
                [
                    "object",
                    "value",
                    "operand",
                    "expression",
                    "array",
                    "argument",
                ]
                .into_iter()
                .find_map(field)
                .or_else(|| node.named_child(0))?
            }
            "await_expression" | "await" => {
                after.push(".await".to_owned());
                node.named_child(0)?
            }
            "non_null_expression"
            | "parenthesized_expression"
            | "reference_expression"
            | "try_expression"
            | "postfix_unary_expression"
            | "satisfies_expression"
            | "unary_expression"
            | "pointer_expression"
            | "expression_list" => {
                let operator = node.child(0).map_or("", cut);
                if matches!(
                    operator,
                    "!" | "-" | "+" | "typeof" | "void" | "delete" | "~"
                ) {
                    return None;
                }
                ["value", "argument", "operand"]
                    .into_iter()
                    .find_map(field)
                    .or_else(|| node.named_child(0))?
            }
            "ternary_expression" | "conditional_expression" => {
                field("consequence").or_else(|| node.named_child(0))?
            }
            "binary_expression" | "boolean_operator"
                if field("operator")
                    .is_some_and(|it| matches!(cut(it), "||" | "??" | "or" | "?:")) =>
            {
                field("left")?
            }
            "assignment_expression" => field("right")?,
            "as_expression" | "type_cast_expression" | "cast_expression" => {
                let of_type = field("type").or_else(|| {
                    node.named_child(
                        u32::try_from(node.named_child_count())
                            .ok()?
                            .checked_sub(1)?,
                    )
                })?;
                head = match cut(of_type) {
                    // `x as any` says nothing of `x`.
                    "const" => {
                        node = node.named_child(0)?;
                        continue;
                    }
                    of_type => Some(instance(of_type)),
                };
                break;
            }
            "new_expression" => {
                let class = field("constructor").or_else(|| field("type"))?;
                let given = field("type_arguments").map_or("", cut);
                head = Some(instance(&format!("{}{given}", cut(class))));
                break;
            }
            "object_creation_expression" | "composite_literal" => {
                let class = field("type").or_else(|| node.named_child(0))?;
                head = Some(instance(cut(class)));
                break;
            }
            "struct_expression" => {
                head = Some(instance(cut(field("name")?)));
                break;
            }
            "string" | "template_string" | "string_literal" | "interpreted_string_literal" => {
                head = Some("{string}".to_owned());
                break;
            }
            "array" | "list" | "array_expression" => {
                head = Some("{[]}".to_owned());
                break;
            }
            "identifier"
            | "this"
            | "self"
            | "super"
            | "scoped_identifier"
            | "variable_name"
            | "simple_identifier"
            | "this_expression"
            | "type_identifier"
            | "field_identifier"
            | "qualified_identifier"
            | "property_identifier"
            | "metavariable"
            | "name"
            | "scoped_type_identifier"
            | "undefined"
            | "crate"
            | "base_expression"
            | "scoped_call_expression"
            | "member_binding_expression" => {
                head = Some(cut(node).to_owned());
                break;
            }
            _ => return None,
        };
    }
    let mut whole = head?;
    for part in after.iter().rev() {
        whole.push_str(part);
    }
    let plain = whole.len() <= LONGEST && !whole.contains(['\n', '\r']);
    (plain && whole != "undefined").then_some(whole)
}

/// An instance of a type.
pub(super) fn instance(of_type: &str) -> String {
    let words: Vec<&str> = of_type.split_whitespace().collect();
    format!("{{{}}}", words.join(" "))
}
