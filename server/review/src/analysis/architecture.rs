//! Architecture: imports that close a circle, imports against the layers that `obelus.toml` declares, and imports of what
//! another part of the code keeps to itself.
//!
//! Only imports on changed lines are judged, and only those that surely lead to one file.

use std::collections::{HashMap, HashSet, VecDeque};

use base::{Category, Evidence, Reference, ReferenceKind, RelPath, Severity, Span};

use super::{Around, Remark};
use crate::checks::{About, Draft};
use crate::context::{Resolver, is_test_path};
use crate::semantic::ChangedFile;

const CYCLE: &str = "analysis/import-cycle";
const LAYER: &str = "analysis/layer-crossed";
const INTERNAL: &str = "analysis/internal-used";

pub(super) const ABOUT: &[About] = &[
    About {
        id: CYCLE,
        category: Category::Maintainability,
        severity: Severity::Info,
        confidence: 0.8,
        title: "This import closes a circle",
        why: "The file that is imported leads back to this one. In Python and JavaScript whichever is loaded first sees \
              the other half-made, and the parts can no longer be understood or tested one by one. Move what both need \
              into a third file, or turn one direction round.",
        bad: "# orders.py\nfrom customers import Customer  # customers.py imports orders\n",
        good: "# both import the third\nfrom models import Customer, Order\n",
        cwe: Some(1047),
        references: &[],
    },
    About {
        id: LAYER,
        category: Category::Maintainability,
        severity: Severity::Warning,
        confidence: 0.9,
        title: "This import crosses a layer that it may not",
        why: "`layers` in `obelus.toml` says which part of the code may use which, and this import goes another way. Use \
              what the layer may use, or change the declaration in the same change and say why.",
        bad: "# obelus.toml: the layer `domain` uses nothing\n# src/domain/order.py\nfrom src.web import session\n",
        good: "# src/domain/order.py\nfrom src.domain import clock\n",
        cwe: Some(1054),
        references: &[],
    },
    About {
        id: INTERNAL,
        category: Category::Maintainability,
        severity: Severity::Hint,
        confidence: 0.75,
        title: "This imports what another part of the code keeps to itself",
        why: "The folder or file is named internal or private, and until now nothing outside its own part used it. From now \
              on whoever changes it has to think of this place as well. Use what that part offers, or have it offer this.",
        bad: "// web/session.ts\nimport { hash } from \"../auth/internal/hash\";\n",
        good: "// web/session.ts\nimport { hash } from \"../auth\";\n",
        cwe: Some(1054),
        references: &[],
    },
];

/// How sure it must be where an import leads.
const SURE: f32 = 0.9;
/// Files that are looked into on the way back.
const MAX_FILES: usize = 400;
/// Other imports of a file from which it is looked whether they lead to the same place.
const MAX_OTHERS: usize = 40;

pub(super) fn check(around: &Around<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let resolver = around.resolver();
    let mut circles: HashSet<Vec<String>> = HashSet::new();
    let mut graph = Graph {
        around,
        resolver,
        known: HashMap::new(),
    };
    for file in &around.semantic.files {
        if around.cancel.is_cancelled() {
            break;
        }
        let mut told = HashSet::new();
        for import in added_imports(file) {
            let Some(target) = graph.leads_to(file.path(), import) else {
                continue;
            };
            if target == *file.path() || !told.insert(target.clone()) {
                continue;
            }
            remarks.extend(crossed(around, file, import, &target));
            remarks.extend(inside(&graph, file, import, &target));
            if is_loaded_in_order(file) && !was_imported(&mut graph, file, &target) {
                remarks.extend(circle(&mut graph, file, import, &target, &mut circles));
            }
        }
    }
    remarks
}

/// Imports at the top of the file, on lines that the change added.
fn added_imports(file: &ChangedFile) -> impl Iterator<Item = &Reference> {
    file.new.outline.references.iter().filter(|one| {
        one.kind == ReferenceKind::Import
            && file.new.is_changed(one.span)
            && counts(one, file.new.text.as_ref().map_or("", base::Text::as_str))
    })
}

/// Imports inside functions, of types only, or under a condition do not run when the file is loaded.
fn counts(import: &Reference, text: &str) -> bool {
    let start = text
        .get(..import.span.start as usize)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or_default();
    let first = line.trim_start_matches('\t');
    import.within.is_none()
        && !first.starts_with("import type")
        && !first.starts_with("export type")
        && !(line.starts_with([' ', '\t'])
            && (first.trim_start().starts_with("from ")
                || first.trim_start().starts_with("import ")))
}

/// Languages in which the order of loading matters.
fn is_loaded_in_order(file: &ChangedFile) -> bool {
    // Declarations are never loaded.
    if file.path().file_name().ends_with(".d.ts") {
        return false;
    }
    file.new.language().is_some_and(|language| {
        matches!(
            language.name(),
            "python" | "javascript" | "typescript" | "tsx"
        )
    })
}

