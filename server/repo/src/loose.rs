//! Loose objects, read by us before libgit2 may.
//!
//! libgit2 (up to 1.9.7, `git_zstream_get_output`) asks zlib again and again for the rest of a loose object that is cut
//! short, and never returns. So whatever it is about to open is inflated here first, with limits; a damaged object is an
//! error in words. Packed objects need none of this: there libgit2 notices.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use base::RepoError;
use flate2::{Decompress, FlushDecompress, Status};
use git2::{ObjectType, Odb, Oid};

use crate::objects::{NoBlob, lock};

/// No commit, tree or tag is larger, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// The longest header: a kind, a size of twenty digits, a NUL.
const MAX_HEADER: usize = 32;

/// The loose objects of one database.
pub(crate) struct Loose {
    folders: Vec<PathBuf>,
    /// Trees and commits that are whole, and so is every loose tree that they lead to.
    whole: Mutex<HashSet<Oid>>,
}

impl Loose {
    /// The loose objects in these `objects` folders.
    pub(crate) fn new(folders: Vec<PathBuf>) -> Self {
        Self {
            folders,
            whole: Mutex::default(),
        }
    }

    /// The object, when it is a loose one: its kind and content, at most `limit` bytes.
    pub(crate) fn read(
        &self,
        id: Oid,
        limit: u64,
    ) -> Option<Result<(ObjectType, Vec<u8>), NoBlob>> {
        let name = id.to_string();
        let (folder, file) = name.split_at(2);
        let mut paths = self.folders.iter().map(|top| top.join(folder).join(file));
        let (path, about) = paths.find_map(|path| {
            let about = fs::symlink_metadata(&path).ok()?;
            Some((path, about))
        })?;
        // git makes no symbolic links here: one would show another repository's file. A FIFO would never end.
        if !about.is_file() {
            return Some(Err(NoBlob::Missing));
        }
        let damaged = |why: &dyn std::fmt::Display| {
            NoBlob::Failed(format!(
                "the object {id} is damaged ({why}); `git fsck` tells what else is"
            ))
        };
        // What does not pack well is a little larger packed.
        if about.len() > limit.saturating_add(limit / 8).saturating_add(1_024) {
            return Some(Err(NoBlob::TooLarge(about.len())));
        }
        let packed = match fs::read(&path) {
            Ok(packed) => packed,
            Err(error) => return Some(Err(NoBlob::Failed(error.to_string()))),
        };
        Some(match inflate(&packed, limit) {
            Ok(Inflated::Whole(kind, content)) => Ok((kind, content)),
            Ok(Inflated::TooLarge(size)) => Err(NoBlob::TooLarge(size)),
            Err(error) => Err(damaged(&error)),
        })
    }

    /// A commit, tree or tag, loose or not; `None` where it is absent or damaged.
    pub(crate) fn or_packed(&self, id: Oid, odb: &Odb<'_>) -> Option<(ObjectType, Vec<u8>)> {
        match self.read(id, MAX_BYTES) {
            Some(loose) => loose.ok(),
            None => {
                let object = odb.read(id).ok()?;
                Some((object.kind(), object.data().to_vec()))
            }
        }
    }

    /// Makes sure that libgit2 can open this object if it is a loose one.
    pub(crate) fn vouch(&self, id: Oid) -> Result<(), RepoError> {
        if lock(&self.whole).contains(&id) {
            return Ok(());
        }
        match self.read(id, MAX_BYTES) {
            Some(Err(NoBlob::Failed(why))) => Err(RepoError::Failed(why)),
            Some(Err(NoBlob::TooLarge(size))) => Err(RepoError::Failed(format!(
                "the object {id} claims to have {size} bytes"
            ))),
            // What is missing libgit2 says itself.
            Some(Ok(_) | Err(NoBlob::Missing)) | None => Ok(()),
        }
    }

    /// The same for the objects whose id begins with these hexadecimal digits.
    pub(crate) fn vouch_prefix(&self, digits: &str) -> Result<(), RepoError> {
        let (Some(folder), Some(rest)) = (digits.get(..2), digits.get(2..)) else {
            return Ok(());
        };
        for top in &self.folders {
            let Ok(entries) = fs::read_dir(top.join(folder.to_ascii_lowercase())) else {
                continue;
            };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with(&rest.to_ascii_lowercase())
                    && let Ok(id) = Oid::from_str(&format!("{folder}{name}"))
                {
                    self.vouch(id)?;
                }
            }
        }
        Ok(())
    }

    /// The same for a commit, a tree or a tag and every tree below it.
    ///
    /// Loose trees lead to loose and to packed ones; a packed tree was packed with what it leads to.
    pub(crate) fn vouch_tree(&self, id: Oid) -> Result<(), RepoError> {
        let mut queue = vec![id];
        let mut seen = HashSet::new();
        while let Some(id) = queue.pop() {
            if !seen.insert(id) || lock(&self.whole).contains(&id) {
                continue;
            }
            let (kind, content) = match self.read(id, MAX_BYTES) {
                Some(Ok(found)) => found,
                Some(Err(_)) => return self.vouch(id),
                None => continue,
            };
            match kind {
                ObjectType::Tree => queue.extend(subtrees(&content)),
                ObjectType::Commit => queue.extend(named(&content, "tree ")),
                ObjectType::Tag => queue.extend(named(&content, "object ")),
                _ => {}
            }
        }
        lock(&self.whole).extend(seen);
        Ok(())
    }

    /// The same for all loose commits before these.
    pub(crate) fn vouch_ancestors(&self, ids: &[Oid]) -> Result<(), RepoError> {
        let mut queue = ids.to_vec();
        let mut seen = HashSet::new();
        while let Some(id) = queue.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.read(id, MAX_BYTES) {
                Some(Ok((ObjectType::Commit, content))) => {
                    queue.extend(named(&content, "parent "));
                }
                Some(Err(_)) => self.vouch(id)?,
                Some(Ok(_)) | None => {}
            }
        }
        Ok(())
    }
}

