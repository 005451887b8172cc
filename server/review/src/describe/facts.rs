//! What a change is, in facts that can be checked: the only thing that texts about a change are made from.
//!
//! The seam of this module. Everything said in a title, a body or a commit message, by the composer here or by a model,
//! has to be found in [`Facts`]: paths, names, counts. Nothing here is an opinion; what cannot be told from both texts
//! (why, for whom) is left out.

use base::{FileStatus, RelPath, SymbolKind};

use super::role::Role;

/// A change, in facts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The files, by path.
    pub files: Vec<FileFacts>,
    /// Lines added in all files whose lines were counted.
    pub additions: u64,
    /// Lines taken away.
    pub deletions: u64,
    /// Paths of [`Facts::files`] in the order in which they are best read; files that need no reading left out.
    pub order: Vec<RelPath>,
    /// Changed files that use what another changed file defines: user, definer, the name.
    pub uses: Vec<(RelPath, RelPath, String)>,
    /// Groups of files that nothing connects, the largest first; fewer than two where all belongs together.
    pub parts: Vec<Vec<RelPath>>,
}

/// One changed file.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Its path (the old one, where it is gone).
    pub path: RelPath,
    /// Where it was before, when that is another place.
    pub from: Option<RelPath>,
    /// What happened to it.
    pub status: FileStatus,
    /// What it is for.
    pub role: Role,
    /// Lines added and taken away; `None` where the lines were not looked at (binary, generated, too large).
    pub lines: Option<(u64, u64)>,
    /// How much of it is more than layout and comments.
    pub depth: Depth,
    /// What happened to its definitions, in their order.
    pub symbols: Vec<SymbolFact>,
    /// Dependencies that it names differently.
    pub dependencies: Vec<DependencyFact>,
    /// Commits that touched it before, and those of them that repaired something.
    pub churn: (u32, u32),
}

/// How deep a file's change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The text is the same: moved, or another mode.
    Same,
    /// Only white space and line breaks.
    Layout,
    /// Only comments, and perhaps layout.
    Comments,
    /// More, or not known.
    Content,
}

/// What happened to one definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolFact {
    /// Its full name on the new side (on the old side where it is gone).
    pub name: String,
    /// Its own last name.
    pub short: String,
    /// What it is.
    pub kind: SymbolKind,
    /// What its name is the title of, where it is no name but a sentence (`it("adds", …)`): `test`, `suite`.
    pub title: Option<&'static str>,
    /// It is code of a test.
    pub is_test: bool,
    /// It is seen from outside the project: exported, in a place that is not marked internal.
    pub is_public: bool,
    /// What happened.
    pub did: Did,
    /// Changed lines in it; ranks what is named first.
    pub weight: u64,
}

/// What happened to a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It was called so before.
    Renamed(String),
    /// It came from this file.
    MovedFrom(RelPath),
    /// It is in this file now.
    MovedTo(RelPath),
    /// Its signature differs; in what, where that can be said.
    Signature(Vec<Detail>),
    /// What it does differs.
    Behaviour,
    /// Only comments inside it differ.
    Comments,
    /// Only its layout differs.
    Layout,
}

/// How a signature differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A parameter more; whether every caller must give it.
    AddsParameter(String, bool),
    /// A parameter less.
    RemovesParameter(String),
    /// Returns another type.
    Returns(String),
    /// It became asynchronous, or no longer is.
    Async(bool),
    /// It can be seen from other files now, or no longer.
    Exported(bool),
}

/// A dependency that a manifest names differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyFact {
    /// Its name.
    pub name: String,
    /// The version before; `None` where it was not named or had none.
    pub before: Option<String>,
    /// The version after.
    pub after: Option<String>,
    /// What happened.
    pub did: DependencyDid,
}

/// What happened to a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyDid {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Another version.
    Updated,
}

impl SymbolFact {
    /// Whether it says something about what the code does.
    pub fn is_real(&self) -> bool {
        !matches!(self.did, Did::Comments | Did::Layout)
    }

    /// Whether code that uses it from outside may no longer work.
    pub fn may_break(&self) -> bool {
        self.is_public
            && !self.is_test
            && match &self.did {
                Did::Removed | Did::Renamed(_) => true,
                Did::Signature(details) => details.iter().any(|detail| match detail {
                    Detail::AddsParameter(_, required) => *required,
                    Detail::RemovesParameter(_) | Detail::Returns(_) | Detail::Async(_) => true,
                    Detail::Exported(exported) => !exported,
                }),
                _ => false,
            }
    }
}

impl FileFacts {
    /// Its definitions of which more than layout and comments differs.
    pub fn real(&self) -> impl Iterator<Item = &SymbolFact> {
        self.symbols.iter().filter(|symbol| symbol.is_real())
    }

    /// Lines added and taken away together.
    pub fn size(&self) -> u64 {
        self.lines
            .map_or(0, |(additions, deletions)| additions + deletions)
    }
}

impl Facts {
    /// The files with one role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &FileFacts> {
        self.files.iter().filter(move |file| file.role == role)
    }

    /// Whether every file has one of these roles (and there is one).
    pub fn only(&self, roles: &[Role]) -> bool {
        !self.files.is_empty() && self.files.iter().all(|file| roles.contains(&file.role))
    }

    /// The deepest change of any file.
    pub fn depth(&self) -> Depth {
        let depths = self.files.iter().map(|file| file.depth);
        depths.max().unwrap_or(Depth::Same)
    }

    /// Whether code that can be tested does something else.
    pub fn changes_behaviour(&self) -> bool {
        self.with_role(Role::Code)
            .any(|file| file.depth == Depth::Content)
    }

    /// Whether tests are part of it, also those that stand beside the code.
    pub fn has_tests(&self) -> bool {
        self.files.iter().any(|file| {
            file.depth == Depth::Content
                && (file.role == Role::Test || file.real().any(|symbol| symbol.is_test))
        })
    }
}
