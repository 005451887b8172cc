//! Where an import leads: from the words of an import to files of the workspace, and from there to what they pass on.
//!
//! Relative paths are followed exactly. Names of packages are not known here; what a project calls its own parts is
//! taken from `paths` of a tsconfig.json where the caller gives it, and otherwise told from folders of that name.

use std::rc::Rc;

use base::{Reference, RelPath, SymbolKind};

use super::file::{Def, Family, File};
use super::{Resolver, Value, names};

/// Files that one import may mean.
const MOST: usize = 8;
/// Files that pass a name on, one after the other.
const DEEPEST: usize = 8;

const SCRIPTS: &[&str] = &[
    ".ts",
    ".tsx",
    ".d.ts",
    ".js",
    ".jsx",
    ".mts",
    ".mjs",
    ".cjs",
    "/index.ts",
    "/index.tsx",
    "/index.d.ts",
    "/index.js",
    "/index.jsx",
    "/index.mjs",
    "",
];

/// What `paths` of a tsconfig.json calls a folder: `@utils/*` → `packages/utils/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    before: String,
    after: String,
    target: (String, String),
}

/// The `paths` of a tsconfig.json in `folder`. Comments and trailing commas are allowed there.
pub(super) fn aliases(folder: &str, text: &str) -> Vec<Alias> {
    let Ok(config) = serde_json::from_str::<serde_json::Value>(&plain_json(text)) else {
        return Vec::new();
    };
    let options = &config["compilerOptions"];
    let base = options["baseUrl"].as_str().unwrap_or(".");
    let mut found = Vec::new();
    for (name, targets) in options["paths"].as_object().into_iter().flatten() {
        for target in targets.as_array().into_iter().flatten() {
            let Some(target) = target.as_str() else {
                continue;
            };
            let star = |text: &str| -> (String, String) {
                let (before, after) = text.split_once('*').unwrap_or((text, ""));
                (before.to_owned(), after.to_owned())
            };
            let (before, after) = star(name);
            let (head, tail) = star(target);
            let slash = if head.ends_with('/') { "/" } else { "" };
            if let Some(head) = joined(folder, &format!("{base}/{head}")) {
                let head = if head.is_empty() { head } else { head + slash };
                found.push(Alias {
                    before,
                    after,
                    target: (head, tail),
                });
            }
        }
    }
    // The longest prefix is meant.
    found.sort_by_key(|alias| std::cmp::Reverse(alias.before.len()));
    found
}

