//! A model's sentences, looked up word by word: what names something that is not there does not get through.
//!
//! Every path, name, number, issue and link of a sentence must stand in the change, in its facts or in what its author
//! wrote; a sentence with one that does not is dropped whole. So are sentences that tell readers what to decide, or what
//! nobody here can know (that something was tested). Plain words cannot be looked up: they are why there are few.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::facts::{Did, Facts};
use super::headline::{MAX_TITLE, Words};
use super::issues::issues;
use super::safe::{plain, prose};

/// Sentences on what the change is.
const WHAT: usize = 3;
/// Sentences on its parts.
const CHANGES: usize = 4;
/// Characters of a sentence.
const LONGEST: usize = 320;

/// Why a sentence was dropped.
pub(crate) type Reason = &'static str;

/// What of a model's reply was found to be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// A title, where it can be used.
    pub title: Option<String>,
    /// What the change is, in Markdown.
    pub what: Vec<String>,
    /// What its parts are, in Markdown.
    pub changes: Vec<String>,
    /// How many sentences were dropped, by reason.
    pub dropped: BTreeMap<&'static str, usize>,
}

impl Told {
    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.title.is_none() && self.what.is_empty() && self.changes.is_empty()
    }
}

/// What can be named.
pub(crate) struct Ground {
    /// Both sides of what changed, the author's words, paths: everything that may be quoted.
    texts: Vec<String>,
    /// Identifiers in them.
    names: HashSet<String>,
    /// Numbers in them, and counts of the facts.
    numbers: HashSet<String>,
    paths: Vec<String>,
    issues: BTreeSet<String>,
    /// What the author wrote, for links.
    written: String,
    /// Definitions that are new and that are gone.
    added: HashSet<String>,
    gone: HashSet<String>,
}

impl Ground {
    /// `sides`: both texts of every changed file that was read.
    pub(crate) fn new(facts: &Facts, words: &Words, sides: &[String]) -> Self {
        let mut ground = Self {
            texts: Vec::new(),
            names: HashSet::new(),
            numbers: HashSet::new(),
            paths: Vec::new(),
            issues: issues(words).into_iter().map(|issue| issue.name).collect(),
            written: String::new(),
            added: HashSet::new(),
            gone: HashSet::new(),
        };
        for commit in &words.commits {
            ground.written.push_str(&commit.subject);
            ground.written.push('\n');
            ground.written.push_str(&commit.body);
            ground.written.push('\n');
        }
        if let Some(branch) = &words.branch {
            ground.written.push_str(branch);
        }
        let mut counts = vec![facts.files.len() as u64, facts.additions, facts.deletions];
        let mut by_kind: BTreeMap<u8, u64> = BTreeMap::new();
        for file in &facts.files {
            ground.paths.push(file.path.as_str().to_owned());
            ground
                .paths
                .extend(file.from.iter().map(|from| from.as_str().to_owned()));
            counts.extend(file.lines.iter().flat_map(|(plus, minus)| [*plus, *minus]));
            for symbol in &file.symbols {
                ground.texts.push(symbol.name.clone());
                let kind = match &symbol.did {
                    Did::Added => 0,
                    Did::Removed => 1,
                    Did::Signature(_) => 2,
                    _ => 3,
                } + 4 * u8::from(symbol.is_test);
                *by_kind.entry(kind).or_default() += 1;
                match &symbol.did {
                    Did::Added | Did::MovedFrom(_) => {
                        ground.added.insert(symbol.short.clone());
                    }
                    Did::Removed | Did::MovedTo(_) => {
                        ground.gone.insert(symbol.short.clone());
                    }
                    Did::Renamed(old) => {
                        ground.texts.push(old.clone());
                        ground.added.insert(symbol.short.clone());
                    }
                    _ => {}
                }
            }
            for dependency in &file.dependencies {
                ground.texts.push(dependency.name.clone());
                ground.texts.extend(dependency.before.clone());
                ground.texts.extend(dependency.after.clone());
            }
        }
        counts.extend(by_kind.values());
        ground.numbers.extend(counts.iter().map(u64::to_string));
        ground.texts.push(ground.written.clone());
        ground.texts.extend(ground.paths.clone());
        ground.texts.extend(sides.iter().cloned());
        // A name that another changed definition shares says nothing about direction.
        let both: Vec<String> = ground.added.intersection(&ground.gone).cloned().collect();
        for name in both {
            ground.added.remove(&name);
            ground.gone.remove(&name);
        }
        for text in &ground.texts {
            ground.names.extend(identifiers(text).map(str::to_owned));
            ground.numbers.extend(numbers(text).map(str::to_owned));
        }
        ground
    }

