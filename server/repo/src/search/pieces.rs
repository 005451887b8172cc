//! The content of one file of the index: held in memory, or read piece by piece where that would be too much.
//!
//! What is read was checked. A small file is read once, whole. A large one is gone through once, its checksum compared
//! and that of each piece kept; whenever a piece is read later it is compared again, so a file that is changed or cut
//! under a reader becomes an error and never a wrong answer, and no mapped page can kill the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base::{ContentHash, ContentHasher};
use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};

use super::shelf::lock;
use crate::confined::{self, Refused};

/// Files of at most this size are held.
const HELD: u64 = 8 << 20;
/// Outlines are only read a few at a time.
const HELD_OUTLINES: u64 = 1 << 20;
const OUTLINES: &str = ".store";
/// The words are read whole by each reader that opens them: held, they are there once for the one that answers, the one
/// that comes next and the one that merges.
const WORDS: &str = ".term";
/// How much is read and checked at a time.
const PIECE: usize = 16 << 10;
/// The pieces of one file that are kept: for those who read on where they stopped.
const KEPT: usize = 16;

/// A file's content.
#[derive(Clone)]
pub(super) enum Content {
    Held(OwnedBytes),
    Large(Arc<Large>),
}

impl Content {
    /// Opens and checks the file `name` in `folder`, which must have this length and checksum.
    pub(super) fn open(folder: &Path, name: &str, length: u64, sum: &str) -> io::Result<Self> {
        // A name with a folder in it never comes from here.
        if name.contains(['/', '\\']) {
            return Err(damaged(name, "has a strange name"));
        }
        let (file, found) = confined::open(folder, Path::new(name)).map_err(|why| {
            let kind = match why {
                Refused::Missing => io::ErrorKind::NotFound,
                _ => io::ErrorKind::InvalidData,
            };
            io::Error::new(kind, format!("index file {name} cannot be read: {why:?}"))
        })?;
        if found != length {
            return Err(damaged(name, "does not have its length"));
        }
        let held = if name.ends_with(OUTLINES) {
            HELD_OUTLINES
        } else if name.ends_with(WORDS) {
            u64::MAX
        } else {
            HELD
        };
        let (content, actual) = if length <= held {
            let mut bytes = Vec::with_capacity(length as usize);
            file.take(length + 1).read_to_end(&mut bytes)?;
            let sum = ContentHash::of(&bytes);
            (Self::Held(OwnedBytes::new(bytes)), sum)
        } else {
            let (large, sum) = Large::open(file, length as usize, name)?;
            (Self::Large(Arc::new(large)), sum)
        };
        if content.len() as u64 != length {
            return Err(damaged(name, "is cut short"));
        }
        if actual.to_string() != sum {
            return Err(damaged(name, "does not match its checksum"));
        }
        Ok(content)
    }

    pub(super) fn handle(&self) -> Arc<dyn FileHandle> {
        match self {
            Self::Held(bytes) => Arc::new(bytes.clone()),
            Self::Large(large) => Arc::clone(large) as Arc<dyn FileHandle>,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Held(bytes) => bytes.len(),
            Self::Large(large) => large.length,
        }
    }
}

