//! What a text must contain for a rule to hold in it, read off the rule.
//!
//! Most rules name something: a function in a pattern, a word in a regular expression. A text without that word needs
//! no matching, and finding words is some thirty times faster than matching nodes. A clause errs to one side only:
//! where a rule holds, its clause holds.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use serde_json::{Map, Value};

/// Shorter words are in every file.
const SHORTEST: usize = 3;

/// More alternatives than this cost more than they save.
const MOST: usize = 64;

/// How far `matches:` is followed through utility rules, which may refer to each other.
const DEEPEST: usize = 12;

/// Words of which at least one stands in every text in which a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// The words.
    pub(crate) words: Vec<String>,
    /// Whether one stands even inside the node on which the rule holds, not just somewhere in the text.
    pub(crate) inner: bool,
}

/// The most telling clause of a rule (`rule` with its `utils`, as ast-grep reads them); `None` when there is none.
pub(crate) fn clause(core: &Value) -> Option<Clause> {
    let nothing = Map::new();
    let utils = core
        .get("utils")
        .and_then(Value::as_object)
        .unwrap_or(&nothing);
    required(core.get("rule")?, utils, DEEPEST)
}

fn required(rule: &Value, utils: &Map<String, Value>, depth: usize) -> Option<Clause> {
    let depth = depth.checked_sub(1)?;
    let mut best = None;
    // The keys of one rule object must all hold, so the most telling one will do.
    for (key, value) in rule.as_object()? {
        let clause = match key.as_str() {
            "pattern" => value.as_str().and_then(pattern).map(inner),
            "regex" => value.as_str().and_then(regex).map(inner),
            "all" => value.as_array().and_then(|list| {
                list.iter()
                    .filter_map(|rule| required(rule, utils, depth))
                    .reduce(better)
            }),
            "any" => value.as_array().and_then(|list| {
                let clauses: Option<Vec<_>> = list
                    .iter()
                    .map(|rule| required(rule, utils, depth))
                    .collect();
                let clauses = clauses?;
                let inner = clauses.iter().all(|clause| clause.inner);
                let words = clauses
                    .into_iter()
                    .flat_map(|clause| clause.words)
                    .collect();
                Some(Clause { words, inner })
            }),
            "has" => required(value, utils, depth),
            "inside" | "follows" | "precedes" => {
                required(value, utils, depth).map(|clause| Clause {
                    inner: false,
                    ..clause
                })
            }
            "matches" => value
                .as_str()
                .and_then(|name| required(utils.get(name)?, utils, depth)),
            _ => None,
        };
        let Some(mut clause) = clause else {
            continue;
        };
        clause.words.sort();
        clause.words.dedup();
        if !clause.words.is_empty()
            && clause.words.len() <= MOST
            && shortest(&clause.words) >= SHORTEST
        {
            best = Some(match best {
                Some(other) => better(other, clause),
                None => clause,
            });
        }
    }
    best
}

fn shortest(clause: &[String]) -> usize {
    clause.iter().map(String::len).min().unwrap_or(0)
}

fn inner(words: Vec<String>) -> Clause {
    Clause { words, inner: true }
}

/// The clause that fewer places fulfil, as far as lengths tell.
fn better(a: Clause, b: Clause) -> Clause {
    let rank = |clause: &Clause| {
        (
            clause.inner,
            shortest(&clause.words),
            std::cmp::Reverse(clause.words.len()),
        )
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// The longest word of a pattern that is no meta-variable: names in patterns match themselves only.
fn pattern(pattern: &str) -> Option<Vec<String>> {
    // A comment in a pattern need not be there in the code.
    if ["//", "/*", "#", "--"]
        .iter()
        .any(|mark| pattern.contains(mark))
    {
        return None;
    }
    let mut longest = "";
    let mut previous = None;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, tail) = if end == 0 {
            rest.split_at(first.len_utf8())
        } else {
            rest.split_at(end)
        };
        if end > 0 && previous != Some('$') && word.len() > longest.len() {
            longest = word;
        }
        previous = word.chars().next_back();
        rest = tail;
    }
    (!longest.is_empty()).then(|| vec![longest.to_owned()])
}

/// How every match of a regular expression starts, or else ends.
fn regex(pattern: &str) -> Option<Vec<String>> {
    let parsed = regex_syntax::parse(pattern).ok()?;
    let extract = |kind| {
        let sequence = Extractor::new()
            .kind(kind)
            .limit_total(MOST)
            .extract(&parsed);
        let words: Option<Vec<String>> = sequence
            .literals()?
            .iter()
            .map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok())
            .collect();
        words
            .filter(|words| !words.is_empty() && words.len() <= MOST && shortest(words) >= SHORTEST)
    };
    extract(ExtractKind::Prefix).or_else(|| extract(ExtractKind::Suffix))
}

#[cfg(test)]
mod tests {
    use super::clause;

    #[track_caller]
    fn check(rule: &str, expected: &[&str], inner: bool) {
        let source = format!(
            "id: a\nlanguage: rust\nrule: {rule}\nutils:\n  u: {{ pattern: deep() }}\n  loop: {{ matches: loop }}\n"
        );
        let (words, is_inner) = clause(&ast_grep_config::from_str(&source).expect("YAML"))
            .map_or((Vec::new(), true), |clause| (clause.words, clause.inner));
        assert_eq!(
            (words.as_slice(), is_inner),
            (owned(expected).as_slice(), inner),
            "{rule}"
        );
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_most_telling_word_is_required() {
        check("{ pattern: $X.unwrap($YES) }", &["unwrap"], true);
        check("{ pattern: 'let $A = $$$REST' }", &["let"], true);
        check("{ pattern: '$A + $B' }", &[], true);
        check("{ pattern: f(x) }", &[], true);
        check(
            "{ pattern: { context: 'fn a() {}', selector: b } }",
            &[],
            true,
        );
        check(
            "{ kind: a, regex: '^(Query|Exec)$' }",
            &["Exec", "Query"],
            true,
        );
        check("{ regex: '.*_test$' }", &["_test"], true);
        check("{ regex: '(?i)^a.*' }", &[], true);
        check("{ regex: 'a|bcd' }", &[], true);
        check(
            "{ any: [{ pattern: alpha() }, { pattern: beta() }] }",
            &["alpha", "beta"],
            true,
        );
        check("{ any: [{ pattern: alpha() }, { kind: b }] }", &[], true);
        check("{ kind: a, not: { pattern: never() } }", &[], true);
        check(
            "{ kind: a, has: { field: name, regex: ^spawn, stopBy: { pattern: stopper() } } }",
            &["spawn"],
            true,
        );
        check("{ matches: u }", &["deep"], true);
        check("{ matches: loop }", &[], true);
    }

    #[test]
    fn words_around_the_node_count_for_the_text_only() {
        check(
            "{ kind: b, inside: { pattern: wrapper($Y), stopBy: end } }",
            &["wrapper"],
            false,
        );
        check(
            "{ pattern: eval($X), inside: { pattern: wrapper($Y), stopBy: end } }",
            &["eval"],
            true,
        );
        check(
            "{ any: [{ pattern: eval($X) }, { follows: { pattern: before() } }] }",
            &["before", "eval"],
            false,
        );
    }
}
