//! An outline as bytes: what the index keeps of each file, small enough to keep all of it.
//!
//! Names are kept once per file, numbers as variable-length integers, places as distances. Mentions and definitions of
//! one name can be picked out without building the rest. Bytes come from a cache that anybody may have damaged, so
//! reading returns `None` on whatever does not add up, and never allocates by a number it was told.

use std::collections::HashMap;

use base::{
    Binding, ContentHash, Definition, Outline, Parameter, Reference, ReferenceKind, Span,
    SymbolKind,
};

const KINDS: [SymbolKind; 17] = [
    SymbolKind::Function,
    SymbolKind::Method,
    SymbolKind::Class,
    SymbolKind::Struct,
    SymbolKind::Enum,
    SymbolKind::Interface,
    SymbolKind::Trait,
    SymbolKind::Module,
    SymbolKind::Constant,
    SymbolKind::Variable,
    SymbolKind::Field,
    SymbolKind::Macro,
    SymbolKind::TypeAlias,
    SymbolKind::Test,
    SymbolKind::Object,
    SymbolKind::Section,
    SymbolKind::Key,
];

const MENTIONS: [ReferenceKind; 6] = [
    ReferenceKind::Call,
    ReferenceKind::New,
    ReferenceKind::Type,
    ReferenceKind::Inherit,
    ReferenceKind::Import,
    ReferenceKind::Use,
];

/// A file as the index keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) hash: ContentHash,
    /// The language's name; empty for plain text.
    pub(super) language: String,
    pub(super) outline: Outline,
}

/// The number that a kind of definition is kept as.
pub(super) fn kind_number(kind: SymbolKind) -> u8 {
    KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u8
}

/// Packs a file.
pub(super) fn encode(hash: ContentHash, language: &str, outline: &Outline) -> Vec<u8> {
    let mut names = Names::default();
    let mut body = Vec::new();
    put(&mut body, outline.definitions.len() as u32);
    let mut last = 0;
    for definition in &outline.definitions {
        let d = definition;
        let parameters = d.parameters.as_deref();
        let flags = u32::from(d.exported)
            | u32::from(d.is_async) << 1
            | u32::from(d.is_test) << 2
            | u32::from(d.parent.is_some()) << 3
            | u32::from(d.owner.is_some()) << 4
            | u32::from(d.doc.is_some()) << 5
            | u32::from(parameters.is_some()) << 6
            | u32::from(d.returns.is_some()) << 7;
        names.put(&mut body, &d.name);
        put(&mut body, u32::from(kind_number(d.kind)));
        put(&mut body, flags);
        put_signed(&mut body, d.span.start, last);
        last = d.span.start;
        put(&mut body, d.span.end.wrapping_sub(d.span.start));
        put_signed(&mut body, d.name_span.start, d.span.start);
        put_length(&mut body, d.name_span, &d.name);
        put_span(&mut body, d.signature, d.span.start);
        if let Some(parent) = d.parent {
            put(&mut body, parent);
        }
        if let Some(owner) = &d.owner {
            names.put(&mut body, owner);
        }
        if let Some(doc) = d.doc {
            put_span(&mut body, doc, d.span.start);
        }
        if let Some(parameters) = parameters {
            put(&mut body, parameters.len() as u32);
            for p in parameters {
                let flags = u32::from(p.optional)
                    | u32::from(p.variadic) << 1
                    | u32::from(p.keyword_only) << 2
                    | u32::from(p.of_type.is_some()) << 3;
                put(&mut body, flags);
                names.put(&mut body, &p.name);
                if let Some(of_type) = &p.of_type {
                    names.put(&mut body, of_type);
                }
            }
        }
        if let Some(returns) = &d.returns {
            names.put(&mut body, returns);
        }
    }
    put(&mut body, outline.references.len() as u32);
    let mut last = 0;
    let mut within = 0;
    for r in &outline.references {
        let kind = MENTIONS.iter().position(|k| *k == r.kind).unwrap_or(0) as u32;
        // Mentions of one definition stand together, so the number is kept only where it changes.
        let around = r.within.map_or(0, |within| within.saturating_add(1));
        let flags = kind
            | u32::from(around != within) << 3
            | u32::from(r.qualifier.is_some()) << 4
            | u32::from(r.arguments.is_some()) << 5
            | u32::from(r.from.is_some()) << 6
            | u32::from(r.alias.is_some()) << 7
            | u32::from(r.span.len() != r.name.len()) << 8;
        put(&mut body, flags);
        names.put(&mut body, &r.name);
        put_signed(&mut body, r.span.start, last);
        last = r.span.end;
        if r.span.len() != r.name.len() {
            put(&mut body, r.span.end.wrapping_sub(r.span.start));
        }
        if around != within {
            put(&mut body, around);
            within = around;
        }
        for text in [&r.qualifier, &r.from, &r.alias].into_iter().flatten() {
            names.put(&mut body, text);
        }
        if let Some(arguments) = r.arguments {
            put(&mut body, arguments);
        }
    }
    match &outline.module {
        Some(module) => {
            put(&mut body, 1);
            names.put(&mut body, module);
        }
        None => put(&mut body, 0),
    }
    put(&mut body, outline.bindings.len() as u32);
    let mut last = 0;
    for b in &outline.bindings {
        let flags = u32::from(b.within.is_some())
            | u32::from(b.of_type.is_some()) << 1
            | u32::from(b.value.is_some()) << 2;
        put(&mut body, flags);
        names.put(&mut body, &b.name);
        put_signed(&mut body, b.span.start, last);
        last = b.span.end;
        put_length(&mut body, b.span, &b.name);
        if let Some(within) = b.within {
            put(&mut body, within);
        }
        for text in [&b.of_type, &b.value].into_iter().flatten() {
            names.put(&mut body, text);
        }
    }

    let mut bytes = Vec::with_capacity(body.len() + names.bytes.len() + 32);
    bytes.extend_from_slice(&hash.to_bytes());
    put_text(&mut bytes, language);
    put(&mut bytes, names.known.len() as u32);
    bytes.extend_from_slice(&names.bytes);
    bytes.extend_from_slice(&body);
    bytes
}