    fn is_path(&self, text: &str) -> bool {
        let text = text.trim_start_matches("./").trim_end_matches('/');
        !text.is_empty()
            && self.paths.iter().any(|path| {
                path == text
                    || path
                        .strip_suffix(text)
                        .is_some_and(|rest| rest.ends_with('/'))
                    || path
                        .strip_prefix(text)
                        .is_some_and(|rest| rest.starts_with('/'))
                    || path.contains(&format!("/{text}/"))
            })
    }

    /// What a code span says must stand there so, or be made of names that do.
    fn is_code(&self, span: &str) -> Result<(), Reason> {
        let span = span.trim();
        if span.is_empty() || self.is_path(span) {
            return Ok(());
        }
        let bare = span.trim_end_matches("()").trim_end_matches('!');
        if self
            .texts
            .iter()
            .any(|text| has_word(text, span) || has_word(text, bare))
        {
            return Ok(());
        }
        let is_plain = bare
            .chars()
            .all(|c| c.is_alphanumeric() || "_ ,()&*<>=-".contains(c));
        if is_plain && identifiers(bare).next().is_some() {
            let known = identifiers(bare).all(|name| self.names.contains(name))
                && numbers(bare).all(|number| self.numbers.contains(number));
            // Words that all exist, put together to something that nobody wrote, are still one name each.
            let is_several = bare.contains([' ', ',', '(', '<', '=']);
            if known && is_several {
                return Ok(());
            }
        }
        Err("unknown-name")
    }

    /// A word outside code spans.
    fn is_word(&self, word: &str) -> Result<(), Reason> {
        if word.contains("://") || word.starts_with("www.") {
            return self
                .written
                .contains(word)
                .then_some(())
                .ok_or("unknown-link");
        }
        if word.starts_with('@') && word.len() > 1 {
            return Err("mention");
        }
        if is_issue(word) {
            return self
                .issues
                .contains(word)
                .then_some(())
                .ok_or("unknown-issue");
        }
        let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
        if core.is_empty() {
            return Ok(());
        }
        if core.starts_with(|c: char| c.is_ascii_digit()) {
            let known = numbers(core).all(|number| self.numbers.contains(number))
                || self.texts.iter().any(|text| has_word(text, core));
            return known.then_some(()).ok_or("unknown-number");
        }
        if let Some(number) = spelled(core) {
            return self
                .numbers
                .contains(number)
                .then_some(())
                .ok_or("unknown-number");
        }
        let is_dotted = core.split('.').filter(|part| part.len() > 1).count() > 1;
        let is_file = is_dotted && core.rsplit('.').next().is_some_and(|end| end.len() <= 4);
        if core.contains("::") || core.contains('_') || is_dotted || is_camel(core) {
            let known = self.is_path(core)
                || is_proper(core)
                || self.texts.iter().any(|text| has_word(text, core));
            let reason = if is_file {
                "unknown-file"
            } else {
                "unknown-name"
            };
            return known.then_some(()).ok_or(reason);
        }
        if core.contains('/') && core.contains('.') {
            return self.is_path(core).then_some(()).ok_or("unknown-file");
        }
        let known = numbers(core).all(|number| self.numbers.contains(number));
        known.then_some(()).ok_or("unknown-number")
    }

