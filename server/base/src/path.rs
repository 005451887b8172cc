//! Workspace-relative paths.
//!
//! Inside Obelus a path is relative to its workspace folder and uses `/`; absolute paths and URIs exist at the edges
//! only. The one constructor refuses everything that could name a file outside the folder, so no later code has to.

use std::fmt;
use std::sync::Arc;

/// A path relative to the workspace folder.
///
/// Invariant: not empty, `/`-separated, no empty, `.` or `..` component, no NUL, not absolute, no drive or backslash.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct RelPath(Arc<str>);

/// Why a string is not a workspace-relative path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a path inside the workspace: {why}")]
pub struct PathError {
    /// The string as it was given, control characters escaped.
    pub path: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl RelPath {
    /// Checks `path` against the invariant; a leading `./` is dropped.
    pub fn new(path: &str) -> Result<Self, PathError> {
        let refuse = |why| {
            Err(PathError {
                path: path.escape_debug().to_string(),
                why,
            })
        };
        let trimmed = path.strip_prefix("./").unwrap_or(path);
        if trimmed.is_empty() {
            return refuse("it is empty");
        }
        if trimmed.starts_with('/') {
            return refuse("it is absolute");
        }
        if trimmed.contains('\0') {
            return refuse("it contains a NUL byte");
        }
        if cfg!(windows) && trimmed.contains(['\\', ':']) {
            return refuse("it contains a backslash or a drive");
        }
        for component in trimmed.split('/') {
            match component {
                "" => return refuse("it has an empty component"),
                "." | ".." => return refuse("it has a `.` or `..` component"),
                _ => {}
            }
        }
        Ok(Self(Arc::from(trimmed)))
    }

    /// The path with `/` between components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The text after the last dot of the file name, if there is one and it is not the first character.
    pub fn extension(&self) -> Option<&str> {
        match self.file_name().rsplit_once('.') {
            Some(("", _)) | None => None,
            Some((_, extension)) => Some(extension),
        }
    }

    /// The folder, or `None` for a file at the top.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RelPath;

    #[test]
    fn refuses_what_could_leave_the_workspace() {
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/./b",
            "a/",
            "a\0b",
            ".",
        ] {
            assert!(RelPath::new(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn keeps_what_is_inside() {
        for (given, kept) in [
            ("a.rs", "a.rs"),
            ("./a/b", "a/b"),
            ("..a/b..", "..a/b.."),
            ("ä/ö 1.py", "ä/ö 1.py"),
        ] {
            assert_eq!(
                RelPath::new(given).map(|p| p.as_str().to_owned()),
                Ok(kept.to_owned())
            );
        }
    }

    #[test]
    fn names_its_parts() {
        let path = RelPath::new("src/lib/.env.local").expect("valid");
        assert_eq!(
            (path.file_name(), path.extension(), path.parent()),
            (".env.local", Some("local"), Some("src/lib"))
        );
        assert_eq!(RelPath::new(".env").expect("valid").extension(), None);
    }
}
