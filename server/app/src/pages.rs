//! Rule pages as files: an editor opens what has a `file:` address, so a page is written to the cache when it is asked for.
//!
//! The folder carries the version: another version's pages are other files, and nothing is ever deleted under an editor.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::places;

/// Writes a rule's page unless it is there already, and says where it is.
pub(crate) fn write(id: &str, page: &str) -> io::Result<PathBuf> {
    let cache = places::cache().ok_or_else(no_cache)?;
    write_below(&cache, id, page)
}

/// Writes a text that was made to be read once; the next of the same name replaces it.
pub(crate) fn write_text(name: &str, text: &str) -> io::Result<PathBuf> {
    let cache = places::cache().ok_or_else(no_cache)?;
    write_file(&cache.join("texts").join(file_name(name)), text)
}

fn no_cache() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        "no cache folder: set OBELUS_CACHE_DIR",
    )
}

fn write_below(cache: &Path, id: &str, page: &str) -> io::Result<PathBuf> {
    let file = cache
        .join("rules")
        .join(env!("CARGO_PKG_VERSION"))
        .join(file_name(id));
    // A workspace's own rule may have changed under the same id.
    write_file(&file, page)
}

fn write_file(file: &Path, text: &str) -> io::Result<PathBuf> {
    if std::fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(file.to_owned());
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    fresh.persist(file).map_err(|error| error.error)?;
    Ok(file.to_owned())
}

/// One folder deep, whatever a rule is called: ids of a workspace's own rules are not ours.
fn file_name(id: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '.'
        }
    };
    let name: String = id.chars().take(100).map(plain).collect();
    format!("{}.md", name.trim_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::{file_name, write_below};

    #[test]
    fn a_page_stays_in_its_folder() {
        assert_eq!(file_name("rust/dbg-left-in"), "rust.dbg-left-in.md");
        assert_eq!(file_name("../../etc/passwd\0"), "etc.passwd.md");
    }

    #[test]
    fn a_page_is_written_once_and_renewed_when_it_changed() {
        let cache = tempfile::tempdir().expect("a folder");
        let first = write_below(cache.path(), "own/x", "# One\n").expect("written");
        let again = write_below(cache.path(), "own/x", "# Two\n").expect("written");
        assert_eq!(first, again);
        assert_eq!(std::fs::read_to_string(again).expect("a page"), "# Two\n");
    }
}
