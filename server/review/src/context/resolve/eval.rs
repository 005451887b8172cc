//! What an expression is, as far as the texts of the workspace say: whose members `this.page.frames()[0]` has.
//!
//! Declared types come first, then what a name was given, then what a function returns. Every question has a budget
//! of steps, so that files which lead to each other in circles cost bounded time.

use std::rc::Rc;

use base::{Binding, Definition, SymbolKind};

use super::chain::{self, Head, Step};
use super::file::{Def, Family, File, is_callable, is_type};
use super::{Resolver, types};

/// Questions within one question.
const DEEPEST: usize = 24;

/// What an expression is.
#[derive(Clone)]
pub(super) enum Value {
    /// A value of a type as written in a file.
    Instance(String, Rc<File>),
    /// A value of a type.
    Object(Def),
    /// The type itself, or a namespace.
    Static(Def),
    Callable(Def),
    /// A variable or field whose type was not asked yet.
    Variable(Def),
    Module(Rc<File>),
    /// A package that is a folder.
    Folder(String),
    /// The first words of a dotted module.
    Package(String, Rc<File>),
    /// It comes from outside the workspace.
    External,
}

/// Where an expression stands.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) file: Rc<File>,
    pub(super) within: Option<u32>,
    pub(super) at: u32,
}

