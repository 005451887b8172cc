//! Characters that nobody sees: zero-width, bidirectional, tags, variation selectors, fillers.
//!
//! They make code read differently from what it does, hide instructions from people that a model reads, and split
//! words that filters look for. They also have honest uses (emoji sequences, Persian and Indic spelling, right-to-left
//! text), which are let pass where their neighbours show that use. ASCII text costs one vectorised test.

mod classes;
mod scripts;
#[cfg(test)]
mod tests;
mod translations;

use base::{Category, Severity, Span};

use self::classes::{Class, class_of, name_of};
use self::scripts::{
    is_combining, is_hangul, is_ideograph, is_joining_script, is_khmer, is_latin_1, is_modifier,
    is_mongolian, is_rtl, is_unspaced,
};
use self::translations::{Translated, translated};
use super::secrets::tests_from;
use super::{About, Draft, Input};

const INVISIBLE: &str = "text/invisible-unicode";
const BIDI: &str = "text/bidi-unicode";

pub(super) const ABOUT: &[About] = &[
    About {
        id: BIDI,
        category: Category::Security,
        severity: Severity::Error,
        confidence: 0.95,
        title: "A bidirectional control character reorders what people see",
        why: "Characters such as U+202E make an editor show text in another order than the compiler reads it, so a \
              reviewer sees code that does not exist (\"Trojan Source\"). Delete the character; where right-to-left text \
              is meant, write it as an escape such as `\\u{202E}`.",
        bad: "let role = \"user\u{202e} \u{2066}// admins only\u{2069} \u{2066}\";\n",
        good: "let role = \"user\"; // admins only\n",
        cwe: Some(1007),
        references: &[
            "https://trojansource.codes/",
            "https://www.unicode.org/reports/tr9/",
        ],
    },
    About {
        id: INVISIBLE,
        category: Category::Security,
        severity: Severity::Warning,
        confidence: 0.9,
        title: "An invisible character stands in the text",
        why: "The character has no width or shape. In a name it makes two different names look the same, in a string it \
              breaks comparisons, and in a comment or a guideline it can carry instructions that only a program reads. \
              Delete it, or write it as an escape where it is meant.",
        bad: "if user\u{200b}name == name {}\n",
        good: "if username == name {}\n",
        cwe: Some(1007),
        references: &["https://www.unicode.org/reports/tr36/"],
    },
];

/// Places shown per file; a file full of them needs no longer list.
const MAX_RUNS: usize = 50;
/// So many hidden characters in a row may be spelling or a slip of the keyboard; more of them carry something.
const MAX_SLIP: usize = 8;

/// A file whose characters are looked at.
struct Place<'a> {
    input: &'a Input<'a>,
    translated: Translated,
    /// Right-to-left letters stand somewhere in it.
    rtl: bool,
}

pub(super) fn check(input: &Input<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if is_drawing(input) {
        return drafts;
    }
    // Filled in at the first line that is no ASCII: most texts have none.
    let mut place = None;
    for region in input.regions() {
        let Some(part) = input.text.get(region.range()) else {
            continue;
        };
        if part.is_ascii() && !part.bytes().any(is_control) {
            continue;
        }
        let mut offset = region.start as usize;
        for line in part.split_inclusive('\n') {
            if !line.is_ascii() || line.bytes().any(is_control) {
                let place = place.get_or_insert_with(|| Place {
                    input,
                    translated: translated(input),
                    rtl: input.text.chars().any(is_rtl),
                });
                check_line(place, line, offset, &mut drafts);
            }
            if drafts.len() >= MAX_RUNS {
                return drafts;
            }
            offset += line.len();
        }
    }
    drafts
}

/// Whether a character has no shape of its own, whatever stands around it.
pub(crate) fn is_hidden(c: char) -> bool {
    class_of(c).is_some()
}

/// The hidden characters of a name (a path): all of them, since a name has no honest use for any.
pub(super) fn hidden_in_name(name: &str) -> Option<char> {
    name.chars()
        .find(|c| class_of(*c).is_some_and(|class| class != Class::Emoji))
}

/// Drawings and documents whose bytes only look like text (`.ai`, `.eps`, `.rtf`). No source starts like them.
fn is_drawing(input: &Input<'_>) -> bool {
    let is_one = |mark: &&str| input.text.trim_start_matches('\u{feff}').starts_with(*mark);
    input.language.is_none() && ["%PDF-", "%!PS", "{\\rtf"].iter().any(is_one)
}

