//! The few settings of a repository's own configuration that say how to read it, and no others.
//!
//! libgit2 is never shown this file: it would follow `include.path` out of the folder and obey `core.worktree`,
//! `core.excludesFile` and the like. What is not asked for here by name does not exist: no setting that names a
//! program, a filter or a file has any effect on Obelus. Includes are not followed.

use std::collections::HashMap;

/// A parsed configuration file: `section.subsection.key` (section and key in lower case) to the last value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config(HashMap<String, String>);

impl Config {
    /// Reads git's syntax; lines that are not understood are passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let mut settings = HashMap::new();
        let mut section = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut line = line.trim().to_owned();
            while line.ends_with('\\') && !line.ends_with("\\\\") {
                line.pop();
                match lines.next() {
                    Some(next) => line.push_str(next.trim()),
                    None => break,
                }
            }
            let mut rest = line.as_str();
            if let Some(header) = rest.strip_prefix('[') {
                let Some((name, after)) = header_of(header) else {
                    section.clear();
                    continue;
                };
                section = name;
                rest = after.trim();
            }
            if rest.is_empty() || rest.starts_with(['#', ';']) || section.is_empty() {
                continue;
            }
            let (key, value) = match rest.split_once('=') {
                Some((key, value)) => (key, value_of(value)),
                // A key alone means true.
                None => (rest, "true".to_owned()),
            };
            settings.insert(format!("{section}.{}", key.trim().to_lowercase()), value);
        }
        Self(settings)
    }

    /// These settings, and over them those of another file.
    pub(crate) fn overlaid(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The value of `section.key` or `section.subsection.key`.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// A setting that is on or off.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" | "" => Some(false),
            _ => None,
        }
    }
}

/// `name "sub"] rest` as (`name.sub`, rest).
fn header_of(header: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    let end = header.char_indices().find_map(|(at, c)| {
        let ends = c == ']' && !quoted;
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })?;
    let (inside, after) = (&header[..end], &header[end + 1..]);
    let name = match inside.split_once('"') {
        Some((name, sub)) => {
            let sub = sub.strip_suffix('"').unwrap_or(sub).replace('\\', "");
            format!("{}.{sub}", name.trim().to_lowercase())
        }
        None => inside.trim().to_lowercase(),
    };
    Some((name, after))
}

/// A value without its comment and quotes.
fn value_of(written: &str) -> String {
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = written.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    value.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn reads_gits_syntax() {
        let config = Config::parse(
            "[core]\n\tfileMode = false ; why\n\tbare\n[branch \"a/b.c\"] remote = \"or # igin\"\n\
             \tmerge = refs/\\\nheads/x\n[broken\nkey = lost\n[include]\n\tpath = /etc/passwd\n",
        );
        assert_eq!(config.flag("core.filemode"), Some(false));
        assert_eq!(config.flag("core.bare"), Some(true));
        assert_eq!(config.get("branch.a/b.c.remote"), Some("or # igin"));
        assert_eq!(config.get("branch.a/b.c.merge"), Some("refs/heads/x"));
        assert_eq!(config.get("broken.key"), None);
    }

    #[test]
    fn hostile_text_is_only_text() {
        for text in [
            "[",
            "[\"",
            "[a \"\\\"]\nx",
            "=\n[x]=\n\\",
            "[a]\n\\\n\\",
            "[é\"]]\nß=ü\\",
        ] {
            drop(Config::parse(text));
        }
    }
}
