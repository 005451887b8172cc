//! Path globs as people expect them from ignore files, and rule-id globs.
//!
//! A path glob without a `/` matches at any depth; one that names a folder matches everything inside it; `*` and `?`
//! stop at `/`, `**` does not. Patterns come from files of the workspace, so their length and number are limited.

use base::RelPath;
use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

const MAX_LENGTH: usize = 1_000;
const MAX_GLOBS: usize = 1_000;

/// A list of path globs that knows which of them matched.
#[derive(Clone, Debug, Default)]
pub struct PathGlobs {
    patterns: Vec<String>,
    // Two entries for every pattern: itself, and everything below it.
    set: GlobSet,
}

impl PathGlobs {
    /// Compiles `patterns`; with the index of the first one that is no glob, and why, when there is one.
    pub fn new(patterns: &[String]) -> Result<Self, (usize, String)> {
        let mut set = GlobSetBuilder::new();
        for (index, pattern) in patterns.iter().enumerate() {
            if index >= MAX_GLOBS {
                return Err((index, format!("more than {MAX_GLOBS} globs")));
            }
            for glob in path_globs(pattern).map_err(|why| (index, why))? {
                set.add(glob);
            }
        }
        let set = set.build().map_err(|error| (0, error.to_string()))?;
        let patterns = patterns.to_vec();
        Ok(Self { patterns, set })
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The first pattern that matches.
    pub fn matched(&self, path: &RelPath) -> Option<&str> {
        let first = self.set.matches(path.as_str()).into_iter().min()?;
        self.patterns.get(first / 2).map(String::as_str)
    }
}

fn path_globs(pattern: &str) -> Result<[Glob; 2], String> {
    if pattern.len() > MAX_LENGTH {
        return Err(format!("a glob longer than {MAX_LENGTH} bytes"));
    }
    let trimmed = pattern.strip_prefix("./").unwrap_or(pattern);
    let folder = trimmed.trim_end_matches('/');
    let rooted = folder.trim_start_matches('/');
    if rooted.is_empty() {
        return Err("an empty glob matches nothing; name a file or folder".to_owned());
    }
    let anchored = folder.contains('/');
    let itself = match anchored {
        true => rooted.to_owned(),
        false => format!("**/{rooted}"),
    };
    let build = |text: &str| {
        GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| error.kind().to_string())
    };
    let below = build(&format!("{itself}/**"))?;
    // `folder/` names folders only, so the first of the two must not match a file of that name.
    let itself = match trimmed.ends_with('/') {
        true => below.clone(),
        false => build(&itself)?,
    };
    Ok([itself, below])
}

/// A rule id or a glob over rule ids; `*` also crosses `/`.
#[derive(Clone, Debug)]
pub struct RuleGlob {
    pattern: String,
    matcher: Option<GlobMatcher>,
}

impl RuleGlob {
    /// Compiles a pattern, or says why it is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > MAX_LENGTH {
            return Err(format!("a pattern longer than {MAX_LENGTH} bytes"));
        }
        let plain = !pattern.contains(['*', '?', '[', ']', '{', '}', '\\']);
        let matcher = match plain {
            true => None,
            false => Some(
                Glob::new(pattern)
                    .map_err(|error| error.kind().to_string())?
                    .compile_matcher(),
            ),
        };
        let pattern = pattern.to_owned();
        Ok(Self { pattern, matcher })
    }

    /// As it was written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether it names this rule.
    pub fn matches(&self, id: &str) -> bool {
        match &self.matcher {
            None => self.pattern == id,
            Some(matcher) => matcher.is_match(id),
        }
    }

    /// What wins over what: an id over a glob, a longer glob over a shorter one.
    pub fn weight(&self) -> (bool, usize) {
        (self.matcher.is_none(), self.pattern.len())
    }
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::{PathGlobs, RuleGlob};

    #[test]
    fn path_globs_match_like_an_ignore_file() {
        for (pattern, path, expected) in [
            ("*.snap", "a/b/c.snap", true),
            ("*.snap", "c.snap", true),
            ("vendor", "a/vendor/x/y.rs", true),
            ("vendor/", "vendor", false),
            ("vendor/", "vendor/y.rs", true),
            ("/gen", "a/gen/x.rs", false),
            ("/gen", "gen/x.rs", true),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/a/b.rs", false),
            ("src/**/*.rs", "src/a/b.rs", true),
            ("./src", "src/a.rs", true),
            ("{a,b}.txt", "x/b.txt", true),
            ("[ab].txt", "c.txt", false),
        ] {
            let globs = PathGlobs::new(&[pattern.to_owned()]).expect("a glob");
            let path = RelPath::new(path).expect("a path");
            assert_eq!(
                globs.matched(&path).is_some(),
                expected,
                "{pattern} on {path}"
            );
        }
    }

    #[test]
    fn the_first_matching_pattern_is_named() {
        let globs = PathGlobs::new(&["x".into(), "*.rs".into(), "a.*".into()]).expect("globs");
        let path = RelPath::new("a.rs").expect("a path");
        assert_eq!(globs.matched(&path), Some("*.rs"));
    }

    #[test]
    fn what_is_no_glob_is_refused_by_number() {
        for bad in ["a[", "", "/", "{a", &"x".repeat(2_000)] {
            let error = PathGlobs::new(&["ok".into(), bad.into()]).expect_err(bad);
            assert_eq!(error.0, 1, "{bad}");
        }
    }

    #[test]
    fn rule_globs_cross_the_slash() {
        for (pattern, id, expected) in [
            ("rust/*", "rust/x", true),
            ("*", "rust/x", true),
            ("rust/x", "rust/x", true),
            ("rust/x", "rust/xy", false),
            ("*/x", "js/x", true),
        ] {
            assert_eq!(
                RuleGlob::new(pattern).expect("a glob").matches(id),
                expected,
                "{pattern} {id}"
            );
        }
    }
}
