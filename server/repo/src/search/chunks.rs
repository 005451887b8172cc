//! A file cut into the excerpts that can be found: one per definition, long ones in parts, small files whole.
//!
//! Every byte belongs to exactly one excerpt, that of the innermost definition around it which is large enough to have
//! one of its own, so a class is not found for what its methods say and nothing is counted twice.

use std::collections::{HashMap, HashSet};

use base::{Definition, Outline, Span, SymbolKind, Text};

/// A file of at most this many lines and bytes is one excerpt.
const SMALL_LINES: u32 = 60;
const SMALL_BYTES: usize = 2_048;
/// An excerpt longer than this is cut.
const PART_LINES: u32 = 60;
const PART_BYTES: usize = 4_096;
/// A function inside a function has an excerpt of its own from this size on.
const NESTED_BYTES: usize = 400;

/// One excerpt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The whole definition, or the part of it or of the file.
    pub(super) span: Span,
    /// The definition it is of.
    pub(super) definition: Option<u32>,
    /// The definitions whose names stand in it, its own included.
    pub(super) names: Vec<u32>,
    /// Its own text.
    pub(super) pieces: Vec<Span>,
}

/// Cuts `text` by `outline`. Spans that do not lie in the text are passed over.
pub(super) fn chunks(text: &Text, outline: &Outline) -> Vec<Chunk> {
    let end = text.len() as u32;
    if text.lines().count() <= SMALL_LINES && text.len() <= SMALL_BYTES {
        return vec![small(outline, end)];
    }
    let mut chunks = Cut::new(text, outline).run();
    for (index, definition) in outline.definitions.iter().enumerate() {
        if let Some(chunk) = at(&chunks.places, definition.name_span.start) {
            chunks.made[chunk].names.push(index as u32);
        }
    }
    // A definition cut into parts is found by its name in each of them.
    for chunk in &mut chunks.made {
        if let Some(definition) = chunk.definition
            && !chunk.names.contains(&definition)
        {
            chunk.names.push(definition);
        }
    }
    chunks.made
}

fn small(outline: &Outline, end: u32) -> Chunk {
    let span = Span { start: 0, end };
    Chunk {
        span,
        definition: None,
        names: (0..outline.definitions.len() as u32).collect(),
        pieces: vec![span],
    }
}

/// The chunk that holds a place: the last piece that starts at or before it.
fn at(places: &[(u32, usize)], offset: u32) -> Option<usize> {
    let after = places.partition_point(|(start, _)| *start <= offset);
    Some(places.get(after.checked_sub(1)?)?.1)
}

/// What came out.
struct Made {
    made: Vec<Chunk>,
    /// Where pieces start and to which chunk they belong, in order.
    places: Vec<(u32, usize)>,
}

struct Cut<'a> {
    text: &'a Text,
    outline: &'a Outline,
    /// Definitions that have an excerpt, by where they start (their documentation included).
    own: Vec<(Span, u32)>,
    made: Vec<Chunk>,
    places: Vec<(u32, usize)>,
    /// The latest chunk of each owner, where more of its text goes until it is full.
    open: HashMap<Option<u32>, usize>,
    /// The owners that have a chunk.
    begun: HashSet<u32>,
}

impl<'a> Cut<'a> {
    fn new(text: &'a Text, outline: &'a Outline) -> Self {
        let mut own: Vec<(Span, u32)> = Vec::new();
        for (index, definition) in outline.definitions.iter().enumerate() {
            let span = whole(definition);
            if has_own(outline, definition) && text.slice(span).is_some() {
                own.push((span, index as u32));
            }
        }
        // The outer one first where two start together.
        own.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        Self {
            text,
            outline,
            own,
            made: Vec::new(),
            places: Vec::new(),
            open: HashMap::new(),
            begun: HashSet::new(),
        }
    }

    fn run(mut self) -> Made {
        let end = self.text.len() as u32;
        let mut stack: Vec<(u32, u32)> = Vec::new();
        let mut at = 0;
        for (span, index) in std::mem::take(&mut self.own) {
            while let Some(&(inner_end, inner)) = stack.last()
                && inner_end <= span.start
            {
                self.put(Some(inner), at, inner_end);
                at = at.max(inner_end);
                stack.pop();
            }
            let around = stack.last();
            // Definitions that overlap without one holding the other come from broken sources.
            if span.start < at || around.is_some_and(|(around_end, _)| *around_end < span.end) {
                continue;
            }
            self.put(around.map(|(_, around)| *around), at, span.start);
            at = at.max(span.start);
            stack.push((span.end, index));
        }
        while let Some((inner_end, inner)) = stack.pop() {
            self.put(Some(inner), at, inner_end);
            at = at.max(inner_end);
        }
        self.put(None, at, end);
        Made {
            made: self.made,
            places: self.places,
        }
    }

    /// Gives the text from `start` to `end` to `owner`.
    fn put(&mut self, owner: Option<u32>, start: u32, end: u32) {
        let span = Span { start, end };
        if start < end && self.text.slice(span).is_some() {
            self.piece(owner, span);
        }
    }

