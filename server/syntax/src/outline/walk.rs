//! The walk: visits every node once, tries the patterns of its kind, and keeps what the patterns do not say.
//!
//! Definitions and mentions come out in the order of the text. A name is taken once: by the first pattern that
//! catches it, where outer nodes come before inner ones and earlier patterns before later ones.

use std::collections::HashSet;

use base::{Definition, Outline, Reference, ReferenceKind, Span, SymbolKind};
use tree_sitter::Node;

use super::arguments::Kinds;
use super::bindings::{self, Bindings, Form};
use super::expression::expression;
use super::matching::{Caught, Matcher};
use super::query::Patterns;
use super::role::Role;
use super::{imports, marks, names, parameters};
use crate::{Language, Tree};

/// Definitions kept of one file.
const MOST_DEFINITIONS: usize = 20_000;

/// Mentions kept of one file.
const MOST_REFERENCES: usize = 100_000;

/// Longest name in bytes: a test's title or a selector can be a page long.
const LONGEST_NAME: usize = 200;

/// Longest qualifier and type in characters.
const LONGEST_TEXT: usize = 80;

/// Longest import in bytes: beyond, its names are mentions like any other.
const LONGEST_IMPORT: usize = 20_000;

/// Definitions around a mention that are asked for a local of its name.
const MOST_SCOPES: usize = 16;

pub(super) fn walk(tree: &Tree, patterns: &'static Patterns) -> Outline {
    let mut state = State::new(tree);
    let mut matcher = Matcher::new(tree.root());
    let forms = bindings::forms(tree.language());
    // Nodes still to visit, the next one last. Each node's children are listed once, for the patterns and for the walk.
    let mut left = vec![tree.root()];
    while let Some(node) = left.pop() {
        let kind = node.kind_id();
        let wanted = patterns.any(kind);
        if !wanted && node.child_count() == 0 {
            continue;
        }
        let opaque = state.kinds.is_opaque(node);
        if opaque && !wanted {
            continue;
        }
        matcher.at(node, wanted, opaque);
        if wanted {
            state.close(node.start_byte());
            for pattern in patterns.of(kind) {
                matcher.run(pattern, state.text, &mut |caught| state.take(node, caught));
            }
        }
        let form = forms.get(usize::from(kind)).copied();
        if let Some(form) = form.filter(|form| *form != Form::Nothing) {
            let place = state.binding_place(node.start_byte());
            state.bindings.take(node, form, place);
        }
        if descends(tree.language(), node) {
            let children = matcher.own().iter().rev();
            left.extend(children.map(|child| child.node).filter(Node::is_named));
        }
    }
    state.finish()
}

/// Of a data file only the top is looked at, so there is no need to visit the rest.
fn descends(language: Language, node: Node<'_>) -> bool {
    match language {
        Language::Json | Language::Yaml => false,
        Language::Toml => node.kind() == "document",
        _ => true,
    }
}

/// What has been seen so far.
struct State<'t> {
    text: &'t str,
    language: Language,
    kinds: &'static Kinds,
    out: Outline,
    open: Vec<Open>,
    /// By byte: a name that starts here is taken.
    taken: Vec<u64>,
    prelude: Option<Prelude>,
    wrapper: Option<Wrapper>,
    /// Names bound within a definition (its number plus one; 0 is the file).
    locals: HashSet<(u32, &'t str)>,
    /// Names of the file's top that are made visible elsewhere in it.
    exported: HashSet<&'t str>,
    bindings: Bindings<'t>,
}

/// A definition, or something whose content belongs to a type, that the walk is within.
#[derive(Clone, Copy)]
struct Open {
    start: usize,
    end: usize,
    what: Scope,
}

#[derive(Clone, Copy)]
enum Scope {
    Definition(u32),
    /// The subject's name, and whether its members are seen wherever it is.
    Owner(Span, bool),
}

/// Comments and attributes right before what comes next.
#[derive(Clone, Copy)]
struct Prelude {
    doc: Option<Span>,
    attributes: Option<Span>,
    end: u32,
}

