//! What a capture in a query file stands for; `queries/README.md` describes each.

use base::{ReferenceKind, SymbolKind};

/// The meaning of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Definition(SymbolKind),
    Reference(ReferenceKind),
    Name,
    /// A declarator of C, which holds the name and the parameters.
    Declarator,
    /// A block of HCL, which holds its name.
    Block,
    Doc,
    Body,
    Parameters,
    Returns,
    Owner,
    /// What is inside belongs to the owner, though it is no definition.
    Scope,
    Attribute,
    Wrapper,
    Wrapped,
    Qualifier,
    Arguments,
    From,
    Alias,
    /// An import that is read by hand.
    Imports,
    /// A name bound here that means nothing elsewhere.
    Local,
    /// A name that something else makes visible to other files.
    Exported,
    Module,
    /// Only for a predicate.
    Test,
    /// A name that is none of the above and that no other pattern is to take.
    Ignore,
}

impl Role {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        use ReferenceKind as R;
        use Role::*;
        use SymbolKind as S;
        Some(match name {
            "definition.function" => Definition(S::Function),
            "definition.method" => Definition(S::Method),
            "definition.class" => Definition(S::Class),
            "definition.struct" => Definition(S::Struct),
            "definition.enum" => Definition(S::Enum),
            "definition.interface" => Definition(S::Interface),
            "definition.trait" => Definition(S::Trait),
            "definition.module" => Definition(S::Module),
            "definition.constant" => Definition(S::Constant),
            "definition.variable" => Definition(S::Variable),
            "definition.field" => Definition(S::Field),
            "definition.macro" => Definition(S::Macro),
            "definition.type" => Definition(S::TypeAlias),
            "definition.test" => Definition(S::Test),
            "definition.object" => Definition(S::Object),
            "definition.section" => Definition(S::Section),
            "definition.key" => Definition(S::Key),
            "reference.call" => Reference(R::Call),
            "reference.class" => Reference(R::New),
            "reference.type" => Reference(R::Type),
            "reference.implementation" => Reference(R::Inherit),
            "reference.import" => Reference(R::Import),
            "reference.use" => Reference(R::Use),
            "name" => Name,
            "declarator" => Declarator,
            "block" => Block,
            "doc" => Doc,
            "body" => Body,
            "parameters" => Parameters,
            "returns" => Returns,
            "owner" => Owner,
            "scope" => Scope,
            "attribute" => Attribute,
            "wrapper" => Wrapper,
            "wrapped" => Wrapped,
            "qualifier" => Qualifier,
            "arguments" => Arguments,
            "from" => From,
            "alias" => Alias,
            "imports" => Imports,
            "local" => Local,
            "exported" => Exported,
            "module" => Module,
            "test" => Test,
            "ignore" => Ignore,
            _ => return None,
        })
    }
}
