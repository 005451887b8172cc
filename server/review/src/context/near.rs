//! What paths tell about each other: how near two files lie, whether one is called like the other, and which are tests.

use base::RelPath;

/// How near two files are: 1 in the same folder, less with every step between.
pub(crate) fn near(a: &RelPath, b: &RelPath) -> f32 {
    let folder = |path: &RelPath| path.parent().unwrap_or("").len();
    let (a, b) = (&a.as_str()[..folder(a)], &b.as_str()[..folder(b)]);
    let depth = |folder: &str| match folder {
        "" => 0,
        _ => 1 + folder.matches('/').count(),
    };
    let common = match (a, b) {
        ("", _) | (_, "") => 0,
        _ => a
            .split('/')
            .zip(b.split('/'))
            .take_while(|(a, b)| a == b)
            .count(),
    };
    1.0 / (1.0 + (depth(a) + depth(b) - 2 * common) as f32)
}

/// What a file is called, without what makes it a test or says its language.
pub(crate) struct Name {
    words: Vec<String>,
}

impl Name {
    /// `src/net/retry_test.go` is `retry`, `src/net/mod.rs` is `net`.
    pub(crate) fn of(path: &RelPath) -> Self {
        let name = path.file_name();
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        let stem = match stem {
            "mod" | "lib" | "main" | "index" | "__init__" | "init" | "" => path
                .parent()
                .and_then(|parent| parent.rsplit('/').find(|part| *part != "src"))
                .unwrap_or(stem),
            _ => stem,
        };
        let mut words = Vec::new();
        for part in stem.split(['_', '-', ' ', '+', '@']) {
            split_case(part, &mut words);
        }
        if words.len() > 1 {
            words.retain(|word| !matches!(word.as_str(), "test" | "tests" | "spec" | "specs"));
        }
        Self { words }
    }

    /// How much of both names is common: 1 for the same, 0 for less than half.
    pub(crate) fn alike(&self, other: &Self) -> f32 {
        let common = self
            .words
            .iter()
            .filter(|word| other.words.contains(word))
            .count();
        let all = self.words.len() + other.words.len() - common;
        let share = common as f32 / all.max(1) as f32;
        if share >= 0.5 { share } else { 0.0 }
    }
}

/// `HttpServer2` is `http`, `server2`.
fn split_case(part: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    let mut was_lower = false;
    for c in part.chars() {
        if c.is_uppercase() && was_lower {
            words.push(std::mem::take(&mut word));
        }
        was_lower = c.is_lowercase();
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// Whether a path is one of tests by the customs of its language.
pub(crate) fn is_test_path(path: &RelPath) -> bool {
    let folder = path.parent().unwrap_or("");
    let name = path.file_name();
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    folder.split('/').any(|part| {
        matches!(
            part,
            "test" | "tests" | "spec" | "specs" | "__tests__" | "testing" | "e2e"
        ) || ["Test", "Tests", "-test", "-tests"]
            .iter()
            .any(|end| part.ends_with(end))
    }) || stem.starts_with("test_")
        || ["_test", "_spec", "Test", "Tests", "Spec"]
            .iter()
            .any(|end| stem.ends_with(end))
        || [".test.", ".spec."]
            .iter()
            .any(|middle| name.contains(middle))
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::{Name, near};

    fn path(path: &str) -> RelPath {
        RelPath::new(path).expect("a path")
    }

    #[test]
    fn files_in_one_folder_are_nearest() {
        let check = |a, b, steps: u8| {
            assert_eq!(
                near(&path(a), &path(b)),
                1.0 / (1.0 + f32::from(steps)),
                "{a} {b}"
            );
        };
        check("a.rs", "b.rs", 0);
        check("a/a.rs", "b.rs", 1);
        check("a/b/c.rs", "a/b/d.rs", 0);
        check("a/b/c.rs", "a/x/d.rs", 2);
        check("ab/c.rs", "a/c.rs", 2);
    }

    #[test]
    fn tests_and_headers_are_called_like_what_they_belong_to() {
        let check = |a, b, alike: f32| {
            let found = Name::of(&path(a)).alike(&Name::of(&path(b)));
            assert_eq!(found, alike, "{a} {b}");
        };
        check("src/retry.go", "src/retry_test.go", 1.0);
        check("app/text.py", "tests/test_text.py", 1.0);
        check("src/HttpServer.java", "test/HttpServerTest.java", 1.0);
        check("lib/net.h", "lib/net.cc", 1.0);
        check("src/net/mod.rs", "tests/net.rs", 1.0);
        check("src/frame.ts", "src/frameManager.ts", 0.5);
        check("src/frame.ts", "src/page.ts", 0.0);
        check("src/net/mod.rs", "src/web/mod.rs", 0.0);
    }
}