/// JSON without comments and trailing commas.
fn plain_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match (c, chars.peek()) {
            ('/', Some('/')) => while chars.next_if(|c| *c != '\n').is_some() {},
            ('/', Some('*')) => {
                let mut before = ' ';
                for c in chars.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            ('}' | ']', _) => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(c);
            }
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// A path relative to a folder; `None` where it leaves the workspace.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Resolver<'_> {
    /// What an import brings; `Value::External` where it surely comes from outside.
    pub(super) fn imported(
        &self,
        file: &Rc<File>,
        import: &Reference,
        depth: usize,
    ) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let name = import.name.as_str();
        let from = import.from.as_deref().unwrap_or_default();
        match file.family {
            Family::Script => {
                let modules = self.script_modules(file, from);
                if modules.is_empty() {
                    return Some(Value::External);
                }
                modules.iter().find_map(|module| match name {
                    "*" => Some(Value::Module(Rc::clone(module))),
                    "default" => self.default(module, import),
                    name => self.passed_value(module, name, depth + 1),
                })
            }
            Family::Python => {
                if let Some(module) = self.python_module(file, from)
                    && let Some(def) = self.passed_on(&module, name, depth + 1)
                {
                    return Some(self.value_of(&def));
                }
                let whole = match from {
                    "" => name.to_owned(),
                    from if from.ends_with('.') => format!("{from}{name}"),
                    from => format!("{from}.{name}"),
                };
                match self.python_module(file, &whole) {
                    Some(module) => Some(Value::Module(module)),
                    None if self.python_module(file, from).is_some() => None,
                    None => Some(Value::External),
                }
            }
            Family::Go => {
                let folder = self.folder_of(from);
                Some(folder.map_or(Value::External, Value::Folder))
            }
            _ => self.led_to(file, name, from).map(|def| self.value_of(&def)),
        }
    }

    /// The definition of `name` that the words of an import lead to, in languages whose imports name no files.
    fn led_to(&self, file: &File, name: &str, from: &str) -> Option<Def> {
        let mut best: Option<(usize, Def)> = None;
        for found in self.defined(name).iter() {
            let Some(def) = self.def(found) else { continue };
            if def.file.family != file.family {
                continue;
            }
            let module = def.file.outline.module.as_deref();
            let named = module.is_some_and(|module| module == from);
            let container = def.get().and_then(|it| {
                let parent = def
                    .parent()
                    .and_then(|parent| Some(parent.get()?.name.clone()));
                it.owner.clone().or(parent)
            });
            let of_type = container.is_some_and(|it| names::last_segment(from) == it);
            let score = match (named, of_type, names::leads_to(from, name, &def.file.path)) {
                (true, _, _) => 4,
                (_, true, _) => 3,
                (_, _, true) => 2,
                _ => continue,
            };
            let near = names::shared(&file.path, &def.file.path);
            let score = score * 100 + near.min(99);
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, def));
            }
        }
        best.map(|(_, def)| def)
    }

    /// What a module exports under `name` as a value, which may be another module.
    pub(super) fn passed_value(
        &self,
        module: &Rc<File>,
        name: &str,
        depth: usize,
    ) -> Option<Value> {
        if let Some(def) = self.passed_on(module, name, depth) {
            return Some(self.value_of(&def));
        }
        let found = module
            .imports(name)
            .find_map(|import| self.imported(module, import, depth + 1));
        found.filter(|value| matches!(value, Value::Module(_)))
    }

    /// What a module exports under `name`: its own definition, or what it passes on from another.
    pub(super) fn passed_on(&self, module: &Rc<File>, name: &str, depth: usize) -> Option<Def> {
        if depth > DEEPEST {
            return None;
        }
        let mut own: Vec<u32> = module
            .named(name)
            .filter(|(_, definition)| definition.parent.is_none() && definition.owner.is_none())
            .filter(|(_, definition)| !super::eval::is_unnamed(module, definition))
            .map(|(index, _)| index)
            .collect();
        // A type and a value may share a name; an overload's last one has the body.
        own.sort_by_key(|&index| {
            module
                .definition(index)
                .is_none_or(|definition| !definition.exported)
        });
        if let Some(&index) = own.first() {
            return Some(Def {
                file: Rc::clone(module),
                index,
            });
        }
        for import in module.imports(name) {
            match self.imported(module, import, depth + 1) {
                Some(Value::Static(def) | Value::Callable(def) | Value::Variable(def)) => {
                    return Some(def);
                }
                _ => continue,
            }
        }
        for &star in module.stars.iter().take(100) {
            let Some(star) = module.outline.references.get(star as usize) else {
                continue;
            };
            let from = star.from.as_deref().unwrap_or_default();
            let others = match module.family {
                Family::Script => self.script_modules(module, from),
                Family::Python => self.python_module(module, from).into_iter().collect(),
                _ => Vec::new(),
            };
            for other in others {
                if other.path != module.path
                    && let Some(def) = self.passed_on(&other, name, depth + 1)
                {
                    return Some(def);
                }
            }
        }
        None
    }

    /// The default export, as far as it can be told: what has the import's own name, or the only thing exported.
    fn default(&self, module: &Rc<File>, import: &Reference) -> Option<Value> {
        let known = import.alias.as_deref().unwrap_or_default();
        let exported: Vec<u32> = (0u32..)
            .zip(&module.outline.definitions)
            .filter(|(_, one)| one.exported && one.parent.is_none())
            .map(|(index, _)| index)
            .collect();
        let same = exported.iter().find(|&&index| {
            module
                .definition(index)
                .is_some_and(|one| one.name.eq_ignore_ascii_case(known))
        });
        let index = match (same, exported.as_slice()) {
            (Some(&index), _) => index,
            (None, [only]) => *only,
            _ => return None,
        };
        Some(self.value_of(&Def {
            file: Rc::clone(module),
            index,
        }))
    }

    /// The files that an import of JavaScript or TypeScript may mean.
    pub(super) fn script_modules(&self, file: &File, from: &str) -> Vec<Rc<File>> {
        // What a bundler is told stands behind `?`; `#` starts a name of the package's own.
        let from = from.split('?').next().unwrap_or(from);
        if from.starts_with('.') {
            let folder = file.path.parent().unwrap_or("");
            let found = joined(folder, from).and_then(|path| self.script_file(&path));
            return found.into_iter().collect();
        }
        for alias in &self.aliases {
            let inner = from
                .strip_prefix(alias.before.as_str())
                .and_then(|rest| rest.strip_suffix(alias.after.as_str()));
            if let Some(inner) = inner {
                let (head, tail) = &alias.target;
                if let Some(file) = self.script_file(&format!("{head}{inner}{tail}")) {
                    return vec![file];
                }
            }
        }
        self.script_package(from)
    }

    fn script_file(&self, path: &str) -> Option<Rc<File>> {
        let path = path.trim_end_matches('/');
        // `./a.js` is written for what will be made from `a.ts`.
        let stem = [".js", ".jsx", ".mjs", ".cjs"]
            .iter()
            .find_map(|end| path.strip_suffix(end));
        let stems = [Some(path), stem];
        stems.into_iter().flatten().find_map(|stem| {
            SCRIPTS
                .iter()
                .find_map(|end| self.file(&RelPath::new(&format!("{stem}{end}")).ok()?))
        })
    }

    /// `@scope/name/part`, `name/lib/part`: a folder of that name in the workspace.
    fn script_package(&self, from: &str) -> Vec<Rc<File>> {
        let wanted: Vec<&str> = from
            .split('/')
            .map(|part| part.trim_start_matches(['@', '~', '#']))
            .filter(|part| !matches!(*part, "" | "lib" | "src" | "dist"))
            .collect();
        let Some(last) = wanted.last() else {
            return Vec::new();
        };
        let last = last.split('.').next().unwrap_or(last);
        let mut found = Vec::new();
        for path in self.files_called(last) {
            let there: Vec<&str> = names::segments(path)
                .into_iter()
                .filter(|part| !matches!(*part, "src" | "lib"))
                .collect();
            let whole =
                there.ends_with(&wanted) || wanted.len() > 2 && there.ends_with(&wanted[1..]);
            // A single word is a package, whose first file is its index.
            let fits = whole
                && Family::of(path) == Family::Script
                && (wanted.len() > 1 || names::is_index(path) && there.len() > 1);
            if fits && found.len() < MOST {
                found.extend(self.file(path));
            }
        }
        found.sort_by_key(|file| file.path.as_str().len());
        found.truncate(1);
        found
    }

    /// The file of a module of Python, by its dotted name as written in `file`.
    pub(super) fn python_module(&self, file: &File, dotted: &str) -> Option<Rc<File>> {
        let dots = dotted.len() - dotted.trim_start_matches('.').len();
        let inner = dotted.trim_start_matches('.').replace('.', "/");
        let at = |folder: &str| -> Option<Rc<File>> {
            let path = joined(folder, &inner)?;
            ["/__init__.py", ".py", ".pyi", "/__init__.pyi"]
                .iter()
                .find_map(|end| {
                    let whole = format!("{path}{end}");
                    self.file(&RelPath::new(whole.trim_start_matches('/')).ok()?)
                })
        };
        let folder = file.path.parent().unwrap_or("");
        if dots > 0 {
            let mut folder = folder;
            for _ in 1..dots {
                folder = folder.rsplit_once('/').map_or("", |(outer, _)| outer);
            }
            return at(folder);
        }
        if inner.is_empty() {
            return None;
        }
        // From the folders around, outermost first: packages stand at the top, or in `src`.
        let mut roots = vec!["", "src", "lib"];
        roots.extend(folder.match_indices('/').map(|(end, _)| &folder[..end]));
        roots.push(folder);
        roots.into_iter().take(16).find_map(at)
    }

    /// The folder that an import of Go means: its path's end that is a folder here.
    fn folder_of(&self, from: &str) -> Option<String> {
        let mut rest = from;
        loop {
            if self.is_folder(rest) {
                return Some(rest.to_owned());
            }
            rest = rest.split_once('/')?.1;
        }
    }

    /// What a folder's files define at their top.
    pub(super) fn in_folder(&self, folder: &str, family: Family, name: &str) -> Vec<Def> {
        let found = self.defined(name);
        let here = found.iter().filter(|found| {
            found.path.parent().unwrap_or("") == folder
                && Family::of(&found.path) == family
                && found.definition.owner.is_none()
                && found
                    .definition
                    .parent
                    .is_none_or(|_| found.qualified.len() < 2 || is_in_module(self, found))
        });
        here.filter_map(|found| self.def(found)).collect()
    }
}

