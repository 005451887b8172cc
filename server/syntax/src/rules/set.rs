//! The rules of one language, compiled when a text first holds a word that they wait for.
//!
//! Most rules wait for a word that most files do not have: compiling only the others keeps the first look at a file fast
//! and the memory small.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use ast_grep_config::{GlobalRules, RuleConfig, SerializableRuleConfig};
use ast_grep_core::Matcher as _;
use base::{RelPath, RuleMeta, Span};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::RuleProblem;
use super::ascii::ascii;
use super::file::{Pattern, RuleFile, yaml};
use super::limits::at_line;
use super::literals::{self, Clause};
use crate::Language;

/// The rules of one language.
pub(crate) struct RuleSet {
    pub(crate) rules: Vec<Waiting>,
    /// Finds the words of all clauses at once; `None` when it could not be built.
    words: Option<AhoCorasick>,
    /// By word: the rules that wait for it.
    waiting: Vec<Vec<u16>>,
}

/// One rule, and what it waits for.
pub(crate) struct Waiting {
    file: Arc<RuleFile>,
    language: Language,
    /// Words of which one must be in a text for the rule to hold in it.
    clause: Option<Clause>,
    /// `None` inside: it does not compile.
    compiled: OnceLock<Option<Compiled>>,
}

/// One compiled rule.
pub(crate) struct Compiled {
    pub(crate) meta: Arc<RuleMeta>,
    pub(crate) config: RuleConfig<Language>,
    pub(crate) fix_title: Option<String>,
    /// The kinds of node on which it can hold.
    pub(crate) kinds: Vec<u16>,
    files: Option<GlobSet>,
    ignores: Option<GlobSet>,
}

impl Waiting {
    pub(crate) fn meta(&self) -> &RuleMeta {
        &self.file.meta
    }

    /// The rule, compiled now if it was not before; `None` where it does not compile: built-in files are tested, a
    /// workspace's are checked when they are read.
    pub(crate) fn compiled(&self) -> Option<&Compiled> {
        let compiled = self
            .compiled
            .get_or_init(|| compile(&self.file, self.language).ok());
        compiled.as_ref()
    }
}

impl RuleSet {
    /// Reads what applies to `language`. A file that cannot be read is left out.
    pub(crate) fn read(files: &[Arc<RuleFile>], language: Language) -> Self {
        let rules: Vec<_> = files
            .iter()
            .filter(|file| file.languages.contains(&language))
            .filter_map(|file| {
                let config = config(file).ok()?;
                Some(Waiting {
                    clause: clause(&config),
                    file: Arc::clone(file),
                    language,
                    compiled: OnceLock::new(),
                })
            })
            .collect();
        let (mut words, mut waiting): (Vec<String>, Vec<Vec<u16>>) = (Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            for word in rule.clause.iter().flat_map(|clause| &clause.words) {
                match words.iter().position(|known| known == word) {
                    Some(known) => waiting[known].push(number),
                    None => {
                        words.push(word.clone());
                        waiting.push(vec![number]);
                    }
                }
            }
        }
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&words)
            .ok();
        Self {
            rules,
            words,
            waiting,
        }
    }

    /// For each rule where in this text it can hold.
    pub(crate) fn places(&self, text: &str) -> Vec<Places> {
        let Some(words) = &self.words else {
            return self.rules.iter().map(|_| Places::Anywhere).collect();
        };
        let mut places: Vec<_> = self
            .rules
            .iter()
            .map(|rule| {
                if rule.clause.is_some() {
                    Places::Around(Vec::new())
                } else {
                    Places::Anywhere
                }
            })
            .collect();
        for found in words.find_overlapping_iter(text) {
            let span = Span::new(found.start(), found.end());
            for &index in self
                .waiting
                .get(found.pattern().as_usize())
                .into_iter()
                .flatten()
            {
                let index = usize::from(index);
                if let (Some(place), Some(rule)) = (places.get_mut(index), self.rules.get(index)) {
                    place.add(
                        span,
                        rule.clause.as_ref().is_some_and(|clause| clause.inner),
                    );
                }
            }
        }
        for place in &mut places {
            if let Places::Around(spans) = place {
                spans.sort_unstable();
            }
        }
        places
    }

    /// Whether any rule can hold in this text.
    pub(crate) fn may_match(&self, text: &str) -> bool {
        match &self.words {
            Some(words) => {
                self.rules.iter().any(|rule| rule.clause.is_none()) || words.is_match(text)
            }
            None => !self.rules.is_empty(),
        }
    }
}

/// Where in a text a rule can hold.
pub(crate) enum Places {
    /// No word tells.
    Anywhere,
    /// On nodes that contain one of these words, in order; nowhere when there are none.
    Around(Vec<Span>),
}

impl Places {
    /// More words than this are not worth their list.
    const MOST: usize = 10_000;

    fn add(&mut self, word: Span, inner: bool) {
        match self {
            Self::Around(words) if inner && words.len() < Self::MOST => words.push(word),
            _ => *self = Self::Anywhere,
        }
    }

