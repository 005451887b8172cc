//! The parts of a request: words as typed and in small letters, names, revisions, paths, what it is about.

use super::Target;

/// A request, taken apart once.
pub(super) struct Said<'a> {
    /// As typed, without punctuation around.
    words: Vec<&'a str>,
    /// The same in small letters.
    small: Vec<String>,
    /// All of it in small letters, single blanks between words, one at both ends.
    pub(super) line: String,
    asks: bool,
    /// What stands in backticks.
    quoted: Vec<&'a str>,
}

/// Words that carry nothing of what is looked for.
const EMPTY: &str = "a an the of for to in on at by with from and or is are was were be do does did we i me my our you \
             it its this that these those there where what which who how why when can could would should please \
             pls plz show find search grep look up locate code place places all any some every give list \
             something stuff repo codebase project anywhere everywhere everything occurrences get us need want \
             have has not about just lookup query files file hey hi s";

/// Words after which a name stands.
const BEFORE_NAME: &str = "calls call calling callers caller uses use using users usages usage references reference refs \
             invokes invoke imports of to for function method class struct type trait interface enum is are on \
             does test tests cover document definition define defines def find where wheres declare declares \
             implements constant macro module variable symbol fn func goto open jump show symbols depends \
             docstring comment comments docs docstrings";

/// Words before which one stands: "the parser function".
const AFTER_NAME: &str = "function method class struct type trait interface enum macro module defined declared used called \
             definition usages usage callers";

/// Words that are no name although they stand where one could.
const NO_NAME: &str = "a an the this that these those it my our me us function method class struct type trait interface \
             enum constant macro module variable symbol fn func of to for in on is are be defined declared used \
             called definition usages references callers calls all code file selection changes change and or \
             here there anywhere still actually new unit test tests changed selected current which where what \
             who one some any please doc docs docstring comment comments by from with at every everything \
             implemented located being write add generate create make run cases case suite missing them him they \
             us you up does do invoked referenced its your implementation source public exported handler above \
             below i we now";