enum Inflated {
    Whole(ObjectType, Vec<u8>),
    TooLarge(u64),
}

/// A decoder of streams would take what is cut short for what ends there, so zlib itself is asked whether it is done.
fn inflate(packed: &[u8], limit: u64) -> std::io::Result<Inflated> {
    let bad = |why: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_owned());
    let mut zlib = Decompress::new(true);
    let mut out = Vec::new();
    let mut header: Option<(ObjectType, u64, usize)> = None;
    loop {
        let room = match header {
            Some((_, size, length)) => (size as usize + length + 1).saturating_sub(out.len()),
            None => MAX_HEADER + 64,
        };
        out.reserve(room.max(1));
        let (taken, given) = (zlib.total_in(), out.len());
        let rest = packed.get(taken as usize..).unwrap_or_default();
        let status = zlib.decompress_vec(rest, &mut out, FlushDecompress::None)?;
        if header.is_none() {
            header = parsed(&out);
            if header.is_none() && (out.len() > MAX_HEADER || status == Status::StreamEnd) {
                return Err(bad("it does not begin like an object"));
            }
        }
        if let Some((_, size, length)) = header {
            if size > limit {
                return Ok(Inflated::TooLarge(size));
            }
            if out.len() as u64 > size + length as u64 {
                return Err(bad("it is longer than it says"));
            }
        }
        if status == Status::StreamEnd {
            break;
        }
        if zlib.total_in() == taken && out.len() == given {
            return Err(bad("it is cut short"));
        }
    }
    let Some((kind, size, length)) = header else {
        return Err(bad("it does not begin like an object"));
    };
    if zlib.total_in() != packed.len() as u64 || (out.len() - length) as u64 != size {
        return Err(bad("its length is not what it says"));
    }
    out.drain(..length);
    Ok(Inflated::Whole(kind, out))
}

/// `blob 123` and a NUL: the kind, the size of the content and the length of all this.
fn parsed(start: &[u8]) -> Option<(ObjectType, u64, usize)> {
    let end = memchr::memchr(0, start).filter(|end| *end <= MAX_HEADER)?;
    let (kind, size) = std::str::from_utf8(start.get(..end)?)
        .ok()?
        .split_once(' ')?;
    Some((ObjectType::from_str(kind)?, size.parse().ok()?, end + 1))
}

/// The ids behind a key in the header of a commit or a tag.
fn named(content: &[u8], key: &str) -> Vec<Oid> {
    content
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix(key.as_bytes()))
        .filter_map(|id| Oid::from_str(std::str::from_utf8(id).ok()?).ok())
        .collect()
}

/// The ids of the trees in a tree: entries of mode, name, NUL and twenty bytes of id.
fn subtrees(content: &[u8]) -> Vec<Oid> {
    let mut found = Vec::new();
    let mut rest = content;
    while let Some(end) = memchr::memchr(0, rest) {
        let is_tree = rest.starts_with(b"40000 ") || rest.starts_with(b"040000 ");
        let Some(id) = rest.get(end + 1..end + 21) else {
            break;
        };
        if is_tree {
            found.extend(Oid::from_bytes(id).ok());
        }
        rest = &rest[end + 21..];
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use git2::{ObjectType, Oid};

    use super::{Inflated, Loose, inflate};

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
        stream.write_all(content).expect("memory");
        stream.finish().expect("memory")
    }

    #[test]
    fn what_is_cut_short_ends_with_an_error() {
        let whole = packed(b"blob 5\0hello");
        for cut in 0..whole.len() {
            assert!(inflate(&whole[..cut], 100).is_err(), "{cut}");
        }
        assert!(inflate(&[&whole[..], b"x"].concat(), 100).is_err());
        for content in [
            &b"blob 4\0hello"[..],
            b"blob 6\0hello",
            b"blub 5\0hello",
            b"blob x\0hello",
            b"no header at all, and far too long for one",
        ] {
            assert!(inflate(&packed(content)[..], 100).is_err());
        }
        assert!(
            matches!(inflate(&whole[..], 100), Ok(Inflated::Whole(ObjectType::Blob, content)) if content == b"hello")
        );
        assert!(matches!(inflate(&whole[..], 4), Ok(Inflated::TooLarge(5))));
    }

    #[test]
    fn a_damaged_tree_below_a_commit_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |id: &str, content: &[u8], cut: usize| {
            let (top, file) = id.split_at(2);
            let top = folder.path().join(top);
            std::fs::create_dir_all(&top).expect("a folder");
            let bytes = packed(content);
            std::fs::write(top.join(file), &bytes[..bytes.len() - cut]).expect("written");
        };
        let (commit, tree, below) = ("11".repeat(20), "22".repeat(20), "33".repeat(20));
        put(&commit, format!("commit 46\0tree {tree}\n").as_bytes(), 0);
        let mut entry = b"tree 28\x00".to_vec();
        entry.extend(b"40000 a\0");
        entry.extend([0x33; 20]);
        put(&tree, &entry, 0);
        put(&below, b"tree 0\0", 6);
        let id = |id: &str| Oid::from_str(id).expect("an id");
        let loose = Loose::new(vec![folder.path().to_owned()]);
        assert!(loose.vouch(id(&commit)).is_ok());
        let error = loose.vouch_tree(id(&commit)).expect_err("it is damaged");
        assert!(error.to_string().contains(&below), "{error}");
        put(&below, b"tree 0\0", 0);
        assert!(loose.vouch_tree(id(&commit)).is_ok());
    }
}