/// A node around a definition that belongs to it: decorators, `export`.
#[derive(Clone, Copy)]
struct Wrapper {
    span: Span,
    /// Where the definition itself starts.
    start: usize,
}

impl<'t> State<'t> {
    fn new(tree: &'t Tree) -> Self {
        let text = tree.text().as_str();
        Self {
            text,
            language: tree.language(),
            kinds: Kinds::of(tree.language()),
            out: Outline::default(),
            open: Vec::new(),
            taken: vec![0; text.len() / 64 + 1],
            prelude: None,
            wrapper: None,
            locals: HashSet::default(),
            exported: HashSet::default(),
            bindings: Bindings::new(text, tree.language()),
        }
    }

    /// Leaves what ends before `at`.
    fn close(&mut self, at: usize) {
        while self.open.last().is_some_and(|open| open.end <= at) {
            self.open.pop();
        }
    }

    /// Takes in one match of a pattern whose root is `root`.
    fn take(&mut self, root: Node<'t>, caught: &Caught<'t>) {
        for (role, node) in caught {
            match role {
                Role::Definition(kind) => return self.define(*kind, *node, caught),
                Role::Reference(kind) => return self.mention(*kind, caught),
                Role::Imports => {
                    let within = self.within(node.start_byte());
                    for imported in imports::read(self.language, *node, self.text) {
                        self.claim(imported.what.span.start as usize);
                        if let Some(alias) = imported.alias_at {
                            self.claim(alias);
                        }
                        self.push(Reference {
                            within,
                            ..imported.what
                        });
                    }
                    self.claim_within(*node);
                    return;
                }
                Role::Doc | Role::Attribute => {
                    self.ignore(caught);
                    return self.precede(*role, *node);
                }
                Role::Wrapper => {
                    if let Some(inner) = part(caught, Role::Wrapped) {
                        // A wrapper in a wrapper: the outer one's span counts.
                        let span = match self.wrapper {
                            Some(outer) if outer.start == node.start_byte() => outer.span,
                            _ => span(*node),
                        };
                        self.wrapper = Some(Wrapper {
                            span,
                            start: inner.start_byte(),
                        });
                    }
                    return;
                }
                Role::Scope => {
                    if let Some(owner) = part(caught, Role::Owner) {
                        self.open.push(Open {
                            start: root.start_byte(),
                            end: root.end_byte(),
                            what: Scope::Owner(
                                marks::type_name(self.text, span(owner)),
                                part(caught, Role::Exported).is_some(),
                            ),
                        });
                    }
                    return;
                }
                Role::Local => {
                    self.bind(node.start_byte(), self.cut(*node));
                }
                Role::Exported => {
                    self.exported.insert(self.cut(*node));
                }
                Role::Module => {
                    self.out.module = Some(self.cut(*node).to_owned());
                    self.claim_within(*node);
                }
                Role::Ignore => {
                    self.claim(node.start_byte());
                }
                _ => {}
            }
        }
    }

    /// Takes what the match says is no mention.
    fn ignore(&mut self, caught: &Caught<'t>) {
        for (role, node) in caught {
            if *role == Role::Ignore {
                self.claim(node.start_byte());
            }
        }
    }

    /// Nothing below `node` is a mention of its own.
    fn claim_within(&mut self, node: Node<'t>) {
        for at in node.byte_range().take(LONGEST_IMPORT) {
            self.claim(at);
        }
    }

    /// A comment or attribute that may belong to what follows.
    fn precede(&mut self, role: Role, node: Node<'t>) {
        let here = marks::trimmed(self.text, span(node));
        let joined = self.prelude.filter(|before| {
            marks::joins(self.text, before.end, here.start, role == Role::Attribute)
        });
        if joined.is_none() && !marks::opens_line(self.text, here.start) {
            self.prelude = None;
            return;
        }
        let mut prelude = joined.unwrap_or(Prelude {
            doc: None,
            attributes: None,
            end: 0,
        });
        let target = match role {
            Role::Doc => &mut prelude.doc,
            _ => &mut prelude.attributes,
        };
        *target = Some(target.map_or(here, |before| Span {
            end: here.end,
            ..before
        }));
        prelude.end = here.end;
        self.prelude = Some(prelude);
    }