fn check_line(place: &Place<'_>, line: &str, offset: usize, drafts: &mut Vec<Draft>) {
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    let mut index = 0;
    while index < chars.len() {
        let suspicious = |index: usize| suspicion(place, &chars, index, offset);
        let Some(bidi) = suspicious(index) else {
            index += 1;
            continue;
        };
        let first = index;
        while index < chars.len() && suspicious(index) == Some(bidi) {
            index += 1;
        }
        let end = chars.get(index).map_or(line.len(), |(at, _)| *at);
        let span = Span::new(offset + chars[first].0, offset + end);
        let code = u32::from(chars[first].1);
        let name = name_of(chars[first].1);
        let more = match index - first - 1 {
            0 => String::new(),
            more => format!(" and {more} more hidden after it"),
        };
        let draft = match bidi {
            true => Draft::new(BIDI, span).titled(format!(
                "U+{code:04X} ({name}) reorders what people see{more}"
            )),
            false => Draft::new(INVISIBLE, span)
                .titled(format!("U+{code:04X} ({name}) is invisible{more}")),
        };
        // A quoted text of nothing else is meant, and so is one in a test: an escape would be clearer, no more.
        let in_test = || {
            let at = offset + chars[first].0;
            is_test(place.input) || at >= tests_from(place.input.path, place.input.text)
        };
        let meant = !bidi && (is_alone(&chars, first, index) || in_test());
        drafts.push(match meant {
            true => Draft {
                severity: Some(Severity::Info),
                ..draft
            },
            false => draft,
        });
        if drafts.len() >= MAX_RUNS {
            return;
        }
    }
}

/// `Some(true)` for a suspicious bidirectional control, `Some(false)` for another suspicious character.
fn suspicion(
    place: &Place<'_>,
    chars: &[(usize, char)],
    index: usize,
    offset: usize,
) -> Option<bool> {
    let (at, c) = chars[index];
    let class = class_of(c)?;
    let input = place.input;
    if is_spelling(place, class, chars, index) {
        return None;
    }
    let before = index
        .checked_sub(1)
        .and_then(|index| chars.get(index))
        .map(|(_, c)| *c);
    let after = chars.get(index + 1).map(|(_, c)| *c);
    let is = |c: Option<char>, what: fn(char) -> bool| c.is_some_and(what);
    let (shown_before, shown_after) = neighbours(chars, index);
    let beside = |what: fn(char) -> bool| is(shown_before, what) || is(shown_after, what);
    let in_word =
        is(before, |c| c.is_ascii_alphanumeric()) && is(after, |c| c.is_ascii_alphanumeric());
    let honest = match class {
        Class::Bidi => is_isolate(c) && is_prose(input) && has_rtl(chars) && isolates_close(chars),
        Class::Mark => has_rtl(chars) || place.rtl && !in_word,
        Class::ByteOrderMark => offset + at == 0,
        Class::Emoji => {
            // A selector or keycap after a symbol, or after the CJK and mathematical signs that have variants.
            is(before, |c| {
                !c.is_ascii_alphabetic()
                    && (!c.is_ascii() || matches!(c, '#' | '*' | '0'..='9'))
                    && class_of(c).is_none()
            }) || c == '\u{fe0f}'
                && is(before, |c| matches!(c, '\u{fe0f}' | '}'))
                && is(shown_before, |c| is_pictograph(c) || c == '}')
        }
        Class::Joiner => {
            let joins = |c: char| {
                is_pictograph(c) || c == '\u{fe0f}' || is_modifier(c) || is_joining_script(c)
            };
            is(before, joins) && is(after, |c| is_pictograph(c) || is_joining_script(c))
                || beside(is_joining_script)
        }
        Class::NonJoiner => beside(is_joining_script),
        Class::Tag => in_flag(chars, index),
        Class::Ideographic => is(before, is_ideograph),
        Class::Mongolian => is(before, is_mongolian) || is(after, is_mongolian),
        Class::ZeroWidthSpace => beside(is_unspaced),
        Class::Hangul => is(before, is_hangul) || is(after, |c| is_hangul(c) || is_combining(c)),
        Class::Khmer => is(before, is_khmer),
        Class::Braille => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{2801}'..='\u{28ff}')),
        Class::Grapheme => {
            is(before, |c| !c.is_ascii()) && is(after, |c| !c.is_ascii()) || is(after, is_combining)
        }
        Class::Musical => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{1d100}'..='\u{1d172}')),
        Class::Shorthand => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{1bc00}'..='\u{1bc9f}')),
        Class::Math => is(before, |c| !c.is_ascii()) && is(after, |c| !c.is_ascii()),
        // Bytes of UTF-8 that somebody read as Latin-1: damaged, and in sight.
        Class::Control => beside(is_latin_1),
        Class::Other => c == '\u{ad}' && beside(is_latin_1),
    };
    (!honest).then_some(class == Class::Bidi)
}

