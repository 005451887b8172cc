//! What a file defines and what it mentions: the raw material of the index, of resolution and of the cross-file checks.
//!
//! An outline is made from one text alone (by `syntax`), so it can be kept by content hash. It says what is written,
//! not what is meant: which definition a reference leads to is decided where the whole workspace is known.

use crate::Span;

/// What a definition is. The names are those of the tree-sitter tags queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A function that belongs to no type.
    Function,
    /// A function of a type or an object.
    Method,
    /// A class, or an `impl` block's subject where the language has no class.
    Class,
    /// A struct, record or union.
    Struct,
    /// An enumeration.
    Enum,
    /// An interface or protocol.
    Interface,
    /// A trait or mixin.
    Trait,
    /// A module, namespace or package.
    Module,
    /// A constant, a static, a variant of an enumeration.
    Constant,
    /// A variable at the top of a file.
    Variable,
    /// A field or property.
    Field,
    /// A macro.
    Macro,
    /// Another name for a type.
    TypeAlias,
    /// A test: a function or a named case.
    Test,
    /// A table, view, procedure or the like of SQL; a block of HCL; a stage of a Dockerfile.
    Object,
    /// A heading of prose.
    Section,
    /// A top-level key of a data file.
    Key,
}

impl SymbolKind {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Interface => "interface",
            Self::Trait => "trait",
            Self::Module => "module",
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Macro => "macro",
            Self::TypeAlias => "type-alias",
            Self::Test => "test",
            Self::Object => "object",
            Self::Section => "section",
            Self::Key => "key",
        }
    }
}

/// One parameter of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; empty where a pattern stands in its place.
    pub name: String,
    /// Its type as written.
    pub of_type: Option<String>,
    /// It may be left out: it has a default, or is marked optional.
    pub optional: bool,
    /// It takes any number of arguments (`*args`, `...rest`, `**kwargs`).
    pub variadic: bool,
    /// It can only be given by name (Python after `*`, Swift and Kotlin labels that are required).
    pub keyword_only: bool,
}

/// One definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its own name, as written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The place of the definition that encloses it, in [`Outline::definitions`].
    pub parent: Option<u32>,
    /// The type it belongs to where that is not its parent: the subject of a Rust `impl`, a Go receiver, `A::f` in C++.
    pub owner: Option<String>,
    /// Its name in the text.
    pub name_span: Span,
    /// All of it, decorators and attributes included, documentation above it not.
    pub span: Span,
    /// From its start to its body.
    pub signature: Span,
    /// The comment or docstring that documents it.
    pub doc: Option<Span>,
    /// Its parameters, a receiver (`self`, `this`) left out; `None` where it takes none by its nature.
    pub parameters: Option<Vec<Parameter>>,
    /// The type it returns, as written.
    pub returns: Option<String>,
    /// It can be seen from other files.
    pub exported: bool,
    /// It is asynchronous.
    pub is_async: bool,
    /// It is code of a test: marked so, or enclosed by what is.
    pub is_test: bool,
}

/// How a name is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// A call of a function, method, macro or decorator.
    Call,
    /// A construction: `new A()`, `A { .. }`.
    New,
    /// As a type.
    Type,
    /// As what a type is made from: a base class, an implemented interface or trait.
    Inherit,
    /// In an import; see [`Reference::from`].
    Import,
    /// Any other mention: a value, an argument, a function passed on.
    Use,
}

impl ReferenceKind {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::New => "new",
            Self::Type => "type",
            Self::Inherit => "inherit",
            Self::Import => "import",
            Self::Use => "use",
        }
    }
}

/// One mention of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name, the last segment of a path: `next` in `self.lexer.next()`. In a wildcard import `*`.
    pub name: String,
    /// How it is mentioned.
    pub kind: ReferenceKind,
    /// The name in the text.
    pub span: Span,
    /// What stands before it, as written: `self.lexer`, `std::fs`. At most 80 characters.
    pub qualifier: Option<String>,
    /// The arguments given, where it is a call with a list that can be counted (no spread in it).
    pub arguments: Option<u32>,
    /// The innermost definition around it, in [`Outline::definitions`].
    pub within: Option<u32>,
    /// An import: the module or file it is imported from, as written.
    pub from: Option<String>,
    /// An import: the name it is known by here, where that is another.
    pub alias: Option<String>,
}

/// What is written of the type of a name that is bound: a local, a parameter, a member that a method assigns, what a
/// function returns. Only bindings that something in the file is asked of are kept.
///
/// Types and values are kept as short expressions in the file's own language: arguments are left out (`load()`), an
/// element is `[]`, waiting for a result is `.await`, and an instance of a type is the type in braces (`{Page}`, for
/// `new Page(…)` and for casts). The value `0:1@items.map` is the second parameter of a function that is the first
/// argument of `items.map`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name; `this.name` for a member of [`Self::within`], `return` for what that function returns, `=` for what a
    /// type alias stands for, `<` for the parameters of a generic type, `extends` for what it gives to its base.
    pub name: String,
    /// The innermost definition around it, in [`Outline::definitions`]; the type whose member it is.
    pub within: Option<u32>,
    /// From the name to the end of the block it is known in.
    pub span: Span,
    /// Its type as written.
    pub of_type: Option<String>,
    /// What it is given.
    pub value: Option<String>,
}

/// What one version of a file defines and mentions, both in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// Definitions; a parent comes before its children.
    pub definitions: Vec<Definition>,
    /// Mentions of names that something defines elsewhere; names of parameters and locals are left out where known.
    pub references: Vec<Reference>,
    /// What is known of the types of names that are bound.
    pub bindings: Vec<Binding>,
    /// The module or package the file says it belongs to, as written (`package a.b`).
    pub module: Option<String>,
}

impl Outline {
    /// The names of the definitions around the one at `index` and its own, outermost first.
    pub fn qualified(&self, index: u32) -> Vec<&str> {
        let mut names = Vec::new();
        let mut at = Some(index);
        while let Some(definition) = at.and_then(|at| self.definitions.get(at as usize)) {
            names.push(definition.name.as_str());
            if let Some(owner) = &definition.owner {
                names.push(owner);
            }
            // A parent stands before its child, which also ends a walk over a broken outline.
            at = definition.parent.filter(|parent| Some(*parent) < at);
        }
        names.reverse();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(name: &str, parent: Option<u32>, owner: Option<&str>) -> Definition {
        Definition {
            name: name.to_owned(),
            kind: SymbolKind::Function,
            parent,
            owner: owner.map(str::to_owned),
            name_span: Span::new(0, 0),
            span: Span::new(0, 0),
            signature: Span::new(0, 0),
            doc: None,
            parameters: None,
            returns: None,
            exported: false,
            is_async: false,
            is_test: false,
        }
    }

    #[test]
    fn a_name_is_qualified_by_what_is_around_it_and_what_it_belongs_to() {
        let outline = Outline {
            definitions: vec![
                definition("lexer", None, None),
                definition("next", Some(0), Some("Lexer")),
                definition("broken", Some(2), None),
            ],
            ..Outline::default()
        };
        assert_eq!(outline.qualified(1), ["lexer", "Lexer", "next"]);
        assert_eq!(outline.qualified(2), ["broken"]);
        assert!(outline.qualified(9).is_empty());
    }
}