    fn define(&mut self, kind: SymbolKind, node: Node<'t>, caught: &Caught<'t>) {
        let declared = part(caught, Role::Declarator).and_then(names::declared);
        let block = part(caught, Role::Block).and_then(|block| names::block(block, self.text));
        let name_span = match (&declared, part(caught, Role::Name)) {
            (Some(declared), _) => declared.name,
            _ if block.is_some() => block.as_ref().map_or(Span::new(0, 0), |block| block.name),
            // A namespace is named by its whole path.
            (None, Some(name)) if kind == SymbolKind::Module => {
                self.claim_within(name);
                self.release(name.start_byte());
                span(name)
            }
            (None, Some(name)) => span(self.segment(name)),
            (None, None) => return,
        };
        let name_at = name_span.start as usize;
        let case = declared
            .as_ref()
            .filter(|_| names::test_macro(self.language, self.cut_span(name_span)))
            .and_then(|declared| declared.parameters);
        let (kind, name_span) = match case {
            Some(list) => {
                self.claim_within(list);
                (SymbolKind::Test, marks::inside(span(list)))
            }
            None => (kind, name_span),
        };
        let name_span = marks::unquoted(self.text, marks::trimmed(self.text, name_span));
        let full = self.out.definitions.len() >= MOST_DEFINITIONS;
        if full || self.cut_span(name_span).is_empty() || self.is_taken(name_at) {
            return;
        }
        let function = declared.as_ref().is_some_and(|declared| declared.function);
        let kind = match kind {
            SymbolKind::Variable if function => SymbolKind::Function,
            SymbolKind::Field if function => SymbolKind::Method,
            kind => kind,
        };
        self.close(node.start_byte());
        // Several names of one declaration: what was opened for the first is not around the second.
        while self
            .open
            .last()
            .is_some_and(|open| open.start == node.start_byte() && open.end == node.end_byte())
        {
            self.open.pop();
        }
        let (parent, owner) = self.around(node.start_byte());
        let enclosing = parent.and_then(|at| self.out.definitions.get(at as usize));
        let in_function = owner.is_none() && enclosing.is_some_and(|parent| runs(parent.kind));
        // A prototype in a function's body is as good as a local.
        let prototype = declared.is_some() && part(caught, Role::Body).is_none();
        // What looks like a function of C but has no parameters is a class behind a macro, `class EXPORT A { … }`, or
        // nothing; a prototype in capitals is a macro that the grammar does not know.
        let head = self
            .text
            .get(node.start_byte()..name_at)
            .unwrap_or_default();
        let kind = match declared {
            Some(_) if kind == SymbolKind::Function && !function => match marks::aggregate(head) {
                Some(kind) => kind,
                None => return,
            },
            Some(_) if function && prototype && names::is_macro_like(self.cut_span(name_span)) => {
                return;
            }
            _ => kind,
        };
        if in_function && (matches!(kind, SymbolKind::Variable | SymbolKind::Constant) || prototype)
        {
            return self.bind(name_at, self.cut_span(name_span));
        }
        if self.language == Language::Hcl {
            // Only the blocks at the top, and the values of `locals`.
            let in_locals = enclosing.is_some_and(|parent| parent.name == "locals");
            if parent.is_some() && !(in_locals && kind == SymbolKind::Variable) {
                return;
            }
        }
        if in_function && kind == SymbolKind::Field {
            return self.claim(name_at);
        }
        let owned = part(caught, Role::Owner).or(declared.as_ref().and_then(|name| name.owner));
        let in_type = owner.is_some()
            || owned.is_some() && self.language == Language::Cpp
            || enclosing.is_some_and(|parent| holds_members(parent.kind));
        let constant = matches!(
            self.language,
            Language::JavaScript | Language::TypeScript | Language::Tsx
        ) && self
            .text
            .get(..node.start_byte())
            .is_some_and(|before| before.trim_end().ends_with("const"));
        let mut kind = match kind {
            SymbolKind::Variable if constant => SymbolKind::Constant,
            SymbolKind::Function if in_type => SymbolKind::Method,
            SymbolKind::Variable if in_type => SymbolKind::Field,
            kind => kind,
        };
        if matches!(kind, SymbolKind::Field | SymbolKind::Variable) {
            let head = self
                .text
                .get(node.start_byte()..name_at)
                .unwrap_or_default();
            if marks::constant(self.language, head) {
                kind = SymbolKind::Constant;
            }
        }

        let own = span(node);
        let mut whole = own;
        if let Some(wrapper) = self.wrapper
            && wrapper.start == node.start_byte()
            && wrapper.span.end >= own.end
        {
            whole = wrapper.span;
        }
        let prelude = self
            .prelude
            .filter(|before| marks::joins(self.text, before.end, whole.start, false));
        let attributes = prelude.and_then(|before| before.attributes);
        if let Some(attributes) = attributes {
            whole.start = whole.start.min(attributes.start);
        }
        let doc = part(caught, Role::Doc)
            .map(span)
            .or(prelude.and_then(|before| before.doc));

        let head = self
            .text
            .get(whole.start as usize..name_span.start as usize)
            .unwrap_or_default();
        let body = part(caught, Role::Body)
            .or(block.as_ref().and_then(|block| block.body))
            .map(|body| body.start_byte() as u32);
        // What is exported starts there; what is decorated starts after the decorators.
        let start = match self.text.as_bytes().get(whole.start as usize) {
            Some(b'@') => own.start,
            _ => whole.start.min(own.start),
        };
        let signature = Span {
            start: if attributes.is_some() {
                own.start
            } else {
                start
            },
            end: body.filter(|&at| at > own.start).unwrap_or(own.end),
        };
        let marks = marks::Marks {
            language: self.language,
            name: self.cut_span(name_span),
            kind,
            head,
            own_head: self
                .text
                .get(own.start as usize..name_span.start as usize)
                .unwrap_or_default(),
            tail: self
                .text
                .get(name_span.end as usize..signature.end as usize)
                .unwrap_or_default(),
            parent: enclosing,
            in_type,
            open: owner.is_some_and(|(_, open)| open),
        };
        let is_test = marks.is_test();
        let exported = marks.exported() && !in_function;
        let is_async = marks.is_async();
        if is_test && marks.is_case() {
            kind = SymbolKind::Test;
        }
        let name_text = marks::shortened(marks.name, LONGEST_NAME).to_owned();
        let is_test = is_test || enclosing.is_some_and(|parent| parent.is_test);
        let owner = owned
            .map(|owner| marks::type_name(self.text, span(owner)))
            .or(owner.map(|(owner, _)| owner))
            .map(|owner| self.cut_span(owner).to_owned())
            .or(block.as_ref().and_then(|block| block.owner.clone()));
        self.claim(name_at);
        self.ignore(caught);
        let index = self.out.definitions.len() as u32;
        let list = part(caught, Role::Parameters).or(declared
            .as_ref()
            .filter(|name| name.function && case.is_none())
            .and_then(|name| name.parameters));
        let parameters = list.map(|list| {
            let receives = kind == SymbolKind::Method || in_type;
            parameters::read(self.language, list, self.text, receives, &mut |name| {
                // What a type is made with may be named in it again: as a field.
                if !holds_members(kind) {
                    self.claim(name.start_byte());
                    self.locals.insert((index + 1, self.cut(name)));
                }
            })
        });
        let takes = matches!(kind, SymbolKind::Function | SymbolKind::Method);
        let parameters = parameters.or(takes.then(Vec::new));
        let returns = part(caught, Role::Returns).map(|node| {
            let mut text = self.cut(node).trim_start_matches([':', '-', '>', ' ']);
            if declared.is_some() {
                // In C what makes it a pointer stands with the name.
                let rest = self.text.get(node.end_byte()..name_at).unwrap_or_default();
                let more = rest.len() - rest.trim_start_matches(['*', '&', ' ']).len();
                let range = node.start_byte()..node.end_byte() + more;
                text = self.text.get(range).unwrap_or(text).trim_end();
            }
            marks::shortened(text, LONGEST_TEXT).to_owned()
        });
        self.out.definitions.push(Definition {
            name: name_text,
            kind,
            parent,
            owner,
            name_span,
            span: whole,
            signature: marks::trimmed(self.text, signature),
            doc,
            parameters,
            returns,
            exported,
            is_async,
            is_test,
        });
        self.open.push(Open {
            start: whole.start as usize,
            end: whole.end as usize,
            what: Scope::Definition(index),
        });
    }