    /// Whether everything that a sentence names is there.
    fn check(&self, sentence: &str) -> Result<(), Reason> {
        if sentence.chars().count() > LONGEST {
            return Err("too-long");
        }
        if sentence.contains(['⟦', '⟧', '\n']) {
            return Err("secret");
        }
        let lower = sentence.to_lowercase();
        if DECIDES.iter().any(|phrase| lower.contains(phrase)) {
            return Err("decides");
        }
        if CANNOT_KNOW.iter().any(|phrase| lower.contains(phrase)) {
            return Err("not-known");
        }
        let mut verb = None;
        for (at, part) in sentence.split('`').enumerate() {
            if at % 2 == 1 {
                self.is_code(part)?;
                let name = identifiers(part).last().unwrap_or_default();
                match verb {
                    Some(Direction::In) if self.gone.contains(name) => return Err("wrong-way"),
                    Some(Direction::Out) if self.added.contains(name) => return Err("wrong-way"),
                    _ => {}
                }
                continue;
            }
            for word in part.split_whitespace() {
                self.is_word(
                    word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])
                        .trim_start_matches('('),
                )?;
            }
            verb = direction(part);
        }
        Ok(())
    }
}

/// Reads a reply and keeps what holds.
pub(crate) fn checked(reply: &str, ground: &Ground) -> Told {
    let mut told = Told::default();
    let Some(value) = object(reply) else {
        told.dropped.insert("unreadable", 1);
        return told;
    };
    let drop_one = |dropped: &mut BTreeMap<&'static str, usize>, reason| {
        *dropped.entry(reason).or_default() += 1;
    };
    if let Some(title) = value.get("title").and_then(Value::as_str) {
        let title = plain(title.trim().trim_end_matches('.'));
        let length = title.chars().count();
        let says = title.split_whitespace().count() > 1;
        // What stands before a colon is a scope, an area or a type: the project's own words.
        let rest = title
            .split_once(": ")
            .map_or(title.as_str(), |(_, rest)| rest);
        match ground.check(rest) {
            Ok(()) if says && length <= MAX_TITLE => told.title = Some(title),
            Ok(()) => drop_one(&mut told.dropped, "too-long"),
            Err(reason) => drop_one(&mut told.dropped, reason),
        }
    }
    let mut said = HashSet::new();
    for (key, most) in [("what", WHAT), ("changes", CHANGES)] {
        let mut kept = Vec::new();
        for text in strings(value.get(key)) {
            for sentence in sentences(&text) {
                match ground.check(&sentence) {
                    Ok(()) if !said.insert(sentence.to_lowercase()) => {}
                    Ok(()) if kept.len() < most => kept.push(prose(&sentence)),
                    Ok(()) => drop_one(&mut told.dropped, "too-many"),
                    Err(reason) => drop_one(&mut told.dropped, reason),
                }
            }
        }
        match key {
            "what" => told.what = kept,
            _ => told.changes = kept,
        }
    }
    told
}

fn object(reply: &str) -> Option<Value> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    serde_json::from_str(reply.get(start..=end)?).ok()
}

/// The strings of a list, or the one string that stands in its place.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The sentences of a text, code spans left whole, marks of lists and headings taken off.
fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line
            .trim_start_matches(|c: char| "#>*-+• \t".contains(c))
            .trim_end();
        let mut start = 0;
        let mut in_code = false;
        let bytes = line.as_bytes();
        for (at, c) in line.char_indices() {
            match c {
                '`' => in_code = !in_code,
                '.' | '!' | '?' if !in_code => {
                    let next = bytes.get(at + 1).copied();
                    let then = line.get(at + 2..).and_then(|rest| rest.chars().next());
                    let begins = then.is_none_or(|c| c.is_uppercase() || c == '`');
                    if next == Some(b' ') && begins {
                        found.push(line[start..=at].trim().to_owned());
                        start = at + 1;
                    }
                }
                _ => {}
            }
        }
        found.push(line[start..].trim().to_owned());
    }
    found.retain(|sentence| sentence.chars().any(char::is_alphabetic));
    found
}

