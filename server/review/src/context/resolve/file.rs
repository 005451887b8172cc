//! A file of the workspace as resolution asks for it: by name, with its imports and its bindings at hand.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use base::search::{FileOutline, FoundDefinition};
use base::{
    Binding, ContentHash, Definition, Outline, Reference, ReferenceKind, RelPath, SymbolKind,
};

/// A file's outline and the ways to look its names up. Most files are asked for one name or none, so each way is made
/// when it is first needed.
pub(super) struct File {
    pub(super) path: RelPath,
    pub(super) hash: ContentHash,
    pub(super) outline: Shared,
    pub(super) family: Family,
    defined: OnceCell<Vec<u32>>,
    bound: OnceCell<Vec<u32>>,
    /// By the name that an import is known by here.
    imported: Vec<u32>,
    /// Imports of everything, and what is passed on as it is.
    pub(super) stars: Vec<u32>,
    /// Base types as mentioned, by the definition they stand in.
    bases: HashMap<u32, Vec<u32>>,
}

/// An outline as the index holds it.
pub(super) struct Shared(Arc<FileOutline>);

impl Deref for Shared {
    type Target = Outline;

    fn deref(&self) -> &Outline {
        &self.0.outline
    }
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
    pub(super) fn new(source: Arc<FileOutline>) -> Self {
        let outline = &source.outline;
        let (mut imported, mut stars) = (Vec::new(), Vec::new());
        let mut bases: HashMap<u32, Vec<u32>> = HashMap::new();
        for (index, reference) in (0u32..).zip(&outline.references) {
            match reference.kind {
                ReferenceKind::Import if reference.name == "*" && reference.alias.is_none() => {
                    stars.push(index);
                }
                ReferenceKind::Import => imported.push(index),
                ReferenceKind::Inherit => {
                    if let Some(within) = reference.within {
                        bases.entry(within).or_default().push(index);
                    }
                }
                _ => {}
            }
        }
        imported.sort_by_key(|&index| known_as(outline, index));
        Self {
            path: source.path.clone(),
            hash: source.hash,
            family: Family::of(&source.path),
            defined: OnceCell::new(),
            bound: OnceCell::new(),
            imported,
            stars,
            bases,
            outline: Shared(source),
        }
    }

    pub(super) fn definition(&self, index: u32) -> Option<&Definition> {
        self.outline.definitions.get(index as usize)
    }

    /// The definitions of a name, in the order of the text.
    pub(super) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = (u32, &'a Definition)> {
        let definitions = &self.outline.definitions;
        let of = |index: u32| definitions.get(index as usize).map_or("", |it| &it.name);
        let all = self.defined.get_or_init(|| by_name(definitions.len(), of));
        called(all, name, of)
            .iter()
            .filter_map(|&index| Some((index, self.definition(index)?)))
    }

    pub(super) fn bindings<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Binding> {
        let bindings = &self.outline.bindings;
        let of = |index: u32| bindings.get(index as usize).map_or("", |it| &it.name);
        let all = self.bound.get_or_init(|| by_name(bindings.len(), of));
        called(all, name, of)
            .iter()
            .filter_map(|&index| self.outline.bindings.get(index as usize))
    }

    pub(super) fn imports<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Reference> {
        called(&self.imported, name, |index| known_as(&self.outline, index))
            .iter()
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

/// The numbers below `count` in the order of their names; those of one name in their own.
fn by_name<'a>(count: usize, of: impl Fn(u32) -> &'a str) -> Vec<u32> {
    let mut all: Vec<u32> = (0..count as u32).collect();
    all.sort_by_key(|&index| of(index));
    all
}

/// Those of `all`, which are in the order of their names, that are called `name`.
fn called<'a, 'b>(all: &'b [u32], name: &str, of: impl Fn(u32) -> &'a str) -> &'b [u32] {
    let start = all.partition_point(|&index| of(index) < name);
    let rest = &all[start..];
    &rest[..rest.partition_point(|&index| of(index) == name)]
}

/// What an import is known as in its file.
fn known_as(outline: &Outline, index: u32) -> &str {
    let import = outline.references.get(index as usize);
    import.map_or("", |it| it.alias.as_deref().unwrap_or(&it.name))
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
