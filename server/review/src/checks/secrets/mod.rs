//! Secrets in text: credentials that must not be committed, told by their published formats, by what they are assigned
//! to, or by their structure.
//!
//! Three passes over the text, each behind one automaton: literals of known formats (`kinds`), vendor names and words
//! such as "password" with an assignment after them (`keyed`), and key blocks, tokens with a payload and connection
//! strings (`structured`). Nothing is ever sent anywhere to be verified, and no finding holds the value: what is shown
//! is a short fingerprint of it, so that the same value can be recognised and kept in a baseline.

mod describe;
mod keyed;
pub(crate) mod kinds;
pub(crate) mod placeholder;
mod structured;

use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use base::{Confidence, ContentHash, RelPath, Severity, Span};
use regex::Regex;

pub(crate) use describe::metas;

use kinds::{Check, KINDS, Kind};

/// A secret at a place. Holds no part of the value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Rule id, `secrets/…`.
    pub(crate) rule: String,
    /// Title of the finding, with the first 8 hexadecimal digits of the value's BLAKE3: these say "the same one" and
    /// give nothing away.
    pub(crate) title: String,
    /// The value's place.
    pub(crate) span: Span,
    /// How bad it is when it is one.
    pub(crate) severity: Severity,
    /// How sure this is.
    pub(crate) confidence: Confidence,
}

/// How a file's path speaks for or against secrets in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    /// Marked as made-up data: `testdata/`, `fixtures/`, documentation of formats.
    Fixture,
    /// A test or documentation: only unmistakable formats count.
    Test,
    /// Anything else.
    Real,
}

/// Finds secrets in `text`, in order, at most one per place. Where `within` is given only what touches it counts.
pub(crate) fn scan(path: &RelPath, text: &str, within: Option<&[Span]>) -> Vec<Hit> {
    let setting = setting_of(path);
    if setting == Setting::Fixture {
        return Vec::new();
    }
    let mut hits = Vec::new();
    let mut add = |found: Vec<Hit>| hits.extend(found);
    match within {
        // While typing only the neighbourhood of the change is read: a line and its key, not the file.
        Some(spans) => {
            for window in windows(text, spans) {
                let shift = window.start as usize;
                let part = &text[window.range()];
                let mut found = scan_part(part, setting);
                for hit in &mut found {
                    hit.span = Span::new(
                        hit.span.start as usize + shift,
                        hit.span.end as usize + shift,
                    );
                }
                found.retain(|hit| spans.iter().any(|span| hit.span.touches(*span)));
                add(found);
            }
        }
        None => add(scan_part(text, setting)),
    }
    if hits.is_empty() {
        return hits;
    }
    let tests_from = tests_from(path, text);
    hits.retain(|hit| {
        let at = hit.span.start as usize;
        let documented = in_documentation(text, at);
        let made_up = at >= tests_from || documented;
        let is_shown = (documented || is_document(path) || in_docstring(path, text, at))
            && is_example_of_a_key_id(hit, text);
        (!made_up || is_unmistakable(hit)) && !is_shown
    });
    keep_best(hits)
}

/// What is reported even where values are usually made up.
fn is_unmistakable(hit: &Hit) -> bool {
    hit.confidence.get() >= 0.95 && hit.rule != "secrets/private-key"
}

/// Whether a hit is the id of a key, which is no secret, without the key: that is how documentation shows the format.
fn is_example_of_a_key_id(hit: &Hit, text: &str) -> bool {
    /// How far below its id a key is looked for: files of credentials keep them in neighbouring lines.
    const LINES: usize = 4;
    if hit.rule != "secrets/aws-access-key-id" {
        return false;
    }
    let below = text.get(hit.span.end as usize..).unwrap_or_default();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let is_key = |word: &str| {
        word.len() == 40 && placeholder::entropy(word) >= 400 && !placeholder::is_placeholder(word)
    };
    let mut lines = below.lines().take(LINES);
    !lines.any(|line| line.split(|c| !is_part(c)).any(is_key))
}