/// Whether a character is part of translated text. Overrides, tags, selectors and long runs never are.
fn is_spelling(place: &Place<'_>, class: Class, chars: &[(usize, char)], index: usize) -> bool {
    let (_, c) = chars[index];
    let kind = match class {
        Class::Bidi => !matches!(c, '\u{202d}' | '\u{202e}'),
        Class::Mark | Class::Joiner | Class::NonJoiner | Class::ZeroWidthSpace => true,
        Class::ByteOrderMark => true,
        Class::Other => matches!(c, '\u{ad}' | '\u{2060}'),
        _ => false,
    };
    let hidden = |(_, c): &&(usize, char)| class_of(*c).is_some();
    let run = chars[..index].iter().rev().take_while(hidden).count()
        + chars[index..].iter().take_while(hidden).count();
    kind && run <= MAX_SLIP
        && match place.translated {
            Translated::All => true,
            Translated::Quoted => in_quotes(&chars[..index]),
            Translated::No => false,
        }
}

/// Whether a quoted text is open at the end of `before`, as far as one line tells.
fn in_quotes(before: &[(usize, char)]) -> bool {
    let mut open = None;
    let mut escaped = false;
    for (_, c) in before {
        match (open, *c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (None, '"' | '\'' | '`') => open = Some(*c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
    }
    open.is_some()
}

/// The next characters on both sides that can be seen, past a few hidden ones.
fn neighbours(chars: &[(usize, char)], index: usize) -> (Option<char>, Option<char>) {
    let seen = |(_, c): &&(usize, char)| class_of(*c).is_none();
    let before = chars[..index].iter().rev().take(MAX_SLIP).find(seen);
    let after = chars[index + 1..].iter().take(MAX_SLIP).find(seen);
    (before.map(|(_, c)| *c), after.map(|(_, c)| *c))
}

/// Whether a run is all that stands between two quotes, begins a quoted label (`"\u{200e}( )"`), or bounds a range of a
/// regular expression.
fn is_alone(chars: &[(usize, char)], first: usize, end: usize) -> bool {
    let quote = |c: char| matches!(c, '"' | '\'' | '`');
    let before = first.checked_sub(1).and_then(|at| chars.get(at));
    let after = chars.get(end);
    let (Some((_, before)), Some((_, after))) = (before, after) else {
        return false;
    };
    let of_label = !after.is_alphanumeric()
        && matches!(
            class_of(chars[first].1),
            Some(Class::Mark | Class::ZeroWidthSpace)
        );
    let of_range = class_of(chars[first].1) == Some(Class::Control) && *after == '-';
    end - first <= MAX_SLIP && (quote(*before) && (before == after || of_label) || of_range)
}

fn is_test(input: &Input<'_>) -> bool {
    let lower = input.path.as_str().to_ascii_lowercase();
    let folder = |part: &str| matches!(part, "test" | "tests" | "spec" | "__tests__" | "testdata");
    let stem = input.path.file_name().split('.').next().unwrap_or_default();
    let of_tests = ["Test", "Tests", "_test", "_spec"];
    lower.split('/').any(folder)
        || of_tests.iter().any(|end| stem.ends_with(end))
        || lower.contains(".test.")
        || lower.contains(".spec.")
}
fn is_control(byte: u8) -> bool {
    byte == 8 || byte == 0x7f
}

fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}'..='\u{2069}')
}

/// Data and prose, where isolates around right-to-left words change no meaning.
fn is_prose(input: &Input<'_>) -> bool {
    let languages = ["json", "yaml", "toml", "html", "markdown"];
    let extensions = [
        "po",
        "pot",
        "xliff",
        "xlf",
        "strings",
        "properties",
        "arb",
        "txt",
        "rst",
        "xml",
        "resx",
        "ftl",
        "json",
        "md",
        "html",
    ];
    input.language_is(&languages)
        || input
            .path
            .extension()
            .is_some_and(|extension| extensions.contains(&extension))
}

fn has_rtl(chars: &[(usize, char)]) -> bool {
    chars.iter().any(|(_, c)| is_rtl(*c))
}

/// Whether every isolate of a line is closed in it.
fn isolates_close(chars: &[(usize, char)]) -> bool {
    let mut open = 0_i32;
    for (_, c) in chars {
        match c {
            '\u{2066}'..='\u{2068}' => open += 1,
            '\u{2069}' => open -= 1,
            _ => {}
        }
        if open < 0 {
            return false;
        }
    }
    open == 0
}

/// Tags make flags of regions: a black flag, tags, and the closing tag.
fn in_flag(chars: &[(usize, char)], index: usize) -> bool {
    let is_tag = |c: char| matches!(c, '\u{e0020}'..='\u{e007f}');
    let tags_before = chars[..index]
        .iter()
        .rev()
        .take_while(|(_, c)| is_tag(*c))
        .count();
    let base = (index - tags_before)
        .checked_sub(1)
        .and_then(|at| chars.get(at));
    let after = &chars[index..];
    let run = after.iter().take_while(|(_, c)| is_tag(*c)).count();
    let closed = after[..run].iter().any(|(_, c)| *c == '\u{e007f}');
    // A region's code has at most six letters.
    base.is_some_and(|(_, c)| *c == '\u{1f3f4}') && closed && tags_before + run <= 7
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
        && class_of(c).is_none()
}
