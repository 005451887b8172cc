//! Which definition a mention leads to, and who mentions a definition, as far as the texts of the workspace tell.
//!
//! Scope comes first (locals, parameters, the file, the enclosing type), then imports, then the type of what a member is
//! asked of (declared, given, returned, inherited), then nearness among definitions of the same name. Nothing is run
//! and no language server is asked: dynamic dispatch, reflection and names made at run time stay unknown. Each answer
//! says how sure it is, and whether others are as likely.

mod chain;
mod eval;
mod file;
mod generics;
mod imports;
mod names;
#[cfg(test)]
mod tests;
mod types;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use base::search::{FileOutline, FoundDefinition, FoundReference, Index};
use base::{At, ContentHash, Outline, Reference, ReferenceKind, RelPath, Repo, SymbolKind};

use eval::{Spot, Value};
use file::{Def, Family, File};

/// Files in which the definitions of one name are looked for.
const MAX_DEFINITIONS: usize = 200;
/// Definitions of a name above which nothing but its type tells which is meant.
const MAX_NEAR: usize = 50;
/// Steps that one question may take.
const FUEL: u32 = 600;
/// Below this an answer is one of several, or a guess.
const SURE: f32 = 0.5;

/// A definition and how likely it is the one that was meant.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The definition.
    pub definition: FoundDefinition,
    /// From 0 to 1.
    pub confidence: f32,
    /// Others are as likely, or nothing but its name speaks for it.
    pub ambiguous: bool,
}

/// A mention of a symbol and how likely the symbol is the one that was meant.
#[derive(Clone, Debug)]
pub struct User {
    /// The mention.
    pub mention: FoundReference,
    /// From 0 to 1.
    pub confidence: f32,
    /// It may as well mean another.
    pub ambiguous: bool,
}

/// Answers questions about one state of a workspace, and remembers what it looked up.
pub struct Resolver<'a> {
    index: &'a dyn Index,
    files: RefCell<HashMap<RelPath, Option<Rc<File>>>>,
    definitions: RefCell<HashMap<String, Rc<Vec<FoundDefinition>>>>,
    /// Every file there is, in order.
    all: OnceCell<Vec<RelPath>>,
    by_stem: OnceCell<HashMap<String, Vec<RelPath>>>,
    folders: OnceCell<HashSet<String>>,
    aliases: Vec<imports::Alias>,
    fuel: Cell<u32>,
}

/// What is known of a mention.
enum Known {
    /// It leads here.
    To(Vec<Def>),
    /// To nothing in the workspace.
    Outside,
    /// Nothing but its name is known.
    Unknown,
}

impl<'a> Resolver<'a> {
    /// A resolver over what `index` knows now.
    pub fn new(index: &'a dyn Index) -> Self {
        Self {
            index,
            files: RefCell::default(),
            definitions: RefCell::default(),
            all: OnceCell::new(),
            by_stem: OnceCell::new(),
            folders: OnceCell::new(),
            aliases: Vec::new(),
            fuel: Cell::new(FUEL),
        }
    }

    /// With the names that the workspace's own `tsconfig.json` or `jsconfig.json` gives its folders.
    #[must_use]
    pub fn configured(mut self, repo: &dyn Repo, at: &At) -> Self {
        for name in ["tsconfig.json", "tsconfig.base.json", "jsconfig.json"] {
            let text = RelPath::new(name)
                .ok()
                .and_then(|path| repo.text(&path, at).ok()?);
            if let Some(text) = text {
                self.aliases.extend(imports::aliases("", text.as_str()));
            }
        }
        self
    }

    /// Takes this outline for the file at `path`, whatever the index knows of it.
    pub fn know(&self, path: &RelPath, hash: ContentHash, outline: &Outline) {
        let file = Rc::new(File::new(Arc::new(FileOutline {
            path: path.clone(),
            hash,
            language: None,
            outline: outline.clone(),
        })));
        self.files.borrow_mut().insert(path.clone(), Some(file));
    }

    /// The definitions that `mention` in the file at `path` may lead to, likeliest first. Empty where the workspace
    /// defines no such name, or where the mention surely means something from outside.
    pub fn definitions_of(&self, path: &RelPath, mention: &Reference) -> Vec<Resolved> {
        let Some(file) = self.file(path) else {
            return Vec::new();
        };
        self.fuel.set(FUEL);
        match self.known(&file, mention) {
            Known::To(defs) => {
                let mut found: Vec<Resolved> = Vec::new();
                let confidence = match defs.len() {
                    1 => 0.95,
                    count => 0.95 / count as f32,
                };
                for def in &defs {
                    found.extend(def.found().map(|definition| Resolved {
                        definition,
                        confidence: confidence.max(0.3),
                        ambiguous: defs.len() > 1,
                    }));
                }
                found
            }
            Known::Outside => Vec::new(),
            Known::Unknown => self.by_name(&file, mention),
        }
    }