    fn mention(&mut self, kind: ReferenceKind, caught: &Caught<'t>) {
        let Some(written) = part(caught, Role::Name) else {
            return;
        };
        let name = self.segment(written);
        let path = Span::new(written.start_byte(), name.start_byte());
        if self.is_taken(name.start_byte()) {
            return;
        }
        self.claim(name.start_byte());
        self.ignore(caught);
        let name_span = marks::unquoted(self.text, span(name));
        let text = self.cut_span(name_span);
        // `$1` of a shell is no name.
        let number =
            self.language == Language::Bash && text.starts_with(|c: char| c.is_ascii_digit());
        if text.is_empty() || number {
            return;
        }
        let alias = part(caught, Role::Alias);
        if let Some(alias) = alias {
            self.claim(alias.start_byte());
        }
        // No `new` here: a capital says it.
        let kind = match (self.language, kind) {
            (Language::Kotlin | Language::Swift, ReferenceKind::Call)
                if text.starts_with(|c: char| c.is_uppercase())
                    && !caught
                        .first()
                        .is_some_and(|(_, root)| self.cut(*root).starts_with('@')) =>
            {
                ReferenceKind::New
            }
            (_, kind) => kind,
        };
        let reference = Reference {
            name: marks::shortened(text, LONGEST_NAME).to_owned(),
            kind,
            span: name_span,
            qualifier: match part(caught, Role::Qualifier) {
                Some(node) => Some(self.qualifier(node)),
                None => {
                    let path = self.cut_span(path).trim_end_matches([':', '\\', '.']);
                    (!path.is_empty()).then(|| marks::shortened(path, LONGEST_TEXT).to_owned())
                }
            },
            arguments: part(caught, Role::Arguments).and_then(|list| self.kinds.count(list)),
            within: self.within(name.start_byte()),
            from: part(caught, Role::From).map(|node| {
                let from = marks::unquoted(self.text, span(node));
                marks::shortened(self.cut_span(from), LONGEST_NAME).to_owned()
            }),
            alias: alias.map(|node| self.cut(node).to_owned()),
        };
        self.push(reference);
    }

