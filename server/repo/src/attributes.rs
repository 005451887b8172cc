//! The four things that `.gitattributes` may say to a reviewer: generated, vendored, binary, kept by a filter.
//!
//! Read from the work tree (and git's `info/attributes`) whatever is under review, as git does. No filter, merge driver
//! or textconv that an attribute names has any meaning here. Macros other than `binary` are not expanded.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::confined::{self, Stat};
use crate::objects::lock;

const MAX_ATTRIBUTES_FILE: u64 = 1 << 20;
/// Patterns that one file may hold.
const MAX_PATTERNS: usize = 20_000;

/// How long what a folder's attribute file says is believed without another look at it. One review asks of thousands of
/// files in a few folders; a person who saves an attribute file waits longer than this for what comes of it.
const BELIEVED: Duration = Duration::from_millis(50);

/// What attributes say of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// `linguist-generated`
    pub(crate) generated: Option<bool>,
    /// `linguist-vendored`
    pub(crate) vendored: Option<bool>,
    /// `binary` or `-diff`
    pub(crate) binary: Option<bool>,
    /// Any `filter=`
    pub(crate) filtered: Option<bool>,
}

/// The attribute files of a work tree, read when asked for and again when they changed.
pub(crate) struct AttributeFiles {
    top: PathBuf,
    common: PathBuf,
    kept: Mutex<HashMap<PathBuf, Kept>>,
}

/// An attribute file, or that there is none, as of a moment.
struct Kept {
    /// When it was looked at; `None` when it must be again.
    looked: Option<Instant>,
    found: Option<(Stat, Arc<Patterns>)>,
}

/// One file: for each attribute a list of patterns in which the last match decides, a negated one unsetting it.
struct Patterns([Gitignore; 4]);

impl AttributeFiles {
    pub(crate) fn new(top: PathBuf, common: PathBuf) -> Self {
        Self {
            top,
            common,
            kept: Mutex::new(HashMap::new()),
        }
    }

    /// What the files say of `path` (from the top); nearer files win.
    pub(crate) fn of(&self, path: &str) -> Attributes {
        let mut values = [None; 4];
        let info = Path::new("info/attributes");
        self.apply(&self.common, info, Path::new(path), &mut values);
        let mut folder = path;
        loop {
            folder = folder.rfind('/').map_or("", |slash| &folder[..slash]);
            let below = path[folder.len()..].trim_start_matches('/');
            let file = Path::new(folder).join(".gitattributes");
            self.apply(&self.top, &file, Path::new(below), &mut values);
            if folder.is_empty() {
                break;
            }
        }
        let [generated, vendored, binary, filtered] = values;
        Attributes {
            generated,
            vendored,
            binary,
            filtered,
        }
    }

    fn apply(&self, root: &Path, file: &Path, path: &Path, values: &mut [Option<bool>; 4]) {
        let Some(patterns) = self.patterns(root, file) else {
            return;
        };
        for (value, matcher) in values.iter_mut().zip(&patterns.0) {
            if value.is_none() {
                let found = matcher.matched(path, false);
                *value = (!found.is_none()).then(|| found.is_ignore());
            }
        }
    }

    fn patterns(&self, root: &Path, file: &Path) -> Option<Arc<Patterns>> {
        let key = root.join(file);
        let mut known = None;
        if let Some(kept) = lock(&self.kept).get(&key) {
            if kept.looked.is_some_and(|at| at.elapsed() < BELIEVED) {
                return kept.found.as_ref().map(|(_, patterns)| patterns.clone());
            }
            known.clone_from(&kept.found);
        }
        let looked = Some(Instant::now());
        let stat = confined::stat(root, file).ok();
        let found = stat.and_then(|stat| match known {
            Some((then, patterns)) if then == stat => Some((stat, patterns)),
            _ => {
                let bytes = confined::read(root, file, MAX_ATTRIBUTES_FILE).ok()?;
                Some((stat, Arc::new(parse(&String::from_utf8_lossy(&bytes)))))
            }
        });
        let patterns = found.as_ref().map(|(_, patterns)| patterns.clone());
        lock(&self.kept).insert(key, Kept { looked, found });
        patterns
    }