/// Unpacks a file.
pub(super) fn decode(bytes: &[u8]) -> Option<Record> {
    let (packed, mut reader) = Packed::open(bytes)?;
    let mut outline = Outline::default();
    read_definitions(&mut reader, &packed, |_, read| {
        outline.definitions.push(read.definition(&packed)?);
        Some(())
    })?;
    read_references(&mut reader, &packed, |_, read| {
        outline.references.push(read.reference(&packed)?);
        Some(())
    })?;
    if reader.number()? == 1 {
        outline.module = Some(packed.name(reader.name()?)?.to_owned());
    }
    outline.bindings = read_bindings(&mut reader, &packed)?;
    Some(Record {
        hash: packed.hash,
        language: packed.language.to_owned(),
        outline,
    })
}

/// The version that a packed file belongs to.
pub(super) fn hash_of(bytes: &[u8]) -> Option<ContentHash> {
    Some(Packed::open(bytes)?.0.hash)
}

/// The mentions of `name` in a packed file, each with its place among all and the names around it.
pub(super) fn mentions(bytes: &[u8], name: &str) -> Option<Vec<(u32, Reference, Vec<String>)>> {
    let (packed, mut reader) = Packed::open(bytes)?;
    let Some(wanted) = packed.number_of(name) else {
        return Some(Vec::new());
    };
    let mut around = Around::default();
    read_definitions(&mut reader, &packed, |_, read| {
        around.push((read.name, read.parent, read.owner));
        Some(())
    })?;
    let mut found = Vec::new();
    read_references(&mut reader, &packed, |index, read| {
        if read.name == wanted {
            let reference = read.reference(&packed)?;
            let names = qualified(&packed, &around, reference.within)?;
            found.push((index, reference, names));
        }
        Some(())
    })?;
    Some(found)
}