    /// What stands before a name: as written, or what it is made from where that is long or has arguments.
    fn qualifier(&self, node: Node<'t>) -> String {
        let written = self.cut(node);
        let plain = written.len() <= LONGEST_TEXT && !written.contains(['(', '\n', ' ']);
        match expression(node, self.text).filter(|_| !plain) {
            Some(short) => short,
            None => marks::shortened(written, LONGEST_TEXT).to_owned(),
        }
    }

    fn push(&mut self, reference: Reference) {
        if self.out.references.len() < MOST_REFERENCES {
            self.out.references.push(reference);
        }
    }

    /// Notes a name that means something only within the innermost definition.
    fn bind(&mut self, at: usize, text: &'t str) {
        // In a Rust pattern a capital starts a constant, a variant or a type.
        if self.language == Language::Rust && text.starts_with(|c: char| c.is_uppercase()) {
            return;
        }
        if !self.is_taken(at) {
            self.claim(at);
            let scope = self.within(at).map_or(0, |at| at + 1);
            self.locals.insert((scope, text));
        }
    }

    /// The innermost definition around, and the type between it and here.
    fn around(&self, at: usize) -> (Option<u32>, Option<(Span, bool)>) {
        let mut owner = None;
        let opened = |open: &&Open| open.start <= at;
        for open in self.open.iter().rev().filter(opened).take(MOST_SCOPES) {
            match open.what {
                Scope::Definition(index) => return (Some(index), owner),
                Scope::Owner(span, open) => owner = owner.or(Some((span, open))),
            }
        }
        (None, owner)
    }

