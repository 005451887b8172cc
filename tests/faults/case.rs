//! One case: a fault and its fix, written as one block of lines whose first character says which versions hold them.
//!
//! Written once, the three versions cannot drift apart, and a reader sees at a glance what makes the fault. Values that
//! look like credentials are not in the files: `‹alphabet:length›` stands for made-up ones, the same in every run.

use base::RelPath;

/// A fault, its fix and the code before both.
#[derive(Debug)]
pub(crate) struct Case {
    /// One line on what went wrong.
    pub(crate) title: String,
    /// Where the case starts in its file.
    pub(crate) line: usize,
    /// The rule that finds it.
    pub(crate) rule: String,
    /// The file that is changed.
    pub(crate) path: RelPath,
    /// The profile to review with, where the default one leaves the rule out.
    pub(crate) profile: Option<String>,
    /// Why the fault is not found yet.
    pub(crate) missed: Option<String>,
    /// The line of the faulty version that is to be marked, from 1.
    pub(crate) expected: usize,
    lines: Vec<(char, String)>,
}

/// One of a case's three texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Clean code, as committed.
    Before,
    /// With the change that brings the fault.
    Fault,
    /// With the same change done right.
    Fixed,
}

impl Case {
    /// The text of one version.
    pub(crate) fn text(&self, version: Version) -> String {
        let held = self.lines.iter().filter(|(mark, _)| holds(*mark, version));
        held.map(|(_, line)| format!("{line}\n")).collect()
    }
}

fn holds(mark: char, version: Version) -> bool {
    let marks = match version {
        Version::Before => " @-<",
        Version::Fault => " @+=~!",
        Version::Fixed => " @+=><",
    };
    marks.contains(mark)
}

/// The cases of a file.
pub(crate) fn parse(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(title) = line.strip_prefix("## ") else {
            continue;
        };
        let mut head = Vec::new();
        let mut body = Vec::new();
        for (_, line) in lines.by_ref() {
            match line {
                "```diff" => break,
                _ => head.push(line),
            }
        }
        let mut closed = false;
        for (_, line) in lines.by_ref() {
            closed = line == "```";
            if closed {
                break;
            }
            body.push(line);
        }
        if !closed {
            return Err(format!("line {}: no closed ```diff block", number + 1));
        }
        cases.push(
            one(title, number + 1, &head, &body)
                .map_err(|error| format!("line {}: {error}", number + 1))?,
        );
    }
    Ok(cases)
}

fn one(title: &str, line: usize, head: &[&str], body: &[&str]) -> Result<Case, String> {
    let mut case = Case {
        title: title.to_owned(),
        line,
        rule: String::new(),
        path: RelPath::new("unknown").map_err(|error| error.to_string())?,
        profile: None,
        missed: None,
        expected: 0,
        lines: Vec::new(),
    };
    for entry in head.iter().filter(|line| !line.is_empty()) {
        let (key, value) = entry
            .strip_prefix("- ")
            .and_then(|entry| entry.split_once(": "))
            .ok_or_else(|| format!("`- key: value` is expected, not {entry:?}"))?;
        let value = value.trim_matches('`').to_owned();
        match key {
            "rule" => case.rule = value,
            "path" => case.path = RelPath::new(&value).map_err(|error| error.to_string())?,
            "profile" => case.profile = Some(value),
            "missed" => case.missed = Some(value),
            _ => return Err(format!("there is no key `{key}`")),
        }
    }
    let mut values = Values::new(title);
    let mut expected = Vec::new();
    let mut at = 0;
    for line in body {
        let mark = line.chars().next().unwrap_or(' ');
        let text = line.get(mark.len_utf8()..).unwrap_or("");
        if !" @-<+=~!>".contains(mark) {
            return Err(format!("no line starts with {mark:?}"));
        }
        at += usize::from(holds(mark, Version::Fault));
        if "!=@".contains(mark) {
            expected.push(at);
        }
        case.lines.push((mark, values.fill(text)?));
    }
    match expected[..] {
        [line] => case.expected = line,
        _ => return Err(format!("one line is marked, not {}", expected.len())),
    }
    if case.rule.is_empty() || case.path.as_str() == "unknown" {
        return Err("`rule` and `path` are missing".to_owned());
    }
    if case.text(Version::Fault) == case.text(Version::Fixed) {
        return Err("the fix changes nothing".to_owned());
    }
    Ok(case)
}

/// Made-up values, the same in every run: a generator seeded by the case's title.
struct Values(u64);

impl Values {
    fn new(seed: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// `text` with each `‹alphabet:length›` replaced.
    fn fill(&mut self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('‹') {
            let (wanted, tail) = tail.split_once('›').ok_or("`‹` without `›`")?;
            filled.push_str(head);
            filled.push_str(&self.value(wanted)?);
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&mut self, wanted: &str) -> Result<String, String> {
        let (alphabet, length) = wanted.split_once(':').ok_or("`‹alphabet:length›`")?;
        if alphabet == "U" {
            let code = u32::from_str_radix(length, 16).map_err(|error| error.to_string())?;
            return Ok(char::from_u32(code).ok_or("no such character")?.to_string());
        }
        let alphabet = match alphabet {
            "digit" => "0123456789",
            "hex" => "0123456789abcdef",
            "base32" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "lower" => "abcdefghijklmnopqrstuvwxyz0123456789",
            "base62" => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "base64" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            _ => return Err(format!("there is no alphabet `{alphabet}`")),
        };
        let length: usize = length
            .parse()
            .map_err(|error| format!("{length}: {error}"))?;
        let letters = alphabet.as_bytes();
        Ok((0..length)
            .map(|_| char::from(letters[self.next() % letters.len()]))
            .collect())
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize
    }
}
