//! How text becomes the words that are indexed and looked for: identifiers whole, and what they are made of.
//!
//! `HTTPServer_v2` gives `httpserver_v2`, `http`, `server`, `v2`. Single letters are left out of the parts, and so is
//! what no one types: very long runs such as encoded data. Query and index must agree, so both come through here.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// A run of identifier characters longer than this is data, not a word (in bytes).
const LONGEST: usize = 80;

/// Calls `found` with each word of `text`, lower-cased, and the place of the identifier that it comes from.
pub(super) fn words(text: &str, mut found: impl FnMut(&str)) {
    let mut stream = Words::new(text, Token::default());
    while stream.advance() {
        found(&stream.token.text);
    }
}

/// The tokenizer of every field with words.
#[derive(Clone, Default)]
pub(super) struct CodeTokenizer;

impl Tokenizer for CodeTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        Words::new(text, Token::default())
    }
}

/// The words of a text.
pub(super) struct Words<'a> {
    text: &'a str,
    /// Where to look for the next identifier.
    at: usize,
    /// The identifier whose parts are being given out.
    identifier: &'a str,
    /// Where its next part starts.
    part: usize,
    token: Token,
}

impl<'a> Words<'a> {
    fn new(text: &'a str, token: Token) -> Self {
        Self {
            text,
            at: 0,
            identifier: "",
            part: 0,
            token,
        }
    }

    /// Steps to the next identifier and makes it the token, whole.
    fn next_identifier(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let Some(start) = rest.find(is_word) else {
                self.at = self.text.len();
                return false;
            };
            let rest = &rest[start..];
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            self.at += start + length;
            let identifier = rest[..length].trim_matches('_');
            if identifier.len() < 2 || identifier.len() > LONGEST {
                continue;
            }
            self.identifier = identifier;
            // A word that is its only part is given once.
            self.part = match next_part(identifier, 0) {
                Some((start, end)) if end - start == identifier.len() => identifier.len(),
                _ => 0,
            };
            self.token.offset_to = self.at;
            self.token.offset_from = self.at - length;
            put(identifier, &mut self.token.text);
            return true;
        }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        self.token.position = self.token.position.wrapping_add(1);
        while let Some((start, end)) = next_part(self.identifier, self.part) {
            self.part = end;
            if end - start >= 2 {
                put(&self.identifier[start..end], &mut self.token.text);
                return true;
            }
        }
        self.next_identifier()
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn put(word: &str, into: &mut String) {
    into.clear();
    if word.is_ascii() {
        into.push_str(word);
        into.make_ascii_lowercase();
    } else {
        into.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// What a character counts as where identifiers are split.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Between,
}

fn class(c: char) -> Class {
    if c == '_' {
        Class::Between
    } else if c.is_numeric() {
        Class::Digit
    } else if c.is_uppercase() {
        Class::Upper
    } else {
        Class::Lower
    }
}

/// The part of `identifier` that starts at or after byte `from`: a run of lower-case letters with the capital before
/// it, a run of capitals up to the last before a lower-case letter; digits stay with what is before them.
fn next_part(identifier: &str, from: usize) -> Option<(usize, usize)> {
    let rest = identifier.get(from..)?;
    let start = from + rest.find(|c| c != '_')?;
    let mut chars = identifier[start..].char_indices().peekable();
    let mut before = class(chars.next()?.1);
    while let Some((at, c)) = chars.next() {
        let now = class(c);
        let ends = match (before, now) {
            (_, Class::Between) => true,
            (Class::Lower | Class::Digit, Class::Upper) => true,
            (Class::Digit, Class::Lower) => at > 1,
            (Class::Upper, Class::Upper) => chars
                .peek()
                .is_some_and(|(_, next)| class(*next) == Class::Lower),
            _ => false,
        };
        if ends {
            return Some((start, start + at));
        }
        before = now;
    }
    Some((start, identifier.len()))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut found = Vec::new();
        words(text, |word| found.push(word.to_owned()));
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn identifiers_are_kept_whole_and_split() {
        check("parseHttpRequest", "parsehttprequest parse http request");
        check("HTTPServer_v2", "httpserver_v2 http server v2");
        check("MAX_FILE_BYTES", "max_file_bytes max file bytes");
        check("utf8", "utf8");
        check("sha256sum", "sha256sum sha256 sum");
        check("__init__", "init");
        check("snake_case(x, yz)", "snake_case snake case yz");
        check("IOError", "ioerror io error");
        check("getX", "getx get");
    }

    #[test]
    fn other_alphabets_are_words_and_encoded_data_is_none() {
        check("größeÄndern", "größeändern größe ändern");
        check("名前 = 1", "名前");
        check(&"A".repeat(500), "");
        check("", "");
        check("_ __ ___", "");
    }
}