    /// Adds a piece to the owner's chunk, at line ends to a new one when it is full.
    fn piece(&mut self, owner: Option<u32>, mut span: Span) {
        loop {
            let chunk = self.chunk_of(owner, span.start);
            let used: usize = self.made[chunk].pieces.iter().map(|s| s.len()).sum();
            let lines = self.text.lines();
            let first = self.made[chunk]
                .pieces
                .first()
                .map_or(span.start, |s| s.start);
            let first_line = lines.line_of(first.min(span.start));
            // As far as lines and bytes allow, but a whole line at least.
            let start_line = lines.line_of(span.start);
            let by_lines = (first_line + PART_LINES).max(start_line + 1);
            let mut last_line = start_line + 1;
            while last_line < by_lines
                && lines.line_start(last_line) < span.end
                && used + (lines.line_start(last_line) - span.start) as usize <= PART_BYTES
            {
                last_line += 1;
            }
            let mut end = lines.line_start(last_line).min(span.end);
            if (end - span.start) as usize > PART_BYTES {
                end = self.boundary(span.start + PART_BYTES as u32);
            }
            self.places.push((span.start, chunk));
            let made = &mut self.made[chunk];
            made.pieces.push(Span {
                start: span.start,
                end,
            });
            made.span.end = made.span.end.max(end);
            if end >= span.end {
                return;
            }
            self.open.remove(&owner);
            span.start = end;
        }
    }

    fn boundary(&self, mut offset: u32) -> u32 {
        while !self.text.as_str().is_char_boundary(offset as usize) {
            offset += 1;
        }
        offset
    }

    fn chunk_of(&mut self, owner: Option<u32>, start: u32) -> usize {
        if let Some(&open) = self.open.get(&owner) {
            let chunk = &self.made[open];
            let used: usize = chunk.pieces.iter().map(|s| s.len()).sum();
            let lines = self.text.lines();
            let first = chunk.pieces.first().map_or(start, |s| s.start);
            let full = used >= PART_BYTES
                || owner.is_none() && lines.line_of(start) - lines.line_of(first) >= PART_LINES;
            if !full {
                return open;
            }
        }
        let whole = owner
            .filter(|owner| self.begun.insert(*owner))
            .and_then(|owner| self.outline.definitions.get(owner as usize))
            .map(whole)
            .filter(|span| span.len() <= PART_BYTES);
        self.made.push(Chunk {
            span: whole.unwrap_or(Span { start, end: start }),
            definition: owner,
            names: Vec::new(),
            pieces: Vec::new(),
        });
        self.open.insert(owner, self.made.len() - 1);
        self.made.len() - 1
    }
}

/// A definition with the documentation above it.
fn whole(definition: &Definition) -> Span {
    let start = match definition.doc {
        Some(doc) => doc.start.min(definition.span.start),
        None => definition.span.start,
    };
    Span {
        start,
        end: definition.span.end,
    }
}

fn has_own(outline: &Outline, definition: &Definition) -> bool {
    use SymbolKind::*;
    let in_function = definition
        .parent
        .and_then(|parent| outline.definitions.get(parent as usize))
        .is_some_and(|parent| matches!(parent.kind, Function | Method | Test));
    match definition.kind {
        Constant | Variable | Field | Key => definition.span.len() > NESTED_BYTES && !in_function,
        Function | Method | Test if in_function => definition.span.len() > NESTED_BYTES,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cut(path: &str, source: &str) -> (Text, Outline, Vec<Chunk>) {
        let text = Text::new(source);
        let path = base::RelPath::new(path).expect("valid");
        let language = syntax::Language::of(&path, &text).expect("known");
        let tree = syntax::Tree::parse(language, &text, Duration::from_secs(10)).expect("parsed");
        let outline = tree.outline();
        let chunks = chunks(&text, &outline);
        (text, outline, chunks)
    }

    /// Every byte is in exactly one piece.
    #[track_caller]
    fn covers(text: &Text, chunks: &[Chunk]) {
        let mut pieces: Vec<Span> = chunks
            .iter()
            .flat_map(|chunk| chunk.pieces.iter().copied())
            .collect();
        pieces.sort();
        let mut at = 0;
        for piece in pieces {
            assert_eq!(piece.start, at);
            assert!(piece.len() <= PART_BYTES + 4, "{piece:?}");
            at = piece.end;
        }
        assert_eq!(at as usize, text.len());
    }

    #[test]
    fn each_definition_has_its_own_excerpt() {
        let filler = "    let x = compute(1);\n".repeat(40);
        let source = format!(
            "use a::b;\n\n/// Says hello.\nfn hello() {{\n{filler}}}\n\nstruct S {{\n    field: u8,\n}}\n\nimpl S {{\n    fn go(&self) {{\n{filler}{filler}    }}\n}}\n"
        );
        let (text, outline, chunks) = cut("a.rs", &source);
        covers(&text, &chunks);
        let seen: Vec<_> = chunks
            .iter()
            .map(|chunk| {
                let name = chunk
                    .definition
                    .map_or("-", |index| &outline.definitions[index as usize].name);
                let lines = text.lines();
                format!(
                    "{name} {}-{}",
                    lines.line_of(chunk.span.start) + 1,
                    lines.line_of(chunk.span.end - 1) + 1
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                "- 1-52",
                "hello 3-45",
                "S 47-49",
                "go 52-133",
                "go 112-133",
                "- 133-134"
            ]
        );
    }

    #[test]
    fn long_lines_and_no_definitions_are_cut_too() {
        let (text, _, chunks) = cut("a.json", &format!("{{\"a\": \"{}\"}}", "é".repeat(9_000)));
        covers(&text, &chunks);
        assert!(chunks.len() >= 4, "{}", chunks.len());
    }
}
