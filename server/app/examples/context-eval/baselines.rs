//! What the context is compared with: BM25 over whole files, and counting identifiers as one would with ripgrep.

use std::collections::{HashMap, HashSet};

use base::RelPath;

/// The words of some files, counted.
#[derive(Default)]
pub(crate) struct Corpus {
    files: HashMap<RelPath, File>,
    /// Files that have a word.
    with: HashMap<String, u32>,
    length: u64,
}

struct File {
    /// Identifiers and their parts, in lower case.
    words: HashMap<String, u32>,
    /// Identifiers as written.
    identifiers: HashSet<String>,
    length: u32,
}

impl Corpus {
    /// A file's new text; `None` takes it away.
    pub(crate) fn set(&mut self, path: &RelPath, text: Option<&str>) {
        if let Some(file) = self.files.remove(path) {
            self.length -= u64::from(file.length);
            for word in file.words.keys() {
                if let Some(count) = self.with.get_mut(word) {
                    *count -= 1;
                }
            }
        }
        let Some(text) = text else { return };
        let mut file = File {
            words: HashMap::new(),
            identifiers: HashSet::new(),
            length: 0,
        };
        for identifier in identifiers(text) {
            for word in words(identifier) {
                *file.words.entry(word).or_default() += 1;
                file.length += 1;
            }
            file.identifiers.insert(identifier.to_owned());
        }
        self.length += u64::from(file.length);
        for word in file.words.keys() {
            *self.with.entry(word.clone()).or_default() += 1;
        }
        self.files.insert(path.clone(), file);
    }

    pub(crate) fn contains(&self, path: &RelPath) -> bool {
        self.files.contains_key(path)
    }

    pub(crate) fn paths(&self) -> Vec<RelPath> {
        let mut paths: Vec<RelPath> = self.files.keys().cloned().collect();
        paths.sort();
        paths
    }

    /// Files by BM25 (k1 1.2, b .75) with the words of the query's identifiers, each once.
    pub(crate) fn bm25(&self, query: &str, without: &RelPath) -> Vec<RelPath> {
        let wanted: HashSet<String> = identifiers(query).flat_map(words).collect();
        let count = self.files.len() as f64;
        let mean = self.length as f64 / count.max(1.0);
        let rarity: Vec<(&String, f64)> = wanted
            .iter()
            .map(|word| {
                let with = f64::from(self.with.get(word).copied().unwrap_or(0));
                (word, (1.0 + (count - with + 0.5) / (with + 0.5)).ln())
            })
            .collect();
        self.ranked(without, |file| {
            let norm = 1.2 * (0.25 + 0.75 * f64::from(file.length) / mean.max(1.0));
            let each = rarity.iter().filter_map(|(word, rarity)| {
                let count = f64::from(*file.words.get(*word)?);
                Some(rarity * count * 2.2 / (count + norm))
            });
            // Summed in one order: floating point must not shuffle equals from run to run.
            let mut each: Vec<f64> = each.collect();
            each.sort_by(f64::total_cmp);
            each.iter().sum()
        })
    }

    /// Files by how many of the query's identifiers stand in them.
    pub(crate) fn identifiers(&self, query: &str, without: &RelPath) -> Vec<RelPath> {
        let wanted: HashSet<&str> = identifiers(query).collect();
        self.ranked(without, |file| {
            wanted
                .iter()
                .filter(|word| file.identifiers.contains(**word))
                .count() as f64
        })
    }

    fn ranked(&self, without: &RelPath, value: impl Fn(&File) -> f64) -> Vec<RelPath> {
        let mut ranked: Vec<(f64, &RelPath)> = self
            .files
            .iter()
            .filter(|(path, _)| *path != without)
            .map(|(path, file)| (value(file), path))
            .filter(|(value, _)| *value > 0.0)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        ranked.into_iter().map(|(_, path)| path.clone()).collect()
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.len() > 1 && word.len() <= 80)
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
}

/// An identifier in lower case, and its parts where it has more than one.
fn words(identifier: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in identifier.split('_') {
        let mut part = String::new();
        let letters: Vec<char> = piece.chars().collect();
        for (at, c) in letters.iter().enumerate() {
            let after_lower = at > 0 && letters[at - 1].is_lowercase();
            let before_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
            if c.is_uppercase() && !part.is_empty() && (after_lower || before_lower) {
                parts.push(std::mem::take(&mut part));
            }
            part.extend(c.to_lowercase());
        }
        parts.push(part);
    }
    parts.retain(|part| part.len() > 1);
    let whole = identifier.to_lowercase();
    if parts.len() == 1 && parts[0] == whole {
        return parts;
    }
    parts.push(whole);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> (Corpus, impl Fn(&str) -> RelPath) {
        let path = |name: &str| RelPath::new(name).expect("a path");
        let mut corpus = Corpus::default();
        corpus.set(&path("a.rs"), Some("fn next_token() { token(); token(); }"));
        corpus.set(&path("b.rs"), Some("fn other() { token() }"));
        corpus.set(&path("c.rs"), Some("fn main() {}"));
        (corpus, path)
    }

    #[test]
    fn identifiers_are_split() {
        assert_eq!(
            words("HTTPServer_maxSize"),
            ["http", "server", "max", "size", "httpserver_maxsize"]
        );
        assert_eq!(words("token"), ["token"]);
    }

    #[test]
    fn rare_words_and_short_files_come_first() {
        let (mut corpus, path) = corpus();
        let query = "let x = nextToken(token);";
        assert_eq!(
            corpus.bm25(query, &path("z.rs")),
            [path("a.rs"), path("b.rs")]
        );
        assert_eq!(corpus.bm25(query, &path("a.rs")), [path("b.rs")]);
        assert_eq!(
            corpus.identifiers("main token other", &path("z.rs")),
            [path("b.rs"), path("a.rs"), path("c.rs")]
        );
        corpus.set(&path("a.rs"), None);
        assert_eq!(corpus.bm25(query, &path("z.rs")), [path("b.rs")]);
        assert_eq!(corpus.paths(), [path("b.rs"), path("c.rs")]);
    }
}
