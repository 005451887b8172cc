//! What a language model may be shown: the only place that makes a [`Prompt`].
//!
//! Values that look like secrets are replaced by placeholders, never names; characters that nobody sees are spelt out.
//! Here a doubt counts against the value: a false placeholder costs a model nothing, a missed one leaves the machine. A
//! placeholder has the length of what it stands for where that is possible, and never moves a line. What a model writes
//! back is restored exactly or not at all.

mod never;
mod suspects;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{ContentHash, Prompt, RelPath, Text};
use syntax::Language;

use crate::checks::is_hidden;

pub(crate) use never::built_in;

/// What a placeholder starts and ends with.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// The placeholders of one session: the same value has the same placeholder everywhere.
#[derive(Default)]
pub(crate) struct Redactor {
    session: Mutex<Session>,
}

#[derive(Default)]
struct Session {
    by_value: HashMap<String, String>,
    values: HashMap<String, String>,
    texts: HashMap<ContentHash, Arc<Redacted>>,
}

/// A text as a model may see it, line by line (without line endings), with as many lines as the text has.
#[derive(Debug)]
pub(crate) struct Redacted {
    lines: Vec<String>,
}

impl Redacted {
    /// A 0-based line; empty past the end.
    pub(crate) fn line(&self, line: u32) -> &str {
        self.lines.get(line as usize).map_or("", String::as_str)
    }

    /// Lines.
    pub(crate) fn len(&self) -> u32 {
        self.lines.len() as u32
    }
}

impl Redactor {
    /// The whole of a file's text; looked at whole, because a key block is known by its first line.
    pub(crate) fn text(&self, path: &RelPath, text: &Text) -> Arc<Redacted> {
        if let Some(known) = self.session().texts.get(&text.hash()) {
            return Arc::clone(known);
        }
        let is_data = Language::of(path, text).is_none_or(|language| !language.is_code());
        let shown = self.hide(text.as_str(), is_data, false);
        let redacted = Arc::new(Redacted {
            lines: shown
                .split('\n')
                .map(|line| spelt_out(line.strip_suffix('\r').unwrap_or(line)))
                .collect(),
        });
        let mut session = self.session();
        session.texts.insert(text.hash(), Arc::clone(&redacted));
        redacted
    }

    /// Some text that is not a file: a title, a note, an answer of a tool.
    pub(crate) fn words(&self, text: &str) -> String {
        let shown = self.hide(text, false, false);
        let lines = shown.split('\n').map(spelt_out);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What was put together from redacted parts, looked over once more as a whole.
    pub(crate) fn seal(&self, text: &str) -> Prompt {
        Prompt::from_redacted(self.hide(text, false, true))
    }

    /// What a model wrote with its placeholders replaced by what they stand for. `None` where one is not ours, or was
    /// changed: nobody knows what was meant.
    pub(crate) fn restore(&self, text: &str) -> Option<String> {
        let session = self.session();
        let mut restored = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(OPEN) {
            restored.push_str(&rest[..at]);
            let end = at + rest[at..].find(CLOSE)? + CLOSE.len_utf8();
            restored.push_str(session.values.get(&rest[at..end])?);
            rest = &rest[end..];
        }
        restored.push_str(rest);
        let spelt = spelling_back(&restored)?;
        (!spelt.contains([OPEN, CLOSE]) || text.contains("⟨U+27E")).then_some(spelt)
    }

    /// How many different values were hidden.
    pub(crate) fn hidden(&self) -> usize {
        self.session().values.len()
    }

    fn hide(&self, text: &str, is_data: bool, again: bool) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for suspect in suspects::of(text, is_data) {
            let value = &text[suspect.at.clone()];
            // Already a placeholder, in a text that is looked over again.
            if again && value.contains([OPEN, CLOSE]) {
                continue;
            }
            shown.push_str(&text[from..suspect.at.start]);
            shown.push_str(&self.session().placeholder(value, suspect.kind));
            from = suspect.at.end;
        }
        shown.push_str(&text[from..]);
        shown
    }

    // A panic while the lock was held leaves at most a placeholder that nobody uses.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn placeholder(&mut self, value: &str, kind: &str) -> String {
        if let Some(known) = self.by_value.get(value) {
            return known.clone();
        }
        let number = self.by_value.len() + 1;
        let wide = value.chars().count();
        let full = format!("SECRET:{kind}#{number}");
        let made = if full.len() + 2 <= wide {
            let rest = wide - full.len() - 2;
            format!("{OPEN}{full}{}{CLOSE}", "_".repeat(rest))
        } else {
            let short = format!("S{number}");
            let rest = wide.saturating_sub(short.len() + 2);
            format!("{OPEN}{short}{}{CLOSE}", "_".repeat(rest))
        };
        self.by_value.insert(value.to_owned(), made.clone());
        self.values.insert(made.clone(), value.to_owned());
        made
    }
}

/// A line with the characters spelt out that nobody sees, or that would end it elsewhere.
fn spelt_out(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut inside = false;
    for (at, c) in line.char_indices() {
        let is_ours = |end: char| {
            let rest = &line[at..];
            rest.starts_with("⟦S") && rest.find(end).is_some()
        };
        let spell = match c {
            OPEN if is_ours(CLOSE) => {
                inside = true;
                false
            }
            CLOSE if inside => {
                inside = false;
                false
            }
            OPEN | CLOSE => true,
            '⟨' => line[at..].starts_with("⟨U+"),
            '\t' => false,
            '\u{85}' | '\u{2028}' | '\u{2029}' => true,
            c => c.is_control() || is_hidden(c),
        };
        match spell {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            false => shown.push(c),
        }
    }
    shown
}

/// The way back; `None` where what stands there is no character.
fn spelling_back(text: &str) -> Option<String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("⟨U+") {
        whole.push_str(&rest[..at]);
        let digits = &rest[at + "⟨U+".len()..];
        let end = digits.find('⟩').filter(|end| (4..=6).contains(end))?;
        whole.push(char::from_u32(
            u32::from_str_radix(&digits[..end], 16).ok()?,
        )?);
        rest = &digits[end + '⟩'.len_utf8()..];
    }
    whole.push_str(rest);
    Some(whole)
}