/// Names: letters, digits and `_`, not starting with a digit, longer than one letter.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|part| part.len() > 1 && !part.starts_with(|c: char| c.is_ascii_digit()))
}

/// Runs of digits.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
}

/// Whether `text` holds `word` with nothing of a name on either side.
fn has_word(text: &str, word: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let first = word.chars().next().is_some_and(of_name);
        let last = word.chars().next_back().is_some_and(of_name);
        !(first && before.is_some_and(of_name) || last && after.is_some_and(of_name))
    })
}

/// `#12`, `!12`, `GH-12`, `KEY-12`, `owner/name#12`.
fn is_issue(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((_, number)) = word.rsplit_once(['#', '!']) {
        return digits(number);
    }
    word.split_once('-').is_some_and(|(key, number)| {
        key.len() > 1 && key.bytes().all(|b| b.is_ascii_uppercase()) && digits(number)
    })
}

/// A capital after a small letter.
fn is_camel(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes
        .windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// Words that look like names and are none of the code's.
fn is_proper(word: &str) -> bool {
    const PROPER: &[&str] = &[
        "GitHub",
        "GitLab",
        "JavaScript",
        "TypeScript",
        "OpenAI",
        "PostgreSQL",
        "MySQL",
        "SQLite",
        "macOS",
        "iOS",
        "GraphQL",
        "OpenSSL",
        "WebSocket",
        "WebSockets",
        "DevOps",
        "YouTube",
        "LaTeX",
        "OAuth",
        "IPv4",
        "IPv6",
        "NaN",
    ];
    PROPER.contains(&word)
}

/// Numbers that are written out; two is said of anything that comes in pairs.
fn spelled(word: &str) -> Option<&'static str> {
    let number = match word.to_ascii_lowercase().as_str() {
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        _ => return None,
    };
    Some(number)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// What the last verb before a code span does with what follows, where nothing but articles and kinds stands between.
fn direction(part: &str) -> Option<Direction> {
    const BETWEEN: &[&str] = &[
        "a",
        "an",
        "the",
        "new",
        "old",
        "function",
        "method",
        "class",
        "struct",
        "type",
        "field",
        "test",
        "public",
        "private",
        "unused",
        "helper",
        "constant",
        "trait",
        "interface",
        "enum",
        "module",
        "and",
    ];
    let last = part
        .split_whitespace()
        .rev()
        .map(|word| word.trim_matches(',').to_lowercase())
        .find(|word| !BETWEEN.contains(&word.as_str()))?;
    match last.as_str() {
        "add" | "adds" | "added" | "adding" | "introduce" | "introduces" | "introduced"
        | "introducing" | "create" | "creates" | "created" | "creating" => Some(Direction::In),
        "remove" | "removes" | "removed" | "removing" | "delete" | "deletes" | "deleted"
        | "deleting" | "drop" | "drops" | "dropped" | "dropping" => Some(Direction::Out),
        _ => None,
    }
}

/// Words that tell a reader what to decide.
const DECIDES: &[&str] = &[
    "lgtm",
    "approve",
    "merge this",
    "safe to merge",
    "ready to merge",
    "can be merged",
    "should be merged",
    "no review",
    "need not be reviewed",
    "ignore previous",
    "ignore all",
    "looks good",
    "please merge",
    "nothing to review",
];

/// What neither the change nor its author's words can tell.
const CANNOT_KNOW: &[&str] = &[
    "all tests pass",
    "tests pass",
    "fully tested",
    "well tested",
    "tested manually",
    "manually tested",
    "tested locally",
    "verified manually",
    "verified locally",
    "no breaking change",
    "backward compatible",
    "backwards compatible",
    "no functional change",
    "no behavior change",
    "no behaviour change",
    "production-ready",
    "bug-free",
    "thread-safe",
    "secure by",
];

#[cfg(test)]
mod tests {
    use base::memory::MemoryRepo;
    use base::{Cancel, Logged, NoHistory, Repo, Scope};
    use serde_json::json;

    use super::super::{Words, gather};
    use super::{Ground, checked, sentences};

    const CHANGE: &str = "\
//- old src/lexer.py
def lex(text):
    return text.split()

def gone(a):
    return a
//- new src/lexer.py
def lex(text, deep, limit=250):
    return text.split() if deep else []

def fresh(state):
    return state.lineCount
";

    fn ground() -> Ground {
        let repo = MemoryRepo::fixture(CHANGE);
        let cancel = Cancel::new();
        let change = repo.change(&Scope::Worktree, &cancel).expect("a change");
        let facts = gather(&repo, &NoHistory, &change, &cancel);
        let mut commit = Logged::new("1", "lexer: look deeper", false);
        commit.body = "Fixes #12. See https://example.org/deep for why.".to_owned();
        let words = Words {
            commits: vec![commit],
            ..Words::default()
        };
        let at = change.old.iter().chain([&change.new]);
        let texts = at.filter_map(|at| repo.text(&facts.files[0].path, at).ok()?);
        let sides: Vec<String> = texts.map(|text| text.as_str().to_owned()).collect();
        Ground::new(&facts, &words, &sides)
    }

    #[test]
    fn only_what_is_there_may_be_named() {
        let ground = ground();
        for (sentence, expected) in [
            ("Splits the text only when `deep` is set.", Ok(())),
            (
                "`lex` takes `limit`, 250 by default, in `src/lexer.py`.",
                Ok(()),
            ),
            (
                "`lex(text, deep)` gives an empty list otherwise (fixes #12).",
                Ok(()),
            ),
            ("Adds `fresh` and removes `gone`.", Ok(())),
            ("The lexer reads lineCount of the state.", Ok(())),
            ("See https://example.org/deep for why.", Ok(())),
            ("`lexer.py` changes in 1 file.", Ok(())),
            ("Calls `tokenize` now.", Err("unknown-name")),
            ("Calls `lex.fresh` now.", Err("unknown-name")),
            ("Calls tokenize_all now.", Err("unknown-name")),
            ("Changes `src/parser.py` too.", Err("unknown-name")),
            ("Changes parser.py too.", Err("unknown-file")),
            ("Raises the limit to 500.", Err("unknown-number")),
            ("Adds seven functions.", Err("unknown-number")),
            ("Closes #99.", Err("unknown-issue")),
            ("Closes ABC-7.", Err("unknown-issue")),
            ("See https://evil.example/x.", Err("unknown-link")),
            ("Thanks to @somebody.", Err("mention")),
            ("Removes `fresh`.", Err("wrong-way")),
            ("Adds the function `gone`.", Err("wrong-way")),
            ("All tests pass.", Err("not-known")),
            ("This is safe to merge.", Err("decides")),
        ] {
            assert_eq!(ground.check(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn a_reply_loses_its_false_sentences_alone() {
        let reply = json!({
            "title": "lexer: split text only when `deep` is set",
            "what": ["Splits the text only when `deep` is set. Calls `tokenize` for it.", "Adds `fresh`."],
            "changes": ["- `lex` takes `limit`.\n- `parse` too.", "`lex` takes `limit`."],
        });
        let told = checked(&format!("Here:\n```json\n{reply}\n```"), &ground());
        assert_eq!(
            told.title.as_deref(),
            Some("lexer: split text only when `deep` is set")
        );
        assert_eq!(
            told.what,
            ["Splits the text only when `deep` is set.", "Adds `fresh`."]
        );
        assert_eq!(told.changes, ["`lex` takes `limit`."]);
        assert_eq!(told.dropped.get("unknown-name"), Some(&2));
        for reply in [
            "",
            "no",
            "{",
            "[]",
            "{\"title\": 7}",
            "{\"what\": {\"a\": 1}}",
        ] {
            assert!(checked(reply, &ground()).is_empty(), "{reply}");
        }
    }

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(
            sentences("A `b. C` d. E e.g. this. F"),
            ["A `b. C` d.", "E e.g. this.", "F"]
        );
        assert_eq!(sentences("# T\n- a 1.2 b\n\n* c"), ["T", "a 1.2 b", "c"]);
    }
}
