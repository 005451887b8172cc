//! Immutable texts, their content hash, byte spans and the line index used by reports.
//!
//! A `Text` is one version of one file. Two texts with the same hash are the same version, whichever way they came
//! (disk, blob, open buffer), so caches key on the hash and never on a path or a time.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A half-open byte range `start..end` into one known version of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two offsets; `end` below `start` becomes an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The span as an index into a string or byte slice.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the two share a byte, or one is empty and lies within (or at an edge of) the other.
    pub fn touches(self, other: Span) -> bool {
        if self.is_empty() || other.is_empty() {
            self.start <= other.end && other.start <= self.end
        } else {
            self.start < other.end && other.start < self.end
        }
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// BLAKE3 of a text's bytes, cut to 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 16]);

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Self(short)
    }

    /// All sixteen bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// A hash that was stored as [its bytes](Self::to_bytes).
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The first eight bytes as a number, big-endian.
    pub fn to_u64(self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A [`ContentHash`] of bytes that come piece by piece.
#[derive(Clone, Debug, Default)]
pub struct ContentHasher(blake3::Hasher);

impl ContentHasher {
    /// Takes in the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all pieces, as [`ContentHash::of`] gives it for the whole.
    pub fn finish(&self) -> ContentHash {
        let mut short = [0; 16];
        short.copy_from_slice(&self.0.finalize().as_bytes()[..16]);
        ContentHash(short)
    }
}

/// One immutable version of a file's text; cloning is a reference count.
#[derive(Clone)]
pub struct Text(Arc<Inner>);

struct Inner {
    content: String,
    lossy: bool,
    hash: OnceLock<ContentHash>,
    lines: OnceLock<LineIndex>,
}

impl Text {
    /// A text from a string that is already Unicode (an editor's buffer, a fixture).
    pub fn new(content: impl Into<String>) -> Self {
        Self::build(content.into(), false)
    }

    /// A text from a file's bytes: a UTF-8 byte order mark is dropped, invalid sequences become U+FFFD and mark the
    /// text as [lossy](Text::is_lossy).
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => rest.to_vec(),
            None => bytes,
        };
        match String::from_utf8(bytes) {
            Ok(content) => Self::build(content, false),
            Err(error) => Self::build(String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
        }
    }

    fn build(content: String, lossy: bool) -> Self {
        Self(Arc::new(Inner {
            content,
            lossy,
            hash: OnceLock::new(),
            lines: OnceLock::new(),
        }))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0.content
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.content.len()
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.0.content.is_empty()
    }

    /// Whether bytes that are not UTF-8 were replaced: such a text can be reviewed, but no edit to it may be offered.
    pub fn is_lossy(&self) -> bool {
        self.0.lossy
    }

    /// The hash that identifies this version; computed once.
    pub fn hash(&self) -> ContentHash {
        *self
            .0
            .hash
            .get_or_init(|| ContentHash::of(self.0.content.as_bytes()))
    }

    /// The line index; computed once.
    pub fn lines(&self) -> &LineIndex {
        self.0.lines.get_or_init(|| LineIndex::new(&self.0.content))
    }

    /// The text under `span`, or `None` when it is out of range or cuts a character.
    pub fn slice(&self, span: Span) -> Option<&str> {
        self.0.content.get(span.range())
    }

    /// Line and column (both 1-based, the column in Unicode scalar values) of a byte offset, which is clamped to the
    /// text and moved back to a character boundary.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let content = self.as_str();
        let mut offset = (offset as usize).min(content.len());
        while !content.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.lines().line_of(offset as u32);
        let start = self.lines().line_start(line) as usize;
        LineColumn {
            line: line + 1,
            column: content[start..offset].chars().count() as u32 + 1,
        }
    }

    /// The content of a 0-based line without its line ending, or `None` past the end.
    pub fn line(&self, line: u32) -> Option<&str> {
        let span = self.lines().line_span(line)?;
        let line = &self.as_str()[span.range()];
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes, {})", self.len(), self.hash())
    }
}

/// A place for people: both numbers start at 1, columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in Unicode scalar values.
    pub column: u32,
}

/// Where lines start, lines ending at LF (so also at CRLF).
///
/// The editor's edge has its own notion (a lone CR ends a line there too); it lives in `lsp` and must not use this.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    fn new(content: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', content.as_bytes()).map(|at| at as u32 + 1));
        Self {
            starts,
            len: content.len() as u32,
        }
    }

    /// Number of lines; a text that ends in a line feed has an empty last line, which counts.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The 0-based line that holds `offset`.
    pub fn line_of(&self, offset: u32) -> u32 {
        match self.starts.binary_search(&offset) {
            Ok(line) => line as u32,
            Err(next) => next as u32 - 1,
        }
    }

    /// Byte offset of a 0-based line; past the last line, the length of the text.
    pub fn line_start(&self, line: u32) -> u32 {
        self.starts.get(line as usize).copied().unwrap_or(self.len)
    }

    /// Span of a 0-based line with its line ending, or `None` past the end.
    pub fn line_span(&self, line: u32) -> Option<Span> {
        let start = *self.starts.get(line as usize)?;
        Some(Span {
            start,
            end: self.line_start(line + 1),
        })
    }

    /// Span of the 0-based lines `first..end` with their line endings, cut to the text.
    pub fn lines_span(&self, lines: Range<u32>) -> Span {
        let start = self.line_start(lines.start);
        Span {
            start,
            end: self.line_start(lines.end).max(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentHash, ContentHasher, LineColumn, Span, Text};

    #[test]
    fn lines_and_columns_count_scalar_values() {
        let text = Text::new("a\r\n😀b\u{2028}c\nlast");
        let place = |line, column| LineColumn { line, column };
        assert_eq!(text.line_column(0), place(1, 1));
        assert_eq!(text.line_column(3), place(2, 1));
        assert_eq!(
            text.line_column(5),
            place(2, 1),
            "inside the emoji moves back to its start"
        );
        assert_eq!(text.line_column(7), place(2, 2));
        assert_eq!(text.line_column(11), place(2, 4), "U+2028 ends no line");
        assert_eq!(text.line_column(99), place(3, 5));
        assert_eq!(
            (text.line(0), text.line(2), text.line(3)),
            (Some("a"), Some("last"), None)
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_kept_readable_and_marked() {
        let text = Text::from_bytes(b"\xef\xbb\xbfcaf\xe9\n".to_vec());
        assert_eq!((text.as_str(), text.is_lossy()), ("caf\u{fffd}\n", true));
        assert!(!Text::from_bytes("café".as_bytes().to_vec()).is_lossy());
    }

    #[test]
    fn a_hash_of_pieces_is_the_hash_of_the_whole() {
        let mut hasher = ContentHasher::default();
        for piece in ["a", "", "bc"] {
            hasher.update(piece.as_bytes());
        }
        assert_eq!(hasher.finish(), ContentHash::of(b"abc"));
        assert_eq!(
            ContentHash::from_bytes(hasher.finish().to_bytes()),
            hasher.finish()
        );
    }

    #[test]
    fn an_empty_span_touches_what_it_borders() {
        let at = |start, end| Span { start, end };
        assert!(
            at(3, 3).touches(at(3, 5)) && at(5, 5).touches(at(3, 5)) && !at(6, 6).touches(at(3, 5))
        );
        assert!(!at(0, 3).touches(at(3, 5)) && at(0, 4).touches(at(3, 5)));
    }
}
