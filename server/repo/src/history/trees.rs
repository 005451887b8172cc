//! Which files differ between two trees, by id alone: no content is read, equal subtrees are never opened.
//!
//! An own walk over raw tree objects, because the answer is wanted for thousands of commits: libgit2's builds a diff
//! with iterators, path pools and options for each. Trees are a stranger's bytes, so the walk is iterative and bounded
//! in files, folders, depth and length of a path; what is malformed ends an entry list early.

use std::collections::HashMap;
use std::rc::Rc;

use git2::{ObjectType, Odb, OdbLookupFlags, Oid};

use crate::loose::Loose;
use crate::scan::{LINK, SUBMODULE};

/// Differing files per commit; more is an import or a mass edit that says nothing about any one file.
const MAX_FILES: usize = 10_000;
/// Folders opened per commit.
const MAX_FOLDERS: usize = 20_000;
const MAX_DEPTH: usize = 128;
const MAX_PATH: usize = 4096;
/// Trees kept, in bytes, twice: consecutive commits share most of them.
const CACHE_BYTES: usize = 8 << 20;
const FOLDER: u32 = 0o040_000;

/// A regular file that differs; paths are relative to where the comparison started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Differs {
    pub(crate) path: Vec<u8>,
    /// The blob on the old side, if there is a file.
    pub(crate) old: Option<Oid>,
    /// The blob on the new side, if there is a file.
    pub(crate) new: Option<Oid>,
}

/// Why two trees were not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDiff {
    /// A tree is not in this clone.
    Missing,
    /// More differs than is worth knowing.
    TooLarge,
}

/// Tree objects, read once.
pub(crate) struct Trees<'repo> {
    odb: &'repo Odb<'repo>,
    loose: &'repo Loose,
    young: HashMap<Oid, Rc<[u8]>>,
    old: HashMap<Oid, Rc<[u8]>>,
    young_bytes: usize,
    is_partial: bool,
}

struct Entry<'data> {
    mode: u32,
    name: &'data [u8],
    id: &'data [u8],
}

impl<'repo> Trees<'repo> {
    pub(crate) fn new(odb: &'repo Odb<'repo>, loose: &'repo Loose) -> Self {
        Self {
            odb,
            loose,
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            is_partial: false,
        }
    }

    /// The tree of `folder` (from the top, `/` between names, empty for the top itself) below `top`.
    pub(crate) fn below(&mut self, top: Oid, folder: &[u8]) -> Result<Option<Oid>, NoDiff> {
        let mut tree = top;
        for name in folder.split(|&byte| byte == b'/').filter(|n| !n.is_empty()) {
            let data = self.read(tree)?;
            let found = entries(&data).find(|entry| entry.mode == FOLDER && entry.name == name);
            match found.and_then(|entry| Oid::from_bytes(entry.id).ok()) {
                Some(id) => tree = id,
                None => return Ok(None),
            }
        }
        Ok(Some(tree))
    }

    /// Every regular file of a tree.
    pub(crate) fn all(&mut self, tree: Option<Oid>) -> Result<Vec<Differs>, NoDiff> {
        self.compare(None, tree, usize::MAX, usize::MAX)
    }

    /// The regular files that differ between two trees, in no particular order; `None` is an empty tree.
    pub(crate) fn diff(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<Vec<Differs>, NoDiff> {
        self.compare(old, new, MAX_FOLDERS, MAX_FILES)
    }

    fn compare(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        most_folders: usize,
        most_files: usize,
    ) -> Result<Vec<Differs>, NoDiff> {
        let mut differing = Vec::new();
        if old == new {
            return Ok(differing);
        }
        let mut opened = 0;
        let mut pending = vec![(old, new, Vec::new(), 0)];
        while let Some((old, new, prefix, depth)) = pending.pop() {
            opened += 1;
            let empty = || Rc::from(&[][..]);
            let old = old.map_or_else(|| Ok(empty()), |id| self.read(id))?;
            let new = new.map_or_else(|| Ok(empty()), |id| self.read(id))?;
            let (old, new) = skip_common(&old, &new);
            let mut left = entries(old).peekable();
            let mut right = entries(new).peekable();
            loop {
                if opened + pending.len() > most_folders || differing.len() > most_files {
                    return Err(NoDiff::TooLarge);
                }
                let (a, b) = match (left.peek(), right.peek()) {
                    (None, None) => break,
                    (Some(a), Some(b)) => match order(a, b) {
                        std::cmp::Ordering::Less => (left.next(), None),
                        std::cmp::Ordering::Greater => (None, right.next()),
                        std::cmp::Ordering::Equal => (left.next(), right.next()),
                    },
                    (Some(_), None) => (left.next(), None),
                    (None, Some(_)) => (None, right.next()),
                };
                if let (Some(a), Some(b)) = (&a, &b)
                    && a.id == b.id
                    && is_file(a.mode) == is_file(b.mode)
                {
                    continue;
                }
                let Some(name) = a.as_ref().or(b.as_ref()).map(|entry| entry.name) else {
                    break;
                };
                if prefix.len() + name.len() + 1 > MAX_PATH {
                    continue;
                }
                let mut path: Vec<u8> = Vec::with_capacity(prefix.len() + name.len() + 1);
                path.extend_from_slice(&prefix);
                path.extend_from_slice(name);
                let pick = |entry: &Option<Entry<'_>>, wanted: fn(u32) -> bool| {
                    let entry = entry.as_ref().filter(|entry| wanted(entry.mode))?;
                    Oid::from_bytes(entry.id).ok()
                };
                let (old, new) = (pick(&a, is_file), pick(&b, is_file));
                let (from, to) = (pick(&a, is_folder), pick(&b, is_folder));
                if (from.is_some() || to.is_some()) && depth < MAX_DEPTH {
                    let mut below = path.clone();
                    below.push(b'/');
                    pending.push((from, to, below, depth + 1));
                }
                if old.is_some() || new.is_some() {
                    differing.push(Differs { path, old, new });
                }
            }
        }
        Ok(differing)
    }

