//! A file of the workspace as resolution asks for it: by name, with its imports and its bindings at hand.

use std::collections::HashMap;
use std::rc::Rc;

use base::search::FoundDefinition;
use base::{
    Binding, ContentHash, Definition, Outline, Reference, ReferenceKind, RelPath, SymbolKind,
};

/// A file's outline with its names looked up once.
pub(super) struct File {
    pub(super) path: RelPath,
    pub(super) hash: ContentHash,
    pub(super) outline: Outline,
    pub(super) family: Family,
    defined: HashMap<String, Vec<u32>>,
    bound: HashMap<String, Vec<u32>>,
    /// By the name that an import is known by here.
    imported: HashMap<String, Vec<u32>>,
    /// Imports of everything, and what is passed on as it is.
    pub(super) stars: Vec<u32>,
    /// Base types as mentioned, by the definition they stand in.
    bases: HashMap<u32, Vec<u32>>,
}

/// Languages whose files know each other's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Script,
    Python,
    Rust,
    Go,
    /// Java, Kotlin, Scala.
    Jvm,
    CSharp,
    Native,
    Php,
    Ruby,
    Swift,
    Other,
}

impl Family {
    pub(super) fn of(path: &RelPath) -> Self {
        match path.extension().unwrap_or_default() {
            "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts" => Self::Script,
            "py" | "pyi" => Self::Python,
            "rs" => Self::Rust,
            "go" => Self::Go,
            "java" | "kt" | "kts" | "scala" => Self::Jvm,
            "cs" => Self::CSharp,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" => Self::Native,
            "php" => Self::Php,
            "rb" => Self::Ruby,
            "swift" => Self::Swift,
            _ => Self::Other,
        }
    }

    /// A member is in scope in its type by its bare name.
    pub(super) fn has_implicit_self(self) -> bool {
        matches!(
            self,
            Self::Jvm | Self::CSharp | Self::Native | Self::Ruby | Self::Swift
        )
    }

    /// What is in no way imported is not known, but for the language's own names.
    pub(super) fn imports_all(self) -> bool {
        matches!(self, Self::Script | Self::Python)
    }

    /// The files of a folder know each other's names.
    pub(super) fn shares_folder(self) -> bool {
        matches!(self, Self::Go | Self::Jvm)
    }
}

/// A definition in a file.
#[derive(Clone)]
pub(super) struct Def {
    pub(super) file: Rc<File>,
    pub(super) index: u32,
}

impl Def {
    pub(super) fn get(&self) -> Option<&Definition> {
        self.file.outline.definitions.get(self.index as usize)
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.index == other.index && self.file.path == other.file.path
    }

    /// As the index would give it.
    pub(super) fn found(&self) -> Option<FoundDefinition> {
        let qualified = self.file.outline.qualified(self.index);
        Some(FoundDefinition {
            path: self.file.path.clone(),
            hash: self.file.hash,
            index: self.index,
            definition: self.get()?.clone(),
            qualified: qualified.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The type it is a member of.
    pub(super) fn parent(&self) -> Option<Self> {
        let index = self.get()?.parent?;
        Some(Self {
            file: Rc::clone(&self.file),
            index,
        })
    }
}

impl File {
    pub(super) fn new(path: &RelPath, hash: ContentHash, outline: Outline) -> Self {
        let mut file = Self {
            path: path.clone(),
            hash,
            family: Family::of(path),
            defined: HashMap::new(),
            bound: HashMap::new(),
            imported: HashMap::new(),
            stars: Vec::new(),
            bases: HashMap::new(),
            outline,
        };
        for (index, definition) in (0u32..).zip(&file.outline.definitions) {
            let list = file.defined.entry(definition.name.clone()).or_default();
            list.push(index);
        }
        for (index, binding) in (0u32..).zip(&file.outline.bindings) {
            let list = file.bound.entry(binding.name.clone()).or_default();
            list.push(index);
        }
        for (index, reference) in (0u32..).zip(&file.outline.references) {
            match reference.kind {
                ReferenceKind::Import => {
                    if reference.name == "*" && reference.alias.is_none() {
                        file.stars.push(index);
                        continue;
                    }
                    let known = reference.alias.as_deref().unwrap_or(&reference.name);
                    let list = file.imported.entry(known.to_owned()).or_default();
                    list.push(index);
                }
                ReferenceKind::Inherit => {
                    if let Some(within) = reference.within {
                        file.bases.entry(within).or_default().push(index);
                    }
                }
                _ => {}
            }
        }
        file
    }

    pub(super) fn definition(&self, index: u32) -> Option<&Definition> {
        self.outline.definitions.get(index as usize)
    }

    /// The definitions of a name, in the order of the text.
    pub(super) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = (u32, &'a Definition)> {
        let list = self.defined.get(name).map_or(&[][..], Vec::as_slice);
        list.iter()
            .filter_map(|&index| Some((index, self.definition(index)?)))
    }

    pub(super) fn bindings<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Binding> {
        let list = self.bound.get(name).map_or(&[][..], Vec::as_slice);
        list.iter()
            .filter_map(|&index| self.outline.bindings.get(index as usize))
    }

    pub(super) fn imports<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Reference> {
        let list = self.imported.get(name).map_or(&[][..], Vec::as_slice);
        list.iter()
            .filter_map(|&index| self.outline.references.get(index as usize))
    }

    pub(super) fn bases(&self, index: u32) -> impl Iterator<Item = &Reference> {
        let list = self.bases.get(&index).map_or(&[][..], Vec::as_slice);
        list.iter()
            .filter_map(|&index| self.outline.references.get(index as usize))
    }

    /// The definitions around, innermost first.
    pub(super) fn chain(&self, within: Option<u32>) -> impl Iterator<Item = u32> {
        let mut at = within;
        std::iter::from_fn(move || {
            let index = at?;
            at = self
                .definition(index)?
                .parent
                .filter(|parent| *parent < index);
            Some(index)
        })
    }
}

/// Whether it is a type with members.
pub(super) fn is_type(kind: SymbolKind) -> bool {
    use SymbolKind::*;
    matches!(kind, Class | Struct | Enum | Interface | Trait | TypeAlias)
}

pub(super) fn is_callable(kind: SymbolKind) -> bool {
    use SymbolKind::*;
    matches!(kind, Function | Method | Macro | Test)
}
