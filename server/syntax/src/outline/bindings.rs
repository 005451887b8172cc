//! What is written of the types of names: `const page: Page`, `x := NewServer()`, `for frame in self.frames`.
//!
//! This is what tells whose method `page.close()` is, as far as a text does. Each name comes with the block it is
//! known in. Most locals are never asked for a member; they are left out at the end of the walk.

use std::collections::HashSet;
use std::sync::OnceLock;

use base::{Binding, Outline, Span};
use tree_sitter::Node;

use super::expression::{expression, instance};
use super::marks::shortened;
use crate::Language::{self, *};

/// Bindings kept of one file.
const MOST: usize = 20_000;

/// Names that one pattern binds.
const MOST_NAMES: usize = 16;

/// Longest type in bytes.
const LONGEST_TYPE: usize = 100;
/// Parts of a union or an intersection that are looked at.
const MOST_PARTS: usize = 16;

/// What a node is to the bindings.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Nothing,
    /// What is bound in it is not known outside.
    Block,
    /// It binds something.
    Binds,
    Both,
}

/// By kind of node.
pub(super) fn forms(language: Language) -> &'static [Form] {
    static FORMS: [OnceLock<Vec<Form>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    FORMS[language as usize].get_or_init(|| {
        let grammar = language.grammar();
        let form = |id: usize| {
            let kind = u16::try_from(id)
                .ok()
                .and_then(|id| grammar.node_kind_for_id(id));
            kind.map_or(Form::Nothing, |kind| form(language, kind))
        };
        (0..grammar.node_kind_count()).map(form).collect()
    })
}

fn form(language: Language, kind: &str) -> Form {
    let typed = matches!(
        language,
        JavaScript | TypeScript | Tsx | Python | Rust | Go | Java | CSharp | Kotlin | Php | Cpp | C
    );
    if !typed {
        return Form::Nothing;
    }
    match kind {
        "arrow_function" | "function_expression" | "for_in_statement" => Form::Both,
        "for_statement" | "enhanced_for_statement" | "foreach_statement" if language != Python => {
            Form::Both
        }
        "for_expression" | "for_range_loop" | "if_expression" | "lambda_expression" => Form::Both,
        "statement_block" | "block" | "compound_statement"
            if language != Python && language != Php =>
        {
            Form::Block
        }
        "function_declaration"
        | "method_definition"
        | "function_definition"
        | "method_declaration"
        | "constructor_declaration"
        | "function_item"
        | "closure_expression"
        | "match_arm"
        | "func_literal"
        | "lambda"
        | "if_statement"
        | "generator_function_declaration"
        | "catch_clause" => Form::Both,
        "required_parameter"
        | "optional_parameter"
        | "variable_declarator"
        | "public_field_definition"
        | "assignment_expression"
        | "return_statement"
        | "call_expression"
        | "type_alias_declaration"
        | "assignment"
        | "typed_parameter"
        | "typed_default_parameter"
        | "as_pattern"
        | "named_expression"
        | "let_declaration"
        | "let_condition"
        | "parameter"
        | "short_var_declaration"
        | "var_spec"
        | "range_clause"
        | "parameter_declaration"
        | "local_variable_declaration"
        | "formal_parameter"
        | "variable_declaration"
        | "property_declaration"
        | "simple_parameter"
        | "property_promotion_parameter"
        | "declaration"
        | "resource" => Form::Binds,
        "for_statement" => Form::Binds,
        "class_declaration" | "abstract_class_declaration" | "interface_declaration"
            if matches!(language, TypeScript | Tsx) =>
        {
            Form::Binds
        }
        _ => Form::Nothing,
    }
}

/// The bindings of a file as they are found.
pub(super) struct Bindings<'t> {
    text: &'t str,
    language: Language,
    found: Vec<Binding>,
    /// Ends of the blocks around.
    blocks: Vec<usize>,
}

/// Where a binding stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The innermost definition around it.
    pub(super) within: Option<u32>,
    /// The innermost type around it.
    pub(super) class: Option<u32>,
    /// What that definition returns is written, or it returns nothing of interest.
    pub(super) returns: bool,
}