/// Whether the old side of the file led there already: then this change closed nothing.
fn was_imported(graph: &mut Graph<'_, '_>, file: &ChangedFile, target: &RelPath) -> bool {
    let old: Vec<Reference> = file
        .old
        .outline
        .references
        .iter()
        .filter(|one| one.kind == ReferenceKind::Import)
        .cloned()
        .collect();
    old.iter()
        .any(|import| graph.leads_to(file.path(), import).as_ref() == Some(target))
}

fn crossed(
    around: &Around<'_>,
    file: &ChangedFile,
    import: &Reference,
    target: &RelPath,
) -> Option<Remark> {
    let (from, to) = (
        around.settings.layer_of(file.path())?,
        around.settings.layer_of(target)?,
    );
    if from.name == to.name || from.uses.contains(&to.name) {
        return None;
    }
    let may = match from.uses.as_slice() {
        [] => "nothing else".to_owned(),
        uses => format!("only {}", uses.join(", ")),
    };
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(LAYER, import.span).titled(format!(
            "The layer `{}` may not import from `{}`",
            from.name, to.name
        )),
        message: format!(
            "This imports {target}, which belongs to the layer `{}`. `obelus.toml` says that `{}` uses {may}; use that, or \
             change the declaration and say why.",
            to.name, from.name
        ),
        evidence: vec![top_of(around, target, "belongs to the other layer")?],
        elsewhere: None,
    })
}

/// Folders that say that they are nobody else's business.
const PRIVATE: &[&str] = &[
    "internal",
    "internals",
    "_internal",
    "private",
    "_private",
    "impl",
    "_impl",
];

/// The part of the code that keeps the file at `path` to itself: what is above the first private folder, or around a
/// module of Python that begins with an underscore.
fn kept_by(path: &RelPath) -> Option<&str> {
    let folder = path.parent().unwrap_or("");
    let mut at = 0;
    for part in folder.split('/') {
        let is_private = PRIVATE.contains(&part)
            || path.extension() == Some("py") && part.starts_with('_') && !part.starts_with("__");
        if is_private {
            return Some(folder.get(..at).unwrap_or_default().trim_end_matches('/'));
        }
        at += part.len() + 1;
    }
    let name = path.file_name();
    let is_module = name.ends_with(".py") && name.starts_with('_') && !name.starts_with("__");
    is_module.then_some(folder)
}

fn is_within(path: &RelPath, folder: &str) -> bool {
    folder.is_empty()
        || path
            .as_str()
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Java and Kotlin keep one package in several roots of source: it is the folders below them that say whose a file is.
fn is_of_package(path: &RelPath, owner: &str) -> bool {
    let package = |folder: &str| {
        ["/java/", "/kotlin/", "/scala/"]
            .iter()
            .find_map(|root| folder.split_once(root))
            .map(|(_, package)| package.to_owned())
    };
    let (Some(ours), Some(theirs)) = (package(path.as_str()), package(owner)) else {
        return false;
    };
    ours.strip_prefix(theirs.as_str())
        .is_some_and(|rest| rest.starts_with('/'))
}

fn inside(
    graph: &Graph<'_, '_>,
    file: &ChangedFile,
    import: &Reference,
    target: &RelPath,
) -> Option<Remark> {
    let around = graph.around;
    let owner = kept_by(target)?;
    if is_within(file.path(), owner)
        || is_of_package(file.path(), owner)
        || is_test_path(file.path())
        || is_test_path(target)
    {
        return None;
    }
    // Languages that keep it apart themselves need no remark.
    if matches!(target.extension(), Some("rs" | "go")) {
        return None;
    }
    let others = around.index.references(&import.name, MAX_FILES);
    let is_used = others.iter().any(|other| {
        other.path != *file.path()
            && !is_within(&other.path, owner)
            && !is_test_path(&other.path)
            && other.reference.kind == ReferenceKind::Import
    });
    if is_used || was_there(file, import) || knows_inside(graph, file, owner) {
        return None;
    }
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(INTERNAL, import.span)
            .titled(format!("`{}` is internal to {owner}", import.name)),
        message: format!(
            "This is the first import of `{}` from outside {owner}, which keeps {target} to itself. Use what {owner} offers, \
             or have it offer this.",
            import.name
        ),
        evidence: vec![top_of(around, target, "is kept there")?],
        elsewhere: None,
    })
}

/// Whether the file already imported something else that the same part keeps to itself: then they are close.
fn knows_inside(graph: &Graph<'_, '_>, file: &ChangedFile, owner: &str) -> bool {
    let imports = file.new.outline.references.iter();
    imports
        .filter(|one| one.kind == ReferenceKind::Import && !file.new.is_changed(one.span))
        .filter_map(|one| graph.leads_to(file.path(), one))
        .any(|target| kept_by(&target) == Some(owner))
}