/// Whether a file is there to be read by people.
fn is_document(path: &RelPath) -> bool {
    let lower = path.as_str().to_ascii_lowercase();
    let mut folders = lower.split('/').rev().skip(1);
    path.extension().is_some_and(|extension| {
        ["md", "mdx", "rst", "adoc", "txt", "html"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    }) && (!lower.ends_with(".txt") && !lower.ends_with(".html")
        || folders.any(|folder| matches!(folder, "doc" | "docs")))
}

/// Whether `at` lies in a triple-quoted text of Python, which is documentation far more often than a value.
fn in_docstring(path: &RelPath, text: &str, at: usize) -> bool {
    let is_python = matches!(path.extension(), Some("py" | "pyi"));
    let quotes = |mark: &str| text[..at].matches(mark).count();
    is_python && (quotes("\"\"\"") % 2 == 1 || quotes("'''") % 2 == 1)
}

/// Where the tests inside a source file begin: Rust keeps them below the code.
pub(super) fn tests_from(path: &RelPath, text: &str) -> usize {
    if !path.as_str().ends_with(".rs") {
        return usize::MAX;
    }
    let mut at = 0;
    let mut was_test_only = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let is_module = code.starts_with("mod ") || code.starts_with("pub mod ");
        let is_test_module = code.starts_with("mod test {") || code.starts_with("mod tests {");
        if code == "#[test]" || is_test_module || (is_module && was_test_only) {
            return at;
        }
        // Further attributes may stand between the condition and the module.
        was_test_only = code == "#[cfg(test)]" || (was_test_only && code.starts_with("#["));
        at += line.len();
    }
    usize::MAX
}

/// Whether the line at `at` is part of a documentation comment, or shows how a script is used: there, keys are examples.
fn in_documentation(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].trim_start();
    ["///", "//!", "* ", "** ", "# export "]
        .iter()
        .any(|mark| line.starts_with(mark))
}

fn scan_part(text: &str, setting: Setting) -> Vec<Hit> {
    let mut hits = by_format(text);
    hits.extend(structured::scan(text, setting));
    if setting == Setting::Real {
        hits.extend(keyed::scan(text));
    } else {
        hits.retain(|hit| hit.confidence.get() >= 0.95);
    }
    hits
}

/// Whole lines around each span (two before, two after), merged.
fn windows(text: &str, spans: &[Span]) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut windows: Vec<Span> = Vec::new();
    for span in spans {
        let mut start = span.start.min(bytes.len() as u32) as usize;
        for _ in 0..3 {
            start = memchr::memrchr(b'\n', &bytes[..start]).unwrap_or(0);
        }
        let start = if start == 0 { 0 } else { start + 1 };
        let mut end = span.end.min(bytes.len() as u32) as usize;
        for _ in 0..3 {
            end = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |at| end + at + 1);
        }
        match windows.last_mut() {
            Some(last) if start <= last.end as usize => {
                *last = Span::new(last.start as usize, end.max(last.end as usize))
            }
            _ => windows.push(Span::new(start, end)),
        }
    }
    windows
}

/// Of overlapping hits the surest stays.
fn keep_best(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| {
        b.confidence
            .get()
            .total_cmp(&a.confidence.get())
            .then(a.span.cmp(&b.span))
            .then(a.rule.cmp(&b.rule))
    });
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        if !kept.iter().any(|other| other.span.touches(hit.span)) {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| hit.span);
    kept
}

fn by_format(text: &str) -> Vec<Hit> {
    let found = literals(text);
    let hits = found.into_iter();
    hits.filter_map(|(at, row)| match_kind(text, at, row))
        .collect()
}

/// Every value that has the format of some kind of secret, with the kind's id; also where it is a stand-in, or too
/// regular to be random. For those to whom a missed secret is worse than a false one.
pub(crate) fn formatted(text: &str) -> Vec<(std::ops::Range<usize>, &'static str)> {
    let found = literals(text);
    let values = found.into_iter().filter_map(|(at, row)| {
        let range = located(text, at, row)?;
        Some((range, KINDS[row].id))
    });
    values.collect()
}

/// Where a literal of some kind stands, with the kind's row.
fn literals(text: &str) -> Vec<(usize, usize)> {
    static LITERALS: LazyLock<(Option<AhoCorasick>, Vec<usize>)> = LazyLock::new(|| {
        let rows = KINDS.iter().enumerate();
        let (literals, kinds): (Vec<_>, Vec<_>) = rows
            .flat_map(|(row, kind)| kind.literals.iter().map(move |literal| (*literal, row)))
            .unzip();
        (AhoCorasick::new(literals).ok(), kinds)
    });
    let (Some(automaton), kinds) = &*LITERALS else {
        return Vec::new();
    };
    let found = automaton.find_overlapping_iter(text);
    found
        .map(|found| (found.start(), kinds[found.pattern().as_usize()]))
        .collect()
}