    fn read(&mut self, id: Oid) -> Result<Rc<[u8]>, NoDiff> {
        if let Some(data) = self.young.get(&id) {
            return Ok(Rc::clone(data));
        }
        let data = match self.old.remove(&id) {
            Some(data) => data,
            None => self.load(id)?,
        };
        self.young_bytes += data.len() + 100;
        if self.young_bytes > CACHE_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = data.len() + 100;
        }
        self.young.insert(id, Rc::clone(&data));
        Ok(data)
    }

    fn load(&mut self, id: Oid) -> Result<Rc<[u8]>, NoDiff> {
        // A look-up that fails makes libgit2 read the list of packs again: once is enough.
        if self.is_partial && !self.odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            return Err(NoDiff::Missing);
        }
        match self.loose.or_packed(id, self.odb) {
            Some((ObjectType::Tree, content)) => Ok(Rc::from(content)),
            _ => {
                self.is_partial = true;
                Err(NoDiff::Missing)
            }
        }
    }
}

fn is_file(mode: u32) -> bool {
    mode != FOLDER && mode != LINK && mode != SUBMODULE
}

fn is_folder(mode: u32) -> bool {
    mode == FOLDER
}

/// git's order of entries: a folder sorts as if its name ended with `/`.
fn order(a: &Entry<'_>, b: &Entry<'_>) -> std::cmp::Ordering {
    let common = a.name.len().min(b.name.len());
    let end = |entry: &Entry<'_>| match entry.name.get(common) {
        Some(&byte) => byte,
        None if entry.mode == FOLDER => b'/',
        None => 0,
    };
    a.name[..common]
        .cmp(&b.name[..common])
        .then_with(|| end(a).cmp(&end(b)))
        .then_with(|| a.name.len().cmp(&b.name.len()))
}

/// Both lists without the entries that they have in common at their starts.
fn skip_common<'data>(old: &'data [u8], new: &'data [u8]) -> (&'data [u8], &'data [u8]) {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let mut start = 0;
    let mut rest = entries(old);
    while rest.next().is_some() {
        let end = old.len() - rest.data.len();
        if end > same {
            break;
        }
        start = end;
    }
    (&old[start..], &new[start..])
}

struct Entries<'data> {
    data: &'data [u8],
}

/// The entries of a raw tree object: `mode SP name NUL id`.
fn entries(data: &[u8]) -> Entries<'_> {
    Entries { data }
}

impl<'data> Iterator for Entries<'data> {
    type Item = Entry<'data>;

    fn next(&mut self) -> Option<Self::Item> {
        let space = memchr::memchr(b' ', self.data.get(..self.data.len().min(8))?)?;
        let mut mode = 0;
        for &digit in &self.data[..space] {
            mode = mode * 8 + u32::from(digit.checked_sub(b'0').filter(|&digit| digit < 8)?);
        }
        let rest = &self.data[space + 1..];
        let end = memchr::memchr(0, rest)?;
        let (name, rest) = rest.split_at(end);
        let id = rest.get(1..21)?;
        self.data = &rest[21..];
        Some(Entry { mode, name, id })
    }
}

#[cfg(test)]
mod tests {
    use super::{entries, skip_common};

    fn tree(list: &[(&str, &str, u8)]) -> Vec<u8> {
        let mut data = Vec::new();
        for (mode, name, id) in list {
            data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            data.extend_from_slice(&[*id; 20]);
        }
        data
    }

    #[test]
    fn entries_end_where_the_bytes_are_wrong() {
        let good = tree(&[("100644", "a b", 1), ("40000", "c", 2)]);
        let names = |data: &[u8]| entries(data).count();
        assert_eq!(names(&good), 2);
        for cut in 0..good.len() {
            assert!(names(&good[..cut]) <= 1 + usize::from(cut > good.len() / 2));
        }
        assert_eq!(names(b"999999999999 x\0"), 0);
        assert_eq!(names(&tree(&[("1008", "x", 1)])), 0);
    }

    #[test]
    fn what_both_lists_start_with_is_skipped() {
        let old = tree(&[("100644", "a", 1), ("100644", "b", 2), ("100644", "c", 3)]);
        let new = tree(&[("100644", "a", 1), ("100644", "b", 9), ("100644", "c", 3)]);
        let (left, right) = skip_common(&old, &new);
        assert_eq!(entries(left).next().map(|entry| entry.id[0]), Some(2));
        assert_eq!(entries(right).next().map(|entry| entry.id[0]), Some(9));
        assert_eq!(skip_common(&old, &old).0.len(), 0);
    }
}
