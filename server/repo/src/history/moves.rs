//! Which file became which within one commit, from names and blob ids alone.
//!
//! Three signs, the surest first: the same content; the same name in a folder that another file of this commit moved
//! to; a name that exactly one file lost and one file gained. Content is never read, so that a partial clone gives the
//! same answer and a thousand commits take a second. A file that was renamed and edited in one commit, alone and within
//! its folder, begins anew.

use std::collections::{BTreeMap, HashMap, HashSet};

use git2::Oid;

use crate::history::trees::Differs;

/// Names that many folders have: gone here and new there says nothing.
const COMMON_NAMES: [&[u8]; 14] = [
    b"mod.rs",
    b"lib.rs",
    b"main.rs",
    b"Cargo.toml",
    b"__init__.py",
    b"conftest.py",
    b"index.js",
    b"index.ts",
    b"index.tsx",
    b"package.json",
    b"README.md",
    b"Makefile",
    b"CMakeLists.txt",
    b".gitignore",
];
/// The empty blob: any two empty files have the same content.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// Files of one content that are searched for the best name.
const MAX_TWINS: usize = 64;

/// For the index of each added file the index of the deleted file that it was.
pub(crate) fn find(files: &[Differs]) -> HashMap<usize, usize> {
    let pick = |wanted: fn(&Differs) -> bool| -> Vec<usize> {
        (0..files.len()).filter(|&at| wanted(&files[at])).collect()
    };
    let mut gone = pick(|file| file.old.is_some() && file.new.is_none());
    let mut new = pick(|file| file.old.is_none() && file.new.is_some());
    let mut moved = HashMap::new();
    if gone.is_empty() || new.is_empty() {
        return moved;
    }
    let mut folders: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    let mut settle = |pairs: Vec<(usize, usize)>, gone: &mut Vec<usize>, new: &mut Vec<usize>| {
        for (from, to) in pairs {
            moved.insert(to, from);
        }
        let taken: HashSet<usize> = moved.values().copied().collect();
        new.retain(|to| !moved.contains_key(to));
        gone.retain(|from| !taken.contains(from));
    };

    let pairs = by_content(files, &gone, &new);
    for &(from, to) in &pairs {
        let ((old, name), (now, same)) = (split(&files[from].path), split(&files[to].path));
        if name == same {
            folders.entry(old).or_insert(now);
        }
    }
    settle(pairs, &mut gone, &mut new);

    let pairs = by_folder(files, &gone, &new, &folders);
    settle(pairs, &mut gone, &mut new);

    let pairs = by_name(files, &gone, &new);
    settle(pairs, &mut gone, &mut new);
    moved
}

fn by_content(files: &[Differs], gone: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let mut by_id: HashMap<Oid, Vec<usize>> = HashMap::new();
    for &at in gone {
        by_id.extend(files[at].old.map(|id| (id, Vec::new())));
    }
    for &at in gone {
        if let Some(same) = files[at].old.and_then(|id| by_id.get_mut(&id)) {
            same.push(at);
        }
    }
    let mut pairs = Vec::new();
    for &to in new {
        let Some(id) = files[to].new else { continue };
        let Some(same) = by_id.get_mut(&id) else {
            continue;
        };
        let name = split(&files[to].path).1;
        let is_empty = id.to_string() == EMPTY;
        let best = same
            .iter()
            .take(MAX_TWINS)
            .position(|&from| split(&files[from].path).1 == name)
            .or((!same.is_empty() && !is_empty).then_some(0));
        if let Some(best) = best {
            pairs.push((same.remove(best), to));
        }
    }
    pairs
}

fn by_folder(
    files: &[Differs],
    gone: &[usize],
    new: &[usize],
    folders: &BTreeMap<&[u8], &[u8]>,
) -> Vec<(usize, usize)> {
    if folders.is_empty() {
        return Vec::new();
    }
    let added: HashMap<(&[u8], &[u8]), usize> =
        new.iter().map(|&at| (split(&files[at].path), at)).collect();
    let pairs = gone.iter().filter_map(|&from| {
        let (folder, name) = split(&files[from].path);
        let to = added.get(&(*folders.get(folder)?, name))?;
        Some((from, *to))
    });
    let mut taken = HashSet::new();
    pairs.filter(|&(_, to)| taken.insert(to)).collect()
}

fn by_name(files: &[Differs], gone: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let mut names: HashMap<&[u8], (Vec<usize>, Vec<usize>)> = HashMap::new();
    for &at in gone {
        names
            .entry(split(&files[at].path).1)
            .or_default()
            .0
            .push(at);
    }
    for &at in new {
        names
            .entry(split(&files[at].path).1)
            .or_default()
            .1
            .push(at);
    }
    let pairs = names.iter().filter_map(|(name, sides)| match sides {
        (from, to) if from.len() == 1 && to.len() == 1 && !COMMON_NAMES.contains(name) => {
            Some((from[0], to[0]))
        }
        _ => None,
    });
    pairs.collect()
}

/// Folder and name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use git2::Oid;

    use super::{EMPTY, find};
    use crate::history::trees::Differs;

    /// `-a/x 1` is gone with content 1, `+b/x 1` is new, 0 stands for the empty file; expected as `a/x>b/x`.
    fn check(files: &str, expected: &[&str]) {
        let id = |number: &str| match number {
            "0" => Oid::from_str(EMPTY).expect("an id"),
            _ => Oid::from_str(&format!("{number:0>40}")).expect("an id"),
        };
        let files: Vec<Differs> = files
            .split(", ")
            .map(|file| {
                let (path, content) = file.split_once(' ').expect("path and content");
                let is_new = path.starts_with('+');
                Differs {
                    path: path.as_bytes()[1..].to_vec(),
                    old: (!is_new).then(|| id(content)),
                    new: is_new.then(|| id(content)),
                }
            })
            .collect();
        let text = |at: usize| String::from_utf8_lossy(&files[at].path).into_owned();
        let mut found: Vec<String> = find(&files)
            .into_iter()
            .map(|(to, from)| format!("{}>{}", text(from), text(to)))
            .collect();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_same_content_is_the_same_file() {
        check("-a 1, +b 1", &["a>b"]);
        check("-a/x 1, -b/y 1, +c/y 1, +c/x 1", &["a/x>c/x", "b/y>c/y"]);
        check("-a 1, +b 2", &[]);
        check("+a 1, +b 1", &[]);
    }

    #[test]
    fn empty_files_are_not_one_another() {
        check("-a/__init__.py 0, +b/py.typed 0", &[]);
        check("-a/py.typed 0, +b/py.typed 0", &["a/py.typed>b/py.typed"]);
    }

    #[test]
    fn a_folder_takes_its_files_along() {
        check(
            "-a/x.rs 1, -a/mod.rs 2, +b/x.rs 1, +b/mod.rs 3",
            &["a/mod.rs>b/mod.rs", "a/x.rs>b/x.rs"],
        );
        check("-a/mod.rs 2, +b/mod.rs 3", &[]);
    }

    #[test]
    fn a_name_that_moved_alone_is_followed() {
        check("-a/walk.rs 1, +b/c/walk.rs 2", &["a/walk.rs>b/c/walk.rs"]);
        check("-a/walk.rs 1, -d/walk.rs 4, +b/c/walk.rs 2", &[]);
    }
}