impl<'a> Said<'a> {
    pub(super) fn new(request: &'a str) -> Self {
        let request = request.trim();
        let end = request
            .char_indices()
            .nth(2_000)
            .map_or(request.len(), |(at, _)| at);
        let request = &request[..end];
        let words: Vec<&str> = request
            .split_whitespace()
            .map(|word| {
                let word = word.trim_matches(|c: char| {
                    ",;:!?\"'`()[]{}<>…*".contains(c) && !word.ends_with("()")
                });
                word.trim_end_matches(['.', '?', '!', ',', ':', ';'])
                    .trim_matches(['`', '"', '\''])
            })
            .filter(|word| !word.is_empty())
            .collect();
        let small: Vec<String> = words
            .iter()
            .map(|word| {
                word.trim_start_matches('-')
                    .to_lowercase()
                    .replace(['\'', '’'], "")
            })
            .collect();
        Self {
            line: format!(" {} ", small.join(" ")),
            asks: request.ends_with('?'),
            quoted: request
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|it| !it.trim().is_empty())
                .collect(),
            words,
            small,
        }
    }

    /// The words in small letters, what is named replaced by what it is.
    pub(super) fn kinds(&self) -> Vec<String> {
        let rule = self.rule();
        let symbol = self.symbol();
        let kind = |(word, small): (&&str, &String)| {
            if is_path(word) {
                "<path>".to_owned()
            } else if rule.as_deref() == Some(*word) {
                "<rule>".to_owned()
            } else if is_name(word) || symbol.as_deref() == Some(bare(word).as_str()) {
                "<name>".to_owned()
            } else if small.bytes().any(|b| b.is_ascii_digit()) {
                "<number>".to_owned()
            } else {
                small.clone()
            }
        };
        self.words.iter().zip(&self.small).map(kind).collect()
    }

    pub(super) fn words(&self) -> &[String] {
        &self.small
    }

    /// Whether it holds one of these words; long ones may have a slip in them.
    pub(super) fn has(&self, words: &str) -> bool {
        self.small
            .iter()
            .any(|said| words.split(' ').any(|word| is_like(said, word)))
    }

    /// Whether it begins with one of these, politeness aside.
    pub(super) fn begins(&self, words: &str) -> bool {
        const POLITE: &str = "please pls plz can could would will you hey hi hello obelus kindly now ok okay just go and lets i \
             want need to id like help me quickly quick do so";
        let first = self.small.iter().find(|word| !is_in(word.as_str(), POLITE));
        first.is_some_and(|first| words.split(' ').any(|word| is_like(first, word)))
            || self.small.first().is_some_and(|first| is_in(first, words))
    }

    pub(super) fn is_question(&self) -> bool {
        const ASKING: &str = "how why what when which who where does do is are can could should will would whats hows explain \
             tell walk describe did has under";
        let begins = self.begins(ASKING);
        let meant = self
            .small
            .iter()
            .filter(|word| !is_in(word.as_str(), EMPTY))
            .count();
        meant >= 2 && (begins || self.asks) && self.small.len() >= 4
    }

    /// What somebody asks about by name.
    pub(super) fn symbol(&self) -> Option<String> {
        if let Some(quoted) = self.quoted.first() {
            return Some(bare(quoted));
        }
        // What is written like a name is one.
        let named = self
            .words
            .iter()
            .find(|word| is_name(word) && !is_path(word));
        if let Some(word) = named {
            return Some(bare(word));
        }
        let after = (1..self.small.len()).rev().find(|at| {
            let before = self.small.get(at - 1).map_or("", String::as_str);
            let word = self.small.get(*at).map_or("", String::as_str);
            is_in(before, BEFORE_NAME) && !is_in(word, NO_NAME) && is_identifier(word)
        });
        if let Some(at) = after {
            return self.words.get(at).map(|word| bare(word));
        }
        // A name with an article: "the parser function".
        let before = (1..self.small.len()).find(|at| {
            let word = self.small.get(*at).map_or("", String::as_str);
            let name = self.small.get(at - 1).map_or("", String::as_str);
            is_in(word, AFTER_NAME)
                && !is_in(name, NO_NAME)
                && is_identifier(name)
                && !is_in(name, EMPTY)
        });
        before
            .and_then(|at| self.words.get(at - 1))
            .map(|word| bare(word))
    }

    /// All that is written like a name, the last part of each.
    pub(super) fn names(&self) -> Vec<String> {
        let quoted = self.quoted.iter().map(|quoted| bare(quoted));
        let named = self
            .words
            .iter()
            .filter(|word| is_name(word) && !is_path(word));
        let all = quoted.chain(named.map(|word| bare(word)));
        let mut names: Vec<String> = all
            .filter_map(|name| Some(name.rsplit(['.', ':']).next()?.to_owned()))
            .filter(|name| is_identifier(name))
            .collect();
        names.dedup();
        names
    }

    /// A rule's id.
    pub(super) fn rule(&self) -> Option<String> {
        let is_rule = |word: &&&str| {
            word.split_once('/').is_some_and(|(domain, name)| {
                let is_kebab = |text: &str| {
                    text.starts_with(|c: char| c.is_ascii_lowercase())
                        && text
                            .chars()
                            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                };
                is_kebab(domain)
                    && is_kebab(name)
                    && (is_in(domain, DOMAINS) || name.contains('-') && !is_in(domain, BRANCHES))
            })
        };
        let all = self.words.iter().chain(&self.quoted);
        all.into_iter().find(is_rule).map(|word| (*word).to_owned())
    }

    /// Words to look for.
    pub(super) fn query(&self) -> String {
        let words: Vec<&str> = self
            .words
            .iter()
            .zip(&self.small)
            .filter(|(_, small)| !is_in(small.as_str(), EMPTY))
            .map(|(word, _)| *word)
            .collect();
        words.join(" ")
    }

    /// What it is about.
    pub(super) fn target(&self) -> Target {
        if let Some(revision) = self.revision() {
            return Target::Commit(revision);
        }
        if self.has("staged stage cached")
            || self.line.contains(" the index ")
            || self.line.contains(" in index ")
        {
            return Target::Staged;
        }
        if let Some(path) = self.words.iter().find(|word| is_path(word)) {
            return Target::File(Some((*path).to_owned()));
        }
        if self.line.contains(" this file ")
            || self.line.contains(" current file ")
            || self.line.contains(" open file ")
            || self.line.contains(" the file ")
        {
            return Target::File(None);
        }
        if self.has("uncommitted unstaged worktree")
            || self.line.contains(" working tree ")
            || self.line.contains(" work tree ")
        {
            return Target::Usual;
        }
        const BRANCH: &str = "branch pr mr prs feature";
        if self.has(BRANCH)
            || self.line.contains(" pull request ")
            || self.line.contains(" merge request ")
            || self.line.contains(" since main ")
            || self.line.contains(" against main ")
            || self.line.contains(" against master ")
            || self.line.contains(" vs main ")
            || self.line.contains(" compared to main ")
        {
            return Target::Branch;
        }
        const ALL: &str = "repo repository project workspace codebase";
        let whole = self.has("whole entire everything full")
            || self.line.contains(" every file ")
            || self.line.contains(" all files ")
            || self.line.contains(" all the files ")
            || self.line.contains(" all of the code ")
            || self.line.contains(" all code ")
            || self.line.contains(" all the code ");
        if self.has(ALL)
            || whole && !self.has("change changes diff everything")
            || self.line.contains(" everything in ")
        {
            return Target::Workspace;
        }
        Target::Usual
    }

    /// A commit that is named: a hash, HEAD, "the last commit".
    fn revision(&self) -> Option<String> {
        for word in &self.words {
            let is_hash = (7..=40).contains(&word.len())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                && word.bytes().any(|b| b.is_ascii_digit());
            let is_head = word.strip_prefix("HEAD").is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(['~', '^', '@']) && !rest.contains("..")
            });
            if is_hash || is_head {
                return Some((*word).to_owned());
            }
        }
        let last = [
            "last commit",
            "latest commit",
            "previous commit",
            "most recent commit",
            "newest commit",
        ];
        if last
            .iter()
            .any(|words| self.line.contains(&format!(" {words} ")))
        {
            return Some("HEAD".to_owned());
        }
        // "commit v1.2.0": whatever stands behind the word, if it looks like a revision.
        let at = self
            .small
            .iter()
            .position(|word| word == "commit" || word == "tag" || word == "revision")?;
        let next = self.words.get(at + 1)?;
        let looks = next.chars().any(|c| c.is_ascii_digit()) && !next.contains('/');
        looks.then(|| (*next).to_owned())
    }

    /// The profile that some words name.
    pub(super) fn profile(&self) -> Option<&'static str> {
        const SECURITY: &str = "security secure vulnerabilities vulnerability vulns vuln injection injections exploits exploitable \
             insecure secrets cve xss hackable unsafe";
        const QUICK: &str = "quick quickly fast brief briefly rapid";
        const DEEP: &str =
            "deep deeply thorough thoroughly careful carefully detailed in-depth exhaustive strict";
        if self.has(SECURITY) {
            Some("security")
        } else if self.has(DEEP)
            || self.line.contains(" in depth ")
            || self.line.contains(" in detail ")
        {
            Some("deep")
        } else if self.has(QUICK) {
            Some("quick")
        } else {
            None
        }
    }
}

