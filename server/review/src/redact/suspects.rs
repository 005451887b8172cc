//! Everything in a text that may be a secret: by format, by what it is given to, by where it stands, or because it looks
//! random.
//!
//! The checks ask what is worth a finding; this asks what may leave the machine, so stand-ins and examples count too.
//! Names do not: an identifier with digits in it is told from a random value by how often letters and digits take turns.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::checks::secrets::formatted;
use crate::checks::secrets::placeholder::{Mix, entropy, is_camel_words};

/// A value that may be a secret. Lies in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suspect {
    pub(super) at: Range<usize>,
    /// One word for the placeholder.
    pub(super) kind: &'static str,
}

/// The suspects of a text, in order, none of them overlapping. `is_data`: values stand there without quotes.
pub(super) fn of(text: &str, is_data: bool) -> Vec<Suspect> {
    let mut found: Vec<(Range<usize>, &'static str)> = formatted(text)
        .into_iter()
        .map(|(at, id)| (at, id.split('-').next().unwrap_or(id)))
        .collect();
    key_blocks(text, &mut found);
    captured(text, &mut found);
    quoted(text, &mut found);
    unquoted(text, is_data, &mut found);
    random(text, &mut found);
    let in_lines = found.into_iter().flat_map(|(at, kind)| {
        let mut start = at.start;
        let parts: Vec<Suspect> = text[at]
            .split_inclusive('\n')
            .map(|part| {
                let line = part.trim_end_matches(['\n', '\r']);
                let indent = line.len() - line.trim_start().len();
                let suspect = Suspect {
                    at: start + indent..start + line.trim_end().len().max(indent),
                    kind,
                };
                start += part.len();
                suspect
            })
            .collect();
        parts
    });
    let mut suspects: Vec<Suspect> = in_lines.filter(|it| !it.at.is_empty()).collect();
    suspects.sort_by(|a, b| (a.at.start, b.at.end).cmp(&(b.at.start, a.at.end)));
    let mut apart: Vec<Suspect> = Vec::new();
    for suspect in suspects {
        match apart.last_mut() {
            Some(last) if suspect.at.start < last.at.end => {
                last.at.end = last.at.end.max(suspect.at.end);
            }
            _ => apart.push(suspect),
        }
    }
    apart
}

/// Parts of names that hold secrets.
const KEYS: &str = r"(?:secret|token|passw|passwd|pwd|passphrase|passcode|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|app[_-]?key|encryption[_-]?key|crypt[_-]?key|signing[_-]?key|credential|master[_-]?key|account[_-]?key|client[_-]?key|server[_-]?key|license[_-]?key|deploy[_-]?key|shared[_-]?key|storage[_-]?key|service[_-]?key|admin[_-]?key|webhook|authorization|bearer|cookie|session[_-]?id|dsn\b|connection[_-]?str|conn[_-]?str|salt\b|pepper\b|mnemonic|seed[_-]?phrase|\bpin\b|\botp\b|\bpsk\b|\bpass\b|_pass\b|_key\b|identified by)";

macro_rules! pattern {
    ($name:ident, $source:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&$source).ok());
    };
}