impl<'t> Bindings<'t> {
    pub(super) fn new(text: &'t str, language: Language) -> Self {
        Self {
            text,
            language,
            found: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Takes in a node of some form.
    pub(super) fn take(&mut self, node: Node<'t>, form: Form, place: Place) {
        let at = node.start_byte();
        while self.blocks.last().is_some_and(|&end| end <= at) {
            self.blocks.pop();
        }
        if matches!(form, Form::Block | Form::Both) {
            self.blocks.push(node.end_byte());
        }
        if matches!(form, Form::Binds | Form::Both) && self.found.len() < MOST {
            self.read(node, place);
        }
    }

    fn read(&mut self, node: Node<'t>, place: Place) {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "variable_declarator" if self.is(&[Java, CSharp]) => {}
            "variable_declarator" | "let_declaration" | "let_condition" | "var_spec" => {
                let name = field("name").or_else(|| field("pattern"));
                self.declare(name, field("type"), self.value(field("value")), place);
            }
            "required_parameter" | "optional_parameter" => {
                let name = field("pattern");
                self.declare(name, field("type"), None, place);
                let is_member = node
                    .named_child(0)
                    .is_some_and(|first| first.kind().ends_with("modifier"));
                if let (true, Some(name)) = (is_member, name) {
                    let of_type = self.of_type(field("type"));
                    let value = self.value(field("value"));
                    self.member(self.cut(name), name, of_type, value, place.class);
                }
            }
            "formal_parameter"
            | "simple_parameter"
            | "parameter_declaration"
            | "resource"
            | "parameter" => {
                if node.kind() == "parameter" && self.is(&[Kotlin]) {
                    return self.declare(node.named_child(0), node.named_child(1), None, place);
                }
                let of_type = field("type");
                let mut cursor = node.walk();
                let names: Vec<_> = ["name", "pattern", "declarator"]
                    .into_iter()
                    .flat_map(|name| {
                        node.children_by_field_name(name, &mut cursor)
                            .collect::<Vec<_>>()
                    })
                    .take(MOST_NAMES)
                    .collect();
                for name in names {
                    self.declare(Some(name), of_type, self.value(field("value")), place);
                }
            }
            "property_promotion_parameter" => {
                if let Some(name) = field("name") {
                    let of_type = self.of_type(field("type"));
                    self.declare(Some(name), field("type"), None, place);
                    let plain = self.cut(name).trim_start_matches('$');
                    self.member(plain, name, of_type, None, place.class);
                }
            }
            "typed_parameter" | "typed_default_parameter" => {
                let name = field("name").or_else(|| node.named_child(0));
                self.declare(name, field("type"), None, place);
            }
            "public_field_definition" => {
                if let (Some(name), Some(value)) = (field("name"), self.value(field("value"))) {
                    self.member(self.cut(name), name, None, Some(value), place.class);
                }
            }
            "assignment_expression" | "assignment" => self.assignment(node, place),
            "named_expression" => {
                self.declare(field("name"), None, self.value(field("value")), place)
            }
            "as_pattern" => {
                let alias = field("alias").and_then(|alias| alias.named_child(0));
                self.declare(alias, None, self.value(node.named_child(0)), place);
            }
            "short_var_declaration" => {
                if let (Some(left), Some(right)) = (field("left"), field("right")) {
                    self.several(left, right, place);
                }
            }
            "range_clause" => {
                let count = field("left").map_or(0, |left| left.named_child_count());
                let name = field("left").and_then(|left| left.named_child(u32::from(count > 1)));
                let value = self.value(field("right")).map(|value| value + "[]");
                self.declare(name, None, value, place);
            }
            "for_in_statement"
            | "for_statement"
            | "for_expression"
            | "enhanced_for_statement"
            | "foreach_statement"
            | "for_range_loop" => {
                let of_values = field("operator").is_none_or(|it| self.cut(it) == "of");
                let name = ["left", "pattern", "name", "declarator"]
                    .into_iter()
                    .find_map(field);
                let value = self.value(["right", "value"].into_iter().find_map(field));
                let value = value.filter(|_| of_values).map(|value| value + "[]");
                if name.is_some_and(|name| name.kind() != "lexical_declaration") {
                    let of_type = field("type").filter(|it| self.cut(*it) != "var");
                    self.declare(name, of_type, value, place);
                }
            }
            "local_variable_declaration" | "variable_declaration" if self.is(&[Java, CSharp]) => {
                let of_type = field("type").filter(|it| self.cut(*it) != "var");
                let mut cursor = node.walk();
                let declarators: Vec<_> =
                    node.named_children(&mut cursor).take(MOST_NAMES).collect();
                for one in declarators {
                    if one.kind() == "variable_declarator" {
                        let name = one
                            .child_by_field_name("name")
                            .or_else(|| one.named_child(0));
                        let last = u32::try_from(one.named_child_count()).unwrap_or(1);
                        let value = one
                            .child_by_field_name("value")
                            .or_else(|| one.named_child(last.saturating_sub(1)));
                        self.declare(name, of_type, self.value(value), place);
                    }
                }
            }
            "property_declaration" if self.is(&[Kotlin]) => self.kotlin(node, place),
            "declaration" if self.is(&[C, Cpp]) => {
                let declared = field("declarator");
                let value = declared.and_then(|it| it.child_by_field_name("value"));
                let of_type = field("type").filter(|it| self.cut(*it) != "auto");
                self.declare(declared, of_type, self.value(value), place);
            }
            "arrow_function" => {
                if let Some(body) = field("body")
                    && body.kind() != "statement_block"
                {
                    self.returned(Some(body), place);
                }
            }
            "return_statement" => self.returned(node.named_child(0), place),
            "call_expression" if self.is(&[JavaScript, TypeScript, Tsx]) => {
                self.callbacks(node, place);
            }
            "class_declaration" | "abstract_class_declaration" | "interface_declaration" => {
                self.generics(node, place);
            }
            "type_alias_declaration" => {
                let of_type = field("value").and_then(|value| self.stands_for(value));
                if let (Some(of_type), Some(name)) = (of_type, field("name")) {
                    let span = Span::new(name.start_byte(), node.end_byte());
                    self.push("=".to_owned(), span, place.within, Some(of_type), None);
                }
            }
            _ => {}
        }
    }

    /// The types that an alias is made from. Those written out in it have their members there.
    fn stands_for(&self, value: Node<'t>) -> Option<String> {
        let mut parts = Vec::new();
        let mut left = Some(value);
        while let Some(node) = left.filter(|_| parts.len() < MOST_PARTS) {
            let is_made = matches!(node.kind(), "intersection_type" | "union_type");
            let last = node.named_child_count().saturating_sub(1);
            let part = match is_made {
                true => node.named_child(last as u32),
                false => Some(node),
            };
            left = node.named_child(0).filter(|_| is_made && last > 0);
            let part = part.filter(|part| !matches!(part.kind(), "object_type" | "literal_type"));
            parts.extend(self.of_type(part));
        }
        parts.reverse();
        (!parts.is_empty()).then(|| parts.join(" & "))
    }

    /// `this.a = b` makes a member known; in Python `a = b` binds.
    fn assignment(&mut self, node: Node<'t>, place: Place) {
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right")
                .or_else(|| node.child_by_field_name("type")),
        ) else {
            return;
        };
        let of_type = node.child_by_field_name("type");
        let value = self.value(Some(right));
        let object = ["object", "value", "expression"]
            .into_iter()
            .find_map(|name| left.child_by_field_name(name));
        let name = ["property", "attribute", "name"]
            .into_iter()
            .find_map(|name| left.child_by_field_name(name));
        match (left.kind(), object, name) {
            (_, Some(object), Some(name)) => {
                let of_self = matches!(self.cut(object), "this" | "self" | "cls" | "$this");
                let of_type = self.of_type(of_type);
                if of_self && (value.is_some() || of_type.is_some()) {
                    self.member(self.cut(name), name, of_type, value, place.class);
                }
            }
            ("identifier" | "variable_name" | "pattern_list" | "tuple_pattern", _, _)
                if self.is(&[Python, Php]) =>
            {
                self.declare(Some(left), of_type, value, place);
            }
            ("identifier", _, _) if value.is_some() => {
                self.declare(Some(left), of_type, value, place);
            }
            _ => {}
        }
    }

