//! Characters that nobody sees: zero-width, bidirectional, tags, variation selectors, fillers.
//!
//! They make code read differently from what it does, hide instructions from people that a model reads, and split
//! words that filters look for. They also have honest uses (emoji sequences, Persian and Indic spelling, right-to-left
//! text), which are let pass where their neighbours show that use. ASCII text costs one vectorised test.

use base::{Category, Severity, Span};

use super::scripts::{
    is_combining, is_hangul, is_ideograph, is_joining_script, is_khmer, is_latin_1, is_modifier,
    is_mongolian, is_rtl, is_unspaced,
};
use super::secrets::tests_from;
use super::translations::{Translated, translated};
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Bidi,
    Mark,
    ByteOrderMark,
    Emoji,
    Joiner,
    NonJoiner,
    Tag,
    Ideographic,
    Mongolian,
    ZeroWidthSpace,
    Hangul,
    Khmer,
    Braille,
    Grapheme,
    Musical,
    Shorthand,
    Math,
    Control,
    Other,
}

/// The classes of characters without a visible shape.
fn class_of(c: char) -> Option<Class> {
    Some(match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Class::Bidi,
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Class::Mark,
        '\u{feff}' => Class::ByteOrderMark,
        '\u{fe00}'..='\u{fe0f}' => Class::Emoji,
        '\u{200d}' => Class::Joiner,
        '\u{200c}' => Class::NonJoiner,
        '\u{e0000}'..='\u{e007f}' => Class::Tag,
        '\u{e0100}'..='\u{e01ef}' => Class::Ideographic,
        '\u{180b}'..='\u{180f}' => Class::Mongolian,
        '\u{200b}' => Class::ZeroWidthSpace,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => Class::Hangul,
        '\u{17b4}' | '\u{17b5}' => Class::Khmer,
        '\u{2800}' => Class::Braille,
        '\u{34f}' => Class::Grapheme,
        '\u{1d173}'..='\u{1d17a}' => Class::Musical,
        '\u{1bca0}'..='\u{1bca3}' => Class::Shorthand,
        '\u{2061}'..='\u{2064}' => Class::Math,
        '\u{ad}' | '\u{2060}' | '\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => {
            Class::Other
        }
        // Of the ASCII controls those that rub out what was shown before them; tabs, form feeds and escapes have uses.
        '\u{8}' | '\u{7f}' | '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' => Class::Control,
        _ => return None,
    })
}

fn name_of(c: char) -> &'static str {
    match c {
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{61c}' => "Arabic letter mark",
        '\u{feff}' => "byte order mark",
        '\u{ad}' => "soft hyphen",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2800}' => "Braille blank",
        '\u{34f}' => "combining grapheme joiner",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        '\u{e0000}'..='\u{e007f}' => "tag character",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{17b4}' | '\u{17b5}' => "Khmer inherent vowel",
        '\u{180b}'..='\u{180f}' => "Mongolian format character",
        '\u{fff9}'..='\u{fffb}' => "interlinear annotation",
        '\u{206a}'..='\u{206f}' => "deprecated format character",
        '\u{0}'..='\u{9f}' => "control character",
        _ => "format character",
    }
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

#[cfg(test)]
mod tests {
    use base::{RelPath, Span};

    use super::check;
    use crate::checks::Input;

    fn found(path: &str, text: &str) -> Vec<String> {
        let path = RelPath::new(path).expect("a path");
        let input = Input {
            path: &path,
            text,
            within: None,
            language: syntax::Language::detect(&path, text),
        };
        let drafts = check(&input);
        drafts
            .iter()
            .map(|draft| format!("{} {}", draft.rule, draft.title.as_deref().unwrap_or("")))
            .collect()
    }