pattern!(
    QUOTED,
    // name, what closes it, a type, what gives the value, a prefix of the quote, the quote
    format!(
        r#"(?i){KEYS}[\w.\-]*(["'`\])]{{0,3}})[ \t]*(?::[ \t]*[\w&'<>?|.\[\] \*]{{1,40}}?[ \t]*)?(?:=>|:=|={{1,3}}|!={{1,2}}|:|,|\(|<-|<<|[ \t])[ \t]*(?:[bfurl@$]{{1,2}})?("""|"|'|`)"#
    )
);
pattern!(
    UNQUOTED,
    format!(
        r#"(?im)^[ \t]*(?:[-*+][ \t]+)?(?:(?:export|env|arg|set|setx|declare|local|readonly)[ \t]+(?:-\w[ \t]+)?)?["']?(?P<key>[\w.\-/ ]{{0,60}}?{KEYS}[\w.\-]{{0,60}})["']?[ \t]*(?:=>|:=|=|:)[ \t]*(?P<value>[^\s"'`#][^\n]*?)[ \t]*(?:[ \t]#[^\n]*)?\r?$"#
    )
);
pattern!(
    FLAG,
    format!(r#"(?i)--?[\w\-]*{KEYS}[\w\-]*(?:[ \t]+|=)["']?([^\s"'`$<{{(\-][^\s"'`]{{3,}})"#)
);
pattern!(
    IN_ADDRESS,
    r#"(?i)[?&;](?:[\w.\-]*(?:key|token|sig|signature|secret|passw|pwd|auth|code|credential)[\w.\-]*)=([^&\s"'`<>#{}$%][^&\s"'`<>#{}]{3,})"#
);
pattern!(
    IN_CONNECTION,
    r#"(?i)(?:^|[;"'`\s,])(?:password|pwd|pass|accountkey|sharedaccesskey|secret|token)[ ]?=[ ]?([^;"'`\s,${(<][^;"'`\s,]{2,})"#
);
pattern!(
    USERINFO,
    r#"://([^\s:/@"'`<>]{0,128}):([^\s/@"'`<>]{1,256})@"#
);
pattern!(USER_TOKEN, r#"://([A-Za-z0-9_~.\-]{16,256})@"#);
pattern!(
    CURL_USER,
    r#"(?:-u|--user)[ =]+["']?[^\s:"'`]{1,64}:([^\s"'`$]{3,})"#
);
pattern!(
    HEADER,
    r#"(?i)\b(?:bearer|basic|token|apikey|digest|key)[ ]+([A-Za-z0-9+/=._~\-]{8,})"#
);
pattern!(
    WEB_TOKEN,
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"
);
pattern!(
    UUID,
    r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
);
pattern!(LONG, r"[A-Za-z0-9+/_\-]{20,}={0,2}");
pattern!(
    KEY_BLOCK,
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|PuTTY-User-Key-File-\d:"
);
pattern!(BLOCK_TEXT, r"[A-Za-z0-9+/=]{4,}");
pattern!(
    TAGGED,
    format!(r#"(?i)<[\w:.\-]*{KEYS}[\w:.\-]*(?:[ \t][^<>\n]*)?>([^<>\n]{{3,}})<"#)
);

/// The body of a private key, up to its end or as far as it can reach.
fn key_blocks(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    /// A key of 16,384 bits in base 64 and its headers.
    const LONGEST: usize = 16_000;
    let (Some(header), Some(body)) = (&*KEY_BLOCK, &*BLOCK_TEXT) else {
        return;
    };
    for begin in header.find_iter(text) {
        let from = begin.end();
        let mut to = (from + LONGEST).min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        let part = &text[from..to];
        let is_putty = begin.as_str().starts_with("PuTTY");
        let end = match part.find("-----END") {
            Some(end) if !is_putty => end,
            // Without an end: as long as lines look like a key.
            _ => length_of_key(part, is_putty),
        };
        for chunk in body.find_iter(&part[..end]) {
            if is_putty && chunk.as_str().len() < 16 {
                continue;
            }
            found.push((from + chunk.start()..from + chunk.end(), "key"));
        }
    }
}

fn length_of_key(part: &str, is_putty: bool) -> usize {
    let mut len = 0;
    let mut strange = 0;
    for line in part.split_inclusive('\n') {
        let bare = line.trim().trim_matches(|c: char| "\"'`+,;\\ ".contains(c));
        let solid = !bare.is_empty()
            && bare
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=\\".contains(&byte));
        let is_header = bare.contains(": ") && (is_putty || bare.len() < 80);
        if !solid && !bare.is_empty() && !is_header {
            strange += 1;
            if strange > 1 || len > 0 && !is_putty {
                break;
            }
        }
        len += line.len();
    }
    len
}

/// What single patterns find.
fn captured(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let mut take = |pattern: &LazyLock<Option<Regex>>,
                    group: usize,
                    kind: &'static str,
                    keep: &dyn Fn(&str) -> bool| {
        let Some(pattern) = &**pattern else { return };
        for captures in pattern.captures_iter(text) {
            if let Some(value) = captures.get(group)
                && keep(value.as_str())
            {
                found.push((value.range(), kind));
            }
        }
    };
    let any = |value: &str| !is_reference(value);
    take(&USERINFO, 2, "password", &any);
    take(&USER_TOKEN, 1, "token", &has_digits);
    take(&CURL_USER, 1, "password", &any);
    take(&IN_ADDRESS, 1, "token", &|value| {
        any(value) && !is_code(value)
    });
    take(&IN_CONNECTION, 1, "password", &|value| {
        any(value) && !is_code(value) && !is_name(value)
    });
    take(&FLAG, 1, "flag", &|value| any(value) && !is_code(value));
    take(&HEADER, 1, "token", &|value| {
        has_digits(value) || value.ends_with('=') || is_mixed(value)
    });
    take(&WEB_TOKEN, 0, "jwt", &|_| true);
    take(&UUID, 0, "uuid", &|value| {
        value.bytes().filter(|byte| *byte != b'0').count() > 12
    });
    take(&TAGGED, 1, "value", &|value| {
        any(value) && !is_said_of_secrets(value) && !value.trim().contains(' ')
    });
}

/// `password = "…"`, `"password": "…"`, `("password", "…")`, `set_password("…")`, `PASSWORD '…'`.
fn quoted(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let Some(pattern) = &*QUOTED else { return };
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(captures) = pattern.captures_at(text, from) {
        let (Some(whole), Some(closed), Some(quote)) =
            (captures.get(0), captures.get(1), captures.get(2))
        else {
            return;
        };
        let start = whole.end();
        from = start;
        // A comma or a blank gives a value only to a name in quotes, or to SQL's PASSWORD.
        let between = &text[closed.end()..quote.start()];
        let weak = between.trim().is_empty() || between.trim_start().starts_with(',');
        let name = name_before(text, closed.start());
        let is_sql = name.eq_ignore_ascii_case("password")
            || name.to_ascii_lowercase().ends_with("identified by");
        if weak && closed.as_str().is_empty() && !is_sql {
            from = quote.start();
            if from < whole.end() && bytes.get(from).is_some() {
                from = whole.end();
            }
            continue;
        }
        let Some(len) = length_of_string(&text[start..], quote.as_str()) else {
            continue;
        };
        let value = &text[start..start + len];
        from = start + len;
        if is_worth_hiding(name, value) {
            found.push((start..start + len, "value"));
        }
    }
}

fn length_of_string(rest: &str, quote: &str) -> Option<usize> {
    /// A secret is no document.
    const LONGEST: usize = 8_000;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if at > LONGEST || (c == '\n' && quote.len() == 1 && quote != "`") {
            return None;
        }
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if rest[at..].starts_with(quote) {
            return Some(at);
        }
    }
    None
}

/// The name whose end stands at `end`.
fn name_before(text: &str, end: usize) -> &str {
    let head = &text[..end];
    let start = head
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map_or(0, |at| {
            at + head[at..].chars().next().map_or(1, char::len_utf8)
        });
    let name = &head[start..];
    // `IDENTIFIED BY` are two words.
    match name.eq_ignore_ascii_case("by") {
        true => head.get(head.len().saturating_sub(13)..).unwrap_or(name),
        false => name,
    }
}

/// `PASSWORD=…`, `password: …` where the value is the rest of the line.
fn unquoted(text: &str, is_data: bool, found: &mut Vec<(Range<usize>, &'static str)>) {
    let Some(pattern) = &*UNQUOTED else { return };
    for captures in pattern.captures_iter(text) {
        let (Some(key), Some(value)) = (captures.name("key"), captures.name("value")) else {
            continue;
        };
        let word = value.as_str().trim_end_matches([',', ';']);
        let plain = !is_reference(word) && !is_code(word) && !word.contains(char::is_whitespace);
        let wanted = match is_data {
            true => plain && is_worth_hiding(key.as_str(), word),
            false => {
                let is_mixed = has_digits(word) && word.contains(|c: char| c.is_ascii_alphabetic());
                plain && is_mixed && word.len() >= 8 && !is_name(word) && !word.contains(['<', '>'])
            }
        };
        if wanted {
            found.push((value.start()..value.start() + word.len(), "value"));
        }
    }
}

/// Long values that no person would have typed.
fn random(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let Some(pattern) = &*LONG else { return };
    for value in pattern.find_iter(text) {
        let token = value.as_str().trim_start_matches(['-', '/']);
        let start = value.end() - token.len();
        let hexadecimal = token.len() >= 24
            && token.bytes().all(|byte| byte.is_ascii_hexdigit())
            && token.bytes().any(|byte| byte.is_ascii_digit())
            && token.bytes().any(|byte| byte.is_ascii_alphabetic());
        if hexadecimal && entropy(token) >= 280 {
            found.push((start..value.end(), "hex"));
        } else if is_random(token) {
            found.push((start..value.end(), "random"));
        }
    }
}

fn is_random(token: &str) -> bool {
    if token.len() < 20 || entropy(token) < 330 || is_camel_words(token) || is_made_of_words(token)
    {
        return false;
    }
    let mix = Mix::of(token);
    // Random letters of both cases without a single digit are not that rare in twenty characters.
    let is_alternating =
        mix.digits >= 2 || (mix.digits + mix.upper >= 6 && mix.turns * 3 >= token.len());
    is_alternating
        && mix.others * 6 <= token.len()
        && mix.turns * 5 >= token.len()
        && mix.longest_word <= 8
}

/// `get_utf8_from_base64_string`: parts of which the letters stand together.
fn is_made_of_words(token: &str) -> bool {
    let in_words: usize = token
        .split(|c: char| !c.is_ascii_lowercase())
        .map(str::len)
        .filter(|len| *len >= 3)
        .sum();
    let has = |class: fn(&u8) -> bool| token.bytes().any(|byte| class(&byte));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    // `SHA256_AVX2_ROUNDS_V3`, `0x9e37_79b9_7f4a_7c15`
    let is_constant = token.matches('_').count() >= 2
        && (!has(u8::is_ascii_lowercase) || token.starts_with("0x"));
    is_constant
        || is_mixed && in_words * 10 >= token.len() * 6
        || token.contains(['_', '-', '/']) && in_words * 2 >= token.len()
}

/// Whether what a telling name is given is more than a word about it.
fn is_worth_hiding(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let about = [
        "type",
        "name",
        "field",
        "url",
        "uri",
        "path",
        "file",
        "label",
        "header",
        "length",
        "len",
        "count",
        "expiry",
        "expires",
        "ttl",
        "endpoint",
        "prefix",
        "suffix",
        "regex",
        "pattern",
        "_id",
        "hint",
        "error",
        "message",
        "placeholder",
        "title",
        "help",
        "description",
        "format",
        "env",
        "var",
        "column",
        "policy",
        "strength",
        "class",
        "kind",
        "domain",
        "samesite",
    ];
    if value.len() < 3 || is_reference(value) {
        return false;
    }
    if about
        .iter()
        .any(|end| lower.trim_end_matches(['"', '\'']).ends_with(end))
    {
        return has_digits(value) && value.len() >= 12 && !value.contains(' ') && !is_name(value);
    }
    if value.contains(char::is_whitespace) {
        let whole = [
            "phrase",
            "mnemonic",
            "authorization",
            "cookie",
            "conn",
            "dsn",
            "seed",
        ];
        return whole.iter().any(|key| lower.contains(key)) || !value.trim().contains(' ');
    }
    let is_password = [
        "passw",
        "pwd",
        "secret",
        "passphrase",
        "passcode",
        "pass",
        "pin",
        "otp",
        "identified",
    ]
    .iter()
    .any(|key| lower.contains(key));
    match is_word(value) {
        true => is_password && !is_said_of_secrets(value),
        false => !is_name(value) || is_password || has_digits(value),
    }
}

/// Words that stand where a secret could, and are none.
fn is_said_of_secrets(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [
        "password",
        "passwd",
        "pwd",
        "secret",
        "token",
        "string",
        "text",
        "hidden",
        "true",
        "false",
        "none",
        "null",
        "bearer",
        "required",
        "optional",
        "value",
        "key",
        "undefined",
        "number",
        "object",
        "user",
        "username",
        "email",
    ]
    .contains(&lower.as_str())
}

/// Looked up elsewhere or filled in later.
fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let is_variable = value.strip_prefix('$').is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    });
    let starts = ["${", "$(", "{{", "%(", "%{", "#{", "<%", "{}", "%s", "%v"];
    is_variable
        || starts.iter().any(|start| value.starts_with(start))
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('{') && value.ends_with('}') && is_name(&value[1..value.len() - 1]))
}

/// An expression rather than a value.
fn is_code(value: &str) -> bool {
    value.contains(['(', ')', '{', '}', '[', ']', ';', '"', '\'', '`', '\\'])
        || value.contains("::")
        || value.contains("->")
        || value.starts_with(['&', '*', '!', '|', '>'])
}

/// A plain word, or some with dots, dashes and underscores between.
fn is_word(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.' | b' ' | b'/'))
}

/// An identifier or a path of identifiers: letters first, digits only where a name has them.
fn is_name(value: &str) -> bool {
    let is_part = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let body = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && (digits == 0
                || body.len() + digits == part.len() && digits <= 2 && body.len() >= 4
                || is_camel_words(part))
    };
    !value.is_empty() && value.split(['.', '/']).all(is_part)
}

fn has_digits(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_digit())
}

/// Capitals in the middle of small letters, more than names have.
fn is_mixed(value: &str) -> bool {
    let turns = value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase())
        .count();
    value.len() >= 12 && turns * 3 >= value.len() && !is_camel_words(value)
}