impl Resolver<'_> {
    /// What `expression` is; `None` where nothing tells.
    pub(super) fn eval(&self, expression: &str, spot: &Spot, depth: usize) -> Option<Value> {
        if depth > DEEPEST || !self.spend() {
            return None;
        }
        // A callback's parameter that is taken apart: `0:0@load.{…}` does not occur, members follow its chain.
        let chain = chain::read(expression)?;
        let mut value = match chain.head {
            Head::Name(name) => self.name(name, spot, depth + 1)?,
            Head::Instance(of_type) => Value::Instance(of_type.to_owned(), Rc::clone(&spot.file)),
            Head::Callback {
                argument,
                parameter,
                callee,
            } => return self.given(argument, parameter, callee, spot, depth + 1),
        };
        let mut steps = chain.steps.as_slice();
        if let (Head::Name("super"), [Step::Call, rest @ ..]) = (&chain.head, steps) {
            steps = rest;
        }
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            value = match (step, rest) {
                (Step::Member(name), [Step::Call, after @ ..]) => {
                    if let Some(value) = self.collection(&value, name, depth + 1) {
                        steps = after;
                        value
                    } else {
                        self.member_value(&value, name, true, depth + 1)?
                    }
                }
                (Step::Member(name), _) => self.member_value(&value, name, false, depth + 1)?,
                (Step::Call, _) => self.call(&value, depth + 1)?,
                (Step::Element(at), _) => self.element(&value, *at, depth + 1)?,
                (Step::Await, _) => value,
            };
        }
        Some(value)
    }

    fn name(&self, name: &str, spot: &Spot, depth: usize) -> Option<Value> {
        let file = &spot.file;
        match name {
            "this" | "self" | "$this" | "@self" => return self.receiver(spot).map(|it| it.0),
            "Self" | "cls" | "static" => {
                return self.receiver(spot).map(|(value, _)| match value {
                    Value::Object(def) => Value::Static(def),
                    value => value,
                });
            }
            "super" | "parent" | "base"
                if matches!(
                    (name, file.family),
                    ("super", _) | ("parent", Family::Php) | ("base", Family::CSharp)
                ) =>
            {
                let (_, class) = self.receiver(spot)?;
                let base = self.bases(&class?, depth + 1).into_iter().next();
                return Some(base.map_or(Value::External, Value::Object));
            }
            _ => {}
        }
        if let Some(known) = self.bound(name, spot, depth) {
            return known;
        }
        if let Some(def) = self.in_scope(name, file, spot.within) {
            return Some(self.value_of(&def));
        }
        if file.family.has_implicit_self()
            && let Some((object, _)) = self.receiver(spot)
            && let Some(def) = self.members(&object, name, depth + 1).into_iter().next()
        {
            return Some(self.value_of(&def));
        }
        for import in file.imports(name) {
            if let Some(value) = self.imported(file, import, 0) {
                return Some(value);
            }
        }
        let packages = file.family == Family::Python;
        if packages && self.is_package_head(file, name) {
            return Some(Value::Package(name.to_owned(), Rc::clone(file)));
        }
        if let Some(def) = self.passed_on(file, name, 0) {
            return Some(self.value_of(&def));
        }
        if file.family.shares_folder() {
            let folder = file.path.parent().unwrap_or("");
            let found = self.in_folder(folder, file.family, name);
            if let Some(def) = found.into_iter().next() {
                return Some(self.value_of(&def));
            }
        }
        if types::is_own(name) {
            return Some(Value::External);
        }
        // A type that needs no import here, or one by a path that is not followed.
        if !file.family.imports_all() && name.starts_with(|c: char| c.is_uppercase()) {
            return self.only_type(name, file.family).map(Value::Static);
        }
        None
    }

    /// The object that a method is called on, and its type.
    fn receiver(&self, spot: &Spot) -> Option<(Value, Option<Def>)> {
        for index in spot.file.chain(spot.within) {
            let definition = spot.file.definition(index)?;
            let def = Def {
                file: Rc::clone(&spot.file),
                index,
            };
            if is_type(definition.kind) {
                return Some((Value::Object(def.clone()), Some(def)));
            }
            if let Some(owner) = &definition.owner {
                let class = self.type_named(owner, &spot.file, 0);
                let value = match &class {
                    Some(class) => Value::Object(class.clone()),
                    None => Value::Instance(owner.clone(), Rc::clone(&spot.file)),
                };
                return Some((value, class));
            }
        }
        None
    }

    /// A local or a parameter; `Some(None)` where it is one of which nothing is known.
    fn bound(&self, name: &str, spot: &Spot, depth: usize) -> Option<Option<Value>> {
        let file = &spot.file;
        let binding = file
            .bindings(name)
            .filter(|it| it.span.start < spot.at && spot.at < it.span.end)
            .max_by_key(|it| it.span.start);
        let parameter = file.chain(spot.within).find_map(|index| {
            let definition = file.definition(index)?;
            let list = definition.parameters.as_deref()?;
            let one = list.iter().find(|one| one.name == name)?;
            Some((definition, one))
        });
        if let Some((definition, parameter)) = parameter
            && binding.is_none_or(|it| {
                it.span.start < definition.span.start || it.of_type.is_none() && it.value.is_none()
            })
        {
            let of_type = parameter.of_type.as_ref()?;
            let of_type = match (parameter.variadic, file.family) {
                (true, Family::Script) => of_type.clone(),
                (true, _) => format!("{of_type}[]"),
                (false, _) => of_type.clone(),
            };
            return Some(Some(Value::Instance(of_type, Rc::clone(file))));
        }
        binding.map(|binding| self.binding(binding, file, depth + 1))
    }

    fn binding(&self, binding: &Binding, file: &Rc<File>, depth: usize) -> Option<Value> {
        if let Some(of_type) = &binding.of_type {
            return Some(Value::Instance(of_type.clone(), Rc::clone(file)));
        }
        let spot = Spot {
            file: Rc::clone(file),
            within: binding.within,
            at: binding.span.start,
        };
        self.eval(binding.value.as_deref()?, &spot, depth + 1)
    }

    /// What is passed to a function that is itself passed on: an element of a list, or what the callee's type says.
    fn given(
        &self,
        argument: usize,
        parameter: usize,
        callee: &str,
        spot: &Spot,
        depth: usize,
    ) -> Option<Value> {
        // Members of what is given stand behind the callee of a pattern: `0:0@list.map` then `.page` is not written.
        if let Some((object, method)) = callee.rsplit_once('.') {
            let value = self.eval(object, spot, depth + 1);
            if let Some(value) = value {
                match (method, argument, parameter) {
                    (
                        "map" | "forEach" | "filter" | "find" | "some" | "every" | "flatMap"
                        | "findIndex" | "findLast" | "sort",
                        0,
                        0,
                    )
                    | ("sort", 0, 1)
                    | ("reduce", 0, 1) => {
                        if let Some(element) = self.element(&value, None, depth + 1) {
                            return Some(element);
                        }
                    }
                    ("then", 0, 0) => return Some(value),
                    _ => {}
                }
            }
        }
        let Some(Value::Callable(def)) = self.eval(callee, spot, depth + 1) else {
            return None;
        };
        let of_type = def
            .get()?
            .parameters
            .as_ref()?
            .get(argument)?
            .of_type
            .clone()?;
        self.parameter_of(&of_type, parameter, &def.file, depth)
    }

    fn parameter_of(
        &self,
        of_type: &str,
        at: usize,
        file: &Rc<File>,
        depth: usize,
    ) -> Option<Value> {
        if let Some(found) = types::parameter(of_type, at) {
            return Some(Value::Instance(found.to_owned(), Rc::clone(file)));
        }
        let alias = self.types(of_type, file, depth + 1).0.into_iter().next()?;
        let text = self.stands_for(&alias)?;
        let found = types::parameter(&text, at)?;
        Some(Value::Instance(found.to_owned(), Rc::clone(&alias.file)))
    }

    /// What a definition is as a value.
    pub(super) fn value_of(&self, def: &Def) -> Value {
        match def.get().map(|it| it.kind) {
            Some(kind) if is_callable(kind) => Value::Callable(def.clone()),
            Some(SymbolKind::Field | SymbolKind::Variable | SymbolKind::Constant) => {
                Value::Variable(def.clone())
            }
            _ => Value::Static(def.clone()),
        }
    }

    /// A variable by its type.
    fn settled(&self, value: &Value, depth: usize) -> Option<Value> {
        let Value::Variable(def) = value else {
            return Some(value.clone());
        };
        let definition = def.get()?;
        if let Some(of_type) = &definition.returns {
            return Some(Value::Instance(of_type.clone(), Rc::clone(&def.file)));
        }
        if let Some(parent) = def.parent()
            && parent.get().is_some_and(|it| it.kind == SymbolKind::Enum)
        {
            return Some(Value::Object(parent));
        }
        let own = def
            .file
            .bindings(&definition.name)
            .find(|it| it.span.start == definition.name_span.start);
        if let Some(own) = own {
            return self.binding(own, &def.file, depth + 1);
        }
        let class = definition.parent;
        let member = def
            .file
            .bindings(&format!("this.{}", definition.name))
            .find(|it| it.within == class && class.is_some())?;
        self.binding(member, &def.file, depth + 1)
    }

    /// What calling it gives.
    fn call(&self, value: &Value, depth: usize) -> Option<Value> {
        match value {
            Value::Callable(def) => {
                let definition = def.get()?;
                match definition.returns.as_deref().map(types::bare) {
                    Some("this" | "Self" | "self" | "static") => {
                        let class = def
                            .parent()
                            .filter(|it| it.get().is_some_and(|it| is_type(it.kind)));
                        let owner = || self.type_named(definition.owner.as_deref()?, &def.file, 0);
                        class.or_else(owner).map(Value::Object)
                    }
                    Some(of_type) => {
                        Some(Value::Instance(of_type.to_owned(), Rc::clone(&def.file)))
                    }
                    None => {
                        let returns = def.file.bindings("return");
                        let mut returns = returns.filter(|it| it.within == Some(def.index)).take(4);
                        returns.find_map(|it| self.binding(it, &def.file, depth + 1))
                    }
                }
            }
            Value::Static(def) => Some(Value::Object(def.clone())),
            Value::External => Some(Value::External),
            value => match self.settled(value, depth)? {
                Value::Instance(of_type, file) => {
                    if let Some(result) = types::returned(&of_type) {
                        return Some(Value::Instance(result.to_owned(), file));
                    }
                    let alias = self
                        .types(&of_type, &file, depth + 1)
                        .0
                        .into_iter()
                        .next()?;
                    let text = self.stands_for(&alias)?;
                    let result = types::returned(&text)?.to_owned();
                    Some(Value::Instance(result, alias.file))
                }
                Value::Callable(def) if depth < DEEPEST => {
                    self.call(&Value::Callable(def), depth + 1)
                }
                Value::Static(def) => Some(Value::Object(def)),
                Value::External => Some(Value::External),
                _ => None,
            },
        }
    }

    fn element(&self, value: &Value, at: Option<usize>, depth: usize) -> Option<Value> {
        match self.settled(value, depth)? {
            Value::Instance(of_type, file) => {
                if let Some(inner) = types::element(&of_type, at) {
                    return Some(Value::Instance(inner.to_owned(), file));
                }
                let alias = self
                    .types(&of_type, &file, depth + 1)
                    .0
                    .into_iter()
                    .next()?;
                let text = self.stands_for(&alias)?;
                let inner = types::element(&text, at)?.to_owned();
                Some(Value::Instance(inner, alias.file))
            }
            Value::External => Some(Value::External),
            _ => None,
        }
    }

    /// A method of a collection that gives its elements.
    fn collection(&self, value: &Value, method: &str, depth: usize) -> Option<Value> {
        match self.settled(value, depth)? {
            Value::Instance(of_type, file) => {
                if method == "unwrap" && types::through(&of_type).is_some() {
                    return Some(Value::Instance(of_type, file));
                }
                let of_type = types::collection_call(&of_type, method)?;
                Some(Value::Instance(of_type, file))
            }
            _ => None,
        }
    }

    /// A member as a value; a getter is asked for what it returns.
    fn member_value(&self, value: &Value, name: &str, called: bool, depth: usize) -> Option<Value> {
        match value {
            Value::External => return Some(Value::External),
            Value::Package(dotted, file) => {
                let whole = format!("{dotted}.{name}");
                if let Some(module) = self.python_module(file, &whole) {
                    return Some(Value::Module(module));
                }
                return Some(Value::Package(whole, Rc::clone(file)));
            }
            Value::Module(module) => {
                if let Some(value) = self.passed_value(module, name, 0) {
                    return Some(value);
                }
            }
            _ => {}
        }
        if let Some(def) = self.members(value, name, depth + 1).into_iter().next() {
            if let Some(value) = self.specialised(value, &def, depth + 1) {
                return Some(value);
            }
            let value = self.value_of(&def);
            let is_getter =
                !called && matches!(def.get().map(|it| it.kind), Some(SymbolKind::Method));
            return match (is_getter, self.call(&value, depth + 1)) {
                (true, Some(result)) => Some(result),
                _ => Some(value),
            };
        }
        if let Value::Module(module) = value
            && module.family == Family::Python
        {
            let folder = module.path.parent().unwrap_or("").replace('/', ".");
            let whole = format!("{folder}.{name}");
            return self
                .python_module(module, whole.trim_start_matches('.'))
                .map(Value::Module);
        }
        // A member that no definition names, but a method gives it something.
        let (classes, external) = self.classes(value, depth + 1);
        for class in &classes {
            for class in self.with_bases(class, depth + 1) {
                let member = format!("this.{name}");
                let found = class
                    .file
                    .bindings(&member)
                    .filter(|it| it.within == Some(class.index));
                for binding in found.take(4) {
                    if let Some(value) = self.binding(binding, &class.file, depth + 1) {
                        return Some(value);
                    }
                }
            }
        }
        external.then_some(Value::External)
    }

    /// A member whose type is a parameter of its generic type, by what the type of `value` gives for it.
    fn specialised(&self, value: &Value, member: &Def, depth: usize) -> Option<Value> {
        let wanted = types::bare(member.get()?.returns.as_deref()?).to_owned();
        let mut owner = member.parent()?;
        let mut parameters = super::generics::parameters(&owner)?;
        let mut place = parameters.iter().position(|it| it.0 == wanted)?;
        let (classes, _) = self.classes(value, depth + 1);
        let family: Vec<Def> = classes
            .iter()
            .flat_map(|class| self.with_bases(class, depth + 1))
            .collect();
        for _ in 0..6 {
            let name = owner.get()?.name.clone();
            let given = family
                .iter()
                .find_map(|class| Some((class, super::generics::given(class, &name, place)?)));
            let Some((class, given)) = given else {
                // Nothing is given for it: what every such type must be.
                let limit = parameters.get(place)?.1.clone()?;
                return Some(Value::Instance(limit, Rc::clone(&owner.file)));
            };
            // It may be given a parameter of its own.
            let next = super::generics::parameters(class).unwrap_or_default();
            match next.iter().position(|it| it.0 == given) {
                Some(at) => (place, parameters, owner) = (at, next, class.clone()),
                None => return Some(Value::Instance(given, Rc::clone(&class.file))),
            }
        }
        None
    }

    /// The definitions that `name` may be, as a member of `value`.
    pub(super) fn members(&self, value: &Value, name: &str, depth: usize) -> Vec<Def> {
        if depth > DEEPEST || !self.spend() {
            return Vec::new();
        }
        match value {
            Value::Module(module) => self.passed_on(module, name, 0).into_iter().collect(),
            Value::Folder(folder) => self.in_folder(folder, Family::Go, name),
            _ => {
                let (classes, _) = self.classes(value, depth + 1);
                let mut found: Vec<Def> = Vec::new();
                for class in &classes {
                    for class in self.with_bases(class, depth + 1) {
                        let own = self.own_members(&class, name);
                        if !own.is_empty() {
                            found.extend(own);
                            break;
                        }
                    }
                }
                found
            }
        }
    }

    /// The types whose members a value has, and whether it surely has others, from outside.
    pub(super) fn classes(&self, value: &Value, depth: usize) -> (Vec<Def>, bool) {
        match value {
            Value::Object(def) | Value::Static(def) => (vec![def.clone()], false),
            Value::Instance(of_type, file) => self.types(of_type, file, depth + 1),
            Value::Variable(_) => match self.settled(value, depth + 1) {
                Some(Value::Variable(_)) | None => (Vec::new(), false),
                Some(value) => self.classes(&value, depth + 1),
            },
            Value::External => (Vec::new(), true),
            _ => (Vec::new(), false),
        }
    }

    /// What a type defines itself.
    fn own_members(&self, class: &Def, name: &str) -> Vec<Def> {
        let here = class
            .file
            .named(name)
            .filter(|(_, it)| it.parent == Some(class.index));
        let found: Vec<Def> = here
            .map(|(index, _)| Def {
                file: Rc::clone(&class.file),
                index,
            })
            .collect();
        let Some(definition) = class.get() else {
            return found;
        };
        if !found.is_empty() || matches!(class.file.family, Family::Script | Family::Python) {
            return found;
        }
        // Methods that stand elsewhere and name the type they belong to, and other parts of it.
        let elsewhere = self.defined(name);
        let of_it = elsewhere.iter().filter(|found| {
            let container = found.qualified.len().checked_sub(2);
            let container = container.and_then(|at| found.qualified.get(at));
            container.is_some_and(|it| *it == definition.name)
                && Family::of(&found.path) == class.file.family
                && (class.file.family != Family::Go
                    || found.path.parent() == class.file.path.parent())
        });
        of_it.take(8).filter_map(|found| self.def(found)).collect()
    }

    /// A type and what it is made from, nearest first.
    pub(super) fn with_bases(&self, class: &Def, depth: usize) -> Vec<Def> {
        let mut all = vec![class.clone()];
        let mut at = 0;
        while let Some(class) = all.get(at).cloned() {
            at += 1;
            if all.len() > 40 || depth + at > 60 {
                break;
            }
            for base in self.bases(&class, depth + 1) {
                if !all.iter().any(|known| known.is(&base)) {
                    all.push(base);
                }
            }
        }
        all
    }

    fn bases(&self, class: &Def, depth: usize) -> Vec<Def> {
        if depth > DEEPEST + 40 || !self.spend() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for base in class.file.bases(class.index).take(20) {
            let written = match &base.qualifier {
                Some(qualifier) => format!("{qualifier}.{}", base.name),
                None => base.name.clone(),
            };
            // A class of the same name as its base is another one.
            let defs = self.types(&written, &class.file, depth + 1).0;
            found.extend(defs.into_iter().filter(|def| !def.is(class)));
        }
        if class
            .get()
            .is_some_and(|it| it.kind == SymbolKind::TypeAlias)
            && let Some(text) = self.stands_for(class)
        {
            let defs = self.types(&text, &class.file, depth + 1).0;
            found.extend(defs.into_iter().filter(|def| !def.is(class)));
        }
        found
    }

    /// What an alias of a type stands for.
    fn stands_for(&self, alias: &Def) -> Option<String> {
        let mut found = alias.file.bindings("=");
        found
            .find(|it| it.within == Some(alias.index))?
            .of_type
            .clone()
    }

    /// The definitions a written type names, and whether it is one from outside.
    pub(super) fn types(&self, written: &str, file: &Rc<File>, depth: usize) -> (Vec<Def>, bool) {
        let (mut found, mut external) = (Vec::new(), false);
        if depth > DEEPEST || !self.spend() {
            return (found, external);
        }
        for part in types::parts(written).into_iter().take(8) {
            if let Some(held) = types::through(part) {
                let (more, outside) = self.types(held, file, depth + 1);
                found.extend(more);
                external |= outside;
                continue;
            }
            if types::element(part, None).is_some() || part == "[]" {
                external = true;
                continue;
            }
            if let Some(rest) = part.strip_prefix("typeof ") {
                let spot = Spot {
                    file: Rc::clone(file),
                    within: None,
                    at: u32::MAX,
                };
                if let Some(value) = self.eval(rest, &spot, depth + 1) {
                    found.extend(self.classes(&value, depth + 1).0);
                }
                continue;
            }
            if let Some(rest) = part.strip_prefix("import(") {
                let mut pieces = rest.splitn(3, ['\'', '"']).skip(1);
                if let (Some(from), Some(name)) = (pieces.next(), pieces.next()) {
                    let name = name.trim_start_matches([')', '.']);
                    let modules = self.script_modules(file, from);
                    found.extend(
                        modules
                            .iter()
                            .find_map(|module| self.passed_on(module, name, 0)),
                    );
                }
                continue;
            }
            let Some(named) = types::named(part) else {
                continue;
            };
            match self.type_at(named.name, file, depth + 1) {
                Some(Value::Static(def)) => found.push(def),
                Some(Value::External) => external = true,
                _ => external |= types::is_own(named.name),
            }
        }
        (found, external)
    }

    /// A type by its name, which may be a path.
    pub(super) fn type_named(&self, name: &str, file: &Rc<File>, depth: usize) -> Option<Def> {
        match self.type_at(name, file, depth)? {
            Value::Static(def) => Some(def),
            _ => None,
        }
    }

    fn type_at(&self, name: &str, file: &Rc<File>, depth: usize) -> Option<Value> {
        let segments: Vec<&str> = name
            .split(['.', ':', '\\'])
            .filter(|it| !it.is_empty())
            .collect();
        let (last, before) = segments.split_last()?;
        if let Some((head, rest)) = before.split_first() {
            let spot = Spot {
                file: Rc::clone(file),
                within: None,
                at: u32::MAX,
            };
            let mut value = self.name(head, &spot, depth + 1);
            for step in rest {
                value = value.and_then(|value| self.member_value(&value, step, false, depth + 1));
            }
            match value {
                Some(Value::External) => return Some(Value::External),
                Some(value) => {
                    let found = self.members(&value, last, depth + 1);
                    let found = found
                        .into_iter()
                        .find(|def| def.get().is_some_and(|it| is_type(it.kind)));
                    if let Some(def) = found {
                        return Some(Value::Static(def));
                    }
                }
                None => {}
            }
            return self.only_type(last, file.family).map(Value::Static);
        }
        let mut here = file
            .named(last)
            .filter(|(_, it)| is_type(it.kind))
            .map(|(index, _)| index);
        if let Some(index) = here.next() {
            return Some(Value::Static(Def {
                file: Rc::clone(file),
                index,
            }));
        }
        for import in file.imports(last) {
            match self.imported(file, import, 0) {
                Some(Value::Static(def)) => return Some(Value::Static(def)),
                Some(Value::External) => return Some(Value::External),
                _ => {}
            }
        }
        if let Some(def) = self.passed_on(file, last, 0)
            && def.get().is_some_and(|it| is_type(it.kind))
        {
            return Some(Value::Static(def));
        }
        if file.family.shares_folder() {
            let folder = file.path.parent().unwrap_or("");
            let found = self.in_folder(folder, file.family, last);
            let found = found
                .into_iter()
                .find(|def| def.get().is_some_and(|it| is_type(it.kind)));
            if let Some(def) = found {
                return Some(Value::Static(def));
            }
        }
        if types::is_own(last) {
            return Some(Value::External);
        }
        match file.family {
            // Names of types come by imports; what does not is the language's own, or a parameter of a generic.
            Family::Script if last.len() > 2 => {
                self.only_type(last, file.family).map(Value::Static)
            }
            Family::Script | Family::Python => None,
            family => self.only_type(last, family).map(Value::Static),
        }
    }

    /// The only type of a name in the workspace.
    fn only_type(&self, name: &str, family: Family) -> Option<Def> {
        let found = self.defined(name);
        let mut types = found
            .iter()
            .filter(|it| is_type(it.definition.kind) && Family::of(&it.path) == family);
        let first = types.next()?;
        types.next().is_none().then(|| self.def(first)).flatten()
    }

    /// A name that the file itself defines, seen from within one of its definitions.
    pub(super) fn in_scope(&self, name: &str, file: &Rc<File>, within: Option<u32>) -> Option<Def> {
        let chain: Vec<u32> = file.chain(within).collect();
        let mut best: Option<(usize, u32)> = None;
        for (index, definition) in file.named(name) {
            let depth = match definition.parent {
                None => chain.len(),
                Some(parent) => {
                    let Some(at) = chain.iter().position(|it| *it == parent) else {
                        continue;
                    };
                    // Members are asked of something, by a bare name they are not in scope.
                    let kind = file.definition(parent).map(|it| it.kind);
                    let is_member = kind.is_some_and(is_type);
                    if is_member && !file.family.has_implicit_self() {
                        continue;
                    }
                    at
                }
            };
            if definition.owner.is_some() && !file.family.has_implicit_self()
                || is_unnamed(file, definition)
            {
                continue;
            }
            if best.is_none_or(|(least, _)| depth < least) {
                best = Some((depth, index));
            }
        }
        let (_, index) = best?;
        Some(Def {
            file: Rc::clone(file),
            index,
        })
    }
}

/// What no bare name means: a function in a literal of an object, which is a member wherever that stands, and a test of
/// JavaScript, whose name is a title (`describe("load", …)`).
pub(super) fn is_unnamed(file: &File, definition: &Definition) -> bool {
    let parent = definition.parent.and_then(|it| file.definition(it));
    let is_of_literal = definition.kind == SymbolKind::Method
        && definition.owner.is_none()
        && parent.is_none_or(|it| !is_type(it.kind));
    is_of_literal || file.family == Family::Script && definition.kind == SymbolKind::Test
}
