//! Bytes of a stream into frames: server-sent events, or lines of JSON. No input makes it skip something silently.
//!
//! A frame may come in any pieces, with any of the line ends that the standard allows. What is not a field of the
//! standard is an error here, where the standard says to ignore it: half an answer must not pass as a whole one.

use crate::failure::Failure;

/// More than any event of a model; beyond it the other side is broken or hostile.
const LONGEST_LINE: usize = 4 << 20;

/// One event: its name (empty for lines) and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) event: String,
    pub(crate) data: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON value per line.
    Lines,
}

/// Takes in bytes, gives frames.
#[derive(Debug)]
pub(crate) struct Frames {
    framing: Framing,
    line: Vec<u8>,
    /// The last byte was CR: an LF that follows belongs to it.
    after_cr: bool,
    first: bool,
    event: String,
    data: Option<Vec<u8>>,
}

impl Frames {
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            framing,
            line: Vec::new(),
            after_cr: false,
            first: true,
            event: String::new(),
            data: None,
        }
    }

    /// The frames that end within these bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Frame>, Failure> {
        let mut frames = Vec::new();
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                bytes = bytes.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(bytes);
                break;
            };
            let (line, rest) = bytes.split_at(end);
            self.line.extend_from_slice(line);
            self.after_cr = rest.first() == Some(&b'\r');
            bytes = rest.get(1..).unwrap_or_default();
            let line = std::mem::take(&mut self.line);
            if let Some(frame) = self.line(&line)? {
                frames.push(frame);
            }
        }
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held > LONGEST_LINE {
            return Err(Failure::malformed("sent a line without an end"));
        }
        Ok(frames)
    }

    /// What is left at the end of the stream: the standard drops it, lines of JSON may lack their last line end.
    pub(crate) fn finish(&mut self) -> Result<Option<Frame>, Failure> {
        match self.framing {
            Framing::Lines => {
                let line = std::mem::take(&mut self.line);
                self.line(&line)
            }
            Framing::Events if self.line.is_empty() && self.data.is_none() => Ok(None),
            Framing::Events => Err(Failure::incomplete("broke off in the middle of an event")),
        }
    }

    fn line(&mut self, mut line: &[u8]) -> Result<Option<Frame>, Failure> {
        if std::mem::take(&mut self.first) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if self.framing == Framing::Lines {
            let data = line.trim_ascii().to_vec();
            let event = String::new();
            return Ok((!data.is_empty()).then_some(Frame { event, data }));
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok(self.data.take().map(|data| Frame { event, data }));
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = match colon {
            Some(at) => {
                let (field, value) = line.split_at(at);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &b""[..]),
        };
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            },
            b"event" => self.event = String::from_utf8_lossy(value).into_owned(),
            // A comment, kept alive with; and what concerns reconnecting.
            b"" | b"id" | b"retry" => {}
            _ => {
                return Err(Failure::malformed("sent something else than events"));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Frames, Framing};

    fn frame(event: &str, data: &str) -> Frame {
        Frame {
            event: event.to_owned(),
            data: data.as_bytes().to_vec(),
        }
    }

    fn read(framing: Framing, pieces: &[&[u8]]) -> Vec<Frame> {
        let mut frames = Frames::new(framing);
        let mut read = Vec::new();
        for piece in pieces {
            read.extend(frames.push(piece).expect("frames"));
        }
        read.extend(frames.finish().expect("an end"));
        read
    }

    /// Cut at every place, with every line end: the frames are the same.
    #[test]
    fn frames_do_not_depend_on_where_the_bytes_are_cut() {
        let text = "\u{feff}: hello\nevent: a\ndata: {\"größe\": \"😀\"}\n\nid: 7\nretry: 3\ndata:x\ndata: y\n\ndata\n\nevent: nothing\n\n";
        let expected = [
            frame("a", "{\"größe\": \"😀\"}"),
            frame("", "x\ny"),
            frame("", ""),
        ];
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            let bytes = text.as_bytes();
            assert_eq!(read(Framing::Events, &[bytes]), expected);
            for at in 0..bytes.len() {
                let (a, b) = bytes.split_at(at);
                assert_eq!(read(Framing::Events, &[a, b]), expected, "{end:?} {at}");
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(read(Framing::Events, &single), expected);
        }
        let lines = "{\"a\": \"ü\"}\n\n{\"b\":\r\n  {\"c\": 1}";
        let expected = [
            frame("", "{\"a\": \"ü\"}"),
            frame("", "{\"b\":"),
            frame("", "{\"c\": 1}"),
        ];
        for at in 0..lines.len() {
            let (a, b) = lines.as_bytes().split_at(at);
            assert_eq!(read(Framing::Lines, &[a, b]), expected, "{at}");
        }
    }

    #[test]
    fn nothing_is_skipped() {
        let fails = |bytes: &[u8]| {
            let mut frames = Frames::new(Framing::Events);
            frames.push(bytes).is_err() || frames.finish().is_err()
        };
        assert!(fails(b"<!DOCTYPE html>\n"));
        assert!(fails(b"{\"error\": {}}\n"));
        assert!(fails(b"data: {\"cut\": "));
        assert!(fails(b"data: {}\n"));
        assert!(fails(&vec![b'x'; 5 << 20]));
        assert!(fails(&b"data: xxxxxxxxxxxxxxxx\n".repeat(400_000)));
        assert!(!fails(b"data: {}\n\n"));
    }
}