/// The first parts of rule ids.
const DOMAINS: &str = "rust python javascript typescript go java c cpp csharp ruby php kotlin swift bash sql dockerfile \
             compose kubernetes helm terraform github-actions gitlab gitlab-ci secrets text files analysis \
             history model allow tests dependencies docs";

/// The first parts of branches' names.
const BRANCHES: &str =
    "feature features feat fix bugfix hotfix chore release origin upstream user users dev";

/// Without backticks, the sign of a call, and what is not part of a name.
fn bare(word: &str) -> String {
    let word = word.trim().trim_matches('`');
    let word = word.split('(').next().unwrap_or(word);
    word.trim_end_matches(['!', '.', '?'])
        .trim_start_matches('&')
        .to_owned()
}

fn is_identifier(word: &str) -> bool {
    word.len() > 1
        && word.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a word is written like a name in code.
fn is_name(word: &str) -> bool {
    let core = word.trim_end_matches("()").trim_end_matches('!');
    let camel = {
        let bytes = core.as_bytes();
        bytes
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    };
    let joined = core.contains("::")
        || core.contains('_') && core.len() > 2
        || core.split('.').filter(|part| is_identifier(part)).count() > 1 && !core.contains('/');
    let simple = core
        .chars()
        .all(|c| c.is_alphanumeric() || "_:.<>#$".contains(c));
    let known = [
        "github",
        "gitlab",
        "javascript",
        "typescript",
        "obelus.toml",
    ];
    simple
        && (word.contains("()") || camel || joined)
        && !known.contains(&core.to_lowercase().as_str())
        && !core.is_empty()
}

/// Whether a word is written like the path of a file.
fn is_path(word: &str) -> bool {
    const EXTENSIONS: &str = "rs py pyi js mjs cjs jsx ts tsx go java c h cc cpp hpp cs rb php kt kts swift scala sh bash lua ex \
             exs sql json yml yaml toml html css tf md vue txt";
    let name = word.rsplit('/').next().unwrap_or(word);
    let is_file = name
        .rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && is_in(extension, EXTENSIONS));
    is_file || name == "Dockerfile" || name == "Makefile"
}

/// Whether a list of words, a blank between each, has this one.
fn is_in(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// The same word, or a long one with one slip.
fn is_like(said: &str, word: &str) -> bool {
    said == word
        || word.len() >= 6
            && said.len().abs_diff(word.len()) <= 1
            && said.bytes().next() == word.bytes().next()
            && strsim::osa_distance(said, word) == 1
            // A plural or another form is a word of its own, listed where it counts.
            && !(said.ends_with('s') != word.ends_with('s') && said.trim_end_matches('s') == word.trim_end_matches('s'))
}