    /// The mentions that lead to a definition (which may be gone: then by its name and file), likeliest first. A call
    /// through a type that it is inherited from or by counts, less surely. `limit`: files that are looked into.
    pub fn callers_of(
        &self,
        path: &RelPath,
        qualified: &[String],
        kind: SymbolKind,
        limit: usize,
    ) -> Vec<User> {
        let Some(name) = qualified.last() else {
            return Vec::new();
        };
        let is_it = |other: &FoundDefinition| other.path == *path && other.qualified == *qualified;
        let symbol = self
            .defined(name)
            .iter()
            .find(|it| is_it(it))
            .and_then(|it| self.def(it));
        let family = Family::of(path);
        let class = symbol.as_ref().and_then(|it| self.class_of(it));
        let ancestors = class
            .as_ref()
            .map(|class| self.ancestors(class))
            .unwrap_or_default();
        let mut found = Vec::new();
        for mention in self.mentions(name, limit) {
            if !fits(mention.reference.kind, kind) || Family::of(&mention.path) != family {
                continue;
            }
            let resolved = self.definitions_of(&mention.path, &mention.reference);
            let (confidence, ambiguous) = match resolved.iter().find(|it| is_it(&it.definition)) {
                Some(it) => (it.confidence, it.ambiguous),
                None if symbol.is_none() => {
                    // It is gone: whoever meant it finds nothing that is nearer.
                    let Some(file) = self.file(&mention.path) else {
                        continue;
                    };
                    let was = names::nearness(&file, &mention.reference, path, qualified, kind);
                    let nearest = resolved.first().map_or(0.0, |first| first.confidence);
                    if was <= nearest {
                        continue;
                    }
                    (was, false)
                }
                None => {
                    let Some(class) = &class else { continue };
                    let related = resolved.iter().find(|it| {
                        it.confidence >= SURE
                            && self
                                .def(&it.definition)
                                .and_then(|def| self.class_of(&def))
                                .is_some_and(|other| {
                                    ancestors.iter().any(|it| it.is(&other))
                                        || self.ancestors(&other).iter().any(|it| it.is(class))
                                })
                    });
                    match related {
                        Some(it) => (it.confidence * 0.85, it.ambiguous),
                        None => continue,
                    }
                }
            };
            found.push(User {
                mention,
                confidence,
                ambiguous,
            });
        }
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found
    }

    /// Mentions of a name, and of the names that imports give it.
    fn mentions(&self, name: &str, limit: usize) -> Vec<FoundReference> {
        let mut found = self.index.references(name, limit);
        let aliases: HashSet<(RelPath, String)> = found
            .iter()
            .filter(|it| it.reference.kind == ReferenceKind::Import)
            .filter_map(|it| Some((it.path.clone(), it.reference.alias.clone()?)))
            .filter(|(_, alias)| alias != name)
            .take(50)
            .collect();
        for (file, alias) in aliases {
            let more = self.file(&file).map(|file| {
                let references = (0u32..).zip(&file.outline.references);
                references
                    .filter(|(_, it)| it.name == alias && it.qualifier.is_none())
                    .map(|(index, reference)| FoundReference {
                        path: file.path.clone(),
                        hash: file.hash,
                        index,
                        reference: reference.clone(),
                        within: reference
                            .within
                            .map(|within| file.outline.qualified(within))
                            .unwrap_or_default()
                            .into_iter()
                            .map(str::to_owned)
                            .collect(),
                    })
                    .collect::<Vec<_>>()
            });
            found.extend(more.unwrap_or_default());
        }
        found
    }

    fn class_of(&self, def: &Def) -> Option<Def> {
        let parent = def
            .parent()
            .filter(|it| it.get().is_some_and(|it| file::is_type(it.kind)));
        parent.or_else(|| self.type_named(def.get()?.owner.as_deref()?, &def.file, 0))
    }

    fn ancestors(&self, class: &Def) -> Vec<Def> {
        self.fuel.set(FUEL);
        self.with_bases(class, 0)
    }

