//! The one small file that says what the index consists of.
//!
//! It names every other file with its length and checksum and is replaced as a whole, so an index is what its manifest
//! says or nothing: a file that is missing, cut, changed or left over can be told from one that belongs. tantivy's own
//! list of segments lives inside it. The first line holds the checksum of the rest.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use base::ContentHash;

use crate::confined::{self, Refused};

/// Its name in the index folder.
pub(super) const NAME: &str = "manifest";
/// Rises when documents or outlines change their meaning; an index of another number is made anew.
const FORMAT: &str = concat!(env!("CARGO_PKG_VERSION"), "/4");
const MAGIC: &str = "obelus-index";
/// A manifest larger than this is none.
const LARGEST: u64 = 64 << 20;

/// What an index consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Manifest {
    /// Which version of Obelus's index this is.
    format: String,
    /// Rises with each version of the index in its folder.
    pub(super) generation: u64,
    /// tantivy's list of segments, as it wrote it.
    pub(super) meta: String,
    /// The files.
    pub(super) files: Vec<Listed>,
}

/// One file of the index.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) length: u64,
    /// Its content hash, in hexadecimal.
    pub(super) sum: String,
}

/// Why there is no index to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// There has never been one here.
    None,
    /// It was made by another version of Obelus.
    OtherFormat,
    /// The writer replaces it faster than it can be read.
    Moving,
    /// Something is not what it should be.
    Damaged(String),
}

impl Manifest {
    pub(super) fn new(generation: u64, meta: String, files: Vec<Listed>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            generation,
            meta,
            files,
        }
    }

    /// Reads the manifest in `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, Doubt> {
        let bytes = match confined::read(folder, Path::new(NAME), LARGEST) {
            Ok(bytes) => bytes,
            Err(Refused::Missing) => return Err(Doubt::None),
            Err(why) => return Err(Doubt::Damaged(format!("the manifest: {why:?}"))),
        };
        let damaged = || Doubt::Damaged("the manifest does not match its checksum".to_owned());
        let split = memchr::memchr(b'\n', &bytes).ok_or_else(damaged)?;
        let (head, rest) = (&bytes[..split], &bytes[split + 1..]);
        let head = std::str::from_utf8(head).map_err(|_| damaged())?;
        let (magic, sum) = head.split_once(' ').ok_or_else(damaged)?;
        if magic != MAGIC || ContentHash::of(rest).to_string() != sum {
            return Err(damaged());
        }
        let manifest: Self = serde_json::from_slice(rest).map_err(|_| Doubt::OtherFormat)?;
        if manifest.format != FORMAT {
            return Err(Doubt::OtherFormat);
        }
        Ok(manifest)
    }

    /// Puts this in the place of the manifest in `folder`, at once and as a whole. With `durable` it is also sure to
    /// survive a loss of power; without, such a loss leaves something that is recognised and made anew.
    pub(super) fn write(&self, folder: &Path, durable: bool) -> std::io::Result<()> {
        let rest = serde_json::to_vec(self)?;
        let temporary = folder.join("manifest.new");
        let mut file = File::create(&temporary)?;
        writeln!(file, "{MAGIC} {}", ContentHash::of(&rest))?;
        file.write_all(&rest)?;
        if durable {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&temporary, folder.join(NAME))?;
        if durable && cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}