    fn within(&self, at: usize) -> Option<u32> {
        self.around(at).0
    }

    /// What is around something that is bound at `at`.
    fn binding_place(&self, at: usize) -> bindings::Place {
        let within = self.within(at);
        let definitions = &self.out.definitions;
        let mut class = within;
        while let Some(one) = class.and_then(|at| definitions.get(at as usize)) {
            if holds_members(one.kind) {
                break;
            }
            class = one.parent;
        }
        let around = within.and_then(|at| definitions.get(at as usize));
        bindings::Place {
            within,
            class,
            returns: around.is_none_or(|one| one.returns.is_some() || !runs(one.kind)),
        }
    }

    fn finish(mut self) -> Outline {
        self.references();
        let empty = Bindings::new(self.text, self.language);
        self.out.bindings = std::mem::replace(&mut self.bindings, empty).kept(&self.out);
        for definition in &mut self.out.definitions {
            if definition.parent.is_none() && !self.exported.is_empty() {
                definition.exported |= self.exported.contains(definition.name.as_str());
            }
        }
        self.out
    }

    /// Leaves out mentions of locals and puts the rest in order.
    fn references(&mut self) {
        let definitions = &self.out.definitions;
        let locals = &self.locals;
        self.out.references.retain(|reference| {
            let may_be_local = reference.qualifier.is_none()
                && matches!(
                    reference.kind,
                    ReferenceKind::Use | ReferenceKind::Call | ReferenceKind::Type
                );
            if !may_be_local || locals.is_empty() {
                return true;
            }
            let mut at = reference.within;
            for _ in 0..MOST_SCOPES {
                let Some(index) = at else {
                    break;
                };
                if locals.contains(&(index + 1, reference.name.as_str())) {
                    return false;
                }
                at = definitions
                    .get(index as usize)
                    .and_then(|definition| definition.parent);
            }
            !locals.contains(&(0, reference.name.as_str()))
        });
        self.out
            .references
            .sort_by_key(|reference| reference.span.start);
    }

    /// The last segment of a path, where the language has paths that queries cannot take apart.
    fn segment(&self, name: Node<'t>) -> Node<'t> {
        match self.language {
            Language::Cpp | Language::Php | Language::CSharp if name.child_count() > 0 => {
                names::last_segment(name)
            }
            _ => name,
        }
    }

    fn claim(&mut self, at: usize) {
        if let Some(bits) = self.taken.get_mut(at / 64) {
            *bits |= 1 << (at % 64);
        }
    }

    fn release(&mut self, at: usize) {
        if let Some(bits) = self.taken.get_mut(at / 64) {
            *bits &= !(1 << (at % 64));
        }
    }

    fn is_taken(&self, at: usize) -> bool {
        self.taken
            .get(at / 64)
            .is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }

    fn cut(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn cut_span(&self, span: Span) -> &'t str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// Whether its body is run rather than being made of members.
fn runs(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Function | SymbolKind::Method | SymbolKind::Test
    )
}

fn holds_members(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Interface
            | SymbolKind::Trait
    )
}

fn part<'t>(caught: &Caught<'t>, wanted: Role) -> Option<Node<'t>> {
    caught
        .iter()
        .find(|(role, _)| *role == wanted)
        .map(|(_, node)| *node)
}

pub(super) fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}
