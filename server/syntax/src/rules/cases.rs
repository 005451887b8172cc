//! Runs the tests that stand beside rules: `valid` code must not be reported, `invalid` code must, and a fix must give
//! what `fixed` says, parse, and leave nothing to report.

use std::time::Duration;

use base::{RelPath, Text};
use serde::Deserialize;

use super::file::{RuleFile, yaml};
use super::{Match, Rules};
use crate::{Language, Tree};

const DEADLINE: Duration = Duration::from_secs(10);

/// What one case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The test file.
    pub path: RelPath,
    /// The rule it is about; empty when the file could not be read.
    pub rule: String,
    /// Which list it stands in.
    pub kind: CaseKind,
    /// Its place in the list, from 1.
    pub number: usize,
    /// What is wrong, in words; `None` when all is well.
    pub failure: Option<String>,
}

/// Which list of a test file a case stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseKind {
    /// The file itself: it can be read and is about a rule that exists.
    File,
    /// Code that must not be reported.
    Valid,
    /// Code that must be reported.
    Invalid,
    /// What a fix must give.
    Fixed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    id: String,
    #[serde(default)]
    valid: Vec<String>,
    #[serde(default)]
    invalid: Vec<String>,
    #[serde(default)]
    fixed: Vec<String>,
}

/// Runs test files (path, content) against a set of rules. `files` and `ignores` of a rule do not count here.
pub fn test_rules(rules: &Rules, tests: &[(RelPath, String)]) -> Vec<CaseResult> {
    tests
        .iter()
        .flat_map(|(path, source)| test_file(rules, path, source))
        .collect()
}

fn test_file(rules: &Rules, path: &RelPath, source: &str) -> Vec<CaseResult> {
    let mut results = Vec::new();
    let mut add = |rule: &str, kind, number, failure| {
        results.push(CaseResult {
            path: path.clone(),
            rule: rule.to_owned(),
            kind,
            number,
            failure,
        });
    };
    let file: TestFile = match ast_grep_config::from_str(source) {
        Ok(file) => file,
        Err(error) => {
            add("", CaseKind::File, 1, Some(yaml(&error)));
            return results;
        }
    };
    let Some(rule) = rules
        .files
        .iter()
        .find(|rule| rule.meta.id.as_str() == file.id)
    else {
        add(
            &file.id,
            CaseKind::File,
            1,
            Some(format!("there is no rule `{}`", file.id)),
        );
        return results;
    };
    let failure = if file.valid.is_empty() || file.invalid.is_empty() {
        Some("a test needs at least one `valid` and one `invalid` case".to_owned())
    } else if !file.fixed.is_empty() && file.fixed.len() != file.invalid.len() {
        Some(format!(
            "{} `fixed` for {} `invalid`: there must be one for each",
            file.fixed.len(),
            file.invalid.len()
        ))
    } else {
        None
    };
    add(&file.id, CaseKind::File, 1, failure);
    for (index, code) in file.valid.iter().enumerate() {
        add(
            &file.id,
            CaseKind::Valid,
            index + 1,
            valid(rules, rule, code),
        );
    }
    for (index, code) in file.invalid.iter().enumerate() {
        add(
            &file.id,
            CaseKind::Invalid,
            index + 1,
            invalid(rules, rule, code),
        );
    }
    for (index, code) in file
        .invalid
        .iter()
        .enumerate()
        .filter(|_| rule.meta.has_fix)
    {
        let expected = file.fixed.get(index).map(String::as_str);
        add(
            &file.id,
            CaseKind::Fixed,
            index + 1,
            fixed(rules, rule, code, expected),
        );
    }
    results
}

fn valid(rules: &Rules, rule: &RuleFile, code: &str) -> Option<String> {
    for (language, tree) in trees(rule, code) {
        if let Some(found) = matches(rules, rule, &tree).first() {
            let place = tree.text().line_column(found.span.start);
            return Some(format!(
                "is reported as {} at {}:{}",
                language.name(),
                place.line,
                place.column
            ));
        }
    }
    None
}

fn invalid(rules: &Rules, rule: &RuleFile, code: &str) -> Option<String> {
    for (language, tree) in trees(rule, code) {
        if matches(rules, rule, &tree).is_empty() {
            return Some(format!(
                "is not reported as {}: {}",
                language.name(),
                tree.shape()
            ));
        }
    }
    None
}

fn fixed(rules: &Rules, rule: &RuleFile, code: &str, expected: Option<&str>) -> Option<String> {
    for (language, tree) in trees(rule, code) {
        let after = apply(code, &matches(rules, rule, &tree));
        if let Some(expected) = expected
            && expected != after
        {
            return Some(format!("the fix gives\n{after}\ninstead of\n{expected}"));
        }
        let Ok(repaired) = Tree::parse(language, &Text::new(after.as_str()), DEADLINE) else {
            return Some("the fixed code does not parse in time".to_owned());
        };
        if repaired.errors() > tree.errors() {
            return Some(format!("the fix adds a syntax error:\n{after}"));
        }
        // Without a `fixed` entry a rule may leave some of its matches without a fix.
        if after != code && !matches(rules, rule, &repaired).is_empty() {
            return Some(format!("the fixed code is still reported:\n{after}"));
        }
        if after == code && expected.is_none() {
            return Some("the rule has a fix, but this case gets none".to_owned());
        }
    }
    None
}

/// The code as each of the rule's languages, leaving out those in which it is not valid code (a type annotation in
/// JavaScript), but never the first.
fn trees(rule: &RuleFile, code: &str) -> Vec<(Language, Tree)> {
    let text = Text::new(code);
    let mut trees = Vec::new();
    for (index, &language) in rule.languages.iter().enumerate() {
        if let Ok(tree) = Tree::parse(language, &text, DEADLINE)
            && (index == 0 || tree.errors() == 0)
        {
            trees.push((language, tree));
        }
    }
    if trees.len() > 1 && trees[0].1.errors() > 0 {
        trees.remove(0);
    }
    trees
}

fn matches(rules: &Rules, rule: &RuleFile, tree: &Tree) -> Vec<Match> {
    let Some(set) = rules.set(tree.language()) else {
        return Vec::new();
    };
    super::run::run(set, tree, None, None, &|id| *id == rule.meta.id)
}

/// Applies all fixes that do not overlap an earlier one.
fn apply(code: &str, matches: &[Match]) -> String {
    let mut edits: Vec<_> = matches
        .iter()
        .filter_map(|found| found.fix.as_ref())
        .flat_map(|fix| &fix.edits)
        .collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        let range = edit.span.range();
        if range.start < at {
            continue;
        }
        out.push_str(code.get(at..range.start).unwrap_or(""));
        out.push_str(&edit.new_text);
        at = range.end;
    }
    out.push_str(code.get(at..).unwrap_or(""));
    out
}
