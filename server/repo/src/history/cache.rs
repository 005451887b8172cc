//! The commits known so far as one file: written whole under another name and then renamed, believed only when its
//! checksum, format and folder are right.
//!
//! Facts never change, so there is nothing to invalidate: a file that is missing, damaged, or of another version costs
//! one more walk and nothing else. The format is ours (numbers of variable length, ids raw): some 80 bytes a commit.

use std::fs;
use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base::ContentHash;
use git2::Oid;

use crate::history::facts::{Fact, Facts, Kind, PathId, Paths};

/// The file in the cache folder.
const NAME: &str = "history.bin";
/// Changes with every change of the format or of what the facts mean.
const MAGIC: &[u8] = b"obelus history 1\n";
/// A larger file is not read.
const MAX_BYTES: u64 = 64 << 20;
const CHECKSUM: usize = 32;
const ID: usize = 20;

/// What is kept in `folder` for this opened folder (`prefix` from the top); empty when there is nothing to believe.
pub(crate) fn load(folder: &Path, prefix: &[u8]) -> Facts {
    let mut bytes = Vec::new();
    let read = fs::File::open(folder.join(NAME))
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 <= MAX_BYTES => decode(&bytes, prefix).unwrap_or_default(),
        _ => Facts::default(),
    }
}

/// Keeps `facts` in `folder`, which is made if need be.
pub(crate) fn save(folder: &Path, prefix: &[u8], facts: &Facts) -> std::io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let bytes = encode(facts, prefix);
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it would be larger than 64 MB"));
    }
    fs::create_dir_all(folder)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let draft = folder.join(format!("{NAME}.{}-{number}.new", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&draft)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| fs::rename(&draft, folder.join(NAME)));
    if written.is_err() {
        // Whatever is left of it would only be in the way; that it cannot be removed changes nothing.
        drop(fs::remove_file(&draft));
    }
    written
}

fn encode(facts: &Facts, prefix: &[u8]) -> Vec<u8> {
    let mut commits: Vec<&Arc<Fact>> = facts.commits.values().collect();
    commits.sort_by_key(|fact| (std::cmp::Reverse(fact.time), fact.id));
    // Only the paths in use, by first use: numbers stay small.
    let mut order: Vec<PathId> = Vec::new();
    let mut numbers = vec![None; facts.paths.len()];
    for fact in &commits {
        for &(path, kind) in &fact.touched {
            let before = match kind {
                Kind::MovedFrom(before) => Some(before),
                _ => None,
            };
            for path in [Some(path), before].into_iter().flatten() {
                if let Some(number @ None) = numbers.get_mut(path as usize) {
                    *number = Some(order.len() as u64);
                    order.push(path);
                }
            }
        }
    }
    let number = |path: PathId| numbers.get(path as usize).copied().flatten().unwrap_or(0);
    let mut body = Vec::new();
    put_bytes(&mut body, prefix);
    put(&mut body, order.len() as u64);
    for &path in &order {
        let path = facts.paths.get(path).map_or("", |path| path.as_str());
        put_bytes(&mut body, path.as_bytes());
    }
    put(&mut body, commits.len() as u64);
    for fact in commits {
        body.extend_from_slice(fact.id.as_bytes());
        body.extend_from_slice(&fact.time.to_le_bytes());
        put(&mut body, u64::from(fact.is_fix));
        put_bytes(&mut body, fact.subject.as_bytes());
        put(&mut body, fact.parents.len() as u64);
        for parent in &fact.parents {
            body.extend_from_slice(parent.as_bytes());
        }
        put(&mut body, fact.touched.len() as u64);
        for &(path, kind) in &fact.touched {
            let (tag, before) = match kind {
                Kind::Modified => (0, None),
                Kind::Added => (1, None),
                Kind::Deleted => (2, None),
                Kind::MovedFrom(before) => (3, Some(before)),
            };
            put(&mut body, number(path) << 2 | tag);
            if let Some(before) = before {
                put(&mut body, number(before));
            }
        }
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(ContentHash::of(&body).to_string().as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

fn decode(bytes: &[u8], prefix: &[u8]) -> Option<Facts> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (checksum, body) = rest.split_at_checked(CHECKSUM)?;
    if ContentHash::of(body).to_string().as_bytes() != checksum {
        return None;
    }
    let mut input = Input(body);
    if input.bytes()? != prefix {
        return None;
    }
    let mut paths = Paths::default();
    for expected in 0..input.number()? {
        // Each path once, in order, or the numbers below mean something else.
        if u64::from(paths.intern(input.bytes()?)?) != expected {
            return None;
        }
    }
    let known = paths.len() as u64;
    let path = |number: u64| {
        let id = PathId::try_from(number).ok()?;
        (number < known).then_some(id)
    };
    let mut facts = Facts::default();
    for _ in 0..input.number()? {
        let id = input.id()?;
        let time = i64::from_le_bytes(input.take(8)?.try_into().ok()?);
        let is_fix = input.number()? == 1;
        let subject = std::str::from_utf8(input.bytes()?).ok()?.into();
        let mut parents = Vec::new();
        for _ in 0..input.number()? {
            parents.push(input.id()?);
        }
        let mut touched = Vec::new();
        for _ in 0..input.number()? {
            let number = input.number()?;
            let kind = match number & 3 {
                0 => Kind::Modified,
                1 => Kind::Added,
                2 => Kind::Deleted,
                _ => Kind::MovedFrom(path(input.number()?)?),
            };
            touched.push((path(number >> 2)?, kind));
        }
        // The order of the numbers is the order of the answers where nothing else decides.
        touched.sort_unstable_by_key(|&(path, _)| path);
        let fact = Fact {
            id,
            parents,
            time,
            subject,
            is_fix,
            touched,
        };
        facts.commits.insert(id, Arc::new(fact));
    }
    facts.paths = Arc::new(paths);
    Some(facts)
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 & 0x7f | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read; every step is `None` at the end.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let &[byte] = self.take(1)? else {
                return None;
            };
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    fn id(&mut self) -> Option<Oid> {
        Oid::from_bytes(self.take(ID)?).ok()
    }
}