    /// The parameters of a generic type, and what it gives to its base.
    fn generics(&mut self, node: Node<'t>, place: Place) {
        let span = Span::new(node.start_byte(), node.end_byte());
        if let Some(list) = node.child_by_field_name("type_parameters") {
            let of_type = self.of_type(Some(list));
            self.push("<".to_owned(), span, place.within, of_type, None);
        }
        let mut left = vec![node];
        for _ in 0..2 {
            let mut next = Vec::new();
            for node in left {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor).take(8) {
                    match child.kind() {
                        "class_heritage" => next.push(child),
                        "extends_clause"
                            if child.child_by_field_name("type_arguments").is_some() =>
                        {
                            let text = self.of_type(Some(child));
                            let base = text.map(|it| it.trim_start_matches("extends ").to_owned());
                            self.push("extends".to_owned(), span, place.within, base, None);
                        }
                        _ => {}
                    }
                }
            }
            left = next;
        }
    }

    fn kotlin(&mut self, node: Node<'t>, place: Place) {
        let mut cursor = node.walk();
        let children: Vec<_> = node.named_children(&mut cursor).take(8).collect();
        let Some(declared) = children
            .iter()
            .find(|it| it.kind() == "variable_declaration")
        else {
            return;
        };
        let value = children.last().filter(|last| *last != declared);
        let value = self.value(value.copied());
        self.declare(
            declared.named_child(0),
            declared.named_child(1),
            value.clone(),
            place,
        );
        if let (Some(class), Some(name)) = (
            place.class.filter(|it| Some(*it) == place.within),
            declared.named_child(0),
        ) {
            let of_type = self.of_type(declared.named_child(1));
            self.member(self.cut(name), name, of_type, value, Some(class));
        }
    }

    /// `a, b := c, d`; of one call with several results only the first is followed.
    fn several(&mut self, left: Node<'t>, right: Node<'t>, place: Place) {
        let (mut names, mut values) = (left.walk(), right.walk());
        let names: Vec<_> = left.named_children(&mut names).take(MOST_NAMES).collect();
        let values: Vec<_> = right.named_children(&mut values).take(MOST_NAMES).collect();
        for (at, name) in names.iter().enumerate() {
            let value = self.value(values.get(at).copied());
            self.declare(Some(*name), None, value, place);
        }
    }

    /// The names of functions that are given to a call.
    fn callbacks(&mut self, call: Node<'t>, place: Place) {
        let Some(list) = call.child_by_field_name("arguments") else {
            return;
        };
        let mut cursor = list.walk();
        let given: Vec<_> = list.named_children(&mut cursor).take(6).collect();
        let is_function =
            |node: &Node<'_>| matches!(node.kind(), "arrow_function" | "function_expression");
        if !given.iter().any(is_function) {
            return;
        }
        let callee = call.child_by_field_name("function");
        let Some(callee) = self.value(callee) else {
            return;
        };
        for (at, function) in given.iter().enumerate().filter(|(_, one)| is_function(one)) {
            let one = function.child_by_field_name("parameter");
            let several = function.child_by_field_name("parameters");
            let mut cursor = function.walk();
            let names: Vec<_> = match (one, several) {
                (Some(one), _) => vec![one],
                (None, Some(list)) => list.named_children(&mut cursor).take(4).collect(),
                _ => continue,
            };
            for (place_of, name) in names.into_iter().enumerate() {
                if name.child_by_field_name("type").is_some() {
                    continue;
                }
                let name = name.child_by_field_name("pattern").unwrap_or(name);
                self.blocks.push(function.end_byte());
                let value = format!("{at}:{place_of}@{callee}");
                self.declare(Some(name), None, Some(value), place);
                self.blocks.pop();
            }
        }
    }

    fn returned(&mut self, value: Option<Node<'t>>, place: Place) {
        if place.returns {
            return;
        }
        if let (Some(node), Some(value)) = (value, self.value(value)) {
            let span = Span::new(node.start_byte(), node.end_byte());
            self.push("return".to_owned(), span, place.within, None, Some(value));
        }
    }

    /// Binds the names of a pattern to what its parts are.
    fn declare(
        &mut self,
        pattern: Option<Node<'t>>,
        of_type: Option<Node<'t>>,
        value: Option<String>,
        place: Place,
    ) {
        let of_type = self.of_type(of_type);
        let Some(pattern) = pattern else { return };
        let mut left = vec![(pattern, of_type, value)];
        let mut names = 0;
        while let Some((node, of_type, value)) = left.pop() {
            names += 1;
            if names > 2 * MOST_NAMES {
                return;
            }
            // A part of what a callback is given cannot be said.
            let plain = value.clone().filter(|value| !value.contains('@'));
            let whole = of_type.as_deref().map(instance).or(plain);
            let part = |suffix: &str| whole.as_ref().map(|whole| format!("{whole}{suffix}"));
            match node.kind() {
                "identifier"
                | "simple_identifier"
                | "variable_name"
                | "shorthand_property_identifier_pattern" => {
                    let at = node.start_byte();
                    let end = self.blocks.last().copied().unwrap_or(self.text.len());
                    let name = self.cut(node).to_owned();
                    self.push(
                        name,
                        Span::new(at, end.max(at)),
                        place.within,
                        of_type,
                        value,
                    );
                }
                "object_pattern" => {
                    let mut cursor = node.walk();
                    for one in node.named_children(&mut cursor).take(MOST_NAMES) {
                        let key = one
                            .child_by_field_name("key")
                            .or_else(|| one.child_by_field_name("left"));
                        let name = key.unwrap_or(one);
                        let target = one
                            .child_by_field_name("value")
                            .filter(|_| one.kind() == "pair_pattern");
                        let value = part(&format!(".{}", self.cut(name)));
                        left.push((target.unwrap_or(name), None, value));
                    }
                }
                "array_pattern" | "tuple_pattern" | "pattern_list" => {
                    let mut cursor = node.walk();
                    for (at, one) in node
                        .named_children(&mut cursor)
                        .take(MOST_NAMES)
                        .enumerate()
                    {
                        left.push((one, None, part(&format!("[{at}]"))));
                    }
                }
                // `Some(x)`, `mut x`, `&x`, `*x`, `x = 1`: the name within.
                "tuple_struct_pattern" => {
                    let count = u32::try_from(node.named_child_count()).unwrap_or(0);
                    if let (2, Some(inner)) = (count, node.named_child(1)) {
                        left.push((inner, None, part(".unwrap()")));
                    }
                }
                "expression_list" => {
                    if let Some(first) = node.named_child(0) {
                        left.push((first, of_type, value));
                    }
                }
                kind if kind.ends_with("pattern") || kind.ends_with("declarator") => {
                    let count = u32::try_from(node.named_child_count()).unwrap_or(0);
                    let inner = node.child_by_field_name("declarator").or_else(|| {
                        node.child_by_field_name("left")
                            .or_else(|| node.named_child(count.checked_sub(1)?))
                    });
                    if kind != "function_declarator"
                        && let Some(inner) = inner
                    {
                        left.push((inner, of_type, value));
                    }
                }
                _ => {}
            }
        }
    }

    fn member(
        &mut self,
        name: &str,
        at: Node<'_>,
        of_type: Option<String>,
        value: Option<String>,
        class: Option<u32>,
    ) {
        if class.is_some() && (of_type.is_some() || value.is_some()) {
            let span = Span::new(at.start_byte(), at.end_byte());
            self.push(format!("this.{name}"), span, class, of_type, value);
        }
    }

    fn push(
        &mut self,
        name: String,
        span: Span,
        within: Option<u32>,
        of_type: Option<String>,
        value: Option<String>,
    ) {
        if name.len() <= 100 && self.found.len() < MOST {
            self.found.push(Binding {
                name,
                within,
                span,
                of_type,
                value,
            });
        }
    }

    fn value(&self, node: Option<Node<'_>>) -> Option<String> {
        expression(node?, self.text)
    }

    fn of_type(&self, node: Option<Node<'_>>) -> Option<String> {
        let text = self.cut(node?).trim_start_matches([':', ' ']);
        let words: Vec<&str> = shortened(text, LONGEST_TYPE * 2)
            .split_whitespace()
            .collect();
        let text = words.join(" ");
        (!text.is_empty()).then(|| shortened(&text, LONGEST_TYPE).to_owned())
    }

    fn is(&self, languages: &[Language]) -> bool {
        languages.contains(&self.language)
    }

    fn cut(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// What the mentions in `outline` ask for, and what that is made from.
    pub(super) fn kept(mut self, outline: &Outline) -> Vec<Binding> {
        self.found.sort_by_key(|binding| binding.span.start);
        let qualifiers = outline.references.iter();
        let mut asked: HashSet<String> = qualifiers
            .filter_map(|reference| Some(root(reference.qualifier.as_deref()?).to_owned()))
            .collect();
        // What a value is made from mostly stands before it; what stands after is found in the second round.
        let mut keep = vec![false; self.found.len()];
        for _ in 0..2 {
            for (keep, binding) in keep.iter_mut().zip(&self.found).rev() {
                let always = binding.name.starts_with("this.")
                    || matches!(binding.name.as_str(), "return" | "=" | "<" | "extends")
                    || binding.within.is_none();
                if *keep || !always && !asked.contains(&binding.name) {
                    continue;
                }
                *keep = true;
                if let Some(value) = &binding.value {
                    asked.insert(root(value).to_owned());
                }
            }
        }
        let mut keep = keep.into_iter();
        self.found.retain(|_| keep.next().unwrap_or(false));
        self.found
    }
}

/// The name that an expression starts with.
fn root(expression: &str) -> &str {
    let expression = expression.rsplit('@').next().unwrap_or(expression);
    let expression = expression.trim_start_matches(['(', '&', '*', '!', ' ']);
    let expression = expression.strip_prefix("await ").unwrap_or(expression);
    let end = expression
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .unwrap_or(expression.len());
    &expression[..end]
}