/// Name, parent and owner of each definition.
type Around = Vec<(u32, Option<u32>, Option<u32>)>;

/// The name of a definition after those around it.
fn qualified(packed: &Packed, around: &Around, mut at: Option<u32>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while let Some((name, parent, owner)) = at.and_then(|at| around.get(at as usize)) {
        names.push(packed.name(*name)?.to_owned());
        if let Some(owner) = owner {
            names.push(packed.name(*owner)?.to_owned());
        }
        at = parent.filter(|parent| Some(*parent) < at);
    }
    names.reverse();
    Some(names)
}

/// The definitions of `name` in a packed file, each with its place among all and its own name after those around it.
pub(super) fn definitions(bytes: &[u8], name: &str) -> Option<Vec<(u32, Definition, Vec<String>)>> {
    let (packed, mut reader) = Packed::open(bytes)?;
    let Some(wanted) = packed.number_of(name) else {
        return Some(Vec::new());
    };
    let mut around = Around::default();
    let mut found = Vec::new();
    read_definitions(&mut reader, &packed, |index, read| {
        around.push((read.name, read.parent, read.owner));
        if read.name == wanted {
            found.push((index, read.definition(&packed)?));
        }
        Some(())
    })?;
    let named = |(index, definition)| {
        let names = qualified(&packed, &around, Some(index))?;
        Some((index, definition, names))
    };
    found.into_iter().map(named).collect()
}

/// The definitions of a packed file without its mentions, parameters and types, for those who only want to name what
/// they found.
pub(super) fn brief(bytes: &[u8]) -> Option<(ContentHash, Outline)> {
    let (packed, mut reader) = Packed::open(bytes)?;
    let mut outline = Outline::default();
    read_definitions(&mut reader, &packed, |_, mut read| {
        (read.parameters, read.returns) = (None, None);
        outline.definitions.push(read.definition(&packed)?);
        Some(())
    })?;
    Some((packed.hash, outline))
}

#[derive(Default)]
struct Names<'a> {
    known: HashMap<&'a str, u32>,
    bytes: Vec<u8>,
}