/// The value of this kind whose literal stands at `at`.
fn located(text: &str, at: usize, row: usize) -> Option<std::ops::Range<usize>> {
    static PATTERNS: [OnceLock<Option<Regex>>; KINDS.len()] =
        [const { OnceLock::new() }; KINDS.len()];
    let kind: &Kind = &KINDS[row];
    let bytes = text.as_bytes();
    let start = match kind.head {
        Some(head) => {
            let run = bytes[..at]
                .iter()
                .rev()
                .take(head.max + 1)
                .take_while(|byte| (head.class)(**byte))
                .count();
            if run < head.min || run > head.max {
                return None;
            }
            at - run
        }
        None if bytes[at].is_ascii_alphanumeric() && at > 0 => {
            let before = bytes[at - 1];
            if before.is_ascii_alphanumeric() || before == b'_' {
                return None;
            }
            at
        }
        None => at,
    };
    let pattern = PATTERNS[row]
        .get_or_init(|| Regex::new(&format!("^(?:{})", kind.pattern)).ok())
        .as_ref()?;
    let end = at + pattern.find(&text[at..])?.end();
    if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some(start..end)
}

fn match_kind(text: &str, at: usize, row: usize) -> Option<Hit> {
    let kind: &Kind = &KINDS[row];
    let range = located(text, at, row)?;
    let (start, end) = (range.start, range.end);
    let value = &text[range];
    // The literal itself may hold a word such as "secret_": it does not speak against the value.
    let literal = kind
        .literals
        .iter()
        .filter(|literal| text[at..].starts_with(**literal))
        .map(|literal| literal.len())
        .max();
    if placeholder::is_placeholder(&text[at + literal.unwrap_or(0)..end])
        || placeholder::is_placeholder(&text[start..at])
    {
        return None;
    }
    let mut confidence = kind.confidence;
    match kind.check {
        Check::None => {}
        Check::Entropy(least) => {
            if placeholder::entropy(value) < least {
                return None;
            }
        }
        Check::Crc32Base62 => {
            if placeholder::entropy(value) < 300 {
                return None;
            }
            if !has_crc32_base62(value) {
                // Right in every other way: an old token, or one that somebody shortened. Worth a look all the same.
                confidence = 0.75;
            }
        }
    }
    Some(hit(
        kind.id,
        kind.what,
        start..end,
        value,
        Severity::Error,
        confidence,
    ))
}

/// Whether the last six characters are the CRC-32 of what stands between the prefix and them, in base 62
/// (0-9, A-Z, a-z), left-padded with zeros. Source: GitHub's note on its token formats (April 2021).
fn has_crc32_base62(value: &str) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((_, body)) = value.split_once('_') else {
        return false;
    };
    let Some((random, sum)) = body.len().checked_sub(6).map(|at| body.split_at(at)) else {
        return false;
    };
    let mut crc = crc32fast::hash(random.as_bytes());
    let mut expected = [b'0'; 6];
    for place in expected.iter_mut().rev() {
        *place = DIGITS[(crc % 62) as usize];
        crc /= 62;
    }
    sum.as_bytes() == expected
}

fn hit(
    id: &str,
    what: &str,
    range: std::ops::Range<usize>,
    value: &str,
    severity: Severity,
    confidence: f32,
) -> Hit {
    let fingerprint = ContentHash::of(value.as_bytes()).to_string()[..8].to_owned();
    Hit {
        rule: format!("secrets/{id}"),
        title: format!("{what} in the code (fingerprint {fingerprint})"),
        span: Span::from(range),
        severity,
        confidence: Confidence::new(confidence),
    }
}

/// What the path says about the file.
pub(crate) fn setting_of(path: &RelPath) -> Setting {
    let mut setting = Setting::Real;
    let lower = path.as_str().to_ascii_lowercase();
    for part in lower.split('/') {
        match part {
            "testdata" | "test-data" | "test_data" | "fixtures" | "fixture" | "__fixtures__"
            | "__snapshots__" | "snapshots" | "cassettes" | "golden" | "mocks" | "__mocks__" => {
                return Setting::Fixture;
            }
            "test" | "tests" | "spec" | "specs" | "__tests__" | "e2e" | "examples" | "example"
            | "docs" | "doc" | "samples" | "testing" | "benchmarks" => setting = Setting::Test,
            _ => {}
        }
    }
    let name = path.file_name().to_ascii_lowercase();
    // The keys in these are part of every copy of the app.
    if matches!(
        name.as_str(),
        "google-services.json" | "googleservice-info.plist"
    ) {
        return Setting::Fixture;
    }
    if [".md", ".mdx", ".rst", ".adoc"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return Setting::Test;
    }
    let stem = name.split('.').next().unwrap_or(&name);
    let is_example = [".example", ".sample", ".template", ".dist", ".tmpl"]
        .iter()
        .any(|end| name.ends_with(end));
    if is_example {
        return Setting::Fixture;
    }
    let is_test = stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem.ends_with("test")
        || stem.ends_with("tests")
        || name.contains(".test.")
        || name.contains(".spec.");
    if is_test { Setting::Test } else { setting }
}

#[cfg(test)]
pub(crate) mod tests;