    /// What scope, imports and types say.
    fn known(&self, file: &Rc<File>, mention: &Reference) -> Known {
        let spot = Spot {
            file: Rc::clone(file),
            within: mention.within,
            at: mention.span.start,
        };
        let fitting = |defs: Vec<Def>| -> Vec<Def> {
            let mut kept: Vec<Def> = Vec::new();
            for def in defs {
                let fits = def.get().is_some_and(|it| fits(mention.kind, it.kind));
                // Overloads and parts of one definition are one.
                let is_new = !kept.iter().any(|it| {
                    it.file.path == def.file.path
                        && it.file.outline.qualified(it.index)
                            == def.file.outline.qualified(def.index)
                });
                if fits && is_new {
                    kept.push(def);
                }
            }
            kept
        };
        if mention.kind == ReferenceKind::Import {
            return match self.imported(file, mention, 0) {
                Some(Value::Static(def) | Value::Callable(def) | Value::Variable(def)) => {
                    Known::To(vec![def])
                }
                Some(_) => Known::Outside,
                None if matches!(file.family, Family::Script | Family::Python) => Known::Outside,
                None => Known::Unknown,
            };
        }
        let Some(qualifier) = &mention.qualifier else {
            return self.plain(mention, &spot, fitting);
        };
        match self.eval(qualifier, &spot, 0) {
            Some(Value::External) => Known::Outside,
            Some(value) => {
                let defs = fitting(self.members(&value, &mention.name, 0));
                if !defs.is_empty() {
                    return Known::To(defs);
                }
                let (classes, external) = self.classes(&value, 0);
                let is_module = matches!(value, Value::Module(_) | Value::Folder(_));
                // Its type is known and has no such member, or one that it has from outside.
                match (classes.is_empty(), external || is_module) {
                    (_, true) => Known::Outside,
                    (false, false) if file.family == Family::Script => Known::Outside,
                    _ => Known::Unknown,
                }
            }
            None => Known::Unknown,
        }
    }

    /// A name that stands alone.
    fn plain(
        &self,
        mention: &Reference,
        spot: &Spot,
        fitting: impl Fn(Vec<Def>) -> Vec<Def>,
    ) -> Known {
        let (file, name) = (&spot.file, mention.name.as_str());
        // A type and a value of one name may both be in scope.
        let at = fitting(
            file.named(name)
                .filter(|(_, it)| it.parent.is_none() && it.owner.is_none())
                .filter(|(_, it)| !eval::is_unnamed(file, it))
                .map(|(index, _)| Def {
                    file: Rc::clone(file),
                    index,
                })
                .collect(),
        );
        if let Some(def) = self.in_scope(name, file, mention.within) {
            let found = fitting(vec![def]);
            if !found.is_empty() {
                return Known::To(found);
            }
        }
        if !at.is_empty() {
            return Known::To(at.into_iter().take(1).collect());
        }
        if file.family.has_implicit_self() {
            let object = self.eval("this", spot, 0);
            let found = object.map(|object| self.members(&object, name, 0));
            let found = fitting(found.unwrap_or_default());
            if !found.is_empty() {
                return Known::To(found);
            }
        }
        let mut outside = false;
        for import in file.imports(name) {
            match self.imported(file, import, 0) {
                Some(Value::Static(def) | Value::Callable(def) | Value::Variable(def)) => {
                    return Known::To(vec![def]);
                }
                Some(Value::External) => outside = true,
                _ => {}
            }
        }
        if outside {
            return Known::Outside;
        }
        let found = fitting(self.passed_on(file, name, 0).into_iter().collect());
        if !found.is_empty() {
            return Known::To(found);
        }
        if file.family.shares_folder() {
            let folder = file.path.parent().unwrap_or("");
            let found = fitting(self.in_folder(folder, file.family, name));
            if !found.is_empty() {
                return Known::To(found);
            }
        }
        // What no import brings is the language's own, or a global.
        let is_own = file.family.imports_all()
            && file.imports(name).next().is_none()
            && !self.is_script_global(file);
        if is_own {
            Known::Outside
        } else {
            Known::Unknown
        }
    }

    /// A script without imports shares its names with others: a page, a folder of tests, declarations.
    fn is_script_global(&self, file: &File) -> bool {
        file.family == Family::Script
            && !file
                .outline
                .references
                .iter()
                .any(|it| it.kind == ReferenceKind::Import)
    }