impl<'a> Names<'a> {
    /// Writes the name's number plus one; for a new name, which has the next number, nothing but a zero: half of all
    /// names are new, and what is always the same packs best.
    fn put(&mut self, body: &mut Vec<u8>, name: &'a str) {
        match self.known.get(name) {
            Some(number) => put(body, number + 1),
            None => {
                self.known.insert(name, self.known.len() as u32);
                put_text(&mut self.bytes, name);
                put(body, 0);
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The distance from `from` to `to`, small both ways.
fn put_signed(bytes: &mut Vec<u8>, to: u32, from: u32) {
    let distance = to.wrapping_sub(from) as i32;
    put(bytes, ((distance << 1) ^ (distance >> 31)) as u32);
}

fn put_span(bytes: &mut Vec<u8>, span: Span, base: u32) {
    put_signed(bytes, span.start, base);
    put(bytes, span.end.wrapping_sub(span.start));
}

/// The length of a place that is mostly that of the name which stands there.
fn put_length(bytes: &mut Vec<u8>, span: Span, name: &str) {
    match span.len() == name.len() {
        true => put(bytes, 0),
        false => put(bytes, (span.len() as u32).saturating_add(1)),
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u32);
    bytes.extend_from_slice(text.as_bytes());
}

struct Reader<'a> {
    rest: &'a [u8],
    /// The number of the next name that is new.
    next: u32,
}

impl<'a> Reader<'a> {
    /// The number of a name.
    fn name(&mut self) -> Option<u32> {
        self.number()?.checked_sub(1).or_else(|| {
            self.next = self.next.checked_add(1)?;
            self.next.checked_sub(1)
        })
    }

    /// The length of the place of a name.
    fn length(&mut self, packed: &Packed, name: u32) -> Option<u32> {
        match self.number()?.checked_sub(1) {
            Some(length) => Some(length),
            None => packed.length(name),
        }
    }

    fn number(&mut self) -> Option<u32> {
        let mut number: u32 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self, from: u32) -> Option<u32> {
        let packed = self.number()?;
        let distance = (packed >> 1) as i32 ^ -((packed & 1) as i32);
        Some(from.wrapping_add(distance as u32))
    }

    fn span(&mut self, base: u32) -> Option<Span> {
        let start = self.signed(base)?;
        let end = start.checked_add(self.number()?)?;
        Some(Span { start, end })
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()? as usize;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

struct Packed<'a> {
    hash: ContentHash,
    language: &'a str,
    names: Vec<&'a str>,
}

impl<'a> Packed<'a> {
    fn open(bytes: &'a [u8]) -> Option<(Self, Reader<'a>)> {
        let (hash, rest) = bytes.split_first_chunk::<16>()?;
        let mut reader = Reader { rest, next: 0 };
        let language = reader.text()?;
        let count = reader.number()? as usize;
        // Each name takes a byte at least.
        if count > reader.rest.len() {
            return None;
        }
        let mut names = Vec::with_capacity(count);
        for _ in 0..count {
            names.push(reader.text()?);
        }
        let packed = Self {
            hash: ContentHash::from_bytes(*hash),
            language,
            names,
        };
        Some((packed, reader))
    }

    fn name(&self, number: u32) -> Option<&'a str> {
        self.names.get(number as usize).copied()
    }

    fn length(&self, number: u32) -> Option<u32> {
        Some(self.name(number)?.len() as u32)
    }

    fn number_of(&self, name: &str) -> Option<u32> {
        Some(self.names.iter().position(|n| *n == name)? as u32)
    }

    fn text(&self, number: Option<u32>) -> Option<Option<String>> {
        match number {
            Some(number) => Some(Some(self.name(number)?.to_owned())),
            None => Some(None),
        }
    }
}

/// A definition with its names still as numbers.
struct ReadDefinition {
    name: u32,
    kind: SymbolKind,
    flags: u32,
    span: Span,
    name_span: Span,
    signature: Span,
    parent: Option<u32>,
    owner: Option<u32>,
    doc: Option<Span>,
    parameters: Option<Vec<(u32, u32, Option<u32>)>>,
    returns: Option<u32>,
}

impl ReadDefinition {
    fn definition(self, packed: &Packed) -> Option<Definition> {
        let parameters = match self.parameters {
            None => None,
            Some(parameters) => {
                let mut read = Vec::with_capacity(parameters.len());
                for (flags, name, of_type) in parameters {
                    read.push(Parameter {
                        name: packed.name(name)?.to_owned(),
                        of_type: packed.text(of_type)?,
                        optional: flags & 1 != 0,
                        variadic: flags & 2 != 0,
                        keyword_only: flags & 4 != 0,
                    });
                }
                Some(read)
            }
        };
        Some(Definition {
            name: packed.name(self.name)?.to_owned(),
            kind: self.kind,
            parent: self.parent,
            owner: packed.text(self.owner)?,
            name_span: self.name_span,
            span: self.span,
            signature: self.signature,
            doc: self.doc,
            parameters,
            returns: packed.text(self.returns)?,
            exported: self.flags & 1 != 0,
            is_async: self.flags & 2 != 0,
            is_test: self.flags & 4 != 0,
        })
    }
}

fn read_definitions(
    reader: &mut Reader,
    packed: &Packed,
    mut found: impl FnMut(u32, ReadDefinition) -> Option<()>,
) -> Option<()> {
    let count = reader.number()?;
    let mut last = 0;
    for index in 0..count {
        let name = reader.name()?;
        let kind = *KINDS.get(reader.number()? as usize)?;
        let flags = reader.number()?;
        let start = reader.signed(last)?;
        last = start;
        let span = Span {
            start,
            end: start.checked_add(reader.number()?)?,
        };
        let name_start = reader.signed(start)?;
        let name_span = Span {
            start: name_start,
            end: name_start.checked_add(reader.length(packed, name)?)?,
        };
        let signature = reader.span(start)?;
        let parent = match flags & 8 {
            0 => None,
            _ => Some(reader.number()?),
        };
        let owner = match flags & 16 {
            0 => None,
            _ => Some(reader.name()?),
        };
        let doc = match flags & 32 {
            0 => None,
            _ => Some(reader.span(start)?),
        };
        let parameters = match flags & 64 {
            0 => None,
            _ => {
                let mut parameters = Vec::new();
                for _ in 0..reader.number()? {
                    let flags = reader.number()?;
                    let name = reader.name()?;
                    let of_type = match flags & 8 {
                        0 => None,
                        _ => Some(reader.name()?),
                    };
                    parameters.push((flags, name, of_type));
                }
                Some(parameters)
            }
        };
        let returns = match flags & 128 {
            0 => None,
            _ => Some(reader.name()?),
        };
        let read = ReadDefinition {
            name,
            kind,
            flags,
            span,
            name_span,
            signature,
            parent,
            owner,
            doc,
            parameters,
            returns,
        };
        found(index, read)?;
    }
    Some(())
}

/// A mention with its names still as numbers.
struct ReadReference {
    name: u32,
    kind: ReferenceKind,
    span: Span,
    within: Option<u32>,
    qualifier: Option<u32>,
    from: Option<u32>,
    alias: Option<u32>,
    arguments: Option<u32>,
}

impl ReadReference {
    fn reference(self, packed: &Packed) -> Option<Reference> {
        Some(Reference {
            name: packed.name(self.name)?.to_owned(),
            kind: self.kind,
            span: self.span,
            qualifier: packed.text(self.qualifier)?,
            arguments: self.arguments,
            within: self.within,
            from: packed.text(self.from)?,
            alias: packed.text(self.alias)?,
        })
    }
}

fn read_bindings(reader: &mut Reader, packed: &Packed) -> Option<Vec<Binding>> {
    let mut bindings = Vec::new();
    let mut last = 0;
    for _ in 0..reader.number()? {
        let flags = reader.number()?;
        let name = reader.name()?;
        let start = reader.signed(last)?;
        let end = start.checked_add(reader.length(packed, name)?)?;
        last = end;
        let within = match flags & 1 {
            0 => None,
            _ => Some(reader.number()?),
        };
        let mut when = |bit: u32| match flags & bit {
            0 => Some(None),
            _ => reader.name().map(Some),
        };
        bindings.push(Binding {
            name: packed.name(name)?.to_owned(),
            span: Span { start, end },
            within,
            of_type: packed.text(when(2)?)?,
            value: packed.text(when(4)?)?,
        });
    }
    Some(bindings)
}

fn read_references(
    reader: &mut Reader,
    packed: &Packed,
    mut found: impl FnMut(u32, ReadReference) -> Option<()>,
) -> Option<()> {
    let count = reader.number()?;
    let mut last = 0;
    let mut within = 0;
    for index in 0..count {
        let flags = reader.number()?;
        let name = reader.name()?;
        let start = reader.signed(last)?;
        let length = match flags & 256 {
            0 => packed.length(name)?,
            _ => reader.number()?,
        };
        last = start.checked_add(length)?;
        if flags & 8 != 0 {
            within = reader.number()?;
        }
        let mut when = |bit: u32| match flags & bit {
            0 => Some(None),
            _ => reader.name().map(Some),
        };
        let qualifier = when(16)?;
        let from = when(64)?;
        let alias = when(128)?;
        let arguments = match flags & 32 {
            0 => None,
            _ => Some(reader.number()?),
        };
        let read = ReadReference {
            name,
            kind: *MENTIONS.get((flags & 7) as usize)?,
            span: Span { start, end: last },
            within: within.checked_sub(1),
            qualifier,
            from,
            alias,
            arguments,
        };
        found(index, read)?;
    }
    Some(())
}