/// Whether the old side of the file imported the same name.
fn was_there(file: &ChangedFile, import: &Reference) -> bool {
    let mut old = file.old.outline.references.iter();
    old.any(|one| one.kind == ReferenceKind::Import && one.name == import.name)
}

fn circle(
    graph: &mut Graph<'_, '_>,
    file: &ChangedFile,
    import: &Reference,
    target: &RelPath,
    told: &mut HashSet<Vec<String>>,
) -> Option<Remark> {
    // Tests are loaded one by one.
    if is_test_path(file.path()) {
        return None;
    }
    let way = graph.way_back(target, file.path(), None)?;
    // Those who were in one circle before are no worse off for another way.
    let others = graph.imports(file.path());
    let others = others
        .iter()
        .filter(|step| !file.new.is_changed(step.span) && step.to != *target);
    for step in others.take(MAX_OTHERS) {
        if graph
            .way_back(&step.to, target, Some(file.path()))
            .is_some()
        {
            return None;
        }
    }
    // Each import of a circle that is new as a whole closes it.
    let mut members: Vec<String> = way.iter().map(|step| step.from.to_string()).collect();
    members.push(file.path().to_string());
    members.sort();
    members.dedup();
    if !told.insert(members) {
        return None;
    }
    let evidence = way
        .iter()
        .map(|step| Evidence {
            path: step.from.clone(),
            span: step.span,
            note: format!("imports {}", step.to),
        })
        .collect();
    let mut names = vec![file.path().as_str(), target.as_str()];
    names.extend(way.iter().map(|step| step.to.as_str()));
    Some(Remark {
        path: file.path().clone(),
        draft: Draft::new(CYCLE, import.span).titled(format!(
            "This import closes a circle of {} files",
            way.len() + 1
        )),
        message: format!(
            "{}. Whichever is loaded first sees the others half-made; move what they share into a file of its own, or turn \
             one import round.",
            names.join(" → ")
        ),
        evidence,
        elsewhere: None,
    })
}

fn top_of(around: &Around<'_>, path: &RelPath, note: &str) -> Option<Evidence> {
    let text = around.text(path)?;
    Some(Evidence {
        path: path.clone(),
        span: text.lines().line_span(0).unwrap_or(Span::new(0, 0)),
        note: note.to_owned(),
    })
}

/// One import on the way round.
#[derive(Clone)]
struct Step {
    from: RelPath,
    span: Span,
    to: RelPath,
}

/// Which file imports which, found out as far as it is asked for.
struct Graph<'a, 'b> {
    around: &'b Around<'a>,
    resolver: Resolver<'a>,
    known: HashMap<RelPath, Vec<Step>>,
}

impl Graph<'_, '_> {
    /// The one file that an import surely leads to.
    fn leads_to(&self, path: &RelPath, import: &Reference) -> Option<RelPath> {
        let found = self.resolver.definitions_of(path, import);
        let best = found
            .first()
            .filter(|best| best.confidence >= SURE && !best.ambiguous)?;
        Some(best.definition.path.clone())
    }

    fn imports(&mut self, path: &RelPath) -> Vec<Step> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let mut steps: Vec<Step> = Vec::new();
        if let Some(file) = self.around.index.outline(path)
            && let Some(text) = self.around.text_as_indexed(path, file.hash)
        {
            for import in &file.outline.references {
                if import.kind != ReferenceKind::Import || !counts(import, text.as_str()) {
                    continue;
                }
                if let Some(to) = self.leads_to(path, import)
                    && to != *path
                    && !steps.iter().any(|step| step.to == to)
                {
                    steps.push(Step {
                        from: path.clone(),
                        span: import.span,
                        to,
                    });
                }
            }
        }
        self.known.insert(path.clone(), steps.clone());
        steps
    }

    /// The shortest way from one file to another, which may have to go past a third.
    fn way_back(
        &mut self,
        from: &RelPath,
        to: &RelPath,
        not_through: Option<&RelPath>,
    ) -> Option<Vec<Step>> {
        let mut came: HashMap<RelPath, Step> = HashMap::new();
        let mut queue = VecDeque::from([(from.clone(), 0)]);
        let mut seen = HashSet::from([from.clone()]);
        seen.extend(not_through.cloned());
        while let Some((path, depth)) = queue.pop_front() {
            if depth + 1 >= self.around.settings.limits.cycle_files
                || seen.len() > MAX_FILES
                || self.around.cancel.is_cancelled()
            {
                return None;
            }
            for step in self.imports(&path) {
                if step.to == *to {
                    let mut way = vec![step];
                    while let Some(before) = way.last().and_then(|step| came.get(&step.from)) {
                        way.push(before.clone());
                    }
                    way.reverse();
                    return Some(way);
                }
                if seen.insert(step.to.clone()) {
                    came.insert(step.to.clone(), step.clone());
                    queue.push_back((step.to.clone(), depth + 1));
                }
            }
        }
        None
    }
}