    /// Looks at every file again when it is asked for next: a new look at the work tree begins.
    pub(crate) fn look_again(&self) {
        lock(&self.kept).retain(|_, kept| {
            kept.looked = None;
            kept.found.is_some()
        });
    }
}

fn parse(text: &str) -> Patterns {
    let mut builders = [(); 4].map(|()| GitignoreBuilder::new(""));
    for line in text.lines().take(MAX_PATTERNS) {
        let line = line.trim();
        let (pattern, words) = match line.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some(split) => split,
            None => match line.split_once(char::is_whitespace) {
                Some(split) => split,
                None => continue,
            },
        };
        if pattern.is_empty() || pattern.starts_with(['#', '!', '[']) {
            continue;
        }
        let mut said = [None; 4];
        for word in words.split_whitespace() {
            let (name, set) = match word.strip_prefix('-') {
                Some(name) => (name, false),
                None => (word, true),
            };
            let (name, value) = name.split_once('=').unwrap_or((name, "true"));
            let set = set && !matches!(value, "false" | "0");
            match name {
                "linguist-generated" => said[0] = Some(set),
                "linguist-vendored" => said[1] = Some(set),
                "binary" => said[2] = Some(set),
                // `diff` and `diff=python` make a file text; `-diff` hides it.
                "diff" => said[2] = Some(!set),
                "filter" => said[3] = Some(set),
                _ => {}
            }
        }
        for (builder, said) in builders.iter_mut().zip(said) {
            match said {
                Some(true) => drop(builder.add_line(None, pattern)),
                Some(false) => drop(builder.add_line(None, &format!("!{pattern}"))),
                None => {}
            }
        }
    }
    Patterns(builders.map(|builder| builder.build().unwrap_or_else(|_| Gitignore::empty())))
}

#[cfg(test)]
mod tests {
    use super::{AttributeFiles, Attributes};

    #[test]
    fn nearer_and_later_win() {
        let temp = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = temp.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        write(
            ".gitattributes",
            "# comment\n*.lock linguist-generated\n/api/** linguist-generated=true -diff\n*.bin binary\n\
             api/hand.rs -linguist-generated diff=rust\n\"with space.txt\" linguist-vendored\n*.psd filter=lfs diff=lfs -text\n",
        );
        write("api/sub/.gitattributes", "kept.rs -linguist-generated\n");
        write(
            "git/info/attributes",
            "late.lock linguist-generated=false\n",
        );
        let files = AttributeFiles::new(temp.path().to_owned(), temp.path().join("git"));
        let check = |path: &str, expected: [Option<bool>; 4]| {
            let Attributes {
                generated,
                vendored,
                binary,
                filtered,
            } = files.of(path);
            assert_eq!([generated, vendored, binary, filtered], expected, "{path}");
        };
        check("a.rs", [None; 4]);
        check("x/Cargo.lock", [Some(true), None, None, None]);
        check("late.lock", [Some(false), None, None, None]);
        check("api/a.rs", [Some(true), None, Some(true), None]);
        check("api/hand.rs", [Some(false), None, Some(false), None]);
        check("api/sub/kept.rs", [Some(false), None, Some(true), None]);
        check("x/with space.txt", [None, Some(true), None, None]);
        check("a.psd", [None, None, Some(false), Some(true)]);

        write("x/.gitattributes", "*.lock -linguist-generated\n");
        std::fs::remove_file(temp.path().join("api/sub/.gitattributes")).expect("removed");
        files.look_again();
        check("x/Cargo.lock", [Some(false), None, None, None]);
        check("api/sub/kept.rs", [Some(true), None, Some(true), None]);
    }
}
