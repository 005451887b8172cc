//! What looks like a secret and is none: examples, placeholders, hashes, references to a variable.
//!
//! A reviewer who cries wolf over `changeme` is switched off. Everything here speaks against a value; nothing here ever
//! makes one more suspicious.

/// Words that only placeholders hold, in lower case. Five letters or more, so that a random value does not hold one by
/// chance (26^-5 per position, some 60 positions: one in 200,000).
const WORDS: &[&str] = &[
    "example",
    "sample",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "dummy",
    "xxxxx",
    "your-",
    "your_",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "insert",
    "replace",
    "12345678",
    "abcdefgh",
    "abcd1234",
    "deadbeef",
    "cafebabe",
    "00000000",
    "aaaaaaa",
    "password",
    "passw0rd",
    "secret-",
    "secret_",
    "mysecret",
    "my-secret",
    "my_secret",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "something",
    "foobar",
    "foobaz",
    "lorem",
    "fixme",
    "testing",
    "test_",
    "test-",
    "-test",
    "_test",
    "hunter2",
    "letmein",
    "correcthorse",
    "super-secret",
    "supersecret",
    "s3cr3t",
    "undefined",
    "localhost",
    "default",
];

/// Beginnings and characters of values that are looked up elsewhere or filled in later.
const REFERENCES: &[&str] = &[
    "${",
    "$(",
    "{{",
    "}}",
    "%(",
    "%{",
    "#{",
    "<",
    ">",
    "…",
    "...",
    "***",
    "process.env",
    "os.environ",
    "getenv",
    "secrets.",
];

/// Whether `value` is plainly a stand-in.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    REFERENCES.iter().any(|reference| lower.contains(reference))
        || WORDS.iter().any(|word| lower.contains(word))
        || has_long_run(value.as_bytes())
}

/// Eight equal characters, or eight in sequence (`abcdefgh`, `23456789`), in a row.
fn has_long_run(bytes: &[u8]) -> bool {
    let (mut equal, mut rising) = (1, 1);
    for pair in bytes.windows(2) {
        equal = if pair[0] == pair[1] { equal + 1 } else { 1 };
        rising = if pair[1] == pair[0].wrapping_add(1) {
            rising + 1
        } else {
            1
        };
        if equal >= 8 || rising >= 8 {
            return true;
        }
    }
    false
}

/// Shannon entropy of the value's bytes in hundredths of a bit per character.
pub(super) fn entropy(value: &str) -> u16 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[byte as usize] += 1;
    }
    let len = value.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / len;
            -share * share.log2()
        })
        .sum();
    (bits * 100.0) as u16
}

/// Whether a value of a plain assignment looks random: long enough, letters and digits mixed all through, and no words.
///
/// Names, paths and sentences change between letters and digits rarely; random text does so every second character.
pub(super) fn looks_random(value: &str) -> bool {
    if value.len() < 16 || value.len() > 300 || entropy(value) < 330 {
        return false;
    }
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let bytes = value.as_bytes();
    if bytes.iter().any(|byte| !byte.is_ascii_graphic()) {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let others = bytes.len() - digits - letters;
    let turns = bytes
        .windows(2)
        .filter(|pair| class(pair[0]) != class(pair[1]))
        .count();
    let longest_word = bytes
        .split(|byte| !byte.is_ascii_lowercase())
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    digits >= 2
        && letters >= 4
        && others * 5 <= bytes.len()
        && turns * 4 >= bytes.len()
        && longest_word <= 6
}

/// Whether a value is a name of something: an identifier, a path, a URL, a dotted name, a UUID.
pub(super) fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_uuid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    let shouting = bytes
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    is_uuid
        || shouting
        || value.contains("://")
        || value.starts_with(['/', '.', '~', '$', '@', '%'])
        || value.contains("()")
}

/// Whether a key names a digest or something public rather than a secret.
pub(super) fn is_innocent_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "hash",
        "sha1",
        "sha2",
        "sha5",
        "md5",
        "digest",
        "checksum",
        "integrity",
        "commit",
        "etag",
        "fingerprint",
        "public",
        "pubkey",
        "keyid",
        "key_id",
        "key-id",
        "tokenizer",
        "tokens",
        "token_type",
        "token_url",
        "token_endpoint",
        "secret_name",
        "secretname",
        "path",
        "file",
        "author",
        "placeholder",
        "label",
        "regex",
        "pattern",
        "url",
        "uri",
        "endpoint",
        "expir",
        "csrf",
        "anti",
        "next",
        "page",
        "continuation",
        "cursor",
        "sync",
        "message",
        "error",
        "title",
        "description",
        "help",
        "sitekey",
        "site_key",
    ]
    .iter()
    .any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{is_placeholder, looks_random};

    #[test]
    fn stand_ins_are_known() {
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "${TOKEN}",
            "ghp_xxxxxxxxxxxx",
            "<your token>",
            "sk_live_1234567890",
            "{{ token }}",
            "aaaaaaaaaaaa",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["AKIAZ5GMXQ3K7WPN2RTB", "9fK2mQx7Vb3LpZ8w"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn names_and_sentences_are_not_random() {
        for value in [
            "application/x-www-form-urlencoded",
            "AccountRecoveryTokenProvider2",
            "com.acme.auth.TokenStore1",
            "2024-11-21T05:49:10Z",
        ] {
            assert!(!looks_random(value), "{value}");
        }
        for value in ["9fK2mQx7Vb3LpZ8wT4", "c2VjcmV0LXZhbHVl9QmZ7x1K"] {
            assert!(looks_random(value), "{value}");
        }
    }
}