    #[test]
    fn every_class_is_reported_in_code_and_comments() {
        let classes = [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2061}',
            '\u{2064}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{206a}',
            '\u{206f}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}',
            '\u{e0100}',
            '\u{e01ef}',
            '\u{8}',
            '\u{80}',
            '\u{9f}',
        ];
        for c in classes {
            for text in [
                format!("let a{c}b = 1;\n"),
                format!("x // see{c} there\n"),
                format!("- rule{c} one\n"),
            ] {
                let found = found("a.rs", &text);
                let code = format!("U+{:04X}", u32::from(c));
                assert!(
                    found.len() == 1 && found[0].contains(&code),
                    "{code} in {text:?}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn honest_uses_pass() {
        for (what, path, text) in [
            ("family", "a.rs", "// 👨\u{200d}👩\u{200d}👧 ok"),
            ("heart", "a.rs", "// ❤\u{fe0f}\u{200d}🔥 and ☎\u{fe0e}"),
            ("skin tone", "a.rs", "// 👩🏽\u{200d}💻"),
            ("keycap", "a.rs", "// 1\u{fe0f}\u{20e3}"),
            ("warning sign", "README.md", "⚠\u{fe0f} careful"),
            (
                "Scotland",
                "a.rs",
                "// 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            ),
            ("Persian", "a.rs", "// می\u{200c}خواهم"),
            ("Hindi", "a.rs", "// क्\u{200d}ष"),
            ("Hebrew with mark", "a.rs", "// שלום (a)\u{200f}"),
            ("Thai", "a.rs", "// ไทย\u{200b}ไทย"),
            ("Hangul", "a.rs", "// \u{1100}\u{1160}"),
            ("spinner", "a.rs", "['⠁', '⠂', '\u{2800}']"),
            ("ideograph variant", "a.rs", "// 葛\u{e0100}"),
            ("byte order mark", "a.cs", "\u{feff}using System;"),
            ("Kannada", "a.rs", "// ಸ್ಕ್ರಿಪ್ಟ್\u{200d}\""),
            ("Persian twice", "a.rs", "// پیش\u{200c}\u{200c}ها"),
            ("Khmer", "a.rs", "// នៃ\u{200b}\u{200b}\u{200b}ការ"),
            ("mojibake", "a.java", "// Ã©Ã\u{ad}Ã¯ è\u{8a}±å"),
            ("radioactive twice", "a.rs", "// ☢\u{fe0f}\u{fe0f} careful"),
            (
                "left over",
                "lang/nl.json",
                "\"een \u{200b}\u{200b}veilige\"",
            ),
            (
                "embedding",
                "po/ug.po",
                "msgstr \"\u{202a}UTF-8\u{202c} كودلاش\"",
            ),
            ("open embedding", "po/he.po", "msgstr \"\u{202b}%d-סיביות\""),
            ("mark", "lang/he/a.php", "'f' => 'GMT%s\u{200e}',"),
            ("hyphens", "zones/de.php", "'a' => 'Reyk\u{ad}ja\u{ad}vík',"),
            ("drawing", "a.ai", "%PDF-1.5\n\u{200b}\u{7f}\u{8}x"),
            (
                "isolates in a translation",
                "he.json",
                "{\"a\": \"שלום \u{2068}name\u{2069}\"}",
            ),
            (
                "plain letters",
                "a.rs",
                "// Grüße, café, Привет, 日本語, e\u{301}",
            ),
        ] {
            assert_eq!(found(path, text), Vec::<String>::new(), "{what}");
        }
    }

    #[test]
    fn the_uses_that_deceive_do_not() {
        for (what, path, text, rule) in [
            (
                "isolates in code",
                "a.rs",
                "let s = \"שלום \u{2066}x\u{2069}\";",
                "text/bidi",
            ),
            (
                "an override in a translation",
                "he.json",
                "\"שלום \u{202e}\"",
                "text/bidi",
            ),
            (
                "an open isolate",
                "he.json",
                "\"שלום \u{2066}\"",
                "text/bidi",
            ),
            (
                "joiner in a name",
                "a.rs",
                "ad\u{200d}min",
                "text/invisible",
            ),
            (
                "selector after a letter",
                "a.rs",
                "a\u{fe0f}",
                "text/invisible",
            ),
            (
                "tags in a sentence",
                "AGENTS.md",
                "Hello\u{e0049}\u{e0067}\u{e006e}",
                "text/invisible",
            ),
            (
                "selectors in a row",
                "a.rs",
                "😀\u{fe0f}\u{fe01}\u{fe02}",
                "text/invisible",
            ),
            (
                "a mark without right-to-left text",
                "a.rs",
                "// abc\u{200e}",
                "text/invisible",
            ),
            (
                "an override in a locale file",
                "config/locales/he.yml",
                "a: שלום \u{202e}",
                "text/bidi",
            ),
            (
                "a name in a translation's code",
                "lang/he/a.php",
                "$ad\u{200b}min = 1;",
                "text/invisible",
            ),
            (
                "an embedding in a translation's code",
                "lang/he/a.php",
                "if ($a) { /* \u{202b} */ }",
                "text/bidi",
            ),
            (
                "a long run in a translation",
                "po/he.po",
                "msgstr \"a\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}b\"",
                "text/invisible",
            ),
            (
                "a source that starts like a drawing",
                "AGENTS.md",
                "%PDF-1.5 ig\u{200b}nore",
                "text/invisible",
            ),
            (
                "a byte order mark inside",
                "a.rs",
                "a\u{feff}b",
                "text/invisible",
            ),
        ] {
            let found = found(path, text);
            assert!(
                !found.is_empty() && found.iter().all(|f| f.starts_with(rule)),
                "{what}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_meant_is_said_quietly() {
        let quiet = |path: &str, text: &str| -> Vec<bool> {
            let path = RelPath::new(path).expect("a path");
            let language = syntax::Language::detect(&path, text);
            let input = Input {
                path: &path,
                text,
                within: None,
                language,
            };
            let drafts = check(&input);
            drafts
                .iter()
                .map(|draft| draft.severity == Some(base::Severity::Info))
                .collect()
        };
        assert_eq!(quiet("a.js", "if (s[0] === \"\u{feff}\") {"), [true]);
        assert_eq!(quiet("a.js", "/[a-z\u{80}-\u{fff0}]/"), [true]);
        assert_eq!(quiet("a.blp", "label: \"\u{200e}( )\";"), [true]);
        assert_eq!(quiet("a.blp", "label: \"\u{200e}ab\";"), [false]);
        assert_eq!(quiet("tests/a.rs", "parse(\"a\u{200d}b\")"), [true]);
        let below = "fn a() {}\n#[test]\nfn b() { parse(\"a\u{200d}b\") }\n";
        assert_eq!(quiet("a.rs", below), [true]);
        assert_eq!(quiet("a.js", "if (s === \"a\u{feff}\") {"), [false]);
        assert_eq!(quiet("tests/a.rs", "x\u{202e}y"), [false]);
    }

    #[test]
    fn a_run_is_one_finding() {
        let found = found("a.rs", "x\u{e0041}\u{e0042}\u{e0043}y");
        assert_eq!(
            found,
            [
                "text/invisible-unicode U+E0041 (tag character) is invisible and 2 more hidden after it"
            ]
        );
    }

    #[test]
    fn only_the_regions_are_read() {
        let text = "a\u{200b}\nb\u{200b}\n";
        let path = RelPath::new("a.rs").expect("a path");
        let within = [Span::new(5, 10)];
        let input = Input {
            path: &path,
            text,
            within: Some(&within),
            language: None,
        };
        let spans: Vec<_> = check(&input).iter().map(|draft| draft.span).collect();
        assert_eq!(spans, [Span::new(6, 9)]);
    }
}
