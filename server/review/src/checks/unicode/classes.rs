//! The kinds of characters without a shape of their own, and their names.

/// What a hidden character is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
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
pub(super) fn class_of(c: char) -> Option<Class> {
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

/// What Unicode calls a hidden character, in short.
pub(super) fn name_of(c: char) -> &'static str {
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