/// Whether what encloses it is a module, so that it is as good as at the top.
fn is_in_module(resolver: &Resolver<'_>, found: &base::search::FoundDefinition) -> bool {
    let parent = resolver.def(found).and_then(|def| def.parent());
    parent.is_some_and(|parent| parent.get().is_some_and(|it| it.kind == SymbolKind::Module))
}

#[cfg(test)]
mod tests {
    use super::{aliases, joined};

    #[test]
    fn paths_of_a_configuration_are_read_with_comments_and_commas() {
        let text = r#"{
            // what follows is JSON with comments
            "compilerOptions": {
                /* "paths": {"a": ["b"]} */
                "baseUrl": "./packages",
                "paths": { "@utils/*": ["utils/src/*"], "lib": ["./lib//index.ts",], },
            },
        }"#;
        let found = aliases("web", text);
        let shown: Vec<_> = found
            .iter()
            .map(|alias| (alias.before.as_str(), alias.target.0.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("@utils/", "web/packages/utils/src/"),
                ("lib", "web/packages/lib/index.ts")
            ]
        );
        assert!(aliases("", "not JSON").is_empty());
    }

    #[test]
    fn a_path_does_not_leave_the_workspace() {
        assert_eq!(joined("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(joined("a", "../../c"), None);
    }
}
