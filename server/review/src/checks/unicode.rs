//! Characters that nobody sees: zero-width, bidirectional, tags, variation selectors, fillers.
//!
//! They make code read differently from what it does, hide instructions from people that a model reads, and split
//! words that filters look for. They also have honest uses (emoji sequences, Persian and Indic spelling, right-to-left
//! text), which are let pass where their neighbours show that use. ASCII text costs one vectorised test.

use base::{Category, Severity, Span};

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

pub(super) fn check(input: &Input<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
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
                check_line(input, line, offset, &mut drafts);
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

fn check_line(input: &Input<'_>, line: &str, offset: usize, drafts: &mut Vec<Draft>) {
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    let mut index = 0;
    while index < chars.len() {
        let suspicious = |index: usize| suspicion(input, &chars, index, offset);
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
        drafts.push(draft);
        if drafts.len() >= MAX_RUNS {
            return;
        }
    }
}

/// `Some(true)` for a suspicious bidirectional control, `Some(false)` for another suspicious character.
fn suspicion(
    input: &Input<'_>,
    chars: &[(usize, char)],
    index: usize,
    offset: usize,
) -> Option<bool> {
    let (at, c) = chars[index];
    let class = class_of(c)?;
    let before = index
        .checked_sub(1)
        .and_then(|index| chars.get(index))
        .map(|(_, c)| *c);
    let after = chars.get(index + 1).map(|(_, c)| *c);
    let is = |c: Option<char>, what: fn(char) -> bool| c.is_some_and(what);
    let honest = match class {
        Class::Bidi => is_isolate(c) && is_prose(input) && has_rtl(chars) && isolates_close(chars),
        Class::Mark => has_rtl(chars),
        Class::ByteOrderMark => offset + at == 0,
        Class::Emoji => {
            // A selector or keycap after a symbol, or after the CJK and mathematical signs that have variants.
            is(before, |c| {
                !c.is_ascii_alphabetic()
                    && (!c.is_ascii() || matches!(c, '#' | '*' | '0'..='9'))
                    && class_of(c).is_none()
            })
        }
        Class::Joiner => {
            let joins = |c: char| {
                is_pictograph(c) || c == '\u{fe0f}' || is_modifier(c) || is_joining_script(c)
            };
            is(before, joins) && is(after, |c| is_pictograph(c) || is_joining_script(c))
        }
        Class::NonJoiner => {
            is(before, is_joining_script) && is(after, |c| !c.is_ascii_alphanumeric())
        }
        Class::Tag => in_flag(chars, index),
        Class::Ideographic => is(before, is_ideograph),
        Class::Mongolian => is(before, is_mongolian) || is(after, is_mongolian),
        Class::ZeroWidthSpace => is(before, is_unspaced) || is(after, is_unspaced),
        Class::Hangul => is(before, is_hangul) || is(after, is_hangul),
        Class::Khmer => is(before, is_khmer),
        Class::Braille => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{2801}'..='\u{28ff}')),
        Class::Grapheme => is(before, |c| !c.is_ascii()) && is(after, |c| !c.is_ascii()),
        Class::Musical => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{1d100}'..='\u{1d172}')),
        Class::Shorthand => chars
            .iter()
            .any(|(_, c)| matches!(c, '\u{1bc00}'..='\u{1bc9f}')),
        Class::Math => is(before, |c| !c.is_ascii()) && is(after, |c| !c.is_ascii()),
        Class::Control | Class::Other => false,
    };
    (!honest).then_some(class == Class::Bidi)
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
    chars.iter().any(|(_, c)| {
        matches!(c, '\u{590}'..='\u{60f}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
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

fn is_modifier(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Scripts whose spelling uses joiners: Arabic, Syriac, N'Ko, Mongolian and those of India and its neighbours.
fn is_joining_script(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}')
}

/// Scripts that are written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, Tai, CJK.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{1aad}' | '\u{3000}'..='\u{9fff}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1800}'..='\u{180a}' | '\u{1810}'..='\u{18af}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115e}' | '\u{1161}'..='\u{11ff}' | '\u{3131}'..='\u{3163}' | '\u{3165}'..='\u{318e}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}')
}

fn is_khmer(c: char) -> bool {
    matches!(c, '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}')
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
            language: None,
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
