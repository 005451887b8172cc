//! Positions: lines and characters in the encoding that was negotiated, to and from byte offsets of a rope.
//!
//! Lines end at LF, CRLF or CR, as the protocol says (the rope is built with exactly these). A character past the end of
//! its line means the end of the line; a line past the end, or a UTF-8 offset inside a character, means that the client
//! and the server no longer speak of the same text.

use ropey::Rope;

use crate::proto::types::{ClientCapabilities, Position, PositionEncodingKind, Range};

/// The unit of `Position::character`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    /// The client's first choice among those that it offers and the server knows; UTF-16 where it offers none.
    ///
    /// Its own first choice rather than the server's: editors warn when two servers of one buffer differ.
    pub(crate) fn negotiate(capabilities: &ClientCapabilities) -> Self {
        let offered = capabilities
            .general
            .as_ref()
            .and_then(|general| general.position_encodings.as_ref());
        let known = |kind: &PositionEncodingKind| match kind {
            PositionEncodingKind::UTF8 => Some(Self::Utf8),
            PositionEncodingKind::UTF16 => Some(Self::Utf16),
            PositionEncodingKind::UTF32 => Some(Self::Utf32),
            PositionEncodingKind::Custom(_) => None,
        };
        offered
            .into_iter()
            .flatten()
            .find_map(known)
            .unwrap_or(Self::Utf16)
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// The position of a byte offset, which is cut to the text.
    pub(crate) fn position(self, rope: &Rope, byte: usize) -> Position {
        let byte = byte.min(rope.len_bytes());
        let line = rope.byte_to_line(byte);
        let (start, end) = (rope.line_to_char(line), rope.byte_to_char(byte));
        let character = match self {
            Self::Utf8 => rope.char_to_byte(end) - rope.line_to_byte(line),
            Self::Utf16 => rope.char_to_utf16_cu(end) - rope.char_to_utf16_cu(start),
            Self::Utf32 => end - start,
        };
        Position {
            line: line as u32,
            character: character as u32,
        }
    }

    pub(crate) fn range(self, rope: &Rope, span: base::Span) -> Range {
        Range {
            start: self.position(rope, span.start as usize),
            end: self.position(rope, span.end as usize),
        }
    }

    /// The byte offset of a position, or `None` when there is no such place in this text.
    pub(crate) fn offset(self, rope: &Rope, position: Position) -> Option<usize> {
        let line = position.line as usize;
        if line >= rope.len_lines() {
            // One past the last line is how some clients say "the end".
            return (line == rope.len_lines() && position.character == 0).then(|| rope.len_bytes());
        }
        let start = rope.line_to_char(line);
        let end = start + content_chars(rope.line(line));
        let character = position.character as usize;
        let char = match self {
            Self::Utf8 => {
                let byte = rope.char_to_byte(start) + character;
                if byte >= rope.char_to_byte(end) {
                    end
                } else {
                    let char = rope.byte_to_char(byte);
                    if rope.char_to_byte(char) != byte {
                        return None;
                    }
                    char
                }
            }
            Self::Utf16 => {
                let unit = rope.char_to_utf16_cu(start) + character;
                if unit >= rope.char_to_utf16_cu(end) {
                    end
                } else {
                    rope.utf16_cu_to_char(unit)
                }
            }
            Self::Utf32 => (start + character).min(end),
        };
        Some(rope.char_to_byte(char))
    }

    /// The byte span of a range, or `None` when it is not in this text or runs backwards.
    pub(crate) fn span(self, rope: &Rope, range: Range) -> Option<base::Span> {
        let (start, end) = (
            self.offset(rope, range.start)?,
            self.offset(rope, range.end)?,
        );
        (start <= end).then(|| base::Span::new(start, end))
    }
}

/// Characters of a line without its line ending.
fn content_chars(line: ropey::RopeSlice<'_>) -> usize {
    let mut chars = line.len_chars();
    if chars > 0 && line.char(chars - 1) == '\n' {
        chars -= 1;
        if chars > 0 && line.char(chars - 1) == '\r' {
            chars -= 1;
        }
    } else if chars > 0 && line.char(chars - 1) == '\r' {
        chars -= 1;
    }
    chars
}