fn damaged(name: &str, why: &str) -> io::Error {
    let why = format!("index file {name} {why}");
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A file that is read piece by piece.
pub(super) struct Large {
    name: String,
    length: usize,
    /// The checksum of each piece.
    sums: Vec<ContentHash>,
    open: Mutex<Open>,
}

struct Open {
    file: File,
    /// The pieces read last, oldest first.
    kept: Vec<(usize, Arc<[u8]>)>,
}

impl Large {
    fn open(mut file: File, length: usize, name: &str) -> io::Result<(Self, ContentHash)> {
        let mut whole = ContentHasher::default();
        let mut sums = Vec::with_capacity(length / PIECE + 1);
        let mut piece = vec![0; PIECE];
        let mut left = length;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE)];
            file.read_exact(piece)?;
            whole.update(piece);
            sums.push(ContentHash::of(piece));
            left -= piece.len();
        }
        let open = Open {
            file,
            kept: Vec::new(),
        };
        let large = Self {
            name: name.to_owned(),
            length,
            sums,
            open: Mutex::new(open),
        };
        Ok((large, whole.finish()))
    }

    fn piece(&self, number: usize) -> io::Result<Arc<[u8]>> {
        let mut open = lock(&self.open);
        if let Some((_, piece)) = open.kept.iter().find(|(kept, _)| *kept == number) {
            return Ok(Arc::clone(piece));
        }
        let start = number * PIECE;
        let mut piece = vec![0; PIECE.min(self.length.saturating_sub(start))];
        open.file.seek(SeekFrom::Start(start as u64))?;
        open.file.read_exact(&mut piece)?;
        if self.sums.get(number) != Some(&ContentHash::of(&piece)) {
            return Err(damaged(&self.name, "was changed while it was in use"));
        }
        let piece: Arc<[u8]> = piece.into();
        if open.kept.len() == KEPT {
            open.kept.remove(0);
        }
        open.kept.push((number, Arc::clone(&piece)));
        Ok(piece)
    }
}

impl FileHandle for Large {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start >= range.end {
            return Ok(OwnedBytes::empty());
        }
        if range.end > self.length {
            return Err(damaged(&self.name, "ends before what is looked for"));
        }
        let mut bytes = Vec::with_capacity(range.len());
        for number in range.start / PIECE..=(range.end - 1) / PIECE {
            let piece = self.piece(number)?;
            let start = range.start.saturating_sub(number * PIECE);
            let end = (range.end - number * PIECE).min(piece.len());
            bytes.extend_from_slice(piece.get(start..end).unwrap_or_default());
        }
        Ok(OwnedBytes::new(bytes))
    }
}

impl HasLen for Large {
    fn len(&self) -> usize {
        self.length
    }
}

impl std::fmt::Debug for Large {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Large({}, {} bytes)", self.name, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a file just above what is held, and the file opened.
    fn large(folder: &Path) -> (Vec<u8>, io::Result<Content>) {
        let bytes: Vec<u8> = (0..HELD_OUTLINES as u32 + 5_000)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        std::fs::write(folder.join("a.store"), &bytes).unwrap();
        let sum = ContentHash::of(&bytes).to_string();
        let content = Content::open(folder, "a.store", bytes.len() as u64, &sum);
        (bytes, content)
    }

    #[test]
    fn a_large_file_reads_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, content) = large(folder.path());
        let Content::Large(large) = content.unwrap() else {
            unreachable!("it is large");
        };
        let end = bytes.len();
        for (start, end) in [
            (0, 0),
            (0, 1),
            (5, PIECE),
            (PIECE - 1, PIECE + 1),
            (PIECE, 3 * PIECE),
            (end - 1, end),
            (0, end),
        ] {
            let read = large.read_bytes(start..end).unwrap();
            assert_eq!(read.as_slice(), &bytes[start..end], "{start}..{end}");
        }
        assert!(large.read_bytes(0..end + 1).is_err());
    }

    #[test]
    fn what_changes_under_a_reader_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (mut bytes, content) = large(folder.path());
        let handle = content.unwrap().handle();
        bytes[PIECE + 7] ^= 1;
        std::fs::write(folder.path().join("a.store"), &bytes).unwrap();
        assert!(handle.read_bytes(0..10).is_ok());
        let error = handle.read_bytes(PIECE..PIECE + 10).unwrap_err();
        assert!(error.to_string().contains("was changed"), "{error}");
        std::fs::write(folder.path().join("a.store"), "").unwrap();
        assert!(handle.read_bytes(5 * PIECE..5 * PIECE + 1).is_err());
    }

    #[test]
    fn a_large_file_that_is_damaged_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (mut bytes, content) = large(folder.path());
        assert!(content.is_ok());
        let sum = ContentHash::of(&bytes).to_string();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(folder.path().join("a.store"), &bytes).unwrap();
        let length = bytes.len() as u64;
        assert!(Content::open(folder.path(), "a.store", length, &sum).is_err());
        assert!(Content::open(folder.path(), "a.store", length - 1, &sum).is_err());
        assert!(Content::open(folder.path(), "../a.store", length, &sum).is_err());
    }
}