    /// Whether the rule can hold nowhere.
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(self, Self::Around(words) if words.is_empty())
    }

    /// Whether the rule can hold on a node.
    pub(crate) fn allow(&self, node: Span) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Around(words) => contains_one(words, node),
        }
    }
}

/// Whether `node` contains one of `words`, which are in order.
pub(crate) fn contains_one(words: &[Span], node: Span) -> bool {
    let first = words.partition_point(|word| word.start < node.start);
    words[first..]
        .iter()
        .take_while(|word| word.start < node.end)
        .any(|word| word.end <= node.end)
}

impl Compiled {
    /// Whether the rule's `files` and `ignores` let it look at this file.
    pub(crate) fn looks_at(&self, path: &RelPath) -> bool {
        let path = path.as_str();
        !self
            .ignores
            .as_ref()
            .is_some_and(|ignores| ignores.is_match(path))
            && self.files.as_ref().is_none_or(|files| files.is_match(path))
    }
}

/// Whether a rule compiles for all of its languages.
pub(crate) fn check(file: &RuleFile) -> Result<(), RuleProblem> {
    for &language in &file.languages {
        compile(file, language).map_err(|what| RuleProblem {
            path: file.path.clone(),
            what: at_named(&file.source, what),
        })?;
    }
    Ok(())
}

/// The rule as it is written.
fn config(file: &RuleFile) -> Result<SerializableRuleConfig<Language>, String> {
    let source = match &file.source {
        Cow::Borrowed(builtin) => Cow::Owned(ascii(builtin)),
        Cow::Owned(own) => Cow::Borrowed(own.as_str()),
    };
    ast_grep_config::from_str(&source).map_err(|error| yaml(&error))
}

fn clause(config: &SerializableRuleConfig<Language>) -> Option<Clause> {
    let core = serde_json::to_value(&config.core).ok()?;
    literals::clause(&core)
}

fn compile(file: &RuleFile, language: Language) -> Result<Compiled, String> {
    let mut config = config(file)?;
    config.language = language;
    let config =
        RuleConfig::try_from(config, &GlobalRules::default()).map_err(|error| chain(&error))?;
    let kinds = config.matcher.potential_kinds().unwrap_or_default();
    Ok(Compiled {
        meta: Arc::clone(&file.meta),
        kinds: kinds
            .iter()
            .filter_map(|kind| u16::try_from(kind).ok())
            .collect(),
        config,
        fix_title: file.fix_title.clone(),
        files: globs("files", &file.files)?,
        ignores: globs("ignores", &file.ignores)?,
    })
}

fn globs(key: &str, patterns: &[Pattern]) -> Result<Option<GlobSet>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let (glob, fold) = match pattern {
            Pattern::Plain(glob) => (glob, false),
            Pattern::Config {
                glob,
                case_insensitive,
            } => (glob, *case_insensitive),
        };
        let glob = GlobBuilder::new(glob)
            .case_insensitive(fold)
            .build()
            .map_err(|error| format!("{key}: {error}"))?;
        set.add(glob);
    }
    set.build()
        .map(Some)
        .map_err(|error| format!("{key}: {error}"))
}

/// An error's causes in one line, without the outermost, which says only that the rule is wrong.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !words.iter().any(|earlier| earlier.contains(&text)) {
            words.push(text.trim_end_matches('.').to_owned());
        }
        next = error.source();
    }
    if words.len() > 1 {
        words.remove(0);
    }
    words
        .join(": ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Errors about a rule name what is wrong in backticks; that tells the line.
fn at_named(source: &str, what: String) -> String {
    if what.starts_with("line ") {
        return what;
    }
    let name = what.rsplit('`').nth(1).unwrap_or("").to_owned();
    at_line(source, &name, what)
}

#[cfg(test)]
mod tests {
    use crate::{Language, Rules, Tree};
    use base::{RelPath, Text};

    /// The rules of a language that were compiled for a text.
    fn compiled(language: Language, path: &str, text: &str) -> Vec<String> {
        let rules = Rules::builtin();
        let tree = Tree::parse(
            language,
            &Text::new(text),
            std::time::Duration::from_secs(5),
        )
        .expect("a tree");
        rules.run(&tree, &RelPath::new(path).expect("a path"), None, &|_| true);
        let set = rules.set(language).expect("a set");
        let ready = set
            .rules
            .iter()
            .filter(|rule| rule.compiled.get().is_some());
        ready.map(|rule| rule.meta().id.to_string()).collect()
    }

    #[test]
    fn only_rules_whose_words_are_there_are_compiled() {
        for language in Language::ALL {
            let ready = compiled(*language, "a.txt", "x\n");
            assert!(ready.len() <= 15, "{language:?}: {ready:?}");
        }
        let ready = compiled(Language::Rust, "a.rs", "fn f() { dbg!(1); }\n");
        assert!(ready.contains(&"rust/dbg-left-in".to_owned()), "{ready:?}");
        assert!(ready.len() <= 5, "{ready:?}");
    }
}