    /// By nothing but the name and how near its definitions are.
    fn by_name(&self, file: &Rc<File>, mention: &Reference) -> Vec<Resolved> {
        let alias = file
            .imports(&mention.name)
            .find(|it| it.alias.is_some() && mention.qualifier.is_none());
        let name = alias.map_or(mention.name.as_str(), |import| import.name.as_str());
        let all = self.defined(name);
        let candidates: Vec<&FoundDefinition> = all
            .iter()
            .filter(|found| {
                fits(mention.kind, found.definition.kind)
                    && Family::of(&found.path) == file.family
                    // A member is asked of something, a function is not.
                    && (file.family != Family::Script
                        || mention.qualifier.is_some() == (found.qualified.len() > 1))
            })
            .take(MAX_NEAR)
            .collect();
        let scored = candidates
            .into_iter()
            .map(|found| {
                let kind = found.definition.kind;
                let score = names::nearness(file, mention, &found.path, &found.qualified, kind);
                (found.clone(), score)
            })
            .collect();
        names::settle(scored, names::is_common(name))
    }

    /// A file by its path.
    fn file(&self, path: &RelPath) -> Option<Rc<File>> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let outline = self.index.outline(path);
        let file = outline.map(|it| Rc::new(File::new(it)));
        self.files.borrow_mut().insert(path.clone(), file.clone());
        file
    }

    fn def(&self, found: &FoundDefinition) -> Option<Def> {
        let file = self.file(&found.path)?;
        let same = file.definition(found.index)?.name == found.definition.name;
        same.then_some(Def {
            file,
            index: found.index,
        })
    }

    /// The definitions of a name.
    fn defined(&self, name: &str) -> Rc<Vec<FoundDefinition>> {
        if let Some(known) = self.definitions.borrow().get(name) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.index.definitions(name, MAX_DEFINITIONS));
        self.definitions
            .borrow_mut()
            .insert(name.to_owned(), Rc::clone(&found));
        found
    }

    /// The files of the workspace, in order.
    pub(super) fn all(&self) -> &[RelPath] {
        self.all.get_or_init(|| {
            let files = self.index.files().into_iter();
            let mut all: Vec<RelPath> = files.map(|(path, _)| path).collect();
            all.sort_unstable();
            all
        })
    }

    /// The files whose name, or folder for a package's first file, is `stem`.
    fn files_called(&self, stem: &str) -> &[RelPath] {
        let by_stem = self.by_stem.get_or_init(|| {
            let mut by_stem: HashMap<String, Vec<RelPath>> = HashMap::new();
            for path in self.all() {
                if Family::of(path) != Family::Other
                    && let Some(stem) = names::segments(path).iter().rev().find(|it| **it != "src")
                {
                    by_stem
                        .entry((*stem).to_owned())
                        .or_default()
                        .push(path.clone());
                }
            }
            by_stem
        });
        by_stem.get(stem).map_or(&[], Vec::as_slice)
    }

    fn is_folder(&self, folder: &str) -> bool {
        let folders = self.folders.get_or_init(|| {
            let folders = self.all().iter().filter_map(|path| path.parent());
            folders.map(str::to_owned).collect()
        });
        folders.contains(folder)
    }

    /// Whether an import brings a dotted module that starts with `name`.
    fn is_package_head(&self, file: &File, name: &str) -> bool {
        file.outline.references.iter().any(|it| {
            it.kind == ReferenceKind::Import
                && it.alias.is_none()
                && it
                    .from
                    .as_deref()
                    .is_some_and(|from| from.split('.').next() == Some(name))
        })
    }

    /// Takes a step of the budget; `false` where none is left.
    fn spend(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }
}

/// The mentions of a definition, each with how surely it means it; see [`Resolver::callers_of`].
pub(crate) fn users(
    index: &dyn Index,
    path: &RelPath,
    qualified: &[String],
    kind: SymbolKind,
    limit: usize,
) -> Vec<(FoundReference, f32)> {
    let found = Resolver::new(index).callers_of(path, qualified, kind, limit);
    found
        .into_iter()
        .map(|user| (user.mention, user.confidence))
        .collect()
}

/// Whether something of this kind can be mentioned in this way.
fn fits(mention: ReferenceKind, kind: SymbolKind) -> bool {
    use SymbolKind::*;
    let is_type = file::is_type(kind);
    match mention {
        // A class is called in Python and Kotlin; a field or variable may hold a function.
        ReferenceKind::Call => !matches!(kind, Section | Key | Interface | Trait | Module),
        ReferenceKind::New => is_type || kind == Method || kind == Function,
        ReferenceKind::Type => is_type || kind == Module || kind == Object,
        ReferenceKind::Inherit => is_type,
        ReferenceKind::Import | ReferenceKind::Use => !matches!(kind, Section | Key),
    }
}
